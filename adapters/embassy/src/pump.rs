//! The pump: drives a client over a network until the client closes.

use core::cell::Cell;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use embassy_futures::select::{Either, select};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::rtm::command::Command;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::{
    Client, ClientOutput, CloseReason, Counters, DisconnectReason, Event, MessageId, Output,
    PollError, SendError, State, Storage, TokenError,
};

use crate::clock::Clock;
use crate::connect::{Connect, Link, Moved};

/// The longest time that closing a link in order may take. The link is dropped after it.
pub const LINGER: Duration = Duration::from_secs(2);

/// What a handler is called for.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Happening<'r, T> {
    /// An event of the client. It borrows the receive buffer.
    Event(Event<'r>),
    /// A value of the wake-up source, such as a button or a queue of another task.
    Woken(T),
}

/// A handle of the client, for use in a handler while an event is borrowed.
pub struct Handle<'a, 'c, 'm, E, S> {
    client: &'a mut Client<'c, E, S>,
    tx: &'a mut SendBuf<'m>,
    now: Instant,
    last_failure: Option<DisconnectReason>,
}

impl<E, S> fmt::Debug for Handle<'_, '_, '_, E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("client", &self.client)
            .field("now", &self.now)
            .field("last_failure", &self.last_failure)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<E, S> defmt::Format for Handle<'_, '_, '_, E, S> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Handle {{ client: {}, now: {}, last_failure: {} }}",
            self.client,
            self.now,
            self.last_failure
        );
    }
}

impl<E: Entropy, S: Storage> Handle<'_, '_, '_, E, S> {
    /// Sends a command. Returns its id, which the event of its outcome has too.
    ///
    /// # Errors
    /// The same as [`Client::send`].
    pub fn send(&mut self, command: &impl Command) -> Result<MessageId, SendError> {
        self.client.send(command, self.tx)
    }

    /// Replaces the token, from the next call of the Web API on.
    ///
    /// # Errors
    /// [`TokenError`] if the token cannot be used, or does not fit into the storage. The old one is
    /// kept.
    pub fn set_token(&mut self, token: &str) -> Result<(), TokenError> {
        self.client.set_token(token)
    }
}

impl<E, S> Handle<'_, '_, '_, E, S> {
    /// Closes the client in order. [`Pump::run`] returns afterwards.
    pub fn close(&mut self) {
        self.client.close();
    }

    /// Returns the state of the client.
    pub fn state(&self) -> State {
        self.client.state()
    }

    /// Returns the counters of the client.
    pub fn counters(&self) -> Counters {
        self.client.counters()
    }

    /// Returns the id of the user or bot user of the token, once Slack has accepted it.
    pub fn user_id(&self) -> Option<&str> {
        self.client.user_id()
    }

    /// Returns the number of messages that have no outcome yet: waiting, or not acknowledged.
    pub fn pending_messages(&self) -> usize {
        self.client.pending_messages()
    }

    /// Returns the instant of the last poll, on the clock that the instants in events refer to.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Returns the reason why the latest link could not be opened, or why it ended. A link that the
    /// client itself gave up changes nothing.
    ///
    /// The pump keeps it, also from one [`run`](Pump::run) to the next.
    pub fn last_failure(&self) -> Option<DisconnectReason> {
        self.last_failure
    }
}

/// Drives a client over links of a connector, with a clock and two lent buffers.
pub struct Pump<'a, 'c, 'm, N, C, E, S> {
    client: &'a mut Client<'c, E, S>,
    connector: &'a mut N,
    clock: C,
    rx: &'a mut RecvBuf<'m>,
    tx: &'a mut SendBuf<'m>,
    last_failure: Option<DisconnectReason>,
}

impl<N, C, E, S> fmt::Debug for Pump<'_, '_, '_, N, C, E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pump")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<N, C, E, S> defmt::Format for Pump<'_, '_, '_, N, C, E, S> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Pump {{ client: {} }}", self.client);
    }
}

