//! Events, as views of the members that were kept.
//!
//! The wanted members of an event are records in the receive buffer, and an event is a view of
//! them. Slack has well over a hundred types of events with the same few members, so there is one
//! view for each category of events, and [`EventType`] names the type. Views read records by the
//! path numbers of [`PATHS`]. RTM and Socket Mode share the views; data of one dialect alone is in
//! its own module, such as [`rtm`](crate::rtm).
//!
//! - [`Message`], [`Subtype`]: new, changed and deleted messages
//! - [`ChannelEvent`], [`ItemEvent`], [`UserEvent`], [`FileEvent`], [`SubteamEvent`],
//!   [`TeamEvent`]: every other event, by its subject
//! - [`Unknown`]: an event of a type that this crate does not know
//! - [`text`]: Slack's markup and escapes in the text of a message

mod category;
mod channel;
pub(crate) mod event_type;
mod file;
mod item;
mod message;
pub(crate) mod paths;
mod subteam;
mod subtype;
mod team;
pub mod text;
mod unknown;
mod user;
pub(crate) mod view;

pub use crate::json::{Member, Members, MembersIter};
pub(crate) use category::EventCategory;
pub use channel::ChannelEvent;
pub use event_type::EventType;
pub use file::FileEvent;
pub use item::{Item, ItemEvent};
pub(crate) use message::body;
pub use message::{Edited, Message};
pub use paths::{COMMON_PATHS, PATHS};
pub use subteam::SubteamEvent;
pub use subtype::Subtype;
pub use team::TeamEvent;
pub use unknown::Unknown;
pub use user::UserEvent;
pub(crate) use view::{View, view};
