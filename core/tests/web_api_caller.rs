//! Calls over a link that is kept, against a scripted server on a clock of the test.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, FromFn, from_fn};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    Arguments, Caller, CallerConfig, CallerEvent, Job, Method, MethodInfo, PostError, Rate,
    RateSlot, Repetition, RequestError, paths,
};
use slack_rtm::{DisconnectReason, MessageId, Output, OwnedStorage, Token};
use std::collections::VecDeque;

/// A name that does not fit into the send buffer.
const LONG: &str = "C012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
const OK: &str = r#"{"ok":true}"#;

/// A method with the properties that a test needs.
struct TestMethod {
    name: &'static str,
    repetition: Repetition,
    rate: Rate,
    channel: Option<&'static str>,
}

/// A method that only reads.
const READ: TestMethod = TestMethod {
    name: "users.info",
    repetition: Repetition::Harmless,
    rate: Rate::TIER_4,
    channel: None,
};
/// A post to a channel.
const POST: TestMethod = TestMethod {
    name: "chat.postMessage",
    repetition: Repetition::Unsafe,
    rate: Rate::POST,
    channel: Some("C1"),
};

impl Method for TestMethod {
    fn info(&self) -> MethodInfo<'_> {
        let info = MethodInfo::new(self.name)
            .repetition(self.repetition)
            .rate(self.rate);
        match self.channel {
            Some(channel) => info.channel(channel),
            None => info,
        }
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel.unwrap_or("none"));
    }
}

/// What the server does with one request.
#[derive(Clone)]
enum Act {
    /// Sends these bytes.
    Send(String),
    /// Sends these bytes, and closes.
    SendAndClose(String),
    /// Closes without a response.
    Close,
    /// Sends nothing.
    Silence,
}

fn response(head: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn ok() -> Act {
    Act::Send(response("200 OK", OK))
}

/// A server, the network to it, and what happened.
struct World {
    now: u64,
    acts: VecDeque<Act>,
    /// Whether the next links cannot be opened.
    is_down: bool,
    link: Option<Wire>,
    connects: usize,
    disconnects: usize,
    requests: Vec<String>,
    /// The most bytes of a read or write.
    step: usize,
    /// The link ends before it takes any byte.
    ends_before_write: bool,
}

#[derive(Default)]
struct Wire {
    received: String,
    to_client: VecDeque<u8>,
    is_closed: bool,
}

impl World {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self {
            now: 1_000_000,
            acts: acts.into_iter().collect(),
            is_down: false,
            link: None,
            connects: 0,
            disconnects: 0,
            requests: Vec::new(),
            step: usize::MAX,
            ends_before_write: false,
        }
    }

    /// Handles a whole request, if there is one.
    fn serve(&mut self) {
        let Some(wire) = &mut self.link else { return };
        let Some((head, body)) = wire.received.split_once("\r\n\r\n") else {
            return;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.map_or(0, |digits| digits.parse().expect("a number"));
        if body.len() < length {
            return;
        }
        self.requests.push(std::mem::take(&mut wire.received));
        match self.acts.pop_front().expect("a request too many") {
            Act::Send(bytes) => wire.to_client.extend(bytes.bytes()),
            Act::SendAndClose(bytes) => {
                wire.to_client.extend(bytes.bytes());
                wire.is_closed = true;
            }
            Act::Close => wire.is_closed = true,
            Act::Silence => {}
        }
    }
}

/// The memory of a machine.
struct Memory {
    rx: [u8; 512],
    tx: [u8; 256],
    rates: [RateSlot; 4],
}

impl Memory {
    fn new() -> Self {
        Self {
            rx: [0; 512],
            tx: [0; 256],
            rates: [RateSlot::FREE; 4],
        }
    }
}

type Random = fn(&mut [u8]) -> Result<(), EntropyError>;

fn random(out: &mut [u8]) -> Result<(), EntropyError> {
    out.fill(0x80);
    Ok(())
}

/// Runs `test` with a machine over a world: the function that it gets makes one call and returns
/// its outcome.
struct Rig<'m> {
    caller: Caller<'m, FromFn<Random>, OwnedStorage<16, 256>>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    world: World,
}

impl<'m> Rig<'m> {
    fn new(memory: &'m mut Memory, world: World) -> Self {
        Self::with_config(memory, world, CallerConfig::new())
    }

    fn with_config(memory: &'m mut Memory, world: World, config: CallerConfig<'m>) -> Self {
        let entropy: Random = random;
        let caller = Caller::new(
            config,
            "xoxb-1",
            OwnedStorage::new(),
            &mut memory.rates,
            from_fn(entropy),
        );
        Self {
            caller: caller.expect("usable"),
            rx: RecvBuf::new(&mut memory.rx),
            tx: SendBuf::new(&mut memory.tx),
            world,
        }
    }

