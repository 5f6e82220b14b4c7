//! The result of a poll of a connection, and the piece of a message in the receive buffer.

use super::close::CloseCode;
use super::header::MessageKind;
use crate::buffer::RecvBuf;
use crate::time::Instant;

/// One thing that the server sent, or the wish to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Incoming {
    /// Nothing happens until more bytes are in `rx`, or until the instant.
    Wait {
        /// When to poll again even if nothing arrives: the end of a close under way, or
        /// [`Instant::MAX`].
        until: Instant,
    },
    /// A piece of a message is at the front of `rx`.
    Payload(Payload),
    /// A ping was received. Its pong is sent automatically.
    Ping,
    /// A pong was received.
    Pong,
    /// The server's close frame was received. The close frame in return is sent
    /// automatically; nothing else will be received.
    Close {
        /// The server's code; `None` if the frame has none (1005, section 7.1.5).
        code: Option<CloseCode>,
        /// The next `reason` unread bytes of `rx` are the server's reason, UTF-8 for people to
        /// read. The next poll discards the rest of them.
        reason: usize,
    },
    /// The end: `tx` contains no frame that could still leave. Drop the link.
    Closed,
}

/// A piece of a message at the front of the receive buffer.
///
/// Read its [`bytes`](Self::bytes) and [`skip`](Self::skip) them, all at once; or consume them in
/// steps and report each one by [`consumed`](Self::consumed). All of it must be consumed before the
/// next poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Payload {
    /// The kind of the message.
    pub kind: MessageKind,
    /// The next `len` unread bytes of `rx` are the rest of the piece. Text has been checked to be
    /// UTF-8; a character may be continued in the next piece.
    pub len: usize,
    /// Whether the message ends with this piece. Only such a piece may be empty from the start.
    pub ends: bool,
}

impl Payload {
    /// Returns the rest of the piece.
    pub fn bytes<'r>(&self, rx: &'r RecvBuf<'_>) -> &'r [u8] {
        rx.unread().get(..self.len).unwrap_or_default()
    }

    /// Shortens the piece by `count` bytes that were consumed from the receive buffer.
    pub const fn consumed(&mut self, count: usize) {
        self.len = self.len.saturating_sub(count);
    }

    /// Consumes the rest of the piece.
    pub fn skip(self, rx: &mut RecvBuf<'_>) {
        rx.consume(self.len);
    }
}
