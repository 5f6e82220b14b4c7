//! Whom to believe: the certificates that a TLS link may end in, and rustls's settings.

use crate::{DisconnectReason, LinkError};
use rustls::pki_types::{CertificateDer, pem, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::sync::{Arc, OnceLock};
use std::{error, fmt};

/// The certificates of authorities that servers are checked against.
///
/// Cloning is cheap; the clones share one TLS configuration, hence also the session tickets that
/// make a second handshake with the same host shorter.
///
/// ```no_run
/// use slack_rtm_std::Trust;
///
/// let company = std::fs::read("company-root.pem")?;
/// let trust = Trust::platform().and(&company)?; // the computer's roots, and one more
/// # let _ = trust;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trust {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    platform: Platform,
    added: Vec<CertificateDer<'static>>,
    /// Made at the first secure link for which there are roots: a program that makes plain links only
    /// needs none.
    config: OnceLock<Arc<ClientConfig>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Platform {
    Believed,
    Ignored,
}

impl Trust {
    /// The authorities that this computer's operating system or administrator trusts.
    ///
    /// They are read at the first secure link, and again at the next one if there were none.
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
    pub fn platform() -> Self {
        Self::new(Platform::Believed, Vec::new())
    }

    /// Only the authorities whose certificates stand in `pem`.
    ///
    /// # Errors
    /// [`TrustError`] if it holds no certificate, or a broken one.
    pub fn only(pem: &[u8]) -> Result<Self, TrustError> {
        Ok(Self::new(Platform::Ignored, certificates(pem)?))
    }

    /// These authorities, and those whose certificates stand in `pem`.
    ///
    /// # Errors
    /// [`TrustError`] if it holds no certificate, or a broken one.
    pub fn and(&self, pem: &[u8]) -> Result<Self, TrustError> {
        let mut added = self.inner.added.clone();
        added.extend(certificates(pem)?);
        Ok(Self::new(self.inner.platform, added))
    }

    /// A rustls configuration of the caller's: other roots, client certificates, another provider.
    pub fn with_config(config: Arc<ClientConfig>) -> Self {
        let trust = Self::new(Platform::Ignored, Vec::new());
        let _ = trust.inner.config.set(config);
        trust
    }

    fn new(platform: Platform, added: Vec<CertificateDer<'static>>) -> Self {
        Self {
            inner: Arc::new(Inner {
                platform,
                added,
                config: OnceLock::new(),
            }),
        }
    }

    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, LinkError> {
        if let Some(config) = self.inner.config.get() {
            return Ok(Arc::clone(config));
        }
        // A failure is not kept: somebody may install the roots while the program runs.
        let built = self.inner.build();
        let config = built.map_err(|why| LinkError::new(DisconnectReason::Untrusted, why))?;
        Ok(Arc::clone(
            self.inner.config.get_or_init(|| Arc::new(config)),
        ))
    }
}

impl Inner {
    fn build(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        let mut trouble = String::new();
        if self.platform == Platform::Believed {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            for error in found.errors {
                trouble = format!("{trouble}; {error}");
            }
        }
        roots.add_parsable_certificates(self.added.iter().cloned());
        if roots.is_empty() {
            return Err(format!(
                "no root certificate found on this computer: install its package \
                 (often called ca-certificates) or name a file in SSL_CERT_FILE{trouble}"
            ));
        }
        // The provider is named here, so that a program with several does not have to choose.
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(config)
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, pem::Error>>()
        .map_err(|error| TrustError(error.to_string()))?;
    let mut parsable = RootCertStore::empty();
    for certificate in &found {
        parsable
            .add(certificate.clone())
            .map_err(|error| TrustError(error.to_string()))?;
    }
    if found.is_empty() {
        return Err(TrustError(
            "no certificate in it: it must hold a BEGIN CERTIFICATE line".into(),
        ));
    }
    Ok(found)
}

/// A text that should hold root certificates does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustError(String);

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not usable as root certificates: {}", self.0)
    }
}

impl error::Error for TrustError {}

#[cfg(test)]
mod tests {
    use super::Trust;

    #[test]
    fn text_without_a_certificate_is_refused_when_given() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in ["", "hello", broken] {
            assert!(Trust::only(pem.as_bytes()).is_err(), "{pem:?}");
            assert!(Trust::platform().and(pem.as_bytes()).is_err(), "{pem:?}");
        }
    }
}
