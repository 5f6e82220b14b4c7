//! The session and its runner under attack: links that end at awkward moments, and servers that
//! send without a pause.

mod support;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embedded_io::ErrorKind;
use embedded_io_async::{ErrorType, Read, Write};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::rtm::command::Post;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::{Client, CloseReason, Config, DisconnectReason, Event, OwnedStorage, Peer};
use slack_rtm_embassy::clock::Clock;
use slack_rtm_embassy::link::{Cleartext, Connect, Inbound, SessionSide};
use slack_rtm_embassy::runner::{LINGER, Runner};
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::stream::{Dial, Halves};
use slack_rtm_embassy::wire::Wire;
use support::{Network, Slack, TestClock, random, run, say, say_message};

const CONFIG: Config<'static> = Config::new()
    .api_base("http://slack.test/api/")
    .allow_insecure()
    .allowed_domains(&["slack.test"]);

/// No poll may do more than this many times the same.
const ENDLESS: u32 = 100_000;

/// The number of seeds.
const SEEDS: u64 = 40;

fn client<E: Entropy>(entropy: E) -> Client<'static, E, OwnedStorage<16, 2048>> {
    Client::new(CONFIG, "xoxb-test", OwnedStorage::new(), entropy).unwrap()
}

/// The server closes the link together with its response, as after `Connection: close`. The client
/// requests the end of a link that has ended already.
#[test]
fn a_link_that_the_server_has_ended_too_is_closed_without_a_delay() {
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
                Event::Accepted(_) => clock.sleep(10).await,
                Event::Hello(_) => handle.close(),
                Event::Reconnecting(reconnecting) => panic!("{:?}", reconnecting.reason()),
                _ => {}
            }
        }
    };
    let mut running = pin!(async { runner.run().await });
    run(&clock, 10_000, &mut [pin!(bot), running.as_mut()], |now| {
        let mut line = network.line.borrow_mut();
        slack.work(now, &mut line);
        if line.number == 1 && !line.to_client.is_empty() {
            line.server_ended = true;
        }
    });
    assert!(network.line.borrow().hung_up);
    assert!(clock.millis() < 1_000, "{}", clock.millis());
}

/// A reader that always has bytes, and a writer that takes nothing.
struct Flood(Rc<Cell<u32>>);

impl ErrorType for Flood {
    type Error = Infallible;
}

impl Read for Flood {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Infallible> {
        self.0.set(self.0.get() + 1);
        assert!(self.0.get() < ENDLESS, "the runner does not yield");
        space.fill(b' ');
        Ok(space.len())
    }
}

impl Write for Flood {
    async fn write(&mut self, _: &[u8]) -> Result<usize, Infallible> {
        std::future::pending().await
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Dial for Flood {
    type Stream<'s> = Halves<Flood, Flood>;

    async fn dial(
        &mut self,
        _: &str,
        _: u16,
        _: Duration,
    ) -> Result<Self::Stream<'_>, DisconnectReason> {
        Ok(Halves(Flood(self.0.clone()), Flood(self.0.clone())))
    }
}

#[test]
fn a_server_that_sends_without_a_pause_does_not_keep_a_link_open() {
    let clock = TestClock::default();
    let reads = Rc::<Cell<u32>>::default();
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let connector = Cleartext::new(Flood(reads.clone()));
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        session.handle();
        clock.sleep(10).await;
        session.handle();
        session.close();
        assert!(session.next().await.unwrap().is_none());
    };
    let mut running = pin!(async { runner.run().await });
    run(&clock, 10_000, &mut [pin!(bot), running.as_mut()], |_| {});
    let limit = 10 + LINGER.as_millis() + 10;
    assert!(clock.millis() <= limit, "{}", clock.millis());
}

/// A clock that lets another core work whenever it is read.
#[derive(Clone)]
struct Cores<'f, 'c>(TestClock, &'f RefCell<Option<Box<dyn FnMut() + 'c>>>);

impl Clock for Cores<'_, '_> {
    fn now(&self) -> Instant {
        if let Ok(mut other) = self.1.try_borrow_mut()
            && let Some(other) = &mut *other
        {
            other();
        }
        self.0.now()
    }

    async fn wait_until(&self, at: Instant) {
        self.0.wait_until(at).await;
    }
}

