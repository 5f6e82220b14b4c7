//! The guide's table of reconnect delays, row by row: each cause is made to happen, with the lowest
//! and the highest random numbers.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;

use client_common::{CHATTER, Randomness, Rig, Seen, Setup, config, http_ok, with_outbox};
use slack_rtm::entropy::EntropyError;
use slack_rtm::web_api::ErrorCode;
use slack_rtm::{CloseReason, DisconnectReason, PeerError, ReconnectReason, Timeout};

const GUIDE: &str = include_str!("../src/guide/reconnect.rs");

/// Jitter is drawn from four bytes; the handshake's key is the one whose response the rig has.
fn lowest(out: &mut [u8]) -> Result<(), EntropyError> {
    client_common::randomness(out)?;
    if out.len() == 4 {
        out.fill(0);
    }
    Ok(())
}

fn highest(out: &mut [u8]) -> Result<(), EntropyError> {
    client_common::randomness(out)?;
    if out.len() == 4 {
        out.fill(0xFF);
    }
    Ok(())
}

/// How a row comes about: from a new rig to the link's end, or to the output that leaves it.
type Happening = fn(&mut Rig);

/// A row of the guide: its first column, what makes it happen, and whether that is the cause.
type Row = (&'static str, Happening, fn(ReconnectReason<'_>) -> bool);

