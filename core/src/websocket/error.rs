//! The errors of an open connection and of the opening handshake.
//!
//! `Display` includes the text of a contained error, and there is no `source`: see the
//! [module](super).

use super::violation::Violation;
use crate::entropy::EntropyError;
use crate::http::HttpError;
use core::fmt;

/// An error of [`Connection::poll`](super::Connection::poll).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConnectionError {
    /// The server broke a rule. The connection closes.
    Violation(Violation),
    /// A pong or a close frame could not be masked. It waits for the next poll.
    Entropy(EntropyError),
}

impl From<Violation> for ConnectionError {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl From<EntropyError> for ConnectionError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl ConnectionError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Violation(rule) => rule.code(),
            Self::Entropy(error) => error.code(),
        }
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(violation) => fmt::Display::fmt(violation, f),
            Self::Entropy(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for ConnectionError {}

/// The reason why a frame was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FrameError {
    /// The masking key could not be drawn.
    Entropy(EntropyError),
    /// There is no room in the send buffer, or a control frame that waits has to go first.
    NoRoom,
    /// Another frame is under way.
    Busy,
    /// A message in fragments is under way.
    Fragmented,
    /// The connection closes.
    Closing,
    /// The payload of a ping is longer than 125 bytes.
    PingTooLong,
    /// The writer emitted less than before: the frame can never end.
    Changed,
}

impl From<EntropyError> for FrameError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl FrameError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Entropy(error) => error.code(),
            Self::NoRoom => 720,
            Self::Busy => 721,
            Self::Fragmented => 722,
            Self::Closing => 723,
            Self::PingTooLong => 724,
            Self::Changed => 725,
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entropy(error) => return fmt::Display::fmt(error, f),
            Self::NoRoom => "the send buffer is full; flush it, then try again",
            Self::Busy => "a frame is under way; send the rest of it first",
            Self::Fragmented => "a message in fragments is under way; send its last one first",
            Self::Closing => "the connection closes; nothing more can be sent",
            Self::PingTooLong => {
                "the payload of a ping exceeds 125 bytes (RFC 6455 section 5.5); send less"
            }
            Self::Changed => {
                "the writer emitted less than before, so the frame cannot end; drop the link"
            }
        })
    }
}

impl core::error::Error for FrameError {}

/// A rule of the opening handshake that the server broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HandshakeError {
    /// The response is not HTTP, or a field that has rules does not fit into the buffer.
    Http(HttpError),
    /// `Upgrade` does not name `websocket` (RFC 6455 section 4.1, point 2).
    UpgradeMissing,
    /// `Connection` does not name `Upgrade` (section 4.1, point 3).
    ConnectionMissing,
    /// There is no `Sec-WebSocket-Accept` (section 4.1, point 4).
    AcceptMissing,
    /// `Sec-WebSocket-Accept` does not match the key, or occurs twice (section 4.1, point 4).
    AcceptWrong,
    /// `Sec-WebSocket-Extensions` names an extension, and none was requested (section 4.1, point
    /// 5). A server that insists on permessage-deflate causes this error.
    ExtensionNotRequested,
    /// `Sec-WebSocket-Protocol` names a subprotocol that was not requested (section 4.1, point 6).
    SubprotocolNotRequested,
}

impl From<HttpError> for HandshakeError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl HandshakeError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Http(error) => error.code(),
            Self::UpgradeMissing => 690,
            Self::ConnectionMissing => 691,
            Self::AcceptMissing => 692,
            Self::AcceptWrong => 693,
            Self::ExtensionNotRequested => 694,
            Self::SubprotocolNotRequested => 695,
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http(error) => return fmt::Display::fmt(error, f),
            Self::UpgradeMissing => {
                "the server's 101 has no `Upgrade: websocket` (RFC 6455 section 4.1)"
            }
            Self::ConnectionMissing => {
                "the server's 101 has no `Connection: Upgrade` (RFC 6455 section 4.1)"
            }
            Self::AcceptMissing => {
                "the server's 101 has no Sec-WebSocket-Accept (RFC 6455 section 4.1)"
            }
            Self::AcceptWrong => {
                "the server's Sec-WebSocket-Accept does not match the key (RFC 6455 section 4.1)"
            }
            Self::ExtensionNotRequested => {
                "the server uses an extension that was not requested (RFC 6455 section 9.1)"
            }
            Self::SubprotocolNotRequested => {
                "the server uses a subprotocol that was not requested (RFC 6455 section 4.1)"
            }
        })
    }
}

impl core::error::Error for HandshakeError {}
