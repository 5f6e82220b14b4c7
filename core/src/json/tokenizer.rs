//! The tokenizer: a push machine for RFC 8259 that may stop and go on at any byte.

use super::{Piece, Step, SyntaxError, Token, scan};
use crate::utf8;

/// Reads JSON (RFC 8259) from any pieces of input, and validates every byte, UTF-8 included.
///
/// It holds no input and needs no memory beside itself: one bit for each open container, and a
/// few bytes. Positions in its tokens are positions in the input of that call.
///
/// ```
/// use slack_rtm::json::{Piece, Token, Tokenizer};
///
/// let mut tokenizer = Tokenizer::new();
/// let (mut names, mut text) = (0, String::new());
/// for mut input in [&br#"{"ok":true,"ur"#[..], br#"l":"wss:\/\/sl"#, br#"ack.com"}"#] {
///     while !input.is_empty() {
///         let step = tokenizer.next(input)?;
///         match step.token {
///             Some(Token::Name(piece)) if piece.is_last() => names += 1,
///             Some(Token::Text(Piece::Raw { start, end, .. })) => {
///                 text += core::str::from_utf8(&input[start..end]).unwrap();
///             }
///             Some(Token::Text(Piece::Char(escaped))) => text.push(escaped),
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
pub struct Tokenizer {
    /// A bit for each open container, outermost first: set for an object.
    containers: [u8; LEVELS as usize / 8],
    depth: u16,
    deepest: u16,
    /// The depth at which skipping ends, or [`EMIT`].
    skip_until: u16,
    /// The digits of `\uXXXX` so far; bounds of the next continuation byte.
    code: u16,
    /// The first half of a surrogate pair that was just read, or 0.
    half: u16,
    state: State,
    /// What follows a value in the container that is open now.
    after_value: State,
    /// A place in [`WORDS`], or digits of `\uXXXX`; continuation bytes still to come.
    progress: u8,
    /// Whether the string that is being read is a name.
    in_name: bool,
}

const LEVELS: u16 = 256;
const _: () = assert!(size_of::<Tokenizer>() <= 48, "on every target");
/// Not skipping.
const EMIT: u16 = u16::MAX;
/// Whether what mostly follows is taken along at once. Where flash is short all goes the general
/// way, which is taken everywhere where a read ends in between.
const SHORTCUTS: bool = cfg!(target_pointer_width = "64");

/// The words that are values; what is read of one ends at `progress`.
const WORDS: &[u8] = b"true\0false\0null\0";
/// Behind the first letter of each.
const TRUE: u8 = 1;
const FALSE: u8 = 6;
const NULL: u8 = 12;

/// Where in the grammar the next byte stands. The first eight are between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Before a number's first byte.
    Number,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl State {
    /// Whether a number may end here.
    const fn ends_number(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits
        )
    }
}

impl Tokenizer {
    /// How deep containers may be nested.
    pub const LEVELS: usize = LEVELS as usize;

    /// At the beginning of a document.
    pub const fn new() -> Self {
        Self {
            containers: [0; LEVELS as usize / 8],
            depth: 0,
            deepest: 0,
            skip_until: EMIT,
            code: 0,
            half: 0,
            state: State::Value,
            after_value: State::Finished,
            progress: 0,
            in_name: false,
        }
    }

    /// Goes back to the beginning of a document; after an error nothing else is of use.
    pub const fn reset(&mut self) {
        self.depth = 0;
        self.deepest = 0;
        self.skip_until = EMIT;
        self.state = State::Value;
        self.after_value = State::Finished;
        self.progress = 0;
    }

    /// Reads up to the end of the next token, or of the input.
    ///
    /// # Errors
    /// [`SyntaxError`], by the rule of RFC 8259 that the input breaks.
    pub fn next(&mut self, input: &[u8]) -> Result<Step, SyntaxError> {
        let mut reader = Reader::new(input);
        while reader.wants_more() {
            self.advance(&mut reader, &mut |_| true)?;
        }
        Ok(Step {
            consumed: reader.at,
            token: reader.token,
        })
    }

