//! Memory-mapped registers.

/// One 32-bit register, or one port of a FIFO.
#[derive(Clone, Copy)]
pub struct Register(*mut u32);

impl Register {
    /// # Safety
    /// A device register of 32 bits must lie at `address`, and nothing but `Register`s may touch it.
    pub const unsafe fn new(address: usize) -> Self {
        Self(address as *mut u32)
    }

    pub fn read(self) -> u32 {
        // SAFETY: `new` demands a register at this address.
        unsafe { self.0.read_volatile() }
    }

    pub fn write(self, value: u32) {
        // SAFETY: `new` demands a register at this address.
        unsafe { self.0.write_volatile(value) }
    }
}
