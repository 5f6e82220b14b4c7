//! Links: the requests of a state machine for I/O, and the reports of the caller about it.
//!
//! Every machine of this crate that needs a connection, [`Client`](crate::Client) and
//! [`web_api::Call`](crate::web_api::Call), asks for it by the same [`Output`] and learns of it by
//! the same two calls, `connected` and `disconnected`. One loop can drive any of them.

use crate::time::{Duration, Instant};
use core::fmt;

/// The next thing to do: the result of every poll of a state machine.
///
/// `E` is the machine's event, `R` the reason of its end.
///
/// The rules are the same for all machines. `Connect` is returned once per link. Until `connected`
/// or `disconnected` is called, polls return `Wait`, or, if the machine gives up the attempt, at
/// most one event and then `Disconnect`. `Disconnect` is returned until the caller has dropped the
/// link and called `disconnected`.
///
/// ```
/// use slack_rtm::{ClientOutput, Output};
///
/// fn describe(output: &ClientOutput<'_>) -> String {
///     match output {
///         Output::Connect { peer, until, .. } => {
///             format!("connect to {}:{} until {} ms", peer.host, peer.port, until.as_millis())
///         }
///         Output::Event(event) => format!("{event:?}"),
///         Output::Wait { until, can_read, .. } => {
///             format!("write{} until {} ms", if *can_read { ", read" } else { "" }, until.as_millis())
///         }
///         Output::Disconnect => "drop the link".into(),
///         Output::Closed(reason) => reason.to_string(),
///         _ => "poll again".into(),
///     }
/// }
/// # let _ = describe;
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Output<'r, E, R> {
    /// Open a link to `peer`, then call `connected` or `disconnected`.
    #[non_exhaustive]
    Connect {
        /// The host to connect to, and whether TLS is required.
        peer: Peer<'r>,
        /// The deadline for name look-up, connection and TLS handshake taken together.
        until: Instant,
    },
    /// Something happened. The event borrows the receive buffer and nothing else.
    Event(E),
    /// Write the contents of the send buffer and read into the receive buffer, until bytes moved
    /// either way or the deadline has passed. Without a link: wait.
    #[non_exhaustive]
    Wait {
        /// The time of the next poll if nothing else happens. It bounds writing as well as reading.
        until: Instant,
        /// Whether the receive buffer has room. If it has none, nothing is to be read before bytes
        /// of the send buffer have left: a read into an empty slice returns 0, which looks like the
        /// end of the stream.
        can_read: bool,
    },
    /// Close the link, or stop opening it; then call `disconnected(DisconnectReason::Closed)`.
    Disconnect,
    /// The machine has finished. Every further poll returns this again, until
    /// [`Client::set_token`](crate::Client::set_token) starts a client again.
    Closed(R),
}

/// The other end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Peer<'r> {
    /// The host name or address: the name to look up, and the one the certificate must be for.
    pub host: &'r str,
    /// The TCP port.
    pub port: u16,
    /// How the link is protected.
    pub security: Security,
}

/// How a link is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Security {
    /// TLS, with the peer's certificate verified.
    Tls,
    /// No protection; requested only where the configuration allows it.
    Cleartext,
}

/// Why a link ended, or could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The stream ended in order: TLS `close_notify`, or the end of a cleartext stream.
    Closed,
    /// A TLS stream ended without `close_notify`: bytes may be missing.
    Truncated,
    /// The host name could not be resolved.
    NameNotFound,
    /// The host refused the connection.
    Refused,
    /// There is no route to the host, or no network.
    Unreachable,
    /// The deadline passed.
    TimedOut,
    /// The certificate of the host could not be verified.
    Untrusted,
    /// The TLS handshake or the TLS stream failed.
    TlsFailed,
    /// The connection was reset.
    Reset,
    /// Any other failure.
    Other,
}

impl DisconnectReason {
    /// Returns the stable number of the reason, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Closed => 400,
            Self::Truncated => 401,
            Self::NameNotFound => 402,
            Self::Refused => 403,
            Self::Unreachable => 404,
            Self::TimedOut => 405,
            Self::Untrusted => 406,
            Self::TlsFailed => 407,
            Self::Reset => 408,
            Self::Other => 409,
        }
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the peer closed the connection",
            Self::Truncated => "the TLS stream ended without close_notify: bytes may be missing",
            Self::NameNotFound => "the host name could not be resolved; check DNS and the network",
            Self::Refused => "the host refused the connection; check host and port",
            Self::Unreachable => "the host is unreachable; check the network",
            Self::TimedOut => "the connection timed out; check the network",
            Self::Untrusted => {
                "the host's certificate is not trusted; check the trust anchors, the clock and the host name"
            }
            Self::TlsFailed => "TLS failed; check that the port speaks TLS and the versions on both sides",
            Self::Reset => "the connection was reset",
            Self::Other => "the connection failed",
        })
    }
}

