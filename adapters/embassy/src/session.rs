//! The session: a client with its buffers, driven by one method whose future may be dropped.

use core::fmt;
use core::mem;

use embassy_futures::select::select;
use embassy_futures::yield_now;
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::event::Identity;
use slack_rtm::json::Writer;
use slack_rtm::rtm::command::Command;
use slack_rtm::time::Instant;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Client, ClientOutput, CloseReason, Counters, DeferredEnvelope, Dialect,
    DisconnectReason, Event, MessageId, PollError, Rtm, SendError, SocketMode, State, Storage,
    TokenError, WithdrawError,
};

use crate::clock::Clock;
use crate::driver::{Driver, Machine, Progress};
use crate::wire::{Flushed, SessionEnd};

/// A client with its buffers, over the links of a [`Runner`](crate::runner::Runner).
///
/// [`next`](Self::next) runs the client until the next event. It requests links, and requests them
/// again after a failure. The [first page](crate) has a complete program for each dialect.
///
/// `D` is the dialect, by default RTM. It is that of the client, which the configuration
/// determines: [`Config::new`](slack_rtm::Config::new) is for RTM, and
/// [`Config::socket_mode`](slack_rtm::Config::socket_mode) for Socket Mode.
///
/// # While an event is held
/// The event borrows the receive buffer, so the client does nothing until the next call of `next`.
/// The runner continues: it sends what the client has written, and receives until the wire and the
/// window of the connection are full. Nothing is lost. But meanwhile nothing replies to a ping of
/// the server, messages that wait are not sent, and nothing notices that the link is dead. So:
///
/// - A handler of a message of RTM may take ten seconds, such as for a slow display.
/// - The acknowledgement of a message is due 30 s after the message was sent. It may be preceded by
///   other events: their handlers together must take less, or the client gives up the link
///   ([`TimedOut(Ack)`](slack_rtm::Timeout::Ack)) and reports the message as unconfirmed.
/// - In Socket Mode, Slack waits three seconds for each acknowledgement. The event of an envelope
///   that accepts a response is acknowledged when the program asks for the next one; and while an
///   event is held, the envelopes after it are not acknowledged. A handler that takes more than two
///   seconds [defers](Handle::defer) the acknowledgement. Slack repeats an event that it holds up
///   too long, and the repetition is marked
///   ([`Envelope::is_repeated`](slack_rtm::socket_mode::Envelope::is_repeated)); commands and interactions are not repeated.
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
    D: Dialect = Rtm,
> {
    client: Client<'a, E, S, D>,
    pub(crate) driver: Driver<'a, C, M, IN, OUT>,
    close_reason: Option<CloseReason>,
    /// Whether the last poll, by `handle`, returned an event that `next` has not lent yet.
    pub(crate) is_event_due: bool,
}

/// A handle of a session, for use while an event is borrowed.
///
/// That of RTM sends messages, and that of Socket Mode acknowledges envelopes.
pub struct Handle<
    's,
    'a,
    E,
    S,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
    D: Dialect = Rtm,
> {
    client: &'s mut Client<'a, E, S, D>,
    /// The members of the event that is held, if there is one.
    rx: Option<&'s RecvBuf<'a>>,
    tx: &'s mut SendBuf<'a>,
    end: &'s mut SessionEnd<'a, M, IN, OUT>,
    now: Instant,
    last_failure: &'s mut Option<DisconnectReason>,
}

