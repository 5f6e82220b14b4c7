//! The raw JSON of events, beside their members: whole, or marked as too large, in any split.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "client_common/mod.rs"]
mod client_common;

use client_common::{HELLO, Rig, UPGRADED, config, memory, text_frame};
use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{Raw, RawError, Text};
use slack_rtm::time::Instant;
use slack_rtm::{DisconnectReason, Event, Output};

/// An event: its type, its text if it is a message, and its raw JSON.
type Seen = (String, String, Result<String, RawError>);

const SHORT: &str = r#" {"type":"message","channel":"C1","text":"a \u00e9\/ b","ts":"1.5"}"#;
const UNKNOWN: &str = r#"{"type":"tickled","where":{"it":["hurts",1.50]}, "n":null}"#;
const TYPING: &str = r#"{"type":"user_typing","channel":"C1","user":"U2"}"#;
const PONG: &str = r#"{"type":"pong","reply_to":7}"#;

fn seen(event: Event<'_>) -> Seen {
    let text = match event {
        Event::Message(message) => message.text().map_or("", Text::as_str),
        _ => "",
    };
    let name = event.type_name().expect("a frame with a type");
    (name.into(), text.into(), event.raw().map(String::from))
}

/// A client whose request for the socket has left.
fn upgrading(raw: Raw, rx_bytes: usize) -> Rig {
    let mut rig = Rig::new(config().raw(raw), rx_bytes, 512);
    rig.call_and_leave();
    rig.expect_connect("ms1.slack.com");
    rig.client.connected();
    rig.flush();
    rig
}

/// Polls until nothing more comes of what was read.
fn events(rig: &mut Rig) -> Vec<Seen> {
    let mut all = Vec::new();
    loop {
        let now = Instant::from_millis(rig.now);
        match rig.client.poll(&mut rig.rx, &mut rig.tx, now).unwrap() {
            Output::Event(event) => {
                all.push(seen(event));
                let again = rig.client.event(&rig.rx).map(seen);
                assert_eq!(again.as_ref(), all.last());
            }
            _ => return all,
        }
    }
}

/// The events of what the link brings, in reads no longer than the buffer's room.
fn receive(rig: &mut Rig, mut bytes: &[u8]) -> Vec<Seen> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let space = rig.rx.space();
        let count = space.len().min(bytes.len());
        space[..count].copy_from_slice(&bytes[..count]);
        rig.rx.filled(count);
        bytes = &bytes[count..];
        all.extend(events(rig));
    }
    all
}

fn whole(name: &str, text: &str, json: &str) -> Seen {
    (name.into(), text.into(), Ok(json.into()))
}

/// The text of a message whose raw copy takes `bytes`.
fn text_of(bytes: usize) -> String {
    let empty = r#"{"type":"message","text":""}"#.len();
    "x".repeat(bytes - empty)
}

/// A message whose raw copy takes `bytes`.
fn message_of(bytes: usize) -> String {
    format!(r#"{{"type":"message","text":"{}"}}"#, text_of(bytes))
}

#[test]
fn every_event_brings_its_json_in_every_split() {
    for rx_bytes in [512, 4096] {
        let mut stream = UPGRADED.to_vec();
        for json in [HELLO, SHORT, UNKNOWN, TYPING, PONG] {
            stream.extend(text_frame(json));
        }
        let expected = [
            whole("hello", "", HELLO),
            whole("message", "a é/ b", SHORT),
            whole("tickled", "", UNKNOWN),
            whole("user_typing", "", TYPING),
            whole("pong", "", PONG),
        ];
        for cut in 0..=stream.len() {
            let mut rig = upgrading(Raw::On, rx_bytes);
            let (first, rest) = stream.split_at(cut);
            let mut all = receive(&mut rig, first);
            all.extend(receive(&mut rig, rest));
            assert_eq!(all, expected, "{rx_bytes} bytes, cut at {cut}");
        }
        let mut rig = upgrading(Raw::On, rx_bytes);
        let mut all = Vec::new();
        for byte in &stream {
            all.extend(receive(&mut rig, std::slice::from_ref(byte)));
        }
        assert_eq!(all, expected, "{rx_bytes} bytes, by the byte");
    }
}

/// The room is what `Config::raw` says: N/2 - 168 bytes.
#[test]
fn what_is_too_large_is_marked_and_has_its_members() {
    for rx_bytes in [512, 4096] {
        let room = rx_bytes / 2 - 168;
        let fits = message_of(room);
        let too_long = message_of(room + 1);
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"type":"x","a":{open}{close}}}"#)
        };
        let (too_deep, shallow) = (nested(32), nested(31));
        let frames = [HELLO, &fits, &too_long, &too_deep, &shallow, TYPING].map(text_frame);
        let expected = [
            Ok(HELLO),
            Ok(&fits),
            Err(&RawError::TooLarge),
            Err(&RawError::TooLarge),
            Ok(&shallow),
            Ok(TYPING),
        ];
        let stream = [UPGRADED, &frames.concat()].concat();
        for step in 1..=stream.len() {
            let mut rig = upgrading(Raw::On, rx_bytes);
            let reads = stream.chunks(step);
            let all: Vec<Seen> = reads.flat_map(|read| receive(&mut rig, read)).collect();
            let raw: Vec<_> = all.iter().map(|(_, _, raw)| raw.as_deref()).collect();
            assert_eq!(raw, expected, "{rx_bytes} bytes, reads of {step}");
            assert!(all[2].1.starts_with("xxxx"), "{all:?}");
        }
    }
}

