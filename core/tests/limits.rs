//! Slack's limits, the pacing, the back-off and misuse, each through a whole client.
//!
//! Every table names the sentence of Slack's documentation, or of the protocol's, that it holds.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests

mod client_common;

use client_common::{HeapStorage, Setup, owned};
use slack_rtm::buffer::{Memory, RecvBuf, ResourceError, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError};
use slack_rtm::rtm::command::{Command, Ping, Post, PresenceQuery, PresenceSub, Typing};
use slack_rtm::rtm::limits::{FRAME_BYTES, LimitError};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{ErrorCode, RequestError};
use slack_rtm::{
    Client, Config, ConfigError, DisconnectReason, Event, MessageId, Output, PollError,
    ReconnectReason, SendError, Token, TokenError,
};
use std::cell::Cell;
use std::rc::Rc;

/// The id that comes first: all bits of [`Random`] are set.
const FIRST: u32 = 1 << 30;

/// A source that can be broken, and mended. A nonce is 1 to 16, everything else all ones.
struct Random(Rc<Cell<bool>>);

impl Entropy for Random {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        if self.0.get() {
            return Err(EntropyError);
        }
        if out.len() == 16 {
            out.iter_mut().zip(1..).for_each(|(to, byte)| *to = byte);
        } else {
            out.fill(0xFF);
        }
        Ok(())
    }
}

/// An output that borrows nothing.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Connect(String),
    Hello,
    Acknowledged(u32),
    Rejected(u32, i64),
    Withdrawn(u32),
    Reconnecting(ReconnectReason<'static>, u64),
    Other(String),
    Wait(u64),
    Disconnect,
    Closed,
}

struct World {
    client: Client<'static, Random, HeapStorage>,
    rx: RecvBuf<'static>,
    tx: SendBuf<'static>,
    now: u64,
    /// What the client wrote.
    sent: Vec<u8>,
    broken: Rc<Cell<bool>>,
}

impl World {
    fn new(setup: impl Into<Setup>) -> Self {
        Self::with_send_buffer(setup, 512)
    }

    fn with_send_buffer(setup: impl Into<Setup>, size: usize) -> Self {
        let broken = Rc::new(Cell::new(false));
        let memory = vec![0; size].leak();
        let setup = setup.into();
        let storage = HeapStorage::new(setup.outbox_bytes);
        let client = Client::new(setup.config, "xoxb-1", storage, Random(Rc::clone(&broken)));
        Self {
            client: client.expect("the settings are consistent"),
            rx: RecvBuf::new(Box::leak(Box::new([0; 1024]))),
            tx: SendBuf::try_from(memory).expect("large enough"),
            now: 1_000_000,
            sent: Vec::new(),
            broken,
        }
    }

    /// In session, the clock at its beginning.
    fn open(setup: impl Into<Setup>) -> Self {
        let mut world = Self::new(setup);
        world.begin();
        world
    }

    fn begin(&mut self) {
        let connect = |host: &str| Step::Connect(host.to_owned());
        assert_eq!(self.next(), connect("slack.com"));
        self.client.connected();
        self.next();
        self.answer("200 OK", "", ACCEPTED);
        assert!(matches!(self.next(), Step::Other(_)), "accepted");
        assert_eq!(self.next(), Step::Disconnect);
        self.client.disconnected(DisconnectReason::Closed);
        assert_eq!(self.next(), connect("wss-primary.slack.com"));
        self.client.connected();
        self.next();
        self.read(UPGRADE.as_bytes());
        self.next();
        self.says("{\"type\":\"hello\"}");
        assert_eq!(self.next(), Step::Hello);
        self.sent.clear();
    }

