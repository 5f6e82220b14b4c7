//! Frames of Socket Mode that are not sent whole: no other frame is put between their parts.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{HELLO, Randomness, UPGRADED, http_ok, memory, randomness, text_frame};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::from_fn;
use slack_rtm::json::Writer;
use slack_rtm::time::Instant;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Client, Config, DisconnectReason, Event, Output, OwnedStorage, SocketMode,
};

type TestClient =
    Client<'static, slack_rtm::entropy::FromFn<Randomness>, OwnedStorage<64, 0>, SocketMode>;

struct Rig {
    client: TestClient,
    rx: RecvBuf<'static>,
    tx: SendBuf<'static>,
    sent: Vec<u8>,
}

#[derive(Debug, PartialEq)]
enum Seen {
    Connect,
    Disconnect,
    Command,
    Event,
    Wait,
}

impl Rig {
    fn poll(&mut self) -> Seen {
        let now = Instant::from_millis(1);
        let output = self.client.poll(&mut self.rx, &mut self.tx, now);
        match output.expect("no misuse") {
            Output::Connect { .. } => Seen::Connect,
            Output::Disconnect => Seen::Disconnect,
            Output::Event(Event::SlashCommand(_)) => Seen::Command,
            Output::Event(_) => Seen::Event,
            _ => Seen::Wait,
        }
    }

    fn flush(&mut self) {
        self.sent.extend_from_slice(self.tx.pending());
        self.tx.sent(self.tx.pending().len());
    }

    /// Polls until there is this, and flushes all before it.
    fn until(&mut self, wanted: &Seen) {
        for _ in 0..20 {
            let seen = self.poll();
            if seen == *wanted {
                return;
            }
            if seen == Seen::Wait {
                self.flush();
            }
        }
        panic!("no {wanted:?}");
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.rx.space()[..bytes.len()].copy_from_slice(bytes);
        self.rx.filled(bytes.len());
    }

    fn command(&mut self, id: &str) {
        let frame = format!(
            r#"{{"envelope_id":"{id}","type":"slash_commands","accepts_response_payload":true,"payload":{{"command":"/door"}}}}"#
        );
        self.receive(&text_frame(&frame));
    }

    /// A client in session.
    fn open() -> Self {
        let random = from_fn(randomness as Randomness);
        let storage = OwnedStorage::<64, 0>::new();
        let client = Client::new(Config::socket_mode(), "xapp-1", storage, random);
        let mut rig = Self {
            client: client.expect("the settings are right"),
            rx: RecvBuf::try_from(memory(1024)).expect("large enough"),
            tx: SendBuf::try_from(memory(512)).expect("large enough"),
            sent: Vec::new(),
        };
        rig.until(&Seen::Connect);
        rig.client.connected();
        rig.until(&Seen::Wait);
        rig.flush();
        rig.receive(&http_ok(
            r#"{"ok":true,"url":"wss://wss-primary.slack.com/link/?ticket=1"}"#,
        ));
        rig.until(&Seen::Disconnect);
        rig.client.disconnected(DisconnectReason::Closed);
        rig.until(&Seen::Connect);
        rig.client.connected();
        rig.until(&Seen::Wait);
        rig.flush();
        rig.sent.clear();
        rig.receive(UPGRADED);
        rig.receive(&text_frame(HELLO));
        rig.until(&Seen::Event);
        rig
    }

    /// Returns the payloads of the frames that were sent, which must be whole.
    fn frames(&self) -> Vec<serde_json::Value> {
        let (mut rest, mut frames) = (&self.sent[..], Vec::new());
        while let [0x81, length, after @ ..] = rest {
            let (length, after) = match length & 0x7f {
                126 => {
                    let length = usize::from(after[0]) << 8 | usize::from(after[1]);
                    (length, &after[2..])
                }
                length => (usize::from(length), after),
            };
            let (mask, after) = after.split_at(4);
            let (payload, after) = after.split_at(length);
            let unmasked: Vec<u8> = payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask)
                .collect();
            frames.push(serde_json::from_slice(&unmasked).expect("an acknowledgement"));
            rest = after;
        }
        assert_eq!(rest, b"");
        frames
    }
}

#[test]
fn no_response_is_put_into_an_acknowledgement_that_is_sent_in_part() {
    let mut refused = 0;
    // The room that is left decides how much of the next acknowledgement fits.
    for length in 200..480 {
        let mut rig = Rig::open();
        let mut deferred = ["e-1", "e-2"].map(|id| {
            rig.command(id);
            rig.until(&Seen::Command);
            rig.client.defer(&rig.rx).expect("there is a place")
        });
        rig.command("e-3");
        rig.until(&Seen::Command);
        let long = "x".repeat(length);
        let response = |json: &mut Writer<'_>| {
            json.begin_object();
            json.name("text").text(&long);
            json.end_object();
        };
        let Rig { client, tx, .. } = &mut rig;
        if client.acknowledge_deferred(deferred[0], tx, &response) != Ok(Sent::Whole) {
            continue;
        }
        // The third one is acknowledged without a response, perhaps in part.
        assert_eq!(rig.poll(), Seen::Wait);
        deferred.reverse();
        let Rig { client, tx, .. } = &mut rig;
        let mut result = client.acknowledge_deferred(deferred[0], tx, &response);
        if result == Err(AcknowledgeError::Busy) {
            refused += 1;
            rig.flush();
            rig.until(&Seen::Wait);
            let Rig { client, tx, .. } = &mut rig;
            result = client.acknowledge_deferred(deferred[0], tx, &response);
        }
        while result != Ok(Sent::Whole) {
            assert!(result.is_ok(), "{length}: {result:?}");
            rig.flush();
            let Rig { client, tx, .. } = &mut rig;
            result = client.acknowledge_deferred(deferred[0], tx, &response);
        }
        rig.flush();
        rig.until(&Seen::Wait);
        rig.flush();
        let mut ids: Vec<_> = rig
            .frames()
            .iter()
            .map(|frame| frame["envelope_id"].to_string())
            .collect();
        ids.sort_unstable();
        assert_eq!(ids, [r#""e-1""#, r#""e-2""#, r#""e-3""#], "{length}");
    }
    assert!(refused > 0);
}
