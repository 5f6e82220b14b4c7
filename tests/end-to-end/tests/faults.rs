//! The fault matrix: each fault at each step ends in its documented event, and the next session
//! works.

use end_to_end::{Run, dialer, dialer_with, hasty, trust};
use fake_slack::{FakeSlack, Fault, GENERAL, Step};
use slack_rtm::rtm::command::Message;
use slack_rtm::time::Duration;
use slack_rtm::{CloseReason, Config, Event};
use slack_rtm_std::{Buffers, Dialer};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{thread, time};

const LOCALHOST: &[&str] = &["localhost"];

/// What the fault needs to show, once the session is there.
#[derive(Clone, Copy)]
enum Cue {
    /// Nothing: it shows on the way to `hello`.
    None,
    /// The server sends an event.
    Event,
    /// The client sends a message.
    Message,
    /// Silence, until the client pings.
    Silence,
}

/// A fault, and what the cause of the reconnection begins with in the words of `Debug`; empty where
/// the session must live through it.
type Case = (Fault, &'static str);

fn config<'c>(server: &'c FakeSlack, api_base: &'c str) -> Config<'c> {
    hasty(Config::new(server.token()).api_base(api_base))
        .allowed_domains(LOCALHOST)
        .ping_after(Duration::from_millis(300))
        .dead_after(Duration::from_millis(400))
}

/// Several cases at once, since most of the time is waiting.
fn each(step: Step, cue: Cue, cases: &[Case]) {
    const AT_ONCE: usize = 6;
    for some in cases.chunks(AT_ONCE) {
        thread::scope(|scope| {
            for (fault, cause) in some {
                scope.spawn(move || one(step, cue, fault, cause));
            }
        });
    }
}

fn one(step: Step, cue: Cue, fault: &Fault, cause: &str) {
    let name = format!("{step:?}: {fault:?}");
    let begin = time::Instant::now();
    let server = FakeSlack::builder().start().unwrap();
    server.fault(step, fault.clone());
    let api_base = server.api_base();
    let (mut waiting, mut buffers) = ([0; 1024], Buffers::new(1024, 512));
    let config = config(&server, &api_base).outbox(&mut waiting);
    let mut run = Run::new(config, dialer(&server), &mut buffers);
    if !matches!(cue, Cue::None) {
        run.until_hello();
    }
    match cue {
        Cue::None | Cue::Silence => {}
        Cue::Event => server.push(r#"{"type":"user_typing","channel":"C0GENERAL"}"#),
        Cue::Message => drop(run.sender().message(GENERAL, "into the fault").unwrap()),
    }
    if !cause.is_empty() {
        let seen = run.until_failure();
        assert!(seen.starts_with(cause), "{name}: {seen}");
    }
    if !cause.is_empty() || matches!(cue, Cue::None) {
        run.until_hello();
    }
    works(&mut run, &name);
    assert!(!server.has_faults(), "{name}: it did not happen");
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)), "{name}");
    if cause.is_empty() {
        let failed = |seen: &&String| seen.contains("Reconnecting");
        assert_eq!(run.seen().iter().find(failed), None, "{name}");
    }
    println!("{name}: {:?}", begin.elapsed());
}

