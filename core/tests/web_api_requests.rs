//! Requests of the Web API, and the codes of all documents of rtm.connect and rtm.start.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::{Counter, Sink, Window};
use slack_rtm::http::Header;
use slack_rtm::url::UrlError;
use slack_rtm::web_api::{
    Api, ArgumentsIn, ErrorCode, Method, Named, Remedy, RequestError, RtmConnect, RtmStart,
    TokenIn, WarningCode,
};

fn written(api: Api<'_>, method: &dyn Method) -> String {
    let request = api.request(method).expect("a request");
    let length = Counter::of(|sink| request.write(sink));
    let mut out = Vec::new();
    while out.len() < length {
        let mut part = [0; 7];
        let mut window = Window::new(out.len(), &mut part);
        request.write(&mut window);
        let count = window.written();
        out.extend_from_slice(&part[..count]);
    }
    String::from_utf8(out).expect("ASCII")
}

#[test]
fn rtm_connect_with_the_token_in_the_header() {
    let method = &RtmConnect::DEFAULT;
    let host = format!(
        "Host: slack.com\r\nAuthorization: Bearer xoxb-1\r\nUser-Agent: {}\r\nConnection: close\r\n",
        Api::USER_AGENT
    );
    assert_eq!(
        written(Api::new("xoxb-1"), method),
        format!("GET /api/rtm.connect HTTP/1.1\r\n{host}\r\n")
    );
    assert_eq!(
        written(Api::new("xoxb-1").arguments_in(ArgumentsIn::Form), method),
        format!(
            "POST /api/rtm.connect HTTP/1.1\r\n{host}Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: 0\r\n\r\n"
        )
    );
}

#[test]
fn rtm_start_with_the_token_in_the_form() {
    let cookie = Header::new("Cookie", "d=1", &["localhost"]).expect("a header");
    let other = Header::new("X-Other", "2", &["slack.com"]).expect("a header");
    let headers = [cookie, other];
    let api = Api::new("xoxp-&")
        .token_in(TokenIn::Form)
        .base("http://localhost:81/api")
        .headers(&headers)
        .user_agent("test/1")
        .allow_insecure();
    let mut arguments = RtmStart::DEFAULT;
    arguments.simple_latest = true;
    let method = &arguments;
    assert_eq!(
        written(api, method),
        "POST /api/rtm.start HTTP/1.1\r\nHost: localhost:81\r\nUser-Agent: test/1\r\n\
         Connection: close\r\nCookie: d=1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 30\r\n\r\ntoken=xoxp-%26&simple_latest=1"
    );
}

#[test]
fn every_documented_argument() {
    let mut connect = RtmConnect::DEFAULT;
    connect.batch_presence_aware = true;
    connect.presence_sub = false;
    let mut start = RtmStart::DEFAULT;
    start.batch_presence_aware = true;
    start.include_locale = true;
    start.mpim_aware = true;
    start.no_latest = true;
    start.no_unreads = true;
    start.presence_sub = false;
    start.simple_latest = true;
    for (method, query) in [
        (&RtmConnect::DEFAULT as &dyn Method, "rtm.connect"),
        (
            &connect,
            "rtm.connect?batch_presence_aware=1&presence_sub=false",
        ),
        (&RtmStart::DEFAULT, "rtm.start"),
        (
            &start,
            "rtm.start?batch_presence_aware=1&include_locale=true&mpim_aware=1&no_latest=1\
             &no_unreads=1&presence_sub=false&simple_latest=1",
        ),
    ] {
        let request = written(Api::new("xoxb-1"), method);
        let line = request.lines().next().expect("a line");
        assert_eq!(line, format!("GET /api/{query} HTTP/1.1"));
        let form = written(Api::new("xoxb-1").token_in(TokenIn::Form), method);
        let body = form.split("\r\n\r\n").nth(1).expect("a body");
        let arguments = query.split('?').nth(1).map(|all| format!("&{all}"));
        assert_eq!(
            body,
            format!("token=xoxb-1{}", arguments.unwrap_or_default())
        );
        assert!(form.contains(&format!("\r\nContent-Length: {}\r\n", body.len())));
    }
}

