//! The two buffers over the caller's memory: the only places where bytes move.
//!
//! - [`RecvBuf`]: bytes from the socket, and values retained from them
//! - [`SendBuf`]: a queue of bytes for the socket
//! - [`Sink`]: the destination of every writer of this crate. One writer can be counted
//!   ([`Counter`]), run whole ([`write_to_slice`]), or run for any part of its output
//!   ([`SendBuf::append`])

mod bytes;
mod decimal;
mod error;
mod escape;
mod raw_copy;
mod recv;
mod retained;
mod send;
mod sink;

pub(crate) use bytes::{copy, shift};
pub(crate) use decimal::put_decimal;
pub use error::{Memory, ResourceError};
pub(crate) use escape::{Escape, Escaping};
pub use recv::{RecvBuf, RecvState};
pub use send::{SendBuf, SendState};
#[doc(hidden)]
pub use sink::Window;
pub use sink::{Counter, Sink, write_to_slice};
