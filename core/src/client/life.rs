//! The client's life: from call to socket to session, and back to the call.

use super::config::{Config, Patience, ReconnectUrl};
use super::error::{PeerError, UsageError};
use super::event::{Cause, End, Event, Step};
use super::mail::Mail;
use super::mail::MessageId;
use super::output::{LinkEnd, Output, Peer, Security};
use super::session::{News, Session, SessionStep, Surroundings};
use super::{Counters, State};
use crate::backoff::{Backoff, Urgency};
use crate::buffer::{RecvBuf, SendBuf};
use crate::entropy::Entropy;
use crate::json::Paths;
use crate::log::{debug, info, trace, warn};
use crate::rtm::command::Command;
use crate::rtm::event as wire;
use crate::rtm::keepalive::{self, Keepalive};
use crate::time::{Duration, Instant};
use crate::url::Url;
use crate::web_api::{
    self, Accepted, Answer, AnswerError, AnswerStep, Api, ApiError, Element, ErrorCode, Lists,
    Members, Method, OpenError, Plain, ReadUntil, Remedy, Request, RequestError,
};
use crate::websocket::{self, Handshake, Sent};
use core::fmt;
use heapless::String;

/// The longest user id that is recognised as one's own, in bytes. Slack's have eleven.
const ID_BYTES: usize = 24;
/// A URL is valid for 30 seconds from the head of the answer on.
const URL_LIFE: Duration = Duration::from_secs(30);
/// From then on lists are left, so that there is time to connect and shake hands.
const LISTS_LIFE: Duration = Duration::from_secs(18);
/// However steadily an answer drips, it ends by then.
const ANSWER_LIFE: Duration = Duration::from_secs(180);
/// How long a rate limit lasts that does not tell it: tier 1 is counted by the minute.
const UNTOLD_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The longest `Retry-After` that is followed: whoever says more is most likely not Slack.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// How long a team's migration takes at the least.
const MIGRATION: Duration = Duration::from_secs(5);

/// Slack's RTM client: a machine to be polled. The [crate's first page](crate) shows the loop.
///
/// It is generic over the source of randomness and nothing else.
pub struct Client<'c, E> {
    api: Api<'c>,
    /// Taken at the next call: the request under way is written from the old one.
    next_token: Option<&'c str>,
    method: Method<'c>,
    lists: Lists,
    domains: &'c [&'c str],
    wire_paths: &'static Paths,
    patience: Patience,
    keepalive: keepalive::Policy,
    reconnect_url: ReconnectUrl,
    entropy: E,
    /// The latest instant that was told.
    now: Instant,
    phase: Phase,
    link: Link,
    /// When the present phase must have come further.
    until: Instant,
    /// When the URL that was given, or is awaited, expires.
    url_until: Instant,
    retry_after: Duration,
    backoff: Backoff,
    mail: Mail<'c>,
    /// `self.id` of the answer.
    me: String<ID_BYTES>,
    counters: Counters,
    told: Told,
    /// `connected` or `disconnected` was called out of turn; the next poll says so.
    misused: bool,
    closing: bool,
}

