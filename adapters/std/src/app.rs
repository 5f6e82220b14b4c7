//! An app in Socket Mode that posts by the Web API beside its socket, in one thread.

use crate::session::Pause;
use crate::{
    Buffers, Dialer, Handle, PostOutcome, Sender, Session, SessionError, WebApi, WebApiError,
};
use slack_rtm::event::{Markup, Message};
use slack_rtm::json::Writer;
use slack_rtm::methods::chat::{POSTED, PostMessage};
use slack_rtm::methods::webhooks::InteractionResponse;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{CallerConfig, Method, PostError};
use slack_rtm::{
    AcknowledgeError, CloseReason, Config, DeferredEnvelope, Event, MessageId, PollError,
    SocketMode, TokenError,
};
use std::{error, fmt};

/// A [`Session`] in Socket Mode and a [`WebApi`], driven together from one thread.
///
/// Over the socket an app only acknowledges. It posts by the Web API: a post is stored in the outbox
/// of the [`WebApi`], and is made while the app waits for the next event. A slow link of one does
/// not delay the other.
///
/// ```no_run
/// use slack_rtm::event::Author;
/// use slack_rtm::web_api::CallerConfig;
/// use slack_rtm::{Config, Event};
/// use slack_rtm_std::{App, AppBuffers, AppEvent, AppTokens, Dialer, Trust};
///
/// # fn run(app_level: &str, bot: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let mut buffers = AppBuffers::default();
/// let mut app = App::new(
///     Config::socket_mode(),
///     CallerConfig::new(),
///     AppTokens { app_level, bot },
///     Dialer::new(Trust::platform())?,
///     &mut buffers,
/// )?;
/// while let Some((event, mut handle)) = app.next()? {
///     match event {
///         AppEvent::Event(Event::Message(message)) => {
///             if let Some(Author::Person(_)) = message.posted_by() {
///                 handle.reply(&message, "seen")?;
///             }
///         }
///         AppEvent::Event(Event::SlashCommand(_)) => handle.acknowledge(&|json| {
///             json.begin_object();
///             json.name("text").text("Opening the door");
///             json.end_object();
///         })?,
///         AppEvent::Posted(id, outcome) => println!("{id}: {outcome}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct App<'m> {
    session: Session<'m, SocketMode>,
    web_api: WebApi<'m>,
}

/// The two tokens of an app.
#[derive(Clone, Copy)]
pub struct AppTokens<'t> {
    /// The app-level token, which begins with `xapp-` and has the scope `connections:write`. It opens
    /// the socket.
    pub app_level: &'t str,
    /// The token of the bot, which begins with `xoxb-`. It posts.
    pub bot: &'t str,
}

/// The memory of an [`App`].
#[derive(Clone, Debug)]
pub struct AppBuffers {
    /// That of the session, which has no use for an outbox.
    pub session: Buffers,
    /// That of the Web API. Its outbox has the posts that wait.
    pub web_api: Buffers,
}

impl Default for AppBuffers {
    /// Creates two [`Buffers::default`], that of the session without an outbox.
    fn default() -> Self {
        Self {
            session: Buffers::default().outbox(0),
            web_api: Buffers::default(),
        }
    }
}

/// Something that happened to an [`App`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AppEvent<'r> {
    /// An event of the socket.
    Event(Event<'r, SocketMode>),
    /// The outcome of the post with this id.
    Posted(MessageId, PostOutcome),
    /// Posts wait for another token of the bot, see [`WebApi::is_token_expired`]. Set it by
    /// [`AppHandle::set_bot_token`].
    TokenExpired,
}

/// A handle of an [`App`], for use while an event is borrowed.
pub struct AppHandle<'s, 'm> {
    session: Handle<'s, 'm, SocketMode>,
    web_api: &'s mut WebApi<'m>,
}

/// Why neither machine runs any more.
enum Turn {
    Event,
    Posted(MessageId, PostOutcome),
    TokenExpired,
    Closed,
}

impl<'m> App<'m> {
    /// Creates an app over links that `dialer` opens.
    ///
    /// The table [`POSTED`] replaces [`CallerConfig::post_paths`]: the response to a post has the
    /// app's own ids, by which the session recognises its messages.
    ///
    /// # Errors
    /// [`AppError`] if a buffer is too small, or if a token or a setting cannot be used.
    pub fn new(
        config: Config<'m, SocketMode>,
        caller_config: CallerConfig<'m>,
        tokens: AppTokens<'_>,
        dialer: Dialer,
        buffers: &'m mut AppBuffers,
    ) -> Result<Self, AppError> {
        let AppBuffers { session, web_api } = buffers;
        let caller_config = caller_config.post_paths(&POSTED);
        Ok(Self {
            web_api: WebApi::new(caller_config, tokens.bot, dialer.beside(), web_api)?,
            session: Session::new(config, tokens.app_level, dialer, session)?,
        })
    }

    /// Waits for the next event of the socket or the outcome of a post, and lends it together with a
    /// handle to answer with. Makes the posts that wait meanwhile.
    ///
    /// Returns `None` when the session has closed. Posts that still wait then can be made by
    /// [`WebApi::next_post`] of [`web_api`](Self::web_api).
    ///
    /// # Errors
    /// [`PollError`] if the random number generator of the operating system failed. Nothing was
    /// lost; the next call continues.
    #[expect(clippy::should_implement_trait)] // an `Iterator` cannot lend
    pub fn next(&mut self) -> Result<Option<(AppEvent<'_>, AppHandle<'_, 'm>)>, PollError> {
        let turn = self.advance()?;
        let (event, session) = self.session.lend();
        let event = match turn {
            Turn::Event => event.map(AppEvent::Event),
            Turn::Posted(id, outcome) => Some(AppEvent::Posted(id, outcome)),
            Turn::TokenExpired => Some(AppEvent::TokenExpired),
            Turn::Closed => None,
        };
        let web_api = &mut self.web_api;
        Ok(event.map(|event| (event, AppHandle { session, web_api })))
    }

