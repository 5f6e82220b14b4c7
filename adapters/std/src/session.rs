//! The session: client, buffers and link together, driven by one method.

use crate::pump::Tried;
use crate::sender::Job;
use crate::storage::SessionStorage;
use crate::{Buffers, Dialer, DisconnectReason, LinkError, OsEntropy, Pump, Sender, SessionError};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::event::Identity;
use slack_rtm::json::Writer;
use slack_rtm::rtm::command::Command;
use slack_rtm::time::Instant;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Client, CloseReason, Config, Counters, DeferredEnvelope, Dialect, Event,
    MessageId, Output, PollError, Rtm, SendError, SocketMode, State, TokenError, WithdrawError,
};
use std::fmt;
use std::sync::mpsc::Receiver;

/// A client with its buffers and its link.
///
/// [`next`](Self::next) runs the client until the next event. It connects and reconnects. Nothing
/// runs between two calls of `next`.
///
/// `D` is the [dialect](Dialect), which the [`Config`] determines: RTM, or Socket Mode.
///
/// The [first page](crate) of this crate has a complete program for each of the two.
pub struct Session<'m, D: Dialect = Rtm> {
    client: SessionClient<'m, D>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    pump: Pump,
    sender: Sender<D>,
    jobs: Receiver<Job<D>>,
    last_failure: Option<LinkError>,
    close_reason: Option<CloseReason>,
}

type SessionClient<'m, D> = Client<'m, OsEntropy, SessionStorage<'m>, D>;

/// A handle of a session, for use while an event is borrowed.
///
/// That of RTM sends messages, and that of Socket Mode acknowledges envelopes.
pub struct Handle<'s, 'm, D: Dialect = Rtm> {
    client: &'s mut SessionClient<'m, D>,
    rx: &'s RecvBuf<'m>,
    tx: &'s mut SendBuf<'m>,
    pump: &'s mut Pump,
    now: Instant,
    last_failure: &'s mut Option<LinkError>,
}

impl<'m, D: Dialect> Session<'m, D> {
    /// Creates a session with `config` and `token`, over links that `dialer` opens.
    ///
    /// The token may have up to 1,024 bytes. The session keeps a copy, which is overwritten when
    /// the token is replaced, and when the session is dropped. [`Config::new`] needs that of a bot
    /// or a user, [`Config::socket_mode`] the app-level one.
    ///
    /// # Errors
    /// [`SessionError`] if a buffer is too small, or if the token or a setting cannot be used.
    pub fn new(
        config: Config<'m, D>,
        token: &str,
        dialer: Dialer,
        buffers: &'m mut Buffers,
    ) -> Result<Self, SessionError> {
        let Buffers { rx, tx, outbox, .. } = buffers;
        let (sender, jobs) = Sender::new(dialer.waker());
        Ok(Self {
            rx: RecvBuf::try_from(&mut rx[..])?,
            tx: SendBuf::try_from(&mut tx[..])?,
            client: Client::new(config, token, SessionStorage::new(outbox), OsEntropy)?,
            pump: Pump::new(dialer),
            sender,
            jobs,
            last_failure: None,
            close_reason: None,
        })
    }

    /// Waits for the next event, and lends it together with a handle to send with.
    ///
    /// Returns `None` when the session has closed: after [`close`](Self::close), or because Slack
    /// refused the call for a reason that no retry removes.
    /// [`close_reason`](Self::close_reason) returns the reason.
    ///
    /// # Errors
    /// [`PollError`] if the random number generator of the operating system failed. Nothing was
    /// lost; the next call continues.
    #[expect(clippy::should_implement_trait)] // an `Iterator` cannot lend
    #[expect(clippy::type_complexity)] // an alias would hide what is lent
    pub fn next(&mut self) -> Result<Option<(Event<'_, D>, Handle<'_, 'm, D>)>, PollError> {
        if self.advance()? == Pause::Closed {
            return Ok(None);
        }
        let (event, handle) = self.lend();
        Ok(event.map(|event| (event, handle)))
    }

    /// Lends the event of the last poll, and a handle.
    pub(crate) fn lend(&mut self) -> (Option<Event<'_, D>>, Handle<'_, 'm, D>) {
        let event = self.client.event(&self.rx);
        let now = self.pump.now();
        let handle = Handle {
            client: &mut self.client,
            rx: &self.rx,
            tx: &mut self.tx,
            pump: &mut self.pump,
            now,
            last_failure: &mut self.last_failure,
        };
        (event, handle)
    }

    /// Carries out the commands of other threads. Returns whether there were any. Must follow a
    /// poll, so that the client checks its rate limits with the present time.
    fn run_jobs(&mut self) -> bool {
        let mut ran = false;
        while let Ok(job) = self.jobs.try_recv() {
            job(&mut self.lend().1);
            ran = true;
        }
        ran
    }

