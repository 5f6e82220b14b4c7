//! Random bytes from the operating system.

use slack_rtm::entropy::{Entropy, EntropyError};

/// The random number generator of the operating system, through the package `getrandom`.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(out).map_err(|_| EntropyError)
    }
}