    fn advance(&mut self) -> Result<Turn, PollError> {
        loop {
            // Before the session, so that a session with many events does not hold posts back. It
            // does not wait, not even for the close of a link.
            let api_until = self.web_api.settle(Duration::ZERO)?;
            if let Some(identity) = self.web_api.take_identity() {
                self.session.set_identity(&identity);
            }
            let api_wait = self.web_api.try_exchange();
            let pause = self.session.settle()?;
            if let Pause::Event = pause {
                return Ok(Turn::Event);
            }
            // After the session, which has acknowledged the event before: a handle that is lent with
            // an outcome holds no envelope.
            if let Some((id, outcome)) = self.web_api.take_done() {
                return Ok(Turn::Posted(id, outcome));
            }
            if self.web_api.take_expiry() {
                return Ok(Turn::TokenExpired);
            }
            let Pause::Wait(session_until) = pause else {
                return Ok(Turn::Closed);
            };
            let session_wait = self.session.try_exchange();
            if let Some((api_wait, session_wait)) = api_wait.zip(session_wait) {
                let until = api_wait.min(session_wait).min(api_until);
                self.wait(until.min(session_until));
            }
        }
    }

    /// Waits for both links.
    fn wait(&self, until: Instant) {
        if self.session.pump().waiter().wait(until).is_err() {
            // The system is out of resources. Both machines look at the time again.
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Returns a handle for other threads.
    pub fn sender(&self) -> Sender<SocketMode> {
        self.session.sender()
    }

    /// Closes the session in order. Call [`next`](Self::next) until it returns `None`.
    pub fn close(&mut self) {
        self.session.close();
    }

    /// Returns why the session has closed, or `None` if it has not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.session.close_reason()
    }

    /// Returns the session. Its [`next`](Session::next) leaves posts waiting.
    pub fn session(&mut self) -> &mut Session<'m, SocketMode> {
        &mut self.session
    }

    /// Returns the machine for calls. A call blocks until its outcome; the socket is not served
    /// meanwhile.
    ///
    /// A long list or an upload takes longer than Slack waits for an acknowledgement. A program with such
    /// calls makes them by a `WebApi` of its own in another thread.
    pub fn web_api(&mut self) -> &mut WebApi<'m> {
        &mut self.web_api
    }
}

impl<'s, 'm> AppHandle<'s, 'm> {
    /// Acknowledges the envelope of the event with a response, see [`Handle::acknowledge`].
    ///
    /// # Errors
    /// The same as [`Handle::acknowledge`].
    pub fn acknowledge(
        &mut self,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<(), AcknowledgeError> {
        self.session.acknowledge(response)
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
    pub fn acknowledge_deferred(
        &mut self,
        envelope: DeferredEnvelope,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<(), AcknowledgeError> {
        self.session.acknowledge_deferred(envelope, response)
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
        self.web_api.post(method, time_to_live)
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
        self.web_api.withdraw(id)
    }

    /// Returns the number of posts whose outcome was not returned yet.
    pub fn pending_posts(&self) -> usize {
        self.web_api.pending_posts()
    }

    /// Replaces the token of the bot, by which posts are made, see [`WebApi::set_token`]. That of the
    /// socket is replaced by [`Handle::set_token`] of [`session`](Self::session).
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used. The old one is kept then.
    pub fn set_bot_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.web_api.set_token(token)
    }

    /// Closes the session in order. Call `next` until it returns `None`.
    pub fn close(&mut self) {
        self.session.close();
    }

    /// Returns the handle of the session.
    pub fn session(&mut self) -> &mut Handle<'s, 'm, SocketMode> {
        &mut self.session
    }

    /// Returns the machine for calls. A call blocks until its outcome; the socket is not served
    /// meanwhile.
    pub fn web_api(&mut self) -> &mut WebApi<'m> {
        self.web_api
    }
}

/// The reason why an [`App`] could not be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AppError {
    /// That of the session.
    Session(SessionError),
    /// That of the Web API.
    WebApi(WebApiError),
}

impl AppError {
    /// Returns the stable number of the error, for logs and for C. It is that of the error
    /// that it contains.
    pub const fn code(self) -> u16 {
        match self {
            Self::Session(error) => error.code(),
            Self::WebApi(error) => error.code(),
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(error) => error.fmt(f),
            Self::WebApi(error) => write!(f, "Web API: {error}"),
        }
    }
}

impl error::Error for AppError {}

impl From<SessionError> for AppError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<WebApiError> for AppError {
    fn from(error: WebApiError) -> Self {
        Self::WebApi(error)
    }
}

/// Shows neither token.
impl fmt::Debug for AppTokens<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppTokens").finish_non_exhaustive()
    }
}

/// Shows neither transmitted bytes nor a token.
impl fmt::Debug for App<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("session", &self.session)
            .field("web_api", &self.web_api)
            .finish()
    }
}

/// Shows neither transmitted bytes nor a token.
impl fmt::Debug for AppHandle<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppHandle")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
