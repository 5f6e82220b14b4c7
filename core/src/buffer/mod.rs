//! The two lent buffers: the only places where bytes move.
//!
//! [`RecvBuf`] is where the socket's bytes arrive and where wanted values stay; [`SendBuf`] is
//! the queue of bytes for the socket. [`Sink`] is how every writer of this crate emits bytes,
//! so that one piece of code can count its output, write it whole, or write any part of it.

mod recv;
mod send;
mod sink;

pub use recv::RecvBuf;
pub use send::SendBuf;
pub use sink::{Counter, Sink, Window};

use core::fmt;

/// One of the memories that the caller lends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Memory {
    /// The memory behind [`RecvBuf`].
    Receive,
    /// The memory behind [`SendBuf`].
    Send,
    /// The memory given for messages that wait.
    Outbox,
}

/// A lent memory is too small: which one, and how many bytes it would have to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ResourceError {
    /// The memory that is too small.
    pub memory: Memory,
    /// Bytes that were wanted.
    pub wanted: usize,
    /// Bytes that there were.
    pub available: usize,
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.memory {
            Memory::Receive => "receive buffer",
            Memory::Send => "send buffer",
            Memory::Outbox => "outbox",
        };
        write!(
            f,
            "the {name} is too small: {} bytes wanted, {} available",
            self.wanted, self.available
        )
    }
}

impl core::error::Error for ResourceError {}