    /// Runs the client until there is an event, which `next` borrows afterwards: a borrow that is
    /// returned from a loop would last for all its iterations (the compiler's error E0499).
    fn advance(&mut self) -> Result<Pause, PollError> {
        loop {
            match self.settle()? {
                Pause::Wait(until) => match self.pump.exchange(&mut self.rx, &mut self.tx, until) {
                    Ok(progress) if progress.connected => self.client.connected(),
                    Ok(_) => {}
                    Err(error) => self.fail(error),
                },
                pause => return Ok(pause),
            }
        }
    }

    /// Runs the client as far as that needs no waiting.
    pub(crate) fn settle(&mut self) -> Result<Pause, PollError> {
        loop {
            let now = self.pump.now();
            match self.client.poll(&mut self.rx, &mut self.tx, now)? {
                Output::Event(_) => return Ok(Pause::Event),
                Output::Connect { peer, until, .. } => self.pump.connect(peer, until),
                Output::Wait { until, .. } => {
                    let ran = self.run_jobs();
                    if !ran {
                        return Ok(Pause::Wait(until));
                    }
                }
                Output::Disconnect => self.drop_link(),
                Output::Closed(reason) => {
                    self.pump.disconnect(&mut self.tx);
                    self.close_reason = Some(reason);
                    self.sender.stop();
                    // Dropping the jobs ends the waits for their receipts with `SessionGone`.
                    self.jobs.try_iter().for_each(drop);
                    return Ok(Pause::Closed);
                }
                _ => {}
            }
        }
    }

    /// Moves bytes without waiting. Returns when to continue at the latest, or `None` if bytes were
    /// moved or the link has ended.
    pub(crate) fn try_exchange(&mut self) -> Option<Instant> {
        match self.pump.try_exchange(&mut self.rx, &mut self.tx) {
            Ok(Tried::Wait(until)) => return Some(until),
            Ok(Tried::Done(progress)) if progress.connected => self.client.connected(),
            Ok(Tried::Done(_)) => {}
            Err(error) => self.fail(error),
        }
        None
    }

    /// Returns the pump, whose waits serve all links of its thread.
    pub(crate) fn pump(&self) -> &Pump {
        &self.pump
    }

    fn fail(&mut self, error: LinkError) {
        self.client.disconnected(error.reason());
        self.last_failure = Some(error);
    }

    fn drop_link(&mut self) {
        self.pump.disconnect(&mut self.tx);
        self.client.disconnected(DisconnectReason::Closed);
    }

    /// Returns a handle for other threads.
    pub fn sender(&self) -> Sender<D> {
        self.sender.clone()
    }

    /// Closes the session in order. Call [`next`](Self::next) until it returns `None`.
    pub fn close(&mut self) {
        self.client.close();
    }

    /// Replaces the token, from the next call of the Web API on.
    ///
    /// A session that has closed because Slack refused the old token starts again, and accepts the
    /// commands of its [`Sender`]s again. One that was closed on request stays closed.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used. The old one is kept then, and nothing starts.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.client.set_token(token)?;
        // A session that was closed on request stays closed.
        if self.client.state() != State::Closed {
            self.close_reason = None;
            self.sender.restart();
        }
        Ok(())
    }

    /// Returns why the session has closed, or `None` if it has not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.close_reason
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

    /// Returns the error of the latest link that failed, with the text of the operating system or
    /// the TLS library.
    ///
    /// It is for the log: the client reports the reason alone
    /// ([`ReconnectReason::Disconnected`](slack_rtm::ReconnectReason::Disconnected)).
    pub fn last_failure(&self) -> Option<&LinkError> {
        self.last_failure.as_ref()
    }
}

/// Messages, which only RTM sends over the socket.
impl Session<'_> {
    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
    }
}

/// Why the client does not run any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// There is an event to borrow.
    Event,
    /// Bytes are to be moved, at the latest at this instant.
    Wait(Instant),
    Closed,
}

/// Messages, which only RTM sends over the socket.
impl Handle<'_, '_> {
    /// Sends a command. Returns its id, which the event of its outcome has too.
    ///
    /// # Errors
    /// The same as [`Client::send`].
    pub fn send(&mut self, command: &impl Command) -> Result<MessageId, SendError> {
        self.client.send(command, self.tx)
    }

    /// Withdraws a message that waits. [`Event::Withdrawn`] is its outcome.
    ///
    /// # Errors
    /// [`WithdrawError`] if the message was sent already, or had its outcome.
    pub fn withdraw(&mut self, id: MessageId) -> Result<(), WithdrawError> {
        self.client.withdraw(id)
    }

    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
    }
}

