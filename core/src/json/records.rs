//! The values kept of a document, by the number of their path.

use super::raw::RawError;
use super::record_kind;
use super::record_layout::head;
use super::text::Text;
use super::value::{List, Number, Stored, Value};
use crate::buffer::RecvBuf;
use core::fmt;

/// The values kept of a document, or of an element of a list.
///
/// [`RecvBuf::records`] returns them; [`Extractor`](super::Extractor) has an example.
#[derive(Clone, Copy)]
pub struct Records<'r> {
    buffer: &'r RecvBuf<'r>,
}

impl<'r> Records<'r> {
    pub(super) const fn new(buffer: &'r RecvBuf<'r>) -> Self {
        Self { buffer }
    }

    /// Returns the document itself, for another parser such as [`from_raw`](super::from_raw).
    ///
    /// # Errors
    /// [`RawError::Off`] if no copy was asked for ([`Raw::On`](super::Raw::On)),
    /// [`RawError::TooLarge`] if it does not fit.
    pub fn raw(self) -> Result<&'r str, RawError> {
        if !self.buffer.is_split() {
            return Err(RawError::Off);
        }
        let raw = self.buffer.raw().ok_or(RawError::TooLarge)?;
        core::str::from_utf8(raw).map_err(|_| RawError::TooLarge)
    }

    /// Returns the value of `path`; the last one if there are several (in an array of objects).
    pub fn find(self, path: u8) -> Option<Value<'r>> {
        self.stored(path).map(Stored::value)
    }

    fn stored(self, path: u8) -> Option<Stored<'r>> {
        let (mut rest, mut found) = (self.buffer.finished(), None);
        while let (own, length @ 1..) = head(rest) {
            if own == path {
                found = Some(rest);
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        Stored::of(found?)
    }

    /// Returns all values of `path` in the order of the document: several in an array of objects.
    pub fn find_all(self, path: u8) -> impl Iterator<Item = Value<'r>> {
        let records = self.iter().filter(move |record| record.path == path);
        records.map(|record| record.value)
    }

    /// Returns the text of `path`, if it is a string that was kept.
    pub fn text(self, path: u8) -> Option<Text<'r>> {
        self.stored(path)?.text()
    }

    /// Returns the number of `path`, if it is a number that was kept.
    pub fn number(self, path: u8) -> Option<Number<'r>> {
        self.stored(path)?.number()
    }

    /// Returns the boolean of `path`, if it is `true` or `false`.
    pub fn bool(self, path: u8) -> Option<bool> {
        match self.stored(path)?.kind() {
            record_kind::FALSE => Some(false),
            record_kind::TRUE => Some(true),
            _ => None,
        }
    }

    /// Returns the list of `path`, if it is an array.
    pub fn list(self, path: u8) -> Option<List<'r>> {
        self.find(path)?.list()
    }

    /// Returns every value, in the order of the document.
    pub fn iter(self) -> RecordIter<'r> {
        RecordIter {
            rest: self.buffer.finished(),
        }
    }

    /// Returns whether every wanted value has a record, if only one of its length.
    pub const fn is_complete(self) -> bool {
        !self.buffer.has_overflowed()
    }
}

impl<'r> IntoIterator for Records<'r> {
    type Item = Record<'r>;
    type IntoIter = RecordIter<'r>;

    fn into_iter(self) -> RecordIter<'r> {
        self.iter()
    }
}

impl fmt::Debug for Records<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// A kept value and the number of its path.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Record<'r> {
    /// The number of the path.
    pub path: u8,
    /// The value.
    pub value: Value<'r>,
}

/// An iterator over [`Records`].
#[derive(Clone, Debug)]
pub struct RecordIter<'r> {
    rest: &'r [u8],
}

impl<'r> Iterator for RecordIter<'r> {
    type Item = Record<'r>;

    fn next(&mut self) -> Option<Record<'r>> {
        let (path, length) = head(self.rest);
        let value = Stored::of(self.rest)?.value();
        self.rest = self.rest.get(length..)?;
        Some(Record { path, value })
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(RecordIter<'_>);

#[cfg(feature = "defmt")]
impl defmt::Format for Records<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        for Record { path, value } in *self {
            defmt::write!(f, "{=u8}={}; ", path, value);
        }
    }
}
