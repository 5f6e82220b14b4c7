//! The opening handshake (RFC 6455 section 4.1): the request, and the answer with every rule checked.

use super::{accept, connection::Sent};
use crate::{
    buffer::{RecvBuf, SendBuf, Sink},
    entropy::{Entropy, EntropyError},
    http::{
        self, HeaderError, HttpError, check_value,
        head::{HeadItemKind, HeadParser, KnownField},
        request::HttpMethod,
    },
    parse,
    time::Duration,
    url::Url,
};
use core::fmt;

/// The request that opens a connection: where to, and the fields that the caller adds.
#[derive(Clone, Copy, Debug)]
pub struct HandshakeRequest<'r> {
    url: Url<'r>,
    user_agent: &'r str,
    subprotocol: &'r str,
    headers: &'r [http::Header<'r>],
}

impl<'r> HandshakeRequest<'r> {
    /// A request for `url`, of scheme `ws` or `wss`; no extension is offered, permessage-deflate
    /// neither.
    pub const fn new(url: Url<'r>) -> Self {
        Self {
            url,
            user_agent: "",
            subprotocol: "",
            headers: &[],
        }
    }

    /// With a `User-Agent`; none is sent if it is empty.
    ///
    /// # Errors
    /// [`HeaderError::Value`] if it cannot stand in a field line.
    pub fn user_agent(self, user_agent: &'r str) -> Result<Self, HeaderError> {
        check_value(user_agent)?;
        Ok(self.checked_user_agent(user_agent))
    }

    /// With a subprotocol that is asked for (section 1.9), a single token.
    ///
    /// # Errors
    /// [`HeaderError::Value`] if it is no token.
    pub fn subprotocol(self, subprotocol: &'r str) -> Result<Self, HeaderError> {
        let separator = |byte: u8| b" \t\"(),/:;<=>?@[\\]{}".contains(&byte);
        check_value(subprotocol)?;
        if subprotocol.bytes().any(separator) {
            return Err(HeaderError::Value);
        }
        Ok(Self {
            subprotocol,
            ..self
        })
    }

    /// With a `User-Agent` that was checked before.
    pub(crate) const fn checked_user_agent(self, user_agent: &'r str) -> Self {
        Self { user_agent, ..self }
    }

    /// With the caller's own fields; those bound to other hosts stay here.
    pub const fn headers(self, headers: &'r [http::Header<'r>]) -> Self {
        Self { headers, ..self }
    }

    fn write(&self, nonce: &[u8; 16], sink: &mut dyn Sink) {
        let mut request = http::request::RequestWriter::new(sink, HttpMethod::Get, &self.url);
        request.raw(
            b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: ",
        );
        request.raw_with(|sink| accept::base64(nonce, sink));
        if !self.subprotocol.is_empty() {
            request.field("Sec-WebSocket-Protocol", self.subprotocol);
        }
        if !self.user_agent.is_empty() {
            request.field("User-Agent", self.user_agent);
        }
        request.headers(self.headers, self.url.host());
        request.end();
    }
}

/// One opening handshake: write the request, then read the answer.
///
/// The [module](crate::websocket) has it in an echo. What is unread when the connection is open are frames:
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::EntropyError;
/// use slack_rtm::url::Url;
/// use slack_rtm::websocket::{HandshakeResponse, Handshake, HandshakeRequest, Sent};
///
/// # let mut entropy = |out: &mut [u8]| -> Result<(), EntropyError> { out.fill(0x5A); Ok(()) };
/// # let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
/// # let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
/// let mut handshake = Handshake::new(&mut entropy)?;
/// let request = HandshakeRequest::new(Url::parse("ws://example.com/echo")?);
/// while handshake.write(&request, &mut tx) == Sent::Partly {
///     tx.sent(tx.pending().len()); // the socket took it
/// }
///
/// let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n\x89\x00";
/// rx.space()[..answer.len()].copy_from_slice(answer);
/// rx.filled(answer.len());
/// assert_eq!(handshake.read(&mut rx, None)?, HandshakeResponse::Open);
/// assert_eq!(rx.unread(), b"\x89\x00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Handshake {
    nonce: [u8; 16],
    /// Bytes of the request that were written.
    written: usize,
    head: HeadParser,
    status: u16,
    seen: u8,
}

const UPGRADE: u8 = 1;
const CONNECTION: u8 = 2;
const ACCEPT: u8 = 4;
const SUBPROTOCOL: u8 = 8;

impl Handshake {
    /// A handshake with a fresh nonce.
    ///
    /// # Errors
    /// [`EntropyError`] if it could not be drawn.
    pub fn new(entropy: &mut (impl Entropy + ?Sized)) -> Result<Self, EntropyError> {
        let mut nonce = [0; 16];
        entropy.fill(&mut nonce)?;
        Ok(Self::with_nonce(nonce))
    }

    pub(crate) const fn with_nonce(nonce: [u8; 16]) -> Self {
        Self {
            nonce,
            written: 0,
            head: HeadParser::new(),
            status: 0,
            seen: 0,
        }
    }

