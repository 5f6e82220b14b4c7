//! URLs and heads that hostile or broken peers send.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use slack_rtm::buffer::RecvBuf;
use slack_rtm::url::Url;
use slack_rtm::web_api::{Response, ResponseStep, paths};

#[test]
fn no_spelling_leads_to_another_host() {
    let is_slack = |text: &str| Url::parse(text).is_ok_and(|url| url.host_in_domain("slack.com"));
    for text in [
        "wss://slack.com.evl",
        "wss://evil\\@slack.com",
        "wss://slack.com:443@evil",
        "wss://evil@slack.com",
        "wss://evil\\.slack.com",
        "wss://evil/.slack.com",
        "wss://evil?.slack.com",
        "wss://evil#.slack.com",
        "wss://evil%2f.slack.com",
        "wss://slack.com.",
        "wss://.slack.com",
        "wss://[slack.com]",
        "wss://[::1].slack.com",
        "wss://[::1]slack.com",
        "wss://evil:443.slack.com",
        "wss://slack.com:0",
        "wss://slack.com:65536",
        "wss://slack.com:+443",
        "wss://slack.com:4 43",
        "wss://slack.com\t",
        "wss://slack.com\0",
        "wss://slack.com\r\n",
        "wss:slack.com",
        "wss:/slack.com",
        "wss:///slack.com",
        "wss://",
        " wss://slack.com",
        "wss://slack.com:44:3",
        "wss://xslack.com",
        "wss://-slack.com",
        "wss://slack.comx",
        "wss://slack.com:99999999999999999999999",
        "wss,ws://slack.com",
        "://slack.com",
        "wss://\u{ff53}lack.com",
        "wss://slack\u{3002}com",
        "wss://evil;.slack.com",
        "wss://evil,slack.com",
    ] {
        assert!(!is_slack(text), "{text:?}");
    }
    for text in [
        "WSS://SLACK.COM",
        "wss://a.b.Slack.com:443/?x=@/",
        "wss://slack.com:/",
        "wss://slack.com?@evil",
        "wss://slack.com:00443",
    ] {
        assert!(is_slack(text), "{text:?}");
    }
}

/// Returns whether the response is accepted; its bytes arrive one at a time, or all at once.
fn accepts(response: &[u8], step: usize) -> bool {
    let mut memory = [0; 1024];
    let mut rx = RecvBuf::new(&mut memory);
    let mut reader = Response::new(&paths::CONNECT);
    for part in response.chunks(step) {
        let mut part = part;
        while !part.is_empty() {
            let space = rx.space();
            let count = space.len().min(part.len());
            assert!(count > 0, "the buffer is stuck");
            space[..count].copy_from_slice(&part[..count]);
            rx.filled(count);
            part = &part[count..];
            loop {
                match reader.poll(&mut rx) {
                    Ok(ResponseStep::Incomplete) => break,
                    Ok(ResponseStep::Accepted(_)) => return true,
                    Ok(ResponseStep::Refused(_)) | Err(_) => return false,
                    Ok(_) => {}
                }
            }
        }
    }
    false
}