    /// Polls until an event, or until the machine waits for longer than `patience`. Returns the
    /// event as text.
    fn run(&mut self, job: Option<&Job<'_>>, patience: u64) -> Option<String> {
        let Self {
            caller,
            rx,
            tx,
            world,
        } = self;
        let limit = world.now.saturating_add(patience);
        loop {
            let output = caller.poll(job, rx, tx, Instant::from_millis(world.now));
            match output.expect("randomness") {
                Output::Connect { peer, .. } => {
                    assert_eq!((peer.host, peer.port), ("slack.com", 443));
                    world.connects += 1;
                    if world.is_down {
                        caller.disconnected(DisconnectReason::Unreachable);
                    } else {
                        world.link = Some(Wire::default());
                        caller.connected();
                    }
                }
                Output::Disconnect => {
                    // An adapter sends what is pending before it closes.
                    assert!(tx.pending().is_empty());
                    world.disconnects += 1;
                    world.link = None;
                    caller.disconnected(DisconnectReason::Closed);
                }
                Output::Wait { until, .. } => {
                    let mut has_moved = false;
                    if let Some(wire) = &mut world.link {
                        if world.ends_before_write && !tx.pending().is_empty() {
                            world.ends_before_write = false;
                            world.link = None;
                            caller.disconnected(DisconnectReason::Closed);
                            continue;
                        }
                        let count = tx.pending().len().min(world.step);
                        let text = std::str::from_utf8(&tx.pending()[..count]).expect("ASCII");
                        wire.received.push_str(text);
                        tx.sent(count);
                        has_moved |= count > 0;
                        let space = rx.space();
                        let count = space.len().min(wire.to_client.len()).min(world.step);
                        for (to, from) in space.iter_mut().zip(wire.to_client.drain(..count)) {
                            *to = from;
                        }
                        rx.filled(count);
                        has_moved |= count > 0;
                        if !has_moved && wire.is_closed && wire.to_client.is_empty() {
                            world.link = None;
                            caller.disconnected(DisconnectReason::Closed);
                            continue;
                        }
                    }
                    world.serve();
                    let arrived = world
                        .link
                        .as_ref()
                        .is_some_and(|wire| !wire.to_client.is_empty() || wire.is_closed);
                    if has_moved || arrived {
                        continue;
                    }
                    if until.as_millis() > limit {
                        world.now = limit;
                        return None;
                    }
                    world.now = world.now.max(until.as_millis());
                }
                Output::Event(CallerEvent::Accepted(_)) => return Some("accepted".into()),
                Output::Event(CallerEvent::Refused(error)) => {
                    return Some(format!("refused {}", error.code().as_str()));
                }
                Output::Event(CallerEvent::Failed(error)) => {
                    return Some(format!("failed {error}"));
                }
                Output::Event(CallerEvent::Unconfirmed(error)) => {
                    return Some(format!("unconfirmed {error}"));
                }
                Output::Event(event) => return Some(post_outcome(&event)),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Stores a post. Returns its id.
    fn post(&mut self, method: &TestMethod, time_to_live: Option<u64>) -> MessageId {
        let time_to_live = time_to_live.map(Duration::from_millis);
        self.caller.post(method, time_to_live).expect("room")
    }

    /// Polls without a call until the outcome of a post.
    fn outcome(&mut self) -> String {
        self.run(None, 36_000_000).expect("an outcome")
    }

    /// Makes one call. Returns its outcome.
    fn call(&mut self, method: &TestMethod) -> String {
        let job = Job::new(method, &paths::CALL);
        self.caller.begin(&job).expect("no limit");
        let outcome = self.run(Some(&job), 3_600_000).expect("an outcome");
        assert!(!self.caller.is_calling());
        outcome
    }

    /// Lets time pass without a call.
    fn pass(&mut self, milliseconds: u64) {
        assert_eq!(self.run(None, milliseconds), None);
    }
}

fn post_outcome(event: &CallerEvent<'_>) -> String {
    match event {
        CallerEvent::PostAccepted(id, _) => format!("{id} accepted"),
        CallerEvent::PostRefused(id, error) => format!("{id} refused {}", error.code().as_str()),
        CallerEvent::PostFailed(id, error) => format!("{id} failed {error}"),
        CallerEvent::PostUnconfirmed(id, error) => format!("{id} unconfirmed {error}"),
        CallerEvent::PostExpired(id) => format!("{id} expired"),
        CallerEvent::PostWithdrawn(id) => format!("{id} withdrawn"),
        CallerEvent::TokenExpired => "the token has expired".into(),
        other => panic!("{other:?}"),
    }
}

fn starts(text: &str, with: &str) {
    assert!(
        text.starts_with(with),
        "{text:?} does not begin with {with:?}"
    );
}

#[test]
fn calls_share_one_link_in_any_steps_of_bytes() {
    for step in [usize::MAX, 1, 2, 3, 7, 64] {
        let mut memory = Memory::new();
        let mut world = World::new([ok(), ok(), ok()]);
        world.step = step;
        let mut rig = Rig::new(&mut memory, world);
        for method in [&POST, &READ, &POST] {
            starts(&rig.call(method), "accepted");
        }
        let world = &rig.world;
        assert_eq!((world.connects, world.disconnects), (1, 0), "{step}");
        assert!(world.requests[0].starts_with("POST /api/chat.postMessage HTTP/1.1\r\n"));
        assert!(world.requests[0].ends_with("\r\n\r\nchannel=C1"));
        for request in &world.requests {
            assert!(!request.contains("Connection:"), "{request}");
        }
    }
}

#[test]
fn a_response_in_chunks_keeps_the_link() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"ok\":\r\n5\r\ntrue}\r\n0\r\n\r\n";
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([Act::Send(chunked.into()), ok()]));
    starts(&rig.call(&READ), "accepted");
    starts(&rig.call(&READ), "accepted");
    assert_eq!(rig.world.connects, 1);
}

#[test]
fn a_response_that_ends_the_link_is_followed_by_a_fresh_one() {
    for first in [
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{OK}"),
        format!("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 11\r\n\r\n{OK}"),
        // Without a length.
        format!("HTTP/1.1 200 OK\r\n\r\n{OK}"),
        // With bytes after its end.
        format!("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{OK}HTTP/1.1 200 OK\r\n"),
    ] {
        for act in [Act::Send(first.clone()), Act::SendAndClose(first.clone())] {
            let mut memory = Memory::new();
            let mut rig = Rig::new(&mut memory, World::new([act, ok()]));
            starts(&rig.call(&POST), "accepted");
            starts(&rig.call(&POST), "accepted");
            assert_eq!(rig.world.connects, 2, "{first}");
        }
    }
}

#[test]
fn bytes_between_two_calls_end_the_link() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok(), ok()]));
    starts(&rig.call(&POST), "accepted");
    let wire = rig.world.link.as_mut().expect("kept");
    wire.to_client.extend(response("200 OK", OK).bytes());
    rig.pass(1000);
    assert_eq!(rig.world.disconnects, 1);
    starts(&rig.call(&POST), "accepted");
    assert_eq!(rig.world.connects, 2);
}

