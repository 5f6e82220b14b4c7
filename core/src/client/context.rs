//! The context that all phases share: settings, link, deadlines.

use super::counters::Counters;
use super::reason::{CloseReason, ReconnectReason};
use super::settings::Settings;
use crate::backoff::Backoff;
use crate::event::Identity;
use crate::link::Link;
use crate::time::{Duration, Instant};

/// The context of the phases.
///
/// Some fields have another meaning in each phase, which saves a copy of them per phase:
///
/// | field | meaning |
/// |---|---|
/// | `until` | `ConnectingApi`, `ConnectingSocket`: the deadline of the connection. `Upgrading`: of the handshake. `AwaitingHello`: of `hello`. `BackingOff`: the time of the next attempt. Not read elsewhere; in `AwaitingResponse` the exchange has its own |
/// | `wake` | the `until` of the `Wait` that is being decided on, in every phase |
/// | `url_until` | from the head of the response in `AwaitingResponse` to `Upgrading`: when the URL expires; `MAX` before the head, and for a URL that was pushed. Not read elsewhere |
/// | `status`, `retry_after` | from a refusal in `AwaitingResponse` until `BackingOff` begins. Not read elsewhere |
/// | `reason` | from the end of an attempt or session until the next end |
pub(super) struct Context<'c> {
    pub(super) settings: Settings<'c>,
    /// The token was replaced since the last call began.
    pub(super) has_new_token: bool,
    /// The latest instant that a poll was given.
    pub(super) now: Instant,
    pub(super) link: Link,
    pub(super) until: Instant,
    pub(super) wake: Instant,
    pub(super) url_until: Instant,
    pub(super) retry_after: Duration,
    pub(super) status: u16,
    pub(super) reason: ReconnectReason<'static>,

    pub(super) backoff: Backoff,
    pub(super) counters: Counters,
    /// `connected` or `disconnected` was called out of turn; the next poll returns the error.
    pub(super) is_misused: bool,
    /// `close` was called.
    pub(super) is_closing: bool,
    /// `self.id` of the response, and the ids that the program has set.
    pub(super) identity: Identity,
}

impl<'c> Context<'c> {
    pub(super) fn new(settings: Settings<'c>, backoff: Backoff) -> Self {
        Self {
            settings,
            has_new_token: false,
            now: Instant::from_millis(0),
            link: Link::Idle,
            until: Instant::MAX,
            wake: Instant::from_millis(0),
            url_until: Instant::MAX,
            retry_after: Duration::ZERO,
            status: 200,
            reason: ReconnectReason::Closed(None),
            backoff,
            counters: Counters::default(),
            is_misused: false,
            is_closing: false,
            identity: Identity::new(),
        }
    }

    /// Makes the next poll no later than `at`.
    #[inline(never)] // it is called in several places
    pub(super) fn wake_by(&mut self, at: Instant) {
        self.wake = self.wake.min(at);
    }

    /// Sets the deadline of the present phase: `timeout` from now, and no later than the URL
    /// expires.
    pub(super) fn set_deadline(&mut self, timeout: Duration) {
        self.until = (self.now + timeout).min(self.url_until);
    }

    /// Returns why the client closed: the refusal that ended it, or the request to close.
    pub(super) fn close_reason(&self) -> CloseReason {
        match self.reason {
            ReconnectReason::Refused(code) => CloseReason::Refused(code),
            _ => CloseReason::Requested,
        }
    }
}
