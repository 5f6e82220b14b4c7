//! Functions for the fuzz targets in `fuzz/`: no part of the API.

use core::convert::Infallible;

use embassy_futures::block_on;
use embedded_io_async::{ErrorType, Read};
use embedded_tls::{CertificateEntryRef, CertificateRef, CertificateVerifyRef, TlsVerifier};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::algorithms::{SHA256_INFO, SHA384_INFO, SHA512_INFO};
use crate::filter::{Filter, FilterError, Records};
use crate::verify::Verifier;
use crate::{RecordError, Trust, TrustError, rsa};

/// Sends `stream` through the record filter, in reads of at most these sizes. `passed` gets what
/// came through each read, and whether it ends at the end of a record.
pub fn filter(
    stream: &[u8],
    mut sizes: impl Iterator<Item = usize>,
    mut passed: impl FnMut(&[u8], bool),
) -> Option<RecordError> {
    let records = Records::default();
    let mut filter = Filter {
        stream: Slice(stream),
        records: &records,
    };
    let mut buffer = [0; 512];
    loop {
        let size = sizes.next()?.clamp(1, buffer.len());
        let buffer = buffer.get_mut(..size)?;
        match block_on(filter.read(buffer)) {
            Ok(0) => return None,
            Ok(count) => passed(buffer.get(..count)?, records.at_boundary()),
            Err(FilterError::Record(error)) => {
                let again = block_on(filter.read(buffer));
                assert!(
                    again == Err(FilterError::Record(error)) && records.violation() == Some(error)
                );
                return Some(error);
            }
            Err(FilterError::Transport(never)) => match never {},
        }
    }
}

struct Slice<'d>(&'d [u8]);

impl ErrorType for Slice<'_> {
    type Error = Infallible;
}

impl Read for Slice<'_> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for (to, from) in buf.iter_mut().zip(self.0) {
            *to = *from;
            count += 1;
        }
        self.0 = self.0.get(count..).unwrap_or_default();
        Ok(count)
    }
}

/// Shows the verifier a chain, then a signature over the hash of `transcript` by the algorithm of
/// this place in the table.
///
/// # Errors
/// The reason why the server is not trusted.
pub fn authenticate<'c>(
    trust: &Trust<'_>,
    host: &str,
    chain: impl Iterator<Item = &'c [u8]>,
    transcript: &[u8],
    algorithm: usize,
    signature: &[u8],
) -> Result<(), TrustError> {
    let mut verifier = Verifier::new(trust, host)?;
    let mut certificates = CertificateRef::with_context(&[]);
    for certificate in chain {
        if certificates
            .add(CertificateEntryRef::X509(certificate))
            .is_err()
        {
            break;
        }
    }
    let hash = Sha256::new_with_prefix(transcript);
    let chained = verifier.verify_certificate(&hash, certificates);
    let schemes = trust.algorithms.handshake;
    if let Some((scheme, _)) = schemes.get(algorithm) {
        let signed = verifier.verify_signature(CertificateVerifyRef {
            signature_scheme: *scheme,
            signature,
        });
        assert!(verifier.proven().is_ok() == (chained.is_ok() && signed.is_ok()));
    }
    verifier.proven()
}

/// A kind of RSA signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaScheme {
    /// PKCS#1 v1.5 with SHA-256, SHA-384, SHA-512.
    Pkcs1Sha256,
    /// As above.
    Pkcs1Sha384,
    /// As above.
    Pkcs1Sha512,
    /// PSS with SHA-256, SHA-384, SHA-512.
    PssSha256,
    /// As above.
    PssSha384,
    /// As above.
    PssSha512,
}

/// Whether `key`, a DER `RSAPublicKey`, signed `message`.
pub fn verify_rsa(scheme: RsaScheme, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match scheme {
        RsaScheme::Pkcs1Sha256 => {
            rsa::verify_pkcs1::<Sha256>(key, &SHA256_INFO, message, signature)
        }
        RsaScheme::Pkcs1Sha384 => {
            rsa::verify_pkcs1::<Sha384>(key, &SHA384_INFO, message, signature)
        }
        RsaScheme::Pkcs1Sha512 => {
            rsa::verify_pkcs1::<Sha512>(key, &SHA512_INFO, message, signature)
        }
        RsaScheme::PssSha256 => rsa::verify_pss::<Sha256>(key, message, signature),
        RsaScheme::PssSha384 => rsa::verify_pss::<Sha384>(key, message, signature),
        RsaScheme::PssSha512 => rsa::verify_pss::<Sha512>(key, message, signature),
    }
    .is_ok()
}
