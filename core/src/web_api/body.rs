//! The body of a request that the caller supplies while it is sent.

use super::call_error::CallError;
use super::exchange::Exchange;
use super::response::ResponseError;
use crate::buffer::SendBuf;
use crate::http::HttpError;
use crate::http::request::RequestWriter;
use crate::link::{DisconnectReason, Timeout};
use core::fmt;

/// The body of a request that is not written by its method: raw bytes, which the caller supplies part
/// by part ([`CallerEvent::BodyNeeded`](super::CallerEvent::BodyNeeded)).
#[derive(Clone, Copy)]
pub(crate) struct Body {
    /// The length in bytes, of a file that Slack accepts.
    pub(crate) length: u32,
    /// Whether the caller can supply it again from the beginning.
    pub(crate) can_restart: bool,
    /// Ends the head. A pointer, like the next ones, so that the linker drops the functions from
    /// programs without such bodies: they are 1 % of a program that posts.
    pub(crate) end_head: fn(RequestWriter<'_>, u64),
    /// Returns whether the next part is to be supplied.
    pub(crate) is_needed: fn(&Self, &mut Exchange, &SendBuf<'_>) -> bool,
    /// Returns the error of a call that fails with this one. The second argument is whether a part of
    /// the body was supplied.
    pub(crate) failure: fn(&Self, bool, CallError) -> CallError,
}

impl Body {
    /// Creates a body of this length.
    pub(crate) const fn new(length: u32) -> Self {
        Self {
            length,
            can_restart: true,
            end_head: |head, length| head.end_before_body(OCTETS, length),
            is_needed,
            failure,
        }
    }
}

/// The type of bytes of which nothing is known (RFC 2046 section 4.5.1).
const OCTETS: &str = "application/octet-stream";

fn is_needed(body: &Body, exchange: &mut Exchange, tx: &SendBuf<'_>) -> bool {
    exchange.set_body(body.length);
    // Only when the link has taken everything before: no byte waits for a slow source.
    if !exchange.is_unsent() || !exchange.is_written() || !tx.pending().is_empty() {
        return false;
    }
    exchange.wait_for_body();
    true
}

fn failure(body: &Body, supplied: bool, error: CallError) -> CallError {
    let reason = match error {
        CallError::Disconnected(reason) => reason,
        CallError::Response(ResponseError::Http(HttpError::Truncated)) => DisconnectReason::Closed,
        CallError::TimedOut(Timeout::Response) => DisconnectReason::TimedOut,
        _ => return error,
    };
    match supplied && !body.can_restart {
        true => CallError::CannotRestart(reason),
        false => error,
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        (self.length, self.can_restart) == (other.length, other.can_restart)
    }
}

impl Eq for Body {}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("length", &self.length)
            .field("can_restart", &self.can_restart)
            .finish_non_exhaustive()
    }
}
