//! The session and its runner over a network in memory: futures that are dropped, events that are
//! held, and links that end.

mod support;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::pin::pin;
use std::task::Poll;

use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embedded_io::ErrorKind;
use embedded_io_async::{ErrorType, Read, Write};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError};
use slack_rtm::rtm::command::{Post, Typing};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::{
    Client, CloseReason, Config, DisconnectReason, Event, OwnedStorage, Peer, ReconnectReason,
    State, Timeout,
};
use slack_rtm_embassy::blocking;
use slack_rtm_embassy::clock::Clock;
use slack_rtm_embassy::link::{Cleartext, Connect, SessionSide};
use slack_rtm_embassy::runner::{LINGER, Runner};
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::stream::{Dial, Halves};
use slack_rtm_embassy::wire::{RunnerEnd, SessionEnd, Wire};
use support::{
    Dropper, Drops, Line, Network, Slack, TestClock, dropped_after, random, run, say, say_message,
    say_ping,
};

const CONFIG: Config<'static> = Config::new()
    .api_base("http://slack.test/api/")
    .allow_insecure()
    .allowed_domains(&["slack.test"]);

type Storage = OwnedStorage<16, 2048>;

/// Returns a client with memory for messages that wait.
fn client<E: Entropy>(entropy: E) -> Client<'static, E, Storage> {
    Client::new(CONFIG, "xoxb-test", Storage::new(), entropy).unwrap()
}

/// The differences between runs, of which none may change the outcome.
#[derive(Clone, Copy, Debug)]
struct Way {
    drops: Drops,
    window: usize,
    read_limit: usize,
}

/// Runs a bot that replies to each message, and closes at "stop". Returns what it has seen, what
/// the server has seen, and how many times the session was pending.
fn life<const IN: usize, const OUT: usize>(way: Way) -> (Vec<String>, Vec<String>, u32) {
    let clock = TestClock::default();
    let network = Network::new(way.window, way.read_limit);
    let mut slack = Slack::new(way.window);
    let mut wire = Wire::<NoopRawMutex, IN, OUT>::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let log = RefCell::new(Vec::new());
    let dropper = Dropper::new(way.drops);
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
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
                        handle
                            .send(&Post::new("C1", &format!("re: {text}")))
                            .unwrap();
                    }
                    log.push(text);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(session.close_reason(), Some(CloseReason::Requested));
        assert_eq!(
            (session.state(), session.last_failure()),
            (State::Closed, None)
        );
    };
    let mut running = pin!(async { runner.run().await });
    let (mut said, mut stopped) = (0, false);
    run(&clock, 20_000, &mut [pin!(bot), running.as_mut()], |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        if slack.is_socket && said < 5 && slack.texts.len() == said / 2 * 2 {
            said += 1;
            let text = "x".repeat(said * 11);
            say_message(&mut line, &format!("{said}{text}"));
        }
        if slack.texts.len() == 5 && !stopped {
            stopped = true;
            say_message(&mut line, "stop");
        }
    });
    assert!(network.line.borrow().hung_up, "the link is closed in order");
    assert_eq!(network.line.borrow().number, 2, "there are two links");
    let sent = slack.sent().into_iter().map(String::from).collect();
    (log.into_inner(), sent, dropper.pending.get())
}

#[test]
fn dropping_the_future_at_any_await_point_changes_nothing() {
    let whole = life::<256, 256>(Way {
        drops: Drops::Never,
        window: 64,
        read_limit: 64,
    });
    assert_eq!((whole.0.len(), whole.1.len()), (13, 5), "{whole:?}");
    let is_same = |way: Way, (mut events, sent, pending): (Vec<String>, Vec<String>, u32)| {
        assert_eq!(sent, whole.1, "{way:?}");
        // Whether a message or an acknowledgement arrives first depends on the speed.
        let mut expected = whole.0.clone();
        events.sort();
        expected.sort();
        assert_eq!(events, expected, "{way:?}");
        pending
    };
    let every = [
        Drops::Never,
        Drops::Each(1),
        Drops::Each(2),
        Drops::Each(3),
        Drops::Each(5),
        Drops::EachWoken,
    ];
    for (window, read_limit) in [(1, 1), (1, 64), (64, 1), (7, 3), (64, 64)] {
        for drops in every {
            let way = Way {
                drops,
                window,
                read_limit,
            };
            is_same(way, life::<1, 1>(way));
            is_same(way, life::<1, 64>(way));
            is_same(way, life::<5, 3>(way));
            is_same(way, life::<256, 256>(way));
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
                pending = is_same(way, life::<5, 256>(way));
            }
        }
    }
}

