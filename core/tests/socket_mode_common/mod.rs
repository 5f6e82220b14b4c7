//! A client in Socket Mode, its buffers, its clock and the bytes that it sent, for tests that play the
//! server by hand.

#![allow(dead_code)] // each test file uses a part
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, FromFn, from_fn};
use slack_rtm::time::Instant;
use slack_rtm::{
    Client, Config, DisconnectReason, Event, Output, PollError, ReconnectReason, SocketMode, State,
    Token,
};
use std::cell::Cell;

/// The source of randomness of every rig.
pub(crate) type Randomness = fn(&mut [u8]) -> Result<(), EntropyError>;

/// The response to a handshake whose key was drawn from [`randomness`].
pub(crate) const UPGRADED: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: \
Upgrade\r\nSec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY=\r\n\r\n";
/// The body of the response to a call that succeeds.
pub(crate) const OPENED: &str =
    r#"{"ok":true,"url":"wss://wss-primary.slack.com/link/?ticket=7d0c&app_id=9f3e"}"#;
/// The greeting.
pub(crate) const HELLO: &str = r#"{"type":"hello","num_connections":1}"#;

thread_local! {
    static RANDOMNESS_FAILS: Cell<bool> = const { Cell::new(false) };
}

/// Bytes 1, 2, 3, ...: masking keys and handshake keys that a test can know.
pub(crate) fn randomness(out: &mut [u8]) -> Result<(), EntropyError> {
    if RANDOMNESS_FAILS.get() {
        return Err(EntropyError);
    }
    for (byte, number) in out.iter_mut().zip(1..) {
        *byte = number;
    }
    Ok(())
}

/// Whether the source of randomness fails from now on, in this thread.
pub(crate) fn set_randomness_fails(fails: bool) {
    RANDOMNESS_FAILS.set(fails);
}

/// Zeroed memory that lives as long as the test's process.
fn memory(bytes: usize) -> &'static mut [u8] {
    vec![0; bytes].leak()
}

