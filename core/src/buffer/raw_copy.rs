//! The copy of consumed bytes in the second part of a split memory.

use super::bytes::copy;
use super::recv::RecvBuf;

impl RecvBuf<'_> {
    /// Splits the memory at `end`, or after the unread bytes if they reach further: bytes after it
    /// are for the copy. Only while nothing is retained; returns whether it is split there.
    pub(crate) fn split_at(&mut self, end: usize) -> bool {
        if self.marks.is_split && self.marks.end == end {
            return true;
        }
        let is_free = self.marks.region_end == 0 && self.marks.copy_end == 0 && !self.marks.open;
        if is_free {
            self.compact();
            self.marks.end = end.max(self.marks.filled);
            self.marks.is_split = true;
        }
        is_free && self.marks.end == end
    }

    /// Reverses a [`split`](Self::split), unless there is a copy; returns whether it did.
    pub fn join(&mut self) -> bool {
        let is_free = self.marks.copy_end == 0;
        if is_free {
            self.marks.end = self.memory.len();
            self.marks.is_split = false;
        }
        is_free
    }

    /// Returns whether the memory is split by [`split`](Self::split).
    pub const fn is_split(&self) -> bool {
        self.marks.is_split
    }

    /// Returns the copy, if there is one. The neutral name of [`raw`](Self::raw): this
    /// layer knows no documents.
    pub(crate) fn copied(&self) -> Option<&[u8]> {
        self.memory.get(self.marks.end..self.marks.copy_end)
    }

    /// Begins an empty copy if the memory is split.
    pub(crate) const fn begin_copy(&mut self) {
        self.marks.copy_end = if self.is_split() { self.marks.end } else { 0 };
    }

    /// Appends the consumed bytes from `from` on to the copy. Discards the copy if they do not fit.
    pub(crate) fn append_copy(&mut self, from: usize) {
        let Some((front, rest)) = self.memory.split_at_mut_checked(self.marks.copy_end) else {
            return;
        };
        let bytes = front.get(from..self.marks.consumed).unwrap_or_default();
        if self.marks.copy_end == 0 || bytes.len() > rest.len() {
            return self.drop_copy();
        }
        self.marks.copy_end += copy(rest, bytes);
    }

    /// Discards the copy.
    pub(crate) const fn drop_copy(&mut self) {
        self.marks.copy_end = 0;
    }
}