    /// Puts the request into `tx`, as far as there is room.
    ///
    /// [`Sent::Partly`]: flush `tx`, then call again with the same request. The texts that the
    /// request borrows may stand in the receive buffer, as long as nothing is read in between.
    #[inline(never)] // its stack is not needed while the answer is read
    pub fn write(&mut self, request: &HandshakeRequest<'_>, tx: &mut SendBuf<'_>) -> Sent {
        let (count, finished) = tx.append(self.written, |sink| request.write(&self.nonce, sink));
        self.written += count;
        if finished { Sent::Whole } else { Sent::Partly }
    }

    /// Reads the answer out of `rx`, as far as it is there: any number of fields, of any length,
    /// in any split.
    ///
    /// After [`HandshakeResponse::Open`] what is unread in `rx` are frames already. `subprotocol` is the one
    /// that the request asked for, if it did.
    ///
    /// # Errors
    /// [`HandshakeError`] if the server agrees but breaks a rule in doing so, or if its answer is
    /// no HTTP. Drop the link.
    pub fn read<'r>(
        &mut self,
        rx: &'r mut RecvBuf<'_>,
        subprotocol: Option<&str>,
    ) -> Result<HandshakeResponse<'r>, HandshakeError> {
        let value = match self.advance(rx, subprotocol)? {
            HandshakeResponseKind::Incomplete => return Ok(HandshakeResponse::Incomplete),
            HandshakeResponseKind::Open => return Ok(HandshakeResponse::Open),
            HandshakeResponseKind::Refused { tells: false } => None,
            // The line of a telling field still stands in front of `rx`.
            HandshakeResponseKind::Refused { tells: true } => Some(self.head.field(rx)?.1),
        };
        Ok(HandshakeResponse::Refused(self.refusal(value)))
    }

    /// As [`read`](Self::read), without what it lends.
    pub(crate) fn advance(
        &mut self,
        rx: &mut RecvBuf<'_>,
        subprotocol: Option<&str>,
    ) -> Result<HandshakeResponseKind, HandshakeError> {
        loop {
            let step = self.head.advance(rx)?;
            match step {
                HeadItemKind::Incomplete => return Ok(HandshakeResponseKind::Incomplete),
                HeadItemKind::Passed => {}
                HeadItemKind::Status(status) => self.status = status,
                HeadItemKind::End if self.status == 101 => return self.open(),
                HeadItemKind::End => return Ok(HandshakeResponseKind::Refused { tells: false }),
                HeadItemKind::Field | HeadItemKind::TooLong => {
                    let (field, value) = self.head.field(rx)?;
                    let is_whole = step == HeadItemKind::Field;
                    if self.status != 101 {
                        if is_whole && self.tells(field) {
                            return Ok(HandshakeResponseKind::Refused { tells: true });
                        }
                    } else if is_whole {
                        self.field(field, value, subprotocol)?;
                    } else if field >= Some(KnownField::Upgrade) {
                        return Err(HttpError::FieldTooLong.into());
                    }
                }
            }
        }
    }

    /// The status code of the answer.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// What [`Refusal::retry_after`] is, of a refusal that [`advance`](Self::advance) came to.
    pub(crate) fn retry_after(&self, rx: &RecvBuf<'_>) -> Option<Duration> {
        match self.head.field(rx) {
            Ok((Some(KnownField::RetryAfter), value)) => http::delay_seconds(value),
            _ => None,
        }
    }

    /// Whether the server agreed to the subprotocol that was asked for.
    pub const fn has_subprotocol(&self) -> bool {
        self.seen & SUBPROTOCOL != 0
    }

    /// Section 4.1, the list of what a client must validate: points 2 to 6.
    fn field(
        &mut self,
        field: Option<KnownField>,
        value: &[u8],
        subprotocol: Option<&str>,
    ) -> Result<(), HandshakeError> {
        let has = |token| parse::position(value, token).is_some();
        self.seen |= match field {
            Some(KnownField::Upgrade) if has(b"websocket") => UPGRADE,
            Some(KnownField::Connection) if has(b"upgrade") => CONNECTION,
            Some(KnownField::Accept) => {
                if self.seen & ACCEPT != 0 || !accept::is_accept(value, &self.nonce) {
                    return Err(HandshakeError::AcceptWrong);
                }
                ACCEPT
            }
            Some(KnownField::Extensions) if !value.is_empty() => {
                return Err(HandshakeError::ExtensionNotRequested);
            }
            Some(KnownField::Protocol) => {
                let asked = subprotocol.is_some_and(|asked| asked.as_bytes() == value);
                if !asked || self.seen & SUBPROTOCOL != 0 {
                    return Err(HandshakeError::SubprotocolNotRequested);
                }
                SUBPROTOCOL
            }
            _ => 0,
        };
        Ok(())
    }

    fn open(&self) -> Result<HandshakeResponseKind, HandshakeError> {
        if self.seen & UPGRADE == 0 {
            return Err(HandshakeError::UpgradeMissing);
        }
        if self.seen & CONNECTION == 0 {
            return Err(HandshakeError::ConnectionMissing);
        }
        if self.seen & ACCEPT == 0 {
            return Err(HandshakeError::AcceptMissing);
        }
        Ok(HandshakeResponseKind::Open)
    }

    /// Whether the field tells all that is of use in this refusal: then the rest need not be read.
    fn tells(&self, field: Option<KnownField>) -> bool {
        match self.status {
            300..=399 => field == Some(KnownField::Location),
            429 | 500..=599 => field == Some(KnownField::RetryAfter),
            _ => false,
        }
    }

    fn refusal<'r>(&self, value: Option<&'r [u8]>) -> Refusal<'r> {
        let status = self.status;
        match status {
            300..=399 => Refusal::Redirect {
                status,
                location: value,
            },
            401 => Refusal::Unauthorized,
            429 => Refusal::TooManyRequests {
                retry_after: value.and_then(http::delay_seconds),
            },
            500..=599 => Refusal::Server {
                status,
                retry_after: value.and_then(http::delay_seconds),
            },
            _ => Refusal::Other { status },
        }
    }
}

