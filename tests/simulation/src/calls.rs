//! A device that calls the Web API over a bad link, for a virtual month.

use crate::random::Random;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, FromFn, from_fn};
use slack_rtm::methods::chat::PostMessage;
use slack_rtm::methods::users::UserInfo;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{Caller, CallerConfig, CallerEvent, Job, RateSlot, paths};
use slack_rtm::{DisconnectReason, MessageId, Output, OwnedStorage};
use std::collections::{HashMap, VecDeque};

/// The channels that the device posts to.
const CHANNELS: [&str; 3] = ["C1", "C2", "C3"];

/// The pause that the server demands after too many calls.
const RETRY_AFTER_MS: u64 = 30_000;

/// The outcome of a call, and what may have happened at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The server has done it.
    Done,
    /// The server has not done it.
    NotDone,
    /// Nobody knows.
    Unknown,
}

/// What a month had, and what went wrong in it.
#[derive(Debug, Default)]
pub struct Month {
    /// Links that were opened.
    pub links: u64,
    /// Requests that reached the server.
    pub requests: u64,
    /// Posts and calls that were accepted.
    pub accepted: u64,
    /// Those that failed, were refused, expired or were withdrawn.
    pub not_done: u64,
    /// Those whose outcome nobody knows.
    pub unconfirmed: u64,
    /// What must not happen, with its time.
    pub broken: Vec<String>,
}

/// A link, between the device and the server.
#[derive(Default)]
struct Link {
    request: String,
    to_client: VecDeque<u8>,
    /// The server has closed it.
    is_closed: bool,
    /// Nothing arrives at either side any more, and nobody notices.
    is_dead: bool,
    /// No byte moves before.
    stalled_until: u64,
    /// The server closes it if it is idle then.
    idle_until: u64,
}

/// The server, and what it has done.
struct Server {
    random: Random,
    /// How many times each text was posted.
    posted: HashMap<String, u32>,
    /// The times of the posts to each channel.
    times: HashMap<String, Vec<u64>>,
    /// When each method is accepted again, by `Retry-After`, and the same once the device has
    /// received it.
    held: HashMap<&'static str, u64>,
    known: HashMap<&'static str, u64>,
    /// Channel, text and thread of the posts that are to be sent to the sockets.
    echoes: Vec<[Option<String>; 3]>,
}

impl Server {
    /// Handles a request. Returns the response, and whether the link closes after it.
    fn handle(&mut self, request: &str, now: u64, month: &mut Month) -> (String, bool) {
        month.requests += 1;
        let (head, body) = request.split_once("\r\n\r\n").unwrap_or_default();
        let argument = |name: &str| {
            let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(found, _)| *found == name)
                .map(|(_, value)| value.to_owned())
        };
        let is_post = head.starts_with("POST /api/chat.postMessage ");
        let method = if is_post { "a post" } else { "another call" };
        if self.known.get(method).is_some_and(|from| now < *from) {
            month
                .broken
                .push(format!("{now}: {method} before Retry-After has passed"));
        }
        if is_post {
            let channel = argument("channel").unwrap_or_default();
            let times = self.times.entry(channel).or_default();
            times.push(now);
            // Three at once, then one a second.
            if let Some(window) = times.len().checked_sub(5)
                && now - times[window] < 1_900
            {
                month
                    .broken
                    .push(format!("{now}: five posts within two seconds"));
            }
        }
        let text = argument("text");
        let mut execute = || {
            if let (true, Some(text)) = (is_post, &text) {
                *self.posted.entry(text.clone()).or_default() += 1;
                self.echoes
                    .push(["channel", "text", "thread_ts"].map(argument));
            }
        };
        let respond = |status: &str, fields: &str, body: &str| {
            let length = body.len();
            format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n{body}")
        };
        let ok = r#"{"ok":true,"ts":"1764200000.000100"}"#;
        match self.random.between(0, 99) {
            0..=69 => {
                execute();
                (respond("200 OK", "", ok), false)
            }
            70..=74 => {
                execute();
                (respond("200 OK", "Connection: close\r\n", ok), true)
            }
            75..=77 => {
                execute();
                (format!("HTTP/1.1 200 OK\r\n\r\n{ok}"), true)
            }
            78..=81 => {
                self.held.insert(method, now + RETRY_AFTER_MS);
                let fields = "Retry-After: 30\r\n";
                (respond("429 Too Many Requests", fields, ""), false)
            }
            82..=84 => (respond("503 Service Unavailable", "", "<html>"), true),
            85..=87 => {
                if self.random.chance(50) {
                    execute();
                }
                (respond("500 Internal Server Error", "", ""), false)
            }
            88..=90 => {
                let body = r#"{"ok":false,"error":"is_archived"}"#;
                (respond("200 OK", "", body), false)
            }
            // Closed or silent, after the work or before it.
            91..=96 => {
                if self.random.chance(50) {
                    execute();
                }
                (String::new(), self.random.chance(50))
            }
            _ => {
                execute();
                let mut cut = respond("200 OK", "", ok);
                cut.truncate(self.random.between(1, cut.len() as u64 - 1) as usize);
                (cut, true)
            }
        }
    }
}

