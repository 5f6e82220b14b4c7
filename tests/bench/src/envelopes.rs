//! Sessions of Socket Mode: bytes per idle session, and what an event costs with its acknowledgement.
//!
//! An event is a message in an envelope of 440 bytes, from its bytes to the acknowledgement in the send
//! buffer, the typed event and back to waiting. Sessions borrow one pair of buffers.

use crate::counted::{instructions, measured};
use crate::heap;
use crate::scale::{Keys, UPGRADE, fill, frame};
use crate::table::Figure;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::json::Text;
use slack_rtm::time::Instant;
use slack_rtm::{Client, Config, DisconnectReason, Event, Output, SocketMode, State, Token};
use std::hint::black_box;

/// The numbers of sessions that are compared.
const SIZES: [usize; 2] = [1, 1_000];
/// Sessions whose memory is measured.
const IDLE: usize = 10_000;
/// Events that are counted.
const COUNTED: usize = 20_000;
/// The step through the sessions.
const SCATTERED: usize = 61_803;

const OPENED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 86\r\n\r\n\
    {\"ok\":true,\"url\":\"wss:\\/\\/wss-primary.slack.com\\/link\\/?ticket=7d0c-0000&app_id=9f3e\"}";
const ENVELOPE: &str = "{\"envelope_id\":\"5f1c2b4e-0000-4000-8000-000000000001\",\"payload\":{\
    \"token\":\"x\",\"team_id\":\"T061EG9R6\",\"event\":{\"type\":\"message\",\"user\":\"U023BECGF\",\
    \"text\":\"Is the door of the workshop still open? <@U0ME> \\ud83d\\ude00\",\
    \"ts\":\"1355517523.000005\",\"channel\":\"C024BE91L\"},\"type\":\"event_callback\",\
    \"event_id\":\"Ev0000001\",\"authorizations\":[{\"user_id\":\"U0ME\",\"is_bot\":true}]},\
    \"type\":\"events_api\",\"accepts_response_payload\":false,\"retry_attempt\":0}";

/// The client of a session. An app-level token has about 100 bytes.
type EnvelopeClient = Client<'static, Keys, Token<104>, SocketMode>;

/// The most bytes of an idle session. Its token takes 104, the envelopes that it may defer 256, and the
/// events that it remembers 128.
const MOST_BYTES: f64 = 1_440.0;

/// Figures of this part; the instructions only where valgrind is there.
pub(crate) fn figures() -> Vec<Figure> {
    let (used, sessions) = heap::taken_by(|| Sessions::open(IDLE).clients);
    let each = used as f64 / IDLE as f64;
    drop(sessions);
    let size = size_of::<EnvelopeClient>() as f64;
    let mut figures = vec![
        Figure::new("scale", "Client, Socket Mode", "B", size).goal(MOST_BYTES),
        Figure::new(
            "scale",
            format!("heap per session, {IDLE} idle, Socket Mode"),
            "B",
            each,
        )
        .goal(MOST_BYTES),
    ];
    let mut first = None;
    for count in SIZES {
        let Some(total) = instructions(&["scale", "socket-mode", &count.to_string()]) else {
            break;
        };
        let each = total as f64 / COUNTED as f64;
        let name = format!("event and acknowledgement, {count} sessions, Socket Mode");
        let mut figure = Figure::new("scale", name, "Ir", each).counted(total);
        match first {
            None => first = Some(each),
            Some(one) => figure = figure.goal(one * 1.03).peer("x of one", each / one),
        }
        figures.push(figure);
    }
    figures
}

/// Runs the events that are to be counted.
pub(crate) fn run(sessions: &str) {
    let count = sessions.parse().expect("a number of sessions");
    let mut sessions = Sessions::open(count);
    measured(&mut || sessions.events(COUNTED));
}

struct Sessions {
    clients: Vec<EnvelopeClient>,
    rx: RecvBuf<'static>,
    tx: SendBuf<'static>,
    envelope: Vec<u8>,
    now: u64,
    at: usize,
}

impl Sessions {
    fn open(count: usize) -> Self {
        let mut this = Self {
            clients: Vec::with_capacity(count),
            rx: RecvBuf::new(Box::leak(Box::new([0; 1024]))),
            tx: SendBuf::new(Box::leak(Box::new([0; 512]))),
            envelope: frame(ENVELOPE),
            now: 0,
            at: 0,
        };
        for seed in 0..count {
            let client = this.begin(seed as u32);
            this.clients.push(client);
        }
        this
    }

    /// From the call to `hello`.
    fn begin(&mut self, seed: u32) -> EnvelopeClient {
        let client = Client::new(
            Config::socket_mode(),
            "xapp-scale",
            Token::new(),
            Keys::new(seed),
        );
        let mut client = client.expect("the settings are consistent");
        let hello = frame("{\"type\":\"hello\",\"num_connections\":1}");
        let upgrade = [UPGRADE.as_bytes(), &hello].concat();
        let mut responses = [OPENED.as_bytes(), &upgrade].into_iter();
        let mut to_read: &[u8] = &[];
        let now = Instant::from_millis(0);
        while client.state() != State::Open || !self.rx.is_empty() {
            let output = client.poll(&mut self.rx, &mut self.tx, now);
            match output.expect("no misuse") {
                Output::Connect { .. } => {
                    client.connected();
                    to_read = responses.next().expect("two links");
                }
                Output::Wait { .. } => {
                    self.tx.sent(self.tx.pending().len());
                    let count = fill(&mut self.rx, to_read);
                    to_read = &to_read[count..];
                }
                Output::Disconnect => client.disconnected(DisconnectReason::Closed),
                Output::Event(_) => {}
                other => panic!("{other:?}"),
            }
        }
        client
    }

    fn events(&mut self, count: usize) {
        let (mut events, mut acknowledgements) = (0, 0);
        for _ in 0..count {
            self.now += 1_000;
            self.at = (self.at + SCATTERED) % self.clients.len();
            let now = Instant::from_millis(self.now);
            let client = &mut self.clients[self.at];
            fill(&mut self.rx, &self.envelope);
            loop {
                let output = client.poll(&mut self.rx, &mut self.tx, now);
                match output.expect("no misuse") {
                    Output::Event(Event::Message(message)) => {
                        black_box((
                            message.channel(),
                            message.user(),
                            message.text().map(Text::as_str),
                            message.ts(),
                        ));
                        events += 1;
                    }
                    Output::Wait { .. } if self.tx.is_empty() => break,
                    Output::Wait { .. } => {
                        let pending = black_box(self.tx.pending()).len();
                        self.tx.sent(pending);
                        acknowledgements += 1;
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(
            events == count && acknowledgements >= count,
            "an event was lost"
        );
    }
}
