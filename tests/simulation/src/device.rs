//! A device that listens and calls at the same time, over two bad links, for a virtual month.

use crate::bot::Bot;
use crate::calls::{Calls, Memory, Month, Source, source};
use crate::members::{CHANNEL, Members};
use crate::random::Random;
use crate::server::{Connection, Fault, Slack};
use crate::wire::{self, Link};
use serde_json::{Value, json};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::methods::chat::PostMessage;
use slack_rtm::time::Instant;
use slack_rtm::{Client, Config, DisconnectReason, Event, Output, State, Token};
use std::collections::VecDeque;

/// No time may pass without a session or a scheduled attempt for longer than this.
const LONGEST_GAP_MS: u64 = 90_000;
/// After the faults end, everything must have its outcome within this time.
const QUIET_MS: u64 = 20 * 60_000;

/// A month of a device that listens.
#[derive(Debug, Default)]
pub struct Listened {
    /// Sessions that began with hello.
    pub sessions: u64,
    /// Events that the server sent, and that the device received.
    pub events: u64,
    /// Answers of the bot.
    pub answers: u64,
    /// The calls of the same device, and everything that must not happen.
    pub calls: Month,
}

/// The session of the device, and the server that it is with.
struct Session<'m> {
    client: Client<'m, Source, Token<16>>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    random: Random,
    slack: Slack,
    link: Option<Link>,
    /// When the link that is being opened is there, or cannot be opened.
    dialing: Option<(u64, Result<Fault, DisconnectReason>)>,
    /// There is no network before.
    down_until: u64,
    /// Whether links and calls fail.
    is_faulty: bool,
    /// When the link ends.
    ends_at: u64,
    /// The time of the last session, or of the next attempt.
    alive_at: u64,
    bot: Bot,
    members: Members,
    /// `event_ts` of the events that were sent on this link and are not received yet.
    sent: VecDeque<String>,
    listened: Listened,
}

impl Session<'_> {
    fn broke(&mut self, now: u64, what: &str) {
        self.listened.calls.broken.push(format!("{now}: {what}"));
    }

    /// The server sends an event, if there is a socket.
    fn push(&mut self, event: &Value, now: u64) {
        let Some(link) = &mut self.link else { return };
        let is_idle = !link.connection.has_bytes();
        if !link.connection.push(event) {
            return;
        }
        if is_idle {
            link.next_at = now + link.latency;
        }
        let ts = event["event_ts"].as_str().expect("a timestamp");
        self.sent.push_back(ts.to_owned());
    }

    /// The network is gone for a while; a link may survive that.
    fn fail_until(&mut self, until: u64) {
        self.down_until = until;
        if let Some(link) = &mut self.link
            && self.random.chance(50)
        {
            link.connection.fall_silent();
        }
    }

    /// Takes every step that is possible now. Returns the time of the next one.
    fn step(&mut self, now: u64) -> u64 {
        if now >= self.ends_at
            && let Some(link) = &mut self.link
        {
            self.ends_at = u64::MAX;
            match self.random.between(0, 2) {
                0 => link.connection.reset(),
                1 => link.connection.close(),
                _ => link.connection.fall_silent(),
            }
        }
        for _ in 0..10_000 {
            let at = Instant::from_millis(now);
            match self.client.poll(&mut self.rx, &mut self.tx, at) {
                Ok(Output::Connect { peer, until, .. }) => {
                    let is_call = peer.host == "slack.com";
                    let dialing = self.dial(is_call, until.as_millis(), now);
                    self.dialing = Some(dialing);
                }
                Ok(Output::Disconnect) => {
                    (self.link, self.dialing) = (None, None);
                    self.client.disconnected(DisconnectReason::Closed);
                }
                Ok(Output::Event(event)) => match event {
                    Event::Hello(_) => self.listened.sessions += 1,
                    Event::Reconnecting(end) => self.alive_at = end.at().as_millis().max(now),
                    Event::Message(message) => {
                        let ts = message.event_ts().unwrap_or_default().to_owned();
                        self.bot.hear(&message, &self.members);
                        let expected = self.sent.pop_front();
                        if expected.as_deref() != Some(&ts) {
                            self.broke(now, &format!("{ts} came in place of {expected:?}"));
                        }
                        self.listened.events += 1;
                    }
                    _ => {}
                },
                Ok(Output::Wait { until, .. }) => {
                    if self.client.state() == State::Open {
                        self.alive_at = self.alive_at.max(now);
                    }
                    if now > self.alive_at + LONGEST_GAP_MS {
                        let since = self.alive_at;
                        self.broke(now, &format!("neither session nor attempt since {since}"));
                        self.alive_at = now;
                    }
                    if let Some(wake) = self.wait(until.as_millis().max(now + 1), now) {
                        return wake;
                    }
                }
                other => {
                    let what = format!("{other:?}");
                    self.broke(now, &what);
                    return u64::MAX;
                }
            }
        }
        self.broke(now, "it spins");
        u64::MAX
    }

    /// Decides how an attempt to open a link ends, and when.
    fn dial(
        &mut self,
        is_call: bool,
        until: u64,
        now: u64,
    ) -> (u64, Result<Fault, DisconnectReason>) {
        let random = &mut self.random;
        let at = now + random.between(5, 400);
        if now < self.down_until {
            return (at, Err(DisconnectReason::Unreachable));
        }
        match random.between(0, 99) {
            _ if !self.is_faulty => (at, Ok(Fault::None)),
            0..=14 => match wire::refusal(random) {
                DisconnectReason::TimedOut => (until.max(now), Err(DisconnectReason::TimedOut)),
                reason => (at, Err(reason)),
            },
            15..=49 if is_call => (at, Ok(wire::call_fault(random))),
            15..=49 => (at, Ok(wire::socket_fault(random))),
            _ => (at, Ok(Fault::None)),
        }
    }

    /// Moves bytes. Returns the time of the next step, if nothing has changed.
    fn wait(&mut self, until: u64, now: u64) -> Option<u64> {
        match self.dialing {
            Some((at, _)) if now < at => return Some(until.min(at)),
            Some((_, end)) => {
                self.dialing = None;
                self.sent.clear();
                match end {
                    Ok(fault) => {
                        let latency = self.random.between(1, 300);
                        self.link = Some(Link {
                            connection: Connection::new(fault),
                            next_at: now + latency,
                            latency,
                        });
                        self.ends_at = match self.is_faulty {
                            true => now + self.random.between(30_000, 4 * 3_600_000),
                            false => u64::MAX,
                        };
                        self.client.connected();
                    }
                    Err(reason) => self.client.disconnected(reason),
                }
                return None;
            }
            None => {}
        }
        if self.link.is_some() && now < self.down_until {
            return Some(until.min(self.down_until));
        }
        if wire::flush(&mut self.link, &mut self.tx, now, &mut self.slack) {
            return None;
        }
        let had_bytes = self.rx.space().len();
        if let Some(reason) = wire::deliver(&mut self.link, &mut self.rx, &mut self.random, now) {
            self.client.disconnected(reason);
            return None;
        }
        if self.rx.space().len() != had_bytes {
            return None;
        }
        let Some(link) = &self.link else {
            return Some(until);
        };
        let connection = &link.connection;
        let moves = connection.has_bytes() || connection.has_ended();
        let next_at = if moves { link.next_at } else { u64::MAX };
        let is_read = connection.is_drained() && self.client.state() == State::Open;
        if is_read && let Some(ts) = self.sent.pop_front() {
            self.broke(now, &format!("{ts} was delivered and not reported"));
        }
        Some(until.min(next_at).min(self.ends_at).max(now + 1))
    }
}

