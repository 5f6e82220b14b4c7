//! A client in Socket Mode: acknowledgements, deferral, duplicates, and the ends of sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod client_common;

use client_common::{HeapStorage, Randomness, UPGRADED, http_ok, memory, randomness, text_frame};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{FromFn, from_fn};
use slack_rtm::json::Writer;
use slack_rtm::socket_mode::SocketEnd;
use slack_rtm::socket_mode::acknowledgement::{LONGEST, TooLong};
use slack_rtm::time::Instant;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Client, Config, ConfigError, DeferredEnvelope, Dialect, DisconnectReason,
    Event, EventAcknowledgement, Output, ReconnectReason, Rtm, SocketMode, State, TokenError,
};

const URL: &str =
    r#"{"ok":true,"url":"wss:\/\/wss-primary.slack.com\/link\/?ticket=7d0c&app_id=9f3e"}"#;
const HELLO: &str =
    r#"{"type":"hello","num_connections":2,"debug_info":{"approximate_connection_time":18060}}"#;

fn event(id: &str, event_id: &str, ts: &str) -> String {
    format!(
        r#"{{"envelope_id":"{id}","payload":{{"team_id":"T0HOME","event":{{"type":"app_mention","user":"U0ANN","text":"<@U0BOT> open","ts":"{ts}","channel":"C0DOOR"}},"type":"event_callback","event_id":"{event_id}","authorizations":[{{"user_id":"U0BOT","is_bot":true}}]}},"type":"events_api","accepts_response_payload":false,"retry_attempt":0}}"#
    )
}

fn command(id: &str) -> String {
    format!(
        r#"{{"envelope_id":"{id}","payload":{{"channel_id":"C0DOOR","user_id":"U0ANN","command":"/door","text":"open 5"}},"type":"slash_commands","accepts_response_payload":true}}"#
    )
}

