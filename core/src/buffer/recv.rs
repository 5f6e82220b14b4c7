//! The receive buffer: retained bytes in front, then unread bytes, then room for the socket.

use super::bytes::{copy, shift};
use super::error::{Memory, ResourceError};
use core::fmt;

/// The caller's memory for received bytes.
///
/// ```text
/// 0        prefix_end      region_end   consumed         filled     end     copy_end   capacity
/// | prefix | region        | (gap)      | unread bytes   | free     | copy  |          |
/// |<----- retained ------->|
/// ```
///
/// Values that are needed later are retained at the front, where the bytes they came in have been
/// consumed: bytes kept as they are in the prefix, the output of a parser in the region. At least
/// [`LEAST_READ`](Self::LEAST_READ) bytes are never taken by values, so that reading always goes
/// on.
///
/// The memory may be split: the part after `end` is then for a copy of consumed bytes.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
///
/// let mut memory = [0; 512];
/// let mut rx = RecvBuf::new(&mut memory); // or RecvBuf::try_from(&mut slice)?
/// // A socket reads into the free bytes; `read_with` reports how many.
/// let read = |space: &mut [u8]| -> Result<usize, std::io::Error> {
///     space[..4].copy_from_slice(b"ping");
///     Ok(4)
/// };
/// rx.read_with(read)?;
/// assert_eq!(rx.unread(), b"ping");
/// rx.consume(4); // a state machine does this
///
/// // The memory is free for something else while the state is kept apart from it.
/// let state = rx.into_state();
/// let rx = RecvBuf::with_state(&mut memory, state)?;
/// assert!(rx.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RecvBuf<'m> {
    pub(super) memory: &'m mut [u8],
    pub(super) marks: Marks,
}

/// The state of a [`RecvBuf`] apart from its memory, from [`RecvBuf::into_state`].
///
/// It lets a program own the memory and the buffer in one struct: put both together with
/// [`RecvBuf::with_state`] for a poll, and take them apart afterwards. There is one state for one
/// buffer, so it cannot be copied: use [`take`](core::mem::take), which leaves an empty one.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RecvState {
    marks: Marks,
    /// The size of the memory.
    capacity: usize,
}

impl RecvState {
    /// The state of a buffer that holds nothing.
    pub const EMPTY: Self = Self {
        marks: Marks::new(0),
        capacity: 0,
    };

    /// Returns whether the buffer holds nothing, so that its memory may be used for something else.
    pub const fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}

/// The positions of a [`RecvBuf`]. All of them are offsets in the memory.
///
/// Invariant: `prefix_end <= finished <= region_end <= consumed <= filled <= end <= capacity`, and
/// `copy_end` is 0 or in `end..=capacity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Marks {
    /// The end of the bytes kept by [`RecvBuf::keep`], where the region begins.
    pub(super) prefix_end: usize,
    /// The end of the finished part of the region.
    pub(super) finished: usize,
    /// The end of the region.
    pub(super) region_end: usize,
    /// The end of the memory for all but the copy.
    pub(super) end: usize,
    /// The beginning of the unread bytes.
    pub(super) consumed: usize,
    /// The end of the unread bytes.
    pub(super) filled: usize,
    /// The end of the copy, which begins at `end`; 0 while there is none.
    pub(super) copy_end: usize,
    /// Bytes that the region leaves free.
    pub(super) margin: usize,
    /// Whether the memory is split at `end`.
    pub(super) is_split: bool,
    /// Whether the region may still grow.
    pub(super) open: bool,
    /// Whether something did not fit into the region.
    pub(super) overflowed: bool,
    /// Whether the user of the region has marked it.
    pub(super) marked: bool,
}

impl Marks {
    const fn new(end: usize) -> Self {
        Self {
            prefix_end: 0,
            finished: 0,
            region_end: 0,
            end,
            consumed: 0,
            filled: 0,
            copy_end: 0,
            margin: RecvBuf::MARGIN,
            is_split: false,
            open: false,
            overflowed: false,
            marked: false,
        }
    }

