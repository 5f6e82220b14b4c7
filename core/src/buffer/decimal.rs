//! Decimal digits of a number, written into a sink.

use super::sink::Sink;

/// Puts `number` in decimal digits.
///
/// The digits are found by subtraction: a division of 64 bits is a kibibyte of code on 32-bit
/// targets.
pub(crate) fn put_decimal(sink: &mut dyn Sink, number: u64) {
    let (mut rest, mut begun) = (number, false);
    for place in (0..20).rev() {
        let mut unit: u64 = 1;
        for _ in 0..place {
            unit *= 10;
        }
        let mut digit = b'0';
        while rest >= unit {
            rest -= unit;
            digit += 1;
        }
        begun |= digit > b'0' || place == 0;
        if begun {
            sink.put(&[digit]);
        }
    }
}
