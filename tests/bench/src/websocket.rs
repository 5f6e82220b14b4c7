//! Instructions per frame: the decoder and the encoder beside five packages and two floors.
//!
//! Reading: the stream comes in reads of 1460 bytes (or 16 KiB), each copied once as a socket
//! does; what is counted is that copy and everything up to the checked payload. Writing: a frame
//! into a slice, masked. The floors do no more than the bytes need: a copy and UTF-8 by `core`, a copy
//! with XOR by `u64`.

use crate::counted::{instructions, measured};
use crate::table::Figure;
use slack_rtm::websocket::{Decoder, Encoder, Fin, FrameHeader, FramePart, Mask, Opcode};
use std::{
    convert::Infallible,
    hint::black_box,
    io,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Title, payload bytes, first byte of the frame, bytes of one read, frames, goal.
type Case = (&'static str, usize, u8, usize, usize, u64);

const DECODE: [Case; 5] = [
    ("120 B text", 120, 0x81, 1460, 2000, 300),
    ("16 KiB text", 16_384, 0x81, 1460, 40, 9_950),
    ("64 KiB binary", 65_536, 0x82, 1460, 20, 9_600),
    ("120 B text, 16 KiB reads", 120, 0x81, 16_384, 2000, 300),
    ("120 B text, not ASCII", 120, 0x81, 1460, 2000, 0),
];
const ENCODE: [Case; 3] = [
    ("120 B", 120, 0x81, 0, 2000, 170),
    ("16 KiB", 16_384, 0x82, 0, 40, 5_000),
    ("64 KiB", 65_536, 0x82, 0, 20, 19_500),
];

type Subject = (&'static str, fn(&[u8], usize) -> usize, fn(&[u8], usize));

const SUBJECTS: [Subject; 7] = [
    ("slack-rtm", ours_decode, ours_encode),
    ("ws-framer", ws_framer_decode, ws_framer_encode),
    ("embedded-websocket", embedded_decode, embedded_encode),
    ("edge-ws", edge_decode, edge_encode),
    ("websocket-sans-io", sans_io_decode, sans_io_encode),
    ("tungstenite", tungstenite_decode, tungstenite_encode),
    ("floor", floor_decode, floor_encode),
];

/// Instructions per frame of all cases, ours and those of the others.
pub(crate) fn figures() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (part, cases) in [("decode", &DECODE[..]), ("encode", &ENCODE[..])] {
        for &(case, _, _, _, frames, goal) in cases {
            let count = |subject| instructions(&["websocket", part, subject, case]);
            let [(ours, ..), others @ ..] = SUBJECTS;
            let Some(total) = count(ours) else {
                return figures;
            };
            let name = format!("{part} {case}");
            let each = (total / frames as u64) as f64;
            let mut figure = Figure::new("websocket", name, "Ir/frame", each).counted(total);
            if goal > 0 {
                figure = figure.goal(goal as f64);
            }
            for (subject, ..) in others {
                let total = count(subject).unwrap_or_default();
                figure = figure.peer(subject, (total / frames as u64) as f64);
            }
            figures.push(figure);
        }
    }
    figures
}

/// Runs one case once, to be counted.
pub(crate) fn run(part: &str, subject: &str, case: &str) {
    let cases = if part == "decode" {
        &DECODE[..]
    } else {
        &ENCODE[..]
    };
    let case = cases.iter().find(|known| known.0 == case);
    let &(title, size, first, read, frames, _) = case.expect("a case");
    let subject = SUBJECTS.into_iter().find(|known| known.0 == subject);
    let (subject, decode, encode) = subject.expect("a subject");
    let payload = text(size, title.contains("not ASCII"));
    if part == "decode" {
        let stream = frame(first, &payload).repeat(frames);
        let mut total = 0;
        measured(&mut || total = decode(black_box(&stream), read));
        assert_eq!(total, size * frames, "{subject} lost payload");
    } else {
        measured(&mut || encode(black_box(&payload), frames));
    }
}

fn text(size: usize, foreign: bool) -> Vec<u8> {
    let sample = if foreign {
        "{\"type\":\"message\",\"text\":\"\u{3053}\u{3093}\u{306b}\u{3061}\u{306f}\u{4e16}\u{754c}, \u{e9}t\u{e9}\"}"
    } else {
        "{\"type\":\"message\",\"channel\":\"C024BE91L\",\"user\":\"U023BECGF\",\"text\":\"Hello world\",\"ts\":\"1355517523.000005\"}"
    };
    let mut text: String = sample.chars().cycle().take(size).collect();
    while text.len() > size {
        text.pop();
    }
    text.push_str(&" ".repeat(size - text.len()));
    text.into_bytes()
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        len @ ..126 => out.push(len as u8),
        len @ ..65_536 => {
            out.push(126);
            out.extend((len as u16).to_be_bytes());
        }
        len => {
            out.push(127);
            out.extend((len as u64).to_be_bytes());
        }
    }
    out.extend(payload);
    out
}

/// A generator of keys that costs next to nothing, the same for all.
struct Keys(u32);

impl Keys {
    fn next(&mut self) -> [u8; 4] {
        self.0 = self.0.wrapping_mul(0x9E37_79B1).wrapping_add(1);
        self.0.to_le_bytes()
    }
}

fn ours_decode(stream: &[u8], read: usize) -> usize {
    let mut buffer = vec![0; read + Decoder::WINDOW];
    let buffer = black_box(&mut buffer[..]);
    let (mut decoder, mut kept, mut total) = (Decoder::new(), 0, 0);
    for chunk in stream.chunks(read) {
        let end = kept + chunk.len();
        buffer[kept..end].copy_from_slice(chunk);
        let mut input = &buffer[..end];
        while !input.is_empty() {
            let decoded = decoder.decode(input).expect("valid frames");
            input = &input[decoded.consumed..];
            match decoded.item {
                FramePart::Payload { data, .. } => total += data.len(),
                FramePart::Incomplete => break,
                other => panic!("{other:?}"),
            }
        }
        kept = input.len();
        if kept > 0 {
            buffer.copy_within(end - kept..end, 0);
        }
    }
    total
}

fn ours_encode(payload: &[u8], frames: usize) {
    let mut out = vec![0; payload.len() + 14];
    let (mut encoder, mut keys) = (Encoder::new(), Keys(1));
    for _ in 0..frames {
        let header = FrameHeader {
            fin: Fin::Last,
            opcode: Opcode::Text,
            payload_len: payload.len() as u64,
        };
        let begun = encoder.begin(header, Mask::new(keys.next()), &mut out);
        let begun = begun.expect("room for the header");
        encoder.copy(payload, &mut out[begun..]);
        black_box(&mut out);
    }
}

fn floor_decode(stream: &[u8], read: usize) -> usize {
    let mut buffer = vec![0; read];
    for chunk in stream.chunks(read) {
        black_box(&mut buffer)[..chunk.len()].copy_from_slice(chunk);
    }
    let (mut at, mut total) = (0, 0);
    while let Some(&[first, second]) = stream.get(at..at + 2) {
        let (len, header) = match second {
            126 => (
                usize::from(stream[at + 2]) << 8 | usize::from(stream[at + 3]),
                4,
            ),
            127 => (65_536, 10),
            len => (usize::from(len), 2),
        };
        let payload = &stream[at + header..at + header + len];
        if first == 0x81 {
            total += black_box(std::str::from_utf8(payload).expect("UTF-8")).len();
        } else {
            total += payload.len();
        }
        at += header + len;
    }
    total
}

fn floor_encode(payload: &[u8], frames: usize) {
    let mut out = vec![0; payload.len()];
    let mut keys = Keys(1);
    for _ in 0..frames {
        let key = u64::from(u32::from_le_bytes(keys.next()));
        let key = key << 32 | key;
        for (to, from) in out.chunks_exact_mut(8).zip(payload.chunks_exact(8)) {
            let word = u64::from_le_bytes(from.try_into().expect("8 bytes"));
            to.copy_from_slice(&(word ^ key).to_le_bytes());
        }
        black_box(&mut out);
    }
}

fn ws_framer_decode(stream: &[u8], read: usize) -> usize {
    let mut memory = vec![0; 70_000.max(read * 2)];
    let mut framer = ws_framer::WsRxFramer::new(&mut memory);
    let (mut rest, mut total) = (stream, 0);
    loop {
        while let Some(frame) = framer.next_frame() {
            total += black_box(frame.expect("valid frames").data()).len();
        }
        if rest.is_empty() {
            return total;
        }
        let space = framer.read_buf();
        let count = read.min(space.len()).min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        framer.advance(count);
        rest = &rest[count..];
    }
}

fn ws_framer_encode(payload: &[u8], frames: usize) {
    let mut memory = vec![0; payload.len() + 14];
    let mut framer = ws_framer::WsTxFramer::new(true, &mut memory);
    for _ in 0..frames {
        black_box(framer.binary(payload).expect("room"));
    }
}

impl rand_core::RngCore for Keys {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.next())
    }
    fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32())
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(4) {
            chunk.copy_from_slice(&self.next()[..chunk.len()]);
        }
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

