//! Borrowed JSON: a value that is sent as it is.

use crate::json::{SyntaxError, Tokenizer, Writer};
use core::fmt;

/// One JSON value as text, checked for its syntax, such as blocks from the Block Kit Builder.
///
/// ```
/// use slack_rtm::blocks::JsonText;
///
/// let blocks = JsonText::new(r#"[{"type":"divider"}]"#)?;
/// assert!(JsonText::new(r#"[{"type":"divider"]"#).is_err());
/// # let _ = blocks;
/// # Ok::<(), slack_rtm::blocks::JsonTextError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct JsonText<'a> {
    text: &'a str,
    /// The number of elements, if it is an array.
    elements: usize,
}

impl<'a> JsonText<'a> {
    /// `[]`.
    pub(super) const EMPTY_ARRAY: Self = Self {
        text: "[]",
        elements: 0,
    };

    /// Checks that `json` is one value.
    ///
    /// # Errors
    /// [`JsonTextError::Syntax`] if it is not.
    pub fn new(json: &'a str) -> Result<Self, JsonTextError> {
        let json = json.trim_ascii();
        let mut tokenizer = Tokenizer::new();
        let mut rest = json.as_bytes();
        while !rest.is_empty() {
            let step = tokenizer.next(rest)?;
            rest = rest.get(step.consumed..).unwrap_or_default();
        }
        tokenizer.finish()?;
        Ok(Self {
            text: json,
            elements: elements(json),
        })
    }

    /// Serializes `value` into `memory` with `serde-json-core`.
    ///
    /// # Errors
    /// [`JsonTextError::TooLong`] if `memory` is too small for the JSON of `value`.
    #[cfg(feature = "serde")]
    pub fn serialize<T: serde::Serialize + ?Sized>(
        value: &T,
        memory: &'a mut [u8],
    ) -> Result<Self, JsonTextError> {
        let length =
            serde_json_core::to_slice(value, memory).map_err(|_| JsonTextError::TooLong)?;
        let json = memory.get(..length).unwrap_or_default();
        Self::new(core::str::from_utf8(json).unwrap_or_default())
    }

    /// Returns the text.
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// Returns the number of elements of an array. It is 0 for any other value.
    pub(super) const fn elements(self) -> usize {
        self.elements
    }

    /// Writes the value.
    pub fn write(self, json: &mut Writer<'_>) {
        json.raw(self.text.as_bytes());
    }
}

/// Returns the number of elements of a valid array, or 0 for any other valid value.
fn elements(json: &str) -> usize {
    let array = json
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let Some(inner) = array.map(str::trim_ascii).filter(|inner| !inner.is_empty()) else {
        return 0;
    };
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    let mut commas = 0;
    for byte in inner.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => commas += 1,
            _ => {}
        }
    }
    commas + 1
}

/// A text that is not one JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum JsonTextError {
    /// The text breaks the grammar (RFC 8259).
    Syntax(SyntaxError),
    /// The memory is too small for the serialized value.
    TooLong,
}

impl JsonTextError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Syntax(error) => error.code(),
            Self::TooLong => 341,
        }
    }
}

impl From<SyntaxError> for JsonTextError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

impl fmt::Display for JsonTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => error.fmt(f),
            Self::TooLong => f.write_str("the value does not fit into its memory; lend more"),
        }
    }
}

impl core::error::Error for JsonTextError {}
