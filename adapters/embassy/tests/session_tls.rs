//! The session, and calls of the Web API, over TLS: futures that are dropped while records arrive in parts and writes stall.

#[path = "../../tls/fuzz/bodies/honest.rs"]
#[allow(dead_code, reason = "the fuzz targets use the rest")]
mod honest;
mod support;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::pin;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use honest::{NOW, PARTIES, Parties};
use hostile_tls::{message, record};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::methods::chat::{self, PostMessage, Posted};
use slack_rtm::rtm::command::{Ping, Post};
use slack_rtm::web_api::{ArgumentsIn, Caller, CallerConfig, Job, RateSlot};
use slack_rtm::{
    Client, CloseReason, Config, DisconnectReason, Event, OwnedStorage, SendError, Token,
};
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::tls::{FULL_READ, MIN_WRITE, P256_ONLY, Tls, TlsError, Trust, TrustAnchor};
use slack_rtm_embassy::web_api::WebApi;
use slack_rtm_embassy::wire::{SessionEnd, Wire};
use support::{
    Dropper, Drops, Line, Methods, Network, Slack, TestClock, random, run, say_message, say_ping,
};

/// The bytes of a protected record that are not content, without its header: the content type and
/// the tag (RFC 8446 section 5.2).
const OVERHEAD: usize = 17;

/// How the bytes of both directions are divided, without a difference to what they are.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// A read of the client returns no more than this.
    read_limit: usize,
    /// The most plaintext bytes of a record.
    content: usize,
    /// The least length of a protected record without its header; shorter ones are padded.
    record: usize,
    /// The position at which the next record is divided.
    cut: usize,
    /// The position at which the next flight of handshake messages is divided.
    flight_cut: usize,
    stalls: Stalls,
}

/// Where the server stops to take bytes: after the first so many of a connection, and then
/// repeatedly after so many more; each time for a number of milliseconds.
#[derive(Clone, Copy, Debug)]
struct Stalls {
    first: usize,
    step: usize,
    millis: u32,
}

impl Way {
    /// Records of so many bytes without header, with no more content than that; each is divided
    /// once.
    fn new(content: usize, record: usize) -> Self {
        Self {
            read_limit: usize::MAX,
            content,
            record,
            cut: 0,
            flight_cut: usize::MAX,
            stalls: Stalls::every(64),
        }
    }
}

impl Stalls {
    /// So many bytes in each millisecond.
    fn every(step: usize) -> Self {
        let (first, millis) = (step, 1);
        Self {
            first,
            step,
            millis,
        }
    }
}

/// The server's side of TLS, between the network and a Slack. It panics at a record of the client
/// that was not sealed under the next nonce, and at a connection that does not end with a whole
/// record, `close_notify`.
struct Server {
    way: Way,
    /// The connection that it talks on.
    number: u32,
    /// The bytes that the client has sent on this connection.
    taken: usize,
    stall_at: usize,
    /// The milliseconds that the present stall has lasted.
    stalled: u32,
    arrived: Vec<u8>,
    tls: Option<hostile_tls::Session>,
    /// The bytes on their way to the client, in the parts in which they arrive.
    parts: VecDeque<Vec<u8>>,
    /// Whether only full records are sent.
    is_full: bool,
    /// Whether the client has sent close_notify on this connection.
    is_notified: bool,
    has_ended: bool,
}

impl Server {
    fn new(way: Way) -> Self {
        Self {
            way,
            number: 0,
            taken: 0,
            stall_at: 0,
            stalled: 0,
            arrived: Vec::new(),
            tls: None,
            parts: VecDeque::new(),
            is_full: false,
            is_notified: false,
            has_ended: false,
        }
    }

    /// Checks that a connection that has ended did so in order.
    fn check_end(&self) {
        let tls = self.tls.as_ref().expect("a handshake");
        assert!(tls.is_between_records(), "a record was sent in part");
        assert!(self.is_notified || self.has_ended, "no close_notify");
    }

