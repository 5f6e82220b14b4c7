//! The delay before the next attempt, by the reason why the last one ended.

use super::dialect::Dialect;
use super::error::PeerError;
use super::reason::ReconnectReason;
use crate::backoff::Urgency;
use crate::link::DisconnectReason;
use crate::time::Duration;
use crate::web_api::Remedy;

/// The longest `Retry-After` that is followed: a longer one is most likely not from Slack.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Returns the least delay after an attempt that ended for `reason`, and how fast to retry.
///
/// `retry_after` is that of the last response, or zero.
pub(super) fn delay<D: Dialect>(
    reason: &ReconnectReason<'_>,
    retry_after: Duration,
) -> (Duration, Urgency) {
    let urgency = match reason {
        ReconnectReason::Disconnected(DisconnectReason::Untrusted)
        | ReconnectReason::Resource(_)
        | ReconnectReason::Peer(PeerError::SocketUrl(_)) => Urgency::Slow,
        ReconnectReason::Refused(code) if code.remedy() == Remedy::RetrySlowly => Urgency::Slow,
        _ => Urgency::Normal,
    };
    let at_least = match *reason {
        ReconnectReason::Status { retry_after, .. } => retry_after,
        _ => retry_after.max(D::delay(reason)),
    };
    (at_least.min(MAX_RETRY_AFTER), urgency)
}
