//! Calls of the Web API: the machine with its buffers, driven by methods whose futures may be
//! dropped.

use core::convert::Infallible;
use core::fmt;
use core::mem;

use embassy_futures::select::select;
use embassy_futures::yield_now;
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError};
use slack_rtm::json::Paths;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    Accepted, CallError, Caller, CallerEvent, CallerOutput, Element, Job, Method, PostError,
    RequestError, Sequence,
};
use slack_rtm::{DisconnectReason, MessageId, Storage, TokenError};

use crate::clock::Clock;
use crate::driver::{Driver, Machine, Progress};
use crate::wire::SessionEnd;

pub use slack_rtm::web_api::CallFailure;

/// Calls methods of the Web API, one after the other, over one link that is kept.
///
/// [`call`](Self::call) waits until the outcome: it connects if there is no link, waits while a
/// rate limit of Slack holds the call back, and repeats the call where that cannot do it twice.
/// [`begin`](Self::begin) is for a response with lists, and for other settings of the call.
/// [`list`](Self::list) lends the elements of all pages of a list, and [`upload`](Self::upload) sends
/// a file.
///
/// [`post`](Self::post) stores a call that waits, such as a message during an outage, and
/// [`next_post`](Self::next_post) makes it and lends its outcome.
///
/// The chapter `guide::web_api` of slack-rtm's documentation has the rules of repetition and rates,
/// and what to do after each outcome.
///
/// Nothing runs between two calls of methods. If the server has closed the link meanwhile, the next
/// call notices that before it writes, and opens another one.
///
/// ```no_run
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::Entropy;
/// use slack_rtm::methods::chat::{self, PostMessage, Posted};
/// use slack_rtm::web_api::{Caller, CallerConfig, RateSlot};
/// use slack_rtm::Token;
/// use slack_rtm_embassy::clock::Clock;
/// use slack_rtm_embassy::web_api::{CallFailure, WebApi};
/// use slack_rtm_embassy::wire::SessionEnd;
///
/// // Another task runs the other end of the wire.
/// async fn ring(
///     end: SessionEnd<'_>,
///     clock: impl Clock,
///     random: impl Entropy,
/// ) -> Result<(), Box<dyn std::error::Error>> {
///     let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
///     let config = CallerConfig::new();
///     let caller = Caller::new(config, "xoxb-...", Token::<128>::new(), &mut rates, random)?;
///     let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
///     let mut web_api = WebApi::new(caller, rx, tx, end, clock);
///
///     let post = PostMessage::new("C0123456789", "Ding-dong!");
///     match web_api.call(&post, &chat::POSTED).await {
///         Ok(response) => println!("posted as {:?}", Posted::new(response).ts()),
///         Err(CallFailure::Refused(error)) => println!("refused: {}", error.code()),
///         // Slack may have posted it: do not post again without a look at the channel.
///         Err(failure) if failure.is_unconfirmed() => println!("{failure}"),
///         Err(failure) => println!("{failure}"),
///     }
///     Ok(())
/// }
/// ```
///
/// # Dropping futures
/// If the future of `call` or `upload` is dropped, the call is abandoned, and so it is if a
/// [`PendingCall`] or a [`List`](crate::list::List) is dropped before its outcome. It is not known then
/// whether Slack has done it. If its request has begun, its link is closed, and the next call opens
/// another one. Nothing else is lost. To wait
/// for something else without abandoning the call, keep the `PendingCall`.
///
/// # Memory
/// Beside a running [`Session`](crate::session::Session), a `WebApi` has a wire, a runner, buffers
/// and a connector of its own: a second link. With one link only, the two take turns, see
/// [the first page](crate#one-link-or-two).
pub struct WebApi<
    'a,
    C,
    E,
    S,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    pub(crate) caller: Caller<'a, E, S>,
    pub(crate) driver: Driver<'a, C, M, IN, OUT>,
    /// Whether the last poll returned the outcome of a post that was not lent yet.
    is_event_due: bool,
}

