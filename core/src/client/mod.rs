//! The client state machine: Web API call, WebSocket handshake, session, reconnect.
//!
//! It parses nothing itself. It goes through a cycle of phases; `transitions` has the table of
//! them, and the guide shows it. Every failure leads through `Disconnecting` to `BackingOff`, and
//! from there to the next call. `close` and errors that need human action lead to `Closed`.

mod acknowledge;
#[allow(clippy::module_inception)] // the file of the type `Client`
mod client;
mod config;
mod context;
mod counters;
mod deferred;
mod dialect;
mod error;
mod event;
mod frame_event;
mod handshake;
mod log;
mod machine;
mod opening_call;
mod outbound;
mod output;
mod phase;
mod reason;
mod reconnect;
mod reconnect_url;
mod rtm_session;
mod session;
mod session_state;
mod settings;
mod socket_mode_session;
mod state;
mod step;
#[cfg(debug_assertions)]
mod transitions;
mod tx_context;
mod unsent;
mod view;

pub use acknowledge::{AcknowledgeError, DeferredEnvelope, EventAcknowledgement};
pub use client::Client;
pub use config::Config;
pub use counters::Counters;
pub use dialect::Dialect;
pub use error::{ConfigError, PeerError, PollError, SendError, WithdrawError};
pub use event::{Acknowledged, Event, Reconnecting, Rejected};
pub use outbound::Delivery;
pub use output::ClientOutput;
pub use reason::{CloseReason, ReconnectReason};
pub use state::State;
pub use view::{EventViews, Never, Rtm, SocketMode, View};