/// Ten presses of a button, and a burst of messages of which two are shown on a slow display.
#[test]
fn a_handler_that_waits_ten_seconds_loses_nothing() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let presses = Channel::<NoopRawMutex, u32, 16>::new();
    let seen = RefCell::new((Vec::new(), 0, 0));
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        loop {
            match select(presses.receive(), session.next()).await {
                Either::First(press) => {
                    let text = format!("press {press}");
                    session.handle().send(&Post::new("C1", &text)).unwrap();
                }
                Either::Second(next) => match next.unwrap() {
                    Some((Event::Message(message), mut handle)) => {
                        let text = message.text().unwrap().as_str();
                        if text == "stop" {
                            handle.close();
                        } else {
                            handle.send(&Post::new("C1", text)).unwrap();
                            if text.starts_with("message 0") || text.starts_with("message 6") {
                                handle.send(&Typing::new("C1")).unwrap();
                                clock.sleep(10_000).await; // a slow display
                            }
                            // The event is still whole.
                            let text = message.text().unwrap().as_str().to_owned();
                            seen.borrow_mut().0.push(text);
                        }
                    }
                    Some((Event::Acknowledged(_), _)) => seen.borrow_mut().1 += 1,
                    Some((Event::Reconnecting(reconnecting), _)) => panic!("{reconnecting:?}"),
                    Some((Event::Hello(_), _)) => seen.borrow_mut().2 += 1,
                    Some(_) => {}
                    None => break,
                },
            }
        }
    };
    let button = async {
        for press in 0..10 {
            clock.sleep(1_000 + 700 * u64::from(press)).await;
            presses.send(press).await;
        }
        std::future::pending::<()>().await;
    };
    let mut running = pin!(async { runner.run().await });
    let mut said = 0;
    let mut pings = Vec::new();
    let mut tasks: [std::pin::Pin<&mut dyn Future<Output = ()>>; 3] =
        [pin!(bot), running.as_mut(), pin!(button)];
    run(&clock, 200_000, &mut tasks, |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        if slack.is_socket && now % 1_000 == 0 {
            let payload = now.to_be_bytes();
            say_ping(&mut line, &payload);
            pings.push(payload.to_vec());
        }
        // A burst that is longer than all buffers of the client.
        if slack.is_socket && said == 0 {
            said += 1;
            for index in 0..12 {
                say_message(&mut line, &format!("message {index} of a long burst"));
            }
        }
        if slack.texts.len() == 22 && said == 1 {
            said += 1;
            say_message(&mut line, "stop");
        }
    });
    let (messages, acknowledged, hellos) = seen.take();
    let expected: Vec<_> = (0..12)
        .map(|index| format!("message {index} of a long burst"))
        .collect();
    assert_eq!((messages, hellos), (expected, 1));
    let mut sent = slack.sent();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!(
        (sent.len(), slack.texts.len(), acknowledged),
        (22, 22, 22),
        "{sent:?}"
    );
    // The newest of the pings that wait is replied to (RFC 6455 section 5.5.3), each at most once.
    let mut pings = pings.iter();
    for pong in &slack.pongs {
        assert!(pings.any(|ping| ping == pong), "{:?}", slack.pongs);
    }
    assert!(slack.pongs.len() > 5, "{:?}", slack.pongs);
    // What is sent at once leaves while the event is held.
    assert_eq!(slack.typings.len(), 2);
    assert!(slack.typings[0] < 1_000, "{:?}", slack.typings);
    assert!(slack.texts[0].0 > 10_000, "{:?}", slack.texts);
}

#[test]
fn an_event_may_be_held_for_longer_than_the_keepalive() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        while let Some((event, mut handle)) = session.next().await.unwrap() {
            match event {
                Event::Message(message) if message.text().is_some_and(|text| text == "stop") => {
                    handle.close();
                }
                Event::Message(message) if message.text().is_some_and(|text| text == "wait") => {
                    clock.sleep(100_000).await;
                }
                Event::Reconnecting(reconnecting) => panic!("{:?}", reconnecting.reason()),
                _ => {}
            }
        }
    };
    let mut running = pin!(async { runner.run().await });
    let mut said = 0;
    run(&clock, 400_000, &mut [pin!(bot), running.as_mut()], |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        if slack.is_socket && said < 20 {
            said += 1;
            say_message(
                &mut line,
                if said == 1 || said == 19 {
                    "wait"
                } else {
                    "go"
                },
            );
        }
        if now == 300_000 {
            say_message(&mut line, "stop");
        }
    });
    assert!(slack.pings > 0);
}

