//! The examples as processes: their output and their exit codes.

use fake_slack::{Builder, FakeSlack, Fault, GENERAL, RANDOM, Step, USER};
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// Returns the command of an example; `cargo test` builds all of them.
fn program(name: &str) -> Command {
    let tests = env::current_exe().unwrap();
    let folder = tests.parent().unwrap().parent().unwrap().join("examples");
    let path = folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{}: cargo build --examples", path.display());
    let mut command = Command::new(path);
    command.env_remove("SLACK_TOKEN");
    command.env_remove("SLACK_APP_TOKEN").stdin(Stdio::null());
    command
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

/// A server, and its root certificate in a file.
struct Server {
    slack: FakeSlack,
    root: PathBuf,
}

impl Server {
    fn start() -> Self {
        Self::with(FakeSlack::builder())
    }

    fn with(builder: Builder) -> Self {
        let slack = builder.start().unwrap();
        let name = format!("slack-rtm-examples-{}.pem", slack.port());
        let root = env::temp_dir().join(name);
        fs::write(&root, slack.root_certificate_pem().unwrap()).unwrap();
        Self { slack, root }
    }

    fn program(&self, name: &str) -> Command {
        let mut command = program(name);
        command.args(["--api-base", &self.slack.api_base()]);
        match name {
            // Without a WebSocket.
            "members" | "post" => {}
            "upload" => drop(command.args(["--allow-host", self.slack.upload_host()])),
            _ => drop(command.args(["--allow-host", "localhost"])),
        }
        command.arg("--root-cert").arg(&self.root);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.root);
    }
}

/// A program that must not outlive a failed test.
struct Running(Option<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
        }
    }
}

