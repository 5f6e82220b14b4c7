//! Gets a page over HTTPS: TLS over a socket of std, split into two halves.
//!
//! `https_get HOST[:PORT] PATH ROOT.der [ADDRESS]` prints the response. `ROOT.der` is the
//! certificate of the authority that leads to the server's; with `ADDRESS` (an address and a port)
//! no name is looked up.

use std::error::Error;
use std::io::{self, Write as _};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, SystemTime};

use embassy_futures::block_on;
use embedded_io_async::{BufRead as _, ErrorType, Read, Write};
use verified_tls::{
    ALL, CertificateDer, Connector, FULL_READ, Halves, MIN_WRITE, Seed, TlsError, Trust,
    anchor_from_trusted_cert,
};

/// One half of a blocking socket: its futures are ready when they are polled. A device has halves
/// that wait, such as those of embassy-net's `TcpSocket::split`.
struct Half<'s>(&'s TcpStream);

impl ErrorType for Half<'_> {
    type Error = io::Error;
}

impl Read for Half<'_> {
    async fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        io::Read::read(&mut self.0, buf)
    }
}

impl Write for Half<'_> {
    async fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        io::Write::write(&mut self.0, buf)
    }

    async fn flush(&mut self) -> io::Result<()> {
        io::Write::flush(&mut self.0)
    }
}

fn unix_time() -> u64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0, |time| time.as_secs())
}

/// Prints the response to a GET of `path` to `out`.
async fn get(
    socket: &TcpStream,
    host: &str,
    path: &str,
    root: &[u8],
    out: &mut impl io::Write,
) -> Result<(), Box<dyn Error>> {
    let root = CertificateDer::from(root);
    let anchors = [anchor_from_trusted_cert(&root)?];
    let trust = Trust::new(&anchors, ALL, &unix_time);
    let (mut read, mut write) = (vec![0; FULL_READ], vec![0; MIN_WRITE]);
    let mut connector = Connector::new(&trust, &mut read, &mut write)?;

    let halves = Halves::new(Half(socket), Half(socket));
    let seed = Seed::draw(getrandom::fill)?;
    let mut connection = connector.connect(&halves, host, seed).await?;
    // A request and its response take turns. A protocol that reads and writes at any time has two
    // pipes, and `Connection::drive` beside it.
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    connection.flush().await?;
    loop {
        match connection.fill_buf().await {
            Ok(plaintext) => {
                out.write_all(plaintext)?;
                let count = plaintext.len();
                connection.consume(count);
            }
            // With any other end the response may have been cut.
            Err(TlsError::Closed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (authority, path, root, address) = match arguments.as_slice() {
        [authority, path, root] => (authority, path, root, None),
        [authority, path, root, address] => (authority, path, root, Some(address)),
        _ => return Err("usage: https_get HOST[:PORT] PATH ROOT.der [ADDRESS:PORT]".into()),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse()?),
        None => (authority.as_str(), 443),
    };
    let addresses: Vec<_> = match address {
        Some(address) => address.to_socket_addrs()?.collect(),
        None => (host, port).to_socket_addrs()?.collect(),
    };
    let socket = TcpStream::connect(addresses.as_slice())?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    socket.set_write_timeout(Some(Duration::from_secs(10)))?;
    let root = std::fs::read(root)?;
    let mut out = io::stdout().lock();
    block_on(get(&socket, host, path, &root, &mut out))?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::thread;

    use embassy_futures::block_on;
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::get;

    const BODY: &[u8] = &[b'x'; 40_000];

    /// Serves one page on loopback. Returns the port and the certificate of the root.
    fn serve(is_cut: bool) -> (u16, Vec<u8>, thread::JoinHandle<()>) {
        let root_key = KeyPair::generate().unwrap();
        let mut root = CertificateParams::new(Vec::<String>::new()).unwrap();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.distinguished_name.push(DnType::CommonName, "Root");
        let der = root.self_signed(&root_key).unwrap().der().to_vec();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["page.test".to_owned()])
            .unwrap()
            .signed_by(&key, &Issuer::from_params(&root, &root_key))
            .unwrap();
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_protocol_versions(&[&rustls::version::TLS13])
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(
                    vec![certificate.der().clone()],
                    PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
                )
                .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let connection = ServerConnection::new(Arc::new(config)).unwrap();
            let mut stream = StreamOwned::new(connection, socket);
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            assert!(request.starts_with(b"GET /page HTTP/1.1\r\nHost: page.test\r\n"));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            stream.write_all(BODY).unwrap();
            if !is_cut {
                stream.conn.send_close_notify();
            }
            stream.flush().unwrap();
        });
        (port, der, thread)
    }

    #[test]
    fn a_page_is_got_whole_or_its_cut_is_noticed() {
        for is_cut in [false, true] {
            let (port, root, server) = serve(is_cut);
            let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let mut page = Vec::new();
            let got = block_on(get(&socket, "page.test", "/page", &root, &mut page));
            server.join().unwrap();
            assert_eq!(got.is_err(), is_cut, "{got:?}");
            assert!(page == [b"HTTP/1.1 200 OK\r\n\r\n", BODY].concat());
        }
    }
}
