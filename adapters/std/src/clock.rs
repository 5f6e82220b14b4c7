//! The monotonic clock: milliseconds since its creation.

use slack_rtm::time::Instant;
use std::time;

/// A monotonic clock that counts milliseconds from zero.
///
/// It is based on [`std::time::Instant`]: setting the system time does not change it. Copies return
/// the same time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: time::Instant,
}

impl Clock {
    /// Creates a clock that starts at zero now.
    pub fn new() -> Self {
        Self {
            start: time::Instant::now(),
        }
    }

    /// Returns the present instant: whole milliseconds since the start.
    pub fn now(&self) -> Instant {
        let elapsed = self.start.elapsed().as_millis();
        Instant::from_millis(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    /// Returns the time that remains until `until`, to the nanosecond.
    ///
    /// It is zero if `until` has passed. It is `None`, which means no limit, for [`Instant::MAX`]
    /// and for an instant that [`std::time::Instant`] cannot represent.
    pub fn remaining(&self, until: Instant) -> Option<time::Duration> {
        if until == Instant::MAX {
            return None;
        }
        let until = time::Duration::from_millis(until.as_millis());
        let end = self.start.checked_add(until)?;
        Some(end.saturating_duration_since(time::Instant::now()))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use slack_rtm::time::{Duration, Instant};

    #[test]
    fn a_wait_of_the_remaining_time_ends_at_or_after_the_deadline() {
        let clock = Clock::new();
        for span in [1, 7, 20] {
            let until = clock.now() + Duration::from_millis(span);
            std::thread::sleep(clock.remaining(until).unwrap());
            assert!(clock.now() >= until);
        }
    }

    #[test]
    fn the_past_leaves_nothing_and_the_far_future_no_end() {
        let clock = Clock::new();
        assert!(clock.remaining(Instant::from_millis(0)).unwrap().is_zero());
        assert_eq!(clock.remaining(Instant::MAX), None);
    }
}
