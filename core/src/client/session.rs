//! A session: frames in, events out; commands, keepalive and the close.

use super::config::Settings;
use super::context::{Context, Link};
use super::count;
use super::error::PeerError;
use super::event::{ReconnectReason, Step};
use super::outbound::{Reason, TxContext};
use super::render::Told;
use super::step::StepError;
use crate::buffer::{RecvBuf, SendBuf};
use crate::event::{self as wire, EventCategory, paths};
use crate::json::{Extractor, Records, Source};
use crate::rtm;
use crate::rtm::keepalive::{Due, Keepalive};
use crate::time::Instant;
use crate::websocket::{CloseCode, Connection, ConnectionError, Incoming, MessageKind, Payload};

/// Slack's error code for "slow down, too many messages...".
const TOO_FAST: i64 = -1;

/// One WebSocket session, from the 101 to the end of its link.
#[derive(Debug)]
pub(super) struct Session {
    connection: Connection,
    fields: Extractor,
    keepalive: Keepalive,
    stage: Stage,
    /// Why it ends, as far as it is known.
    cause: ReconnectReason,
    reading: Reading,
    /// A ping is due and did not find room yet.
    owes_ping: bool,
    /// Records of the last event are still in the buffer.
    is_lent: bool,
    /// Whether nothing waited in the send buffer when it was looked at last, and when the link took
    /// some of it.
    was_drained: bool,
    taken_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Waiting for `hello`.
    Greeting,
    Open,
    /// The close handshake is under way.
    Closing,
}

/// What becomes of the message under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Document,
    /// It is no JSON, or binary: passed over to its end.
    Skipped,
}

