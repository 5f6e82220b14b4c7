//! Faults that the client once had, each held by the sentence that it broke.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{
    ACCEPTED, CHATTER, HELLO, Rig, Seen, UPGRADED, ack, http_ok, memory, rejection,
    set_randomness_fails, text_frame,
};
use slack_rtm::rtm::command::Message;
use slack_rtm::rtm::outbox::{Outbox, Status};
use slack_rtm::web_api::{Lists, Method, StartArguments};
use slack_rtm::{
    Cause, Config, Delivery, End, LinkEnd, PeerError, ReconnectUrl, State, Step, UsageError,
};
use std::collections::{HashMap, VecDeque};

const KEPT_URL: &str = r#"{"type":"reconnect_url","url":"wss://ms2.slack.com/kept-ticket"}"#;
const TOKEN_REVOKED: &str = r#"{"ok":false,"error":"token_revoked"}"#;
const TOO_FAST: i32 = -1;
/// A little more than the time in which an ack may be replayed.
const AFTER_REPLAY: u64 = 2_001;

fn config() -> Config<'static> {
    Config::new("xoxb-first")
}

fn with_outbox() -> Config<'static> {
    config().outbox(memory(8192))
}

fn ends_of(seen: &[Seen]) -> Vec<Seen> {
    let is_end = |seen: &&Seen| {
        matches!(
            seen,
            Seen::Acknowledged(_) | Seen::Rejected(_) | Seen::Unconfirmed(_)
        )
    };
    seen.iter().filter(is_end).cloned().collect()
}

/// Issue 5, limits: "one unfragmented frame per message"; nobody can answer what nobody has read.
#[test]
fn a_reply_to_the_message_under_way_neither_stops_the_link_nor_joins_two_messages() {
    let replies: [fn(u32) -> String; 3] =
        [ack, |id| rejection(id, TOO_FAST), |id| rejection(id, 2)];
    for reply in replies {
        for delivery in [Delivery::AtMostOnce, Delivery::AtLeastOnce] {
            let mut rig = Rig::open(with_outbox().delivery(delivery), 256);
            let first = rig.send(&"a".repeat(600));
            let second = rig.send("second");
            rig.drain();
            rig.take_once();
            assert_eq!(ends_of(&rig.receive_text(&reply(first))), []);
            rig.pass(2_500);
            assert_eq!(rig.take_message_ids(), [first]);
            rig.receive(b"\x89\x01a");
            rig.flush();
            assert_eq!(rig.take_frames(), [(0x8A, b"a".to_vec())], "a pong");
            let seen = rig.receive_text(&ack(first));
            assert_eq!(ends_of(&seen), [Seen::Acknowledged(first)]);
            rig.pass(2_500);
            assert_eq!(rig.take_message_ids(), [second]);
            let seen = rig.receive_text(&ack(second));
            assert_eq!(ends_of(&seen), [Seen::Acknowledged(second)]);
            assert!(rig.is_open());
        }
    }
}

/// Issue 5, nothing lost: "replayed acks ... of a former connection are recognised"; one that comes
/// while its message is being sent again must leave the frame whole.
#[test]
fn a_late_replay_of_the_message_under_way_leaves_its_frame_whole() {
    let mut rig = Rig::open(with_outbox().delivery(Delivery::AtLeastOnce), 256);
    let id = rig.send(&"a".repeat(600));
    rig.flush();
    assert_eq!(rig.take_message_ids(), [id]);
    rig.lose_link(LinkEnd::Reset);
    rig.reopen();
    rig.sent.clear();
    rig.now += AFTER_REPLAY;
    rig.drain();
    rig.take_once();
    assert_eq!(ends_of(&rig.receive_text(&ack(id))), []);
    rig.flush();
    assert_eq!(rig.take_message_ids(), [id]);
    let seen = rig.receive_text(&ack(id));
    assert_eq!(ends_of(&seen), [Seen::Acknowledged(id)]);
    assert_eq!(rig.client.pending_messages(), 0);
}