#[test]
fn a_link_that_the_server_closes_between_two_calls_costs_no_call() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok(), ok()]));
    starts(&rig.call(&POST), "accepted");
    rig.world.link.as_mut().expect("kept").is_closed = true;
    rig.pass(1000);
    starts(&rig.call(&POST), "accepted");
    assert_eq!((rig.world.connects, rig.world.requests.len()), (2, 2));
}

#[test]
fn a_call_is_repeated_if_its_link_ended_before_the_first_byte() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok(), ok()]));
    starts(&rig.call(&POST), "accepted");
    rig.world.ends_before_write = true;
    starts(&rig.call(&POST), "accepted");
    assert_eq!((rig.world.connects, rig.world.requests.len()), (2, 2));
}

#[test]
fn a_lost_response_repeats_what_is_harmless_and_nothing_else() {
    let mut memory = Memory::new();
    let acts = [ok(), Act::Close, ok(), Act::Close, Act::Close];
    let mut rig = Rig::new(&mut memory, World::new(acts));
    starts(&rig.call(&POST), "accepted");
    starts(&rig.call(&READ), "accepted"); // the second attempt
    assert_eq!(rig.world.connects, 2);
    starts(&rig.call(&READ), "failed"); // two attempts
    assert_eq!((rig.world.connects, rig.world.requests.len()), (3, 5));

    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok(), Act::Close]));
    starts(&rig.call(&POST), "accepted");
    let outcome = rig.call(&POST);
    starts(&outcome, "unconfirmed");
    assert!(outcome.ends_with("check whether the call was done before you repeat it"));
    assert_eq!((rig.world.connects, rig.world.requests.len()), (1, 2));
}

#[test]
fn a_caller_may_choose_at_least_once() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok(), Act::Close, ok()]));
    starts(&rig.call(&POST), "accepted");
    let job = Job::new(&POST, &paths::CALL).at_least_once();
    rig.caller.begin(&job).expect("no limit");
    starts(
        &rig.run(Some(&job), 60_000).expect("an outcome"),
        "accepted",
    );
    assert_eq!(rig.world.requests.len(), 3);
}

#[test]
fn a_post_with_a_part_of_its_response_is_unconfirmed_unless_the_edge_refused_it() {
    for (head, outcome) in [
        ("HTTP/1.1 200 OK", "unconfirmed"),
        ("HTTP/1.1 500 Internal Server Error", "unconfirmed"),
        ("HTTP/1.1 503 Service Unavailable", "failed"),
    ] {
        let head = format!("{head}\r\nContent-Length: 11\r\n\r\n");
        for part in ["", "{", "{\"ok\":true"] {
            let cut = Act::SendAndClose(format!("{head}{part}"));
            let mut memory = Memory::new();
            let mut rig = Rig::new(&mut memory, World::new([ok(), cut]));
            starts(&rig.call(&POST), "accepted");
            starts(&rig.call(&POST), outcome);
            assert_eq!(rig.world.requests.len(), 2, "{head}{part}");
        }
    }
}

#[test]
fn a_request_that_has_not_left_does_not_leave_when_its_link_is_closed() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok()]));
    starts(&rig.call(&POST), "accepted");
    rig.world.step = 0;
    starts(
        &rig.call(&POST),
        "failed the response to the call timed out",
    );
    rig.pass(1000);
    let world = &rig.world;
    // It was repeated once, on a fresh link.
    assert_eq!((world.connects, world.disconnects), (2, 2));
    assert_eq!(world.requests.len(), 1);
}

