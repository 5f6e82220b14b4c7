//! Calls and posts whose link ends after every byte of a request, and of a response.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, FromFn, from_fn};
use slack_rtm::methods::chat::PostMessage;
use slack_rtm::methods::users::UserInfo;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    Arguments, CallError, Caller, CallerConfig, CallerEvent, Job, Method, MethodInfo, RateSlot,
    Repetition, ResponseError, paths,
};
use slack_rtm::{DisconnectReason, MessageId, Output, OwnedStorage};
use std::collections::VecDeque;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";
const OK_IN_CHUNKS: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
6\r\n{\"ok\":\r\n5\r\ntrue}\r\n0\r\n\r\n";
const LIMITED: &str =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n";
const DOWN: &str =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 6\r\n\r\n<html>";

/// The pause in [`LIMITED`] and [`DOWN`].
const PAUSE_MS: u64 = 30_000;

/// The method whose repetition does its work again.
fn unsafe_method() -> PostMessage<'static> {
    PostMessage::new("C1", "a message")
}

/// The method whose repetition is harmless.
fn harmless_method() -> UserInfo<'static> {
    UserInfo::new("U1")
}

/// Where the first link ends: the number of the request on it, from 0, and the bytes of it that the
/// link took, or the bytes of its response that the link brought.
#[derive(Clone, Copy, Debug)]
enum Position {
    Request(usize, usize),
    Response(usize, usize),
    Nowhere,
}

/// How the first link ends, and how bytes move.
#[derive(Clone, Copy, Debug)]
struct Case {
    position: Position,
    reason: DisconnectReason,
    /// The most bytes that move between two polls, in each direction.
    step: usize,
    /// Whether the end is reported before the poll that reads the last bytes.
    is_together: bool,
}

impl Case {
    const SOUND: Self = Self {
        position: Position::Nowhere,
        reason: DisconnectReason::Closed,
        step: usize::MAX,
        is_together: false,
    };
}

/// The cases of one position.
fn cases(position: Position) -> impl Iterator<Item = Case> {
    let reasons = [DisconnectReason::Closed, DisconnectReason::Reset];
    reasons.into_iter().flat_map(move |reason| {
        [
            (usize::MAX, true),
            (usize::MAX, false),
            (1, true),
            (7, false),
        ]
        .map(|(step, is_together)| Case {
            position,
            reason,
            step,
            is_together,
        })
    })
}

/// A link, at the side of the server.
#[derive(Default)]
struct Wire {
    /// The number of requests that came whole.
    served: usize,
    request: String,
    response: VecDeque<u8>,
    /// The bytes of the present response that have left.
    sent: usize,
    is_over: bool,
}

struct World {
    now: u64,
    case: Case,
    /// The responses, in order; [`OK`] after them.
    responses: VecDeque<&'static str>,
    link: Option<Wire>,
    connects: usize,
    /// The requests that came whole, and when.
    requests: Vec<(String, u64)>,
}

impl World {
    /// Moves bytes. Returns whether any moved, and whether the end of the link is visible now.
    fn transfer(&mut self, rx: &mut RecvBuf<'_>, tx: &mut SendBuf<'_>) -> (bool, bool) {
        let Some(wire) = &mut self.link else {
            return (false, false);
        };
        if wire.is_over {
            return (false, true);
        }
        let case = match self.connects {
            1 => self.case,
            _ => Case {
                position: Position::Nowhere,
                ..self.case
            },
        };
        let mut count = tx.pending().len().min(case.step);
        if let Position::Request(number, bytes) = case.position
            && number == wire.served
        {
            count = count.min(bytes - wire.request.len());
            // The end comes when the machine wants to send the rest, not between two calls.
            wire.is_over = count == 0 && !tx.pending().is_empty();
        }
        wire.request
            .push_str(std::str::from_utf8(&tx.pending()[..count]).expect("ASCII"));
        tx.sent(count);
        let mut has_moved = count > 0;
        if is_whole(&wire.request) {
            let request = std::mem::take(&mut wire.request);
            self.requests.push((request, self.now));
            let response = self.responses.pop_front().unwrap_or(OK);
            wire.response.extend(response.bytes());
            wire.served += 1;
            wire.sent = 0;
        }
        let mut count = rx.space().len().min(wire.response.len()).min(case.step);
        if let Position::Response(number, bytes) = case.position
            && number + 1 == wire.served
        {
            count = count.min(bytes - wire.sent);
            wire.is_over = wire.sent + count == bytes;
        }
        for (to, from) in rx.space().iter_mut().zip(wire.response.drain(..count)) {
            *to = from;
        }
        rx.filled(count);
        wire.sent += count;
        has_moved |= count > 0;
        (has_moved, wire.is_over && (case.is_together || !has_moved))
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("Content-Length: "));
    let length = length.expect("a length").parse::<usize>();
    body.len() == length.expect("a number")
}

