//! The session: frames in, events out; commands, keepalive and the closing handshake.

use super::context::Context;
use super::counters::count;
use super::error::PeerError;
use super::outbound::RejectionKind;
use super::output::OutputKind;
use super::reason::ReconnectReason;
use super::settings::Settings;
use super::step::{Step, StepError};
use super::tx_context::TxContext;
use crate::buffer::{RecvBuf, SendBuf};
use crate::event::{self, EventCategory, paths};
use crate::json::{Extractor, Records, Source, Text};
use crate::link::{Link, Timeout};
use crate::rtm::keepalive::{Due, Keepalive};
use crate::rtm::{self, FrameCategory};
use crate::time::Instant;
use crate::websocket::{CloseCode, Connection, ConnectionError, Incoming, MessageKind, Payload};

/// Slack's error code for "slow down, too many messages...".
const TOO_FAST: i64 = -1;

/// A WebSocket session, from the 101 to the end of its link.
#[derive(Debug)]
pub(super) struct Session {
    connection: Connection,
    extractor: Extractor,
    keepalive: Keepalive,
    stage: Stage,
    /// Why it ends, as far as that is known.
    reason: ReconnectReason<'static>,
    reading: Reading,
    /// A ping is due that found no room yet.
    owes_ping: bool,
    /// The records of the last event are still in the buffer.
    has_records: bool,
    /// Whether the send buffer was empty after the last poll.
    was_drained: bool,
    /// When the link last took bytes of the send buffer, or that was empty.
    taken_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    AwaitingHello,
    Open,
    /// The closing handshake.
    Closing,
}

/// How the message that is being received is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Document,
    /// It is not JSON, or binary: skipped to its end.
    Skipped,
}

