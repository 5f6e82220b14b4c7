//! A scripted server and a source of bytes for sequences of calls, on a clock of the test.
#![allow(dead_code)] // each test program uses a part of it

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, FromFn, from_fn};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    CallError, Caller, CallerConfig, CallerEvent, RateSlot, RequestError, Sequence,
};
use slack_rtm::{DisconnectReason, Output, OwnedStorage};
use std::collections::VecDeque;

pub(crate) type Random = FromFn<fn(&mut [u8]) -> Result<(), EntropyError>>;
pub(crate) type Machine<'c> = Caller<'c, Random, OwnedStorage<16, 512>>;

fn random(out: &mut [u8]) -> Result<(), EntropyError> {
    out.fill(0x80);
    Ok(())
}

pub(crate) fn machine<'c>(config: CallerConfig<'c>, rates: &'c mut [RateSlot]) -> Machine<'c> {
    let random = from_fn(random as fn(&mut [u8]) -> Result<(), EntropyError>);
    Caller::new(config, "xoxb-1", OwnedStorage::new(), rates, random).expect("usable")
}

/// The behavior of the server for one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Responds to the whole request with a status and a body.
    With(u16, String),
    /// The same, as soon as the head has arrived.
    Early(u16, String),
    /// Cuts the link after this many bytes of the body, or after the whole request.
    Cut(usize, DisconnectReason),
    /// Sends the first half of a response, and cuts the link.
    Half(String),
    /// Does not respond.
    Silence,
}

pub(crate) fn json(body: &str) -> Reply {
    Reply::With(200, body.into())
}

/// A request as the server got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub host: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Request {
    pub(crate) fn target(&self) -> &str {
        self.head.split(' ').nth(1).expect("a request line")
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
}

