//! Random numbers for tests: NOT random. MPS2 boards have no generator; a product uses its microcontroller's.

use slack_rtm::entropy::{Entropy, EntropyError};

/// xorshift64*: two runs with the same seed send the same bytes, and anyone can compute them.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A generator of its own for one part of the program.
    pub fn part(&self, index: u64) -> Self {
        Self(
            self.0
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(index << 1)
                | 1,
        )
    }

    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

impl Entropy for Random {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in out.chunks_mut(8) {
            let bytes = self.number().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}
