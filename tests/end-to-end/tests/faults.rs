//! The fault matrix: each fault at each step leads to its documented reason, and the next session
//! works, in each dialect.

use end_to_end::{Run, TIMEOUT, dialer, dialer_with, trust, with_short_timeouts};
use fake_slack::{FakeSlack, Fault, GENERAL, Step};
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Duration;
use slack_rtm::{CloseReason, Config, Dialect, Event, Rtm, SocketMode};
use slack_rtm_std::{Buffers, Dialer};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{thread, time};

const LOCALHOST: &[&str] = &["localhost"];

/// The event that triggers the fault, once the session is open.
#[derive(Clone, Copy)]
enum Cue {
    /// None: the fault occurs before `hello`.
    None,
    /// The server sends an event.
    Event,
    /// The client sends a message.
    Message,
    /// Silence, until the client pings.
    Silence,
}

/// A fault, and the beginning of the `Debug` text of the reconnect reason; empty if the session
/// must survive the fault.
type Case = (Fault, &'static str);

/// The differences between the dialects.
trait Matrix: Dialect {
    /// Returns the configuration, with Slack's defaults.
    fn config<'c>() -> Config<'c, Self>;

    /// Returns the token that opens a socket.
    fn token(server: &FakeSlack) -> &str;

    /// Has the server send an event.
    fn push(server: &FakeSlack);

    /// Has the client send a frame.
    fn send(run: &Run<'_, Self>, server: &FakeSlack);

    /// Checks that frames are sent in both directions.
    #[track_caller]
    fn works(run: &mut Run<'_, Self>, server: &FakeSlack, name: &str);
}

impl Matrix for Rtm {
    fn config<'c>() -> Config<'c> {
        Config::new()
    }

    fn token(server: &FakeSlack) -> &str {
        server.token()
    }

    fn push(server: &FakeSlack) {
        server.push(r#"{"type":"user_typing","channel":"C0GENERAL"}"#);
    }

    fn send(run: &Run<'_>, _: &FakeSlack) {
        drop(run.sender().message(GENERAL, "into the fault").unwrap());
    }

    /// Sends a message and waits for its ack.
    #[track_caller]
    fn works(run: &mut Run<'_>, _: &FakeSlack, name: &str) {
        works(run, name);
    }
}

impl Matrix for SocketMode {
    fn config<'c>() -> Config<'c, Self> {
        Config::socket_mode()
    }

    fn token(server: &FakeSlack) -> &str {
        server.app_token()
    }

    fn push(server: &FakeSlack) {
        server.open_home();
    }

    /// It acknowledges the event.
    fn send(_: &Run<'_, Self>, server: &FakeSlack) {
        server.open_home();
    }

    /// Responds to a slash command.
    #[track_caller]
    fn works(run: &mut Run<'_, Self>, server: &FakeSlack, name: &str) {
        // A socket that is stalled is registered for a while, and has its share of the payloads.
        let sockets = server.registered_sockets();
        for _ in 0..sockets {
            server.slash_command("/after", "the fault");
        }
        let id = run.until(|event, handle| match event {
            Event::SlashCommand(command) => {
                let response = handle.acknowledge(&|json| {
                    json.begin_object();
                    json.name("text").text("done");
                    json.end_object();
                });
                response.expect(name);
                Some(command.envelope().id()?.to_owned())
            }
            _ => None,
        });
        // The next event comes after the rest of the send buffer has left.
        for _ in 0..sockets {
            server.push_envelope("another", &serde_json::json!({}), false);
        }
        run.until(|event, _| matches!(event, Event::Envelope(_)).then_some(()));
        let acknowledged = server.log().wait_acknowledged(TIMEOUT, &id);
        assert!(acknowledged.unwrap().payload.is_some(), "{name}");
    }
}

fn config<D: Matrix>(api_base: &str) -> Config<'_, D> {
    with_short_timeouts(D::config().api_base(api_base))
        .allowed_domains(LOCALHOST)
        .ping_after(Duration::from_millis(300))
        .dead_after(Duration::from_millis(400))
}

/// Runs several cases at once in each dialect, since they mostly wait.
fn each(step: Step, cue: Cue, cases: &[Case]) {
    each_in::<Rtm>(step, cue, cases);
    each_in::<SocketMode>(step, cue, cases);
}

fn each_in<D: Matrix>(step: Step, cue: Cue, cases: &[Case]) {
    const AT_ONCE: usize = 6;
    for some in cases.chunks(AT_ONCE) {
        thread::scope(|scope| {
            for (fault, reason) in some {
                scope.spawn(move || one::<D>(step, cue, fault, reason));
            }
        });
    }
}

fn one<D: Matrix>(step: Step, cue: Cue, fault: &Fault, reason: &str) {
    let dialect = std::any::type_name::<D>().rsplit("::").next().unwrap_or("");
    let name = format!("{dialect} {step:?}: {fault:?}");
    let begin = time::Instant::now();
    let server = FakeSlack::builder().start().unwrap();
    server.fault(step, fault.clone());
    let api_base = server.api_base();
    let mut buffers = Buffers::new(1024, 512).outbox(1024);
    let config = config::<D>(&api_base);
    let mut run = Run::new(config, D::token(&server), dialer(&server), &mut buffers);
    if !matches!(cue, Cue::None) {
        run.until_hello();
    }
    match cue {
        Cue::None | Cue::Silence => {}
        Cue::Event => D::push(&server),
        Cue::Message => D::send(&run, &server),
    }
    if !reason.is_empty() {
        let seen = run.until_failure();
        assert!(seen.starts_with(reason), "{name}: {seen}");
    }
    if !reason.is_empty() || matches!(cue, Cue::None) {
        run.until_hello();
    }
    D::works(&mut run, &server, &name);
    assert!(!server.has_faults(), "{name}: the fault did not occur");
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)), "{name}");
    if reason.is_empty() {
        let failed = |seen: &&String| seen.contains("Reconnecting");
        assert_eq!(run.seen().iter().find(failed), None, "{name}");
    }
    println!("{name}: {:?}", begin.elapsed());
}

