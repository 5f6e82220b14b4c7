//! The WebSocket URL of a response: whether it may be connected to.

use core::fmt;

use super::cleartext::Cleartext;
use crate::buffer::{Memory, ResourceError};
use crate::json::Value;
use crate::url::{Scheme, Url, UrlError};

/// The domains of the hosts that Slack's responses name.
pub(crate) const SLACK_DOMAINS: &[&str] = &["slack.com", "slack-msgs.com", "slack-gov.com"];

/// Returns the WebSocket URL in the member `url`, checked.
pub(crate) fn url_in<'u>(
    member: Option<Value<'u>>,
    domains: &[&str],
    cleartext: Cleartext,
) -> Result<Url<'u>, SocketUrlError> {
    match member {
        Some(Value::Text(text)) if !text.is_cut() => check_url(text.as_str(), domains, cleartext),
        Some(Value::TooLong { length }) => Err(SocketUrlError::TooLong { length }),
        _ => Err(SocketUrlError::Missing),
    }
}

/// Parses `text` as a WebSocket URL and checks that it may be connected to: its scheme is `wss`, or
/// `ws` if `cleartext` allows it, and its host is in one of `domains`.
///
/// # Errors
/// [`SocketUrlError`] if the URL is invalid or not allowed.
pub fn check_url<'u>(
    text: &'u str,
    domains: &[&str],
    cleartext: Cleartext,
) -> Result<Url<'u>, SocketUrlError> {
    let url = Url::parse(text).map_err(SocketUrlError::Url);
    let is_allowed = |scheme| match scheme {
        Scheme::Wss => true,
        Scheme::Ws => cleartext == Cleartext::Allowed,
        _ => false,
    };
    match &url {
        Ok(url) if !is_allowed(url.scheme()) => Err(SocketUrlError::Scheme),
        Ok(url) if !domains.iter().any(|domain| url.host_in_domain(domain)) => {
            Err(SocketUrlError::Host)
        }
        _ => url,
    }
}

/// The reason why a response has no WebSocket URL that may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SocketUrlError {
    /// The response has no `url`.
    Missing,
    /// The URL does not fit into the receive buffer.
    TooLong {
        /// The length of the URL in bytes.
        length: u32,
    },
    /// The URL is invalid.
    Url(UrlError),
    /// The scheme is not `wss`, nor an allowed `ws`.
    Scheme,
    /// The host is in none of the allowed domains.
    /// [`Reconnecting::refused_host`](crate::Reconnecting::refused_host) returns it.
    Host,
}

impl SocketUrlError {
    /// Returns the size of receive buffer that the URL would need, if its length is the reason:
    /// three quarters of the buffer's `capacity`, less 128 bytes, are reserved for the URL.
    pub fn resource(self, capacity: usize) -> Option<ResourceError> {
        match self {
            Self::TooLong { length } => Some(ResourceError {
                memory: Memory::Receive,
                wanted: usize::try_from(length)
                    .unwrap_or(usize::MAX)
                    .saturating_add(128)
                    .saturating_mul(4)
                    / 3,
                available: capacity,
            }),
            _ => None,
        }
    }
}

impl SocketUrlError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Missing => 630,
            Self::TooLong { .. } => 631,
            Self::Url(error) => error.code(),
            Self::Scheme => 632,
            Self::Host => 633,
        }
    }
}

impl fmt::Display for SocketUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the response has no WebSocket URL; check the API base",
            Self::TooLong { length } => {
                return write!(
                    f,
                    "the WebSocket URL has {length} bytes; use a larger receive buffer"
                );
            }
            Self::Url(error) => return write!(f, "the WebSocket URL is invalid: {error}"),
            Self::Scheme => {
                "the WebSocket URL must begin with wss://; for ws:// in a test, call allow_insecure"
            },
            Self::Host => {
                "the WebSocket URL's host is in none of the allowed domains; if it is right, allow its \
                 domain by Config::allowed_domains"
            },
        })
    }
}

impl core::error::Error for SocketUrlError {}
