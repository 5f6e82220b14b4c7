//! The send buffer: a queue of bytes for the socket.

use super::{Memory, ResourceError, Sink, Window};

/// The caller's send memory: the bytes that wait for the socket.
///
/// ```text
/// 0        sent       filled               len - RESERVE     len
/// | (sent) | pending  | room for frames    | pong or close   |
/// ```
#[derive(Debug)]
pub struct SendBuf<'m> {
    memory: &'m mut [u8],
    /// Invariant: `sent <= filled <= memory.len()`.
    sent: usize,
    filled: usize,
}

impl<'m> SendBuf<'m> {
    /// The smallest send memory, in bytes.
    pub const MIN: usize = 256;

    /// A buffer over `memory`; one smaller than [`MIN`](Self::MIN) does not compile.
    pub fn new<const N: usize>(memory: &'m mut [u8; N]) -> Self {
        const { assert!(N >= 256, "SendBuf needs at least SendBuf::MIN bytes") }
        Self {
            memory,
            sent: 0,
            filled: 0,
        }
    }

    /// A buffer over `memory` whose size is known at run time only.
    ///
    /// # Errors
    /// [`ResourceError`] if it is smaller than [`MIN`](Self::MIN).
    pub fn from_slice(memory: &'m mut [u8]) -> Result<Self, ResourceError> {
        if memory.len() < Self::MIN {
            return Err(ResourceError {
                memory: Memory::Send,
                wanted: Self::MIN,
                available: memory.len(),
            });
        }
        Ok(Self {
            memory,
            sent: 0,
            filled: 0,
        })
    }

    /// The size of the memory, in bytes.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Whether nothing waits for the socket, so that another buffer may take its place.
    pub fn is_empty(&self) -> bool {
        self.sent == self.filled
    }

    /// The bytes for the socket to write next; tell how many were taken by [`sent`](Self::sent).
    pub fn pending(&self) -> &[u8] {
        self.memory.get(self.sent..self.filled).unwrap_or_default()
    }

    /// The socket took the first `count` pending bytes.
    pub fn sent(&mut self, count: usize) {
        self.sent = self.sent.saturating_add(count).min(self.filled);
        if self.sent == self.filled {
            self.sent = 0;
            self.filled = 0;
        }
    }

    /// Lets `write` take pending bytes; it returns how many it took.
    ///
    /// # Errors
    /// Whatever `write` fails with; the buffer is then as before.
    pub fn write_with<E>(
        &mut self,
        write: impl FnOnce(&[u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let count = write(self.pending())?;
        self.sent(count);
        Ok(count)
    }

    /// Appends what `write` emits behind its first `skip` bytes, as far as there is room.
    ///
    /// Returns how many bytes were appended, and whether that was the end of the output.
    pub fn append(&mut self, skip: usize, write: impl FnOnce(&mut dyn Sink)) -> (usize, bool) {
        let mut window = Window::new(skip, self.room());
        write(&mut window);
        let (written, finished) = (window.written(), !window.overflowed());
        self.filled = self.filled.saturating_add(written).min(self.memory.len());
        (written, finished)
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        self.sent = 0;
        self.filled = 0;
    }

    fn room(&mut self) -> &mut [u8] {
        if self.sent > 0 && self.sent >= self.memory.len() - self.filled {
            self.memory.copy_within(self.sent..self.filled, 0);
            self.filled -= self.sent;
            self.sent = 0;
        }
        self.memory.get_mut(self.filled..).unwrap_or_default()
    }
}
