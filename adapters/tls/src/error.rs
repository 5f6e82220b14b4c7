//! The error of handshakes, reads and writes.

use core::fmt;

use embedded_io::ErrorKind;
use embedded_tls::TlsError as ProtocolError;

use crate::filter::{RecordError, Records};
use crate::verify::TrustError;

/// The reason why there is no connection, or none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TlsError {
    /// The server is not trusted.
    Trust(TrustError),
    /// A record broke a rule.
    Record(RecordError),
    /// The server ended the handshake or the connection with this alert (RFC 8446 section 6), such
    /// as 70, `protocol_version`: it speaks TLS 1.2 only.
    Alert(u8),
    /// A record is longer than the read buffer.
    RecordTooLong,
    /// A message is malformed, wrongly protected or not supported. With a short read buffer, that
    /// may be certificates in several records.
    Protocol,
    /// The source of randomness failed: nothing was sent.
    Entropy,
    /// The server ended the connection in order, with `close_notify` (RFC 8446 section 6.1). Every
    /// byte that it sent was received.
    Closed,
    /// The transport ended without `close_notify`: the end of the data may be missing.
    Truncated,
    /// The transport failed.
    Transport(ErrorKind),
    /// The application's side of [`Connection::drive`](crate::Connection::drive) failed.
    Application(ErrorKind),
    /// The future of a read or write was dropped in the middle of a record.
    Interrupted,
}

impl TlsError {
    /// Converts an error of embedded-tls. A violation that the filter found is the reason for
    /// whatever error it led to.
    pub(crate) fn new(error: &ProtocolError, records: &Records) -> Self {
        if let Some(violation) = records.violation() {
            return Self::Record(violation);
        }
        match error {
            // The second is the error of a write after a read has returned the first.
            ProtocolError::ConnectionClosed | ProtocolError::MissingHandshake => Self::Closed,
            // The transport's own end, without close_notify.
            ProtocolError::IoError => Self::Truncated,
            ProtocolError::Io(kind) => Self::Transport(*kind),
            ProtocolError::HandshakeAborted(_, alert) => Self::Alert(*alert as u8),
            ProtocolError::InsufficientSpace => Self::RecordTooLong,
            _ => Self::Protocol,
        }
    }

    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Trust(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Alert(_) => 810,
            Self::RecordTooLong => 811,
            Self::Protocol => 812,
            Self::Entropy => 813,
            Self::Closed => 814,
            Self::Truncated => 815,
            Self::Transport(_) => 816,
            Self::Application(_) => 817,
            Self::Interrupted => 818,
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trust(error) => error.fmt(f),
            Self::Record(error) => error.fmt(f),
            Self::Alert(70) => f.write_str(
                "the server sent TLS alert 70, protocol_version: it does not support TLS 1.3",
            ),
            Self::Alert(code) => {
                write!(f, "the server sent TLS alert {code} (RFC 8446 section 6)")
            }
            Self::RecordTooLong => {
                f.write_str("a record is longer than the read buffer; lend 16,640 bytes")
            }
            Self::Protocol => {
                f.write_str("the server's TLS messages are malformed or not supported")
            }
            Self::Entropy => f.write_str("the source of randomness failed; nothing was sent"),
            Self::Closed => f.write_str("the server closed the connection"),
            Self::Truncated => f.write_str("the transport ended without close_notify"),
            Self::Transport(kind) => write!(f, "the transport failed: {kind}"),
            Self::Application(kind) => {
                write!(f, "reading or writing the plaintext failed: {kind}")
            }
            Self::Interrupted => f.write_str(
                "a read or write was dropped in the middle of a record; open another connection",
            ),
        }
    }
}

impl core::error::Error for TlsError {}

impl embedded_io::Error for TlsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport(kind) | Self::Application(kind) => *kind,
            Self::Closed => ErrorKind::NotConnected,
            Self::Truncated => ErrorKind::ConnectionAborted,
            Self::Interrupted => ErrorKind::Interrupted,
            Self::Entropy => ErrorKind::Other,
            _ => ErrorKind::InvalidData,
        }
    }
}
