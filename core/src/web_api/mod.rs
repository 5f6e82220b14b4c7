//! Slack's Web API: requests that call a method, and the responses to them.
//!
//! # Which machine
//!
//! | task | machine |
//! |---|---|
//! | receive events, and post messages over the same socket | [`Client`](crate::Client), which makes the opening call itself |
//! | call any method once, such as `chat.postMessage` or `conversations.info` | [`Call`], with a link and buffers of its own |
//! | call methods again and again, over a link that is kept, within Slack's limits; post messages that may have to wait | [`Caller`], with a link and buffers of its own |
//! | read a response that other code receives | [`Response`], which does no I/O and knows no deadlines |
//!
//! The [guide](crate::guide::web_api) has a chapter on the [`Caller`]: its outcomes, repetition, rate
//! limits, posts that wait, and token rotation.
//!
//! A [`Call`], a [`Caller`] and a [`Client`](crate::Client) return the same
//! [`Output`](crate::Output), so one loop drives any of them. A call has a link of its own: a second one, or one while the client
//! has none. Slack's limits on the rate of calls are the caller's matter: a refusal has
//! [`retry_after`](ApiError::retry_after).
//!
//! ```
//! use slack_rtm::buffer::{Counter, Sink};
//! use slack_rtm::web_api::{Api, Call, ErrorCode, Named, Remedy, paths};
//!
//! let api = Api::new("xoxb-1");
//! let arguments = [("channel", "C0123456789")];
//! let method = Named { name: "conversations.info", arguments: &arguments };
//! // The request alone, as a writer into any sink:
//! let request = api.request(method)?;
//! assert!(Counter::of(|sink: &mut dyn Sink| request.write(sink)) > 100);
//! // Or all of the call, as a state machine:
//! let call = Call::new(&api, method, &paths::CALL)?;
//! // A refusal has a code with a meaning and a remedy.
//! assert_eq!(ErrorCode::from_code("token_expired").remedy(), Remedy::ReplaceToken);
//! # let _ = call;
//! # Ok::<(), slack_rtm::web_api::RequestError>(())
//! ```
//!
//! # Contents
//!
//! - [`Api`], [`Request`]: the request, as a writer
//! - [`Method`], [`Named`], [`OpeningMethod`]: methods with their arguments
//! - [`Response`]: the response, read as it arrives; its last step is [`Accepted`] or [`ApiError`]
//! - [`Element`], [`StartList`], [`StartLists`]: the elements of lists, and the lists of `rtm.start`
//! - [`Pages`], [`NextCursor`]: a list that is returned in pages
//! - [`ErrorCode`], [`WarningCode`]: the codes in responses, and what to do; [`errors`]: the codes
//!   of single methods
//! - [`Call`]: one call of any method, with its own buffers and link
//! - [`Caller`], [`Job`], [`RateSlot`]: many calls over one link, and posts that wait; [`CallFailure`]:
//!   why a call has no response
//! - [`Sequence`]: calls of which each depends on the response to the one before
//! - [`paths`]: the members of responses that are kept; a program can add its own

mod accepted;
mod api;
mod api_error;
mod argument_error;
mod arguments;
mod body;
mod call;
mod call_error;
mod call_failure;
mod caller;
mod caller_config;
mod caller_event;
mod cleartext;
mod code;
pub(crate) mod deadline;
mod due;
mod element;
mod endpoint;
mod error_table;
pub mod errors;
mod exchange;
mod job;
mod json_body;
mod method;
mod next_cursor;
mod opening;
pub(crate) mod outbox;
mod own_url;
mod pages;
pub mod paths;
mod placement;
mod post_error;
mod rate;
mod rates;
mod request_error;
mod response;
mod sequence;
mod sequence_error;
mod socket_url;
mod start_lists;
mod stored;
mod texts;
mod warnings;

pub use accepted::Accepted;
pub use api::{Api, Request};
pub use api_error::ApiError;
pub(crate) use api_error::RATE_LIMIT_DELAY;
pub use argument_error::{ArgumentError, ArgumentPart};
pub use arguments::Arguments;
pub(crate) use body::Body;
pub use call::{Call, CallEvent, CallOutput};
pub use call_error::CallError;
pub use call_failure::CallFailure;
pub use caller::{Caller, CallerEvent, CallerOutput};
pub use caller_config::CallerConfig;
pub use cleartext::Cleartext;
pub use code::{ErrorCode, Remedy};
pub use element::Element;
pub(crate) use endpoint::{Endpoint, check_name};
pub use error_table::{ErrorEntry, ErrorTable, Explanation};
pub(crate) use exchange::{ADVANCE_JSON, Exchange, ExchangeError};
pub use job::Job;
pub(crate) use json_body::{JSON_BODY, JsonBody};
pub use method::{Method, MethodInfo, Named, Repetition};
pub use next_cursor::NextCursor;
pub(crate) use opening::APPS_CONNECTIONS_OPEN;
pub use opening::{OpeningMethod, RtmConnect, RtmStart};
pub use pages::Pages;
pub use placement::{ArgumentsIn, TokenIn};
pub use post_error::PostError;
pub use rate::Rate;
pub use rates::RateSlot;
pub use request_error::RequestError;
pub use response::{ReadUntil, Response, ResponseError, ResponseStep};
pub(crate) use response::{ResponseStepKind, UPLOADED};
pub use sequence::Sequence;
pub use sequence_error::SequenceError;
pub(crate) use socket_url::{SLACK_DOMAINS, url_in};
pub use socket_url::{SocketUrlError, check_url};
pub use start_lists::{StartList, StartLists};
pub use warnings::{WarningCode, Warnings};
