//! Requests to a URL of their own: incoming webhooks, and responses to interactions.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::blocks::{Block, Blocks, Divider};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{EntropyError, FromFn, from_fn};
use slack_rtm::event::Literal;
use slack_rtm::methods::webhooks::{DeleteOriginal, IncomingWebhook, InteractionResponse};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::url::UrlError;
use slack_rtm::web_api::{
    Api, ArgumentError, ArgumentPart, Call, CallEvent, Caller, CallerConfig, CallerEvent, Job,
    Method, Named, PostError, RateSlot, RequestError, errors, paths,
};
use slack_rtm::{DisconnectReason, Output, OwnedStorage};

const HOOK: &str = "https://hooks.slack.com/services/T1/B1/secret";
const RESPONSE_URL: &str = "https://hooks.slack.com/actions/T1/1/secret";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const API_OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";

/// The requests that a server got, each with the host and the port of its link.
type Requests = Vec<(String, String)>;

/// Runs `drive` with a machine, and polls for each of its jobs, or posts, until an event. The server
/// sends the responses in turn, `step` bytes at a time.
struct Rig {
    responses: Vec<String>,
    step: usize,
    requests: Requests,
    connects: usize,
    now: u64,
}

impl Rig {
    fn new(responses: &[&str]) -> Self {
        let mut responses: Vec<String> = responses.iter().map(|text| (*text).into()).collect();
        responses.reverse();
        Self {
            responses,
            step: usize::MAX,
            requests: Vec::new(),
            connects: 0,
            now: 1_000_000,
        }
    }

