//! The send buffer: a queue of bytes for the socket.

use super::bytes::{copy, shift};
use super::error::{Memory, ResourceError};
use super::sink::{Sink, Window};
use core::fmt;

/// The caller's send memory: the bytes that wait for the socket.
///
/// ```text
/// 0        sent       filled               len - RESERVE     len
/// | (sent) | pending  | room for frames    | pong or close   |
/// ```
///
/// The end of the memory is kept for one control frame: its payload waits there while a frame is
/// under way, and it always finds room when that frame has ended.
pub struct SendBuf<'m> {
    memory: &'m mut [u8],
    /// Invariant: `sent <= filled <= memory.len()`, and `filled <= memory.len() - SLOT` while
    /// something waits in the reserve.
    sent: usize,
    filled: usize,
    waiting: Waiting,
    /// Whether a frame is under way, so that nothing else may follow the pending bytes.
    held: bool,
    /// Whether the socket took bytes since [`was_taken`](Self::was_taken) told.
    taken: bool,
}

/// What stands in the last bytes of the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Nothing,
    /// The payload of a control frame with this first byte, not yet masked.
    Bare {
        first: u8,
        len: u8,
    },
    /// The masked payload of a control frame with this header: it follows as soon as it may.
    Sealed {
        header: [u8; 6],
        len: u8,
    },
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
        Self::over(memory)
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
        Ok(Self::over(memory))
    }

    const fn over(memory: &'m mut [u8]) -> Self {
        Self {
            memory,
            sent: 0,
            filled: 0,
            waiting: Waiting::Nothing,
            held: false,
            taken: false,
        }
    }

    /// The size of the memory, in bytes.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Whether nothing waits for the socket, so that another buffer may take its place.
    pub fn is_empty(&self) -> bool {
        self.sent == self.filled && self.waiting == Waiting::Nothing
    }

    /// The bytes for the socket to write next; tell how many were taken by [`sent`](Self::sent).
    pub fn pending(&self) -> &[u8] {
        self.memory.get(self.sent..self.filled).unwrap_or_default()
    }

    /// The socket took the first `count` pending bytes.
    pub fn sent(&mut self, count: usize) {
        self.taken |= count > 0;
        self.sent = self.sent.saturating_add(count).min(self.filled);
        if self.sent == self.filled {
            self.sent = 0;
            self.filled = 0;
        }
        self.append_waiting();
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
        self.waiting = Waiting::Nothing;
        self.held = false;
    }

    /// Whether the socket took bytes since this was asked last.
    pub(crate) const fn was_taken(&mut self) -> bool {
        core::mem::replace(&mut self.taken, false)
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
    #[inline(never)] // one copy serves all writers
    pub(crate) fn filled(&mut self, count: usize) {
        self.filled = self.filled.saturating_add(count).min(self.memory.len());
    }

    /// Puts the payload of a control frame, `head` and then `tail`, into the reserve; it takes the
    /// place of one that waits. What goes beyond 125 bytes is dropped.
    pub(crate) fn reserve(&mut self, first: u8, head: &[u8], tail: &[u8]) {
        let Some(slot) = self.memory.last_chunk_mut::<SLOT>() else {
            return;
        };
        let mut len = copy(slot, head);
        len += copy(slot.get_mut(len..).unwrap_or_default(), tail);
        let len = len as u8; // at most SLOT
        self.waiting = Waiting::Bare { first, len };
    }

    /// Whether a control frame waits in the reserve.
    pub(crate) fn has_waiting(&self) -> bool {
        self.waiting != Waiting::Nothing
    }

    /// Lets `seal` mask the payload that waits in the reserve, if it was not masked yet; it gets the
    /// frame's first byte and the payload, and gives the header.
    ///
    /// # Errors
    /// Whatever `seal` fails with; the payload then waits as before.
    pub(crate) fn seal_waiting<E>(
        &mut self,
        seal: impl FnOnce(u8, &mut [u8]) -> Result<[u8; 6], E>,
    ) -> Result<(), E> {
        if let Waiting::Bare { first, len } = self.waiting
            && let Some(slot) = self.memory.last_chunk_mut::<SLOT>()
            && let Some(payload) = slot.get_mut(..usize::from(len))
        {
            let header = seal(first, payload)?;
            self.waiting = Waiting::Sealed { header, len };
        }
        Ok(())
    }

    /// Tells whether a frame is under way. While one is, the control frame in the reserve waits;
    /// when none is, it follows by itself as soon as the socket has taken enough.
    pub(crate) fn hold(&mut self, held: bool) {
        self.held = held;
        self.append_waiting();
    }

    /// Appends the sealed control frame if it may follow and has room. It may go into the reserve,
    /// but not to where a waiting payload stands, so that the next ping always finds its place.
    fn append_waiting(&mut self) {
        let Waiting::Sealed { header, len } = self.waiting else {
            return;
        };
        if self.held {
            return;
        }
        let need = header.len() + usize::from(len);
        let end = self.memory.len().saturating_sub(SLOT);
        if self.sent > 0 && end.saturating_sub(self.filled) < need {
            self.compact();
        }
        if let Some((front, slot)) = self.memory.split_at_mut_checked(end)
            && let Some(room) = front.get_mut(self.filled..)
            && let Some(room) = room.get_mut(..need)
            && let Some((to_header, to_payload)) = room.split_first_chunk_mut()
        {
            *to_header = header;
            copy(to_payload, slot);
            self.filled += need;
            self.waiting = Waiting::Nothing;
        }
    }

    fn compact(&mut self) {
        let pending = self.memory.get_mut(..self.filled).unwrap_or_default();
        shift(pending, self.sent);
        self.filled -= self.sent;
        self.sent = 0;
    }
}

/// Shows no byte: a request among them has the token.
impl fmt::Debug for SendBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendBuf")
            .field("capacity", &self.capacity())
            .field("pending", &self.pending().len())
            .finish_non_exhaustive()
    }
}
