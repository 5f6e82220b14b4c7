//! Each fault at its steps, seen from the client.

mod support;

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use fake_slack::{BOT_TOKEN, FakeSlack, Fault, Frame, GENERAL, Step, USER_TOKEN, What};
use serde_json::json;
use support::{Answer, PATIENCE, dial, get, new_url, next, open, open_url, say};
use tungstenite::{Error, Message};

const SOON: Duration = Duration::from_millis(30);

fn start() -> FakeSlack {
    FakeSlack::builder().start().unwrap()
}

fn plain() -> FakeSlack {
    FakeSlack::builder().plain().start().unwrap()
}

fn failure(answer: io::Result<Answer>) -> ErrorKind {
    answer.map(|answer| answer.head).unwrap_err().kind()
}

#[test]
fn a_delay_at_any_step_only_takes_time() {
    for server in [start(), plain()] {
        let mut steps = vec![
            Step::TcpAccept,
            Step::Request,
            Step::AnswerHead,
            Step::AnswerBody,
            Step::Upgrade,
            Step::Hello,
            Step::Frame,
            Step::Ack,
            Step::Pong,
            Step::Receive,
            Step::Close,
        ];
        if server.root_certificate_pem().is_some() {
            steps.push(Step::Tls);
        }
        for step in &steps {
            server.fault(*step, Fault::Delay(SOON));
        }
        let begin = Instant::now();
        let mut bot = open(&server, BOT_TOKEN);
        let mut alice = open(&server, USER_TOKEN);
        say(
            &mut alice,
            &json!({"id": 1, "type": "message", "channel": GENERAL, "text": "x"}),
        );
        assert_eq!(next(&mut alice)["ok"], true);
        assert_eq!(next(&mut bot)["text"], "x");
        say(&mut bot, &json!({"id": 2, "type": "ping"}));
        assert_eq!(next(&mut bot)["type"], "pong");
        bot.close(None).unwrap();
        assert!(matches!(bot.read().unwrap(), Message::Close(_)));
        // The frame to the bot and the ack to alice wait at the same time.
        assert!(begin.elapsed() >= SOON * (steps.len() as u32 - 1));
        assert!(!server.has_faults());
    }
}

#[test]
fn a_reset_is_seen_as_one() {
    for server in [start(), plain()] {
        for step in [
            Step::TcpAccept,
            Step::Request,
            Step::AnswerHead,
            Step::AnswerBody,
        ] {
            server.fault(step, Fault::Reset);
            assert_eq!(
                failure(get(&server, "rtm.connect")),
                ErrorKind::ConnectionReset,
                "{step:?}"
            );
        }
        server.fault(Step::Hello, Fault::Reset);
        let mut socket = open_url(&server, &new_url(&server, BOT_TOKEN)).unwrap();
        assert_reset(socket.read());
        for step in [Step::Frame, Step::Pong, Step::Receive] {
            let mut bot = open(&server, BOT_TOKEN);
            server.fault(step, Fault::Reset);
            match step {
                Step::Frame => server.goodbye(),
                _ => say(&mut bot, &json!({"id": 1, "type": "ping"})),
            }
            assert_reset(bot.read());
            server.wait_sockets(0, PATIENCE).unwrap();
        }
    }
    let server = start();
    server.fault(Step::AnswerBody, Fault::ResetAfter(3));
    assert_eq!(
        failure(get(&server, "rtm.connect")),
        ErrorKind::ConnectionReset
    );
    server.fault(Step::Tls, Fault::Reset);
    assert_eq!(
        failure(get(&server, "rtm.connect")),
        ErrorKind::ConnectionReset
    );
}

