//! The cursor of the next page of a list.

use crate::json::{Members, Value};

/// The cursor of the next page of a list ([`Accepted::next_cursor`](super::Accepted::next_cursor)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NextCursor<'r> {
    /// There is another page: call the method again, with this cursor.
    Page(&'r str),
    /// This is the last page.
    End,
    /// There is another page, and its cursor does not fit into the receive buffer.
    TooLong {
        /// The length of the cursor in bytes.
        length: u32,
    },
}

impl<'r> NextCursor<'r> {
    /// The member that has the cursor.
    pub(super) const NAME: &'static str = "response_metadata.next_cursor";

    /// Returns `response_metadata.next_cursor` of a response.
    pub(super) fn of(members: Members<'r>) -> Self {
        match members.find(Self::NAME) {
            Some(Value::TooLong { length }) => Self::TooLong { length },
            _ => match members.text_or_number(Self::NAME) {
                Some(cursor) if !cursor.is_empty() => Self::Page(cursor),
                _ => Self::End,
            },
        }
    }
}
