//! One life of a client in Socket Mode, and what must have held in it.

use crate::app::{App, Kind};
use crate::calls::Source;
use crate::random::Random;
use crate::server::{Connection, Ended, Fault};
use crate::wire;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::json::Writer;
use slack_rtm::socket_mode::SocketEnd;
use slack_rtm::socket_mode::acknowledgement;
use slack_rtm::time::Instant;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Client, Config, DeferredEnvelope, DisconnectReason, Event,
    EventAcknowledgement, Output, PollError, ReconnectReason, SocketMode, State, Token,
};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// No time may pass without a session or a scheduled try for longer than this.
const LONGEST_GAP_MS: u64 = 90_000;
/// After the faults end, everything must heal within this time. Socket Mode that was switched off is
/// tried again after an hour.
const QUIET_MS: u64 = 3 * 3_600_000;
/// The deliveries that a client remembers.
const REMEMBERED: usize = 16;
/// The longest time from the report of an announced end to the close frame.
const PROMPT_MS: u64 = 50;

/// What a life in Socket Mode had, and what went wrong in it.
#[derive(Debug, Default)]
pub struct SocketModeLife {
    /// Sessions that began with hello.
    pub sessions: u64,
    /// Times at which a session or an attempt failed.
    pub failures: u64,
    /// Announced ends of sockets.
    pub ends: u64,
    /// Events of the workspace.
    pub events: u64,
    /// Commands, interactions and envelopes of unknown kinds.
    pub commands: u64,
    /// Deliveries of events that were repeated.
    pub repeated: u64,
    /// Events that Slack gave up: no client acknowledged one of the four deliveries in time.
    pub given_up: u64,
    /// Envelopes that the client acknowledged in time.
    pub acknowledged: u64,
    /// Envelopes that the client acknowledged too late.
    pub late: u64,
    /// Commands, interactions and envelopes of unknown kinds whose socket ended before they were
    /// acknowledged, or that went to a ghost.
    pub lost: u64,
    /// Payloads that another instance of the app received.
    pub elsewhere: u64,
    /// Events that were lent with a mark, since they had been lent before.
    pub marked: u64,
    /// Responses that were sent whole.
    pub responses: u64,
    /// Responses to deferred envelopes that were refused, since 2.5 s had passed.
    pub too_late: u64,
    /// What must not happen, with its time.
    pub broken: Vec<String>,
    /// What happened, line by line.
    pub transcript: Vec<String>,
}

/// The link, from the client's side.
struct Link {
    connection: Connection,
    /// When bytes to the client move next.
    next_at: u64,
    /// When the link takes bytes of the client next.
    takes_at: u64,
    /// The link takes a few bytes at a time.
    is_slow: bool,
    latency: u64,
}

/// An envelope whose acknowledgement the program has deferred.
struct Deferral {
    envelope: DeferredEnvelope,
    id: String,
    lent_at: u64,
    respond_at: u64,
    socket: u32,
}

/// The members of an event that the program uses.
struct Seen {
    id: String,
    accepts: bool,
    retry_attempt: u8,
    is_repeated: bool,
}

struct Device<'m> {
    client: Client<'m, Source, Token<32>, SocketMode>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    random: Random,
    app: App,
    link: Option<Link>,
    now: u64,
    mode: EventAcknowledgement,
    /// Draws that are to fail.
    failures: Rc<Cell<u32>>,
    fails: bool,
    is_faulty: bool,
    deferred: Vec<Deferral>,
    /// The events that were lent without a mark, as the client remembers them.
    remembered: VecDeque<[String; 3]>,
    /// When the program saw that Slack ends the socket, and how long it was held up until then.
    end_seen: Option<(u64, u64)>,
    /// The last time of a session, or that of the next attempt.
    alive_at: u64,
    keeps_transcript: bool,
    life: SocketModeLife,
}