    fn poll(&mut self) -> Result<Step, PollError> {
        let now = Instant::from_millis(self.now);
        Ok(match self.client.poll(&mut self.rx, &mut self.tx, now)? {
            Output::Connect { peer, .. } => Step::Connect(peer.host.to_owned()),
            Output::Wait { until, .. } => Step::Wait(until.as_millis()),
            Output::Disconnect => Step::Disconnect,
            Output::Closed(_) => Step::Closed,
            Output::Event(Event::Hello(_)) => Step::Hello,
            Output::Event(Event::Acknowledged(message)) => {
                Step::Acknowledged(message.id().as_u32())
            }
            Output::Event(Event::Rejected(message)) => {
                let code = message.error_code().expect("a code");
                Step::Rejected(message.id().as_u32(), code)
            }
            Output::Event(Event::Withdrawn(id)) => Step::Withdrawn(id.as_u32()),
            Output::Event(Event::Reconnecting(end)) => {
                Step::Reconnecting(owned(end.reason()), end.at().as_millis())
            }
            other => Step::Other(format!("{other:?}")),
        })
    }

    /// The next output but for those waits that end by writing.
    fn next(&mut self) -> Step {
        loop {
            let step = self.poll().expect("no misuse");
            let pending = self.tx.pending().len();
            self.sent.extend_from_slice(self.tx.pending());
            self.tx.sent(pending);
            if pending == 0 || !matches!(step, Step::Wait(_)) {
                return step;
            }
        }
    }

    fn send(&mut self, command: &impl Command) -> Result<u32, SendError> {
        self.client
            .send(command, &mut self.tx)
            .map(MessageId::as_u32)
    }

    /// Bytes from the server.
    fn read(&mut self, bytes: &[u8]) {
        let space = self.rx.space();
        space[..bytes.len()].copy_from_slice(bytes);
        self.rx.filled(bytes.len());
    }

    /// A text frame from the server.
    fn says(&mut self, text: &str) {
        let length = u8::try_from(text.len()).expect("a short text");
        assert!(length < 126);
        self.read(&[&[0x81, length], text.as_bytes()].concat());
    }

    fn answer(&mut self, status: &str, field: &str, body: &str) {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{field}Content-Length: {length}\r\n\r\n");
        self.read(&[head.as_bytes(), body.as_bytes()].concat());
    }

    /// The frames that the client wrote since the last time: their first bytes and payloads.
    fn frames(&mut self) -> Vec<(u8, String)> {
        let sent = std::mem::take(&mut self.sent);
        let (mut rest, mut frames) = (&sent[..], Vec::new());
        while let [first, second, more @ ..] = rest {
            assert_eq!(second & 0x80, 0x80, "RFC 6455 section 5.1: masked");
            let (length, more) = match second & 0x7F {
                126 => (
                    usize::from(u16::from_be_bytes([more[0], more[1]])),
                    &more[2..],
                ),
                127 => panic!("64 KiB"),
                length => (usize::from(length), more),
            };
            let (key, more) = more.split_at(4);
            let (payload, more) = more.split_at(length);
            let bytes = payload.iter().zip(key.iter().cycle());
            let bytes: Vec<u8> = bytes.map(|(byte, key)| byte ^ key).collect();
            frames.push((*first, String::from_utf8(bytes).expect("UTF-8")));
            rest = more;
        }
        assert!(rest.is_empty(), "half a header");
        frames
    }
}

const ACCEPTED: &str = r#"{"ok":true,"self":{"id":"U0ME"},"url":"wss://wss-primary.slack.com/x"}"#;
const UPGRADE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY=\r\n\r\n";

/// Without memory for messages that wait.
fn config() -> Setup {
    Config::new().into()
}

fn with_outbox(size: usize) -> Setup {
    client_common::with_outbox(Config::new(), size)
}

fn limit(error: LimitError) -> Result<u32, SendError> {
    Err(SendError::Limit(error))
}

