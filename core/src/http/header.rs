//! A caller's own field line: checked once, bound to hosts, never shown.

use core::fmt;

use crate::url::host_in_domain;

/// Extractor that this crate writes itself, or that would change how an answer is framed.
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
/// It goes to the hosts it is bound to and to no other. Its value may be a secret, so `Debug`
/// does not show it.
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
    /// A field for `hosts`: each stands for itself and the names under it, as in
    /// [`host_in_domain`].
    ///
    /// # Errors
    /// [`HeaderError`] if `name` is no token or one that this crate writes itself (`Host`,
    /// `Authorization`, `User-Agent`, `Content-*`, `Sec-WebSocket-*` ...), if `value` has
    /// characters that could end the line, or if no host is named.
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

    /// The field's name.
    pub const fn name(&self) -> &'h str {
        self.name
    }

    /// The field's value; it may be a secret.
    pub const fn value(&self) -> &'h str {
        self.value
    }

    /// Whether it may be sent to `host`.
    pub fn goes_to(&self, host: &str) -> bool {
        self.hosts.iter().any(|bound| host_in_domain(host, bound))
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("name", &self.name)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// Whether `value` can stand as a field's value (RFC 9110 section 5.5): visible ASCII with
/// spaces and tabs between. CR, LF and NUL end lines or confuse servers.
///
/// # Errors
/// [`HeaderError::Value`] if it cannot.
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

/// A caller's field that cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is empty or has characters that no field name has (RFC 9110 section 5.1).
    Name,
    /// This crate writes that field itself.
    Reserved,
    /// The value has a control character (CR, LF, NUL ...), a character outside ASCII, or a
    /// blank at an end.
    Value,
    /// No host is named, so the field would go nowhere.
    Hosts,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "write a field name in letters, digits and !#$%&'*+-.^_`|~ only",
            Self::Reserved => "this field is written by the client itself; remove it",
            Self::Value => {
                "write a field value in visible ASCII only, blanks between; no CR, LF or NUL"
            }
            Self::Hosts => "name the hosts that the field may be sent to",
        })
    }
}

impl core::error::Error for HeaderError {}

/// Whether `byte` may stand in a token (RFC 9110 section 5.6.2).
pub(super) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}
