//! The head of an answer, pulled out of the receive buffer a line at a time.

use core::mem;

use super::{HttpError, line};
use crate::buffer::RecvBuf;

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
    #[inline(never)] // its stack is not needed while the item is looked at
    pub fn next<'r>(&mut self, rx: &'r mut RecvBuf<'_>) -> Result<HeadItem<'r>, HttpError> {
        rx.consume(mem::take(&mut self.lent));
        loop {
            if self.state == State::Done {
                return Ok(HeadItem::End);
            }
            let Some(length) = self.line_length(rx) else {
                if self.state == State::SkipLine {
                    rx.consume(mem::take(&mut self.scanned));
                    return Ok(HeadItem::Incomplete);
                }
                if !rx.space().is_empty() {
                    return Ok(HeadItem::Incomplete);
                }
                if self.state == State::StatusLine {
                    return Err(HttpError::StatusLineTooLong);
                }
                self.state = State::SkipLine;
                let length = mem::take(&mut self.scanned);
                if self.interim {
                    rx.consume(length);
                    continue;
                }
                self.lent = length;
                let name = field_name(rx.unread())?;
                return Ok(HeadItem::TooLong { name });
            };
            self.scanned = 0;
            match self.state {
                State::StatusLine => {
                    let code = line::status_line(front(rx, length))?;
                    if !(100..600).contains(&code) {
                        return Err(HttpError::StatusLine);
                    }
                    rx.consume(length);
                    self.state = State::FieldLine;
                    self.interim = code < 200 && code != 101;
                    if !self.interim {
                        return Ok(HeadItem::Status(code));
                    }
                }
                State::FieldLine => match front(rx, length) {
                    b"\r\n" | b"\n" => {
                        rx.consume(length);
                        self.state = if mem::take(&mut self.interim) {
                            State::StatusLine
                        } else {
                            State::Done
                        };
                    }
                    [b' ' | b'\t', ..] => return Err(HttpError::ObsFold),
                    _ if self.interim => rx.consume(length),
                    _ => {
                        self.lent = length;
                        let (name, value) = line::field_line(front(rx, length))?;
                        return Ok(HeadItem::Field { name, value });
                    }
                },
                State::SkipLine => {
                    rx.consume(length);
                    self.state = State::FieldLine;
                }
                State::Done => {}
            }
        }
    }

    /// The length of the first unread line with its LF, once that is there.
    fn line_length(&mut self, rx: &RecvBuf<'_>) -> Option<usize> {
        let unread = rx.unread();
        let fresh = unread.get(self.scanned..).unwrap_or_default();
        let found = fresh.iter().position(|byte| *byte == b'\n');
        match found {
            Some(at) => Some(self.scanned + at + 1),
            None => {
                self.scanned = unread.len();
                None
            }
        }
    }
}

/// The first `length` unread bytes.
fn front<'r>(rx: &'r RecvBuf<'_>, length: usize) -> &'r [u8] {
    rx.unread().get(..length).unwrap_or_default()
}

/// The name at the beginning of a field line that has no end yet.
fn field_name(start: &[u8]) -> Result<&[u8], HttpError> {
    start
        .iter()
        .position(|byte| *byte == b':')
        .and_then(|colon| start.get(..colon))
        .filter(|name| !name.is_empty() && name.iter().all(|byte| super::header::is_token(*byte)))
        .ok_or(HttpError::FieldLine)
}
