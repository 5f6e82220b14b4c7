//! The rules of HTTP that a response can break.

use core::fmt;

/// A rule of HTTP/1.1 that a response broke, or a part of HTTP/1.1 that this crate does not
/// support.
///
/// The rest of the response cannot be read: drop the link. Most causes are between the device and
/// the server, so a later attempt may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HttpError {
    /// The first line is not a status line of HTTP/1.x (RFC 9112 section 4).
    StatusLine,
    /// The status line does not fit into the receive buffer.
    StatusLineTooLong,
    /// A line of the head is not a field line (RFC 9112 section 5).
    FieldLine,
    /// A required field does not fit into the receive buffer.
    FieldTooLong,
    /// `Content-Length` is not a decimal number below 2^64 (RFC 9112 section 6.3).
    ContentLength,
    /// There are `Content-Length` fields with different numbers (RFC 9112 section 6.3).
    ContentLengthsDiffer,
    /// There are both `Content-Length` and `Transfer-Encoding` (RFC 9112 section 6.3).
    LengthAndCoding,
    /// `Transfer-Encoding` is not `chunked` (RFC 9112 section 6.1).
    TransferEncoding,
    /// The body is compressed, which was not requested (RFC 9110 section 8.4).
    ContentEncoding,
    /// A chunk does not begin with its size in hexadecimal digits (RFC 9112 section 7.1).
    ChunkSize,
    /// A chunk's size is 2^64 or more (RFC 9112 section 7.1).
    ChunkSizeOverflow,
    /// A chunk's data is not followed by CR LF (RFC 9112 section 7.1).
    ChunkEnd,
    /// A chunk's extensions, or all trailers, are longer than 8 KiB (RFC 9112 section 7.1.1).
    ChunkFramingTooLong,
    /// A line of the trailer section does not end in CR LF (RFC 9112 section 7.1.2).
    Trailer,
    /// The link closed before the message was complete (RFC 9112 section 8).
    Truncated,
}

impl HttpError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::StatusLine => 660,
            Self::StatusLineTooLong => 661,
            Self::FieldLine => 662,
            Self::FieldTooLong => 663,
            Self::ContentLength => 664,
            Self::ContentLengthsDiffer => 665,
            Self::LengthAndCoding => 666,
            Self::TransferEncoding => 667,
            Self::ContentEncoding => 668,
            Self::ChunkSize => 669,
            Self::ChunkSizeOverflow => 670,
            Self::ChunkEnd => 671,
            Self::ChunkFramingTooLong => 672,
            Self::Trailer => 673,
            Self::Truncated => 674,
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatusLine => {
                "the response has no HTTP/1.x status line (RFC 9112 section 4); check host and port"
            }
            Self::StatusLineTooLong => {
                "the status line does not fit into the receive buffer; use a larger one"
            }
            Self::FieldLine => "invalid field line in the response head (RFC 9112 section 5)",
            Self::FieldTooLong => {
                "a required field does not fit into the receive buffer; use a larger one"
            }
            Self::ContentLength => {
                "Content-Length is not a decimal number below 2^64 (RFC 9112 section 6.3)"
            }
            Self::ContentLengthsDiffer => {
                "conflicting Content-Length fields (RFC 9112 section 6.3)"
            }
            Self::LengthAndCoding => {
                "both Content-Length and Transfer-Encoding (RFC 9112 section 6.3)"
            }
            Self::TransferEncoding => "Transfer-Encoding is not `chunked` (RFC 9112 section 6.1)",
            Self::ContentEncoding => {
                "the body is compressed, which was not requested (RFC 9110 section 8.4)"
            }
            Self::ChunkSize => "a chunk does not begin with its size (RFC 9112 section 7.1)",
            Self::ChunkSizeOverflow => "a chunk's size is 2^64 or more (RFC 9112 section 7.1)",
            Self::ChunkEnd => "a chunk's data is not followed by CR LF (RFC 9112 section 7.1)",
            Self::ChunkFramingTooLong => {
                "chunk extensions or trailers exceed 8 KiB (RFC 9112 section 7.1.1)"
            }
            Self::Trailer => "a trailer line does not end in CR LF (RFC 9112 section 7.1.2)",
            Self::Truncated => {
                "the link closed before the end of the response (RFC 9112 section 8); try again"
            }
        })
    }
}

impl core::error::Error for HttpError {}
