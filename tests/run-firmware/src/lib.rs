//! The doorbell firmware in QEMU, as a test: build it, run it, talk to it, judge its exit status.

#![warn(missing_docs)]

mod cable;
mod figures;
mod image;
mod picture;
mod qemu;
mod relay;
mod scenario;
mod socket_mode;
mod web_api;

pub use figures::Figures;
pub use image::{ALL_MACHINES, COST_MACHINES, Machine, check_tools};
pub use picture::send_picture;
pub use relay::{RELAY, relay};
pub use scenario::{Cost, Outcome, costs, hold, refusals, ring, ring_bare, ring_small};
pub use socket_mode::{answer_commands, answer_posts};
pub use web_api::{post_beside, post_between};
