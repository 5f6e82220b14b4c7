//! The client in Socket Mode with a hostile server and a careless program.
//!
//! The invariants:
//! - `poll` fails only for a mistake that the script makes as the caller.
//! - Between two waits there is at most one output for each byte that was read. `Wait` has room to
//!   read or bytes to write, and `can_read` is whether there is room.
//! - `Connect` comes only without a link. The token goes to the API only.
//! - A link gets one request, or one request and masked frames with one acknowledgement each, and none
//!   after a close frame.
//! - Over a link there are no more acknowledgements of an id than envelopes of it that were lent,
//!   except for one that is being sent. An envelope that accepts no response and was not left to the
//!   program is acknowledged before it is lent.
//! - A response begun and continued is sent whole, unless the link ends.
//! - After `close` the client closes, and stays closed.

use super::script::Script;
use super::websocket::nonce;
use super::world::{Act, Side, World, setting, token};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::json::Writer;
use slack_rtm::socket_mode::EnvelopeKind;
use slack_rtm::time::Instant;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Client, Config, DeferredEnvelope, EventAcknowledgement, Output, PollError,
    State, Token,
};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

const HOUR: u64 = 3_600_000;
/// The most bytes of the ids that are counted: one that is cut is not comparable.
const LONGEST_ID: usize = 40;

/// The action of the program on the next envelope.
enum Plan<'d> {
    Respond(&'d [u8]),
    Defer,
    /// It begins a response, and does not continue it.
    Abandon,
    /// Time passes.
    Hold(u64),
}

