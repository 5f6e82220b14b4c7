//! Slack's Web API: a method and its arguments go out, an answer comes back.
//!
//! - [`Api`], [`Method`], [`Request`]: the request, as a writer
//! - [`Response`]: the answer, read as it flows by; [`Accepted`] or [`ApiError`] in the end
//! - [`Element`], [`List`], [`StartLists`]: the lists of `rtm.start`
//! - [`ErrorCode`], [`WarningCode`]: what Slack says beside the answer
//! - [`Call`]: one call of any method, with buffers and a link of its own
//! - [`paths`]: which members are kept; a program can add its own

mod accepted;
mod api;
mod call;
mod code;
mod exchange;
mod lists;
mod method;
pub mod outbox;
pub mod paths;
mod response;

pub(crate) use accepted::url_in;
pub use accepted::{Accepted, ApiError, Cleartext, SocketUrlError, Warnings, check_url};
pub use api::{Api, ArgumentsIn, Request, RequestError, TokenIn};
pub use call::{Call, CallError, CallEvent, CallOutput};
pub use code::{ErrorCode, Remedy, WarningCode};
pub(crate) use exchange::{Exchange, ExchangeError};
pub use lists::{Element, StartList, StartLists};
pub use method::{ConnectArguments, Method, StartArguments};
pub use response::{ReadUntil, Response, ResponseError, ResponseStep};
pub(crate) use response::{ResponseErrorKind, ResponseStepKind};
