//! The handshake's random numbers, from one draw of entropy that may fail.

use core::fmt;

use rand_core::{CryptoRng, Error, RngCore};
use sha2::{Digest, Sha256};

use crate::error::TlsError;

/// The entropy of one handshake: 32 bytes that nobody can guess, never used before.
///
/// [`Connector::connect`](crate::Connector::connect) consumes a seed, which cannot be copied.
/// Anyone who knows the seed of a connection can read and change its data: the private key of the
/// key exchange is computed from it.
///
/// ```
/// use verified_tls::{Seed, TlsError};
///
/// fn seed() -> Result<Seed, TlsError> {
///     // On a device: the hardware's generator of random numbers.
///     Seed::draw(getrandom::fill)
/// }
/// # assert!(seed().is_ok());
/// ```
pub struct Seed([u8; 32]);

impl Seed {
    /// Draws the bytes from `source`, which fills its whole argument.
    ///
    /// # Errors
    /// [`TlsError::Entropy`] if the source fails.
    pub fn draw<E>(source: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, TlsError> {
        let mut seed = [0; 32];
        source(&mut seed).map_err(|_| TlsError::Entropy)?;
        Ok(Self(seed))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seed").finish_non_exhaustive()
    }
}

/// SHA-256 in counter mode over a 32-byte seed. embedded-tls draws from a generator that cannot
/// fail; a device's can. So the entropy is drawn once, before anything is sent, and expanded.
pub(crate) struct Random {
    seed: [u8; 32],
    counter: u64,
}

impl Random {
    pub(crate) fn new(Seed(seed): Seed) -> Self {
        Self { seed, counter: 0 }
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
    use super::{Random, RngCore, Seed};
    use crate::error::TlsError;

    #[test]
    fn a_failing_source_fails_and_blocks_differ() {
        assert_eq!(Seed::draw(|_| Err(())).err(), Some(TlsError::Entropy));
        let seed = Seed::draw(|out| {
            out.fill(7);
            Ok::<(), ()>(())
        });
        let mut random = Random::new(seed.unwrap());
        let mut out = [[0; 32]; 3];
        for block in &mut out {
            random.fill_bytes(block);
        }
        assert!(out[0] != out[1] && out[1] != out[2] && out[0] != [0; 32]);
    }
}
