//! Calls of methods, one after the other, over one link that is kept.

use super::accepted::Accepted;
use super::api_error::ApiError;
use super::argument_error::{ArgumentError, ArgumentPart};
use super::call_error::CallError;
use super::caller_config::CallerConfig;
use super::code::ErrorCode;
use super::due::{Due, origin};
use super::element::Element;
use super::exchange::{ADVANCE_JSON, Exchange, ExchangeError};
use super::job::Job;
use super::method::{Method, MethodInfo, OwnUrl, Repetition};
use super::outbox::{Entry, OutboxState, Status};
use super::post_error::PostError;
use super::rates::{RateKey, RateSlot, Rates};
use super::request_error::RequestError;
use super::response::{ResponseError, ResponseStepKind};
use super::sequence::Sequence;
use super::sequence_error::SequenceError;
use super::stored::Stored;
use super::{deadline, paths};
use crate::backoff::{Backoff, Urgency};
use crate::buffer::{RecvBuf, SendBuf, Sink};
use crate::entropy::{Entropy, EntropyError};
use crate::http::HttpError;
use crate::json::{Members, Paths};
use crate::link::{DisconnectReason, Link, Output, Timeout};
use crate::message_id::MessageId;
use crate::storage::{Storage, StorageParts, TokenError, replace_token, token_in};
use crate::time::{Duration, Instant};
use crate::url::Url;
use core::convert::Infallible;
use core::fmt;

/// Calls methods of the Web API, one after the other, over one link that is kept.
///
/// A state machine that performs no I/O, like [`Client`](crate::Client), with the same
/// [`Output`] and the same rules, and with buffers and a link of its own. [`begin`](Self::begin)
/// begins a call, and [`poll`](Self::poll) with its [`Job`] continues it until its outcome. Between
/// two calls, poll without a job: the end of the link is noticed then.
///
/// Each call has exactly one outcome: [`Accepted`](CallerEvent::Accepted),
/// [`Refused`](CallerEvent::Refused), [`Failed`](CallerEvent::Failed) or
/// [`Unconfirmed`](CallerEvent::Unconfirmed). A call waits while a rate limit of Slack holds it
/// back, and after a `Retry-After`.
///
/// [`post`](Self::post) stores a call, such as a message, in the memory for messages that wait. Polls
/// without a job make it: in the order of the posts of each method to each channel, paced, and again after an
/// outage, until its outcome or the end of its time to live.
///
/// A method with a [URL of its own](MethodInfo::at_url) needs a link to another host: the present one
/// is closed first. After a failure, posts to another host precede those to the host that failed.
pub struct Caller<'c, E, S> {
    storage: S,
    /// The length of the token in the storage.
    token_length: u16,
    config: CallerConfig<'c>,
    rates: Rates<'c>,
    entropy: E,
    backoff: Backoff,
    /// No call is made before it, because of a failure.
    not_before: Instant,
    phase: Phase,
    link: Link,
    /// The latest instant that a poll was given.
    now: Instant,
    /// The deadline of the connection.
    until: Instant,
    call: Option<Underway>,
    /// When the last exchange over the link ended.
    idle_since: Instant,
    /// The number of the host that the link is to, if that is not the one of the base: see
    /// [`OwnUrl::origin`].
    origin: u32,
    /// The number of the host of the last failure.
    failed: Option<u32>,
    /// The functions for requests to a URL of their own. Set by the first such call or post, so
    /// that the linker drops them from programs without one.
    own_url: Option<&'static OwnUrl>,
    /// Whether the link has served no request.
    is_fresh: bool,
    /// Whether the link is not wanted any more.
    is_released: bool,
    outbox: OutboxState,
    /// The id of the latest post.
    last_id: u32,
    /// The post whose request is on the link.
    posting: Option<u32>,
    /// Reports posts that are not to be made any more, and keeps the next deadline. Set by the first
    /// post that may need it, so that the linker drops it from programs that set no time to live and
    /// withdraw nothing.
    retire: Option<fn(&mut Self) -> Option<Step>>,
    /// The next deadline of a post that waits.
    deadline: Instant,
    /// Whether posts that need a token wait for another one.
    is_token_expired: bool,
    /// The output of the last poll.
    step: Step,
    /// The table of paths of the last response, its status and its `Retry-After`.
    response: (&'static Paths, u16, Option<Duration>),
}

/// An output that borrows nothing.
#[derive(Clone, Copy, Debug)]
enum Step {
    Connect,
    Disconnect,
    Wait(Instant),
    Element(u8),
    BodyNeeded,
    Accepted,
    Refused,
    Failed(CallError),
    Unconfirmed(CallError),
    PostAccepted(u32),
    PostRefused(u32),
    PostFailed(u32, CallError),
    PostUnconfirmed(u32, CallError),
    PostExpired(u32),
    PostWithdrawn(u32),
    TokenExpired,
}

