//! Hostile servers: each row breaks one rule, and names its section of RFC 6455. Each is played
//! whole, four bytes a read and one byte a read.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // tests

mod websocket_common;

use slack_rtm::websocket::{MessageKind, Violation};
use websocket_common::{Client, Seen, close_body, frame};

const READS: [usize; 3] = [usize::MAX, 4, 1];

struct Row {
    section: &'static str,
    name: &'static str,
    bytes: Vec<u8>,
    violation: Violation,
}

fn row(section: &'static str, name: &'static str, bytes: Vec<u8>, violation: Violation) -> Row {
    Row {
        section,
        name,
        bytes,
        violation,
    }
}

fn table() -> Vec<Row> {
    use Violation as V;
    let raw = |bytes: &[u8]| bytes.to_vec();
    let then = |first: Vec<u8>, second: Vec<u8>| [first, second].concat();
    let mut rows = vec![
        row(
            "5.2",
            "RSV1: a compressed frame",
            raw(&[0xC1, 1, b'a']),
            V::ReservedBits,
        ),
        row("5.2", "RSV2", raw(&[0xA1, 1, b'a']), V::ReservedBits),
        row("5.2", "RSV3", raw(&[0x91, 1, b'a']), V::ReservedBits),
        row("5.2", "RSV1 on a ping", raw(&[0xC9, 0]), V::ReservedBits),
        row(
            "5.2",
            "RSV1 on a continuation",
            then(frame(0x01, b"a"), raw(&[0xC0, 0])),
            V::ReservedBits,
        ),
        row(
            "5.1",
            "masked text",
            raw(&[0x81, 0x81, 1, 2, 3, 4, b'a']),
            V::MaskedFrame,
        ),
        row(
            "5.1",
            "masked ping",
            raw(&[0x89, 0x80, 1, 2, 3, 4]),
            V::MaskedFrame,
        ),
        row(
            "5.2",
            "5 bytes in the 16-bit form",
            raw(&[0x82, 126, 0, 5]),
            V::NonMinimalLength,
        ),
        row(
            "5.2",
            "125 bytes in the 16-bit form",
            raw(&[0x82, 126, 0, 125]),
            V::NonMinimalLength,
        ),
        row(
            "5.2",
            "5 bytes in the 64-bit form",
            raw(&[0x82, 127, 0, 0, 0, 0, 0, 0, 0, 5]),
            V::NonMinimalLength,
        ),
        row(
            "5.2",
            "65535 bytes in the 64-bit form",
            raw(&[0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255]),
            V::NonMinimalLength,
        ),
        row(
            "5.2",
            "the top bit of the length",
            raw(&[0x82, 127, 128, 0, 0, 0, 0, 1, 0, 0]),
            V::LengthTopBit,
        ),
        row(
            "5.5",
            "a ping in fragments",
            raw(&[0x09, 1, b'a']),
            V::FragmentedControl,
        ),
        row(
            "5.5",
            "a pong in fragments",
            raw(&[0x0A, 0]),
            V::FragmentedControl,
        ),
        row(
            "5.5",
            "a close in fragments",
            raw(&[0x08, 0]),
            V::FragmentedControl,
        ),
        row(
            "5.5",
            "a ping of 126 bytes",
            frame(0x89, &[0; 126]),
            V::ControlTooLong,
        ),
        row(
            "5.5",
            "a pong of 70000 bytes",
            frame(0x8A, &[0; 70_000])[..20].to_vec(),
            V::ControlTooLong,
        ),
        row(
            "5.5",
            "a close of 126 bytes",
            frame(0x88, &close_body(1000, &"a".repeat(124))),
            V::ControlTooLong,
        ),
        row(
            "5.4",
            "a continuation of nothing",
            frame(0x80, b"a"),
            V::UnexpectedContinuation,
        ),
        row(
            "5.4",
            "a continuation after the end",
            then(frame(0x81, b"a"), frame(0x00, b"b")),
            V::UnexpectedContinuation,
        ),
        row(
            "5.4",
            "text inside a message",
            then(frame(0x01, b"a"), frame(0x81, b"b")),
            V::ExpectedContinuation,
        ),
        row(
            "5.4",
            "binary inside a message",
            then(frame(0x01, b""), frame(0x02, b"b")),
            V::ExpectedContinuation,
        ),
        row(
            "5.5.1",
            "a close body of one byte",
            frame(0x88, &[3]),
            V::CloseBodyTooShort,
        ),
        row(
            "5.5.1",
            "a reason that is not UTF-8",
            frame(0x88, &[3, 0xE8, b'a', 0xFF]),
            V::InvalidCloseReason,
        ),
        row(
            "5.5.1",
            "a reason that ends inside a character",
            frame(0x88, &[3, 0xE8, 0xE2, 0x82]),
            V::InvalidCloseReason,
        ),
        row(
            "8.1",
            "a stray continuation byte",
            frame(0x81, b"ab\x80"),
            V::InvalidUtf8,
        ),
        row(
            "8.1",
            "an overlong slash",
            frame(0x81, b"\xC0\xAF"),
            V::InvalidUtf8,
        ),
        row(
            "8.1",
            "a surrogate",
            frame(0x81, b"\xED\xA0\x80"),
            V::InvalidUtf8,
        ),
        row(
            "8.1",
            "above U+10FFFF",
            frame(0x81, b"\xF4\x90\x80\x80"),
            V::InvalidUtf8,
        ),
        row(
            "8.1",
            "text that ends inside a character",
            frame(0x81, b"a\xE2\x82"),
            V::InvalidUtf8,
        ),
        row(
            "8.1",
            "a bad byte in the second fragment",
            then(frame(0x01, b"\xE2\x82"), frame(0x80, b"a")),
            V::InvalidUtf8,
        ),
        row(
            "8.1",
            "an end inside a character, over fragments",
            then(frame(0x01, b"\xE2"), frame(0x80, b"")),
            V::InvalidUtf8,
        ),
        // The frame never ends: what fails must fail inside it.
        row(
            "8.1",
            "a bad byte inside a frame still arriving",
            frame(0x81, &[b'a'; 5000].map(|_| 0xFF))[..40].to_vec(),
            V::InvalidUtf8,
        ),
        row(
            "8.1",
            "a surrogate inside a fragment still arriving",
            [&[0x01, 126, 0x10, 0][..], b"abc\xED\xA0"].concat(),
            V::InvalidUtf8,
        ),
    ];
    for opcode in [3_u8, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        rows.push(row(
            "5.2",
            "a reserved opcode",
            raw(&[0x80 | opcode, 0]),
            V::ReservedOpcode,
        ));
    }
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        let bytes = frame(0x88, &close_body(code, "x"));
        rows.push(row(
            "7.4",
            "a close code that must not be sent",
            bytes,
            V::InvalidCloseCode,
        ));
    }
    rows
}