/// Sends SIGINT, as Ctrl-C does.
#[cfg(unix)]
fn interrupt(child: &Child) {
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

#[test]
fn the_conversation_without_a_token_shows_every_step() {
    for (name, arguments) in [
        ("echo", &[][..]),
        ("echo", &["--method", "rtm.start", "--token-in", "form"]),
        ("listen", &[]),
        ("listen", &["--method", "rtm.start"]),
    ] {
        let begin = Instant::now();
        let output = program(name).args(arguments).output().unwrap();
        let printed = text(&output);
        assert!(output.status.success(), "{name}: {printed}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{name}");
        let mut rest = printed.as_str();
        for step in [
            "→ connect",
            "← opened",
            "← hello",
            "← message      channel=\"C0GENERAL\"",
            "← ack",
            "← pong",
            "← goodbye",
            "· reconnect",
            "← hello",
            "← message",
            "← ack",
            "· end          closed",
        ] {
            let Some((_, after)) = rest.split_once(step) else {
                panic!("{name}: {step} is missing, or too early: {printed}");
            };
            rest = after;
        }
        assert_eq!(printed.matches("→ message").count(), 2, "{name}: {printed}");
        // No color, since standard output is not a terminal.
        assert!(!printed.contains('\x1b'), "{name}: {printed}");
    }
}

#[test]
fn the_conversation_in_socket_mode_shows_every_step() {
    let echo = [
        "→ connect",
        "← opened",
        "← hello",
        "← message      channel=\"C0GENERAL\"",
        "→ message      id=1 text=\"<@U0FAKEBOT> is anybody there?\"",
        "← app_mention",
        "← command",
        "→ response     text=\"You typed /door open\"",
        "← interaction",
        "→ response     id=2",
        "← disconnect   reason=\"refresh_requested\"",
        "· reconnect",
        "← hello",
        "← command",
        "→ response     text=\"You typed /door close\"",
        "· end          closed",
    ];
    let listens = echo.into_iter().filter(|step| {
        let is_sent = step.starts_with('→');
        !is_sent || step.contains("connect")
    });
    let listen: Vec<&str> = listens.collect();
    for (name, steps) in [("echo", &echo[..]), ("listen", &listen)] {
        let output = program(name).arg("--socket-mode").output().unwrap();
        let printed = text(&output);
        assert!(output.status.success(), "{name}: {printed}");
        let mut rest = printed.as_str();
        for step in steps {
            let Some((_, after)) = rest.split_once(step) else {
                panic!("{name}: {step} is missing, or too early: {printed}");
            };
            rest = after;
        }
        let posted = if name == "echo" { 2 } else { 0 };
        assert_eq!(printed.matches("← posted").count(), posted, "{printed}");
        // Secrets.
        assert!(!printed.contains("response_url") && !printed.contains("ticket="));
    }
}

/// The kinds of tokens, and who names the mistake.
#[test]
fn a_token_of_the_wrong_kind_is_named() {
    for (name, arguments, named) in [
        ("echo", &["--token", "xapp-secret"][..], "--app-token"),
        (
            "listen",
            &["--app-token", "xoxb-secret"],
            "app-level token (xapp-)",
        ),
        (
            "echo",
            &["--app-token", "xoxb-secret", "--token", "xoxb-secret"],
            "app-level token (xapp-)",
        ),
        ("echo", &["--app-token", "xapp-secret"], "token of the bot"),
        ("missed", &["--app-token", "xapp-secret"], "RTM only"),
        ("missed", &["--socket-mode"], "RTM only"),
        (
            "listen",
            &["--socket-mode", "--token", "xoxb-secret"],
            "--app-token",
        ),
    ] {
        let output = program(name).args(arguments).output().unwrap();
        let printed = String::from_utf8(output.stderr).unwrap();
        let line = printed.lines().next().unwrap();
        assert_eq!(output.status.code(), Some(64), "{name}: {printed}");
        assert!(line.contains(named), "{name}: {line}");
        assert!(!printed.contains("secret"), "{name}: {printed}");
    }
    let help = program("echo").arg("--help").output().unwrap();
    for kind in [
        "xoxb- of a classic app   RTM",
        "xapp- (app-level)        Socket Mode",
    ] {
        assert!(text(&help).contains(kind), "{kind}");
    }
}

/// Returns arrow, name and the names of the members of every line. The lines of the script are left
/// out, since another thread prints them; so is its ping, which only has to precede the pong.
fn steps(text: &str) -> Vec<(String, Vec<&str>)> {
    let (_, after_ping) = text.split_once("→ ping").unwrap();
    assert!(after_ping.contains("← pong"), "{text}");
    let lines = text
        .lines()
        .filter(|line| !line.contains("· script") && !line.contains("→ ping"));
    lines
        .map(|line| {
            let after_time: String = line.chars().skip(10).collect();
            let step = after_time.chars().take(14).collect::<String>();
            let names = line.split(' ').filter_map(|word| word.split_once('='));
            (
                step.trim_end().to_owned(),
                names.map(|(name, _)| name).collect(),
            )
        })
        .collect()
}

#[test]
fn the_readme_shows_what_echo_prints() {
    let readme = include_str!("../../README.md");
    let (_, block) = readme.split_once("```text\n").unwrap();
    let (shown, _) = block.split_once("```").unwrap();
    let output = program("echo").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let (shown, printed) = (steps(shown), steps(&printed));
    assert_eq!(shown.len(), printed.len(), "{shown:?} {printed:?}");
    for ((shown, members), (printed, all)) in shown.iter().zip(&printed) {
        assert_eq!(shown, printed);
        let mut rest = all.iter();
        for name in members {
            assert!(rest.any(|printed| printed == name), "{name} of {shown}");
        }
    }
}

#[test]
fn help_and_wrong_usage() {
    for name in [
        "echo",
        "listen",
        "members",
        "missed",
        "post",
        "upload",
        "websocket_echo",
    ] {
        let help = program(name).arg("--help").output().unwrap();
        assert_eq!(help.status.code(), Some(0), "{name}");
        assert!(
            help.stderr.is_empty() && text(&help).contains("Usage:"),
            "{name}"
        );
        // All options are in one column.
        assert!(!text(&help).contains("\n--"), "{name}");
        let wrong = program(name).arg("--nonsense").output().unwrap();
        assert_eq!(wrong.status.code(), Some(64), "{name}");
        assert!(
            wrong.stdout.is_empty() && text(&wrong).contains("--nonsense"),
            "{name}"
        );
    }
    for (name, channel) in [
        ("echo", &[][..]),
        ("members", &[]),
        ("post", &["--channel", GENERAL]),
        ("upload", &["Cargo.toml"]),
    ] {
        let mut command = program(name);
        let broken = command.args(["--token", "xoxb-secret\r\nX: y"]);
        let broken = broken.args(channel).output().unwrap();
        assert_eq!(broken.status.code(), Some(64), "{}", text(&broken));
        assert!(!text(&broken).contains("secret"));
    }
    for limit in ["0", "1000", "65537", "-1", "", "xoxb-secret"] {
        let wrong = program("members").args(["--limit", limit]).output();
        let wrong = wrong.unwrap();
        assert_eq!(wrong.status.code(), Some(64), "{limit}");
        assert!(text(&wrong).contains("from 1 to 999") && !text(&wrong).contains("secret"));
    }
    for name in ["missed", "post"] {
        let no_channel = program(name).args(["--token", "xoxb-1"]).output();
        let no_channel = no_channel.unwrap();
        assert_eq!(no_channel.status.code(), Some(64), "{name}");
        assert!(text(&no_channel).contains("--channel"), "{name}");
    }
    let help = program("post").arg("--help").output().unwrap();
    assert!(text(&help).contains("Presses of the button are not received"));
}

#[test]
fn a_wrong_token_exits_with_2_and_a_remedy() {
    let server = Server::start();
    for (name, arguments) in [
        ("echo", &[][..]),
        ("listen", &[]),
        ("missed", &["--channel", GENERAL]),
        ("post", &["--channel", GENERAL]),
        ("members", &[]),
        ("upload", &["Cargo.toml"]),
    ] {
        let output = server
            .program(name)
            .args(arguments)
            .env("SLACK_TOKEN", "xoxb-wrong")
            .output()
            .unwrap();
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {printed}");
        assert!(
            printed.contains("invalid_auth") && printed.contains("get a new token"),
            "{printed}"
        );
        assert!(!printed.contains("xoxb-wrong"));
    }
    for name in ["echo", "listen"] {
        let output = server
            .program(name)
            .args(["--token", server.slack.token()])
            .env("SLACK_APP_TOKEN", "xapp-wrong")
            .output()
            .unwrap();
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {printed}");
        assert!(printed.contains("invalid_auth"), "{printed}");
        assert!(!printed.contains("xapp-wrong"));
    }
}

#[test]
#[cfg(unix)]
fn an_app_with_both_tokens_echoes_until_ctrl_c() {
    let wait = Duration::from_secs(10);
    let server = Server::start();
    let slack = &server.slack;
    let mut echo = server.program("echo");
    echo.args(["--app-token", slack.app_token(), "--token", slack.token()]);
    let mut echo = Running(Some(echo.stdout(Stdio::piped()).spawn().unwrap()));
    slack.wait_registered_sockets(1, wait).unwrap();
    let ts = slack.push_message(GENERAL, USER, "echo this");
    let posted = slack.log().wait_call(wait, 1, "chat.postMessage").unwrap();
    let body = String::from_utf8(posted.body).unwrap();
    assert!(body.contains("text=echo") && body.contains(&ts), "{body}");
    let command = slack.slash_command("/door", "");
    let acknowledged = slack.log().wait_acknowledged(wait, &command).unwrap();
    assert_eq!(acknowledged.payload.unwrap()["text"], "You typed /door ");
    let echo = echo.0.take().unwrap();
    interrupt(&echo);
    let output = echo.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("· end          closed"));
    assert_eq!(slack.log().violations(), [""; 0]);
    slack.wait_registered_sockets(0, wait).unwrap();
}

