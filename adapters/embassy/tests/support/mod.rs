//! A Slack in memory, the network to it, and an executor on a clock of the test.
//!
//! A task is polled only when its waker was used, so that a lost wake-up shows as time that passes.

#![allow(dead_code, reason = "each test uses a part")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use slack_rtm::DisconnectReason;
use slack_rtm::entropy::{Entropy, from_fn};
use slack_rtm::time::{Duration, Instant};
use slack_rtm_embassy::clock::Clock;
use slack_rtm_embassy::stream::{Dial, Stream};

/// The two directions of a connection, and how the network treats them.
#[derive(Default)]
pub(crate) struct Line {
    /// The number of the connection.
    pub(crate) number: u32,
    /// The name of the host.
    pub(crate) host: String,
    pub(crate) to_server: VecDeque<u8>,
    pub(crate) to_client: VecDeque<u8>,
    /// No more than this fits on its way to the server.
    pub(crate) window: usize,
    /// A read returns at most this many bytes.
    pub(crate) read_limit: usize,
    pub(crate) hung_up: bool,
    pub(crate) server_ended: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Line {
    /// Wakes the halves that can continue, and no other.
    pub(crate) fn wake(&mut self) {
        if (!self.to_client.is_empty() || self.server_ended)
            && let Some(reader) = self.reader.take()
        {
            reader.wake();
        }
        if self.to_server.len() < self.window
            && let Some(writer) = self.writer.take()
        {
            writer.wake();
        }
    }
}

#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) line: Rc<RefCell<Line>>,
    window: usize,
    read_limit: usize,
}

impl Network {
    pub(crate) fn new(window: usize, read_limit: usize) -> Self {
        Self {
            line: Rc::default(),
            window,
            read_limit,
        }
    }
}

impl Dial for Network {
    type Stream<'s> = Self;

    async fn dial(&mut self, host: &str, _: u16, _: Duration) -> Result<Self, DisconnectReason> {
        assert!(["slack.test", "files.slack.test"].contains(&host), "{host}");
        let mut line = self.line.borrow_mut();
        *line = Line {
            number: line.number + 1,
            host: host.to_owned(),
            window: self.window,
            read_limit: self.read_limit,
            ..Line::default()
        };
        Ok(self.clone())
    }
}

impl Stream for Network {
    type Reader<'h> = Self;
    type Writer<'h> = Self;

    fn split(&mut self) -> (Self, Self) {
        (self.clone(), self.clone())
    }

    async fn hang_up(&mut self) {
        self.line.borrow_mut().hung_up = true;
    }
}

impl ErrorType for Network {
    type Error = Infallible;
}

