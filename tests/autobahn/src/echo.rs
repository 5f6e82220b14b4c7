//! A connection that echoes every message until it is closed.

use crate::Outcome;
use slack_rtm::{
    buffer::{RecvBuf, SendBuf, Sink},
    entropy::{Entropy, EntropyError, from_fn},
    time::Instant,
    url::Url,
    websocket::{
        Connection, ConnectionError, Handshake, HandshakeRequest, HandshakeResponse, Incoming,
        Payload, Sent,
    },
};
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time,
};

/// The parameters of a connection.
pub(crate) struct Echo {
    pub(crate) port: u16,
    /// The most bytes of one read; 0 means as many as fit.
    pub(crate) read_limit: usize,
}

/// The end of a connection.
pub(crate) enum Ending {
    /// By the closing handshake, or by the end of the stream.
    Closed,
    /// Nothing was received for ten seconds.
    Stuck,
}

const TIMEOUT: time::Duration = time::Duration::from_secs(10);

impl Echo {
    /// Opens `target` and echoes until the server closes.
    pub(crate) fn run(&self, target: &str) -> Outcome<Ending> {
        let mut link = TcpStream::connect(("127.0.0.1", self.port))?;
        link.set_nodelay(true)?;
        link.set_read_timeout(Some(TIMEOUT))?;
        link.set_write_timeout(Some(TIMEOUT))?;
        let (mut rx_memory, mut tx_memory) = ([0; 16 * 1024], [0; 16 * 1024]);
        let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));

        let url = format!("ws://127.0.0.1:{}{target}", self.port);
        self.open(&url, &mut link, &mut rx, &mut tx)?;
        let mut connection = Connection::new();
        let mut message = Vec::new();
        let start = time::Instant::now();
        loop {
            let now = Instant::from_millis(start.elapsed().as_millis() as u64);
            match connection.poll(&mut rx, &mut tx, &mut entropy(), now) {
                Ok(Incoming::Payload(payload)) => {
                    message.extend_from_slice(payload.bytes(&rx));
                    payload.skip(&mut rx);
                    if payload.ends {
                        send(&mut connection, payload, &message, &mut link, &mut tx)?;
                        message.clear();
                    }
                }
                // A control frame may have waited for the room that this makes.
                Ok(Incoming::Wait { .. }) if !tx.pending().is_empty() => flush(&mut link, &mut tx)?,
                Ok(Incoming::Wait { .. }) => match self.fill(&mut link, &mut rx) {
                    Ok(0) => return Ok(Ending::Closed),
                    Ok(_) => {}
                    Err(error) if is_timeout(error.kind()) => return Ok(Ending::Stuck),
                    Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                        return Ok(Ending::Closed);
                    }
                    Err(error) => return Err(error.into()),
                },
                Ok(Incoming::Closed) => break,
                Ok(_) | Err(ConnectionError::Violation(_)) => flush(&mut link, &mut tx)?,
                Err(error) => return Err(error.into()),
            }
        }
        // RFC 6455 section 7.1.1: the server should close TCP first.
        link.set_read_timeout(Some(time::Duration::from_secs(1)))?;
        let mut rest = [0; 1024];
        while link.read(&mut rest).is_ok_and(|count| count > 0) {}
        Ok(Ending::Closed)
    }

    fn open(
        &self,
        url: &str,
        link: &mut TcpStream,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Outcome<()> {
        let request = HandshakeRequest::new(Url::parse(url)?);
        let mut handshake = Handshake::new(&mut entropy())?;
        while handshake.write(&request, tx) != Sent::Whole {
            flush(link, tx)?;
        }
        flush(link, tx)?;
        loop {
            match handshake.read(rx, None)? {
                HandshakeResponse::Open => return Ok(()),
                HandshakeResponse::Refused(refusal) => return Err(format!("{refusal:?}").into()),
                HandshakeResponse::Incomplete => {}
            }
            if self.fill(link, rx)? == 0 {
                return Err("the stream ended during the handshake".into());
            }
        }
    }

    fn fill(&self, link: &mut TcpStream, rx: &mut RecvBuf<'_>) -> std::io::Result<usize> {
        let limit = match self.read_limit {
            0 => usize::MAX,
            limit => limit,
        };
        rx.read_with(|space| {
            let most = space.len().min(limit);
            link.read(space.get_mut(..most).unwrap_or_default())
        })
    }
}

fn send(
    connection: &mut Connection,
    payload: Payload,
    message: &[u8],
    link: &mut TcpStream,
    tx: &mut SendBuf<'_>,
) -> Outcome<()> {
    let write = |sink: &mut dyn Sink| sink.put(message);
    while connection.send(payload.kind, write, tx, &mut entropy())? != Sent::Whole {
        flush(link, tx)?;
    }
    Ok(())
}

fn flush(link: &mut TcpStream, tx: &mut SendBuf<'_>) -> std::io::Result<()> {
    while !tx.pending().is_empty() {
        let written = tx.write_with(|bytes| link.write(bytes));
        match written {
            // The server may have closed already. The bytes that it sent before are still read.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
                ) =>
            {
                tx.clear();
            }
            other => {
                other?;
            }
        }
    }
    Ok(())
}

fn entropy() -> impl Entropy {
    from_fn(draw)
}

/// Draws from the standard library's random hash keys, which is enough for tests.
fn draw(out: &mut [u8]) -> Result<(), EntropyError> {
    for chunk in out.chunks_mut(8) {
        let random = RandomState::new().build_hasher().finish().to_le_bytes();
        chunk.copy_from_slice(random.get(..chunk.len()).unwrap_or_default());
    }
    Ok(())
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
