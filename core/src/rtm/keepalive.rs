//! Noticing that a link is dead: a ping into silence, and a limit to the silence after it.

use crate::time::{Duration, Instant};

/// The figures of a [`Keepalive`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Policy {
    /// How long nothing may be heard before an RTM `ping` is sent.
    pub ping_after: Duration,
    /// How long after the ping still nothing may be heard before the link counts as dead.
    pub dead_after: Duration,
}

impl Policy {
    /// A ping after 30 s of silence, dead 15 s later.
    ///
    /// A dead link is noticed within 45 s at a cost of at most two small frames a minute. Slack's
    /// own client for Node.js asks after 6 s and gives up after another 4: it notices sooner,
    /// and keeps a radio awake five times as often.
    pub const DEFAULT: Self = Self {
        ping_after: Duration::from_secs(30),
        dead_after: Duration::from_secs(15),
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the silence calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing before this instant.
    NotBefore(Instant),
    /// A ping.
    Ping,
    /// The end of the link.
    Dead,
}

/// Watches for silence; any byte from the peer counts as life.
///
/// ```
/// use slack_rtm::rtm::keepalive::{Due, Keepalive, Policy};
/// use slack_rtm::time::Instant;
///
/// let at = Instant::from_millis;
/// let mut keepalive = Keepalive::new(Policy::DEFAULT, at(0));
/// assert_eq!(keepalive.due(at(29_999)), Due::NotBefore(at(30_000)));
/// assert_eq!(keepalive.due(at(30_000)), Due::Ping);
/// keepalive.asked(at(30_000));
/// assert_eq!(keepalive.due(at(45_000)), Due::Dead);
/// keepalive.heard(at(44_000)); // any byte counts
/// assert_eq!(keepalive.due(at(45_000)), Due::NotBefore(at(74_000)));
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Keepalive {
    policy: Policy,
    /// When the silence began: the last sign of life, or that it was asked for.
    since: Instant,
    asked: bool,
}

impl Keepalive {
    /// A link that lives at `now`.
    pub const fn new(policy: Policy, now: Instant) -> Self {
        Self {
            policy,
            since: now,
            asked: false,
        }
    }

    /// How long a link may show no sign of life once one was asked for.
    pub const fn patience(&self) -> Duration {
        self.policy.dead_after
    }

    /// Something came from the peer.
    pub fn heard(&mut self, now: Instant) {
        self.since = now;
        self.asked = false;
    }

    /// The ping that [`due`](Self::due) called for is owed from now on.
    ///
    /// The wait for an answer begins here, whether or not the ping can be queued at once: a send
    /// buffer that stays full is a dead link too.
    pub fn asked(&mut self, now: Instant) {
        self.since = now;
        self.asked = true;
    }

    /// What is due at `now`.
    ///
    /// A device that slept through everything asks first: it does not bury a link that lives.
    pub fn due(&self, now: Instant) -> Due {
        let at = self.due_at();
        match self.asked {
            _ if now < at => Due::NotBefore(at),
            true => Due::Dead,
            false => Due::Ping,
        }
    }

    /// When something is due at the earliest.
    pub fn due_at(&self) -> Instant {
        let silence = if self.asked {
            self.policy.dead_after
        } else {
            self.policy.ping_after
        };
        self.since + silence
    }
}

#[cfg(test)]
mod tests {
    use super::{Due, Keepalive, Policy};
    use crate::time::Instant;

    fn at(milliseconds: u64) -> Instant {
        Instant::from_millis(milliseconds)
    }

    /// What users of other clients complain about most: dead links that nobody notices.
    #[test]
    fn silence_is_met_by_a_ping_and_then_by_the_end() {
        let mut keepalive = Keepalive::new(Policy::DEFAULT, at(0));
        for (now, due) in [
            (0, Due::NotBefore(at(30_000))),
            (29_999, Due::NotBefore(at(30_000))),
            (30_000, Due::Ping),
        ] {
            assert_eq!(keepalive.due(at(now)), due, "at {now}");
        }
        keepalive.asked(at(30_000));
        assert_eq!(keepalive.due(at(30_000)), Due::NotBefore(at(45_000)));
        assert_eq!(keepalive.due(at(44_999)), Due::NotBefore(at(45_000)));
        assert_eq!(keepalive.due(at(45_000)), Due::Dead);
    }

    #[test]
    fn any_sign_of_life_starts_the_silence_anew() {
        let mut keepalive = Keepalive::new(Policy::DEFAULT, at(0));
        keepalive.asked(at(30_000));
        keepalive.heard(at(44_999));
        assert_eq!(keepalive.due(at(45_000)), Due::NotBefore(at(74_999)));
    }

    #[test]
    fn after_a_long_sleep_it_asks_before_it_gives_up() {
        let keepalive = Keepalive::new(Policy::DEFAULT, at(0));
        assert_eq!(keepalive.due(at(9_000_000)), Due::Ping);
    }
}
