//! Handshake, receiving with all checks, sending, closing: the layer as a device uses it.
#![no_std]
#![no_main]

use core::hint::black_box;
use footprint_board as board;
use slack_rtm::{
    buffer::{RecvBuf, SendBuf, Sink},
    entropy::{Entropy, EntropyError},
    time::Instant,
    url::{Scheme, Url},
    websocket::{Connection, Handshake, HandshakeRequest, HandshakeResponse, Incoming, Sent},
};

// The response to a nonce of sixteen 0x5A, then frames.
board::server!(
    b"HTTP/1.1 101 Switching Protocols\r\n\
    Date: Sat, 21 Nov 2026 07:45:00 GMT\r\n\
    Connection: keep-alive, Upgrade\r\n\
    Upgrade: websocket\r\n\
    Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\
    Via: 1.1 a.example\r\n\r\n\
    \x81\x05hello\x89\x05alive\x01\x03fra\x00\x02gm\x80\x05\xC3\xABnts\x8A\x00\x88\x0C\x03\xE8that's all"
);

static RX: board::Memory<1024> = board::Memory::new();
static TX: board::Memory<512> = board::Memory::new();

/// Only for its size: a link is first the one, then the other.
#[allow(dead_code)]
enum Link {
    Opening(Handshake),
    Open(Connection),
}

#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    board::measure(|| session().is_some(), size_of::<Link>())
}

struct Random;

impl Entropy for Random {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        board::random(out);
        Ok(())
    }
}

fn session() -> Option<()> {
    // SAFETY: called once.
    let (mut rx, mut tx) = unsafe { (RecvBuf::new(RX.lend()), SendBuf::new(TX.lend())) };
    let url = Url::from_parts(Scheme::Ws, black_box("a.example"), 80, "/chat?room=1").ok()?;
    open(&HandshakeRequest::new(url), &mut rx, &mut tx)?;
    talk(&mut rx, &mut tx)
}

#[inline(never)]
fn open(request: &HandshakeRequest<'_>, rx: &mut RecvBuf<'_>, tx: &mut SendBuf<'_>) -> Option<()> {
    let mut handshake = Handshake::new(&mut Random).ok()?;
    while handshake.write(request, tx) != Sent::Whole {
        flush(tx);
    }
    flush(tx);
    loop {
        match handshake.read(rx, None).ok()? {
            HandshakeResponse::Open => return Some(()),
            HandshakeResponse::Incomplete => fill(rx)?,
            HandshakeResponse::Refused(refusal) => {
                black_box(refusal);
                return None;
            }
        }
    }
}

#[inline(never)]
fn talk(rx: &mut RecvBuf<'_>, tx: &mut SendBuf<'_>) -> Option<()> {
    let mut connection = Connection::new();
    loop {
        match connection.poll(rx, tx, &mut Random, Instant::from_millis(1)) {
            Ok(Incoming::Payload(payload)) => {
                black_box(payload.bytes(rx));
                payload.skip(rx);
                if payload.ends {
                    let write = |sink: &mut dyn Sink| sink.put(black_box(b"a reply"));
                    while connection.send(payload.kind, write, tx, &mut Random).ok()? != Sent::Whole
                    {
                        flush(tx);
                    }
                }
            }
            Ok(Incoming::Wait { .. }) => {
                flush(tx);
                fill(rx)?;
            }
            Ok(Incoming::Closed) => return Some(()),
            Ok(other) => {
                black_box(other);
                flush(tx);
            }
            Err(error) => {
                black_box(error);
                return None;
            }
        }
    }
}

fn fill(rx: &mut RecvBuf<'_>) -> Option<()> {
    let count = board::read(rx.space());
    rx.filled(count);
    (count > 0).then_some(())
}

fn flush(tx: &mut SendBuf<'_>) {
    while !tx.pending().is_empty() {
        let count = board::write(tx.pending());
        tx.sent(count);
    }
}
