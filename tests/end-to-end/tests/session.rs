//! A whole session, and the promises of the session to other threads.

use end_to_end::{Run, TIMEOUT, dialer, with_short_timeouts};
use fake_slack::{
    BOT, FakeSlack, Fault, Framing, GENERAL, Headers, RtmStart, Step, TlsVersions, USER,
};
use slack_rtm::rtm::command::{Ping, Post, PresenceSub, Typing};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{self, OpeningMethod, StartList, StartLists, TokenIn};
use slack_rtm::{CloseReason, Config, Delivery, Event, SendError, State};
use slack_rtm_std::{Buffers, SessionGone};
use std::sync::mpsc;
use std::{thread, time};

const LOCALHOST: &[&str] = &["localhost"];

fn config(api_base: &str) -> Config<'_> {
    with_short_timeouts(Config::new().api_base(api_base)).allowed_domains(LOCALHOST)
}

#[test]
fn from_a_token_to_a_reply() {
    let servers = [
        FakeSlack::builder(),
        FakeSlack::builder().tls_versions(TlsVersions::Only12),
        FakeSlack::builder().tls_versions(TlsVersions::Only13),
        FakeSlack::builder().framing(Framing::Chunked(7)),
        FakeSlack::builder().framing(Framing::UntilClose),
        FakeSlack::builder().headers(Headers::Few),
        FakeSlack::builder().max_record(64),
    ];
    for (number, builder) in servers.into_iter().enumerate() {
        let server = builder.start().unwrap();
        let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
        let token_in = [TokenIn::Header, TokenIn::Form][number % 2];
        let config = config(&api_base).token_in(token_in);
        let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
        run.until(|event, _| match event {
            Event::Accepted(response) => (response.self_id() == Some(BOT)).then_some(()),
            _ => None,
        });
        run.until_hello();
        server.push_message(GENERAL, USER, "\"quoted\" \u{1f600} \\ back");
        let id = run.until(|event, handle| match event {
            Event::Message(message) => {
                assert!(!message.is_own() && message.user() == Some(USER));
                let (channel, text) = message.channel().zip(message.text())?;
                Some(handle.send(&Post::new(channel, text.as_str())).unwrap())
            }
            _ => None,
        });
        run.until(|event, _| match event {
            Event::Acknowledged(message) => {
                (message.id() == id).then(|| assert!(message.ts().is_some_and(|ts| !ts.is_empty())))
            }
            _ => None,
        });
        let sent = server.log().wait_received(TIMEOUT, 1, "message").unwrap();
        assert_eq!(sent["text"], "\"quoted\" \u{1f600} \\ back", "{number}");
        assert_eq!(run.close(), Ok(Some(CloseReason::Requested)), "{number}");
    }
}

