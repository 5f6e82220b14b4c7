//! The record store: records in the retained region of a receive buffer.

use super::record_kind;
use super::record_layout::{HEADER, header};
use super::records::Records;
use super::source::Source;
use crate::buffer::RecvBuf;

/// Values kept of a JSON document.
impl RecvBuf<'_> {
    /// Returns the values kept of the document that was read last, as far as it was read.
    pub const fn records(&self) -> Records<'_> {
        Records::new(self)
    }

    /// Discards the records and the raw copy of a document.
    pub fn drop_records(&mut self) {
        self.drop_region();
    }

    /// Splits the memory for documents with a raw copy: values may take half of it, the copy takes
    /// the rest that neither they nor the socket need.
    ///
    /// Not while values are kept. If more than the first part is full of unread bytes, the copy
    /// gets the rest, until a later call finds the buffer emptier. Returns whether it has its full
    /// size.
    pub fn split(&mut self) -> bool {
        self.split_at(self.capacity() / 2 + Source::Frames.margin())
    }

    /// Returns the raw copy of the document, as far as it was read. `None` if no copy was asked
    /// for, if it did not fit, if the document is nested too deep, or if elements of lists were
    /// returned before.
    pub fn raw(&self) -> Option<&[u8]> {
        self.copied()
    }
}

/// Operations on records, for the extractor. Positions are offsets in the memory.
impl RecvBuf<'_> {
    /// Discards the records of the last document and begins a new one.
    pub(super) fn begin_document(&mut self, source: Source) {
        self.begin_region(source.margin());
    }

    /// Appends a header that [`end_record`](Self::end_record) completes. Returns whether it fits.
    #[inline(always)]
    pub(super) fn begin_record(&mut self) -> bool {
        self.append(&[0; HEADER])
    }

    /// Consumes `count` unread bytes of a text that is no JSON, and keeps them, up to `most` of the
    /// whole text.
    pub(crate) fn append_text(&mut self, count: usize, most: usize) {
        self.begin_text();
        for _ in 0..count {
            let Some(&byte) = self.unread().first() else {
                return;
            };
            self.consume(1);
            if self.region_end() - self.region_start() < HEADER + most {
                self.append(&[byte]);
            }
        }
    }

    /// Ends the text that [`append_text`](Self::append_text) kept, as the only record, with this
    /// path. It may be called again.
    pub(crate) fn end_text(&mut self, path: u8) {
        self.begin_text();
        self.end_record(self.region_start(), path, record_kind::TEXT);
        self.finish_to(self.region_end());
    }

    /// Begins the record of a text unless it has begun.
    fn begin_text(&mut self) {
        if self.region_end() == self.region_start() {
            self.begin_document(Source::Stream);
            self.begin_record();
        }
    }

    /// Completes the record at `at` with the value that was appended after its header.
    #[inline(always)]
    pub(super) fn end_record(&mut self, at: usize, path: u8, kind: u8) {
        // A buffer that is swapped while it is not empty may end before the record.
        let length = self.region_end().saturating_sub(at + HEADER);
        self.patch(at, &header(path, kind, length));
    }
}
