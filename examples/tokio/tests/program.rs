//! The program as a process: its output and its exit codes; and its page.

use fake_slack::{FakeSlack, Fault, Frame, GENERAL, Step, USER, What};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use std::{env, fs};

const TIMEOUT: Duration = Duration::from_secs(10);

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slack-rtm-tokio"));
    command.env_remove("SLACK_TOKEN").stdin(Stdio::null());
    command
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

/// Starts a program that talks to this server, with the server's root certificate in a file.
fn start(server: &FakeSlack, token: &str) -> Child {
    let root = env::temp_dir().join(format!("slack-rtm-tokio-{}.pem", server.port()));
    fs::write(&root, server.root_certificate_pem().unwrap()).unwrap();
    let mut command = program();
    command
        .args([
            "--api-base",
            &server.api_base(),
            "--allow-host",
            "localhost",
        ])
        .arg("--root-cert")
        .arg(&root)
        .env("SLACK_TOKEN", token)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Asserts that the output contains these lines in this order, with others between them.
fn assert_lines(printed: &str, expected: &[&str]) {
    let mut lines = printed.lines();
    for line in expected {
        assert!(
            lines.any(|printed| printed.starts_with(line)),
            "{line} is missing, or too early: {printed}"
        );
    }
}

#[test]
fn the_conversation_without_a_token_shows_every_step() {
    let output = program().output().unwrap();
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    assert!(output.stderr.is_empty(), "{printed}");
    assert_lines(
        &printed,
        &[
            "<- accepted",
            "<- hello",
            "<- message from U0ALICE01 \"is anybody there?\"",
            "-> message id=",
            "<- ack of id=",
            "-> message id=",
            "<- goodbye",
            "reconnecting in ",
            "<- accepted",
            "<- hello",
            "<- message from U0ALICE01 \"and still there?\"",
            "closing",
            "dropped next() ",
            "end: closed",
        ],
    );
    assert!(printed.contains("\"post 1\""), "{printed}");
    for echo in ["is anybody there?", "and still there?"] {
        let sent = printed
            .lines()
            .filter(|line| line.starts_with("-> message") && line.ends_with(&format!("{echo:?}")));
        assert_eq!(sent.count(), 1, "{printed}");
    }
}

/// Waits for the socket of a program, and until it has echoed a message.
#[cfg(unix)]
fn echo(server: &FakeSlack) {
    server.wait_sockets(1, TIMEOUT).unwrap();
    server.push_message(GENERAL, USER, "echo this");
    let echoed = server.log().wait_received(TIMEOUT, 1, "message").unwrap();
    assert_eq!(echoed["text"], "echo this");
}

/// Sends SIGINT, as Ctrl-C does.
#[cfg(unix)]
fn interrupt(child: &Child) {
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// Whether the client has sent its close frame.
#[cfg(unix)]
fn is_close(what: &What) -> bool {
    let code = Some(1000);
    matches!(what, What::Received(Frame::Close { code: found, .. }) if *found == code)
}

#[test]
#[cfg(unix)]
fn the_second_ctrl_c_does_not_wait_for_the_close_handshake() {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(Step::Close, Fault::Silence);
    let child = start(&server, server.token());
    echo(&server);
    interrupt(&child);
    server.log().wait_nth(TIMEOUT, 1, is_close).unwrap();
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
}

#[test]
#[cfg(unix)]
fn ctrl_c_closes_in_order() {
    let server = FakeSlack::builder().start().unwrap();
    let child = start(&server, server.token());
    echo(&server);
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_lines(
        &text(&output),
        &["closing", "dropped next() ", "end: closed"],
    );
    server.log().wait_nth(TIMEOUT, 1, is_close).unwrap();
}

#[test]
fn a_wrong_token_exits_with_2_and_a_remedy() {
    let server = FakeSlack::builder().start().unwrap();
    let output = start(&server, "xoxb-wrong").wait_with_output().unwrap();
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(2), "{printed}");
    assert!(printed.contains("invalid_auth") && printed.contains("get a new token"));
    assert!(!printed.contains("xoxb-wrong"));
}

#[test]
fn help_and_wrong_usage() {
    let help = program().arg("--help").output().unwrap();
    assert_eq!(help.status.code(), Some(0));
    assert!(help.stderr.is_empty() && text(&help).contains("Usage:"));
    for (arguments, token, error) in [
        (&["--nonsense"][..], "", "--nonsense"),
        (&["--every", "0"], "", "--every takes"),
        (&["xoxb-secret"], "", "unexpected argument"),
        (&["--every=xoxb-secret"], "", "--every takes"),
        (&["--token=xoxb-secret"], "", "--token"),
        (&["--api-base", "https://localhost:1/"], "", "needs a token"),
        (&[], "xoxb-secret\r\nX: y", "token"),
    ] {
        let output = program()
            .args(arguments)
            .env("SLACK_TOKEN", token)
            .output()
            .unwrap();
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {printed}");
        assert!(output.stdout.is_empty(), "{arguments:?}: {printed}");
        assert!(printed.contains(error), "{arguments:?}: {printed}");
        assert!(!printed.contains("secret"), "{arguments:?}: {printed}");
    }
    let output = program()
        .args(["--root-cert", "/nonexistent.pem"])
        .env("SLACK_TOKEN", "xoxb-1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("/nonexistent.pem"));
}

/// Replaces every number by one digit.
fn without_numbers(line: &str) -> String {
    let mut words = Vec::new();
    for word in line.split(' ') {
        let number = word.trim_start_matches("id=");
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        words.push(if is_number {
            word.replace(number, "0")
        } else {
            word.to_owned()
        });
    }
    words.join(" ")
}

#[test]
fn the_readme_shows_what_it_prints() {
    let readme = include_str!("../README.md");
    let (_, block) = readme.split_once("```text\n").unwrap();
    let (shown, _) = block.split_once("```").unwrap();
    let output = program().output().unwrap();
    let printed: Vec<_> = text(&output).lines().map(without_numbers).collect();
    // The script and the timer of posts are not in step with the session.
    let is_in_step = |line: &&str| {
        line.starts_with("<-") || line.ends_with("there?\"") && line.starts_with("->")
    };
    let mut rest = printed.iter();
    for line in shown.lines().filter(is_in_step) {
        let line = without_numbers(line);
        assert!(rest.any(|printed| *printed == line), "{line}: {printed:?}");
    }
    for line in shown.lines().map(without_numbers) {
        let start = line.split(" 0").next().unwrap();
        assert!(
            printed.iter().any(|printed| printed.starts_with(start)),
            "{line}: {printed:?}"
        );
    }
}

#[test]
fn the_readme_counts_the_lines() {
    let readme = include_str!("../README.md");
    for (name, source) in [
        ("clock", include_str!("../src/clock.rs")),
        ("entropy", include_str!("../src/entropy.rs")),
        ("network", include_str!("../src/network.rs")),
    ] {
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
        let lines = source.lines().count();
        let code = source.lines().filter(is_code).count();
        let row = format!("| `src/{name}.rs` | {lines} | {code} |");
        assert!(readme.contains(&row), "{row}");
    }
}