#[test]
fn a_long_message_passes_through_small_buffers_its_ids_whole() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let mut run = Run::new(
        config(&api_base),
        server.token(),
        dialer(&server),
        &mut buffers,
    );
    run.until_hello();
    let text = "ä".repeat(50_000);
    let ts = server.push_message(GENERAL, USER, &text);
    run.until(|event, _| match event {
        Event::Message(message) => {
            assert_eq!(
                (message.channel(), message.user()),
                (Some(GENERAL), Some(USER))
            );
            assert_eq!(message.ts(), Some(ts.as_str()));
            let kept = message.text().unwrap();
            assert!(kept.is_cut() && kept.full_len() == 100_000);
            assert!(text.starts_with(kept.as_str()) && kept.as_str().len() > 100);
            Some(())
        }
        _ => None,
    });
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn a_whole_team_flows_by_element_by_element() {
    const USERS: usize = 500;
    let server = FakeSlack::builder()
        .rtm_start(RtmStart::Full)
        .more_users(USERS)
        .start()
        .unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let config = config(&api_base)
        .method(OpeningMethod::RtmStart(web_api::RtmStart::default()))
        .lists(StartLists::ALL);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    let mut users = 0;
    run.until(|event, _| match event {
        Event::Element(element) => {
            users += usize::from(element.list() == Some(StartList::Users));
            None
        }
        Event::Hello(_) => Some(()),
        _ => None,
    });
    assert!(users >= USERS, "{users}");
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn every_command_reaches_the_server() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let mut run = Run::new(
        config(&api_base),
        server.token(),
        dialer(&server),
        &mut buffers,
    );
    let session = run.session();
    while !matches!(session.next().unwrap(), Some((Event::Hello(_), _))) {}
    let sender = run.sender();
    sender.message(GENERAL, "one").unwrap();
    sender.send(Typing::new(GENERAL)).unwrap();
    sender.send(Ping::with("time", 42)).unwrap();
    sender.send(PresenceSub::new(&[USER])).unwrap();
    run.until(|event, _| matches!(event, Event::Pong(_)).then_some(()));
    for (kind, member, value) in [
        ("message", "text", serde_json::json!("one")),
        ("typing", "channel", serde_json::json!(GENERAL)),
        ("ping", "time", serde_json::json!(42)),
        ("presence_sub", "ids", serde_json::json!([USER])),
    ] {
        let sent = server.log().wait_received(TIMEOUT, 1, kind).unwrap();
        assert_eq!(sent[member], value, "{kind}");
    }
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn a_sender_wakes_a_session_that_waits_for_the_network() {
    const ROUNDS: u32 = 20;
    let server = FakeSlack::builder().message_rate(None).start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    // Nothing else ends a wait: no ping is due for an hour.
    let config = config(&api_base)
        .ping_after(Duration::from_secs(3600))
        .pacing(Duration::from_millis(1), 100);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    run.until_hello();
    let sender = run.sender();
    let (acknowledged, next) = mpsc::channel();
    let other = thread::spawn(move || {
        let mut latencies = Vec::new();
        for _ in 0..ROUNDS {
            // The session very probably waits by then.
            thread::sleep(time::Duration::from_millis(5));
            let begin = time::Instant::now();
            let receipt = sender.message(GENERAL, "wake up").unwrap();
            receipt.wait().unwrap().unwrap();
            latencies.push(begin.elapsed());
            next.recv().unwrap();
        }
        sender.close().unwrap();
        latencies
    });
    for _ in 0..ROUNDS {
        run.until(|event, _| matches!(event, Event::Acknowledged(_)).then_some(()));
        acknowledged.send(()).unwrap();
    }
    assert_eq!(run.to_end(), Ok(Some(CloseReason::Requested)));
    let mut latencies = other.join().unwrap();
    latencies.sort_unstable();
    let median = latencies[latencies.len() / 2];
    println!("from send to its receipt: {median:?}");
    assert!(median < time::Duration::from_millis(20), "{median:?}");
}

#[test]
fn closing_interrupts_every_wait() {
    // Before the session is open, each step would take a second or more.
    for (step, state) in [
        (Step::TcpAccept, State::Calling),
        (Step::Request, State::Calling),
        (Step::Upgrade, State::Connecting),
        (Step::Hello, State::Connecting),
    ] {
        let server = FakeSlack::builder().start().unwrap();
        server.fault(step, Fault::Stall);
        let (api_base, mut buffers) = (server.api_base(), Buffers::default());
        let mut run = Run::new(
            config(&api_base),
            server.token(),
            dialer(&server),
            &mut buffers,
        );
        let sender = run.sender();
        let other = thread::spawn(move || {
            thread::sleep(time::Duration::from_millis(100));
            let seen = sender.with(|handle| handle.state()).unwrap();
            let seen = seen.wait().unwrap();
            sender.close().unwrap();
            (seen, time::Instant::now())
        });
        assert_eq!(run.to_end(), Ok(Some(CloseReason::Requested)), "{step:?}");
        let (seen, begin) = other.join().unwrap();
        let took = begin.elapsed();
        assert_eq!(seen, state, "{step:?}");
        // The client waits for the close frame of the server, and for nothing else.
        let limit = if step == Step::Hello { 5_500 } else { 300 };
        assert!(
            took < time::Duration::from_millis(limit),
            "{step:?}: {took:?}"
        );
    }
}

#[test]
fn closing_ends_the_delay_between_attempts() {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(
        Step::Request,
        Fault::Status {
            code: 429,
            retry_after: Some(3600),
        },
    );
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let mut run = Run::new(
        config(&api_base),
        server.token(),
        dialer(&server),
        &mut buffers,
    );
    run.until_failure();
    let sender = run.sender();
    let other = thread::spawn(move || {
        thread::sleep(time::Duration::from_millis(50));
        sender.close().unwrap();
    });
    let begin = time::Instant::now();
    assert_eq!(run.to_end(), Ok(Some(CloseReason::Requested)));
    assert!(begin.elapsed() < time::Duration::from_secs(1));
    other.join().unwrap();
}

#[test]
fn a_receipt_has_the_result_of_a_command() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default().outbox(0));
    let mut run = Run::new(
        config(&api_base),
        server.token(),
        dialer(&server),
        &mut buffers,
    );
    let sender = run.sender();
    // Without an outbox there is nowhere to wait for the session.
    let mut offline = sender.message(GENERAL, "too soon").unwrap();
    assert_eq!(offline.take(), Ok(None));
    run.until_hello();
    assert_eq!(offline.take(), Ok(Some(Err(SendError::Offline))));
    assert_eq!(offline.take(), Err(SessionGone));
    let mut long = sender.message(GENERAL, "x".repeat(4_001)).unwrap();
    let mut good = sender.message(GENERAL, "x".repeat(4_000)).unwrap();
    let acked = run.until(|event, _| match event {
        Event::Acknowledged(message) => Some(message.id()),
        _ => None,
    });
    assert!(matches!(long.take(), Ok(Some(Err(SendError::Limit(_))))));
    assert_eq!(good.take(), Ok(Some(Ok(acked))));
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    assert_eq!(sender.close(), Err(SessionGone));
    drop(run);
    assert!(sender.message(GENERAL, "nobody").is_err());
    assert_eq!(sender.close(), Err(SessionGone));
}