fn assert_reset(read: Result<Message, Error>) {
    match read {
        Err(Error::Io(error)) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        // How tungstenite reports a reset.
        Err(Error::Protocol(error)) => {
            assert!(error.to_string().contains("Connection reset"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_orderly_and_a_truncated_end_differ() {
    let server = start();
    for step in [Step::Request, Step::AnswerHead, Step::AnswerBody] {
        server.fault(step, Fault::Close);
        let mut link = dial(&server).unwrap();
        link.write_all(b"GET /api/api.test HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        let mut bytes = Vec::new();
        link.read_to_end(&mut bytes).unwrap();
        assert!(!bytes.ends_with(b"}"), "{step:?}");
    }
    for (step, length) in [(Step::AnswerHead, 10), (Step::AnswerBody, 3)] {
        server.fault(step, Fault::Truncate(length));
        let mut link = dial(&server).unwrap();
        link.write_all(b"GET /api/api.test HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        let mut bytes = Vec::new();
        let end = link.read_to_end(&mut bytes).unwrap_err();
        assert_eq!(end.kind(), ErrorKind::UnexpectedEof, "no close_notify");
        match step {
            Step::AnswerHead => assert_eq!(bytes, b"HTTP/1.1 2"),
            _ => assert!(bytes.ends_with(b"\r\n\r\n{\"o"), "{}", bytes.escape_ascii()),
        }
    }
    server.fault(Step::Tls, Fault::Truncate(20));
    assert_eq!(failure(get(&server, "api.test")), ErrorKind::UnexpectedEof);
}

#[test]
fn a_frame_may_be_cut() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    server.fault(Step::Frame, Fault::Truncate(9));
    server.push(r#"{"type":"star_added"}"#);
    let mut bytes = Vec::new();
    bot.get_mut().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"\x81\x15{\"type\"");
}

#[test]
fn silence_sends_nothing_and_still_takes_messages() {
    let server = start();
    let mut bot = open(&server, BOT_TOKEN);
    let mut alice = open(&server, USER_TOKEN);
    server.fault(Step::Ack, Fault::Silence);
    say(
        &mut bot,
        &json!({"id": 1, "type": "message", "channel": GENERAL, "text": "heard?"}),
    );
    assert_eq!(next(&mut alice)["text"], "heard?");
    // The bot reads nothing, and may talk on.
    say(
        &mut bot,
        &json!({"id": 2, "type": "message", "channel": GENERAL, "text": "still?"}),
    );
    assert_eq!(next(&mut alice)["text"], "still?");
    server
        .log()
        .wait_nth(PATIENCE, 2, |what| matches!(what, What::Received(_)))
        .unwrap();
    drop(bot);
    server.wait_sockets(1, PATIENCE).unwrap();
}

#[test]
fn silence_and_stall_at_every_early_step() {
    for step in [
        Step::TcpAccept,
        Step::Request,
        Step::AnswerHead,
        Step::AnswerBody,
    ] {
        for fault in [Fault::Silence, Fault::Stall] {
            let server = plain();
            server.fault(step, fault.clone());
            let mut tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
            tcp.set_read_timeout(Some(SOON)).unwrap();
            tcp.write_all(b"GET /api/api.test HTTP/1.1\r\nHost: x\r\n\r\n")
                .unwrap();
            let mut bytes = Vec::new();
            let end = tcp.read_to_end(&mut bytes).unwrap_err();
            assert_eq!(end.kind(), ErrorKind::WouldBlock, "{step:?} {fault:?}");
            assert_eq!(
                bytes.is_empty(),
                step != Step::AnswerBody,
                "{step:?} {fault:?}"
            );
        }
    }
    let server = start();
    server.fault(Step::Tls, Fault::Silence);
    let tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    tcp.set_read_timeout(Some(SOON)).unwrap();
    let end = support::secure(tcp, server.root_certificate_der().unwrap(), "localhost");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_stalled_socket_takes_no_more_bytes() {
    let server = plain();
    // An own connection, to be able to write until nothing more goes.
    let url = new_url(&server, BOT_TOKEN);
    server.fault(Step::Receive, Fault::Stall);
    let tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    tcp.set_write_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let (mut socket, _) = tungstenite::client(url, tcp).unwrap();
    let frame = json!({"id": 1, "type": "ping", "pad": "x".repeat(10_000)}).to_string();
    let stuck = (0..100_000).find_map(|_| socket.send(Message::text(frame.as_str())).err());
    assert!(matches!(stuck, Some(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock));
}

#[test]
fn pieces_arrive_whole() {
    let server = start();
    for step in [Step::Tls, Step::AnswerHead, Step::AnswerBody, Step::Hello] {
        server.fault_times(step, Fault::OneByteAtATime, 2);
    }
    // Tungstenite takes a handshake of single bytes for an attack.
    server.fault(Step::Upgrade, Fault::Pieces(40));
    server.fault(Step::Pong, Fault::Pieces(3));
    let mut bot = open(&server, BOT_TOKEN);
    say(&mut bot, &json!({"id": 1, "type": "ping"}));
    assert_eq!(next(&mut bot)["type"], "pong");
}

#[test]
fn pieces_arrive_as_pieces() {
    let server = plain();
    server.fault(Step::AnswerHead, Fault::OneByteAtATime);
    let mut tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    tcp.write_all(b"GET /api/api.test HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    // The system may join a few before they are read, never all.
    let mut bytes = [0; 1000];
    assert!(tcp.read(&mut bytes).unwrap() < 100);
}

#[test]
fn coalesced_steps_leave_in_one_write() {
    let server = plain();
    server.fault(Step::Upgrade, Fault::Coalesce);
    server.fault(Step::Hello, Fault::Delay(SOON));
    let url = new_url(&server, BOT_TOKEN);
    let path = url.split_once("/websocket").unwrap().1.to_owned();
    let mut tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    write!(
        tcp,
        "GET /websocket{path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .unwrap();
    let mut bytes = [0; 1024];
    let length = tcp.read(&mut bytes).unwrap();
    let text = bytes[..length].escape_ascii().to_string();
    assert!(
        text.starts_with("HTTP/1.1 101") && text.ends_with(r#"{\"type\":\"hello\"}"#),
        "{text}"
    );
}

#[test]
fn answers_of_faults() {
    let server = start();
    server.fault(
        Step::Request,
        Fault::Status {
            code: 429,
            retry_after: Some(7),
        },
    );
    let answer = get(&server, "rtm.connect").unwrap();
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (429, "ratelimited")
    );
    assert!(answer.head.contains("retry-after: 7"), "{}", answer.head);
    server.fault(
        Step::Request,
        Fault::Status {
            code: 503,
            retry_after: None,
        },
    );
    assert_eq!(get(&server, "rtm.connect").unwrap().status, 503);
    server.fault(
        Step::Request,
        Fault::Redirect("https://example.invalid/".into()),
    );
    let answer = get(&server, "rtm.connect").unwrap();
    assert_eq!(answer.status, 302);
    assert!(
        answer.head.contains("location: https://example.invalid/"),
        "{}",
        answer.head
    );
    server.fault(Step::Request, Fault::Error("fatal_error".into()));
    assert_eq!(get(&server, "rtm.connect").unwrap().error(), "fatal_error");
    server.fault(
        Step::Request,
        Fault::RawBytes(b"HTTP/1.1 200 OK\r\n\r\nnonsense".to_vec()),
    );
    assert_eq!(get(&server, "rtm.connect").unwrap().body, b"nonsense");
    server.fault(Step::AnswerBody, Fault::RawBytes(b"{".to_vec()));
    assert_eq!(get(&server, "rtm.connect").unwrap().body, b"{");
}

#[test]
fn handshakes_that_fail() {
    let server = start();
    for (fault, why) in [
        (
            Fault::Status {
                code: 408,
                retry_after: None,
            },
            "408",
        ),
        (Fault::Redirect("https://example.invalid/".into()), "302"),
        (Fault::WrongAccept, "Sec-WebSocket-Accept"),
        (
            Fault::RawBytes(b"nonsense\r\n\r\n".to_vec()),
            "invalid HTTP version",
        ),
        (Fault::Truncate(20), "without sending TLS close_notify"),
        (Fault::Reset, "reset"),
    ] {
        let url = new_url(&server, BOT_TOKEN);
        server.fault(Step::Upgrade, fault.clone());
        let error = open_url(&server, &url).map(drop).unwrap_err().to_string();
        assert!(error.contains(why), "{fault:?}: {error}");
    }
    for step in [Step::Upgrade, Step::Hello] {
        server.fault(step, Fault::Error("Internal error".into()));
        let mut socket = open_url(&server, &new_url(&server, BOT_TOKEN)).unwrap();
        assert_eq!(next(&mut socket)["error"]["msg"], "Internal error");
        assert!(matches!(socket.read().unwrap(), Message::Close(_)));
    }
}

#[test]
fn frames_of_faults() {
    let server = plain();
    for step in [Step::Frame, Step::Ack, Step::Pong] {
        let mut bot = open(&server, BOT_TOKEN);
        let cause = |bot: &mut support::Socket| match step {
            Step::Frame => server.push(r#"{"type":"star_added","long":"long enough to be cut"}"#),
            Step::Ack => {
                say(
                    bot,
                    &json!({"id": 1, "type": "message", "channel": GENERAL, "text": "x"}),
                );
            }
            _ => say(bot, &json!({"id": 1, "type": "ping"})),
        };
        server.fault(step, Fault::Skip);
        server.fault(step, Fault::Pass);
        cause(&mut bot);
        cause(&mut bot);
        assert!(matches!(bot.read().unwrap(), Message::Text(_)));
        server.fault(step, Fault::Text("UNAUTHENTICATED: cache_error".into()));
        cause(&mut bot);
        assert_eq!(
            bot.read().unwrap(),
            Message::text("UNAUTHENTICATED: cache_error")
        );
        server.fault(step, Fault::RawBytes(b"\x8a\x00\x81\x02{}".to_vec()));
        cause(&mut bot);
        assert_eq!(next(&mut bot), json!({}));
        server.fault(step, Fault::Fragments(4));
        cause(&mut bot);
        assert_eq!(bot.read().unwrap(), Message::Ping("1".into()));
        assert!(next(&mut bot).is_object());
        server.fault(step, Fault::CloseCode(1011));
        cause(&mut bot);
        match bot.read().unwrap() {
            Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1011),
            other => panic!("{other:?}"),
        }
        assert!(!server.has_faults());
    }
}

#[test]
fn error_acks_of_faults() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    server.fault(Step::Ack, Fault::Error("cannot_reply_to_message".into()));
    say(
        &mut bot,
        &json!({"id": 5, "type": "message", "channel": GENERAL, "text": "x"}),
    );
    let ack = next(&mut bot);
    assert_eq!(
        ack,
        json!({"ok": false, "reply_to": 5, "error": {"code": 1, "msg": "cannot_reply_to_message"}})
    );
}

#[test]
fn the_end_of_a_socket_may_go_wrong() {
    let server = plain();
    let close = |fault: Fault| {
        server.fault(Step::Close, fault);
        let mut bot = open(&server, BOT_TOKEN);
        bot.close(None).unwrap();
        bot
    };
    match close(Fault::CloseCode(1001)).read().unwrap() {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("{other:?}"),
    }
    let end = close(Fault::Close).read().unwrap_err().to_string();
    assert!(end.contains("without closing handshake"), "{end}");
    assert_reset(close(Fault::Reset).read());

    server.fault(Step::Close, Fault::KeepOpen);
    let url = new_url(&server, BOT_TOKEN);
    let tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut socket, _) = tungstenite::client(url, tcp.try_clone().unwrap()).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text(r#"{"type":"hello"}"#));
    socket.close(None).unwrap();
    assert!(matches!(socket.read().unwrap(), Message::Close(_)));
    tcp.set_read_timeout(Some(SOON)).unwrap();
    let end = (&tcp).read(&mut [0]).unwrap_err();
    assert_eq!(end.kind(), ErrorKind::WouldBlock, "TCP stays open");
}

#[test]
fn the_server_ends_sockets_on_demand() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    server.reset_all();
    assert_reset(bot.read());
    let mut bot = open(&server, BOT_TOKEN);
    server.disconnect_all();
    let end = bot.read().unwrap_err().to_string();
    assert!(end.contains("without closing handshake"), "{end}");
    assert_eq!(server.sockets(), 0);
}

#[test]
fn a_server_with_open_connections_stops_at_once() {
    let server = start();
    server.fault(Step::Receive, Fault::Stall);
    let mut stalled = open(&server, USER_TOKEN);
    say(&mut stalled, &json!({"id": 1, "type": "ping"}));
    let _open = open(&server, BOT_TOKEN);
    let _idle = dial(&server).unwrap();
    let _no_tls = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    server.fault(Step::Frame, Fault::Delay(Duration::from_secs(3600)));
    server.goodbye();
    let at_work = |what: &What| matches!(what, What::Fault(Step::Frame, _));
    server.log().wait_nth(PATIENCE, 1, at_work).unwrap();
    let begin = Instant::now();
    drop(server);
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn faults_of_a_step_come_in_order() {
    let server = plain();
    server.fault(Step::Request, Fault::Pass);
    server.fault_times(Step::Request, Fault::Error("fatal_error".into()), 2);
    server.fault_times(
        Step::Request,
        Fault::Error("internal_error".into()),
        usize::MAX,
    );
    let call = || get(&server, "api.test").unwrap().json()["error"].clone();
    let seen: Vec<_> = (0..5).map(|_| call()).collect();
    assert_eq!(
        seen,
        [
            json!(null),
            json!("fatal_error"),
            json!("fatal_error"),
            json!("internal_error"),
            json!("internal_error")
        ]
    );
    assert!(server.has_faults());
    server.clear_faults();
    assert_eq!(call(), json!(null));
}

#[test]
#[should_panic(expected = "cannot happen")]
fn a_fault_that_cannot_happen_is_refused() {
    plain().fault(Step::Ack, Fault::WrongAccept);
}

#[test]
fn a_cut_frame_is_not_in_the_log() {
    let server = plain();
    let mut bot = open(&server, BOT_TOKEN);
    server.fault(Step::Frame, Fault::Skip);
    server.push("{\"n\":1}");
    server.push("{\"n\":2}");
    assert_eq!(next(&mut bot)["n"], 2);
    let sent = |text: &str| {
        let frame = What::Sent(Frame::Text(text.into()));
        server
            .log()
            .entries()
            .iter()
            .any(|entry| entry.what == frame)
    };
    assert!(!sent("{\"n\":1}") && sent("{\"n\":2}"));
}

#[test]
fn clients_that_talk_nonsense_do_no_harm() {
    for server in [start(), plain()] {
        let mut seed = 1_u64;
        for round in 0..200 {
            let mut tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
            let begin: &[u8] = match round % 4 {
                0 => b"",
                1 => b"\x16\x03\x01",
                2 => b"POST /api/rtm.connect HTTP/1.1\r\nContent-Length: ",
                _ => b"GET /websocket/x/2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            };
            let noise = (0..round).map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed as u8
            });
            let bytes: Vec<u8> = begin.iter().copied().chain(noise).collect();
            // The server may hang up before it has everything.
            let _ = tcp.write_all(&bytes);
        }
        assert_eq!(get(&server, "api.test").unwrap().status, 200);
    }
}
