//! The client's life: from call to socket to session, and back to the call.

use super::config::{Config, Settings};
use super::error::{PeerError, UsageError};
use super::event::{Cause, End, Event, Step};
use super::mail::{Mail, MessageId, Out};
use super::output::{LinkEnd, Output, Peer, Security};
use super::session::{Session, Surroundings};
use super::stop::{Stop, UNTOLD_RETRY_AFTER};
use super::told::Told;
use super::{Counters, State};
use crate::backoff::{Backoff, Urgency};
use crate::buffer::{RecvBuf, SendBuf};
use crate::entropy::Entropy;
use crate::log::{debug, info, trace, warn};
use crate::rtm::command::Command;
use crate::rtm::event::{self as wire, paths};
use crate::time::{Duration, Instant};
use crate::url::Url;
use crate::web_api::{
    self, Accepted, Answer, ApiError, Element, ErrorCode, Lists, Members, Method, OpenError,
    Progress, ReadUntil, Remedy, Request, RequestError,
};
use crate::websocket::{self, Handshake, Sent};
use core::fmt;
use heapless::String;

/// The longest user id that is recognised as one's own, in bytes. Slack's have eleven.
const ID_BYTES: usize = 24;
/// A URL is valid for 30 seconds from the head of the answer on.
const URL_LIFE: Duration = Duration::from_secs(30);
/// Lists are left so long before the URL expires: time to connect and shake hands.
const LISTS_LEFT: Duration = Duration::from_secs(12);
/// However steadily an answer drips, it ends by then.
const ANSWER_LIFE: Duration = Duration::from_secs(180);
/// The longest `Retry-After` that is followed: whoever says more is most likely not Slack.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// How long a team's migration takes at the least.
const MIGRATION: Duration = Duration::from_secs(5);

/// Slack's RTM client: a machine to be polled. The [crate's first page](crate) shows the loop.
///
/// It is generic over the source of randomness and nothing else.
pub struct Client<'c, E> {
    life: Life<'c>,
    entropy: E,
}

/// A client without its source of randomness: one copy of its code serves every source.
struct Life<'c> {
    settings: Settings<'c>,
    /// Taken at the next call: the request under way is written from the old one.
    next_token: Option<&'c str>,
    /// The latest instant that was told.
    now: Instant,
    phase: Phase,
    link: Link,
    /// When the present phase must have come further.
    until: Instant,
    /// When to go on, if [`Told::Wait`] was told.
    wake: Instant,
    /// When the URL that was given, or is awaited, expires.
    url_until: Instant,
    retry_after: Duration,
    /// Why the last attempt or session ended.
    cause: Cause,
    backoff: Backoff,
    mail: Mail<'c>,
    /// `self.id` of the answer.
    me: String<ID_BYTES, u8>,
    counters: Counters,
    told: Told,
    /// `connected` or `disconnected` was called out of turn; the next poll says so.
    misused: bool,
    closing: bool,
}

/// What the client is at. See the module's diagram.
#[derive(Debug)]
#[repr(u8)] // a tag of its own is told apart in less code than one inside of a phase
enum Phase {
    Resting,
    Calling,
    Answering(Call),
    /// The answer is there, its URL stands in the receive buffer.
    Answered,
    Opening,
    Upgrading(Upgrade),
    /// The handshake is done; what follows in the receive buffer are frames.
    Upgraded,
    Session(Session),
    /// The link is to be dropped.
    Leaving(Next),
    /// Messages without an end get one.
    Ending,
    Ended,
}

/// A call under way.
#[derive(Debug)]
struct Call {
    answer: Answer,
    /// Bytes of the request that went into the send buffer.
    written: usize,
    is_written: bool,
    /// Bytes that could not be taken yet when they were looked at last.
    left_unread: usize,
    /// When it ends, however steadily the answer drips.
    over_at: Instant,
}

/// A WebSocket handshake under way.
#[derive(Debug)]
struct Upgrade {
    handshake: Handshake,
    is_written: bool,
}

/// What comes after a link was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Open,
    Rest,
    End,
}

/// The link, as the caller has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    None,
    /// `Connect` was given; the caller has not answered yet.
    Due,
    Up,
    /// It ended, or could not be had; not taken note of yet.
    Down(LinkEnd),
}

