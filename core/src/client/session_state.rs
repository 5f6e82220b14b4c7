//! The part of a session that every dialect has: its connection, its stage, and why it ends.

use super::context::Context;
use super::reason::ReconnectReason;
use super::step::StepError;
use super::tx_context::TxContext;
use crate::buffer::SendBuf;
use crate::link::Timeout;
use crate::time::Instant;
use crate::websocket::{CloseCode, Connection};

/// The connection of a session, and its end.
#[derive(Debug)]
pub(super) struct SessionState {
    pub(super) connection: Connection,
    pub(super) stage: Stage,
    /// Why it ends, as far as that is known.
    pub(super) reason: ReconnectReason<'static>,
    /// Whether the send buffer was empty after the last poll.
    was_drained: bool,
    /// When the link last took bytes of the send buffer, or that was empty.
    taken_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    AwaitingHello,
    Open,
    /// The closing handshake.
    Closing,
}

impl SessionState {
    pub(super) const fn new() -> Self {
        Self {
            connection: Connection::new(),
            stage: Stage::AwaitingHello,
            reason: ReconnectReason::Closed(None),
            was_drained: true,
            taken_at: Instant::from_millis(0),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    pub(super) fn is_closing(&self) -> bool {
        self.stage == Stage::Closing
    }

    /// Begins the closing handshake; the session ends for `reason`.
    pub(super) fn close(&mut self, reason: ReconnectReason<'static>, tx: &mut SendBuf<'_>) {
        if !self.is_closing() {
            self.begin_closing(reason);
            self.connection.close(CloseCode::NORMAL, "", tx);
        }
    }

    /// Records that the connection is closing; the first reason is kept.
    pub(super) fn begin_closing(&mut self, reason: ReconnectReason<'static>) {
        if !self.is_closing() {
            self.stage = Stage::Closing;
            self.reason = reason;
        }
    }

    /// Records whether the peer takes bytes, before a poll.
    pub(super) fn note_progress(&mut self, tx: &mut SendBuf<'_>, now: Instant) {
        // Nothing was pending, or some was written: the peer is reading.
        if tx.take_progress() || self.was_drained || tx.is_empty() {
            self.taken_at = now;
        }
    }

    /// Checks that the peer takes bytes: one that sends but never reads is as dead as one that is
    /// silent.
    pub(super) fn check_taken(
        &mut self,
        context: &mut Context<'_>,
        out: &TxContext<'_, '_>,
    ) -> Result<(), StepError> {
        self.was_drained = out.tx.is_empty();
        if !self.was_drained {
            let until = self.taken_at + context.settings.keepalive.dead_after;
            if out.now >= until {
                let reason = ReconnectReason::TimedOut(Timeout::Send);
                return Err(StepError::failed(context, reason));
            }
            context.wake_by(until);
        }
        Ok(())
    }
}
