//! Sockets and events, when nothing goes wrong.

mod support;

use std::time::Duration;

use fake_slack::{BOT, BOT_TOKEN, Ended, FakeSlack, GENERAL, RANDOM, Rate, USER, USER_TOKEN, What};
use serde_json::json;
use support::{PATIENCE, get, new_url, next, open, open_url, post, say};
use tungstenite::Message;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn plain() -> FakeSlack {
    FakeSlack::builder().plain().start().unwrap()
}

#[test]
fn a_session_over_tls() {
    let server = FakeSlack::builder().start().unwrap();
    assert!(server.api_base().starts_with("https://localhost:"));
    let mut bot = open(&server, server.token());
    let mut alice = open(&server, USER_TOKEN);

    say(
        &mut alice,
        &json!({"id": 1, "type": "message", "channel": GENERAL, "text": "hi bot"}),
    );
    let ack = next(&mut alice);
    assert_eq!(
        (&ack["ok"], &ack["reply_to"], &ack["text"]),
        (&json!(true), &json!(1), &json!("hi bot"))
    );
    assert_eq!(ack.get("type"), None);

    let heard = next(&mut bot);
    assert_eq!(heard["type"], "message");
    assert_eq!(
        (&heard["user"], &heard["channel"], &heard["ts"]),
        (&json!(USER), &json!(GENERAL), &ack["ts"])
    );

    say(
        &mut bot,
        &json!({"id": 7, "type": "ping", "time": 1234, "word": "x", "no": {"a": 1}, "list": []}),
    );
    assert_eq!(
        next(&mut bot),
        json!({"type": "pong", "reply_to": 7, "time": 1234, "word": "x"})
    );
}

#[test]
fn both_loopback_addresses_answer() {
    let server = plain();
    for address in ["127.0.0.1", "::1"] {
        if address == "::1" && std::net::TcpListener::bind((address, 0)).is_err() {
            eprintln!("SKIPPED: this machine has no IPv6 loopback");
            continue;
        }
        std::net::TcpStream::connect((address, server.port())).unwrap();
    }
}

#[test]
fn urls_are_valid_once_and_for_a_while() {
    let server = plain();
    let expired = |url: &str| {
        let mut socket = open_url(&server, url).unwrap();
        let frame = next(&mut socket);
        assert_eq!(
            frame,
            json!({"type": "error", "error": {"code": 1, "msg": "Socket URL has expired"}})
        );
        assert!(matches!(socket.read().unwrap(), Message::Close(_)));
    };
    let url = new_url(&server, BOT_TOKEN);
    let mut socket = open_url(&server, &url).unwrap();
    assert_eq!(next(&mut socket)["type"], "hello");
    expired(&url);

    let late = new_url(&server, BOT_TOKEN);
    server.expire_urls();
    expired(&late);

    let quick = FakeSlack::builder()
        .plain()
        .url_life(Duration::ZERO)
        .start()
        .unwrap();
    let url = new_url(&quick, BOT_TOKEN);
    assert_eq!(next(&mut open_url(&quick, &url).unwrap())["type"], "error");
}

#[test]
fn messages_that_are_refused() {
    let server = FakeSlack::builder()
        .plain()
        .message_rate(None)
        .start()
        .unwrap();
    let mut bot = open(&server, BOT_TOKEN);
    let long = "x".repeat(4001);
    for (frame, code, msg) in [
        (
            json!({"id": 1, "type": "message", "channel": GENERAL}),
            2,
            "message text is missing",
        ),
        (
            json!({"id": 1, "type": "message", "channel": GENERAL, "text": ""}),
            2,
            "message text is missing",
        ),
        (
            json!({"id": 1, "type": "message", "channel": "C0NOWHERE", "text": "x"}),
            1,
            "channel_not_found",
        ),
        (
            json!({"id": 1, "type": "message", "text": "x"}),
            1,
            "channel_not_found",
        ),
        (
            json!({"id": 1, "type": "message", "channel": GENERAL, "text": long}),
            1,
            "msg_too_long",
        ),
        (json!({"id": 1, "type": "nonsense"}), 1, "unknown type"),
        (json!({"id": 1}), 1, "type is missing"),
    ] {
        say(&mut bot, &frame);
        assert_eq!(
            next(&mut bot),
            json!({"ok": false, "reply_to": 1, "error": {"code": code, "msg": msg}}),
        );
    }
    for text in ["[]", "no json"] {
        bot.send(Message::text(text)).unwrap();
        assert_eq!(next(&mut bot)["ok"], false);
    }
    say(
        &mut bot,
        &json!({"id": 0, "type": "message", "channel": GENERAL, "text": "x"}),
    );
    assert_eq!(next(&mut bot).get("reply_to"), None);
}

