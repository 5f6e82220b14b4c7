//! What a poll tells, without the borrow: the machine decides on this, and lends once at the end.

use super::mail::MessageId;

/// An output, or an event, whose members stand in the receive buffer and in the machine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    /// The phase changed: go on.
    Nothing,
    Wait,
    ConnectApi,
    ConnectSocket,
    Disconnect,
    Closed,
    /// An element of the list with this path.
    Element(u8),
    Opened,
    ListsIncomplete,
    Refused,
    Hello,
    Acknowledged(MessageId),
    Rejected(MessageId),
    Unconfirmed(MessageId),
    Malformed,
    /// The event whose members stand in the receive buffer.
    Rtm,
    Reconnecting,
}
