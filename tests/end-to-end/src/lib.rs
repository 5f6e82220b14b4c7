//! Runs a session or an app against fake-slack until an expected event, with a time limit.

pub mod world;

use fake_slack::FakeSlack;
use slack_rtm::backoff::BackoffPolicy;
use slack_rtm::time::Duration;
use slack_rtm::web_api::CallerConfig;
use slack_rtm::{CloseReason, Config, Dialect, Event, PollError, Rtm, SocketMode, Timeouts};
use slack_rtm_std::{
    App, AppBuffers, AppEvent, AppHandle, AppTokens, Buffers, Dialer, Handle, Sender, Session,
    Trust,
};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time;

/// The time limit of a test.
pub const TIMEOUT: time::Duration = time::Duration::from_secs(20);

/// Sets short delays between attempts, and a timeout of one second for each step.
pub fn with_short_timeouts<D: Dialect>(config: Config<'_, D>) -> Config<'_, D> {
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

/// Trusts the root of `server` alone. A plain server has none.
pub fn trust(server: &FakeSlack) -> Trust {
    match server.root_certificate_pem() {
        Some(pem) => Trust::only(pem.as_bytes()).unwrap(),
        None => Trust::platform(),
    }
}

/// Creates a dialer that resolves every name to loopback.
pub fn dialer_with(trust: Trust) -> Dialer {
    Dialer::new(trust)
        .unwrap()
        .with_lookup(|_, port| Ok(vec![([127, 0, 0, 1], port).into()]))
}

/// A session that a watchdog closes at the time limit.
#[derive(Debug)]
pub struct Run<'m, D: Dialect = Rtm> {
    session: Session<'m, D>,
    /// The `Debug` text of every event.
    seen: Vec<String>,
    _watchdog: Watchdog,
}

/// Closes a session at the time limit.
#[derive(Debug)]
struct Watchdog(Option<(mpsc::Sender<()>, JoinHandle<()>)>);

impl Watchdog {
    fn new<D: Dialect>(sender: Sender<D>) -> Self {
        let (done, finished) = mpsc::channel();
        let watchdog = thread::spawn(move || {
            if finished.recv_timeout(TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = sender.close();
            }
        });
        Self(Some((done, watchdog)))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some((done, watchdog)) = self.0.take() {
            drop(done);
            let _ = watchdog.join();
        }
    }
}

impl<'m, D: Dialect> Run<'m, D> {
    /// Creates a session and starts its watchdog.
    pub fn new(
        config: Config<'m, D>,
        token: &str,
        dialer: Dialer,
        buffers: &'m mut Buffers,
    ) -> Self {
        let session = Session::new(config, token, dialer, buffers).unwrap();
        Self {
            _watchdog: Watchdog::new(session.sender()),
            session,
            seen: Vec::new(),
        }
    }

    /// Returns a handle of the session for other threads.
    pub fn sender(&self) -> Sender<D> {
        self.session.sender()
    }

    /// Returns the session.
    pub fn session(&mut self) -> &mut Session<'m, D> {
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
        mut look: impl FnMut(Event<'_, D>, &mut Handle<'_, 'm, D>) -> Option<T>,
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

/// The domains of the WebSocket hosts of fake-slack.
const LOCALHOST: &[&str] = &["localhost"];

/// Returns a configuration of Socket Mode for a server with this API base.
pub fn socket_mode(api_base: &str) -> Config<'_, SocketMode> {
    with_short_timeouts(Config::socket_mode().api_base(api_base)).allowed_domains(LOCALHOST)
}

/// An app that a watchdog closes at the time limit.
#[derive(Debug)]
pub struct AppRun<'m> {
    app: App<'m>,
    /// The `Debug` text of every event.
    seen: Vec<String>,
    _watchdog: Watchdog,
}

impl<'m> AppRun<'m> {
    /// Creates an app and starts its watchdog.
    pub fn new(
        config: Config<'m, SocketMode>,
        caller_config: CallerConfig<'m>,
        server: &FakeSlack,
        buffers: &'m mut AppBuffers,
    ) -> Self {
        let tokens = AppTokens {
            app_level: server.app_token(),
            bot: server.token(),
        };
        let app = App::new(config, caller_config, tokens, dialer(server), buffers).unwrap();
        Self {
            _watchdog: Watchdog::new(app.sender()),
            app,
            seen: Vec::new(),
        }
    }

    /// Returns the app.
    pub fn app(&mut self) -> &mut App<'m> {
        &mut self.app
    }

    /// Runs until `look` returns a value for an event, and returns that value.
    ///
    /// # Panics
    /// If the app ends before, or at the time limit.
    #[track_caller]
    pub fn until<T>(
        &mut self,
        mut look: impl FnMut(AppEvent<'_>, &mut AppHandle<'_, 'm>) -> Option<T>,
    ) -> T {
        loop {
            match self.app.next() {
                Ok(Some((event, mut handle))) => {
                    self.seen.push(format!("{event:?}"));
                    if let Some(found) = look(event, &mut handle) {
                        return found;
                    }
                }
                other => {
                    let other = format!("{:?}", other.map(drop));
                    panic!("the app ended: {other}; events: {:#?}", self.seen);
                }
            }
        }
    }

    /// Runs until `hello`.
    #[track_caller]
    pub fn until_hello(&mut self) {
        self.until(|event, _| matches!(event, AppEvent::Event(Event::Hello(_))).then_some(()));
    }

    /// Closes the app and runs it to its end. Returns the reason.
    ///
    /// # Errors
    /// The error of `next`.
    pub fn close(&mut self) -> Result<Option<CloseReason>, PollError> {
        self.app.close();
        while self.app.next()?.is_some() {}
        Ok(self.app.close_reason())
    }
}
