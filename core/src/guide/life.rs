//! The phases of a client's life, and what leads from one to the next.
//!
//! [`Client::state`](crate::Client::state) tells them more coarsely, for a status light:
//!
//! | [`State`](crate::State) | phases |
//! |---|---|
//! | `Offline`, `Calling` | Calling, Answering, Answered |
//! | `Connecting` | Leaving for the socket, Opening, Upgrading, Upgraded, Greeting |
//! | `Open` | Open |
//! | `Closing` | Closing, Leaving, Ending |
//! | `Waiting` | Resting |
//! | `Closed` | Ended |
//!
//! What follows is made from the table in `core/src/client/transitions.rs`. In debug builds the client checks each
//! of its steps against that table, so every test that runs a client checks it;
//! `core/src/client/transitions.rs::the_guide_shows_this_table` compares this page with it, and
//! `core/tests/phases.rs::every_transition_of_the_table_is_taken` takes every row (with the feature `log`).
#![doc = ""]
#![doc = include_str!("life.md")]