/// "16 KiB whole message or the server drops the client; keep text <= 4000 characters", and of
/// `presence_query`: "(<= 500)".
#[test]
fn what_slack_would_not_take_does_not_leave() {
    let long = "é".repeat(4_001);
    let controls = "\u{1}".repeat(4_000); // six bytes each, as JSON
    let many = vec!["U012345678"; 1_400];
    for config in [config, || with_outbox(30_000)] {
        let mut world = World::open(config());
        let refused = [
            (
                world.send(&Post::new("C1", &long)),
                limit(LimitError::Text { characters: 4_001 }),
            ),
            (
                world.send(&Post::new("C1", &controls)),
                limit(LimitError::Frame { bytes: 24_059 }),
            ),
            (
                world.send(&PresenceQuery::new(&many[..501])),
                limit(LimitError::PresenceQuery { ids: 501 }),
            ),
            (
                world.send(&PresenceSub::new(&many)),
                limit(LimitError::Frame { bytes: 18_247 }),
            ),
        ];
        for (result, expected) in refused {
            assert_eq!(result, expected);
        }
        assert!(matches!(world.next(), Step::Wait(_)));
        assert_eq!(world.frames(), []);
        assert_eq!(world.client.pending_messages(), 0);
    }
}

/// "16 KiB whole message or the server drops the client": the largest that is taken.
#[test]
fn the_largest_frame_is_just_below_sixteen_kibibytes() {
    let mut world = World::with_send_buffer(config(), 20_000);
    world.begin();
    let ids = vec!["U012345678"; 1_400];
    let most = (0..ids.len())
        .rev()
        .find(|&count| world.send(&PresenceSub::new(&ids[..count])).is_ok());
    let most = most.expect("one fits");
    world.next();
    let [(0x81, payload)] = &world.frames()[..] else {
        panic!("not one unfragmented text frame");
    };
    assert_eq!(payload.matches("U012345678").count(), most);
    assert!(payload.len() <= FRAME_BYTES, "{}", payload.len());
    // An id and one more user would not fit.
    assert!(payload.len() + 16 + 13 > FRAME_BYTES, "{}", payload.len());
}

/// "`typing` (no reply; at most one per 3 s".
#[test]
fn typing_at_most_once_in_three_seconds_and_channel() {
    let mut world = World::open(config());
    let begin = world.now;
    let rows = [
        (0, "C1", None),
        (0, "C1", Some(3_000)),
        (2_999, "C1", Some(1)),
        (2_999, "C2", None),
        (3_000, "C1", None),
        (3_000, "C2", Some(2_999)),
        (3_001, "C3", None),
        (3_002, "C4", None),
        // Four channels are remembered; a fifth waits for the first of them.
        (3_003, "C5", Some(2_996)),
        (5_999, "C5", None),
    ];
    let mut taken = 0;
    for (at, channel, wait) in rows {
        world.now = begin + at;
        world.next();
        let result = world.send(&Typing::new(channel));
        match wait {
            None => assert_eq!(result, Ok(FIRST + taken), "{channel} at {at}"),
            Some(wait) => {
                let wait = Duration::from_millis(wait);
                let expected = limit(LimitError::Typing { wait });
                assert_eq!(result, expected, "{channel} at {at}");
            }
        }
        taken += u32::from(wait.is_none());
        world.next();
        assert_eq!(world.frames().len(), usize::from(wait.is_none()));
    }
}

/// Without an outbox a message goes out now or not at all.
#[test]
fn offline_without_an_outbox() {
    let mut world = World::new(config());
    let message = Post::new("C1", "a");
    assert_eq!(world.send(&message), Err(SendError::Offline));
    assert_eq!(world.next(), Step::Connect("slack.com".to_owned()));
    assert_eq!(world.send(&message), Err(SendError::Offline));
    assert_eq!(world.send(&Ping::new()), Err(SendError::Offline));
    assert_eq!(world.send(&Typing::new("C1")), Err(SendError::Offline));
    assert!(world.tx.is_empty());
    // With one it waits, but for what is of no use later.
    let mut world = World::new(with_outbox(256));
    assert_eq!(world.send(&message), Ok(FIRST));
    assert_eq!(world.send(&Typing::new("C1")), Err(SendError::Offline));
    assert_eq!(world.client.pending_messages(), 1);
}

