//! A token that is replaced while the client runs, and sessions that last for months.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod client_common;

use client_common::{LONGEST_TOKEN, Randomness, Rig, Seen, TOKEN, config, http_ok, with_outbox};
use slack_rtm::buffer::Memory;
use slack_rtm::entropy::EntropyError;
use slack_rtm::web_api::TokenIn;
use slack_rtm::{
    CloseReason, Config, DisconnectReason, LentStorage, ReconnectReason, State, TokenError,
};

const REVOKED: &str = r#"{"ok":false,"error":"token_revoked"}"#;

/// "Another token, from the next call on": the one that is refused is the old one.
#[test]
fn a_token_that_was_set_while_the_old_one_is_being_refused_is_used() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    rig.client.set_token("xoxb-second").unwrap();
    rig.receive(&http_ok(r#"{"ok":false,"error":"token_revoked"}"#));
    rig.client.disconnected(DisconnectReason::Closed);
    let seen = rig.drain();
    assert!(
        matches!(rig.client.state(), State::Waiting { .. } | State::Calling),
        "{seen:?}, {:?}",
        rig.client.state()
    );
}

/// The request of a first call with this token.
fn request_with(config: Config<'static>, token: &str) -> Vec<u8> {
    let mut rig = Rig::new(config, 1024, 1024);
    rig.client.set_token(token).unwrap();
    rig.call();
    rig.sent
}

fn contains(bytes: &[u8], token: &str) -> bool {
    bytes
        .windows(token.len())
        .any(|part| part == token.as_bytes())
}

/// The client keeps a copy, so that a token needs to live no longer than the call of `set_token`.
#[test]
fn a_token_that_is_obtained_inside_of_the_loop_is_in_the_next_call() {
    let mut rig = Rig::new(config(), 1024, 512);
    let mut expected = TOKEN.to_owned();
    for number in 0..4 {
        rig.sent.clear();
        rig.call();
        let authorization = format!("Authorization: Bearer {expected}\r\n");
        assert!(contains(&rig.sent, &authorization), "call {number}");
        if number % 2 == 0 {
            // In a session.
            rig.receive(&http_ok(client_common::ACCEPTED));
            rig.client.disconnected(DisconnectReason::Closed);
            rig.upgrade();
        }
        {
            let renewed = format!("xoxb-renewed-{number}");
            rig.client.set_token(&renewed).unwrap();
        }
        expected = format!("xoxb-renewed-{number}");
        if number % 2 == 0 {
            rig.lose_link(DisconnectReason::Reset);
        } else {
            // The old token expired, and the new one is tried.
            rig.receive(&http_ok(r#"{"ok":false,"error":"token_expired"}"#));
            let reason = rig.lose_link(DisconnectReason::Closed);
            assert!(matches!(reason, ReconnectReason::Refused(_)), "{reason:?}");
        }
    }
}

/// A call has one token: what a link took of a request before never continues with the other one.
#[test]
fn a_new_token_at_every_byte_of_a_request_is_in_no_request_with_the_old_one() {
    let mut dropped = [0; 2];
    let in_form = config().token_in(TokenIn::Form);
    for config in [config(), in_form] {
        let old = request_with(config.clone(), TOKEN);
        for token in ["y", "xoxb-of-another-workspace-and-longer"] {
            let new = request_with(config.clone(), token);
            for (row, tx_bytes) in [256, 1024].into_iter().enumerate() {
                for count in 0..=old.len() {
                    let mut rig = Rig::new(config.clone(), 1024, tx_bytes);
                    rig.expect_connect("slack.com");
                    rig.client.connected();
                    rig.drain();
                    for at in 0..count {
                        rig.sent.push(rig.tx.pending()[0]);
                        rig.tx.sent(1);
                        rig.drain();
                        assert_eq!(rig.sent.len(), at + 1);
                    }
                    let is_written = rig.sent.len() + rig.tx.pending().len() == old.len();
                    rig.client.set_token(token).unwrap();
                    let seen = rig.flush();
                    let context = format!("{tx_bytes} bytes, {count} taken: {seen:?}");
                    assert!(old.starts_with(&rig.sent), "{context}");
                    let reason = if is_written {
                        assert_eq!(rig.sent, old, "{context}");
                        assert!(matches!(seen[..], [Seen::Wait { .. }, ..]), "{context}");
                        rig.receive(&http_ok(REVOKED));
                        rig.lose_link(DisconnectReason::Closed)
                    } else {
                        dropped[row] += 1;
                        let is_disconnect = |seen: &Seen| *seen == Seen::Disconnect;
                        assert!(seen.iter().all(is_disconnect), "{context}");
                        let reason = rig.lose_link(DisconnectReason::Closed);
                        assert_eq!(reason, ReconnectReason::TokenReplaced, "{context}");
                        reason
                    };
                    rig.sent.clear();
                    rig.call();
                    assert_eq!(rig.sent, new, "{context}, {reason:?}");
                }
            }
        }
    }
    let [small, large] = dropped;
    assert!(small > 100, "only {small} requests were being written");
    assert_eq!(large, 0, "this buffer takes the whole request at once");
}

#[test]
fn a_token_that_does_not_fit_is_refused_and_the_old_one_stays() {
    let mut rig = Rig::new(config(), 1024, 512);
    let longest = "x".repeat(LONGEST_TOKEN);
    let refused = rig.client.set_token(&format!("{longest}x"));
    let Err(TokenError::Full(error)) = refused else {
        panic!("{refused:?}");
    };
    let sizes = (error.wanted, error.available);
    assert_eq!(error.memory, Memory::Token);
    assert_eq!(sizes, (LONGEST_TOKEN + 1, LONGEST_TOKEN));
    rig.call();
    assert_eq!(rig.sent, request_with(config(), TOKEN));

    // Nor does a refused one start a client again, and the longest that fits does.
    rig.receive(&http_ok(REVOKED));
    rig.client.disconnected(DisconnectReason::Closed);
    for token in [format!("{longest}x"), String::new(), "xo xb".into()] {
        assert!(rig.client.set_token(&token).is_err());
        let seen = rig.drain();
        let is_closed = matches!(seen[..], [Seen::Closed(CloseReason::Refused(_))]);
        assert!(is_closed, "{seen:?}");
    }
    rig.client.set_token(&longest).unwrap();
    let (reason, at) = rig.reconnecting();
    assert_eq!(reason, ReconnectReason::TokenReplaced);
    rig.now = at;
    rig.sent.clear();
    rig.call();
    assert_eq!(rig.sent, request_with(config(), &longest));
}

/// The jitter of calls that are held back: clients of one program that get a new token together do
/// not call together.
#[test]
fn a_client_that_a_new_token_starts_again_waits_with_jitter_for_its_allowance() {
    fn of_jitter(out: &mut [u8], byte: u8) -> Result<(), EntropyError> {
        client_common::randomness(out)?;
        if out.len() == 4 {
            out.fill(byte);
        }
        Ok(())
    }
    let sources: [Randomness; 2] = [|out| of_jitter(out, 0), |out| of_jitter(out, 0xFF)];
    let restarts = sources.map(|random| {
        let mut rig = Rig::new(config(), 1024, 512);
        rig.client = client_common::client(config(), random);
        for number in 0..3 {
            rig.call();
            rig.receive(&http_ok(REVOKED));
            rig.client.disconnected(DisconnectReason::Closed);
            let seen = rig.drain();
            let is_closed = matches!(seen[..], [Seen::Closed(_)]);
            assert!(is_closed, "{seen:?}");
            rig.client.set_token(&format!("xoxb-{number}")).unwrap();
            rig.now = rig.reconnecting().1;
        }
        rig.now
    });
    // Three calls were made at once; the fourth is due a minute after the first one.
    let [earliest, latest] = restarts;
    assert!(earliest >= 60_000, "{restarts:?}");
    assert!(latest >= earliest + 10_000, "{restarts:?}");
}

/// A storage that is lent can be lent again.
#[test]
fn the_memory_of_a_client_has_neither_token_after_the_client() {
    let (mut token, mut outbox) = ([0; 64], [0; 64]);
    {
        let storage = LentStorage::new(&mut token, &mut outbox);
        let random = slack_rtm::entropy::from_fn(client_common::randomness);
        let client = slack_rtm::Client::new(config(), "xoxb-a-longer-one", storage, random);
        client.unwrap().set_token("xoxb-2").unwrap();
    }
    assert_eq!(token, [0; 64]);
}

/// Uptime: nothing wraps.
#[test]
fn a_session_that_opens_after_fifty_days_and_one_that_lasts_as_long() {
    for begin in [0_u64, (1 << 32) - 5_000, 1 << 33, 1 << 45] {
        let mut rig = Rig::new(with_outbox(config(), 4096), 2048, 512);
        rig.now = begin;
        rig.reopen();
        for _ in 0..3 {
            let id = rig.send("x");
            rig.flush();
            assert_eq!(rig.take_message_ids(), [id]);
            rig.receive_text(&client_common::ack(id));
            rig.now += 20_000;
            rig.receive_text(client_common::CHATTER);
        }
        // The device slept for sixty days: it asks, then buries.
        rig.now += 60 * 86_400_000;
        rig.flush();
        assert!(rig.is_open());
        assert_eq!(rig.take_frames().len(), 1, "a ping");
        rig.now += 15_000;
        rig.drain();
        assert!(!rig.is_open());
        let begin = rig.now;
        let (_, delay) = {
            rig.client.disconnected(DisconnectReason::Reset);
            rig.reconnecting()
        };
        assert!(delay - begin < 3_000, "{delay}");
    }
}

/// The refusal of the old token may ask for an hour; the new token was not refused.
#[test]
fn a_new_token_does_not_wait_for_the_retry_after_of_the_old_one() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    let head = "HTTP/1.1 200 OK\r\nRetry-After: 3600\r\nContent-Length: 36\r\n\r\n";
    rig.receive(format!("{head}{REVOKED}").as_bytes());
    rig.client.disconnected(DisconnectReason::Closed);
    assert!(matches!(rig.drain()[..], [Seen::Closed(_)]));
    rig.client.set_token("xoxb-second").unwrap();
    let (reason, at) = rig.reconnecting();
    assert_eq!(reason, ReconnectReason::TokenReplaced);
    assert!(at < 2_000, "{at} ms");
}

/// "After `close` no call follows."
#[test]
fn a_new_token_does_not_start_a_client_that_was_closed() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    rig.receive(&http_ok(REVOKED));
    rig.client.close();
    rig.client.set_token("xoxb-second").unwrap();
    rig.client.disconnected(DisconnectReason::Closed);
    for _ in 0..3 {
        let seen = rig.drain();
        assert!(matches!(seen[..], [Seen::Closed(_)]), "{seen:?}");
        rig.client.set_token("xoxb-third").unwrap();
    }
}
