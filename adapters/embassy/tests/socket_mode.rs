//! Socket Mode over a network in memory: acknowledgements, futures that are dropped, links that end,
//! and an app that posts beside its socket.

mod support;

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};

use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::event::Author;
use slack_rtm::json::Writer;
use slack_rtm::methods::chat::{self, PostMessage, Posted};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{Caller, CallerConfig, RateSlot};
use slack_rtm::{
    AcknowledgeError, Client, CloseReason, Config, DeferredEnvelope, Event, OwnedStorage,
    SocketMode, Token,
};
use slack_rtm_embassy::app::{App, AppEvent, PostOutcome};
use slack_rtm_embassy::blocking;
use slack_rtm_embassy::link::Cleartext;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::web_api::WebApi;
use slack_rtm_embassy::wire::{SessionEnd, Wire};
use support::{Act, Dropper, Drops, Line, Methods, Network, TestClock, random, response, run, say};

const CONFIG: Config<'static, SocketMode> = Config::socket_mode()
    .api_base("http://slack.test/api/")
    .allow_insecure()
    .allowed_domains(&["slack.test"]);

fn client<E: Entropy>(
    config: Config<'static, SocketMode>,
    entropy: E,
) -> Client<'static, E, Token<16>, SocketMode> {
    Client::new(config, "xapp-test", Token::new(), entropy).unwrap()
}

/// A Slack that speaks Socket Mode. It panics at a byte that a client must not send.
#[derive(Default)]
struct Hub {
    /// The connection that it talks on.
    number: u32,
    taken: Vec<u8>,
    is_socket: bool,
    /// It takes no more than this at a time.
    appetite: usize,
    /// The acknowledgements that arrived, with the times and the numbers of the connections.
    acks: Vec<(u64, u32, String)>,
    closes: u32,
    pings: u32,
    /// How many payload bytes of a frame that is not whole have arrived.
    begun: usize,
}

impl Hub {
    fn new(appetite: usize) -> Self {
        Self {
            appetite,
            ..Self::default()
        }
    }

