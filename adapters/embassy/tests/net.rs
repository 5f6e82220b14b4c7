//! Two embassy-net stacks joined in memory, on a clock of the test: a client on one, DNS and a
//! small Slack on the other.
//!
//! Nothing sleeps and nothing depends on the machine: everything is polled, the clock moves by a
//! millisecond, and again.

mod support;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use embassy_futures::join::{join, join3, join4};
use embassy_futures::select::{Either, select};
use embassy_net::dns::DnsSocket;
use embassy_net::driver::LinkState;
use embassy_net::tcp::TcpSocket;
use embassy_net::tcp::client::{TcpClient, TcpClientState};
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{
    Config as NetConfig, Ipv4Address, Ipv4Cidr, Stack, StackResources, StaticConfigV4,
};
use embassy_net_driver_channel::{self as channel, RxRunner, TxRunner};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_time::{Duration as Span, MockDriver, Timer};
use embedded_io::ReadReady;
use embedded_io_async::{ErrorType, Read, Write};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Duration;
use slack_rtm::{
    Client, CloseReason, Config, DisconnectReason, Event, OwnedStorage, Peer, ReconnectReason,
    Security, Timeout,
};
use slack_rtm_embassy::clock::EmbassyClock;
use slack_rtm_embassy::link::{Cleartext, Connect, Inbound, SessionSide};
use slack_rtm_embassy::nal::Nal;
use slack_rtm_embassy::net::Net;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::wire::Wire;
use support::random;

const FRAME: usize = 1514;
const HERE: Ipv4Address = Ipv4Address::new(192, 168, 1, 2);
const THERE: Ipv4Address = Ipv4Address::new(192, 168, 1, 1);

/// The clock is one for the process: tests take turns.
static CLOCK: Mutex<()> = Mutex::new(());

/// What happens to the frames of a cable.
#[derive(Clone)]
struct Cable {
    /// Of this many frames, one is lost.
    loses_one_in: Rc<Cell<u32>>,
    delay: Span,
}

impl Cable {
    fn good() -> Self {
        Self {
            loses_one_in: Rc::new(Cell::new(0)),
            delay: Span::from_ticks(0),
        }
    }

    fn bad(loses_one_in: u32, delay: Span) -> Self {
        Self {
            loses_one_in: Rc::new(Cell::new(loses_one_in)),
            delay,
        }
    }

    async fn carry(&self, mut from: TxRunner<'_, FRAME>, mut to: RxRunner<'_, FRAME>) {
        let mut random = 0x2545_f491_u32;
        loop {
            let mut frame = from.tx_buf().await.to_vec();
            from.tx_done();
            Timer::after(self.delay).await;
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            if self.loses_one_in.get() != 0 && random.is_multiple_of(self.loses_one_in.get()) {
                continue;
            }
            let slot = to.rx_buf().await;
            slot[..frame.len()].copy_from_slice(&frame);
            to.rx_done(frame.len());
            frame.clear();
        }
    }
}

fn config(address: Ipv4Address) -> NetConfig {
    let mut config = StaticConfigV4 {
        address: Ipv4Cidr::new(address, 24),
        gateway: None,
        dns_servers: Default::default(),
    };
    config.dns_servers.push(THERE).unwrap();
    NetConfig::ipv4_static(config)
}

