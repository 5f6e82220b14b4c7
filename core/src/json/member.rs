//! A kept member, by its name, and the members in order.

use super::path_name::PathName;
use super::paths::Paths;
use super::records::RecordIter;
use super::value::Value;
use core::fmt;

/// An iterator over [`Members`](super::Members), or over the members of an
/// [`ArrayElement`](super::ArrayElement).
#[derive(Clone, Debug)]
pub struct MembersIter<'r> {
    records: RecordIter<'r>,
    paths: &'r Paths,
    /// The node whose members these are.
    from: u8,
}

impl<'r> MembersIter<'r> {
    pub(super) const fn new(records: RecordIter<'r>, paths: &'r Paths, from: u8) -> Self {
        Self {
            records,
            paths,
            from,
        }
    }
}

impl<'r> Iterator for MembersIter<'r> {
    type Item = Member<'r>;

    fn next(&mut self) -> Option<Member<'r>> {
        while let Some(record) = self.records.next() {
            let node = self.paths.node_of(record.path);
            if record.value == Value::Object && self.next_is_below(node) {
                continue;
            }
            if let Some(name) = PathName::below(self.paths, self.from, node) {
                return Some(Member {
                    name,
                    value: record.value,
                });
            }
        }
        None
    }
}

impl MembersIter<'_> {
    fn next_is_below(&self, node: u8) -> bool {
        let next = self.records.clone().next();
        let next = next.map(|record| self.paths.node_of(record.path));
        next.is_some_and(|next| PathName::below(self.paths, node, next).is_some())
    }
}

/// A kept member: its name and value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Member<'r> {
    /// The name, as it is in the table of paths.
    pub name: PathName<'r>,
    /// The value.
    pub value: Value<'r>,
}

/// Shows `name=value`: strings quoted and escaped, lists in brackets, `…` for missing parts.
impl fmt::Display for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name)?;
        show(self.value, f)
    }
}

fn show(value: Value<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::List(list) => {
            let mut separator = "[";
            for entry in list {
                f.write_str(separator)?;
                separator = ",";
                // Entries of a list are simple values: no list is inside a list.
                show_simple(entry, f)?;
            }
            if list.is_cut() {
                write!(f, "{separator}…({})]", list.len())
            } else if list.is_empty() {
                f.write_str("[]")
            } else {
                f.write_str("]")
            }
        }
        simple => show_simple(simple, f),
    }
}

fn show_simple(value: Value<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Text(text) => {
            write!(f, "{:?}", text.as_str())?;
            f.write_str(if text.is_cut() { "…" } else { "" })
        }
        Value::Number(number) => f.write_str(number.as_str()),
        Value::Bool(value) => f.write_str(if value { "true" } else { "false" }),
        Value::Null => f.write_str("null"),
        Value::Object => f.write_str("{…}"),
        Value::TooLong { length } => write!(f, "…({length} bytes)"),
        _ => f.write_str("[…]"),
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(MembersIter<'_>);
