//! The wire: the state that a session and its runner share.
//!
//! One lock protects all of it, for the time of a copy. Nothing is awaited under the lock, and
//! every change is complete when the lock is released: so the futures of the session may be dropped
//! at any await point.

use core::cell::RefCell;
use core::convert::Infallible;
use core::fmt;
use core::future::poll_fn;
use core::mem;
use core::task::{Context, Poll};

use embassy_futures::yield_now;
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};
use embassy_sync::waitqueue::WakerRegistration;
use embedded_io::{ErrorType, ReadReady};
use embedded_io_async::{Read, Write};
use heapless::String;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::{DisconnectReason, Peer, Security};

use crate::link::{Inbound, SessionSide};
use crate::ring::Ring;

/// The shared memory of a [`Session`](crate::session::Session) or a
/// [`WebApi`](crate::web_api::WebApi), and its [`Runner`](crate::runner::Runner): `IN` bytes that were received, `OUT` bytes to be sent, and the
/// request for a link.
///
/// The bytes are plaintext. More of them let the runner continue for longer while a program holds
/// an event; fewer take more wake-ups. They limit no message.
///
/// `M` is the lock. [`CriticalSectionRawMutex`] is right everywhere. If session and runner are in
/// tasks of one executor, `NoopRawMutex` does without critical sections; then neither future is
/// `Send`.
///
/// ```
/// use slack_rtm_embassy::wire::Wire;
///
/// let mut wire: Wire = Wire::new(); // or in a `StaticCell`, if session and runner are two tasks
/// let (session_end, runner_end) = wire.split();
/// # let _ = (session_end, runner_end);
/// ```
pub struct Wire<M = CriticalSectionRawMutex, const IN: usize = 256, const OUT: usize = 256> {
    shared: Mutex<M, RefCell<Shared<IN, OUT>>>,
}

/// The end of a [`Wire`] for a [`Session`](crate::session::Session) or a
/// [`WebApi`](crate::web_api::WebApi), here called the session. If it is dropped, the runner closes
/// the link.
pub struct SessionEnd<
    'a,
    M: RawMutex = CriticalSectionRawMutex,
    const IN: usize = 256,
    const OUT: usize = 256,
> {
    wire: &'a Wire<M, IN, OUT>,
    /// Whether the client knows that the link is open.
    is_open: bool,
}

/// The end of a [`Wire`] for a [`Runner`](crate::runner::Runner).
pub struct RunnerEnd<'a, M = CriticalSectionRawMutex, const IN: usize = 256, const OUT: usize = 256>
{
    wire: &'a Wire<M, IN, OUT>,
}

/// The state of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)] // a separate tag, which is 0 in a new wire
enum Phase {
    /// There is none, and none is requested.
    Idle,
    /// The session has requested one.
    Requested,
    /// The runner is opening it.
    Connecting,
    Open,
    /// The session has requested its end.
    Closing,
    /// It ended by itself, or could not be opened. The session has not handled that yet, and may
    /// still have bytes to send.
    Ended(DisconnectReason),
}

/// A request for a link.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// No name is longer (RFC 1035 section 2.3.4).
    host: String<253>,
    port: u16,
    security: Security,
    pub(crate) until: Instant,
}

struct Shared<const IN: usize, const OUT: usize> {
    phase: Phase,
    /// Whether the link of this request was open.
    was_open: bool,
    /// Whether the runner has a link that is not closed yet.
    is_running: bool,
    /// Whether something has changed since the last exchange of the session.
    is_changed: bool,
    /// The longest time in which the link must take a byte, or 0 if nobody waits for that.
    send_timeout: Duration,
    /// Whether the runner has to measure that time from now on.
    is_send_watched: bool,
    request: Request,
    received: Ring<IN>,
    to_send: Ring<OUT>,
    /// The task of the session.
    session: WakerRegistration,
    /// The task that waits for room in `received`.
    reader: WakerRegistration,
    /// The task that waits for bytes in `to_send`.
    writer: WakerRegistration,
    /// The task that waits for a request.
    control: WakerRegistration,
}

