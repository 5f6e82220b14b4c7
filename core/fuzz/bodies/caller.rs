//! Calls and posts over a kept link, to Slack's API and to webhooks, with a hostile server and a
//! careless caller.
//!
//! The invariants:
//! - Between two waits there is at most one output for each byte that was read, and a few more.
//! - `Connect` comes only without a link, and is to the host of the API or to that of the webhooks.
//! - Each request is whole, and to the host of its link. One to the API has the token. Nothing that
//!   is sent to a webhook contains it.
//! - Nothing is pending when a link is closed.
//! - Each call and each post has one outcome, and a response is to a request to the same host.
//! - Only the API can report that the token has expired.

use super::script::Script;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError, from_fn};
use slack_rtm::methods::auth::AuthTest;
use slack_rtm::methods::chat::PostMessage;
use slack_rtm::methods::webhooks::{DeleteOriginal, IncomingWebhook, InteractionResponse};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    CallError, Caller, CallerConfig, CallerEvent, Job, Method, RateSlot, paths,
};
use slack_rtm::{DisconnectReason, MessageId, Output, OwnedStorage, Security, Storage};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// The operations of a script.
pub(crate) mod op {
    /// The server sends bytes; a length and the bytes follow.
    pub(crate) const SEND: u8 = 0;
    /// The link takes up to this many bytes.
    pub(crate) const WRITES: u8 = 1;
    /// The link ends.
    pub(crate) const END: u8 = 2;
    /// The next links are opened, cannot be, or are opened when this changes: 0, 1 or 2.
    pub(crate) const NETWORK: u8 = 3;
    /// Time passes: a power of two of milliseconds.
    pub(crate) const TIME: u8 = 4;
    /// A call begins; from 3 on it is one by a webhook.
    pub(crate) const CALL: u8 = 5;
    /// The call is abandoned.
    pub(crate) const ABANDON: u8 = 6;
    /// A post; its time to live in seconds follows, or 0.
    pub(crate) const POST: u8 = 7;
    /// The post with this id is withdrawn.
    pub(crate) const WITHDRAW: u8 = 8;
    /// The link is released.
    pub(crate) const RELEASE: u8 = 9;
    /// Randomness fails, or works.
    pub(crate) const RANDOM: u8 = 10;
    /// A new token.
    pub(crate) const TOKEN: u8 = 11;
    /// A post by a webhook; which one, and its time to live in seconds, or 0, follow.
    pub(crate) const WEBHOOK: u8 = 12;
    /// The number of operations.
    pub(crate) const COUNT: u8 = 13;
}

/// The host of the API.
const API: &str = "slack.com";
/// The host of the webhooks.
const HOOKS: &str = "hooks.slack.com";
/// An incoming webhook.
const HOOK: &str = "https://hooks.slack.com/services/x";
/// The URL of an interaction.
const RESPONSE_URL: &str = "https://hooks.slack.com/actions/x";

/// The link, as far as a caller sees it.
#[derive(Default)]
struct Side {
    /// The host of the link, or of the last one.
    host: &'static str,
    is_open: bool,
    is_opening: bool,
    is_down: bool,
    is_slow: bool,
    written: Vec<u8>,
}

impl Side {
    /// Opens the link, or not.
    fn open(&mut self, caller: &mut Caller<'_, impl Entropy, impl Storage>) {
        self.is_opening = self.is_slow && !self.is_down;
        if self.is_opening {
            return;
        }
        self.is_open = !self.is_down;
        match self.is_down {
            true => caller.disconnected(DisconnectReason::Unreachable),
            false => caller.connected(),
        }
    }