    const fn is_empty(&self) -> bool {
        self.region_end == 0 && self.copy_end == 0 && self.consumed == self.filled && !self.open
    }
}

impl<'m> RecvBuf<'m> {
    /// The smallest receive memory, in bytes.
    pub const MIN: usize = 512;

    /// Bytes that are always left for unread bytes and the socket.
    pub const LEAST_READ: usize = 16;

    /// Bytes that stay free between the region and the unread bytes, if they were free: so many
    /// bytes may be appended to the region before as many of the source are consumed.
    pub(crate) const GAP: usize = 8;

    /// Bytes that no value may take: to read on, for the gap, and 32 more, so that large values do
    /// not reduce reads to the smallest pieces.
    pub(crate) const MARGIN: usize = Self::LEAST_READ + Self::GAP + 32;

    /// Creates a buffer over an array. An array smaller than [`MIN`](Self::MIN) does not compile.
    ///
    /// For memory whose size is known at run time only, use [`TryFrom`]:
    /// `RecvBuf::try_from(&mut slice)`.
    pub const fn new<const N: usize>(memory: &'m mut [u8; N]) -> Self {
        const { assert!(N >= Self::MIN, "RecvBuf needs at least RecvBuf::MIN bytes") }
        Self::over(memory)
    }

    const fn over(memory: &'m mut [u8]) -> Self {
        let marks = Marks::new(memory.len());
        Self { memory, marks }
    }

    /// Puts a buffer together again: `memory` with its unchanged contents, and the state that
    /// [`into_state`](Self::into_state) returned. If the state [is empty](RecvState::is_empty), the
    /// contents do not matter, and other memory may be passed.
    ///
    /// # Errors
    /// [`ResourceError`] if `memory` is smaller than [`MIN`](Self::MIN), or does not have the size
    /// of the memory that the state, which is not empty, belongs to.
    pub fn with_state(memory: &'m mut [u8], state: RecvState) -> Result<Self, ResourceError> {
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
    pub const fn into_state(self) -> RecvState {
        RecvState {
            marks: self.marks,
            capacity: self.memory.len(),
        }
    }

    /// Returns the size of the memory, in bytes.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Returns whether the buffer holds nothing, so that another buffer may take its place.
    pub const fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Returns the free bytes for the socket to read into. Report the number of bytes read with
    /// [`filled`](Self::filled).
    ///
    /// Moves unread bytes to the front when that gains much.
    pub fn space(&mut self) -> &mut [u8] {
        let marks = self.marks;
        let free = marks.end.saturating_sub(marks.filled);
        let gap = marks.consumed.saturating_sub(marks.region_end);
        if marks.consumed == marks.filled || free <= gap {
            self.compact();
        }
        self.memory
            .get_mut(self.marks.filled..self.marks.end)
            .unwrap_or_default()
    }

    /// Returns whether [`space`](Self::space) has room.
    pub(crate) const fn has_room(&self) -> bool {
        let marks = &self.marks;
        marks.filled < marks.end || marks.consumed > marks.region_end + Self::GAP
    }

    /// Adds the first `count` bytes of [`space`](Self::space) to the unread bytes.
    pub fn filled(&mut self, count: usize) {
        let filled = self.marks.filled.saturating_add(count);
        self.marks.filled = filled.min(self.marks.end);
    }

    /// Calls `read` with the free bytes. `read` returns the number of bytes that it read.
    ///
    /// # Errors
    /// Returns the error of `read`; the buffer is then unchanged.
    pub fn read_with<E>(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let count = read(self.space())?;
        self.filled(count);
        Ok(count)
    }

    /// Returns the bytes that arrived and were not consumed yet.
    pub fn unread(&self) -> &[u8] {
        self.bytes(self.marks.consumed, self.marks.filled)
    }

    /// Consumes `count` unread bytes.
    pub fn consume(&mut self, count: usize) {
        let consumed = self.marks.consumed.saturating_add(count);
        self.marks.consumed = consumed.min(self.marks.filled);
    }

    /// Consumes `count` of the bytes that are unread: without the checks of
    /// [`consume`](Self::consume), which cost the extractor 1 % of its instructions.
    pub(crate) const fn consume_known(&mut self, count: usize) {
        self.marks.consumed += count;
    }

    /// Discards everything: retained values and unread bytes.
    pub fn clear(&mut self) {
        self.drop_retained();
        self.marks.consumed = 0;
        self.marks.filled = 0;
    }

    /// Discards everything, and joins a split memory.
    pub(crate) fn reset(&mut self) {
        self.clear();
        self.join();
    }

    /// Discards the region and the copy. The neutral name of
    /// [`drop_records`](Self::drop_records): this layer knows no records.
    pub(crate) fn drop_region(&mut self) {
        let marks = &mut self.marks;
        marks.finished = marks.prefix_end;
        marks.region_end = marks.prefix_end;
        marks.copy_end = 0;
        marks.open = false;
        marks.overflowed = false;
        marks.marked = false;
    }

    /// Returns the bytes at `from..to` in the memory.
    #[inline(never)] // one copy of the code serves all callers
    pub(crate) fn bytes(&self, from: usize, to: usize) -> &[u8] {
        self.memory.get(from..to).unwrap_or_default()
    }

    /// Replaces the bytes at `at` in the memory.
    pub(crate) fn patch(&mut self, at: usize, bytes: &[u8]) {
        copy(self.memory.get_mut(at..).unwrap_or_default(), bytes);
    }

    /// Moves the bytes at `from..to` in the memory to `at`, which lies before them.
    pub(super) fn shift(&mut self, from: usize, to: usize, at: usize) {
        if let Some(part) = self.memory.get_mut(at..to) {
            shift(part, from.saturating_sub(at));
        }
    }

    pub(super) fn compact(&mut self) {
        let Marks {
            region_end,
            consumed,
            filled,
            ..
        } = self.marks;
        let to = consumed.min(region_end + Self::GAP);
        self.shift(consumed, filled, to);
        self.marks.filled -= consumed - to;
        self.marks.consumed = to;
    }
}

impl<'m> TryFrom<&'m mut [u8]> for RecvBuf<'m> {
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
        memory: Memory::Receive,
        wanted,
        available,
    }
}

