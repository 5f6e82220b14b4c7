//! The session in a plain loop, against a Slack in memory, on a clock of the test.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::from_fn;
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Instant;
use slack_rtm::{Client, CloseReason, Config, DisconnectReason, Event, OwnedStorage, State, Token};
use slack_rtm_embassy::blocking::{self, Blocking, Dial, Ticks};
use slack_rtm_embassy::link::Cleartext;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::wire::Wire as SharedWire;

/// One connection's two directions, and how the network treats them.
#[derive(Default)]
struct Wire {
    /// Which connection it is.
    number: u32,
    to_server: Vec<u8>,
    to_client: VecDeque<u8>,
    /// No more than this fits on its way to the server.
    window: usize,
    hung_up: bool,
    server_ended: bool,
}

#[derive(Clone, Default)]
struct Network {
    wire: Rc<RefCell<Wire>>,
    dials: Rc<Cell<u32>>,
}

impl Dial for Network {
    type Stream = Self;

    fn dial(&mut self, host: &str, _: u16) -> Result<Self, DisconnectReason> {
        assert_eq!(host, "slack.test");
        self.dials.set(self.dials.get() + 1);
        *self.wire.borrow_mut() = Wire {
            number: self.dials.get(),
            window: 64,
            ..Wire::default()
        };
        Ok(self.clone())
    }

    fn hang_up(stream: &mut Self) {
        stream.wire.borrow_mut().hung_up = true;
    }
}

impl ErrorType for Network {
    type Error = Infallible;
}

impl ReadReady for Network {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        let wire = self.wire.borrow();
        Ok(!wire.to_client.is_empty() || wire.server_ended)
    }
}

impl WriteReady for Network {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        let wire = self.wire.borrow();
        Ok(wire.to_server.len() < wire.window)
    }
}

