//! Slack's Real Time Messaging API as a `no_std`, no-alloc, sans-IO state machine.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate std;

pub mod backoff;
pub mod buffer;
pub mod client;
pub mod entropy;
pub mod http;
pub mod json;
pub mod pace;
pub mod rtm;
pub mod time;
pub mod url;
pub mod web_api;
pub mod websocket;
