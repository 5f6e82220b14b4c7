//! RTM: events in, commands out.

pub mod event;
