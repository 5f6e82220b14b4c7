//! The messages of a channel that were handled, by their timestamps.

use std::collections::BTreeSet;

/// The number of handled messages that a fetch repeats: Slack promises no order, so the latest
/// message before a gap may have arrived before others.
const OVERLAP: usize = 20;

/// Decides for every message whether it is handled, whichever way it comes: over the socket, or with
/// the history. Timestamps are unique within a channel, and later ones are greater as text.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Every message up to this one was handled, or was posted before the start.
    floor: String,
    /// The later ones that were handled.
    handled: BTreeSet<String>,
    /// The number of gaps: times at which the link was lost.
    gaps: u32,
    /// Whether messages of the last gap may be missing yet.
    is_behind: bool,
}

impl Seen {
    /// Begins after the message `ts`; with `0` at the beginning of the channel.
    pub fn after(ts: &str) -> Self {
        Self {
            floor: ts.into(),
            handled: BTreeSet::new(),
            gaps: 0,
            // Messages may come before the first session.
            is_behind: true,
        }
    }

    /// Returns the timestamp from which the history must be fetched: every message that is not
    /// handled is later.
    pub fn oldest(&self) -> &str {
        &self.floor
    }

    /// Returns whether the message `ts` must be handled: `true` once, then `false`.
    pub fn take(&mut self, ts: &str) -> bool {
        let is_new = ts > self.floor.as_str() && self.handled.insert(ts.into());
        self.forget();
        is_new
    }

    /// Reports that the link was lost. Nothing is forgotten until the history was fetched.
    pub fn lose_link(&mut self) {
        self.gaps += 1;
        self.is_behind = true;
    }

    /// Returns the number of gaps so far, to be passed to [`catch_up`](Self::catch_up).
    pub fn gaps(&self) -> u32 {
        self.gaps
    }

    /// Reports that the whole history after [`oldest`](Self::oldest) was taken. The fetch began in a
    /// session, when there had been `gaps`. It does not count if the link was lost meanwhile.
    pub fn catch_up(&mut self, gaps: u32) {
        if gaps == self.gaps {
            self.is_behind = false;
            self.forget();
        }
    }

    /// Forgets all but the latest timestamps, if there is no gap among them.
    fn forget(&mut self) {
        while !self.is_behind && self.handled.len() > OVERLAP {
            if let Some(ts) = self.handled.pop_first() {
                self.floor = ts;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OVERLAP, Seen};

    fn ts(n: usize) -> String {
        format!("1700000000.{n:06}")
    }

    #[test]
    fn a_message_is_taken_once_whichever_way_it_comes() {
        let mut seen = Seen::after(&ts(10));
        assert!(!seen.take(&ts(9)) && !seen.take(&ts(10)));
        assert!(seen.take(&ts(12)));
        assert!(seen.take(&ts(11)));
        assert!(!seen.take(&ts(12)) && !seen.take(&ts(11)));
    }

    #[test]
    fn the_fetch_begins_before_every_message_that_may_be_missing() {
        let mut seen = Seen::after("0");
        seen.catch_up(0);
        for n in 0..100 {
            assert!(seen.take(&ts(n)));
        }
        assert_eq!(seen.oldest(), ts(99 - OVERLAP));
        seen.lose_link();
        // Many arrive over the next socket before the history does: none of them moves the start.
        for n in 200..300 {
            assert!(seen.take(&ts(n)));
        }
        assert_eq!(seen.oldest(), ts(99 - OVERLAP));
        let taken = (0..300).filter(|n| seen.take(&ts(*n))).collect::<Vec<_>>();
        assert_eq!(taken, (100..200).collect::<Vec<_>>());
        seen.catch_up(1);
        assert_eq!(seen.oldest(), ts(299 - OVERLAP));
    }

    #[test]
    fn a_fetch_that_a_new_gap_interrupts_does_not_count() {
        let mut seen = Seen::after("0");
        let gaps = seen.gaps();
        seen.lose_link();
        seen.catch_up(gaps);
        for n in 0..100 {
            seen.take(&ts(n));
        }
        assert_eq!(seen.oldest(), "0");
    }
}
