//! A client, its buffers, its clock and the bytes that it sent: the rig of tests that play the
//! server by hand.

#![allow(dead_code)] // each test file uses a part
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, FromFn, from_fn};
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Instant;
use slack_rtm::web_api::ErrorCode;
use slack_rtm::{
    Client, ClientOutput, CloseReason, Config, DisconnectReason, Event, Output, PollError,
    ReconnectReason, State, Storage, StorageParts,
};
use std::cell::Cell;

/// The source of randomness of every rig.
pub(crate) type Randomness = fn(&mut [u8]) -> Result<(), EntropyError>;

/// The response to a handshake whose key was drawn from [`randomness`].
pub(crate) const UPGRADED: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: \
Upgrade\r\nSec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY=\r\n\r\n";
/// The body of the response to a call that succeeds.
pub(crate) const ACCEPTED: &str =
    r#"{"ok":true,"url":"wss://ms1.slack.com/secret-ticket","self":{"id":"U0ME"}}"#;
/// The greeting.
pub(crate) const HELLO: &str = r#"{"type":"hello"}"#;
/// An event that means nothing to the client: a sign of life.
pub(crate) const CHATTER: &str = r#"{"type":"x"}"#;

/// A URL for the next connection, pushed.
pub(crate) const KEPT_URL: &str =
    r#"{"type":"reconnect_url","url":"wss://ms2.slack.com/kept-ticket"}"#;
/// Slack's error code for "slow down, too many messages...".
pub(crate) const TOO_FAST: i32 = -1;

/// FIN and the opcode of text.
const TEXT: u8 = 0x81;

thread_local! {
    static RANDOMNESS_FAILS: Cell<bool> = const { Cell::new(false) };
}

/// Bytes 1, 2, 3, ...: masking keys and handshake keys that a test can know.
pub(crate) fn randomness(out: &mut [u8]) -> Result<(), EntropyError> {
    if RANDOMNESS_FAILS.get() {
        return Err(EntropyError);
    }
    for (byte, number) in out.iter_mut().zip(1..) {
        *byte = number;
    }
    Ok(())
}

/// Whether the source of randomness fails from now on, in this thread.
pub(crate) fn set_randomness_fails(fails: bool) {
    RANDOMNESS_FAILS.set(fails);
}

/// The token that every client of a rig begins with.
pub(crate) const TOKEN: &str = "xoxb-first";
/// The length of the longest token that the storage of a rig takes.
pub(crate) const LONGEST_TOKEN: usize = 64;

/// The configuration that every test begins with.
pub(crate) fn config() -> Config<'static> {
    Config::new()
}

/// A configuration, and the size of the memory for messages that wait.
pub(crate) struct Setup {
    pub(crate) config: Config<'static>,
    pub(crate) outbox_bytes: usize,
}

/// Without memory for messages that wait.
impl From<Config<'static>> for Setup {
    fn from(config: Config<'static>) -> Self {
        with_outbox(config, 0)
    }
}

/// The configuration with `outbox_bytes` for messages that wait.
pub(crate) fn with_outbox(config: Config<'static>, outbox_bytes: usize) -> Setup {
    Setup {
        config,
        outbox_bytes,
    }
}

/// The memory of a client, on the heap.
pub(crate) struct HeapStorage {
    token: Vec<u8>,
    outbox: Vec<u8>,
}

impl HeapStorage {
    /// Creates memory for tokens of a rig and `outbox_bytes` for messages.
    pub(crate) fn new(outbox_bytes: usize) -> Self {
        Self {
            token: vec![0; LONGEST_TOKEN],
            outbox: vec![0; outbox_bytes],
        }
    }
}

impl Storage for HeapStorage {
    fn parts(&mut self) -> StorageParts<'_> {
        StorageParts::new(&mut self.token, &mut self.outbox)
    }
}

