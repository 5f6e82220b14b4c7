//! Base64 (RFC 4648 section 4), the encoder only.

use crate::buffer::Sink;

/// Emits `bytes` in base64 with padding. The value of `Sec-WebSocket-Key` is a nonce so encoded.
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
    use super::base64;
    use crate::buffer::Window;

    #[test]
    fn examples_of_rfc_4648_section_10() {
        for (bytes, text) in [
            (&b"f"[..], &b"Zg=="[..]),
            (b"fo", b"Zm8="),
            (b"foobar", b"Zm9vYmFy"),
            (b"\xFB\xFF\xBF", b"+/+/"),
            (b"", b""),
        ] {
            let mut out = [0; 8];
            let mut window = Window::new(0, &mut out);
            base64(bytes, &mut window);
            let (written, overflowed) = (window.written(), window.overflowed());
            assert_eq!((&out[..written], overflowed), (text, false));
        }
    }
}
