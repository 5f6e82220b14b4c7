//! The memory of recent deliveries, which recognises an event that comes again.

use super::paths;
use crate::event;
use crate::json::Records;
use crate::parse::fnv1a;

/// The last `N` events, each as two hashes of 32 bits.
///
/// An event is recognised by `event_id`, and a message by its channel and timestamp too, since two
/// subscriptions (`app_mention` and `message.channels`) give one message two ids. The oldest entry
/// makes room for the next one. 16 entries suffice for a device in the six minutes in which Slack
/// repeats an event.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Deliveries<const N: usize = 16> {
    entries: [(u32, u32); N],
    next: usize,
}

impl<const N: usize> Deliveries<N> {
    /// Creates an empty memory.
    pub const fn new() -> Self {
        Self {
            entries: [(0, 0); N],
            next: 0,
        }
    }

    /// Returns whether the event with these members came before.
    pub fn contains(&self, records: Records<'_>) -> bool {
        self.has(hashes(records))
    }

    /// Remembers the event with these members. Returns whether it came before.
    pub fn record(&mut self, records: Records<'_>) -> bool {
        let event = hashes(records);
        let came_before = self.has(event);
        if !came_before && let Some(entry) = self.entries.get_mut(self.next) {
            *entry = event;
            self.next = (self.next + 1) % N;
        }
        came_before
    }

    fn has(&self, (id, message): (u32, u32)) -> bool {
        let is_same =
            |entry: &(u32, u32)| (id != 0 && entry.0 == id) || (message != 0 && entry.1 == message);
        self.entries.iter().any(is_same)
    }
}

impl<const N: usize> Default for Deliveries<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the hashes of the event with these members: of its id, and of its channel and timestamp.
fn hashes(records: Records<'_>) -> (u32, u32) {
    let text = |path| records.text_or_number(path);
    let id = hash(&[text(paths::EVENT_ID)]);
    let message = hash(&[text(event::paths::CHANNEL), text(event::paths::TS)]);
    (id, message)
}

/// Returns a hash of the texts, which is not 0, or 0 if one is missing.
fn hash(texts: &[Option<&str>]) -> u32 {
    let mut hash = 0;
    for text in texts {
        let Some(text) = text else { return 0 };
        hash = u32::rotate_left(hash, 5) ^ fnv1a(text);
    }
    hash.max(1)
}
