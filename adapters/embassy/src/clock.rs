//! The time, asked for and waited for.

use slack_rtm::time::Instant;

/// A monotonic clock with an alarm.
pub trait Clock {
    /// Now, in milliseconds since any start.
    fn now(&self) -> Instant;

    /// Ready at `at`, or at once if that has passed. May be dropped at any moment.
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

/// embassy-time's clock.
#[cfg(feature = "embassy-net")]
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbassyClock;

#[cfg(feature = "embassy-net")]
impl Clock for EmbassyClock {
    fn now(&self) -> Instant {
        Instant::from_millis(embassy_time::Instant::now().as_millis())
    }

    async fn wait_until(&self, at: Instant) {
        let at = embassy_time::Instant::try_from_millis(at.as_millis())
            .unwrap_or(embassy_time::Instant::MAX);
        embassy_time::Timer::at(at).await;
    }
}