/// Runs `client` on one stack and `server` on the other, joined by `cable`, until the client is
/// done.
fn with_two_stacks<R>(
    cable: &Cable,
    limit: Span,
    client: impl AsyncFnOnce(Stack<'_>) -> R,
    server: impl AsyncFnOnce(Stack<'_>),
) -> R {
    let _turn = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut left, mut right) = (
        channel::State::<FRAME, 4, 4>::new(),
        channel::State::<FRAME, 4, 4>::new(),
    );
    let (left, left_device) = channel::new(
        &mut left,
        channel::driver::HardwareAddress::Ethernet([2, 0, 0, 0, 0, 2]),
    );
    let (right, right_device) = channel::new(
        &mut right,
        channel::driver::HardwareAddress::Ethernet([2, 0, 0, 0, 0, 1]),
    );
    let (left_state, left_rx, left_tx) = left.split();
    let (right_state, right_rx, right_tx) = right.split();
    left_state.set_link_state(LinkState::Up);
    right_state.set_link_state(LinkState::Up);
    let (mut here, mut there) = (StackResources::<4>::new(), StackResources::<8>::new());
    let (here, mut here_runner) = embassy_net::new(left_device, config(HERE), &mut here, 1);
    let (there, mut there_runner) = embassy_net::new(right_device, config(THERE), &mut there, 2);
    let network = join4(
        here_runner.run(),
        there_runner.run(),
        cable.carry(left_tx, right_rx),
        cable.carry(right_tx, left_rx),
    );
    let world = join(network, server(there));
    let main = async {
        here.wait_config_up().await;
        client(here).await
    };
    let mut all = pin!(select(main, world));
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..limit.as_millis() {
        // A few rounds for what happens within the same millisecond.
        for _ in 0..4 {
            if let Poll::Ready(Either::First(result)) = all.as_mut().poll(&mut cx) {
                return result;
            }
        }
        MockDriver::get().advance(Span::from_millis(1));
    }
    panic!("nothing came of it in {} ms", limit.as_millis());
}

/// Answers every query with this side's address.
async fn dns(stack: Stack<'_>) {
    dns_with(stack, &[THERE]).await;
}

/// Answers every query with these addresses.
async fn dns_with(stack: Stack<'_>, addresses: &[Ipv4Address]) {
    let (mut rx_meta, mut tx_meta) = ([PacketMetadata::EMPTY; 4], [PacketMetadata::EMPTY; 4]);
    let (mut rx, mut tx) = ([0; 1024], [0; 1024]);
    let mut socket = UdpSocket::new(stack, &mut rx_meta, &mut rx, &mut tx_meta, &mut tx);
    socket.bind(53).unwrap();
    loop {
        let mut query = [0; 512];
        let (length, from) = socket.recv_from(&mut query).await.unwrap();
        let mut answer = query[..length].to_vec();
        // A response, recursion available, then per answer: the name as asked, A, IN, 60 s, four
        // bytes.
        answer[2] = 0x81;
        answer[3] = 0x80;
        answer[7] = addresses.len() as u8;
        for address in addresses {
            answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
            answer.extend_from_slice(&address.octets());
        }
        socket.send_to(&answer, from).await.unwrap();
    }
}

/// What the small Slack saw.
#[derive(Debug, Default)]
struct Seen {
    calls: u32,
    texts: Vec<String>,
    /// Sessions whose TCP ended with the client's FIN.
    ended_in_order: u32,
}

/// The Web API on port 80, sockets on port 81.
async fn slack(stack: Stack<'_>, seen: &RefCell<Seen>) {
    join3(dns(stack), api(stack, seen), sockets(stack, seen)).await;
}

async fn api(stack: Stack<'_>, seen: &RefCell<Seen>) {
    let (mut rx, mut tx) = ([0; 2048], [0; 2048]);
    loop {
        let mut socket = TcpSocket::new(stack, &mut rx, &mut tx);
        socket.accept(80).await.unwrap();
        // A client that was dropped after its SYN sends nothing, not even a FIN.
        let asked = select(head(&mut socket), Timer::after_secs(5)).await;
        if !matches!(asked, Either::First(Some(_))) {
            continue;
        }
        seen.borrow_mut().calls += 1;
        let body = r#"{"ok":true,"url":"ws:\/\/slack.test:81\/socket","team":{"id":"T1","name":"t","domain":"d"},"self":{"id":"U1","name":"bell"}}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let _ = write(&mut socket, answer.as_bytes()).await;
        socket.close();
        let _ = select(socket.flush(), Timer::after_secs(5)).await;
    }
}

async fn sockets(stack: Stack<'_>, seen: &RefCell<Seen>) {
    let (mut rx, mut tx) = ([0; 2048], [0; 2048]);
    loop {
        let mut socket = TcpSocket::new(stack, &mut rx, &mut tx);
        socket.accept(81).await.unwrap();
        socket.set_timeout(Some(Span::from_secs(300)));
        let asked = select(head(&mut socket), Timer::after_secs(5)).await;
        let Either::First(Some(head)) = asked else {
            continue;
        };
        let key = head
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
            .expect("a key");
        let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        let _ = write(&mut socket, answer.as_bytes()).await;
        text(&mut socket, r#"{"type":"hello"}"#).await;
        if converse(&mut socket, seen).await.is_some() {
            seen.borrow_mut().ended_in_order += 1;
        }
        socket.close();
        let _ = select(socket.flush(), Timer::after_secs(5)).await;
    }
}

/// Acknowledges messages and answers each with one, up to the close frame. Returns `Some` if the FIN
/// followed it.
async fn converse(socket: &mut TcpSocket<'_>, seen: &RefCell<Seen>) -> Option<()> {
    loop {
        let mut header = [0; 6];
        read(socket, &mut header).await?;
        assert!(header[1] & 0x80 != 0, "clients mask");
        let mut payload = vec![0; usize::from(header[1] & 0x7f)];
        assert!(payload.len() < 126, "the tests' messages are short");
        read(socket, &mut payload).await?;
        for (byte, mask) in payload.iter_mut().zip(header[2..].iter().cycle()) {
            *byte ^= mask;
        }
        match header[0] {
            0x81 => {
                let message = String::from_utf8(payload).unwrap();
                let id: u32 = message
                    .split("\"id\":")
                    .nth(1)
                    .unwrap()
                    .split([',', '}'])
                    .next()
                    .unwrap()
                    .parse()
                    .unwrap();
                if message.contains("\"ping\"") {
                    text(socket, &format!(r#"{{"type":"pong","reply_to":{id}}}"#)).await;
                    continue;
                }
                seen.borrow_mut().texts.push(message);
                text(
                    socket,
                    &format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.{id}"}}"#),
                )
                .await;
                text(socket, r#"{"type":"message","channel":"C1","user":"U2","text":"who is there?","ts":"2.0"}"#).await;
            }
            0x88 => {
                let _ = write(socket, &[0x88, 2, payload[0], payload[1]]).await;
                return (socket.read(&mut [0; 1]).await == Ok(0)).then_some(());
            }
            other => panic!("opcode {other:#x}"),
        }
    }
}

async fn text(socket: &mut TcpSocket<'_>, text: &str) {
    assert!(text.len() < 126, "the tests' messages are short");
    let frame = [&[0x81, text.len() as u8], text.as_bytes()].concat();
    let _ = write(socket, &frame).await;
}

async fn write(socket: &mut TcpSocket<'_>, mut bytes: &[u8]) -> Option<()> {
    while !bytes.is_empty() {
        let count = socket.write(bytes).await.ok()?;
        bytes = &bytes[count..];
    }
    Some(())
}

async fn read(socket: &mut TcpSocket<'_>, bytes: &mut [u8]) -> Option<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        match socket.read(&mut bytes[filled..]).await {
            Ok(count @ 1..) => filled += count,
            _ => return None,
        }
    }
    Some(())
}

async fn head(socket: &mut TcpSocket<'_>) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        read(socket, &mut byte).await?;
        head.push(byte[0]);
    }
    Some(String::from_utf8(head).unwrap())
}

/// A button: presses wait until they are taken.
#[derive(Default)]
struct Button(Cell<u32>);

impl Button {
    fn press(&self) {
        self.0.set(self.0.get() + 1);
    }

    async fn pressed(&self) {
        poll_fn(|_| {
            if self.0.get() > 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        self.0.set(self.0.get() - 1);
    }
}

/// What a client did: the events' names, and its end.
#[derive(Debug, Default)]
struct Log {
    events: Vec<String>,
    end: Option<CloseReason>,
}

/// A doorbell on `stack` that rings at hello and closes when it has heard a reply `sessions` times,
/// or at the first failure if `sessions` is 0. The future of the session is dropped each time when
/// it was pending so often, if a number is given, and made anew.
async fn doorbell(
    stack: Stack<'_>,
    sessions: u32,
    cable: Option<Rc<Cell<u32>>>,
    dropped_after: Option<u32>,
) -> Log {
    let (mut receive, mut transmit) = ([0; 2048], [0; 1024]);
    let connector = Cleartext::new(Net::new(stack, &mut receive, &mut transmit));
    doorbell_over(connector, sessions, cable, dropped_after).await
}

async fn doorbell_over(
    connector: impl Connect,
    sessions: u32,
    cable: Option<Rc<Cell<u32>>>,
    dropped_after: Option<u32>,
) -> Log {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let config = Config::new()
        .api_base("http://slack.test/api/")
        .allow_insecure()
        .allowed_domains(&["slack.test"]);
    let storage = OwnedStorage::<16, 256>::new();
    let client = Client::new(config, "xoxb-test", storage, random()).unwrap();
    let mut wire: Wire = Wire::new();
    let (session_end, runner_end) = wire.split();
    let mut session = Session::new(client, rx, tx, session_end, EmbassyClock);
    let mut runner = Runner::new(runner_end, connector, EmbassyClock);
    let button = Button::default();
    let mut log = Log::default();
    let bot = async {
        let (mut pressed, mut heard) = (false, 0);
        loop {
            let next = select(button.pressed(), session.next());
            let next = match dropped_after {
                Some(polls) => match support::dropped_after(polls, next).await {
                    Some(next) => next,
                    None => continue,
                },
                None => next.await,
            };
            let (event, mut handle) = match next {
                Either::First(()) => {
                    session
                        .handle()
                        .send(&Post::new("C1", "Ding-dong!"))
                        .unwrap();
                    log.events.push("rang".into());
                    continue;
                }
                Either::Second(next) => match next.unwrap() {
                    Some(next) => next,
                    None => break,
                },
            };
            let name = match event {
                Event::Hello(_) => {
                    if !pressed || sessions > 1 {
                        button.press();
                    }
                    pressed = true;
                    "hello".into()
                }
                Event::Message(message) => {
                    assert!(message.text().is_some_and(|text| text == "who is there?"));
                    heard += 1;
                    if heard == sessions {
                        handle.close();
                    } else if let Some(cable) = &cable {
                        // Pulls the plug.
                        cable.set(1);
                    }
                    "message".into()
                }
                Event::Acknowledged(_) => "acknowledged".into(),
                Event::Accepted(_) => "accepted".into(),
                Event::Reconnecting(end) => {
                    if sessions == 0 {
                        handle.close();
                    }
                    if let Some(cable) = &cable {
                        cable.set(0);
                    }
                    format!("{:?}", end.reason())
                }
                other => format!("{other:?}"),
            };
            log.events.push(name);
        }
    };
    select(bot, async { runner.run().await }).await;
    log.end = session.close_reason();
    log
}

const SESSION: [&str; 5] = ["accepted", "hello", "rang", "acknowledged", "message"];

#[test]
fn a_session_over_a_good_cable_ends_in_order() {
    let seen = RefCell::default();
    let log = with_two_stacks(
        &Cable::good(),
        Span::from_secs(60),
        async |stack| doorbell(stack, 1, None, None).await,
        async |stack| slack(stack, &seen).await,
    );
    assert_eq!(
        (log.events.as_slice(), log.end),
        (
            SESSION.map(String::from).as_slice(),
            Some(CloseReason::Requested)
        )
    );
    let seen = seen.into_inner();
    assert_eq!(
        (seen.calls, seen.texts.len(), seen.ended_in_order),
        (1, 1, 1),
        "{seen:?}"
    );
    assert!(seen.texts[0].contains("Ding-dong!"));
}

#[test]
fn a_stack_that_implements_embedded_nal_async_serves_as_well() {
    let seen = RefCell::default();
    let log = with_two_stacks(
        &Cable::good(),
        Span::from_secs(60),
        async |stack| {
            let state = TcpClientState::<1, 1024, 1024>::new();
            let nal = Nal::new(TcpClient::new(stack, &state), DnsSocket::new(stack));
            doorbell_over(Cleartext::new(nal), 1, None, None).await
        },
        async |stack| slack(stack, &seen).await,
    );
    assert_eq!(
        (log.events.as_slice(), log.end),
        (
            SESSION.map(String::from).as_slice(),
            Some(CloseReason::Requested)
        )
    );
    assert_eq!(seen.borrow().texts.len(), 1);
}

#[test]
fn lost_and_late_frames_change_nothing() {
    for (loses_one_in, delay) in [(9, 3), (5, 20), (0, 150), (12, 60)] {
        let seen = RefCell::default();
        let log = with_two_stacks(
            &Cable::bad(loses_one_in, Span::from_millis(delay)),
            Span::from_secs(120),
            async |stack| doorbell(stack, 1, None, None).await,
            async |stack| slack(stack, &seen).await,
        );
        assert_eq!(
            log.events, SESSION,
            "one in {loses_one_in} lost, {delay} ms late"
        );
        assert_eq!(seen.borrow().texts.len(), 1);
    }
}

#[test]
fn a_pulled_plug_is_noticed_and_a_new_session_begins() {
    let seen = RefCell::default();
    let cable = Cable::good();
    let plug = cable.loses_one_in.clone();
    let log = with_two_stacks(
        &cable,
        Span::from_secs(400),
        async |stack| doorbell(stack, 2, Some(plug), None).await,
        async |stack| slack(stack, &seen).await,
    );
    // The server takes one socket at a time, and holds on to the dead one: it may refuse a few
    // calls in between.
    let refused = format!(
        "{:?}",
        ReconnectReason::Disconnected(DisconnectReason::Refused)
    );
    let events: Vec<&str> = log.events.iter().map(String::as_str).collect();
    let (before, after) = (
        &events[..SESSION.len()],
        &events[events.len() - SESSION.len()..],
    );
    assert_eq!(
        (before, after, log.end),
        (&SESSION[..], &SESSION[..], Some(CloseReason::Requested)),
        "{events:?}"
    );
    assert_eq!(events[SESSION.len()], "KeepaliveTimeout", "{events:?}");
    let between = &events[SESSION.len() + 1..events.len() - SESSION.len()];
    assert!(
        between
            .iter()
            .all(|event| *event == "accepted" || *event == refused),
        "{events:?}"
    );
}

#[test]
fn a_host_that_refuses_differs_from_one_that_does_not_answer() {
    let refused = with_two_stacks(
        &Cable::good(),
        Span::from_secs(60),
        async |stack| doorbell(stack, 0, None, None).await,
        async |stack| dns(stack).await,
    );
    assert_eq!(
        refused.events,
        [format!(
            "{:?}",
            ReconnectReason::Disconnected(DisconnectReason::Refused)
        )]
    );
    let deaf = with_two_stacks(
        &Cable::bad(1, Span::from_ticks(0)),
        Span::from_secs(120),
        async |stack| doorbell(stack, 0, None, None).await,
        async |_| {},
    );
    let named = [
        ReconnectReason::Disconnected(DisconnectReason::TimedOut),
        ReconnectReason::TimedOut(Timeout::Connect),
        ReconnectReason::Disconnected(DisconnectReason::NameNotFound),
    ]
    .map(|reason| format!("{reason:?}"));
    assert!(
        deaf.events.len() == 1 && named.contains(&deaf.events[0]),
        "{deaf:?}"
    );
}

#[test]
fn a_session_dropped_at_any_poll_loses_nothing() {
    for polls in (1..12).chain([30, 100]) {
        let seen = RefCell::default();
        let log = with_two_stacks(
            &Cable::bad(0, Span::from_millis(2)),
            Span::from_secs(120),
            async |stack| doorbell(stack, 1, None, Some(polls)).await,
            async |stack| slack(stack, &seen).await,
        );
        let seen = seen.into_inner();
        assert_eq!(
            (log.events.as_slice(), log.end, seen.texts.len()),
            (
                SESSION.map(String::from).as_slice(),
                Some(CloseReason::Requested),
                1
            ),
            "{polls}"
        );
    }
}

#[test]
fn every_address_of_a_name_is_tried() {
    let nobody = Ipv4Address::new(192, 168, 1, 9);
    let unroutable = Ipv4Address::new(10, 9, 8, 7);
    let refusing = HERE;
    for others in [
        &[nobody][..],
        &[refusing],
        &[unroutable],
        &[nobody, unroutable, refusing],
    ] {
        let seen = RefCell::default();
        let addresses: Vec<_> = others.iter().copied().chain([THERE]).collect();
        let log = with_two_stacks(
            &Cable::good(),
            Span::from_secs(60),
            async |stack| doorbell(stack, 1, None, None).await,
            async |stack| {
                let names = dns_with(stack, &addresses);
                join3(names, api(stack, &seen), sockets(stack, &seen)).await;
            },
        );
        assert_eq!(log.events, SESSION, "{others:?}");
    }
}

/// Byte number `index` of a stream, one for each direction.
fn pattern(index: usize, seed: u8) -> u8 {
    (index.wrapping_mul(7) >> 3) as u8 ^ seed
}

/// The session's side of a link, for bytes alone.
struct Side<'a>(&'a Pipe<NoopRawMutex, 64>, &'a Pipe<NoopRawMutex, 64>);

struct In<'a>(&'a Pipe<NoopRawMutex, 64>);

struct Out<'a>(&'a Pipe<NoopRawMutex, 64>);

impl<'a> SessionSide for Side<'a> {
    type Inbound = In<'a>;
    type Outbound = Out<'a>;

    fn open(self) -> (In<'a>, Out<'a>) {
        (In(self.0), Out(self.1))
    }
}

impl ErrorType for In<'_> {
    type Error = Infallible;
}

impl Write for In<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(self.0.write(bytes).await)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Inbound for In<'_> {
    fn ended(&mut self, reason: DisconnectReason) {
        panic!("{reason}");
    }
}