/// An event and the handle that comes with it.
type Lent<'s, 'a, E, S, M, const IN: usize, const OUT: usize, D> =
    (Event<'s, D>, Handle<'s, 'a, E, S, M, IN, OUT, D>);

/// The same, if there is an event.
type LentParts<'s, 'a, E, S, M, const IN: usize, const OUT: usize, D> =
    (Option<Event<'s, D>>, Handle<'s, 'a, E, S, M, IN, OUT, D>);

impl<'a, E: Entropy, S: Storage, D: Dialect> Machine for Client<'a, E, S, D> {
    type Event<'r>
        = Event<'r, D>
    where
        Self: 'r;
    type End = CloseReason;
    type Error = PollError;

    fn poll<'r>(
        &'r mut self,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<ClientOutput<'r, D>, PollError> {
        Client::poll(self, rx, tx, now)
    }

    fn connected(&mut self) {
        Client::connected(self);
    }

    fn disconnected(&mut self, reason: DisconnectReason) {
        Client::disconnected(self, reason);
    }
}

impl<'a, C, E, S, M, const IN: usize, const OUT: usize, D> Session<'a, C, E, S, M, IN, OUT, D>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
    D: Dialect,
{
    /// Creates a session of this client, with this end of a wire, whose other end belongs to a
    /// [`Runner`](crate::runner::Runner).
    pub fn new(
        client: Client<'a, E, S, D>,
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
    pub async fn next(&mut self) -> Result<Option<Lent<'_, 'a, E, S, M, IN, OUT, D>>, PollError> {
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
        let (event, handle) = self.lend();
        Ok(event.map(|event| (event, handle)))
    }

    /// Returns a handle between two calls of [`next`](Self::next), such as for sending when a button
    /// was pressed, or for the response to an envelope that was deferred.
    ///
    /// It polls the client first, so that limits are checked against the present time. If there is
    /// an event, the next call of `next` returns it. In Socket Mode that acknowledges the envelope
    /// of the event before, like a call of `next`.
    pub fn handle(&mut self) -> Handle<'_, 'a, E, S, M, IN, OUT, D> {
        if !self.is_event_due {
            // If there is no randomness, `next` or `send` reports it.
            self.is_event_due = self.advance() == Ok(Progress::Event);
        }
        self.lend_unseen()
    }

    /// Returns a handle for a program that has not seen the event of the last poll.
    pub(crate) fn lend_unseen(&mut self) -> Handle<'_, 'a, E, S, M, IN, OUT, D> {
        let (_, mut handle) = self.lend();
        handle.rx = None;
        handle
    }

    /// Lends the event of the last poll, if there is one, and a handle.
    pub(crate) fn lend(&mut self) -> LentParts<'_, 'a, E, S, M, IN, OUT, D> {
        let driver = &mut self.driver;
        let event = self.client.event(&driver.rx);
        let handle = Handle {
            client: &mut self.client,
            rx: Some(&driver.rx),
            tx: &mut driver.tx,
            end: &mut driver.end,
            now: driver.now,
            last_failure: &mut driver.last_failure,
        };
        (event, handle)
    }

    /// Runs the client as far as possible without waiting.
    pub(crate) fn advance(&mut self) -> Result<Progress<CloseReason>, PollError> {
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

impl<C, E, S, M, const IN: usize, const OUT: usize, D> Session<'_, C, E, S, M, IN, OUT, D>
where
    M: RawMutex,
    D: Dialect,
{
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

    /// Returns the reason why the latest link could not be opened, or why it ended by itself. The
    /// end of a link that the client gave up is not recorded.
    pub fn last_failure(&self) -> Option<DisconnectReason> {
        self.driver.last_failure
    }
}

/// Messages, which only RTM sends over the socket.
impl<C, E, S, M: RawMutex, const IN: usize, const OUT: usize> Session<'_, C, E, S, M, IN, OUT> {
    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
    }
}

/// Messages, which only RTM sends over the socket.
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
}

/// Messages, which only RTM sends over the socket.
impl<E, S, M: RawMutex, const IN: usize, const OUT: usize> Handle<'_, '_, E, S, M, IN, OUT> {
    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
    }
}

/// Acknowledgements of envelopes, which only Socket Mode has.
///
/// The client acknowledges each envelope itself: one that accepts no response before its event is
/// lent, and any other when the program asks for the next event, unless it was acknowledged with a
/// response or deferred before.
impl<E, S, M, const IN: usize, const OUT: usize> Handle<'_, '_, E, S, M, IN, OUT, SocketMode>
where
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    /// Acknowledges the envelope of the event that is held, with a response: that of a slash command
    /// is shown in the channel, that of a modal's submission changes the modal, that of a menu has
    /// its options.
    ///
    /// `response` writes one JSON object. It is called several times, and must write the same bytes
    /// each time. The response may be larger than the send buffer: the method drives the sending
    /// side, while the event is still held, until the runner has all of it, and returns then.
    ///
    /// Wait for the future. If it is dropped after the first byte of the response was sent, and
    /// before the last one was, the next call of [`next`](Session::next) ends the link, since half a
    /// frame has left
    /// ([`ResponseAbandoned`](slack_rtm::ReconnectReason::ResponseAbandoned)). If it is dropped
    /// before the first byte, nothing was sent, and the program may try again; after the last one,
    /// nothing is lost. A response that fits into an empty send buffer, without the
    /// [`RESERVE`](SendBuf::RESERVE) of that, is not divided.
    ///
    /// If the link takes no byte for the time of
    /// [`dead_after`](slack_rtm::Config::dead_after), the runner ends it.
    ///
    /// # Errors
    /// [`AcknowledgeError`]. Nothing was sent, except after
    /// [`Changed`](AcknowledgeError::Changed), and after
    /// [`SocketEnded`](AcknowledgeError::SocketEnded), if the link ends meanwhile: the response is
    /// lost then, because Slack accepts it on no other socket. The next call of `next` continues, and
    /// opens another link.
    pub async fn acknowledge(
        &mut self,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<(), AcknowledgeError> {
        let rx = self.rx.ok_or(AcknowledgeError::NoEnvelope)?;
        self.send_whole(|client, tx| client.acknowledge(rx, tx, response))
            .await
    }

    /// Defers the acknowledgement of the envelope of the event that is held, so that the program can
    /// ask for the next event before it responds.
    ///
    /// 2.5 s after the envelope arrived, the client acknowledges it without a response, as soon as
    /// [`next`](Session::next) is awaited. Up to four envelopes can be deferred at a time.
    ///
    /// # Errors
    /// [`AcknowledgeError`]; the envelope is not deferred.
    pub fn defer(&mut self) -> Result<DeferredEnvelope, AcknowledgeError> {
        let rx = self.rx.ok_or(AcknowledgeError::NoEnvelope)?;
        self.client.defer(rx)
    }

    /// Acknowledges a deferred envelope with a response, like [`acknowledge`](Self::acknowledge).
    /// [`Session::handle`] returns a handle for it between two events.
    ///
    /// # Errors
    /// The same as [`acknowledge`](Self::acknowledge);
    /// [`TooLate`](AcknowledgeError::TooLate) after the 2.5 s.
    pub async fn acknowledge_deferred(
        &mut self,
        envelope: DeferredEnvelope,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<(), AcknowledgeError> {
        self.send_whole(|client, tx| client.acknowledge_deferred(envelope, tx, response))
            .await
    }
}

impl<'a, E, S, M, const IN: usize, const OUT: usize> Handle<'_, 'a, E, S, M, IN, OUT, SocketMode>
where
    E: Entropy,
    S: Storage,
    M: RawMutex,
{
    /// Drives the sending side until the wire has all bytes of a frame that `write` writes.
    async fn send_whole(
        &mut self,
        mut write: impl FnMut(
            &mut Client<'a, E, S, SocketMode>,
            &mut SendBuf<'_>,
        ) -> Result<Sent, AcknowledgeError>,
    ) -> Result<(), AcknowledgeError> {
        let mut sent = write(self.client, self.tx)?;
        let within = self.client.response_timeout();
        let watched = self.end.watch_sending(within);
        loop {
            let flushed = watched.flush(self.tx);
            if sent == Sent::Whole && self.tx.is_empty() {
                return Ok(());
            }
            match flushed {
                Flushed::Moved => {}
                // The wire is full. The future that is dropped here holds no data.
                Flushed::Nothing => watched.changed().await,
                Flushed::Ended(reason) => {
                    // With half a frame, nothing can follow on this link. Otherwise `next` handles
                    // what has arrived before its end.
                    if sent == Sent::Partly {
                        watched.take_end();
                        self.client.disconnected(reason);
                        *self.last_failure = Some(reason);
                    }
                    return Err(AcknowledgeError::SocketEnded);
                }
            }
            if sent != Sent::Whole {
                sent = write(self.client, self.tx)?;
            }
        }
    }
}

impl<E, S, M, const IN: usize, const OUT: usize, D> Handle<'_, '_, E, S, M, IN, OUT, D>
where
    E: Entropy,
    S: Storage,
    M: RawMutex,
    D: Dialect,
{
    /// Replaces the token, from the next call of the Web API on.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used, or does not fit into the storage. The old one is
    /// kept.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.client.set_token(token)
    }
}

impl<E, S, M, const IN: usize, const OUT: usize, D> Handle<'_, '_, E, S, M, IN, OUT, D>
where
    M: RawMutex,
    D: Dialect,
{
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

    /// Returns the instant of the last poll, on the clock that the instants in events refer to.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Returns the same as [`Session::last_failure`].
    pub fn last_failure(&self) -> Option<DisconnectReason> {
        *self.last_failure
    }
}

/// Shows neither transmitted bytes nor the token.
impl<C, E, S, M, const IN: usize, const OUT: usize, D> fmt::Debug
    for Session<'_, C, E, S, M, IN, OUT, D>
where
    M: RawMutex,
    D: Dialect,
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
impl<E, S, M, const IN: usize, const OUT: usize, D> fmt::Debug
    for Handle<'_, '_, E, S, M, IN, OUT, D>
where
    M: RawMutex,
    D: Dialect,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("client", &self.client)
            .field("now", &self.now)
            .field("last_failure", &self.last_failure)
            .finish_non_exhaustive()
    }
}
