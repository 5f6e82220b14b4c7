//! RSA: what this accepts, ring accepts; what its owner signed, this accepts.

use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaParameters, UnparsedPublicKey,
};
use verified_tls::fuzzing::{RsaScheme, verify_rsa};

use super::honest::PARTIES;
use super::script::Script;

/// What is signed.
pub(crate) const MESSAGE: &[u8] = b"what was signed";

type Scheme = (RsaScheme, &'static RsaParameters, &'static dyn RsaEncoding);

const SCHEMES: [Scheme; 6] = [
    (
        RsaScheme::Pkcs1Sha256,
        &RSA_PKCS1_2048_8192_SHA256,
        &RSA_PKCS1_SHA256,
    ),
    (
        RsaScheme::Pkcs1Sha384,
        &RSA_PKCS1_2048_8192_SHA384,
        &RSA_PKCS1_SHA384,
    ),
    (
        RsaScheme::Pkcs1Sha512,
        &RSA_PKCS1_2048_8192_SHA512,
        &RSA_PKCS1_SHA512,
    ),
    (
        RsaScheme::PssSha256,
        &RSA_PSS_2048_8192_SHA256,
        &RSA_PSS_SHA256,
    ),
    (
        RsaScheme::PssSha384,
        &RSA_PSS_2048_8192_SHA384,
        &RSA_PSS_SHA384,
    ),
    (
        RsaScheme::PssSha512,
        &RSA_PSS_2048_8192_SHA512,
        &RSA_PSS_SHA512,
    ),
];

/// The scheme; the key, empty for the honest one; the signature, empty for an honest one; bytes of
/// it to change.
pub(crate) fn rsa(data: &[u8]) {
    let mut script = Script(data);
    let (scheme, ring, padding) = SCHEMES[usize::from(script.byte()) % SCHEMES.len()];
    let (key, given) = (script.string(), script.string());
    let key_is_honest = key.is_empty() || key == PARTIES.rsa_public();
    let key = if key.is_empty() {
        PARTIES.rsa_public()
    } else {
        key
    };
    let mut signature = if given.is_empty() {
        PARTIES.rsa_signature(padding, MESSAGE)
    } else {
        given.to_vec()
    };
    let honest = key_is_honest && given.is_empty() && script.is_over();
    while !script.is_over() {
        let (high, low, change) = (script.byte(), script.byte(), script.byte());
        let place = usize::from(u16::from_be_bytes([high, low])) % signature.len();
        signature[place] ^= change;
    }
    let accepted = verify_rsa(scheme, key, MESSAGE, &signature);
    assert!(accepted || !honest, "an honest signature was refused");
    if accepted {
        let again = UnparsedPublicKey::new(ring, key).verify(MESSAGE, &signature);
        assert!(again.is_ok(), "ring refuses this signature");
    }
}
