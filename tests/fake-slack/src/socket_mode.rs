//! Socket Mode: the sockets of the app, the spread of payloads over them, deadlines and redeliveries.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::acknowledgements::{Acknowledgement, Loss, LossReason, Redelivery};
use crate::envelopes::{self, Delivery, DisconnectReason, MemberOrder};
use crate::log::{Log, What};
use crate::script::Step;
use crate::workspace::Outgoing;

/// The most sockets of an app. One more is sent `disconnect` instead of `hello`.
pub(crate) const MAX_SOCKETS: usize = 10;

/// The numbers of ghosts that never were connections begin here.
const FIRST_GHOST: u64 = 1 << 63;

/// The settings.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) app_token: String,
    pub(crate) order: MemberOrder,
    /// The life of a socket, and that of one with `debug_reconnects`.
    pub(crate) life: Duration,
    pub(crate) debug_life: Duration,
    /// From `warning` to `refresh_requested`.
    pub(crate) warning_ahead: Duration,
    /// From `refresh_requested` to the close frame.
    pub(crate) close_after_disconnect: Duration,
    pub(crate) ghost_life: Duration,
    pub(crate) acknowledge_within: Duration,
    /// The times from a failed delivery to the next one.
    pub(crate) redeliver_after: Vec<Duration>,
    /// The types of events that the app is subscribed to; without, all.
    pub(crate) subscriptions: Option<Vec<String>>,
}

impl Rules {
    pub(crate) fn new() -> Self {
        Self {
            app_token: crate::APP_TOKEN.into(),
            order: MemberOrder::default(),
            life: Duration::from_secs(18_060),
            debug_life: Duration::from_secs(360),
            warning_ahead: Duration::from_secs(10),
            close_after_disconnect: Duration::from_secs(10),
            ghost_life: Duration::ZERO,
            acknowledge_within: Duration::from_secs(3),
            redeliver_after: vec![
                Duration::from_millis(100),
                Duration::from_secs(60),
                Duration::from_secs(300),
            ],
            subscriptions: None,
        }
    }
}

/// The app's side of the server.
pub(crate) struct SocketMode {
    rules: Rules,
    log: Arc<Log>,
    state: Mutex<State>,
    changed: Condvar,
    random: RandomState,
}

#[derive(Default)]
struct State {
    /// The tickets of URLs, and when each expires.
    tickets: HashMap<String, Instant>,
    sockets: BTreeMap<u64, Socket>,
    /// The number of the socket that had the last payload.
    last: u64,
    ghosts: u64,
    /// Every envelope that was sent, by its id.
    envelopes: HashMap<String, Envelope>,
    redeliveries: Vec<Due>,
    /// What is to be logged once no lock is held.
    entries: Vec<(u64, What)>,
    /// Whether a ghost was forgotten, which those who wait have not seen.
    is_changed: bool,
    drawn: u64,
    /// Whether the app has ever opened a socket. Before, nothing is delivered.
    is_used: bool,
    is_stopped: bool,
}

struct Socket {
    /// `None` if it is a ghost.
    queue: Option<Sender<Outgoing>>,
    /// When it is warned, when it is asked to be replaced, and when it is forgotten.
    warned_at: Option<Instant>,
    refreshed_at: Option<Instant>,
    forgotten_at: Option<Instant>,
    /// It was asked to be replaced: others are preferred.
    is_leaving: bool,
}

/// Whether an envelope was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Awaited,
    Acknowledged,
    TooLate,
}

/// An envelope that was sent.
#[derive(Clone)]
pub(crate) struct Envelope {
    pub(crate) delivery: Arc<Delivery>,
    /// The number of its socket; 0 if there was none.
    pub(crate) socket: u64,
    pub(crate) sent_at: Instant,
    pub(crate) attempt: u32,
    pub(crate) fate: Fate,
    deadline: Instant,
    loss: LossReason,
}

/// A redelivery.
struct Due {
    at: Instant,
    attempt: u32,
    delivery: Arc<Delivery>,
}