impl Device<'_> {
    fn say(&mut self, line: &str) {
        if self.keeps_transcript {
            self.life.transcript.push(format!("@ {} {line}", self.now));
        }
    }

    fn broke(&mut self, what: &str) {
        let now = self.now;
        self.say(&format!("! broken: {what}"));
        self.app.broke(now, what);
    }

    /// Time passes in which the client cannot act.
    fn hold(&mut self, span: u64) {
        self.now += span;
        self.alive_at += span;
        self.app.blocked += span;
    }

    /// Time passes until `at`.
    fn advance(&mut self, at: u64) {
        let span = at.saturating_sub(self.now);
        self.now += span;
        // A link that takes no bytes holds the client up.
        if !self.tx.is_empty() {
            self.app.blocked += span;
        }
    }

    /// Moves bytes to the server. Returns whether some were taken.
    fn flush(&mut self) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        let pending = self.tx.pending().len();
        if link.connection.is_deaf() || self.now < link.takes_at || pending == 0 {
            return false;
        }
        let count = match link.is_slow {
            true => pending.min(self.random.between(1, 90) as usize),
            false => pending,
        };
        if link.is_slow {
            link.takes_at = self.now + self.random.between(0, 40);
        }
        let had_bytes = link.connection.has_bytes();
        let bytes = self.tx.pending()[..count].to_vec();
        self.tx.sent(count);
        link.connection.receive(&bytes, self.now, &mut self.app);
        if !had_bytes {
            link.next_at = self.now + link.latency;
        }
        true
    }

    /// Moves bytes to the client. Returns whether there were any, or the link has ended.
    fn deliver(&mut self) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        if self.now < link.next_at {
            return false;
        }
        let space = self.rx.space().len();
        let mut has_moved = false;
        if link.connection.has_bytes() && space > 0 {
            let bytes = link.connection.take(space, &mut self.random);
            self.rx.space()[..bytes.len()].copy_from_slice(&bytes);
            self.rx.filled(bytes.len());
            link.next_at = self.now + self.random.between(0, 20);
            if link.connection.stalls() {
                link.next_at = self.now + self.random.between(1000, 60_000);
            }
            self.app.delivered(&link.connection, self.now);
            has_moved = true;
        }
        if !link.connection.has_bytes() && link.connection.has_ended() {
            self.end_link();
            return true;
        }
        has_moved
    }

    /// The server has ended the link.
    fn end_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        self.app.lose(&link.connection, self.now);
        let reason = match link.connection.ended {
            Some(Ended::Closed) => DisconnectReason::Closed,
            _ => DisconnectReason::Reset,
        };
        self.say(&format!("! disconnected {reason:?}"));
        self.end_seen = None;
        self.client.disconnected(reason);
    }

    /// The client leaves the link.
    fn leave_link(&mut self) {
        let link = self.link.take();
        let link = link.expect("there is a link to leave");
        let is_left = link.connection.is_left || link.connection.ended.is_some();
        let is_stuck = link.connection.is_deaf() || !self.tx.is_empty();
        if self.end_seen.take().is_some() && !is_left && !is_stuck {
            self.broke("an announced end, and no close frame");
        }
        self.app.lose(&link.connection, self.now);
        self.client.disconnected(DisconnectReason::Closed);
    }

    fn connect(&mut self, is_call: bool, until: u64) {
        if self.is_faulty && self.random.chance(15) {
            let reason = wire::refusal(&mut self.random);
            self.now = match reason {
                DisconnectReason::TimedOut => until.max(self.now),
                _ => self.now + self.random.between(1, 500),
            };
            self.say(&format!("! disconnected {reason:?}"));
            self.client.disconnected(reason);
            return;
        }
        let fault = match (self.is_faulty, is_call) {
            (false, _) => Fault::None,
            (true, true) => wire::call_fault(&mut self.random),
            (true, false) => socket_fault(&mut self.random),
        };
        self.now += self.random.between(5, 400);
        self.say(&format!("! connected, fault {fault:?}"));
        let latency = self.random.between(1, 300);
        self.link = Some(Link {
            connection: Connection::new(fault),
            next_at: self.now + latency,
            takes_at: self.now,
            is_slow: self.random.chance(20),
            latency,
        });
        self.client.connected();
    }

    /// An event in an envelope was lent: checks it, and handles it.
    fn handle(&mut self, seen: Seen) {
        let Some(sent) = self.app.envelopes.get_mut(&seen.id) else {
            return self.broke(&format!("an envelope that nobody sent: {}", seen.id));
        };
        sent.lent += 1;
        let (kind, lent, is_acknowledged) = (sent.kind, sent.lent, sent.is_acknowledged);
        let is_same = sent.accepts == seen.accepts && sent.retry_attempt == seen.retry_attempt;
        if lent > 1 || !is_same {
            self.broke(&format!("{} was lent wrongly, or {lent} times", seen.id));
        }
        let is_event = matches!(kind, Kind::Event(_));
        let is_before = self.mode == EventAcknowledgement::BeforeEvent || !is_event;
        if is_before && !seen.accepts {
            // The server drops bytes of a link that it has ended.
            let has_ended = self.link.as_ref();
            let has_ended = has_ended.is_none_or(|link| link.connection.ended.is_some());
            if !is_acknowledged && !has_ended {
                self.broke(&format!("{} was lent before it was acknowledged", seen.id));
            }
        } else if is_acknowledged {
            self.broke(&format!("{} was acknowledged before it was lent", seen.id));
        }
        if let Kind::Event(number) = kind {
            self.check_mark(number, seen.is_repeated);
        }
        let lent_at = self.now;
        if self.random.chance(30) {
            let span = *self.random.choose(&[1, 100, 1_900, 4_000, 10_000]);
            let span = self.random.between(0, span);
            self.say(&format!("! the handler takes {span} ms"));
            self.hold(span);
        }
        let error = match (seen.accepts, self.random.between(0, 9)) {
            (false, 0) => self
                .client
                .acknowledge(&self.rx, &mut self.tx, &empty)
                .err(),
            (false, 1) => self.client.defer(&self.rx).err(),
            (false, _) => return,
            (true, 0..=1) => return,
            (true, 2..=5) => {
                let size = self.size();
                return self.respond(None, &seen.id, size);
            }
            (true, _) => return self.defer(seen.id, lent_at),
        };
        if error != Some(AcknowledgeError::NotAccepted) {
            self.broke(&format!("a response is refused by {error:?}"));
        }
    }

    /// Checks that an event is marked if it was lent before, and only then.
    fn check_mark(&mut self, number: usize, is_marked: bool) {
        let names = self.app.names(number).clone();
        let is_reaction = |names: &[String; 3]| names[1].is_empty();
        let names = match self.app.is_message(number) {
            true => names,
            false => [names[0].clone(), String::new(), String::new()],
        };
        let is_known = self
            .remembered
            .iter()
            .any(|known| known[0] == names[0] || (!is_reaction(known) && known[1..] == names[1..]));
        if is_known != is_marked {
            self.broke(&format!(
                "{names:?} is marked: {is_marked}, lent before: {is_known}"
            ));
        }
        if is_known {
            self.life.marked += 1;
        } else {
            self.remembered.push_back(names);
            if self.remembered.len() > REMEMBERED {
                self.remembered.pop_front();
            }
        }
    }

    /// The length of a response.
    fn size(&mut self) -> usize {
        match self.random.between(0, 19) {
            0 => 20_000,
            1 => 20_400,
            2 => 30_000,
            3..=5 => self.random.between(200, 2_000) as usize,
            _ => self.random.between(0, 100) as usize,
        }
    }

    fn defer(&mut self, id: String, lent_at: u64) {
        let is_open = |deferral: &&Deferral| !self.app.envelopes[&deferral.id].is_acknowledged;
        let is_full = self.deferred.iter().filter(is_open).count() >= 4;
        match self.client.defer(&self.rx) {
            Ok(envelope) => {
                self.say(&format!("! deferred {id}"));
                let socket = self.link.as_ref().map_or(0, |link| link.connection.number);
                let sent = self.app.envelopes.get_mut(&id).expect("it was sent");
                sent.is_deferred = true;
                let span = match self.random.chance(20) {
                    true => u64::MAX / 2,
                    false => self.random.between(0, 3_500),
                };
                self.deferred.push(Deferral {
                    envelope,
                    id,
                    lent_at,
                    respond_at: self.now + span,
                    socket,
                });
            }
            Err(AcknowledgeError::TooManyDeferred) if is_full => {}
            Err(AcknowledgeError::SocketEnded) if self.has_ended() => {}
            Err(error) => self.broke(&format!("{id} is not deferred: {error:?}")),
        }
    }

    /// Whether the client may know that its socket has ended or is closing.
    fn has_ended(&self) -> bool {
        self.link.is_none() || self.client.state() != State::Open
    }

    /// Responds to the deferred envelopes for which it is time.
    fn respond_deferred(&mut self) {
        while let Some(at) = self
            .deferred
            .iter()
            .position(|one| one.respond_at <= self.now)
        {
            let deferral = self.deferred.remove(at);
            let (id, size) = (deferral.id.clone(), self.size());
            self.respond(Some(deferral), &id, size);
        }
    }

    /// Sends a response whole, unless the link ends or the program gives up.
    fn respond(&mut self, deferral: Option<Deferral>, id: &str, size: usize) {
        let text = "r".repeat(size);
        let response = |json: &mut Writer<'_>| {
            json.begin_object();
            json.name("text").text(&text);
            json.end_object();
        };
        let gives_up_at = self.now + 8_000;
        let mut has_begun = false;
        loop {
            let (rx, tx) = (&self.rx, &mut self.tx);
            let result = match &deferral {
                None => self.client.acknowledge(rx, tx, &response),
                Some(deferral) => {
                    let envelope = deferral.envelope;
                    self.client.acknowledge_deferred(envelope, tx, &response)
                }
            };
            match result {
                Ok(Sent::Whole) => {
                    self.say(&format!("! responded to {id} with {size} bytes"));
                    self.life.responses += 1;
                    return;
                }
                Ok(progress) => has_begun |= progress == Sent::Partly,
                Err(AcknowledgeError::Entropy(_)) if self.fails => self.hold(1),
                Err(error) => return self.refused(deferral, id, size, has_begun, error),
            }
            let is_slow = self.random.chance(2) || gives_up_at <= self.now;
            if is_slow {
                self.say(&format!("! gave {id} up, begun: {has_begun}"));
                let sent = self.app.envelopes.get_mut(id).expect("it was sent");
                sent.is_abandoned |= has_begun;
                return;
            }
            if !self.flush() {
                self.hold(10);
            }
            // The loop of the response drives the send side alone, and notices a link that is reset.
            let is_reset = |link: &Link| link.connection.ended == Some(Ended::Reset);
            if self.link.as_ref().is_some_and(is_reset) {
                self.end_link();
            }
        }
    }

    /// Checks the reason for which a response was refused.
    fn refused(
        &mut self,
        deferral: Option<Deferral>,
        id: &str,
        size: usize,
        has_begun: bool,
        error: AcknowledgeError,
    ) {
        self.say(&format!("! response to {id}, {size} bytes: {error:?}"));
        let socket = self.link.as_ref().map_or(0, |link| link.connection.number);
        let is_expected = match (error, &deferral) {
            (AcknowledgeError::TooLong(error), _) => {
                error.length > acknowledgement::LONGEST && size > 20_000 && !has_begun
            }
            (AcknowledgeError::Busy, Some(_)) => !has_begun,
            (AcknowledgeError::SocketEnded, None) => self.has_ended(),
            (AcknowledgeError::SocketEnded, Some(deferral)) => {
                self.has_ended() || deferral.socket != socket
            }
            (AcknowledgeError::TooLate, Some(deferral)) => {
                self.life.too_late += 1;
                self.now >= deferral.lent_at + 2_500 || self.end_seen.is_some()
            }
            _ => false,
        };
        if !is_expected {
            self.broke(&format!("the response to {id} is refused: {error:?}"));
        }
        if let Some(mut deferral) = deferral {
            deferral.respond_at = match error {
                // It is acknowledged without a response, in time.
                AcknowledgeError::TooLong(_) => u64::MAX,
                // The next poll continues the acknowledgement of another envelope.
                AcknowledgeError::Busy => self.now + 1,
                _ => return,
            };
            self.deferred.push(deferral);
        }
    }

    /// Checks what holds whenever the client waits.
    fn check_wait(&mut self, until: u64, can_read: bool) {
        let has_room = !self.rx.space().is_empty();
        if can_read != has_room {
            self.broke(&format!("can_read is {can_read}, not {has_room}"));
        }
        if self.link.is_some() && !can_read && self.tx.is_empty() {
            self.broke("neither room to read nor bytes to write");
        }
        if until > self.now.max(self.alive_at) + LONGEST_GAP_MS {
            self.broke(&format!("it wants to sleep until {until}"));
        }
        if self.now > self.alive_at + LONGEST_GAP_MS {
            let since = self.alive_at;
            self.broke(&format!("neither session nor try since {since}"));
        }
        let is_served = self.link.as_ref().is_some_and(|link| {
            let connection = &link.connection;
            connection.ended.is_none() && !connection.is_left && !connection.is_deaf()
        });
        if self.client.state() != State::Open || !is_served || !self.tx.is_empty() {
            return;
        }
        self.app.check_deadlines(self.now);
        if let Some((at, blocked)) = self.end_seen {
            let taken = (self.now - at) - (self.app.blocked - blocked);
            if taken > PROMPT_MS {
                self.broke(&format!("no close frame {taken} ms after an announced end"));
            }
        }
    }
}

