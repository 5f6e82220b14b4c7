//! Time as the caller tells it: milliseconds since any start. The core never reads a clock.

/// A point in time: milliseconds since any start that the caller chose, such as boot.
///
/// The layers treat an instant earlier than the latest one they have seen as that latest one,
/// so a clock that jumps back delays, but never confuses, what is due.
///
/// ```
/// use slack_rtm::time::{Duration, Instant};
///
/// let now = Instant::from_millis(1_500); // such as a timer's ticks since boot
/// let until = now.after(Duration::from_secs(2));
/// assert_eq!(until.as_millis(), 3_500);
/// assert_eq!(now.since(until), Duration::ZERO, "never negative");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant(u64);

/// A span of time in whole milliseconds, at most [`LONGEST`](Self::LONGEST).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Duration(u32);

impl Instant {
    /// An instant further away than any device will live.
    pub const FAR_FUTURE: Self = Self(u64::MAX);

    /// The instant that lies `milliseconds` after the caller's start of time.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the caller's start of time.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This instant and `span` more; at most [`FAR_FUTURE`](Self::FAR_FUTURE).
    #[inline(never)] // 64-bit arithmetic that saturates is long on a small processor
    pub const fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.0 as u64))
    }

    /// This instant and `span` less; at least the caller's start of time.
    #[inline(never)] // likewise
    pub const fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span.0 as u64))
    }

    /// The earlier of two.
    #[inline(never)] // likewise
    pub(crate) fn or_earlier(self, other: Self) -> Self {
        self.min(other)
    }

    /// The later of two.
    #[inline(never)] // likewise
    pub(crate) fn or_later(self, other: Self) -> Self {
        self.max(other)
    }

    /// How long after `earlier` this instant is; zero if it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The longest span, of 49 days: a longer one counts as this one.
    pub const LONGEST: Self = Self(u32::MAX);

    /// A span of `milliseconds`.
    pub const fn from_millis(milliseconds: u64) -> Self {
        if milliseconds > u32::MAX as u64 {
            Self::LONGEST
        } else {
            Self(milliseconds as u32)
        }
    }

    /// A span of `seconds`.
    pub const fn from_secs(seconds: u64) -> Self {
        if seconds > u32::MAX as u64 / 1000 {
            Self::LONGEST
        } else {
            Self(seconds as u32 * 1000)
        }
    }

    /// This span in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0 as u64
    }

    /// This span and another one.
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// A quarter of this span, and the rest of it.
    pub(crate) const fn quartered(self) -> (Self, Self) {
        let quarter = self.0 >> 2;
        (Self(quarter), Self(self.0 - quarter))
    }

    /// This span times `numerator` / 2^32.
    pub(crate) const fn fraction(self, numerator: u32) -> Self {
        Self(((self.0 as u64 * numerator as u64) >> 32) as u32)
    }

    /// This span `factor` times.
    pub(crate) const fn times(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(factor))
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

#[cfg(test)]
mod tests {
    use super::{Duration, Instant};

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let early = Instant::from_millis(5);
        let late = Instant::from_millis(9);
        assert_eq!(late.since(early), Duration::from_millis(4));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(
            Instant::FAR_FUTURE.after(Duration::from_secs(1)),
            Instant::FAR_FUTURE
        );
        assert_eq!(Duration::from_secs(u64::MAX), Duration::LONGEST);
        assert_eq!(Instant::FAR_FUTURE.since(early), Duration::LONGEST);
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
