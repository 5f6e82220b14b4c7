//! The Web API: what it takes and what it answers.

mod support;

use std::io::{Read, Write};
use std::time::Duration;

use fake_slack::{
    BOT, BOT_TOKEN, FakeSlack, Fault, Framing, GENERAL, Headers, QueryTokens, Rate, RtmStart, Step,
    USER,
};
use serde_json::json;
use support::{exchange, get, post};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn plain() -> FakeSlack {
    FakeSlack::builder().plain().start().unwrap()
}

#[test]
fn rtm_connect_answers_as_documented() {
    let server = FakeSlack::builder().start().unwrap();
    let answer = get(&server, "rtm.connect").unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.head.lines().count(), 1 + 28);
    let text = String::from_utf8(answer.body.clone()).unwrap();
    assert!(
        text.contains(&format!(
            r#""url":"wss:\/\/localhost:{}\/websocket\/"#,
            server.port()
        )),
        "{text}"
    );
    assert!(!text.replace("\\/", "").contains('/'), "{text}");
    let json = answer.json();
    assert_eq!(
        (&json["ok"], &json["self"]["id"], &json["team"]["domain"]),
        (&json!(true), &json!(BOT), &json!("fake-team"))
    );
}

#[test]
fn each_way_to_hand_over_a_token() {
    let server = plain();
    let bearer = format!("Authorization: Bearer {BOT_TOKEN}\r\n");
    let form = format!("token={BOT_TOKEN}");
    let get_with = |query: &str, fields: &str| {
        exchange(
            &server,
            &format!("GET /api/rtm.connect{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n"),
        )
        .unwrap()
        .json()
    };
    assert_eq!(get_with("", &bearer)["ok"], true);
    assert_eq!(get_with(&format!("?{form}"), "")["ok"], true);
    assert_eq!(get_with("", "")["error"], "not_authed");
    assert_eq!(get_with("?token=xoxb-wrong", "")["error"], "invalid_auth");
    assert_eq!(
        post(&server, "rtm.connect", FORM, &form).unwrap().json()["ok"],
        true
    );
    assert_eq!(
        post(&server, "rtm.connect", &format!("{FORM}{bearer}"), "")
            .unwrap()
            .json()["ok"],
        true
    );

    let newer = FakeSlack::builder()
        .plain()
        .query_tokens(QueryTokens::Refused)
        .start()
        .unwrap();
    let refused = exchange(
        &newer,
        &format!(
            "GET /api/rtm.connect?{form} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        ),
    );
    assert_eq!(refused.unwrap().error(), "not_authed");
}

#[test]
fn calls_that_are_refused() {
    let server = FakeSlack::builder()
        .plain()
        .refused_token("xoxb-old", "token_revoked")
        .start()
        .unwrap();
    let bearer = format!("Authorization: Bearer {BOT_TOKEN}\r\n");
    let form = format!("{FORM}{bearer}");
    let typed = |media: &str| format!("Content-Type: {media}\r\n{bearer}");
    let token = format!("{{\"token\":\"{BOT_TOKEN}\"}}");
    for (method, fields, body, error) in [
        ("no.such", bearer.as_str(), "", "unknown_method"),
        ("rtm.connect", FORM, "token=xoxb-old", "token_revoked"),
        (
            "rtm.connect",
            FORM,
            "token=xapp-1",
            "not_allowed_token_type",
        ),
        ("rtm.connect", &form, "foo[7]=1", "invalid_array_arg"),
        ("rtm.connect", &form, "fo-o=1", "invalid_arg_name"),
        (
            "rtm.connect",
            &form,
            &format!("{}=1", "a".repeat(65)),
            "invalid_arg_name",
        ),
        (
            "rtm.connect",
            &form,
            "presence_sub=maybe",
            "invalid_arguments",
        ),
        ("rtm.connect", &form, "a=%zz", "invalid_form_data"),
        ("rtm.connect", &bearer, "a=1", "missing_post_type"),
        (
            "rtm.connect",
            &typed("image/png"),
            "a=1",
            "invalid_post_type",
        ),
        (
            "rtm.connect",
            &typed("text/plain; charset=klingon"),
            "a",
            "invalid_charset",
        ),
        (
            "rtm.connect",
            &typed("application/json"),
            "{",
            "invalid_json",
        ),
        (
            "rtm.connect",
            &typed("application/json"),
            "[1]",
            "json_not_object",
        ),
        (
            "rtm.connect",
            "Content-Type: application/json\r\n",
            &token,
            "not_authed",
        ),
        (
            "chat.postMessage",
            &form,
            "channel=C0NOWHERE&text=x",
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            &form,
            "channel=C0GENERAL&text=",
            "no_text",
        ),
        ("users.info", &form, "user=U0NOBODY", "user_not_found"),
    ] {
        let answer = post(&server, method, fields, body).unwrap();
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (200, error),
            "{method} {body}"
        );
    }
}

