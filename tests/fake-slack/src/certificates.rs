//! Certificates made at start: good ones for this server, and each kind of bad one for tests of TLS clients.

use core::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The names a good certificate of this server is valid for.
pub const LOOPBACK_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A kind of key pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// ECDSA on P-256 with SHA-256, made anew each time.
    #[default]
    P256,
    /// ECDSA on P-384 with SHA-384, made anew each time.
    P384,
    /// Ed25519, made anew each time.
    Ed25519,
    /// RSA of 2048 bits with SHA-256: a fixed, public test key.
    Rsa2048,
    /// RSA of 4096 bits with SHA-256: a fixed, public test key.
    Rsa4096,
}

/// When a certificate is valid, seen from the time it is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Period {
    /// From yesterday for 30 days.
    #[default]
    Valid,
    /// Ended yesterday.
    Expired,
    /// Begins tomorrow.
    NotYetValid,
}

/// The extended key usage of a certificate (RFC 5280, section 4.2.1.12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Usage {
    /// TLS servers.
    #[default]
    ServerAuth,
    /// TLS clients only: wrong for a server.
    ClientAuth,
    /// No such extension, which allows every use.
    Unstated,
}

/// What stands between the root and the server's certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Chain {
    /// Nothing: the root signs the server's certificate.
    #[default]
    Direct,
    /// One intermediate authority, sent along.
    Intermediate,
    /// One intermediate certificate that is no authority (`CA:FALSE`) and yet signs.
    NonCaIntermediate,
    /// One intermediate authority that the server forgets to send.
    MissingIntermediate,
    /// No root at all: the server's certificate signs itself.
    SelfSigned,
}

/// What a server's certificate shall say. The default is a good one for loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Host names and IP addresses.
    pub names: Vec<String>,
    /// The kind of the server's key.
    pub key: KeyType,
    /// When it is valid.
    pub period: Period,
    /// What it may be used for.
    pub usage: Usage,
    /// How it hangs on the root.
    pub chain: Chain,
}

impl Default for Subject {
    fn default() -> Self {
        Self {
            names: LOOPBACK_NAMES.map(String::from).to_vec(),
            key: KeyType::default(),
            period: Period::default(),
            usage: Usage::default(),
            chain: Chain::default(),
        }
    }
}

/// A certificate authority that a client may be told to trust, or not.
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes a root with this common name and kind of key.
    ///
    /// # Panics
    /// When the system's randomness fails.
    pub fn new(common_name: &str, key: KeyType) -> Self {
        let key = key_pair(key, Owner::Root);
        let params = authority_params(common_name);
        let certificate = params.self_signed(&key).expect("a root signs itself");
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    /// The root's certificate, DER.
    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    /// The root's certificate, PEM.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Makes a key and a certificate for a server.
    ///
    /// # Panics
    /// When a name is neither a host name nor an IP address, or the system's randomness fails.
    pub fn issue(&self, subject: &Subject) -> Identity {
        let key = key_pair(subject.key, Owner::Server);
        let params = server_params(subject);
        let chain = match subject.chain {
            Chain::Direct => vec![sign(&params, &key, &self.issuer)],
            Chain::SelfSigned => {
                vec![
                    params
                        .self_signed(&key)
                        .expect("a key signs its own certificate"),
                ]
            }
            Chain::Intermediate => {
                self.by_intermediate(&params, &key, IsCa::Ca(BasicConstraints::Unconstrained))
            }
            Chain::NonCaIntermediate => self.by_intermediate(&params, &key, IsCa::ExplicitNoCa),
            Chain::MissingIntermediate => {
                let mut both =
                    self.by_intermediate(&params, &key, IsCa::Ca(BasicConstraints::Unconstrained));
                both.truncate(1);
                both
            }
        };
        Identity {
            chain: chain
                .iter()
                .map(|certificate| certificate.der().to_vec())
                .collect(),
            key: key.serialize_der(),
        }
    }

    /// The server's certificate and the one between it and the root.
    fn by_intermediate(
        &self,
        params: &CertificateParams,
        key: &KeyPair,
        is_ca: IsCa,
    ) -> Vec<Certificate> {
        let between_key = key_pair(KeyType::P256, Owner::Root);
        let mut between = authority_params("fake-slack intermediate");
        between.is_ca = is_ca;
        let certificate = sign(&between, &between_key, &self.issuer);
        let issuer = Issuer::new(between, between_key);
        vec![sign(params, key, &issuer), certificate]
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// What a TLS server shows: its certificates, its own first, and its private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Certificates, DER, the server's own first.
    pub chain: Vec<Vec<u8>>,
    /// The private key of the first certificate, PKCS #8 DER.
    pub key: Vec<u8>,
}

impl Identity {
    pub(crate) fn chain_der(&self) -> Vec<CertificateDer<'static>> {
        self.chain
            .iter()
            .cloned()
            .map(CertificateDer::from)
            .collect()
    }

    pub(crate) fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates)", self.chain.len())
    }
}

/// Whose key a fixed RSA key is.
#[derive(Clone, Copy)]
enum Owner {
    Root,
    Server,
}

fn key_pair(key: KeyType, owner: Owner) -> KeyPair {
    // ring signs with RSA but cannot make such keys, so these are fixed.
    let rsa = |pem| KeyPair::from_pem_and_sign_algo(pem, &rcgen::PKCS_RSA_SHA256);
    match (key, owner) {
        (KeyType::P256, _) => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        (KeyType::P384, _) => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        (KeyType::Ed25519, _) => KeyPair::generate_for(&rcgen::PKCS_ED25519),
        (KeyType::Rsa2048, Owner::Root) => rsa(include_str!("../keys/rsa-root-2048.pem")),
        (KeyType::Rsa2048, Owner::Server) => rsa(include_str!("../keys/rsa-server-2048.pem")),
        (KeyType::Rsa4096, Owner::Root) => rsa(include_str!("../keys/rsa-root-4096.pem")),
        (KeyType::Rsa4096, Owner::Server) => rsa(include_str!("../keys/rsa-server-4096.pem")),
    }
    .expect("a key pair")
}

fn authority_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = days(-2, 365);
    params
}

fn server_params(subject: &Subject) -> CertificateParams {
    let mut params =
        CertificateParams::new(subject.names.clone()).expect("host names or IP addresses");
    params
        .distinguished_name
        .push(DnType::CommonName, "fake-slack");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = match subject.usage {
        Usage::ServerAuth => vec![ExtendedKeyUsagePurpose::ServerAuth],
        Usage::ClientAuth => vec![ExtendedKeyUsagePurpose::ClientAuth],
        Usage::Unstated => vec![],
    };
    (params.not_before, params.not_after) = match subject.period {
        Period::Valid => days(-1, 30),
        Period::Expired => days(-30, -1),
        Period::NotYetValid => days(1, 30),
    };
    params
}

fn sign(params: &CertificateParams, key: &KeyPair, issuer: &Issuer<'_, KeyPair>) -> Certificate {
    params.signed_by(key, issuer).expect("an authority signs")
}

/// The instants so many days from now.
fn days(from: i64, to: i64) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let at = |days: i64| {
        time::OffsetDateTime::from_unix_timestamp(now as i64 + days * 86_400)
            .expect("a date of this age")
    };
    (at(from), at(to))
}
