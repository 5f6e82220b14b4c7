//! One call of any method, with buffers and a link of its own.

use core::fmt;

use super::{
    Accepted, Api, ApiError, Element, Method, Request, RequestError, Response, ResponseError,
    ResponseStep, response::ResponseStepKind,
};
use crate::buffer::{RecvBuf, SendBuf};
use crate::json::Paths;
use crate::time::{Duration, Instant};
use crate::url::Url;

/// Calls one method, once: connects, asks, tells the answer as it flows by, disconnects.
///
/// A small machine like the client, and independent of it: it performs no I/O, and may be
/// dropped at any time. Which members of the answer are kept says the table of paths:
/// [`paths::CALL`](super::paths::CALL), or one of your own that extends it.
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::time::Instant;
/// use slack_rtm::web_api::{Api, Call, CallOutput, Ended, Method, paths::CALL};
///
/// slack_rtm::paths! {
///     const POSTED extends CALL {
///         const TS = Whole "ts";
///     }
/// }
/// # struct Link { answer: &'static [u8] }
/// # impl Link {
/// #     fn dial(host: &str, port: u16, tls: bool) -> Self {
/// #         assert_eq!((host, port, tls), ("slack.com", 443, true));
/// #         Self { answer: b"HTTP/1.1 200 OK\r\n\r\n{\"ok\":true,\"ts\":\"1.5\"}" }
/// #     }
/// #     fn write(&mut self, bytes: &[u8]) -> Result<usize, ()> { Ok(bytes.len()) }
/// #     fn read(&mut self, space: &mut [u8]) -> Result<usize, ()> {
/// #         let count = self.answer.len().min(7);
/// #         space[..count].copy_from_slice(&self.answer[..count]);
/// #         self.answer = &self.answer[count..];
/// #         Ok(count)
/// #     }
/// # }
/// # fn now() -> Instant { Instant::from_millis(0) }
/// let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
/// let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
/// let arguments = [("channel", "C1"), ("text", "The door is open")];
/// let post = Method::Named { name: "chat.postMessage", arguments: &arguments };
/// let mut call = Call::new(&Api::new("xoxb-1"), post, &POSTED)?;
/// let mut link = None;
/// let posted = loop {
///     match call.poll(&mut rx, &mut tx, now()) {
///         CallOutput::Connect { url, .. } => {
///             link = Some(Link::dial(url.host(), url.port(), url.scheme().is_secure()));
///             call.connected();
///         }
///         CallOutput::Wait { .. } => {
///             let link = link.as_mut().unwrap();
///             let written = tx.write_with(|bytes| link.write(bytes));
///             let read = rx.read_with(|space| link.read(space));
///             match (written, read) {
///                 (Ok(_), Ok(0)) => call.disconnected(Ended::Orderly),
///                 (Ok(_), Ok(_)) => {}
///                 _ => call.disconnected(Ended::Abruptly),
///             }
///         }
///         CallOutput::Accepted(answer) => {
///             assert_eq!(answer.members().text("ts").as_deref(), Some("1.5"));
///         }
///         CallOutput::Disconnect => {
///             link = None;
///             call.disconnected(Ended::Orderly);
///         }
///         CallOutput::Done => break true,
///         refused_or_failed => break false,
///     }
/// };
/// assert!(posted);
/// # Ok::<(), slack_rtm::web_api::RequestError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Call<'c> {
    request: Request<'c>,
    answer: Response,
    stage: Stage,
    link: Link,
    patience: Timeouts,
    now: Instant,
    until: Instant,
    /// Bytes of the request that went into the send buffer.
    written: usize,
    /// Bytes that both buffers held when the last poll ended.
    unread: usize,
    pending: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begin,
    Connecting,
    /// Connected, and neither buffer has been touched.
    Connected,
    /// The request goes out, the answer comes in.
    Talking,
    /// The outcome was told.
    Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    None,
    Open,
    Ended(Ended),
}

/// How the link of a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Ended {
    /// The stream came to its end: by TLS `close_notify`, or without TLS at all.
    Orderly,
    /// It could not be had, failed, or was cut: something may be missing.
    Abruptly,
}

/// How long a step of a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timeouts {
    /// Name look-up, connection and TLS handshake taken together.
    pub connect: Duration,
    /// From one sign of life to the next while request and answer are under way.
    pub answer: Duration,
}

