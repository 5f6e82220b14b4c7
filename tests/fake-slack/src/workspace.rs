//! The workspace behind the server: people, channels, URLs that were given out, and open sockets.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::builder::{Rate, Settings};
use crate::files::Files;
use crate::hooks::Hooks;
use crate::messages::Messages;
use crate::oauth::Tokens;
use crate::paging::Cursors;
use crate::people::{BOT_NAME, People, User};
use crate::script::Step;
use crate::socket_mode::SocketMode;
use crate::text::{first_link, with_links};
use crate::views::Views;
use crate::{APP_ID, BOT, BOT_DIRECT, BOT_ID, GENERAL, RANDOM, USER};

pub(crate) const TEAM: &str = "T0FAKE001";
pub(crate) const TEAM_NAME: &str = "Fake Team";
pub(crate) const TEAM_DOMAIN: &str = "fake-team";

/// All state that calls and sockets change.
pub(crate) struct Workspace {
    pub(crate) people: People,
    pub(crate) channels: Vec<Channel>,
    pub(crate) cursors: Cursors,
    pub(crate) views: Views,
    pub(crate) files: Files,
    tickets: HashMap<String, Ticket>,
    sockets: BTreeMap<u64, Socket>,
    calls: HashMap<(String, String), Bucket>,
    pub(crate) tokens: Tokens,
    pub(crate) hooks: Hooks,
    /// The app, which is sent the events too.
    socket_mode: Arc<SocketMode>,
    /// Calls of `rtm.connect` that still find the team between two servers.
    pub(crate) migrating: usize,
}

/// A place for messages.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    /// Empty in direct channels.
    pub(crate) name: String,
    /// The users of a direct channel, in the order of their ids.
    pub(crate) users: Vec<String>,
    /// Who is in a channel that is not direct, besides those who have joined or left.
    first_members: FirstMembers,
    /// The numbers of those who have joined since.
    joined: Vec<usize>,
    /// The numbers of those who have left since.
    left: Vec<usize>,
    pub(crate) is_private: bool,
    pub(crate) is_archived: bool,
    pub(crate) messages: Messages,
    /// Of the last message, in microseconds: no two messages of a channel have the same `ts`.
    last_ts: u64,
}

/// The first members of a channel, by their numbers.
#[derive(Clone, Copy, Debug)]
enum FirstMembers {
    Everybody,
    /// The bot and the person.
    Both,
    /// Each user whose number among the generated ones leaves this remainder after the division by this number of
    /// channels; and the person, and in a private channel the bot.
    Part(usize, usize),
}

impl Channel {
    fn new(id: &str, name: &str, users: &[&str], first_members: FirstMembers) -> Self {
        let mut users: Vec<String> = users.iter().map(|user| (*user).into()).collect();
        users.sort();
        Self {
            id: id.into(),
            name: name.into(),
            users,
            first_members,
            joined: vec![],
            left: vec![],
            is_private: false,
            is_archived: false,
            messages: Messages::default(),
            last_ts: 0,
        }
    }

    /// One of many channels: of each ten the ninth is private, and the tenth is archived.
    fn generated(number: usize, of: usize) -> Self {
        let first_members = FirstMembers::Part(number, of);
        let (id, name) = (format!("C1{number:07}"), format!("channel{number}"));
        let mut channel = Self::new(&id, &name, &[], first_members);
        channel.is_private = number % 10 == 8;
        channel.is_archived = number % 10 == 9;
        channel
    }

