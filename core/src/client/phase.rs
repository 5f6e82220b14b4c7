//! The phases of the machine. `transitions` has the table of the conditions between them.

use super::dialect::Dialect;
use super::handshake::Handshake;
use super::session::Session;
use super::view::Rtm;
use crate::web_api::Exchange;

/// The phase that the machine is in.
#[derive(Debug)]
#[repr(u8)] // a separate tag takes less code to compare than one inside of a phase
pub(super) enum Phase<D: Dialect = Rtm> {
    /// Waiting for the time of the next attempt.
    BackingOff,
    /// Opening the link to the Web API.
    ConnectingApi,
    /// Sending the opening call and reading its response.
    AwaitingResponse(Exchange),
    /// Opening the link to the socket; its URL is at the front of the receive buffer.
    ConnectingSocket,
    /// The WebSocket handshake.
    Upgrading(Handshake),
    Session(Session<D>),
    /// The link is to be dropped.
    Disconnecting(Next),
    /// Messages without an outcome get one.
    Draining,
    Closed,
}

/// The phase after `Disconnecting`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    ConnectSocket,
    BackOff,
    Drain,
}

#[cfg(debug_assertions)]
impl<D: Dialect> Phase<D> {
    /// Returns the name in the table of transitions, where the stages of a session are phases.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::BackingOff => "BackingOff",
            Self::ConnectingApi => "ConnectingApi",
            Self::AwaitingResponse(_) => "AwaitingResponse",
            Self::ConnectingSocket => "ConnectingSocket",
            Self::Upgrading(_) => "Upgrading",
            Self::Session(session) => session.stage_name(),
            Self::Disconnecting(_) => "Disconnecting",
            Self::Draining => "Draining",
            Self::Closed => "Closed",
        }
    }
}
