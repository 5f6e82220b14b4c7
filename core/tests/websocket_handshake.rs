//! The opening handshake: the request byte by byte, and responses good and bad at every split.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // tests

use sha1::{Digest, Sha1};
use slack_rtm::{
    buffer::{RecvBuf, SendBuf},
    entropy::{EntropyError, from_fn},
    http::Header,
    time::Duration,
    url::Url,
    websocket::{Handshake, HandshakeError, HandshakeRequest, HandshakeResponse, Refusal, Sent},
};

fn nonce(out: &mut [u8]) -> Result<(), EntropyError> {
    out.copy_from_slice(&b"the sample nonce"[..out.len()]);
    Ok(())
}

/// Section 1.3's example belongs to this nonce.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn written(request: &HandshakeRequest<'_>, tx: &mut SendBuf<'_>, flush: usize) -> String {
    let mut handshake = Handshake::new(&mut from_fn(nonce)).unwrap();
    let mut out = Vec::new();
    loop {
        let sent = handshake.write(request, tx);
        let count = match sent {
            Sent::Whole => usize::MAX,
            Sent::Partly | Sent::Nothing => flush,
        };
        let count = count.min(tx.pending().len());
        out.extend(&tx.pending()[..count]);
        tx.sent(count);
        if sent == Sent::Whole {
            return String::from_utf8(out).unwrap();
        }
    }
}

#[test]
fn a_request_is_written_whole_in_part_or_not_begun() {
    let mut memory = [0; 256];
    let mut tx = SendBuf::new(&mut memory);
    let request = HandshakeRequest::new(Url::parse("ws://example.com/").unwrap());
    let mut handshake = Handshake::new(&mut from_fn(nonce)).unwrap();
    tx.append(0, |sink| sink.put(&[b'x'; 256]));
    assert_eq!(handshake.write(&request, &mut tx), Sent::Nothing);
    tx.clear();
    assert_eq!(handshake.write(&request, &mut tx), Sent::Partly);
    assert_eq!(handshake.write(&request, &mut tx), Sent::Partly);
    tx.clear();
    assert_eq!(handshake.write(&request, &mut tx), Sent::Whole);
}

#[test]
fn the_request_through_send_buffers_of_any_size() {
    let long = format!("wss://wss.example.com/link/?ticket={}", "x".repeat(900));
    let hosts = ["example.com"];
    let headers = [
        Header::new("Cookie", "d=secret", &hosts).unwrap(),
        Header::new(
            "Origin",
            "https://elsewhere.example",
            &["elsewhere.example"],
        )
        .unwrap(),
    ];
    let request = HandshakeRequest::new(Url::parse(&long).unwrap())
        .user_agent("thermometer/1")
        .unwrap()
        .subprotocol("chat.v1")
        .unwrap()
        .headers(&headers);
    let target = &long["wss://wss.example.com".len()..];
    let expected = format!(
        "GET {target} HTTP/1.1\r\nHost: wss.example.com\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\
         Sec-WebSocket-Protocol: chat.v1\r\nUser-Agent: thermometer/1\r\nCookie: d=secret\r\n\r\n"
    );
    for size in [256, 257, 300, 1000, 4000] {
        for flush in [1, 13, usize::MAX] {
            let mut memory = vec![0; size];
            let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
            assert_eq!(
                written(&request, &mut tx, flush),
                expected,
                "{size}, {flush}"
            );
        }
    }
}

/// Section 4.1, point 4: `Host` contains the port unless it is the default of the scheme.
#[test]
fn the_host_field_carries_the_port() {
    for (url, host) in [
        ("ws://127.0.0.1:9001/a", "127.0.0.1:9001"),
        ("ws://example.com:80/", "example.com"),
        ("wss://example.com:443/", "example.com"),
        ("wss://example.com:80/", "example.com:80"),
    ] {
        let mut memory = [0; 512];
        let mut tx = SendBuf::new(&mut memory);
        let text = written(&HandshakeRequest::new(Url::parse(url).unwrap()), &mut tx, 1);
        assert!(text.contains(&format!("\r\nHost: {host}\r\n")), "{text}");
    }
}

#[test]
fn texts_that_would_end_a_line_are_refused() {
    let request = HandshakeRequest::new(Url::parse("ws://example.com/").unwrap());
    for text in ["a\r\nX: y", "a\nb", "a\0", "é"] {
        assert!(request.user_agent(text).is_err(), "{text:?}");
        assert!(request.subprotocol(text).is_err(), "{text:?}");
    }
    assert!(request.subprotocol("chat, superchat").is_err());
}