impl Session {
    pub(super) fn new(settings: &Settings<'_>, now: Instant) -> Self {
        Self {
            connection: Connection::new(),
            extractor: Extractor::copying(
                settings.paths,
                settings.raw.map(|raw| raw.copy),
                Source::Frames,
            ),
            keepalive: Keepalive::new(settings.keepalive, now),
            stage: Stage::AwaitingHello,
            reason: ReconnectReason::Closed(None),
            reading: Reading::Document,
            owes_ping: false,
            has_records: false,
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

    #[cfg(debug_assertions)]
    pub(super) const fn stage_name(&self) -> &'static str {
        match self.stage {
            Stage::AwaitingHello => "AwaitingHello",
            Stage::Open => "Open",
            Stage::Closing => "Closing",
        }
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Begins the closing handshake; the session ends for `reason`.
    pub(super) fn close(&mut self, reason: ReconnectReason<'static>, tx: &mut SendBuf<'_>) {
        if !self.is_closing() {
            self.begin_closing(reason);
            self.connection.close(CloseCode::NORMAL, "", tx);
        }
    }

    /// Records that the connection is closing; the first reason is kept.
    fn begin_closing(&mut self, reason: ReconnectReason<'static>) {
        if !self.is_closing() {
            self.stage = Stage::Closing;
            self.reason = reason;
        }
    }

    /// Advances until there is an output, or the session ends.
    #[inline(never)] // its stack is not needed while another phase is served
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Step, StepError> {
        if self.has_records {
            self.has_records = false;
            rx.drop_records();
        }
        context.settings.split(rx);
        let now = out.now;
        // Nothing was pending, or some was written: the peer is reading.
        if out.tx.take_progress() || self.was_drained {
            self.taken_at = now;
        }
        loop {
            match self.connection.poll(rx, out.tx, out.entropy, now) {
                Ok(Incoming::Wait { until }) => {
                    context.wake_by(until);
                    break;
                }
                Ok(Incoming::Close { code, .. }) => {
                    self.begin_closing(ReconnectReason::Closed(code));
                }
                Ok(Incoming::Closed) => return Err(StepError::failed(context, self.reason)),
                Ok(incoming) => {
                    self.keepalive.received(now);
                    self.owes_ping = false;
                    if let Incoming::Payload(payload) = incoming {
                        context.counters.received(payload.len);
                        if self.read(payload, rx) {
                            return Ok(Step::Yield(self.end_message(rx, context, out)));
                        }
                    }
                }
                Err(ConnectionError::Violation(rule)) => {
                    self.begin_closing(ReconnectReason::Peer(PeerError::Frame(rule)));
                }
                Err(ConnectionError::Entropy(error)) => return Err(error.into()),
            }
        }
        if let Some(id) = context.outbound.take_unconfirmed(&mut out.outbox) {
            return Ok(Step::Yield(OutputKind::Unconfirmed(id)));
        }
        if let Link::Ended(reason) = context.link {
            self.begin_closing(ReconnectReason::Disconnected(reason));
            return Err(StepError::failed(context, self.reason));
        }
        match self.stage {
            Stage::Closing => {
                let (outbound, wake) = (&mut context.outbound, &mut context.wake);
                outbound.finish_frame(&mut self.connection, out, &mut context.counters, wake)?;
            }
            Stage::AwaitingHello if now >= context.until => {
                let reason = ReconnectReason::TimedOut(Timeout::Hello);
                return Err(StepError::failed(context, reason));
            }
            Stage::AwaitingHello => context.wake_by(context.until),
            Stage::Open => self.keep_alive(context, out)?,
        }
        // Pumping may have decided the outcome of messages.
        let unconfirmed = context.outbound.take_unconfirmed(&mut out.outbox);
        Ok(Step::Yield(
            unconfirmed.map_or(OutputKind::Wait, OutputKind::Unconfirmed),
        ))
    }

    /// Sends a ping if one is due, and waiting messages. Fails if the link is dead.
    fn keep_alive(
        &mut self,
        context: &mut Context<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), StepError> {
        let now = out.now;
        // A peer that sends but never reads is as dead as one that is silent.
        if out.tx.is_empty() {
            self.taken_at = now;
        }
        let taken_until = self.taken_at + self.keepalive.dead_after();
        if now >= taken_until {
            let reason = ReconnectReason::TimedOut(Timeout::Send);
            return Err(StepError::failed(context, reason));
        }
        let due = self.keepalive.due(now);
        if due == Due::Dead {
            let reason = ReconnectReason::KeepaliveTimeout;
            return Err(StepError::failed(context, reason));
        }
        if due == Due::Ping || self.owes_ping {
            // Without randomness this fails, and the next poll tries again.
            let sent = context
                .outbound
                .ping(&mut self.connection, out, &mut context.counters)?;
            self.owes_ping = !sent;
            if due == Due::Ping {
                self.keepalive.pinged(now);
            }
        }
        if context.outbound.is_ack_overdue(now, &out.outbox) {
            let reason = ReconnectReason::TimedOut(Timeout::Ack);
            return Err(StepError::failed(context, reason));
        }
        let (outbound, wake) = (&mut context.outbound, &mut context.wake);
        outbound.pump(&mut self.connection, out, &mut context.counters, wake)?;
        self.was_drained = out.tx.is_empty();
        context.wake_by(self.keepalive.due_at());
        if !self.was_drained {
            context.wake_by(taken_until);
        }
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
        out: &mut TxContext<'_, '_>,
    ) -> OutputKind {
        count(&mut context.counters.messages_in);
        let is_json = self.reading == Reading::Document && self.extractor.finish(rx).is_ok();
        self.reading = Reading::Document;
        let awaits_hello = self.stage == Stage::AwaitingHello;
        if !is_json {
            self.extractor.reset();
            rx.drop_records();
            if awaits_hello {
                self.close(ReconnectReason::Peer(PeerError::NoHello), out.tx);
            }
            return OutputKind::Malformed;
        }
        self.has_records = true;
        let records = rx.records();
        if !records.is_complete() {
            count(&mut context.counters.oversized);
        }
        let end = match rtm::category(records) {
            FrameCategory::Hello if awaits_hello => {
                self.stage = Stage::Open;
                count(&mut context.counters.sessions);
                context.outbound.session_opened(out.now, &out.outbox);
                context.backoff.session_opened(out.now);
                return OutputKind::Hello;
            }
            FrameCategory::Reply(true) => {
                let id = rtm::reply_to(records).unwrap_or_default();
                let acknowledged = context.outbound.acknowledged(id, out);
                return acknowledged.map_or(OutputKind::Frame, OutputKind::Acknowledged);
            }
            FrameCategory::Reply(false) => {
                let rejection = match rtm::error_code(records) {
                    Some(TOO_FAST) => RejectionKind::TooFast,
                    _ => RejectionKind::Other,
                };
                let id = rtm::reply_to(records).unwrap_or_default();
                let rejected = context.outbound.rejected(id, rejection, out);
                return rejected.map_or(OutputKind::Frame, OutputKind::Rejected);
            }
            FrameCategory::Event(EventCategory::Message)
                if event::body(records).is_some_and(Text::is_cut) =>
            {
                count(&mut context.counters.cut);
                return OutputKind::Frame;
            }
            FrameCategory::ReconnectUrl => {
                // A URL that arrives after `set_token` belongs to the old token.
                if let Some(hooks) = context.settings.reconnect_url
                    && !context.has_new_token
                {
                    (hooks.keep)(&mut out.outbox, text(records, paths::URL));
                }
                return OutputKind::Frame;
            }
            FrameCategory::Goodbye => ReconnectReason::Goodbye,
            FrameCategory::MigrationStarted => ReconnectReason::Migration,
            FrameCategory::Error if awaits_hello => ReconnectReason::SocketError {
                code: rtm::error_code(records).unwrap_or_default(),
            },
            FrameCategory::Event(EventCategory::Unknown)
                if awaits_hello && text(records, paths::TYPE).is_empty() =>
            {
                ReconnectReason::Peer(PeerError::NoHello)
            }
            _ => return OutputKind::Frame,
        };
        self.close(end, out.tx);
        OutputKind::Frame
    }
}

fn text(records: Records<'_>, path: u8) -> &str {
    records.text(path).map_or("", |text| text.as_str())
}
