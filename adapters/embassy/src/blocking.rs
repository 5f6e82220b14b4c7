//! The pump without an executor, over streams of `embedded_io`: for a bare loop, or a thread of an
//! RTOS.
//!
//! It is the same [`Pump`], polled in a loop, so that TLS works too. A stream must be able to
//! report whether it is ready (`ReadReady`, `WriteReady`): `embedded_io` has no time limits, and a
//! program in a blocking read neither replies to a ping nor notices a stuck write. For a BSD socket
//! use `poll` or the non-blocking mode, for smoltcp `can_recv` and `can_send`.
//!
//! ```no_run
//! # use slack_rtm::buffer::{RecvBuf, SendBuf};
//! # use slack_rtm::{Client, Config, OwnedStorage};
//! # use slack_rtm::{entropy::Entropy, rtm::command::Post, time::Instant};
//! # use slack_rtm_embassy::blocking::{self, Blocking, Ticks};
//! # use slack_rtm_embassy::{connect::Cleartext, pump::{Happening, Pump}};
//! # fn doorbell(
//! #     stack: impl blocking::Dial,
//! #     random: impl Entropy,
//! #     milliseconds: fn() -> u64,
//! #     pressed: fn() -> bool,
//! #     sleep: fn(),
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! // Or `tls::Tls::new(Blocking::new(stack), ..)`.
//! let mut network = Cleartext::new(Blocking::new(stack));
//! let clock = Ticks::new(|| Instant::from_millis(milliseconds()));
//! let (mut rx, mut tx) = ([0; 1024], [0; 512]);
//! let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
//! let storage = OwnedStorage::<128, 512>::new();
//! let mut client = Client::new(Config::new(), "xoxb-...", storage, random)?;
//! let mut pump = Pump::new(&mut client, &mut network, clock, &mut rx, &mut tx);
//! blocking::run(
//!     &mut pump,
//!     || pressed().then_some(()),
//!     |happening, handle| {
//!         if let Happening::Woken(()) = happening {
//!             let _ = handle.send(&Post::new("C0123456789", "Ding-dong!"));
//!         }
//!     },
//!     sleep, // until an interrupt: at most a few milliseconds
//! )?;
//! # Ok(())
//! # }
//! ```

use core::fmt;
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io::{Read, ReadReady, Write, WriteReady};
use slack_rtm::entropy::Entropy;
use slack_rtm::time::Instant;
use slack_rtm::{CloseReason, DisconnectReason, PollError, Storage};

use crate::clock::Clock;
use crate::connect::{self, Connect, Moved};
use crate::pump::{Handle, Happening, Pump};

/// Opens streams of `embedded_io`.
pub trait Dial {
    /// An open stream. Its reads and writes must not block when it has reported that it is ready,
    /// and it must send what was written without a flush: it is flushed only when it ends.
    type Stream: Read + Write + ReadReady + WriteReady;

    /// Resolves `host`, which may be an address, and opens a stream. It must limit its own time to
    /// a few seconds, since nothing else runs meanwhile.
    ///
    /// # Errors
    /// The reason why there is no stream.
    fn dial(&mut self, host: &str, port: u16) -> Result<Self::Stream, DisconnectReason>;

    /// Ends a stream so that everything written and the FIN arrive. The provided body flushes and
    /// drops it.
    fn hang_up(stream: &mut Self::Stream) {
        // Nothing can be done about a stream that fails while it is given up.
        let _ = stream.flush();
    }
}

/// Runs a pump until the client closes, as [`Pump::run`] does.
///
/// `woken` is called repeatedly, and each value that it returns is passed to `handle`. `rest` is
/// called whenever there is nothing to do: it returns when something may have happened, and after a
/// few milliseconds in any case, since the clock is read between two rests.
///
/// # Errors
/// The same as [`Pump::run`].
pub fn run<'c, 'm, T, N: Connect, C: Clock, E: Entropy, S: Storage>(
    pump: &mut Pump<'_, 'c, 'm, N, C, E, S>,
    mut woken: impl FnMut() -> Option<T>,
    handle: impl FnMut(Happening<'_, T>, &mut Handle<'_, 'c, 'm, E, S>),
    mut rest: impl FnMut(),
) -> Result<CloseReason, PollError> {
    let wake = async || {
        poll_fn(|_| match woken() {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        })
        .await
    };
    let mut running = pin!(pump.run(wake, handle));
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(end) = running.as_mut().poll(&mut cx) {
            return end;
        }
        rest();
    }
}

