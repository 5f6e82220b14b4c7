//! Verified TLS 1.3 without an allocator: embedded-tls for the protocol, rustls-webpki for the
//! chain, RustCrypto for the signatures.
//!
//! TLS 1.3 only, key exchange on P-256, AES-128-GCM. A handshake succeeds only if the server's
//! chain *and* its possession of the certificate's key were both checked. Records pass through a
//! filter first, and messages after the handshake through a guard.
//!
//! # Memory
//! The read buffer holds one record: [`FULL_READ`] bytes are always enough. With less, down to
//! [`MIN_READ`], the server is asked for shorter records (max_fragment_length, RFC 6066 section 4);
//! the first longer record of a server that ignores this ends the link. The server's certificates
//! must fit into one record: 1 KiB holds one or two certificates of P-256, but no chain of RSA. The
//! write buffer needs [`MIN_WRITE`] bytes; a longer one makes fewer, longer records.
//!
//! # Cancellation
//! A read of embedded-tls may be dropped only between records. [`TlsLink`] therefore stops an
//! exchange at the boundary of a record. If a record is not complete [`STALL`] after the exchange
//! was asked to stop, the link is dead. If an exchange is dropped in the middle of a record, the
//! next one reports the link as broken, and no byte is misread.

mod algorithms;
mod buffer_error;
mod filter;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod random;
mod rsa;
mod verify;

use core::cell::Cell;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embassy_futures::select::{Either, select};
use embedded_tls::{
    CryptoProvider, MaxFragmentLength, TlsConfig, TlsConnection, TlsContext, TlsError, TlsVerifier,
};
use slack_rtm::entropy::Entropy;
use slack_rtm::time::Duration;
use slack_rtm::{DisconnectReason, Peer, Security};

pub use algorithms::{ALL, Algorithms, P256_ONLY, RSA_AND_P256};
pub use buffer_error::BufferError;
pub use filter::RecordError;
pub use rustls_pki_types::{CertificateDer, TrustAnchor};
pub use verify::{Trust, TrustError};
pub use webpki::anchor_from_trusted_cert;

use crate::clock::Clock;
use crate::connect::{CleartextLink, Connect, Dial, Link, Moved, Stream, link_end};
use filter::{Filter, Records};
use guard::Suite;
use random::Random;
use verify::Verifier;

/// The least size of the write buffer: a ClientHello and the overhead of a record.
pub const MIN_WRITE: usize = 512;
/// The least size of the read buffer: the smallest fragment and the overhead of a record.
pub const MIN_READ: usize = 768;
/// The size of a read buffer that holds every record.
pub const FULL_READ: usize = 16_640;
/// The longest time from the moment when an exchange is asked to stop until the record that is
/// being read or written is complete.
pub const STALL: Duration = Duration::from_secs(10);

/// Why TLS failed, in more detail than [`DisconnectReason`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TlsFailure {
    /// The server is not trusted.
    Trust(TrustError),
    /// A record broke a rule.
    Record(RecordError),
    /// The server ended the handshake or the link with this alert (RFC 8446 section 6), such as 70,
    /// `protocol_version`: it speaks TLS 1.2 only.
    Alert(u8),
    /// A record is longer than the read buffer.
    RecordTooLong,
    /// A message is malformed, wrongly protected or not supported: such as certificates in several
    /// records, which come of a short read buffer.
    Protocol,
    /// The source of randomness failed: nothing was sent.
    Entropy,
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trust(error) => error.fmt(f),
            Self::Record(error) => error.fmt(f),
            Self::Alert(70) => f.write_str(
                "the server gave up with TLS alert 70, protocol_version: it speaks no TLS 1.3",
            ),
            Self::Alert(code) => {
                write!(
                    f,
                    "the server gave up with TLS alert {code} (RFC 8446 section 6)"
                )
            }
            Self::RecordTooLong => {
                f.write_str("a record is longer than the read buffer; lend 16,640 bytes")
            }
            Self::Protocol => {
                f.write_str("the server's TLS messages are malformed or not supported")
            }
            Self::Entropy => f.write_str("the source of randomness failed; nothing was sent"),
        }
    }
}