/// Frames that are no events arrive on another core, as fast as the client takes them.
#[test]
fn a_session_yields_when_another_core_receives_without_a_pause() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let mut wire: Wire<NoopRawMutex> = Wire::new();
    let (session_end, runner_end) = wire.split();
    let connector = Cleartext::new(network.clone());
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let mut running = Box::pin(async move { runner.run().await });
    let floods = Cell::new(0);
    let network = &network;
    let floods_of_core = &floods;
    let core = RefCell::new(None);
    let cores = Cores(clock.clone(), &core);
    core.replace(Some(Box::new(move || {
        let mut line = network.line.borrow_mut();
        slack.work(0, &mut line);
        if slack.is_socket && line.to_client.is_empty() {
            floods_of_core.set(floods_of_core.get() + 1);
            assert!(floods_of_core.get() < ENDLESS, "the session does not yield");
            line.to_client.extend([0x8a, 0, 0x8a, 0]);
        }
        drop(line);
        let _ = running
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
    }) as Box<dyn FnMut()>));
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let mut session = Session::new(client(random()), rx, tx, session_end, cores);
    let mut waits = 0;
    while waits < 100 {
        let next = pin!(session.next()).poll(&mut Context::from_waker(Waker::noop()));
        match next {
            Poll::Ready(next) => assert!(next.unwrap().is_some()),
            Poll::Pending => {
                waits += 1;
                clock.tick();
            }
        }
    }
    assert!(floods.get() > 0);
    core.take();
}

/// A reader of a [`Network`] that lets another core work before each read.
struct Interrupted<'f>(Network, &'f RefCell<dyn FnMut() + 'f>);

impl ErrorType for Interrupted<'_> {
    type Error = Infallible;
}

impl Read for Interrupted<'_> {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Infallible> {
        (self.1.borrow_mut())();
        self.0.read(space).await
    }
}

struct Interrupting<'f>(Network, &'f RefCell<dyn FnMut() + 'f>);

impl<'f> Dial for Interrupting<'f> {
    type Stream<'s>
        = Halves<Interrupted<'f>, Network>
    where
        Self: 's;

    async fn dial(
        &mut self,
        host: &str,
        port: u16,
        within: Duration,
    ) -> Result<Self::Stream<'_>, DisconnectReason> {
        let network = self.0.dial(host, port, within).await?;
        Ok(Halves(Interrupted(network.clone(), self.1), network))
    }
}

/// The session takes the bytes on another core, as fast as they arrive.
#[test]
fn a_runner_yields_when_another_core_takes_the_bytes_at_once() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let mut wire: Wire<NoopRawMutex> = Wire::new();
    let (session_end, runner_end) = wire.split();
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
    let floods = Cell::new(0);
    let core = RefCell::new(|| {
        let mut line = network.line.borrow_mut();
        slack.work(0, &mut line);
        if slack.is_socket && line.to_client.is_empty() {
            floods.set(floods.get() + 1);
            assert!(floods.get() < ENDLESS, "the runner does not yield");
            line.to_client.extend([0x8a, 0, 0x8a, 0]);
        }
        drop(line);
        let _ = pin!(session.next()).poll(&mut Context::from_waker(Waker::noop()));
    });
    let connector = Cleartext::new(Interrupting(network.clone(), &core));
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let mut running: Pin<&mut dyn Future<Output = ()>> = pin!(async { runner.run().await });
    for _ in 0..100 {
        (core.borrow_mut())();
        let polled = running
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        clock.tick();
    }
    assert!(floods.get() > 0);
}

/// A token that was set with a handle starts a session again, as one that was set with the session.
#[test]
fn a_session_that_starts_again_has_no_close_reason() {
    for by_handle in [false, true] {
        let clock = TestClock::default();
        let network = Network::new(64, 64);
        let mut wire: Wire = Wire::new();
        let (session_end, runner_end) = wire.split();
        let connector = Cleartext::new(network.clone());
        let mut runner = Runner::new(runner_end, connector, clock.clone());
        let bot = async {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
            let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
            for _ in 0..2 {
                while session.next().await.unwrap().is_some() {}
                assert!(matches!(
                    session.close_reason(),
                    Some(CloseReason::Refused(_))
                ));
                if by_handle {
                    session.handle().set_token("xoxb-2").unwrap();
                } else {
                    session.set_token("xoxb-2").unwrap();
                }
                assert_eq!(session.close_reason(), None);
            }
        };
        let mut running = pin!(async { runner.run().await });
        let mut taken = Vec::new();
        run(&clock, 100_000, &mut [pin!(bot), running.as_mut()], |_| {
            let mut line = network.line.borrow_mut();
            taken.extend(line.to_server.drain(..));
            if taken.ends_with(b"\r\n\r\n") {
                taken.clear();
                let body = r#"{"ok":false,"error":"invalid_auth"}"#;
                let length = body.len();
                let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
                line.to_client.extend(response.bytes());
            }
            line.wake();
        });
    }
}

