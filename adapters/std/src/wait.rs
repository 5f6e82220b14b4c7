//! Waiting for sockets, for a deadline and for a [`Waker`]; nothing else in this crate blocks.

use crate::{Clock, LinkError};
use polling::{Event, Events, PollMode, Poller};
use slack_rtm::time::Instant;
use std::io;
use std::net::TcpStream;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Ends the current wait of a thread at once, or its next wait if it does not wait now.
///
/// Clones wake the same thread. Several wakes before a wait count as one.
#[derive(Clone, Debug)]
pub struct Waker {
    poller: Arc<Poller>,
    /// Set by `wake`, cleared by the wait that it ends. The poller does not report its notification
    /// when a socket became ready at the same time.
    woken: Arc<AtomicBool>,
}

impl Waker {
    /// Wakes the thread that uses the [`Dialer`](crate::Dialer) which this waker comes from.
    pub fn wake(&self) {
        self.woken.store(true, Ordering::Release);
        self.notify();
    }

    /// Ends a wait as if a socket had become ready.
    pub(crate) fn notify(&self) {
        // Fails only when the system is out of resources. The wait then ends at its deadline.
        let _ = self.poller.notify();
    }
}

/// Waits for the sockets that [`watch`](Self::watch) registered.
#[derive(Clone, Debug)]
pub(crate) struct Waiter {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    waker: Waker,
    events: Mutex<Events>,
    next_key: AtomicUsize,
    clock: Clock,
}

/// The result of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A socket may be ready.
    Ready,
    /// The deadline has passed.
    Deadline,
    /// A [`Waker`] was used.
    Woken,
}

impl Waiter {
    pub(crate) fn new(clock: Clock) -> io::Result<Self> {
        Ok(Self {
            shared: Arc::new(Shared {
                waker: Waker {
                    poller: Arc::new(Poller::new()?),
                    woken: Arc::new(AtomicBool::new(false)),
                },
                events: Mutex::new(Events::new()),
                next_key: AtomicUsize::new(0),
                clock,
            }),
        })
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn waker(&self) -> Waker {
        self.shared.waker.clone()
    }

    /// Waits until an armed socket is ready, `until` has passed, or a waker was used.
    pub(crate) fn wait(&self, until: Instant) -> Result<Progress, LinkError> {
        let shared = &*self.shared;
        let mut events = shared.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.clear();
        let timeout = shared.clock.remaining(until);
        let ready = shared.waker.poller.wait(&mut events, timeout)?;
        Ok(if shared.waker.woken.swap(false, Ordering::Acquire) {
            Progress::Woken
        } else if ready == 0 && shared.clock.now() >= until {
            Progress::Deadline
        } else {
            Progress::Ready
        })
    }

    /// Registers `stream` with the poller and makes it non-blocking.
    #[allow(unsafe_code)]
    pub(crate) fn watch(&self, stream: TcpStream) -> io::Result<Watched> {
        stream.set_nonblocking(true)?;
        // Never reaches `usize::MAX`, which the poller reserves.
        let key = self.shared.next_key.fetch_add(1, Ordering::Relaxed);
        // SAFETY: a source must be deleted from the poller before it is closed. `Watched` owns
        // the stream, lends only shared references to it, and deletes it on drop.
        unsafe {
            self.shared
                .waker
                .poller
                .add_with_mode(&stream, Event::none(key), PollMode::Oneshot)?;
        }
        Ok(Watched {
            stream,
            key,
            waiter: self.clone(),
        })
    }
}

/// A non-blocking socket that is registered with the poller.
#[derive(Debug)]
pub(crate) struct Watched {
    stream: TcpStream,
    key: usize,
    waiter: Waiter,
}

impl Watched {
    pub(crate) fn waiter(&self) -> &Waiter {
        &self.waiter
    }

    /// Makes the next wait end when the socket is readable.
    pub(crate) fn arm_reading(&self) -> io::Result<()> {
        self.arm(Event::readable(self.key))
    }

    /// Makes the next wait end when the socket is writable.
    pub(crate) fn arm_writing(&self) -> io::Result<()> {
        self.arm(Event::writable(self.key))
    }

    /// Makes the next wait end when the socket is readable or writable.
    pub(crate) fn arm_both(&self) -> io::Result<()> {
        self.arm(Event::all(self.key))
    }

    fn arm(&self, interest: Event) -> io::Result<()> {
        self.waiter
            .shared
            .waker
            .poller
            .modify(&self.stream, interest)
    }
}

impl Deref for Watched {
    type Target = TcpStream;

    fn deref(&self) -> &TcpStream {
        &self.stream
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.waiter.shared.waker.poller.delete(&self.stream);
    }
}

#[cfg(test)]
mod tests {
    use super::{Progress, Waiter};
    use crate::Clock;
    use slack_rtm::time::{Duration, Instant};
    use std::thread;

    fn waiter() -> Waiter {
        Waiter::new(Clock::new()).unwrap()
    }

    #[test]
    fn a_wake_before_the_wait_is_not_lost_and_counts_once() {
        let waiter = waiter();
        waiter.waker().wake();
        waiter.waker().wake();
        assert_eq!(waiter.wait(Instant::MAX).unwrap(), Progress::Woken);
        let soon = waiter.clock().now() + Duration::from_millis(20);
        assert_eq!(waiter.wait(soon).unwrap(), Progress::Deadline);
        assert!(waiter.clock().now() >= soon);
    }

    #[test]
    fn a_wake_from_another_thread_ends_a_wait_without_end() {
        let waiter = waiter();
        let waker = waiter.waker();
        let other = thread::spawn(move || {
            thread::sleep(std::time::Duration::from_millis(30));
            waker.wake();
        });
        assert_eq!(waiter.wait(Instant::MAX).unwrap(), Progress::Woken);
        other.join().unwrap();
    }
}
