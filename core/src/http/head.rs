//! The head of an answer, pulled out of the receive buffer a line at a time.

use core::mem;

use super::{HttpError, line};
use crate::buffer::RecvBuf;
use crate::parse;

/// Reads a head line by line: any number of lines, in any split, with no line searched twice.
///
/// Lines end in CR LF; a bare LF is taken as well (RFC 9112 section 2.2). Interim answers
/// (status 1xx but 101) are passed over.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::http::head::{HeadItem, HeadParser};
///
/// let mut memory = [0; 512];
/// let mut rx = RecvBuf::new(&mut memory);
/// let bytes = b"HTTP/1.1 200 OK\r\nRetry-After: 30\r\n\r\nbody";
/// rx.space()[..bytes.len()].copy_from_slice(bytes);
/// rx.filled(bytes.len());
///
/// let mut head = HeadParser::new();
/// assert_eq!(head.next(&mut rx), Ok(HeadItem::Status(200)));
/// let (name, value) = (&b"Retry-After"[..], &b"30"[..]);
/// assert_eq!(head.next(&mut rx), Ok(HeadItem::Field { name, value }));
/// assert_eq!(head.next(&mut rx), Ok(HeadItem::End));
/// assert_eq!(rx.unread(), b"body");
/// ```
#[derive(Clone, Debug, Default)]
pub struct HeadParser {
    state: State,
    /// Whether the lines read belong to an interim answer.
    interim: bool,
    /// Unread bytes of the current line that hold no LF.
    scanned: usize,
    /// Unread bytes that were lent with the last item: consumed by the next call.
    lent: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    StatusLine,
    FieldLine,
    /// Inside a field line that did not fit.
    SkipLine,
    Done,
}

/// One piece of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadItem<'r> {
    /// More bytes are needed.
    Incomplete,
    /// The status code of the answer, 100 to 599.
    Status(u16),
    /// A field line: its name, and its value without blanks around it.
    Field {
        /// The name; its case says nothing, compare by [`<[u8]>::eq_ignore_ascii_case`](slice::eq_ignore_ascii_case).
        name: &'r [u8],
        /// The value; it may hold bytes that are not ASCII.
        value: &'r [u8],
    },
    /// A field line that does not fit into the receive buffer; its rest is skipped.
    TooLong {
        /// The name.
        name: &'r [u8],
    },
    /// The head is complete: what is unread now belongs to the body, or to what follows a 101.
    End,
}

impl HeadParser {
    /// A parser before the status line.
    pub const fn new() -> Self {
        Self {
            state: State::StatusLine,
            interim: false,
            scanned: 0,
            lent: 0,
        }
    }

    /// The next item. A line that it lends stays in `rx` until the call after.
    ///
    /// Until [`HeadItem::End`] nobody else may consume from `rx`; behind it, every call gives
    /// [`HeadItem::End`] again and takes nothing.
    ///
    /// # Errors
    /// [`HttpError`] if the bytes are no head; nothing sensible follows.
    pub fn next<'r>(&mut self, rx: &'r mut RecvBuf<'_>) -> Result<HeadItem<'r>, HttpError> {
        let step = loop {
            match self.advance(rx)? {
                HeadItemKind::Passed => {}
                step => break step,
            }
        };
        let line = self.line(rx);
        let item = match step {
            HeadItemKind::Incomplete | HeadItemKind::Passed => Some(HeadItem::Incomplete),
            HeadItemKind::Status(status) => Some(HeadItem::Status(status)),
            HeadItemKind::Field => {
                line::field_line(line).map(|(name, value)| HeadItem::Field { name, value })
            }
            HeadItemKind::TooLong => {
                line::name_and_rest(line).map(|(name, _)| HeadItem::TooLong { name })
            }
            HeadItemKind::End => Some(HeadItem::End),
        };
        item.ok_or(HttpError::FieldLine)
    }

