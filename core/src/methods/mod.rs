//! Methods of the Web API for bots, with their arguments, limits and responses.
//!
//! Each is a value for a [`Caller`](crate::web_api::Caller) or a [`Call`](crate::web_api::Call),
//! with a table of paths for its response, a view of it, and a table of its error codes in
//! [`errors`](crate::web_api::errors). A program links only what it calls. Any other method is a
//! [`Named`](crate::web_api::Named).
//!
//! ```
//! use slack_rtm::methods::chat::{self, PostMessage};
//! use slack_rtm::web_api::{Api, Job};
//!
//! let post = PostMessage::new("C0123456789", "The door is open");
//! let job = Job::new(&post, &chat::POSTED);
//! // The request alone:
//! let api = Api::new("xoxb-1");
//! let request = api.request(&post)?;
//! # let _ = (job, request);
//! # Ok::<(), slack_rtm::web_api::RequestError>(())
//! ```
//!
//! A method that returns a list yields its elements one by one
//! ([`Element`](crate::web_api::Element)). [`Pages`](crate::web_api::Pages) reads all pages of such a
//! list.
//!
//! # Contents
//!
//! - [`assistant`]: the line that is shown while an app prepares a reply
//! - [`auth`]: the owner of the token
//! - [`bots`]: the profile of a bot
//! - [`chat`]: messages, and their URLs
//! - [`conversations`]: channels and direct messages, their members and their messages
//! - [`files`]: the calls before and after the upload of a file
//! - [`oauth`]: the exchange of a refresh token
//! - [`reactions`]: reactions to messages
//! - [`team`]: the workspace
//! - [`upload`]: the upload of a file, as one call
//! - [`users`]: users, their profiles and their presence
//! - [`views`]: modals, and the Home tab
//! - [`webhooks`]: incoming webhooks, and responses to interactions

// The members of responses are found by name, so that their numbers are not used.
#![allow(dead_code)]

pub mod assistant;
mod attached;
pub mod auth;
pub mod bots;
pub mod chat;
pub mod conversations;
pub mod files;
pub mod oauth;
mod paging;
pub mod reactions;
mod separated;
mod sharing;
pub mod team;
pub mod upload;
pub mod users;
pub mod views;
pub mod webhooks;

pub use attached::WithAttachments;
