//! Servers on loopback that behave, or misbehave, as a test wants.
#![allow(dead_code, unreachable_pub)] // each test file uses its part

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

/// An authority that issues certificates, and the trust in it.
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

    /// The authority's own certificate.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server's settings with a certificate for `name`, valid from the first year's to the
    /// last year's beginning.
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

    /// A good server's settings, for the name "localhost".
    pub fn good_server(&self) -> Arc<ServerConfig> {
        self.server("localhost", (2020, 2100))
    }
}

/// A server for one connection, served by `script` in a thread.
pub fn serve<T: Send + 'static>(
    script: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        // Or a reset may overtake what was written before it.
        tcp.set_nodelay(true).unwrap();
        script(tcp)
    });
    (address, server)
}

/// A TLS server for one connection; `script` gets it after the handshake.
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

/// Reads until the other side ends, in whatever way.
pub fn read_to_end(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

/// A connection that is cut by RST when it is dropped (RFC 9293 section 3.6: zero linger).
pub fn reset_on_drop(tcp: &TcpStream) {
    socket2::SockRef::from(tcp)
        .set_linger(Some(std::time::Duration::ZERO))
        .unwrap();
}

pub fn within(dialer: &Dialer, milliseconds: u64) -> Instant {
    dialer.clock().now() + Duration::from_millis(milliseconds)
}

/// `host` at the port of `address`.
pub fn peer(host: &str, address: SocketAddr, security: Security) -> Peer<'_> {
    Peer {
        host,
        port: address.port(),
        security,
    }
}

/// Dials "localhost" at the port of `address`, which is looked up as that address alone.
pub fn dial(trust: Trust, address: SocketAddr, security: Security) -> Result<Client, LinkError> {
    let dialer = Dialer::new(trust)
        .unwrap()
        .with_lookup(move |_, _| Ok(vec![address]));
    let until = within(&dialer, 5_000);
    let link = dialer.dial(peer("localhost", address, security), until)?;
    Ok(Client { dialer, link })
}

/// A dialled link with its dialer.
#[derive(Debug)]
pub struct Client {
    pub dialer: Dialer,
    pub link: Link,
}

impl Client {
    /// Everything that arrives, and how it ended.
    pub fn receive_all(&mut self, rx: &mut RecvBuf<'_>) -> (Vec<u8>, DisconnectReason) {
        self.send_and_receive_all(b"", rx)
    }

    /// Everything that arrives, and how it ended, while a few bytes are sent.
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
                Ok(moved) => {
                    assert!(moved.received + moved.sent > 0, "nothing for five seconds");
                    received.extend_from_slice(rx.unread());
                    rx.consume(rx.unread().len());
                }
                Err(error) => return (received, error.end()),
            }
        }
    }
}
