//! Why a call has no response.

use super::response::ResponseError;
use super::sequence_error::SequenceError;
use crate::link::{DisconnectReason, Timeout};
use core::fmt;

/// Why a call has no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CallError {
    /// The link could not be opened: nothing was sent.
    NotConnected(DisconnectReason),
    /// The link failed before the response was complete. An orderly end is
    /// [`HttpError::Truncated`](crate::http::HttpError::Truncated).
    Disconnected(DisconnectReason),
    /// A step took longer than the [`Timeouts`](crate::Timeouts) allow.
    TimedOut(Timeout),
    /// The response is not one of the Web API.
    Response(ResponseError),
    /// The link failed during an upload, and the source cannot be read again from its beginning.
    CannotRestart(DisconnectReason),
    /// The server responded before it had received the whole body.
    EarlyResponse,
    /// The next call of a [`Sequence`](super::Sequence) cannot be made.
    Sequence(SequenceError),
}

impl CallError {
    /// Returns the stable number of the error, for logs and for C: that of the reason, the timeout
    /// or the error that it contains.
    pub const fn code(self) -> u16 {
        match self {
            Self::NotConnected(reason) | Self::Disconnected(reason) => reason.code(),
            Self::TimedOut(timeout) => timeout.code(),
            Self::Response(error) => error.code(),
            Self::CannotRestart(_) => 375,
            Self::EarlyResponse => 376,
            Self::Sequence(error) => error.code(),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected(reason) | Self::Disconnected(reason) => reason.fmt(f)?,
            Self::TimedOut(timeout) => timeout.fmt(f)?,
            Self::Response(error) => error.fmt(f)?,
            Self::CannotRestart(reason) => return write!(f, "{reason}{CANNOT_RESTART}"),
            Self::EarlyResponse => return f.write_str(EARLY_RESPONSE),
            Self::Sequence(error) => return error.fmt(f),
        }
        match self {
            Self::NotConnected(_) | Self::TimedOut(Timeout::Connect) => Ok(()),
            _ => f.write_str("; check whether the call was done before you repeat it"),
        }
    }
}

pub(super) const CANNOT_RESTART: &str = "; the upload cannot be repeated, since its source cannot be read again: upload it from another one";
pub(super) const EARLY_RESPONSE: &str =
    "the server responded before it had received the whole body; upload it again";

impl core::error::Error for CallError {}
