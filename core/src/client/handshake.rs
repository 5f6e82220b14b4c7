//! The WebSocket handshake over the link to the socket.

use super::context::Context;
use super::error::PeerError;
use super::reason::ReconnectReason;
use super::step::{Step, StepError};
use super::tx_context::TxContext;
use crate::buffer::RecvBuf;
use crate::link::Timeout;
use crate::websocket::{self, HandshakeRequest, HandshakeResponseKind, Sent};

/// A WebSocket handshake being made.
#[derive(Debug)]
pub(super) struct Handshake {
    handshake: websocket::Handshake,
    is_written: bool,
}

impl Handshake {
    pub(super) const fn new(nonce: [u8; 16]) -> Self {
        Self {
            handshake: websocket::Handshake::with_nonce(nonce),
            is_written: false,
        }
    }

    /// Writes the request, then reads the response. [`Step::Continue`] means that the connection is
    /// open.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Step, StepError> {
        if !self.is_written {
            // The request is written from the URL while that is at the front of the buffer.
            let endpoint = &context.settings.endpoint;
            let url = match context.settings.socket_url(rx) {
                Ok(url) => url,
                Err(error) => return Err(StepError::peer(context, error.into())),
            };
            let request = HandshakeRequest::new(url)
                // The opening call checked it.
                .checked_user_agent(endpoint.user_agent)
                .headers(endpoint.headers);
            self.is_written = self.handshake.write(&request, out.tx) == Sent::Whole;
            if self.is_written {
                rx.drop_retained();
            } else if !rx.has_room() {
                // Without room to read there would be nothing to wait for but the write.
                return Err(StepError::peer(context, PeerError::SpokeFirst));
            }
        }
        if self.is_written {
            // Before frames are in the buffer: a buffer is split only while it is empty.
            context.settings.split(rx);
            match self.handshake.advance(rx, None) {
                Err(error) => return Err(StepError::peer(context, error.into())),
                Ok(HandshakeResponseKind::Incomplete) => {}
                Ok(HandshakeResponseKind::Open) => return Ok(Step::Continue),
                Ok(HandshakeResponseKind::Refused { .. }) => {
                    let retry_after = self.handshake.retry_after(rx);
                    let status = self.handshake.status();
                    let reason = ReconnectReason::from_status(status, retry_after);
                    return Err(StepError::failed(context, reason));
                }
            }
        }
        Step::await_link(context, Timeout::Handshake)
    }
}