#[test]
fn a_post_does_not_use_a_link_that_was_idle_for_long() {
    let idle = 30_000;
    for (wait, method, connects) in [
        (idle, &POST, 1),
        (idle + 1, &POST, 2),
        (idle + 1, &READ, 1),
        (10 * idle, &READ, 1),
    ] {
        let mut memory = Memory::new();
        let mut rig = Rig::new(&mut memory, World::new([ok(), ok()]));
        starts(&rig.call(&POST), "accepted");
        rig.pass(wait);
        starts(&rig.call(method), "accepted");
        assert_eq!(rig.world.connects, connects, "{wait} {}", method.name);
    }
}

#[test]
fn posts_to_one_channel_are_paced_and_others_are_not() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new(vec![ok(); 7]));
    let other = TestMethod {
        channel: Some("C2"),
        ..POST
    };
    let begun = rig.world.now;
    for _ in 0..3 {
        starts(&rig.call(&POST), "accepted");
    }
    starts(&rig.call(&other), "accepted");
    starts(&rig.call(&READ), "accepted");
    assert_eq!(rig.world.now, begun);
    starts(&rig.call(&POST), "accepted");
    assert_eq!(rig.world.now, begun + 1000);
    starts(&rig.call(&POST), "accepted");
    assert_eq!(rig.world.now, begun + 2000);
}

#[test]
fn a_rate_limit_holds_back_its_method_for_as_long_as_the_server_says() {
    let limited = response("429 Too Many Requests\r\nRetry-After: 30", "");
    let mut memory = Memory::new();
    let acts = [ok(), Act::Send(limited), ok(), ok()];
    let mut rig = Rig::new(&mut memory, World::new(acts));
    starts(&rig.call(&READ), "accepted");
    let begun = rig.world.now;
    starts(&rig.call(&POST), "refused ratelimited");
    starts(&rig.call(&READ), "accepted");
    assert_eq!(rig.world.now, begun);
    let other = TestMethod {
        channel: Some("C2"),
        ..POST
    };
    starts(&rig.call(&other), "accepted");
    // The instant of the refusal was rounded down.
    assert_eq!(rig.world.now, begun + 30_001);
}

#[test]
fn a_refusal_keeps_the_link() {
    let refusal = response("200 OK", r#"{"ok":false,"error":"channel_not_found"}"#);
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([Act::Send(refusal), ok()]));
    assert_eq!(rig.call(&POST), "refused channel_not_found");
    starts(&rig.call(&POST), "accepted");
    assert_eq!(rig.world.connects, 1);
}

#[test]
fn calls_back_off_after_an_error_of_the_server() {
    let mut memory = Memory::new();
    let broken = Act::Send(response("503 Service Unavailable", "<html>"));
    let acts = [broken.clone(), broken, ok(), ok()];
    let mut rig = Rig::new(&mut memory, World::new(acts));
    let begun = rig.world.now;
    starts(&rig.call(&POST), "failed");
    assert_eq!(rig.world.now, begun);
    starts(&rig.call(&READ), "failed");
    let first = rig.world.now - begun;
    assert!(first >= 500, "{first}");
    starts(&rig.call(&READ), "accepted");
    let second = rig.world.now - begun - first;
    assert!(second > first, "{first} {second}");
    let then = rig.world.now;
    starts(&rig.call(&READ), "accepted");
    assert_eq!(rig.world.now, then);
}

#[test]
fn a_call_without_a_network_fails_and_the_next_one_waits() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok()]));
    rig.world.is_down = true;
    let begun = rig.world.now;
    starts(&rig.call(&POST), "failed the host is unreachable");
    rig.world.is_down = false;
    starts(&rig.call(&POST), "accepted");
    assert!(rig.world.now >= begun + 500);
}

#[test]
fn a_silent_server_ends_a_call_in_time() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([Act::Silence, Act::Silence]));
    let begun = rig.world.now;
    starts(
        &rig.call(&POST),
        "unconfirmed the response to the call timed out",
    );
    assert_eq!(rig.world.now, begun + 15_000);
    starts(
        &rig.call(&READ),
        "failed the response to the call timed out",
    );
    assert_eq!(rig.world.disconnects, 1); // the second is at the next poll
}

#[test]
fn a_link_that_the_network_has_forgotten_costs_a_harmless_call_only_time() {
    for (method, outcome, connects) in [
        (&READ, "accepted", 2),
        (&POST, "unconfirmed the response to the call timed out", 1),
    ] {
        let mut memory = Memory::new();
        let mut rig = Rig::new(&mut memory, World::new([ok(), Act::Silence, ok()]));
        assert_eq!(rig.call(&READ), "accepted");
        let begun = rig.world.now;
        starts(&rig.call(method), outcome);
        assert_eq!(rig.world.now - begun, 15_000);
        assert_eq!(rig.world.connects, connects);
    }
}

