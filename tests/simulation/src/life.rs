//! One life of a client, and what must have held in it.

use crate::bot::Bot;
use crate::members::{CHANNEL, Members};
use crate::random::Random;
use crate::server::{Connection, Fault, Slack};
use crate::wire::{self, Link};
use serde_json::json;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::json::Raw;
use slack_rtm::rtm::command::Post;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::{
    Client, Config, Delivery, DisconnectReason, Event, LentStorage, MessageId, Output, Peer,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// No time may pass without a session or a scheduled try for longer than this.
const PATIENCE_MS: u64 = 90_000;
/// The longest time that opening a link takes.
const DIAL_MS: u64 = 15_000;
/// After the faults end, everything must heal within this time.
const QUIET_MS: u64 = 20 * 60_000;

/// What kind of life.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Virtual milliseconds with faults.
    pub duration_ms: u64,
    /// Milliseconds between messages of the user, on average.
    pub message_every_ms: u64,
    /// What becomes of messages whose ack was lost.
    pub delivery: Delivery,
    /// Whether to keep the transcript.
    pub transcript: bool,
}

/// What happened to one message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Accepted,
    Acknowledged,
    Rejected,
    Unconfirmed,
    Expired,
    Withdrawn,
}

/// A life, lived.
#[derive(Debug)]
pub struct Life {
    settings: Settings,
    slack: Slack,
    bot: Bot,
    members: Members,
    /// Text and fate of each accepted message, by id, and the ids in the order of sending.
    fates: HashMap<u32, (String, Fate)>,
    order: Vec<u32>,
    /// When messages with a time to live expire, by id.
    deadlines: HashMap<u32, u64>,
    /// The messages that the user withdrew.
    withdrawn: Vec<u32>,
    /// What went wrong on the way.
    broken: Vec<String>,
    /// What happened, line by line.
    pub transcript: Vec<String>,
    /// Sessions that began with hello.
    pub sessions: u32,
    /// Times at which a session or an attempt failed.
    pub failures: u32,
}

impl Life {
    /// Everything that must hold and did not.
    pub fn verdict(&self) -> Vec<String> {
        let mut broken = self.broken.clone();
        for id in &self.order {
            let (text, fate) = &self.fates[id];
            let received = self.slack.received.contains(text);
            match fate {
                Fate::Accepted => broken.push(format!("message {id} {text} has no end")),
                Fate::Acknowledged if !received => {
                    broken.push(format!(
                        "message {id} {text} was acknowledged, never received"
                    ));
                }
                Fate::Expired | Fate::Withdrawn if received => {
                    broken.push(format!("message {id} {text} arrived, and is {fate:?}"));
                }
                Fate::Withdrawn if !self.withdrawn.contains(id) => {
                    broken.push(format!("message {id} {text} was not withdrawn"));
                }
                // Its time to live may be over after it was sent.
                Fate::Unconfirmed if self.deadlines.contains_key(id) => {}
                Fate::Unconfirmed | Fate::Rejected
                    if self.settings.delivery == Delivery::AtLeastOnce =>
                {
                    broken.push(format!("message {id} {text} was given up: {fate:?}"));
                }
                _ => {}
            }
        }
        let first_seen: Vec<&String> = dedup(&self.slack.received);
        let sent: Vec<&String> = self
            .order
            .iter()
            .map(|id| &self.fates[id].0)
            .filter(|text| self.slack.received.contains(text))
            .collect();
        if first_seen != sent {
            broken.push(format!("order: sent {sent:?}, received {first_seen:?}"));
        }
        if self.settings.delivery == Delivery::AtMostOnce
            && first_seen.len() != self.slack.received.len()
        {
            broken.push(format!(
                "a message arrived twice: {:?}",
                self.slack.received
            ));
        }
        broken.extend(self.bot.verdict().err());
        broken.extend(self.slack.too_many_calls());
        broken
    }

    /// The number of messages that the bot answered.
    pub fn answers(&self) -> usize {
        self.bot.answers()
    }

    /// Messages that expired, and messages that were withdrawn.
    pub fn unsent(&self) -> [usize; 2] {
        [Fate::Expired, Fate::Withdrawn].map(|wanted| {
            self.fates
                .values()
                .filter(|(_, fate)| *fate == wanted)
                .count()
        })
    }

    fn say(&mut self, now: u64, line: &str) {
        if self.settings.transcript {
            self.transcript.push(format!("@ {now} {line}"));
        }
    }
}

