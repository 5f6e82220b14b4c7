//! The seeds of the corpus: made of the transcripts and of the tables below, each named after what
//! it shows.

use super::caller::op as call;
use super::upload::op as upload;
use super::world::{op, setting};
use std::fs;
use std::path::Path;

/// A file of the corpus: target, name, content.
pub(crate) type Seed = (&'static str, String, Vec<u8>);

/// Reads of 13 bytes and of 5, for the targets that begin with sizes.
const SIZES: &[u8] = &[2, 13, 5];

/// Every seed; the transcripts are read from `transcripts`.
pub(crate) fn seeds(transcripts: &Path) -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut add = |target, name: &str, parts: &[&[u8]]| {
        seeds.push((target, format!("seed-{name}"), parts.concat()));
    };
    for (name, text) in URLS {
        add("url", name, &[text.as_bytes()]);
    }
    for (name, text) in HEADS {
        add("http_head", name, &[SIZES, text.as_bytes()]);
    }
    for (name, framing, text) in BODIES {
        add("http_body", name, &[&[*framing], SIZES, text.as_bytes()]);
    }
    for (name, text) in DOCUMENTS {
        add("json_tokenizer", name, &[SIZES, text.as_bytes()]);
        add("json_differential", name, &[text.as_bytes()]);
        add("json_extractor", name, &[&[0], SIZES, text.as_bytes()]);
        add(
            "json_extractor",
            &format!("{name}-in-frames"),
            &[&[1], SIZES, text.as_bytes()],
        );
    }
    for (name, protocol, text) in HANDSHAKES {
        add("handshake", name, &[&[*protocol], SIZES, text.as_bytes()]);
    }
    for (name, bytes) in FRAMES {
        add("frames", name, &[SIZES, bytes]);
    }
    for (name, settings, operations) in LIVES {
        let head = [*settings, 0, 0];
        add("client", name, &[&head, operations]);
        add("split", name, &[&head, operations]);
    }
    // A message longer than the send buffer, ended by the server before it has left.
    for (name, ending) in [
        ("ack-of-a-message-half-written", 1),
        ("slow-down-for-a-message-half-written", 2),
        ("rejection-of-a-message-half-written", 3),
    ] {
        let before = [op::GO_ON, op::GO_ON, op::READS, 255, op::WRITES, 0, 15];
        let message = [op::MESSAGE, 250];
        let after = [op::EVENT, ending, 0, op::MESSAGE, 1, b'x'];
        let later = [op::WRITES, 255, 0, op::TIME, 13, op::EVENT, 1, 0];
        let head = [setting::OUTBOX, 0, 0];
        let text = [b'm'; 250];
        add(
            "client",
            name,
            &[&head, &before, &message, &text, &after, &later],
        );
    }
    for (name, operations) in SESSIONS {
        for (mode, settings) in [("before", 0), ("after", setting::AFTER_EVENT)] {
            let begin = [settings, 0, 0, op::GO_ON, op::GO_ON, op::READS, 255];
            add(
                "socket_mode",
                &format!("{name}-{mode}"),
                &[&begin, operations],
            );
        }
    }
    for (name, operations) in CALLS {
        add("caller", name, &[operations]);
    }
    for (name, turns) in ANSWERED {
        let mut script = Vec::new();
        for (operations, response) in *turns {
            script.extend_from_slice(operations);
            script.extend([call::SEND, u8::try_from(response.len()).unwrap()]);
            script.extend_from_slice(response.as_bytes());
        }
        add("caller", name, &[&script]);
    }
    for (name, operations) in UPLOADS {
        add("upload", name, &[operations]);
    }
    for path in files(transcripts) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let script = script(&fs::read_to_string(&path).unwrap());
        add("client", &format!("transcript-{name}"), &[&script]);
        add("split", &format!("transcript-{name}"), &[&script]);
    }
    seeds
}

/// The files of a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

