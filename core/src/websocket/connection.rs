//! An open connection: frames in, frames out, pings answered, the closing handshake.

use super::{
    CloseCode, Violation,
    decoder::{Decoded, Decoder, Item},
    encoder::Encoder,
    header::{Fin, FrameHeader, MAX_CONTROL_PAYLOAD, MAX_HEADER, MessageKind, Opcode},
    mask::Mask,
};
use crate::{
    buffer::{Counter, RecvBuf, SendBuf, Sink},
    entropy::{Entropy, EntropyError},
    time::{Duration, Instant},
};
use core::fmt;

/// A client's side of an open connection (RFC 6455 sections 5 to 8), over lent buffers.
///
/// [`poll`](Self::poll) turns the bytes of `rx` into [`Incoming`] one at a time; the `send`
/// functions put frames into `tx`. Who owns the socket flushes `tx` whenever it is not empty and
/// fills `rx` when `poll` says [`Incoming::Wait`]. Pings are answered here, from the reserve of
/// `tx`: a newer ping takes the place of one that was not answered yet (section 5.5.3).
///
/// Its states go forwards only, which debug builds assert at each poll:
///
/// ```text
/// Open    -> Closing   close()
/// Open    -> Draining  the server's close frame, or a rule of RFC 6455 broken
/// Closing -> Draining  the same, or CLOSE_TIMEOUT is over
/// Draining             Incoming::Closed, once `tx` is empty or CLOSE_TIMEOUT is over
/// ```
///
/// The connection keeps no position in `rx`: whoever reads the payload may keep values in front
/// of it. `rx` must be able to hold [`Decoder::WINDOW`] unread bytes.
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::EntropyError;
/// use slack_rtm::time::Instant;
/// use slack_rtm::websocket::{CloseCode, Connection, ConnectionError, Incoming, MessageKind, Sent, Violation};
///
/// # let mut entropy = |out: &mut [u8]| -> Result<(), EntropyError> { out.fill(0x5A); Ok(()) };
/// # let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
/// # let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
/// # let now = Instant::from_millis(0);
/// let mut connection = Connection::new();
/// let sent = connection.send(MessageKind::Text, |sink| sink.put(b"hello"), &mut tx, &mut entropy)?;
/// assert_eq!(sent, Sent::Whole); // `Partly`: flush `tx`, call `send` again with the same text
/// tx.sent(tx.pending().len()); // the socket took it
///
/// let masked = b"\x81\x80\0\0\0\0"; // which a server must not send
/// rx.space()[..masked.len()].copy_from_slice(masked);
/// rx.filled(masked.len());
/// let error = connection.poll(&mut rx, &mut tx, &mut entropy, now).unwrap_err();
/// assert_eq!(error, ConnectionError::Violation(Violation::MaskedFrame));
/// assert_eq!(Violation::MaskedFrame.close_code(), CloseCode::PROTOCOL_ERROR);
/// assert_eq!(tx.pending()[0], 0x88, "a close frame is on its way");
/// tx.sent(tx.pending().len());
/// assert_eq!(connection.poll(&mut rx, &mut tx, &mut entropy, now)?, Incoming::Closed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Connection {
    decoder: Decoder,
    encoder: Encoder,
    /// When a close that was begun is over; `MAX` until the first poll behind it.
    deadline: Instant,
    state: State,
    /// Whether fragments of a message went out and its last one did not (section 5.4).
    fragmented: bool,
}

/// In the order in which a connection passes them; it goes back to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum State {
    Open,
    /// A close frame of ours is in the reserve or behind it; the server's may come.
    Closing,
    /// The server's close frame came, or the connection failed: when ours has left, all is over.
    Draining,
}

/// How long a close may take, from the first poll behind it to [`Incoming::Closed`].
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// What came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Incoming {
    /// Nothing until more bytes are in `rx`, or until the instant.
    Wait {
        /// When to poll again even if nothing arrives: the end of a close under way, or far away.
        until: Instant,
    },
    /// A piece of a message stands in front of `rx`.
    Payload(Payload),
    /// A ping came; its pong is on the way.
    Ping,
    /// A pong came.
    Pong,
    /// The server's close frame came; the answer is on the way, nothing else will come.
    Close {
        /// The server's code; `None` if it gave none (1005, section 7.1.5).
        code: Option<CloseCode>,
        /// The next `reason` unread bytes of `rx` are the server's reason, UTF-8 for people to
        /// read. The next poll passes over what is left of them.
        reason: usize,
    },
    /// Over: `tx` holds no frame that could still leave. Drop the link.
    Closed,
}

