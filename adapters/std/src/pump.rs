//! The pump: performs the I/O that a state machine asks for, over one link at a time.

use crate::{Dialer, Dialing, Link, LinkError, Peer, Progress, Waker};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::{Duration, Instant};

/// A dialer and at most one link: the I/O of a loop over a state machine.
///
/// It drives every machine of the core: [`Client`](slack_rtm::Client),
/// [`web_api::Call`](slack_rtm::web_api::Call) and [`web_api::Caller`](slack_rtm::web_api::Caller).
/// Each method carries out one variant of [`Output`](slack_rtm::Output). The [first page](crate) of
/// this crate has loops. [`Session`](crate::Session) and [`WebApi`](crate::WebApi) are built on it;
/// use the pump to write the loop yourself.
#[derive(Debug)]
pub struct Pump {
    dialer: Dialer,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Idle,
    Dialing(Dialing),
    Open(Link),
}

/// The time limit for closing a link whose peer does not read.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

impl Pump {
    /// Creates a pump without a link.
    pub fn new(dialer: Dialer) -> Self {
        Self {
            dialer,
            stage: Stage::Idle,
        }
    }

    /// Returns the instant to pass to `poll`.
    pub fn now(&self) -> Instant {
        self.dialer.clock().now()
    }

    /// Returns a waker that ends the waits of this pump from other threads.
    pub fn waker(&self) -> Waker {
        self.dialer.waker()
    }

    /// Carries out `Output::Connect`: begins to open a link to `peer`, with the deadline `until`.
    ///
    /// It returns at once. [`exchange`](Self::exchange) continues to open the link.
    pub fn connect(&mut self, peer: Peer<'_>, until: Instant) {
        #[cfg(feature = "log")]
        log::debug!("connecting to {}:{}", peer.host, peer.port);
        self.stage = Stage::Dialing(self.dialer.start(peer, until));
    }

    /// Returns whether a link is being opened.
    pub fn is_connecting(&self) -> bool {
        matches!(self.stage, Stage::Dialing(_))
    }

    /// Returns whether there is an open link.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }

    /// Returns whether there is no link, and none is being opened.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Idle)
    }

    /// Carries out `Output::Wait`: continues to open the link, or moves bytes between the open link
    /// and the buffers, or waits if there is no link.
    ///
    /// It returns when the link is open ([`Progress::connected`]), when bytes moved, when a
    /// [`Waker`] was used, or when `until` has passed. Call `connected` of the machine in the first
    /// case, and poll the machine in any case.
    ///
    /// # Errors
    /// [`LinkError`] if the link could not be opened, or has ended. The pump has dropped it then.
    /// Pass the [`reason`](LinkError::reason) to `disconnected` of the machine.
    pub fn exchange(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        until: Instant,
    ) -> Result<Progress, LinkError> {
        let result = match &mut self.stage {
            Stage::Idle => self.dialer.pause(until),
            Stage::Dialing(dialing) => match dialing.advance(&self.dialer) {
                Ok(Some(link)) => {
                    self.stage = Stage::Open(link);
                    Ok(Progress::CONNECTED)
                }
                Ok(None) => Ok(Progress::WOKEN),
                Err(error) => Err(error),
            },
            Stage::Open(link) => link.exchange(rx, tx, until),
        };
        if let Err(error) = &result {
            log_error(error);
            self.stage = Stage::Idle;
        }
        result
    }

    /// Carries out `Output::Disconnect`: closes the link in order, or stops opening it.
    ///
    /// Sends the remaining bytes of `tx` first, for one second at most.
    pub fn disconnect(&mut self, tx: &mut SendBuf<'_>) {
        if let Stage::Open(link) = std::mem::replace(&mut self.stage, Stage::Idle) {
            link.close(tx, self.now() + CLOSE_TIMEOUT);
        }
    }
}

#[cfg(feature = "log")]
fn log_error(error: &LinkError) {
    log::warn!("{error}");
}

#[cfg(not(feature = "log"))]
fn log_error(_: &LinkError) {}