impl Default for RecvState {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// The position in the unread bytes, for a parser that consumes them. Positions are offsets in the
/// memory.
impl RecvBuf<'_> {
    /// Returns the beginning of the unread bytes.
    pub(crate) const fn position(&self) -> usize {
        self.marks.consumed
    }

    /// Replaces the last consumed bytes by the UTF-8 of `character`, which must not be longer.
    /// Returns the position of the UTF-8, and its length.
    pub(crate) fn write_consumed(&mut self, character: char) -> (usize, usize) {
        let mut utf8 = [0; 4];
        let bytes = character.encode_utf8(&mut utf8).as_bytes();
        let at = self.marks.consumed.saturating_sub(bytes.len());
        self.patch(at, bytes);
        (at, bytes.len())
    }
}

/// The prefix: bytes kept as they are.
impl RecvBuf<'_> {
    /// Keeps `len` unread bytes after the first `skip` ones as they are, and consumes both. Where
    /// fewer bytes are unread, it keeps those.
    ///
    /// [`kept`](Self::kept) returns them until [`drop_retained`](Self::drop_retained). Further
    /// bytes are appended. Not possible while other values are retained.
    ///
    /// ```
    /// # use slack_rtm::buffer::RecvBuf;
    /// # let mut memory = [0; 512];
    /// let mut rx = RecvBuf::new(&mut memory);
    /// rx.read_with(|space| Ok::<_, ()>(b"Location: /there\r\n".iter().zip(space).map(|(from, to)| *to = *from).count()));
    /// rx.keep(10, 6)?;
    /// assert_eq!((rx.kept(), rx.unread()), (&b"/there"[..], &b"\r\n"[..]));
    /// # Ok::<(), slack_rtm::buffer::ResourceError>(())
    /// ```
    ///
    /// # Errors
    /// [`ResourceError`] if that would leave too little memory to read on. The bytes are consumed.
    pub fn keep(&mut self, skip: usize, len: usize) -> Result<(), ResourceError> {
        let Marks {
            prefix_end,
            region_end,
            consumed,
            filled,
            end,
            ..
        } = self.marks;
        let from = consumed.saturating_add(skip).min(filled);
        self.consume(skip.saturating_add(len));
        let to = self.marks.consumed;
        let wanted = region_end.saturating_add(to.saturating_sub(from));
        let available = end.saturating_sub(Self::MARGIN);
        if wanted > available || region_end != prefix_end {
            return Err(ResourceError {
                memory: Memory::Receive,
                wanted: wanted.saturating_add(Self::MARGIN),
                available: end,
            });
        }
        self.shift(from, to, prefix_end);
        self.marks.prefix_end = wanted;
        self.marks.region_end = wanted;
        Ok(())
    }

    /// Returns the bytes kept by [`keep`](Self::keep).
    pub fn kept(&self) -> &[u8] {
        self.bytes(0, self.marks.prefix_end)
    }

    /// Discards everything retained: the kept bytes, other values, the copy.
    pub fn drop_retained(&mut self) {
        self.marks.prefix_end = 0;
        self.drop_region();
    }
}

