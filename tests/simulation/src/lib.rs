//! A client and a Slack over a lossy link, on a virtual clock, from a seed.
//!
//! [`run`] lives through a stretch of virtual time: links reset, stall, half-open and drip, the
//! server answers with every kind of error, a user sends messages, and a bot answers a channel whose
//! members edit, delete, reply in threads and paste links. What must hold whatever
//! happens is checked on the way and at the end ([`Life::verdict`]). The same seed gives the same
//! life, so a failing seed can be run again with its transcript.

mod bot;
mod life;
mod members;
mod random;
mod server;

pub use life::{Life, Settings, run};
