//! Messages that wait: their time to live, withdrawing them, and their one outcome.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{
    ACCEPTED, HELLO, KEPT_URL, Rig, Seen, TOO_FAST, UPGRADED, ack, config, http_ok, rejection,
    text_frame, with_outbox,
};
use proptest::prelude::*;
use slack_rtm::buffer::Memory;
use slack_rtm::rtm::command::{Command, Ping, Post};
use slack_rtm::time::Duration;
use slack_rtm::{Delivery, DisconnectReason, MessageId, SendError, WithdrawError};

const HOUR: u64 = 3_600_000;
/// Two seconds after `hello` the fate of an orphaned message is decided.
const AFTER_REPLAY: u64 = 2_000;
/// The longest time that an ack may take.
const ACK_TIMEOUT: u64 = 30_000;

fn send(rig: &mut Rig, command: &impl Command) -> MessageId {
    let sent = rig.client.send(command, &mut rig.tx);
    sent.expect("the message is taken")
}

fn post(rig: &mut Rig, text: &str) -> MessageId {
    send(rig, &Post::new("C1", text))
}

fn post_within(rig: &mut Rig, text: &str, milliseconds: u64) -> MessageId {
    let time_to_live = Duration::from_millis(milliseconds);
    send(rig, &Post::new("C1", text).expires_after(time_to_live))
}

fn outcomes(seen: &[Seen]) -> Vec<Seen> {
    seen.iter()
        .filter(|seen| seen.is_outcome())
        .cloned()
        .collect()
}

fn expired(id: MessageId) -> Seen {
    Seen::Expired(id.as_u32())
}

fn withdrawn(id: MessageId) -> Seen {
    Seen::Withdrawn(id.as_u32())
}

fn unconfirmed(id: MessageId) -> Seen {
    Seen::Unconfirmed(id.as_u32())
}

/// The end of the wait that the last output asks for.
fn until(seen: &[Seen]) -> u64 {
    match seen.last() {
        Some(Seen::Wait { until }) => *until,
        other => panic!("no Wait but {other:?}"),
    }
}

#[test]
fn a_message_that_waits_for_a_session_expires_in_time() {
    let mut rig = Rig::new(with_outbox(config(), 1024), 1024, 512);
    rig.now = 5_000;
    let (early, kept) = (post_within(&mut rig, "a", 700), post(&mut rig, "b"));
    let late = post_within(&mut rig, "c", 70_000);
    rig.call();
    // While the response is awaited, and while the next attempt is.
    assert_eq!(until(&rig.drain()), 5_700);
    rig.now = 5_699;
    assert_eq!(outcomes(&rig.drain()), []);
    rig.now = 5_700;
    let seen = rig.drain();
    assert_eq!(outcomes(&seen), [expired(early)]);
    assert_eq!(
        until(&seen),
        15_000 + 5_000,
        "the time limit of the response"
    );
    rig.client.disconnected(DisconnectReason::Reset);
    let (_, mut at) = rig.reconnecting();
    while at < 75_000 {
        rig.now = at;
        rig.drain();
        rig.client.disconnected(DisconnectReason::Unreachable);
        (_, at) = rig.reconnecting();
    }
    let deadline = until(&rig.drain());
    assert_eq!((deadline, rig.client.pending_messages()), (75_000, 2));
    rig.now = deadline;
    let seen = rig.drain();
    assert_eq!(outcomes(&seen), [expired(late)]);
    assert_eq!(until(&seen), at, "the next attempt");
    rig.now = at;
    rig.reopen();
    assert_eq!(rig.take_message_ids(), [kept.as_u32()]);
}

