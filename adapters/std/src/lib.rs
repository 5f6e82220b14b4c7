#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod clock;
mod connect;
mod dial;
mod error;
mod link;
mod pump;
mod random;
mod resolve;
mod sender;
mod session;
mod trust;
mod wait;

pub use clock::Clock;
pub use dial::{Dialed, Dialer, Dialing};
pub use error::LinkError;
pub use link::{Exchanged, Link};
pub use pump::{Pump, Pumped};
pub use random::OsEntropy;
pub use sender::{Receipt, Sender, SessionGone};
pub use session::{Buffers, Replies, Session};
pub use slack_rtm::{DisconnectReason, Peer, Security};
pub use trust::{Trust, TrustError};
pub use wait::Waker;
