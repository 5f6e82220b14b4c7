//! The handshake's random numbers, from one draw of entropy that may fail.

use rand_core::{CryptoRng, Error, RngCore};
use sha2::{Digest, Sha256};
use slack_rtm::entropy::{Entropy, EntropyError};

/// SHA-256 in counter mode over a 32-byte seed. embedded-tls draws from a generator that cannot
/// fail; a device's can. So the entropy is drawn once, before anything is sent, and stretched.
pub(super) struct Random {
    seed: [u8; 32],
    counter: u64,
}

impl Random {
    pub(super) fn new(entropy: &mut impl Entropy) -> Result<Self, EntropyError> {
        let mut seed = [0; 32];
        entropy.fill(&mut seed)?;
        Ok(Self { seed, counter: 0 })
    }
}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let block = Sha256::new()
                .chain_update(self.seed)
                .chain_update(self.counter.to_be_bytes())
                .finalize();
            self.counter += 1;
            for (byte, random) in chunk.iter_mut().zip(block) {
                *byte = random;
            }
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::{Random, RngCore};
    use slack_rtm::entropy::{EntropyError, from_fn};

    #[test]
    fn a_failing_source_fails_and_blocks_differ() {
        assert!(Random::new(&mut from_fn(|_| Err(EntropyError))).is_err());
        let mut random = Random::new(&mut from_fn(|out| {
            out.fill(7);
            Ok(())
        }))
        .unwrap();
        let mut out = [[0; 32]; 3];
        for block in &mut out {
            random.fill_bytes(block);
        }
        assert!(out[0] != out[1] && out[1] != out[2] && out[0] != [0; 32]);
    }
}
