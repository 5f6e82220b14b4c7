//! HTTP heads, bodies and requests: every split, every truncation, hostile values.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::{Counter, RecvBuf, SendBuf, Sink, Window};
use slack_rtm::http::body::BodyStep;
use slack_rtm::http::framing::Framing;
use slack_rtm::http::head::{HeadItem, HeadParser};
use slack_rtm::http::request::{HttpMethod, Pairs, RequestWriter, percent_encode};
use slack_rtm::http::{Header, HeaderError, HttpError, check_value};
use slack_rtm::url::Url;

/// A whole response.
#[derive(Debug, Default, PartialEq, Eq)]
struct Response {
    status: Vec<u16>,
    /// `None` for a value that did not fit.
    fields: Vec<(String, Option<Vec<u8>>)>,
    body: Vec<u8>,
    /// Complete without the link closing.
    complete: bool,
}

/// Feeds `input` in pieces of the given sizes; also returns the bytes after the response.
fn read(input: &[u8], mut sizes: impl FnMut() -> usize) -> Result<(Response, Vec<u8>), HttpError> {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let mut rest = input;
    let mut response = Response::default();
    let mut head = HeadParser::new();
    let mut framing = Framing::new();
    let mut feed = |rx: &mut RecvBuf<'_>| {
        let space = rx.space();
        assert!(!space.is_empty(), "no room to go on");
        let count = sizes().min(space.len()).min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        rx.filled(count);
        count > 0
    };
    loop {
        match head.next(&mut rx)? {
            HeadItem::Incomplete => {
                if !feed(&mut rx) {
                    return Err(HttpError::Truncated);
                }
            }
            HeadItem::Status(code) => response.status.push(code),
            HeadItem::Field { name, value } => {
                framing.field(name, value)?;
                response.fields.push((
                    String::from_utf8_lossy(name).into_owned(),
                    Some(value.to_vec()),
                ));
            }
            HeadItem::TooLong { name } => {
                framing.too_long(name)?;
                response
                    .fields
                    .push((String::from_utf8_lossy(name).into_owned(), None));
            }
            HeadItem::End => break,
        }
    }
    assert_eq!(head.next(&mut rx)?, HeadItem::End);
    let mut body = framing.body(response.status[0]);
    loop {
        match body.next(&mut rx)? {
            BodyStep::Data(count) => {
                // Leave some of it, to see that the count is kept.
                let taken = count.div_ceil(2);
                response.body.extend_from_slice(&rx.unread()[..taken]);
                rx.consume(taken);
                body.consumed(taken);
            }
            BodyStep::Incomplete if feed(&mut rx) => {}
            BodyStep::Incomplete => {
                body.eof()?;
                return Ok((response, Vec::new()));
            }
            BodyStep::End => break,
        }
    }
    response.complete = true;
    let mut left = rx.unread().to_vec();
    rx.clear();
    while feed(&mut rx) {
        left.extend_from_slice(rx.unread());
        rx.clear();
    }
    Ok((response, left))
}

fn whole(input: &[u8]) -> Result<Response, HttpError> {
    read(input, || usize::MAX).map(|(response, _)| response)
}

/// The result: the same whole, byte by byte, and for every split in two.
fn every_split(input: &[u8]) -> Result<Response, HttpError> {
    let expected = whole(input);
    let shown = input.escape_ascii();
    let bytewise = read(input, || 1).map(|(response, _)| response);
    assert_eq!(bytewise, expected, "byte by byte: {shown}");
    for at in 1..input.len() {
        let mut sizes = [at, usize::MAX].into_iter().cycle();
        let split = read(input, || sizes.next().unwrap_or(1)).map(|(response, _)| response);
        assert_eq!(split, expected, "split at {at}: {shown}");
    }
    expected
}

/// A response of status 200 with these field lines and this body.
fn response(lines: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n{body}").into_bytes()
}

fn chunked(body: &str) -> Vec<u8> {
    response("Transfer-Encoding: chunked\r\n", body)
}

#[test]
fn bodies_by_length_and_until_close() {
    for (lines, after, body, complete) in [
        ("Content-Length: 5\r\n", "hello", "hello", true),
        ("content-length:\t5 \r\n", "hello", "hello", true),
        (
            "CONTENT-LENGTH: 5, 5\r\nContent-Length: 05\r\n",
            "hello",
            "hello",
            true,
        ),
        ("Content-Length: 0\r\n", "", "", true),
        ("", "hello", "hello", false),
        ("Content-Encoding: identity\r\n", "hello", "hello", false),
        ("Content-Encoding:\r\n", "hello", "hello", false),
    ] {
        let got = every_split(&response(lines, after)).expect(lines);
        assert_eq!(got.status, [200], "{lines}");
        assert_eq!(got.body, body.as_bytes(), "{lines}");
        assert_eq!(got.complete, complete, "{lines}");
    }
}

