//! The accessors that every view of an event has.

use super::event_type::EventType;
use super::paths;
use crate::json::{Members, Records, Text};

/// What every event has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'r> {
    pub(crate) members: Members<'r>,
}

impl<'r> View<'r> {
    pub(crate) const fn new(members: Members<'r>) -> Self {
        Self { members }
    }

    pub(crate) fn records(self) -> Records<'r> {
        self.members.records()
    }

    pub(crate) fn kind(self) -> EventType {
        EventType::new(self.id(paths::TYPE).unwrap_or_default())
    }

    pub(crate) fn id(self, path: u8) -> Option<&'r str> {
        self.records().text(path).map(Text::as_str)
    }

    pub(crate) fn first(self, candidates: &[u8]) -> Option<&'r str> {
        candidates.iter().find_map(|path| self.id(*path))
    }

    pub(crate) fn channel(self) -> Option<&'r str> {
        self.first(&[
            paths::CHANNEL,
            paths::CHANNEL_DOT_ID,
            paths::CHANNEL_ID,
            paths::ITEM_CHANNEL,
        ])
    }

    pub(crate) fn user(self) -> Option<&'r str> {
        self.first(&[
            paths::USER,
            paths::USER_DOT_ID,
            paths::USER_ID,
            paths::INNER_USER,
        ])
    }
}

/// A shape of event: a view with the accessors that all have.
macro_rules! view {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'r>(pub(crate) $crate::event::View<'r>);

        // Not every shape uses each of these inside.
        #[allow(dead_code)]
        impl<'r> $name<'r> {
            pub(crate) const fn new(members: Members<'r>) -> Self {
                Self($crate::event::View::new(members))
            }

            /// The type of the event.
            pub fn kind(&self) -> $crate::event::EventType {
                self.0.kind()
            }

            /// Every kept member, by name.
            pub const fn members(&self) -> Members<'r> {
                self.0.members
            }

            /// The event as the server wrote it, if a copy was asked for
            /// ([`Config::raw`](crate::Config::raw)) and fits.
            ///
            /// # Errors
            /// [`RawError`]($crate::json::RawError) says why there is none.
            pub fn raw(&self) -> Result<&'r str, $crate::json::RawError> {
                self.members().raw()
            }

            /// The id of the channel that the event is about or happened in.
            pub fn channel(&self) -> Option<&'r str> {
                self.0.channel()
            }

            /// The id of the user who did it, or whom it is about.
            pub fn user(&self) -> Option<&'r str> {
                self.0.user()
            }

            /// `ts`: a message's timestamp.
            pub fn ts(&self) -> Option<&'r str> {
                self.0.id(paths::TS)
            }

            /// `event_ts`: when it happened.
            pub fn event_ts(&self) -> Option<&'r str> {
                self.0.id(paths::EVENT_TS)
            }

            pub(crate) fn records(&self) -> $crate::json::Records<'r> {
                self.0.records()
            }

            pub(crate) fn id(&self, path: u8) -> Option<&'r str> {
                self.0.id(path)
            }

            /// What is not in the common table is found by name: a table that extends that one
            /// may have other members under the same numbers.
            pub(crate) fn named(&self, name: &str) -> Option<&'r str> {
                self.members().text(name).map($crate::json::Text::as_str)
            }
        }
    };
}
pub(crate) use view;
