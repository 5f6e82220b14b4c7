//! One request and its response over an open link: the engine of every call.

use super::response::{Response, ResponseErrorKind, ResponseStepKind};
use crate::buffer::{RecvBuf, SendBuf, Sink};
use crate::json::Paths;
use crate::link::{DisconnectReason, Link, Timeouts};
use crate::time::{Duration, Instant};

/// A request being sent and a response being received, with the deadlines for both.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    response: Response,
    /// Bytes of the request that were put into the send buffer.
    written: u32,
    /// Whether they reach the end of the writer's output: of the request without a body that the
    /// caller supplies.
    is_written: bool,
    /// The length of such a body. It begins after the output of the writer.
    body_length: u32,
    /// Bytes of it that were supplied.
    body_supplied: u32,
    /// Unread bytes that the last poll left, such as half a line.
    unread: u32,
    /// The silence that is allowed.
    silence: Duration,
    /// The deadline: the end of that silence, or `total_until` if that is earlier.
    until: Instant,
    /// The end of the time that request and response may take together. There is none once a body that
    /// the caller supplies has begun.
    total_until: Instant,
}

/// A function that reads a response. Its last argument is whether the link was closed in order. A
/// pointer, so that the linker drops [`Response::advance_text`] from programs without such responses.
pub(crate) type Advance =
    fn(&mut Response, &mut RecvBuf<'_>, bool) -> Result<ResponseStepKind, ResponseErrorKind>;

/// Reads a response that is JSON.
pub(crate) const ADVANCE_JSON: Advance = |response, rx, _| response.advance(rx);

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExchangeError {
    /// The link failed before the response was complete.
    Disconnected(DisconnectReason),
    TimedOut,
    /// [`Exchange::response`] has the details.
    Response(ResponseErrorKind),
}

impl From<ResponseErrorKind> for ExchangeError {
    fn from(error: ResponseErrorKind) -> Self {
        Self::Response(error)
    }
}

impl Exchange {
    /// Creates an exchange over a link that opened at `now`. The members of the response that
    /// `paths` names are kept.
    pub(crate) fn new(paths: &'static Paths, timeouts: &Timeouts, now: Instant) -> Self {
        Self {
            response: Response::new(paths),
            written: 0,
            is_written: false,
            body_length: 0,
            body_supplied: 0,
            unread: 0,
            silence: timeouts.response,
            until: now + timeouts.response.min(timeouts.response_total),
            total_until: now + timeouts.response_total,
        }
    }

    /// Returns the response.
    pub(crate) const fn response(&self) -> &Response {
        &self.response
    }

    /// Returns the response, so that its reader can be configured in place: it is large.
    pub(crate) const fn response_mut(&mut self) -> &mut Response {
        &mut self.response
    }

    /// Sends the rest of the request that `write` emits, as far as `tx` has room, and returns the
    /// next step of the response, which `advance` reads.
    ///
    /// [`ResponseStepKind::Incomplete`] is returned only while there is something to wait for,
    /// until [`until`](Self::until) at most. Bytes that are in `rx` are read before the end of the
    /// link counts.
    pub(crate) fn poll(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        link: Link,
        now: Instant,
        write: &dyn Fn(&mut dyn Sink),
        advance: Advance,
    ) -> Result<ResponseStepKind, ExchangeError> {
        // The link took bytes, or brought some: the silence begins again.
        if tx.take_progress() || in_32_bits(rx.unread().len()) > self.unread {
            self.until = (now + self.silence).min(self.total_until);
        }
        if !self.is_written {
            let (count, is_written) =
                tx.append(usize::try_from(self.written).unwrap_or(usize::MAX), write);
            self.written += in_32_bits(count);
            self.is_written = is_written;
        }
        loop {
            let has_ended = link == Link::Ended(DisconnectReason::Closed);
            let step = advance(&mut self.response, rx, has_ended)?;
            self.unread = in_32_bits(rx.unread().len());
            if step != ResponseStepKind::Incomplete {
                return Ok(step);
            }
            let error = match link {
                Link::Ended(DisconnectReason::Closed) => {
                    self.response.end_of_stream(rx)?;
                    continue;
                }
                Link::Ended(reason) => ExchangeError::Disconnected(reason),
                _ if now >= self.until => ExchangeError::TimedOut,
                _ => return Ok(step),
            };
            // A status that is an error counts more than the loss of the reason that was to follow.
            return Err(match self.response.has_error_status() {
                true => ResponseErrorKind::Status.into(),
                false => error,
            });
        }
    }

    /// Returns whether the whole output of the writer was put into the send buffer, so that the writer
    /// is not needed any more.
    pub(crate) const fn is_written(&self) -> bool {
        self.is_written
    }

    /// Sets the length of the body that the caller supplies.
    pub(crate) const fn set_body(&mut self, length: u32) {
        self.body_length = length;
    }

    /// Returns the number of bytes of the body that were supplied, and the length of the body.
    pub(crate) const fn body(&self) -> (u32, u32) {
        (self.body_supplied, self.body_length)
    }

    /// Returns whether a part of the body is to be supplied.
    pub(crate) const fn is_unsent(&self) -> bool {
        // `poll` with the job of another call may have set a shorter length.
        self.body_supplied < self.body_length
    }

    /// Waits for the source of the body, without a time limit.
    pub(crate) const fn wait_for_body(&mut self) {
        (self.until, self.total_until) = (Instant::MAX, Instant::MAX);
    }

    /// Returns the room for the next part of the body.
    pub(crate) fn body_room<'t>(&self, tx: &'t mut SendBuf<'_>) -> &'t mut [u8] {
        let left = self.body_length.saturating_sub(self.body_supplied);
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let room = tx.room();
        let count = room.len().min(most);
        room.get_mut(..count).unwrap_or_default()
    }

    /// Appends the first `count` bytes of that room to the pending ones. The silence that is allowed
    /// begins, unless there are none.
    pub(crate) fn body_filled(&mut self, count: usize, tx: &mut SendBuf<'_>, now: Instant) {
        let count = count.min(self.body_room(tx).len());
        if count == 0 {
            return;
        }
        tx.filled(count);
        self.written = self.written.saturating_add(in_32_bits(count));
        self.body_supplied += in_32_bits(count);
        self.until = now + self.silence;
    }

    /// Returns whether the link has taken a byte of the request. `tx` was empty before it.
    pub(crate) fn has_left(&self, tx: &SendBuf<'_>) -> bool {
        in_32_bits(tx.pending().len()) < self.written
    }

    /// Returns the deadline.
    pub(crate) const fn until(&self) -> Instant {
        self.until
    }
}

/// Returns a number of bytes in 32 bits: a process may have 100,000 exchanges.
fn in_32_bits(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
