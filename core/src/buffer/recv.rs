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
pub struct RecvBuf<'m> {
    pub(super) memory: &'m mut [u8],
    pub(super) marks: Marks,
}

/// The state of a [`RecvBuf`] apart from its memory. All positions are offsets in the memory.
///
/// Invariant: `prefix_end <= finished <= region_end <= consumed <= filled <= end <= capacity`, and
/// `copy_end` is 0 or in `end..=capacity`.
#[derive(Clone, Copy)]
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
    /// Whether the region may still grow.
    pub(super) open: bool,
    /// Whether something did not fit into the region.
    pub(super) overflowed: bool,
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

    /// Creates a buffer over `memory`. A memory smaller than [`MIN`](Self::MIN) does not compile.
    pub fn new<const N: usize>(memory: &'m mut [u8; N]) -> Self {
        const { assert!(N >= Self::MIN, "RecvBuf needs at least RecvBuf::MIN bytes") }
        Self::over(memory)
    }

    /// Creates a buffer over `memory` whose size is known at run time only.
    ///
    /// # Errors
    /// [`ResourceError`] if the memory is smaller than [`MIN`](Self::MIN).
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
        let end = memory.len();
        Self {
            memory,
            marks: Marks {
                prefix_end: 0,
                finished: 0,
                region_end: 0,
                end,
                consumed: 0,
                filled: 0,
                copy_end: 0,
                margin: Self::MARGIN,
                open: false,
                overflowed: false,
            },
        }
    }

    /// Returns the size of the memory, in bytes.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Returns whether the buffer holds nothing, so that another buffer may take its place.
    pub fn is_empty(&self) -> bool {
        let Marks {
            region_end,
            consumed,
            filled,
            copy_end,
            open,
            ..
        } = self.marks;
        region_end == 0 && copy_end == 0 && consumed == filled && !open
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
        self.marks.end = self.memory.len();
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

    fn compact(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::RecvBuf;

    fn fill(rx: &mut RecvBuf<'_>, bytes: &[u8]) {
        rx.space()[..bytes.len()].copy_from_slice(bytes);
        rx.filled(bytes.len());
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