#[test]
fn post_without_a_token_posts_and_edits_over_one_connection() {
    let output = program("post").args(["--text", "a & b"]).output().unwrap();
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    let mut rest = printed.as_str();
    for step in [
        "→ post         channel=\"C0GENERAL\" text=\"a & b\"",
        "← posted       channel=\"C0GENERAL\" ts=",
        "· wait         1 s",
        "→ update",
        "← updated",
        "· server       connections=1 handshakes=1",
        "\"action_id\":\"open\"",
        "The time to answer is over.",
    ] {
        let Some((_, after)) = rest.split_once(step) else {
            panic!("{step} is missing, or too early: {printed}");
        };
        rest = after;
    }
    assert!(!rest.contains("action_id"), "{printed}");
}

#[test]
#[cfg(unix)]
fn post_edits_at_once_at_ctrl_c_and_reports_what_is_not_known() {
    let wait = Duration::from_secs(10);
    let server = Server::start();
    let slack = &server.slack;
    let post = |seconds: &str| {
        let mut post = server.program("post");
        post.args(["--channel", GENERAL, "--token", slack.token()]);
        post.args(["--seconds", seconds]).stdout(Stdio::piped());
        post.stderr(Stdio::piped());
        post
    };
    let mut running = Running(Some(post("3600").spawn().unwrap()));
    let posted = |what: &fake_slack::What| matches!(what, fake_slack::What::Answer { .. });
    slack.log().wait_nth(wait, 1, posted).unwrap();
    let child = running.0.take().unwrap();
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(slack.log().calls("chat.update"), 1);

    slack.fault(Step::AnswerHead, Fault::Close);
    let output = post("0").output().unwrap();
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains("not known whether Slack has done the call"),
        "{printed}"
    );

    let output = post("0").args(["--header", &"x".repeat(151)]).output();
    let printed = text(&output.unwrap());
    assert!(printed.contains("a header has 151 characters"), "{printed}");
    assert_eq!(slack.log().calls("chat.postMessage"), 2);
}

