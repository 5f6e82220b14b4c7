//! The session of any dialect: frames in, events out, and the closing handshake.

use super::context::Context;
use super::counters::count;
use super::dialect::Dialect;
use super::error::PeerError;
use super::output::OutputKind;
use super::reason::ReconnectReason;
use super::session_state::{SessionState, Stage};
use super::settings::Settings;
use super::step::{Step, StepError};
use super::tx_context::TxContext;
use crate::buffer::RecvBuf;
use crate::json::{Extractor, Source};
use crate::keepalive::{Due, Keepalive};
use crate::link::{Link, Timeout};
use crate::time::Instant;
use crate::websocket::{Connection, ConnectionError, Incoming, MessageKind, Payload};

/// A WebSocket session, from the 101 to the end of its link.
#[derive(Debug)]
pub(super) struct Session<D: Dialect> {
    state: SessionState,
    extractor: Extractor,
    keepalive: Keepalive,
    /// A ping is due that found no room yet.
    owes_ping: bool,
    /// The part that only this dialect has.
    own: D::Session,
    reading: Reading,
    /// The records of the last event are still in the buffer.
    has_records: bool,
}

/// How the message that is being received is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Document,
    /// It is not JSON, or binary: skipped to its end.
    Skipped,
}

impl<D: Dialect> Session<D> {
    pub(super) fn new(settings: &Settings<'_>, now: Instant) -> Self {
        Self {
            state: SessionState::new(),
            extractor: Extractor::copying(
                settings.paths,
                settings.raw.map(|raw| raw.copy),
                Source::Frames,
            ),
            keepalive: Keepalive::new(settings.keepalive, now),
            owes_ping: false,
            own: D::session(),
            reading: Reading::Document,
            has_records: false,
        }
    }

    #[cfg(debug_assertions)]
    pub(super) const fn stage_name(&self) -> &'static str {
        match self.state.stage {
            Stage::AwaitingHello => "AwaitingHello",
            Stage::Open => "Open",
            Stage::Closing => "Closing",
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.state.is_open()
    }

    pub(super) fn is_closing(&self) -> bool {
        self.state.is_closing()
    }

    pub(super) fn parts(&mut self) -> (&mut SessionState, &mut D::Session) {
        (&mut self.state, &mut self.own)
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.state.connection
    }

    /// Closes the session because the program asked for it.
    pub(super) fn request_close(
        &mut self,
        reason: ReconnectReason<'static>,
        out: &mut TxContext<'_, '_>,
    ) {
        D::close(&mut self.state, &mut self.own, reason, out);
    }

    /// Advances until there is an output, or the session ends.
    #[inline(never)] // its stack is not needed while another phase is served
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        outbound: &mut D::Outbound,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Step, StepError> {
        let now = out.now;
        self.state.note_progress(out.tx, now);
        if let Some(kind) = D::release(&mut self.state, &mut self.own, rx, context, outbound, out)?
        {
            return Ok(Step::Yield(kind));
        }
        if self.has_records {
            self.has_records = false;
            rx.drop_records();
        }
        context.settings.split(rx);
        loop {
            match self.state.connection.poll(rx, out.tx, out.entropy, now) {
                Ok(Incoming::Wait { until }) => {
                    context.wake_by(until);
                    break;
                }
                Ok(Incoming::Close { code, .. }) => {
                    self.begin_closing(ReconnectReason::Closed(code));
                }
                Ok(Incoming::Closed) => return Err(StepError::failed(context, self.state.reason)),
                Ok(incoming) => {
                    self.keepalive.received(now);
                    self.owes_ping = false;
                    if let Incoming::Payload(payload) = incoming {
                        context.counters.received(payload.len);
                        if self.read(payload, rx) {
                            return self
                                .end_message(rx, context, outbound, out)
                                .map(Step::Yield);
                        }
                    }
                }
                Err(ConnectionError::Violation(rule)) => {
                    self.begin_closing(ReconnectReason::Peer(PeerError::Frame(rule)));
                }
                Err(ConnectionError::Entropy(error)) => return Err(error.into()),
            }
        }
        if let Some(kind) = D::take_outcome(outbound, out) {
            return Ok(Step::Yield(kind));
        }
        if let Link::Ended(reason) = context.link {
            self.begin_closing(ReconnectReason::Disconnected(reason));
            return Err(StepError::failed(context, self.state.reason));
        }
        match self.state.stage {
            Stage::Closing => D::finish_frame(&mut self.state.connection, context, outbound, out)?,
            Stage::AwaitingHello if now >= context.until => {
                let reason = ReconnectReason::TimedOut(Timeout::Hello);
                return Err(StepError::failed(context, reason));
            }
            Stage::AwaitingHello => context.wake_by(context.until),
            Stage::Open => {
                self.keep_alive(context, outbound, out)?;
                D::send_due(&mut self.state, &mut self.own, context, outbound, out)?;
                self.state.check_taken(context, out)?;
            }
        }
        // Sending may have decided the outcome of messages.
        let outcome = D::take_outcome(outbound, out);
        Ok(Step::Yield(outcome.unwrap_or(OutputKind::Wait)))
    }