/// What the client is at. See the module's diagram.
#[derive(Debug)]
enum Phase {
    Resting,
    Calling,
    Answering(Call),
    /// The answer is there, its URL stands in the receive buffer.
    Answered,
    Opening,
    Upgrading(Upgrade),
    Session(Session),
    /// The link is to be dropped.
    Leaving(Next),
    /// Messages without an end get one.
    Ending(End),
    Ended(End),
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
#[derive(Clone, Copy, Debug)]
enum Next {
    Open,
    Rest(Cause),
    End(End),
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

/// An output without its borrow: the machine decides on this, and borrows once at the end.
#[derive(Clone, Copy, Debug)]
enum Told {
    Wait(Instant),
    ConnectApi,
    ConnectSocket,
    Disconnect,
    Closed(End),
    Element(&'static str),
    Opened,
    ListsIncomplete,
    Refused,
    News(News),
    Unconfirmed(MessageId),
    Reconnecting(Cause, Instant),
}

impl<'c, E: Entropy> Client<'c, E> {
    /// A client that has not begun. The first poll asks for the first link.
    pub fn new(config: Config<'c>, entropy: E) -> Self {
        Self {
            api: config.api,
            next_token: None,
            method: config.method,
            lists: config.lists,
            domains: config.domains,
            wire_paths: config.paths,
            patience: config.patience,
            keepalive: config.keepalive,
            reconnect_url: config.reconnect_url,
            entropy,
            now: Instant::from_millis(0),
            phase: Phase::Calling,
            link: Link::None,
            until: Instant::FAR_FUTURE,
            url_until: Instant::FAR_FUTURE,
            retry_after: Duration::ZERO,
            backoff: Backoff::new(config.backoff),
            mail: Mail::new(
                config.outbox,
                config.delivery,
                config.message_interval,
                config.message_burst,
            ),
            me: String::new(),
            counters: Counters::default(),
            told: Told::Wait(Instant::from_millis(0)),
            misused: false,
            closing: false,
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
        if self.misused {
            self.misused = false;
            return Err(UsageError::NoConnectDue);
        }
        self.now = self.now.max(now);
        self.told = Told::Wait(self.now);
        self.told = loop {
            if let Some(told) = self.advance(rx, tx)? {
                break told;
            }
        };
        self.log();
        Ok(self.output(rx))
    }

    /// The event of the last poll, again.
    ///
    /// `rx` is the buffer of that poll, untouched since. For whoever polls in a loop and lends the
    /// event from behind it, which a borrow that is taken inside does not allow.
    pub fn event<'r>(&self, rx: &'r RecvBuf<'_>) -> Option<Event<'r>>
    where
        'c: 'r,
    {
        match self.output(rx) {
            Output::Event(event) => Some(event),
            _ => None,
        }
    }

    /// The link that `Connect` asked for is there, TLS and all.
    pub fn connected(&mut self) {
        if self.link == Link::Due {
            self.link = Link::Up;
        } else {
            self.misused = true;
        }
    }

    /// The link ended, or could not be had. What was read before belongs into the receive buffer
    /// first.
    pub fn disconnected(&mut self, end: LinkEnd) {
        match self.link {
            Link::Due | Link::Up => self.link = Link::Down(end),
            Link::Down(_) => {}
            Link::None => self.misused = true,
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
        if self.closing || matches!(self.phase, Phase::Ending(_) | Phase::Ended(_)) {
            return Err(UsageError::Closed);
        }
        let session = match &mut self.phase {
            Phase::Session(session) if session.is_open() => Some(session),
            _ => None,
        };
        let id = self
            .mail
            .send(command, session, tx, &mut self.entropy, self.now)?;
        self.counters.messages_out = self.counters.messages_out.saturating_add(1);
        Ok(id)
    }

    /// Begins to close: the close handshake, then the end of every message that has none, then
    /// [`Output::Closed`].
    pub fn close(&mut self) {
        self.closing = true;
    }

    /// Another token, from the next call on. A client that came to its end because of the old one
    /// begins anew, as soon as Slack's limit on calls allows.
    pub fn set_token(&mut self, token: &'c str) {
        self.next_token = Some(token);
        self.mail.drop_url();
        match self.phase {
            Phase::Ended(End::Refused(_)) | Phase::Ending(End::Refused(_)) => {
                self.until = self.backoff.ready_at();
                self.phase = Phase::Resting;
            }
            Phase::Leaving(Next::End(End::Refused(code))) => {
                self.phase = Phase::Leaving(Next::Rest(Cause::Refused(code)));
            }
            _ => {}
        }
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        match &self.phase {
            Phase::Resting => State::Waiting { until: self.until },
            Phase::Calling if self.link == Link::None && self.counters == Counters::default() => {
                State::Offline
            }
            Phase::Calling | Phase::Answering(_) | Phase::Answered => State::Calling,
            Phase::Leaving(Next::Open) | Phase::Opening | Phase::Upgrading(_) => State::Connecting,
            Phase::Session(session) if session.is_open() => State::Open,
            Phase::Session(session) if session.is_closing() => State::Closing,
            Phase::Session(_) => State::Connecting,
            Phase::Leaving(_) | Phase::Ending(_) => State::Closing,
            Phase::Ended(_) => State::Closed,
        }
    }

    /// What it has done since its birth.
    pub fn counters(&self) -> Counters {
        Counters {
            bytes_out: self.mail.bytes_out(),
            ..self.counters
        }
    }

    /// `self.id` of the last answer: whom the token stands for.
    pub fn user_id(&self) -> Option<&str> {
        (!self.me.is_empty()).then_some(self.me.as_str())
    }

    /// Messages that have no end yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.mail.pending()
    }

    /// One step. `None`: the phase changed, go on.
    fn advance(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Option<Told>, UsageError> {
        if self.closing {
            self.turn_to_end(tx);
        }
        match &mut self.phase {
            Phase::Resting if self.now >= self.until => {
                let has_url = self.mail.take_url(rx) && self.socket_url(rx).is_ok();
                self.url_until = Instant::FAR_FUTURE;
                self.phase = if has_url {
                    Phase::Opening
                } else {
                    Phase::Calling
                };
                Ok(None)
            }
            Phase::Resting => Ok(Some(Told::Wait(self.until))),
            Phase::Calling => self.connect(rx, tx, Told::ConnectApi),
            Phase::Answering(_) => self.answer(rx, tx),
            Phase::Answered => {
                self.phase = Phase::Leaving(Next::Open);
                Ok(None)
            }
            Phase::Opening => self.connect(rx, tx, Told::ConnectSocket),
            Phase::Upgrading(_) => self.upgrade(rx, tx),
            Phase::Session(_) => self.session(rx, tx),
            Phase::Leaving(next) => {
                let next = *next;
                self.leave(next, rx, tx)
            }
            Phase::Ending(end) => {
                let end = *end;
                if let Some(id) = self.mail.give_up() {
                    return Ok(Some(Told::Unconfirmed(id)));
                }
                self.phase = Phase::Ended(end);
                Ok(None)
            }
            Phase::Ended(end) => Ok(Some(Told::Closed(*end))),
        }
    }

    /// `close` was called: the shortest way to the end from wherever it stands.
    fn turn_to_end(&mut self, tx: &mut SendBuf<'_>) {
        match &mut self.phase {
            Phase::Session(session) => session.close(Cause::Link(LinkEnd::Closed), tx),
            Phase::Leaving(next @ (Next::Open | Next::Rest(_))) => *next = Next::End(End::Asked),
            Phase::Leaving(Next::End(_)) | Phase::Ending(_) | Phase::Ended(_) => {}
            _ => self.phase = Phase::Leaving(Next::End(End::Asked)),
        }
    }

    /// Phases in which a link is asked for and awaited.
    fn connect(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        told: Told,
    ) -> Result<Option<Told>, UsageError> {
        let to_socket = matches!(told, Told::ConnectSocket);
        match self.link {
            Link::None => {
                tx.clear();
                self.until = self.now.after(self.patience.connect);
                if to_socket {
                    // The URL stays; a byte behind the answer does not.
                    rx.consume(rx.unread().len());
                    if let Err(error) = self.socket_url(rx) {
                        self.fail(Cause::Peer(PeerError::Open(error)));
                        return Ok(None);
                    }
                    if self.now >= self.url_until {
                        self.fail(Cause::Late(Step::Connect));
                        return Ok(None);
                    }
                    self.until = self.until.min(self.url_until);
                } else {
                    rx.clear();
                    if let Some(token) = self.next_token.take() {
                        self.api = self.api.token(token);
                    }
                    self.request()?;
                }
                self.link = Link::Due;
                return Ok(Some(told));
            }
            Link::Due if self.now < self.until => return Ok(Some(Told::Wait(self.until))),
            Link::Due => {
                self.fail(Cause::Late(Step::Connect));
                return Ok(None);
            }
            Link::Down(end) => {
                self.fail(Cause::Link(end));
                return Ok(None);
            }
            Link::Up => {}
        }
        if to_socket {
            self.until = self.now.after(self.patience.handshake).min(self.url_until);
            self.phase = Phase::Upgrading(Upgrade {
                handshake: Handshake::new(&mut self.entropy)?,
                is_written: false,
            });
        } else {
            self.backoff.called(self.now);
            self.until = self.now.after(self.patience.answer);
            self.url_until = Instant::FAR_FUTURE;
            self.retry_after = Duration::ZERO;
            // What rtm.start tells behind the URL may be megabytes.
            let wanted = match self.method {
                Method::RtmStart(_) if self.lists == Lists::NONE => ReadUntil::Url,
                _ => ReadUntil::End,
            };
            self.phase = Phase::Answering(Call {
                answer: Answer::new(self.answer_paths())
                    .lists(self.lists)
                    .until(wanted),
                written: 0,
                is_written: false,
                left_unread: 0,
                over_at: self.now.after(ANSWER_LIFE),
            });
        }
        Ok(None)
    }

    fn answer(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Option<Told>, UsageError> {
        let request = self.request();
        let (paths, plain, domains) = (self.answer_paths(), self.api.plain(), self.domains);
        let Phase::Answering(call) = &mut self.phase else {
            return Ok(None);
        };
        if !call.is_written {
            let request = request?;
            let (count, is_written) = tx.append(call.written, |sink| request.write(sink));
            call.written += count;
            call.is_written = is_written;
        }
        // Bytes that stay unread, such as half a line, are not heard again.
        if rx.unread().len() > call.left_unread {
            self.until = self.now.after(self.patience.answer);
        }
        match call.answer.poll(rx) {
            Ok(AnswerStep::Incomplete) => call.left_unread = rx.unread().len(),
            Ok(AnswerStep::Head) => {
                self.url_until = self.now.after(URL_LIFE);
                return Ok(None);
            }
            Ok(AnswerStep::Element(element)) => {
                let told = Told::Element(element.path());
                return Ok(Some(told));
            }
            Ok(AnswerStep::Accepted(accepted)) => {
                self.me.clear();
                // An id that does not fit is nobody's: nothing will count as one's own.
                let _ = self.me.push_str(accepted.self_id().unwrap_or_default());
                if let Err(error) = accepted.url(domains, plain) {
                    let cause = match error.resource(rx.capacity()) {
                        Some(resource) => Cause::Resource(resource),
                        None => Cause::Peer(PeerError::Open(error)),
                    };
                    self.fail(cause);
                    return Ok(None);
                }
                self.phase = Phase::Answered;
                return Ok(Some(Told::Opened));
            }
            Ok(AnswerStep::Refused(refused)) => {
                self.retry_after = refused.retry_after.unwrap_or_default();
                let code = refused.code.without_text();
                if code == ErrorCode::RateLimited && self.retry_after == Duration::ZERO {
                    self.retry_after = UNTOLD_RETRY_AFTER;
                }
                if code.remedy().is_retry() {
                    self.fail(Cause::Refused(code));
                } else {
                    self.phase = Phase::Leaving(Next::End(End::Refused(code)));
                }
                return Ok(Some(Told::Refused));
            }
            Err(error) => {
                self.fail(cause_of(error));
                return Ok(None);
            }
        }
        match self.link {
            Link::Down(LinkEnd::Closed) => {
                if let Err(error) = call.answer.eof(rx) {
                    self.fail(cause_of(error));
                }
                return Ok(None);
            }
            Link::Down(end) => {
                self.fail(Cause::Link(end));
                return Ok(None);
            }
            _ => {}
        }
        let over_at = call.over_at;
        let leave_at = match self.url_until {
            Instant::FAR_FUTURE => over_at,
            until => until.before(URL_LIFE).after(LISTS_LIFE),
        };
        if self.now >= leave_at
            && Accepted::new(rx.records(), paths)
                .url(domains, plain)
                .is_ok()
        {
            let me = Accepted::new(rx.records(), paths).self_id();
            self.me.clear();
            let _ = self.me.push_str(me.unwrap_or_default());
            self.phase = Phase::Answered;
            return Ok(Some(Told::ListsIncomplete));
        }
        if self.now >= self.until.min(over_at) {
            self.fail(Cause::Late(Step::Answer));
            return Ok(None);
        }
        let next = if self.now < leave_at {
            leave_at
        } else {
            over_at
        };
        Ok(Some(Told::Wait(self.until.min(next).min(over_at))))
    }

    fn upgrade(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Option<Told>, UsageError> {
        let (api, domains, paths) = (self.api, self.domains, self.answer_paths());
        let Phase::Upgrading(upgrade) = &mut self.phase else {
            return Ok(None);
        };
        if !upgrade.is_written {
            // The request is written from the URL while that stands in front of the buffer.
            let url = match socket_url(rx, paths, domains, api.plain()) {
                Ok(url) => url,
                Err(error) => {
                    self.fail(Cause::Peer(PeerError::Open(error)));
                    return Ok(None);
                }
            };
            let request = websocket::Request::new(url)
                .user_agent(api.user_agent_value())
                .map_err(|_| UsageError::Request(RequestError::UserAgent))?
                .headers(api.header_list());
            upgrade.is_written = upgrade.handshake.write(&request, tx) == Sent::Whole;
            if upgrade.is_written {
                rx.drop_kept();
            }
        }
        if upgrade.is_written {
            match upgrade.handshake.read(rx, None) {
                Ok(websocket::Answer::Incomplete) => {}
                Ok(websocket::Answer::Open) => {
                    let hello_until = self.now.after(self.patience.hello);
                    let keepalive = Keepalive::new(self.keepalive, self.now);
                    let session = Session::new(self.wire_paths, keepalive, hello_until);
                    self.phase = Phase::Session(session);
                    return Ok(None);
                }
                Ok(websocket::Answer::Refused(refusal)) => {
                    let cause = Cause::Status {
                        status: refusal.status(),
                        retry_after: refusal.retry_after().unwrap_or_default(),
                    };
                    self.fail(cause);
                    return Ok(None);
                }
                Err(error) => {
                    self.fail(Cause::Peer(PeerError::Handshake(error)));
                    return Ok(None);
                }
            }
        }
        if let Link::Down(end) = self.link {
            self.fail(Cause::Link(end));
            return Ok(None);
        }
        if self.now >= self.until {
            self.fail(Cause::Late(Step::Handshake));
            return Ok(None);
        }
        Ok(Some(Told::Wait(self.until)))
    }

    fn session(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Option<Told>, UsageError> {
        let Phase::Session(session) = &mut self.phase else {
            return Ok(None);
        };
        let link_end = match self.link {
            Link::Down(end) => Some(end),
            _ => None,
        };
        let mut around = Surroundings {
            mail: &mut self.mail,
            entropy: &mut self.entropy,
            counters: &mut self.counters,
            reconnect_url: self.reconnect_url,
            now: self.now,
            link_end,
        };
        let step = session.poll(rx, tx, &mut around)?;
        Ok(match step {
            SessionStep::Wait(until) => Some(Told::Wait(until)),
            SessionStep::News(news) => {
                if matches!(news, News::Hello) {
                    self.backoff.greeted(self.now);
                }
                Some(Told::News(news))
            }
            SessionStep::Ended(cause) => {
                self.mail.link_lost();
                self.fail(cause);
                None
            }
        })
    }

    fn leave(
        &mut self,
        next: Next,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Option<Told>, UsageError> {
        match self.link {
            // A link that is still being made is given up like one that is there.
            Link::Up | Link::Due => return Ok(Some(Told::Disconnect)),
            Link::Down(_) | Link::None => {}
        }
        match next {
            Next::Open => {
                self.link = Link::None;
                self.phase = Phase::Opening;
                Ok(None)
            }
            Next::Rest(cause) => {
                let (at_least, urgency) = self.delay_after(cause);
                let at = self
                    .backoff
                    .failed(self.now, at_least, urgency, &mut self.entropy)?;
                self.link = Link::None;
                self.retry_after = Duration::ZERO;
                rx.clear();
                tx.clear();
                self.counters.failures = self.counters.failures.saturating_add(1);
                self.until = at;
                self.phase = Phase::Resting;
                Ok(Some(Told::Reconnecting(cause, at)))
            }
            Next::End(end) => {
                self.link = Link::None;
                rx.clear();
                tx.clear();
                self.phase = Phase::Ending(end);
                Ok(None)
            }
        }
    }

    fn fail(&mut self, cause: Cause) {
        self.phase = Phase::Leaving(if self.closing {
            Next::End(End::Asked)
        } else {
            Next::Rest(cause)
        });
    }

    /// How long to wait at the least after a failure, and how to meet it.
    fn delay_after(&self, cause: Cause) -> (Duration, Urgency) {
        let urgency = match cause {
            Cause::Link(LinkEnd::Untrusted) | Cause::Resource(_) => Urgency::Slow,
            Cause::Peer(PeerError::Open(_)) => Urgency::Slow,
            Cause::Refused(code) if code.remedy() == Remedy::RetrySlowly => Urgency::Slow,
            _ => Urgency::Normal,
        };
        let at_least = match cause {
            Cause::Migration => MIGRATION,
            Cause::Status { retry_after, .. } => retry_after,
            _ => self.retry_after,
        };
        (at_least.min(LONGEST_RETRY_AFTER), urgency)
    }

    fn request(&self) -> Result<Request<'c>, UsageError> {
        Ok(self.api.request(self.method)?)
    }

    fn answer_paths(&self) -> &'static Paths {
        self.lists.table()
    }

    /// Steps and errors for a log: never a token, never the text of a message.
    fn log(&self) {
        match self.told {
            Told::Wait(_) => {}
            Told::ConnectApi => debug!("calling {}", self.method.name()),
            Told::ConnectSocket => debug!("connecting to the socket"),
            Told::Disconnect => debug!("leaving the link"),
            Told::Closed(end) => info!("at the end: {}", end),
            Told::Element(path) => trace!("element of {}", path),
            Told::Opened => debug!("the call was answered"),
            Told::ListsIncomplete => warn!("the lists were left before their end"),
            Told::Refused => warn!("the call was refused"),
            Told::News(news) => news.log(),
            Told::Unconfirmed(id) => warn!("message {} is unconfirmed", id),
            Told::Reconnecting(cause, at) => {
                warn!("trying again at {} ms: {}", at.as_millis(), cause);
            }
        }
    }

    /// The output for what was decided: the only place where something of `rx` is lent.
    fn output<'r>(&self, rx: &'r RecvBuf<'_>) -> Output<'r>
    where
        'c: 'r,
    {
        let paths = self.answer_paths();
        let accepted = Accepted::new(rx.records(), paths);
        let event = match self.told {
            Told::Wait(until) => return Output::Wait { until },
            Told::Disconnect => return Output::Disconnect,
            Told::Closed(end) => return Output::Closed(end),
            Told::ConnectApi => {
                return self.connect_output(self.request().map(|request| *request.url()).ok());
            }
            Told::ConnectSocket => {
                return self.connect_output(self.socket_url(rx).ok());
            }
            Told::Element(path) => {
                Event::Element(Element::new(path, Members::new(rx.records(), paths)))
            }
            Told::Opened => Event::Opened(accepted),
            Told::ListsIncomplete => Event::ListsIncomplete(accepted),
            Told::Refused => Event::Refused(ApiError::new(
                rx.records(),
                (self.retry_after > Duration::ZERO).then_some(self.retry_after),
            )),
            Told::Unconfirmed(id) => Event::Unconfirmed { id },
            Told::Reconnecting(cause, at) => Event::Reconnecting { cause, at },
            Told::News(news) => news.event(wire::Event::new(
                rx.records(),
                self.wire_paths,
                self.user_id(),
            )),
        };
        Output::Event(event)
    }

    fn socket_url<'r>(&self, rx: &'r RecvBuf<'_>) -> Result<Url<'r>, OpenError> {
        socket_url(rx, self.answer_paths(), self.domains, self.api.plain())
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

/// Shows neither the token nor a message.
impl<E> fmt::Debug for Client<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("phase", &self.phase)
            .field("link", &self.link)
            .field("now", &self.now)
            .field("until", &self.until)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

/// The URL of the socket, where it stands in front of the buffer: by itself, as it was pushed for
/// this connection, or among the members of an answer.
fn socket_url<'r>(
    rx: &'r RecvBuf<'_>,
    paths: &'static Paths,
    domains: &[&str],
    plain: Plain,
) -> Result<Url<'r>, OpenError> {
    if rx.kept().is_empty() {
        return Accepted::new(rx.records(), paths).url(domains, plain);
    }
    let text = core::str::from_utf8(rx.kept()).unwrap_or_default();
    web_api::check_url(text, domains, plain)
}

fn cause_of(error: AnswerError) -> Cause {
    match error {
        AnswerError::RateLimited { retry_after } => Cause::Status {
            status: 429,
            retry_after: retry_after.unwrap_or(UNTOLD_RETRY_AFTER),
        },
        AnswerError::Status {
            status,
            retry_after,
        } => Cause::Status {
            status,
            retry_after: retry_after.unwrap_or_default(),
        },
        AnswerError::Redirect { status } => Cause::Status {
            status,
            retry_after: Duration::ZERO,
        },
        error => Cause::Peer(PeerError::Answer(error)),
    }
}