impl core::error::Error for TlsFailure {}

/// Opens verified links over TLS, and links without TLS for peers that the client allows to have
/// none.
///
/// ```
/// use slack_rtm::entropy::Entropy;
/// use slack_rtm_embassy::clock::Clock;
/// use slack_rtm_embassy::connect::{Connect, Dial};
/// use slack_rtm_embassy::tls::{self, BufferError, CertificateDer, Tls, Trust};
///
/// /// Dials with `network`, and trusts servers whose certificate `root` (in DER) leads to.
/// async fn call(
///     network: impl Dial,
///     random: impl Entropy,
///     clock: impl Clock,
///     root: &[u8],
/// ) -> Result<(), BufferError> {
///     let root = CertificateDer::from(root);
///     let anchors = [tls::anchor_from_trusted_cert(&root).expect("a root certificate")];
///     let build_time = 1_790_000_000;
///     let uptime = || clock.now().as_millis() / 1000;
///     let unix_time = || build_time + uptime(); // better: a clock that was set
///     // Slack's chain is RSA; fewer algorithms take less flash.
///     let trust = Trust::new(&anchors, tls::ALL, &unix_time);
///     let (mut read, mut write) = ([0; tls::FULL_READ], [0; tls::MIN_WRITE]);
///     let connector = Tls::new(network, random, &clock, &trust, &mut read, &mut write)?;
///     # fn is_connect(_: impl Connect) {}
///     # is_connect(connector);
///     // `connector` goes to `Pump::new`.
///     Ok(())
/// }
/// ```
pub struct Tls<'b, D, E, C> {
    dialer: D,
    entropy: E,
    clock: C,
    trust: &'b Trust<'b>,
    read: &'b mut [u8],
    write: &'b mut [u8],
    report: Option<&'b Cell<Option<TlsFailure>>>,
    records: Records,
}

impl<D, E, C> fmt::Debug for Tls<'_, D, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

impl<'b, D: Dial, E: Entropy, C: Clock> Tls<'b, D, E, C> {
    /// Creates a connector over streams of `dialer`. The [module](self) describes `read` and
    /// `write`.
    ///
    /// # Errors
    /// [`BufferError`] if `read` has fewer than [`MIN_READ`] bytes, or `write` fewer than
    /// [`MIN_WRITE`].
    pub fn new(
        dialer: D,
        entropy: E,
        clock: C,
        trust: &'b Trust<'b>,
        read: &'b mut [u8],
        write: &'b mut [u8],
    ) -> Result<Self, BufferError> {
        BufferError::check(read.len(), write.len())?;
        Ok(Self {
            dialer,
            entropy,
            clock,
            trust,
            read,
            write,
            report: None,
            records: Records::default(),
        })
    }

    /// Stores in `report` why the last handshake or link failed.
    #[must_use]
    pub fn report_to(mut self, report: &'b Cell<Option<TlsFailure>>) -> Self {
        self.report = Some(report);
        self
    }
}

/// The longest fragment that fits a read buffer, where it cannot hold every record: content, type
/// and tag, some padding.
fn fragment_limit(read: usize) -> Option<MaxFragmentLength> {
    match read {
        FULL_READ.. => None,
        4352.. => Some(MaxFragmentLength::Bits12),
        2304.. => Some(MaxFragmentLength::Bits11),
        1280.. => Some(MaxFragmentLength::Bits10),
        _ => Some(MaxFragmentLength::Bits9),
    }
}

