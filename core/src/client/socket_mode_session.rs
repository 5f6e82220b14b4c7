//! The session of Socket Mode: acknowledgements, and the ends that Slack announces.

// The hidden items of `Dialect` are for the client alone.
#![allow(private_interfaces)]

use super::acknowledge::{AcknowledgeError, DeferredEnvelope, EventAcknowledgement};
use super::config::Config;
use super::context::Context;
use super::counters::count;
use super::deferred::Deferred;
use super::dialect::Dialect;
use super::error::PeerError;
use super::output::OutputKind;
use super::reason::ReconnectReason;
use super::session_state::{SessionState, Stage};
use super::step::StepError;
use super::tx_context::TxContext;
use super::view::SocketMode;
use crate::buffer::{RecvBuf, Sink};
use crate::entropy::EntropyError;
use crate::event::{self, EventCategory, Identity};
use crate::json::{Records, Text, Writer};
use crate::link::Link;
use crate::socket_mode::acknowledgement::Acknowledgement;
use crate::socket_mode::{self, Deliveries, EnvelopeKind, FrameCategory, SocketEnd, paths};
use crate::storage::TokenError;
use crate::time::{Duration, Instant};
use crate::web_api::outbox::Outbox;
use crate::websocket::{Connection, FrameError, MessageKind, Sent};

/// The delay after "too many sockets": ghosts of ended links have to expire.
const TOO_MANY_DELAY: Duration = Duration::from_secs(120);
/// The delay after Socket Mode was switched off.
const DISABLED_DELAY: Duration = Duration::from_secs(3600);

/// The part of a client that outlives a session.
#[derive(Debug)]
#[doc(hidden)] // the public trait `Dialect` names it
#[allow(unreachable_pub)]
pub struct SocketModeState {
    event_acknowledgement: EventAcknowledgement,
    deliveries: Deliveries,
    /// The number of the envelope that was deferred last.
    last_deferred: u32,
}

/// The part of a session that only Socket Mode has.
#[derive(Debug)]
#[doc(hidden)] // the public trait `Dialect` names it
#[allow(unreachable_pub)]
pub struct SocketModeSession {
    held: Held,
    /// When the frame of the held envelope ended.
    received_at: Instant,
    deferred: Deferred,
    /// The envelope whose response is not sent whole: [`HELD`], or the number of a deferred one.
    responding_to: Option<u32>,
    /// Slack announced the end of the socket.
    ending: Option<ReconnectReason<'static>>,
}

/// The number of the held envelope; a deferred one has a greater number.
const HELD: u32 = 0;

/// The envelope whose members are in the receive buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// There is none.
    None,
    /// It accepts no response; its acknowledgement is to be put into the send buffer.
    BeforeEvent,
    /// Its acknowledgement is in the send buffer. The event is lent when that is empty.
    Leaving,
    /// It was acknowledged before its event was lent.
    Lent,
    /// Its event is lent, and it is to be acknowledged before the next one.
    AfterEvent,
    /// Its event was lent, and its acknowledgement without a response is being sent.
    Bare,
    /// It was acknowledged, or deferred.
    Acknowledged,
}

impl Dialect for SocketMode {
    type Outbound = SocketModeState;
    type Session = SocketModeSession;

    fn outbound(config: &Config<'_, Self>) -> SocketModeState {
        SocketModeState {
            event_acknowledgement: config.event_acknowledgement,
            deliveries: Deliveries::new(),
            last_deferred: HELD,
        }
    }

    fn session() -> SocketModeSession {
        SocketModeSession {
            held: Held::None,
            received_at: Instant::from_millis(0),
            deferred: Deferred::NONE,
            responding_to: None,
            ending: None,
        }
    }

    fn check_token(token: &str) -> Result<(), TokenError> {
        if token.starts_with("xox") {
            return Err(TokenError::NotAppLevel);
        }
        Ok(())
    }

    fn delay(reason: &ReconnectReason<'_>) -> Duration {
        match reason {
            ReconnectReason::SocketEnd(SocketEnd::TooManyWebsockets) => TOO_MANY_DELAY,
            ReconnectReason::SocketEnd(SocketEnd::LinkDisabled) => DISABLED_DELAY,
            _ => Duration::ZERO,
        }
    }

