//! The opening handshake (RFC 6455 section 4.1): every rule for the server's response is checked.

use super::accept::is_accept;
use super::error::HandshakeError;
use super::request::HandshakeRequest;
use super::response::{HandshakeResponse, HandshakeResponseKind, Refusal};
use super::sent::Sent;
use crate::buffer::{RecvBuf, SendBuf};
use crate::entropy::{Entropy, EntropyError};
use crate::http::head::HeadParser;
use crate::http::{HeadItemKind, HttpError, KnownField, delay_seconds};
use crate::parse;
use crate::time::Duration;
use core::fmt;

/// One opening handshake: write the request, then read the response.
///
/// The [module](crate::websocket) has a whole session as an example. When the connection is open,
/// the unread bytes are frames:
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::entropy::from_fn;
/// use slack_rtm::url::Url;
/// use slack_rtm::websocket::{Handshake, HandshakeRequest, HandshakeResponse, Sent};
///
/// # let mut entropy = from_fn(|out| { out.fill(0x5A); Ok(()) });
/// # let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
/// # let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
/// let mut handshake = Handshake::new(&mut entropy)?;
/// let request = HandshakeRequest::new(Url::parse("ws://example.com/echo")?);
/// while handshake.write(&request, &mut tx) != Sent::Whole {
///     tx.sent(tx.pending().len()); // the socket took it
/// }
///
/// let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n\x89\x00";
/// rx.space()[..response.len()].copy_from_slice(response);
/// rx.filled(response.len());
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
    /// The required fields that were seen, as a sum of the bits below.
    seen: u8,
}

const UPGRADE: u8 = 1;
const CONNECTION: u8 = 2;
const ACCEPT: u8 = 4;
const SUBPROTOCOL: u8 = 8;

impl Handshake {
    /// Creates a handshake with a fresh nonce.
    ///
    /// # Errors
    /// [`EntropyError`] if the nonce could not be drawn.
    pub fn new(entropy: &mut (impl Entropy + ?Sized)) -> Result<Self, EntropyError> {
        let mut nonce = [0; 16];
        entropy.fill(&mut nonce)?;
        Ok(Self::with_nonce(nonce))
    }

    /// Creates a handshake with a nonce that was drawn before.
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
    /// Unless the result is [`Sent::Whole`], flush `tx`, then call again with the same request. The
    /// texts that the request borrows may be in the receive buffer, as long as nothing is read
    /// between the calls.
    pub fn write(&mut self, request: &HandshakeRequest<'_>, tx: &mut SendBuf<'_>) -> Sent {
        let (count, finished) = tx.append(self.written, |sink| request.write(&self.nonce, sink));
        self.written += count;
        match finished {
            true => Sent::Whole,
            false if self.written > 0 => Sent::Partly,
            false => Sent::Nothing,
        }
    }

    /// Reads the response from `rx`, as far as it has arrived: any number of fields, of any length,
    /// in any split.
    ///
    /// After [`HandshakeResponse::Open`] the unread bytes of `rx` are frames. `subprotocol` is the
    /// one that the request contained, if any.
    ///
    /// # Errors
    /// [`HandshakeError`] if the server switches protocols but breaks a rule, or if the response is
    /// not HTTP. Drop the link.
    pub fn read<'r>(
        &mut self,
        rx: &'r mut RecvBuf<'_>,
        subprotocol: Option<&str>,
    ) -> Result<HandshakeResponse<'r>, HandshakeError> {
        let value = match self.advance(rx, subprotocol)? {
            HandshakeResponseKind::Incomplete => return Ok(HandshakeResponse::Incomplete),
            HandshakeResponseKind::Open => return Ok(HandshakeResponse::Open),
            HandshakeResponseKind::Refused { has_field: false } => None,
            // The line of the field is still at the front of `rx`.
            HandshakeResponseKind::Refused { has_field: true } => Some(self.head.field(rx)?.1),
        };
        Ok(HandshakeResponse::Refused(self.refusal(value)))
    }

    /// Does the same as [`read`](Self::read), without a borrow of `rx`.
    pub(crate) fn advance(
        &mut self,
        rx: &mut RecvBuf<'_>,
        subprotocol: Option<&str>,
    ) -> Result<HandshakeResponseKind, HandshakeError> {
        loop {
            let step = self.head.advance(rx)?;
            match step {
                HeadItemKind::Incomplete => return Ok(HandshakeResponseKind::Incomplete),
                HeadItemKind::Skipped => {}
                HeadItemKind::Status(status) => self.status = status,
                HeadItemKind::End if self.status == 101 => return self.open(),
                HeadItemKind::End => {
                    return Ok(HandshakeResponseKind::Refused { has_field: false });
                }
                HeadItemKind::Field | HeadItemKind::TooLong => {
                    let (field, value) = self.head.field(rx)?;
                    let is_whole = step == HeadItemKind::Field;
                    if self.status != 101 {
                        if is_whole && self.completes_refusal(field) {
                            return Ok(HandshakeResponseKind::Refused { has_field: true });
                        }
                    } else if is_whole {
                        self.field(field, value, subprotocol)?;
                    } else if field.is_some_and(KnownField::is_of_handshake) {
                        return Err(HttpError::FieldTooLong.into());
                    }
                }
            }
        }
    }

    /// Returns the status code of the response.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// Returns [`Refusal::retry_after`] after a refusal that [`advance`](Self::advance) returned.
    pub(crate) fn retry_after(&self, rx: &RecvBuf<'_>) -> Option<Duration> {
        match self.head.field(rx) {
            Ok((Some(KnownField::RetryAfter), value)) => delay_seconds(value),
            _ => None,
        }
    }

    /// Returns whether the server agreed to the subprotocol that was requested.
    pub const fn has_subprotocol(&self) -> bool {
        self.seen & SUBPROTOCOL != 0
    }

    /// Checks a field by points 2 to 6 of the list in section 4.1.
    fn field(
        &mut self,
        field: Option<KnownField>,
        value: &[u8],
        subprotocol: Option<&str>,
    ) -> Result<(), HandshakeError> {
        let has = |token| parse::contains(value, token);
        self.seen |= match field {
            Some(KnownField::Upgrade) if has(b"websocket") => UPGRADE,
            Some(KnownField::Connection) if has(b"upgrade") => CONNECTION,
            Some(KnownField::Accept) => {
                if self.seen & ACCEPT != 0 || !is_accept(value, &self.nonce) {
                    return Err(HandshakeError::AcceptWrong);
                }
                ACCEPT
            }
            Some(KnownField::Extensions) if !value.is_empty() => {
                return Err(HandshakeError::ExtensionNotRequested);
            }
            Some(KnownField::Protocol) => {
                let is_requested = subprotocol.is_some_and(|name| name.as_bytes() == value);
                if !is_requested || self.seen & SUBPROTOCOL != 0 {
                    return Err(HandshakeError::SubprotocolNotRequested);
                }
                SUBPROTOCOL
            }
            _ => 0,
        };
        Ok(())
    }

    /// Checks that all required fields were there.
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

    /// Returns whether a refusal needs no other field than this one, so that the rest of the head
    /// need not be read.
    fn completes_refusal(&self, field: Option<KnownField>) -> bool {
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
                retry_after: value.and_then(delay_seconds),
            },
            500..=599 => Refusal::Server {
                status,
                retry_after: value.and_then(delay_seconds),
            },
            _ => Refusal::Other { status },
        }
    }
}

/// Does not show the nonce: it is not secret, but without interest.
impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("written", &self.written)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Handshake);
