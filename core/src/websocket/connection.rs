//! An open connection: frames in, frames out, pongs, the closing handshake.

use super::close::CloseCode;
use super::control::ControlSlot;
use super::decoder::{Decoded, Decoder, FramePart};
use super::encoder::Encoder;
use super::error::{ConnectionError, FrameError};
use super::header::{
    CONTROL_HEADER, Fin, FrameHeader, MAX_CONTROL_PAYLOAD, MAX_HEADER, MessageKind, Opcode,
};
use super::incoming::{Incoming, Payload};
use super::mask::Mask;
use super::sent::Sent;
use crate::buffer::{Counter, RecvBuf, SendBuf, Sink};
use crate::entropy::{Entropy, EntropyError};
use crate::time::{Duration, Instant};

/// The client's side of an open connection (RFC 6455 sections 5 to 8), over lent buffers.
///
/// [`poll`](Self::poll) turns the bytes of `rx` into [`Incoming`] one at a time; the `send`
/// functions put frames into `tx`. The owner of the socket writes whatever is pending in `tx` and
/// fills `rx` when `poll` returns [`Incoming::Wait`]. Pongs are sent automatically. While a
/// frame is under way, or `tx` is full, the newest pong waits in the reserve of `tx` (section
/// 5.5.3) and follows at the next poll: so poll again after the socket took bytes.
///
/// The state never goes back, which debug builds assert at each poll:
///
/// ```text
/// Open    -> Closing   close()
/// Open    -> Draining  the server's close frame, or a violation of RFC 6455
/// Closing -> Draining  the same, or CLOSE_TIMEOUT has passed
/// Draining             Incoming::Closed, once `tx` is empty or CLOSE_TIMEOUT has passed
/// ```
///
/// The connection keeps no position in `rx`, so the reader of a payload may keep values in front
/// of it. `rx` must have room for [`Decoder::WINDOW`] unread bytes.
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::from_fn;
/// use slack_rtm::time::Instant;
/// use slack_rtm::websocket::{
///     CloseCode, Connection, ConnectionError, Incoming, MessageKind, Sent, Violation,
/// };
///
/// # let mut entropy = from_fn(|out| { out.fill(0x5A); Ok(()) });
/// # let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
/// # let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
/// # let now = Instant::from_millis(0);
/// let mut connection = Connection::new();
/// let sent = connection.send(MessageKind::Text, |sink| sink.put(b"hello"), &mut tx, &mut entropy)?;
/// assert_eq!(sent, Sent::Whole); // otherwise flush `tx`, then call `send` again
/// tx.sent(tx.pending().len()); // the socket took it
///
/// let masked = b"\x81\x80\0\0\0\0"; // a server must not mask
/// rx.space()[..masked.len()].copy_from_slice(masked);
/// rx.filled(masked.len());
/// let error = connection.poll(&mut rx, &mut tx, &mut entropy, now).unwrap_err();
/// assert_eq!(error, ConnectionError::Violation(Violation::MaskedFrame));
/// assert_eq!(Violation::MaskedFrame.close_code(), CloseCode::PROTOCOL_ERROR);
/// assert_eq!(tx.pending()[0], 0x88, "a close frame follows");
/// tx.sent(tx.pending().len());
/// assert_eq!(connection.poll(&mut rx, &mut tx, &mut entropy, now)?, Incoming::Closed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Connection {
    decoder: Decoder,
    encoder: Encoder,
    control: ControlSlot,
    /// When a close that was begun ends; `MAX` until the first poll after its start.
    deadline: Instant,
    state: State,
    /// Whether fragments of a message were sent, and not yet its last one (section 5.4).
    fragmented: bool,
}

/// In the order in which a connection passes through them; it never returns to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum State {
    Open,
    /// The client's close frame waits or was sent; the server's is expected.
    Closing,
    /// The server's close frame was received, or the connection failed. The connection is closed
    /// when the client's close frame has left.
    Draining,
}

/// The longest time from the first poll after the start of a close to [`Incoming::Closed`].
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

impl Connection {
    /// Creates a connection whose handshake is done, for messages of any length.
    pub const fn new() -> Self {
        Self::with_max_message(u32::MAX)
    }

    /// Creates a connection that fails with
    /// [`Violation::MessageTooBig`](super::Violation::MessageTooBig) (1009) when the server
    /// announces a message longer than `bytes`; `u32::MAX` sets no limit.
    ///
    /// Memory is bounded without a limit: messages are received in pieces.
    pub const fn with_max_message(bytes: u32) -> Self {
        Self {
            decoder: Decoder::with_max_message(bytes),
            encoder: Encoder::new(),
            control: ControlSlot::new(),
            deadline: Instant::MAX,
            state: State::Open,
            fragmented: false,
        }
    }

