//! RTM: events in, commands out.

pub mod text;
