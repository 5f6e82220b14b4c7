//! The FNV-1a hash, by which tables know many names in little flash.

/// Returns the 32-bit FNV-1a hash of `text`.
///
/// It does not resist an attacker: use it only where a collision does no harm.
#[inline(never)] // one copy serves all
pub(crate) const fn fnv1a(text: &str) -> u32 {
    let (mut hash, mut rest) = (0x811C_9DC5_u32, text.as_bytes());
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u32).wrapping_mul(0x0100_0193);
        rest = tail;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::fnv1a;

    /// Test vectors of the authors of FNV.
    #[test]
    fn known_hashes() {
        assert_eq!(fnv1a(""), 0x811C_9DC5);
        assert_eq!(fnv1a("a"), 0xE40C_292C);
        assert_eq!(fnv1a("foobar"), 0xBF9C_F968);
    }
}
