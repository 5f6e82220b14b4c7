//! The outbox: messages that wait to be sent or acknowledged, in memory that the caller lends.

use crate::buffer::{Counter, Memory, ResourceError, Sink, Window, copy, shift};

/// Bytes of an entry before its JSON: id, length, status.
const HEADER: usize = 7;

/// The number of entries, without JSON, that fit if no memory was lent.
const UNLENT_ENTRIES: usize = 8;

/// The messages whose outcome is not known yet, oldest first: the memory of an outbox, lent for one
/// call of the machine, and its state.
///
/// An entry has an id, a status, and the JSON of the message without its id; the client stores it
/// without the braces. Notes are entries that are no messages. With lent memory a message waits here
/// while there is no session or the pace does not allow it, and stays until its outcome is known.
/// Without lent memory only ids are kept, up to eight, so that every message still ends in one
/// event.
pub(crate) struct Outbox<'m> {
    memory: &'m mut [u8],
    fill: &'m mut Fill,
    keeps_messages: bool,
}

/// The state of an outbox between the calls of its machine.
#[derive(Debug)]
pub(crate) struct OutboxState {
    fill: Fill,
    /// The entries, if no memory is lent.
    ids: [u8; UNLENT_ENTRIES * HEADER],
}

#[derive(Debug)]
struct Fill {
    /// Bytes of the memory that entries take.
    used: usize,
    /// The number of entries that are messages.
    messages: u16,
}

impl OutboxState {
    /// The state of an outbox without entries.
    pub(crate) const EMPTY: Self = Self {
        fill: Fill {
            used: 0,
            messages: 0,
        },
        ids: [0; UNLENT_ENTRIES * HEADER],
    };

    /// Returns the outbox over `memory`, which must be the same in every call. An outbox over no
    /// memory keeps ids only.
    pub(crate) fn over<'m>(&'m mut self, memory: &'m mut [u8]) -> Outbox<'m> {
        let keeps_messages = !memory.is_empty();
        let ids = &mut self.ids[..];
        Outbox {
            memory: if keeps_messages { memory } else { ids },
            fill: &mut self.fill,
            keeps_messages,
        }
    }

    /// Returns the number of messages.
    pub(crate) fn messages(&self) -> usize {
        usize::from(self.fill.messages)
    }
}

/// The state of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    /// It waits to be sent for the first time.
    Waiting = 0,
    /// It was sent on the present connection and is not acknowledged yet.
    Sent = 1,
    /// It was sent on an earlier connection, which ended before the acknowledgement came.
    Orphaned = 2,
    /// Its outcome will stay unknown; the event that reports this is still to come.
    Unconfirmed = 3,
    /// The entry is not a message: a URL for the next connection, or a deadline of the message with
    /// the same id, which is before it.
    Note = 4,
    /// It was withdrawn before it was sent; the event that reports this is still to come.
    Withdrawn = 5,
    /// It was sent before and waits to be sent again.
    WaitingAgain = 6,
}

/// An entry of the outbox.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// The id, which is sent with the message and in the replies to it.
    pub(crate) id: u32,
    /// The state of the message.
    pub(crate) status: Status,
    /// The JSON as it was pushed; empty if no memory was lent.
    pub(crate) json: &'a [u8],
    /// The offset of the entry in the memory.
    pub(crate) at: usize,
}

