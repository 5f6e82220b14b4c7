//! The kept members of a document in order, with the beginnings of the objects in arrays.

use super::paths::Paths;
use super::record_layout::{head, is_element};
use super::value::{Stored, Value};

/// An iterator over the records of a document, by the names of their paths.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct Walk<'r> {
    rest: &'r [u8],
    paths: &'r Paths,
}

/// A record that [`Walk`] meets.
pub(crate) enum Met<'r> {
    /// The beginning of an object in an array.
    Element,
    /// A value.
    Value(Value<'r>),
}

impl<'r> Walk<'r> {
    pub(super) const fn new(records: &'r [u8], paths: &'r Paths) -> Self {
        Self {
            rest: records,
            paths,
        }
    }
}

impl<'r> Iterator for Walk<'r> {
    type Item = (&'static str, Met<'r>);

    fn next(&mut self) -> Option<(&'static str, Met<'r>)> {
        let record = self.rest;
        let (path, length) = head(record);
        let met = if is_element(record) {
            Met::Element
        } else {
            Met::Value(Stored::of(record)?.value())
        };
        self.rest = record.get(length..)?;
        Some((self.paths.path(path).unwrap_or_default(), met))
    }
}
