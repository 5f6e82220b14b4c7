//! The state of a client, as the caller sees it.

use crate::time::Instant;

/// The activity of a client, for a status light or a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum State {
    /// Not started yet.
    Offline,
    /// Calling the Web API.
    Calling,
    /// Connecting to the socket, up to `hello`.
    Connecting,
    /// In a session.
    Open,
    /// Waiting for the next attempt.
    Waiting {
        /// The time of the next attempt.
        until: Instant,
    },
    /// Closing the link.
    Closing,
    /// Closed for good, or until a new token is set.
    Closed,
}