impl Read for Network {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        assert!(self.read_ready()?, "this read would block for ever");
        let mut wire = self.wire.borrow_mut();
        let count = buf.len().min(wire.to_client.len()).min(7);
        for (to, from) in buf.iter_mut().zip(wire.to_client.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}

impl Write for Network {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        assert!(self.write_ready()?, "this write would block for ever");
        let mut wire = self.wire.borrow_mut();
        let count = buf.len().min(wire.window - wire.to_server.len());
        wire.to_server.extend_from_slice(&buf[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The other side: takes a little whenever the loop rests, and answers what is complete.
#[derive(Default)]
struct Slack {
    /// The connection that it talks on.
    number: u32,
    taken: Vec<u8>,
    is_socket: bool,
    texts: Vec<String>,
    /// Takes nothing any more, but still talks.
    is_stuck: bool,
}

impl Slack {
    fn work(&mut self, wire: &mut Wire) {
        if self.number != wire.number {
            self.number = wire.number;
            self.taken.clear();
            self.is_socket = false;
        }
        if !self.is_stuck {
            let count = wire.to_server.len().min(50);
            self.taken.extend(wire.to_server.drain(..count));
        }
        if self.is_socket {
            self.frames(wire);
        } else if self.taken.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8(std::mem::take(&mut self.taken)).unwrap();
            let key = head
                .lines()
                .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
            let answer = if let Some(key) = key {
                self.is_socket = true;
                let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
                format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: {accept}\r\n\r\n\x01\x10{{\"type\":\"hello\"}}"
                )
                .replace('\x01', "\u{81}")
            } else {
                let body = r#"{"ok":true,"url":"ws:\/\/slack.test:81\/socket","self":{"id":"U1","name":"bell"}}"#;
                let length = body.len();
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
            };
            wire.to_client
                .extend(answer.chars().map(|char| u8::try_from(char).unwrap()));
        }
    }

    /// Short frames of the client.
    fn frames(&mut self, wire: &mut Wire) {
        let [opcode, length, mask @ ..] = self.taken.as_slice() else {
            return;
        };
        let (opcode, length) = (*opcode, usize::from(length & 0x7f));
        let Some((mask, payload)) = mask.split_at_checked(4) else {
            return;
        };
        let Some(payload) = payload.get(..length) else {
            return;
        };
        let payload: Vec<u8> = payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        self.taken.drain(..6 + length);
        match opcode {
            0x81 => {
                let text = String::from_utf8(payload).unwrap();
                let id: u32 = text
                    .split("\"id\":")
                    .nth(1)
                    .and_then(|rest| rest.split([',', '}']).next())
                    .and_then(|id| id.parse().ok())
                    .unwrap();
                if text.contains("\"ping\"") {
                    say(wire, &format!(r#"{{"type":"pong","reply_to":{id}}}"#));
                } else {
                    self.texts.push(text);
                    say(
                        wire,
                        &format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.{id}"}}"#),
                    );
                }
            }
            0x88 => {
                wire.to_client.extend([0x88, 2, payload[0], payload[1]]);
                wire.server_ended = true;
            }
            other => panic!("opcode {other:#x}"),
        }
    }
}

fn say(wire: &mut Wire, text: &str) {
    assert!(text.len() < 126, "the tests' messages are short");
    wire.to_client.extend([0x81, text.len() as u8]);
    wire.to_client.extend(text.bytes());
}

/// Runs a client until its end, which is due after this many milliseconds. `each` is called every
/// millisecond and gives the presses of a button.
fn live(
    limit: u64,
    mut each: impl FnMut(u64, &mut Slack, &mut Wire) -> bool,
    mut record: impl FnMut(&str),
) -> (CloseReason, Slack, Network) {
    let network = Network::default();
    let (now, presses) = (Cell::new(0), Cell::new(0_u32));
    let mut slack = Slack::default();
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let config = Config::new()
        .api_base("http://slack.test/api/")
        .allow_insecure()
        .allowed_domains(&["slack.test"]);
    let random = from_fn(|out| {
        out.fill(0x5a);
        Ok(())
    });
    let storage = OwnedStorage::<16, 512>::new();
    let client = Client::new(config, "xoxb-test", storage, random).unwrap();
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let clock = Ticks::new(|| Instant::from_millis(now.get()));
    let mut ends = SharedWire::<NoopRawMutex, 16, 16>::new();
    let (session_end, runner_end) = ends.split();
    let mut session = Session::new(client, rx, tx, session_end, clock);
    let connector = Cleartext::new(Blocking::new(network.clone()));
    let mut runner = Runner::new(runner_end, connector, clock);
    let mut running = pin!(runner.run());
    let wire = network.wire.clone();
    let end = loop {
        if let Some(more) = presses.get().checked_sub(1) {
            presses.set(more);
            record("rang");
            let post = Post::new("C1", "Ding-dong!");
            session.handle().send(&post).unwrap();
        }
        let next = match blocking::poll(&mut session, running.as_mut()).unwrap() {
            Poll::Ready(next) => next,
            Poll::Pending => {
                now.set(now.get() + 1);
                assert!(now.get() < limit, "nothing came of it");
                let mut wire = wire.borrow_mut();
                slack.work(&mut wire);
                if each(now.get(), &mut slack, &mut wire) {
                    presses.set(presses.get() + 1);
                }
                continue;
            }
        };
        match next {
            Some((Event::Hello(_), _)) => record("hello"),
            Some((Event::Acknowledged(_), _)) => record("acknowledged"),
            Some((Event::Message(message), mut handle)) => {
                record("message");
                if message.text().is_some_and(|text| text == "stop") {
                    handle.close();
                }
            }
            Some((Event::Reconnecting(end), mut handle)) => {
                record(&format!("{:?}", end.reason()));
                handle.close();
            }
            Some(_) => {}
            None => break session.close_reason().unwrap(),
        }
    };
    (end, slack, network)
}

#[test]
fn a_bell_rings_in_a_plain_loop_and_closes_in_order() {
    let mut log = Vec::new();
    let (end, slack, network) = live(
        60_000,
        |now, slack, wire| {
            if now == 5_000 && slack.is_socket {
                say(
                    wire,
                    r#"{"type":"message","channel":"C1","user":"U2","text":"stop","ts":"2.0"}"#,
                );
            }
            now == 1_000
        },
        |what| log.push(what.to_owned()),
    );
    assert_eq!(
        (end, log),
        (
            CloseReason::Requested,
            ["hello", "rang", "acknowledged", "message"]
                .map(String::from)
                .to_vec()
        )
    );
    assert_eq!((slack.texts.len(), network.dials.get()), (1, 2));
    assert!(
        network.wire.borrow().hung_up,
        "the stream is given up in order"
    );
}

#[test]
fn no_press_is_lost_whenever_it_comes() {
    for press in (1..400).step_by(3) {
        let (end, slack, _) = live(
            60_000,
            |now, slack, wire| {
                if now == 9_000 && slack.is_socket {
                    say(
                        wire,
                        r#"{"type":"message","channel":"C1","user":"U2","text":"stop","ts":"2.0"}"#,
                    );
                }
                now == press
            },
            |_| {},
        );
        assert_eq!(
            (end, slack.texts.len()),
            (CloseReason::Requested, 1),
            "pressed at {press}"
        );
    }
}

#[test]
fn a_stuck_write_keeps_the_loop_neither_from_reading_nor_from_noticing() {
    let mut log = Vec::new();
    let (end, ..) = live(
        400_000,
        |now, slack, wire| {
            // The server reads no more, but goes on to talk for a while.
            slack.is_stuck |= now == 1_000;
            if [2_000, 3_000, 4_000].contains(&now) {
                assert_eq!(wire.to_server.len(), wire.window, "the write is stuck");
                say(
                    wire,
                    r#"{"type":"message","channel":"C1","user":"U2","text":"hm","ts":"2.0"}"#,
                );
            }
            now == 1_001
        },
        |what| log.push(what.to_owned()),
    );
    assert_eq!(end, CloseReason::Requested);
    assert_eq!(
        log[..5],
        ["hello", "rang", "message", "message", "message"],
        "{log:?}"
    );
    assert_eq!(log.len(), 6, "{log:?}");
}

#[test]
fn a_press_is_heard_while_the_server_talks_without_a_pause() {
    let mut log = Vec::new();
    let (end, ..) = live(
        60_000,
        |now, _, wire| {
            if now == 5_000 {
                for text in ["hm"; 20].into_iter().chain(["stop"]) {
                    say(
                        wire,
                        &format!(
                            r#"{{"type":"message","channel":"C1","user":"U2","text":"{text}","ts":"2.0"}}"#
                        ),
                    );
                }
            }
            now == 5_000
        },
        |what| log.push(what.to_owned()),
    );
    assert_eq!(end, CloseReason::Requested);
    assert_eq!(log.iter().position(|it| it == "rang"), Some(1), "{log:?}");
}

/// Refuses every dial.
struct Refusing;

impl Dial for Refusing {
    type Stream = Network;

    fn dial(&mut self, _: &str, _: u16) -> Result<Network, DisconnectReason> {
        Err(DisconnectReason::Refused)
    }
}

#[test]
fn a_handle_reports_the_state_and_the_last_failure() {
    let now = Cell::new(0);
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let config = Config::new()
        .api_base("http://slack.test/api/")
        .allow_insecure();
    let random = from_fn(|out| {
        out.fill(0x5a);
        Ok(())
    });
    let client = Client::new(config, "xoxb-test", Token::<16>::new(), random).unwrap();
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let clock = Ticks::new(|| Instant::from_millis(now.get()));
    let mut ends = SharedWire::<NoopRawMutex, 1, 1>::new();
    let (session_end, runner_end) = ends.split();
    let mut session = Session::new(client, rx, tx, session_end, clock);
    let mut runner = Runner::new(runner_end, Cleartext::new(Blocking::new(Refusing)), clock);
    let mut running = pin!(runner.run());
    let mut handle = session.handle();
    assert_eq!(handle.state(), State::Calling); // it has polled
    assert_eq!((handle.user_id(), handle.pending_messages()), (None, 0));
    assert_eq!(handle.counters().failures, 0);
    assert_eq!((handle.now().as_millis(), handle.last_failure()), (0, None));
    assert!(handle.set_token("a token").is_err());
    assert_eq!(handle.set_token("xoxb-2"), Ok(()));
    let mut rest = || now.set(now.get() + 1);
    let next = blocking::next(&mut session, running.as_mut(), &mut rest).unwrap();
    match next {
        Some((Event::Reconnecting(_), mut handle)) => {
            assert_eq!(handle.last_failure(), Some(DisconnectReason::Refused));
            handle.close();
        }
        other => panic!("{other:?}"),
    }
    let next = blocking::next(&mut session, running.as_mut(), &mut rest).unwrap();
    assert!(next.is_none());
    assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    assert_eq!(session.last_failure(), Some(DisconnectReason::Refused));
    assert!(format!("{session:?}").starts_with("Session { client: Client {"));
}
