//! The body of an answer: which of the unread bytes are content, and where it ends.

use super::HttpError;
use crate::buffer::RecvBuf;

/// The most bytes of chunk extensions in one chunk, and of all trailers.
const FRAMING_MAX: u16 = 8192;

/// Gathers from the field lines how the body is framed (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Default)]
pub struct Framing {
    length: Option<u64>,
    chunked: bool,
}

impl Framing {
    /// Nothing told yet: the body would last until the link closes.
    pub const fn new() -> Self {
        Self {
            length: None,
            chunked: false,
        }
    }

    /// Takes note of one field line; those that frame nothing are passed over.
    ///
    /// # Errors
    /// [`HttpError`] if the field is one of `Content-Length`, `Transfer-Encoding` and
    /// `Content-Encoding` and says what cannot be taken.
    pub fn field(&mut self, name: &[u8], value: &[u8]) -> Result<(), HttpError> {
        if name.eq_ignore_ascii_case(b"content-length") {
            // "5, 5" may be taken for 5 where all the numbers agree (RFC 9112 section 6.3).
            for number in value.split(|byte| *byte == b',') {
                let number = parse_length(number.trim_ascii()).ok_or(HttpError::ContentLength)?;
                if self.length.replace(number).is_some_and(|old| old != number) {
                    return Err(HttpError::ContentLengthsDiffer);
                }
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(HttpError::TransferEncoding);
            }
            self.chunked = true;
        } else if name.eq_ignore_ascii_case(b"content-encoding")
            && !value.is_empty()
            && !value.eq_ignore_ascii_case(b"identity")
        {
            return Err(HttpError::ContentEncoding);
        }
        if self.chunked && self.length.is_some() {
            return Err(HttpError::LengthAndCoding);
        }
        Ok(())
    }

    /// Takes note of a field line that did not fit.
    ///
    /// # Errors
    /// [`HttpError::FieldTooLong`] if it is one that frames the body.
    pub fn too_long(&self, name: &[u8]) -> Result<(), HttpError> {
        let frames = ["content-length", "transfer-encoding", "content-encoding"];
        if frames
            .iter()
            .any(|own| own.as_bytes().eq_ignore_ascii_case(name))
        {
            return Err(HttpError::FieldTooLong);
        }
        Ok(())
    }

    /// The body that follows a head with this `status`.
    pub const fn body(&self, status: u16) -> Body {
        let state = match (status, self.chunked, self.length) {
            (100..200 | 204 | 304, _, _) => State::Done,
            (_, true, _) => State::Chunk(Chunk::Size {
                size: 0,
                digits: false,
            }),
            (_, false, Some(left)) => State::Length { left },
            (_, false, None) => State::UntilClose,
        };
        Body { state, framing: 0 }
    }
}

/// Tells content from framing, in any split.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::http::body::{BodyStep, Framing};
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
    state: State,
    /// Bytes of the current chunk's extensions, or of the trailers, so far.
    framing: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Length { left: u64 },
    UntilClose,
    Chunk(Chunk),
    Done,
}

/// Where in RFC 9112 section 7.1's grammar the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    /// In chunk-size; `digits` once one was there.
    Size {
        size: u64,
        digits: bool,
    },
    /// Behind blanks that follow chunk-size.
    Padding {
        size: u64,
    },
    /// In chunk-ext.
    Extension {
        size: u64,
    },
    /// Before the LF that ends chunk-size and chunk-ext.
    SizeLf {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    /// In the trailer section; `empty` as long as the line is.
    Trailer {
        empty: bool,
    },
    /// Before the LF of a trailer line.
    TrailerLf {
        empty: bool,
    },
}

/// What is next in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyStep {
    /// So many unread bytes, at least one, are content. Consume some or all of them, then tell
    /// how many by [`Body::consumed`].
    Data(usize),
    /// More bytes are needed.
    Incomplete,
    /// The body is complete.
    End,
}

impl Body {
    /// What is next; consumes framing from `rx`, never content.
    ///
    /// # Errors
    /// [`HttpError`] if the framing is broken; nothing sensible follows.
    pub fn next(&mut self, rx: &mut RecvBuf<'_>) -> Result<BodyStep, HttpError> {
        loop {
            let unread = rx.unread();
            match self.state {
                State::Length { left: 0 } | State::Done => return Ok(BodyStep::End),
                _ if unread.is_empty() => return Ok(BodyStep::Incomplete),
                State::Length { left }
                | State::Chunk(Chunk::Data {
                    left: left @ 1..=u64::MAX,
                }) => {
                    let left = usize::try_from(left).unwrap_or(usize::MAX);
                    return Ok(BodyStep::Data(left.min(unread.len())));
                }
                State::UntilClose => return Ok(BodyStep::Data(unread.len())),
                State::Chunk(chunk) => {
                    let Some(byte) = unread.first().copied() else {
                        return Ok(BodyStep::Incomplete);
                    };
                    self.state = self.chunk_byte(chunk, byte)?;
                    rx.consume(1);
                }
            }
        }
    }

