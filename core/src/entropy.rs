//! Randomness as the caller supplies it; its failure is an error, never a zero.

use core::fmt;

/// A source of unpredictable bytes: masking keys (RFC 6455 section 5.3), the handshake's nonce
/// (section 4.1), the first message id and the jitter of reconnection delays come from it.
///
/// Masking keys must be unpredictable to whoever writes the messages, so a hardware generator
/// or a CSPRNG seeded by one belongs here. Implemented for closures:
///
/// ```
/// use slack_rtm::entropy::{Entropy, EntropyError};
///
/// fn hardware_generator(out: &mut [u8]) -> Result<(), EntropyError> {
///     out.fill(4); // chosen by fair dice roll
///     Ok(())
/// }
/// let mut entropy = hardware_generator;
/// let mut key = [0; 4];
/// entropy.fill(&mut key).unwrap();
/// ```
pub trait Entropy {
    /// Fills all of `out`.
    ///
    /// # Errors
    /// [`EntropyError`] if it could not; `out` is then not used, and nothing that needs it is sent.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError>;
}

impl<F: FnMut(&mut [u8]) -> Result<(), EntropyError>> Entropy for F {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self(out)
    }
}

/// The source of randomness could not deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EntropyError;

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of randomness failed; nothing was sent in its place: poll again when it works")
    }
}

impl core::error::Error for EntropyError {}