/// What a poll works with.
struct Lent<'a, 'm, 'n> {
    rx: &'a mut RecvBuf<'m>,
    tx: &'a mut SendBuf<'n>,
    entropy: &'a mut dyn Entropy,
}

impl<'c, E: Entropy> Client<'c, E> {
    /// A client that has not begun. The first poll asks for the first link.
    pub fn new(config: Config<'c>, entropy: E) -> Self {
        Self {
            life: Life::new(config),
            entropy,
        }
    }

    /// Goes on as far as possible and says what is to be done next.
    ///
    /// `now` is the present instant. Bytes in `rx` are taken, bytes for the link are put into `tx`.
    ///
    /// # Errors
    /// [`UsageError`]: a mistake of this program, or its source of randomness failed. Nothing was
    /// lost; poll again when it is mended.
    pub fn poll<'r>(
        &mut self,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<Output<'r>, UsageError>
    where
        'c: 'r,
    {
        let mut lent = Lent {
            rx: &mut *rx,
            tx,
            entropy: &mut self.entropy,
        };
        self.life.advance(&mut lent, now)?;
        Ok(self.life.output(rx))
    }

    /// The event of the last poll, again.
    ///
    /// `rx` is the buffer of that poll, untouched since. For whoever polls in a loop and lends the
    /// event from behind it, which a borrow that is taken inside does not allow.
    pub fn event<'r>(&self, rx: &'r RecvBuf<'_>) -> Option<Event<'r>>
    where
        'c: 'r,
    {
        match self.life.output(rx) {
            Output::Event(event) => Some(event),
            _ => None,
        }
    }

    /// The link that `Connect` asked for is there, TLS and all.
    pub fn connected(&mut self) {
        let life = &mut self.life;
        if life.link == Link::Due {
            life.link = Link::Up;
        } else {
            life.misused = true;
        }
    }

    /// The link ended, or could not be had. What was read before belongs into the receive buffer
    /// first.
    pub fn disconnected(&mut self, end: LinkEnd) {
        let life = &mut self.life;
        match life.link {
            Link::Due | Link::Up => life.link = Link::Down(end),
            Link::Down(_) => {}
            Link::None => life.misused = true,
        }
    }

    /// Sends a command; returns its id, which the event of its end will bear.
    ///
    /// With an outbox, a message is taken at any time and goes out when it can. Without one, and
    /// for all other commands, it goes out now or not at all.
    ///
    /// # Errors
    /// [`UsageError`]: a limit of Slack's ([`Limit`](UsageError::Limit)), a memory that is full
    /// ([`Full`](UsageError::Full)), no session ([`Offline`](UsageError::Offline)), too soon
    /// ([`TooSoon`](UsageError::TooSoon)), no randomness, or the end of the client. Nothing was
    /// sent then.
    pub fn send(
        &mut self,
        command: &impl Command,
        tx: &mut SendBuf<'_>,
    ) -> Result<MessageId, UsageError> {
        self.life.send(command, tx, &mut self.entropy)
    }

    /// Begins to close: the close handshake, then the end of every message that has none, then
    /// [`Output::Closed`].
    pub fn close(&mut self) {
        self.life.closing = true;
    }

    /// Another token, from the next call on. A client that came to its end because of the old one
    /// begins anew, as soon as Slack's limit on calls allows.
    pub fn set_token(&mut self, token: &'c str) {
        self.life.set_token(token);
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        self.life.state()
    }

    /// What it has done since its birth.
    pub fn counters(&self) -> Counters {
        self.life.counters
    }

    /// `self.id` of the last answer: whom the token stands for.
    pub fn user_id(&self) -> Option<&str> {
        self.life.user_id()
    }

    /// Messages that have no end yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.life.mail.pending()
    }
}

impl<'c> Life<'c> {
    fn new(config: Config<'c>) -> Self {
        Self {
            settings: config.settings,
            next_token: None,
            now: Instant::from_millis(0),
            phase: Phase::Calling,
            link: Link::None,
            until: Instant::FAR_FUTURE,
            wake: Instant::FAR_FUTURE,
            url_until: Instant::FAR_FUTURE,
            retry_after: Duration::ZERO,
            cause: Cause::Closed(None),
            backoff: config.backoff,
            mail: Mail::new(config.outbox, config.delivery, config.pace),
            me: String::new(),
            counters: Counters::default(),
            told: Told::Nothing,
            misused: false,
            closing: false,
        }
    }