    /// Checks what was written to the link and what is to be written.
    fn check(&self, pending: &[u8]) {
        let sent = [&self.written, pending].concat();
        let is_api = self.host == API;
        assert!(
            is_api || !contains(&sent, b"xoxb-"),
            "a webhook gets the token"
        );
        let mut rest = &sent[..];
        loop {
            let begin = &rest[..rest.len().min(5)];
            assert!(
                b"POST ".starts_with(begin),
                "a request begins in the middle"
            );
            let end = b"\r\n\r\n";
            let Some(at) = rest.windows(end.len()).position(|bytes| bytes == end) else {
                break;
            };
            let (head, body) = rest.split_at(at + end.len());
            let head = std::str::from_utf8(head).expect("ASCII");
            let field = |name: &str| {
                let mut values = head.lines().filter_map(|line| line.strip_prefix(name));
                let value = values.next();
                assert_eq!(values.next(), None, "{name} twice");
                value
            };
            assert_eq!(field("Host: "), Some(self.host));
            let targets = match is_api {
                true => ["POST /api/auth.test ", "POST /api/chat.postMessage "],
                false => ["POST /services/x ", "POST /actions/x "],
            };
            assert!(targets.iter().any(|target| head.starts_with(target)));
            let token = field("Authorization: ");
            assert_eq!(token.is_some(), is_api);
            assert!(token.is_none_or(|token| ["Bearer xoxb-1", "Bearer xoxb-2"].contains(&token)));
            let length = field("Content-Length: ").expect("a length");
            let length: usize = length.parse().expect("a number");
            if body.len() < length {
                break;
            }
            rest = &body[length..];
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|bytes| bytes == part)
}

pub(crate) fn caller(data: &[u8]) {
    let mut script = Script(data);
    let works = Cell::new(true);
    let entropy = from_fn(|out: &mut [u8]| {
        out.fill(0x55);
        works.get().then_some(()).ok_or(EntropyError)
    });
    let mut rates = [RateSlot::FREE; 3];
    let storage = OwnedStorage::<32, 256>::new();
    let mut caller = Caller::new(CallerConfig::new(), "xoxb-1", storage, &mut rates, entropy)
        .expect("usable settings");
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
    let mut rx = RecvBuf::new(&mut rx_memory);
    let mut tx = SendBuf::new(&mut tx_memory);
    let read = AuthTest;
    let post = PostMessage::new("C1", "The door is open");
    let ring = IncomingWebhook::new(HOOK, "Ding");
    let respond = InteractionResponse::new(RESPONSE_URL, "Dong").replace_original();
    let delete = DeleteOriginal::new(RESPONSE_URL);
    let jobs = [
        Job::new(&read, &paths::CALL),
        Job::new(&post, &paths::CALL),
        Job::new(&post, &paths::CALL).at_least_once(),
        Job::new(&ring, &paths::CALL),
        Job::new(&respond, &paths::CALL),
        Job::new(&delete, &paths::CALL),
    ];
    let by_webhook: [&dyn Method; 3] = [&ring, &respond, &delete];
    let mut side = Side::default();
    let mut now = 1_000;
    // The call under way and the posts without an outcome, each with its host.
    let mut call: Option<(&Job<'_>, &str)> = None;
    let mut waiting: BTreeMap<MessageId, &str> = BTreeMap::new();
    let mut withdrawn = BTreeSet::new();
    loop {
        let mut arrived = 0;
        let is_over = script.is_over();
        if is_over {
            // At the end there is no network, and every deadline passes.
            side.is_down = true;
            works.set(true);
            if side.is_open || side.is_opening {
                (side.is_open, side.is_opening) = (false, false);
                caller.disconnected(DisconnectReason::Reset);
            }
            now += 3_600_000;
        } else {
            match script.byte() % op::COUNT {
                op::SEND => {
                    let bytes = script.string();
                    if side.is_open {
                        let space = rx.space();
                        arrived = space.len().min(bytes.len());
                        space[..arrived].copy_from_slice(&bytes[..arrived]);
                        rx.filled(arrived);
                    }
                }
                op::WRITES => {
                    let count = usize::from(script.byte()).min(tx.pending().len());
                    if side.is_open {
                        side.written.extend_from_slice(&tx.pending()[..count]);
                        tx.sent(count);
                    }
                }
                op::END if side.is_open => {
                    side.is_open = false;
                    let reasons = [DisconnectReason::Closed, DisconnectReason::Reset];
                    caller.disconnected(reasons[usize::from(script.byte() % 2)]);
                }
                op::NETWORK => {
                    let state = script.byte() % 3;
                    (side.is_down, side.is_slow) = (state == 1, state == 2);
                    if side.is_opening {
                        side.open(&mut caller);
                    }
                }
                op::TIME => now += 1 << (script.byte() % 24),
                op::CALL => {
                    let number = script.byte() % 6;
                    let next = &jobs[usize::from(number)];
                    caller.begin(next).expect("within the limits");
                    call = Some((next, if number < 3 { API } else { HOOKS }));
                }
                op::ABANDON => call = None,
                operation @ (op::POST | op::WEBHOOK) => {
                    let (method, host): (&dyn Method, _) = match operation {
                        op::POST => (&post, API),
                        _ => (by_webhook[usize::from(script.byte() % 3)], HOOKS),
                    };
                    let seconds = u64::from(script.byte());
                    let time_to_live = (seconds > 0).then(|| Duration::from_secs(seconds));
                    if let Ok(id) = caller.post(method, time_to_live) {
                        let before = waiting.insert(id, host);
                        assert!(before.is_none(), "{id} is given twice");
                    }
                }
                op::WITHDRAW => {
                    let id = waiting.keys().nth(usize::from(script.byte() % 8));
                    if let Some(id) = id.copied()
                        && caller.withdraw(id)
                    {
                        assert!(withdrawn.insert(id), "{id} is withdrawn twice");
                    }
                }
                op::RELEASE => caller.release(),
                op::RANDOM => works.set(script.byte() % 2 == 1),
                op::TOKEN => caller.set_token("xoxb-2").expect("a token"),
                _ => {}
            }
        }
        let mut outputs = 0;
        loop {
            outputs += 1;
            assert!(
                outputs <= 12 + arrived + 4 * waiting.len(),
                "endless outputs"
            );
            let job = call.map(|(job, _)| job);
            let Ok(output) = caller.poll(job, &mut rx, &mut tx, Instant::from_millis(now)) else {
                assert!(!works.get());
                break;
            };
            let (id, is_last) = match output {
                Output::Connect { peer, until, .. } => {
                    assert!(!side.is_open && !side.is_opening && until.as_millis() > now);
                    assert_eq!((peer.port, peer.security), (443, Security::Tls));
                    let known = [API, HOOKS].into_iter().find(|host| *host == peer.host);
                    side.host = known.expect("a known host");
                    if let Some((_, host)) = call {
                        assert_eq!(side.host, host, "a link for another call");
                    }
                    side.written.clear();
                    side.open(&mut caller);
                    continue;
                }
                Output::Disconnect => {
                    assert!(tx.pending().is_empty(), "a request leaves after its end");
                    (side.is_open, side.is_opening) = (false, false);
                    caller.disconnected(DisconnectReason::Closed);
                    continue;
                }
                Output::Wait { until, .. } => {
                    assert!(until.as_millis() > now, "a wait for the past");
                    break;
                }
                Output::Event(event) => match event {
                    CallerEvent::Element(_) => (None, false),
                    CallerEvent::TokenExpired => {
                        assert_eq!(side.host, API, "a webhook has no token");
                        (None, false)
                    }
                    CallerEvent::Accepted(_)
                    | CallerEvent::Refused(_)
                    | CallerEvent::Failed(_)
                    | CallerEvent::Unconfirmed(_) => {
                        let (_, host) = call.take().expect("an outcome of a call");
                        if !matches!(event, CallerEvent::Failed(CallError::TimedOut(_))) {
                            assert_eq!(side.host, host, "an outcome of another call");
                        }
                        (None, true)
                    }
                    CallerEvent::PostAccepted(id, _) | CallerEvent::PostRefused(id, _) => {
                        assert_eq!(waiting.get(&id), Some(&side.host), "{id}");
                        assert!(!withdrawn.contains(&id), "{id} was withdrawn");
                        (Some(id), false)
                    }
                    CallerEvent::PostFailed(id, _)
                    | CallerEvent::PostUnconfirmed(id, _)
                    | CallerEvent::PostExpired(id) => {
                        assert!(!withdrawn.contains(&id), "{id} was withdrawn");
                        (Some(id), false)
                    }
                    CallerEvent::PostWithdrawn(id) => {
                        assert!(withdrawn.remove(&id), "{id} was not withdrawn");
                        (Some(id), false)
                    }
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            };
            if let Some(id) = id {
                assert!(waiting.remove(&id).is_some(), "{id} has two outcomes");
            }
            assert!(!is_last || !caller.is_calling());
        }
        if side.is_open {
            side.check(tx.pending());
        }
        assert_eq!(caller.pending_posts(), waiting.len());
        if is_over {
            assert!(call.is_none(), "a call has no outcome");
            if waiting.is_empty() {
                break;
            }
            // What still waits can be withdrawn, and has its outcome then.
            for id in waiting.keys().copied() {
                assert!(caller.withdraw(id) && withdrawn.insert(id), "{id} is lost");
            }
        }
    }
}