/// Returns the lines of a channel in the output of `members`.
fn members_of<'t>(printed: &'t str, channel: &str) -> Vec<&'t str> {
    let (_, after) = printed.split_once(&format!("#{channel} (")).unwrap();
    let lines = after.lines().skip(1);
    let names = lines.take_while(|line| line.starts_with("  "));
    names.map(str::trim).collect()
}

#[test]
fn members_without_a_token_walks_all_pages_of_all_channels() {
    let output = program("members").output().unwrap();
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    assert_eq!(members_of(&printed, "random"), ["alice", "fakebot (bot)"]);
    assert_eq!(members_of(&printed, "general").len(), 9, "{printed}");
    assert!(printed.contains("calls over 1 connection"), "{printed}");
    // No progress without a terminal.
    assert!(output.stderr.is_empty(), "{printed}");
}

#[test]
fn members_begins_a_list_again_and_waits_for_a_rate_limit() {
    let server = Server::with(FakeSlack::builder().more_users(20).more_channels(10));
    let slack = &server.slack;
    let refused = |code: &str| Fault::Error(code.into());
    let limited = Fault::Status {
        code: 429,
        retry_after: Some(1),
    };
    for fault in [
        Fault::Pass,
        Fault::Pass,
        refused("invalid_cursor"),
        Fault::Pass,
        limited,
        refused("internal_error"),
    ] {
        slack.fault(Step::Request, fault);
    }
    let run = |arguments: &[&str]| {
        let mut command = server.program("members");
        let command = command.args(["--token", slack.token()]);
        command.args(arguments).output().unwrap()
    };
    let begin = Instant::now();
    let output = run(&["--limit", "8"]);
    let printed = text(&output);
    // An error of Slack's own is no reason to call on without end.
    assert_eq!(output.status.code(), Some(2), "{printed}");
    assert!(printed.contains("users.list: internal_error"), "{printed}");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    let output = run(&[]);
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    let general = members_of(&printed, "general");
    assert_eq!(general.len(), 22, "{printed}");
    assert!(general.contains(&"alice") && general.contains(&"user19"));
    let channels = |printed: &str| printed.lines().filter(|line| line.starts_with('#')).count();
    let all = text(&run(&["--private", "--archived"]));
    assert_eq!((channels(&printed), channels(&all)), (10, 12), "{all}");

    // A server that accepts no cursor is not called without an end.
    slack.fault_times(Step::Request, refused("invalid_cursor"), usize::MAX);
    let before = slack.log().calls("users.list");
    let output = run(&[]);
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("users.list: failed 4 times"), "{printed}");
    assert_eq!(slack.log().calls("users.list"), before + 4);
}

