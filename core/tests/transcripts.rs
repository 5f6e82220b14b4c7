//! Conversations as text files, each run whole, byte by byte, and split at every position.
//!
//! A transcript in `transcripts/*.txt` is a list of lines:
//!
//! ```text
//! # a comment
//! config name=value ...     the client's settings (first line)
//! @ 1500                    the clock, in milliseconds
//! ! connected               an input: connected, disconnected WHY, send CHANNEL TEXT, close ...
//! = connect slack.com:443   an output, in the words of `describe`
//! > GET / HTTP/1.1\r\n      bytes that the client sends, as they are
//! >> {"id":1}               a text frame that the client sends
//! < HTTP/1.1 200 OK\r\n     bytes that the server sends, as they are
//! << {"type":"hello"}       a text frame that the server sends
//! ```
//!
//! `= disconnect` is answered with `disconnected closed` at once. In `>` and `<` lines `\r`, `\n`, `\\` and `\xHH` are escapes, and a line goes on in the next one
//! of its kind. Frames of the client have the masking key 01 02 03 04.
//!
//! Those in `transcripts/socket-mode` are of Socket Mode. There `! acknowledge TEXT` and `! defer` after
//! an event are run before the next poll; `! respond TEXT` responds to the envelope that was deferred
//! last, and `! refused TEXT` does so in vain.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError, from_fn};
use slack_rtm::event::Message;
use slack_rtm::json::{Text, Writer};
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Instant;
use slack_rtm::websocket::Sent;
use slack_rtm::{
    AcknowledgeError, Client, ClientOutput, Config, DeferredEnvelope, Delivery, Dialect,
    DisconnectReason, Event, EventAcknowledgement, LentStorage, Output, Peer, Rtm, Security,
    SocketMode,
};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[derive(Clone, Debug)]
enum Line {
    Clock(u64),
    Input(String),
    Output(String),
    FromClient(Vec<u8>),
    FromServer(Vec<u8>),
}

struct Transcript {
    name: String,
    config: Vec<(String, String)>,
    lines: Vec<(usize, Line)>,
}

#[derive(Clone, Copy, Debug)]
enum Reads {
    Whole,
    Bytes,
    SplitAt(usize),
}

#[test]
fn every_transcript_at_every_split() {
    every_transcript_of::<Rtm>("tests/transcripts");
}

#[test]
fn every_transcript_of_socket_mode_at_every_split() {
    every_transcript_of::<SocketMode>("tests/transcripts/socket-mode");
}

fn every_transcript_of<D: Play>(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    names.sort();
    assert!(names.len() >= 8, "only {} transcripts", names.len());
    for path in names {
        let transcript = Transcript::read(&path);
        let total = transcript.bytes_from_server();
        for (rx, tx) in [(1024, 512), (512, 256), (16_384, 4096)] {
            transcript.run::<D>(rx, tx, Reads::Whole);
            transcript.run::<D>(rx, tx, Reads::Bytes);
        }
        for position in 1..total {
            transcript.run::<D>(1024, 512, Reads::SplitAt(position));
        }
    }
}

