//! The source of documents, which decides how many bytes values leave free.

use crate::buffer::RecvBuf;

/// How documents arrive: it decides how many bytes values leave free for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Source {
    /// In frames of a protocol whose control frames, up to 128 bytes, may arrive between two parts
    /// of a message (WebSocket, RFC 6455 section 5.5). Values leave 168 bytes free.
    Frames,
    /// As a stream of bytes: the body of an HTTP response. Values leave 56 bytes free.
    Stream,
}

impl Source {
    /// Returns the number of bytes that values leave free.
    pub(super) const fn margin(self) -> usize {
        match self {
            Self::Frames => 128 + RecvBuf::GAP + 32,
            Self::Stream => RecvBuf::MARGIN,
        }
    }
}
