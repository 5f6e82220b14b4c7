//! Slack's limits on what a client sends, checked before anything reaches the wire.

use crate::time::Duration;
use core::fmt;

/// The largest frame: 16 KiB of JSON; a larger one makes the server drop the client.
pub const FRAME_BYTES: usize = 16 * 1024;
/// The longest text of a message, in characters.
pub const TEXT_CHARACTERS: usize = 4000;
/// The most ids of one `presence_query`.
pub const PRESENCE_QUERY_IDS: usize = 500;
/// The shortest time between two `typing` indicators for one channel.
pub const TYPING_INTERVAL: Duration = Duration::from_secs(3);

/// A limit of Slack's that a command would break.
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
        /// Ids given.
        ids: usize,
    },
    /// A `typing` for this channel less than [`TYPING_INTERVAL`] after the last one, or for a fifth
    /// channel within that time.
    Typing {
        /// How long to wait.
        wait: Duration,
    },
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { characters } => write!(
                f,
                "the text has {characters} characters; Slack takes {TEXT_CHARACTERS}: send it in parts"
            ),
            Self::Frame { bytes } => write!(
                f,
                "the frame would have {bytes} bytes; Slack drops clients above {FRAME_BYTES}: send less at a time"
            ),
            Self::PresenceQuery { ids } => write!(
                f,
                "a presence_query for {ids} users; Slack takes {PRESENCE_QUERY_IDS}: ask in parts"
            ),
            Self::Typing { wait } => write!(
                f,
                "typing may be sent once per 3 s and channel: wait another {} ms",
                wait.as_millis()
            ),
        }
    }
}

impl core::error::Error for LimitError {}
