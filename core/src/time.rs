//! Time as the caller supplies it: milliseconds since any start. The core never reads a clock.

use core::ops::{Add, AddAssign, Div, Mul, Sub, SubAssign};

/// A point in time: milliseconds since a start that the caller chose, such as boot.
///
/// Arithmetic saturates: the result is never before the caller's start of time and never after
/// [`MAX`](Self::MAX). The state machines treat an instant earlier than the latest one they have
/// seen as that latest one, so a clock that jumps back delays timers but never confuses them.
///
/// ```
/// use slack_rtm::time::{Duration, Instant};
///
/// let now = Instant::from_millis(1_500); // such as a timer's ticks since boot
/// let until = now + Duration::from_secs(2);
/// assert_eq!(until.as_millis(), 3_500);
/// assert_eq!(until - now, Duration::from_secs(2));
/// assert_eq!(now - until, Duration::ZERO, "never negative");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant(u64);

/// A span of time in whole milliseconds, at most [`MAX`](Self::MAX). Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Duration(u32);

impl Instant {
    /// The latest instant, used for "never".
    pub const MAX: Self = Self(u64::MAX);

    /// Creates the instant `milliseconds` after the caller's start of time.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// Returns the milliseconds since the caller's start of time.
    pub const fn as_millis(self) -> u64 {
        self.0
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[inline(never)] // saturating 64-bit arithmetic is long on a 32-bit processor
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::from(span.0)))
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    #[inline(never)] // likewise
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::from(span.0)))
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// Returns the time from `earlier` to this instant; zero if `earlier` is later.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The longest span, about 49 days. Longer spans are shortened to it.
    pub const MAX: Self = Self(u32::MAX);

    /// Creates a span of `milliseconds`.
    pub const fn from_millis(milliseconds: u64) -> Self {
        if milliseconds > u32::MAX as u64 {
            Self::MAX
        } else {
            Self(milliseconds as u32)
        }
    }

    /// Creates a span of `seconds`.
    pub const fn from_secs(seconds: u64) -> Self {
        if seconds > u32::MAX as u64 / 1000 {
            Self::MAX
        } else {
            Self(seconds as u32 * 1000)
        }
    }

    /// Returns this span in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0 as u64
    }

    /// Returns this span in whole seconds, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 as u64 / 1000
    }

    /// Returns this span `factor` times, as `*` does, in constants.
    pub(crate) const fn saturating_mul(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// Returns a quarter of this span, rounded down.
    pub(crate) const fn quarter(self) -> Self {
        Self(self.0 >> 2)
    }

    /// Returns `numerator` / 2^32 of this span.
    pub(crate) const fn fraction(self, numerator: u32) -> Self {
        Self(((self.0 as u64 * numerator as u64) >> 32) as u32)
    }
}

impl Add for Duration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Duration {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<u32> for Duration {
    type Output = Self;

    fn mul(self, factor: u32) -> Self {
        self.saturating_mul(factor)
    }
}

impl Div<u32> for Duration {
    type Output = Self;