/// What an [`HandshakeResponse`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeResponseKind {
    Incomplete,
    Open,
    Refused {
        /// Whether the line in front of the buffer is the field that tells all that is of use.
        tells: bool,
    },
}

/// The nonce is no secret, but it is of no interest either.
impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("written", &self.written)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// What the server says to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeResponse<'r> {
    /// More of it is needed.
    Incomplete,
    /// Yes: the connection is open, and what is unread are frames.
    Open,
    /// No. Drop the link.
    Refused(Refusal<'r>),
}

/// Why the server did not switch to WebSocket. The rest of its answer was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Refusal<'r> {
    /// 3xx: it is elsewhere. Nothing was sent there: whether to follow is the caller's decision.
    Redirect {
        /// The status code.
        status: u16,
        /// The value of `Location`, if there was one that fits into the buffer. A URL is ASCII;
        /// `core::str::from_utf8` makes it text.
        location: Option<&'r [u8]>,
    },
    /// 401: not without credentials, or not with those.
    Unauthorized,
    /// 429: too often.
    TooManyRequests {
        /// How long to wait, if the server told it in seconds.
        retry_after: Option<Duration>,
    },
    /// 5xx: the server is in trouble.
    Server {
        /// The status code.
        status: u16,
        /// How long to wait, if the server told it in seconds.
        retry_after: Option<Duration>,
    },
    /// Any other status code; 200 comes from servers that do not know WebSocket.
    Other {
        /// The status code.
        status: u16,
    },
}

impl Refusal<'_> {
    /// The status code.
    pub const fn status(&self) -> u16 {
        match *self {
            Self::Redirect { status, .. }
            | Self::Server { status, .. }
            | Self::Other { status } => status,
            Self::Unauthorized => 401,
            Self::TooManyRequests { .. } => 429,
        }
    }

    /// How long to wait before the next try, if the server told it in seconds.
    pub const fn retry_after(&self) -> Option<Duration> {
        match *self {
            Self::TooManyRequests { retry_after } | Self::Server { retry_after, .. } => retry_after,
            _ => None,
        }
    }
}

/// A rule of the opening handshake that the server broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HandshakeError {
    /// The answer is no HTTP, or a field that has rules does not fit into the buffer.
    Http(HttpError),
    /// `Upgrade` does not name `websocket` (RFC 6455 section 4.1, point 2).
    UpgradeMissing,
    /// `Connection` does not name `Upgrade` (section 4.1, point 3).
    ConnectionMissing,
    /// There is no `Sec-WebSocket-Accept` (section 4.1, point 4).
    AcceptMissing,
    /// `Sec-WebSocket-Accept` does not belong to the key, or came twice (section 4.1, point 4).
    AcceptWrong,
    /// `Sec-WebSocket-Extensions` names something; no extension was asked for (section 4.1, point
    /// 5). permessage-deflate that is forced upon the client ends here.
    ExtensionNotRequested,
    /// `Sec-WebSocket-Protocol` names what was not asked for (section 4.1, point 6).
    SubprotocolNotRequested,
}

impl From<HttpError> for HandshakeError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http(error) => return fmt::Display::fmt(error, f),
            Self::UpgradeMissing => "the server's 101 does not say `Upgrade: websocket` (RFC 6455 section 4.1)",
            Self::ConnectionMissing => "the server's 101 does not say `Connection: Upgrade` (RFC 6455 section 4.1)",
            Self::AcceptMissing => "the server's 101 has no Sec-WebSocket-Accept (RFC 6455 section 4.1)",
            Self::AcceptWrong => "the server's Sec-WebSocket-Accept does not belong to our key (RFC 6455 section 4.1)",
            Self::ExtensionNotRequested => "the server uses an extension that was not asked for (RFC 6455 section 9.1)",
            Self::SubprotocolNotRequested => "the server uses a subprotocol that was not asked for (RFC 6455 section 4.1)",
        })
    }
}

impl core::error::Error for HandshakeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            _ => None,
        }
    }
}
