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

// The members of responses are found by name, so that their numbers are not used.
#![allow(dead_code)]

mod attached;
pub mod auth;
pub mod chat;
pub mod conversations;
pub mod oauth;
pub mod reactions;
pub mod team;
pub mod users;
pub mod webhooks;

pub use attached::WithAttachments;
