//! A small client for the tests of the server: std sockets, rustls, tungstenite.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use fake_slack::FakeSlack;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use tungstenite::{Message, WebSocket};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) trait Link: Read + Write + Send {}
impl<T: Read + Write + Send> Link for T {}

/// A connection to the server, with TLS unless it is plain.
pub(crate) fn dial(server: &FakeSlack) -> io::Result<Box<dyn Link>> {
    dial_host(server, server.host(), server.port())
}

/// As `dial`, to the host that takes uploads.
pub(crate) fn dial_uploads(server: &FakeSlack) -> io::Result<Box<dyn Link>> {
    dial_host(server, server.upload_host(), server.upload_port())
}

fn dial_host(server: &FakeSlack, host: &str, port: u16) -> io::Result<Box<dyn Link>> {
    let tcp = TcpStream::connect(("127.0.0.1", port))?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let Some(root) = server.root_certificate_der() else {
        return Ok(Box::new(tcp));
    };
    Ok(Box::new(secure(tcp, root, host)?))
}

/// TLS over this connection, trusting this root only.
pub(crate) fn secure(
    mut tcp: TcpStream,
    root: Vec<u8>,
    host: &str,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(root))
        .map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let mut tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp)?;
    }
    Ok(StreamOwned::new(tls, tcp))
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn error(&self) -> String {
        let json = self.json();
        assert_eq!(json["ok"], false, "{json}");
        json["error"].as_str().unwrap().to_owned()
    }
}

/// Sends bytes and reads the answer to its end; the request must ask to close.
pub(crate) fn exchange(server: &FakeSlack, request: &str) -> io::Result<Answer> {
    let mut link = dial(server)?;
    link.write_all(request.as_bytes())?;
    link.flush()?;
    read_answer(&mut link)
}

/// Reads an answer up to the end of the connection.
pub(crate) fn read_answer(link: &mut Box<dyn Link>) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    link.read_to_end(&mut bytes)?;
    let short = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .ok_or_else(short)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(short)?;
    let mut body = bytes.split_off(end + 4);
    if head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
    {
        body = dechunk(&body);
    }
    Ok(Answer { status, head, body })
}

fn dechunk(mut chunked: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunked.windows(2).position(|two| two == b"\r\n").unwrap();
        let size =
            usize::from_str_radix(std::str::from_utf8(&chunked[..end]).unwrap(), 16).unwrap();
        let chunk = &chunked[end + 2..];
        if size == 0 {
            return body;
        }
        body.extend(&chunk[..size]);
        chunked = &chunk[size + 2..];
    }
}

/// `GET` with the bot's token in the header.
pub(crate) fn get(server: &FakeSlack, method: &str) -> io::Result<Answer> {
    let token = server.token();
    exchange(
        server,
        &format!(
            "GET /api/{method} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        ),
    )
}

/// `POST` of a body with these further field lines.
pub(crate) fn post(
    server: &FakeSlack,
    method: &str,
    fields: &str,
    body: &str,
) -> io::Result<Answer> {
    exchange(
        server,
        &format!(
            "POST /api/{method} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{fields}\r\n{body}",
            body.len()
        ),
    )
}

/// A new URL for a socket.
pub(crate) fn new_url(server: &FakeSlack, token: &str) -> String {
    let form = format!("token={token}");
    let fields = "Content-Type: application/x-www-form-urlencoded\r\n";
    let answer = post(server, "rtm.connect", fields, &form).unwrap().json();
    answer["url"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

pub(crate) type Socket = WebSocket<Box<dyn Link>>;

/// Opens the socket of a URL.
pub(crate) fn open_url(
    server: &FakeSlack,
    url: &str,
) -> Result<Socket, Box<dyn std::error::Error>> {
    let link = dial(server)?;
    match tungstenite::client(url, link) {
        Ok((socket, _)) => Ok(socket),
        Err(error) => Err(error.to_string().into()),
    }
}

/// Opens a socket for this token and reads its `hello`.
pub(crate) fn open(server: &FakeSlack, token: &str) -> Socket {
    let mut socket = open_url(server, &new_url(server, token)).unwrap();
    assert_eq!(next(&mut socket)["type"], "hello");
    socket
}

/// The next text frame.
pub(crate) fn next(socket: &mut Socket) -> Value {
    loop {
        match socket.read().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Sends a text frame.
pub(crate) fn say(socket: &mut Socket, frame: &Value) {
    socket.send(Message::text(frame.to_string())).unwrap();
}
