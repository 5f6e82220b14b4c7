//! Lives that together take every transition of the client's table, as the log of a debug build tells
//! them. That no other one is ever taken, the client itself asserts wherever a test runs it.

#![cfg(debug_assertions)]
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{KEPT_URL, Rig, config, http_ok, with_outbox};
use slack_rtm::{DisconnectReason, State};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// The table as the guide has it: a unit test holds both equal.
const GUIDE: &str = include_str!("../src/guide/phases.md");
const DEAD_TOKEN: &str = r#"{"ok":false,"error":"token_revoked"}"#;

struct Taken(Mutex<BTreeSet<String>>);

static TAKEN: Taken = Taken(Mutex::new(BTreeSet::new()));

impl log::Log for Taken {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = record.args().to_string();
        if let Some(transition) = line.strip_prefix("phase ") {
            let mut taken = self.0.lock().expect("no panic while logging");
            taken.insert(transition.replace(" to ", " --> "));
        }
    }

    fn flush(&self) {}
}

/// From the diagram: `Resting --> Calling: why`, without why.
fn table() -> BTreeSet<String> {
    let rows = GUIDE.lines().filter_map(|line| line.split_once(": "));
    rows.map(|(transition, _)| transition.trim().to_owned())
        .collect()
}

fn new() -> Rig {
    Rig::new(with_outbox(config().use_reconnect_url(), 1024), 1024, 512)
}

/// Closes the client wherever it stands, and goes on to its end.
fn close(mut rig: Rig) {
    rig.client.close();
    for _ in 0..3 {
        rig.flush();
        rig.client.disconnected(DisconnectReason::Closed);
        if rig.client.state() == State::Closed {
            return;
        }
    }
    panic!("not at its end: {:?}", rig.client);
}

/// Sets another token, after which the client calls again.
fn restart(rig: &mut Rig) {
    rig.client.set_token("xoxb-second").expect("it fits");
    let (_, at) = rig.reconnecting();
    rig.now = at;
    rig.expect_connect("slack.com");
}

fn upgrading(rig: &mut Rig) {
    rig.call_and_leave();
    rig.expect_connect("ms1.slack.com");
    rig.client.connected();
    rig.flush();
}

#[test]
fn every_transition_of_the_table_is_taken() {
    log::set_logger(&TAKEN).expect("the only logger");
    log::set_max_level(log::LevelFilter::Trace);

    // Each phase that waits for the caller, left by `close` and by a lost link.
    let ways: [fn(&mut Rig); 7] = [
        |rig| rig.expect_connect("slack.com"),
        Rig::call,
        |rig| {
            rig.call_and_leave();
            rig.expect_connect("ms1.slack.com");
        },
        upgrading,
        |rig| {
            upgrading(rig);
            rig.receive(client_common::UPGRADED);
        },
        Rig::reopen,
        |rig| {
            rig.call();
            rig.lose_link(DisconnectReason::Reset);
            rig.now -= 1; // the delay is not quite over
        },
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let mut rig = new();
        way(&mut rig);
        close(rig);
        // A client that rests has no link to lose.
        if number < 6 {
            let mut rig = new();
            way(&mut rig);
            rig.lose_link(DisconnectReason::Reset);
            rig.expect_connect("slack.com");
        }
    }

    // A pushed URL is used once.
    let mut rig = new();
    rig.reopen();
    rig.receive_text(KEPT_URL);
    rig.lose_link(DisconnectReason::Reset);
    rig.expect_connect("ms2.slack.com");

    // Another token at the end, and while messages without an end get one.
    let mut rig = new();
    rig.call();
    rig.receive(&http_ok(DEAD_TOKEN));
    rig.client.disconnected(DisconnectReason::Closed);
    rig.drain();
    restart(&mut rig);
    let mut rig = new();
    rig.send("nobody will read this");
    rig.call();
    rig.receive(&http_ok(DEAD_TOKEN));
    rig.client.disconnected(DisconnectReason::Closed);
    rig.poll();
    restart(&mut rig);

    let taken = TAKEN.0.lock().expect("no panic while logging");
    let never: Vec<_> = table().difference(&taken).cloned().collect();
    assert!(never.is_empty(), "never taken: {never:#?}");
    assert_eq!(*taken, table());
}