/// Shows no byte: the URL of a socket may be among them.
impl fmt::Debug for RecvBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvBuf")
            .field("capacity", &self.capacity())
            .field("retained", &self.marks.region_end)
            .field("unread", &self.unread().len())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(RecvBuf<'_>);

#[cfg(test)]
mod tests {
    use super::RecvBuf;

    fn fill(rx: &mut RecvBuf<'_>, bytes: &[u8]) {
        rx.space()[..bytes.len()].copy_from_slice(bytes);
        rx.filled(bytes.len());
    }

    #[test]
    fn a_buffer_is_put_together_again_with_the_same_memory_only() {
        let mut memory = [b'x'; 512];
        let mut rx = RecvBuf::new(&mut memory);
        fill(&mut rx, b"ping");
        let state = rx.into_state();
        assert!(!state.is_empty());
        let mut rx = RecvBuf::with_state(&mut memory, state).expect("the same memory");
        assert_eq!(rx.unread(), b"ping");
        rx.consume(4);
        let (empty, mut other) = (rx.into_state(), [0; 600]);
        let mut full = RecvBuf::new(&mut memory);
        fill(&mut full, b"ping");
        let error = RecvBuf::with_state(&mut other, full.into_state()).expect_err("another size");
        assert_eq!((error.wanted, error.available), (512, 600));
        let rx = RecvBuf::with_state(&mut other, empty).expect("nothing is in it");
        assert_eq!((rx.unread(), rx.capacity()), (&b""[..], 600));
        let empty = rx.into_state();
        let error = RecvBuf::with_state(&mut other[..511], empty).expect_err("too small");
        assert_eq!((error.wanted, error.available), (RecvBuf::MIN, 511));
    }

    #[test]
    fn no_more_bytes_are_kept_than_were_unread() {
        let mut memory = [b'x'; 512];
        let mut rx = RecvBuf::new(&mut memory);
        fill(&mut rx, b"skipped kept");
        rx.keep(8, 100).expect("room");
        assert_eq!((rx.kept(), rx.unread()), (&b"kept"[..], &b""[..]));
        fill(&mut rx, b"more");
        rx.keep(0, usize::MAX).expect("room");
        assert_eq!(rx.kept(), b"keptmore");
        fill(&mut rx, b"short");
        rx.keep(100, 100).expect("room");
        assert_eq!((rx.kept(), rx.unread()), (&b"keptmore"[..], &b""[..]));
        rx.drop_retained();
        assert!(rx.is_empty() && rx.kept().is_empty());
    }
}
