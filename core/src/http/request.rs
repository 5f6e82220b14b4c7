//! Requests, emitted into a [`Sink`], so that a request of any length can be sent through a send
//! buffer of any size.
//!
//! ```
//! use slack_rtm::buffer::{SendBuf, Sink};
//! use slack_rtm::http::request::{HttpMethod, RequestWriter};
//! use slack_rtm::url::Url;
//!
//! let url = Url::parse("https://slack.com/api/api.test").unwrap();
//! let write = |sink: &mut dyn Sink| {
//!     let mut request = RequestWriter::new(sink, HttpMethod::Get, &url);
//!     request.field("User-Agent", "thermometer");
//!     request.end();
//! };
//! let mut memory = [0; 256];
//! let mut tx = SendBuf::new(&mut memory);
//! let (written, finished) = tx.append(0, write);
//! assert!(finished && written > 0);
//! assert!(tx.pending().starts_with(b"GET /api/api.test HTTP/1.1\r\nHost: slack.com\r\n"));
//! ```

use super::header::Header;
use crate::buffer::{Counter, Escape, Escaping, Sink, put_decimal};
use crate::url::Url;
use core::fmt;

/// A method that this crate sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HttpMethod {
    /// `GET`: arguments are in the query of the target. Also opens a WebSocket.
    Get,
    /// `POST`: arguments are in the body.
    Post,
}

impl HttpMethod {
    /// Returns the method as it is written in the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A writer of one request: request line and `Host` first, then fields, then the end or the body.
///
/// Names and values are emitted as they are: check untrusted text by
/// [`check_value`](super::check_value) or [`Header::new`] before.
pub struct RequestWriter<'s> {
    sink: &'s mut dyn Sink,
}

impl<'s> RequestWriter<'s> {
    /// Begins a request for `url`.
    pub fn new(sink: &'s mut dyn Sink, method: HttpMethod, url: &Url<'_>) -> Self {
        Self::with_target(sink, method, url, |sink| target(sink, url))
    }

    /// Begins a request to the host of `url`, with the output of `target` as the target.
    pub fn with_target(
        sink: &'s mut dyn Sink,
        method: HttpMethod,
        url: &Url<'_>,
        target: impl FnOnce(&mut dyn Sink),
    ) -> Self {
        sink.put(method.as_str().as_bytes());
        sink.put(b" ");
        target(sink);
        sink.put(b" HTTP/1.1\r\nHost: ");
        authority(sink, url);
        Self { sink }
    }

    /// Emits a field line.
    pub fn field(&mut self, name: &str, value: &str) {
        self.raw(b"\r\n");
        self.raw(name.as_bytes());
        self.raw(b": ");
        self.raw(value.as_bytes());
    }

    /// Emits a field line with the output of `value` as its value.
    pub fn field_with(&mut self, name: &str, value: impl FnOnce(&mut dyn Sink)) {
        self.field(name, "");
        self.raw_with(value);
    }

    /// Emits the output of `value`.
    pub(crate) fn raw_with(&mut self, value: impl FnOnce(&mut dyn Sink)) {
        value(self.sink);
    }

    /// Emits field lines, or a part of them, as they are. A line begins with CR LF; the one that
    /// ends the last line belongs to the end of the head.
    pub(crate) fn raw(&mut self, lines: &[u8]) {
        self.sink.put(lines);
    }