/// Returns the request at the front, if it is whole.
fn whole_request(received: &str) -> Option<usize> {
    let head = received.find("\r\n\r\n")? + 4;
    let length = received[..head]
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))?;
    let end = head + length.parse::<usize>().ok()?;
    (received.len() >= end).then_some(end)
}

/// The randomness of a machine.
pub(crate) type Source = FromFn<Box<dyn FnMut(&mut [u8]) -> Result<(), EntropyError>>>;

/// Returns the randomness of `seed`.
pub(crate) fn source(seed: u64) -> Source {
    let mut random = Random::new(seed);
    from_fn(Box::new(move |out: &mut [u8]| {
        random.fill(out);
        Ok(())
    }))
}

/// The memory of a device for its calls.
pub(crate) struct Memory {
    rx: [u8; 512],
    tx: [u8; 256],
    rates: [RateSlot; 4],
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            rx: [0; 512],
            tx: [0; 256],
            rates: [RateSlot::FREE; 4],
        }
    }
}

/// The calls of a device, and the server that they go to.
pub(crate) struct Calls<'m> {
    caller: Caller<'m, Source, OwnedStorage<64, 1024>>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    random: Random,
    server: Server,
    pub(crate) month: Month,
    link: Option<Link>,
    /// When the link that is being opened is there, or cannot be opened.
    dialing: Option<u64>,
    /// There is no network before.
    pub(crate) down_until: u64,
    number: u32,
    /// The texts of the posts without an outcome.
    texts: HashMap<MessageId, String>,
    /// The text of the call under way, and whether it only reads.
    calling: Option<(String, bool)>,
    outcomes: HashMap<String, Outcome>,
}

impl<'m> Calls<'m> {
    pub(crate) fn new(seed: u64, memory: &'m mut Memory) -> Self {
        let storage = OwnedStorage::new();
        let (rates, source) = (&mut memory.rates, source(seed ^ 1));
        let caller = Caller::new(CallerConfig::new(), "xoxb-1", storage, rates, source);
        Self {
            caller: caller.expect("usable settings"),
            rx: RecvBuf::new(&mut memory.rx),
            tx: SendBuf::new(&mut memory.tx),
            random: Random::new(seed),
            server: Server {
                random: Random::new(seed ^ 2),
                posted: HashMap::new(),
                times: HashMap::new(),
                held: HashMap::new(),
                known: HashMap::new(),
                echoes: Vec::new(),
            },
            month: Month::default(),
            link: None,
            dialing: None,
            down_until: 0,
            number: 0,
            texts: HashMap::new(),
            calling: None,
            outcomes: HashMap::new(),
        }
    }

    /// Whether everything has its outcome.
    pub(crate) fn is_done(&self) -> bool {
        self.calling.is_none() && self.caller.pending_posts() == 0
    }

    /// Posts a text. Returns whether there was room.
    pub(crate) fn post(
        &mut self,
        post: &PostMessage<'_>,
        text: &str,
        span: Option<Duration>,
    ) -> bool {
        let id = self.caller.post(post, span);
        if let Ok(id) = id {
            self.texts.insert(id, text.to_owned());
        }
        id.is_ok()
    }

    /// Channel, text and thread of the posts that the server has taken since the last time.
    pub(crate) fn take_echoes(&mut self) -> Vec<[Option<String>; 3]> {
        std::mem::take(&mut self.server.echoes)
    }

