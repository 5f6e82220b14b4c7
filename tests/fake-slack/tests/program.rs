//! The program, as a person uses it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use fake_slack::{APP_TOKEN, BOT_TOKEN};
use tungstenite::Message;

fn start(options: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fake-slack"))
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

/// The rest of the first line that begins so.
fn line(output: &mut BufReader<ChildStdout>, begin: &str) -> String {
    for line in output.lines() {
        if let Some(rest) = line.unwrap().trim_start().strip_prefix(begin) {
            return rest.trim().to_owned();
        }
    }
    panic!("no line begins with {begin:?}");
}

#[test]
fn a_person_plays_the_server() {
    let (mut child, mut output) = start(&["--plain"]);
    let base = line(&mut output, "API base");
    let address = base
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix("/api/"))
        .unwrap();
    assert_eq!(line(&mut output, "bot's token"), BOT_TOKEN);

    let mut call = TcpStream::connect(address).unwrap();
    write!(
        call,
        "GET /api/rtm.connect?token={BOT_TOKEN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    let json: serde_json::Value =
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let tcp = TcpStream::connect(address).unwrap();
    let (mut socket, _) = tungstenite::client(json["url"].as_str().unwrap(), tcp).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text(r#"{"type":"hello"}"#));
    assert!(
        matches!(socket.read().unwrap(), Message::Text(text) if text.contains("reconnect_url"))
    );

    let input = child.stdin.as_mut().unwrap();
    writeln!(input, "{{\"type\":\"typed\"}}\n/say hi there").unwrap();
    assert_eq!(socket.read().unwrap(), Message::text(r#"{"type":"typed"}"#));
    assert!(matches!(socket.read().unwrap(), Message::Text(text) if text.contains("hi there")));
    socket
        .send(Message::text(
            r#"{"type":"ping","id":1,"note":"\u001b[2J"}"#,
        ))
        .unwrap();
    assert!(matches!(socket.read().unwrap(), Message::Text(text) if text.contains("pong")));

    let input = child.stdin.as_mut().unwrap();
    writeln!(input, "/reply to that\n/help\n/goodbye 3600").unwrap();
    for expected in ["to that", "message_replied", "goodbye"] {
        assert!(matches!(socket.read().unwrap(), Message::Text(text) if text.contains(expected)));
    }
    drop(child.stdin.take());
    assert!(
        matches!(socket.read().unwrap(), Message::Close(Some(frame)) if u16::from(frame.code) == 1001)
    );
    drop(socket);
    assert!(child.wait().unwrap().success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(
        rest.contains("> {\"type\":\"ping\"") && !rest.contains('\u{1b}'),
        "{rest}"
    );
    for command in ["/say", "/reply", "/goodbye", "/presence", "/quit"] {
        assert!(rest.contains(&format!("  {command}")), "{command}");
    }
}

#[test]
fn a_person_plays_the_users_of_an_app() {
    let (mut child, mut output) = start(&["--plain", "--ack-within", "2.5", "--ghosts", "60"]);
    let base = line(&mut output, "API base");
    let address = base
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix("/api/"))
        .unwrap();
    assert_eq!(line(&mut output, "app token"), APP_TOKEN);
    assert!(line(&mut output, "Socket Mode:").contains(&base));

    let mut call = TcpStream::connect(address).unwrap();
    write!(
        call,
        "POST /api/apps.connections.open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\nAuthorization: Bearer {APP_TOKEN}\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    let json: serde_json::Value =
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let tcp = TcpStream::connect(address).unwrap();
    let (mut socket, _) = tungstenite::client(json["url"].as_str().unwrap(), tcp).unwrap();
    let mut text = || match socket.read().unwrap() {
        Message::Text(text) => text.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(text().contains("\"num_connections\":1,"));

    let input = child.stdin.as_mut().unwrap();
    for (typed, expected) in [
        (
            "{\"type\":\"emoji_changed\"}",
            "\"event\":{\"type\":\"emoji_changed\"}",
        ),
        ("/say hi", "\"text\":\"hi\""),
        ("/message-action log", "\"callback_id\":\"log\""),
        ("/home", "app_home_opened"),
        (
            "/slash /door open 5",
            "\"command\":\"/door\",\"text\":\"open 5\"",
        ),
        ("/press open 5", "\"value\":\"5\""),
        ("/press-in-view open", "\"view_id\""),
        (
            "/submit setup b1.secs=5",
            "\"secs\":{\"type\":\"plain_text_input\",\"value\":\"5\"}",
        ),
        ("/close-view setup", "view_closed"),
        ("/shortcut ring", "\"callback_id\":\"ring\""),
        ("/suggest pick ga", "\"value\":\"ga\""),
        ("/rate-limited", "minute_rate_limited"),
        ("/unknown", "of_the_future"),
        ("/large", "Entrance number"),
        ("/not-json", "UNAUTHENTICATED: cache_error"),
        (
            "/disconnect nonsense\n/slash\n/disconnect warning",
            "\"reason\":\"warning\"",
        ),
        ("/mention open", "\"type\":\"message\""),
    ] {
        writeln!(input, "{typed}").unwrap();
        let text = text();
        assert!(text.contains(expected), "{typed}: {text}");
    }
    assert!(text().contains("app_mention"));
    drop(child.stdin.take());
    drop(socket);
    assert!(child.wait().unwrap().success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    for expected in [
        "/disconnect takes nothing, or a reason",
        "/slash needs a name",
        "... (6",
    ] {
        assert!(rest.contains(expected), "{expected}");
    }
}

/// The body of the answer to a call with the bot's token.
fn call(address: &str, query: &str) -> serde_json::Value {
    let mut tcp = TcpStream::connect(address).unwrap();
    let head = format!("Host: x\r\nAuthorization: Bearer {BOT_TOKEN}\r\nConnection: close");
    write!(tcp, "GET /api/{query} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn a_person_plays_a_server_with_lists_and_uploads() {
    let (mut child, mut output) = start(&[
        "--plain",
        "--users",
        "8",
        "--channels",
        "8",
        "--page",
        "4",
        "--empty-pages",
        "2",
        "--upload-host",
        "localhost",
    ]);
    let base = line(&mut output, "API base");
    let address = base.strip_prefix("http://").unwrap();
    let address = address.strip_suffix("/api/").unwrap().to_owned();
    let uploads = line(&mut output, "uploads");
    let first = call(&address, "users.list");
    assert_eq!(first["members"].as_array().unwrap().len(), 4);
    let cursor = first["response_metadata"]["next_cursor"].as_str().unwrap();
    let second = format!("users.list?cursor={}", cursor.replace('=', "%3D"));
    assert_eq!(call(&address, &second)["members"], serde_json::json!([]));
    let channels = call(&address, "conversations.list?limit=999");
    assert_eq!(channels["channels"].as_array().unwrap().len(), 4);

    let query = "files.getUploadURLExternal?filename=a.txt&length=5";
    let url = call(&address, query)["upload_url"].take();
    let path = url
        .as_str()
        .unwrap()
        .split_once(&uploads)
        .unwrap()
        .1
        .to_owned();
    let upload = || {
        let mut tcp = TcpStream::connect(&uploads).unwrap();
        let head = format!("Host: {uploads}\r\nConnection: close\r\nContent-Length: 5");
        write!(tcp, "POST {path} HTTP/1.1\r\n{head}\r\n\r\nhello").unwrap();
        let mut answer = String::new();
        let read = tcp.read_to_string(&mut answer);
        read.map_or_else(|_| String::new(), |_| answer)
    };
    let input = child.stdin.as_mut().unwrap();
    writeln!(input, "/cut-upload 3").unwrap();
    line(&mut output, "the next upload is reset");
    assert_eq!(upload(), "");
    writeln!(input, "/refuse-upload 503").unwrap();
    line(&mut output, "the next upload is answered");
    assert!(upload().starts_with("HTTP/1.1 503 "));
    assert!(upload().ends_with("OK - 5"));
    writeln!(
        input,
        "/files\n/cut-upload x\n/refuse-upload 1\n/expire-cursors"
    )
    .unwrap();
    let file = line(&mut output, "F0FAKE1000");
    let state = "\"a.txt\", 5 B, FNV 4f9f2cab, not complete, in [], title \"a.txt\"";
    assert_eq!(file, state);
    line(&mut output, "/cut-upload takes a number");
    line(&mut output, "/refuse-upload takes a status");
    line(&mut output, "the cursors have expired");
    assert_eq!(call(&address, &second)["error"], "invalid_cursor");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_root_certificate_is_written() {
    let path = std::env::temp_dir().join(format!("fake-slack-test-{}.pem", std::process::id()));
    let (mut child, mut output) = start(&["--quiet", "--root-cert", path.to_str().unwrap()]);
    assert_eq!(
        line(&mut output, "root certificate"),
        path.to_str().unwrap()
    );
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    std::fs::remove_file(path).unwrap();
}

#[test]
fn options() {
    let run = |options: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_fake-slack"))
            .args(options)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, help) = run(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(
        help.contains("--port") && help.contains("--plain"),
        "{help}"
    );
    for wrong in [
        &["--port"][..],
        &["--port", "many"],
        &["--nonsense"],
        &["--ack-within", "soon"],
        &["--ghosts", "-1"],
        &["--rate", "users.info"],
        &["--rate", "users.info=1"],
        &["--rate", "users.info=1/x"],
        &["--users", "many"],
        &["--empty-pages", "1"],
        &["--upload-port", "65536"],
    ] {
        assert_eq!(run(wrong), (Some(2), String::new()), "{wrong:?}");
    }
}
