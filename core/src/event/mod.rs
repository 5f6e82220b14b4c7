//! Events: who did what, where and when, as views of the members that were kept.
//!
//! The wanted members of an event are records in the receive buffer. Slack has well over a hundred
//! types of events with the same few members, so there is one view for each category of event, and
//! [`EventType`] is its type. Views read records by the path numbers of [`PATHS`].

mod category;
mod event_type;
mod message;
mod names;
pub(crate) mod paths;
mod view;
mod views;

pub use crate::json::{Member, Members, MembersIter};
pub(crate) use category::EventCategory;
pub use event_type::EventType;
pub(crate) use message::body;
pub use message::{Edited, Message, Subtype};
pub use paths::{COMMON_PATHS, PATHS};
pub(crate) use view::{View, view};
pub use views::{
    ChannelEvent, FileEvent, Item, ItemEvent, Notice, SubteamEvent, TeamEvent, Unknown, UserEvent,
};
