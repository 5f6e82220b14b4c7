//! Why a call of an adapter has no accepted response.

use super::api_error::ApiError;
use super::call_error::CallError;
use super::request_error::RequestError;
use crate::entropy::EntropyError;
use core::fmt;

/// Why a call of an adapter's `WebApi` has no accepted response.
///
/// [`is_unconfirmed`](Self::is_unconfirmed) separates the calls that Slack may have done from those
/// that may be made again.
///
/// ```
/// use slack_rtm::web_api::{Accepted, CallFailure};
///
/// /// Returns whether to post again later.
/// fn is_to_repeat(result: Result<Accepted<'_>, CallFailure<'_>>) -> bool {
///     match result {
///         Ok(_) => false,
///         // Look into the channel first.
///         Err(failure) if failure.is_unconfirmed() => false,
///         // The remedy of the code says what to do.
///         Err(CallFailure::Refused(_) | CallFailure::Request(_)) => false,
///         Err(_) => true,
///     }
/// }
/// # let _ = is_to_repeat;
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CallFailure<'r> {
    /// The call cannot be made, such as one whose argument exceeds a limit of Slack's. Nothing was
    /// sent.
    Request(RequestError),
    /// Slack refused the call.
    Refused(ApiError<'r>),
    /// Slack has not done the call, or its repetition is harmless and failed too.
    Failed(CallError),
    /// It is not known whether Slack has done the call. The request has left, at least in part, and
    /// no whole response came.
    Unconfirmed(CallError),
    /// The program ended the call, by a `StopHandle` of `slack-rtm-std`.
    Stopped {
        /// Whether a byte of the request has left. It is not known then whether Slack has done the
        /// call.
        has_left: bool,
    },
    /// The source of randomness failed, after another failure. It is not known whether Slack has done
    /// the call.
    Entropy(EntropyError),
}

impl CallFailure<'_> {
    /// Returns whether Slack may have done the call.
    pub const fn is_unconfirmed(&self) -> bool {
        matches!(
            self,
            Self::Unconfirmed(_) | Self::Stopped { has_left: true } | Self::Entropy(_)
        )
    }

    /// Returns the stable number of the failure, for logs and for C. For a variant with an error it
    /// is that of the error. For a refusal it says nothing of Slack's code.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Request(error) => error.code(),
            Self::Refused(_) => 350,
            Self::Failed(error) | Self::Unconfirmed(error) => error.code(),
            Self::Stopped { .. } => 351,
            Self::Entropy(error) => error.code(),
        }
    }
}

impl From<RequestError> for CallFailure<'_> {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<EntropyError> for CallFailure<'_> {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

/// Writes the reason, and what to do.
impl fmt::Display for CallFailure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Refused(error) => error.fmt(f),
            Self::Failed(error) => {
                write_reason(*error, f)?;
                match error {
                    // These name what to do.
                    CallError::CannotRestart(_)
                    | CallError::EarlyResponse
                    | CallError::Sequence(_) => Ok(()),
                    _ => f.write_str("; the call can be repeated without harm"),
                }
            }
            Self::Unconfirmed(error) => {
                write_reason(*error, f)?;
                f.write_str(UNCONFIRMED)
            }
            Self::Stopped { has_left: false } => {
                f.write_str("the call was stopped before it was sent")
            }
            Self::Stopped { has_left: true } => {
                f.write_str("the call was stopped")?;
                f.write_str(UNCONFIRMED)
            }
            Self::Entropy(_) => {
                f.write_str("the source of randomness failed")?;
                f.write_str(UNCONFIRMED)
            }
        }
    }
}

const UNCONFIRMED: &str =
    "; it is not known whether Slack has done the call: check that before you repeat it";

/// Writes the reason of an error without its advice, which does not know of the outcome.
fn write_reason(error: CallError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let reason: &dyn fmt::Display = match &error {
        CallError::NotConnected(reason) | CallError::Disconnected(reason) => reason,
        CallError::TimedOut(timeout) => timeout,
        CallError::Response(error) => error,
        CallError::CannotRestart(_) | CallError::EarlyResponse | CallError::Sequence(_) => &error,
    };
    reason.fmt(f)
}

impl core::error::Error for CallFailure<'_> {}
