//! The paths of a table as they were written: the names of members, from the document or from an
//! object on.

use super::paths::{NONE, Paths, ROOT, Retention};
use core::fmt;

/// A path of a table, as it was written, or the part of it that begins at an object: `item.channel`,
/// `users[].profile.display_name`.
///
/// It is compared with a `str`, and printed.
#[derive(Clone, Copy)]
pub struct PathName<'p> {
    paths: &'p Paths,
    /// The node of the object.
    from: u8,
    /// The node at which it ends.
    to: u8,
}

impl<'p> PathName<'p> {
    /// Returns the path to the node `to`, if that is below `from`.
    pub(super) fn below(paths: &'p Paths, from: u8, to: u8) -> Option<Self> {
        let is_below = to > from && to < paths.node(from).end;
        is_below.then_some(Self { paths, from, to })
    }

    /// Returns the path from the document to the node `to`.
    pub(super) const fn to(paths: &'p Paths, to: u8) -> Self {
        Self {
            paths,
            from: ROOT,
            to,
        }
    }

    /// Returns whether it begins with `text`.
    pub fn starts_with(self, text: &str) -> bool {
        let mut rest = text;
        for part in self {
            match rest.strip_prefix(part) {
                Some(after) => rest = after,
                None => return part.starts_with(rest),
            }
        }
        rest.is_empty()
    }

    /// Returns the path of the object or array in which it ends.
    pub(crate) fn parent(self) -> Self {
        Self {
            to: self.paths.parent(self.to),
            ..self
        }
    }

    /// Returns the name in which it ends: of `item.channel`, it is `channel`.
    pub fn last(self) -> &'static str {
        self.paths.name_text(self.to)
    }
}

/// The parts, in order: names, dots and `[]`.
impl<'p> IntoIterator for PathName<'p> {
    type Item = &'static str;
    type IntoIter = PathParts<'p>;

    fn into_iter(self) -> PathParts<'p> {
        PathParts {
            rest: self,
            is_first: true,
            has_dot: false,
        }
    }
}

/// An iterator over the parts of a [`PathName`]: names, dots and `[]`.
#[derive(Clone, Copy, Debug)]
pub struct PathParts<'p> {
    rest: PathName<'p>,
    is_first: bool,
    /// The dot before the next name was returned.
    has_dot: bool,
}

impl Iterator for PathParts<'_> {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        let PathName { paths, from, to } = self.rest;
        let next = paths.child_towards(from, to)?;
        let is_element = paths.node(next).is_element();
        if !self.is_first && !self.has_dot && !is_element {
            self.has_dot = true;
            return Some(".");
        }
        (self.rest.from, self.is_first, self.has_dot) = (next, false, false);
        Some(if is_element {
            "[]"
        } else {
            paths.name_text(next)
        })
    }
}

impl PartialEq for PathName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.into_iter().eq(*other)
    }
}

impl PartialEq<str> for PathName<'_> {
    fn eq(&self, other: &str) -> bool {
        let mut rest = other;
        for part in *self {
            match rest.strip_prefix(part) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.is_empty()
    }
}

impl PartialEq<&str> for PathName<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// Writes the path.
impl fmt::Display for PathName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.into_iter().try_for_each(|part| f.write_str(part))
    }
}

/// Writes the path in quotes, like the `Debug` of a `str`.
impl fmt::Debug for PathName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for PathName<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        for part in *self {
            defmt::write!(f, "{=str}", part);
        }
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(PathParts<'_>);

/// A path to wanted members, and how their values are kept.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Path<'p> {
    /// The path as it was written.
    pub path: PathName<'p>,
    /// How much of its values is kept.
    pub retention: Retention,
}

impl Paths {
    /// Returns the path with this number, as it was written.
    pub fn path(&self, number: u8) -> Option<PathName<'_>> {
        PathName::below(self, ROOT, self.node_of(number))
    }

    /// Returns all paths, in the order of their numbers.
    pub fn all(&self) -> impl Iterator<Item = Path<'_>> {
        (0..NONE).map_while(|number| {
            Some(Path {
                path: self.path(number)?,
                retention: self.node(self.node_of(number)).retention(),
            })
        })
    }

    /// Returns whether this table begins with all paths of `base`, so that their numbers agree.
    pub fn extends(&self, base: &Self) -> bool {
        let same = |(own, base): (Path<'_>, Path<'_>)| own.retention == base.retention;
        self.begins_with(base) && self.all().zip(base.all()).all(same)
    }
}
