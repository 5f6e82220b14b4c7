//! The runner: opens the links that a session requests, and moves their bytes.

use core::fmt;

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};
use slack_rtm::DisconnectReason;
use slack_rtm::time::{Duration, Instant};

use crate::clock::Clock;
use crate::link::Connect;
use crate::wire::RunnerEnd;

/// The longest time that closing a link in order may take. The link is dropped after it.
pub const LINGER: Duration = Duration::from_secs(2);

/// Opens links for a [`Session`](crate::session::Session) or a [`WebApi`](crate::web_api::WebApi)
/// over a connector, and moves their bytes.
///
/// It is apart from the session because the future of a link must not be dropped while the link is
/// used (a TLS record that was read in part would be lost), and the future of
/// [`next`](crate::session::Session::next) may be dropped at any await point. So it also continues
/// while a program holds an event.
pub struct Runner<
    'a,
    N,
    C,
    M = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    end: RunnerEnd<'a, M, IN, OUT>,
    connector: N,
    clock: C,
}

impl<'a, N: Connect, C: Clock, M: RawMutex, const IN: usize, const OUT: usize>
    Runner<'a, N, C, M, IN, OUT>
{
    /// Creates a runner for the session or the calls at the other end of the wire. `clock` must be the clock of
    /// the session.
    pub fn new(end: RunnerEnd<'a, M, IN, OUT>, connector: N, clock: C) -> Self {
        Self {
            end,
            connector,
            clock,
        }
    }

    /// Runs for ever: spawn it as a task, or join it with the loop around the session.
    ///
    /// It must not be dropped while the session is used. If it is, the link is lost, the session
    /// reports that, and waits until `run` is called again.
    pub async fn run(&mut self) -> ! {
        let Self {
            end,
            connector,
            clock,
        } = self;
        loop {
            let request = end.requested().await;
            let mut report = Report {
                end,
                reason: DisconnectReason::Other,
            };
            let within = request.until - clock.now();
            let link = connector.run(request.peer(), within, end.opening());
            match select(link, given_up(end, clock)).await {
                Either::First(Ok(())) => {}
                Either::First(Err(reason)) | Either::Second(reason) => report.reason = reason,
            }
        }
    }
}

/// Waits until the link is to be dropped: the session has requested the end of one that is being
/// opened, one could not be closed in time, or one takes no byte of a session that waits for that.
/// Returns the reason.
///
/// The client limits the time of opening.
async fn given_up<M: RawMutex, const IN: usize, const OUT: usize>(
    end: &RunnerEnd<'_, M, IN, OUT>,
    clock: &impl Clock,
) -> DisconnectReason {
    if !end.opened().await {
        return DisconnectReason::Other;
    }
    let mut until = Instant::MAX;
    loop {
        match select(end.watched(), clock.wait_until(until)).await {
            Either::First(Some(Duration::ZERO)) => until = Instant::MAX,
            Either::First(Some(timeout)) => until = clock.now() + timeout,
            Either::First(None) => break,
            Either::Second(()) => return DisconnectReason::TimedOut,
        }
    }
    clock.wait_until(clock.now() + LINGER).await;
    DisconnectReason::Other
}

/// Reports the end of a link, also when the runner is dropped.
struct Report<'e, 'a, M: RawMutex, const IN: usize, const OUT: usize> {
    end: &'e RunnerEnd<'a, M, IN, OUT>,
    reason: DisconnectReason,
}

impl<M: RawMutex, const IN: usize, const OUT: usize> Drop for Report<'_, '_, M, IN, OUT> {
    fn drop(&mut self) {
        self.end.closed(self.reason);
    }
}

impl<N, C, M, const IN: usize, const OUT: usize> fmt::Debug for Runner<'_, N, C, M, IN, OUT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").finish_non_exhaustive()
    }
}