#[test]
fn bodies_by_chunks() {
    for (chunks, body) in [
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        (
            "2;a=b;c=\"d;e\"\r\nhe\r\n000000000000000000003 \t\r\nllo\r\n0\r\n\r\n",
            "hello",
        ),
        (
            "5 ; x\r\nhello\r\n0;last\r\nExpires: never\r\nX: \"\r\n\r\n",
            "hello",
        ),
        (
            "A\r\n0123456789\r\na\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n",
            "0123456789\r\n\r\n\r\n\r\n\r\n",
        ),
        ("0\r\n\r\n", ""),
    ] {
        let got = every_split(&chunked(chunks)).expect(chunks);
        assert_eq!(got.body, body.as_bytes(), "{chunks}");
        assert!(got.complete, "{chunks}");
    }
}

#[test]
fn a_cut_answer_is_never_complete() {
    for input in [
        response("Content-Length: 5\r\n", "hello"),
        chunked("5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n"),
    ] {
        assert!(whole(&input).is_ok());
        for end in 0..input.len() {
            assert_eq!(
                whole(&input[..end]),
                Err(HttpError::Truncated),
                "cut at {end}"
            );
        }
    }
}

#[test]
fn statuses_without_a_body_have_none() {
    for status in [
        "204 No Content",
        "304 Not Modified",
        "101 Switching Protocols",
    ] {
        let input = format!("HTTP/1.1 {status}\r\nContent-Length: 3\r\n\r\nsurplus");
        let (got, left) = read(input.as_bytes(), || 1).expect(status);
        assert!(got.complete && got.body.is_empty());
        assert_eq!(left, b"surplus");
    }
}