#[test]
fn a_rate_limit_longer_than_the_limit_of_a_call_ends_it() {
    let limited = response("429 Too Many Requests\r\nRetry-After: 1000", "");
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([Act::Send(limited), ok()]));
    starts(&rig.call(&POST), "refused ratelimited");
    let begun = rig.world.now;
    starts(&rig.call(&POST), "failed the call was not done in time");
    assert_eq!(rig.world.now, begun + 300_000);
    starts(&rig.call(&READ), "accepted");
}

#[test]
fn a_call_may_be_abandoned_at_any_poll() {
    for polls in 0..12 {
        let mut memory = Memory::new();
        let mut world = World::new([Act::Silence, ok(), ok()]);
        world.step = 40;
        let mut rig = Rig::new(&mut memory, world);
        let job = Job::new(&POST, &paths::CALL);
        rig.caller.begin(&job).expect("no limit");
        for _ in 0..polls {
            let now = Instant::from_millis(rig.world.now);
            let output = rig.caller.poll(Some(&job), &mut rig.rx, &mut rig.tx, now);
            match output.expect("randomness") {
                Output::Connect { .. } => {
                    rig.world.connects += 1;
                    rig.world.link = Some(Wire::default());
                    rig.caller.connected();
                }
                _ => {
                    let count = rig.tx.pending().len().min(rig.world.step);
                    let sent = String::from_utf8(rig.tx.pending()[..count].to_vec());
                    let wire = rig.world.link.as_mut().expect("open");
                    wire.received.push_str(&sent.expect("ASCII"));
                    rig.tx.sent(count);
                    rig.world.serve();
                }
            }
        }
        rig.pass(1000);
        if rig.world.requests.is_empty() {
            rig.world.acts.pop_front();
        }
        starts(&rig.call(&READ), "accepted");
        let request = rig.world.requests.last().expect("a request");
        assert!(
            request.starts_with("POST /api/users.info "),
            "{polls}: {request}"
        );
    }
}

#[test]
fn a_link_is_released_on_request() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok(), ok()]));
    starts(&rig.call(&POST), "accepted");
    rig.caller.release();
    rig.pass(10);
    assert_eq!(rig.world.disconnects, 1);
    assert!(rig.world.link.is_none());
    starts(&rig.call(&POST), "accepted");
    rig.pass(10);
    assert_eq!((rig.world.connects, rig.world.disconnects), (2, 1));
}

#[test]
fn a_link_is_released_though_posts_wait_for_a_token_or_for_their_time() {
    let mut memory = Memory::new();
    let expired = response("200 OK", r#"{"ok":false,"error":"token_expired"}"#);
    let acts = [ok(), ok(), ok(), Act::Send(expired), ok()];
    let mut rig = Rig::new(&mut memory, World::new(acts));
    for _ in 0..4 {
        rig.post(&POST, None);
    }
    for id in 1..=3 {
        assert_eq!(rig.outcome(), format!("{id} accepted"));
    }
    // The fourth one waits for a second: three are allowed at once.
    rig.caller.release();
    rig.pass(10);
    assert_eq!((rig.world.connects, rig.world.disconnects), (1, 1));
    assert!(!rig.caller.is_token_expired());
    assert_eq!(rig.outcome(), "the token has expired");
    assert!(rig.caller.is_token_expired());
    assert_eq!((rig.world.connects, rig.world.disconnects), (2, 1));
    rig.caller.release();
    rig.pass(10);
    assert_eq!((rig.world.connects, rig.world.disconnects), (2, 2));
    rig.caller.set_token("xoxb-2").expect("a token");
    assert!(!rig.caller.is_token_expired());
    assert_eq!(rig.outcome(), "4 accepted");
    assert_eq!(rig.world.connects, 3);
}

#[test]
fn a_link_that_is_being_opened_is_released_too() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok()]));
    let job = Job::new(&POST, &paths::CALL);
    rig.caller.begin(&job).expect("no limit");
    let (caller, rx, tx) = (&mut rig.caller, &mut rig.rx, &mut rig.tx);
    let now = Instant::from_millis(rig.world.now);
    let mut poll = |caller: &mut Caller<'_, _, _>, job| {
        let output = caller.poll(job, rx, tx, now).expect("randomness");
        match output {
            Output::Connect { .. } => "connect",
            Output::Wait { .. } => "wait",
            Output::Disconnect => "disconnect",
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(poll(caller, Some(&job)), "connect");
    // The next call would continue.
    assert_eq!(poll(caller, None), "wait");
    caller.release();
    assert_eq!(poll(caller, None), "disconnect");
    caller.disconnected(DisconnectReason::Closed);
    assert_eq!(poll(caller, None), "wait");
    // It was no failure: the next call does not wait.
    starts(&rig.call(&POST), "accepted");
    rig.pass(10);
    assert_eq!((rig.world.connects, rig.world.disconnects), (1, 0));
}

