//! The names of the fields that this crate has rules for.

use crate::parse::match_name;

/// A field of a response that some layer of this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownField {
    ContentLength,
    TransferEncoding,
    ContentEncoding,
    ContentType,
    RetryAfter,
    Location,
    Upgrade,
    Connection,
    Accept,
    Extensions,
    Protocol,
}

impl KnownField {
    /// Returns the field called `name`, in any case, if it is a known one.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        match_name!(name, {
            "Content-Length" => Self::ContentLength,
            "Transfer-Encoding" => Self::TransferEncoding,
            "Content-Encoding" => Self::ContentEncoding,
            "Content-Type" => Self::ContentType,
            "Retry-After" => Self::RetryAfter,
            "Location" => Self::Location,
            "Upgrade" => Self::Upgrade,
            "Connection" => Self::Connection,
            "Sec-WebSocket-Accept" => Self::Accept,
            "Sec-WebSocket-Extensions" => Self::Extensions,
            "Sec-WebSocket-Protocol" => Self::Protocol,
        })
    }

    /// Returns whether the field determines how the body is framed or coded.
    pub(crate) const fn is_of_framing(self) -> bool {
        matches!(
            self,
            Self::ContentLength | Self::TransferEncoding | Self::ContentEncoding
        )
    }

    /// Returns whether the field belongs to the WebSocket handshake (RFC 6455 section 4.1).
    pub(crate) const fn is_of_handshake(self) -> bool {
        matches!(
            self,
            Self::Upgrade | Self::Connection | Self::Accept | Self::Extensions | Self::Protocol
        )
    }
}
