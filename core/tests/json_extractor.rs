//! The extractor keeps the same members of any document, however it is divided into reads.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)] // tests

#[path = "json/model.rs"]
mod model;

use model::{Doc, Kept, Outcome, expected, kept};
use proptest::prelude::*;
use slack_rtm::json::Retention;

slack_rtm::paths! {
    const TABLE {
        const URL = Awaited "url";
        const TYPE = Whole "type";
        const TEXT = Cut "text";
        const SELF_ID = Whole "self.id";
        const SELF_NAME = Brief "self.name";
        const ITEM = Whole "item";
        const ITEM_ID = Whole "item.id";
        const TAGS = Whole "tags[]";
        const NOTES = Cut "notes[]";
        const FILES = Whole "files[]";
        const FILE_ID = Whole "files[].id";
        const FILE_NAME = Brief "files[].name";
        const FILE_TAGS = Brief "files[].tags[]";
        const PART_ID = Cut "parts[].id";
        const USERS = Element "users[]";
        const USER_ID = Whole "users[].id";
        const USER_NAME = Cut "users[].name";
        const USER_TAGS = Whole "users[].tags[]";
        const USER_FILES = Whole "users[].files[]";
        const USER_FILE_ID = Whole "users[].files[].id";
        const USER_SELF_NAME = Brief "users[].self.name";
    }
}

slack_rtm::paths! {
    const MESSAGE {
        const M_TYPE = Whole "type";
        const M_CHANNEL = Whole "channel";
        const M_CHANNEL_ID = Whole "channel.id";
        const M_USER = Whole "user";
        const M_TEXT = Cut "text";
        const M_TS = Whole "ts";
        const M_THREAD = Whole "thread_ts";
    }
}

const NAMES: [&str; 14] = [
    "url", "type", "text", "self", "id", "name", "item", "tags", "notes", "files", "parts",
    "users", "", "unknown",
];

fn docs() -> impl Strategy<Value = Doc> {
    let text = prop_oneof![
        4 => "[a-z]{0,12}",
        2 => "[ -~]{0,60}",
        2 => "[\u{20}\u{e9}\u{4e2d}\u{1f600}\"\\\\/\n]{0,20}",
        1 => "[a-z\u{1f600}]{200,700}",
    ];
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        Just("0".into()),
        Just("-1.5e+300".into()),
        "[1-9][0-9]{50,62}",
    ];
    let leaf = prop_oneof![
        1 => Just(Doc::Null),
        1 => any::<bool>().prop_map(Doc::Bool),
        2 => number.prop_map(Doc::Number),
        5 => text.prop_map(Doc::Text),
    ];
    let name = proptest::sample::select(&NAMES[..]).prop_map(String::from);
    let object = move |doc: BoxedStrategy<Doc>| {
        prop::collection::vec((name.clone(), doc), 0..8).prop_map(Doc::Object)
    };
    let inner = object.clone();
    let tree = leaf.prop_recursive(4, 60, 8, move |doc| {
        prop_oneof![
            2 => prop::collection::vec(doc.clone(), 0..8).prop_map(Doc::Array),
            3 => inner.clone()(doc.boxed()),
        ]
    });
    object(tree.boxed())
}

fn render(doc: &Doc, style: u64) -> Vec<u8> {
    let mut json = String::new();
    doc.render(style, &mut json);
    json.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_is_kept_where_there_is_room(doc in docs(), style: u64) {
        let json = render(&doc, style);
        let expected = expected(&TABLE, &doc);
        for piece in [1, 7, 100, usize::MAX] {
            let kept = kept(&TABLE, &json, 1 << 20, piece).unwrap();
            prop_assert_eq!(&kept, &expected);
        }
    }

    #[test]
    fn no_division_into_reads_changes_what_is_kept(doc in docs(), style: u64, size in 512..1100usize) {
        let json = render(&doc, style);
        let whole = kept(&TABLE, &json, size, usize::MAX).unwrap();
        for piece in (1..12).chain([61, 200]) {
            let pieces = kept(&TABLE, &json, size, piece).unwrap();
            prop_assert_eq!(&pieces, &whole, "pieces of {} bytes", piece);
        }
        is_part_of(&whole, &expected(&TABLE, &doc));
    }
}

/// In too little memory every kept value is right, and a missing one is marked.
fn is_part_of(kept: &Outcome, all: &Outcome) {
    assert_eq!(kept.elements.len(), all.elements.len());
    let elements = kept.elements.iter().zip(&all.elements);
    for ((path, kept_values), (all_path, all_values)) in elements {
        assert_eq!(path, all_path);
        are_part_of(kept_values, all_values, kept.complete);
    }
    are_part_of(&kept.document, &all.document, kept.complete);
}

fn are_part_of(kept: &[(u8, Kept)], all: &[(u8, Kept)], complete: bool) {
    if complete {
        assert_eq!(kept.len(), all.len(), "{kept:?} {all:?}");
    }
    let mut rest = all.iter();
    for (path, value) in kept {
        let keep = TABLE.all().nth(usize::from(*path)).unwrap().retention;
        assert!(
            rest.any(|(other, all)| path == other && is_true(value, all, keep)),
            "{value:?} is not in {all:?}"
        );
    }
}

fn is_true(kept: &Kept, all: &Kept, keep: Retention) -> bool {
    match (kept, all) {
        (Kept::Text(text, full), Kept::Text(all, length)) => {
            let whole = !matches!(keep, Retention::Cut | Retention::Brief | Retention::Element);
            full == length && all.starts_with(text.as_str()) && (!whole || text == all)
        }
        (Kept::TooLong(length), Kept::Text(text, _) | Kept::Number(text)) => {
            *length as usize == text.len()
        }
        (Kept::List(entries, count), Kept::List(all, length)) => {
            let pairs = entries.iter().zip(all);
            count == length
                && entries.len() <= all.len()
                && pairs.enumerate().all(|(at, (kept, all))| {
                    kept == all || at + 1 == entries.len() && is_true(kept, all, keep)
                })
        }
        _ => kept == all,
    }
}