fn rows() -> Vec<Row> {
    macro_rules! row {
        ($name:literal, $happening:expr, $cause:pat) => {
            ($name, $happening as Happening, |cause| {
                matches!(cause, $cause)
            })
        };
    }
    macro_rules! link {
        ($name:literal, $end:ident) => {
            row!(
                $name,
                |rig| {
                    rig.expect_connect("slack.com");
                    rig.client.disconnected(DisconnectReason::$end);
                },
                ReconnectReason::Disconnected(DisconnectReason::$end)
            )
        };
    }
    vec![
        link!("`Disconnected(NameNotFound)`", NameNotFound),
        link!("`Disconnected(Refused)`", Refused),
        link!("`Disconnected(Unreachable)`", Unreachable),
        link!("`Disconnected(TimedOut)`", TimedOut),
        link!("`Disconnected(TlsFailed)`", TlsFailed),
        link!("`Disconnected(Untrusted)`", Untrusted),
        link!("`Disconnected(Closed)`", Closed),
        link!("`Disconnected(Truncated)`", Truncated),
        link!("`Disconnected(Reset)`", Reset),
        link!("`Disconnected(Other)`", Other),
        row!(
            "`TimedOut(Connect)`",
            |rig| {
                rig.expect_connect("slack.com");
                late(rig, 15_000);
            },
            ReconnectReason::TimedOut(Timeout::Connect)
        ),
        row!(
            "`TimedOut(Response)`",
            |rig| {
                rig.call();
                late(rig, 15_000);
            },
            ReconnectReason::TimedOut(Timeout::Response)
        ),
        row!(
            "`TimedOut(Handshake)`",
            |rig| {
                upgrading(rig);
                late(rig, 10_000);
            },
            ReconnectReason::TimedOut(Timeout::Handshake)
        ),
        row!(
            "`TimedOut(Hello)`",
            |rig| {
                greeting(rig);
                late(rig, 10_000);
            },
            ReconnectReason::TimedOut(Timeout::Hello)
        ),
        row!(
            "`TimedOut(Send)`",
            |rig| {
                rig.reopen();
                rig.send("nobody takes this");
                rig.drain();
                rig.now += 14_000;
                rig.receive_text(CHATTER);
                late(rig, 1_000);
            },
            ReconnectReason::TimedOut(Timeout::Send)
        ),
        row!(
            "`TimedOut(Ack)`",
            |rig| {
                rig.reopen();
                rig.send("nobody answers this");
                rig.flush();
                rig.now += 29_000;
                rig.receive_text(CHATTER);
                late(rig, 1_000);
            },
            ReconnectReason::TimedOut(Timeout::Ack)
        ),
        row!(
            "`KeepaliveTimeout`",
            |rig| {
                rig.reopen();
                rig.pass(30_000);
                late(rig, 15_000);
            },
            ReconnectReason::KeepaliveTimeout
        ),
        row!(
            "`Refused`, a temporary code",
            |rig| answered(rig, r#"{"ok":false,"error":"internal_error"}"#),
            ReconnectReason::Refused(ErrorCode::InternalError)
        ),
        row!(
            "`Refused`, `ratelimited`",
            |rig| answered(rig, r#"{"ok":false,"error":"ratelimited"}"#),
            ReconnectReason::Refused(ErrorCode::RateLimited)
        ),
        row!(
            "`Refused`, an unknown code",
            |rig| answered(rig, r#"{"ok":false,"error":"never_heard_of"}"#),
            ReconnectReason::Refused(ErrorCode::Other(_))
        ),
        row!(
            "`Refused`, status 429 with `Retry-After: 30`",
            |rig| raw_answer(rig, b"HTTP/1.1 429 Slow\r\nRetry-After: 30\r\n\r\n"),
            ReconnectReason::Refused(ErrorCode::RateLimited)
        ),
        row!(
            "`Refused`, status 429 without",
            |rig| raw_answer(rig, b"HTTP/1.1 429 Slow\r\n\r\n"),
            ReconnectReason::Refused(ErrorCode::RateLimited)
        ),
        row!(
            "`Status`, 503",
            |rig| raw_answer(rig, b"HTTP/1.1 503 Down\r\n\r\n"),
            ReconnectReason::Status { status: 503, .. }
        ),
        row!(
            "`Status`, 302",
            |rig| raw_answer(
                rig,
                b"HTTP/1.1 302 There\r\nLocation: https://x.org\r\n\r\n"
            ),
            ReconnectReason::Status { status: 302, .. }
        ),
        row!(
            "`Status`, 404 of the upgrade",
            |rig| {
                upgrading(rig);
                rig.receive(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            },
            ReconnectReason::Status { status: 404, .. }
        ),
        row!(
            "`Peer(Response)`",
            |rig| answered(rig, "{}"),
            ReconnectReason::Peer(PeerError::Response(_))
        ),
        row!(
            "`Peer(SocketUrl)`",
            |rig| answered(rig, r#"{"ok":true,"url":"wss://example.org/x"}"#),
            ReconnectReason::Peer(PeerError::SocketUrl(_))
        ),
        row!(
            "`Peer(Handshake)`",
            |rig| {
                upgrading(rig);
                let others = String::from_utf8_lossy(client_common::UPGRADED).replace("C/0", "D/0");
                rig.receive(others.as_bytes());
            },
            ReconnectReason::Peer(PeerError::Handshake(_))
        ),
        row!(
            "`Peer(Frame)`",
            |rig| {
                rig.reopen();
                rig.receive(b"\xF1\x00");
                rig.flush();
            },
            ReconnectReason::Peer(PeerError::Frame(_))
        ),
        row!(
            "`Peer(NoHello)`",
            |rig| {
                greeting(rig);
                rig.receive_text("{}");
                rig.flush();
            },
            ReconnectReason::Peer(PeerError::NoHello)
        ),
        row!(
            "`Peer(SpokeFirst)`",
            |rig| {
                // More than the send buffer takes at once.
                let url = format!("wss://ms1.slack.com/{}", "x".repeat(600));
                answered(rig, &format!(r#"{{"ok":true,"url":"{url}"}}"#));
                rig.client.disconnected(DisconnectReason::Closed);
                rig.expect_connect("ms1.slack.com");
                rig.client.connected();
                rig.drain();
                while !matches!(rig.drain().last(), Some(Seen::Disconnect)) {
                    rig.rx.space()[0] = b'x';
                    rig.rx.filled(1);
                }
            },
            ReconnectReason::Peer(PeerError::SpokeFirst)
        ),
        row!(
            "`TokenReplaced`",
            |rig| {
                answered(rig, r#"{"ok":false,"error":"token_revoked"}"#);
                let set = rig.client.set_token("xoxb-second");
                set.expect("the token fits");
            },
            ReconnectReason::TokenReplaced
        ),
        row!(
            "`Resource`",
            |rig| {
                let url = format!("wss://ms1.slack.com/{}", "x".repeat(2000));
                answered(rig, &format!(r#"{{"ok":true,"url":"{url}"}}"#));
            },
            ReconnectReason::Resource(_)
        ),
        row!(
            "`Goodbye`",
            |rig| {
                rig.reopen();
                rig.receive_text(r#"{"type":"goodbye"}"#);
                rig.flush();
            },
            ReconnectReason::Goodbye
        ),
        row!(
            "`Migration`",
            |rig| {
                rig.reopen();
                rig.receive_text(r#"{"type":"team_migration_started"}"#);
                rig.flush();
            },
            ReconnectReason::Migration
        ),
        row!(
            "`SocketError`",
            |rig| {
                greeting(rig);
                rig.receive_text(
                    r#"{"type":"error","error":{"code":1,"msg":"Socket URL has expired"}}"#,
                );
                rig.flush();
            },
            ReconnectReason::SocketError { code: 1 }
        ),
        row!(
            "`Closed`",
            |rig| {
                rig.reopen();
                rig.receive(b"\x88\x02\x03\xE8");
                rig.flush();
            },
            ReconnectReason::Closed(_)
        ),
    ]
}

/// `milliseconds` later the client leaves, and not one earlier.
fn late(rig: &mut Rig, milliseconds: u64) {
    rig.now += milliseconds - 1;
    let waits = matches!(rig.drain().last(), Some(Seen::Wait { .. }));
    assert!(waits, "too early by a millisecond");
    rig.now += 1;
    assert_eq!(rig.drain().last(), Some(&Seen::Disconnect));
}

fn answered(rig: &mut Rig, body: &str) {
    rig.call();
    rig.receive(&http_ok(body));
}

fn raw_answer(rig: &mut Rig, bytes: &[u8]) {
    rig.call();
    rig.receive(bytes);
}

fn upgrading(rig: &mut Rig) {
    rig.call_and_leave();
    rig.expect_connect("ms1.slack.com");
    rig.client.connected();
    rig.flush();
}

fn greeting(rig: &mut Rig) {
    upgrading(rig);
    rig.receive(client_common::UPGRADED);
}

fn rig(random: Randomness, setup: impl Into<Setup>) -> Rig {
    Rig {
        client: client_common::client(setup, random),
        ..Rig::new(config(), 1024, 512)
    }
}

/// The delay in milliseconds, and whether its cause is the wanted one.
fn delay(
    random: Randomness,
    happening: Happening,
    is_cause: fn(ReconnectReason<'_>) -> bool,
) -> u64 {
    let mut rig = rig(random, with_outbox(config(), 1024));
    happening(&mut rig);
    rig.client.disconnected(DisconnectReason::Closed);
    let (cause, at) = rig.reconnecting();
    assert!(is_cause(cause), "{cause:?}");
    at - rig.now
}

fn seconds(milliseconds: u64) -> String {
    match milliseconds % 1000 {
        0 => (milliseconds / 1000).to_string(),
        rest => format!("{}.{}", milliseconds / 1000, rest / 100),
    }
}

/// First and last column of the guide's rows.
fn guide() -> Vec<(&'static str, &'static str)> {
    let rows = GUIDE.lines().filter_map(|line| line.strip_prefix("//! | "));
    rows.filter(|row| row.starts_with('`'))
        .map(|row| {
            let (cause, rest) = row.split_once(" | ").expect("three columns");
            let delay = rest.trim_end_matches(" |").rsplit_once(" | ");
            (cause, delay.expect("three columns").1)
        })
        .collect()
}

#[test]
fn the_guide_lists_every_delay() {
    let mut listed = guide();
    for (name, happening, is_cause) in rows() {
        let least = delay(lowest, happening, is_cause);
        // The highest number falls one short of the end of its range.
        let most = delay(highest, happening, is_cause).next_multiple_of(1000);
        let found = format!("{} to {} s", seconds(least), seconds(most));
        let row = listed.iter().position(|(cause, _)| *cause == name);
        let row = row.unwrap_or_else(|| panic!("{name} is not in the guide"));
        assert_eq!(listed.remove(row).1, found, "{name}");
    }
    // What is left does not try again.
    assert_eq!(listed, [("`Refused`, any other code", "never")]);
    for (code, is_end) in [("invalid_auth", true), ("internal_error", false)] {
        let mut rig = rig(lowest, config());
        answered(&mut rig, &format!(r#"{{"ok":false,"error":"{code}"}}"#));
        rig.client.disconnected(DisconnectReason::Closed);
        let end = matches!(rig.drain()[..], [Seen::Closed(CloseReason::Refused(_))]);
        assert_eq!(end, is_end, "{code}");
    }
}