    fn ping(
        connection: &mut Connection,
        _: &mut Context<'_>,
        _: &mut SocketModeState,
        out: &mut TxContext<'_, '_>,
    ) -> Result<bool, EntropyError> {
        match connection.ping(b"", out.tx, out.entropy) {
            Ok(()) => Ok(true),
            Err(FrameError::Entropy(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    fn end_message(
        session: &mut SessionState,
        own: &mut SocketModeSession,
        rx: &mut RecvBuf<'_>,
        context: &mut Context<'_>,
        outbound: &mut SocketModeState,
        out: &mut TxContext<'_, '_>,
    ) -> Result<OutputKind, StepError> {
        let awaits_hello = session.stage == Stage::AwaitingHello;
        own.held = Held::None;
        let records = rx.records();
        let category = socket_mode::category(records);
        match category {
            FrameCategory::Hello if awaits_hello => {
                session.stage = Stage::Open;
                count(&mut context.counters.sessions);
                context.backoff.session_opened(out.now);
                return Ok(OutputKind::Hello);
            }
            FrameCategory::Hello => return Ok(OutputKind::Frame),
            FrameCategory::Disconnect => {
                let reason = ReconnectReason::SocketEnd(SocketEnd::in_records(records));
                match session.stage {
                    Stage::AwaitingHello => session.close(reason, out.tx),
                    _ => own.ending = Some(reason),
                }
                return Ok(OutputKind::Frame);
            }
            FrameCategory::Other => {
                if awaits_hello && records.text(paths::FRAME_TYPE).is_none() {
                    session.close(ReconnectReason::Peer(PeerError::NoHello), out.tx);
                }
                return Ok(OutputKind::Frame);
            }
            _ if session.is_closing() => {
                // It cannot be acknowledged any more, so Slack sends it again if it is an event.
                context.wake_by(out.now);
                return Ok(OutputKind::Wait);
            }
            FrameCategory::Event(EventCategory::Message)
                if event::body(records).is_some_and(Text::is_cut) =>
            {
                count(&mut context.counters.cut);
            }
            _ => {}
        }
        identify(records, &mut context.identity);
        let is_event = EnvelopeKind::in_records(records) == EnvelopeKind::EventsApi;
        let is_repeated = is_event && outbound.deliveries.contains(records);
        let waits_for_program = records.bool(paths::ACCEPTS_RESPONSE) == Some(true)
            || is_event && outbound.event_acknowledgement == EventAcknowledgement::AfterEvent;
        if is_repeated {
            rx.mark();
        }
        own.received_at = out.now;
        own.held = match waits_for_program {
            true => Held::AfterEvent,
            false => Held::BeforeEvent,
        };
        if waits_for_program {
            outbound.lent(rx.records());
            return Ok(OutputKind::Frame);
        }
        let kind = Self::release(session, own, rx, context, outbound, out)?;
        Ok(kind.unwrap_or(OutputKind::Frame))
    }

    fn release(
        session: &mut SessionState,
        own: &mut SocketModeSession,
        rx: &RecvBuf<'_>,
        context: &mut Context<'_>,
        outbound: &mut SocketModeState,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Option<OutputKind>, StepError> {
        if own.responding_to.is_some() {
            let reason = match context.link {
                // The program could not continue.
                Link::Ended(reason) => ReconnectReason::Disconnected(reason),
                _ => ReconnectReason::ResponseAbandoned,
            };
            return Err(StepError::failed(context, reason));
        }
        let now = match own.ending {
            Some(_) => Instant::MAX,
            None => out.now,
        };
        // Although frames may wait to be read: a peer that sends without a pause delays nothing.
        let until = own.deferred.send_due(&mut session.connection, now, out)?;
        context.wake_by(until);
        if own.held == Held::AfterEvent {
            own.held = Held::Bare;
        }
        if let Held::BeforeEvent | Held::Bare = own.held {
            let id = rx.records().text(paths::ENVELOPE_ID);
            let acknowledgement = Acknowledgement::new(id.map_or("", Text::as_str));
            let write = |sink: &mut dyn Sink| acknowledgement.write(sink);
            let connection = &mut session.connection;
            match connection.send(MessageKind::Text, write, out.tx, out.entropy) {
                Ok(Sent::Whole) => {
                    own.held = match own.held {
                        Held::BeforeEvent => Held::Leaving,
                        _ => Held::Acknowledged,
                    };
                }
                Ok(Sent::Partly | Sent::Nothing) => {}
                Err(FrameError::Entropy(error)) => return Err(error.into()),
                // The connection closes: an event comes again, anything else is lost with it.
                Err(_) => own.held = Held::Acknowledged,
            }
        }
        match own.held {
            Held::None | Held::Lent | Held::Acknowledged => {
                own.held = Held::None;
                return Ok(None);
            }
            Held::Leaving if out.tx.is_empty() => {
                own.held = Held::Lent;
                outbound.lent(rx.records());
                return Ok(Some(OutputKind::Frame));
            }
            Held::Bare if matches!(context.link, Link::Ended(_)) => {
                // Frames that arrived before the end of the link are still handled.
                own.held = Held::None;
                return Ok(None);
            }
            Held::Leaving | Held::BeforeEvent | Held::AfterEvent | Held::Bare => {}
        }
        if let Link::Ended(reason) = context.link {
            let reason = own.ending.unwrap_or(ReconnectReason::Disconnected(reason));
            return Err(StepError::failed(context, reason));
        }
        session.check_taken(context, out)?;
        Ok(Some(OutputKind::Wait))
    }

    fn announced_end(own: &SocketModeSession) -> Option<ReconnectReason<'static>> {
        own.ending
    }

    fn close(
        session: &mut SessionState,
        own: &mut SocketModeSession,
        reason: ReconnectReason<'static>,
        out: &mut TxContext<'_, '_>,
    ) {
        if session.is_open() {
            own.ending.get_or_insert(reason);
        } else {
            session.close(reason, out.tx);
        }
    }

    fn send_due(
        session: &mut SessionState,
        own: &mut SocketModeSession,
        context: &mut Context<'_>,
        _: &mut SocketModeState,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), StepError> {
        if let Some(reason) = own.ending
            && own.deferred.is_empty()
        {
            session.close(reason, out.tx);
            // The close frame is put into the send buffer by the next poll.
            context.wake_by(out.now);
        }
        Ok(())
    }

    fn finish_frame(
        _: &mut Connection,
        _: &mut Context<'_>,
        _: &mut SocketModeState,
        _: &mut TxContext<'_, '_>,
    ) -> Result<(), EntropyError> {
        Ok(())
    }

    fn take_ended(
        _: &mut SocketModeState,
        _: &mut Context<'_>,
        _: &mut Outbox<'_>,
    ) -> Option<OutputKind> {
        None
    }

    fn take_outcome(_: &mut SocketModeState, _: &mut TxContext<'_, '_>) -> Option<OutputKind> {
        None
    }

    fn link_lost(_: &mut SocketModeState, _: &mut Outbox<'_>) {}

    fn give_up(_: &mut SocketModeState, _: &mut Outbox<'_>) -> Option<OutputKind> {
        None
    }
}

impl SocketModeState {
    /// Records that the event with these members is lent. One whose acknowledgement did not leave is
    /// not lent, so its next delivery is the first one for the program.
    fn lent(&mut self, records: Records<'_>) {
        if EnvelopeKind::in_records(records) == EnvelopeKind::EventsApi {
            self.deliveries.record(records);
        }
    }
}

/// Acknowledgements by the program.
impl SocketModeSession {
    /// Acknowledges the held envelope with a response.
    pub(super) fn acknowledge(
        &mut self,
        session: &mut SessionState,
        rx: &RecvBuf<'_>,
        response: &dyn Fn(&mut Writer<'_>),
        context: &mut Context<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Sent, AcknowledgeError> {
        self.check_held(session, rx, context)?;
        let id = rx.records().text(paths::ENVELOPE_ID);
        let id = id.map_or("", Text::as_str);
        let sent = self.respond(session, HELD, id, response, context, out)?;
        if sent == Sent::Whole {
            self.held = Held::Acknowledged;
        }
        Ok(sent)
    }

    /// Defers the acknowledgement of the held envelope.
    pub(super) fn defer(
        &mut self,
        session: &SessionState,
        rx: &RecvBuf<'_>,
        context: &Context<'_>,
        state: &mut SocketModeState,
    ) -> Result<DeferredEnvelope, AcknowledgeError> {
        self.check_held(session, rx, context)?;
        if self.responding_to.is_some() {
            return Err(AcknowledgeError::Busy);
        }
        let id = rx.records().text(paths::ENVELOPE_ID);
        let number = state.last_deferred.wrapping_add(1).max(1);
        let id = id.map_or("", Text::as_str);
        self.deferred.add(number, id, self.received_at)?;
        state.last_deferred = number;
        self.held = Held::Acknowledged;
        Ok(DeferredEnvelope(number))
    }

    /// Acknowledges a deferred envelope with a response.
    pub(super) fn acknowledge_deferred(
        &mut self,
        session: &mut SessionState,
        DeferredEnvelope(number): DeferredEnvelope,
        response: &dyn Fn(&mut Writer<'_>),
        context: &mut Context<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Sent, AcknowledgeError> {
        check_link(session, context)?;
        let envelope = *self.deferred.find(number)?;
        let sent = self.respond(session, number, envelope.id(), response, context, out)?;
        if sent == Sent::Whole {
            self.deferred.acknowledged(number);
        }
        Ok(sent)
    }

    fn check_held(
        &self,
        session: &SessionState,
        rx: &RecvBuf<'_>,
        context: &Context<'_>,
    ) -> Result<(), AcknowledgeError> {
        match self.held {
            Held::AfterEvent => match rx.records().bool(paths::ACCEPTS_RESPONSE) {
                Some(true) => check_link(session, context),
                _ => Err(AcknowledgeError::NotAccepted),
            },
            Held::None | Held::BeforeEvent | Held::Leaving | Held::Bare => {
                Err(AcknowledgeError::NoEnvelope)
            }
            Held::Lent => Err(AcknowledgeError::NotAccepted),
            Held::Acknowledged => Err(AcknowledgeError::Acknowledged),
        }
    }

    /// Puts the acknowledgement of envelope `number` into the send buffer, as far as there is room.
    fn respond(
        &mut self,
        session: &mut SessionState,
        number: u32,
        id: &str,
        response: &dyn Fn(&mut Writer<'_>),
        context: &mut Context<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Sent, AcknowledgeError> {
        let responding_to = self.responding_to;
        // A frame under way is the response to this envelope, or not to be continued with it.
        if session.connection.is_sending() && responding_to != Some(number) {
            return Err(AcknowledgeError::Busy);
        }
        let acknowledgement = Acknowledgement::new(id).response(response);
        let length = acknowledgement.length()?;
        let write = |sink: &mut dyn Sink| acknowledgement.write(sink);
        let sent = session
            .connection
            .send(MessageKind::Text, write, out.tx, out.entropy);
        self.responding_to = match sent {
            Ok(Sent::Partly) | Err(FrameError::Changed) => Some(number),
            Ok(Sent::Whole) => None,
            _ => responding_to,
        };
        match sent {
            Ok(sent) => {
                if sent == Sent::Whole {
                    context.counters.sent(length);
                }
                Ok(sent)
            }
            Err(FrameError::Entropy(error)) => Err(error.into()),
            Err(FrameError::Changed) => Err(AcknowledgeError::Changed),
            Err(_) => Err(AcknowledgeError::SocketEnded),
        }
    }
}

/// Checks that the socket can send.
fn check_link(session: &SessionState, context: &Context<'_>) -> Result<(), AcknowledgeError> {
    match context.link {
        Link::Open if !session.is_closing() => Ok(()),
        _ => Err(AcknowledgeError::SocketEnded),
    }
}

/// Keeps the id of the app's bot user, by which the client recognises its own messages.
fn identify(records: Records<'_>, identity: &mut Identity) {
    if records.bool(paths::IS_BOT) == Some(true)
        && let Some(user) = records.text(paths::AUTHORIZED_USER)
    {
        identity.set_user(user.as_str());
    }
}
