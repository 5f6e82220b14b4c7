//! Nothing: what the others are compared with.

#![no_std]
#![no_main]

use core::hint::black_box;
use footprint_json::Unknown;

static INPUT: Unknown<512> = Unknown::new();

#[unsafe(no_mangle)]
extern "C" fn run() -> usize {
    black_box(INPUT.take().len())
}
