//! The kept members of a document in order, with the beginnings of the objects in arrays.

use super::path_name::PathName;
use super::paths::Paths;
use super::record_layout::{head, is_element};
use super::value::{Stored, Value};

/// An iterator over the records of a document, by the names of their paths.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct Walk<'r> {
    rest: &'r [u8],
    paths: &'r Paths,
    /// The node whose members these are.
    from: u8,
}

/// A record that [`Walk`] meets.
pub(crate) enum Met<'r> {
    /// The beginning of an object in an array.
    Element,
    /// A value.
    Value(Value<'r>),
}

impl<'r> Walk<'r> {
    pub(super) const fn new(records: &'r [u8], paths: &'r Paths, from: u8) -> Self {
        Self {
            rest: records,
            paths,
            from,
        }
    }
}

impl<'r> Iterator for Walk<'r> {
    type Item = (PathName<'r>, Met<'r>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let record = self.rest;
            let (path, length) = head(record);
            let met = if is_element(record) {
                Met::Element
            } else {
                Met::Value(Stored::of(record)?.value())
            };
            self.rest = record.get(length..)?;
            let node = self.paths.node_of(path);
            if let Some(name) = PathName::below(self.paths, self.from, node) {
                return Some((name, met));
            }
        }
    }
}
