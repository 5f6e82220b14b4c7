//! UTF-8 (RFC 3629 section 4), for the layers that check it as it arrives.

/// What must follow the first byte of a character: how many bytes, and the bounds of the next.
#[inline]
pub(crate) const fn following(lead: u8) -> Option<(u8, u8, u8)> {
    Some(match lead {
        0xc2..=0xdf => (1, 0x80, 0xbf),
        0xe0 => (2, 0xa0, 0xbf),
        0xed => (2, 0x80, 0x9f),
        0xe1..=0xef => (2, 0x80, 0xbf),
        0xf0 => (3, 0x90, 0xbf),
        0xf1..=0xf3 => (3, 0x80, 0xbf),
        0xf4 => (3, 0x80, 0x8f),
        _ => return None,
    })
}

/// The characters that `bytes` begin with, up to the first that is broken or not all there.
#[inline(never)] // one copy serves all, and needs less flash than `from_utf8`
pub(crate) fn valid(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}