#[test]
fn other_methods_go_as_forms() {
    let method = &Named {
        name: "chat.postMessage",
        arguments: &[("channel", "C1"), ("text", "a&b=c d\r\n")],
    };
    let request = written(Api::new("xoxb-1"), method);
    assert!(request.starts_with("POST /api/chat.postMessage HTTP/1.1\r\n"));
    assert!(request.ends_with("\r\n\r\nchannel=C1&text=a%26b%3Dc%20d%0D%0A"));
    let request = written(Api::new("xoxb-1").arguments_in(ArgumentsIn::Query), method);
    assert!(
        request.starts_with(
            "GET /api/chat.postMessage?channel=C1&text=a%26b%3Dc%20d%0D%0A HTTP/1.1\r\n"
        )
    );
}

#[test]
fn settings_that_cannot_be_used() {
    let connect = &RtmConnect::DEFAULT;
    let api = Api::new("xoxb-1");
    for (api, expected) in [
        (api.base("slack.com"), RequestError::Base(UrlError::Scheme)),
        (api.base("http://slack.com/api/"), RequestError::Cleartext),
        (api.base("wss://slack.com/api/"), RequestError::BaseScheme),
        (
            api.base("https://slack.com/api/?x="),
            RequestError::BaseQuery,
        ),
        (api.token(""), RequestError::Token),
        (api.token("xoxb-1\r\n"), RequestError::Token),
        (api.token("xoxb-1\nHost: evil"), RequestError::Token),
        (api.token("xoxb 1"), RequestError::Token),
        (api.token("xoxb-\0"), RequestError::Token),
        (api.user_agent(""), RequestError::UserAgent),
        (api.user_agent("a\r\nb: c"), RequestError::UserAgent),
    ] {
        assert_eq!(api.request(connect).err(), Some(expected));
    }
    for name in ["", "chat/post", "chat.post?x", "a b", "a\r\nb", "../x"] {
        let method = &Named {
            name,
            arguments: &[],
        };
        assert_eq!(
            api.request(method).err(),
            Some(RequestError::MethodName),
            "{name}"
        );
    }
}

#[test]
fn tokens_are_not_shown() {
    let api = Api::new("xoxb-secret");
    let request = api.request(&RtmConnect::DEFAULT);
    let shown = format!("{api:?} {request:?}");
    assert!(!shown.contains("secret"), "{shown}");
}

/// The codes of the documents, oldest first; those of rtm.start's newest in its order.
const DOCUMENTS: [(&str, &[&str]); 4] = [
    (
        "rtm.start, 2015",
        &[
            "migration_in_progress",
            "not_authed",
            "invalid_auth",
            "account_inactive",
            "invalid_arg_name",
            "invalid_array_arg",
            "invalid_charset",
            "invalid_form_data",
            "invalid_post_type",
            "missing_post_type",
            "request_timeout",
        ],
    ),
    (
        "rtm.connect, 2023",
        &[
            "access_denied",
            "accesslimited",
            "account_inactive",
            "deprecated_endpoint",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "fatal_error",
            "internal_error",
            "invalid_arg_name",
            "invalid_arguments",
            "invalid_array_arg",
            "invalid_auth",
            "invalid_charset",
            "invalid_form_data",
            "invalid_post_type",
            "method_deprecated",
            "migration_in_progress",
            "missing_post_type",
            "missing_scope",
            "no_permission",
            "not_allowed_token_type",
            "not_authed",
            "org_login_required",
            "ratelimited",
            "request_timeout",
            "service_unavailable",
            "team_access_not_granted",
            "team_added_to_org",
            "token_expired",
            "token_revoked",
            "two_factor_setup_required",
        ],
    ),
    (
        "rtm.connect, 2018",
        &[
            "not_authed",
            "invalid_auth",
            "account_inactive",
            "no_permission",
            "invalid_arg_name",
            "invalid_array_arg",
            "invalid_charset",
            "invalid_form_data",
            "invalid_post_type",
            "missing_post_type",
            "team_added_to_org",
            "request_timeout",
            "fatal_error",
        ],
    ),
    (
        "rtm.start, 2021",
        &[
            "migration_in_progress",
            "rtm_connect_required",
            "not_authed",
            "invalid_auth",
            "account_inactive",
            "token_revoked",
            "no_permission",
            "org_login_required",
            "ekm_access_denied",
            "missing_scope",
            "invalid_arguments",
            "invalid_arg_name",
            "invalid_charset",
            "invalid_form_data",
            "invalid_post_type",
            "missing_post_type",
            "team_added_to_org",
            "request_timeout",
            "fatal_error",
        ],
    ),
];

