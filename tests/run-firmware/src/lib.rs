//! The doorbell firmware in QEMU, as a test: build it, run it, talk to it, judge its exit status.

#![warn(missing_docs)]

mod image;
mod qemu;
mod relay;
mod scenario;

pub use image::{ALL_MACHINES, Machine, check_tools};
pub use relay::{RELAY, relay};
pub use scenario::{Outcome, refusals, ring, ring_bare, ring_small};
