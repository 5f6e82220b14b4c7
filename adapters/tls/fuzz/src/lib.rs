//! The bodies of the fuzz targets of `verified-tls`, by name. `.ci/fuzz` runs them beside the core's.
//!
//! An input that fails goes into `corpus/<target>` under a descriptive name; from then on
//! `cargo test -p verified-tls --all-features` replays it.

#[path = "../bodies/mod.rs"]
mod bodies;

/// Runs the target called `name` on `data`.
///
/// # Panics
/// If an invariant of the target does not hold, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    bodies::run(name, data);
}