    fn work(&mut self, line: &mut Line, inner: &mut Line) {
        if self.number != line.number {
            if self.number > 0 {
                self.check_end();
            }
            *self = Self {
                number: line.number,
                stall_at: self.way.stalls.first,
                ..Self::new(self.way)
            };
            *inner = Line::default();
            inner.number = line.number;
            inner.window = usize::MAX;
        }
        self.taken += line.to_server.len();
        self.arrived.extend(line.to_server.drain(..));
        if self.taken == self.stall_at {
            self.stalled += 1;
            if self.stalled >= self.way.stalls.millis {
                self.stalled = 0;
                self.stall_at += self.way.stalls.step;
            }
        }
        line.window = self.stall_at - self.taken;
        if self.tls.is_none()
            && let Some(length) = self.arrived.get(3..5)
        {
            let end = 5 + usize::from(u16::from_be_bytes([length[0], length[1]]));
            if let Some(hello) = self.arrived.get(5..end) {
                let mut tls = hostile_tls::Session::new(hello);
                tls.say(&message(8, &[0, 0]));
                tls.say(&certificate(&PARTIES.server));
                let proof = Parties::sign(&tls.transcript_hash());
                let proof = [&[4, 3, 0, proof.len() as u8], proof.as_slice()].concat();
                tls.say(&message(15, &proof));
                tls.finish();
                let mut flight = tls.take();
                let rest = flight.split_off(self.way.flight_cut.min(flight.len()));
                self.way.flight_cut = self.way.flight_cut.saturating_add(1);
                self.parts.extend([flight, rest]);
                self.arrived.drain(..end);
                self.tls = Some(tls);
            }
        }
        if let Some(tls) = &mut self.tls {
            for (content, kind) in tls.open(&std::mem::take(&mut self.arrived)) {
                assert!(!self.is_notified, "bytes after close_notify");
                match kind {
                    23 => inner.to_server.extend(content),
                    21 => {
                        assert_eq!(content, [1, 0], "close_notify");
                        self.is_notified = true;
                    }
                    other => panic!("content type {other}"),
                }
            }
        }
    }

    /// Puts what Slack has to say into records.
    fn seal(&mut self, inner: &mut Line) {
        if let Some(tls) = &mut self.tls {
            let way = &mut self.way;
            let mut seal = |content: &[u8], kind: u8| {
                let mut plaintext = [content, &[kind]].concat();
                plaintext.resize(plaintext.len().max(way.record - 16), 0);
                tls.seal(&plaintext);
                let mut record = tls.take();
                let rest = record.split_off(way.cut % record.len());
                way.cut += 1;
                self.parts.extend([record, rest]);
            };
            let least = if self.is_full { way.content } else { 1 };
            while inner.to_client.len() >= least {
                let count = inner.to_client.len().min(way.content);
                let content: Vec<u8> = inner.to_client.drain(..count).collect();
                seal(&content, 23);
            }
            if inner.server_ended && !self.has_ended {
                self.has_ended = true;
                seal(&[1, 0], 21); // close_notify
            }
        }
    }

    /// Lets the next part arrive.
    fn deliver(&mut self, line: &mut Line) {
        if let Some(part) = self.parts.pop_front() {
            line.to_client.extend(part);
        } else if self.has_ended {
            line.server_ended = true;
        }
        line.wake();
    }
}

/// A certificate message of one certificate without extensions (RFC 8446 section 4.4.2).
fn certificate(der: &[u8]) -> Vec<u8> {
    let length = |count: usize| (count as u32).to_be_bytes()[1..].to_vec();
    let entry = [length(der.len()), der.to_vec(), vec![0, 0]].concat();
    message(11, &[vec![0], length(entry.len()), entry].concat())
}

/// The parts of a session over a wire with this room.
type Bot<'a, E, const IN: usize, const OUT: usize> =
    Session<'a, TestClock, E, OwnedStorage<16, 2048>, NoopRawMutex, IN, OUT>;

