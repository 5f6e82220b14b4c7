//! Randomness, supplied by the caller. A failure is an error, never a zero.

use core::fmt;

/// A source of unpredictable bytes, for masking keys (RFC 6455 section 5.3), the nonce of the
/// handshake (section 4.1), the first message id and the jitter of reconnection delays.
///
/// The authors of messages must not be able to predict masking keys: use a hardware generator, or a
/// CSPRNG seeded by one. Each call fetches 4 to 16 bytes, and each frame needs one call.
///
/// The trait is implemented for functions and closures:
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
    /// Fills `out` completely.
    ///
    /// # Errors
    /// [`EntropyError`] if the source failed. Then the bytes of `out` are not used, and nothing that
    /// needs them is sent; the caller may try again.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError>;
}

impl<F: FnMut(&mut [u8]) -> Result<(), EntropyError>> Entropy for F {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self(out)
    }
}

/// A failure of the source of randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EntropyError;

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the source of randomness failed, so nothing was sent; poll again when it works",
        )
    }
}

impl core::error::Error for EntropyError {}
