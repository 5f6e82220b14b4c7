//! The step loop: from the call to the socket to the session, and back to the call.

use super::acknowledge::{AcknowledgeError, DeferredEnvelope};
use super::config::Config;
use super::context::Context;
use super::counters::count;
use super::dialect::Dialect;
use super::error::{PollError, SendError, WithdrawError};
use super::handshake::Handshake;
use super::log::log;
use super::opening_call::{self, CallHooks};
use super::outbound::{Expiry, Retire};
use super::output::OutputKind;
use super::phase::{Next, Phase};
use super::reason::ReconnectReason;
use super::reconnect;
use super::reconnect_url;
use super::session::Session;
use super::state::State;
use super::step::{Step, StepError};
#[cfg(debug_assertions)]
use super::transitions::Watch;
use super::tx_context::TxContext;
use super::unsent;
use super::view::{Rtm, SocketMode};
use crate::buffer::RecvBuf;
use crate::json::Writer;
use crate::link::{DisconnectReason, Link, Timeout};
use crate::message_id::MessageId;
use crate::rtm::command::Command;
use crate::time::{Duration, Instant};
use crate::web_api::Exchange;
use crate::web_api::outbox::Outbox;
use crate::websocket::Sent;

/// The reason for the end of a session that was asked to close.
const REQUESTED: ReconnectReason<'static> = ReconnectReason::Disconnected(DisconnectReason::Closed);

/// A client without its source of randomness: one copy of its code serves every source.
pub(super) struct Machine<'c, D: Dialect = Rtm> {
    phase: Phase<D>,
    pub(super) context: Context<'c>,
    outbound: D::Outbound,
    call: &'static CallHooks,
    /// The output of the last poll.
    pub(super) output: OutputKind,
}

impl<'c, D: Dialect> Machine<'c, D> {
    pub(super) fn new(config: Config<'c, D>) -> Self {
        let outbound = D::outbound(&config);
        Self {
            phase: Phase::ConnectingApi,
            context: Context::new(config.settings, config.backoff),
            outbound,
            call: config.call,
            output: OutputKind::Wait,
        }
    }

    /// Takes steps until there is an output.
    pub(super) fn advance(
        &mut self,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), PollError> {
        self.output = OutputKind::Wait;
        if core::mem::take(&mut self.context.is_misused) {
            return Err(PollError::NoConnectDue);
        }
        self.context.now = out.now;
        self.context.wake = Instant::MAX;
        #[cfg(debug_assertions)]
        let mut watch = Watch::new(&self.phase);
        let context = &mut self.context;
        let ended = D::take_ended(&mut self.outbound, context, &mut out.outbox);
        let mut is_done = ended.is_some();
        self.output = ended.unwrap_or(OutputKind::Wait);
        while !is_done {
            if self.context.is_closing {
                self.close_phase(out);
                #[cfg(debug_assertions)]
                watch.look(&self.phase);
            }
            match self.step(rx, out) {
                Ok(Step::Continue) => {}
                Ok(Step::Yield(kind)) => {
                    self.output = kind;
                    self.end_call(kind);
                    is_done = true;
                }
                Err(StepError::Failed) => self.end_attempt(out),
                Err(StepError::Entropy(error)) => return Err(error.into()),
            }
            #[cfg(debug_assertions)]
            watch.look(&self.phase);
        }
        log(self.output, &self.context, rx);
        Ok(())
    }

