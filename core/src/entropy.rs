//! Randomness, supplied by the caller. A failure is an error, never a zero.

use core::fmt;

/// A source of unpredictable bytes, for masking keys (RFC 6455 section 5.3), the nonce of the
/// handshake (section 4.1), the first message id and the jitter of reconnection delays.
///
/// The authors of messages must not be able to predict masking keys: use a hardware generator, or a
/// CSPRNG seeded by one. Each call fetches 4 to 16 bytes, and each frame needs one call.
///
/// A function or a closure becomes a source by [`from_fn`], a generator of the package `rand_core`
/// by [`FromRng`] (feature `rand_core`) or [`FromRng06`] (feature `rand_core_06`). A `&mut` to a
/// source is a source too, `&mut dyn Entropy` included.
///
/// ```
/// use slack_rtm::entropy::{Entropy, EntropyError, from_fn};
///
/// fn hardware_generator(out: &mut [u8]) -> Result<(), EntropyError> {
///     out.fill(4); // chosen by fair dice roll
///     Ok(())
/// }
/// let mut entropy = from_fn(hardware_generator);
/// let mut lent: &mut dyn Entropy = &mut entropy;
/// let mut key = [0; 4];
/// lent.fill(&mut key)?;
/// # assert_eq!(key, [4; 4]);
/// # Ok::<(), EntropyError>(())
/// ```
pub trait Entropy {
    /// Fills `out` completely.
    ///
    /// # Errors
    /// [`EntropyError`] if the source failed. Then the bytes of `out` are not used, and nothing
    /// that needs them is sent; the caller may try again.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError>;
}

impl<E: Entropy + ?Sized> Entropy for &mut E {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        (**self).fill(out)
    }
}

/// Creates a source from a function that fills its argument completely, or fails.
pub const fn from_fn<F>(function: F) -> FromFn<F>
where
    F: FnMut(&mut [u8]) -> Result<(), EntropyError>,
{
    FromFn(function)
}

/// A source that calls a function, created by [`from_fn`].
#[derive(Clone, Copy)]
pub struct FromFn<F>(F);

impl<F: FnMut(&mut [u8]) -> Result<(), EntropyError>> Entropy for FromFn<F> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        (self.0)(out)
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFn").finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<F> defmt::Format for FromFn<F> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "FromFn");
    }
}

/// A source that draws from a generator of `rand_core` 0.9. A failure of the generator is a failure
/// of the source.
///
/// ```
/// use slack_rtm::entropy::{Entropy, FromRng};
/// # struct Hardware;
/// # impl rand_core::RngCore for Hardware {
/// #     fn next_u32(&mut self) -> u32 { 7 }
/// #     fn next_u64(&mut self) -> u64 { 7 }
/// #     fn fill_bytes(&mut self, out: &mut [u8]) { out.fill(7) }
/// # }
/// # let hardware = Hardware;
/// let mut entropy = FromRng(hardware); // any generator that implements `TryRngCore`
/// let mut key = [0; 4];
/// entropy.fill(&mut key)?;
/// # assert_eq!(key, [7; 4]);
/// # Ok::<(), slack_rtm::entropy::EntropyError>(())
/// ```
#[cfg(feature = "rand_core")]
#[derive(Clone, Copy)]
pub struct FromRng<R>(pub R);

#[cfg(feature = "rand_core")]
impl<R: rand_core::TryRngCore> Entropy for FromRng<R> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.0.try_fill_bytes(out).map_err(|_| EntropyError)
    }
}

/// Does not show the state of the generator.
#[cfg(feature = "rand_core")]
impl<R> fmt::Debug for FromRng<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromRng").finish_non_exhaustive()
    }
}

#[cfg(all(feature = "rand_core", feature = "defmt"))]
impl<R> defmt::Format for FromRng<R> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "FromRng");
    }
}

/// Like [`FromRng`], for a generator of `rand_core` 0.6, which many hardware crates still
/// implement.
#[cfg(feature = "rand_core_06")]
#[derive(Clone, Copy)]
pub struct FromRng06<R>(pub R);

#[cfg(feature = "rand_core_06")]
impl<R: rand_core_06::RngCore> Entropy for FromRng06<R> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.0.try_fill_bytes(out).map_err(|_| EntropyError)
    }
}

/// Does not show the state of the generator.
#[cfg(feature = "rand_core_06")]
impl<R> fmt::Debug for FromRng06<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromRng06").finish_non_exhaustive()
    }
}

#[cfg(all(feature = "rand_core_06", feature = "defmt"))]
impl<R> defmt::Format for FromRng06<R> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "FromRng06");
    }
}

/// A failure of the source of randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EntropyError;

impl EntropyError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        101
    }
}

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the source of randomness failed, so nothing was sent; poll again when it works",
        )
    }
}

impl core::error::Error for EntropyError {}

#[cfg(test)]
mod tests {
    use super::{Entropy, EntropyError, from_fn};

    fn draw(entropy: &mut impl Entropy) -> Result<[u8; 2], EntropyError> {
        let mut out = [0; 2];
        entropy.fill(&mut out)?;
        Ok(out)
    }

    #[test]
    fn a_reference_to_a_source_is_a_source() {
        let mut next = 0;
        let mut source = from_fn(|out: &mut [u8]| {
            next += 1;
            out.fill(next);
            Ok(())
        });
        assert_eq!(draw(&mut source), Ok([1, 1]));
        assert_eq!(draw(&mut &mut source), Ok([2, 2]));
        let mut lent: &mut dyn Entropy = &mut source;
        assert_eq!(draw(&mut lent), Ok([3, 3]));
    }

    #[cfg(all(feature = "rand_core", feature = "rand_core_06"))]
    #[test]
    fn a_generator_that_fails_is_a_source_that_fails() {
        struct Broken;

        impl rand_core::TryRngCore for Broken {
            type Error = EntropyError;

            fn try_next_u32(&mut self) -> Result<u32, EntropyError> {
                Err(EntropyError)
            }
            fn try_next_u64(&mut self) -> Result<u64, EntropyError> {
                Err(EntropyError)
            }
            fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
                Err(EntropyError)
            }
        }

        struct Broken06;

        impl rand_core_06::RngCore for Broken06 {
            fn next_u32(&mut self) -> u32 {
                0
            }
            fn next_u64(&mut self) -> u64 {
                0
            }
            fn fill_bytes(&mut self, out: &mut [u8]) {
                out.fill(0);
            }
            fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), rand_core_06::Error> {
                let code = core::num::NonZeroU32::MIN;
                Err(rand_core_06::Error::from(code))
            }
        }

        assert_eq!(draw(&mut super::FromRng(Broken)), Err(EntropyError));
        assert_eq!(draw(&mut super::FromRng06(Broken06)), Err(EntropyError));
    }
}
