//! The tokenizer: a push parser for RFC 8259 that may stop and continue at any byte.

use super::scan;
use super::token::{JsonToken, Piece, PieceKind, SyntaxError, TokenKind, TokenStep};
use crate::flash::PLENTIFUL;
use crate::utf8;

/// Reads JSON (RFC 8259) from any pieces of input, and validates every byte, UTF-8 included.
///
/// It holds no input and needs no other memory: it has one bit for each open container, and a few
/// bytes. Positions in its tokens are offsets in the input of that call.
///
/// ```
/// use slack_rtm::json::{Piece, JsonToken, Tokenizer};
///
/// let mut tokenizer = Tokenizer::new();
/// let (mut names, mut text) = (0, String::new());
/// for mut input in [&br#"{"ok":true,"ur"#[..], br#"l":"wss:\/\/sl"#, br#"ack.com"}"#] {
///     while !input.is_empty() {
///         let step = tokenizer.next(input)?;
///         match step.token {
///             Some(JsonToken::Name(piece)) if piece.is_last() => names += 1,
///             Some(JsonToken::Text(Piece::Raw { start, end, .. })) => {
///                 text += core::str::from_utf8(&input[start..end]).unwrap();
///             }
///             Some(JsonToken::Text(Piece::Char(escaped))) => text.push(escaped),
///             _ => {}
///         }
///         input = &input[step.consumed..];
///     }
/// }
/// tokenizer.finish()?;
/// assert_eq!((names, text.as_str()), (2, "wss://slack.com"));
/// # Ok::<(), slack_rtm::json::SyntaxError>(())
/// ```
#[derive(Clone, Debug)]
#[repr(C, align(8))]
// The order and alignment are for flash: short instructions reach all but the containers, and
// these are cleared together with the state of the client around them.
pub struct Tokenizer {
    /// The digits of `\uXXXX` so far; bounds of the next continuation byte.
    code: u32,
    /// The first half of a surrogate pair if it was the last escape, or 0.
    half: u16,
    depth: u16,
    deepest: u16,
    /// One more than the depth at which skipping ends, or [`TO_DOCUMENT_END`]; 0: not skipping.
    skip_until: u16,
    state: State,
    /// By `state`: an offset in [`WORDS`], a [`phase`] of a number, the number of digits of
    /// `\uXXXX`, or, in a string, the number of continuation bytes that are due.
    progress: u8,
    /// Whether the string under way is a name or a text.
    string: TokenKind,
    /// The state after a value in the innermost open container.
    after_value: State,
    /// A bit for each open container, outermost first: set for an object.
    containers: [u8; LEVELS as usize / 8],
}

const LEVELS: u16 = 256;
/// A value of `skip_until` that no depth reaches.
const TO_DOCUMENT_END: u16 = u16::MAX;
const _: () = assert!(size_of::<Tokenizer>() <= 48, "on every target");
/// Whether frequent sequences of bytes are read in one step. Where they are not, or where a read
/// ends in one, each byte is a step.
pub(super) const SHORTCUTS: bool = PLENTIFUL;

/// The literals; the part of one that was read ends at `progress`.
const WORDS: &[u8] = b"true\0false\0null\0";
/// The positions after the first letter of each.
const TRUE: u8 = 1;
const FALSE: u8 = 6;
const NULL: u8 = 12;

/// The place of the next byte in the grammar. The first eight are between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[repr(u8)]
enum State {
    Value,
    FirstElement,
    FirstName,
    NextName,
    Colon,
    AfterMember,
    AfterElement,
    Finished,
    String,
    Escape,
    Hex,
    Literal,
    Number,
}

/// The progress of a number: odd where the number may end.
mod phase {
    pub(super) const START: u8 = 0;
    pub(super) const ZERO: u8 = 1;
    pub(super) const MINUS: u8 = 2;
    pub(super) const INTEGER: u8 = MINUS | DIGIT;
    pub(super) const POINT: u8 = 4;
    pub(super) const EXPONENT: u8 = 8;
    pub(super) const SIGN: u8 = EXPONENT | MINUS;
    /// Set by a digit wherever one is allowed.
    pub(super) const DIGIT: u8 = 3;
}

