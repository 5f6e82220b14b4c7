//! The events of a client.

use super::message_id::MessageId;
use super::reason::ReconnectReason;
use crate::event::Message;
use crate::json::Text;
use crate::rtm;
use crate::time::Instant;
use crate::web_api::{Accepted, ApiError, Element};

/// Something that happened. Text in it is unescaped and borrows the receive buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'r> {
    /// An element of a list in the response to `rtm.start`.
    Element(Element<'r>),
    /// Slack accepted the call: the response names the user, the team and any warnings. The socket
    /// is opened next.
    Opened(Accepted<'r>),
    /// Like `Opened`, but the rest of the response, such as the lists of `rtm.start`, was skipped, since
    /// the URL was about to expire.
    ListsIncomplete(Accepted<'r>),
    /// Slack refused the call.
    Refused(ApiError<'r>),
    /// `hello`: the session is open.
    Hello(rtm::Notice<'r>),
    /// `message`: somebody posted, edited or deleted a message.
    Message(Message<'r>),
    /// `pong`, with the members of the ping; also the replies to the client's own pings.
    Pong(rtm::Pong<'r>),
    /// Slack accepted a message.
    Acknowledged {
        /// The id that `send` returned.
        id: MessageId,
        /// The timestamp that identifies the message in its channel.
        ts: &'r str,
    },
    /// Slack refused a message.
    Rejected {
        /// The id that `send` returned.
        id: MessageId,
        /// Slack's error code; these are undocumented.
        code: i64,
        /// Slack's description.
        msg: Text<'r>,
    },
    /// The link ended before the ack arrived, and no ack was replayed: the message may have arrived or
    /// not. Also the outcome of messages that still wait when the client closes.
    Unconfirmed {
        /// The id that `send` returned.
        id: MessageId,
    },
    /// Any other event of RTM.
    Rtm(rtm::Event<'r>),
    /// A message that is not JSON, or is binary. It was skipped.
    Malformed,
    /// The session or the attempt ended; the next one begins at `at`.
    Reconnecting {
        /// Why it ended.
        reason: ReconnectReason,
        /// The time of the next attempt.
        at: Instant,
    },
}
