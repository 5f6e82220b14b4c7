//! The receive buffer: kept values in front, unread bytes behind, room for the socket at the end.

use super::{Memory, ResourceError, copy, shift};
use crate::json::Records;
use core::fmt;

/// The caller's receive memory and what of it is in use.
///
/// ```text
/// 0        kept      consumed        filled         len
/// | values |  (gap)  | unread bytes  | free         |
/// ```
///
/// Values that were asked for are kept at the front, where the bytes they came in have been
/// consumed. At least [`LEAST_READ`](Self::LEAST_READ) bytes are never taken by values, so
/// that reading always goes on.
///
/// With a raw copy of the document ([`split`](Self::split)) the copy stands behind all that.
pub struct RecvBuf<'m> {
    memory: &'m mut [u8],
    /// Invariant: `plain <= kept <= consumed <= filled <= top <= memory.len()`.
    /// A value kept by `keep` ends at `plain`, records end at `kept`.
    plain: usize,
    kept: usize,
    consumed: usize,
    filled: usize,
    /// The end of all but the raw copy.
    top: usize,
    /// The end of the raw copy, which begins at `top`; 0 while there is none.
    copied: usize,
    /// The end of the records that are finished.
    sealed: usize,
    /// A document is being read: values may yet be written in front of the unread bytes.
    reading: bool,
    /// Bytes that the values of this document leave.
    margin: usize,
    /// A wanted value has no record, for there was no room for one.
    lost: bool,
}

/// Bytes that stay between values and unread bytes, if they were there: a record's header may
/// be written before as many bytes of its own source are consumed.
const GAP: usize = 8;

/// In what a document comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The body of an answer.
    Stream,
    /// Messages of a WebSocket.
    Frames,
}

impl<'m> RecvBuf<'m> {
    /// The smallest receive memory, in bytes.
    pub const MIN: usize = 512;

    /// Bytes that are always left for unread bytes and the socket.
    pub const LEAST_READ: usize = 16;

    /// Bytes that no value may take: to read on, for the gap, and 32 more, so that what is read
    /// beside large values does not come in the smallest pieces.
    const MARGIN: usize = Self::LEAST_READ + GAP + 32;

    /// The same for documents that come in frames: between two fragments of one message a
    /// control frame may stand, which is read in one piece (127 bytes).
    const FRAMED_MARGIN: usize = 128 + GAP + 32;

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
        let top = memory.len();
        Self {
            memory,
            plain: 0,
            kept: 0,
            consumed: 0,
            filled: 0,
            top,
            copied: 0,
            sealed: 0,
            reading: false,
            margin: Self::MARGIN,
            lost: false,
        }
    }

    /// The size of the memory, in bytes.
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// Whether it holds nothing, so that another buffer may take its place.
    pub fn is_empty(&self) -> bool {
        self.kept == 0 && self.copied == 0 && self.consumed == self.filled && !self.reading
    }

    /// Free bytes for the socket to read into; tell how many by [`filled`](Self::filled).
    ///
    /// Moves unread bytes to the front when that gains much.
    pub fn space(&mut self) -> &mut [u8] {
        let free = self.top.saturating_sub(self.filled);
        let gap = self.consumed.saturating_sub(self.kept);
        if self.consumed == self.filled || free <= gap {
            self.compact();
        }
        self.memory
            .get_mut(self.filled..self.top)
            .unwrap_or_default()
    }

    /// `count` bytes were read into [`space`](Self::space).
    pub fn filled(&mut self, count: usize) {
        self.filled = self.filled.saturating_add(count).min(self.top);
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
        self.bytes(self.consumed, self.filled)
    }

    /// Passes over `count` unread bytes.
    #[inline(never)]
    pub fn consume(&mut self, count: usize) {
        self.consumed = self.consumed.saturating_add(count).min(self.filled);
    }

    /// Drops everything, and takes a [`split`](Self::split) back.
    pub(crate) fn reset(&mut self) {
        self.clear();
        self.top = self.memory.len();
    }

    /// Drops everything: values, unread bytes.
    pub fn clear(&mut self) {
        self.drop_kept();
        self.consumed = 0;
        self.filled = 0;
    }
}

