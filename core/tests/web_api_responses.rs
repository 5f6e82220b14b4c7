//! Responses of the Web API: every split, every truncation, every documented member.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::RecvBuf;
use slack_rtm::http::HttpError;
use slack_rtm::json::{Paths, SyntaxError};
use slack_rtm::time::Duration;
use slack_rtm::url::UrlError;
use slack_rtm::web_api::{
    Accepted, Cleartext, ErrorCode, ReadUntil, Remedy, Response, ResponseError, ResponseStep,
    SocketUrlError, StartList, StartLists, WarningCode, check_url, paths,
};

const DOMAINS: &[&str] = &["slack.com", "slack-msgs.com", "slack-gov.com"];

/// Returns the steps of a response as text, read in pieces of these sizes.
fn steps<const N: usize>(
    mut response: Response,
    input: &[u8],
    mut sizes: impl FnMut() -> usize,
) -> Result<Vec<String>, ResponseError> {
    let mut memory = [0; N];
    let mut rx = RecvBuf::new(&mut memory);
    let mut rest = input;
    let mut steps = Vec::new();
    loop {
        match response.poll(&mut rx)? {
            ResponseStep::Incomplete => {
                let space = rx.space();
                assert!(!space.is_empty(), "no room to go on");
                let count = sizes().min(space.len()).min(rest.len());
                space[..count].copy_from_slice(&rest[..count]);
                rest = &rest[count..];
                rx.filled(count);
                if count == 0 {
                    response.eof(&mut rx)?;
                }
            }
            ResponseStep::Head => steps.push("head".to_owned()),
            ResponseStep::Element(element) => {
                let members: Vec<_> = element.members().iter().map(|m| m.to_string()).collect();
                steps.push(format!("{} {}", element.path(), members.join(" ")));
            }
            ResponseStep::Accepted(accepted) => {
                let members: Vec<_> = accepted.members().iter().map(|m| m.to_string()).collect();
                steps.push(format!("accepted {}", members.join(" ")));
                return Ok(steps);
            }
            ResponseStep::Refused(error) => {
                steps.push(format!("refused {error} {:?}", error.retry_after()));
                return Ok(steps);
            }
        }
    }
}

/// The steps: the same whole, byte by byte, and for every split in two.
fn every_split(response: &Response, input: &[u8]) -> Result<Vec<String>, ResponseError> {
    let expected = steps::<1024>(response.clone(), input, || usize::MAX);
    let bytewise = steps::<1024>(response.clone(), input, || 1);
    assert_eq!(bytewise, expected, "byte by byte");
    for at in 1..input.len() {
        let mut sizes = [at, usize::MAX].into_iter().cycle();
        let split = steps::<1024>(response.clone(), input, || sizes.next().unwrap_or(1));
        assert_eq!(split, expected, "split at {at}");
    }
    expected
}

