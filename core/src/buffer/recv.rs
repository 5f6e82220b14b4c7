//! The receive buffer: kept values in front, unread bytes behind, room for the socket at the end.

use super::{Memory, ResourceError};

/// The caller's receive memory and what of it is in use.
///
/// ```text
/// 0        kept      consumed        filled         len
/// | values |  (gap)  | unread bytes  | free         |
/// ```
#[derive(Debug)]
pub struct RecvBuf<'m> {
    memory: &'m mut [u8],
    /// Invariant: `kept <= consumed <= filled <= memory.len()`.
    kept: usize,
    consumed: usize,
    filled: usize,
}

impl<'m> RecvBuf<'m> {
    /// The smallest receive memory, in bytes.
    pub const MIN: usize = 512;

    /// A buffer over `memory`; one smaller than [`MIN`](Self::MIN) does not compile.
    pub fn new<const N: usize>(memory: &'m mut [u8; N]) -> Self {
        const { assert!(N >= 512, "RecvBuf needs at least RecvBuf::MIN bytes") }
        Self::over(memory)
    }

    /// A buffer over `memory` whose size is known at run time only.
    ///
    /// # Errors
    /// [`ResourceError`] if it is smaller than [`MIN`](Self::MIN).
    pub fn from_slice(memory: &'m mut [u8]) -> Result<Self, ResourceError> {
        if memory.len() < Self::MIN {
            return Err(ResourceError {
                memory: Memory::Receive,
                wanted: Self::MIN,
                available: memory.len(),
            });
        }
        Ok(Self::over(memory))
    }

    fn over(memory: &'m mut [u8]) -> Self {
        Self {
            memory,
            kept: 0,
            consumed: 0,
            filled: 0,
        }
    }

    /// The size of the memory, in bytes.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Whether it holds nothing, so that another buffer may take its place.
    pub fn is_empty(&self) -> bool {
        self.kept == 0 && self.consumed == self.filled
    }

    /// Free bytes for the socket to read into; tell how many by [`filled`](Self::filled).
    ///
    /// Moves unread bytes to the front when that gains much.
    pub fn space(&mut self) -> &mut [u8] {
        let free = self.memory.len().saturating_sub(self.filled);
        let gap = self.consumed.saturating_sub(self.kept);
        if self.consumed == self.filled || free <= gap {
            self.compact();
        }
        self.memory.get_mut(self.filled..).unwrap_or_default()
    }

    /// `count` bytes were read into [`space`](Self::space).
    pub fn filled(&mut self, count: usize) {
        self.filled = self.filled.saturating_add(count).min(self.memory.len());
    }

    /// Lets `read` fill the free space; it returns how many bytes it read.
    ///
    /// # Errors
    /// Whatever `read` fails with; the buffer is then as before.
    pub fn read_with<E>(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let count = read(self.space())?;
        self.filled(count);
        Ok(count)
    }

    /// Bytes that arrived and were not consumed yet.
    pub fn unread(&self) -> &[u8] {
        self.memory
            .get(self.consumed..self.filled)
            .unwrap_or_default()
    }

    /// Passes over `count` unread bytes.
    pub fn consume(&mut self, count: usize) {
        self.consumed = self.consumed.saturating_add(count).min(self.filled);
    }

    /// Drops everything: values, unread bytes.
    pub fn clear(&mut self) {
        self.kept = 0;
        self.consumed = 0;
        self.filled = 0;
    }

    fn compact(&mut self) {
        if self.consumed < self.filled {
            self.memory
                .copy_within(self.consumed..self.filled, self.kept);
        }
        self.filled -= self.consumed - self.kept;
        self.consumed = self.kept;
    }
}