impl Transcript {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a readable transcript");
        let mut this = Self {
            name: path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
            config: Vec::new(),
            lines: Vec::new(),
        };
        for (index, line) in text.lines().enumerate() {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            let parsed = match kind {
                "" | "#" => continue,
                "config" => {
                    let pairs = rest
                        .split_whitespace()
                        .filter_map(|pair| pair.split_once('='));
                    this.config = pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
                    continue;
                }
                "@" => Line::Clock(rest.parse().expect("milliseconds")),
                "!" => Line::Input(rest.to_owned()),
                "=" => Line::Output(rest.to_owned()),
                ">" => Line::FromClient(unescape(rest)),
                "<" => Line::FromServer(unescape(rest)),
                ">>" => Line::FromClient(frame(rest.as_bytes(), Some([1, 2, 3, 4]))),
                "<<" => Line::FromServer(frame(rest.as_bytes(), None)),
                _ => panic!("{}:{}: what is {line:?}?", this.name, index + 1),
            };
            match (this.lines.last_mut(), parsed) {
                (Some((_, Line::FromClient(all))), Line::FromClient(more)) => all.extend(more),
                (Some((_, Line::FromServer(all))), Line::FromServer(more)) => all.extend(more),
                (_, parsed) => this.lines.push((index + 1, parsed)),
            }
        }
        this
    }

    fn bytes_from_server(&self) -> usize {
        let length = |line: &(usize, Line)| match &line.1 {
            Line::FromServer(bytes) => bytes.len(),
            _ => 0,
        };
        self.lines.iter().map(length).sum()
    }

    fn run<D: Play>(&self, rx_size: usize, tx_size: usize, reads: Reads) {
        let (mut rx_memory, mut tx_memory) = (vec![0; rx_size], vec![0; tx_size]);
        let mut rx = RecvBuf::try_from(&mut rx_memory[..]).expect("large enough");
        let mut tx = SendBuf::try_from(&mut tx_memory[..]).expect("large enough");
        let (mut token, mut outbox) = ([0; 32], Vec::new());
        let entropy = from_fn(|out: &mut [u8]| -> Result<(), EntropyError> {
            for (byte, number) in out.iter_mut().zip(1..) {
                *byte = number;
            }
            Ok(())
        });
        for (name, value) in &self.config {
            if name == "outbox" {
                outbox.resize(value.parse().expect("a size"), 0);
            }
        }
        let storage = LentStorage::new(&mut token, &mut outbox);
        let config = D::config(&self.config);
        let mut client = Client::new(config, D::TOKEN, storage, entropy)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let mut deferred = None;
        let mut now = 0;
        let (mut sent, mut delivered) = (Vec::new(), 0);
        let mut waiting: &[u8] = &[];
        let mut lines = self.lines.iter().peekable();
        loop {
            let place = lines.peek().map_or(0, |line| line.0);
            let context = || {
                format!(
                    "{}:{place} ({reads:?}, rx {rx_size}, tx {tx_size})",
                    self.name
                )
            };
            let output = client.poll(&mut rx, &mut tx, Instant::from_millis(now));
            let mut described = String::new();
            match &output {
                Ok(Output::Wait { .. }) => {}
                Ok(output) => described = describe::<D>(output),
                Err(error) => write!(described, "error {error:?}").expect("a string"),
            }
            let is_closed = matches!(output, Ok(Output::Closed(_)));
            let is_disconnect = matches!(output, Ok(Output::Disconnect));
            if !described.is_empty() {
                if is_disconnect {
                    // A response may be over before its last bytes: they are lost with the link.
                    delivered += waiting.len();
                    waiting = &[];
                    client.disconnected(DisconnectReason::Closed);
                }
                // The bytes that the client sent before may be listed before or after this output.
                let mut after = lines
                    .clone()
                    .filter(|line| !matches!(line.1, Line::FromClient(_)));
                match after.next() {
                    Some((_, Line::Output(expected))) if *expected == described => {}
                    other => panic!("{}: got = {described}\nexpected {other:?}", context()),
                }
                let mut skipped = Vec::new();
                for (at, line) in lines.by_ref() {
                    match line {
                        Line::FromClient(bytes) => skipped.push((*at, bytes)),
                        _ => break,
                    }
                }
                for (_, bytes) in skipped {
                    tx.write_with(|pending| {
                        sent.extend_from_slice(pending);
                        Ok::<_, ()>(pending.len())
                    })
                    .expect("never fails");
                    assert!(
                        sent.starts_with(bytes),
                        "{}",
                        difference(&context(), &sent, bytes)
                    );
                    sent.drain(..bytes.len());
                }
                while let Some((_, Line::Input(input))) = lines.peek() {
                    if !input.starts_with("acknowledge ") && input != "defer" {
                        break;
                    }
                    let mut stage = (&rx, &mut tx, &mut sent, &mut deferred);
                    D::input(&mut client, &mut stage, input, &context());
                    lines.next();
                }
                if is_closed {
                    assert!(lines.next().is_none(), "{}: it is closed", context());
                    return;
                }
                continue;
            }
            let mut moved = !tx.is_empty();
            tx.write_with(|pending| {
                sent.extend_from_slice(pending);
                Ok::<_, ()>(pending.len())
            })
            .expect("never fails");
            let space = rx.space();
            let most = waiting.len().min(space.len());
            let take = match reads {
                Reads::Whole => most,
                Reads::Bytes => most.min(1),
                Reads::SplitAt(at) if delivered < at => most.min(at - delivered),
                Reads::SplitAt(_) => most,
            };
            assert!(
                take > 0 || waiting.is_empty(),
                "{}: no room to read into",
                context()
            );
            space[..take].copy_from_slice(&waiting[..take]);
            rx.filled(take);
            waiting = &waiting[take..];
            delivered += take;
            moved |= take > 0;
            if moved {
                continue;
            }
            let Some((_, line)) = lines.next() else {
                assert!(
                    sent.is_empty(),
                    "{}: {:?} was sent",
                    context(),
                    sent.escape_ascii().to_string()
                );
                return;
            };
            match line {
                Line::Clock(at) => now = *at,
                Line::FromServer(bytes) => waiting = bytes,
                Line::FromClient(bytes) => {
                    assert!(
                        sent.starts_with(bytes),
                        "{}",
                        difference(&context(), &sent, bytes)
                    );
                    sent.drain(..bytes.len());
                }
                Line::Output(expected) => {
                    panic!("{}: nothing came, expected = {expected}", context())
                }
                Line::Input(input) => {
                    assert!(
                        sent.is_empty(),
                        "{}: {:?} was sent",
                        context(),
                        sent.escape_ascii().to_string()
                    );
                    let mut words = input.splitn(2, ' ');
                    match (words.next(), words.next()) {
                        (Some("connected"), _) => client.connected(),
                        (Some("disconnected"), Some(why)) => client.disconnected(link_end(why)),
                        (Some("close"), _) => client.close(),
                        _ => {
                            let mut stage = (&rx, &mut tx, &mut sent, &mut deferred);
                            D::input(&mut client, &mut stage, input, &context());
                        }
                    }
                }
            }
        }
    }
}