    /// Does something that a device does now and then. Returns the time of the next one.
    pub(crate) fn act(&mut self, now: u64) -> u64 {
        match self.random.between(0, 9) {
            0..=5 => {
                // Now and then many at once.
                for _ in 0..*self.random.choose(&[1, 1, 1, 2, 6]) {
                    self.number += 1;
                    let text = format!("post-{}", self.number);
                    let channel = *self.random.choose(&CHANNELS);
                    let span = self
                        .random
                        .chance(50)
                        .then(|| Duration::from_secs(self.random.between(1, 900)));
                    self.post(&PostMessage::new(channel, text.as_str()), &text, span);
                }
            }
            6 => {
                if let Some(id) = self.texts.keys().min().copied() {
                    self.caller.withdraw(id);
                }
            }
            7..=8 if self.calling.is_none() => {
                self.number += 1;
                let call = (format!("call-{}", self.number), self.random.chance(50));
                self.calling = Some(call);
            }
            9 => self.down_until = now + self.random.between(1, 1_800_000),
            _ => {}
        }
        now + self.random.between(1, 600_000)
    }

    /// Takes every step that is possible now. Returns the time of the next one.
    pub(crate) fn step(&mut self, now: u64) -> u64 {
        if let Some(open) = &mut self.link {
            if self.random.chance(1) && self.random.chance(20) {
                open.is_dead = true;
            }
            if self.random.chance(1) {
                open.stalled_until = now + self.random.between(1, 20_000);
            }
            if now >= open.idle_until && open.request.is_empty() {
                open.is_closed = true;
            }
        }
        loop {
            let (text, is_reading) = match &self.calling {
                Some((text, is_reading)) => (text.as_str(), *is_reading),
                None => ("", false),
            };
            let (post, reading) = (PostMessage::new("C1", text), UserInfo::new("U1"));
            let job = match is_reading {
                true => Job::new(&reading, &paths::CALL),
                false => Job::new(&post, &paths::CALL),
            };
            let job = self.calling.as_ref().map(|_| &job);
            if let (Some(job), false) = (job, self.caller.is_calling()) {
                self.caller.begin(job).expect("within the limits");
            }
            let at = Instant::from_millis(now);
            let output = self.caller.poll(job, &mut self.rx, &mut self.tx, at);
            match output.expect("randomness") {
                Output::Connect { .. } => {
                    self.month.links += 1;
                    self.dialing = Some(now + self.random.between(1, 800));
                }
                Output::Disconnect => {
                    (self.link, self.dialing) = (None, None);
                    self.caller.disconnected(DisconnectReason::Closed);
                }
                Output::Wait { until, .. } => {
                    let until = until.as_millis().max(now + 1);
                    match self.dialing {
                        Some(at) if now < at => return until.min(at),
                        Some(_) => self.dialed(now),
                        None if self.link.is_none() => return until,
                        None => match self.transfer(now) {
                            Some(wake) => return wake.min(until),
                            None => return now + self.random.between(0, 50),
                        },
                    }
                }
                Output::Event(event) => {
                    let calling =
                        |calling: &mut Option<(String, bool)>| calling.take().map(|(text, _)| text);
                    let (text, outcome) = match event {
                        CallerEvent::Accepted(_) => (calling(&mut self.calling), Outcome::Done),
                        CallerEvent::Refused(_) | CallerEvent::Failed(_) => {
                            (calling(&mut self.calling), Outcome::NotDone)
                        }
                        CallerEvent::Unconfirmed(_) => {
                            (calling(&mut self.calling), Outcome::Unknown)
                        }
                        CallerEvent::PostAccepted(id, _) => (self.texts.remove(&id), Outcome::Done),
                        CallerEvent::PostRefused(id, _)
                        | CallerEvent::PostFailed(id, _)
                        | CallerEvent::PostExpired(id)
                        | CallerEvent::PostWithdrawn(id) => {
                            (self.texts.remove(&id), Outcome::NotDone)
                        }
                        CallerEvent::PostUnconfirmed(id, _) => {
                            (self.texts.remove(&id), Outcome::Unknown)
                        }
                        other => panic!("{other:?}"),
                    };
                    self.decide(text, outcome, now);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// The link that was being opened is there, or cannot be opened.
    fn dialed(&mut self, now: u64) {
        self.dialing = None;
        if now < self.down_until || self.random.chance(5) {
            self.caller.disconnected(DisconnectReason::Unreachable);
            return;
        }
        // A response that was lost is unknown to the device.
        self.server.held = self.server.known.clone();
        self.link = Some(Link {
            idle_until: now + self.random.between(5_000, 60_000),
            ..Link::default()
        });
        self.caller.connected();
    }

    /// Moves bytes over the link. Returns the time of the next move, or `None` if some moved.
    fn transfer(&mut self, now: u64) -> Option<u64> {
        let open = self.link.as_mut()?;
        if now < open.stalled_until {
            return Some(open.stalled_until);
        }
        let pending = self.tx.pending();
        let count = pending.len().min(self.random.between(1, 300) as usize);
        let text = String::from_utf8_lossy(&pending[..count]).into_owned();
        self.tx.sent(count);
        let mut has_moved = count > 0;
        if open.is_dead {
            return (!has_moved).then_some(u64::MAX);
        }
        open.request.push_str(&text);
        if let Some(length) = whole_request(&open.request) {
            let request: String = open.request.drain(..length).collect();
            let (response, closes) = self.server.handle(&request, now, &mut self.month);
            open.to_client.extend(response.bytes());
            open.is_closed |= closes;
            open.idle_until = now + self.random.between(5_000, 60_000);
            has_moved = true;
        }
        let space = self.rx.space();
        let count = space.len().min(open.to_client.len());
        let count = count.min(self.random.between(1, 100) as usize);
        for (to, from) in space.iter_mut().zip(open.to_client.drain(..count)) {
            *to = from;
        }
        self.rx.filled(count);
        if open.to_client.is_empty() {
            self.server.known = self.server.held.clone();
        }
        has_moved |= count > 0;
        let idle_until = open.idle_until.max(now + 1);
        if count == 0 && open.is_closed && open.to_client.is_empty() {
            self.link = None;
            self.caller.disconnected(DisconnectReason::Closed);
            has_moved = true;
        }
        (!has_moved).then_some(idle_until)
    }

    fn decide(&mut self, text: Option<String>, outcome: Outcome, now: u64) {
        let month = &mut self.month;
        match outcome {
            Outcome::Done => month.accepted += 1,
            Outcome::NotDone => month.not_done += 1,
            Outcome::Unknown => month.unconfirmed += 1,
        }
        let Some(text) = text else {
            month.broken.push(format!("{now}: an outcome of nothing"));
            return;
        };
        if self.outcomes.insert(text.clone(), outcome).is_some() {
            month.broken.push(format!("{now}: {text} has two outcomes"));
        }
    }

    /// Returns the month, with everything that must hold and did not.
    pub(crate) fn verdict(self) -> Month {
        let mut month = self.month;
        for text in self.texts.values() {
            month.broken.push(format!("{text} has no outcome"));
        }
        for (text, count) in &self.server.posted {
            if *count > 1 {
                month
                    .broken
                    .push(format!("{text} was posted {count} times"));
            }
        }
        for (text, outcome) in &self.outcomes {
            let count = self.server.posted.get(text).copied().unwrap_or_default();
            let is_read = text.starts_with("call-") && count == 0;
            let holds = match outcome {
                Outcome::Done => count == 1 || is_read,
                Outcome::NotDone => count == 0,
                Outcome::Unknown => true,
            };
            if !holds {
                month.broken.push(format!(
                    "{text} ended as {outcome:?}, and was posted {count} times"
                ));
            }
        }
        month
    }
}

/// Runs a device that calls for this many days.
pub fn calls(seed: u64, days: u64) -> Month {
    let mut memory = Memory::new();
    let mut calls = Calls::new(seed, &mut memory);
    let mut now = 1_000;
    let end = now + days * 24 * 3_600_000;
    let mut next_action = now;
    while now < end || !calls.is_done() {
        if now >= next_action && now < end {
            next_action = calls.act(now);
        }
        let wake = calls.step(now);
        now = match now < end {
            true => wake.min(next_action),
            false => wake,
        };
    }
    calls.verdict()
}
