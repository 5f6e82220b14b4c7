//! A session that runs itself: client, buffers and link in one, one event at a time.

use crate::sender::Job;
use crate::{Dialer, DisconnectReason, LinkError, OsEntropy, Pump, Pumped, Sender};
use slack_rtm::buffer::{RecvBuf, ResourceError, SendBuf};
use slack_rtm::rtm::command::Command;
use slack_rtm::time::Instant;
use slack_rtm::{Client, CloseReason, Config, Event, MessageId, Output, UsageError};
use std::fmt;
use std::sync::mpsc::Receiver;

/// A client together with its buffers and its link.
///
/// [`next`](Self::next) runs it until something happened. It connects, and connects again, by
/// itself; nothing happens while `next` is not called.
///
/// The [crate's first page](crate) has a whole program.
pub struct Session<'m> {
    client: Client<'m, OsEntropy>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    pump: Pump,
    sender: Sender,
    jobs: Receiver<Job>,
    last_failure: Option<LinkError>,
    end: Option<CloseReason>,
}

/// The memory that a [`Session`] receives into and sends from.
#[derive(Clone)]
pub struct Buffers {
    rx: Vec<u8>,
    tx: Vec<u8>,
}

/// What can be said while an event is read.
pub struct Replies<'s, 'm> {
    client: &'s mut Client<'m, OsEntropy>,
    tx: &'s mut SendBuf<'m>,
    now: Instant,
    last_failure: Option<&'s LinkError>,
}

impl<'m> Session<'m> {
    /// A session with `config`, over links that `dialer` opens.
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
            end: None,
        })
    }

    /// Waits for the next event and lends it, with what is needed to reply to it.
    ///
    /// `None` after [`close`](Self::close), or when Slack refused for good; [`end`](Self::end)
    /// says which.
    ///
    /// # Errors
    /// [`UsageError`]: this program's own mistake, such as a token that cannot stand in a header.
    #[expect(clippy::should_implement_trait)] // an `Iterator` cannot lend
    pub fn next(&mut self) -> Result<Option<(Event<'_>, Replies<'_, 'm>)>, UsageError> {
        if self.advance()? == Found::End {
            return Ok(None);
        }
        let event = self.client.event(&self.rx);
        let replies = Replies {
            client: &mut self.client,
            tx: &mut self.tx,
            now: self.pump.now(),
            last_failure: self.last_failure.as_ref(),
        };
        Ok(event.map(|event| (event, replies)))
    }

    /// Does what other threads asked for; says whether there was anything. Right behind a poll, so
    /// that the client's limits are held against the present time.
    fn run_jobs(&mut self) -> bool {
        let mut ran = false;
        while let Ok(job) = self.jobs.try_recv() {
            job(&mut Replies {
                client: &mut self.client,
                tx: &mut self.tx,
                now: self.pump.now(),
                last_failure: self.last_failure.as_ref(),
            });
            ran = true;
        }
        ran
    }

    /// Goes on until there is an event to lend. It is borrowed afterwards, once: a borrow that is
    /// returned from a loop would keep the buffer lent in all its rounds.
    fn advance(&mut self) -> Result<Found, UsageError> {
        loop {
            let now = self.pump.now();
            let outcome = match self.client.poll(&mut self.rx, &mut self.tx, now)? {
                Output::Event(_) => return Ok(Found::Event),
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
                Output::Closed(end) => {
                    self.pump.disconnect(&mut self.tx);
                    self.end = Some(end);
                    self.sender.end();
                    // Who waits for what these would have done is told that the session is gone.
                    self.jobs.try_iter().for_each(drop);
                    return Ok(Found::End);
                }
                _ => continue,
            };
            match outcome {
                Ok(Pumped::Connected) => self.client.connected(),
                Ok(Pumped::Exchanged(_)) => {}
                Err(failure) => {
                    self.client.disconnected(failure.end());
                    self.last_failure = Some(failure);
                }
            }
        }
    }

    fn drop_link(&mut self) {
        self.pump.disconnect(&mut self.tx);
        self.client.disconnected(DisconnectReason::Closed);
    }

    /// A handle for other threads.
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// Closes the session in order. Call [`next`](Self::next) until its end.
    pub fn close(&mut self) {
        self.client.close();
    }

    /// Another token, from the next call of the Web API on. A session that came to its end because
    /// of the old one begins anew, and its [`Sender`]s are heard again.
    pub fn set_token(&mut self, token: &'m str) {
        self.client.set_token(token);
        self.end = None;
        self.sender.begin_anew();
    }

    /// How the session came to its end, once it has.
    pub fn end(&self) -> Option<CloseReason> {
        self.end
    }

    /// The client: its state and its counters.
    pub fn client(&self) -> &Client<'m, OsEntropy> {
        &self.client
    }

    /// Why the last link failed or ended, in the operating system's or the TLS library's words.
    ///
    /// The client reports the kind alone (`ReconnectReason::Link`); this is for the log.
    pub fn last_failure(&self) -> Option<&LinkError> {
        self.last_failure.as_ref()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Event,
    End,
}

impl<'m> Replies<'_, 'm> {
    /// Sends a command. A message's end will be told by the id that this returns.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn send(&mut self, command: &impl Command) -> Result<MessageId, UsageError> {
        self.client.send(command, self.tx)
    }

    /// Closes the session in order. `next` goes on to its end.
    pub fn close(&mut self) {
        self.client.close();
    }

    /// The client: its state and its counters.
    pub fn client(&self) -> &Client<'m, OsEntropy> {
        self.client
    }

    /// The time in which events tell instants.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// As [`Session::last_failure`].
    pub fn last_failure(&self) -> Option<&LinkError> {
        self.last_failure
    }
}

impl Buffers {
    /// `rx` bytes to receive into, `tx` bytes to send from.
    ///
    /// Neither limits the length of messages. A larger `rx` keeps longer texts whole; a larger
    /// `tx` needs fewer system calls.
    pub fn new(rx: usize, tx: usize) -> Self {
        Self {
            rx: vec![0; rx],
            tx: vec![0; tx],
        }
    }
}

impl Default for Buffers {
    /// 32 KiB to receive into, so that texts of 4,000 characters stay whole with all that Slack
    /// may send around them, and 8 KiB to send from.
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

/// Shows no byte of what goes through, and no token.
impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.client.state())
            .field("counters", &self.client.counters())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// Shows no byte of what goes through, and no token.
impl fmt::Debug for Replies<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replies")
            .field("state", &self.client.state())
            .finish_non_exhaustive()
    }
}
