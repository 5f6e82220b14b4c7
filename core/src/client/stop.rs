//! Why a step of the client's life does not go on, and what of it becomes a cause: the one place
//! where errors of the layers beneath turn into failures of the client.

use super::error::PeerError;
use super::event::Cause;
use crate::entropy::EntropyError;
use crate::web_api::{AnswerError, OpenError, RequestError};
use crate::websocket::HandshakeError;

/// What keeps a step from going on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// The attempt or the session ended.
    Failed(Cause),
    /// A setting of the call cannot be used; nothing was lost.
    Request(RequestError),
    /// There is no randomness; nothing was lost.
    Entropy(EntropyError),
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Failed(cause)
    }
}

impl From<EntropyError> for Stop {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<RequestError> for Stop {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
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
        Cause::Peer(PeerError::Answer(error)).into()
    }
}