#[test]
fn a_receipt_reports_that_the_session_was_dropped() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let mut run = Run::new(
        config(&api_base),
        server.token(),
        dialer(&server),
        &mut buffers,
    );
    run.until_hello();
    let late = run.sender().message(GENERAL, "too late").unwrap();
    drop(run);
    assert_eq!(late.wait(), Err(SessionGone));
}

#[test]
fn a_new_token_restarts_a_session_whose_token_was_refused() {
    let server = FakeSlack::builder()
        .refused_token("xoxb-revoked", "token_revoked")
        .start()
        .unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let config = config(&api_base);
    let mut run = Run::new(config, "xoxb-revoked", dialer(&server), &mut buffers);
    let end = run.to_end().unwrap();
    assert!(matches!(end, Some(CloseReason::Refused(code)) if code.as_str() == "token_revoked"));
    let sender = run.sender();
    assert!(run.session().set_token("a b").is_err());
    assert_eq!(run.session().close_reason(), end);
    assert_eq!(sender.message(GENERAL, "x").err(), Some(SessionGone));
    run.session().set_token(server.token()).unwrap();
    assert_eq!(run.session().close_reason(), None);
    assert!(sender.message(GENERAL, "x").is_ok());
    run.until_hello();
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn a_handle_replaces_a_refused_token_before_the_session_closes() {
    let server = FakeSlack::builder()
        .refused_token("xoxb-revoked", "token_revoked")
        .start()
        .unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let config = config(&api_base);
    let mut run = Run::new(config, "xoxb-revoked", dialer(&server), &mut buffers);
    run.until(|event, handle| {
        let is_refused = matches!(event, Event::Refused(_));
        if is_refused {
            assert!(handle.set_token("a b").is_err());
            handle.set_token(server.token()).unwrap();
        }
        is_refused.then_some(())
    });
    run.until_hello();
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn at_least_once_survives_a_reset_before_the_ack() {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(Step::Ack, Fault::Reset);
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let config = config(&api_base).delivery(Delivery::AtLeastOnce);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    let receipt = run.sender().message(GENERAL, "hold on to it").unwrap();
    run.until_failure();
    let acked = run.until(|event, _| match event {
        Event::Acknowledged(message) => Some(message.id()),
        Event::Unconfirmed(_) => panic!("it was given up"),
        _ => None,
    });
    assert_eq!(receipt.wait(), Ok(Ok(acked)));
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}

#[test]
fn at_most_once_reports_a_message_as_unconfirmed() {
    for outbox in [0, 1024] {
        let server = FakeSlack::builder().start().unwrap();
        server.fault(Step::Ack, Fault::Reset);
        let (api_base, mut buffers) = (server.api_base(), Buffers::default().outbox(outbox));
        let config = config(&api_base);
        let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
        run.until_hello();
        let receipt = run.sender().message(GENERAL, "did it arrive?").unwrap();
        let lost = run.until(|event, _| match event {
            Event::Unconfirmed(id) => Some(id),
            Event::Acknowledged(_) => panic!("its ack was cut off"),
            _ => None,
        });
        assert_eq!(receipt.wait(), Ok(Ok(lost)), "{outbox}");
        assert_eq!(run.close(), Ok(Some(CloseReason::Requested)), "{outbox}");
    }
}

#[test]
fn a_message_waits_in_the_outbox_for_the_session() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let config = config(&api_base);
    let mut run = Run::new(config, server.token(), dialer(&server), &mut buffers);
    assert_eq!(run.session().user_id(), None);
    let receipt = run.sender().message(GENERAL, "early").unwrap();
    run.until(|event, handle| {
        let is_hello = matches!(event, Event::Hello(_));
        if is_hello {
            assert_eq!(handle.state(), State::Open);
            assert_eq!(handle.user_id(), Some(BOT));
            assert_eq!(handle.pending_messages(), 1);
        }
        is_hello.then_some(())
    });
    assert_eq!(run.session().pending_messages(), 1);
    let acked = run.until(|event, handle| match event {
        Event::Acknowledged(message) => {
            assert_eq!(handle.pending_messages(), 0);
            Some((message.id(), handle.counters()))
        }
        _ => None,
    });
    assert_eq!(receipt.wait(), Ok(Ok(acked.0)));
    let session = run.session();
    assert_eq!(session.counters(), acked.1);
    assert_eq!(session.user_id(), Some(BOT));
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
}
