//! The values kept of a document, by the number of their path.

use super::raw::RawError;
use super::record_kind;
use super::record_layout::{head, is_element};
use super::text::Text;
use super::value::{List, Number, Stored, Value};
use crate::buffer::RecvBuf;
use core::fmt;
use core::ops::RangeInclusive;

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

    /// Returns the records as they are stored.
    pub(super) fn stored_records(self) -> &'r [u8] {
        self.buffer.finished()
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
    /// [`find_all`](Self::find_all) returns all of them, and
    /// [`Members::elements`](super::Members::elements) each object with its own members.
    pub fn find(self, path: u8) -> Option<Value<'r>> {
        self.stored(path).map(Stored::value)
    }

    fn stored(self, path: u8) -> Option<Stored<'r>> {
        stored(self.buffer.finished(), path)
    }

    /// Returns whether a value of one of these paths was kept.
    pub(crate) fn contains_any(self, paths: RangeInclusive<u8>) -> bool {
        let mut rest = self.buffer.finished();
        while let (path, length @ 1..) = head(rest) {
            if paths.contains(&path) {
                return true;
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        false
    }

    /// Returns all values of `path` in the order of the document: several in an array of objects.
    ///
    /// An object without such a member has no value among them, so two iterators do not pair the
    /// members of one object. [`Members::elements`](super::Members::elements) does.
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

    /// Returns the text of `path`, or the number as it was written: Slack sends ids, timestamps and
    /// counts in either form.
    pub fn text_or_number(self, path: u8) -> Option<&'r str> {
        self.stored(path)?.text_or_number()
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

    /// Returns whether the owner of the buffer has marked them.
    pub(crate) const fn are_marked(self) -> bool {
        self.buffer.is_marked()
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

/// Returns the last value of `path` in `records`.
pub(super) fn stored(mut records: &[u8], path: u8) -> Option<Stored<'_>> {
    let mut found = None;
    while let (own, length @ 1..) = head(records) {
        if own == path && !is_element(records) {
            found = Some(records);
        }
        records = records.get(length..).unwrap_or_default();
    }
    Stored::of(found?)
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

impl<'r> RecordIter<'r> {
    pub(super) const fn new(records: &'r [u8]) -> Self {
        Self { rest: records }
    }
}

impl<'r> Iterator for RecordIter<'r> {
    type Item = Record<'r>;

    fn next(&mut self) -> Option<Record<'r>> {
        loop {
            let record = self.rest;
            let (path, length) = head(record);
            let value = Stored::of(record)?.value();
            self.rest = record.get(length..)?;
            if !is_element(record) {
                return Some(Record { path, value });
            }
        }
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