/// Issue 5, nothing lost: "every accepted message ends as exactly one of ...".
#[test]
fn a_lost_ack_without_an_outbox_ends_its_message_though_later_ones_are_acked() {
    let mut rig = Rig::open(config(), 512);
    let lost = rig.send("lost");
    rig.flush();
    while rig.now < 120_000 && rig.is_open() {
        rig.pass(5_000);
        if rig.is_open() {
            let later = rig.send("later");
            rig.flush();
            let seen = rig.receive_text(&ack(later));
            assert_eq!(ends_of(&seen), [Seen::Acknowledged(later)]);
        }
    }
    assert_eq!(rig.now, 30_000, "when the ack is overdue");
    assert_eq!(rig.lose_link(LinkEnd::Closed), Cause::Late(Step::Ack));
    rig.reopen();
    assert_eq!(ends_of(&rig.pass(AFTER_REPLAY)), [Seen::Unconfirmed(lost)]);
    assert_eq!(rig.client.pending_messages(), 0);
}

/// protocol.md 2.2: "ids: positive"; 0 names no message.
#[test]
fn a_reply_to_0_touches_no_kept_url_and_acknowledges_nothing() {
    for reply in [ack(0), rejection(0, TOO_FAST), rejection(0, 2)] {
        let mut rig = Rig::open(with_outbox().reconnect_url(ReconnectUrl::Use), 512);
        rig.receive_text(KEPT_URL);
        assert_eq!(ends_of(&rig.receive_text(&reply)), [], "{reply}");
        rig.pass(5_000);
        assert_eq!(rig.take_frames(), [], "{reply}");
        rig.lose_link(LinkEnd::Reset);
        rig.expect_connect("ms2.slack.com");
    }
}

/// Issue 5, liveness: "the 30 s life of the URL counted from the answer"; who we are is not in the
/// lists that are left.
#[test]
fn lists_left_early_still_know_self_id() {
    let method = Method::RtmStart(StartArguments::default());
    let mut rig = Rig::new(config().method(method).lists(Lists::ALL), 1024, 512);
    rig.call();
    rig.receive(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"ok\":true,\"self\":{\"id\":\"U0ME\"},\
        \"url\":\"wss://ms1.slack.com/x\",\"users\":[{\"id\":\"U1\"},",
    );
    rig.now = 10_000;
    rig.receive(b"{\"id\":\"U2\"},");
    rig.now = 19_000;
    let seen = rig.receive(b"{\"id\":\"U3\"},");
    assert!(seen.contains(&Seen::ListsIncomplete), "{seen:?}");
    assert_eq!(rig.client.user_id(), Some("U0ME"));
    rig.client.disconnected(LinkEnd::Closed);
    rig.upgrade();
    let mine = r#"{"type":"message","channel":"C1","user":"U0ME","text":"mine","ts":"1.1"}"#;
    assert_eq!(rig.receive_text(mine)[0], Seen::Message { is_own: true });
}

/// Issue 5, coming back: "never less than max(Retry-After, back-off)", of the answer that told it.
#[test]
fn a_retry_after_does_not_outlive_its_answer() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    rig.receive(
        b"HTTP/1.1 200 OK\r\nRetry-After: 3600\r\nContent-Length: 34\r\n\r\n\
        {\"ok\":false,\"error\":\"ratelimited\"}",
    );
    rig.lose_link(LinkEnd::Closed);
    assert!(rig.now >= 3_600_000, "{}", rig.now);
    for _ in 0..3 {
        rig.expect_connect("slack.com");
        let failed_at = rig.now;
        rig.lose_link(LinkEnd::NameNotFound);
        assert!(rig.now - failed_at <= 60_000, "the longest back-off");
    }
}

/// Issue 5, nothing lost: "Unconfirmed or sending again is decided only 2 s after the next hello".
#[test]
fn an_overdue_ack_ends_the_session_and_nothing_is_sent_twice_on_a_live_link() {
    for delivery in [Delivery::AtMostOnce, Delivery::AtLeastOnce] {
        let mut rig = Rig::open(with_outbox().delivery(delivery), 512);
        let id = rig.send("unanswered");
        let mut seen = rig.flush();
        while rig.now < 200_000 && rig.is_open() {
            seen.extend(rig.pass(10_000));
            if rig.is_open() {
                seen.extend(rig.receive_text(CHATTER));
            }
        }
        assert_eq!(rig.now, 30_000, "when the ack is overdue");
        assert_eq!(rig.take_message_ids(), [id]);
        assert_eq!(ends_of(&seen), []);
        assert_eq!(rig.lose_link(LinkEnd::Closed), Cause::Late(Step::Ack));
        rig.reopen();
        assert!(
            rig.take_message_ids().is_empty(),
            "an ack may still be replayed"
        );
        let seen = rig.pass(AFTER_REPLAY);
        match delivery {
            Delivery::AtMostOnce => assert_eq!(ends_of(&seen), [Seen::Unconfirmed(id)]),
            Delivery::AtLeastOnce => assert_eq!(rig.take_message_ids(), [id]),
        }
    }
}