/// A call that a [`WebApi`] makes, or a sequence of calls: its elements and its outcome.
///
/// The futures of its methods may be dropped at any await point. The call continues with the next
/// one, so they fit into a `select`. To drop this before the outcome abandons the call.
///
/// While it is not polled, such as during a slow handler of an element, the runner continues to
/// receive until the wire is full. The time limits of the call continue too.
pub struct PendingCall<
    'w,
    'j,
    'a,
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    web_api: &'w mut WebApi<'a, C, E, S, M, IN, OUT>,
    calls: Calls<'j, 'a, E, S>,
}

/// The outcome of a call that has none, which does not happen.
const UNKNOWN: CallError = CallError::Disconnected(DisconnectReason::Other);

/// The calls that the machine makes.
pub(crate) enum Calls<'j, 'a, E, S> {
    Job(Job<'j>),
    Sequence(&'j mut dyn Sequence, PollSequence<'a, E, S>),
}

/// [`Caller::poll_sequence`]. A pointer, so that the linker drops it from programs without
/// sequences.
type PollSequence<'a, E, S> = for<'r> fn(
    &'r mut Caller<'a, E, S>,
    &mut dyn Sequence,
    &'r mut RecvBuf<'_>,
    &mut SendBuf<'_>,
    Instant,
) -> Result<CallerOutput<'r>, EntropyError>;

/// The machine together with the calls that it makes. Without them, one that is under way is
/// abandoned.
struct Calling<'x, 'j, 'a, E, S> {
    caller: &'x mut Caller<'a, E, S>,
    calls: Option<&'x mut Calls<'j, 'a, E, S>>,
}

impl<E: Entropy, S: Storage> Machine for Calling<'_, '_, '_, E, S> {
    type Event<'r>
        = CallerEvent<'r>
    where
        Self: 'r;
    type End = Infallible;
    type Error = EntropyError;

    fn poll<'r>(
        &'r mut self,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<CallerOutput<'r>, EntropyError> {
        let job = match &mut self.calls {
            None => None,
            Some(Calls::Job(job)) => Some(&*job),
            Some(Calls::Sequence(sequence, poll)) => {
                return poll(self.caller, *sequence, rx, tx, now);
            }
        };
        self.caller.poll(job, rx, tx, now)
    }

    fn connected(&mut self) {
        self.caller.connected();
    }

    fn disconnected(&mut self, reason: DisconnectReason) {
        self.caller.disconnected(reason);
    }
}

