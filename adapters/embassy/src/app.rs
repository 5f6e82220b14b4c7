//! An app in Socket Mode that posts through the Web API beside its socket.

use core::fmt;
use core::mem;

use embassy_futures::select::select3;
use embassy_futures::yield_now;
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};
use slack_rtm::entropy::Entropy;
use slack_rtm::event::{Identity, Markup, Message};
use slack_rtm::json::Writer;
use slack_rtm::methods::chat::PostMessage;
use slack_rtm::methods::webhooks::InteractionResponse;
use slack_rtm::time::Duration;
use slack_rtm::web_api::{Accepted, ApiError, CallError, Caller, CallerEvent, Method, PostError};
use slack_rtm::{
    AcknowledgeError, CloseReason, DeferredEnvelope, Event, MessageId, PollError, SocketMode,
    Storage, TokenError,
};

use crate::clock::Clock;
use crate::driver::Progress;
use crate::session::{Handle, Session};
use crate::web_api::WebApi;

/// A [`Session`] in Socket Mode with a [`WebApi`] beside it, driven together by one method whose
/// future may be dropped.
///
/// Over its socket an app only acknowledges; it posts through the Web API. So there are two links,
/// each with a wire and a runner of its own. A post is stored in the outbox of the `WebApi`, and is
/// made while the app waits for the next event. A slow link of one does not delay the other.
///
/// `E` and `S` are the source of randomness and the storage of the session, which has the app-level
/// token and no messages. `R` and `P` are those of the `WebApi`, whose storage has the token of the bot
/// and the posts that wait.
///
/// ```no_run
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::Entropy;
/// use slack_rtm::event::Author;
/// use slack_rtm::methods::chat;
/// use slack_rtm::web_api::{Caller, CallerConfig, RateSlot};
/// use slack_rtm::{Client, Config, Event, OwnedStorage, Token};
/// use slack_rtm_embassy::app::{App, AppEvent};
/// use slack_rtm_embassy::clock::Clock;
/// use slack_rtm_embassy::session::Session;
/// use slack_rtm_embassy::web_api::WebApi;
/// use slack_rtm_embassy::wire::SessionEnd;
///
/// // Other tasks run the other ends of the wires.
/// async fn doorbell(
///     (socket_end, api_end): (SessionEnd<'_>, SessionEnd<'_>),
///     clock: impl Clock + Copy,
///     (random, more_random): (impl Entropy, impl Entropy),
/// ) -> Result<(), Box<dyn std::error::Error>> {
///     let (mut rx, mut tx) = ([0; 1024], [0; 512]);
///     let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
///     let client = Client::new(Config::socket_mode(), "xapp-...", Token::<160>::new(), random)?;
///     let session = Session::new(client, rx, tx, socket_end, clock);
///
///     let (mut rx, mut tx, mut rates) = ([0; 512], [0; 256], [RateSlot::FREE; 4]);
///     let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
///     let config = CallerConfig::new().post_paths(&chat::POSTED);
///     let storage = OwnedStorage::<128, 1024>::new(); // the token, and posts that wait
///     let caller = Caller::new(config, "xoxb-...", storage, &mut rates, more_random)?;
///     let web_api = WebApi::new(caller, rx, tx, api_end, clock);
///
///     let mut app = App::new(session, web_api);
///     while let Some((event, mut handle)) = app.next().await? {
///         match event {
///             AppEvent::Event(Event::Message(message)) => {
///                 if let Some(Author::Person(_)) = message.posted_by() {
///                     handle.reply(&message, "seen")?;
///                 }
///             }
///             AppEvent::Event(Event::SlashCommand(_)) => {
///                 let response = |json: &mut slack_rtm::json::Writer<'_>| {
///                     json.begin_object();
///                     json.name("text").text("Opening the door");
///                     json.end_object();
///                 };
///                 handle.acknowledge(&response).await?;
///             }
///             AppEvent::Posted(id, outcome) => println!("{id}: {outcome:?}"),
///             _ => {}
///         }
///     }
///     Ok(())
/// }
/// ```
///
/// The table [`POSTED`](slack_rtm::methods::chat::POSTED) for
/// [`post_paths`](slack_rtm::web_api::CallerConfig::post_paths) keeps the app's own ids in the
/// response to a post, by which the session recognises its messages from then on. It knows the bot
/// user without them, from the first event.
pub struct App<
    'a,
    C,
    E,
    S,
    R,
    P,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    pub(crate) session: Session<'a, C, E, S, M, IN, OUT, SocketMode>,
    pub(crate) web_api: WebApi<'a, C, R, P, M, IN, OUT>,
}