#[test]
fn interim_answers_are_passed_over() {
    let long = "x".repeat(2000);
    let input = format!(
        "HTTP/1.1 100 Continue\r\n\r\n\
         HTTP/1.1 103 Early Hints\r\nLink: {long}\r\nContent-Length: 9\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    );
    let got = every_split(input.as_bytes()).expect("a response");
    assert_eq!(got.status, [200]);
    assert_eq!(got.fields.len(), 1);
    assert_eq!(got.body, b"ok");
}

#[test]
fn broken_status_lines_are_refused() {
    for line in [
        "",
        "\r\nHTTP/1.1 200 OK",
        "HTTP/2 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 Low",
        "HTTP/1.1 600 High",
        "HTTP/1.1 200 O\0K",
        "HTTP/1.1  200 OK",
        "ICY 200 OK",
    ] {
        let input = format!("{line}\r\n\r\n");
        assert_eq!(
            every_split(input.as_bytes()),
            Err(HttpError::StatusLine),
            "{line:?}"
        );
    }
}

/// RFC 9112 section 5.2: a user agent replaces each fold by spaces.
#[test]
fn a_folded_field_line_is_one_line() {
    let expected = [
        ("Set-Cookie", Some("b=1;   path=/    secure")),
        ("Content-Length", Some("5")),
        ("A", Some("")),
        ("B", Some("c")),
    ];
    let lines = "Set-Cookie: b=1;\r\n path=/\r\n  secure\r\nContent-Length:\r\n 5\r\n\
                 A:\r\n \r\nB: c\n \n";
    let got = every_split(&response(lines, "hello")).expect("a response");
    assert_eq!(got.body, b"hello");
    let fields: Vec<_> = got
        .fields
        .iter()
        .map(|(name, value)| {
            let value = value.as_deref().map(String::from_utf8_lossy);
            (name.as_str(), value)
        })
        .collect();
    assert_eq!(fields.len(), expected.len());
    for ((name, value), (expected_name, expected_value)) in fields.iter().zip(expected) {
        assert_eq!((*name, value.as_deref()), (expected_name, expected_value));
    }
    // A tab begins a folded line too.
    let lines = "Content-Length:\r\n\t5\r\n";
    assert_eq!(
        every_split(&response(lines, "hello")).map(|got| got.body),
        Ok(b"hello".to_vec())
    );
}

/// A line that is longer than the buffer ends where its last fold ends, and so does one that fills
/// the buffer exactly: the next line is read.
#[test]
fn a_folded_field_line_that_is_too_long_is_skipped_to_its_end() {
    for length in 380..530 {
        for folds in ["", "\r\n folded", "\r\n folded\r\n\tagain", "\n a\n b\n c"] {
            let lines = format!("X: {}{folds}\r\nContent-Length: 5\r\n", "x".repeat(length));
            let input = response(&lines, "hello");
            let whole = whole(&input).expect("a response");
            let bytewise = read(&input, || 1).expect("a response").0;
            for got in [whole, bytewise] {
                assert_eq!(got.body, b"hello", "{length} {folds:?}");
                assert_eq!(got.fields.len(), 2, "{length} {folds:?}");
            }
        }
    }
}

/// RFC 2616 had the coding `identity`, which means none.
#[test]
fn the_transfer_coding_identity_is_none() {
    for lines in [
        "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: Identity\r\n",
    ] {
        let got = every_split(&response(lines, "hello")).expect(lines);
        assert_eq!((got.body.as_slice(), got.complete), (&b"hello"[..], true));
    }
}

#[test]
fn broken_fields_are_refused() {
    for (lines, expected) in [
        ("no colon", HttpError::FieldLine),
        (": nameless", HttpError::FieldLine),
        ("Name : spaced", HttpError::FieldLine),
        ("A: bare\rreturn", HttpError::FieldLine),
        ("A: \0", HttpError::FieldLine),
        ("\u{e4}: x", HttpError::FieldLine),
        // A fold that belongs to no field.
        ("\tc: d", HttpError::FieldLine),
        (" ", HttpError::FieldLine),
        ("Content-Length: 5\r\n 5", HttpError::ContentLength),
        ("Transfer-Encoding:", HttpError::TransferEncoding),
        (
            "Transfer-Encoding: chunked, identity",
            HttpError::TransferEncoding,
        ),
        ("Content-Length: +5", HttpError::ContentLength),
        ("Content-Length: -1", HttpError::ContentLength),
        ("Content-Length:", HttpError::ContentLength),
        ("Content-Length: 0x5", HttpError::ContentLength),
        ("Content-Length: 5 5", HttpError::ContentLength),
        ("Content-Length: 5,", HttpError::ContentLength),
        (
            "Content-Length: 18446744073709551616",
            HttpError::ContentLength,
        ),
        ("Content-Length: 5, 6", HttpError::ContentLengthsDiffer),
        (
            "Content-Length: 5\r\nContent-Length: 6",
            HttpError::ContentLengthsDiffer,
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 6",
            HttpError::LengthAndCoding,
        ),
        (
            "Content-Length: 6\r\nTransfer-Encoding: chunked",
            HttpError::LengthAndCoding,
        ),
        (
            "Transfer-Encoding: gzip, chunked",
            HttpError::TransferEncoding,
        ),
        ("Transfer-Encoding: xchunked", HttpError::TransferEncoding),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            HttpError::TransferEncoding,
        ),
        ("Content-Encoding: gzip", HttpError::ContentEncoding),
    ] {
        let input = response(&format!("{lines}\r\n"), "");
        assert_eq!(every_split(&input), Err(expected), "{lines:?}");
    }
}

#[test]
fn broken_chunks_are_refused() {
    for (chunks, expected) in [
        ("\r\n", HttpError::ChunkSize),
        ("x\r\n", HttpError::ChunkSize),
        ("+5\r\nhello\r\n", HttpError::ChunkSize),
        ("0x5\r\nhello\r\n", HttpError::ChunkSize),
        (";a=b\r\n", HttpError::ChunkSize),
        (" 5\r\nhello\r\n", HttpError::ChunkSize),
        ("5 5\r\nhello\r\n", HttpError::ChunkSize),
        ("5\nhello\r\n", HttpError::ChunkSize),
        ("5;a\nhello\r\n", HttpError::ChunkSize),
        ("5\r\rhello\r\n", HttpError::ChunkSize),
        ("10000000000000000\r\n", HttpError::ChunkSizeOverflow),
        ("5\r\nhello!\r\n", HttpError::ChunkEnd),
        ("5\r\nhello\n0\r\n\r\n", HttpError::ChunkEnd),
        ("0\r\nA: b\n\r\n", HttpError::Trailer),
        ("0\r\n\rx", HttpError::Trailer),
    ] {
        assert_eq!(every_split(&chunked(chunks)), Err(expected), "{chunks:?}");
    }
}

#[test]
fn a_body_that_is_broken_stays_so_however_often_it_is_asked() {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    rx.space()[..1].copy_from_slice(b"x");
    rx.filled(1);
    let mut framing = Framing::new();
    framing.field(b"Transfer-Encoding", b"chunked").unwrap();
    let mut body = framing.body(200);
    for _ in 0..70_000 {
        assert!(body.next(&mut rx).is_err());
    }
}

