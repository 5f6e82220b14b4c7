//! Security over real sockets and TLS: no trust in a wrong server, and the token for the Web API
//! alone.

use end_to_end::{Run, TIMEOUT, dialer, dialer_with, trust, with_short_timeouts};
use fake_slack::{BOT_TOKEN, FakeSlack, Fault, Step, What};
use slack_rtm::rtm::command::Post;
use slack_rtm::web_api::RequestError;
use slack_rtm::{Client, CloseReason, Config, ConfigError, Token, TokenError};
use slack_rtm_std::{Buffers, Dialer, OsEntropy, Session, SessionError, Trust};

const LOCALHOST: &[&str] = &["localhost"];

fn requests(server: &FakeSlack) -> Vec<fake_slack::Request> {
    let entries = server.log().entries();
    entries
        .into_iter()
        .filter_map(|entry| match entry.what {
            What::Request(request) => Some(request),
            _ => None,
        })
        .collect()
}

#[test]
fn a_certificate_of_an_unknown_root_is_refused_before_anything_is_sent() {
    let server = FakeSlack::builder().start().unwrap();
    let other = FakeSlack::builder().start().unwrap();
    let api_base = server.api_base();
    let mut buffers = Buffers::default();
    let config = with_short_timeouts(Config::new().api_base(&api_base));
    let mut run = Run::new(
        config,
        server.token(),
        dialer_with(trust(&other)),
        &mut buffers,
    );
    assert_eq!(run.until_failure(), "Disconnected(Untrusted)");
    let failed = |what: &What| matches!(what, What::TlsFailed(_));
    server.log().wait_nth(TIMEOUT, 1, failed).unwrap();
    assert_eq!(requests(&server), []);
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn the_platforms_roots_do_not_include_the_server_of_a_test() {
    let server = FakeSlack::builder().start().unwrap();
    let api_base = server.api_base();
    let mut buffers = Buffers::default();
    let config = with_short_timeouts(Config::new().api_base(&api_base));
    let dialer = dialer_with(Trust::platform());
    let mut run = Run::new(config, server.token(), dialer, &mut buffers);
    assert_eq!(run.until_failure(), "Disconnected(Untrusted)");
    assert_eq!(requests(&server), []);
}

#[test]
fn a_101_with_the_accept_key_of_another_handshake_is_refused() {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(Step::Upgrade, Fault::WrongAccept);
    let api_base = server.api_base();
    let mut buffers = Buffers::default();
    let config = with_short_timeouts(Config::new().api_base(&api_base)).allowed_domains(LOCALHOST);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    let reason = run.until_failure();
    assert!(reason.starts_with("Peer(Handshake("), "{reason}");
    // The next handshake succeeds.
    run.until_hello();
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn a_url_outside_the_allowed_domains_is_not_followed() {
    for (host, domains, allowed) in [
        ("localhost", Config::DOMAINS, false),
        ("wss.slack.com", Config::DOMAINS, true),
        ("slack.com.example", Config::DOMAINS, false),
        ("notslack.com", Config::DOMAINS, false),
        ("localhost", LOCALHOST, true),
    ] {
        let server = FakeSlack::builder().host(host).start().unwrap();
        let api_base = server.api_base();
        let mut buffers = Buffers::default();
        let config = with_short_timeouts(Config::new().api_base(&api_base));
        let config = config.allowed_domains(domains);
        let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
        if allowed {
            run.until_hello();
        } else {
            let reason = run.until_failure();
            assert!(reason.starts_with("Peer("), "{host}: {reason}");
            let paths: Vec<_> = requests(&server).into_iter().map(|r| r.path).collect();
            assert!(
                !paths.iter().any(|path| path.starts_with("/websocket/")),
                "{paths:?}"
            );
        }
        assert_eq!(run.close(), Ok(Some(CloseReason::Requested)), "{host}");
    }
}

#[test]
fn the_token_goes_to_the_api_and_nowhere_else() {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(Step::Upgrade, Fault::WrongAccept);
    server.fault(Step::Frame, Fault::Text("not JSON".into()));
    let api_base = server.api_base();
    let mut buffers = Buffers::default();
    let config = with_short_timeouts(Config::new().api_base(&api_base)).allowed_domains(LOCALHOST);
    let client = Client::new(
        config.clone(),
        server.token(),
        Token::<128>::new(),
        OsEntropy,
    );
    let mut texts = vec![format!("{config:?}"), format!("{:?}", client.unwrap())];
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    run.until_failure();
    run.until_hello();
    texts.push(format!("{:?}", run.session()));
    server.push(r#"{"type":"hello again"}"#);
    run.until(|event, handle| {
        texts.push(format!("{handle:?}"));
        matches!(event, slack_rtm::Event::Malformed).then_some(())
    });
    let sender = run.sender();
    texts.push(format!("{sender:?}"));
    sender
        .with(|handle| handle.send(&Post::new("C0GENERAL", "x")))
        .unwrap();
    server.reset_all();
    run.until_failure();
    texts.push(format!("{:?}", run.session().last_failure()));
    texts.push(
        run.session()
            .last_failure()
            .map(ToString::to_string)
            .unwrap_or_default(),
    );
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    texts.extend_from_slice(run.seen());
    for text in &texts {
        assert!(!text.contains(BOT_TOKEN), "{text}");
    }

    let mut calls = 0;
    for request in requests(&server) {
        let all = format!("{} {} {:?}", request.path, request.query, request.headers);
        let body = String::from_utf8_lossy(&request.body);
        if request.path == "/api/rtm.connect" {
            calls += 1;
            let bearer = format!("Bearer {BOT_TOKEN}");
            assert_eq!(request.header("authorization"), Some(bearer.as_str()));
            assert!(!request.query.contains(BOT_TOKEN));
        } else {
            assert!(
                !all.contains(BOT_TOKEN) && !body.contains(BOT_TOKEN),
                "{all}"
            );
        }
    }
    assert!(calls >= 2);
}

#[test]
fn a_redirect_is_not_followed() {
    let server = FakeSlack::builder().start().unwrap();
    let elsewhere = FakeSlack::builder().start().unwrap();
    let target = format!("{}rtm.connect", elsewhere.api_base());
    server.fault(Step::Request, Fault::Redirect(target));
    let api_base = server.api_base();
    let mut buffers = Buffers::default();
    let config = with_short_timeouts(Config::new().api_base(&api_base)).allowed_domains(LOCALHOST);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    let reason = run.until_failure();
    assert!(reason.contains("302"), "{reason}");
    run.until_hello();
    assert_eq!(elsewhere.log().entries(), []);
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn a_token_that_would_break_the_request_creates_no_session() {
    for token in [
        "xoxb-1\r\nX-Evil: 1",
        "xoxb-1\n",
        "xoxb\r1",
        "xoxb-\u{0}",
        "",
    ] {
        let mut buffers = Buffers::default();
        let dialer = Dialer::new(Trust::platform())
            .unwrap()
            .with_lookup(|host, _| panic!("{host} was looked up"));
        let error = Session::new(Config::new(), token, dialer, &mut buffers).unwrap_err();
        assert_eq!(
            error,
            SessionError::Config(ConfigError::Token(TokenError::Characters)),
            "{token:?}"
        );
        if !token.is_empty() {
            assert!(!format!("{error} {error:?}").contains(token));
        }
    }
}

#[test]
fn cleartext_links_are_refused_unless_allowed() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let api_base = server.api_base();
    let mut buffers = Buffers::default();
    let dialer = || dialer_with(Trust::platform());
    let config = with_short_timeouts(Config::new().api_base(&api_base)).allowed_domains(LOCALHOST);
    let error = Session::new(config, server.token(), dialer(), &mut buffers).unwrap_err();
    assert_eq!(
        error,
        SessionError::Config(ConfigError::Request(RequestError::Cleartext))
    );
    assert_eq!(server.log().entries(), []);
    let config = with_short_timeouts(Config::new().api_base(&api_base)).allowed_domains(LOCALHOST);
    let mut run = Run::new(
        config.allow_insecure(),
        server.token(),
        dialer(),
        &mut buffers,
    );
    run.until_hello();
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}