#[test]
fn without_randomness_nothing_is_lost() {
    use std::cell::Cell;
    let works = Cell::new(false);
    let mut memory = Memory::new();
    let entropy = from_fn(|out: &mut [u8]| {
        out.fill(1);
        works.get().then_some(()).ok_or(EntropyError)
    });
    let (config, token) = (CallerConfig::new(), Token::<16>::new());
    let mut caller =
        Caller::new(config, "xoxb-1", token, &mut memory.rates, entropy).expect("usable");
    let (mut rx, mut tx) = (RecvBuf::new(&mut memory.rx), SendBuf::new(&mut memory.tx));
    let job = Job::new(&POST, &paths::CALL);
    caller.begin(&job).expect("no limit");
    let now = Instant::from_millis(1);
    let first = caller.poll(Some(&job), &mut rx, &mut tx, now);
    assert!(matches!(first, Ok(Output::Connect { .. })));
    caller.disconnected(DisconnectReason::Refused);
    for _ in 0..3 {
        assert!(caller.poll(Some(&job), &mut rx, &mut tx, now).is_err());
    }
    works.set(true);
    let outcome = caller.poll(Some(&job), &mut rx, &mut tx, now);
    assert!(matches!(outcome, Ok(Output::Event(CallerEvent::Failed(_)))));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let mut memory = Memory::new();
    let cleartext = CallerConfig::new().api_base("http://slack.com/api/");
    let mut error = |config, token| {
        let storage = Token::<8>::new();
        Caller::new(config, token, storage, &mut memory.rates, from_fn(random)).err()
    };
    assert_eq!(error(cleartext, "xoxb-1"), Some(RequestError::Cleartext));
    let config = CallerConfig::new();
    assert_eq!(error(config, "xoxb 1"), Some(RequestError::Token));
    let full = error(config, "xoxb-1234");
    assert!(matches!(full, Some(RequestError::Full(_))), "{full:?}");
}

#[test]
fn a_new_token_is_in_the_next_request_and_in_one_that_has_not_left() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok(), ok()]));
    starts(&rig.call(&POST), "accepted");
    rig.caller.set_token("xoxb-2").expect("a token");
    starts(&rig.call(&POST), "accepted");
    assert!(rig.world.requests[0].contains("Bearer xoxb-1\r\n"));
    assert!(rig.world.requests[1].contains("Bearer xoxb-2\r\n"));
    assert_eq!(rig.world.connects, 1);

    // A text that does not fit into the send buffer at once.
    let long = TestMethod {
        channel: Some(LONG),
        ..POST
    };
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok()]));
    let job = Job::new(&long, &paths::CALL);
    rig.caller.begin(&job).expect("no limit");
    rig.world.step = 10;
    let now = Instant::from_millis(rig.world.now);
    let output = rig.caller.poll(Some(&job), &mut rig.rx, &mut rig.tx, now);
    assert!(matches!(output, Ok(Output::Connect { .. })));
    rig.world.link = Some(Wire::default());
    rig.caller.connected();
    let output = rig.caller.poll(Some(&job), &mut rig.rx, &mut rig.tx, now);
    assert!(matches!(output, Ok(Output::Wait { .. })));
    rig.caller.set_token("xoxb-2").expect("a token");
    starts(&rig.run(Some(&job), 1000).expect("an outcome"), "accepted");
    assert_eq!(rig.world.requests.len(), 1);
    assert!(rig.world.requests[0].contains("Bearer xoxb-2\r\n"));
    assert_eq!(rig.world.disconnects, 1);
}

#[test]
fn posts_are_made_in_order_and_paced() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new(vec![ok(); 5]));
    let other = TestMethod {
        channel: Some("C2"),
        ..POST
    };
    for _ in 0..4 {
        rig.post(&POST, None);
    }
    rig.post(&other, None);
    assert_eq!(rig.caller.pending_posts(), 5);
    let begun = rig.world.now;
    // The fourth to the first channel has to wait, and that to the other one passes it.
    for (outcome, at) in [
        ("1 accepted", 0),
        ("2 accepted", 0),
        ("3 accepted", 0),
        ("5 accepted", 0),
        ("4 accepted", 1000),
    ] {
        assert_eq!(rig.outcome(), outcome);
        assert_eq!(rig.world.now, begun + at, "{outcome}");
    }
    assert_eq!((rig.world.connects, rig.caller.pending_posts()), (1, 0));
    assert!(rig.world.requests[0].ends_with("\r\n\r\nchannel=C1"));
    assert!(rig.world.requests[3].ends_with("\r\n\r\nchannel=C2"));
}

#[test]
fn posts_wait_while_there_is_no_network() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok()]));
    rig.world.is_down = true;
    rig.post(&POST, None);
    rig.pass(3_600_000);
    let tries = rig.world.connects;
    assert!((60..200).contains(&tries), "{tries} in an hour");
    rig.world.is_down = false;
    assert_eq!(rig.outcome(), "1 accepted");
}

#[test]
fn a_post_waits_after_a_rate_limit_and_after_an_error_of_the_edge() {
    let limited = response("429 Too Many Requests\r\nRetry-After: 30", "");
    let down = response("503 Service Unavailable", "<html>");
    let mut memory = Memory::new();
    let acts = [Act::Send(limited), Act::Send(down), ok()];
    let mut rig = Rig::new(&mut memory, World::new(acts));
    let begun = rig.world.now;
    rig.post(&POST, None);
    assert_eq!(rig.outcome(), "1 accepted");
    assert!(rig.world.now >= begun + 30_500);
    assert_eq!(rig.world.requests.len(), 3);
}

