//! What the server saw and did, in order: for tests to wait on and assert with, and for people to read.

use core::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::acknowledgements::{Acknowledgement, Loss, Redelivery};
use crate::{Fault, Step};

/// How many characters of an answer a line of the log shows.
const LONGEST_SHOWN: usize = 500;

/// How many characters of a text frame a line of the log shows.
const LONGEST_FRAME: usize = 4000;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Time since the server started.
    pub at: Duration,
    /// The number of the TCP connection, from 1.
    pub connection: u64,
    /// What happened.
    pub what: What,
}

/// The kinds of [`Entry`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// A TCP connection was accepted.
    Accepted,
    /// The TLS handshake is complete.
    Tls {
        /// `TLSv1_2` or `TLSv1_3`.
        version: String,
        /// The cipher suite.
        cipher_suite: String,
        /// The host name in the client's server_name extension.
        server_name: Option<String>,
    },
    /// The TLS handshake failed, and why. An alert of the client is here too.
    TlsFailed(String),
    /// A whole HTTP request arrived.
    Request(Request),
    /// An HTTP answer was begun: its status and its body.
    Answer {
        /// The status code.
        status: u16,
        /// The body before any transfer coding.
        body: String,
    },
    /// A WebSocket was opened, for this user.
    Opened {
        /// The user's id, or that of the app; empty when the URL was not valid.
        user: String,
    },
    /// A frame from the client.
    Received(Frame),
    /// A frame to the client. One that a fault cut or left out is not here.
    Sent(Frame),
    /// Bytes of a file arrived at the host that takes uploads: all of them, or fewer.
    Uploaded {
        /// The id of the file.
        file: String,
        /// The bytes that arrived.
        received: usize,
        /// The bytes that were announced.
        length: usize,
    },
    /// The client broke a rule, and which.
    Violation(String),
    /// An app acknowledged an envelope.
    Acknowledged(Acknowledgement),
    /// An event was delivered again, since it was not acknowledged in time.
    Redelivered(Redelivery),
    /// A payload for the app was lost.
    Lost(Loss),
    /// A scripted fault was used up.
    Fault(Step, Fault),
    /// The TCP connection ended.
    Ended(Ended),
}

/// How a TCP connection ended, seen from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The client closed it in order: close_notify and FIN, or FIN on a plain connection.
    ByClient,
    /// The client closed TCP without close_notify.
    Truncated,
    /// The client reset it, or it broke.
    Broken,
    /// The server closed it in order.
    Closed,
    /// The server cut it: FIN without close_notify.
    Cut,
    /// The server reset it.
    Reset,
}

/// An HTTP request.
#[derive(Clone, Default, PartialEq)]
pub struct Request {
    /// `GET`, `POST`...
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// What stands behind the `?`, percent-encoded.
    pub query: String,
    /// Field lines in order.
    pub headers: Vec<(String, String)>,
    /// The body after any transfer coding.
    pub body: Vec<u8>,
}

impl Request {
    /// The first field of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Has the response end the connection.
    pub(crate) fn end_connection(&mut self) {
        let is_other = |(name, _): &(String, String)| !name.eq_ignore_ascii_case("connection");
        self.headers.retain(is_other);
        self.headers.push(("connection".into(), "close".into()));
    }

    /// The Web API method that is called, such as `rtm.connect`.
    pub fn api_method(&self) -> Option<&str> {
        self.path.strip_prefix("/api/")
    }
}

/// Never shows the token: a person may point a real client at this server.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// A WebSocket frame, unmasked.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame {
    /// A text frame.
    Text(String),
    /// A ping.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A close frame; the code is absent in an empty one.
    Close {
        /// The status code.
        code: Option<u16>,
        /// The reason.
        reason: String,
    },
    /// Anything else.
    Other(Vec<u8>),
}

impl Frame {
    /// The JSON of a text frame.
    pub fn json(&self) -> Option<Value> {
        match self {
            Self::Text(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Ping(payload) => write!(f, "ping {}", payload.escape_ascii()),
            Self::Pong(payload) => write!(f, "pong {}", payload.escape_ascii()),
            Self::Close { code, reason } => write!(f, "close {code:?} {reason}"),
            Self::Other(payload) => write!(f, "other {}", payload.escape_ascii()),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.3} #{:<3} ", self.at.as_secs_f64(), self.connection)?;
        match &self.what {
            What::Accepted => f.write_str("accepted"),
            What::Tls {
                version,
                cipher_suite,
                server_name,
            } => {
                let name = server_name.as_deref().unwrap_or("no server name");
                write!(f, "TLS {version} {cipher_suite} ({name})")
            }
            What::TlsFailed(why) => write!(f, "TLS failed: {why}"),
            What::Request(request) => {
                write!(
                    f,
                    "> {} {} ({} B)",
                    request.method,
                    request.path,
                    request.body.len()
                )
            }
            What::Answer { status, body } if body.chars().nth(LONGEST_SHOWN).is_some() => {
                write!(f, "< {status} {body:.LONGEST_SHOWN$}... ({} B)", body.len())
            }
            What::Answer { status, body } => write!(f, "< {status} {body}"),
            What::Opened { user } if user.is_empty() => f.write_str("socket open, URL expired"),
            What::Opened { user } => write!(f, "socket open for {user}"),
            What::Sent(Frame::Text(text)) if text.chars().nth(LONGEST_FRAME).is_some() => {
                write!(f, "< {text:.LONGEST_FRAME$}... ({} B)", text.len())
            }
            What::Received(frame) => write!(f, "> {frame:?}"),
            What::Sent(frame) => write!(f, "< {frame:?}"),
            What::Uploaded {
                file,
                received,
                length,
            } => write!(f, "uploaded {received} of {length} B of {file}"),
            What::Violation(rule) => write!(f, "! {rule}"),
            What::Acknowledged(it) => write!(
                f,
                "acknowledged {} {} after {:?}",
                it.kind, it.envelope_id, it.after
            ),
            What::Redelivered(it) => {
                write!(f, "delivered again: {}, try {}", it.event_id, it.attempt)
            }
            What::Lost(it) => write!(f, "lost {} {}: {:?}", it.kind, it.envelope_id, it.reason),
            What::Fault(step, fault) => write!(f, "* {step:?}: {fault:?}"),
            What::Ended(ended) => write!(f, "ended: {ended:?}"),
        }
    }
}

/// What was waited for did not happen in time. Its `Debug` is the whole log, so that `unwrap` shows it.
#[derive(Clone, PartialEq)]
pub struct TimedOut(Vec<Entry>);

impl fmt::Debug for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "it did not happen in time; the server's log:")?;
        for entry in &self.0 {
            writeln!(f, "{entry}")?;
        }
        Ok(())
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it did not happen in time")
    }
}

