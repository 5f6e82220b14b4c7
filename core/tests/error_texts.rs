//! What an error says: never nothing, and what to do or which rule was broken.

use slack_rtm::buffer::{Memory, ResourceError};
use slack_rtm::entropy::EntropyError;
use slack_rtm::http::{HeaderError, HttpError};
use slack_rtm::json::{RawError, SyntaxError};
use slack_rtm::rtm::custom::CustomError;
use slack_rtm::rtm::limits::LimitError;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::url::UrlError;
use slack_rtm::web_api::{CallError, ErrorCode, RequestError, ResponseError, SocketUrlError};
use slack_rtm::websocket::{ConnectionError, HandshakeError, SendError, Violation};
use slack_rtm::{CloseReason, DisconnectReason, PeerError, ReconnectReason, Timeout, UsageError};
use std::error::Error;

/// How a sentence begins that says what to do.
const REMEDIES: &[&str] = &[
    "allow ",
    "ask ",
    "call ",
    "check ",
    "configure ",
    "correct ",
    "flush ",
    "get ",
    "lend ",
    "look ",
    "make ",
    "must ",
    "name ",
    "percent-encode ",
    "poll ",
    "raise ",
    "remove ",
    "send ",
    "set ",
    "try ",
    "use ",
    "wait ",
    "write ",
];

fn is_remedy(text: &str) -> bool {
    REMEDIES.iter().any(|remedy| text.contains(remedy))
}

fn resources() -> Vec<ResourceError> {
    [Memory::Receive, Memory::Send, Memory::Outbox]
        .map(|memory| ResourceError {
            memory,
            wanted: 700,
            available: 512,
        })
        .into()
}

fn requests() -> Vec<RequestError> {
    let mut all = vec![
        RequestError::BaseScheme,
        RequestError::BaseQuery,
        RequestError::Cleartext,
        RequestError::Token,
        RequestError::UserAgent,
        RequestError::MethodName,
    ];
    all.extend(urls().into_iter().map(RequestError::Base));
    all
}

fn urls() -> Vec<UrlError> {
    vec![
        UrlError::Scheme,
        UrlError::Character,
        UrlError::Host,
        UrlError::Port,
        UrlError::UserInfo,
        UrlError::Fragment,
    ]
}

fn limits() -> Vec<LimitError> {
    vec![
        LimitError::Text { characters: 4001 },
        LimitError::Frame { bytes: 17_000 },
        LimitError::PresenceQuery { ids: 501 },
        LimitError::Typing {
            wait: Duration::from_millis(700),
        },
    ]
}

fn usage() -> Vec<UsageError> {
    let mut all = vec![
        UsageError::NoConnectDue,
        UsageError::Entropy(EntropyError),
        UsageError::Offline,
        UsageError::TooSoon {
            until: Instant::from_millis(77),
        },
        UsageError::Closed,
    ];
    all.extend(requests().into_iter().map(UsageError::Request));
    all.extend(limits().into_iter().map(UsageError::Limit));
    all.extend(resources().into_iter().map(UsageError::Full));
    all
}

fn http() -> Vec<HttpError> {
    vec![
        HttpError::StatusLine,
        HttpError::StatusLineTooLong,
        HttpError::FieldLine,
        HttpError::ObsFold,
        HttpError::FieldTooLong,
        HttpError::ContentLength,
        HttpError::ContentLengthsDiffer,
        HttpError::LengthAndCoding,
        HttpError::TransferEncoding,
        HttpError::ContentEncoding,
        HttpError::ChunkSize,
        HttpError::ChunkSizeOverflow,
        HttpError::ChunkEnd,
        HttpError::ChunkFramingTooLong,
        HttpError::Trailer,
        HttpError::Truncated,
    ]
}

fn syntax() -> Vec<SyntaxError> {
    vec![
        SyntaxError::UnexpectedByte(7),
        SyntaxError::ControlCharacter(7),
        SyntaxError::InvalidEscape(7),
        SyntaxError::InvalidLiteral,
        SyntaxError::InvalidNumber,
        SyntaxError::InvalidUtf8,
        SyntaxError::TooDeep,
        SyntaxError::Incomplete,
    ]
}

fn answers() -> Vec<ResponseError> {
    let retry_after = Some(Duration::from_secs(30));
    let mut all = vec![
        ResponseError::Redirect { status: 302 },
        ResponseError::Status {
            status: 503,
            retry_after,
        },
        ResponseError::NotJson,
        ResponseError::NoOk,
    ];
    all.extend(http().into_iter().map(ResponseError::Http));
    all.extend(syntax().into_iter().map(ResponseError::Json));
    all
}

fn opens() -> Vec<SocketUrlError> {
    let mut all = vec![
        SocketUrlError::Missing,
        SocketUrlError::TooLong { length: 700 },
        SocketUrlError::Scheme,
        SocketUrlError::Host,
    ];
    all.extend(urls().into_iter().map(SocketUrlError::Url));
    all
}

fn violations() -> Vec<Violation> {
    vec![
        Violation::ReservedBits,
        Violation::ReservedOpcode,
        Violation::MaskedFrame,
        Violation::NonMinimalLength,
        Violation::LengthTopBit,
        Violation::FragmentedControl,
        Violation::ControlTooLong,
        Violation::UnexpectedContinuation,
        Violation::ExpectedContinuation,
        Violation::CloseBodyTooShort,
        Violation::InvalidCloseCode,
        Violation::InvalidCloseReason,
        Violation::InvalidUtf8,
        Violation::MessageTooBig,
    ]
}

