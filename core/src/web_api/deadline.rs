//! Deadlines of messages that wait: notes in an outbox.

use super::outbox::{Entry, Outbox, Status};
use crate::buffer::{ResourceError, Sink};
use crate::time::{Duration, Instant};

/// The bit of a time to live that begins with the next poll, which knows the time. Without it the
/// number in a note is a deadline, in milliseconds.
const BEGINS: u64 = 1 << 63;

/// The id of a note that is no deadline.
const NO_ID: u32 = 0;

/// Adds a note with the time to live of the message with this id.
///
/// # Errors
/// [`ResourceError`] if there is no room.
pub(crate) fn add(
    outbox: &mut Outbox<'_>,
    id: u32,
    time_to_live: Duration,
) -> Result<(), ResourceError> {
    let number = BEGINS | time_to_live.as_millis();
    let write = |sink: &mut dyn Sink| sink.put(&number.to_le_bytes());
    outbox.push(id, Status::Note, &write)
}

/// Begins the times to live that were added since the last poll.
pub(crate) fn begin(outbox: &mut Outbox<'_>, now: Instant) {
    let begins = |note: &Entry<'_>| number(note).is_some_and(|number| number & BEGINS != 0);
    while let Some(note) = outbox.search(&begins) {
        let time_to_live = Duration::from_millis(number(&note).unwrap_or_default() & !BEGINS);
        let (at, deadline) = (note.at, (now + time_to_live).as_millis() & !BEGINS);
        outbox.set_json(at, &deadline.to_le_bytes());
    }
}

/// Returns the deadline in a note, if it has one.
pub(crate) fn of(note: &Entry<'_>) -> Option<Instant> {
    number(note).map(Instant::from_millis)
}

/// Returns the number in a note. The one without an id is a URL.
#[inline(never)] // it is called in several places
fn number(note: &Entry<'_>) -> Option<u64> {
    let is_deadline = note.status == Status::Note && note.id != NO_ID;
    let bytes = note.json.first_chunk().filter(|_| is_deadline)?;
    Some(u64::from_le_bytes(*bytes))
}
