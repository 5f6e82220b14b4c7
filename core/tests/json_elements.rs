//! Objects in arrays: each keeps its own members together, at any depth of arrays.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use serde_json::{Map, Value as Json, json};
use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{ArrayElement, DocumentState, Extractor, Members, Paths, Raw};

slack_rtm::paths! {
    const TABLE {
        const TYPE = Whole "type";
        const FILES = Whole "files[]";
        const FILES_ID = Whole "files[].id";
        const FILES_NAME = Cut "files[].name";
        const FILES_TAGS = Cut "files[].tags[]";
        const FILES_PARTS = Whole "files[].parts[]";
        const FILES_PARTS_ID = Whole "files[].parts[].id";
        const FILES_PARTS_NAME = Cut "files[].parts[].name";
        const FILES_PARTS_LINES = Whole "files[].parts[].lines[]";
        const FILES_PARTS_LINES_ID = Whole "files[].parts[].lines[].id";
        const FILES_PARTS_LINES_NAME = Cut "files[].parts[].lines[].name";
        const OTHERS = Whole "others[]";
        const OTHERS_ID = Whole "others[].id";
        const OTHERS_NAME = Cut "others[].name";
        const END = Whole "end";
    }
}

/// Reads a document in pieces and looks at its members.
fn read<T>(
    paths: &'static Paths,
    text: &str,
    size: usize,
    piece: usize,
    look: impl FnOnce(Members<'_>) -> T,
) -> T {
    let mut memory = vec![0; size];
    let mut rx = RecvBuf::try_from(&mut memory[..]).expect("large enough");
    let mut extractor = Extractor::new(paths, Raw::Off);
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let space = rx.space();
        let count = piece.min(space.len()).min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        rx.filled(count);
        let state = extractor.feed(&mut rx, usize::MAX).expect(text).state;
        assert!(!matches!(state, DocumentState::Element(_)));
    }
    extractor.finish(&mut rx).expect(text);
    look(Members::new(rx.records(), paths))
}

/// The members of an object of an array that the table names, as JSON again.
fn object(element: ArrayElement<'_>, arrays: &[&str], lists: &[&str]) -> Json {
    let mut members = Map::new();
    for name in ["id", "name"] {
        if let Some(text) = element.text_or_number(name) {
            members.insert(name.into(), json!(text));
        }
    }
    for name in lists {
        if let Some(list) = element.list(&format!("{name}[]")) {
            let entries: Vec<_> = list
                .iter()
                .map(|entry| json!(entry.text_or_number()))
                .collect();
            members.insert((*name).into(), json!(entries));
        }
    }
    if let [name, inner @ ..] = arrays {
        let objects: Vec<_> = element
            .elements(&format!("{name}[]"))
            .map(|element| object(element, inner, &[]))
            .collect();
        members.insert((*name).into(), json!(objects));
    }
    Json::Object(members)
}

fn objects(members: Members<'_>) -> Json {
    let files: Vec<_> = members
        .elements("files[]")
        .map(|file| object(file, &["parts", "lines"], &["tags"]))
        .collect();
    let others: Vec<_> = members
        .elements("others[]")
        .map(|other| object(other, &[], &[]))
        .collect();
    json!({ "files": files, "others": others })
}

#[test]
fn ids_and_names_in_arrays_of_objects_are_paired() {
    let text =
        r#"{"files":[{"id":"F1"},{"name":"b","id":"F2"},{},7,{"name":"c"},{"id":4}],"type":"x"}"#;
    read(&TABLE, text, 1024, usize::MAX, |members| {
        let files: Vec<_> = members
            .elements("files[]")
            .map(|file| (file.text_or_number("id"), file.text("name")))
            .collect();
        assert_eq!(
            files,
            [
                (Some("F1"), None),
                (Some("F2"), Some("b".into())),
                (None, None),
                (None, Some("c".into())),
                (Some("4"), None),
            ]
        );
        assert_eq!(members.list("files[]").expect("an array").len(), 6);
        assert_eq!(
            members.find("files[].id").and_then(|id| id.as_u64()),
            Some(4)
        );
        let second = members.elements("files[]").nth(1).expect("a second file");
        let printed: Vec<_> = second.iter().map(|member| member.to_string()).collect();
        assert_eq!(printed, [r#"name="b""#, r#"id="F2""#]);
        assert_eq!(
            format!("{second:?}"),
            r#"{"name": Text("b"), "id": Text("F2")}"#
        );
        assert_eq!(members.text("type"), Some("x".into()));
        // An array that the document does not have, or the table.
        assert_eq!(members.elements("others[]").count(), 0);
        assert_eq!(members.elements("unknown[]").count(), 0);
        assert_eq!(members.elements("files").count(), 0);
    });
}

/// A value after an inner array does not remove those of the objects before.
#[test]
fn an_array_in_an_object_of_an_array_takes_nothing_from_the_others() {
    let text = r#"{"files":[{"id":"F1","parts":[{"id":"P1"},{"id":"P2","lines":[{"id":"L1"}],"name":"p"}],"name":"a"},
        {"parts":[],"id":"F2"},{"parts":[{"id":"P3"}],"id":"F3","name":"c"}],"others":[{"id":"O1"}],"end":1}"#;
    for piece in [1, 7, usize::MAX] {
        read(&TABLE, text, 2048, piece, |members| {
            assert_eq!(
                objects(members),
                json!({
                    "files": [
                        {"id": "F1", "name": "a", "parts": [
                            {"id": "P1", "lines": []},
                            {"id": "P2", "name": "p", "lines": [{"id": "L1"}]},
                        ]},
                        {"id": "F2", "parts": []},
                        {"id": "F3", "name": "c", "parts": [{"id": "P3", "lines": []}]},
                    ],
                    "others": [{"id": "O1"}],
                })
            );
            assert_eq!(members.list("files[]").expect("an array").len(), 3);
            assert_eq!(members.list("others[]").expect("an array").len(), 1);
            assert_eq!(members.list("files[].parts[]"), None);
        });
    }
}

