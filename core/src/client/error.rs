//! What can go wrong, split by who can act: the peer broke a rule, or this program made a mistake.

use crate::buffer::ResourceError;
use crate::entropy::EntropyError;
use crate::rtm::limits::LimitError;
use crate::time::Instant;
use crate::web_api::{RequestError, ResponseError, SocketUrlError};
use crate::websocket::{HandshakeError, Violation};
use core::fmt;

/// A mistake of this program, or a want that it can mend: nothing of it came from the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UsageError {
    /// The token, the API base or another setting of the call cannot be used.
    Request(RequestError),
    /// `connected` or `disconnected` was called when no `Connect` was due and no link was there.
    NoConnectDue,
    /// The source of randomness failed. Nothing was sent; poll again.
    Entropy(EntropyError),
    /// The command breaks one of Slack's limits.
    Limit(LimitError),
    /// There is no session, and no outbox in which a message could wait; other commands never wait.
    Offline,
    /// Slack takes about one message a second, and there is no outbox in which it could wait.
    TooSoon {
        /// When the next message may be sent.
        until: Instant,
    },
    /// A lent memory has no room for the command: make it larger, or flush it and try again.
    Full(ResourceError),
    /// The client was closed, or came to its end.
    Closed,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(why) => why.fmt(f),
            Self::NoConnectDue => {
                f.write_str("connected or disconnected was called out of turn; call them only to answer a Connect, and when the link ends")
            }
            Self::Entropy(why) => why.fmt(f),
            Self::Limit(why) => why.fmt(f),
            Self::Offline => {
                f.write_str("there is no session: wait for hello, or configure an outbox")
            }
            Self::TooSoon { until } => write!(
                f,
                "Slack takes about one message a second: wait until {} ms, or configure an outbox",
                until.as_millis()
            ),
            Self::Full(why) => why.fmt(f),
            Self::Closed => f.write_str("the client is at its end: set another token, or make a new client"),
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
#[repr(u8)] // a tag of its own is told apart in less code than one inside of an error
pub enum PeerError {
    /// The answer to the call is not one of the Web API.
    Response(ResponseError),
    /// The answer brings no URL that may be opened.
    Open(SocketUrlError),
    /// The WebSocket handshake broke a rule of RFC 6455 section 4.
    Handshake(HandshakeError),
    /// A frame broke a rule of RFC 6455.
    Frame(Violation),
    /// Something else than `hello` came first.
    NoHello,
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(why) => why.fmt(f),
            Self::Open(why) => why.fmt(f),
            Self::Handshake(why) => why.fmt(f),
            Self::Frame(why) => why.fmt(f),
            Self::NoHello => f.write_str(
                "the session did not begin with hello, as Slack's documents of RTM have it",
            ),
        }
    }
}

impl core::error::Error for PeerError {}