    #[inline(never)] // its stack is not needed while the caller polls
    fn send(
        &mut self,
        command: &dyn Command,
        tx: &mut SendBuf<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<MessageId, UsageError> {
        if self.closing || matches!(self.phase, Phase::Ending | Phase::Ended) {
            return Err(UsageError::Closed);
        }
        let connection = match &mut self.phase {
            Phase::Session(session) if session.is_open() => Some(session.connection()),
            _ => None,
        };
        let mut out = Out {
            tx,
            entropy,
            counters: &mut self.counters,
            now: self.now,
        };
        let id = self.mail.send(command, connection, &mut out)?;
        count(&mut self.counters.messages_out);
        Ok(id)
    }

    fn set_token(&mut self, token: &'c str) {
        self.next_token = Some(token);
        self.mail.drop_url();
        if let Cause::Refused(_) = self.cause {
            match self.phase {
                Phase::Ended | Phase::Ending => {
                    self.until = self.backoff.ready_at();
                    self.phase = Phase::Resting;
                }
                Phase::Leaving(Next::End) => self.phase = Phase::Leaving(Next::Rest),
                _ => {}
            }
        }
    }

    fn state(&self) -> State {
        match &self.phase {
            Phase::Resting => State::Waiting { until: self.until },
            Phase::Calling if self.link == Link::None && self.counters == Counters::default() => {
                State::Offline
            }
            Phase::Calling | Phase::Answering(_) | Phase::Answered => State::Calling,
            Phase::Leaving(Next::Open) | Phase::Opening | Phase::Upgrading(_) | Phase::Upgraded => {
                State::Connecting
            }
            Phase::Session(session) if session.is_open() => State::Open,
            Phase::Session(session) if session.is_closing() => State::Closing,
            Phase::Session(_) => State::Connecting,
            Phase::Leaving(_) | Phase::Ending => State::Closing,
            Phase::Ended => State::Closed,
        }
    }

    fn user_id(&self) -> Option<&str> {
        (!self.me.is_empty()).then_some(self.me.as_str())
    }

    /// Step by step until there is something to tell.
    #[inline(never)] // its stack is not needed while the output is made
    fn advance(&mut self, lent: &mut Lent<'_, '_, '_>, now: Instant) -> Result<(), UsageError> {
        self.told = Told::Nothing;
        if core::mem::take(&mut self.misused) {
            return Err(UsageError::NoConnectDue);
        }
        self.now = self.now.max(now);
        while matches!(self.told, Told::Nothing) {
            if self.closing {
                self.turn_to_end(lent.tx);
            }
            match self.step(lent) {
                Ok(told) => self.told = told,
                Err(Stop::Failed(cause)) => self.fail(cause),
                Err(Stop::Mistaken(error)) => return Err(error),
            }
        }
        self.log();
        Ok(())
    }

    /// One step. [`Told::Nothing`]: the phase changed, go on.
    fn step(&mut self, lent: &mut Lent<'_, '_, '_>) -> Result<Told, Stop> {
        match (&self.phase, self.link) {
            (Phase::Resting, _) => Ok(self.rest(lent.rx)),
            (Phase::Calling, Link::None) => self.ask_for_api(lent),
            (Phase::Calling, Link::Up) => Ok(self.call()),
            (Phase::Answering(_), _) => {
                self.write_request(lent.tx)?;
                self.answer(lent)
            }
            (Phase::Answered, _) => {
                self.phase = Phase::Leaving(Next::Open);
                Ok(Told::Nothing)
            }
            (Phase::Opening, Link::None) => self.ask_for_socket(lent),
            (Phase::Opening, Link::Up) => self.begin_upgrade(lent),
            (Phase::Calling | Phase::Opening, _) => self.await_link(Step::Connect),
            (Phase::Upgrading(_), _) => self.upgrade(lent),
            (Phase::Upgraded, _) => Ok(self.begin_session()),
            (Phase::Session(_), _) => self.session(lent),
            (Phase::Leaving(_), Link::Up | Link::Due) => Ok(Told::Disconnect),
            (Phase::Leaving(next), _) => self.leave(*next, lent),
            (Phase::Ending, _) => {
                if let Some(id) = self.mail.give_up() {
                    return Ok(Told::Unconfirmed(id));
                }
                self.phase = Phase::Ended;
                Ok(Told::Nothing)
            }
            (Phase::Ended, _) => Ok(Told::Closed),
        }
    }

    /// `close` was called: the shortest way to the end from wherever it stands.
    fn turn_to_end(&mut self, tx: &mut SendBuf<'_>) {
        match &mut self.phase {
            Phase::Session(session) => session.close(Cause::Link(LinkEnd::Closed), tx),
            Phase::Leaving(Next::End) | Phase::Ending | Phase::Ended => {}
            _ => self.fail(Cause::Link(LinkEnd::Closed)),
        }
    }

    /// The attempt or the session ended: the one way out of every phase that fails.
    #[inline(never)] // it is called in several places
    fn fail(&mut self, cause: Cause) {
        self.mail.link_lost();
        let (next, cause) = if self.closing {
            (Next::End, Cause::Link(LinkEnd::Closed))
        } else {
            (Next::Rest, cause)
        };
        self.cause = cause;
        self.phase = Phase::Leaving(next);
    }

    #[inline(never)] // likewise
    fn rest(&mut self, rx: &mut RecvBuf<'_>) -> Told {
        if self.now < self.until {
            return self.wait(self.until);
        }
        let has_url = self.mail.take_url(rx) && self.socket_url(rx).is_ok();
        self.url_until = Instant::FAR_FUTURE;
        self.phase = if has_url {
            Phase::Opening
        } else {
            Phase::Calling
        };
        Told::Nothing
    }

    fn wait(&mut self, until: Instant) -> Told {
        self.wake = until;
        Told::Wait
    }

    #[inline(never)] // its stack is not needed while a phase is served
    fn ask_for_api(&mut self, lent: &mut Lent<'_, '_, '_>) -> Result<Told, Stop> {
        lent.rx.clear();
        if let Some(token) = self.next_token.take() {
            self.settings.api = self.settings.api.token(token);
        }
        self.request()?;
        Ok(self.ask(Told::ConnectApi, lent.tx))
    }

    #[inline(never)] // likewise
    fn ask_for_socket(&mut self, lent: &mut Lent<'_, '_, '_>) -> Result<Told, Stop> {
        // The URL stays; a byte behind the answer does not.
        lent.rx.consume(usize::MAX);
        self.socket_url(lent.rx)?;
        if self.now >= self.url_until {
            return Err(Cause::Late(Step::Connect).into());
        }
        Ok(self.ask(Told::ConnectSocket, lent.tx))
    }

    fn ask(&mut self, told: Told, tx: &mut SendBuf<'_>) -> Told {
        tx.clear();
        self.link = Link::Due;
        self.until_patience(self.settings.patience.connect);
        told
    }

    /// The present phase may take so long, and no longer than the URL lives.
    fn until_patience(&mut self, patience: Duration) {
        self.until = self.now.after(patience).min(self.url_until);
    }

    /// Waits while the link lasts and the time for this step is not over.
    fn await_link(&mut self, step: Step) -> Result<Told, Stop> {
        if let Link::Down(end) = self.link {
            return Err(Cause::Link(end).into());
        }
        if self.now >= self.until {
            return Err(Cause::Late(step).into());
        }
        Ok(self.wait(self.until))
    }

    #[inline(never)] // likewise
    fn call(&mut self) -> Told {
        self.backoff.called(self.now);
        self.until_patience(self.settings.patience.answer);
        self.retry_after = Duration::ZERO;
        // What rtm.start tells behind the URL may be megabytes.
        let lists = self.settings.lists;
        let wanted = match self.settings.method {
            Method::RtmStart(_) if lists == Lists::NONE => ReadUntil::Url,
            _ => ReadUntil::End,
        };
        self.phase = Phase::Answering(Call {
            answer: Answer::new(lists.table()).lists(lists).until(wanted),
            written: 0,
            is_written: false,
            left_unread: 0,
            over_at: self.now.after(ANSWER_LIFE),
        });
        Told::Nothing
    }

    /// Puts what is left of the request into `tx`, as far as there is room.
    #[inline(never)] // likewise
    fn write_request(&mut self, tx: &mut SendBuf<'_>) -> Result<(), RequestError> {
        if let Phase::Answering(call) = &mut self.phase
            && !call.is_written
        {
            let request = self.settings.api.request(self.settings.method)?;
            let (count, is_written) = tx.append(call.written, |sink| request.write(sink));
            call.written += count;
            call.is_written = is_written;
        }
        Ok(())
    }

    #[inline(never)] // likewise
    fn answer(&mut self, lent: &mut Lent<'_, '_, '_>) -> Result<Told, Stop> {
        let Phase::Answering(call) = &mut self.phase else {
            return Ok(Told::Nothing);
        };
        // Bytes that stay unread, such as half a line, are not heard again.
        if lent.rx.unread().len() > call.left_unread {
            let until = self.now.after(self.settings.patience.answer);
            self.until = until.min(call.over_at);
        }
        match call.answer.advance(lent.rx)? {
            Progress::Incomplete => call.left_unread = lent.rx.unread().len(),
            Progress::Head => {
                self.url_until = self.now.after(URL_LIFE);
                return Ok(Told::Nothing);
            }
            Progress::Element(path) => return Ok(Told::Element(path)),
            Progress::Accepted => return self.accepted(Told::Opened, lent.rx),
            Progress::Refused => {
                self.retry_after = call.answer.retry_after().unwrap_or_default();
                return Ok(self.refused(lent.rx));
            }
        }
        if self.link == Link::Down(LinkEnd::Closed) {
            call.answer.eof(lent.rx)?;
            return Ok(Told::Nothing);
        }
        let leave_at = self.url_until.before(LISTS_LEFT);
        if self.now >= leave_at
            && self.link == Link::Up
            && let Ok(told) = self.accepted(Told::ListsIncomplete, lent.rx)
        {
            return Ok(told);
        }
        let told = self.await_link(Step::Answer)?;
        if self.now < leave_at {
            self.wake = self.wake.min(leave_at);
        }
        Ok(told)
    }

    /// The answer brought a URL: its lists are told, or left.
    fn accepted(&mut self, told: Told, rx: &RecvBuf<'_>) -> Result<Told, Stop> {
        let accepted = Accepted::new(rx.records(), self.settings.lists.table());
        if let Err(error) = self.settings.url_of(accepted) {
            return Err(match error.resource(rx.capacity()) {
                Some(resource) => Cause::Resource(resource).into(),
                None => error.into(),
            });
        }
        self.me.clear();
        // An id that does not fit is nobody's: nothing will count as one's own.
        let _ = self.me.push_str(accepted.self_id().unwrap_or_default());
        self.phase = Phase::Answered;
        Ok(told)
    }

    fn refused(&mut self, rx: &RecvBuf<'_>) -> Told {
        let code = ApiError::new(rx.records(), None).code.without_text();
        if code == ErrorCode::RateLimited && self.retry_after == Duration::ZERO {
            self.retry_after = UNTOLD_RETRY_AFTER;
        }
        self.fail(Cause::Refused(code));
        if !code.remedy().is_retry() {
            self.phase = Phase::Leaving(Next::End);
        }
        Told::Refused
    }

    #[inline(never)] // likewise
    fn begin_upgrade(&mut self, lent: &mut Lent<'_, '_, '_>) -> Result<Told, Stop> {
        let handshake = Handshake::new(lent.entropy)?;
        self.until_patience(self.settings.patience.handshake);
        self.phase = Phase::Upgrading(Upgrade {
            handshake,
            is_written: false,
        });
        Ok(Told::Nothing)
    }

    #[inline(never)] // likewise
    fn upgrade(&mut self, lent: &mut Lent<'_, '_, '_>) -> Result<Told, Stop> {
        let Phase::Upgrading(upgrade) = &mut self.phase else {
            return Ok(Told::Nothing);
        };
        if !upgrade.is_written {
            // The request is written from the URL while that stands in front of the buffer.
            let api = &self.settings.api;
            let request = websocket::Request::new(self.settings.socket_url(lent.rx)?)
                .user_agent(api.user_agent_value())
                .map_err(|_| RequestError::UserAgent)?
                .headers(api.header_list());
            upgrade.is_written = upgrade.handshake.write(&request, lent.tx) == Sent::Whole;
            if upgrade.is_written {
                lent.rx.drop_kept();
            }
        }
        if upgrade.is_written {
            match upgrade.handshake.read(lent.rx, None)? {
                websocket::Answer::Incomplete => {}
                websocket::Answer::Open => {
                    self.phase = Phase::Upgraded;
                    return Ok(Told::Nothing);
                }
                websocket::Answer::Refused(refusal) => {
                    let cause = Cause::Status {
                        status: refusal.status(),
                        retry_after: refusal.retry_after().unwrap_or_default(),
                    };
                    return Err(cause.into());
                }
            }
        }
        self.await_link(Step::Handshake)
    }

    #[inline(never)] // likewise
    fn begin_session(&mut self) -> Told {
        self.until = self.now.after(self.settings.patience.hello);
        self.phase = Phase::Session(Session::new(&self.settings, self.now));
        Told::Nothing
    }

    #[inline(never)] // likewise
    fn session(&mut self, lent: &mut Lent<'_, '_, '_>) -> Result<Told, Stop> {
        let Phase::Session(session) = &mut self.phase else {
            return Ok(Told::Nothing);
        };
        let mut around = Surroundings {
            mail: &mut self.mail,
            out: Out {
                tx: lent.tx,
                entropy: lent.entropy,
                counters: &mut self.counters,
                now: self.now,
            },
            reconnect_url: self.settings.reconnect_url,
            hello_until: self.until,
            link_end: match self.link {
                Link::Down(end) => Some(end),
                _ => None,
            },
            wake: Instant::FAR_FUTURE,
        };
        let told = session.poll(lent.rx, &mut around)?;
        self.wake = around.wake;
        if let Told::Hello = told {
            self.backoff.greeted(self.now);
        }
        Ok(told)
    }

    #[inline(never)] // likewise
    fn leave(&mut self, next: Next, lent: &mut Lent<'_, '_, '_>) -> Result<Told, Stop> {
        let mut told = Told::Nothing;
        self.phase = match next {
            Next::Open => Phase::Opening,
            Next::End => Phase::Ending,
            Next::Rest => {
                let (at_least, urgency) = self.delay();
                self.until = self
                    .backoff
                    .failed(self.now, at_least, urgency, lent.entropy)?;
                self.retry_after = Duration::ZERO;
                count(&mut self.counters.failures);
                told = Told::Reconnecting;
                Phase::Resting
            }
        };
        self.link = Link::None;
        if next != Next::Open {
            lent.rx.clear();
            lent.tx.clear();
        }
        Ok(told)
    }

    /// How long to wait at the least after the failure, and how to meet it.
    fn delay(&self) -> (Duration, Urgency) {
        let urgency = match self.cause {
            Cause::Link(LinkEnd::Untrusted) | Cause::Resource(_) => Urgency::Slow,
            Cause::Peer(PeerError::Open(_)) => Urgency::Slow,
            Cause::Refused(code) if code.remedy() == Remedy::RetrySlowly => Urgency::Slow,
            _ => Urgency::Normal,
        };
        let at_least = match self.cause {
            Cause::Migration => MIGRATION,
            Cause::Status { retry_after, .. } => retry_after,
            _ => self.retry_after,
        };
        (at_least.min(LONGEST_RETRY_AFTER), urgency)
    }

    /// How the client ended: Slack's refusal, or because it was asked to.
    fn end(&self) -> End {
        match self.cause {
            Cause::Refused(code) => End::Refused(code),
            _ => End::Asked,
        }
    }

    fn request(&self) -> Result<Request<'c>, RequestError> {
        self.settings.api.request(self.settings.method)
    }