    /// Reads on, at most up to the end of a token; members whose names are not `wanted` are passed
    /// over. Only names are asked for that end in this input, are not escaped, and yielded no
    /// piece before.
    #[inline(always)]
    pub(super) fn advance(
        &mut self,
        reader: &mut Reader<'_>,
        wanted: &mut impl FnMut(&[u8]) -> bool,
    ) -> Result<(), SyntaxError> {
        // The most frequent first.
        if self.state == State::String {
            return self.string(reader, wanted);
        }
        match self.state {
            State::Escape | State::Hex => self.escape(reader),
            State::Literal => self.literal(reader),
            State::Value
            | State::FirstElement
            | State::FirstName
            | State::NextName
            | State::Colon
            | State::AfterMember
            | State::AfterElement
            | State::Finished => self.between(reader),
            _ => self.number(reader),
        }
    }

    /// Passes over the value that comes next, whatever it is, without tokens; it is validated.
    ///
    /// To be called where a value may begin: behind a name, or between elements.
    pub const fn skip_value(&mut self) {
        if self.skip_until == EMIT {
            self.skip_until = self.depth;
        }
    }

    /// Passes over the rest of the innermost open container, its end included, without tokens;
    /// it is validated. To be called between tokens.
    pub const fn skip_container(&mut self) {
        if self.skip_until == EMIT && self.depth > 0 {
            self.skip_until = self.depth - 1;
        }
    }

    /// How many containers are open.
    pub const fn depth(&self) -> usize {
        self.depth as usize
    }

    /// How many containers were open at the same time at most, skipped ones included.
    pub const fn deepest(&self) -> usize {
        self.deepest as usize
    }

    /// Starts [`deepest`](Self::deepest) anew.
    pub(super) const fn forget_deepest(&mut self) {
        self.deepest = self.depth;
    }

    /// Whether the innermost open container is an array.
    pub fn in_array(&self) -> bool {
        self.after_value == State::AfterElement
    }

    /// Whether the document's value is complete; only white space may follow.
    pub fn is_complete(&self) -> bool {
        self.state == State::Finished
    }

    /// The input ends here. A number that is the whole document ends with it.
    ///
    /// # Errors
    /// [`SyntaxError::Incomplete`] if the document is not complete.
    pub fn finish(&mut self) -> Result<Option<Token>, SyntaxError> {
        let mut reader = Reader::new(&[]);
        if self.state.ends_number() && self.depth == 0 {
            self.number_ends(0, &mut reader);
        }
        if self.state != State::Finished {
            return Err(SyntaxError::Incomplete);
        }
        Ok(reader.token)
    }

