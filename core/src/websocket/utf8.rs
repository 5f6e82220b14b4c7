//! UTF-8 (RFC 3629) checked as the bytes arrive, over any split.

use crate::utf8::Place;

/// Checks a stream of bytes for being UTF-8, failing at the first byte that cannot be part of it.
///
/// Three bytes of state: how many continuation bytes are due, and the range of the next one. So
/// overlong forms, surrogates and values above U+10FFFF fail at their second byte, not at the
/// end of the character (RFC 3629 section 4).
///
/// `core::str::from_utf8` needs a whole character in one slice and is five times the code; it
/// is used only where somebody asks for a `&str`.
///
/// ```
/// use slack_rtm::websocket::Utf8;
///
/// let mut utf8 = Utf8::new();
/// assert!(utf8.check(b"na\xC3")); // the character may go on in the next slice
/// assert!(!utf8.is_complete());
/// assert!(utf8.check(b"\xAFve"));
/// assert!(utf8.is_complete());
/// assert!(!utf8.check(b"\xED\xA0")); // a surrogate, before its third byte came
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utf8(Place);

/// Bytes that are looked at together where text is ASCII.
const WORD: usize = size_of::<usize>();
const BLOCK: usize = 8 * WORD;

impl Utf8 {
    /// A check that stands before the first byte.
    pub const fn new() -> Self {
        Self(Place::START)
    }

    /// Whether the bytes so far end between two characters.
    pub const fn is_complete(self) -> bool {
        self.0.due == 0
    }

    /// Checks the next bytes; false as soon as one of them cannot be part of UTF-8.
    ///
    /// After false the check is of no further use.
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

#[inline]
fn skip_ascii(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    // Where flash is short, a word at a time is fast enough.
    while cfg!(target_pointer_width = "64")
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

/// Whether no byte of a number of words is above 0x7F.
#[inline(always)]
fn all_ascii<const N: usize>(bytes: &[u8; N]) -> bool {
    let (words, _) = bytes.as_chunks::<WORD>();
    let all = words
        .iter()
        .fold(0, |all, word| all | usize::from_ne_bytes(*word));
    all & HIGH_BITS == 0
}

const HIGH_BITS: usize = usize::from_ne_bytes([0x80; WORD]);

#[cfg(test)]
mod tests {
    use super::Utf8;
    use std::{format, vec::Vec};

    /// Where `core` finds the first byte that cannot go on, or the end.
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
    fn all_leads_and_second_bytes_and_the_edges_behind_them() {
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