#[test]
fn a_post_is_never_made_twice() {
    for (act, outcome) in [
        (Act::Close, "1 unconfirmed"),
        (Act::Silence, "1 unconfirmed"),
        (Act::SendAndClose("HTTP/1.1 2".into()), "1 unconfirmed"),
        (
            Act::Send(response("500 Internal Server Error", "")),
            "1 unconfirmed",
        ),
        (Act::Send(response("404 Not Found", "")), "1 failed"),
        (
            Act::Send(response("200 OK", r#"{"ok":false,"error":"is_archived"}"#)),
            "1 refused is_archived",
        ),
    ] {
        let mut memory = Memory::new();
        let mut rig = Rig::new(&mut memory, World::new([act, ok()]));
        rig.post(&POST, None);
        starts(&rig.outcome(), outcome);
        assert_eq!(rig.caller.pending_posts(), 0);
        rig.pass(100_000);
        assert_eq!(rig.world.requests.len(), 1);
        rig.post(&POST, None);
        assert_eq!(rig.outcome(), "2 accepted");
    }
}

#[test]
fn a_post_whose_link_ended_before_the_first_byte_is_made_again() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok(), ok()]));
    rig.post(&POST, None);
    assert_eq!(rig.outcome(), "1 accepted");
    rig.world.ends_before_write = true;
    rig.post(&POST, None);
    let begun = rig.world.now;
    assert_eq!(rig.outcome(), "2 accepted");
    assert_eq!((rig.world.now, rig.world.connects), (begun, 2));
}

#[test]
fn a_post_expires_in_time_whatever_it_waits_for() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([]));
    rig.world.is_down = true;
    let begun = rig.world.now;
    rig.post(&POST, Some(60_000));
    rig.post(&POST, Some(10_000));
    assert_eq!(rig.outcome(), "2 expired");
    assert_eq!(rig.world.now, begun + 10_000);
    assert_eq!(rig.outcome(), "1 expired");
    assert_eq!(rig.world.now, begun + 60_000);
    // One whose request is on the link does not.
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([Act::Silence]));
    rig.post(&POST, Some(5000));
    starts(&rig.outcome(), "1 unconfirmed");
}

#[test]
fn a_post_is_withdrawn_while_it_waits() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok()]));
    let (first, second) = (rig.post(&POST, Some(1000)), rig.post(&POST, None));
    assert!(rig.caller.withdraw(first));
    assert!(!rig.caller.withdraw(first));
    assert_eq!(rig.outcome(), "1 withdrawn");
    assert_eq!(rig.outcome(), "2 accepted");
    assert!(!rig.caller.withdraw(second));
    assert_eq!(rig.caller.pending_posts(), 0);
}

#[test]
fn a_call_goes_before_posts_and_both_have_their_outcome() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new(vec![ok(); 3]));
    rig.post(&POST, None);
    rig.post(&POST, None);
    starts(&rig.call(&READ), "accepted");
    assert!(rig.world.requests[0].starts_with("POST /api/users.info "));
    assert_eq!(rig.outcome(), "1 accepted");
    assert_eq!(rig.outcome(), "2 accepted");
}

#[test]
fn a_call_that_begins_during_a_post_follows_it() {
    let mut memory = Memory::new();
    let mut world = World::new(vec![ok(); 2]);
    world.step = 16;
    let mut rig = Rig::new(&mut memory, world);
    rig.post(&POST, None);
    let now = Instant::from_millis(rig.world.now);
    let output = rig.caller.poll(None, &mut rig.rx, &mut rig.tx, now);
    assert!(matches!(output, Ok(Output::Connect { .. })));
    rig.world.link = Some(Wire::default());
    rig.world.connects = 1;
    rig.caller.connected();
    let output = rig.caller.poll(None, &mut rig.rx, &mut rig.tx, now);
    assert!(matches!(output, Ok(Output::Wait { .. })));
    let job = Job::new(&READ, &paths::CALL);
    rig.caller.begin(&job).expect("no limit");
    let first = rig.run(Some(&job), 1000).expect("an outcome");
    assert_eq!(first, "1 accepted");
    let second = rig.run(Some(&job), 1000).expect("an outcome");
    assert_eq!(second, "accepted");
    assert_eq!((rig.world.connects, rig.world.requests.len()), (1, 2));
}

#[test]
fn a_post_without_room_changes_nothing() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new(vec![ok(); 8]));
    let mut stored = 0;
    let error = loop {
        match rig.caller.post(&POST, Some(Duration::from_secs(60))) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, PostError::Full(_)), "{error}");
    assert_eq!(rig.caller.pending_posts(), stored);
    for id in 1..=stored {
        assert_eq!(rig.outcome(), format!("{id} accepted"));
    }
    rig.pass(1000);
    assert_eq!(rig.world.requests.len(), stored);
    // Without memory for messages nothing can wait.
    let mut memory = Memory::new();
    let (config, token) = (CallerConfig::new(), Token::<16>::new());
    let entropy = from_fn(random);
    let caller = Caller::new(config, "xoxb-1", token, &mut memory.rates, entropy);
    let error = caller.expect("usable").post(&POST, None).err();
    assert_eq!(error, Some(PostError::NoOutbox));
}

