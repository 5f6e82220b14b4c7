//! The body of a response: its content, separated from framing, and its end.

use super::error::HttpError;
use crate::buffer::RecvBuf;

/// The most bytes of framing between two pieces of content: a chunk's extensions, or all trailers.
const FRAMING_MAX: u16 = 8192;

/// A body under way: separates content from framing, in any split.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::http::body::BodyStep;
/// use slack_rtm::http::framing::Framing;
///
/// let mut memory = [0; 512];
/// let mut rx = RecvBuf::new(&mut memory);
/// let chunked = b"4\r\nspam\r\n3\r\nham\r\n0\r\n\r\n";
/// rx.space()[..chunked.len()].copy_from_slice(chunked);
/// rx.filled(chunked.len());
///
/// let mut framing = Framing::new();
/// framing.field(b"Transfer-Encoding", b"chunked").unwrap();
/// let mut body = framing.body(200);
/// let mut content = Vec::new();
/// while let BodyStep::Data(count) = body.next(&mut rx).unwrap() {
///     content.extend_from_slice(&rx.unread()[..count]);
///     rx.consume(count);
///     body.consumed(count);
/// }
/// assert_eq!(content, b"spamham");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// Bytes of content that are missing, of the body or of the chunk. In a chunk-size, its value
    /// so far.
    left: u64,
    /// Bytes of framing since the last content.
    framing: u16,
    state: State,
}

/// The position of the next byte; from `Size` on in the grammar of RFC 9112 section 7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    UntilClose,
    Length,
    Done,
    /// In the data of a chunk.
    Data,
    /// Before the first digit of chunk-size.
    Size,
    /// After a digit.
    Digits,
    /// After blanks that follow chunk-size.
    Blanks,
    /// In chunk-ext.
    Extension,
    /// Before the LF that ends chunk-size and chunk-ext.
    SizeLf,
    DataCr,
    DataLf,
    /// At the beginning of a line of the trailer section.
    TrailerLine,
    /// Inside such a line.
    Trailer,
    /// Before the LF of such a line.
    TrailerLf,
    /// Before the LF of the empty line.
    LastLf,
    /// After a byte that the grammar does not allow.
    Broken,
}

/// The state after a byte of a chunk's framing: a row for each state from `Size` on, a column for
/// each [`class`] of bytes.
#[rustfmt::skip]
const NEXT: [[State; 7]; 11] = {
    use State::{
        Blanks, Broken as __, Data, DataLf, Digits, Done, Extension, LastLf, Size, SizeLf, Trailer,
        TrailerLf, TrailerLine,
    };
    [
        // CR       LF           ;          blank      digit      text       other
        [__,        __,          __,        __,        Digits,    __,        __],
        [SizeLf,    __,          Extension, Blanks,    Digits,    __,        __],
        [SizeLf,    __,          Extension, Blanks,    __,        __,        __],
        [SizeLf,    __,          Extension, Extension, Extension, Extension, __],
        [__,        Data,        __,        __,        __,        __,        __],
        [DataLf,    __,          __,        __,        __,        __,        __],
        [__,        Size,        __,        __,        __,        __,        __],
        [LastLf,    __,          Trailer,   Trailer,   Trailer,   Trailer,   Trailer],
        [TrailerLf, __,          Trailer,   Trailer,   Trailer,   Trailer,   Trailer],
        [__,        TrailerLine, __,        __,        __,        __,        __],
        [__,        Done,        __,        __,        __,        __,        __],
    ]
};

/// Returns the column of [`NEXT`] for a byte.
const fn class(byte: u8) -> usize {
    match byte {
        b'\r' => 0,
        b'\n' => 1,
        b';' => 2,
        b' ' | b'\t' => 3,
        b'0'..=b'9' | b'A'..=b'F' | b'a'..=b'f' => 4,
        b' '..=b'~' | 0x80.. => 5,
        _ => 6,
    }
}

/// The next step through a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BodyStep {
    /// This many unread bytes, at least one, are content. Consume some or all of them, then report
    /// how many by [`Body::consumed`].
    Data(usize),
    /// More bytes are needed.
    Incomplete,
    /// The body is complete.
    End,
}

impl Body {
    /// Creates an empty body.
    pub(super) const fn empty() -> Self {
        Self::starting(State::Done, 0)
    }

    /// Creates a body in chunks.
    pub(super) const fn chunked() -> Self {
        Self::starting(State::Size, 0)
    }

    /// Creates a body of `length` bytes, at least one.
    pub(super) const fn of_length(length: u64) -> Self {
        Self::starting(State::Length, length)
    }

    /// Creates a body that lasts until the link closes.
    pub(super) const fn until_close() -> Self {
        Self::starting(State::UntilClose, u64::MAX)
    }

    /// Returns whether nothing but the end of the link ends the body.
    pub(crate) const fn lasts_until_close(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    const fn starting(state: State, left: u64) -> Self {
        Self {
            left,
            framing: 0,
            state,
        }
    }

    /// Returns the next step; consumes framing from `rx`, but no content.
    ///
    /// # Errors
    /// [`HttpError`] if the framing is invalid. Later results are then meaningless.
    pub fn next(&mut self, rx: &mut RecvBuf<'_>) -> Result<BodyStep, HttpError> {
        loop {
            let unread = rx.unread();
            if self.state == State::Done {
                return Ok(BodyStep::End);
            }
            let Some(byte) = unread.first() else {
                return Ok(BodyStep::Incomplete);
            };
            if self.state <= State::Data {
                let left = usize::try_from(self.left).unwrap_or(usize::MAX);
                return Ok(BodyStep::Data(left.min(unread.len())));
            }
            self.framing(*byte)?;
            rx.consume(1);
        }
    }

    /// Counts `count` bytes of content that were consumed from the receive buffer.
    pub fn consumed(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count as u64);
        if self.left == 0 {
            self.state = match self.state {
                State::Length => State::Done,
                State::Data => State::DataCr,
                other => other,
            };
        }
    }

    /// Ends the body: the link closed in an orderly way.
    ///
    /// # Errors
    /// [`HttpError::Truncated`] if the body is not complete. A body that lasts until the link
    /// closes is complete.
    pub fn eof(&mut self) -> Result<(), HttpError> {
        if !matches!(self.state, State::Done | State::UntilClose) {
            return Err(HttpError::Truncated);
        }
        self.state = State::Done;
        Ok(())
    }

    /// Parses a byte of a chunk's framing.
    #[inline(never)]
    fn framing(&mut self, byte: u8) -> Result<(), HttpError> {
        self.framing = self.framing.saturating_add(1);
        if self.framing > FRAMING_MAX {
            return Err(HttpError::ChunkFramingTooLong);
        }
        let row = NEXT.get((self.state as usize).wrapping_sub(State::Size as usize));
        let next = row.and_then(|row| row.get(class(byte))).copied();
        let next = next.unwrap_or(State::Broken);
        match next {
            State::Broken if self.state >= State::TrailerLine => return Err(HttpError::Trailer),
            State::Broken if self.state >= State::DataCr => return Err(HttpError::ChunkEnd),
            State::Broken => return Err(HttpError::ChunkSize),
            State::Digits => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                if self.left >> 60 != 0 {
                    return Err(HttpError::ChunkSizeOverflow);
                }
                self.left = self.left << 4 | u64::from(digit);
            }
            State::Data => self.framing = 0,
            _ => {}
        }
        self.state = match next {
            State::Data if self.left == 0 => State::TrailerLine,
            next => next,
        };
        Ok(())
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Body);
