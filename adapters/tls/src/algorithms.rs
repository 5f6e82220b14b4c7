//! The signature algorithms of RustCrypto, and of `rsa`, as implementations of rustls-webpki's trait.
//!
//! A table names its algorithms. An algorithm that no table names is not linked: with [`P256_ONLY`]
//! neither P-384 nor RSA costs flash.

use core::fmt;

use embedded_tls::SignatureScheme;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::rsa;

/// The algorithms that a server may sign with.
#[derive(Clone, Copy)]
pub struct Algorithms {
    /// For the signatures of certificates.
    pub(crate) chain: &'static [&'static dyn SignatureVerificationAlgorithm],
    /// For `CertificateVerify` (RFC 8446 section 4.4.3).
    pub(crate) handshake:
        &'static [(SignatureScheme, &'static dyn SignatureVerificationAlgorithm)],
    /// Whether RSA is offered to the server.
    pub(crate) offers_rsa: bool,
}

impl fmt::Debug for Algorithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Algorithms")
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

/// ECDSA on P-256 and P-384, and RSA of 2048 to 4096 bits: every algorithm of this package.
pub const ALL: Algorithms = Algorithms {
    chain: &[
        &EcdsaP256Sha256,
        &RsaPkcs1Sha256,
        &EcdsaP384Sha384,
        &RsaPkcs1Sha384,
        &RsaPkcs1Sha512,
        &EcdsaP256Sha384,
        &EcdsaP384Sha256,
    ],
    handshake: &[
        (SignatureScheme::EcdsaSecp256r1Sha256, &EcdsaP256Sha256),
        (SignatureScheme::RsaPssRsaeSha256, &RsaPssSha256),
        (SignatureScheme::EcdsaSecp384r1Sha384, &EcdsaP384Sha384),
        (SignatureScheme::RsaPssRsaeSha384, &RsaPssSha384),
        (SignatureScheme::RsaPssRsaeSha512, &RsaPssSha512),
    ],
    offers_rsa: true,
};

/// RSA of 2048 to 4096 bits and ECDSA on P-256, without P-384, the largest part of [`ALL`].
pub const RSA_AND_P256: Algorithms = Algorithms {
    chain: &[
        &EcdsaP256Sha256,
        &RsaPkcs1Sha256,
        &RsaPkcs1Sha384,
        &RsaPkcs1Sha512,
    ],
    handshake: &[
        (SignatureScheme::EcdsaSecp256r1Sha256, &EcdsaP256Sha256),
        (SignatureScheme::RsaPssRsaeSha256, &RsaPssSha256),
        (SignatureScheme::RsaPssRsaeSha384, &RsaPssSha384),
        // Offered as the others are, and the first choice of rustls.
        (SignatureScheme::RsaPssRsaeSha512, &RsaPssSha512),
    ],
    offers_rsa: true,
};

/// ECDSA on P-256 alone: the smallest, for your own server or a gateway.
pub const P256_ONLY: Algorithms = Algorithms {
    chain: &[&EcdsaP256Sha256],
    handshake: &[(SignatureScheme::EcdsaSecp256r1Sha256, &EcdsaP256Sha256)],
    offers_rsa: false,
};

/// Declares one algorithm: a name, the identifiers of key and signature, and the check.
macro_rules! algorithm {
    ($(#[$doc:meta])* $name:ident, $key:ident, $signature:ident, $verify:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        struct $name;

        impl SignatureVerificationAlgorithm for $name {
            fn verify_signature(
                &self,
                public_key: &[u8],
                message: &[u8],
                signature: &[u8],
            ) -> Result<(), InvalidSignature> {
                let verify: fn(&[u8], &[u8], &[u8]) -> Option<()> = $verify;
                verify(public_key, message, signature).ok_or(InvalidSignature)
            }

            fn public_key_alg_id(&self) -> AlgorithmIdentifier {
                alg_id::$key
            }

            fn signature_alg_id(&self) -> AlgorithmIdentifier {
                alg_id::$signature
            }
        }
    };
}

algorithm!(
    /// RFC 5758 section 3.2.
    EcdsaP256Sha256, ECDSA_P256, ECDSA_SHA256, verify_p256::<Sha256>
);
algorithm!(
    /// RFC 5758 section 3.2.
    EcdsaP256Sha384, ECDSA_P256, ECDSA_SHA384, verify_p256::<Sha384>
);
algorithm!(
    /// RFC 5758 section 3.2.
    EcdsaP384Sha256, ECDSA_P384, ECDSA_SHA256, verify_p384::<Sha256>
);
algorithm!(
    /// RFC 5758 section 3.2.
    EcdsaP384Sha384, ECDSA_P384, ECDSA_SHA384, verify_p384::<Sha384>
);
algorithm!(
    /// RFC 8017 section 8.2.
    RsaPkcs1Sha256, RSA_ENCRYPTION, RSA_PKCS1_SHA256,
    |key, message, signature| rsa::verify_pkcs1::<Sha256>(key, &SHA256_INFO, message, signature).ok()
);
algorithm!(
    /// RFC 8017 section 8.2.
    RsaPkcs1Sha384, RSA_ENCRYPTION, RSA_PKCS1_SHA384,
    |key, message, signature| rsa::verify_pkcs1::<Sha384>(key, &SHA384_INFO, message, signature).ok()
);
algorithm!(
    /// RFC 8017 section 8.2.
    RsaPkcs1Sha512, RSA_ENCRYPTION, RSA_PKCS1_SHA512,
    |key, message, signature| rsa::verify_pkcs1::<Sha512>(key, &SHA512_INFO, message, signature).ok()
);
algorithm!(
    /// RFC 8446 section 4.2.3, `rsa_pss_rsae_sha256`.
    RsaPssSha256, RSA_ENCRYPTION, RSA_PSS_SHA256,
    |key, message, signature| rsa::verify_pss::<Sha256>(key, message, signature).ok()
);
algorithm!(
    /// RFC 8446 section 4.2.3, `rsa_pss_rsae_sha384`.
    RsaPssSha384, RSA_ENCRYPTION, RSA_PSS_SHA384,
    |key, message, signature| rsa::verify_pss::<Sha384>(key, message, signature).ok()
);
algorithm!(
    /// RFC 8446 section 4.2.3, `rsa_pss_rsae_sha512`.
    RsaPssSha512, RSA_ENCRYPTION, RSA_PSS_SHA512,
    |key, message, signature| rsa::verify_pss::<Sha512>(key, message, signature).ok()
);

pub(crate) const SHA256_INFO: [u8; 19] = digest_info(1, 32);
pub(crate) const SHA384_INFO: [u8; 19] = digest_info(2, 48);
pub(crate) const SHA512_INFO: [u8; 19] = digest_info(3, 64);

/// The DER prefix of a SHA-2 hash (RFC 8017 section 9.2, note 1): `algorithm` is the last arc of
/// its object identifier.
const fn digest_info(algorithm: u8, size: u8) -> [u8; 19] {
    [
        0x30,
        17 + size,
        0x30,
        0x0d,
        0x06,
        0x09,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        algorithm,
        0x05,
        0x00,
        0x04,
        size,
    ]
}

fn verify_p256<D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(&D::digest(message), &signature).ok()
}

fn verify_p384<D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(&D::digest(message), &signature).ok()
}
