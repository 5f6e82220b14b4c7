//! Whole messages: pieces collected in the caller's memory.

use super::header::MessageKind;
use super::incoming::Payload;
use crate::buffer::{RecvBuf, copy};

/// Collects the pieces of a message in lent memory.
///
/// A message that does not fit is reported as [`Assembled::Oversized`] and discarded; the
/// connection stays open. To end it instead, call
/// [`Connection::close`](super::Connection::close) with
/// [`CloseCode::MESSAGE_TOO_BIG`](super::CloseCode::MESSAGE_TOO_BIG).
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::from_fn;
/// use slack_rtm::time::Instant;
/// use slack_rtm::websocket::{Assembled, Assembler, Connection, Incoming};
///
/// # let mut entropy = from_fn(|out| { out.fill(0x5A); Ok(()) });
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
/// assert_eq!(tx.pending()[0], 0x8A, "a pong follows the ping");
/// # Ok::<(), slack_rtm::websocket::ConnectionError>(())
/// ```
#[derive(Debug)]
pub struct Assembler<'m> {
    memory: &'m mut [u8],
    /// Bytes of the message under way so far, with those that did not fit.
    len: u64,
}

/// A whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Assembled<'a> {
    /// A text message. It has been checked to be UTF-8.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A message that did not fit. It was discarded.
    Oversized {
        /// The kind of the message.
        kind: MessageKind,
        /// The length of the message, in bytes.
        len: u64,
    },
}

impl<'m> Assembler<'m> {
    /// Creates an assembler for messages up to the length of `memory`.
    pub const fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, len: 0 }
    }

    /// Consumes the piece at the front of `rx`; returns the message if it ends with this piece.
    pub fn take(&mut self, payload: Payload, rx: &mut RecvBuf<'_>) -> Option<Assembled<'_>> {
        let piece = payload.bytes(rx);
        let len = usize::try_from(self.len).unwrap_or(usize::MAX);
        if let Some(room) = self.memory.get_mut(len..) {
            copy(room, piece);
        }
        self.len = self.len.saturating_add(piece.len() as u64);
        payload.skip(rx);
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
            // The decoder checked that it is UTF-8.
            (Some(whole), MessageKind::Text) => {
                Assembled::Text(core::str::from_utf8(whole).unwrap_or_default())
            }
        })
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Assembler<'_>);
