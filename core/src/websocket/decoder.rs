//! Decodes the server's frames: every rule of RFC 6455 checked, payload neither moved nor copied.

use super::close::CloseCode;
use super::header::{Fin, FrameHeader, MAX_CONTROL_PAYLOAD, MessageKind, Opcode};
use super::violation::Violation;
use crate::flash;
use crate::utf8::Utf8;

/// Decodes frames from slices of the stream, at any split.
///
/// [`decode`](Self::decode) returns how many bytes of the slice it consumed, and the item that they
/// end with. The next slice has to begin with the bytes that were not consumed: at most the 9
/// bytes of an incomplete header, or an incomplete control frame ([`WINDOW`](Self::WINDOW) bytes
/// with its header). Payload of messages is returned as it arrives, so a message may be larger
/// than any buffer.
///
/// ```
/// use slack_rtm::websocket::{Decoder, FramePart, MessageKind};
///
/// let mut decoder = Decoder::new();
/// let mut input: &[u8] = b"\x81\x05Hello\x89\x02hi";
/// let decoded = decoder.decode(input)?;
/// assert_eq!(
///     decoded.item,
///     FramePart::Payload { kind: MessageKind::Text, data: b"Hello", ends: true }
/// );
/// input = &input[decoded.consumed..];
/// assert_eq!(decoder.decode(input)?.item, FramePart::Ping(b"hi"));
/// # Ok::<(), slack_rtm::websocket::Violation>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    /// Payload bytes of the frame under way that are missing.
    remaining: u64,
    max_message: u32,
    /// Payload bytes that the headers of the message under way announced; saturates.
    message_len: u32,
    utf8: Utf8,
    message: Option<MessageKind>,
    phase: Phase,
    /// Whether the phase is inside the payload of a binary message.
    in_binary: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    FrameHeader,
    /// Inside the payload of a data frame.
    Payload(Fin),
    /// After a close frame or a violation: everything is discarded (sections 5.5.1, 7.1.7).
    Closed,
}

/// The next item of the stream, and how many bytes of the slice it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Decoded<'i> {
    /// Bytes consumed: headers, and at their end the payload of `item`. The next slice begins after
    /// them.
    pub consumed: usize,
    /// The item.
    pub item: FramePart<'i>,
}