#[test]
fn charset_warnings() {
    let server = plain();
    let bearer = format!("Authorization: Bearer {BOT_TOKEN}\r\n");
    for (media, warning) in [
        ("application/x-www-form-urlencoded", json!(null)),
        (
            "application/x-www-form-urlencoded;charset=utf-8",
            json!("superfluous_charset"),
        ),
        ("application/json", json!("missing_charset")),
        ("application/json; charset=utf-8", json!(null)),
    ] {
        let json = post(
            &server,
            "auth.test",
            &format!("Content-Type: {media}\r\n{bearer}"),
            "",
        )
        .unwrap()
        .json();
        assert_eq!(
            (&json["ok"], &json["warning"]),
            (&json!(true), &warning),
            "{media}"
        );
    }
}

#[test]
fn multipart_forms_are_read() {
    let server = plain();
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{BOT_TOKEN}\r\n--x--\r\n"
    );
    let fields = "Content-Type: multipart/form-data; boundary=x\r\n";
    assert_eq!(
        post(&server, "auth.test", fields, &body).unwrap().json()["user_id"],
        BOT
    );
}

#[test]
fn a_body_that_is_cut_is_a_request_timeout() {
    let server = plain();
    let mut tcp = std::net::TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    tcp.write_all(b"POST /api/auth.test HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        .unwrap();
    tcp.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(r#""error":"request_timeout""#), "{answer}");
}

#[test]
fn a_connection_serves_request_after_request() {
    let server = FakeSlack::builder().start().unwrap();
    let mut link = support::dial(&server).unwrap();
    let keep = "GET /api/api.test?n=1 HTTP/1.1\r\nHost: x\r\n\r\n";
    let chunks = "5\r\nn=2&m\r\n2\r\n=3\r\n0\r\n\r\n";
    let last = format!(
        "POST /api/api.test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n{chunks}"
    );
    link.write_all(format!("{keep}{last}").as_bytes()).unwrap();
    let mut answers = String::new();
    link.read_to_string(&mut answers).unwrap();
    assert!(
        answers.contains(r#"{"ok":true,"args":{"n":"1"}}"#),
        "{answers}"
    );
    assert!(
        answers.contains(r#"{"ok":true,"args":{"m":"3","n":"2"}}"#),
        "{answers}"
    );
}

#[test]
fn a_connection_ends_between_requests_as_asked() {
    let request = b"GET /api/api.test HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n";
    let server = FakeSlack::builder()
        .requests_per_connection(2)
        .headers(Headers::Few)
        .start()
        .unwrap();
    let mut link = support::dial(&server).unwrap();
    link.write_all(&request.repeat(2)).unwrap();
    let mut answers = String::new();
    link.read_to_string(&mut answers).unwrap();
    let kept: Vec<bool> = answers
        .lines()
        .filter_map(|line| line.strip_prefix("connection: "))
        .map(|options| options == "keep-alive")
        .collect();
    assert_eq!(kept, [true, false], "{answers}");
    let log = server.log();
    assert_eq!(
        (log.connections(), log.handshakes(), log.requests()),
        (1, 1, 2)
    );

    // Without a word in the response: by a fault, and from outside.
    let server = plain();
    server.fault(Step::Idle, Fault::Pass);
    server.fault(Step::Idle, Fault::RawBytes(b"HTTP/1.1 408 ".to_vec()));
    server.fault(Step::Idle, Fault::Close);
    let mut link = support::dial(&server).unwrap();
    link.write_all(&request.repeat(3)).unwrap();
    let mut answers = String::new();
    link.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("connection: keep-alive").count(), 3);
    assert_eq!(answers.matches("}HTTP/1.1 408 HTTP/1.1 200").count(), 1);

    let mut link = support::dial(&server).unwrap();
    link.write_all(request).unwrap();
    let mut start = [0; 12];
    link.read_exact(&mut start).unwrap();
    server.close_idle();
    let mut rest = Vec::new();
    assert!(link.read_to_end(&mut rest).is_ok());
}

#[test]
fn framings_and_field_lines() {
    for framing in [
        Framing::ContentLength,
        Framing::Chunked(7),
        Framing::UntilClose,
    ] {
        let server = FakeSlack::builder()
            .plain()
            .framing(framing)
            .headers(Headers::Few)
            .start()
            .unwrap();
        let answer = get(&server, "auth.test").unwrap();
        assert_eq!(answer.json()["user_id"], BOT, "{framing:?}");
        let head = answer.head;
        assert_eq!(
            head.contains("content-length"),
            framing == Framing::ContentLength,
            "{head}"
        );
        assert_eq!(
            head.contains("chunked"),
            framing == Framing::Chunked(7),
            "{head}"
        );
        assert!(head.lines().count() <= 5, "{head}");
    }
}

#[test]
fn rtm_start_in_its_three_ages() {
    let with = |start| {
        FakeSlack::builder()
            .plain()
            .more_users(30)
            .rtm_start(start)
            .start()
            .unwrap()
    };
    let full = get(
        &with(RtmStart::Full),
        "rtm.start?include_locale=1&mpim_aware=1",
    )
    .unwrap();
    let json = full.json();
    assert_eq!(json["users"].as_array().unwrap().len(), 32);
    assert_eq!(
        (&json["users"][0]["locale"], &json["mpims"]),
        (&json!("en-US"), &json!([]))
    );
    let text = String::from_utf8(full.body).unwrap();
    assert!(
        text.find("\"url\":\"ws").unwrap() > text.len() - 250,
        "the URL comes last"
    );

    let small = get(&with(RtmStart::LikeConnect), "rtm.start")
        .unwrap()
        .json();
    assert_eq!(
        (small.get("users"), &small["self"]["id"]),
        (None, &json!(BOT))
    );
    assert_eq!(
        get(&with(RtmStart::Refused), "rtm.start").unwrap().error(),
        "rtm_connect_required"
    );
}

#[test]
fn the_connect_rate_answers_429() {
    let rate = Rate {
        burst: 1,
        every: Duration::from_secs(60),
    };
    let server = FakeSlack::builder()
        .plain()
        .connect_rate(Some(rate))
        .start()
        .unwrap();
    assert_eq!(get(&server, "rtm.connect").unwrap().status, 200);
    let limited = get(&server, "rtm.connect").unwrap();
    assert_eq!(
        (limited.status, limited.error().as_str()),
        (429, "ratelimited")
    );
    assert!(limited.head.contains("retry-after: 60"), "{}", limited.head);
}

#[test]
fn other_calls_and_pages() {
    let server = plain();
    assert_eq!(get(&server, "auth.test").unwrap().json()["user_id"], BOT);
    assert_eq!(
        get(&server, "api.test?foo=bar").unwrap().json()["args"]["foo"],
        "bar"
    );
    assert_eq!(
        get(&server, "conversations.list").unwrap().json()["channels"][0]["id"],
        GENERAL
    );
    assert_eq!(
        get(&server, "users.list").unwrap().json()["members"][1]["id"],
        USER
    );
    assert_eq!(
        get(&server, "users.info?user=U0ALICE01").unwrap().json()["user"]["name"],
        "alice"
    );
    let asked = |request: &str| exchange(&server, request).unwrap().status;
    assert_eq!(
        asked("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        404
    );
    assert_eq!(
        asked("PUT /api/auth.test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        405
    );
    assert_eq!(asked("nonsense\r\n\r\n"), 400);
    assert_eq!(
        asked(
            "GET /websocket/x/2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n"
        ),
        400
    );
}
