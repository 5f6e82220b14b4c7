//! Trust anchors: the root certificates of TLS links, and the rustls configuration.

use crate::{DisconnectReason, LinkError};
use rustls::pki_types::{CertificateDer, pem, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::sync::{Arc, OnceLock};
use std::{error, fmt};

/// The root certificates that the certificates of servers are verified against.
///
/// Clones are cheap. They share one TLS configuration, and with it the session tickets that make a
/// second handshake with the same host shorter.
///
/// ```no_run
/// use slack_rtm_std::Trust;
///
/// let company = std::fs::read("company-root.pem")?;
/// let trust = Trust::platform().and(&company)?; // the roots of the system, and one more
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
    /// Created for the first TLS link: a program with cleartext links alone needs no roots.
    config: OnceLock<Arc<ClientConfig>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Platform {
    Trusted,
    Ignored,
}

impl Trust {
    /// Trusts the root certificates of the operating system.
    ///
    /// They are read for the first TLS link, and again for the next one if none were found. The
    /// environment variables `SSL_CERT_FILE` and `SSL_CERT_DIR` select others.
    pub fn platform() -> Self {
        Self::new(Platform::Trusted, Vec::new())
    }

    /// Trusts only the root certificates in `pem`.
    ///
    /// # Errors
    /// [`TrustError`] if `pem` has no certificate, or an invalid one.
    pub fn only(pem: &[u8]) -> Result<Self, TrustError> {
        Ok(Self::new(Platform::Ignored, certificates(pem)?))
    }

    /// Trusts the root certificates in `pem` in addition to those of `self`.
    ///
    /// # Errors
    /// [`TrustError`] if `pem` has no certificate, or an invalid one.
    pub fn and(&self, pem: &[u8]) -> Result<Self, TrustError> {
        let mut added = self.inner.added.clone();
        added.extend(certificates(pem)?);
        Ok(Self::new(self.inner.platform, added))
    }

    /// Uses a complete rustls configuration, for example with client certificates or another
    /// provider.
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
        // A failure is not kept: the roots may be installed while the program runs.
        let built = self.inner.build();
        let config = built.map_err(|error| LinkError::new(DisconnectReason::Untrusted, error))?;
        Ok(Arc::clone(
            self.inner.config.get_or_init(|| Arc::new(config)),
        ))
    }
}

impl Inner {
    fn build(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        let mut errors = String::new();
        if self.platform == Platform::Trusted {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            for error in found.errors {
                errors = format!("{errors}; {error}");
            }
        }
        roots.add_parsable_certificates(self.added.iter().cloned());
        if roots.is_empty() {
            return Err(format!(
                "no root certificates found; install the package ca-certificates or set \
                 SSL_CERT_FILE to a PEM file{errors}"
            ));
        }
        // An explicit provider: the default one is ambiguous in a program that links several.
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
            "no certificate found; PEM has a line BEGIN CERTIFICATE".into(),
        ));
    }
    Ok(found)
}

/// The error of a PEM text without usable root certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustError(String);

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid root certificates: {}", self.0)
    }
}

impl error::Error for TrustError {}

#[cfg(test)]
mod tests {
    use super::Trust;

    #[test]
    fn text_without_a_certificate_is_refused() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in ["", "hello", broken] {
            assert!(Trust::only(pem.as_bytes()).is_err(), "{pem:?}");
            assert!(Trust::platform().and(pem.as_bytes()).is_err(), "{pem:?}");
        }
    }
}