/// protocol.md 1: one token per call; a request of two halves would bear neither.
#[test]
fn a_new_token_during_a_request_does_not_splice_it() {
    let request_with = |token: Option<&'static str>| {
        let mut rig = Rig::new(config(), 1024, 256);
        rig.expect_connect("slack.com");
        rig.client.connected();
        rig.drain();
        rig.take_once();
        assert!(!rig.sent.ends_with(b"\r\n\r\n"), "the request is under way");
        if let Some(token) = token {
            rig.client.set_token(token);
        }
        let seen = rig.flush();
        assert!(matches!(seen[..], [Seen::Wait { .. }, ..]), "{seen:?}");
        rig.sent
    };
    let expected = request_with(None);
    for token in ["y", "xoxb-second-and-longer", ""] {
        assert_eq!(request_with(Some(token)), expected, "{token}");
    }
}

/// Issue 5, coming back: "one rtm.connect per minute at most after a burst (Tier 1)"; errors that
/// cannot heal end the client, and a new token heals them.
#[test]
fn a_new_token_after_refused_begins_anew_within_the_limit_on_calls() {
    for in_answer_to_the_event in [true, false] {
        let mut rig = Rig::new(config(), 1024, 512);
        let mut calls = 0;
        while rig.now < 600_000 {
            rig.sent.clear();
            rig.call();
            calls += 1;
            let bearer: &[u8] = if calls == 1 {
                b"xoxb-first"
            } else {
                b"xoxb-second"
            };
            let is_there = rig
                .sent
                .windows(bearer.len())
                .any(|window| window == bearer);
            assert!(is_there, "the token of call {calls}");
            let allowed = 3 + rig.now / 60_000;
            assert!(calls <= allowed, "{calls} calls by {} ms", rig.now);
            let body = http_ok(TOKEN_REVOKED);
            rig.rx.space()[..body.len()].copy_from_slice(&body);
            rig.rx.filled(body.len());
            assert_eq!(rig.poll(), Seen::Refused);
            if in_answer_to_the_event {
                rig.client.set_token("xoxb-second");
            }
            assert_eq!(rig.drain(), [Seen::Disconnect]);
            rig.client.disconnected(LinkEnd::Closed);
            if !in_answer_to_the_event {
                let seen = rig.drain();
                assert!(
                    matches!(seen[..], [Seen::Closed(End::Refused(_))]),
                    "{seen:?}"
                );
                rig.client.set_token("xoxb-second");
            } else {
                rig.drain();
            }
            let State::Waiting { until } = rig.client.state() else {
                panic!("{:?}", rig.client.state());
            };
            rig.now = rig.now.max(until.as_millis());
        }
        assert!(calls >= 8, "only {calls} calls in ten minutes");
    }
}

/// Issue 5, coming back: "a fresh URL for every connection"; one that was pushed to another user is
/// none.
#[test]
fn a_new_token_drops_the_kept_url() {
    let mut rig = Rig::open(with_outbox().reconnect_url(ReconnectUrl::Use), 512);
    rig.receive_text(KEPT_URL);
    rig.client.set_token("xoxb-second");
    rig.lose_link(LinkEnd::Reset);
    rig.expect_connect("slack.com");
}

/// protocol.md 6: "dead link not noticed"; a link that works in one direction is dead.
#[test]
fn a_link_that_talks_and_takes_nothing_ends() {
    let mut rig = Rig::open(with_outbox(), 256);
    rig.send(&"a".repeat(600));
    while rig.now < 600_000 && rig.is_open() {
        rig.now += 5_000;
        rig.receive_text(CHATTER);
    }
    assert!(rig.now <= 45_000, "it took {} ms", rig.now);
    assert_eq!(rig.lose_link(LinkEnd::Closed), Cause::Late(Step::Send));
}

