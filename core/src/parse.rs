//! What stands in URLs, heads and JSON: lists with commas (RFC 9110 section 5.6.1), decimal numbers.
//!
//! This crate keeps the names that it knows as such lists too, or as numbers: both cost less than a
//! table of texts.

/// The elements of a list, without the blanks around them.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'l> {
    rest: Option<&'l [u8]>,
}

impl<'l> Elements<'l> {
    pub(crate) const fn of(list: &'l [u8]) -> Self {
        Self { rest: Some(list) }
    }
}

impl<'l> Iterator for Elements<'l> {
    type Item = &'l [u8];

    #[inline(never)] // one copy serves all lists
    fn next(&mut self) -> Option<&'l [u8]> {
        let list = self.rest?;
        let comma = list.iter().position(|byte| *byte == b',');
        let (element, behind) = list.split_at_checked(comma.unwrap_or(list.len()))?;
        self.rest = behind.get(1..);
        Some(element.trim_ascii())
    }
}

/// The place of `element` in a list, in any case.
#[inline(never)] // likewise
pub(crate) fn position(list: &[u8], element: &[u8]) -> Option<usize> {
    Elements::of(list).position(|one| one.eq_ignore_ascii_case(element))
}

/// A decimal number without sign, below 2^64.
#[inline(never)] // likewise
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// The FNV-1a hash of `text`: texts that nobody chose to be alike have different ones, but for one
/// pair in 2^32.
pub(crate) const fn fnv1a(text: &str) -> u32 {
    fnv1a_folded(text.as_bytes(), 0)
}

/// The [`mark`] of `text` with the bits of `fold` set in each byte: `0x20` makes letters lower case.
#[inline(never)] // likewise
pub(crate) const fn fnv1a_folded(text: &[u8], fold: u8) -> u32 {
    let (mut mark, mut rest) = (0x811C_9DC5_u32, text);
    while let [byte, behind @ ..] = rest {
        mark = (mark ^ (*byte | fold) as u32).wrapping_mul(0x0100_0193);
        rest = behind;
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::{Elements, position};
    use std::vec::Vec;

    #[test]
    fn elements_come_without_blanks_and_may_be_empty() {
        let all = |list| Elements::of(list).collect::<Vec<_>>();
        assert_eq!(all(b""), [b""]);
        assert_eq!(all(b" a , b\t,,c"), [&b"a"[..], b"b", b"", b"c"]);
        assert_eq!(all(b"a,"), [&b"a"[..], b""]);
    }

    #[test]
    fn only_whole_elements_are_found() {
        let list = b"close, Keep-Alive ,upgrade";
        assert_eq!(position(list, b"close"), Some(0));
        assert_eq!(position(list, b"keep-alive"), Some(1));
        assert_eq!(position(list, b"UPGRADE"), Some(2));
        for other in [
            &b"up"[..],
            b"upgrades",
            b"keep",
            b"",
            b"close, Keep-Alive",
            b" close",
        ] {
            assert_eq!(position(list, other), None, "{other:?}");
        }
    }
}