fn embedded_decode(stream: &[u8], read: usize) -> usize {
    use embedded_websocket::{Error, WebSocketClient, WebSocketState};
    let mut socket = WebSocketClient::new_client(Keys(1));
    socket.state = WebSocketState::Open;
    let (mut buffer, mut out) = (vec![0; read + 16], vec![0; 65_536]);
    let (mut kept, mut total) = (0, 0);
    for chunk in stream.chunks(read) {
        let end = kept + chunk.len();
        buffer[kept..end].copy_from_slice(chunk);
        let mut at = 0;
        while at < end {
            match socket.read(&buffer[at..end], &mut out) {
                Ok(result) => {
                    at += result.len_from;
                    total += black_box(&out[..result.len_to]).len();
                }
                Err(Error::ReadFrameIncomplete) => break,
                Err(error) => panic!("{error:?}"),
            }
        }
        kept = end - at;
        if kept > 0 {
            buffer.copy_within(at..end, 0);
        }
    }
    total
}

fn embedded_encode(payload: &[u8], frames: usize) {
    use embedded_websocket::{WebSocketClient, WebSocketSendMessageType, WebSocketState};
    let mut socket = WebSocketClient::new_client(Keys(1));
    socket.state = WebSocketState::Open;
    let mut out = vec![0; payload.len() + 14];
    for _ in 0..frames {
        let sent = socket.write(WebSocketSendMessageType::Binary, true, payload, &mut out);
        black_box(sent.expect("room"));
    }
}

