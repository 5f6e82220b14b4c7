//! The public type: a machine with the memory and the source of randomness that it uses.

use super::acknowledge::{AcknowledgeError, DeferredEnvelope};
use super::config::Config;
use super::counters::Counters;
use super::dialect::Dialect;
use super::error::{ConfigError, PollError, SendError, WithdrawError};
use super::event::Event;
use super::machine::Machine;
use super::output::{self, ClientOutput};
use super::state::State;
use super::tx_context::TxContext;
use super::unsent;
use super::view::{Rtm, SocketMode};
use crate::buffer::{RecvBuf, SendBuf};
use crate::entropy::Entropy;
use crate::event::Identity;
use crate::json::Writer;
use crate::link::{DisconnectReason, Output, Peer};
use crate::message_id::MessageId;
use crate::rtm::command::Command;
use crate::storage::{Storage, StorageParts, TokenError, replace_token, token_in};
use crate::time::{Duration, Instant};
use crate::web_api::outbox::OutboxState;
use crate::websocket::Sent;
use core::fmt;

/// Slack's client: a state machine to be polled. The [crate's first page](crate) shows the loop.
///
/// `D` is the [dialect](Dialect) that it speaks over the socket, by default RTM. The [`Config`]
/// determines it.
///
/// It is generic over the source of randomness and over the [`Storage`] for its token and for
/// messages that wait. `'c` is the lifetime of texts in the [`Config`]; a client with a constant
/// configuration and a storage of its own is `'static`.
///
/// ```
/// use slack_rtm::buffer::{RecvBuf, SendBuf};
/// use slack_rtm::rtm::command::Post;
/// use slack_rtm::time::Instant;
/// use slack_rtm::{Client, Config, Output, OwnedStorage, entropy};
///
/// let random = entropy::from_fn(|out| {
///     out.fill(4); // a generator belongs here
///     Ok(())
/// });
/// let storage = OwnedStorage::<128, 1024>::new(); // the token, and messages that wait
/// let mut client = Client::new(Config::new(), "xoxb-1", storage, random)?;
/// let (mut rx, mut tx) = ([0; 1024], [0; 512]);
/// let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
///
/// // A message waits for the session.
/// client.send(&Post::new("C0123456789", "Ding-dong!"), &mut tx)?;
/// assert_eq!(client.pending_messages(), 1);
/// match client.poll(&mut rx, &mut tx, Instant::from_millis(0))? {
///     Output::Connect { peer, .. } => assert_eq!(peer.host, "slack.com"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The [guide](crate::guide) shows how to [drive it](crate::guide::runtime), and describes its
/// behaviour [after a failure](crate::guide::reconnect) and its [phases](crate::guide::phases).
pub struct Client<'c, E, S, D: Dialect = Rtm> {
    machine: Machine<'c, D>,
    entropy: E,
    storage: S,
    outbox: OutboxState,
    /// The length of the token in the storage.
    token_length: u16,
}

impl<'c, E: Entropy, S: Storage, D: Dialect> Client<'c, E, S, D> {
    /// Creates a client with this token, which is copied into the storage. The first poll requests
    /// the first link.
    ///
    /// # Errors
    /// [`ConfigError`] if a setting or the token cannot be used, or two settings contradict each
    /// other.
    pub fn new(
        config: Config<'c, D>,
        token: &str,
        mut storage: S,
        entropy: E,
    ) -> Result<Self, ConfigError> {
        let parts = storage.parts();
        config.check(parts.outbox.len())?;
        D::check_token(token)?;
        let token_length = replace_token(parts.token, token)?;
        Ok(Self {
            machine: Machine::new(config),
            entropy,
            storage,
            outbox: OutboxState::EMPTY,
            token_length,
        })
    }

    /// Advances as far as possible and returns the next thing to do.
    ///
    /// `now` is the present instant. Bytes in `rx` are consumed, bytes for the link are put into
    /// `tx`.
    ///
    /// # Errors
    /// [`PollError`]: a mistake of this program, or its source of randomness failed. Nothing was
    /// lost; poll again when it is corrected.
    pub fn poll<'r>(
        &mut self,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<ClientOutput<'r, D>, PollError>
    where
        'c: 'r,
    {
        let machine = &mut self.machine;
        let StorageParts { token, outbox } = self.storage.parts();
        let mut out = TxContext {
            tx,
            entropy: &mut self.entropy,
            now: machine.context.now.max(now),
            outbox: self.outbox.over(outbox),
            token: token_in(token, self.token_length),
        };
        machine.advance(rx, &mut out)?;
        Ok(machine.output.render(&machine.context, rx))
    }

