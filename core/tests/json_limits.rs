//! What fits into which buffer, and what is said of what does not.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)] // tests

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{DocumentState, Extractor, Paths, Raw, Source, SyntaxError, Value};

slack_rtm::paths! {
    const ANSWER {
        const OK = Whole "ok";
        const URL = Awaited "url";
        const SELF_ID = Whole "self.id";
        const SELF_NAME = Brief "self.name";
        const TEAM_ID = Whole "team.id";
        const TEAM_NAME = Brief "team.name";
        const WARNINGS = Brief "response_metadata.warnings[]";
        const MESSAGES = Cut "response_metadata.messages[]";
        const USER = Element "users[]";
        const USER_ID = Whole "users[].id";
        const USER_NAME = Brief "users[].profile.display_name";
        const MEMBERS = Cut "users[].members[]";
    }
}

slack_rtm::paths! {
    const EVENT {
        const TYPE = Whole "type";
        const CHANNEL = Whole "channel";
        const CHANNEL_ID = Whole "channel.id";
        const USER_OF = Whole "user";
        const TEXT = Cut "text";
        const TS = Whole "ts";
        const THREAD_TS = Whole "thread_ts";
        const REPLY_TO = Whole "reply_to";
    }
}

/// A table, and how the documents that it is for arrive.
type Table = (&'static Paths, Source);

const RESPONSES: Table = (&ANSWER, Source::Stream);
const EVENTS: Table = (&EVENT, Source::Frames);

/// Reads `json` in pieces, and lends each element's and the document's buffer to `seen`.
fn read(
    rx: &mut RecvBuf<'_>,
    ((paths, source), raw): (Table, Raw),
    json: &[u8],
    piece: usize,
    mut seen: impl FnMut(Option<u8>, &RecvBuf<'_>),
) -> Result<(), SyntaxError> {
    let mut fields = Extractor::with_source(paths, raw, source);
    let mut rest = json;
    while !rest.is_empty() {
        let space = rx.space();
        assert!(space.len() >= RecvBuf::LEAST_READ);
        let count = space.len().min(piece).min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rx.filled(count);
        rest = &rest[count..];
        while !rx.unread().is_empty() {
            if let DocumentState::Element(path) = fields.feed(rx, usize::MAX)?.state {
                seen(Some(path), rx);
            }
        }
    }
    fields.finish(rx)?;
    seen(None, rx);
    Ok(())
}

const PIECES: [usize; 6] = [1, 2, 13, 100, 1460, usize::MAX];

fn each_size_of_reads(
    size: usize,
    table: Table,
    json: &str,
    mut seen: impl FnMut(Option<u8>, &RecvBuf<'_>),
) {
    for piece in PIECES {
        let mut memory = vec![0; size];
        let mut rx = RecvBuf::try_from(&mut memory[..]).unwrap();
        read(
            &mut rx,
            (table, Raw::Off),
            json.as_bytes(),
            piece,
            &mut seen,
        )
        .unwrap();
    }
}

#[test]
fn a_url_is_whole_up_to_three_quarters_of_the_buffer() {
    let identity =
        r#""self":{"id":"U0123456789","name":"NAME"},"team":{"id":"T0123456789","name":"NAME"}"#;
    let identity = identity.replace("NAME", &"long name ".repeat(20));
    for (size, most) in [(512, 384), (600, 450), (1024, 768), (4096, 3072)] {
        for length in [180, most - 1, most] {
            let url = format!("wss://slack.com/{}", "x".repeat(length - 16));
            let written = url.replace('/', "\\/");
            for json in [
                format!(r#"{{"ok":true,"url":"{written}",{identity}}}"#),
                format!(r#"{{"ok":true,{identity},"url":"{written}"}}"#),
                format!(
                    r#"{{"users":[{{"id":"U1","x":[{{}}]}}],{identity},"url":"{written}","ok":true}}"#
                ),
            ] {
                each_size_of_reads(size, RESPONSES, &json, |element, rx| {
                    let records = rx.records();
                    if element.is_some() {
                        return assert_eq!(records.text(USER_ID).unwrap(), "U1");
                    }
                    assert_eq!(records.text(URL).unwrap(), url.as_str());
                    assert_eq!(records.bool(OK), Some(true));
                    assert_eq!(records.text(SELF_ID).unwrap(), "U0123456789");
                    assert_eq!(records.text(TEAM_ID).unwrap(), "T0123456789");
                });
            }
        }
        let url = "u".repeat(size);
        let json = format!(r#"{{{identity},"url":"{url}"}}"#);
        each_size_of_reads(size, RESPONSES, &json, |_, rx| {
            let too_long = Value::TooLong {
                length: size as u32,
            };
            assert_eq!(rx.records().find(URL), Some(too_long));
        });
    }
}

#[test]
fn ids_are_whole_behind_and_before_a_text_of_any_length() {
    for (size, least) in [(512, 140), (1024, 450)] {
        for text in ["t".repeat(100_000), "é日😀\\n".repeat(9_000)] {
            let ids = r#""type":"message","channel":"C0123456789","user":"U0123456789","ts":"1485976157.000000","thread_ts":"1485976157.000001","reply_to":18446744073709551615"#;
            let full: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            let mut lengths = vec![];
            for json in [
                format!(r#"{{{ids},"text":"{text}"}}"#),
                format!(r#"{{"text":"{text}",{ids}}}"#),
                format!(r#"{{"a":["{text}"],"text":"{text}","b":{{"c":[0.5]}},{ids}}}"#),
            ] {
                each_size_of_reads(size, EVENTS, &json, |_, rx| {
                    let records = rx.records();
                    assert!(records.is_complete());
                    assert_eq!(records.text(TYPE).unwrap(), "message");
                    assert_eq!(records.text(CHANNEL).unwrap(), "C0123456789");
                    assert_eq!(records.text(USER_OF).unwrap(), "U0123456789");
                    assert_eq!(records.text(TS).unwrap(), "1485976157.000000");
                    assert_eq!(records.text(THREAD_TS).unwrap(), "1485976157.000001");
                    assert_eq!(records.number(REPLY_TO).unwrap().as_u64(), Some(u64::MAX));
                    assert_eq!(records.number(REPLY_TO).unwrap().as_i64(), None);
                    let text = records.text(TEXT).unwrap();
                    assert!(text.is_cut() && full.starts_with(text.as_str()));
                    assert_eq!(text.full_len() as usize, full.len());
                    lengths.push(text.as_str().len());
                });
                let (first, rest) = lengths.split_first().unwrap();
                assert!(rest.iter().all(|length| length == first));
                assert!(
                    json.starts_with("{\"type") || *first >= least,
                    "{size}: {first}"
                );
                lengths.clear();
            }
        }
    }
}

#[test]
fn a_name_counts_however_it_is_written() {
    let ids = [
        r#"{"channel":{"id":"C1"}}"#,
        r#"{ "channel" : { "id" : "C1" } }"#,
        r#"{"\u0063hannel":{"i\u0064":"\u00431"}}"#,
        r#"{"x":1,"channel":{"idx":2,"i":3,"id":"C1","":4}}"#,
        r#"{"channel":{"id":"no"},"channel":{"id":"C1"}}"#,
        r#"{"channel":"no","channel":{"id":"no","id":"C1"}}"#,
        r#"{"a-name-that-is-longer-than-any-path-can-have":1,"channel":{"id":"C1"}}"#,
    ];
    for json in ids {
        each_size_of_reads(512, EVENTS, json, |_, rx| {
            assert_eq!(rx.records().text(CHANNEL_ID).unwrap(), "C1");
            assert_eq!(rx.records().find(CHANNEL), Some(Value::Object));
        });
    }
    for json in [
        r#"{"channel":{"id":"no"},"channel":"C1"}"#,
        r#"{"channel":"C1","channel\u0000":"no","channel\ud83d":"no","chan":"no","channels":"no"}"#,
        r#"{"channel":"C1","x":{"channel":"no"},"y":[{"channel":"no"}],"channel[]":0,"":0}"#,
    ] {
        each_size_of_reads(512, EVENTS, json, |_, rx| {
            assert_eq!(rx.records().text(CHANNEL).unwrap(), "C1");
            assert_eq!(rx.records().find(CHANNEL_ID), None);
        });
    }
}

#[test]
fn the_last_of_many_wins_without_filling_the_buffer() {
    let mut json = String::from("{");
    for at in 0..1000 {
        json += &format!(r#""type":"a type of some length {at}","channel":{{"id":{at}}},"#);
    }
    json += r#""ts":"last"}"#;
    each_size_of_reads(512, EVENTS, &json, |_, rx| {
        let records = rx.records();
        assert_eq!(records.iter().count(), 4);
        assert_eq!(records.text(TYPE).unwrap(), "a type of some length 999");
        assert_eq!(records.number(CHANNEL_ID).unwrap().as_u64(), Some(999));
        assert!(records.is_complete());
    });
}

#[test]
fn a_list_tells_its_length_and_leading_entries() {
    let members: Vec<_> = (0..500).map(|at| format!("\"U{at:09}\"")).collect();
    let json = format!(
        r#"{{"users":[{{"members":[{}],"profile":{{"display_name":"é"}},"id":"U1"}},{{"members":[]}},7]}}"#,
        members.join(", ")
    );
    for (size, least) in [(512, 5), (1024, 15), (16384, 500)] {
        let mut seen = vec![];
        each_size_of_reads(size, RESPONSES, &json, |element, rx| {
            if element.is_none() {
                return;
            }
            let records = rx.records();
            seen.push(format!("{records:?}"));
            if let Some(id) = records.text(USER_ID) {
                assert_eq!(id, "U1");
                assert_eq!(records.text(USER_NAME).unwrap(), "é");
                let list = records.list(MEMBERS).unwrap();
                assert_eq!(list.len(), 500);
                assert!(list.iter().count() >= least, "{list:?}");
                assert_eq!(list.is_cut(), least < 500);
                for (at, entry) in list.iter().enumerate() {
                    assert!(matches!(entry, Value::Text(id) if id == *format!("U{at:09}")));
                }
            }
        });
        assert_eq!(seen.len(), PIECES.len() * 3);
        assert!(seen.chunks(3).all(|run| run == &seen[..3]), "{seen:?}");
    }
}

#[test]
fn warnings_come_before_a_url_that_has_not_come() {
    let json = r#"{"ok":true,"response_metadata":{"warnings":["missing_charset"],"messages":["[WARN] no charset"]},"url":"wss:\/\/x"}"#;
    each_size_of_reads(1024, RESPONSES, json, |_, rx| {
        let records = rx.records();
        assert_eq!(records.list(WARNINGS).unwrap().len(), 1);
        assert_eq!(records.list(MESSAGES).unwrap().len(), 1);
        assert_eq!(records.text(URL).unwrap(), "wss://x");
        assert!(!records.list(WARNINGS).unwrap().is_cut());
    });
}

#[test]
fn raw_json_stands_beside_the_values() {
    let json = r#" {"type":"x","nested":[[1,{"a":"\u00e9"}]] , "text":"hello"} "#;
    for piece in PIECES {
        let mut memory = [0; 512];
        let mut rx = RecvBuf::new(&mut memory);
        assert!(rx.split());
        for _ in 0..3 {
            read(
                &mut rx,
                (EVENTS, Raw::On),
                json.as_bytes(),
                piece,
                |_, rx| {
                    assert_eq!(rx.raw(), Some(json.as_bytes()));
                    assert_eq!(rx.records().text(TEXT).unwrap(), "hello");
                },
            )
            .unwrap();
        }
        // A document that is too long, or too deep, has none; the next has.
        let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(300));
        let deep = format!(r#"{{"a":{}{},"type":"x"}}"#, "[".repeat(32), "]".repeat(32));
        for json in [long, deep] {
            read(
                &mut rx,
                (EVENTS, Raw::On),
                json.as_bytes(),
                piece,
                |_, rx| {
                    assert_eq!(rx.raw(), None);
                    assert_eq!(rx.records().iter().count(), 1);
                },
            )
            .unwrap();
        }
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(31), "]".repeat(31));
        read(
            &mut rx,
            (EVENTS, Raw::On),
            deep.as_bytes(),
            piece,
            |_, rx| {
                assert_eq!(rx.raw(), Some(deep.as_bytes()));
            },
        )
        .unwrap();
        // Of lists each element is copied.
        let lists = r#"{"users":[{"id":"U1"} , {"id":"U2","x":[]}],"ok":true}"#;
        let mut copies = vec![];
        read(
            &mut rx,
            (RESPONSES, Raw::On),
            lists.as_bytes(),
            piece,
            |_, rx| {
                copies.push(rx.raw().map(|raw| String::from_utf8(raw.into()).unwrap()));
            },
        )
        .unwrap();
        let expected = [Some(r#"{"id":"U1"}"#), Some(r#"{"id":"U2","x":[]}"#), None];
        assert_eq!(copies, expected.map(|copy| copy.map(String::from)));
        rx.clear();
        assert!(rx.join());
        assert!(!rx.is_split());
    }
}

#[test]
fn an_unfinished_document_is_no_document() {
    let json = br#"{"type":"x","channel":{"id":"C1"}}"#;
    for cut in 0..json.len() {
        let mut memory = [0; 512];
        let mut rx = RecvBuf::new(&mut memory);
        let result = read(&mut rx, (EVENTS, Raw::Off), &json[..cut], 3, |_, _| {});
        assert_eq!(result, Err(SyntaxError::Incomplete));
        // What stands there so far is readable.
        assert!(rx.records().iter().count() <= 3);
    }
}

#[test]
fn what_stands_behind_a_document_is_left() {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let json = br#"{"type":"x"}{"type":"y"}"#;
    rx.space()[..json.len()].copy_from_slice(json);
    rx.filled(json.len());
    let mut fields = Extractor::new(&EVENT, Raw::Off);
    for (name, left) in [("x", 12), ("y", 0)] {
        let ran = fields.feed(&mut rx, 12).unwrap();
        assert_eq!((ran.consumed, ran.state), (12, DocumentState::Complete));
        fields.finish(&mut rx).unwrap();
        assert_eq!(rx.records().text(TYPE).unwrap(), name);
        assert_eq!(rx.unread().len(), left);
    }
    rx.drop_records();
    assert!(rx.is_empty());
}
