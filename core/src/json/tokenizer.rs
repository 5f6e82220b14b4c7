//! The tokenizer: a push machine for RFC 8259 that may stop and go on at any byte.

use super::between::{Action, State};
use super::{Piece, Step, SyntaxError, Token, scan};

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
    /// Bytes read of a literal, or digits of `\uXXXX`; continuation bytes still to come.
    progress: u8,
    /// Whether the string that is being read is a name.
    in_name: bool,
}

const LEVELS: u16 = 256;
const _: () = assert!(size_of::<Tokenizer>() <= 48, "on every target");
/// Not skipping.
const EMIT: u16 = u16::MAX;

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
        *self = Self::new();
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
    #[inline]
    pub(super) fn advance(
        &mut self,
        reader: &mut Reader<'_>,
        wanted: &mut impl FnMut(&[u8]) -> bool,
    ) -> Result<(), SyntaxError> {
        if self.state == State::String {
            return self.string(reader, wanted);
        }
        match self.state {
            State::Escape | State::Hex => self.escape(reader),
            State::True => self.literal(b"true", Token::Bool(true), reader),
            State::False => self.literal(b"false", Token::Bool(false), reader),
            State::Null => self.literal(b"null", Token::Null, reader),
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
        match self.state {
            State::Finished => Ok(None),
            State::Zero | State::Integer | State::Fraction | State::ExponentDigits
                if self.depth == 0 =>
            {
                let mut reader = Reader::new(&[]);
                let number = Piece::Raw {
                    start: 0,
                    end: 0,
                    last: true,
                };
                self.ends(Token::Number(number), &mut reader);
                Ok(reader.token)
            }
            _ => Err(SyntaxError::Incomplete),
        }
    }

    fn between(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        let Some(byte) = reader.peek() else {
            return Ok(());
        };
        let action = Action::of(self.state, byte);
        if let Action::Number = action {
            self.state = State::Number;
            return Ok(());
        }
        reader.at += 1;
        match action {
            Action::Pass | Action::Number => {}
            Action::Name => self.begin_string(true),
            Action::Text => self.begin_string(false),
            Action::ToValue => self.state = State::Value,
            Action::ToName => self.state = State::NextName,
            Action::BeginObject => {
                self.emit(Token::BeginObject, reader);
                self.begin(true)?;
            }
            Action::BeginArray => {
                self.emit(Token::BeginArray, reader);
                self.begin(false)?;
            }
            Action::EndObject => self.end(Token::EndObject, reader),
            Action::EndArray => self.end(Token::EndArray, reader),
            Action::True => self.begin_literal(State::True, b"rue", Token::Bool(true), reader),
            Action::False => self.begin_literal(State::False, b"alse", Token::Bool(false), reader),
            Action::Null => self.begin_literal(State::Null, b"ull", Token::Null, reader),
            Action::Refuse => return Err(SyntaxError::UnexpectedByte(byte)),
        }
        Ok(())
    }

    /// Yields `token`, unless skipping.
    #[inline(always)]
    fn emit(&self, token: Token, reader: &mut Reader<'_>) {
        if self.skip_until == EMIT {
            reader.token = Some(token);
        }
    }

    fn begin(&mut self, object: bool) -> Result<(), SyntaxError> {
        let bit = 1 << (self.depth & 7);
        let Some(bits) = self.containers.get_mut(usize::from(self.depth >> 3)) else {
            return Err(SyntaxError::TooDeep);
        };
        (self.state, self.after_value) = if object {
            *bits |= bit;
            (State::FirstName, State::AfterMember)
        } else {
            *bits &= !bit;
            (State::FirstElement, State::AfterElement)
        };
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        Ok(())
    }

    fn end(&mut self, token: Token, reader: &mut Reader<'_>) {
        self.depth = self.depth.saturating_sub(1);
        self.after_value = match self.depth.checked_sub(1) {
            None => State::Finished,
            Some(outer) => {
                let bits = self.containers.get(usize::from(outer >> 3));
                if bits.is_some_and(|bits| bits >> (outer & 7) & 1 == 1) {
                    State::AfterMember
                } else {
                    State::AfterElement
                }
            }
        };
        self.state = self.after_value;
        self.value_ends(token, reader);
    }

    /// A string, number or literal ended with `token`.
    #[inline(always)]
    fn ends(&mut self, token: Token, reader: &mut Reader<'_>) {
        self.state = self.after_value;
        // What mostly follows is taken along: the beginning of another string.
        if let Some([b',', b'"', ..]) = reader.rest()
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

    fn string(
        &mut self,
        reader: &mut Reader<'_>,
        wanted: &mut impl FnMut(&[u8]) -> bool,
    ) -> Result<(), SyntaxError> {
        let mut start = reader.at;
        if self.progress > 0 {
            self.continuation(reader)?;
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
                        if self.state == State::Value && reader.token.is_none() {
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
                    if self.state != State::String || reader.token.is_some() {
                        return Ok(());
                    }
                    start = reader.at;
                }
                b'\\' => {
                    if self.skip_until != EMIT {
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
                _ => self.character(reader)?,
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
        match reader.rest() {
            Some([b':', b'"', ..]) => {
                reader.at += 2;
                self.begin_string(false);
            }
            Some([b':', ..]) => {
                reader.at += 1;
                self.state = State::Value;
            }
            _ => self.state = State::Colon,
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
    #[inline]
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
    fn character(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        while let Some(lead @ 0x80..) = reader.peek() {
            let (more, lower, upper) = scan::following(lead).ok_or(SyntaxError::InvalidUtf8)?;
            reader.at += 1;
            if more == 1
                && let Some(0x80..=0xbf) = reader.peek()
            {
                reader.at += 1;
                continue;
            }
            self.progress = more;
            self.code = u16::from_be_bytes([lower, upper]);
            self.continuation(reader)?;
        }
        Ok(())
    }

    /// The continuation bytes of a character, as far as the input has them.
    #[inline]
    fn continuation(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        let [mut lower, mut upper] = self.code.to_be_bytes();
        let mut more = self.progress;
        while more > 0
            && let Some(byte) = reader.peek()
        {
            if byte < lower || byte > upper {
                return Err(SyntaxError::InvalidUtf8);
            }
            (lower, upper) = (0x80, 0xbf);
            more -= 1;
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
                self.state = State::String;
                self.emit_piece(Piece::Char(char::from(meant)), reader);
                break;
            }
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                b'A'..=b'F' => byte - b'A' + 10,
                _ => return Err(SyntaxError::InvalidEscape(byte)),
            };
            self.code = self.code << 4 | u16::from(digit);
            self.progress += 1;
            if self.progress == 4 {
                self.progress = 0;
                self.state = State::String;
                let piece = self.code_unit();
                self.emit_piece(piece, reader);
                break;
            }
        }
        Ok(())
    }

    /// The character of a complete `\uXXXX` (section 7: UTF-16 code units).
    fn code_unit(&mut self) -> Piece {
        let half = core::mem::take(&mut self.half);
        match self.code {
            0xd800..=0xdbff => self.half = self.code,
            0xdc00..=0xdfff if half != 0 => {
                let high = u32::from(half & 0x3ff) << 10;
                let low = u32::from(self.code & 0x3ff);
                let code = 0x1_0000 + (high | low);
                return Piece::Pair(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => {}
        }
        let code = u32::from(self.code);
        Piece::Char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    #[inline(always)]
    fn begin_literal<const N: usize>(
        &mut self,
        state: State,
        tail: &[u8; N],
        token: Token,
        reader: &mut Reader<'_>,
    ) {
        if reader.rest().and_then(<[u8]>::first_chunk) == Some(tail) {
            reader.at += N;
            return self.literal_ends(token, reader);
        }
        self.state = state;
        self.progress = 1;
    }

    #[inline(never)]
    fn literal_ends(&mut self, token: Token, reader: &mut Reader<'_>) {
        self.ends(token, reader);
    }

    #[inline(never)]
    fn literal(
        &mut self,
        word: &[u8],
        token: Token,
        reader: &mut Reader<'_>,
    ) -> Result<(), SyntaxError> {
        while let Some(byte) = reader.peek() {
            if word.get(usize::from(self.progress)) != Some(&byte) {
                return Err(SyntaxError::InvalidLiteral);
            }
            reader.at += 1;
            self.progress += 1;
            if usize::from(self.progress) == word.len() {
                self.progress = 0;
                self.literal_ends(token, reader);
                break;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn number(&mut self, reader: &mut Reader<'_>) -> Result<(), SyntaxError> {
        let start = reader.at;
        while let Some(byte) = reader.peek() {
            self.state = match (self.state, byte) {
                (State::Integer, b'0'..=b'9') => State::Integer,
                (State::Number, b'-') => State::Minus,
                (State::Number | State::Minus, b'0') => State::Zero,
                (State::Number | State::Minus, b'1'..=b'9') => State::Integer,
                (State::Zero | State::Integer, b'.') => State::Point,
                (State::Point | State::Fraction, b'0'..=b'9') => State::Fraction,
                (State::Zero | State::Integer | State::Fraction, b'e' | b'E') => State::Exponent,
                (State::Exponent, b'+' | b'-') => State::ExponentSign,
                (State::Exponent | State::ExponentSign | State::ExponentDigits, b'0'..=b'9') => {
                    State::ExponentDigits
                }
                (State::Zero, b'0'..=b'9') => return Err(SyntaxError::InvalidNumber),
                (State::Zero | State::Integer | State::Fraction | State::ExponentDigits, _) => {
                    let piece = Piece::Raw {
                        start,
                        end: reader.at,
                        last: true,
                    };
                    self.ends(Token::Number(piece), reader);
                    return Ok(());
                }
                _ => return Err(SyntaxError::InvalidNumber),
            };
            reader.at += 1;
            if self.state == State::Integer {
                while let Some(b'0'..=b'9') = reader.peek() {
                    reader.at += 1;
                }
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
