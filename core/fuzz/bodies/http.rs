//! HTTP heads and bodies: the same at every split, errors latch, content as a simple reader sees it.

use super::script::{Reads, Script, ways};
use slack_rtm::buffer::RecvBuf;
use slack_rtm::http::HttpError;
use slack_rtm::http::body::BodyStep;
use slack_rtm::http::framing::Framing;
use slack_rtm::http::head::{HeadItem, HeadParser};

/// Items as text, and the bytes after the head.
type Head = (Vec<String>, Option<HttpError>, Vec<u8>);

pub(crate) fn head(data: &[u8]) {
    let mut script = Script(data);
    let sizes = script.sizes();
    let [whole, bytes, pieces] = ways(sizes).map(|sizes| read_head(script.0, &sizes));
    assert_eq!(bytes, whole);
    assert_eq!(pieces, whole);
}

fn read_head(input: &[u8], sizes: &[usize]) -> Head {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let mut reads = Reads::new(input, sizes);
    let mut head = HeadParser::new();
    let mut items = Vec::new();
    loop {
        match head.next(&mut rx) {
            Ok(HeadItem::Incomplete) => {
                if !reads.read(&mut rx) {
                    return (items, None, Vec::new());
                }
            }
            Ok(HeadItem::End) => break,
            Ok(HeadItem::Status(status)) => {
                assert!((100..600).contains(&status));
                items.push(status.to_string());
            }
            Ok(HeadItem::Field { name, value }) => {
                assert!(!name.is_empty());
                assert!(!value.iter().any(|byte| b"\r\n\0".contains(byte)));
                assert_eq!(value.trim_ascii(), value);
                items.push(format!(
                    "{} = {}",
                    name.escape_ascii(),
                    value.escape_ascii()
                ));
            }
            Ok(HeadItem::TooLong { name }) => items.push(format!("{} …", name.escape_ascii())),
            Err(error) => return (items, Some(error), Vec::new()),
        }
    }
    assert_eq!(head.next(&mut rx), Ok(HeadItem::End));
    (items, None, [rx.unread(), reads.rest].concat())
}

/// How a body is framed.
const FRAMINGS: [&[(&str, &str)]; 5] = [
    &[("Transfer-Encoding", "chunked")],
    &[],
    &[("Content-Length", "20")],
    &[("Content-Length", "18446744073709551615")],
    &[("Content-Length", "7, 7"), ("content-length", "07")],
];

pub(crate) fn body(data: &[u8]) {
    let mut script = Script(data);
    let framing = FRAMINGS[usize::from(script.byte()) % FRAMINGS.len()];
    let sizes = script.sizes();
    let [whole, bytes, pieces] = ways(sizes).map(|sizes| read_body(framing, script.0, &sizes));
    assert_eq!(bytes, whole);
    assert_eq!(pieces, whole);
    if framing == FRAMINGS[0] {
        if let (content, Ok(true)) = whole {
            assert_eq!(dechunked(script.0).expect("chunked"), content);
        }
    } else {
        assert!(script.0.starts_with(&whole.0));
    }
}

/// The content, and whether it came to its own end.
fn read_body(
    fields: &[(&str, &str)],
    input: &[u8],
    sizes: &[usize],
) -> (Vec<u8>, Result<bool, HttpError>) {
    let mut framing = Framing::new();
    for (name, value) in fields {
        framing.field(name.as_bytes(), value.as_bytes()).unwrap();
    }
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let mut reads = Reads::new(input, sizes);
    let mut body = framing.body(200);
    let mut content = Vec::new();
    loop {
        match body.next(&mut rx) {
            Ok(BodyStep::Data(count)) => {
                assert!(count > 0 && count <= rx.unread().len());
                let taken = count.div_ceil(2);
                content.extend_from_slice(&rx.unread()[..taken]);
                rx.consume(taken);
                body.consumed(taken);
            }
            Ok(BodyStep::Incomplete) => {
                assert!(rx.unread().is_empty());
                if !reads.read(&mut rx) {
                    return (content, body.eof().map(|()| false));
                }
            }
            Ok(BodyStep::End) => {
                assert_eq!(body.next(&mut rx), Ok(BodyStep::End));
                return (content, Ok(true));
            }
            Err(error) => return (content, Err(error)),
        }
    }
}

/// A whole chunked body read the simple way.
fn dechunked(mut input: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let end = input.windows(2).position(|pair| pair == b"\r\n")?;
        let line = std::str::from_utf8(input[..end].split(|byte| *byte == b';').next()?).ok()?;
        let size = usize::from_str_radix(line.trim_end_matches([' ', '\t']), 16).ok()?;
        input = &input[end + 2..];
        if size == 0 {
            return Some(content);
        }
        content.extend_from_slice(input.get(..size)?);
        input = input.get(size..)?.strip_prefix(b"\r\n")?;
    }
}
