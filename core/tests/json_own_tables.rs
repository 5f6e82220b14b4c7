//! Documents that tables of a caller's own may meet.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{DocumentState, Extractor, Paths, Raw, Records};

fn read(
    paths: &'static Paths,
    memory: usize,
    document: &[u8],
    step: usize,
    mut element: impl FnMut(u8, Records<'_>),
    end: impl FnOnce(Records<'_>),
) {
    let mut memory = vec![0; memory];
    let mut rx = RecvBuf::try_from(&mut memory[..]).unwrap();
    let mut fields = Extractor::new(paths, Raw::Off);
    for part in document.chunks(step) {
        let mut part = part;
        while !part.is_empty() {
            let space = rx.space();
            let count = space.len().min(part.len());
            space[..count].copy_from_slice(&part[..count]);
            rx.filled(count);
            part = &part[count..];
            while let DocumentState::Element(path) = fields.feed(&mut rx, usize::MAX).unwrap().state
            {
                element(path, rx.records());
            }
        }
    }
    fields.finish(&mut rx).unwrap();
    end(rx.records());
}

slack_rtm::paths! {
    const LIST {
        const NAMES = Cut "names[]";
        const AFTER = Whole "after";
    }
}

#[test]
fn a_list_of_more_than_a_mebibyte_leaves_what_follows_readable() {
    let mut document = String::from("{\"names\":[");
    for _ in 0..300_000 {
        document.push_str("\"abcdefgh\",");
    }
    document.push_str("\"z\"],\"after\":\"here\"}");
    read(
        &LIST,
        6 << 20,
        document.as_bytes(),
        4096,
        |_, _| {},
        |records| {
            let paths: Vec<u8> = records.iter().map(|record| record.path).collect();
            assert_eq!(paths, [NAMES, AFTER]);
            let list = records.list(NAMES).unwrap();
            assert_eq!(list.len(), 300_001);
            assert_eq!(records.text(AFTER).unwrap(), "here");
        },
    );
}

slack_rtm::paths! {
    const LONG {
        const NAME = Whole "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    }
}

#[test]
fn the_longest_name_that_compiles_is_found_in_any_split() {
    let name = "x".repeat(254);
    assert_eq!(LONG.path(NAME).unwrap(), *name.as_str());
    let document = format!("{{\"{name}\":\"v\"}}");
    for step in [500, 100, 1] {
        read(
            &LONG,
            2048,
            document.as_bytes(),
            step,
            |_, _| {},
            |records| {
                assert!(
                    records.text(NAME).is_some_and(|text| text == "v"),
                    "in steps of {step}"
                );
            },
        );
    }
}

slack_rtm::paths! {
    const LIST_OR_OBJECT {
        const ENTRIES = Cut "a[]";
        const MEMBER = Whole "a.b";
        const OTHER = Whole "c[]";
        const PAIR = Whole "\u{fffd}\u{1f600}";
    }
}

#[test]
fn names_that_are_empty_or_whose_pairs_are_escaped_are_no_wanted_ones() {
    let document = br#"{"":0,"a":{"":1,"b":"x","":[2]},"c":{"":3},"\ud83d\ude00":4}"#;
    for step in 1..=document.len() {
        let end = |records: Records<'_>| {
            let kept: Vec<u8> = records.iter().map(|record| record.path).collect();
            assert_eq!(kept, [MEMBER], "by {step} bytes");
            assert_eq!(records.text(MEMBER).unwrap(), "x");
        };
        read(&LIST_OR_OBJECT, 512, document, step, |_, _| {}, end);
    }
}