fn http(status: &str, fields: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn ok(body: &str) -> Vec<u8> {
    http(
        "200 OK",
        "Content-Type: application/json; charset=utf-8\r\n",
        body,
    )
}

/// Reads a whole response and checks it.
fn accepted<T>(paths: &'static Paths, body: &str, look: impl FnOnce(Accepted<'_>) -> T) -> T {
    let mut memory = [0; 4096];
    let mut rx = RecvBuf::new(&mut memory);
    let input = ok(body);
    rx.space()[..input.len()].copy_from_slice(&input);
    rx.filled(input.len());
    let mut response = Response::new(paths);
    loop {
        match response.poll(&mut rx).expect(body) {
            ResponseStep::Accepted(accepted) => return look(accepted),
            ResponseStep::Head | ResponseStep::Element(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

const CONNECT: &str = r#"{"ok":true,"url":"wss:\/\/wss-primary.slack.com\/websocket\/aB-_9=\/2","team":{"id":"T1","name":"Example","domain":"example"},"self":{"id":"U1","name":"bot"}}"#;

#[test]
fn rtm_connect_in_every_framing() {
    let expected = [
        "head",
        "accepted ok=true url=\"wss://wss-primary.slack.com/websocket/aB-_9=/2\" team.id=\"T1\" \
         team.name=\"Example\" team.domain=\"example\" self.id=\"U1\" self.name=\"bot\"",
    ];
    let response = Response::new(&paths::CONNECT);
    let (start, end) = CONNECT.split_at(40);
    for input in [
        ok(CONNECT),
        format!("HTTP/1.1 200 OK\r\n\r\n{CONNECT}").into_bytes(),
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
             28\r\n{start}\r\n{:x};x=y\r\n{end}\r\n0\r\n\r\n",
            end.len()
        )
        .into_bytes(),
    ] {
        let got = every_split(&response, &input).expect("a response");
        assert_eq!(got, expected);
    }
}

#[test]
fn a_real_head_passes() {
    let mut fields = String::from("content-type: application/json; charset=utf-8\r\n");
    for number in 0..26 {
        fields += &format!("x-field-{number}: {}\r\n", "some value; ".repeat(2));
    }
    let input = http("200 OK", &fields, CONNECT);
    let head = input.len() - CONNECT.len();
    assert!(head > 1024, "{head} bytes of head do not fit");
    let got = every_split(&Response::new(&paths::CONNECT), &input).expect("a response");
    assert!(got[1].contains("self.id=\"U1\""));
}

#[test]
fn a_cut_response_is_an_error() {
    for input in [
        ok(CONNECT),
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{CONNECT}").into_bytes(),
    ] {
        for end in 0..input.len() {
            let got = steps::<512>(Response::new(&paths::CONNECT), &input[..end], || 7);
            assert_eq!(
                got,
                Err(ResponseError::Http(HttpError::Truncated)),
                "cut at {end}"
            );
        }
    }
}

const OK_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// A response whose body has this length.
fn with_length(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{OK_HEAD}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// A response in these chunks.
fn in_chunks(chunks: &[&str]) -> Vec<u8> {
    let mut all = format!("{OK_HEAD}Transfer-Encoding: chunked\r\n\r\n");
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        all += &format!("{:x}\r\n{chunk}\r\n", chunk.len());
    }
    (all + "0\r\n\r\n").into_bytes()
}

/// A response whose body lasts until the link is closed.
fn until_close(body: &str) -> Vec<u8> {
    format!("{OK_HEAD}\r\n{body}").into_bytes()
}

/// After the JSON document (RFC 8259 section 2).
#[test]
fn white_space_after_the_document_is_accepted_and_nothing_else() {
    const SHORT: &str = r#"{"ok":true,"url":"wss://a.slack.com/x"}"#;
    let response = Response::new(&paths::COMMON);
    let accepted = ["head", "accepted ok=true url=\"wss://a.slack.com/x\""];
    let accepted: Vec<_> = accepted.map(String::from).into();
    for (after, is_accepted) in [
        ("", true),
        ("\n", true),
        (" \t\r\n  ", true),
        ("x", false),
        ("\0", false),
        (" \n}", false),
        ("\n{\"ok\":false}", false),
        ("null", false),
        ("\u{a0}", false),
    ] {
        let body = format!("{SHORT}{after}");
        for input in [
            with_length(&body),
            in_chunks(&[&body]),
            in_chunks(&[SHORT, after]),
            in_chunks(&[&SHORT[..9], &SHORT[9..], after]),
        ] {
            let shown = input.escape_ascii().to_string();
            match every_split(&response, &input) {
                Ok(steps) => assert!(is_accepted && steps == accepted, "{shown}: {steps:?}"),
                Err(ResponseError::Json(_)) => assert!(!is_accepted, "{shown}"),
                Err(error) => panic!("{shown}: {error:?}"),
            }
        }
        // Nothing but the end of the document ends such a body, so bytes after it are not read.
        let steps = every_split(&response, &until_close(&body));
        assert_eq!(steps.as_ref(), Ok(&accepted), "{after:?}");
    }
}

/// Reads these bytes in two pieces, then the link ends if it does.
fn steps_of_two(first: &[u8], second: &[u8], ends: bool) -> Vec<String> {
    let mut memory = [0; 1024];
    let mut rx = RecvBuf::new(&mut memory);
    let mut response = Response::new(&paths::COMMON);
    let mut names = Vec::new();
    let mut pieces = [first, second].into_iter();
    let mut is_open = true;
    loop {
        match response.poll(&mut rx) {
            Ok(ResponseStep::Incomplete) => match pieces.next() {
                Some(piece) => {
                    rx.space()[..piece.len()].copy_from_slice(piece);
                    rx.filled(piece.len());
                }
                None if ends && is_open => {
                    is_open = false;
                    if let Err(error) = response.eof(&mut rx) {
                        names.push(format!("{error:?}"));
                        return names;
                    }
                }
                None => {
                    names.push("incomplete".into());
                    return names;
                }
            },
            Ok(ResponseStep::Accepted(_)) => {
                names.push("accepted".into());
                return names;
            }
            Ok(ResponseStep::Head) => names.push("head".into()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_body_with_a_length_or_in_chunks_completes_at_its_own_end_or_at_that_of_the_link() {
    let body = format!("{CONNECT}  \r\n");
    let (start, rest) = body.split_at(30);
    for (input, ends_at_document) in [
        (with_length(&body), false),
        (in_chunks(&[start, rest]), false),
        (until_close(&body), true),
    ] {
        let document = CONNECT.as_bytes();
        // The last byte of the document is the last brace.
        let last = input.iter().rposition(|byte| *byte == b'}').expect("one") + 1;
        assert!(input.len() > last && document.ends_with(b"}"));
        for end in last..=input.len() {
            let is_whole = end == input.len() || ends_at_document;
            for at in 0..=end {
                let (first, second) = input[..end].split_at(at);
                let context = format!("{end} of {} bytes, split at {at}", input.len());
                let steps = steps_of_two(first, second, false);
                let last = if is_whole { "accepted" } else { "incomplete" };
                assert_eq!(steps, ["head", last], "{context}");
                let steps = steps_of_two(first, second, true);
                assert_eq!(steps, ["head", "accepted"], "{context}, and the link ends");
            }
        }
        let cut = steps_of_two(&input[..last - 1], b"", true);
        assert_eq!(cut, ["head", "Http(Truncated)"]);
    }
}

#[test]
fn members_of_the_user_and_the_team() {
    let body = r#"{"self":{"id":"U1","name":"b\u00f6b","prefs":{"a":[1,{"id":"no"}]},"created":1402463766,"manual_presence":"active"},
        "team":{"id":"T1","name":"Example Team","email_domain":"","domain":"example","icon":{"image_34":"x","image_default":true},
        "msg_edit_window_mins":-1,"over_storage_limit":false,"prefs":{},"plan":"std","enterprise_id":"E1","enterprise_name":"Corp"},
        "new":null,"url":"wss://ms9.slack-msgs.com/websocket/7I5yBpcvk","ok":true,"error":"","cache_ts":12,"self_":{}}"#;
    accepted(&paths::CONNECT, body, |response| {
        assert_eq!(response.self_id(), Some("U1"));
        assert_eq!(response.self_name(), Some("b\u{f6}b".into()));
        assert_eq!(response.team_id(), Some("T1"));
        assert_eq!(response.team_name(), Some("Example Team".into()));
        assert_eq!(response.team_domain(), Some("example".into()));
        assert_eq!(response.email_domain(), Some("".into()));
        assert_eq!(response.icon_is_default(), Some(true));
        assert_eq!(response.msg_edit_window_mins(), Some(-1));
        assert_eq!(response.over_storage_limit(), Some(false));
        assert_eq!(response.plan(), Some("std".into()));
        assert_eq!(response.enterprise_id(), Some("E1"));
        assert_eq!(response.enterprise_name(), Some("Corp".into()));
        assert_eq!(
            response.members().number("self.created"),
            Some(1_402_463_766)
        );
        assert_eq!(
            response.members().text("self.manual_presence"),
            Some("active".into())
        );
        assert_eq!(response.warnings().count(), 0);
        let url = response.url(DOMAINS, Cleartext::Refused).expect("a URL");
        assert_eq!(
            (url.host(), url.target()),
            ("ms9.slack-msgs.com", "/websocket/7I5yBpcvk")
        );
    });
    let body = r#"{"ok":true,"team":{"enteprise_id":"E2"},"self":null}"#;
    accepted(&paths::CONNECT, body, |response| {
        assert_eq!(response.enterprise_id(), Some("E2"));
        assert_eq!(response.self_id(), None);
        assert_eq!(
            response.url(DOMAINS, Cleartext::Refused),
            Err(SocketUrlError::Missing)
        );
    });
}

#[test]
fn warnings_come_once_each() {
    let body = r#"{"ok":true,"warning":"missing_charset,superfluous_charset","response_metadata":
        {"warnings":["superfluous_charset","member_list_truncated",null,"already_in_channel","message_truncated","new_one"],"messages":["[WARN] rtm.start is old"]}}"#;
    accepted(&paths::CALL, body, |response| {
        let codes: Vec<_> = response.warnings().collect();
        assert_eq!(
            codes,
            [
                WarningCode::MissingCharset,
                WarningCode::SuperfluousCharset,
                WarningCode::MemberListTruncated,
                WarningCode::AlreadyInChannel,
                WarningCode::MessageTruncated,
                WarningCode::Other("new_one"),
            ]
        );
        let messages: Vec<_> = response.messages().map(|text| text.to_string()).collect();
        assert_eq!(messages, ["[WARN] rtm.start is old"]);
    });
}

#[test]
fn refusals_name_their_reason() {
    let body = r#"{"ok":false,"error":"missing_scope","needed":"rtm:stream","provided":"a,b"}"#;
    let got = every_split(&Response::new(&paths::CONNECT), &ok(body)).expect("a response");
    assert_eq!(
        got[1],
        format!(
            "refused missing_scope: {}; {}; needed: rtm:stream; provided: a,b None",
            ErrorCode::MissingScope.meaning(),
            Remedy::ChangeApp
        )
    );
    for (body, code) in [
        (
            r#"{"ok":false,"error":"invalid_auth"}"#,
            ErrorCode::InvalidAuth,
        ),
        (
            r#"{"error":"brand_new","ok":false}"#,
            ErrorCode::Other("brand_new"),
        ),
        (r#"{"ok":false,"error":null}"#, ErrorCode::Other("")),
        (r#"{"ok":false}"#, ErrorCode::Other("")),
    ] {
        let got = every_split(&Response::new(&paths::CONNECT), &ok(body)).expect(body);
        assert_eq!(got[1], format!("refused {code} None"));
    }
    let input = http(
        "200 OK",
        "Retry-After: 30\r\nContent-Type: application/json\r\n",
        r#"{"ok":false,"error":"ratelimited"}"#,
    );
    let got = every_split(&Response::new(&paths::CONNECT), &input).expect("a response");
    assert!(got[1].ends_with("Some(Duration(30000))"), "{got:?}");
}

/// Which scope the token lacks is the one thing that its owner has to know.
#[test]
fn the_least_buffer_holds_the_scope_that_is_missing() {
    let body = r#"{"ok":false,"error":"missing_scope","needed":"rtm:stream","provided":"identify,channels:read,chat:write:bot,users:read"}"#;
    let mut memory = [0; RecvBuf::MIN];
    let mut rx = RecvBuf::new(&mut memory);
    let bytes = ok(body);
    rx.space()[..bytes.len()].copy_from_slice(&bytes);
    rx.filled(bytes.len());
    let mut response = Response::new(&paths::CONNECT);
    assert!(matches!(response.poll(&mut rx), Ok(ResponseStep::Head)));
    let Ok(ResponseStep::Refused(error)) = response.poll(&mut rx) else {
        panic!("it is refused");
    };
    let text = error.to_string();
    assert!(text.contains("; needed: rtm:stream"), "{text}");
    assert!(!text.ends_with("provided: "), "{text}");
}

#[test]
fn responses_that_are_not_of_the_web_api() {
    let retry_after = Some(Duration::from_secs(59));
    let json = "Content-Type: application/json\r\n";
    for (input, expected) in [
        (
            http("302 Found", "Location: https://evil.example/\r\n", ""),
            ResponseError::Redirect { status: 302 },
        ),
        (
            http(
                "503 Down",
                "Retry-After: 59\r\nContent-Encoding: gzip\r\n",
                "?",
            ),
            ResponseError::Status {
                status: 503,
                retry_after,
            },
        ),
        (
            http("204 No Content", "", ""),
            ResponseError::Status {
                status: 204,
                retry_after: None,
            },
        ),
        (
            http("200 OK", "Content-Type: text/html\r\n", "<html>"),
            ResponseError::NotJson,
        ),
        (
            http("200 OK", json, "<html>"),
            ResponseError::Json(SyntaxError::UnexpectedByte(b'<')),
        ),
        (
            http("200 OK", json, "{\"ok\":true"),
            ResponseError::Json(SyntaxError::Incomplete),
        ),
        (
            http("200 OK", json, ""),
            ResponseError::Json(SyntaxError::Incomplete),
        ),
        (http("200 OK", json, "{}"), ResponseError::NoOk),
        (http("200 OK", json, "[true]"), ResponseError::NoOk),
        (http("200 OK", json, "17"), ResponseError::NoOk),
        (http("200 OK", json, "{\"ok\":1}"), ResponseError::NoOk),
        (
            http("200 OK", "Content-Encoding: gzip\r\n", "?"),
            ResponseError::Http(HttpError::ContentEncoding),
        ),
    ] {
        let got = every_split(&Response::new(&paths::CONNECT), &input);
        assert_eq!(got, Err(expected), "{}", input.escape_ascii());
        assert_eq!(
            expected.retry_after().is_some(),
            expected.to_string().contains("after 59 s")
        );
    }
}

/// With a body or without one, `Retry-After` in seconds or as a date, which needs a clock.
#[test]
fn status_429_is_a_refusal() {
    for (fields, body, retry_after) in [
        ("Retry-After: 59\r\n", "{}", Some(Duration::from_secs(59))),
        // Without a time that can be read it is the minute of Tier 1.
        (
            "Retry-After: Sat, 21 Nov 2026 07:00:00 GMT\r\n",
            "",
            Some(Duration::from_secs(60)),
        ),
        ("Retry-After: 0\r\n", "", Some(Duration::ZERO)),
    ] {
        let input = http("429 Too Many Requests", fields, body);
        let mut memory = [0; 512];
        let mut rx = RecvBuf::new(&mut memory);
        rx.space()[..input.len()].copy_from_slice(&input);
        rx.filled(input.len());
        let mut response = Response::new(&paths::CONNECT);
        match response.poll(&mut rx) {
            Ok(ResponseStep::Refused(error)) => {
                assert_eq!(error.code(), ErrorCode::RateLimited);
                assert_eq!((error.status(), error.retry_after()), (429, retry_after));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn urls_that_are_not_connected_to() {
    for (url, plain, expected) in [
        ("wss://wss-primary.slack.com/x", Cleartext::Refused, Ok(())),
        (
            "wss://mpmulti-x.slack-msgs.com/",
            Cleartext::Refused,
            Ok(()),
        ),
        ("wss://a.slack-gov.com", Cleartext::Refused, Ok(())),
        ("ws://a.slack.com/", Cleartext::Allowed, Ok(())),
        (
            "ws://a.slack.com/",
            Cleartext::Refused,
            Err(SocketUrlError::Scheme),
        ),
        (
            "https://a.slack.com/",
            Cleartext::Allowed,
            Err(SocketUrlError::Scheme),
        ),
        (
            "wss://slack.com.evil.example/",
            Cleartext::Refused,
            Err(SocketUrlError::Host),
        ),
        (
            "wss://evilslack.com/",
            Cleartext::Allowed,
            Err(SocketUrlError::Host),
        ),
        (
            "wss://slack.com@evil.example/",
            Cleartext::Refused,
            Err(SocketUrlError::Url(UrlError::UserInfo)),
        ),
        (
            "",
            Cleartext::Refused,
            Err(SocketUrlError::Url(UrlError::Scheme)),
        ),
    ] {
        let got = check_url(url, DOMAINS, plain).map(|_| ());
        assert_eq!(got, expected, "{url}");
    }
}

#[test]
fn long_urls_fit_or_are_an_error() {
    let body = |length: usize| {
        let path = "x".repeat(length - "wss://a.slack.com/".len());
        format!(
            "{{\"ok\":true,\"self\":{{\"id\":\"U1\"}},\"url\":\"wss:\\/\\/a.slack.com\\/{path}\"}}"
        )
    };
    fn longest<const N: usize>(body: impl Fn(usize) -> String) -> usize {
        let fits = |length| {
            let got = steps::<N>(Response::new(&paths::CONNECT), &ok(&body(length)), || 100);
            got.expect("a response")[1].contains("url=\"wss:")
        };
        (20..N)
            .take_while(|length| fits(*length))
            .last()
            .expect("some URL fits")
    }
    let (small, large) = (longest::<512>(body), longest::<1024>(body));
    assert!(small >= 384, "{small} bytes in 512");
    assert!(large >= 700, "{large} bytes in 1024");
    let got = steps::<512>(Response::new(&paths::CONNECT), &ok(&body(600)), || 100);
    assert!(got.expect("a response")[1].contains("url=…(600 bytes)"));
    // The wanted members are enough.
    let error = SocketUrlError::TooLong { length: 600 };
    let wanted = error.resource(512).expect("a shortage").wanted;
    assert!(wanted <= 1024, "{wanted}");
}

const START: &str = r#"{"ok":true,
"users":[{"id":"U1","name":"bobby","deleted":false,"is_bot":false,"profile":{"display_name":"","real_name":"Bobby","image_24":"x"},"locale":"en-US"},
 {"profile":{"display_name":"\u2764 Hug","real_name":"Hug Bot"},"is_bot":true,"deleted":true,"name":"hugbot","id":"U2"}],
"channels":[{"id":"C1","name":"fun","is_member":true,"topic":{"value":"Fun \u003c3","creator":"U1"},"purpose":{"value":"to have"},
  "members":["U1","U2","U3"],"last_read":"1.5","latest":{"type":"message","ts":"2.5","user":"U2","text":"hi"},"unread_count":3,"unread_count_display":2},
 {"id":"C2","name":"quiet","is_member":false,"latest":"9.5","members":[]}],
"groups":[{"id":"G1","name":"secret","is_open":true}],
"mpims":[{"id":"G2","name":"mpdm-a--b-1","members":["U1"]}],
"ims":[{"id":"D1","user":"U2","latest":null}],
"bots":[{"id":"B1","name":"hug","deleted":false,"icons":{}}],
"self":{"id":"U1","name":"bobby"},"team":{"id":"T1"},
"url":"wss:\/\/ms9.slack-msgs.com\/websocket\/7I5yBpcvk","emoji":[{"id":"not"}]}"#;

#[test]
fn rtm_start_returns_elements_one_by_one() {
    let got = every_split(&Response::new(&paths::START), &ok(START)).expect("a response");
    assert_eq!(got.len(), 10);
    let expected = [
        (
            "users[] ",
            "id=\"U1\" name=\"bobby\" deleted=false is_bot=false",
        ),
        (
            "users[] ",
            "profile.display_name=\"❤ Hug\" profile.real_name=\"Hug Bot\" is_bot=true deleted=true name=\"hugbot\" id=\"U2\"",
        ),
        ("channels[] ", "topic.value=\"Fun <3\""),
        ("channels[] ", "latest=\"9.5\""),
        ("groups[] ", "id=\"G1\" name=\"secret\" is_open=true"),
        (
            "mpims[] ",
            "id=\"G2\" name=\"mpdm-a--b-1\" members[]=[\"U1\"]",
        ),
        ("ims[] ", "id=\"D1\" user=\"U2\" latest=null"),
        ("bots[] ", "id=\"B1\" name=\"hug\" deleted=false"),
        (
            "accepted ",
            "url=\"wss://ms9.slack-msgs.com/websocket/7I5yBpcvk\"",
        ),
    ];
    for (step, (start, contained)) in got[1..].iter().zip(expected) {
        assert!(step.starts_with(start), "{step}");
        assert!(step.contains(contained), "{step}");
    }
    assert!(
        !got[9].contains("id=\"not\"") && !got[9].contains("users"),
        "{}",
        got[9]
    );
}

#[test]
fn members_of_elements() {
    let mut memory = [0; 4096];
    let mut rx = RecvBuf::new(&mut memory);
    let input = ok(START);
    rx.space()[..input.len()].copy_from_slice(&input);
    rx.filled(input.len());
    let mut response = Response::new(&paths::START);
    let mut seen = 0;
    loop {
        let element = match response.poll(&mut rx).expect("a step") {
            ResponseStep::Element(element) => element,
            ResponseStep::Head => continue,
            ResponseStep::Accepted(_) => break,
            other => panic!("{other:?}"),
        };
        seen += 1;
        let name = element.name().map(|name| name.to_string());
        match (element.list(), element.id()) {
            (Some(StartList::Users), Some("U1")) => {
                assert_eq!(element.display_name(), Some("Bobby".into()));
                assert_eq!(
                    (element.is_bot(), element.deleted()),
                    (Some(false), Some(false))
                );
                assert_eq!(element.locale(), Some("en-US"));
            }
            (Some(StartList::Users), Some("U2")) => {
                assert_eq!(element.display_name(), Some("\u{2764} Hug".into()));
            }
            (Some(StartList::Channels), Some("C1")) => {
                assert_eq!(element.is_member(), Some(true));
                assert_eq!(element.topic(), Some("Fun <3".into()));
                assert_eq!(element.purpose(), Some("to have".into()));
                assert_eq!(element.member_ids().map(|ids| ids.len()), Some(3));
                assert_eq!(element.last_read(), Some("1.5"));
                assert_eq!(element.latest_ts(), Some("2.5"));
                assert_eq!(element.members().text("latest.text"), Some("hi".into()));
                assert_eq!(element.unread_count(), Some(3));
                assert_eq!(element.unread_count_display(), Some(2));
            }
            (Some(StartList::Channels), Some("C2")) => {
                assert_eq!(element.is_member(), Some(false));
                assert_eq!(element.latest_ts(), Some("9.5"));
                assert_eq!(element.member_ids().map(|ids| ids.len()), Some(0));
            }
            (Some(StartList::Groups), Some("G1")) => assert_eq!(name, Some("secret".into())),
            (Some(StartList::Mpims), Some("G2")) => {}
            (Some(StartList::Ims), Some("D1")) => {
                assert_eq!(element.user(), Some("U2"));
                assert_eq!(element.latest_ts(), None);
            }
            (Some(StartList::Bots), Some("B1")) => assert_eq!(name, Some("hug".into())),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, 8);
}

#[test]
fn lists_are_chosen() {
    for (lists, count) in [
        (StartLists::NONE, 0),
        (StartLists::NONE.with(StartList::Users), 2),
        (
            StartLists::NONE
                .with(StartList::Ims)
                .with(StartList::Channels),
            3,
        ),
        (StartLists::ALL, 8),
    ] {
        let response = Response::new(&paths::START).lists(lists);
        let got = every_split(&response, &ok(START)).expect("a response");
        assert_eq!(got.len(), count + 2, "{lists:?}");
    }
    let got = every_split(&Response::new(&paths::CONNECT), &ok(START)).expect("a response");
    assert_eq!(got.len(), 2);
}

#[test]
fn reading_may_stop_at_the_url() {
    let response = Response::new(&paths::START).until(ReadUntil::Url);
    // The rest is neither read nor validated, however much of it follows the URL.
    for blanks in 0..70 {
        let body = format!(
            "{{\"users\":[{{\"id\":\"U7\"}}],\"self\":{{\"id\":\"U1\"}},\"ok\":true,\
             \"url\":\"wss:\\/\\/a.slack.com\\/\",\"channels\":[{{\"id\":\"C1\"}},{}broken",
            " ".repeat(blanks)
        );
        let whole = steps::<1024>(response.clone(), &ok(&body), || usize::MAX);
        for size in [1, 2, 3, 5, 8, 13, 63, 64, 65] {
            let got = steps::<1024>(response.clone(), &ok(&body), || size);
            assert_eq!(got, whole, "{blanks} blanks, reads of {size} bytes");
        }
        match whole {
            Ok(got) => {
                assert!(
                    got.last()
                        .expect("a step")
                        .contains("url=\"wss://a.slack.com/\"")
                );
                assert_eq!(got.get(1).map(String::as_str), Some("users[] id=\"U7\""));
            }
            Err(error) => assert!(matches!(error, ResponseError::Json(_)) && blanks < 64),
        }
    }
    // All of a short response is read.
    let got = every_split(&response, &ok(CONNECT)).expect("a response");
    assert!(got[1].contains("self.name=\"bot\""));
}

#[test]
fn hostile_bytes_give_the_same_in_every_split() {
    let response = Response::new(&paths::START);
    let inputs = [
        ok(r#"{"ok":true,"users":[{"id":"U\u0031"}],"url":"wss:\/\/a","x":-1.5e3}"#),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6;a=b\r\n{\"ok\":\r\n5\r\nfalse\r\n1\r\n}\r\n0\r\n\r\n".to_vec(),
    ];
    for input in inputs {
        for at in 0..input.len() {
            for byte in [
                0, b'\n', b'\r', b' ', b'"', b'0', b'9', b':', b'\\', b'{', b'}', 0x7f, 0xc3, 0xff,
            ] {
                let mut input = input.clone();
                input[at] = byte;
                let whole = steps::<512>(response.clone(), &input, || usize::MAX);
                for size in [1, 7] {
                    let got = steps::<512>(response.clone(), &input, || size);
                    assert_eq!(
                        got,
                        whole,
                        "reads of {size} bytes: {}",
                        input.escape_ascii()
                    );
                }
            }
        }
    }
}

slack_rtm::paths! {
    const MINE extends paths::CALL {
        const CHANNEL = Whole "channel";
        const TEXT = Cut "message.text";
        const MATCH = Element "messages.matches[]";
        const MATCH_TS = Whole "messages.matches[].ts";
    }
}

#[test]
fn tables_of_the_caller_are_read() {
    let body = r#"{"ok":true,"messages":{"total":2,"matches":[{"ts":"1.1"},{"ts":"1.2"}]},"channel":"C1","message":{"text":"hi"}}"#;
    let got = every_split(&Response::new(&MINE), &ok(body)).expect("a response");
    assert_eq!(
        got[1..3],
        [
            "messages.matches[] ts=\"1.1\"",
            "messages.matches[] ts=\"1.2\""
        ]
    );
    accepted(&MINE, body, |response| {
        assert_eq!(response.members().text("channel"), Some("C1".into()));
        assert_eq!(response.members().records().text(TEXT), Some("hi".into()));
        assert_eq!((CHANNEL, MATCH_TS - MATCH), (7, 1));
    });
}