/// A transcript as a script of `world`.
fn script(transcript: &str) -> Vec<u8> {
    let mut script = vec![0, 3, 0];
    let mut now = 0;
    for line in transcript.lines() {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        match kind {
            "config" => {
                for (word, bit) in [
                    ("outbox", setting::OUTBOX),
                    ("delivery", setting::AT_LEAST_ONCE),
                    ("reconnect-url", setting::RECONNECT_URL),
                ] {
                    script[0] |= if rest.contains(word) { bit } else { 0 };
                }
            }
            "@" => {
                let at: u32 = rest.parse().unwrap();
                script.extend([op::TIME, 255]);
                script.extend((at - now).to_be_bytes());
                now = at;
            }
            "<" => {
                for piece in unescape(rest).chunks(255) {
                    script.extend([op::BYTES, piece.len() as u8]);
                    script.extend(piece);
                }
            }
            "<<" => {
                script.extend([op::TEXT, rest.len() as u8]);
                script.extend(&rest.as_bytes()[..rest.len() & 255]);
            }
            "!" => match rest.split(' ').collect::<Vec<_>>()[..] {
                ["close"] => script.extend([op::CALLER, 0]),
                ["disconnected", "name-not-found"] => script.extend([op::LINK_END, 2]),
                ["disconnected", _] => script.extend([op::LINK_END, 8]),
                ["send", _, text] => {
                    script.extend([op::MESSAGE, text.len() as u8]);
                    script.extend(text.as_bytes());
                }
                _ => {}
            },
            _ => {}
        }
    }
    script
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let escape = if byte == b'\\' { rest.next() } else { None };
        match escape {
            None => bytes.push(byte),
            Some(b'r') => bytes.push(b'\r'),
            Some(b'n') => bytes.push(b'\n'),
            Some(b'x') => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
            }
            Some(other) => bytes.push(other),
        }
    }
    bytes
}

const URLS: &[(&str, &str)] = &[
    (
        "socket-with-ticket",
        "wss://wss-primary.slack.com/link/?ticket=12ab-34cd&x=%20",
    ),
    ("method-with-port", "https://slack.com:8443/api/rtm.connect"),
    ("ipv6", "ws://[::ffff:1.2.3.4]:80/a?b"),
    ("query-behind-host", "http://localhost?x=/@:"),
    ("user-information", "https://slack.com@evil.example/"),
    ("fragment", "wss://slack.com/#x"),
    ("line-break", "wss://slack.com/\r\nX: y"),
    ("port-too-large", "wss://slack.com:65536/"),
];

const HEADS: &[(&str, &str)] = &[
    (
        "answer",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nRetry-After:\t30 \r\n\r\n{}",
    ),
    (
        "interim-first",
        "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n\u{1}",
    ),
    ("bare-line-feeds", "HTTP/1.0 404 Not\nA:b\n\nrest"),
    ("folded-line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"),
    ("blank-before-colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n"),
    ("nul-in-value", "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n"),
    (
        "line-longer-than-the-buffer",
        concat!(
            "HTTP/1.1 200 OK\r\nSet-Cookie: ",
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
            "012345678901234567890123456789\r\nA: b\r\n\r\nbody"
        ),
    ),
];

const BODIES: &[(&str, u8, &str)] = &[
    (
        "chunks",
        0,
        "4\r\nspam\r\n3;x=y\r\nham\r\n0\r\nA: b\r\n\r\nrest",
    ),
    ("chunk-size-overflows", 0, "fffffffffffffffff\r\nx"),
    ("chunk-without-end", 0, "3\r\nhamX\r\n0\r\n\r\n"),
    (
        "blanks-behind-size",
        0,
        "0a \t\r\n0123456789\r\n000\r\n\r\n",
    ),
    ("until-close", 1, "{\"ok\":true}"),
    ("by-length", 2, "{\"ok\":true}         rest"),
    ("endless-length", 3, "{\"ok\":true}"),
    ("equal-lengths", 4, "1234567rest"),
];

