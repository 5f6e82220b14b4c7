//! Kept values as they stand in the receive buffer: the format of a record, and views of it.
//!
//! A record is a header word, little endian, and a value. The word holds the path's number
//! (8 bits), the value's [`kind`] (4 bits) and its length in bytes (20 bits), or, for an array of
//! objects, their number. What is cut or too long ends with its full length, 4 bytes.
//!
//! The value of a list is its entries, behind each a byte with its kind that no UTF-8 has, and
//! behind a cut one its full length.

use crate::buffer::RecvBuf;
use crate::{parse, utf8};
use core::{fmt, ops::Deref};

/// Bytes of a record's header, and of a full length.
pub(super) const HEADER: usize = 4;
/// The longest value of a record, in bytes: 20 bits, where a `usize` has them.
pub(super) const LONGEST: usize = usize::MAX >> usize::BITS.saturating_sub(20);

/// What a value is.
pub(super) mod kind {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const OBJECT: u8 = 3;
    pub(crate) const ARRAY: u8 = 4;
    pub(crate) const NUMBER: u8 = 5;
    pub(crate) const TEXT: u8 = 6;
    /// The last of those that entries can be.
    pub(crate) const CUT_TEXT: u8 = 7;
    pub(crate) const TOO_LONG: u8 = 8;
    pub(crate) const CUT_LIST: u8 = 9;
    pub(crate) const LIST: u8 = 10;
    /// An array of objects.
    pub(crate) const COUNT: u8 = 11;
}

pub(super) fn header(path: u8, kind: u8, length: usize) -> [u8; HEADER] {
    let length = length.min(LONGEST) as u32;
    (u32::from(path) | u32::from(kind) << 8 | length << 12).to_le_bytes()
}

/// The byte behind an entry.
pub(super) const fn tag(kind: u8) -> u8 {
    FIRST_TAG + kind
}

const FIRST_TAG: u8 = 0xf8;

/// The values that were kept of a document, or of an element of a list.
///
/// [`RecvBuf::records`](crate::buffer::RecvBuf::records) lends them; [`Extractor`](super::Extractor) has an example.
#[derive(Clone, Copy)]
pub struct Records<'r> {
    buffer: &'r RecvBuf<'r>,
}

impl<'r> Records<'r> {
    pub(crate) const fn new(buffer: &'r RecvBuf<'r>) -> Self {
        Self { buffer }
    }

    /// The document itself, if a copy of it was asked for ([`Raw::On`](super::Raw::On)) and fits:
    /// JSON for a parser of one's own, such as [`from_raw`](super::from_raw).
    ///
    /// # Errors
    /// [`RawError`] says why there is none.
    pub fn raw(self) -> Result<&'r str, RawError> {
        if !self.buffer.is_split() {
            return Err(RawError::Off);
        }
        let raw = self.buffer.raw().ok_or(RawError::TooLarge)?;
        core::str::from_utf8(raw).map_err(|_| RawError::TooLarge)
    }

    /// The value of `path`; the last one where there are several (in an array of objects).
    pub fn find(self, path: u8) -> Option<Value<'r>> {
        self.stored(path).map(Stored::value)
    }

    fn stored(self, path: u8) -> Option<Stored<'r>> {
        let (mut rest, mut found) = (self.buffer.sealed_records(), None);
        while let (own, length @ 1..) = head(rest) {
            if own == path {
                found = Some(rest);
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        Stored::of(found?)
    }

    /// All values of `path`, in the order they came: several in an array of objects.
    pub fn find_all(self, path: u8) -> impl Iterator<Item = Value<'r>> {
        let records = self.iter().filter(move |record| record.path == path);
        records.map(|record| record.value)
    }

    /// The text of `path`, if it is one that was kept.
    pub fn text(self, path: u8) -> Option<Text<'r>> {
        self.stored(path)?.text()
    }

    /// The number of `path`, if it is one that was kept.
    pub fn number(self, path: u8) -> Option<Number<'r>> {
        self.stored(path)?.number()
    }

    /// The truth of `path`, if it is `true` or `false`.
    pub fn bool(self, path: u8) -> Option<bool> {
        match self.stored(path)?.kind {
            kind::FALSE => Some(false),
            kind::TRUE => Some(true),
            _ => None,
        }
    }

    /// The list of `path`, if it is an array.
    pub fn list(self, path: u8) -> Option<List<'r>> {
        self.find(path)?.list()
    }

    /// Every value, in the order they came.
    pub fn iter(self) -> RecordIter<'r> {
        RecordIter::new(self.buffer.sealed_records())
    }

    /// Whether every wanted value has a record, if only one that says that it was too long.
    pub const fn is_complete(self) -> bool {
        !self.buffer.has_lost()
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

/// Why there is no raw copy of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RawError {
    /// None was asked for.
    Off,
    /// It has no room in the receive buffer, or is nested deeper than
    /// [`Extractor::RAW_LEVELS`](super::Extractor::RAW_LEVELS).
    TooLarge,
}

