//! The bare pump: carries out what the core's outputs ask for, one at a time.

use crate::{Dialed, Dialer, Dialing, Exchanged, Link, LinkError, Peer, Waker};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::{Duration, Instant};

/// A dialer and at most one link: what a loop over `Client::poll` needs of the outside.
///
/// Each method answers one kind of `Output`. [`Session`](crate::Session) is built on it; use it
/// yourself to own the loop.
///
/// The loop that uses it stands on the [crate's first page](crate).
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

/// What a [`Pump::exchange`] brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pumped {
    /// The link that [`Pump::connect`] began to open is open: tell the client that it is
    /// connected.
    Connected,
    /// Bytes went either way, a [`Waker`] was used, or the deadline has come. Poll the client.
    Exchanged(Exchanged),
}

/// How long the end of a link may take when the peer does not take what it is sent.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

impl Pump {
    /// A pump without a link.
    pub fn new(dialer: Dialer) -> Self {
        Self {
            dialer,
            stage: Stage::Idle,
        }
    }

    /// The time to poll the client with.
    pub fn now(&self) -> Instant {
        self.dialer.clock().now()
    }

    /// What ends this pump's waits from other threads.
    pub fn waker(&self) -> Waker {
        self.dialer.waker()
    }

    /// Answers `Output::Connect`: begins to open a link to `peer`, until `until` at most.
    ///
    /// Returns at once: [`exchange`](Self::exchange) goes on with it.
    pub fn connect(&mut self, peer: Peer<'_>, until: Instant) {
        #[cfg(feature = "log")]
        log::debug!("connecting to {}:{}", peer.host, peer.port);
        self.stage = Stage::Dialing(self.dialer.start(peer, until));
    }

    /// Whether a link is being opened.
    pub fn is_connecting(&self) -> bool {
        matches!(self.stage, Stage::Dialing(_))
    }

    /// Answers `Output::Wait`: goes on opening the link, or moves bytes between it and the
    /// buffers, or without a link waits; until something came of it, a [`Waker`] was used, or
    /// `until` has come.
    ///
    /// # Errors
    /// [`LinkError`] when the link could not be had, or has ended; it is dropped then. Tell the
    /// client its [`end`](LinkError::end) by `disconnected`.
    pub fn exchange(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        until: Instant,
    ) -> Result<Pumped, LinkError> {
        let outcome = match &mut self.stage {
            Stage::Idle => self.dialer.pause(until).map(Pumped::Exchanged),
            Stage::Dialing(dialing) => match dialing.advance(&self.dialer) {
                Ok(Dialed::Open(link)) => {
                    self.stage = Stage::Open(link);
                    Ok(Pumped::Connected)
                }
                Ok(Dialed::Woken) => Ok(Pumped::Exchanged(Exchanged::WOKEN)),
                Err(error) => Err(error),
            },
            Stage::Open(link) => link.exchange(rx, tx, until).map(Pumped::Exchanged),
        };
        if let Err(failure) = &outcome {
            note(failure);
            self.stage = Stage::Idle;
        }
        outcome
    }

    /// Answers `Output::Disconnect`: ends the link in order, or gives up the one being opened.
    ///
    /// What still waits in `tx` leaves first, within a second.
    pub fn disconnect(&mut self, tx: &mut SendBuf<'_>) {
        if let Stage::Open(link) = std::mem::replace(&mut self.stage, Stage::Idle) {
            link.close(tx, self.now() + CLOSE_LIMIT);
        }
    }
}

#[cfg(feature = "log")]
fn note(failure: &LinkError) {
    log::warn!("{failure}");
}

#[cfg(not(feature = "log"))]
fn note(_: &LinkError) {}
