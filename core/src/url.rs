//! URLs of the schemes `https`, `wss`, `http` and `ws`: scheme, host, port, target.
//!
//! ```
//! use slack_rtm::url::{Scheme, Url};
//!
//! let url = Url::parse("wss://wss-primary.slack.com/link/?ticket=42").unwrap();
//! assert_eq!(url.scheme(), Scheme::Wss);
//! assert_eq!(url.host(), "wss-primary.slack.com");
//! assert_eq!(url.port(), 443);
//! assert_eq!(url.target(), "/link/?ticket=42");
//! assert!(url.host_in_domain("slack.com"));
//! assert!(!url.host_in_domain("primary.slack.com"));
//! ```

use crate::link::{Peer, Security};
use crate::parse::{decimal, match_name};
use crate::utf8;
use core::fmt;

/// The longest host of a URL, in bytes: the longest name in DNS.
const HOST_MAX: usize = 253;

/// A scheme that this crate supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scheme {
    /// HTTP without TLS, for tests on the local machine.
    Http,
    /// HTTP over TLS.
    Https,
    /// WebSocket without TLS, for tests on the local machine.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Scheme {
    /// Returns whether the connection uses TLS.
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Https | Self::Wss)
    }

    /// Returns whether the scheme is `ws` or `wss`.
    pub const fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// Returns the port of a URL without a port: 443 with TLS, 80 without.
    pub const fn default_port(self) -> u16 {
        if self.is_secure() { 443 } else { 80 }
    }

    fn parse(name: &[u8]) -> Option<Self> {
        match_name!(name, {
            "https" => Self::Https,
            "wss" => Self::Wss,
            "http" => Self::Http,
            "ws" => Self::Ws,
        })
    }
}

/// The parts of an absolute URL. They borrow its text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Url<'u> {
    scheme: Scheme,
    host: &'u str,
    port: u16,
    target: &'u str,
}

impl<'u> Url<'u> {
    /// Parses a URL (RFC 3986 section 3, RFC 6455 section 3).
    ///
    /// The host is a name of letters, digits, `-`, `_` and `.`, an IPv4 address, or an IPv6
    /// address in brackets. Everything else must be visible ASCII.
    ///
    /// # Errors
    /// [`UrlError`] names the part that is not valid. User information and fragments are refused:
    /// no request of this crate contains them.
    pub fn parse(text: &'u str) -> Result<Self, UrlError> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlError::Character);
        }
        let (scheme, rest) = cut(text.as_bytes(), b":");
        let scheme = Scheme::parse(scheme).ok_or(UrlError::Scheme)?;
        let [b':', b'/', b'/', rest @ ..] = rest else {
            return Err(UrlError::Scheme);
        };
        if has(rest, b"#") {
            return Err(UrlError::Fragment);
        }
        let (authority, target) = cut(rest, b"/?");
        if has(authority, b"@") {
            return Err(UrlError::UserInfo);
        }
        let (host, port) = host_and_port(authority)?;
        let port = match port {
            [] | [b':'] => scheme.default_port(),
            [b':', digits @ ..] => match decimal(digits) {
                Some(port @ 1..=0xFFFF) => port as u16,
                _ => return Err(UrlError::Port),
            },
            _ => return Err(UrlError::Port),
        };
        // All of it is ASCII.
        Ok(Self {
            scheme,
            host: utf8::valid(host),
            port,
            target: utf8::valid(target),
        })
    }

    /// Creates a URL from its parts. `target` is empty or begins with `/` or `?`.
    ///
    /// # Errors
    /// [`UrlError::Character`] if `host` or `target` contains anything but visible ASCII,
    /// [`UrlError::Host`] if `host` is empty or longer than 253 bytes, [`UrlError::Port`] if `port`
    /// is zero.
    pub fn from_parts(
        scheme: Scheme,
        host: &'u str,
        port: u16,
        target: &'u str,
    ) -> Result<Self, UrlError> {
        let parts = host.bytes().chain(target.bytes());
        if !parts.into_iter().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlError::Character);
        }
        if host.is_empty() || host.len() > HOST_MAX {
            return Err(UrlError::Host);
        }
        if port == 0 {
            return Err(UrlError::Port);
        }
        Ok(Self {
            scheme,
            host,
            port,
            target,
        })
    }

    /// Creates a URL of the scheme `https` from valid parts, for constants.
    pub(crate) const fn https(host: &'u str, target: &'u str) -> Self {
        Self {
            scheme: Scheme::Https,
            host,
            port: Scheme::Https.default_port(),
            target,
        }
    }

    /// Returns the scheme.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the host, for DNS and, if it is a name, for TLS (SNI). An IPv6 address has no
    /// brackets.
    pub const fn host(&self) -> &'u str {
        self.host
    }

    /// Returns the port: that of the URL, or the default of the scheme. It is not zero.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns path and query as they are in the URL: empty, or beginning with `/` or `?`.
    ///
    /// The target of a request line has at least a `/`, which `http::request::target` adds.
    pub const fn target(&self) -> &'u str {
        self.target
    }

    /// Returns the peer to connect to.
    pub const fn peer(&self) -> Peer<'u> {
        Peer {
            host: self.host,
            port: self.port,
            security: if self.scheme.is_secure() {
                Security::Tls
            } else {
                Security::Cleartext
            },
        }
    }

    /// Returns whether the host is `domain` or a subdomain of it; see [`host_in_domain`].
    pub fn host_in_domain(&self, domain: &str) -> bool {
        host_in_domain(self.host, domain)
    }
}