/// Numbers from a seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn is_one_in(&mut self, limit: u64) -> bool {
        self.below(limit) == 0
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A life in which links end, stall and are refused at any moment, the runner is dropped, events are
/// held, and the future of the session is dropped. Returns the numbers of links and events.
///
/// When no task is awake any more, each is polled once more: if that makes a difference, a wake-up
/// was lost.
fn any_life<const IN: usize, const OUT: usize>(seed: u64) -> (u32, u32) {
    let numbers = RefCell::new(Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
    let below = |limit| numbers.borrow_mut().below(limit);
    let clock = TestClock::default();
    let network = Network::new(1 + below(80) as usize, 1 + below(80) as usize);
    let mut slack = Slack::new(1 + below(80) as usize);
    let mut wire = Wire::<NoopRawMutex, IN, OUT>::new();
    let (session_end, runner_end) = wire.split();
    let connector = Cleartext::new(Resetting(network.clone(), below(2) == 0));
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let (steps, events, closed_at) = (Cell::new(0_u32), Cell::new(0), Cell::new(0));
    let close_at = 20_000 + below(20_000);
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        loop {
            steps.set(steps.get() + 1);
            if clock.millis() >= close_at && closed_at.get() == 0 {
                closed_at.set(clock.millis());
                session.close();
            }
            let limit = below(300);
            match select(clock.sleep(limit), session.next()).await {
                Either::First(()) => {
                    if below(4) == 0 {
                        // It may be too soon, or too late.
                        let _ = session.handle().send(&Post::new("C1", "button"));
                    }
                }
                Either::Second(next) => match next.unwrap() {
                    None => break,
                    Some((event, mut handle)) => {
                        events.set(events.get() + 1);
                        if let Event::Message(_) = event {
                            let _ = handle.send(&Post::new("C1", "reply"));
                        }
                        if below(10) == 0 {
                            clock.sleep(limit * 10).await;
                        }
                    }
                },
            }
        }
        assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    };
    let drops_runner = below(2) == 0;
    let running = async {
        loop {
            let limit = if drops_runner {
                1 + below(20_000)
            } else {
                1 << 40
            };
            select(clock.sleep(limit), runner.run()).await;
            clock.sleep(below(50)).await;
        }
    };
    let mut tasks: [Pin<&mut dyn Future<Output = ()>>; 2] = [pin!(bot), pin!(running)];
    let flags = [true, true].map(|is_awake| Arc::new(Flag(AtomicBool::new(is_awake))));
    let mut is_stuck = 0;
    let look = || {
        let line = network.line.borrow();
        let (sent, received) = (line.to_server.len(), line.to_client.len());
        (
            line.number,
            sent,
            received,
            line.hung_up,
            steps.get(),
            events.get(),
        )
    };
    'life: loop {
        assert!(
            clock.millis() < close_at + 30_000,
            "seed {seed}: closed at {}, not yet at {}",
            closed_at.get(),
            clock.millis()
        );
        let mut was_awake = false;
        for _ in 0..ENDLESS {
            if !flags.iter().any(|flag| flag.0.load(Ordering::Relaxed)) {
                break;
            }
            was_awake = true;
            for (index, (task, flag)) in tasks.iter_mut().zip(&flags).enumerate() {
                if flag.0.swap(false, Ordering::Relaxed) {
                    let waker = Waker::from(flag.clone());
                    let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
                    if polled.is_ready() && index == 0 {
                        break 'life;
                    }
                }
            }
        }
        let before = look();
        for (index, (task, flag)) in tasks.iter_mut().zip(&flags).enumerate() {
            if !was_awake {
                break;
            }
            let waker = Waker::from(flag.clone());
            let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending(), "seed {seed}");
            let at = clock.millis();
            assert_eq!(
                before,
                look(),
                "seed {seed}: task {index} was asleep at {at}"
            );
            assert!(
                !flag.0.swap(false, Ordering::Relaxed),
                "seed {seed}: spurious wake"
            );
        }
        let mut line = network.line.borrow_mut();
        if is_stuck != line.number {
            slack.work(clock.millis(), &mut line);
        }
        let mut numbers = numbers.borrow_mut();
        if slack.is_socket && !line.server_ended && numbers.is_one_in(100) {
            for _ in 0..numbers.below(6) {
                say_message(&mut line, "hm");
            }
        }
        line.server_ended |= numbers.is_one_in(if slack.is_socket { 3_000 } else { 30 });
        if numbers.is_one_in(4_000) {
            is_stuck = line.number;
        }
        line.wake();
        drop(line);
        clock.tick();
        if numbers.is_one_in(5_000) {
            for _ in 0..numbers.below(5_000) {
                clock.tick(); // the processor was asleep
            }
        }
    }
    (network.line.borrow().number, events.get())
}

