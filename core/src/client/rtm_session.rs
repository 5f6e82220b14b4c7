//! The session of RTM: replies to commands, pings, and the ends that Slack announces.

// The hidden items of `Dialect` are for the client alone.
#![allow(private_interfaces)]

use super::config::Config;
use super::context::Context;
use super::counters::count;
use super::dialect::Dialect;
use super::error::PeerError;
use super::outbound::{Outbound, RejectionKind};
use super::output::OutputKind;
use super::reason::ReconnectReason;
use super::session_state::{SessionState, Stage};
use super::step::StepError;
use super::tx_context::TxContext;
use super::view::Rtm;
use crate::buffer::RecvBuf;

use crate::entropy::EntropyError;
use crate::event::{self, EventCategory, paths};
use crate::json::{Records, Text};
use crate::link::Timeout;
use crate::rtm::{self, FrameCategory};
use crate::storage::TokenError;
use crate::time::Duration;
use crate::web_api::outbox::{Outbox, Status};
use crate::websocket::Connection;

/// Slack's error code for "slow down, too many messages...".
const TOO_FAST: i64 = -1;
/// The shortest time that the migration of a team takes.
const MIGRATION_DELAY: Duration = Duration::from_secs(5);

impl Dialect for Rtm {
    type Outbound = Outbound;
    type Session = ();

    fn outbound(config: &Config<'_>) -> Outbound {
        Outbound::new(config.delivery, config.pace)
    }

    fn session() {}

    fn check_token(_: &str) -> Result<(), TokenError> {
        Ok(())
    }

    fn delay(reason: &ReconnectReason<'_>) -> Duration {
        match reason {
            ReconnectReason::Migration => MIGRATION_DELAY,
            _ => Duration::ZERO,
        }
    }

    fn take_ended(
        outbound: &mut Outbound,
        context: &mut Context<'_>,
        outbox: &mut Outbox<'_>,
    ) -> Option<OutputKind> {
        let retire = outbound.retire?;
        retire(outbound, context, outbox)
    }

    fn take_outcome(outbound: &mut Outbound, out: &mut TxContext<'_, '_>) -> Option<OutputKind> {
        let id = outbound.take_unconfirmed(&mut out.outbox)?;
        Some(OutputKind::Unconfirmed(id))
    }

    fn finish_frame(
        connection: &mut Connection,
        context: &mut Context<'_>,
        outbound: &mut Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), EntropyError> {
        let wake = &mut context.wake;
        outbound.finish_frame(connection, out, &mut context.counters, wake)
    }

    fn link_lost(outbound: &mut Outbound, outbox: &mut Outbox<'_>) {
        outbound.link_lost(outbox);
    }

    fn release(
        _: &mut SessionState,
        (): &mut (),
        _: &RecvBuf<'_>,
        _: &mut Context<'_>,
        _: &mut Outbound,
        _: &mut TxContext<'_, '_>,
    ) -> Result<Option<OutputKind>, StepError> {
        Ok(None)
    }

    fn close(
        session: &mut SessionState,
        (): &mut (),
        reason: ReconnectReason<'static>,
        out: &mut TxContext<'_, '_>,
    ) {
        session.close(reason, out.tx);
    }

    fn give_up(outbound: &mut Outbound, outbox: &mut Outbox<'_>) -> Option<OutputKind> {
        Some(match outbound.give_up(outbox)? {
            (id, Status::Waiting | Status::Withdrawn) => OutputKind::Withdrawn(id),
            (id, _) => OutputKind::Unconfirmed(id),
        })
    }

    fn ping(
        connection: &mut Connection,
        context: &mut Context<'_>,
        outbound: &mut Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<bool, EntropyError> {
        outbound.ping(connection, out, &mut context.counters)
    }

    fn send_due(
        session: &mut SessionState,
        (): &mut (),
        context: &mut Context<'_>,
        outbound: &mut Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), StepError> {
        if outbound.is_ack_overdue(out.now, &out.outbox) {
            let reason = ReconnectReason::TimedOut(Timeout::Ack);
            return Err(StepError::failed(context, reason));
        }
        let wake = &mut context.wake;
        outbound.pump(&mut session.connection, out, &mut context.counters, wake)?;
        Ok(())
    }

    #[inline(never)] // its stack is not needed while a frame is sent
    fn end_message(
        session: &mut SessionState,
        (): &mut (),
        rx: &mut RecvBuf<'_>,
        context: &mut Context<'_>,
        outbound: &mut Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<OutputKind, StepError> {
        let awaits_hello = session.stage == Stage::AwaitingHello;
        let records = rx.records();
        let end = match rtm::category(records) {
            FrameCategory::Hello if awaits_hello => {
                session.stage = Stage::Open;
                count(&mut context.counters.sessions);
                outbound.session_opened(out.now, &out.outbox);
                context.backoff.session_opened(out.now);
                return Ok(OutputKind::Hello);
            }
            FrameCategory::Reply(true) => {
                let id = rtm::reply_to(records).unwrap_or_default();
                let acknowledged = outbound.acknowledged(id, out);
                return Ok(acknowledged.map_or(OutputKind::Frame, OutputKind::Acknowledged));
            }
            FrameCategory::Reply(false) => {
                let rejection = match rtm::error_code(records) {
                    Some(TOO_FAST) => RejectionKind::TooFast,
                    _ => RejectionKind::Other,
                };
                let id = rtm::reply_to(records).unwrap_or_default();
                let rejected = outbound.rejected(id, rejection, out);
                return Ok(rejected.map_or(OutputKind::Frame, OutputKind::Rejected));
            }
            FrameCategory::Event(EventCategory::Message)
                if event::body(records).is_some_and(Text::is_cut) =>
            {
                count(&mut context.counters.cut);
                return Ok(OutputKind::Frame);
            }
            FrameCategory::ReconnectUrl => {
                // A URL that arrives after `set_token` belongs to the old token.
                if let Some(hooks) = context.settings.reconnect_url
                    && !context.has_new_token
                {
                    (hooks.keep)(&mut out.outbox, text(records, paths::URL));
                }
                return Ok(OutputKind::Frame);
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
            _ => return Ok(OutputKind::Frame),
        };
        session.close(end, out.tx);
        Ok(OutputKind::Frame)
    }
}

fn text(records: Records<'_>, path: u8) -> &str {
    records.text(path).map_or("", |text| text.as_str())
}
