//! Why a file was not uploaded.

use slack_rtm::entropy::EntropyError;
use slack_rtm::web_api::CallFailure;
use std::{error, fmt, io};

/// Why [`WebApi::upload`](crate::WebApi::upload) has not uploaded a file.
///
/// The file is visible in Slack only if the last call was done, which
/// [`is_unconfirmed`](Self::is_unconfirmed) leaves open.
#[derive(Debug)]
#[non_exhaustive]
pub enum UploadFailure<'r> {
    /// One of the calls has failed.
    Call(CallFailure<'r>),
    /// The source returned this error. The upload was abandoned.
    Source(io::Error),
    /// The source has fewer bytes than the upload. The upload was abandoned.
    Ended {
        /// The number of bytes that the source has.
        read: u64,
        /// The length of the upload.
        length: u64,
    },
}

impl UploadFailure<'_> {
    /// Returns the stable number of the failure, for logs and for C. For a failure of a call it is
    /// that of [`CallFailure::code`].
    pub const fn code(&self) -> u16 {
        match self {
            Self::Call(failure) => failure.code(),
            Self::Source(_) => 378,
            Self::Ended { .. } => 379,
        }
    }

    /// Returns whether Slack may have done the call that failed:
    /// [`Upload::stage`](slack_rtm::methods::upload::Upload::stage) returns which one that is.
    pub const fn is_unconfirmed(&self) -> bool {
        match self {
            Self::Call(failure) => failure.is_unconfirmed(),
            Self::Source(_) | Self::Ended { .. } => false,
        }
    }
}

impl<'r> From<CallFailure<'r>> for UploadFailure<'r> {
    fn from(failure: CallFailure<'r>) -> Self {
        Self::Call(failure)
    }
}

impl From<EntropyError> for UploadFailure<'_> {
    fn from(error: EntropyError) -> Self {
        Self::Call(error.into())
    }
}

/// Writes the reason, and what to do.
impl fmt::Display for UploadFailure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(failure) => failure.fmt(f),
            Self::Source(error) => write!(f, "the source of the file failed: {error}"),
            Self::Ended { read, length } => write!(
                f,
                "the source of the file ended after {read} of {length} bytes; state the length that it \
                 has"
            ),
        }
    }
}

impl error::Error for UploadFailure<'_> {}