    /// The numbers of the members, of so many people.
    pub(crate) fn members(&self, people: &People) -> Box<dyn Iterator<Item = usize> + '_> {
        let count = people.len();
        let first: Box<dyn Iterator<Item = usize>> = match self.first_members {
            _ if self.is_direct() => {
                let users = self.users.iter().filter_map(|id| people.number(id));
                return Box::new(users.collect::<Vec<_>>().into_iter());
            }
            FirstMembers::Everybody => Box::new(0..count),
            FirstMembers::Both => Box::new(0..2),
            FirstMembers::Part(remainder, of) => {
                let named = if self.is_private { 0..2 } else { 1..2 };
                Box::new(named.chain((remainder + 2..count).step_by(of.max(1))))
            }
        };
        if self.joined.is_empty() && self.left.is_empty() {
            return first;
        }
        let is_there = |number: &usize| !self.left.contains(number);
        Box::new(first.filter(is_there).chain(self.joined.iter().copied()))
    }

    pub(crate) fn has_member(&self, people: &People, user: &str) -> bool {
        let Some(number) = people.number(user) else {
            return false;
        };
        self.members(people).any(|member| member == number)
    }

    /// Adds a member that it does not have.
    pub(crate) fn join(&mut self, number: usize) {
        let left = self.left.len();
        self.left.retain(|it| *it != number);
        if self.left.len() == left {
            self.joined.push(number);
        }
    }

    /// Removes a member that it has.
    pub(crate) fn leave(&mut self, number: usize) {
        let joined = self.joined.len();
        self.joined.retain(|it| *it != number);
        if self.joined.len() == joined {
            self.left.push(number);
        }
    }

    /// Whether it has no name, only users.
    pub(crate) fn is_direct(&self) -> bool {
        !self.users.is_empty()
    }
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
    /// Empty if it is one of the app, which speaks Socket Mode.
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
    /// The `goodbye` event, and a close frame that long after it.
    Goodbye(Duration),
    /// A `disconnect` frame of Socket Mode, and a close frame that long after it.
    Disconnect(String, Duration),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// A close frame; the connection then waits for the client's.
    Close(Option<u16>, String),
    /// The close frame that answers the client's, and the end.
    CloseReply(Option<u16>),
}

impl Workspace {
    pub(crate) fn new(settings: &Settings, socket_mode: Arc<SocketMode>) -> Self {
        let mut channels = vec![
            Channel::new(GENERAL, "general", &[], FirstMembers::Everybody),
            Channel::new(RANDOM, "random", &[], FirstMembers::Both),
            Channel::new(BOT_DIRECT, "", &[BOT, USER], FirstMembers::Both),
        ];
        let generated = 0..settings.channels;
        channels.extend(generated.map(|number| Channel::generated(number, settings.channels)));
        Self {
            people: People::new(&settings.token, settings.users),
            channels,
            cursors: Cursors::default(),
            views: Views::default(),
            files: Files::default(),
            tickets: HashMap::new(),
            sockets: BTreeMap::new(),
            calls: HashMap::new(),
            tokens: Tokens::default(),
            hooks: Hooks::default(),
            socket_mode,
            migrating: 0,
        }
    }

    pub(crate) fn has_channel(&self, id: &str) -> bool {
        self.channel(id).is_some()
    }

    pub(crate) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    pub(crate) fn channel_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    /// The direct channel of exactly these users.
    pub(crate) fn direct_channel(&self, users: &[String]) -> Option<&Channel> {
        self.channels
            .iter()
            .find(|channel| channel.is_direct() && channel.users == users)
    }

    /// Makes a direct channel of these users, in the order of their ids, and gives its id.
    pub(crate) fn open_direct(&mut self, users: Vec<String>) -> String {
        let kind = if users.len() > 2 { 'G' } else { 'D' };
        let id = format!("{kind}0{:07}", self.channels.len());
        let mut channel = Channel::new(&id, "", &[], FirstMembers::Both);
        channel.users = users;
        self.channels.push(channel);
        id
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
        let user = self.people.get(&ticket.user);
        if !user.is_some_and(|user| user.is_away) {
            self.set_presence(&ticket.user, "active");
        }
    }

