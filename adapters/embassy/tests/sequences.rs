//! Lists in pages and uploads over a network in memory: every element and every byte once, futures
//! that are dropped at any await point, slow sources and failures.

mod support;

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::{pending, poll_fn};
use std::pin::pin;

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError};
use slack_rtm::methods::chat::{self, PostMessage};
use slack_rtm::methods::files::GetUploadUrl;
use slack_rtm::methods::upload::{Upload, UploadStage};
use slack_rtm::methods::users::{ListUsers, USERS};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    ArgumentsIn, CallError, Caller, CallerConfig, CallerEvent, Job, Pages, RateSlot, RequestError,
    SequenceError, paths,
};
use slack_rtm::{DisconnectReason, OwnedStorage};
use slack_rtm_embassy::clock::Clock;
use slack_rtm_embassy::link::Cleartext;
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::upload::{UploadFailure, UploadSource};
use slack_rtm_embassy::web_api::{CallFailure, WebApi};
use slack_rtm_embassy::wire::Wire;
use support::{Dropper, Drops, Line, Network, TestClock, dropped_after, random, response, run};

mod heap {
    //! Counts allocations of this thread while that is wanted.

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    thread_local! {
        static COUNTS: Cell<bool> = const { Cell::new(false) };
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }

    struct Counting;

    // SAFETY: the calls are passed on to the system's allocator as they came.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if COUNTS.get() {
                COUNT.set(COUNT.get() + 1);
            }
            // SAFETY: the caller keeps the contract of this very function.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
            // SAFETY: likewise.
            unsafe { System.dealloc(memory, layout) }
        }
    }

    #[global_allocator]
    static HEAP: Counting = Counting;

    /// Returns the number of allocations in `run`, and its result.
    pub(crate) fn count<T>(run: impl FnOnce() -> T) -> (u32, T) {
        COUNT.set(0);
        COUNTS.set(true);
        let result = run();
        COUNTS.set(false);
        (COUNT.get(), result)
    }
}

const CONFIG: CallerConfig<'static> = CallerConfig::new()
    .api_base("http://slack.test/api/")
    .allow_insecure()
    .arguments_in(ArgumentsIn::Form);

const DOMAINS: [&str; 1] = ["slack.test"];

/// The program of a test.
type Api<'a, 'e, const IN: usize, const OUT: usize> =
    WebApi<'a, TestClock, &'e mut dyn Entropy, OwnedStorage<16, 512>, NoopRawMutex, IN, OUT>;

