//! The client: composes the layers into a life, from a token to sessions without end.
//!
//! It parses nothing itself. A life is a round of phases, one file each where there is more to one than
//! waiting; `transitions` has the table of what leads from one to the next, and the guide shows it.
//!
//! Every failure leads through Leaving (`Output::Disconnect`) to Resting, and from there to the
//! next call; `close` and errors that cannot heal lead to the end.

mod call;
mod config;
mod context;
mod error;
mod event;
mod handshake;
mod machine;
mod outbound;
mod output;
mod render;
mod session;
mod step;
#[cfg(debug_assertions)]
mod transitions;

pub use config::{Config, Delivery, ReconnectUrl, Timeouts};
pub use error::{PeerError, UsageError};
pub use event::{CloseReason, Event, ReconnectReason, Step};
pub use machine::Client;
pub use outbound::MessageId;
pub use output::{DisconnectReason, Output, Peer, Security};

/// What a client is doing: for a status light, or a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum State {
    /// Not started yet.
    Offline,
    /// Calling the Web API.
    Calling,
    /// Connecting to the socket, up to `hello`.
    Connecting,
    /// In a session.
    Open,
    /// Waiting for the next try.
    Waiting {
        /// When it begins.
        until: crate::time::Instant,
    },
    /// Closing the link.
    Closing,
    /// At its end.
    Closed,
}

/// What a client has done since its birth. Counters of 32 bits saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Counters {
    /// Sessions that began with `hello`.
    pub sessions: u32,
    /// Attempts and sessions that failed or ended.
    pub failures: u32,
    /// Payload bytes of messages received.
    pub bytes_in: u64,
    /// Payload bytes of commands sent, without their ids.
    pub bytes_out: u64,
    /// Messages received.
    pub messages_in: u32,
    /// Messages and other commands that [`Client::send`] has taken.
    pub messages_out: u32,
    /// Messages received of which a text was cut.
    pub cut: u32,
    /// Messages received of which a needed value did not fit into the receive buffer.
    pub oversized: u32,
}

impl Counters {
    /// So many bytes of payload came in.
    fn received(&mut self, bytes: usize) {
        self.bytes_in = self.bytes_in.wrapping_add(bytes as u64);
    }

    /// So many bytes of payload were put into the send buffer.
    fn sent(&mut self, bytes: usize) {
        self.bytes_out = self.bytes_out.wrapping_add(bytes as u64);
    }
}

/// One more of what a counter counts.
#[inline(never)] // it is called in several places
fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
