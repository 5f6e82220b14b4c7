//! The send buffer: a queue of bytes for the socket.

use super::bytes::{copy, shift};
use super::error::{Memory, ResourceError};
use super::sink::{Sink, Window};
use core::fmt;

/// The bytes that wait for the socket, in memory that the caller lends.
///
/// ```text
/// 0        sent       filled            len - RESERVE   len - 125   len
/// | (sent) | pending  | room for output | room          | held      |
///                                       |<--------- RESERVE ------->|
/// ```
///
/// The reserve at the end is for one urgent piece of output, such as a pong or a close frame of the
/// `websocket` layer, while everything else fills the buffer. The payload is held there; the frame
/// is appended once there is room.
///
/// ```
/// use slack_rtm::buffer::SendBuf;
///
/// let mut memory = [0; 256];
/// let mut tx = SendBuf::new(&mut memory); // or SendBuf::try_from(&mut slice)?
/// tx.append(0, |sink| sink.put(b"GET /")); // a state machine does this
///
/// // A socket writes the pending bytes; `write_with` reports how many it took.
/// let write = |bytes: &[u8]| -> Result<usize, std::io::Error> { Ok(bytes.len().min(3)) };
/// tx.write_with(write)?;
/// assert_eq!(tx.pending(), b" /");
///
/// // The bytes stay in the memory while the state is kept apart from it.
/// let state = tx.into_state();
/// let tx = SendBuf::with_state(&mut memory, state)?;
/// assert_eq!(tx.pending(), b" /");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SendBuf<'m> {
    memory: &'m mut [u8],
    marks: Marks,
}

/// The state of a [`SendBuf`] apart from its memory, from [`SendBuf::into_state`].
///
/// It lets a program own the memory and the buffer in one struct: put both together with
/// [`SendBuf::with_state`] for a poll, and take them apart afterwards. There is one state for one
/// buffer, so it cannot be copied: use [`take`](core::mem::take), which leaves an empty one.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SendState {
    marks: Marks,
    /// The size of the memory.
    capacity: usize,
}

impl SendState {
    /// The state of a buffer that holds nothing.
    pub const EMPTY: Self = Self {
        marks: Marks::EMPTY,
        capacity: 0,
    };

    /// Returns whether the buffer holds nothing, so that its memory may be used for something else.
    pub const fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}

impl Default for SendState {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// The positions of a [`SendBuf`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Marks {
    /// Invariant: `sent <= filled <= memory.len() - HELD`.
    sent: usize,
    filled: usize,
    /// Whether the last `HELD` bytes of the memory hold output for later.
    is_holding: bool,
    /// Whether the socket took bytes since the last call of [`take_progress`](Self::take_progress).
    taken: bool,
}

/// Bytes at the end of the memory that hold output for later: the longest payload of a control
/// frame (RFC 6455 section 5.5).
const HELD: usize = 125;

impl Marks {
    const EMPTY: Self = Self {
        sent: 0,
        filled: 0,
        is_holding: false,
        taken: false,
    };

    const fn is_empty(&self) -> bool {
        self.sent == self.filled && !self.is_holding
    }
}

impl<'m> SendBuf<'m> {
    /// The smallest send memory, in bytes.
    pub const MIN: usize = 256;

    /// Bytes at the end of the memory that ordinary output never takes: 125 bytes of payload and a
    /// header of 6, which is a client's longest control frame (RFC 6455 section 5.5).
    pub const RESERVE: usize = 6 + HELD;

    /// Creates a buffer over an array. An array smaller than [`MIN`](Self::MIN) does not compile.
    ///
    /// For memory whose size is known at run time only, use [`TryFrom`]:
    /// `SendBuf::try_from(&mut slice)`.
    pub const fn new<const N: usize>(memory: &'m mut [u8; N]) -> Self {
        const { assert!(N >= Self::MIN, "SendBuf needs at least SendBuf::MIN bytes") }
        Self::over(memory)
    }

    const fn over(memory: &'m mut [u8]) -> Self {
        let marks = Marks::EMPTY;
        Self { memory, marks }
    }