fn handshakes() -> Vec<HandshakeError> {
    vec![
        HandshakeError::UpgradeMissing,
        HandshakeError::ConnectionMissing,
        HandshakeError::AcceptMissing,
        HandshakeError::AcceptWrong,
        HandshakeError::ExtensionNotRequested,
        HandshakeError::SubprotocolNotRequested,
    ]
}

fn links() -> Vec<DisconnectReason> {
    vec![
        DisconnectReason::Closed,
        DisconnectReason::Truncated,
        DisconnectReason::NameNotFound,
        DisconnectReason::Refused,
        DisconnectReason::Unreachable,
        DisconnectReason::TimedOut,
        DisconnectReason::Untrusted,
        DisconnectReason::TlsFailed,
        DisconnectReason::Reset,
        DisconnectReason::Other,
    ]
}

fn texts<E: Error>(errors: Vec<E>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn mistakes_of_the_program_say_what_to_do() {
    let all = [
        texts(usage()),
        texts(resources()),
        texts(opens()),
        texts(vec![
            HeaderError::Name,
            HeaderError::Reserved,
            HeaderError::Value,
            HeaderError::Hosts,
        ]),
        texts(vec![
            CustomError::Syntax(SyntaxError::InvalidNumber),
            CustomError::NoObject,
            CustomError::HasId,
            CustomError::TooLong,
        ]),
        texts(vec![
            SendError::Entropy(EntropyError),
            SendError::NoRoom,
            SendError::Busy,
            SendError::Fragmented,
            SendError::PingTooLong,
        ]),
        texts(vec![RawError::Off, RawError::TooLarge]),
        texts(vec![
            CallError::NotConnected(DisconnectReason::Refused),
            CallError::Disconnected(DisconnectReason::Reset),
            CallError::TimedOut(Timeout::Connect),
            CallError::TimedOut(Timeout::Response),
        ]),
    ]
    .concat();
    let silent: Vec<_> = all.iter().filter(|text| !is_remedy(text)).collect();
    assert!(silent.is_empty(), "no remedy in {silent:#?}");
}

#[test]
fn a_small_memory_is_named_with_both_sizes() {
    for (text, name) in texts(resources())
        .iter()
        .zip(["receive buffer", "send buffer", "outbox"])
    {
        assert!(text.contains(name) && text.contains("700") && text.contains("512"));
    }
}

#[test]
fn broken_rules_are_named_with_their_section() {
    let of_memory = |text: &String| text.contains("receive buffer") || text.contains("256 levels");
    let all = [
        texts(http()),
        texts(syntax()),
        texts(violations()),
        texts(handshakes()),
    ]
    .concat();
    let unnamed: Vec<_> = all
        .iter()
        .filter(|text| !text.contains("section ") && !of_memory(text))
        .collect();
    assert!(unnamed.is_empty(), "no section in {unnamed:#?}");
}

#[test]
fn a_refusal_names_the_code_and_the_remedy() {
    for code in ErrorCode::KNOWN {
        let text = ReconnectReason::Refused(*code).to_string();
        let parts = [code.as_str(), code.meaning(), &code.remedy().to_string()];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(is_remedy(&code.remedy().to_string()), "{text}");
        assert!(
            CloseReason::Refused(*code)
                .to_string()
                .contains(code.meaning())
        );
    }
}

/// The text of an inner error is part of `Display`, so it is not a `source` as well.
#[test]
fn no_inner_error_is_printed_twice() {
    let errors: [(&dyn Error, &dyn Error); 4] = [
        (
            &ConnectionError::Violation(Violation::MaskedFrame),
            &Violation::MaskedFrame,
        ),
        (&ConnectionError::Entropy(EntropyError), &EntropyError),
        (&SendError::Entropy(EntropyError), &EntropyError),
        (
            &HandshakeError::Http(HttpError::FieldLine),
            &HttpError::FieldLine,
        ),
    ];
    for (outer, inner) in errors {
        assert!(outer.to_string().contains(&inner.to_string()));
        assert!(outer.source().is_none());
    }
}

#[test]
fn every_text_is_a_sentence_of_its_own() {
    let mut all = [
        texts(usage()),
        texts(answers()),
        texts(opens()),
        texts(http()),
        texts(syntax()),
        texts(violations()),
        texts(handshakes()),
        texts(links()),
        texts(vec![
            ConnectionError::Entropy(EntropyError),
            ConnectionError::Violation(Violation::MaskedFrame),
        ]),
        texts(vec![SendError::Closing, SendError::Changed]),
        texts(vec![PeerError::NoHello]),
    ]
    .concat();
    let steps = [
        Timeout::Connect,
        Timeout::Response,
        Timeout::Handshake,
        Timeout::Hello,
        Timeout::Send,
        Timeout::Ack,
    ];
    let status = |status| ReconnectReason::Status {
        status,
        retry_after: Duration::ZERO,
    };
    all.extend(steps.map(|step| ReconnectReason::TimedOut(step).to_string()));
    all.extend(
        [
            ReconnectReason::KeepaliveTimeout,
            ReconnectReason::Goodbye,
            ReconnectReason::Migration,
        ]
        .map(|cause| cause.to_string()),
    );
    all.extend(
        [status(302), status(503), ReconnectReason::Closed(None)].map(|cause| cause.to_string()),
    );
    for text in &all {
        assert!(text.len() > 10 && text.contains(' '), "{text:?}");
        assert!(!text.ends_with(['.', ' ', ':', ';']), "{text:?}");
        assert!(!text.contains("  "), "{text:?}");
    }
}