impl<const IN: usize, const OUT: usize> Shared<IN, OUT> {
    /// All its bytes are 0, so that a wire in a static takes no flash.
    const NEW: Self = Self {
        phase: Phase::Idle,
        was_open: false,
        is_running: false,
        is_changed: false,
        send_timeout: Duration::ZERO,
        is_send_watched: false,
        request: Request {
            host: String::new(),
            port: 0,
            security: Security::Tls,
            until: Instant::from_millis(0),
        },
        received: Ring::EMPTY,
        to_send: Ring::EMPTY,
        session: WakerRegistration::new(),
        reader: WakerRegistration::new(),
        writer: WakerRegistration::new(),
        control: WakerRegistration::new(),
    };

    /// Wakes the session. If it is not waiting, its next wait returns at once.
    fn changed(&mut self) {
        self.is_changed = true;
        self.session.wake();
    }

    /// Wakes everything of the runner that depends on the phase.
    fn wake_runner(&mut self) {
        self.reader.wake();
        self.writer.wake();
        self.control.wake();
    }

    /// Records the end of the link, which the session may have requested.
    fn ended(&mut self, reason: DisconnectReason) {
        self.phase = match self.phase {
            Phase::Connecting | Phase::Open => Phase::Ended(reason),
            Phase::Closing => Phase::Idle,
            // The end of this link was recorded before.
            other => other,
        };
        self.changed();
        self.control.wake();
    }

    /// Limits the time in which the link must take a byte, or, with 0, ends the limit.
    fn watch_sending(&mut self, timeout: Duration) {
        self.send_timeout = timeout;
        self.is_send_watched = true;
        self.control.wake();
    }

    /// Returns whether there is no link, and none requested.
    fn is_idle(&self) -> bool {
        self.phase == Phase::Idle && !self.is_running
    }

    /// Requests the end of the link.
    fn close(&mut self) {
        match self.phase {
            Phase::Idle => {}
            Phase::Requested => self.phase = Phase::Idle,
            Phase::Ended(_) => {
                self.phase = Phase::Idle;
                // The link may be waiting for the last bytes of the session.
                self.wake_runner();
            }
            Phase::Connecting | Phase::Open => {
                self.phase = Phase::Closing;
                self.wake_runner();
            }
            Phase::Closing => {}
        }
    }
}

impl<M: RawMutex, const IN: usize, const OUT: usize> Wire<M, IN, OUT> {
    /// Creates a wire.
    pub const fn new() -> Self {
        Self {
            shared: Mutex::new(RefCell::new(Shared::NEW)),
        }
    }

    /// Returns the two ends. Everything that earlier ends have left is discarded.
    pub fn split(&mut self) -> (SessionEnd<'_, M, IN, OUT>, RunnerEnd<'_, M, IN, OUT>) {
        *self.shared.get_mut() = RefCell::new(Shared::NEW);
        let wire = &*self;
        let session_end = SessionEnd {
            wire,
            is_open: false,
        };
        (session_end, RunnerEnd { wire })
    }

    fn with<R>(&self, work: impl FnOnce(&mut Shared<IN, OUT>) -> R) -> R {
        self.shared.lock(|shared| work(&mut shared.borrow_mut()))
    }
}

impl<M: RawMutex, const IN: usize, const OUT: usize> Default for Wire<M, IN, OUT> {
    fn default() -> Self {
        Self::new()
    }
}

/// The result of an exchange of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchanged {
    /// Nothing. A later change of the wire is reported by [`SessionEnd::changed`].
    Nothing,
    /// Bytes were moved.
    Moved,
    /// The link is open.
    Opened,
    /// The link has ended, or could not be opened.
    Ended(DisconnectReason),
}

