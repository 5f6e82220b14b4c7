//! Whole messages, for those who want them: pieces gathered in the caller's memory.

use super::{connection::Payload, header::MessageKind};
use crate::buffer::{RecvBuf, copy};

/// Gathers the pieces of a message in a lent memory.
///
/// A message that does not fit is told as [`Assembled::Oversized`] and passed over; the connection
/// goes on. Who would rather end it calls [`Connection::close`](super::Connection::close) with
/// [`CloseCode::MESSAGE_TOO_BIG`](super::CloseCode::MESSAGE_TOO_BIG).
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::EntropyError;
/// use slack_rtm::time::Instant;
/// use slack_rtm::websocket::{Assembled, Assembler, Connection, Incoming};
///
/// # let mut entropy = |out: &mut [u8]| -> Result<(), EntropyError> { out.fill(0x5A); Ok(()) };
/// # let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
/// # let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
/// // From the link: "Hel" and "lo" as two fragments, a ping between them.
/// let arrived = b"\x01\x03Hel\x89\x00\x80\x02lo";
/// rx.space()[..arrived.len()].copy_from_slice(arrived);
/// rx.filled(arrived.len());
///
/// let mut memory = [0; 64];
/// let mut assembler = Assembler::new(&mut memory);
/// let mut connection = Connection::new();
/// let mut messages = Vec::new();
/// loop {
///     match connection.poll(&mut rx, &mut tx, &mut entropy, Instant::from_millis(0))? {
///         Incoming::Payload(payload) => match assembler.take(payload, &mut rx) {
///             Some(Assembled::Text(text)) => messages.push(text.to_owned()),
///             Some(Assembled::Oversized { len, .. }) => panic!("{len} bytes do not fit"),
///             _ => {}
///         },
///         Incoming::Wait { .. } => break,
///         _ => {}
///     }
/// }
/// assert_eq!(messages, ["Hello"]);
/// assert_eq!(tx.pending()[0], 0x8A, "the ping was answered");
/// # Ok::<(), slack_rtm::websocket::ConnectionError>(())
/// ```
#[derive(Debug)]
pub struct Assembler<'m> {
    memory: &'m mut [u8],
    /// Bytes of the message under way so far, those that did not fit too.
    len: u64,
}

/// A message that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assembled<'a> {
    /// Text, whole. It has been checked to be UTF-8.
    Text(&'a str),
    /// Binary data, whole.
    Binary(&'a [u8]),
    /// A message that did not fit; it is lost.
    Oversized {
        /// Its kind.
        kind: MessageKind,
        /// Its length in bytes.
        len: u64,
    },
}

impl<'m> Assembler<'m> {
    /// An assembler for messages as long as `memory`.
    pub const fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, len: 0 }
    }

    /// Takes the piece that stands in front of `rx`, and gives the message if that was its end.
    pub fn take(&mut self, payload: Payload, rx: &mut RecvBuf<'_>) -> Option<Assembled<'_>> {
        let piece = rx.unread().get(..payload.len).unwrap_or_default();
        let len = usize::try_from(self.len).unwrap_or(usize::MAX);
        if let Some(room) = self.memory.get_mut(len..) {
            copy(room, piece);
        }
        self.len = self.len.saturating_add(piece.len() as u64);
        rx.consume(payload.len);
        if !payload.ends {
            return None;
        }
        let len = core::mem::take(&mut self.len);
        let kind = payload.kind;
        let whole = usize::try_from(len)
            .ok()
            .and_then(|len| self.memory.get(..len));
        Some(match (whole, kind) {
            (None, _) => Assembled::Oversized { kind, len },
            (Some(whole), MessageKind::Binary) => Assembled::Binary(whole),
            // The decoder let nothing but UTF-8 pass.
            (Some(whole), MessageKind::Text) => {
                Assembled::Text(core::str::from_utf8(whole).unwrap_or_default())
            }
        })
    }
}
