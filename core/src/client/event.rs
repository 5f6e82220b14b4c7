//! What a client tells: everything that happens in its life, each as one event.

use super::error::PeerError;
use super::outbound::MessageId;
use super::output::DisconnectReason;
use crate::buffer::ResourceError;
use crate::event as wire;
use crate::json::Text;
use crate::rtm;
use crate::time::{Duration, Instant};
use crate::web_api::{Accepted, ApiError, Element, ErrorCode};
use crate::websocket::CloseCode;
use core::fmt;

/// Something that happened. Text in it is unescaped and borrows the receive buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'r> {
    /// One element of a list in the answer to `rtm.start`.
    Element(Element<'r>),
    /// The call was answered: who we are, in which team, and with which warnings. The socket comes
    /// next.
    Opened(Accepted<'r>),
    /// As `Opened`, but lists of `rtm.start` were left before their end, since the URL would have
    /// expired.
    ListsIncomplete(Accepted<'r>),
    /// Slack refused the call.
    Refused(ApiError<'r>),
    /// `hello`: the session is there.
    Hello(rtm::Notice<'r>),
    /// `message`: somebody wrote, edited or deleted something.
    Message(wire::Message<'r>),
    /// `pong`, with the members of the ping; also those to the client's own pings.
    Pong(rtm::Pong<'r>),
    /// A message was taken by Slack.
    Acknowledged {
        /// Which: as `send` returned it.
        id: MessageId,
        /// Its `ts`, which names it in its channel.
        ts: &'r str,
    },
    /// A message was refused by Slack.
    Rejected {
        /// Which: as `send` returned it.
        id: MessageId,
        /// Slack's error code; they are undocumented.
        code: i64,
        /// Slack's words.
        msg: Text<'r>,
    },
    /// The link died before the ack came, and none was replayed: the message may have arrived, or
    /// not. Also the end of what waited when the client was closed.
    Unconfirmed {
        /// Which: as `send` returned it.
        id: MessageId,
    },
    /// Any other event of RTM.
    Rtm(rtm::Event<'r>),
    /// A message that is not JSON, or that is binary. It was passed over.
    Malformed,
    /// The session or the attempt ended; the next one begins at `at`.
    Reconnecting {
        /// Why.
        cause: ReconnectReason,
        /// When.
        at: Instant,
    },
}

/// Why a session or an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReconnectReason {
    /// The link could not be had, or ended.
    Disconnected(DisconnectReason),
    /// A step took too long.
    TimedOut(Step),
    /// Nothing was heard, not even the answer to a ping: the link is dead.
    KeepaliveTimeout,
    /// Slack refused the call.
    Refused(ErrorCode<'static>),
    /// An HTTP status other than 200 of the call, or than 101 of the upgrade.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`; if it was not told a minute for 429, and zero for others.
        retry_after: Duration,
    },
    /// The peer broke a rule.
    Peer(PeerError),
    /// Something needed did not fit into a lent memory.
    Resource(ResourceError),
    /// Slack said `goodbye`: it will close, and a new session is to be had.
    Goodbye,
    /// Slack said `team_migration_started`.
    Migration,
    /// Slack sent an error frame instead of `hello`, such as "Socket URL has expired".
    SocketError {
        /// Its code.
        code: i64,
    },
    /// Slack closed the socket.
    Closed(Option<CloseCode>),
}

/// A step of the way to a session, and out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Step {
    /// Name look-up, connection and TLS handshake.
    Connect,
    /// The answer to the call.
    Response,
    /// The WebSocket handshake.
    Handshake,
    /// `hello`.
    Hello,
    /// Taking bytes of the send buffer, in a session.
    Send,
    /// The ack of a message.
    Ack,
}

/// How a client came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CloseReason {
    /// `close` was called.
    Requested,
    /// Slack's error cannot heal by trying again: a person has to act. A new token starts anew.
    Refused(ErrorCode<'static>),
}

impl fmt::Display for ReconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected(end) => end.fmt(f),
            Self::TimedOut(step) => write!(f, "{step} took too long"),
            Self::KeepaliveTimeout => {
                f.write_str("the link is dead: nothing was heard, not even a pong")
            }
            Self::Refused(code) => write!(f, "Slack refused the call: {code}"),
            Self::Status {
                status,
                retry_after,
            } => {
                write!(f, "HTTP status {status}")?;
                match retry_after.as_millis() / 1000 {
                    0 if (300..400).contains(status) => {
                        f.write_str(": a redirect is not followed; check the API base")
                    }
                    0 => Ok(()),
                    seconds => write!(f, ", to be tried again after {seconds} s"),
                }
            }
            Self::Peer(why) => why.fmt(f),
            Self::Resource(why) => why.fmt(f),
            Self::Goodbye => f.write_str("Slack said goodbye"),
            Self::Migration => f.write_str("the team is being migrated"),
            Self::SocketError { code } => write!(f, "Slack refused the socket with error {code}"),
            Self::Closed(Some(code)) => write!(f, "Slack closed the socket with code {code}"),
            Self::Closed(None) => f.write_str("Slack closed the socket"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Response => "the answer to the call",
            Self::Handshake => "the WebSocket handshake",
            Self::Hello => "hello",
            Self::Send => "sending",
            Self::Ack => "the ack of a message",
        })
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("closed"),
            Self::Refused(code) => write!(f, "Slack refused the call: {code}"),
        }
    }
}
