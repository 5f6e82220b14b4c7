//! A Slack that answers, forgets, limits and fails: naive on purpose, and without a socket.

use crate::random::Random;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use std::collections::VecDeque;

const ACCEPT_GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What the workspace remembers from connection to connection.
#[derive(Debug, Default)]
pub(crate) struct Slack {
    /// When the URL method was called.
    pub(crate) calls: Vec<u64>,
    /// Texts of the messages that were taken, in order, repeated if sent again.
    pub(crate) received: Vec<String>,
    tickets: u64,
    open_tickets: Vec<(u64, u64)>,
    timestamps: u64,
    last_message_at: Option<u64>,
    /// The ack of the last message of a connection that ended before the ack was delivered.
    replay: Option<Value>,
}

impl Slack {
    /// The times of calls that came too fast: Slack allows one a minute, after three at once.
    pub(crate) fn too_many_calls(&self) -> Vec<String> {
        too_many_calls(&self.calls)
    }
}

/// The part of a server that differs between dialects.
pub(crate) trait Workspace {
    /// Returns the body of the response to an opening call.
    fn open(&mut self, now: u64) -> String;

    /// An opening call was made, whatever the response is.
    fn called(&mut self, now: u64);

    /// Returns whether the URL with this target was given out, was not used before and has not
    /// expired.
    fn redeem(&mut self, target: &str, now: u64) -> bool;

    /// A socket was opened: sends the greeting.
    fn greet(&mut self, connection: &mut Connection, now: u64);

    /// A text frame has arrived.
    fn receive(&mut self, connection: &mut Connection, payload: &[u8], now: u64);

    /// A pong has arrived.
    fn pong(&mut self, _payload: &[u8]) {}
}

/// How one connection misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not at all.
    None,
    /// Resets after so many bytes to the client.
    ResetAfter(usize),
    /// Says nothing more after so many bytes to the client, and keeps the connection.
    SilentAfter(usize),
    /// Sends a byte at a time.
    Drip,
    /// Pauses for a while after so many bytes to the client.
    StallAfter(usize),
    /// Takes nothing more after so many bytes of the client, and goes on talking.
    DeafAfter(usize),
    /// HTTP 429 with this Retry-After.
    RateLimited(u64),
    /// This HTTP status, to the call or to the upgrade.
    Status(u16),
    /// `ok:false` with this error.
    Error(&'static str),
    /// A body that is no JSON.
    Garbage,
    /// The 101, then the error frame of an expired URL.
    Expired,
    /// The 101, then plain text.
    Unauthenticated,
    /// The 101, then an empty object and nothing more.
    Empty,
    /// `goodbye` after so many messages.
    Goodbye(u32),
    /// A close frame with this code after so many messages.
    CloseCode(u16, u32),
    /// The connection resets after a message was taken and before its ack leaves.
    LoseAck,
    /// A frame that RFC 6455 forbids, after hello.
    BadFrame,
}

/// One connection, seen from the server.
#[derive(Debug)]
pub(crate) struct Connection {
    fault: Fault,
    from_client: Vec<u8>,
    to_client: VecDeque<u8>,
    sent: usize,
    websocket: bool,
    taken: usize,
    stalled: bool,
    messages: u32,
    /// The number of the socket, if its server counts them.
    pub(crate) number: u32,
    /// The close frame of the client has arrived.
    pub(crate) is_left: bool,
    /// The server closed or reset; what is in `to_client` still arrives if it closed.
    pub(crate) ended: Option<Ended>,
}

/// How the server ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// In order, after what was sent.
    Closed,
    /// At once, losing what was under way.
    Reset,
}

