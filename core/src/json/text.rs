//! Kept strings, which may be cut.

use core::{fmt, hash};

/// A string value, unescaped: its kept part, and the length of the whole.
///
/// A text that is cut equals no `str`. To compare the kept part of a text, whether or not it is
/// cut, use [`as_str`](Self::as_str).
///
/// ```
/// use slack_rtm::json::Text;
///
/// let text = Text::from("ping");
/// assert!(text == "ping" && "ping" == text);
/// assert!(text.as_str().starts_with('p'));
/// assert!(!text.is_cut());
/// assert_eq!(text.full_len(), 4);
/// ```
#[derive(Clone, Copy)]
pub struct Text<'r> {
    text: &'r str,
    full_len: u32,
}

impl<'r> Text<'r> {
    pub(super) const fn new(text: &'r str, full_len: u32) -> Self {
        Self { text, full_len }
    }

    /// Returns the text without its first `length` bytes, which must be kept and whole characters.
    pub(crate) fn after(self, length: usize) -> Option<Self> {
        let text = self.text.get(length..)?;
        let full_len = self.full_len.saturating_sub(length as u32);
        Some(Self { text, full_len })
    }

    /// Returns the kept text.
    pub const fn as_str(self) -> &'r str {
        self.text
    }

    /// Returns whether a part of the text was not kept.
    pub const fn is_cut(self) -> bool {
        // Never as `usize`: the full length need not fit one of 16 bits, what was kept fits both.
        self.full_len > self.text.len() as u32
    }

    /// Returns whether the whole text is empty.
    pub const fn is_empty(self) -> bool {
        self.full_len == 0
    }

    /// Returns the length of the whole text in bytes of UTF-8, kept or not; saturates at
    /// `u32::MAX`.
    pub const fn full_len(self) -> u32 {
        self.full_len
    }
}

impl<'r> From<&'r str> for Text<'r> {
    fn from(text: &'r str) -> Self {
        Self::new(text, text.len() as u32)
    }
}

/// Equal if the kept parts are equal and the missing parts are equally long.
impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.full_len == other.full_len
    }
}

impl Eq for Text<'_> {}

impl hash::Hash for Text<'_> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
        self.full_len.hash(state);
    }
}

/// Equal if the text is whole and the same; a cut text equals no `str`.
impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        !self.is_cut() && self.text == other
    }
}

/// Equal if the text is whole and the same; a cut text equals no `str`.
impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// Equal if the text is whole and the same; a cut text equals no `str`.
impl PartialEq<Text<'_>> for str {
    fn eq(&self, other: &Text<'_>) -> bool {
        other == self
    }
}

/// Equal if the text is whole and the same; a cut text equals no `str`.
impl PartialEq<Text<'_>> for &str {
    fn eq(&self, other: &Text<'_>) -> bool {
        other == *self
    }
}

/// Shows the kept part, then `…` if it is cut.
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

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_cut_text_equals_no_str_from_either_side() {
        let (whole, cut) = (Text::from("ping"), Text::new("ping", 5));
        let of_texts = [whole, cut].map(|text| text == "ping");
        let of_strs = [whole, cut].map(|text| "ping" == text);
        assert_eq!((of_texts, of_strs), ([true, false], [true, false]));
        assert_ne!(cut, whole);
        assert_eq!(cut.as_str(), whole.as_str());
    }
}