impl<'a, 'c, 'm, N: Connect, C: Clock, E: Entropy, S: Storage> Pump<'a, 'c, 'm, N, C, E, S> {
    /// Creates a pump for this client over links of this connector.
    pub fn new(
        client: &'a mut Client<'c, E, S>,
        connector: &'a mut N,
        clock: C,
        rx: &'a mut RecvBuf<'m>,
        tx: &'a mut SendBuf<'m>,
    ) -> Self {
        Self {
            client,
            connector,
            clock,
            rx,
            tx,
            last_failure: None,
        }
    }

    /// Runs until the client closes. Returns the reason.
    ///
    /// `wake` is called repeatedly, and each value of its future is passed to `handle`. The future
    /// is never dropped before it is ready, so that a button or a queue loses nothing. Without a
    /// wake-up source, pass `async || core::future::pending().await`. While a link is being opened,
    /// values wait.
    ///
    /// When the future of `run` is dropped, so is the link, which is reported to the client; a
    /// later `run` opens another one. Messages in the storage are kept. The future of `wake` is
    /// dropped too, and with it a value that waited for the end of a TLS record.
    ///
    /// # Errors
    /// [`PollError`] if the source of randomness failed. Nothing was lost; run again when it works.
    pub async fn run<T>(
        &mut self,
        mut wake: impl AsyncFnMut() -> T,
        mut handle: impl FnMut(Happening<'_, T>, &mut Handle<'_, 'c, 'm, E, S>),
    ) -> Result<CloseReason, PollError> {
        let given = Cell::new(None);
        let waking = pin!(async {
            loop {
                given.set(Some(wake().await));
                taken(&given).await;
            }
        });
        let mut waker = Waker {
            given: &given,
            waking,
        };
        let Self {
            client,
            connector,
            clock,
            rx,
            tx,
            last_failure,
        } = self;
        let mut live = Live {
            client,
            tx,
            now: clock.now(),
            last_failure,
            linked: false,
        };
        loop {
            waker.glance().await;
            if let Some(value) = waker.given.take() {
                handle(Happening::Woken(value), &mut live.handle());
            }
            match live.poll(rx, clock.now())? {
                Output::Event(event) => handle(Happening::Event(event), &mut live.handle()),
                Output::Connect { peer, until, .. } => {
                    live.linked = true;
                    let dialed = {
                        let mut dialing = pin!(connector.connect(peer));
                        let dialing = poll_fn(|cx| poll_apart(dialing.as_mut(), cx));
                        select(dialing, clock.wait_until(until)).await
                    };
                    match dialed {
                        Either::First(Ok(link)) => {
                            live.client.connected();
                            let mut session = Session {
                                live: &mut live,
                                clock: &*clock,
                                rx,
                                waker: &mut waker,
                            };
                            let mut running = pin!(session.run(link, &mut handle));
                            let end = poll_fn(|cx| poll_apart(running.as_mut(), cx)).await;
                            if let Some(end) = end? {
                                return Ok(end);
                            }
                        }
                        Either::First(Err(end)) => live.failed(end),
                        Either::Second(()) => live.failed(DisconnectReason::TimedOut),
                    }
                }
                Output::Disconnect => live.unlink(DisconnectReason::Closed),
                Output::Closed(end) => return Ok(end),
                Output::Wait { until, .. } => {
                    select(waker.woken(), clock.wait_until(until)).await;
                }
                _ => {}
            }
        }
    }
}

/// Polls in a stack frame of its own, so that the frames of a handshake and of a session are not on
/// the stack together.
#[inline(never)]
fn poll_apart<F: Future>(future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(cx)
}

/// A client that is run. The end of its link is reported to it even if the pump is dropped.
struct Live<'l, 'c, 'm, E, S> {
    client: &'l mut Client<'c, E, S>,
    tx: &'l mut SendBuf<'m>,
    /// The instant of the last poll.
    now: Instant,
    last_failure: &'l mut Option<DisconnectReason>,
    linked: bool,
}

impl<'c, 'm, E: Entropy, S: Storage> Live<'_, 'c, 'm, E, S> {
    fn poll<'r>(
        &mut self,
        rx: &'r mut RecvBuf<'_>,
        now: Instant,
    ) -> Result<ClientOutput<'r>, PollError>
    where
        'c: 'r,
    {
        self.now = now;
        self.client.poll(rx, self.tx, now)
    }
}