/// Shows scheme, host and port only: targets contain tickets and tokens.
impl fmt::Debug for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Url")
            .field("scheme", &self.scheme)
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Returns whether `host` is `domain` or a subdomain of it, by whole labels and ignoring case:
/// `wss-primary.slack.com` is in `slack.com`, `evil-slack.com` is not. No host is in an empty
/// domain.
pub fn host_in_domain(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.as_bytes(), domain.as_bytes());
    let ahead = host.len().wrapping_sub(domain.len());
    let Some((labels, tail)) = host.split_at_checked(ahead) else {
        return false; // `host` is shorter
    };
    !domain.is_empty()
        && tail.eq_ignore_ascii_case(domain)
        && labels.last().is_none_or(|byte| *byte == b'.')
}

/// The part of a text that is not valid in a URL of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UrlError {
    /// The text does not begin with `https://`, `wss://`, `http://` or `ws://`.
    Scheme,
    /// There is a space, a control character or a character outside ASCII. It must be
    /// percent-encoded.
    Character,
    /// The host is missing, too long, or has characters that are not valid in a host.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// There is a user name or password before the host.
    UserInfo,
    /// There is a fragment (`#`).
    Fragment,
}

impl UrlError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Scheme => 640,
            Self::Character => 641,
            Self::Host => 642,
            Self::Port => 643,
            Self::UserInfo => 644,
            Self::Fragment => 645,
        }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "a URL must begin with https://, wss://, http:// or ws://",
            Self::Character => "a URL consists of visible ASCII; percent-encode the rest",
            Self::Host => "the URL's host is missing or not a host name or address; check it",
            Self::Port => "the URL's port must be a number from 1 to 65535",
            Self::UserInfo => "remove the user information (name@) from the URL",
            Self::Fragment => "remove the fragment (#...) from the URL",
        })
    }
}

impl core::error::Error for UrlError {}

/// Splits `text` before the first byte that is one of `stops`.
#[inline(never)]
fn cut<'t>(text: &'t [u8], stops: &[u8]) -> (&'t [u8], &'t [u8]) {
    let mut at = 0;
    while text.get(at).is_some_and(|byte| !stops.contains(byte)) {
        at += 1;
    }
    text.split_at_checked(at).unwrap_or((text, &[]))
}

/// Returns whether `text` contains one of `bytes`.
fn has(text: &[u8], bytes: &[u8]) -> bool {
    !cut(text, bytes).1.is_empty()
}

/// Splits an authority into the host, and the port with its colon or nothing.
fn host_and_port(authority: &[u8]) -> Result<(&[u8], &[u8]), UrlError> {
    let address = authority.strip_prefix(b"[");
    let is_ipv6 = address.is_some();
    let (host, port) = match address {
        Some(address) => match cut(address, b"]") {
            (address, [b']', port @ ..]) => (address, port),
            _ => return Err(UrlError::Host),
        },
        None => cut(authority, b":"),
    };
    let is_allowed = |byte: &u8| match byte {
        b'.' => true,
        b':' => is_ipv6,
        b'-' | b'_' => !is_ipv6,
        _ if is_ipv6 => byte.is_ascii_hexdigit(),
        _ => byte.is_ascii_alphanumeric(),
    };
    let is_valid = host.iter().all(is_allowed)
        && has(host, b":") == is_ipv6
        && !matches!(host, [] | [b'.', ..] | [.., b'.']);
    if !is_valid || host.len() > HOST_MAX {
        return Err(UrlError::Host);
    }
    Ok((host, port))
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Url<'_>);
