//! What went wrong with a link: the kind for the core, the text for the log.

use crate::DisconnectReason;
use std::{error, fmt, io};

/// A link that could not be made, or that ended.
///
/// [`end`](Self::end) is what the core is told; the `Display` text adds what the operating
/// system or the TLS library said. It holds addresses and names, never a byte of what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    end: DisconnectReason,
    detail: String,
}

impl LinkError {
    pub(crate) fn new(end: DisconnectReason, detail: impl Into<String>) -> Self {
        Self {
            end,
            detail: detail.into(),
        }
    }

    /// The kind, for [`Client::disconnected`](slack_rtm::Client::disconnected).
    pub const fn end(&self) -> DisconnectReason {
        self.end
    }

    /// The same with `place`, an address or a host, in front of the text.
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
        let end = match error.kind() {
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
        Self::new(end, error.to_string())
    }
}

impl From<rustls::Error> for LinkError {
    fn from(error: rustls::Error) -> Self {
        let end = match error {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                DisconnectReason::Untrusted
            }
            _ => DisconnectReason::TlsFailed,
        };
        Self::new(end, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::LinkError;
    use crate::DisconnectReason;
    use std::io;

    #[test]
    fn each_kind_of_the_operating_system_has_its_end() {
        for (kind, end) in [
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
                LinkError::from(io::Error::from(kind)).end(),
                end,
                "{kind:?}"
            );
        }
    }

    #[test]
    fn the_text_says_where_and_what() {
        let error =
            LinkError::new(DisconnectReason::Refused, "connection refused").at("127.0.0.1:1");
        assert_eq!(error.to_string(), "127.0.0.1:1: connection refused");
    }
}
