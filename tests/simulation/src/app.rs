//! Slack's side of an app in Socket Mode: sockets, ghosts, envelopes, deliveries that are repeated.

use crate::random::Random;
use crate::server::{Connection, Workspace, redeem, too_many_calls};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Slack delivers an event again that is not acknowledged within this time.
pub(crate) const DEADLINE_MS: u64 = 3_000;
/// The delays before the second, the third and the last delivery.
const RETRIES_MS: [u64; 3] = [0, 60_000, 300_000];
/// The longest time from the end of a frame to its acknowledgement, while the client is polled.
const PROMPT_MS: u64 = 50;
/// The same if the program has deferred the acknowledgement.
const DEFERRED_MS: u64 = 2_550;

/// The types of events.
const KINDS: [&str; 3] = ["message", "app_mention", "reaction_added"];

/// The kind of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The event with this number.
    Event(usize),
    /// A button, a menu or a modal.
    Interactive,
    /// A slash command.
    Command,
    /// A kind that no client knows.
    Unknown,
}

/// An envelope that was sent on the client's socket.
#[derive(Debug)]
pub(crate) struct Sent {
    socket: u32,
    pub(crate) kind: Kind,
    pub(crate) accepts: bool,
    pub(crate) retry_attempt: u8,
    sent_at: u64,
    /// The end of its frame among the bytes to the client.
    end: usize,
    /// When the client had received the frame: the clock, and the part of it in which the client
    /// could not act.
    received_at: Option<(u64, u64)>,
    pub(crate) is_acknowledged: bool,
    pub(crate) is_deferred: bool,
    /// The program has begun a response, and does not end it.
    pub(crate) is_abandoned: bool,
    pub(crate) lent: u32,
}

/// An event, which is delivered until it is acknowledged.
#[derive(Debug)]
struct Occurrence {
    /// `event_id`, `channel` and `ts`.
    names: [String; 3],
    kind: &'static str,
    attempts: u8,
    is_acknowledged: bool,
    /// When it is delivered, or when the delivery under way is given up.
    due_at: Option<u64>,
    is_under_way: bool,
}

/// What an app had, and what went wrong.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) commands: u64,
    pub(crate) repeated: u64,
    pub(crate) given_up: u64,
    pub(crate) acknowledged: u64,
    pub(crate) late: u64,
    pub(crate) lost: u64,
    pub(crate) elsewhere: u64,
    pub(crate) ends: u64,
}

/// Slack, as the app's clients see it.
pub(crate) struct App {
    random: Random,
    calls: Vec<u64>,
    tickets: u64,
    open_tickets: Vec<(u64, u64)>,
    sockets: u32,
    /// When sockets without a client are given up.
    ghosts: Vec<u64>,
    /// Sockets of another instance, which acknowledges everything.
    pub(crate) others: usize,
    pub(crate) envelopes: HashMap<String, Sent>,
    /// The envelopes that are neither acknowledged nor lost.
    open: Vec<String>,
    occurrences: Vec<Occurrence>,
    /// The connections that the last hello announced.
    pub(crate) announced: usize,
    pings: Vec<Vec<u8>>,
    /// When the server closes a socket whose end it has announced.
    ends_at: Option<u64>,
    /// When a warning becomes an end.
    refresh_at: Option<u64>,
    /// How long the client could not act: its program or its link held it up.
    pub(crate) blocked: u64,
    pub(crate) counts: Counts,
    pub(crate) broken: Vec<String>,
}

