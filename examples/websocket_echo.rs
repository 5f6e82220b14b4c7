//! Connects to a WebSocket server, echoes its messages until it closes, and exits.
//!
//! It uses nothing of Slack: only the `websocket` layer of the core and the sockets of the std
//! adapter. Every message is echoed in one frame, however many frames it arrived in. Besides the
//! messages themselves it uses 64 KiB to receive and 64 KiB to send; 512 and 256 bytes would be
//! enough.

use lexopt::prelude::{Long, Short, Value, ValueExt};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::Duration;
use slack_rtm::url::Url;
use slack_rtm::websocket::{
    Connection, ConnectionError, Handshake, HandshakeRequest, HandshakeResponse, Incoming,
    MessageKind, SendError, Sent,
};
use slack_rtm::{Peer, Security};
use slack_rtm_std::{Clock, Dialer, Link, OsEntropy, Trust};
use std::collections::VecDeque;
use std::error::Error;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::{env, fs};

const HELP: &str = "\
Echoes the messages of a WebSocket server until it closes the connection.

Usage: cargo run --release --example websocket_echo -- URL [OPTIONS]

  URL                  ws:// or wss://
  --read-limit BYTES   take at most so many bytes from the network at once
  --root-cert FILE     PEM file with root certificates to trust besides this computer's
  -h, --help           this text
";

/// For the connection, and again for the handshake.
const TIMEOUT: Duration = Duration::from_secs(10);
/// For the server to close TCP first (RFC 6455 section 7.1.1).
const LINGER: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let options = match Options::parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("websocket_echo: {why}\n\n{HELP}");
            return ExitCode::from(64);
        }
    };
    match echo(&options) {
        Ok(count) => {
            println!("{count} messages echoed");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("websocket_echo: {why}");
            ExitCode::FAILURE
        }
    }
}

fn echo(options: &Options) -> Result<usize, Box<dyn Error>> {
    let url = Url::parse(&options.url)?;
    let (mut rx_memory, mut tx_memory) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut rx = RecvBuf::from_slice(&mut rx_memory)?;
    let mut tx = SendBuf::from_slice(&mut tx_memory)?;

    let dialer = Dialer::new(options.trust()?)?;
    let clock = *dialer.clock();
    let peer = Peer {
        host: url.host(),
        port: url.port(),
        security: if url.scheme().is_secure() {
            Security::Tls
        } else {
            Security::Cleartext
        },
    };
    let mut link = dialer.dial(peer, clock.now() + TIMEOUT)?;
    if let Some(limit) = options.read_limit {
        link.limit_reads(limit);
    }
    shake_hands(url, &clock, &mut link, &mut rx, &mut tx)?;
    let count = talk(&clock, &mut link, &mut rx, &mut tx)?;
    link.close(&mut tx, clock.now() + LINGER);
    Ok(count)
}

fn shake_hands(
    url: Url<'_>,
    clock: &Clock,
    link: &mut Link,
    rx: &mut RecvBuf<'_>,
    tx: &mut SendBuf<'_>,
) -> Result<(), Box<dyn Error>> {
    let request = HandshakeRequest::new(url).user_agent("slack-rtm-websocket-echo/0.1")?;
    let mut handshake = Handshake::new(&mut OsEntropy)?;
    let until = clock.now() + TIMEOUT;
    let mut sent = Sent::Nothing;
    loop {
        if sent != Sent::Whole {
            sent = handshake.write(&request, tx);
        }
        match handshake.read(rx, None)? {
            HandshakeResponse::Open => return Ok(()),
            HandshakeResponse::Refused(refusal) => {
                return Err(format!("refused: {refusal:?}").into());
            }
            HandshakeResponse::Incomplete if clock.now() >= until => {
                return Err("no response in time".into());
            }
            HandshakeResponse::Incomplete => link.exchange(rx, tx, until)?,
        };
    }
}

/// Echoes until the connection is closed; returns how many messages.
fn talk(
    clock: &Clock,
    link: &mut Link,
    rx: &mut RecvBuf<'_>,
    tx: &mut SendBuf<'_>,
) -> Result<usize, Box<dyn Error>> {
    let mut connection = Connection::new();
    let mut incoming = Vec::new();
    let mut outgoing = Outgoing::default();
    let mut violation = None;
    loop {
        outgoing.send(&mut connection, tx)?;
        match connection.poll(rx, tx, &mut OsEntropy, clock.now()) {
            Ok(Incoming::Payload(piece)) => {
                incoming.extend_from_slice(piece.bytes(rx));
                piece.skip(rx);
                if piece.ends {
                    let message = std::mem::take(&mut incoming);
                    outgoing.messages.push_back((piece.kind, message));
                }
            }
            Ok(Incoming::Ping | Incoming::Pong) => {}
            Ok(Incoming::Close { code, reason }) => {
                let reason = String::from_utf8_lossy(&rx.unread()[..reason]);
                println!("closed by the server: {code:?} {reason:?}");
            }
            Ok(Incoming::Closed) => break,
            Ok(Incoming::Wait { until }) => drop(link.exchange(rx, tx, until)?),
            Err(ConnectionError::Violation(rule)) => violation = Some(rule),
            Err(error) => return Err(error.into()),
        }
    }
    let until = clock.now() + LINGER;
    while clock.now() < until && link.exchange(rx, tx, until).is_ok() {
        rx.clear();
    }
    match violation {
        Some(rule) => Err(rule.into()),
        None => Ok(outgoing.count),
    }
}

/// Messages to send, the first of them perhaps in part.
#[derive(Default)]
struct Outgoing {
    messages: VecDeque<(MessageKind, Vec<u8>)>,
    /// Bytes of the first message that were put into the send buffer.
    sent: usize,
    /// Messages that were put into the send buffer whole.
    count: usize,
}

impl Outgoing {
    fn send(&mut self, connection: &mut Connection, tx: &mut SendBuf<'_>) -> Result<(), SendError> {
        while let Some((kind, message)) = self.messages.front() {
            if !connection.is_sending() {
                match connection.begin(*kind, message.len(), tx, &mut OsEntropy) {
                    Ok(()) => {}
                    Err(SendError::NoRoom) => break,
                    Err(SendError::Closing) => {
                        self.messages.clear();
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            self.sent += connection.feed(&message[self.sent..], tx);
            if connection.is_sending() {
                break;
            }
            self.messages.pop_front();
            self.sent = 0;
            self.count += 1;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Options {
    url: String,
    read_limit: Option<NonZeroUsize>,
    root_cert: Option<String>,
}

impl Options {
    /// `None`: the help text is wanted.
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        let (mut url, mut read_limit, mut root_cert) = (None, None, None);
        let mut parser = lexopt::Parser::from_args(env::args_os().skip(1));
        while let Some(argument) = parser.next()? {
            match argument {
                Value(value) if url.is_none() => url = Some(value.string()?),
                Long("read-limit") => read_limit = Some(parser.value()?.parse()?),
                Long("root-cert") => root_cert = Some(parser.value()?.string()?),
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(Self {
            url: url.ok_or("a URL is missing")?,
            read_limit,
            root_cert,
        }))
    }

    fn trust(&self) -> Result<Trust, Box<dyn Error>> {
        let Some(file) = &self.root_cert else {
            return Ok(Trust::platform());
        };
        let pem = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        Ok(Trust::platform().and(&pem)?)
    }
}
