//! The WebSocket protocol (RFC 6455), client side. It knows nothing of Slack and can be used alone.
//!
//! - [`Handshake`]: the request and its response, with typed refusals
//! - [`Connection`]: an open connection over lent buffers: messages in pieces of any size, pongs,
//!   the closing handshake with a timeout
//! - [`Assembler`]: whole messages
//! - [`Decoder`], [`Encoder`], [`FrameHeader`], [`Mask`], [`Utf8`], [`CloseCode`]: the parts, which
//!   work on slices
//!
//! Every rule that a client must check is checked and has a name: [`HandshakeError`] and
//! [`Violation`] have one variant per rule, with its section. After a violation the close code of
//! section 7.4.1 is sent, and nothing more is received. Text fails at its first invalid byte, even
//! inside a frame that is still arriving.
//!
//! # Limits
//! There are no extensions. permessage-deflate (RFC 7692) is not offered: Slack does not negotiate
//! it, and its window takes more memory than everything else together. A server that uses it
//! nevertheless is refused: [`HandshakeError::ExtensionNotRequested`], [`Violation::ReservedBits`].
//! TLS, sockets and time are supplied by the caller.
//!
//! # Masking keys
//! Section 5.3 requires a fresh key for each frame, from a strong source: one call of
//! [`Entropy`](crate::entropy::Entropy) for four bytes per frame. If that is a system call, put a
//! generator in between. A failure is an error; no frame is sent under a zero key.
//!
//! # Errors
//! An error prints the text of an error that it contains, and then has no
//! [`source`](core::error::Error::source). So `Display` alone says everything, which is what a
//! device logs, and a printer that follows sources repeats nothing.
//!
//! # Buffers
//! A receive buffer needs room for [`Decoder::WINDOW`] (127) unread bytes. A send buffer of 256
//! bytes serves messages of any length. The end of the send buffer is reserved for one control
//! frame: while a frame is under way the newest pong waits there and follows at the next poll.
//!
//! # An echo
//! ```
//! use slack_rtm::{
//!     buffer::{RecvBuf, SendBuf},
//!     entropy::from_fn,
//!     time::Instant,
//!     url::Url,
//!     websocket::{
//!         Connection, Fin, Handshake, HandshakeRequest, HandshakeResponse, Incoming, Sent,
//!     },
//! };
//! # let mut sent = Vec::new();
//! # let mut response: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
//! # Connection: Upgrade\r\nSec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n\x81\x05Hello\x88\x00";
//! # let mut flush = |tx: &mut SendBuf<'_>| tx.write_with(|bytes| {
//! #     sent.extend_from_slice(bytes);
//! #     Ok::<usize, std::io::Error>(bytes.len())
//! # });
//! # let mut fill = |rx: &mut RecvBuf<'_>| rx.read_with(|space| std::io::Read::read(&mut response, space));
//!
//! let mut entropy = from_fn(|out| {
//!     out.fill(0x5A); // use a generator here
//!     Ok(())
//! });
//! let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
//! let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
//!
//! let request = HandshakeRequest::new(Url::parse("ws://example.com/echo")?);
//! let mut handshake = Handshake::new(&mut entropy)?;
//! while handshake.write(&request, &mut tx) != Sent::Whole {
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
//!             let piece = payload.bytes(&rx);
//!             let taken = connection.send_fragment(payload.kind, piece, fin, &mut tx, &mut entropy)?;
//!             assert_eq!(taken, piece.len()); // otherwise flush, then send the rest
//!             payload.skip(&mut rx);
//!         }
//!         Incoming::Wait { .. } => {
//!             flush(&mut tx)?;
//!             fill(&mut rx)?;
//!         }
//!         Incoming::Closed => break,
//!         _ => { flush(&mut tx)?; } // pongs are sent by the connection itself
//!     }
//! }
//! # assert!(sent.windows(4).any(|bytes| bytes == b"GET "));
//! # assert!(sent.ends_with(&[0x88, 0x80, 0x5A, 0x5A, 0x5A, 0x5A]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod assembler;
mod base64;
mod close;
mod connection;
mod control;
mod decoder;
mod encoder;
mod error;
mod handshake;
mod header;
mod incoming;
mod mask;
mod request;
mod response;
mod sent;
mod sha1;
mod violation;

pub use crate::utf8::Utf8;
pub use assembler::{Assembled, Assembler};
pub use close::CloseCode;
pub use connection::{CLOSE_TIMEOUT, Connection};
pub use decoder::{Decoded, Decoder, FramePart};
pub use encoder::Encoder;
pub use error::{ConnectionError, FrameError, HandshakeError};
pub use handshake::Handshake;
pub use header::{Fin, FrameHeader, MAX_CONTROL_PAYLOAD, MAX_HEADER, MessageKind, Opcode};
pub use incoming::{Incoming, Payload};
pub use mask::Mask;
#[doc(hidden)]
pub use mask::MaskedWindow;
pub use request::HandshakeRequest;
pub(crate) use response::HandshakeResponseKind;
pub use response::{HandshakeResponse, Refusal};
pub use sent::Sent;
pub use violation::Violation;