#[test]
fn every_documented_error_is_typed() {
    let later = [
        "user_removed_from_team",
        "team_disabled",
        "invalid_json",
        "json_not_object",
        "is_bot",
        "unknown_method",
    ];
    let documented = DOCUMENTS
        .iter()
        .flat_map(|(document, codes)| codes.iter().map(move |code| (*document, *code)));
    let all: Vec<_> = documented
        .chain(later.map(|code| ("later", code)))
        .collect();
    for (document, text) in &all {
        let code = ErrorCode::from_code(text);
        assert!(!matches!(code, ErrorCode::Other(_)), "{document}: {text}");
        assert_eq!(code.as_str(), *text);
        assert!(code.to_string().starts_with(&format!("{text}: ")));
    }
    for code in ErrorCode::KNOWN {
        assert_eq!(ErrorCode::from_code(code.as_str()), *code);
        assert!(
            all.iter().any(|(_, text)| *text == code.as_str()),
            "{code} is documented"
        );
    }
}

#[test]
fn what_to_do_about_errors() {
    for (codes, remedy) in [
        (
            "not_authed invalid_auth account_inactive token_revoked token_expired \
             user_removed_from_team team_disabled no_permission org_login_required \
             two_factor_setup_required",
            Remedy::ReplaceToken,
        ),
        (
            "not_allowed_token_type missing_scope access_denied accesslimited \
             team_access_not_granted ekm_access_denied enterprise_is_restricted \
             deprecated_endpoint method_deprecated is_bot",
            Remedy::ChangeApp,
        ),
        (
            "invalid_arg_name invalid_array_arg invalid_arguments invalid_charset \
             invalid_form_data invalid_post_type missing_post_type invalid_json \
             json_not_object unknown_method",
            Remedy::FixRequest,
        ),
        (
            "ratelimited internal_error fatal_error service_unavailable request_timeout \
             migration_in_progress team_added_to_org",
            Remedy::Retry,
        ),
        ("rtm_connect_required", Remedy::UseRtmConnect),
        ("never_heard_of Not_Authed not_authed_", Remedy::RetrySlowly),
    ] {
        for code in codes.split_whitespace() {
            assert_eq!(ErrorCode::from_code(code).remedy(), remedy, "{code}");
            assert_eq!(ErrorCode::from_code(code).as_str(), code);
        }
    }
}

#[test]
fn every_documented_warning_is_typed() {
    let text =
        "missing_charset, superfluous_charset,member_list_truncated,method_deprecated,,new_one";
    let codes: Vec<_> = WarningCode::list(text).collect();
    assert_eq!(
        codes,
        [
            WarningCode::MissingCharset,
            WarningCode::SuperfluousCharset,
            WarningCode::MemberListTruncated,
            WarningCode::MethodDeprecated,
            WarningCode::Other("new_one"),
        ]
    );
    assert_eq!(WarningCode::list("").count(), 0);
}

/// A sink that only counts calls would not notice a request that depends on its sink.
#[test]
fn requests_are_the_same_from_any_byte() {
    let api = Api::new("xoxb-1").token_in(TokenIn::Form);
    let whole = written(api, &RtmConnect::DEFAULT);
    let request = api.request(&RtmConnect::DEFAULT).expect("a request");
    for skip in 0..=whole.len() {
        let mut rest = vec![0; whole.len()];
        let mut window = Window::new(skip, &mut rest);
        let sink: &mut dyn Sink = &mut window;
        request.write(sink);
        assert_eq!(window.written(), whole.len() - skip);
        assert_eq!(&rest[..whole.len() - skip], &whole.as_bytes()[skip..]);
    }
}