#[test]
fn the_message_rate_is_held() {
    let rate = Rate {
        burst: 2,
        every: Duration::from_secs(3600),
    };
    let server = FakeSlack::builder()
        .plain()
        .message_rate(Some(rate))
        .start()
        .unwrap();
    let mut bot = open(&server, BOT_TOKEN);
    for id in 1..=22 {
        say(
            &mut bot,
            &json!({"id": id, "type": "message", "channel": GENERAL, "text": "x"}),
        );
        let ack = next(&mut bot);
        assert_eq!(ack["ok"], id <= 2, "{ack}");
        if id > 2 {
            assert_eq!(
                ack["error"],
                json!({"code": -1, "msg": "slow down, too many messages..."})
            );
        }
    }
    say(
        &mut bot,
        &json!({"id": 23, "type": "message", "channel": GENERAL, "text": "x"}),
    );
    assert!(bot.read().is_err(), "a client that goes on is dropped");
}

#[test]
fn timestamps_of_a_channel_are_unique_and_rise() {
    let server = plain();
    let stamps: Vec<String> = (0..500)
        .map(|_| server.push_message(GENERAL, USER, "x"))
        .collect();
    assert!(stamps.is_sorted_by(|a, b| a < b));
    assert!(
        stamps
            .iter()
            .all(|ts| ts.len() == 17 && ts.as_bytes()[10] == b'.'),
        "{stamps:?}"
    );
}

#[test]
fn threads_links_and_typing() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    let mut alice = open(&server, USER_TOKEN);
    say(
        &mut bot,
        &json!({"type": "typing", "id": 1, "channel": RANDOM}),
    );
    assert_eq!(
        next(&mut alice),
        json!({"type": "user_typing", "channel": RANDOM, "user": BOT})
    );
    say(
        &mut bot,
        &json!({"id": 2, "type": "message", "channel": RANDOM, "text": "see https://example.com",
                "thread_ts": "1.000001", "reply_broadcast": true}),
    );
    assert_eq!(next(&mut bot)["text"], "see <https://example.com>");
    let heard = next(&mut alice);
    assert_eq!(
        (&heard["thread_ts"], &heard["subtype"]),
        (&json!("1.000001"), &json!("thread_broadcast"))
    );
}

#[test]
fn presence_by_subscription_and_query() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    let change = |user: &str, presence: &str| json!({"type": "presence_change", "user": user, "presence": presence});
    say(&mut bot, &json!({"type": "presence_sub", "ids": [USER]}));
    assert_eq!(next(&mut bot), change(USER, "away"));
    // Of a list that is sent again only the new ids are answered.
    say(
        &mut bot,
        &json!({"type": "presence_sub", "ids": [USER, "U0NOBODY", BOT]}),
    );
    assert_eq!(next(&mut bot), change(BOT, "active"));
    say(&mut bot, &json!({"type": "presence_sub", "ids": [USER]}));
    say(
        &mut bot,
        &json!({"type": "presence_query", "ids": [USER, BOT, "U0NOBODY"]}),
    );
    assert_eq!(next(&mut bot), change(BOT, "active"));
    assert_eq!(next(&mut bot), change(USER, "away"));
    let alice = open(&server, USER_TOKEN);
    assert_eq!(next(&mut bot), change(USER, "active"));
    drop(alice);
    assert_eq!(next(&mut bot), change(USER, "away"));
    let too_many: Vec<String> = (0..501).map(|n| format!("U{n}")).collect();
    say(
        &mut bot,
        &json!({"id": 9, "type": "presence_query", "ids": too_many}),
    );
    assert_eq!(next(&mut bot)["ok"], false);

    let fields = format!("{FORM}Authorization: Bearer {BOT_TOKEN}\r\n");
    let url = post(&server, "rtm.connect", &fields, "batch_presence_aware=1")
        .unwrap()
        .json();
    let mut batch = open_url(&server, url["url"].as_str().unwrap()).unwrap();
    assert_eq!(next(&mut batch)["type"], "hello");
    say(
        &mut batch,
        &json!({"type": "presence_query", "ids": [USER]}),
    );
    assert_eq!(
        next(&mut batch),
        json!({"type": "presence_change", "users": [USER], "presence": "away"})
    );
}

