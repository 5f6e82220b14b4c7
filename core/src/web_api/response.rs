//! The response to a call, from its first byte to its last: HTTP head, body, JSON.

use core::fmt;

use super::accepted::Accepted;
use super::api_error::ApiError;
use super::element::Element;
use super::paths;
use super::start_lists::{StartList, StartLists};
use crate::buffer::RecvBuf;
use crate::http::body::{Body, BodyStep};
use crate::http::framing::Framing;
use crate::http::head::HeadParser;
use crate::http::{HeadItemKind, HttpError, KnownField, delay_seconds};
use crate::json::{DocumentState, Extractor, Members, Paths, Raw, Source, SyntaxError, Text};
use crate::time::Duration;

/// Reads the response to a call out of a receive buffer.
///
/// Nothing is kept but the members that the table of paths names; they stay at the front of the
/// buffer. Elements of lists are returned one by one while the body is read.
///
/// The body of a response with a status from 400 on is read if it is JSON, because Slack states its
/// reason in it. Status 429 is always a refusal with
/// [`ErrorCode::RateLimited`](super::ErrorCode::RateLimited), whatever the body is.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::web_api::{Cleartext, Response, ResponseStep, paths};
///
/// let mut memory = [0; 512];
/// let mut rx = RecvBuf::new(&mut memory);
/// let bytes = b"HTTP/1.1 200 OK\r\n\r\n{\"ok\":true,\"url\":\"wss:\\/\\/ms1.slack.com\\/x\"}";
/// rx.space()[..bytes.len()].copy_from_slice(bytes);
/// rx.filled(bytes.len());
///
/// let mut response = Response::new(&paths::CONNECT);
/// assert!(matches!(response.poll(&mut rx)?, ResponseStep::Head));
/// match response.poll(&mut rx)? {
///     ResponseStep::Accepted(accepted) => {
///         let url = accepted.url(&["slack.com"], Cleartext::Refused).unwrap();
///         assert_eq!((url.host(), url.target()), ("ms1.slack.com", "/x"));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), slack_rtm::web_api::ResponseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Response {
    stage: Stage,
    head: HeadParser,
    framing: Framing,
    body: Body,
    extractor: Extractor,
    /// Whether elements of a path are returned; all are without it. A pointer, so that the linker
    /// drops the code from programs that select no lists.
    is_wanted: Option<fn(&Self, path: u8) -> bool>,
    lists: StartLists,
    /// Counts content and returns whether no more of it is wanted. A pointer for the same reason.
    is_enough: Option<fn(&mut Self, read: usize, &RecvBuf<'_>) -> bool>,
    status: u16,
    retry_after: Option<Duration>,
    is_json: bool,
    /// Whether the head keeps the rules for the length and the coding of the body. Where it does
    /// not, only status 200 makes that an error: any other one counts, with the rest of the head.
    is_framed: bool,
    /// Bytes of content that may be read before the URL is looked for.
    stride: usize,
}

/// Reading may stop at the URL at multiples of this many bytes of content, so that it does not
/// depend on the division of the response into reads.
const STRIDE: usize = 64;

/// The length to which a text is kept: one byte more than the longest code of Slack's.
const LONGEST_TEXT: usize = 64;

/// The beginning of the response to an upload, which ends with the number of bytes that were received.
pub(crate) const UPLOADED: &str = "OK - ";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    Body,
    Complete,
}

/// How much of a response is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReadUntil {
    /// All of it.
    #[default]
    End,
    /// Until `ok`, `url` and `self.id` have arrived, in any order, and at most 64 bytes more. The
    /// rest is neither read nor validated. Members of an element that was being read then may be
    /// among those of the response.
    Url,
}

