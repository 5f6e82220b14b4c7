//! One call of any method, with its own buffers and link.

use super::accepted::Accepted;
use super::api::{Api, Request};
use super::api_error::ApiError;
use super::call_error::CallError;
use super::element::Element;
use super::exchange::{ADVANCE_JSON, Advance, Exchange, ExchangeError};
use super::method::Method;
use super::request_error::RequestError;
use super::response::{ResponseStep, ResponseStepKind};
use crate::buffer::{RecvBuf, SendBuf, Sink};
use crate::json::Paths;
use crate::link::{DisconnectReason, Link, Output, Timeout, Timeouts};
use crate::time::Instant;
use core::fmt;

/// Calls one method, once: connects, sends the request, reads the response, disconnects.
///
/// A state machine that performs no I/O, like [`Client`](crate::Client) and independent of it, with
/// the same [`Output`] and the same rules. It may be dropped at any time. The table of paths
/// selects the members of the response to keep: [`paths::CALL`](super::paths::CALL), or a table
/// that extends it.
///
/// Exactly one of [`Accepted`](CallEvent::Accepted), [`Refused`](CallEvent::Refused) and
/// [`Failed`](CallEvent::Failed) is returned: every step has a deadline, and so has the whole
/// response ([`Timeouts`]).
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::time::Instant;
/// use slack_rtm::web_api::{Api, Call, CallEvent, Named, paths::CALL};
/// use slack_rtm::{DisconnectReason, Output};
///
/// slack_rtm::paths! {
///     const POSTED extends CALL {
///         const TS = Whole "ts";
///     }
/// }
/// # use slack_rtm::{Peer, Security};
/// # struct Link { response: &'static [u8] }
/// # impl Link {
/// #     fn connect(peer: Peer<'_>) -> Self {
/// #         assert_eq!((peer.host, peer.port, peer.security), ("slack.com", 443, Security::Tls));
/// #         Self { response: b"HTTP/1.1 200 OK\r\n\r\n{\"ok\":true,\"ts\":\"1.5\"}" }
/// #     }
/// #     fn write(&mut self, bytes: &[u8]) -> Result<usize, DisconnectReason> { Ok(bytes.len()) }
/// #     fn read(&mut self, space: &mut [u8]) -> Result<usize, DisconnectReason> {
/// #         let count = self.response.len().min(7);
/// #         space[..count].copy_from_slice(&self.response[..count]);
/// #         self.response = &self.response[count..];
/// #         Ok(count)
/// #     }
/// # }
/// # fn now() -> Instant { Instant::from_millis(0) }
/// let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
/// let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
/// let arguments = [("channel", "C1"), ("text", "The door is open")];
/// let post = Named { name: "chat.postMessage", arguments: &arguments };
/// let mut call = Call::new(&Api::new("xoxb-1"), post, &POSTED)?;
/// let (mut link, mut posted) = (None, false);
/// loop {
///     match call.poll(&mut rx, &mut tx, now()) {
///         Output::Connect { peer, .. } => {
///             link = Some(Link::connect(peer));
///             call.connected();
///         }
///         Output::Wait { .. } => {
///             let link = link.as_mut().unwrap();
///             let written = tx.write_with(|bytes| link.write(bytes));
///             let read = rx.read_with(|space| link.read(space));
///             match (written, read) {
///                 (Ok(_), Ok(0)) => call.disconnected(DisconnectReason::Closed),
///                 (Ok(_), Ok(_)) => {}
///                 (Err(reason), _) | (_, Err(reason)) => call.disconnected(reason),
///             }
///         }
///         Output::Event(CallEvent::Accepted(response)) => {
///             assert_eq!(response.members().text("ts").unwrap(), "1.5");
///             posted = true;
///         }
///         Output::Event(refused_or_failed) => panic!("{refused_or_failed:?}"),
///         Output::Disconnect => {
///             link = None;
///             call.disconnected(DisconnectReason::Closed);
///         }
///         Output::Closed(()) => break,
///         _ => {}
///     }
/// }
/// assert!(posted);
/// # Ok::<(), slack_rtm::web_api::RequestError>(())
/// ```
#[derive(Clone)]
pub struct Call<'c, M> {
    request: Request<'c, M>,
    paths: &'static Paths,
    timeouts: Timeouts,
    phase: Phase,
    link: Link,
    /// The latest instant that a poll was given.
    now: Instant,
    /// The deadline of the connection.
    until: Instant,
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant)] // there is no allocator to box the exchange
enum Phase {
    Connecting,
    AwaitingResponse(Exchange),
    /// The outcome was returned.
    Disconnecting,
}

/// The output of a [`Call`].
pub type CallOutput<'r> = Output<'r, CallEvent<'r>, ()>;

