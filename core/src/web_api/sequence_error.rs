//! Why a sequence of calls has no next one.

use super::request_error::RequestError;
use crate::buffer::ResourceError;
use crate::url::UrlError;
use core::fmt;

/// Why a [`Sequence`](super::Sequence) has no next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SequenceError {
    /// The next call cannot be made.
    Request(RequestError),
    /// The response has no such member.
    Missing(&'static str),
    /// The table of paths does not name such a member, which the sequence reads.
    NotInTable(&'static str),
    /// A member of the response does not fit into the memory that was lent for it.
    Full(ResourceError),
    /// The members of the response that the next call needs do not fit into the receive buffer.
    TooLong {
        /// The length of the members in bytes.
        length: u32,
    },
    /// The cursor of the next page is that of the present page, so that the list would never end.
    CursorRepeated,
    /// The URL that a file is uploaded to is invalid.
    UploadUrl(UrlError),
    /// The host that a file is uploaded to is in none of the allowed domains.
    UploadHost,
    /// Slack has received another number of bytes than were sent.
    UploadLength {
        /// The length of the file, in bytes.
        sent: u64,
        /// The number of bytes that Slack has received.
        received: u64,
    },
}

impl SequenceError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Request(error) => error.code(),
            Self::Missing(_) => 370,
            Self::NotInTable(_) => 371,
            Self::Full(error) => error.code(),
            Self::TooLong { .. } => 377,
            Self::CursorRepeated => 372,
            Self::UploadUrl(error) => error.code(),
            Self::UploadHost => 373,
            Self::UploadLength { .. } => 374,
        }
    }
}

impl From<RequestError> for SequenceError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<ResourceError> for SequenceError {
    fn from(error: ResourceError) -> Self {
        Self::Full(error)
    }
}

impl fmt::Display for SequenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Missing(name) => write!(f, "the response has no {name}; check the API base"),
            Self::NotInTable(name) => write!(
                f,
                "the table of paths lacks {name}; extend web_api::paths::PAGE"
            ),
            Self::Full(error) => error.fmt(f),
            Self::TooLong { length } => write!(
                f,
                "the members of the response have {length} bytes; use a receive buffer of twice as many"
            ),
            Self::CursorRepeated => f.write_str(
                "the next page has the cursor of this one; check the server, since the list would \
                 never end",
            ),
            Self::UploadUrl(error) => write!(f, "upload URL: {error}"),
            Self::UploadHost => f.write_str(
                "the upload URL's host is in none of the allowed domains; if it is right, allow its \
                 domain by Upload::allowed_domains",
            ),
            Self::UploadLength { sent, received } => write!(
                f,
                "Slack has received {received} of {sent} bytes of the file; upload it again"
            ),
        }
    }
}

impl core::error::Error for SequenceError {}
