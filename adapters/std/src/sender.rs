//! A session's handle for other threads: what they ask for is done by the session's own thread.

use crate::{Replies, Waker};
use slack_rtm::rtm::command::{Command, Message};
use slack_rtm::{MessageId, UsageError};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{error, fmt};

/// Sends over a [`Session`](crate::Session) from any thread. Clones send over the same one.
///
/// A command wakes the session at once, even out of a wait for the network that has no end. It
/// is carried out in the session's own thread, at the next turn of its loop.
///
/// ```no_run
/// use slack_rtm::rtm::command::Message;
/// use slack_rtm_std::Session;
/// use std::thread;
///
/// fn run(session: &mut Session<'_>) -> Result<(), Box<dyn std::error::Error>> {
///     let sender = session.sender();
///     thread::spawn(move || {
///         // A thread that watches a sensor; its command wakes the session at once.
///         let _ = sender.send(Message::new("C0123456789", "it is warm"));
///     });
///     while session.next()?.is_some() {}
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Sender {
    jobs: mpsc::Sender<Job>,
    waker: Waker,
    /// Whether the session has come to its end. Held while a job is passed on, so that none is
    /// behind the end.
    ended: Arc<Mutex<bool>>,
}

pub(crate) type Job = Box<dyn FnOnce(&mut Replies<'_, '_>) + Send>;

/// What becomes of a command that a [`Sender`] has passed on.
///
/// It may be dropped when nobody wants to know.
#[derive(Debug)]
pub struct Receipt<R> {
    result: Receiver<R>,
}

/// The session is gone, and what was asked of it was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionGone;

impl Sender {
    pub(crate) fn new(waker: Waker) -> (Self, Receiver<Job>) {
        let (jobs, receiver) = mpsc::channel();
        let ended = Arc::default();
        let sender = Self { jobs, waker, ended };
        (sender, receiver)
    }

    /// From now on no job is passed on.
    pub(crate) fn end(&self) {
        *self.ended() = true;
    }

    /// From now on jobs are passed on again.
    pub(crate) fn begin_anew(&self) {
        *self.ended() = false;
    }

    fn ended(&self) -> MutexGuard<'_, bool> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends `text` into the channel with the id `channel`.
    ///
    /// # Errors
    /// [`SessionGone`]. Whether the message was taken, and under which id its end will be told,
    /// stands in the receipt.
    pub fn message(
        &self,
        channel: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<Receipt<Result<MessageId, UsageError>>, SessionGone> {
        let (channel, text) = (channel.into(), text.into());
        self.with(move |replies| replies.send(&Message::new(&channel, &text)))
    }

    /// Sends a command that owns what it says.
    ///
    /// # Errors
    /// [`SessionGone`]. Whether the command was taken stands in the receipt.
    pub fn send<C: Command + Send + 'static>(
        &self,
        command: C,
    ) -> Result<Receipt<Result<MessageId, UsageError>>, SessionGone> {
        self.with(move |replies| replies.send(&command))
    }

    /// Closes the session in order; its `next` then comes to its end.
    ///
    /// # Errors
    /// [`SessionGone`], if it has come to its end before.
    pub fn close(&self) -> Result<(), SessionGone> {
        self.with(|replies| replies.close()).map(drop)
    }

    /// Lets the session's thread run `act` with its [`Replies`].
    ///
    /// ```no_run
    /// # use slack_rtm::rtm::command::Message;
    /// # fn reply(sender: slack_rtm_std::Sender) -> Result<(), slack_rtm_std::SessionGone> {
    /// let (channel, thread) = (String::from("C024BE91L"), String::from("1405894322.002768"));
    /// let receipt = sender.with(move |replies| {
    ///     replies.send(&Message::new(&channel, "seen").in_thread(&thread))
    /// })?;
    /// println!("{:?}", receipt.wait()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionGone`].
    pub fn with<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Replies<'_, '_>) -> R + Send + 'static,
    ) -> Result<Receipt<R>, SessionGone> {
        let (report, result) = mpsc::channel();
        let job: Job = Box::new(move |replies| {
            // Fails when the receipt was dropped: nobody wants to know.
            let _ = report.send(act(replies));
        });
        let ended = self.ended();
        if *ended {
            return Err(SessionGone);
        }
        self.jobs.send(job).map_err(|_| SessionGone)?;
        drop(ended);
        self.waker.wake();
        Ok(Receipt { result })
    }
}

impl<R> Receipt<R> {
    /// Waits until the session's thread has done it. That thread itself must not wait here.
    ///
    /// # Errors
    /// [`SessionGone`] if the session ended before it came to it.
    pub fn wait(self) -> Result<R, SessionGone> {
        self.result.recv().map_err(|_| SessionGone)
    }

    /// What came of it, if it has been done and not been taken before.
    ///
    /// # Errors
    /// [`SessionGone`] if there is nothing to come any more.
    pub fn take(&mut self) -> Result<Option<R>, SessionGone> {
        match self.result.try_recv() {
            Ok(result) => Ok(Some(result)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(SessionGone),
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl fmt::Display for SessionGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session has ended; make a new one")
    }
}

impl error::Error for SessionGone {}