#[test]
fn an_acknowledgement_that_arrives_while_an_event_is_held_is_in_time() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    slack.acks = Some(Vec::new());
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        loop {
            let Some((event, mut handle)) = session.next().await.unwrap() else {
                panic!("the session has closed");
            };
            match event {
                Event::Hello(_) => {
                    handle.send(&Post::new("C1", "question")).unwrap();
                }
                Event::Message(_) => clock.sleep(40_000).await,
                Event::Acknowledged(_) => break,
                Event::Reconnecting(reconnecting) => panic!("{:?}", reconnecting.reason()),
                _ => {}
            }
        }
    };
    let mut running = pin!(async { runner.run().await });
    let mut said = 0;
    run(&clock, 60_000, &mut [pin!(bot), running.as_mut()], |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        if said == 0 && slack.texts.len() == 1 {
            said = now;
            say_message(&mut line, "wait");
        }
        if said > 0 && now == said + 10_000 {
            for ack in slack.acks.take().unwrap() {
                say(&mut line, &ack);
            }
        }
    });
}

#[test]
fn a_server_that_takes_nothing_more_does_not_keep_the_link_open() {
    let clock = TestClock::default();
    let network = Network::new(1, 64);
    let mut slack = Slack::new(1);
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let closed_at = Cell::new(0);
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        while let Some((event, mut handle)) = session.next().await.unwrap() {
            if let Event::Hello(_) = event {
                closed_at.set(clock.millis());
                handle.close();
            }
        }
    };
    let mut running = pin!(async { runner.run().await });
    run(&clock, 60_000, &mut [pin!(bot), running.as_mut()], |now| {
        let mut line = network.line.borrow_mut();
        if closed_at.get() == 0 {
            slack.work(now, &mut line);
        }
    });
    assert!(!network.line.borrow().hung_up);
    let lasted = clock.millis() - closed_at.get();
    assert!(lasted >= LINGER.as_millis() && lasted < 20_000, "{lasted}");
}

/// Runs a client whose first link ends in some way, until it has reported that.
fn first_failure(
    mut connector: impl Connect,
    clock: &TestClock,
    limit: u64,
    each: impl FnMut(u64),
) -> (String, Option<DisconnectReason>) {
    // It holds more than the receive buffer.
    let mut wire: Wire<NoopRawMutex, 2048, 16> = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, &mut connector, clock.clone());
    let failure = RefCell::new(None);
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        while let Some((event, handle)) = session.next().await.unwrap() {
            if let Event::Reconnecting(reconnecting) = event {
                let reason = format!("{:?}", reconnecting.reason());
                failure.replace(Some((reason, handle.last_failure())));
                break;
            }
        }
    };
    let running = pin!(async { runner.run().await });
    run(clock, limit, &mut [pin!(bot), running], each);
    failure.take().unwrap()
}

#[test]
fn everything_that_arrived_with_the_end_of_a_link_is_handled_before_it() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    // It holds more than the receive buffer.
    let mut wire: Wire<NoopRawMutex, 2048, 16> = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let events = RefCell::new(Vec::new());
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        while let Some((event, _)) = session.next().await.unwrap() {
            match event {
                Event::Hello(_) => clock.sleep(1_000).await,
                Event::Message(message) => {
                    assert!(message.text().unwrap().is_cut());
                    events.borrow_mut().push("message".to_owned());
                }
                Event::Reconnecting(reconnecting) => {
                    let reason = format!("{:?}", reconnecting.reason());
                    events.borrow_mut().push(reason);
                    break;
                }
                _ => {}
            }
        }
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 3_000, &mut [pin!(bot), running], |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        if slack.is_socket && !line.server_ended {
            // No event comes of the first buffers full of it.
            say_message(&mut line, &"long ".repeat(350));
            say(&mut line, r#"{"type":"goodbye"}"#);
            line.server_ended = true;
        }
    });
    assert_eq!(events.take(), ["message", "Goodbye"]);
}