/// Sends a message and waits for its ack.
#[track_caller]
fn works(run: &mut Run<'_>, name: &str) {
    let send = |handle: &mut slack_rtm_std::Handle<'_, '_>| {
        handle.send(&Post::new(GENERAL, "after the fault"))
    };
    let mut receipt = run.sender().with(send).unwrap();
    let mut id = None;
    run.until(|event, _| {
        if id.is_none() {
            id = receipt.take().unwrap().map(|sent| sent.expect(name));
        }
        match event {
            Event::Acknowledged(message) => (Some(message.id()) == id).then_some(()),
            _ => None,
        }
    });
}

fn status(code: u16) -> Fault {
    Fault::Status {
        code,
        retry_after: None,
    }
}

fn error(code: &str) -> Fault {
    Fault::Error(code.into())
}

fn text(text: &str) -> Fault {
    Fault::Text(text.into())
}

#[test]
fn names() {
    for (fault, reason) in [
        (io::ErrorKind::NotFound, "Disconnected(NameNotFound)"),
        (io::ErrorKind::TimedOut, "Disconnected(TimedOut)"),
    ] {
        let server = FakeSlack::builder().start().unwrap();
        let calls = AtomicUsize::new(0);
        let lookup = move |_: &str, port| match (calls.fetch_add(1, Ordering::SeqCst), fault) {
            (0, io::ErrorKind::TimedOut) => {
                // Longer than the deadline; the next attempt uses the result.
                thread::sleep(time::Duration::from_millis(1_300));
                Ok(vec![([127, 0, 0, 1], port).into()])
            }
            (0, kind) => Err(kind.into()),
            _ => Ok(vec![([127, 0, 0, 1], port).into()]),
        };
        let dialer = Dialer::new(trust(&server)).unwrap().with_lookup(lookup);
        let (api_base, mut buffers) = (server.api_base(), Buffers::default());
        let mut run = Run::new(
            config::<Rtm>(&api_base),
            server.token(),
            dialer,
            &mut buffers,
        );
        assert_eq!(run.until_failure(), reason);
        run.until_hello();
        works(&mut run, reason);
    }
}

#[test]
fn closed_port() {
    let gone = FakeSlack::builder().start().unwrap();
    let (api_base, root) = (gone.api_base(), trust(&gone));
    let token = gone.token().to_owned();
    drop(gone);
    let mut buffers = Buffers::default();
    let config = with_short_timeouts(Config::new().api_base(&api_base));
    let mut run = Run::new(config, &token, dialer_with(root), &mut buffers);
    for _ in 0..3 {
        assert_eq!(run.until_failure(), "Disconnected(Refused)");
    }
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn tcp() {
    each(
        Step::TcpAccept,
        Cue::None,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Disconnected(Truncated)"),
            (Fault::Silence, "Disconnected(TimedOut)"),
            (Fault::Stall, "Disconnected(TimedOut)"),
            (
                Fault::RawBytes(b"SSH-2.0-x\r\n".into()),
                "Disconnected(TlsFailed)",
            ),
            (Fault::Delay(time::Duration::from_millis(50)), ""),
        ],
    );
}

