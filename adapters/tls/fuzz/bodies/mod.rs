//! What is fuzzed, target by target, and what must hold beside "no panic".
//!
//! Shared by path: `fuzz` runs the bodies under libFuzzer, `tests/fuzz_corpus.rs` replays the
//! corpus through them on any compiler.
#![allow(dead_code)] // each side uses a part

mod certificates;
mod flights;
mod honest;
mod records;
mod rsa;
mod script;
pub(crate) mod seeds;

/// A target's name and its body.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// Every target.
pub(crate) const TARGETS: &[Target] = &[
    ("records", records::records),
    ("certificates", certificates::certificates),
    ("rsa", rsa::rsa),
    ("flights", flights::flights),
];

/// Runs the target called `name`.
pub(crate) fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.0 == name);
    target.expect("a target of this name").1(data);
}