#[test]
fn a_missing_scope_is_named_with_its_method() {
    let builder = FakeSlack::builder().refused_token("xoxb-few", "missing_scope");
    let server = Server::with(builder);
    for (name, arguments) in [("members", &[][..]), ("upload", &["Cargo.toml"])] {
        let mut command = server.program(name);
        let command = command.args(["--token", "xoxb-few"]).args(arguments);
        let output = command.output().unwrap();
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {printed}");
        assert!(
            printed.contains("missing_scope: the token was not granted a scope"),
            "{printed}"
        );
    }
}

/// Runs `upload` with standard input.
fn upload(mut command: Command, input: &[u8]) -> Output {
    let pipe = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = pipe.stderr(Stdio::piped()).spawn().unwrap();
    // The program does not read more than it takes.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn upload_without_a_token_shows_what_the_server_has() {
    let mut command = program("upload");
    let output = command.arg("Cargo.toml").output().unwrap();
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    let length = fs::metadata("Cargo.toml").unwrap().len();
    let line = format!("name=\"Cargo.toml\" title=\"Cargo.toml\" length={length}");
    assert!(printed.contains(&line), "{printed}");
    assert!(printed.contains("← uploaded     id=\"F0FAKE1000\""));
    assert!(output.stderr.is_empty(), "{printed}");

    for file in [&[][..], &["-"]] {
        let mut command = program("upload");
        command.args(["--title", "The door", "--name", "door.txt"]);
        command.args(file);
        let output = upload(command, b"ding-dong");
        let printed = text(&output);
        assert!(output.status.success(), "{printed}");
        let line = "name=\"door.txt\" title=\"The door\" length=9";
        assert!(printed.contains(line), "{printed}");
    }
}

#[test]
fn upload_sends_a_file_and_shares_it() {
    let server = Server::start();
    let slack = &server.slack;
    slack.fault(Step::Upload, Fault::ResetAfter(300_000));
    let picture: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    let path = env::temp_dir().join(format!("slack-rtm-door-{}.bmp", slack.port()));
    fs::write(&path, &picture).unwrap();
    let mut command = server.program("upload");
    command.args(["--channel", RANDOM, "--token", slack.token()]);
    let output = command.args(["--comment", "Ding-dong"]).arg(&path).output();
    fs::remove_file(&path).unwrap();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let files = slack.files();
    assert!(files[0].bytes == picture);
    assert_eq!(files[0].channels, [RANDOM]);
    assert!(files[0].is_complete && files[0].name.ends_with(".bmp"));
    assert_eq!(slack.log().calls("files.getUploadURLExternal"), 1);
    // The host is not one of Slack's domains.
    let mut command = program("upload");
    command.args(["--api-base", &slack.api_base(), "--token", slack.token()]);
    let output = command.arg("--root-cert").arg(&server.root);
    let output = output.arg("Cargo.toml").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("allowed domains"),
        "{}",
        text(&output)
    );
}

