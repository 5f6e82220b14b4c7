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
        let mut at = 0;
        loop {
            let token = if (self.state as u8) < State::String as u8 {
                let Some(&byte) = input.get(at) else {
                    return Ok(Step {
                        consumed: at,
                        token: None,
                    });
                };
                at += 1;
                self.between(byte, &mut at)?
            } else if at >= input.len() {
                return Ok(Step {
                    consumed: at,
                    token: None,
                });
            } else {
                match self.state {
                    State::String => self.string(input, &mut at)?,
                    State::Escape | State::Hex => self.escape(input, &mut at)?,
                    State::True => self.literal(b"true", Token::Bool(true), input, &mut at)?,
                    State::False => self.literal(b"false", Token::Bool(false), input, &mut at)?,
                    State::Null => self.literal(b"null", Token::Null, input, &mut at)?,
                    _ => self.number(input, &mut at)?,
                }
            };
            if token.is_some() {
                return Ok(Step {
                    consumed: at,
                    token,
                });
            }
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
                let number = Piece::Raw {
                    start: 0,
                    end: 0,
                    last: true,
                };
                Ok(self.ends(Token::Number(number), &[], &mut 0))
            }
            _ => Err(SyntaxError::Incomplete),
        }
    }

    fn between(&mut self, byte: u8, at: &mut usize) -> Result<Option<Token>, SyntaxError> {
        let emit = self.skip_until == EMIT;
        match Action::of(self.state, byte) {
            Action::Pass => {}
            Action::Name => self.begin_string(true),
            Action::Text => self.begin_string(false),
            Action::ToValue => self.state = State::Value,
            Action::ToName => self.state = State::NextName,
            Action::BeginObject => {
                self.begin(true)?;
                return Ok(emit.then_some(Token::BeginObject));
            }
            Action::BeginArray => {
                self.begin(false)?;
                return Ok(emit.then_some(Token::BeginArray));
            }
            Action::EndObject => return Ok(self.end(Token::EndObject)),
            Action::EndArray => return Ok(self.end(Token::EndArray)),
            Action::Number => {
                self.state = State::Number;
                *at -= 1;
            }
            Action::True => self.begin_literal(State::True),
            Action::False => self.begin_literal(State::False),
            Action::Null => self.begin_literal(State::Null),
            Action::Refuse => return Err(SyntaxError::UnexpectedByte(byte)),
        }
        Ok(None)
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

    fn end(&mut self, token: Token) -> Option<Token> {
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
        self.ends(token, &[], &mut 0)
    }

    /// A value ended with `token`, before `at`.
    #[inline(always)]
    fn ends(&mut self, token: Token, input: &[u8], at: &mut usize) -> Option<Token> {
        self.state = self.after_value;
        let emit = self.skip_until == EMIT;
        if self.skip_until == self.depth {
            self.skip_until = EMIT;
        }
        // What mostly follows is taken along: the beginning of another string.
        if let Some([b',', b'"', ..]) = input.get(*at..)
            && self.state != State::Finished
        {
            *at += 2;
            self.begin_string(self.state == State::AfterMember);
        }
        emit.then_some(token)
    }

    #[inline(always)]
    fn begin_string(&mut self, name: bool) {
        self.state = State::String;
        self.in_name = name;
        self.half = 0;
    }

    fn string(&mut self, input: &[u8], at: &mut usize) -> Result<Option<Token>, SyntaxError> {
        let mut start = *at;
        loop {
            if self.progress > 0 {
                self.continuation(input, at)?;
            }
            *at = scan::plain(input, *at);
            let end = *at;
            let Some(&byte) = input.get(end) else {
                return Ok(self.piece(start, end));
            };
            match byte {
                b'"' => {
                    *at += 1;
                    let piece = Piece::Raw {
                        start,
                        end,
                        last: true,
                    };
                    let token = if self.in_name {
                        self.name_ends(piece, input, at)
                    } else {
                        self.ends(Token::Text(piece), input, at)
                    };
                    if token.is_some() || self.state != State::String {
                        return Ok(token);
                    }
                    start = *at;
                }
                b'\\' => {
                    *at += 1;
                    if self.skip_until != EMIT
                        && let Some(b'"' | b'\\' | b'/' | b'n') = input.get(*at)
                    {
                        // Nobody wants it: no need to look at what it means.
                        *at += 1;
                        continue;
                    }
                    self.state = State::Escape;
                    return Ok(self.piece(start, end));
                }
                0..0x20 => return Err(SyntaxError::ControlCharacter(byte)),
                lead => {
                    let (more, lower, upper) =
                        scan::following(lead).ok_or(SyntaxError::InvalidUtf8)?;
                    self.progress = more;
                    self.code = u16::from_be_bytes([lower, upper]);
                    *at += 1;
                }
            }
        }
    }

    #[inline(always)]
    fn name_ends(&mut self, piece: Piece, input: &[u8], at: &mut usize) -> Option<Token> {
        match input.get(*at..).unwrap_or_default() {
            [b':', b'"', ..] => {
                *at += 2;
                self.begin_string(false);
            }
            [b':', ..] => {
                *at += 1;
                self.state = State::Value;
            }
            _ => self.state = State::Colon,
        }
        (self.skip_until == EMIT).then_some(Token::Name(piece))
    }

    /// The string's bytes from `start` to `end`, unless there are none or nobody wants them.
    #[inline]
    fn piece(&mut self, start: usize, end: usize) -> Option<Token> {
        if start == end {
            return None;
        }
        self.half = 0;
        self.string_token(Piece::Raw {
            start,
            end,
            last: false,
        })
    }

    fn string_token(&self, piece: Piece) -> Option<Token> {
        let token = if self.in_name {
            Token::Name(piece)
        } else {
            Token::Text(piece)
        };
        (self.skip_until == EMIT).then_some(token)
    }

    /// The continuation bytes of a character, as far as the input has them.
    fn continuation(&mut self, input: &[u8], at: &mut usize) -> Result<(), SyntaxError> {
        while self.progress > 0
            && let Some(byte) = input.get(*at)
        {
            let [lower, upper] = self.code.to_be_bytes();
            if !(lower..=upper).contains(byte) {
                return Err(SyntaxError::InvalidUtf8);
            }
            self.code = 0x80bf;
            self.progress -= 1;
            *at += 1;
        }
        Ok(())
    }

    fn escape(&mut self, input: &[u8], at: &mut usize) -> Result<Option<Token>, SyntaxError> {
        while let Some(&byte) = input.get(*at) {
            *at += 1;
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
                return Ok(self.string_token(Piece::Char(char::from(meant))));
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
                return Ok(self.string_token(piece));
            }
        }
        Ok(None)
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

    fn begin_literal(&mut self, state: State) {
        self.state = state;
        self.progress = 1;
    }

    fn literal(
        &mut self,
        word: &[u8],
        token: Token,
        input: &[u8],
        at: &mut usize,
    ) -> Result<Option<Token>, SyntaxError> {
        if self.progress == 1
            && let [_, tail @ ..] = word
            && input.get(*at..).is_some_and(|rest| rest.starts_with(tail))
        {
            self.progress = 0;
            *at += tail.len();
            return Ok(self.ends(token, input, at));
        }
        while let Some(byte) = input.get(*at) {
            if word.get(usize::from(self.progress)) != Some(byte) {
                return Err(SyntaxError::InvalidLiteral);
            }
            *at += 1;
            self.progress += 1;
            if usize::from(self.progress) == word.len() {
                self.progress = 0;
                return Ok(self.ends(token, input, at));
            }
        }
        Ok(None)
    }

    fn number(&mut self, input: &[u8], at: &mut usize) -> Result<Option<Token>, SyntaxError> {
        let start = *at;
        while let Some(&byte) = input.get(*at) {
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
                        end: *at,
                        last: true,
                    };
                    return Ok(self.ends(Token::Number(piece), input, at));
                }
                _ => return Err(SyntaxError::InvalidNumber),
            };
            *at += 1;
            while matches!(self.state, State::Integer | State::Fraction)
                && input.get(*at).is_some_and(u8::is_ascii_digit)
            {
                *at += 1;
            }
        }
        Ok(
            (self.skip_until == EMIT).then_some(Token::Number(Piece::Raw {
                start,
                end: *at,
                last: false,
            })),
        )
    }
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self::new()
    }
}