    fn socket_url<'r>(&self, rx: &'r RecvBuf<'_>) -> Result<Url<'r>, OpenError> {
        self.settings.socket_url(rx)
    }

    /// Steps and errors for a log: never a token, never the text of a message.
    fn log(&self) {
        match self.told {
            Told::Nothing | Told::Wait => {}
            Told::ConnectApi => debug!("calling {}", self.settings.method.name()),
            Told::ConnectSocket => debug!("connecting to the socket"),
            Told::Disconnect => debug!("leaving the link"),
            Told::Closed => info!("at the end: {}", self.end()),
            Told::Element(_) => trace!("an element of a list"),
            Told::Opened => debug!("the call was answered"),
            Told::ListsIncomplete => warn!("the lists were left before their end"),
            Told::Refused => warn!("the call was refused"),
            Told::Hello => info!("in session"),
            Told::Acknowledged(id) => debug!("message {} is acknowledged", id),
            Told::Rejected(id) => warn!("message {} was rejected", id),
            Told::Unconfirmed(id) => warn!("message {} is unconfirmed", id),
            Told::Malformed => warn!("a message is not JSON"),
            Told::Rtm => trace!("an event"),
            Told::Reconnecting => {
                warn!(
                    "trying again at {} ms: {}",
                    self.until.as_millis(),
                    self.cause
                );
            }
        }
    }

