//! What the phases of a client's life share: settings, link, deadlines, mail.

use super::config::Settings;
use super::error::PeerError;
use super::event::{CloseReason, ReconnectReason, Step};
use super::outbound::{Outbound, TxContext};
use super::output::DisconnectReason;
use super::render::Told;
use super::step::StepError;
use crate::backoff::{Backoff, Urgency};
use crate::buffer::RecvBuf;
use crate::time::{Duration, Instant};
use crate::url::Url;
use crate::web_api::{self, Remedy, RequestError, SocketUrlError, paths};
use heapless::String;

/// The longest user id that is recognised as one's own, in bytes. Slack's have eleven.
const ID_BYTES: usize = 24;
/// The longest `Retry-After` that is followed: whoever says more is most likely not Slack.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// How long a rate limit lasts that does not tell it: tier 1 is counted by the minute.
pub(super) const UNTOLD_RETRY_AFTER: Duration = Duration::from_secs(60);
/// How long a team's migration takes at the least.
const MIGRATION: Duration = Duration::from_secs(5);

/// What the phases share.
pub(super) struct Context<'c> {
    pub(super) settings: Settings<'c>,
    /// Taken at the next call: the request under way is written from the old one.
    pub(super) next_token: Option<&'c str>,
    /// The latest instant that was told.
    pub(super) now: Instant,
    pub(super) link: Link,
    /// When the present phase must have come further.
    pub(super) until: Instant,
    /// When to go on, if [`Told::Wait`] is told.
    pub(super) wake: Instant,
    /// When the URL that was given, or is awaited, expires.
    pub(super) url_until: Instant,
    pub(super) retry_after: Duration,
    /// Why the last attempt or session ended.
    pub(super) cause: ReconnectReason,
    pub(super) backoff: Backoff,
    pub(super) mail: Outbound<'c>,
    /// `self.id` of the answer.
    me: String<ID_BYTES, u8>,
    /// What the last poll told.
    pub(super) told: Told,
}

/// The link, as the caller has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)] // a tag of its own is told apart in less code than one inside of `DisconnectReason`
pub(super) enum Link {
    None,
    /// `Connect` was given; the caller has not answered yet.
    Due,
    Up,
    /// It ended, or could not be had; not taken note of yet.
    Down(DisconnectReason),
}

impl<'c> Context<'c> {
    pub(super) fn new(settings: Settings<'c>, backoff: Backoff, mail: Outbound<'c>) -> Self {
        Self {
            settings,
            next_token: None,
            now: Instant::from_millis(0),
            link: Link::None,
            until: Instant::MAX,
            wake: Instant::from_millis(0),
            url_until: Instant::MAX,
            retry_after: Duration::ZERO,
            cause: ReconnectReason::Closed(None),
            backoff,
            mail,
            me: String::new(),
            told: Told::Nothing,
        }
    }

    pub(super) fn user_id(&self) -> Option<&str> {
        (!self.me.is_empty()).then_some(self.me.as_str())
    }

    /// An id that does not fit is nobody's: nothing will count as one's own.
    pub(super) fn set_user_id(&mut self, id: &str) {
        self.me.clear();
        let _ = self.me.push_str(id);
    }

    pub(super) fn wait(&mut self, until: Instant) -> Told {
        self.wake = until;
        Told::Wait
    }

    #[inline(never)] // it is called in several places
    pub(super) fn wake_by(&mut self, at: Instant) {
        self.wake = self.wake.min(at);
    }

    /// The present phase may take so long, and no longer than the URL lives.
    pub(super) fn allow(&mut self, patience: Duration) {
        self.until = (self.now + patience).min(self.url_until);
    }

    /// Waits while the link lasts and the time for this step is not over.
    #[inline(never)] // it is called in several places
    pub(super) fn await_link(&mut self, step: Step) -> Result<Told, StepError> {
        if let Link::Down(end) = self.link {
            return Err(ReconnectReason::Disconnected(end).into());
        }
        if self.now >= self.until {
            return Err(ReconnectReason::TimedOut(step).into());
        }
        Ok(self.wait(self.until))
    }

    /// Asks for the link to the Web API.
    #[inline(never)] // its stack is not needed while a phase is served
    pub(super) fn ask_for_api(
        &mut self,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Told, StepError> {
        rx.clear();
        if let Some(token) = self.next_token.take() {
            self.settings.api = self.settings.api.token(token);
        }
        self.settings.api_url()?;
        Ok(self.ask(Told::ConnectApi, out))
    }

    /// Asks for the link to the socket.
    #[inline(never)] // likewise
    pub(super) fn ask_for_socket(
        &mut self,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Told, StepError> {
        // The URL stays; a byte behind the answer does not.
        rx.consume(usize::MAX);
        self.settings.socket_url(rx)?;
        if self.now >= self.url_until {
            return Err(ReconnectReason::TimedOut(Step::Connect).into());
        }
        Ok(self.ask(Told::ConnectSocket, out))
    }

    fn ask(&mut self, told: Told, out: &mut TxContext<'_, '_>) -> Told {
        out.tx.clear();
        self.link = Link::Due;
        self.allow(self.settings.patience.connect);
        told
    }

    /// How long to wait at the least after the failure, and how to meet it.
    pub(super) fn delay(&self) -> (Duration, Urgency) {
        let urgency = match self.cause {
            ReconnectReason::Disconnected(DisconnectReason::Untrusted)
            | ReconnectReason::Resource(_) => Urgency::Slow,
            ReconnectReason::Peer(PeerError::Open(_)) => Urgency::Slow,
            ReconnectReason::Refused(code) if code.remedy() == Remedy::RetrySlowly => Urgency::Slow,
            _ => Urgency::Normal,
        };
        let at_least = match self.cause {
            ReconnectReason::Migration => MIGRATION,
            ReconnectReason::Status { retry_after, .. } => retry_after,
            _ => self.retry_after,
        };
        (at_least.min(LONGEST_RETRY_AFTER), urgency)
    }

    /// How the client ended: by Slack's refusal, or because it was asked to.
    pub(super) fn end(&self) -> CloseReason {
        match self.cause {
            ReconnectReason::Refused(code) => CloseReason::Refused(code),
            _ => CloseReason::Requested,
        }
    }
}

impl<'c> Settings<'c> {
    /// Where the call goes, if every setting of it can be used.
    pub(super) fn api_url(&self) -> Result<Url<'c>, RequestError> {
        self.api.check(&self.method)
    }

    /// The URL of the socket, where it stands in front of the buffer: by itself, as it was pushed
    /// for this connection, or among the members of an answer.
    pub(super) fn socket_url<'r>(&self, rx: &'r RecvBuf<'_>) -> Result<Url<'r>, SocketUrlError> {
        if rx.kept().is_empty() {
            // Every table of answers extends this one.
            let member = rx.records().find(paths::URL);
            return web_api::url_in(member, self.domains, self.api.cleartext());
        }
        let text = crate::utf8::valid(rx.kept());
        web_api::check_url(text, self.domains, self.api.cleartext())
    }

    /// Divides the buffer, if events are to bring their raw JSON.
    pub(super) fn divide(&self, rx: &mut RecvBuf<'_>) {
        if let Some(copying) = self.raw {
            (copying.divide)(rx);
        }
    }
}

/// A status that refuses the call, or the upgrade.
pub(super) fn status(status: u16, retry_after: Option<Duration>) -> ReconnectReason {
    let untold = match status {
        429 => UNTOLD_RETRY_AFTER,
        _ => Duration::ZERO,
    };
    ReconnectReason::Status {
        status,
        retry_after: retry_after.unwrap_or(untold),
    }
}
