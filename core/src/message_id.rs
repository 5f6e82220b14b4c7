//! The number that links a command to the events about it.

use core::fmt;

/// The id of a command: the `reply_to` of Slack's replies to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MessageId(pub(crate) u32);

impl MessageId {
    /// Returns the number, from 1 to 2^31 - 1.
    pub const fn as_u32(self) -> u32 {
        self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