    /// Records that the connection is closing; the first reason is kept. An end that the peer has
    /// announced is the reason for its close frame, and for the end of the link.
    fn begin_closing(&mut self, reason: ReconnectReason<'static>) {
        let announced = D::announced_end(&self.own);
        self.state.begin_closing(announced.unwrap_or(reason));
    }

    /// Sends a ping if one is due. Fails if the link is dead.
    fn keep_alive(
        &mut self,
        context: &mut Context<'_>,
        outbound: &mut D::Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), StepError> {
        let due = self.keepalive.due(out.now);
        if due == Due::Dead {
            let reason = ReconnectReason::KeepaliveTimeout;
            return Err(StepError::failed(context, reason));
        }
        if due == Due::Ping || self.owes_ping {
            // Without randomness this fails, and the next poll tries again.
            let sent = D::ping(&mut self.state.connection, context, outbound, out)?;
            self.owes_ping = !sent;
            if due == Due::Ping {
                self.keepalive.pinged(out.now);
            }
        }
        context.wake_by(self.keepalive.due_at());
        Ok(())
    }

    /// Feeds a piece of a message to the extractor. Returns whether the message has ended.
    fn read(&mut self, mut payload: Payload, rx: &mut RecvBuf<'_>) -> bool {
        if payload.kind == MessageKind::Binary {
            self.reading = Reading::Skipped;
        }
        while self.reading == Reading::Document && payload.len > 0 {
            // An element that a caller's table yields is discarded with the next call: events have
            // none. `Config::paths` says so.
            match self.extractor.feed(rx, payload.len) {
                Ok(fed) => payload.consumed(fed.consumed),
                Err(_) => {
                    // All of the piece was consumed.
                    payload.consumed(payload.len);
                    self.reading = Reading::Skipped;
                }
            }
        }
        let ends = payload.ends;
        payload.skip(rx);
        ends
    }

    /// Returns the output for the message that has ended, and acts on it.
    fn end_message(
        &mut self,
        rx: &mut RecvBuf<'_>,
        context: &mut Context<'_>,
        outbound: &mut D::Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<OutputKind, StepError> {
        count(&mut context.counters.messages_in);
        let is_json = self.reading == Reading::Document && self.extractor.finish(rx).is_ok();
        self.reading = Reading::Document;
        if !is_json {
            self.extractor.reset();
            rx.drop_records();
            if self.state.stage == Stage::AwaitingHello {
                self.state
                    .close(ReconnectReason::Peer(PeerError::NoHello), out.tx);
            }
            return Ok(OutputKind::Malformed);
        }
        self.has_records = true;
        let records = rx.records();
        if !records.is_complete() {
            count(&mut context.counters.oversized);
        }
        D::end_message(&mut self.state, &mut self.own, rx, context, outbound, out)
    }
}