fn empty(json: &mut Writer<'_>) {
    json.begin_object();
    json.end_object();
}

/// Draws how a connection of a socket misbehaves.
fn socket_fault(random: &mut Random) -> Fault {
    let bytes = random.between(0, 20_000) as usize;
    *random.choose(&[
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::Drip,
        Fault::ResetAfter(bytes),
        Fault::ResetAfter(bytes / 16),
        Fault::SilentAfter(bytes),
        Fault::SilentAfter(bytes / 16),
        Fault::StallAfter(bytes / 4),
        Fault::DeafAfter(bytes / 16),
        Fault::DeafAfter(bytes / 64),
        Fault::Status(408),
        Fault::Status(503),
        Fault::Expired,
        Fault::Unauthenticated,
        Fault::Empty,
        Fault::BadFrame,
    ])
}

/// Lives the life of `seed`: as long as `duration_ms` with faults, then until everything is settled.
pub fn socket_mode(
    seed: u64,
    duration_ms: u64,
    mode: EventAcknowledgement,
    keeps_transcript: bool,
) -> SocketModeLife {
    let mut random = Random::new(seed);
    let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
    let (rx_size, tx_size) = *random.choose(&[(1024, 256), (1024, 512), (768, 300)]);
    let rx = RecvBuf::try_from(&mut rx_memory[..rx_size]).expect("large enough");
    let tx = SendBuf::try_from(&mut tx_memory[..tx_size]).expect("large enough");
    let failures = Rc::new(Cell::new(0_u32));
    let entropy = {
        let (failures, mut source) = (Rc::clone(&failures), Random::new(seed ^ 0xABCD));
        let fill = move |out: &mut [u8]| match failures.get().checked_sub(1) {
            Some(left) => {
                failures.set(left);
                Err(EntropyError)
            }
            None => {
                source.fill(out);
                Ok(())
            }
        };
        from_fn(Box::new(fill) as Box<dyn FnMut(&mut [u8]) -> Result<(), EntropyError>>)
    };
    let config = Config::socket_mode().acknowledge_events(mode);
    let client = Client::new(config, "xapp-simulated", Token::new(), entropy);
    let now = random.between(1, 1 << 40);
    let (fails, seed_of_app) = (random.chance(20), random.any());
    let mut device = Device {
        client: client.expect("the settings are consistent"),
        rx,
        tx,
        random,
        app: App::new(seed_of_app),
        link: None,
        now,
        mode,
        failures,
        fails,
        is_faulty: true,
        deferred: Vec::new(),
        remembered: VecDeque::new(),
        end_seen: None,
        alive_at: now,
        keeps_transcript,
        life: SocketModeLife::default(),
    };
    device.run(now + duration_ms);
    device.verdict()
}