fn difference(context: &str, sent: &[u8], expected: &[u8]) -> String {
    format!(
        "{context}:\nsent     > {}\nexpected > {}",
        sent.escape_ascii(),
        expected.escape_ascii()
    )
}

/// The buffers between the client and its caller, the bytes that were sent, and the envelope that was
/// deferred last.
type Stage<'s, 'm> = (
    &'s RecvBuf<'m>,
    &'s mut SendBuf<'m>,
    &'s mut Vec<u8>,
    &'s mut Option<DeferredEnvelope>,
);

/// A client of a transcript.
type Player<'s, E, D> = Client<'static, E, LentStorage<'s>, D>;

/// A dialect, as transcripts have it.
trait Play: Dialect {
    const TOKEN: &'static str;

    fn config(settings: &[(String, String)]) -> Config<'static, Self>;

    /// Does what only clients of this dialect do.
    fn input<E: Entropy>(
        client: &mut Player<'_, E, Self>,
        stage: &mut Stage<'_, '_>,
        input: &str,
        context: &str,
    );

    fn describe_event(event: &Event<'_, Self>) -> String;
}

fn config<D: Dialect>(
    mut config: Config<'static, D>,
    name: &str,
    value: &str,
) -> Option<Config<'static, D>> {
    config = match name {
        "outbox" => config,
        "plain" => config.allow_insecure(),
        "api_base" => config.api_base(value.to_owned().leak()),
        "domain" => config.allowed_domains(Box::leak(Box::new([&*value.to_owned().leak()]))),
        _ => return None,
    };
    Some(config)
}

impl Play for Rtm {
    const TOKEN: &'static str = "xoxb-transcript";