#[test]
fn upload_names_what_it_cannot_send() {
    let empty = env::temp_dir().join(format!("slack-rtm-empty-{}", std::process::id()));
    fs::write(&empty, b"").unwrap();
    let empty_path = empty.to_str().unwrap();
    for (path, part) in [
        ("no/such/file", "no/such/file: "),
        ("support", "support is a directory; pass the path of a file"),
        (empty_path, "is empty: there is nothing to upload"),
        ("-", "standard input is empty: there is nothing to upload"),
    ] {
        let output = program("upload").arg(path).output().unwrap();
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(1), "{path}: {printed}");
        assert!(printed.contains(part), "{path}: {printed}");
        assert!(output.stdout.is_empty(), "{path}: {printed}");
    }
    fs::remove_file(&empty).unwrap();
    let output = upload(program("upload"), &vec![0; (32 << 20) + 1]);
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains("has more than 32 MiB; store it in a file"),
        "{printed}"
    );
    let two = program("upload").args(["a", "b"]).output().unwrap();
    assert_eq!(two.status.code(), Some(64));
    assert!(text(&two).contains("more than one file"));
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_lists_and_uploads() {
    let server = Server::start();
    for (name, step, arguments) in [
        ("members", Step::Request, &[][..]),
        ("upload", Step::Upload, &["Cargo.toml"]),
    ] {
        server.slack.fault(step, Fault::Silence);
        let mut command = server.program(name);
        command.args(["--token", server.slack.token()]);
        command.args(arguments).stdout(Stdio::piped());
        let mut running = Running(Some(command.stderr(Stdio::piped()).spawn().unwrap()));
        let silent = |what: &fake_slack::What| matches!(what, fake_slack::What::Fault(at, Fault::Silence) if *at == step);
        let wait = Duration::from_secs(10);
        server.slack.log().wait_nth(wait, 1, silent).unwrap();
        let child = running.0.take().unwrap();
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(130), "{name}: {printed}");
        assert!(printed.contains("ended by Ctrl-C"), "{name}: {printed}");
    }
}

#[test]
fn missed_without_a_token_fetches_the_history_after_a_reconnect() {
    let output = program("missed").output().unwrap();
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    let mut rest = printed.as_str();
    for step in [
        "← history      channel=\"C0GENERAL\" latest=",
        "← opened",
        "← hello",
        "← message      channel=\"C0GENERAL\"",
        "← history      channel=\"C0GENERAL\" oldest=",
        "← hello",
        "← history",
        "← history",
        "· history      again in",
        "← missed",
        "← missed",
        "← missed",
        "· end          closed",
    ] {
        let Some((_, after)) = rest.split_once(step) else {
            panic!("{step} is missing, or too early: {printed}");
        };
        rest = after;
    }
    for message in ["is anybody there?", "one", "two", "three", "four"] {
        let replies = printed
            .lines()
            .filter(|line| line.contains("→ message"))
            .filter(|line| line.ends_with(&format!("text={message:?}")));
        assert_eq!(replies.count(), 1, "{message}: {printed}");
    }
}

