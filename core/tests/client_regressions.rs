//! Faults that the client once had, each held by the sentence that it broke.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{
    ACCEPTED, CHATTER, HELLO, KEPT_URL, Rig, Seen, TOO_FAST, UPGRADED, ack, config, http_ok,
    rejection, set_randomness_fails, text_frame,
};
use slack_rtm::rtm::command::Post;
use slack_rtm::rtm::custom::Custom;
use slack_rtm::web_api::{OpeningMethod, RtmStart, StartLists};
use slack_rtm::{
    CloseReason, Config, Delivery, DisconnectReason, LentStorage, OwnedStorage, PeerError,
    PollError, ReconnectReason, SendError, State, StorageParts, Timeout, Token, TokenError,
};

const TOKEN_REVOKED: &str = r#"{"ok":false,"error":"token_revoked"}"#;
/// A little more than the time in which an ack may be replayed.
const AFTER_REPLAY: u64 = 2_001;

/// The configuration, with memory for some messages.
fn with_outbox(config: Config<'static>) -> client_common::Setup {
    client_common::with_outbox(config, 8192)
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes
        .windows(part.len())
        .any(|window| window == part.as_bytes())
}

fn ends_of(seen: &[Seen]) -> Vec<Seen> {
    seen.iter()
        .filter(|seen| seen.is_outcome())
        .cloned()
        .collect()
}

