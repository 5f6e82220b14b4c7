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

/// Parses a decimal number with 64 bits that may begin with `-`.
pub(crate) fn signed_decimal(number: &[u8]) -> Option<i64> {
    match number {
        [b'-', digits @ ..] => 0_i64.checked_sub_unsigned(decimal(digits)?),
        digits => 0_i64.checked_add_unsigned(decimal(digits)?),
    }
}

#[cfg(test)]
mod tests {
    use super::{decimal, signed_decimal};

    #[test]
    fn signed_numbers_have_64_bits() {
        for number in [0, 1, -1, i64::MIN, i64::MAX] {
            let text = std::format!("{number}");
            assert_eq!(signed_decimal(text.as_bytes()), Some(number));
        }
        for other in [
            &b"-"[..],
            b"--1",
            b"9223372036854775808",
            b"-9223372036854775809",
            b"",
        ] {
            assert_eq!(signed_decimal(other), None, "{other:?}");
        }
    }

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
