//! Connects to a WebSocket server and echoes its messages until the server closes the connection.
//!
//! It uses the `websocket` layer of the core and the links of the std adapter, without Slack. Every
//! message is echoed in one frame, even if it arrived in several. Messages are kept on the heap.
//! The receive and the send buffer have 64 KiB each; 512 and 256 bytes are the minimum.

use lexopt::prelude::{Long, Short, Value, ValueExt};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::Duration;
use slack_rtm::url::Url;
use slack_rtm::websocket::{
    Connection, ConnectionError, FrameError, Handshake, HandshakeRequest, HandshakeResponse,
    Incoming, MessageKind, Sent,
};
use slack_rtm_std::{Clock, Dialer, Link, OsEntropy, Trust};
use std::collections::VecDeque;
use std::error::Error;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::{env, fs};

const HELP: &str = "\
Echoes the messages of a WebSocket server until the server closes the connection.

Usage: cargo run --release --example websocket_echo -- URL [OPTIONS]

  URL                  ws:// or wss://
  --read-limit BYTES   read at most BYTES from the network at once
  --root-cert FILE     PEM file with root certificates to trust besides those of the system
  -h, --help           print this text
";

/// The time limit for opening the link, and again for the WebSocket handshake.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The time limit for the server to close TCP first (RFC 6455 section 7.1.1).
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let options = match Options::parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("websocket_echo: {error}\n\n{HELP}");
            return ExitCode::from(64);
        }
    };
    match run(&options) {
        Ok(count) => {
            println!("{count} messages echoed");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("websocket_echo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<usize, Box<dyn Error>> {
    let url = Url::parse(&options.url)?;
    let (mut rx_memory, mut tx_memory) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut rx = RecvBuf::try_from(&mut rx_memory[..])?;
    let mut tx = SendBuf::try_from(&mut tx_memory[..])?;

    let dialer = Dialer::new(options.trust()?)?;
    let clock = *dialer.clock();
    let mut link = dialer.dial(url.peer(), clock.now() + TIMEOUT)?;
    if let Some(limit) = options.read_limit {
        link.limit_reads(limit);
    }
    open(url, &clock, &mut link, &mut rx, &mut tx)?;
    let count = echo(&clock, &mut link, &mut rx, &mut tx)?;
    link.close(&mut tx, clock.now() + CLOSE_TIMEOUT);
    Ok(count)
}

fn open(
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
                return Err("the WebSocket handshake timed out".into());
            }
            HandshakeResponse::Incomplete => link.exchange(rx, tx, until)?,
        };
    }
}

/// Echoes messages until the connection is closed. Returns their number.
fn echo(
    clock: &Clock,
    link: &mut Link,
    rx: &mut RecvBuf<'_>,
    tx: &mut SendBuf<'_>,
) -> Result<usize, Box<dyn Error>> {
    let mut connection = Connection::new();
    let mut incoming = Vec::new();
    let mut outgoing = Outgoing::default();
    let (mut violation, mut failure) = (None, None);
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
            // The end of the stream may come with the bytes before it, and with the last bytes that
            // were sent: it counts when the connection still waits after them.
            Ok(Incoming::Wait { until }) => match failure.take() {
                Some(failure) => return Err(Box::<dyn Error>::from(failure)),
                None => failure = link.exchange(rx, tx, until).err(),
            },
            Err(ConnectionError::Violation(rule)) => violation = Some(rule),
            Err(error) => return Err(error.into()),
        }
    }
    let until = clock.now() + CLOSE_TIMEOUT;
    while clock.now() < until && link.exchange(rx, tx, until).is_ok() {
        rx.clear();
    }
    match violation {
        Some(rule) => Err(rule.into()),
        None => Ok(outgoing.count),
    }
}

/// Messages to send. A part of the first may have been sent.
#[derive(Default)]
struct Outgoing {
    messages: VecDeque<(MessageKind, Vec<u8>)>,
    /// The number of bytes of the first message that are in the send buffer or sent.
    sent: usize,
    /// The number of messages that were put into the send buffer completely.
    count: usize,
}

impl Outgoing {
    fn send(
        &mut self,
        connection: &mut Connection,
        tx: &mut SendBuf<'_>,
    ) -> Result<(), FrameError> {
        while let Some((kind, message)) = self.messages.front() {
            if !connection.is_sending() {
                match connection.begin(*kind, message.len(), tx, &mut OsEntropy) {
                    Ok(()) => {}
                    Err(FrameError::NoRoom) => break,
                    Err(FrameError::Closing) => {
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
    /// Parses the command line. Returns `None` if it asks for the help text.
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
            url: url.ok_or("missing URL")?,
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
