//! RSA signature verification without a heap: the public operation, PKCS#1 v1.5 and PSS (RFC 8017).
//!
//! Every number here is public (a certificate's key, a signature, a hash of what was signed), so
//! nothing has to run in constant time. That is why this is a page of Montgomery multiplication and
//! not a big-number package: one code path serves 2048, 3072 and 4096 bits. It never holds a
//! private key.
//!
//! Measured in November 2026 (thumbv7m, opt-level `z`, fat LTO): an image that verifies
//! a PKCS#1 v1.5 and a PSS signature of 2048 and of 4096 bits with SHA-256, beyond an empty image,
//! keys and signatures included; the stack painted in QEMU.
//!
//! | by | flash | peak stack | with 2048 bits alone |
//! |---|---|---|---|
//! | this module | 9,442 B | 3,088 B | 7,502 B, 3,072 B |
//! | rsa_heapless 0.5.0, limbs of 32 bits | 21,588 B | 37,236 B | 15,436 B, 18,812 B |
//! | crypto-bigint 0.7.11, the power modulo alone, without padding and hash | 20,132 B | 31,644 B | 13,076 B, 15,956 B |
//!
//! Both packages make code for each length of a key, and pass numbers by value.

use sha2::Digest;

/// 32-bit limbs of the longest modulus, 4096 bits.
const LIMBS: usize = 128;
/// Bytes of the longest modulus.
const BYTES: usize = LIMBS * 4;
/// Bytes of the shortest modulus: shorter RSA keys are no longer secure.
const LEAST: usize = 256;

/// A signature is not accepted. There is no reason in it, since nothing may depend on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadSignature;

/// Checks a PKCS#1 v1.5 signature (RFC 8017 section 8.2.2) of `message`, hashed with `D`.
/// `digest_info` is the DER prefix of the hash, from section 9.2, note 1.
pub(crate) fn verify_pkcs1<D: Digest>(
    public_key: &[u8],
    digest_info: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    let mut block = [0; BYTES];
    let encoded = open(public_key, signature, &mut block)?;
    let hash = D::digest(message);
    // EM = 00 01 FF..FF 00 DigestInfo hash, compared from both ends and never parsed: what is not
    // parsed cannot be parsed wrongly.
    let tail = digest_info.len() + hash.len();
    let padding = encoded.len().checked_sub(tail + 3).ok_or(BadSignature)?;
    if padding < 8 {
        return Err(BadSignature);
    }
    let expected = [0, 1]
        .into_iter()
        .chain(core::iter::repeat_n(0xff, padding))
        .chain([0])
        .chain(digest_info.iter().copied())
        .chain(hash.iter().copied());
    if encoded.iter().copied().eq(expected) {
        Ok(())
    } else {
        Err(BadSignature)
    }
}

