//! The session: client, buffers and link together, driven by one method.

use crate::sender::Job;
use crate::{Dialer, DisconnectReason, LinkError, OsEntropy, Pump, Sender};
use slack_rtm::buffer::{RecvBuf, ResourceError, SendBuf};
use slack_rtm::rtm::command::Command;
use slack_rtm::time::Instant;
use slack_rtm::{Client, CloseReason, Config, Event, MessageId, Output, UsageError};
use std::fmt;
use std::sync::mpsc::Receiver;

/// A client with its buffers and its link.
///
/// [`next`](Self::next) runs the client until the next event. It connects and reconnects. Nothing
/// runs between two calls of `next`.
///
/// The [first page](crate) of this crate has a complete program.
pub struct Session<'m> {
    client: Client<'m, OsEntropy>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    pump: Pump,
    sender: Sender,
    jobs: Receiver<Job>,
    last_failure: Option<LinkError>,
    close_reason: Option<CloseReason>,
}

/// The receive and send buffers of a [`Session`].
#[derive(Clone)]
pub struct Buffers {
    rx: Vec<u8>,
    tx: Vec<u8>,
}

/// A handle of a session, for use while an event is borrowed.
pub struct Handle<'s, 'm> {
    client: &'s mut Client<'m, OsEntropy>,
    tx: &'s mut SendBuf<'m>,
    now: Instant,
    last_failure: Option<&'s LinkError>,
}

impl<'m> Session<'m> {
    /// Creates a session with `config`, over links that `dialer` opens.
    ///
    /// # Errors
    /// [`ResourceError`] if a buffer is smaller than [`RecvBuf::MIN`] or [`SendBuf::MIN`].
    pub fn new(
        config: Config<'m>,
        dialer: Dialer,
        buffers: &'m mut Buffers,
    ) -> Result<Self, ResourceError> {
        let (sender, jobs) = Sender::new(dialer.waker());
        Ok(Self {
            client: Client::new(config, OsEntropy),
            rx: RecvBuf::from_slice(&mut buffers.rx)?,
            tx: SendBuf::from_slice(&mut buffers.tx)?,
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
    /// [`UsageError`] for a mistake of this program, such as a token with a line break.
    #[expect(clippy::should_implement_trait)] // an `Iterator` cannot lend
    pub fn next(&mut self) -> Result<Option<(Event<'_>, Handle<'_, 'm>)>, UsageError> {
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
    fn advance(&mut self) -> Result<Progress, UsageError> {
        loop {
            let now = self.pump.now();
            let result = match self.client.poll(&mut self.rx, &mut self.tx, now)? {
                Output::Event(_) => return Ok(Progress::Event),
                Output::Connect { peer, until } => {
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
    /// commands of its [`Sender`]s again.
    pub fn set_token(&mut self, token: &'m str) {
        self.client.set_token(token);
        self.close_reason = None;
        self.sender.restart();
    }

    /// Returns why the session has closed, or `None` if it has not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.close_reason
    }

    /// Returns the client, to read its state and its counters.
    pub fn client(&self) -> &Client<'m, OsEntropy> {
        &self.client
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

impl<'m> Handle<'_, 'm> {
    /// Sends a command. Returns its id, which the event of its acknowledgement repeats.
    ///
    /// # Errors
    /// The same as [`Client::send`].
    pub fn send(&mut self, command: &impl Command) -> Result<MessageId, UsageError> {
        self.client.send(command, self.tx)
    }

    /// Closes the session in order. Call `next` until it returns `None`.
    pub fn close(&mut self) {
        self.client.close();
    }

    /// Returns the client, to read its state and its counters.
    pub fn client(&self) -> &Client<'m, OsEntropy> {
        self.client
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

impl Buffers {
    /// Creates a receive buffer of `rx` bytes and a send buffer of `tx` bytes.
    ///
    /// Neither limits the length of messages. A larger `rx` keeps longer texts whole. A larger `tx`
    /// needs fewer system calls.
    pub fn new(rx: usize, tx: usize) -> Self {
        Self {
            rx: vec![0; rx],
            tx: vec![0; tx],
        }
    }
}

impl Default for Buffers {
    /// Creates a receive buffer of 32 KiB and a send buffer of 8 KiB. Texts of 4,000 characters
    /// stay whole, with all other members of their events.
    fn default() -> Self {
        Self::new(32 * 1024, 8 * 1024)
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffers")
            .field("rx", &self.rx.len())
            .field("tx", &self.tx.len())
            .finish()
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
