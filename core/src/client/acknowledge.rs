//! Acknowledgements by the program: when, of which envelope, and why one is refused.

use crate::entropy::EntropyError;
use crate::socket_mode::acknowledgement::TooLong;
use core::fmt;

/// When the client acknowledges an event. Slack delivers one again that is not acknowledged within
/// three seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EventAcknowledgement {
    /// Before the event is lent: its handler cannot delay the acknowledgement. An event is lost if
    /// the program ends before it has handled it.
    #[default]
    BeforeEvent,
    /// When the program asks for the next event: at least once. An event comes again if its handler
    /// takes longer than three seconds.
    AfterEvent,
}

/// An envelope whose acknowledgement was [deferred](crate::Client::defer).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DeferredEnvelope(pub(super) u32);

/// An error of [`Client::acknowledge`](crate::Client::acknowledge),
/// [`defer`](crate::Client::defer) or
/// [`acknowledge_deferred`](crate::Client::acknowledge_deferred).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AcknowledgeError {
    /// The last poll returned no event with an envelope.
    NoEnvelope,
    /// The envelope accepts no response: the client acknowledges it itself.
    NotAccepted,
    /// The envelope was acknowledged or deferred before.
    Acknowledged,
    /// The envelope was deferred, and was acknowledged without a response since 2.5 s had passed.
    TooLate,
    /// The socket that the envelope came on has ended, or is closing.
    SocketEnded,
    /// The response exceeds Slack's limit.
    TooLong(TooLong),
    /// Another acknowledgement is not sent whole. The program continues its own response; the next
    /// poll continues one of the client.
    Busy,
    /// The response wrote fewer bytes than before. The next poll ends the link, since half a frame
    /// has left.
    Changed,
    /// Four envelopes are deferred.
    TooManyDeferred,
    /// The id of the envelope is longer than the 44 bytes, as JSON, that can be kept.
    LongId,
    /// The source of randomness failed; try again.
    Entropy(EntropyError),
}

impl AcknowledgeError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::NoEnvelope => 353,
            Self::NotAccepted => 354,
            Self::Acknowledged => 355,
            Self::TooLate => 356,
            Self::SocketEnded => 357,
            Self::TooLong(error) => error.code(),
            Self::Busy => 358,
            Self::Changed => 359,
            Self::TooManyDeferred => 360,
            Self::LongId => 361,
            Self::Entropy(error) => error.code(),
        }
    }
}

impl fmt::Display for AcknowledgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEnvelope => {
                "no envelope is held; acknowledge after an event that came in one, before the next poll"
            }
            Self::NotAccepted => {
                "the envelope accepts no response; answer by its response_url or by chat.postMessage"
            }
            Self::Acknowledged => {
                "the envelope is acknowledged or deferred already; Slack accepts one acknowledgement"
            }
            Self::TooLate => {
                "the envelope was acknowledged without a response after 2.5 s; answer by its response_url"
            }
            Self::SocketEnded => {
                "the socket of the envelope has ended, and Slack accepts a response on no other; answer by chat.postMessage"
            }
            Self::TooLong(error) => return error.fmt(f),
            Self::Busy => {
                "another acknowledgement is not sent whole; continue with that response, or flush and poll if it has none"
            }
            Self::Changed => {
                "the response wrote fewer bytes than before; write the same bytes each time"
            }
            Self::TooManyDeferred => {
                "four envelopes are deferred; acknowledge one of them, or this one now"
            }
            Self::LongId => {
                "the id of the envelope has more than 44 bytes; acknowledge it now, in place of later"
            }
            Self::Entropy(error) => return error.fmt(f),
        })
    }
}

impl core::error::Error for AcknowledgeError {}

impl From<TooLong> for AcknowledgeError {
    fn from(error: TooLong) -> Self {
        Self::TooLong(error)
    }
}

impl From<EntropyError> for AcknowledgeError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}
