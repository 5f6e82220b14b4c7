//! The pump: performs the I/O that a state machine asks for, over one link at a time.

use crate::connect;
use crate::wait::Waiter;
use crate::{Dialer, Dialing, DisconnectReason, Link, LinkError, Peer, Progress, Waker};
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
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

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

    /// Does what [`exchange`](Self::exchange) does, without waiting. If nothing can be done, the
    /// next wait of the [`waiter`](Self::waiter) ends when something can.
    pub(crate) fn try_exchange(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Tried, LinkError> {
        let result = match &mut self.stage {
            Stage::Idle => Ok(Tried::Wait(Instant::MAX)),
            Stage::Dialing(dialing) => match dialing.try_advance(&self.dialer) {
                Ok(connect::Progress::Done(link)) => {
                    self.stage = Stage::Open(link);
                    Ok(Tried::Done(Progress::CONNECTED))
                }
                Ok(connect::Progress::Wait(until)) => Ok(Tried::Wait(until)),
                Err(error) => Err(error),
            },
            Stage::Open(link) => match link.try_exchange(rx, tx) {
                Ok(Progress::NONE) => link.arm(rx, tx).map(|()| Tried::Wait(Instant::MAX)),
                Ok(progress) => Ok(Tried::Done(progress)),
                Err(error) => Err(error),
            },
        };
        if let Err(error) = &result {
            log_error(error);
            self.stage = Stage::Idle;
        }
        result
    }

    /// Sends bytes of `tx` over the open link, and reads nothing: the receive buffer is lent.
    /// Returns when the link has taken some.
    ///
    /// # Errors
    /// [`LinkError`] if the link has ended, or has taken no byte until `until`. The pump has dropped
    /// it then.
    pub(crate) fn send_only(
        &mut self,
        tx: &mut SendBuf<'_>,
        until: Instant,
    ) -> Result<(), LinkError> {
        let result = match &mut self.stage {
            Stage::Open(link) => match link.send_only(tx, until) {
                Ok(0) if !tx.pending().is_empty() => {
                    let detail = "the peer takes no more bytes";
                    Err(LinkError::new(DisconnectReason::TimedOut, detail))
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            },
            Stage::Idle | Stage::Dialing(_) => {
                Err(LinkError::new(DisconnectReason::Other, "no link is open"))
            }
        };
        if let Err(error) = &result {
            log_error(error);
            self.stage = Stage::Idle;
        }
        result
    }

    /// Returns the waiter of all links of the pump.
    pub(crate) fn waiter(&self) -> &Waiter {
        self.dialer.waiter()
    }

    /// Carries out `Output::Disconnect`: closes the link in order, or stops opening it.
    ///
    /// Sends the remaining bytes of `tx` first, for one second at most.
    pub fn disconnect(&mut self, tx: &mut SendBuf<'_>) {
        self.disconnect_within(tx, CLOSE_TIMEOUT);
    }

    /// Does what [`disconnect`](Self::disconnect) does, with another time limit.
    pub(crate) fn disconnect_within(&mut self, tx: &mut SendBuf<'_>, limit: Duration) {
        if let Stage::Open(link) = std::mem::replace(&mut self.stage, Stage::Idle) {
            link.close(tx, self.now() + limit);
        }
    }
}

/// The result of an exchange without a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tried {
    Done(Progress),
    /// Wait for the sockets, at most until this instant, then call again.
    Wait(Instant),
}

#[cfg(feature = "log")]
fn log_error(error: &LinkError) {
    log::warn!("{error}");
}

#[cfg(not(feature = "log"))]
fn log_error(_: &LinkError) {}

#[cfg(test)]
mod tests {
    use super::Pump;
    use crate::{Dialer, DisconnectReason, Peer, Security, Trust};
    use slack_rtm::buffer::{RecvBuf, SendBuf, Sink};
    use slack_rtm::time::Duration;
    use std::net::TcpListener;

    /// Opens a link to a listener that does not accept it, so that nobody reads.
    fn open(listener: &TcpListener) -> Pump {
        let mut pump = Pump::new(Dialer::new(Trust::platform()).unwrap());
        let peer = Peer {
            host: "127.0.0.1",
            port: listener.local_addr().unwrap().port(),
            security: Security::Cleartext,
        };
        let until = pump.now() + Duration::from_secs(10);
        pump.connect(peer, until);
        let (mut rx, mut tx) = ([0; 1024], [0; 1024]);
        let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        while !pump.exchange(&mut rx, &mut tx, until).unwrap().connected {}
        pump
    }

    #[test]
    fn a_link_that_takes_no_byte_in_time_is_dropped_and_no_wake_is_lost() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut pump = open(&listener);
        let mut memory = vec![0; 64 * 1024];
        let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
        let fill = |sink: &mut dyn Sink| sink.put(&[b'x'; 32 * 1024]);
        pump.waker().wake();
        let (error, begin, until) = loop {
            tx.append(0, fill);
            let begin = pump.now();
            let until = begin + Duration::from_millis(50);
            if let Err(error) = pump.send_only(&mut tx, until) {
                break (error, begin, until);
            }
        };
        assert_eq!(error.reason(), DisconnectReason::TimedOut);
        assert!(begin < until && pump.now() >= until);
        assert!(pump.is_idle());
        // The wake during the sends ends the next wait.
        let mut memory = [0; 1024];
        let mut rx = RecvBuf::new(&mut memory);
        let until = pump.now() + Duration::from_secs(10);
        assert!(pump.exchange(&mut rx, &mut tx, until).unwrap().woken);
        assert!(pump.now() < until);
        // Without a link there is nobody to send to.
        let error = pump.send_only(&mut tx, until).unwrap_err();
        assert_eq!(error.reason(), DisconnectReason::Other);
    }
}