#[test]
fn what_the_server_pushes() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    server.push(r#"{"type":"star_added"}"#);
    assert_eq!(next(&mut bot)["type"], "star_added");
    server.goodbye();
    assert_eq!(next(&mut bot), json!({"type": "goodbye"}));
    server.reconnect_url();
    let url = next(&mut bot)["url"].as_str().unwrap().to_owned();
    let mut second = open_url(&server, &url).unwrap();
    assert_eq!(next(&mut second)["type"], "hello");
    server.ping(b"are you there");
    // Reading answers the ping.
    server.push(r#"{"type":"after"}"#);
    assert_eq!(next(&mut bot)["type"], "after");
    bot.flush().unwrap();
    let pong =
        |what: &What| *what == What::Received(fake_slack::Frame::Pong(b"are you there".to_vec()));
    server.log().wait_nth(PATIENCE, 1, pong).unwrap();

    server.team_migration(1);
    assert_eq!(next(&mut bot)["type"], "team_migration_started");
    assert!(matches!(bot.read().unwrap(), Message::Close(_)));
    assert_eq!(
        get(&server, "rtm.connect").unwrap().error(),
        "migration_in_progress"
    );
    assert_eq!(get(&server, "rtm.connect").unwrap().json()["ok"], true);
}

#[test]
fn periodic_frames() {
    let server = FakeSlack::builder()
        .plain()
        .ping_every(Duration::from_millis(5))
        .reconnect_url_every(Duration::from_millis(5))
        .start()
        .unwrap();
    let mut bot = open(&server, BOT_TOKEN);
    for _ in 0..3 {
        assert_eq!(next(&mut bot)["type"], "reconnect_url");
    }
    let ping = |what: &What| matches!(what, What::Sent(fake_slack::Frame::Ping(_)));
    server.log().wait_nth(PATIENCE, 3, ping).unwrap();
}

#[test]
fn posting_reaches_every_socket() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    let fields = format!("{FORM}Authorization: Bearer {BOT_TOKEN}\r\n");
    let posted = post(
        &server,
        "chat.postMessage",
        &fields,
        "channel=C0GENERAL&text=hi",
    )
    .unwrap()
    .json();
    let heard = next(&mut bot);
    assert_eq!(
        (&heard["text"], &heard["ts"]),
        (&json!("hi"), &posted["ts"])
    );
}

#[test]
fn clients_that_break_websocket_rules_are_dropped() {
    use std::io::Write;
    use tungstenite::protocol::frame::coding::{Data, OpCode};
    use tungstenite::protocol::frame::{Frame, FrameHeader};
    let masked = |payload: Vec<u8>, opcode, is_final| {
        let header = FrameHeader {
            is_final,
            opcode,
            mask: Some([0; 4]),
            ..FrameHeader::default()
        };
        let mut bytes = Vec::new();
        Frame::from_payload(header, payload.into())
            .format(&mut bytes)
            .unwrap();
        bytes
    };
    let text = OpCode::Data(Data::Text);
    let largest = masked(
        json!({"id": 1, "type": "ping", "pad": "x".repeat(16_384 - 32)})
            .to_string()
            .into_bytes(),
        text,
        true,
    );
    for (bytes, violation, code) in [
        (
            masked(vec![b'x'; 16_385], text, true),
            "a message above 16 KiB",
            None,
        ),
        (
            masked(b"{}".to_vec(), text, false),
            "a fragmented message",
            None,
        ),
        (
            masked(b"{}".to_vec(), OpCode::Data(Data::Continue), true),
            "a continuation frame",
            None,
        ),
        (
            masked(vec![0xff], text, true),
            "text that is not UTF-8",
            Some(1007),
        ),
        (
            masked(vec![1], OpCode::Data(Data::Binary), true),
            "a binary frame",
            Some(1003),
        ),
        (vec![0x81, 0x01, b'x'], "an unmasked frame", Some(1002)),
        (vec![0xc1, 0x80, 0, 0, 0, 0], "a reserved bit", Some(1002)),
    ] {
        let server = plain();
        let mut bot = open(&server, BOT_TOKEN);
        bot.get_mut().write_all(&largest).unwrap();
        assert_eq!(next(&mut bot)["type"], "pong");
        bot.get_mut().write_all(&bytes).unwrap();
        let answer = bot.read();
        match code {
            None => assert!(answer.is_err(), "{violation}: {answer:?}"),
            Some(code) => match answer.unwrap() {
                Message::Close(Some(frame)) => {
                    assert_eq!(u16::from(frame.code), code, "{violation}");
                }
                other => panic!("{violation}: {other:?}"),
            },
        }
        let seen = |what: &What| *what == What::Violation(violation.into());
        server.log().wait_nth(PATIENCE, 1, seen).unwrap();
    }
}

#[test]
fn the_close_handshake_both_ways() {
    let server = FakeSlack::builder().start().unwrap();
    let mut bot = open(&server, BOT_TOKEN);
    bot.close(None).unwrap();
    assert!(matches!(bot.read().unwrap(), Message::Close(_)));
    server.wait_sockets(0, PATIENCE).unwrap();
    server
        .log()
        .wait_nth(PATIENCE, 1, |what| *what == What::Ended(Ended::Closed))
        .unwrap();

    let mut bot = open(&server, BOT_TOKEN);
    server.close_all(4001, "why not");
    match bot.read().unwrap() {
        Message::Close(Some(frame)) => {
            assert_eq!((u16::from(frame.code), &*frame.reason), (4001, "why not"));
        }
        other => panic!("{other:?}"),
    }
    assert!(bot.read().is_err());
    server.wait_sockets(0, PATIENCE).unwrap();
}

#[test]
fn the_log_shows_no_token() {
    let server = plain();
    drop(open(&server, BOT_TOKEN));
    get(&server, "auth.test").unwrap();
    let log = format!("{:?}", server.log().entries());
    assert!(
        log.contains("auth.test") && !log.contains(BOT_TOKEN),
        "{log}"
    );
}
