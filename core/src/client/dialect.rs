//! The dialect of a client: its protocol over the socket.

use super::config::Config;
use super::context::Context;
use super::frame_event::FrameEvent;
use super::output::OutputKind;
use super::reason::ReconnectReason;
use super::session_state::SessionState;
use super::step::StepError;
use super::tx_context::TxContext;
use crate::buffer::RecvBuf;
use crate::entropy::EntropyError;
use crate::storage::TokenError;
use crate::time::Duration;
use crate::web_api::outbox::Outbox;
use crate::websocket::Connection;
use core::fmt;

/// The protocol over the socket, a type parameter of [`Client`](crate::Client) and
/// [`Event`](crate::Event).
///
/// It is [`Rtm`](crate::Rtm) or [`SocketMode`](crate::SocketMode). A handler for any dialect is
/// generic: `fn handle<D: Dialect>(event: &Event<'_, D>)`. No other crate implements it.
#[allow(private_interfaces)] // what is hidden is for the client alone
pub trait Dialect: FrameEvent {
    /// The state of outbound frames, which outlives a session.
    #[doc(hidden)]
    type Outbound: fmt::Debug;
    /// The part of a session that only this dialect has.
    #[doc(hidden)]
    type Session: fmt::Debug;

    /// Creates the state of outbound frames.
    #[doc(hidden)]
    fn outbound(config: &Config<'_, Self>) -> Self::Outbound;

    /// Creates the part of a session that only this dialect has.
    #[doc(hidden)]
    fn session() -> Self::Session;

    /// Checks that a token is of a kind that can open a socket of this dialect.
    #[doc(hidden)]
    fn check_token(token: &str) -> Result<(), TokenError>;

    /// Returns the least delay after a session that ended for `reason`.
    #[doc(hidden)]
    fn delay(reason: &ReconnectReason<'_>) -> Duration;

    /// Acts on the frame whose members are in `rx`, and returns its output.
    #[doc(hidden)]
    fn end_message(
        session: &mut SessionState,
        own: &mut Self::Session,
        rx: &mut RecvBuf<'_>,
        context: &mut Context<'_>,
        outbound: &mut Self::Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<OutputKind, StepError>;

    /// Completes the sending that the last output left to do, before the members of its frame are
    /// discarded, and sends what is due although frames wait to be read. Returns an output if that
    /// needs another poll.
    #[doc(hidden)]
    fn release(
        session: &mut SessionState,
        own: &mut Self::Session,
        rx: &RecvBuf<'_>,
        context: &mut Context<'_>,
        outbound: &mut Self::Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Option<OutputKind>, StepError>;

    /// Returns the reason for which the peer has announced the end of the session.
    #[doc(hidden)]
    fn announced_end(_: &Self::Session) -> Option<ReconnectReason<'static>> {
        None
    }

    /// Begins to close the session for `reason`.
    #[doc(hidden)]
    fn close(
        session: &mut SessionState,
        own: &mut Self::Session,
        reason: ReconnectReason<'static>,
        out: &mut TxContext<'_, '_>,
    );

    /// Sends a keepalive ping. Returns whether there was room for it.
    #[doc(hidden)]
    fn ping(
        connection: &mut Connection,
        context: &mut Context<'_>,
        outbound: &mut Self::Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<bool, EntropyError>;

    /// Sends what is due in an open session. Fails if the link is dead.
    #[doc(hidden)]
    fn send_due(
        session: &mut SessionState,
        own: &mut Self::Session,
        context: &mut Context<'_>,
        outbound: &mut Self::Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), StepError>;

    /// Continues a frame that was begun, although the connection is closing.
    #[doc(hidden)]
    fn finish_frame(
        connection: &mut Connection,
        context: &mut Context<'_>,
        outbound: &mut Self::Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Result<(), EntropyError>;

    /// Removes and returns the outcome of a message that is not to be sent any more. If there is none,
    /// makes the next poll no later than the next one.
    #[doc(hidden)]
    fn take_ended(
        outbound: &mut Self::Outbound,
        context: &mut Context<'_>,
        outbox: &mut Outbox<'_>,
    ) -> Option<OutputKind>;

    /// Removes and returns the outcome of an outbound message, if there is one.
    #[doc(hidden)]
    fn take_outcome(
        outbound: &mut Self::Outbound,
        out: &mut TxContext<'_, '_>,
    ) -> Option<OutputKind>;

    /// Records that the link has ended.
    #[doc(hidden)]
    fn link_lost(outbound: &mut Self::Outbound, outbox: &mut Outbox<'_>);

    /// Removes and returns the outcome of any outbound message: when the client closes, every one
    /// gets its outcome.
    #[doc(hidden)]
    fn give_up(outbound: &mut Self::Outbound, outbox: &mut Outbox<'_>) -> Option<OutputKind>;
}