    /// As [`next`](Self::next), without a borrow of `rx`, and a line at a time.
    #[inline(never)] // its stack is not needed while the step is looked at
    pub(crate) fn advance(&mut self, rx: &mut RecvBuf<'_>) -> Result<HeadItemKind, HttpError> {
        rx.consume(mem::take(&mut self.lent));
        if self.state == State::Done {
            return Ok(HeadItemKind::End);
        }
        let unread = rx.unread();
        let end = (self.scanned..unread.len()).find(|at| unread.get(*at) == Some(&b'\n'));
        let length = end.map_or(unread.len(), |at| at + 1);
        let has_part = self.state == State::SkipLine && length > 0;
        if end.is_none() && !has_part && !rx.space().is_empty() {
            self.scanned = length;
            return Ok(HeadItemKind::Incomplete);
        }
        self.scanned = 0;
        self.lent = length;
        let line = self.line(rx);
        match self.state {
            State::StatusLine if end.is_none() => return Err(HttpError::StatusLineTooLong),
            State::StatusLine => {
                let Some(code @ 100..600) = line::status_line(line) else {
                    return Err(HttpError::StatusLine);
                };
                self.state = State::FieldLine;
                self.interim = code < 200 && code != 101;
                if !self.interim {
                    return Ok(HeadItemKind::Status(code));
                }
            }
            State::FieldLine if line::without_end(line).is_empty() => {
                self.state = match self.interim {
                    true => State::StatusLine,
                    false => State::Done,
                };
            }
            State::FieldLine => {
                if let Some(b' ' | b'\t') = line.first() {
                    return Err(HttpError::ObsFold);
                }
                if end.is_none() {
                    self.state = State::SkipLine;
                }
                if !self.interim {
                    return Ok(match end {
                        Some(_) => HeadItemKind::Field,
                        None => HeadItemKind::TooLong,
                    });
                }
            }
            State::SkipLine if end.is_none() => {}
            State::SkipLine | State::Done => self.state = State::FieldLine,
        }
        Ok(HeadItemKind::Passed)
    }

    /// The field that [`advance`](Self::advance) came to, if it is known, and its value; of one that
    /// is too long, the value as far as it is there.
    pub(crate) fn field<'r>(
        &self,
        rx: &'r RecvBuf<'_>,
    ) -> Result<(Option<KnownField>, &'r [u8]), HttpError> {
        let line = self.line(rx);
        let parts = match self.state {
            State::SkipLine => line::name_and_rest(line),
            _ => line::field_line(line),
        };
        let (name, value) = parts.ok_or(HttpError::FieldLine)?;
        Ok((KnownField::of(name), value))
    }

    fn line<'r>(&self, rx: &'r RecvBuf<'_>) -> &'r [u8] {
        rx.unread().get(..self.lent).unwrap_or_default()
    }
}

/// What came next in a head, without what a [`HeadItem`] lends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadItemKind {
    Incomplete,
    /// A line that tells nothing.
    Passed,
    Status(u16),
    Field,
    TooLong,
    End,
}

/// The fields that some layer of this crate has rules for: first those that frame a body, last those
/// of the WebSocket handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KnownField {
    ContentLength,
    TransferEncoding,
    ContentEncoding,
    ContentType,
    RetryAfter,
    Location,
    Upgrade,
    Connection,
    Accept,
    Extensions,
    Protocol,
}

impl KnownField {
    /// Their names as numbers, which take a quarter of the flash. Another name of the same number
    /// gains a server nothing: it may as well send the one that is known.
    const HASHES: [u32; 11] = [
        Self::mark(b"content-length"),
        Self::mark(b"transfer-encoding"),
        Self::mark(b"content-encoding"),
        Self::mark(b"content-type"),
        Self::mark(b"retry-after"),
        Self::mark(b"location"),
        Self::mark(b"upgrade"),
        Self::mark(b"connection"),
        Self::mark(b"sec-websocket-accept"),
        Self::mark(b"sec-websocket-extensions"),
        Self::mark(b"sec-websocket-protocol"),
    ];

    /// In the order of [`HASHES`](Self::HASHES).
    const ALL: [Self; 11] = [
        Self::ContentLength,
        Self::TransferEncoding,
        Self::ContentEncoding,
        Self::ContentType,
        Self::RetryAfter,
        Self::Location,
        Self::Upgrade,
        Self::Connection,
        Self::Accept,
        Self::Extensions,
        Self::Protocol,
    ];

    const fn mark(name: &[u8]) -> u32 {
        parse::fnv1a_folded(name, 0x20)
    }

    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let mark = Self::mark(name);
        let place = Self::HASHES.iter().position(|known| *known == mark)?;
        Self::ALL.get(place).copied()
    }
}