    /// Replaces the token: the next call is made with this one. A client that closed because of the
    /// old one starts again after a delay of the back-off, and not before Slack's limit on calls
    /// allows. After [`close`](Self::close) no call follows.
    ///
    /// The old token is overwritten in the storage at once. If a request with it is being written,
    /// the client drops that link and calls again over another one
    /// ([`ReconnectReason::TokenReplaced`](crate::ReconnectReason::TokenReplaced)).
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used, or does not fit into the storage. The old one is
    /// kept then.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        D::check_token(token)?;
        let StorageParts {
            token: memory,
            outbox,
        } = self.storage.parts();
        self.token_length = replace_token(memory, token)?;
        self.machine.token_replaced(&mut self.outbox.over(outbox));
        Ok(())
    }
}

/// Messages, which only RTM sends over the socket.
impl<E: Entropy, S: Storage> Client<'_, E, S> {
    /// Sends a command. Returns its id, which the event of its outcome has too. A command without
    /// an id on the wire, such as [`PresenceSub`](crate::rtm::command::PresenceSub), has no such
    /// event.
    ///
    /// With memory for messages that wait, a message is accepted at any time and sent when
    /// possible. Without it, and for all other commands, it is sent now or not at all. Now is the
    /// instant of the last poll: after a wait, poll first, or Slack's limits are checked against a
    /// time that has passed.
    ///
    /// A message may have a [time to live](crate::rtm::command::Post::expires_after) in which it has
    /// to be sent, and [`withdraw`](Self::withdraw) takes back one that waits.
    ///
    /// # Errors
    /// [`SendError`]: the command exceeds a limit of Slack ([`Limit`](SendError::Limit)), a memory
    /// is full ([`Full`](SendError::Full)), there is no session ([`Offline`](SendError::Offline)),
    /// it is too soon ([`TooSoon`](SendError::TooSoon)), there is no randomness, or the client is
    /// closed. Nothing was sent then.
    pub fn send(
        &mut self,
        command: &impl Command,
        tx: &mut SendBuf<'_>,
    ) -> Result<MessageId, SendError> {
        let mut out = TxContext {
            tx,
            entropy: &mut self.entropy,
            now: self.machine.context.now,
            outbox: self.outbox.over(self.storage.parts().outbox),
            token: "",
        };
        let expiry = command.time_to_live().map(unsent::after);
        self.machine.send(command, expiry, &mut out)
    }

    /// Withdraws a message that waits. [`Event::Withdrawn`] is its outcome, which the next poll
    /// returns; its memory is free at once.
    ///
    /// # Errors
    /// [`WithdrawError::Sent`] if the message was sent already, or a part of it, so that it may
    /// arrive; [`WithdrawError::Unknown`] if no message has this id.
    pub fn withdraw(&mut self, id: MessageId) -> Result<(), WithdrawError> {
        let mut outbox = self.outbox.over(self.storage.parts().outbox);
        self.machine.withdraw(id, &mut outbox)
    }
}

impl<E, S> Client<'_, E, S> {
    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.outbox.messages()
    }
}