#[test]
fn no_wake_up_is_lost_in_any_life() {
    let (mut links, mut events) = (0, 0);
    for seed in 1..SEEDS {
        for (of_links, of_events) in [
            any_life::<1, 1>(seed),
            any_life::<7, 256>(seed),
            any_life::<256, 256>(seed),
        ] {
            links += of_links;
            events += of_events;
        }
    }
    assert!(links > 500 && events > 5_000, "{links} {events}");
}

/// A network whose writes fail once the server has ended the link, as after a reset, if they do.
struct Resetting(Network, bool);

impl Dial for Resetting {
    type Stream<'s> = Halves<Network, ResetWriter>;

    async fn dial(
        &mut self,
        host: &str,
        port: u16,
        within: Duration,
    ) -> Result<Self::Stream<'_>, DisconnectReason> {
        let network = self.0.dial(host, port, within).await?;
        Ok(Halves(network.clone(), ResetWriter(network, self.1)))
    }
}

struct ResetWriter(Network, bool);

impl ErrorType for ResetWriter {
    type Error = ErrorKind;
}

impl Write for ResetWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        if self.1 && self.0.line.borrow().server_ended {
            return Err(ErrorKind::ConnectionReset);
        }
        let Ok(count) = self.0.write(bytes).await;
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// The server sends pings, messages and a goodbye, and closes. The client's pong meets a reset,
/// while the wire is full.
#[test]
fn what_arrived_before_a_write_failed_is_handled_before_the_end() {
    let clock = TestClock::default();
    let network = Network::new(64, 64);
    let mut slack = Slack::new(64);
    let mut wire = Wire::<NoopRawMutex, 16, 16>::new();
    let (session_end, runner_end) = wire.split();
    let connector = Cleartext::new(Resetting(network.clone(), true));
    let mut runner = Runner::new(runner_end, connector, clock.clone());
    let (messages, reason) = (Cell::new(0), RefCell::new(String::new()));
    let bot = async {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
        while let Some((event, _)) = session.next().await.unwrap() {
            match event {
                Event::Message(_) => messages.set(messages.get() + 1),
                Event::Reconnecting(reconnecting) => {
                    reason.replace(format!("{:?}", reconnecting.reason()));
                    break;
                }
                _ => {}
            }
        }
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 10_000, &mut [pin!(bot), running], |now| {
        let mut line = network.line.borrow_mut();
        if !line.server_ended {
            slack.work(now, &mut line);
            if slack.is_socket {
                line.to_client.extend([0x89, 0]);
                for _ in 0..9 {
                    say_message(&mut line, "hm");
                }
                say(&mut line, r#"{"type":"goodbye"}"#);
                line.server_ended = true;
                line.wake();
            }
        }
    });
    assert_eq!((messages.get(), &**reason.borrow()), (9, "Goodbye"));
}

/// A connector that does as little as it may, or less.
#[derive(Clone, Copy)]
enum Odd {
    NeverOpens,
    Opens,
    EndsTwice,
    Forgets,
}

impl Connect for Odd {
    async fn run(
        &mut self,
        _: Peer<'_>,
        _: Duration,
        session: impl SessionSide,
    ) -> Result<(), DisconnectReason> {
        match self {
            Self::NeverOpens => {}
            Self::Opens => drop(session.open()),
            Self::EndsTwice => {
                let (mut inbound, _) = session.open();
                inbound.ended(DisconnectReason::Closed);
                inbound.ended(DisconnectReason::Reset);
                return Err(DisconnectReason::Refused);
            }
            Self::Forgets => {
                drop(session.open());
                std::future::pending::<()>().await;
            }
        }
        Ok(())
    }
}

#[test]
fn a_connector_that_does_little_keeps_no_session_from_its_end() {
    for (connector, expected) in [
        (Odd::NeverOpens, Some(DisconnectReason::Other)),
        (Odd::Opens, Some(DisconnectReason::Other)),
        (Odd::EndsTwice, Some(DisconnectReason::Closed)),
        (Odd::Forgets, None),
    ] {
        let clock = TestClock::default();
        let mut wire = Wire::<NoopRawMutex>::new();
        let (session_end, runner_end) = wire.split();
        let mut runner = Runner::new(runner_end, connector, clock.clone());
        let bot = async {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
            let mut session = Session::new(client(random()), rx, tx, session_end, clock.clone());
            let next = session.next().await.unwrap();
            assert!(matches!(next, Some((Event::Reconnecting(_), _))));
            assert_eq!(session.last_failure(), expected);
            let begin = clock.millis();
            session.close();
            assert!(session.next().await.unwrap().is_none());
            assert!(clock.millis() - begin <= LINGER.as_millis());
        };
        let running = pin!(async { runner.run().await });
        run(&clock, 100_000, &mut [pin!(bot), running], |_| {});
    }
}
