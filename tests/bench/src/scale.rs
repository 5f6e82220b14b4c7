//! 100,000 client sessions in one process: bytes per idle session, and what an event costs.
//!
//! The peers are in memory, and so is nothing else: no socket, no thread, no timer. Buffers are lent per
//! call from a pool of 16 pairs and go back when both are empty, so an idle session holds none.
//! One event in eight arrives in two reads, and its session keeps its pair between them.
//!
//! An event is a `message` of 180 bytes, from its bytes to the typed event and back to waiting.

#![allow(clippy::vec_box)] // buffers are handed from session to session, and not copied

use crate::counted::{instructions, measured};
use crate::envelopes;
use crate::heap;
use crate::table::Figure;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError};
use slack_rtm::json::Text;
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Instant;
use slack_rtm::{Client, Config, DisconnectReason, Event, Output, State, Token};
use std::collections::VecDeque;
use std::hint::black_box;

/// The numbers of sessions that are compared.
const SIZES: [usize; 3] = [1, 1_000, 100_000];
/// Pairs of buffers for all sessions together.
const PAIRS: usize = 16;
/// Events of one timed round; at the least two per session.
const ROUND: usize = 200_000;
/// Rounds of which the quickest counts: whatever else the machine does only ever adds.
const ROUNDS: usize = 5;
/// Events that are counted.
const COUNTED: usize = 20_000;
/// Steps through the sessions; the second has no factor in common with any of the sizes.
const IN_ORDER: usize = 1;
const SCATTERED: usize = 61_803;

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 124\r\n\r\n\
    {\"ok\":true,\"self\":{\"id\":\"U0ME\",\"name\":\"bot\"},\"team\":{\"id\":\"T1\"},\
    \"url\":\"wss:\\/\\/wss-primary.slack.com\\/websocket\\/abc-_=\\/2\"}";
/// To the nonce that [`Keys`] gives.
pub(crate) const UPGRADE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY=\r\n\r\n";
const MESSAGE: &str = "{\"type\":\"message\",\"channel\":\"C024BE91L\",\"user\":\"U023BECGF\",\
    \"text\":\"Is the door of the workshop still open? <@U0ME> \\ud83d\\ude00\",\
    \"ts\":\"1355517523.000005\",\"team\":\"T061EG9R6\",\"event_ts\":\"1355517523.000005\"}";

/// What the table says of the times.
pub(crate) const NOTE: &str = "ns: the quickest of five rounds on one core.\n\
    scale: an event takes the same instructions however many sessions there are. Its time grows with their \
    number because\none session stays in the processor's caches and 100,000 do not: each event then \
    begins by fetching its session from memory.\n\
    websocket: embedded-websocket, edge-ws and websocket-sans-io do not check that text is UTF-8.";

/// Figures of this part; the instructions only where valgrind is there.
pub(crate) fn figures() -> Vec<Figure> {
    let mut figures = sizes();
    let mut first = None;
    for count in SIZES {
        let mut sessions = Sessions::open(count);
        for (order, step) in [("in order", IN_ORDER), ("scattered", SCATTERED)] {
            if count == 1 && step != IN_ORDER {
                continue;
            }
            let nanoseconds = quickest(|| sessions.events(step, ROUND.max(2 * count)), count);
            let first = *first.get_or_insert(nanoseconds);
            let name = format!("event, {count} sessions, {order}");
            figures.push(
                Figure::new("scale", name, "ns", nanoseconds)
                    .peer("x of one", nanoseconds / first)
                    .peer("events/s per core", 1e9 / nanoseconds),
            );
        }
        if count == SIZES[2] {
            let events = ROUND.max(2 * count);
            let nanoseconds = quickest(|| sessions.exchanges(SCATTERED, events), count);
            let name = format!("message, answer, ack, {count} sessions");
            figures.push(
                Figure::new("scale", name, "ns", nanoseconds)
                    .peer("exchanges/s per core", 1e9 / nanoseconds),
            );
        }
    }
    let mut first = None;
    for count in SIZES {
        let Some(total) = instructions(&["scale", &count.to_string()]) else {
            break;
        };
        let each = total as f64 / COUNTED as f64;
        let name = format!("event, {count} sessions");
        let mut figure = Figure::new("scale", name, "Ir", each).counted(total);
        match first {
            None => first = Some(each),
            Some(one) => figure = figure.goal(one * 1.03).peer("x of one", each / one),
        }
        figures.push(figure);
    }
    figures.extend(envelopes::figures());
    figures
}

/// Runs the events that are to be counted.
pub(crate) fn run(sessions: &str) {
    let count = sessions.parse().expect("a number of sessions");
    let mut sessions = Sessions::open(count);
    measured(&mut || sessions.events(SCATTERED, COUNTED));
}

fn sizes() -> Vec<Figure> {
    let count = SIZES[2];
    let (used, sessions) = heap::taken_by(|| Sessions::open(count));
    assert!(sessions.all.iter().all(|session| session.buffers.is_none()));
    let each = used as f64 / count as f64;
    vec![
        Figure::new("scale", "Client", "B", size_of::<ScaleClient>() as f64).goal(1024.0),
        Figure::new(
            "scale",
            format!("heap per session, {count} idle"),
            "B",
            each,
        )
        .goal(1024.0),
    ]
}

/// Nanoseconds of one event in the quickest round.
fn quickest(mut round: impl FnMut(), count: usize) -> f64 {
    let events = ROUND.max(2 * count);
    round(); // every page and every branch once
    let spans = (0..ROUNDS).map(|_| {
        let begun = std::time::Instant::now();
        round();
        begun.elapsed()
    });
    let least = spans.min().unwrap_or_default();
    least.as_nanos() as f64 / events as f64
}

/// A nonce that is always the same, so that its answer is, and cheap masking keys.
pub(crate) struct Keys(u32);

impl Keys {
    pub(crate) const fn new(seed: u32) -> Self {
        Self(seed)
    }
}

impl Entropy for Keys {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.0 = self.0.wrapping_mul(0x9E37_79B1).wrapping_add(1);
        match <&mut [u8; 4]>::try_from(&mut *out) {
            Ok(key) => *key = self.0.to_le_bytes(),
            Err(_) => out.iter_mut().zip(1..).for_each(|(to, byte)| *to = byte),
        }
        Ok(())
    }
}