/// The reason without a borrow. The text of an unknown code is kept.
pub(crate) fn owned(reason: ReconnectReason<'_>) -> ReconnectReason<'static> {
    match reason {
        ReconnectReason::Refused(code) => {
            let text: &'static str = code.as_str().to_owned().leak();
            ReconnectReason::Refused(ErrorCode::from_code(text))
        }
        other => other.without_text(),
    }
}

/// Zeroed memory that lives as long as the test's process.
pub(crate) fn memory(bytes: usize) -> &'static mut [u8] {
    vec![0; bytes].leak()
}

/// A whole HTTP response with this body.
pub(crate) fn http_ok(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// A text frame as a server sends it.
pub(crate) fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![TEXT];
    match u8::try_from(text.len()) {
        Ok(length) if length < 126 => frame.push(length),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(text.len()).expect("short").to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    frame
}

/// The ack of a message.
pub(crate) fn ack(id: u32) -> String {
    format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.1"}}"#)
}

/// The refusal of a message.
pub(crate) fn rejection(id: u32, code: i32) -> String {
    format!(r#"{{"ok":false,"reply_to":{id},"error":{{"code":{code},"msg":"no"}}}}"#)
}

/// An output of the client, without its borrow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Wait {
        until: u64,
    },
    Connect {
        host: String,
        until: u64,
    },
    Disconnect,
    Closed(CloseReason),
    Hello,
    Accepted {
        debug: String,
    },
    ListsIncomplete,
    Refused,
    Message {
        is_own: bool,
    },
    Acknowledged(u32),
    Rejected(u32),
    Unconfirmed(u32),
    Expired(u32),
    Withdrawn(u32),
    Reconnecting {
        reason: ReconnectReason<'static>,
        at: u64,
    },
    /// Any other event.
    Event,
    Failed(PollError),
}

impl Seen {
    fn of(output: Result<ClientOutput<'_>, PollError>) -> Self {
        let event = match output {
            Ok(Output::Event(event)) => event,
            Ok(Output::Wait { until, .. }) => {
                return Self::Wait {
                    until: until.as_millis(),
                };
            }
            Ok(Output::Connect { peer, until, .. }) => {
                return Self::Connect {
                    host: peer.host.into(),
                    until: until.as_millis(),
                };
            }
            Ok(Output::Disconnect) => return Self::Disconnect,
            Ok(Output::Closed(end)) => return Self::Closed(end),
            Ok(other) => panic!("unknown output {other:?}"),
            Err(error) => return Self::Failed(error),
        };
        match event {
            Event::Hello(_) => Self::Hello,
            Event::Accepted(_) => Self::Accepted {
                debug: format!("{event:?}"),
            },
            Event::ListsIncomplete(_) => Self::ListsIncomplete,
            Event::Refused(_) => Self::Refused,
            Event::Message(message) => Self::Message {
                is_own: message.is_own(),
            },
            Event::Acknowledged(message) => Self::Acknowledged(message.id().as_u32()),
            Event::Rejected(message) => Self::Rejected(message.id().as_u32()),
            Event::Unconfirmed(id) => Self::Unconfirmed(id.as_u32()),
            Event::Expired(id) => Self::Expired(id.as_u32()),
            Event::Withdrawn(id) => Self::Withdrawn(id.as_u32()),
            Event::Reconnecting(end) => Self::Reconnecting {
                reason: owned(end.reason()),
                at: end.at().as_millis(),
            },
            _ => Self::Event,
        }
    }

    /// Whether it is the outcome of a message.
    pub(crate) fn is_outcome(&self) -> bool {
        matches!(
            self,
            Self::Acknowledged(_)
                | Self::Rejected(_)
                | Self::Unconfirmed(_)
                | Self::Expired(_)
                | Self::Withdrawn(_)
        )
    }

    /// Whether the caller has to act before anything else comes.
    fn is_pause(&self) -> bool {
        matches!(
            self,
            Self::Wait { .. }
                | Self::Connect { .. }
                | Self::Disconnect
                | Self::Closed(_)
                | Self::Failed(_)
        )
    }
}

/// The client of a rig.
pub(crate) type RigClient = Client<'static, FromFn<Randomness>, HeapStorage>;

