//! The number of bytes that a record may take.

use super::paths::Retention;
use super::record_layout::HEADER;

/// Returns the number of bytes that a record may take, its header included.
///
/// `memory` is the size of the memory for values and unread bytes, and `room` the part of it that
/// no record has taken and that values may take. `awaiting` means that the record belongs to a
/// document whose [`Retention::Awaited`] value has not arrived.
pub(super) fn room(memory: usize, mut room: usize, retention: Retention, awaiting: bool) -> usize {
    if retention == Retention::Awaited {
        return room;
    }
    let mut reserve = (memory / 8 * 3).min(384);
    if awaiting {
        room = room.saturating_sub(memory / 4 * 3 + HEADER);
        // The ids and numbers of the response to `rtm.connect` take 79 bytes.
        reserve = (memory / 16).max(80).min(memory / 8);
    }
    if retention == Retention::Whole {
        return room;
    }
    // However little is left, there is room for a record without text that has the full length.
    let least = room.min(2 * HEADER);
    room = room.saturating_sub(reserve);
    if retention == Retention::Brief {
        room = room.min(memory / 8);
    }
    room.max(least)
}
