//! The client's life: from call to socket to session, and back to the call.

use super::call::Call;
use super::config::Config;
use super::context::{Context, Link};
use super::error::UsageError;
use super::event::{Event, ReconnectReason, Step};
use super::handshake::Upgrade;
use super::outbound::{MessageId, Outbound, TxContext};
use super::output::{DisconnectReason, Output};
use super::render::Told;
use super::session::Session;
use super::step::StepError;
#[cfg(debug_assertions)]
use super::transitions::Watch;
use super::{Counters, State, count};
use crate::buffer::{RecvBuf, SendBuf};
use crate::entropy::Entropy;
use crate::rtm::command::Command;
use crate::time::{Duration, Instant};
use core::fmt;

/// Why a session ends that was asked to.
const ASKED: ReconnectReason = ReconnectReason::Disconnected(DisconnectReason::Closed);

/// Slack's RTM client: a machine to be polled. The [crate's first page](crate) shows the loop.
///
/// It is generic over the source of randomness and nothing else.
///
/// The [guide](crate::guide) tells how to [drive it](crate::guide::runtime), what it does
/// [after a failure](crate::guide::reconnect), and through which [phases](crate::guide::life) it goes.
pub struct Client<'c, E> {
    life: Machine<'c>,
    entropy: E,
}

/// A client without its source of randomness: one copy of its code serves every source.
struct Machine<'c> {
    phase: Phase,
    common: Context<'c>,
    /// `connected` or `disconnected` was called out of turn; the next poll says so.
    misused: bool,
    closing: bool,
}

/// What the client is at. `transitions` tells what leads from one to the next.
#[derive(Debug)]
#[repr(u8)] // a tag of its own is told apart in less code than one inside of a phase
pub(super) enum Phase {
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

/// What comes after a link was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Open,
    Rest,
    End,
}

#[cfg(debug_assertions)]
impl Phase {
    /// As the table of transitions has it: a session's stages count as phases.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Resting => "Resting",
            Self::Calling => "Calling",
            Self::Answering(_) => "Answering",
            Self::Answered => "Answered",
            Self::Opening => "Opening",
            Self::Upgrading(_) => "Upgrading",
            Self::Upgraded => "Upgraded",
            Self::Session(session) => session.stage_name(),
            Self::Leaving(_) => "Leaving",
            Self::Ending => "Ending",
            Self::Ended => "Ended",
        }
    }
}

impl<'c, E: Entropy> Client<'c, E> {
    /// A client that has not begun. The first poll asks for the first link.
    pub fn new(config: Config<'c>, entropy: E) -> Self {
        Self {
            life: Machine::new(config),
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
        let mut out = TxContext {
            tx,
            entropy: &mut self.entropy,
            now: self.life.common.now.max(now),
        };
        self.life.advance(rx, &mut out)?;
        Ok(self.life.common.output(rx))
    }

    /// The event of the last poll, again.
    ///
    /// `rx` is the buffer of that poll, untouched since. For whoever polls in a loop and lends the
    /// event from behind it, which a borrow that is taken inside does not allow.
    pub fn event<'r>(&self, rx: &'r RecvBuf<'_>) -> Option<Event<'r>>
    where
        'c: 'r,
    {
        match self.life.common.output(rx) {
            Output::Event(event) => Some(event),
            _ => None,
        }
    }

    /// The link that `Connect` asked for is there, TLS and all.
    pub fn connected(&mut self) {
        let life = &mut self.life;
        if life.common.link == Link::Due {
            life.common.link = Link::Up;
        } else {
            life.misused = true;
        }
    }

    /// The link ended, or could not be had. What was read before belongs into the receive buffer
    /// first.
    pub fn disconnected(&mut self, end: DisconnectReason) {
        let life = &mut self.life;
        match life.common.link {
            Link::Due | Link::Up => life.common.link = Link::Down(end),
            Link::Down(_) => {}
            Link::None => life.misused = true,
        }
    }

    /// Sends a command; returns its id, which the event of its end will bear.
    ///
    /// With an outbox, a message is taken at any time and goes out when it can. Without one, and
    /// for all other commands, it goes out now or not at all. Now is the instant of the last poll:
    /// after a wait, poll first, or Slack's limits are held against a time that has passed.
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
        self.life.common.mail.counters
    }