    /// Opens a socket of the app. It has no events of RTM, and changes no presence.
    pub(crate) fn open_for_app(&mut self, number: u64, queue: Sender<Outgoing>) {
        let socket = Socket {
            user: String::new(),
            batch_presence_aware: false,
            subscribed: HashSet::new(),
            queue,
        };
        self.sockets.insert(number, socket);
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

    /// How many sockets of RTM a user has open.
    pub(crate) fn sockets_of(&self, user: &str) -> usize {
        let of_user = |socket: &&Socket| socket.user == user;
        self.sockets.values().filter(of_user).count()
    }

    pub(crate) fn socket(&mut self, number: u64) -> Option<&mut Socket> {
        self.sockets.get_mut(&number)
    }

    /// The numbers of the open sockets' connections.
    pub(crate) fn socket_numbers(&self) -> Vec<u64> {
        self.sockets.keys().copied().collect()
    }

    /// Queues something for every socket.
    pub(crate) fn broadcast(&self, outgoing: impl Fn() -> Outgoing) {
        for socket in self.sockets.values() {
            let _ = socket.queue.send(outgoing());
        }
    }

    /// Queues something for every socket of RTM but one.
    pub(crate) fn broadcast_to_rtm(&self, except: Option<u64>, outgoing: impl Fn() -> Outgoing) {
        for (number, socket) in &self.sockets {
            if Some(*number) != except && !socket.user.is_empty() {
                let _ = socket.queue.send(outgoing());
            }
        }
    }

    /// Queues an event for every socket of RTM but one, and delivers it to the app.
    pub(crate) fn event(&self, except: Option<u64>, text: &str) {
        self.broadcast_to_rtm(except, || Outgoing::Text(Step::Frame, text.into()));
        self.socket_mode.event(text);
    }

    /// Queues a text frame for one socket.
    pub(crate) fn send_to(&self, number: u64, step: Step, text: String) {
        if let Some(socket) = self.sockets.get(&number) {
            let _ = socket.queue.send(Outgoing::Text(step, text));
        }
    }

    /// A message, to every socket but the one that sent it. [`Workspace::follow_up`] must come next.
    pub(crate) fn message(&mut self, except: Option<u64>, message: &Message<'_>) -> String {
        let ts = self.next_ts(message.channel);
        let mut posted = json!({
            "type": "message", "text": with_links(message.text), "ts": ts, "team": TEAM,
        });
        if let Some(blocks) = message.blocks {
            posted["blocks"] = blocks.clone();
        }
        if let Some(files) = message.files {
            posted["files"] = files.clone();
            posted["upload"] = true.into();
            posted["subtype"] = "file_share".into();
        }
        Self::sign(&mut posted, message.author);
        if let Some(thread_ts) = message.thread_ts {
            posted["thread_ts"] = thread_ts.into();
            if message.reply_broadcast && posted["subtype"].is_null() {
                posted["subtype"] = "thread_broadcast".into();
            }
        }
        let mut event = posted.clone();
        event["channel"] = message.channel.into();
        event["event_ts"] = ts.clone().into();
        if let Some(channel) = self.channel_mut(message.channel) {
            channel.messages.add(posted);
        }
        self.event(except, &event.to_string());
        ts
    }

    /// Adds the members that say who wrote a message.
    fn sign(posted: &mut Value, author: Author<'_>) {
        match author {
            Author::User(user) => {
                posted["user"] = user.into();
                return;
            }
            Author::Bot(user) => {
                posted["user"] = user.into();
                posted["app_id"] = APP_ID.into();
                posted["bot_profile"] = json!({
                    "id": BOT_ID, "app_id": APP_ID, "name": BOT_NAME, "team_id": TEAM, "deleted": false,
                    "updated": 1_402_463_766,
                });
            }
            Author::Named(name) => {
                posted["subtype"] = "bot_message".into();
                posted["username"] = name.into();
                posted["icons"] = json!({});
            }
        }
        posted["bot_id"] = BOT_ID.into();
    }

    /// Sends the events that follow a message to every socket: the first message of its thread, which has one reply more,
    /// and the message itself once more, with a preview, if there is a link in it.
    pub(crate) fn follow_up(&mut self, id: &str, ts: &str, has_preview: bool) {
        let Some(channel) = self.channel_mut(id) else {
            return;
        };
        let Some(posted) = channel.messages.get(ts).cloned() else {
            return;
        };
        let first = channel.messages.replied(&posted);
        if let Some(first) = first {
            self.about(id, &json!({"subtype": "message_replied", "message": first}));
        }
        let link = posted["text"].as_str().and_then(first_link);
        if let Some(link) = link.filter(|_| has_preview) {
            let mut shown = posted.clone();
            shown["attachments"] = json!([{
                "id": 1, "from_url": link, "original_url": link, "title": "A page", "title_link": link,
                "fallback": "A page",
            }]);
            if let Some(stored) = self
                .channel_mut(id)
                .and_then(|channel| channel.messages.get_mut(ts))
            {
                stored["attachments"] = shown["attachments"].clone();
            }
            let preview =
                json!({"subtype": "message_changed", "message": shown, "previous_message": posted});
            self.about(id, &preview);
        }
    }

    /// Sends a hidden event about another message to every socket.
    pub(crate) fn about(&mut self, channel: &str, members: &Value) {
        let ts = self.next_ts(channel);
        let mut event = members.clone();
        event["type"] = "message".into();
        event["hidden"] = true.into();
        event["channel"] = channel.into();
        event["ts"] = ts.clone().into();
        event["event_ts"] = ts.into();
        self.event(None, &event.to_string());
    }

    /// Changes a presence and tells those who subscribed to it.
    pub(crate) fn set_presence(&mut self, id: &str, presence: &str) {
        let user = self.people.get(id);
        if user.is_none_or(|user| user.presence == presence) {
            return;
        }
        let change = |user: &mut User| user.presence = presence.into();
        self.people.change(id, change);
        for socket in self
            .sockets
            .values()
            .filter(|socket| socket.subscribed.contains(id))
        {
            socket.presence_change(&[id], presence);
        }
    }

    /// Makes a user away, or active while a socket of the user is open.
    pub(crate) fn choose_presence(&mut self, id: &str, is_away: bool) {
        self.people.change(id, |user| user.is_away = is_away);
        let is_active = !is_away && self.sockets_of(id) > 0;
        self.set_presence(id, if is_active { "active" } else { "away" });
    }

    /// Replaces the subscriptions of a socket, and sends it the presence of the users that are new in them.
    pub(crate) fn subscribe(&mut self, number: u64, ids: &[String]) {
        let Some(socket) = self.socket(number) else {
            return;
        };
        let before = std::mem::replace(&mut socket.subscribed, ids.iter().cloned().collect());
        let new: Vec<String> = ids
            .iter()
            .filter(|id| !before.contains(*id))
            .cloned()
            .collect();
        self.tell_presence(number, &new);
    }

    /// Tells one socket the presence of these users, as far as they exist.
    pub(crate) fn tell_presence(&self, number: u64, ids: &[String]) {
        let Some(socket) = self.sockets.get(&number) else {
            return;
        };
        for presence in ["active", "away"] {
            let users: Vec<&str> = ids
                .iter()
                .filter(|id| {
                    self.people
                        .get(id)
                        .is_some_and(|user| user.presence == presence)
                })
                .map(String::as_str)
                .collect();
            socket.presence_change(&users, presence);
        }
    }
}

impl Socket {
    /// One event for all, or one for each, as the client asked for when it connected.
    fn presence_change(&self, users: &[&str], presence: &str) {
        let send = |event: Value| {
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
    pub(crate) author: Author<'m>,
    pub(crate) text: &'m str,
    pub(crate) blocks: Option<&'m Value>,
    /// The files that were shared by it.
    pub(crate) files: Option<&'m Value>,
    pub(crate) thread_ts: Option<&'m str>,
    pub(crate) reply_broadcast: bool,
}

/// Who wrote a message, and by which way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Author<'m> {
    /// This user, in a client or over RTM.
    User(&'m str),
    /// This user, by the Web API: the message has the `bot_id` and the `bot_profile` of the app.
    Bot(&'m str),
    /// The bot under this name, by the Web API: the message is a `bot_message`, and has no user.
    Named(&'m str),
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