/// Three rings of a doorbell, and six hours offline.
#[test]
fn a_message_with_a_time_to_live_is_not_posted_hours_later() {
    let mut rig = Rig::open(with_outbox(config(), 1024), 512);
    rig.client.disconnected(DisconnectReason::Reset);
    let (_, at) = rig.reconnecting();
    let rings = ["a", "b", "c"].map(|text| post_within(&mut rig, text, 60_000));
    rig.drain();
    // The device was off: the next poll comes late.
    rig.now = at + 6 * HOUR;
    assert_eq!(outcomes(&rig.drain()), rings.map(expired));
    rig.client.connected();
    rig.client.disconnected(DisconnectReason::Reset);
    (_, rig.now) = rig.reconnecting();
    rig.reopen();
    assert!(rig.take_message_ids().is_empty());
    assert_eq!(rig.client.pending_messages(), 0);
}

#[test]
fn a_message_expires_before_a_session_that_slept_sends_it() {
    let mut rig = Rig::open(with_outbox(config(), 1024), 512);
    let (first, second) = (post(&mut rig, "a"), post_within(&mut rig, "b", 60_000));
    rig.flush();
    assert_eq!(rig.take_message_ids(), [first.as_u32()]);
    // The ack of the first one is in the buffer when the device wakes up.
    rig.now += 6 * HOUR;
    let frame = text_frame(&ack(first.as_u32()));
    let seen = rig.receive(&frame);
    let expected = [expired(second), Seen::Acknowledged(first.as_u32())];
    assert_eq!(outcomes(&seen), expected);
    rig.flush();
    assert!(rig.take_message_ids().is_empty());
}

/// `send` does not know the time; the wait before it may have been long.
#[test]
fn a_time_to_live_begins_with_the_next_poll() {
    let mut rig = Rig::new(with_outbox(config(), 1024), 1024, 512);
    rig.expect_connect("slack.com");
    let id = post_within(&mut rig, "a", 1_000);
    rig.now = HOUR;
    rig.client.disconnected(DisconnectReason::Unreachable);
    assert_eq!(outcomes(&rig.drain()), []);
    rig.now += 999;
    assert_eq!(outcomes(&rig.drain()), []);
    rig.now += 1;
    assert_eq!(outcomes(&rig.drain()), [expired(id)]);
}

#[test]
fn a_message_that_is_sent_in_time_does_not_expire() {
    let mut rig = Rig::open(with_outbox(config(), 1024), 512);
    let id = post_within(&mut rig, "a", 1_000);
    rig.flush();
    assert_eq!(rig.take_message_ids(), [id.as_u32()]);
    assert_eq!(outcomes(&rig.pass(5_000)), []);
    let seen = rig.receive_text(&ack(id.as_u32()));
    assert_eq!(outcomes(&seen), [Seen::Acknowledged(id.as_u32())]);
    assert_eq!(rig.client.pending_messages(), 0);
}

#[test]
fn a_frame_that_has_begun_is_finished_after_the_time_to_live() {
    let mut rig = Rig::open(with_outbox(config(), 2048), 256);
    let id = post_within(&mut rig, &"a".repeat(600), 1_000);
    rig.drain();
    rig.take_once();
    assert_eq!(
        rig.client.withdraw(id),
        Err(WithdrawError::Sent),
        "half of it has left"
    );
    rig.now += 2_000;
    assert_eq!(outcomes(&rig.flush()), []);
    assert_eq!(rig.take_message_ids(), [id.as_u32()]);
    let seen = rig.receive_text(&ack(id.as_u32()));
    assert_eq!(outcomes(&seen), [Seen::Acknowledged(id.as_u32())]);
}

/// The frame is lost with its link: the message has not arrived.
#[test]
fn a_message_whose_frame_was_cut_off_expires() {
    let mut rig = Rig::open(with_outbox(config(), 2048), 256);
    let id = post_within(&mut rig, &"a".repeat(600), 1_000);
    rig.drain();
    rig.take_once();
    rig.now += 2_000;
    rig.client.disconnected(DisconnectReason::Reset);
    let mut seen = rig.drain();
    seen.extend(rig.drain());
    assert_eq!(outcomes(&seen), [expired(id)]);
}

