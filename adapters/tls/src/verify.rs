//! Authenticates the server: chain, name, dates, purpose, and the proof that it owns the
//! certificate's key.

use core::fmt;

use embedded_tls::{
    CertificateEntryRef, CertificateRef, CertificateVerifyRef, TlsError, TlsVerifier,
};
use heapless::Vec;
use rustls_pki_types::{
    CertificateDer, ServerName, SubjectPublicKeyInfoDer, TrustAnchor, UnixTime,
};
use sha2::{Digest, Sha256};
use webpki::{EndEntityCert, KeyUsage, RawPublicKeyEntity, anchor_from_trusted_cert};

use crate::algorithms::Algorithms;

/// Certificates above the server's own that are looked at. A chain may be put together from them in
/// any order, and nothing else happens meanwhile: of three that bear one name an impostor gets 16
/// signature checks, of five it would get 100.
const MAX_INTERMEDIATES: usize = 3;
/// Bytes of a server's public key information: an RSA-4096 key takes 550.
const MAX_KEY: usize = 576;
/// The context string that the server signs before the transcript's hash (RFC 8446 section 4.4.3).
const CONTEXT: &[u8; 34] = b"TLS 1.3, server CertificateVerify\0";
/// The signed message: 64 spaces, the context, a SHA-256 hash.
const SIGNED: usize = 64 + CONTEXT.len() + 32;

/// The trust anchors, algorithms and clock of a device, lent to every handshake.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Trust<'a> {
    /// The roots or, to pin a server, any certificate above its own.
    pub anchors: &'a [TrustAnchor<'a>],
    /// The algorithms that the server may sign with.
    pub algorithms: Algorithms,
    /// Returns the seconds since 1970-01-01 UTC.
    pub unix_time: &'a dyn Fn() -> u64,
}

impl<'a> Trust<'a> {
    /// Creates the trust in servers whose chain leads to one of `anchors`, which
    /// [`anchor_from_trusted_cert`](crate::anchor_from_trusted_cert) makes, with signatures by
    /// `algorithms`, such as [`ALL`](crate::ALL).
    ///
    /// `unix_time` returns the seconds since 1970-01-01 UTC; a closure may capture a clock. A
    /// device without a clock returns the time of its build: then certificates that expired before
    /// it are refused, those that expired after it are accepted, and those that began after it are
    /// refused.
    pub const fn new(
        anchors: &'a [TrustAnchor<'a>],
        algorithms: Algorithms,
        unix_time: &'a dyn Fn() -> u64,
    ) -> Self {
        Self {
            anchors,
            algorithms,
            unix_time,
        }
    }
}

impl fmt::Debug for Trust<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("anchors", &self.anchors)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

/// The reason why a server is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TrustError {
    /// No chain leads to one of the trust anchors; of what the server sends above its own
    /// certificate, three count.
    UnknownIssuer,
    /// The certificate is for other names than the peer's.
    WrongHost,
    /// A certificate of the chain has ended, or the device's clock is fast.
    Expired,
    /// A certificate of the chain has not begun, or the device's clock is slow.
    NotYetValid,
    /// A certificate that signed another is not an authority (its CA flag or path length forbid
    /// it).
    NotAnAuthority,
    /// The server's own certificate is an authority's (its CA flag is set), as those of
    /// `openssl req -x509` are.
    AuthorityAsServer,
    /// A certificate is not meant for servers (extended key usage).
    WrongUsage,
    /// A signature does not match.
    BadSignature,
    /// An algorithm that the device's [`Algorithms`] do not hold.
    UnsupportedAlgorithm,
    /// A certificate cannot be parsed, breaks another rule, or is longer than supported.
    BadCertificate,
    /// The handshake ended without a certificate, or without the proof that the server owns its
    /// key.
    NoProof,
    /// Handshake messages came in an order that TLS forbids, such as a second certificate.
    BadOrder,
    /// The peer's host is neither a DNS name nor an address.
    BadHost,
}

