//! The handle that ends the calls of the Web API from other threads.

use crate::Waker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends the calls of a [`WebApi`](crate::WebApi) from any thread. Clones end the same calls.
#[derive(Clone, Debug)]
pub struct StopHandle {
    stopped: Arc<AtomicBool>,
    waker: Waker,
}

impl StopHandle {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            stopped: Arc::default(),
            waker,
        }
    }

    /// Ends the present call, and each later one until [`WebApi::resume`](crate::WebApi::resume),
    /// with [`CallFailure::Stopped`](crate::CallFailure::Stopped). A call that waits ends at once.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Returns whether calls are stopped.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(crate) fn reset(&self) {
        self.stopped.store(false, Ordering::Release);
    }
}
