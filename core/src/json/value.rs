//! Kept values, decoded from their records.

use super::record_kind;
use super::record_layout::{FIRST_TAG, kind_of, value_length};
use super::text::Text;
use crate::{parse, utf8};
use core::fmt;

/// A kept value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Value<'r> {
    /// A string, perhaps cut.
    Text(Text<'r>),
    /// A number.
    Number(Number<'r>),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// An array whose entries were wanted: its length, and the leading entries that fitted.
    List(List<'r>),
    /// An object where a simple value was wanted.
    Object,
    /// An array where a simple value was wanted.
    Array,
    /// A value that must be whole and did not fit.
    TooLong {
        /// The length of the value in bytes.
        length: u32,
    },
}

impl<'r> Value<'r> {
    /// Returns the text, if it is a string that was kept.
    pub const fn text(self) -> Option<Text<'r>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number, if it is a number that was kept.
    pub const fn number(self) -> Option<Number<'r>> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the text, or the number as it was written: Slack sends ids, timestamps and counts in
    /// either form.
    pub const fn text_or_number(self) -> Option<&'r str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            Self::Number(number) => Some(number.as_str()),
            _ => None,
        }
    }

    /// Returns the whole number, written as a number or as a text.
    pub fn as_u64(self) -> Option<u64> {
        parse::decimal(self.text_or_number()?.as_bytes())
    }

    /// Returns the whole number, written as a number or as a text.
    pub fn as_i64(self) -> Option<i64> {
        parse::signed_decimal(self.text_or_number()?.as_bytes())
    }

    /// Returns the boolean, if it is `true` or `false`.
    pub const fn bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the list, if it is an array.
    pub const fn list(self) -> Option<List<'r>> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }
}

/// A number, exactly as it was written (RFC 8259 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Number<'r>(&'r str);

impl<'r> Number<'r> {
    /// Returns the number as it was written.
    pub const fn as_str(self) -> &'r str {
        self.0
    }

    /// Returns the number, if it is written without fraction and exponent and fits.
    pub fn as_u64(self) -> Option<u64> {
        parse::decimal(self.0.as_bytes())
    }

    /// Returns the number, if it is written without fraction and exponent and fits.
    pub fn as_i64(self) -> Option<i64> {
        parse::signed_decimal(self.0.as_bytes())
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// An array: the number of its entries, and the leading ones that were kept.
///
/// Of an array of objects the number is kept; wanted members of the objects are records of their
/// own.
#[derive(Clone, Copy, PartialEq)]
pub struct List<'r> {
    entries: &'r [u8],
    len: u32,
}

impl<'r> List<'r> {
    /// Returns the number of entries of the array, kept or not; saturates.
    pub const fn len(self) -> u32 {
        self.len
    }

    /// Returns whether the array is empty.
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Returns whether there are entries that were not kept.
    pub fn is_cut(self) -> bool {
        (self.iter().count() as u64) < u64::from(self.len)
    }

    /// Returns the leading entries that were kept.
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

/// An iterator over the kept entries of a [`List`].
#[derive(Clone, Debug)]
pub struct Entries<'r> {
    rest: &'r [u8],
}

impl<'r> Entries<'r> {
    fn next_stored(&mut self) -> Option<Stored<'r>> {
        let length = self.rest.iter().position(|byte| *byte >= FIRST_TAG)?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        let (tag, rest) = rest.split_first()?;
        let kind = tag - FIRST_TAG;
        self.rest = rest;
        let mut number = text.len() as u32;
        if kind == record_kind::CUT_TEXT {
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

/// A record, or an entry of a list, whose value is not decoded yet.
pub(super) struct Stored<'r> {
    kind: u8,
    /// The full length of a value that is cut or too long, the number of objects, or the length of
    /// `bytes`.
    number: u32,
    bytes: &'r [u8],
}

impl<'r> Stored<'r> {
    /// Returns the first record of `records`.
    pub(super) fn of(records: &'r [u8]) -> Option<Self> {
        let (header, rest) = records.split_first_chunk()?;
        let word = u32::from_le_bytes(*header);
        let (kind, mut number) = (kind_of(word), word >> 12);
        let mut bytes = rest.get(..value_length(word))?;
        if let record_kind::CUT_TEXT..=record_kind::CUT_LIST = kind {
            let (kept, full) = bytes.split_last_chunk()?;
            (bytes, number) = (kept, u32::from_le_bytes(*full));
        }
        Some(Self {
            kind,
            number,
            bytes,
        })
    }

    pub(super) const fn kind(&self) -> u8 {
        self.kind
    }

    pub(super) fn text(self) -> Option<Text<'r>> {
        let (record_kind::TEXT | record_kind::CUT_TEXT) = self.kind else {
            return None;
        };
        Some(Text::new(as_str(self.bytes), self.number))
    }

    pub(super) fn text_or_number(self) -> Option<&'r str> {
        match self.kind {
            record_kind::TEXT | record_kind::CUT_TEXT | record_kind::NUMBER => {
                Some(as_str(self.bytes))
            }
            _ => None,
        }
    }

    pub(super) fn number(self) -> Option<Number<'r>> {
        (self.kind == record_kind::NUMBER).then(|| Number(as_str(self.bytes)))
    }

    pub(super) fn value(self) -> Value<'r> {
        let Self { bytes, number, .. } = self;
        match self.kind {
            record_kind::FALSE => Value::Bool(false),
            record_kind::TRUE => Value::Bool(true),
            record_kind::OBJECT => Value::Object,
            record_kind::ARRAY => Value::Array,
            record_kind::NUMBER => Value::Number(Number(as_str(bytes))),
            record_kind::TEXT | record_kind::CUT_TEXT => {
                Value::Text(Text::new(as_str(bytes), number))
            }
            record_kind::TOO_LONG => Value::TooLong { length: number },
            record_kind::LIST => {
                let is_tag = |byte: &u8| u32::from(*byte >= FIRST_TAG);
                Value::List(List {
                    entries: bytes,
                    len: bytes.iter().map(is_tag).sum(),
                })
            }
            record_kind::CUT_LIST | record_kind::COUNT => Value::List(List {
                entries: bytes,
                len: number,
            }),
            _ => Value::Null,
        }
    }
}

/// Returns `bytes` as text: the tokenizer validated them, and a cut is between characters.
fn as_str(bytes: &[u8]) -> &str {
    utf8::valid(bytes)
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Entries<'_>);

#[cfg(feature = "defmt")]
impl defmt::Format for List<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "[");
        for entry in *self {
            defmt::write!(f, "{}, ", entry);
        }
        defmt::write!(f, "…({=u32} entries)]", self.len);
    }
}
