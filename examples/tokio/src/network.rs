//! Links over TCP of tokio, with TLS of rustls.

use embedded_io_adapters::tokio_1::FromTokio;
use embedded_io_async::Read;
use slack_rtm::{DisconnectReason, Peer, Security};
use slack_rtm_embassy::link::{Connect, SessionSide, relay};
use slack_rtm_embassy::stream::{Stream, link_end};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Opens links over TCP, and over TLS to servers whose certificates these roots issued.
#[derive(Clone)]
pub struct Network {
    tls: TlsConnector,
}

impl Network {
    /// Creates a connector that trusts `roots` and no others.
    ///
    /// # Errors
    /// The error of rustls if its provider supports no version of TLS.
    pub fn new(roots: RootCertStore) -> Result<Self, rustls::Error> {
        // An explicit provider: the default one is ambiguous in a program that links several.
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: Arc::new(config).into(),
        })
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

impl Connect for Network {
    async fn run(
        &mut self,
        peer: Peer<'_>,
        within: slack_rtm::time::Duration,
        session: impl SessionSide,
    ) -> Result<(), DisconnectReason> {
        // The client reports the reason alone. The details are known only here.
        let report = |Failure(reason, detail)| {
            eprintln!("{}:{}: {detail}", peer.host, peer.port);
            reason
        };
        let tcp = dial(peer.host, peer.port, within.into()).await;
        let tcp = tcp.map_err(report)?;
        if peer.security == Security::Cleartext {
            return relay(TokioStream::new(tcp), session).await;
        }
        let tls = self.handshake(peer.host, tcp).await.map_err(report)?;
        relay(TokioStream::new(tls), session).await
    }
}

impl Network {
    /// Does the TLS handshake, and with it the authentication of the server.
    async fn handshake(
        &self,
        host: &str,
        tcp: TcpStream,
    ) -> Result<impl AsyncRead + AsyncWrite + use<>, Failure> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| Failure(DisconnectReason::Untrusted, error.to_string()))?;
        let connected = self.tls.connect(name, tcp).await;
        connected.map_err(|error| {
            let tls = error.get_ref().and_then(|inner| inner.downcast_ref());
            let reason = match tls {
                Some(
                    rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented,
                ) => DisconnectReason::Untrusted,
                Some(_) => DisconnectReason::TlsFailed,
                None => reason_of(&error),
            };
            Failure(reason, error.to_string())
        })
    }
}

/// The reason why a link could not be opened, for the client and as text.
struct Failure(DisconnectReason, String);

/// Tries every address of the host. An address that does not reply gets an equal part of the time
/// that is left.
async fn dial(host: &str, port: u16, within: Duration) -> Result<TcpStream, Failure> {
    let until = Instant::now() + within;
    let not_found = |error: io::Error| Failure(DisconnectReason::NameNotFound, error.to_string());
    let addresses: Vec<_> = lookup_host((host, port))
        .await
        .map_err(not_found)?
        .collect();
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for (address, left) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
        let part = until.saturating_duration_since(Instant::now()) / left;
        last = match timeout(part, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Frames are written whole: nothing is gained by waiting for more bytes.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => error,
            Err(elapsed) => elapsed.into(),
        };
    }
    Err(Failure(reason_of(&last), last.to_string()))
}

/// Returns the reason for the client. The kinds of embedded-io have no names for these three.
fn reason_of(error: &io::Error) -> DisconnectReason {
    match error.kind() {
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown => DisconnectReason::Unreachable,
        kind => link_end(kind.into()),
    }
}

/// A stream of tokio, in two halves of embedded-io-async.
struct TokioStream<S> {
    reader: FromTokio<ReadHalf<S>>,
    writer: FromTokio<WriteHalf<S>>,
}

impl<S: AsyncRead + AsyncWrite> TokioStream<S> {
    fn new(stream: S) -> Self {
        let (reader, writer) = split(stream);
        Self {
            reader: FromTokio::new(reader),
            writer: FromTokio::new(writer),
        }
    }
}

impl<S: AsyncRead + AsyncWrite> Stream for TokioStream<S> {
    type Reader<'h>
        = &'h mut FromTokio<ReadHalf<S>>
    where
        Self: 'h;
    type Writer<'h>
        = &'h mut FromTokio<WriteHalf<S>>
    where
        Self: 'h;

    fn split(&mut self) -> (Self::Reader<'_>, Self::Writer<'_>) {
        (&mut self.reader, &mut self.writer)
    }

    async fn hang_up(&mut self) {
        // `close_notify` if there is TLS, and a FIN. A socket that is dropped with bytes that nobody
        // has read sends a reset, which can overtake them.
        if self.writer.inner_mut().shutdown().await.is_ok() {
            let mut rest = [0; 128];
            while matches!(self.reader.read(&mut rest).await, Ok(1..)) {}
        }
    }
}