#[test]
fn bytes_that_were_written_when_the_client_gives_up_a_link_are_sent() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    slack.acks = Some(Vec::new());
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        loop {
            let Some((event, mut handle)) = session.next().await.unwrap() else {
                panic!("the session has closed");
            };
            match event {
                Event::Hello(_) => {
                    handle.send(&Post::new("C1", "question")).unwrap();
                }
                // The acknowledgement is overdue when the ping is replied to.
                Event::Message(_) => clock.sleep(40_000).await,
                Event::Reconnecting(reconnecting) => {
                    let reason = ReconnectReason::TimedOut(Timeout::Ack);
                    assert_eq!(reconnecting.reason(), reason);
                    break;
                }
                _ => {}
            }
        }
        until(|| network.line.borrow().hung_up).await;
    };
    let mut running = pin!(async { runner.run().await });
    let mut said = 0;
    run(&clock, 60_000, &mut [pin!(bot), running.as_mut()], |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        if said == 0 && slack.texts.len() == 1 {
            said = now;
            say_message(&mut line, "wait");
        }
        if said > 0 && now == said + 10_000 {
            say_ping(&mut line, b"late");
        }
    });
    slack.work(clock.millis(), &mut network.line.borrow_mut());
    assert_eq!(slack.pongs, [b"late"]);
}

/// Runs a bot and its runner until the bot ends.
fn with_runner<const IN: usize, const OUT: usize>(
    connector: impl Connect,
    limit: u64,
    bot: impl AsyncFnOnce(SessionEnd<'_, NoopRawMutex, IN, OUT>, TestClock),
    each: impl FnMut(u64),
) {
    let clock = TestClock::default();
    let mut wire = Wire::<NoopRawMutex, IN, OUT>::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let bot = pin!(bot(session_end, clock.clone()));
    let running = pin!(async { runner.run().await });
    run(&clock, limit, &mut [bot, running], each);
}

/// Waits until something is so, which is looked at in every millisecond.
async fn until(is_so: impl Fn() -> bool) {
    std::future::poll_fn(|cx| match is_so() {
        true => Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// Runs a session to a server that sends these last bytes together with the end of the stream.
/// Returns the reason of the end, and the client's close frames.
fn ended_with(last: &[u8]) -> (String, Vec<Vec<u8>>) {
    let network = Network::new(64, 64);
    let line = network.line.clone();
    let slack = RefCell::new(Slack::new(64));
    let ended = RefCell::new(String::new());
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 2048, 16>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, end, clock.clone());
        while let Some((event, _)) = session.next().await.unwrap() {
            match event {
                Event::Hello(_) => clock.sleep(1_000).await,
                Event::Reconnecting(reconnecting) => {
                    ended.replace(format!("{:?}", reconnecting.reason()));
                    break;
                }
                _ => {}
            }
        }
        let handled_at = clock.millis();
        until(|| line.borrow().hung_up).await;
        let lasted = clock.millis() - handled_at;
        assert!(lasted < 100, "the link is closed after {lasted} ms");
    };
    with_runner(Cleartext::new(network.clone()), 10_000, bot, |now| {
        let mut line = network.line.borrow_mut();
        let mut slack = slack.borrow_mut();
        slack.work(now, &mut line);
        if slack.is_socket && !line.server_ended {
            line.to_client.extend(last);
            line.server_ended = true;
            line.wake();
        }
    });
    let mut slack = slack.into_inner();
    slack.work(0, &mut network.line.borrow_mut());
    (ended.into_inner(), slack.closes)
}

#[test]
fn a_link_that_the_server_has_ended_is_closed_at_once_after_the_last_bytes() {
    let (reason, closes) = ended_with(&[]);
    assert_eq!((reason.as_str(), closes), ("Disconnected(Closed)", vec![]));
    let code = [3, 0xe9]; // 1001
    let (reason, closes) = ended_with(&[&[0x88, 2], code.as_slice()].concat());
    assert_eq!(reason, "Closed(Some(CloseCode(1001)))");
    assert_eq!(closes, [code]);
}

#[test]
fn bytes_after_a_response_are_not_taken_for_those_of_the_next_link() {
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 2048, 16>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, end, clock);
        loop {
            match session.next().await.unwrap().unwrap() {
                (Event::Accepted(_), _) => {}
                (Event::Hello(_), _) => break,
                (other, _) => panic!("{other:?}"),
            }
        }
    };
    with_runner(Cleartext::new(network.clone()), 10_000, bot, |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        if !slack.is_socket && !line.to_client.is_empty() {
            line.to_client.extend([b'x'; 1_800]);
        }
    });
    assert_eq!(network.line.borrow().number, 2);
}

/// Dials with a network once; then fails for this reason, or never answers.
struct Once(Network, Option<DisconnectReason>);

impl Dial for Once {
    type Stream<'s> = Network;

    async fn dial(
        &mut self,
        host: &str,
        port: u16,
        within: Duration,
    ) -> Result<Network, DisconnectReason> {
        if self.0.line.borrow().number == 1 {
            return match self.1 {
                Some(reason) => Err(reason),
                None => std::future::pending().await,
            };
        }
        self.0.dial(host, port, within).await
    }
}

