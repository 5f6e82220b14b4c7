//! The texts of errors: each states what to do, or the rule that was broken.

#![allow(clippy::expect_used)]

use slack_rtm::buffer::{Memory, RecvBuf, ResourceError, SendBuf};
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::http::{HeaderError, HttpError};
use slack_rtm::json::{RawError, SyntaxError};
use slack_rtm::rtm::custom::CustomError;
use slack_rtm::rtm::limits::LimitError;
use slack_rtm::socket_mode::acknowledgement::TooLong;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::url::UrlError;
use slack_rtm::web_api::{
    CallError, ErrorCode, RequestError, ResponseError, SequenceError, SocketUrlError,
};
use slack_rtm::websocket::{ConnectionError, FrameError, HandshakeError, Violation};
use slack_rtm::{
    AcknowledgeError, Client, CloseReason, Config, ConfigError, DisconnectReason, LentStorage,
    PeerError, PollError, ReconnectReason, SendError, Timeout, Token, TokenError, WithdrawError,
};
use std::error::Error;

/// Beginnings of a sentence that states what to do.
const REMEDIES: &[&str] = &[
    "acknowledge ",
    "allow ",
    "answer ",
    "ask ",
    "begin ",
    "call ",
    "check ",
    "configure ",
    "correct ",
    "extend ",
    "flush ",
    "get ",
    "give ",
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
    "shorten ",
    "try ",
    "upload ",
    "use ",
    "wait ",
    "write ",
];

fn is_remedy(text: &str) -> bool {
    REMEDIES.iter().any(|remedy| text.contains(remedy))
}

/// An error for each memory of the caller, and the name of the memory. Each wants 57
/// bytes or more, and has 10 at most.
fn resources() -> Vec<(ResourceError, &'static str)> {
    let random = || {
        from_fn(|out| {
            out.fill(1);
            Ok(())
        })
    };
    let (mut rx, mut small) = ([0; 10], [0; 10]);
    let mut outbox = [0; 10];
    let receive = RecvBuf::try_from(&mut rx[..]).err();
    let send = SendBuf::try_from(&mut small[..]).err();
    let token = "x".repeat(300);
    let memory = Token::<10>::new();
    let of_token = match Client::new(Config::new(), &token, memory, random()) {
        Err(ConfigError::Token(TokenError::Full(error))) => Some(error),
        _ => None,
    };
    let mut memory = [0; 10];
    let storage = LentStorage::new(&mut memory, &mut outbox);
    let of_outbox = match Client::new(Config::new(), "xoxb-1", storage, random()) {
        Err(ConfigError::Outbox(error)) => Some(error),
        _ => None,
    };
    let all = [
        (receive, Memory::Receive, "receive buffer"),
        (send, Memory::Send, "send buffer"),
        (of_outbox, Memory::Outbox, "outbox"),
        (of_token, Memory::Token, "memory for the token"),
    ];
    all.map(|(error, memory, name)| {
        let error = error.expect(name);
        assert_eq!(error.memory, memory);
        (error, name)
    })
    .into()
}

fn resource_errors() -> Vec<ResourceError> {
    resources().into_iter().map(|(error, _)| error).collect()
}

fn requests() -> Vec<RequestError> {
    let mut all = vec![
        RequestError::BaseScheme,
        RequestError::BaseQuery,
        RequestError::Cleartext,
        RequestError::Token,
        RequestError::UserAgent,
        RequestError::MethodName,
        RequestError::UrlScheme,
        RequestError::UrlCleartext,
        RequestError::Body,
    ];
    all.extend(urls().into_iter().map(RequestError::Base));
    all.extend(urls().into_iter().map(RequestError::Url));
    all
}