impl SocketMode {
    pub(crate) fn new(rules: Rules, log: Arc<Log>) -> Self {
        Self {
            rules,
            log,
            state: Mutex::default(),
            changed: Condvar::new(),
            random: RandomState::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many hexadecimal digits that nobody can guess.
    fn hex(&self, state: &mut State, digits: usize) -> String {
        let mut hex = String::new();
        while hex.len() < digits {
            state.drawn += 1;
            hex += &format!("{:016x}", self.random.hash_one(state.drawn));
        }
        hex.truncate(digits);
        hex
    }

    fn uuid(&self, state: &mut State) -> String {
        let hex = self.hex(state, 30);
        let (a, b, c) = (&hex[..8], &hex[8..12], &hex[12..15]);
        format!("{a}-{b}-4{c}-8{}-{}", &hex[15..18], &hex[18..30])
    }

    /// The query of a new URL, which is valid so long.
    pub(crate) fn give_ticket(&self, life: Duration) -> String {
        let mut state = self.lock();
        let now = Instant::now();
        state.tickets.retain(|_, until| *until > now);
        let ticket = self.uuid(&mut state);
        let app_id = self.hex(&mut state, 64);
        state.tickets.insert(ticket.clone(), now + life);
        format!("ticket={ticket}&app_id={app_id}")
    }

    /// Takes the ticket in this query, once and in time.
    pub(crate) fn take_ticket(&self, query: &str) -> bool {
        let ticket = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("ticket="))
            .unwrap_or_default();
        let until = self.lock().tickets.remove(ticket);
        until.is_some_and(|until| until > Instant::now())
    }

    pub(crate) fn expire_tickets(&self) {
        self.lock().tickets.clear();
    }

    /// Registers a socket and sends `hello`. With too many sockets it sends `disconnect` instead.
    pub(crate) fn open(&self, number: u64, query: &str, queue: Sender<Outgoing>) {
        let mut state = self.lock();
        state.is_used = true;
        let connections = state.sockets.len() + 1;
        if connections > MAX_SOCKETS {
            let reason = DisconnectReason::TooManyWebsockets.as_str();
            let frame = envelopes::disconnect(reason, state.sockets.len());
            let _ = queue.send(Outgoing::Disconnect(frame, Duration::ZERO));
            return;
        }
        let is_debug = query.split('&').any(|pair| pair == "debug_reconnects=true");
        let life = match is_debug {
            true => self.rules.debug_life,
            false => self.rules.life,
        };
        let hello = envelopes::hello(connections, life.as_secs());
        let _ = queue.send(Outgoing::Text(Step::Hello, hello));
        let now = Instant::now();
        let warned_after = life.saturating_sub(self.rules.warning_ahead);
        let socket = Socket {
            queue: Some(queue),
            warned_at: Some(now + warned_after),
            refreshed_at: Some(now + life),
            forgotten_at: None,
            is_leaving: false,
        };
        state.sockets.insert(number, socket);
        drop(state);
        self.changed.notify_all();
    }

    /// A close frame was sent or received.
    pub(crate) fn close(&self, number: u64) {
        self.lock().sockets.remove(&number);
        self.log.look_again();
    }

    /// The TCP connection ended. Without a close frame the socket becomes a ghost.
    pub(crate) fn end(&self, number: u64) {
        let mut state = self.lock();
        let life = self.rules.ghost_life;
        let Some(socket) = state.sockets.get_mut(&number) else {
            return;
        };
        if life.is_zero() {
            state.sockets.remove(&number);
        } else if socket.queue.is_some() {
            *socket = Socket::ghost(life);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Registers sockets that nobody reads from, for so long.
    pub(crate) fn add_ghosts(&self, count: usize, life: Duration) {
        let mut state = self.lock();
        for _ in 0..count {
            state.ghosts += 1;
            let number = FIRST_GHOST + state.ghosts;
            state.sockets.insert(number, Socket::ghost(life));
        }
        drop(state);
        self.changed.notify_all();
    }

    /// How many sockets are registered, ghosts included.
    pub(crate) fn sockets(&self) -> usize {
        self.lock().sockets.len()
    }

    /// Sends a text frame over the socket whose turn it is; false if there is none, or if it is a ghost.
    pub(crate) fn push(&self, text: &str) -> bool {
        let mut state = self.lock();
        let Some(number) = state.next_socket() else {
            return false;
        };
        state.send(number, Outgoing::Text(Step::Frame, text.into()))
    }

    /// Sends `disconnect` to every socket, and closes it then or later.
    pub(crate) fn disconnect(&self, reason: DisconnectReason) {
        let mut state = self.lock();
        let connections = state.sockets.len();
        let frame = envelopes::disconnect(reason.as_str(), connections);
        let now = Instant::now();
        for socket in state.sockets.values_mut() {
            let Some(queue) = &socket.queue else { continue };
            let outgoing = match reason {
                DisconnectReason::Warning => {
                    socket.warned_at = None;
                    socket.refreshed_at = Some(now + self.rules.warning_ahead);
                    Outgoing::Text(Step::Frame, frame.clone())
                }
                DisconnectReason::RefreshRequested => {
                    Outgoing::Disconnect(frame.clone(), self.rules.close_after_disconnect)
                }
                _ => Outgoing::Disconnect(frame.clone(), Duration::ZERO),
            };
            if reason != DisconnectReason::Warning {
                (socket.warned_at, socket.refreshed_at) = (None, None);
            }
            socket.is_leaving = true;
            let _ = queue.send(outgoing);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Delivers an event that a socket of RTM would have, as far as the app is subscribed to it.
    pub(crate) fn event(&self, text: &str) {
        if !self.lock().is_used {
            return;
        }
        let Ok(event) = serde_json::from_str(text) else {
            return;
        };
        let mention = envelopes::app_mention(&event);
        if let Some(event) = envelopes::of_events_api(event) {
            let kind = event["type"].as_str().unwrap_or_default();
            if self.is_subscribed(kind) {
                self.deliver_event(&event.to_string());
            }
        }
        if let Some(mention) = mention.filter(|_| self.is_subscribed("app_mention")) {
            self.deliver_event(&mention);
        }
    }

    fn is_subscribed(&self, kind: &str) -> bool {
        let subscriptions = self.rules.subscriptions.as_ref();
        subscriptions.is_none_or(|kinds| kinds.iter().any(|known| known == kind))
    }

    /// Delivers an event, which is JSON, and returns its `event_id`.
    pub(crate) fn deliver_event(&self, event: &str) -> String {
        let event_id = format!("Ev{}", self.hex(&mut self.lock(), 9).to_uppercase());
        self.deliver(Delivery {
            kind: "events_api".into(),
            payload: envelopes::event_callback(event, &event_id, unix_time()),
            accepts_response_payload: false,
            event_id: event_id.clone(),
        });
        event_id
    }

    /// Delivers a payload over the socket whose turn it is, and returns the id of the envelope.
    pub(crate) fn deliver(&self, delivery: Delivery) -> String {
        let mut state = self.lock();
        let id = self.send(&mut state, Arc::new(delivery), 0);
        drop(state);
        self.changed.notify_all();
        id
    }

    fn send(&self, state: &mut State, delivery: Arc<Delivery>, attempt: u32) -> String {
        let id = self.uuid(state);
        let now = Instant::now();
        let frame = delivery.envelope(self.rules.order, &id, attempt);
        let (socket, deadline, loss) = match state.next_socket() {
            None => (0, now, LossReason::NoSocket),
            Some(number) => {
                let is_sent = state.send(number, Outgoing::Text(Step::Frame, frame));
                let loss = match is_sent {
                    true => LossReason::Unacknowledged,
                    false => LossReason::Ghost,
                };
                (number, now + self.rules.acknowledge_within, loss)
            }
        };
        if attempt > 0 {
            let redelivery = Redelivery {
                envelope_id: id.clone(),
                event_id: delivery.event_id.clone(),
                attempt,
            };
            let entry = What::Redelivered(redelivery);
            state.entries.push((log_number(socket), entry));
        }
        let envelope = Envelope {
            delivery,
            socket,
            sent_at: now,
            attempt,
            fate: Fate::Awaited,
            deadline,
            loss,
        };
        state.envelopes.insert(id.clone(), envelope);
        id
    }

    /// The envelope with this id as it was before the acknowledgement over this socket, which counts if it is awaited.
    pub(crate) fn acknowledge(&self, number: u64, id: &str) -> Option<Envelope> {
        let mut state = self.lock();
        let envelope = state.envelopes.get_mut(id)?;
        if envelope.fate == Fate::Awaited && Instant::now() > envelope.deadline {
            // The timekeeper has not come to it yet.
            return Some(Envelope {
                fate: Fate::TooLate,
                ..envelope.clone()
            });
        }
        let before = envelope.clone();
        if envelope.fate == Fate::Awaited && envelope.socket == number {
            envelope.fate = Fate::Acknowledged;
        }
        Some(before)
    }

    /// Logs an acknowledgement.
    pub(crate) fn log(&self, number: u64, acknowledgement: Acknowledgement) {
        self.log.write(number, What::Acknowledged(acknowledgement));
    }

    /// Does what is due until the server stops.
    pub(crate) fn keep_time(&self) {
        let mut state = self.lock();
        while !state.is_stopped {
            let next = self.do_due(&mut state, Instant::now());
            let entries = std::mem::take(&mut state.entries);
            let is_changed = std::mem::take(&mut state.is_changed);
            if is_changed || !entries.is_empty() {
                // The log is never written under a lock that its readers may take.
                drop(state);
                for (number, what) in entries {
                    self.log.write(number, what);
                }
                self.log.look_again();
                state = self.lock();
                continue;
            }
            let wait = next.map_or(Duration::from_secs(3600), |next| {
                next.saturating_duration_since(Instant::now())
            });
            (state, _) = self
                .changed
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn stop(&self) {
        self.lock().is_stopped = true;
        self.changed.notify_all();
    }

    /// Does what is due, and returns when something is due again.
    fn do_due(&self, state: &mut State, now: Instant) -> Option<Instant> {
        let connections = state.sockets.len();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        state
            .sockets
            .retain(|_, socket| !is_due(socket.forgotten_at));
        state.is_changed |= connections != state.sockets.len();
        let connections = state.sockets.len();
        for socket in state.sockets.values_mut() {
            let Some(queue) = &socket.queue else { continue };
            // A warning that is late still comes first.
            if is_due(socket.warned_at) {
                socket.warned_at = None;
                socket.is_leaving = true;
                let reason = DisconnectReason::Warning.as_str();
                let frame = envelopes::disconnect(reason, connections);
                let _ = queue.send(Outgoing::Text(Step::Frame, frame));
            }
            if is_due(socket.refreshed_at) {
                socket.refreshed_at = None;
                socket.is_leaving = true;
                let reason = DisconnectReason::RefreshRequested.as_str();
                let frame = envelopes::disconnect(reason, connections);
                let after = self.rules.close_after_disconnect;
                let _ = queue.send(Outgoing::Disconnect(frame, after));
            }
        }
        self.fail_late(state, now);
        let (due, later): (Vec<Due>, Vec<Due>) = std::mem::take(&mut state.redeliveries)
            .into_iter()
            .partition(|due| due.at <= now);
        state.redeliveries = later;
        for due in due {
            self.send(state, due.delivery, due.attempt);
        }
        let of_sockets = state.sockets.values().flat_map(|socket| {
            [socket.warned_at, socket.refreshed_at, socket.forgotten_at]
                .into_iter()
                .flatten()
        });
        let of_envelopes = state
            .envelopes
            .values()
            .filter(|envelope| envelope.fate == Fate::Awaited)
            .map(|envelope| envelope.deadline);
        let of_redeliveries = state.redeliveries.iter().map(|due| due.at);
        of_sockets.chain(of_envelopes).chain(of_redeliveries).min()
    }

    /// Ends the wait for acknowledgements that are late: an event is redelivered, and everything else is lost.
    fn fail_late(&self, state: &mut State, now: Instant) {
        let State {
            envelopes,
            redeliveries,
            entries,
            ..
        } = state;
        for (id, envelope) in envelopes {
            if envelope.fate != Fate::Awaited || envelope.deadline > now {
                continue;
            }
            envelope.fate = Fate::TooLate;
            let after = self.rules.redeliver_after.get(envelope.attempt as usize);
            match after.filter(|_| envelope.delivery.is_event()) {
                Some(after) => redeliveries.push(Due {
                    at: now + *after,
                    attempt: envelope.attempt + 1,
                    delivery: envelope.delivery.clone(),
                }),
                None => {
                    let loss = Loss {
                        envelope_id: id.clone(),
                        kind: envelope.delivery.kind.clone(),
                        event_id: envelope.delivery.event_id.clone(),
                        reason: envelope.loss,
                    };
                    entries.push((log_number(envelope.socket), What::Lost(loss)));
                }
            }
        }
    }
}

impl State {
    /// The number of the socket that has the next payload. Sockets that are to be replaced have none while there are others.
    fn next_socket(&mut self) -> Option<u64> {
        let is_any_staying = self.sockets.values().any(|socket| !socket.is_leaving);
        let candidates = || {
            self.sockets
                .iter()
                .filter(|(_, socket)| !(is_any_staying && socket.is_leaving))
                .map(|(number, _)| *number)
        };
        let next = candidates().find(|number| *number > self.last);
        let next = next.or_else(|| candidates().next())?;
        self.last = next;
        Some(next)
    }

    /// Queues something for a socket; false if it is a ghost.
    fn send(&self, number: u64, outgoing: Outgoing) -> bool {
        let queue = self.sockets.get(&number).and_then(|it| it.queue.as_ref());
        queue.is_some_and(|queue| queue.send(outgoing).is_ok())
    }
}

impl Socket {
    fn ghost(life: Duration) -> Self {
        Self {
            queue: None,
            warned_at: None,
            refreshed_at: None,
            forgotten_at: Some(Instant::now() + life),
            is_leaving: false,
        }
    }
}

/// The number of the connection in the log; 0 for a ghost that never was one.
fn log_number(socket: u64) -> u64 {
    if socket >= FIRST_GHOST { 0 } else { socket }
}

/// Seconds since 1970.
pub(crate) fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