/// A whole HTTP response with this body.
pub(crate) fn http_ok(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// A text frame as a server sends it.
pub(crate) fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match text.len() {
        length @ ..126 => frame.push(u8::try_from(length).expect("short")),
        length @ ..0x1_0000 => {
            frame.push(126);
            frame.extend(u16::try_from(length).expect("short").to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend(u64::try_from(length).expect("short").to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    frame
}

/// An envelope with a message, whose event has this id.
pub(crate) fn message(id: &str, event_id: &str) -> String {
    format!(
        r#"{{"envelope_id":"{id}","payload":{{"event":{{"type":"message","channel":"C1","user":"U2","text":"hi"}},"event_id":"{event_id}"}},"type":"events_api","accepts_response_payload":false}}"#
    )
}

/// An envelope with a slash command.
pub(crate) fn command(id: &str) -> String {
    format!(
        r#"{{"envelope_id":"{id}","payload":{{"command":"/door","text":"open"}},"type":"slash_commands","accepts_response_payload":true}}"#
    )
}

/// An acknowledgement without a response.
pub(crate) fn bare(id: &str) -> String {
    format!(r#"{{"envelope_id":"{id}"}}"#)
}

/// An output of the client, without its borrow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Wait {
        until: u64,
        can_read: bool,
    },
    Connect {
        host: String,
    },
    Disconnect,
    Closed,
    Hello,
    /// An event in an envelope: the id of that, and whether the event came before.
    Envelope {
        id: String,
        is_repeated: bool,
        debug: String,
    },
    Reconnecting(ReconnectReason<'static>, u64),
    /// Any other event.
    Event(String),
    Failed(PollError),
}

impl Seen {
    /// An event in this envelope that did not come before, whatever else it is.
    pub(crate) fn is_first(&self, wanted: &str) -> bool {
        matches!(self, Self::Envelope { id, is_repeated: false, .. } if id == wanted)
    }

    /// Whether the caller has to act before anything else comes.
    fn is_pause(&self) -> bool {
        matches!(
            self,
            Self::Wait { .. }
                | Self::Connect { .. }
                | Self::Disconnect
                | Self::Closed
                | Self::Failed(_)
        )
    }
}

/// A client, its surroundings, and the steps of its life.
pub(crate) struct Rig {
    pub(crate) client: Client<'static, FromFn<Randomness>, Token<32>, SocketMode>,
    pub(crate) rx: RecvBuf<'static>,
    pub(crate) tx: SendBuf<'static>,
    /// Milliseconds.
    pub(crate) now: u64,
    /// The bytes that the link has taken.
    pub(crate) sent: Vec<u8>,
}

impl Rig {
    /// A client that has not begun, with buffers of these sizes.
    pub(crate) fn new(
        config: Config<'static, SocketMode>,
        rx_bytes: usize,
        tx_bytes: usize,
    ) -> Self {
        let client = Client::new(
            config,
            "xapp-first",
            Token::new(),
            from_fn(randomness as Randomness),
        );
        Self {
            client: client.expect("the settings are consistent"),
            rx: RecvBuf::try_from(memory(rx_bytes)).expect("large enough"),
            tx: SendBuf::try_from(memory(tx_bytes)).expect("large enough"),
            now: 0,
            sent: Vec::new(),
        }
    }

    /// A client in session.
    pub(crate) fn open(config: Config<'static, SocketMode>, tx_bytes: usize) -> Self {
        let mut rig = Self::new(config, 1024, tx_bytes);
        rig.reopen();
        rig
    }

    /// From the call to `hello`; forgets what was sent on the way.
    pub(crate) fn reopen(&mut self) {
        assert!(matches!(&self.drain()[..], [Seen::Connect { host }] if host == "slack.com"));
        self.client.connected();
        self.flush();
        self.receive(&http_ok(OPENED));
        self.client.disconnected(DisconnectReason::Closed);
        assert!(matches!(&self.drain()[..], [Seen::Connect { host }] if host != "slack.com"));
        self.client.connected();
        self.flush();
        self.receive(UPGRADED);
        self.receive(&text_frame(HELLO));
        self.flush();
        self.sent.clear();
        assert_eq!(self.client.state(), State::Open);
    }

    /// Polls once. Every `Wait` is checked: `can_read` is whether the receive buffer has room, and
    /// there is room to read, or bytes to write.
    pub(crate) fn poll(&mut self) -> Seen {
        let now = Instant::from_millis(self.now);
        let output = self.client.poll(&mut self.rx, &mut self.tx, now);
        let seen = match output {
            Ok(Output::Wait {
                until, can_read, ..
            }) => Seen::Wait {
                until: until.as_millis(),
                can_read,
            },
            Ok(Output::Connect { peer, .. }) => Seen::Connect {
                host: peer.host.into(),
            },
            Ok(Output::Disconnect) => Seen::Disconnect,
            Ok(Output::Closed(_)) => Seen::Closed,
            Ok(Output::Event(event)) => {
                let debug = format!("{event:?}");
                match (event, event.envelope()) {
                    (_, Some(envelope)) => Seen::Envelope {
                        id: envelope.id().unwrap_or_default().into(),
                        is_repeated: envelope.is_repeated(),
                        debug,
                    },
                    (Event::Hello(_), _) => Seen::Hello,
                    (Event::Reconnecting(end), _) => {
                        Seen::Reconnecting(end.reason().without_text(), end.at().as_millis())
                    }
                    _ => Seen::Event(debug),
                }
            }
            Ok(other) => panic!("unknown output {other:?}"),
            Err(error) => Seen::Failed(error),
        };
        if let Seen::Wait { can_read, .. } = seen {
            assert_eq!(can_read, !self.rx.space().is_empty(), "room to read");
            assert!(can_read || !self.tx.is_empty(), "a wait for nothing");
        }
        seen
    }

    /// Polls until the caller has to act.
    pub(crate) fn drain(&mut self) -> Vec<Seen> {
        let mut all = Vec::new();
        while all.len() < 200 {
            all.push(self.poll());
            if all.last().is_some_and(Seen::is_pause) {
                return all;
            }
        }
        panic!("no pause after {all:?}");
    }

    /// The link brings these bytes, as far as there is room at once.
    pub(crate) fn fill(&mut self, bytes: &[u8]) -> usize {
        let space = self.rx.space();
        let count = space.len().min(bytes.len());
        space[..count].copy_from_slice(&bytes[..count]);
        self.rx.filled(count);
        count
    }

    /// The link brings these bytes, and takes all there is to send. They end where the client leaves
    /// the link.
    pub(crate) fn receive(&mut self, mut bytes: &[u8]) -> Vec<Seen> {
        let mut all = Vec::new();
        while !bytes.is_empty() && all.last() != Some(&Seen::Disconnect) {
            let count = self.fill(bytes);
            assert!(count > 0, "the receive buffer is stuck after {all:?}");
            bytes = &bytes[count..];
            all.extend(self.flush());
        }
        all
    }

    /// The link brings a text frame, and takes all there is to send.
    pub(crate) fn receive_text(&mut self, text: &str) -> Vec<Seen> {
        self.receive(&text_frame(text))
    }

    /// The link takes the bytes in the send buffer now, and no more.
    pub(crate) fn take_once(&mut self) {
        let count = self.tx.pending().len();
        self.take(count);
    }

    /// The link takes this many bytes.
    pub(crate) fn take(&mut self, count: usize) {
        self.sent.extend_from_slice(&self.tx.pending()[..count]);
        self.tx.sent(count);
    }

    /// The link takes all there is, and what comes after it.
    pub(crate) fn flush(&mut self) -> Vec<Seen> {
        let mut all = self.drain();
        while !self.tx.is_empty() && all.last() != Some(&Seen::Disconnect) {
            self.take_once();
            all.extend(self.drain());
        }
        all
    }

    /// Returns the texts of the frames that the link has taken since the last look, and the numbers
    /// of control frames.
    pub(crate) fn take_texts(&mut self) -> Vec<String> {
        let sent = std::mem::take(&mut self.sent);
        let (texts, rest) = texts(&sent);
        assert!(rest.is_empty(), "the last frame is not whole");
        texts
    }
}

/// Returns the texts of the frames in these bytes, the opcode of each control frame, and the bytes of
/// a last frame that is not whole.
pub(crate) fn texts(mut bytes: &[u8]) -> (Vec<String>, &[u8]) {
    let mut texts = Vec::new();
    while let [first, length, rest @ ..] = bytes {
        assert_eq!(length & 0x80, 0x80, "not masked");
        let (length, rest) = match (length & 0x7F, rest) {
            (126, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            (126, _) => break,
            (length, rest) => (usize::from(length), rest),
        };
        if rest.len() < length + 4 {
            break;
        }
        let (key, rest) = rest.split_at(4);
        let (payload, after) = rest.split_at(length);
        let masked = payload.iter().zip(key.iter().cycle());
        let payload: Vec<u8> = masked.map(|(byte, key)| byte ^ key).collect();
        texts.push(match first {
            0x81 => String::from_utf8(payload).expect("UTF-8"),
            other => format!("{other:#x}"),
        });
        bytes = after;
    }
    (texts, bytes)
}