/// It may have arrived, so it is not reported as expired.
#[test]
fn a_message_that_was_sent_before_ends_as_unconfirmed_in_place_of_being_sent_late() {
    for (delivery, time_to_live) in [
        (Delivery::AtLeastOnce, 1_000),
        (Delivery::AtLeastOnce, HOUR),
        (Delivery::AtMostOnce, 1_000),
    ] {
        let mut rig = Rig::open(with_outbox(config().delivery(delivery), 1024), 512);
        let id = post_within(&mut rig, "a", time_to_live);
        rig.flush();
        assert_eq!(rig.take_message_ids(), [id.as_u32()]);
        rig.client.disconnected(DisconnectReason::Reset);
        let (_, at) = rig.reconnecting();
        rig.now = at.max(5_000);
        assert_eq!(outcomes(&rig.flush()), [], "its ack may be replayed");
        rig.client.connected();
        rig.client.disconnected(DisconnectReason::Reset);
        (_, rig.now) = rig.reconnecting();
        rig.reopen();
        let seen = rig.pass(AFTER_REPLAY);
        let is_late = time_to_live < HOUR;
        let expected = if is_late {
            vec![unconfirmed(id)]
        } else {
            vec![]
        };
        assert_eq!(outcomes(&seen), expected, "{delivery:?}");
        assert_eq!(rig.take_message_ids().is_empty(), is_late);
    }
}

#[test]
fn a_message_that_slack_put_off_does_not_wait_for_ever() {
    let mut rig = Rig::open(with_outbox(config(), 1024), 512);
    let id = post_within(&mut rig, "a", 1_000);
    rig.flush();
    rig.receive_text(&rejection(id.as_u32(), TOO_FAST));
    let seen = rig.flush();
    assert_eq!((outcomes(&seen), until(&seen)), (vec![], 1_000));
    assert_eq!(outcomes(&rig.pass(1_000)), [unconfirmed(id)]);
}

#[test]
fn a_message_that_never_left_is_not_reported_as_unconfirmed() {
    let mut rig = Rig::open(with_outbox(config(), 1024), 512);
    let (first, second) = (post(&mut rig, "a"), post(&mut rig, "b"));
    rig.flush();
    assert_eq!(rig.take_message_ids(), [first.as_u32()]);
    // A server without acks: the session ends.
    rig.pass(ACK_TIMEOUT);
    rig.client.close();
    rig.client.disconnected(DisconnectReason::Closed);
    assert_eq!(
        outcomes(&rig.drain_to_the_end()),
        [unconfirmed(first), withdrawn(second)]
    );
}

#[test]
fn a_withdrawn_message_is_not_sent_and_its_memory_is_free_at_once() {
    let mut rig = Rig::new(with_outbox(config(), 2 * 57), 1024, 512);
    let (first, second) = (post(&mut rig, "12345678"), post(&mut rig, "12345678"));
    let third = Post::new("C1", "1");
    let full = rig.client.send(&third, &mut rig.tx);
    assert!(matches!(full, Err(SendError::Full(_))), "{full:?}");
    assert_eq!(rig.client.withdraw(first), Ok(()));
    assert_eq!(rig.client.pending_messages(), 2);
    let third = send(&mut rig, &third);
    assert_eq!(
        rig.client.withdraw(first),
        Err(WithdrawError::Unknown),
        "twice"
    );
    let seen = rig.drain();
    assert_eq!(outcomes(&seen), [withdrawn(first)]);
    assert!(
        matches!(seen.last(), Some(Seen::Connect { .. })),
        "{seen:?}"
    );
    assert_eq!(
        rig.client.withdraw(first),
        Err(WithdrawError::Unknown),
        "ended"
    );
    rig.client.disconnected(DisconnectReason::Unreachable);
    (_, rig.now) = rig.reconnecting();
    rig.reopen();
    for id in [second, third] {
        rig.pass(1_000);
        assert_eq!(rig.take_message_ids(), [id.as_u32()]);
        assert_eq!(rig.client.withdraw(id), Err(WithdrawError::Sent));
        let seen = rig.receive_text(&ack(id.as_u32()));
        assert_eq!(outcomes(&seen), [Seen::Acknowledged(id.as_u32())]);
        rig.flush();
    }
}

