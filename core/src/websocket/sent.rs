//! How much of a message went into the send buffer.

/// How much of a message was put into the send buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "a message that was begun has to be continued"]
pub enum Sent {
    /// All of it.
    Whole,
    /// It was begun. Flush the send buffer, then call again with the same message; nothing else can
    /// be sent before its end.
    Partly,
    /// No byte: the send buffer has less room than a header may take (14 bytes), or a control frame
    /// has to leave first. Flush the send buffer, then call again, with this message or another
    /// one.
    Nothing,
}
