//! Runs a session against fake-slack until an expected event, with a time limit.

use fake_slack::FakeSlack;
use slack_rtm::backoff::BackoffPolicy;
use slack_rtm::time::Duration;
use slack_rtm::{CloseReason, Config, Event, PollError, Timeouts};
use slack_rtm_std::{Buffers, Dialer, Handle, Sender, Session, Trust};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time;

/// The time limit of a test.
pub const TIMEOUT: time::Duration = time::Duration::from_secs(20);

/// Sets short delays between attempts, and a timeout of one second for each step.
pub fn with_short_timeouts(config: Config<'_>) -> Config<'_> {
    let timeout = Duration::from_secs(1);
    let mut timeouts = Timeouts::DEFAULT;
    timeouts.connect = timeout;
    timeouts.response = timeout;
    timeouts.handshake = timeout;
    timeouts.hello = timeout;
    let mut backoff = BackoffPolicy::DEFAULT;
    backoff.first = Duration::from_millis(10);
    backoff.cap = Duration::from_millis(100);
    backoff.call_interval = Duration::from_millis(10);
    config.timeouts(timeouts).backoff(backoff)
}

/// Creates a dialer that trusts the root of `server` alone, and resolves every name to loopback.
pub fn dialer(server: &FakeSlack) -> Dialer {
    dialer_with(trust(server))
}

/// Trusts the root of `server` alone.
pub fn trust(server: &FakeSlack) -> Trust {
    Trust::only(server.root_certificate_pem().unwrap().as_bytes()).unwrap()
}

/// Creates a dialer that resolves every name to loopback.
pub fn dialer_with(trust: Trust) -> Dialer {
    Dialer::new(trust)
        .unwrap()
        .with_lookup(|_, port| Ok(vec![([127, 0, 0, 1], port).into()]))
}

/// A session that a watchdog closes at the time limit.
#[derive(Debug)]
pub struct Run<'m> {
    session: Session<'m>,
    /// The `Debug` text of every event.
    seen: Vec<String>,
    watchdog: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl<'m> Run<'m> {
    /// Creates a session and starts its watchdog.
    pub fn new(config: Config<'m>, token: &str, dialer: Dialer, buffers: &'m mut Buffers) -> Self {
        let session = Session::new(config, token, dialer, buffers).unwrap();
        let sender = session.sender();
        let (done, finished) = mpsc::channel();
        let watchdog = thread::spawn(move || {
            if finished.recv_timeout(TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = sender.close();
            }
        });
        Self {
            session,
            seen: Vec::new(),
            watchdog: Some((done, watchdog)),
        }
    }

    /// Returns a handle of the session for other threads.
    pub fn sender(&self) -> Sender {
        self.session.sender()
    }

    /// Returns the session.
    pub fn session(&mut self) -> &mut Session<'m> {
        &mut self.session
    }

    /// Returns the `Debug` text of every event so far.
    pub fn seen(&self) -> &[String] {
        &self.seen
    }

    /// Runs until `look` returns a value for an event, and returns that value.
    ///
    /// # Panics
    /// If the session ends before, or at the time limit.
    #[track_caller]
    pub fn until<T>(
        &mut self,
        mut look: impl FnMut(Event<'_>, &mut Handle<'_, 'm>) -> Option<T>,
    ) -> T {
        loop {
            match self.session.next() {
                Ok(Some((event, mut handle))) => {
                    self.seen.push(format!("{event:?}"));
                    if let Some(found) = look(event, &mut handle) {
                        return found;
                    }
                }
                other => {
                    let other = format!("{:?}", other.map(drop));
                    panic!("the session ended: {other}; events: {:#?}", self.seen);
                }
            }
        }
    }

    /// Runs until `hello`.
    #[track_caller]
    pub fn until_hello(&mut self) {
        self.until(|event, _| matches!(event, Event::Hello(_)).then_some(()));
    }

    /// Runs until the session or an attempt has failed. Returns the `Debug` text of the reason.
    #[track_caller]
    pub fn until_failure(&mut self) -> String {
        self.until(|event, _| match event {
            Event::Reconnecting(end) => Some(format!("{:?}", end.reason())),
            _ => None,
        })
    }

    /// Closes the session and runs it to its end. Returns the reason.
    ///
    /// # Errors
    /// The error of `next`.
    pub fn close(&mut self) -> Result<Option<CloseReason>, PollError> {
        self.session.close();
        self.to_end()
    }

    /// Runs the session to its end. Returns the reason.
    ///
    /// # Errors
    /// The error of `next`.
    pub fn to_end(&mut self) -> Result<Option<CloseReason>, PollError> {
        while let Some((event, _)) = self.session.next()? {
            self.seen.push(format!("{event:?}"));
        }
        Ok(self.session.close_reason())
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if let Some((done, watchdog)) = self.watchdog.take() {
            drop(done);
            let _ = watchdog.join();
        }
    }
}
