//! Honest parties, always the same: an authority, the servers it vouches for, and what they sign.

use std::sync::LazyLock;

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey as P256};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PublicKeyData, SignatureAlgorithm, SigningKey,
};
use ring::signature::RsaKeyPair;
use verified_tls::{CertificateDer, TrustAnchor, anchor_from_trusted_cert};

/// The name in every certificate.
pub(crate) const HOST: &str = "slack.test";
/// A time at which every certificate is valid.
pub(crate) const NOW: u64 = 1_800_000_000;

/// Roots, and the chains under them, the server's own certificate first.
pub(crate) struct Parties {
    pub(crate) anchors: Vec<TrustAnchor<'static>>,
    /// Signed by a P-256 root.
    pub(crate) server: Vec<u8>,
    /// An authority between the RSA root and the next two.
    pub(crate) between: Vec<u8>,
    /// A P-256 server under it.
    pub(crate) below: Vec<u8>,
    /// An RSA server under it.
    pub(crate) rsa: Vec<u8>,
    rsa_key: RsaKeyPair,
}

pub(crate) static PARTIES: LazyLock<Parties> = LazyLock::new(Parties::new);

/// The certificates of the roots: P-256, RSA.
static ROOTS: LazyLock<[CertificateDer<'static>; 2]> = LazyLock::new(|| {
    let p256 = authority("P-256 root").self_signed(&Fixed::new(1));
    let rsa = authority("RSA root").self_signed(&rsa_pair(RSA_ROOT));
    [p256, rsa].map(|root| root.expect("a root").der().clone())
});

/// The key of both P-256 servers.
fn server_key() -> Fixed {
    Fixed::new(3)
}

impl Parties {
    fn new() -> Self {
        let anchors = ROOTS
            .iter()
            .map(|root| anchor_from_trusted_cert(root).expect("an anchor"))
            .collect();
        let (p256_root, p256_key) = (authority("P-256 root"), Fixed::new(1));
        let (rsa_root, rsa_key) = (authority("RSA root"), rsa_pair(RSA_ROOT));
        let (middle, middle_key) = (authority("between"), Fixed::new(2));
        let by_p256 = |params: &CertificateParams, key: &dyn Public| {
            signed(params, key, &Issuer::from_params(&p256_root, &p256_key))
        };
        let by_rsa = |params: &CertificateParams, key: &dyn Public| {
            signed(params, key, &Issuer::from_params(&rsa_root, &rsa_key))
        };
        let by_middle = |params: &CertificateParams, key: &dyn Public| {
            signed(params, key, &Issuer::from_params(&middle, &middle_key))
        };
        let rsa_server = rsa_pair(RSA_SERVER);
        Self {
            anchors,
            server: by_p256(&server(), &server_key()),
            between: by_rsa(&middle, &middle_key),
            below: by_middle(&server(), &server_key()),
            rsa: by_middle(&server(), &rsa_server),
            rsa_key: RsaKeyPair::from_pkcs8(&rsa_server.serialize_der()).expect("an RSA key"),
        }
    }

    /// What a P-256 server signs for CertificateVerify (RFC 8446 section 4.4.3).
    pub(crate) fn sign(transcript_hash: &[u8; 32]) -> Vec<u8> {
        let signature: Signature = P256::from_slice(&[3; 32])
            .expect("a key")
            .sign(&to_be_signed(transcript_hash));
        signature.to_der().as_bytes().to_vec()
    }

    /// The same by the RSA server, with PSS and SHA-256. Another salt each time.
    pub(crate) fn sign_rsa(&self, transcript_hash: &[u8; 32]) -> Vec<u8> {
        self.rsa_signature(
            &ring::signature::RSA_PSS_SHA256,
            &to_be_signed(transcript_hash),
        )
    }

    /// A signature of the RSA server.
    pub(crate) fn rsa_signature(
        &self,
        padding: &'static dyn ring::signature::RsaEncoding,
        message: &[u8],
    ) -> Vec<u8> {
        let mut signature = vec![0; self.rsa_key.public().modulus_len()];
        self.rsa_key
            .sign(
                padding,
                &ring::rand::SystemRandom::new(),
                message,
                &mut signature,
            )
            .expect("a signature");
        signature
    }

    /// The RSA server's public key, a DER `RSAPublicKey`.
    pub(crate) fn rsa_public(&self) -> &[u8] {
        ring::signature::KeyPair::public_key(&self.rsa_key).as_ref()
    }
}

fn to_be_signed(transcript_hash: &[u8; 32]) -> Vec<u8> {
    [
        [b' '; 64].as_slice(),
        b"TLS 1.3, server CertificateVerify\0",
        transcript_hash,
    ]
    .concat()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn server() -> CertificateParams {
    let mut params = CertificateParams::new([HOST.to_owned()]).expect("a host name");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// A public key as an object.
trait Public {
    fn bytes(&self) -> &[u8];
    fn kind(&self) -> &'static SignatureAlgorithm;
}

impl<K: PublicKeyData> Public for K {
    fn bytes(&self) -> &[u8] {
        self.der_bytes()
    }

    fn kind(&self) -> &'static SignatureAlgorithm {
        self.algorithm()
    }
}

struct Key<'k>(&'k dyn Public);

impl PublicKeyData for Key<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.0.kind()
    }
}

fn signed(
    params: &CertificateParams,
    key: &dyn Public,
    issuer: &Issuer<'_, impl SigningKey>,
) -> Vec<u8> {
    let certificate = params.signed_by(&Key(key), issuer).expect("a certificate");
    certificate.der().to_vec()
}

/// A P-256 key that signs the same message always in the same way (RFC 6979).
struct Fixed {
    key: P256,
    public: Vec<u8>,
}

impl Fixed {
    fn new(number: u8) -> Self {
        let key = P256::from_slice(&[number; 32]).expect("a key");
        let public = key
            .verifying_key()
            .to_encoded_point(false)
            .as_bytes()
            .to_vec();
        Self { key, public }
    }
}

impl PublicKeyData for Fixed {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Fixed {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

const RSA_ROOT: &str = include_str!("../../tests/keys/rsa4096.pem");
const RSA_SERVER: &str = include_str!("../../tests/keys/rsa2048.pem");

fn rsa_pair(pem: &str) -> KeyPair {
    KeyPair::from_pem_and_sign_algo(pem, &rcgen::PKCS_RSA_SHA256).expect("a test key")
}