    /// `self.id` of the last answer: whom the token stands for.
    pub fn user_id(&self) -> Option<&str> {
        self.life.common.user_id()
    }

    /// Messages that have no end yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.life.common.mail.pending()
    }
}

impl<'c> Machine<'c> {
    fn new(config: Config<'c>) -> Self {
        let mail = Outbound::new(config.outbox, config.delivery, config.pace);
        Self {
            phase: Phase::Calling,
            common: Context::new(config.settings, config.backoff, mail),
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
        let now = self.common.now;
        let mut out = TxContext { tx, entropy, now };
        self.common.mail.send(command, connection, &mut out)
    }

    fn set_token(&mut self, token: &'c str) {
        #[cfg(debug_assertions)]
        let mut watch = Watch::new(&self.phase);
        self.common.next_token = Some(token);
        self.common.mail.drop_url();
        if let ReconnectReason::Refused(_) = self.common.cause {
            match self.phase {
                Phase::Ended | Phase::Ending => {
                    self.common.until = self.common.backoff.ready_at();
                    self.phase = Phase::Resting;
                }
                Phase::Leaving(Next::End) => self.phase = Phase::Leaving(Next::Rest),
                _ => {}
            }
        }
        #[cfg(debug_assertions)]
        watch.look(&self.phase);
    }

    fn state(&self) -> State {
        match &self.phase {
            Phase::Resting => State::Waiting {
                until: self.common.until,
            },
            Phase::Calling
                if self.common.link == Link::None
                    && self.common.mail.counters.failures == 0
                    && self.common.mail.counters.sessions == 0 =>
            {
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

    /// Step by step until there is something to tell.
    #[inline(never)] // its stack is not needed while the output is made
    fn advance(
        &mut self,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), UsageError> {
        self.common.told = Told::Nothing;
        if core::mem::take(&mut self.misused) {
            return Err(UsageError::NoConnectDue);
        }
        self.common.now = out.now;
        #[cfg(debug_assertions)]
        let mut watch = Watch::new(&self.phase);
        while matches!(self.common.told, Told::Nothing) {
            if self.closing {
                self.turn_to_end(out.tx);
                #[cfg(debug_assertions)]
                watch.look(&self.phase);
            }
            match self.step(rx, out) {
                Ok(told) => self.follow(told),
                Err(StepError::Failed(ref cause)) => self.fail(cause),
                Err(StepError::Request(error)) => return Err(error.into()),
                Err(StepError::Entropy(error)) => return Err(error.into()),
            }
            #[cfg(debug_assertions)]
            watch.look(&self.phase);
        }
        self.common.log();
        Ok(())
    }

    /// One step. [`Told::Nothing`]: the phase changed, go on.
    fn step(
        &mut self,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Told, StepError> {
        let common = &mut self.common;
        match (&mut self.phase, common.link) {
            (Phase::Resting, _) => Ok(self.rest(rx)),
            (Phase::Calling, Link::None) => common.ask_for_api(rx, out),
            (Phase::Calling, Link::Up) => Ok(self.call()),
            (Phase::Answering(call), _) => {
                call.write(common, out)?;
                call.poll(common, rx)
            }
            (Phase::Answered, _) => Ok(self.enter(Phase::Leaving(Next::Open))),
            (Phase::Opening, Link::None) => common.ask_for_socket(rx, out),
            (Phase::Opening, Link::Up) => self.upgrade(out),
            (Phase::Calling | Phase::Opening, _) => common.await_link(Step::Connect),
            (Phase::Upgrading(upgrade), _) => upgrade.poll(common, rx, out),
            (Phase::Upgraded, _) => Ok(self.begin_session()),
            (Phase::Session(session), _) => session.poll(common, rx, out),
            (Phase::Leaving(_), Link::Up | Link::Due) => Ok(Told::Disconnect),
            (Phase::Leaving(next), _) => {
                let next = *next;
                self.leave(next, rx, out)
            }
            (Phase::Ending, _) => match common.mail.give_up() {
                Some(id) => Ok(Told::Unconfirmed(id)),
                None => Ok(self.enter(Phase::Ended)),
            },
            (Phase::Ended, _) => Ok(Told::Closed),
        }
    }

    /// Takes note of what a step told: of the call and the handshake that is their end.
    fn follow(&mut self, told: Told) {
        self.common.told = told;
        self.phase = match told {
            Told::Opened | Told::ListsIncomplete => Phase::Answered,
            Told::Refused => match self.common.cause {
                // A token that was set since the call was made is still to be tried.
                ReconnectReason::Refused(code)
                    if !code.remedy().is_retry() && self.common.next_token.is_none() =>
                {
                    Phase::Leaving(Next::End)
                }
                _ => Phase::Leaving(Next::Rest),
            },
            Told::Switched => {
                self.common.told = Told::Nothing;
                Phase::Upgraded
            }
            _ => return,
        };
    }

    fn enter(&mut self, phase: Phase) -> Told {
        self.phase = phase;
        Told::Nothing
    }

    /// `close` was called: the shortest way to the end from wherever it stands.
    fn turn_to_end(&mut self, tx: &mut SendBuf<'_>) {
        match &mut self.phase {
            Phase::Session(session) => session.close(ASKED, tx),
            Phase::Leaving(Next::End) | Phase::Ending | Phase::Ended => {}
            _ => self.fail(&ASKED),
        }
    }

    /// The attempt or the session ended: the one way out of every phase that fails.
    #[inline(never)] // it is called in several places
    fn fail(&mut self, cause: &ReconnectReason) {
        self.common.mail.link_lost();
        let (next, cause) = if self.closing {
            (Next::End, &ASKED)
        } else {
            (Next::Rest, cause)
        };
        self.common.cause = *cause;
        self.phase = Phase::Leaving(next);
    }

    #[inline(never)] // its stack is not needed while a phase is served
    fn rest(&mut self, rx: &mut RecvBuf<'_>) -> Told {
        let common = &mut self.common;
        if common.now < common.until {
            return common.wait(common.until);
        }
        let has_url = common
            .settings
            .pushed
            .is_some_and(|pushed| (pushed.take)(&mut common.mail, rx))
            && common.settings.socket_url(rx).is_ok();
        common.url_until = Instant::MAX;
        self.enter(if has_url {
            Phase::Opening
        } else {
            Phase::Calling
        })
    }

    #[inline(never)] // likewise
    fn call(&mut self) -> Told {
        let common = &mut self.common;
        common.backoff.called(common.now);
        common.allow(common.settings.patience.answer);
        common.retry_after = Duration::ZERO;
        self.phase = Phase::Answering(Call::new(common));
        if let Phase::Answering(call) = &mut self.phase {
            call.prepare(&common.settings);
        }
        Told::Nothing
    }

    #[inline(never)] // likewise
    fn upgrade(&mut self, out: &mut TxContext<'_, '_>) -> Result<Told, StepError> {
        self.common.allow(self.common.settings.patience.handshake);
        let mut nonce = [0; 16];
        out.entropy.fill(&mut nonce)?;
        self.phase = Phase::Upgrading(Upgrade::new(nonce));
        Ok(Told::Nothing)
    }

    #[inline(never)] // likewise
    fn begin_session(&mut self) -> Told {
        let common = &mut self.common;
        common.until = common.now + common.settings.patience.hello;
        self.phase = Phase::Session(Session::new(&common.settings, common.now));
        Told::Nothing
    }

    #[inline(never)] // likewise
    fn leave(
        &mut self,
        next: Next,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Told, StepError> {
        let common = &mut self.common;
        let (told, phase) = match next {
            Next::Open => (Told::Nothing, Phase::Opening),
            Next::End => (Told::Nothing, Phase::Ending),
            Next::Rest => {
                let (at_least, urgency) = common.delay();
                let backoff = &mut common.backoff;
                common.until = backoff.failed(common.now, at_least, urgency, out.entropy)?;
                common.retry_after = Duration::ZERO;
                count(&mut common.mail.counters.failures);
                (Told::Reconnecting, Phase::Resting)
            }
        };
        if next != Next::Open {
            rx.reset();
            out.tx.clear();
        }
        common.link = Link::None;
        self.phase = phase;
        Ok(told)
    }
}

/// Shows neither the token nor a message.
impl<E> fmt::Debug for Client<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("phase", &self.life.phase)
            .field("link", &self.life.common.link)
            .field("now", &self.life.common.now)
            .field("until", &self.life.common.until)
            .field("counters", &self.life.common.mail.counters)
            .finish_non_exhaustive()
    }
}
