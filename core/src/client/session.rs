//! A session: frames in, events out; commands, keepalive and the close.

use super::Counters;
use super::config::ReconnectUrl;
use super::error::{PeerError, UsageError};
use super::event::{Cause, Event, Step};
use super::mail::{Mail, MessageId, Reason};
use super::output::LinkEnd;
use crate::buffer::{RecvBuf, SendBuf};
use crate::entropy::Entropy;
use crate::json::{Fields, Paths, RanState, Raw};
use crate::log::{debug, info, trace, warn};
use crate::rtm::event as wire;
use crate::rtm::keepalive::{Due, Keepalive};
use crate::time::Instant;
use crate::websocket::{CloseCode, Connection, ConnectionError, Incoming, Kind, Payload};

/// Slack's error code for "slow down, too many messages...".
const TOO_FAST: i64 = -1;

/// One WebSocket session, from the 101 to the end of its link.
#[derive(Debug)]
pub(super) struct Session {
    connection: Connection,
    fields: Fields,
    keepalive: Keepalive,
    /// When `hello` must have come.
    hello_until: Instant,
    stage: Stage,
    reading: Reading,
    /// A ping is due and did not find room yet.
    owes_ping: bool,
    /// Records of the last event are still in the buffer.
    is_lent: bool,
    /// Bytes that waited in the send buffer when it was looked at last, and when the link took some.
    unsent: usize,
    taken_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Waiting for `hello`.
    Greeting,
    Open,
    /// The close handshake is under way, for this reason.
    Closing(Cause),
}

/// What becomes of the message under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Document,
    /// It is no JSON, or binary: passed over to its end.
    Skipped,
}

/// What a session has to say.
#[derive(Clone, Copy, Debug)]
pub(super) enum SessionStep {
    Wait(Instant),
    News(News),
    Ended(Cause),
}

/// An event of a session, without its borrow.
#[derive(Clone, Copy, Debug)]
pub(super) enum News {
    Hello,
    Acknowledged(MessageId),
    Rejected(MessageId),
    Unconfirmed(MessageId),
    Malformed,
    /// Whatever stands in the receive buffer, as it is.
    Wire,
}

/// What a session works on besides itself.
pub(super) struct Surroundings<'a, 'c, E> {
    pub(super) mail: &'a mut Mail<'c>,
    pub(super) entropy: &'a mut E,
    pub(super) counters: &'a mut Counters,
    pub(super) reconnect_url: ReconnectUrl,
    pub(super) now: Instant,
    /// How the link ended, if it did.
    pub(super) link_end: Option<LinkEnd>,
}

