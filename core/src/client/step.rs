//! Why a step of the client's life does not go on, and what of it becomes a cause: the one place
//! where errors of the layers beneath turn into failures of the client.

use super::error::PeerError;
use super::event::ReconnectReason;
use crate::entropy::EntropyError;
use crate::web_api::{RequestError, ResponseError, SocketUrlError};
use crate::websocket::HandshakeError;

/// What keeps a step from going on.
#[derive(Clone, Copy, Debug)]
pub(super) enum StepError {
    /// The attempt or the session ended.
    Failed(ReconnectReason),
    /// A setting of the call cannot be used; nothing was lost.
    Request(RequestError),
    /// There is no randomness; nothing was lost.
    Entropy(EntropyError),
}

impl From<ReconnectReason> for StepError {
    fn from(cause: ReconnectReason) -> Self {
        Self::Failed(cause)
    }
}

impl From<EntropyError> for StepError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<RequestError> for StepError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<SocketUrlError> for StepError {
    fn from(error: SocketUrlError) -> Self {
        ReconnectReason::Peer(PeerError::Open(error)).into()
    }
}

impl From<HandshakeError> for StepError {
    fn from(error: HandshakeError) -> Self {
        ReconnectReason::Peer(PeerError::Handshake(error)).into()
    }
}

impl From<ResponseError> for StepError {
    fn from(error: ResponseError) -> Self {
        ReconnectReason::Peer(PeerError::Response(error)).into()
    }
}
