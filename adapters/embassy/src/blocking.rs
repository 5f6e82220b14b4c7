//! The session, and calls of the Web API, without an executor, over streams of `embedded_io`: for a
//! bare loop, an RTIC task, or a thread of an RTOS.
//!
//! It is the same [`Session`], polled in a loop together with its runner, so that TLS works too. A
//! stream must be able to report whether it is ready (`ReadReady`, `WriteReady`): `embedded_io` has
//! no time limits, and a program in a blocking read neither replies to a ping nor notices a stuck
//! write. For a BSD socket use `poll` or the non-blocking mode, for smoltcp `can_recv` and
//! `can_send`.
//!
//! In a superloop, and wherever the program has other things to do, call [`poll`] repeatedly:
//!
//! ```no_run
//! # use core::pin::{Pin, pin};
//! # use core::task::Poll;
//! # use slack_rtm::buffer::{RecvBuf, SendBuf};
//! # use slack_rtm::{Client, Config, OwnedStorage};
//! # use slack_rtm::{entropy::Entropy, rtm::command::Post};
//! # use slack_rtm_embassy::blocking::{self, Blocking, Ticks};
//! # use slack_rtm_embassy::{link::Cleartext, runner::Runner, session::Session, wire::Wire};
//! # fn doorbell(
//! #     stack: impl blocking::Dial,
//! #     random: impl Entropy,
//! #     milliseconds: fn() -> u32,
//! #     pressed: fn() -> bool,
//! #     sleep: fn(),
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Ticks::widening(milliseconds); // a counter with 32 bits that wraps around
//! let (mut rx, mut tx) = ([0; 1024], [0; 512]);
//! let (rx, tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
//! let storage = OwnedStorage::<128, 512>::new();
//! let client = Client::new(Config::new(), "xoxb-...", storage, random)?;
//!
//! let mut wire: Wire = Wire::new();
//! let (session_end, runner_end) = wire.split();
//! let mut session = Session::new(client, rx, tx, session_end, &clock);
//! let mut runner = Runner::new(runner_end, Cleartext::new(Blocking::new(stack)), &clock);
//! let mut running = pin!(runner.run());
//! loop {
//!     if pressed() {
//!         let _ = session.handle().send(&Post::new("C0123456789", "Ding-dong!"));
//!     }
//!     match blocking::poll(&mut session, running.as_mut())? {
//!         Poll::Ready(Some((event, mut handle))) => { /* handle the event */ }
//!         Poll::Ready(None) => break, // closed
//!         Poll::Pending => sleep(), // until an interrupt: at most a few milliseconds
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A thread that has nothing else to do calls [`next`] in place of `poll`. In RTIC, a software task
//! with the lowest priority runs this loop, and the interrupts of the network stack and of a button
//! set the flags that the loop checks; or `session.next()` and `runner.run()` are two `async` tasks.
//!
//! For a [`WebApi`](crate::web_api::WebApi), [`block_on`] runs a call to its outcome, and
//! [`poll_once`] continues one in a superloop.
//!
//! In Socket Mode, [`block_on`] runs an acknowledgement with a response until the runner has all of
//! it, which is at once if it fits into the send buffer and the wire:
//!
//! ```no_run
//! # use core::pin::Pin;
//! # use slack_rtm::{AcknowledgeError, Event, SocketMode, Storage, entropy::Entropy};
//! # use slack_rtm_embassy::{blocking, session::Handle};
//! # fn respond<E: Entropy, S: Storage>(
//! #     event: Event<'_, SocketMode>,
//! #     mut handle: Handle<'_, '_, E, S, embassy_sync::blocking_mutex::raw::NoopRawMutex, 256, 256, SocketMode>,
//! #     mut running: Pin<&mut impl Future>,
//! #     sleep: fn(),
//! # ) -> Result<(), AcknowledgeError> {
//! if let Event::SlashCommand(_) = event {
//!     let response = |json: &mut slack_rtm::json::Writer<'_>| {
//!         json.begin_object();
//!         json.name("text").text("The door opens");
//!         json.end_object();
//!     };
//!     blocking::block_on(handle.acknowledge(&response), running.as_mut(), sleep)?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! For an [`App`](crate::app::App), call `poll_once(app.next(), running.as_mut())` repeatedly, where
//! `running` is the `join` of the futures of both runners.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use embassy_sync::blocking_mutex::raw::RawMutex;
use embedded_io::{Read, ReadReady, Write, WriteReady};
use slack_rtm::entropy::Entropy;
use slack_rtm::time::{Duration, Instant, WideningClock};
use slack_rtm::{Dialect, DisconnectReason, Event, PollError, Storage};