struct Buffers {
    rx: RecvBuf<'static>,
    tx: SendBuf<'static>,
}

/// The client of a session. The token of a bot has up to 57 bytes.
type ScaleClient = Client<'static, Keys, Token<57>>;

struct Session {
    client: ScaleClient,
    /// The buffers that hold something for it.
    buffers: Option<Box<Buffers>>,
}

struct Sessions {
    all: Vec<Session>,
    pool: Vec<Box<Buffers>>,
    now: u64,
    /// Sessions of which the second read is to come.
    halfway: VecDeque<usize>,
    message: Vec<u8>,
    at: usize,
}

impl Sessions {
    fn open(count: usize) -> Self {
        let pairs = (0..PAIRS).map(|_| {
            Box::new(Buffers {
                rx: RecvBuf::new(Box::leak(Box::new([0; 1024]))),
                tx: SendBuf::new(Box::leak(Box::new([0; 512]))),
            })
        });
        let mut this = Self {
            all: Vec::with_capacity(count),
            pool: pairs.collect(),
            now: 0,
            halfway: VecDeque::new(),
            message: frame(MESSAGE),
            at: 0,
        };
        for index in 0..count {
            let mut session = Session::new(index as u32);
            session.begin(&mut this.pool);
            this.all.push(session);
        }
        this
    }

    fn events(&mut self, step: usize, count: usize) {
        let mut taken = 0;
        for event in 0..count {
            self.now += 1_000;
            self.at = (self.at + step) % self.all.len();
            let (at, message) = (self.at, &self.message);
            let session = &mut self.all[at];
            if session.buffers.is_some() {
                // It is halfway: what follows comes behind the rest of that.
                self.halfway.retain(|other| *other != at);
                taken += session.read(&message[message.len() / 2..], &mut self.pool, self.now);
            }
            if event % 8 == 0 && self.halfway.len() < PAIRS / 2 {
                taken += session.read(&message[..message.len() / 2], &mut self.pool, self.now);
                self.halfway.push_back(at);
            } else {
                taken += session.read(message, &mut self.pool, self.now);
            }
            if event % 8 == 4
                && let Some(at) = self.halfway.pop_front()
            {
                taken += self.all[at].read(&message[message.len() / 2..], &mut self.pool, self.now);
            }
        }
        for at in self.halfway.drain(..) {
            let rest = &self.message[self.message.len() / 2..];
            taken += self.all[at].read(rest, &mut self.pool, self.now);
        }
        assert_eq!(taken, count, "an event was lost");
        assert_eq!(self.pool.len(), PAIRS, "an idle session holds buffers");
    }

