//! A Slack bot on tokio, and the parts that slack-rtm-embassy needs: a clock, a network, randomness.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod bot;
pub mod clock;
pub mod demo;
pub mod entropy;
pub mod network;
pub mod options;

/// The page of the example, whose code is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub mod readme {}