impl Device<'_> {
    fn run(&mut self, end: u64) {
        let mut next = [self.now; 3];
        let (mut spins, mut last, mut is_closing) = (0_u32, self.now, false);
        while self.app.broken.is_empty() {
            if self.is_faulty && self.now >= end {
                self.is_faulty = false;
                self.app.others = self.app.others.min(1);
                next = [u64::MAX; 3];
            }
            if !self.is_faulty {
                self.failures.set(0);
                if let Some(link) = &mut self.link {
                    // What does not heal by itself is noticed by the client.
                    link.connection.quicken();
                }
                let is_healed = self.client.state() == State::Open && self.app.is_settled();
                if is_healed && !is_closing {
                    is_closing = true;
                    self.say("! close");
                    self.client.close();
                }
            }
            if self.now > end + QUIET_MS {
                return self.broke("it did not come to its end");
            }
            let output =
                self.client
                    .poll(&mut self.rx, &mut self.tx, Instant::from_millis(self.now));
            spins = match self.now > last {
                true => 0,
                false => spins + 1,
            };
            last = self.now;
            if spins > 3_000 {
                let what = format!("it spins: {output:?}");
                return self.broke(&what);
            }
            let line = match &output {
                Ok(Output::Wait { .. }) => None,
                output if self.keeps_transcript => Some(format!("= {output:?}")),
                _ => None,
            };
            match output {
                Ok(Output::Connect { peer, until, .. }) => {
                    let is_call = peer.host == "slack.com";
                    self.say(&line.unwrap_or_default());
                    self.connect(is_call, until.as_millis());
                }
                Ok(Output::Disconnect) => {
                    self.say("= disconnect");
                    self.leave_link();
                }
                Ok(Output::Closed(_)) if is_closing => return,
                Ok(Output::Event(event)) => {
                    let envelope = event.envelope().map(|envelope| Seen {
                        id: envelope.id().unwrap_or_default().to_owned(),
                        accepts: envelope.accepts_response(),
                        retry_attempt: envelope.retry_attempt(),
                        is_repeated: envelope.is_repeated(),
                    });
                    match event {
                        Event::Hello(hello) => {
                            let connections = hello.connections();
                            self.life.sessions += 1;
                            if connections != u32::try_from(self.app.announced).ok() {
                                self.broke(&format!("hello shows {connections:?} connections"));
                            }
                        }
                        Event::Disconnect(_) => {
                            let now = self.now;
                            self.end_seen.get_or_insert((now, self.app.blocked));
                        }
                        Event::Reconnecting(end) => {
                            let at = end.at().as_millis();
                            let least = match end.reason() {
                                ReconnectReason::SocketEnd(SocketEnd::TooManyWebsockets) => 120_000,
                                ReconnectReason::SocketEnd(SocketEnd::LinkDisabled) => 3_600_000,
                                _ => 0,
                            };
                            self.life.failures += 1;
                            self.alive_at = at.max(self.now);
                            if at < self.now + least {
                                self.broke(&format!("again at {at}, too early"));
                            }
                        }
                        _ => {}
                    }
                    if let Some(line) = line {
                        self.say(&line);
                    }
                    if let Some(seen) = envelope {
                        self.handle(seen);
                    }
                }
                Ok(Output::Wait {
                    until, can_read, ..
                }) => {
                    let until = until.as_millis();
                    if self.client.state() == State::Open {
                        self.alive_at = self.alive_at.max(self.now);
                    }
                    self.check_wait(until, can_read);
                    if self.flush() {
                        continue;
                    }
                    self.respond_deferred();
                    self.wait(until, &mut next);
                }
                Err(PollError::Entropy(_)) if self.fails => self.hold(1),
                other => {
                    let what = format!("{other:?}");
                    return self.broke(&what);
                }
            }
        }
    }

    /// Waits for the next thing that happens, and lets it happen.
    fn wait(&mut self, until: u64, next: &mut [u64; 3]) {
        let connection = self.link.as_mut().map(|link| &mut link.connection);
        let due = self.app.tick(connection, self.now);
        let has_room = !self.rx.space().is_empty();
        let moving = self.link.as_ref().map_or(u64::MAX, |link| {
            let connection = &link.connection;
            let moves = match connection.has_bytes() {
                true => has_room,
                false => connection.has_ended(),
            };
            let to_client = match moves {
                true => link.next_at,
                false => u64::MAX,
            };
            match connection.is_deaf() || self.tx.is_empty() {
                true => to_client,
                false => to_client.min(link.takes_at),
            }
        });
        let respond_at = self.deferred.iter().map(|one| one.respond_at).min();
        let [event, act, ping] = *next;
        let at = [
            until,
            due,
            moving,
            respond_at.unwrap_or(u64::MAX),
            event,
            act,
            ping,
        ];
        self.advance(at.into_iter().fold(u64::MAX, u64::min));
        let connection = self.link.as_mut().map(|link| &mut link.connection);
        if self.now >= event {
            next[0] = self.now + self.random.between(1, 40_000);
            let mut connection = connection;
            for _ in 0..*self.random.choose(&[1, 1, 1, 2, 5]) {
                self.app.occur(connection.as_deref_mut(), self.now);
            }
            self.app.tick(connection, self.now);
        } else if self.now >= ping {
            next[2] = self.now + self.random.between(5_000, 60_000);
            if let Some(connection) = connection {
                self.app.ping(connection);
            }
        } else if self.now >= act {
            next[1] = self.now + self.random.between(1, 60_000);
            match self.random.between(0, 9) {
                0..=3 => {
                    if let Some(connection) = connection {
                        self.app.announce_end(connection, self.now);
                    }
                }
                4 => {
                    let span = self.random.between(1, 600_000);
                    self.say(&format!("! the clock jumps by {span} ms"));
                    self.hold(span);
                }
                5..=7 if self.fails => self.failures.set(self.random.between(1, 20) as u32),
                _ => {}
            }
        }
        self.deliver();
    }

    fn verdict(mut self) -> SocketModeLife {
        let mut life = std::mem::take(&mut self.life);
        life.broken.append(&mut self.app.broken);
        if life.broken.is_empty() {
            life.broken.extend(self.app.too_many_calls());
            life.broken.extend(self.app.unsettled());
        }
        let counts = &self.app.counts;
        life.ends = counts.ends;
        life.events = counts.events;
        life.commands = counts.commands;
        life.repeated = counts.repeated;
        life.given_up = counts.given_up;
        life.acknowledged = counts.acknowledged;
        life.late = counts.late;
        life.lost = counts.lost;
        life.elsewhere = counts.elsewhere;
        life
    }
}
