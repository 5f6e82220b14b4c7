//! RTM: Slack's Real Time Messaging API, JSON objects in text frames over one WebSocket.
//!
//! A program with a [`Client`](crate::Client) uses [`command`] to send, and meets the views of this
//! module in the variants of [`Event`](crate::Event) that only RTM has. The client applies
//! [`limits`] itself. A program without a client reads frames by
//! [`Event::from_frame`](crate::Event::from_frame).
//!
//! ```
//! use slack_rtm::buffer::SendBuf;
//! use slack_rtm::entropy::Entropy;
//! use slack_rtm::event::Author;
//! use slack_rtm::rtm::command::{Ping, Post, Typing};
//! use slack_rtm::{Client, Event, SendError, Storage};
//!
//! /// Replies to every new message of a person, in the thread of the message if it is in one.
//! fn handle<E: Entropy, S: Storage>(
//!     event: &Event<'_>,
//!     client: &mut Client<'_, E, S>,
//!     tx: &mut SendBuf<'_>,
//! ) -> Result<(), SendError> {
//!     match event {
//!         Event::Hello(_) => {
//!             client.send(&Ping::new(), tx)?;
//!         }
//!         Event::Pong(pong) => println!("the reply to {:?}", pong.reply_to()),
//!         Event::Message(message) => {
//!             let Some(Author::Person(_)) = message.posted_by() else { return Ok(()) };
//!             let Some(channel) = message.channel() else { return Ok(()) };
//!             client.send(&Typing::new(channel), tx)?;
//!             if let Some(reply) = Post::reply_to(message, "Ding-dong!") {
//!                 println!("sent as {}", client.send(&reply, tx)?);
//!             }
//!         }
//!         _ => {}
//!     }
//!     Ok(())
//! }
//! # let _ = |event: Event<'static>, client: &mut Client<'_, slack_rtm::entropy::FromFn<fn(&mut [u8]) -> Result<(), slack_rtm::entropy::EntropyError>>, slack_rtm::Token<9>>, tx: &mut SendBuf<'_>| handle(&event, client, tx);
//! ```
//!
//! # Contents
//!
//! - [`Reply`], [`Pong`]: replies to sent commands
//! - [`Notice`], [`ServerError`], [`ReconnectUrl`]: the state of the connection
//! - [`command`]: the commands that a client sends; [`custom`]: commands of your own
//! - [`limits`]: Slack's limits on commands, checked before anything is sent
//!
//! [`Client`](crate::Client) uses all of them; each works without it.

mod category;
pub mod command;
pub mod custom;
pub mod limits;
mod notice;
mod reply;

pub(crate) use category::{FrameCategory, category};
pub use notice::{Notice, ReconnectUrl, ServerError};
pub use reply::{Pong, Reply};
pub(crate) use reply::{error_code, reply_to};