/// "1 message/s sustained, short bursts allowed".
#[test]
fn too_soon_without_an_outbox() {
    let mut world = World::open(config());
    let begin = world.now;
    let too_soon = |at| {
        let until = Instant::from_millis(begin + at);
        Err(SendError::TooSoon { until })
    };
    let rows = [
        (0, Ok(FIRST)),
        (0, Ok(FIRST + 1)),
        (0, Ok(FIRST + 2)),
        (0, too_soon(1_000)),
        (999, too_soon(1_000)),
        (1_000, Ok(FIRST + 3)),
        (1_001, too_soon(2_000)),
        (20_000, Ok(FIRST + 4)),
        (20_000, Ok(FIRST + 5)),
        (20_000, Ok(FIRST + 6)),
        // An idle time earns no more than the burst.
        (20_000, too_soon(21_000)),
    ];
    for (at, expected) in rows {
        world.now = begin + at;
        world.next();
        assert_eq!(world.send(&Post::new("C1", "a")), expected, "at {at}");
        world.next();
        let messages = world.frames();
        let messages = messages.iter().filter(|frame| frame.1.contains("message"));
        assert_eq!(messages.count(), usize::from(expected.is_ok()), "at {at}");
    }
}

/// "1 message/s sustained, short bursts allowed": the same out of an outbox, in order.
#[test]
fn an_outbox_sends_a_burst_and_then_one_a_second() {
    let mut world = World::open(with_outbox(1_024));
    let begin = world.now;
    for number in 0..6 {
        let message = Post::new("C1", "a");
        assert_eq!(world.send(&message), Ok(FIRST + number));
    }
    let mut left = Vec::new();
    while left.len() < 6 {
        let step = world.next();
        let frames = world.frames();
        for (_, json) in &frames {
            let id = FIRST + left.len() as u32;
            assert!(json.starts_with(&format!("{{\"id\":{id},")), "{json}");
            left.push(world.now - begin);
            world.says(&format!("{{\"ok\":true,\"reply_to\":{id},\"ts\":\"1.2\"}}"));
            assert_eq!(world.next(), Step::Acknowledged(id));
        }
        if let (Step::Wait(until), true) = (step, frames.is_empty()) {
            assert!(world.now < until && until < begin + 60_000, "{until}");
            world.now = until;
        }
    }
    assert_eq!(left, [0, 0, 0, 1_000, 2_000, 3_000]);
}

/// What does not fit is an error, and nothing of it is kept or sent.
#[test]
fn memories_that_are_full() {
    let full = |memory, wanted, available| Err((memory, wanted, available));
    let send = |world: &mut World, command: &Post<'_>| match world.send(command) {
        Err(SendError::Full(ResourceError {
            memory,
            wanted,
            available,
            ..
        })) => Err((memory, wanted, available)),
        other => Ok(other.expect("it fits")),
    };
    // {"type":"message","channel":"C1","text":"..."} has 43 bytes beside the text; of these, the braces
    // are not kept. Its header has 7.
    let mut world = World::new(with_outbox(100));
    let long = "x".repeat(53);
    assert_eq!(
        send(&mut world, &Post::new("C1", &long)),
        full(Memory::Outbox, 101, 100)
    );
    assert_eq!(world.send(&Post::new("C1", &long[..52])), Ok(FIRST));
    assert_eq!(
        send(&mut world, &Post::new("C1", "")),
        full(Memory::Outbox, 48, 0)
    );
    assert_eq!(world.client.pending_messages(), 1);

    // 256 bytes, of which 131 are kept for a control frame; the frame's header has up to 14.
    let mut world = World::with_send_buffer(config(), 256);
    world.begin();
    let result = send(&mut world, &Post::new("C1", &"x".repeat(200)));
    assert_eq!(result, full(Memory::Send, 43 + 200 + 16 + 14, 125));
    assert!(world.tx.is_empty());
    assert_eq!(world.client.pending_messages(), 0);
    assert_eq!(world.send(&Post::new("C1", "x")), Ok(FIRST));
}