/// The world outside of a machine.
pub(crate) struct World {
    pub replies: VecDeque<Reply>,
    pub requests: Vec<Request>,
    /// The bytes that a link takes and brings in one step.
    pub step: usize,
    pub now: u64,
    /// The bytes that the source supplies.
    pub file: Vec<u8>,
    /// The offset and the number of bytes of each read.
    pub reads: Vec<(u64, usize)>,
    /// The time that a read takes, in milliseconds.
    pub read_time: u64,
    /// The number of bytes that a read supplies at most.
    pub read_most: usize,
    pub connects: Vec<String>,
    /// Stops after this many events.
    pub most_events: usize,
    /// Is called before each poll, with its number.
    pub before_poll: fn(usize, &mut Machine<'_>),
    has_moved: bool,
    link: Option<Link>,
}

#[derive(Default)]
struct Link {
    host: String,
    received: Vec<u8>,
    to_send: VecDeque<u8>,
    /// Whether the present request was answered.
    is_answered: bool,
    ends_with: Option<DisconnectReason>,
}

impl World {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            replies: replies.into_iter().collect(),
            requests: Vec::new(),
            step: usize::MAX,
            now: 1_000_000,
            file: Vec::new(),
            reads: Vec::new(),
            read_time: 0,
            read_most: usize::MAX,
            connects: Vec::new(),
            most_events: usize::MAX,
            before_poll: |_, _| (),
            has_moved: false,
            link: None,
        }
    }

    /// Begins the sequence, and polls it until its outcome. Returns all events.
    pub(crate) fn run(
        &mut self,
        caller: &mut Machine<'_>,
        sequence: &mut dyn Sequence,
    ) -> Result<Vec<String>, RequestError> {
        self.run_with(caller, sequence, &mut [0; 512], &mut [0; 256])
    }

    pub(crate) fn run_with(
        &mut self,
        caller: &mut Machine<'_>,
        sequence: &mut dyn Sequence,
        rx: &mut [u8],
        tx: &mut [u8],
    ) -> Result<Vec<String>, RequestError> {
        let mut rx = RecvBuf::try_from(rx).expect("large enough");
        let mut tx = SendBuf::try_from(tx).expect("large enough");
        caller.begin_sequence(sequence)?;
        let mut events = Vec::new();
        for number in 0..10_000_000 {
            (self.before_poll)(number, caller);
            let now = Instant::from_millis(self.now);
            match caller
                .poll_sequence(sequence, &mut rx, &mut tx, now)
                .expect("randomness")
            {
                Output::Connect { peer, .. } => {
                    let host = format!("{}:{}", peer.host, peer.port);
                    self.connects.push(host.clone());
                    self.link = Some(Link {
                        host,
                        ..Link::default()
                    });
                    caller.connected();
                }
                Output::Disconnect => {
                    self.link = None;
                    caller.disconnected(DisconnectReason::Closed);
                }
                Output::Wait { until, .. } => {
                    if let Some(reason) = self.exchange(&mut rx, &mut tx) {
                        caller.disconnected(reason);
                    } else if !self.has_moved {
                        self.now = self.now.max(until.as_millis());
                    }
                }
                Output::Event(CallerEvent::BodyNeeded { offset, length }) => {
                    assert_eq!(length, self.file.len() as u64, "the length of the file");
                    assert!(tx.pending().is_empty(), "all bytes before have left");
                    self.now += self.read_time;
                    let room = caller.body_room(&mut tx);
                    let at = usize::try_from(offset).expect("small");
                    let rest = &self.file[at..];
                    assert!(room.len() <= rest.len(), "no more than the rest");
                    let count = room.len().min(self.read_most);
                    room[..count].copy_from_slice(&rest[..count]);
                    self.reads.push((offset, count));
                    caller.body_filled(count, &mut tx, Instant::from_millis(self.now));
                }
                Output::Event(event) => {
                    let outcome = event.outcome().is_some();
                    events.push(shown(&event));
                    if outcome || events.len() >= self.most_events {
                        return Ok(events);
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        panic!("no outcome: {events:?}");
    }

    /// Moves bytes both ways. Returns the reason if the link ends.
    fn exchange(&mut self, rx: &mut RecvBuf<'_>, tx: &mut SendBuf<'_>) -> Option<DisconnectReason> {
        self.has_moved = false;
        let link = self.link.as_mut()?;
        let count = tx.pending().len().min(self.step);
        link.received.extend(&tx.pending()[..count]);
        tx.sent(count);
        self.has_moved |= count > 0;
        self.answer();
        let link = self.link.as_mut()?;
        let space = rx.space();
        let count = space.len().min(self.step).min(link.to_send.len());
        for (to, from) in space.iter_mut().zip(link.to_send.drain(..count)) {
            *to = from;
        }
        rx.filled(count);
        self.has_moved |= count > 0;
        if link.to_send.is_empty()
            && let Some(reason) = link.ends_with.take()
        {
            self.link = None;
            return Some(reason);
        }
        None
    }

    /// Lets the server respond to the present request, as far as it has arrived.
    fn answer(&mut self) {
        let Some(link) = &mut self.link else { return };
        let Some(end) = find(&link.received, b"\r\n\r\n").map(|at| at + 4) else {
            return;
        };
        let head = String::from_utf8(link.received[..end].to_vec()).expect("ASCII");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.map_or(0, |digits| digits.parse().expect("a number"));
        let body = &link.received[end..];
        let is_whole = body.len() >= length;
        let reply = self.replies.front().expect("a reply").clone();
        match &reply {
            Reply::Early(status, text) if !link.is_answered => {
                link.is_answered = true;
                link.to_send.extend(response(*status, text));
            }
            Reply::Cut(after, reason) if body.len() >= (*after).min(length) => {
                link.ends_with = Some(*reason);
            }
            Reply::With(status, text) if is_whole => link.to_send.extend(response(*status, text)),
            Reply::Half(text) if is_whole => {
                let whole = response(200, text);
                link.to_send.extend(&whole[..whole.len() / 2 + 40]);
                link.ends_with = Some(DisconnectReason::Reset);
            }
            Reply::Silence if is_whole => {}
            _ => return,
        }
        if matches!(reply, Reply::Early(..)) && !is_whole {
            return;
        }
        let body = body[..body.len().min(length)].to_vec();
        self.requests.push(Request {
            host: link.host.clone(),
            head,
            body,
        });
        link.received.clear();
        link.is_answered = false;
        self.replies.pop_front();
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn response(status: u16, body: &str) -> Vec<u8> {
    let kind = if body.starts_with('{') {
        "application/json"
    } else {
        "text/plain"
    };
    let wait = if status == 429 {
        "Retry-After: 30\r\n"
    } else {
        ""
    };
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{wait}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn shown(event: &CallerEvent<'_>) -> String {
    match event {
        CallerEvent::Element(element) => format!("element {}", element.id().unwrap_or("-")),
        CallerEvent::Accepted(_) => "accepted".into(),
        CallerEvent::Refused(error) => format!("refused {}", error.code().as_str()),
        CallerEvent::Failed(CallError::Sequence(error)) => format!("sequence: {error:?}"),
        CallerEvent::Failed(error) => format!("failed: {error:?}"),
        CallerEvent::Unconfirmed(error) => format!("unconfirmed: {error:?}"),
        other => panic!("{other:?}"),
    }
}

/// Time limits of two seconds without traffic.
pub(crate) fn short() -> slack_rtm::Timeouts {
    let mut timeouts = slack_rtm::Timeouts::DEFAULT;
    timeouts.response = Duration::from_secs(2);
    timeouts.response_total = Duration::from_secs(20);
    timeouts
}