impl Timeouts {
    /// 15 s each.
    pub const DEFAULT: Self = Self {
        connect: Duration::from_secs(15),
        answer: Duration::from_secs(15),
    };
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the caller is to do next, or is told.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CallOutput<'r> {
    /// Open a link to the host and port of `url`; then call [`connected`](Call::connected) or
    /// [`disconnected`](Call::disconnected).
    Connect {
        /// The API's URL; its scheme tells whether TLS is wanted.
        url: Url<'r>,
        /// When to give up.
        until: Instant,
    },
    /// Write what the send buffer holds, read into the receive buffer, until one of them moved or
    /// the instant has come.
    Wait {
        /// When to poll again if nothing else happens. It bounds writing as well as reading.
        until: Instant,
    },
    /// An element of a list that the table of paths asks for.
    Element(Element<'r>),
    /// The outcome: the answer, with `"ok":true`.
    Accepted(Accepted<'r>),
    /// The outcome: the answer, with `"ok":false`.
    Refused(ApiError<'r>),
    /// The outcome: there is no answer.
    Failed(CallError),
    /// Close the link; then call [`disconnected`](Call::disconnected).
    Disconnect,
    /// The end. Every further poll says it again.
    Done,
}

impl<'c> Call<'c> {
    /// A call of `method` that keeps the members in `paths`.
    ///
    /// # Errors
    /// [`RequestError`] says which setting cannot be used.
    pub fn new(
        api: &Api<'c>,
        method: Method<'c>,
        paths: &'static Paths,
    ) -> Result<Self, RequestError> {
        Ok(Self {
            request: api.request(method)?,
            answer: Response::new(paths),
            stage: Stage::Begin,
            link: Link::None,
            patience: Timeouts::DEFAULT,
            now: Instant::default(),
            until: Instant::default(),
            written: 0,
            unread: 0,
            pending: 0,
        })
    }

    /// How long steps may take; by default [`Timeouts::DEFAULT`].
    #[must_use]
    pub const fn patience(mut self, patience: Timeouts) -> Self {
        self.patience = patience;
        self
    }

    /// The next thing to do or to be told.
    pub fn poll<'r>(
        &mut self,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> CallOutput<'r>
    where
        'c: 'r,
    {
        self.now = self.now.max(now);
        if self.stage == Stage::Begin {
            self.until = self.now + self.patience.connect;
            self.stage = Stage::Connecting;
        }
        match (self.stage, self.link) {
            (Stage::Told, Link::Open) => CallOutput::Disconnect,
            (Stage::Told, _) => CallOutput::Done,
            (Stage::Begin | Stage::Connecting, Link::Ended(_)) => {
                self.stage = Stage::Told;
                CallOutput::Failed(CallError::Link)
            }
            (Stage::Begin | Stage::Connecting, _) => CallOutput::Connect {
                url: *self.request.url(),
                until: self.until,
            },
            (Stage::Connected | Stage::Talking, _) => self.talk(rx, tx),
        }
    }

    /// The link is open.
    pub fn connected(&mut self) {
        if self.stage == Stage::Connecting {
            self.stage = Stage::Connected;
            self.link = Link::Open;
        }
    }

    /// The link could not be had, or has ended.
    pub fn disconnected(&mut self, end: impl Into<Ended>) {
        self.link = Link::Ended(end.into());
    }

    fn talk<'r>(&mut self, rx: &'r mut RecvBuf<'_>, tx: &mut SendBuf<'_>) -> CallOutput<'r> {
        if self.stage == Stage::Connected {
            // What an earlier link left behind is not for this one.
            rx.clear();
            tx.clear();
            self.stage = Stage::Talking;
            self.until = self.now + self.patience.answer;
        } else if rx.unread().len() > self.unread || tx.pending().len() < self.pending {
            self.until = self.now + self.patience.answer;
        }
        let (appended, _) = tx.append(self.written, |sink| self.request.write(sink));
        self.written += appended;
        self.pending = tx.pending().len();
        let progress = self.progress(rx);
        self.unread = rx.unread().len();
        let progress = match progress {
            Ok(ResponseStepKind::Incomplete) => return CallOutput::Wait { until: self.until },
            Ok(progress) => progress,
            Err(error) => {
                self.stage = Stage::Told;
                return CallOutput::Failed(error);
            }
        };
        match self.answer.step(progress, rx) {
            ResponseStep::Element(element) => CallOutput::Element(element),
            ResponseStep::Accepted(answer) => {
                self.stage = Stage::Told;
                CallOutput::Accepted(answer)
            }
            ResponseStep::Refused(error) => {
                self.stage = Stage::Told;
                CallOutput::Refused(error)
            }
            // The two that `progress` does not let through.
            ResponseStep::Head | ResponseStep::Incomplete => CallOutput::Wait { until: self.until },
        }
    }

    /// How far the answer has come; incomplete only while there is something to wait for.
    fn progress(&mut self, rx: &mut RecvBuf<'_>) -> Result<ResponseStepKind, CallError> {
        loop {
            let progress = self.answer.advance(rx);
            match progress.map_err(|fault| CallError::Response(self.answer.error(fault)))? {
                ResponseStepKind::Head => {}
                ResponseStepKind::Incomplete => match self.link {
                    Link::Ended(Ended::Orderly) => {
                        self.answer.eof(rx).map_err(CallError::Response)?;
                    }
                    Link::Ended(Ended::Abruptly) => return Err(CallError::Link),
                    Link::None | Link::Open if self.now >= self.until => {
                        return Err(CallError::Late);
                    }
                    Link::None | Link::Open => return Ok(ResponseStepKind::Incomplete),
                },
                progress => return Ok(progress),
            }
        }
    }
}

/// Why a call has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CallError {
    /// The link could not be had, or was cut.
    Link,
    /// There was no sign of life for longer than allowed.
    Late,
    /// What came was no answer of the Web API.
    Response(ResponseError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => {
                f.write_str("the link failed; look whether the call was done before it is repeated")
            }
            Self::Late => f.write_str(
                "the answer took too long; look whether the call was done before it is repeated",
            ),
            Self::Response(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CallError {}
