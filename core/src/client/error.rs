//! Errors, split by who can act: mistakes of this program, and rules that the peer broke.

use crate::buffer::ResourceError;
use crate::entropy::EntropyError;
use crate::rtm::limits::LimitError;
use crate::time::Instant;
use crate::web_api::{RequestError, ResponseError, SocketUrlError};
use crate::websocket::{HandshakeError, Violation};
use core::fmt;

/// A mistake of this program, or a condition that it can remedy: nothing of it came from the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UsageError {
    /// The token, the API base or another setting of the call cannot be used.
    Request(RequestError),
    /// `connected` or `disconnected` was called although no link was requested or open.
    NoConnectDue,
    /// The source of randomness failed. Nothing was sent; poll again.
    Entropy(EntropyError),
    /// The command exceeds one of Slack's limits.
    Limit(LimitError),
    /// There is no session, and no outbox for the message to wait in. Other commands never wait.
    Offline,
    /// Slack accepts about one message a second, and there is no outbox for this one to wait in.
    TooSoon {
        /// The time from which on the next message may be sent.
        until: Instant,
    },
    /// A lent memory has no room for the command: lend more, or flush it and try again.
    Full(ResourceError),
    /// The client was closed.
    Closed,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::NoConnectDue => f.write_str(
                "connected or disconnected was called without a link; call them only after Connect, and when the link ends",
            ),
            Self::Entropy(error) => error.fmt(f),
            Self::Limit(error) => error.fmt(f),
            Self::Offline => {
                f.write_str("there is no session: wait for hello, or configure an outbox")
            }
            Self::TooSoon { until } => write!(
                f,
                "Slack accepts about one message a second: wait until {} ms, or configure an outbox",
                until.as_millis()
            ),
            Self::Full(error) => error.fmt(f),
            Self::Closed => {
                f.write_str("the client is closed: set another token, or create a new client")
            }
        }
    }
}

impl core::error::Error for UsageError {}

impl From<RequestError> for UsageError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<LimitError> for UsageError {
    fn from(error: LimitError) -> Self {
        Self::Limit(error)
    }
}

impl From<ResourceError> for UsageError {
    fn from(error: ResourceError) -> Self {
        Self::Full(error)
    }
}

impl From<EntropyError> for UsageError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

/// A rule that the peer broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
#[repr(u8)] // a separate tag takes less code to compare than one inside of an error
pub enum PeerError {
    /// The response to the call is not one of the Web API.
    Response(ResponseError),
    /// The response has no URL that may be opened.
    SocketUrl(SocketUrlError),
    /// The WebSocket handshake broke a rule of RFC 6455 section 4.
    Handshake(HandshakeError),
    /// A frame broke a rule of RFC 6455.
    Frame(Violation),
    /// The first message of the session is not `hello`.
    NoHello,
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(error) => error.fmt(f),
            Self::SocketUrl(error) => error.fmt(f),
            Self::Handshake(error) => error.fmt(f),
            Self::Frame(error) => error.fmt(f),
            Self::NoHello => {
                f.write_str("the session did not begin with hello, as Slack documents it")
            }
        }
    }
}

impl core::error::Error for PeerError {}