    /// Makes the calls of `methods` in turn, or posts all of them, and returns the events.
    fn run(&mut self, methods: &[&dyn Method], are_posts: bool) -> Vec<String> {
        let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
        let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
        let mut rates = [RateSlot::FREE; 4];
        let mut caller = Caller::new(
            CallerConfig::new(),
            "xoxb-1",
            OwnedStorage::<16, 512>::new(),
            &mut rates,
            from_fn(|out| {
                out.fill(0x80);
                Ok(())
            }),
        )
        .expect("usable");
        if are_posts {
            for method in methods {
                caller.post(method, None).expect("room");
            }
        }
        let mut events = Vec::new();
        let (mut host, mut request, mut response) = (String::new(), String::new(), Vec::new());
        for method in methods {
            let job = Job::new(method, &paths::CALL);
            let job = (!are_posts).then_some(&job);
            if let Some(job) = job {
                caller.begin(job).expect("usable");
            }
            loop {
                let output = caller.poll(job, &mut rx, &mut tx, Instant::from_millis(self.now));
                match output.expect("randomness") {
                    Output::Connect { peer, .. } => {
                        host = format!("{}:{}", peer.host, peer.port);
                        self.connects += 1;
                        caller.connected();
                    }
                    Output::Disconnect => {
                        response.clear();
                        caller.disconnected(DisconnectReason::Closed);
                    }
                    Output::Wait { until, .. } => {
                        request.push_str(std::str::from_utf8(tx.pending()).expect("ASCII"));
                        let has_moved = !tx.pending().is_empty();
                        tx.sent(usize::MAX);
                        if is_whole(&request) {
                            self.requests
                                .push((host.clone(), std::mem::take(&mut request)));
                            response.extend(self.responses.pop().expect("a response").bytes());
                        }
                        if response.is_empty() && !has_moved {
                            self.now = self.now.max(until.as_millis());
                            continue;
                        }
                        let space = rx.space();
                        let count = space.len().min(self.step).min(response.len());
                        for (to, from) in space.iter_mut().zip(response.drain(..count)) {
                            *to = from;
                        }
                        rx.filled(count);
                    }
                    Output::Event(event) => {
                        events.push(outcome(&event));
                        break;
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        events
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    body.len() == length.map_or(0, |digits| digits.parse().expect("a number"))
}

fn outcome(event: &CallerEvent<'_>) -> String {
    match event {
        CallerEvent::Accepted(_) | CallerEvent::PostAccepted(..) => "accepted".into(),
        CallerEvent::Refused(error) | CallerEvent::PostRefused(_, error) => {
            format!("refused {} {}", error.status(), error.code().as_str())
        }
        CallerEvent::Failed(error) | CallerEvent::PostFailed(_, error) => format!("failed {error}"),
        CallerEvent::Unconfirmed(error) => format!("unconfirmed {error}"),
        other => panic!("{other:?}"),
    }
}

fn webhook() -> IncomingWebhook<'static, Literal<'static>> {
    IncomingWebhook::new(HOOK, Literal("Ding-dong & <hi>"))
}

#[test]
fn requests_are_json_to_the_url_without_the_token() {
    let blocks: [&dyn Block; 1] = [&Divider];
    let ring = webhook().blocks(Blocks::list(&blocks)).in_thread("1.5");
    let replaced = InteractionResponse::new(RESPONSE_URL, "Opened").replace_original();
    let thread = InteractionResponse::new(RESPONSE_URL, "Opened").in_thread("1.5");
    let seen = InteractionResponse::new(RESPONSE_URL, "Opened").in_channel();
    let hidden = InteractionResponse::new(RESPONSE_URL, "Opened").blocks(Blocks::list(&blocks));
    let deleted = DeleteOriginal::new(RESPONSE_URL);
    let cases: [(&dyn Method, &str, &str); 6] = [
        (
            &ring,
            "/services/T1/B1/secret",
            r#"{"text":"Ding-dong &amp; &lt;hi&gt;","blocks":[{"type":"divider"}],"thread_ts":"1.5"}"#,
        ),
        (
            &replaced,
            "/actions/T1/1/secret",
            r#"{"text":"Opened","replace_original":true}"#,
        ),
        (
            &thread,
            "/actions/T1/1/secret",
            r#"{"text":"Opened","response_type":"in_channel","replace_original":false,"thread_ts":"1.5"}"#,
        ),
        (
            &seen,
            "/actions/T1/1/secret",
            r#"{"text":"Opened","response_type":"in_channel"}"#,
        ),
        (
            &hidden,
            "/actions/T1/1/secret",
            r#"{"text":"Opened","blocks":[{"type":"divider"}]}"#,
        ),
        (
            &deleted,
            "/actions/T1/1/secret",
            r#"{"delete_original":true}"#,
        ),
    ];
    for (method, target, body) in cases {
        for are_posts in [false, true] {
            let mut rig = Rig::new(&[OK]);
            assert_eq!(rig.run(&[method], are_posts), ["accepted"]);
            let expected = format!(
                "POST {target} HTTP/1.1\r\nHost: hooks.slack.com\r\nUser-Agent: {}\r\n\
                 Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
                Api::USER_AGENT,
                body.len()
            );
            assert_eq!(
                rig.requests,
                [("hooks.slack.com:443".to_owned(), expected)],
                "{are_posts}"
            );
        }
    }
}

#[test]
fn responses_are_texts_or_json_in_any_steps_of_bytes() {
    let length = |status: &str, head: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\n\r\n{body}")
    };
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n";
    let no_ok = "failed the response has no member `ok`";
    let cases = [
        (OK.to_owned(), "accepted"),
        (chunked.to_owned(), "accepted"),
        (length("200 OK", json, r#"{"ok":true}"#), "accepted"),
        (
            length("404 Not Found", json, r#"{"ok":false,"error":"used_url"}"#),
            "refused 404 used_url",
        ),
        (
            length("403 Forbidden", "", "action_prohibited"),
            "refused 403 action_prohibited",
        ),
        (
            length(
                "410 Gone",
                "Content-Type: text/html\r\n",
                "channel_is_archived",
            ),
            "refused 410 channel_is_archived",
        ),
        (
            length(
                "429 Too Many Requests",
                "Retry-After: 1\r\n",
                "rate limited",
            ),
            "refused 429 ratelimited",
        ),
        (
            length("404 Not Found", "", "<html>not here</html>"),
            "failed the API responded with status 404",
        ),
        (
            length("404 Not Found", "", &"x".repeat(64)),
            "failed the API responded with status 404",
        ),
        (
            length("404 Not Found", "", ""),
            "failed the API responded with status 404",
        ),
        (
            length("302 Found", "Location: /\r\n", ""),
            "failed the API responded with a redirect",
        ),
        // A page of the network in between.
        (length("200 OK", "", "<html>Sign in</html>"), no_ok),
        (length("200 OK", "", ""), no_ok),
    ];
    for (response, expected) in cases {
        for step in (1..response.len()).chain([usize::MAX]) {
            let mut rig = Rig::new(&[&response]);
            rig.step = step;
            // Its repetition is harmless, so that what is no response of Slack's is a failure.
            let events = rig.run(&[&DeleteOriginal::new(RESPONSE_URL)], false);
            assert!(
                events[0].starts_with(expected),
                "{response:?} by {step}: {events:?}"
            );
        }
    }
}

#[test]
fn a_text_without_a_length_ends_with_the_link() {
    let api = Api::new("xoxb-1");
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 512]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let mut call = Call::new(&api, webhook(), &paths::CALL).expect("usable");
    let now = Instant::from_millis(0);
    match call.poll(&mut rx, &mut tx, now) {
        Output::Connect { peer, .. } => assert_eq!(peer.host, "hooks.slack.com"),
        other => panic!("{other:?}"),
    }
    call.connected();
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Wait { .. }
    ));
    let request = std::str::from_utf8(tx.pending()).expect("ASCII");
    assert!(request.starts_with("POST /services/T1/B1/secret HTTP/1.1\r\nHost: hooks.slack.com"));
    assert!(!request.contains("xoxb-1"));
    tx.sent(usize::MAX);
    let bytes = b"HTTP/1.1 410 Gone\r\n\r\nchannel_is_archived";
    rx.space()[..bytes.len()].copy_from_slice(bytes);
    rx.filled(bytes.len());
    assert!(matches!(
        call.poll(&mut rx, &mut tx, now),
        Output::Wait { .. }
    ));
    call.disconnected(DisconnectReason::Closed);
    match call.poll(&mut rx, &mut tx, now) {
        Output::Event(CallEvent::Refused(error)) => {
            let explanation = error.explain(&errors::INCOMING_WEBHOOK);
            assert_eq!(explanation.meaning(), "the webhook's channel is archived");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_host_has_a_link_of_its_own_and_one_is_open() {
    let read = Named {
        name: "api.test",
        arguments: &[],
    };
    let elsewhere = IncomingWebhook::new("https://hooks.slack.com:444/services/x", "Ding-dong!");
    let ring = webhook();
    let again = InteractionResponse::new(RESPONSE_URL, "Opened");
    let methods: [&dyn Method; 6] = [&read, &ring, &again, &elsewhere, &read, &read];
    for are_posts in [false, true] {
        let mut rig = Rig::new(&[API_OK, OK, OK, OK, API_OK, API_OK]);
        assert_eq!(rig.run(&methods, are_posts), ["accepted"; 6]);
        let hosts: Vec<&str> = rig.requests.iter().map(|(host, _)| host.as_str()).collect();
        assert_eq!(
            hosts,
            [
                "slack.com:443",
                "hooks.slack.com:443",
                "hooks.slack.com:443",
                "hooks.slack.com:444",
                "slack.com:443",
                "slack.com:443"
            ]
        );
        assert_eq!(rig.connects, 4, "{are_posts}");
        for (host, request) in &rig.requests {
            let has_token = request.contains("xoxb-1");
            assert_eq!(has_token, host == "slack.com:443", "{request}");
        }
    }
}

#[test]
fn a_webhook_is_paced_by_its_url() {
    let (ring, other) = (
        webhook(),
        IncomingWebhook::new("https://hooks.slack.com/services/T1/B2/x", "Ding-dong!"),
    );
    let mut rig = Rig::new(&[OK; 6]);
    let begun = rig.now;
    let methods: [&dyn Method; 6] = [&ring, &ring, &ring, &ring, &other, &ring];
    assert_eq!(rig.run(&methods, false), ["accepted"; 6]);
    // Three at once, and then one a second.
    assert_eq!(rig.now - begun, 2000);
}

#[test]
fn an_url_or_a_name_that_cannot_be_used_is_named_before_anything_is_sent() {
    let mut rates = [RateSlot::FREE; 1];
    let mut check = |method: &dyn Method, config: CallerConfig<'static>| {
        let storage = OwnedStorage::<16, 512>::new();
        let entropy = from_fn(|_| Ok(()));
        let mut caller =
            Caller::new(config, "xoxb-1", storage, &mut rates, entropy).expect("usable");
        let begun = caller.begin(&Job::new(method, &paths::CALL));
        assert_eq!(caller.is_calling(), begun.is_ok());
        let posted = caller.post(method, Some(Duration::from_secs(1)));
        assert_eq!(caller.pending_posts(), usize::from(begun.is_ok()));
        assert_eq!(posted.err(), begun.err().map(PostError::Request));
        begun
    };
    let of = |url: &'static str| IncomingWebhook::new(url, "Ding-dong!");
    let config = CallerConfig::new();
    let long = "https://hooks.slack.com/".to_owned() + &"x".repeat(232);
    let long: &'static str = long.leak();
    let part = ArgumentPart::Url;
    for (url, error) in [
        ("", RequestError::Argument(ArgumentError { part, found: 0 })),
        (
            long,
            RequestError::Argument(ArgumentError { part, found: 256 }),
        ),
        ("hooks.slack.com", RequestError::Url(UrlError::Scheme)),
        ("wss://hooks.slack.com/", RequestError::UrlScheme),
        ("http://hooks.slack.com/", RequestError::UrlCleartext),
    ] {
        assert_eq!(check(&of(url), config), Err(error), "{url}");
    }
    assert_eq!(
        check(
            &of("http://localhost:8080/services/x"),
            config.allow_insecure()
        ),
        Ok(())
    );
    let api = Api::new("xoxb-1");
    let error = api.request(of("http://hooks.slack.com/")).map(|_| ());
    assert_eq!(error, Err(RequestError::UrlCleartext));
    // A name is a part of the request line.
    for name in ["", "api test", "api.test HTTP/1.1\r\nX: y", "api/test?x"] {
        let named = Named {
            name,
            arguments: &[],
        };
        assert_eq!(check(&named, config), Err(RequestError::MethodName));
    }
}

#[test]
fn secret_urls_are_not_shown() {
    let texts = [
        format!("{:?}", webhook()),
        format!("{:?}", webhook().info()),
        format!("{:?}", Job::new(&webhook(), &paths::CALL)),
        format!("{:?}", InteractionResponse::new(RESPONSE_URL, "x").info()),
        format!("{:?}", InteractionResponse::new(RESPONSE_URL, "x")),
        format!("{:?}", DeleteOriginal::new(RESPONSE_URL)),
        format!(
            "{:?}",
            Api::new("xoxb-1").request(webhook()).expect("usable")
        ),
    ];
    for text in texts {
        assert!(!text.contains("secret"), "{text}");
    }
}

/// Polls step by step.
struct Steps<'m> {
    caller: Caller<'m, FromFn<Random>, OwnedStorage<16, 512>>,
    rx: RecvBuf<'m>,
    tx: SendBuf<'m>,
    now: u64,
    until: u64,
}

type Random = fn(&mut [u8]) -> Result<(), EntropyError>;

/// Runs `drive` with a machine.
fn by_steps(drive: impl FnOnce(&mut Steps<'_>)) {
    let (mut rx_memory, mut tx_memory) = ([0; 512], [0; SendBuf::MIN]);
    let mut rates = [RateSlot::FREE; 4];
    let random: Random = |out| {
        out.fill(0x80);
        Ok(())
    };
    let storage = OwnedStorage::<16, 512>::new();
    let config = CallerConfig::new();
    let caller = Caller::new(config, "xoxb-1", storage, &mut rates, from_fn(random));
    drive(&mut Steps {
        caller: caller.expect("usable"),
        rx: RecvBuf::new(&mut rx_memory),
        tx: SendBuf::new(&mut tx_memory),
        now: 1_000_000,
        until: 0,
    });
}

impl Steps<'_> {
    fn poll(&mut self, job: Option<&Job<'_>>) -> String {
        let now = Instant::from_millis(self.now);
        let output = self.caller.poll(job, &mut self.rx, &mut self.tx, now);
        match output.expect("randomness") {
            Output::Connect { peer, .. } => format!("connect {}", peer.host),
            Output::Disconnect => "disconnect".into(),
            Output::Wait { until, .. } => {
                self.until = until.as_millis();
                "wait".into()
            }
            Output::Event(CallerEvent::TokenExpired) => "the token has expired".into(),
            Output::Event(CallerEvent::PostExpired(id)) => format!("{id} expired"),
            Output::Event(CallerEvent::PostWithdrawn(id)) => format!("{id} withdrawn"),
            Output::Event(event) => outcome(&event),
            other => panic!("{other:?}"),
        }
    }

    /// Reports that the link has ended, and passes the time that the machine waits then.
    fn fail(&mut self) {
        self.caller.disconnected(DisconnectReason::Unreachable);
        assert_eq!(self.poll(None), "wait");
        self.now = self.until;
    }

    /// Sends the whole request, and this response to it.
    fn respond(&mut self, job: Option<&Job<'_>>, response: &str) {
        assert_eq!(self.poll(job), "wait");
        while !self.tx.pending().is_empty() {
            self.tx.sent(usize::MAX);
            assert_eq!(self.poll(job), "wait");
        }
        self.rx.space()[..response.len()].copy_from_slice(response.as_bytes());
        self.rx.filled(response.len());
    }
}

#[test]
fn the_link_to_another_host_is_none_of_a_call() {
    let read = Named {
        name: "api.test",
        arguments: &[],
    };
    let job = Job::new(&read, &paths::CALL);
    for has_failed in [false, true] {
        by_steps(|steps| {
            steps.caller.post(&webhook(), None).expect("room");
            assert_eq!(steps.poll(None), "connect hooks.slack.com");
            steps.caller.begin(&job).expect("usable");
            if has_failed {
                steps.caller.disconnected(DisconnectReason::Unreachable);
                assert_eq!(steps.poll(Some(&job)), "wait");
                steps.now = steps.until;
            } else {
                // Its call does not wait for it.
                assert_eq!(steps.poll(Some(&job)), "disconnect");
                steps.caller.disconnected(DisconnectReason::Closed);
            }
            assert_eq!(steps.poll(Some(&job)), "connect slack.com");
            steps.caller.connected();
            steps.respond(Some(&job), API_OK);
            assert_eq!(steps.poll(Some(&job)), "accepted");
            assert_eq!(steps.caller.pending_posts(), 1);
        });
    }
}

#[test]
fn a_host_that_cannot_be_reached_holds_back_no_post_to_another() {
    let read = Named {
        name: "api.test",
        arguments: &[],
    };
    by_steps(|steps| {
        for method in [&webhook() as &dyn Method, &webhook(), &read] {
            steps.caller.post(method, None).expect("room");
        }
        assert_eq!(steps.poll(None), "connect hooks.slack.com");
        steps.fail();
        assert_eq!(steps.poll(None), "connect slack.com");
        steps.fail();
        // In turn, while neither can be reached.
        assert_eq!(steps.poll(None), "connect hooks.slack.com");
        steps.fail();
        assert_eq!(steps.poll(None), "connect slack.com");
        steps.caller.connected();
        steps.respond(None, API_OK);
        assert_eq!(steps.poll(None), "accepted");
        assert_eq!(steps.poll(None), "disconnect");
        steps.caller.disconnected(DisconnectReason::Closed);
        assert_eq!(steps.poll(None), "connect hooks.slack.com");
    });
}

#[test]
fn a_webhook_needs_no_token_that_has_not_expired() {
    let read = Named {
        name: "api.test",
        arguments: &[],
    };
    let text =
        |status: &str, text: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 13\r\n\r\n{text}");
    let json =
        "HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{\"ok\":false,\"error\":\"token_expired\"}";
    by_steps(|steps| {
        for method in [&read as &dyn Method, &webhook(), &webhook()] {
            steps.caller.post(method, None).expect("room");
        }
        assert_eq!(steps.poll(None), "connect slack.com");
        steps.caller.connected();
        steps.respond(None, json);
        assert_eq!(steps.poll(None), "the token has expired");
        assert_eq!(steps.poll(None), "disconnect");
        steps.caller.disconnected(DisconnectReason::Closed);
        assert_eq!(steps.poll(None), "connect hooks.slack.com");
        steps.caller.connected();
        steps.respond(None, OK);
        assert_eq!(steps.poll(None), "accepted");
        // Another token would not help.
        steps.respond(None, &text("403 Forbidden", "token_expired"));
        assert_eq!(steps.poll(None), "refused 403 token_expired");
        assert_eq!(steps.caller.pending_posts(), 1);
    });
}

#[test]
fn a_post_that_waits_for_a_new_token_again_expires_or_is_withdrawn() {
    // Its request does not fit into the send buffer.
    let text = "x".repeat(SendBuf::MIN);
    let arguments = [("text", text.as_str())];
    let long = Named {
        name: "api.test",
        arguments: &arguments,
    };
    for is_withdrawn in [false, true] {
        by_steps(|steps| {
            let time_to_live = Duration::from_secs(60);
            let id = steps.caller.post(&long, Some(time_to_live)).expect("room");
            assert_eq!(steps.poll(None), "connect slack.com");
            steps.caller.connected();
            assert_eq!(steps.poll(None), "wait");
            steps.caller.set_token("xoxb-2").expect("a token");
            let expected = if is_withdrawn {
                assert!(steps.caller.withdraw(id));
                format!("{id} withdrawn")
            } else {
                steps.now += 60_000;
                format!("{id} expired")
            };
            assert_eq!(steps.poll(None), expected);
        });
    }
}