/// The next part of a response.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ResponseStep<'r> {
    /// More bytes are needed.
    Incomplete,
    /// The head is complete, with status 200. The 30 seconds of a URL begin here.
    Head,
    /// An element of a list. Its members are gone with the next step.
    Element(Element<'r>),
    /// The response is complete, with `"ok":true`; its members stay in the buffer.
    Accepted(Accepted<'r>),
    /// Slack refused the call: `"ok":false`, or status 429.
    Refused(ApiError<'r>),
}

/// A [`ResponseStep`] that borrows nothing; an element is the number of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseStepKind {
    Incomplete,
    Head,
    Element(u8),
    Accepted,
    Refused,
}

impl Response {
    /// Creates a reader that keeps the members in `paths`: one of the tables in [`paths`], or one
    /// that extends it.
    pub fn new(paths: &'static Paths) -> Self {
        let framing = Framing::new();
        Self {
            stage: Stage::Head,
            head: HeadParser::new(),
            framing,
            body: framing.body(200),
            extractor: Extractor::with_source(paths, Raw::Off, Source::Stream),
            is_wanted: None,
            lists: StartLists::NONE,
            is_enough: None,
            status: 0,
            retry_after: None,
            is_json: false,
            is_framed: true,
            stride: usize::MAX,
        }
    }

    /// Selects the lists of `rtm.start` whose elements are returned; by default all that the table
    /// of paths names. Those of a caller's own table always are.
    #[must_use]
    pub const fn lists(mut self, lists: StartLists) -> Self {
        self.set_lists(lists);
        self
    }

    /// Selects how much is read; by default all.
    #[must_use]
    pub const fn until(mut self, until: ReadUntil) -> Self {
        self.set_until(until);
        self
    }

    /// Like [`lists`](Self::lists), in place.
    pub(crate) const fn set_lists(&mut self, lists: StartLists) {
        self.lists = lists;
        self.is_wanted = Some(Self::is_of_lists);
    }

    /// Like [`until`](Self::until), in place.
    pub(crate) const fn set_until(&mut self, until: ReadUntil) {
        match until {
            ReadUntil::End => {
                self.is_enough = None;
                self.stride = usize::MAX;
            }
            ReadUntil::Url => {
                self.is_enough = Some(Self::is_enough_at_url);
                self.stride = STRIDE;
            }
        }
    }

    /// Returns the next step; after the last one, that one again.
    ///
    /// # Errors
    /// [`ResponseError`] if this is no response of the Web API. Drop the link then.
    pub fn poll<'r>(&mut self, rx: &'r mut RecvBuf<'_>) -> Result<ResponseStep<'r>, ResponseError> {
        match self.advance(rx) {
            Ok(kind) => Ok(self.step(kind, rx)),
            Err(kind) => Err(self.error(kind)),
        }
    }

    /// Like [`poll`](Self::poll), without borrowing `rx` for the result.
    pub(crate) fn advance(
        &mut self,
        rx: &mut RecvBuf<'_>,
    ) -> Result<ResponseStepKind, ResponseErrorKind> {
        if self.stage == Stage::Head {
            self.read_head(rx)?;
            match self.stage {
                Stage::Head => return Ok(ResponseStepKind::Incomplete),
                _ if self.status == 200 => return Ok(ResponseStepKind::Head),
                _ => {}
            }
        }
        while self.stage == Stage::Body {
            match self.body.next(rx)? {
                BodyStep::Incomplete => return Ok(ResponseStepKind::Incomplete),
                BodyStep::End => {
                    self.extractor.finish(rx).map_err(ResponseErrorKind::Json)?;
                    self.stage = Stage::Complete;
                }
                BodyStep::Data(count) => {
                    let count = count.min(self.stride);
                    let fed = self.extractor.feed(rx, count);
                    let fed = fed.map_err(ResponseErrorKind::Json)?;
                    self.body.consumed(fed.consumed);
                    if let Some(is_enough) = self.is_enough
                        && is_enough(self, fed.consumed, rx)
                    {
                        self.stage = Stage::Complete;
                        continue;
                    }
                    match fed.state {
                        // Nothing but the end of the link shows where such a body ends.
                        DocumentState::Complete if self.body.lasts_until_close() => {
                            self.stage = Stage::Complete;
                        }
                        DocumentState::Element(path)
                            if self.status == 200
                                && self.is_wanted.is_none_or(|is_wanted| is_wanted(self, path)) =>
                        {
                            return Ok(ResponseStepKind::Element(path));
                        }
                        // After the document only white space is accepted (RFC 8259 section 2).
                        DocumentState::Complete
                        | DocumentState::Incomplete
                        | DocumentState::Element(_) => {}
                    }
                }
            }
        }
        match (self.status, rx.records().bool(paths::OK)) {
            (TOO_MANY_REQUESTS, _) | (_, Some(false)) => Ok(ResponseStepKind::Refused),
            (200, Some(true)) => Ok(ResponseStepKind::Accepted),
            _ => Err(ResponseErrorKind::NoOk),
        }
    }

    /// Like [`advance`](Self::advance), for a body that is a text unless it is declared to be JSON:
    /// `ok`, `OK - ` and the length of an upload, or the code of an error, which is kept as the member
    /// `error`. `has_ended` if the link was closed in order.
    pub(crate) fn advance_text(
        &mut self,
        rx: &mut RecvBuf<'_>,
        has_ended: bool,
    ) -> Result<ResponseStepKind, ResponseErrorKind> {
        if self.stage == Stage::Head {
            match self.read_head(rx) {
                Err(ResponseErrorKind::Status)
                    if self.status >= 400 && self.is_framed && !self.is_json =>
                {
                    self.stage = Stage::Body;
                    self.body = self.framing.body(self.status);
                }
                read => read?,
            }
            if self.stage == Stage::Head {
                return Ok(ResponseStepKind::Incomplete);
            }
        }
        if self.is_json || self.status == TOO_MANY_REQUESTS {
            return self.advance(rx);
        }
        loop {
            match self.body.next(rx)? {
                BodyStep::Incomplete if has_ended && self.body.lasts_until_close() => break,
                BodyStep::Incomplete => return Ok(ResponseStepKind::Incomplete),
                BodyStep::End => break,
                BodyStep::Data(count) => {
                    rx.append_text(count, LONGEST_TEXT);
                    self.body.consumed(count);
                }
            }
        }
        rx.end_text(paths::ERROR);
        let text = rx.records().text(paths::ERROR).map_or("", Text::as_str);
        let text = text.trim_ascii_end();
        let is_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        match (self.status, text) {
            (200, "ok") => Ok(ResponseStepKind::Accepted),
            (200, _) if text.starts_with(UPLOADED) => Ok(ResponseStepKind::Accepted),
            (200, _) | (_, "") => Err(ResponseErrorKind::NoOk),
            _ if text.len() < LONGEST_TEXT && text.bytes().all(is_code) => {
                Ok(ResponseStepKind::Refused)
            }
            _ => Err(ResponseErrorKind::NoOk),
        }
    }

    /// Returns the step of this kind, with the borrows from `rx`.
    pub(crate) fn step<'r>(&self, kind: ResponseStepKind, rx: &'r RecvBuf<'_>) -> ResponseStep<'r> {
        let (records, paths) = (rx.records(), self.extractor.paths());
        match kind {
            ResponseStepKind::Incomplete => ResponseStep::Incomplete,
            ResponseStepKind::Head => ResponseStep::Head,
            ResponseStepKind::Element(path) => {
                ResponseStep::Element(Element::new(path, Members::new(records, paths)))
            }
            ResponseStepKind::Accepted => ResponseStep::Accepted(Accepted::new(records, paths)),
            ResponseStepKind::Refused => {
                let error = ApiError::of_response(records, self.status, self.retry_after);
                ResponseStep::Refused(error)
            }
        }
    }

    /// Returns whether the status is an error by itself. There is none before the status line.
    pub(crate) const fn has_error_status(&self) -> bool {
        !matches!(self.status, 0 | 200)
    }

    /// Returns whether the link can be used for another request after this response, whose last
    /// step was returned.
    pub(crate) const fn keeps_link(&self) -> bool {
        self.status == 200 && !self.framing.closes() && !self.body.lasts_until_close()
    }

    /// Returns the status of the head.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// Returns `Retry-After` of the head.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Records that the link was closed in order: no more bytes arrive, and `rx` has no unread
    /// ones.
    ///
    /// # Errors
    /// [`ResponseError`] if the response was not complete; otherwise the next
    /// [`poll`](Self::poll) returns its last step.
    pub fn eof(&mut self, rx: &mut RecvBuf<'_>) -> Result<(), ResponseError> {
        self.end_of_stream(rx).map_err(|kind| self.error(kind))
    }

    /// Like [`eof`](Self::eof), with the kind of the error.
    pub(crate) fn end_of_stream(&mut self, rx: &mut RecvBuf<'_>) -> Result<(), ResponseErrorKind> {
        let is_complete = match self.stage {
            Stage::Head => false,
            // The document itself shows whether it was cut.
            Stage::Body => self.extractor.finish(rx).is_ok(),
            Stage::Complete => true,
        };
        if !is_complete {
            return Err(HttpError::Truncated.into());
        }
        self.stage = Stage::Complete;
        Ok(())
    }

    /// Reads as much of the head as has arrived, and changes the stage at its end.
    fn read_head(&mut self, rx: &mut RecvBuf<'_>) -> Result<(), ResponseErrorKind> {
        loop {
            let item = self.head.advance(rx)?;
            match item {
                HeadItemKind::Incomplete => return Ok(()),
                HeadItemKind::Skipped => {}
                HeadItemKind::Status(status) => self.status = status,
                HeadItemKind::End => break,
                HeadItemKind::Field | HeadItemKind::TooLong => match self.head.field(rx)? {
                    (field, _) if item == HeadItemKind::TooLong => {
                        self.check_framing(Framing::known_too_long(field))?;
                    }
                    (Some(KnownField::RetryAfter), value) => {
                        self.retry_after = delay_seconds(value);
                    }
                    (Some(KnownField::ContentType), value) => {
                        let json = b"application/json";
                        let start = value.get(..json.len()).unwrap_or_default();
                        self.is_json = start.eq_ignore_ascii_case(json);
                    }
                    (Some(field), value) => {
                        let known = self.framing.known(field, value);
                        self.check_framing(known)?;
                    }
                    (None, _) => {}
                },
            }
        }
        self.stage = match self.status {
            // `Retry-After` is all that counts, and the head has it.
            TOO_MANY_REQUESTS => {
                rx.drop_records();
                Stage::Complete
            }
            200 => Stage::Body,
            400.. if self.is_json && self.is_framed => Stage::Body,
            _ => return Err(ResponseErrorKind::Status),
        };
        self.body = self.framing.body(self.status);
        Ok(())
    }

    /// Handles the result of a field that frames the body.
    fn check_framing(&mut self, known: Result<(), HttpError>) -> Result<(), HttpError> {
        self.is_framed &= known.is_ok();
        match self.status {
            200 => known,
            _ => Ok(()),
        }
    }

    /// Returns the error of this kind, with the members of the head. Of a response that cannot be
    /// read a status other than 200 says more than the rule that it breaks.
    pub(crate) fn error(&self, kind: ResponseErrorKind) -> ResponseError {
        let (status, retry_after) = (self.status, self.retry_after);
        match kind {
            _ if (300..400).contains(&status) => ResponseError::Redirect { status },
            _ if self.has_error_status() => ResponseError::Status {
                status,
                retry_after,
            },
            ResponseErrorKind::Http(error) => ResponseError::Http(error),
            ResponseErrorKind::Json(error) if self.is_json => ResponseError::Json(error),
            ResponseErrorKind::Json(_) => ResponseError::NotJson,
            ResponseErrorKind::Status | ResponseErrorKind::NoOk => ResponseError::NoOk,
        }
    }

    fn is_enough_at_url(&mut self, read: usize, rx: &RecvBuf<'_>) -> bool {
        self.stride = self.stride.saturating_sub(read);
        if self.stride > 0 {
            return false;
        }
        self.stride = STRIDE;
        // By name: other tables may have other members under the numbers of these.
        let members = Members::new(rx.records(), self.extractor.paths());
        ["ok", "url", "self.id"]
            .into_iter()
            .all(|name| members.find(name).is_some())
    }

    fn is_of_lists(&self, path: u8) -> bool {
        let path = self.extractor.paths().path(path);
        let list = path.and_then(StartList::of_path);
        list.is_none_or(|list| self.lists.contains(list))
    }
}

/// Too Many Requests (RFC 6585 section 4).
const TOO_MANY_REQUESTS: u16 = 429;

/// A [`ResponseError`] without the members of the head: small, since it passes through many
/// functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseErrorKind {
    Http(HttpError),
    /// The status is not 200, and there is no reason from Slack to read.
    Status,
    Json(SyntaxError),
    NoOk,
}