#[test]
fn the_largest_lengths_are_taken() {
    for input in [
        response("Content-Length: 18446744073709551615\r\n", "hello"),
        chunked("FFFFFFFFFFFFFFFF\r\nhello"),
    ] {
        assert_eq!(every_split(&input), Err(HttpError::Truncated));
    }
}

#[test]
fn endless_framing_is_refused() {
    for (start, unit) in [("5;", "a"), ("", "0"), ("5 ", " "), ("0\r\n", "A: b\r\n")] {
        let input = chunked(&(start.to_owned() + &unit.repeat(9000)));
        assert_eq!(
            whole(&input),
            Err(HttpError::ChunkFramingTooLong),
            "{start:?}"
        );
    }
}

#[test]
fn bare_line_feeds_end_lines_of_a_head() {
    let got = every_split(b"HTTP/1.1 200\nA:b\nContent-Length: 1\n\n!").expect("a response");
    assert_eq!(got.fields[0], ("A".to_owned(), Some(b"b".to_vec())));
    assert_eq!(got.body, b"!");
}

#[test]
fn any_head_passes_a_small_buffer() {
    let mut lines = String::new();
    for number in 0..40 {
        lines += &format!("X-Line-{number}: {}\r\n", "v".repeat(number * 40));
    }
    let input = response(&(lines + "Content-Length: 2\r\n"), "ok");
    assert!(input.len() > 30_000);
    let expected = whole(&input).expect("a response");
    assert_eq!(expected.body, b"ok");
    assert_eq!(expected.fields.len(), 41);
    for (number, (name, value)) in expected.fields.iter().take(40).enumerate() {
        assert_eq!(name, &format!("X-Line-{number}"));
        // Beside the value a line has ": " and CR LF; one that does not fit is marked.
        let fits = name.len() + 4 + number * 40 <= 512;
        assert_eq!(
            value.as_ref().map(Vec::len),
            fits.then_some(number * 40),
            "{name}"
        );
    }
    for size in [1, 2, 3, 7, 100, 511, 512] {
        let got = read(&input, || size).map(|(response, _)| response);
        assert_eq!(got.as_ref(), Ok(&expected), "reads of {size} bytes");
    }
}

#[test]
fn a_field_that_frames_the_body_must_fit() {
    let blanks = " ".repeat(600);
    for name in ["Content-Length", "Transfer-Encoding", "Content-Encoding"] {
        let input = response(&format!("{name}: {blanks}5\r\n"), "");
        assert_eq!(every_split(&input), Err(HttpError::FieldTooLong), "{name}");
    }
    let input = response(&format!("{}: 5\r\n", "n".repeat(600)), "");
    assert_eq!(every_split(&input), Err(HttpError::FieldLine));
    let input = format!("HTTP/1.1 200 {}\r\n\r\n", "O".repeat(600));
    assert_eq!(
        every_split(input.as_bytes()),
        Err(HttpError::StatusLineTooLong)
    );
}

#[test]
fn twenty_eight_field_lines() {
    let mut lines = String::from("Date: Sat, 21 Nov 2026 07:00:00 GMT\r\nServer: Example\r\n");
    for number in 0..25 {
        lines += &format!("X-Example-{number:02}: of no interest {number}\r\n");
    }
    lines += "Content-Length: 11\r\n";
    let short = 1289 - response(&lines, "").len();
    let lines = lines.replace(
        "of no interest 7",
        &format!("{}7", "of no interest ".repeat(short / 15 + 1)),
    );
    let missing = 1289 - response(&lines, "").len();
    let lines = lines.replace(
        "Server: Example",
        &format!("Server: Example{}", ".".repeat(missing)),
    );
    assert_eq!(response(&lines, "").len(), 1289);
    let got = every_split(&response(&lines, "{\"ok\":true}")).expect("a response");
    assert_eq!(got.fields.len(), 28);
    assert_eq!(got.body, b"{\"ok\":true}");
}

/// All that `write` emits: through a send buffer three bytes at a time, and from every offset.
fn emitted(write: impl Fn(&mut dyn Sink)) -> String {
    let length = Counter::of(&write);
    let mut memory = [0; 256];
    let mut tx = SendBuf::new(&mut memory);
    let mut out = Vec::new();
    while out.len() < length {
        tx.append(out.len(), &write);
        out.extend(tx.pending().iter().take(3));
        tx.clear();
    }
    assert_eq!(out.len(), length);
    for skip in 0..=length {
        let mut rest = vec![0; length];
        let mut window = Window::new(skip, &mut rest);
        write(&mut window);
        assert_eq!(window.written(), length - skip);
        assert_eq!(rest[..length - skip], out[skip..]);
    }
    String::from_utf8(out).expect("ASCII")
}

