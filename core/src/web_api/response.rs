//! The answer to a call, from its first byte to its last: HTTP head, body, JSON.

use core::fmt;

use super::{Accepted, ApiError, Element, StartLists, paths};
use crate::buffer::RecvBuf;
use crate::http::body::{Body, BodyStep, Framing};
use crate::http::head::{HeadItemKind, HeadParser, KnownField};
use crate::http::{HttpError, delay_seconds};
use crate::json::{DocumentState, Extractor, Members, Paths, Raw, Source, SyntaxError};
use crate::time::Duration;

/// Reads the answer to a call out of a receive buffer.
///
/// Nothing is held but the members that the table of paths asks for; they stay at the front of
/// the buffer. Elements of lists come out one by one while the body flows by.
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
/// let mut answer = Response::new(&paths::CONNECT);
/// assert!(matches!(answer.poll(&mut rx)?, ResponseStep::Head));
/// match answer.poll(&mut rx)? {
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
    fields: Extractor,
    paths: &'static Paths,
    /// Which elements come out; all, if nothing was said.
    is_wanted: Option<fn(&Self, path: u8) -> bool>,
    lists: StartLists,
    /// Counts content, and tells whether no more is wanted.
    is_enough: Option<fn(&mut Self, read: usize, &RecvBuf<'_>) -> bool>,
    status: u16,
    retry_after: Option<Duration>,
    is_json: bool,
    /// How much content may be read before the URL is looked for.
    stride: usize,
}

/// Where reading may stop at the URL: at multiples of so many bytes of content, so that it does
/// not depend on how the answer is divided into reads.
const STRIDE: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    Body,
    Over,
}

/// How much of an answer is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ReadUntil {
    /// All of it.
    #[default]
    End,
    /// Until `ok`, `url` and `self.id` have come, wherever they stand, and at most 64 bytes more:
    /// what is behind is neither read nor validated. Members of an element that was just being
    /// read may then be among those of the answer.
    Url,
}