/// Checks a PSS signature (RFC 8017 section 8.1.2) whose salt is as long as its hash and whose mask
/// is MGF1 with the same hash, as TLS 1.3 demands (RFC 8446 section 4.2.3).
pub(crate) fn verify_pss<D: Digest>(
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    let mut block = [0; BYTES];
    let encoded = open(public_key, signature, &mut block)?;
    let size = <D as Digest>::output_size();
    let (rest, trailer) = encoded
        .split_last_mut()
        .ok_or(BadSignature)
        .map(|(last, rest)| (rest, *last))?;
    let masked = rest.len().checked_sub(size).ok_or(BadSignature)?;
    let (data, hash) = rest.split_at_mut_checked(masked).ok_or(BadSignature)?;
    // The modulus has a multiple of 8 bits, so exactly one leading bit of the data block must be
    // zero.
    let first = data.first_mut().ok_or(BadSignature)?;
    if trailer != 0xbc || *first & 0x80 != 0 {
        return Err(BadSignature);
    }
    for (counter, chunk) in (0_u32..).zip(data.chunks_mut(size)) {
        let mask = D::new()
            .chain_update(&*hash)
            .chain_update(counter.to_be_bytes())
            .finalize();
        for (byte, mask) in chunk.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
    if let Some(first) = data.first_mut() {
        *first &= 0x7f;
    }
    let zeros = data.len().checked_sub(size + 1).ok_or(BadSignature)?;
    let (head, salt) = data.split_at_checked(zeros + 1).ok_or(BadSignature)?;
    let (one, padding) = head.split_last().ok_or(BadSignature)?;
    if *one != 1 || padding.iter().any(|byte| *byte != 0) {
        return Err(BadSignature);
    }
    let again = D::new()
        .chain_update([0; 8])
        .chain_update(D::digest(message))
        .chain_update(salt)
        .finalize();
    if again.iter().eq(hash.iter()) {
        Ok(())
    } else {
        Err(BadSignature)
    }
}

/// The RSA public operation (RFC 8017 section 5.2.2): writes the encoded message, as long as the
/// modulus, to `block`. `public_key` is a DER `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn open<'b>(
    public_key: &[u8],
    signature: &[u8],
    block: &'b mut [u8; BYTES],
) -> Result<&'b mut [u8], BadSignature> {
    let (modulus, exponent) = parse_key(public_key).ok_or(BadSignature)?;
    let length = modulus.len();
    let whole =
        (LEAST..=BYTES).contains(&length) && length.is_multiple_of(4) && signature.len() == length;
    let (top, low) = (
        modulus.first().ok_or(BadSignature)?,
        modulus.last().ok_or(BadSignature)?,
    );
    // Only lengths of whole limbs with the top bit set: 2048, 2080 .. 4096 bits. An even modulus or
    // exponent is no RSA key.
    if !whole || top & 0x80 == 0 || low & 1 == 0 || exponent < 3 || exponent & 1 == 0 {
        return Err(BadSignature);
    }
    let limbs = length / 4;
    let (mut modulus_limbs, mut base) = ([0; LIMBS], [0; LIMBS]);
    let modulus_limbs = load(modulus, &mut modulus_limbs).ok_or(BadSignature)?;
    let signature_limbs = load(signature, &mut base).ok_or(BadSignature)?;
    if !is_less(signature_limbs, modulus_limbs) {
        return Err(BadSignature);
    }
    let field = Field::new(modulus_limbs).ok_or(BadSignature)?;
    let mut power = [0; LIMBS];
    let power = power.get_mut(..limbs).ok_or(BadSignature)?;
    field.power(base.get_mut(..limbs).ok_or(BadSignature)?, exponent, power);
    let block = block.get_mut(..length).ok_or(BadSignature)?;
    for (bytes, limb) in block.rchunks_exact_mut(4).zip(power.iter()) {
        for (byte, value) in bytes.iter_mut().zip(limb.to_be_bytes()) {
            *byte = value;
        }
    }
    Ok(block)
}

/// Modulus (without leading zero) and public exponent of a DER `RSAPublicKey`. Exponents above 32
/// bits are refused.
fn parse_key(der: &[u8]) -> Option<(&[u8], u32)> {
    let (body, rest) = tagged(der, 0x30)?;
    let (modulus, tail) = tagged(body, 0x02)?;
    let (exponent, end) = tagged(tail, 0x02)?;
    // A DER INTEGER is signed: a positive number whose top bit is set has one zero in front.
    let (modulus, exponent) = (
        modulus.strip_prefix(&[0])?,
        exponent.strip_prefix(&[0]).unwrap_or(exponent),
    );
    if !rest.is_empty() || !end.is_empty() || exponent.is_empty() || exponent.len() > 4 {
        return None;
    }
    let exponent = exponent
        .iter()
        .fold(0, |value: u32, byte| value << 8 | u32::from(*byte));
    Some((modulus, exponent))
}

/// One DER value with this tag, in the shortest form of its length: its content and what follows.
fn tagged(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = match rest {
        [short @ 0..=0x7f, rest @ ..] => (usize::from(*short), rest),
        [0x81, length @ 0x80..=0xff, rest @ ..] => (usize::from(*length), rest),
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            (usize::from(*high) << 8 | usize::from(*low), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// Big-endian bytes to limbs, the least first.
fn load<'l>(bytes: &[u8], limbs: &'l mut [u32; LIMBS]) -> Option<&'l [u32]> {
    for (limb, bytes) in limbs.iter_mut().zip(bytes.rchunks_exact(4)) {
        *limb = bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte));
    }
    limbs.get(..bytes.len() / 4)
}