/// Creates a client with the token of every rig.
pub(crate) fn client(setup: impl Into<Setup>, random: Randomness) -> RigClient {
    let Setup {
        config,
        outbox_bytes,
    } = setup.into();
    let storage = HeapStorage::new(outbox_bytes);
    Client::new(config, TOKEN, storage, from_fn(random)).expect("the settings are consistent")
}

/// A client, its surroundings, and the steps of its life.
pub(crate) struct Rig {
    /// The client under test.
    pub(crate) client: RigClient,
    /// The receive buffer.
    pub(crate) rx: RecvBuf<'static>,
    /// The send buffer.
    pub(crate) tx: SendBuf<'static>,
    /// Milliseconds.
    pub(crate) now: u64,
    /// The bytes that the link has taken.
    pub(crate) sent: Vec<u8>,
}

impl Rig {
    /// A client that has not begun, with buffers of these sizes.
    pub(crate) fn new(setup: impl Into<Setup>, rx_bytes: usize, tx_bytes: usize) -> Self {
        Self {
            client: client(setup, randomness),
            rx: RecvBuf::try_from(memory(rx_bytes)).expect("large enough"),
            tx: SendBuf::try_from(memory(tx_bytes)).expect("large enough"),
            now: 0,
            sent: Vec::new(),
        }
    }

    /// A client in session.
    pub(crate) fn open(setup: impl Into<Setup>, tx_bytes: usize) -> Self {
        let mut rig = Self::new(setup, 1024, tx_bytes);
        rig.reopen();
        rig
    }

    /// Polls once. Every `Wait` is checked: `can_read` is whether the receive buffer has room, and
    /// there is room to read, or bytes to write.
    pub(crate) fn poll(&mut self) -> Seen {
        let now = Instant::from_millis(self.now);
        let output = self.client.poll(&mut self.rx, &mut self.tx, now);
        let can_read = match output {
            Ok(Output::Wait { can_read, .. }) => Some(can_read),
            _ => None,
        };
        let seen = Seen::of(output);
        if let Some(can_read) = can_read {
            let has_room = !self.rx.space().is_empty();
            assert_eq!(can_read, has_room, "room to read, {:?}", self.client);
            let has_bytes = !self.tx.pending().is_empty();
            assert!(
                can_read || has_bytes,
                "a wait for nothing, {:?}",
                self.client
            );
        }
        seen
    }

    /// Polls until the caller has to act.
    pub(crate) fn drain(&mut self) -> Vec<Seen> {
        let mut all = Vec::new();
        while all.len() < 200 {
            all.push(self.poll());
            if all.last().is_some_and(Seen::is_pause) {
                return all;
            }
        }
        panic!("no pause after {all:?}");
    }

    /// The link brings these bytes. They end where the client leaves the link.
    pub(crate) fn receive(&mut self, mut bytes: &[u8]) -> Vec<Seen> {
        let mut all = Vec::new();
        while !bytes.is_empty() && all.last() != Some(&Seen::Disconnect) {
            let space = self.rx.space();
            let count = space.len().min(bytes.len());
            assert!(count > 0, "the receive buffer is stuck after {all:?}");
            space[..count].copy_from_slice(&bytes[..count]);
            self.rx.filled(count);
            bytes = &bytes[count..];
            all.extend(self.drain());
        }
        all
    }

    /// The link brings a text frame.
    pub(crate) fn receive_text(&mut self, text: &str) -> Vec<Seen> {
        self.receive(&text_frame(text))
    }

    /// The link takes what stands in the send buffer now, and no more.
    pub(crate) fn take_once(&mut self) {
        let count = self.tx.pending().len();
        self.sent.extend_from_slice(self.tx.pending());
        self.tx.sent(count);
    }

    /// The link takes all there is, and what comes after it.
    pub(crate) fn flush(&mut self) -> Vec<Seen> {
        let mut all = self.drain();
        while !self.tx.is_empty() {
            self.take_once();
            all.extend(self.drain());
        }
        all
    }

    /// Time passes, then the link takes all there is.
    pub(crate) fn pass(&mut self, milliseconds: u64) -> Vec<Seen> {
        self.now += milliseconds;
        self.flush()
    }