impl Connection {
    /// A connection that was just accepted.
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            fault,
            from_client: Vec::new(),
            to_client: VecDeque::new(),
            sent: 0,
            websocket: false,
            taken: 0,
            stalled: false,
            messages: 0,
            number: 0,
            is_left: false,
            ended: None,
        }
    }

    /// The next bytes for the client, at most `most`.
    pub(crate) fn take(&mut self, most: usize, random: &mut Random) -> Vec<u8> {
        let most = match self.fault {
            Fault::Drip => 1,
            _ => random.between(1, most as u64) as usize,
        };
        let mut bytes = Vec::new();
        while bytes.len() < most {
            match self.fault {
                Fault::ResetAfter(limit) if self.sent >= limit => {
                    self.reset();
                    break;
                }
                Fault::SilentAfter(limit) if self.sent >= limit => break,
                _ => {}
            }
            let Some(byte) = self.to_client.pop_front() else {
                break;
            };
            self.sent += 1;
            bytes.push(byte);
        }
        bytes
    }

    /// Whether `take` would yield something.
    pub(crate) fn has_bytes(&self) -> bool {
        match self.fault {
            Fault::SilentAfter(limit) if self.sent >= limit => false,
            _ => !self.to_client.is_empty(),
        }
    }

    /// Whether the client can see that it ended: a connection that fell silent says nothing.
    pub(crate) fn has_ended(&self) -> bool {
        let silent = matches!(self.fault, Fault::SilentAfter(limit) if self.sent >= limit);
        self.ended == Some(Ended::Reset) || (self.ended.is_some() && !silent)
    }

    /// Whether it takes no bytes of the client.
    pub(crate) fn is_deaf(&self) -> bool {
        matches!(self.fault, Fault::DeafAfter(limit) if self.taken >= limit)
    }

    /// Whether it pauses now: once.
    pub(crate) fn stalls(&mut self) -> bool {
        let reached = matches!(self.fault, Fault::StallAfter(limit) if self.sent >= limit);
        let stalls = reached && !self.stalled;
        self.stalled |= reached;
        stalls
    }

    /// Drips no more.
    pub(crate) fn quicken(&mut self) {
        if self.fault == Fault::Drip {
            self.fault = Fault::None;
        }
    }

    /// Bytes came from the client.
    pub(crate) fn receive(&mut self, bytes: &[u8], now: u64, slack: &mut dyn Workspace) {
        if self.ended.is_some() {
            return;
        }
        self.taken += bytes.len();
        self.from_client.extend_from_slice(bytes);
        if !self.websocket && !self.http(now, slack) {
            return;
        }
        while self.websocket && self.ended.is_none() && self.frame(now, slack) {}
    }

    /// A text frame to the client. Returns whether there is a socket to send it on.
    pub(crate) fn push(&mut self, value: &Value) -> bool {
        let is_open = self.websocket && self.ended.is_none();
        if is_open {
            self.text(value.to_string().as_bytes());
        }
        is_open
    }

    /// Whether the client has received all that was sent.
    pub(crate) fn is_drained(&self) -> bool {
        self.to_client.is_empty()
    }

    /// Bytes that the client has received.
    pub(crate) fn delivered(&self) -> usize {
        self.sent
    }

    /// Bytes that the client has received once it has received all that was sent.
    pub(crate) fn queued(&self) -> usize {
        self.sent + self.to_client.len()
    }

    /// Closes in order, after what was sent.
    pub(crate) fn close(&mut self) {
        self.ended.get_or_insert(Ended::Closed);
    }

    /// Neither sends anything more nor ends.
    pub(crate) fn fall_silent(&mut self) {
        self.fault = Fault::SilentAfter(0);
    }

    /// Ends at once.
    pub(crate) fn reset(&mut self) {
        self.to_client.clear();
        self.ended = Some(Ended::Reset);
    }

    /// Answers a request once its head and body are there; says whether frames may follow.
    fn http(&mut self, now: u64, slack: &mut dyn Workspace) -> bool {
        let Some(end) = find(&self.from_client, b"\r\n\r\n") else {
            return false;
        };
        let head = String::from_utf8(self.from_client[..end].to_vec()).expect("an ASCII head");
        let field = |name: &str| {
            head.lines().find_map(|line| {
                let (key, value) = line.split_once(": ")?;
                key.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        let body = field("Content-Length").map_or(0, |length| length.parse().expect("a length"));
        if self.from_client.len() < end + 4 + body {
            return false;
        }
        self.from_client.drain(..end + 4 + body);
        if let Fault::Status(status) = self.fault {
            self.respond(&format!(
                "HTTP/1.1 {status} Broken\r\nContent-Length: 0\r\n\r\n"
            ));
            self.ended = Some(Ended::Closed);
            return false;
        }
        match field("Sec-WebSocket-Key") {
            Some(key) => self.upgrade(&head, &key, now, slack),
            None => self.call(now, slack),
        }
        self.websocket
    }

    fn call(&mut self, now: u64, slack: &mut dyn Workspace) {
        slack.called(now);
        let body = match self.fault {
            Fault::RateLimited(seconds) => {
                self.respond(&format!(
                    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n"
                ));
                self.ended = Some(Ended::Closed);
                return;
            }
            Fault::Error(error) => json!({"ok": false, "error": error}).to_string(),
            Fault::Garbage => "<html>the proxy is unwell</html>".to_owned(),
            _ => slack.open(now),
        };
        self.respond(&format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        self.ended = Some(Ended::Closed);
    }

    fn upgrade(&mut self, head: &str, key: &str, now: u64, slack: &mut dyn Workspace) {
        let accept = base64(&Sha1::digest(format!("{key}{ACCEPT_GUID}")));
        self.respond(&format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        ));
        self.websocket = true;
        let target = head.strip_prefix("GET ").expect("a request for a socket");
        let target = target.split(' ').next().unwrap_or_default();
        let is_valid = slack.redeem(target, now);
        match self.fault {
            Fault::Unauthenticated => {
                self.text(b"UNAUTHENTICATED: cache_error");
                self.ended = Some(Ended::Closed);
            }
            Fault::Empty => self.text(b"{}"),
            _ if !is_valid || self.fault == Fault::Expired => {
                let error =
                    json!({"type": "error", "error": {"code": 1, "msg": "Socket URL has expired"}});
                self.text(error.to_string().as_bytes());
                self.ended = Some(Ended::Closed);
            }
            _ => {
                slack.greet(self, now);
                if self.fault == Fault::BadFrame {
                    self.to_client.extend([0x91, 0x00]);
                }
            }
        }
    }

    /// Takes one frame apart if it is there.
    fn frame(&mut self, now: u64, slack: &mut dyn Workspace) -> bool {
        let bytes = &self.from_client;
        let Some((first, second)) = bytes.first().zip(bytes.get(1)) else {
            return false;
        };
        assert_eq!(first & 0x80, 0x80, "clients must not fragment");
        assert_eq!(second & 0x80, 0x80, "clients must mask");
        let (length, header) = match second & 0x7F {
            126 if bytes.len() >= 4 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
            126 => return false,
            127 => panic!("no frame may have more than 16 KiB"),
            short => (usize::from(short), 2),
        };
        if bytes.len() < header + 4 + length {
            return false;
        }
        let key: [u8; 4] = bytes[header..header + 4].try_into().expect("four bytes");
        let payload: Vec<u8> = bytes[header + 4..header + 4 + length]
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key)
            .collect();
        let opcode = first & 0x0F;
        self.from_client.drain(..header + 4 + length);
        match opcode {
            1 => slack.receive(self, &payload, now),
            8 => {
                self.control(8, &payload);
                self.is_left = true;
                self.ended = Some(Ended::Closed);
            }
            9 => self.control(10, &payload),
            10 => slack.pong(&payload),
            other => panic!("a client sent opcode {other}"),
        }
        true
    }

    fn respond(&mut self, text: &str) {
        self.to_client.extend(text.bytes());
    }

    /// Sends a control frame.
    pub(crate) fn control(&mut self, opcode: u8, payload: &[u8]) {
        self.to_client.extend([0x80 | opcode, payload.len() as u8]);
        self.to_client.extend(payload);
    }

    /// Sends a text frame.
    pub(crate) fn text(&mut self, payload: &[u8]) {
        self.to_client.push_back(0x81);
        if payload.len() < 126 {
            self.to_client.push_back(payload.len() as u8);
        } else if let Ok(length) = u16::try_from(payload.len()) {
            self.to_client.push_back(126);
            self.to_client.extend(length.to_be_bytes());
        } else {
            self.to_client.push_back(127);
            self.to_client.extend((payload.len() as u64).to_be_bytes());
        }
        self.to_client.extend(payload);
    }
}

impl Workspace for Slack {
    fn open(&mut self, now: u64) -> String {
        self.tickets += 1;
        self.open_tickets.push((self.tickets, now));
        json!({
            "ok": true,
            "self": {"id": "U0SELF", "name": "bot"},
            "team": {"id": "T1", "name": "Team", "domain": "team"},
            "url": format!("wss://wss-primary.slack.com/link/{}", self.tickets),
        })
        .to_string()
        .replace('/', "\\/")
    }

    fn called(&mut self, now: u64) {
        self.calls.push(now);
    }

    fn redeem(&mut self, target: &str, now: u64) -> bool {
        redeem(&mut self.open_tickets, target, now)
    }

    fn greet(&mut self, connection: &mut Connection, _: u64) {
        connection.text(br#"{"type":"hello"}"#);
        if let Some(ack) = self.replay.take() {
            connection.text(ack.to_string().as_bytes());
        }
    }

    fn receive(&mut self, connection: &mut Connection, payload: &[u8], now: u64) {
        let command: Value = serde_json::from_slice(payload).expect("clients send JSON");
        let id = &command["id"];
        match command["type"].as_str().expect("a type") {
            "ping" => {
                let mut pong = command.clone();
                pong["type"] = json!("pong");
                pong["reply_to"] = id.clone();
                connection.text(pong.to_string().as_bytes());
            }
            "message" => {
                let too_soon = self.last_message_at.is_some_and(|at| now < at + 400);
                if too_soon {
                    let slow = json!({"ok": false, "reply_to": id, "error": {"code": -1, "msg": "slow down, too many messages..."}});
                    connection.text(slow.to_string().as_bytes());
                    return;
                }
                self.last_message_at = Some(now);
                self.timestamps += 1;
                self.received
                    .push(command["text"].as_str().expect("a text").to_owned());
                let ack = json!({"ok": true, "reply_to": id, "ts": format!("1700000000.{:06}", self.timestamps), "text": command["text"]});
                connection.messages += 1;
                let thread = &command["thread_ts"];
                if thread.is_string() {
                    // Slack sends the first message of a thread again with each reply.
                    let first = json!({"user": "U2", "text": "ping", "ts": thread, "thread_ts": thread, "reply_count": 1});
                    let ts = format!("1700000001.{:06}", self.timestamps);
                    let mut update = json!({"type": "message", "hidden": true, "channel": command["channel"], "message": first, "ts": ts, "event_ts": ts});
                    if self.timestamps.is_multiple_of(2) {
                        update["subtype"] = json!("message_replied");
                    }
                    connection.text(update.to_string().as_bytes());
                }
                match connection.fault {
                    Fault::LoseAck => {
                        self.replay = Some(ack);
                        connection.reset();
                        return;
                    }
                    Fault::Goodbye(after) if connection.messages >= after => {
                        connection.text(ack.to_string().as_bytes());
                        connection.text(br#"{"type":"goodbye"}"#);
                        return;
                    }
                    Fault::CloseCode(code, after) if connection.messages >= after => {
                        connection.text(ack.to_string().as_bytes());
                        connection.control(8, &code.to_be_bytes());
                        return;
                    }
                    _ => {}
                }
                connection.text(ack.to_string().as_bytes());
            }
            _ => {}
        }
    }
}

/// Removes the ticket of this target. Returns whether it is valid.
pub(crate) fn redeem(open: &mut Vec<(u64, u64)>, target: &str, now: u64) -> bool {
    let ticket = target.strip_prefix("/link/").expect("a target of a socket");
    let ticket = ticket.split('?').next().unwrap_or_default();
    let ticket: u64 = ticket.parse().expect("a ticket in the target");
    let valid = open
        .iter()
        .position(|(open, since)| *open == ticket && now - since <= 30_000);
    valid.map(|at| open.remove(at)).is_some()
}

/// Returns the times of calls that came too fast: Slack allows one a minute, after three at once.
pub(crate) fn too_many_calls(calls: &[u64]) -> Vec<String> {
    let windows = calls.windows(4);
    let broken = windows.filter(|calls| calls[3] - calls[0] < 59_000);
    broken
        .map(|calls| format!("four calls within a minute: {calls:?}"))
        .collect()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|part| part == needle)
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let padded = [
            group[0],
            *group.get(1).unwrap_or(&0),
            *group.get(2).unwrap_or(&0),
        ];
        let number = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        for position in 0..4 {
            let sextet = (number >> (18 - 6 * position)) & 63;
            text.push(if position <= group.len() {
                char::from(ALPHABET[sextet as usize])
            } else {
                '='
            });
        }
    }
    text
}
