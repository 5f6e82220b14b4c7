//! The wall clock of a board that has none.

use core::hint::black_box;

/// Some time in January 2027.
pub fn unix_time() -> u64 {
    black_box(1_800_000_000)
}
