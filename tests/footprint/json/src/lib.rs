//! What the programs share: input nobody can foresee, and a panic that does not link.

#![no_std]

use core::cell::UnsafeCell;
use core::hint::black_box;

/// Memory whose content the compiler must not know.
pub struct Unknown<const N: usize>(UnsafeCell<[u8; N]>);

// SAFETY: the programs have one thread and take the memory once.
unsafe impl<const N: usize> Sync for Unknown<N> {}

impl<const N: usize> Unknown<N> {
    /// Zeros, for all that the linker knows.
    #[expect(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(UnsafeCell::new([0; N]))
    }

    /// The memory; to be taken once.
    #[expect(clippy::mut_from_ref)]
    pub fn take(&'static self) -> &'static mut [u8; N] {
        // SAFETY: see above.
        black_box(unsafe { &mut *self.0.get() })
    }
}

unsafe extern "C" {
    /// There is no such function: where a panic path is left, the link fails and names it.
    fn a_panic_path_is_left() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: never linked, so never called.
    unsafe { a_panic_path_is_left() }
}