/// Acknowledgements of envelopes, which only Socket Mode has.
///
/// The session acknowledges each envelope itself: an event before it is lent, and anything else when
/// the program asks for the next event, unless it was acknowledged with a response or deferred
/// before. While an event is held the session does nothing. A handler that may need more than two
/// seconds copies the members that it needs, [defers](Self::defer) the acknowledgement, and asks
/// for the next event.
impl Handle<'_, '_, SocketMode> {
    /// Acknowledges the envelope of the event with a response: that of a slash command is shown in
    /// the channel, that of a modal's submission changes the modal, that of a menu has its options.
    ///
    /// `response` writes one JSON object of at most 20,479 bytes with its envelope. It is called
    /// several times, and must write the same bytes each time. With the feature `serde`,
    /// `serialized` makes one of a type.
    ///
    /// Returns when the last byte is in the send buffer; until then it sends, and reads nothing. A
    /// response that is larger than the send buffer therefore blocks until the link has taken the
    /// rest, for as long as the link takes bytes ([`Config::dead_after`]).
    ///
    /// ```no_run
    /// use slack_rtm::{Config, Event};
    /// use slack_rtm_std::{Buffers, Dialer, Session, Trust};
    ///
    /// # fn run(token: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// # let (dialer, mut buffers) = (Dialer::new(Trust::platform())?, Buffers::default());
    /// let mut session = Session::new(Config::socket_mode(), token, dialer, &mut buffers)?;
    /// while let Some((event, mut handle)) = session.next()? {
    ///     if let Event::SlashCommand(command) = event {
    ///         let text = format!("Opening {}", command.text().map_or("", |text| text.as_str()));
    ///         handle.acknowledge(&|json| {
    ///             json.begin_object();
    ///             json.name("text").text(&text);
    ///             json.end_object();
    ///         })?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`AcknowledgeError`]. [`SocketEnded`](AcknowledgeError::SocketEnded): the link ended before
    /// the response was sent, which is lost; [`last_failure`](Self::last_failure) has the reason.
    pub fn acknowledge(
        &mut self,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<(), AcknowledgeError> {
        self.send_whole(|client, rx, tx| client.acknowledge(rx, tx, response))
    }

    /// Defers the acknowledgement of the envelope of the event, so that the program can ask for the
    /// next event before it responds.
    ///
    /// After 2.5 s since the envelope arrived the session acknowledges it without a response. Up to
    /// four envelopes can be deferred at a time. The result can be sent to another thread, which
    /// responds by [`Sender::with`].
    ///
    /// # Errors
    /// [`AcknowledgeError`]; the envelope is not deferred.
    pub fn defer(&mut self) -> Result<DeferredEnvelope, AcknowledgeError> {
        self.client.defer(self.rx)
    }

    /// Acknowledges a deferred envelope with a response, like [`acknowledge`](Self::acknowledge).
    ///
    /// # Errors
    /// [`AcknowledgeError`]. [`TooLate`](AcknowledgeError::TooLate): 2.5 s had passed; respond by the
    /// `response_url` then.
    pub fn acknowledge_deferred(
        &mut self,
        envelope: DeferredEnvelope,
        response: &dyn Fn(&mut Writer<'_>),
    ) -> Result<(), AcknowledgeError> {
        self.send_whole(|client, _, tx| client.acknowledge_deferred(envelope, tx, response))
    }
}

impl<'m> Handle<'_, 'm, SocketMode> {
    /// Sends a response until its last byte is in the send buffer. `write` puts as much of it there
    /// as there is room for.
    fn send_whole(
        &mut self,
        mut write: impl FnMut(
            &mut SessionClient<'m, SocketMode>,
            &RecvBuf<'m>,
            &mut SendBuf<'m>,
        ) -> Result<Sent, AcknowledgeError>,
    ) -> Result<(), AcknowledgeError> {
        while write(self.client, self.rx, self.tx)? != Sent::Whole {
            let until = self.pump.now() + self.client.response_timeout();
            if let Err(error) = self.pump.send_only(self.tx, until) {
                self.client.disconnected(error.reason());
                *self.last_failure = Some(error);
                return Err(AcknowledgeError::SocketEnded);
            }
        }
        self.now = self.pump.now();
        Ok(())
    }
}

impl<D: Dialect> Handle<'_, '_, D> {
    /// Closes the session in order. Call `next` until it returns `None`.
    pub fn close(&mut self) {
        self.client.close();
    }

    /// Replaces the token, from the next call of the Web API on.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used. The old one is kept.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.client.set_token(token)
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

    /// Returns the present instant, on the clock that the instants in events refer to.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Returns the same as [`Session::last_failure`].
    pub fn last_failure(&self) -> Option<&LinkError> {
        self.last_failure.as_ref()
    }
}

/// Shows neither transmitted bytes nor the token.
impl<D: Dialect> fmt::Debug for Session<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.client.state())
            .field("counters", &self.client.counters())
            .field("close_reason", &self.close_reason)
            .finish_non_exhaustive()
    }
}

/// Shows neither transmitted bytes nor the token.
impl<D: Dialect> fmt::Debug for Handle<'_, '_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("state", &self.client.state())
            .finish_non_exhaustive()
    }
}
