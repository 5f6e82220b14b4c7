//! The same session on websocket-sans-io, httparse, sha1_smol and base64, with the checks that
//! those make, and UTF-8 over each message.
#![no_std]
#![no_main]

use base64::{Engine, engine::general_purpose::STANDARD};
use core::hint::black_box;
use footprint_board as board;
use websocket_sans_io::{
    FrameInfo, Opcode, WebsocketFrameDecoder, WebsocketFrameEncoder, WebsocketFrameEvent,
};

// The answer to a nonce of sixteen 0x5A, then frames.
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

#[unsafe(no_mangle)]
extern "C" fn reset() -> ! {
    let state = size_of::<WebsocketFrameDecoder>() + size_of::<WebsocketFrameEncoder>();
    board::measure(|| session().is_some(), state)
}

fn session() -> Option<()> {
    // SAFETY: called once.
    let (rx, tx) = unsafe { (RX.lend(), TX.lend()) };
    let filled = open(rx, tx)?;
    talk(rx, filled, tx)
}

/// Returns how many bytes after the head are in `rx`, moved to its front.
#[inline(never)]
fn open(rx: &mut [u8], tx: &mut [u8]) -> Option<usize> {
    let (mut nonce, mut key) = ([0; 16], [0; 24]);
    board::random(&mut nonce);
    STANDARD.encode_slice(nonce, &mut key).ok()?;
    let mut len = 0;
    for part in [
        b"GET ".as_slice(),
        black_box(b"/chat?room=1"),
        b" HTTP/1.1\r\nHost: ",
        black_box(b"a.example"),
        b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ",
        &key,
        b"\r\n\r\n",
    ] {
        tx.get_mut(len..len + part.len())?.copy_from_slice(part);
        len += part.len();
    }
    board::write(tx.get(..len)?);

    let mut sha1 = sha1_smol::Sha1::new();
    sha1.update(&key);
    sha1.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let mut accept = [0; 28];
    STANDARD
        .encode_slice(sha1.digest().bytes(), &mut accept)
        .ok()?;
    let mut filled = 0;
    loop {
        filled += board::read(rx.get_mut(filled..)?);
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut response = httparse::Response::new(&mut headers);
        if let httparse::Status::Complete(head) = response.parse(rx.get(..filled)?).ok()? {
            let field = |name: &str, value: &[u8]| {
                (response.headers.iter())
                    .any(|field| field.name.eq_ignore_ascii_case(name) && field.value == value)
            };
            let agreed = response.code == Some(101)
                && field("upgrade", b"websocket")
                && field("sec-websocket-accept", &accept);
            rx.copy_within(head..filled, 0);
            return agreed.then_some(filled - head);
        }
    }
}

#[inline(never)]
fn talk(rx: &mut [u8], surplus: usize, tx: &mut [u8]) -> Option<()> {
    let (mut decoder, mut encoder) = (
        WebsocketFrameDecoder::default(),
        WebsocketFrameEncoder::new(),
    );
    let mut message = [0; 256];
    let (mut len, mut filled) = (0, surplus);
    loop {
        let mut rest = rx.get_mut(..filled)?;
        loop {
            let result = decoder.add_data(rest).ok()?;
            match result.event {
                Some(WebsocketFrameEvent::Start { frame_info, .. }) => {
                    if !frame_info.is_reasonable() || frame_info.mask.is_some() {
                        return None;
                    }
                }
                Some(WebsocketFrameEvent::PayloadChunk { .. }) => {
                    let piece = rest.get(..result.consumed_bytes)?;
                    message
                        .get_mut(len..len + piece.len())?
                        .copy_from_slice(piece);
                    len += piece.len();
                }
                Some(WebsocketFrameEvent::End {
                    frame_info,
                    original_opcode,
                }) => {
                    let payload = message.get(..len)?;
                    match original_opcode {
                        Opcode::Text if frame_info.fin => {
                            black_box(core::str::from_utf8(payload).ok()?);
                            send(&mut encoder, Opcode::Text, black_box(b"a reply"), tx)?;
                            len = 0;
                        }
                        Opcode::Ping => {
                            send(&mut encoder, Opcode::Pong, payload, tx)?;
                            len = 0;
                        }
                        Opcode::ConnectionClose => {
                            send(&mut encoder, Opcode::ConnectionClose, payload.get(..2)?, tx)?;
                            return Some(());
                        }
                        Opcode::Pong => len = 0,
                        _ => {}
                    }
                }
                None if result.consumed_bytes == 0 => break,
                None => {}
            }
            rest = rest.get_mut(result.consumed_bytes..)?;
        }
        filled = board::read(rx);
        if filled == 0 {
            return None;
        }
    }
}

#[inline(never)]
fn send(
    encoder: &mut WebsocketFrameEncoder,
    opcode: Opcode,
    payload: &[u8],
    tx: &mut [u8],
) -> Option<()> {
    let mut mask = [0; 4];
    board::random(&mut mask);
    let header = encoder.start_frame(&FrameInfo {
        opcode,
        payload_length: payload.len() as u64,
        mask: Some(mask),
        fin: true,
        reserved: 0,
    });
    tx.get_mut(..header.len())?.copy_from_slice(&header);
    let body = tx.get_mut(header.len()..header.len() + payload.len())?;
    body.copy_from_slice(payload);
    encoder.transform_frame_payload(body);
    board::write(tx.get(..header.len() + payload.len())?);
    Some(())
}
