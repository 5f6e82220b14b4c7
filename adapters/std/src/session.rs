//! The session: client, buffers and link together, driven by one method.

use crate::sender::Job;
use crate::storage::SessionStorage;
use crate::{Buffers, Dialer, DisconnectReason, LinkError, OsEntropy, Pump, Sender, SessionError};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::event::Identity;
use slack_rtm::rtm::command::Command;
use slack_rtm::time::Instant;
use slack_rtm::{
    Client, CloseReason, Config, Counters, Event, MessageId, Output, PollError, SendError, State,
    TokenError, WithdrawError,
};
use std::fmt;
use std::sync::mpsc::Receiver;

/// A client with its buffers and its link.
///
/// [`next`](Self::next) runs the client until the next event. It connects and reconnects. Nothing
/// runs between two calls of `next`.
///
/// The [first page](crate) of this crate has a complete program.
pub struct Session<'m> {
    client: SessionClient<'m>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    pump: Pump,
    sender: Sender,
    jobs: Receiver<Job>,
    last_failure: Option<LinkError>,
    close_reason: Option<CloseReason>,
}

type SessionClient<'m> = Client<'m, OsEntropy, SessionStorage<'m>>;

/// A handle of a session, for use while an event is borrowed.
pub struct Handle<'s, 'm> {
    client: &'s mut SessionClient<'m>,
    tx: &'s mut SendBuf<'m>,
    now: Instant,
    last_failure: Option<&'s LinkError>,
}

impl<'m> Session<'m> {
    /// Creates a session with `config` and `token`, over links that `dialer` opens.
    ///
    /// The token may have up to 1,024 bytes. The session keeps a copy, which is overwritten when
    /// the token is replaced, and when the session is dropped.
    ///
    /// # Errors
    /// [`SessionError`] if a buffer is too small, or if the token or a setting cannot be used.
    pub fn new(
        config: Config<'m>,
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
    pub fn next(&mut self) -> Result<Option<(Event<'_>, Handle<'_, 'm>)>, PollError> {
        if self.advance()? == Progress::Closed {
            return Ok(None);
        }
        let event = self.client.event(&self.rx);
        let handle = Handle {
            client: &mut self.client,
            tx: &mut self.tx,
            now: self.pump.now(),
            last_failure: self.last_failure.as_ref(),
        };
        Ok(event.map(|event| (event, handle)))
    }

    /// Carries out the commands of other threads. Returns whether there were any. Must follow a
    /// poll, so that the client checks its rate limits with the present time.
    fn run_jobs(&mut self) -> bool {
        let mut ran = false;
        while let Ok(job) = self.jobs.try_recv() {
            job(&mut Handle {
                client: &mut self.client,
                tx: &mut self.tx,
                now: self.pump.now(),
                last_failure: self.last_failure.as_ref(),
            });
            ran = true;
        }
        ran
    }

    /// Runs the client until there is an event, which `next` borrows afterwards: a borrow that is
    /// returned from a loop would last for all its iterations (the compiler's error E0499).
    fn advance(&mut self) -> Result<Progress, PollError> {
        loop {
            let now = self.pump.now();
            let result = match self.client.poll(&mut self.rx, &mut self.tx, now)? {
                Output::Event(_) => return Ok(Progress::Event),
                Output::Connect { peer, until, .. } => {
                    self.pump.connect(peer, until);
                    continue;
                }
                Output::Wait { until, .. } => {
                    if self.run_jobs() {
                        continue;
                    }
                    self.pump.exchange(&mut self.rx, &mut self.tx, until)
                }
                Output::Disconnect => {
                    self.drop_link();
                    continue;
                }
                Output::Closed(reason) => {
                    self.pump.disconnect(&mut self.tx);
                    self.close_reason = Some(reason);
                    self.sender.stop();
                    // Dropping the jobs ends the waits for their receipts with `SessionGone`.
                    self.jobs.try_iter().for_each(drop);
                    return Ok(Progress::Closed);
                }
                _ => continue,
            };
            match result {
                Ok(progress) if progress.connected => self.client.connected(),
                Ok(_) => {}
                Err(error) => {
                    self.client.disconnected(error.reason());
                    self.last_failure = Some(error);
                }
            }
        }
    }

    fn drop_link(&mut self) {
        self.pump.disconnect(&mut self.tx);
        self.client.disconnected(DisconnectReason::Closed);
    }

    /// Returns a handle for other threads.
    pub fn sender(&self) -> Sender {
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

    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// There is an event to borrow.
    Event,
    Closed,
}

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

    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
    }

    /// Returns the present instant, on the clock that the instants in events refer to.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Returns the same as [`Session::last_failure`].
    pub fn last_failure(&self) -> Option<&LinkError> {
        self.last_failure
    }
}

/// Shows neither transmitted bytes nor the token.
impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.client.state())
            .field("counters", &self.client.counters())
            .field("close_reason", &self.close_reason)
            .finish_non_exhaustive()
    }
}

/// Shows neither transmitted bytes nor the token.
impl fmt::Debug for Handle<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("state", &self.client.state())
            .finish_non_exhaustive()
    }
}