impl TrustError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::UnknownIssuer => 830,
            Self::WrongHost => 831,
            Self::Expired => 832,
            Self::NotYetValid => 833,
            Self::NotAnAuthority => 834,
            Self::AuthorityAsServer => 835,
            Self::WrongUsage => 836,
            Self::BadSignature => 837,
            Self::UnsupportedAlgorithm => 838,
            Self::BadCertificate => 839,
            Self::NoProof => 840,
            Self::BadOrder => 841,
            Self::BadHost => 842,
        }
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => {
                "no trust anchor issued the server's certificate; check the anchors"
            }
            Self::WrongHost => "the server's certificate is for another host",
            Self::Expired => "a certificate has expired; check the device's clock",
            Self::NotYetValid => "a certificate is not yet valid; set the device's clock",
            Self::NotAnAuthority => "a certificate of the chain is no authority",
            Self::AuthorityAsServer => {
                "the server's certificate is an authority's; give it one without the CA flag"
            }
            Self::WrongUsage => "a certificate is not meant for servers",
            Self::BadSignature => "a signature of the server is wrong",
            Self::UnsupportedAlgorithm => {
                "the server's algorithm is not compiled in; widen Trust::algorithms"
            }
            Self::BadCertificate => "a certificate is malformed, or breaks a rule such as its issuer's constraints on names",
            Self::NoProof => "the server did not prove who it is",
            Self::BadOrder => "the server's handshake messages are out of order",
            Self::BadHost => "the host is neither a DNS name nor an address",
        })
    }
}

impl core::error::Error for TrustError {}

impl TrustError {
    #[allow(deprecated, reason = "older releases of the parser still use them")]
    fn of(error: &webpki::Error) -> Self {
        use webpki::Error as E;
        match error {
            E::UnknownIssuer => Self::UnknownIssuer,
            E::CertNotValidForName(_) => Self::WrongHost,
            E::CertExpired { .. } => Self::Expired,
            E::CertNotValidYet { .. } => Self::NotYetValid,
            E::EndEntityUsedAsCa | E::PathLenConstraintViolated => Self::NotAnAuthority,
            E::CaUsedAsEndEntity => Self::AuthorityAsServer,
            E::RequiredEkuNotFound | E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => {
                Self::WrongUsage
            }
            E::InvalidSignatureForPublicKey | E::SignatureAlgorithmMismatch => Self::BadSignature,
            E::UnsupportedSignatureAlgorithm
            | E::UnsupportedSignatureAlgorithmContext(_)
            | E::UnsupportedSignatureAlgorithmForPublicKey
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Self::UnsupportedAlgorithm,
            _ => Self::BadCertificate,
        }
    }
}

/// The steps of the proof. Each is taken once, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Nothing,
    Chain,
    Whole,
    Failed(TrustError),
}

/// One handshake's verifier. Only [`proven`](Self::proven) decides whether the server is
/// authenticated: embedded-tls finishes a handshake in which no certificate was sent.
pub(crate) struct Verifier<'a> {
    trust: &'a Trust<'a>,
    host: ServerName<'a>,
    proof: Proof,
    /// The transcript up to and with the certificate.
    transcript: Sha256,
    /// The content of the server's SubjectPublicKeyInfo, kept because the certificate is gone when
    /// its proof arrives.
    key: Vec<u8, MAX_KEY>,
}

impl<'a> Verifier<'a> {
    pub(crate) fn new(trust: &'a Trust<'a>, host: &'a str) -> Result<Self, TrustError> {
        let host = ServerName::try_from(host).map_err(|_| TrustError::BadHost)?;
        Ok(Self {
            trust,
            host,
            proof: Proof::Nothing,
            transcript: Sha256::new(),
            key: Vec::new(),
        })
    }

    /// Whether the host is a name, not an address.
    pub(crate) fn host_is_name(&self) -> bool {
        matches!(self.host, ServerName::DnsName(_))
    }

    /// Whether both the chain and the possession of its key were checked.
    pub(crate) fn proven(&self) -> Result<(), TrustError> {
        match self.proof {
            Proof::Whole => Ok(()),
            Proof::Failed(error) => Err(error),
            Proof::Nothing | Proof::Chain => Err(TrustError::NoProof),
        }
    }

    /// The reason, where something was refused.
    pub(crate) fn refusal(&self) -> Option<TrustError> {
        if let Proof::Failed(error) = self.proof {
            Some(error)
        } else {
            None
        }
    }

    /// Records a step of the proof, or why it failed.
    fn step(
        &mut self,
        from: Proof,
        to: Proof,
        result: Result<(), TrustError>,
    ) -> Result<(), TlsError> {
        let result = if self.proof == from {
            result
        } else {
            Err(self.refusal().unwrap_or(TrustError::BadOrder))
        };
        self.proof = match result {
            Ok(()) => to,
            Err(error) => Proof::Failed(error),
        };
        result.map_err(|_| TlsError::InvalidCertificate)
    }

