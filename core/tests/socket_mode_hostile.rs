//! A client in Socket Mode at a hostile server: odd envelopes, and lives that are drawn from a seed.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod socket_mode_common;

use slack_rtm::json::Writer;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Config, DeferredEnvelope, DisconnectReason, EventAcknowledgement,
};
use socket_mode_common::{
    HELLO, OPENED, Rig, Seen, UPGRADED, bare, command, http_ok, message, set_randomness_fails,
    text_frame, texts,
};
use std::collections::HashMap;

/// The ids of the envelopes that were lent.
fn lent(seen: &[Seen]) -> Vec<&str> {
    let ids = seen.iter().filter_map(|seen| match seen {
        Seen::Envelope { id, .. } => Some(id.as_str()),
        _ => None,
    });
    ids.collect()
}

/// A value of about this many bytes, in arrays and objects of this depth.
fn nested(size: usize, depth: usize) -> String {
    let mut value = format!("\"{}\"", "b".repeat(size));
    for level in 0..depth {
        value = match level % 2 {
            0 => format!(r#"{{"type":"section","text":{value}}}"#),
            _ => format!("[{value}]"),
        };
    }
    value
}

#[test]
fn an_envelope_of_67_kb_with_members_in_any_order_passes_a_receive_buffer_of_1_kib() {
    let actions = r#"[{"action_id":"open","block_id":"b1","value":"5","type":"button"}]"#;
    let payload = format!(
        r#"{{"type":"block_actions","user":{{"id":"U0ANN"}},"view":{{"id":"V1","blocks":{}}},"actions":{actions},"response_url":"https://hooks.slack.com/actions/T1/2/abc"}}"#,
        nested(67_000, 10)
    );
    let members = [
        r#""envelope_id":"5f1c2b4e-0000-4000-8000-000000000001""#.to_owned(),
        format!(r#""payload":{payload}"#),
        r#""accepts_response_payload":true"#.to_owned(),
        r#""type":"interactive""#.to_owned(),
    ];
    let mut rig = Rig::open(Config::socket_mode(), 256);
    let mut orders = 0;
    for order in 0..256_usize {
        let order = [order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6];
        if (0..4).any(|at| !order.contains(&at)) {
            continue;
        }
        orders += 1;
        let frame = order.map(|at| members[at].as_str()).join(",");
        let seen = rig.receive_text(&format!("{{{frame}}}"));
        let debug = seen.iter().find_map(|seen| match seen {
            Seen::Envelope { debug, .. } => Some(debug),
            _ => None,
        });
        let debug = debug.unwrap_or_else(|| panic!("{order:?}: {seen:?}"));
        for wanted in [
            "Interaction(",
            "block_actions",
            "U0ANN",
            "\"open\"",
            "\"5\"",
            "V1",
        ] {
            assert!(debug.contains(wanted), "{order:?}: {wanted}: {debug}");
        }
        assert_eq!(
            rig.take_texts(),
            [bare("5f1c2b4e-0000-4000-8000-000000000001")]
        );
    }
    assert_eq!(orders, 24);
}

#[test]
fn an_envelope_without_a_usable_id_is_not_acknowledged_and_harms_nothing() {
    for mode in [
        EventAcknowledgement::BeforeEvent,
        EventAcknowledgement::AfterEvent,
    ] {
        let mut rig = Rig::open(Config::socket_mode().acknowledge_events(mode), 256);
        let payload = r#""payload":{"event":{"type":"message","text":"x"}},"type":"events_api""#;
        let long = "i".repeat(1_000);
        for id in [
            String::new(),
            r#""envelope_id":null,"#.into(),
            r#""envelope_id":"","#.into(),
            r#""envelope_id":{"envelope_id":"e"},"#.into(),
            r#""envelope_id":["e"],"#.into(),
            r#""payload":{"envelope_id":"e"},"#.into(),
            format!(r#""envelope_id":"{long}","#),
        ] {
            let seen = rig.receive_text(&format!("{{{id}{payload}}}"));
            assert_eq!(lent(&seen), [""; 0], "{id}");
            assert_eq!(rig.take_texts(), [""; 0], "{id}");
        }
        // A frame of another kind is no envelope either.
        for text in [
            r#"{"envelope_id":"e","type":"hello"}"#,
            r#"{"envelope_id":"e","payload":{}}"#,
        ] {
            let seen = rig.receive_text(text);
            let is_envelope = text.contains("payload");
            assert_eq!(lent(&seen).len(), usize::from(is_envelope), "{seen:?}");
            assert_eq!(rig.take_texts().len(), usize::from(is_envelope));
        }
        let seen = rig.receive_text(&message("e", "Ev1"));
        assert_eq!(lent(&seen), ["e"]);
        assert_eq!(rig.take_texts(), [bare("e")]);
    }
}

#[test]
fn members_of_the_wrong_kind_are_absent_and_the_envelope_is_acknowledged() {
    for rest in [
        r#""payload":null,"type":"events_api""#,
        r#""payload":[1,{"event":{"type":"message"}}],"type":"events_api""#,
        r#""payload":{"event":"message"},"type":"events_api""#,
        r#""payload":{"event":{"type":{"type":"message"}}},"type":"events_api""#,
        r#""payload":{"event":{"type":"message","text":5,"user":[]}},"type":"events_api""#,
        r#""payload":{},"type":5"#,
        r#""payload":{}"#,
        r#""type":"slash_commands","payload":"text""#,
        r#""type":"interactive","payload":{"actions":{"action_id":"x"},"user":"U1"}"#,
        r#""type":"slash_commands","payload":{},"accepts_response_payload":"true""#,
        r#""type":"events_api","payload":{},"retry_attempt":"many","retry_reason":[]"#,
        r#""type":"events_api","payload":{},"retry_attempt":99999999999999999999"#,
        r#""type":"events_api","type":"interactive","payload":{},"payload":{"type":"x"}"#,
        r#""type":"events_api","payload":{"authorizations":[{"is_bot":1,"user_id":{}}]}"#,
    ] {
        let mut rig = Rig::open(Config::socket_mode(), 256);
        let seen = rig.receive_text(&format!(r#"{{"envelope_id":"e",{rest}}}"#));
        assert_eq!(lent(&seen), ["e"], "{rest}");
        assert_eq!(rig.take_texts(), [bare("e")], "{rest}");
    }
}

#[test]
fn an_envelope_that_comes_twice_is_acknowledged_twice_and_marked() {
    let mut rig = Rig::open(Config::socket_mode(), 256);
    let frames = [message("e", "Ev1"), message("e", "Ev1")].map(|text| text_frame(&text));
    let seen = rig.receive(&frames.concat());
    assert_eq!(lent(&seen), ["e", "e"]);
    assert_eq!(seen.iter().filter(|seen| seen.is_first("e")).count(), 1);
    assert_eq!(rig.take_texts(), [bare("e"), bare("e")]);
}

#[test]
fn an_envelope_before_hello_is_handled_and_a_deferred_one_is_due_before_hello() {
    let mut rig = Rig::new(Config::socket_mode(), 1024, 256);
    rig.drain();
    rig.client.connected();
    rig.flush();
    rig.receive(&http_ok(OPENED));
    rig.client.disconnected(DisconnectReason::Closed);
    rig.drain();
    rig.client.connected();
    rig.flush();
    rig.sent.clear();
    rig.receive(UPGRADED);
    assert_eq!(lent(&rig.receive_text(&message("1", "Ev1"))), ["1"]);
    rig.fill(&text_frame(&command("2")));
    assert!(rig.poll().is_first("2"));
    rig.client.defer(&rig.rx).expect("deferred");
    assert_eq!(rig.take_texts(), [bare("1")]);
    rig.now += 2_499;
    rig.flush();
    assert_eq!(rig.take_texts(), [""; 0]);
    rig.now += 1;
    rig.flush();
    assert_eq!(rig.take_texts(), [bare("2")]);
    assert!(rig.receive_text(HELLO).contains(&Seen::Hello));
}

/// About a second of an unoptimised build.
const LIVES: u64 = 600;
/// Polls after which the caller closes, and by when the client must have ended.
const CLOSE_AFTER: u32 = 1_500;
const ENDED_BY: u32 = 6_000;

#[test]
fn whatever_server_and_program_do_acknowledgements_are_whole_and_close_ends_all() {
    let (mut acknowledgements, mut responses) = (0, 0);
    for seed in 0..LIVES {
        let life = Life::new(seed).run();
        acknowledgements += life.0;
        responses += life.1;
    }
    set_randomness_fails(false);
    assert!(
        acknowledgements > 5_000 && responses > 500,
        "{acknowledgements} acknowledgements, {responses} responses"
    );
}

/// One client, its server and its program, all drawn from one seed.
struct Life {
    seed: u64,
    random: u64,
    rig: Rig,
    /// There is a link, and it is one to the socket.
    link: Option<bool>,
    incoming: Vec<u8>,
    deferred: Vec<DeferredEnvelope>,
    is_closing: bool,
    number: u32,
    lent: HashMap<String, u32>,
    counts: (u32, u32),
}

impl Life {
    fn new(seed: u64) -> Self {
        let mode = match seed % 2 {
            0 => EventAcknowledgement::BeforeEvent,
            _ => EventAcknowledgement::AfterEvent,
        };
        let config = Config::socket_mode().acknowledge_events(mode);
        let (more_rx, more_tx) = (seed * 37 % 600, seed * 53 % 300);
        Self {
            seed,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            rig: Rig::new(config, 700 + more_rx as usize, 256 + more_tx as usize),
            link: None,
            incoming: Vec::new(),
            deferred: Vec::new(),
            is_closing: false,
            number: 0,
            lent: HashMap::new(),
            counts: (0, 0),
        }
    }

    fn run(mut self) -> (u32, u32) {
        let mut busy = 0;
        for step in 0.. {
            if step > CLOSE_AFTER {
                self.is_closing = true;
                self.rig.client.close();
            }
            assert!(step < ENDED_BY, "seed {}: close does not end it", self.seed);
            let fails = !self.is_closing && self.below(40) == 0;
            set_randomness_fails(fails);
            busy += 1;
            assert!(busy < 3_000, "seed {}: it spins", self.seed);
            match self.rig.poll() {
                Seen::Connect { host } => self.connect(&host),
                Seen::Disconnect => self.lose_link(DisconnectReason::Closed),
                Seen::Wait { until, .. } => {
                    busy = 0;
                    self.wait(until);
                }
                Seen::Envelope { id, .. } => {
                    *self.lent.entry(id).or_default() += 1;
                    self.handle();
                }
                Seen::Closed => return self.counts,
                _ => {}
            }
        }
        unreachable!("it ends above")
    }

    fn lose_link(&mut self, end: DisconnectReason) {
        self.check_sent();
        self.link = None;
        self.incoming.clear();
        self.lent.clear();
        self.rig.client.disconnected(end);
    }

    fn connect(&mut self, host: &str) {
        if self.below(6) == 0 {
            return self.rig.client.disconnected(DisconnectReason::Refused);
        }
        self.rig.client.connected();
        self.rig.sent.clear();
        self.link = Some(host != "slack.com");
        let begin = match (host, self.below(8)) {
            ("slack.com", 0) => http_ok(r#"{"ok":false,"error":"ratelimited"}"#),
            ("slack.com", 1) => http_ok("<html>"),
            ("slack.com", _) => http_ok(OPENED),
            (_, 0) => b"HTTP/1.1 503 No\r\nRetry-After: 7\r\n\r\n".to_vec(),
            (_, 1) => UPGRADED.to_vec(),
            _ => [UPGRADED, &text_frame(HELLO)].concat(),
        };
        self.incoming.extend(begin);
    }

    /// The action of the program on an envelope.
    fn handle(&mut self) {
        match self.below(8) {
            0 => self.rig.now += self.below(6_000),
            1 | 2 => {
                if let Ok(envelope) = self.rig.client.defer(&self.rig.rx) {
                    self.deferred.push(envelope);
                }
            }
            3 | 4 => self.respond(None),
            _ => {}
        }
    }

    fn respond(&mut self, deferred: Option<DeferredEnvelope>) {
        let text = "r".repeat(match self.below(4) {
            0 => self.below(2_000) as usize,
            _ => 5,
        });
        let response = |json: &mut Writer<'_>| {
            json.begin_object();
            json.name("text").text(&text);
            json.end_object();
        };
        loop {
            let rig = &mut self.rig;
            let result = match deferred {
                None => rig.client.acknowledge(&rig.rx, &mut rig.tx, &response),
                Some(envelope) => rig
                    .client
                    .acknowledge_deferred(envelope, &mut rig.tx, &response),
            };
            match result {
                Ok(Sent::Whole) => {
                    self.counts.1 += 1;
                    return;
                }
                // Now and then it is not continued.
                Ok(_) if self.below(20) == 0 => return,
                Ok(_) => self.rig.take_once(),
                Err(AcknowledgeError::Changed) => panic!("seed {}: changed", self.seed),
                Err(_) => return,
            }
        }
    }

    /// The actions of program, server and link while the client waits.
    fn wait(&mut self, until: u64) {
        if self.link == Some(true) && self.below(3) == 0 && self.incoming.len() < 3_000 {
            self.server_speaks();
        }
        if self.below(4) == 0
            && let Some(envelope) = self.deferred.pop()
        {
            self.respond(Some(envelope));
        }
        if self.link.is_some() && self.below(60) == 0 {
            return self.lose_link(DisconnectReason::Reset);
        }
        if self.below(300) == 0 {
            self.rig.now += self.below(100_000_000);
        }
        if self.link.is_some() && self.link_moves() {
            return;
        }
        if until > self.rig.now {
            self.rig.now = until.min(self.rig.now + 20_000);
        }
    }

    fn server_speaks(&mut self) {
        self.number += 1;
        let (id, event_id) = (
            format!("e{}", self.number),
            format!("Ev{}", self.number / 2),
        );
        let text = match self.below(16) {
            0 => HELLO.into(),
            1 => r#"{"type":"disconnect","reason":"warning"}"#.into(),
            2 => r#"{"type":"disconnect","reason":"link_disabled"}"#.into(),
            3 => r#"{"type":"disconnect"}"#.into(),
            4 => "{}".into(),
            5 => "UNAUTHENTICATED: cache_error".into(),
            6 => String::new(),
            7 => message(&id, &event_id).replace("hi", &"t".repeat(self.below(1_500) as usize)),
            8..=10 => command(&id),
            11 => format!(r#"{{"envelope_id":"{id}","type":"unheard_of","payload":[]}}"#),
            12 => format!(
                r#"{{"type":"interactive","envelope_id":"{}"}}"#,
                "i".repeat(1_000)
            ),
            _ => message(&id, &event_id),
        };
        let control: &[u8] = match self.below(60) {
            0 | 1 => &[0x83, 0],
            2 | 3 => &[0x88, 0],
            4..10 => &[0x89, 2, 65, 66],
            _ => &[],
        };
        self.incoming.extend(control);
        self.incoming.extend(text_frame(&text));
    }

    /// Moves some bytes either way. Returns whether there were any.
    fn link_moves(&mut self) -> bool {
        let mut has_moved = false;
        if self.below(4) > 0 {
            let most = self.below(200) as usize;
            let count = most.min(self.rig.tx.pending().len());
            self.rig.take(count);
            has_moved |= count > 0;
        }
        let most = 1 + self.below(400) as usize;
        let count = self
            .rig
            .fill(&self.incoming[..most.min(self.incoming.len())]);
        self.incoming.drain(..count);
        has_moved | (count > 0)
    }

    /// Checks that the link has taken one request and whole acknowledgements of envelopes that were
    /// lent.
    fn check_sent(&mut self) {
        let sent = std::mem::take(&mut self.rig.sent);
        let head = sent.windows(4).position(|part| part == b"\r\n\r\n");
        let (Some(head), Some(true)) = (head, self.link) else {
            return;
        };
        let (texts, _) = texts(&sent[head + 4..]);
        let mut counts: HashMap<String, u32> = HashMap::new();
        for text in texts.iter().filter(|text| !text.starts_with("0x")) {
            let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
            let id = value["envelope_id"].as_str().expect("an id").to_owned();
            let lent = self.lent.get(&id).copied().unwrap_or_default();
            let count = counts.entry(id).or_default();
            *count += 1;
            self.counts.0 += 1;
            // One may have left before its event is lent.
            assert!(*count <= lent + 1, "seed {}: {text} again", self.seed);
        }
    }

    /// xorshift64
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % bound
    }
}
