//! Copying and moving bytes without a panic path.

/// Copies as much of `from` as fits into `to`. Returns the number of bytes copied.
#[inline(never)] // one copy of the code serves all callers
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> usize {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    to.len().min(from.len())
}

/// Moves the bytes after the first `skip` ones of `bytes` to its front.
///
/// The bytes move in pieces as long as the gap, none of which overlaps its destination: each is one
/// `memcpy`. The standard `copy_within` keeps a panic path where it is not inlined, as at opt-level
/// `z`.
pub(crate) fn shift(bytes: &mut [u8], skip: usize) {
    let mut bytes = bytes;
    if skip == 0 {
        return;
    }
    while let Some((gap, rest)) = bytes.split_at_mut_checked(skip)
        && !rest.is_empty()
    {
        copy(gap, rest);
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::shift;
    use std::vec::Vec;

    #[test]
    fn shifts_by_any_gap() {
        let longest = if cfg!(miri) { 12 } else { 40 };
        for len in 0..longest {
            for skip in 0..usize::from(longest) + 5 {
                let mut bytes: Vec<u8> = (0..len).collect();
                shift(&mut bytes, skip);
                let moved: Vec<u8> = (0..len).skip(skip).collect();
                if skip <= bytes.len() {
                    assert_eq!(bytes[..moved.len()], moved, "{len} by {skip}");
                }
            }
        }
    }
}
