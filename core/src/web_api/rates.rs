//! Rate limits of the Web API: when a call of a method, or to a channel, is allowed again.

use super::method::MethodInfo;
use super::rate::Rate;
use crate::parse::fnv1a;
use crate::time::Instant;

/// Memory for one rate limit that is in force: of a method, or of a method in one channel.
///
/// Lend as many as methods and channels are used within a minute. If all of them are in force, a
/// call of another method waits until the first one ends.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RateSlot {
    key: RateKey,
    /// The instant at which the calls so far are used up at the steady rate. The slot is free after
    /// it.
    used_until: Instant,
}

impl RateSlot {
    /// A slot without a limit in force.
    pub const FREE: Self = Self {
        key: RateKey(0),
        used_until: Instant::from_millis(0),
    };
}

impl Default for RateSlot {
    fn default() -> Self {
        Self::FREE
    }
}

/// The subject of a rate limit, as a hash. Two subjects with one hash share a limit: they
/// wait longer than they have to, and never less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct RateKey(u32);

impl RateKey {
    /// Creates the key of a method, or of a method in a channel.
    pub(crate) fn new(method: &str, channel: Option<&str>) -> Self {
        let channel = channel.map_or(0, |channel| fnv1a(channel).rotate_left(1));
        Self(fnv1a(method) ^ channel)
    }
}

/// The rate limits that are in force, in lent memory.
///
/// Each is the generic cell rate algorithm, as in [`Pace`](crate::pace::Pace).
#[derive(Debug)]
pub(crate) struct Rates<'m>(pub(crate) &'m mut [RateSlot]);