impl App {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let others = match random.between(0, 9) {
            0..=6 => 0,
            7..=8 => 1,
            _ => random.between(2, 9) as usize,
        };
        Self {
            random,
            calls: Vec::new(),
            tickets: 0,
            open_tickets: Vec::new(),
            sockets: 0,
            ghosts: Vec::new(),
            others,
            envelopes: HashMap::new(),
            open: Vec::new(),
            occurrences: Vec::new(),
            announced: 0,
            pings: Vec::new(),
            ends_at: None,
            refresh_at: None,
            blocked: 0,
            counts: Counts::default(),
            broken: Vec::new(),
        }
    }

    /// The times of calls that came too fast.
    pub(crate) fn too_many_calls(&self) -> Vec<String> {
        too_many_calls(&self.calls)
    }

    /// Whether every event has its outcome, and every envelope.
    pub(crate) fn is_settled(&self) -> bool {
        self.open.is_empty() && self.occurrences.iter().all(|event| event.due_at.is_none())
    }

    pub(crate) fn broke(&mut self, now: u64, what: &str) {
        self.broken.push(format!("at {now}: {what}"));
    }

    /// Something happens in the workspace.
    pub(crate) fn occur(&mut self, connection: Option<&mut Connection>, now: u64) {
        let number = self.occurrences.len();
        match self.random.between(0, 9) {
            0..=5 => {
                self.counts.events += 1;
                let (channel, ts) = (
                    format!("C{}", number % 3),
                    format!("1764200000.{number:06}"),
                );
                let mut event = Occurrence {
                    names: [format!("Ev{number}"), channel, ts],
                    kind: KINDS[self.random.between(0, 2) as usize],
                    attempts: 0,
                    is_acknowledged: false,
                    due_at: Some(now),
                    is_under_way: false,
                };
                // Two subscriptions give one message two events.
                if let Some(before) = self.occurrences.last()
                    && self.random.chance(10)
                {
                    event.names[1].clone_from(&before.names[1]);
                    event.names[2].clone_from(&before.names[2]);
                }
                self.occurrences.push(event);
            }
            draw => {
                self.counts.commands += 1;
                let (kind, payload, accepts) = match draw {
                    6 => (Kind::Command, command(), true),
                    7 => {
                        let payload = match self.random.chance(5) {
                            true => large(),
                            false => block_actions(),
                        };
                        (Kind::Interactive, payload, self.random.chance(30))
                    }
                    8 => (Kind::Interactive, view_submission(), true),
                    _ => (Kind::Unknown, json!([1, "x"]), self.random.chance(50)),
                };
                match self.route(connection) {
                    Route::Client(connection) => {
                        self.send(connection, kind, &payload, accepts, 0, now);
                    }
                    Route::Other => self.counts.elsewhere += 1,
                    Route::Nowhere => self.counts.lost += 1,
                }
            }
        }
    }

    /// Delivers what is due. Returns when something is due again.
    pub(crate) fn tick(&mut self, mut connection: Option<&mut Connection>, now: u64) -> u64 {
        self.ghosts.retain(|until| now < *until);
        let mut next = u64::MAX;
        for number in 0..self.occurrences.len() {
            let event = &mut self.occurrences[number];
            if event.due_at.is_some_and(|at| at <= now) {
                if event.is_under_way {
                    event.is_under_way = false;
                    let delay = RETRIES_MS.get(usize::from(event.attempts)).copied();
                    event.due_at = delay.map(|delay| now + delay);
                    event.attempts += 1;
                    match delay {
                        Some(_) => self.counts.repeated += 1,
                        None => self.counts.given_up += 1,
                    }
                } else {
                    event.is_under_way = true;
                    event.due_at = Some(now + DEADLINE_MS);
                    self.deliver(number, connection.as_deref_mut(), now);
                }
            }
            next = next.min(self.occurrences[number].due_at.unwrap_or(u64::MAX));
        }
        if let Some(connection) = connection {
            if self.refresh_at.is_some_and(|at| at <= now) {
                self.refresh_at = None;
                self.ends_at = Some(now + self.random.between(0, 10_000));
                connection.push(&disconnect("refresh_requested"));
            }
            if self.ends_at.is_some_and(|at| at <= now) {
                self.ends_at = None;
                connection.close();
            }
            let due = [self.refresh_at, self.ends_at];
            next = due.into_iter().flatten().fold(next, u64::min);
        }
        next.max(now)
    }

    fn deliver(&mut self, number: usize, connection: Option<&mut Connection>, now: u64) {
        match self.route(connection) {
            Route::Client(connection) => {
                let event = &self.occurrences[number];
                let attempts = event.attempts;
                let size = match self.random.between(0, 99) {
                    0..=1 => 20_000,
                    2..=9 => 3_000,
                    _ => self.random.between(0, 300) as usize,
                };
                let payload = payload(event, size);
                self.send(
                    connection,
                    Kind::Event(number),
                    &payload,
                    false,
                    attempts,
                    now,
                );
            }
            Route::Other => {
                self.counts.elsewhere += 1;
                self.settle(number);
            }
            // The delivery times out.
            Route::Nowhere => {}
        }
    }

    fn settle(&mut self, number: usize) {
        let event = &mut self.occurrences[number];
        event.is_acknowledged = true;
        event.due_at = None;
    }

    /// Chooses a socket.
    fn route<'c>(&mut self, connection: Option<&'c mut Connection>) -> Route<'c> {
        let client = connection.filter(|connection| {
            connection.number > 0 && connection.ended.is_none() && !connection.is_left
        });
        let of_client = usize::from(client.is_some());
        let all = of_client + self.ghosts.len() + self.others;
        if all == 0 {
            return Route::Nowhere;
        }
        match (self.random.between(0, all as u64 - 1) as usize, client) {
            (0, Some(client)) => Route::Client(client),
            (at, _) if at < of_client + self.ghosts.len() => Route::Nowhere,
            _ => Route::Other,
        }
    }

    fn send(
        &mut self,
        connection: &mut Connection,
        kind: Kind,
        payload: &Value,
        accepts: bool,
        retry_attempt: u8,
        now: u64,
    ) {
        let name = match kind {
            Kind::Event(_) => "events_api",
            Kind::Interactive => "interactive",
            Kind::Command => "slash_commands",
            Kind::Unknown => "new_things",
        };
        let id = format!("5f1c2b4e-0000-4000-8000-{:012}", self.envelopes.len());
        let members = [
            format!(r#""envelope_id":"{id}""#),
            format!(r#""payload":{payload}"#),
            format!(r#""type":"{name}""#),
            format!(r#""accepts_response_payload":{accepts}"#),
            format!(r#""retry_attempt":{retry_attempt},"retry_reason":"""#),
        ];
        // In the order of recordings, or in any other.
        let first = match self.random.chance(70) {
            true => 0,
            false => self.random.between(0, 4) as usize,
        };
        let members = [&members[first..], &members[..first]].concat();
        connection.text(format!("{{{}}}", members.join(",")).as_bytes());
        let sent = Sent {
            socket: connection.number,
            kind,
            accepts,
            retry_attempt,
            sent_at: now,
            end: connection.queued(),
            received_at: None,
            is_acknowledged: false,
            is_deferred: false,
            is_abandoned: false,
            lent: 0,
        };
        self.open.push(id.clone());
        self.envelopes.insert(id, sent);
    }

    /// Announces the end of a socket.
    pub(crate) fn announce_end(&mut self, connection: &mut Connection, now: u64) {
        if connection.number == 0 || self.ends_at.is_some() || self.refresh_at.is_some() {
            return;
        }
        let reason = *self.random.choose(&[
            "warning",
            "warning",
            "warning",
            "refresh_requested",
            "refresh_requested",
            "refresh_requested",
            "too_many_websockets",
            "link_disabled",
            "unheard_of",
        ]);
        self.end(connection, reason, now);
    }

    fn end(&mut self, connection: &mut Connection, reason: &str, now: u64) {
        self.counts.ends += 1;
        match reason {
            "warning" => self.refresh_at = Some(now + 10_000),
            _ => self.ends_at = Some(now + self.random.between(0, 10_000)),
        }
        connection.push(&disconnect(reason));
    }

    /// Sends a ping.
    pub(crate) fn ping(&mut self, connection: &mut Connection) {
        if connection.number > 0 && connection.ended.is_none() {
            let payload = format!("Ping from applink-{}", self.pings.len()).into_bytes();
            connection.control(9, &payload);
            self.pings.push(payload);
        }
    }

    /// Bytes have arrived at the client.
    pub(crate) fn delivered(&mut self, connection: &Connection, now: u64) {
        for id in &self.open {
            let sent = self.envelopes.get_mut(id).expect("it was sent");
            let is_whole = sent.socket == connection.number && sent.end <= connection.delivered();
            if sent.received_at.is_none() && is_whole {
                sent.received_at = Some((now, self.blocked));
            }
        }
    }

    /// Checks that every envelope that a client in session has received is acknowledged in time.
    pub(crate) fn check_deadlines(&mut self, now: u64) {
        for id in &self.open {
            let sent = &self.envelopes[id];
            if let Some((at, blocked)) = sent.received_at
                && !sent.is_abandoned
            {
                let taken = (now - at) - (self.blocked - blocked);
                let longest = if sent.is_deferred {
                    DEFERRED_MS
                } else {
                    PROMPT_MS
                };
                if taken > longest {
                    let line =
                        format!("at {now}: {id} is not acknowledged after {taken} ms: {sent:?}");
                    self.broken.push(line);
                }
            }
        }
    }

    /// The client's link has ended. Slack may not notice.
    pub(crate) fn lose(&mut self, connection: &Connection, now: u64) {
        if connection.number == 0 {
            return;
        }
        for id in std::mem::take(&mut self.open) {
            if !matches!(self.envelopes[&id].kind, Kind::Event(_)) {
                self.counts.lost += 1;
            }
        }
        (self.ends_at, self.refresh_at) = (None, None);
        self.pings.clear();
        if connection.ended.is_none() && self.random.chance(70) {
            self.ghosts.push(now + self.random.between(5_000, 120_000));
        }
    }
}

/// Where a payload goes.
enum Route<'c> {
    /// To the client.
    Client(&'c mut Connection),
    /// To another instance, which acknowledges it.
    Other,
    /// To a ghost, or there is no socket.
    Nowhere,
}

impl Workspace for App {
    fn open(&mut self, now: u64) -> String {
        self.tickets += 1;
        self.open_tickets.push((self.tickets, now));
        let url = format!(
            "wss://wss-primary.slack.com/link/{}?app_id=9f3e",
            self.tickets
        );
        json!({"ok": true, "url": url})
            .to_string()
            .replace('/', "\\/")
    }

    fn called(&mut self, now: u64) {
        self.calls.push(now);
    }

    fn redeem(&mut self, target: &str, now: u64) -> bool {
        redeem(&mut self.open_tickets, target, now)
    }

    fn greet(&mut self, connection: &mut Connection, now: u64) {
        self.sockets += 1;
        connection.number = self.sockets;
        if self.random.chance(30) {
            self.ping(connection);
        }
        self.announced = 1 + self.ghosts.len() + self.others;
        if self.announced > 10 {
            self.end(connection, "too_many_websockets", now);
            return;
        }
        let hello = json!({
            "type": "hello",
            "num_connections": self.announced,
            "debug_info": {"host": "applink-1", "approximate_connection_time": 18060},
            "connection_info": {"app_id": "A1"},
        });
        connection.push(&hello);
        if self.random.chance(2) {
            self.announce_end(connection, now);
        }
    }

    fn receive(&mut self, connection: &mut Connection, payload: &[u8], now: u64) {
        let value: Value = serde_json::from_slice(payload).expect("clients send JSON");
        let id = value["envelope_id"].as_str().unwrap_or_default().to_owned();
        let Some(sent) = self.envelopes.get_mut(&id) else {
            return self.broke(now, &format!("{value} acknowledges nothing"));
        };
        let has_response = value.get("payload").is_some();
        let taken = sent
            .received_at
            .map(|(at, blocked)| (now - at) - (self.blocked - blocked));
        let longest = if sent.is_deferred {
            DEFERRED_MS
        } else {
            PROMPT_MS
        };
        let wrong = match taken {
            _ if sent.socket != connection.number => Some("came on another socket"),
            _ if sent.is_acknowledged => Some("was acknowledged twice"),
            _ if has_response && !sent.accepts => Some("has a response, and accepts none"),
            _ if payload.len() > 20_479 => Some("has a response that is too long"),
            None => Some("was acknowledged before the end of its frame"),
            Some(taken) if taken > longest => Some("was acknowledged late"),
            Some(_) => None,
        };
        let is_new = !sent.is_acknowledged;
        sent.is_acknowledged = true;
        let (kind, is_late) = (sent.kind, now > sent.sent_at + DEADLINE_MS);
        if let Some(wrong) = wrong {
            let line = format!("{id} {wrong}: {sent:?}, {taken:?} ms");
            self.broke(now, &line);
        }
        self.open.retain(|open| *open != id);
        if is_new {
            match is_late {
                true => self.counts.late += 1,
                false => self.counts.acknowledged += 1,
            }
        }
        // It is repeated if the acknowledgement is late.
        if let Kind::Event(number) = kind
            && !is_late
        {
            self.settle(number);
        }
    }

    fn pong(&mut self, payload: &[u8]) {
        if !self.pings.iter().any(|ping| ping == payload) {
            let text = String::from_utf8_lossy(payload);
            self.broken.push(format!("a pong for no ping: {text}"));
        }
    }
}

impl App {
    /// Returns the names of the event in an envelope: `event_id`, `channel` and `ts`.
    pub(crate) fn names(&self, number: usize) -> &[String; 3] {
        &self.occurrences[number].names
    }

    /// Returns whether the event has a channel and a timestamp of its own.
    pub(crate) fn is_message(&self, number: usize) -> bool {
        self.occurrences[number].kind != "reaction_added"
    }

    /// Returns the envelopes that were acknowledged and never lent, which loses them, and the events
    /// that are neither acknowledged nor given up.
    pub(crate) fn unsettled(&self) -> Vec<String> {
        let unlent = self
            .envelopes
            .iter()
            .filter(|(_, sent)| sent.is_acknowledged && sent.lent != 1);
        let unlent =
            unlent.map(|(id, sent)| format!("{id} was acknowledged, and not lent: {sent:?}"));
        let given_up = RETRIES_MS.len() as u8 + 1;
        let open = self
            .occurrences
            .iter()
            .filter(|event| !event.is_acknowledged && event.attempts != given_up);
        unlent
            .chain(open.map(|event| format!("{event:?} has no end")))
            .collect()
    }
}

fn disconnect(reason: &str) -> Value {
    json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})
}

/// An event with about this many bytes beside its members.
fn payload(event: &Occurrence, size: usize) -> Value {
    let [id, channel, ts] = &event.names;
    let (text, blocks) = ("t".repeat(size / 2), nested(size / 2, 4));
    let inner = match event.kind {
        "reaction_added" => json!({
            "type": "reaction_added", "user": "U2", "reaction": "tada", "blocks": blocks,
            "item": {"type": "message", "channel": channel, "ts": ts}, "event_ts": ts,
        }),
        kind => json!({
            "type": kind, "user": "U2", "text": text, "ts": ts, "channel": channel,
            "event_ts": ts, "blocks": blocks,
        }),
    };
    json!({
        "token": "x", "team_id": "T1", "api_app_id": "A1", "event": inner, "event_id": id,
        "type": "event_callback", "event_time": 1764200000,
        "authorizations": [{"team_id": "T1", "user_id": "U0BOT", "is_bot": true}],
    })
}

fn command() -> Value {
    json!({
        "token": "x", "team_id": "T1", "channel_id": "C1", "user_id": "U2", "command": "/door",
        "text": "open 5", "response_url": "https://hooks.slack.com/commands/T1/1/abc",
        "trigger_id": "1.2.abc",
    })
}

fn block_actions() -> Value {
    json!({
        "type": "block_actions", "user": {"id": "U2"}, "team": {"id": "T1"},
        "channel": {"id": "C1"}, "message": {"ts": "1.2", "text": "x".repeat(200)},
        "actions": [{"action_id": "open", "block_id": "b", "value": "5", "type": "button"}],
    })
}

fn view_submission() -> Value {
    json!({
        "type": "view_submission", "user": {"id": "U2"}, "team": {"id": "T1"},
        "view": {"id": "V1", "callback_id": "setup", "hash": "1.ab", "state": {"values": {}}},
    })
}

/// 67 kB at depth 12.
fn large() -> Value {
    json!({
        "type": "block_actions", "user": {"id": "U2"}, "view": nested(66_000, 9),
        "actions": [{"action_id": "open", "block_id": "b", "value": "5", "type": "button"}],
    })
}

/// About this many bytes at this depth.
fn nested(size: usize, depth: usize) -> Value {
    let mut value = json!({"text": "b".repeat(size)});
    for _ in 0..depth {
        value = json!([{"type": "section", "elements": value}]);
    }
    value
}