impl fmt::Display for RawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "no raw copy was asked for; configure Raw::On",
            Self::TooLarge => {
                "the raw copy does not fit; use a larger receive buffer, or the kept members"
            }
        })
    }
}

impl core::error::Error for RawError {}

/// A kept value and the number of its path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record<'r> {
    /// The number of the path.
    pub path: u8,
    /// The value.
    pub value: Value<'r>,
}

/// Goes through [`Records`].
#[derive(Clone, Debug)]
pub struct RecordIter<'r> {
    rest: &'r [u8],
}

impl<'r> RecordIter<'r> {
    const fn new(records: &'r [u8]) -> Self {
        Self { rest: records }
    }
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

/// The path of the record that `records` begin with, and its length; 0 if there is none.
pub(super) fn head(records: &[u8]) -> (u8, usize) {
    let Some(header) = records.first_chunk() else {
        return (0, 0);
    };
    let word = u32::from_le_bytes(*header);
    (word as u8, HEADER + held(word))
}

/// The length of the value behind a header.
const fn held(header: u32) -> usize {
    if kind(header) == kind::COUNT {
        0
    } else {
        (header >> 12) as usize
    }
}

const fn kind(header: u32) -> u8 {
    (header >> 8) as u8 & 15
}

/// A record, or an entry of a list, before its value is looked at.
struct Stored<'r> {
    kind: u8,
    /// The full length of what is cut or too long, the number of objects, or the length of the bytes.
    number: u32,
    bytes: &'r [u8],
}

impl<'r> Stored<'r> {
    /// The record that `records` begin with.
    fn of(records: &'r [u8]) -> Option<Self> {
        let (header, rest) = records.split_first_chunk()?;
        let word = u32::from_le_bytes(*header);
        let (kind, mut number) = (kind(word), word >> 12);
        let mut bytes = rest.get(..held(word))?;
        if let kind::CUT_TEXT..=kind::CUT_LIST = kind {
            let (kept, full) = bytes.split_last_chunk()?;
            (bytes, number) = (kept, u32::from_le_bytes(*full));
        }
        Some(Self {
            kind,
            number,
            bytes,
        })
    }

    fn text(self) -> Option<Text<'r>> {
        let (kind::TEXT | kind::CUT_TEXT) = self.kind else {
            return None;
        };
        Some(Text {
            text: as_str(self.bytes),
            full_len: self.number,
        })
    }

    fn number(self) -> Option<Number<'r>> {
        (self.kind == kind::NUMBER).then(|| Number(as_str(self.bytes)))
    }

    fn value(self) -> Value<'r> {
        let Self { bytes, number, .. } = self;
        match self.kind {
            kind::FALSE => Value::Bool(false),
            kind::TRUE => Value::Bool(true),
            kind::OBJECT => Value::Object,
            kind::ARRAY => Value::Array,
            kind::NUMBER => Value::Number(Number(as_str(bytes))),
            kind::TEXT | kind::CUT_TEXT => Value::Text(Text {
                text: as_str(bytes),
                full_len: number,
            }),
            kind::TOO_LONG => Value::TooLong { length: number },
            kind::LIST => {
                let is_tag = |byte: &u8| u32::from(*byte >= FIRST_TAG);
                Value::List(List {
                    entries: bytes,
                    len: bytes.iter().map(is_tag).sum(),
                })
            }
            kind::CUT_LIST | kind::COUNT => Value::List(List {
                entries: bytes,
                len: number,
            }),
            _ => Value::Null,
        }
    }
}

/// A kept value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'r> {
    /// A string, perhaps cut.
    Text(Text<'r>),
    /// A number.
    Number(Number<'r>),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// An array that was asked for: its length, and the leading entries that there was room for.
    List(List<'r>),
    /// There is an object where a simple value was asked for.
    Object,
    /// There is an array where a simple value was asked for.
    Array,
    /// There was no room for a value that must be whole; it would have taken so many bytes.
    TooLong {
        /// The value's length in bytes.
        length: u32,
    },
}

impl<'r> Value<'r> {
    /// The text, if it is one that was kept.
    pub const fn text(self) -> Option<Text<'r>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one that was kept.
    pub const fn number(self) -> Option<Number<'r>> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The truth, if it is `true` or `false`.
    pub const fn bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The list, if it is an array.
    pub const fn list(self) -> Option<List<'r>> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }
}

/// A string value, unescaped. It is its kept part; whether that is all, it can tell.
///
/// ```
/// use slack_rtm::json::Text;
///
/// let text = Text::from("ping");
/// assert!(text == "ping" && text.starts_with('p'), "it is a `str` wherever one is wanted");
/// assert!(!text.is_cut());
/// assert_eq!(text.full_len(), 4);
/// ```
#[derive(Clone, Copy)]
pub struct Text<'r> {
    text: &'r str,
    full_len: u32,
}

impl<'r> Text<'r> {
    /// The kept text.
    pub const fn as_str(self) -> &'r str {
        self.text
    }

    /// Whether the text went on behind what was kept.
    pub const fn is_cut(self) -> bool {
        // Never as `usize`: the full length need not fit one of 16 bits, what was kept fits both.
        self.full_len > self.text.len() as u32
    }

    /// The length of the whole text in bytes of UTF-8, kept or not; saturates at `u32::MAX`.
    pub const fn full_len(self) -> u32 {
        self.full_len
    }
}

