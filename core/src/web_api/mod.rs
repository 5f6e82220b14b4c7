//! Slack's Web API: a method and its arguments go out, an answer comes back.
//!
//! - [`Api`], [`Method`], [`Request`]: the request, as a writer
//! - [`Answer`]: the answer, read as it flows by; [`Accepted`] or [`ApiError`] in the end
//! - [`Element`], [`List`], [`Lists`]: the lists of `rtm.start`
//! - [`ErrorCode`], [`WarningCode`]: what Slack says beside the answer
//! - [`Call`]: one call of any method, with buffers and a link of its own
//! - [`paths`]: which members are kept; a program can add its own

mod answer;
mod api;
mod call;
mod code;
mod lists;
mod members;
mod method;
pub mod paths;
mod reply;

pub use answer::{Answer, AnswerError, AnswerStep, ReadUntil};
pub(crate) use answer::{Fault, Progress};
pub use api::{Api, ArgumentsIn, Request, RequestError, TokenIn};
pub use call::{Call, CallError, CallOutput, Ended, Patience};
pub use code::{ErrorCode, Remedy, WarningCode};
pub use lists::{Element, List, Lists};
pub use members::{Member, Members, MembersIter};
pub use method::{ConnectArguments, Method, StartArguments};
pub(crate) use reply::url_in;
pub use reply::{Accepted, ApiError, OpenError, Plain, Warnings, check_url};
