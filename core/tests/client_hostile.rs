//! A client between a hostile server and a hostile caller, both drawn from a seed.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{
    ACCEPTED, HELLO, KEPT_URL, Rig, Seen, TOO_FAST, UPGRADED, ack, config, http_ok, rejection,
    set_randomness_fails, text_frame, with_outbox,
};
use slack_rtm::json::Raw;
use slack_rtm::rtm::command::Post;
use slack_rtm::web_api::{OpeningMethod, RtmStart, StartLists};
use slack_rtm::{CloseReason, Delivery, DisconnectReason};
use std::collections::{HashMap, VecDeque};

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
        let (mut config, mut outbox_bytes) = (config(), 0);
        if life.below(3) > 0 {
            outbox_bytes = 64 + life.size_below(2_000);
            config = config.use_reconnect_url();
            if life.below(2) == 0 {
                config = config.delivery(Delivery::AtLeastOnce);
            }
        }
        if life.below(4) == 0 {
            let method = OpeningMethod::RtmStart(RtmStart::default());
            config = config.method(method).lists(StartLists::ALL);
        }
        if life.below(2) == 0 {
            config = config.raw(Raw::On);
        }
        let (rx_bytes, tx_bytes) = (512 + life.size_below(600), 256 + life.size_below(300));
        life.rig = Rig::new(with_outbox(config, outbox_bytes), rx_bytes, tx_bytes);
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
                Seen::Disconnect => self.lose_link(DisconnectReason::Closed),
                Seen::Wait { until } => self.wait(until),
                Seen::Acknowledged(id)
                | Seen::Rejected(id)
                | Seen::Unconfirmed(id)
                | Seen::Withdrawn(id) => {
                    reached.ends += 1;
                    // One that was never sent counts as ended before.
                    *self.ends.entry(id).or_insert(1) += 1;
                    assert_eq!(self.ends[&id], 1, "{}: ends of {id}", self.story());
                }
                Seen::Hello => reached.sessions += 1,
                Seen::Closed(end) => {
                    let all_ended = self.ends.values().all(|ends| *ends == 1);
                    assert!(all_ended, "{}: {:?}", self.story(), self.ends);
                    if end == CloseReason::Requested {
                        return;
                    }
                    reached.refusals += 1;
                    if self.is_closing {
                        return;
                    }
                    self.set_token("xoxb-second");
                }
                _ => {}
            }
        }
    }

    fn set_token(&mut self, token: &str) {
        let set = self.rig.client.set_token(token);
        set.expect("the token fits");
    }

    fn close(&mut self) {
        self.is_closing = true;
        self.rig.client.close();
    }

    fn lose_link(&mut self, end: DisconnectReason) {
        self.link = Link::None;
        self.incoming.clear();
        self.rig.client.disconnected(end);
    }

    fn connect(&mut self, host: &str) {
        if self.below(6) == 0 {
            return self.lose_link(DisconnectReason::Refused);
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
            if let Ok(id) = rig.client.send(&Post::new("C1", &text), &mut rig.tx) {
                self.last_id = id.as_u32();
                assert_eq!(self.ends.insert(self.last_id, 0), None, "a new id");
            }
        }
        if self.below(400) == 0 {
            self.set_token("xoxb-third");
        }
        if self.below(900) == 0 {
            self.close();
        }
        if self.link != Link::None && self.below(60) == 0 {
            return self.lose_link(DisconnectReason::Reset);
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