impl std::error::Error for TimedOut {}

/// Called with each entry as it is written.
pub(crate) type Observer = Box<dyn Fn(&Entry) + Send + Sync>;

/// The log of a server.
pub struct Log {
    start: Instant,
    entries: Mutex<Vec<Entry>>,
    grown: Condvar,
    observer: Option<Observer>,
}

impl Log {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self {
            start: Instant::now(),
            entries: Mutex::default(),
            grown: Condvar::new(),
            observer,
        }
    }

    pub(crate) fn write(&self, connection: u64, what: What) {
        let mut entries = self.lock();
        let entry = Entry {
            at: self.start.elapsed(),
            connection,
            what,
        };
        if let Some(observer) = &self.observer {
            observer(&entry);
        }
        entries.push(entry);
        self.grown.notify_all();
    }

    /// Has those who wait look again, as something besides the log has changed.
    pub(crate) fn look_again(&self) {
        let _entries = self.lock();
        self.grown.notify_all();
    }

    /// A copy of everything so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    /// Forgets everything so far.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Waits until `look` finds what it wants in the log. It sees all entries again each time one is added.
    ///
    /// # Errors
    /// [`TimedOut`] after `timeout`.
    pub fn wait<T>(
        &self,
        timeout: Duration,
        mut look: impl FnMut(&[Entry]) -> Option<T>,
    ) -> Result<T, TimedOut> {
        let until = Instant::now() + timeout;
        let mut entries = self.lock();
        loop {
            if let Some(found) = look(&entries) {
                return Ok(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(TimedOut(entries.clone()));
            }
            (entries, _) = self
                .grown
                .wait_timeout(entries, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for the `nth` entry, from 1, that `wanted` is true for.
    ///
    /// # Errors
    /// [`TimedOut`] after `timeout`.
    pub fn wait_nth(
        &self,
        timeout: Duration,
        nth: usize,
        wanted: impl Fn(&What) -> bool,
    ) -> Result<Entry, TimedOut> {
        self.wait(timeout, |entries| {
            entries
                .iter()
                .filter(|entry| wanted(&entry.what))
                .nth(nth.saturating_sub(1))
                .cloned()
        })
    }

    /// Waits for the `nth` call, from 1, of a Web API method.
    ///
    /// # Errors
    /// [`TimedOut`] after `timeout`.
    pub fn wait_call(
        &self,
        timeout: Duration,
        nth: usize,
        method: &str,
    ) -> Result<Request, TimedOut> {
        self.wait(timeout, |entries| {
            calls(entries, method).nth(nth.saturating_sub(1)).cloned()
        })
    }

    /// Waits for the `nth` text frame, from 1, of this `type` from any client.
    ///
    /// # Errors
    /// [`TimedOut`] after `timeout`.
    pub fn wait_received(
        &self,
        timeout: Duration,
        nth: usize,
        kind: &str,
    ) -> Result<Value, TimedOut> {
        self.wait(timeout, |entries| {
            received(entries, kind).nth(nth.saturating_sub(1))
        })
    }

    /// How often a Web API method was called.
    pub fn calls(&self, method: &str) -> usize {
        calls(&self.lock(), method).count()
    }

    /// How many TCP connections were accepted.
    pub fn connections(&self) -> usize {
        self.count(|what| matches!(what, What::Accepted))
    }

    /// How many TLS handshakes were completed.
    pub fn handshakes(&self) -> usize {
        self.count(|what| matches!(what, What::Tls { .. }))
    }

    /// How many HTTP requests arrived whole, those for a WebSocket included.
    pub fn requests(&self) -> usize {
        self.count(|what| matches!(what, What::Request(_)))
    }

    fn count(&self, wanted: impl Fn(&What) -> bool) -> usize {
        let entries = self.lock();
        entries.iter().filter(|entry| wanted(&entry.what)).count()
    }

    /// The text frames of this `type` from all clients.
    pub fn received(&self, kind: &str) -> Vec<Value> {
        received(&self.lock(), kind).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("entries", &self.lock().len())
            .finish_non_exhaustive()
    }
}

fn calls<'e>(entries: &'e [Entry], method: &str) -> impl Iterator<Item = &'e Request> {
    entries.iter().filter_map(move |entry| match &entry.what {
        What::Request(request) if request.api_method() == Some(method) => Some(request),
        _ => None,
    })
}

fn received(entries: &[Entry], kind: &str) -> impl Iterator<Item = Value> {
    entries
        .iter()
        .filter_map(|entry| match &entry.what {
            What::Received(frame) => frame.json(),
            _ => None,
        })
        .filter(move |json| json["type"] == kind)
}