    /// The output for what was told: the only place where something of `rx` is lent.
    #[inline(never)] // its stack is not needed while the machine advances
    fn output<'r>(&self, rx: &'r RecvBuf<'_>) -> Output<'r>
    where
        'c: 'r,
    {
        let records = rx.records();
        let table = self.settings.lists.table();
        Output::Event(match self.told {
            Told::Nothing => return Output::Wait { until: self.now },
            Told::Wait => return Output::Wait { until: self.wake },
            Told::Disconnect => return Output::Disconnect,
            Told::Closed => return Output::Closed(self.end()),
            Told::ConnectApi => {
                return self.connect_output(self.request().map(|request| *request.url()).ok());
            }
            Told::ConnectSocket => return self.connect_output(self.socket_url(rx).ok()),
            Told::Element(path) => {
                let path = table.path(path).unwrap_or_default();
                Event::Element(Element::new(path, Members::new(records, table)))
            }
            Told::Opened => Event::Opened(Accepted::new(records, table)),
            Told::ListsIncomplete => Event::ListsIncomplete(Accepted::new(records, table)),
            Told::Refused => Event::Refused(ApiError::new(
                records,
                (self.retry_after > Duration::ZERO).then_some(self.retry_after),
            )),
            Told::Unconfirmed(id) => Event::Unconfirmed { id },
            Told::Reconnecting => Event::Reconnecting {
                cause: self.cause,
                at: self.until,
            },
            Told::Malformed => Event::Malformed,
            Told::Hello => Event::Hello(wire::Notice::new(self.members(rx))),
            Told::Acknowledged(id) => Event::Acknowledged {
                id,
                ts: records.text(paths::TS).map_or("", |ts| ts.as_str()),
            },
            Told::Rejected(id) => {
                let rejection = wire::Rejection::new(self.members(rx));
                Event::Rejected {
                    id,
                    code: rejection.code().unwrap_or_default(),
                    msg: rejection.message(),
                }
            }
            Told::Rtm => match wire::Event::new(records, self.settings.paths, self.user_id()) {
                wire::Event::Message(message) => Event::Message(message),
                wire::Event::Pong(pong) => Event::Pong(pong),
                event => Event::Rtm(event),
            },
        })
    }

