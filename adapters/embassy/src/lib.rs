//! Slack RTM on async microcontrollers.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![allow(
    async_fn_in_trait,
    reason = "executors of microcontrollers are single-threaded: futures need not be Send"
)]

#[cfg(test)]
extern crate std;

pub mod clock;
pub mod connect;
pub mod nal;
#[cfg(feature = "embassy-net")]
pub mod net;
pub mod pump;
#[cfg(feature = "tls")]
pub mod tls;
