//! Runs a session against a fake-slack until something happens, and never for ever.

use fake_slack::FakeSlack;
use slack_rtm::backoff;
use slack_rtm::time::Duration;
use slack_rtm::{CloseReason, Config, Event, Timeouts, UsageError};
use slack_rtm_std::{Buffers, Dialer, Replies, Sender, Session, Trust};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time;

/// How long a test may wait for anything.
pub const LIMIT: time::Duration = time::Duration::from_secs(20);

/// Delays for tests: a new try soon, and no step that waits longer than a second.
pub fn hasty(config: Config<'_>) -> Config<'_> {
    let step = Duration::from_secs(1);
    config
        .timeouts(Timeouts {
            connect: step,
            response: step,
            handshake: step,
            hello: step,
            ..Timeouts::DEFAULT
        })
        .backoff(backoff::BackoffPolicy {
            first: Duration::from_millis(10),
            cap: Duration::from_millis(100),
            call_interval: Duration::from_millis(10),
            ..backoff::BackoffPolicy::DEFAULT
        })
}

/// A dialer that trusts `server`'s root alone, and finds every host name at loopback.
pub fn dialer(server: &FakeSlack) -> Dialer {
    dialer_with(trust(server))
}

/// Trust in `server`'s root alone.
pub fn trust(server: &FakeSlack) -> Trust {
    Trust::only(server.root_certificate_pem().unwrap().as_bytes()).unwrap()
}

/// A dialer that finds every host name at loopback.
pub fn dialer_with(trust: Trust) -> Dialer {
    Dialer::new(trust)
        .unwrap()
        .with_lookup(|_, port| Ok(vec![([127, 0, 0, 1], port).into()]))
}

/// A session that a watchdog closes when the test takes too long.
#[derive(Debug)]
pub struct Run<'m> {
    session: Session<'m>,
    /// `Debug` of everything that was lent.
    seen: Vec<String>,
    watchdog: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl<'m> Run<'m> {
    /// Runs `config` by `dialer`.
    pub fn new(config: Config<'m>, dialer: Dialer, buffers: &'m mut Buffers) -> Self {
        let session = Session::new(config, dialer, buffers).unwrap();
        let sender = session.sender();
        let (done, end) = mpsc::channel();
        let watchdog = thread::spawn(move || {
            if end.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = sender.close();
            }
        });
        Self {
            session,
            seen: Vec::new(),
            watchdog: Some((done, watchdog)),
        }
    }

    /// The session's handle for other threads.
    pub fn sender(&self) -> Sender {
        self.session.sender()
    }

    /// The session itself.
    pub fn session(&mut self) -> &mut Session<'m> {
        &mut self.session
    }

    /// What was seen so far, in the words of `Debug`.
    pub fn seen(&self) -> &[String] {
        &self.seen
    }

    /// Runs until `look` finds what it wants in an event.
    ///
    /// # Panics
    /// If it does not come before the watchdog's limit.
    #[track_caller]
    pub fn until<T>(
        &mut self,
        mut look: impl FnMut(Event<'_>, &mut Replies<'_, 'm>) -> Option<T>,
    ) -> T {
        loop {
            match self.session.next() {
                Ok(Some((event, mut replies))) => {
                    self.seen.push(format!("{event:?}"));
                    if let Some(found) = look(event, &mut replies) {
                        return found;
                    }
                }
                other => {
                    let other = format!("{:?}", other.map(drop));
                    panic!("it did not come: {other}; seen: {:#?}", self.seen);
                }
            }
        }
    }

    /// Runs until `hello`.
    #[track_caller]
    pub fn until_hello(&mut self) {
        self.until(|event, _| matches!(event, Event::Hello(_)).then_some(()));
    }

    /// Runs until the session, or the try to get one, has failed, and tells why.
    #[track_caller]
    pub fn until_failure(&mut self) -> String {
        self.until(|event, _| match event {
            Event::Reconnecting { reason, .. } => Some(format!("{reason:?}")),
            _ => None,
        })
    }

    /// Closes the session and runs it to its end.
    ///
    /// # Errors
    /// What `next` fails with.
    pub fn close(&mut self) -> Result<Option<CloseReason>, UsageError> {
        self.session.close();
        self.to_end()
    }

    /// Runs the session to its end.
    ///
    /// # Errors
    /// What `next` fails with.
    pub fn to_end(&mut self) -> Result<Option<CloseReason>, UsageError> {
        while let Some((event, _)) = self.session.next()? {
            self.seen.push(format!("{event:?}"));
        }
        Ok(self.session.end())
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