impl<M: RawMutex, const IN: usize, const OUT: usize> SessionEnd<'_, M, IN, OUT> {
    /// Returns an end for a [`Session`](crate::session::Session) or a
    /// [`WebApi`](crate::web_api::WebApi) that is over before the next one begins: so both can use
    /// one runner, one after the other.
    ///
    /// If the returned end is dropped, the runner closes the link. A session that is closed before
    /// it is dropped has sent everything.
    pub fn reborrow(&mut self) -> SessionEnd<'_, M, IN, OUT> {
        SessionEnd {
            wire: self.wire,
            is_open: false,
        }
    }

    /// Returns whether there is no link, and none requested.
    pub(crate) fn is_idle(&self) -> bool {
        self.wire.with(|shared| shared.is_idle())
    }

    /// Requests a link. The one before must have ended.
    ///
    /// # Errors
    /// [`NameNotFound`](DisconnectReason::NameNotFound) if the host is longer than any name.
    pub(crate) fn connect(
        &mut self,
        peer: Peer<'_>,
        until: Instant,
    ) -> Result<(), DisconnectReason> {
        self.is_open = false;
        self.wire.with(|shared| {
            let request = &mut shared.request;
            request.host.clear();
            request
                .host
                .push_str(peer.host)
                .map_err(|_| DisconnectReason::NameNotFound)?;
            request.port = peer.port;
            request.security = peer.security;
            request.until = until;
            shared.received.clear();
            shared.to_send.clear();
            shared.was_open = false;
            shared.is_send_watched = false;
            shared.phase = Phase::Requested;
            shared.wake_runner();
            Ok(())
        })
    }

    /// Requests the end of the link. Pending bytes for which there is room are sent first. Returns
    /// whether the runner has closed it; if not, a change will be reported.
    pub(crate) fn disconnect(&mut self, tx: &mut SendBuf<'_>) -> bool {
        self.send(tx);
        self.is_open = false;
        self.wire.with(|shared| {
            shared.is_changed = false;
            shared.close();
            shared.is_idle()
        })
    }

    /// Moves bytes both ways, as far as there is room, and reports a change of the link: its end
    /// only when its bytes were taken, or when there is no room for them.
    pub(crate) fn exchange(&mut self, rx: &mut RecvBuf<'_>, tx: &mut SendBuf<'_>) -> Exchanged {
        self.wire.with(|shared| {
            shared.is_changed = false;
            let is_opened =
                matches!(shared.phase, Phase::Open | Phase::Ended(_)) && shared.was_open;
            if is_opened && !self.is_open {
                self.is_open = true;
                return Exchanged::Opened;
            }
            let received = move_received(shared, rx);
            let sent = move_pending(shared, tx);
            match shared.phase {
                _ if received > 0 || sent > 0 => Exchanged::Moved,
                Phase::Ended(reason) => {
                    self.is_open = false;
                    shared.phase = Phase::Idle;
                    // The link may be waiting for the last bytes of the session.
                    shared.wake_runner();
                    Exchanged::Ended(reason)
                }
                _ => Exchanged::Nothing,
            }
        })
    }

    /// Moves received bytes, as far as there is room.
    pub(crate) fn receive(&mut self, rx: &mut RecvBuf<'_>) {
        if self.is_open {
            self.wire.with(|shared| move_received(shared, rx));
        }
    }

    /// Moves pending bytes to the wire, as far as there is room, if the link is open.
    pub(crate) fn send(&mut self, tx: &mut SendBuf<'_>) {
        if self.is_open {
            self.wire.with(|shared| move_pending(shared, tx));
        }
    }

    /// Waits until the wire has changed since the last exchange. The future may be dropped at any
    /// moment.
    pub(crate) async fn changed(&self) {
        poll_fn(|cx| {
            self.wire.with(|shared| {
                if shared.is_changed {
                    return Poll::Ready(());
                }
                shared.session.register(cx.waker());
                Poll::Pending
            })
        })
        .await;
    }
}

impl<'a, M: RawMutex, const IN: usize, const OUT: usize> SessionEnd<'a, M, IN, OUT> {
    /// Returns the sending side. Until it is dropped, the runner ends a link that takes no byte for
    /// `timeout`.
    pub(crate) fn watch_sending(&mut self, timeout: Duration) -> Sending<'_, 'a, M, IN, OUT> {
        self.wire.with(|shared| shared.watch_sending(timeout));
        Sending(self)
    }
}

/// The result of a [`Sending::flush`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Nothing. A later change of the wire is reported by [`Sending::changed`].
    Nothing,
    /// Bytes were moved.
    Moved,
    /// The link has ended.
    Ended(DisconnectReason),
}

/// The sending side of a session, which uses it while an event is held.
pub(crate) struct Sending<'e, 'a, M: RawMutex, const IN: usize, const OUT: usize>(
    &'e mut SessionEnd<'a, M, IN, OUT>,
);

impl<M: RawMutex, const IN: usize, const OUT: usize> Sending<'_, '_, M, IN, OUT> {
    /// Moves pending bytes to a link that is open, as far as there is room. The end of the link is
    /// only reported: received bytes may precede it.
    pub(crate) fn flush(&self, tx: &mut SendBuf<'_>) -> Flushed {
        self.0.wire.with(|shared| {
            shared.is_changed = false;
            match shared.phase {
                Phase::Open => match move_pending(shared, tx) {
                    0 => Flushed::Nothing,
                    _ => Flushed::Moved,
                },
                Phase::Ended(reason) => Flushed::Ended(reason),
                _ => Flushed::Ended(DisconnectReason::Closed),
            }
        })
    }