fn dedup(texts: &[String]) -> Vec<&String> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// Lives the life of `seed`.
pub fn run(seed: u64, settings: Settings) -> Life {
    let mut random = Random::new(seed);
    let mut life = Life {
        settings,
        slack: Slack::default(),
        bot: Bot::default(),
        members: Members::default(),
        fates: HashMap::new(),
        order: Vec::new(),
        deadlines: HashMap::new(),
        withdrawn: Vec::new(),
        broken: Vec::new(),
        transcript: Vec::new(),
        sessions: 0,
        failures: 0,
    };
    let key_source = Rc::new(RefCell::new(Random::new(seed ^ 0xABCD)));
    let entropy = {
        let source = Rc::clone(&key_source);
        from_fn(move |out: &mut [u8]| -> Result<(), EntropyError> {
            source.borrow_mut().fill(out);
            Ok(())
        })
    };
    // Small buffers in half of the lives; every fifth has no outbox.
    let (mut rx_memory, mut tx_memory, mut outbox) = ([0; 1024], [0; 512], [0; 8192]);
    let (rx_size, tx_size) = *random.choose(&[(512, 256), (1024, 512)]);
    let mut rx = RecvBuf::try_from(&mut rx_memory[..rx_size]).expect("large enough");
    let mut tx = SendBuf::try_from(&mut tx_memory[..tx_size]).expect("large enough");
    let mut config = Config::new().delivery(settings.delivery);
    let keeps_messages = settings.delivery == Delivery::AtLeastOnce || !random.chance(40);
    let outbox_size = if keeps_messages { outbox.len() } else { 0 };
    let mut token_memory = [0; 16];
    let storage = LentStorage::new(&mut token_memory, &mut outbox[..outbox_size]);
    if random.chance(50) {
        config = config.raw(Raw::On);
    }
    let client = Client::new(config, "xoxb-simulated", storage, entropy);
    let mut client = client.expect("the settings are consistent");

    let mut now = random.between(0, 1 << 40);
    let end = now + settings.duration_ms;
    let mut closing = false;
    let mut link: Option<Link> = None;
    let mut next_message = now + random.between(1, settings.message_every_ms * 2);
    let mut next_push = now;
    let mut next_act = now;
    let mut latest = None;
    let mut messages = 0_u32;
    let mut alive_at = now;
    let mut spins = 0_u32;

    loop {
        let faulty = now < end;
        if now > end + QUIET_MS && !closing {
            closing = true;
            client.close();
            life.say(now, "! close");
        }
        if now > end + 2 * QUIET_MS {
            life.broken.push("it did not come to its end".to_owned());
            return life;
        }
        let output = match client.poll(&mut rx, &mut tx, Instant::from_millis(now)) {
            Ok(output) => output,
            Err(error) => {
                life.broken.push(format!("poll failed: {error}"));
                return life;
            }
        };
        let is_wait = matches!(output, Output::Wait { .. });
        spins = if is_wait { 0 } else { spins + 1 };
        if spins > 1000 {
            life.broken.push("it spins".to_owned());
            return life;
        }
        match output {
            Output::Connect { peer, until, .. } => {
                let Peer { host, .. } = peer;
                life.say(now, &format!("= connect {host}"));
                let is_call = host == "slack.com";
                let until = until.as_millis();
                let refused = faulty && random.chance(15);
                if refused {
                    let why = wire::refusal(&mut random);
                    now = match why {
                        DisconnectReason::TimedOut => until.max(now),
                        _ => now + random.between(1, 500),
                    };
                    life.say(now, &format!("! disconnected {why:?}"));
                    client.disconnected(why);
                    continue;
                }
                let fault = match (faulty, is_call) {
                    (false, _) => Fault::None,
                    (true, true) => wire::call_fault(&mut random),
                    (true, false) => wire::socket_fault(&mut random),
                };
                now += random.between(5, 400);
                life.say(now, &format!("! connected, fault {fault:?}"));
                let latency = random.between(1, 300);
                link = Some(Link {
                    connection: Connection::new(fault),
                    next_at: now + latency,
                    latency,
                });
                client.connected();
            }
            Output::Event(event) => {
                life.say(now, &format!("= {event:?}"));
                match event {
                    Event::Hello(_) => life.sessions += 1,
                    Event::Reconnecting(end) => {
                        life.failures += 1;
                        // A scheduled attempt is as good as a session.
                        alive_at = end.at().as_millis().max(now);
                    }
                    Event::Acknowledged(message) => {
                        end_of(&mut life, message.id(), Fate::Acknowledged);
                    }
                    Event::Rejected(message) => end_of(&mut life, message.id(), Fate::Rejected),
                    Event::Message(message) => life.bot.hear(&message, &life.members),
                    Event::Unconfirmed(id) => end_of(&mut life, id, Fate::Unconfirmed),
                    Event::Withdrawn(id) => end_of(&mut life, id, Fate::Withdrawn),
                    Event::Expired(id) => {
                        end_of(&mut life, id, Fate::Expired);
                        let deadline = life.deadlines.get(&id.as_u32());
                        // A link is opened in one go, which may take some time.
                        let late = deadline.is_none_or(|at| now < *at || *at + DIAL_MS < now);
                        if late {
                            let line = format!("at {now} {id} expired: {deadline:?}");
                            life.broken.push(line);
                        }
                    }
                    _ => {}
                }
            }
            Output::Wait {
                until, can_read, ..
            } => {
                let due = until.as_millis();
                let has_room = !rx.space().is_empty();
                if can_read != has_room {
                    life.broken
                        .push(format!("at {now}: can_read is {can_read}, not {has_room}"));
                }
                if link.is_some() && !can_read && tx.pending().is_empty() {
                    life.broken
                        .push(format!("at {now}: neither room to read nor bytes to write"));
                }
                if due > now + PATIENCE_MS {
                    life.broken
                        .push(format!("at {now} it wants to sleep until {due}"));
                }
                while let Some(ts) = life.bot.next().map(str::to_owned) {
                    // Short, since the smallest send buffer takes some 120 bytes.
                    let text = format!("pong{}", ts.trim_start_matches("1800000000"));
                    let answer = Post::new(CHANNEL, &text).in_thread(&ts);
                    // Later, if there is no session and no room.
                    let id = match client.send(&answer, &mut tx) {
                        Ok(id) => id,
                        Err(error) => {
                            life.say(now, &format!("! send {text} refused: {error}"));
                            break;
                        }
                    };
                    life.say(now, &format!("! send {text} as {id:?}"));
                    life.bot.has_answered();
                    life.order.push(id.as_u32());
                    life.fates.insert(id.as_u32(), (text, Fate::Accepted));
                }
                if wire::flush(&mut link, &mut tx, now, &mut life.slack) {
                    continue;
                }
                let moving = link
                    .as_ref()
                    .filter(|link| link.connection.has_bytes() || link.connection.has_ended())
                    .map(|link| link.next_at);
                let sending = (faulty && !closing).then_some(next_message);
                let next = [Some(due), moving, sending]
                    .into_iter()
                    .flatten()
                    .min()
                    .expect("a due time");
                now = now.max(next);
                if sending == Some(now) || sending.is_some_and(|at| at <= now) {
                    next_message = now + random.between(1, settings.message_every_ms * 2);
                    messages += 1;
                    let padding = match random.chance(30) {
                        true => random.between(0, 2000) as usize,
                        false => 0,
                    };
                    let text = format!("m{messages}{}", ".".repeat(padding));
                    let channel = random.choose(&["C1", "C2"]);
                    let post = Post::new(channel, &text);
                    let time_to_live = random.chance(30).then(|| random.between(1, 120_000));
                    let sent = match time_to_live.map(Duration::from_millis) {
                        Some(span) => client.send(&post.expires_after(span), &mut tx),
                        None => client.send(&post, &mut tx),
                    };
                    match sent {
                        Ok(id) => {
                            life.say(now, &format!("! send {text} as {id:?}, {time_to_live:?}"));
                            latest = Some(id);
                            if let Some(span) = time_to_live {
                                life.deadlines.insert(id.as_u32(), now + span);
                            }
                            life.order.push(id.as_u32());
                            life.fates.insert(id.as_u32(), (text, Fate::Accepted));
                        }
                        Err(error) => life.say(now, &format!("! send {text} refused: {error}")),
                    }
                }
                if random.chance(3)
                    && let Some(id) = latest.take()
                    && client.withdraw(id).is_ok()
                {
                    life.say(now, &format!("! withdraw {id:?}"));
                    life.withdrawn.push(id.as_u32());
                }
                if let Some(end) = wire::deliver(&mut link, &mut rx, &mut random, now) {
                    life.say(now, &format!("! disconnected {end:?}"));
                    client.disconnected(end);
                }
            }
            Output::Disconnect => {
                life.say(now, "= disconnect");
                link = None;
                client.disconnected(DisconnectReason::Closed);
            }
            Output::Closed(end) => {
                life.say(now, &format!("= closed {end:?}"));
                if !closing {
                    life.broken.push(format!("it ended by itself: {end:?}"));
                }
                return life;
            }
            _ => {}
        }
        if client.state() == slack_rtm::State::Open {
            alive_at = now;
        }
        if now > alive_at + PATIENCE_MS && !closing {
            life.broken.push(format!(
                "at {now}: neither session nor try since {alive_at}"
            ));
            return life;
        }
        if faulty && now >= next_push {
            next_push = now + random.between(1, 40_000);
            let text = "x".repeat(random.between(0, 3000) as usize);
            let message = json!({"type": "message", "channel": "C9", "user": "U2", "text": text, "ts": "1.2"});
            if let Some(link) = &mut link {
                link.connection.push(&message);
            }
        }
        if faulty && now >= next_act {
            next_act = now + random.between(1, settings.message_every_ms * 2);
            for _ in 0..random.between(1, 3) {
                let event = life.members.act(&mut random);
                if let Some(link) = &mut link {
                    link.connection.push(&event);
                }
            }
        }
        if !faulty && let Some(link) = &mut link {
            // What does not heal by itself is noticed by the client.
            link.connection.quicken();
        }
    }
}

fn end_of(life: &mut Life, id: MessageId, fate: Fate) {
    match life.fates.get_mut(&id.as_u32()) {
        Some((_, past)) if *past == Fate::Accepted => *past = fate,
        Some((text, past)) => {
            let line = format!("message {id} {text} ended as {past:?} and as {fate:?}");
            life.broken.push(line);
        }
        None => life
            .broken
            .push(format!("an end for {id}, which was never sent")),
    }
}