impl Read for Network {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Infallible> {
        poll_fn(|cx| {
            let mut line = self.line.borrow_mut();
            if line.to_client.is_empty() && !line.server_ended {
                line.reader = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let count = space.len().min(line.to_client.len()).min(line.read_limit);
            for (to, from) in space.iter_mut().zip(line.to_client.drain(..count)) {
                *to = from;
            }
            Poll::Ready(Ok(count))
        })
        .await
    }
}

impl Write for Network {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        poll_fn(|cx| {
            let mut line = self.line.borrow_mut();
            let count = bytes.len().min(line.window - line.to_server.len());
            if count == 0 {
                line.writer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            line.to_server.extend(&bytes[..count]);
            Poll::Ready(Ok(count))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The other side. It replies to what has arrived, and panics at a byte that a client must not
/// send.
#[derive(Default)]
pub(crate) struct Slack {
    /// The connection that it talks on.
    number: u32,
    taken: Vec<u8>,
    pub(crate) is_socket: bool,
    /// The texts of the messages that arrived, with the times.
    pub(crate) texts: Vec<(u64, String)>,
    /// The times at which the client has reported that it is typing.
    pub(crate) typings: Vec<u64>,
    pub(crate) pings: u32,
    /// The numbers in the client's pings that have one.
    pub(crate) counts: Vec<u64>,
    /// The payloads of the pong frames that arrived.
    pub(crate) pongs: Vec<Vec<u8>>,
    /// The payloads of the close frames that arrived.
    pub(crate) closes: Vec<Vec<u8>>,
    /// It takes no more than this at a time.
    pub(crate) appetite: usize,
    /// How many calls it refuses before it accepts one.
    pub(crate) refusals: u32,
    /// Whether the socket's URL requires TLS.
    pub(crate) is_secure: bool,
    /// Acknowledgements that it keeps back, if it does.
    pub(crate) acks: Option<Vec<String>>,
}

impl Slack {
    pub(crate) fn new(appetite: usize) -> Self {
        Self {
            appetite,
            ..Self::default()
        }
    }

    pub(crate) fn work(&mut self, now: u64, line: &mut Line) {
        if self.number != line.number {
            self.number = line.number;
            self.taken.clear();
            self.is_socket = false;
        }
        let count = line.to_server.len().min(self.appetite);
        self.taken.extend(line.to_server.drain(..count));
        if self.is_socket {
            while self.frame(now, line).is_some() {}
        } else if self.taken.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8(std::mem::take(&mut self.taken)).unwrap();
            let key = head
                .lines()
                .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
            let response = if let Some(key) = key {
                self.is_socket = true;
                let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
                format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                     Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                )
            } else if self.refusals > 0 {
                self.refusals -= 1;
                let body = r#"{"ok":false,"error":"invalid_auth"}"#;
                let length = body.len();
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
            } else {
                let scheme = if self.is_secure { "wss" } else { "ws" };
                let body = format!(
                    r#"{{"ok":true,"url":"{scheme}:\/\/slack.test:81\/socket","self":{{"id":"U1","name":"bell"}}}}"#
                );
                let length = body.len();
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
            };
            line.to_client.extend(response.bytes());
            if self.is_socket {
                say(line, r#"{"type":"hello"}"#);
            }
        }
        line.wake();
    }

    /// Handles a short frame of the client, if one is complete.
    fn frame(&mut self, now: u64, line: &mut Line) -> Option<()> {
        let [opcode, length, rest @ ..] = self.taken.as_slice() else {
            return None;
        };
        let (opcode, length) = (*opcode, usize::from(length & 0x7f));
        assert!(length < 126, "the messages of the tests are short");
        let (mask, payload) = rest.split_at_checked(4)?;
        let payload = payload.get(..length)?.iter().zip(mask.iter().cycle());
        let payload: Vec<u8> = payload.map(|(byte, mask)| byte ^ mask).collect();
        self.taken.drain(..6 + length);
        match opcode {
            0x81 => {
                let text = String::from_utf8(payload).unwrap();
                let id = member(&text, "\"id\":").trim_end_matches('}').to_owned();
                if text.contains("\"ping\"") {
                    self.pings += 1;
                    if text.contains("\"count\"") {
                        let count = member(&text, "\"count\":").parse().unwrap();
                        self.counts.push(count);
                    }
                    say(line, &format!(r#"{{"type":"pong","reply_to":{id}}}"#));
                } else if text.contains("\"typing\"") {
                    self.typings.push(now);
                } else {
                    let text = member(&text, "\"text\":").trim_matches('"').to_owned();
                    self.texts.push((now, text));
                    let ack = format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.{id}"}}"#);
                    match &mut self.acks {
                        Some(acks) => acks.push(ack),
                        None => say(line, &ack),
                    }
                }
            }
            0x8a => self.pongs.push(payload),
            0x88 => {
                if !line.server_ended {
                    line.to_client.extend([0x88, 2, payload[0], payload[1]]);
                    line.server_ended = true;
                }
                self.closes.push(payload);
            }
            other => panic!("opcode {other:#x}"),
        }
        Some(())
    }

    pub(crate) fn sent(&self) -> Vec<&str> {
        self.texts.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// What the Web API does after a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends these bytes, and closes if so.
    Send(String, bool),
    /// Closes without a response.
    Close,
    /// Sends nothing.
    Silence,
}

/// The Web API of a Slack. It replies to each request, and panics at bytes that are none.
#[derive(Default)]
pub(crate) struct Methods {
    /// The connection that it talks on.
    number: u32,
    taken: Vec<u8>,
    /// The requests that arrived, with the times and the numbers of the connections.
    pub(crate) requests: Vec<(u64, u32, String)>,
    /// What it does after the next requests. Afterwards, it accepts all calls.
    pub(crate) acts: VecDeque<Act>,
    /// It takes no more than this at a time.
    pub(crate) appetite: usize,
}

impl Methods {
    pub(crate) fn new(appetite: usize) -> Self {
        Self {
            appetite,
            ..Self::default()
        }
    }

    pub(crate) fn work(&mut self, now: u64, line: &mut Line) {
        if self.number != line.number {
            self.number = line.number;
            self.taken.clear();
        }
        let count = line.to_server.len().min(self.appetite);
        self.taken.extend(line.to_server.drain(..count));
        if let Some(request) = self.request() {
            let echo = argument(&request, "text").unwrap_or_default();
            let body = format!(r#"{{"ok":true,"channel":"C1","ts":"{echo}"}}"#);
            self.requests.push((now, line.number, request));
            let response = response("200 OK", &body);
            match self.acts.pop_front().unwrap_or(Act::Send(response, false)) {
                Act::Send(bytes, ends) => {
                    line.to_client.extend(bytes.bytes());
                    line.server_ended = ends;
                }
                Act::Close => line.server_ended = true,
                Act::Silence => {}
            }
        }
        line.wake();
    }

    /// Takes a request, if one is complete.
    fn request(&mut self) -> Option<String> {
        let text = String::from_utf8(self.taken.clone()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n")?;
        assert!(head.starts_with("POST /api/"), "{head}");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.unwrap().parse().unwrap();
        assert!(body.len() <= length, "one request at a time: {text}");
        (body.len() == length).then(|| {
            self.taken.clear();
            text.clone()
        })
    }

    /// Returns whether a part of a request has arrived.
    pub(crate) fn has_begun(&self) -> bool {
        !self.taken.is_empty()
    }

    /// Returns the texts of the messages that were posted.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let texts = self
            .requests
            .iter()
            .map(|(_, _, request)| argument(request, "text"));
        texts.flatten().collect()
    }
}

/// Returns an argument of a request with a form.
fn argument<'t>(request: &'t str, name: &str) -> Option<&'t str> {
    let (_, body) = request.split_once("\r\n\r\n")?;
    let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}

/// A response with this body.
pub(crate) fn response(head: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn member<'t>(text: &'t str, name: &str) -> &'t str {
    let rest = text.split(name).nth(1).unwrap_or_else(|| panic!("{text}"));
    rest.split([',', '}']).next().unwrap()
}

/// Sends a text frame.
pub(crate) fn say(line: &mut Line, text: &str) {
    match text.len() {
        length @ ..126 => line.to_client.extend([0x81, length as u8]),
        length => {
            let length = u16::try_from(length).expect("a frame of the middle length");
            line.to_client.extend([0x81, 126]);
            line.to_client.extend(length.to_be_bytes());
        }
    }
    line.to_client.extend(text.bytes());
    line.wake();
}

/// Sends a ping frame with this payload.
pub(crate) fn say_ping(line: &mut Line, payload: &[u8]) {
    line.to_client.extend([0x89, payload.len() as u8]);
    line.to_client.extend(payload);
    line.wake();
}

/// Sends a message with this text.
pub(crate) fn say_message(line: &mut Line, text: &str) {
    say(
        line,
        &format!(r#"{{"type":"message","channel":"C1","user":"U2","text":"{text}","ts":"2.0"}}"#),
    );
}

/// A clock that moves by a millisecond per round of [`run`].
#[derive(Clone, Default)]
pub(crate) struct TestClock {
    now: Rc<Cell<u64>>,
    /// The wakers of each instant, in milliseconds, each once: a future that is dropped leaves its own.
    alarms: Rc<RefCell<BTreeMap<u64, Vec<Waker>>>>,
}

impl TestClock {
    pub(crate) fn millis(&self) -> u64 {
        self.now.get()
    }

    pub(crate) async fn sleep(&self, millis: u64) {
        let at = Instant::from_millis(self.millis() + millis);
        self.wait_until(at).await;
    }

    pub(crate) fn tick(&self) {
        let now = self.now.get() + 1;
        self.now.set(now);
        let mut alarms = self.alarms.borrow_mut();
        let later = alarms.split_off(&(now + 1));
        let due = std::mem::replace(&mut *alarms, later);
        due.into_values().flatten().for_each(Waker::wake);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.millis())
    }

    async fn wait_until(&self, at: Instant) {
        poll_fn(|cx| {
            if self.now() >= at {
                return Poll::Ready(());
            }
            let mut alarms = self.alarms.borrow_mut();
            let wakers = alarms.entry(at.as_millis()).or_default();
            if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                wakers.push(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs tasks until the first of them is done: in each millisecond, every task that was woken is
/// polled once, and then `each` is called. `limit` is in milliseconds.
pub(crate) fn run(
    clock: &TestClock,
    limit: u64,
    tasks: &mut [Pin<&mut dyn Future<Output = ()>>],
    mut each: impl FnMut(u64),
) {
    let flags: Vec<_> = tasks
        .iter()
        .map(|_| Arc::new(Flag(AtomicBool::new(true))))
        .collect();
    while clock.millis() < limit {
        for (index, (task, flag)) in tasks.iter_mut().zip(&flags).enumerate() {
            if !flag.0.swap(false, Ordering::Relaxed) {
                continue;
            }
            let waker = Waker::from(flag.clone());
            let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
            if polled.is_ready() && index == 0 {
                return;
            }
        }
        each(clock.millis());
        clock.tick();
    }
    panic!("not done in {limit} ms");
}

/// When futures are dropped that are not ready.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Drops {
    Never,
    /// Each future, when it was pending this many times, also if nothing has woken it.
    Each(u32),
    /// Each future when it is woken, in place of the second poll.
    EachWoken,
    /// One future, when a future was pending for the time of this number.
    Once(u32),
    /// The same future when it is woken, in place of the next poll.
    OnceWoken(u32),
}

/// Polls futures, and drops some of them before they are ready.
pub(crate) struct Dropper {
    drops: Drops,
    /// How many polls have returned that a future is pending.
    pub(crate) pending: Cell<u32>,
}

impl Dropper {
    pub(crate) fn new(drops: Drops) -> Self {
        let pending = Cell::new(0);
        Self { drops, pending }
    }

    /// Returns `None` if the future was dropped.
    pub(crate) async fn poll<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = Box::pin(future);
        let (mut count, mut is_dropped) = (0, false);
        poll_fn(move |cx| {
            if is_dropped {
                return Poll::Ready(None);
            }
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            count += 1;
            let total = self.pending.get() + 1;
            self.pending.set(total);
            is_dropped = match self.drops {
                Drops::Never => false,
                Drops::Each(pending) => count == pending,
                Drops::EachWoken => true,
                Drops::Once(pending) | Drops::OnceWoken(pending) => total == pending,
            };
            if is_dropped && matches!(self.drops, Drops::Each(_)) {
                cx.waker().wake_by_ref();
            }
            match self.drops {
                Drops::Once(_) if is_dropped => Poll::Ready(None),
                _ => Poll::Pending,
            }
        })
        .await
    }
}

/// Polls a future, and drops it when it was pending this many times.
pub(crate) async fn dropped_after<F: Future>(pending: u32, future: F) -> Option<F::Output> {
    Dropper::new(Drops::Each(pending)).poll(future).await
}

/// A source of numbers that differ.
pub(crate) fn random() -> impl Entropy {
    let mut next = 0_u8;
    from_fn(move |out| {
        out.fill_with(|| {
            next = next.wrapping_add(89);
            next
        });
        Ok(())
    })
}