/// Limits: "one unfragmented frame per message"; nobody can answer what nobody has read.
#[test]
fn a_reply_to_the_message_under_way_neither_stops_the_link_nor_joins_two_messages() {
    let replies: [fn(u32) -> String; 3] =
        [ack, |id| rejection(id, TOO_FAST), |id| rejection(id, 2)];
    for reply in replies {
        for delivery in [Delivery::AtMostOnce, Delivery::AtLeastOnce] {
            let mut rig = Rig::open(with_outbox(config().delivery(delivery)), 256);
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

/// Nothing lost: "replayed acks ... of a former connection are recognised"; one that comes
/// while its message is being sent again must leave the frame whole.
#[test]
fn a_late_replay_of_the_message_under_way_leaves_its_frame_whole() {
    let mut rig = Rig::open(with_outbox(config().delivery(Delivery::AtLeastOnce)), 256);
    let id = rig.send(&"a".repeat(600));
    rig.flush();
    assert_eq!(rig.take_message_ids(), [id]);
    rig.lose_link(DisconnectReason::Reset);
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

/// Nothing lost: "every accepted message ends as exactly one of ...".
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
    assert_eq!(
        rig.lose_link(DisconnectReason::Closed),
        ReconnectReason::TimedOut(Timeout::Ack)
    );
    rig.reopen();
    assert_eq!(ends_of(&rig.pass(AFTER_REPLAY)), [Seen::Unconfirmed(lost)]);
    assert_eq!(rig.client.pending_messages(), 0);
}

/// Ids are positive; 0 names no message.
#[test]
fn a_reply_to_0_touches_no_kept_url_and_acknowledges_nothing() {
    for reply in [ack(0), rejection(0, TOO_FAST), rejection(0, 2)] {
        let mut rig = Rig::open(with_outbox(config().use_reconnect_url()), 512);
        rig.receive_text(KEPT_URL);
        assert_eq!(ends_of(&rig.receive_text(&reply)), [], "{reply}");
        rig.pass(5_000);
        assert_eq!(rig.take_frames(), [], "{reply}");
        rig.lose_link(DisconnectReason::Reset);
        rig.expect_connect("ms2.slack.com");
    }
}

/// Liveness: "the 30 s life of the URL counted from the answer"; who we are is not in the
/// lists that are left.
#[test]
fn lists_left_early_still_know_self_id() {
    let method = OpeningMethod::RtmStart(RtmStart::default());
    let mut rig = Rig::new(config().method(method).lists(StartLists::ALL), 1024, 512);
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
    rig.client.disconnected(DisconnectReason::Closed);
    rig.upgrade();
    let mine = r#"{"type":"message","channel":"C1","user":"U0ME","text":"mine","ts":"1.1"}"#;
    assert_eq!(rig.receive_text(mine)[0], Seen::Message { is_own: true });
}

/// Coming back: "never less than max(Retry-After, back-off)", of the response that gave it.
#[test]
fn a_retry_after_does_not_outlive_its_answer() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    rig.receive(
        b"HTTP/1.1 200 OK\r\nRetry-After: 3600\r\nContent-Length: 34\r\n\r\n\
        {\"ok\":false,\"error\":\"ratelimited\"}",
    );
    rig.lose_link(DisconnectReason::Closed);
    assert!(rig.now >= 3_600_000, "{}", rig.now);
    for _ in 0..3 {
        rig.expect_connect("slack.com");
        let failed_at = rig.now;
        rig.lose_link(DisconnectReason::NameNotFound);
        assert!(rig.now - failed_at <= 60_000, "the longest back-off");
    }
}

/// Nothing lost: "Unconfirmed or sending again is decided only 2 s after the next hello".
#[test]
fn an_overdue_ack_ends_the_session_and_nothing_is_sent_twice_on_a_live_link() {
    for delivery in [Delivery::AtMostOnce, Delivery::AtLeastOnce] {
        let mut rig = Rig::open(with_outbox(config().delivery(delivery)), 512);
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
        assert_eq!(
            rig.lose_link(DisconnectReason::Closed),
            ReconnectReason::TimedOut(Timeout::Ack)
        );
        rig.reopen();
        assert!(
            rig.take_message_ids().is_empty(),
            "an ack may still be replayed"
        );
        let seen = rig.pass(AFTER_REPLAY);
        if delivery == Delivery::AtLeastOnce {
            assert_eq!(rig.take_message_ids(), [id]);
        } else {
            assert_eq!(ends_of(&seen), [Seen::Unconfirmed(id)]);
        }
    }
}

/// One token per call: a request made of two halves would have neither.
#[test]
fn a_new_token_during_a_request_does_not_splice_it() {
    let begun = || {
        let mut rig = Rig::new(config(), 1024, 256);
        rig.expect_connect("slack.com");
        rig.client.connected();
        rig.drain();
        rig.take_once();
        assert!(!rig.sent.ends_with(b"\r\n\r\n"), "the request is under way");
        rig
    };
    let mut rig = begun();
    rig.flush();
    let expected = rig.sent;
    for token in ["y", "xoxb-second-and-longer"] {
        let mut rig = begun();
        rig.client.set_token(token).expect("it fits");
        assert_eq!(rig.flush(), [Seen::Disconnect], "{token}");
        assert!(expected.starts_with(&rig.sent), "{token}");
        rig.sent.clear();
        let reason = rig.lose_link(DisconnectReason::Closed);
        assert_eq!(reason, ReconnectReason::TokenReplaced);
        rig.call();
        let whole = String::from_utf8_lossy(&expected).replace(client_common::TOKEN, token);
        assert_eq!(String::from_utf8_lossy(&rig.sent), whole);
    }
    // A token that cannot be used changes nothing.
    let mut rig = begun();
    assert_eq!(rig.client.set_token(""), Err(TokenError::Characters));
    let seen = rig.flush();
    assert!(matches!(seen[..], [Seen::Wait { .. }, ..]), "{seen:?}");
    assert_eq!(rig.sent, expected);
}

/// Coming back: "one rtm.connect per minute at most after a burst (Tier 1)"; errors that
/// cannot heal end the client, and a new token heals them.
#[test]
fn a_new_token_after_refused_begins_anew_within_the_limit_on_calls() {
    for after_the_event in [true, false] {
        let mut rig = Rig::new(config(), 1024, 512);
        let mut calls = 0;
        while rig.now < 600_000 {
            rig.sent.clear();
            rig.call();
            calls += 1;
            let bearer = if calls == 1 {
                "xoxb-first"
            } else {
                "xoxb-second"
            };
            assert!(contains(&rig.sent, bearer), "the token of call {calls}");
            let allowed = 3 + rig.now / 60_000;
            assert!(calls <= allowed, "{calls} calls by {} ms", rig.now);
            let body = http_ok(TOKEN_REVOKED);
            rig.rx.space()[..body.len()].copy_from_slice(&body);
            rig.rx.filled(body.len());
            assert_eq!(rig.poll(), Seen::Refused);
            if after_the_event {
                rig.client.set_token("xoxb-second").expect("it fits");
            }
            assert_eq!(rig.drain(), [Seen::Disconnect]);
            rig.client.disconnected(DisconnectReason::Closed);
            if !after_the_event {
                let seen = rig.drain();
                assert!(
                    matches!(seen[..], [Seen::Closed(CloseReason::Refused(_))]),
                    "{seen:?}"
                );
                rig.client.set_token("xoxb-second").expect("it fits");
            }
            rig.drain();
            let State::Waiting { until } = rig.client.state() else {
                panic!("{:?}", rig.client.state());
            };
            rig.now = rig.now.max(until.as_millis());
        }
        assert!(calls >= 8, "only {calls} calls in ten minutes");
    }
}

/// Coming back: "a fresh URL for every connection"; one that was pushed to another user is
/// none.
#[test]
fn a_new_token_drops_the_kept_url() {
    let mut rig = Rig::open(with_outbox(config().use_reconnect_url()), 512);
    rig.receive_text(KEPT_URL);
    rig.client.set_token("xoxb-second").expect("it fits");
    rig.lose_link(DisconnectReason::Reset);
    rig.expect_connect("slack.com");
}

/// A link that works in one direction is dead.
#[test]
fn a_link_that_talks_and_takes_nothing_ends() {
    let mut rig = Rig::open(with_outbox(config()), 256);
    rig.send(&"a".repeat(600));
    while rig.now < 600_000 && rig.is_open() {
        rig.now += 5_000;
        rig.receive_text(CHATTER);
    }
    assert!(rig.now <= 45_000, "it took {} ms", rig.now);
    assert_eq!(
        rig.lose_link(DisconnectReason::Closed),
        ReconnectReason::TimedOut(Timeout::Send)
    );
}

/// Nothing lost: "messages wait there while offline"; a URL can be had again.
#[test]
fn a_kept_url_gives_way_to_a_message() {
    let config = config().use_reconnect_url();
    let mut rig = Rig::open(client_common::with_outbox(config, 300), 512);
    rig.send("a message of forty characters or so .....");
    rig.flush();
    let url = format!("wss://ms2.slack.com/{}", "u".repeat(160));
    rig.receive_text(&format!(r#"{{"type":"reconnect_url","url":"{url}"}}"#));
    rig.send("a message of forty characters or so .....");
    assert_eq!(rig.client.pending_messages(), 2);
}

/// Coming back: "everything else retries for ever", so within a time that somebody may
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
        rig.lose_link(DisconnectReason::Closed);
        let range = 3_600_000..=3_602_000;
        assert!(range.contains(&rig.now), "{status}: {} ms", rig.now);
    }
}

/// Nothing lost: "the server's slow down error ack slows the pacing".
#[test]
fn slow_down_without_reply_to_slows() {
    let mut rig = Rig::open(with_outbox(config()), 512);
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

/// Liveness: "dead after a configurable wait" from the ping on, which has to be there.
#[test]
fn a_ping_that_had_no_randomness_was_not_asked() {
    let mut rig = Rig::open(config(), 512);
    rig.now = 30_000;
    set_randomness_fails(true);
    let seen = rig.drain();
    assert!(
        matches!(seen[..], [Seen::Failed(PollError::Entropy(_))]),
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

/// Coming back: everything else retries "and says why and when".
#[test]
fn a_receive_buffer_cleared_between_answer_and_socket_fails_and_does_not_spin() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call_and_leave();
    rig.rx.clear();
    let (cause, at) = rig.reconnecting();
    assert!(
        matches!(cause, ReconnectReason::Peer(PeerError::SocketUrl(_))),
        "{cause:?}"
    );
    assert!(at > rig.now);
    rig.now = at;
    rig.reopen();
}

/// Liveness: "deadlines for DNS + connect + TLS (given to the adapter)".
#[test]
fn a_connect_that_is_never_answered_ends_in_disconnect() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.expect_connect("slack.com");
    rig.now = 14_999;
    assert_eq!(rig.poll(), Seen::Wait { until: 15_000 });
    rig.now = 15_000;
    assert_eq!(rig.poll(), Seen::Disconnect);
    assert_eq!(
        rig.lose_link(DisconnectReason::Closed),
        ReconnectReason::TimedOut(Timeout::Connect)
    );
    rig.expect_connect("slack.com");
    rig.client.close();
    assert_eq!(rig.poll(), Seen::Disconnect);
    rig.client.disconnected(DisconnectReason::Closed);
    assert_eq!(rig.drain(), [Seen::Closed(CloseReason::Requested)]);
}

/// Nothing lost: "Acknowledged" is what Slack says of a message that it has.
#[test]
fn an_ack_for_a_message_that_never_went_out_acknowledges_nothing() {
    for reply in [ack, |id| rejection(id, 2), |id| rejection(id, TOO_FAST)] {
        let mut rig = Rig::open(with_outbox(config()), 512);
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

/// Coming back: back-off is "reset only after hello and a stable minute", which further
/// hellos do not move.
#[test]
fn a_second_hello_changes_nothing() {
    let mut rig = Rig::new(config(), 1024, 512);
    for _ in 0..6 {
        rig.expect_connect("slack.com");
        rig.lose_link(DisconnectReason::Unreachable);
    }
    rig.reopen();
    for _ in 0..6 {
        rig.pass(20_000);
        let seen = rig.receive_text(HELLO);
        assert_eq!(seen[0], Seen::Hello);
        rig.flush();
    }
    assert!(rig.is_open());
    assert_eq!(rig.client.counters().sessions, 1);
    let lost_at = rig.now;
    rig.lose_link(DisconnectReason::Reset);
    assert!(rig.now - lost_at <= 2_000, "{} ms", rig.now - lost_at);
}

/// Introspection: "never print a token or message text"; the URL opens the session.
#[test]
fn debug_of_memory_and_of_accepted_shows_neither_token_nor_text_nor_url() {
    let (mut token, mut outbox) = (*b"secret-token", *b"secret-text");
    let mut rig = Rig::new(with_outbox(config()), 1024, 512);
    rig.client.set_token("secret").expect("it fits");
    rig.send("secret");
    for shown in [
        format!("{:?}", rig.client),
        format!("{:?}", LentStorage::new(&mut token, &mut outbox)),
        format!("{:?}", OwnedStorage::<12, 11>::new()),
        format!("{:?}", Token::<12>::new()),
    ] {
        // The bytes of `secret` as numbers, too.
        assert!(
            !shown.contains("secret") && !shown.contains("115, 101"),
            "{shown}"
        );
        assert!(!shown.contains("0, 0"), "bytes are shown: {shown}");
    }

    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    let seen = rig.receive(&http_ok(ACCEPTED));
    let [Seen::Accepted { debug }, ..] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert!(
        debug.contains("U0ME") && !debug.contains("secret-ticket"),
        "{debug}"
    );
    assert!(!debug.contains("115, 101, 99, 114, 101, 116"), "{debug}");
}

/// Keepalive: a link that takes everything at once is not dead, however long nothing was to be sent before.
#[test]
fn what_is_sent_after_a_pause_is_not_late_at_once() {
    let mut rig = Rig::open(config(), 256);
    rig.now += 29_000;
    rig.receive(b"\x89\x01a");
    rig.flush();
    assert_eq!(rig.take_frames(), [(0x8A, b"a".to_vec())], "a pong");
    assert!(rig.is_open());
    rig.now += 20_000;
    rig.send("after a pause");
    rig.flush();
    assert_eq!(rig.take_message_ids().len(), 1);
    assert!(rig.is_open());
    // The same for an answer to the hello itself.
    let mut rig = Rig::new(config(), 1024, 256);
    rig.now = 100_000;
    rig.call_and_leave();
    rig.expect_connect("ms1.slack.com");
    rig.client.connected();
    rig.flush();
    rig.receive(UPGRADED);
    rig.sent.clear();
    let hello = text_frame(HELLO);
    rig.rx.space()[..hello.len()].copy_from_slice(&hello);
    rig.rx.filled(hello.len());
    assert_eq!(rig.poll(), Seen::Hello);
    rig.send("the first");
    rig.flush();
    assert_eq!(rig.take_message_ids().len(), 1);
    assert!(rig.is_open());
}

/// Keepalive: a link that takes all it is given is not dead, though there is always as much more.
#[test]
fn a_link_that_takes_everything_is_not_late_though_as_much_follows() {
    let mut rig = Rig::open(config(), 512);
    let tickle = Custom::new(r#"{"type":"tickle"}"#).expect("a command");
    while rig.now < 40_000 {
        let sent = rig.client.send(&tickle, &mut rig.tx);
        sent.expect("there is room");
        rig.receive_text(CHATTER);
        assert!(rig.is_open(), "at {} ms", rig.now);
        rig.take_once();
        rig.now += 1_000;
    }
}

/// "Another token, from the next call on": there is one, though Slack goes on pushing URLs.
#[test]
fn a_url_that_is_pushed_to_the_old_token_is_not_used_after_a_new_one() {
    let mut rig = Rig::open(with_outbox(config().use_reconnect_url()), 512);
    rig.client.set_token("xoxb-second").expect("it fits");
    rig.receive_text(KEPT_URL);
    rig.lose_link(DisconnectReason::Reset);
    rig.expect_connect("slack.com");
    rig.client.connected();
    rig.flush();
    let request = String::from_utf8_lossy(&rig.sent).into_owned();
    assert!(request.contains("xoxb-second"), "{request}");
}

/// Keepalive: an ack is late when it has been awaited for long, not when nobody had polled for long.
#[test]
fn an_ack_is_awaited_from_the_sending_on_however_long_ago_the_last_poll_was() {
    let patient = config().ping_after(slack_rtm::time::Duration::from_secs(300));
    let mut rig = Rig::open(patient, 512);
    rig.now += 60_000;
    let id = rig.send("woken by a button");
    rig.flush();
    assert!(rig.is_open(), "{:?}", rig.client.state());
    assert_eq!(rig.take_message_ids(), [id]);
    rig.pass(29_999);
    assert!(rig.is_open(), "{:?}", rig.client.state());
    rig.now += 1;
    assert_eq!(rig.drain(), [Seen::Disconnect]);
    assert_eq!(
        rig.lose_link(DisconnectReason::Closed),
        ReconnectReason::TimedOut(Timeout::Ack)
    );
}

/// The guide: "`Status`, 429 without | too many calls | 60 to 62 s", of the upgrade too.
#[test]
fn a_rate_limited_upgrade_that_tells_no_time_waits_a_minute() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call_and_leave();
    rig.expect_connect("ms1.slack.com");
    rig.client.connected();
    rig.flush();
    rig.receive(b"HTTP/1.1 429 Too Many Requests\r\n\r\n");
    let begin = rig.now;
    rig.lose_link(DisconnectReason::Closed);
    assert!(rig.now - begin >= 60_000, "{} ms", rig.now - begin);
}

/// Security: "tokens, URLs of sockets and waiting texts are not shown".
#[test]
fn debug_of_buffers_and_of_a_pushed_url_shows_no_secret() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.expect_connect("slack.com");
    rig.client.connected();
    rig.drain();
    let shown = format!("{:?}", rig.tx);
    // xoxb, as numbers
    assert!(!shown.contains("120, 111, 120, 98"), "{shown}");
    rig.flush();
    rig.receive(&http_ok(ACCEPTED));
    let shown = format!("{:?}", rig.rx);
    // secret
    assert!(!shown.contains("115, 101, 99, 114, 101, 116"), "{shown}");

    let mut rig = Rig::open(config(), 512);
    let frame = text_frame(KEPT_URL);
    rig.rx.space()[..frame.len()].copy_from_slice(&frame);
    rig.rx.filled(frame.len());
    let now = slack_rtm::time::Instant::from_millis(rig.now);
    let output = rig.client.poll(&mut rig.rx, &mut rig.tx, now);
    let shown = format!("{output:?}");
    assert!(shown.contains("ReconnectUrl"), "{shown}");
    assert!(!shown.contains("kept-ticket"), "{shown}");
}

/// There is always room to read, or bytes to write: the rig checks it at every wait.
#[test]
fn bytes_after_the_close_frame_of_the_peer_do_not_fill_the_buffer_while_the_reply_waits() {
    let mut rig = Rig::open(config(), 256);
    rig.receive(b"\x88\x02\x03\xE8");
    assert!(!rig.tx.is_empty(), "the reply waits");
    for _ in 0..4 {
        let room = rig.rx.space();
        room.fill(0x89);
        let count = room.len();
        rig.rx.filled(count);
        let seen = rig.drain();
        assert!(matches!(seen[..], [Seen::Wait { .. }]), "{seen:?}");
        assert!(count >= 1000, "{count} bytes of room");
    }
    assert_eq!(rig.flush().last(), Some(&Seen::Disconnect));
}

/// `State::Offline`: "Not started yet", whatever waits already.
#[test]
fn a_client_with_a_waiting_message_has_not_started() {
    let mut rig = Rig::new(with_outbox(config()), 1024, 512);
    rig.send("early");
    assert_eq!(rig.client.state(), State::Offline);
    rig.drain();
    assert_eq!(rig.client.state(), State::Calling);
}

/// Slack's names of types are compared in their case.
#[test]
fn a_type_in_another_case_is_an_unknown_event() {
    let mut rig = Rig::open(config(), 512);
    for name in ["HELLO", "Goodbye", "Pong", "MESSAGE"] {
        let seen = rig.receive_text(&format!("{{\"type\":\"{name}\"}}"));
        assert_eq!(seen[0], Seen::Event, "{name}");
    }
    assert!(rig.is_open());
}

/// The URL can be obtained again, but not for a message that does not fit without it either.
#[test]
fn a_message_that_can_never_fit_leaves_the_kept_url() {
    let setup = client_common::with_outbox(config().use_reconnect_url(), 120);
    let mut rig = Rig::open(setup, 512);
    rig.receive_text(KEPT_URL);
    let text = "x".repeat(500);
    let sent = rig.client.send(&Post::new("C1", &text), &mut rig.tx);
    assert!(matches!(sent, Err(SendError::Full(_))), "{sent:?}");
    rig.lose_link(DisconnectReason::Reset);
    rig.expect_connect("ms2.slack.com");
}

/// A storage lends the token to the client, and shows it to nobody.
#[test]
fn debug_of_the_parts_of_a_storage_shows_their_sizes() {
    let (mut token, mut outbox) = (*b"xoxb-secret", *b"waiting text");
    let parts = StorageParts::new(&mut token, &mut outbox);
    let shown = format!("{parts:?}");
    assert_eq!(shown, "StorageParts { token: 11, outbox: 12 }");
}
