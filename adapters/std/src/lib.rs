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
mod storage;
mod trust;
mod wait;

pub use clock::Clock;
pub use dial::{Dialer, Dialing};
pub use error::{LinkError, SessionError};
pub use link::{Link, Progress};
pub use pump::Pump;
pub use random::OsEntropy;
pub use sender::{Receipt, Sender, SessionGone};
pub use session::{Buffers, Handle, Session};
pub use slack_rtm::{DisconnectReason, Peer, Security};
pub use trust::{Trust, TrustError};
pub use wait::Waker;
