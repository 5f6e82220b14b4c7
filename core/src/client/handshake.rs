//! The WebSocket handshake over the link that the URL named.

use super::context::{Context, status};
use super::event::Step;
use super::outbound::TxContext;
use super::render::Told;
use super::step::StepError;
use crate::buffer::RecvBuf;
use crate::websocket::{Handshake, HandshakeRequest, HandshakeResponseKind, Sent};

/// A WebSocket handshake under way.
#[derive(Debug)]
pub(super) struct Upgrade {
    handshake: Handshake,
    is_written: bool,
}

impl Upgrade {
    pub(super) const fn new(nonce: [u8; 16]) -> Self {
        Self {
            handshake: Handshake::with_nonce(nonce),
            is_written: false,
        }
    }

    /// Writes the request, then reads the answer.
    #[inline(never)] // its stack is not needed while another phase is served
    pub(super) fn poll(
        &mut self,
        common: &mut Context<'_>,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Told, StepError> {
        if !self.is_written {
            // The request is written from the URL while that stands in front of the buffer.
            let api = &common.settings.api;
            let request = HandshakeRequest::new(common.settings.socket_url(rx)?)
                // The call that every life begins with was refused without a good one.
                .checked_user_agent(api.user_agent_value())
                .headers(api.header_list());
            self.is_written = self.handshake.write(&request, out.tx) == Sent::Whole;
            if self.is_written {
                rx.drop_kept();
            }
        }
        if self.is_written {
            // Before frames are in the buffer: then it is too late.
            common.settings.divide(rx);
            match self.handshake.advance(rx, None)? {
                HandshakeResponseKind::Incomplete => {}
                HandshakeResponseKind::Open => return Ok(Told::Switched),
                HandshakeResponseKind::Refused { .. } => {
                    let retry_after = self.handshake.retry_after(rx);
                    return Err(status(self.handshake.status(), retry_after).into());
                }
            }
        }
        common.await_link(Step::Handshake)
    }
}