/// A piece of a message in front of the receive buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Payload {
    /// The kind of the message.
    pub kind: MessageKind,
    /// The next `len` unread bytes of `rx` are the piece: read them, consume them, then poll
    /// again. Text has been checked to be UTF-8; a character may go on in the next piece.
    pub len: usize,
    /// Whether the message ends with this piece. `len` is 0 only here.
    pub ends: bool,
}

/// How much of a message was put into `tx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "a message that is sent in part has to be continued"]
pub enum Sent {
    /// All of it.
    Whole,
    /// Not all: flush `tx`, then call again with the same message.
    Partly,
}

impl Connection {
    /// A connection whose handshake is done, for messages of any length.
    pub const fn new() -> Self {
        Self::with_max_message(u32::MAX)
    }

    /// A connection that fails with [`Violation::MessageTooBig`] (1009) when the server announces
    /// a message longer than `bytes`; `u32::MAX` sets no limit.
    ///
    /// No limit is needed to bound memory: messages are handed over in pieces.
    pub const fn with_max_message(bytes: u32) -> Self {
        Self {
            decoder: Decoder::with_max_message(bytes),
            encoder: Encoder::new(),
            deadline: Instant::MAX,
            state: State::Open,
            fragmented: false,
        }
    }

    /// The next thing that came in. Call it until it says [`Incoming::Wait`] or
    /// [`Incoming::Closed`].
    ///
    /// # Errors
    /// [`ConnectionError::Violation`], once, if the server broke a rule: a close frame is on the
    /// way, go on flushing and polling until [`Incoming::Closed`]. [`ConnectionError::Entropy`] if a
    /// pong or a close frame could not be masked: nothing was lost, the next poll tries again.
    pub fn poll(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
        now: Instant,
    ) -> Result<Incoming, ConnectionError> {
        let before = self.state;
        if self.state != State::Open {
            if self.deadline == Instant::MAX {
                self.deadline = now + CLOSE_TIMEOUT;
            }
            let drained = self.state == State::Draining && tx.is_empty();
            if drained || now >= self.deadline {
                self.state = State::Draining;
                tx.clear();
                return Ok(Incoming::Closed);
            }
        }
        self.flush_control(tx, entropy)?;
        let incoming = self.receive(rx, tx);
        debug_assert!(before <= self.state, "states go forwards");
        // If this fails the control frame waits, and the next poll tells.
        let _ = self.flush_control(tx, entropy);
        incoming
    }

