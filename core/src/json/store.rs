//! The record store: records in the retained region of a receive buffer.

use super::format::{HEADER, header};
use super::records::Records;
use crate::buffer::RecvBuf;

/// How documents arrive: it decides how many bytes values leave free for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Source {
    /// As messages in frames of a protocol that must read up to 128 bytes in one piece between two
    /// parts of a message: WebSocket control frames (RFC 6455 section 5.5). Values leave 168 bytes
    /// free.
    Frames,
    /// As a stream of bytes: the body of an HTTP response. Values leave 56 bytes free.
    Stream,
}

/// The margin for [`Source::Frames`], in bytes.
const FRAMED_MARGIN: usize = 128 + RecvBuf::GAP + 32;

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

    /// Divides the memory for documents with a raw copy: values may take half of it, the copy takes
    /// the rest that neither they nor the socket need. Only while the buffer is empty; returns
    /// whether it was.
    pub fn split(&mut self) -> bool {
        self.divide(self.capacity() / 2 + FRAMED_MARGIN)
    }

    /// Reverses a [`split`](Self::split). Only while the buffer is empty; returns whether it was.
    pub fn join(&mut self) -> bool {
        self.divide(self.capacity())
    }

    /// Returns whether the memory is divided by [`split`](Self::split).
    pub const fn is_split(&self) -> bool {
        self.is_divided()
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
        self.begin_region(match source {
            Source::Stream => Self::MARGIN,
            Source::Frames => FRAMED_MARGIN,
        });
    }

    /// Appends a header that [`end_record`](Self::end_record) completes. Returns whether it fits.
    #[inline(always)]
    pub(super) fn begin_record(&mut self) -> bool {
        self.append(&[0; HEADER])
    }

    /// Completes the record at `at` with the value that was appended after its header.
    #[inline(always)]
    pub(super) fn end_record(&mut self, at: usize, path: u8, kind: u8) {
        let length = self.region_end() - at - HEADER;
        self.patch(at, &header(path, kind, length));
    }

    /// Notes that a wanted value has no record.
    pub(super) const fn lose_value(&mut self) {
        self.set_overflowed(true);
    }
}