    fn work(&mut self, now: u64, line: &mut Line) {
        if self.number != line.number {
            self.number = line.number;
            self.taken.clear();
            self.is_socket = false;
            self.begun = 0;
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
            self.is_socket = key.is_some();
            let text = match key {
                Some(key) => {
                    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
                    format!(
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                         Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                    )
                }
                None => {
                    assert!(
                        head.starts_with("POST /api/apps.connections.open "),
                        "{head}"
                    );
                    let url = r#"ws:\/\/slack.test:81\/link\/?ticket=1&app_id=2"#;
                    response("200 OK", &format!(r#"{{"ok":true,"url":"{url}"}}"#))
                }
            };
            line.to_client.extend(text.bytes());
            if self.is_socket {
                say(line, r#"{"type":"hello","num_connections":1}"#);
            }
        }
        line.wake();
    }

    /// Handles a frame of the client, if one is complete.
    fn frame(&mut self, now: u64, line: &mut Line) -> Option<()> {
        let [opcode, length, rest @ ..] = self.taken.as_slice() else {
            return None;
        };
        let (length, rest) = match length & 0x7f {
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            length @ ..126 => (usize::from(length), rest),
            _ => panic!("a frame of more than 64 kB"),
        };
        let (mask, payload) = rest.split_at_checked(4)?;
        self.begun = payload.len().min(length);
        let payload = payload.get(..length)?.iter().zip(mask.iter().cycle());
        let payload: Vec<u8> = payload.map(|(byte, mask)| byte ^ mask).collect();
        let opcode = *opcode;
        let end = self.taken.len() - rest.len() + 4 + length;
        self.taken.drain(..end);
        self.begun = 0;
        match opcode {
            0x81 => {
                let text = String::from_utf8(payload).unwrap();
                self.acks.push((now, line.number, text));
            }
            0x88 => {
                self.closes += 1;
                if !line.server_ended {
                    line.to_client.extend([0x88, 2, payload[0], payload[1]]);
                    line.server_ended = true;
                }
            }
            0x89 => {
                self.pings += 1;
                line.to_client.extend([0x8a, payload.len() as u8]);
                line.to_client.extend(payload);
            }
            0x8a => {}
            other => panic!("opcode {other:#x}"),
        }
        Some(())
    }

    fn acks(&self) -> Vec<&str> {
        self.acks.iter().map(|(_, _, ack)| ack.as_str()).collect()
    }
}

/// Sends a message in an envelope.
fn say_message(line: &mut Line, id: &str, text: &str) {
    say(
        line,
        &format!(
            r#"{{"envelope_id":"{id}","payload":{{"event":{{"type":"message","channel":"C1","user":"U2","text":"{text}","ts":"2.0"}},"type":"event_callback","event_id":"Ev{id}"}},"type":"events_api","accepts_response_payload":false}}"#
        ),
    );
}

/// Sends a slash command in an envelope.
fn say_command(line: &mut Line, id: &str, text: &str) {
    say(
        line,
        &format!(
            r#"{{"envelope_id":"{id}","payload":{{"command":"/door","text":"{text}","user_id":"U2","channel_id":"C1"}},"type":"slash_commands","accepts_response_payload":true}}"#
        ),
    );
}

fn bare(id: &str) -> String {
    format!(r#"{{"envelope_id":"{id}"}}"#)
}

fn whole(id: &str, text: &str) -> String {
    format!(r#"{{"envelope_id":"{id}","payload":{{"text":"{text}"}}}}"#)
}

fn text_response(text: &str) -> impl Fn(&mut Writer<'_>) {
    move |json| {
        json.begin_object();
        json.name("text").text(text);
        json.end_object();
    }
}

/// The memory of a session.
struct Memory {
    rx: [u8; 512],
    tx: [u8; 256],
}

impl Memory {
    const NEW: Self = Self {
        rx: [0; 512],
        tx: [0; 256],
    };

    fn session<'a, E: Entropy, const IN: usize, const OUT: usize>(
        &'a mut self,
        config: Config<'static, SocketMode>,
        entropy: E,
        end: SessionEnd<'a, NoopRawMutex, IN, OUT>,
        clock: TestClock,
    ) -> Session<'a, TestClock, E, Token<16>, NoopRawMutex, IN, OUT, SocketMode> {
        let (rx, tx) = (RecvBuf::new(&mut self.rx), SendBuf::new(&mut self.tx));
        Session::new(client(config, entropy), rx, tx, end, clock)
    }
}

/// Runs a task with a session over wires with `IN` and `OUT` bytes, until it is done.
fn with_session<const IN: usize, const OUT: usize>(
    config: Config<'static, SocketMode>,
    network: &Network,
    clock: &TestClock,
    limit: u64,
    task: impl AsyncFnOnce(
        &mut Session<'_, TestClock, &mut dyn Entropy, Token<16>, NoopRawMutex, IN, OUT, SocketMode>,
    ),
    each: impl FnMut(u64),
) {
    let mut wire = Wire::<NoopRawMutex, IN, OUT>::new();
    let (end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let (mut memory, mut random) = (Memory::NEW, random());
    let random: &mut dyn Entropy = &mut random;
    let mut session = memory.session(config, random, end, clock.clone());
    let task = pin!(task(&mut session));
    let mut running = pin!(async { runner.run().await });
    run(clock, limit, &mut [task, running.as_mut()], each);
}

/// The differences between runs, of which none may change the outcome.
#[derive(Clone, Copy, Debug)]
struct Way {
    drops: Drops,
    window: usize,
    read_limit: usize,
}

/// A conversation: messages, a command with a response in the acknowledgement, one that is deferred
/// and has its response between two events, one without a response. Returns the events, the
/// acknowledgements, and how often the future of `next` was pending.
fn conversation<const IN: usize, const OUT: usize>(way: Way) -> (Vec<String>, Vec<String>, u32) {
    let clock = TestClock::default();
    let network = Network::new(way.window, way.read_limit);
    let mut hub = Hub::new(way.window);
    let log = RefCell::new(Vec::<String>::new());
    let dropper = Dropper::new(way.drops);
    let mut step = 0;
    with_session::<IN, OUT>(
        CONFIG,
        &network,
        &clock,
        60_000,
        async |session| {
            let mut deferred = None;
            loop {
                let Some(next) = dropper.poll(session.next()).await else {
                    if let Some(envelope) = deferred.take() {
                        let response = text_response("later");
                        let mut handle = session.handle();
                        handle
                            .acknowledge_deferred(envelope, &response)
                            .await
                            .unwrap();
                    }
                    continue;
                };
                let Some((event, mut handle)) = next.unwrap() else {
                    break;
                };
                match event {
                    Event::Accepted(_) | Event::Hello(_) => {}
                    Event::Message(message) => {
                        let text = message.text().unwrap().as_str();
                        log.borrow_mut().push(text.into());
                        if let Some(envelope) = deferred.take() {
                            let response = text_response("later");
                            let sent = handle.acknowledge_deferred(envelope, &response).await;
                            sent.unwrap();
                        }
                        if text == "stop" {
                            handle.close();
                        }
                    }
                    Event::SlashCommand(command) => {
                        let text = command.text().unwrap();
                        log.borrow_mut().push(text.as_str().into());
                        match text.as_str() {
                            "now" => {
                                let text = "now ".repeat(100);
                                let response = text_response(&text);
                                handle.acknowledge(&response).await.unwrap();
                            }
                            "later" => deferred = Some(handle.defer().unwrap()),
                            _ => {}
                        }
                        // The event is still whole.
                        assert_eq!(command.command().unwrap().as_str(), "/door");
                    }
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(session.close_reason(), Some(CloseReason::Requested));
        },
        |now| {
            let mut line = network.line.borrow_mut();
            hub.work(now, &mut line);
            if !hub.is_socket || hub.acks.len() < step {
                return;
            }
            match step {
                0 => say_message(&mut line, "1", "one"),
                1 => say_command(&mut line, "2", "now"),
                2 => {
                    say_command(&mut line, "3", "later");
                    say_message(&mut line, "4", "two");
                    step += 1;
                }
                4 => say_command(&mut line, "5", "without"),
                5 => say_message(&mut line, "6", "stop"),
                _ => return,
            }
            step += 1;
        },
    );
    assert_eq!(hub.closes, 1);
    let acks = hub.acks.into_iter().map(|(_, _, ack)| ack).collect();
    (log.into_inner(), acks, dropper.pending.get())
}

#[test]
fn dropping_the_future_of_next_changes_nothing() {
    let expected = ["one", "now", "later", "two", "without", "stop"].map(String::from);
    let mut acks = [
        bare("1"),
        whole("2", &"now ".repeat(100)),
        whole("3", "later"),
        bare("4"),
        bare("5"),
        bare("6"),
    ];
    acks.sort();
    let check = |way: Way, (events, mut seen, pending): (Vec<String>, Vec<String>, u32)| {
        assert_eq!(events, expected, "{way:?}");
        // Whether a response or the acknowledgement of an event is first depends on the speed.
        seen.sort();
        assert_eq!(seen, acks, "{way:?}");
        pending
    };
    let every = [
        Drops::Never,
        Drops::Each(1),
        Drops::Each(2),
        Drops::Each(3),
        Drops::EachWoken,
    ];
    for (window, read_limit) in [(1, 1), (1, 64), (64, 1), (7, 3), (64, 64)] {
        for drops in every {
            let way = Way {
                drops,
                window,
                read_limit,
            };
            check(way, conversation::<1, 1>(way));
            check(way, conversation::<5, 3>(way));
            check(way, conversation::<256, 256>(way));
        }
        // And a single one, at each await point in turn.
        for once in [Drops::Once, Drops::OnceWoken] {
            let (mut number, mut pending) = (0, 1);
            while number < pending {
                number += 1;
                let way = Way {
                    drops: once(number),
                    window,
                    read_limit,
                };
                pending = check(way, conversation::<5, 64>(way));
            }
        }
    }
}

/// Drops the future of an acknowledgement of `length` bytes when it was pending for the `number`th
/// time. Returns the reasons of ends of links, the acknowledgements of the command, and whether the
/// future was ready before that.
fn dropped_response(length: usize, number: u32) -> (Vec<String>, Vec<String>, bool) {
    let clock = TestClock::default();
    let network = Network::new(7, 64);
    let mut hub = Hub::new(7);
    let ends = RefCell::new(Vec::new());
    let (is_over, is_whole) = (Cell::new(false), Cell::new(true));
    let dropper = Dropper::new(Drops::Once(number));
    let mut said = 0;
    with_session::<64, 16>(
        CONFIG,
        &network,
        &clock,
        200_000,
        async |session| {
            while let Some((event, mut handle)) = session.next().await.unwrap() {
                match event {
                    Event::SlashCommand(_) => {
                        let text = "x".repeat(length);
                        let response = text_response(&text);
                        match dropper.poll(handle.acknowledge(&response)).await {
                            Some(sent) => sent.unwrap(),
                            None => is_whole.set(false),
                        }
                        is_over.set(true);
                    }
                    Event::Message(_) => handle.close(),
                    Event::Reconnecting(end) => {
                        ends.borrow_mut().push(format!("{:?}", end.reason()));
                    }
                    _ => {}
                }
            }
        },
        |now| {
            let mut line = network.line.borrow_mut();
            hub.work(now, &mut line);
            if hub.is_socket && said == 0 {
                said = 1;
                say_command(&mut line, "1", "open");
            }
            // The program has gone on: on the same link, or on the next one.
            if hub.is_socket && is_over.get() && said == 1 {
                if hub.acks.is_empty() && line.number == 2 {
                    return;
                }
                said = 2;
                say_message(&mut line, "2", "stop");
            }
        },
    );
    assert_eq!(hub.acks.pop().unwrap().2, bare("2"));
    let acks = hub.acks.into_iter().map(|(_, _, ack)| ack).collect();
    let ends = ends.into_inner();
    (ends, acks, is_whole.get())
}

#[test]
fn a_dropped_response_is_sent_whole_or_the_link_ends_with_the_reason() {
    for length in [60, 600] {
        let expected = whole("1", &"x".repeat(length));
        let (mut number, mut abandoned, mut is_dropped) = (0, 0, true);
        // The future is dropped at each await point in turn, and at last not at all.
        while is_dropped {
            number += 1;
            let (ends, acks, is_over) = dropped_response(length, number);
            is_dropped = !is_over;
            match ends.as_slice() {
                [] => assert_eq!(acks, [expected.as_str()], "{number}"),
                [end] => {
                    assert_eq!(end, "ResponseAbandoned", "{number}");
                    assert_eq!(acks, [""; 0], "{number}");
                    abandoned += 1;
                }
                more => panic!("{number}: {more:?}"),
            }
        }
        // A response that fits into the send buffer is not divided.
        assert_eq!(abandoned > 5, length > 256 - SendBuf::RESERVE, "{length}");
        assert!(number > 1, "{length}");
    }
}

#[test]
fn a_large_response_goes_through_small_buffers_while_the_event_is_held() {
    let text = "0123456789".repeat(2_000);
    let response = text_response(&text);
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut hub = Hub::new(64);
    let mut said = false;
    let (begun, ended) = (Cell::new(0), Cell::new(0));
    with_session::<64, 16>(
        CONFIG,
        &network,
        &clock,
        60_000,
        async |session| {
            while let Some((event, mut handle)) = session.next().await.unwrap() {
                if let Event::SlashCommand(command) = event {
                    begun.set(clock.millis());
                    handle.acknowledge(&response).await.unwrap();
                    assert_eq!(command.text().unwrap().as_str(), "open");
                    ended.set(clock.millis());
                    let again = handle.acknowledge(&response).await;
                    assert_eq!(again, Err(AcknowledgeError::Acknowledged));
                    // The bytes that have arrived leave before the next call of `next`.
                    clock.sleep(1_000).await;
                    handle.close();
                }
            }
        },
        |now| {
            let mut line = network.line.borrow_mut();
            hub.work(now, &mut line);
            if hub.is_socket && !said {
                said = true;
                say_command(&mut line, "1", "open");
            }
        },
    );
    assert_eq!(hub.acks(), [whole("1", &text)]);
    let at = hub.acks[0].0;
    assert!(begun.get() + 300 < ended.get(), "it took no time");
    assert!(at < ended.get() + 10, "{at} {}", ended.get());
}

#[test]
fn a_response_that_slack_refuses_is_not_begun() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut hub = Hub::new(64);
    let mut said = false;
    let text = "x".repeat(20_479);
    let response = text_response(&text);
    with_session::<64, 64>(
        CONFIG,
        &network,
        &clock,
        60_000,
        async |session| {
            while let Some((event, mut handle)) = session.next().await.unwrap() {
                match event {
                    Event::SlashCommand(_) => {
                        let error = handle.acknowledge(&response).await.unwrap_err();
                        assert!(matches!(error, AcknowledgeError::TooLong(_)), "{error}");
                    }
                    Event::Message(_) => {
                        let refused = handle.acknowledge(&text_response("no")).await;
                        assert_eq!(refused, Err(AcknowledgeError::NotAccepted));
                        assert_eq!(handle.defer(), Err(AcknowledgeError::NotAccepted));
                        handle.close();
                    }
                    _ => {
                        let refused = handle.acknowledge(&text_response("no")).await;
                        assert_eq!(refused, Err(AcknowledgeError::NoEnvelope));
                    }
                }
            }
        },
        |now| {
            let mut line = network.line.borrow_mut();
            hub.work(now, &mut line);
            if hub.is_socket && !said {
                said = true;
                say_command(&mut line, "1", "open");
                say_message(&mut line, "2", "stop");
            }
        },
    );
    assert_eq!(hub.acks(), [bare("1"), bare("2")]);
}

/// Runs a session that acknowledges a command with a response of `length` bytes, while `each` does
/// something to the link after the first `begun` bytes. Returns the results in order.
fn interrupted(
    config: Config<'static, SocketMode>,
    length: usize,
    begun: usize,
    mut each: impl FnMut(u64, &mut Hub, &mut Line),
) -> Vec<String> {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut hub = Hub::new(64);
    let log = RefCell::new(Vec::new());
    let (mut said, mut since) = (false, None);
    let text = "x".repeat(length);
    let response = text_response(&text);
    with_session::<256, 64>(
        config,
        &network,
        &clock,
        200_000,
        async |session| {
            while let Some((event, mut handle)) = session.next().await.unwrap() {
                match event {
                    Event::SlashCommand(_) => {
                        let began = clock.millis();
                        let sent = handle.acknowledge(&response).await;
                        let after = (clock.millis() - began) / 1_000;
                        log.borrow_mut().push(format!("{sent:?} after {after} s"));
                        log.borrow_mut()
                            .push(format!("{:?}", handle.last_failure()));
                    }
                    Event::Reconnecting(end) => {
                        log.borrow_mut().push(format!("{:?}", end.reason()));
                    }
                    Event::Message(message) => {
                        let text = message.text().unwrap().as_str().to_owned();
                        if text == "stop" {
                            handle.close();
                        }
                        log.borrow_mut().push(text);
                    }
                    _ => {}
                }
            }
        },
        |now| {
            let mut line = network.line.borrow_mut();
            if line.number > 2 {
                hub.appetite = 64;
            }
            hub.work(now, &mut line);
            if hub.is_socket && !said {
                said = true;
                say_command(&mut line, "1", "open");
            }
            if hub.is_socket && line.number == 4 && since != Some(u64::MAX) {
                since = Some(u64::MAX);
                say_message(&mut line, "9", "stop");
            }
            if hub.begun >= begun && line.number == 2 && hub.is_socket {
                let since = *since.get_or_insert(now);
                each(now - since, &mut hub, &mut line);
            }
        },
    );
    assert_eq!(hub.acks.pop().unwrap().2, bare("9"));
    assert_eq!(hub.acks(), [""; 0]);
    log.into_inner()
}

#[test]
fn the_end_of_the_link_ends_a_response_and_the_session_reconnects() {
    let log = interrupted(CONFIG, 1_000, 200, |since, _, line| {
        if since == 0 {
            line.server_ended = true;
            line.wake();
        }
    });
    let [sent, failure, reason, stop] = log.as_slice() else {
        panic!("{log:?}");
    };
    assert_eq!(sent, "Err(SocketEnded) after 0 s");
    assert_eq!(failure, "Some(Closed)");
    assert_eq!(reason, "Disconnected(Closed)");
    assert_eq!(stop, "stop");
}

#[test]
fn a_link_that_takes_no_byte_of_a_response_is_ended() {
    let config = CONFIG.dead_after(Duration::from_secs(5));
    let log = interrupted(config, 1_000, 200, |_, hub, _| hub.appetite = 0);
    // The next links are served again.
    assert_eq!(log.len(), 4, "{log:?}");
    assert_eq!(log[0], "Err(SocketEnded) after 5 s");
    assert_eq!(log[1], "Some(TimedOut)");
    assert_eq!(log[2], "Disconnected(TimedOut)");
}

#[test]
fn a_link_that_takes_a_response_slowly_is_kept() {
    let config = CONFIG.dead_after(Duration::from_secs(5));
    let clock = TestClock::default();
    let network = Network::new(1, 64);
    let mut hub = Hub::new(64);
    let text = "x".repeat(600);
    let response = text_response(&text);
    let mut said = 0;
    let took = Cell::new(0);
    with_session::<256, 16>(
        config,
        &network,
        &clock,
        10_000_000,
        async |session| {
            while let Some((event, mut handle)) = session.next().await.unwrap() {
                match event {
                    Event::SlashCommand(_) => {
                        let began = clock.millis();
                        handle.acknowledge(&response).await.unwrap();
                        took.set(clock.millis() - began);
                        // The limit is over.
                        clock.sleep(60_000).await;
                        handle.close();
                    }
                    Event::Reconnecting(end) => panic!("{:?}", end.reason()),
                    _ => {}
                }
            }
        },
        |now| {
            let mut line = network.line.borrow_mut();
            // 20 bytes in a second.
            hub.appetite = match said {
                0 => 64,
                _ if hub.acks.is_empty() => usize::from(now % 50 == 0),
                _ => 64,
            };
            hub.work(now, &mut line);
            if hub.is_socket && said == 0 {
                said = 1;
                say_command(&mut line, "1", "open");
            }
        },
    );
    assert_eq!(hub.acks(), [whole("1", &text)]);
    assert!(took.get() > 20_000, "{}", took.get());
}

#[test]
fn an_envelope_that_arrived_before_the_end_of_the_link_is_still_lent() {
    let clock = TestClock::default();
    let network = Network::new(64, 512);
    let mut hub = Hub::new(64);
    let log = RefCell::new(Vec::new());
    let mut said = 0;
    with_session::<512, 64>(
        CONFIG,
        &network,
        &clock,
        60_000,
        async |session| {
            while let Some((event, mut handle)) = session.next().await.unwrap() {
                match event {
                    Event::SlashCommand(_) => {
                        clock.sleep(500).await;
                        let sent = handle.acknowledge(&text_response("late")).await;
                        log.borrow_mut().push(format!("{sent:?}"));
                    }
                    Event::Hello(_) | Event::Accepted(_) => {}
                    Event::Interaction(interaction) => {
                        let id = interaction.envelope().id().unwrap().to_owned();
                        log.borrow_mut().push(id);
                    }
                    Event::Reconnecting(end) => {
                        log.borrow_mut().push(format!("{:?}", end.reason()));
                        handle.close();
                    }
                    other => panic!("{other:?}"),
                }
            }
        },
        |now| {
            let mut line = network.line.borrow_mut();
            hub.work(now, &mut line);
            if hub.is_socket && said == 0 {
                said = now;
                say_command(&mut line, "1", "open");
                let press = r#"{"envelope_id":"2","payload":{"type":"block_actions"},"type":"interactive","accepts_response_payload":true}"#;
                say(&mut line, press);
            }
            if said > 0 && now == said + 100 {
                line.server_ended = true;
                line.wake();
            }
        },
    );
    assert_eq!(
        log.into_inner(),
        ["Err(SocketEnded)", "2", "Disconnected(Closed)"]
    );
}

#[test]
fn a_deferred_envelope_has_its_response_in_time_or_none() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut hub = Hub::new(64);
    let answered = Signal::<NoopRawMutex, ()>::new();
    let log = RefCell::new(Vec::new());
    let (mut said, mut commanded) = (0, 0);
    with_session::<64, 64>(
        CONFIG,
        &network,
        &clock,
        60_000,
        async |session| {
            let mut deferred: Vec<DeferredEnvelope> = Vec::new();
            loop {
                match select(answered.wait(), session.next()).await {
                    Either::First(()) => {
                        // The door has opened.
                        let envelope = deferred.remove(0);
                        let mut handle = session.handle();
                        let response = text_response("open");
                        let sent = handle.acknowledge_deferred(envelope, &response).await;
                        log.borrow_mut().push(format!("{sent:?}"));
                        let again = handle.acknowledge_deferred(envelope, &response).await;
                        log.borrow_mut().push(format!("{again:?}"));
                    }
                    Either::Second(next) => match next.unwrap() {
                        Some((Event::SlashCommand(_), mut handle)) => {
                            deferred.push(handle.defer().unwrap());
                            let again = handle.defer();
                            assert_eq!(again, Err(AcknowledgeError::Acknowledged));
                        }
                        Some((Event::Message(message), mut handle)) => {
                            let text = message.text().unwrap().as_str().to_owned();
                            if text == "stop" {
                                handle.close();
                            }
                            log.borrow_mut().push(text);
                        }
                        Some(_) => {}
                        None => break,
                    },
                }
            }
        },
        |now| {
            let mut line = network.line.borrow_mut();
            hub.work(now, &mut line);
            if !hub.is_socket {
                return;
            }
            if said == 0 {
                said = now;
                commanded = now;
                say_command(&mut line, "1", "in time");
                say_message(&mut line, "2", "meanwhile");
                say_command(&mut line, "3", "too late");
            }
            match now - said {
                1_000 | 2_900 => answered.signal(()),
                4_000 => say_message(&mut line, "4", "stop"),
                _ => {}
            }
        },
    );
    assert_eq!(
        log.into_inner(),
        [
            "meanwhile",
            "Ok(())",
            "Err(Acknowledged)",
            "Err(TooLate)",
            "Err(TooLate)",
            "stop"
        ]
    );
    let acks: Vec<_> = hub
        .acks
        .iter()
        .map(|(at, _, ack)| ((at - commanded) / 100 * 100, ack.clone()))
        .collect();
    assert_eq!(
        acks,
        [
            (0, bare("2")),
            (1_000, whole("1", "open")),
            (2_500, bare("3")),
            (4_000, bare("4")),
        ]
    );
}

#[test]
fn a_handle_between_two_events_acknowledges_no_event_that_the_program_has_not_seen() {
    let clock = TestClock::default();
    let network = Network::new(64, 512);
    let mut hub = Hub::new(64);
    let mut said = false;
    with_session::<512, 64>(
        CONFIG,
        &network,
        &clock,
        60_000,
        async |session| {
            loop {
                let Some((event, _)) = session.next().await.unwrap() else {
                    break;
                };
                let Event::SlashCommand(command) = event else {
                    continue;
                };
                if command.text().unwrap() == "two" {
                    session.close();
                    continue;
                }
                clock.sleep(100).await;
                // The second command has arrived. This acknowledges the first one.
                let mut handle = session.handle();
                let sent = handle.acknowledge(&text_response("one")).await;
                assert_eq!(sent, Err(AcknowledgeError::NoEnvelope));
                assert_eq!(handle.defer(), Err(AcknowledgeError::NoEnvelope));
            }
        },
        |now| {
            let mut line = network.line.borrow_mut();
            hub.work(now, &mut line);
            if hub.is_socket && !said {
                said = true;
                say_command(&mut line, "1", "one");
                say_command(&mut line, "2", "two");
            }
        },
    );
    assert_eq!(hub.acks()[0], bare("1"));
}

#[test]
fn a_plain_loop_acknowledges_without_async() {
    let clock = TestClock::default();
    let network = Network::new(16, 64);
    let mut hub = Hub::new(16);
    let mut wire = Wire::<NoopRawMutex, 16, 16>::new();
    let (end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let mut running = pin!(runner.run());
    let mut memory = Memory::NEW;
    let mut session = memory.session(CONFIG, random(), end, clock.clone());
    let mut said = false;
    let mut rest = || {
        let mut line = network.line.borrow_mut();
        hub.work(clock.millis(), &mut line);
        if hub.is_socket && !said {
            said = true;
            say_command(&mut line, "1", "open");
            say_command(&mut line, "2", "later");
            say_message(&mut line, "3", "stop");
        }
        clock.tick();
    };
    let text = "x".repeat(500);
    let mut deferred = None;
    while let Some((event, mut handle)) =
        blocking::next(&mut session, running.as_mut(), &mut rest).unwrap()
    {
        match event {
            Event::SlashCommand(command) if command.text().unwrap() == "open" => {
                let response = text_response(&text);
                let sent = handle.acknowledge(&response);
                blocking::block_on(sent, running.as_mut(), &mut rest).unwrap();
            }
            Event::SlashCommand(_) => deferred = Some(handle.defer().unwrap()),
            Event::Message(_) => {
                let response = text_response("later");
                let sent = handle.acknowledge_deferred(deferred.take().unwrap(), &response);
                blocking::block_on(sent, running.as_mut(), &mut rest).unwrap();
                handle.close();
            }
            _ => {}
        }
    }
    assert_eq!(
        hub.acks(),
        [whole("1", &text), bare("3"), whole("2", "later")]
    );
}

type TestApp<'a> = App<
    'a,
    TestClock,
    &'a mut dyn Entropy,
    Token<16>,
    &'a mut dyn Entropy,
    OwnedStorage<16, 512>,
    NoopRawMutex,
    64,
    64,
>;

/// Runs a task with an app over two networks, of the socket and of the calls, until it is done.
fn with_app(
    networks: &[Network; 2],
    clock: &TestClock,
    limit: u64,
    task: impl AsyncFnOnce(&mut TestApp<'_>),
    each: impl FnMut(u64),
) {
    let mut wires = [(); 2].map(|()| Wire::<NoopRawMutex, 64, 64>::new());
    let [socket, api] = wires.each_mut().map(Wire::split);
    let connector = |index: usize| Cleartext::new(networks[index].clone());
    let mut socket_runner = Runner::new(socket.1, connector(0), clock.clone());
    let mut api_runner = Runner::new(api.1, connector(1), clock.clone());
    let (mut memory, mut numbers, mut more_numbers) = (Memory::NEW, random(), random());
    let numbers: &mut dyn Entropy = &mut numbers;
    let session = memory.session(CONFIG, numbers, socket.0, clock.clone());
    let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let config = CallerConfig::new()
        .api_base("http://slack.test/api/")
        .allow_insecure()
        .post_paths(&chat::POSTED);
    let numbers: &mut dyn Entropy = &mut more_numbers;
    let storage = OwnedStorage::<16, 512>::new();
    let caller = Caller::new(config, "xoxb-test", storage, &mut rates, numbers).unwrap();
    let web_api = WebApi::new(caller, rx, tx, api.0, clock.clone());
    let mut app = App::new(session, web_api);
    let task = pin!(task(&mut app));
    let mut running = pin!(async {
        join(socket_runner.run(), api_runner.run()).await;
    });
    let mut tasks: [Pin<&mut dyn Future<Output = ()>>; 2] = [task, running.as_mut()];
    run(clock, limit, &mut tasks, each);
}

/// A life of an app: it replies to messages, acknowledges commands with a response, and posts when a
/// button is pressed. Returns the events, the acknowledgements, the texts of the posts, and how often
/// its future was pending.
fn app_life(way: Way) -> (Vec<String>, Vec<String>, Vec<String>, u32) {
    let clock = TestClock::default();
    let networks = [(); 2].map(|()| Network::new(way.window, way.read_limit));
    let (mut hub, mut methods) = (Hub::new(way.window), Methods::new(way.window));
    let log = RefCell::new(Vec::<String>::new());
    let dropper = Dropper::new(way.drops);
    let pressed = Cell::new(false);
    let bot = async |app: &mut TestApp<'_>| {
        loop {
            if pressed.take() {
                let ring = PostMessage::new("C1", "ring");
                app.handle().post(&ring, None).unwrap();
            }
            let Some(next) = dropper.poll(app.next()).await else {
                continue;
            };
            let Some((event, mut handle)) = next.unwrap() else {
                break;
            };
            match event {
                AppEvent::Event(Event::Message(message)) => {
                    let text = message.text().unwrap().as_str();
                    assert_eq!(message.posted_by(), Some(Author::Person("U2")));
                    log.borrow_mut().push(text.into());
                    match text {
                        "stop" => handle.close(),
                        _ => {
                            let reply = format!("re-{text}");
                            let id = handle.reply(&message, reply.as_str()).unwrap();
                            assert!(id.is_some());
                        }
                    }
                }
                AppEvent::Event(Event::SlashCommand(command)) => {
                    let text = command.text().unwrap().as_str().to_owned();
                    log.borrow_mut().push(text);
                    let response = text_response("opening");
                    handle.acknowledge(&response).await.unwrap();
                    // The button is pressed after that.
                    pressed.set(true);
                }
                AppEvent::Event(Event::Hello(_) | Event::Accepted(_)) => {}
                AppEvent::Posted(_, PostOutcome::Accepted(response)) => {
                    let ts = Posted::new(response).ts().unwrap().to_owned();
                    log.borrow_mut().push(format!("posted {ts}"));
                    let refused = handle.acknowledge(&text_response("no")).await;
                    assert_eq!(refused, Err(AcknowledgeError::NoEnvelope));
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(app.close_reason(), Some(CloseReason::Requested));
    };
    let mut step = 0;
    with_app(&networks, &clock, 100_000, bot, |now| {
        let mut line = networks[0].line.borrow_mut();
        hub.work(now, &mut line);
        methods.work(now, &mut networks[1].line.borrow_mut());
        let posted = methods.requests.len();
        if hub.is_socket && hub.acks.len() == step && posted == step {
            match step {
                0 => say_message(&mut line, "1", "one"),
                1 => say_command(&mut line, "2", "open"),
                2 => say_message(&mut line, "3", "three"),
                _ => {}
            }
            step += 1;
        }
        if step == 4 && posted == 3 && log.borrow().len() == 6 {
            step += 1;
            say_message(&mut line, "4", "stop");
        }
    });
    let acks = hub.acks.into_iter().map(|(_, _, ack)| ack).collect();
    let posts = methods.texts().into_iter().map(String::from).collect();
    (log.take(), acks, posts, dropper.pending.get())
}

#[test]
fn an_app_responds_by_url_and_continues_with_another_token() {
    let clock = TestClock::default();
    let networks = [(); 2].map(|()| Network::new(64, 64));
    let (mut hub, mut methods) = (Hub::new(64), Methods::new(64));
    methods.acts.extend([
        Act::Send(response("200 OK", "ok"), false),
        Act::Send(
            response("200 OK", r#"{"ok":false,"error":"token_expired"}"#),
            false,
        ),
    ]);
    let log = RefCell::new(Vec::new());
    let bot = async |app: &mut TestApp<'_>| {
        while let Some((event, mut handle)) = app.next().await.unwrap() {
            match event {
                AppEvent::Event(Event::SlashCommand(_)) => {
                    let url = "http://slack.test/api/response";
                    handle.respond(url, "done").unwrap();
                    let ring = PostMessage::new("C1", "ring");
                    handle.post(&ring, None).unwrap();
                    assert_eq!(handle.pending_posts(), 2);
                }
                AppEvent::TokenExpired => {
                    log.borrow_mut().push("expired".to_owned());
                    handle.set_bot_token("xoxb-2").unwrap();
                }
                AppEvent::Posted(id, outcome) => {
                    let is_accepted = matches!(outcome, PostOutcome::Accepted(_));
                    log.borrow_mut().push(format!("{id} {is_accepted}"));
                    if handle.pending_posts() == 0 {
                        handle.close();
                    }
                }
                _ => {}
            }
        }
    };
    let mut said = false;
    with_app(&networks, &clock, 100_000, bot, |now| {
        let mut line = networks[0].line.borrow_mut();
        hub.work(now, &mut line);
        methods.work(now, &mut networks[1].line.borrow_mut());
        if hub.is_socket && !said {
            said = true;
            say_command(&mut line, "1", "open");
        }
    });
    assert_eq!(log.into_inner(), ["1 true", "expired", "2 true"]);
    assert_eq!(hub.acks()[0], bare("1"));
    let requests = methods.requests.iter();
    let tokens: Vec<_> = requests
        .map(|(_, _, request)| {
            let mut lines = request.lines();
            lines.find_map(|line| line.strip_prefix("Authorization: Bearer "))
        })
        .collect();
    assert_eq!(tokens, [None, Some("xoxb-test"), Some("xoxb-2")]);
}

#[test]
fn an_app_posts_beside_its_socket_whichever_futures_are_dropped() {
    let check = |way: Way, (mut events, acks, posts, pending): (Vec<_>, Vec<_>, Vec<_>, u32)| {
        assert_eq!(posts, ["re-one", "ring", "re-three"], "{way:?}");
        assert_eq!(
            acks,
            [bare("1"), whole("2", "opening"), bare("3"), bare("4")],
            "{way:?}"
        );
        assert_eq!(events.pop().unwrap(), "stop");
        events.sort();
        assert_eq!(
            events,
            [
                "one",
                "open",
                "posted re-one",
                "posted re-three",
                "posted ring",
                "three"
            ],
            "{way:?}"
        );
        pending
    };
    for (window, read_limit) in [(1, 1), (64, 64)] {
        for drops in [
            Drops::Never,
            Drops::Each(1),
            Drops::Each(2),
            Drops::EachWoken,
        ] {
            let way = Way {
                drops,
                window,
                read_limit,
            };
            check(way, app_life(way));
        }
    }
    for once in [Drops::Once, Drops::OnceWoken] {
        let (mut number, mut pending) = (0, 1);
        while number < pending {
            number += 1;
            let way = Way {
                drops: once(number),
                window: 16,
                read_limit: 16,
            };
            pending = check(way, app_life(way));
        }
    }
}
