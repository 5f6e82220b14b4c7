//! The objects of an array, each with its own members.

use super::member::{Member, MembersIter};
use super::paths::{NONE, Paths};
use super::record_layout::{head, is_element};
use super::records::{RecordIter, stored};
use super::text::Text;
use super::value::{List, Value};
use core::fmt;

/// An iterator over the objects of an array, created by [`Members::elements`].
///
/// [`Members::elements`]: super::Members::elements
#[derive(Clone, Copy)]
pub struct ArrayElements<'r> {
    /// The records of the next object and of those that follow it.
    rest: Option<&'r [u8]>,
    paths: &'r Paths,
    /// The number of the array's path.
    path: u8,
}

impl<'r> ArrayElements<'r> {
    /// Returns the objects of the array `name`, a path below the node `from`, in `records`.
    pub(super) fn new(records: &'r [u8], paths: &'r Paths, from: u8, name: &str) -> Self {
        let path = paths.find_path(from, name).unwrap_or(NONE);
        let (_, rest) = split_at_element(records, path);
        Self { rest, paths, path }
    }
}

impl<'r> Iterator for ArrayElements<'r> {
    type Item = ArrayElement<'r>;

    fn next(&mut self) -> Option<ArrayElement<'r>> {
        let (records, rest) = split_at_element(self.rest?, self.path);
        self.rest = rest;
        Some(ArrayElement {
            records,
            paths: self.paths,
            from: self.paths.node_of(self.path),
        })
    }
}

/// An object of an array: its kept members, by name.
///
/// Names are paths that begin at the object: of `files[].id`, it is `id`.
#[derive(Clone, Copy)]
pub struct ArrayElement<'r> {
    /// The records of the object. After those of the last object, others follow.
    records: &'r [u8],
    paths: &'r Paths,
    /// The node of the array's elements.
    from: u8,
}

impl<'r> ArrayElement<'r> {
    /// Returns the value of the member `name`.
    pub fn find(self, name: &str) -> Option<Value<'r>> {
        let path = self.paths.find_path(self.from, name)?;
        Some(stored(self.records, path)?.value())
    }

    /// Returns the text of the member `name`, if it is a string that was kept.
    pub fn text(self, name: &str) -> Option<Text<'r>> {
        self.find(name)?.text()
    }

    /// Returns the member `name`, if it is a text or a number, as it was written: Slack sends ids,
    /// timestamps and counts in either form.
    pub fn text_or_number(self, name: &str) -> Option<&'r str> {
        self.find(name)?.text_or_number()
    }

    /// Returns the member `name`, if it is a whole number of at least zero that fits, written as a
    /// number or as a text.
    pub fn number(self, name: &str) -> Option<u64> {
        self.find(name)?.as_u64()
    }

    /// Returns the member `name`, if it is `true` or `false`.
    pub fn bool(self, name: &str) -> Option<bool> {
        self.find(name)?.bool()
    }

    /// Returns the list of the member `name`, which ends in `[]`, if it is an array.
    pub fn list(self, name: &str) -> Option<List<'r>> {
        self.find(name)?.list()
    }

    /// Returns the objects of the array `name` in this object, see
    /// [`Members::elements`](super::Members::elements).
    pub fn elements(self, name: &str) -> ArrayElements<'r> {
        ArrayElements::new(self.records, self.paths, self.from, name)
    }

    /// Returns every kept member, in the order of the document.
    pub const fn iter(self) -> MembersIter<'r> {
        MembersIter::new(RecordIter::new(self.records), self.paths, self.from)
    }
}

impl<'r> IntoIterator for ArrayElement<'r> {
    type Item = Member<'r>;
    type IntoIter = MembersIter<'r>;

    fn into_iter(self) -> MembersIter<'r> {
        self.iter()
    }
}

impl fmt::Debug for ArrayElement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.iter().map(|member| (member.name, member.value));
        f.debug_map().entries(members).finish()
    }
}

impl fmt::Debug for ArrayElements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// Splits `records` at the first object of the array with this path: returns those before it, and
/// those from its members on.
fn split_at_element(records: &[u8], path: u8) -> (&[u8], Option<&[u8]>) {
    let mut at = 0;
    while let Some((before, rest)) = records.split_at_checked(at)
        && let (own, length @ 1..) = head(rest)
    {
        if own == path && is_element(rest) {
            return (before, rest.get(length..));
        }
        at += length;
    }
    (records, None)
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(ArrayElement<'_>, ArrayElements<'_>);
