//! Calls of the Web API: the machine, its buffers and its link together, driven by one method.

use crate::post_outcome::PostOutcome;
use crate::pump::{CLOSE_TIMEOUT, Tried};
use crate::stop::StopHandle;
use crate::storage::SessionStorage;
use crate::{Buffers, Dialer, DisconnectReason, LinkError, OsEntropy, Pump, WebApiError};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::EntropyError;
use slack_rtm::event::Identity;
use slack_rtm::json::Paths;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    Accepted, CallFailure, Caller, CallerConfig, CallerEvent, CallerOutput, Element, Job, Method,
    PostError, RequestError, Sequence,
};
use slack_rtm::{MessageId, Output, TokenError};
use std::collections::VecDeque;
use std::{fmt, mem};

/// Calls methods of the Web API, one after the other, over one link that is kept.
///
/// [`call`](Self::call) blocks until the outcome: it connects if there is no link, waits while a
/// rate limit of Slack holds the call back, and repeats the call where that cannot do it twice. It
/// may run in another thread than a [`Session`](crate::Session), which it does not need.
///
/// The chapter `guide::web_api` of slack-rtm's documentation has the rules of repetition and rates,
/// and what to do after each outcome.
///
/// Nothing runs between two calls. If the server has closed the link meanwhile, the next call
/// notices that before it writes, and opens another one.
///
/// ```no_run
/// use slack_rtm::blocks::{Actions, Block, BlockElement, Blocks, Button, HeaderBlock};
/// use slack_rtm::methods::chat::{self, PostMessage, Posted, UpdateMessage};
/// use slack_rtm::web_api::CallerConfig;
/// use slack_rtm_std::{Buffers, CallFailure, Dialer, Trust, WebApi};
///
/// # fn run(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let mut buffers = Buffers::default();
/// let dialer = Dialer::new(Trust::platform())?;
/// let mut web_api = WebApi::new(CallerConfig::new(), token, dialer, &mut buffers)?;
///
/// let open = Button::new("open", "Open").primary();
/// let elements: [&dyn BlockElement; 1] = [&open];
/// let (header, actions) = (HeaderBlock::new("Somebody is at the door"), Actions::new(&elements));
/// let blocks: [&dyn Block; 2] = [&header, &actions];
/// let ring = PostMessage::new("C0123456789", "Somebody is at the door")
///     .blocks(Blocks::list(&blocks));
/// let (channel, ts) = match web_api.call(&ring, &chat::POSTED) {
///     Ok(response) => {
///         let posted = Posted::new(response);
///         let (Some(channel), Some(ts)) = (posted.channel(), posted.ts()) else {
///             return Err("the response has no ts".into());
///         };
///         (channel.to_owned(), ts.to_owned())
///     }
///     // Slack may have posted it: do not post again without a look at the channel.
///     Err(failure) if failure.is_unconfirmed() => return Err(failure.to_string().into()),
///     Err(CallFailure::Refused(error)) => return Err(error.code().to_string().into()),
///     Err(failure) => return Err(failure.to_string().into()),
/// };
/// // Over the same link: no handshake.
/// let opened = UpdateMessage::new(&channel, &ts, "The door is open");
/// web_api.call(&opened, &chat::POSTED).map_err(|failure| failure.to_string())?;
/// # Ok(())
/// # }
/// ```
pub struct WebApi<'m> {
    caller: Caller<'m, OsEntropy, SessionStorage<'m>>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    pump: Pump,
    stop: StopHandle,
    /// The outcomes of posts that were not returned yet.
    done: VecDeque<(MessageId, PostOutcome)>,
    /// Whether the token expired during a call, which `next_post` is to report.
    is_expiry_due: bool,
    last_failure: Option<LinkError>,
    /// The ids in the response to the last post.
    posted_as: Option<Identity>,
}

/// What the machine does in a run.
pub(crate) enum Work<'w> {
    /// Makes this call.
    Job(&'w Job<'w>),
    /// Makes these calls.
    Sequence(&'w mut (dyn Sequence + 'w)),
    /// Makes posts, until one has its outcome, none is left, or this instant.
    Posts(Instant),
    /// Makes posts, until one has its outcome, or the link is closed.
    Release,
}

