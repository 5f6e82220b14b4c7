//! Links over verified TLS 1.3: `verified-tls` over streams of a [`Dial`], as a [`Connect`].
//!
//! TLS 1.3 only, key exchange on P-256, AES-128-GCM. A handshake succeeds only if the server's
//! chain *and* its possession of the certificate's key were both checked. The documentation of
//! `verified-tls` describes the protocol, the checks and the buffers.

use core::cell::Cell;
use core::fmt;
use core::future::pending;

use slack_rtm::entropy::Entropy;
use slack_rtm::time::Duration;
use slack_rtm::{DisconnectReason, Peer, Security};
use verified_tls::{Connector, Halves, Seed};

pub use verified_tls::{
    ALL, Algorithms, BufferError, CertificateDer, FULL_READ, MIN_READ, MIN_WRITE, P256_ONLY,
    RSA_AND_P256, RecordError, TlsError, Trust, TrustAnchor, TrustError, anchor_from_trusted_cert,
};

use crate::link::{Connect, Inbound, SessionSide, relay};
use crate::stream::{Dial, Stream, link_end};

/// Opens verified links over TLS, and links without TLS for peers that the client allows to have
/// none.
///
/// ```
/// use slack_rtm::entropy::Entropy;
/// use slack_rtm_embassy::link::Connect;
/// use slack_rtm_embassy::stream::Dial;
/// use slack_rtm_embassy::tls::{self, BufferError, CertificateDer, Tls, Trust};
///
/// /// Dials with `network`, and trusts servers whose certificate `root` (in DER) leads to.
/// async fn call(
///     network: impl Dial,
///     random: impl Entropy,
///     uptime: impl Fn() -> u64,
///     root: &[u8],
/// ) -> Result<(), BufferError> {
///     let root = CertificateDer::from(root);
///     let anchors = [tls::anchor_from_trusted_cert(&root).expect("a root certificate")];
///     let build_time = 1_790_000_000;
///     let unix_time = || build_time + uptime(); // better: a clock that was set
///     // Slack's chain is RSA; fewer algorithms take less flash.
///     let trust = Trust::new(&anchors, tls::ALL, &unix_time);
///     let (mut read, mut write) = ([0; tls::FULL_READ], [0; tls::MIN_WRITE]);
///     let connector = Tls::new(network, random, &trust, &mut read, &mut write)?;
///     # fn is_connect(_: impl Connect) {}
///     # is_connect(connector);
///     // `connector` goes to `Runner::new`.
///     Ok(())
/// }
/// ```
pub struct Tls<'b, D, E> {
    dialer: D,
    entropy: E,
    connector: Connector<'b>,
    report: Option<&'b Cell<Option<TlsError>>>,
}

impl<D, E> fmt::Debug for Tls<'_, D, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("connector", &self.connector)
            .finish_non_exhaustive()
    }
}

impl<'b, D, E: Entropy> Tls<'b, D, E> {
    /// Creates a connector over streams of `dialer`. [`Connector`] describes `read` and `write`.
    ///
    /// # Errors
    /// [`BufferError`] if `read` has fewer than [`MIN_READ`] bytes, or `write` fewer than
    /// [`MIN_WRITE`].
    pub fn new(
        dialer: D,
        entropy: E,
        trust: &'b Trust<'b>,
        read: &'b mut [u8],
        write: &'b mut [u8],
    ) -> Result<Self, BufferError> {
        Ok(Self {
            dialer,
            entropy,
            connector: Connector::new(trust, read, write)?,
            report: None,
        })
    }

    /// Stores in `report` why TLS failed in the last handshake or link. The end of a stream is no
    /// failure of TLS.
    #[must_use]
    pub fn report_to(mut self, report: &'b Cell<Option<TlsError>>) -> Self {
        self.report = Some(report);
        self
    }
}

impl<D: Dial, E: Entropy> Connect for Tls<'_, D, E> {
    async fn run(
        &mut self,
        peer: Peer<'_>,
        within: Duration,
        session: impl SessionSide,
    ) -> Result<(), DisconnectReason> {
        let Self {
            dialer,
            entropy,
            connector,
            report,
            ..
        } = self;
        let report = Report(*report);
        report.clear();
        if peer.security == Security::Cleartext {
            let stream = dialer.dial(peer.host, peer.port, within).await?;
            return relay(stream, session).await;
        }
        let seed = Seed::draw(|bytes| entropy.fill(bytes)).map_err(|error| report.ended(error))?;
        let mut stream = dialer.dial(peer.host, peer.port, within).await?;
        {
            let (reader, writer) = stream.split();
            let halves = Halves::new(reader, writer);
            let mut connection = connector
                .connect(&halves, peer.host, seed)
                .await
                .map_err(|error| report.ended(error))?;
            let (mut inbound, outbound) = session.open();
            // The end of `outbound` ends it.
            let driven = connection.drive(&mut inbound, outbound, pending()).await;
            match driven.map_err(|error| report.ended(error)) {
                Ok(()) => {
                    let closed = connection.close().await;
                    closed.map_err(|error| report.ended(error))?;
                }
                Err(reason @ DisconnectReason::Closed) => inbound.ended(reason),
                Err(reason) => return Err(reason),
            }
        }
        stream.hang_up().await;
        Ok(())
    }
}

/// The place where failures are stored.
#[derive(Clone, Copy, Debug)]
struct Report<'b>(Option<&'b Cell<Option<TlsError>>>);

impl Report<'_> {
    fn clear(self) {
        if let Some(cell) = self.0 {
            cell.set(None);
        }
    }

    /// Returns the reason for the link, and stores a failure of TLS.
    fn ended(self, error: TlsError) -> DisconnectReason {
        let reason = match error {
            TlsError::Closed => return DisconnectReason::Closed,
            TlsError::Truncated => return DisconnectReason::Truncated,
            TlsError::Transport(kind) | TlsError::Application(kind) => return link_end(kind),
            TlsError::Interrupted => return DisconnectReason::Other,
            TlsError::Trust(_) => DisconnectReason::Untrusted,
            _ => DisconnectReason::TlsFailed,
        };
        if let Some(cell) = self.0 {
            cell.set(Some(error));
        }
        reason
    }
}