#[test]
fn a_link_that_cannot_be_opened_after_one_that_was_is_reported_with_its_reason() {
    let failure = |reason| {
        let network = Network::new(64, 64);
        let line = network.line.clone();
        let mut slack = Slack::new(64);
        let clock = TestClock::default();
        let connector = Cleartext::new(Once(network, reason));
        let failure = first_failure(connector, &clock, 20_000, |now| {
            slack.work(now, &mut line.borrow_mut());
        });
        (failure, clock.millis())
    };
    let refused = Some(DisconnectReason::Refused);
    let (refusal, at) = failure(refused);
    assert_eq!(refusal, ("Disconnected(Refused)".to_owned(), refused));
    assert!(at < 100, "{at}");
    let (silence, at) = failure(None);
    assert_eq!(silence, ("TimedOut(Connect)".to_owned(), None));
    assert!((15_000..15_100).contains(&at), "{at}");
}

#[test]
fn a_session_that_is_dropped_closes_the_link() {
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 64, 64>, clock: TestClock| {
        {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
            let mut session = Session::new(client(random()), rx, tx, end, clock.clone());
            while !matches!(session.next().await, Ok(Some((Event::Hello(_), _)))) {}
        }
        let dropped_at = clock.millis();
        until(|| network.line.borrow().hung_up).await;
        assert!(clock.millis() - dropped_at < 10);
    };
    with_runner(Cleartext::new(network.clone()), 10_000, bot, |now| {
        slack.work(now, &mut network.line.borrow_mut());
    });
}

#[test]
fn a_session_closes_after_its_link_also_if_the_server_ends_it() {
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 64, 64>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, end, clock);
        while let Some((event, mut handle)) = session.next().await.unwrap() {
            if let Event::Hello(_) = event {
                handle.close();
            }
        }
        assert!(network.line.borrow().hung_up);
    };
    with_runner(Cleartext::new(network.clone()), 10_000, bot, |now| {
        let mut line = network.line.borrow_mut();
        if !slack.is_socket {
            slack.work(now, &mut line);
        } else if !line.to_server.is_empty() {
            // No close frame in return.
            line.server_ended = true;
            line.wake();
        }
    });
}

#[test]
fn a_session_that_was_refused_starts_again_with_another_token() {
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    slack.refusals = 1;
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 64, 64>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, end, clock);
        let (event, _) = session.next().await.unwrap().unwrap();
        assert!(matches!(event, Event::Refused(_)), "{event:?}");
        for _ in 0..2 {
            assert!(session.next().await.unwrap().is_none());
            let reason = format!("{:?}", session.close_reason());
            assert!(reason.starts_with("Some(Refused("), "{reason}");
        }
        session.set_token("xoxb-other").unwrap();
        assert_eq!(session.close_reason(), None);
        while let Some((event, mut handle)) = session.next().await.unwrap() {
            if let Event::Hello(_) = event {
                handle.close();
            }
        }
        session.set_token("xoxb-third").unwrap();
        assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    };
    with_runner(Cleartext::new(network.clone()), 60_000, bot, |now| {
        slack.work(now, &mut network.line.borrow_mut());
    });
}

/// Opens pairs of any two halves.
struct Pairs<F>(F);

impl<R: Read, W: Write, F: Fn() -> (R, W)> Dial for Pairs<F> {
    type Stream<'s>
        = Halves<R, W>
    where
        Self: 's;

    async fn dial(
        &mut self,
        _: &str,
        _: u16,
        _: Duration,
    ) -> Result<Halves<R, W>, DisconnectReason> {
        let (reader, writer) = (self.0)();
        Ok(Halves(reader, writer))
    }
}

/// A half that returns the same result always, or waits for ever.
#[derive(Clone, Copy)]
struct Fixed(Option<Result<usize, ErrorKind>>);

impl ErrorType for Fixed {
    type Error = ErrorKind;
}

impl Read for Fixed {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, ErrorKind> {
        match self.0 {
            Some(result) => result,
            None => std::future::pending().await,
        }
    }
}

