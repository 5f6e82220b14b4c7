//! Many clients that lose their link in the same instant: they do not call in the same second.

#![allow(clippy::expect_used, clippy::panic)]

mod client_common;

use client_common::{Rig, config};
use slack_rtm::DisconnectReason;
use slack_rtm::entropy::EntropyError;
use std::cell::Cell;
use std::collections::BTreeMap;

const CLIENTS: usize = 1000;
/// All clients lose their link every 15 s: from the fourth call on, the allowance of one call a minute
/// decides, and not the delay of the back-off.
const LOSSES: u64 = 16;
const LOSS_INTERVAL: u64 = 15_000;

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(1) };
}

/// Jitter from a generator; nonces that a test can know.
fn randomness(out: &mut [u8]) -> Result<(), EntropyError> {
    if out.len() > 4 {
        return client_common::randomness(out);
    }
    for byte in out {
        let mut state = STATE.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        STATE.set(state);
        *byte = (state >> 32) as u8;
    }
    Ok(())
}

#[test]
#[cfg_attr(miri, ignore = "it is long")]
fn a_thousand_clients_that_lose_their_links_together_call_spread() {
    // Calls in each second: those of the burst, after a delay of the back-off alone, and those that
    // the allowance of calls holds back.
    let (mut of_burst, mut held_back) = (BTreeMap::new(), BTreeMap::new());
    for client in 0..CLIENTS as u64 {
        STATE.set(client.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut rig = Rig {
            client: client_common::client(config(), randomness),
            ..Rig::new(config(), 512, 512)
        };
        rig.reopen();
        let mut calls = 1;
        for loss in 1..=LOSSES {
            let lost_at = loss * LOSS_INTERVAL;
            // A client that is not back yet has no link to lose.
            if rig.now > lost_at {
                continue;
            }
            rig.now = lost_at;
            rig.drain();
            rig.lose_link(DisconnectReason::Reset);
            calls += 1;
            let seconds = if calls > 3 {
                &mut held_back
            } else {
                &mut of_burst
            };
            *seconds.entry(rig.now / 1000).or_insert(0) += 1;
            rig.reopen();
        }
        assert!(calls > 5, "{calls}");
    }
    // Delays are drawn from the upper three quarters of a window of two seconds.
    let most = of_burst.values().max().expect("calls");
    assert!(*most <= CLIENTS * 3 / 4, "{of_burst:?}");
    let most = held_back.values().max().expect("calls");
    assert!(*most <= CLIENTS / 10, "{held_back:?}");
}
