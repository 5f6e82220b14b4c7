//! The back-off: when to try again after a failure.

use crate::entropy::{Entropy, EntropyError};
use crate::pace::Pace;
use crate::time::{Duration, Instant};

/// The figures of a [`Backoff`]. Change the fields of [`DEFAULT`](Self::DEFAULT).
///
/// The first call of a client is not delayed at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct BackoffPolicy {
    /// The longest delay before the first retry.
    pub first: Duration,
    /// The longest delay of all, unless the server asks for more.
    pub cap: Duration,
    /// The age after `hello` at which a session counts as stable: the delays start again after it.
    pub stable: Duration,
    /// The steady interval between calls of the URL method.
    pub call_interval: Duration,
    /// The calls that are allowed at once before that interval applies.
    pub call_burst: u16,
}

impl BackoffPolicy {
    /// First delay up to 2 s, doubled up to 60 s, started again after a stable minute; one call a
    /// minute after a burst of three, as in Slack's rate limit Tier 1.
    pub const DEFAULT: Self = Self {
        first: Duration::from_secs(2),
        cap: Duration::from_secs(60),
        stable: Duration::from_secs(60),
        call_interval: Duration::from_secs(60),
        call_burst: 3,
    };
}

impl Default for BackoffPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How fast to retry after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Urgency {
    /// Usually temporary: the delay grows from attempt to attempt.
    Normal,
    /// Needs human action: retry at the maximum delay.
    Slow,
}

/// Decides when the next attempt is due: jittered exponential delays, `Retry-After`, and the rate
/// limit of the Web API.
///
/// Every delay is drawn from the upper three quarters of its window, so that clients which lost
/// their link in the same second do not come back in the same second. A call that the rate limit
/// holds back is spread over a quarter of the interval of calls. The window doubles from
/// failure to failure and returns to the first one only after a session has been stable: a
/// server that accepts and drops is a failing server.
///
/// ```
/// use slack_rtm::backoff::{Backoff, BackoffPolicy, Urgency};
/// use slack_rtm::entropy::{EntropyError, from_fn};
/// use slack_rtm::time::{Duration, Instant};
///
/// let mut random = from_fn(|out| {
///     out.fill(0x80); // a generator belongs here
///     Ok(())
/// });
/// let mut backoff = Backoff::new(BackoffPolicy::DEFAULT);
/// let now = Instant::from_millis(0);
/// let first = backoff.failed(now, Duration::ZERO, Urgency::Normal, &mut random)?;
/// let second = backoff.failed(now, Duration::ZERO, Urgency::Normal, &mut random)?;
/// assert!(second > first, "the window doubles");
/// // `Retry-After: 90`, and a little more, so that not all clients come at once.
/// let third = backoff.failed(now, Duration::from_secs(90), Urgency::Normal, &mut random)?;
/// assert!(third >= Instant::from_millis(90_000));
/// # Ok::<(), EntropyError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    stable: Duration,
    window: Duration,
    calls: Pace,
    /// The time over which calls that the pace holds back are spread.
    call_spread: Duration,
    /// When the session begins to count as stable; `MAX` if there is none.
    stable_at: Instant,
    is_held_back: bool,
}

impl Backoff {
    /// Creates a back-off without failures, with the whole allowance of calls.
    pub const fn new(policy: BackoffPolicy) -> Self {
        Self {
            first: policy.first,
            cap: policy.cap,
            stable: policy.stable,
            window: policy.first,
            calls: Pace::new(policy.call_interval, policy.call_burst),
            call_spread: policy.call_interval.quarter(),
            stable_at: Instant::MAX,
            is_held_back: false,
        }
    }

    /// Records a call of the URL method.
    pub fn called(&mut self, now: Instant) {
        self.calls.take(now);
    }

    /// Returns when the allowance of calls permits the next one.
    pub fn ready_at(&self) -> Instant {
        self.calls.ready_at()
    }

    /// Returns whether the allowance of calls decided the time that [`failed`](Self::failed)
    /// returned last: the delay alone would have ended sooner.
    pub const fn is_held_back(&self) -> bool {
        self.is_held_back
    }