/// A run of the machine, which pauses and continues.
pub(crate) struct Run<'w> {
    work: Work<'w>,
    /// Whether a byte of a request of the call has left.
    has_left: bool,
    has_exchanged: bool,
}

impl<'w> Run<'w> {
    const fn new(work: Work<'w>) -> Self {
        Self {
            work,
            has_left: false,
            has_exchanged: false,
        }
    }

    const fn is_call(&self) -> bool {
        matches!(self.work, Work::Job(_) | Work::Sequence(_))
    }

    /// Advances `caller` by the work of this run.
    fn poll<'r, 'm: 'r>(
        &mut self,
        caller: &mut Caller<'m, OsEntropy, SessionStorage<'m>>,
        rx: &'r mut RecvBuf<'m>,
        tx: &mut SendBuf<'m>,
        now: Instant,
    ) -> Result<CallerOutput<'r>, EntropyError> {
        match &mut self.work {
            Work::Job(job) => caller.poll(Some(job), rx, tx, now),
            Work::Sequence(sequence) => caller.poll_sequence(&mut **sequence, rx, tx, now),
            Work::Posts(_) | Work::Release => caller.poll(None, rx, tx, now),
        }
    }
}

/// Why the machine does not run any more.
pub(crate) enum Pause {
    /// The call under way has an element, which is to be borrowed.
    Element,
    /// The next bytes of a file are to be supplied.
    Body {
        offset: u64,
        length: u64,
    },
    /// The call under way has its outcome, which is to be borrowed.
    Outcome,
    /// A post has its outcome.
    Post,
    /// The time is over, or nothing is to be done, or there is no link.
    Idle,
    Stopped,
}

impl<'m> WebApi<'m> {
    /// Creates a machine with `config` and `token`, over links that `dialer` opens.
    ///
    /// The token may have up to 1,024 bytes. The machine keeps a copy, which is overwritten when
    /// the token is replaced, and when the machine is dropped.
    ///
    /// # Errors
    /// [`WebApiError`] if a buffer is too small, or if the token or a setting cannot be used.
    pub fn new(
        config: CallerConfig<'m>,
        token: &str,
        dialer: Dialer,
        buffers: &'m mut Buffers,
    ) -> Result<Self, WebApiError> {
        let Buffers {
            rx,
            tx,
            outbox,
            rates,
        } = buffers;
        let storage = SessionStorage::new(outbox);
        Ok(Self {
            rx: RecvBuf::try_from(&mut rx[..])?,
            tx: SendBuf::try_from(&mut tx[..])?,
            caller: Caller::new(config, token, storage, rates, OsEntropy)?,
            stop: StopHandle::new(dialer.waker()),
            pump: Pump::new(dialer),
            done: VecDeque::new(),
            is_expiry_due: false,
            last_failure: None,
            posted_as: None,
        })
    }

    /// Calls `method`, and lends the response. `paths` names the members of the response to keep: a
    /// table beside the method in [`methods`](slack_rtm::methods), or one that extends
    /// [`paths::CALL`](slack_rtm::web_api::paths::CALL).
    ///
    /// # Errors
    /// [`CallFailure`] if there is no response with `"ok":true`.
    pub fn call(
        &mut self,
        method: &dyn Method,
        paths: &'static Paths,
    ) -> Result<Accepted<'_>, CallFailure<'_>> {
        self.call_with(&Job::new(method, paths), |_| {})
    }