fn sequences() -> Vec<SequenceError> {
    let mut all = vec![
        SequenceError::Missing("file_id"),
        SequenceError::NotInTable("file_id"),
        SequenceError::TooLong { length: 600 },
        SequenceError::CursorRepeated,
        SequenceError::UploadHost,
        SequenceError::UploadLength {
            sent: 2,
            received: 1,
        },
    ];
    all.extend(requests().into_iter().map(SequenceError::Request));
    all.extend(urls().into_iter().map(SequenceError::UploadUrl));
    all.extend(resource_errors().into_iter().map(SequenceError::Full));
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

/// Settings whose text names the table that they must extend.
fn tables() -> Vec<(ConfigError, &'static str)> {
    vec![
        (ConfigError::Paths, "event::COMMON_PATHS"),
        (ConfigError::ResponsePaths, "web_api::paths::COMMON"),
    ]
}

fn polls() -> Vec<PollError> {
    vec![PollError::NoConnectDue, PollError::Entropy(EntropyError)]
}

fn sends() -> Vec<SendError> {
    let mut all = vec![
        SendError::Entropy(EntropyError),
        SendError::Offline,
        SendError::TooSoon {
            until: Instant::from_millis(77),
        },
        SendError::Closed,
    ];
    all.extend(limits().into_iter().map(SendError::Limit));
    all.extend(resource_errors().into_iter().map(SendError::Full));
    all
}

fn withdraws() -> Vec<WithdrawError> {
    vec![WithdrawError::Sent, WithdrawError::Unknown]
}

fn acknowledgements() -> Vec<AcknowledgeError> {
    vec![
        AcknowledgeError::NoEnvelope,
        AcknowledgeError::NotAccepted,
        AcknowledgeError::TooLate,
        AcknowledgeError::SocketEnded,
        AcknowledgeError::TooLong(TooLong { length: 20_480 }),
        AcknowledgeError::Busy,
        AcknowledgeError::Changed,
        AcknowledgeError::TooManyDeferred,
        AcknowledgeError::LongId,
        AcknowledgeError::Entropy(EntropyError),
    ]
}

fn tokens() -> Vec<TokenError> {
    let mut all = vec![TokenError::Characters, TokenError::NotAppLevel];
    all.extend(resource_errors().into_iter().map(TokenError::Full));
    all
}

fn configs() -> Vec<ConfigError> {
    let mut all = vec![
        ConfigError::ListsAndPaths,
        ConfigError::ListsWithoutStart,
        ConfigError::NoOutbox,
        ConfigError::NoDomain,
        ConfigError::ZeroDuration,
    ];
    all.extend(requests().into_iter().map(ConfigError::Request));
    all.extend(tokens().into_iter().map(ConfigError::Token));
    all
}

fn http() -> Vec<HttpError> {
    vec![
        HttpError::StatusLine,
        HttpError::StatusLineTooLong,
        HttpError::FieldLine,
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

fn responses() -> Vec<ResponseError> {
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
fn texts_of_mistakes_of_the_program_state_what_to_do() {
    let all = [
        texts(polls()),
        texts(sends()),
        texts(withdraws()),
        texts(tokens()),
        texts(acknowledgements()),
        texts(configs()),
        texts(resource_errors()),
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
            FrameError::Entropy(EntropyError),
            FrameError::NoRoom,
            FrameError::Busy,
            FrameError::Fragmented,
            FrameError::PingTooLong,
        ]),
        texts(vec![RawError::Off, RawError::TooLarge]),
        texts(vec![
            CallError::NotConnected(DisconnectReason::Refused),
            CallError::Disconnected(DisconnectReason::Reset),
            CallError::TimedOut(Timeout::Connect),
            CallError::TimedOut(Timeout::Response),
            CallError::CannotRestart(DisconnectReason::Reset),
            CallError::EarlyResponse,
            CallError::Sequence(SequenceError::CursorRepeated),
        ]),
        texts(sequences()),
    ]
    .concat();
    let silent: Vec<_> = all.iter().filter(|text| !is_remedy(text)).collect();
    assert!(silent.is_empty(), "no remedy in {silent:#?}");
}

#[test]
fn a_small_memory_is_named_with_both_sizes() {
    for (error, name) in resources() {
        let text = error.to_string();
        let sizes = [
            format!("{} bytes wanted", error.wanted),
            format!("{} available", error.available),
        ];
        assert!(error.wanted >= 57 && error.available <= 10, "{text}");
        assert!(text.contains(name), "{text}");
        assert!(sizes.iter().all(|size| text.contains(size)), "{text}");
    }
}

#[test]
fn the_table_to_extend_is_named() {
    for (error, table) in tables() {
        assert!(error.to_string().contains(table), "{error}");
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
fn a_refusal_with_an_unknown_code_names_it() {
    let code = ErrorCode::from_code("never_heard_of");
    let text = ReconnectReason::Refused(code).to_string();
    assert!(text.contains("never_heard_of"), "{text}");
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
    let token = TokenError::Characters;
    let errors: [(&dyn Error, &dyn Error); 9] = [
        (&PollError::Entropy(EntropyError), &EntropyError),
        (&SendError::Entropy(EntropyError), &EntropyError),
        (&ConfigError::Token(token), &token),
        (
            &ConfigError::Request(RequestError::UserAgent),
            &RequestError::UserAgent,
        ),
        (
            &PeerError::Frame(Violation::MaskedFrame),
            &Violation::MaskedFrame,
        ),
        (
            &ConnectionError::Violation(Violation::MaskedFrame),
            &Violation::MaskedFrame,
        ),
        (&ConnectionError::Entropy(EntropyError), &EntropyError),
        (&FrameError::Entropy(EntropyError), &EntropyError),
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
        texts(polls()),
        texts(sends()),
        texts(withdraws()),
        texts(tokens()),
        texts(configs()),
        texts(tables().into_iter().map(|(error, _)| error).collect()),
        texts(responses()),
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
        texts(vec![FrameError::Closing, FrameError::Changed]),
        texts(vec![PeerError::NoHello, PeerError::SpokeFirst]),
    ]
    .concat();
    let steps = [
        Timeout::Connect,
        Timeout::Response,
        Timeout::Handshake,
        Timeout::Hello,
        Timeout::Send,
        Timeout::Ack,
        Timeout::Call,
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
            ReconnectReason::TokenReplaced,
            ReconnectReason::ResponseAbandoned,
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