/// An outcome, without what it lends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Accepted,
    RateLimited,
    Failed(CallError),
    Unconfirmed,
}

struct Memory {
    rx: [u8; 512],
    tx: [u8; 256],
    rates: [RateSlot; 4],
}

type Random = fn(&mut [u8]) -> Result<(), EntropyError>;

fn random(out: &mut [u8]) -> Result<(), EntropyError> {
    out.fill(0x80);
    Ok(())
}

/// A machine and its world.
struct Rig<'m> {
    caller: Caller<'m, FromFn<Random>, OwnedStorage<16, 512>>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    world: World,
    /// The outcomes of posts that came, in order.
    posts: Vec<(MessageId, Outcome)>,
}

/// Runs `test` with a machine in a world.
fn with_rig(case: Case, responses: &[&'static str], test: impl FnOnce(&mut Rig<'_>)) {
    let mut memory = Memory {
        rx: [0; 512],
        tx: [0; 256],
        rates: [RateSlot::FREE; 4],
    };
    let (storage, entropy) = (OwnedStorage::new(), from_fn(random as Random));
    let caller = Caller::new(
        CallerConfig::new(),
        "xoxb-1",
        storage,
        &mut memory.rates,
        entropy,
    );
    test(&mut Rig {
        caller: caller.expect("usable"),
        rx: RecvBuf::new(&mut memory.rx),
        tx: SendBuf::new(&mut memory.tx),
        world: World {
            now: 1_000_000,
            case,
            responses: responses.iter().copied().collect(),
            link: None,
            connects: 0,
            requests: Vec::new(),
        },
        posts: Vec::new(),
    });
}

impl Rig<'_> {
    /// Polls until the outcome of the call or of a post. Returns `None` if the machine waits longer
    /// than an hour.
    fn run(&mut self, job: Option<&Job<'_>>) -> Option<Outcome> {
        let limit = self.world.now + 3_600_000;
        loop {
            let Self {
                caller,
                rx,
                tx,
                world,
                posts,
            } = self;
            let output = caller.poll(job, rx, tx, Instant::from_millis(world.now));
            let (id, outcome) = match output.expect("randomness") {
                Output::Connect { .. } => {
                    world.connects += 1;
                    world.link = Some(Wire::default());
                    caller.connected();
                    continue;
                }
                Output::Disconnect => {
                    assert!(tx.pending().is_empty(), "an adapter would send it");
                    world.link = None;
                    caller.disconnected(DisconnectReason::Closed);
                    continue;
                }
                Output::Wait { until, .. } => {
                    let (has_moved, has_ended) = world.transfer(rx, tx);
                    if has_ended {
                        world.link = None;
                        caller.disconnected(world.case.reason);
                    } else if !has_moved {
                        if until.as_millis() > limit {
                            world.now = limit;
                            return None;
                        }
                        world.now = world.now.max(until.as_millis());
                    }
                    continue;
                }
                Output::Event(event) => match event {
                    CallerEvent::Accepted(_) => (None, Outcome::Accepted),
                    CallerEvent::Refused(error) => {
                        assert_eq!(error.code().as_str(), "ratelimited");
                        (None, Outcome::RateLimited)
                    }
                    CallerEvent::Failed(error) => (None, Outcome::Failed(error)),
                    CallerEvent::Unconfirmed(_) => (None, Outcome::Unconfirmed),
                    CallerEvent::PostAccepted(id, _) => (Some(id), Outcome::Accepted),
                    CallerEvent::PostFailed(id, error) => (Some(id), Outcome::Failed(error)),
                    CallerEvent::PostUnconfirmed(id, _) => (Some(id), Outcome::Unconfirmed),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            };
            match id {
                Some(id) => posts.push((id, outcome.clone())),
                None => assert!(job.is_some(), "an outcome of nothing"),
            }
            return Some(outcome);
        }
    }

    /// Makes one call. Returns its outcome.
    fn call(&mut self, method: &dyn Method) -> Outcome {
        let job = Job::new(method, &paths::CALL);
        self.caller.begin(&job).expect("no limit");
        let outcome = self.run(Some(&job)).expect("an outcome");
        assert!(!self.caller.is_calling());
        outcome
    }

    /// Makes a call that must succeed, and waits for an hour: nothing has a second outcome.
    fn still_works(&mut self, case: &impl std::fmt::Debug) {
        let count = self.world.requests.len();
        assert_eq!(self.call(&harmless_method()), Outcome::Accepted, "{case:?}");
        assert_eq!(self.run(None), None, "{case:?}");
        assert_eq!(self.world.requests.len(), count + 1, "{case:?}");
    }

    /// The number of whole requests of a method.
    fn count(&self, method: &dyn Method) -> usize {
        let line = format!("POST /api/{} ", method.info().name);
        let requests = self.world.requests.iter();
        requests.filter(|(text, _)| text.starts_with(&line)).count()
    }
}

