//! Messages that wait to be sent or acknowledged, in memory that the caller lends.

use crate::buffer::{Counter, Memory, ResourceError, Sink, Window, shift};
use core::fmt;

/// Bytes that an entry takes beside its JSON: id, length, status.
const HEADER: usize = 7;

/// Entries without a body that fit when no memory was lent.
const UNLENT_ENTRIES: usize = 8;

/// The messages whose end is not known yet, oldest first.
///
/// An entry is its id, its status and its JSON as the wire will have it, without the id; the client
/// spares the braces. With lent memory a message waits here while there is no session or the pace
/// does not allow it, and stays until its end is known. Without lent memory only ids are kept (up to eight), so that
/// every message still ends in one event.
///
/// ```
/// use slack_rtm::web_api::outbox::{Outbox, Status};
///
/// let mut memory = [0; 64];
/// let mut outbox = Outbox::new(&mut memory);
/// outbox.push(7, Status::Waiting, &|sink| sink.put(b"{\"text\":\"hi\"}"))?;
/// assert_eq!(outbox.first(Status::Waiting).unwrap().id, 7);
/// outbox.set(7, Status::Sent);
/// assert!(outbox.first(Status::Waiting).is_none());
/// assert!(outbox.remove(7), "its ack came");
/// # Ok::<(), slack_rtm::buffer::ResourceError>(())
/// ```
pub struct Outbox<'m> {
    store: Store<'m>,
    used: usize,
}

enum Store<'m> {
    Lent(&'m mut [u8]),
    Own([u8; UNLENT_ENTRIES * HEADER]),
}

/// Shows neither messages nor a URL.
impl fmt::Debug for Outbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

/// What has become of a message so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// It waits to be sent.
    Waiting = 0,
    /// It went out on the present connection; its ack has not come.
    Sent = 1,
    /// It went out on a former connection that ended before its ack came.
    Orphaned = 2,
    /// Its end was decided; the event is still to be told.
    Unconfirmed = 3,
    /// No message: a URL that is kept for the next connection.
    Url = 4,
    /// It went out before, and waits to be sent again.
    WaitingAgain = 5,
}

/// One message.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations)] // it would show the message
pub struct Entry<'a> {
    /// Its id, as `send` returned it and as the wire has it.
    pub id: u32,
    /// What has become of it.
    pub status: Status,
    /// Its JSON as it was pushed; empty where no memory was lent.
    pub json: &'a [u8],
    /// Where it begins.
    at: usize,
}

impl<'m> Outbox<'m> {
    /// An outbox in `memory`: a message takes its JSON and seven bytes.
    pub fn new(memory: &'m mut [u8]) -> Self {
        Self {
            store: Store::Lent(memory),
            used: 0,
        }
    }

    /// An outbox that keeps ids only.
    pub fn ids_only() -> Self {
        Self {
            store: Store::Own([0; UNLENT_ENTRIES * HEADER]),
            used: 0,
        }
    }

    /// Whether messages can wait here, or only their ids.
    pub fn keeps_messages(&self) -> bool {
        matches!(self.store, Store::Lent(_))
    }

    /// Whether every message has had its end.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = Entry<'_>> {
        self.entries().filter(|entry| entry.status != Status::Url)
    }

    fn entries(&self) -> Entries<'_> {
        Entries {
            at: 0,
            rest: self.bytes().get(..self.used).unwrap_or_default(),
        }
    }

    /// The oldest entry with this status.
    pub fn first(&self, status: Status) -> Option<Entry<'_>> {
        self.search(&|entry| entry.status == status)
    }

    /// The message with this id.
    pub fn find(&self, id: u32) -> Option<Entry<'_>> {
        self.search(&|entry| entry.id == id)
    }

    /// The oldest entry that is wanted.
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
    /// [`ResourceError`] with the free bytes that it would take; nothing has changed then.
    pub fn push(
        &mut self,
        id: u32,
        status: Status,
        write: &dyn Fn(&mut dyn Sink),
    ) -> Result<(), ResourceError> {
        let length = if self.keeps_messages() {
            Counter::of(write)
        } else {
            0
        };
        let wanted = length.saturating_add(HEADER);
        let used = self.used;
        let free = self.bytes_mut().get_mut(used..).unwrap_or_default();
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
                self.used += wanted;
                Ok(())
            }
            _ => Err(ResourceError {
                memory: Memory::Outbox,
                wanted,
                available,
            }),
        }
    }

    /// Gives the message with this id another status.
    pub fn set(&mut self, id: u32, status: Status) {
        if let Some(at) = self.find(id).map(|entry| entry.at) {
            self.set_at(at, status);
        }
    }

    /// Gives every message of one status another one.
    pub fn set_all(&mut self, from: Status, to: Status) {
        while let Some(at) = self.first(from).map(|entry| entry.at) {
            self.set_at(at, to);
        }
    }

    fn set_at(&mut self, at: usize, status: Status) {
        if let Some(byte) = self.bytes_mut().get_mut(at + HEADER - 1) {
            *byte = status as u8;
        }
    }

    /// Forgets the message with this id; says whether there was one.
    pub fn remove(&mut self, id: u32) -> bool {
        let Some(entry) = self.find(id) else {
            return false;
        };
        let (at, length) = (entry.at, HEADER + entry.json.len());
        let used = self.used;
        if let Some(rest) = self.bytes_mut().get_mut(at..used) {
            shift(rest, length);
        }
        self.used -= length;
        true
    }

    fn bytes(&self) -> &[u8] {
        match &self.store {
            Store::Lent(memory) => memory,
            Store::Own(memory) => memory,
        }
    }

    #[inline(never)] // it is called in several places
    fn bytes_mut(&mut self) -> &mut [u8] {
        match &mut self.store {
            Store::Lent(memory) => memory,
            Store::Own(memory) => memory,
        }
    }
}

struct Entries<'a> {
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
                4 => Status::Url,
                _ => Status::WaitingAgain,
            },
            json,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Outbox, Status, UNLENT_ENTRIES};
    use crate::buffer::{Memory, ResourceError, Sink};
    use std::vec::Vec;

    fn ids(outbox: &Outbox<'_>) -> Vec<u32> {
        outbox.messages().map(|entry| entry.id).collect()
    }

    fn push(outbox: &mut Outbox<'_>, id: u32, json: &str) -> Result<(), ResourceError> {
        outbox.push(id, Status::Waiting, &|sink: &mut dyn Sink| {
            sink.put(json.as_bytes());
        })
    }

    #[test]
    fn keeps_order_whatever_is_removed() {
        let mut memory = [0; 64];
        let mut outbox = Outbox::new(&mut memory);
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
        assert!(outbox.is_empty());
    }

    #[test]
    fn says_what_it_would_have_needed_and_keeps_what_it_has() {
        let mut memory = [0; 20];
        let mut outbox = Outbox::new(&mut memory);
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
        let mut outbox = Outbox::ids_only();
        for id in 0..UNLENT_ENTRIES as u32 {
            push(&mut outbox, id + 1, "{\"long\":\"enough to need memory\"}").unwrap();
        }
        assert!(push(&mut outbox, 99, "{}").is_err());
        assert_eq!(ids(&outbox), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(outbox.find(3).unwrap().json, b"");
    }
}