#[test]
fn tls() {
    each(
        Step::Tls,
        Cue::None,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Disconnected("),
            (Fault::Truncate(200), "Disconnected(Truncated)"),
            (Fault::Silence, "Disconnected(TimedOut)"),
            (Fault::Stall, "Disconnected(TimedOut)"),
            (Fault::UntrustedCert, "Disconnected(Untrusted)"),
            (Fault::ExpiredCert, "Disconnected(Untrusted)"),
            (Fault::WrongHost, "Disconnected(Untrusted)"),
            (
                Fault::RawBytes(b"HTTP/1.1 400\r\n\r\n".into()),
                "Disconnected(TlsFailed)",
            ),
            (Fault::OneByteAtATime, ""),
        ],
    );
}

#[test]
fn request() {
    each(
        Step::Request,
        Cue::None,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Peer(Response("),
            (Fault::Stall, "TimedOut(Response)"),
            (status(500), "Status { status: 500"),
            (
                Fault::Status {
                    code: 429,
                    retry_after: Some(1),
                },
                "Refused(RateLimited)",
            ),
            (
                Fault::Redirect("https://localhost/".into()),
                "Status { status: 302",
            ),
            (error("internal_error"), "Refused(InternalError)"),
            (
                error("migration_in_progress"),
                "Refused(MigrationInProgress)",
            ),
            (error("not_in_the_documents"), "Refused(Other("),
            (Fault::RawBytes(b"* OK IMAP4\r\n".into()), "Peer(Response("),
        ],
    );
}

#[test]
fn answer_head() {
    each(
        Step::AnswerHead,
        Cue::None,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Peer(Response("),
            (Fault::Truncate(20), "Disconnected(Truncated)"),
            (Fault::Stall, "TimedOut(Response)"),
            (Fault::OneByteAtATime, ""),
            (Fault::Coalesce, ""),
        ],
    );
}

#[test]
fn answer_body() {
    each(
        Step::AnswerBody,
        Cue::None,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Peer(Response("),
            (Fault::Truncate(30), "Disconnected(Truncated)"),
            (Fault::Stall, "TimedOut(Response)"),
            (Fault::RawBytes(b"<html>".into()), "Peer(Response("),
            (Fault::OneByteAtATime, ""),
        ],
    );
}

#[test]
fn upgrade() {
    each(
        Step::Upgrade,
        Cue::None,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Disconnected(Closed)"),
            (Fault::Truncate(40), "Disconnected(Truncated)"),
            (Fault::Silence, "TimedOut(Handshake)"),
            (Fault::Stall, "TimedOut(Handshake)"),
            (status(408), "Status { status: 408"),
            (status(503), "Status { status: 503"),
            (
                Fault::Redirect("https://localhost/".into()),
                "Status { status: 302",
            ),
            (Fault::WrongAccept, "Peer(Handshake("),
            (Fault::RawBytes(b"* OK IMAP4\r\n".into()), "Peer(Handshake("),
            (Fault::OneByteAtATime, ""),
            (Fault::Coalesce, ""),
        ],
    );
}

/// The server refuses the socket in place of `hello`.
#[test]
fn refusals_of_the_socket() {
    let expired = error("Socket URL has expired");
    for step in [Step::Upgrade, Step::Hello] {
        each_in::<Rtm>(step, Cue::None, &[(expired.clone(), "SocketError")]);
        let cases = [
            (expired.clone(), "SocketEnd(Other)"),
            (error("warning"), "SocketEnd(Warning)"),
            (error("refresh_requested"), "SocketEnd(RefreshRequested)"),
        ];
        each_in::<SocketMode>(step, Cue::None, &cases);
    }
}

#[test]
fn hello() {
    each(
        Step::Hello,
        Cue::None,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Disconnected(Closed)"),
            (Fault::Truncate(3), "Disconnected(Truncated)"),
            (Fault::Silence, "TimedOut(Hello)"),
            (Fault::Skip, "TimedOut(Hello)"),
            (Fault::CloseCode(1011), "Closed(Some(CloseCode(1011)))"),
            (text("{}"), "Peer(NoHello)"),
            (text("UNAUTHENTICATED: cache_error"), "Peer(NoHello)"),
            (Fault::OneByteAtATime, ""),
            (Fault::Fragments(3), ""),
        ],
    );
}

#[test]
fn frames() {
    each(
        Step::Frame,
        Cue::Event,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Disconnected(Closed)"),
            (Fault::Truncate(5), "Disconnected(Truncated)"),
            (Fault::Silence, "KeepaliveTimeout"),
            (Fault::Stall, "KeepaliveTimeout"),
            (Fault::CloseCode(1001), "Closed(Some(CloseCode(1001)))"),
            // Reserved bits, and a masked frame (RFC 6455 sections 5.2 and 5.1).
            (Fault::RawBytes(vec![0xf1, 0]), "Peer(Frame("),
            (Fault::RawBytes(vec![0x81, 0x80, 1, 2, 3, 4]), "Peer(Frame("),
            (text("not JSON"), ""),
            (Fault::OneByteAtATime, ""),
            (Fault::Fragments(4), ""),
        ],
    );
    let goodbye = text(r#"{"type":"goodbye"}"#);
    each_in::<Rtm>(Step::Frame, Cue::Event, &[(goodbye, "Goodbye")]);
    let disconnect = |reason: &str| {
        let reason = format!(r#"{{"type":"disconnect","reason":"{reason}"}}"#);
        text(&reason)
    };
    each_in::<SocketMode>(
        Step::Frame,
        Cue::Event,
        &[
            (disconnect("warning"), "SocketEnd(Warning)"),
            (
                disconnect("refresh_requested"),
                "SocketEnd(RefreshRequested)",
            ),
            (disconnect("new"), "SocketEnd(Other)"),
            (text(r#"{"type":"goodbye"}"#), ""),
            (text("UNAUTHENTICATED: cache_error"), ""),
            (Fault::Skip, ""),
        ],
    );
}

#[test]
fn acks() {
    each_in::<Rtm>(
        Step::Ack,
        Cue::Message,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Silence, "KeepaliveTimeout"),
            (Fault::CloseCode(1009), "Closed(Some(CloseCode(1009)))"),
            (Fault::Truncate(2), "Disconnected(Truncated)"),
            (error("slow down, too many messages..."), ""),
            (Fault::Fragments(7), ""),
        ],
    );
}

#[test]
fn what_is_sent() {
    each(
        Step::Receive,
        Cue::Message,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Disconnected(Closed)"),
            (Fault::Silence, "KeepaliveTimeout"),
            (Fault::Stall, "KeepaliveTimeout"),
        ],
    );
}

#[test]
fn pongs() {
    each_in::<Rtm>(
        Step::Pong,
        Cue::Silence,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Skip, "KeepaliveTimeout"),
            (Fault::Silence, "KeepaliveTimeout"),
        ],
    );
}

