//! The error of a link: the reason for the state machine, and a text for the log. The errors of the
//! creation of a session, and of a machine for calls.

use crate::DisconnectReason;
use slack_rtm::ConfigError;
use slack_rtm::buffer::ResourceError;
use slack_rtm::web_api::RequestError;
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

    /// Returns the reason for an error of the operating system, for links of your own.
    ///
    /// ```
    /// use slack_rtm_std::{DisconnectReason, LinkError};
    /// use std::io;
    ///
    /// let error = io::Error::from(io::ErrorKind::ConnectionReset);
    /// assert_eq!(LinkError::reason_of(&error), DisconnectReason::Reset);
    /// ```
    pub fn reason_of(error: &io::Error) -> DisconnectReason {
        match error.kind() {
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
        }
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
        Self::new(Self::reason_of(&error), error.to_string())
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

/// The reason why a [`Session`](crate::Session) could not be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionError {
    /// The receive buffer or the send buffer is too small.
    Buffer(ResourceError),
    /// The token or a setting cannot be used, or two settings contradict each other.
    Config(ConfigError),
}

impl SessionError {
    /// Returns the stable number of the error, for logs and for C. It is that of the error
    /// that it contains.
    pub const fn code(self) -> u16 {
        match self {
            Self::Buffer(error) => error.code(),
            Self::Config(error) => error.code(),
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buffer(error) => error.fmt(f),
            Self::Config(error) => error.fmt(f),
        }
    }
}

impl error::Error for SessionError {}

impl From<ResourceError> for SessionError {
    fn from(error: ResourceError) -> Self {
        Self::Buffer(error)
    }
}

impl From<ConfigError> for SessionError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// The reason why a [`WebApi`](crate::WebApi) could not be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WebApiError {
    /// The receive buffer or the send buffer is too small.
    Buffer(ResourceError),
    /// The token or a setting cannot be used.
    Request(RequestError),
}

impl WebApiError {
    /// Returns the stable number of the error, for logs and for C. It is that of the error
    /// that it contains.
    pub const fn code(self) -> u16 {
        match self {
            Self::Buffer(error) => error.code(),
            Self::Request(error) => error.code(),
        }
    }
}

impl fmt::Display for WebApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buffer(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
        }
    }
}

impl error::Error for WebApiError {}

impl From<ResourceError> for WebApiError {
    fn from(error: ResourceError) -> Self {
        Self::Buffer(error)
    }
}

impl From<RequestError> for WebApiError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
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
            let error = io::Error::from(kind);
            assert_eq!(LinkError::reason_of(&error), reason, "{kind:?}");
            assert_eq!(LinkError::from(error).reason(), reason, "{kind:?}");
        }
    }

    #[test]
    fn the_text_contains_the_place_and_the_failure() {
        let error =
            LinkError::new(DisconnectReason::Refused, "connection refused").at("127.0.0.1:1");
        assert_eq!(error.to_string(), "127.0.0.1:1: connection refused");
    }
}