#[test]
fn requests_resume_at_any_byte() {
    let url = Url::parse("http://localhost:8080?x=1").expect("a URL");
    let cookie = Header::new("Cookie", "d=1", &["localhost"]).expect("a header");
    let other = Header::new("X-Other", "2", &["slack.com"]).expect("a header");
    let request = emitted(|sink| {
        let mut request = RequestWriter::new(sink, HttpMethod::Post, &url);
        request.headers(&[cookie, other], url.host());
        request.body("application/x-www-form-urlencoded", |sink| {
            let mut pairs = Pairs::form(sink);
            pairs.pair("token", "x & y");
            pairs.pair("text", "1=\u{2764}+%");
        });
    });
    assert_eq!(
        request,
        "POST /?x=1 HTTP/1.1\r\nHost: localhost:8080\r\nCookie: d=1\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 42\r\n\r\n\
         token=x%20%26%20y&text=1%3D%E2%9D%A4%2B%25"
    );
}

#[test]
fn the_host_field_names_unusual_ports_only() {
    for (text, expected) in [
        ("https://slack.com", "slack.com"),
        ("https://slack.com:443/", "slack.com"),
        ("https://slack.com:80/", "slack.com:80"),
        ("http://slack.com:80/", "slack.com"),
        ("wss://[::1]:65535/", "[::1]:65535"),
        ("ws://[2001:db8::7]", "[2001:db8::7]"),
    ] {
        let url = Url::parse(text).expect(text);
        let request = emitted(|sink| RequestWriter::new(sink, HttpMethod::Get, &url).end());
        assert_eq!(
            request,
            format!("GET / HTTP/1.1\r\nHost: {expected}\r\n\r\n")
        );
    }
}

#[test]
fn every_character_survives_percent_encoding() {
    let sample = (0..0x800).chain((0x800..0x11_0000).step_by(7));
    for character in sample.filter_map(char::from_u32) {
        let value = format!("a{character}b");
        let mut out = [0; 32];
        let mut window = Window::new(0, &mut out);
        percent_encode(&mut window, &value);
        let written = window.written();
        let mut encoded = out[..written].iter();
        let mut decoded = Vec::new();
        while let Some(byte) = encoded.next() {
            decoded.push(match byte {
                b'%' => {
                    let digits = encoded.by_ref().take(2).copied().collect();
                    let digits = String::from_utf8(digits).expect("ASCII");
                    u8::from_str_radix(&digits, 16).expect("hexadecimal digits")
                }
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => *byte,
                _ => panic!("{character:?} gave {}", byte.escape_ascii()),
            });
        }
        assert_eq!(decoded, value.as_bytes());
    }
}

#[test]
fn headers_are_checked() {
    let hosts: &[&str] = &["slack.com"];
    for (name, value, expected) in [
        ("", "x", HeaderError::Name),
        ("A B", "x", HeaderError::Name),
        ("A:", "x", HeaderError::Name),
        ("A\r\nB", "x", HeaderError::Name),
        ("\u{e4}", "x", HeaderError::Name),
        ("Host", "x", HeaderError::Reserved),
        ("AUTHORIZATION", "x", HeaderError::Reserved),
        ("content-length", "5", HeaderError::Reserved),
        ("Sec-WebSocket-Key", "x", HeaderError::Reserved),
        ("A", "x\r", HeaderError::Value),
        ("A", "x\ny", HeaderError::Value),
        ("A", "x\0y", HeaderError::Value),
        ("A", " x", HeaderError::Value),
        ("A", "x\t", HeaderError::Value),
        ("A", "\u{e4}", HeaderError::Value),
    ] {
        assert_eq!(
            Header::new(name, value, hosts),
            Err(expected),
            "{name:?}: {value:?}"
        );
    }
    assert_eq!(Header::new("A", "x", &[]), Err(HeaderError::Hosts));
    assert_eq!(Header::new("A", "x", &[""]), Err(HeaderError::Hosts));
    assert_eq!(check_value(""), Ok(()));
    let cookie = Header::new("Cookie", "d=secret", hosts).expect("a header");
    assert!(!format!("{cookie:?}").contains("secret"));
    for (host, goes) in [
        ("slack.com", true),
        ("WSS.Slack.com", true),
        ("evilslack.com", false),
        ("slack.com.evil", false),
        ("com", false),
        ("", false),
    ] {
        assert_eq!(cookie.goes_to(host), goes, "{host}");
    }
}
