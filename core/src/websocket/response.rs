//! The response of the opening handshake, and the ways in which a server can refuse.

use crate::time::Duration;

/// The server's response to the request, as far as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HandshakeResponse<'r> {
    /// More bytes are needed.
    Incomplete,
    /// The server agreed: the connection is open, and the unread bytes are frames.
    Open,
    /// The server refused. Drop the link.
    Refused(Refusal<'r>),
}

/// A [`HandshakeResponse`] that borrows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeResponseKind {
    Incomplete,
    Open,
    Refused {
        /// Whether the field line at the front of the buffer belongs to the refusal: `Location` or
        /// `Retry-After`.
        has_field: bool,
    },
}

/// The reason why the server did not switch to WebSocket. The rest of its response was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Refusal<'r> {
    /// 3xx: the resource is elsewhere. Nothing was sent there; the caller decides whether to
    /// follow.
    Redirect {
        /// The status code.
        status: u16,
        /// The value of `Location`, if there is one that fits into the buffer. A URL is ASCII:
        /// `core::str::from_utf8` converts it.
        location: Option<&'r [u8]>,
    },
    /// 401: the credentials are missing or wrong.
    Unauthorized,
    /// 429: too many requests.
    TooManyRequests {
        /// The value of `Retry-After`, if there is one in seconds.
        retry_after: Option<Duration>,
    },
    /// 5xx: the server failed.
    Server {
        /// The status code.
        status: u16,
        /// The value of `Retry-After`, if there is one in seconds.
        retry_after: Option<Duration>,
    },
    /// Any other status code. Servers without WebSocket send 200, for example.
    Other {
        /// The status code.
        status: u16,
    },
}

impl Refusal<'_> {
    /// Returns the status code.
    pub const fn status(&self) -> u16 {
        match *self {
            Self::Redirect { status, .. }
            | Self::Server { status, .. }
            | Self::Other { status } => status,
            Self::Unauthorized => 401,
            Self::TooManyRequests { .. } => 429,
        }
    }

    /// Returns how long to wait before the next attempt, if the server sent that in seconds.
    pub const fn retry_after(&self) -> Option<Duration> {
        match *self {
            Self::TooManyRequests { retry_after } | Self::Server { retry_after, .. } => retry_after,
            _ => None,
        }
    }
}