    /// Waits until the wire has changed since the last flush. The future may be dropped at any
    /// moment.
    pub(crate) async fn changed(&self) {
        self.0.changed().await;
    }

    /// Takes the end of the link, which was reported to the client. Received bytes are discarded.
    pub(crate) fn take_end(&self) {
        self.0.wire.with(|shared| {
            shared.phase = Phase::Idle;
            shared.received.clear();
            shared.wake_runner();
        });
    }
}

impl<M: RawMutex, const IN: usize, const OUT: usize> Drop for Sending<'_, '_, M, IN, OUT> {
    fn drop(&mut self) {
        self.0
            .wire
            .with(|shared| shared.watch_sending(Duration::ZERO));
    }
}

/// Moves bytes that a link has received. Returns their number.
fn move_received<const IN: usize, const OUT: usize>(
    shared: &mut Shared<IN, OUT>,
    rx: &mut RecvBuf<'_>,
) -> usize {
    let received = shared.received.take(rx.space());
    if received > 0 {
        rx.filled(received);
        shared.reader.wake();
    }
    received
}

/// Moves pending bytes to a link that is open, or whose end is not handled yet. Returns their
/// number.
fn move_pending<const IN: usize, const OUT: usize>(
    shared: &mut Shared<IN, OUT>,
    tx: &mut SendBuf<'_>,
) -> usize {
    if !matches!(shared.phase, Phase::Open | Phase::Ended(_)) {
        return 0;
    }
    let sent = shared.to_send.put(tx.pending());
    if sent > 0 {
        tx.sent(sent);
        shared.writer.wake();
    }
    sent
}

impl<M: RawMutex, const IN: usize, const OUT: usize> Drop for SessionEnd<'_, M, IN, OUT> {
    fn drop(&mut self) {
        self.wire.with(Shared::close);
    }
}

impl Request {
    /// Returns the peer to connect to.
    pub(crate) fn peer(&self) -> Peer<'_> {
        Peer {
            host: &self.host,
            port: self.port,
            security: self.security,
        }
    }
}

impl<M: RawMutex, const IN: usize, const OUT: usize> RunnerEnd<'_, M, IN, OUT> {
    /// Waits for the request of a link, and takes it.
    pub(crate) async fn requested(&self) -> Request {
        self.control(|shared| {
            (shared.phase == Phase::Requested).then(|| {
                shared.phase = Phase::Connecting;
                shared.is_running = true;
                shared.request.clone()
            })
        })
        .await
    }

    /// Waits until the link is no longer being opened. Returns whether it was opened.
    pub(crate) async fn opened(&self) -> bool {
        self.control(|shared| (shared.phase != Phase::Connecting).then_some(shared.was_open))
            .await
    }

    /// Waits until the link has ended, or the session has requested its end: returns `None` then.
    /// Before that, returns each time when a limit on sending begins anew or ends: the limit, or 0.
    pub(crate) async fn watched(&self) -> Option<Duration> {
        self.control(|shared| {
            if shared.phase != Phase::Open {
                return Some(None);
            }
            let is_watched = mem::take(&mut shared.is_send_watched);
            is_watched.then_some(Some(shared.send_timeout))
        })
        .await
    }

    /// Reports the end of a link that is closed.
    pub(crate) fn closed(&self, reason: DisconnectReason) {
        self.wire.with(|shared| {
            shared.is_running = false;
            shared.ended(reason);
        });
    }

    /// Returns the part of a link that is being opened.
    pub(crate) fn opening(&self) -> Opening<'_, M, IN, OUT> {
        Opening(self)
    }

    /// Waits for a value that depends on the phase.
    async fn control<R>(&self, mut value: impl FnMut(&mut Shared<IN, OUT>) -> Option<R>) -> R {
        self.wait(|shared, cx| {
            let value = value(shared);
            if value.is_none() {
                shared.control.register(cx.waker());
            }
            value
        })
        .await
    }

    async fn wait<R>(
        &self,
        mut value: impl FnMut(&mut Shared<IN, OUT>, &mut Context<'_>) -> Option<R>,
    ) -> R {
        poll_fn(|cx| match self.wire.with(|shared| value(shared, cx)) {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        })
        .await
    }
}