    /// Makes the call of `job`, passes each element of the lists in its table of paths to
    /// `element`, and lends the response.
    ///
    /// The elements of a response are passed as they arrive, before it is known to be complete. If
    /// the call is repeated, those of the second response are passed too.
    ///
    /// ```no_run
    /// use slack_rtm::web_api::{Job, Named, paths};
    /// use slack_rtm_std::WebApi;
    ///
    /// slack_rtm::paths! {
    ///     const CHANNELS extends paths::CALL {
    ///         const NEXT_CURSOR = Whole "response_metadata.next_cursor";
    ///         const CHANNEL = Element "channels[]";
    ///         const ID = Whole "channels[].id";
    ///         const NAME = Whole "channels[].name";
    ///     }
    /// }
    ///
    /// # fn run(web_api: &mut WebApi<'_>) {
    /// let list = Named { name: "conversations.list", arguments: &[("limit", "200")] };
    /// let response = web_api.call_with(&Job::new(&list, &CHANNELS), |channel| {
    ///     println!("{:?} {:?}", channel.id(), channel.name());
    /// });
    /// # let _ = response;
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`CallFailure`] if there is no response with `"ok":true`.
    pub fn call_with(
        &mut self,
        job: &Job<'_>,
        element: impl FnMut(Element<'_>),
    ) -> Result<Accepted<'_>, CallFailure<'_>> {
        self.make(Work::Job(job), element)
    }

    /// Makes the calls of `sequence`, passes each element of the lists in its tables of paths to
    /// `element`, and lends the last response.
    ///
    /// For the elements of [`Pages`](slack_rtm::web_api::Pages) [`list`](Self::list) has a loop, and
    /// for files there is [`upload`](Self::upload). After a failure another call of this method
    /// continues with the call that failed.
    ///
    /// # Errors
    /// [`CallFailure`] if one of the responses is missing or not `"ok":true`, or if the sequence has
    /// no next call after it. [`CallFailure::Stopped`] then says whether a byte of one of the requests
    /// has left. [`RequestError::Body`] if the sequence uploads a file.
    pub fn call_sequence(
        &mut self,
        sequence: &mut dyn Sequence,
        element: impl FnMut(Element<'_>),
    ) -> Result<Accepted<'_>, CallFailure<'_>> {
        self.make(Work::Sequence(sequence), element)
    }

    /// Makes a call or a sequence of calls, whose bodies the methods write.
    fn make(
        &mut self,
        work: Work<'_>,
        mut element: impl FnMut(Element<'_>),
    ) -> Result<Accepted<'_>, CallFailure<'_>> {
        let mut run = self.begin(work)?;
        while let Pause::Element = self.advance_call(&mut run)? {
            self.element().into_iter().for_each(&mut element);
        }
        self.outcome()
    }

    /// Begins a call or a sequence of calls.
    pub(crate) fn begin<'w>(&mut self, work: Work<'w>) -> Result<Run<'w>, CallFailure<'static>> {
        if self.stop.is_stopped() {
            return Err(CallFailure::Stopped { has_left: false });
        }
        self.look();
        match &work {
            Work::Job(job) => self.caller.begin(job)?,
            Work::Sequence(sequence) => self.caller.begin_sequence(&**sequence)?,
            Work::Posts(_) | Work::Release => {}
        }
        Ok(Run::new(work))
    }

    /// Runs the machine until an element or the outcome of the call.
    pub(crate) fn advance_call(
        &mut self,
        run: &mut Run<'_>,
    ) -> Result<Pause, CallFailure<'static>> {
        match self.advance_upload(run)? {
            Pause::Body { .. } => {
                self.abandon()?;
                Err(RequestError::Body.into())
            }
            pause => Ok(pause),
        }
    }

    /// Runs the machine until an element, a part of a file that is to be supplied, or the outcome of
    /// the call.
    pub(crate) fn advance_upload(
        &mut self,
        run: &mut Run<'_>,
    ) -> Result<Pause, CallFailure<'static>> {
        match self.advance(run)? {
            Pause::Stopped => {
                self.abandon()?;
                let has_left = run.has_left;
                Err(CallFailure::Stopped { has_left })
            }
            pause => Ok(pause),
        }
    }

    /// Abandons the call that is under way, if there is one, and closes the link if its request has
    /// begun.
    pub(crate) fn abandon(&mut self) -> Result<(), EntropyError> {
        if self.caller.is_calling() {
            self.settle(CLOSE_TIMEOUT)?;
        }
        Ok(())
    }

    /// Lends the element that the machine has paused for.
    pub(crate) fn element(&self) -> Option<Element<'_>> {
        match self.caller.event(&self.rx) {
            Some(CallerEvent::Element(element)) => Some(element),
            _ => None,
        }
    }

    /// Lends the outcome that the machine has paused for.
    pub(crate) fn outcome(&self) -> Result<Accepted<'_>, CallFailure<'_>> {
        // Without an outcome a call is not over.
        let unknown = Err(CallFailure::Stopped { has_left: true });
        let event = self.caller.event(&self.rx);
        event.and_then(CallerEvent::outcome).unwrap_or(unknown)
    }

    /// Returns the room for the next bytes of a file.
    pub(crate) fn body_room(&mut self) -> &mut [u8] {
        self.caller.body_room(&mut self.tx)
    }

    /// Sends this many bytes of the room.
    pub(crate) fn body_filled(&mut self, count: usize) {
        self.caller
            .body_filled(count, &mut self.tx, self.pump.now());
    }

    /// Stores a call of `method`, such as a message, in the outbox of the [`Buffers`], to be made by
    /// [`next_post`](Self::next_post) or beside a call. Returns its id, which its outcome has too.
    ///
    /// It waits while there is no network and while a rate limit holds it back, for `time_to_live`
    /// at most.
    ///
    /// # Errors
    /// [`PostError`]: an argument exceeds a limit of Slack's, or there is no room.
    pub fn post(
        &mut self,
        method: &dyn Method,
        time_to_live: Option<Duration>,
    ) -> Result<MessageId, PostError> {
        self.caller.post(method, time_to_live)
    }

    /// Withdraws a post that waits. [`PostOutcome::Withdrawn`] is its outcome. Returns whether it
    /// waited.
    pub fn withdraw(&mut self, id: MessageId) -> bool {
        self.caller.withdraw(id)
    }

    /// Returns the number of posts whose outcome was not returned yet.
    pub fn pending_posts(&self) -> usize {
        self.caller.pending_posts() + self.done.len()
    }

    /// Makes the posts that wait, and returns the next outcome of one, each exactly once. It also
    /// returns the outcomes that became known during a call.
    ///
    /// Returns `None` after `wait`, if no post waits, if the token has just
    /// [expired](Self::is_token_expired), or if a [`StopHandle`] was used. A post whose request is
    /// under way then goes on in the next call of this method, or of [`call`](Self::call).
    ///
    /// ```no_run
    /// use slack_rtm::methods::chat::PostMessage;
    /// use slack_rtm::time::Duration;
    /// use slack_rtm_std::{PostOutcome, WebApi};
    ///
    /// # fn run(web_api: &mut WebApi<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// let ring = PostMessage::new("C0123456789", "Ding-dong!");
    /// let id = web_api.post(&ring, Some(Duration::from_secs(60)))?;
    /// while let Some((done, outcome)) = web_api.next_post(Duration::from_secs(600))? {
    ///     if done == id && outcome == PostOutcome::Expired {
    ///         println!("nobody could be reached within a minute");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EntropyError`] if the random number generator of the operating system failed. Nothing was
    /// lost; the next call continues.
    pub fn next_post(
        &mut self,
        wait: Duration,
    ) -> Result<Option<(MessageId, PostOutcome)>, EntropyError> {
        if self.done.is_empty() && !mem::take(&mut self.is_expiry_due) {
            self.look();
            let until = self.pump.now() + wait;
            self.advance(&mut Run::new(Work::Posts(until)))?;
        }
        Ok(self.done.pop_front())
    }

    /// Runs the machine until there is a pause. Elements and outcomes are borrowed afterwards: a
    /// borrow that is returned from a loop would last for all its iterations (the compiler's error
    /// E0499).
    fn advance(&mut self, run: &mut Run<'_>) -> Result<Pause, EntropyError> {
        loop {
            let now = self.pump.now();
            match run.poll(&mut self.caller, &mut self.rx, &mut self.tx, now)? {
                Output::Event(CallerEvent::Element(_)) => return Ok(Pause::Element),
                Output::Event(CallerEvent::BodyNeeded { offset, length }) => {
                    return Ok(Pause::Body { offset, length });
                }
                Output::Event(
                    CallerEvent::Accepted(_)
                    | CallerEvent::Refused(_)
                    | CallerEvent::Failed(_)
                    | CallerEvent::Unconfirmed(_),
                ) => return Ok(Pause::Outcome),
                Output::Event(event) => {
                    self.done.extend(PostOutcome::of_event(&event));
                    self.posted_as = posted_as(&event).or(self.posted_as.take());
                    let is_expiry = matches!(event, CallerEvent::TokenExpired);
                    if let Work::Posts(_) = run.work {
                        return Ok(Pause::Post);
                    }
                    self.is_expiry_due |= is_expiry;
                    if !run.is_call() {
                        return Ok(Pause::Post);
                    }
                    // The bytes that have left were the request of the post, unless the post ended
                    // without one.
                    if !matches!(
                        event,
                        CallerEvent::PostExpired(_) | CallerEvent::PostWithdrawn(_)
                    ) {
                        run.has_left = false;
                    }
                }
                Output::Connect { peer, until, .. } => self.pump.connect(peer, until),
                Output::Disconnect => self.drop_link(CLOSE_TIMEOUT),
                Output::Wait {
                    until: wait_until, ..
                } => {
                    if self.stop.is_stopped() {
                        return Ok(Pause::Stopped);
                    }
                    let (is_done, until) = match run.work {
                        Work::Job(_) | Work::Sequence(_) => (false, wait_until),
                        Work::Posts(until) => (
                            (run.has_exchanged && now >= until) || self.caller.pending_posts() == 0,
                            wait_until.min(until),
                        ),
                        Work::Release => (self.pump.is_idle(), wait_until),
                    };
                    if is_done {
                        return Ok(Pause::Idle);
                    }
                    run.has_exchanged = true;
                    match self.pump.exchange(&mut self.rx, &mut self.tx, until) {
                        Ok(progress) => {
                            run.has_left |= progress.sent > 0;
                            if progress.connected {
                                self.caller.connected();
                            }
                        }
                        Err(error) => self.fail(error),
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads the bytes that arrived on an idle link, without waiting. The end of a link is harmless
    /// only if it is seen before a request is written.
    fn look(&mut self) {
        // With pending bytes there is a request on the link, or the next poll closes it.
        while self.pump.is_open() && self.tx.pending().is_empty() {
            let now = self.pump.now();
            match self.pump.exchange(&mut self.rx, &mut self.tx, now) {
                Ok(progress) if progress.received == 0 && !progress.woken => return,
                Ok(_) => {}
                Err(error) => self.fail(error),
            }
        }
    }

    /// Runs the machine without a call, as far as that needs no waiting: closes a link whose call
    /// was abandoned. A link is closed within `close_limit`. Returns when to continue at the latest.
    pub(crate) fn settle(&mut self, close_limit: Duration) -> Result<Instant, EntropyError> {
        self.look();
        loop {
            let now = self.pump.now();
            match self.caller.poll(None, &mut self.rx, &mut self.tx, now)? {
                Output::Disconnect => self.drop_link(close_limit),
                Output::Connect { peer, until, .. } => self.pump.connect(peer, until),
                Output::Event(event) => {
                    self.done.extend(PostOutcome::of_event(&event));
                    self.posted_as = posted_as(&event).or(self.posted_as.take());
                    self.is_expiry_due |= matches!(event, CallerEvent::TokenExpired);
                }
                Output::Wait { until, .. } => return Ok(until),
                _ => {}
            }
        }
    }

    /// Moves bytes without waiting. Returns when to continue at the latest, or `None` if bytes were
    /// moved or the link has ended.
    pub(crate) fn try_exchange(&mut self) -> Option<Instant> {
        match self.pump.try_exchange(&mut self.rx, &mut self.tx) {
            Ok(Tried::Wait(until)) => return Some(until),
            Ok(Tried::Done(progress)) if progress.connected => self.caller.connected(),
            Ok(Tried::Done(_)) => {}
            Err(error) => self.fail(error),
        }
        None
    }

    /// Returns the outcome of a post that was not returned yet.
    pub(crate) fn take_done(&mut self) -> Option<(MessageId, PostOutcome)> {
        self.done.pop_front()
    }

    /// Returns whether the token expired since the last call.
    pub(crate) fn take_expiry(&mut self) -> bool {
        mem::take(&mut self.is_expiry_due)
    }

    /// Returns the ids in the response to a post since the last call.
    pub(crate) fn take_identity(&mut self) -> Option<Identity> {
        self.posted_as.take()
    }

    fn drop_link(&mut self, limit: Duration) {
        self.pump.disconnect_within(&mut self.tx, limit);
        self.caller.disconnected(DisconnectReason::Closed);
    }

    fn fail(&mut self, error: LinkError) {
        self.caller.disconnected(error.reason());
        self.last_failure = Some(error);
    }

    /// Replaces the token, from the next call on.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used. The old one is kept then.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.caller.set_token(token)
    }

    /// Returns whether posts wait for another token: Slack refused one with `token_expired`. They
    /// are sent after [`set_token`](Self::set_token). A call ends as [`CallFailure::Refused`] then.
    ///
    /// ```no_run
    /// use slack_rtm::methods::oauth::{NEW_TOKENS, NewTokens, RefreshTokens};
    /// use slack_rtm::time::Duration;
    /// use slack_rtm_std::WebApi;
    ///
    /// # fn store(access: &str, refresh: &str) {}
    /// # fn run(web_api: &mut WebApi<'_>, refresh: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// while let Some((id, outcome)) = web_api.next_post(Duration::from_secs(600))? {
    ///     println!("{id}: {outcome}");
    /// }
    /// if web_api.is_token_expired() {
    ///     let exchange = RefreshTokens::new("1.2", "client secret", refresh);
    ///     let response = web_api.call(&exchange, &NEW_TOKENS).map_err(|failure| failure.to_string())?;
    ///     let tokens = NewTokens::new(response);
    ///     let (access, refresh) = (tokens.access_token(), tokens.refresh_token());
    ///     let (access, refresh) = access.zip(refresh).ok_or("there is no new pair")?;
    ///     store(access, refresh); // a refresh token is valid once
    ///     let access = access.to_owned();
    ///     web_api.set_token(&access)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub const fn is_token_expired(&self) -> bool {
        self.caller.is_token_expired()
    }

    /// Closes the link in order, and waits until that is done. The next call opens another link,
    /// which is kept again.
    ///
    /// Posts that can be made at once are made first; the others wait for the next link. Returns
    /// whether the link is closed: it is not when a post has its outcome, or needs another token.
    /// [`next_post`](Self::next_post) returns that at once; then release again. Nor is it closed
    /// when a [`StopHandle`] was used during a post.
    ///
    /// # Errors
    /// [`EntropyError`] if the random number generator of the operating system failed. Nothing was
    /// lost; call it again.
    pub fn release(&mut self) -> Result<bool, EntropyError> {
        self.look();
        self.caller.release();
        let pause = self.advance(&mut Run::new(Work::Release))?;
        Ok(matches!(pause, Pause::Idle))
    }

    /// Returns a handle that ends calls from other threads.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Allows calls again after [`StopHandle::stop`].
    pub fn resume(&mut self) {
        self.stop.reset();
    }

    /// Returns the error of the latest link that failed, with the text of the operating system or
    /// the TLS library. It is for the log.
    pub fn last_failure(&self) -> Option<&LinkError> {
        self.last_failure.as_ref()
    }
}

/// Returns the ids in the response to a post.
fn posted_as(event: &CallerEvent<'_>) -> Option<Identity> {
    match event {
        CallerEvent::PostAccepted(_, response) => {
            let identity = Identity::from_response(response);
            (identity != Identity::new()).then_some(identity)
        }
        _ => None,
    }
}

/// Shows neither transmitted bytes nor the token.
impl fmt::Debug for WebApi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebApi")
            .field("caller", &self.caller)
            .field("last_failure", &self.last_failure)
            .finish_non_exhaustive()
    }
}