impl<D: Dial, E: Entropy, C: Clock> Connect for Tls<'_, D, E, C> {
    type Link<'l>
        = TlsLink<'l, D::Stream<'l>, C>
    where
        Self: 'l;

    async fn connect<'l>(&'l mut self, peer: Peer<'_>) -> Result<Self::Link<'l>, DisconnectReason> {
        let Self {
            dialer,
            entropy,
            clock,
            trust,
            read,
            write,
            report,
            records,
        } = self;
        let report = Report(*report);
        report.clear();
        *records = Records::default();
        let records = &*records;
        if peer.security == Security::Cleartext {
            return dialer
                .dial(peer.host, peer.port)
                .await
                .map(|stream| TlsLink::Cleartext(CleartextLink(stream)));
        }
        let verifier = Verifier::new(trust, peer.host)
            .map_err(|error| report.failed(TlsFailure::Trust(error)))?;
        let random = Random::new(entropy).map_err(|_| report.failed(TlsFailure::Entropy))?;
        let stream = dialer.dial(peer.host, peer.port).await?;
        let mut config = TlsConfig::new();
        if verifier.host_is_name() {
            // RFC 6066 section 3: no address, and no dot at the end.
            config = config.with_server_name(peer.host.trim_end_matches('.'));
        }
        if trust.algorithms.offers_rsa {
            config = config.enable_rsa_signatures();
        }
        if let Some(limit) = fragment_limit(read.len()) {
            config = config.with_max_fragment_length(limit);
        }
        let mut provider = Provider { verifier, random };
        let mut session = TlsConnection::new(Filter { stream, records }, read, write);
        let opened = session.open(TlsContext::new(&config, &mut provider)).await;
        // What the verifier says goes first: a refused certificate also ends `open` with some
        // error.
        match (provider.verifier.refusal(), opened) {
            (Some(error), _) => Err(report.failed(TlsFailure::Trust(error))),
            (None, Err(error)) => Err(report.ended(error, records)),
            (None, Ok(())) => match provider.verifier.proven() {
                Ok(()) => {
                    records.establish();
                    Ok(TlsLink::Secure(Secure {
                        session,
                        records,
                        clock,
                        report,
                        open: Cell::new(Work::None),
                    }))
                }
                Err(error) => Err(report.failed(TlsFailure::Trust(error))),
            },
        }
    }
}

/// Randomness and verification for one handshake.
struct Provider<'a> {
    verifier: Verifier<'a>,
    random: Random,
}

impl CryptoProvider for Provider<'_> {
    type CipherSuite = Suite;
    type Signature = &'static [u8];

    fn rng(&mut self) -> impl embedded_tls::CryptoRngCore {
        &mut self.random
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Suite>, TlsError> {
        Ok(&mut self.verifier)
    }
}

/// The place where failures are stored.
#[derive(Clone, Copy, Debug)]
struct Report<'b>(Option<&'b Cell<Option<TlsFailure>>>);

impl Report<'_> {
    fn clear(self) {
        if let Some(cell) = self.0 {
            cell.set(None);
        }
    }

    fn failed(self, failure: TlsFailure) -> DisconnectReason {
        if let Some(cell) = self.0 {
            cell.set(Some(failure));
        }
        match failure {
            TlsFailure::Trust(_) => DisconnectReason::Untrusted,
            _ => DisconnectReason::TlsFailed,
        }
    }

    /// How an error of embedded-tls ends the link.
    fn ended(self, error: TlsError, records: &Records) -> DisconnectReason {
        if let Some(violation) = records.violation() {
            return self.failed(TlsFailure::Record(violation));
        }
        match error {
            TlsError::ConnectionClosed => DisconnectReason::Closed,
            // The transport's own end, without close_notify.
            TlsError::IoError => DisconnectReason::Truncated,
            TlsError::Io(kind) => link_end(kind),
            TlsError::HandshakeAborted(_, alert) => self.failed(TlsFailure::Alert(alert as u8)),
            TlsError::InsufficientSpace => self.failed(TlsFailure::RecordTooLong),
            _ => self.failed(TlsFailure::Protocol),
        }
    }
}

