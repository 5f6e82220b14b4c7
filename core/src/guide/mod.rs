//! The guide: chapters to read before and besides the reference.
//!
//! This module contains text only. It is part of the documentation and of its tests, and of no
//! program.
//!
//! | chapter | question |
//! |---|---|
//! | [`slack`] | Which token do I have, and which dialect does it mean? Where do replies go, and how do mentions and texts work? |
//! | [`socket_mode`] | How does an app that is created today receive events, buttons and commands, and answer them? |
//! | [`buffers`] | How much memory does a client need? |
//! | [`runtime`] | How do I drive the client without an adapter? |
//! | [`many_sessions`] | How do I run many sessions in one loop? |
//! | [`web_api`] | How do I call the Web API, and what happens after a failure? |
//! | [`tls`] | How does a device open a verified link? |
//! | [`reconnect`] | What happens after a failure, and when? |
//! | [`phases`] | Which phases does the client go through? |
//! | [`security`] | What can an attacker do, and what not? |
//! | [`design`] | Why is the crate built this way, and from which packages? |

pub mod buffers;
pub mod design;
pub mod many_sessions;
pub mod phases;
pub mod reconnect;
pub mod runtime;
pub mod security;
pub mod slack;
pub mod socket_mode;
pub mod tls;
pub mod web_api;
