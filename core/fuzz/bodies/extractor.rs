//! Extraction: the same values for every division into reads, equal to those of the document, and
//! complete where there is room.

use super::json;
use super::model::{Kept, expected, kept};
use super::script::{Script, ways};

slack_rtm::paths! {
    const ANSWER {
        const URL = Awaited "url";
        const KIND = Whole "type";
        const TEXT = Cut "text";
        const SELF_ID = Whole "self.id";
        const SELF_NAME = Brief "self.name";
        const ITEM = Whole "item";
        const ITEM_ID = Whole "item.id";
        const TAGS = Whole "tags[]";
        const NOTES = Cut "notes[]";
        const FILES = Whole "files[]";
        const FILE_ID = Whole "files[].id";
        const FILE_TAGS = Brief "files[].tags[]";
        const USERS = Element "users[]";
        const USER_ID = Whole "users[].id";
        const USER_NAME = Cut "users[].name";
        const USER_TAGS = Whole "users[].tags[]";
        const USER_FILES = Whole "users[].files[]";
        const USER_FILE_ID = Whole "users[].files[].id";
    }
}

slack_rtm::paths! {
    const EVENT {
        const E_TYPE = Whole "type";
        const E_TEXT = Cut "text";
        const E_ITEM = Whole "item";
        const E_ITEM_ID = Whole "item.id";
        const E_ITEM_TEXT = Cut "item.text";
        const E_TAGS = Brief "tags[]";
        const E_NOTES = Cut "notes[]";
        const E_FILES = Whole "files[]";
        const E_FILE_ID = Whole "files[].id";
    }
}

pub(crate) fn fields(data: &[u8]) {
    let mut script = Script(data);
    let choice = script.byte();
    let paths = if choice & 1 == 0 { &ANSWER } else { &EVENT };
    let size = 512 + usize::from(choice >> 1) * 5;
    let sizes = ways(script.sizes());
    let document = json::read(script.0, &[usize::MAX]);
    // The reader of the model uses one size of reads at a time.
    let [whole, bytes, pieces] = sizes.map(|sizes| kept(paths, script.0, size, sizes[0]));
    assert_eq!(bytes, whole);
    assert_eq!(pieces, whole);
    assert_eq!(whole.as_ref().err(), document.as_ref().err());
    let (Ok(whole), Ok(document)) = (whole, document) else {
        return;
    };
    let roomy = kept(paths, script.0, 8192 + 64 * data.len(), 100).unwrap();
    // A limit that holds in any memory marks the values that it cuts.
    if roomy.complete {
        assert_eq!(roomy, expected(paths, &document));
    }
    assert_eq!(whole.elements.len(), roomy.elements.len());
    part_of(&whole.document, &roomy.document, whole.complete);
    for (one, all) in whole.elements.iter().zip(&roomy.elements) {
        assert_eq!(one.0, all.0);
        part_of(&one.1, &all.1, whole.complete);
    }
}

/// Checks that the values kept in little memory are those of the document, and marked where they are
/// not whole.
fn part_of(kept: &[(u8, Kept)], all: &[(u8, Kept)], complete: bool) {
    if complete {
        assert_eq!(kept.len(), all.len(), "{kept:?} {all:?}");
    }
    let mut rest = all.iter();
    for (path, value) in kept {
        assert!(
            rest.any(|(other, all)| path == other && is_true(value, all)),
            "{value:?} is not in {all:?}"
        );
    }
}

fn is_true(kept: &Kept, all: &Kept) -> bool {
    match (kept, all) {
        (Kept::Text(text, full), Kept::Text(all, length)) => {
            full == length && all.starts_with(text.as_str())
        }
        (Kept::TooLong(length), Kept::Text(text, _) | Kept::Number(text)) => {
            *length as usize == text.len()
        }
        (Kept::List(entries, count), Kept::List(all, length)) => {
            count == length
                && entries.len() <= all.len()
                && entries
                    .iter()
                    .zip(all)
                    .all(|(kept, all)| is_true(kept, all))
        }
        _ => kept == all,
    }
}
