//! The rules that a server can break on an open connection, each with its close code.

use super::close::CloseCode;
use core::fmt;

/// A rule of RFC 6455 that the server broke. The connection fails (section 7.1.7): a close frame
/// with [`close_code`](Self::close_code) is sent, and nothing more is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Violation {
    /// RSV1, RSV2 or RSV3 is set and no extension was negotiated (section 5.2). A compressed frame
    /// (permessage-deflate, RFC 7692) is one case: compression is never offered.
    ReservedBits,
    /// The opcode is 3 to 7 or 11 to 15 (section 5.2).
    ReservedOpcode,
    /// A frame of the server is masked (section 5.1).
    MaskedFrame,
    /// A payload length is not in its shortest form (section 5.2).
    NonMinimalLength,
    /// The highest bit of a 64-bit payload length is set (section 5.2).
    LengthTopBit,
    /// A control frame has FIN clear (section 5.5).
    FragmentedControl,
    /// A control frame's payload is longer than 125 bytes (section 5.5).
    ControlTooLong,
    /// A continuation frame arrived while no message was under way (section 5.4).
    UnexpectedContinuation,
    /// A new message began before the previous one had ended (section 5.4).
    ExpectedContinuation,
    /// The body of a close frame is a single byte (section 5.5.1).
    CloseBodyTooShort,
    /// A close frame contains a code that must not be sent (section 7.4).
    InvalidCloseCode,
    /// The reason of a close frame is not UTF-8 (section 5.5.1).
    InvalidCloseReason,
    /// A text message is not UTF-8 (sections 5.6 and 8.1).
    InvalidUtf8,
    /// A message is longer than the limit set by the caller (section 7.4.1, 1009).
    MessageTooBig,
}

impl Violation {
    /// Returns the code for the close frame (section 7.4.1).
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::InvalidUtf8 | Self::InvalidCloseReason => CloseCode::INVALID_PAYLOAD,
            Self::MessageTooBig => CloseCode::MESSAGE_TOO_BIG,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::ReservedBits => {
                "the server set a reserved bit (RFC 6455 section 5.2); no extension was negotiated"
            }
            Self::ReservedOpcode => "the server used a reserved opcode (RFC 6455 section 5.2)",
            Self::MaskedFrame => "the server masked a frame (RFC 6455 section 5.1)",
            Self::NonMinimalLength => {
                "the server sent a length that is not in its shortest form (RFC 6455 section 5.2)"
            }
            Self::LengthTopBit => {
                "the server set the highest bit of a 64-bit length (RFC 6455 section 5.2)"
            }
            Self::FragmentedControl => {
                "the server fragmented a control frame (RFC 6455 section 5.5)"
            }
            Self::ControlTooLong => {
                "the server sent a control frame over 125 bytes (RFC 6455 section 5.5)"
            }
            Self::UnexpectedContinuation => {
                "the server sent a continuation frame without a message (RFC 6455 section 5.4)"
            }
            Self::ExpectedContinuation => {
                "the server began a message inside another (RFC 6455 section 5.4)"
            }
            Self::CloseBodyTooShort => {
                "the server sent a close frame with a one-byte body (RFC 6455 section 5.5.1)"
            }
            Self::InvalidCloseCode => {
                "the server sent a close code that must not be sent (RFC 6455 section 7.4)"
            }
            Self::InvalidCloseReason => {
                "the server sent a close reason that is not UTF-8 (RFC 6455 section 5.5.1)"
            }
            Self::InvalidUtf8 => "the server sent text that is not UTF-8 (RFC 6455 section 8.1)",
            Self::MessageTooBig => {
                "the server sent a message over the configured limit (RFC 6455 section 7.4.1); \
                 raise the limit"
            }
        }
    }
}

impl Violation {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::ReservedBits => 730,
            Self::ReservedOpcode => 731,
            Self::MaskedFrame => 732,
            Self::NonMinimalLength => 733,
            Self::LengthTopBit => 734,
            Self::FragmentedControl => 735,
            Self::ControlTooLong => 736,
            Self::UnexpectedContinuation => 737,
            Self::ExpectedContinuation => 738,
            Self::CloseBodyTooShort => 739,
            Self::InvalidCloseCode => 740,
            Self::InvalidCloseReason => 741,
            Self::InvalidUtf8 => 742,
            Self::MessageTooBig => 743,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Violation {}