/// Returns the length of a request.
fn length_of(method: &dyn Method) -> usize {
    let mut length = 0;
    with_rig(Case::SOUND, &[], |rig| {
        assert_eq!(rig.call(method), Outcome::Accepted);
        length = rig.world.requests[0].0.len();
    });
    length
}

/// Every position in two requests of these lengths, and in their responses of this one.
fn positions(requests: [usize; 2], response: usize) -> Vec<Position> {
    let mut all = Vec::new();
    for (number, request) in requests.into_iter().enumerate() {
        all.extend((0..request).map(|bytes| Position::Request(number, bytes)));
        all.extend((0..=response).map(|bytes| Position::Response(number, bytes)));
    }
    all
}

#[test]
fn a_call_has_one_outcome_wherever_its_link_ends() {
    let (unsafe_method, harmless) = (unsafe_method(), harmless_method());
    let methods: [(&dyn Method, bool); 2] = [(&unsafe_method, false), (&harmless, true)];
    for (response, (method, is_harmless)) in [OK, OK_IN_CHUNKS]
        .into_iter()
        .flat_map(|response| methods.map(|method| (response, method)))
    {
        let length = length_of(method);
        // A document shows its end before the last bytes of a body in chunks.
        let document_end = response.rfind('}').expect("a document") + 1;
        let positions = positions([length; 2], response.len());
        for case in positions.into_iter().flat_map(cases) {
            let is_complete = |bytes| match case.reason {
                DisconnectReason::Closed => bytes >= document_end,
                _ => bytes == response.len(),
            };
            // The call that the end meets, its outcome, and the whole requests with it.
            let (cut, expected, count) = match case.position {
                Position::Request(cut, 0) => (cut, Outcome::Accepted, 2),
                Position::Request(cut, _) if is_harmless => (cut, Outcome::Accepted, 2),
                Position::Request(cut, _) => (cut, Outcome::Unconfirmed, 1),
                Position::Response(cut, bytes) if is_complete(bytes) => (cut, Outcome::Accepted, 2),
                Position::Response(cut, _) if is_harmless => (cut, Outcome::Accepted, 3),
                Position::Response(cut, _) => (cut, Outcome::Unconfirmed, 2),
                Position::Nowhere => continue,
            };
            with_rig(case, &[response; 3], |rig| {
                for number in 0..2 {
                    let outcome = rig.call(method);
                    let is_expected = match number == cut {
                        true => outcome == expected,
                        false => outcome == Outcome::Accepted,
                    };
                    assert!(is_expected, "{case:?}, call {number}: {outcome:?}");
                }
                assert_eq!(rig.count(method), count, "{case:?}");
                assert!(rig.world.connects <= 2, "{case:?}");
                rig.still_works(&case);
            });
        }
    }
}

#[test]
fn a_post_has_one_outcome_wherever_its_link_ends_and_is_never_made_twice() {
    let (unsafe_method, harmless) = (unsafe_method(), harmless_method());
    let methods: [(&dyn Method, bool); 2] = [(&unsafe_method, false), (&harmless, true)];
    for (method, is_harmless) in methods {
        let length = length_of(method);
        for position in positions([length; 2], OK.len()) {
            let (cut, expected, count) = match position {
                Position::Request(cut, 0) => (cut, Outcome::Accepted, 3),
                Position::Request(cut, _) if is_harmless => (cut, Outcome::Accepted, 3),
                Position::Request(cut, _) => (cut, Outcome::Unconfirmed, 2),
                Position::Response(cut, bytes) if bytes == OK.len() => (cut, Outcome::Accepted, 3),
                Position::Response(cut, _) if is_harmless => (cut, Outcome::Accepted, 4),
                Position::Response(cut, _) => (cut, Outcome::Unconfirmed, 3),
                Position::Nowhere => continue,
            };
            for case in cases(position) {
                with_rig(case, &[], |rig| {
                    let ids = [(); 3].map(|()| rig.caller.post(method, None).expect("room"));
                    for _ in ids {
                        rig.run(None).expect("an outcome");
                    }
                    let mut posts = std::mem::take(&mut rig.posts);
                    posts.sort_by_key(|(id, _)| id.as_u32());
                    for (number, id) in ids.into_iter().enumerate() {
                        let outcome = match number == cut {
                            true => expected.clone(),
                            false => Outcome::Accepted,
                        };
                        assert_eq!(posts[number], (id, outcome), "{case:?}");
                    }
                    assert_eq!(rig.caller.pending_posts(), 0, "{case:?}");
                    assert_eq!(rig.count(method), count, "{case:?}");
                    rig.still_works(&case);
                });
            }
        }
    }
}