    /// `count` bytes of content were consumed from the receive buffer.
    pub fn consumed(&mut self, count: usize) {
        let count = count as u64;
        match &mut self.state {
            State::Length { left } => *left = left.saturating_sub(count),
            State::Chunk(Chunk::Data { left }) => {
                *left = left.saturating_sub(count);
                if *left == 0 {
                    self.state = State::Chunk(Chunk::DataCr);
                }
            }
            _ => {}
        }
    }

    /// The link closed, in an orderly way: no more bytes come.
    ///
    /// # Errors
    /// [`HttpError::Truncated`] if the body was not complete. One that lasts until the link
    /// closes is complete by that.
    pub fn eof(&mut self) -> Result<(), HttpError> {
        match self.state {
            State::Length { left: 0 } | State::Done | State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            _ => Err(HttpError::Truncated),
        }
    }

    fn chunk_byte(&mut self, chunk: Chunk, byte: u8) -> Result<State, HttpError> {
        let next = match (chunk, byte) {
            (Chunk::Size { size, digits: true }, b'\r') => Chunk::SizeLf { size },
            (Chunk::Size { size, digits: true }, b';') => Chunk::Extension { size },
            (Chunk::Size { size, digits: true }, b' ' | b'\t') => Chunk::Padding { size },
            (Chunk::Size { size, .. }, _) => {
                let digit = char::from(byte).to_digit(16).ok_or(HttpError::ChunkSize)?;
                self.count_framing()?;
                Chunk::Size {
                    size: size
                        .checked_mul(16)
                        .and_then(|size| size.checked_add(u64::from(digit)))
                        .ok_or(HttpError::ChunkSizeOverflow)?,
                    digits: true,
                }
            }
            (Chunk::Padding { size } | Chunk::Extension { size }, b'\r') => Chunk::SizeLf { size },
            (Chunk::Padding { size }, b';') => Chunk::Extension { size },
            (Chunk::Padding { size }, b' ' | b'\t') => {
                self.count_framing()?;
                Chunk::Padding { size }
            }
            (Chunk::Extension { size }, b'\t' | b' '..=b'~' | 0x80..) => {
                self.count_framing()?;
                Chunk::Extension { size }
            }
            (Chunk::SizeLf { size: 0 }, b'\n') => {
                self.framing = 0;
                Chunk::Trailer { empty: true }
            }
            (Chunk::SizeLf { size }, b'\n') => {
                self.framing = 0;
                Chunk::Data { left: size }
            }
            (Chunk::Padding { .. } | Chunk::Extension { .. } | Chunk::SizeLf { .. }, _) => {
                return Err(HttpError::ChunkSize);
            }
            (Chunk::Data { .. } | Chunk::DataCr, b'\r') => Chunk::DataLf,
            (Chunk::DataLf, b'\n') => Chunk::Size {
                size: 0,
                digits: false,
            },
            (Chunk::Data { .. } | Chunk::DataCr | Chunk::DataLf, _) => {
                return Err(HttpError::ChunkEnd);
            }
            (Chunk::Trailer { empty }, b'\r') => Chunk::TrailerLf { empty },
            (Chunk::Trailer { .. }, b'\n') => return Err(HttpError::Trailer),
            (Chunk::Trailer { .. }, _) => {
                self.count_framing()?;
                Chunk::Trailer { empty: false }
            }
            (Chunk::TrailerLf { empty: true }, b'\n') => return Ok(State::Done),
            (Chunk::TrailerLf { empty: false }, b'\n') => Chunk::Trailer { empty: true },
            (Chunk::TrailerLf { .. }, _) => return Err(HttpError::Trailer),
        };
        Ok(State::Chunk(next))
    }

    fn count_framing(&mut self) -> Result<(), HttpError> {
        self.framing = self.framing.saturating_add(1);
        if self.framing > FRAMING_MAX {
            return Err(HttpError::ChunkFramingTooLong);
        }
        Ok(())
    }
}

/// A decimal number without sign, below 2^64.
pub(crate) fn parse_length(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
