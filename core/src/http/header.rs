//! A field line of the caller: checked once, bound to hosts, never shown.

use super::token::is_token;
use crate::url::host_in_domain;
use core::fmt;

/// Fields that this crate writes itself, or that would change how a response is framed.
const RESERVED: [&str; 14] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// A field line that the caller adds to requests, such as `Cookie` or `Origin`.
///
/// It is sent to the hosts it is bound to and to no other. Its value may be secret, so `Debug` does
/// not show it.
///
/// ```
/// use slack_rtm::http::Header;
///
/// let cookie = Header::new("Cookie", "d=xoxd-1", &["slack.com"]).unwrap();
/// assert!(cookie.goes_to("wss-primary.slack.com"));
/// assert!(!cookie.goes_to("slack.com.example"));
/// assert!(Header::new("Cookie", "d=1\r\nX: y", &["slack.com"]).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Header<'h> {
    name: &'h str,
    value: &'h str,
    hosts: &'h [&'h str],
}

impl<'h> Header<'h> {
    /// Creates a field line for `hosts`, each with its subdomains, as in [`host_in_domain`].
    ///
    /// # Errors
    /// [`HeaderError`] if `name` is not a token, or is a field that this crate writes itself
    /// (`Host`, `Authorization`, `User-Agent`, `Content-*`, `Sec-WebSocket-*` ...), if `value` is
    /// not a valid field value, or if `hosts` contains no host.
    pub fn new(name: &'h str, value: &'h str, hosts: &'h [&'h str]) -> Result<Self, HeaderError> {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(HeaderError::Name);
        }
        let sec_websocket = name
            .as_bytes()
            .get(..14)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"sec-websocket-"));
        if sec_websocket || RESERVED.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return Err(HeaderError::Reserved);
        }
        check_value(value)?;
        if hosts.iter().all(|host| host.is_empty()) {
            return Err(HeaderError::Hosts);
        }
        Ok(Self { name, value, hosts })
    }

    /// Returns the name of the field.
    pub const fn name(&self) -> &'h str {
        self.name
    }

    /// Returns the value of the field. It may be secret.
    pub const fn value(&self) -> &'h str {
        self.value
    }

    /// Returns whether the field may be sent to `host`.
    pub fn goes_to(&self, host: &str) -> bool {
        self.hosts.iter().any(|bound| host_in_domain(host, bound))
    }
}

/// Does not show the value.
impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("name", &self.name)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// Checks that `value` is a valid field value (RFC 9110 section 5.5): visible ASCII with spaces and
/// tabs in between. CR and LF would end the line, NUL confuses servers.
///
/// # Errors
/// [`HeaderError::Value`] if it is not.
pub fn check_value(value: &str) -> Result<(), HeaderError> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let bytes = value.as_bytes();
    let inside = bytes
        .iter()
        .all(|byte| byte.is_ascii_graphic() || blank(byte));
    let edges = bytes.first().is_some_and(blank) || bytes.last().is_some_and(blank);
    if inside && !edges {
        Ok(())
    } else {
        Err(HeaderError::Value)
    }
}

/// The reason why a field of the caller cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is not a token (RFC 9110 section 5.1).
    Name,
    /// This crate writes the field itself.
    Reserved,
    /// The value contains a control character (CR, LF, NUL ...) or a character outside ASCII, or
    /// begins or ends with a blank.
    Value,
    /// There is no host, so the field would never be sent.
    Hosts,
}

impl HeaderError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Name => 680,
            Self::Reserved => 681,
            Self::Value => 682,
            Self::Hosts => 683,
        }
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "write a field name in letters, digits and !#$%&'*+-.^_`|~ only",
            Self::Reserved => "the client writes this field itself; remove it",
            Self::Value => {
                "write a field value in visible ASCII with blanks in between; no CR, LF or NUL"
            }
            Self::Hosts => "name the hosts that the field may be sent to",
        })
    }
}

impl core::error::Error for HeaderError {}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Header<'_>);