    /// Records that a session began with `hello`.
    pub fn session_opened(&mut self, now: Instant) {
        self.stable_at = now + self.stable;
    }

    /// Records a failure at `now` and returns when the next attempt is due: not before the jittered
    /// delay, not before `at_least` (a `Retry-After`) has passed, not before the allowance of calls
    /// permits it, and then up to a quarter of their interval later.
    ///
    /// # Errors
    /// [`EntropyError`] if there is no randomness for the jitter; nothing has changed then.
    pub fn failed(
        &mut self,
        now: Instant,
        at_least: Duration,
        urgency: Urgency,
        entropy: &mut dyn Entropy,
    ) -> Result<Instant, EntropyError> {
        let (mut random, mut more) = ([0; 4], [0; 4]);
        entropy.fill(&mut random)?;
        entropy.fill(&mut more)?;
        let random = u32::from_le_bytes(random);
        let window = match urgency {
            Urgency::Slow => self.cap,
            Urgency::Normal if now >= self.stable_at => self.first,
            Urgency::Normal => self.window,
        };
        let window = window.min(self.cap);
        let quarter = window.quarter();
        let mut delay = quarter + (window - quarter).fraction(random);
        // Clients that received the same Retry-After must not come back in the same instant either.
        if at_least > Duration::ZERO {
            delay = delay.max(at_least + self.first.fraction(random));
        }
        self.stable_at = Instant::MAX;
        self.window = (window * 2).min(self.cap);
        let ready_at = self.calls.ready_at();
        // Clients that used up their allowance together must not come back together either. A short
        // delay has a small `random`, so another number spreads them.
        self.is_held_back = now + delay < ready_at;
        Ok(if self.is_held_back {
            ready_at + self.call_spread.fraction(u32::from_le_bytes(more))
        } else {
            now + delay
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, BackoffPolicy, Urgency};
    use crate::entropy::{Entropy, EntropyError, from_fn};
    use crate::time::{Duration, Instant};

    /// A source of one byte.
    #[derive(Clone, Copy)]
    struct Constant(u8);

    impl Entropy for Constant {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
            out.fill(self.0);
            Ok(())
        }
    }

    const LEAST: Constant = Constant(0);
    const MOST: Constant = Constant(0xFF);
    const NO_LIMIT: BackoffPolicy = BackoffPolicy {
        call_interval: Duration::ZERO,
        ..BackoffPolicy::DEFAULT
    };

    fn delays(entropy: Constant) -> std::vec::Vec<u64> {
        let mut backoff = Backoff::new(NO_LIMIT);
        let now = Instant::from_millis(1_000_000);
        (0..8)
            .map(|_| {
                let at = backoff
                    .failed(now, Duration::ZERO, Urgency::Normal, &mut { entropy })
                    .unwrap();
                (at - now).as_millis()
            })
            .collect()
    }

    #[test]
    fn delays_double_to_the_cap_and_are_jittered() {
        let least = [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000];
        assert_eq!(delays(LEAST), least);
        let most = [1999, 3999, 7999, 15_999, 31_999, 59_999, 59_999, 59_999];
        assert_eq!(delays(MOST), most);
    }

    /// A server that accepts and drops is a failing server.
    #[test]
    fn only_a_stable_session_starts_the_delays_anew() {
        let mut backoff = Backoff::new(NO_LIMIT);
        let mut now = Instant::from_millis(0);
        let fail = |backoff: &mut Backoff, now: Instant| {
            let at = backoff
                .failed(now, Duration::ZERO, Urgency::Normal, &mut { MOST })
                .unwrap();
            (at - now).as_millis()
        };
        assert_eq!(fail(&mut backoff, now), 1999);
        backoff.session_opened(now);
        now += Duration::from_millis(59_999);
        assert_eq!(fail(&mut backoff, now), 3999, "open, not yet stable");
        backoff.session_opened(now);
        now += Duration::from_millis(60_000);
        assert_eq!(fail(&mut backoff, now), 1999, "a stable minute");
    }

    /// Many clients receive the same 58 s at once.
    #[test]
    fn never_before_retry_after_and_not_all_at_once() {
        let now = Instant::from_millis(77);
        for (entropy, expected) in [(LEAST, 58_000), (MOST, 59_999)] {
            let mut backoff = Backoff::new(NO_LIMIT);
            let at = backoff
                .failed(now, Duration::from_secs(58), Urgency::Normal, &mut {
                    entropy
                })
                .unwrap();
            assert_eq!((at - now).as_millis(), expected);
        }
    }

    /// Slack's Tier 1: about one call a minute and method, with a small burst.
    #[test]
    fn the_allowance_of_calls_holds_whatever_fails() {
        let mut backoff = Backoff::new(BackoffPolicy::DEFAULT);
        let mut now = Instant::from_millis(0);
        let mut calls = std::vec::Vec::new();
        for _ in 0..8 {
            backoff.called(now);
            calls.push(now);
            backoff.session_opened(now);
            now = backoff
                .failed(now, Duration::ZERO, Urgency::Normal, &mut { LEAST })
                .unwrap();
        }
        assert!(backoff.is_held_back());
        // A longer delay is not that of the allowance.
        let minutes = Duration::from_secs(300);
        assert!(
            backoff
                .failed(now, minutes, Urgency::Normal, &mut { LEAST })
                .is_ok()
        );
        assert!(!backoff.is_held_back());
        for pair in calls.windows(4) {
            assert!(
                pair[3] - pair[0] >= Duration::from_millis(58_000),
                "{calls:?}"
            );
        }
        let all = calls[7] - calls[0];
        assert!(all >= Duration::from_secs(5 * 60), "{all:?}");
    }

    #[test]
    fn slow_failures_wait_the_cap_at_once_and_a_failing_source_changes_nothing() {
        let mut backoff = Backoff::new(NO_LIMIT);
        let now = Instant::from_millis(0);
        let broken = &mut from_fn(|_| Err(EntropyError));
        assert_eq!(
            backoff.failed(now, Duration::ZERO, Urgency::Slow, broken),
            Err(EntropyError)
        );
        let at = backoff.failed(now, Duration::ZERO, Urgency::Slow, &mut { LEAST });
        assert_eq!(at, Ok(Instant::from_millis(15_000)));
    }

    /// Clients that lose their link in the same instant, every 20 s: the delays spread them, and
    /// from the fourth call on the allowance of calls.
    #[test]
    fn a_thousand_clients_that_fail_together_come_back_spread() {
        const CLIENTS: usize = 1000;
        let mut calls = std::collections::BTreeMap::new();
        let mut held_back = std::collections::BTreeMap::new();
        for client in 0..CLIENTS as u64 {
            let mut state = client.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let mut random = from_fn(|out: &mut [u8]| {
                for byte in out {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    *byte = (state >> 32) as u8;
                }
                Ok(())
            });
            let mut backoff = Backoff::new(BackoffPolicy::DEFAULT);
            backoff.called(Instant::from_millis(0));
            let mut next_call = None;
            for loss in 1..=30 {
                let now = Instant::from_millis(loss * 20_000);
                // A client that is not back yet has no link to lose.
                if next_call.is_some_and(|at| at > now) {
                    continue;
                }
                let ready_at = backoff.ready_at();
                let at = backoff
                    .failed(now, Duration::ZERO, Urgency::Normal, &mut random)
                    .unwrap();
                let seconds = if at > ready_at && ready_at > now {
                    &mut held_back
                } else {
                    &mut calls
                };
                *seconds.entry(at.as_millis() / 1000).or_insert(0) += 1;
                backoff.called(at);
                next_call = Some(at);
            }
        }
        // The first window is 2 s, of which the upper three quarters are used.
        let most = calls.values().max().unwrap();
        assert!(*most <= CLIENTS * 3 / 4, "{calls:?}");
        assert!(held_back.values().sum::<usize>() > CLIENTS * 3);
        let most = held_back.values().max().unwrap();
        assert!(*most <= CLIENTS / 10, "{held_back:?}");
    }
}