    /// Puts a buffer together again: `memory` with its unchanged contents, and the state that
    /// [`into_state`](Self::into_state) returned. If the state [is empty](SendState::is_empty), the
    /// contents do not matter, and other memory may be passed.
    ///
    /// # Errors
    /// [`ResourceError`] if `memory` is smaller than [`MIN`](Self::MIN), or does not have the size
    /// of the memory that the state, which is not empty, belongs to.
    pub fn with_state(memory: &'m mut [u8], state: SendState) -> Result<Self, ResourceError> {
        if state.is_empty() {
            return Self::try_from(memory);
        }
        if memory.len() != state.capacity {
            return Err(too_small(state.capacity, memory.len()));
        }
        Ok(Self {
            memory,
            marks: state.marks,
        })
    }

    /// Takes the buffer apart, and returns its state without the memory.
    pub const fn into_state(self) -> SendState {
        SendState {
            marks: self.marks,
            capacity: self.memory.len(),
        }
    }

    /// Returns the size of the memory, in bytes.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Returns whether nothing waits, neither pending nor in the reserve, so that another buffer
    /// may take its place.
    ///
    /// Use [`pending`](Self::pending) to check whether there is something to write: output in the
    /// reserve becomes pending at a later poll.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Returns the bytes for the socket to write next; [`sent`](Self::sent) removes them.
    pub fn pending(&self) -> &[u8] {
        self.memory
            .get(self.marks.sent..self.marks.filled)
            .unwrap_or_default()
    }

    /// Removes the first `count` pending bytes: the socket took them.
    pub fn sent(&mut self, count: usize) {
        self.marks.taken |= count > 0;
        self.marks.sent = self.marks.sent.saturating_add(count).min(self.marks.filled);
        if self.marks.sent == self.marks.filled {
            self.marks.sent = 0;
            self.marks.filled = 0;
        }
    }

    /// Passes the pending bytes to `write` and removes as many as it returns; returns that count.
    ///
    /// # Errors
    /// Any error of `write`; the buffer is then as before.
    pub fn write_with<E>(
        &mut self,
        write: impl FnOnce(&[u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let count = write(self.pending())?;
        self.sent(count);
        Ok(count)
    }

    /// Appends the output of `write` after its first `skip` bytes, as far as there is room.
    ///
    /// Returns how many bytes were appended, and whether they reach the end of the output.
    pub fn append(&mut self, skip: usize, write: impl FnOnce(&mut dyn Sink)) -> (usize, bool) {
        let mut window = Window::new(skip, self.room());
        write(&mut window);
        let (written, finished) = (window.written(), !window.overflowed());
        self.filled(written);
        (written, finished)
    }

    /// Discards everything that waits, in the reserve too.
    pub fn clear(&mut self) {
        self.marks.sent = 0;
        self.marks.filled = 0;
        self.marks.is_holding = false;
    }

    /// Returns whether the socket took bytes since the last call, and forgets them.
    pub(crate) const fn take_progress(&mut self) -> bool {
        core::mem::replace(&mut self.marks.taken, false)
    }

    /// Returns the room after the pending bytes, without the reserve; [`filled`](Self::filled)
    /// appends the bytes written there.
    ///
    /// Moves pending bytes to the front when that gains much.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        let end = self.memory.len().saturating_sub(Self::RESERVE);
        if self.marks.sent > 0 && self.marks.sent >= end.saturating_sub(self.marks.filled) {
            self.compact();
        }
        self.memory
            .get_mut(self.marks.filled..end)
            .unwrap_or_default()
    }

    /// Appends the first `count` bytes of the room to the pending ones.
    #[inline(never)] // one copy serves all writers
    pub(crate) fn filled(&mut self, count: usize) {
        let most = self.memory.len().saturating_sub(HELD);
        self.marks.filled = self.marks.filled.saturating_add(count).min(most);
    }

    fn compact(&mut self) {
        let pending = self.memory.get_mut(..self.marks.filled).unwrap_or_default();
        shift(pending, self.marks.sent);
        self.marks.filled -= self.marks.sent;
        self.marks.sent = 0;
    }
}

impl<'m> TryFrom<&'m mut [u8]> for SendBuf<'m> {
    type Error = ResourceError;

    /// Creates a buffer over memory whose size is known at run time only.
    ///
    /// # Errors
    /// [`ResourceError`] if the memory is smaller than [`MIN`](Self::MIN); it has both sizes.
    fn try_from(memory: &'m mut [u8]) -> Result<Self, ResourceError> {
        if memory.len() < Self::MIN {
            return Err(too_small(Self::MIN, memory.len()));
        }
        Ok(Self::over(memory))
    }
}