/// A message goes out, and its ack comes.
#[track_caller]
fn works(run: &mut Run<'_>, name: &str) {
    let send = |replies: &mut slack_rtm_std::Replies<'_, '_>| {
        replies.send(&Message::new(GENERAL, "after the fault"))
    };
    let mut receipt = run.sender().with(send).unwrap();
    let mut id = None;
    run.until(|event, _| {
        if id.is_none() {
            id = receipt.take().unwrap().map(|sent| sent.expect(name));
        }
        match event {
            Event::Acknowledged { id: acked, .. } => (Some(acked) == id).then_some(()),
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
    for (fault, cause) in [
        (io::ErrorKind::NotFound, "Link(NameNotFound)"),
        (io::ErrorKind::TimedOut, "Link(TimedOut)"),
    ] {
        let server = FakeSlack::builder().start().unwrap();
        let calls = AtomicUsize::new(0);
        let lookup = move |_: &str, port| match (calls.fetch_add(1, Ordering::SeqCst), fault) {
            (0, io::ErrorKind::TimedOut) => {
                // Longer than the deadline, but the answer comes in the end and is used then.
                thread::sleep(time::Duration::from_millis(1_300));
                Ok(vec![([127, 0, 0, 1], port).into()])
            }
            (0, kind) => Err(kind.into()),
            _ => Ok(vec![([127, 0, 0, 1], port).into()]),
        };
        let dialer = Dialer::new(trust(&server)).unwrap().with_lookup(lookup);
        let (api_base, mut buffers) = (server.api_base(), Buffers::default());
        let mut run = Run::new(config(&server, &api_base), dialer, &mut buffers);
        assert_eq!(run.until_failure(), cause);
        run.until_hello();
        works(&mut run, cause);
    }
}

#[test]
fn nobody_listens() {
    let gone = FakeSlack::builder().start().unwrap();
    let (api_base, root) = (gone.api_base(), trust(&gone));
    let token = gone.token().to_owned();
    drop(gone);
    let mut buffers = Buffers::default();
    let config = hasty(Config::new(&token).api_base(&api_base));
    let mut run = Run::new(config, dialer_with(root), &mut buffers);
    for _ in 0..3 {
        assert_eq!(run.until_failure(), "Link(Refused)");
    }
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn tcp() {
    each(
        Step::TcpAccept,
        Cue::None,
        &[
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Link(Truncated)"),
            (Fault::Silence, "Link(TimedOut)"),
            (Fault::Stall, "Link(TimedOut)"),
            (Fault::RawBytes(b"SSH-2.0-x\r\n".into()), "Link(TlsFailed)"),
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
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Link("),
            (Fault::Truncate(200), "Link(Truncated)"),
            (Fault::Silence, "Link(TimedOut)"),
            (Fault::Stall, "Link(TimedOut)"),
            (Fault::UntrustedCert, "Link(Untrusted)"),
            (Fault::ExpiredCert, "Link(Untrusted)"),
            (Fault::WrongHost, "Link(Untrusted)"),
            (
                Fault::RawBytes(b"HTTP/1.1 400\r\n\r\n".into()),
                "Link(TlsFailed)",
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
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Peer(Answer("),
            (Fault::Stall, "Late(Answer)"),
            (status(500), "Status { status: 500"),
            (
                Fault::Status {
                    code: 429,
                    retry_after: Some(1),
                },
                "Status { status: 429, retry_after: Duration(1000) }",
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
            (Fault::RawBytes(b"* OK IMAP4\r\n".into()), "Peer(Answer("),
        ],
    );
}

#[test]
fn answer_head() {
    each(
        Step::AnswerHead,
        Cue::None,
        &[
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Peer(Answer("),
            (Fault::Truncate(20), "Link(Truncated)"),
            (Fault::Stall, "Late(Answer)"),
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
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Peer(Answer("),
            (Fault::Truncate(30), "Link(Truncated)"),
            (Fault::Stall, "Late(Answer)"),
            (Fault::RawBytes(b"<html>".into()), "Peer(Answer("),
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
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Link(Closed)"),
            (Fault::Truncate(40), "Link(Truncated)"),
            (Fault::Silence, "Late(Handshake)"),
            (Fault::Stall, "Late(Handshake)"),
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
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Link(Closed)"),
            (Fault::Truncate(3), "Link(Truncated)"),
            (Fault::Silence, "Late(Hello)"),
            (Fault::Skip, "Late(Hello)"),
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
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Link(Closed)"),
            (Fault::Truncate(5), "Link(Truncated)"),
            (Fault::Silence, "Silent"),
            (Fault::Stall, "Silent"),
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
            (Fault::Reset, "Link(Reset)"),
            (Fault::Silence, "Silent"),
            (Fault::CloseCode(1009), "Closed(Some(CloseCode(1009)))"),
            (Fault::Truncate(2), "Link(Truncated)"),
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
            (Fault::Reset, "Link(Reset)"),
            (Fault::Close, "Link(Closed)"),
            (Fault::Silence, "Silent"),
            (Fault::Stall, "Silent"),
        ],
    );
}

#[test]
fn pongs() {
    each(
        Step::Pong,
        Cue::Silence,
        &[
            (Fault::Reset, "Link(Reset)"),
            (Fault::Skip, "Silent"),
            (Fault::Silence, "Silent"),
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
    // Together, since some take as long as a close may take.
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
    let mut run = Run::new(config(&server, &api_base), dialer(&server), &mut buffers);
    run.until_hello();
    let begin = time::Instant::now();
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)), "{fault:?}");
    let took = begin.elapsed();
    assert!(took.as_secs() < 8, "{fault:?}: {took:?}");
}

#[test]
fn errors_that_cannot_heal_end_the_session() {
    for code in [
        "invalid_auth",
        "account_inactive",
        "missing_scope",
        "invalid_arguments",
    ] {
        let server = FakeSlack::builder().start().unwrap();
        server.fault(Step::Request, error(code));
        let (api_base, mut buffers) = (server.api_base(), Buffers::default());
        let mut run = Run::new(config(&server, &api_base), dialer(&server), &mut buffers);
        let end = run.to_end().unwrap();
        assert!(
            matches!(end, Some(CloseReason::Refused(refused)) if refused.as_str() == code),
            "{code}: {end:?}"
        );
        assert_eq!(server.log().calls("rtm.connect"), 1);
    }
}