    /// Puts a message into `tx`, in one unfragmented frame of any length.
    ///
    /// `write` emits the whole payload, the same bytes each time. If `tx` has no room for all of
    /// it the answer is [`Sent::Partly`]: flush `tx`, then call again with the same message. No
    /// other frame is sent in between; a pong waits. Text has to be UTF-8.
    ///
    /// # Errors
    /// [`SendError`]; nothing of the message was sent unless it is [`SendError::Changed`].
    pub fn send(
        &mut self,
        kind: MessageKind,
        write: impl Fn(&mut dyn Sink),
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Sent, SendError> {
        if !self.encoder.is_busy() {
            match self.begin(kind, Counter::of(&write), tx, entropy) {
                Ok(()) => {}
                Err(SendError::NoRoom) => return Ok(Sent::Partly),
                Err(error) => return Err(error),
            }
        }
        let room = tx.room();
        let available = room.len();
        let count = self.encoder.write(write, room);
        tx.filled(count);
        tx.hold(self.encoder.is_busy());
        match self.encoder.is_busy() {
            false => Ok(Sent::Whole),
            true if count < available => Err(SendError::Changed),
            true => Ok(Sent::Partly),
        }
    }

    /// Begins a message of `len` bytes in one unfragmented frame; [`feed`](Self::feed) its payload.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::NoRoom`] if `tx` has to be flushed first. Nothing was sent.
    pub fn begin(
        &mut self,
        kind: MessageKind,
        len: usize,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), SendError> {
        if self.fragmented {
            return Err(SendError::Fragmented);
        }
        self.begin_frame(Fin::Last, kind.into(), len, MAX_HEADER, tx, entropy)
    }

    /// Puts the next piece of the message that was begun into `tx`; returns how many bytes it took,
    /// as many as there is room for and as are missing.
    pub fn feed(&mut self, piece: &[u8], tx: &mut SendBuf<'_>) -> usize {
        let count = self.encoder.copy(piece, tx.room());
        tx.filled(count);
        tx.hold(self.encoder.is_busy());
        count
    }

    /// Whether payload of a frame under way is missing: [`feed`](Self::feed) or
    /// [`send`](Self::send) the rest, even if a close has begun, or no close frame can follow.
    pub const fn is_sending(&self) -> bool {
        self.encoder.is_busy()
    }

    /// Puts a piece of a message of unknown length into `tx`, as a fragment (section 5.4); returns
    /// how many bytes it took, as many as there is room for.
    ///
    /// The message ends when a piece that is [`Fin::Last`] was taken whole; it may be empty. `kind`
    /// counts at the first piece. A character may be split between pieces.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::NoRoom`] if `tx` has to be flushed first. Nothing was sent.
    pub fn send_fragment(
        &mut self,
        kind: MessageKind,
        piece: &[u8],
        fin: Fin,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<usize, SendError> {
        if piece.is_empty() && fin == Fin::More {
            return Ok(0);
        }
        let room = tx.room().len().saturating_sub(MAX_HEADER);
        let len = piece.len().min(room);
        if len == 0 && !piece.is_empty() {
            return Err(SendError::NoRoom);
        }
        let fin = if len < piece.len() { Fin::More } else { fin };
        let opcode = if self.fragmented {
            Opcode::Continuation
        } else {
            kind.into()
        };
        // Behind a pong that waited there may be less room; with less than this the piece comes again.
        self.begin_frame(fin, opcode, len, MAX_HEADER + len, tx, entropy)?;
        self.fragmented = fin == Fin::More;
        Ok(self.feed(piece, tx))
    }

    /// Puts a ping with `payload`, at most 125 bytes, into `tx` (section 5.5.2).
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::NoRoom`] if `tx` has to be flushed first. Nothing was sent.
    pub fn ping(
        &mut self,
        payload: &[u8],
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), SendError> {
        if payload.len() > MAX_CONTROL_PAYLOAD {
            return Err(SendError::PingTooLong);
        }
        let room = MAX_HEADER.max(6 + payload.len());
        self.begin_frame(Fin::Last, Opcode::Ping, payload.len(), room, tx, entropy)?;
        self.feed(payload, tx);
        Ok(())
    }

    /// Begins the closing handshake (section 7.1.2): the next poll sends the close frame, as soon as
    /// a frame under way has ended. Go on flushing and polling until [`Incoming::Closed`]; what the
    /// server sends before its own close frame is still handed over.
    ///
    /// `reason` is cut to 123 bytes at a character's boundary. A waiting pong is dropped. Without
    /// effect if the connection closes already.
    pub fn close(&mut self, code: CloseCode, reason: &str, tx: &mut SendBuf<'_>) {
        if self.state == State::Open {
            self.state = State::Closing;
            let reason = (0..=MAX_CONTROL_PAYLOAD - 2)
                .rev()
                .find_map(|len| reason.get(..len))
                .unwrap_or(reason);
            tx.reserve(CLOSE, &code.as_u16().to_be_bytes(), reason.as_bytes());
        }
    }

    /// Begins a frame of `len` bytes if there is so much room for it behind what waits.
    fn begin_frame(
        &mut self,
        fin: Fin,
        opcode: Opcode,
        len: usize,
        room: usize,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), SendError> {
        if self.encoder.is_busy() {
            return Err(SendError::Busy);
        }
        if self.state != State::Open {
            return Err(SendError::Closing);
        }
        self.flush_control(tx, entropy)
            .map_err(SendError::Entropy)?;
        if tx.has_waiting() || tx.room().len() < room {
            return Err(SendError::NoRoom);
        }
        let header = FrameHeader {
            fin,
            opcode,
            payload_len: len as u64,
        };
        let mask = draw(entropy)?;
        let begun = self.encoder.begin(header, mask, tx.room());
        tx.filled(begun.ok_or(SendError::NoRoom)?);
        tx.hold(self.encoder.is_busy());
        Ok(())
    }

    /// Masks the control frame that waits, and lets it follow the last whole frame.
    fn flush_control(
        &self,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), EntropyError> {
        tx.seal_waiting(|first, payload| {
            let mut mask = draw(entropy)?;
            let [k0, k1, k2, k3] = mask.key();
            mask.apply(payload);
            Ok([first, 0x80 | payload.len() as u8, k0, k1, k2, k3])
        })?;
        tx.hold(self.encoder.is_busy());
        Ok(())
    }

    #[inline(never)] // fewer values live in its caller, which needs less code for it
    fn receive(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Incoming, ConnectionError> {
        let Decoded { consumed, item } = match self.decoder.decode(rx.unread()) {
            Ok(decoded) => decoded,
            Err(violation) => {
                self.drain(Some(violation.close_code()), tx);
                rx.consume(usize::MAX);
                return Err(violation.into());
            }
        };
        // What of `consumed` the caller is to read before it is consumed.
        let mut lent = 0;
        let incoming = match item {
            Item::Incomplete => Incoming::Wait {
                until: self.deadline,
            },
            Item::Payload { kind, data, ends } => {
                let len = data.len();
                lent = len;
                Incoming::Payload(Payload { kind, len, ends })
            }
            Item::Ping(payload) => {
                if self.state == State::Open {
                    tx.reserve(PONG, payload, &[]);
                }
                Incoming::Ping
            }
            Item::Pong(_) => Incoming::Pong,
            Item::Close { code, reason } => {
                // Section 5.5.1: the answer carries the code that came.
                self.drain(code, tx);
                lent = reason.len();
                Incoming::Close { code, reason: lent }
            }
        };
        rx.consume(consumed - lent);
        Ok(incoming)
    }

    /// Nothing more comes: a close frame with `code` leaves, if none did.
    fn drain(&mut self, code: Option<CloseCode>, tx: &mut SendBuf<'_>) {
        if self.state == State::Open {
            let code = code.map(|code| code.as_u16().to_be_bytes());
            tx.reserve(CLOSE, code.as_slice().as_flattened(), &[]);
        }
        self.state = State::Draining;
    }
}

/// FIN and the opcode: the first byte of a control frame.
const CLOSE: u8 = 0x80 | Opcode::Close as u8;
const PONG: u8 = 0x80 | Opcode::Pong as u8;

fn draw(entropy: &mut (impl Entropy + ?Sized)) -> Result<Mask, EntropyError> {
    let mut key = [0; 4];
    entropy.fill(&mut key)?;
    Ok(Mask::new(key))
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}

/// What ends a connection, or keeps it from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConnectionError {
    /// The server broke a rule.
    Violation(Violation),
    /// A pong or a close frame could not be masked.
    Entropy(EntropyError),
}

impl From<Violation> for ConnectionError {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl From<EntropyError> for ConnectionError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(violation) => fmt::Display::fmt(violation, f),
            Self::Entropy(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for ConnectionError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Violation(violation) => Some(violation),
            Self::Entropy(error) => Some(error),
        }
    }
}

/// Why a frame was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SendError {
    /// The masking key could not be drawn.
    Entropy(EntropyError),
    /// There is no room in the send buffer, or a pong has to go first.
    NoRoom,
    /// A frame is under way.
    Busy,
    /// A message in fragments is under way.
    Fragmented,
    /// The connection closes.
    Closing,
    /// A ping's payload is longer than 125 bytes.
    PingTooLong,
    /// The writer emitted less than before: the frame can never end.
    Changed,
}

impl From<EntropyError> for SendError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entropy(error) => return fmt::Display::fmt(error, f),
            Self::NoRoom => "the send buffer is full; flush it, then try again",
            Self::Busy => "a frame is under way; send the rest of it first",
            Self::Fragmented => "a message in fragments is under way; send its last one first",
            Self::Closing => "the connection closes; nothing more can be sent",
            Self::PingTooLong => {
                "a ping carries 125 bytes at most (RFC 6455 section 5.5); send less"
            }
            Self::Changed => {
                "the writer emitted less than before, so the frame cannot end; drop the link"
            }
        })
    }
}

impl core::error::Error for SendError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Entropy(error) => Some(error),
            _ => None,
        }
    }
}
