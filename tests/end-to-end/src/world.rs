//! A server and a machine that calls it, which a watchdog stops at the time limit.

use crate::{TIMEOUT, dialer};
use fake_slack::FakeSlack;
use slack_rtm::web_api::CallerConfig;
use slack_rtm_std::{Buffers, CallFailure, StopHandle, WebApi};
use std::sync::mpsc;
use std::thread;

/// A name of each outcome.
pub fn outcome<T>(result: &Result<T, CallFailure<'_>>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(CallFailure::Refused(_)) => "refused",
        Err(CallFailure::Failed(_)) => "failed",
        Err(CallFailure::Unconfirmed(_)) => "unconfirmed",
        Err(CallFailure::Stopped { has_left: false }) => "stopped",
        Err(CallFailure::Stopped { has_left: true }) => "stopped, perhaps done",
        Err(_) => "another",
    }
}

/// A server and the memory of a machine that calls it.
#[derive(Debug)]
pub struct World {
    /// The server.
    pub server: FakeSlack,
    api_base: String,
    /// The memory.
    pub buffers: Buffers,
}

impl World {
    /// Creates a world with this server, and buffers of 512 and 256 bytes.
    pub fn new(server: FakeSlack) -> Self {
        Self {
            api_base: server.api_base(),
            server,
            buffers: Buffers::new(512, 256),
        }
    }

    /// Creates a world with a server without special settings.
    pub fn start() -> Self {
        Self::new(FakeSlack::builder().start().unwrap())
    }

    /// Runs `test` with a machine, which a watchdog stops at the time limit.
    pub fn run<T>(
        &mut self,
        set: impl for<'c> FnOnce(CallerConfig<'c>) -> CallerConfig<'c>,
        test: impl FnOnce(&mut WebApi<'_>, &FakeSlack) -> T,
    ) -> T {
        let config = set(CallerConfig::new().api_base(&self.api_base));
        let (token, dialer) = (self.server.token(), dialer(&self.server));
        let mut web_api = WebApi::new(config, token, dialer, &mut self.buffers).unwrap();
        let _watchdog = Watchdog::new(web_api.stop_handle());
        test(&mut web_api, &self.server)
    }
}

/// Stops the calls of a machine at the time limit.
struct Watchdog(Option<(mpsc::Sender<()>, thread::JoinHandle<()>)>);

impl Watchdog {
    fn new(stop: StopHandle) -> Self {
        let (done, finished) = mpsc::channel();
        let watchdog = thread::spawn(move || {
            if finished.recv_timeout(TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout) {
                stop.stop();
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
