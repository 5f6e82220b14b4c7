//! Kept values as they stand in the receive buffer: the format of a record, and views of it.
//!
//! A record is a header word, little endian, and a value. The word holds the path's number
//! (8 bits), the kind (3 bits) and the value's length in bytes (21 bits), or for kinds without
//! bytes a number in its place. A cut text and a cut list end with their full length, 4 bytes.

use core::{fmt, ops::Deref};

/// Bytes of a record's header, and of a full length.
pub(super) const HEADER: usize = 4;
/// The longest value of a record, in bytes: 21 bits, where a `usize` has them.
pub(super) const LONGEST: usize = usize::MAX >> usize::BITS.saturating_sub(21);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    CutText,
    Number,
    /// The number is a [`literal`].
    Literal,
    List,
    CutList,
    /// The value is the length it would have had.
    TooLong,
    /// The number is how many objects an array has.
    Count,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Text,
        Self::CutText,
        Self::Number,
        Self::Literal,
        Self::List,
        Self::CutList,
        Self::TooLong,
        Self::Count,
    ];
}

/// Values that a header tells completely.
pub(super) mod literal {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const OBJECT: u8 = 3;
    pub(crate) const ARRAY: u8 = 4;
}

pub(super) fn header(path: u8, kind: Kind, length: usize) -> [u8; HEADER] {
    let length = length.min(LONGEST) as u32;
    (u32::from(path) | (kind as u32) << 8 | length << 11).to_le_bytes()
}

/// The entries of a list. A text has two bytes before it, big endian: 0, whether it is cut,
/// and its length in 14 bits. Anything else has one byte: 1, 0 and the length of a number in
/// 6 bits, or 1, 1 and a literal.
pub(super) mod entry {
    pub(crate) const LONGEST_TEXT: usize = (1 << 14) - 1;
    pub(crate) const LONGEST_NUMBER: usize = (1 << 6) - 1;
    pub(super) const CUT: u8 = 0x40;
    pub(super) const OTHER: u8 = 0x80;
    pub(super) const LITERAL: u8 = 0xc0;

    pub(crate) fn text(length: usize, cut: bool) -> [u8; 2] {
        let [high, low] = (length.min(LONGEST_TEXT) as u16).to_be_bytes();
        [if cut { high | CUT } else { high }, low]
    }

    pub(crate) fn number(length: usize) -> [u8; 1] {
        [OTHER | length.min(LONGEST_NUMBER) as u8]
    }

    pub(crate) fn literal(literal: u8) -> [u8; 1] {
        [LITERAL | literal]
    }
}

/// The values that were kept of a document, or of an element of a list.
#[derive(Clone, Copy)]
pub struct Records<'r> {
    bytes: &'r [u8],
    complete: bool,
}

impl<'r> Records<'r> {
    pub(crate) const fn new(bytes: &'r [u8], complete: bool) -> Self {
        Self { bytes, complete }
    }

    /// The value of `path`; the last one where there are several (in an array of objects).
    pub fn find(self, path: u8) -> Option<Value<'r>> {
        let mut records = self.iter();
        let mut found = None;
        while let Some(stored) = records.next_stored() {
            if stored.path == path {
                found = Some(stored);
            }
        }
        found.map(Stored::value)
    }

    /// All values of `path`, in the order they came: several in an array of objects.
    pub fn find_all(self, path: u8) -> impl Iterator<Item = Value<'r>> {
        let mut records = self.iter();
        core::iter::from_fn(move || {
            loop {
                let stored = records.next_stored()?;
                if stored.path == path {
                    return Some(stored.value());
                }
            }
        })
    }

    /// The text of `path`, if it is one that was kept.
    pub fn text(self, path: u8) -> Option<Text<'r>> {
        self.find(path)?.text()
    }

    /// The number of `path`, if it is one that was kept.
    pub fn number(self, path: u8) -> Option<Number<'r>> {
        self.find(path)?.number()
    }

    /// The truth of `path`, if it is `true` or `false`.
    pub fn bool(self, path: u8) -> Option<bool> {
        self.find(path)?.bool()
    }

    /// The list of `path`, if it is an array.
    pub fn list(self, path: u8) -> Option<List<'r>> {
        self.find(path)?.list()
    }

    /// Every value, in the order they came.
    pub fn iter(self) -> RecordIter<'r> {
        RecordIter { rest: self.bytes }
    }

    /// Whether every wanted value has a record, if only one that says that it was too long.
    pub const fn is_complete(self) -> bool {
        self.complete
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
    /// The next record as it stands.
    fn next_stored(&mut self) -> Option<Stored<'r>> {
        let (header, rest) = self.rest.split_first_chunk()?;
        let word = u32::from_le_bytes(*header);
        let kind = *Kind::ALL.get(word as usize >> 8 & 7)?;
        let number = word >> 11;
        let held = match kind {
            Kind::Literal | Kind::Count => 0,
            _ => number as usize,
        };
        let (bytes, rest) = rest.split_at_checked(held)?;
        self.rest = rest;
        Some(Stored {
            path: word as u8,
            kind,
            number,
            bytes,
        })
    }

    /// The path of the next record, and its length with its header.
    pub(super) fn next_length(&mut self) -> Option<(u8, usize)> {
        let stored = self.next_stored()?;
        Some((stored.path, HEADER + stored.bytes.len()))
    }
}

