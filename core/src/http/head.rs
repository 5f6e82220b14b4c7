//! The head of a response, parsed line by line in the receive buffer.

use super::error::HttpError;
use super::field::KnownField;
use super::line;
use crate::buffer::RecvBuf;
use core::mem;

/// A parser that reads a head line by line: any number of lines, in any split, with no byte
/// searched twice.
///
/// Lines end in CR LF; a bare LF is accepted too (RFC 9112 section 2.2). A field line that is folded
/// is one line: the fold is replaced by spaces (section 5.2). So the end of a field line is known
/// with the first byte after it. Interim responses (status 1xx other than 101) are skipped.
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
    /// Whether the lines belong to an interim response.
    interim: bool,
    /// Unread bytes of the current line that were searched and contain no LF.
    scanned: usize,
    /// Unread bytes that the last item borrows; the next call consumes them.
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

/// One item of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HeadItem<'r> {
    /// More bytes are needed.
    Incomplete,
    /// The status code of the response, 100 to 599.
    Status(u16),
    /// A field line.
    Field {
        /// The name. Compare it by
        /// [`<[u8]>::eq_ignore_ascii_case`](slice::eq_ignore_ascii_case).
        name: &'r [u8],
        /// The value without the blanks around it. It may contain bytes that are not ASCII.
        value: &'r [u8],
    },
    /// A field line that does not fit into the receive buffer. Its rest is skipped.
    TooLong {
        /// The name.
        name: &'r [u8],
    },
    /// The end of the head. The unread bytes belong to the body, or to the protocol after a 101.
    End,
}

/// A [`HeadItem`] that borrows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadItemKind {
    Incomplete,
    /// A line without an item: the end of an interim response, or a part of a long line.
    Skipped,
    Status(u16),
    Field,
    TooLong,
    End,
}

impl HeadParser {
    /// Creates a parser before the status line.
    pub const fn new() -> Self {
        Self {
            state: State::StatusLine,
            interim: false,
            scanned: 0,
            lent: 0,
        }
    }

    /// Returns the next item. The line that it borrows stays in `rx` until the next call.
    ///
    /// Until [`HeadItem::End`] nothing else may be consumed from `rx`. After it, every call returns
    /// [`HeadItem::End`] and consumes nothing.
    ///
    /// # Errors
    /// [`HttpError`] if the bytes are not a valid head. Later results are then meaningless.
    pub fn next<'r>(&mut self, rx: &'r mut RecvBuf<'_>) -> Result<HeadItem<'r>, HttpError> {
        let step = loop {
            match self.advance(rx)? {
                HeadItemKind::Skipped => {}
                step => break step,
            }
        };
        let line = self.line(rx);
        let item = match step {
            HeadItemKind::Incomplete | HeadItemKind::Skipped => Some(HeadItem::Incomplete),
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

    /// Does the same as [`next`](Self::next) for one line, without a borrow of `rx`.
    #[inline(never)] // its stack is not needed while the item is handled
    pub(crate) fn advance(&mut self, rx: &mut RecvBuf<'_>) -> Result<HeadItemKind, HttpError> {
        rx.consume(mem::take(&mut self.lent));
        if self.state == State::Done {
            return Ok(HeadItemKind::End);
        }
        let end = self.end_of_line(rx);
        // An LF that the next byte may make part of a fold stays.
        let length = end.map_or(self.scanned, |at| at + 1);
        let has_part = self.state == State::SkipLine && length > 0;
        if end.is_none() && !has_part && !rx.space().is_empty() {
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
                // A fold right after the status line belongs to no field.
                if let Some(b' ' | b'\t') = line.first() {
                    return Err(HttpError::FieldLine);
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
        Ok(HeadItemKind::Skipped)
    }

    /// Returns the position of the LF that ends the line, among the unread bytes. Replaces each fold
    /// on the way by spaces.
    fn end_of_line(&mut self, rx: &mut RecvBuf<'_>) -> Option<usize> {
        loop {
            let unread = rx.unread();
            let found = (self.scanned..unread.len()).find(|at| unread.get(*at) == Some(&b'\n'));
            let Some(at) = found else {
                self.scanned = unread.len();
                return None;
            };
            let length = line::without_end(unread.get(..=at).unwrap_or_default()).len();
            let can_fold = match self.state {
                State::StatusLine => false,
                State::FieldLine => length > 0,
                State::SkipLine | State::Done => true,
            };
            if !can_fold {
                return Some(at);
            }
            match unread.get(at + 1) {
                Some(b' ' | b'\t') => {}
                Some(_) => return Some(at),
                // The next byte decides; the LF is found again with it.
                None => {
                    self.scanned = at;
                    return None;
                }
            }
            // CR LF, or LF and the space after it.
            rx.patch(rx.position() + length, b"  ");
            self.scanned = at + 1;
        }
    }

    /// Returns the field that [`advance`](Self::advance) reached, if it is a known one, and its
    /// value. The value of a field that is too long is cut.
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

    /// Returns the line that [`advance`](Self::advance) reached.
    fn line<'r>(&self, rx: &'r RecvBuf<'_>) -> &'r [u8] {
        rx.unread().get(..self.lent).unwrap_or_default()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(HeadParser);
