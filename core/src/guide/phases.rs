//! The phases of a client, and the conditions that lead from one to the next.
//!
//! [`Client::state`](crate::Client::state) summarises them for a status light:
//!
//! | [`State`](crate::State) | phases |
//! |---|---|
//! | `Offline`, `Calling` | ConnectingApi, AwaitingResponse |
//! | `Connecting` | Disconnecting from the Web API, ConnectingSocket, Upgrading, AwaitingHello |
//! | `Open` | Open |
//! | `Closing` | Closing, Disconnecting, Draining |
//! | `Waiting` | BackingOff |
//! | `Closed` | Closed |
//!
//! The following is generated from the table in `core/src/client/transitions.rs`. In debug builds
//! the client checks each of its steps against that table, so every test that runs a client checks
//! it; `core/src/client/transitions.rs::the_guide_shows_this_table` compares this page with it, and
//! `core/tests/phases.rs::every_transition_of_the_table_is_taken` takes every row (with the feature
//! `log`).
#![doc = ""]
#![doc = include_str!("phases.md")]
