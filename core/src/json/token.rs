//! Tokens of JSON, and the errors of its syntax.

use core::fmt;

/// The result of one call of [`Tokenizer::next`](super::Tokenizer::next).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct TokenStep {
    /// The number of bytes consumed. The next call starts after them.
    pub consumed: usize,
    /// The token that they complete. `None`: all of the input is consumed, and more is needed.
    pub token: Option<JsonToken>,
}

/// A part of a JSON document. Strings and numbers may come in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum JsonToken {
    /// `{`
    BeginObject,
    /// `}`
    EndObject,
    /// `[`
    BeginArray,
    /// `]`
    EndArray,
    /// A piece of the name of a member.
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

/// A piece of a string or number. Positions are offsets in the input of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Piece {
    /// `input[start..end]`, unchanged. A character may be divided between two such pieces.
    Raw {
        /// The beginning in the input.
        start: usize,
        /// The end in the input.
        end: usize,
        /// Whether this piece ends the string or number.
        last: bool,
    },
    /// One character that was written as an escape. Half a surrogate pair is U+FFFD.
    Char(char),
    /// The other half of a surrogate pair arrived: this character replaces the U+FFFD of the piece
    /// before.
    Pair(char),
}

impl Piece {
    /// Returns whether this piece ends the string or number.
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Raw { last: true, .. })
    }
}

/// A [`JsonToken`] without its piece, or the reason why there is none.
///
/// One enum, because each step of the tokenizer writes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum TokenKind {
    Null,
    False,
    True,
    BeginObject,
    BeginArray,
    Number,
    Text,
    Name,
    EndObject,
    EndArray,
    /// No token yet.
    Nothing,
    /// The variants from here on are those of [`SyntaxError`].
    UnexpectedByte,
    InvalidLiteral,
    InvalidNumber,
    ControlCharacter,
    InvalidEscape,
    InvalidUtf8,
    TooDeep,
}

/// A [`Piece`] without its positions and its character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    Raw,
    /// As `Raw`, and the last piece.
    Last,
    Char,
    Pair,
}

/// The rule of RFC 8259 that the input breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SyntaxError {
    /// A byte that the grammar does not allow at its place (sections 2 to 5).
    UnexpectedByte(u8),
    /// A literal other than `true`, `false` and `null` (section 3).
    InvalidLiteral,
    /// A malformed number: a leading zero, a missing digit (section 6).
    InvalidNumber,
    /// A control character in a string that is not escaped (section 7).
    ControlCharacter(u8),
    /// A backslash before a byte that begins no escape (section 7).
    InvalidEscape(u8),
    /// A string that is not UTF-8 (section 8.1).
    InvalidUtf8,
    /// More nested containers than [`Tokenizer::LEVELS`](super::Tokenizer::LEVELS) (section 9).
    TooDeep,
    /// The input ended before the document did.
    Incomplete,
}

impl SyntaxError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::UnexpectedByte(_) => 750,
            Self::InvalidLiteral => 751,
            Self::InvalidNumber => 752,
            Self::ControlCharacter(_) => 753,
            Self::InvalidEscape(_) => 754,
            Self::InvalidUtf8 => 755,
            Self::TooDeep => 756,
            Self::Incomplete => 757,
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnexpectedByte(byte) => {
                return write!(
                    f,
                    "unexpected byte {byte:#04x} in JSON (RFC 8259 section 2)"
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
                    "invalid JSON escape with byte {byte:#04x} (RFC 8259 section 7)"
                );
            }
            Self::InvalidLiteral => {
                "a JSON literal is neither true, false nor null (RFC 8259 section 3)"
            }
            Self::InvalidNumber => "malformed JSON number (RFC 8259 section 6)",
            Self::InvalidUtf8 => "a JSON string is not UTF-8 (RFC 8259 section 8.1)",
            Self::TooDeep => {
                "JSON is nested deeper than 256 levels, the most that this parser supports"
            }
            Self::Incomplete => "the JSON text ended too early (RFC 8259 section 2)",
        })
    }
}

impl core::error::Error for SyntaxError {}