#[test]
fn a_nonce_that_cannot_be_drawn_is_an_error() {
    let mut broken = from_fn(|_| Err(EntropyError));
    assert_eq!(Handshake::new(&mut broken).err(), Some(EntropyError));
}

/// The result of a handshake with `response`, `step` bytes per read, and the unread bytes.
fn read(
    response: &[u8],
    step: usize,
    subprotocol: Option<&str>,
) -> (Result<String, HandshakeError>, Vec<u8>) {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let mut handshake = Handshake::new(&mut from_fn(nonce)).unwrap();
    let mut rest = response;
    loop {
        let received = handshake
            .read(&mut rx, subprotocol)
            .map(|response| match response {
                HandshakeResponse::Incomplete => String::new(),
                other => format!("{other:?}"),
            });
        if received.as_ref() != Ok(&String::new()) || rest.is_empty() {
            return (received, [rx.unread(), rest].concat());
        }
        let count = rx
            .read_with(|space| -> Result<usize, ()> {
                let count = step.min(space.len()).min(rest.len());
                space[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            })
            .unwrap();
        assert!(count > 0, "no room to read into");
        rest = &rest[count..];
    }
}

fn switching(fields: &str) -> Vec<u8> {
    format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n").into_bytes()
}

fn good(accept: &str) -> String {
    format!("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n")
}

#[test]
fn the_accept_key_is_what_sha1_says() {
    let digest = Sha1::digest(format!("{KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    assert_eq!(digest[..3], [0xB3, 0x7A, 0x4F]); // "s3pP" in base64
}

#[test]
fn good_answers_at_every_split_with_frames_behind_them() {
    let many: String = (0..30)
        .map(|n| format!("X-Trace-{n}: {}\r\n", "t".repeat(n * 5)))
        .collect();
    let long = format!("Set-Cookie: {}\r\n", "c".repeat(3000));
    for fields in [
        good(ACCEPT),
        format!(
            "upgrade: WebSocket\r\nCONNECTION: keep-alive, Upgrade\r\nsec-websocket-accept:{ACCEPT}  \r\n"
        ),
        format!(
            "Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade: h2c, websocket\r\nSec-WebSocket-Accept: {ACCEPT}\r\n"
        ),
        format!("{many}{}", good(ACCEPT)),
        format!("{long}{}", good(ACCEPT)),
        format!("Sec-WebSocket-Extensions:\r\n{}", good(ACCEPT)),
    ] {
        let response = [&switching(&fields)[..], b"\x81\x02hi"].concat();
        for step in [1, 4, 7, 100, usize::MAX] {
            let (received, unread) = read(&response, step, None);
            assert_eq!(received.as_deref(), Ok("Open"), "{fields:.200} at {step}");
            assert_eq!(unread, b"\x81\x02hi");
        }
    }
    let response = [&switching(&good(ACCEPT))[..], b"\x81\x02hi"].concat();
    for split in 1..response.len() {
        let (received, unread) = read(&response, split, None);
        assert_eq!(
            (received.as_deref(), &unread[..]),
            (Ok("Open"), &b"\x81\x02hi"[..])
        );
    }
    for cut in 0..response.len() - 4 {
        assert_eq!(
            read(&response[..cut], usize::MAX, None).0.as_deref(),
            Ok(""),
            "cut at {cut}"
        );
    }
}

/// Section 4.1: what a client has to validate in the response, by its points.
#[test]
fn bad_answers() {
    use HandshakeError as E;
    let accept = format!("Sec-WebSocket-Accept: {ACCEPT}\r\n");
    let upgrade = "Upgrade: websocket\r\n";
    let connection = "Connection: Upgrade\r\n";
    let all = good(ACCEPT);
    let long_extensions = format!(
        "{all}Sec-WebSocket-Extensions: {}\r\n",
        "x-longer-than-".repeat(4)
    );
    let too_long = format!("{all}Sec-WebSocket-Extensions: {}\r\n", "x".repeat(600));
    for (point, fields, error) in [
        (
            "2: no Upgrade",
            format!("{connection}{accept}"),
            E::UpgradeMissing,
        ),
        (
            "2: another Upgrade",
            format!("Upgrade: websockets\r\n{connection}{accept}"),
            E::UpgradeMissing,
        ),
        (
            "3: no Connection",
            format!("{upgrade}{accept}"),
            E::ConnectionMissing,
        ),
        (
            "3: another Connection",
            format!("{upgrade}Connection: keep-alive\r\n{accept}"),
            E::ConnectionMissing,
        ),
        ("2 and 3: neither", accept.clone(), E::UpgradeMissing),
        (
            "4: no Accept",
            format!("{upgrade}{connection}"),
            E::AcceptMissing,
        ),
        (
            "4: a wrong Accept",
            good("s3pPLMBiTxaQ9kYGzzhZRbK+xOp="),
            E::AcceptWrong,
        ),
        (
            "4: an Accept in another case",
            good(&ACCEPT.to_lowercase()),
            E::AcceptWrong,
        ),
        ("4: an empty Accept", good(""), E::AcceptWrong),
        (
            "4: a longer Accept",
            good(&format!("{ACCEPT}=")),
            E::AcceptWrong,
        ),
        ("4: two Accepts", format!("{all}{accept}"), E::AcceptWrong),
        (
            "5: permessage-deflate",
            format!("{all}Sec-WebSocket-Extensions: permessage-deflate\r\n"),
            E::ExtensionNotRequested,
        ),
        (
            "5: a long extension",
            long_extensions,
            E::ExtensionNotRequested,
        ),
        (
            "5: one that does not fit",
            too_long,
            E::Http(slack_rtm::http::HttpError::FieldTooLong),
        ),
        (
            "6: a subprotocol",
            format!("{all}Sec-WebSocket-Protocol: chat\r\n"),
            E::SubprotocolNotRequested,
        ),
        (
            "6: 30 bytes of it",
            format!("{all}Sec-WebSocket-Protocol: {}\r\n", "p".repeat(30)),
            E::SubprotocolNotRequested,
        ),
    ] {
        for step in [1, 4, usize::MAX] {
            let (received, _) = read(&switching(&fields), step, None);
            assert_eq!(received, Err(error), "point {point}, {step} bytes a read");
        }
    }
}

#[test]
fn a_subprotocol_that_was_asked_for() {
    let agreed = switching(&format!("{}Sec-WebSocket-Protocol: chat\r\n", good(ACCEPT)));
    assert_eq!(read(&agreed, 1, Some("chat")).0.as_deref(), Ok("Open"));
    assert_eq!(
        read(&switching(&good(ACCEPT)), 1, Some("chat"))
            .0
            .as_deref(),
        Ok("Open")
    );
    for asked in ["Chat", "chat2", ""] {
        let received = read(&agreed, 1, Some(asked)).0;
        assert_eq!(
            received,
            Err(HandshakeError::SubprotocolNotRequested),
            "{asked}"
        );
    }
}

#[test]
fn refusals_with_what_they_tell() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (response, refusal) in [
        (
            "302 Found\r\nDate: x\r\nLocation:  https://a.example/b \r\n",
            Refusal::Redirect {
                status: 302,
                location: Some(b"https://a.example/b"),
            },
        ),
        (
            "308 Permanent\r\nServer: x\r\n",
            Refusal::Redirect {
                status: 308,
                location: None,
            },
        ),
        (
            "301 Moved\r\nLocation: a\u{e9}\r\n",
            Refusal::Redirect {
                status: 301,
                location: Some("a\u{e9}".as_bytes()),
            },
        ),
        (
            "401 Unauthorized\r\nWWW-Authenticate: Basic\r\n",
            Refusal::Unauthorized,
        ),
        (
            "429 Too Many Requests\r\nretry-after: 30\r\n",
            Refusal::TooManyRequests {
                retry_after: seconds(30),
            },
        ),
        ("429 \r\n", Refusal::TooManyRequests { retry_after: None }),
        (
            "429 Slow\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n",
            Refusal::TooManyRequests { retry_after: None },
        ),
        (
            "429 Slow\r\nRetry-After: 99999999999999999999999\r\n",
            Refusal::TooManyRequests {
                retry_after: seconds(u64::MAX),
            },
        ),
        (
            "429 Slow\r\nRetry-After: -1\r\n",
            Refusal::TooManyRequests { retry_after: None },
        ),
        (
            "503 Unavailable\r\nRetry-After: 7\r\n",
            Refusal::Server {
                status: 503,
                retry_after: seconds(7),
            },
        ),
        (
            "500 Oops\r\nLocation: x\r\n",
            Refusal::Server {
                status: 500,
                retry_after: None,
            },
        ),
        (
            "200 OK\r\nUpgrade: websocket\r\n",
            Refusal::Other { status: 200 },
        ),
        ("404 Not Found\r\n", Refusal::Other { status: 404 }),
    ] {
        let response = format!("HTTP/1.1 {response}\r\nthe body");
        for step in [1, 4, usize::MAX] {
            let (received, _) = read(response.as_bytes(), step, None);
            assert_eq!(
                received,
                Ok(format!("{:?}", HandshakeResponse::Refused(refusal))),
                "{response}"
            );
        }
    }
}
