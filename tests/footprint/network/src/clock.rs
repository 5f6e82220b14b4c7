//! The clock of tasks, which measures nothing where nothing runs.

/// Returns nothing to subtract.
pub fn busy() -> u32 {
    0
}

/// Returns no time.
pub fn busy_since(_: u32) -> u32 {
    0
}