fn bare(id: &str) -> String {
    format!(r#"{{"envelope_id":"{id}"}}"#)
}

fn opening(json: &mut Writer<'_>) {
    json.begin_object();
    json.name("text").text("Opening");
    json.end_object();
}

/// Whether an event was lent before.
const FIRST: bool = false;
const REPEATED: bool = true;

type App = Client<'static, FromFn<Randomness>, HeapStorage, SocketMode>;

struct Rig {
    app: App,
    rx: RecvBuf<'static>,
    tx: SendBuf<'static>,
    now: u64,
    sent: Vec<u8>,
}

/// An output without its borrow.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Wait(u64),
    Connect(String),
    Disconnect,
    Closed,
    Hello(Option<u32>),
    /// A message, its text and whether it came before.
    Message(String, bool),
    Command,
    Interaction(String),
    Disconnecting(SocketEnd),
    Reconnecting(ReconnectReason<'static>, u64),
    Event(u16),
}

impl Rig {
    fn new(config: Config<'static, SocketMode>, tx_bytes: usize) -> Self {
        let random: Randomness = randomness;
        Self {
            app: Client::new(config, "xapp-1", HeapStorage::new(0), from_fn(random)).unwrap(),
            rx: RecvBuf::try_from(memory(1024)).unwrap(),
            tx: SendBuf::try_from(memory(tx_bytes)).unwrap(),
            now: 0,
            sent: Vec::new(),
        }
    }

    /// A client in session.
    fn open(config: Config<'static, SocketMode>, tx_bytes: usize) -> Self {
        let mut rig = Self::new(config, tx_bytes);
        rig.reopen();
        rig
    }

    fn reopen(&mut self) {
        assert_eq!(self.poll(), Seen::Connect("slack.com".into()));
        self.app.connected();
        self.wait();
        self.receive(&http_ok(URL));
        assert_eq!(self.poll(), Seen::Event(2)); // accepted
        self.lose(DisconnectReason::Closed);
        assert_eq!(self.poll(), Seen::Connect("wss-primary.slack.com".into()));
        self.app.connected();
        self.wait();
        self.receive(UPGRADED);
        self.wait();
        self.sent.clear();
        self.receive(&text_frame(HELLO));
        assert_eq!(self.poll(), Seen::Hello(Some(2)));
        self.wait();
    }

    fn poll(&mut self) -> Seen {
        let output = self
            .app
            .poll(&mut self.rx, &mut self.tx, Instant::from_millis(self.now));
        let event = match output.unwrap() {
            Output::Event(event) => event,
            Output::Wait { until, .. } => return Seen::Wait(until.as_millis()),
            Output::Connect { peer, .. } => return Seen::Connect(peer.host.into()),
            Output::Disconnect => return Seen::Disconnect,
            Output::Closed(_) => return Seen::Closed,
            other => panic!("{other:?}"),
        };
        match event {
            Event::Hello(hello) => Seen::Hello(hello.connections()),
            Event::Message(message) => Seen::Message(
                message.text().map_or("", |text| text.as_str()).into(),
                event.envelope().unwrap().is_repeated(),
            ),
            Event::SlashCommand(_) => Seen::Command,
            Event::Interaction(interaction) => {
                Seen::Interaction(interaction.action_id().map_or("", |id| id.as_str()).into())
            }
            Event::Disconnect(end) => Seen::Disconnecting(end.reason()),
            Event::Reconnecting(end) => {
                Seen::Reconnecting(end.reason().without_text(), end.at().as_millis())
            }
            other => Seen::Event(other.code()),
        }
    }

    /// Lets the link take all bytes, and polls until the client waits for the peer. Returns the
    /// instant of the next poll.
    fn wait(&mut self) -> u64 {
        loop {
            let seen = self.poll();
            let Seen::Wait(until) = seen else {
                panic!("{seen:?}")
            };
            if !self.flush() {
                return until;
            }
        }
    }

    /// Lets the link take all bytes. Returns whether there were any.
    fn flush(&mut self) -> bool {
        let count = self.tx.pending().len();
        self.sent.extend(self.tx.pending());
        self.tx.sent(count);
        count > 0
    }

    fn receive(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let space = self.rx.space();
            let count = space.len().min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            self.rx.filled(count);
            rest = &rest[count..];
            if !rest.is_empty() {
                assert!(matches!(self.poll(), Seen::Wait(_)));
            }
        }
    }

    fn receive_text(&mut self, text: &str) {
        self.receive(&text_frame(text));
    }

    fn lose(&mut self, reason: DisconnectReason) {
        self.app.disconnected(reason);
    }

    /// Returns the frames that were sent, and forgets them: text as it is, others by their opcode.
    fn frames(&mut self) -> Vec<String> {
        let bytes = std::mem::take(&mut self.sent);
        let (mut frames, mut rest) = (Vec::new(), &bytes[..]);
        while !rest.is_empty() {
            let (opcode, short) = (rest[0] & 0x0F, usize::from(rest[1] & 0x7F));
            let (len, at) = match short {
                126 => (usize::from(u16::from_be_bytes([rest[2], rest[3]])), 4),
                short => (short, 2),
            };
            let (key, payload) = rest[at..].split_at(4);
            let text = payload[..len].iter().zip(key.iter().cycle());
            let text: Vec<u8> = text.map(|(byte, key)| byte ^ key).collect();
            frames.push(match opcode {
                1 => String::from_utf8(text).unwrap(),
                opcode => format!("opcode {opcode}"),
            });
            rest = &payload[len..];
        }
        frames
    }

    /// Polls and flushes until there is an output other than `Wait`.
    fn next(&mut self) -> Seen {
        for _ in 0..20 {
            match self.poll() {
                Seen::Wait(_) if self.flush() => {}
                seen => return seen,
            }
        }
        panic!("no output");
    }

    fn respond(&mut self, response: &dyn Fn(&mut Writer<'_>)) -> Result<usize, AcknowledgeError> {
        for calls in 1.. {
            let sent = self.app.acknowledge(&self.rx, &mut self.tx, response)?;
            if sent == Sent::Whole {
                return Ok(calls);
            }
            assert!(self.flush(), "it has to be flushed");
        }
        unreachable!()
    }
}

fn config() -> Config<'static, SocketMode> {
    Config::socket_mode()
}