/// Issue 5, nothing lost: "messages wait there while offline"; a URL can be had again.
#[test]
fn a_kept_url_gives_way_to_a_message() {
    let config = config().reconnect_url(ReconnectUrl::Use);
    let mut rig = Rig::open(config.outbox(memory(300)), 512);
    rig.send("a message of forty characters or so .....");
    rig.flush();
    let url = format!("wss://ms2.slack.com/{}", "u".repeat(160));
    rig.receive_text(&format!(r#"{{"type":"reconnect_url","url":"{url}"}}"#));
    rig.send("a message of forty characters or so .....");
    assert_eq!(rig.client.pending_messages(), 2);
}

/// Issue 5, coming back: "everything else retries for ever", so within a time that somebody may
/// live to see.
#[test]
fn an_absurd_retry_after_is_cut_to_an_hour() {
    let absurd = "Retry-After: 18446744073709551615\r\nContent-Length: ";
    let limited = r#"{"ok":false,"error":"ratelimited"}"#;
    for (status, body) in [("503 Busy", ""), ("429 Too Many", ""), ("200 OK", limited)] {
        let mut rig = Rig::new(config(), 1024, 512);
        rig.call();
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\n{absurd}{length}\r\n\r\n{body}");
        rig.receive(answer.as_bytes());
        rig.lose_link(LinkEnd::Closed);
        let range = 3_600_000..=3_602_000;
        assert!(range.contains(&rig.now), "{status}: {} ms", rig.now);
    }
}

/// Issue 5, nothing lost: "the server's slow down error ack slows the pacing".
#[test]
fn slow_down_without_reply_to_slows() {
    let mut rig = Rig::open(with_outbox(), 512);
    let first = rig.send("first");
    rig.flush();
    rig.receive_text(r#"{"ok":false,"error":{"code":-1,"msg":"slow down, too many messages..."}}"#);
    let seen = rig.receive_text(&ack(first));
    assert_eq!(ends_of(&seen), [Seen::Acknowledged(first)]);
    assert_eq!(rig.take_message_ids(), [first]);
    let second = rig.send("second");
    rig.pass(1_999);
    assert!(rig.take_message_ids().is_empty());
    rig.pass(1);
    assert_eq!(rig.take_message_ids(), [second]);
}

/// Issue 5, liveness: "dead after a configurable wait" from the ping on, which has to be there.
#[test]
fn a_ping_that_had_no_randomness_was_not_asked() {
    let mut rig = Rig::open(config(), 512);
    rig.now = 30_000;
    set_randomness_fails(true);
    let seen = rig.drain();
    assert!(
        matches!(seen[..], [Seen::Misuse(UsageError::Entropy(_))]),
        "{seen:?}"
    );
    rig.now = 46_000;
    set_randomness_fails(false);
    assert_eq!(rig.flush().last(), Some(&Seen::Wait { until: 61_000 }));
    let frames = rig.take_frames();
    let payload = frames
        .first()
        .map(|(_, payload)| String::from_utf8_lossy(payload));
    let is_ping = payload.is_some_and(|text| text.contains(r#""type":"ping""#));
    assert!(is_ping && frames.len() == 1, "{frames:?}");
}

/// Issue 5, coming back: everything else retries "and says why and when".
#[test]
fn a_receive_buffer_cleared_between_answer_and_socket_fails_and_does_not_spin() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call_and_leave();
    rig.rx.clear();
    let (cause, at) = rig.reconnecting();
    assert!(
        matches!(cause, Cause::Peer(PeerError::Open(_))),
        "{cause:?}"
    );
    assert!(at > rig.now);
    rig.now = at;
    rig.reopen();
}

/// Issue 5, liveness: "deadlines for DNS + connect + TLS (told to the adapter)".
#[test]
fn a_connect_that_is_never_answered_ends_in_disconnect() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.expect_connect("slack.com");
    rig.now = 14_999;
    assert_eq!(rig.poll(), Seen::Wait { until: 15_000 });
    rig.now = 15_000;
    assert_eq!(rig.poll(), Seen::Disconnect);
    assert_eq!(rig.lose_link(LinkEnd::Closed), Cause::Late(Step::Connect));
    rig.expect_connect("slack.com");
    rig.client.close();
    assert_eq!(rig.poll(), Seen::Disconnect);
    rig.client.disconnected(LinkEnd::Closed);
    assert_eq!(rig.drain(), [Seen::Closed(End::Asked)]);
}

/// Issue 5, nothing lost: "Acknowledged" is what Slack says of a message that it has.
#[test]
fn an_ack_for_a_message_that_never_went_out_acknowledges_nothing() {
    for reply in [ack, |id| rejection(id, 2), |id| rejection(id, TOO_FAST)] {
        let mut rig = Rig::open(with_outbox(), 512);
        let first = rig.send("first");
        let waiting = rig.send("waiting");
        rig.flush();
        assert_eq!(rig.take_message_ids(), [first]);
        assert_eq!(ends_of(&rig.receive_text(&reply(waiting))), []);
        rig.receive_text(&ack(first));
        rig.pass(2_000);
        assert_eq!(rig.take_message_ids(), [waiting]);
    }
}

/// Issue 5, coming back: back-off is "reset only after hello and a stable minute", which further
/// hellos do not move.
#[test]
fn a_second_hello_changes_nothing() {
    let mut rig = Rig::new(config(), 1024, 512);
    for _ in 0..6 {
        rig.expect_connect("slack.com");
        rig.lose_link(LinkEnd::Unreachable);
    }
    rig.reopen();
    for _ in 0..6 {
        rig.pass(20_000);
        let seen = rig.receive_text(HELLO);
        assert_eq!(seen[0], Seen::Event);
        rig.flush();
    }
    assert!(rig.is_open());
    assert_eq!(rig.client.counters().sessions, 1);
    let lost_at = rig.now;
    rig.lose_link(LinkEnd::Reset);
    assert!(rig.now - lost_at <= 2_000, "{} ms", rig.now - lost_at);
}

/// Issue 5, introspection: "never print a token or message text"; the URL opens the session.
#[test]
fn debug_of_outbox_and_of_opened_shows_neither_text_nor_url() {
    let mut memory = [0; 64];
    let mut outbox = Outbox::new(&mut memory);
    let pushed = outbox.push(1, Status::Waiting, &|sink| sink.put(b"secret"));
    assert!(pushed.is_ok());
    let shown = format!("{outbox:?}");
    // The bytes of `secret` as numbers, too.
    assert!(
        !shown.contains("secret") && !shown.contains("115, 101"),
        "{shown}"
    );

    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    let seen = rig.receive(&http_ok(ACCEPTED));
    let [Seen::Opened { debug }, ..] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert!(
        debug.contains("U0ME") && !debug.contains("secret-ticket"),
        "{debug}"
    );
    assert!(!debug.contains("115, 101, 99, 114, 101, 116"), "{debug}");
}

/// Issue 5: "a session that lives for months unattended" at a hostile server, with a hostile caller:
/// every message has one end, nothing spins, and `close` ends it.
#[test]
fn whatever_server_and_caller_do_every_message_ends_once_and_close_ends_all() {
    let mut reached = Reached::default();
    for seed in 0..HOSTILE_LIVES {
        HostileLife::new(seed).run(&mut reached);
    }
    set_randomness_fails(false);
    let Reached {
        sessions,
        ends,
        refusals,
    } = reached;
    let is_wide = sessions > 1_000 && ends > 500 && refusals > 100;
    assert!(
        is_wide,
        "{sessions} sessions, {ends} ends, {refusals} refusals"
    );
}

/// About two seconds of an unoptimised build.
const HOSTILE_LIVES: u64 = 1_500;
/// Polls after which the caller closes, and by when the client must have ended.
const CLOSE_AFTER: u32 = 1_500;
const ENDED_BY: u32 = 6_000;

/// What the hostile lives came to, so that a test that reaches nothing fails.
#[derive(Default)]
struct Reached {
    sessions: u32,
    ends: u32,
    refusals: u32,
}

/// One client, its server and its caller, all drawn from one seed.
struct HostileLife {
    seed: u64,
    random: u64,
    rig: Rig,
    /// Ends of each message.
    ends: HashMap<u32, u32>,
    last_id: u32,
    link: Link,
    /// What the server has sent and the caller has not read.
    incoming: Vec<u8>,
    is_closing: bool,
    /// Polls since the last `Wait`, and waits in a row that were over when they began.
    busy: u32,
    late: u32,
    last_seen: VecDeque<Seen>,
}

#[derive(Clone, Copy, PartialEq)]
enum Link {
    None,
    Call,
    Socket,
}

impl HostileLife {
    fn new(seed: u64) -> Self {
        let mut life = Self {
            seed,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            rig: Rig::new(config(), 512, 256),
            ends: HashMap::new(),
            last_id: 1,
            link: Link::None,
            incoming: Vec::new(),
            is_closing: false,
            busy: 0,
            late: 0,
            last_seen: VecDeque::new(),
        };
        let mut config = config().reconnect_url(ReconnectUrl::Use);
        if life.below(3) > 0 {
            config = config.outbox(memory(64 + life.size_below(2_000)));
        }
        if life.below(2) == 0 {
            config = config.delivery(Delivery::AtLeastOnce);
        }
        if life.below(4) == 0 {
            let method = Method::RtmStart(StartArguments::default());
            config = config.method(method).lists(Lists::ALL);
        }
        let (rx_bytes, tx_bytes) = (512 + life.size_below(600), 256 + life.size_below(300));
        life.rig = Rig::new(config, rx_bytes, tx_bytes);
        life
    }

    fn run(mut self, reached: &mut Reached) {
        for step in 0.. {
            if step > CLOSE_AFTER {
                self.close();
            }
            assert!(step < ENDED_BY, "{}: close does not end it", self.story());
            let fails = !self.is_closing && self.below(40) == 0;
            set_randomness_fails(fails);
            let seen = self.rig.poll();
            self.last_seen.push_back(seen.clone());
            if self.last_seen.len() > 20 {
                self.last_seen.pop_front();
            }
            self.busy += 1;
            assert!(self.busy < 3_000, "{}: it spins", self.story());
            match seen {
                Seen::Connect { host, .. } => self.connect(&host),
                Seen::Disconnect => self.lose_link(LinkEnd::Closed),
                Seen::Wait { until } => self.wait(until),
                Seen::Acknowledged(id) | Seen::Rejected(id) | Seen::Unconfirmed(id) => {
                    reached.ends += 1;
                    *self.ends.entry(id).or_insert(1) += 1;
                    assert_eq!(self.ends[&id], 1, "{}: ends of {id}", self.story());
                }
                Seen::Hello => reached.sessions += 1,
                Seen::Closed(end) => {
                    let all_ended = self.ends.values().all(|ends| *ends == 1);
                    assert!(all_ended, "{}: {:?}", self.story(), self.ends);
                    if end == End::Asked {
                        return;
                    }
                    reached.refusals += 1;
                    if self.is_closing {
                        return;
                    }
                    self.rig.client.set_token("xoxb-second");
                }
                _ => {}
            }
        }
    }

    fn close(&mut self) {
        self.is_closing = true;
        self.rig.client.close();
    }

    fn lose_link(&mut self, end: LinkEnd) {
        self.link = Link::None;
        self.incoming.clear();
        self.rig.client.disconnected(end);
    }

    fn connect(&mut self, host: &str) {
        if self.below(6) == 0 {
            return self.lose_link(LinkEnd::Refused);
        }
        self.rig.client.connected();
        self.incoming.clear();
        if host == "slack.com" {
            self.link = Link::Call;
            let body = match self.below(8) {
                0 => r#"{"ok":false,"error":"invalid_auth"}"#,
                1 => r#"{"ok":false,"error":"ratelimited"}"#,
                2 => "<html>",
                3 => {
                    r#"{"ok":true,"users":[{"id":"U1"},{"id":"U2"}],"url":"wss://ms1.slack.com/x"}"#
                }
                _ => ACCEPTED,
            };
            self.incoming.extend(http_ok(body));
        } else {
            self.link = Link::Socket;
            if self.below(8) > 0 {
                self.incoming.extend(UPGRADED);
            } else {
                let refusal = b"HTTP/1.1 503 No\r\nRetry-After: 7\r\n\r\n";
                self.incoming.extend(refusal);
            }
            if self.below(8) > 0 {
                self.incoming.extend(text_frame(HELLO));
            }
        }
    }

    /// What the caller, the server and the link do while the client waits.
    fn wait(&mut self, until: u64) {
        self.busy = 0;
        if self.link == Link::Socket && self.below(3) == 0 && self.incoming.len() < 3_000 {
            self.server_speaks();
        }
        if !self.is_closing && self.below(8) == 0 {
            let text = "m".repeat(self.size_below(500));
            let rig = &mut self.rig;
            if let Ok(id) = rig.client.send(&Message::new("C1", &text), &mut rig.tx) {
                self.last_id = id.as_u32();
                assert_eq!(self.ends.insert(self.last_id, 0), None, "a new id");
            }
        }
        if self.below(400) == 0 {
            self.rig.client.set_token("xoxb-third");
        }
        if self.below(900) == 0 {
            self.close();
        }
        if self.link != Link::None && self.below(60) == 0 {
            return self.lose_link(LinkEnd::Reset);
        }
        if self.below(300) == 0 {
            self.rig.now += self.below(100_000_000);
        }
        if self.link != Link::None && self.link_moves() {
            return;
        }
        if until > self.rig.now {
            self.late = 0;
            self.rig.now = until.min(self.rig.now + 20_000);
        } else {
            self.late += 1;
            assert!(self.late < 50, "{}: it waits in the past", self.story());
        }
    }

    fn server_speaks(&mut self) {
        let id = match self.below(4) {
            0 => self.last_id.wrapping_sub(self.small_below(4)),
            1 => self.small_below(3),
            _ => self.last_id,
        };
        let text = match self.below(14) {
            0 => HELLO.into(),
            1 => r#"{"type":"goodbye"}"#.into(),
            2 | 3 => ack(id),
            4 => rejection(id, TOO_FAST),
            5 => rejection(id, 2),
            6 => KEPT_URL.into(),
            7 => "{}".into(),
            8 => "UNAUTHENTICATED: cache_error".into(),
            9 => String::new(),
            10 => {
                let text = "t".repeat(self.size_below(1_500));
                format!(r#"{{"type":"message","channel":"C1","text":"{text}"}}"#)
            }
            11 => r#"{"type":"error","error":{"code":1,"msg":"x"}}"#.into(),
            12 => r#"{"type":"team_migration_started"}"#.into(),
            _ => r#"{"ok":true,"reply_to":18446744073709551616}"#.into(),
        };
        // A frame with an opcode that is none, a close, a ping: now and then.
        let control: &[u8] = match self.below(60) {
            0 | 1 => &[0x83, 0],
            2 | 3 => &[0x88, 0],
            4..10 => &[0x89, 2, 65, 66],
            _ => &[],
        };
        self.incoming.extend(control);
        self.incoming.extend(text_frame(&text));
    }

    /// Moves some bytes either way; says whether there were any.
    fn link_moves(&mut self) -> bool {
        let mut has_moved = false;
        if self.below(4) > 0 {
            let count = self.size_below(200).min(self.rig.tx.pending().len());
            self.rig.tx.sent(count);
            has_moved |= count > 0;
        }
        let at_most = 1 + self.size_below(400);
        let space = self.rig.rx.space();
        let count = space.len().min(self.incoming.len()).min(at_most);
        space[..count].copy_from_slice(&self.incoming[..count]);
        self.rig.rx.filled(count);
        self.incoming.drain(..count);
        has_moved | (count > 0)
    }

    /// xorshift64
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % bound
    }

    fn size_below(&mut self, bound: u64) -> usize {
        usize::try_from(self.below(bound)).expect("small")
    }

    fn small_below(&mut self, bound: u64) -> u32 {
        u32::try_from(self.below(bound)).expect("small")
    }

    fn story(&self) -> String {
        let (seed, now) = (self.seed, self.rig.now);
        format!("seed {seed} at {now} ms, after {:?}", self.last_seen)
    }
}