impl Outbox<'_> {
    /// Returns whether the outbox keeps messages, not only ids.
    pub(crate) fn keeps_messages(&self) -> bool {
        self.keeps_messages
    }

    /// Returns the entries, oldest first.
    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries {
            at: 0,
            rest: self.memory.get(..self.fill.used).unwrap_or_default(),
        }
    }

    /// Returns the oldest entry with this status.
    pub(crate) fn first(&self, status: Status) -> Option<Entry<'_>> {
        self.search(&|entry| entry.status == status)
    }

    /// Returns the oldest entry with this id: a message, not its notes.
    pub(crate) fn find(&self, id: u32) -> Option<Entry<'_>> {
        self.search(&|entry| entry.id == id)
    }

    /// Returns the bytes that the entry with this id takes; 0 if there is none.
    pub(crate) fn size_of(&self, id: u32) -> usize {
        self.find(id).map_or(0, |entry| HEADER + entry.json.len())
    }

    /// Returns the oldest entry for which `is_wanted` is true.
    pub(crate) fn search(&self, is_wanted: &dyn Fn(&Entry<'_>) -> bool) -> Option<Entry<'_>> {
        let mut entries = self.entries();
        loop {
            let entry = entries.next()?;
            if is_wanted(&entry) {
                return Some(entry);
            }
        }
    }

    /// Appends a message whose JSON object `write` emits.
    ///
    /// # Errors
    /// [`ResourceError`] if there is no room; it has the free bytes that the message needs. The
    /// outbox is unchanged then.
    pub(crate) fn push(
        &mut self,
        id: u32,
        status: Status,
        write: &dyn Fn(&mut dyn Sink),
    ) -> Result<(), ResourceError> {
        let length = if self.keeps_messages {
            Counter::of(write)
        } else {
            0
        };
        let wanted = length.saturating_add(HEADER);
        let used = self.fill.used;
        let free = self.memory.get_mut(used..).unwrap_or_default();
        let available = free.len();
        match u16::try_from(length) {
            Ok(stored_length) if wanted <= available => {
                let [i0, i1, i2, i3] = id.to_le_bytes();
                let [l0, l1] = stored_length.to_le_bytes();
                let mut window = Window::new(0, free);
                window.put(&[i0, i1, i2, i3, l0, l1, status as u8]);
                if length > 0 {
                    write(&mut window);
                }
                self.fill.used += wanted;
                self.fill.messages += u16::from(status != Status::Note);
                Ok(())
            }
            _ => Err(ResourceError {
                memory: Memory::Outbox,
                wanted,
                available,
            }),
        }
    }

    /// Sets the status of the entry with this id, if there is one.
    pub(crate) fn set(&mut self, id: u32, status: Status) {
        if let Some(at) = self.find(id).map(|entry| entry.at) {
            self.set_at(at, status);
        }
    }

    /// Sets the status of every entry with the status `from` to `to`.
    pub(crate) fn set_all(&mut self, from: Status, to: Status) {
        if from == to {
            return;
        }
        while let Some(at) = self.first(from).map(|entry| entry.at) {
            self.set_at(at, to);
        }
    }

    fn set_at(&mut self, at: usize, status: Status) {
        if let Some(byte) = self.memory.get_mut(at + HEADER - 1) {
            *byte = status as u8;
        }
    }

    /// Removes the entries with this id; returns whether there were any.
    pub(crate) fn remove(&mut self, id: u32) -> bool {
        let mut was_there = false;
        while let Some(entry) = self.find(id) {
            let (at, length) = (entry.at, HEADER + entry.json.len());
            let is_message = entry.status != Status::Note;
            let used = self.fill.used;
            if let Some(rest) = self.memory.get_mut(at..used) {
                shift(rest, length);
            }
            self.fill.used -= length;
            let messages = &mut self.fill.messages;
            *messages = messages.saturating_sub(u16::from(is_message));
            was_there = true;
        }
        was_there
    }

    /// Replaces the JSON of the entry at this offset by other bytes of the same length.
    pub(crate) fn set_json(&mut self, at: usize, bytes: &[u8]) {
        copy(
            self.memory.get_mut(at + HEADER..).unwrap_or_default(),
            bytes,
        );
    }
}

/// The entries of an outbox.
pub(crate) struct Entries<'a> {
    at: usize,
    rest: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let (header, rest) = self.rest.split_first_chunk::<HEADER>()?;
        let &[i0, i1, i2, i3, l0, l1, status] = header;
        let (json, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([l0, l1])))?;
        self.rest = rest;
        let at = self.at;
        self.at += HEADER + json.len();
        Some(Entry {
            at,
            id: u32::from_le_bytes([i0, i1, i2, i3]),
            status: match status {
                0 => Status::Waiting,
                1 => Status::Sent,
                2 => Status::Orphaned,
                3 => Status::Unconfirmed,
                4 => Status::Note,
                5 => Status::Withdrawn,
                _ => Status::WaitingAgain,
            },
            json,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Outbox, OutboxState, Status, UNLENT_ENTRIES};
    use crate::buffer::{Memory, ResourceError, Sink};
    use std::vec::Vec;

    fn ids(outbox: &Outbox<'_>) -> Vec<u32> {
        outbox.entries().map(|entry| entry.id).collect()
    }

    fn push(outbox: &mut Outbox<'_>, id: u32, json: &str) -> Result<(), ResourceError> {
        outbox.push(id, Status::Waiting, &|sink: &mut dyn Sink| {
            sink.put(json.as_bytes());
        })
    }

    #[test]
    fn order_is_kept_when_messages_are_removed() {
        let (mut state, mut memory) = (OutboxState::EMPTY, [0; 64]);
        let mut outbox = state.over(&mut memory);
        for (id, json) in [(7, "{}"), (8, "{\"a\":1}"), (9, "{\"b\":22}")] {
            push(&mut outbox, id, json).unwrap();
        }
        assert_eq!(outbox.find(8).unwrap().json, b"{\"a\":1}");
        assert!(outbox.remove(8));
        assert!(!outbox.remove(8));
        assert_eq!(ids(&outbox), [7, 9]);
        assert_eq!(outbox.find(9).unwrap().json, b"{\"b\":22}");
        push(&mut outbox, 10, "{\"c\":3}").unwrap();
        outbox.set(9, Status::Sent);
        assert_eq!(outbox.first(Status::Sent).unwrap().id, 9);
        outbox.set_all(Status::Sent, Status::Orphaned);
        assert!(outbox.first(Status::Sent).is_none());
        assert!(outbox.remove(7) && outbox.remove(9) && outbox.remove(10));
        assert!(ids(&outbox).is_empty());
    }

    #[test]
    fn a_note_is_no_message() {
        let (mut state, mut memory) = (OutboxState::EMPTY, [0; 64]);
        let mut outbox = state.over(&mut memory);
        outbox
            .push(1, Status::Note, &|sink| sink.put(b"wss:"))
            .unwrap();
        push(&mut outbox, 2, "{}").unwrap();
        push(&mut outbox, 3, "{}").unwrap();
        assert_eq!(state.messages(), 2);
        let mut outbox = state.over(&mut memory);
        assert!(outbox.remove(1) && outbox.remove(3));
        assert_eq!(ids(&outbox), [2]);
        assert_eq!(state.messages(), 1);
    }

    #[test]
    fn a_note_goes_with_its_message() {
        let (mut state, mut memory) = (OutboxState::EMPTY, [0; 64]);
        let mut outbox = state.over(&mut memory);
        for id in [1, 2] {
            push(&mut outbox, id, "{}").unwrap();
            outbox
                .push(id, Status::Note, &|sink| sink.put(b"1234"))
                .unwrap();
        }
        let note = outbox.search(&|entry| entry.status == Status::Note);
        let at = note.unwrap().at;
        outbox.set_json(at, b"5678");
        outbox.set(1, Status::Sent);
        assert_eq!(ids(&outbox), [1, 1, 2, 2]);
        assert_eq!(outbox.find(1).unwrap().status, Status::Sent);
        assert_eq!(outbox.first(Status::Note).unwrap().json, b"5678");
        assert!(outbox.remove(1));
        assert_eq!(ids(&outbox), [2, 2]);
        assert_eq!(outbox.first(Status::Note).unwrap().json, b"1234");
        assert_eq!(state.messages(), 1);
    }

    #[test]
    fn a_status_can_be_set_to_itself() {
        let (mut state, mut memory) = (OutboxState::EMPTY, [0; 64]);
        let mut outbox = state.over(&mut memory);
        push(&mut outbox, 7, "{}").unwrap();
        outbox.set_all(Status::Waiting, Status::Waiting);
        assert_eq!(outbox.first(Status::Waiting).unwrap().id, 7);
    }

    #[test]
    fn a_message_without_room_changes_nothing() {
        let (mut state, mut memory) = (OutboxState::EMPTY, [0; 20]);
        let mut outbox = state.over(&mut memory);
        push(&mut outbox, 1, "0123456789").unwrap();
        assert_eq!(
            push(&mut outbox, 2, "{}"),
            Err(ResourceError {
                memory: Memory::Outbox,
                wanted: HEADER + 2,
                available: 3
            })
        );
        assert_eq!(ids(&outbox), [1]);
    }

    #[test]
    fn without_lent_memory_it_keeps_eight_ids() {
        let mut state = OutboxState::EMPTY;
        let mut outbox = state.over(&mut []);
        for id in 0..UNLENT_ENTRIES as u32 {
            push(&mut outbox, id + 1, "{\"long\":\"enough to need memory\"}").unwrap();
        }
        assert!(push(&mut outbox, 99, "{}").is_err());
        assert_eq!(ids(&outbox), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(outbox.find(3).unwrap().json, b"");
    }
}