/// A link of [`Tls`].
#[derive(Debug)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "there is no allocator to box with, and one link at a time"
)]
pub enum TlsLink<'l, S: Stream + 'l, C> {
    /// A link to a peer without TLS.
    Cleartext(CleartextLink<S>),
    /// A link over TLS, authenticated and protected.
    Secure(Secure<'l, S, C>),
}

/// An authenticated TLS session.
pub struct Secure<'l, S: Stream + 'l, C> {
    session: TlsConnection<'l, Filter<'l, S>, Suite>,
    records: &'l Records,
    clock: &'l C,
    report: Report<'l>,
    /// What is under way; still set at the next exchange when this one was dropped.
    open: Cell<Work>,
}

/// What an exchange is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    None,
    Reading,
    Writing,
}

impl<S: Stream, C> fmt::Debug for Secure<'_, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secure")
            .field("records", &self.records)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

impl<S: Stream, C: Clock> Link for TlsLink<'_, S, C> {
    async fn exchange(
        &mut self,
        space: &mut [u8],
        pending: &[u8],
        stop: impl Future<Output = ()>,
    ) -> Result<Moved, DisconnectReason> {
        match self {
            Self::Cleartext(link) => link.exchange(space, pending, stop).await,
            Self::Secure(link) => link.exchange(space, pending, stop).await,
        }
    }

    async fn close(self) {
        match self {
            Self::Cleartext(link) => link.close().await,
            Self::Secure(link) => match link.session.close().await {
                Ok(mut filter) | Err((mut filter, _)) => filter.stream.hang_up().await,
            },
        }
    }
}

impl<S: Stream, C: Clock> Secure<'_, S, C> {
    async fn exchange(
        &mut self,
        space: &mut [u8],
        pending: &[u8],
        stop: impl Future<Output = ()>,
    ) -> Result<Moved, DisconnectReason> {
        let Self {
            session,
            records,
            clock,
            report,
            open,
        } = self;
        let dropped_mid_way = match open.get() {
            Work::None => false,
            Work::Reading => !records.at_boundary(),
            Work::Writing => true,
        };
        if dropped_mid_way {
            return Err(DisconnectReason::Other);
        }
        let moved = if !pending.is_empty() {
            open.set(Work::Writing);
            let work = async {
                let count = session.write(pending).await?;
                session.flush().await?;
                Ok(Moved::Sent(count))
            };
            unless_stopped(work, stop, || false, *clock).await
        } else if !space.is_empty() {
            open.set(Work::Reading);
            let work = async { session.read(space).await.map(Moved::Received) };
            unless_stopped(work, stop, || records.at_boundary(), *clock).await
        } else {
            stop.await;
            Some(Ok(Moved::Stopped))
        };
        match moved {
            Some(result) => {
                open.set(Work::None);
                result.map_err(|error| report.ended(error, records))
            }
            // A record stalled: what the session holds of it is lost, and the link with it.
            None => Err(DisconnectReason::TimedOut),
        }
    }
}

/// Runs `work` until it is done, or until `stop` is ready and `may_stop` allows it. `None`: it
/// neither ended nor came to a place to stop within [`STALL`].
async fn unless_stopped(
    work: impl Future<Output = Result<Moved, TlsError>>,
    stop: impl Future<Output = ()>,
    may_stop: impl Fn() -> bool,
    clock: &impl Clock,
) -> Option<Result<Moved, TlsError>> {
    let mut work = pin!(work);
    if let Either::First(result) = select(work.as_mut(), stop).await {
        return Some(result);
    }
    let to_boundary = poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Pending if may_stop() => Poll::Ready(Ok(Moved::Stopped)),
        other => other,
    });
    match select(to_boundary, clock.wait_until(clock.now() + STALL)).await {
        Either::First(result) => Some(result),
        Either::Second(()) => None,
    }
}