const DOCUMENTS: &[(&str, &str)] = &[
    (
        "message",
        r#"{"type":"message","text":"a\u003cb \ud83d\ude00 \/ é","item":{"id":"I1","text":"x"},"tags":["a","b",1,null],"files":[{"id":"F1","tags":["t"]},{"id":"F2"}]}"#,
    ),
    (
        "answer-with-users",
        r#"{"users":[{"id":"U1","name":"one","tags":[1,2],"files":[{"id":"F"}]},{"id":"U2"},3],"url":"wss:\/\/slack.com\/x","self":{"id":"U0","name":"bot"}}"#,
    ),
    (
        "numbers",
        r#"[0,-0,1.5,-1.5e+300,1E9,12345678901234567890123456789012345678901234567890,0.1e-7]"#,
    ),
    (
        "duplicate-names",
        r#"{"type":1,"item":{"id":"a"},"type":"two","item":"b","item":{"id":"c","id":"d"},"tags":[1],"tags":[2,3]}"#,
    ),
    (
        "half-pairs",
        r#"["\ud83d","\ude00\ud83d","\ud83d\ud83d\ude00","\ud83dx","\u0000"]"#,
    ),
    (
        "nested",
        r#"[[[[[[[[[[[[[[[[{"a":[{"b":[[]]}]}]]]]]]]]]]]]]]]]"#,
    ),
    (
        "escaped-names",
        r#"{"\u0074ype":"x","t\u0065xt":"\n\t\"","self":{"\u0069d":"U1"},"":1,"users\u0000":[]}"#,
    ),
    (
        "white-space",
        " { \"type\" : [ ] , \"tags\" :\t[ 1 ,\r\n\"x\" ] , \"item\" : { } } \n",
    ),
    (
        "literals",
        "[true,false,null,{\"type\":true,\"item\":null,\"url\":false}]",
    ),
    ("leading-zero", "[01]"),
    ("garbage-behind", "{} x"),
    ("control-character", "\"a\u{1}\""),
    (
        "text-longer-than-the-buffer",
        concat!(
            r#"{"text":""#,
            r"0123456789\u00e9123456789\ud83d\ude00123456789\n123456789012345678901234567890123456789012345678901234567890123456789",
            r"0123456789\u00e9123456789\ud83d\ude00123456789\n123456789012345678901234567890123456789012345678901234567890123456789",
            r"0123456789\u00e9123456789\ud83d\ude00123456789\n123456789012345678901234567890123456789012345678901234567890123456789",
            r"0123456789\u00e9123456789\ud83d\ude00123456789\n123456789012345678901234567890123456789012345678901234567890123456789",
            r"0123456789\u00e9123456789\ud83d\ude00123456789\n123456789012345678901234567890123456789012345678901234567890123456789",
            r#"","type":"message","url":"wss://slack.com/"}"#
        ),
    ),
];