#[test]
fn a_token_of_another_kind_is_named() {
    let random: Randomness = randomness;
    for token in ["xoxb-1", "xoxp-1", "xoxc-1"] {
        let client = Client::new(config(), token, HeapStorage::new(0), from_fn(random));
        let error = client.expect_err("it is of a bot or a user");
        assert_eq!(error, ConfigError::Token(TokenError::NotAppLevel));
        assert!(error.to_string().contains("xapp-"), "{error}");
    }
    let mut rig = Rig::new(config(), 512);
    assert_eq!(rig.app.set_token("xoxb-1"), Err(TokenError::NotAppLevel));
}

#[test]
fn the_opening_call_is_a_form_without_arguments_and_the_token_in_the_header() {
    let mut rig = Rig::new(config(), 512);
    rig.poll();
    rig.app.connected();
    rig.wait();
    let request = String::from_utf8(rig.sent).unwrap();
    assert!(
        request.starts_with("POST /api/apps.connections.open HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\r\nAuthorization: Bearer xapp-1\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\nContent-Length: 0\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n"), "{request}");
}

/// "An `events_api` envelope is acknowledged before its event is lent."
#[test]
fn an_event_is_lent_when_its_acknowledgement_has_left() {
    let mut rig = Rig::open(config(), 512);
    rig.receive_text(&event("e1", "Ev1", "1.1"));
    for _ in 0..3 {
        assert!(matches!(rig.poll(), Seen::Wait(_)), "nothing has left");
    }
    // All bytes but one are taken.
    let pending = rig.tx.pending().to_vec();
    rig.tx.sent(pending.len() - 1);
    assert!(matches!(rig.poll(), Seen::Wait(_)));
    rig.tx.sent(1);
    rig.sent = pending;
    let message = Seen::Message("<@U0BOT> open".into(), FIRST);
    assert_eq!(rig.poll(), message);
    assert_eq!(rig.frames(), [bare("e1")]);
    assert_eq!(
        rig.app.acknowledge(&rig.rx, &mut rig.tx, &opening),
        Err(AcknowledgeError::NotAccepted)
    );
    assert_eq!(rig.app.defer(&rig.rx), Err(AcknowledgeError::NotAccepted));
    assert_eq!(rig.app.user_id(), Some("U0BOT"), "of the authorizations");
    rig.wait();
    assert_eq!(rig.frames(), [""; 0]);
    assert_eq!(
        rig.app.acknowledge(&rig.rx, &mut rig.tx, &opening),
        Err(AcknowledgeError::NoEnvelope)
    );
}

#[test]
fn an_event_that_is_acknowledged_after_its_handler_comes_at_once() {
    let after = config().acknowledge_events(EventAcknowledgement::AfterEvent);
    let mut rig = Rig::open(after, 512);
    rig.receive_text(&event("e1", "Ev1", "1.1"));
    let message = Seen::Message("<@U0BOT> open".into(), FIRST);
    assert_eq!(rig.poll(), message);
    assert!(rig.tx.is_empty());
    rig.wait();
    assert_eq!(rig.frames(), [bare("e1")]);
}

