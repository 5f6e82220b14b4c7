//! Scripted servers on loopback, and a client to test against them.
#![allow(dead_code, unreachable_pub)] // each test file uses a part

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::{Duration, Instant};
use slack_rtm_std::{Dialer, DisconnectReason, Link, LinkError, Peer, Security, Trust};
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

pub type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// A certificate authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self {
            issuer: CertifiedIssuer::self_signed(params, key).unwrap(),
        }
    }

    pub fn trust(&self) -> Trust {
        Trust::only(self.pem().as_bytes()).unwrap()
    }

    /// Returns the root certificate.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Returns a server configuration with a certificate for `name`, valid from the beginning of
    /// the first year to the beginning of the second.
    pub fn server(&self, name: &str, years: (i32, i32)) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }

    /// Returns a server configuration with a valid certificate for "localhost".
    pub fn good_server(&self) -> Arc<ServerConfig> {
        self.server("localhost", (2020, 2100))
    }
}

/// Starts a server for one connection, which `script` handles in a thread.
pub fn serve<T: Send + 'static>(
    script: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        // Otherwise a reset may overtake earlier bytes.
        tcp.set_nodelay(true).unwrap();
        script(tcp)
    });
    (address, server)
}

/// Starts a TLS server for one connection, which `script` handles after the handshake.
pub fn serve_tls<T: Send + 'static>(
    config: Arc<ServerConfig>,
    script: impl FnOnce(TlsStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<io::Result<T>>) {
    serve(move |tcp| accept_tls(config, tcp).map(script))
}

pub fn accept_tls(config: Arc<ServerConfig>, tcp: TcpStream) -> io::Result<TlsStream> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, tcp);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// Reads until the end of the stream or an error.
pub fn read_to_end(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

/// Makes the connection end with RST when it is dropped, by a linger time of zero.
pub fn reset_on_drop(tcp: &TcpStream) {
    socket2::SockRef::from(tcp)
        .set_linger(Some(std::time::Duration::ZERO))
        .unwrap();
}

pub fn within(dialer: &Dialer, milliseconds: u64) -> Instant {
    dialer.clock().now() + Duration::from_millis(milliseconds)
}

/// Returns `host` with the port of `address`.
pub fn peer(host: &str, address: SocketAddr, security: Security) -> Peer<'_> {
    Peer {
        host,
        port: address.port(),
        security,
    }
}

/// Opens a link to "localhost" at the port of `address`; the lookup returns that address alone.
pub fn connect(trust: Trust, address: SocketAddr, security: Security) -> Result<Client, LinkError> {
    let dialer = Dialer::new(trust)
        .unwrap()
        .with_lookup(move |_, _| Ok(vec![address]));
    let until = within(&dialer, 5_000);
    let link = dialer.dial(peer("localhost", address, security), until)?;
    Ok(Client { dialer, link })
}

/// An open link with its dialer.
#[derive(Debug)]
pub struct Client {
    pub dialer: Dialer,
    pub link: Link,
}

impl Client {
    /// Receives until the end. Returns the bytes and the reason.
    pub fn receive_all(&mut self, rx: &mut RecvBuf<'_>) -> (Vec<u8>, DisconnectReason) {
        self.send_and_receive_all(b"", rx)
    }

    /// Sends `bytes` while it receives until the end. Returns the received bytes and the reason.
    pub fn send_and_receive_all(
        &mut self,
        bytes: &[u8],
        rx: &mut RecvBuf<'_>,
    ) -> (Vec<u8>, DisconnectReason) {
        let mut memory = [0; SendBuf::MIN];
        let mut tx = SendBuf::new(&mut memory);
        tx.append(0, |sink| sink.put(bytes));
        let mut received = Vec::new();
        loop {
            let until = within(&self.dialer, 5_000);
            match self.link.exchange(rx, &mut tx, until) {
                Ok(progress) => {
                    assert!(
                        progress.received + progress.sent > 0,
                        "nothing for five seconds"
                    );
                    received.extend_from_slice(rx.unread());
                    rx.consume(rx.unread().len());
                }
                Err(error) => return (received, error.reason()),
            }
        }
    }
}
