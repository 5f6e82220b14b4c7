//! The world around a client: a server that follows a script, a link that breaks, a clock that
//! jumps, randomness that fails.
//!
//! A script is a head of three bytes (settings, sizes of the receive and the send buffer) and then
//! operations, each a byte (modulo 16) and its operands. An operation is taken when the client
//! waits and nothing is under way to it.

use super::script::Script;
use super::websocket::ACCEPT;
use slack_rtm::DisconnectReason;

/// The operations of a script.
pub(crate) mod op {
    pub(crate) const BYTES: u8 = 0;
    pub(crate) const TEXT: u8 = 1;
    pub(crate) const FRAME: u8 = 2;
    pub(crate) const EVENT: u8 = 3;
    pub(crate) const GO_ON: u8 = 4;
    pub(crate) const ANSWER: u8 = 5;
    pub(crate) const TIME: u8 = 6;
    pub(crate) const LINK_END: u8 = 7;
    pub(crate) const MESSAGE: u8 = 8;
    pub(crate) const COMMAND: u8 = 9;
    pub(crate) const READS: u8 = 10;
    pub(crate) const WRITES: u8 = 11;
    pub(crate) const ENTROPY: u8 = 12;
    pub(crate) const FILLER: u8 = 13;
    pub(crate) const CALLER: u8 = 14;
    pub(crate) const FRAGMENTS: u8 = 15;
}

/// The settings in the first byte of a script.
pub(crate) mod setting {
    pub(crate) const OUTBOX: u8 = 1;
    pub(crate) const AT_LEAST_ONCE: u8 = 2;
    pub(crate) const START: u8 = 4;
    pub(crate) const RECONNECT_URL: u8 = 8;
    pub(crate) const PLAIN: u8 = 16;
    pub(crate) const FORM: u8 = 32;
    pub(crate) const SMALL_OUTBOX: u8 = 64;
    /// Of a script for Socket Mode: events are acknowledged after they were lent.
    pub(crate) const AFTER_EVENT: u8 = 1;
}

/// The token of a life: one that its script cannot spell, so that a token which is shown was leaked.
///
/// A fixed one would be learnt by the fuzzer from the comparisons, and sent by the server.
pub(crate) fn token(script: &[u8]) -> String {
    let hash = script.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    format!("xoxb-{hash:016x}")
}

/// Bytes that a script may send at the most, so that none runs for seconds.
const MOST: usize = 100_000;

/// What the caller is to do for an operation; the rest is done already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act<'d> {
    Nothing,
    DisconnectReason(DisconnectReason),
    Message(&'d [u8]),
    Command(u8),
    Caller(u8),
}

/// Where the conversation stands, as the caller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    None,
    Api,
    Socket,
}

/// The script and the state of the world.
pub(crate) struct World<'d> {
    pub(crate) script: Script<'d>,
    pub(crate) now: u64,
    /// What the server sent and the client did not read yet.
    pub(crate) queue: Vec<u8>,
    total: usize,
    pub(crate) side: Side,
    /// The 101 was sent over this link.
    upgraded: bool,
    pub(crate) reads: usize,
    pub(crate) writes: usize,
    /// Operations that do not wait until the queue is empty.
    pub(crate) hurry: u8,
    /// Draws that are to fail.
    pub(crate) failures: u8,
    /// The next poll gets an earlier instant.
    pub(crate) back: bool,
    pub(crate) last_id: u32,
    /// The events are envelopes of Socket Mode.
    pub(crate) sends_envelopes: bool,
}

impl<'d> World<'d> {
    pub(crate) fn new(script: Script<'d>) -> Self {
        Self {
            script,
            now: 0,
            queue: Vec::new(),
            total: 0,
            side: Side::None,
            upgraded: false,
            reads: 7,
            writes: usize::MAX,
            hurry: 0,
            failures: 0,
            back: false,
            last_id: 1,
            sends_envelopes: false,
        }
    }

    pub(crate) fn link_up(&mut self, side: Side) {
        self.side = side;
        self.upgraded = false;
        self.queue.clear();
    }

    pub(crate) fn link_down(&mut self) {
        self.side = Side::None;
        self.queue.clear();
    }

