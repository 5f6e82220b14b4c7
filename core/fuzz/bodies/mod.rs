//! What is fuzzed, target by target, and what must hold beside "no panic".
//!
//! Shared by path: `core/fuzz` runs the bodies under libFuzzer, `core/tests/fuzz_corpus.rs` replays
//! the corpus through them on any compiler.
#![allow(dead_code)] // each side uses a part
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)] // a failed assertion is the finding

mod caller;
mod client;
mod extractor;
mod http;
mod json;
mod script;
pub(crate) mod seeds;
mod socket_mode;
mod upload;
mod url;
mod websocket;
mod world;

#[path = "../../tests/json/model.rs"]
mod model;
#[path = "../../tests/websocket_common/mod.rs"]
mod websocket_common;

/// A target's name and its body.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// Every target.
pub(crate) const TARGETS: &[Target] = &[
    ("url", url::url),
    ("http_head", http::head),
    ("http_body", http::body),
    ("json_tokenizer", json::tokenizer),
    ("json_differential", json::differential),
    ("json_extractor", extractor::fields),
    ("handshake", websocket::handshake),
    ("frames", websocket::frames),
    ("caller", caller::caller),
    ("client", client::client),
    ("split", client::split),
    ("socket_mode", socket_mode::socket_mode),
    ("upload", upload::upload),
];

/// Runs the target called `name`.
pub(crate) fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.0 == name);
    target.expect("a target of this name").1(data);
}