    fn exchanges(&mut self, step: usize, count: usize) {
        let mut taken = 0;
        for _ in 0..count {
            self.now += 1_000;
            self.at = (self.at + step) % self.all.len();
            let session = &mut self.all[self.at];
            taken += session.read(&self.message, &mut self.pool, self.now);
            taken += session.answer(&mut self.pool, self.now);
        }
        assert_eq!(taken, 2 * count, "a message or an ack was lost");
    }
}

impl Session {
    fn new(seed: u32) -> Self {
        Self {
            client: Client::new(Config::new(), "xoxb-scale", Token::new(), Keys(seed))
                .expect("the settings are consistent"),
            buffers: None,
        }
    }

    /// From the call to `hello`.
    fn begin(&mut self, pool: &mut Vec<Box<Buffers>>) {
        let mut buffers = pool.pop().expect("a pair");
        let upgrade = [UPGRADE.as_bytes(), &frame("{\"type\":\"hello\"}")].concat();
        let mut answers = [ANSWER.as_bytes(), &upgrade[..]].into_iter();
        let mut to_read: &[u8] = &[];
        let now = Instant::from_millis(0);
        while self.client.state() != State::Open || !buffers.rx.is_empty() {
            let output = self.client.poll(&mut buffers.rx, &mut buffers.tx, now);
            match output.expect("no misuse") {
                Output::Connect { .. } => {
                    self.client.connected();
                    to_read = answers.next().expect("two links");
                }
                Output::Wait { .. } => {
                    buffers.tx.sent(buffers.tx.pending().len());
                    let count = fill(&mut buffers.rx, to_read);
                    to_read = &to_read[count..];
                }
                Output::Disconnect => self.client.disconnected(DisconnectReason::Closed),
                Output::Event(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(buffers.tx.is_empty());
        pool.push(buffers);
    }

    /// Reads these bytes of the peer. Returns the number of their events. Takes a pair of buffers if
    /// it has none, and returns it to the pool if that is possible.
    fn read(&mut self, bytes: &[u8], pool: &mut Vec<Box<Buffers>>, now: u64) -> usize {
        let mut events = 0;
        let mut buffers = match self.buffers.take() {
            Some(buffers) => buffers,
            None => pool.pop().expect("a pair"),
        };
        let count = fill(&mut buffers.rx, bytes);
        assert_eq!(count, bytes.len());
        let now = Instant::from_millis(now);
        loop {
            let output = self.client.poll(&mut buffers.rx, &mut buffers.tx, now);
            match output.expect("no misuse") {
                Output::Event(Event::Message(message)) => {
                    black_box((
                        message.channel(),
                        message.user(),
                        message.text().map(Text::as_str),
                        message.ts(),
                    ));
                    events += 1;
                }
                Output::Event(Event::Acknowledged(message)) => {
                    black_box((message.id(), message.ts()));
                    events += 1;
                }
                Output::Wait { .. } => break,
                other => panic!("{other:?}"),
            }
        }
        if buffers.rx.is_empty() && buffers.tx.is_empty() {
            pool.push(buffers);
        } else {
            self.buffers = Some(buffers);
        }
        events
    }

    /// Sends a message, which the peer acknowledges.
    fn answer(&mut self, pool: &mut Vec<Box<Buffers>>, now: u64) -> usize {
        let mut buffers = pool.pop().expect("a pair");
        let message = Post::new("C024BE91L", "It is, until six.");
        let id = self.client.send(&message, &mut buffers.tx);
        let sent = black_box(buffers.tx.pending()).len();
        buffers.tx.sent(sent);
        pool.push(buffers);
        let id = id.expect("it is no sooner than allowed").as_u32();
        let ack = format!("{{\"ok\":true,\"reply_to\":{id},\"ts\":\"1355517523.000006\"}}");
        self.read(&frame(&ack), pool, now)
    }
}

/// Copies as much of `bytes` as there is room for, as a socket does.
pub(crate) fn fill(rx: &mut RecvBuf<'_>, bytes: &[u8]) -> usize {
    let space = rx.space();
    let count = space.len().min(bytes.len());
    space[..count].copy_from_slice(&bytes[..count]);
    rx.filled(count);
    count
}

/// A text frame of the server.
pub(crate) fn frame(payload: &str) -> Vec<u8> {
    let mut bytes = vec![0x81];
    if payload.len() < 126 {
        bytes.push(payload.len() as u8);
    } else {
        bytes.push(126);
        bytes.extend((payload.len() as u16).to_be_bytes());
    }
    bytes.extend(payload.as_bytes());
    bytes
}