/// One item of the server's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FramePart<'i> {
    /// More bytes are needed: call again with those that were not consumed and more after them.
    Incomplete,
    /// A piece of a message.
    Payload {
        /// The kind of the message.
        kind: MessageKind,
        /// The piece. Only the last one of a message may be empty. Text has been checked to be
        /// UTF-8, but a character may be continued in the next piece.
        data: &'i [u8],
        /// Whether the message ends with this piece.
        ends: bool,
    },
    /// A ping with at most 125 bytes. A pong with the same bytes is due (section 5.5.2).
    Ping(&'i [u8]),
    /// A pong (section 5.5.3).
    Pong(&'i [u8]),
    /// A close frame (section 5.5.1). Everything after it is discarded.
    Close {
        /// The code, if the frame has a body. A close frame with the same code is due.
        code: Option<CloseCode>,
        /// The reason, for people to read: UTF-8, at most 123 bytes.
        reason: &'i [u8],
    },
}

impl Decoder {
    /// The length of a slice that is always enough for progress: a control frame with its header.
    pub const WINDOW: usize = 2 + MAX_CONTROL_PAYLOAD;

    /// Creates a decoder before the first frame, for messages of any length.
    pub const fn new() -> Self {
        Self::with_max_message(u32::MAX)
    }

    /// Creates a decoder that refuses messages longer than `bytes` with
    /// [`Violation::MessageTooBig`], as soon as a header announces one; `u32::MAX` sets no limit.
    pub const fn with_max_message(bytes: u32) -> Self {
        Self {
            remaining: 0,
            max_message: bytes,
            message_len: 0,
            utf8: Utf8::new(),
            message: None,
            phase: Phase::FrameHeader,
            in_binary: false,
        }
    }

    /// Decodes as far as the next piece of payload or the next control frame in `input`.
    ///
    /// Empty fragments that do not end their message are skipped.
    ///
    /// # Errors
    /// The [`Violation`] that makes the connection fail, at the first byte that shows it. After
    /// it, everything is discarded.
    #[inline(always)] // the middle of a long binary frame then takes the caller few instructions
    pub fn decode<'i>(&mut self, input: &'i [u8]) -> Result<Decoded<'i>, Violation> {
        let len = input.len();
        if flash::PLENTIFUL && self.in_binary && len > 0 && (len as u64) < self.remaining {
            self.remaining -= len as u64;
            return Ok(Decoded {
                consumed: len,
                item: FramePart::Payload {
                    kind: MessageKind::Binary,
                    data: input,
                    ends: false,
                },
            });
        }
        self.decode_any(input)
    }

    fn decode_any<'i>(&mut self, input: &'i [u8]) -> Result<Decoded<'i>, Violation> {
        self.frames(input)
            .inspect_err(|_| self.phase = Phase::Closed)
    }

    fn frames<'i>(&mut self, input: &'i [u8]) -> Result<Decoded<'i>, Violation> {
        let mut rest = input;
        loop {
            let consumed = input.len() - rest.len();
            if self.phase == Phase::FrameHeader {
                let Some((header, length)) = FrameHeader::decode(rest)? else {
                    return Ok(incomplete(consumed));
                };
                rest = rest.get(length..).unwrap_or_default();
                if header.opcode.is_control() {
                    // At most 125: `FrameHeader::decode` checked it.
                    let Some(data) = rest.get(..header.payload_len as usize) else {
                        return Ok(incomplete(consumed));
                    };
                    let item = self.control(header.opcode, data)?;
                    let consumed = consumed + length + data.len();
                    return Ok(Decoded { consumed, item });
                }
                self.begin(header)?;
            }
            let Phase::Payload(fin) = self.phase else {
                return Ok(incomplete(input.len()));
            };
            let (kind, data) = self.piece(rest);
            let frame_ends = self.remaining == 0;
            let ends = frame_ends && fin == Fin::Last;
            if kind == MessageKind::Text
                && !(self.utf8.check(data) && (!ends || self.utf8.is_complete()))
            {
                return Err(Violation::InvalidUtf8);
            }
            self.in_binary = !frame_ends && kind == MessageKind::Binary;
            if frame_ends {
                self.phase = Phase::FrameHeader;
            }
            if ends {
                self.message = None;
            }
            let consumed = input.len() - rest.len();
            if ends || !data.is_empty() {
                return Ok(Decoded {
                    consumed: consumed + data.len(),
                    item: FramePart::Payload { kind, data, ends },
                });
            }
            if !frame_ends {
                return Ok(incomplete(consumed));
            }
        }
    }

    /// Returns the part of the frame under way that is at the front of `rest`, and counts it.
    #[inline]
    fn piece<'i>(&mut self, rest: &'i [u8]) -> (MessageKind, &'i [u8]) {
        // A length that does not fit into `usize` exceeds every slice.
        let wanted = usize::try_from(self.remaining).unwrap_or(usize::MAX);
        let data = rest.get(..wanted).unwrap_or(rest);
        self.remaining -= data.len() as u64;
        (self.message.unwrap_or(MessageKind::Binary), data)
    }

    /// Begins a data frame, if one of this kind may follow (sections 5.4 and 5.6).
    #[inline]
    fn begin(&mut self, header: FrameHeader) -> Result<(), Violation> {
        match (header.opcode, self.message) {
            (Opcode::Continuation, None) => return Err(Violation::UnexpectedContinuation),
            (Opcode::Continuation, Some(_)) => {}
            (_, Some(_)) => return Err(Violation::ExpectedContinuation),
            (opcode, None) => {
                self.message = Some(if opcode == Opcode::Text {
                    MessageKind::Text
                } else {
                    MessageKind::Binary
                });
                self.message_len = 0;
            }
        }
        let frame_len = u32::try_from(header.payload_len).unwrap_or(u32::MAX);
        self.message_len = self.message_len.saturating_add(frame_len);
        if self.message_len > self.max_message {
            return Err(Violation::MessageTooBig);
        }
        self.remaining = header.payload_len;
        self.phase = Phase::Payload(header.fin);
        Ok(())
    }

    fn control<'i>(&mut self, opcode: Opcode, data: &'i [u8]) -> Result<FramePart<'i>, Violation> {
        Ok(match opcode {
            Opcode::Ping => FramePart::Ping(data),
            Opcode::Pong => FramePart::Pong(data),
            _ => {
                let (code, reason) = match data {
                    [] => (None, data),
                    [_] => return Err(Violation::CloseBodyTooShort),
                    [high, low, reason @ ..] => {
                        let code = CloseCode::new(u16::from_be_bytes([*high, *low]))
                            .ok_or(Violation::InvalidCloseCode)?;
                        (Some(code), reason)
                    }
                };
                let mut utf8 = Utf8::new();
                if !(utf8.check(reason) && utf8.is_complete()) {
                    return Err(Violation::InvalidCloseReason);
                }
                self.phase = Phase::Closed;
                FramePart::Close { code, reason }
            }
        })
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

const fn incomplete<'i>(consumed: usize) -> Decoded<'i> {
    Decoded {
        consumed,
        item: FramePart::Incomplete,
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Decoder);
