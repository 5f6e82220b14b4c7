//! Commands of the caller: JSON text, or a type that serde can serialize.

use super::command::{Command, CommandKind};
use crate::json::{JsonToken, Piece, SyntaxError, Tokenizer, Writer};
use core::fmt;

/// A command that is JSON already: an object without `id`, which the client adds.
///
/// ```
/// use slack_rtm::rtm::custom::Custom;
///
/// let tickle = Custom::new(r#"{"type":"tickle"}"#)?;
/// assert!(Custom::new(r#"["no object"]"#).is_err());
/// assert!(Custom::new(r#"{"type":"tickle","id":7}"#).is_err());
/// # let _ = tickle;
/// # Ok::<(), slack_rtm::rtm::custom::CustomError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Custom<'a> {
    /// The text between the braces.
    members: &'a [u8],
}

impl<'a> Custom<'a> {
    /// Checks that `json` is one object without an `id`.
    ///
    /// # Errors
    /// [`CustomError`] if it is not.
    pub fn new(json: &'a str) -> Result<Self, CustomError> {
        let json = json.as_bytes().trim_ascii();
        let mut tokenizer = Tokenizer::new();
        let mut rest = json;
        let mut depth = 0_u32;
        let mut name = Name::default();
        while !rest.is_empty() {
            let step = tokenizer.next(rest)?;
            match step.token {
                Some(JsonToken::BeginObject | JsonToken::BeginArray) => depth += 1,
                Some(JsonToken::EndObject | JsonToken::EndArray) => depth = depth.saturating_sub(1),
                Some(JsonToken::Name(piece)) if depth == 1 => {
                    name.take(piece, rest);
                    if piece.is_last() && core::mem::take(&mut name).is_id() {
                        return Err(CustomError::HasId);
                    }
                }
                _ => {}
            }
            rest = rest.get(step.consumed..).unwrap_or_default();
        }
        tokenizer.finish()?;
        let members = json
            .strip_prefix(b"{")
            .and_then(|json| json.strip_suffix(b"}"))
            .ok_or(CustomError::NoObject)?
            .trim_ascii();
        Ok(Self { members })
    }

    /// A command with these members: the text between the braces of an object.
    pub(crate) const fn of_members(members: &'a [u8]) -> Self {
        Self { members }
    }

    /// Serializes `value` into `memory` with `serde-json-core`, as a command.
    ///
    /// # Errors
    /// [`CustomError::TooLong`] if `memory` is too small for the JSON of `value`; else the errors
    /// of [`new`](Self::new).
    #[cfg(feature = "serde")]
    pub fn serialize<T: serde::Serialize + ?Sized>(
        value: &T,
        memory: &'a mut [u8],
    ) -> Result<Self, CustomError> {
        let length = serde_json_core::to_slice(value, memory).map_err(|_| CustomError::TooLong)?;
        let json = memory.get(..length).unwrap_or_default();
        Self::new(core::str::from_utf8(json).unwrap_or_default())
    }
}

/// The beginning and the length of a member's name, which suffice to recognise `id`.
#[derive(Default)]
struct Name {
    start: [char; 2],
    length: usize,
}

impl Name {
    fn take(&mut self, piece: Piece, input: &[u8]) {
        match piece {
            Piece::Raw { start, end, .. } => {
                let bytes = input.get(start..end).unwrap_or_default();
                bytes.iter().for_each(|byte| self.push(char::from(*byte)));
            }
            Piece::Char(char) | Piece::Pair(char) => self.push(char),
        }
    }

    fn push(&mut self, char: char) {
        if let Some(slot) = self.start.get_mut(self.length) {
            *slot = char;
        }
        self.length = self.length.saturating_add(1);
    }

    fn is_id(&self) -> bool {
        self.length == 2 && self.start == ['i', 'd']
    }
}

impl Command for Custom<'_> {
    fn kind(&self) -> CommandKind<'_> {
        CommandKind::Numbered
    }

    fn write(&self, json: &mut Writer<'_>) {
        if !self.members.is_empty() {
            json.raw(self.members);
        }
    }
}

/// The reason why a text is not a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CustomError {
    /// It is not JSON.
    Syntax(SyntaxError),
    /// It is JSON, but not an object.
    NoObject,
    /// It has an `id`, which the client adds.
    HasId,
    /// The memory is too small for the JSON of the value.
    TooLong,
}

impl From<SyntaxError> for CustomError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

impl CustomError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Syntax(error) => error.code(),
            Self::NoObject => 220,
            Self::HasId => 221,
            Self::TooLong => 222,
        }
    }
}

impl fmt::Display for CustomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax(why) => return write!(f, "the command is not JSON; correct it: {why}"),
            Self::NoObject => "the command is not a JSON object; write {\"type\":...}",
            Self::HasId => "remove the id of the command: the client adds ids",
            Self::TooLong => "the memory is too small for the command's JSON; lend a larger one",
        })
    }
}

impl core::error::Error for CustomError {}

#[cfg(test)]
mod tests {
    use super::{Custom, CustomError};
    use crate::buffer::write_to_slice;
    use crate::rtm::command::object;

    #[test]
    fn an_id_is_found_in_any_spelling() {
        for json in [
            r#"{"id":1}"#,
            r#"{"a":{"id":1},"\u0069d":1}"#,
            r#"{"i\u0064":null}"#,
        ] {
            assert_eq!(Custom::new(json).err(), Some(CustomError::HasId), "{json}");
        }
        for json in [
            r#"{"ids":1}"#,
            r#"{"a":{"id":1}}"#,
            "{}",
            r#" {"i":[{"id":1}]} "#,
            r#"{"xid":1}"#,
        ] {
            assert!(Custom::new(json).is_ok(), "{json}");
        }
    }

    #[test]
    fn white_space_is_no_member() {
        for json in ["{}", "{ }", " {\r\n\t} "] {
            let mut memory = [0; 32];
            let command = Custom::new(json).unwrap();
            let written = write_to_slice(&mut memory, |sink| object(7, &command, sink));
            assert_eq!(written, Ok(&br#"{"id":7}"#[..]), "{json:?}");
        }
    }

    #[test]
    fn other_values_than_objects_are_refused() {
        for json in ["", "[]", "1", "{", r#"{"a":1}{}"#, r#"{"a":01}"#] {
            assert!(Custom::new(json).is_err(), "{json}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_serializable_type_is_a_command() {
        #[derive(serde::Serialize)]
        struct Tickle<'a> {
            r#type: &'a str,
            count: u32,
        }
        let tickle = Tickle {
            r#type: "tickle",
            count: 3,
        };
        let mut memory = [0; 32];
        let command = Custom::serialize(&tickle, &mut memory).unwrap();
        assert_eq!(command.members, br#""type":"tickle","count":3"#);
        assert_eq!(
            Custom::serialize(&tickle, &mut [0; 8]).err(),
            Some(CustomError::TooLong)
        );
    }
}