#[test]
fn a_name_that_occurs_again_replaces_the_objects_before() {
    let text = r#"{"files":[{"id":"F1"},{"id":"F2"}],"others":[{"id":"O1"}],"files":[{"id":"F0","id":"F3"}]}"#;
    read(&TABLE, text, 1024, usize::MAX, |members| {
        let ids: Vec<_> = members
            .elements("files[]")
            .map(|file| file.text("id"))
            .collect();
        assert_eq!(ids, [Some("F3".into())]);
        assert_eq!(members.elements("others[]").count(), 1);
    });
}

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.roll(at + 1));
        }
    }
}

/// Returns an object with a random part of the members in a random order: its JSON, and what the
/// table keeps of it.
fn made(dice: &mut Dice, number: &mut u32, arrays: &[&str], lists: &[&str]) -> (String, Json) {
    let (mut members, mut kept) = (Vec::new(), Map::new());
    for name in ["id", "name"] {
        *number += 1;
        match dice.roll(4) {
            0 => {}
            1 => {
                members.push(format!(r#""{name}":{number}"#));
                kept.insert(name.into(), json!(number.to_string()));
            }
            _ => {
                members.push(format!(r#""{name}":"T{number}""#));
                kept.insert(name.into(), json!(format!("T{number}")));
            }
        }
    }
    for name in lists {
        if dice.roll(2) == 0 {
            members.push(format!(r#""{name}":["x","y"]"#));
            kept.insert((*name).into(), json!(["x", "y"]));
        }
    }
    if let [name, inner @ ..] = arrays {
        let mut objects = Vec::new();
        if dice.roll(4) > 0 {
            let (text, all) = array(dice, number, inner, &[]);
            members.push(format!(r#""{name}":{text}"#));
            objects = all;
        }
        kept.insert((*name).into(), json!(objects));
    }
    if dice.roll(2) == 0 {
        members.push(r#""unwanted":{"id":[{"name":1}]}"#.into());
    }
    dice.shuffle(&mut members);
    (format!("{{{}}}", members.join(",")), Json::Object(kept))
}

fn array(
    dice: &mut Dice,
    number: &mut u32,
    arrays: &[&str],
    lists: &[&str],
) -> (String, Vec<Json>) {
    let (mut texts, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..dice.roll(4) {
        if dice.roll(5) == 0 {
            texts.push(["null", "7", "[]", r#"[{"id":1}]"#, r#""id""#][dice.roll(5)].into());
            continue;
        }
        let (text, object) = made(dice, number, arrays, lists);
        texts.push(text);
        kept.push(object);
    }
    (format!("[{}]", texts.join(",")), kept)
}

#[test]
fn every_object_keeps_its_own_members_at_any_depth() {
    let rounds = if cfg!(miri) { 5 } else { 400 };
    for seed in 1..=rounds {
        let (mut dice, mut number) = (Dice(0x9e37_79b9_7f4a_7c15 ^ seed << 20), 0);
        let (files, kept_files) = array(&mut dice, &mut number, &["parts", "lines"], &["tags"]);
        let (others, kept_others) = array(&mut dice, &mut number, &[], &[]);
        let mut members = [
            format!(r#""files":{files}"#),
            format!(r#""others":{others}"#),
            r#""type":"x""#.into(),
            r#""end":"e""#.into(),
        ];
        dice.shuffle(&mut members);
        let text = format!("{{{}}}", members.join(","));
        let expected = json!({ "files": kept_files, "others": kept_others });
        for piece in [1, 1 + dice.roll(40), usize::MAX] {
            read(&TABLE, &text, 1 << 16, piece, |members| {
                assert_eq!(objects(members), expected, "{text}");
                assert!(members.records().is_complete());
                assert_eq!(members.text("type"), Some("x".into()), "{text}");
                assert_eq!(members.text("end"), Some("e".into()), "{text}");
            });
        }
    }
}

/// In a small buffer objects are missing at the end, and none has a member of another.
#[test]
fn an_object_without_room_has_no_members() {
    let mut incomplete = 0;
    for count in 0..60 {
        let files: Vec<_> = (0..count)
            .map(|n| match n % 3 {
                0 => format!(r#"{{"id":"F{n}","name":"name {n}"}}"#),
                1 => format!(r#"{{"id":"F{n}"}}"#),
                _ => format!(r#"{{"name":"name {n}"}}"#),
            })
            .collect();
        let text = format!(r#"{{"files":[{}]}}"#, files.join(","));
        read(&TABLE, &text, 512, usize::MAX, |members| {
            let mut seen = 0;
            for (n, file) in members.elements("files[]").enumerate() {
                if let Some(id) = file.text("id") {
                    assert_eq!(id.as_str(), format!("F{n}"));
                }
                if let Some(name) = file.text("name") {
                    assert!(format!("name {n}").starts_with(name.as_str()));
                }
                seen += 1;
            }
            let complete = members.records().is_complete();
            assert!(!complete || seen == count);
            assert_eq!(members.list("files[]").expect("an array").len(), count);
            incomplete += u32::from(!complete);
        });
    }
    assert!(incomplete > 0, "every array fits");
}