    /// Returns the next thing that the server sent, and appends a waiting control frame to `tx` if
    /// it may follow. Call it until it returns [`Incoming::Wait`] or [`Incoming::Closed`], and
    /// again after bytes were read or written.
    ///
    /// # Errors
    /// [`ConnectionError::Violation`], once, if the server broke a rule: a close frame follows;
    /// flush and poll until [`Incoming::Closed`]. [`ConnectionError::Entropy`] if a pong or a close
    /// frame could not be masked: nothing is lost, the next poll tries again.
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
        self.append_control(tx, entropy)?;
        let incoming = self.receive(rx, tx);
        debug_assert!(before <= self.state, "states go forwards");
        // If this fails, the control frame waits and the next poll returns the error.
        let _ = self.append_control(tx, entropy);
        incoming
    }

    /// Puts a message into `tx`, in one unfragmented frame of any length.
    ///
    /// `write` emits the whole payload, the same bytes at each call. Text has to be UTF-8. If `tx`
    /// has no room for the whole frame, the result is [`Sent::Partly`]. It is [`Sent::Nothing`] if
    /// there are fewer than `MAX_HEADER` (14) bytes of room, or a control frame has to leave first.
    /// Flush `tx`, then call again. After `Partly` it has to be the same message. No other frame is
    /// sent until its end; a pong waits.
    ///
    /// # Errors
    /// [`FrameError`]; nothing of the message was sent, except after [`FrameError::Changed`].
    pub fn send(
        &mut self,
        kind: MessageKind,
        write: impl Fn(&mut dyn Sink),
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Sent, FrameError> {
        if !self.encoder.is_busy() {
            match self.begin(kind, Counter::of(&write), tx, entropy) {
                Ok(()) => {}
                Err(FrameError::NoRoom) => return Ok(Sent::Nothing),
                Err(error) => return Err(error),
            }
        }
        let room = tx.room();
        let available = room.len();
        let count = self.encoder.write(write, room);
        tx.filled(count);
        match self.encoder.is_busy() {
            false => Ok(Sent::Whole),
            true if count < available => Err(FrameError::Changed),
            true => Ok(Sent::Partly),
        }
    }

    /// Begins a message of `len` bytes in one unfragmented frame; [`feed`](Self::feed) its payload.
    ///
    /// # Errors
    /// [`FrameError`], with [`FrameError::NoRoom`] if `tx` has to be flushed first. Nothing was
    /// sent.
    pub fn begin(
        &mut self,
        kind: MessageKind,
        len: usize,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), FrameError> {
        if self.fragmented {
            return Err(FrameError::Fragmented);
        }
        self.begin_frame(Fin::Last, kind.into(), len, MAX_HEADER, tx, entropy)
    }

    /// Puts the next piece of the message that was begun into `tx`; returns how many of its bytes
    /// were taken: as many as there is room for, and no more than are missing.
    pub fn feed(&mut self, piece: &[u8], tx: &mut SendBuf<'_>) -> usize {
        let count = self.encoder.copy(piece, tx.room());
        tx.filled(count);
        count
    }

    /// Returns whether payload of a frame under way is missing. Then [`feed`](Self::feed) or
    /// [`send`](Self::send) the rest, even if a close has begun: the close frame follows after it.
    pub const fn is_sending(&self) -> bool {
        self.encoder.is_busy()
    }

    /// Appends a waiting control frame, if it may be. Returns whether another frame may begin: none
    /// is under way, and no control frame waits.
    ///
    /// # Errors
    /// [`EntropyError`] if the control frame could not be masked.
    pub(crate) fn make_free(
        &self,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<bool, EntropyError> {
        self.append_control(tx, entropy)?;
        Ok(!self.encoder.is_busy() && !tx.is_holding())
    }

    /// Puts a piece of a message of unknown length into `tx`, as a fragment (section 5.4); returns
    /// how many of its bytes were taken: as many as there is room for.
    ///
    /// The message ends when a piece with [`Fin::Last`], which may be empty, was taken whole.
    /// `kind` is used for the first piece. A character may be split between pieces.
    ///
    /// # Errors
    /// [`FrameError`], with [`FrameError::NoRoom`] if `tx` has to be flushed first. Nothing was
    /// sent.
    pub fn send_fragment(
        &mut self,
        kind: MessageKind,
        piece: &[u8],
        fin: Fin,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<usize, FrameError> {
        if piece.is_empty() && fin == Fin::More {
            return Ok(0);
        }
        let room = tx.room().len().saturating_sub(MAX_HEADER);
        let len = piece.len().min(room);
        if len == 0 && !piece.is_empty() {
            return Err(FrameError::NoRoom);
        }
        let fin = if len < piece.len() { Fin::More } else { fin };
        let opcode = if self.fragmented {
            Opcode::Continuation
        } else {
            kind.into()
        };
        // A pong that goes first may leave less room than this; then nothing is sent.
        self.begin_frame(fin, opcode, len, MAX_HEADER + len, tx, entropy)?;
        self.fragmented = fin == Fin::More;
        Ok(self.feed(piece, tx))
    }

    /// Puts a ping with `payload`, at most 125 bytes, into `tx` (section 5.5.2).
    ///
    /// # Errors
    /// [`FrameError`], with [`FrameError::NoRoom`] if `tx` has to be flushed first. Nothing was
    /// sent.
    pub fn ping(
        &mut self,
        payload: &[u8],
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), FrameError> {
        if payload.len() > MAX_CONTROL_PAYLOAD {
            return Err(FrameError::PingTooLong);
        }
        let room = MAX_HEADER.max(CONTROL_HEADER + payload.len());
        self.begin_frame(Fin::Last, Opcode::Ping, payload.len(), room, tx, entropy)?;
        self.feed(payload, tx);
        Ok(())
    }

    /// Begins the closing handshake (section 7.1.2): the next poll sends the close frame, as soon
    /// as a frame under way has ended. Flush and poll until [`Incoming::Closed`]; messages that the
    /// server sends before its own close frame are still received.
    ///
    /// `reason` is cut to 123 bytes at a character boundary. A pong that waits is dropped. Does
    /// nothing if the connection closes already.
    pub fn close(&mut self, code: CloseCode, reason: &str, tx: &mut SendBuf<'_>) {
        if self.state == State::Open {
            self.state = State::Closing;
            let reason = (0..=MAX_CONTROL_PAYLOAD - 2)
                .rev()
                .find_map(|len| reason.get(..len))
                .unwrap_or(reason);
            let code = code.as_u16().to_be_bytes();
            self.control
                .put(Opcode::Close, &code, reason.as_bytes(), tx);
        }
    }

    /// Begins a frame of `len` bytes if there are `room` bytes for it after a waiting control
    /// frame.
    fn begin_frame(
        &mut self,
        fin: Fin,
        opcode: Opcode,
        len: usize,
        room: usize,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), FrameError> {
        if self.encoder.is_busy() {
            return Err(FrameError::Busy);
        }
        if self.state != State::Open {
            return Err(FrameError::Closing);
        }
        if !self.make_free(tx, entropy)? || tx.room().len() < room {
            return Err(FrameError::NoRoom);
        }
        let header = FrameHeader {
            fin,
            opcode,
            payload_len: len as u64,
        };
        let mask = Mask::draw(entropy)?;
        let begun = self.encoder.begin(header, mask, tx.room());
        tx.filled(begun.ok_or(FrameError::NoRoom)?);
        Ok(())
    }

    /// Appends a waiting control frame, unless another frame is under way (section 5.4).
    fn append_control(
        &self,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), EntropyError> {
        if self.encoder.is_busy() {
            return Ok(());
        }
        self.control.append(tx, entropy)
    }

    #[inline(never)] // its caller then keeps fewer values alive, which takes less code
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
        // The last `lent` of the consumed bytes stay in `rx` for the caller to read.
        let mut lent = 0;
        let incoming = match item {
            FramePart::Incomplete => Incoming::Wait {
                until: self.deadline,
            },
            FramePart::Payload { kind, data, ends } => {
                let len = data.len();
                lent = len;
                Incoming::Payload(Payload { kind, len, ends })
            }
            FramePart::Ping(payload) => {
                if self.state == State::Open {
                    self.control.put(Opcode::Pong, payload, &[], tx);
                }
                Incoming::Ping
            }
            FramePart::Pong(_) => Incoming::Pong,
            FramePart::Close { code, reason } => {
                // Section 5.5.1: the close frame in return has the same code.
                self.drain(code, tx);
                lent = reason.len();
                Incoming::Close { code, reason: lent }
            }
        };
        rx.consume(consumed - lent);
        Ok(incoming)
    }

    /// Ends receiving; makes a close frame with `code` wait, unless one was sent before.
    fn drain(&mut self, code: Option<CloseCode>, tx: &mut SendBuf<'_>) {
        if self.state == State::Open {
            let code = code.map(|code| code.as_u16().to_be_bytes());
            let code = code.as_slice().as_flattened();
            self.control.put(Opcode::Close, code, &[], tx);
        }
        self.state = State::Draining;
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Connection);
