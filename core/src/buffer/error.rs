//! The error for memory that is too small.

use core::fmt;

/// Memory that the caller supplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Memory {
    /// The memory of a [`RecvBuf`](super::RecvBuf).
    Receive,
    /// The memory of a [`SendBuf`](super::SendBuf).
    Send,
    /// The memory for messages that wait.
    Outbox,
    /// The memory for the token.
    Token,
    /// The memory for the output of a writer.
    Output,
    /// The memory for a member of a response that the next call of a sequence needs.
    Sequence,
}

/// Memory of the caller is too small, or too full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ResourceError {
    /// The memory that is too small.
    pub memory: Memory,
    /// The number of bytes needed.
    pub wanted: usize,
    /// The number of bytes available.
    pub available: usize,
}

impl ResourceError {
    /// Returns the stable number of the error, for logs and for C: one for each memory.
    pub const fn code(self) -> u16 {
        match self.memory {
            Memory::Receive => 230,
            Memory::Send => 231,
            Memory::Outbox => 232,
            Memory::Token => 233,
            Memory::Output => 234,
            Memory::Sequence => 235,
        }
    }
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, remedy) = match self.memory {
            Memory::Receive => ("receive buffer", "lend a larger one"),
            Memory::Send => ("send buffer", "flush it, or lend a larger one"),
            Memory::Outbox => ("outbox", "wait for acks, or lend a larger one"),
            Memory::Token => ("memory for the token", "lend a larger one"),
            Memory::Output => ("memory for the output", "lend a larger one"),
            Memory::Sequence => ("memory for a cursor or a URL", "lend a larger one"),
        };
        write!(
            f,
            "the {name} is too small: {} bytes wanted, {} available; {remedy}",
            self.wanted, self.available
        )
    }
}

impl core::error::Error for ResourceError {}
