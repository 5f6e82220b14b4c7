//! The values kept of a document, by the names of the table of paths.

use super::paths::Paths;
use super::raw::RawError;
use super::records::{RecordIter, Records};
use super::text::Text;
use super::value::{List, Value};
use core::fmt;

/// The kept members of a document, or of one element of a list in it.
///
/// Names are paths as they are in the table: `channel`, `item.ts`, `response_metadata.messages[]`.
/// In an element of a list they begin at the element: `id`, `profile.display_name`.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::json::{Extractor, Members, Raw};
///
/// slack_rtm::paths! {
///     const TABLE {
///         const CHANNEL = Whole "item.channel";
///         const NAMES = Cut "names[]";
///     }
/// }
/// let mut memory = [0; 512];
/// let mut rx = RecvBuf::new(&mut memory);
/// let json = br#"{"item":{"channel":"C1"},"names":["ann","bob"]}"#;
/// rx.space()[..json.len()].copy_from_slice(json);
/// rx.filled(json.len());
/// let mut fields = Extractor::new(&TABLE, Raw::Off);
/// fields.feed(&mut rx, usize::MAX)?;
/// fields.finish(&mut rx)?;
/// let members = Members::new(rx.records(), &TABLE);
/// assert_eq!(members.text("item.channel").unwrap(), "C1");
/// assert_eq!(members.list("names[]").unwrap().len(), 2);
/// # Ok::<(), slack_rtm::json::SyntaxError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Members<'r> {
    records: Records<'r>,
    paths: &'r Paths,
    /// The number of the path of the element, if these are the members of one.
    element: Option<u8>,
}

impl<'r> Members<'r> {
    /// Creates a view of `records`, which were read with the table `paths`.
    pub const fn new(records: Records<'r>, paths: &'r Paths) -> Self {
        Self {
            records,
            paths,
            element: None,
        }
    }

    /// Returns the members of an element of the list whose path has the number `element`.
    pub(crate) const fn of_element(self, element: u8) -> Self {
        Self {
            element: Some(element),
            ..self
        }
    }

    /// Returns the prefix of the paths of these members: the path of the element, or nothing.
    pub(crate) fn prefix(self) -> &'static str {
        let path = self.element.and_then(|element| self.paths.path(element));
        path.unwrap_or_default()
    }

    /// Returns the same values by the number of their path.
    pub const fn records(self) -> Records<'r> {
        self.records
    }

    /// Returns the document itself, as [`Records::raw`] does.
    ///
    /// # Errors
    /// [`RawError`] if there is no copy.
    pub fn raw(self) -> Result<&'r str, RawError> {
        self.records.raw()
    }

    /// Returns the value of the member `name`. An object is [`Value::Object`], whether or not
    /// members of it were kept.
    pub fn find(self, name: &str) -> Option<Value<'r>> {
        let mut paths = self.paths.texts();
        let prefix = self.prefix();
        let number = paths.position(|path| below(path, prefix) == Some(name))?;
        self.records.find(u8::try_from(number).ok()?)
    }

    /// Returns the text of the member `name`, if it is a string that was kept.
    pub fn text(self, name: &str) -> Option<Text<'r>> {
        match self.find(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the member `name`, if it is `true` or `false`.
    pub fn bool(self, name: &str) -> Option<bool> {
        match self.find(name)? {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the list of the member `name`, which ends in `[]`, if it is an array.
    pub fn list(self, name: &str) -> Option<List<'r>> {
        match self.find(name)? {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// Returns the member `name`, if it is a whole number of at least zero that fits.
    pub fn number(self, name: &str) -> Option<u64> {
        match self.find(name)? {
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// Returns every kept member, in the order of the document. An object is represented by its
    /// members, or, if none of them was kept, by [`Value::Object`].
    pub fn iter(self) -> MembersIter<'r> {
        MembersIter {
            records: self.records.iter(),
            paths: self.paths,
            prefix: self.prefix(),
        }
    }
}

impl<'r> IntoIterator for Members<'r> {
    type Item = Member<'r>;
    type IntoIter = MembersIter<'r>;

    fn into_iter(self) -> MembersIter<'r> {
        self.iter()
    }
}

/// Does not show the URL of a socket, which gives access to the session.
impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for Member { name, value } in *self {
            if is_socket_url(name, value) {
                map.entry(&name, &format_args!("…"));
            } else {
                map.entry(&name, &value);
            }
        }
        map.finish()
    }
}

fn is_socket_url(name: &str, value: Value<'_>) -> bool {
    match value {
        Value::Text(text) => name == "url" && text.as_str().starts_with("ws"),
        _ => false,
    }
}

/// An iterator over [`Members`].
#[derive(Clone, Debug)]
pub struct MembersIter<'r> {
    records: RecordIter<'r>,
    paths: &'r Paths,
    prefix: &'r str,
}

impl<'r> Iterator for MembersIter<'r> {
    type Item = Member<'r>;

    fn next(&mut self) -> Option<Member<'r>> {
        while let Some(record) = self.records.next() {
            let path = self.paths.path(record.path).unwrap_or_default();
            if record.value == Value::Object && self.next_is_below(path) {
                continue;
            }
            if let Some(name) = below(path, self.prefix) {
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
    fn next_is_below(&self, path: &str) -> bool {
        let next = self.records.clone().next();
        let next = next.and_then(|record| self.paths.path(record.path));
        next.is_some_and(|next| below(next, path).is_some())
    }
}

/// A kept member: its name and value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Member<'r> {
    /// The name, as it is in the table of paths.
    pub name: &'r str,
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

/// Returns the part of `path` below `prefix`: all of it if `prefix` is empty.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    if prefix.is_empty() {
        Some(path)
    } else {
        path.strip_prefix(prefix)?.strip_prefix('.')
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(MembersIter<'_>);

/// Does not show the URL of a socket, which gives access to the session.
#[cfg(feature = "defmt")]
impl defmt::Format for Members<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        for Member { name, value } in *self {
            if is_socket_url(name, value) {
                defmt::write!(f, "{=str}=…; ", name);
            } else {
                defmt::write!(f, "{=str}={}; ", name, value);
            }
        }
    }
}
