//! UTF-8 (RFC 3629 section 4), checked as the bytes arrive, over any split.

use crate::flash;

/// A check whether a stream of bytes is UTF-8, which fails at the first byte that cannot be part of
/// it.
///
/// The state is three bytes: how many continuation bytes are due, and the range of the next one. So
/// overlong forms, surrogates and values above U+10FFFF fail at their second byte, not at the end
/// of the character (RFC 3629 section 4).
///
/// `core::str::from_utf8` needs a whole character in one slice and is five times the code; it is
/// used only where a `&str` is returned.
///
/// ```
/// use slack_rtm::websocket::Utf8;
///
/// let mut utf8 = Utf8::new();
/// assert!(utf8.check(b"na\xC3")); // the character may be continued in the next slice
/// assert!(!utf8.is_complete());
/// assert!(utf8.check(b"\xAFve"));
/// assert!(utf8.is_complete());
/// assert!(!utf8.check(b"\xED\xA0")); // a surrogate, before its third byte
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Utf8(Place);

impl Utf8 {
    /// Creates a check before the first byte.
    pub const fn new() -> Self {
        Self(Place::START)
    }

    /// Returns whether the bytes so far end between two characters.
    pub const fn is_complete(self) -> bool {
        self.0.due == 0
    }

    /// Checks the next bytes; returns false if one of them cannot be part of UTF-8.
    ///
    /// After false, further results are meaningless.
    #[must_use]
    #[inline]
    pub fn check(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        loop {
            if self.0.due == 0 {
                rest = skip_ascii(rest);
            }
            let Some((&byte, tail)) = rest.split_first() else {
                return true;
            };
            if !self.0.pass(byte) {
                return false;
            }
            rest = tail;
        }
    }
}

impl Default for Utf8 {
    fn default() -> Self {
        Self::new()
    }
}

/// The position of a stream of bytes within a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct Place {
    /// Continuation bytes that are due; 0 between characters.
    pub(crate) due: u8,
    /// The range of the next continuation byte; meaningful while `due > 0`.
    pub(crate) low: u8,
    pub(crate) high: u8,
}

impl Place {
    pub(crate) const START: Self = Self {
        due: 0,
        low: 0x80,
        high: 0xBF,
    };

    /// Moves past `byte`; returns false if `byte` is not allowed at this position.
    #[inline]
    pub(crate) const fn pass(&mut self, byte: u8) -> bool {
        if self.due > 0 {
            let fits = self.low <= byte && byte <= self.high;
            let due = self.due - 1;
            *self = Self { due, ..Self::START };
            return fits;
        }
        let (due, low, high) = match byte {
            0x00..=0x7f => (0, 0x80, 0xbf),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return false,
        };
        *self = Self { due, low, high };
        true
    }
}

/// Returns the longest prefix of `bytes` that consists of whole characters.
#[inline(never)] // one copy serves all, and takes less flash than `from_utf8`
pub(crate) fn valid(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

/// Bytes of a word.
const WORD: usize = size_of::<usize>();

/// Bytes that are checked together where text is ASCII and flash is plentiful.
const BLOCK: usize = 8 * WORD;

/// Returns the bytes from the first one on that is not ASCII.
#[inline]
fn skip_ascii(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    // Where flash is short, a word at a time is fast enough.
    while flash::PLENTIFUL
        && let Some((block, tail)) = rest.split_first_chunk::<BLOCK>()
        && all_ascii(block)
    {
        rest = tail;
    }
    while let Some((word, tail)) = rest.split_first_chunk::<WORD>()
        && all_ascii(word)
    {
        rest = tail;
    }
    while let Some((byte, tail)) = rest.split_first()
        && byte.is_ascii()
    {
        rest = tail;
    }
    rest
}

/// Returns whether no byte of `bytes`, a whole number of words, is above 0x7F.
#[inline(always)]
fn all_ascii<const N: usize>(bytes: &[u8; N]) -> bool {
    let (words, _) = bytes.as_chunks::<WORD>();
    let all = words
        .iter()
        .fold(0, |all, word| all | usize::from_ne_bytes(*word));
    all & HIGH_BITS == 0
}

/// The highest bit of each byte of a word.
const HIGH_BITS: usize = usize::from_ne_bytes([0x80; WORD]);

#[cfg(test)]
mod tests {
    use super::Utf8;
    use std::{format, vec::Vec};

    /// The first byte that `core` refuses, if there is one.
    fn first_bad(bytes: &[u8]) -> Option<usize> {
        (1..=bytes.len())
            .find(|&end| match core::str::from_utf8(&bytes[..end]) {
                Ok(_) => false,
                Err(error) => error.error_len().is_some(),
            })
            .map(|end| end - 1)
    }

    fn agrees_with_core(bytes: &[u8]) {
        let mut utf8 = Utf8::new();
        let bad = bytes
            .iter()
            .position(|byte| !utf8.check(core::slice::from_ref(byte)));
        assert_eq!(bad, first_bad(bytes), "{bytes:x?}");
        if bad.is_none() {
            assert_eq!(
                utf8.is_complete(),
                core::str::from_utf8(bytes).is_ok(),
                "{bytes:x?}"
            );
        }
        assert_eq!(Utf8::new().check(bytes), bad.is_none(), "{bytes:x?}");
    }

    #[test]
    fn all_leads_and_second_bytes_and_the_edges_after_them() {
        for first in 0..=255 {
            agrees_with_core(&[first]);
            for second in 0..=255 {
                agrees_with_core(&[first, second]);
                for third in [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] {
                    agrees_with_core(&[first, second, third]);
                    for fourth in [0x7F, 0x80, 0xBF, 0xC0] {
                        agrees_with_core(&[first, second, third, fourth]);
                    }
                }
            }
        }
    }

    #[test]
    fn every_split_and_every_place_in_a_block() {
        for pad in 0..70 {
            for (tail, good) in [("é", true), ("€", true), ("𐍈!", true)] {
                let text = format!("{}{tail}{}", "a".repeat(pad), "b".repeat(9));
                for split in 0..=text.len() {
                    let (left, right) = text.as_bytes().split_at(split);
                    let mut utf8 = Utf8::new();
                    assert_eq!(utf8.check(left) && utf8.check(right), good);
                    assert!(utf8.is_complete());
                }
            }
            let mut bytes = Vec::from("a".repeat(pad));
            bytes.push(0xC0);
            assert!(!Utf8::new().check(&bytes), "{pad}");
        }
    }
}
