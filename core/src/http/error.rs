//! The rules of HTTP that an answer can break.

use core::fmt;

/// An answer that is not HTTP/1.1 as this crate can take it; one variant per broken rule.
///
/// None of them heals by reading on: drop the link. Most come from something between the
/// device and the server, so a later try may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HttpError {
    /// The first line is no status line of HTTP/1.x (RFC 9112 section 4).
    StatusLine,
    /// The status line does not fit into the receive buffer.
    StatusLineTooLong,
    /// A line of the head is no field line (RFC 9112 section 5).
    FieldLine,
    /// A field goes on in a second line, which RFC 9112 section 5.2 forbids servers to send.
    ObsFold,
    /// A field that is needed does not fit into the receive buffer.
    FieldTooLong,
    /// `Content-Length` is not a decimal number below 2^64 (RFC 9112 section 6.3).
    ContentLength,
    /// `Content-Length` was told twice with different numbers (RFC 9112 section 6.3).
    ContentLengthsDiffer,
    /// Both `Content-Length` and `Transfer-Encoding` are there (RFC 9112 section 6.3).
    LengthAndCoding,
    /// `Transfer-Encoding` is something else than `chunked` (RFC 9112 section 6.1).
    TransferEncoding,
    /// The body is compressed although that was not asked for (RFC 9110 section 8.4).
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

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatusLine => "the answer does not begin with an HTTP/1.x status line (RFC 9112 section 4); check host and port",
            Self::StatusLineTooLong => {
                "the status line does not fit into the receive buffer; use a larger one"
            }
            Self::FieldLine => "a line of the answer's head is no field line (RFC 9112 section 5)",
            Self::ObsFold => "a field of the answer's head is folded over two lines (RFC 9112 section 5.2)",
            Self::FieldTooLong => {
                "a needed field does not fit into the receive buffer; use a larger one"
            }
            Self::ContentLength => "Content-Length is no decimal number below 2^64 (RFC 9112 section 6.3)",
            Self::ContentLengthsDiffer => "Content-Length was told twice, differently (RFC 9112 section 6.3)",
            Self::LengthAndCoding => "both Content-Length and Transfer-Encoding were told (RFC 9112 section 6.3)",
            Self::TransferEncoding => "Transfer-Encoding is not `chunked` (RFC 9112 section 6.1)",
            Self::ContentEncoding => "the body is compressed, which was not asked for (RFC 9110 section 8.4)",
            Self::ChunkSize => "a chunk does not begin with its size (RFC 9112 section 7.1)",
            Self::ChunkSizeOverflow => "a chunk's size is 2^64 or more (RFC 9112 section 7.1)",
            Self::ChunkEnd => "a chunk's data is not followed by CR LF (RFC 9112 section 7.1)",
            Self::ChunkFramingTooLong => "chunk extensions or trailers exceed 8 KiB (RFC 9112 section 7.1.1)",
            Self::Trailer => "a trailer line does not end in CR LF (RFC 9112 section 7.1.2)",
            Self::Truncated => "the link closed before the answer was complete (RFC 9112 section 8); try again",
        })
    }
}

impl core::error::Error for HttpError {}