/// Something that happened to an [`App`]. Text in it borrows the buffers.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AppEvent<'r> {
    /// An event of the socket.
    Event(Event<'r, SocketMode>),
    /// The outcome of the post with this id.
    Posted(MessageId, PostOutcome<'r>),
    /// Posts wait for another token of the bot: set it by [`AppHandle::set_bot_token`].
    TokenExpired,
}

/// The outcome of a post.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PostOutcome<'r> {
    /// Slack has done it: the response. That to a message can be viewed as
    /// [`Posted`](slack_rtm::methods::chat::Posted).
    Accepted(Accepted<'r>),
    /// Slack refused it.
    Refused(ApiError<'r>),
    /// Slack has not done it, and a repetition would not help.
    Failed(CallError),
    /// It is not known whether Slack has done it.
    Unconfirmed(CallError),
    /// It was not sent within its time to live.
    Expired,
    /// It was withdrawn before it was sent.
    Withdrawn,
}

/// A handle of an [`App`], for use while an event is borrowed.
pub struct AppHandle<
    's,
    'a,
    E,
    S,
    R,
    P,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    pub(crate) session: Handle<'s, 'a, E, S, M, IN, OUT, SocketMode>,
    caller: &'s mut Caller<'a, R, P>,
}

/// An event and the handle that comes with it.
type Lent<'s, 'a, E, S, R, P, M, const IN: usize, const OUT: usize> =
    (AppEvent<'s>, AppHandle<'s, 'a, E, S, R, P, M, IN, OUT>);

/// Which of the two machines has something to lend.
#[derive(Clone, Copy)]
enum Turn {
    Session,
    WebApi,
    Closed,
}

impl<'r> AppEvent<'r> {
    /// Returns the event of the app for one of the `WebApi`. `None` for the event of a call, which
    /// an app does not make.
    fn of_caller(event: CallerEvent<'r>) -> Option<Self> {
        let (id, outcome) = match event {
            CallerEvent::PostAccepted(id, response) => (id, PostOutcome::Accepted(response)),
            CallerEvent::PostRefused(id, error) => (id, PostOutcome::Refused(error)),
            CallerEvent::PostFailed(id, error) => (id, PostOutcome::Failed(error)),
            CallerEvent::PostUnconfirmed(id, error) => (id, PostOutcome::Unconfirmed(error)),
            CallerEvent::PostExpired(id) => (id, PostOutcome::Expired),
            CallerEvent::PostWithdrawn(id) => (id, PostOutcome::Withdrawn),
            CallerEvent::TokenExpired => return Some(Self::TokenExpired),
            _ => return None,
        };
        Some(Self::Posted(id, outcome))
    }
}

impl<'a, C, E, S, R, P, M, const IN: usize, const OUT: usize> App<'a, C, E, S, R, P, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    P: Storage,
    R: Entropy,
    M: RawMutex,
{
    /// Creates an app of a session and a `WebApi`, each of which has a runner of its own.
    pub fn new(
        session: Session<'a, C, E, S, M, IN, OUT, SocketMode>,
        web_api: WebApi<'a, C, R, P, M, IN, OUT>,
    ) -> Self {
        Self { session, web_api }
    }

    /// Waits for the next event of the socket or the outcome of a post, and lends it together with a
    /// handle to answer with. Makes the posts that wait meanwhile.
    ///
    /// Returns `None` when the session has closed. Posts that still wait then can be made by
    /// [`WebApi::next_post`] of [`web_api`](Self::web_api).
    ///
    /// The future may be dropped at any await point. Nothing is lost or repeated: all progress is in
    /// the app and in the wires.
    ///
    /// # Errors
    /// [`PollError`] if a source of randomness failed. Nothing was lost; the next call continues.
    pub async fn next(
        &mut self,
    ) -> Result<Option<Lent<'_, 'a, E, S, R, P, M, IN, OUT>>, PollError> {
        let turn = loop {
            // The session is first, since it acknowledges the event before.
            let of_session = match mem::take(&mut self.session.is_event_due) {
                true => Progress::Event,
                false => self.session.advance()?,
            };
            self.session.is_event_due = of_session == Progress::Event;
            // Outcomes of posts are rarer than events: a busy socket does not hold them back.
            let of_web_api = self.web_api.advance(None)?;
            let until = match (of_session, of_web_api) {
                (_, Progress::Event) => break Turn::WebApi,
                (Progress::Event, _) => {
                    self.session.is_event_due = false;
                    break Turn::Session;
                }
                (Progress::Closed(_), _) => break Turn::Closed,
                (Progress::Wait(until), Progress::Wait(api_until)) => Some(until.min(api_until)),
                _ => None,
            };
            // These are the only await points. The futures that are dropped here hold no data.
            match until {
                Some(until) => {
                    let (socket, api) = (&self.session.driver, &self.web_api.driver);
                    let alarm = socket.clock.wait_until(until);
                    select3(socket.end.changed(), api.end.changed(), alarm).await;
                }
                None => yield_now().await,
            }
        };
        if let Turn::WebApi = turn
            && let Some(CallerEvent::PostAccepted(_, response)) = self.event()
        {
            let identity = Identity::from_response(&response);
            self.session.set_identity(&identity);
        }
        let Self { session, web_api } = self;
        let (event, session) = match turn {
            Turn::Closed => return Ok(None),
            Turn::Session => {
                let (event, handle) = session.lend();
                (event.map(AppEvent::Event), handle)
            }
            Turn::WebApi => {
                let event = web_api.caller.event(&web_api.driver.rx);
                let event = event.and_then(AppEvent::of_caller);
                (event, session.lend_unseen())
            }
        };
        let caller = &mut web_api.caller;
        Ok(event.map(|event| (event, AppHandle { session, caller })))
    }

    /// Returns the event of the last poll of the `WebApi`.
    fn event(&self) -> Option<CallerEvent<'_>> {
        self.web_api.caller.event(&self.web_api.driver.rx)
    }

    /// Returns a handle between two calls of [`next`](Self::next), such as for a post when a button
    /// was pressed, or for the response to an envelope that was deferred.
    ///
    /// It polls the session first, see [`Session::handle`].
    pub fn handle(&mut self) -> AppHandle<'_, 'a, E, S, R, P, M, IN, OUT> {
        AppHandle {
            session: self.session.handle(),
            caller: &mut self.web_api.caller,
        }
    }

    /// Returns the session. Its [`next`](Session::next) leaves posts waiting.
    pub fn session(&mut self) -> &mut Session<'a, C, E, S, M, IN, OUT, SocketMode> {
        &mut self.session
    }

    /// Returns the machine for calls. The socket is not served during a call, so that no envelope is
    /// acknowledged meanwhile.
    ///
    /// A long list or an upload takes longer than Slack waits for an acknowledgement. A program with
    /// such calls runs a [`Session`] and a [`WebApi`] of its own in two futures, in place of an `App`.
    pub fn web_api(&mut self) -> &mut WebApi<'a, C, R, P, M, IN, OUT> {
        &mut self.web_api
    }

    /// Closes the session in order. Call [`next`](Self::next) until it returns `None`.
    pub fn close(&mut self) {
        self.session.close();
    }

    /// Returns why the session has closed, or `None` if it has not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.session.close_reason()
    }
}

