//! The driver: runs a state machine with its buffers over the end of a wire, without waiting.

use embassy_sync::blocking_mutex::raw::RawMutex;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::Instant;
use slack_rtm::{DisconnectReason, Output};

use crate::clock::Clock;
use crate::wire::{Exchanged, SessionEnd};

/// A state machine that needs links.
pub(crate) trait Machine {
    type Event<'r>: Copy
    where
        Self: 'r;
    /// The reason of its end.
    type End: Copy;
    type Error: Copy;

    fn poll<'r>(
        &'r mut self,
        rx: &'r mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        now: Instant,
    ) -> Result<Output<'r, Self::Event<'r>, Self::End>, Self::Error>;

    fn connected(&mut self);

    fn disconnected(&mut self, reason: DisconnectReason);
}

/// The result of running a machine as far as possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress<R> {
    /// There is an event to borrow.
    Event,
    /// The machine waits for a change of the wire, or for this instant.
    Wait(Instant),
    /// The other futures of the program should run: bytes arrive without a pause.
    Yield,
    Closed(R),
}

/// The number of moves of bytes after which a machine yields. Otherwise a server that sends without a
/// pause would keep it from yielding, if the runner is on another core or in an executor of a higher
/// priority.
const MOST_MOVES: u8 = 64;

/// All that a machine needs besides itself.
pub(crate) struct Driver<'a, C, M: RawMutex, const IN: usize, const OUT: usize> {
    pub(crate) clock: C,
    pub(crate) rx: RecvBuf<'a>,
    pub(crate) tx: SendBuf<'a>,
    pub(crate) end: SessionEnd<'a, M, IN, OUT>,
    /// The instant of the last poll.
    pub(crate) now: Instant,
    /// Why the latest link could not be opened, or why it ended by itself.
    pub(crate) last_failure: Option<DisconnectReason>,
    /// The number of moves of bytes since the machine yielded.
    moves: u8,
}

impl<'a, C: Clock, M: RawMutex, const IN: usize, const OUT: usize> Driver<'a, C, M, IN, OUT> {
    pub(crate) fn new(
        rx: RecvBuf<'a>,
        tx: SendBuf<'a>,
        end: SessionEnd<'a, M, IN, OUT>,
        clock: C,
    ) -> Self {
        Self {
            now: clock.now(),
            clock,
            rx,
            tx,
            end,
            last_failure: None,
            moves: 0,
        }
    }

    /// Runs the machine as far as possible without waiting.
    pub(crate) fn advance<X: Machine>(
        &mut self,
        machine: &mut X,
    ) -> Result<Progress<X::End>, X::Error> {
        // Bytes that arrived while the program held an event arrived before the present time.
        self.end.receive(&mut self.rx);
        loop {
            self.now = self.clock.now();
            match machine.poll(&mut self.rx, &mut self.tx, self.now)? {
                Output::Event(_) => return Ok(Progress::Event),
                Output::Connect { peer, until, .. } => {
                    if let Err(reason) = self.end.connect(peer, until) {
                        self.disconnected(machine, reason);
                    }
                }
                Output::Wait { until, .. } => match self.exchange(machine) {
                    Exchanged::Nothing => return Ok(Progress::Wait(until)),
                    Exchanged::Moved if self.moves >= MOST_MOVES => {
                        self.moves = 0;
                        return Ok(Progress::Yield);
                    }
                    Exchanged::Moved => self.moves += 1,
                    Exchanged::Opened | Exchanged::Ended(_) => {}
                },
                Output::Disconnect => {
                    if !self.end.disconnect(&mut self.tx) {
                        return Ok(Progress::Wait(Instant::MAX)); // the runner limits the time
                    }
                    machine.disconnected(DisconnectReason::Closed);
                }
                Output::Closed(reason) => {
                    if !self.end.disconnect(&mut self.tx) {
                        return Ok(Progress::Wait(Instant::MAX)); // likewise
                    }
                    return Ok(Progress::Closed(reason));
                }
                _ => {}
            }
        }
    }

    /// Moves bytes both ways, and reports a change of the link to the machine.
    ///
    /// There must be room for received bytes, or nothing that the machine could still do with them:
    /// the end of a link is reported even if bytes are left that have no room.
    pub(crate) fn exchange(&mut self, machine: &mut impl Machine) -> Exchanged {
        let exchanged = self.end.exchange(&mut self.rx, &mut self.tx);
        match exchanged {
            Exchanged::Nothing | Exchanged::Moved => {}
            Exchanged::Opened => machine.connected(),
            Exchanged::Ended(reason) => self.disconnected(machine, reason),
        }
        exchanged
    }

    /// Handles a link that could not be opened, or that ended by itself.
    fn disconnected(&mut self, machine: &mut impl Machine, reason: DisconnectReason) {
        self.last_failure = Some(reason);
        machine.disconnected(reason);
    }
}