#[test]
fn each_rule_fails_the_connection_with_its_code_and_the_close_frame_leaves() {
    for row in table() {
        for step in READS {
            let what = format!("section {}: {}, {step} bytes a read", row.section, row.name);
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let mut client = Client::new(&mut rx, &mut tx);
            // A good message before, and more after it that must not be received.
            client.receive(&frame(0x81, b"good"), step);
            client.receive(&row.bytes, step);
            assert_eq!(client.violation, Some(row.violation), "{what}");
            client.receive(
                &[frame(0x81, b"never"), frame(0x89, b"never")].concat(),
                step,
            );
            assert!(client.closed, "{what}");
            let complete = client.seen.iter().filter(|seen| match seen {
                Seen::Message(_, data) => data != b"good" && data != b"a",
                _ => true,
            });
            assert_eq!(complete.count(), 0, "{what}: {:?}", client.seen);
            let code = row.violation.close_code().as_u16().to_be_bytes().to_vec();
            assert_eq!(client.frames(), [(0x88, code)], "{what}");
        }
    }
}

/// Section 7.4.1: 1002, 1007 and 1009 each where they belong.
#[test]
fn the_codes_are_those_of_section_7_4_1() {
    for row in table() {
        let expected = match row.section {
            "8.1" => 1007,
            _ if row.violation == Violation::InvalidCloseReason => 1007,
            _ => 1002,
        };
        assert_eq!(
            row.violation.close_code().as_u16(),
            expected,
            "{}",
            row.name
        );
    }
    assert_eq!(Violation::MessageTooBig.close_code().as_u16(), 1009);
}

/// Section 5.5.1: nothing after a close frame is received, and no violation reported.
#[test]
fn nothing_is_delivered_behind_a_close() {
    for tail in [
        frame(0x81, b"late"),
        frame(0x89, b"late"),
        frame(0x88, &close_body(1001, "again")),
        vec![0xFF; 300],
    ] {
        for step in READS {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let mut client = Client::new(&mut rx, &mut tx);
            client.receive(
                &[frame(0x88, &close_body(1000, "bye")), tail.clone()].concat(),
                step,
            );
            let bye = Seen::Close(Some(1000), b"bye".to_vec());
            assert_eq!((client.seen, client.violation), (vec![bye], None));
        }
    }
}

/// Section 5.4: fragments that are split over reads, empty ones among them, with a ping inside.
#[test]
fn fragments_split_over_reads_are_one_message() {
    let stream = [
        frame(0x01, "gr\u{fc}".as_bytes()),
        frame(0x00, b""),
        frame(0x89, b"alive?"),
        frame(0x00, b"\xC3"),
        frame(0x80, b"\x9F"),
    ]
    .concat();
    for step in 1..stream.len() {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let mut client = Client::new(&mut rx, &mut tx);
        client.receive(&stream, step);
        let whole = Seen::Message(MessageKind::Text, "gr\u{fc}\u{df}".into());
        assert_eq!(client.seen, [Seen::Ping(vec![]), whole]);
        assert_eq!(client.frames(), [(0x8A, b"alive?".to_vec())]);
    }
}

/// Many small frames in one read, and frames that are larger than the buffer.
#[test]
fn any_frame_size_through_512_bytes() {
    let sizes = [0, 1, 125, 126, 511, 512, 513, 5000, 65_536, 70_000];
    let stream: Vec<u8> = sizes
        .iter()
        .flat_map(|size| frame(0x82, &vec![9; *size]))
        .collect();
    for step in [usize::MAX, 100, 7] {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let mut client = Client::new(&mut rx, &mut tx);
        client.receive(&stream, step);
        let got = client.seen.iter().map(|seen| match seen {
            Seen::Message(MessageKind::Binary, data) => data.len(),
            other => panic!("{other:?}"),
        });
        assert!(got.eq(sizes));
    }
}
