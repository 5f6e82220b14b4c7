//! Socket Mode: events, interactions and slash commands in envelopes over one WebSocket.
//!
//! Each frame is a JSON object. `hello` opens a session, `disconnect` announces its end, and every
//! other frame is an [`Envelope`], which the app acknowledges within three seconds by its id. The
//! payload of an envelope is an event of the Events API, which the views of
//! [`event`](crate::event) read, an [`Interaction`] or a [`SlashCommand`].
//!
//! # Contents
//!
//! - [`Envelope`]: the members of every envelope
//! - [`Interaction`], [`SlashCommand`]: payloads that RTM does not have
//! - [`Hello`], [`Disconnect`]: the state of the connection
//! - [`acknowledgement`]: the frames that an app sends
//! - [`Deliveries`]: recognises what was delivered before
//! - [`PATHS`], [`COMMON_PATHS`]: the members that are kept

pub mod acknowledgement;
mod category;
mod deliveries;
mod envelope;
mod interaction;
mod notice;
pub(crate) mod paths;
mod slash_command;
mod view;

pub(crate) use category::{FrameCategory, category};
pub use deliveries::Deliveries;
pub use envelope::{Envelope, EnvelopeKind};
pub use interaction::{Action, Interaction, InteractionKind};
pub use notice::{Disconnect, Hello, SocketEnd};
pub(crate) use paths::INNER_EVENT;
pub use paths::{COMMON_PATHS, PATHS};
pub use slash_command::SlashCommand;