use crate::clock::Clock;
use crate::session::{Handle, Session};
use crate::stream;

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

/// An event and the handle that comes with it, or `None` if the session has closed.
type Next<'s, 'a, E, S, M, const IN: usize, const OUT: usize, D> =
    Option<(Event<'s, D>, Handle<'s, 'a, E, S, M, IN, OUT, D>)>;

/// Runs session and runner as far as they can without waiting. Returns what
/// [`Session::next`] returns if that is ready.
///
/// `runner` is the future of [`Runner::run`](crate::runner::Runner::run), which must be kept for as
/// long as the session is used.
///
/// # Errors
/// The same as [`Session::next`].
pub fn poll<'s, 'a, C, E, S, M, const IN: usize, const OUT: usize, D>(
    session: &'s mut Session<'a, C, E, S, M, IN, OUT, D>,
    runner: Pin<&mut impl Future>,
) -> Result<Poll<Next<'s, 'a, E, S, M, IN, OUT, D>>, PollError>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
    D: Dialect,
{
    match poll_once(session.next(), runner) {
        Poll::Ready(result) => result.map(Poll::Ready),
        Poll::Pending => Ok(Poll::Pending),
    }
}

/// Waits for the next event, and lends it together with a handle: [`Session::next`], blocking.
///
/// `rest` is called whenever there is nothing to do. It must return when something may have
/// happened, and after a few milliseconds in any case, since the clock is read between two rests.
///
/// `runner` is the same as for [`poll`].
///
/// # Errors
/// The same as [`Session::next`].
pub fn next<'s, 'a, C, E, S, M, const IN: usize, const OUT: usize, D>(
    session: &'s mut Session<'a, C, E, S, M, IN, OUT, D>,
    runner: Pin<&mut impl Future>,
    rest: impl FnMut(),
) -> Result<Next<'s, 'a, E, S, M, IN, OUT, D>, PollError>
where
    C: Clock,
    E: Entropy,
    S: Storage,
    M: RawMutex,
    D: Dialect,
{
    block_on(session.next(), runner, rest)
}

/// Runs the future of a method, and the runner, as far as they can without waiting.
///
/// A future that is not ready is dropped. So it is for futures whose work continues with the next
/// one: of [`Session::next`] and [`App::next`](crate::app::App::next), of the methods of a [`PendingCall`](crate::web_api::PendingCall), and
/// of [`WebApi::release`](crate::web_api::WebApi::release). That of
/// [`WebApi::call`](crate::web_api::WebApi::call) would abandon the call, and that of
/// [`Handle::acknowledge`] the response.
///
/// `runner` is the same as for [`poll`].
///
/// ```no_run
/// # use core::pin::Pin;
/// # use core::task::Poll;
/// # use slack_rtm::methods::chat::{self, PostMessage};
/// # use slack_rtm::web_api::{RequestError, Job};
/// # use slack_rtm::{Storage, entropy::Entropy};
/// # use slack_rtm_embassy::{blocking, clock::Clock, web_api::WebApi};
/// # fn ring<C: Clock, E: Entropy, S: Storage>(
/// #     web_api: &mut WebApi<'_, C, E, S>,
/// #     mut running: Pin<&mut impl Future>,
/// #     sleep: fn(),
/// # ) -> Result<(), RequestError> {
/// let post = PostMessage::new("C0123456789", "Ding-dong!");
/// let mut call = web_api.begin(&Job::new(&post, &chat::POSTED))?;
/// loop {
///     match blocking::poll_once(call.outcome(), running.as_mut()) {
///         Poll::Ready(Ok(_)) => break,
///         Poll::Ready(Err(failure)) => {
///             println!("{failure}");
///             break;
///         }
///         Poll::Pending => sleep(), // and whatever else there is to do
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub fn poll_once<F: Future>(future: F, mut runner: Pin<&mut impl Future>) -> Poll<F::Output> {
    let mut cx = Context::from_waker(Waker::noop());
    // The runner never ends.
    let _ = runner.as_mut().poll(&mut cx);
    let polled = pin!(future).poll(&mut cx);
    if polled.is_pending() {
        // The bytes that were just written leave before the program rests.
        let _ = runner.poll(&mut cx);
    }
    polled
}

/// Runs the future of a method to its end, blocking, and the runner with it: for
/// [`WebApi::call`](crate::web_api::WebApi::call) and the methods of a
/// [`PendingCall`](crate::web_api::PendingCall), for example.
///
/// `runner` is the same as for [`poll`], `rest` the same as for [`next`].
///
/// ```no_run
/// # use core::pin::Pin;
/// # use slack_rtm::methods::chat::{self, PostMessage};
/// # use slack_rtm::{Storage, entropy::Entropy};
/// # use slack_rtm_embassy::{blocking, clock::Clock, web_api::WebApi};
/// # fn ring<C: Clock, E: Entropy, S: Storage>(
/// #     web_api: &mut WebApi<'_, C, E, S>,
/// #     mut running: Pin<&mut impl Future>,
/// #     sleep: fn(),
/// # ) {
/// let post = PostMessage::new("C0123456789", "Ding-dong!");
/// let call = web_api.call(&post, &chat::POSTED);
/// if let Err(failure) = blocking::block_on(call, running.as_mut(), sleep) {
///     println!("{failure}");
/// }
/// # }
/// ```
pub fn block_on<F: Future>(
    future: F,
    mut runner: Pin<&mut impl Future>,
    mut rest: impl FnMut(),
) -> F::Output {
    let mut cx = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    loop {
        // The runner never ends.
        let _ = runner.as_mut().poll(&mut cx);
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        let _ = runner.as_mut().poll(&mut cx);
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

impl Ticks<fn() -> Instant> {
    /// Creates a clock from a counter of milliseconds with 32 bits, which may wrap around, as those
    /// of most HALs do: see [`WideningClock`]. The session reads it far more often than it wraps.
    ///
    /// ```
    /// # use slack_rtm_embassy::blocking::Ticks;
    /// # fn milliseconds() -> u32 { 0 }
    /// let clock = Ticks::widening(milliseconds);
    /// ```
    pub fn widening(counter: impl Fn() -> u32) -> Ticks<impl Fn() -> Instant> {
        let clock = Cell::new(WideningClock::new());
        Ticks(move || {
            let mut wide = clock.take();
            let now = wide.widen(counter());
            clock.set(wide);
            now
        })
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

/// Dials with a [`Dial`] of this module, for [`Cleartext`](crate::link::Cleartext) and `tls::Tls`.
#[derive(Debug)]
pub struct Blocking<D>(D);

impl<D: Dial> Blocking<D> {
    /// Creates one that dials with `dialer`.
    pub fn new(dialer: D) -> Self {
        Self(dialer)
    }

    fn open(&mut self, host: &str, port: u16) -> Result<Polled<D>, DisconnectReason> {
        self.0
            .dial(host, port)
            .map(|stream| Polled(RefCell::new(stream)))
    }
}

impl<D: Dial> stream::Dial for Blocking<D> {
    type Stream<'s>
        = Polled<D>
    where
        Self: 's;

    async fn dial(
        &mut self,
        host: &str,
        port: u16,
        _within: Duration,
    ) -> Result<Polled<D>, DisconnectReason> {
        self.open(host, port)
    }
}

/// A stream of [`Blocking`]. Each poll checks whether it is ready.
pub struct Polled<D: Dial>(RefCell<D::Stream>);

impl<D: Dial> fmt::Debug for Polled<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polled").finish_non_exhaustive()
    }
}

impl<D: Dial> Polled<D> {
    fn try_read(&self, buf: &mut [u8]) -> Result<Option<usize>, StreamError<D>> {
        let mut stream = self.0.borrow_mut();
        if stream.read_ready()? {
            stream.read(buf).map(Some)
        } else {
            Ok(None)
        }
    }

    fn try_write(&self, buf: &[u8]) -> Result<Option<usize>, StreamError<D>> {
        let mut stream = self.0.borrow_mut();
        if stream.write_ready()? {
            stream.write(buf).map(Some)
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

impl<D: Dial> stream::Stream for Polled<D> {
    type Reader<'h>
        = PolledHalf<'h, D>
    where
        Self: 'h;
    type Writer<'h>
        = PolledHalf<'h, D>
    where
        Self: 'h;

    fn split(&mut self) -> (PolledHalf<'_, D>, PolledHalf<'_, D>) {
        (PolledHalf(self), PolledHalf(self))
    }

    async fn hang_up(&mut self) {
        D::hang_up(self.0.get_mut());
    }
}

/// A half of a stream of [`Blocking`].
pub struct PolledHalf<'h, D: Dial>(&'h Polled<D>);

impl<D: Dial> fmt::Debug for PolledHalf<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolledHalf").finish_non_exhaustive()
    }
}

impl<D: Dial> embedded_io_async::ErrorType for PolledHalf<'_, D> {
    type Error = StreamError<D>;
}

impl<D: Dial> embedded_io_async::Read for PolledHalf<'_, D> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        polled(|| self.0.try_read(buf)).await
    }
}

impl<D: Dial> embedded_io_async::Write for PolledHalf<'_, D> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        polled(|| self.0.try_write(buf)).await
    }

    /// Does nothing: the stack sends by itself, and a flush that waits would delay reads.
    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
