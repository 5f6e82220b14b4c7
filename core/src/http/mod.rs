//! HTTP/1.1 (RFC 9112), client side: requests, response heads line by line, response bodies.
//!
//! There is one exchange per connection, and nothing is buffered whole. A request is emitted into a
//! [`Sink`](crate::buffer::Sink) and can be resumed at any byte. A head is read line by line from a
//! [`RecvBuf`](crate::buffer::RecvBuf), any number of lines of any length. A body is reported as
//! counts of unread bytes that are content.
//!
//! - [`request`]: request line, field lines, percent-encoding
//! - [`Header`]: a field line of the caller, checked and bound to hosts
//! - [`head`]: status line and field lines of a response
//! - [`framing`]: the fields that decide where a body ends
//! - [`body`]: `Content-Length`, chunked, until close

pub mod body;
mod error;
mod field;
pub mod framing;
pub mod head;
mod header;
mod line;
pub mod request;
mod retry_after;
mod token;

pub use error::HttpError;
pub(crate) use field::KnownField;
pub(crate) use head::HeadItemKind;
pub use header::{Header, HeaderError, check_value};
pub(crate) use retry_after::delay_seconds;
pub(crate) use token::is_token;
