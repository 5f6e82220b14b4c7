//! The arguments that select a page of a list.

use crate::web_api::{ArgumentError, ArgumentPart, Arguments};

/// The page of a list that a call returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Paging<'a> {
    pub(super) limit: Option<u16>,
    pub(super) cursor: Option<&'a str>,
}

impl Paging<'_> {
    pub(super) const FIRST: Self = Self {
        limit: None,
        cursor: None,
    };

    pub(super) fn write(&self, arguments: &mut Arguments<'_>) {
        if let Some(limit) = self.limit {
            arguments.number("limit", limit.into());
        }
        arguments.optional("cursor", self.cursor.filter(|cursor| !cursor.is_empty()));
    }

    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        self.limit.map_or(Ok(()), |limit| {
            ArgumentPart::PageElements.check(limit.into())
        })
    }
}

/// Methods of a type with a member `paging`.
macro_rules! page_setters {
    () => {
        /// Sets how many elements a page has at most: 1 to 999. Slack advises 200 or fewer, and may
        /// return fewer.
        pub const fn limit(mut self, limit: u16) -> Self {
            self.paging.limit = Some(limit);
            self
        }

        /// Returns the page with this cursor, of the response before
        /// ([`NextCursor`](crate::web_api::NextCursor)). An empty one returns the first page.
        pub const fn cursor(mut self, cursor: &'a str) -> Self {
            self.paging.cursor = Some(cursor);
            self
        }
    };
}

pub(super) use page_setters;
