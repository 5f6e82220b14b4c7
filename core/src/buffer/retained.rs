//! The retained region: bytes that a parser writes in front of the unread bytes as it consumes
//! them.
//!
//! The region begins after the kept bytes. Its front is finished, the rest may still change. All
//! positions are offsets in the memory.

use super::recv::RecvBuf;

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
        self.marks.prefix_end
    }

    /// Returns the end of the region, where the next byte is appended.
    pub(crate) const fn region_end(&self) -> usize {
        self.marks.region_end
    }

    /// Returns the number of bytes that the region may still take.
    pub(crate) const fn region_room(&self) -> usize {
        self.marks
            .end
            .saturating_sub(self.marks.margin)
            .saturating_sub(self.marks.region_end)
    }

    /// Returns the size of the memory that the region shares with the unread bytes.
    pub(crate) const fn shared_memory(&self) -> usize {
        self.marks.end
    }

    /// Returns the finished part of the region.
    pub(crate) fn finished(&self) -> &[u8] {
        self.bytes(self.marks.prefix_end, self.marks.finished)
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

    /// Returns whether the region is marked.
    pub(crate) const fn is_marked(&self) -> bool {
        self.marks.marked
    }

    /// Marks the region, until it is discarded.
    pub(crate) const fn mark(&mut self) {
        self.marks.marked = true;
    }

    /// Appends `bytes` to the region unless that would overwrite unread bytes. Returns whether it
    /// did.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> bool {
        let at = self.marks.region_end;
        let fits = bytes.len() <= self.marks.consumed.saturating_sub(at);
        if fits {
            self.patch(at, bytes);
            self.marks.region_end += bytes.len();
        }
        fits
    }

    /// Appends the `len` consumed bytes at `from`, which lie after the region.
    pub(crate) fn append_consumed(&mut self, from: usize, len: usize) {
        self.shift(from, from + len, self.marks.region_end);
        self.marks.region_end += len;
    }

    /// Removes the `len` bytes of the region at `at`; those after them move up.
    pub(crate) fn remove(&mut self, at: usize, len: usize) {
        self.shift(at + len, self.marks.region_end, at);
        self.marks.region_end = self.marks.region_end.saturating_sub(len);
    }

    /// Removes the bytes of the region from `at` on.
    pub(crate) fn truncate(&mut self, at: usize) {
        self.marks.region_end = at.min(self.marks.region_end);
    }
}
