//! The request of the opening handshake (RFC 6455 section 4.1).

use super::base64::base64;
use crate::buffer::Sink;
use crate::http::request::{HttpMethod, RequestWriter};
use crate::http::{Header, HeaderError, check_value, is_token};
use crate::url::Url;

/// The request that opens a connection: its URL, and the fields that the caller adds.
#[derive(Clone, Copy, Debug)]
pub struct HandshakeRequest<'r> {
    url: Url<'r>,
    user_agent: &'r str,
    subprotocol: &'r str,
    headers: &'r [Header<'r>],
}

impl<'r> HandshakeRequest<'r> {
    /// Creates a request for `url`, of scheme `ws` or `wss`. It offers no extension, not even
    /// permessage-deflate.
    pub const fn new(url: Url<'r>) -> Self {
        Self {
            url,
            user_agent: "",
            subprotocol: "",
            headers: &[],
        }
    }

    /// Adds a `User-Agent`, unless it is empty.
    ///
    /// # Errors
    /// [`HeaderError::Value`] if it is not a valid field value.
    pub fn user_agent(self, user_agent: &'r str) -> Result<Self, HeaderError> {
        check_value(user_agent)?;
        Ok(self.checked_user_agent(user_agent))
    }

    /// Requests a subprotocol (section 1.9), a single token; none if it is empty.
    ///
    /// # Errors
    /// [`HeaderError::Value`] if it is not a token (RFC 9110 section 5.6.2).
    pub fn subprotocol(self, subprotocol: &'r str) -> Result<Self, HeaderError> {
        if !subprotocol.bytes().all(is_token) {
            return Err(HeaderError::Value);
        }
        Ok(Self {
            subprotocol,
            ..self
        })
    }

    /// Adds a `User-Agent` that was checked before.
    pub(crate) const fn checked_user_agent(self, user_agent: &'r str) -> Self {
        Self { user_agent, ..self }
    }

    /// Adds the caller's own fields. Those bound to other hosts are not sent.
    pub const fn headers(self, headers: &'r [Header<'r>]) -> Self {
        Self { headers, ..self }
    }

    /// Emits the request.
    pub(super) fn write(&self, nonce: &[u8; 16], sink: &mut dyn Sink) {
        let mut request = RequestWriter::new(sink, HttpMethod::Get, &self.url);
        request.raw(
            b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: ",
        );
        request.raw_with(|sink| base64(nonce, sink));
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

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(HandshakeRequest<'_>);
