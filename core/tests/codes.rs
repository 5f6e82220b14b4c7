//! The stable numbers of errors, reasons and events: a number that is changed fails here.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_common;
mod event_common;

use client_common::{HELLO, Rig, ack, config, http_ok, rejection, with_outbox};
use slack_rtm::blocks::JsonTextError;
use slack_rtm::buffer::{Memory, RecvBuf, ResourceError, SendBuf, write_to_slice};
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::event::Identity;
use slack_rtm::http::{HeaderError, HttpError};
use slack_rtm::json::{Extractor, Raw, RawError, SyntaxError};
use slack_rtm::methods::auth::AuthTest;
use slack_rtm::rtm::command::Post;
use slack_rtm::rtm::custom::CustomError;
use slack_rtm::rtm::limits::LimitError;
use slack_rtm::socket_mode::SocketEnd;
use slack_rtm::socket_mode::acknowledgement::TooLong;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::url::UrlError;
use slack_rtm::web_api::{
    ArgumentError, ArgumentPart, CallError, CallFailure, Caller, CallerConfig, CallerEvent,
    ErrorCode, OpeningMethod, PostError, RequestError, Response, ResponseError, ResponseStep,
    RtmStart, SequenceError, SocketUrlError, StartLists, paths,
};
use slack_rtm::websocket::{CloseCode, ConnectionError, FrameError, HandshakeError, Violation};
use slack_rtm::{
    AcknowledgeError, Client, CloseReason, ConfigError, DisconnectReason, Event, LentStorage,
    Output, OwnedStorage, PeerError, PollError, ReconnectReason, SendError, SocketMode, Timeout,
    TokenError, WithdrawError, socket_mode,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Debug;

/// A condition, as it is shown, and its number.
type Row = (String, u16);

/// Checks these numbers. Returns the rows.
fn checked<T: Debug>(code: fn(&T) -> u16, table: Vec<(T, u16)>) -> Vec<Row> {
    let check = |(value, expected): (T, u16)| {
        assert_eq!(code(&value), expected, "{value:?}");
        (
            format!("{} {value:?}", std::any::type_name::<T>()),
            expected,
        )
    };
    table.into_iter().map(check).collect()
}

fn resource() -> ResourceError {
    let error = RecvBuf::try_from(&mut [][..]).err();
    error.expect("no memory is too small")
}

fn polls() -> Vec<Row> {
    checked(
        |error: &PollError| error.code(),
        vec![(PollError::NoConnectDue, 100)],
    )
}

fn sends() -> Vec<Row> {
    let until = Instant::from_millis(7);
    checked(
        |error: &SendError| error.code(),
        vec![
            (SendError::Offline, 200),
            (SendError::TooSoon { until }, 201),
            (SendError::Closed, 202),
        ],
    )
}

fn withdraws() -> Vec<Row> {
    checked(
        |error: &WithdrawError| error.code(),
        vec![(WithdrawError::Sent, 240), (WithdrawError::Unknown, 241)],
    )
}

fn acknowledgements() -> Vec<Row> {
    checked(
        |error: &AcknowledgeError| error.code(),
        vec![
            (AcknowledgeError::NoEnvelope, 353),
            (AcknowledgeError::NotAccepted, 354),
            (AcknowledgeError::Acknowledged, 355),
            (AcknowledgeError::TooLate, 356),
            (AcknowledgeError::SocketEnded, 357),
            (AcknowledgeError::Busy, 358),
            (AcknowledgeError::Changed, 359),
            (AcknowledgeError::TooManyDeferred, 360),
            (AcknowledgeError::LongId, 361),
        ],
    )
}

fn limits() -> Vec<(LimitError, u16)> {
    let wait = Duration::from_secs(1);
    vec![
        (LimitError::Text { characters: 4001 }, 210),
        (LimitError::Frame { bytes: 17_000 }, 211),
        (LimitError::PresenceQuery { ids: 501 }, 212),
        (LimitError::Typing { wait }, 213),
    ]
}

fn customs() -> Vec<(CustomError, u16)> {
    vec![
        (CustomError::NoObject, 220),
        (CustomError::HasId, 221),
        (CustomError::TooLong, 222),
    ]
}

/// Errors about each memory. Those of the outbox and of the token come from a client.
fn resources() -> Vec<(ResourceError, u16)> {
    let send = SendBuf::try_from(&mut [][..]).err();
    let output = write_to_slice(&mut [], |sink| sink.put(b"x")).err();
    let config_error = |token: usize, outbox: usize| {
        let (mut token, mut outbox) = (vec![0; token], vec![0; outbox]);
        let storage = LentStorage::new(&mut token, &mut outbox);
        let source = from_fn(|_| Err(EntropyError));
        Client::new(config(), "xoxb-1", storage, source).err()
    };
    let token = match config_error(3, 0) {
        Some(ConfigError::Token(TokenError::Full(error))) => error,
        other => panic!("{other:?}"),
    };
    let outbox = match config_error(64, 56) {
        Some(ConfigError::Outbox(error)) => error,
        other => panic!("{other:?}"),
    };
    vec![
        (resource(), 230),
        (send.expect("no memory is too small"), 231),
        (outbox, 232),
        (token, 233),
        (output.expect("no memory is too small"), 234),
    ]
}

/// Without the errors of a request, of a URL and of a memory, which have numbers of their own.
fn sequences() -> Vec<Row> {
    let mut rows = checked(
        |error: &SequenceError| error.code(),
        vec![
            (SequenceError::Missing("file_id"), 370),
            (SequenceError::NotInTable("file_id"), 371),
            (SequenceError::CursorRepeated, 372),
            (SequenceError::UploadHost, 373),
            (
                SequenceError::UploadLength {
                    sent: 2,
                    received: 1,
                },
                374,
            ),
            (SequenceError::TooLong { length: 1 }, 377),
        ],
    );
    let mut full = resource();
    full.memory = Memory::Sequence;
    let full = SequenceError::Full(full);
    let body = SequenceError::Request(RequestError::Body);
    let url = SequenceError::UploadUrl(UrlError::Host);
    assert_eq!(
        [full.code(), body.code(), url.code()],
        [235, 329, UrlError::Host.code()]
    );
    rows.extend(checked(
        |error: &CallError| error.code(),
        vec![
            (CallError::CannotRestart(DisconnectReason::Reset), 375),
            (CallError::EarlyResponse, 376),
        ],
    ));
    let inner = CallError::Sequence(SequenceError::CursorRepeated);
    assert_eq!(inner.code(), 372);
    rows
}

/// Without the errors of a request, of a token and of a memory, which have numbers of their own.
fn configs() -> Vec<Row> {
    checked(
        |error: &ConfigError| error.code(),
        vec![
            (ConfigError::ListsAndPaths, 300),
            (ConfigError::ListsWithoutStart, 301),
            (ConfigError::Paths, 302),
            (ConfigError::ResponsePaths, 303),
            (ConfigError::NoOutbox, 304),
            (ConfigError::NoDomain, 305),
            (ConfigError::ZeroDuration, 306),
        ],
    )
}

const ARGUMENT: ArgumentError = ArgumentError {
    part: ArgumentPart::Text,
    found: 40_001,
};

fn requests() -> Vec<(RequestError, u16)> {
    vec![
        (RequestError::BaseScheme, 320),
        (RequestError::BaseQuery, 321),
        (RequestError::Cleartext, 322),
        (RequestError::Token, 323),
        (RequestError::UserAgent, 324),
        (RequestError::MethodName, 325),
        (RequestError::UrlScheme, 327),
        (RequestError::UrlCleartext, 328),
        (RequestError::Body, 329),
        (RequestError::Argument(ARGUMENT), 340),
    ]
}

fn urls() -> Vec<(UrlError, u16)> {
    vec![
        (UrlError::Scheme, 640),
        (UrlError::Character, 641),
        (UrlError::Host, 642),
        (UrlError::Port, 643),
        (UrlError::UserInfo, 644),
        (UrlError::Fragment, 645),
    ]
}

fn socket_urls() -> Vec<(SocketUrlError, u16)> {
    vec![
        (SocketUrlError::Missing, 630),
        (SocketUrlError::TooLong { length: 700 }, 631),
        (SocketUrlError::Scheme, 632),
        (SocketUrlError::Host, 633),
    ]
}

fn responses() -> Vec<(ResponseError, u16)> {
    let retry_after = None;
    vec![
        (ResponseError::Redirect { status: 302 }, 650),
        (
            ResponseError::Status {
                status: 500,
                retry_after,
            },
            651,
        ),
        (ResponseError::NotJson, 652),
        (ResponseError::NoOk, 653),
    ]
}

fn https() -> Vec<(HttpError, u16)> {
    vec![
        (HttpError::StatusLine, 660),
        (HttpError::StatusLineTooLong, 661),
        (HttpError::FieldLine, 662),
        (HttpError::FieldTooLong, 663),
        (HttpError::ContentLength, 664),
        (HttpError::ContentLengthsDiffer, 665),
        (HttpError::LengthAndCoding, 666),
        (HttpError::TransferEncoding, 667),
        (HttpError::ContentEncoding, 668),
        (HttpError::ChunkSize, 669),
        (HttpError::ChunkSizeOverflow, 670),
        (HttpError::ChunkEnd, 671),
        (HttpError::ChunkFramingTooLong, 672),
        (HttpError::Trailer, 673),
        (HttpError::Truncated, 674),
    ]
}

fn headers() -> Vec<(HeaderError, u16)> {
    vec![
        (HeaderError::Name, 680),
        (HeaderError::Reserved, 681),
        (HeaderError::Value, 682),
        (HeaderError::Hosts, 683),
    ]
}

fn handshakes() -> Vec<(HandshakeError, u16)> {
    vec![
        (HandshakeError::UpgradeMissing, 690),
        (HandshakeError::ConnectionMissing, 691),
        (HandshakeError::AcceptMissing, 692),
        (HandshakeError::AcceptWrong, 693),
        (HandshakeError::ExtensionNotRequested, 694),
        (HandshakeError::SubprotocolNotRequested, 695),
    ]
}

fn frame_errors() -> Vec<(FrameError, u16)> {
    vec![
        (FrameError::NoRoom, 720),
        (FrameError::Busy, 721),
        (FrameError::Fragmented, 722),
        (FrameError::Closing, 723),
        (FrameError::PingTooLong, 724),
        (FrameError::Changed, 725),
    ]
}

fn violations() -> Vec<(Violation, u16)> {
    vec![
        (Violation::ReservedBits, 730),
        (Violation::ReservedOpcode, 731),
        (Violation::MaskedFrame, 732),
        (Violation::NonMinimalLength, 733),
        (Violation::LengthTopBit, 734),
        (Violation::FragmentedControl, 735),
        (Violation::ControlTooLong, 736),
        (Violation::UnexpectedContinuation, 737),
        (Violation::ExpectedContinuation, 738),
        (Violation::CloseBodyTooShort, 739),
        (Violation::InvalidCloseCode, 740),
        (Violation::InvalidCloseReason, 741),
        (Violation::InvalidUtf8, 742),
        (Violation::MessageTooBig, 743),
    ]
}

fn syntaxes() -> Vec<(SyntaxError, u16)> {
    vec![
        (SyntaxError::UnexpectedByte(b'x'), 750),
        (SyntaxError::InvalidLiteral, 751),
        (SyntaxError::InvalidNumber, 752),
        (SyntaxError::ControlCharacter(1), 753),
        (SyntaxError::InvalidEscape(b'x'), 754),
        (SyntaxError::InvalidUtf8, 755),
        (SyntaxError::TooDeep, 756),
        (SyntaxError::Incomplete, 757),
    ]
}

fn raws() -> Vec<(RawError, u16)> {
    vec![(RawError::Off, 760), (RawError::TooLarge, 761)]
}

fn tokens() -> Vec<(TokenError, u16)> {
    vec![
        (TokenError::Characters, 330),
        (TokenError::NotAppLevel, 331),
    ]
}

fn disconnects() -> Vec<(DisconnectReason, u16)> {
    vec![
        (DisconnectReason::Closed, 400),
        (DisconnectReason::Truncated, 401),
        (DisconnectReason::NameNotFound, 402),
        (DisconnectReason::Refused, 403),
        (DisconnectReason::Unreachable, 404),
        (DisconnectReason::TimedOut, 405),
        (DisconnectReason::Untrusted, 406),
        (DisconnectReason::TlsFailed, 407),
        (DisconnectReason::Reset, 408),
        (DisconnectReason::Other, 409),
    ]
}

fn timeouts() -> Vec<(Timeout, u16)> {
    vec![
        (Timeout::Connect, 500),
        (Timeout::Response, 501),
        (Timeout::Handshake, 502),
        (Timeout::Hello, 503),
        (Timeout::Send, 504),
        (Timeout::Ack, 505),
        (Timeout::Call, 506),
    ]
}

/// Without those of a disconnect, a timeout and a broken rule, which have numbers of their own.
fn reconnects() -> Vec<Row> {
    let status = ReconnectReason::Status {
        status: 503,
        retry_after: Duration::ZERO,
    };
    checked(
        |reason: &ReconnectReason<'_>| reason.code(),
        vec![
            (ReconnectReason::KeepaliveTimeout, 600),
            (ReconnectReason::Refused(ErrorCode::InternalError), 601),
            (status, 602),
            (ReconnectReason::Goodbye, 603),
            (ReconnectReason::Migration, 604),
            (ReconnectReason::SocketError { code: 1 }, 605),
            (ReconnectReason::Closed(Some(CloseCode::NORMAL)), 606),
            (ReconnectReason::TokenReplaced, 607),
            (ReconnectReason::SocketEnd(SocketEnd::Warning), 608),
            (ReconnectReason::ResponseAbandoned, 609),
        ],
    )
}

fn peers() -> Vec<(PeerError, u16)> {
    vec![(PeerError::NoHello, 610), (PeerError::SpokeFirst, 611)]
}

fn closes() -> Vec<Row> {
    checked(
        |reason: &CloseReason| reason.code(),
        vec![
            (CloseReason::Requested, 620),
            (CloseReason::Refused(ErrorCode::InvalidAuth), 621),
        ],
    )
}

/// The numbers of the frames of a session, without a client.
fn frames() -> Vec<Row> {
    let frames = [
        (r#"{"type":"hello"}"#, 5),
        (r#"{"type":"message"}"#, 6),
        (r#"{"type":"channel_created"}"#, 7),
        (r#"{"type":"reaction_added"}"#, 8),
        (r#"{"type":"user_change"}"#, 9),
        (r#"{"type":"file_shared"}"#, 10),
        (r#"{"type":"subteam_created"}"#, 11),
        (r#"{"type":"team_rename"}"#, 12),
        (r#"{"type":"never_heard_of"}"#, 13),
        (r#"{"ok":true,"reply_to":1}"#, 17),
        (r#"{"type":"pong"}"#, 18),
        (r#"{"type":"goodbye"}"#, 19),
        (r#"{"type":"team_migration_started"}"#, 20),
        (r#"{"type":"error"}"#, 21),
        (r#"{"type":"reconnect_url"}"#, 22),
    ];
    let check = |(frame, expected): (&str, u16)| {
        event_common::event(frame, |event| assert_eq!(event.code(), expected, "{frame}"));
        (format!("event {frame}"), expected)
    };
    frames.map(check).into()
}

/// Polls until the caller has to act. Returns the numbers of the events.
fn codes(rig: &mut Rig) -> Vec<u16> {
    let mut codes = Vec::new();
    loop {
        let now = Instant::from_millis(rig.now);
        match rig.client.poll(&mut rig.rx, &mut rig.tx, now) {
            Ok(Output::Event(event)) => codes.push(event.code()),
            Ok(_) => return codes,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The link brings these bytes. Returns the numbers of the events.
fn receive(rig: &mut Rig, bytes: &[u8]) -> Vec<u16> {
    rig.rx.space()[..bytes.len()].copy_from_slice(bytes);
    rig.rx.filled(bytes.len());
    codes(rig)
}

fn receive_text(rig: &mut Rig, text: &str) -> Vec<u16> {
    receive(rig, &client_common::text_frame(text))
}

/// The numbers of the events that only a client creates.
fn events_of_a_client() -> Vec<Row> {
    let lists = || {
        let method = OpeningMethod::RtmStart(RtmStart::DEFAULT);
        let mut rig = Rig::new(config().method(method).lists(StartLists::ALL), 1024, 512);
        rig.call();
        rig
    };
    let mut rig = lists();
    let body = r#"{"ok":true,"users":[{"id":"U1"}],"url":"wss://ms1.slack.com/x"}"#;
    assert_eq!(receive(&mut rig, &http_ok(body)), [1, 2]);

    let mut rig = lists();
    let (slow, _) = body.rsplit_once('}').expect("an object");
    let head = format!("HTTP/1.1 200 OK\r\n\r\n{slow}");
    assert_eq!(receive(&mut rig, head.as_bytes()), [1]);
    rig.now = 10_000;
    assert!(receive(&mut rig, b" ").is_empty());
    rig.now = 19_000;
    assert_eq!(receive(&mut rig, b" "), [3]);

    let mut rig = Rig::new(config(), 1024, 512);
    rig.call();
    let refusal = http_ok(r#"{"ok":false,"error":"internal_error"}"#);
    assert_eq!(receive(&mut rig, &refusal), [4]);
    rig.client.disconnected(DisconnectReason::Closed);
    assert_eq!(codes(&mut rig), [24]);

    let mut rig = Rig::open(with_outbox(config(), 1024), 512);
    let [posted, refused, open] = ["posted", "refused", "open"].map(|text| rig.send(text));
    rig.flush();
    assert_eq!(receive_text(&mut rig, &ack(posted)), [14]);
    assert_eq!(receive_text(&mut rig, &rejection(refused, 2)), [15]);
    assert_eq!(receive_text(&mut rig, &ack(open + 1)), [17]);
    assert_eq!(receive_text(&mut rig, "no JSON"), [23]);
    assert_eq!(receive_text(&mut rig, HELLO), [5]);
    let sent = rig.client.send(
        &Post::new("C1", "late").expires_after(Duration::ZERO),
        &mut rig.tx,
    );
    assert!(sent.is_ok());
    assert_eq!(codes(&mut rig), [25]);
    rig.send("waits");
    rig.client.close();
    rig.client.disconnected(DisconnectReason::Closed);
    assert_eq!(codes(&mut rig), [16, 26]);

    [
        ("Element", 1),
        ("Accepted", 2),
        ("ListsIncomplete", 3),
        ("Refused", 4),
        ("Acknowledged", 14),
        ("Rejected", 15),
        ("Unconfirmed", 16),
        ("Malformed", 23),
        ("Reconnecting", 24),
        ("Expired", 25),
        ("Withdrawn", 26),
    ]
    .map(|(name, code)| (format!("event {name}"), code))
    .into()
}

slack_rtm::paths! {
    const LIST extends paths::CALL {
        const ENTRY = Element "list[]";
        const ID = Whole "list[].id";
    }
}

/// Passes the last step of a response, or its first element, to `check`.
fn respond<T>(body: &str, check: impl Fn(ResponseStep<'_>) -> T) -> T {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let bytes = http_ok(body);
    rx.space()[..bytes.len()].copy_from_slice(&bytes);
    rx.filled(bytes.len());
    let mut response = Response::new(&LIST);
    loop {
        match response.poll(&mut rx).expect("a response") {
            ResponseStep::Head => {}
            step => return check(step),
        }
    }
}

const LOST: CallError = CallError::Disconnected(DisconnectReason::Reset);

/// The numbers of the events of a caller.
fn events_of_a_caller() -> Vec<Row> {
    let rows = RefCell::new(Vec::new());
    let check = |event: CallerEvent<'_>, expected: u16| {
        assert_eq!(event.code(), expected, "{event:?}");
        let is_outcome = (31..=34).contains(&expected);
        assert_eq!(event.outcome().is_some(), is_outcome, "{event:?}");
        let row = (format!("event of a caller {event:?}"), expected);
        rows.borrow_mut().push(row);
    };
    let (mut rates, source) = ([], from_fn(|_| Err(EntropyError)));
    let storage = OwnedStorage::<16, 64>::new();
    let caller = Caller::new(CallerConfig::new(), "xoxb-1", storage, &mut rates, source);
    let posted = caller.expect("usable").post(&AuthTest, None);
    let id = posted.expect("there is room");
    let needed = CallerEvent::BodyNeeded {
        offset: 0,
        length: 1,
    };
    for (event, code) in [
        (CallerEvent::Failed(LOST), 33),
        (CallerEvent::Unconfirmed(LOST), 34),
        (CallerEvent::PostFailed(id, LOST), 37),
        (CallerEvent::PostUnconfirmed(id, LOST), 38),
        (CallerEvent::PostExpired(id), 39),
        (CallerEvent::PostWithdrawn(id), 40),
        (CallerEvent::TokenExpired, 41),
        (needed, 44),
    ] {
        check(event, code);
    }
    for body in [
        r#"{"list":[{"id":"1"}],"ok":true}"#,
        r#"{"ok":true}"#,
        r#"{"ok":false,"error":"no_text"}"#,
    ] {
        respond(body, |step| match step {
            ResponseStep::Element(element) => check(CallerEvent::Element(element), 30),
            ResponseStep::Accepted(response) => {
                check(CallerEvent::Accepted(response), 31);
                check(CallerEvent::PostAccepted(id, response), 35);
            }
            ResponseStep::Refused(error) => {
                check(CallerEvent::Refused(error), 32);
                check(CallerEvent::PostRefused(id, error), 36);
            }
            other => panic!("{other:?}"),
        });
    }
    rows.into_inner()
}

/// The failures of calls. Those with an error that has a number have that one.
fn failures_of_calls() -> Vec<Row> {
    respond(r#"{"ok":false,"error":"no_text"}"#, |step| {
        let ResponseStep::Refused(error) = step else {
            panic!("{step:?}");
        };
        checked(
            |failure: &CallFailure<'_>| failure.code(),
            vec![
                (CallFailure::Refused(error), 350),
                (CallFailure::Stopped { has_left: true }, 351),
            ],
        )
    })
}

#[test]
fn a_failed_call_says_whether_slack_may_have_done_it_and_what_to_do() {
    let refused = respond(r#"{"ok":false,"error":"no_text"}"#, |step| match step {
        ResponseStep::Refused(error) => CallFailure::Refused(error).to_string(),
        other => panic!("{other:?}"),
    });
    assert!(refused.starts_with("no_text"), "{refused}");
    let unknown =
        "it is not known whether Slack has done the call: check that before you repeat it";
    for (failure, text, is_unconfirmed) in [
        (
            CallFailure::from(RequestError::Argument(ARGUMENT)),
            "the text of a message has 40001 characters, Slack accepts 0 to 40000".into(),
            false,
        ),
        (
            CallFailure::Failed(LOST),
            "the connection was reset; the call can be repeated without harm".into(),
            false,
        ),
        (
            CallFailure::Unconfirmed(LOST),
            format!("the connection was reset; {unknown}"),
            true,
        ),
        (
            CallFailure::Stopped { has_left: false },
            "the call was stopped before it was sent".into(),
            false,
        ),
        (
            CallFailure::Stopped { has_left: true },
            format!("the call was stopped; {unknown}"),
            true,
        ),
        (
            CallFailure::from(EntropyError),
            format!("the source of randomness failed; {unknown}"),
            true,
        ),
    ] {
        assert_eq!(failure.to_string(), text);
        assert_eq!(failure.is_unconfirmed(), is_unconfirmed, "{text}");
    }
    // The outcome of an event is the same.
    let outcome = CallerEvent::Unconfirmed(LOST).outcome();
    let failure = outcome.and_then(Result::err).expect("a failure");
    assert!(failure.is_unconfirmed());
}

/// The events that RTM does not have.
fn events_of_socket_mode() -> Vec<(String, u16)> {
    let frames = [
        (r#"{"envelope_id":"e","type":"interactive"}"#, 27),
        (r#"{"envelope_id":"e","type":"slash_commands"}"#, 28),
        (
            r#"{"envelope_id":"e","type":"events_api","payload":{"type":"app_rate_limited"}}"#,
            29,
        ),
        (r#"{"envelope_id":"e","type":"new"}"#, 42),
        (r#"{"type":"disconnect"}"#, 43),
    ];
    let read = |(frame, code): (&str, u16)| {
        let mut memory = [0; 512];
        let mut rx = RecvBuf::new(&mut memory);
        rx.space()[..frame.len()].copy_from_slice(frame.as_bytes());
        rx.filled(frame.len());
        let paths = &socket_mode::COMMON_PATHS;
        let mut extractor = Extractor::new(paths, Raw::Off);
        extractor.feed(&mut rx, usize::MAX).expect("JSON");
        extractor.finish(&mut rx).expect("a document");
        let event = Event::<SocketMode>::from_frame(rx.records(), paths, &Identity::new());
        assert_eq!(event.code(), code, "{frame}");
        (frame.into(), code)
    };
    frames.map(read).into()
}

#[test]
fn every_condition_has_its_number_and_no_two_share_one() {
    let all = [
        frames(),
        events_of_a_client(),
        polls(),
        sends(),
        withdraws(),
        configs(),
        sequences(),
        checked(
            |error: &EntropyError| error.code(),
            vec![(EntropyError, 101)],
        ),
        checked(|error: &LimitError| error.code(), limits()),
        checked(|error: &CustomError| error.code(), customs()),
        checked(|error: &ResourceError| error.code(), resources()),
        checked(|error: &RequestError| error.code(), requests()),
        checked(|error: &TokenError| error.code(), tokens()),
        checked(|error: &SocketUrlError| error.code(), socket_urls()),
        checked(|error: &UrlError| error.code(), urls()),
        checked(|error: &ResponseError| error.code(), responses()),
        checked(|error: &HttpError| error.code(), https()),
        checked(|error: &HeaderError| error.code(), headers()),
        checked(|error: &HandshakeError| error.code(), handshakes()),
        checked(|error: &FrameError| error.code(), frame_errors()),
        checked(|rule: &Violation| rule.code(), violations()),
        checked(|error: &SyntaxError| error.code(), syntaxes()),
        checked(|error: &RawError| error.code(), raws()),
        checked(|reason: &DisconnectReason| reason.code(), disconnects()),
        checked(|timeout: &Timeout| timeout.code(), timeouts()),
        reconnects(),
        checked(|error: &PeerError| error.code(), peers()),
        closes(),
        events_of_a_caller(),
        events_of_socket_mode(),
        acknowledgements(),
        failures_of_calls(),
        vec![
            ("PostError::NoOutbox".into(), PostError::NoOutbox.code()),
            ("TooLong".into(), TooLong { length: 20_480 }.code()),
            (
                "JsonTextError::TooLong".into(),
                JsonTextError::TooLong.code(),
            ),
        ],
    ]
    .concat();
    let mut of_code = HashMap::new();
    for (condition, code) in all {
        if let Some(other) = of_code.insert(code, condition.clone()) {
            panic!("{code} is {other} and {condition}");
        }
    }
    let events = (1..=24).all(|code| of_code.contains_key(&code));
    assert!(events, "an event is missing in the table");
}

#[test]
fn an_error_that_contains_another_has_its_number() {
    assert_eq!(PollError::Entropy(EntropyError).code(), 101);
    assert_eq!(SendError::Entropy(EntropyError).code(), 101);
    assert_eq!(FrameError::Entropy(EntropyError).code(), 101);
    assert_eq!(ConnectionError::Entropy(EntropyError).code(), 101);
    for (inner, code) in limits() {
        assert_eq!(SendError::Limit(inner).code(), code);
    }
    for (inner, code) in resources() {
        assert_eq!(SendError::Full(inner).code(), code);
        assert_eq!(PostError::Full(inner).code(), code);
        assert_eq!(ConfigError::Outbox(inner).code(), code);
        assert_eq!(TokenError::Full(inner).code(), code);
        assert_eq!(ReconnectReason::Resource(inner).code(), code);
    }
    for (inner, code) in urls() {
        assert_eq!(RequestError::Base(inner).code(), code);
        assert_eq!(RequestError::Url(inner).code(), code);
        assert_eq!(SocketUrlError::Url(inner).code(), code);
    }
    for (inner, code) in https() {
        assert_eq!(ResponseError::Http(inner).code(), code);
        assert_eq!(HandshakeError::Http(inner).code(), code);
    }
    for (inner, code) in syntaxes() {
        assert_eq!(ResponseError::Json(inner).code(), code);
        assert_eq!(CustomError::Syntax(inner).code(), code);
        assert_eq!(JsonTextError::Syntax(inner).code(), code);
    }
    for (inner, code) in requests() {
        assert_eq!(ConfigError::Request(inner).code(), code);
    }
    for (inner, code) in tokens() {
        assert_eq!(ConfigError::Token(inner).code(), code);
    }
    assert_eq!(
        PostError::Request(RequestError::Argument(ARGUMENT)).code(),
        340
    );
    assert_eq!(
        CallFailure::Request(RequestError::Argument(ARGUMENT)).code(),
        340
    );
    assert_eq!(CallFailure::Entropy(EntropyError).code(), 101);
    for (inner, code) in disconnects() {
        let error = CallError::Disconnected(inner);
        assert_eq!(CallFailure::Failed(error).code(), code);
        assert_eq!(CallFailure::Unconfirmed(error).code(), code);
        assert_eq!(ReconnectReason::Disconnected(inner).code(), code);
        assert_eq!(CallError::NotConnected(inner).code(), code);
        assert_eq!(CallError::Disconnected(inner).code(), code);
    }
    for (inner, code) in timeouts() {
        assert_eq!(ReconnectReason::TimedOut(inner).code(), code);
        assert_eq!(CallError::TimedOut(inner).code(), code);
    }
    for (inner, code) in responses() {
        assert_eq!(PeerError::Response(inner).code(), code);
        assert_eq!(CallError::Response(inner).code(), code);
    }
    for (inner, code) in socket_urls() {
        assert_eq!(PeerError::SocketUrl(inner).code(), code);
    }
    for (inner, code) in handshakes() {
        assert_eq!(PeerError::Handshake(inner).code(), code);
    }
    for (inner, code) in violations() {
        assert_eq!(PeerError::Frame(inner).code(), code);
        assert_eq!(ConnectionError::Violation(inner).code(), code);
    }
    for (inner, code) in peers() {
        assert_eq!(ReconnectReason::Peer(inner).code(), code);
    }
}

#[test]
fn a_number_does_not_depend_on_the_code_of_slack() {
    for code in ErrorCode::KNOWN {
        assert_eq!(ReconnectReason::Refused(*code).code(), 601);
        assert_eq!(CloseReason::Refused(*code).code(), 621);
    }
    assert_eq!(ReconnectReason::Closed(None).code(), 606);
    let event: Event<'_> = Event::Malformed;
    assert_eq!(event.code(), 23);
}