#[test]
fn a_reply_to_a_withdrawn_message_is_not_its_outcome() {
    let mut rig = Rig::open(with_outbox(config(), 1024), 512);
    let (first, second) = (post(&mut rig, "a"), post(&mut rig, "b"));
    rig.flush();
    assert_eq!(rig.client.withdraw(second), Ok(()));
    let seen = rig.receive_text(&ack(second.as_u32()));
    assert_eq!(outcomes(&seen), [withdrawn(second)]);
    let seen = rig.receive_text(&ack(first.as_u32()));
    assert_eq!(outcomes(&seen), [Seen::Acknowledged(first.as_u32())]);
}

#[test]
fn without_memory_for_messages_nothing_expires_and_nothing_can_be_withdrawn() {
    let mut rig = Rig::open(config(), 512);
    let id = post_within(&mut rig, "a", 0);
    assert_eq!(rig.client.withdraw(id), Err(WithdrawError::Sent));
    rig.flush();
    assert_eq!(rig.take_message_ids(), [id.as_u32()]);
    rig.receive_text(&ack(id.as_u32()));
    assert_eq!(rig.client.withdraw(id), Err(WithdrawError::Unknown));
    let ping = send(&mut rig, &Ping::new());
    assert_eq!(rig.client.withdraw(ping), Err(WithdrawError::Unknown));
}