impl Session {
    pub(super) fn new(settings: &Settings<'_>, now: Instant) -> Self {
        Self {
            connection: Connection::new(),
            fields: Extractor::copying(
                settings.paths,
                settings.raw.map(|copying| copying.copy),
                Source::Frames,
            ),
            keepalive: Keepalive::new(settings.keepalive, now),
            stage: Stage::Greeting,
            cause: ReconnectReason::Closed(None),
            reading: Reading::Document,
            owes_ping: false,
            is_lent: false,
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
            Stage::Greeting => "Greeting",
            Stage::Open => "Open",
            Stage::Closing => "Closing",
        }
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Begins the close handshake; the session ends for `cause`.
    pub(super) fn close(&mut self, cause: ReconnectReason, tx: &mut SendBuf<'_>) {
        if !self.is_closing() {
            self.ending(cause);
            self.connection.close(CloseCode::NORMAL, "", tx);
        }
    }

    /// The connection is ending; the first reason is the one that counts.
    fn ending(&mut self, cause: ReconnectReason) {
        if !self.is_closing() {
            self.stage = Stage::Closing;
            self.cause = cause;
        }
    }

    /// Goes on until there is something to tell, or the session ends for some cause.
    #[inline(never)] // its stack is not needed while another phase is served
    pub(super) fn poll(
        &mut self,
        common: &mut Context<'_>,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Told, StepError> {
        if self.is_lent {
            self.is_lent = false;
            rx.drop_records();
        }
        common.settings.divide(rx);
        let now = out.now;
        // None waited, or some left: the peer takes what it is sent. Others may wait in their place.
        if out.tx.was_taken() || self.was_drained {
            self.taken_at = now;
        }
        common.wake = Instant::MAX;
        loop {
            match self.connection.poll(rx, out.tx, out.entropy, now) {
                Ok(Incoming::Wait { until }) => {
                    common.wake_by(until);
                    break;
                }
                Ok(Incoming::Close { code, .. }) => self.ending(ReconnectReason::Closed(code)),
                Ok(Incoming::Closed) => return Err(self.cause.into()),
                Ok(incoming) => {
                    self.keepalive.heard(now);
                    self.owes_ping = false;
                    if let Incoming::Payload(payload) = incoming
                        && self.takes(payload, rx, common)
                    {
                        return Ok(self.told(rx, common, out));
                    }
                }
                Err(ConnectionError::Violation(rule)) => {
                    self.ending(ReconnectReason::Peer(PeerError::Frame(rule)));
                }
                Err(ConnectionError::Entropy(error)) => return Err(error.into()),
            }
        }
        if let Some(id) = common.mail.take_unconfirmed() {
            return Ok(Told::Unconfirmed(id));
        }
        if let Link::Down(end) = common.link {
            self.ending(ReconnectReason::Disconnected(end));
            return Err(self.cause.into());
        }
        match self.stage {
            Stage::Closing => {
                let (mail, wake) = (&mut common.mail, &mut common.wake);
                mail.finish_frame(&mut self.connection, out, wake)?;
            }
            Stage::Greeting if now >= common.until => {
                return Err(ReconnectReason::TimedOut(Step::Hello).into());
            }
            Stage::Greeting => common.wake_by(common.until),
            Stage::Open => self.keep_alive(common, out)?,
        }
        // Pumping may have decided on messages.
        let unconfirmed = common.mail.take_unconfirmed();
        Ok(unconfirmed.map_or(Told::Wait, Told::Unconfirmed))
    }

    /// Pings if it is due, sends what waits; fails if the link is dead.
    fn keep_alive(
        &mut self,
        common: &mut Context<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), StepError> {
        let now = out.now;
        // A peer that talks and takes nothing is as dead as one that says nothing.
        if out.tx.is_empty() {
            self.taken_at = now;
        }
        let taken_until = self.taken_at + self.keepalive.patience();
        if now >= taken_until {
            return Err(ReconnectReason::TimedOut(Step::Send).into());
        }
        let due = self.keepalive.due(now);
        if due == Due::Dead {
            return Err(ReconnectReason::KeepaliveTimeout.into());
        }
        if due == Due::Ping || self.owes_ping {
            // Without randomness it was not asked, and will be.
            let sent = common.mail.ping(&mut self.connection, out)?;
            self.owes_ping = !sent;
            if due == Due::Ping {
                self.keepalive.asked(now);
            }
        }
        if common.mail.is_ack_overdue(now) {
            return Err(ReconnectReason::TimedOut(Step::Ack).into());
        }
        let (mail, wake) = (&mut common.mail, &mut common.wake);
        mail.pump(&mut self.connection, out, wake)?;
        self.was_drained = out.tx.is_empty();
        common.wake_by(self.keepalive.due_at());
        if !self.was_drained {
            common.wake_by(taken_until);
        }
        Ok(())
    }

    /// Takes a piece of a message through the fields; says whether the message has ended.
    fn takes(&mut self, payload: Payload, rx: &mut RecvBuf<'_>, common: &mut Context<'_>) -> bool {
        common.mail.counters.received(payload.len);
        let behind = rx.unread().len().saturating_sub(payload.len);
        if payload.kind == MessageKind::Binary {
            self.reading = Reading::Skipped;
        }
        while self.reading == Reading::Document {
            let left = rx.unread().len().saturating_sub(behind);
            if left == 0 {
                break;
            }
            // No table of events has elements that are events of their own; one of a caller's
            // that has would be told at the end, like everything else.
            match self.fields.feed(rx, left) {
                Ok(_) => {}
                Err(_) => self.reading = Reading::Skipped,
            }
        }
        if self.reading == Reading::Skipped {
            rx.consume(rx.unread().len().saturating_sub(behind));
        }
        payload.ends
    }

    /// What the message that has ended means, to the session itself too.
    fn told(
        &mut self,
        rx: &mut RecvBuf<'_>,
        common: &mut Context<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Told {
        let counters = &mut common.mail.counters;
        count(&mut counters.messages_in);
        let whole = self.reading == Reading::Document && self.fields.finish(rx).is_ok();
        self.reading = Reading::Document;
        let greeting = self.stage == Stage::Greeting;
        if !whole {
            self.fields.reset();
            rx.drop_records();
            if greeting {
                self.close(ReconnectReason::Peer(PeerError::NoHello), out.tx);
            }
            return Told::Malformed;
        }
        self.is_lent = true;
        let records = rx.records();
        if !records.is_complete() {
            count(&mut counters.oversized);
        }
        let end = match rtm::category(records) {
            EventCategory::Hello if greeting => {
                self.stage = Stage::Open;
                count(&mut counters.sessions);
                common.mail.greeted(out.now);
                common.backoff.greeted(out.now);
                return Told::Hello;
            }
            EventCategory::Ack => {
                let id = rtm::reply_to(records).unwrap_or_default();
                let acknowledged = common.mail.acknowledged(id, out.now);
                return acknowledged.map_or(Told::Rtm, Told::Acknowledged);
            }
            EventCategory::Rejection => {
                let reason = match rtm::error_code(records) {
                    Some(TOO_FAST) => Reason::TooFast,
                    _ => Reason::Other,
                };
                let id = rtm::reply_to(records).unwrap_or_default();
                let rejected = common.mail.rejected(id, reason, out.now);
                return rejected.map_or(Told::Rtm, Told::Rejected);
            }
            EventCategory::Message if wire::body(records).is_cut() => {
                count(&mut counters.cut);
                return Told::Rtm;
            }
            EventCategory::ReconnectUrl => {
                // One that comes after `set_token` is of the token before.
                if let Some(pushed) = common.settings.pushed
                    && common.next_token.is_none()
                {
                    (pushed.keep)(&mut common.mail, text(records, paths::URL));
                }
                return Told::Rtm;
            }
            EventCategory::Goodbye => ReconnectReason::Goodbye,
            EventCategory::MigrationStarted => ReconnectReason::Migration,
            EventCategory::Error if greeting => ReconnectReason::SocketError {
                code: rtm::error_code(records).unwrap_or_default(),
            },
            EventCategory::Unknown if greeting && text(records, paths::TYPE).is_empty() => {
                ReconnectReason::Peer(PeerError::NoHello)
            }
            _ => return Told::Rtm,
        };
        self.close(end, out.tx);
        Told::Rtm
    }
}

fn text(records: Records<'_>, path: u8) -> &str {
    records.text(path).map_or("", |text| text.as_str())
}