impl Tokenizer {
    /// The number of containers that may be open at the same time.
    pub const LEVELS: usize = LEVELS as usize;

    /// Creates a tokenizer at the beginning of a document.
    pub const fn new() -> Self {
        Self {
            code: 0,
            half: 0,
            depth: 0,
            deepest: 0,
            skip_until: 0,
            state: State::Value,
            progress: 0,
            string: TokenKind::Text,
            after_value: State::Finished,
            containers: [0; LEVELS as usize / 8],
        }
    }

    /// Returns to the beginning of a document. Needed after an error.
    pub const fn reset(&mut self) {
        self.state = State::Value;
        self.after_value = State::Finished;
        self.progress = 0;
        self.depth = 0;
        self.skip_until = 0;
        self.deepest = 0;
    }

    /// Reads up to the end of the next token, or of the input.
    ///
    /// # Errors
    /// [`SyntaxError`] with the rule of RFC 8259 that the input breaks.
    pub fn next(&mut self, input: &[u8]) -> Result<TokenStep, SyntaxError> {
        let mut reader = Reader::new(input);
        while reader.wants_more() {
            self.advance(&mut reader, &mut |_| true);
        }
        let token = reader.token();
        if token.is_none()
            && let Some(error) = reader.error()
        {
            return Err(error);
        }
        Ok(TokenStep {
            consumed: reader.at,
            token,
        })
    }

    /// Reads at least one byte, at most up to the end of a token.
    ///
    /// With [`SHORTCUTS`], members whose names are not `wanted` are skipped. `wanted` is called for
    /// names that end in this input, have no escape, and yielded no piece before.
    #[inline(always)]
    pub(super) fn advance(
        &mut self,
        reader: &mut Reader<'_>,
        wanted: &mut impl FnMut(&[u8]) -> bool,
    ) {
        if PLENTIFUL {
            self.step(reader, wanted);
        } else {
            self.call_step(reader, wanted);
        }
    }

    /// As [`step`](Self::step), not inlined: where flash is short, one copy of the code is called.
    #[inline(never)]
    fn call_step(&mut self, reader: &mut Reader<'_>, wanted: &mut impl FnMut(&[u8]) -> bool) {
        self.step(reader, wanted);
    }

    #[inline(always)]
    fn step(&mut self, reader: &mut Reader<'_>, wanted: &mut impl FnMut(&[u8]) -> bool) {
        // The most frequent first.
        if self.state == State::String {
            return self.string(reader, wanted);
        }
        if self.state < State::String {
            return self.between(reader);
        }
        match self.state {
            State::Escape | State::Hex => self.escape(reader),
            State::Literal => self.literal(reader),
            _ => self.number(reader),
        }
    }

    /// Skips the next value without tokens. The value is validated.
    ///
    /// To be called where a value may begin: after a name, or between elements.
    pub const fn skip_value(&mut self) {
        if self.skip_until == 0 {
            self.skip_until = self.depth + 1;
        }
    }

    /// Skips the rest of the innermost open container, its end included, without tokens. The rest
    /// is validated. To be called between tokens.
    pub const fn skip_container(&mut self) {
        if self.skip_until == 0 {
            self.skip_until = self.depth;
        }
    }

    /// As [`skip_container`](Self::skip_container), except that the end of the document is a token:
    /// bytes after it are not read with the document. Not to be called while skipping.
    pub(super) const fn skip_container_or_document(&mut self) {
        self.skip_until = if self.depth == 1 {
            TO_DOCUMENT_END
        } else {
            self.depth
        };
    }

    /// Returns the number of open containers.
    pub const fn depth(&self) -> usize {
        self.depth as usize
    }

