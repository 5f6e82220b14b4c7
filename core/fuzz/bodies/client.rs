//! The whole client with a hostile server and a careless caller.
//!
//! The invariants:
//! - `poll` fails only for a mistake that the script makes as the caller.
//! - Between two waits there is at most one output for each byte that was read. `Wait` has room to
//!   read or bytes to write, and `can_read` is whether there is room; it ends within the hour, and
//!   is never in the past twice.
//! - `Connect` comes only without a link and to an allowed host. A token goes to the API only, and
//!   only one of them over a link.
//! - A link gets one request, or one request and masked frames of JSON, and none after a close frame.
//! - Each message that was accepted has one outcome.
//! - After `close` the client closes, and stays closed.
//! - The division of the bytes into reads does not change the events.

use super::script::Script;
use super::websocket::nonce;
use super::world::{Act, Side, World, setting, token};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::rtm::command::{Ping, Post, PresenceSub, Typing};
use slack_rtm::time::Instant;
use slack_rtm::web_api::{OpeningMethod, RtmStart, StartLists, TokenIn};
use slack_rtm::{
    Client, Config, Delivery, Event, LentStorage, Output, PollError, Security, SendError, State,
};
use std::cell::Cell;
use std::collections::BTreeSet;

pub(crate) fn client(data: &[u8]) {
    live(data, Division::Scripted);
}

pub(crate) fn split(data: &[u8]) {
    let whole = live(data, Division::Reads(usize::MAX));
    for size in [1, 1 + data.len() % 61] {
        let pieces = live(data, Division::Reads(size));
        for (pieces, whole) in pieces.iter().zip(&whole) {
            assert_eq!(pieces, whole, "reads of {size}");
        }
        assert_eq!(pieces.len(), whole.len(), "reads of {size}");
    }
}

/// The division of the server's bytes into reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Division {
    /// As the script says. It may also act before the bytes are read, hold up writes and make the
    /// source of randomness fail.
    Scripted,
    /// Reads of this size; everything is read and written before the script goes on.
    Reads(usize),
}

const HOUR: u64 = 3_600_000;