/// Values that stay.
impl<'m> RecvBuf<'m> {
    /// Keeps `len` unread bytes that stand behind `skip` others as they are, and consumes all
    /// of these. [`kept`](Self::kept) lends them until [`drop_kept`](Self::drop_kept); what is
    /// kept later is appended. Not while there are records.
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
    /// [`ResourceError`] if that would leave too little to read on; the bytes are consumed.
    pub fn keep(&mut self, skip: usize, len: usize) -> Result<(), ResourceError> {
        let from = self.consumed.saturating_add(skip).min(self.filled);
        self.consume(skip.saturating_add(len));
        let wanted = self.kept.saturating_add(len);
        let available = self.top.saturating_sub(Self::MARGIN);
        if wanted > available || self.kept != self.plain {
            return Err(ResourceError {
                memory: Memory::Receive,
                wanted: wanted.saturating_add(Self::MARGIN),
                available: self.top,
            });
        }
        self.shift(from, self.consumed, self.kept);
        self.kept = (self.kept + len).min(self.consumed);
        self.plain = self.kept;
        Ok(())
    }

    /// The bytes kept by [`keep`](Self::keep).
    pub fn kept(&self) -> &[u8] {
        self.bytes(0, self.plain)
    }

    /// Drops all that is kept: bytes, records, the raw copy.
    pub fn drop_kept(&mut self) {
        self.plain = 0;
        self.drop_records();
    }

    /// The values that were kept of the document that was read last, as far as it was read.
    pub const fn records(&self) -> Records<'_> {
        Records::new(self)
    }

    /// Drops the records and the raw copy of a document.
    pub fn drop_records(&mut self) {
        self.kept = self.plain;
        self.sealed = self.plain;
        self.copied = 0;
        self.reading = false;
        self.lost = false;
    }

    /// Divides the memory for reading documents with a raw copy: values may take half of it, the
    /// copy what neither they nor the socket need. Only while it is empty; tells whether it was.
    pub fn split(&mut self) -> bool {
        self.divide(self.memory.len() / 2 + Self::FRAMED_MARGIN)
    }

    /// Takes a [`split`](Self::split) back. Only while it is empty; tells whether it was.
    pub fn join(&mut self) -> bool {
        self.divide(self.memory.len())
    }

    /// Whether the memory is divided by [`split`](Self::split).
    pub const fn is_split(&self) -> bool {
        self.top < self.memory.len()
    }

    /// The raw copy of the document, as far as it was read. `None` if it was not wanted, had no
    /// room or was nested too deep, or if elements of lists went out before.
    pub fn raw(&self) -> Option<&[u8]> {
        self.memory.get(self.top..self.copied)
    }

    fn divide(&mut self, top: usize) -> bool {
        let empty = self.is_empty();
        if empty {
            self.consumed = 0;
            self.filled = 0;
            self.top = top;
            self.drop_kept();
        }
        empty
    }
}

