//! The memory of a session, or of a machine for calls.

use slack_rtm::web_api::RateSlot;
use std::fmt;

/// The memory of a [`Session`](crate::Session) or a [`WebApi`](crate::WebApi): the receive buffer
/// and the send buffer, the outbox for messages and calls that wait, and the rate limits of calls.
#[derive(Clone)]
pub struct Buffers {
    pub(crate) rx: Vec<u8>,
    pub(crate) tx: Vec<u8>,
    pub(crate) outbox: Vec<u8>,
    pub(crate) rates: Vec<RateSlot>,
}

/// The rate limits that are in force at once, unless the program sets their number.
const RATES: usize = 64;

impl Buffers {
    /// Creates a receive buffer of `rx` bytes and a send buffer of `tx` bytes, without an outbox,
    /// and memory for 64 rate limits.
    ///
    /// Neither limits the length of messages. A larger `rx` keeps longer texts whole. A larger `tx`
    /// needs fewer system calls. The least sizes are [`RecvBuf::MIN`](slack_rtm::buffer::RecvBuf::MIN)
    /// and [`SendBuf::MIN`](slack_rtm::buffer::SendBuf::MIN).
    pub fn new(rx: usize, tx: usize) -> Self {
        Self {
            rx: vec![0; rx],
            tx: vec![0; tx],
            outbox: Vec::new(),
            rates: vec![RateSlot::FREE; RATES],
        }
    }

    /// Sets the size of the outbox: the memory for messages that wait to be sent or acknowledged.
    ///
    /// Each message takes its JSON, without its id, and five bytes. A post of a
    /// [`WebApi`](crate::WebApi) takes its arguments as a form, the names of its method and its
    /// channel, and 16 bytes. A time to live takes 15 more. With an outbox of 0 bytes a message is sent at once or not at all.
    ///
    /// ```
    /// use slack_rtm_std::Buffers;
    ///
    /// let mut buffers = Buffers::new(4096, 1024).outbox(2048);
    /// # let _ = &mut buffers;
    /// ```
    #[must_use]
    pub fn outbox(mut self, bytes: usize) -> Self {
        self.outbox = vec![0; bytes];
        self
    }

    /// Sets the number of rate limits that may be in force at once: one for each method, and one
    /// for each channel that messages are posted to, within a minute. If all of them are in force,
    /// a call of another method waits. A session does not use them.
    #[must_use]
    pub fn rates(mut self, count: usize) -> Self {
        self.rates = vec![RateSlot::FREE; count];
        self
    }
}

impl Default for Buffers {
    /// Creates a receive buffer of 32 KiB, a send buffer of 8 KiB and an outbox of 16 KiB. Texts of
    /// 4,000 characters stay whole, with all other members of their events.
    fn default() -> Self {
        Self::new(32 * 1024, 8 * 1024).outbox(16 * 1024)
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffers")
            .field("rx", &self.rx.len())
            .field("tx", &self.tx.len())
            .field("outbox", &self.outbox.len())
            .field("rates", &self.rates.len())
            .finish()
    }
}
