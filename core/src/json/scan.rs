//! Scanning of strings, a machine word at a time.

use crate::flash::PLENTIFUL;

const WORD: usize = size_of::<usize>();
const ONES: usize = usize::MAX / 0xff;
const HIGH: usize = ONES * 0x80;

/// Returns the position of the first byte from `at` on that is a quote, a backslash, a control
/// character or outside ASCII, or else the length of the input.
#[inline(always)]
pub(super) fn plain(input: &[u8], mut at: usize) -> usize {
    let Some(mut rest) = input.get(at..) else {
        return at;
    };
    while PLENTIFUL && let Some((word, after)) = rest.split_first_chunk() {
        let word = usize::from_le_bytes(*word);
        // The quote changes places with the space, so that it is next to the control characters.
        let quote_or_control = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
        let backslash = (word ^ (ONES * b'\\' as usize)).wrapping_sub(ONES);
        // A borrow only reaches bytes above the first that is found.
        let found = (quote_or_control | backslash | word) & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += WORD;
        rest = after;
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
