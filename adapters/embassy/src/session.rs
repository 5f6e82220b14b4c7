//! The session: a client with its buffers, driven by one method whose future may be dropped.

use core::fmt;
use core::mem;

use embassy_futures::select::select;
use embassy_futures::yield_now;
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::event::Identity;
use slack_rtm::rtm::command::Command;
use slack_rtm::time::Instant;
use slack_rtm::{
    Client, ClientOutput, CloseReason, Counters, DisconnectReason, Event, MessageId, PollError,
    SendError, State, Storage, TokenError, WithdrawError,
};

use crate::clock::Clock;
use crate::driver::{Driver, Machine, Progress};
use crate::wire::SessionEnd;

/// A client with its buffers, over the links of a [`Runner`](crate::runner::Runner).
///
/// [`next`](Self::next) runs the client until the next event. It requests links, and requests them
/// again after a failure. The [first page](crate) has a complete program.
///
/// # While an event is held
/// The event borrows the receive buffer, so the client does nothing until the next call of `next`.
/// The runner continues: it sends what the client has written, and receives until the wire and the
/// window of the connection are full. Nothing is lost. But meanwhile nothing replies to a ping of
/// the server, messages that wait are not sent, and nothing notices that the link is dead. So:
///
/// - A handler may take ten seconds, such as for a slow display.
/// - The acknowledgement of a message is due 30 s after the message was sent. It may be preceded by
///   other events: their handlers together must take less, or the client gives up the link
///   ([`TimedOut(Ack)`](slack_rtm::Timeout::Ack)) and reports the message as unconfirmed.
/// - After about half a minute without a reply, a server may give up the link.
///
/// A handler that takes longer copies what it needs, and lets the event go. After a long pause, the
/// client sends a ping before it counts the link as dead.
pub struct Session<
    'a,
    C,
    E,
    S,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    client: Client<'a, E, S>,
    driver: Driver<'a, C, M, IN, OUT>,
    close_reason: Option<CloseReason>,
    /// Whether the last poll, by `handle`, returned an event that `next` has not lent yet.
    is_event_due: bool,
}

/// A handle of a session, for use while an event is borrowed.
pub struct Handle<
    's,
    'a,
    E,
    S,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    client: &'s mut Client<'a, E, S>,
    tx: &'s mut SendBuf<'a>,
    end: &'s mut SessionEnd<'a, M, IN, OUT>,
    now: Instant,
    last_failure: Option<DisconnectReason>,
}

impl<'a, E: Entropy, S: Storage> Machine for Client<'a, E, S> {
    type Event<'r>
        = Event<'r>
    where
        Self: 'r;
    type End = CloseReason;
    type Error = PollError;

    fn poll<'r>(
        &'r mut self,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<ClientOutput<'r>, PollError> {
        Client::poll(self, rx, tx, now)
    }

    fn connected(&mut self) {
        Client::connected(self);
    }

    fn disconnected(&mut self, reason: DisconnectReason) {
        Client::disconnected(self, reason);
    }
}

impl<'a, C, E, S, M, const IN: usize, const OUT: usize> Session<'a, C, E, S, M, IN, OUT>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    /// Creates a session of this client, with this end of a wire, whose other end belongs to a
    /// [`Runner`](crate::runner::Runner).
    pub fn new(
        client: Client<'a, E, S>,
        rx: RecvBuf<'a>,
        tx: SendBuf<'a>,
        end: SessionEnd<'a, M, IN, OUT>,
        clock: C,
    ) -> Self {
        Self {
            client,
            driver: Driver::new(rx, tx, end, clock),
            close_reason: None,
            is_event_due: false,
        }
    }

    /// Waits for the next event, and lends it together with a handle to send with.
    ///
    /// Returns `None` when the session has closed: after [`close`](Self::close), or because Slack
    /// refused the call for a reason that no retry removes.
    /// [`close_reason`](Self::close_reason) returns the reason.
    ///
    /// The future may be dropped at any await point, for example by a `select` against a button.
    /// Nothing is lost or repeated: all progress is in the session, and the bytes of the link are
    /// moved by the runner. Put the button first if the `select` prefers one side, so that a server
    /// that sends without a pause does not delay it.
    ///
    /// # Errors
    /// [`PollError`] if the source of randomness failed. Nothing was lost; the next call continues.
    pub async fn next(
        &mut self,
    ) -> Result<Option<(Event<'_>, Handle<'_, 'a, E, S, M, IN, OUT>)>, PollError> {
        if !mem::take(&mut self.is_event_due) {
            loop {
                match self.advance()? {
                    Progress::Event => break,
                    Progress::Closed(_) => return Ok(None),
                    // These are the only await points. The futures that are dropped here hold no data.
                    Progress::Wait(until) => {
                        let Driver { end, clock, .. } = &self.driver;
                        select(end.changed(), clock.wait_until(until)).await;
                    }
                    Progress::Yield => yield_now().await,
                }
            }
        }
        let event = self.client.event(&self.driver.rx);
        let handle = Handle {
            client: &mut self.client,
            tx: &mut self.driver.tx,
            end: &mut self.driver.end,
            now: self.driver.now,
            last_failure: self.driver.last_failure,
        };
        Ok(event.map(|event| (event, handle)))
    }

    /// Returns a handle between two calls of [`next`](Self::next), such as for sending when a button
    /// was pressed.
    ///
    /// It polls the client first, so that limits are checked against the present time. If there is
    /// an event, the next call of `next` returns it.
    pub fn handle(&mut self) -> Handle<'_, 'a, E, S, M, IN, OUT> {
        if !self.is_event_due {
            // If there is no randomness, `next` or `send` reports it.
            self.is_event_due = self.advance() == Ok(Progress::Event);
        }
        Handle {
            client: &mut self.client,
            tx: &mut self.driver.tx,
            end: &mut self.driver.end,
            now: self.driver.now,
            last_failure: self.driver.last_failure,
        }
    }

    /// Runs the client as far as possible without waiting.
    fn advance(&mut self) -> Result<Progress<CloseReason>, PollError> {
        self.close_reason = None;
        let progress = self.driver.advance(&mut self.client)?;
        if let Progress::Closed(reason) = progress {
            self.close_reason = Some(reason);
        }
        Ok(progress)
    }

    /// Replaces the token, from the next call of the Web API on.
    ///
    /// A session that has closed because Slack refused the old token starts again. One that was
    /// closed on request stays closed.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used, or does not fit into the storage. The old one is
    /// kept then, and nothing starts.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.client.set_token(token)
    }
}