/// "Send every client message as one unfragmented frame": of the longest text through the smallest
/// send buffer.
#[test]
fn the_longest_message_leaves_as_one_frame() {
    let mut world = World::with_send_buffer(with_outbox(10_000), SendBuf::MIN);
    world.begin();
    let text = "é".repeat(4_000);
    assert_eq!(world.send(&Post::new("C1", &text)), Ok(FIRST));
    world.next();
    let expected =
        format!("{{\"id\":{FIRST},\"type\":\"message\",\"channel\":\"C1\",\"text\":\"{text}\"}}");
    assert_eq!(world.frames(), [(0x81, expected)]);
}

/// "rate limit: code -1, msg `slow down, too many messages...`".
#[test]
fn slow_down_slows_the_pace_and_the_message_goes_again() {
    let mut world = World::open(with_outbox(256));
    assert_eq!(world.send(&Post::new("C1", "a")), Ok(FIRST));
    world.next();
    assert_eq!(world.frames().len(), 1);
    // Each time twice as long, up to a minute.
    for pause in [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] {
        world.says(&format!(
            "{{\"ok\":false,\"reply_to\":{FIRST},\"error\":{{\"code\":-1,\"msg\":\"slow down\"}}}}"
        ));
        // This event is not the end of the message.
        assert!(matches!(world.next(), Step::Other(_)));
        let resume = world.now + pause;
        world.now = resume - 1;
        world.says("{}"); // or it would ask whether anybody is there
        world.next();
        world.next();
        assert_eq!(world.frames(), [], "before {pause} ms");
        world.now = resume;
        world.next();
        let frames = world.frames();
        assert_eq!(frames.len(), 1, "after {pause} ms");
        assert!(frames[0].1.contains("\"text\":\"a\""));
    }
    world.says(&format!(
        "{{\"ok\":true,\"reply_to\":{FIRST},\"ts\":\"1.2\"}}"
    ));
    assert_eq!(world.next(), Step::Acknowledged(FIRST));
    assert_eq!(world.client.pending_messages(), 0);

    // Without an outbox nothing can go again: that is its end, and the next one has to wait.
    let mut world = World::open(config());
    assert_eq!(world.send(&Post::new("C1", "a")), Ok(FIRST));
    world.says(&format!(
        "{{\"ok\":false,\"reply_to\":{FIRST},\"error\":{{\"code\":-1,\"msg\":\"slow down\"}}}}"
    ));
    assert_eq!(world.next(), Step::Rejected(FIRST, -1));
    let until = Instant::from_millis(world.now + 2_000);
    assert_eq!(
        world.send(&Post::new("C1", "b")),
        Err(SendError::TooSoon { until })
    );
}

/// RFC 9112 section 2.2: a line ends with CRLF; a token with one would add a line of its own.
#[test]
fn a_token_that_ends_its_line_is_refused() {
    let new = |config: Config<'static>, token: &str| {
        let random = Random(Rc::new(Cell::new(false)));
        Client::new(config, token, Token::<64>::new(), random).err()
    };
    for token in ["", "xoxb\r\nX: y", "xoxb\n", "xoxb\r", "xo xb", "xoxb\0"] {
        let expected = TokenError::Characters;
        let refused = new(Config::new(), token);
        assert_eq!(refused, Some(ConfigError::Token(expected)), "{token:?}");
        // The token that was set before is kept.
        let mut world = World::new(config());
        assert_eq!(world.client.set_token(token), Err(expected), "{token:?}");
        assert_eq!(world.next(), Step::Connect("slack.com".to_owned()));
        world.client.connected();
        world.next();
        let request = String::from_utf8_lossy(&world.sent);
        assert!(request.contains("Bearer xoxb-1\r\n"), "{request}");
    }
    assert_eq!(
        new(Config::new().user_agent("a\r\nb"), "xoxb-1"),
        Some(ConfigError::Request(RequestError::UserAgent))
    );
    assert_eq!(new(Config::new(), "xoxb-1"), None);
}