    /// Rounds down to whole milliseconds; a division by zero gives [`MAX`](Self::MAX).
    fn div(self, divisor: u32) -> Self {
        self.0.checked_div(divisor).map_or(Self::MAX, Self)
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Duration {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, span: Duration) {
        *self = *self - span;
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl From<core::time::Duration> for Duration {
    /// Rounds down to whole milliseconds.
    fn from(span: core::time::Duration) -> Self {
        Self::from_millis(
            span.as_secs()
                .saturating_mul(1000)
                .saturating_add(u64::from(span.subsec_millis())),
        )
    }
}

impl From<Duration> for core::time::Duration {
    fn from(span: Duration) -> Self {
        Self::from_millis(span.as_millis())
    }
}

/// Extends a counter of milliseconds with 32 bits, which wraps around every 49.7 days, to an
/// [`Instant`] that does not.
///
/// Call [`widen`](Self::widen) at least once in 49 days. A program that polls a client does so far
/// more often.
///
/// ```
/// use slack_rtm::time::{Instant, WideningClock};
///
/// let mut clock = WideningClock::new();
/// assert_eq!(clock.widen(0xFFFF_FFF0), Instant::from_millis(0xFFFF_FFF0));
/// // The counter of the hardware wrapped around.
/// assert_eq!(clock.widen(0x10), Instant::from_millis(0x1_0000_0010));
/// ```
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct WideningClock {
    /// The latest instant.
    now: u64,
}

impl WideningClock {
    /// Creates a clock whose counter has not wrapped around.
    pub const fn new() -> Self {
        Self { now: 0 }
    }

    /// Returns the instant at which the counter is `counter`: the next one after the latest.
    pub fn widen(&mut self, counter: u32) -> Instant {
        let passed = counter.wrapping_sub(self.now as u32);
        self.now = self.now.saturating_add(u64::from(passed));
        Instant(self.now)
    }
}

#[cfg(feature = "embassy-time")]
impl From<embassy_time::Duration> for Duration {
    /// Rounds down to whole milliseconds.
    fn from(span: embassy_time::Duration) -> Self {
        Self::from_millis(span.as_millis())
    }
}

#[cfg(feature = "embassy-time")]
impl From<Duration> for embassy_time::Duration {
    fn from(span: Duration) -> Self {
        Self::from_millis(span.as_millis())
    }
}

#[cfg(feature = "embassy-time")]
impl From<embassy_time::Instant> for Instant {
    /// Rounds down to whole milliseconds.
    fn from(at: embassy_time::Instant) -> Self {
        Self::from_millis(at.as_millis())
    }
}

#[cfg(feature = "embassy-time")]
impl From<Instant> for embassy_time::Instant {
    /// Rounds up to whole ticks, so that a timer does not expire before `at`. An instant that
    /// `embassy-time` cannot represent becomes [`embassy_time::Instant::MAX`].
    fn from(at: Instant) -> Self {
        match Self::try_from_millis(at.as_millis()) {
            Some(floor) if floor.as_millis() < at.as_millis() => {
                Self::from_ticks(floor.as_ticks() + 1)
            }
            Some(exact) => exact,
            None => Self::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, WideningClock};

    #[test]
    fn a_counter_that_wraps_around_gives_instants_that_do_not() {
        let (mut clock, mut expected) = (WideningClock::new(), 0_u64);
        for step in [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFE, 5, 0xFFFF_FFFF, 0] {
            expected += step;
            let counter = expected as u32;
            assert_eq!(clock.widen(counter), Instant::from_millis(expected));
        }
        assert!(expected > 2 * u64::from(u32::MAX));
    }

    #[cfg(feature = "embassy-time")]
    #[test]
    fn converts_to_and_from_embassy_time() {
        let span = embassy_time::Duration::from_micros(2_345_999);
        assert_eq!(Duration::from(span).as_millis(), 2345);
        let span = embassy_time::Duration::from(Duration::from_millis(2345));
        assert_eq!(span.as_millis(), 2345);
        let at = embassy_time::Instant::from(Instant::from_millis(7));
        assert_eq!(Instant::from(at), Instant::from_millis(7));
        let never = embassy_time::Instant::from(Instant::MAX);
        assert_eq!(never, embassy_time::Instant::MAX);
    }

    /// Run it also where a tick is no whole number of milliseconds:
    /// `--features embassy-time,embassy-time/tick-hz-32_768`.
    #[cfg(feature = "embassy-time")]
    #[test]
    fn a_timer_of_embassy_time_does_not_expire_early() {
        let tick = embassy_time::Duration::from_ticks(1);
        for at in (1..2_000).map(Instant::from_millis) {
            let timer = embassy_time::Instant::from(at);
            assert!(Instant::from(timer) >= at, "{at:?}");
            assert!(
                Instant::from(timer - tick) < at,
                "{at:?}: later than necessary"
            );
        }
    }

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let early = Instant::from_millis(5);
        let late = Instant::from_millis(9);
        assert_eq!(late - early, Duration::from_millis(4));
        assert_eq!(early - late, Duration::ZERO);
        assert_eq!(early - Duration::from_millis(6), Instant::from_millis(0));
        assert_eq!(Instant::MAX + Duration::from_secs(1), Instant::MAX);
        assert_eq!(Instant::MAX - early, Duration::MAX);
        assert_eq!(Duration::from_secs(u64::MAX), Duration::MAX);
        assert_eq!(Duration::MAX + Duration::from_millis(1), Duration::MAX);
        assert_eq!(Duration::ZERO - Duration::from_millis(1), Duration::ZERO);
        assert_eq!(Duration::MAX * 2, Duration::MAX);
        assert_eq!(Duration::from_millis(7) / 2, Duration::from_millis(3));
        assert_eq!(Duration::from_millis(7) / 0, Duration::MAX);
        assert_eq!(Duration::from_millis(2_999).as_secs(), 2);
        let (mut at, mut span) = (late, Duration::from_millis(3));
        at -= span;
        span += Duration::from_millis(1);
        span -= Duration::from_millis(9);
        assert_eq!((at.as_millis(), span), (6, Duration::ZERO));
        let longest = u64::from(u32::MAX);
        assert_eq!(Duration::from_millis(longest).as_millis(), longest);
        assert_eq!(Duration::from_millis(longest + 1).as_millis(), longest);
    }

    #[test]
    fn converts_to_and_from_the_standard_duration() {
        let standard = core::time::Duration::new(2, 345_999_999);
        assert_eq!(Duration::from(standard).as_millis(), 2345);
        assert_eq!(
            core::time::Duration::from(Duration::from_millis(2345)),
            core::time::Duration::from_millis(2345)
        );
    }
}
