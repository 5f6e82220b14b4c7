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

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::json::Text;
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Instant;
use slack_rtm::{
    Client, ClientOutput, Config, Delivery, DisconnectReason, Event, LentStorage, Output, Security,
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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
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
            transcript.run(rx, tx, Reads::Whole);
            transcript.run(rx, tx, Reads::Bytes);
        }
        for position in 1..total {
            transcript.run(1024, 512, Reads::SplitAt(position));
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

    fn run(&self, rx_size: usize, tx_size: usize, reads: Reads) {
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
        let mut config = Config::new().user_agent("test");
        for (name, value) in &self.config {
            config = match name.as_str() {
                "outbox" => {
                    outbox.resize(value.parse().expect("a size"), 0);
                    config
                }
                "delivery" => config.delivery(Delivery::AtLeastOnce),
                "plain" => config.allow_insecure(),
                "reconnect-url" => config.use_reconnect_url(),
                "api_base" => config.api_base(value),
                "domain" => config.allowed_domains(Box::leak(Box::new([&*value.clone().leak()]))),
                other => panic!("{}: no setting {other}", self.name),
            };
        }
        let storage = LentStorage::new(&mut token, &mut outbox);
        let mut client = Client::new(config, "xoxb-transcript", storage, entropy)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
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
                Ok(output) => described = describe(output),
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
                    let mut words = input.splitn(3, ' ');
                    match (words.next(), words.next(), words.next()) {
                        (Some("connected"), ..) => client.connected(),
                        (Some("disconnected"), Some(why), _) => client.disconnected(link_end(why)),
                        (Some("close"), ..) => client.close(),
                        (Some("send"), Some(channel), Some(text)) => {
                            let sent = client.send(&Post::new(channel, text), &mut tx);
                            sent.unwrap_or_else(|error| panic!("{}: {error}", context()));
                        }
                        (Some("refused"), Some(channel), Some(text)) => {
                            let sent = client.send(&Post::new(channel, text), &mut tx);
                            assert!(sent.is_err(), "{}: taken", context());
                        }
                        other => panic!("{}: no input {other:?}", context()),
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

fn describe(output: &ClientOutput<'_>) -> String {
    match output {
        Output::Connect { peer, .. } => format!(
            "connect {}:{}{}",
            peer.host,
            peer.port,
            if peer.security == Security::Cleartext {
                " plain"
            } else {
                ""
            }
        ),
        Output::Disconnect => "disconnect".to_owned(),
        Output::Closed(end) => format!("closed {end}"),
        Output::Event(event) => match event {
            Event::Accepted(response) => format!(
                "accepted {} in {}",
                response.self_id().unwrap_or("-"),
                response.team_id().unwrap_or("-")
            ),
            Event::Message(message) => {
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
            Event::Refused(error) => format!("refused {}", error.code().as_str()),
            Event::Hello(_) => "hello".to_owned(),
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
            Event::Unconfirmed(id) => format!("unconfirmed {id}"),
            Event::Withdrawn(id) => format!("withdrawn {id}"),
            Event::Reconnecting(end) => {
                format!("reconnecting at {}: {end}", end.at().as_millis())
            }
            other if other.members().is_some() => {
                format!("other {}", other.type_name().unwrap_or("-"))
            }
            other => format!("{other:?}"),
        },
        other => format!("{other:?}"),
    }
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