/// The reply of the server to a request.
#[derive(Clone, Debug)]
enum Reply {
    With(&'static str, String),
    /// Sends half of the response, and closes.
    Half(String),
    /// Closes after so many bytes of the body.
    CutAfter(usize),
    /// Responds after so many bytes of the body, and reads no more.
    Early(usize, &'static str, &'static str),
    Silence,
}

fn json(body: &str) -> Reply {
    Reply::With("200 OK", body.into())
}

/// A request that arrived, or a part of one that had its reply before.
#[derive(Clone, Debug)]
struct Arrived {
    number: u32,
    host: String,
    head: String,
    body: Vec<u8>,
    is_whole: bool,
}

impl Arrived {
    fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    fn argument(&self, name: &str) -> Option<&str> {
        let form = std::str::from_utf8(&self.body).unwrap();
        let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// The Web API, and the host that takes files.
#[derive(Default)]
struct Server {
    number: u32,
    taken: Vec<u8>,
    /// Whether the connection is not read any more.
    is_deaf: bool,
    requests: Vec<Arrived>,
    /// The replies to the next requests. Afterwards it does what is asked.
    replies: VecDeque<Reply>,
    /// Pages of users, each with the cursor of the next one, and how many users each has.
    pages: Vec<usize>,
    appetite: usize,
    /// The name of the host in the URL for files.
    upload_host: &'static str,
}

impl Server {
    fn work(&mut self, line: &mut Line) {
        if self.number != line.number {
            self.number = line.number;
            self.taken.clear();
            self.is_deaf = false;
        }
        if !self.is_deaf {
            let count = line.to_server.len().min(self.appetite);
            self.taken.extend(line.to_server.drain(..count));
            self.serve(line);
        }
        line.wake();
    }

    fn serve(&mut self, line: &mut Line) {
        let Some(end) = self.taken.windows(4).position(|it| it == b"\r\n\r\n") else {
            return;
        };
        let head = String::from_utf8(self.taken[..end].to_vec()).unwrap();
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        assert_eq!(field("Host: "), Some(line.host.as_str()));
        let length: usize = field("Content-Length: ").unwrap().parse().unwrap();
        let body = self.taken[end + 4..].to_vec();
        assert!(body.len() <= length, "one request at a time");
        let is_whole = body.len() == length;
        let cut = match self.replies.front() {
            Some(Reply::CutAfter(count) | Reply::Early(count, ..)) => body.len() >= *count,
            _ => false,
        };
        if !is_whole && !cut {
            return;
        }
        let arrived = Arrived {
            number: line.number,
            host: line.host.clone(),
            head,
            body,
            is_whole,
        };
        let reply = self
            .replies
            .pop_front()
            .unwrap_or_else(|| self.reply(&arrived));
        self.requests.push(arrived);
        self.taken.clear();
        match reply {
            Reply::With(head, body) => line.to_client.extend(response(head, &body).bytes()),
            Reply::Half(body) => {
                let whole = response("200 OK", &body);
                line.to_client.extend(whole.bytes().take(whole.len() - 9));
                line.server_ended = true;
            }
            Reply::CutAfter(_) => line.server_ended = true,
            Reply::Early(_, head, body) => {
                line.to_client.extend(response(head, body).bytes());
                self.is_deaf = true;
            }
            Reply::Silence => {}
        }
    }

    /// Does what is asked.
    fn reply(&self, request: &Arrived) -> Reply {
        json(&match (request.host.as_str(), request.target()) {
            ("files.slack.test", "/upload/v1/F1") => {
                assert!(!request.head.contains("Authorization"));
                let text = format!("OK - {}", request.body.len());
                return Reply::With("200 OK\r\nContent-Type: text/plain", text);
            }
            ("slack.test", "/api/files.getUploadURLExternal") => format!(
                r#"{{"ok":true,"upload_url":"http:\/\/{}\/upload\/v1\/F1","file_id":"F1"}}"#,
                self.upload_host
            ),
            ("slack.test", "/api/users.list") => {
                let page = match request.argument("cursor") {
                    Some(cursor) => cursor.strip_prefix("page").unwrap().parse().unwrap(),
                    None => 0,
                };
                let users =
                    (0..self.pages[page]).map(|user| format!(r#"{{"id":"U{page}.{user}"}}"#));
                let users = users.collect::<Vec<_>>().join(",");
                let cursor = match page + 1 < self.pages.len() {
                    true => format!("page{}", page + 1),
                    false => String::new(),
                };
                format!(
                    r#"{{"ok":true,"members":[{users}],"response_metadata":{{"next_cursor":"{cursor}"}}}}"#
                )
            }
            _ => r#"{"ok":true,"ts":"1.0"}"#.into(),
        })
    }

    fn targets(&self) -> Vec<&str> {
        let targets = self.requests.iter().map(Arrived::target);
        targets
            .map(|target| target.rsplit(['.', '/']).next().unwrap())
            .collect()
    }

    fn cursors(&self) -> Vec<Option<&str>> {
        let lists = self.requests.iter();
        let lists = lists.filter(|it| it.target().ends_with("users.list"));
        lists.map(|it| it.argument("cursor")).collect()
    }

    /// Returns the files that arrived whole.
    fn files(&self) -> Vec<&[u8]> {
        let files = self.requests.iter();
        let files = files.filter(|it| it.host == "files.slack.test" && it.is_whole);
        files.map(|it| it.body.as_slice()).collect()
    }
}

/// A network, the server and how futures are dropped.
#[derive(Clone, Debug)]
struct Way {
    drops: Drops,
    window: usize,
    read_limit: usize,
    pages: &'static [usize],
    replies: Vec<Reply>,
    upload_host: &'static str,
    config: CallerConfig<'static>,
}

impl Way {
    fn new() -> Self {
        Self {
            drops: Drops::Never,
            window: 64,
            read_limit: 64,
            pages: &PAGES,
            replies: vec![],
            upload_host: "files.slack.test",
            config: CONFIG,
        }
    }

    fn replies(mut self, replies: impl Into<Vec<Reply>>) -> Self {
        self.replies = replies.into();
        self
    }
}

/// The ways in which futures are dropped, without those that drop a single one.
const EVERY: [Drops; 5] = [
    Drops::Each(1),
    Drops::Each(2),
    Drops::Each(3),
    Drops::Each(7),
    Drops::EachWoken,
];
/// Windows, and limits of reads.
const SPEEDS: [(usize, usize); 4] = [(1, 1), (64, 1), (7, 3), (64, 64)];

/// Runs `program`, a runner and the server until the program ends.
fn serve<const IN: usize, const OUT: usize>(
    way: &Way,
    program: impl AsyncFnOnce(&mut Api<'_, '_, IN, OUT>, &TestClock, &Dropper),
) -> (Server, Network, u32) {
    let mut random = random();
    serve_with(way, &mut random, program)
}

fn serve_with<const IN: usize, const OUT: usize>(
    way: &Way,
    random: &mut dyn Entropy,
    program: impl AsyncFnOnce(&mut Api<'_, '_, IN, OUT>, &TestClock, &Dropper),
) -> (Server, Network, u32) {
    let clock = TestClock::default();
    let network = Network::new(way.window, way.read_limit);
    let mut server = Server {
        replies: way.replies.clone().into(),
        pages: way.pages.to_vec(),
        appetite: way.window,
        upload_host: way.upload_host,
        ..Server::default()
    };
    let mut wire = Wire::<NoopRawMutex, IN, OUT>::new();
    let (end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let dropper = Dropper::new(way.drops);
    let program = async {
        let (mut rx, mut tx, mut rates) = ([0; 512], [0; 512], [RateSlot::FREE; 4]);
        let storage = OwnedStorage::new();
        let caller = Caller::new(way.config, "xoxb-test", storage, &mut rates, random).unwrap();
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut web_api = WebApi::new(caller, rx, tx, end, clock.clone());
        program(&mut web_api, &clock, &dropper).await;
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 1_000_000, &mut [pin!(program), running], |_| {
        server.work(&mut network.line.borrow_mut());
    });
    (server, network, dropper.pending.get())
}

/// Runs `program` in every way in which futures are dropped. It returns how many were pending.
fn in_every_way(way: &Way, program: impl Fn(&Way) -> u32) {
    let mut runs = 0;
    for (window, read_limit) in SPEEDS {
        let with = |drops| Way {
            drops,
            window,
            read_limit,
            ..way.clone()
        };
        for drops in EVERY {
            program(&with(drops));
        }
        for once in [Drops::Once, Drops::OnceWoken] {
            let (mut number, mut pending) = (0, 1);
            while number < pending {
                number += 1;
                pending = program(&with(once(number)));
            }
            runs += number;
        }
    }
    assert!(runs > 100, "{runs}");
}

const LIST: ListUsers<'static> = ListUsers::new();
/// Some users, none, fewer than before, one.
const PAGES: [usize; 4] = [3, 0, 2, 1];
const IDS: [&str; 6] = ["U0.0", "U0.1", "U0.2", "U2.0", "U2.1", "U3.0"];
const CURSORS: [Option<&str>; 4] = [None, Some("page1"), Some("page2"), Some("page3")];

/// Returns the ids of the elements until the end of the list or its failure.
async fn walk<const IN: usize, const OUT: usize>(
    web_api: &mut Api<'_, '_, IN, OUT>,
    pages: &mut Pages<'_>,
    dropper: &Dropper,
) -> (Vec<String>, Result<(), String>) {
    let mut users = web_api.list(pages);
    let mut ids = vec![];
    let end = loop {
        match dropper.poll(users.next()).await {
            None => {}
            Some(Ok(Some(user))) => ids.push(user.id().unwrap().to_owned()),
            Some(Ok(None)) => break Ok(()),
            Some(Err(failure)) => break Err(format!("{failure:?}")),
        }
    };
    for _ in 0..2 {
        assert!(matches!(users.next().await, Ok(None)));
    }
    (ids, end)
}

#[test]
fn the_elements_of_all_pages_come_once_though_futures_are_dropped() {
    in_every_way(&Way::new(), |way| {
        let (server, network, pending) = serve::<16, 16>(way, async |web_api, _, dropper| {
            let mut cursor = [0; 8];
            let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
            let (ids, end) = walk(web_api, &mut pages, dropper).await;
            assert_eq!(
                (ids, end),
                (IDS.map(String::from).to_vec(), Ok(())),
                "{way:?}"
            );
            assert_eq!(pages.cursor(), "");
        });
        assert_eq!(server.cursors(), CURSORS, "{way:?}");
        assert_eq!(network.line.borrow().number, 1, "{way:?}");
        pending
    });
}

#[test]
fn a_list_that_is_dropped_after_any_element_continues_with_its_page() {
    for taken in 0..=IDS.len() {
        let mut seen = vec![];
        let (server, ..) = serve::<16, 16>(&Way::new(), async |web_api, _, whole| {
            let mut cursor = [0; Pages::CURSOR];
            let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
            let mut users = web_api.list(&mut pages);
            for _ in 0..taken {
                let user = users.next().await.unwrap().unwrap();
                seen.push(user.id().unwrap().to_owned());
            }
            assert!(format!("{users:?}").contains("users.list"), "{users:?}");
            drop(users);
            // Another call meanwhile.
            let post = PostMessage::new("C1", "one");
            assert!(web_api.call(&post, &chat::POSTED).await.is_ok());
            let (rest, end) = walk(web_api, &mut pages, whole).await;
            assert_eq!(end, Ok(()));
            seen.extend(rest);
        });
        seen.dedup();
        // No element is missing, whatever was repeated.
        let mut all = seen.clone();
        all.sort();
        all.dedup();
        assert_eq!(all, IDS, "{taken}");
        assert!(seen.len() <= IDS.len() + 3, "{taken} {seen:?}");
        assert!(server.targets().contains(&"postMessage"), "{taken}");
    }
}

#[test]
fn a_list_that_fails_continues_with_the_page_that_failed() {
    let users = |from: &str, cursor: &str| {
        format!(
            r#"{{"ok":true,"members":[{{"id":"{from}.0"}}],"response_metadata":{{"next_cursor":"{cursor}"}}}}"#
        )
    };
    let first = json(&users("U0", "page1"));
    for (fault, failure, repeats) in [
        (
            json(r#"{"ok":false,"error":"fatal_error"}"#),
            "Refused",
            false,
        ),
        (
            Reply::With("503 Service Unavailable", "later".into()),
            "Failed(Response",
            false,
        ),
        // The element of the half response comes again.
        (Reply::Half(users("U1", "page2")), "Failed", true),
        (Reply::Silence, "Failed(TimedOut(Response", false),
    ] {
        let mut replies = vec![first.clone(), fault.clone()];
        if let Reply::Silence = fault {
            // It is repeated over a fresh link.
            replies.push(Reply::Silence);
        }
        let way = Way::new().replies(replies);
        let way = Way {
            pages: &[1, 1, 1],
            ..way
        };
        let (server, ..) = serve::<64, 64>(&way, async |web_api, _, whole| {
            let mut cursor = [0; Pages::CURSOR];
            let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
            let (mut ids, end) = walk(web_api, &mut pages, whole).await;
            assert!(
                end.as_ref().is_err_and(|it| it.contains(failure)),
                "{end:?} {fault:?}"
            );
            assert_eq!(pages.cursor(), "page1", "{fault:?}");
            let (rest, end) = walk(web_api, &mut pages, whole).await;
            assert_eq!(end, Ok(()), "{fault:?}");
            ids.extend(rest);
            let repeated: &[&str] = &["U0.0", "U1.0", "U1.0", "U2.0"];
            let once: &[&str] = &["U0.0", "U1.0", "U2.0"];
            assert_eq!(ids, if repeats { repeated } else { once }, "{fault:?}");
        });
        let cursors = server.cursors();
        assert!(cursors[1..].starts_with(&[Some("page1"); 2]), "{cursors:?}");
        assert_eq!(cursors.last(), Some(&Some("page2")));
    }
}

#[test]
fn a_list_whose_cursor_has_expired_begins_again() {
    let page = json(
        r#"{"ok":true,"members":[{"id":"U0.0"}],"response_metadata":{"next_cursor":"page2"}}"#,
    );
    let expired = json(r#"{"ok":false,"error":"invalid_cursor"}"#);
    let (server, ..) = serve::<64, 64>(
        &Way::new().replies([page, expired]),
        async |web_api, _, whole| {
            let mut cursor = [0; Pages::CURSOR];
            let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
            let mut users = web_api.list(&mut pages);
            assert!(users.next().await.unwrap().is_some());
            match users.next().await {
                Err(CallFailure::Refused(error)) => {
                    assert_eq!(error.code().as_str(), "invalid_cursor");
                }
                other => panic!("{other:?}"),
            }
            drop(users);
            pages.restart();
            let (ids, end) = walk(web_api, &mut pages, whole).await;
            assert_eq!((ids, end), (IDS.map(String::from).to_vec(), Ok(())));
        },
    );
    assert_eq!(server.cursors()[..2], [None, Some("page2")]);
    assert_eq!(server.cursors()[2..], CURSORS);
}

#[test]
fn a_list_that_cannot_continue_says_why() {
    let page = |cursor: &str| {
        json(&format!(
            r#"{{"ok":true,"response_metadata":{{"next_cursor":"{cursor}"}}}}"#
        ))
    };
    serve::<64, 64>(
        &Way::new().replies([page("a"), page("a"), page("too long for it")]),
        async |web_api, _, _| {
            let mut cursor = [0; 8];
            let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
            let mut users = web_api.list(&mut pages);
            match users.next().await {
                Err(CallFailure::Failed(CallError::Sequence(SequenceError::CursorRepeated))) => {}
                other => panic!("{other:?}"),
            }
            drop(users);
            pages.restart();
            let mut users = web_api.list(&mut pages);
            match users.next().await {
                Err(CallFailure::Failed(CallError::Sequence(SequenceError::Full(error)))) => {
                    assert_eq!((error.wanted, error.available), (15, 8));
                }
                other => panic!("{other:?}"),
            }
        },
    );
}

#[test]
fn a_sequence_has_one_outcome_and_a_method_that_cannot_be_called_none() {
    serve::<64, 64>(&Way::new(), async |web_api, _, _| {
        let mut cursor = [0; 8];
        let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
        let mut call = web_api.begin_sequence(&mut pages).unwrap();
        assert!(call.next_element().await.unwrap().is_some());
        assert!(call.body_room().is_empty());
        call.body_filled(1);
        let response = call.outcome().await.unwrap();
        assert!(
            response
                .members()
                .text("response_metadata.next_cursor")
                .is_some()
        );
        assert!(call.is_over());
        assert!(call.next_element().await.unwrap().is_none());
        drop(call);
        let long = "x".repeat(50_000);
        let long = PostMessage::new("C1", long.as_str());
        let mut pages = Pages::new(&long, &USERS, &mut cursor);
        let mut list = web_api.list(&mut pages);
        match list.next().await {
            Err(CallFailure::Request(RequestError::Argument(_))) => {}
            other => panic!("{other:?}"),
        }
        assert!(matches!(list.next().await, Ok(None)));
    });
}

/// Fails to give randomness as long as a test wants.
struct Failing<'t>(&'t Cell<bool>);

impl Entropy for Failing<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill(1);
        match self.0.get() {
            true => Err(EntropyError),
            false => Ok(()),
        }
    }
}

#[test]
fn a_failing_source_of_randomness_does_not_end_a_list() {
    let fails = Cell::new(true);
    let way = Way::new().replies([Reply::With("503 Service Unavailable", "later".into())]);
    serve_with::<64, 64>(&way, &mut Failing(&fails), async |web_api, _, whole| {
        let mut cursor = [0; 8];
        let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
        let mut users = web_api.list(&mut pages);
        for _ in 0..3 {
            match users.next().await {
                Err(CallFailure::Entropy(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        fails.set(false);
        match users.next().await {
            Err(CallFailure::Failed(CallError::Response(_))) => {}
            other => panic!("{other:?}"),
        }
        assert!(matches!(users.next().await, Ok(None)));
        drop(users);
        let (ids, end) = walk(web_api, &mut pages, whole).await;
        assert_eq!((ids, end), (IDS.map(String::from).to_vec(), Ok(())));
    });
}

/// Bytes that are produced on demand, and how they were asked for.
#[derive(Debug, Default)]
struct Camera {
    length: u64,
    /// The offset after the last read.
    next: u64,
    reads: u32,
    /// The number of times that it began again.
    restarts: u32,
    /// The number of bytes of a read at most.
    most: usize,
    /// It fails at this offset.
    fails_at: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Covered;

impl std::fmt::Display for Covered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the lens is covered")
    }
}

impl Camera {
    fn new(length: u64) -> Self {
        Self {
            length,
            most: usize::MAX,
            ..Self::default()
        }
    }

    fn byte(at: u64) -> u8 {
        (at * 7 + at / 251) as u8
    }

    fn picture(length: u64) -> Vec<u8> {
        (0..length).map(Self::byte).collect()
    }
}

impl UploadSource for Camera {
    type Error = Covered;

    async fn read(&mut self, offset: u64, space: &mut [u8]) -> Result<usize, Covered> {
        assert!(!space.is_empty());
        if offset == 0 && self.reads > 0 {
            self.restarts += 1;
            self.next = 0;
        }
        assert_eq!(offset, self.next, "a byte is skipped, or produced twice");
        self.reads += 1;
        if self.fails_at.is_some_and(|at| offset >= at) {
            return Err(Covered);
        }
        let left = usize::try_from(self.length - offset).unwrap();
        let count = space.len().min(left).min(self.most);
        for (at, byte) in (offset..).zip(&mut space[..count]) {
            *byte = Self::byte(at);
        }
        self.next += count as u64;
        Ok(count)
    }
}

/// A source that waits before each read.
struct Slow<'t> {
    camera: Camera,
    clock: &'t TestClock,
    millis: u64,
}

impl UploadSource for Slow<'_> {
    type Error = Covered;

    async fn read(&mut self, offset: u64, space: &mut [u8]) -> Result<usize, Covered> {
        self.clock.sleep(self.millis).await;
        self.camera.read(offset, space).await
    }
}

/// The file of a test.
const LENGTH: u64 = 1_000;

fn upload<'m>(length: u64, memory: &'m mut [u8]) -> Upload<'m> {
    Upload::new(GetUploadUrl::new("door.bmp", length), memory)
        .in_channel("C1")
        .allowed_domains(&DOMAINS)
}

fn is_call<X: Debug>(failure: UploadFailure<'_, X>) -> CallFailure<'_> {
    match failure {
        UploadFailure::Call(failure) => failure,
        other => panic!("{other:?}"),
    }
}

const STEPS: [&str; 3] = ["getUploadURLExternal", "F1", "completeUploadExternal"];

#[test]
fn a_file_in_memory_is_uploaded_over_two_hosts() {
    let picture = Camera::picture(LENGTH);
    let mut steps = vec![];
    let (server, network, _) = serve::<64, 64>(&Way::new(), async |web_api, _, _| {
        let mut memory = [0; 64];
        let mut upload = upload(LENGTH, &mut memory);
        let progress = |sent, length| steps.push((sent, length));
        let mut source = picture.as_slice();
        let sent = web_api.upload(&mut upload, &mut source, progress);
        assert!(sent.await.is_ok());
        assert_eq!(upload.stage(), UploadStage::GetUrl);
        assert_eq!(upload.file_id(), Some("F1"));
    });
    assert_eq!(server.targets(), STEPS);
    assert_eq!(server.files(), [picture]);
    let hosts: Vec<_> = server
        .requests
        .iter()
        .map(|it| (it.number, it.host.as_str()))
        .collect();
    assert_eq!(
        hosts,
        [
            (1, "slack.test"),
            (2, "files.slack.test"),
            (3, "slack.test")
        ]
    );
    assert_eq!(network.line.borrow().number, 3);
    let complete = &server.requests[2];
    assert_eq!(complete.argument("channel_id"), Some("C1"));
    // 381 bytes of the send buffer are for output.
    assert_eq!(steps, [0, 381, 762, LENGTH].map(|sent| (sent, LENGTH)));
}

#[test]
fn an_upload_that_is_dropped_at_any_await_point_continues() {
    for (window, read_limit) in SPEEDS {
        for once in [Drops::Once, Drops::OnceWoken] {
            let mut number = 0;
            loop {
                number += 1;
                let way = Way {
                    drops: once(number),
                    window,
                    read_limit,
                    ..Way::new()
                };
                let mut was_dropped = true;
                let (server, ..) = serve::<16, 16>(&way, async |web_api, _, dropper| {
                    let mut memory = [0; 64];
                    let mut upload = upload(200, &mut memory);
                    let mut camera = Camera::new(200);
                    let call = web_api.upload(&mut upload, &mut camera, |_, _| ());
                    if let Some(result) = dropper.poll(call).await {
                        was_dropped = false;
                        assert!(result.is_ok(), "{result:?} {way:?}");
                        return;
                    }
                    // Another call of a method, to the host of the methods.
                    let post = PostMessage::new("C1", "one");
                    assert!(web_api.call(&post, &chat::POSTED).await.is_ok(), "{way:?}");
                    let mut camera = Camera::new(200);
                    let call = web_api.upload(&mut upload, &mut camera, |_, _| ());
                    assert!(call.await.is_ok(), "{way:?}");
                });
                let mut targets = server.targets();
                targets.retain(|target| *target != "postMessage");
                assert_eq!(targets.last(), Some(&STEPS[2]), "{way:?}");
                let files = server.files();
                assert!((1..=2).contains(&files.len()), "{way:?}");
                assert!(
                    files.iter().all(|file| *file == Camera::picture(200)),
                    "{way:?}"
                );
                if !was_dropped {
                    break;
                }
            }
            assert!(number > 10, "{number}");
        }
    }
}

#[test]
fn a_dropped_upload_closes_its_link_also_while_the_source_is_read() {
    // Before the first part, and before the second one.
    for reads in [0, 1] {
        let (server, network, _) = serve::<64, 64>(&Way::new(), async |web_api, clock, _| {
            let mut memory = [0; 64];
            let mut upload = upload(LENGTH, &mut memory);
            let (camera, millis) = (Camera::new(LENGTH), 1_000);
            let mut slow = Slow {
                camera,
                clock,
                millis,
            };
            let call = web_api.upload(&mut upload, &mut slow, |_, _| ());
            match select(call, clock.sleep(500 + reads * 1_000)).await {
                Either::First(outcome) => panic!("{outcome:?}"),
                Either::Second(()) => clock.sleep(100).await,
            }
            assert_eq!(upload.stage(), UploadStage::Send);
        });
        assert_eq!(server.targets(), ["getUploadURLExternal"], "{reads}");
        assert!(network.line.borrow().hung_up, "{reads}");
    }
}

#[test]
fn a_source_that_is_slower_than_the_limit_of_a_response_is_waited_for() {
    let (server, ..) = serve::<64, 64>(&Way::new(), async |web_api, clock, _| {
        let mut memory = [0; 64];
        let mut upload = upload(LENGTH, &mut memory);
        let mut slow = Slow {
            camera: Camera::new(LENGTH),
            clock,
            millis: 60_000,
        };
        let began = clock.millis();
        let call = web_api.upload(&mut upload, &mut slow, |_, _| ());
        assert!(call.await.is_ok());
        assert!(clock.millis() >= began + 180_000);
        assert_eq!((slow.camera.reads, slow.camera.restarts), (3, 0));
    });
    assert_eq!(server.files(), [Camera::picture(LENGTH)]);
    // But not for longer than the whole call may take.
    let config = CONFIG.total(Duration::from_secs(100));
    let way = Way {
        config,
        ..Way::new()
    };
    let (server, ..) = serve::<64, 64>(&way, async |web_api, clock, _| {
        let mut memory = [0; 64];
        let mut upload = upload(LENGTH, &mut memory);
        let mut slow = Slow {
            camera: Camera::new(LENGTH),
            clock,
            millis: 60_000,
        };
        let call = web_api.upload(&mut upload, &mut slow, |_, _| ());
        let failure = is_call(call.await.unwrap_err());
        match failure {
            CallFailure::Failed(CallError::TimedOut(_)) => {}
            other => panic!("{other:?}"),
        }
    });
    assert!(server.files().is_empty());
}

#[test]
fn a_source_that_fails_or_ends_early_abandons_the_upload() {
    let cases: [(Option<u64>, u64, &str); 3] = [
        (
            Some(0),
            LENGTH,
            "the source of the file failed: the lens is covered",
        ),
        (
            Some(381),
            LENGTH,
            "the source of the file failed: the lens is covered",
        ),
        (
            None,
            500,
            "the source of the file ended after 500 of 1000 bytes; state the length that it has",
        ),
    ];
    for (fails_at, has, text) in cases {
        let (server, ..) = serve::<64, 64>(&Way::new(), async |web_api, _, _| {
            let mut memory = [0; 64];
            let mut upload = upload(LENGTH, &mut memory);
            let mut camera = Camera {
                fails_at,
                ..Camera::new(has)
            };
            let failure = web_api.upload(&mut upload, &mut camera, |_, _| ()).await;
            let failure = failure.unwrap_err();
            assert_eq!(failure.to_string(), text);
            match failure {
                UploadFailure::Source(Covered) => assert_eq!(failure.code(), 378),
                UploadFailure::Ended {
                    read: 500,
                    length: LENGTH,
                } => {
                    assert_eq!(failure.code(), 379);
                }
                other => panic!("{other:?}"),
            }
            // The link with half of a file on it is not used any more.
            let post = PostMessage::new("C1", "one");
            assert!(web_api.call(&post, &chat::POSTED).await.is_ok());
            // It continues with the host that it has already.
            let mut camera = Camera::new(LENGTH);
            let again = web_api.upload(&mut upload, &mut camera, |_, _| ());
            assert!(again.await.is_ok());
        });
        assert_eq!(server.files(), [Camera::picture(LENGTH)]);
        assert_eq!(
            server.targets(),
            [
                "getUploadURLExternal",
                "postMessage",
                "F1",
                "completeUploadExternal"
            ]
        );
    }
}

#[test]
fn bytes_that_a_link_lost_are_requested_again_if_the_source_can_restart() {
    for cut in [0, 1, 400, 999, 1_000] {
        let way = Way::new().replies([url(), Reply::CutAfter(cut)]);
        let (server, ..) = serve::<64, 64>(&way, async |web_api, _, _| {
            let mut memory = [0; 64];
            let mut upload = upload(LENGTH, &mut memory);
            let mut camera = Camera::new(LENGTH);
            let mut last = 0;
            let call = web_api.upload(&mut upload, &mut camera, |sent, _| last = sent);
            assert!(call.await.is_ok(), "{cut}");
            assert_eq!(last, LENGTH);
            assert!(camera.restarts <= 1);
        });
        assert_eq!(
            server.files().last(),
            Some(&Camera::picture(LENGTH).as_slice()),
            "{cut}"
        );
        let way = Way::new().replies([url(), Reply::CutAfter(cut.max(1))]);
        serve::<64, 64>(&way, async |web_api, _, _| {
            let mut memory = [0; 64];
            let mut upload = upload(LENGTH, &mut memory).cannot_restart();
            let mut camera = Camera::new(LENGTH);
            let call = web_api.upload(&mut upload, &mut camera, |_, _| ());
            let failure = is_call(call.await.unwrap_err());
            match failure {
                CallFailure::Failed(CallError::CannotRestart(DisconnectReason::Closed)) => {}
                other => panic!("{other:?} {cut}"),
            }
            assert_eq!((camera.restarts, upload.stage()), (0, UploadStage::Send));
        });
    }
}

/// The response with the URL for a file.
fn url() -> Reply {
    json(r#"{"ok":true,"upload_url":"http:\/\/files.slack.test\/upload\/v1\/F1","file_id":"F1"}"#)
}

#[test]
fn every_failure_of_an_upload_is_reported_as_what_it_is() {
    let refused = json(r#"{"ok":false,"error":"missing_scope"}"#);
    let text = |status, body: &str| Reply::With(status, body.into());
    // The host that takes files responds with a text, which is the code of its refusal.
    const PLAIN: &str = "200 OK\r\nContent-Type: text/plain";
    let early = |head, body| Reply::Early(10, head, body);
    let cases: [(Vec<Reply>, &str, UploadStage); 7] = [
        (
            vec![refused.clone()],
            r#"Refused(ApiError { code: MissingScope"#,
            UploadStage::GetUrl,
        ),
        (
            vec![url(), early("413 Content Too Large", "too large")],
            "Failed(Response(Status { status: 413",
            UploadStage::Send,
        ),
        (
            vec![url(), early(PLAIN, "OK - 10")],
            "Failed(EarlyResponse)",
            UploadStage::Send,
        ),
        (
            vec![url(), text("500 Internal Server Error", "no")],
            r#"Refused(ApiError { code: Other("no")"#,
            UploadStage::Send,
        ),
        (
            vec![url(), text(PLAIN, "OK - 999")],
            "Failed(Sequence(UploadLength { sent: 1000, received: 999 }))",
            UploadStage::Send,
        ),
        (
            vec![url(), text(PLAIN, "OK - 1000"), refused],
            r#"Refused(ApiError { code: MissingScope"#,
            UploadStage::Complete,
        ),
        (
            vec![json(
                r#"{"ok":true,"upload_url":"http:\/\/evil.test\/F1","file_id":"F1"}"#,
            )],
            "Failed(Sequence(UploadHost))",
            UploadStage::GetUrl,
        ),
    ];
    for (replies, wanted, stage) in cases {
        let way = Way::new().replies(replies);
        serve::<64, 64>(&way, async |web_api, _, _| {
            let mut memory = [0; 64];
            let mut upload = upload(LENGTH, &mut memory);
            let mut camera = Camera::new(LENGTH);
            let call = web_api.upload(&mut upload, &mut camera, |_, _| ());
            let failure = format!("{:?}", call.await.unwrap_err());
            let failure = failure.strip_prefix("Call(").unwrap();
            assert!(failure.starts_with(wanted), "{failure}");
            assert_eq!(upload.stage(), stage, "{failure}");
            // The next one continues with that call.
            let mut camera = Camera::new(LENGTH);
            let call = web_api.upload(&mut upload, &mut camera, |_, _| ());
            let outcome = call.await;
            assert!(outcome.is_ok(), "{failure}, then {outcome:?}");
        });
    }
    // A comment that is longer than Slack's limit is not sent.
    let (server, ..) = serve::<64, 64>(&Way::new(), async |web_api, _, _| {
        let (text, mut memory) = ("x".repeat(50_000), [0; 64]);
        let mut upload = upload(LENGTH, &mut memory).initial_comment(&text);
        let mut source: &[u8] = &[];
        let call = web_api.upload(&mut upload, &mut source, |_, _| ());
        let failure = is_call(call.await.unwrap_err());
        assert!(matches!(failure, CallFailure::Request(_)), "{failure:?}");
    });
    assert!(server.requests.is_empty());
}

#[test]
fn a_program_can_supply_the_bytes_itself() {
    in_every_way(&Way::new(), |way| {
        let (server, _, pending) = serve::<16, 16>(way, async |web_api, _, dropper| {
            let mut memory = [0; 64];
            let mut upload = upload(300, &mut memory);
            let mut camera = Camera::new(300);
            let mut call = web_api.begin_sequence(&mut upload).unwrap();
            while !call.is_over() {
                let offset = match dropper.poll(call.next()).await {
                    Some(Ok(CallerEvent::BodyNeeded { offset, length })) => {
                        assert_eq!(length, 300);
                        offset
                    }
                    Some(Ok(CallerEvent::Accepted(_))) | None => continue,
                    other => panic!("{other:?}"),
                };
                // Nothing is supplied, so it is needed again.
                match call.next().await {
                    Ok(CallerEvent::BodyNeeded { offset: again, .. }) => assert_eq!(again, offset),
                    other => panic!("{other:?}"),
                }
                match call.outcome().await {
                    Err(CallFailure::Request(RequestError::Body)) => {}
                    other => panic!("{other:?}"),
                }
                assert!(call.next_element().await.unwrap().is_none());
                assert!(!call.is_over());
                let count = camera.read(offset, call.body_room()).await.unwrap();
                call.body_filled(count);
                assert!(call.body_room().is_empty());
            }
            assert!(call.outcome().await.is_ok());
            assert_eq!(camera.restarts, 0);
        });
        assert_eq!(server.files(), [Camera::picture(300)], "{way:?}");
        pending
    });
}

#[test]
fn an_upload_without_a_source_is_refused_and_not_waited_for() {
    let (server, ..) = serve::<64, 64>(&Way::new(), async |web_api, _, _| {
        let mut memory = [0; 64];
        let mut upload = upload(LENGTH, &mut memory);
        {
            let mut list = web_api.list(&mut upload);
            match list.next().await {
                Err(CallFailure::Request(RequestError::Body)) => {}
                other => panic!("{other:?}"),
            }
            assert!(matches!(list.next().await, Ok(None)));
        }
        // Now it has a body.
        assert_eq!(upload.stage(), UploadStage::Send);
        match web_api.call(&upload, &paths::CALL).await {
            Err(CallFailure::Request(RequestError::Body)) => {}
            other => panic!("{other:?}"),
        }
        match web_api
            .call_with(&Job::new(&upload, &paths::CALL), |_| ())
            .await
        {
            Err(CallFailure::Request(RequestError::Body)) => {}
            other => panic!("{other:?}"),
        }
        let mut camera = Camera::new(LENGTH);
        let call = web_api.upload(&mut upload, &mut camera, |_, _| ());
        assert!(call.await.is_ok());
    });
    assert_eq!(server.files(), [Camera::picture(LENGTH)]);
}

#[test]
fn a_source_that_claims_too_much_sends_the_room_alone() {
    struct Boaster;

    impl UploadSource for Boaster {
        type Error = Covered;

        async fn read(&mut self, _: u64, space: &mut [u8]) -> Result<usize, Covered> {
            space.fill(7);
            Ok(usize::MAX)
        }
    }

    let (server, ..) = serve::<64, 64>(&Way::new(), async |web_api, _, _| {
        let mut memory = [0; 64];
        let mut upload = upload(LENGTH, &mut memory);
        let mut source = Boaster;
        let call = web_api.upload(&mut upload, &mut source, |sent, _| assert!(sent <= LENGTH));
        assert!(call.await.is_ok());
    });
    assert_eq!(server.files(), [[7; LENGTH as usize]]);
}

/// The time, without alarms, since those of a test allocate.
struct WithoutAlarms<'t>(&'t TestClock);

impl Clock for WithoutAlarms<'_> {
    fn now(&self) -> Instant {
        self.0.now()
    }

    async fn wait_until(&self, _: Instant) {
        pending::<()>().await;
    }
}

/// A machine for calls with a clock that has no alarms.
type Calm<'a, 't> =
    WebApi<'a, WithoutAlarms<'t>, &'t mut dyn Entropy, OwnedStorage<16, 0>, NoopRawMutex, 256, 256>;

/// Runs `program` through a send buffer of 512 bytes and a wire of 256. Returns the server.
fn serve_calm(pages: &[usize], program: impl AsyncFnOnce(&mut Calm<'_, '_>)) -> Server {
    let (clock, network) = (TestClock::default(), Network::new(1_460, 1_460));
    let mut server = Server {
        appetite: 1_460,
        upload_host: "files.slack.test",
        pages: pages.to_vec(),
        ..Server::default()
    };
    let mut wire = Wire::<NoopRawMutex, 256, 256>::new();
    let (end, runner_end) = wire.split();
    let mut runner = Runner::new(runner_end, Cleartext::new(network.clone()), clock.clone());
    let mut random = random();
    let program = async {
        // Without slots, limits of rate hold nothing back, which would need an alarm.
        let (mut rx, mut tx, mut rates) = ([0; 512], [0; 512], [RateSlot::FREE; 0]);
        let random: &mut dyn Entropy = &mut random;
        let storage = OwnedStorage::new();
        let caller = Caller::new(CONFIG, "xoxb-test", storage, &mut rates, random).unwrap();
        let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        program(&mut WebApi::new(caller, rx, tx, end, WithoutAlarms(&clock))).await;
    };
    let running = pin!(async { runner.run().await });
    run(&clock, 100_000, &mut [pin!(program), running], |_| {
        server.work(&mut network.line.borrow_mut());
    });
    server
}

/// Returns the output of a future, during which nothing is allocated.
async fn without_heap<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let (count, polled) = heap::count(|| future.as_mut().poll(cx));
        assert_eq!(count, 0, "allocations");
        polled
    })
    .await
}

#[test]
fn a_camera_of_200_000_bytes_is_read_once_and_takes_no_heap() {
    const PICTURE: u64 = 200_000;
    let server = serve_calm(&[], async |web_api| {
        let mut memory = [0; Upload::MEMORY];
        let mut upload = upload(PICTURE, &mut memory).cannot_restart();
        let mut camera = Camera::new(PICTURE);
        let progress = Cell::new(0);
        let call = web_api.upload(&mut upload, &mut camera, |sent, length| {
            assert!(progress.get() < sent || sent == 0);
            assert!(sent <= length);
            progress.set(sent);
        });
        assert!(without_heap(call).await.is_ok());
        // It is read whenever all bytes before have left the send buffer, of which 381 are for output.
        assert_eq!((camera.next, progress.get()), (PICTURE, PICTURE));
        assert_eq!(
            (u64::from(camera.reads), camera.restarts),
            (PICTURE.div_ceil(381), 0)
        );
    });
    assert_eq!(server.files(), [Camera::picture(PICTURE)]);
    // The counter counts.
    assert_eq!(heap::count(|| vec![0; 9]).0, 1);
}

#[test]
fn a_list_of_many_pages_takes_no_heap() {
    let pages = [200; 50];
    let server = serve_calm(&pages, async |web_api| {
        let mut cursor = [0; Pages::CURSOR];
        let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
        let mut users = web_api.list(&mut pages);
        let mut count = 0;
        while let Some(user) = without_heap(users.next()).await.unwrap() {
            let (page, number) = (count / 200, count % 200);
            assert_eq!(user.id(), Some(format!("U{page}.{number}").as_str()));
            count += 1;
        }
        assert_eq!(count, 10_000);
    });
    assert_eq!(server.cursors().len(), 50);
}

#[test]
fn the_outcomes_of_posts_end_neither_a_list_nor_an_upload() {
    let (server, ..) = serve::<64, 64>(&Way::new(), async |web_api, _, whole| {
        let post = PostMessage::new("C1", "one");
        let id = web_api.post(&post, None).unwrap();
        assert!(web_api.withdraw(id));
        let mut cursor = [0; 8];
        let mut pages = Pages::new(&LIST, &USERS, &mut cursor);
        let (ids, end) = walk(web_api, &mut pages, whole).await;
        assert_eq!((ids, end), (IDS.map(String::from).to_vec(), Ok(())));
        let id = web_api.post(&post, None).unwrap();
        assert!(web_api.withdraw(id));
        let mut memory = [0; 64];
        let mut upload = upload(LENGTH, &mut memory);
        let mut camera = Camera::new(LENGTH);
        let call = web_api.upload(&mut upload, &mut camera, |_, _| ());
        assert!(call.await.is_ok());
        assert_eq!(web_api.pending_posts(), 0);
    });
    assert!(!server.targets().contains(&"postMessage"));
}

#[test]
fn a_future_that_is_dropped_before_it_is_polled_sends_nothing() {
    let (server, network, _) = serve::<64, 64>(&Way::new(), async |web_api, _, _| {
        let mut memory = [0; 64];
        let mut upload = upload(LENGTH, &mut memory);
        let mut camera = Camera::new(LENGTH);
        drop(web_api.upload(&mut upload, &mut camera, |_, _| ()));
        let call = web_api.upload(&mut upload, &mut camera, |_, _| ());
        assert!(dropped_after(1, call).await.is_none());
        assert_eq!(camera.reads, 0);
    });
    assert!(server.requests.is_empty());
    assert!(network.line.borrow().number <= 1);
}
