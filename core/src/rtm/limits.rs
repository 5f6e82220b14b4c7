//! Slack's limits on commands, checked before anything is sent.

use crate::time::Duration;
use core::fmt;

/// The largest frame, in bytes of JSON: 16 KiB. The server disconnects a client that sends a larger
/// one.
pub const FRAME_BYTES: usize = 16 * 1024;
/// The longest text of a message, in characters.
pub const TEXT_CHARACTERS: usize = 4000;
/// The largest number of ids in one `presence_query`.
pub const PRESENCE_QUERY_IDS: usize = 500;
/// The shortest time between two `typing` indicators for one channel.
pub const TYPING_INTERVAL: Duration = Duration::from_secs(3);

/// A limit of Slack's that a command would exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LimitError {
    /// The text has this many characters, more than [`TEXT_CHARACTERS`].
    Text {
        /// Characters of the text.
        characters: usize,
    },
    /// The frame would have this many bytes, more than [`FRAME_BYTES`].
    Frame {
        /// Bytes of JSON.
        bytes: usize,
    },
    /// A `presence_query` for this many users, more than [`PRESENCE_QUERY_IDS`].
    PresenceQuery {
        /// Number of ids.
        ids: usize,
    },
    /// A `typing` less than [`TYPING_INTERVAL`] after the last one for the same channel, or for a
    /// fifth channel within that time.
    Typing {
        /// The time to wait.
        wait: Duration,
    },
}

impl LimitError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Text { .. } => 210,
            Self::Frame { .. } => 211,
            Self::PresenceQuery { .. } => 212,
            Self::Typing { .. } => 213,
        }
    }
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { characters } => write!(
                f,
                "the text has {characters} characters, Slack accepts {TEXT_CHARACTERS}; send it in parts"
            ),
            Self::Frame { bytes } => write!(
                f,
                "the frame would have {bytes} bytes, Slack accepts {FRAME_BYTES}; send less at a time"
            ),
            Self::PresenceQuery { ids } => write!(
                f,
                "the presence_query has {ids} ids, Slack accepts {PRESENCE_QUERY_IDS}; send it in parts"
            ),
            Self::Typing { wait } => write!(
                f,
                "typing may be sent once per channel in 3 s; wait another {} ms",
                wait.as_millis()
            ),
        }
    }
}

impl core::error::Error for LimitError {}