/// A clock that calls a function, and needs no alarm.
#[derive(Clone, Copy, Debug)]
pub struct Ticks<F>(F);

impl<F: Fn() -> Instant> Ticks<F> {
    /// Creates a clock from a function that returns the present instant.
    pub fn new(now: F) -> Self {
        Self(now)
    }
}

impl<F: Fn() -> Instant> Clock for Ticks<F> {
    fn now(&self) -> Instant {
        (self.0)()
    }

    async fn wait_until(&self, at: Instant) {
        poll_fn(|_| {
            if self.now() >= at {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// Dials with a [`Dial`] of this module, for [`connect::Cleartext`] and `tls::Tls`.
#[derive(Debug)]
pub struct Blocking<D>(D);

impl<D: Dial> Blocking<D> {
    /// Creates one that dials with `dialer`.
    pub fn new(dialer: D) -> Self {
        Self(dialer)
    }
}

impl<D: Dial> connect::Dial for Blocking<D> {
    type Stream<'s>
        = Polled<D>
    where
        Self: 's;

    async fn dial(&mut self, host: &str, port: u16) -> Result<Polled<D>, DisconnectReason> {
        self.0.dial(host, port).map(Polled)
    }
}

/// A stream of [`Blocking`]. Each poll checks whether it is ready.
pub struct Polled<D: Dial>(D::Stream);

impl<D: Dial> fmt::Debug for Polled<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polled").finish_non_exhaustive()
    }
}

impl<D: Dial> Polled<D> {
    fn try_read(&mut self, buf: &mut [u8]) -> Result<Option<usize>, StreamError<D>> {
        if self.0.read_ready()? {
            self.0.read(buf).map(Some)
        } else {
            Ok(None)
        }
    }

    fn try_write(&mut self, buf: &[u8]) -> Result<Option<usize>, StreamError<D>> {
        if self.0.write_ready()? {
            self.0.write(buf).map(Some)
        } else {
            Ok(None)
        }
    }
}

type StreamError<D> = <<D as Dial>::Stream as embedded_io::ErrorType>::Error;

/// Waits until `attempt` returns a value or an error.
async fn polled<T, E>(mut attempt: impl FnMut() -> Result<Option<T>, E>) -> Result<T, E> {
    poll_fn(|_| match attempt() {
        Ok(None) => Poll::Pending,
        Ok(Some(value)) => Poll::Ready(Ok(value)),
        Err(error) => Poll::Ready(Err(error)),
    })
    .await
}

impl<D: Dial> embedded_io_async::ErrorType for Polled<D> {
    type Error = StreamError<D>;
}

impl<D: Dial> embedded_io_async::Read for Polled<D> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        polled(|| self.try_read(buf)).await
    }
}

impl<D: Dial> embedded_io_async::Write for Polled<D> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        polled(|| self.try_write(buf)).await
    }

    /// Does nothing: the stack sends by itself, and a flush that waits would delay reads.
    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl<D: Dial> connect::Stream for Polled<D> {
    /// Reads while a write waits for room.
    async fn transfer(&mut self, space: &mut [u8], pending: &[u8]) -> Result<Moved, Self::Error> {
        polled(|| {
            if !pending.is_empty()
                && let Some(count) = self.try_write(pending)?
            {
                return Ok(Some(Moved::Sent(count)));
            }
            if space.is_empty() {
                return Ok(None);
            }
            Ok(self.try_read(space)?.map(Moved::Received))
        })
        .await
    }

    async fn hang_up(&mut self) {
        D::hang_up(&mut self.0);
    }
}
