//! RTM: Slack's Real Time Messaging API, JSON objects in text frames over one WebSocket.
//!
//! - [`Event`]: a received frame, as a view of the members that were kept
//! - [`Ack`], [`Rejection`], [`Pong`]: replies to sent commands
//! - [`Notice`], [`ServerError`], [`ReconnectUrl`]: the state of the connection
//! - [`command`]: the commands that a client sends; [`custom`]: commands of your own
//! - [`limits`]: Slack's limits on commands, checked before anything is sent
//! - [`keepalive`]: detection of a dead link
//!
//! [`Client`](crate::Client) uses all of them; each works without it.

mod category;
pub mod command;
pub mod custom;
mod event;
pub mod keepalive;
pub mod limits;
mod notice;
mod reply;

pub(crate) use category::{FrameCategory, category};
pub use event::Event;
pub use notice::{Notice, ReconnectUrl, ServerError};
pub use reply::{Ack, Pong, Rejection};
pub(crate) use reply::{error_code, reply_to};
