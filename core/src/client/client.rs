//! The public type: a machine with a source of randomness.

use super::config::Config;
use super::counters::Counters;
use super::error::UsageError;
use super::event::Event;
use super::machine::Machine;
use super::message_id::MessageId;
use super::output::ClientOutput;
use super::state::State;
use super::tx_context::TxContext;
use crate::buffer::{RecvBuf, SendBuf};
use crate::entropy::Entropy;
use crate::link::{DisconnectReason, Output};
use crate::rtm::command::Command;
use crate::time::Instant;
use core::fmt;

/// Slack's RTM client: a state machine to be polled. The [crate's first page](crate) shows the loop.
///
/// It is generic over the source of randomness and nothing else.
///
/// The [guide](crate::guide) shows how to [drive it](crate::guide::runtime), and describes its
/// behaviour [after a failure](crate::guide::reconnect) and its [phases](crate::guide::phases).
pub struct Client<'c, E> {
    machine: Machine<'c>,
    entropy: E,
}

impl<'c, E: Entropy> Client<'c, E> {
    /// Creates a client. The first poll requests the first link.
    pub fn new(config: Config<'c>, entropy: E) -> Self {
        Self {
            machine: Machine::new(config),
            entropy,
        }
    }

    /// Advances as far as possible and returns the next thing to do.
    ///
    /// `now` is the present instant. Bytes in `rx` are consumed, bytes for the link are put into `tx`.
    ///
    /// # Errors
    /// [`UsageError`]: a mistake of this program, or its source of randomness failed. Nothing was
    /// lost; poll again when it is corrected.
    pub fn poll<'r>(
        &mut self,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<ClientOutput<'r>, UsageError>
    where
        'c: 'r,
    {
        let machine = &mut self.machine;
        let mut out = TxContext {
            tx,
            entropy: &mut self.entropy,
            now: machine.context.now.max(now),
        };
        machine.advance(rx, &mut out)?;
        Ok(machine.output.render(&machine.context, rx))
    }

    /// Returns the event of the last poll again.
    ///
    /// `rx` is the buffer of that poll, untouched since. For a function that polls in a loop and
    /// lends the event after it, which a borrow taken inside of the loop does not allow.
    pub fn event<'r>(&self, rx: &'r RecvBuf<'_>) -> Option<Event<'r>>
    where
        'c: 'r,
    {
        match self.machine.output.render(&self.machine.context, rx) {
            Output::Event(event) => Some(event),
            _ => None,
        }
    }

    /// Reports that the link that `Connect` requested is open, including TLS.
    pub fn connected(&mut self) {
        self.machine.connected();
    }

    /// Reports that the link ended or could not be opened. Put the bytes that were read before into
    /// the receive buffer first.
    pub fn disconnected(&mut self, reason: DisconnectReason) {
        self.machine.disconnected(reason);
    }

    /// Sends a command. Returns its id, which the event of its outcome has too. A command without an id
    /// on the wire, such as [`PresenceSub`](crate::rtm::command::PresenceSub), has no such event.
    ///
    /// With an outbox, a message is accepted at any time and sent when possible. Without one, and for
    /// all other commands, it is sent now or not at all. Now is the instant of the last poll: after a
    /// wait, poll first, or Slack's limits are checked against a time that has passed.
    ///
    /// # Errors
    /// [`UsageError`]: the command exceeds a limit of Slack ([`Limit`](UsageError::Limit)), a memory is
    /// full ([`Full`](UsageError::Full)), there is no session ([`Offline`](UsageError::Offline)), it
    /// is too soon ([`TooSoon`](UsageError::TooSoon)), there is no randomness, or the client is
    /// closed. Nothing was sent then.
    pub fn send(
        &mut self,
        command: &impl Command,
        tx: &mut SendBuf<'_>,
    ) -> Result<MessageId, UsageError> {
        let mut out = TxContext {
            tx,
            entropy: &mut self.entropy,
            now: self.machine.context.now,
        };
        self.machine.send(command, &mut out)
    }

    /// Begins to close: the closing handshake, then the outcome of every message that has none, then
    /// [`Output::Closed`].
    pub fn close(&mut self) {
        self.machine.close();
    }

    /// Sets another token, used from the next call on. A client that closed because of the old one
    /// starts again as soon as Slack's limit on calls allows.
    pub fn set_token(&mut self, token: &'c str) {
        self.machine.set_token(token);
    }

    /// Returns its state.
    pub fn state(&self) -> State {
        self.machine.state()
    }

    /// Returns its counters.
    pub fn counters(&self) -> Counters {
        self.machine.context.counters
    }

    /// Returns `self.id` of the last response: the id of the user or bot user of the token.
    pub fn user_id(&self) -> Option<&str> {
        self.machine.context.user_id()
    }

    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.machine.context.outbound.pending()
    }
}

/// Shows neither the token nor a message.
impl<E> fmt::Debug for Client<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let context = &self.machine.context;
        f.debug_struct("Client")
            .field("phase", self.machine.phase())
            .field("link", &context.link)
            .field("now", &context.now)
            .field("until", &context.until)
            .field("counters", &context.counters)
            .finish_non_exhaustive()
    }
}