const HANDSHAKES: &[(&str, u8, &str)] = &[
    (
        "agreed-with-a-frame-behind",
        0,
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY=\r\n\r\n\u{1}\u{2}",
    ),
    (
        "subprotocol",
        1,
        "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY=\r\n\r\n",
    ),
    (
        "extension",
        0,
        "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY=\r\n\r\n",
    ),
    (
        "accept-of-another-key",
        0,
        "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    ),
    (
        "redirect",
        0,
        "HTTP/1.1 302 Found\r\nLocation: wss://elsewhere.example/\r\n\r\n",
    ),
    (
        "slow-down",
        0,
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\n\r\n",
    ),
];

const FRAMES: &[(&str, &[u8])] = &[
    ("text", b"\x81\x05Hello"),
    ("fragments-around-a-ping", b"\x01\x03Hel\x89\x02hi\x80\x02lo"),
    ("binary-of-16-bit-length", b"\x82\x7e\x00\x7f----------------------------------------------------------------------------------------------------------------------------------"),
    ("length-in-too-many-bytes", b"\x81\x7e\x00\x05Hello"),
    ("length-of-63-bits", b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffx"),
    ("length-of-64-bits", b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xffx"),
    ("close-with-reason", b"\x88\x07\x03\xe8done!\x81\x01x"),
    ("close-of-one-byte", b"\x88\x01\x03"),
    ("close-with-forbidden-code", b"\x88\x02\x03\xed"),
    ("masked", b"\x81\x81\x01\x02\x03\x04x"),
    ("reserved-bits", b"\xc1\x01x"),
    ("unknown-opcode", b"\x83\x01x"),
    ("character-across-fragments", b"\x01\x02\xf0\x9f\x80\x02\x98\x80"),
    ("surrogate-in-utf8", b"\x81\x03\xed\xa0\x80"),
    ("continuation-of-nothing", b"\x80\x01x"),
    ("text-inside-a-message", b"\x01\x01x\x81\x01y"),
    ("long-ping", b"\x89\x7e\x00\x7e"),
    ("pongs-and-pings", b"\x8a\x00\x89\x00\x89\x01a\x8a\x02bc\x81\x00"),
];

/// From the call to `hello`.
macro_rules! session {
    ($($operation:expr),*) => {
        &[op::GO_ON, op::GO_ON, $($operation),*]
    };
}

const LIVES: &[(&str, u8, &[u8])] = &[
    (
        "hello-and-a-message",
        0,
        session!(op::EVENT, 0, 2, b'h', b'i'),
    ),
    (
        "all-lists",
        setting::START | setting::FORM,
        session!(op::EVENT, 0, 1, b'x'),
    ),
    (
        "message-acknowledged",
        setting::OUTBOX,
        session!(op::MESSAGE, 2, b'h', b'i', op::EVENT, 1, 0),
    ),
    (
        "message-acknowledged-without-outbox",
        0,
        session!(op::MESSAGE, 2, b'h', b'i', op::EVENT, 1, 0),
    ),
    (
        "message-rejected",
        setting::OUTBOX,
        session!(op::MESSAGE, 1, b'x', op::EVENT, 3, 1, b'n'),
    ),
    (
        "slow-down-and-again",
        setting::OUTBOX,
        session!(
            op::MESSAGE,
            1,
            b'x',
            op::EVENT,
            2,
            0,
            op::TIME,
            12,
            op::EVENT,
            1,
            0
        ),
    ),
    (
        "unconfirmed-after-a-break",
        setting::OUTBOX,
        session!(
            op::MESSAGE,
            1,
            b'x',
            op::LINK_END,
            8,
            op::TIME,
            13,
            op::GO_ON,
            op::GO_ON,
            op::TIME,
            12
        ),
    ),
    (
        "sent-again-after-a-break",
        setting::OUTBOX | setting::AT_LEAST_ONCE,
        session!(
            op::MESSAGE,
            1,
            b'x',
            op::LINK_END,
            8,
            op::TIME,
            13,
            op::GO_ON,
            op::GO_ON,
            op::TIME,
            12
        ),
    ),
    (
        "three-messages-at-once",
        setting::OUTBOX,
        session!(
            op::MESSAGE,
            1,
            b'x',
            op::MESSAGE,
            1,
            b'y',
            op::MESSAGE,
            1,
            b'z',
            op::EVENT,
            1,
            0,
            op::TIME,
            10
        ),
    ),
    (
        "outbox-full",
        setting::OUTBOX | setting::SMALL_OUTBOX,
        session!(
            op::MESSAGE,
            5,
            b'a',
            b'b',
            b'c',
            b'd',
            b'e',
            op::MESSAGE,
            1,
            b'x'
        ),
    ),
    (
        "other-commands",
        0,
        session!(
            op::COMMAND,
            0,
            op::COMMAND,
            1,
            op::COMMAND,
            2,
            op::COMMAND,
            0,
            op::COMMAND,
            129
        ),
    ),
    (
        "fragments-and-pings",
        0,
        session!(
            op::FRAGMENTS,
            1,
            3,
            17,
            b'{',
            b'"',
            b't',
            b'y',
            b'p',
            b'e',
            b'"',
            b':',
            b'"',
            b'x',
            b'y',
            b'z',
            b'"',
            b'}',
            b' ',
            b' ',
            b' '
        ),
    ),
    (
        "goodbye",
        0,
        session!(op::EVENT, 4, 0, op::FRAME, 0x88, 2, 3, 0xe8, op::TIME, 10),
    ),
    (
        "migration",
        0,
        session!(op::EVENT, 5, 0, op::TIME, 15, op::TIME, 16),
    ),
    (
        "pushed-url-used",
        setting::OUTBOX | setting::RECONNECT_URL,
        session!(op::EVENT, 6, 0, op::LINK_END, 0, op::TIME, 14, op::GO_ON),
    ),
    (
        "pushed-url-elsewhere",
        setting::OUTBOX | setting::RECONNECT_URL,
        session!(
            op::EVENT,
            7,
            9,
            b'w',
            b's',
            b's',
            b':',
            b'/',
            b'/',
            b'e',
            b'v',
            b'l',
            op::LINK_END,
            0,
            op::TIME,
            14
        ),
    ),
    (
        "socket-url-expired",
        0,
        &[op::GO_ON, op::BYTES, 0, op::EVENT, 8, 0],
    ),
    ("rate-limited", 0, &[op::ANSWER, 8, 0, op::TIME, 16]),
    ("redirected", 0, &[op::ANSWER, 10, 0, op::TIME, 16]),
    (
        "chunked-refusal",
        0,
        &[
            op::ANSWER,
            1,
            35,
            b'{',
            b'"',
            b'o',
            b'k',
            b'"',
            b':',
            b'f',
            b'a',
            b'l',
            b's',
            b'e',
            b',',
            b'"',
            b'e',
            b'r',
            b'r',
            b'o',
            b'r',
            b'"',
            b':',
            b'"',
            b'i',
            b'n',
            b'v',
            b'a',
            b'l',
            b'i',
            b'd',
            b'_',
            b'a',
            b'u',
            b't',
            b'h',
            b'"',
            b'}',
            op::CALLER,
            8,
        ],
    ),
    (
        "no-randomness",
        setting::OUTBOX,
        &[
            op::ENTROPY,
            3,
            op::GO_ON,
            op::ENTROPY,
            2,
            op::GO_ON,
            op::ENTROPY,
            1,
            op::MESSAGE,
            1,
            b'x',
            op::FRAME,
            0x89,
            0,
        ],
    ),
    (
        "writes-stuck-and-pings",
        setting::OUTBOX,
        session!(
            op::WRITES,
            0,
            15,
            op::MESSAGE,
            1,
            b'x',
            op::FRAME,
            0x89,
            1,
            b'p',
            op::FRAME,
            0x89,
            1,
            b'q',
            op::TIME,
            15,
            op::TIME,
            15,
            op::TIME,
            14
        ),
    ),
    (
        "silence",
        0,
        session!(op::TIME, 15, op::TIME, 14, op::TIME, 10),
    ),
    ("violation", 0, session!(op::FRAME, 0x83, 1, b'x')),
    (
        "binary-and-no-json",
        0,
        session!(op::FRAME, 0x82, 1, b'x', op::TEXT, 1, b'x', op::TEXT, 0),
    ),
    (
        "closed-by-the-caller",
        setting::OUTBOX,
        session!(op::MESSAGE, 1, b'x', op::CALLER, 0, op::FRAME, 0x88, 0),
    ),
    (
        "long-text",
        0,
        session!(
            op::FRAME,
            0x01,
            9,
            b'{',
            b'"',
            b't',
            b'e',
            b'x',
            b't',
            b'"',
            b':',
            b'"',
            op::FILLER,
            b'x',
            100
        ),
    ),
    (
        "endless-head",
        0,
        &[
            op::BYTES,
            19,
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'1',
            b'.',
            b'1',
            b' ',
            b'2',
            b'0',
            b'0',
            b' ',
            b'O',
            b'K',
            b'\r',
            b'\n',
            b'A',
            b':',
            op::FILLER,
            b'x',
            255,
            op::TIME,
            14,
            op::TIME,
            14,
        ],
    ),
    (
        "clock-goes-back",
        0,
        session!(op::TIME, 14, op::TIME, 254, op::EVENT, 0, 0),
    ),
    (
        "connected-out-of-turn",
        0,
        session!(op::CALLER, 16, op::EVENT, 0, 0),
    ),
    (
        "name-not-found",
        0,
        &[op::LINK_END, 0, op::LINK_END, 2, op::TIME, 15, op::TIME, 15],
    ),
];

/// A response of 52 bytes that accepts a call.
const ACCEPTED: [u8; 52] = *b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"ok\": true} ";

/// Operations around `ACCEPTED`.
const fn accepted<const N: usize>(before: [u8; N]) -> [u8; 128] {
    let mut all = [call::RELEASE; 128];
    let mut at = 0;
    while at < N {
        all[at] = before[at];
        at += 1;
    }
    all[at] = call::SEND;
    all[at + 1] = ACCEPTED.len() as u8;
    let mut from = 0;
    while from < ACCEPTED.len() {
        all[at + 2 + from] = ACCEPTED[from];
        from += 1;
    }
    all
}

/// Calls and posts.
const CALLS: &[(&str, &[u8])] = &[
    (
        "call-accepted",
        &accepted([call::CALL, 0, call::WRITES, 255]),
    ),
    (
        "post-accepted",
        &accepted([call::POST, 0, call::WRITES, 255, call::WRITES, 255]),
    ),
    (
        "call-abandoned",
        &[call::CALL, 1, call::WRITES, 9, call::ABANDON, call::CALL, 0],
    ),
    (
        "link-ended-before-the-first-byte",
        &[call::CALL, 1, call::END, 0, call::WRITES, 255, call::END, 1],
    ),
    (
        "posts-expired-and-withdrawn",
        &[
            call::NETWORK,
            1,
            call::POST,
            9,
            call::POST,
            0,
            call::WITHDRAW,
            1,
            call::TIME,
            14,
        ],
    ),
    (
        "post-cut-by-a-new-token",
        &[call::POST, 9, call::NETWORK, 1, call::TOKEN],
    ),
    (
        "no-randomness",
        &[
            call::RANDOM,
            0,
            call::NETWORK,
            1,
            call::CALL,
            1,
            call::RANDOM,
            1,
        ],
    ),
    (
        "new-token-in-a-request",
        &[
            call::CALL,
            1,
            call::WRITES,
            5,
            call::TOKEN,
            call::WRITES,
            255,
        ],
    ),
];

/// A response that accepts a message by a webhook.
const HOOK_ACCEPTED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Operations and the response after them, in turn.
type Turns = &'static [(&'static [u8], &'static str)];

/// Calls and posts by webhooks.
const ANSWERED: &[(&str, Turns)] = &[
    (
        "webhook-accepted",
        &[(&[call::CALL, 3, call::WRITES, 255], HOOK_ACCEPTED)],
    ),
    (
        "webhook-refused",
        &[(
            &[call::CALL, 3, call::WRITES, 255],
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\naction_prohibited",
        )],
    ),
    (
        "webhook-refused-as-for-a-token",
        &[(
            &[call::WEBHOOK, 0, 0, call::WRITES, 255],
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 13\r\n\r\ntoken_expired",
        )],
    ),
    (
        "post-by-a-webhook",
        &[(&[call::WEBHOOK, 0, 9, call::WRITES, 255], HOOK_ACCEPTED)],
    ),
    (
        "webhook-after-a-call",
        &[
            (
                &[call::CALL, 0, call::WRITES, 255],
                "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}",
            ),
            (&[call::CALL, 3, call::WRITES, 255], HOOK_ACCEPTED),
        ],
    ),
    (
        "text-until-the-link-ends",
        &[
            (
                &[call::CALL, 5, call::WRITES, 255],
                "HTTP/1.1 200 OK\r\n\r\no",
            ),
            (&[], "k"),
            (&[call::END, 0], ""),
        ],
    ),
    (
        "call-while-a-link-to-a-webhook-opens",
        &[
            (&[call::NETWORK, 2, call::WEBHOOK, 1, 0], ""),
            (&[call::CALL, 1, call::NETWORK, 1], ""),
        ],
    ),
];

/// Sessions of Socket Mode, after hello.
const SESSIONS: &[(&str, &[u8])] = &[
    (
        "events",
        &[
            op::EVENT,
            0,
            2,
            b'h',
            b'i',
            op::EVENT,
            32,
            0,
            op::EVENT,
            3,
            2,
            b'E',
            b'1',
        ],
    ),
    (
        "command-with-response",
        &[
            op::MESSAGE,
            3,
            b'y',
            b'e',
            b's',
            op::EVENT,
            4,
            1,
            b'x',
            op::EVENT,
            20,
            1,
            b'y',
        ],
    ),
    (
        "deferred-and-due",
        &[
            op::COMMAND,
            0,
            op::EVENT,
            4,
            1,
            b'x',
            op::EVENT,
            0,
            0,
            op::TIME,
            12,
            op::EVENT,
            0,
            0,
            op::COMMAND,
            5,
        ],
    ),
    (
        "deferred-and-answered",
        &[
            op::COMMAND,
            0,
            op::COMMAND,
            1,
            op::EVENT,
            4,
            1,
            b'x',
            op::EVENT,
            7,
            3,
            b'a',
            b'"',
            b'b',
            op::COMMAND,
            5,
            op::COMMAND,
            6,
        ],
    ),
    (
        "response-abandoned",
        &[op::COMMAND, 3, op::EVENT, 4, 1, b'x'],
    ),
    (
        "held-for-seconds",
        &[
            op::COMMAND,
            44,
            op::EVENT,
            0,
            1,
            b'x',
            op::EVENT,
            32,
            1,
            b'x',
        ],
    ),
    (
        "warning",
        &[op::COMMAND, 0, op::EVENT, 4, 1, b'x', op::EVENT, 10, 0],
    ),
    ("too-many", &[op::EVENT, 11, 0, op::TIME, 17]),
    (
        "acknowledgements-into-a-full-buffer",
        &[
            op::WRITES,
            0,
            9,
            op::EVENT,
            0,
            0,
            op::EVENT,
            16,
            0,
            op::EVENT,
            4,
            0,
            op::EVENT,
            8,
            0,
            op::WRITES,
            1,
            3,
            op::EVENT,
            0,
            0,
        ],
    ),
    (
        "link-lost-in-between",
        &[
            op::WRITES,
            9,
            2,
            op::EVENT,
            0,
            0,
            op::LINK_END,
            8,
            op::GO_ON,
            op::GO_ON,
            op::EVENT,
            0,
            0,
        ],
    ),
    (
        "no-randomness",
        &[
            op::ENTROPY,
            3,
            op::EVENT,
            0,
            0,
            op::ENTROPY,
            2,
            op::EVENT,
            4,
            0,
        ],
    ),
    (
        "odd-envelopes",
        &[
            op::EVENT,
            14,
            0,
            op::EVENT,
            15,
            1,
            b'x',
            op::EVENT,
            9,
            1,
            b'z',
            op::EVENT,
            12,
            1,
            b'r',
            op::EVENT,
            13,
            0,
        ],
    ),
];

/// Uploads, and lists of pages.
const UPLOADS: &[(&str, &[u8])] = &[
    (
        "whole",
        &[
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            1,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            2,
        ],
    ),
    (
        "cut-and-restarted",
        &[
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::END,
            1,
            upload::READS,
            7,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
        ],
    ),
    (
        "cut-and-not-restarted",
        &[
            1,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::END,
            1,
            upload::WRITES,
            255,
        ],
    ),
    (
        "early-response",
        &[
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            1,
            upload::WRITES,
            255,
        ],
    ),
    (
        "other-length",
        &[
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            8,
        ],
    ),
    (
        "other-host",
        &[
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            6,
            upload::WRITES,
            255,
        ],
    ),
    (
        "cleartext",
        &[
            1,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            7,
            upload::WRITES,
            255,
        ],
    ),
    (
        "pages",
        &[
            2,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            3,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            4,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            5,
        ],
    ),
    (
        "repeated-cursor",
        &[
            2,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            3,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            3,
        ],
    ),
    (
        "expired-cursor",
        &[
            2,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            3,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            9,
            upload::BEGIN,
            2,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
        ],
    ),
    (
        "left-early",
        &[
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::RESPOND,
            0,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::BEGIN,
            2,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::WRITES,
            255,
            upload::TIME,
            22,
        ],
    ),
];
