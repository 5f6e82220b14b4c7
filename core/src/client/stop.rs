//! Why a step of the client's life does not go on, and what of it becomes a cause: the one place
//! where errors of the layers beneath turn into failures of the client.

use super::error::{PeerError, UsageError};
use super::event::Cause;
use crate::entropy::EntropyError;
use crate::time::Duration;
use crate::web_api::{AnswerError, OpenError, RequestError};
use crate::websocket::HandshakeError;

/// How long a rate limit lasts that does not tell it: tier 1 is counted by the minute.
pub(super) const UNTOLD_RETRY_AFTER: Duration = Duration::from_secs(60);

/// What keeps a step from going on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// The attempt or the session ended.
    Failed(Cause),
    /// This program made a mistake; nothing was lost.
    Mistaken(UsageError),
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Failed(cause)
    }
}

impl From<EntropyError> for Stop {
    fn from(error: EntropyError) -> Self {
        Self::Mistaken(error.into())
    }
}

impl From<RequestError> for Stop {
    fn from(error: RequestError) -> Self {
        Self::Mistaken(error.into())
    }
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Self {
        Cause::Peer(PeerError::Open(error)).into()
    }
}

impl From<HandshakeError> for Stop {
    fn from(error: HandshakeError) -> Self {
        Cause::Peer(PeerError::Handshake(error)).into()
    }
}

impl From<AnswerError> for Stop {
    fn from(error: AnswerError) -> Self {
        let (status, retry_after) = match error {
            AnswerError::RateLimited { retry_after } => {
                (429, retry_after.unwrap_or(UNTOLD_RETRY_AFTER))
            }
            AnswerError::Status {
                status,
                retry_after,
            } => (status, retry_after.unwrap_or_default()),
            AnswerError::Redirect { status } => (status, Duration::ZERO),
            error => return Cause::Peer(PeerError::Answer(error)).into(),
        };
        let status = Cause::Status {
            status,
            retry_after,
        };
        status.into()
    }
}
