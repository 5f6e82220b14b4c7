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
    Client, CloseReason, Counters, DisconnectReason, Event, MessageId, Output, PollError,
    SendError, State, Storage, TokenError, WithdrawError,
};

use crate::clock::Clock;
use crate::wire::{Exchanged, SessionEnd};

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
    clock: C,
    rx: RecvBuf<'a>,
    tx: SendBuf<'a>,
    end: SessionEnd<'a, M, IN, OUT>,
    /// The instant of the last poll.
    now: Instant,
    last_failure: Option<DisconnectReason>,
    close_reason: Option<CloseReason>,
    /// Whether the last poll, by `handle`, returned an event that `next` has not lent yet.
    is_event_due: bool,
    /// The number of moves of bytes since the session yielded.
    moves: u8,
}

/// The number of moves of bytes after which the session yields. Otherwise a server that sends
/// without a pause would keep it from yielding, if the runner is on another core or in an executor
/// of a higher priority.
const MOST_MOVES: u8 = 64;

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

/// The result of running the client as far as possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// There is an event to borrow.
    Event,
    /// The client waits for a change of the wire, or for this instant.
    Wait(Instant),
    /// The other futures of the program should run: bytes arrive without a pause.
    Yield,
    Closed,
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
            now: clock.now(),
            clock,
            rx,
            tx,
            end,
            last_failure: None,
            close_reason: None,
            is_event_due: false,
            moves: 0,
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
                    Progress::Closed => return Ok(None),
                    // These are the only await points. The futures that are dropped here hold no data.
                    Progress::Wait(until) => {
                        select(self.end.changed(), self.clock.wait_until(until)).await;
                    }
                    Progress::Yield => yield_now().await,
                }
            }
        }
        let event = self.client.event(&self.rx);
        let handle = Handle {
            client: &mut self.client,
            tx: &mut self.tx,
            end: &mut self.end,
            now: self.now,
            last_failure: self.last_failure,
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
            tx: &mut self.tx,
            end: &mut self.end,
            now: self.now,
            last_failure: self.last_failure,
        }
    }

    /// Runs the client as far as possible without waiting.
    fn advance(&mut self) -> Result<Progress, PollError> {
        self.close_reason = None;
        // What arrived while the program held an event arrived before the present time.
        self.end.receive(&mut self.rx);
        loop {
            self.now = self.clock.now();
            match self.client.poll(&mut self.rx, &mut self.tx, self.now)? {
                Output::Event(_) => return Ok(Progress::Event),
                Output::Connect { peer, until, .. } => {
                    if let Err(reason) = self.end.connect(peer, until) {
                        self.disconnected(reason);
                    }
                }
                Output::Wait { until, .. } => match self.end.exchange(&mut self.rx, &mut self.tx) {
                    Exchanged::Nothing => return Ok(Progress::Wait(until)),
                    Exchanged::Moved if self.moves >= MOST_MOVES => {
                        self.moves = 0;
                        return Ok(Progress::Yield);
                    }
                    Exchanged::Moved => self.moves += 1,
                    Exchanged::Opened => self.client.connected(),
                    Exchanged::Ended(reason) => self.disconnected(reason),
                },
                Output::Disconnect => {
                    if !self.end.disconnect(&mut self.tx) {
                        return Ok(Progress::Wait(Instant::MAX)); // the runner limits the time
                    }
                    self.client.disconnected(DisconnectReason::Closed);
                }
                Output::Closed(reason) => {
                    if !self.end.disconnect(&mut self.tx) {
                        return Ok(Progress::Wait(Instant::MAX)); // likewise
                    }
                    self.close_reason = Some(reason);
                    return Ok(Progress::Closed);
                }
                _ => {}
            }
        }
    }

    /// Handles a link that could not be opened, or that ended by itself.
    fn disconnected(&mut self, reason: DisconnectReason) {
        self.last_failure = Some(reason);
        self.client.disconnected(reason);
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
        self.last_failure
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
            .field("last_failure", &self.last_failure)
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