/// The session's side of a link that is being opened.
pub(crate) struct Opening<'a, M: RawMutex, const IN: usize, const OUT: usize>(
    &'a RunnerEnd<'a, M, IN, OUT>,
);

impl<'a, M: RawMutex, const IN: usize, const OUT: usize> SessionSide for Opening<'a, M, IN, OUT> {
    type Inbound = Inward<'a, M, IN, OUT>;
    type Outbound = Outward<'a, M, IN, OUT>;

    fn open(self) -> (Self::Inbound, Self::Outbound) {
        self.0.wire.with(|shared| {
            if shared.phase == Phase::Connecting {
                shared.phase = Phase::Open;
                shared.was_open = true;
                shared.changed();
            }
        });
        let inward = Inward {
            end: self.0,
            written: 0,
        };
        (inward, Outward(self.0))
    }
}

/// Where a link puts the bytes that it has received.
pub(crate) struct Inward<'a, M: RawMutex, const IN: usize, const OUT: usize> {
    end: &'a RunnerEnd<'a, M, IN, OUT>,
    /// The number of bytes since the runner yielded.
    written: usize,
}

impl<M: RawMutex, const IN: usize, const OUT: usize> ErrorType for Inward<'_, M, IN, OUT> {
    type Error = Infallible;
}

impl<M: RawMutex, const IN: usize, const OUT: usize> Write for Inward<'_, M, IN, OUT> {
    /// Waits for room. Discards bytes for a session that has requested the end of the link.
    ///
    /// A server that sends without a pause never lets a read wait. So a write yields after each `IN`
    /// bytes, or nothing else of the link would make progress: bytes that are discarded need no
    /// room, and another core may take bytes as fast as they arrive.
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        if self.written >= IN {
            self.written = 0;
            yield_now().await; // before any byte was moved: the future may be dropped here
        }
        let count = self.end.wait(|shared, cx| {
            if shared.phase != Phase::Open || bytes.is_empty() {
                return Some(bytes.len());
            }
            let count = shared.received.put(bytes);
            if count == 0 {
                shared.reader.register(cx.waker());
                return None;
            }
            shared.changed();
            Some(count)
        });
        let count = count.await;
        self.written = self.written.saturating_add(count);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<M: RawMutex, const IN: usize, const OUT: usize> Inbound for Inward<'_, M, IN, OUT> {
    fn ended(&mut self, reason: DisconnectReason) {
        self.end.wire.with(|shared| shared.ended(reason));
    }
}

/// Where a link takes the bytes that it is to send.
pub(crate) struct Outward<'a, M: RawMutex, const IN: usize, const OUT: usize>(
    &'a RunnerEnd<'a, M, IN, OUT>,
);

impl<M: RawMutex, const IN: usize, const OUT: usize> ErrorType for Outward<'_, M, IN, OUT> {
    type Error = Infallible;
}

impl<M: RawMutex, const IN: usize, const OUT: usize> ReadReady for Outward<'_, M, IN, OUT> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.wire.with(|shared| !shared.to_send.is_empty()))
    }
}

impl<M: RawMutex, const IN: usize, const OUT: usize> Read for Outward<'_, M, IN, OUT> {
    /// Waits for bytes. Returns 0 if there are none and the session has requested the end.
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, Infallible> {
        let count = self.0.wait(|shared, cx| {
            let count = shared.to_send.take(space);
            if count > 0 {
                shared.changed();
                if shared.send_timeout > Duration::ZERO {
                    shared.watch_sending(shared.send_timeout);
                }
            } else if matches!(shared.phase, Phase::Open | Phase::Ended(_)) && !space.is_empty() {
                shared.writer.register(cx.waker());
                return None;
            }
            Some(count)
        });
        Ok(count.await)
    }
}

impl<M, const IN: usize, const OUT: usize> fmt::Debug for Wire<M, IN, OUT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl<M: RawMutex, const IN: usize, const OUT: usize> fmt::Debug for SessionEnd<'_, M, IN, OUT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionEnd").finish_non_exhaustive()
    }
}

impl<M, const IN: usize, const OUT: usize> fmt::Debug for RunnerEnd<'_, M, IN, OUT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnerEnd").finish_non_exhaustive()
    }
}
