//! Reads the server's frames: every rule of RFC 6455 checked, payload neither moved nor copied.

use super::{
    CloseCode, Violation,
    header::{Fin, FrameHeader, MessageKind, Opcode},
    utf8::Utf8,
};

/// Reads frames from slices of the stream, at any split.
///
/// Give it the bytes that are there; it tells how many it took and what the last of them were.
/// What it did not take has to stand in front of the next slice: at most the 9 bytes of an
/// incomplete header, or an incomplete control frame ([`WINDOW`](Self::WINDOW) bytes with its
/// header). Payload of messages is handed over as it arrives, so a message may be larger than any
/// buffer.
///
/// ```
/// use slack_rtm::websocket::{Decoder, Item, MessageKind};
///
/// let mut decoder = Decoder::new();
/// let mut input: &[u8] = b"\x81\x05Hello\x89\x02hi";
/// let decoded = decoder.decode(input)?;
/// assert_eq!(
///     decoded.item,
///     Item::Payload { kind: MessageKind::Text, data: b"Hello", ends: true }
/// );
/// input = &input[decoded.consumed..];
/// assert_eq!(decoder.decode(input)?.item, Item::Ping(b"hi"));
/// # Ok::<(), slack_rtm::websocket::Violation>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    /// Payload bytes of the frame under way that did not come yet.
    remaining: u64,
    max_message: u32,
    /// Payload bytes that the headers of the message under way have announced; saturates.
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
    /// Behind a close frame or a violation: everything is passed over (sections 5.5.1, 7.1.7).
    Closed,
}

/// What a slice began with, and how much of the slice that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'i> {
    /// Bytes taken: headers, and the payload of `item`, which they end with. Not to be given again.
    pub consumed: usize,
    /// What was there.
    pub item: Item<'i>,
}

/// What the server sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'i> {
    /// Nothing yet: call again with the bytes that were not taken and more behind them.
    Incomplete,
    /// A piece of a message.
    Payload {
        /// The kind of the message.
        kind: MessageKind,
        /// The piece. It may be empty only where the message ends. Text has been checked to be
        /// UTF-8, but a character may go on in the next piece.
        data: &'i [u8],
        /// Whether the message ends with this piece.
        ends: bool,
    },
    /// A ping, at most 125 bytes: answer with a pong that carries the same (section 5.5.2).
    Ping(&'i [u8]),
    /// A pong (section 5.5.3).
    Pong(&'i [u8]),
    /// A close frame (section 5.5.1). Whatever comes behind it is passed over.
    Close {
        /// The code, if the frame has a body. HandshakeResponse with the same one.
        code: Option<CloseCode>,
        /// The reason, for people to read: UTF-8, at most 123 bytes.
        reason: &'i [u8],
    },
}

impl Decoder {
    /// The most bytes that have to be in one slice for progress: a control frame with its header.
    pub const WINDOW: usize = 2 + super::header::MAX_CONTROL_PAYLOAD;

    /// A decoder that stands before the first frame, for messages of any length.
    pub const fn new() -> Self {
        Self::with_max_message(u32::MAX)
    }

    /// A decoder that refuses messages longer than `bytes` with [`Violation::MessageTooBig`], as
    /// soon as a header announces it; `u32::MAX` sets no limit.
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

    /// Reads as far as the next piece of payload or the next control frame in `input`.
    ///
    /// Empty fragments that do not end their message are passed over.
    ///
    /// # Errors
    /// The [`Violation`] that makes the connection fail, at the first byte that shows it. From
    /// then on everything is passed over.
    #[inline(always)] // the middle of a long binary frame then costs its caller a few instructions
    pub fn decode<'i>(&mut self, input: &'i [u8]) -> Result<Decoded<'i>, Violation> {
        let len = input.len();
        if cfg!(target_pointer_width = "64")
            && self.in_binary
            && len > 0
            && (len as u64) < self.remaining
        {
            self.remaining -= len as u64;
            return Ok(Decoded {
                consumed: len,
                item: Item::Payload {
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
                    // At most 125, as `FrameHeader::decode` has checked.
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
                    item: Item::Payload { kind, data, ends },
                });
            }
            if !frame_ends {
                return Ok(incomplete(consumed));
            }
        }
    }

    /// What of the frame under way is there, taken off from what remains.
    #[inline]
    fn piece<'i>(&mut self, rest: &'i [u8]) -> (MessageKind, &'i [u8]) {
        // What does not fit `usize` is more than any slice holds.
        let wanted = usize::try_from(self.remaining).unwrap_or(usize::MAX);
        let data = rest.get(..wanted).unwrap_or(rest);
        self.remaining -= data.len() as u64;
        (self.message.unwrap_or(MessageKind::Binary), data)
    }

    /// Sections 5.4 and 5.6: which data frame may come when.
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

    fn control<'i>(&mut self, opcode: Opcode, data: &'i [u8]) -> Result<Item<'i>, Violation> {
        Ok(match opcode {
            Opcode::Ping => Item::Ping(data),
            Opcode::Pong => Item::Pong(data),
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
                Item::Close { code, reason }
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
        item: Item::Incomplete,
    }
}