#[test]
fn without_the_setting_there_is_none_and_the_whole_buffer_serves() {
    let mut rig = upgrading(Raw::Off, 512);
    let stream = [UPGRADED, &text_frame(HELLO), &text_frame(SHORT)].concat();
    let all = receive(&mut rig, &stream);
    let raw: Vec<_> = all.into_iter().map(|(_, _, raw)| raw).collect();
    assert_eq!(raw, [Err(RawError::Off), Err(RawError::Off)]);
    assert!(!rig.rx.is_split());
}

/// A URL may take what raw copies had, and the next session has them again.
#[test]
fn the_buffer_is_whole_between_sessions() {
    let mut rig = upgrading(Raw::On, 512);
    receive(&mut rig, &[UPGRADED, &text_frame(HELLO)].concat());
    assert!(rig.rx.is_split());
    rig.lose_link(DisconnectReason::Reset);
    assert!(!rig.rx.is_split());
    rig.call_and_leave();
    rig.expect_connect("ms1.slack.com");
    rig.client.connected();
    rig.flush();
    let stream = [UPGRADED, &text_frame(HELLO), &text_frame(TYPING)].concat();
    let expected = [whole("hello", "", HELLO), whole("user_typing", "", TYPING)];
    assert_eq!(receive(&mut rig, &stream), expected);
}

/// The bytes came in before the client saw the buffer.
fn buffer_with(bytes: usize, is_split: bool, read: &[u8]) -> RecvBuf<'static> {
    let mut rx = RecvBuf::try_from(memory(bytes)).unwrap();
    assert_eq!(is_split, is_split && rx.split());
    rx.space()[..read.len()].copy_from_slice(read);
    rx.filled(read.len());
    rx
}

#[test]
fn a_buffer_with_bytes_that_were_read_before_the_first_poll_is_split_for_raw_json() {
    for (rx_bytes, bytes) in [(512, 60), (1024, 150)] {
        let json = message_of(bytes);
        let seen = whole("message", &text_of(bytes), &json);
        // In a session.
        let mut rig = upgrading(Raw::On, rx_bytes);
        receive(&mut rig, &[UPGRADED, &text_frame(HELLO)].concat());
        events(&mut rig);
        let read = [text_frame(&json), text_frame(TYPING)].concat();
        rig.rx = buffer_with(rx_bytes, false, &read);
        let typing = whole("user_typing", "", TYPING);
        assert_eq!(events(&mut rig), [seen.clone(), typing.clone()]);
        assert!(rig.rx.is_split());

        // Before the handshake: all bytes of the server come before the request is written.
        let mut rig = Rig::new(config().raw(Raw::On), rx_bytes, 512);
        rig.call_and_leave();
        rig.expect_connect("ms1.slack.com");
        rig.client.connected();
        let read = [UPGRADED, &text_frame(HELLO), &text_frame(&json)].concat();
        assert_eq!(receive(&mut rig, &read), [whole("hello", "", HELLO), seen]);
        assert!(rig.rx.is_split());
        assert_eq!(receive(&mut rig, &text_frame(TYPING)), [typing]);
    }
}

#[test]
fn a_split_buffer_with_bytes_is_joined_by_a_client_without_raw_json() {
    // Texts that fit a whole buffer, and not a split one.
    for (rx_bytes, bytes) in [(1024, 420), (4096, 3400)] {
        let stream = text_frame(&message_of(bytes));
        for before in [1, 3, 40, 100] {
            let mut rig = upgrading(Raw::Off, rx_bytes);
            receive(&mut rig, &[UPGRADED, &text_frame(HELLO)].concat());
            events(&mut rig);
            let (read, rest) = stream.split_at(before);
            rig.rx = buffer_with(rx_bytes, true, read);
            let mut all = events(&mut rig);
            assert!(!rig.rx.is_split());
            all.extend(receive(&mut rig, rest));
            let expected = ("message".into(), text_of(bytes), Err(RawError::Off));
            assert_eq!(all, [expected], "{rx_bytes} bytes, {before} read before");
        }
        // Before the handshake.
        let mut rig = Rig::new(config().raw(Raw::Off), rx_bytes, 512);
        rig.call_and_leave();
        rig.expect_connect("ms1.slack.com");
        rig.client.connected();
        rig.rx.space()[..UPGRADED.len()].copy_from_slice(UPGRADED);
        rig.rx.filled(UPGRADED.len());
        rig.drain();
        assert!(!rig.rx.is_split());
    }
}

/// "Another pair may take their place when both are empty."
#[test]
fn another_buffer_brings_raw_json_too() {
    let mut rig = upgrading(Raw::On, 1024);
    receive(&mut rig, &[UPGRADED, &text_frame(HELLO)].concat());
    events(&mut rig);
    assert!(rig.rx.is_empty());
    rig.rx = RecvBuf::try_from(memory(512)).unwrap();
    events(&mut rig);
    let all = receive(&mut rig, &text_frame(TYPING));
    assert_eq!(all, [whole("user_typing", "", TYPING)]);
}

/// A pool may hold buffers that were split by another client.
#[test]
fn the_opening_call_joins_a_split_buffer() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.rx = buffer_with(1024, true, b"");
    rig.call();
    let path = "x".repeat(650);
    let body =
        format!(r#"{{"ok":true,"url":"wss://ms1.slack.com/{path}","self":{{"id":"U0ME"}}}}"#);
    rig.receive(&client_common::http_ok(&body));
    rig.client.disconnected(DisconnectReason::Closed);
    rig.expect_connect("ms1.slack.com");
}