impl ErrorType for Out<'_> {
    type Error = Infallible;
}

impl ReadReady for Out<'_> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.0.is_empty())
    }
}

impl Read for Out<'_> {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Infallible> {
        Ok(self.0.read(space).await)
    }
}

#[test]
fn a_link_that_sends_and_receives_at_once_loses_no_byte() {
    const LENGTH: usize = 30_000;
    for (loses_one_in, delay) in [(0, 0), (0, 3), (9, 1)] {
        let received = Cell::new(0);
        with_two_stacks(
            &Cable::bad(loses_one_in, Span::from_millis(delay)),
            Span::from_secs(600),
            async |stack| {
                let (mut rx, mut tx) = ([0; 1024], [0; 512]);
                let mut cleartext = Cleartext::new(Net::new(stack, &mut rx, &mut tx));
                let peer = Peer {
                    host: "slack.test",
                    port: 90,
                    security: Security::Cleartext,
                };
                let (inbound, outbound) = (Pipe::new(), Pipe::new());
                let within = Duration::from_secs(15);
                let link = cleartext.run(peer, within, Side(&inbound, &outbound));
                let reading = async {
                    for index in 0..LENGTH {
                        let mut byte = [0];
                        inbound.read(&mut byte).await;
                        assert_eq!(byte[0], pattern(index, 2), "byte {index}");
                    }
                };
                let writing = async {
                    for index in 0..LENGTH {
                        outbound.write_all(&[pattern(index, 1)]).await;
                    }
                };
                let all_received = async {
                    join(reading, writing).await;
                    while received.get() < LENGTH {
                        Timer::after_millis(1).await;
                    }
                };
                assert!(matches!(
                    select(link, all_received).await,
                    Either::Second(())
                ));
            },
            async |stack| {
                let there = async {
                    let (mut rx, mut tx) = ([0; 700], [0; 600]);
                    let mut socket = TcpSocket::new(stack, &mut rx, &mut tx);
                    socket.accept(90).await.unwrap();
                    let (mut reader, mut writer) = socket.split();
                    let reading = async {
                        let mut byte = [0];
                        while reader.read(&mut byte).await == Ok(1) {
                            assert_eq!(byte[0], pattern(received.get(), 1));
                            received.set(received.get() + 1);
                        }
                    };
                    let writing = async {
                        let mut sent = 0;
                        while sent < LENGTH {
                            let bytes: Vec<u8> = (sent..LENGTH.min(sent + 300))
                                .map(|index| pattern(index, 2))
                                .collect();
                            sent += writer.write(&bytes).await.unwrap();
                        }
                    };
                    join(reading, writing).await;
                };
                join(dns(stack), there).await;
            },
        );
        assert_eq!(received.get(), LENGTH);
    }
}