/// Runs a script to its end, then the client to its end. Returns the outputs except waits.
fn live(data: &[u8], division: Division) -> Vec<String> {
    let tokens = [token(data), token(&[data, b"another"].concat())];
    let mut script = Script(data);
    let settings = script.byte();
    let rx_size = 512 + [0, 1, 88, 512, 1500, 3584][usize::from(script.byte()) % 6];
    let tx_size = 256 + [0, 1, 44, 256, 1500][usize::from(script.byte()) % 5];
    let (mut rx_memory, mut tx_memory) = (vec![0; rx_size], vec![0; tx_size]);
    let mut rx = RecvBuf::try_from(&mut rx_memory[..]).unwrap();
    let mut tx = SendBuf::try_from(&mut tx_memory[..]).unwrap();
    let has = |bit| settings & bit != 0;
    let outbox_size = match (has(setting::OUTBOX), has(setting::SMALL_OUTBOX)) {
        (false, _) => 0,
        (true, false) => 1000,
        (true, true) => 60,
    };
    let (mut token_memory, mut outbox) = ([0; 32], vec![0; outbox_size]);
    let storage = LentStorage::new(&mut token_memory, &mut outbox);
    let mut config = Config::new();
    if has(setting::OUTBOX) {
        if has(setting::AT_LEAST_ONCE) {
            config = config.delivery(Delivery::AtLeastOnce);
        }
        if has(setting::RECONNECT_URL) {
            config = config.use_reconnect_url();
        }
    }
    if has(setting::START) {
        config = config
            .method(OpeningMethod::RtmStart(RtmStart::default()))
            .lists(StartLists::ALL);
    }
    if has(setting::PLAIN) {
        config = config.allow_insecure();
    }
    if has(setting::FORM) {
        config = config.token_in(TokenIn::Form);
    }
    let failures = Cell::new(0_u8);
    let entropy = from_fn(|out: &mut [u8]| -> Result<(), EntropyError> {
        if failures.get() > 0 {
            failures.set(failures.get() - 1);
            return Err(EntropyError);
        }
        nonce(out)
    });
    let mut client = Client::new(config, &tokens[0], storage, entropy).expect("usable settings");
    let mut world = World::new(script);
    if let Division::Reads(size) = division {
        world.reads = size;
    }
    let mut watch = Watch {
        budget: 64,
        ..Watch::default()
    };
    let mut trace = Vec::new();
    let mut closing = false;
    // After the script: polls until the client is closed.
    let mut after = 0;
    loop {
        let now = match world.back {
            true => world.now / 2,
            false => world.now,
        };
        world.back = false;
        let output = match client.poll(&mut rx, &mut tx, Instant::from_millis(now)) {
            Ok(output) => output,
            Err(PollError::Entropy(_)) if watch.may_lack_entropy => {
                watch.busy();
                continue;
            }
            Err(PollError::NoConnectDue) if watch.misused => {
                watch.misused = false;
                continue;
            }
            Err(error) => panic!("poll: {error:?}"),
        };
        match output {
            Output::Connect { peer, until, .. } => {
                watch.busy();
                assert_eq!(world.side, Side::None, "two links at once");
                assert!(peer.security == Security::Tls || has(setting::PLAIN));
                assert!(
                    Config::DOMAINS
                        .iter()
                        .any(|domain| { slack_rtm::url::host_in_domain(peer.host, domain) })
                );
                assert!(until.as_millis() <= world.now + HOUR);
                trace.push(format!("connect {peer:?}"));
                let side = match client.state() {
                    State::Connecting => Side::Socket,
                    _ => Side::Api,
                };
                watch.sent.clear();
                match watch.refusal.take() {
                    Some(end) => client.disconnected(end),
                    None => {
                        world.link_up(side);
                        client.connected();
                    }
                }
            }
            Output::Disconnect => {
                watch.busy();
                assert_ne!(world.side, Side::None, "nothing to disconnect");
                trace.push("disconnect".into());
                watch.check_sent(world.side, &tokens);
                world.link_down();
                client.disconnected(slack_rtm::DisconnectReason::Closed);
            }
            Output::Event(event) => {
                watch.busy();
                let outcome_of = match event {
                    Event::Acknowledged(message) => Some(message.id()),
                    Event::Rejected(message) => Some(message.id()),
                    Event::Unconfirmed(id) | Event::Withdrawn(id) | Event::Expired(id) => Some(id),
                    _ => None,
                };
                if let Some(id) = outcome_of {
                    assert!(watch.open.remove(&id), "{id} ended twice, or never began");
                }
                trace.push(format!("{event:?}"));
            }
            Output::Closed(end) => {
                let shown = format!("{end:?}");
                assert!(watch.open.is_empty(), "no end: {:?}", watch.open);
                assert_eq!(world.side, Side::None, "a link is left");
                let counters = client.counters();
                for _ in 0..3 {
                    let later = Instant::from_millis(world.now + HOUR);
                    let Ok(Output::Closed(again)) = client.poll(&mut rx, &mut tx, later) else {
                        panic!("closed, and it goes on");
                    };
                    assert_eq!(format!("{again:?}"), shown);
                }
                let refused = client.send(&Post::new("C1", "x"), &mut tx);
                assert_eq!(refused, Err(SendError::Closed));
                assert_eq!(client.counters(), counters);
                assert!(tx.is_empty() && client.pending_messages() == 0);
                let shown = format!("{client:?} {trace:?}");
                for token in &tokens {
                    assert!(!shown.contains(token), "a token is shown");
                }
                trace.push(format!("closed {end:?}"));
                if std::env::var_os("SHOW_TRACE").is_some() {
                    std::println!("{trace:#?}");
                }
                return trace;
            }
            Output::Wait {
                until, can_read, ..
            } => {
                let until = until.as_millis();
                let linked = world.side != Side::None;
                assert!(
                    until <= world.now + HOUR || !linked,
                    "{until} is far from {}",
                    world.now
                );
                let room = rx.space().len();
                assert_eq!(can_read, room > 0, "room to read");
                assert!(
                    !linked || room > 0 || !tx.pending().is_empty(),
                    "neither to read nor to write"
                );
                let mut moved = false;
                if linked {
                    let count = tx.pending().len().min(world.writes);
                    watch.sent.extend_from_slice(&tx.pending()[..count]);
                    tx.sent(count);
                    let size = room.min(world.reads).min(world.queue.len());
                    rx.space()[..size].copy_from_slice(&world.queue[..size]);
                    rx.filled(size);
                    world.queue.drain(..size);
                    moved = count > 0 || size > 0;
                }
                if !moved && tx.pending().is_empty() && client.state() == State::Open {
                    assert!(
                        watch.check_sent(world.side, &tokens),
                        "a frame was begun and is not ended"
                    );
                }
                if moved {
                    watch.moved(rx_size);
                    if world.hurry == 0 {
                        continue;
                    }
                    world.hurry -= 1;
                } else if linked && until <= now {
                    watch.spins += 1;
                    assert!(watch.spins <= 1, "it spins");
                } else {
                    watch.spins = 0;
                }
                watch.budget = rx_size + 512;
                let act = if !world.script.is_over() {
                    world.step()
                } else {
                    // The world becomes a good one, time passes, then it is over.
                    (world.writes, world.failures) = (usize::MAX, 0);
                    after += 1;
                    assert!(after < 400, "no end after close: {client:?}");
                    if after == 12 {
                        client.close();
                        closing = true;
                    } else if !moved {
                        world.now = world.now.max(until.min(world.now + HOUR));
                    }
                    Act::Nothing
                };
                if division != Division::Scripted {
                    world.hurry = 0;
                    world.failures = 0;
                    world.back = false;
                    world.writes = usize::MAX;
                    if let Division::Reads(size) = division {
                        world.reads = size;
                    }
                }
                watch.may_lack_entropy |= world.failures > 0;
                failures.set(world.failures);
                match act {
                    Act::Nothing => {}
                    Act::DisconnectReason(end) if world.side == Side::None => {
                        watch.refusal = Some(end);
                    }
                    Act::DisconnectReason(end) => {
                        watch.check_sent(world.side, &tokens);
                        world.link_down();
                        client.disconnected(end);
                    }
                    Act::Message(text) => {
                        let text = String::from_utf8_lossy(text);
                        let sent = client.send(&Post::new("C1", &text), &mut tx);
                        if let Ok(id) = sent {
                            assert!(watch.open.insert(id), "{id} twice");
                        }
                        watch.check_refusal(sent.as_ref().err(), closing, world.now);
                        world.last_id = sent.map_or(world.last_id, |id| id.as_u32());
                        trace.push(format!("{sent:?}"));
                    }
                    Act::Command(number) => {
                        let sent = match number % 3 {
                            0 => client.send(
                                &Typing::new(["C1", "C2"][usize::from(number / 128)]),
                                &mut tx,
                            ),
                            1 => client.send(&Ping::with("x", 1), &mut tx),
                            _ => client.send(&PresenceSub::new(&["U1", "U2"]), &mut tx),
                        };
                        watch.check_refusal(sent.as_ref().err(), closing, world.now);
                        trace.push(format!("{sent:?}"));
                    }
                    Act::Caller(0..=7) => {
                        client.close();
                        closing = true;
                    }
                    Act::Caller(number @ 8..=15) => {
                        let token = &tokens[usize::from(number & 1)];
                        client.set_token(token).expect("it fits");
                    }
                    Act::Caller(16..=31) => {
                        client.connected();
                        watch.misused = true;
                    }
                    Act::Caller(_) => {}
                }
            }
            output => panic!("{output:?} is new"),
        }
    }
}

