//! The error of a link: the reason for the state machine, and a text for the log.

use crate::DisconnectReason;
use std::{error, fmt, io};

/// The reason why a link could not be opened, or why it ended.
///
/// [`reason`](Self::reason) is for the state machine. The `Display` text has the message of the
/// operating system or the TLS library. It contains addresses and names, never transmitted bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    reason: DisconnectReason,
    detail: String,
}

impl LinkError {
    pub(crate) fn new(reason: DisconnectReason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }

    /// Returns the reason to pass to `disconnected` of the state machine.
    pub const fn reason(&self) -> DisconnectReason {
        self.reason
    }

    /// Prefixes the text with `place`, an address or a host, unless it has that prefix.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        let place = place.to_string();
        if !self.detail.starts_with(&place) {
            self.detail = format!("{place}: {}", self.detail);
        }
        self
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl error::Error for LinkError {}

impl From<io::Error> for LinkError {
    fn from(error: io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::ConnectionRefused => DisconnectReason::Refused,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected => DisconnectReason::Reset,
            io::ErrorKind::TimedOut => DisconnectReason::TimedOut,
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => DisconnectReason::Unreachable,
            io::ErrorKind::UnexpectedEof => DisconnectReason::Truncated,
            _ => DisconnectReason::Other,
        };
        Self::new(reason, error.to_string())
    }
}

impl From<rustls::Error> for LinkError {
    fn from(error: rustls::Error) -> Self {
        let reason = match error {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                DisconnectReason::Untrusted
            }
            _ => DisconnectReason::TlsFailed,
        };
        Self::new(reason, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::LinkError;
    use crate::DisconnectReason;
    use std::io;

    #[test]
    fn each_error_kind_of_the_operating_system_has_its_reason() {
        for (kind, reason) in [
            (io::ErrorKind::ConnectionRefused, DisconnectReason::Refused),
            (io::ErrorKind::ConnectionReset, DisconnectReason::Reset),
            (io::ErrorKind::BrokenPipe, DisconnectReason::Reset),
            (io::ErrorKind::TimedOut, DisconnectReason::TimedOut),
            (
                io::ErrorKind::HostUnreachable,
                DisconnectReason::Unreachable,
            ),
            (
                io::ErrorKind::NetworkUnreachable,
                DisconnectReason::Unreachable,
            ),
            (io::ErrorKind::UnexpectedEof, DisconnectReason::Truncated),
            (io::ErrorKind::PermissionDenied, DisconnectReason::Other),
        ] {
            assert_eq!(
                LinkError::from(io::Error::from(kind)).reason(),
                reason,
                "{kind:?}"
            );
        }
    }

    #[test]
    fn the_text_contains_the_place_and_the_failure() {
        let error =
            LinkError::new(DisconnectReason::Refused, "connection refused").at("127.0.0.1:1");
        assert_eq!(error.to_string(), "127.0.0.1:1: connection refused");
    }
}
