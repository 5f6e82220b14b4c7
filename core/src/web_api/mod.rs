//! Slack's Web API: a method and its arguments go out, an answer comes back.
//!
//! - [`Api`], [`Method`], [`Request`]: the request, as a writer
//! - [`ErrorCode`], [`WarningCode`]: what Slack says beside the answer

mod api;
mod code;
mod method;

pub use api::{Api, ArgumentsIn, Request, RequestError, TokenIn};
pub use code::{ErrorCode, Remedy, WarningCode};
pub use method::{ConnectArguments, Method, StartArguments};