/// Over three sessions, with previews, messages of bots, threads and a failing history.
#[test]
#[cfg(unix)]
fn missed_replies_to_each_message_once() {
    let wait = Duration::from_secs(10);
    let server = Server::start();
    let slack = &server.slack;
    slack.push_message(GENERAL, USER, "before the start");
    let mut missed = server.program("missed");
    missed
        .args(["--channel", GENERAL, "--token", slack.token()])
        .stdout(Stdio::piped());
    let mut missed = Running(Some(missed.spawn().unwrap()));
    let log = slack.log();
    let replied = |count| log.wait_received(wait, count, "message").unwrap();
    slack.wait_sockets(1, wait).unwrap();
    let first = slack.push_message(GENERAL, USER, "one");
    replied(1);
    for (session, texts) in [(2, ["two", "see https://x.org"]), (3, ["four", "five"])] {
        // One history before the first session, and one after the hello of each.
        let fetched = |what: &fake_slack::What| match what {
            fake_slack::What::Answer { body, .. } => body.contains("\"has_more\":false"),
            _ => false,
        };
        log.wait_nth(wait, session, fetched).unwrap();
        // The next call of a method opens the session; then the history fails.
        slack.fault(Step::Request, Fault::Pass);
        let broken = Fault::Status {
            code: 503,
            retry_after: None,
        };
        slack.fault(Step::Request, broken);
        slack.disconnect_all();
        for text in texts {
            slack.push_message(GENERAL, USER, text);
        }
        // Replies in threads are no part of a history, other channels are not followed, and the
        // messages of bots are not answered.
        slack.push_reply(GENERAL, USER, "in a thread", &first);
        slack.push_message(RANDOM, USER, "elsewhere");
        slack.push_message(GENERAL, "USLACKBOT", "a reminder");
        slack.wait_sockets(1, wait).unwrap();
        slack.push_message(GENERAL, USER, &format!("live {session}"));
        replied(3 * session - 2);
    }
    let missed = missed.0.take().unwrap();
    interrupt(&missed);
    let output = missed.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let received = log.received("message");
    let mut replies: Vec<_> = received
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect();
    replies.sort_unstable();
    let mut expected = [
        "five",
        "four",
        "live 2",
        "live 3",
        "one",
        "see <https://x.org>",
        "two",
    ];
    expected.sort_unstable();
    assert_eq!(replies, expected, "{}", text(&output));
}

#[test]
#[cfg(unix)]
fn ctrl_c_closes_in_order() {
    let server = Server::start();
    let mut echo = server.program("echo");
    echo.args(["--token", server.slack.token()])
        .stdout(Stdio::piped());
    let echo = echo.spawn().unwrap();
    server
        .slack
        .wait_sockets(1, Duration::from_secs(10))
        .unwrap();
    server.slack.push_message(GENERAL, USER, "echo this");
    let log = server.slack.log();
    let echoed = log
        .wait_received(Duration::from_secs(10), 1, "message")
        .unwrap();
    assert_eq!(echoed["text"], "echo this");
    interrupt(&echo);
    let output = echo.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("· end          closed"));
    let closed = |what: &fake_slack::What| {
        matches!(
            what,
            fake_slack::What::Received(fake_slack::Frame::Close {
                code: Some(1000),
                ..
            })
        )
    };
    log.wait_nth(Duration::from_secs(10), 1, closed).unwrap();
}

#[test]
#[cfg(unix)]
fn an_unreachable_server_is_reported_and_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut echo = program("echo");
    echo.args(["--token", "xoxb-1", "--api-base"])
        .arg(format!("https://{closed}/api/"));
    let echo = echo.stdout(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(2_500));
    interrupt(&echo);
    let output = echo.wait_with_output().unwrap();
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(printed.contains("refused the connection"), "{printed}");
    assert!(printed.contains("· reconnect    in"), "{printed}");
}

/// A server that closes the stream as soon as it has the client's close frame: the program reads the
/// end of the stream in the exchange that sends the frame, or in the next one.
#[test]
fn websocket_echo_exits_with_0_after_an_orderly_close() {
    const RUNS: usize = 20;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        for _ in 0..RUNS {
            let (stream, _) = listener.accept().unwrap();
            let mut socket = tungstenite::accept(stream).unwrap();
            socket.send("hello".into()).unwrap();
            assert_eq!(socket.read().unwrap().to_text().unwrap(), "hello");
            socket.close(None).unwrap();
            while socket.read().is_ok() {}
        }
    });
    for run in 0..RUNS {
        let mut command = program("websocket_echo");
        let output = command.args([&url, "--read-limit", "7"]).output().unwrap();
        assert!(output.status.success(), "run {run}: {}", text(&output));
    }
    server.join().unwrap();
}
