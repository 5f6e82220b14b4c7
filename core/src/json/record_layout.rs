//! The binary layout of records, in which kept values are stored.
//!
//! A record is a header word, little endian, and a value. The word holds the number of the path (8
//! bits), the [kind](record_kind) of the value (4 bits) and its length in bytes (20 bits), or, for
//! an array of objects, their number. A value that is cut or too long ends with its full length, 4
//! bytes.
//!
//! If the array of objects has a path, each of the objects begins with a header of that path, and
//! the records of its members follow. An array in an object of another array has no number.
//!
//! The value of a list is its entries. Each is followed by a byte with its kind that does not occur
//! in UTF-8, and, if it is cut, by its full length.

use super::record_kind;

/// The size of the header of a record, and of a full length, in bytes.
pub(super) const HEADER: usize = 4;
/// The longest value of a record, in bytes: 20 bits, where a `usize` has them.
pub(super) const LONGEST: usize = usize::MAX >> usize::BITS.saturating_sub(20);
/// The byte after an entry of kind 0.
pub(super) const FIRST_TAG: u8 = 0xf8;

/// Returns the header of a record.
pub(super) fn header(path: u8, kind: u8, length: usize) -> [u8; HEADER] {
    let length = length.min(LONGEST) as u32;
    (u32::from(path) | u32::from(kind) << 8 | length << 12).to_le_bytes()
}

/// Returns the byte after an entry.
pub(super) const fn tag(kind: u8) -> u8 {
    FIRST_TAG + kind
}

/// Returns the path and the length of the first record of `records`. The length is 0 if there is
/// none.
pub(super) fn head(records: &[u8]) -> (u8, usize) {
    let Some(header) = records.first_chunk() else {
        return (0, 0);
    };
    let word = u32::from_le_bytes(*header);
    (word as u8, HEADER + value_length(word))
}

/// Returns whether the first of `records` begins an object in an array.
pub(super) fn is_element(records: &[u8]) -> bool {
    records
        .get(1)
        .is_some_and(|kind| kind & 15 == record_kind::ELEMENT)
}

/// Returns the length of the value after a header.
pub(super) const fn value_length(header: u32) -> usize {
    if kind_of(header) == record_kind::COUNT {
        0
    } else {
        (header >> 12) as usize
    }
}

/// Returns the kind in a header.
pub(super) const fn kind_of(header: u32) -> u8 {
    (header >> 8) as u8 & 15
}