/// Returns a session over TLS.
fn session<'a, const IN: usize, const OUT: usize>(
    rx: &'a mut [u8; 512],
    tx: &'a mut [u8; 256],
    end: SessionEnd<'a, NoopRawMutex, IN, OUT>,
    clock: TestClock,
) -> Bot<'a, impl Entropy + use<IN, OUT>, IN, OUT> {
    let config = Config::new()
        .api_base("https://slack.test/api/")
        .allowed_domains(&["slack.test"]);
    let client = Client::new(config, "xoxb-test", OwnedStorage::new(), random()).unwrap();
    Session::new(client, RecvBuf::new(rx), SendBuf::new(tx), end, clock)
}

/// Runs a bot, its runner and a Slack, of which `each` has the server's side, until the bot ends.
/// Returns Slack, and how the next records would be divided.
fn over_tls<const IN: usize, const OUT: usize>(
    way: Way,
    limit: u64,
    bot: impl AsyncFnOnce(SessionEnd<'_, NoopRawMutex, IN, OUT>, TestClock),
    mut each: impl FnMut(u64, &mut Slack, &mut Server, &mut Line),
) -> (Slack, Way) {
    let clock = TestClock::default();
    let network = Network::new(1, way.read_limit);
    let mut slack = Slack::new(usize::MAX);
    slack.is_secure = true;
    let mut server = Server::new(way);
    let mut inner = Line::default();
    let trust = Trust::new(&PARTIES.anchors, P256_ONLY, &|| NOW);
    let (mut read, mut write) = (vec![0; FULL_READ], [0; MIN_WRITE]);
    let connector = Tls::new(network.clone(), random(), &trust, &mut read, &mut write).unwrap();
    let mut wire = Wire::<NoopRawMutex, IN, OUT>::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let bot = pin!(bot(session_end, clock.clone()));
    let running = pin!(async { runner.run().await });
    run(&clock, limit, &mut [bot, running], |now| {
        let mut line = network.line.borrow_mut();
        server.work(&mut line, &mut inner);
        slack.work(now, &mut inner);
        each(now, &mut slack, &mut server, &mut inner);
        server.seal(&mut inner);
        server.deliver(&mut line);
    });
    let mut line = network.line.borrow_mut();
    server.work(&mut line, &mut inner);
    server.check_end();
    assert!(line.hung_up, "the link is closed in order");
    assert_eq!(line.number, 2, "there are two links");
    (slack, server.way)
}

/// What a life has come to.
struct Life {
    /// What the bot has seen.
    events: Vec<String>,
    /// The replies that the server has seen.
    replies: Vec<String>,
    /// How many times the session was pending.
    pending: u32,
    /// How the next records would be divided.
    next: Way,
}

/// A life of a bot that replies to each message, and closes at "stop".
fn life<const IN: usize, const OUT: usize>(way: Way, drops: Drops) -> Life {
    let log = RefCell::new(Vec::new());
    let dropper = Dropper::new(drops);
    let bot = async |end: SessionEnd<'_, NoopRawMutex, IN, OUT>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let mut session = session(&mut rx, &mut tx, end, clock);
        loop {
            let Some(next) = dropper.poll(session.next()).await else {
                continue;
            };
            let Some((event, mut handle)) = next.unwrap() else {
                break;
            };
            let mut log = log.borrow_mut();
            match event {
                Event::Accepted(_) => log.push("accepted".into()),
                Event::Hello(_) => log.push("hello".into()),
                Event::Acknowledged(_) => log.push("acknowledged".into()),
                Event::Message(message) => {
                    let text = message.text().unwrap().as_str().to_owned();
                    if text == "stop" {
                        handle.close();
                    } else {
                        let reply = format!("re: {text}");
                        handle.send(&Post::new("C1", &reply)).unwrap();
                    }
                    log.push(text);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    };
    let (mut said, mut stopped) = (0, false);
    let (slack, next) = over_tls(way, 60_000, bot, |_, slack, _, inner| {
        if slack.is_socket && said < 5 && slack.texts.len() == said / 2 * 2 {
            said += 1;
            let text = "x".repeat(said * 11);
            say_message(inner, &format!("{said}{text}"));
        }
        if slack.texts.len() == 5 && !stopped {
            stopped = true;
            say_message(inner, "stop");
        }
    });
    let mut events = log.into_inner();
    // Whether a message or an acknowledgement arrives first depends on the speed.
    events.sort();
    Life {
        events,
        replies: slack.sent().into_iter().map(String::from).collect(),
        pending: dropper.pending.get(),
        next,
    }
}

/// Compares lives with one in which no future is dropped and no record is padded.
fn compare() -> impl Fn(Way, Drops) -> Life {
    let whole = life::<256, 256>(Way::new(1_000, 18), Drops::Never);
    let (events, replies) = (whole.events, whole.replies);
    assert_eq!((events.len(), replies.len()), (13, 5), "{events:?}");
    move |way, drops| {
        let life = life::<64, 64>(way, drops);
        assert_eq!(life.replies, replies, "{drops:?}, {way:?}");
        assert_eq!(life.events, events, "{drops:?}, {way:?}");
        life
    }
}

/// The lengths of content, and of the records that it is padded to.
const RECORDS: [(usize, usize); 3] = [(1, 1 + OVERHEAD), (20, 8_320), (20, 16_401)];

#[test]
fn dropping_the_future_at_any_await_point_changes_nothing_over_tls() {
    let compared = compare();
    let every = [
        Drops::Never,
        Drops::Each(1),
        Drops::Each(2),
        Drops::Each(3),
        Drops::EachWoken,
    ];
    for (content, record) in RECORDS {
        // The next record is divided one byte later, up to its end.
        let mut way = Way::new(content, record);
        let mut lives = 0;
        while way.cut < 5 + record || lives < 24 {
            way.stalls = Stalls::every([1, 7, 64][lives % 3]);
            way.read_limit = if lives % 8 < 7 || record > 18 {
                usize::MAX
            } else {
                3
            };
            way = compared(way, every[lives % every.len()]).next;
            lives += 1;
        }
    }
}

#[test]
fn dropping_one_future_at_each_await_point_in_turn_changes_nothing_over_tls() {
    let compared = compare();
    let [shortest, middle, longest] = RECORDS;
    // In records of one byte each, there is an await point for each byte.
    for ((content, record), once) in [
        (shortest, Drops::Once as fn(u32) -> Drops),
        (middle, Drops::Once),
        (middle, Drops::OnceWoken),
        (longest, Drops::Once),
        (longest, Drops::OnceWoken),
    ] {
        let mut way = Way::new(content, record);
        way.stalls = Stalls::every(1);
        let (mut number, mut pending) = (0, 1);
        while number < pending {
            number += 1;
            let life = compared(way, once(number));
            (pending, way) = (life.pending, life.next);
        }
    }
}

#[test]
fn a_handshake_split_at_every_position_changes_nothing() {
    let compared = compare();
    let mut way = Way::new(1_000, 18);
    way.flight_cut = 0;
    // A certificate, and all that is around it.
    while way.flight_cut < PARTIES.server.len() + 600 {
        way = compared(way, Drops::Each(1)).next;
    }
}

#[test]
fn a_long_stall_after_any_byte_changes_nothing_over_tls() {
    let compared = compare();
    for first in 1..=40 {
        let mut way = Way::new(20, 18);
        way.stalls = Stalls {
            first,
            step: 40,
            millis: 300,
        };
        let drops = [Drops::Each(1), Drops::EachWoken][first % 2];
        compared(way, drops);
    }
}

/// Runs a program that calls methods, its runner and the Web API over TLS, until the program ends.
/// Returns the Web API, the number of links, and how the next records would be divided.
fn calls_over_tls<const IN: usize, const OUT: usize>(
    way: Way,
    program: impl AsyncFnOnce(
        &mut WebApi<'_, TestClock, &mut dyn Entropy, Token<16>, NoopRawMutex, IN, OUT>,
    ),
) -> (Methods, u32, Way) {
    let clock = TestClock::default();
    let network = Network::new(1, way.read_limit);
    let mut methods = Methods::new(usize::MAX);
    let mut server = Server::new(way);
    let mut inner = Line::default();
    let trust = Trust::new(&PARTIES.anchors, P256_ONLY, &|| NOW);
    let (mut read, mut write) = (vec![0; FULL_READ], [0; MIN_WRITE]);
    let connector = Tls::new(network.clone(), random(), &trust, &mut read, &mut write).unwrap();
    let mut wire = Wire::<NoopRawMutex, IN, OUT>::new();
    let (end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let program = async {
        let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
        let config = CallerConfig::new()
            .api_base("https://slack.test/api/")
            .arguments_in(ArgumentsIn::Form);
        let mut random = random();
        let random: &mut dyn Entropy = &mut random;
        let caller = Caller::new(config, "xoxb-test", Token::new(), &mut rates, random).unwrap();
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut web_api = WebApi::new(caller, rx, tx, end, clock.clone());
        program(&mut web_api).await;
        assert_eq!(web_api.release().await, Ok(true));
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 60_000, &mut [pin!(program), running], |now| {
        let mut line = network.line.borrow_mut();
        server.work(&mut line, &mut inner);
        methods.work(now, &mut inner);
        server.seal(&mut inner);
        server.deliver(&mut line);
    });
    let mut line = network.line.borrow_mut();
    server.work(&mut line, &mut inner);
    server.check_end();
    assert!(line.hung_up, "the link is closed in order");
    (methods, line.number, server.way)
}

#[test]
fn calls_whose_futures_are_dropped_share_one_link_over_tls() {
    const TEXTS: [&str; 4] = ["one", "two", "three", "four"];
    for (content, record) in RECORDS {
        let mut way = Way::new(content, record);
        for (index, drops) in [
            Drops::Never,
            Drops::Each(1),
            Drops::Each(2),
            Drops::EachWoken,
        ]
        .into_iter()
        .enumerate()
        {
            way.stalls = Stalls::every([64, 7, 1, 64][index]);
            let dropper = Dropper::new(drops);
            let (methods, links, next) = calls_over_tls::<64, 64>(way, async |web_api| {
                for text in TEXTS {
                    let post = PostMessage::new("C1", text);
                    let mut call = web_api.begin(&Job::new(&post, &chat::POSTED)).unwrap();
                    while !call.is_over() {
                        let outcome = async { call.outcome().await.is_ok() };
                        let _ = dropper.poll(outcome).await;
                    }
                    let response = call.outcome().await.unwrap();
                    assert_eq!(Posted::new(response).ts(), Some(text));
                }
            });
            assert_eq!((methods.texts(), links), (TEXTS.to_vec(), 1), "{drops:?}");
            way = next;
        }
    }
}

#[test]
fn a_call_that_is_abandoned_over_tls_ends_its_link_in_order() {
    let mut way = Way::new(3, 3 + OVERHEAD);
    way.stalls = Stalls::every(7);
    let (mut number, mut was_dropped) = (0, true);
    while was_dropped {
        number += 1;
        let dropper = Dropper::new(Drops::Once(number));
        let dropped = Cell::new(false);
        let (methods, links, next) = calls_over_tls::<64, 64>(way, async |web_api| {
            for text in ["one", "two", "three"] {
                let post = PostMessage::new("C1", text);
                let call = web_api.call(&post, &chat::POSTED);
                match text {
                    "two" => match dropper.poll(call).await {
                        Some(outcome) => assert!(outcome.is_ok()),
                        None => dropped.set(true),
                    },
                    _ => assert_eq!(Posted::new(call.await.unwrap()).ts(), Some(text)),
                }
            }
        });
        was_dropped = dropped.get();
        assert!(links <= 1 + u32::from(was_dropped));
        let mut texts = methods.texts();
        texts.retain(|text| *text != "two" || !was_dropped);
        assert_eq!(texts.len(), if was_dropped { 2 } else { 3 }, "{texts:?}");
        way = next;
    }
    assert!(number > 20, "{number}");
}

/// Returns the text of the message with this number.
fn text(number: u32) -> String {
    let length = (number.wrapping_mul(2_654_435_761) >> 16) % 100;
    let letters = (0..length).map(|at| char::from(b'a' + ((at * at + number) % 26) as u8));
    letters.fold(format!("{number} "), |mut text, letter| {
        text.push(letter);
        text
    })
}

/// Streams messages in records of this length without header, which are full, and each of which is
/// divided one byte later than the one before. The bot drops every future and sends all the time,
/// while writes stall after every byte.
fn stream(record: usize) {
    let dropper = Dropper::new(Drops::EachWoken);
    let (received, counted) = (Cell::new(0), Cell::new(0));
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 256, 64>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let mut session = session(&mut rx, &mut tx, end, clock);
        loop {
            let Some(next) = dropper.poll(session.next()).await else {
                continue;
            };
            let Some((event, mut handle)) = next.unwrap() else {
                break;
            };
            match event {
                Event::Message(message) => {
                    let seen = message.text().unwrap();
                    if seen == "stop" {
                        handle.close();
                        continue;
                    }
                    assert_eq!(seen.as_str(), text(received.get()));
                    received.set(received.get() + 1);
                    match handle.send(&Ping::with("count", counted.get())) {
                        Ok(_) => counted.set(counted.get() + 1),
                        Err(SendError::Full(_)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                Event::Accepted(_) | Event::Hello(_) | Event::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    };
    let mut way = Way::new(record - OVERHEAD, record);
    way.stalls = Stalls::every(1);
    let (mut said, mut pings, mut stopped) = (0, 0_u32, false);
    // Short records take more than one round for some messages.
    let records = (5 + record).max(3_000 / way.content);
    let (slack, _) = over_tls(way, 2_000_000, bot, |_, slack, server, inner| {
        if !slack.is_socket || stopped {
            return;
        }
        if said == 0 {
            // The response, and `hello`, are still in records of their own.
            server.seal(inner);
            server.way.cut = 0;
            server.is_full = true;
        }
        if server.way.cut > records {
            server.is_full = false;
            stopped = true;
            say_message(inner, "stop");
        } else if server.parts.is_empty() {
            while inner.to_client.len() < server.way.content {
                say_message(inner, &text(said));
                said += 1;
                if said.is_multiple_of(10) {
                    pings += 1;
                    say_ping(inner, &pings.to_be_bytes());
                }
            }
        }
    });
    assert_eq!(received.get(), said);
    let counted: Vec<u64> = (0..counted.get()).collect();
    assert_eq!(slack.counts, counted);
    assert!(counted.len() >= 20, "{counted:?}");
    // The newest of the pings that wait is replied to, each at most once.
    assert!(slack.pongs.is_sorted_by(|one, next| one < next));
    assert!(!slack.pongs.is_empty() && slack.pongs.len() <= pings as usize);
}

#[test]
fn every_byte_of_full_records_that_are_split_at_every_position_arrives_once() {
    stream(1 + OVERHEAD);
    stream(8_320);
    stream(16_401);
}

#[test]
fn a_handler_that_waits_ten_seconds_loses_nothing_over_tls() {
    for (content, record) in [(1, 1 + OVERHEAD), (1_000, 8_320), (16_384, 16_401)] {
        let (received, acknowledged) = (Cell::new(0), Cell::new(0));
        let hellos = Cell::new(0);
        let bot = async |end: SessionEnd<'_, NoopRawMutex, 256, 256>, clock: TestClock| {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let mut session = session(&mut rx, &mut tx, end, clock.clone());
            while let Some((event, mut handle)) = session.next().await.unwrap() {
                match event {
                    Event::Message(message) => {
                        let seen = message.text().unwrap();
                        if seen == "stop" {
                            handle.close();
                            continue;
                        }
                        let number = received.get();
                        if number % 40 == 5 {
                            clock.sleep(10_000).await; // a slow display
                            let post = format!("shown {number}");
                            handle.send(&Post::new("C1", &post)).unwrap();
                        }
                        // The event is still whole.
                        assert_eq!(message.text().unwrap().as_str(), text(number));
                        received.set(number + 1);
                    }
                    Event::Acknowledged(_) => acknowledged.set(acknowledged.get() + 1),
                    Event::Hello(_) => hellos.set(hellos.get() + 1),
                    Event::Accepted(_) => {}
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(session.close_reason(), Some(CloseReason::Requested));
        };
        let (mut said, mut pings, mut stopped) = (0, Vec::new(), false);
        let way = Way::new(content, record);
        let (slack, _) = over_tls(way, 120_000, bot, |now, slack, _, inner| {
            if !slack.is_socket || stopped {
                return;
            }
            if said < 100 && now % 300 == 0 {
                say_message(inner, &text(said));
                said += 1;
            }
            if now % 1_000 == 0 {
                let payload = now.to_be_bytes();
                say_ping(inner, &payload);
                pings.push(payload.to_vec());
            }
            if slack.texts.len() == 3 && said == 100 {
                stopped = true;
                say_message(inner, "stop");
            }
        });
        assert_eq!(
            (received.get(), acknowledged.get(), hellos.get()),
            (100, 3, 1)
        );
        assert_eq!(slack.sent(), ["shown 5", "shown 45", "shown 85"]);
        // The newest of the pings that wait is replied to, each at most once.
        let mut pings = pings.iter();
        for pong in &slack.pongs {
            assert!(pings.any(|ping| ping == pong), "{:?}", slack.pongs);
        }
        assert!(slack.pongs.len() > 5, "{:?}", slack.pongs);
    }
}

/// What a server does to a link over TLS once it is open.
#[derive(Clone, Copy, Debug)]
enum Attack {
    /// It ends the stream without close_notify.
    Cut,
    /// It ends the stream with close_notify.
    Close,
    /// It sends a record that the key does not fit.
    Garbage,
}

/// Runs a session that trusts these roots until it reconnects. Returns why the link ended, why TLS
/// failed, and whether the stream was closed in order.
fn failed(
    anchors: &[TrustAnchor<'_>],
    attack: Attack,
) -> (DisconnectReason, Option<TlsError>, bool) {
    let clock = TestClock::default();
    let network = Network::new(usize::MAX, usize::MAX);
    let mut slack = Slack::new(usize::MAX);
    slack.is_secure = true;
    let mut server = Server::new(Way::new(1_000, 18));
    server.way.stalls = Stalls::every(1 << 20);
    let mut inner = Line::default();
    let trust = Trust::new(anchors, P256_ONLY, &|| NOW);
    let (mut read, mut write) = (vec![0; FULL_READ], [0; MIN_WRITE]);
    // Of a link before.
    let report = Cell::new(Some(TlsError::Interrupted));
    let connector = Tls::new(network.clone(), random(), &trust, &mut read, &mut write)
        .unwrap()
        .report_to(&report);
    let mut wire = Wire::<NoopRawMutex>::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let failure = Cell::new(None);
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let mut session = session(&mut rx, &mut tx, session_end, clock.clone());
        while let Some((event, handle)) = session.next().await.unwrap() {
            if let Event::Reconnecting(_) = event {
                failure.set(handle.last_failure());
                break;
            }
        }
        clock.sleep(10).await;
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 1_000, &mut [pin!(bot), running], |now| {
        let mut line = network.line.borrow_mut();
        server.work(&mut line, &mut inner);
        slack.work(now, &mut inner);
        server.seal(&mut inner);
        if slack.is_socket && server.parts.is_empty() {
            match attack {
                Attack::Cut => line.server_ended = true,
                Attack::Close => inner.server_ended = true,
                Attack::Garbage => line.to_client.extend(record(23, &[0xaa; 40])),
            }
        }
        server.deliver(&mut line);
    });
    let hung_up = network.line.borrow().hung_up;
    (failure.get().unwrap(), report.get(), hung_up)
}

#[test]
fn the_end_of_a_link_over_tls_is_reported_with_its_reason() {
    for (attack, expected) in [
        (Attack::Cut, (DisconnectReason::Truncated, None, false)),
        (Attack::Close, (DisconnectReason::Closed, None, true)),
        (
            Attack::Garbage,
            (DisconnectReason::TlsFailed, Some(TlsError::Protocol), false),
        ),
    ] {
        assert_eq!(failed(&PARTIES.anchors, attack), expected, "{attack:?}");
    }
    let (reason, error, hung_up) = failed(&[], Attack::Close);
    assert_eq!((reason, hung_up), (DisconnectReason::Untrusted, false));
    assert!(matches!(error, Some(TlsError::Trust(_))), "{error:?}");
}