/// The call that is under way.
#[derive(Clone, Copy, Debug)]
struct Underway {
    /// When the whole call must have ended.
    until: Instant,
    /// Whether this is the second attempt.
    is_repeated: bool,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant)] // there is no allocator to box the exchange
enum Phase {
    /// There is no request on the link, if there is a link.
    Ready,
    Connecting,
    AwaitingResponse(Exchange),
    Disconnecting,
}

/// The output of a [`Caller`], which never ends by itself.
pub type CallerOutput<'r> = Output<'r, CallerEvent<'r>, Infallible>;

/// An event of a [`Caller`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CallerEvent<'r> {
    /// An element of a list that the table of paths names.
    Element(Element<'r>),
    /// The next bytes of the body of an upload are to be supplied, by
    /// [`Caller::body_room`] and [`Caller::body_filled`]. All bytes before them have left.
    ///
    /// The event repeats until at least one byte was supplied. Without it nothing happens but the
    /// response; a slow source is read without a time limit but that of the
    /// [whole call](CallerConfig::total).
    BodyNeeded {
        /// The offset of these bytes in the body, which is the number of bytes that have left. It is
        /// 0 again if the call is repeated after the link has failed.
        offset: u64,
        /// The length of the body.
        length: u64,
    },
    /// The outcome: the response, with `"ok":true`.
    Accepted(Accepted<'r>),
    /// The outcome: Slack refused the call.
    Refused(ApiError<'r>),
    /// The outcome: Slack has not done the call, or a repetition is harmless.
    Failed(CallError),
    /// The outcome: it is not known whether Slack has done the call. The request has left, at least
    /// in part, and no whole response came.
    Unconfirmed(CallError),
    /// The outcome of a post: the response, with `"ok":true`.
    PostAccepted(MessageId, Accepted<'r>),
    /// The outcome of a post: Slack refused it.
    PostRefused(MessageId, ApiError<'r>),
    /// The outcome of a post: Slack has not done it, and a repetition would not help.
    PostFailed(MessageId, CallError),
    /// The outcome of a post: it is not known whether Slack has done it.
    PostUnconfirmed(MessageId, CallError),
    /// The outcome of a post: it was not sent within its time to live.
    PostExpired(MessageId),
    /// The outcome of a post: it was withdrawn before it was sent.
    PostWithdrawn(MessageId),
    /// The token has expired. Posts that need one wait until [`Caller::set_token`] sets another one,
    /// such as one of [`RefreshTokens`](crate::methods::oauth::RefreshTokens); a call ends as
    /// [`Refused`](Self::Refused).
    TokenExpired,
}

impl<'c, E: Entropy, S: Storage> Caller<'c, E, S> {
    /// Creates a machine with this token, which is copied into the storage. `rates` is the memory
    /// for the rate limits that are in force.
    ///
    /// # Errors
    /// [`RequestError`] names the setting that cannot be used.
    pub fn new(
        config: CallerConfig<'c>,
        token: &str,
        mut storage: S,
        rates: &'c mut [RateSlot],
        entropy: E,
    ) -> Result<Self, RequestError> {
        config.url()?;
        let token_length = replace_token(storage.parts().token, token)?;
        Ok(Self {
            storage,
            token_length,
            config,
            rates: Rates(rates),
            entropy,
            backoff: Backoff::new(config.backoff),
            not_before: Instant::from_millis(0),
            phase: Phase::Ready,
            link: Link::Idle,
            now: Instant::from_millis(0),
            until: Instant::MAX,
            call: None,
            idle_since: Instant::from_millis(0),
            origin: 0,
            failed: None,
            own_url: None,
            is_fresh: false,
            is_released: false,
            outbox: OutboxState::EMPTY,
            last_id: 0,
            posting: None,
            retire: None,
            deadline: Instant::MAX,
            is_token_expired: false,
            step: Step::Disconnect,
            response: (&paths::CALL, 0, None),
        })
    }

    /// Replaces the token, from the next request on. A request that is not wholly in the send buffer
    /// yet is sent again, with the new one.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used, or does not fit into the storage. The old one is
    /// kept.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.token_length = replace_token(self.storage.parts().token, token)?;
        self.is_token_expired = false;
        if let Phase::AwaitingResponse(exchange) = &self.phase
            && !exchange.is_written()
        {
            // A post waits again: it can expire and be withdrawn.
            self.posting = None;
            self.phase = Phase::Disconnecting;
        }
        Ok(())
    }

    /// Begins a call of `job`. A call that is under way is abandoned, without an outcome; if its
    /// request has begun, the link is closed.
    ///
    /// # Errors
    /// [`RequestError`] if the call cannot be made, such as one whose argument exceeds a limit of
    /// Slack's. No call has begun then.
    pub fn begin(&mut self, job: &Job<'_>) -> Result<(), RequestError> {
        self.check(job.method, true)?;
        self.abandon();
        self.call = Some(Underway {
            until: Instant::MAX, // the next poll has the present time
            is_repeated: false,
        });
        Ok(())
    }

    /// Stores a call of `method`, to be made when it is possible. Returns its id, which the event of
    /// its outcome has too.
    ///
    /// It takes its arguments as a form, the names of method and channel, and 16 bytes of the memory
    /// for messages that wait; 15 more with a time to live.
    ///
    /// The time to live begins with the next poll, which knows the time.
    ///
    /// # Errors
    /// [`PostError`]: the call cannot be made, such as one whose argument exceeds a limit of Slack's,
    /// or there is no room.
    pub fn post(
        &mut self,
        method: &dyn Method,
        time_to_live: Option<Duration>,
    ) -> Result<MessageId, PostError> {
        self.check(method, false)?;
        // The memory has one byte for the length of each.
        let info = method.info();
        let found = info.name.len().max(info.channel.map_or(0, str::len));
        if found > usize::from(u8::MAX) {
            let part = ArgumentPart::Id;
            return Err(ArgumentError { part, found }.into());
        }
        let id = self.last_id % i32::MAX as u32 + 1;
        let mut outbox = self.outbox.over(self.storage.parts().outbox);
        if !outbox.keeps_messages() {
            return Err(PostError::NoOutbox);
        }
        let write = |sink: &mut dyn Sink| Stored::write(method, sink);
        outbox.push(id, Status::Waiting, &write)?;
        if let Some(time_to_live) = time_to_live {
            let added = deadline::add(&mut outbox, id, time_to_live);
            added.inspect_err(|_| _ = outbox.remove(id))?;
            self.retire = Some(Self::retire);
        }
        self.last_id = id;
        Ok(MessageId(id))
    }

    /// Checks a method before it is called.
    fn check(&mut self, method: &dyn Method, is_call: bool) -> Result<(), RequestError> {
        self.config.endpoint.check_method(method, is_call)?;
        self.own_url = self.own_url.or(method.info().own_url);
        Ok(())
    }

    /// Withdraws a post that waits. [`PostWithdrawn`](CallerEvent::PostWithdrawn) is its outcome.
    /// Returns whether it waited: it is too late once its request is on the link.
    pub fn withdraw(&mut self, id: MessageId) -> bool {
        let MessageId(id) = id;
        let mut outbox = self.outbox.over(self.storage.parts().outbox);
        let waits = outbox
            .find(id)
            .is_some_and(|entry| entry.status == Status::Waiting);
        if !waits || self.posting == Some(id) {
            return false;
        }
        // Its memory is free at once, but for the id.
        outbox.remove(id);
        let nothing = |_: &mut dyn Sink| ();
        self.retire = Some(Self::retire);
        outbox.push(id, Status::Withdrawn, &nothing).is_ok()
    }

    /// Returns the number of posts without an outcome.
    pub fn pending_posts(&self) -> usize {
        self.outbox.messages()
    }

    /// Closes the link as soon as no call is under way and no post can be made at once, so that its
    /// memory can be used otherwise. The next call opens another one, which is kept again.
    pub const fn release(&mut self) {
        self.is_released = true;
    }

    /// Returns whether posts wait for another token, after [`TokenExpired`](CallerEvent::TokenExpired).
    pub const fn is_token_expired(&self) -> bool {
        self.is_token_expired
    }

    /// Returns whether a call is under way.
    pub const fn is_calling(&self) -> bool {
        self.call.is_some()
    }

    /// Advances as far as possible and returns the next thing to do.
    ///
    /// `now` is the present instant. `job` is that of the call under way: the same in every poll
    /// until its outcome. Without one, a call that is under way is abandoned.
    ///
    /// # Errors
    /// [`EntropyError`] if there is no randomness for the delay after a failure. Nothing was lost:
    /// poll again.
    pub fn poll<'r>(
        &mut self,
        job: Option<&Job<'_>>,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<CallerOutput<'r>, EntropyError>
    where
        'c: 'r,
    {
        self.take_step(job, rx, tx, now)?;
        Ok(self.output(rx))
    }

    /// Advances as far as possible, and keeps the step that was reached.
    fn take_step(
        &mut self,
        job: Option<&Job<'_>>,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<(), EntropyError> {
        self.now = self.now.max(now);
        if job.is_none() {
            self.abandon();
        }
        if let Some(call) = &mut self.call {
            call.until = call.until.min(self.now + self.config.total);
        }
        self.step = self.advance(job, rx, tx)?;
        if matches!(
            self.step,
            Step::Accepted | Step::Refused | Step::Failed(_) | Step::Unconfirmed(_)
        ) {
            self.call = None;
        }
        Ok(())
    }

    /// Returns the output of the present step.
    fn output<'r>(&self, rx: &'r RecvBuf<'_>) -> CallerOutput<'r>
    where
        'c: 'r,
    {
        match self.step {
            Step::Connect => match self.url(rx) {
                Some(url) => Output::Connect {
                    peer: url.peer(),
                    until: self.until,
                },
                None => Output::Disconnect, // `new` has checked the URL
            },
            Step::Disconnect => Output::Disconnect,
            Step::Wait(until) => {
                let mut until = until.min(self.deadline);
                if let (Some(call), Some(_)) = (self.call, self.posting) {
                    until = until.min(call.until);
                }
                let can_read = rx.has_room();
                Output::Wait { until, can_read }
            }
            _ => match self.event(rx) {
                Some(event) => Output::Event(event),
                None => Output::Disconnect, // every other step is an event
            },
        }
    }

    /// Begins the first call of `sequence`, or the one that failed, like [`begin`](Self::begin).
    ///
    /// # Errors
    /// [`RequestError`] if the call cannot be made. No call has begun then.
    pub fn begin_sequence(&mut self, sequence: &dyn Sequence) -> Result<(), RequestError> {
        self.begin(&sequence.job())
    }

    /// Like [`poll`](Self::poll), for the calls of `sequence`, which are made as one: the next one is
    /// begun where the outcome would be [`Accepted`](CallerEvent::Accepted), but for the last one.
    /// `sequence` is the one that was begun, in every poll until its outcome.
    ///
    /// Each call has the time limits of one. Posts wait until the outcome. An error of the sequence is
    /// the outcome [`Failed`](CallerEvent::Failed) with [`CallError::Sequence`].
    ///
    /// # Errors
    /// The same as those of [`poll`](Self::poll).
    pub fn poll_sequence<'r>(
        &mut self,
        sequence: &mut dyn Sequence,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<CallerOutput<'r>, EntropyError>
    where
        'c: 'r,
    {
        loop {
            self.take_step(Some(&sequence.job()), rx, tx, now)?;
            let Step::Accepted = self.step else { break };
            let response = Accepted::new(rx.records(), self.response.0);
            let begun = match sequence.accepted(response) {
                Ok(false) => break,
                Ok(true) => self
                    .begin_sequence(sequence)
                    .map_err(SequenceError::Request),
                Err(error) => Err(error),
            };
            if let Err(error) = begun {
                self.step = Step::Failed(CallError::Sequence(error));
                break;
            }
        }
        Ok(self.output(rx))
    }

    /// Returns the room in the send buffer for the next bytes of a body, after
    /// [`BodyNeeded`](CallerEvent::BodyNeeded). It is no longer than the rest of the body. At other
    /// times there is none.
    pub fn body_room<'t>(&self, tx: &'t mut SendBuf<'_>) -> &'t mut [u8] {
        match &self.phase {
            Phase::AwaitingResponse(exchange) if self.wants_body(tx) => exchange.body_room(tx),
            _ => &mut [],
        }
    }

    /// Sends the first `count` bytes of [`body_room`](Self::body_room), which were written there. With 0
    /// bytes it does nothing. `now` is the present instant: the time that their source took does not
    /// count as silence.
    pub fn body_filled(&mut self, count: usize, tx: &mut SendBuf<'_>, now: Instant) {
        if self.wants_body(tx)
            && let Phase::AwaitingResponse(exchange) = &mut self.phase
        {
            exchange.body_filled(count, tx, self.now.max(now));
        }
    }

    /// Returns whether the last event asked for a part of a body, which was not supplied yet.
    fn wants_body(&self, tx: &SendBuf<'_>) -> bool {
        matches!(self.step, Step::BodyNeeded) && tx.pending().is_empty()
    }

    /// Returns the URL of the link to open. Its own one is in the receive buffer until then.
    fn url<'r>(&self, rx: &'r RecvBuf<'_>) -> Option<Url<'r>>
    where
        'c: 'r,
    {
        match self.own_url.filter(|_| self.origin != 0) {
            Some(own_url) => (own_url.kept)(rx),
            None => self.config.url().ok(),
        }
    }

    /// Returns the event of the last poll again.
    ///
    /// `rx` is the buffer of that poll, untouched since. For a function that polls in a loop and
    /// lends the event after it, which a borrow taken inside of the loop does not allow.
    pub fn event<'r>(&self, rx: &'r RecvBuf<'_>) -> Option<CallerEvent<'r>> {
        let (paths, status, retry_after) = self.response;
        let records = rx.records();
        Some(match self.step {
            Step::Element(path) => {
                CallerEvent::Element(Element::new(path, Members::new(records, paths)))
            }
            Step::BodyNeeded => {
                let Phase::AwaitingResponse(exchange) = &self.phase else {
                    return None;
                };
                let (offset, length) = exchange.body();
                CallerEvent::BodyNeeded {
                    offset: offset.into(),
                    length: length.into(),
                }
            }
            Step::Accepted => CallerEvent::Accepted(Accepted::new(records, paths)),
            Step::Refused => {
                CallerEvent::Refused(ApiError::of_response(records, status, retry_after))
            }
            Step::Failed(error) => CallerEvent::Failed(error),
            Step::Unconfirmed(error) => CallerEvent::Unconfirmed(error),
            Step::PostAccepted(id) => {
                CallerEvent::PostAccepted(MessageId(id), Accepted::new(records, paths))
            }
            Step::PostRefused(id) => {
                let error = ApiError::of_response(records, status, retry_after);
                CallerEvent::PostRefused(MessageId(id), error)
            }
            Step::PostFailed(id, error) => CallerEvent::PostFailed(MessageId(id), error),
            Step::PostUnconfirmed(id, error) => CallerEvent::PostUnconfirmed(MessageId(id), error),
            Step::PostExpired(id) => CallerEvent::PostExpired(MessageId(id)),
            Step::PostWithdrawn(id) => CallerEvent::PostWithdrawn(MessageId(id)),
            Step::TokenExpired => CallerEvent::TokenExpired,
            Step::Connect | Step::Disconnect | Step::Wait(_) => return None,
        })
    }

    /// Reports that the link is open. Ignored unless [`Output::Connect`] asked for one.
    pub fn connected(&mut self) {
        let _ = self.link.connected();
    }

    /// Reports that the link has ended or could not be opened. Ignored if there was none.
    ///
    /// Bytes that were read before belong into the receive buffer first.
    pub fn disconnected(&mut self, reason: DisconnectReason) {
        let _ = self.link.disconnected(reason);
    }

    /// Drops the call under way.
    fn abandon(&mut self) {
        self.call = None;
        if let (Phase::AwaitingResponse(_), None) = (&self.phase, self.posting) {
            self.phase = Phase::Disconnecting;
        }
    }

    /// Takes steps until there is an output.
    fn advance(
        &mut self,
        job: Option<&Job<'_>>,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Step, EntropyError> {
        let job = job.zip(self.call);
        loop {
            // A call that waits for a post does not wait for longer than it may take.
            if let Some((_, call)) = job
                && self.posting.is_some()
                && self.now >= call.until
            {
                return Ok(Step::Failed(CallError::TimedOut(Timeout::Call)));
            }
            // Also after an exchange, which may leave a post waiting whose time is over.
            if let Some(step) = self.retire.and_then(|retire| retire(self)) {
                return Ok(step);
            }
            match (&mut self.phase, self.link) {
                (Phase::Disconnecting, link) if link.is_in_use() => {
                    // An adapter may send what is pending before it closes.
                    tx.clear();
                    return Ok(Step::Disconnect);
                }
                // The link has also ended if that happened between two calls.
                (Phase::Disconnecting, _) | (Phase::Ready, Link::Ended(_)) => {
                    self.phase = Phase::Ready;
                    self.link = Link::Idle;
                }
                (Phase::Ready, link) => {
                    if let Some(step) = self.rest(job, link == Link::Open, rx, tx) {
                        return Ok(step);
                    }
                }
                (Phase::Connecting, _)
                    if self.is_released && job.is_none() && self.outbox.messages() == 0 =>
                {
                    self.phase = Phase::Disconnecting;
                }
                (Phase::Connecting, Link::Open) => {
                    self.phase = Phase::Ready;
                    self.is_fresh = true;
                    self.idle_since = self.now;
                    // Bytes of an earlier link are not for this one.
                    rx.clear();
                    tx.clear();
                }
                (Phase::Connecting, link) => {
                    let is_elsewhere =
                        job.is_some_and(|(job, _)| origin(&job.method.info(), None) != self.origin);
                    let error = match link {
                        Link::Ended(reason) => CallError::NotConnected(reason),
                        _ if is_elsewhere => {
                            self.phase = Phase::Disconnecting;
                            continue;
                        }
                        _ if self.now >= self.until => CallError::TimedOut(Timeout::Connect),
                        _ => return Ok(Step::Wait(self.until)),
                    };
                    self.put_off(self.origin, None)?;
                    self.phase = Phase::Disconnecting;
                    rx.clear(); // of the URL
                    // Posts wait for the next link, and a call to another host for its own.
                    if job.is_some() && !is_elsewhere {
                        return Ok(Step::Failed(error));
                    }
                }
                (Phase::AwaitingResponse(_), _) => {
                    if let Some(step) = self.exchange(job, rx, tx)? {
                        return Ok(step);
                    }
                }
            }
        }
    }

    /// Decides what to do while no request is on the link. Returns `None` if the phase has changed.
    fn rest(
        &mut self,
        job: Option<(&Job<'_>, Underway)>,
        is_open: bool,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Option<Step> {
        // Bytes that no request asked for cannot be distinguished from the next response.
        let is_unusable = is_open && !rx.unread().is_empty();
        // The URL of the link to open is kept.
        let url = if is_open { None } else { Some(&mut *rx) };
        let due = match job {
            Some((_, call)) if self.now >= call.until => {
                return Some(Step::Failed(CallError::TimedOut(Timeout::Call)));
            }
            Some((job, call)) => {
                let ready_at = self.ready_at(&job.method.info());
                (ready_at <= self.now)
                    .then(|| Due::of(None, job.method, job.at_least_once, url))
                    .ok_or(ready_at.min(call.until))
            }
            None => self.due_post(url),
        };
        if is_unusable || (is_open && self.is_released && due.is_err()) {
            self.phase = Phase::Disconnecting;
            return None;
        }
        if !is_open && (job.is_some() || due.is_err()) {
            self.is_released = false;
        }
        let due = match due {
            Ok(due) => due,
            Err(until) => return Some(Step::Wait(until)),
        };
        if !is_open {
            self.origin = due.origin;
            self.link = Link::Connecting;
            self.phase = Phase::Connecting;
            let until = job.map_or(Instant::MAX, |(_, call)| call.until);
            self.until = (self.now + self.config.timeouts.connect).min(until);
            return Some(Step::Connect);
        }
        let idle = self.now - self.idle_since;
        let is_too_old = idle > self.config.longest_idle && !due.may_repeat;
        if due.origin != self.origin || is_too_old {
            self.phase = Phase::Disconnecting;
            return None;
        }
        rx.clear();
        tx.clear();
        self.rates.take(due.key, due.rate, self.now);
        let paths = job.map_or(self.config.post_paths, |(job, _)| job.paths);
        let exchange = Exchange::new(paths, &self.config.timeouts, self.now);
        self.response = (paths, 0, None);
        self.posting = due.post;
        self.phase = Phase::AwaitingResponse(exchange);
        None
    }

    /// Returns the oldest post that may be made now, or the time to wait for one.
    ///
    /// After a failure, a post to another host than the one that failed precedes.
    #[inline(never)] // inlined, it takes 1 % more of the flash of a program that posts
    fn due_post(&mut self, url: Option<&mut RecvBuf<'_>>) -> Result<Due, Instant> {
        let (mut earliest, mut oldest) = (Instant::MAX, None);
        let parts = self.storage.parts();
        let outbox = self.outbox.over(parts.outbox);
        for entry in outbox.entries() {
            let stored = match entry.status {
                Status::Waiting => Stored::read(entry.json, self.own_url),
                _ => None,
            };
            let Some(stored) = stored else { continue };
            let info = stored.info();
            if self.is_token_expired && info.needs_token {
                continue;
            }
            let ready_at = self.rates.call_at(&info, self.now).max(self.not_before);
            if ready_at > self.now {
                earliest = earliest.min(ready_at);
                continue;
            }
            let has_failed = self.failed == Some(origin(&info, None));
            if oldest.is_none() || !has_failed {
                oldest = Some((entry.id, stored));
            }
            if !has_failed {
                break;
            }
        }
        match oldest {
            Some((id, stored)) => Ok(Due::of(Some(id), &stored, false, url)),
            None => Err(earliest),
        }
    }

    /// Continues the request and its response. Returns `None` if the phase has changed.
    fn exchange(
        &mut self,
        job: Option<(&Job<'_>, Underway)>,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Option<Step>, EntropyError> {
        let Phase::AwaitingResponse(exchange) = &mut self.phase else {
            return Ok(None);
        };
        let StorageParts { token, outbox } = self.storage.parts();
        let outbox = self.outbox.over(outbox);
        let entry = self.posting.and_then(|id| outbox.find(id));
        let stored = entry.and_then(|entry| Stored::read(entry.json, self.own_url));
        // Bytes on a kept link are no response to a request of which nothing has left.
        let is_surplus = !self.is_fresh && !exchange.has_left(tx) && !rx.unread().is_empty();
        let (method, call): (&dyn Method, _) = match (&stored, job) {
            (Some(stored), _) if !is_surplus => (stored, None),
            (None, Some((job, call))) if self.posting.is_none() && !is_surplus => {
                (job.method, Some((job, call)))
            }
            _ => {
                self.posting = None;
                self.phase = Phase::Disconnecting;
                return Ok(None);
            }
        };
        let info = method.info();
        let due = Due::of(
            self.posting,
            method,
            call.is_some_and(|(job, _)| job.at_least_once),
            None,
        );
        if due.origin != self.origin {
            // The job of another call, which `poll` does not allow.
            self.phase = Phase::Disconnecting;
            return Ok(None);
        }
        let (is_unsafe, needs_token, method_key) = (
            info.repetition == Repetition::Unsafe,
            info.needs_token,
            RateKey::new(info.name, None),
        );
        let token = token_in(token, self.token_length);
        let config = &self.config;
        let write = |sink: &mut dyn Sink| match (info.own_url, config.url()) {
            (Some(own_url), _) => config.endpoint.write_own(own_url, method, sink),
            (None, Ok(url)) => (config.write)(&config.endpoint, token, method, &url, sink),
            (None, Err(_)) => {} // `new` has checked the URL
        };
        let advance = info.own_url.map_or(ADVANCE_JSON, |own_url| own_url.advance);
        let received = loop {
            let received = exchange.poll(rx, tx, self.link, self.now, &write, advance);
            // The head alone is no event of a call.
            if received != Ok(ResponseStepKind::Head) {
                break received;
            }
        };
        let body = info.body;
        let response = exchange.response();
        self.response = (self.response.0, response.status(), response.retry_after());
        let (_, status, retry_after) = self.response;
        let (supplied, _) = exchange.body();
        let is_unsent = body.is_some_and(|body| body.length != supplied);
        let keeps_link = response.keeps_link()
            && self.link == Link::Open
            && exchange.is_written()
            && !is_unsent
            && tx.pending().is_empty()
            && rx.unread().is_empty();
        let has_left = exchange.has_left(tx);
        let until = call.map_or(Instant::MAX, |(_, call)| call.until);
        let error = match received {
            Ok(ResponseStepKind::Head | ResponseStepKind::Incomplete) if self.now < until => {
                return Ok(Some(match body {
                    Some(body) if (body.is_needed)(body, exchange, tx) => Step::BodyNeeded,
                    _ => Step::Wait(exchange.until().min(until)),
                }));
            }
            Ok(ResponseStepKind::Head | ResponseStepKind::Incomplete) => {
                CallError::TimedOut(Timeout::Call)
            }
            // The lists of the response to a post are not returned.
            Ok(ResponseStepKind::Element(_)) if due.post.is_some() => return Ok(None),
            Ok(ResponseStepKind::Element(path)) => {
                // A repetition would return it again.
                self.call = call.map(|(_, call)| Underway {
                    is_repeated: true,
                    ..call
                });
                return Ok(Some(Step::Element(path)));
            }
            Ok(ResponseStepKind::Refused) => {
                let error = ApiError::of_response(rx.records(), status, retry_after);
                let wait = match error.code() {
                    ErrorCode::RateLimited => error.retry_after(),
                    _ => None,
                };
                let is_expired = needs_token && error.code() == ErrorCode::TokenExpired;
                if status >= 500 || (wait.is_some() && self.rates.0.is_empty()) {
                    self.put_off(due.origin, wait.or(retry_after))?;
                }
                self.end_exchange(&due, keeps_link);
                if let Some(wait) = wait {
                    // Slack counts per method, whatever the channel.
                    self.hold(&due, method_key, wait);
                }
                return Ok(match due.post {
                    Some(_) if wait.is_some() => None, // it waits
                    Some(_) if is_expired => {
                        self.is_token_expired = true;
                        Some(Step::TokenExpired)
                    }
                    Some(id) => {
                        self.outbox.over(self.storage.parts().outbox).remove(id);
                        Some(Step::PostRefused(id))
                    }
                    None => Some(Step::Refused),
                });
            }
            Ok(ResponseStepKind::Accepted) if is_unsent => CallError::EarlyResponse,
            Ok(ResponseStepKind::Accepted) => {
                self.backoff = Backoff::new(self.config.backoff);
                self.failed = self.failed.filter(|failed| *failed != self.origin);
                self.end_exchange(&due, keeps_link);
                return Ok(Some(match due.post {
                    Some(id) => {
                        self.outbox.over(self.storage.parts().outbox).remove(id);
                        Step::PostAccepted(id)
                    }
                    None => Step::Accepted,
                }));
            }
            Err(ExchangeError::Disconnected(reason)) => CallError::Disconnected(reason),
            Err(ExchangeError::TimedOut) => CallError::TimedOut(Timeout::Response),
            Err(ExchangeError::Response(kind)) => CallError::Response(response.error(kind)),
        };
        let error = match body {
            Some(body) => (body.failure)(body, supplied > 0, error),
            None => error,
        };
        let has_failed = has_left || self.is_fresh;
        // The network may have forgotten the link.
        let is_stale = !self.is_fresh && error == CallError::TimedOut(Timeout::Response);
        if matches!(status, 429 | 500..) || (due.post.is_some() && has_failed) {
            // Before anything changes: without randomness the next poll does this again.
            self.put_off(due.origin, retry_after)?;
        }
        self.end_exchange(&due, false);
        if let Some(wait) = retry_after {
            self.hold(&due, due.key, wait);
        }
        // Slack's edge responds with 503 in place of the server that does the work.
        let is_unknown = matches!(status, 0 | 200..=299 | 500..=502 | 504..);
        let may_be_done = has_left && is_unsafe && is_unknown;
        if let Some(id) = due.post {
            if !may_be_done && matches!(status, 0..=299 | 429 | 500..) {
                return Ok(None); // it waits
            }
            self.outbox.over(self.storage.parts().outbox).remove(id);
            return Ok(Some(match may_be_done {
                true => Step::PostUnconfirmed(id, error),
                false => Step::PostFailed(id, error),
            }));
        }
        // The server may close a link at any moment between two requests.
        if let Some((_, call)) = call
            && (is_cut(&error) || is_stale)
            && (!has_left || due.may_repeat)
            && !call.is_repeated
        {
            self.call = Some(Underway {
                is_repeated: true,
                ..call
            });
            return Ok(None);
        }
        Ok(Some(match may_be_done {
            true => Step::Unconfirmed(error),
            false => Step::Failed(error),
        }))
    }

    /// Removes a post that is not to be made any more, and returns its outcome. If there is none,
    /// keeps the next deadline.
    fn retire(&mut self) -> Option<Step> {
        let (now, posting) = (self.now, self.posting);
        let mut outbox = self.outbox.over(self.storage.parts().outbox);
        deadline::begin(&mut outbox, now);
        if let Some(Entry { id, .. }) = outbox.first(Status::Withdrawn) {
            outbox.remove(id);
            return Some(Step::PostWithdrawn(id));
        }
        let waiting = outbox.entries().filter(|note| Some(note.id) != posting);
        let deadlines = waiting.filter_map(|note| Some((deadline::of(&note)?, note.id)));
        let (deadline, id) = deadlines.min().unwrap_or((Instant::MAX, 0));
        self.deadline = deadline;
        if now < deadline {
            return None;
        }
        outbox.remove(id);
        Some(Step::PostExpired(id))
    }

    /// Ends the use of the link by an exchange.
    fn end_exchange(&mut self, due: &Due, keeps_link: bool) {
        self.rates.ended(due.key, due.rate, self.now);
        self.is_fresh = false;
        self.posting = None;
        self.idle_since = self.now;
        self.phase = match keeps_link {
            true => Phase::Ready,
            false => Phase::Disconnecting,
        };
    }

    /// Holds a subject back, because of a `Retry-After`.
    fn hold(&mut self, due: &Due, key: RateKey, wait: Duration) {
        // `now` was rounded down.
        let until = self.now + wait + Duration::from_millis(1);
        self.rates
            .hold_until(due.key, key, due.rate, until, self.now);
    }

    /// Lets the next call wait, because of a failure. The `Retry-After` of another host than the
    /// base's does not hold for all calls.
    fn put_off(&mut self, origin: u32, retry_after: Option<Duration>) -> Result<(), EntropyError> {
        let at_least = retry_after.filter(|_| origin == 0).unwrap_or_default();
        let entropy = &mut self.entropy;
        self.not_before = self
            .backoff
            .failed(self.now, at_least, Urgency::Normal, entropy)?;
        self.failed = Some(self.origin);
        Ok(())
    }

    /// Returns when the rate limits and earlier failures allow a call.
    fn ready_at(&self, info: &MethodInfo<'_>) -> Instant {
        self.rates.call_at(info, self.now).max(self.not_before)
    }
}

/// Returns whether the end of the link came before the response, or cut it.
fn is_cut(error: &CallError) -> bool {
    matches!(
        error,
        CallError::Disconnected(_) | CallError::Response(ResponseError::Http(HttpError::Truncated))
    )
}

/// Does not show the token.
impl<E, S> fmt::Debug for Caller<'_, E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("config", &self.config)
            .field("link", &self.link)
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<E, S> defmt::Format for Caller<'_, E, S> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Caller {{ is_calling: {} }}", self.call.is_some());
    }
}