fn is_less(a: &[u32], b: &[u32]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a -= b` modulo 2^(32 * limbs).
fn subtract(a: &mut [u32], b: &[u32]) {
    let mut borrow = false;
    for (a, b) in a.iter_mut().zip(b) {
        let (value, first) = a.overflowing_sub(*b);
        let (value, second) = value.overflowing_sub(u32::from(borrow));
        *a = value;
        borrow = first | second;
    }
}

/// Arithmetic modulo an odd number of whole limbs whose top bit is set; R is 2^(32 * limbs).
struct Field<'m> {
    modulus: &'m [u32],
    /// The lowest limb.
    low: u32,
    /// -1 / modulus modulo 2^32.
    inverse: u32,
}

impl<'m> Field<'m> {
    fn new(modulus: &'m [u32]) -> Option<Self> {
        let low = *modulus.first()?;
        // Newton's iteration doubles the right bits: 3 (an odd number is its own inverse modulo 8),
        // 6, 12, 24, 48.
        let mut inverse = low;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2_u32.wrapping_sub(low.wrapping_mul(inverse)));
        }
        Some(Self {
            modulus,
            low,
            inverse: inverse.wrapping_neg(),
        })
    }

    /// `base` to the power of `exponent`, into `out`. `base` is overwritten.
    fn power(&self, base: &mut [u32], exponent: u32, out: &mut [u32]) {
        let mut scratch = [0; LIMBS];
        let Some(scratch) = scratch.get_mut(..self.modulus.len()) else {
            return;
        };
        self.square_of_r(out, scratch);
        self.multiply(base, out, scratch);
        copy(scratch, base);
        copy(scratch, out);
        // Square and multiply, below the exponent's top bit.
        for bit in (0..exponent.ilog2()).rev() {
            self.multiply(out, out, scratch);
            copy(scratch, out);
            if exponent >> bit & 1 == 1 {
                self.multiply(out, base, scratch);
                copy(scratch, out);
            }
        }
        // Out of Montgomery's form: multiply by one.
        base.fill(0);
        if let Some(one) = base.first_mut() {
            *one = 1;
        }
        self.multiply(out, base, scratch);
        copy(scratch, out);
    }

    /// R * R modulo the modulus. With a top bit set, R mod n = R - n: one in Montgomery's form.
    /// Doubled once for each limb, it represents 2^limbs. Five squarings later it represents
    /// 2^(32 * limbs) = R.
    fn square_of_r(&self, out: &mut [u32], scratch: &mut [u32]) {
        out.fill(0);
        subtract(out, self.modulus);
        for _ in 0..self.modulus.len() {
            self.double(out);
        }
        for _ in 0..5 {
            self.multiply(out, out, scratch);
            copy(scratch, out);
        }
    }

    /// `a = 2 * a`, reduced.
    fn double(&self, a: &mut [u32]) {
        let mut carry = 0;
        for limb in a.iter_mut() {
            let next = *limb >> 31;
            *limb = *limb << 1 | carry;
            carry = next;
        }
        if carry != 0 || !is_less(a, self.modulus) {
            subtract(a, self.modulus);
        }
    }

    /// Montgomery's product `a * b / R`, reduced, into `out`.
    fn multiply(&self, a: &[u32], b: &[u32], out: &mut [u32]) {
        out.fill(0);
        let mut top = 0_u64;
        for b in b {
            let mut carry = 0;
            for (out, a) in out.iter_mut().zip(a) {
                (*out, carry) = add_product(*out, *a, *b, carry);
            }
            top += u64::from(carry);
            // Add the multiple of the modulus that makes the lowest limb zero, and drop that limb.
            let Some(lowest) = out.first().copied() else {
                return;
            };
            let factor = lowest.wrapping_mul(self.inverse);
            let (_, mut carry) = add_product(lowest, self.low, factor, 0);
            for (index, modulus) in self.modulus.iter().enumerate().skip(1) {
                let Some([previous, limb]) = out.get_mut(index - 1..=index) else {
                    return;
                };
                (*previous, carry) = add_product(*limb, *modulus, factor, carry);
            }
            top += u64::from(carry);
            if let Some(last) = out.last_mut() {
                *last = top as u32;
            }
            top >>= 32;
        }
        if top != 0 || !is_less(out, self.modulus) {
            subtract(out, self.modulus);
        }
    }
}

/// `sum + a * b + carry` as (low, high): it cannot overflow 64 bits.
fn add_product(sum: u32, a: u32, b: u32, carry: u32) -> (u32, u32) {
    let value = u64::from(a) * u64::from(b) + u64::from(sum) + u64::from(carry);
    (value as u32, (value >> 32) as u32)
}

fn copy(from: &[u32], to: &mut [u32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use rcgen::{KeyPair, PublicKeyData, SigningKey};
    use sha2::{Sha256, Sha384};

    use super::{BadSignature, parse_key, verify_pkcs1, verify_pss};

    const SHA256_INFO: [u8; 19] = [
        0x30, 49, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32,
    ];

    fn sample(pem: &str) -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::from_pem(pem).unwrap();
        (
            key.der_bytes().to_vec(),
            key.sign(b"what was signed").unwrap(),
        )
    }

    fn pkcs1(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify_pkcs1::<Sha256>(key, &SHA256_INFO, message, signature)
    }

    #[test]
    fn signatures_hold_for_their_message_and_key_only() {
        let pems = [
            include_str!("../tests/keys/rsa2048.pem"),
            include_str!("../tests/keys/rsa3072.pem"),
            include_str!("../tests/keys/rsa4096.pem"),
        ];
        let samples = pems.map(sample);
        for (index, (key, signature)) in samples.iter().enumerate() {
            assert_eq!(pkcs1(key, b"what was signed", signature), Ok(()));
            assert_eq!(
                pkcs1(key, b"what was not signed", signature),
                Err(BadSignature)
            );
            assert_eq!(
                verify_pkcs1::<Sha384>(key, &SHA256_INFO, b"what was signed", signature),
                Err(BadSignature)
            );
            assert_eq!(
                verify_pss::<Sha256>(key, b"what was signed", signature),
                Err(BadSignature)
            );
            let (other, _) = &samples[(index + 1) % samples.len()];
            assert_eq!(
                pkcs1(other, b"what was signed", signature),
                Err(BadSignature)
            );
            for position in 0..signature.len() {
                let mut changed = signature.clone();
                changed[position] ^= 1;
                assert_eq!(
                    pkcs1(key, b"what was signed", &changed),
                    Err(BadSignature),
                    "byte {position}"
                );
                let short = &signature[..position];
                assert_eq!(
                    pkcs1(key, b"what was signed", short),
                    Err(BadSignature),
                    "cut at {position}"
                );
            }
            let modulus = parse_key(key).unwrap().0.to_vec();
            for hostile in [
                modulus,
                std::vec![0; signature.len()],
                std::vec![0xff; signature.len()],
            ] {
                assert_eq!(pkcs1(key, b"what was signed", &hostile), Err(BadSignature));
            }
        }
    }

    #[test]
    fn malformed_keys_are_refused_and_never_panic() {
        let (key, signature) = sample(include_str!("../tests/keys/rsa2048.pem"));
        for position in 0..key.len() {
            assert_eq!(
                pkcs1(&key[..position], b"what was signed", &signature),
                Err(BadSignature)
            );
            for change in [1, 0x80, 0xff] {
                let mut changed = key.clone();
                changed[position] ^= change;
                assert_eq!(
                    pkcs1(&changed, b"what was signed", &signature),
                    Err(BadSignature),
                    "byte {position}"
                );
            }
        }
        let longer = [key.as_slice(), &[0]].concat();
        assert_eq!(
            pkcs1(&longer, b"what was signed", &signature),
            Err(BadSignature)
        );
    }
}
