//! The accessors that every view of an event has.

use super::event_type::EventType;
use super::paths;
use crate::json::{Members, Records};

/// The members that every category of events has.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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

    pub(crate) fn event_type(self) -> EventType {
        EventType::from_name(self.id(paths::TYPE).unwrap_or_default())
    }

    /// Returns the text at the path with this number, or the number there.
    pub(crate) fn id(self, path: u8) -> Option<&'r str> {
        self.records().text_or_number(path)
    }

    /// Returns the text at the first of these paths that has one.
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

/// Defines a view of one category of events, with the accessors that all views have.
///
/// Views read the members of [`COMMON_PATHS`](paths::COMMON_PATHS) by path number: every table
/// extends that one, and a table of another dialect has the same numbers under other paths.
/// All other members are found by name (`named` and the methods of
/// [`Members`]), since tables that extend the common one may use their numbers for
/// other members. A dialect whose events are inside of an envelope has to give these views members
/// whose names begin at the event.
macro_rules! view {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name<'r>(pub(crate) $crate::event::view::View<'r>);

        // Some categories use only a few of the private ones.
        #[allow(dead_code)]
        impl<'r> $name<'r> {
            pub(crate) const fn new(members: $crate::json::Members<'r>) -> Self {
                Self($crate::event::view::View::new(members))
            }

            /// Returns the type of the event.
            pub fn event_type(&self) -> $crate::event::event_type::EventType {
                self.0.event_type()
            }

            /// Returns every kept member, by name.
            pub const fn members(&self) -> $crate::json::Members<'r> {
                self.0.members
            }

            /// Returns the event as the server wrote it, if a copy was requested
            /// ([`Config::raw`](crate::Config::raw)) and fits.
            ///
            /// # Errors
            /// [`RawError`]($crate::json::RawError) if there is no copy; it states the reason.
            pub fn raw(&self) -> Result<&'r str, $crate::json::RawError> {
                self.members().raw()
            }

            /// Returns the id of the channel that the event is about or happened in.
            pub fn channel(&self) -> Option<&'r str> {
                self.0.channel()
            }

            /// Returns the id of the user that the event is about or that caused it.
            pub fn user(&self) -> Option<&'r str> {
                self.0.user()
            }

            /// Returns `ts`: a message's timestamp.
            pub fn ts(&self) -> Option<&'r str> {
                self.0.id($crate::event::paths::TS)
            }

            /// Returns `event_ts`: when the event happened.
            pub fn event_ts(&self) -> Option<&'r str> {
                self.0.id($crate::event::paths::EVENT_TS)
            }

            pub(crate) fn records(&self) -> $crate::json::Records<'r> {
                self.0.records()
            }

            /// Returns the text at the path with this number.
            pub(crate) fn id(&self, path: u8) -> Option<&'r str> {
                self.0.id(path)
            }

            /// Returns the text of the member with this name, or the number there.
            pub(crate) fn named(&self, name: &str) -> Option<&'r str> {
                self.members().text_or_number(name)
            }
        }
    };
}
pub(crate) use view;
