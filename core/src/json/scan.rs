//! Strings a machine word at a time.

const WORD: usize = size_of::<usize>();
const ONES: usize = usize::MAX / 0xff;
const HIGH: usize = ONES * 0x80;

/// The first byte from `at` on that is not plain: a quote, a backslash, a control character,
/// or a byte outside ASCII. The input's length if there is none.
#[inline(always)]
pub(super) fn plain(input: &[u8], mut at: usize) -> usize {
    let Some(mut rest) = input.get(at..) else {
        return at;
    };
    // Where flash is short, a byte at a time is fast enough.
    while cfg!(target_pointer_width = "64")
        && let Some((word, behind)) = rest.split_first_chunk()
    {
        let word = usize::from_le_bytes(*word);
        // The quote changes places with the space, so that it is next to the control characters.
        let quote_or_control = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
        let backslash = (word ^ (ONES * b'\\' as usize)).wrapping_sub(ONES);
        // A borrow can only reach bytes above the first that is found.
        let found = (quote_or_control | backslash | word) & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += WORD;
        rest = behind;
    }
    for &byte in rest {
        if !is_plain(byte) {
            break;
        }
        at += 1;
    }
    at
}

const fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte < 0x80 && byte != b'"' && byte != b'\\'
}
