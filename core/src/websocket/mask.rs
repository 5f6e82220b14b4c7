//! Masking (RFC 6455 section 5.3): at any alignment and any offset of the key, and many bytes at a
//! time where flash is plentiful.

use crate::buffer::Sink;
use crate::entropy::{Entropy, EntropyError};
use crate::flash;

/// The masking key of one frame, rotated to the position of the next payload byte.
///
/// Each frame needs a fresh key from [`Entropy`]: section 5.3 requires keys that the author of the
/// payload cannot predict, and a key used twice is known from its first use.
///
/// ```
/// use slack_rtm::websocket::Mask;
///
/// let mut payload = *b"Hello";
/// let mut mask = Mask::new([0x37, 0xFA, 0x21, 0x3D]); // the example of section 5.7
/// mask.apply(&mut payload[..2]); // in pieces of any length
/// mask.apply(&mut payload[2..]);
/// assert_eq!(payload, [0x7F, 0x9F, 0x4D, 0x51, 0x58]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mask(u32);

const WORD: usize = size_of::<u64>();

/// Bytes that are masked together: as many as four vector registers hold.
const BLOCK: usize = 8 * WORD;

impl Mask {
    /// Creates the mask with `key`, before the first payload byte.
    pub const fn new(key: [u8; 4]) -> Self {
        Self(u32::from_le_bytes(key))
    }

    /// Draws a fresh key.
    pub(super) fn draw(entropy: &mut (impl Entropy + ?Sized)) -> Result<Self, EntropyError> {
        let mut key = [0; 4];
        entropy.fill(&mut key)?;
        Ok(Self::new(key))
    }

    /// Returns the key as it applies to the next four bytes. At the start of a frame it is the key
    /// for its header.
    pub const fn key(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    /// Masks (or unmasks) `payload` in place, and rotates the key to the byte after it.
    pub fn apply(&mut self, payload: &mut [u8]) {
        if !flash::PLENTIFUL {
            for byte in payload {
                *byte ^= self.next();
            }
            return;
        }
        let word = self.word();
        let advance = payload.len();
        let (words, tail) = payload.as_chunks_mut::<WORD>();
        for bytes in words {
            *bytes = (u64::from_le_bytes(*bytes) ^ word).to_le_bytes();
        }
        for (byte, key) in tail.iter_mut().zip(&word.to_le_bytes()) {
            *byte ^= key;
        }
        self.turn(advance);
    }

    /// Copies and masks in one pass; returns how many bytes, the shorter of the two lengths.
    #[inline]
    pub fn copy(&mut self, payload: &[u8], out: &mut [u8]) -> usize {
        let count = payload.len().min(out.len());
        if !flash::PLENTIFUL {
            for (to, from) in out.iter_mut().zip(payload) {
                *to = from ^ self.next();
            }
            return count;
        }
        let (Some(payload), Some(out)) = (payload.get(..count), out.get_mut(..count)) else {
            return 0;
        };
        let word = self.word();
        let (from, from_tail) = payload.as_chunks::<BLOCK>();
        let (to, to_tail) = out.as_chunks_mut::<BLOCK>();
        for (to, from) in to.iter_mut().zip(from) {
            copy_words(word, from, to);
        }
        copy_words(word, from_tail, to_tail);
        self.turn(count);
        count
    }

    /// Returns the key's byte for the next byte of payload, and rotates the key.
    const fn next(&mut self) -> u8 {
        let byte = self.0 as u8;
        self.turn(1);
        byte
    }

    const fn word(self) -> u64 {
        (self.0 as u64) << 32 | self.0 as u64
    }

    const fn turn(&mut self, count: usize) {
        self.0 = self.0.rotate_right(8 * (count as u32 & 3));
    }
}

/// Copies and masks between two slices of equal length; `word` applies to their first bytes.
#[inline(always)]
fn copy_words(word: u64, from: &[u8], to: &mut [u8]) {
    let (from, from_tail) = from.as_chunks::<WORD>();
    let (to, to_tail) = to.as_chunks_mut::<WORD>();
    for (to, from) in to.iter_mut().zip(from) {
        *to = (u64::from_le_bytes(*from) ^ word).to_le_bytes();
    }
    for ((to, from), key) in to_tail.iter_mut().zip(from_tail).zip(&word.to_le_bytes()) {
        *to = from ^ key;
    }
}

/// Does not show the key: section 5.3 requires that nobody can predict it.
impl core::fmt::Debug for Mask {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Mask(..)")
    }
}