impl Write for Fixed {
    async fn write(&mut self, _: &[u8]) -> Result<usize, ErrorKind> {
        self.read(&mut []).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[test]
fn a_stream_that_fails_is_reported_with_its_reason() {
    let waits = Fixed(None);
    let fails = |kind| Fixed(Some(Err(kind)));
    for (reader, writer, expected) in [
        (waits, Fixed(Some(Ok(0))), DisconnectReason::Other),
        (waits, fails(ErrorKind::BrokenPipe), DisconnectReason::Reset),
        (
            fails(ErrorKind::ConnectionReset),
            waits,
            DisconnectReason::Reset,
        ),
        (
            fails(ErrorKind::TimedOut),
            waits,
            DisconnectReason::TimedOut,
        ),
        (
            fails(ErrorKind::NotConnected),
            waits,
            DisconnectReason::Unreachable,
        ),
        (
            fails(ErrorKind::OutOfMemory),
            waits,
            DisconnectReason::Other,
        ),
    ] {
        let connector = Cleartext::new(Pairs(|| (reader, writer)));
        let failure = first_failure(connector, &TestClock::default(), 100, |_| {});
        assert_eq!(
            failure,
            (format!("Disconnected({expected:?})"), Some(expected))
        );
    }
}

/// A writer that sends only when it is flushed.
struct Buffered(Network, Vec<u8>);

impl ErrorType for Buffered {
    type Error = Infallible;
}

impl Write for Buffered {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.1.extend(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        let bytes = std::mem::take(&mut self.1);
        self.0.write_all(&bytes).await
    }
}

#[test]
fn a_stream_that_keeps_bytes_is_flushed_when_there_are_no_more() {
    let network = Network::new(usize::MAX, 64);
    let pairs = || {
        let number = network.line.borrow().number + 1;
        *network.line.borrow_mut() = Line::default();
        let mut line = network.line.borrow_mut();
        (line.number, line.window, line.read_limit) = (number, usize::MAX, 64);
        (network.clone(), Buffered(network.clone(), Vec::new()))
    };
    let mut slack = Slack::new(usize::MAX);
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 64, 64>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, end, clock);
        while let Some((event, mut handle)) = session.next().await.unwrap() {
            match event {
                Event::Hello(_) => {
                    handle.send(&Post::new("C1", "here")).unwrap();
                }
                Event::Acknowledged(_) => handle.close(),
                Event::Reconnecting(reconnecting) => panic!("{:?}", reconnecting.reason()),
                _ => {}
            }
        }
    };
    with_runner(Cleartext::new(Pairs(pairs)), 1_000, bot, |now| {
        slack.work(now, &mut network.line.borrow_mut());
    });
    assert_eq!((slack.sent(), slack.closes.len()), (vec!["here"], 1));
}

/// The token is never sent over a link without TLS by mistake.
#[test]
fn a_peer_that_requires_tls_is_not_even_dialled_without() {
    let pairs = || -> (Fixed, Fixed) { panic!("dialled") };
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 64, 64>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let client = Client::new(Config::new(), "xoxb-test", Storage::new(), random()).unwrap();
        let mut session = Session::new(client, rx, tx, end, clock);
        let (event, handle) = session.next().await.unwrap().unwrap();
        assert!(matches!(event, Event::Reconnecting(_)), "{event:?}");
        assert_eq!(handle.last_failure(), Some(DisconnectReason::TlsFailed));
    };
    with_runner(Cleartext::new(Pairs(pairs)), 100, bot, |_| {});
}

/// Dials with a network when a test wants it.
struct Late<'w>(Network, &'w Cell<bool>);

impl Dial for Late<'_> {
    type Stream<'s>
        = Network
    where
        Self: 's;

    async fn dial(
        &mut self,
        host: &str,
        port: u16,
        within: Duration,
    ) -> Result<Network, DisconnectReason> {
        until(|| self.1.get()).await;
        self.0.dial(host, port, within).await
    }
}

#[test]
fn a_link_that_opens_when_the_session_is_dropped_is_closed() {
    let network = Network::new(64, 64);
    let is_due = Cell::new(false);
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 64, 64>, clock: TestClock| {
        {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
            let mut session = Session::new(client(random()), rx, tx, end, clock.clone());
            let next = pin!(session.next());
            let timer = pin!(clock.sleep(50));
            assert!(matches!(select(next, timer).await, Either::Second(())));
        }
        is_due.set(true);
        until(|| network.line.borrow().hung_up).await;
    };
    let connector = Cleartext::new(Late(network.clone(), &is_due));
    with_runner(connector, 1_000, bot, |_| {});
}