/// RFC 6455 section 10.3: masking keys are unpredictable. Without randomness nothing leaves,
/// and when it is back nothing is lost.
#[test]
fn a_source_that_fails_lets_nothing_out() {
    let failed = Err(PollError::Entropy(EntropyError));

    // The first id and the masking key of a message.
    for config in [config, || with_outbox(256)] {
        let mut world = World::open(config());
        world.broken.set(true);
        assert_eq!(
            world.send(&Post::new("C1", "a")),
            Err(SendError::Entropy(EntropyError))
        );
        assert_eq!(world.client.pending_messages(), 0);
        assert!(world.tx.is_empty());
        world.broken.set(false);
        assert_eq!(world.send(&Post::new("C1", "a")), Ok(FIRST));
        world.broken.set(true);
        let again = world.send(&Post::new("C1", "b"));
        if again.is_ok() {
            assert_eq!(world.poll(), failed);
        }
        let had = world.client.pending_messages();
        world.broken.set(false);
        world.next();
        assert!(
            world
                .frames()
                .iter()
                .all(|(_, json)| json.contains("\"message\""))
        );
        assert_eq!(world.client.pending_messages(), had);
    }

    // The keepalive's ping.
    let mut world = World::open(config());
    world.now += 30_000;
    world.broken.set(true);
    assert_eq!(world.poll(), failed);
    assert!(world.tx.is_empty());
    world.broken.set(false);
    world.next();
    assert_eq!(
        world.frames(),
        [(0x81, format!("{{\"id\":{FIRST},\"type\":\"ping\"}}"))]
    );

    // The answer to a ping of the server.
    let mut world = World::open(config());
    world.read(b"\x89\x03abc");
    world.broken.set(true);
    assert_eq!(world.poll(), failed);
    assert!(world.tx.pending().is_empty());
    world.broken.set(false);
    world.next();
    assert_eq!(world.frames(), [(0x8A, "abc".to_owned())]);

    // The jitter before the next try.
    let mut world = World::new(config());
    world.next();
    world.client.disconnected(DisconnectReason::Refused);
    world.broken.set(true);
    assert_eq!(world.poll(), failed);
    world.broken.set(false);
    let reason = ReconnectReason::Disconnected(DisconnectReason::Refused);
    assert_eq!(world.next(), Step::Reconnecting(reason, world.now + 1_999));

    // The nonce of the handshake.
    let mut world = World::new(config());
    world.next();
    world.client.connected();
    world.next();
    world.answer("200 OK", "", ACCEPTED);
    world.next();
    world.next();
    world.client.disconnected(DisconnectReason::Closed);
    world.next();
    world.client.connected();
    world.sent.clear();
    world.broken.set(true);
    assert_eq!(world.poll(), failed);
    assert!(world.tx.is_empty());
    world.broken.set(false);
    world.next();
    assert!(world.sent.starts_with(b"GET /x HTTP/1.1\r\n"));
}

/// Calls in an order that makes no sense are errors, and change nothing.
#[test]
fn misuse_is_an_error_and_changes_nothing() {
    let connect = Ok(Step::Connect("slack.com".to_owned()));
    let misuse = Err(PollError::NoConnectDue);
    let mut world = World::new(config());
    world.client.connected();
    assert_eq!(world.poll(), misuse, "nobody asked for a link");
    world.client.disconnected(DisconnectReason::Closed);
    assert_eq!(world.poll(), misuse, "there is none");
    assert_eq!(world.poll(), connect);
    world.client.connected();
    world.client.connected();
    assert_eq!(world.poll(), misuse, "it is there already");
    assert!(matches!(world.next(), Step::Wait(_)));
    assert!(world.sent.starts_with(b"GET /api/rtm.connect HTTP/1.1\r\n"));
    world.client.disconnected(DisconnectReason::Reset);
    world.client.disconnected(DisconnectReason::Other);
    let reason = ReconnectReason::Disconnected(DisconnectReason::Reset);
    assert!(
        matches!(world.next(), Step::Reconnecting(why, _) if why == reason),
        "the first reason counts"
    );
}

