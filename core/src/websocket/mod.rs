//! The WebSocket protocol (RFC 6455), client side: usable alone, by those who have never heard of
//! Slack.
//!
//! - [`Handshake`]: the request and its answer, with refusals typed
//! - [`Connection`]: an open connection over lent buffers: messages in pieces of any size, pings
//!   answered, closing, with a timer
//! - [`Assembler`]: whole messages, for those who want them
//! - [`Decoder`], [`Encoder`], [`FrameHeader`], [`Mask`], [`Utf8`], [`CloseCode`]: the parts, on slices
//!
//! Every rule that a client must check is checked, and named: [`HandshakeError`] and [`Violation`] have one
//! variant a rule, with its section. A violation sends the close code of section 7.4.1, and nothing
//! is delivered behind it. Text fails at its first bad byte, inside a frame still arriving too.
//!
//! # What is not here
//! Extensions. permessage-deflate (RFC 7692) is not offered: Slack does not negotiate it, and a
//! window costs more memory than everything else together. A server that forces it upon the client
//! is refused: [`HandshakeError::ExtensionNotRequested`], [`Violation::ReservedBits`]. TLS, sockets
//! and time belong to the caller.
//!
//! # Masking keys
//! Section 5.3 wants a fresh key for each frame, drawn from a strong source: one call of
//! [`Entropy`](crate::entropy::Entropy) for four bytes a frame. If that is a system call, put a
//! generator in between. If it fails, that is an error; no frame goes out under a zero key.
//!
//! # Buffers
//! A receive buffer has to hold [`Decoder::WINDOW`] (127) unread bytes; a send buffer of 256 bytes
//! carries messages of any length. The end of the send buffer is kept for one control frame: while a
//! frame is under way the newest pong waits there, then follows by itself.
//!
//! # An echo
//! ```
//! use slack_rtm::{
//!     buffer::{RecvBuf, SendBuf},
//!     entropy::EntropyError,
//!     time::Instant,
//!     url::Url,
//!     websocket::{HandshakeResponse, Connection, Fin, Handshake, Incoming, HandshakeRequest, Sent},
//! };
//! # let mut sent = Vec::new();
//! # let mut answer: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
//! # Connection: Upgrade\r\nSec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n\x81\x05Hello\x88\x00";
//! # let mut flush = |tx: &mut SendBuf<'_>| tx.write_with(|bytes| {
//! #     sent.extend_from_slice(bytes);
//! #     Ok::<usize, std::io::Error>(bytes.len())
//! # });
//! # let mut fill = |rx: &mut RecvBuf<'_>| rx.read_with(|space| std::io::Read::read(&mut answer, space));
//!
//! let mut entropy = |out: &mut [u8]| -> Result<(), EntropyError> {
//!     out.fill(0x5A); // a generator belongs here
//!     Ok(())
//! };
//! let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
//! let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
//!
//! let request = HandshakeRequest::new(Url::parse("ws://example.com/echo")?);
//! let mut handshake = Handshake::new(&mut entropy)?;
//! while handshake.write(&request, &mut tx) == Sent::Partly {
//!     flush(&mut tx)?;
//! }
//! flush(&mut tx)?;
//! while handshake.read(&mut rx, None)? == HandshakeResponse::Incomplete {
//!     fill(&mut rx)?;
//! }
//!
//! let mut connection = Connection::new();
//! loop {
//!     match connection.poll(&mut rx, &mut tx, &mut entropy, Instant::from_millis(0))? {
//!         Incoming::Payload(payload) => {
//!             let fin = if payload.ends { Fin::Last } else { Fin::More };
//!             let piece = &rx.unread()[..payload.len];
//!             let taken = connection.send_fragment(payload.kind, piece, fin, &mut tx, &mut entropy)?;
//!             assert_eq!(taken, piece.len()); // else: flush, send the rest
//!             rx.consume(payload.len);
//!         }
//!         Incoming::Wait { .. } => {
//!             flush(&mut tx)?;
//!             fill(&mut rx)?;
//!         }
//!         Incoming::Closed => break,
//!         _ => { flush(&mut tx)?; } // pings are answered already
//!     }
//! }
//! # assert!(sent.windows(4).any(|bytes| bytes == b"GET "));
//! # assert!(sent.ends_with(&[0x88, 0x80, 0x5A, 0x5A, 0x5A, 0x5A]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod assembler;
mod close;
mod connection;
mod decoder;
mod encoder;
mod handshake;
mod header;
mod mask;
mod utf8;
mod violation;

pub use assembler::{Assembled, Assembler};
pub use close::CloseCode;
pub use connection::{
    CLOSE_TIMEOUT, Connection, ConnectionError, Incoming, Payload, SendError, Sent,
};
pub use decoder::{Decoded, Decoder, Item};
pub use encoder::Encoder;
pub(crate) use handshake::HandshakeResponseKind;
pub use handshake::{Handshake, HandshakeError, HandshakeRequest, HandshakeResponse, Refusal};
pub use header::{Fin, FrameHeader, MAX_CONTROL_PAYLOAD, MAX_HEADER, MessageKind, Opcode};
pub use mask::{Mask, MaskedWindow};
pub use utf8::Utf8;
pub use violation::Violation;
