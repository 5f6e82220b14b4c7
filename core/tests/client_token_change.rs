//! A client's life, where two things happen at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod client_common;

use client_common::{Rig, config, http_ok, memory};
use slack_rtm::{DisconnectReason, State};

/// "Another token, from the next call on": the one that is refused is the old one.
#[test]
fn a_token_that_was_set_while_the_old_one_is_being_refused_is_used() {
    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    rig.client.set_token("xoxb-second");
    rig.receive(&http_ok(r#"{"ok":false,"error":"token_revoked"}"#));
    rig.client.disconnected(DisconnectReason::Closed);
    let seen = rig.drain();
    assert!(
        matches!(rig.client.state(), State::Waiting { .. } | State::Calling),
        "{seen:?}, {:?}",
        rig.client.state()
    );
}

/// Uptime: nothing wraps.
#[test]
fn a_session_that_opens_after_fifty_days_and_one_that_lasts_as_long() {
    for begin in [0_u64, (1 << 32) - 5_000, 1 << 33, 1 << 45] {
        let mut rig = Rig::new(config().outbox(memory(4096)), 2048, 512);
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