/// For the JSON layer, which writes records.
impl RecvBuf<'_> {
    /// Where the unread bytes begin in the memory.
    pub(crate) const fn position(&self) -> usize {
        self.consumed
    }

    /// Passes over `count` bytes of those that are unread.
    pub(crate) const fn advance(&mut self, count: usize) {
        self.consumed += count;
    }

    /// A document begins: drops what was kept of the one before.
    pub(crate) fn begin_document(&mut self, source: Source) {
        self.margin = match source {
            Source::Stream => Self::MARGIN,
            Source::Frames => Self::FRAMED_MARGIN,
        };
        self.drop_records();
        self.reading = true;
    }

    /// A document ended: nothing more will be written.
    pub(crate) const fn end_document(&mut self) {
        self.reading = false;
    }

    /// The records that are finished.
    pub(crate) fn sealed_records(&self) -> &[u8] {
        self.bytes(self.plain, self.sealed)
    }

    /// Whether a wanted value has no record.
    pub(crate) const fn has_lost(&self) -> bool {
        self.lost
    }

    /// Where records begin in the memory.
    pub(crate) const fn records_start(&self) -> usize {
        self.plain
    }

    /// Where the next record begins in the memory.
    pub(crate) const fn records_end(&self) -> usize {
        self.kept
    }

    /// Bytes that values may still take.
    pub(crate) const fn records_room(&self) -> usize {
        self.top
            .saturating_sub(self.margin)
            .saturating_sub(self.kept)
    }

    /// The size of the memory that records share, in bytes: caps are made from it.
    pub(crate) const fn records_share(&self) -> usize {
        self.top
    }

    /// Writes behind the records. Whether that was possible: not over unread bytes.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> bool {
        let at = self.kept;
        let fits = bytes.len() <= self.consumed.saturating_sub(at);
        if fits {
            self.patch(at, bytes);
            self.kept += bytes.len();
        }
        fits
    }

    /// Writes `len` consumed bytes that stand at `from` in the memory behind the records, which end
    /// before them.
    pub(crate) fn append_consumed(&mut self, from: usize, len: usize) {
        self.shift(from, from + len, self.kept);
        self.kept += len;
    }

    /// Writes a character over the end of the consumed bytes, which were its escape: it is no
    /// longer than that. Tells where it stands, and its length.
    pub(crate) fn write_consumed(&mut self, character: char) -> (usize, usize) {
        let mut utf8 = [0; 4];
        let bytes = character.encode_utf8(&mut utf8).as_bytes();
        let at = self.consumed.saturating_sub(bytes.len());
        self.patch(at, bytes);
        (at, bytes.len())
    }

    /// Replaces what stands at `at` in the memory.
    pub(crate) fn patch(&mut self, at: usize, bytes: &[u8]) {
        copy(self.memory.get_mut(at..).unwrap_or_default(), bytes);
    }

    /// What stands at `from..to` in the memory.
    #[inline(never)] // one copy serves all
    pub(crate) fn bytes(&self, from: usize, to: usize) -> &[u8] {
        self.memory.get(from..to).unwrap_or_default()
    }

    /// Drops the records from `at` in the memory on.
    pub(crate) fn truncate(&mut self, at: usize) {
        self.kept = at.min(self.kept);
    }

    /// Drops the `len` bytes of records at `at` in the memory; those behind move up.
    pub(crate) fn remove(&mut self, at: usize, len: usize) {
        self.shift(at + len, self.kept, at);
        self.kept -= len;
    }

    /// The records up to `end` in the memory are finished.
    pub(crate) const fn seal(&mut self, end: usize) {
        self.sealed = end;
    }

    /// A wanted value has no record.
    pub(crate) const fn set_lost(&mut self, lost: bool) {
        self.lost = lost;
    }

    pub(crate) const fn is_lost(&self) -> bool {
        self.lost
    }

    /// A raw copy begins with the next bytes, if the memory is split for that.
    pub(crate) const fn begin_raw(&mut self) {
        self.copied = if self.is_split() { self.top } else { 0 };
    }

    /// Appends the consumed bytes from `from` in the memory on to the raw copy; without room
    /// for all of them the copy is given up.
    pub(crate) fn append_raw(&mut self, from: usize) {
        let Some((front, raw)) = self.memory.split_at_mut_checked(self.copied) else {
            return;
        };
        let bytes = front.get(from..self.consumed).unwrap_or_default();
        if self.copied == 0 || bytes.len() > raw.len() {
            return self.drop_raw();
        }
        self.copied += copy(raw, bytes);
    }

    /// There is no raw copy any more.
    pub(crate) const fn drop_raw(&mut self) {
        self.copied = 0;
    }

    fn compact(&mut self) {
        let to = self.consumed.min(self.kept + GAP);
        self.shift(self.consumed, self.filled, to);
        self.filled -= self.consumed - to;
        self.consumed = to;
    }

    /// Moves the bytes at `from..to` in the memory to `at`, which lies before them.
    fn shift(&mut self, from: usize, to: usize, at: usize) {
        if let Some(part) = self.memory.get_mut(at..to) {
            shift(part, from.saturating_sub(at));
        }
    }
}

/// Shows no byte: a socket's URL may be among them.
impl fmt::Debug for RecvBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvBuf")
            .field("capacity", &self.capacity())
            .field("kept", &self.kept)
            .field("unread", &self.unread().len())
            .finish_non_exhaustive()
    }
}