impl<'s, 'a, E, S, R, P, M, const IN: usize, const OUT: usize>
    AppHandle<'s, 'a, E, S, R, P, M, IN, OUT>
where
    E: Entropy,
    S: Storage,
    P: Storage,
    R: Entropy,
    M: RawMutex,
{
    /// Acknowledges the envelope of the event with a response, see [`Handle::acknowledge`]: also what
    /// happens if the future is dropped. Posts are not made meanwhile.
    ///
    /// # Errors
    /// The same as [`Handle::acknowledge`].
    pub async fn acknowledge(
        &mut self,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<(), AcknowledgeError> {
        self.session.acknowledge(response).await
    }

    /// Defers the acknowledgement of the envelope of the event, see [`Handle::defer`].
    ///
    /// # Errors
    /// The same as [`Handle::defer`].
    pub fn defer(&mut self) -> Result<DeferredEnvelope, AcknowledgeError> {
        self.session.defer()
    }

    /// Acknowledges a deferred envelope with a response, see [`Handle::acknowledge_deferred`].
    ///
    /// # Errors
    /// The same as [`Handle::acknowledge_deferred`].
    pub async fn acknowledge_deferred(
        &mut self,
        envelope: DeferredEnvelope,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<(), AcknowledgeError> {
        self.session.acknowledge_deferred(envelope, response).await
    }

    /// Stores a call of `method`, such as [`PostMessage`], in the outbox, to be made while the app
    /// waits. Returns its id, which [`AppEvent::Posted`] has too.
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

    /// Posts a reply in the thread of `message`, which it begins if there is none, see
    /// [`Message::thread_root`]. `None` if the event does not name channel or timestamp.
    ///
    /// # Errors
    /// The same as [`post`](Self::post).
    pub fn reply(
        &mut self,
        message: &Message<'_>,
        text: impl Markup + Sync,
    ) -> Result<Option<MessageId>, PostError> {
        let reply = PostMessage::in_thread_of(message, text);
        reply.map(|reply| self.post(&reply, None)).transpose()
    }

    /// Responds to an interaction or a slash command by its `response_url`: only the user sees it.
    /// Expires after the 30 minutes in which Slack accepts it. For other responses pass an
    /// [`InteractionResponse`] to [`post`](Self::post).
    ///
    /// # Errors
    /// The same as [`post`](Self::post).
    pub fn respond(
        &mut self,
        response_url: &str,
        text: impl Markup + Sync,
    ) -> Result<MessageId, PostError> {
        let response = InteractionResponse::new(response_url, text);
        self.post(&response, Some(InteractionResponse::LIFE))
    }

    /// Withdraws a post that waits, see [`WebApi::withdraw`]. Returns whether it waited.
    pub fn withdraw(&mut self, id: MessageId) -> bool {
        self.caller.withdraw(id)
    }

    /// Returns the number of posts without an outcome.
    pub fn pending_posts(&self) -> usize {
        self.caller.pending_posts()
    }

    /// Replaces the token of the bot, see [`WebApi::set_token`].
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used, or does not fit into the storage. The old one is
    /// kept then.
    pub fn set_bot_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.caller.set_token(token)
    }

    /// Closes the session in order. Call [`App::next`] until it returns `None`.
    pub fn close(&mut self) {
        self.session.close();
    }

    /// Returns the handle of the session.
    pub fn session(&mut self) -> &mut Handle<'s, 'a, E, S, M, IN, OUT, SocketMode> {
        &mut self.session
    }
}

/// Shows neither transmitted bytes nor a token.
impl<C, E, S, R, P, M, const IN: usize, const OUT: usize> fmt::Debug
    for App<'_, C, E, S, R, P, M, IN, OUT>
where
    M: RawMutex,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("session", &self.session)
            .field("web_api", &self.web_api)
            .finish()
    }
}

/// Shows neither transmitted bytes nor a token.
impl<E, S, R, P, M: RawMutex, const IN: usize, const OUT: usize> fmt::Debug
    for AppHandle<'_, '_, E, S, R, P, M, IN, OUT>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppHandle")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