    /// Returns the largest number of containers that were open at the same time, skipped ones
    /// included.
    pub const fn deepest(&self) -> usize {
        self.deepest as usize
    }

    /// Resets [`deepest`](Self::deepest) to the current depth.
    pub(super) const fn forget_deepest(&mut self) {
        self.deepest = self.depth;
    }

    /// Returns whether the innermost open container is an array.
    pub fn in_array(&self) -> bool {
        self.after_value == State::AfterElement
    }

    /// Returns whether the value of the document is complete. Only white space may follow.
    pub fn is_complete(&self) -> bool {
        self.state == State::Finished
    }

    /// Ends the input, and with it a number that is the whole document.
    ///
    /// # Errors
    /// [`SyntaxError::Incomplete`] if the document is not complete.
    pub fn finish(&mut self) -> Result<Option<JsonToken>, SyntaxError> {
        let mut reader = Reader::new(&[]);
        if self.state == State::Number && self.progress & 1 == 1 && self.depth == 0 {
            self.number_ends(&mut reader);
        }
        if self.state != State::Finished {
            return Err(SyntaxError::Incomplete);
        }
        Ok(reader.token())
    }

    #[inline(always)]
    fn between(&mut self, reader: &mut Reader<'_>) {
        let Some(byte) = reader.peek() else {
            return;
        };
        let state = self.state;
        let value = matches!(state, State::Value | State::FirstElement);
        match (byte, state) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => {}
            (b'"', State::FirstName | State::NextName) => self.begin_string(TokenKind::Name),
            (b'"', _) if value => self.begin_string(TokenKind::Text),
            (b':', State::Colon) | (b',', State::AfterElement) => self.state = State::Value,
            (b',', State::AfterMember) => self.state = State::NextName,
            (b'{' | b'[', _) if value => return self.begin(byte == b'{', reader),
            (b'}', State::FirstName | State::AfterMember) => self.end(TokenKind::EndObject, reader),
            (b']', State::FirstElement | State::AfterElement) => {
                self.end(TokenKind::EndArray, reader);
            }
            (b'-' | b'0'..=b'9', _) if value => {
                self.state = State::Number;
                return;
            }
            (b't' | b'f' | b'n', _) if value => {
                if SHORTCUTS && let Some((length, found)) = word(reader.rest()) {
                    reader.at += length;
                    return self.ends(found, reader);
                }
                self.state = State::Literal;
                self.progress = match byte {
                    b't' => TRUE,
                    b'f' => FALSE,
                    _ => NULL,
                };
            }
            _ => return reader.found = TokenKind::UnexpectedByte,
        }
        reader.at += 1;
    }

    /// Yields a token, unless it is skipped.
    #[inline(always)]
    fn emit(&self, found: TokenKind, reader: &mut Reader<'_>) {
        if self.skip_until == 0 {
            reader.found = found;
        }
    }

    fn begin(&mut self, object: bool, reader: &mut Reader<'_>) {
        let bit = 1 << (self.depth & 7);
        let Some(bits) = self.containers.get_mut(usize::from(self.depth >> 3)) else {
            return reader.found = TokenKind::TooDeep;
        };
        *bits &= !bit;
        let found;
        (self.state, self.after_value, found) = if object {
            *bits |= bit;
            (State::FirstName, State::AfterMember, TokenKind::BeginObject)
        } else {
            (
                State::FirstElement,
                State::AfterElement,
                TokenKind::BeginArray,
            )
        };
        reader.at += 1;
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        self.emit(found, reader);
    }

    fn end(&mut self, found: TokenKind, reader: &mut Reader<'_>) {
        self.depth = self.depth.saturating_sub(1);
        let outer = self.depth.wrapping_sub(1);
        self.after_value = match self.containers.get(usize::from(outer >> 3)) {
            None => {
                if self.skip_until == TO_DOCUMENT_END {
                    self.skip_until = 0;
                }
                State::Finished
            }
            Some(bits) if bits >> (outer & 7) & 1 == 1 => State::AfterMember,
            Some(_) => State::AfterElement,
        };
        self.state = self.after_value;
        self.value_ends(found, reader);
    }

    /// Ends a string, number or literal.
    #[inline(always)]
    fn ends(&mut self, found: TokenKind, reader: &mut Reader<'_>) {
        self.state = self.after_value;
        if SHORTCUTS
            && let Some([b',', b'"', ..]) = reader.rest()
            && self.state != State::Finished
        {
            reader.at += 2;
            self.begin_string(if self.state == State::AfterMember {
                TokenKind::Name
            } else {
                TokenKind::Text
            });
        }
        self.value_ends(found, reader);
    }

    #[inline(always)]
    fn value_ends(&mut self, found: TokenKind, reader: &mut Reader<'_>) {
        self.emit(found, reader);
        if self.skip_until == self.depth + 1 {
            self.skip_until = 0;
        }
    }

    #[inline(always)]
    fn begin_string(&mut self, string: TokenKind) {
        self.state = State::String;
        self.string = string;
        self.half = 0;
    }

    #[inline(always)]
    fn string(&mut self, reader: &mut Reader<'_>, wanted: &mut impl FnMut(&[u8]) -> bool) {
        reader.start = reader.at;
        if self.progress > 0 {
            self.characters(reader);
        }
        while reader.found == TokenKind::Nothing {
            reader.at = scan::plain(reader.input, reader.at);
            reader.end = reader.at;
            let Some(byte) = reader.peek() else {
                return self.piece(reader);
            };
            match byte {
                b'"' => {
                    reader.at += 1;
                    reader.piece = PieceKind::Last;
                    if self.string == TokenKind::Name {
                        self.name_ends(reader, wanted);
                        if SHORTCUTS
                            && self.state == State::Value
                            && reader.found == TokenKind::Nothing
                        {
                            self.between(reader);
                        }
                    } else {
                        self.ends(TokenKind::Text, reader);
                    }
                    if !SHORTCUTS || self.state != State::String {
                        return;
                    }
                    if reader.found == TokenKind::Nothing {
                        reader.start = reader.at;
                    }
                }
                b'\\' => {
                    if SHORTCUTS && self.skip_until > 0 {
                        // The value is skipped: the character is not needed.
                        let passed = escape_length(reader.rest());
                        reader.at += passed;
                        if passed > 0 {
                            continue;
                        }
                    }
                    self.piece(reader);
                    reader.at += 1;
                    self.state = State::Escape;
                    return;
                }
                0..0x20 => reader.found = TokenKind::ControlCharacter,
                _ => self.characters(reader),
            }
        }
    }

    #[inline(always)]
    fn name_ends(&mut self, reader: &mut Reader<'_>, wanted: &mut impl FnMut(&[u8]) -> bool) {
        self.state = State::Colon;
        if SHORTCUTS && reader.peek() == Some(b':') {
            reader.at += 1;
            self.state = State::Value;
            if reader.peek() == Some(b'"') {
                reader.at += 1;
                self.begin_string(TokenKind::Text);
            }
        }
        if SHORTCUTS
            && self.skip_until == 0
            && !reader
                .input
                .get(reader.start..reader.end)
                .is_some_and(wanted)
        {
            self.skip_until = self.depth + 1;
        }
        self.emit(TokenKind::Name, reader);
    }

    /// Yields the piece of the string that was read, unless it is empty.
    #[inline(always)]
    fn piece(&mut self, reader: &mut Reader<'_>) {
        if reader.start < reader.end {
            self.half = 0;
            reader.piece = PieceKind::Raw;
            self.emit(self.string, reader);
        }
    }

    /// Reads characters outside ASCII, as far as the input has them.
    #[inline(never)]
    fn characters(&mut self, reader: &mut Reader<'_>) {
        let [low, high, ..] = self.code.to_le_bytes();
        let due = self.progress;
        let mut place = utf8::Place { due, low, high };
        while let Some(byte) = reader.peek() {
            if place.due == 0 && byte < 0x80 {
                break;
            }
            if !place.pass(byte) {
                return reader.found = TokenKind::InvalidUtf8;
            }
            reader.at += 1;
        }
        self.progress = place.due;
        self.code = u32::from_le_bytes([place.low, place.high, 0, 0]);
    }

    #[inline(never)]
    fn escape(&mut self, reader: &mut Reader<'_>) {
        while let Some(byte) = reader.peek() {
            if self.state == State::Escape {
                let meant = match byte {
                    b'"' | b'\\' | b'/' => byte,
                    b'b' => 0x08,
                    b'f' => 0x0c,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'u' => {
                        reader.at += 1;
                        self.state = State::Hex;
                        self.code = 0;
                        continue;
                    }
                    _ => return reader.found = TokenKind::InvalidEscape,
                };
                self.half = 0;
                self.code = u32::from(meant);
            } else {
                let Some(digit) = char::from(byte).to_digit(16) else {
                    return reader.found = TokenKind::InvalidEscape;
                };
                self.code = self.code << 4 | digit;
                self.progress += 1;
                if self.progress < 4 {
                    reader.at += 1;
                    continue;
                }
            }
            reader.at += 1;
            self.progress = 0;
            self.state = State::String;
            self.code_unit(reader);
            return self.emit(self.string, reader);
        }
    }

    /// Decodes a complete escape (section 7: UTF-16 code units).
    fn code_unit(&mut self, reader: &mut Reader<'_>) {
        let mut code = self.code;
        let half = u32::from(core::mem::take(&mut self.half));
        reader.piece = PieceKind::Char;
        if half != 0 && code & 0xfc00 == 0xdc00 {
            code = 0x1_0000 + ((half & 0x3ff) << 10 | code & 0x3ff);
            reader.piece = PieceKind::Pair;
        } else if code & 0xfc00 == 0xd800 {
            self.half = code as u16;
        }
        reader.character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    }

    fn literal(&mut self, reader: &mut Reader<'_>) {
        while let Some(byte) = reader.peek() {
            if WORDS.get(usize::from(self.progress)) != Some(&byte) {
                return reader.found = TokenKind::InvalidLiteral;
            }
            reader.at += 1;
            self.progress += 1;
            if WORDS.get(usize::from(self.progress)) == Some(&0) {
                let found = match self.progress {
                    ..FALSE => TokenKind::True,
                    FALSE..NULL => TokenKind::False,
                    _ => TokenKind::Null,
                };
                self.progress = 0;
                return self.ends(found, reader);
            }
        }
    }

    fn number(&mut self, reader: &mut Reader<'_>) {
        reader.start = reader.at;
        while let Some(byte) = reader.peek() {
            let at = self.progress;
            let may_end = at & 1 == 1;
            self.progress = match byte {
                b'0' if at & !phase::MINUS == phase::START => phase::ZERO,
                b'0'..=b'9' if at != phase::ZERO => at | phase::DIGIT,
                b'-' if at == phase::START || at == phase::EXPONENT => at | phase::MINUS,
                b'+' if at == phase::EXPONENT => phase::SIGN,
                b'.' if may_end && at < phase::POINT => phase::POINT,
                b'e' | b'E' if may_end && at < phase::EXPONENT => phase::EXPONENT,
                b'0'..=b'9' => return reader.found = TokenKind::InvalidNumber,
                _ if may_end => return self.number_ends(reader),
                _ => return reader.found = TokenKind::InvalidNumber,
            };
            reader.at += 1;
            while SHORTCUTS
                && self.progress == phase::INTEGER
                && let Some(b'0'..=b'9') = reader.peek()
            {
                reader.at += 1;
            }
        }
        reader.end = reader.at;
        reader.piece = PieceKind::Raw;
        self.emit(TokenKind::Number, reader);
    }

    fn number_ends(&mut self, reader: &mut Reader<'_>) {
        self.progress = 0;
        reader.end = reader.at;
        reader.piece = PieceKind::Last;
        self.ends(TokenKind::Number, reader);
    }
}