/// Copies and masks the part of a writer's output that begins at an offset, as far as there is
/// room.
///
/// A [`Window`](crate::buffer::Window) that masks.
pub struct MaskedWindow<'a> {
    skip: usize,
    out: &'a mut [u8],
    mask: Mask,
    written: usize,
}

impl<'a> MaskedWindow<'a> {
    /// Creates a window over the output's bytes from `skip` on, as many as `out` holds; `mask`
    /// applies to the first of them.
    pub fn new(skip: usize, mask: Mask, out: &'a mut [u8]) -> Self {
        Self {
            skip,
            out,
            mask,
            written: 0,
        }
    }

    /// Returns how many bytes were written into `out`.
    pub const fn written(&self) -> usize {
        self.written
    }

    /// Returns the mask for the byte after the last one written.
    pub const fn mask(&self) -> Mask {
        self.mask
    }
}

/// Shows no byte of the output: it may be secret.
impl core::fmt::Debug for MaskedWindow<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MaskedWindow")
            .field("skip", &self.skip)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl Sink for MaskedWindow<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let Some(rest) = bytes.get(self.skip..) else {
            self.skip = self.skip.saturating_sub(bytes.len());
            return;
        };
        self.skip = 0;
        let room = self.out.get_mut(self.written..).unwrap_or_default();
        self.written += self.mask.copy(rest, room);
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Mask);

#[cfg(test)]
mod tests {
    use super::{Mask, MaskedWindow};
    use crate::buffer::Sink;
    use std::{vec, vec::Vec};

    /// Section 5.3, a byte at a time.
    fn octet_by_octet(payload: &[u8], key: [u8; 4]) -> Vec<u8> {
        (payload.iter().enumerate())
            .map(|(index, byte)| byte ^ key[index % 4])
            .collect()
    }

    const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

    #[test]
    fn every_length_alignment_and_split_equals_section_5_3() {
        let longest = if cfg!(miri) { 27 } else { 100 };
        let bytes: Vec<u8> = (0..longest).map(|n: u8| n.wrapping_mul(37)).collect();
        for start in 0..9 {
            for end in start..bytes.len() {
                let payload = &bytes[start..end];
                let expected = octet_by_octet(payload, KEY);
                for split in [0, 1, 2, 3, 5, 8, 21].map(|split| payload.len().min(split)) {
                    let (mut in_place, mut copied) = (bytes.clone(), vec![0; payload.len()]);
                    let mut mask = Mask::new(KEY);
                    mask.apply(&mut in_place[start..start + split]);
                    mask.apply(&mut in_place[start + split..end]);
                    assert_eq!(in_place[start..end], expected);
                    let mut mask = Mask::new(KEY);
                    assert_eq!(mask.copy(&payload[..split], &mut copied), split);
                    mask.copy(&payload[split..], &mut copied[split..]);
                    assert_eq!(copied, expected);
                }
            }
        }
    }

    #[test]
    fn windows_of_any_size_give_the_whole_masked_output() {
        let pieces = [
            "{\"type\":",
            "",
            "\"message\"",
            ",",
            "\"text\":\"hello, world\"}",
        ];
        let emit = |sink: &mut dyn Sink| pieces.iter().for_each(|piece| sink.put(piece.as_bytes()));
        let expected = octet_by_octet(pieces.concat().as_bytes(), KEY);
        for size in 1..=expected.len() {
            let (mut out, mut mask) = (Vec::new(), Mask::new(KEY));
            while out.len() < expected.len() {
                let mut part = vec![0; size];
                let mut window = MaskedWindow::new(out.len(), mask, &mut part);
                emit(&mut window);
                let written = window.written();
                mask = window.mask();
                out.extend_from_slice(&part[..written]);
            }
            assert_eq!(out, expected, "windows of {size} bytes");
        }
    }
}