impl<'c, 'm, E, S> Live<'_, 'c, 'm, E, S> {
    fn handle(&mut self) -> Handle<'_, 'c, 'm, E, S> {
        Handle {
            client: self.client,
            tx: self.tx,
            now: self.now,
            last_failure: *self.last_failure,
        }
    }

    /// Reports that the link could not be opened, or ended by itself.
    fn failed(&mut self, end: DisconnectReason) {
        *self.last_failure = Some(end);
        self.unlink(end);
    }

    fn unlink(&mut self, end: DisconnectReason) {
        self.linked = false;
        self.client.disconnected(end);
    }
}

impl<E, S> Drop for Live<'_, '_, '_, E, S> {
    fn drop(&mut self) {
        if self.linked {
            self.client.disconnected(DisconnectReason::Other);
        }
    }
}

/// The wake-up source, polled whenever the pump waits.
struct Waker<'w, T, F> {
    given: &'w Cell<Option<T>>,
    waking: Pin<&'w mut F>,
}

impl<T, F: Future<Output = ()>> Waker<'_, T, F> {
    /// Waits until there is a value.
    async fn woken(&mut self) {
        poll_fn(|cx| self.ask(cx)).await;
    }

    /// Polls the source once. So no value waits while a peer sends without a pause, and the source
    /// is armed before a link is opened.
    async fn glance(&mut self) {
        poll_fn(|cx| {
            let _for_later = self.ask(cx);
            Poll::Ready(())
        })
        .await;
    }

    fn ask(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let _endless = self.waking.as_mut().poll(cx);
        if holds(self.given) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Waits until a value was taken. It needs no wake-up: the pump takes the value before it waits
/// again.
async fn taken<T>(given: &Cell<Option<T>>) {
    poll_fn(|_| {
        if holds(given) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

fn holds<T>(given: &Cell<Option<T>>) -> bool {
    let value = given.take();
    let holds = value.is_some();
    given.set(value);
    holds
}

/// The pump while there is a link.
struct Session<'s, 'l, 'c, 'm, 'b, 'w, C, E, S, T, F> {
    live: &'s mut Live<'l, 'c, 'm, E, S>,
    clock: &'s C,
    rx: &'s mut RecvBuf<'b>,
    waker: &'s mut Waker<'w, T, F>,
}

impl<'c, 'm, C: Clock, E: Entropy, S: Storage, T, F: Future<Output = ()>>
    Session<'_, '_, 'c, 'm, '_, '_, C, E, S, T, F>
{
    /// Runs until the link ends. Returns the reason if the client has closed too.
    async fn run<L: Link>(
        &mut self,
        mut link: L,
        handle: &mut impl FnMut(Happening<'_, T>, &mut Handle<'_, 'c, 'm, E, S>),
    ) -> Result<Option<CloseReason>, PollError> {
        let Self {
            live,
            clock,
            rx,
            waker,
        } = self;
        loop {
            waker.glance().await;
            if let Some(value) = waker.given.take() {
                handle(Happening::Woken(value), &mut live.handle());
            }
            match live.poll(rx, clock.now())? {
                Output::Event(event) => handle(Happening::Event(event), &mut live.handle()),
                // The space is empty if nothing is to be read (`can_read`).
                Output::Wait { until, .. } => {
                    let stop = async {
                        select(waker.woken(), clock.wait_until(until)).await;
                    };
                    match link.exchange(rx.space(), live.tx.pending(), stop).await {
                        Ok(Moved::Received(count)) => rx.filled(count),
                        Ok(Moved::Sent(count)) => live.tx.sent(count),
                        Ok(Moved::Stopped) => {}
                        Err(end) => {
                            live.failed(end);
                            return Ok(None);
                        }
                    }
                }
                Output::Disconnect => {
                    select(link.close(), clock.wait_until(clock.now() + LINGER)).await;
                    live.unlink(DisconnectReason::Closed);
                    return Ok(None);
                }
                Output::Closed(end) => return Ok(Some(end)),
                // The client requests a link only after it has given up the one before.
                _ => return Ok(None),
            }
        }
    }
}
