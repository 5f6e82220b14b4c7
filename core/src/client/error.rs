//! Errors, split by who can act: mistakes of this program, and rules that the peer broke.

use crate::buffer::ResourceError;
use crate::entropy::EntropyError;
use crate::rtm::limits::LimitError;
use crate::storage::TokenError;
use crate::time::Instant;
use crate::web_api::{RequestError, ResponseError, SocketUrlError};
use crate::websocket::{HandshakeError, Violation};
use core::fmt;

/// An error of [`Client::poll`](crate::Client::poll): nothing of it came from the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PollError {
    /// `connected` or `disconnected` was called although no link was requested or open.
    NoConnectDue,
    /// The source of randomness failed. Nothing was sent; poll again.
    Entropy(EntropyError),
}

impl PollError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::NoConnectDue => 100,
            Self::Entropy(error) => error.code(),
        }
    }
}

impl fmt::Display for PollError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnectDue => f.write_str(
                "connected or disconnected was called without a link; call them only after Connect, and when the link ends",
            ),
            Self::Entropy(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PollError {}

impl From<EntropyError> for PollError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

/// An error of [`Client::send`](crate::Client::send): nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SendError {
    /// The source of randomness failed; try again.
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

impl SendError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Entropy(error) => error.code(),
            Self::Limit(error) => error.code(),
            Self::Offline => 200,
            Self::TooSoon { .. } => 201,
            Self::Full(error) => error.code(),
            Self::Closed => 202,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entropy(error) => error.fmt(f),
            Self::Limit(error) => error.fmt(f),
            Self::Offline => f.write_str(
                "there is no session: wait for hello, or give the client memory for messages that wait",
            ),
            Self::TooSoon { until } => write!(
                f,
                "Slack accepts about one message a second: wait until {} ms, or give the client memory for messages that wait",
                until.as_millis()
            ),
            Self::Full(error) => error.fmt(f),
            Self::Closed => {
                f.write_str("the client is closed: after a refusal set another token, else create a new client")
            }
        }
    }
}

impl core::error::Error for SendError {}

impl From<LimitError> for SendError {
    fn from(error: LimitError) -> Self {
        Self::Limit(error)
    }
}

impl From<ResourceError> for SendError {
    fn from(error: ResourceError) -> Self {
        Self::Full(error)
    }
}

impl From<EntropyError> for SendError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

/// An error of [`Client::withdraw`](crate::Client::withdraw): the message is not withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WithdrawError {
    /// The message was sent, or a part of it: its outcome is still to come.
    Sent,
    /// No message with this id waits: it had its outcome, or was withdrawn before.
    Unknown,
}

impl WithdrawError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Sent => 240,
            Self::Unknown => 241,
        }
    }
}

impl fmt::Display for WithdrawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sent => "the message was sent, or a part of it; wait for its outcome",
            Self::Unknown => {
                "no message with this id waits; use the id of one that has no outcome yet"
            }
        })
    }
}

impl core::error::Error for WithdrawError {}

/// An error of [`Client::new`](crate::Client::new): a setting cannot be used, or two contradict
/// each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConfigError {
    /// The API base, the user agent or the method cannot be used.
    Request(RequestError),
    /// The token cannot be used.
    Token(TokenError),
    /// Both [`lists`](crate::Config::lists) and [`response_paths`](crate::Config::response_paths)
    /// were set. Each selects the table of members to keep.
    ListsAndPaths,
    /// [`lists`](crate::Config::lists) were set for `rtm.connect`, which has none.
    ListsWithoutStart,
    /// The table of [`paths`](crate::Config::paths) does not extend
    /// [`event::COMMON_PATHS`](crate::event::COMMON_PATHS).
    Paths,
    /// The table of [`response_paths`](crate::Config::response_paths), or that of the
    /// [`lists`](crate::Config::lists), does not extend
    /// [`web_api::paths::COMMON`](crate::web_api::paths::COMMON).
    ResponsePaths,
    /// [`Delivery::AtLeastOnce`](crate::Delivery::AtLeastOnce) or
    /// [`use_reconnect_url`](crate::Config::use_reconnect_url) needs memory for messages that wait,
    /// and the storage has none.
    NoOutbox,
    /// No domain is [allowed](crate::Config::allowed_domains), or an empty one.
    NoDomain,
    /// A time limit of the keepalive ([`ping_after`](crate::Config::ping_after),
    /// [`dead_after`](crate::Config::dead_after)), a [timeout](crate::Config::timeouts), or the
    /// first or longest delay of the [back-off](crate::Config::backoff) is zero.
    ZeroDuration,
    /// The memory for messages that wait is too small for any message.
    Outbox(ResourceError),
}

impl ConfigError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Request(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::ListsAndPaths => 300,
            Self::ListsWithoutStart => 301,
            Self::Paths => 302,
            Self::ResponsePaths => 303,
            Self::NoOutbox => 304,
            Self::NoDomain => 305,
            Self::ZeroDuration => 306,
            Self::Outbox(error) => error.code(),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request(error) => return error.fmt(f),
            Self::Token(error) => return error.fmt(f),
            Self::ListsAndPaths => {
                "lists and response_paths are both set; give the table to the lists by StartLists::paths"
            }
            Self::ListsWithoutStart => "rtm.connect returns no lists; set the method rtm.start, or no lists",
            Self::Paths => {
                "the table of event paths does not extend event::COMMON_PATHS; make one with `paths!` that does"
            }
            Self::ResponsePaths => {
                "the table of response paths does not extend web_api::paths::COMMON; make one with `paths!` that does"
            }
            Self::NoOutbox => {
                "AtLeastOnce and use_reconnect_url need memory for messages that wait; use a storage that has some"
            }
            Self::NoDomain => "no domain is allowed for the socket; allow one",
            Self::ZeroDuration => "a time limit or a delay is zero; use a longer one",
            Self::Outbox(error) => return error.fmt(f),
        })
    }
}

impl core::error::Error for ConfigError {}

impl From<RequestError> for ConfigError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<TokenError> for ConfigError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

/// A rule that the peer broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// The peer filled the receive buffer before the request for the WebSocket handshake had left.
    SpokeFirst,
}

impl From<ResponseError> for PeerError {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

impl From<SocketUrlError> for PeerError {
    fn from(error: SocketUrlError) -> Self {
        Self::SocketUrl(error)
    }
}

impl From<HandshakeError> for PeerError {
    fn from(error: HandshakeError) -> Self {
        Self::Handshake(error)
    }
}

impl From<Violation> for PeerError {
    fn from(rule: Violation) -> Self {
        Self::Frame(rule)
    }
}

impl PeerError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Response(error) => error.code(),
            Self::SocketUrl(error) => error.code(),
            Self::Handshake(error) => error.code(),
            Self::Frame(rule) => rule.code(),
            Self::NoHello => 610,
            Self::SpokeFirst => 611,
        }
    }
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
            Self::SpokeFirst => {
                f.write_str("the peer sent a response before it had received the request")
            }
        }
    }
}

impl core::error::Error for PeerError {}
