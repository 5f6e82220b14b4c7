//! Decimal numbers without a sign.

/// Parses a decimal number below 2^64; returns `None` if there is no digit or another byte.
#[inline(never)] // one copy serves all
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn numbers_below_2_to_the_64_without_a_sign() {
        assert_eq!(decimal(b"0"), Some(0));
        assert_eq!(decimal(b"007"), Some(7));
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        for other in [
            &b""[..],
            b"18446744073709551616",
            b"99999999999999999999",
            b"+1",
            b"-1",
            b"1 ",
            b"1.0",
            b"0x1",
        ] {
            assert_eq!(decimal(other), None, "{other:?}");
        }
    }
}
