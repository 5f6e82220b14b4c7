//! The retained region: bytes that a parser writes in front of the unread bytes as it consumes
//! them, and the copy of consumed bytes at the end of the memory.
//!
//! The region begins after the kept bytes. Its front is finished, the rest may still change. All
//! positions are offsets in the memory.

use super::bytes::copy;
use super::recv::RecvBuf;

/// The retained region.
impl RecvBuf<'_> {
    /// Begins an empty region that leaves `margin` bytes of the memory free.
    pub(crate) fn begin_region(&mut self, margin: usize) {
        self.drop_region();
        self.marks.margin = margin;
        self.marks.open = true;
    }

    /// Ends the region: nothing more will be written.
    pub(crate) const fn end_region(&mut self) {
        self.marks.open = false;
    }

    /// Returns the beginning of the region.
    pub(crate) const fn region_start(&self) -> usize {
        self.marks.kept
    }

    /// Returns the end of the region, where the next byte is appended.
    pub(crate) const fn region_end(&self) -> usize {
        self.marks.retained
    }

    /// Returns the number of bytes that the region may still take.
    pub(crate) const fn region_room(&self) -> usize {
        self.marks
            .end
            .saturating_sub(self.marks.margin)
            .saturating_sub(self.marks.retained)
    }

    /// Returns the size of the memory that the region shares with the unread bytes.
    pub(crate) const fn shared_memory(&self) -> usize {
        self.marks.end
    }

    /// Returns the finished part of the region.
    pub(crate) fn finished(&self) -> &[u8] {
        self.bytes(self.marks.kept, self.marks.finished)
    }

    /// Declares the region finished up to `end`.
    pub(crate) const fn finish_to(&mut self, end: usize) {
        self.marks.finished = end;
    }

    /// Returns whether something did not fit into the region.
    pub(crate) const fn has_overflowed(&self) -> bool {
        self.marks.overflowed
    }

    /// Notes whether something did not fit into the region.
    pub(crate) const fn set_overflowed(&mut self, overflowed: bool) {
        self.marks.overflowed = overflowed;
    }

    /// Appends `bytes` to the region unless that would overwrite unread bytes. Returns whether it
    /// did.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> bool {
        let at = self.marks.retained;
        let fits = bytes.len() <= self.marks.consumed.saturating_sub(at);
        if fits {
            self.patch(at, bytes);
            self.marks.retained += bytes.len();
        }
        fits
    }

    /// Appends the `len` consumed bytes at `from`, which lie after the region.
    pub(crate) fn append_consumed(&mut self, from: usize, len: usize) {
        self.shift(from, from + len, self.marks.retained);
        self.marks.retained += len;
    }

    /// Replaces the bytes at `at`.
    pub(crate) fn patch(&mut self, at: usize, bytes: &[u8]) {
        copy(self.memory.get_mut(at..).unwrap_or_default(), bytes);
    }

    /// Removes the `len` bytes of the region at `at`; those after them move up.
    pub(crate) fn remove(&mut self, at: usize, len: usize) {
        self.shift(at + len, self.marks.retained, at);
        self.marks.retained -= len;
    }

    /// Removes the bytes of the region from `at` on.
    pub(crate) fn truncate(&mut self, at: usize) {
        self.marks.retained = at.min(self.marks.retained);
    }
}

/// The source of the region.
impl RecvBuf<'_> {
    /// Returns the beginning of the unread bytes.
    pub(crate) const fn position(&self) -> usize {
        self.marks.consumed
    }

    /// Consumes `count` bytes, which must be unread.
    pub(crate) const fn advance(&mut self, count: usize) {
        self.marks.consumed += count;
    }

    /// Replaces the last consumed bytes by the UTF-8 of `character`, which must not be longer.
    /// Returns where it begins, and its length.
    pub(crate) fn write_consumed(&mut self, character: char) -> (usize, usize) {
        let mut utf8 = [0; 4];
        let bytes = character.encode_utf8(&mut utf8).as_bytes();
        let at = self.marks.consumed.saturating_sub(bytes.len());
        self.patch(at, bytes);
        (at, bytes.len())
    }
}

/// The copy of consumed bytes.
impl RecvBuf<'_> {
    /// Divides the memory at `end`: bytes after it are for the copy. Only while the buffer is
    /// empty; returns whether it was.
    pub(crate) fn divide(&mut self, end: usize) -> bool {
        let empty = self.is_empty();
        if empty {
            self.clear();
            self.marks.end = end;
        }
        empty
    }

    /// Returns whether there is memory for a copy.
    pub(crate) const fn is_divided(&self) -> bool {
        self.marks.end < self.memory.len()
    }

    /// Returns the copy, if there is one.
    pub(crate) fn copied(&self) -> Option<&[u8]> {
        self.memory.get(self.marks.end..self.marks.copied)
    }

    /// Begins an empty copy if the memory is divided.
    pub(crate) const fn begin_copy(&mut self) {
        self.marks.copied = if self.is_divided() { self.marks.end } else { 0 };
    }

    /// Appends the consumed bytes from `from` on to the copy. Discards the copy if they do not fit.
    pub(crate) fn append_copy(&mut self, from: usize) {
        let Some((front, rest)) = self.memory.split_at_mut_checked(self.marks.copied) else {
            return;
        };
        let bytes = front.get(from..self.marks.consumed).unwrap_or_default();
        if self.marks.copied == 0 || bytes.len() > rest.len() {
            return self.drop_copy();
        }
        self.marks.copied += copy(rest, bytes);
    }

    /// Discards the copy.
    pub(crate) const fn drop_copy(&mut self) {
        self.marks.copied = 0;
    }
}
