//! The bodies of the fuzz targets, by name.
//!
//! `.ci/fuzz 20` runs each target for 20 seconds, `.ci/fuzz 3600 client split` two of them for an
//! hour each. By hand, with several processes and a corpus that grows:
//!
//! ```text
//! cargo +nightly fuzz run -O client /tmp/client corpus/client -- -max_len=4096 -jobs=8
//! ```
//!
//! `FUZZ_TARGET=i686-unknown-linux-gnu .ci/fuzz 3600` runs them with words of 32 bits: where flash is
//! short JSON's names, UTF-8 and masks go by other code than on hosts.
//!
//! An input that fails goes into `corpus/<target>` under a name that says what it shows; from then
//! on `cargo test` replays it.

#[path = "../bodies/mod.rs"]
mod bodies;

/// Runs the target called `name` on `data`.
///
/// # Panics
/// If an invariant of the target does not hold, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    bodies::run(name, data);
}
