//! Slack's Web API: requests that call a method, and the responses to them.
//!
//! - [`Api`], [`Method`], [`Request`]: the request, as a writer
//! - [`Response`]: the response, read as it arrives; its last step is [`Accepted`] or [`ApiError`]
//! - [`Element`], [`StartList`], [`StartLists`]: the lists of `rtm.start`
//! - [`ErrorCode`], [`WarningCode`]: the codes in responses, and what to do
//! - [`Call`]: one call of any method, with its own buffers and link
//! - [`outbox`]: messages that wait to be sent or acknowledged
//! - [`paths`]: the members of responses that are kept; a program can add its own

mod accepted;
mod api;
mod api_error;
mod call;
mod cleartext;
mod code;
mod element;
mod exchange;
mod method;
pub mod outbox;
pub mod paths;
mod placement;
mod response;
mod socket_url;
mod start_lists;
mod texts;
mod warnings;

pub use accepted::Accepted;
pub use api::{Api, Request, RequestError};
pub use api_error::ApiError;
pub use call::{Call, CallError, CallEvent, CallOutput};
pub use cleartext::Cleartext;
pub use code::{ErrorCode, Remedy};
pub use element::Element;
pub(crate) use exchange::{Exchange, ExchangeError};
pub use method::{ConnectArguments, Method, StartArguments};
pub use placement::{ArgumentsIn, TokenIn};
pub(crate) use response::ResponseStepKind;
pub use response::{ReadUntil, Response, ResponseError, ResponseStep};
pub(crate) use socket_url::url_in;
pub use socket_url::{SocketUrlError, check_url};
pub use start_lists::{StartList, StartLists};
pub use warnings::{WarningCode, Warnings};