#[test]
fn the_time_for_the_last_bytes_begins_with_the_end_of_the_stream() {
    let network = Network::new(64, 64);
    let line = network.line.clone();
    // This one, that of the test, and that of the dialer.
    let is_dropped = || std::rc::Rc::strong_count(&line) == 3;
    let mut slack = Slack::new(64);
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 64, 64>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, end, clock.clone());
        loop {
            if let (Event::Hello(_), mut handle) = session.next().await.unwrap().unwrap() {
                // The server takes none of it, and ends.
                handle.send(&Typing::new("C1")).unwrap();
                let held_at = clock.millis();
                until(is_dropped).await;
                let lasted = clock.millis() - held_at;
                let linger = LINGER.as_millis();
                assert!((linger..linger + 100).contains(&lasted), "{lasted}");
                break;
            }
        }
    };
    let mut has_ended = false;
    with_runner(Cleartext::new(network.clone()), 10_000, bot, |now| {
        let mut line = network.line.borrow_mut();
        if has_ended {
            return;
        }
        slack.work(now, &mut line);
        if slack.is_socket {
            has_ended = true;
            line.window = 0;
            line.server_ended = true;
            line.wake();
        }
    });
}

/// A link whose server sends without a pause, and that ends only when all of it was taken.
struct Flood;

impl Connect for Flood {
    async fn run(
        &mut self,
        _: Peer<'_>,
        _: Duration,
        session: impl SessionSide,
    ) -> Result<(), DisconnectReason> {
        let (mut inbound, mut outbound) = session.open();
        let flood = async {
            let Ok(()) = inbound.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let Ok(()) = inbound.write_all(&[b' '; 100_000]).await;
        };
        let sending = async { while outbound.read(&mut [0; 64]).await != Ok(0) {} };
        join(flood, sending).await;
        Ok(())
    }
}

#[test]
fn a_link_need_not_wait_for_a_session_that_has_requested_the_end() {
    let bot = async |end: SessionEnd<'_, NoopRawMutex, 64, 64>, clock: TestClock| {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, end, clock.clone());
        {
            let next = pin!(session.next());
            let timer = pin!(clock.sleep(20));
            assert!(matches!(select(next, timer).await, Either::Second(())));
        }
        session.close();
        assert!(session.next().await.unwrap().is_none());
        assert!(clock.millis() < 100, "{}", clock.millis());
    };
    with_runner(Flood, 10_000, bot, |_| {});
}

/// Dials as its number says: 0 refuses, 1 never answers, other streams end at once.
struct Failing(u32);

impl Dial for Failing {
    type Stream<'s> = Halves<&'static [u8], Sink>;

    async fn dial(
        &mut self,
        _: &str,
        _: u16,
        within: Duration,
    ) -> Result<Self::Stream<'_>, DisconnectReason> {
        assert_eq!(within, Duration::from_secs(15));
        match self.0 {
            0 => Err(DisconnectReason::Refused),
            1 => std::future::pending().await,
            _ => Ok(Halves(&[], Sink)),
        }
    }
}

struct Sink;

impl ErrorType for Sink {
    type Error = Infallible;
}