    /// Emits those of the caller's fields that may be sent to `host`.
    pub fn headers(&mut self, headers: &[Header<'_>], host: &str) {
        for header in headers.iter().filter(|header| header.goes_to(host)) {
            self.field(header.name(), header.value());
        }
    }

    /// Ends a request without a body.
    pub fn end(mut self) {
        self.raw(b"\r\n\r\n");
    }

    /// Ends the head of a request whose body of `length` bytes follows.
    pub fn end_before_body(mut self, content_type: &str, length: u64) {
        self.field("Content-Type", content_type);
        self.raw(b"\r\nContent-Length: ");
        put_decimal(self.sink, length);
        self.raw(b"\r\n\r\n");
    }

    /// Ends the head with `Content-Type` and the counted `Content-Length`, and emits the body.
    pub fn body(mut self, content_type: &str, body: impl Fn(&mut dyn Sink)) {
        self.field("Content-Type", content_type);
        self.raw(b"\r\nContent-Length: ");
        put_decimal(self.sink, Counter::of(&body) as u64);
        self.raw(b"\r\n\r\n");
        body(self.sink);
    }
}

impl fmt::Debug for RequestWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestWriter").finish_non_exhaustive()
    }
}

/// Emits the path and the query of `url`. An empty path becomes `/` (RFC 9112 section 3.2.1).
pub fn target(sink: &mut dyn Sink, url: &Url<'_>) {
    if !url.target().starts_with('/') {
        sink.put(b"/");
    }
    sink.put(url.target().as_bytes());
}

/// Emits the value of `Host`: an IPv6 address in brackets, and the port unless it is the default of
/// the scheme (RFC 9110 section 7.2).
pub fn authority(sink: &mut dyn Sink, url: &Url<'_>) {
    let is_ipv6 = url.host().bytes().any(|byte| byte == b':');
    sink.put(if is_ipv6 { b"[" } else { b"" });
    sink.put(url.host().as_bytes());
    sink.put(if is_ipv6 { b"]" } else { b"" });
    if url.port() != url.scheme().default_port() {
        sink.put(b":");
        put_decimal(sink, u64::from(url.port()));
    }
}

/// A writer of `name=value` pairs with `&` in between, percent-encoded: a query, or a body of type
/// `application/x-www-form-urlencoded`. Spaces become `%20`, which is valid in both.
pub struct Pairs<'s> {
    sink: &'s mut dyn Sink,
    separator: &'static str,
}

impl<'s> Pairs<'s> {
    /// Creates a writer of a form, which begins with nothing.
    pub fn form(sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            separator: "",
        }
    }

    /// Creates a writer of a query, which begins with `?`.
    pub fn query(sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            separator: "?",
        }
    }

    /// Emits one pair.
    pub fn pair(&mut self, name: &str, value: &str) {
        self.pair_from(name, |sink| sink.put(value.as_bytes()));
    }

    /// Emits one pair whose value `write` emits, in any pieces. They are encoded on their way.
    pub fn pair_from(&mut self, name: &str, write: impl FnOnce(&mut dyn Sink)) {
        self.sink.put(self.separator.as_bytes());
        self.separator = "&";
        pair(self.sink, name, write);
    }
}

/// Emits one pair without a separator. The pieces of the value are encoded on their way.
pub(crate) fn pair(sink: &mut dyn Sink, name: &str, value: impl FnOnce(&mut dyn Sink)) {
    percent_encode(sink, name);
    sink.put(b"=");
    value(&mut Escaping::new(sink, percent));
}

impl fmt::Debug for Pairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pairs").finish_non_exhaustive()
    }
}

/// Emits `text` with every byte other than letters, digits and `-._~` as `%XX` (RFC 3986 section
/// 2).
pub fn percent_encode(sink: &mut dyn Sink, text: &str) {
    Escaping::new(sink, percent).put(text.as_bytes());
}

/// Writes `%XX` for a byte. Returns its length: 0 if the byte needs no encoding.
fn percent(byte: u8, escaped: &mut Escape) -> usize {
    if is_unreserved(byte) {
        return 0;
    }
    let hex = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'A' - 10 };
    [escaped[0], escaped[1], escaped[2]] = [b'%', hex(byte >> 4), hex(byte & 15)];
    3
}

/// Returns whether `byte` needs no encoding anywhere in a URL (RFC 3986 section 2.3).
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(feature = "defmt")]
impl defmt::Format for RequestWriter<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "RequestWriter");
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Pairs<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Pairs");
    }
}