/// Every message has one end, that of the client included.
#[test]
fn nothing_is_sent_after_the_end() {
    let mut world = World::new(with_outbox(256));
    assert_eq!(world.send(&Post::new("C1", "a")), Ok(FIRST));
    assert_eq!(world.send(&Post::new("C1", "b")), Ok(FIRST + 1));
    world.client.close();
    let message = Post::new("C1", "c");
    assert_eq!(world.send(&message), Err(SendError::Closed));
    assert_eq!(world.next(), Step::Withdrawn(FIRST));
    assert_eq!(world.next(), Step::Withdrawn(FIRST + 1));
    assert_eq!(world.next(), Step::Closed);
    assert_eq!(world.next(), Step::Closed);
    assert_eq!(world.send(&message), Err(SendError::Closed));
}

/// "jittered capped backoff that resets only after hello (or a stable minute)": the longest
/// delays, as all random bits are set.
#[test]
fn delays_grow_to_their_cap() {
    let mut world = World::new(config());
    for delay in [1_999, 3_999, 7_999, 15_999, 31_999, 59_999, 59_999] {
        assert_eq!(world.next(), Step::Connect("slack.com".to_owned()));
        world.client.disconnected(DisconnectReason::Unreachable);
        let reason = ReconnectReason::Disconnected(DisconnectReason::Unreachable);
        let at = world.now + delay;
        assert_eq!(world.next(), Step::Reconnecting(reason, at));
        assert_eq!(world.next(), Step::Wait(at));
        world.now = at - 1;
        assert_eq!(world.next(), Step::Wait(at));
        world.now = at;
    }
}

/// "max(Retry-After, backoff)", and "about one rtm.connect per minute; when limited you cannot
/// reconnect until the window passes".
#[test]
fn a_rate_limit_is_waited_out() {
    // Status, Retry-After, the least and the longest delay.
    let rows = [
        (
            "429 Too Many Requests",
            "Retry-After: 30\r\n",
            30_000,
            32_000,
        ),
        (
            "429 Too Many Requests",
            "Retry-After: 600\r\n",
            600_000,
            602_000,
        ),
        // "yes (30 s if absent)" says another client; Slack's window is a minute.
        ("429 Too Many Requests", "", 60_000, 62_000),
        (
            "503 Service Unavailable",
            "Retry-After: 7\r\n",
            7_000,
            9_000,
        ),
        ("503 Service Unavailable", "", 500, 2_000),
        ("302 Found", "Location: https://slack.com/\r\n", 500, 2_000),
    ];
    for (status, field, least, most) in rows {
        let mut world = World::new(config());
        world.next();
        world.client.connected();
        world.next();
        world.answer(status, field, "");
        let is_refusal = status.starts_with("429");
        if is_refusal {
            let refused = world.next();
            assert!(
                format!("{refused:?}").contains("RateLimited"),
                "{refused:?}"
            );
        }
        assert_eq!(world.next(), Step::Disconnect, "{status} {field}");
        world.client.disconnected(DisconnectReason::Closed);
        let at = match world.next() {
            Step::Reconnecting(ReconnectReason::Status { .. }, at) if !is_refusal => at,
            Step::Reconnecting(ReconnectReason::Refused(ErrorCode::RateLimited), at)
                if is_refusal =>
            {
                at
            }
            other => panic!("{status} {field} {other:?}"),
        };
        let delay = at - world.now;
        assert!((least..=most).contains(&delay), "{status} {field}{delay}");
    }
}

/// "Tier 1 = 1+/min per method per workspace per app with a small burst": three calls, then one a
/// minute, however short the sessions are.
#[test]
fn calls_keep_to_their_tier() {
    let mut world = World::new(config());
    let mut calls = Vec::new();
    while calls.len() < 7 {
        world.begin();
        calls.push(world.now);
        world.client.disconnected(DisconnectReason::Reset);
        let Step::Reconnecting(_, at) = world.next() else {
            panic!("it was reset");
        };
        world.now = at;
    }
    for four in calls.windows(4) {
        assert!(four[3] - four[0] >= 60_000, "{calls:?}");
    }
}