/// An event of a [`Call`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CallEvent<'r> {
    /// An element of a list that the table of paths names.
    Element(Element<'r>),
    /// The outcome: the response, with `"ok":true`.
    Accepted(Accepted<'r>),
    /// The outcome: Slack refused the call, by `"ok":false` or by status 429.
    Refused(ApiError<'r>),
    /// The outcome: there is no response.
    Failed(CallError),
}

impl<'c, M: Method> Call<'c, M> {
    /// Creates a call of `method` that keeps the members in `paths`.
    ///
    /// # Errors
    /// [`RequestError`] names the setting that cannot be used.
    pub fn new(api: &Api<'c>, method: M, paths: &'static Paths) -> Result<Self, RequestError> {
        Ok(Self {
            request: api.request(method)?,
            paths,
            timeouts: Timeouts::DEFAULT,
            phase: Phase::Connecting,
            link: Link::Idle,
            now: Instant::default(),
            until: Instant::default(),
        })
    }

    /// Sets the time limits; by default [`Timeouts::DEFAULT`]. Those of a WebSocket session are not
    /// used.
    #[must_use]
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Advances as far as possible and returns the next thing to do.
    ///
    /// `now` is the present instant. Bytes in `rx` are consumed, the request is put into `tx`. Both
    /// buffers are cleared when the link opens.
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
        if let (Phase::Connecting, Link::Open) = (&self.phase, self.link) {
            // Bytes of an earlier link are not for this one.
            rx.clear();
            tx.clear();
            let exchange = Exchange::new(self.paths, &self.timeouts, self.now);
            self.phase = Phase::AwaitingResponse(exchange);
        }
        match (&mut self.phase, self.link) {
            (Phase::Connecting, Link::Idle) => {
                self.link = Link::Connecting;
                self.until = self.now + self.timeouts.connect;
                let url = match self.request.own_url() {
                    Some(own_url) => {
                        (own_url.origin)(&self.request.method().info(), Some(&mut *rx));
                        (own_url.kept)(rx)
                    }
                    None => Some(*self.request.base()),
                };
                match url {
                    Some(url) => Output::Connect {
                        peer: url.peer(),
                        until: self.until,
                    },
                    None => Output::Disconnect, // the URL was checked
                }
            }
            (Phase::Connecting, Link::Ended(reason)) => self.fail(CallError::NotConnected(reason)),
            (Phase::Connecting, _) if self.now >= self.until => {
                self.fail(CallError::TimedOut(Timeout::Connect))
            }
            (Phase::Connecting, _) => Output::Wait {
                until: self.until,
                can_read: true,
            },
            (Phase::AwaitingResponse(exchange), link) => {
                let request = &self.request;
                let write = |sink: &mut dyn Sink| request.write(sink);
                let own_url = request.own_url();
                let read = own_url.map_or(ADVANCE_JSON, |own_url| own_url.advance);
                let output = advance(exchange, &write, read, rx, tx, link, self.now);
                if let Output::Event(event) = &output
                    && !matches!(event, CallEvent::Element(_))
                {
                    self.phase = Phase::Disconnecting;
                }
                output
            }
            (Phase::Disconnecting, link) if link.is_in_use() => Output::Disconnect,
            (Phase::Disconnecting, _) => Output::Closed(()),
        }
    }

    /// Reports that the link is open. Ignored unless [`Output::Connect`] asked for one.
    pub fn connected(&mut self) {
        let _ = self.link.connected();
    }

    /// Reports that the link has ended or could not be opened. Ignored if there was none.
    ///
    /// Bytes that were read before belong into the receive buffer first.
    pub fn disconnected(&mut self, reason: DisconnectReason) {
        let _ = self.link.disconnected(reason);
    }

    fn fail<'r>(&mut self, error: CallError) -> CallOutput<'r> {
        self.phase = Phase::Disconnecting;
        Output::Event(CallEvent::Failed(error))
    }
}

/// Sends the rest of the request and reads the response. Every event but an element is the outcome.
fn advance<'r>(
    exchange: &mut Exchange,
    request: &dyn Fn(&mut dyn Sink),
    read: Advance,
    rx: &'r mut RecvBuf<'_>,
    tx: &mut SendBuf<'_>,
    link: Link,
    now: Instant,
) -> CallOutput<'r> {
    let received = loop {
        let received = exchange.poll(rx, tx, link, now, request, read);
        // The head alone is no event of a call.
        if received != Ok(ResponseStepKind::Head) {
            break received;
        }
    };
    let can_read = rx.has_room();
    let error = match received {
        Ok(kind) => match exchange.response().step(kind, rx) {
            ResponseStep::Element(element) => return Output::Event(CallEvent::Element(element)),
            ResponseStep::Accepted(response) => {
                return Output::Event(CallEvent::Accepted(response));
            }
            ResponseStep::Refused(error) => return Output::Event(CallEvent::Refused(error)),
            ResponseStep::Head | ResponseStep::Incomplete => {
                let until = exchange.until();
                return Output::Wait { until, can_read };
            }
        },
        Err(ExchangeError::Disconnected(reason)) => CallError::Disconnected(reason),
        Err(ExchangeError::TimedOut) => CallError::TimedOut(Timeout::Response),
        Err(ExchangeError::Response(kind)) => CallError::Response(exchange.response().error(kind)),
    };
    Output::Event(CallEvent::Failed(error))
}

impl<M: Method> fmt::Debug for Call<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("request", &self.request)
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<M: Method> defmt::Format for Call<'_, M> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Call {{ request: {} }}", self.request);
    }
}