/// The bytes of a response up to the end of its status line, and of its head.
fn ends_of(response: &str) -> [usize; 2] {
    ["\r\n", "\r\n\r\n"].map(|end| response.find(end).expect("a head") + end.len())
}

#[test]
fn an_error_of_the_server_counts_as_soon_as_its_status_is_there() {
    let (unsafe_method, harmless) = (unsafe_method(), harmless_method());
    let methods: [(&dyn Method, bool); 2] = [(&unsafe_method, false), (&harmless, true)];
    for response in [LIMITED, DOWN] {
        let [status, head] = ends_of(response);
        for (bytes, (method, is_harmless)) in
            (0..=response.len()).flat_map(|bytes| methods.map(|method| (bytes, method)))
        {
            for case in cases(Position::Response(1, bytes)) {
                with_rig(case, &[OK, response], |rig| {
                    assert_eq!(rig.call(method), Outcome::Accepted);
                    let begun = rig.world.now;
                    let outcome = rig.call(method);
                    let is_expected = match &outcome {
                        Outcome::Accepted => bytes < status && is_harmless,
                        Outcome::Unconfirmed => bytes < status && !is_harmless,
                        Outcome::RateLimited => bytes >= head && response == LIMITED,
                        Outcome::Failed(CallError::Response(ResponseError::Status { .. })) => {
                            bytes >= status && (bytes < head || response == DOWN)
                        }
                        Outcome::Failed(_) => false,
                    };
                    assert!(is_expected, "{case:?} {response:?}: {outcome:?}");
                    rig.call(method);
                    let (_, last) = rig.world.requests.last().expect("a request");
                    if bytes >= head {
                        assert!(*last >= begun + PAUSE_MS, "{case:?} {response:?}");
                    } else if bytes >= status {
                        assert!(*last > begun, "{case:?} {response:?}");
                    }
                    rig.still_works(&case);
                });
            }
        }
    }
}

#[test]
fn a_post_waits_after_an_error_of_the_server_wherever_its_response_is_cut() {
    let (unsafe_method, harmless) = (unsafe_method(), harmless_method());
    let methods: [(&dyn Method, bool); 2] = [(&unsafe_method, false), (&harmless, true)];
    for response in [LIMITED, DOWN] {
        let [status, head] = ends_of(response);
        for (bytes, (method, is_harmless)) in
            (0..=response.len()).flat_map(|bytes| methods.map(|method| (bytes, method)))
        {
            for case in cases(Position::Response(0, bytes)) {
                with_rig(case, &[response], |rig| {
                    rig.caller.post(method, None).expect("room");
                    let begun = rig.world.now;
                    let outcome = rig.run(None).expect("an outcome");
                    let expected = match bytes < status && !is_harmless {
                        true => Outcome::Unconfirmed,
                        false => Outcome::Accepted,
                    };
                    assert_eq!(outcome, expected, "{case:?} {response:?}");
                    let waited = rig.world.now - begun;
                    if bytes >= head {
                        assert!(waited >= PAUSE_MS, "{case:?} {response:?}: {waited}");
                    } else if bytes >= status {
                        assert!(waited > 0, "{case:?} {response:?}: {waited}");
                    }
                    assert_eq!(rig.caller.pending_posts(), 0);
                    rig.still_works(&case);
                });
            }
        }
    }
}

#[test]
fn a_harmless_post_is_made_again_after_a_silence_at_any_byte_of_its_response() {
    for bytes in 0..OK.len() {
        with_rig(Case::SOUND, &[&OK[..bytes]], |rig| {
            rig.caller.post(&harmless_method(), None).expect("room");
            assert_eq!(rig.run(None), Some(Outcome::Accepted), "{bytes}");
            assert_eq!(rig.count(&harmless_method()), 2, "{bytes}");
            rig.still_works(&bytes);
        });
    }
}