impl From<HttpError> for ResponseErrorKind {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

/// Why a response is not one of the Web API. Most of these are temporary: try again, with growing
/// delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ResponseError {
    /// The response is not HTTP, or was cut.
    Http(HttpError),
    /// A redirect. It is never followed, since the token would go along.
    Redirect {
        /// The status, 300 to 399.
        status: u16,
    },
    /// Any other status than 200, without a reason from Slack.
    Status {
        /// The status.
        status: u16,
        /// The time to wait before the next call, if the server gave one.
        retry_after: Option<Duration>,
    },
    /// The body is not JSON and does not claim to be: it came from something in between, such as a
    /// proxy or a sign-in page.
    NotJson,
    /// The body claims to be JSON and breaks one of its rules, or is cut.
    Json(SyntaxError),
    /// The body is JSON, but has no `ok`.
    NoOk,
}

impl ResponseError {
    /// Returns `Retry-After`, if the response had it.
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => retry_after,
            _ => None,
        }
    }
}

impl From<HttpError> for ResponseError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl ResponseError {
    /// Returns the stable number of the error, for logs and for C. For a variant with an error it
    /// is that of the error.
    pub const fn code(self) -> u16 {
        match self {
            Self::Http(error) => error.code(),
            Self::Redirect { .. } => 650,
            Self::Status { .. } => 651,
            Self::NotJson => 652,
            Self::Json(error) => error.code(),
            Self::NoOk => 653,
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => write!(f, "{error}"),
            Self::Redirect { status } => write!(
                f,
                "the API responded with a redirect ({status}), which is not followed; check the API base"
            ),
            Self::Status {
                status,
                retry_after,
            } => {
                write!(f, "the API responded with status {status}; try again ")?;
                match retry_after {
                    Some(span) => write!(f, "after {} s", span.as_millis().div_ceil(1000)),
                    None => f.write_str("later"),
                }
            }
            Self::NotJson => f.write_str(
                "the response is not JSON; check the API base, and for a sign-in page of the network",
            ),
            Self::Json(error) => write!(f, "the response is broken: {error}"),
            Self::NoOk => f.write_str("the response has no member `ok`; check the API base"),
        }
    }
}

impl core::error::Error for ResponseError {}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Response);