/// Returns the literal at the beginning of `rest`, and its length.
#[inline(always)]
const fn word(rest: Option<&[u8]>) -> Option<(usize, TokenKind)> {
    match rest {
        Some([b't', b'r', b'u', b'e', ..]) => Some((4, TokenKind::True)),
        Some([b'f', b'a', b'l', b's', b'e', ..]) => Some((5, TokenKind::False)),
        Some([b'n', b'u', b'l', b'l', ..]) => Some((4, TokenKind::Null)),
        _ => None,
    }
}

/// Returns the length of the escape at the beginning of `rest` if it is a frequent one and
/// complete, or else 0.
fn escape_length(rest: Option<&[u8]>) -> usize {
    match rest {
        Some([_, b'"' | b'\\' | b'/' | b'n', ..]) => 2,
        Some([_, b'u', a, b, c, d, ..]) if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => 6,
        _ => 0,
    }
}

/// The input of one call, and its result.
#[derive(Debug)]
pub(super) struct Reader<'i> {
    input: &'i [u8],
    /// The number of bytes consumed.
    pub(super) at: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) character: char,
    pub(super) found: TokenKind,
    pub(super) piece: PieceKind,
}

impl<'i> Reader<'i> {
    pub(super) const fn new(input: &'i [u8]) -> Self {
        Self {
            input,
            at: 0,
            start: 0,
            end: 0,
            character: '\0',
            found: TokenKind::Nothing,
            piece: PieceKind::Raw,
        }
    }