    /// The members of the event in `rx`.
    fn members<'r>(&self, rx: &'r RecvBuf<'_>) -> Members<'r> {
        Members::new(rx.records(), self.settings.paths)
    }

    fn connect_output<'r>(&self, url: Option<Url<'r>>) -> Output<'r> {
        match url {
            Some(url) => Output::Connect {
                peer: Peer {
                    host: url.host(),
                    port: url.port(),
                    security: if url.scheme().is_secure() {
                        Security::Tls
                    } else {
                        Security::Plain
                    },
                },
                until: self.until,
            },
            // Both URLs were checked when it was decided to connect.
            None => Output::Wait { until: self.now },
        }
    }
}

impl Settings<'_> {
    /// The URL of the socket, where it stands in front of the buffer: by itself, as it was pushed
    /// for this connection, or among the members of an answer.
    fn socket_url<'r>(&self, rx: &'r RecvBuf<'_>) -> Result<Url<'r>, OpenError> {
        if rx.kept().is_empty() {
            return self.url_of(Accepted::new(rx.records(), self.lists.table()));
        }
        let text = core::str::from_utf8(rx.kept()).unwrap_or_default();
        web_api::check_url(text, self.domains, self.api.plain())
    }

    fn url_of<'r>(&self, accepted: Accepted<'r>) -> Result<Url<'r>, OpenError> {
        accepted.url(self.domains, self.api.plain())
    }
}

fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}

/// Shows neither the token nor a message.
impl<E> fmt::Debug for Client<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("phase", &self.life.phase)
            .field("link", &self.life.link)
            .field("now", &self.life.now)
            .field("until", &self.life.until)
            .field("counters", &self.life.counters)
            .finish_non_exhaustive()
    }
}