/// The data that the invariants are checked with.
#[derive(Default)]
struct Watch {
    /// Outputs that may come before the next wait.
    budget: usize,
    spins: u8,
    may_lack_entropy: bool,
    misused: bool,
    /// The next link cannot be had.
    refusal: Option<slack_rtm::DisconnectReason>,
    /// Messages that have no end yet.
    open: BTreeSet<slack_rtm::MessageId>,
    /// The bytes that were sent over this link.
    sent: Vec<u8>,
}

impl Watch {
    /// An output that is no wait.
    fn busy(&mut self) {
        self.spins = 0;
        self.budget = self.budget.checked_sub(1).expect("outputs without end");
    }

    fn moved(&mut self, rx_size: usize) {
        self.spins = 0;
        self.budget = rx_size + 512;
    }

    /// Checks the result of a call of `send`.
    fn check_refusal(&self, error: Option<&SendError>, closing: bool, now: u64) {
        match error {
            None | Some(SendError::Limit(_) | SendError::Full(_) | SendError::Offline) => {}
            Some(SendError::TooSoon { until }) => assert!(until.as_millis() > now),
            Some(SendError::Entropy(_)) => assert!(self.may_lack_entropy),
            Some(SendError::Closed) => assert!(closing),
            Some(error) => panic!("send: {error:?}"),
        }
    }

    /// Checks that the bytes sent are allowed on such a link. Only the last unit may be cut; returns
    /// whether it is whole.
    fn check_sent(&self, side: Side, tokens: &[String; 2]) -> bool {
        let end = self
            .sent
            .windows(4)
            .position(|window| window == b"\r\n\r\n");
        let head = &self.sent[..end.map_or(self.sent.len(), |end| end + 4)];
        assert!(head.iter().all(|byte| byte.is_ascii()));
        let head = std::str::from_utf8(head).unwrap();
        let shown = self.sent.escape_ascii().to_string();
        let carried = tokens.iter().filter(|token| shown.contains(*token)).count();
        if side == Side::Api {
            assert!(carried <= 1, "two tokens in one request");
            let known = ["GET /api/rtm.", "POST /api/rtm."];
            assert!(
                known
                    .iter()
                    .any(|known| head.starts_with(&known[..known.len().min(head.len())]))
            );
            return end.is_some();
        }
        assert_eq!(carried, 0, "a token went to the socket");
        assert!(head.starts_with(&"GET /"[..5.min(head.len())]), "{head}");
        let mut rest = &self.sent[head.len()..];
        let mut closed = false;
        while let [first, second, after @ ..] = rest {
            assert!(!closed, "a frame after a close frame");
            assert_eq!(second & 0x80, 0x80, "not masked");
            assert!([0x81, 0x88, 0x89, 0x8A].contains(first), "{first:#x}");
            let (length, after) = match (second & 0x7F, after) {
                (126, [high, low, after @ ..]) => {
                    (usize::from(*high) << 8 | usize::from(*low), after)
                }
                (126 | 127, _) => return false,
                (length, after) => (usize::from(length), after),
            };
            let Some((key, after)) = after.split_at_checked(4) else {
                return false;
            };
            assert_ne!(key, [0; 4], "a zero mask");
            let Some((payload, after)) = after.split_at_checked(length) else {
                return false;
            };
            let payload: Vec<u8> = payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(a, b)| a ^ b)
                .collect();
            if *first == 0x81 {
                let value: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
                assert!(value["type"].is_string(), "{value}");
            }
            closed = *first == 0x88;
            rest = after;
        }
        rest.is_empty()
    }
}