/// Runs a device for this many days: its session receives the messages of a channel, and a bot
/// answers them by posts through the Web API.
pub fn device(seed: u64, days: u64) -> Listened {
    let mut memory = Memory::new();
    let mut calls = Calls::new(seed, &mut memory);
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let client = Client::new(Config::new(), "xoxb-1", Token::new(), source(seed ^ 3));
    let mut now = 1_000;
    let end = now + days * 24 * 3_600_000;
    let mut session = Session {
        client: client.expect("usable settings"),
        rx: RecvBuf::new(&mut rx),
        tx: SendBuf::new(&mut tx),
        random: Random::new(seed ^ 4),
        slack: Slack::default(),
        link: None,
        dialing: None,
        down_until: 0,
        is_faulty: true,
        ends_at: u64::MAX,
        alive_at: now,
        bot: Bot::default(),
        members: Members::default(),
        sent: VecDeque::new(),
        listened: Listened::default(),
    };
    let mut members = Random::new(seed ^ 5);
    let mut echoes = 0_u32;
    let (mut calls_at, mut session_at) = (now, now);
    let (mut next_action, mut next_event) = (now, now);
    loop {
        if now >= end && session.is_faulty {
            session.is_faulty = false;
            (calls.down_until, session.down_until) = (now, now);
            (session_at, next_action, next_event) = (now, u64::MAX, u64::MAX);
            if let Some(link) = &mut session.link {
                link.connection.reset();
            }
        }
        if now >= next_action {
            next_action = calls.act(now);
            if calls.down_until > session.down_until {
                session.fail_until(calls.down_until);
            }
            calls_at = now;
        }
        if now >= next_event {
            next_event = now + members.between(1, 600_000);
            for _ in 0..members.between(1, 3) {
                let event = session.members.act(&mut members);
                session.push(&event, now);
            }
            session_at = now;
        }
        if now >= session_at {
            session_at = session.step(now);
        }
        while let Some(ts) = session.bot.next().map(str::to_owned) {
            let text = format!("pong{}", ts.trim_start_matches("1800000000"));
            let answer = PostMessage::new(CHANNEL, text.as_str()).in_thread(&ts);
            if !calls.post(&answer, &text, None) {
                break;
            }
            session.bot.has_answered();
            calls_at = now;
        }
        if now >= calls_at {
            calls_at = calls.step(now);
        }
        for [channel, text, thread_ts] in calls.take_echoes() {
            echoes += 1;
            let ts = format!("1800000001.{echoes:06}");
            let event = json!({
                "type": "message", "channel": channel, "user": "U0SELF", "bot_id": "B0SELF",
                "text": text, "thread_ts": thread_ts, "ts": ts, "event_ts": ts,
            });
            session.push(&event, now);
            session_at = now;
        }
        let is_healed = session.client.state() == State::Open && session.sent.is_empty();
        if !session.is_faulty && is_healed && calls.is_done() && session.bot.next().is_none() {
            break;
        }
        if now > end + QUIET_MS {
            session.broke(now, "it did not heal");
            break;
        }
        now = calls_at
            .min(session_at)
            .min(next_action)
            .min(next_event)
            .max(now);
        if !session.listened.calls.broken.is_empty() {
            break;
        }
    }
    let mut listened = session.listened;
    let broken = &mut listened.calls.broken;
    broken.extend(session.bot.verdict().err());
    broken.extend(session.slack.too_many_calls());
    listened.answers = session.bot.answers() as u64;
    let mut month = calls.verdict();
    month.broken.append(broken);
    listened.calls = month;
    listened
}
