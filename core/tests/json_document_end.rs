//! The end of a document: the same byte and the same events for every division into reads.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // tests

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{DocumentState, Extractor, Paths, Raw, SyntaxError};

slack_rtm::paths! {
    const TABLE {
        const TYPE = Whole "type";
        const USER = Element "users[]";
        const USER_ID = Whole "users[].id";
    }
}

slack_rtm::paths! {
    const EMPTY {}
}

/// What a caller sees, with the position in the document.
#[derive(Debug, PartialEq)]
enum Event {
    Element(usize),
    Complete(usize),
    Refused(SyntaxError),
}

fn append(rx: &mut RecvBuf<'_>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let space = rx.space();
        let count = space.len().min(bytes.len());
        space[..count].copy_from_slice(&bytes[..count]);
        rx.filled(count);
        bytes = &bytes[count..];
    }
}

/// Reads `parts` one after the other.
fn events(paths: &'static Paths, parts: &[&[u8]]) -> Vec<Event> {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let mut extractor = Extractor::new(paths, Raw::Off);
    let (mut events, mut at) = (vec![], 0);
    for part in parts {
        append(&mut rx, part);
        while !rx.unread().is_empty() {
            let progress = match extractor.feed(&mut rx, usize::MAX) {
                Ok(progress) => progress,
                Err(error) => {
                    events.push(Event::Refused(error));
                    return events;
                }
            };
            assert!(progress.consumed > 0 || progress.state != DocumentState::Incomplete);
            at += progress.consumed;
            match progress.state {
                DocumentState::Incomplete => {}
                DocumentState::Element(_) => events.push(Event::Element(at)),
                // White space after the document leaves it complete.
                DocumentState::Complete if matches!(events.last(), Some(Event::Complete(_))) => {}
                DocumentState::Complete => events.push(Event::Complete(at)),
            }
        }
    }
    events
}

const DOCUMENTS: &[&str] = &[
    "[]",
    "[[],{}]",
    "[{\"type\":\"x\"},1]",
    "{}",
    "{\"type\":\"x\"}",
    "{\"users\":[{\"id\":\"U1\"},2,[3],\"U4\"]}",
    "null",
    "true",
    "\"text\"",
    "\"\\ud83d\\ude00\"",
    "-1.5e3",
    "0",
];

#[test]
fn garbage_after_a_document_changes_nothing_before_its_end() {
    for paths in [&TABLE, &EMPTY] {
        for document in DOCUMENTS {
            for garbage in [
                "", " ", "]", "}", " ]", "x", ",", "[]", "\"\"", " 1", "\u{e9}",
            ] {
                let json = format!("{document}{garbage}").into_bytes();
                let whole = events(paths, &[&json]);
                let ends_itself = !document.ends_with(['0', '3']) || !garbage.is_empty();
                assert_eq!(
                    whole.contains(&Event::Complete(document.len())),
                    ends_itself,
                    "{document}{garbage}: {whole:?}"
                );
                for split in 0..=json.len() {
                    let (one, other) = json.split_at(split);
                    assert_eq!(
                        events(paths, &[one, other]),
                        whole,
                        "{document}{garbage} at {split}"
                    );
                }
                let bytes: Vec<_> = json.chunks(1).collect();
                assert_eq!(events(paths, &bytes), whole, "{document}{garbage} by bytes");
            }
        }
    }
}

/// Feeds what has arrived of the `left` bytes of a message. Returns whether it is refused.
fn is_refused(extractor: &mut Extractor, rx: &mut RecvBuf<'_>, left: &mut usize) -> bool {
    while *left > 0 && !rx.unread().is_empty() {
        let (before, given) = (rx.unread().len(), (*left).min(rx.unread().len()));
        let result = extractor.feed(rx, *left);
        let consumed = before - rx.unread().len();
        *left -= consumed;
        if result.is_err() {
            assert_eq!(consumed, given);
            return true;
        }
    }
    false
}

#[test]
fn an_error_consumes_the_limit_and_no_more() {
    let after = b"{\"type\":\"next\"}";
    for broken in [
        "x",
        "{\"type\":tru\u{e9},\"a\":1}",
        "[1}",
        "\"\u{1}\" ",
        "01 ",
    ] {
        for split in 0..=broken.len() {
            let (first, rest) = broken.as_bytes().split_at(split);
            let mut memory = [0; 512];
            let mut rx = RecvBuf::new(&mut memory);
            let mut extractor = Extractor::new(&TABLE, Raw::Off);
            let mut left = broken.len();
            append(&mut rx, first);
            let refused = is_refused(&mut extractor, &mut rx, &mut left);
            append(&mut rx, rest);
            append(&mut rx, after);
            assert!(refused || is_refused(&mut extractor, &mut rx, &mut left));
            rx.consume(left);
            assert_eq!(rx.unread(), after, "{broken} at {split}");
            extractor.reset();
            let progress = extractor.feed(&mut rx, usize::MAX).unwrap();
            assert_eq!(progress.state, DocumentState::Complete);
            assert_eq!(rx.records().text(TYPE).unwrap(), "next");
        }
    }
}

#[test]
fn nothing_is_consumed_without_a_limit() {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    append(&mut rx, b"{}");
    let mut extractor = Extractor::new(&TABLE, Raw::Off);
    let progress = extractor.feed(&mut rx, 0).unwrap();
    assert_eq!(
        (progress.consumed, progress.state),
        (0, DocumentState::Incomplete)
    );
    assert_eq!(rx.unread(), b"{}");
}