impl Write for Sink {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[test]
fn a_link_that_fails_is_reported_with_its_reason() {
    let failure = |kind, limit| {
        let connector = Cleartext::new(Failing(kind));
        first_failure(connector, &TestClock::default(), limit, |_| {})
    };
    let disconnected = |reason| (format!("Disconnected({reason:?})"), Some(reason));
    assert_eq!(failure(0, 100), disconnected(DisconnectReason::Refused));
    let truncated = "Peer(Response(Http(Truncated)))".to_owned();
    assert_eq!(failure(2, 100), (truncated, Some(DisconnectReason::Closed)));
    assert_eq!(failure(1, 15_100), ("TimedOut(Connect)".to_owned(), None));
}

#[test]
fn bytes_that_arrive_before_the_end_of_a_link_are_handled_before_it() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let line = network.line.clone();
    let mut ended = false;
    let failure = first_failure(Cleartext::new(network), &clock, 1_000, |now| {
        let mut line = line.borrow_mut();
        slack.work(now, &mut line);
        if slack.is_socket && !ended {
            ended = true;
            for _ in 0..9 {
                say(
                    &mut line,
                    r#"{"type":"presence_change","user":"U2","presence":"away"}"#,
                );
            }
            say(&mut line, r#"{"type":"goodbye"}"#);
            line.server_ended = true;
        }
    });
    assert_eq!(failure.0, "Goodbye");
}

#[test]
fn a_runner_that_is_dropped_is_reported_and_may_run_again() {
    for polls in 1..40 {
        let clock = TestClock::default();
        let network = Network::new(64, 64);
        let mut slack = Slack::new(64);
        let mut wire: Wire = Wire::new();
        let (session_end, runner_end) = wire.split();
        let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
        let bot = async {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
            let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
            let mut hellos = 0;
            while let Some((event, mut handle)) = session.next().await.unwrap() {
                match event {
                    Event::Hello(_) => {
                        hellos += 1;
                        handle.send(&Post::new("C1", "here")).unwrap();
                    }
                    Event::Acknowledged(_) => handle.close(),
                    Event::Reconnecting(reconnecting) => assert_eq!(
                        reconnecting.reason(),
                        ReconnectReason::Disconnected(DisconnectReason::Other)
                    ),
                    _ => {}
                }
            }
            assert!(hellos > 0);
        };
        let running = async {
            let _ = dropped_after(polls, runner.run()).await;
            runner.run().await;
        };
        run(&clock, 60_000, &mut [pin!(bot), pin!(running)], |now| {
            slack.work(now, &mut network.line.borrow_mut());
        });
        assert!(
            slack.texts.len() <= 2,
            "{polls}: {slack:?}",
            slack = slack.texts
        );
    }
}

#[test]
fn a_superloop_needs_no_wakers() {
    let clock = TestClock::default();
    let network = Network::new(64, 7);
    let mut slack = Slack::new(50);
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let mut running = pin!(runner.run());
    let mut rest = || {
        clock.tick();
        assert!(clock.millis() < 10_000, "nothing came of it");
        slack.work(clock.millis(), &mut network.line.borrow_mut());
    };
    loop {
        if clock.millis() == 1_000 {
            session
                .handle()
                .send(&Post::new("C1", "ding-dong"))
                .unwrap();
        }
        match blocking::poll(&mut session, running.as_mut()).unwrap() {
            Poll::Ready(Some((Event::Acknowledged(_), _))) => break,
            Poll::Ready(next) => assert!(next.is_some()),
            Poll::Pending => rest(),
        }
    }
    session.close();
    let end = blocking::next(&mut session, running.as_mut(), &mut rest).unwrap();
    assert!(end.is_none());
    assert_eq!(slack.sent(), ["ding-dong"]);
}

#[test]
fn a_failing_source_of_randomness_ends_nothing() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let fails = Cell::new(0);
    let mut numbers = random();
    let entropy = slack_rtm::entropy::from_fn(|out| {
        fails.set(fails.get() + 1);
        if fails.get() % 3 > 0 {
            return Err(EntropyError);
        }
        numbers.fill(out)
    });
    let errors = Cell::new(0);
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(entropy), rx, tx, session_end, clock.clone());
        loop {
            match session.next().await {
                Err(_) => errors.set(errors.get() + 1),
                Ok(Some((Event::Hello(_), _))) => break,
                Ok(next) => assert!(next.is_some()),
            }
        }
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 10_000, &mut [pin!(bot), running], |now| {
        slack.work(now, &mut network.line.borrow_mut());
    });
    assert!(errors.get() > 0);
}

/// The futures of session and runner can be spawned on an executor with threads.
#[test]
fn the_futures_are_send_if_their_parts_are() {
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Instant {
            Instant::from_millis(0)
        }

        async fn wait_until(&self, _: Instant) {}
    }

    struct Half;

    impl ErrorType for Half {
        type Error = Infallible;
    }

    impl Read for Half {
        async fn read(&mut self, _: &mut [u8]) -> Result<usize, Infallible> {
            Ok(0)
        }
    }

    struct Far;

    impl Dial for Far {
        type Stream<'s> = Halves<Half, Sink>;

        async fn dial(
            &mut self,
            _: &str,
            _: u16,
            _: Duration,
        ) -> Result<Halves<Half, Sink>, DisconnectReason> {
            Ok(Halves(Half, Sink))
        }
    }

    struct Numbers;

    impl Entropy for Numbers {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError)
        }
    }

    fn is_send<T: Send>(_: &T) {}

    fn of_a_session(end: SessionEnd<'static>, rx: RecvBuf<'static>, tx: SendBuf<'static>) {
        let mut session = Session::new(client(Numbers), rx, tx, end, Still);
        is_send(&session);
        is_send(&session.next());
        let mut session = session;
        is_send(&async move {
            while let Ok(Some((event, mut handle))) = session.next().await {
                Still.wait_until(Instant::MAX).await;
                if let Event::Hello(_) = event {
                    handle.close();
                }
            }
        });
    }

    fn of_a_runner(end: RunnerEnd<'static>) {
        let mut runner = Runner::new(end, Cleartext::new(Far), Still);
        is_send(&async move { runner.run().await });
    }

    let _ = (of_a_session, of_a_runner);
}
