//! What the tokenizer yields, and how it refuses.

use core::fmt;

/// One step of the [`Tokenizer`](super::Tokenizer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the input that are done with; the next call starts behind them.
    pub consumed: usize,
    /// What they gave. `None`: all of the input is consumed and more is wanted.
    pub token: Option<Token>,
}

/// A part of a JSON document. Values of strings and numbers may come in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// `{`
    BeginObject,
    /// `}`
    EndObject,
    /// `[`
    BeginArray,
    /// `]`
    EndArray,
    /// A piece of a member's name.
    Name(Piece),
    /// A piece of a string value.
    Text(Piece),
    /// A piece of a number, exactly as it was written.
    Number(Piece),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
}

/// A piece of a string or number, in terms of the input given to this call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `input[start..end]`, as it stands. A character may be divided between two such pieces.
    Raw {
        /// Where it begins in the input.
        start: usize,
        /// Where it ends in the input.
        end: usize,
        /// Whether this ends the string or number.
        last: bool,
    },
    /// One character that was written as an escape. Half a surrogate pair is U+FFFD.
    Char(char),
    /// The other half of a pair came: the U+FFFD of the piece before becomes this character.
    Pair(char),
}

impl Piece {
    /// Whether this ends the string or number.
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Raw { last: true, .. })
    }
}

/// Which rule of RFC 8259 the input broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SyntaxError {
    /// A byte that cannot stand where it stands (sections 2 to 5).
    UnexpectedByte(u8),
    /// Neither `true`, `false` nor `null` (section 3).
    InvalidLiteral,
    /// Not a number: a leading zero, a missing digit (section 6).
    InvalidNumber,
    /// A control character in a string that is not escaped (section 7).
    ControlCharacter(u8),
    /// A backslash before something that is no escape (section 7).
    InvalidEscape(u8),
    /// A string that is not UTF-8 (section 8.1).
    InvalidUtf8,
    /// More nested containers than [`Tokenizer::LEVELS`](super::Tokenizer::LEVELS) (section 9).
    TooDeep,
    /// The input ended before the document did.
    Incomplete,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnexpectedByte(byte) => {
                return write!(
                    f,
                    "byte {byte:#04x} cannot stand here in JSON (RFC 8259 section 2)"
                );
            }
            Self::ControlCharacter(byte) => {
                return write!(
                    f,
                    "byte {byte:#04x} in a JSON string must be escaped (RFC 8259 section 7)"
                );
            }
            Self::InvalidEscape(byte) => {
                return write!(
                    f,
                    "byte {byte:#04x} makes no JSON escape (RFC 8259 section 7)"
                );
            }
            Self::InvalidLiteral => {
                "a JSON literal is neither true, false nor null (RFC 8259 section 3)"
            }
            Self::InvalidNumber => "a number is not written as JSON has it (RFC 8259 section 6)",
            Self::InvalidUtf8 => "a JSON string is not UTF-8 (RFC 8259 section 8.1)",
            Self::TooDeep => {
                "JSON is nested deeper than 256 levels, which is as far as this parser follows"
            }
            Self::Incomplete => "the JSON text ended too early (RFC 8259 section 2)",
        })
    }
}

impl core::error::Error for SyntaxError {}
