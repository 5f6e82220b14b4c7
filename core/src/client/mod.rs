//! The client state machine: Web API call, WebSocket handshake, session, reconnect.
//!
//! It parses nothing itself. It goes through a cycle of phases; `transitions` has the table of them,
//! and the guide shows it. Every failure leads through `Disconnecting` to `BackingOff`, and from there
//! to the next call. `close` and errors that need human action lead to `Closed`.

#[allow(clippy::module_inception)] // the file of the type `Client`
mod client;
mod config;
mod context;
mod counters;
mod error;
mod event;
mod handshake;
mod log;
mod machine;
mod message_id;
mod opening_call;
mod outbound;
mod output;
mod phase;
mod reason;
mod reconnect;
mod reconnect_url;
mod session;
mod settings;
mod state;
mod step;
#[cfg(debug_assertions)]
mod transitions;
mod tx_context;

pub use client::Client;
pub use config::Config;
pub use counters::Counters;
pub use error::{PeerError, UsageError};
pub use event::Event;
pub use message_id::MessageId;
pub use outbound::Delivery;
pub use output::ClientOutput;
pub use reason::{CloseReason, ReconnectReason};
pub use reconnect_url::ReconnectUrl;
pub use state::State;
