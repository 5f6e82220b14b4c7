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

#[cfg(test)]
mod tests {
    use super::OsEntropy;
    use slack_rtm::entropy::Entropy;

    #[test]
    fn two_keys_differ() {
        let (mut first, mut second) = ([0; 16], [0; 16]);
        OsEntropy.fill(&mut first).unwrap();
        OsEntropy.fill(&mut second).unwrap();
        assert_ne!(first, second);
    }
}