#[test]
fn every_envelope_is_acknowledged_once_on_its_socket() {
    let interactive = |id: &str, accepts: bool| {
        format!(
            r#"{{"envelope_id":"{id}","payload":{{"type":"block_actions","actions":[{{"action_id":"open","block_id":"b1","type":"button"}}]}},"type":"interactive","accepts_response_payload":{accepts}}}"#
        )
    };
    let unknown = |id: &str| format!(r#"{{"envelope_id":"{id}","payload":"text","type":"other"}}"#);
    let limited = |id: &str| {
        format!(
            r#"{{"envelope_id":"{id}","payload":{{"type":"app_rate_limited","team_id":"T0HOME","minute_rate_limited":1764200040}},"type":"events_api","accepts_response_payload":false}}"#
        )
    };
    for tx_bytes in [SendBuf::MIN, 512] {
        let mut rig = Rig::open(config(), tx_bytes);
        for (frame, code) in [
            (event("e1", "Ev1", "1.1"), 6),
            (interactive("e2", false), 27),
            (interactive("e3", true), 27),
            (command("e4"), 28),
            (unknown("e5"), 42),
            (limited("e6"), 29),
        ] {
            rig.receive_text(&frame);
            loop {
                let now = Instant::from_millis(rig.now);
                let output = rig.app.poll(&mut rig.rx, &mut rig.tx, now).unwrap();
                if let Output::Event(event) = output {
                    assert_eq!(event.code(), code, "{event:?}");
                    assert!(event.envelope().unwrap().id().unwrap().starts_with('e'));
                    break;
                }
                assert!(rig.flush());
            }
            rig.wait();
        }
        let all = ["e1", "e2", "e3", "e4", "e5", "e6"];
        assert_eq!(rig.frames(), all.map(bare));
    }
}

#[test]
fn a_response_goes_out_while_the_event_is_held() {
    let mut rig = Rig::open(config(), 512);
    rig.receive_text(&command("e1"));
    assert_eq!(rig.poll(), Seen::Command);
    assert_eq!(rig.respond(&opening), Ok(1));
    rig.flush();
    let whole = r#"{"envelope_id":"e1","payload":{"text":"Opening"}}"#;
    assert_eq!(rig.frames(), [whole]);
    assert_eq!(rig.respond(&opening), Err(AcknowledgeError::Acknowledged));
    assert_eq!(rig.app.defer(&rig.rx), Err(AcknowledgeError::Acknowledged));
    rig.wait();
    assert_eq!(rig.frames(), [""; 0], "acknowledged at most once");
}

/// The largest response through the smallest send buffer, with each count of bytes that a link may
/// take at a time.
#[test]
fn a_response_of_20_kb_fits_through_any_send_buffer() {
    let length = LONGEST - r#"{"envelope_id":"e1","payload":{"text":""}}"#.len();
    let text = "x".repeat(length);
    let response = |json: &mut Writer<'_>| {
        json.begin_object();
        json.name("text").text(&text);
        json.end_object();
    };
    for tx_bytes in [SendBuf::MIN, 512, 4096] {
        let mut rig = Rig::open(config(), tx_bytes);
        rig.receive_text(&command("e1"));
        assert_eq!(rig.poll(), Seen::Command);
        let calls = rig.respond(&response).unwrap();
        assert!(calls > LONGEST / tx_bytes, "{calls} calls");
        rig.flush();
        let frames = rig.frames();
        let expected = format!(r#"{{"envelope_id":"e1","payload":{{"text":"{text}"}}}}"#);
        assert_eq!(expected.len(), LONGEST);
        assert!(frames == [expected], "one unfragmented frame");
        rig.wait();

        rig.receive_text(&command("e2"));
        assert_eq!(rig.poll(), Seen::Command);
        let longer = format!("{text}y");
        let response = |json: &mut Writer<'_>| {
            json.begin_object();
            json.name("text").text(&longer);
            json.end_object();
        };
        let error = rig.respond(&response).unwrap_err();
        let length = LONGEST + 1;
        assert_eq!(error, AcknowledgeError::TooLong(TooLong { length }));
        assert!(error.to_string().contains(&length.to_string()), "{error}");
        // It can still be acknowledged.
        assert_eq!(rig.respond(&opening), Ok(1));
    }
}