impl Rates<'_> {
    /// Returns when the next call of this subject is allowed; an instant not later than `now` means
    /// at once.
    pub(crate) fn ready_at(&self, key: RateKey, rate: Rate, now: Instant) -> Instant {
        let mut earliest = Instant::MAX;
        let mut has_room = false;
        for slot in self.0.iter() {
            if slot.used_until <= now {
                has_room = true;
            } else if slot.key == key {
                return slot.used_until - rate.ahead();
            } else {
                earliest = earliest.min(slot.used_until);
            }
        }
        match has_room || self.0.is_empty() {
            true => now,
            false => earliest,
        }
    }

    /// Returns when a call with these properties is allowed: by the rate of its subject, and by a
    /// `Retry-After` of its method.
    pub(crate) fn call_at(&self, info: &MethodInfo<'_>, now: Instant) -> Instant {
        let key = RateKey::new(info.name, info.channel);
        let method = RateKey::new(info.name, None);
        let held = self.held_until(method, info.rate, now);
        self.ready_at(key, info.rate, now)
            .max(held.unwrap_or_default())
    }

    /// Returns the instant until which a subject is held back, if it has a slot.
    pub(crate) fn held_until(&self, key: RateKey, rate: Rate, now: Instant) -> Option<Instant> {
        let slots = self.0.iter();
        let own = slots.filter(|slot| slot.key == key && slot.used_until > now);
        let used_until = own.map(|slot| slot.used_until).max()?;
        Some(used_until - rate.ahead())
    }

    /// Records a call.
    pub(crate) fn take(&mut self, key: RateKey, rate: Rate, now: Instant) {
        if let Some(slot) = self.slot(key, now) {
            slot.used_until = slot.used_until.max(now) + rate.interval;
        }
    }

    /// Records that a call has ended: it may have reached the server as late as now.
    pub(crate) fn ended(&mut self, key: RateKey, rate: Rate, now: Instant) {
        if let Some(slot) = self.slot(key, now) {
            slot.used_until = slot.used_until.max(now + rate.interval);
        }
    }

    /// Allows no call of `key` before `until`, and no burst then. `call` is the subject of the call
    /// that has just ended: its slot is used, so that no other limit loses its own.
    pub(crate) fn hold_until(
        &mut self,
        call: RateKey,
        key: RateKey,
        rate: Rate,
        until: Instant,
        now: Instant,
    ) {
        if let Some(slot) = self.slot(call, now) {
            slot.key = key;
            slot.used_until = slot.used_until.max(until + rate.ahead());
        }
    }

    /// Returns the slot of this subject, or takes one for it: a free one, or else the one that is
    /// free first.
    fn slot(&mut self, key: RateKey, now: Instant) -> Option<&mut RateSlot> {
        let is_own = |slot: &RateSlot| slot.key == key && slot.used_until > now;
        let at = match self.0.iter().position(is_own) {
            Some(at) => at,
            None => {
                let slots = self.0.iter().enumerate();
                let (at, _) = slots.min_by_key(|(_, slot)| slot.used_until)?;
                if let Some(slot) = self.0.get_mut(at) {
                    *slot = RateSlot {
                        key,
                        used_until: now,
                    };
                }
                at
            }
        };
        self.0.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::{Rate, RateKey, RateSlot, Rates};
    use crate::time::{Duration, Instant};

    const SECOND: Duration = Duration::from_secs(1);

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn post(channel: &str) -> RateKey {
        RateKey::new("chat.postMessage", Some(channel))
    }

    #[test]
    fn a_channel_has_a_burst_and_then_one_post_a_second() {
        let mut slots = [RateSlot::FREE; 2];
        let mut rates = Rates(&mut slots);
        let now = at(10_000);
        for _ in 0..3 {
            assert!(rates.ready_at(post("C1"), Rate::POST, now) <= now);
            rates.take(post("C1"), Rate::POST, now);
        }
        assert_eq!(rates.ready_at(post("C1"), Rate::POST, now), now + SECOND);
        // Another channel has a limit of its own.
        assert_eq!(rates.ready_at(post("C2"), Rate::POST, now), now);
    }

    #[test]
    fn a_full_table_means_waiting_for_the_first_slot_that_ends() {
        let mut slots = [RateSlot::FREE; 2];
        let mut rates = Rates(&mut slots);
        let now = at(10_000);
        rates.take(post("C1"), Rate::POST, now);
        rates.take(post("C2"), Rate::POST, now + SECOND);
        let ready_at = rates.ready_at(post("C3"), Rate::POST, now);
        assert_eq!(ready_at, now + SECOND);
        // A known one does not wait for a slot.
        assert!(rates.ready_at(post("C2"), Rate::POST, now) <= now);
        rates.take(post("C3"), Rate::POST, ready_at);
        assert_eq!(rates.ready_at(post("C1"), Rate::POST, ready_at), at(12_000));
    }

    #[test]
    fn retry_after_holds_back_one_method() {
        let mut slots = [RateSlot::FREE; 2];
        let mut rates = Rates(&mut slots);
        let (info, list) = (
            RateKey::new("users.info", None),
            RateKey::new("users.list", None),
        );
        let (now, until) = (at(10_000), at(40_000));
        rates.hold_until(info, info, Rate::TIER_4, until, now);
        assert_eq!(rates.ready_at(info, Rate::TIER_4, now), until);
        rates.take(info, Rate::TIER_4, until);
        assert_eq!(
            rates.ready_at(info, Rate::TIER_4, until),
            until + Rate::TIER_4.interval
        );
        assert_eq!(rates.ready_at(list, Rate::TIER_2, now), now);
    }

    #[test]
    fn without_slots_nothing_waits() {
        let mut rates = Rates(&mut []);
        let now = at(10_000);
        rates.take(post("C1"), Rate::POST, now);
        rates.hold_until(post("C1"), post("C1"), Rate::POST, at(90_000), now);
        assert_eq!(rates.ready_at(post("C1"), Rate::POST, now), now);
    }

    #[test]
    fn keys_separate_method_and_channel() {
        let keys = [
            RateKey::new("a", None),
            RateKey::new("a", Some("b")),
            RateKey::new("ab", None),
            RateKey::new("a", Some("")),
            RateKey::new("b", Some("a")),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{index}");
        }
    }

    /// Whatever the number of slots, no subject is called faster than its rate allows.
    #[test]
    fn no_subject_exceeds_its_rate() {
        for count in 1..6 {
            let mut slots = [RateSlot::FREE; 6];
            let mut rates = Rates(&mut slots[..count]);
            let mut calls = [const { std::vec::Vec::<u64>::new() }; 5];
            let mut random = 7_u32;
            let mut now = at(1000);
            for _ in 0..4000 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let subject = (random >> 16) as usize % calls.len();
                let key = RateKey::new("m", Some(["a", "b", "c", "d", "e"][subject]));
                now = now.max(rates.ready_at(key, Rate::POST, now));
                rates.take(key, Rate::POST, now);
                calls[subject].push(now.as_millis());
                now += Duration::from_millis(u64::from(random >> 24));
            }
            for times in calls {
                for window in times.windows(5) {
                    // Three at once, then one a second: five take two seconds at least.
                    assert!(window[4] - window[0] >= 2000, "{count}: {window:?}");
                }
            }
        }
    }
}