impl Session {
    pub(super) fn new(paths: &'static Paths, keepalive: Keepalive, hello_until: Instant) -> Self {
        Self {
            connection: Connection::new(),
            fields: Fields::new(paths, Raw::Off),
            keepalive,
            hello_until,
            stage: Stage::Greeting,
            reading: Reading::Document,
            owes_ping: false,
            is_lent: false,
            unsent: 0,
            taken_at: Instant::from_millis(0),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    pub(super) fn is_closing(&self) -> bool {
        matches!(self.stage, Stage::Closing(_))
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Begins the close handshake; the session ends for `cause`.
    pub(super) fn close(&mut self, cause: Cause, tx: &mut SendBuf<'_>) {
        if !self.is_closing() {
            self.stage = Stage::Closing(cause);
            self.connection.close(CloseCode::NORMAL, "", tx);
        }
    }

    /// Goes on until there is something to say.
    pub(super) fn poll<E: Entropy>(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        around: &mut Surroundings<'_, '_, E>,
    ) -> Result<SessionStep, UsageError> {
        if self.is_lent {
            self.is_lent = false;
            rx.drop_records();
        }
        let connection_until = loop {
            match self.connection.poll(rx, tx, around.entropy, around.now) {
                Ok(Incoming::Wait { until }) => break until,
                Ok(Incoming::Payload(payload)) => {
                    self.keepalive.heard(around.now);
                    self.owes_ping = false;
                    if let Some(news) = self.payload(payload, rx, tx, around) {
                        return Ok(SessionStep::News(news));
                    }
                }
                Ok(Incoming::Ping | Incoming::Pong) => {
                    self.keepalive.heard(around.now);
                    self.owes_ping = false;
                }
                Ok(Incoming::Close { code, .. }) => self.ending(Cause::Closed(code)),
                Ok(Incoming::Closed) => return Ok(SessionStep::Ended(self.cause(None))),
                Err(ConnectionError::Violation(rule)) => {
                    self.ending(Cause::Peer(PeerError::Frame(rule)));
                }
                Err(ConnectionError::Entropy(error)) => return Err(error.into()),
            }
        };
        if let Some(id) = around.mail.take_unconfirmed() {
            return Ok(SessionStep::News(News::Unconfirmed(id)));
        }
        if let Some(end) = around.link_end {
            return Ok(SessionStep::Ended(self.cause(Some(end))));
        }
        let until = match self.stage {
            Stage::Closing(_) => {
                around
                    .mail
                    .finish_frame(&mut self.connection, tx, around.entropy, around.now)?;
                connection_until
            }
            Stage::Greeting if around.now >= self.hello_until => {
                return Ok(SessionStep::Ended(Cause::Late(Step::Hello)));
            }
            Stage::Greeting => self.hello_until,
            Stage::Open => match self.keep_alive(tx, around)? {
                Ok(until) => until,
                Err(cause) => return Ok(SessionStep::Ended(cause)),
            },
        };
        // Pumping may have decided on messages.
        if let Some(id) = around.mail.take_unconfirmed() {
            return Ok(SessionStep::News(News::Unconfirmed(id)));
        }
        Ok(SessionStep::Wait(until.min(connection_until)))
    }

    /// Pings if it is due, sends what waits; returns when to go on, or why the link is dead.
    fn keep_alive<E: Entropy>(
        &mut self,
        tx: &mut SendBuf<'_>,
        around: &mut Surroundings<'_, '_, E>,
    ) -> Result<Result<Instant, Cause>, UsageError> {
        let now = around.now;
        // A peer that talks and takes nothing is as dead as one that says nothing.
        if tx.is_empty() || tx.pending().len() < self.unsent {
            self.taken_at = now;
        }
        let taken_until = self.taken_at.after(self.keepalive.patience());
        if now >= taken_until {
            return Ok(Err(Cause::Late(Step::Send)));
        }
        let alive_until = loop {
            match self.keepalive.due(now) {
                Due::NotBefore(at) => break at,
                Due::Dead => return Ok(Err(Cause::Silent)),
                Due::Ping => {
                    // Without randomness it was not asked, and will be.
                    let sent = around.mail.ping(&mut self.connection, tx, around.entropy)?;
                    self.owes_ping = !sent;
                    self.keepalive.asked(now);
                }
            }
        };
        if self.owes_ping {
            let sent = around.mail.ping(&mut self.connection, tx, around.entropy)?;
            self.owes_ping = !sent;
        }
        if around.mail.is_ack_overdue(now) {
            return Ok(Err(Cause::Late(Step::Ack)));
        }
        let mail_until = around
            .mail
            .pump(&mut self.connection, tx, around.entropy, now)?;
        self.unsent = tx.pending().len();
        let until = alive_until.min(mail_until);
        Ok(Ok(if tx.is_empty() {
            until
        } else {
            until.min(taken_until)
        }))
    }

    /// A piece of a message: through the fields, and at its end what it means.
    fn payload<E: Entropy>(
        &mut self,
        payload: Payload,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        around: &mut Surroundings<'_, '_, E>,
    ) -> Option<News> {
        let counters = &mut *around.counters;
        counters.bytes_in = counters.bytes_in.saturating_add(payload.len as u64);
        let behind = rx.unread().len().saturating_sub(payload.len);
        if payload.kind == Kind::Binary {
            self.reading = Reading::Skipped;
        }
        loop {
            let left = rx.unread().len().saturating_sub(behind);
            if left == 0 {
                break;
            }
            if self.reading == Reading::Skipped {
                rx.consume(left);
                continue;
            }
            // No table of events has elements that are events of their own; one of a caller's
            // that has would be told at the end, like everything else.
            match self.fields.run(rx, left) {
                Ok(ran) if ran.consumed == 0 && ran.state == RanState::More => break,
                Ok(_) => {}
                Err(_) => self.reading = Reading::Skipped,
            }
        }
        if !payload.ends {
            return None;
        }
        counters.messages_in = counters.messages_in.saturating_add(1);
        let whole = self.reading == Reading::Document && self.fields.finish(rx).is_ok();
        self.reading = Reading::Document;
        if !whole {
            self.fields.reset();
            rx.drop_records();
            if self.stage == Stage::Greeting {
                self.close(Cause::Peer(PeerError::NoHello), tx);
            }
            return Some(News::Malformed);
        }
        self.is_lent = true;
        let records = rx.records();
        if !records.is_complete() {
            counters.oversized = counters.oversized.saturating_add(1);
        }
        let event = wire::Event::new(records, self.fields.paths(), None);
        Some(self.meaning(event, tx, around))
    }

    /// What an event means to the session itself.
    fn meaning<E: Entropy>(
        &mut self,
        event: wire::Event<'_>,
        tx: &mut SendBuf<'_>,
        around: &mut Surroundings<'_, '_, E>,
    ) -> News {
        let greeting = self.stage == Stage::Greeting;
        match event {
            wire::Event::Hello(_) if greeting => {
                self.stage = Stage::Open;
                around.mail.greeted(around.now);
                around.counters.sessions = around.counters.sessions.saturating_add(1);
                return News::Hello;
            }
            wire::Event::Message(message) if message.text.is_cut() => {
                around.counters.cut = around.counters.cut.saturating_add(1);
            }
            wire::Event::Ack(ack) => {
                let id = ack.reply_to();
                if let Some(id) = id.and_then(|id| around.mail.acknowledged(id, around.now)) {
                    return News::Acknowledged(id);
                }
            }
            wire::Event::Rejection(rejection) => {
                let reason = match rejection.code() {
                    Some(TOO_FAST) => Reason::TooFast,
                    _ => Reason::Other,
                };
                let id = rejection.reply_to();
                if let Some(id) = around.mail.rejected(id, reason, around.now) {
                    return News::Rejected(id);
                }
            }
            wire::Event::ReconnectUrl(event) if around.reconnect_url == ReconnectUrl::Use => {
                around.mail.keep_url(event.url().unwrap_or_default());
            }
            wire::Event::Goodbye(_) => self.close(Cause::Goodbye, tx),
            wire::Event::MigrationStarted(_) => self.close(Cause::Migration, tx),
            wire::Event::Error(error) if greeting => {
                let code = error.code().unwrap_or_default();
                self.close(Cause::SocketError { code }, tx);
            }
            _ if greeting && event.type_name().is_empty() => {
                self.close(Cause::Peer(PeerError::NoHello), tx);
            }
            _ => {}
        }
        News::Wire
    }

    /// The connection is ending; the first reason is the one that counts.
    fn ending(&mut self, cause: Cause) {
        if !self.is_closing() {
            self.stage = Stage::Closing(cause);
        }
    }

    fn cause(&self, end: Option<LinkEnd>) -> Cause {
        match (self.stage, end) {
            (Stage::Closing(cause), _) => cause,
            (_, Some(end)) => Cause::Link(end),
            (_, None) => Cause::Closed(None),
        }
    }
}

impl News {
    pub(super) fn log(self) {
        match self {
            Self::Hello => info!("in session"),
            Self::Acknowledged(id) => debug!("message {} is acknowledged", id),
            Self::Rejected(id) => warn!("message {} was rejected", id),
            Self::Unconfirmed(id) => warn!("message {} is unconfirmed", id),
            Self::Malformed => warn!("a message is not JSON"),
            Self::Wire => trace!("an event"),
        }
    }

    /// The event, with what of it stands in the receive buffer.
    pub(super) fn event(self, wire: wire::Event<'_>) -> Event<'_> {
        match (self, wire) {
            (Self::Hello, wire::Event::Hello(hello)) => Event::Hello(hello),
            (Self::Acknowledged(id), wire) => Event::Acknowledged {
                id,
                ts: wire.ts().unwrap_or_default(),
            },
            (Self::Rejected(id), wire::Event::Rejection(rejection)) => Event::Rejected {
                id,
                code: rejection.code().unwrap_or_default(),
                msg: rejection.message(),
            },
            (Self::Unconfirmed(id), _) => Event::Unconfirmed { id },
            (Self::Malformed, _) => Event::Malformed,
            (_, wire::Event::Message(message)) => Event::Message(message),
            (_, wire::Event::Pong(pong)) => Event::Pong(pong),
            (_, wire) => Event::Rtm(wire),
        }
    }
}
