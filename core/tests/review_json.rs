//! Documents that tables of a caller's own may meet.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{Fields, Paths, RanState, Raw, Records};

fn read(
    paths: &'static Paths,
    memory: usize,
    document: &[u8],
    step: usize,
    mut element: impl FnMut(u8, Records<'_>),
    end: impl FnOnce(Records<'_>),
) {
    let mut memory = vec![0; memory];
    let mut rx = RecvBuf::from_slice(&mut memory).unwrap();
    let mut fields = Fields::new(paths, Raw::Off);
    for part in document.chunks(step) {
        let mut part = part;
        while !part.is_empty() {
            let space = rx.space();
            let count = space.len().min(part.len());
            space[..count].copy_from_slice(&part[..count]);
            rx.filled(count);
            part = &part[count..];
            while let RanState::Element(path) = fields.run(&mut rx, usize::MAX).unwrap().state {
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
    const INNER {
        const ROOM_NAME = Whole "rooms[].name";
        const GUEST = Element "rooms[].guests[]";
        const GUEST_ID = Whole "rooms[].guests[].id";
        const ROOM_TOPIC = Whole "rooms[].topic";
    }
}

#[test]
fn elements_inside_an_array_of_objects_leave_its_other_objects_alone() {
    let document = br#"{"rooms":[{"name":"a","topic":"x","guests":[{"id":"1"}]},{"guests":[{"id":"2"}],"name":"b","topic":"y"}]}"#;
    for step in [1, 7, 500] {
        let mut guests = Vec::new();
        read(
            &INNER,
            2048,
            document,
            step,
            |path, records| {
                assert_eq!(path, GUEST);
                guests.push(records.text(GUEST_ID).unwrap().to_string());
            },
            |records| {
                let names: Vec<_> = records
                    .find_all(ROOM_NAME)
                    .map(|v| v.text().unwrap().to_string())
                    .collect();
                assert_eq!(names, ["a", "b"], "{records:?}");
            },
        );
        assert_eq!(guests, ["1", "2"]);
    }
}

slack_rtm::paths! {
    const NESTED {
        const TEAM = Element "teams[]";
        const TEAM_ID = Whole "teams[].id";
        const USER = Element "teams[].users[]";
        const USER_ID = Whole "teams[].users[].id";
        const TEAM_NAME = Whole "teams[].name";
        const LAST = Whole "last";
    }
}

#[test]
fn elements_inside_elements() {
    let document = br#"{"last":"l","teams":[{"id":"T1","users":[{"id":"U1"},{"id":"U2"}],"name":"n1"},{"id":"T2","users":[],"name":"n2"}]}"#;
    for step in [1, 7, 500] {
        let seen = std::cell::RefCell::new(Vec::new());
        read(
            &NESTED,
            2048,
            document,
            step,
            |path, records| {
                seen.borrow_mut().push(format!("{path} {records:?}"));
            },
            |records| {
                assert_eq!(records.text(LAST).unwrap(), "l");
                seen.borrow_mut().push(format!("end {records:?}"));
            },
        );
        let seen = seen.into_inner();
        // The second team without members of the first, the end without members of any.
        assert!(!seen[3].contains("T1"), "{seen:#?}");
        assert!(!seen[4].contains("T1"), "{seen:#?}");
    }
}

macro_rules! x51 {
    () => {
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    };
}
slack_rtm::paths! {
    const LONG {
        const NAME = Whole "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    }
}

#[test]
fn the_longest_name_that_compiles_is_found_in_any_split() {
    let name = [x51!(); 5].concat();
    assert_eq!(LONG.path(NAME).unwrap(), name);
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
