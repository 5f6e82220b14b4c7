//! Detection of a dead link: a ping after silence, and a deadline after the ping.

use crate::time::{Duration, Instant};

/// Measures how long the peer has been silent; any byte from the peer ends the silence.
///
/// ```
/// use slack_rtm::keepalive::{Due, Keepalive, KeepalivePolicy};
/// use slack_rtm::time::Instant;
///
/// let at = Instant::from_millis;
/// let mut keepalive = Keepalive::new(KeepalivePolicy::DEFAULT, at(0));
/// assert_eq!(keepalive.due(at(29_999)), Due::NotBefore(at(30_000)));
/// assert_eq!(keepalive.due(at(30_000)), Due::Ping);
/// keepalive.pinged(at(30_000));
/// assert_eq!(keepalive.due(at(45_000)), Due::Dead);
/// keepalive.received(at(44_000)); // any byte counts
/// assert_eq!(keepalive.due(at(45_000)), Due::NotBefore(at(74_000)));
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Keepalive {
    policy: KeepalivePolicy,
    /// The latest of: bytes were received, a ping became due.
    since: Instant,
    /// Whether a ping became due after the last byte was received.
    pinged: bool,
}

impl Keepalive {
    /// Begins to watch a link that was established at `now`.
    pub const fn new(policy: KeepalivePolicy, now: Instant) -> Self {
        Self {
            policy,
            since: now,
            pinged: false,
        }
    }

    /// Returns the time after a ping in which the peer has to send something.
    pub const fn dead_after(&self) -> Duration {
        self.policy.dead_after
    }

    /// Notes that bytes were received from the peer.
    pub fn received(&mut self, now: Instant) {
        self.since = now;
        self.pinged = false;
    }

    /// Notes that the ping that [`due`](Self::due) asked for is sent, or queued for sending.
    ///
    /// The deadline for a reply begins here, even if there is no room for the ping yet: a send
    /// buffer that stays full is a sign of a dead link, too.
    pub fn pinged(&mut self, now: Instant) {
        self.since = now;
        self.pinged = true;
    }

    /// Returns what is due at `now`.
    ///
    /// After a clock jump a ping is sent first: the link is never declared dead without one.
    pub fn due(&self, now: Instant) -> Due {
        let at = self.due_at();
        match self.pinged {
            _ if now < at => Due::NotBefore(at),
            true => Due::Dead,
            false => Due::Ping,
        }
    }

    /// Returns the earliest instant at which a ping, or the end of the link, is due.
    pub fn due_at(&self) -> Instant {
        let silence = if self.pinged {
            self.policy.dead_after
        } else {
            self.policy.ping_after
        };
        self.since + silence
    }
}

/// The consequence of the silence so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Due {
    /// Nothing is due before this instant.
    NotBefore(Instant),
    /// A ping is to be sent.
    Ping,
    /// The link is dead and is to be dropped.
    Dead,
}

/// The limits of silence in a [`Keepalive`]. Change the fields of [`DEFAULT`](Self::DEFAULT).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct KeepalivePolicy {
    /// The silence after which a ping is sent: the command of RTM, or the frame of WebSocket in Socket
    /// Mode.
    pub ping_after: Duration,
    /// The silence after the ping that makes the link count as dead.
    pub dead_after: Duration,
}

impl KeepalivePolicy {
    /// A ping after 30 s of silence, dead 15 s later.
    ///
    /// A dead link is detected within 45 s, at the cost of at most two small frames a minute.
    /// Slack's own client for Node.js pings after 6 s and gives up after another 4: it detects a
    /// dead link earlier, and keeps a radio awake five times as often.
    pub const DEFAULT: Self = Self {
        ping_after: Duration::from_secs(30),
        dead_after: Duration::from_secs(15),
    };
}

impl Default for KeepalivePolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::{Due, Keepalive, KeepalivePolicy};
    use crate::time::Instant;

    fn at(milliseconds: u64) -> Instant {
        Instant::from_millis(milliseconds)
    }

    /// Dead links that are not detected are the most frequent complaint about other clients.
    #[test]
    fn silence_leads_to_a_ping_and_then_to_the_end() {
        let mut keepalive = Keepalive::new(KeepalivePolicy::DEFAULT, at(0));
        for (now, due) in [
            (0, Due::NotBefore(at(30_000))),
            (29_999, Due::NotBefore(at(30_000))),
            (30_000, Due::Ping),
        ] {
            assert_eq!(keepalive.due(at(now)), due, "at {now}");
        }
        keepalive.pinged(at(30_000));
        assert_eq!(keepalive.due(at(30_000)), Due::NotBefore(at(45_000)));
        assert_eq!(keepalive.due(at(44_999)), Due::NotBefore(at(45_000)));
        assert_eq!(keepalive.due(at(45_000)), Due::Dead);
    }

    #[test]
    fn any_received_byte_ends_the_silence() {
        let mut keepalive = Keepalive::new(KeepalivePolicy::DEFAULT, at(0));
        keepalive.pinged(at(30_000));
        keepalive.received(at(44_999));
        assert_eq!(keepalive.due(at(45_000)), Due::NotBefore(at(74_999)));
    }

    #[test]
    fn after_a_clock_jump_a_ping_comes_first() {
        let keepalive = Keepalive::new(KeepalivePolicy::DEFAULT, at(0));
        assert_eq!(keepalive.due(at(9_000_000)), Due::Ping);
    }
}