    /// Takes one step.
    fn step(
        &mut self,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Step, StepError> {
        let (context, outbound) = (&mut self.context, &mut self.outbound);
        match (&mut self.phase, context.link) {
            (Phase::BackingOff, _) => Ok(self.back_off(rx, out)),
            (Phase::ConnectingApi, Link::Idle) => Ok(request_api_link(context, rx, out)),
            (Phase::ConnectingApi, Link::Open) => Ok(self.begin_call()),
            (Phase::AwaitingResponse(exchange), _) => {
                opening_call::poll(self.call, exchange, context, rx, out)
            }
            (Phase::ConnectingSocket, Link::Idle) => request_socket_link(context, rx, out),
            (Phase::ConnectingSocket, Link::Open) => self.begin_handshake(out),
            (Phase::ConnectingApi | Phase::ConnectingSocket, _) => {
                Step::await_link(context, Timeout::Connect)
            }
            (Phase::Upgrading(handshake), _) => match handshake.poll(context, rx, out) {
                Ok(Step::Continue) => Ok(self.begin_session()),
                step => step,
            },
            (Phase::Session(session), _) => session.poll(context, outbound, rx, out),
            (Phase::Disconnecting(_), link) if link.is_in_use() => {
                Ok(Step::Yield(OutputKind::Disconnect))
            }
            (Phase::Disconnecting(next), _) => {
                let next = *next;
                self.leave(next, rx, out)
            }
            (Phase::Draining, _) => {
                rx.reset();
                match D::give_up(outbound, &mut out.outbox) {
                    Some(kind) => Ok(Step::Yield(kind)),
                    None => Ok(self.enter(Phase::Closed)),
                }
            }
            (Phase::Closed, _) => Ok(Step::Yield(OutputKind::Closed)),
        }
    }

    /// Leaves the phase of the opening call, if this output is its outcome.
    fn end_call(&mut self, kind: OutputKind) {
        let next = match kind {
            OutputKind::Accepted | OutputKind::ListsIncomplete => Next::ConnectSocket,
            OutputKind::Refused => match self.context.reason {
                // A token that was set since the call began is still to be tried.
                ReconnectReason::Refused(code)
                    if !code.remedy().is_retry() && !self.context.has_new_token =>
                {
                    Next::Drain
                }
                _ => Next::BackOff,
            },
            _ => return,
        };
        self.phase = Phase::Disconnecting(next);
    }

    fn enter(&mut self, phase: Phase<D>) -> Step {
        self.phase = phase;
        Step::Continue
    }

    /// Ends the present phase, whichever it is, after `close` was called.
    fn close_phase(&mut self, out: &mut TxContext<'_, '_>) {
        match &mut self.phase {
            Phase::Session(session) => session.request_close(REQUESTED, out),
            Phase::Disconnecting(Next::Drain) | Phase::Draining | Phase::Closed => {}
            _ => self.end_attempt(out),
        }
    }

    /// Ends the attempt or the session: the way out of every phase that fails.
    #[inline(never)] // it is called in several places
    fn end_attempt(&mut self, out: &mut TxContext<'_, '_>) {
        let context = &mut self.context;
        D::link_lost(&mut self.outbound, &mut out.outbox);
        self.phase = Phase::Disconnecting(if context.is_closing {
            context.reason = REQUESTED;
            Next::Drain
        } else {
            Next::BackOff
        });
    }

    fn back_off(&mut self, rx: &mut RecvBuf<'_>, out: &mut TxContext<'_, '_>) -> Step {
        // The event before may have shown the code of a refusal.
        rx.reset();
        let context = &mut self.context;
        if context.now < context.until {
            context.wake_by(context.until);
            return Step::Yield(OutputKind::Wait);
        }
        let has_url = context
            .settings
            .reconnect_url
            .is_some_and(|hooks| (hooks.take)(&mut out.outbox, rx))
            && context.settings.socket_url(rx).is_ok();
        context.url_until = Instant::MAX;
        self.enter(if has_url {
            Phase::ConnectingSocket
        } else {
            Phase::ConnectingApi
        })
    }

    #[inline(never)] // its stack is not needed while a phase is served
    fn begin_call(&mut self) -> Step {
        let context = &mut self.context;
        context.backoff.called(context.now);
        context.retry_after = Duration::ZERO;
        context.has_new_token = false;
        let settings = &context.settings;
        let exchange = Exchange::new(settings.response_paths, &settings.timeouts, context.now);
        self.phase = Phase::AwaitingResponse(exchange);
        // In place: another copy of it takes 240 bytes of stack.
        if let Phase::AwaitingResponse(exchange) = &mut self.phase {
            (self.call.configure)(exchange.response_mut(), settings);
        }
        Step::Continue
    }

    #[inline(never)] // its stack is not needed while a phase is served
    fn begin_handshake(&mut self, out: &mut TxContext<'_, '_>) -> Result<Step, StepError> {
        let timeout = self.context.settings.timeouts.handshake;
        self.context.set_deadline(timeout);
        let mut nonce = [0; 16];
        out.entropy.fill(&mut nonce)?;
        self.phase = Phase::Upgrading(Handshake::new(nonce));
        Ok(Step::Continue)
    }

    #[inline(never)] // its stack is not needed while a phase is served
    fn begin_session(&mut self) -> Step {
        let context = &mut self.context;
        context.until = context.now + context.settings.timeouts.hello;
        self.phase = Phase::Session(Session::new(&context.settings, context.now));
        Step::Continue
    }

    #[inline(never)] // its stack is not needed while a phase is served
    fn leave(
        &mut self,
        next: Next,
        rx: &mut RecvBuf<'_>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Step, StepError> {
        let context = &mut self.context;
        let (step, phase) = match next {
            Next::ConnectSocket => (Step::Continue, Phase::ConnectingSocket),
            Next::Drain => (Step::Continue, Phase::Draining),
            Next::BackOff => {
                let (at_least, urgency) =
                    reconnect::delay::<D>(&context.reason, context.retry_after);
                let backoff = &mut context.backoff;
                context.until = backoff.failed(context.now, at_least, urgency, out.entropy)?;
                context.retry_after = Duration::ZERO;
                count(&mut context.counters.failures);
                (Step::Yield(OutputKind::Reconnecting), Phase::BackingOff)
            }
        };
        // Bytes of the old link are not for the next one. The URL of the socket stays in the
        // receive buffer, and for the event the code of a refusal.
        rx.consume(usize::MAX);
        out.tx.clear();
        context.link = Link::Idle;
        self.phase = phase;
        Ok(step)
    }
}

/// Calls of the user between polls.
impl<D: Dialect> Machine<'_, D> {
    pub(super) fn connected(&mut self) {
        self.context.is_misused |= !self.context.link.connected();
    }

    pub(super) fn disconnected(&mut self, reason: DisconnectReason) {
        self.context.is_misused |= !self.context.link.disconnected(reason);
    }

