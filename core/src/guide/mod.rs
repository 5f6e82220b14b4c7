//! The guide: what one wants to know before and beside the reference.
//!
//! It is text only, present in the documentation and in its tests, and not in any program.
//!
//! | chapter | question |
//! |---|---|
//! | [`slack`] | Can my workspace use RTM at all? |
//! | [`buffers`] | How much memory do I lend? |
//! | [`runtime`] | How do I drive the client without an adapter? |
//! | [`tls`] | How does a device get a verified link? |
//! | [`reconnect`] | What happens after a failure, and when? |
//! | [`phases`] | Which phases does the client go through? |
//! | [`security`] | What can an enemy do, and what not? |
//! | [`design`] | Why is it built so, and of which packages? |

pub mod buffers;
pub mod design;
pub mod phases;
pub mod reconnect;
pub mod runtime;
pub mod security;
pub mod slack;
pub mod tls;