    fn config(settings: &[(String, String)]) -> Config<'static> {
        let begin = Config::new().user_agent("test");
        settings
            .iter()
            .fold(begin, |before, (name, value)| match name.as_str() {
                "delivery" => before.delivery(Delivery::AtLeastOnce),
                "reconnect-url" => before.use_reconnect_url(),
                name => config(before, name, value).unwrap_or_else(|| panic!("no setting {name}")),
            })
    }

    fn input<E: Entropy>(
        client: &mut Player<'_, E, Self>,
        (_, tx, ..): &mut Stage<'_, '_>,
        input: &str,
        context: &str,
    ) {
        let mut words = input.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some("send"), Some(channel), Some(text)) => {
                let sent = client.send(&Post::new(channel, text), tx);
                sent.unwrap_or_else(|error| panic!("{context}: {error}"));
            }
            (Some("refused"), Some(channel), Some(text)) => {
                let sent = client.send(&Post::new(channel, text), tx);
                assert!(sent.is_err(), "{context}: taken");
            }
            other => panic!("{context}: no input {other:?}"),
        }
    }

    fn describe_event(event: &Event<'_>) -> String {
        match event {
            Event::Hello(_) => "hello".to_owned(),
            Event::Message(message) => describe_message(message),
            Event::Pong(pong) => format!("pong {}", pong.reply_to().unwrap_or(0)),
            Event::Acknowledged(message) => {
                format!(
                    "acknowledged {} {}",
                    message.id(),
                    message.ts().unwrap_or("-")
                )
            }
            Event::Rejected(message) => format!(
                "rejected {} {} {}",
                message.id(),
                message.error_code().unwrap_or_default(),
                message.error_message().map_or("", Text::as_str)
            ),
            other if other.members().is_some() => {
                format!("other {}", other.type_name().unwrap_or("-"))
            }
            other => format!("{other:?}"),
        }
    }
}

impl Play for SocketMode {
    const TOKEN: &'static str = "xapp-transcript";

    fn config(settings: &[(String, String)]) -> Config<'static, Self> {
        let begin = Config::socket_mode().user_agent("test");
        settings
            .iter()
            .fold(begin, |before, (name, value)| match name.as_str() {
                "acknowledge" => before.acknowledge_events(EventAcknowledgement::AfterEvent),
                name => config(before, name, value).unwrap_or_else(|| panic!("no setting {name}")),
            })
    }

    fn input<E: Entropy>(
        client: &mut Player<'_, E, Self>,
        (rx, tx, sent, deferred): &mut Stage<'_, '_>,
        input: &str,
        context: &str,
    ) {
        let (word, text) = input.split_once(' ').unwrap_or((input, ""));
        if word == "defer" {
            let envelope = client.defer(rx);
            let envelope = envelope.unwrap_or_else(|error| panic!("{context}: {error}"));
            return **deferred = Some(envelope);
        }
        let response = |json: &mut Writer<'_>| {
            json.begin_object();
            json.name("text").text(text);
            json.end_object();
        };
        loop {
            let result = match word {
                "acknowledge" => client.acknowledge(rx, tx, &response),
                "respond" | "refused" => {
                    let envelope = deferred.expect("a deferred envelope");
                    client.acknowledge_deferred(envelope, tx, &response)
                }
                other => panic!("{context}: no input {other}"),
            };
            match (word, result) {
                ("refused", Err(AcknowledgeError::TooLate | AcknowledgeError::SocketEnded)) => {
                    return;
                }
                (_, Ok(Sent::Whole)) if word != "refused" => return,
                (_, Ok(_)) if word != "refused" => {}
                (_, other) => panic!("{context}: {other:?}"),
            }
            sent.extend_from_slice(tx.pending());
            tx.sent(tx.pending().len());
        }
    }

    fn describe_event(event: &Event<'_, Self>) -> String {
        let mut line = match event {
            Event::Hello(hello) => format!(
                "hello {} for {} s",
                hello.connections().unwrap_or_default(),
                hello.remaining_life().unwrap_or_default().as_millis() / 1000
            ),
            Event::SlashCommand(command) => format!(
                "command {} {:?} by {} in {}",
                command.command().map_or("-", Text::as_str),
                command.text().map_or("", Text::as_str),
                command.user().unwrap_or("-"),
                command.channel().unwrap_or("-")
            ),
            Event::Interaction(interaction) => format!(
                "{:?} {} {} view {} by {} in {}",
                interaction.kind(),
                interaction.action_id().map_or("-", Text::as_str),
                interaction.callback_id().map_or("-", Text::as_str),
                interaction.view_id().unwrap_or("-"),
                interaction.user().unwrap_or("-"),
                interaction.channel().unwrap_or("-")
            ),
            Event::EventsRateLimited(_) => "events rate limited".to_owned(),
            Event::Disconnect(end) => format!("disconnect {:?}", end.reason()),
            Event::Envelope(envelope) => format!("envelope {:?}", envelope.kind()),
            other if other.members().is_some() => {
                format!(
                    "event {} {} {}",
                    other.type_name().unwrap_or("-"),
                    other.channel().unwrap_or("-"),
                    other.user().unwrap_or("-")
                )
            }
            other => format!("{other:?}"),
        };
        if let Some(envelope) = event.envelope() {
            if envelope.accepts_response() {
                line.push_str(" accepts");
            }
            if envelope.retry_attempt() > 0 {
                write!(line, " attempt {}", envelope.retry_attempt()).expect("a string");
            }
            if envelope.is_repeated() {
                line.push_str(" repeated");
            }
        }
        line
    }
}

