//! RTM: events in, commands out, and what keeps a session alive and its messages accounted for.

pub mod command;
pub mod custom;
pub mod event;
pub mod keepalive;
pub mod limits;
pub mod outbox;
pub mod text;