#[test]
fn heads_are_read_strictly() {
    let body = "{\"ok\":true}";
    let chunked = "b\r\n{\"ok\":true}\r\n0\r\n\r\n";
    let long = "x".repeat(3000);
    let cases: &[(&str, &str, bool)] = &[
        ("Content-Length: 11", body, true),
        ("Content-Length: 11, 11", body, true),
        ("Content-Length: 11\r\nContent-Length: 11", body, true),
        ("Content-Length: 11\r\nContent-Length: 12", body, false),
        ("Content-Length: 11,", body, false),
        ("Content-Length:", body, false),
        ("Content-Length: +11", body, false),
        ("Content-Length: 0x0b", body, false),
        ("Content-Length: 18446744073709551616", body, false),
        ("Content-Length: -1", body, false),
        ("Content-Length : 11", body, false),
        ("Content-Length: 11\r\n folded", body, false),
        (" Content-Length: 11", body, false),
        ("Content-Length: 1\r1", body, false),
        ("Content-Length: 11\0", body, false),
        ("X: a\0b\r\nContent-Length: 11", body, false),
        (": x\r\nContent-Length: 11", body, false),
        ("nonsense\r\nContent-Length: 11", body, false),
        (
            "Content-Length: 11\r\nTransfer-Encoding: chunked",
            chunked,
            false,
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 11",
            chunked,
            false,
        ),
        ("Transfer-Encoding: chunked", chunked, true),
        ("Transfer-Encoding: CHUNKED", chunked, true),
        ("Transfer-Encoding: chunked, chunked", chunked, false),
        ("Transfer-Encoding: gzip, chunked", chunked, false),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            chunked,
            false,
        ),
        ("Transfer-Encoding: \x0bchunked", chunked, false),
        (
            "Transfer-Encoding: chunked",
            "1b\r\n{\"ok\":true}\r\n0\r\n\r\n",
            false,
        ),
        (
            "Transfer-Encoding: chunked",
            "1B\r\n{\"ok\":true}                \r\n0\r\n\r\n",
            true,
        ),
        (
            "Transfer-Encoding: chunked",
            "FFFFFFFFFFFFFFFFF\r\n{\"ok\":true}",
            false,
        ),
        (
            "Transfer-Encoding: chunked",
            "-b\r\n{\"ok\":true}\r\n0\r\n\r\n",
            false,
        ),
        (
            "Transfer-Encoding: chunked",
            "0xb\r\n{\"ok\":true}\r\n0\r\n\r\n",
            false,
        ),
        (
            "Transfer-Encoding: chunked",
            " b\r\n{\"ok\":true}\r\n0\r\n\r\n",
            false,
        ),
        (
            "Transfer-Encoding: chunked",
            "b\n{\"ok\":true}\n0\n\n",
            false,
        ),
        (
            "Transfer-Encoding: chunked",
            "b;\r\r\n{\"ok\":true}\r\n0\r\n\r\n",
            false,
        ),
        (
            "Transfer-Encoding: chunked",
            "5\r\n{\"ok\"x\r\n6\r\n:true}\r\n0\r\n\r\n",
            false,
        ),
        (
            "Transfer-Encoding: chunked",
            "5;a=\"b\"\r\n{\"ok\"\r\n6 \t;x\r\n:true}\r\n0\r\n\r\n",
            true,
        ),
        ("Content-Encoding: gzip\r\nContent-Length: 11", body, false),
        (
            "Content-Encoding: Identity\r\nContent-Length: 11",
            body,
            true,
        ),
        ("Content-Encoding:\r\nContent-Length: 11", body, true),
        (
            "Retry-After: 99999999999999999999999\r\nContent-Length: 11",
            body,
            true,
        ),
        ("Retry-After: -1\r\nContent-Length: 11", body, true),
        (
            "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: 11",
            body,
            true,
        ),
    ];
    for step in [1, 3, 10_000] {
        for (head, body, wanted) in cases {
            for before in [
                "",
                "HTTP/1.1 103 Early\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 100 \r\n\r\n",
            ] {
                let response = format!("{before}HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
                assert_eq!(
                    accepts(response.as_bytes(), step),
                    *wanted,
                    "{step}: {response:?}"
                );
            }
        }
        let padded = format!("HTTP/1.1 200 OK\r\nX: {long}\r\nContent-Length: 11\r\n\r\n{body}");
        assert!(accepts(padded.as_bytes(), step));
        let padded = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}11\r\n\r\n{body}",
            "0".repeat(3000)
        );
        assert!(!accepts(padded.as_bytes(), step));
        for line in [
            "HTTP/2 200",
            "HTTP/1.2 200 OK",
            "HTTP/1.1  200 OK",
            "HTTP/1.1 0200 OK",
            "HTTP/1.1 +20 OK",
            "HTTP/1.1 200OK",
            "http/1.1 200 OK",
            " HTTP/1.1 200 OK",
            "HTTP/1.1 200 O\rK",
            "\r\nHTTP/1.1 200 OK",
            "HTTP/1.1 101 x",
            "HTTP/1.1 204 x",
            "HTTP/1.1 999 x",
            "HTTP/1.1 099 x",
        ] {
            let response = format!("{line}\r\nContent-Length: 11\r\n\r\n{body}");
            assert!(!accepts(response.as_bytes(), step), "{line:?}");
        }
    }
}
