//! What is logged, from a token to an answered message: neither the token nor any text is in it.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Instant;
use slack_rtm::{Client, Config, DisconnectReason, Event, Output, Token};
use std::sync::Mutex;

const ANSWER: &str =
    "HTTP/1.1 200 OK\r\n\r\n{\"ok\":true,\"url\":\"wss://a.slack.com/s3cret-ticket\"}";
const SESSION: &str = concat!(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
    "Sec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY=\r\n\r\n",
    "\u{1}\u{10}{\"type\":\"hello\"}",
    "\u{1}\u{32}{\"type\":\"message\",\"channel\":\"C1\",\"text\":\"private\"}",
);

struct Lines(Mutex<String>);

static LINES: Lines = Lines(Mutex::new(String::new()));

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut lines = self.0.lock().expect("no panic while logging");
        *lines += &format!("{} {}\n", record.level(), record.args());
    }

    fn flush(&self) {}
}

/// Sets the logger, in the first test that runs.
fn set_logger() {
    let _ = log::set_logger(&LINES);
    log::set_max_level(log::LevelFilter::Trace);
}

/// A client that received this response to its first call, polled until it waits.
fn responded(response: &str) {
    let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let entropy = from_fn(|out: &mut [u8]| -> Result<(), EntropyError> {
        out.fill(7);
        Ok(())
    });
    let client = Client::new(Config::new(), "xoxb-s3cret", Token::<16>::new(), entropy);
    let mut client = client.expect("the settings are consistent");
    let now = Instant::from_millis(1);
    let mut rest = response.as_bytes();
    for _ in 0..50 {
        match client.poll(&mut rx, &mut tx, now) {
            Ok(Output::Connect { .. }) => client.connected(),
            Ok(Output::Disconnect) => client.disconnected(DisconnectReason::Closed),
            Ok(Output::Wait { .. }) => {
                tx.sent(tx.pending().len());
                let count = rx.space().len().min(rest.len());
                rx.space()[..count].copy_from_slice(&rest[..count]);
                rx.filled(count);
                rest = &rest[count..];
            }
            Ok(Output::Event(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn reasons_are_logged_with_what_to_do() {
    set_logger();
    responded("HTTP/1.1 200 OK\r\n\r\n{\"ok\":false,\"error\":\"never_heard_of\"}");
    responded(
        "HTTP/1.1 200 OK\r\n\r\n{\"ok\":true,\"url\":\"wss://ms1.example.org/s3cret-ticket\"}",
    );
    let lines = LINES.0.lock().expect("no panic while logging");
    let line = |part: &str| {
        let found = lines.lines().find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {lines}"))
    };
    let unknown = line("Slack refused the call: never_heard_of: ");
    assert!(unknown.contains("look the code up"), "{unknown}");
    let host = line("; the host is ms1.example.org");
    assert!(host.contains("Config::allowed_domains"), "{host}");
    assert!(!lines.contains("s3cret"), "{lines}");
}

#[test]
fn steps_are_logged_and_secrets_are_not() {
    set_logger();
    let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let entropy = from_fn(|out: &mut [u8]| -> Result<(), EntropyError> {
        for (byte, number) in out.iter_mut().zip(1..) {
            *byte = number;
        }
        Ok(())
    });
    let client = Client::new(Config::new(), "xoxb-s3cret", Token::<16>::new(), entropy);
    let mut client = client.expect("the settings are consistent");
    let mut answered = false;
    let mut now = 0;
    while !answered {
        now += 1;
        assert!(now < 1000, "it goes on");
        let mut said = "";
        match client.poll(&mut rx, &mut tx, Instant::from_millis(now)) {
            Ok(Output::Connect { peer, .. }) => {
                said = if peer.host == "slack.com" {
                    ANSWER
                } else {
                    SESSION
                };
                client.connected();
            }
            Ok(Output::Event(Event::Message(message))) => {
                let channel = message.channel().expect("the channel of the message");
                let pong = Post::new(channel, "an answer nobody else may read");
                client.send(&pong, &mut tx).expect("in session");
                answered = true;
            }
            Ok(Output::Event(_) | Output::Wait { .. }) => tx.sent(tx.pending().len()),
            Ok(Output::Disconnect) => client.disconnected(DisconnectReason::Closed),
            other => panic!("{other:?}"),
        }
        if !said.is_empty() {
            // The machine clears stale bytes first.
            assert!(
                client
                    .poll(&mut rx, &mut tx, Instant::from_millis(now))
                    .is_ok()
            );
            for byte in said.bytes() {
                let byte = if byte == 1 { 0x81 } else { byte };
                rx.read_with(|space| {
                    space[0] = byte;
                    Ok::<_, ()>(1)
                })
                .expect("room");
            }
        }
    }
    let lines = LINES.0.lock().expect("no panic while logging");
    assert!(lines.contains("DEBUG calling rtm.connect\n"), "{lines}");
    assert!(lines.contains("INFO in session\n"), "{lines}");
    for secret in ["s3cret", "private", "an answer"] {
        assert!(!lines.contains(secret), "{secret} in {lines}");
    }
}
