//! The copy of consumed bytes in the second part of a split memory.

use super::bytes::copy;
use super::recv::RecvBuf;

impl RecvBuf<'_> {
    /// Splits the memory at `end`: bytes after it are for the copy. Only while the buffer is empty;
    /// returns whether it was.
    pub(crate) fn split_at(&mut self, end: usize) -> bool {
        let empty = self.is_empty();
        if empty {
            self.clear();
            self.marks.end = end;
        }
        empty
    }

    /// Reverses a [`split`](Self::split). Only while the buffer is empty; returns whether it was.
    pub fn join(&mut self) -> bool {
        self.split_at(self.capacity())
    }

    /// Returns whether the memory is split by [`split`](Self::split).
    pub const fn is_split(&self) -> bool {
        self.marks.end < self.memory.len()
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
