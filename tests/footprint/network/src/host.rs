//! The wall clock of a board that has none, and the end of its programs.

use core::hint::black_box;

/// Some time in January 2027.
pub fn unix_time() -> u64 {
    black_box(1_800_000_000)
}

/// Does nothing any more.
pub fn exit(_: u8) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