const fn too_small(wanted: usize, available: usize) -> ResourceError {
    ResourceError {
        memory: Memory::Send,
        wanted,
        available,
    }
}

/// The reserve.
impl SendBuf<'_> {
    /// Returns whether the reserve holds output for later.
    pub(crate) const fn is_holding(&self) -> bool {
        self.marks.is_holding
    }

    /// Holds `head` and then `tail` in the reserve, replacing the held bytes. Returns the number of
    /// bytes held; those beyond the 125 that it can hold are dropped.
    pub(crate) fn hold(&mut self, head: &[u8], tail: &[u8]) -> usize {
        let Some(held) = self.memory.last_chunk_mut::<HELD>() else {
            return 0;
        };
        self.marks.is_holding = true;
        let count = copy(held, head);
        count + copy(held.get_mut(count..).unwrap_or_default(), tail)
    }

    /// Returns `count` bytes of room after the pending ones, and the bytes held in the reserve.
    /// `None` if there is not so much room, or if nothing is held.
    ///
    /// The room includes the part of the reserve in front of the held bytes. Always enough for
    /// [`RESERVE`](Self::RESERVE) bytes when nothing is pending.
    pub(crate) fn room_for_held(&mut self, count: usize) -> Option<(&mut [u8], &[u8])> {
        if !self.marks.is_holding {
            return None;
        }
        let end = self.memory.len().saturating_sub(HELD);
        if self.marks.sent > 0 && end.saturating_sub(self.marks.filled) < count {
            self.compact();
        }
        let (front, held) = self.memory.split_at_mut_checked(end)?;
        let room = front.get_mut(self.marks.filled..)?.get_mut(..count)?;
        Some((room, held))
    }

    /// Appends the first `count` bytes of [`room_for_held`](Self::room_for_held) to the pending
    /// ones, and discards the held ones.
    pub(crate) fn release(&mut self, count: usize) {
        self.marks.is_holding = false;
        self.filled(count);
    }
}

/// Shows no byte: a request contains the token.
impl fmt::Debug for SendBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendBuf")
            .field("capacity", &self.capacity())
            .field("pending", &self.pending().len())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(SendBuf<'_>);

#[cfg(test)]
mod tests {
    use super::SendBuf;

    #[test]
    fn held_bytes_keep_the_buffer_from_being_empty_until_released_or_cleared() {
        let mut memory = [0; 256];
        let mut tx = SendBuf::new(&mut memory);
        assert_eq!(tx.hold(b"pong", &[7; 200]), 125);
        assert!(tx.is_holding() && !tx.is_empty() && tx.pending().is_empty());
        tx.clear();
        assert!(tx.is_empty() && tx.room_for_held(1).is_none());

        let room = tx.room().len();
        assert_eq!(room, 256 - SendBuf::RESERVE);
        tx.filled(room);
        assert!(tx.room().is_empty());
        assert_eq!(tx.hold(b"po", b"ng"), 4);
        assert_eq!(tx.room_for_held(7), None, "six bytes in front of the held");
        let (room, held) = tx.room_for_held(6).expect("room");
        assert_eq!((room.len(), &held[..4]), (6, &b"pong"[..]));
        tx.sent(1);
        tx.room_for_held(7).expect("room").0.fill(1);
        tx.release(7);
        tx.sent(124);
        assert_eq!(tx.pending(), [1; 7]);
        tx.sent(7);
        assert!(tx.is_empty());
        tx.hold(b"", b"");
        assert!(tx.room_for_held(SendBuf::RESERVE).is_some());
    }

    #[test]
    fn pending_bytes_never_reach_the_held_ones() {
        let mut memory = [0; 256];
        let mut tx = SendBuf::new(&mut memory);
        tx.hold(b"pong", b"");
        tx.filled(usize::MAX);
        assert_eq!(tx.pending().len(), 256 - 125);
        assert_eq!(tx.room_for_held(1), None);
        tx.sent(1);
        assert!(
            tx.room_for_held(1)
                .is_some_and(|(_, held)| held.starts_with(b"pong"))
        );
    }
}
