//! Why a session or an attempt ended, and why a client closed.

use super::error::PeerError;
use crate::buffer::ResourceError;
use crate::link::{DisconnectReason, Timeout};
use crate::socket_mode::SocketEnd;
use crate::time::Duration;
use crate::web_api::{ErrorCode, RATE_LIMIT_DELAY};
use crate::websocket::CloseCode;
use core::fmt;

/// Why a session or an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReconnectReason<'r> {
    /// The link could not be opened, or ended.
    Disconnected(DisconnectReason),
    /// A step took too long.
    TimedOut(Timeout),
    /// Nothing was received, not even the response to a ping: the link is dead.
    KeepaliveTimeout,
    /// Slack refused the call.
    Refused(ErrorCode<'r>),
    /// The response to the call, or to the WebSocket handshake, has a status without a reason from
    /// Slack: other than 200, or than 101.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`. Without one: a minute for 429, zero for others.
        retry_after: Duration,
    },
    /// The peer broke a rule.
    Peer(PeerError),
    /// A needed value did not fit into a lent memory.
    Resource(ResourceError),
    /// Slack sent `goodbye`: it will close the socket and expects a new session.
    Goodbye,
    /// Slack sent `team_migration_started`.
    Migration,
    /// Slack sent an error message in place of `hello`, such as "Socket URL has expired".
    SocketError {
        /// Its code.
        code: i64,
    },
    /// Slack closed the socket.
    Closed(Option<CloseCode>),
    /// The token was replaced: after a refusal that had closed the client, or while a request with
    /// the old one was being written.
    TokenReplaced,
    /// Slack announced the end of the socket by `disconnect`, which only Socket Mode has.
    SocketEnd(SocketEnd),
    /// The program did not continue a response that was sent in part
    /// ([`Client::acknowledge`](crate::Client::acknowledge)).
    ResponseAbandoned,
}

impl ReconnectReason<'static> {
    /// Returns the reason for a status that refuses the call, or the upgrade.
    pub(super) fn from_status(status: u16, retry_after: Option<Duration>) -> Self {
        let default = match status {
            429 => RATE_LIMIT_DELAY,
            _ => Duration::ZERO,
        };
        Self::Status {
            status,
            retry_after: retry_after.unwrap_or(default),
        }
    }
}

impl ReconnectReason<'_> {
    /// Returns the reason without a borrowed text, so that it can be kept: an unknown code of a
    /// refusal loses its text.
    pub const fn without_text(&self) -> ReconnectReason<'static> {
        match *self {
            Self::Refused(code) => ReconnectReason::Refused(code.without_text()),
            Self::Disconnected(reason) => ReconnectReason::Disconnected(reason),
            Self::TimedOut(timeout) => ReconnectReason::TimedOut(timeout),
            Self::KeepaliveTimeout => ReconnectReason::KeepaliveTimeout,
            Self::Status {
                status,
                retry_after,
            } => ReconnectReason::Status {
                status,
                retry_after,
            },
            Self::Peer(error) => ReconnectReason::Peer(error),
            Self::Resource(error) => ReconnectReason::Resource(error),
            Self::Goodbye => ReconnectReason::Goodbye,
            Self::Migration => ReconnectReason::Migration,
            Self::SocketError { code } => ReconnectReason::SocketError { code },
            Self::Closed(code) => ReconnectReason::Closed(code),
            Self::TokenReplaced => ReconnectReason::TokenReplaced,
            Self::SocketEnd(reason) => ReconnectReason::SocketEnd(reason),
            Self::ResponseAbandoned => ReconnectReason::ResponseAbandoned,
        }
    }

    /// Returns the stable number of the reason, for logs and for C. For a variant with an error or
    /// a reason it is that one's; for a refusal it says nothing of Slack's code.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Disconnected(reason) => reason.code(),
            Self::TimedOut(timeout) => timeout.code(),
            Self::KeepaliveTimeout => 600,
            Self::Refused(_) => 601,
            Self::Status { .. } => 602,
            Self::Peer(error) => error.code(),
            Self::Resource(error) => error.code(),
            Self::Goodbye => 603,
            Self::Migration => 604,
            Self::SocketError { .. } => 605,
            Self::Closed(_) => 606,
            Self::TokenReplaced => 607,
            Self::SocketEnd(_) => 608,
            Self::ResponseAbandoned => 609,
        }
    }
}

impl fmt::Display for ReconnectReason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected(reason) => reason.fmt(f),
            Self::TimedOut(timeout) => timeout.fmt(f),
            Self::KeepaliveTimeout => {
                f.write_str("the link is dead: nothing was received, not even a pong")
            }
            Self::Refused(code) => write!(f, "Slack refused the call: {code}"),
            Self::Status {
                status,
                retry_after,
            } => {
                write!(f, "HTTP status {status}")?;
                match retry_after.as_millis() / 1000 {
                    0 if (300..400).contains(status) => {
                        f.write_str(": a redirect is not followed; check the API base")
                    }
                    0 => Ok(()),
                    seconds => write!(f, ", to be tried again after {seconds} s"),
                }
            }
            Self::Peer(error) => error.fmt(f),
            Self::Resource(error) => error.fmt(f),
            Self::Goodbye => f.write_str("Slack said goodbye"),
            Self::Migration => f.write_str("the team is being migrated"),
            Self::SocketError { code } => write!(f, "Slack refused the socket with error {code}"),
            Self::Closed(Some(code)) => write!(f, "Slack closed the socket with code {code}"),
            Self::Closed(None) => f.write_str("Slack closed the socket"),
            Self::TokenReplaced => f.write_str("the token was replaced"),
            Self::SocketEnd(reason) => reason.fmt(f),
            Self::ResponseAbandoned => f.write_str(
                "a response was sent in part; flush and call again until it is sent whole, then poll",
            ),
        }
    }
}

impl core::error::Error for ReconnectReason<'_> {}

/// Why a client closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CloseReason {
    /// `close` was called.
    Requested,
    /// Slack refused the call for a reason that no retry removes: human action is needed. A new
    /// token starts the client again.
    Refused(ErrorCode<'static>),
}

impl CloseReason {
    /// Returns the stable number of the reason, for logs and for C.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Requested => 620,
            Self::Refused(_) => 621,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("closed"),
            Self::Refused(code) => write!(f, "Slack refused the call: {code}"),
        }
    }
}

impl core::error::Error for CloseReason {}