/// Acknowledgements of envelopes, which only Socket Mode has.
///
/// The client acknowledges each envelope itself: one that accepts no response before its event is
/// lent, and any other by the first poll after its event, unless it was acknowledged with a response
/// or deferred before.
impl<E: Entropy, S: Storage> Client<'_, E, S, SocketMode> {
    /// Acknowledges the envelope of the event that the last poll returned, with a response: that of a
    /// slash command is shown in the channel, that of a modal's submission changes the modal, that of
    /// a menu has its options.
    ///
    /// `rx` is the buffer of that poll, untouched since. `response` writes one JSON object; it is
    /// called several times, and must write the same bytes each time. The frame may be larger than
    /// `tx`: until the result is [`Sent::Whole`], flush `tx` and call again with the same response,
    /// without a poll between. If the program polls before, the link ends with
    /// [`ReconnectReason::ResponseAbandoned`](crate::ReconnectReason::ResponseAbandoned), since half
    /// a frame has left.
    ///
    /// If the link ends before the response has arrived, it is lost: Slack accepts it on no other
    /// socket, and sends a command or an interaction only once.
    ///
    /// # Errors
    /// [`AcknowledgeError`]; nothing was sent, except after
    /// [`Changed`](AcknowledgeError::Changed).
    pub fn acknowledge(
        &mut self,
        rx: &RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<Sent, AcknowledgeError> {
        let mut out = TxContext {
            tx,
            entropy: &mut self.entropy,
            now: self.machine.context.now,
            outbox: self.outbox.over(self.storage.parts().outbox),
            token: "",
        };
        self.machine.acknowledge(rx, response, &mut out)
    }

    /// Defers the acknowledgement of the envelope of the event that the last poll returned, so that
    /// the program can ask for the next event before it responds.
    ///
    /// The first poll after 2.5 s since the envelope arrived acknowledges it without a response. Up
    /// to four envelopes can be deferred at a time.
    ///
    /// `rx` is the buffer of that poll, untouched since.
    ///
    /// # Errors
    /// [`AcknowledgeError`]; the envelope is not deferred.
    pub fn defer(&mut self, rx: &RecvBuf<'_>) -> Result<DeferredEnvelope, AcknowledgeError> {
        self.machine.defer(rx)
    }

    /// Acknowledges a deferred envelope with a response, like [`acknowledge`](Self::acknowledge).
    ///
    /// # Errors
    /// [`AcknowledgeError`]; nothing was sent, except after
    /// [`Changed`](AcknowledgeError::Changed).
    pub fn acknowledge_deferred(
        &mut self,
        envelope: DeferredEnvelope,
        tx: &mut SendBuf<'_>,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<Sent, AcknowledgeError> {
        let mut out = TxContext {
            tx,
            entropy: &mut self.entropy,
            now: self.machine.context.now,
            outbox: self.outbox.over(self.storage.parts().outbox),
            token: "",
        };
        self.machine
            .acknowledge_deferred(envelope, response, &mut out)
    }
}

impl<E, S> Client<'_, E, S, SocketMode> {
    /// Returns the time in which the link has to take a byte of a response: that of
    /// [`Config::dead_after`]. The client measures it between polls; between the calls of
    /// [`acknowledge`](Self::acknowledge) for one response there is none, so that the program does.
    pub const fn response_timeout(&self) -> Duration {
        self.machine.context.settings.keepalive.dead_after
    }
}

impl<'c, E, S, D: Dialect> Client<'c, E, S, D> {
    /// Returns the event of the last poll again.
    ///
    /// `rx` is the buffer of that poll, untouched since. For a function that polls in a loop and
    /// lends the event after it, which a borrow taken inside of the loop does not allow.
    pub fn event<'r>(&self, rx: &'r RecvBuf<'_>) -> Option<Event<'r, D>>
    where
        'c: 'r,
    {
        match self.machine.output.render(&self.machine.context, rx) {
            Output::Event(event) => Some(event),
            _ => None,
        }
    }

    /// Returns the peer that the last poll asked to connect to, or `None` if that returned
    /// something else than [`Output::Connect`].
    ///
    /// `rx` is the buffer of that poll, untouched since. For a function that connects after its
    /// loop, like [`event`](Self::event).
    pub fn peer<'r>(&self, rx: &'r RecvBuf<'_>) -> Option<Peer<'r>>
    where
        'c: 'r,
    {
        output::peer(self.machine.output, &self.machine.context, rx)
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

    /// Begins to close: the closing handshake, then the outcome of every message that has none,
    /// then [`Output::Closed`].
    pub fn close(&mut self) {
        self.machine.close();
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
        self.machine.context.identity.user_id()
    }

    /// Returns the ids by which the client recognises its own messages, as far as they are known.
    pub fn identity(&self) -> &Identity {
        &self.machine.context.identity
    }

    /// Sets the ids by which the client recognises its own messages. Ids that `identity` does not
    /// have are kept. The client sets its user id itself, from the response to each opening call.
    /// After [`set_token`](Self::set_token) with a token of another bot, set the others again.
    pub fn set_identity(&mut self, identity: &Identity) {
        self.machine.context.identity.update(identity);
    }
}

/// Shows neither the token nor a message.
impl<E, S, D: Dialect> fmt::Debug for Client<'_, E, S, D> {
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

/// Shows neither the token nor a message.
#[cfg(feature = "defmt")]
impl<E, S, D: Dialect> defmt::Format for Client<'_, E, S, D> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Client {{ state: {}, counters: {} }}",
            self.state(),
            self.counters()
        );
    }
}
