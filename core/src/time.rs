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
    /// An instant that `embassy-time` cannot represent becomes [`embassy_time::Instant::MAX`].
    fn from(at: Instant) -> Self {
        Self::try_from_millis(at.as_millis()).unwrap_or(Self::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant};

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