    /// Does the next operation.
    pub(crate) fn step(&mut self) -> Act<'d> {
        let script = &mut self.script;
        match script.byte() % 16 {
            op::BYTES => {
                let bytes = script.string();
                self.serve(bytes);
            }
            op::TEXT => {
                let payload = script.string();
                self.frame(0x81, payload);
            }
            op::FRAME => {
                let (first, payload) = (script.byte(), script.string());
                self.frame(first, payload);
            }
            op::EVENT => {
                let (number, text) = (script.byte(), script.string());
                let event = match self.sends_envelopes {
                    true => envelope(number, text),
                    false => self.event(number, text),
                };
                self.frame(0x81, &event);
            }
            op::GO_ON => self.go_on(),
            op::ANSWER => {
                let (kind, body) = (script.byte(), script.string());
                self.answer(kind, body);
            }
            op::TIME => match script.byte() {
                255 => {
                    let jump = script.take(4);
                    self.now += jump.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                }
                254 => self.back = true,
                shift => self.now += 1 << (shift % 24),
            },
            op::LINK_END => return Act::DisconnectReason(link_end(script.byte())),
            op::MESSAGE => return Act::Message(script.string()),
            op::COMMAND => return Act::Command(script.byte()),
            op::READS => self.reads = usize::from(script.byte()).max(1),
            op::WRITES => {
                self.writes = match script.byte() {
                    255 => usize::MAX,
                    count => usize::from(count),
                };
                self.hurry = script.byte() % 16;
            }
            op::ENTROPY => self.failures = script.byte() % 8,
            op::FILLER => {
                let (byte, count) = (script.byte(), usize::from(script.byte()));
                self.serve(&vec![byte; count * 16]);
            }
            op::CALLER => return Act::Caller(script.byte()),
            _ => {
                let (ping, size, text) = (script.byte(), script.byte(), script.string());
                let mut first = 0x01;
                for piece in text.chunks(usize::from(size).max(1)) {
                    self.frame(first, piece);
                    first = 0;
                    if ping & 1 == 1 {
                        self.frame(0x89, b"are you there?");
                    }
                }
                self.frame(first | 0x80, b"");
            }
        }
        Act::Nothing
    }

    fn serve(&mut self, bytes: &[u8]) {
        if self.side != Side::None && self.total + bytes.len() <= MOST {
            self.total += bytes.len();
            self.queue.extend_from_slice(bytes);
        }
    }

    fn frame(&mut self, first: u8, payload: &[u8]) {
        self.serve(&super::websocket_common::frame(first, payload));
    }

    /// What a good server says next.
    fn go_on(&mut self) {
        match (self.side, self.upgraded) {
            (Side::None, _) => {}
            (Side::Api, _) => self.answer(0, OPENED),
            (Side::Socket, false) => {
                self.upgraded = true;
                self.serve(
                    format!(
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                         Connection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
                    )
                    .as_bytes(),
                );
                self.frame(0x81, br#"{"type":"hello"}"#);
            }
            (Side::Socket, true) => self.frame(0x81, br#"{"type":"hello"}"#),
        }
    }

    fn answer(&mut self, kind: u8, body: &[u8]) {
        let status = match kind >> 1 & 7 {
            0..=3 => "200 OK",
            4 => "429 Slow\r\nRetry-After: 30",
            5 => "302 Found\r\nLocation: https://elsewhere.example/",
            6 => "503 Busy\r\nRetry-After: 4294967296",
            _ => "403 No",
        };
        let kind_of = "Content-Type: application/json";
        if kind & 1 == 0 {
            let length = body.len();
            self.serve(
                format!("HTTP/1.1 {status}\r\n{kind_of}\r\nContent-Length: {length}\r\n\r\n")
                    .as_bytes(),
            );
            self.serve(body);
            return;
        }
        self.serve(
            format!("HTTP/1.1 {status}\r\n{kind_of}\r\nTransfer-Encoding: chunked\r\n\r\n")
                .as_bytes(),
        );
        for chunk in body.chunks(usize::from(kind >> 4) + 1) {
            self.serve(format!("{:x}\r\n", chunk.len()).as_bytes());
            self.serve(chunk);
            self.serve(b"\r\n");
        }
        self.serve(b"0\r\n\r\n");
    }

    /// What Slack sends in a session, around `text`.
    fn event(&self, number: u8, text: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        let text = serde_json::to_string(&text).unwrap();
        let id = self.last_id;
        match number % 12 {
            0 => format!(r#"{{"type":"message","channel":"C1","user":"U1","text":{text},"ts":"1.2"}}"#),
            1 => format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.2","text":{text}}}"#),
            2 => format!(r#"{{"ok":false,"reply_to":{id},"error":{{"code":-1,"msg":{text}}}}}"#),
            3 => format!(r#"{{"ok":false,"reply_to":{id},"error":{{"code":2,"msg":{text}}}}}"#),
            4 => r#"{"type":"goodbye"}"#.into(),
            5 => r#"{"type":"team_migration_started"}"#.into(),
            6 => r#"{"type":"reconnect_url","url":"wss:\/\/other.slack.com\/again"}"#.into(),
            7 => format!(r#"{{"type":"reconnect_url","url":{text}}}"#),
            8 => format!(r#"{{"type":"error","error":{{"code":1,"msg":{text}}}}}"#),
            9 => format!(r#"{{"type":"pong","reply_to":{id},"x":{text}}}"#),
            10 => format!(r#"{{"ok":true,"reply_to":{},"ts":"1.2"}}"#, id.wrapping_add(1)),
            _ => format!(
                r#"{{"type":"message","subtype":"message_changed","message":{{"text":{text}}},"channel":{{"id":"C1"}}}}"#
            ),
        }
        .into_bytes()
    }
}

/// The bytes of Slack in a session of Socket Mode, around `text`.
fn envelope(number: u8, text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let text = serde_json::to_string(&text).unwrap();
    let (id, again) = (number / 16, number / 32);
    match number % 16 {
        0..=2 => format!(
            r#"{{"envelope_id":"e{id}","payload":{{"event":{{"type":"message","channel":"C1","user":"U2","text":{text}}},"event_id":"Ev{again}"}},"type":"events_api","accepts_response_payload":false,"retry_attempt":{again}}}"#
        ),
        3 => format!(
            r#"{{"type":"events_api","payload":{{"event_id":{text},"event":{{"type":"app_mention","ts":"1.2","channel":"C1"}}}},"envelope_id":"f{id}"}}"#
        ),
        4..=6 => format!(
            r#"{{"envelope_id":"c{id}","payload":{{"command":"/door","text":{text}}},"type":"slash_commands","accepts_response_payload":true}}"#
        ),
        7 => format!(
            r#"{{"envelope_id":{text},"payload":{{"type":"view_submission"}},"type":"interactive","accepts_response_payload":true}}"#
        ),
        8 => format!(
            r#"{{"payload":{{"type":"block_actions","actions":[{{"value":{text}}}]}},"envelope_id":"b{id}","type":"interactive","accepts_response_payload":false}}"#
        ),
        9 => format!(r#"{{"envelope_id":{text},"payload":{text},"type":"new_things"}}"#),
        10 => r#"{"type":"disconnect","reason":"warning"}"#.into(),
        11 => r#"{"type":"disconnect","reason":"too_many_websockets"}"#.into(),
        12 => format!(r#"{{"type":"disconnect","reason":{text}}}"#),
        13 => r#"{"type":"hello","num_connections":3}"#.into(),
        14 => format!(r#"{{"type":"events_api","envelope_id":"a{id}","payload":{{"type":"app_rate_limited"}}}}"#),
        _ => format!(r#"{{"payload":{{"event":{text}}},"type":"events_api"}}"#),
    }
    .into_bytes()
}

/// A good answer to the call, with lists.
const OPENED: &[u8] = br#"{"ok":true,"users":[{"id":"U1","name":"one"},{"id":"U2"}],"url":"wss:\/\/wss-primary.slack.com\/websocket\/1","channels":[{"id":"C1","members":["U1","U2"]}],"team":{"id":"T1"},"self":{"id":"U1","name":"bot"}}"#;

fn link_end(number: u8) -> DisconnectReason {
    match number % 10 {
        0 => DisconnectReason::Closed,
        1 => DisconnectReason::Truncated,
        2 => DisconnectReason::NameNotFound,
        3 => DisconnectReason::Refused,
        4 => DisconnectReason::Unreachable,
        5 => DisconnectReason::TimedOut,
        6 => DisconnectReason::Untrusted,
        7 => DisconnectReason::TlsFailed,
        8 => DisconnectReason::Reset,
        _ => DisconnectReason::Other,
    }
}
