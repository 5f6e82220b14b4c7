//! The workspace behind the server: people, channels, URLs that were given out, and open sockets.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::builder::{Rate, Settings};
use crate::script::Step;
use crate::{BOT, BOT_DIRECT, GENERAL, RANDOM, USER, USER_TOKEN};

pub(crate) const TEAM: &str = "T0FAKE001";
pub(crate) const TEAM_NAME: &str = "Fake Team";
pub(crate) const TEAM_DOMAIN: &str = "fake-team";

/// All state that calls and sockets change.
pub(crate) struct Workspace {
    pub(crate) users: Vec<User>,
    pub(crate) channels: Vec<Channel>,
    tickets: HashMap<String, Ticket>,
    sockets: BTreeMap<u64, Socket>,
    calls: HashMap<(String, String), Bucket>,
    /// Calls of `rtm.connect` that still find the team between two servers.
    pub(crate) migrating: usize,
}

/// Somebody with a token.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_bot: bool,
    pub(crate) token: Option<String>,
    pub(crate) presence: String,
}

/// A place for messages.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// Of the last message, in microseconds: no two messages of a channel have the same `ts`.
    last_ts: u64,
}

/// What a WebSocket URL stands for.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) user: String,
    pub(crate) batch_presence_aware: bool,
    until: Instant,
}

/// An open socket.
pub(crate) struct Socket {
    pub(crate) user: String,
    pub(crate) batch_presence_aware: bool,
    pub(crate) subscribed: HashSet<String>,
    queue: Sender<Outgoing>,
}

/// What a socket's writer is asked to send.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A text frame, and the step that it is.
    Text(Step, String),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// A close frame; the connection then waits for the client's.
    Close(Option<u16>, String),
    /// The close frame that answers the client's, and the end.
    CloseReply(Option<u16>),
}

impl Workspace {
    pub(crate) fn new(settings: &Settings) -> Self {
        let user = |id: &str, name: &str, is_bot, token: Option<&str>| User {
            id: id.into(),
            name: name.into(),
            is_bot,
            token: token.map(String::from),
            presence: "away".into(),
        };
        let mut users = vec![
            user(BOT, "fakebot", true, Some(&settings.token)),
            user(USER, "alice", false, Some(USER_TOKEN)),
        ];
        users.extend(
            (0..settings.users)
                .map(|n| user(&format!("U1{n:07}"), &format!("user{n}"), false, None)),
        );
        let channel = |id, name| Channel {
            id,
            name,
            last_ts: 0,
        };
        Self {
            users,
            channels: vec![
                channel(GENERAL, "general"),
                channel(RANDOM, "random"),
                channel(BOT_DIRECT, ""),
            ],
            tickets: HashMap::new(),
            sockets: BTreeMap::new(),
            calls: HashMap::new(),
            migrating: 0,
        }
    }

