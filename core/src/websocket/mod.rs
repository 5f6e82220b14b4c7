//! The WebSocket protocol (RFC 6455), client side.

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
pub use handshake::{Answer, Handshake, HandshakeError, Refusal, Request};
pub use header::{Fin, Header, Kind, MAX_CONTROL_PAYLOAD, MAX_HEADER, Opcode};
pub use mask::{Mask, MaskedWindow};
pub use utf8::Utf8;
pub use violation::Violation;
