//! The error for a buffer that is too small for TLS.

use core::fmt;

use super::{MIN_READ, MIN_WRITE};

/// A buffer for [`Tls::new`](super::Tls::new) is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum BufferError {
    /// The read buffer.
    #[non_exhaustive]
    Read {
        /// The number of bytes needed.
        wanted: usize,
        /// The number of bytes available.
        available: usize,
    },
    /// The write buffer.
    #[non_exhaustive]
    Write {
        /// The number of bytes needed.
        wanted: usize,
        /// The number of bytes available.
        available: usize,
    },
}

impl BufferError {
    /// Checks the sizes of both buffers.
    pub(super) const fn check(read: usize, write: usize) -> Result<(), Self> {
        if read < MIN_READ {
            return Err(Self::Read {
                wanted: MIN_READ,
                available: read,
            });
        }
        if write < MIN_WRITE {
            return Err(Self::Write {
                wanted: MIN_WRITE,
                available: write,
            });
        }
        Ok(())
    }

    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Read { .. } => 700,
            Self::Write { .. } => 701,
        }
    }
}

impl fmt::Display for BufferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, wanted, available) = match self {
            Self::Read { wanted, available } => ("read", wanted, available),
            Self::Write { wanted, available } => ("write", wanted, available),
        };
        write!(
            f,
            "the {name} buffer for TLS is too small: {wanted} bytes wanted, {available} available; lend a larger one"
        )
    }
}

impl core::error::Error for BufferError {}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::BufferError;

    #[test]
    fn a_buffer_that_is_too_small_is_named_with_both_sizes() {
        assert_eq!(BufferError::check(768, 512), Ok(()));
        for (read, write, code, text) in [
            (
                767,
                512,
                700,
                "the read buffer for TLS is too small: 768 bytes wanted, 767 available; lend a larger one",
            ),
            (
                768,
                511,
                701,
                "the write buffer for TLS is too small: 512 bytes wanted, 511 available; lend a larger one",
            ),
            (
                0,
                0,
                700,
                "the read buffer for TLS is too small: 768 bytes wanted, 0 available; lend a larger one",
            ),
        ] {
            let error = BufferError::check(read, write).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), (code, text));
        }
    }
}