    /// Returns whether there is input and no result.
    #[inline(always)]
    pub(super) const fn wants_more(&self) -> bool {
        matches!(self.found, TokenKind::Nothing) && self.at < self.input.len()
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    #[inline(always)]
    fn rest(&self) -> Option<&'i [u8]> {
        self.input.get(self.at..)
    }

    /// Returns the reason why the next byte is refused, if it is.
    #[inline(always)]
    pub(super) fn error(&self) -> Option<SyntaxError> {
        let byte = self.peek().unwrap_or_default();
        Some(match self.found {
            TokenKind::UnexpectedByte => SyntaxError::UnexpectedByte(byte),
            TokenKind::InvalidLiteral => SyntaxError::InvalidLiteral,
            TokenKind::InvalidNumber => SyntaxError::InvalidNumber,
            TokenKind::ControlCharacter => SyntaxError::ControlCharacter(byte),
            TokenKind::InvalidEscape => SyntaxError::InvalidEscape(byte),
            TokenKind::InvalidUtf8 => SyntaxError::InvalidUtf8,
            TokenKind::TooDeep => SyntaxError::TooDeep,
            _ => return None,
        })
    }

    #[inline(always)]
    fn token(&self) -> Option<JsonToken> {
        let Self { start, end, .. } = *self;
        let last = self.piece == PieceKind::Last;
        let piece = match self.piece {
            PieceKind::Raw | PieceKind::Last => Piece::Raw { start, end, last },
            PieceKind::Char => Piece::Char(self.character),
            PieceKind::Pair => Piece::Pair(self.character),
        };
        Some(match self.found {
            TokenKind::BeginObject => JsonToken::BeginObject,
            TokenKind::EndObject => JsonToken::EndObject,
            TokenKind::BeginArray => JsonToken::BeginArray,
            TokenKind::EndArray => JsonToken::EndArray,
            TokenKind::Name => JsonToken::Name(piece),
            TokenKind::Text => JsonToken::Text(piece),
            TokenKind::Number => JsonToken::Number(piece),
            TokenKind::True => JsonToken::Bool(true),
            TokenKind::False => JsonToken::Bool(false),
            TokenKind::Null => JsonToken::Null,
            _ => return None,
        })
    }
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Tokenizer);
