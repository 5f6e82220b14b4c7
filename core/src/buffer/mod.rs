//! The two lent buffers: the only places where bytes move.
//!
//! [`RecvBuf`] is where the socket's bytes arrive and where wanted values stay; [`SendBuf`] is
//! the queue of bytes for the socket. [`Sink`] is how every writer of this crate emits bytes,
//! so that one piece of code can count its output, write it whole, or write any part of it.

mod recv;
mod send;
mod sink;

pub use recv::RecvBuf;
pub(crate) use recv::Source;
pub use send::SendBuf;
pub use sink::{Counter, Sink, Window};
pub(crate) use sink::{Escape, Escaping, put_decimal};

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
        let (name, remedy) = match self.memory {
            Memory::Receive => ("receive buffer", "lend a larger one"),
            Memory::Send => ("send buffer", "flush it, or lend a larger one"),
            Memory::Outbox => ("outbox", "wait for acks, or lend a larger one"),
        };
        write!(
            f,
            "the {name} is too small: {} bytes wanted, {} available; {remedy}",
            self.wanted, self.available
        )
    }
}

impl core::error::Error for ResourceError {}

/// Copies of `from` what `to` has room for; returns how many bytes.
#[inline(never)] // one copy serves all
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> usize {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    to.len().min(from.len())
}

/// Moves the bytes behind the first `skip` ones of `bytes` to its front.
///
/// In pieces as long as the gap, none of which overlaps its goal: each is one `memcpy`. The
/// standard `copy_within` keeps a panic path where it is not inlined, as at opt-level `z`.
pub(crate) fn shift(bytes: &mut [u8], skip: usize) {
    let mut bytes = bytes;
    if skip == 0 {
        return;
    }
    while let Some((gap, rest)) = bytes.split_at_mut_checked(skip)
        && !rest.is_empty()
    {
        copy(gap, rest);
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::shift;
    use std::vec::Vec;

    #[test]
    fn shifts_by_any_gap() {
        let longest = if cfg!(miri) { 12 } else { 40 };
        for len in 0..longest {
            for skip in 0..usize::from(longest) + 5 {
                let mut bytes: Vec<u8> = (0..len).collect();
                shift(&mut bytes, skip);
                let moved: Vec<u8> = (0..len).skip(skip).collect();
                if skip <= bytes.len() {
                    assert_eq!(bytes[..moved.len()], moved, "{len} by {skip}");
                }
            }
        }
    }
}
