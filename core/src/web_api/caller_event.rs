//! The outcome in an event of a `Caller`, and the numbers of its events.

use super::accepted::Accepted;
use super::call_failure::CallFailure;
use super::caller::CallerEvent;

impl<'r> CallerEvent<'r> {
    /// Returns the outcome of the call, if this is one: the response, or why there is none.
    ///
    /// The outcomes of posts are none of the call.
    pub const fn outcome(self) -> Option<Result<Accepted<'r>, CallFailure<'r>>> {
        Some(match self {
            Self::Accepted(response) => Ok(response),
            Self::Refused(error) => Err(CallFailure::Refused(error)),
            Self::Failed(error) => Err(CallFailure::Failed(error)),
            Self::Unconfirmed(error) => Err(CallFailure::Unconfirmed(error)),
            _ => return None,
        })
    }

    /// Returns the stable number of the event, for logs and for C. It says nothing of the errors in
    /// the event, which have numbers of their own.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Element(_) => 30,
            Self::Accepted(_) => 31,
            Self::Refused(_) => 32,
            Self::Failed(_) => 33,
            Self::Unconfirmed(_) => 34,
            Self::PostAccepted(..) => 35,
            Self::PostRefused(..) => 36,
            Self::PostFailed(..) => 37,
            Self::PostUnconfirmed(..) => 38,
            Self::PostExpired(_) => 39,
            Self::PostWithdrawn(_) => 40,
            Self::TokenExpired => 41,
            Self::BodyNeeded { .. } => 44,
        }
    }
}