/// A deadline takes 15 bytes, which a kept URL makes room for.
#[test]
fn a_message_without_room_for_its_deadline_is_not_taken() {
    // "type":"message","channel":"C1","text":"aaaaa"
    const MESSAGE: usize = 46 + 7;
    let waits = Post::new("C1", "aaaaa").expires_after(Duration::from_secs(1));
    let mut rig = Rig::new(with_outbox(config(), MESSAGE + 14), 1024, 512);
    match rig.client.send(&waits, &mut rig.tx) {
        Err(SendError::Full(full)) => {
            let expected = (Memory::Outbox, 15, 14);
            assert_eq!((full.memory, full.wanted, full.available), expected);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(rig.client.pending_messages(), 0);
    post(&mut rig, "aaaaa");

    let config = config().use_reconnect_url();
    let mut rig = Rig::open(with_outbox(config, 2 * (MESSAGE + 15)), 512);
    rig.receive_text(KEPT_URL);
    send(&mut rig, &waits);
    send(&mut rig, &waits);
    assert_eq!(rig.client.pending_messages(), 2);
}

impl Rig {
    /// Polls until the client is closed.
    fn drain_to_the_end(&mut self) -> Vec<Seen> {
        let mut all = self.drain();
        while !matches!(all.last(), Some(Seen::Closed(_))) {
            assert_eq!(all.last(), Some(&Seen::Disconnect));
            self.client.disconnected(DisconnectReason::Closed);
            all.extend(self.drain());
        }
        all
    }
}

/// What happens to a client with messages.
#[derive(Clone, Debug)]
enum Step {
    Post(Option<u64>),
    Withdraw(prop::sample::Index),
    Time(u64),
    /// The link that is due is opened, and the server says what it has to.
    Connect,
    LinkEnd,
    /// A reply to the message that was sent last, over this connection or an earlier one.
    Ack,
    TooFast,
}

fn step() -> impl Strategy<Value = Step> {
    let time_to_live = prop_oneof![
        Just(None),
        (0_u64..5_000).prop_map(Some),
        (0_u64..200_000).prop_map(Some)
    ];
    prop_oneof![
        4 => time_to_live.prop_map(Step::Post),
        2 => any::<prop::sample::Index>().prop_map(Step::Withdraw),
        3 => (0_u64..3_000).prop_map(Step::Time),
        1 => prop_oneof![0_u64..100_000, Just(6 * HOUR)].prop_map(Step::Time),
        6 => Just(Step::Connect),
        1 => Just(Step::LinkEnd),
        3 => Just(Step::Ack),
        1 => Just(Step::TooFast),
    ]
}

/// A message, as its caller knows it.
#[derive(Debug)]
struct Known {
    id: MessageId,
    /// When it expires, if it waits until then.
    deadline: Option<u64>,
    was_withdrawn: bool,
    was_sent: bool,
    outcome: Option<Seen>,
}

/// A client and its caller.
struct Bench {
    rig: Rig,
    known: Vec<Known>,
    /// The host that a link is due to.
    due: Option<String>,
    is_linked: bool,
    is_closing: bool,
    is_closed: bool,
}

impl Bench {
    fn new(delivery: Delivery) -> Self {
        let setup = with_outbox(config().delivery(delivery), 512);
        Self {
            rig: Rig::new(setup, 1024, 512),
            known: Vec::new(),
            due: None,
            is_linked: false,
            is_closing: false,
            is_closed: false,
        }
    }

    /// Polls until the client waits, and does what it asks for but to connect.
    fn settle(&mut self) {
        loop {
            let seen = self.rig.flush();
            self.look(&seen);
            if self.rig.is_open() {
                for (_, payload) in self.rig.take_frames() {
                    let json = serde_json::from_slice::<serde_json::Value>(&payload);
                    if let Some(json) = json.ok().filter(|json| json["type"] == "message") {
                        let id = json["id"].as_u64().expect("an id");
                        self.of(id as u32).was_sent = true;
                    }
                }
            }
            match seen.last() {
                Some(Seen::Disconnect) => self.end_link(DisconnectReason::Closed),
                Some(Seen::Wait { until }) => return self.check_wait(*until),
                _ => {}
            }
            if self.is_closed || self.due.is_some() && !self.is_linked {
                return;
            }
        }
    }

    fn look(&mut self, seen: &[Seen]) {
        for seen in seen {
            let id = match seen {
                Seen::Acknowledged(id)
                | Seen::Rejected(id)
                | Seen::Unconfirmed(id)
                | Seen::Expired(id)
                | Seen::Withdrawn(id) => *id,
                Seen::Connect { host, .. } => {
                    self.due = Some(host.clone());
                    continue;
                }
                Seen::Reconnecting { .. } => {
                    self.due = None;
                    continue;
                }
                Seen::Closed(_) => {
                    self.is_closed = true;
                    continue;
                }
                _ => continue,
            };
            let (now, is_closing) = (self.rig.now, self.is_closing);
            let known = self.of(id);
            assert_eq!(known.outcome, None, "{seen:?} after another outcome");
            known.outcome = Some(seen.clone());
            match seen {
                Seen::Expired(_) => {
                    assert!(known.deadline.is_some_and(|at| at <= now), "{known:?}");
                    assert!(!known.was_sent && !known.was_withdrawn, "{known:?}");
                }
                Seen::Withdrawn(_) => {
                    assert!(known.was_withdrawn || is_closing, "{known:?}");
                    assert!(!known.was_sent, "{known:?}");
                }
                _ => assert!(known.was_sent && !known.was_withdrawn, "{known:?}"),
            }
        }
    }

    /// A message that waits is reported in time.
    fn check_wait(&self, until: u64) {
        for known in &self.known {
            let waits = known.outcome.is_none() && !known.was_sent;
            if let Some(deadline) = known.deadline.filter(|_| waits) {
                assert!(
                    self.rig.now < deadline && until <= deadline,
                    "{until} {known:?}"
                );
            }
        }
    }

    fn of(&mut self, id: u32) -> &mut Known {
        let mut known = self.known.iter_mut();
        let found = known.find(|known| known.id.as_u32() == id);
        found.expect("a known message")
    }

    fn end_link(&mut self, reason: DisconnectReason) {
        self.rig.client.disconnected(reason);
        self.rig.sent.clear();
        self.is_linked = false;
    }

    fn receive(&mut self, bytes: &[u8]) {
        let seen = self.rig.receive(bytes);
        self.look(&seen);
        if seen.last() == Some(&Seen::Disconnect) {
            self.end_link(DisconnectReason::Closed);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Post(time_to_live) => {
                let post = Post::new("C1", "a");
                let tx = &mut self.rig.tx;
                let sent = match time_to_live {
                    None => self.rig.client.send(&post, tx),
                    Some(span) => {
                        let post = post.expires_after(Duration::from_millis(*span));
                        self.rig.client.send(&post, tx)
                    }
                };
                if let Ok(id) = sent {
                    self.known.push(Known {
                        id,
                        deadline: time_to_live.map(|span| self.rig.now + span),
                        was_withdrawn: false,
                        was_sent: false,
                        outcome: None,
                    });
                }
            }
            Step::Withdraw(index) if !self.known.is_empty() => {
                let known = index.get(&self.known);
                let (id, waits) = (known.id, !known.was_sent && known.outcome.is_none());
                let result = self.rig.client.withdraw(id);
                let known = self.of(id.as_u32());
                let expected = match waits {
                    true if known.was_withdrawn => Err(WithdrawError::Unknown),
                    true => Ok(()),
                    false if known.outcome.is_some() => Err(WithdrawError::Unknown),
                    false => Err(WithdrawError::Sent),
                };
                assert_eq!(result, expected, "{known:?}");
                known.was_withdrawn |= result.is_ok();
            }
            Step::Withdraw(_) => {}
            Step::Time(milliseconds) => self.rig.now += milliseconds,
            Step::Connect => {
                let Some(host) = self.due.take_if(|_| !self.is_linked) else {
                    return;
                };
                self.rig.client.connected();
                self.is_linked = true;
                let seen = self.rig.flush();
                self.look(&seen);
                if host == "slack.com" {
                    self.receive(&http_ok(ACCEPTED));
                } else {
                    self.receive(UPGRADED);
                    self.rig.sent.clear();
                    self.receive(&text_frame(HELLO));
                }
            }
            Step::LinkEnd if self.is_linked => self.end_link(DisconnectReason::Reset),
            Step::LinkEnd => {}
            Step::Ack | Step::TooFast if self.rig.is_open() => {
                let last = self.known.iter().rfind(|known| known.was_sent);
                if let Some(id) = last.map(|known| known.id.as_u32()) {
                    let text = match step {
                        Step::Ack => ack(id),
                        _ => rejection(id, TOO_FAST),
                    };
                    self.receive(&text_frame(&text));
                }
            }
            Step::Ack | Step::TooFast => {}
        }
    }

    fn close(&mut self) {
        self.is_closing = true;
        self.rig.client.close();
        for _ in 0..10 {
            self.settle();
            if self.is_linked {
                self.end_link(DisconnectReason::Reset);
            }
        }
        assert!(self.is_closed);
    }
}

proptest! {
    #[test]
    fn every_message_has_one_outcome_and_in_time(
        steps in prop::collection::vec(step(), 1..80),
        at_least_once: bool,
    ) {
        let delivery = match at_least_once {
            true => Delivery::AtLeastOnce,
            false => Delivery::AtMostOnce,
        };
        let mut bench = Bench::new(delivery);
        bench.settle();
        for step in &steps {
            bench.step(step);
            bench.settle();
        }
        bench.close();
        for known in &bench.known {
            prop_assert!(known.outcome.is_some(), "{known:?}");
        }
        prop_assert_eq!(bench.rig.client.pending_messages(), 0);
    }
}
