//! What the firmware's application asks of its machine, as far as it does not depend on one.
#![no_std]

#[path = "../../../../examples/firmware/src/arguments.rs"]
pub mod arguments;
pub mod button;
pub mod clock;
pub mod host;
#[path = "../../../../examples/firmware/src/random.rs"]
pub mod random;

/// Prints nothing, as the firmware's images that are measured.
#[macro_export]
macro_rules! say {
    ($($line:tt)*) => {
        if false {
            let _ = format_args!($($line)*);
        }
    };
}