impl<'r> Iterator for RecordIter<'r> {
    type Item = Record<'r>;

    fn next(&mut self) -> Option<Record<'r>> {
        self.next_stored().map(Stored::record)
    }
}

/// A record before its value is looked at.
struct Stored<'r> {
    path: u8,
    kind: Kind,
    number: u32,
    bytes: &'r [u8],
}

impl<'r> Stored<'r> {
    fn record(self) -> Record<'r> {
        Record {
            path: self.path,
            value: self.value(),
        }
    }

    fn value(self) -> Value<'r> {
        match self.kind {
            Kind::Text => Value::Text(Text::new(self.bytes)),
            Kind::CutText => Value::Text(Text::new_cut(self.bytes)),
            Kind::Number => Value::Number(Number(as_str(self.bytes))),
            Kind::Literal => Value::literal(self.number as u8),
            Kind::List => Value::List(List::new(self.bytes)),
            Kind::CutList => Value::List(List::new_cut(self.bytes)),
            Kind::TooLong => {
                let full = self.bytes.first_chunk();
                let length = full.map_or(0, |full| u32::from_le_bytes(*full));
                Value::TooLong { length }
            }
            Kind::Count => Value::List(List {
                entries: &[],
                len: self.number,
            }),
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

    fn literal(literal: u8) -> Self {
        match literal {
            literal::FALSE => Self::Bool(false),
            literal::TRUE => Self::Bool(true),
            literal::OBJECT => Self::Object,
            literal::ARRAY => Self::Array,
            _ => Self::Null,
        }
    }
}

/// A string value, unescaped. It is its kept part; whether that is all, it can tell.
#[derive(Clone, Copy)]
pub struct Text<'r> {
    text: &'r str,
    full_len: u32,
}

impl<'r> Text<'r> {
    fn new(bytes: &'r [u8]) -> Self {
        Self::from(as_str(bytes))
    }

    fn new_cut(bytes: &'r [u8]) -> Self {
        let (text, full) = bytes.split_last_chunk().unwrap_or((bytes, &[0; 4]));
        Self {
            text: as_str(text),
            full_len: u32::from_le_bytes(*full),
        }
    }

    /// The kept text.
    pub const fn as_str(self) -> &'r str {
        self.text
    }

    /// Whether the text went on behind what was kept.
    pub const fn is_cut(self) -> bool {
        // Never as `usize`: a full length need not fit one of 16 bits, what was kept fits both.
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
        self.0.parse().ok()
    }

    /// The number, if it is a whole one written as such and fits.
    pub fn as_i64(self) -> Option<i64> {
        self.0.parse().ok()
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
    fn new(entries: &'r [u8]) -> Self {
        Self {
            entries,
            len: Entries { rest: entries }.count() as u32,
        }
    }

    fn new_cut(bytes: &'r [u8]) -> Self {
        let (entries, len) = bytes.split_last_chunk().unwrap_or((bytes, &[0; 4]));
        Self {
            entries,
            len: u32::from_le_bytes(*len),
        }
    }

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
    /// The first byte of the next entry, and its text or digits.
    fn next_stored(&mut self) -> Option<(u8, &'r [u8])> {
        let (&first, rest) = self.rest.split_first()?;
        let (length, rest) = if first & entry::LITERAL == entry::LITERAL {
            (0, rest)
        } else if first & entry::OTHER != 0 {
            (usize::from(first & !entry::OTHER), rest)
        } else {
            let (&second, rest) = rest.split_first()?;
            let length = u16::from_be_bytes([first & !entry::CUT, second]);
            (usize::from(length), rest)
        };
        let (bytes, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((first, bytes))
    }
}

impl<'r> Iterator for Entries<'r> {
    type Item = Value<'r>;

    fn next(&mut self) -> Option<Value<'r>> {
        let (first, bytes) = self.next_stored()?;
        Some(if first & entry::LITERAL == entry::LITERAL {
            Value::literal(first & !entry::LITERAL)
        } else if first & entry::OTHER != 0 {
            Value::Number(Number(as_str(bytes)))
        } else if first & entry::CUT != 0 {
            Value::Text(Text::new_cut(bytes))
        } else {
            Value::Text(Text::new(bytes))
        })
    }

    fn count(mut self) -> usize {
        let mut count = 0;
        while self.next_stored().is_some() {
            count += 1;
        }
        count
    }
}

/// The tokenizer validated it, and cuts keep to characters.
fn as_str(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