/// What is next in an answer.
#[derive(Clone, Copy, Debug)]
pub enum ResponseStep<'r> {
    /// More bytes are needed.
    Incomplete,
    /// The head is complete, with status 200. The 30 seconds of a URL begin here.
    Head,
    /// An element of a list. Its members are gone with the next step.
    Element(Element<'r>),
    /// The answer is complete, with `"ok":true`; its members stay in the buffer.
    Accepted(Accepted<'r>),
    /// The answer is complete, with `"ok":false`.
    Refused(ApiError<'r>),
}

impl Response {
    /// Before the first byte of an answer of which the members in `paths` are kept: one of the
    /// tables in [`paths`], or one that extends it.
    pub fn new(paths: &'static Paths) -> Self {
        let framing = Framing::new();
        Self {
            stage: Stage::Head,
            head: HeadParser::new(),
            framing,
            body: framing.body(200),
            fields: Extractor::with_source(paths, Raw::Off, Source::Stream),
            paths,
            is_wanted: None,
            lists: StartLists::NONE,
            is_enough: None,
            status: 0,
            retry_after: None,
            is_json: false,
            stride: usize::MAX,
        }
    }

    /// The lists of `rtm.start` of which elements come out; by default all that the table of
    /// paths asks for. StartLists of a caller's own table always come out.
    #[must_use]
    pub const fn lists(mut self, lists: StartLists) -> Self {
        self.select(lists);
        self
    }

    /// How much is read; by default all.
    #[must_use]
    pub const fn until(mut self, until: ReadUntil) -> Self {
        self.stop(until);
        self
    }

    /// As [`lists`](Self::lists), in place.
    pub(crate) const fn select(&mut self, lists: StartLists) {
        self.lists = lists;
        self.is_wanted = Some(Self::is_of_lists);
    }

    /// As [`until`](Self::until), in place.
    pub(crate) const fn stop(&mut self, until: ReadUntil) {
        match until {
            ReadUntil::End => {
                self.is_enough = None;
                self.stride = usize::MAX;
            }
            ReadUntil::Url => {
                self.is_enough = Some(Self::has_come_to_url);
                self.stride = STRIDE;
            }
        }
    }

    /// The next step. Behind the last one, that one again.
    ///
    /// # Errors
    /// [`ResponseError`] if there is no answer of the Web API; nothing sensible follows.
    pub fn poll<'r>(&mut self, rx: &'r mut RecvBuf<'_>) -> Result<ResponseStep<'r>, ResponseError> {
        match self.advance(rx) {
            Ok(progress) => Ok(self.step(progress, rx)),
            Err(fault) => Err(self.error(fault)),
        }
    }

    /// As [`poll`](Self::poll), without a borrow of `rx` for those who need it in between.
    #[inline(never)] // its stack is not needed while the step is looked at
    pub(crate) fn advance(
        &mut self,
        rx: &mut RecvBuf<'_>,
    ) -> Result<ResponseStepKind, ResponseErrorKind> {
        if self.stage == Stage::Head {
            return self.read_head(rx);
        }
        while self.stage == Stage::Body {
            match self.body.next(rx)? {
                BodyStep::Incomplete => return Ok(ResponseStepKind::Incomplete),
                BodyStep::End => {
                    self.fields.finish(rx).map_err(ResponseErrorKind::Json)?;
                    self.stage = Stage::Over;
                }
                BodyStep::Data(count) => {
                    let count = count.min(self.stride);
                    let ran = self
                        .fields
                        .feed(rx, count)
                        .map_err(ResponseErrorKind::Json)?;
                    self.body.consumed(ran.consumed);
                    if let Some(is_enough) = self.is_enough
                        && is_enough(self, ran.consumed, rx)
                    {
                        self.stage = Stage::Over;
                        continue;
                    }
                    match ran.state {
                        DocumentState::Complete => self.stage = Stage::Over,
                        DocumentState::Element(path)
                            if self.is_wanted.is_none_or(|is_wanted| is_wanted(self, path)) =>
                        {
                            return Ok(ResponseStepKind::Element(path));
                        }
                        DocumentState::Incomplete | DocumentState::Element(_) => {}
                    }
                }
            }
        }
        match rx.records().bool(paths::OK) {
            Some(true) => Ok(ResponseStepKind::Accepted),
            Some(false) => Ok(ResponseStepKind::Refused),
            None => Err(ResponseErrorKind::NoOk),
        }
    }

    /// The step that `progress` is, with what it lends out of `rx`.
    pub(crate) fn step<'r>(
        &self,
        progress: ResponseStepKind,
        rx: &'r RecvBuf<'_>,
    ) -> ResponseStep<'r> {
        let records = rx.records();
        match progress {
            ResponseStepKind::Incomplete => ResponseStep::Incomplete,
            ResponseStepKind::Head => ResponseStep::Head,
            ResponseStepKind::Element(path) => {
                ResponseStep::Element(Element::new(path, Members::new(records, self.paths)))
            }
            ResponseStepKind::Accepted => {
                ResponseStep::Accepted(Accepted::new(records, self.paths))
            }
            ResponseStepKind::Refused => {
                ResponseStep::Refused(ApiError::new(records, self.retry_after))
            }
        }
    }

    /// The status of the head.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// `Retry-After` of the head.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The link closed, in an orderly way: no more bytes come, and `rx` holds none unread.
    ///
    /// # Errors
    /// [`ResponseError`] if the answer was not complete; otherwise the next
    /// [`poll`](Self::poll) gives its last step.
    pub fn eof(&mut self, rx: &mut RecvBuf<'_>) -> Result<(), ResponseError> {
        match self.stage {
            Stage::Head => Err(HttpError::Truncated.into()),
            Stage::Body => {
                self.body.eof()?;
                // Only a body that lasts until the link closes can be cut and not be noticed.
                self.fields.finish(rx).map_err(|_| HttpError::Truncated)?;
                self.stage = Stage::Over;
                Ok(())
            }
            Stage::Over => Ok(()),
        }
    }

    fn read_head(&mut self, rx: &mut RecvBuf<'_>) -> Result<ResponseStepKind, ResponseErrorKind> {
        loop {
            let step = self.head.advance(rx)?;
            match step {
                HeadItemKind::Incomplete => return Ok(ResponseStepKind::Incomplete),
                HeadItemKind::Passed => {}
                HeadItemKind::Status(status) => self.status = status,
                HeadItemKind::End if self.status != 200 => return Err(ResponseErrorKind::Status),
                HeadItemKind::End => break,
                HeadItemKind::Field | HeadItemKind::TooLong => match self.head.field(rx)? {
                    (field, _) if step == HeadItemKind::TooLong => Framing::known_too_long(field)?,
                    (Some(KnownField::RetryAfter), value) => {
                        self.retry_after = delay_seconds(value)
                    }
                    (Some(KnownField::ContentType), value) => {
                        let json = b"application/json";
                        let start = value.get(..json.len()).unwrap_or_default();
                        self.is_json = start.eq_ignore_ascii_case(json);
                    }
                    (Some(field), value) if self.status == 200 => {
                        self.framing.known(field, value)?;
                    }
                    _ => {}
                },
            }
        }
        self.body = self.framing.body(self.status);
        self.stage = Stage::Body;
        Ok(ResponseStepKind::Head)
    }

    /// What `fault` is, with what the head has told.
    pub(crate) fn error(&self, fault: ResponseErrorKind) -> ResponseError {
        let (status, retry_after) = (self.status, self.retry_after);
        match fault {
            ResponseErrorKind::Http(error) => ResponseError::Http(error),
            ResponseErrorKind::Status => match status {
                300..400 => ResponseError::Redirect { status },
                429 => ResponseError::RateLimited { retry_after },
                _ => ResponseError::Status {
                    status,
                    retry_after,
                },
            },
            ResponseErrorKind::Json(error) if self.is_json => ResponseError::Json(error),
            ResponseErrorKind::Json(_) => ResponseError::NotJson,
            ResponseErrorKind::NoOk => ResponseError::NoOk,
        }
    }

    fn has_come_to_url(&mut self, read: usize, rx: &RecvBuf<'_>) -> bool {
        self.stride = self.stride.saturating_sub(read);
        if self.stride > 0 {
            return false;
        }
        self.stride = STRIDE;
        let members = Members::new(rx.records(), self.paths);
        ["ok", "url", "self.id"]
            .into_iter()
            .all(|name| members.find(name).is_some())
    }

    fn is_of_lists(&self, path: u8) -> bool {
        let path = self.paths.path(path).unwrap_or_default();
        super::StartList::of_path(path).is_none_or(|list| self.lists.contains(list))
    }
}

