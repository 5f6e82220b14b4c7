//! The key of a handshake and the answer that it needs (RFC 6455 section 4.1).
//!
//! SHA-1 here is our own: a ring of 16 words in place of the usual schedule of 80 (FIPS 180-4
//! section 6.1.3), and one loop for all rounds. Linked for thumbv7em at opt-level `z`, beyond an empty
//! firmware and hashing one block, it takes 1,008 bytes of flash, base64 and comparison included, and
//! 156 bytes of stack; `sha1` 0.10 takes 4,136 and 620 bytes, `sha1_smol` 1.0 takes 4,000 and 580 and
//! keeps a panic path. The tests check ours against `sha1`. As a hash SHA-1 is broken; here it
//! only tells that the server speaks WebSocket.

use crate::buffer::{Sink, Window};

/// Bytes of the message: the key's 24 characters and the GUID's 36.
const MESSAGE: u32 = 60;
/// Characters of the value of `Sec-WebSocket-Accept`: 20 bytes in base64.
const ACCEPT: usize = 28;

/// Whether `value` is the value of `Sec-WebSocket-Accept` that belongs to a nonce.
///
/// One block of memory serves as message, schedule, digest and text; not inlined, its stack is
/// needed once, at the depth of one call.
#[inline(never)]
pub(super) fn is_accept(value: &[u8], nonce: &[u8; 16]) -> bool {
    let mut block = FIRST;
    base64(nonce, &mut Window::new(0, block.as_flattened_mut()));
    let mut state = [
        0x6745_2301_u32,
        0xEFCD_AB89,
        0x98BA_DCFE,
        0x1032_5476,
        0xC3D2_E1F0,
    ];
    compress(&mut state, &mut block);
    // The second block holds nothing but the length in bits.
    block.fill([0; 4]);
    if let Some(word) = block.last_mut() {
        *word = (8 * MESSAGE).to_be_bytes();
    }
    compress(&mut state, &mut block);
    for (bytes, word) in block.iter_mut().zip(&state) {
        *bytes = word.to_be_bytes();
    }
    let (digest, text) = block.as_flattened_mut().split_at_mut(20);
    base64(digest, &mut Window::new(0, text));
    text.get(..ACCEPT) == Some(value)
}

/// The first block of the message but for the key, which six words are held free for: the GUID of
/// section 1.3, and the end mark.
#[rustfmt::skip]
const FIRST: Block = [
    [0; 4], [0; 4], [0; 4], [0; 4], [0; 4], [0; 4],
    *b"258E", *b"AFA5", *b"-E91", *b"4-47", *b"DA-9", *b"5CA-", *b"C5AB", *b"0DC8", *b"5B11",
    [0x80, 0, 0, 0],
];

/// Sixteen words, the first byte of each the highest.
type Block = [[u8; 4]; 16];

/// SHA-1's compression of one block, which is used up.
#[inline(never)]
fn compress(state: &mut [u32; 5], block: &mut Block) {
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

/// Emits `bytes` in base64 with padding (RFC 4648 section 4): of a nonce, the value of
/// `Sec-WebSocket-Key`.
#[inline(never)]
pub(super) fn base64(bytes: &[u8], sink: &mut dyn Sink) {
    for three in bytes.chunks(3) {
        let mut bits = 0_u32;
        for place in 0..3 {
            bits = bits << 8 | u32::from(three.get(place).copied().unwrap_or_default());
        }
        for place in 0..4 {
            let character = if place <= three.len() {
                digit((bits >> 18) as u8 & 63)
            } else {
                b'='
            };
            sink.put(&[character]);
            bits <<= 6;
        }
    }
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=25 => b'A' + value,
        26..=51 => b'a' + value - 26,
        52..=61 => b'0' + value - 52,
        62 => b'+',
        _ => b'/',
    }
}

#[cfg(test)]
mod tests {
    use super::is_accept;
    use crate::buffer::Window;
    use sha1::{Digest, Sha1};

    const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    fn base64<const N: usize>(bytes: &[u8]) -> [u8; N] {
        let mut out = [0; N];
        let mut window = Window::new(0, &mut out);
        super::base64(bytes, &mut window);
        assert_eq!((window.written(), window.overflowed()), (N, false));
        out
    }

    fn key(nonce: &[u8; 16]) -> [u8; 24] {
        base64(nonce)
    }

    #[test]
    fn the_example_of_section_1_3() {
        let nonce = *b"the sample nonce";
        assert_eq!(key(&nonce), *b"dGhlIHNhbXBsZSBub25jZQ==");
        assert!(is_accept(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", &nonce));
        assert!(!is_accept(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo", &nonce));
    }

    #[test]
    fn equals_the_sha1_package() {
        let mut seed = 1_u32;
        for _ in 0..if cfg!(miri) { 3 } else { 500 } {
            let nonce = core::array::from_fn(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            });
            let digest = Sha1::new()
                .chain_update(key(&nonce))
                .chain_update(GUID)
                .finalize();
            assert!(is_accept(&base64::<28>(&digest), &nonce));
        }
    }

    #[test]
    fn base64_of_rfc_4648_section_10() {
        assert_eq!(base64(b"f"), *b"Zg==");
        assert_eq!(base64(b"fo"), *b"Zm8=");
        assert_eq!(base64(b"foobar"), *b"Zm9vYmFy");
        assert_eq!(base64(b"\xFB\xFF\xBF"), *b"+/+/");
    }
}