/// The stream as a socket that gives at most `read` bytes at once.
struct Reads<'s> {
    rest: &'s [u8],
    read: usize,
    left: usize,
}

impl<'s> Reads<'s> {
    const fn new(stream: &'s [u8], read: usize) -> Self {
        Self {
            rest: stream,
            read,
            left: read,
        }
    }

    fn take(&mut self, out: &mut [u8]) -> usize {
        let count = self.left.min(out.len()).min(self.rest.len());
        let (now, later) = self.rest.split_at(count);
        out[..count].copy_from_slice(now);
        self.rest = later;
        self.left -= count;
        if self.left == 0 {
            self.left = self.read;
        }
        count
    }
}

impl embedded_io_async::ErrorType for Reads<'_> {
    type Error = Infallible;
}

impl embedded_io_async::Read for Reads<'_> {
    async fn read(&mut self, out: &mut [u8]) -> Result<usize, Infallible> {
        Ok(self.take(out))
    }
}

/// A socket that takes everything.
struct Sent(Vec<u8>);

impl embedded_io_async::ErrorType for Sent {
    type Error = Infallible;
}

impl embedded_io_async::Write for Sent {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Runs a future that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("these sockets never wait"),
    }
}

fn edge_decode(stream: &[u8], read: usize) -> usize {
    let mut reads = Reads::new(stream, read);
    let (mut out, mut total) = (vec![0; 65_536], 0);
    while !reads.rest.is_empty() {
        let (_, len) = at_once(edge_ws::io::recv(&mut reads, &mut out)).expect("valid frames");
        total += black_box(&out[..len]).len();
    }
    total
}

fn edge_encode(payload: &[u8], frames: usize) {
    let (mut sent, mut keys) = (Sent(Vec::with_capacity(payload.len() + 14)), Keys(1));
    for _ in 0..frames {
        sent.0.clear();
        let kind = edge_ws::FrameType::Binary(false);
        let key = Some(u32::from_le_bytes(keys.next()));
        at_once(edge_ws::io::send(&mut sent, kind, key, payload)).expect("valid");
        black_box(&mut sent.0);
    }
}

fn sans_io_decode(stream: &[u8], read: usize) -> usize {
    use websocket_sans_io::{WebsocketFrameDecoder, WebsocketFrameEvent};
    let mut decoder = WebsocketFrameDecoder::default();
    let (mut buffer, mut total) = (vec![0; read], 0);
    for chunk in stream.chunks(read) {
        buffer[..chunk.len()].copy_from_slice(chunk);
        let mut rest = &mut buffer[..chunk.len()];
        loop {
            let result = decoder.add_data(rest).expect("valid frames");
            if let Some(WebsocketFrameEvent::PayloadChunk { .. }) = result.event {
                total += result.consumed_bytes;
            }
            if result.event.is_none() && result.consumed_bytes == 0 {
                break;
            }
            rest = &mut rest[result.consumed_bytes..];
        }
        black_box(&mut buffer);
    }
    total
}

fn sans_io_encode(payload: &[u8], frames: usize) {
    use websocket_sans_io::{FrameInfo, Opcode, WebsocketFrameEncoder};
    let mut out = vec![0; payload.len() + 14];
    let (mut encoder, mut keys) = (WebsocketFrameEncoder::new(), Keys(1));
    for _ in 0..frames {
        let header = encoder.start_frame(&FrameInfo {
            opcode: Opcode::Binary,
            payload_length: payload.len() as u64,
            mask: Some(keys.next()),
            fin: true,
            reserved: 0,
        });
        out[..header.len()].copy_from_slice(&header);
        let body = &mut out[header.len()..header.len() + payload.len()];
        body.copy_from_slice(payload);
        encoder.transform_frame_payload(body);
        black_box(&mut out);
    }
}

impl io::Read for Reads<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.take(out))
    }
}

impl io::Write for Reads<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tungstenite_decode(stream: &[u8], read: usize) -> usize {
    use tungstenite::{WebSocket, protocol::Role};
    let mut socket = WebSocket::from_raw_socket(Reads::new(stream, read), Role::Client, None);
    let mut total = 0;
    while let Ok(message) = socket.read() {
        total += black_box(message).len();
    }
    total
}

fn tungstenite_encode(payload: &[u8], frames: usize) {
    use tungstenite::{Message, WebSocket, protocol::Role};
    let mut socket = WebSocket::from_raw_socket(Reads::new(&[], 1), Role::Client, None);
    for _ in 0..frames {
        let message = Message::Binary(payload.to_vec().into());
        socket.send(message).expect("room");
    }
}