    fn check_chain(&mut self, certificates: &CertificateRef<'_>) -> Result<(), TrustError> {
        let mut chain = certificates.entries.iter().map(|entry| match entry {
            CertificateEntryRef::X509(der) => Ok(CertificateDer::from(*der)),
            CertificateEntryRef::RawPublicKey(_) => Err(TrustError::BadCertificate),
        });
        let leaf = chain.next().ok_or(TrustError::NoProof)??;
        let mut intermediates = Vec::<_, MAX_INTERMEDIATES>::new();
        for certificate in chain.take(MAX_INTERMEDIATES) {
            intermediates
                .push(certificate?)
                .map_err(|_| TrustError::BadCertificate)?;
        }
        let server = EndEntityCert::try_from(&leaf).map_err(|error| TrustError::of(&error))?;
        let now =
            UnixTime::since_unix_epoch(core::time::Duration::from_secs((self.trust.unix_time)()));
        server
            .verify_for_usage(
                self.trust.algorithms.chain,
                self.trust.anchors,
                &intermediates,
                now,
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map_err(|error| TrustError::of(&error))?;
        server
            .verify_is_valid_for_subject_name(&self.host)
            .map_err(|error| TrustError::of(&error))?;
        // A trust anchor is a subject and a key: this is the way to the key without an allocator.
        // It is not trusted here.
        let parts = anchor_from_trusted_cert(&leaf).map_err(|error| TrustError::of(&error))?;
        self.key.clear();
        self.key
            .extend_from_slice(parts.subject_public_key_info.as_ref())
            .map_err(|_| TrustError::BadCertificate)
    }

    fn check_proof(&self, verify: &CertificateVerifyRef<'_>) -> Result<(), TrustError> {
        let (_, algorithm) = self
            .trust
            .algorithms
            .handshake
            .iter()
            .find(|(scheme, _)| *scheme == verify.signature_scheme)
            .ok_or(TrustError::UnsupportedAlgorithm)?;
        let hash = self.transcript.clone().finalize();
        let mut message = Vec::<u8, SIGNED>::new();
        let parts = [[b' '; 64].as_slice(), CONTEXT, &hash];
        if parts
            .iter()
            .any(|part| message.extend_from_slice(part).is_err())
        {
            return Err(TrustError::BadCertificate);
        }
        // The key was kept without its outer SEQUENCE; it is always longer than 127 bytes for RSA,
        // never for ECDSA.
        let mut spki = Vec::<u8, { MAX_KEY + 4 }>::new();
        let [_, _, high, low] = (self.key.len() as u32).to_be_bytes();
        let header: &[u8] = match self.key.len() {
            0..0x80 => &[0x30, low],
            0x80..0x100 => &[0x30, 0x81, low],
            _ => &[0x30, 0x82, high, low],
        };
        if spki.extend_from_slice(header).is_err() || spki.extend_from_slice(&self.key).is_err() {
            return Err(TrustError::BadCertificate);
        }
        let spki = SubjectPublicKeyInfoDer::from(spki.as_slice());
        RawPublicKeyEntity::try_from(&spki)
            .and_then(|key| key.verify_signature(*algorithm, &message, verify.signature))
            .map_err(|error| TrustError::of(&error))
    }
}

impl fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("host", &self.host)
            .field("proof", &self.proof)
            .finish_non_exhaustive()
    }
}