#[test]
fn bytes_before_a_request_on_a_kept_link_are_no_response_to_it() {
    let surplus = [
        OK,
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "not HTTP\r\n\r\n",
    ];
    let (unsafe_method, harmless) = (unsafe_method(), harmless_method());
    let methods: [&dyn Method; 2] = [&unsafe_method, &harmless];
    for (surplus, method) in surplus.iter().flat_map(|bytes| methods.map(|m| (bytes, m))) {
        for bytes in 1..=surplus.len() {
            // With the first response, between the calls, and after the second call has begun.
            for arrival in 0..3 {
                let first = format!("{OK}{}", &surplus[..bytes]);
                let first: &'static str = match arrival {
                    0 => first.leak(),
                    _ => OK,
                };
                with_rig(Case::SOUND, &[first], |rig| {
                    let context = (surplus, bytes, arrival);
                    let put = |rig: &mut Rig<'_>| {
                        rig.rx.space()[..bytes].copy_from_slice(&surplus.as_bytes()[..bytes]);
                        rig.rx.filled(bytes);
                    };
                    assert_eq!(rig.call(method), Outcome::Accepted);
                    let job = Job::new(method, &paths::CALL);
                    let now = Instant::from_millis(rig.world.now);
                    match arrival {
                        0 => {}
                        1 => put(rig),
                        _ => {
                            rig.caller.begin(&job).expect("no limit");
                            let Rig { caller, rx, tx, .. } = rig;
                            let output = caller.poll(Some(&job), rx, tx, now);
                            assert!(matches!(output, Ok(Output::Wait { .. })));
                            assert!(!rig.tx.pending().is_empty());
                            put(rig);
                        }
                    }
                    if arrival < 2 {
                        rig.caller.begin(&job).expect("no limit");
                    }
                    let outcome = rig.run(Some(&job)).expect("an outcome");
                    assert_eq!(outcome, Outcome::Accepted, "{context:?}");
                    assert_eq!(rig.count(method), 2, "{context:?}");
                    assert_eq!(rig.world.connects, 2, "{context:?}");
                    rig.still_works(&context);
                });
            }
        }
    }
}

slack_rtm::paths! {
    /// Users, as elements.
    const USERS extends paths::CALL {
        const MEMBERS = Element "members[]";
    }
}

/// `users.list`, in one page.
struct UserList;

impl Method for UserList {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("users.list").repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("limit", "200");
    }
}

#[test]
fn a_call_is_not_repeated_after_an_element_of_its_response() {
    let body = r#"{"members":[{"id":"U1"},{"id":"U2"}],"ok":true}"#;
    let length = body.len();
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").leak();
    for bytes in 0..response.len() {
        let case = Case {
            position: Position::Response(0, bytes),
            ..Case::SOUND
        };
        with_rig(case, &[response, response], |rig| {
            let job = Job::new(&UserList, &USERS);
            rig.caller.begin(&job).expect("no limit");
            let (mut elements, mut outcome) = (0, None);
            while outcome.is_none() {
                let Rig {
                    caller,
                    rx,
                    tx,
                    world,
                    ..
                } = rig;
                let now = Instant::from_millis(world.now);
                match caller.poll(Some(&job), rx, tx, now).expect("randomness") {
                    Output::Connect { .. } => {
                        world.connects += 1;
                        world.link = Some(Wire::default());
                        caller.connected();
                    }
                    Output::Disconnect => {
                        world.link = None;
                        caller.disconnected(DisconnectReason::Closed);
                    }
                    Output::Wait { .. } => {
                        if world.transfer(rx, tx).1 {
                            world.link = None;
                            caller.disconnected(DisconnectReason::Closed);
                        }
                    }
                    Output::Event(CallerEvent::Element(_)) => elements += 1,
                    Output::Event(CallerEvent::Accepted(_)) => outcome = Some(true),
                    Output::Event(CallerEvent::Failed(_)) => outcome = Some(false),
                    other => panic!("{other:?}"),
                }
            }
            let has_elements = bytes > response.find("},").expect("an element");
            assert_eq!(outcome, Some(!has_elements), "{bytes}");
            assert_eq!(rig.world.requests.len(), 2 - usize::from(has_elements));
            assert!(has_elements || elements == 2, "{bytes}: {elements}");
            rig.still_works(&Duration::from_millis(bytes as u64));
        });
    }
}
