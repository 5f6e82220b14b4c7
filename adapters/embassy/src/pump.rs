//! The pump: drives a client over a network until the client's end.

use core::cell::Cell;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use embassy_futures::select::{Either, select};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::Entropy;
use slack_rtm::rtm::command::Command;
use slack_rtm::time::Duration;
use slack_rtm::{Client, CloseReason, DisconnectReason, Event, MessageId, Output, UsageError};

use crate::clock::Clock;
use crate::connect::{Connect, Link, Moved};

/// How long the orderly end of a link may take before it is dropped.
pub const LINGER: Duration = Duration::from_secs(2);

/// What the pump tells its handler.
#[derive(Debug)]
pub enum Happening<'r, T> {
    /// The client's news. It borrows the receive buffer.
    Event(Event<'r>),
    /// What the wake-up source gave: a button, a command of another task.
    Woken(T),
}

/// What a handler may do in answer.
pub struct Replies<'a, 'c, 'm, E> {
    client: &'a mut Client<'c, E>,
    tx: &'a mut SendBuf<'m>,
}

impl<E> fmt::Debug for Replies<'_, '_, '_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replies")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl<'c, E: Entropy> Replies<'_, 'c, '_, E> {
    /// Sends a command; see [`Client::send`].
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub fn send(&mut self, command: &impl Command) -> Result<MessageId, UsageError> {
        self.client.send(command, self.tx)
    }

    /// The client: to close it, to give it another token, to ask for its state.
    pub fn client(&mut self) -> &mut Client<'c, E> {
        self.client
    }
}

/// Everything that a pump moves: the client, a network, a clock, two lent buffers.
pub struct Pump<'a, 'c, 'm, N, C, E> {
    client: &'a mut Client<'c, E>,
    connector: &'a mut N,
    clock: C,
    rx: &'a mut RecvBuf<'m>,
    tx: &'a mut SendBuf<'m>,
}

impl<N, C, E> fmt::Debug for Pump<'_, '_, '_, N, C, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pump")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl<'a, 'c, 'm, N: Connect, C: Clock, E: Entropy> Pump<'a, 'c, 'm, N, C, E> {
    /// A pump for this client over links of this connector.
    pub fn new(
        client: &'a mut Client<'c, E>,
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
        }
    }

    /// Runs until the client's end, which it returns.
    ///
    /// `wake` is called again and again, and each value that its future gives goes to `handle`. The future is never
    /// dropped before it is ready, whatever else happens, so that a button or a queue loses nothing; give
    /// `async || core::future::pending().await` where there is nothing to wait for. While a link is being dialled,
    /// values wait.
    ///
    /// Dropping the future of `run` drops the link; the client is told, and a later `run` dials again. What stands in the
    /// client's outbox is kept. The wake-up future is dropped as well, with a value that waited for the end of a TLS record.
    ///
    /// # Errors
    /// [`UsageError`]: the client's configuration is wrong, or its source of randomness failed. Run again when it is mended.
    pub async fn run<T>(
        &mut self,
        mut wake: impl AsyncFnMut() -> T,
        mut handle: impl FnMut(Happening<'_, T>, &mut Replies<'_, 'c, 'm, E>),
    ) -> Result<CloseReason, UsageError> {
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
        } = self;
        let mut live = Live {
            client,
            linked: false,
        };
        loop {
            waker.glance().await;
            if let Some(value) = waker.given.take() {
                handle(
                    Happening::Woken(value),
                    &mut Replies {
                        client: live.client,
                        tx,
                    },
                );
            }
            match live.client.poll(rx, tx, clock.now())? {
                Output::Event(event) => handle(
                    Happening::Event(event),
                    &mut Replies {
                        client: live.client,
                        tx,
                    },
                ),
                Output::Connect { peer, until } => {
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
                                tx,
                                waker: &mut waker,
                            };
                            let mut running = pin!(session.run(link, &mut handle));
                            let end = poll_fn(|cx| poll_apart(running.as_mut(), cx)).await;
                            if let Some(end) = end? {
                                return Ok(end);
                            }
                        }
                        Either::First(Err(end)) => live.unlink(end),
                        Either::Second(()) => live.unlink(DisconnectReason::TimedOut),
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

/// Polls in a stack frame of its own: what a finished handshake leaves behind does not stand below a session, nor the
/// other way round.
#[inline(never)]
fn poll_apart<F: Future>(future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(cx)
}

/// A client, told of the end of its link even where the pump is dropped.
struct Live<'a, 'c, E: Entropy> {
    client: &'a mut Client<'c, E>,
    linked: bool,
}

impl<E: Entropy> Live<'_, '_, E> {
    fn unlink(&mut self, end: DisconnectReason) {
        self.linked = false;
        self.client.disconnected(end);
    }
}

impl<E: Entropy> Drop for Live<'_, '_, E> {
    fn drop(&mut self) {
        if self.linked {
            self.client.disconnected(DisconnectReason::Other);
        }
    }
}

/// The wake-up source, polled wherever the pump waits.
struct Waker<'w, T, F> {
    given: &'w Cell<Option<T>>,
    waking: Pin<&'w mut F>,
}

impl<T, F: Future<Output = ()>> Waker<'_, T, F> {
    /// Ready when a value was given.
    async fn woken(&mut self) {
        poll_fn(|cx| self.ask(cx)).await;
    }

    /// Asks once: neither may a peer that sends without a pause keep a value waiting, nor is a button to be deaf during a dial.
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

/// Waits until a value was taken. Nobody has to wake this: the pump takes the value before it waits again.
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
struct Session<'s, 'a, 'c, 'm, 'w, C, E: Entropy, T, F> {
    live: &'s mut Live<'a, 'c, E>,
    clock: &'s C,
    rx: &'s mut RecvBuf<'m>,
    tx: &'s mut SendBuf<'m>,
    waker: &'s mut Waker<'w, T, F>,
}

impl<'c, 'm, C: Clock, E: Entropy, T, F: Future<Output = ()>>
    Session<'_, '_, 'c, 'm, '_, C, E, T, F>
{
    /// Runs until the link's end; `Some` if it is also the client's.
    async fn run<L: Link>(
        &mut self,
        mut link: L,
        handle: &mut impl FnMut(Happening<'_, T>, &mut Replies<'_, 'c, 'm, E>),
    ) -> Result<Option<CloseReason>, UsageError> {
        let Self {
            live,
            clock,
            rx,
            tx,
            waker,
        } = self;
        loop {
            waker.glance().await;
            if let Some(value) = waker.given.take() {
                handle(
                    Happening::Woken(value),
                    &mut Replies {
                        client: live.client,
                        tx,
                    },
                );
            }
            match live.client.poll(rx, tx, clock.now())? {
                Output::Event(event) => handle(
                    Happening::Event(event),
                    &mut Replies {
                        client: live.client,
                        tx,
                    },
                ),
                Output::Wait { until, .. } => {
                    let stop = async {
                        select(waker.woken(), clock.wait_until(until)).await;
                    };
                    match link.exchange(rx.space(), tx.pending(), stop).await {
                        Ok(Moved::Received(count)) => rx.filled(count),
                        Ok(Moved::Sent(count)) => tx.sent(count),
                        Ok(Moved::Stopped) => {}
                        Err(end) => {
                            live.unlink(end);
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
                // The client asks for a link only after it gave up the one before.
                _ => return Ok(None),
            }
        }
    }
}
