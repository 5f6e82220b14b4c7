//! A server's frames, and what a client makes of them.
#![allow(dead_code)] // each test file uses a part
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // tests

use slack_rtm::{
    buffer::{RecvBuf, SendBuf},
    entropy::{Entropy, from_fn},
    time::Instant,
    websocket::{
        Connection, ConnectionError, Decoder, FramePart, Incoming, MessageKind, Violation,
    },
};

/// A server's frame with the shortest length.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        len @ ..=125 => bytes.push(len as u8),
        len @ ..=0xFFFF => {
            bytes.push(126);
            bytes.extend((len as u16).to_be_bytes());
        }
        len => {
            bytes.push(127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// A close frame's body.
pub(crate) fn close_body(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

/// Something whole that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Message(MessageKind, Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, Vec<u8>),
    Failed(u16),
}

/// All that came in, and what there is of a message that has not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transcript {
    pub(crate) seen: Vec<Seen>,
    pub(crate) partial: Vec<u8>,
}

impl Transcript {
    pub(crate) fn failure(&self) -> Option<u16> {
        match self.seen.last() {
            Some(Seen::Failed(code)) => Some(*code),
            _ => None,
        }
    }

    /// Whether both are the same but for the pieces that came before a failure: how many of
    /// those are handed over depends on where the reads end.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let (short, long) = if self.partial.len() < other.partial.len() {
            (&self.partial, &other.partial)
        } else {
            (&other.partial, &self.partial)
        };
        self.seen == other.seen
            && long.starts_with(short)
            && (self.failure().is_some() || short == long)
    }
}

/// What the decoder makes of `bytes` that arrive in pieces as long as `sizes` says, repeated.
pub(crate) fn decode(bytes: &[u8], sizes: &[usize]) -> Transcript {
    let mut decoder = Decoder::new();
    let mut transcript = Transcript::default();
    let (mut window, mut rest) = (Vec::new(), bytes);
    let mut sizes = sizes.iter().cycle();
    loop {
        let mut taken = 0;
        loop {
            let input = &window[taken..];
            let decoded = match decoder.decode(input) {
                Ok(decoded) => decoded,
                Err(violation) => {
                    let code = violation.close_code().as_u16();
                    transcript.seen.push(Seen::Failed(code));
                    // Nothing comes out any more, whatever goes in.
                    let after = decoder.decode(&[0x81, 1, b'x']).unwrap();
                    assert_eq!((after.consumed, after.item), (3, FramePart::Incomplete));
                    return transcript;
                }
            };
            assert!(decoded.consumed <= input.len());
            taken += decoded.consumed;
            match decoded.item {
                FramePart::Incomplete => break,
                FramePart::Payload { kind, data, ends } => {
                    assert!(ends || !data.is_empty());
                    transcript.partial.extend(data);
                    if ends {
                        let whole = std::mem::take(&mut transcript.partial);
                        transcript.seen.push(Seen::Message(kind, whole));
                    }
                }
                FramePart::Ping(payload) => transcript.seen.push(Seen::Ping(payload.to_vec())),
                FramePart::Pong(payload) => transcript.seen.push(Seen::Pong(payload.to_vec())),
                FramePart::Close { code, reason } => {
                    let code = code.map(|code| code.as_u16());
                    transcript.seen.push(Seen::Close(code, reason.to_vec()));
                }
            }
        }
        window.drain(..taken);
        assert!(window.len() < Decoder::WINDOW, "no progress: {window:x?}");
        if rest.is_empty() {
            return transcript;
        }
        let size = (*sizes.next().unwrap()).clamp(1, rest.len());
        window.extend(&rest[..size]);
        rest = &rest[size..];
    }
}

/// RFC 6455 read again, without any regard for speed or memory: the whole stream is there, each
/// frame is parsed from its first byte, each message is checked as a whole.
pub(crate) fn naive(bytes: &[u8]) -> Transcript {
    let mut transcript = Transcript::default();
    let mut at = 0;
    let mut message: Option<(u8, Vec<u8>)> = None;
    let failure = loop {
        let Some(&[b0, b1]) = bytes.get(at..at + 2) else {
            break None;
        };
        at += 2;
        let (fin, rsv, opcode) = (b0 >> 7 == 1, b0 >> 4 & 7, b0 & 15);
        let (masked, short) = (b1 >> 7 == 1, u64::from(b1 & 127));
        let control = opcode > 7;
        if rsv != 0 || masked || ![0, 1, 2, 8, 9, 10].contains(&opcode) {
            break Some(1002);
        }
        if control && (!fin || short > 125) {
            break Some(1002);
        }
        let size = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some(extended) = bytes.get(at..at + size) else {
            break None;
        };
        at += size;
        let mut length = 0_u64;
        for byte in extended {
            length = length << 8 | u64::from(*byte);
        }
        if size == 0 {
            length = short;
        } else if length < 126 || size == 8 && (length < 65536 || length > i64::MAX as u64) {
            break Some(1002);
        }
        let there = (bytes.len() - at) as u64;
        let payload = &bytes[at..at + length.min(there) as usize];
        at += payload.len();
        if control {
            if there < length {
                break None;
            }
            match opcode {
                9 => transcript.seen.push(Seen::Ping(payload.to_vec())),
                10 => transcript.seen.push(Seen::Pong(payload.to_vec())),
                _ => match payload {
                    [] => {
                        transcript.seen.push(Seen::Close(None, vec![]));
                        break None;
                    }
                    [_] => break Some(1002),
                    [high, low, reason @ ..] => {
                        let code = u16::from(*high) << 8 | u16::from(*low);
                        let unknown = code < 1000
                            || [1004, 1005, 1006].contains(&code)
                            || (1015..3000).contains(&code)
                            || code > 4999;
                        if unknown {
                            break Some(1002);
                        }
                        if std::str::from_utf8(reason).is_err() {
                            break Some(1007);
                        }
                        let close = Seen::Close(Some(code), reason.to_vec());
                        transcript.seen.push(close);
                        break None;
                    }
                },
            }
            continue;
        }
        if (opcode == 0) != message.is_some() {
            break Some(1002);
        }
        let (kind, mut whole) = message.take().unwrap_or((opcode, vec![]));
        whole.extend(payload);
        let ends = fin && there >= length;
        if kind == 1
            && let Err(error) = std::str::from_utf8(&whole)
            && (error.error_len().is_some() || ends)
        {
            transcript.partial = whole[..error.valid_up_to()].to_vec();
            break Some(1007);
        }
        if ends {
            let kind = if kind == 1 {
                MessageKind::Text
            } else {
                MessageKind::Binary
            };
            transcript.seen.push(Seen::Message(kind, whole));
        } else {
            message = Some((kind, whole));
        }
        if there < length {
            break None;
        }
    };
    if let Some((_, whole)) = message {
        transcript.partial = whole;
    }
    if let Some(code) = failure {
        transcript.seen.push(Seen::Failed(code));
    }
    transcript
}