    pub(super) fn close(&mut self) {
        self.context.is_closing = true;
    }

    /// Handles a new token, which is in the storage already.
    pub(super) fn token_replaced(&mut self, outbox: &mut Outbox<'_>) {
        #[cfg(debug_assertions)]
        let mut watch = Watch::new(&self.phase);
        let context = &mut self.context;
        context.has_new_token = true;
        reconnect_url::forget(outbox);
        let is_due = match &self.phase {
            // The rest of the request would have the new token.
            Phase::AwaitingResponse(exchange) => !exchange.is_written(),
            _ if context.is_closing => false,
            Phase::Closed | Phase::Draining | Phase::Disconnecting(Next::Drain) => {
                matches!(context.reason, ReconnectReason::Refused(_))
            }
            _ => false,
        };
        if is_due {
            context.reason = ReconnectReason::TokenReplaced;
            // That of the refusal was for the old token.
            context.retry_after = Duration::ZERO;
            self.phase = Phase::Disconnecting(Next::BackOff);
        }
        #[cfg(debug_assertions)]
        watch.look(&self.phase);
    }

    pub(super) fn phase(&self) -> &Phase<D> {
        &self.phase
    }

    pub(super) fn state(&self) -> State {
        State::of(&self.phase, &self.context)
    }
}

/// Acknowledgements by the program, which only Socket Mode has.
impl Machine<'_, SocketMode> {
    pub(super) fn acknowledge(
        &mut self,
        rx: &RecvBuf<'_>,
        response: &dyn Fn(&mut Writer<'_>),
        out: &mut TxContext<'_, '_>,
    ) -> Result<Sent, AcknowledgeError> {
        match &mut self.phase {
            Phase::Session(session) => {
                let (state, own) = session.parts();
                own.acknowledge(state, rx, response, &mut self.context, out)
            }
            _ => Err(AcknowledgeError::NoEnvelope),
        }
    }

    pub(super) fn defer(&mut self, rx: &RecvBuf<'_>) -> Result<DeferredEnvelope, AcknowledgeError> {
        match &mut self.phase {
            Phase::Session(session) => {
                let (state, own) = session.parts();
                own.defer(state, rx, &self.context, &mut self.outbound)
            }
            _ => Err(AcknowledgeError::NoEnvelope),
        }
    }

    pub(super) fn acknowledge_deferred(
        &mut self,
        envelope: DeferredEnvelope,
        response: &dyn Fn(&mut Writer<'_>),
        out: &mut TxContext<'_, '_>,
    ) -> Result<Sent, AcknowledgeError> {
        match &mut self.phase {
            Phase::Session(session) => {
                let (state, own) = session.parts();
                own.acknowledge_deferred(state, envelope, response, &mut self.context, out)
            }
            _ => Err(AcknowledgeError::SocketEnded),
        }
    }
}

/// Messages, which only RTM has.
impl Machine<'_, Rtm> {
    pub(super) fn send(
        &mut self,
        command: &dyn Command,
        expiry: Option<(Expiry, Retire)>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<MessageId, SendError> {
        if self.context.is_closing || matches!(self.phase, Phase::Draining | Phase::Closed) {
            return Err(SendError::Closed);
        }
        let connection = match &mut self.phase {
            Phase::Session(session) if session.is_open() => Some(session.connection()),
            _ => None,
        };
        let expiry = expiry.map(|(expiry, retire)| {
            self.outbound.retire = Some(retire);
            expiry
        });
        let counters = &mut self.context.counters;
        self.outbound
            .send(command, expiry, connection, out, counters)
    }

    pub(super) fn withdraw(
        &mut self,
        id: MessageId,
        outbox: &mut Outbox<'_>,
    ) -> Result<(), WithdrawError> {
        let retire = unsent::withdraw(id, self.outbound.writing, outbox)?;
        self.outbound.retire = Some(retire);
        Ok(())
    }
}

/// Requests the link to the Web API.
fn request_api_link(
    context: &mut Context<'_>,
    rx: &mut RecvBuf<'_>,
    out: &mut TxContext<'_, '_>,
) -> Step {
    rx.reset();
    request_link(OutputKind::ConnectApi, context, out)
}

/// Requests the link to the socket.
fn request_socket_link(
    context: &mut Context<'_>,
    rx: &mut RecvBuf<'_>,
    out: &mut TxContext<'_, '_>,
) -> Result<Step, StepError> {
    // The URL stays; bytes after the response do not.
    rx.consume(usize::MAX);
    if let Err(error) = context.settings.socket_url(rx) {
        return Err(StepError::peer(context, error.into()));
    }
    if context.now >= context.url_until {
        let reason = ReconnectReason::TimedOut(Timeout::Connect);
        return Err(StepError::failed(context, reason));
    }
    Ok(request_link(OutputKind::ConnectSocket, context, out))
}

fn request_link(kind: OutputKind, context: &mut Context<'_>, out: &mut TxContext<'_, '_>) -> Step {
    out.tx.clear();
    context.link = Link::Connecting;
    context.set_deadline(context.settings.timeouts.connect);
    Step::Yield(kind)
}
