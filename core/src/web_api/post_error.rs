//! The error for a post that cannot be stored.

use super::argument_error::ArgumentError;
use super::request_error::RequestError;
use crate::buffer::ResourceError;
use core::fmt;

/// Why a post cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PostError {
    /// The call cannot be made.
    Request(RequestError),
    /// The memory for messages that wait is full.
    Full(ResourceError),
    /// The storage has no memory for messages that wait.
    NoOutbox,
}

impl PostError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Request(error) => error.code(),
            Self::Full(error) => error.code(),
            Self::NoOutbox => 326,
        }
    }
}

impl From<RequestError> for PostError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<ArgumentError> for PostError {
    fn from(error: ArgumentError) -> Self {
        Self::Request(RequestError::Argument(error))
    }
}

impl From<ResourceError> for PostError {
    fn from(error: ResourceError) -> Self {
        Self::Full(error)
    }
}

impl fmt::Display for PostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Full(error) => error.fmt(f),
            Self::NoOutbox => f.write_str(
                "there is no memory for messages that wait; create the machine with an OwnedStorage",
            ),
        }
    }
}

impl core::error::Error for PostError {}