impl<'r> From<&'r str> for Text<'r> {
    fn from(text: &'r str) -> Self {
        Self {
            text,
            full_len: text.len() as u32,
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.text
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        self.text
    }
}

/// Equal if the kept parts are, and what is missing is equally long.
impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.full_len == other.full_len
    }
}

impl Eq for Text<'_> {}

/// Equal if it is whole and the same; a cut text equals none.
impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        !self.is_cut() && self.text == other
    }
}

/// Equal if it is whole and the same; a cut text equals none.
impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// The kept part, then `…` if it is cut.
impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)?;
        f.write_str(if self.is_cut() { "…" } else { "" })
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text, f)?;
        if self.is_cut() {
            write!(f, "…({} bytes)", self.full_len)?;
        }
        Ok(())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Text<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=str}", self.text);
        if self.is_cut() {
            defmt::write!(f, "…({} bytes)", self.full_len);
        }
    }
}

/// A number, exactly as it was written (RFC 8259 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Number<'r>(&'r str);

impl<'r> Number<'r> {
    /// Its digits.
    pub const fn as_str(self) -> &'r str {
        self.0
    }

    /// The number, if it is a whole one written as such and fits.
    pub fn as_u64(self) -> Option<u64> {
        parse::decimal(self.0.as_bytes())
    }

    /// The number, if it is a whole one written as such and fits.
    pub fn as_i64(self) -> Option<i64> {
        match self.0.as_bytes() {
            [b'-', digits @ ..] => 0_i64.checked_sub_unsigned(parse::decimal(digits)?),
            digits => 0_i64.checked_add_unsigned(parse::decimal(digits)?),
        }
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// An array: how many entries it has, and the leading ones that were kept.
///
/// Of an array of objects the number is kept; members that were asked for are records of
/// their own.
#[derive(Clone, Copy, PartialEq)]
pub struct List<'r> {
    entries: &'r [u8],
    len: u32,
}

impl<'r> List<'r> {
    /// How many entries the array has, kept or not; saturates.
    pub const fn len(self) -> u32 {
        self.len
    }

    /// Whether the array is empty.
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Whether there are entries that were not kept.
    pub fn is_cut(self) -> bool {
        (self.iter().count() as u64) < u64::from(self.len)
    }

    /// The leading entries that were kept.
    pub const fn iter(self) -> Entries<'r> {
        Entries { rest: self.entries }
    }
}

impl<'r> IntoIterator for List<'r> {
    type Item = Value<'r>;
    type IntoIter = Entries<'r>;

    fn into_iter(self) -> Entries<'r> {
        self.iter()
    }
}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()?;
        if self.is_cut() {
            write!(f, "…({} entries)", self.len)?;
        }
        Ok(())
    }
}

/// Goes through the kept entries of a [`List`].
#[derive(Clone, Debug)]
pub struct Entries<'r> {
    rest: &'r [u8],
}

impl<'r> Entries<'r> {
    /// The next entry as it stands.
    fn next_stored(&mut self) -> Option<Stored<'r>> {
        let length = self.rest.iter().position(|byte| *byte >= FIRST_TAG)?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        let (tag, rest) = rest.split_first()?;
        let kind = tag - FIRST_TAG;
        self.rest = rest;
        let mut number = text.len() as u32;
        if kind == kind::CUT_TEXT {
            let (full, rest) = rest.split_first_chunk()?;
            number = u32::from_le_bytes(*full);
            self.rest = rest;
        }
        Some(Stored {
            kind,
            number,
            bytes: text,
        })
    }
}

impl<'r> Iterator for Entries<'r> {
    type Item = Value<'r>;

    fn next(&mut self) -> Option<Value<'r>> {
        self.next_stored().map(Stored::value)
    }
}

/// The tokenizer validated it, and cuts keep to characters.
fn as_str(bytes: &[u8]) -> &str {
    utf8::valid(bytes)
}