/// A stream of keys that are all different, and not one of them zero.
pub(crate) fn keys() -> impl Entropy {
    let mut state = 0x2545_F491_u32;
    from_fn(move |out| {
        for byte in out {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 24) as u8 | 1;
        }
        Ok(())
    })
}

/// A client's frame: first byte and unmasked payload.
pub(crate) type Frame = (u8, Vec<u8>);

/// Takes a client's frames apart, as a strict server does.
pub(crate) fn client_frames(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        assert_eq!(second & 0x80, 0x80, "a client masks every frame");
        let (len, rest) = match second & 0x7F {
            126 => (
                usize::from(u16::from_be_bytes([rest[0], rest[1]])),
                &rest[2..],
            ),
            127 => {
                let len = u64::from_be_bytes(rest[..8].try_into().unwrap());
                (len as usize, &rest[8..])
            }
            len => (usize::from(len), rest),
        };
        let shortest = frame(0, &vec![0; len])[1] | 0x80;
        assert_eq!(*second, shortest, "the shortest form of the length");
        let (key, rest) = rest.split_at(4);
        assert_ne!(key, [0; 4], "no frame goes out under a zero mask");
        let (payload, rest) = rest.split_at(len);
        let unmasked = payload
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key);
        frames.push((*first, unmasked.collect()));
        bytes = rest;
    }
    assert!(bytes.is_empty(), "half a frame");
    frames
}

/// An open connection with its buffers, driven as a socket's owner does.
pub(crate) struct Client<'m> {
    pub(crate) connection: Connection,
    pub(crate) rx: RecvBuf<'m>,
    pub(crate) tx: SendBuf<'m>,
    /// What left through `tx`.
    pub(crate) sent: Vec<u8>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) partial: Vec<u8>,
    pub(crate) violation: Option<Violation>,
    pub(crate) closed: bool,
}

impl<'m> Client<'m> {
    pub(crate) fn new(rx: &'m mut [u8; 512], tx: &'m mut [u8; 256]) -> Self {
        Self {
            connection: Connection::new(),
            rx: RecvBuf::new(rx),
            tx: SendBuf::new(tx),
            sent: Vec::new(),
            seen: Vec::new(),
            partial: Vec::new(),
            violation: None,
            closed: false,
        }
    }

    /// Receives `bytes`, `step` bytes per read, and sends the output.
    pub(crate) fn receive(&mut self, bytes: &[u8], step: usize) {
        let mut entropy = keys();
        let mut rest = bytes;
        loop {
            let now = Instant::from_millis(1);
            match self
                .connection
                .poll(&mut self.rx, &mut self.tx, &mut entropy, now)
            {
                Ok(Incoming::Wait { .. }) => {
                    let has_output = !self.tx.pending().is_empty();
                    self.flush();
                    if has_output {
                        continue; // a control frame may follow what was taken
                    }
                    if rest.is_empty() {
                        return;
                    }
                    let count = self
                        .rx
                        .read_with(|space| -> Result<usize, ()> {
                            assert!(!space.is_empty(), "asked to read without room");
                            let count = step.min(rest.len()).min(space.len());
                            space[..count].copy_from_slice(&rest[..count]);
                            Ok(count)
                        })
                        .unwrap();
                    rest = &rest[count..];
                }
                Ok(Incoming::Payload(payload)) => {
                    self.partial.extend(payload.bytes(&self.rx));
                    payload.skip(&mut self.rx);
                    if payload.ends {
                        let whole = std::mem::take(&mut self.partial);
                        self.seen.push(Seen::Message(payload.kind, whole));
                    }
                }
                Ok(Incoming::Ping) => self.seen.push(Seen::Ping(vec![])),
                Ok(Incoming::Pong) => self.seen.push(Seen::Pong(vec![])),
                Ok(Incoming::Close { code, reason }) => {
                    let reason = self.rx.unread()[..reason].to_vec();
                    self.seen
                        .push(Seen::Close(code.map(|code| code.as_u16()), reason));
                }
                Ok(Incoming::Closed) => {
                    self.flush();
                    self.closed = true;
                    return;
                }
                Err(ConnectionError::Violation(violation)) => {
                    assert_eq!(self.violation.replace(violation), None, "reported twice");
                    self.flush();
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub(crate) fn flush(&mut self) {
        while !self.tx.pending().is_empty() {
            self.sent.extend(self.tx.pending());
            self.tx.sent(usize::MAX);
        }
    }

    /// The frames that left so far.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        client_frames(&self.sent)
    }
}
