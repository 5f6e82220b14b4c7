//! The bare pump: carries out what the core's outputs ask for, one at a time.

use crate::{Dialed, Dialer, Dialing, Exchanged, Link, LinkError, Peer, Waker};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::{Duration, Instant};

/// A dialer and at most one link: what a loop over `Client::poll` needs of the outside.
///
/// Each method answers one kind of `Output`. [`Session`](crate::Session) is built on it; use it
/// yourself to own the loop.
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

/// How far [`Pump::connect`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Connected {
    /// The link is open: tell the client that it is connected.
    Open,
    /// Not yet, and a [`Waker`] was used. Poll the client again: it asks for the same link
    /// again, unless what the wake was for has changed its mind.
    Woken,
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

    /// Answers `Output::Connect`: opens a link to `peer` until `until`, or goes on with it.
    ///
    /// # Errors
    /// [`LinkError`]; tell the client its [`end`](LinkError::end) by `disconnected`.
    pub fn connect(&mut self, peer: Peer<'_>, until: Instant) -> Result<Connected, LinkError> {
        let mut dialing = match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Dialing(dialing) if dialing.is_to(peer) => dialing,
            _ => self.dialer.start(peer, until),
        };
        match dialing.advance(&self.dialer)? {
            Dialed::Open(link) => {
                self.stage = Stage::Open(link);
                Ok(Connected::Open)
            }
            Dialed::Woken => {
                self.stage = Stage::Dialing(dialing);
                Ok(Connected::Woken)
            }
        }
    }

    /// Answers `Output::Wait`: moves bytes between the link and the buffers, or waits, until
    /// something moved, a [`Waker`] was used, or `until` has come.
    ///
    /// # Errors
    /// [`LinkError`] when the link has ended; it is dropped then. Tell the client its
    /// [`end`](LinkError::end) by `disconnected`.
    pub fn exchange(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        until: Instant,
    ) -> Result<Exchanged, LinkError> {
        let Stage::Open(link) = &mut self.stage else {
            return self.dialer.pause(until);
        };
        let outcome = link.exchange(rx, tx, until);
        if outcome.is_err() {
            self.stage = Stage::Idle;
        }
        outcome
    }

    /// Answers `Output::Disconnect`: ends the link in order, or gives up the one being opened.
    ///
    /// What still waits in `tx` leaves first, within a second.
    pub fn disconnect(&mut self, tx: &mut SendBuf<'_>) {
        if let Stage::Open(link) = std::mem::replace(&mut self.stage, Stage::Idle) {
            link.close(tx, self.now().after(CLOSE_LIMIT));
        }
    }
}