pub(crate) fn socket_mode(data: &[u8]) {
    let token = token(data).replace("xoxb", "xapp");
    let mut script = Script(data);
    let settings = script.byte();
    let rx_size = 768 + [0, 1, 88, 256, 1500, 3584][usize::from(script.byte()) % 6];
    let tx_size = 256 + [0, 1, 44, 256, 1500][usize::from(script.byte()) % 5];
    let (mut rx_memory, mut tx_memory) = (vec![0; rx_size], vec![0; tx_size]);
    let mut rx = RecvBuf::try_from(&mut rx_memory[..]).unwrap();
    let mut tx = SendBuf::try_from(&mut tx_memory[..]).unwrap();
    let is_after = settings & setting::AFTER_EVENT != 0;
    let mode = match is_after {
        true => EventAcknowledgement::AfterEvent,
        false => EventAcknowledgement::BeforeEvent,
    };
    let failures = Cell::new(0_u8);
    let entropy = from_fn(|out: &mut [u8]| -> Result<(), EntropyError> {
        if failures.get() > 0 {
            failures.set(failures.get() - 1);
            return Err(EntropyError);
        }
        nonce(out)
    });
    let config = Config::socket_mode().acknowledge_events(mode);
    let client = Client::new(config, &token, Token::<64>::new(), entropy);
    let mut client = client.expect("usable settings");
    let mut world = World::new(script);
    world.sends_envelopes = true;
    let mut watch = Watch::new(rx_size);
    let mut plans = VecDeque::new();
    let mut deferred: VecDeque<DeferredEnvelope> = VecDeque::new();
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
            Output::Connect { until, .. } => {
                watch.busy();
                assert_eq!(world.side, Side::None, "two links at once");
                assert!(until.as_millis() <= world.now + HOUR);
                let side = match client.state() {
                    State::Connecting => Side::Socket,
                    _ => Side::Api,
                };
                watch.begin_link();
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
                watch.check_sent(world.side, &token);
                world.link_down();
                client.disconnected(slack_rtm::DisconnectReason::Closed);
            }
            Output::Event(event) => {
                watch.busy();
                let Some(envelope) = event.envelope() else {
                    continue;
                };
                let id = envelope.id().unwrap_or_default().to_owned();
                let accepts = envelope.accepts_response();
                let is_event = envelope.kind() == EnvelopeKind::EventsApi;
                *watch.lent.entry(id.clone()).or_default() += 1;
                let is_left_to_program = accepts || is_event && is_after;
                if !is_left_to_program && id.len() <= LONGEST_ID {
                    watch.check_sent(world.side, &token);
                    assert!(
                        watch.acknowledged.get(&id) >= watch.lent.get(&id),
                        "{id} was lent before it was acknowledged"
                    );
                }
                let Some(plan) = plans.pop_front() else {
                    continue;
                };
                let text: &[u8] = match plan {
                    Plan::Hold(span) => {
                        world.now += span;
                        continue;
                    }
                    Plan::Defer => {
                        match client.defer(&rx) {
                            Ok(envelope) => deferred.push_back(envelope),
                            Err(
                                AcknowledgeError::TooManyDeferred
                                | AcknowledgeError::LongId
                                | AcknowledgeError::SocketEnded,
                            ) => {}
                            Err(AcknowledgeError::NotAccepted) => assert!(!accepts),
                            Err(error) => panic!("defer: {error:?}"),
                        }
                        continue;
                    }
                    Plan::Abandon => &[b'x'; 2000],
                    Plan::Respond(text) => text,
                };
                let mut has_begun = false;
                loop {
                    let result = client.acknowledge(&rx, &mut tx, &|json| respond(json, text));
                    match result {
                        Ok(Sent::Whole) => break,
                        Ok(Sent::Partly) if matches!(plan, Plan::Abandon) => break,
                        Ok(progress) => has_begun |= progress == Sent::Partly,
                        Err(AcknowledgeError::Entropy(_)) => assert!(watch.may_lack_entropy),
                        Err(AcknowledgeError::NotAccepted) => {
                            assert!(!accepts);
                            break;
                        }
                        Err(AcknowledgeError::SocketEnded) => break,
                        Err(error) => panic!("acknowledge: {error:?}, begun: {has_begun}"),
                    }
                    if world.side == Side::None {
                        break;
                    }
                    watch.sent.extend_from_slice(tx.pending());
                    tx.sent(tx.pending().len());
                }
            }
            Output::Closed(_) => {
                assert_eq!(world.side, Side::None, "a link is left");
                for _ in 0..3 {
                    let later = Instant::from_millis(world.now + HOUR);
                    let again = client.poll(&mut rx, &mut tx, later);
                    assert!(
                        matches!(again, Ok(Output::Closed(_))),
                        "closed, and it goes on"
                    );
                }
                assert!(tx.is_empty());
                assert!(
                    !format!("{client:?}").contains(&token),
                    "the token is shown"
                );
                return;
            }
            Output::Wait {
                until, can_read, ..
            } => {
                let until = until.as_millis();
                let linked = world.side != Side::None;
                assert!(until <= world.now + HOUR || !linked, "{until} is far");
                let room = rx.space().len();
                assert_eq!(can_read, room > 0, "room to read");
                let has_bytes = !tx.pending().is_empty();
                assert!(
                    !linked || room > 0 || has_bytes,
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
                    watch.check_sent(world.side, &token);
                }
                watch.budget = rx_size + 512;
                if moved {
                    watch.spins = 0;
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
                let act = if !world.script.is_over() {
                    world.step()
                } else {
                    // The world becomes a good one, time passes, then it is over.
                    (world.writes, world.failures) = (usize::MAX, 0);
                    after += 1;
                    assert!(after < 400, "no end after close: {client:?}");
                    if after == 12 {
                        client.close();
                    } else if !moved {
                        world.now = world.now.max(until.min(world.now + HOUR));
                    }
                    Act::Nothing
                };
                watch.may_lack_entropy |= world.failures > 0;
                failures.set(world.failures);
                match act {
                    Act::Nothing => {}
                    Act::DisconnectReason(end) if world.side == Side::None => {
                        watch.refusal = Some(end);
                    }
                    Act::DisconnectReason(end) => {
                        watch.check_sent(world.side, &token);
                        world.link_down();
                        client.disconnected(end);
                    }
                    Act::Message(text) => plans.push_back(Plan::Respond(text)),
                    Act::Command(number) => match number % 8 {
                        0..=2 => plans.push_back(Plan::Defer),
                        3 => plans.push_back(Plan::Abandon),
                        4 => plans.push_back(Plan::Hold(u64::from(number) * 100)),
                        _ => {
                            if let Some(envelope) = deferred.pop_front() {
                                let text = &data[..data.len().min(usize::from(number))];
                                let result =
                                    client.acknowledge_deferred(envelope, &mut tx, &|json| {
                                        respond(json, text);
                                    });
                                match result {
                                    // The next poll ends the link.
                                    Ok(_) => {}
                                    Err(AcknowledgeError::Busy) => deferred.push_back(envelope),
                                    Err(
                                        AcknowledgeError::SocketEnded | AcknowledgeError::TooLate,
                                    ) => {}
                                    Err(AcknowledgeError::Entropy(_)) => {
                                        assert!(watch.may_lack_entropy);
                                    }
                                    Err(error) => panic!("deferred: {error:?}"),
                                }
                            }
                        }
                    },
                    Act::Caller(0..=7) => client.close(),
                    Act::Caller(8..=15) => client.set_token(&token).expect("it fits"),
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

fn respond(json: &mut Writer<'_>, text: &[u8]) {
    json.begin_object();
    json.name("text").text(&String::from_utf8_lossy(text));
    json.end_object();
}

/// The data that the invariants are checked with.
struct Watch {
    /// Outputs that may come before the next wait.
    budget: usize,
    spins: u8,
    may_lack_entropy: bool,
    misused: bool,
    /// The next link cannot be had.
    refusal: Option<slack_rtm::DisconnectReason>,
    /// The bytes that were sent over this link and are not checked, and whether the request and a
    /// close frame are among those before.
    sent: Vec<u8>,
    has_request: bool,
    has_closed: bool,
    /// Envelopes of this link that were lent, and acknowledgements, by id.
    lent: BTreeMap<String, u32>,
    acknowledged: BTreeMap<String, u32>,
}

impl Watch {
    fn new(rx_size: usize) -> Self {
        Self {
            budget: rx_size + 512,
            spins: 0,
            may_lack_entropy: false,
            misused: false,
            refusal: None,
            sent: Vec::new(),
            has_request: false,
            has_closed: false,
            lent: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
        }
    }

    /// An output that is no wait.
    fn busy(&mut self) {
        self.spins = 0;
        self.budget = self.budget.checked_sub(1).expect("outputs without end");
    }

    fn begin_link(&mut self) {
        self.sent.clear();
        (self.has_request, self.has_closed) = (false, false);
        self.lent.clear();
        self.acknowledged.clear();
    }

    /// Checks that the bytes sent are allowed on such a link. Only the last unit may be cut.
    fn check_sent(&mut self, side: Side, token: &str) {
        if !self.has_request {
            let end = self
                .sent
                .windows(4)
                .position(|window| window == b"\r\n\r\n");
            let Some(end) = end else { return };
            let head: Vec<u8> = self.sent.drain(..end + 4).collect();
            let head = String::from_utf8(head).expect("ASCII");
            let start = match side {
                Side::Api => "POST /api/apps.connections.open HTTP/1.1\r\n",
                _ => "GET /",
            };
            assert!(head.starts_with(start), "{head}");
            assert_eq!(head.contains(token), side == Side::Api, "{head}");
            self.has_request = true;
        }
        if side != Side::Socket {
            assert!(self.sent.is_empty(), "more than a request");
            return;
        }
        while let [first, second, after @ ..] = &self.sent[..] {
            assert!(!self.has_closed, "a frame after a close frame");
            assert_eq!(second & 0x80, 0x80, "not masked");
            assert!([0x81, 0x88, 0x89, 0x8A].contains(first), "{first:#x}");
            let (length, after) = match (second & 0x7F, after) {
                (126, [high, low, after @ ..]) => {
                    (usize::from(*high) << 8 | usize::from(*low), after)
                }
                (126 | 127, _) => return,
                (length, after) => (usize::from(length), after),
            };
            let Some((key, after)) = after.split_at_checked(4) else {
                return;
            };
            let Some((payload, rest)) = after.split_at_checked(length) else {
                return;
            };
            let masked = payload.iter().zip(key.iter().cycle());
            let payload: Vec<u8> = masked.map(|(a, b)| a ^ b).collect();
            self.has_closed = *first == 0x88;
            if *first == 0x81 {
                let value: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
                let id = value["envelope_id"].as_str().expect("an id").to_owned();
                let lent = self.lent.get(&id).copied().unwrap_or_default();
                let count = self.acknowledged.entry(id).or_default();
                *count += 1;
                assert!(*count <= lent + 1, "{value} again");
            }
            let left = rest.len();
            self.sent.drain(..self.sent.len() - left);
        }
    }
}