    pub(crate) fn user_of_token(&self, token: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|user| user.token.as_deref() == Some(token))
    }

    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn has_channel(&self, id: &str) -> bool {
        self.channels.iter().any(|channel| channel.id == id)
    }

    /// The `ts` of a new message: seconds and microseconds, later than every other of the channel.
    pub(crate) fn next_ts(&mut self, channel: &str) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros() as u64);
        let ts = match self.channels.iter_mut().find(|known| known.id == channel) {
            Some(channel) => {
                channel.last_ts = now.max(channel.last_ts + 1);
                channel.last_ts
            }
            None => now,
        };
        format!("{}.{:06}", ts / 1_000_000, ts % 1_000_000)
    }

    /// Whether this user may call a method now; if not, the seconds to wait.
    pub(crate) fn may_call(
        &mut self,
        method: &str,
        user: &str,
        rate: Option<Rate>,
    ) -> Result<(), u64> {
        let Some(rate) = rate else { return Ok(()) };
        let bucket = self
            .calls
            .entry((method.into(), user.into()))
            .or_insert_with(|| Bucket::new(rate));
        bucket
            .take()
            .map_err(|wait| wait.as_secs_f64().ceil() as u64)
    }

    /// Makes a single-use URL's secret part valid.
    pub(crate) fn give_ticket(
        &mut self,
        secret: String,
        user: &str,
        batch_presence_aware: bool,
        life: Duration,
    ) {
        let now = Instant::now();
        self.tickets.retain(|_, ticket| ticket.until > now);
        let ticket = Ticket {
            user: user.into(),
            batch_presence_aware,
            until: now + life,
        };
        self.tickets.insert(secret, ticket);
    }

    /// Takes the ticket of a URL, once, and in time.
    pub(crate) fn take_ticket(&mut self, secret: &str) -> Option<Ticket> {
        self.tickets
            .remove(secret)
            .filter(|ticket| ticket.until > Instant::now())
    }

    pub(crate) fn expire_tickets(&mut self) {
        self.tickets.clear();
    }

    /// Opens a socket; `hello` is the first thing in its queue.
    pub(crate) fn open(
        &mut self,
        number: u64,
        ticket: Ticket,
        hello: String,
        queue: Sender<Outgoing>,
    ) {
        let _ = queue.send(Outgoing::Text(Step::Hello, hello));
        let socket = Socket {
            user: ticket.user.clone(),
            batch_presence_aware: ticket.batch_presence_aware,
            subscribed: HashSet::new(),
            queue,
        };
        self.sockets.insert(number, socket);
        self.set_presence(&ticket.user, "active");
    }

    /// Forgets a socket; who has none left is away.
    pub(crate) fn close(&mut self, number: u64) {
        if let Some(gone) = self.sockets.remove(&number)
            && !self.sockets.values().any(|socket| socket.user == gone.user)
        {
            self.set_presence(&gone.user, "away");
        }
    }

    pub(crate) fn sockets(&self) -> usize {
        self.sockets.len()
    }

    pub(crate) fn socket(&mut self, number: u64) -> Option<&mut Socket> {
        self.sockets.get_mut(&number)
    }

    /// The numbers of the open sockets' connections.
    pub(crate) fn socket_numbers(&self) -> Vec<u64> {
        self.sockets.keys().copied().collect()
    }

    /// Queues something for every socket but one.
    pub(crate) fn broadcast(&self, except: Option<u64>, outgoing: impl Fn() -> Outgoing) {
        for (number, socket) in &self.sockets {
            if Some(*number) != except {
                let _ = socket.queue.send(outgoing());
            }
        }
    }

    /// Queues an event for every socket but one.
    pub(crate) fn event(&self, except: Option<u64>, text: &str) {
        self.broadcast(except, || Outgoing::Text(Step::Frame, text.into()));
    }

    /// Queues an event for one socket.
    pub(crate) fn event_to(&self, number: u64, text: String) {
        if let Some(socket) = self.sockets.get(&number) {
            let _ = socket.queue.send(Outgoing::Text(Step::Frame, text));
        }
    }

    /// A message from a user, to every socket but the one that sent it.
    pub(crate) fn message(&mut self, except: Option<u64>, message: &Message<'_>) -> String {
        let ts = self.next_ts(message.channel);
        let mut event = json!({
            "type": "message", "channel": message.channel, "user": message.user, "text": message.text,
            "ts": ts, "event_ts": ts, "team": TEAM,
        });
        if let Some(thread_ts) = message.thread_ts {
            event["thread_ts"] = thread_ts.into();
            if message.reply_broadcast {
                event["subtype"] = "thread_broadcast".into();
            }
        }
        self.event(except, &event.to_string());
        ts
    }

    /// Changes a presence and tells those who subscribed to it.
    pub(crate) fn set_presence(&mut self, id: &str, presence: &str) {
        let Some(user) = self.users.iter_mut().find(|user| user.id == id) else {
            return;
        };
        if user.presence == presence {
            return;
        }
        user.presence = presence.into();
        for socket in self
            .sockets
            .values()
            .filter(|socket| socket.subscribed.contains(id))
        {
            socket.presence_change(&[id], presence);
        }
    }

    /// Tells one socket the presence of these users, as far as they exist.
    pub(crate) fn tell_presence(&self, number: u64, ids: &[String]) {
        let Some(socket) = self.sockets.get(&number) else {
            return;
        };
        for presence in ["active", "away"] {
            let users: Vec<&str> = ids
                .iter()
                .filter(|id| self.user(id).is_some_and(|user| user.presence == presence))
                .map(String::as_str)
                .collect();
            socket.presence_change(&users, presence);
        }
    }
}

impl Socket {
    /// One event for all, or one for each, as the client asked for when it connected.
    fn presence_change(&self, users: &[&str], presence: &str) {
        let send = |event: serde_json::Value| {
            let _ = self
                .queue
                .send(Outgoing::Text(Step::Frame, event.to_string()));
        };
        if !self.batch_presence_aware {
            for user in users {
                send(json!({"type": "presence_change", "user": user, "presence": presence}));
            }
        } else if !users.is_empty() {
            send(json!({"type": "presence_change", "users": users, "presence": presence}));
        }
    }
}

/// A message that was taken.
#[derive(Debug)]
pub(crate) struct Message<'m> {
    pub(crate) channel: &'m str,
    pub(crate) user: &'m str,
    pub(crate) text: &'m str,
    pub(crate) thread_ts: Option<&'m str>,
    pub(crate) reply_broadcast: bool,
}

/// A token bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    left: f64,
    seen: Instant,
}

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            rate,
            left: rate.burst.into(),
            seen: Instant::now(),
        }
    }

    /// Takes one, or tells how long to wait for it.
    pub(crate) fn take(&mut self) -> Result<(), Duration> {
        let now = Instant::now();
        let every = self.rate.every.as_secs_f64().max(1e-9);
        let gained = now.duration_since(self.seen).as_secs_f64() / every;
        self.left = (self.left + gained).min(self.rate.burst.into());
        self.seen = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            Ok(())
        } else {
            Err(self.rate.every.mul_f64(1.0 - self.left))
        }
    }
}