    /// Sends a message, which must be taken; returns its id.
    pub(crate) fn send(&mut self, text: &str) -> u32 {
        let message = Post::new("C1", text);
        let sent = self.client.send(&message, &mut self.tx);
        sent.expect("the message is taken").as_u32()
    }

    /// The first link of a client: the request is written, the response is due.
    pub(crate) fn call(&mut self) {
        self.expect_connect("slack.com");
        self.client.connected();
        self.flush();
    }

    /// Calls, and leaves the link after a response that succeeds.
    pub(crate) fn call_and_leave(&mut self) {
        self.call();
        let seen = self.receive(&http_ok(ACCEPTED));
        assert!(
            matches!(seen[..], [Seen::Accepted { .. }, Seen::Disconnect]),
            "{seen:?}"
        );
        self.client.disconnected(DisconnectReason::Closed);
    }

    /// From the call to `hello`; forgets what was sent on the way.
    pub(crate) fn reopen(&mut self) {
        self.call_and_leave();
        self.upgrade();
    }

    /// From the response to `hello`; forgets what was sent on the way.
    pub(crate) fn upgrade(&mut self) {
        self.expect_connect("ms1.slack.com");
        self.client.connected();
        self.flush();
        self.receive(UPGRADED);
        self.sent.clear();
        assert_eq!(self.receive_text(HELLO)[0], Seen::Hello);
        self.flush();
    }

    /// The link ends; time passes until the next attempt. Returns the reason of the event.
    pub(crate) fn lose_link(&mut self, end: DisconnectReason) -> ReconnectReason<'static> {
        self.client.disconnected(end);
        let (reason, at) = self.reconnecting();
        self.now = at;
        reason
    }

    /// The client announces another attempt. Returns the reason, and the time of the attempt.
    pub(crate) fn reconnecting(&mut self) -> (ReconnectReason<'static>, u64) {
        let seen = self.drain();
        let found = seen.iter().find_map(|seen| match seen {
            Seen::Reconnecting { reason, at } => Some((*reason, *at)),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no Reconnecting among {seen:?}"))
    }

    /// The client asks for a link to this host, and for nothing else.
    pub(crate) fn expect_connect(&mut self, wanted: &str) {
        match &self.drain()[..] {
            [Seen::Connect { host, .. }] => assert_eq!(host, wanted),
            seen => panic!("no Connect but {seen:?}"),
        }
    }

    /// Whether there is a session.
    pub(crate) fn is_open(&self) -> bool {
        self.client.state() == State::Open
    }

    /// The frames that the link has taken since the last look: opcode with FIN, and payload.
    pub(crate) fn take_frames(&mut self) -> Vec<(u8, Vec<u8>)> {
        let mut bytes = &std::mem::take(&mut self.sent)[..];
        let mut frames = Vec::new();
        while let [first, length, rest @ ..] = bytes {
            let (length, rest) = match length & 0x7F {
                126 => (
                    usize::from(u16::from_be_bytes([rest[0], rest[1]])),
                    &rest[2..],
                ),
                length => (usize::from(length), rest),
            };
            let (key, rest) = rest.split_at(4);
            assert!(rest.len() >= length, "the last frame is not whole");
            let (payload, after) = rest.split_at(length);
            let masked = payload.iter().zip(key.iter().cycle());
            frames.push((*first, masked.map(|(byte, key)| byte ^ key).collect()));
            bytes = after;
        }
        frames
    }

    /// The ids of the messages that the link has taken since the last look; each is checked to be
    /// one whole frame of JSON.
    pub(crate) fn take_message_ids(&mut self) -> Vec<u32> {
        let frames = self.take_frames();
        let texts = frames.iter().filter(|(opcode, _)| *opcode == TEXT);
        texts
            .map(|(_, payload)| {
                let json: serde_json::Value =
                    serde_json::from_slice(payload).expect("one message per frame");
                assert_eq!(json["type"], "message");
                let id = json["id"].as_u64().expect("an id");
                u32::try_from(id).expect("an id of ours")
            })
            .collect()
    }
}
