//! The send buffer: a queue of bytes for the socket.

use super::{Memory, ResourceError, Sink, Window};

/// The caller's send memory: the bytes that wait for the socket.
///
/// ```text
/// 0        sent       filled               len - RESERVE     len
/// | (sent) | pending  | room for frames    | pong or close   |
/// ```
///
/// The end of the memory is kept for one control frame: its payload waits there while a frame is
/// under way, and it always finds room when that frame has ended.
#[derive(Debug)]
pub struct SendBuf<'m> {
    memory: &'m mut [u8],
    /// Invariant: `sent <= filled <= memory.len()`, and `filled <= memory.len() - SLOT` while
    /// something waits in the reserve.
    sent: usize,
    filled: usize,
    waiting: Option<Waiting>,
}

/// The control frame whose payload waits in the last bytes of the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    tag: u8,
    len: u8,
}

/// Bytes at the end of the memory where the waiting control frame's payload stands.
const SLOT: usize = 125;

impl<'m> SendBuf<'m> {
    /// The smallest send memory, in bytes.
    pub const MIN: usize = 256;

    /// Bytes at the end that only a control frame may take: a client's header of 6 bytes and a
    /// payload of 125 (RFC 6455 section 5.5).
    pub const RESERVE: usize = 6 + SLOT;

    /// A buffer over `memory`; one smaller than [`MIN`](Self::MIN) does not compile.
    pub fn new<const N: usize>(memory: &'m mut [u8; N]) -> Self {
        const { assert!(N >= 256, "SendBuf needs at least SendBuf::MIN bytes") }
        Self {
            memory,
            sent: 0,
            filled: 0,
            waiting: None,
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
            waiting: None,
        })
    }

    /// The size of the memory, in bytes.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Whether nothing waits for the socket, so that another buffer may take its place.
    pub fn is_empty(&self) -> bool {
        self.sent == self.filled && self.waiting.is_none()
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
        self.filled(written);
        (written, finished)
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        self.sent = 0;
        self.filled = 0;
        self.waiting = None;
    }

    /// Room behind the pending bytes, without the reserve; tell how much was used by
    /// [`filled`](Self::filled).
    ///
    /// Moves pending bytes to the front when that gains much.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        let end = self.memory.len().saturating_sub(Self::RESERVE);
        if self.sent > 0 && self.sent >= end.saturating_sub(self.filled) {
            self.compact();
        }
        self.memory.get_mut(self.filled..end).unwrap_or_default()
    }

    /// `count` bytes were written into [`room`](Self::room).
    pub(crate) fn filled(&mut self, count: usize) {
        self.filled = self.filled.saturating_add(count).min(self.memory.len());
    }

    /// Puts the payload of a control frame, `head` and then `tail`, into the reserve; it takes the
    /// place of one that waits. What goes beyond 125 bytes is dropped.
    pub(crate) fn reserve(&mut self, tag: u8, head: &[u8], tail: &[u8]) {
        let Some(slot) = self.memory.last_chunk_mut::<SLOT>() else {
            return;
        };
        let mut len = 0;
        for (to, from) in slot.iter_mut().zip(head.iter().chain(tail)) {
            *to = *from;
            len += 1;
        }
        self.waiting = Some(Waiting { tag, len });
    }

    /// Whether a control frame waits in the reserve.
    pub(crate) const fn has_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Appends the control frame that waits, if there is room for it: `frame` gets its tag and
    /// masks its payload in place, and gives the header.
    ///
    /// The frame may go into the reserve, but not to where a waiting payload stands, so that the
    /// next ping always finds its place.
    ///
    /// # Errors
    /// Whatever `frame` fails with; the frame then waits as before.
    pub(crate) fn append_waiting<E>(
        &mut self,
        frame: impl FnOnce(u8, &mut [u8]) -> Result<[u8; 6], E>,
    ) -> Result<(), E> {
        let Some(waiting) = self.waiting else {
            return Ok(());
        };
        if self.sent > 0 {
            self.compact();
        }
        let len = usize::from(waiting.len);
        let end = self.memory.len().saturating_sub(SLOT);
        let Some((front, slot)) = self.memory.split_at_mut_checked(end) else {
            return Ok(());
        };
        let room = front.get_mut(self.filled..).unwrap_or_default();
        let (Some(payload), Some(room)) = (slot.get_mut(..len), room.get_mut(..6 + len)) else {
            return Ok(());
        };
        let header = frame(waiting.tag, payload)?;
        for (to, from) in room.iter_mut().zip(header.iter().chain(payload.iter())) {
            *to = *from;
        }
        self.filled += room.len();
        self.waiting = None;
        Ok(())
    }

    fn compact(&mut self) {
        // The invariant, said once more so that the checks of `copy_within` fold away.
        if self.sent <= self.filled && self.filled <= self.memory.len() {
            self.memory.copy_within(self.sent..self.filled, 0);
            self.filled -= self.sent;
            self.sent = 0;
        }
    }
}
