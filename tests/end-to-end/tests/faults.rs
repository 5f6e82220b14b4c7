//! The fault matrix: each fault at each step leads to its documented reason, and the next session
//! works.

use end_to_end::{Run, dialer, dialer_with, trust, with_short_timeouts};
use fake_slack::{FakeSlack, Fault, GENERAL, Step};
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Duration;
use slack_rtm::{CloseReason, Config, Event};
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

fn config(api_base: &str) -> Config<'_> {
    with_short_timeouts(Config::new().api_base(api_base))
        .allowed_domains(LOCALHOST)
        .ping_after(Duration::from_millis(300))
        .dead_after(Duration::from_millis(400))
}

/// Runs several cases at once, since they mostly wait.
fn each(step: Step, cue: Cue, cases: &[Case]) {
    const AT_ONCE: usize = 6;
    for some in cases.chunks(AT_ONCE) {
        thread::scope(|scope| {
            for (fault, reason) in some {
                scope.spawn(move || one(step, cue, fault, reason));
            }
        });
    }
}

fn one(step: Step, cue: Cue, fault: &Fault, reason: &str) {
    let name = format!("{step:?}: {fault:?}");
    let begin = time::Instant::now();
    let server = FakeSlack::builder().start().unwrap();
    server.fault(step, fault.clone());
    let api_base = server.api_base();
    let mut buffers = Buffers::new(1024, 512).outbox(1024);
    let config = config(&api_base);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    if !matches!(cue, Cue::None) {
        run.until_hello();
    }
    match cue {
        Cue::None | Cue::Silence => {}
        Cue::Event => server.push(r#"{"type":"user_typing","channel":"C0GENERAL"}"#),
        Cue::Message => drop(run.sender().message(GENERAL, "into the fault").unwrap()),
    }
    if !reason.is_empty() {
        let seen = run.until_failure();
        assert!(seen.starts_with(reason), "{name}: {seen}");
    }
    if !reason.is_empty() || matches!(cue, Cue::None) {
        run.until_hello();
    }
    works(&mut run, &name);
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
        let mut run = Run::new(config(&api_base), server.token(), dialer, &mut buffers);
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
            (error("Socket URL has expired"), "SocketError"),
            (Fault::RawBytes(b"* OK IMAP4\r\n".into()), "Peer(Handshake("),
            (Fault::OneByteAtATime, ""),
            (Fault::Coalesce, ""),
        ],
    );
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
            (error("Socket URL has expired"), "SocketError"),
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
            (text(r#"{"type":"goodbye"}"#), "Goodbye"),
            (Fault::OneByteAtATime, ""),
            (Fault::Fragments(4), ""),
        ],
    );
}

#[test]
fn acks() {
    each(
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
    each(
        Step::Pong,
        Cue::Silence,
        &[
            (Fault::Reset, "Disconnected(Reset)"),
            (Fault::Skip, "KeepaliveTimeout"),
            (Fault::Silence, "KeepaliveTimeout"),
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
            scope.spawn(move || close_with(&fault));
        }
    });
}

fn close_with(fault: &Fault) {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(Step::Close, fault.clone());
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let mut run = Run::new(
        config(&api_base),
        server.token(),
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
        let server = FakeSlack::builder().start().unwrap();
        server.fault(Step::Request, error(code));
        let (api_base, mut buffers) = (server.api_base(), Buffers::default());
        let mut run = Run::new(
            config(&api_base),
            server.token(),
            dialer(&server),
            &mut buffers,
        );
        let end = run.to_end().unwrap();
        assert!(
            matches!(end, Some(CloseReason::Refused(refused)) if refused.as_str() == code),
            "{code}: {end:?}"
        );
        assert_eq!(server.log().calls("rtm.connect"), 1);
    }
}
