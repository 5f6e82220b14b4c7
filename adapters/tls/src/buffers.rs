//! The sizes of the two buffers, and the error for one that is too small.

use core::fmt;

use embedded_tls::MaxFragmentLength;

/// The least size of the write buffer: a ClientHello and the overhead of a record.
pub const MIN_WRITE: usize = 512;
/// The least size of the read buffer: the smallest fragment and the overhead of a record.
pub const MIN_READ: usize = 768;
/// The size of a read buffer that holds every record.
pub const FULL_READ: usize = 16_640;

/// The part of a write buffer that is used: embedded-tls leaves 128 bytes of it free, and would
/// otherwise put more than 2^14 bytes into a record (RFC 8446 section 5.1).
pub(crate) const MOST_WRITE: usize = 5 + 16_384 + 128;

/// Returns the longest fragment that fits a read buffer which cannot hold every record: content,
/// type and tag, some padding (RFC 6066 section 4).
pub(crate) fn fragment_limit(read: usize) -> Option<MaxFragmentLength> {
    match read {
        FULL_READ.. => None,
        4352.. => Some(MaxFragmentLength::Bits12),
        2304.. => Some(MaxFragmentLength::Bits11),
        1280.. => Some(MaxFragmentLength::Bits10),
        _ => Some(MaxFragmentLength::Bits9),
    }
}

/// A buffer for [`Connector::new`](crate::Connector::new) is too small.
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
    pub(crate) const fn check(read: usize, write: usize) -> Result<(), Self> {
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
