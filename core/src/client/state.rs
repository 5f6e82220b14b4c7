//! The state of a client, as the caller sees it.

use super::context::Context;
use super::dialect::Dialect;
use super::phase::{Next, Phase};
use crate::link::Link;
use crate::time::Instant;

/// The activity of a client, for a status light or a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum State {
    /// Not started yet.
    Offline,
    /// Calling the Web API.
    Calling,
    /// Connecting to the socket, up to `hello`.
    Connecting,
    /// In a session.
    Open,
    /// Waiting for the next attempt.
    Waiting {
        /// The time of the next attempt.
        until: Instant,
    },
    /// Closing the link.
    Closing,
    /// Closed for good, or until a new token is set.
    Closed,
}

impl State {
    /// Returns the state that a phase is part of.
    pub(super) fn of<D: Dialect>(phase: &Phase<D>, context: &Context<'_>) -> Self {
        match phase {
            Phase::BackingOff => Self::Waiting {
                until: context.until,
            },
            Phase::ConnectingApi
                if context.link == Link::Idle
                    && context.counters.failures == 0
                    && context.counters.sessions == 0 =>
            {
                Self::Offline
            }
            Phase::ConnectingApi | Phase::AwaitingResponse(_) => Self::Calling,
            Phase::Disconnecting(Next::ConnectSocket)
            | Phase::ConnectingSocket
            | Phase::Upgrading(_) => Self::Connecting,
            Phase::Session(session) if session.is_open() => Self::Open,
            Phase::Session(session) if session.is_closing() => Self::Closing,
            Phase::Session(_) => Self::Connecting,
            Phase::Disconnecting(_) | Phase::Draining => Self::Closing,
            Phase::Closed => Self::Closed,
        }
    }
}
