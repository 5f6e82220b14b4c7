//! The handle of a session for other threads: their commands run in the thread of the session.

use crate::{Handle, Waker};
use slack_rtm::rtm::command::{Command, Post};
use slack_rtm::{Dialect, MessageId, Rtm, SendError};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{error, fmt};

/// Sends commands over a [`Session`](crate::Session) from any thread. Clones use the same session.
///
/// `D` is the dialect of the session. Messages are sent over that of RTM only; in Socket Mode a
/// sender acknowledges deferred envelopes ([`with`](Self::with)), and closes the session.
///
/// A command wakes the session at once, even from a wait for the network without a deadline. The
/// thread of the session carries it out in its next call of `next`, or the current one.
///
/// ```no_run
/// use slack_rtm::rtm::command::Post;
/// use slack_rtm_std::Session;
/// use std::thread;
///
/// fn run(session: &mut Session<'_>) -> Result<(), Box<dyn std::error::Error>> {
///     let sender = session.sender();
///     thread::spawn(move || {
///         // A thread that reads a sensor.
///         let _ = sender.send(Post::new("C0123456789", "it is warm"));
///     });
///     while session.next()?.is_some() {}
///     Ok(())
/// }
/// ```
pub struct Sender<D: Dialect = Rtm> {
    jobs: mpsc::Sender<Job<D>>,
    waker: Waker,
    /// Whether the session has ended. Locked while a job is queued, so that none is queued after
    /// the end.
    ended: Arc<Mutex<bool>>,
}

pub(crate) type Job<D> = Box<dyn FnOnce(&mut Handle<'_, '_, D>) + Send>;

/// The future result of a command that a [`Sender`] has queued.
///
/// It may be dropped; the command is carried out anyway.
#[derive(Debug)]
pub struct Receipt<R> {
    result: Receiver<R>,
}

/// The error of a [`Sender`] whose session has ended: the command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionGone;

impl<D: Dialect> Sender<D> {
    pub(crate) fn new(waker: Waker) -> (Self, Receiver<Job<D>>) {
        let (jobs, receiver) = mpsc::channel();
        let ended = Arc::default();
        let sender = Self { jobs, waker, ended };
        (sender, receiver)
    }

    /// Refuses jobs from now on.
    pub(crate) fn stop(&self) {
        *self.ended() = true;
    }

    /// Accepts jobs again.
    pub(crate) fn restart(&self) {
        *self.ended() = false;
    }

    fn ended(&self) -> MutexGuard<'_, bool> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages, which only RTM sends over the socket.
impl Sender {
    /// Sends `text` to the channel with the id `channel`.
    ///
    /// The receipt has the id of the message, which the event of its outcome has too, or the
    /// reason why it was not accepted.
    ///
    /// # Errors
    /// [`SessionGone`] if the session has ended.
    pub fn message(
        &self,
        channel: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<Receipt<Result<MessageId, SendError>>, SessionGone> {
        let (channel, text) = (channel.into(), text.into());
        self.with(move |handle| handle.send(&Post::new(&channel, &text)))
    }

    /// Sends a command that owns its data. The receipt has the result of [`Handle::send`].
    ///
    /// # Errors
    /// [`SessionGone`] if the session has ended.
    pub fn send<C: Command + Send + 'static>(
        &self,
        command: C,
    ) -> Result<Receipt<Result<MessageId, SendError>>, SessionGone> {
        self.with(move |handle| handle.send(&command))
    }
}

impl<D: Dialect> Sender<D> {
    /// Closes the session in order. Its `next` returns `None` at the end.
    ///
    /// # Errors
    /// [`SessionGone`] if the session has ended already.
    pub fn close(&self) -> Result<(), SessionGone> {
        self.with(|handle| handle.close()).map(drop)
    }

    /// Runs `function` in the thread of the session, with its [`Handle`].
    ///
    /// ```no_run
    /// # use slack_rtm::rtm::command::Post;
    /// # fn reply(sender: slack_rtm_std::Sender) -> Result<(), slack_rtm_std::SessionGone> {
    /// let (channel, thread) = (String::from("C024BE91L"), String::from("1405894322.002768"));
    /// let receipt = sender.with(move |handle| {
    ///     handle.send(&Post::new(&channel, "seen").in_thread(&thread))
    /// })?;
    /// println!("{:?}", receipt.wait()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionGone`] if the session has ended.
    pub fn with<R: Send + 'static>(
        &self,
        function: impl FnOnce(&mut Handle<'_, '_, D>) -> R + Send + 'static,
    ) -> Result<Receipt<R>, SessionGone> {
        let (result_sender, result) = mpsc::channel();
        let job: Job<D> = Box::new(move |handle| {
            // Fails if the receipt was dropped.
            let _ = result_sender.send(function(handle));
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
    /// Blocks until the command was carried out, and returns its result.
    ///
    /// Do not call it in the thread of the session: it would block for ever.
    ///
    /// # Errors
    /// [`SessionGone`] if the session ended before it carried out the command.
    pub fn wait(self) -> Result<R, SessionGone> {
        self.result.recv().map_err(|_| SessionGone)
    }

    /// Returns the result if the command was carried out, or `None` if it still waits.
    ///
    /// # Errors
    /// [`SessionGone`] if the session ended before it carried out the command, or if the result was
    /// taken before.
    pub fn take(&mut self) -> Result<Option<R>, SessionGone> {
        match self.result.try_recv() {
            Ok(result) => Ok(Some(result)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(SessionGone),
        }
    }
}

impl<D: Dialect> Clone for Sender<D> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
            waker: self.waker.clone(),
            ended: Arc::clone(&self.ended),
        }
    }
}

impl<D: Dialect> fmt::Debug for Sender<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl fmt::Display for SessionGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session has ended; create another one")
    }
}

impl error::Error for SessionGone {}