fn describe<D: Play>(output: &ClientOutput<'_, D>) -> String {
    match output {
        Output::Connect { peer, .. } => describe_peer(peer),
        Output::Disconnect => "disconnect".to_owned(),
        Output::Closed(end) => format!("closed {end}"),
        Output::Event(event) => match event {
            Event::Accepted(response) => format!(
                "accepted {} in {}",
                response.self_id().unwrap_or("-"),
                response.team_id().unwrap_or("-")
            ),
            Event::Refused(error) => format!("refused {}", error.code().as_str()),
            Event::Unconfirmed(id) => format!("unconfirmed {id}"),
            Event::Withdrawn(id) => format!("withdrawn {id}"),
            Event::Reconnecting(end) => {
                format!("reconnecting at {}: {end}", end.at().as_millis())
            }
            other => D::describe_event(other),
        },
        other => format!("{other:?}"),
    }
}

fn describe_peer(peer: &Peer<'_>) -> String {
    let plain = match peer.security {
        Security::Cleartext => " plain",
        _ => "",
    };
    format!("connect {}:{}{plain}", peer.host, peer.port)
}

fn describe_message(message: &Message<'_>) -> String {
    let text = message.text();
    let mut line = format!(
        "message {} {} {:?}",
        message.channel().unwrap_or("-"),
        message.user().unwrap_or("-"),
        text.map_or("", Text::as_str)
    );
    if let Some(text) = text.filter(|text| text.is_cut()) {
        write!(line, " cut of {}", text.full_len()).expect("a string");
    }
    if message.is_own() {
        line.push_str(" own");
    }
    if message.mentions_me() {
        line.push_str(" mention");
    }
    line
}

fn link_end(word: &str) -> DisconnectReason {
    match word {
        "closed" => DisconnectReason::Closed,
        "truncated" => DisconnectReason::Truncated,
        "refused" => DisconnectReason::Refused,
        "reset" => DisconnectReason::Reset,
        "timed-out" => DisconnectReason::TimedOut,
        "untrusted" => DisconnectReason::Untrusted,
        "name-not-found" => DisconnectReason::NameNotFound,
        _ => panic!("no link end {word}"),
    }
}

fn frame(payload: &[u8], key: Option<[u8; 4]>) -> Vec<u8> {
    let mask_bit = if key.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![0x81];
    match u16::try_from(payload.len()).expect("a short text") {
        short @ 0..126 => bytes.push(mask_bit | short as u8),
        long => {
            bytes.push(mask_bit | 126);
            bytes.extend(long.to_be_bytes());
        }
    }
    bytes.extend(key.unwrap_or_default().iter().filter(|_| key.is_some()));
    let key = key.unwrap_or_default();
    bytes.extend(
        payload
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    bytes
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().expect("an escape") {
            b'r' => b'\r',
            b'n' => b'\n',
            b'\\' => b'\\',
            b'x' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = String::from_utf8(digits).expect("ASCII");
                u8::from_str_radix(&digits, 16).expect("two hexadecimal digits")
            }
            other => panic!("no escape {}", char::from(other)),
        });
    }
    bytes
}