impl core::error::Error for DisconnectReason {}

/// The time limits of the steps of a machine. A [`Call`](crate::web_api::Call) uses the first
/// three.
///
/// ```
/// use slack_rtm::Timeouts;
/// use slack_rtm::time::Duration;
///
/// const SLOW_NETWORK: Timeouts = {
///     let mut timeouts = Timeouts::DEFAULT;
///     timeouts.connect = Duration::from_secs(25);
///     timeouts
/// };
/// # let _ = SLOW_NETWORK;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Timeouts {
    /// Name look-up, connection and TLS handshake taken together. A connection to the socket takes
    /// no longer than its URL is valid, 30 s.
    pub connect: Duration,
    /// Silence while a request is sent and its response is read.
    pub response: Duration,
    /// Request and response together, however steadily their bytes move.
    pub response_total: Duration,
    /// The WebSocket handshake, while the URL is valid.
    pub handshake: Duration,
    /// `hello`, from the end of the WebSocket handshake on.
    pub hello: Duration,
}

impl Timeouts {
    /// 15 s to connect, 15 s of silence in a response and 180 s for all of it, 10 s for the
    /// WebSocket handshake, 10 s for `hello`. A TLS handshake with RSA certificates takes seconds
    /// on a small processor.
    pub const DEFAULT: Self = Self {
        connect: Duration::from_secs(15),
        response: Duration::from_secs(15),
        response_total: Duration::from_secs(180),
        handshake: Duration::from_secs(10),
        hello: Duration::from_secs(10),
    };
}

impl Timeouts {
    /// Returns whether one of them is zero.
    pub(crate) const fn has_zero(&self) -> bool {
        self.connect.as_millis() == 0
            || self.response.as_millis() == 0
            || self.response_total.as_millis() == 0
            || self.handshake.as_millis() == 0
            || self.hello.as_millis() == 0
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A step that took longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Timeout {
    /// Name look-up, connection and TLS handshake.
    Connect,
    /// The response to a call of the Web API.
    Response,
    /// The WebSocket handshake.
    Handshake,
    /// `hello`, the first message of a session.
    Hello,
    /// Writing the bytes of the send buffer, in a session.
    Send,
    /// The acknowledgement of a message.
    Ack,
    /// A call of the Web API, pauses and a second attempt included.
    Call,
}

impl Timeout {
    /// Returns the stable number of the step, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Connect => 500,
            Self::Response => 501,
            Self::Handshake => 502,
            Self::Hello => 503,
            Self::Send => 504,
            Self::Ack => 505,
            Self::Call => 506,
        }
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting timed out; check the network",
            Self::Response => "the response to the call timed out",
            Self::Handshake => "the WebSocket handshake timed out",
            Self::Hello => "no hello arrived in time",
            Self::Send => "sending timed out",
            Self::Ack => "the ack of a message timed out",
            Self::Call => {
                "the call was not done in time; look for rate limits and for failures before it"
            }
        })
    }
}

impl core::error::Error for Timeout {}

/// The link as the caller reported it by `connected` and `disconnected`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)] // a separate tag takes less code to compare than one inside of `DisconnectReason`
pub(crate) enum Link {
    /// There is none.
    Idle,
    /// [`Output::Connect`] was returned; the caller has not reported yet.
    Connecting,
    Open,
    /// It ended, or could not be opened, and the machine has not handled that yet.
    Ended(DisconnectReason),
}

impl Link {
    /// Records that the link is open. Returns false if none was being opened.
    #[must_use]
    pub(crate) fn connected(&mut self) -> bool {
        let is_due = *self == Self::Connecting;
        if is_due {
            *self = Self::Open;
        }
        is_due
    }

    /// Records the end of the link; the first report counts. Returns false if there was no link.
    #[must_use]
    pub(crate) fn disconnected(&mut self, reason: DisconnectReason) -> bool {
        match self {
            Self::Connecting | Self::Open => *self = Self::Ended(reason),
            Self::Ended(_) => {}
            Self::Idle => return false,
        }
        true
    }

    /// Whether the caller holds a link, or is opening one.
    pub(crate) const fn is_in_use(self) -> bool {
        matches!(self, Self::Connecting | Self::Open)
    }
}