/// The first frame of the client is a ping of WebSocket.
#[test]
fn pings_of_socket_mode() {
    each_in::<SocketMode>(
        Step::Receive,
        Cue::Silence,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Close, "Disconnected(Closed)"),
            (Fault::Silence, "KeepaliveTimeout"),
            (Fault::Stall, "KeepaliveTimeout"),
        ],
    );
}

#[test]
fn closes() {
    let faults = [
        Fault::Reset,
        Fault::Close,
        Fault::Silence,
        Fault::Stall,
        Fault::KeepOpen,
        Fault::CloseCode(1011),
        Fault::OneByteAtATime,
    ];
    // At once, since some take until the timeout of the close.
    thread::scope(|scope| {
        for fault in faults {
            let same = fault.clone();
            scope.spawn(move || close_with::<Rtm>(&fault));
            scope.spawn(move || close_with::<SocketMode>(&same));
        }
    });
}

fn close_with<D: Matrix>(fault: &Fault) {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(Step::Close, fault.clone());
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let mut run = Run::new(
        config::<D>(&api_base),
        D::token(&server),
        dialer(&server),
        &mut buffers,
    );
    run.until_hello();
    let begin = time::Instant::now();
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)), "{fault:?}");
    let took = begin.elapsed();
    assert!(took.as_secs() < 8, "{fault:?}: {took:?}");
}

#[test]
fn errors_that_need_human_action_end_the_session() {
    for code in [
        "invalid_auth",
        "account_inactive",
        "missing_scope",
        "invalid_arguments",
    ] {
        ends_with::<Rtm>(code, "rtm.connect");
        ends_with::<SocketMode>(code, "apps.connections.open");
    }
    ends_with::<SocketMode>("not_allowed_token_type", "apps.connections.open");
}

fn ends_with<D: Matrix>(code: &str, method: &str) {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(Step::Request, error(code));
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let mut run = Run::new(
        config::<D>(&api_base),
        D::token(&server),
        dialer(&server),
        &mut buffers,
    );
    let end = run.to_end().unwrap();
    assert!(
        matches!(end, Some(CloseReason::Refused(refused)) if refused.as_str() == code),
        "{code}: {end:?}"
    );
    assert_eq!(server.log().calls(method), 1);
}
