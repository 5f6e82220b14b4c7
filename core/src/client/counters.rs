//! Counters of a client, for statistics.

/// The counters of a client since its creation. Those of 32 bits saturate, those of 64 wrap around.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Counters {
    /// Sessions that began with `hello`.
    pub sessions: u32,
    /// Attempts and sessions that ended and were followed by a back-off.
    pub failures: u32,
    /// Payload bytes of messages received.
    pub bytes_in: u64,
    /// Payload bytes of commands sent, without their ids.
    pub bytes_out: u64,
    /// Messages received.
    pub messages_in: u32,
    /// Messages and other commands that [`Client::send`](crate::Client::send) has accepted.
    pub messages_out: u32,
    /// Messages received whose text was cut.
    pub cut: u32,
    /// Messages received with a wanted value that did not fit into the receive buffer.
    pub oversized: u32,
}

impl Counters {
    /// Adds payload bytes that were received.
    pub(super) fn received(&mut self, bytes: usize) {
        self.bytes_in = self.bytes_in.wrapping_add(bytes as u64);
    }

    /// Adds payload bytes that were put into the send buffer.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.bytes_out = self.bytes_out.wrapping_add(bytes as u64);
    }
}

/// Increments a counter.
#[inline(never)] // it is called in several places
pub(super) fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
