//! HTTP/1.1 (RFC 9112): requests, heads a line at a time, bodies.
//!
//! A client's half, for one exchange per connection. Nothing is buffered whole: a request is
//! emitted into a [`Sink`](crate::buffer::Sink) and resumes at any byte; a head is read line by
//! line out of a [`RecvBuf`](crate::buffer::RecvBuf), any number of lines of any length; a body
//! is told as counts of unread bytes that are content.
//!
//! - [`request`]: request line, field lines, percent-encoding
//! - [`Header`]: a caller's own field line, checked and bound to hosts
//! - [`head`]: status line and field lines of an answer
//! - [`body`]: `Content-Length`, chunked, until close

pub mod body;
mod error;
pub mod head;
mod header;
mod line;
pub mod request;

pub use error::HttpError;
pub use header::{Header, HeaderError, check_value};

use crate::parse;
use crate::time::Duration;

/// The value of `Retry-After` in seconds (RFC 9110 section 10.2.3). The other form, a date, needs a
/// clock.
pub(crate) fn delay_seconds(value: &[u8]) -> Option<Duration> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    is_number.then(|| Duration::from_secs(parse::decimal(value).unwrap_or(u64::MAX)))
}
