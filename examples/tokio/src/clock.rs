//! The clock of tokio.

use slack_rtm::time::Instant;
use slack_rtm_embassy::clock::Clock;
use std::future::pending;
use std::time::Duration;
use tokio::time;

/// The clock of tokio. Copies share their start.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    start: time::Instant,
}

impl TokioClock {
    /// Starts a clock at 0.
    pub fn start() -> Self {
        Self {
            start: time::Instant::now(),
        }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        let millis = self.start.elapsed().as_millis();
        Instant::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    async fn wait_until(&self, at: Instant) {
        match self
            .start
            .checked_add(Duration::from_millis(at.as_millis()))
        {
            Some(at) => time::sleep_until(at).await,
            None => pending().await, // such as `Instant::MAX`
        }
    }
}