#[test]
fn a_post_whose_time_ended_during_a_request_that_never_left_expires() {
    let mut memory = Memory::new();
    let mut world = World::new([]);
    world.step = 0;
    let mut rig = Rig::new(&mut memory, world);
    let begun = rig.world.now;
    rig.post(&POST, Some(5000));
    assert_eq!(rig.outcome(), "1 expired");
    assert_eq!(rig.world.now, begun + 15_000);
}

#[test]
fn names_that_the_memory_cannot_hold_are_refused_and_others_are_posted() {
    // 128 characters, 256 bytes.
    const NAMES: [(&str, bool); 3] = [
        (
            "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé",
            false,
        ),
        ("", true),
        ("é", true),
    ];
    for (channel, is_stored) in NAMES {
        let mut memory = Memory::new();
        let mut rig = Rig::new(&mut memory, World::new([ok()]));
        let method = TestMethod {
            channel: Some(channel),
            ..POST
        };
        let posted = rig.caller.post(&method, None);
        if is_stored {
            assert_eq!(rig.outcome(), "1 accepted");
        } else {
            let Err(PostError::Request(RequestError::Argument(error))) = posted else {
                panic!("{posted:?}");
            };
            assert_eq!(error.found, channel.len());
            assert_eq!(rig.caller.pending_posts(), 0);
        }
    }
}

#[test]
fn posts_wait_for_a_new_token_when_theirs_has_expired() {
    let expired = response("200 OK", r#"{"ok":false,"error":"token_expired"}"#);
    let mut memory = Memory::new();
    let acts = [
        ok(),
        Act::Send(expired.clone()),
        ok(),
        ok(),
        Act::Send(expired),
    ];
    let mut rig = Rig::new(&mut memory, World::new(acts));
    for _ in 0..3 {
        rig.post(&POST, None);
    }
    assert_eq!(rig.outcome(), "1 accepted");
    assert_eq!(rig.outcome(), "the token has expired");
    rig.pass(3_600_000);
    assert_eq!(
        (rig.world.requests.len(), rig.caller.pending_posts()),
        (2, 2)
    );
    rig.caller.set_token("xoxb-2").expect("a token");
    assert_eq!(rig.outcome(), "2 accepted");
    assert_eq!(rig.outcome(), "3 accepted");
    assert!(rig.world.requests[2].contains("Bearer xoxb-2\r\n"));
    // A call ends, so that the program can repeat it.
    assert_eq!(rig.call(&READ), "refused token_expired");
}

#[test]
fn a_retry_after_holds_with_one_slot_and_without_any() {
    for slots in 0..=2 {
        let mut memory = Memory::new();
        let limited = "429 Too Many Requests\r\nRetry-After: 30";
        let acts = [Act::Send(response(limited, "")), ok(), ok()];
        let (rates, _) = memory.rates.split_at_mut(slots);
        let entropy: Random = random;
        let caller = Caller::new(
            CallerConfig::new(),
            "xoxb-1",
            OwnedStorage::new(),
            rates,
            from_fn(entropy),
        );
        let mut rig = Rig {
            caller: caller.expect("usable"),
            rx: RecvBuf::new(&mut memory.rx),
            tx: SendBuf::new(&mut memory.tx),
            world: World::new(acts),
        };
        let begun = rig.world.now;
        rig.post(&POST, None);
        assert_eq!(rig.outcome(), "1 accepted", "{slots}");
        assert!(rig.world.now - begun >= 30_000, "{slots}");
        assert_eq!(rig.world.requests.len(), 2);
    }
}

#[test]
fn a_link_that_was_never_used_is_too_old_at_some_time_too() {
    let mut memory = Memory::new();
    let mut rig = Rig::new(&mut memory, World::new([ok()]));
    let job = Job::new(&READ, &paths::CALL);
    rig.caller.begin(&job).expect("usable");
    // The call is abandoned while the link opens.
    let now = Instant::from_millis(rig.world.now);
    let output = rig.caller.poll(Some(&job), &mut rig.rx, &mut rig.tx, now);
    assert!(matches!(output, Ok(Output::Connect { .. })));
    rig.world.link = Some(Wire::default());
    rig.caller.connected();
    rig.pass(3_600_000);
    assert_eq!(rig.call(&POST), "accepted");
    assert_eq!((rig.world.connects, rig.world.disconnects), (1, 1));
}

#[test]
fn a_call_that_waits_for_a_post_ends_in_time() {
    let mut memory = Memory::new();
    let world = World::new([Act::Silence]);
    let config = CallerConfig::new().total(Duration::from_secs(5));
    let mut rig = Rig::with_config(&mut memory, world, config);
    rig.post(&POST, None);
    rig.pass(1000);
    let begun = rig.world.now;
    starts(&rig.call(&READ), "failed the call was not done in time");
    assert_eq!(rig.world.now - begun, 5000);
    // The post goes on.
    starts(&rig.outcome(), "1 unconfirmed");
}