impl<C, E, S, M: RawMutex, const IN: usize, const OUT: usize> Session<'_, C, E, S, M, IN, OUT> {
    /// Closes the session in order. Call [`next`](Self::next) until it returns `None`.
    pub fn close(&mut self) {
        self.client.close();
    }

    /// Returns why the session has closed, or `None` if it has not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        // A new token, which a handle may set too, starts a closed client again.
        self.close_reason
            .filter(|_| self.client.state() == State::Closed)
    }

    /// Returns the state of the client.
    pub fn state(&self) -> State {
        self.client.state()
    }

    /// Returns the counters of the client.
    pub fn counters(&self) -> Counters {
        self.client.counters()
    }

    /// Returns the id of the user or bot user of the token, once Slack has accepted it.
    pub fn user_id(&self) -> Option<&str> {
        self.client.user_id()
    }

    /// Returns the ids by which the client recognises its own messages, as far as they are known.
    pub fn identity(&self) -> &Identity {
        self.client.identity()
    }

    /// Sets the ids by which the client recognises its own messages. Ids that `identity` does not
    /// have are kept.
    pub fn set_identity(&mut self, identity: &Identity) {
        self.client.set_identity(identity);
    }

    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
    }

    /// Returns the reason why the latest link could not be opened, or why it ended by itself. The
    /// end of a link that the client gave up is not recorded.
    pub fn last_failure(&self) -> Option<DisconnectReason> {
        self.driver.last_failure
    }
}

impl<E: Entropy, S: Storage, M: RawMutex, const IN: usize, const OUT: usize>
    Handle<'_, '_, E, S, M, IN, OUT>
{
    /// Sends a command. Returns its id, which the event of its outcome has too.
    ///
    /// A message that waits in the storage is sent after the next call of [`next`](Session::next).
    /// What the client sends at once, such as [`Typing`](slack_rtm::rtm::command::Typing), leaves
    /// while the event is still held.
    ///
    /// # Errors
    /// The same as [`Client::send`].
    pub fn send(&mut self, command: &impl Command) -> Result<MessageId, SendError> {
        let id = self.client.send(command, self.tx)?;
        self.end.send(self.tx);
        Ok(id)
    }

    /// Withdraws a message that waits. [`Event::Withdrawn`] is its outcome.
    ///
    /// # Errors
    /// [`WithdrawError`] if the message was sent already, or had its outcome.
    pub fn withdraw(&mut self, id: MessageId) -> Result<(), WithdrawError> {
        self.client.withdraw(id)
    }

    /// Replaces the token, from the next call of the Web API on.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used, or does not fit into the storage. The old one is
    /// kept.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.client.set_token(token)
    }
}

impl<E, S, M: RawMutex, const IN: usize, const OUT: usize> Handle<'_, '_, E, S, M, IN, OUT> {
    /// Closes the session in order. Call [`next`](Session::next) until it returns `None`.
    pub fn close(&mut self) {
        self.client.close();
    }

    /// Returns the state of the client.
    pub fn state(&self) -> State {
        self.client.state()
    }

    /// Returns the counters of the client.
    pub fn counters(&self) -> Counters {
        self.client.counters()
    }

    /// Returns the id of the user or bot user of the token, once Slack has accepted it.
    pub fn user_id(&self) -> Option<&str> {
        self.client.user_id()
    }

    /// Returns the ids by which the client recognises its own messages, as far as they are known.
    pub fn identity(&self) -> &Identity {
        self.client.identity()
    }

    /// Sets the ids by which the client recognises its own messages. Ids that `identity` does not
    /// have are kept.
    pub fn set_identity(&mut self, identity: &Identity) {
        self.client.set_identity(identity);
    }

    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
    }

    /// Returns the instant of the last poll, on the clock that the instants in events refer to.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Returns the same as [`Session::last_failure`].
    pub fn last_failure(&self) -> Option<DisconnectReason> {
        self.last_failure
    }
}

/// Shows neither transmitted bytes nor the token.
impl<C, E, S, M: RawMutex, const IN: usize, const OUT: usize> fmt::Debug
    for Session<'_, C, E, S, M, IN, OUT>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("client", &self.client)
            .field("close_reason", &self.close_reason())
            .field("last_failure", &self.driver.last_failure)
            .finish_non_exhaustive()
    }
}

/// Shows neither transmitted bytes nor the token.
impl<E, S, M: RawMutex, const IN: usize, const OUT: usize> fmt::Debug
    for Handle<'_, '_, E, S, M, IN, OUT>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("client", &self.client)
            .field("now", &self.now)
            .field("last_failure", &self.last_failure)
            .finish_non_exhaustive()
    }
}