#[test]
fn a_response_that_is_abandoned_ends_the_link() {
    let text = "x".repeat(2_000);
    let response = |json: &mut Writer<'_>| {
        json.begin_object();
        json.name("text").text(&text);
        json.end_object();
    };
    let mut rig = Rig::open(config(), 512);
    rig.receive_text(&command("e1"));
    assert_eq!(rig.poll(), Seen::Command);
    let sent = rig.app.acknowledge(&rig.rx, &mut rig.tx, &response);
    assert_eq!(sent, Ok(Sent::Partly));
    rig.flush();
    assert_eq!(rig.poll(), Seen::Disconnect);
    rig.lose(DisconnectReason::Closed);
    let Seen::Reconnecting(reason, _) = rig.poll() else {
        panic!("it reconnects")
    };
    assert_eq!(reason, ReconnectReason::ResponseAbandoned);
}

#[test]
fn a_response_that_changes_is_noticed() {
    let calls = std::cell::Cell::new(0);
    let response = |json: &mut Writer<'_>| {
        calls.set(calls.get() + 1);
        json.begin_object();
        let text = "x".repeat(2_000 - calls.get() * 300);
        json.name("text").text(&text);
        json.end_object();
    };
    let mut rig = Rig::open(config(), 512);
    rig.receive_text(&command("e1"));
    assert_eq!(rig.poll(), Seen::Command);
    assert_eq!(rig.respond(&response), Err(AcknowledgeError::Changed));
    assert_eq!(rig.poll(), Seen::Disconnect);
}

#[test]
fn a_response_after_the_end_of_the_socket_is_refused() {
    let mut rig = Rig::open(config(), 512);
    rig.receive_text(&command("e1"));
    assert_eq!(rig.poll(), Seen::Command);
    rig.lose(DisconnectReason::Reset);
    assert_eq!(rig.respond(&opening), Err(AcknowledgeError::SocketEnded));
    let reset = ReconnectReason::Disconnected(DisconnectReason::Reset);
    assert!(matches!(rig.poll(), Seen::Reconnecting(reason, _) if reason == reset));
}

fn defer(rig: &mut Rig, id: &str) -> DeferredEnvelope {
    rig.receive_text(&command(id));
    assert_eq!(rig.next(), Seen::Command);
    rig.app.defer(&rig.rx).unwrap()
}

#[test]
fn a_deferred_envelope_is_answered_later() {
    let mut rig = Rig::open(config(), 512);
    let first = defer(&mut rig, "e1");
    let second = defer(&mut rig, "e2");
    rig.now += 2_499;
    rig.wait();
    assert_eq!(rig.frames(), [""; 0], "nothing is due");
    let answer = |rig: &mut Rig, envelope| {
        rig.app
            .acknowledge_deferred(envelope, &mut rig.tx, &opening)
    };
    assert_eq!(answer(&mut rig, second), Ok(Sent::Whole));
    assert_eq!(
        answer(&mut rig, second),
        Err(AcknowledgeError::Acknowledged)
    );
    rig.flush();
    let response = r#"{"envelope_id":"e2","payload":{"text":"Opening"}}"#;
    assert_eq!(rig.frames(), [response]);
    rig.now += 1;
    rig.wait();
    assert_eq!(rig.frames(), [bare("e1")], "the first poll after 2.5 s");
    let too_late = answer(&mut rig, first).unwrap_err();
    assert_eq!(too_late, AcknowledgeError::TooLate);
    assert!(too_late.to_string().contains("2.5 s"));
}

#[test]
fn a_deferred_envelope_wakes_the_program_in_time() {
    let mut rig = Rig::open(config(), 512);
    let now = rig.now;
    defer(&mut rig, "e1");
    assert_eq!(rig.wait(), now + 2_500);
}

