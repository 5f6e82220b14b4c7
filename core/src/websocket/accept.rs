//! The rule for `Sec-WebSocket-Accept` (RFC 6455 section 4.2.2): a hash of the request's key.

use super::base64::base64;
use super::sha1::{Block, START, compress};
use crate::buffer::Window;

/// Bytes of the hashed message: the key's 24 characters and the GUID's 36.
const MESSAGE: u32 = 60;
/// Characters of the value of `Sec-WebSocket-Accept`: 20 bytes in base64.
const ACCEPT: usize = 28;

/// Returns whether `value` is the value of `Sec-WebSocket-Accept` for a nonce.
///
/// One block of memory is message, schedule, digest and text in turn. Not inlined, so that its
/// stack is needed at the depth of one call only.
#[inline(never)]
pub(super) fn is_accept(value: &[u8], nonce: &[u8; 16]) -> bool {
    let mut block = FIRST;
    base64(nonce, &mut Window::new(0, block.as_flattened_mut()));
    let mut state = START;
    compress(&mut state, &mut block);
    // The second block contains only the length in bits.
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

/// The first block of the message: six words for the key, the GUID of section 1.3, the end mark.
#[rustfmt::skip]
const FIRST: Block = [
    [0; 4], [0; 4], [0; 4], [0; 4], [0; 4], [0; 4],
    *b"258E", *b"AFA5", *b"-E91", *b"4-47", *b"DA-9", *b"5CA-", *b"C5AB", *b"0DC8", *b"5B11",
    [0x80, 0, 0, 0],
];

#[cfg(test)]
mod tests {
    use super::{ACCEPT, base64, is_accept};
    use crate::buffer::Window;
    use sha1::{Digest, Sha1};

    const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    fn encoded<const N: usize>(bytes: &[u8]) -> [u8; N] {
        let mut out = [0; N];
        base64(bytes, &mut Window::new(0, &mut out));
        out
    }

    #[test]
    fn the_example_of_section_1_3() {
        let nonce = *b"the sample nonce";
        assert_eq!(encoded(&nonce), *b"dGhlIHNhbXBsZSBub25jZQ==");
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
                .chain_update(encoded::<24>(&nonce))
                .chain_update(GUID)
                .finalize();
            assert!(is_accept(&encoded::<ACCEPT>(&digest), &nonce));
        }
    }
}
