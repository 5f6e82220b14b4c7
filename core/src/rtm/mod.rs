//! RTM: events in, commands out, and what keeps a session alive and its messages accounted for.
//!
//! Slack's "Real Time Messaging API" in its documents, over one WebSocket: JSON objects in text frames.
//!
//! - [`event`]: what Slack says, as views of the members that were kept
//! - [`command`]: what a client says; [`custom`]: commands of your own
//! - [`text`]: Slack's markup and escapes in the text of a message
//! - [`limits`]: what Slack takes, checked before it is sent
//! - [`keepalive`]: noticing that a link is dead
//! - [`outbox`]: messages whose end is not known yet
//!
//! [`Client`](crate::Client) uses them all; each works without it.

pub mod command;
pub mod custom;
mod event;
pub mod keepalive;
pub mod limits;
mod reply;
pub mod text;

pub use event::Event;
pub(crate) use event::category;
pub use reply::{Ack, Pong, ReconnectUrl, Rejection, ServerError};
pub(crate) use reply::{error_code, reply_to};
