//! A client and a Slack over a lossy link, on a virtual clock, from a seed.
//!
//! [`run`] lives through a stretch of virtual time: links reset, stall, half-open and drip, the
//! server answers with every kind of error, a user sends messages, and a bot answers a channel whose
//! members edit, delete, reply in threads and paste links. What must hold whatever
//! happens is checked on the way and at the end ([`Life::verdict`]). The same seed gives the same
//! life, so a failing seed can be run again with its transcript.
//!
//! [`calls`] is a month of a device that calls the Web API, and [`device`] one of a device that
//! listens and calls at the same time. [`socket_mode`] is a life of a client in Socket Mode.

mod app;
mod bot;
mod calls;
mod device;
mod life;
mod members;
mod random;
mod server;
mod socket_mode;
mod wire;

pub use calls::{Month, calls};
pub use device::{Listened, device};
pub use life::{Life, Settings, run};
pub use socket_mode::{SocketModeLife, socket_mode};