    #[inline(always)]
    fn between(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        let Some(byte) = reader.peek() else {
            return Ok(());
        };
        let state = self.state;
        let value = matches!(state, State::Value | State::FirstElement);
        match (byte, state) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => {}
            (b'"', State::FirstName | State::NextName) => self.begin_string(true),
            (b'"', _) if value => self.begin_string(false),
            (b':', State::Colon) | (b',', State::AfterElement) => self.state = State::Value,
            (b',', State::AfterMember) => self.state = State::NextName,
            (b'{' | b'[', _) if value => self.begin(byte == b'{', reader)?,
            (b'}', State::FirstName | State::AfterMember) => self.end(Token::EndObject, reader),
            (b']', State::FirstElement | State::AfterElement) => self.end(Token::EndArray, reader),
            (b'-' | b'0'..=b'9', _) if value => {
                self.state = State::Number;
                return Ok(());
            }
            (b't' | b'f' | b'n', _) if value => {
                if SHORTCUTS && let Some((length, token)) = word(reader.rest()) {
                    reader.at += length;
                    self.ends(token, reader);
                    return Ok(());
                }
                self.state = State::Literal;
                self.progress = match byte {
                    b't' => TRUE,
                    b'f' => FALSE,
                    _ => NULL,
                };
            }
            _ => return Err(SyntaxError::UnexpectedByte(byte)),
        }
        reader.at += 1;
        Ok(())
    }

    /// Yields `token`, unless skipping.
    #[inline(always)]
    fn emit(&self, token: Token, reader: &mut Reader<'_>) {
        if self.skip_until == EMIT {
            reader.token = Some(token);
        }
    }

    fn begin(&mut self, object: bool, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        let bit = 1 << (self.depth & 7);
        let Some(bits) = self.containers.get_mut(usize::from(self.depth >> 3)) else {
            return Err(SyntaxError::TooDeep);
        };
        *bits &= !bit;
        if object {
            *bits |= bit;
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        self.enclose();
        let token;
        (self.state, token) = if object {
            (State::FirstName, Token::BeginObject)
        } else {
            (State::FirstElement, Token::BeginArray)
        };
        self.emit(token, reader);
        Ok(())
    }

    fn end(&mut self, token: Token, reader: &mut Reader<'_>) {
        self.depth = self.depth.saturating_sub(1);
        self.enclose();
        self.state = self.after_value;
        self.value_ends(token, reader);
    }

    /// The innermost container is another one.
    fn enclose(&mut self) {
        let outer = self.depth.wrapping_sub(1);
        self.after_value = match self.containers.get(usize::from(outer >> 3)) {
            None => State::Finished,
            Some(bits) if bits >> (outer & 7) & 1 == 1 => State::AfterMember,
            Some(_) => State::AfterElement,
        };
    }

    /// A string, number or literal ended with `token`.
    #[inline(always)]
    fn ends(&mut self, token: Token, reader: &mut Reader<'_>) {
        self.state = self.after_value;
        if SHORTCUTS
            && let Some([b',', b'"', ..]) = reader.rest()
            && self.state != State::Finished
        {
            reader.at += 2;
            self.begin_string(self.state == State::AfterMember);
        }
        self.value_ends(token, reader);
    }

    #[inline(always)]
    fn value_ends(&mut self, token: Token, reader: &mut Reader<'_>) {
        self.emit(token, reader);
        if self.skip_until == self.depth {
            self.skip_until = EMIT;
        }
    }

    #[inline(always)]
    fn begin_string(&mut self, name: bool) {
        self.state = State::String;
        self.in_name = name;
        self.half = 0;
    }

    #[inline(always)]
    fn string(
        &mut self,
        reader: &mut Reader<'_>,
        wanted: &mut impl FnMut(&[u8]) -> bool,
    ) -> Result<(), SyntaxError> {
        let mut start = reader.at;
        if self.progress > 0 {
            self.characters(reader)?;
        }
        loop {
            let end = scan::plain(reader.input, reader.at);
            reader.at = end;
            let Some(byte) = reader.peek() else {
                self.piece(start, reader);
                return Ok(());
            };
            match byte {
                b'"' => {
                    reader.at += 1;
                    if self.in_name {
                        self.name_ends(start, end, reader, wanted);
                        if SHORTCUTS && self.state == State::Value && reader.token.is_none() {
                            self.between(reader)?;
                        }
                    } else {
                        let piece = Piece::Raw {
                            start,
                            end,
                            last: true,
                        };
                        self.ends(Token::Text(piece), reader);
                    }
                    if !SHORTCUTS || self.state != State::String || reader.token.is_some() {
                        return Ok(());
                    }
                    start = reader.at;
                }
                b'\\' => {
                    if SHORTCUTS && self.skip_until != EMIT {
                        // Nobody wants it: no need to look at what it means.
                        let passed = escape_length(reader.rest());
                        reader.at += passed;
                        if passed > 0 {
                            continue;
                        }
                    }
                    self.piece(start, reader);
                    reader.at += 1;
                    self.state = State::Escape;
                    return Ok(());
                }
                0..0x20 => return Err(SyntaxError::ControlCharacter(byte)),
                _ => self.characters(reader)?,
            }
        }
    }

    #[inline(always)]
    fn name_ends(
        &mut self,
        start: usize,
        end: usize,
        reader: &mut Reader<'_>,
        wanted: &mut impl FnMut(&[u8]) -> bool,
    ) {
        self.state = State::Colon;
        if SHORTCUTS && reader.peek() == Some(b':') {
            reader.at += 1;
            self.state = State::Value;
            if reader.peek() == Some(b'"') {
                reader.at += 1;
                self.begin_string(false);
            }
        }
        if self.skip_until != EMIT {
            return;
        }
        if let Some(name) = reader.input.get(start..end)
            && wanted(name)
        {
            reader.token = Some(Token::Name(Piece::Raw {
                start,
                end,
                last: true,
            }));
        } else {
            self.skip_until = self.depth;
        }
    }

    /// Yields the string's bytes from `start` on, unless there are none.
    #[inline(always)]
    fn piece(&mut self, start: usize, reader: &mut Reader<'_>) {
        if start < reader.at {
            self.half = 0;
            let piece = Piece::Raw {
                start,
                end: reader.at,
                last: false,
            };
            self.emit_piece(piece, reader);
        }
    }

    fn emit_piece(&self, piece: Piece, reader: &mut Reader<'_>) {
        let token = if self.in_name {
            Token::Name(piece)
        } else {
            Token::Text(piece)
        };
        self.emit(token, reader);
    }

    /// Characters outside ASCII, as far as the input has them.
    #[inline(never)]
    fn characters(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        let [mut lower, mut upper] = self.code.to_be_bytes();
        let mut more = self.progress;
        while let Some(byte) = reader.peek() {
            if more > 0 {
                if byte < lower || byte > upper {
                    return Err(SyntaxError::InvalidUtf8);
                }
                more -= 1;
                (lower, upper) = (0x80, 0xbf);
            } else if byte < 0x80 {
                break;
            } else {
                (more, lower, upper) = utf8::following(byte).ok_or(SyntaxError::InvalidUtf8)?;
            }
            reader.at += 1;
        }
        self.progress = more;
        self.code = u16::from_be_bytes([lower, upper]);
        Ok(())
    }

    #[inline(never)]
    fn escape(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        while let Some(byte) = reader.peek() {
            reader.at += 1;
            if self.state == State::Escape {
                let meant = match byte {
                    b'"' | b'\\' | b'/' => byte,
                    b'b' => 0x08,
                    b'f' => 0x0c,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'u' => {
                        self.state = State::Hex;
                        self.code = 0;
                        continue;
                    }
                    _ => return Err(SyntaxError::InvalidEscape(byte)),
                };
                self.half = 0;
                self.code = u16::from(meant);
            } else {
                let digit = char::from(byte).to_digit(16);
                let digit = digit.ok_or(SyntaxError::InvalidEscape(byte))?;
                self.code = self.code << 4 | digit as u16;
                self.progress += 1;
                if self.progress < 4 {
                    continue;
                }
            }
            self.progress = 0;
            self.state = State::String;
            let piece = self.code_unit();
            self.emit_piece(piece, reader);
            break;
        }
        Ok(())
    }

    /// The character of a complete escape (section 7: UTF-16 code units).
    fn code_unit(&mut self) -> Piece {
        let code = u32::from(self.code);
        let half = u32::from(core::mem::take(&mut self.half));
        let pair = half != 0 && code & 0xfc00 == 0xdc00;
        if code & 0xfc00 == 0xd800 {
            self.half = self.code;
        }
        let code = if pair {
            0x1_0000 + ((half & 0x3ff) << 10 | code & 0x3ff)
        } else {
            code
        };
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        if pair {
            Piece::Pair(character)
        } else {
            Piece::Char(character)
        }
    }

    #[inline(never)]
    fn literal(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        while let Some(byte) = reader.peek() {
            if WORDS.get(usize::from(self.progress)) != Some(&byte) {
                return Err(SyntaxError::InvalidLiteral);
            }
            reader.at += 1;
            self.progress += 1;
            if WORDS.get(usize::from(self.progress)) == Some(&0) {
                let token = match self.progress {
                    ..FALSE => Token::Bool(true),
                    FALSE..NULL => Token::Bool(false),
                    _ => Token::Null,
                };
                self.progress = 0;
                self.ends(token, reader);
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn number(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        let start = reader.at;
        while let Some(byte) = reader.peek() {
            self.state = match (byte, self.state) {
                (b'0'..=b'9', State::Integer) => State::Integer,
                (b'0', State::Number | State::Minus) => State::Zero,
                (b'1'..=b'9', State::Number | State::Minus) => State::Integer,
                (b'0'..=b'9', State::Point | State::Fraction) => State::Fraction,
                (b'0'..=b'9', State::Zero) => return Err(SyntaxError::InvalidNumber),
                (b'0'..=b'9', _) => State::ExponentDigits,
                (b'-', State::Number) => State::Minus,
                (b'-' | b'+', State::Exponent) => State::ExponentSign,
                (b'.', State::Zero | State::Integer) => State::Point,
                (b'e' | b'E', State::Zero | State::Integer | State::Fraction) => State::Exponent,
                (_, state) if state.ends_number() => {
                    self.number_ends(start, reader);
                    return Ok(());
                }
                _ => return Err(SyntaxError::InvalidNumber),
            };
            reader.at += 1;
            while SHORTCUTS
                && self.state == State::Integer
                && let Some(b'0'..=b'9') = reader.peek()
            {
                reader.at += 1;
            }
        }
        let piece = Piece::Raw {
            start,
            end: reader.at,
            last: false,
        };
        self.emit(Token::Number(piece), reader);
        Ok(())
    }

    fn number_ends(&mut self, start: usize, reader: &mut Reader<'_>) {
        let piece = Piece::Raw {
            start,
            end: reader.at,
            last: true,
        };
        self.ends(Token::Number(piece), reader);
    }
}

/// The word that `rest` begins with, and its length.
#[inline(always)]
const fn word(rest: Option<&[u8]>) -> Option<(usize, Token)> {
    match rest {
        Some([b't', b'r', b'u', b'e', ..]) => Some((4, Token::Bool(true))),
        Some([b'f', b'a', b'l', b's', b'e', ..]) => Some((5, Token::Bool(false))),
        Some([b'n', b'u', b'l', b'l', ..]) => Some((4, Token::Null)),
        _ => None,
    }
}

/// The length of the escape that `rest` begins with, if it is a frequent one and all there; or 0.
fn escape_length(rest: Option<&[u8]>) -> usize {
    match rest {
        Some([_, b'"' | b'\\' | b'/' | b'n', ..]) => 2,
        Some([_, b'u', a, b, c, d, ..]) if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => 6,
        _ => 0,
    }
}

/// The input of one call, and what it gave.
#[derive(Debug)]
pub(super) struct Reader<'i> {
    input: &'i [u8],
    /// Bytes that are done with.
    pub(super) at: usize,
    pub(super) token: Option<Token>,
}

impl<'i> Reader<'i> {
    pub(super) const fn new(input: &'i [u8]) -> Self {
        Self {
            input,
            at: 0,
            token: None,
        }
    }

    /// Whether there is input, and no token yet.
    #[inline(always)]
    pub(super) const fn wants_more(&self) -> bool {
        self.token.is_none() && self.at < self.input.len()
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    #[inline(always)]
    fn rest(&self) -> Option<&'i [u8]> {
        self.input.get(self.at..)
    }
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self::new()
    }
}
