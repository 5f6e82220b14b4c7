//! The rate at which a method may be called.

use crate::time::Duration;

/// The rate of calls that Slack allows, and those that may be made at once before it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rate {
    /// The steady interval between two calls.
    pub interval: Duration,
    /// The calls that are allowed without waiting, at least one.
    pub burst: u16,
}

impl Rate {
    /// Tier 1: one call a minute, after a burst of three.
    pub const TIER_1: Self = Self::per_minute(1, 3);
    /// Tier 2: 20 calls a minute.
    pub const TIER_2: Self = Self::per_minute(20, 5);
    /// Tier 3: 50 calls a minute.
    pub const TIER_3: Self = Self::per_minute(50, 10);
    /// Tier 4: 100 calls a minute.
    pub const TIER_4: Self = Self::per_minute(100, 10);
    /// One call a second: posts to one channel.
    pub const POST: Self = Self::per_minute(60, 3);

    /// Ten calls a minute: changes of one profile.
    pub const PROFILE: Self = Self::per_minute(10, 3);

    const fn per_minute(calls: u32, burst: u16) -> Self {
        Self {
            interval: Duration::from_millis(60_000 / calls as u64),
            burst,
        }
    }

    /// The allowed lead over the steady rate.
    pub(crate) const fn ahead(self) -> Duration {
        self.interval
            .saturating_mul((self.burst as u32).saturating_sub(1))
    }
}
