//! The result of one step of the machine.

use super::context::Context;
use super::error::PeerError;
use super::output::OutputKind;
use super::reason::ReconnectReason;
use crate::entropy::EntropyError;
use crate::link::{Link, Timeout};
use crate::web_api::{RequestError, ResponseError, SocketUrlError};
use crate::websocket::HandshakeError;

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The phase changed, or made progress: take the next step.
    Continue,
    /// Return this output.
    Yield(OutputKind),
}

impl Step {
    /// Waits for the link until the deadline of the present phase.
    ///
    /// # Errors
    /// The reason for a reconnect, if the link has ended or the deadline has passed.
    #[inline(never)] // it is called in several places
    pub(super) fn await_link(
        context: &mut Context<'_>,
        timeout: Timeout,
    ) -> Result<Self, StepError> {
        if let Link::Ended(reason) = context.link {
            return Err(ReconnectReason::Disconnected(reason).into());
        }
        if context.now >= context.until {
            return Err(ReconnectReason::TimedOut(timeout).into());
        }
        context.wake = context.until;
        Ok(Self::Yield(OutputKind::Wait))
    }
}

/// An error that aborts a step.
#[derive(Clone, Copy, Debug)]
pub(super) enum StepError {
    /// The attempt or the session ended.
    Failed(ReconnectReason),
    /// A setting of the call cannot be used. Nothing was lost.
    Request(RequestError),
    /// There is no randomness. Nothing was lost.
    Entropy(EntropyError),
}

impl From<ReconnectReason> for StepError {
    fn from(reason: ReconnectReason) -> Self {
        Self::Failed(reason)
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
        ReconnectReason::Peer(PeerError::SocketUrl(error)).into()
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
