#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod app;
mod buffers;
mod clock;
mod connect;
mod dial;
mod error;
mod link;
mod list;
mod post_outcome;
mod pump;
mod random;
mod resolve;
#[cfg(feature = "serde")]
mod response;
mod sender;
mod session;
mod stop;
mod storage;
mod trust;
mod upload;
mod upload_failure;
mod upload_source;
mod wait;
mod web_api;

pub use app::{App, AppBuffers, AppError, AppEvent, AppHandle, AppTokens};
pub use buffers::Buffers;
pub use clock::Clock;
pub use dial::{Dialer, Dialing};
pub use error::{LinkError, SessionError, WebApiError};
pub use link::{Link, Progress};
pub use list::List;
pub use post_outcome::PostOutcome;
pub use pump::Pump;
pub use random::OsEntropy;
#[cfg(feature = "serde")]
pub use response::serialized;
pub use sender::{Receipt, Sender, SessionGone};
pub use session::{Handle, Session};
pub use slack_rtm::web_api::CallFailure;
pub use slack_rtm::{DisconnectReason, Peer, Security};
pub use stop::StopHandle;
pub use trust::{Trust, TrustError};
pub use upload_failure::UploadFailure;
pub use upload_source::{ReadOnce, UploadSource};
pub use wait::Waker;
pub use web_api::WebApi;