impl TlsVerifier<crate::guard::Suite> for Verifier<'_> {
    /// The name was fixed when the verifier was made.
    fn set_hostname_verification(&mut self, _: &str) -> Result<(), TlsError> {
        Ok(())
    }

    fn verify_certificate(
        &mut self,
        transcript: &Sha256,
        certificates: CertificateRef<'_>,
    ) -> Result<(), TlsError> {
        self.transcript = transcript.clone();
        let result = self.check_chain(&certificates);
        self.step(Proof::Nothing, Proof::Chain, result)
    }

    fn verify_signature(&mut self, verify: CertificateVerifyRef<'_>) -> Result<(), TlsError> {
        let result = self.check_proof(&verify);
        self.step(Proof::Chain, Proof::Whole, result)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::format;
    use std::string::String;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::vec::Vec;

    use embedded_tls::{
        CertificateEntryRef, CertificateRef, CertificateVerifyRef, SignatureScheme, TlsVerifier,
    };
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    use rustls_pki_types::{
        AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
    };
    use sha2::{Digest, Sha256};

    use super::{Trust, TrustError, Verifier};
    use crate::{ALL, Algorithms, anchor_from_trusted_cert};

    fn with_verifier(check: impl FnOnce(Verifier<'_>, &[u8])) {
        let root = rcgen::generate_simple_self_signed(["slack.test".into()]).unwrap();
        let der = root.cert.der().clone();
        let anchors = [anchor_from_trusted_cert(&der).unwrap()];
        let trust = Trust::new(&anchors, ALL, &|| 1_800_000_000);
        check(Verifier::new(&trust, "slack.test").unwrap(), &der);
    }

    fn signature() -> CertificateVerifyRef<'static> {
        CertificateVerifyRef {
            signature_scheme: SignatureScheme::EcdsaSecp256r1Sha256,
            signature: &[0; 70],
        }
    }

    #[test]
    fn the_time_may_come_from_a_clock_that_is_captured() {
        let clock = Cell::new(1);
        let read_clock = || clock.get();
        let trust = Trust::new(&[], ALL, &read_clock);
        clock.set(1_800_000_000);
        assert_eq!((trust.unix_time)(), 1_800_000_000);
        let shown = format!("{trust:?}");
        assert!(shown.starts_with("Trust { anchors: []"), "{shown}");
    }

    #[test]
    fn a_handshake_that_proves_nothing_is_not_proven() {
        with_verifier(|verifier, _| assert_eq!(verifier.proven(), Err(TrustError::NoProof)));
    }

    #[test]
    fn an_empty_certificate_message_is_no_proof() {
        with_verifier(|mut verifier, _| {
            assert!(
                verifier
                    .verify_certificate(&Sha256::new(), CertificateRef::with_context(&[]))
                    .is_err()
            );
            assert_eq!(verifier.proven(), Err(TrustError::NoProof));
        });
    }

    #[test]
    fn a_signature_without_a_certificate_is_out_of_order_and_stays_so() {
        with_verifier(|mut verifier, _| {
            assert!(verifier.verify_signature(signature()).is_err());
            assert_eq!(verifier.proven(), Err(TrustError::BadOrder));
            assert!(verifier.verify_signature(signature()).is_err());
            assert_eq!(verifier.proven(), Err(TrustError::BadOrder));
        });
    }

    /// Counts how often it is asked, and accepts nothing.
    #[derive(Debug)]
    struct Counting;

    static ASKED: AtomicUsize = AtomicUsize::new(0);

    impl SignatureVerificationAlgorithm for Counting {
        fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
            ASKED.fetch_add(1, Ordering::Relaxed);
            Err(InvalidSignature)
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_P256
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_SHA256
        }
    }

    /// Certificates that all bear the root's name can be put together in countless ways.
    #[test]
    fn certificates_of_one_name_cost_few_signature_checks() {
        let authority = || {
            let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::CommonName, "Root");
            let key = KeyPair::generate().unwrap();
            let certificate = params.self_signed(&key).unwrap();
            (params, key, certificate)
        };
        let (_, _, root) = authority();
        let impostors: Vec<_> = (0..15).map(|_| authority()).collect();
        let (params, key, _) = &impostors[0];
        let server = CertificateParams::new(std::vec![String::from("slack.test")])
            .unwrap()
            .signed_by(
                &KeyPair::generate().unwrap(),
                &Issuer::from_params(params, key),
            )
            .unwrap();
        let anchors = [anchor_from_trusted_cert(root.der()).unwrap()];
        let algorithms = Algorithms {
            chain: &[&Counting],
            ..ALL
        };
        let trust = Trust::new(&anchors, algorithms, &|| 1_800_000_000);
        let mut verifier = Verifier::new(&trust, "slack.test").unwrap();
        let mut message = CertificateRef::with_context(&[]);
        for certificate in [&server]
            .into_iter()
            .chain(impostors.iter().map(|impostor| &impostor.2))
        {
            message
                .add(CertificateEntryRef::X509(certificate.der()))
                .unwrap();
        }
        assert!(
            verifier
                .verify_certificate(&Sha256::new(), message)
                .is_err()
        );
        let asked = ASKED.load(Ordering::Relaxed);
        assert!((1..=16).contains(&asked), "{asked}");
    }

    #[test]
    fn truncated_and_changed_certificates_are_refused_and_never_panic() {
        with_verifier(|_, der| {
            let der = der.to_vec();
            let refuse = |certificate: &[u8]| {
                with_verifier(|mut verifier, _| {
                    let mut message = CertificateRef::with_context(&[]);
                    message.add(CertificateEntryRef::X509(certificate)).unwrap();
                    assert!(
                        verifier
                            .verify_certificate(&Sha256::new(), message)
                            .is_err()
                    );
                    assert!(verifier.verify_signature(signature()).is_err());
                    assert!(verifier.proven().is_err());
                });
            };
            for cut in (0..der.len()).step_by(3) {
                refuse(&der[..cut]);
                let mut changed = der.clone();
                changed[cut] ^= 0x55;
                refuse(&changed);
            }
        });
    }
}
