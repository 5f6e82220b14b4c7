//! The decoder beside a naive one: random, valid and mutated streams, every split.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // tests

mod websocket_common;

use proptest::{collection::vec, prelude::*};
use websocket_common::{Seen, close_body, decode, frame, naive};

/// Bytes that mean something in headers and in UTF-8, and any other.
fn telling_byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        prop::sample::select(
            &[
                0x00_u8, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0x7D, 0x7E, 0x7F, 0xC2,
                0xE0, 0xED, 0xF0, 0xF4, 0xBF, 0x90, 0x03, 0xE8, 0x41,
            ][..]
        ),
        any::<u8>(),
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[a-zé€𐍈]{0,12}".prop_map(String::into_bytes),
        "[ -~]{0,300}".prop_map(String::into_bytes),
        "[α-ω]{60,80}".prop_map(String::into_bytes),
    ]
}

/// A message in fragments with control frames anywhere between.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let control = (
        prop::sample::select(&[0x89_u8, 0x8A][..]),
        vec(any::<u8>(), 0..126),
    );
    let text = (Just(1_u8), text());
    let binary = (Just(2_u8), vec(any::<u8>(), 0..200));
    let body = prop_oneof![text, binary];
    (
        body,
        vec(any::<prop::sample::Index>(), 0..4),
        vec(control, 0..3),
    )
        .prop_map(|((opcode, payload), cuts, controls)| {
            let mut cuts: Vec<_> = cuts
                .iter()
                .map(|cut| cut.index(payload.len() + 1))
                .collect();
            cuts.sort_unstable();
            cuts.push(payload.len());
            let (mut stream, mut start) = (Vec::new(), 0);
            let mut controls = controls.into_iter();
            for (index, &end) in cuts.iter().enumerate() {
                let fin = if index + 1 == cuts.len() { 0x80 } else { 0 };
                let opcode = if index == 0 { opcode } else { 0 };
                stream.extend(frame(fin | opcode, &payload[start..end]));
                if let Some((first, body)) = controls.next() {
                    stream.extend(frame(first, &body));
                }
                start = end;
            }
            stream
        })
}

fn close() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![Just(1000_u16), Just(4999), any::<u16>()];
    prop_oneof![
        (code, "[a-zß]{0,20}").prop_map(|(code, reason)| frame(0x88, &close_body(code, &reason))),
        vec(telling_byte(), 0..4).prop_map(|body| frame(0x88, &body)),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    (
        vec(message(), 0..5),
        prop::option::of(close()),
        vec(telling_byte(), 0..8),
    )
        .prop_map(|(messages, close, tail)| {
            [messages.concat(), close.unwrap_or_default(), tail].concat()
        })
}

fn agrees(stream: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
    let (expected, got) = (naive(stream), decode(stream, sizes));
    prop_assert!(
        got.agrees_with(&expected),
        "{stream:x?} in {sizes:?}: {got:?}, but the naive decoder {expected:?}"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn valid_streams_in_any_split(stream in stream(), sizes in vec(1_usize..40, 1..20)) {
        agrees(&stream, &sizes)?;
    }

    #[test]
    fn mutated_streams(
        stream in stream(),
        mutations in vec((any::<prop::sample::Index>(), telling_byte(), 0_u8..3), 1..4),
        sizes in vec(1_usize..40, 1..20),
    ) {
        let mut stream = stream;
        for (place, byte, how) in mutations {
            let at = place.index(stream.len() + 1);
            match how {
                0 => stream.insert(at, byte),
                1 if at < stream.len() => stream[at] = byte,
                2 if at < stream.len() => { stream.remove(at); }
                _ => {}
            }
        }
        agrees(&stream, &sizes)?;
    }

    #[test]
    fn random_bytes(stream in vec(telling_byte(), 0..60), sizes in vec(1_usize..10, 1..8)) {
        agrees(&stream, &sizes)?;
    }
}

/// A stream with everything in it: fragments, control frames between, both longer lengths.
fn rich_stream() -> Vec<u8> {
    [
        frame(0x01, "grüß".as_bytes()),
        frame(0x89, b"are you there?"),
        frame(0x00, &"€".as_bytes()[..1]),
        frame(0x00, b""),
        frame(0x8A, b""),
        frame(0x80, &"€".as_bytes()[1..]),
        frame(0x82, &[7; 300]),
        frame(0x82, b""),
        frame(0x88, &close_body(1000, "bye")),
        frame(0x81, b"never"),
    ]
    .concat()
}

#[test]
fn every_split_in_two_and_every_truncation() {
    let stream = rich_stream();
    let whole = naive(&stream);
    assert_eq!(
        whole.seen.last(),
        Some(&Seen::Close(Some(1000), b"bye".to_vec()))
    );
    assert_eq!(whole.seen.len(), 6);
    for split in 1..stream.len() {
        assert_eq!(
            decode(&stream, &[split, stream.len()]),
            whole,
            "split at {split}"
        );
        let cut = &stream[..split];
        assert_eq!(decode(cut, &[1]), naive(cut), "cut at {split}");
        assert_eq!(decode(cut, &[usize::MAX]), naive(cut), "cut at {split}");
    }
}

#[test]
fn every_frame_size_around_the_three_forms_of_the_length() {
    for size in [
        0, 1, 124, 125, 126, 127, 128, 65_534, 65_535, 65_536, 65_537,
    ] {
        let stream = frame(0x82, &vec![0xA5; size]);
        for sizes in [&[usize::MAX][..], &[1], &[1460], &[7]] {
            assert_eq!(
                decode(&stream, sizes),
                naive(&stream),
                "{size} in {sizes:?}"
            );
        }
    }
}

/// Section 5.2: lengths are 63 bits wide; none of them is cut to `usize`, whatever its width.
#[test]
fn lengths_beyond_any_memory() {
    for length in [0x1_0000_u64, 0x1_0000_0001, 0x7FFF_FFFF_FFFF_FFFF] {
        let stream = [&[0x82, 127][..], &length.to_be_bytes(), &[1; 500]].concat();
        let got = decode(&stream, &[100]);
        assert_eq!((got.seen.len(), got.partial.len()), (0, 500), "{length:x}");
    }
}
