//! RTM: events in, commands out.
