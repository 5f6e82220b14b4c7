//! The bodies of the fuzz targets, by name.

#[path = "../bodies/mod.rs"]
mod bodies;

/// Runs the target called `name` on `data`.
///
/// # Panics
/// If an invariant of the target does not hold, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    bodies::run(name, data);
}
