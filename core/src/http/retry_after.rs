//! The value of `Retry-After` (RFC 9110 section 10.2.3).

use crate::parse;
use crate::time::Duration;

/// Parses a delay in seconds; one that is too long for [`Duration`] saturates.
///
/// Returns `None` for the other form, a date, which needs a clock.
pub(crate) fn delay_seconds(value: &[u8]) -> Option<Duration> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    is_number.then(|| Duration::from_secs(parse::decimal(value).unwrap_or(u64::MAX)))
}