impl<'a, C, E, S, M, const IN: usize, const OUT: usize> WebApi<'a, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    /// Creates a `WebApi` that drives `caller` over this end of a wire, whose other end belongs to a
    /// [`Runner`](crate::runner::Runner).
    ///
    /// [`RecvBuf::MIN`] and [`SendBuf::MIN`] bytes suffice for the typed methods.
    pub fn new(
        caller: Caller<'a, E, S>,
        rx: RecvBuf<'a>,
        tx: SendBuf<'a>,
        end: SessionEnd<'a, M, IN, OUT>,
        clock: C,
    ) -> Self {
        Self {
            caller,
            driver: Driver::new(rx, tx, end, clock),
            is_event_due: false,
        }
    }

    /// Calls `method`, and lends the response. `paths` names the members of the response to keep: a
    /// table beside the method in [`methods`](slack_rtm::methods), or one that extends
    /// [`paths::CALL`](slack_rtm::web_api::paths::CALL).
    ///
    /// If the future is dropped, the call is abandoned. Outcomes of posts that come during the call are
    /// discarded; [`begin`](Self::begin) with [`next`](PendingCall::next) lends them too.
    ///
    /// # Errors
    /// [`CallFailure`] if there is no response with `"ok":true`.
    pub async fn call(
        &mut self,
        method: &dyn Method,
        paths: &'static Paths,
    ) -> Result<Accepted<'_>, CallFailure<'_>> {
        let job = Job::new(method, paths);
        self.begin(&job)?.ended().await?;
        self.outcome()
    }

    /// Makes the call of `job`, passes each element of the lists in its table of paths to
    /// `element`, and lends the response.
    ///
    /// The elements of a response are passed as they arrive, before it is known to be complete. If
    /// the call is repeated, those of the second response are passed too. If the future is dropped,
    /// the call is abandoned.
    ///
    /// # Errors
    /// [`CallFailure`] if there is no response with `"ok":true`.
    pub async fn call_with(
        &mut self,
        job: &Job<'_>,
        mut element: impl FnMut(Element<'_>),
    ) -> Result<Accepted<'_>, CallFailure<'_>> {
        let mut call = self.begin(job)?;
        while let Some(next) = call.next_element().await? {
            element(next);
        }
        call.ended().await?;
        drop(call);
        self.outcome()
    }

    /// Begins the call of `job`. [`next_element`](PendingCall::next_element) and
    /// [`outcome`](PendingCall::outcome) continue it.
    ///
    /// ```no_run
    /// # use slack_rtm::{Storage, entropy::Entropy};
    /// # use slack_rtm_embassy::{clock::Clock, web_api::WebApi};
    /// use slack_rtm::web_api::{Job, Named, paths};
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
    /// # async fn list<C: Clock, E: Entropy, S: Storage>(
    /// #     web_api: &mut WebApi<'_, C, E, S>,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let list = Named { name: "conversations.list", arguments: &[("limit", "200")] };
    /// let mut call = web_api.begin(&Job::new(&list, &CHANNELS))?;
    /// while let Some(channel) = call.next_element().await? {
    ///     println!("{:?} {:?}", channel.id(), channel.name());
    /// }
    /// match call.outcome().await {
    ///     Ok(response) => println!("{:?}", response.members().text("response_metadata.next_cursor")),
    ///     Err(failure) => println!("{failure}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RequestError`] if the call cannot be made, such as one whose argument exceeds a limit of Slack's.
    /// No call has begun then.
    pub fn begin<'w, 'j>(
        &'w mut self,
        job: &Job<'j>,
    ) -> Result<PendingCall<'w, 'j, 'a, C, E, S, M, IN, OUT>, RequestError> {
        self.caller.begin(job)?;
        let calls = Calls::Job(*job);
        Ok(PendingCall {
            web_api: self,
            calls,
        })
    }

    /// Begins the first call of `sequence`, or the one that failed. The [`PendingCall`] makes all of
    /// them as one.
    ///
    /// [`list`](Self::list) is simpler for [`Pages`](slack_rtm::web_api::Pages), and
    /// [`upload`](Self::upload) for the upload of a file.
    ///
    /// # Errors
    /// The same as [`begin`](Self::begin).
    pub fn begin_sequence<'w, 'j>(
        &'w mut self,
        sequence: &'j mut dyn Sequence,
    ) -> Result<PendingCall<'w, 'j, 'a, C, E, S, M, IN, OUT>, RequestError> {
        self.caller.begin_sequence(sequence)?;
        Ok(PendingCall::of(self, sequence))
    }

    /// Closes the link in order, and waits until that is done: at most
    /// [`LINGER`](crate::runner::LINGER). Then the runner uses neither its connector nor memory for
    /// TLS. The next call opens another link, which is kept again.
    ///
    /// Posts that can be made at once are made first; the others wait for the next link. Returns
    /// whether the link is closed: it is not when a post has its outcome, or needs another token.
    /// [`next_post`](Self::next_post) returns that at once; then release again.
    ///
    /// The future may be dropped at any await point. Nothing is lost, and a link is closed in any
    /// case if no post waits.
    ///
    /// # Errors
    /// [`EntropyError`] if there is no randomness for the delay after a failure of a post. Nothing
    /// was lost; the next call of a method continues.
    pub async fn release(&mut self) -> Result<bool, EntropyError> {
        self.caller.release();
        loop {
            let until = match self.advance(None)? {
                Progress::Wait(until) => until,
                Progress::Yield => {
                    yield_now().await;
                    continue;
                }
                Progress::Closed(never) => match never {},
                Progress::Event => {
                    self.is_event_due = true;
                    return Ok(false);
                }
            };
            let Driver { end, clock, .. } = &self.driver;
            if end.is_idle() {
                return Ok(true);
            }
            select(end.changed(), clock.wait_until(until)).await;
        }
    }

    /// Makes the posts that wait, waits for the outcome of one, and lends it: one of the events of
    /// posts, or [`TokenExpired`](CallerEvent::TokenExpired). Without posts it waits until the future
    /// is dropped.
    ///
    /// The future may be dropped at any await point. Nothing is lost or done twice: all progress is
    /// in the machine, and posts continue with the next call of any method.
    ///
    /// ```no_run
    /// # use slack_rtm::{Storage, entropy::Entropy};
    /// # use slack_rtm_embassy::{clock::Clock, web_api::WebApi};
    /// use embassy_futures::select::{Either, select};
    /// use slack_rtm::methods::chat::PostMessage;
    /// use slack_rtm::time::Duration;
    /// use slack_rtm::web_api::CallerEvent;
    ///
    /// # async fn bell<C: Clock, E: Entropy, S: Storage>(
    /// #     web_api: &mut WebApi<'_, C, E, S>,
    /// #     pressed: impl AsyncFn(),
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// loop {
    ///     match select(pressed(), web_api.next_post()).await {
    ///         Either::First(()) => {
    ///             let post = PostMessage::new("C0123456789", "Ding-dong!");
    ///             web_api.post(&post, Some(Duration::from_secs(60)))?;
    ///         }
    ///         Either::Second(outcome) => match outcome? {
    ///             CallerEvent::PostAccepted(id, _) => println!("{id} was posted"),
    ///             other => println!("{other:?}"),
    ///         },
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EntropyError`] if there is no randomness for the delay after a failure. Nothing was lost;
    /// the next call of a method continues.
    pub async fn next_post(&mut self) -> Result<CallerEvent<'_>, EntropyError> {
        self.run(None).await?;
        Ok(self.event())
    }

    /// Stores a call of `method`, to be made when it is possible. Returns its id, which the event of
    /// its outcome has too. [`next_post`](Self::next_post) makes it, and lends its outcome.
    ///
    /// # Errors
    /// The same as [`Caller::post`].
    pub fn post(
        &mut self,
        method: &dyn Method,
        time_to_live: Option<Duration>,
    ) -> Result<MessageId, PostError> {
        self.caller.post(method, time_to_live)
    }

    /// Withdraws a post that waits: see [`Caller::withdraw`].
    pub fn withdraw(&mut self, id: MessageId) -> bool {
        self.caller.withdraw(id)
    }

    /// Returns the number of posts without an outcome.
    pub fn pending_posts(&self) -> usize {
        self.caller.pending_posts()
    }

    /// Returns whether posts wait for another token, after
    /// [`TokenExpired`](CallerEvent::TokenExpired).
    pub const fn is_token_expired(&self) -> bool {
        self.caller.is_token_expired()
    }

    /// Replaces the token, from the next request on. A request that has not left wholly is sent
    /// again, with the new one.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used, or does not fit into the storage. The old one is
    /// kept then.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.caller.set_token(token)
    }

    /// Waits until there is an event to borrow.
    async fn run(
        &mut self,
        mut calls: Option<&mut Calls<'_, 'a, E, S>>,
    ) -> Result<(), EntropyError> {
        loop {
            match self.advance(calls.as_deref_mut())? {
                Progress::Event => return Ok(()),
                Progress::Closed(never) => match never {},
                // These are the only await points. The futures that are dropped here hold no data.
                Progress::Yield => yield_now().await,
                Progress::Wait(until) => {
                    let Driver { end, clock, .. } = &self.driver;
                    select(end.changed(), clock.wait_until(until)).await;
                }
            }
        }
    }

    /// Runs the machine as far as possible without waiting.
    pub(crate) fn advance(
        &mut self,
        calls: Option<&mut Calls<'_, 'a, E, S>>,
    ) -> Result<Progress<Infallible>, EntropyError> {
        if mem::take(&mut self.is_event_due) {
            return Ok(Progress::Event);
        }
        let mut machine = Calling {
            caller: &mut self.caller,
            calls,
        };
        // A link that has ended meanwhile ended before a request is written to it. There is room
        // whenever a request may begin.
        if !self.driver.rx.space().is_empty() {
            self.driver.exchange(&mut machine);
        }
        self.driver.advance(&mut machine)
    }

    /// Returns the outcome of the last call, which is over.
    pub(crate) fn outcome(&self) -> Result<Accepted<'_>, CallFailure<'_>> {
        // A call that is over has one.
        let unknown = Err(CallFailure::Unconfirmed(UNKNOWN));
        self.event().outcome().unwrap_or(unknown)
    }

    /// Returns the event of the last poll, which must have returned one.
    fn event(&self) -> CallerEvent<'_> {
        let event = self.caller.event(&self.driver.rx);
        event.unwrap_or(CallerEvent::Unconfirmed(UNKNOWN))
    }
}

impl<C, E, S, M: RawMutex, const IN: usize, const OUT: usize> WebApi<'_, C, E, S, M, IN, OUT> {
    /// Returns the reason why the latest link could not be opened, or why it ended by itself. The
    /// end of a link that the machine gave up is not recorded.
    pub fn last_failure(&self) -> Option<DisconnectReason> {
        self.driver.last_failure
    }
}

impl<'w, 'j, 'a, C, E, S, M, const IN: usize, const OUT: usize>
    PendingCall<'w, 'j, 'a, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    /// Creates the calls of a sequence that has begun, or that cannot begin, so that they are over.
    pub(crate) fn of(
        web_api: &'w mut WebApi<'a, C, E, S, M, IN, OUT>,
        sequence: &'j mut dyn Sequence,
    ) -> Self {
        let calls = Calls::Sequence(sequence, |caller, sequence, rx, tx, now| {
            caller.poll_sequence(sequence, rx, tx, now)
        });
        Self { web_api, calls }
    }

    /// Waits for the next element of the lists in the table of paths, and lends it. Returns `None`
    /// if the call is over: [`outcome`](Self::outcome) returns at once then.
    ///
    /// The elements of a response are lent as they arrive, before it is known to be complete. If
    /// the call is repeated, those of the second response are lent too.
    ///
    /// # Errors
    /// [`EntropyError`] if there is no randomness for the delay after a failure. Nothing was lost;
    /// the next call of a method continues.
    pub async fn next_element(&mut self) -> Result<Option<Element<'_>>, EntropyError> {
        let is_element = self.reach_element().await?;
        // A borrow that is returned from a loop would last for all its iterations.
        Ok(match self.web_api.event() {
            CallerEvent::Element(element) if is_element => Some(element),
            _ => None,
        })
    }

    /// Waits for the next element. Returns `false` if there is none: the call is over, or waits for
    /// a body.
    pub(crate) async fn reach_element(&mut self) -> Result<bool, EntropyError> {
        while !self.is_over() {
            match self.next().await? {
                CallerEvent::Element(_) => return Ok(true),
                CallerEvent::BodyNeeded { .. } => break,
                _ => {}
            }
        }
        Ok(false)
    }

    /// Waits for the outcome, and lends the response. Elements that were not lent before are
    /// discarded. If the call is over, returns its outcome again.
    ///
    /// # Errors
    /// [`CallFailure`] if there is no response with `"ok":true`. After
    /// [`CallFailure::Entropy`] nothing was lost; the next call of a method continues.
    /// [`RequestError::Body`] if the call is the upload of a file, whose bytes only
    /// [`WebApi::upload`] and [`next`](Self::next) supply; it is not over then.
    pub async fn outcome(&mut self) -> Result<Accepted<'_>, CallFailure<'_>> {
        self.ended().await?;
        self.web_api.outcome()
    }

    /// Returns whether the call has its outcome.
    pub const fn is_over(&self) -> bool {
        !self.web_api.caller.is_calling()
    }

    /// Returns the event of the last poll, which must have returned one.
    pub(crate) fn event(&self) -> CallerEvent<'_> {
        self.web_api.event()
    }

    /// Waits until the call is over.
    async fn ended(&mut self) -> Result<(), CallFailure<'static>> {
        while !self.is_over() {
            if let CallerEvent::BodyNeeded { .. } = self.next().await? {
                return Err(RequestError::Body.into());
            }
        }
        Ok(())
    }

    /// Waits for the next event, and lends it: an element, the outcome of the call, or that of a
    /// post. After the outcome of the call, lends it again.
    ///
    /// The other methods discard the outcomes of posts that come before that of the call. This one
    /// is for programs that need them. That the token has expired is kept:
    /// [`WebApi::is_token_expired`].
    ///
    /// After [`BodyNeeded`](CallerEvent::BodyNeeded), write to [`body_room`](Self::body_room) and
    /// call [`body_filled`](Self::body_filled) before the next call of this method, which otherwise
    /// returns the event again without waiting.
    ///
    /// # Errors
    /// [`EntropyError`] if there is no randomness for the delay after a failure. Nothing was lost;
    /// the next call of a method continues.
    pub async fn next(&mut self) -> Result<CallerEvent<'_>, EntropyError> {
        if !self.is_over() {
            self.web_api.run(Some(&mut self.calls)).await?;
        }
        Ok(self.web_api.event())
    }

    /// Returns the room in the send buffer for the next bytes of a file, after
    /// [`BodyNeeded`](CallerEvent::BodyNeeded). It is no longer than the rest of the file. At other
    /// times there is none.
    pub fn body_room(&mut self) -> &mut [u8] {
        let WebApi { caller, driver, .. } = &mut *self.web_api;
        caller.body_room(&mut driver.tx)
    }

    /// Sends the first `count` bytes of [`body_room`](Self::body_room), which were written there.
    pub fn body_filled(&mut self, count: usize) {
        let WebApi { caller, driver, .. } = &mut *self.web_api;
        caller.body_filled(count, &mut driver.tx, driver.clock.now());
    }
}

/// Abandons the call, if it is not over.
impl<C, E, S, M, const IN: usize, const OUT: usize> Drop
    for PendingCall<'_, '_, '_, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    fn drop(&mut self) {
        if !self.is_over() {
            // Requests the end of the link if the request has begun. A failure changes nothing: the
            // next poll does the same.
            let progress = self.web_api.advance(None);
            self.web_api.is_event_due = progress == Ok(Progress::Event);
        }
    }
}

/// Shows neither transmitted bytes nor the token.
impl<C, E, S, M: RawMutex, const IN: usize, const OUT: usize> fmt::Debug
    for WebApi<'_, C, E, S, M, IN, OUT>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebApi")
            .field("caller", &self.caller)
            .field("last_failure", &self.driver.last_failure)
            .finish_non_exhaustive()
    }
}

/// Shows neither transmitted bytes nor the token.
impl<C, E, S, M, const IN: usize, const OUT: usize> fmt::Debug
    for PendingCall<'_, '_, '_, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let job;
        let job = match &self.calls {
            Calls::Job(job) => job,
            Calls::Sequence(sequence, _) => {
                job = sequence.job();
                &job
            }
        };
        f.debug_struct("PendingCall")
            .field("job", &job)
            .field("is_over", &self.is_over())
            .finish_non_exhaustive()
    }
}