#[test]
fn deferred_envelopes_are_few_and_end_with_their_socket() {
    let mut rig = Rig::open(config(), 512);
    let all = ["e1", "e2", "e3", "e4"].map(|id| defer(&mut rig, id));
    rig.receive_text(&command("e5"));
    assert_eq!(rig.next(), Seen::Command);
    let full = rig.app.defer(&rig.rx);
    assert_eq!(full, Err(AcknowledgeError::TooManyDeferred));
    assert_eq!(rig.respond(&opening), Ok(1));
    rig.wait();
    let long = "x".repeat(45);
    rig.receive_text(&command(&long));
    assert_eq!(rig.next(), Seen::Command);
    assert_eq!(rig.app.defer(&rig.rx), Err(AcknowledgeError::LongId));
    rig.lose(DisconnectReason::Reset);
    while !matches!(rig.poll(), Seen::Reconnecting(..)) {
        rig.flush();
        rig.lose(DisconnectReason::Closed);
    }
    rig.now += 100_000;
    rig.reopen();
    for envelope in all {
        let answered = rig
            .app
            .acknowledge_deferred(envelope, &mut rig.tx, &opening);
        assert_eq!(answered, Err(AcknowledgeError::SocketEnded));
    }
}

/// "On warning and refresh within the ten seconds, closing with a close frame first."
#[test]
fn an_announced_end_acknowledges_closes_and_reconnects() {
    for (name, reason, least, most) in [
        ("warning", SocketEnd::Warning, 0, 10_000),
        ("refresh_requested", SocketEnd::RefreshRequested, 0, 10_000),
        ("moved", SocketEnd::Other, 0, 10_000),
        (
            "too_many_websockets",
            SocketEnd::TooManyWebsockets,
            120_000,
            600_000,
        ),
        (
            "link_disabled",
            SocketEnd::LinkDisabled,
            3_600_000,
            4_000_000,
        ),
    ] {
        let mut rig = Rig::open(config(), 512);
        rig.now += 100_000;
        defer(&mut rig, "e1");
        rig.receive_text(&format!(r#"{{"type":"disconnect","reason":"{name}"}}"#));
        assert_eq!(rig.next(), Seen::Disconnecting(reason));
        rig.wait();
        assert_eq!(rig.frames(), [bare("e1"), "opcode 8".into()]);
        rig.receive(&[0x88, 0]);
        assert_eq!(rig.next(), Seen::Disconnect);
        rig.lose(DisconnectReason::Closed);
        let Seen::Reconnecting(why, at) = rig.poll() else {
            panic!("it reconnects")
        };
        assert_eq!(why, ReconnectReason::SocketEnd(reason));
        let delay = at - rig.now;
        assert!((least..most).contains(&delay), "{name}: {delay} ms");
        assert!(matches!(rig.app.state(), State::Waiting { .. }));
    }
}

#[test]
fn deferred_envelopes_are_acknowledged_before_a_requested_close() {
    let mut rig = Rig::open(config(), 512);
    defer(&mut rig, "e1");
    rig.app.close();
    rig.wait();
    assert_eq!(rig.frames(), [bare("e1"), "opcode 8".into()]);
}

#[test]
fn repeated_events_are_marked_over_sessions() {
    let mut rig = Rig::open(config(), 512);
    let first = Seen::Message("<@U0BOT> open".into(), FIRST);
    let repeated = Seen::Message("<@U0BOT> open".into(), REPEATED);
    rig.receive_text(&event("e1", "Ev1", "1.1"));
    assert_eq!(rig.next(), first);
    rig.receive_text(&event("e2", "Ev1", "1.1"));
    assert_eq!(rig.next(), repeated, "the same event");
    rig.receive_text(&event("e3", "Ev2", "1.1"));
    assert_eq!(
        rig.next(),
        repeated,
        "the same message by another subscription"
    );
    rig.receive_text(&event("e4", "Ev3", "1.2"));
    assert_eq!(rig.next(), first, "the mark is of one event");
    rig.lose(DisconnectReason::Reset);
    while !matches!(rig.poll(), Seen::Reconnecting(..)) {
        rig.lose(DisconnectReason::Closed);
    }
    rig.now += 100_000;
    rig.reopen();
    rig.receive_text(&event("e5", "Ev3", "1.2"));
    assert_eq!(rig.next(), repeated, "in the next session");
}

#[test]
fn pings_of_slack_are_answered_from_the_101_on_and_silence_ends_the_link() {
    let mut rig = Rig::new(config(), 512);
    rig.poll();
    rig.app.connected();
    rig.wait();
    rig.receive(&http_ok(URL));
    rig.poll();
    rig.lose(DisconnectReason::Closed);
    rig.poll();
    rig.app.connected();
    rig.wait();
    rig.sent.clear();
    rig.receive(UPGRADED);
    rig.receive(&[0x89, 2, b'h', b'i']);
    rig.wait();
    assert_eq!(rig.frames(), ["opcode 10"], "before hello");
    rig.receive_text(HELLO);
    rig.poll();
    let mut due = rig.wait();
    assert_eq!(due, 30_000);
    rig.now = due;
    due = rig.wait();
    assert_eq!(rig.frames(), ["opcode 9"], "its own ping");
    rig.receive(&[0x8A, 0]);
    assert_eq!(rig.wait(), 60_000);
    rig.now = 60_000;
    due = rig.wait().max(due);
    assert_eq!(due, 75_000);
    rig.now = due;
    assert_eq!(rig.poll(), Seen::Disconnect);
    rig.lose(DisconnectReason::Closed);
    let Seen::Reconnecting(reason, _) = rig.poll() else {
        panic!("it reconnects")
    };
    assert_eq!(reason, ReconnectReason::KeepaliveTimeout);
}

#[test]
fn an_event_whose_acknowledgement_has_not_left_is_not_lent_after_the_end_of_the_link() {
    let mut rig = Rig::open(config(), 512);
    rig.receive_text(&event("e1", "Ev1", "1.1"));
    assert!(matches!(rig.poll(), Seen::Wait(_)));
    rig.lose(DisconnectReason::Reset);
    loop {
        match rig.poll() {
            Seen::Reconnecting(..) => break,
            Seen::Disconnect => rig.lose(DisconnectReason::Closed),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_peer_that_takes_no_acknowledgement_is_dead() {
    let mut rig = Rig::open(config(), 512);
    rig.receive_text(&event("e1", "Ev1", "1.1"));
    let Seen::Wait(until) = rig.poll() else {
        panic!("it waits")
    };
    rig.now = until;
    assert_eq!(rig.poll(), Seen::Disconnect);
}

#[test]
fn frames_that_are_no_json_are_skipped() {
    let mut rig = Rig::open(config(), 512);
    rig.receive_text("UNAUTHENTICATED: cache_error");
    assert_eq!(rig.poll(), Seen::Event(23)); // malformed
    rig.receive_text(&event("e1", "Ev1", "1.1"));
    assert!(matches!(rig.next(), Seen::Message(..)));
}

/// A handler that compiles for every dialect.
fn is_for_me<D: Dialect>(event: &Event<'_, D>) -> bool {
    matches!(event, Event::Message(message) if message.text().is_some())
}

#[test]
fn one_handler_serves_both_dialects() {
    let _: fn(&Event<'_, Rtm>) -> bool = is_for_me::<Rtm>;
    let mut rig = Rig::open(config(), 512);
    rig.receive_text(&event("e1", "Ev1", "1.1"));
    rig.next();
    let event = rig.app.event(&rig.rx).unwrap();
    assert!(is_for_me(&event));
    assert_eq!(event.channel(), Some("C0DOOR"));
    assert_eq!(event.user(), Some("U0ANN"));
}
