//! The result of one step of the machine.

use super::context::Context;
use super::error::PeerError;
use super::output::OutputKind;
use super::reason::ReconnectReason;
use crate::entropy::EntropyError;
use crate::link::{Link, Timeout};

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
    /// [`StepError::Failed`], if the link has ended or the deadline has passed.
    #[inline(never)] // it is called in several places
    pub(super) fn await_link(
        context: &mut Context<'_>,
        timeout: Timeout,
    ) -> Result<Self, StepError> {
        if let Link::Ended(reason) = context.link {
            let reason = ReconnectReason::Disconnected(reason);
            return Err(StepError::failed(context, reason));
        }
        if context.now >= context.until {
            let reason = ReconnectReason::TimedOut(timeout);
            return Err(StepError::failed(context, reason));
        }
        context.wake_by(context.until);
        Ok(Self::Yield(OutputKind::Wait))
    }
}

/// An error that aborts a step. The reason is not part of it, since it passes through many
/// functions.
#[derive(Clone, Copy, Debug)]
pub(super) enum StepError {
    /// The attempt or the session ended. The reason is in the context.
    Failed,
    /// There is no randomness. Nothing was lost.
    Entropy(EntropyError),
}

impl StepError {
    /// Returns the error for the end of the attempt or the session, and keeps the reason.
    pub(super) fn failed(context: &mut Context<'_>, reason: ReconnectReason<'static>) -> Self {
        context.reason = reason;
        Self::Failed
    }

    /// Returns the error for a rule that the peer broke.
    pub(super) fn peer(context: &mut Context<'_>, error: PeerError) -> Self {
        Self::failed(context, ReconnectReason::Peer(error))
    }
}

impl From<EntropyError> for StepError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}
