//! What `Client::poll` asks of the caller, and what the caller tells it of the link.

use crate::time::Instant;
use core::fmt;

use super::event::{CloseReason, Event};

/// What is to be done next: the answer of every `Client::poll`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output<'r> {
    /// Open a link to `peer`; then call `connected` or `disconnected`.
    Connect {
        /// Whom to connect to, and whether by TLS.
        peer: Peer<'r>,
        /// When to give up on name look-up, connection and TLS handshake taken together.
        until: Instant,
    },
    /// Something happened. It borrows the receive buffer, and nothing else.
    Event(Event<'r>),
    /// Write what the send buffer holds, read into the receive buffer, until one of them moved or
    /// the instant has come. Without a link: wait.
    #[non_exhaustive]
    Wait {
        /// When to poll again if nothing else happens. It bounds writing as well as reading.
        until: Instant,
    },
    /// Close the link, or give up making it; then call `disconnected(DisconnectReason::Closed)`.
    Disconnect,
    /// The end: after `close`, or an error that cannot heal. Every further poll says it again.
    Closed(CloseReason),
}

/// The other side of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Peer<'r> {
    /// The host's name or address: what to look up, and the name that the certificate must bear.
    pub host: &'r str,
    /// The TCP port.
    pub port: u16,
    /// How the link is protected.
    pub security: Security,
}

/// How a link is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Security {
    /// TLS, with the peer's certificate verified.
    Tls,
    /// None: only where the configuration allowed it.
    Cleartext,
}

/// How a link ended, or why it could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DisconnectReason {
    /// In order: TLS `close_notify`, or the end of a plain stream.
    Closed,
    /// A TLS stream ended without `close_notify`: something may be missing.
    Truncated,
    /// The host's name could not be resolved.
    NameNotFound,
    /// The host refused the connection.
    Refused,
    /// There is no way to the host, or no network.
    Unreachable,
    /// It took longer than allowed.
    TimedOut,
    /// The host's certificate was not to be trusted.
    Untrusted,
    /// The TLS handshake or the TLS stream failed.
    TlsFailed,
    /// The connection was reset.
    Reset,
    /// Anything else.
    Other,
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the peer closed the connection",
            Self::Truncated => "the TLS stream ended without close_notify: something may be missing",
            Self::NameNotFound => "the host name could not be resolved; check DNS and the network",
            Self::Refused => "the host refused the connection; check host and port",
            Self::Unreachable => "the host is unreachable; check the network",
            Self::TimedOut => "the connection took too long; check the network",
            Self::Untrusted => {
                "the host's certificate is not trusted; check the trust anchors, the clock and the host name"
            }
            Self::TlsFailed => "TLS failed; check that the port speaks TLS and the versions on both sides",
            Self::Reset => "the connection was reset",
            Self::Other => "the connection failed",
        })
    }
}

impl core::error::Error for DisconnectReason {}
