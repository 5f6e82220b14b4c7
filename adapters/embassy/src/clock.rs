//! Clocks: the present time, and waiting for an instant.

use slack_rtm::time::Instant;

/// A monotonic clock with an alarm.
pub trait Clock {
    /// Returns the present instant.
    fn now(&self) -> Instant;

    /// Waits until `at`, or not at all if that has passed. The future may be dropped at any moment.
    async fn wait_until(&self, at: Instant);
}

impl<C: Clock> Clock for &C {
    fn now(&self) -> Instant {
        C::now(self)
    }

    async fn wait_until(&self, at: Instant) {
        C::wait_until(self, at).await;
    }
}

/// The clock of embassy-time.
#[cfg(feature = "embassy-time")]
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EmbassyClock;

#[cfg(feature = "embassy-time")]
impl Clock for EmbassyClock {
    fn now(&self) -> Instant {
        embassy_time::Instant::now().into()
    }

    async fn wait_until(&self, at: Instant) {
        embassy_time::Timer::at(at.into()).await;
    }
}