/// An [`ResponseStep`] without what it lends; an element by the number of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseStepKind {
    Incomplete,
    Head,
    Element(u8),
    Accepted,
    Refused,
}

/// Why there is no answer, without what the head has told: small, for it is handed on at many places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseErrorKind {
    Http(HttpError),
    /// The status is not 200.
    Status,
    Json(SyntaxError),
    NoOk,
}

impl From<HttpError> for ResponseErrorKind {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

/// Why there is no answer of the Web API. Most of these pass: try again, later each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ResponseError {
    /// The answer is no HTTP, or was cut.
    Http(HttpError),
    /// Too many calls: status 429.
    RateLimited {
        /// How long to wait before the next call of this method, if the server said so.
        retry_after: Option<Duration>,
    },
    /// A status that sends elsewhere; it is never followed, since the token would go along.
    Redirect {
        /// The status, 300 to 399.
        status: u16,
    },
    /// Any other status but 200.
    Status {
        /// The status.
        status: u16,
        /// How long to wait before the next call, if the server said so.
        retry_after: Option<Duration>,
    },
    /// The body is not JSON and does not claim to be: something between answered, such as a
    /// proxy or a sign-in page.
    NotJson,
    /// The body claims to be JSON and breaks a rule of it, or is cut.
    Json(SyntaxError),
    /// The body is JSON, but has no `ok`.
    NoOk,
}

impl ResponseError {
    /// `Retry-After`, if it was told.
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Status { retry_after, .. } => retry_after,
            _ => None,
        }
    }
}

impl From<HttpError> for ResponseError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |span: Duration| span.as_millis().div_ceil(1000);
        match self {
            Self::Http(error) => write!(f, "{error}"),
            Self::RateLimited {
                retry_after: Some(span),
            } => write!(f, "too many calls; wait {} s", seconds(*span)),
            Self::RateLimited { retry_after: None } => f.write_str("too many calls; wait a minute"),
            Self::Redirect { status } => write!(
                f,
                "the API answered with a redirect ({status}), which is not followed; check the API base"
            ),
            Self::Status { status, .. } => {
                write!(f, "the API answered with status {status}; try again later")
            }
            Self::NotJson => f.write_str(
                "the answer is not JSON; check the API base, and for a sign-in page of the network",
            ),
            Self::Json(error) => write!(f, "the answer is broken: {error}"),
            Self::NoOk => f.write_str("the answer has no member `ok`; check the API base"),
        }
    }
}

impl core::error::Error for ResponseError {}
