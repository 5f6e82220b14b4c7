//! The values kept of a document, by the names of the table of paths.

use super::array_elements::ArrayElements;
use super::member::{Member, MembersIter};
use super::path_name::PathName;
use super::paths::{NONE, Paths, ROOT};
use super::raw::RawError;
use super::records::Records;
use super::text::Text;
use super::value::{List, Value};
use super::walk::Walk;
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

    /// Returns the members of the object `name`, whose path the table must have itself. Without it
    /// there are none.
    pub(crate) fn of_object(self, name: &str) -> Self {
        Self {
            element: Some(self.paths.find_path(self.node(), name).unwrap_or(NONE)),
            ..self
        }
    }

    /// Returns the element itself, if these are the members of one and it is no object.
    pub(crate) fn element_value(self) -> Option<Value<'r>> {
        self.records.find(self.element?)
    }

    /// Returns the members of the whole document.
    pub(crate) const fn of_document(self) -> Self {
        Self {
            element: None,
            ..self
        }
    }

    /// Returns the path of the element, or the empty path if these are the members of a document.
    pub(crate) fn path(self) -> PathName<'r> {
        PathName::to(self.paths, self.node())
    }

    /// Returns the node whose members these are.
    fn node(self) -> u8 {
        self.element
            .map_or(ROOT, |element| self.paths.node_of(element))
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
    /// members of it were kept. Of the members of objects in an array, such as `files[].id`, it is
    /// the last one: [`elements`](Self::elements) returns each object.
    pub fn find(self, name: &str) -> Option<Value<'r>> {
        self.records.find(self.paths.find_path(self.node(), name)?)
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

    /// Returns the objects of the array `name`, which ends in `[]`, each with its own members.
    ///
    /// The table must have the path of the array itself, and for an array in an object of another
    /// array that of the outer one too. An object whose beginning did not fit into the buffer is
    /// missing with all of its members ([`Records::is_complete`]). Other values than objects are
    /// not returned; they count in [`list`](Self::list), which does not have the arrays in objects
    /// of other arrays.
    ///
    /// ```
    /// use slack_rtm::buffer::RecvBuf;
    /// use slack_rtm::json::{Extractor, Members, Raw};
    ///
    /// slack_rtm::paths! {
    ///     const TABLE {
    ///         const FILES = Whole "files[]";
    ///         const FILES_ID = Whole "files[].id";
    ///         const FILES_NAME = Cut "files[].name";
    ///     }
    /// }
    /// let mut memory = [0; 512];
    /// let mut rx = RecvBuf::new(&mut memory);
    /// let json = br#"{"files":[{"id":"F1"},{"name":"b.png","id":"F2"}]}"#;
    /// rx.space()[..json.len()].copy_from_slice(json);
    /// rx.filled(json.len());
    /// let mut fields = Extractor::new(&TABLE, Raw::Off);
    /// fields.feed(&mut rx, usize::MAX)?;
    /// fields.finish(&mut rx)?;
    /// let members = Members::new(rx.records(), &TABLE);
    /// let files = members.elements("files[]");
    /// let pairs: Vec<_> = files.map(|file| (file.text("id"), file.text("name"))).collect();
    /// assert_eq!(pairs, [(Some("F1".into()), None), (Some("F2".into()), Some("b.png".into()))]);
    /// assert_eq!(members.elements("files[]").nth(1).unwrap().text("id").unwrap(), "F2");
    /// # Ok::<(), slack_rtm::json::SyntaxError>(())
    /// ```
    pub fn elements(self, name: &str) -> ArrayElements<'r> {
        ArrayElements::new(self.records.stored_records(), self.paths, self.node(), name)
    }

    /// Returns every record, in the order of the document.
    pub(crate) fn walk(self) -> Walk<'r> {
        Walk::new(self.records.stored_records(), self.paths, self.node())
    }

    /// Returns the member `name`, if it is a whole number of at least zero that fits, written as a
    /// number or as a text.
    pub fn number(self, name: &str) -> Option<u64> {
        self.find(name)?.as_u64()
    }

    /// Returns the member `name`, if it is a text or a number, as it was written: Slack sends ids,
    /// timestamps and counts in either form.
    pub fn text_or_number(self, name: &str) -> Option<&'r str> {
        self.find(name)?.text_or_number()
    }

    /// Returns every kept member, in the order of the document. An object is represented by its
    /// members, or, if none of them was kept, by [`Value::Object`].
    pub fn iter(self) -> MembersIter<'r> {
        MembersIter::new(self.records.iter(), self.paths, self.node())
    }
}

impl<'r> IntoIterator for Members<'r> {
    type Item = Member<'r>;
    type IntoIter = MembersIter<'r>;

    fn into_iter(self) -> MembersIter<'r> {
        self.iter()
    }
}

/// Does not show the URL of a socket, which gives access to the session, and no `response_url` or
/// `upload_url`, by which others could respond or upload.
impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for Member { name, value } in *self {
            if is_secret_url(name, value) {
                map.entry(&name, &format_args!("…"));
            } else {
                map.entry(&name, &value);
            }
        }
        map.finish()
    }
}

/// Returns whether the member is a URL by which others can act: that of a socket, or one to which
/// responses or files are sent.
fn is_secret_url(name: PathName<'_>, value: Value<'_>) -> bool {
    match value {
        Value::Text(text) => {
            name == "url" && text.as_str().starts_with("ws")
                || matches!(name.last(), "response_url" | "upload_url")
        }
        _ => false,
    }
}

/// Does not show the URL of a socket, which gives access to the session, and no `response_url` or
/// `upload_url`, by which others could respond or upload.
#[cfg(feature = "defmt")]
impl defmt::Format for Members<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        for Member { name, value } in *self {
            if is_secret_url(name, value) {
                defmt::write!(f, "{}=…; ", name);
            } else {
                defmt::write!(f, "{}={}; ", name, value);
            }
        }
    }
}
