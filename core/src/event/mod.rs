//! Events, as views of the members that were kept.
//!
//! The wanted members of an event are records in the receive buffer, and an event is a view of
//! them. Slack has well over a hundred types of events with the same few members, so there is one
//! view for each category of events, and [`EventType`] names the type. Views read records by the
//! path numbers of [`PATHS`]. RTM and Socket Mode share the views; data of one dialect alone is in
//! its own module, such as [`rtm`](crate::rtm).
//!
//! - [`Message`], [`Author`], [`Subtype`]: new, changed and deleted messages; [`Identity`]: the
//!   ids that make one the client's own
//! - [`ReadableText`]: the text of a message that has it in attachments or blocks
//! - [`ChannelEvent`], [`ItemEvent`], [`UserEvent`], [`FileEvent`], [`SubteamEvent`],
//!   [`TeamEvent`]: every other event, by its subject
//! - [`Unknown`]: an event of a type that this crate does not know
//! - [`Markup`], [`TextPiece`], [`Literal`]: texts to send
//! - [`text`]: Slack's markup and escapes in the text of a message

mod category;
mod channel;
mod compose;
pub(crate) mod event_type;
mod file;
mod identity;
mod item;
mod message;
pub(crate) mod paths;
mod readable;
mod subteam;
mod subtype;
mod team;
pub mod text;
mod unknown;
mod user;
pub(crate) mod view;

pub use crate::json::{ArrayElement, ArrayElements, Member, Members, MembersIter};
pub(crate) use category::EventCategory;
pub use channel::ChannelEvent;
pub use compose::{Literal, Markup, TextPiece, characters};
pub use event_type::EventType;
pub use file::FileEvent;
pub use identity::Identity;
pub use item::{Item, ItemEvent};
pub(crate) use message::body;
pub use message::{Author, Edited, Message};
pub use paths::{COMMON_PATHS, PATHS, READABLE_PATHS};
pub use readable::ReadableText;
pub use subteam::SubteamEvent;
pub use subtype::Subtype;
pub use team::TeamEvent;
pub use unknown::Unknown;
pub use user::UserEvent;
pub(crate) use view::{View, view};
