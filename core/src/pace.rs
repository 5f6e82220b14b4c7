//! Rate limiting: actions at a steady rate with a small burst, on the caller's clock.

use crate::time::{Duration, Instant};

/// An allowance of one action per interval, of which a burst may be taken at once.
///
/// The generic cell rate algorithm: all its state is the instant at which the allowance taken so
/// far would have been used up at the steady rate.
///
/// ```
/// use slack_rtm::pace::Pace;
/// use slack_rtm::time::{Duration, Instant};
///
/// let mut pace = Pace::new(Duration::from_secs(1), 2);
/// let now = Instant::from_millis(10_000);
/// for _ in 0..2 {
///     assert!(pace.is_ready(now));
///     pace.take(now);
/// }
/// assert_eq!(pace.ready_at(), Instant::from_millis(11_000));
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pace {
    interval: Duration,
    /// The allowed lead over the steady rate: `(burst - 1) * interval`.
    ahead: Duration,
    used_until: Instant,
}

impl Pace {
    /// Allows one action per `interval`, and up to `burst` of them (at least one) without waiting.
    pub const fn new(interval: Duration, burst: u16) -> Self {
        Self {
            interval,
            ahead: interval.saturating_mul((burst as u32).saturating_sub(1)),
            used_until: Instant::from_millis(0),
        }
    }

    /// Returns when the next action is allowed; an instant not later than now means at once.
    pub fn ready_at(&self) -> Instant {
        self.used_until - self.ahead
    }

    /// Returns whether an action is allowed now.
    pub fn is_ready(&self, now: Instant) -> bool {
        self.ready_at() <= now
    }

    /// Records an action.
    pub fn take(&mut self, now: Instant) {
        self.used_until = self.used_until.max(now) + self.interval;
    }

    /// Allows no action before `until`, and no burst then.
    pub fn hold_until(&mut self, until: Instant) {
        self.used_until = self.used_until.max(until + self.ahead);
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::time::{Duration, Instant};

    /// Slack's limit on messages: one a second sustained, short bursts allowed.
    #[test]
    fn a_burst_and_then_the_steady_rate() {
        let mut pace = Pace::new(Duration::from_secs(1), 3);
        let mut now = Instant::from_millis(10_000);
        let mut taken = std::vec::Vec::new();
        while taken.len() < 6 {
            if pace.is_ready(now) {
                pace.take(now);
                taken.push(now.as_millis());
            }
            now += Duration::from_millis(100);
        }
        // Two intervals ahead at the most: three at once, as `now` moves 100 ms a step.
        assert_eq!(taken, [10_000, 10_100, 10_200, 11_000, 12_000, 13_000]);
    }

    #[test]
    fn an_idle_time_earns_no_more_than_the_burst() {
        let mut pace = Pace::new(Duration::from_secs(1), 2);
        let now = Instant::from_millis(1_000_000);
        pace.take(now);
        pace.take(now);
        assert!(!pace.is_ready(now));
        assert_eq!(pace.ready_at(), now + Duration::from_secs(1));
    }

    #[test]
    fn held_until_means_one_at_that_time() {
        let mut pace = Pace::new(Duration::from_secs(1), 5);
        let until = Instant::from_millis(9_000);
        pace.hold_until(until);
        assert_eq!(pace.ready_at(), until);
        pace.take(until);
        assert_eq!(pace.ready_at(), until + Duration::from_secs(1));
    }
}
