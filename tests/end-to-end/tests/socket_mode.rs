//! Socket Mode: acknowledgements, redeliveries and the ends that Slack announces, over a session.

use end_to_end::{Run, TIMEOUT, dialer, socket_mode};
use fake_slack::{DisconnectReason, Ended, FakeSlack, Fault, Frame, GENERAL, Step, USER, What};
use serde_json::json;
use slack_rtm::json::Writer;
use slack_rtm::socket_mode::SocketEnd;
use slack_rtm::time::Duration;
use slack_rtm::{
    AcknowledgeError, CloseReason, Event, EventAcknowledgement, ReconnectReason, SocketMode,
};
use slack_rtm_std::Buffers;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{thread, time};

/// Writes a response with this text.
fn text(text: &str) -> impl Fn(&mut Writer<'_>) {
    move |json| {
        json.begin_object();
        json.name("text").text(text);
        json.end_object();
    }
}

fn millis(millis: u64) -> time::Duration {
    time::Duration::from_millis(millis)
}

/// Returns the text of an event that is a message.
fn message_text(event: &Event<'_, SocketMode>) -> Option<String> {
    match event {
        Event::Message(message) => message.text().map(|text| text.as_str().to_owned()),
        _ => None,
    }
}

#[test]
fn an_event_is_acknowledged_before_its_handler_runs() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let config = socket_mode(&api_base);
    let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
    run.until_hello();
    server.push_message(GENERAL, USER, "ping");
    run.until(|event, _| {
        let id = event.envelope()?.id()?.to_owned();
        assert_eq!(message_text(&event).as_deref(), Some("ping"));
        // The handler still holds the event.
        let acknowledged = server.log().wait_acknowledged(TIMEOUT, &id).unwrap();
        assert_eq!((acknowledged.attempt, acknowledged.payload), (0, None));
        Some(())
    });
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    assert_eq!(server.log().violations(), [""; 0]);
}

#[test]
fn each_kind_of_envelope_is_acknowledged_as_it_accepts() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let config = socket_mode(&api_base);
    let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
    run.until_hello();
    let bare = [
        server.press("open", None),
        server.shortcut("lock"),
        server.slash_command("/silent", ""),
    ];
    let answered = server.slash_command("/door", "open 5");
    let seen = run.until(|event, handle| match event {
        Event::SlashCommand(command) if command.command()?.as_str() == "/door" => {
            assert_eq!(command.text().map(|text| text.as_str()), Some("open 5"));
            assert!(command.envelope().accepts_response());
            let seen = (command.user()?.to_owned(), command.channel()?.to_owned());
            handle.acknowledge(&text("Opening")).unwrap();
            let second = handle.acknowledge(&text("again"));
            assert_eq!(second, Err(AcknowledgeError::Acknowledged));
            Some(seen)
        }
        Event::Interaction(_) => {
            let refused = handle.acknowledge(&text("no"));
            assert_eq!(refused, Err(AcknowledgeError::NotAccepted));
            None
        }
        Event::Hello(_) => {
            let nothing = handle.acknowledge(&text("no"));
            assert_eq!(nothing, Err(AcknowledgeError::NoEnvelope));
            None
        }
        _ => None,
    });
    assert_eq!(seen, (USER.to_owned(), GENERAL.to_owned()));
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    for id in bare {
        let acknowledged = server.log().wait_acknowledged(TIMEOUT, &id).unwrap();
        assert_eq!(acknowledged.payload, None, "{}", acknowledged.kind);
    }
    let acknowledged = server.log().wait_acknowledged(TIMEOUT, &answered).unwrap();
    assert_eq!(acknowledged.payload, Some(json!({"text": "Opening"})));
    assert_eq!(server.log().violations(), [""; 0]);
}

#[test]
fn the_longest_response_passes_through_a_small_send_buffer() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let config = socket_mode(&api_base);
    let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
    run.until_hello();
    let id = server.slash_command("/door", "");
    // {"envelope_id":"<36>","payload":{"text":"<n>"}}
    const AROUND: usize = 76;
    let longest = "x".repeat(20_479 - AROUND);
    run.until(|event, handle| {
        matches!(event, Event::SlashCommand(_)).then(|| {
            let too_long = handle.acknowledge(&text(&format!("{longest}x")));
            let Err(AcknowledgeError::TooLong(error)) = too_long else {
                panic!("{too_long:?}");
            };
            assert_eq!(error.length, 20_480);
            handle.acknowledge(&text(&longest)).unwrap();
        })
    });
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    let acknowledged = server.log().wait_acknowledged(TIMEOUT, &id).unwrap();
    let payload = acknowledged.payload.unwrap();
    assert_eq!(payload["text"].as_str(), Some(longest.as_str()));
    assert_eq!(server.log().violations(), [""; 0]);
}

#[test]
fn a_deferred_envelope_is_acknowledged_after_the_next_event_or_by_another_thread() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let config = socket_mode(&api_base);
    let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
    run.until_hello();
    let mut defer = || {
        run.until(|event, handle| match event {
            Event::SlashCommand(_) => Some(handle.defer().unwrap()),
            _ => None,
        })
    };
    let ids = [
        server.slash_command("/one", ""),
        server.slash_command("/two", ""),
    ];
    let (first, second) = (defer(), defer());
    server.push_message(GENERAL, USER, "in between");
    run.until(|event, handle| {
        message_text(&event)?;
        handle.acknowledge_deferred(first, &text("first")).unwrap();
        let again = handle.acknowledge_deferred(first, &text("again"));
        assert_eq!(again, Err(AcknowledgeError::Acknowledged));
        Some(())
    });
    let sender = run.sender();
    let other = thread::spawn(move || {
        let long = "y".repeat(5_000);
        let receipt = sender
            .with(move |handle| handle.acknowledge_deferred(second, &text(&long)))
            .unwrap();
        let result = receipt.wait().unwrap();
        sender.close().unwrap();
        result
    });
    assert_eq!(run.to_end(), Ok(Some(CloseReason::Requested)));
    assert_eq!(other.join().unwrap(), Ok(()));
    for (id, length) in ids.iter().zip([5, 5_000]) {
        let acknowledged = server.log().wait_acknowledged(TIMEOUT, id).unwrap();
        let payload = acknowledged.payload.unwrap();
        assert_eq!(payload["text"].as_str().map(str::len), Some(length));
    }
    assert_eq!(server.log().violations(), [""; 0]);
}

#[test]
fn a_deferred_envelope_is_acknowledged_bare_in_time_and_a_late_response_is_refused() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let config = socket_mode(&api_base);
    let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
    run.until_hello();
    let id = server.slash_command("/door", "");
    let envelope = run.until(|event, handle| match event {
        Event::SlashCommand(_) => Some(handle.defer().unwrap()),
        _ => None,
    });
    let sender = run.sender();
    let other = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let acknowledged = server.log().wait_acknowledged(TIMEOUT, &id).unwrap();
            let late = sender
                .with(move |handle| handle.acknowledge_deferred(envelope, &text("late")))
                .unwrap();
            let late = late.wait().unwrap();
            sender.close().unwrap();
            (acknowledged, late)
        });
        assert_eq!(run.to_end(), Ok(Some(CloseReason::Requested)));
        other.join().unwrap()
    });
    let (acknowledged, late) = other;
    assert_eq!(late, Err(AcknowledgeError::TooLate));
    assert_eq!(acknowledged.payload, None);
    assert!(acknowledged.after >= millis(2_300), "{acknowledged:?}");
    assert!(acknowledged.after < millis(3_000), "{acknowledged:?}");
    assert_eq!(server.log().violations(), [""; 0]);
}

/// Slack's times divided by ten: a hold of 10 s is one of 1 s.
#[test]
fn a_long_hold_ends_in_a_redelivery_that_is_marked_and_loses_nothing() {
    for at in [
        EventAcknowledgement::BeforeEvent,
        EventAcknowledgement::AfterEvent,
    ] {
        let server = FakeSlack::builder()
            .acknowledge_within(millis(300))
            .redeliver_after(&[millis(10), millis(700)])
            .start()
            .unwrap();
        let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
        let config = socket_mode(&api_base).acknowledge_events(at);
        let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
        run.until_hello();
        let texts = ["held", "behind it"];
        for text in texts {
            server.push_message(GENERAL, USER, text);
        }
        // The first delivery and the first redelivery. The event that is held is late only if it is
        // acknowledged afterwards.
        let late = match at {
            EventAcknowledgement::BeforeEvent => 2,
            _ => 4,
        };
        let mut seen = Vec::new();
        run.until(|event, _| {
            let text = message_text(&event)?;
            let envelope = event.envelope()?;
            if text == "held" && !envelope.is_repeated() {
                thread::sleep(millis(1_000));
            }
            let is_first = !envelope.is_repeated();
            assert_eq!(is_first, envelope.retry_attempt() == 0);
            seen.push((text, is_first));
            (seen.len() == texts.len() + late).then_some(())
        });
        for text in texts {
            let firsts = seen.iter().filter(|it| **it == (text.to_owned(), true));
            assert_eq!(firsts.count(), 1, "{at:?}: {seen:?}");
        }
        assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
        assert_eq!(server.log().losses(), []);
        assert_eq!(server.log().redeliveries().len(), late, "{at:?}");
        // The acknowledgements of the first deliveries.
        assert_eq!(
            server.log().violations(),
            vec!["a late acknowledgement"; late]
        );
    }
}

#[test]
fn a_socket_that_slack_ends_is_closed_by_a_close_frame_before_the_next_opens() {
    for (reason, end) in [
        (DisconnectReason::Warning, SocketEnd::Warning),
        (
            DisconnectReason::RefreshRequested,
            SocketEnd::RefreshRequested,
        ),
    ] {
        let server = FakeSlack::builder().start().unwrap();
        let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
        let config = socket_mode(&api_base);
        let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
        run.until_hello();
        server.disconnect(reason);
        let seen = run.until(|event, _| match event {
            Event::Disconnect(disconnect) => {
                assert_eq!(disconnect.reason(), end);
                None
            }
            Event::Reconnecting(end) => Some(end.reason().without_text()),
            _ => None,
        });
        assert_eq!(seen, ReconnectReason::SocketEnd(end));
        run.until_hello();
        let id = server.slash_command("/door", "");
        run.until(|event, _| matches!(event, Event::SlashCommand(_)).then_some(()));
        assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
        server.log().wait_acknowledged(TIMEOUT, &id).unwrap();
        let entries = server.log().entries();
        let closed = entries.iter().position(|entry| {
            let is_close = |frame: &Frame| {
                matches!(
                    frame,
                    Frame::Close {
                        code: Some(1000),
                        ..
                    }
                )
            };
            matches!(&entry.what, What::Received(frame) if is_close(frame))
        });
        let mut opened = entries.iter().enumerate();
        let opened = opened
            .by_ref()
            .filter(|(_, entry)| matches!(entry.what, What::Opened { .. }));
        let second = opened.map(|(at, _)| at).nth(1);
        assert!(
            closed.unwrap() < second.unwrap(),
            "{reason:?}: {entries:#?}"
        );
        assert_eq!(server.registered_sockets(), 0);
    }
}

#[test]
fn after_a_refusal_of_the_socket_the_next_attempt_is_minutes_or_an_hour_later() {
    for (reason, least, most) in [
        (DisconnectReason::TooManyWebsockets, 120, 600),
        (DisconnectReason::LinkDisabled, 3_600, 7_200),
    ] {
        let server = FakeSlack::builder().start().unwrap();
        let is_full = reason == DisconnectReason::TooManyWebsockets;
        if is_full {
            server.add_ghosts(10, time::Duration::from_secs(60));
        }
        let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
        let config = socket_mode(&api_base);
        let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
        if !is_full {
            run.until_hello();
            server.disconnect(reason);
        }
        let delay = run.until(|event, handle| match event {
            Event::Reconnecting(end) => {
                let reason = end.reason();
                assert!(
                    matches!(reason, ReconnectReason::SocketEnd(_)),
                    "{reason:?}"
                );
                Some(end.at() - handle.now())
            }
            _ => None,
        });
        let range = Duration::from_secs(least - 1)..Duration::from_secs(most);
        assert!(range.contains(&delay), "{reason:?}: {delay:?}");
        // Closing ends the delay.
        assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    }
}

#[test]
fn two_sockets_share_the_payloads_and_each_acknowledges_its_own() {
    const ROUNDS: usize = 10;
    let server = FakeSlack::builder().start().unwrap();
    let api_base = server.api_base();
    let counts = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let seen = |count: &AtomicUsize| count.load(Ordering::SeqCst);
    thread::scope(|scope| {
        let (server, api_base, counts) = (&server, &api_base, &counts);
        for count in counts {
            scope.spawn(move || {
                let mut buffers = Buffers::new(1024, 512);
                let config = socket_mode(api_base);
                let mut run = Run::new(config, server.app_token(), dialer(server), &mut buffers);
                run.until_hello();
                run.until(|event, handle| match event {
                    Event::SlashCommand(command) => {
                        count.fetch_add(1, Ordering::SeqCst);
                        handle.acknowledge(&text("done")).unwrap();
                        (command.command()?.as_str() == "/last").then_some(())
                    }
                    _ => None,
                });
                assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
            });
        }
        server.wait_registered_sockets(2, TIMEOUT).unwrap();
        for _ in 0..ROUNDS {
            server.slash_command("/door", "");
        }
        let lasts = [
            server.slash_command("/last", ""),
            server.slash_command("/last", ""),
        ];
        for last in lasts {
            server.log().wait_acknowledged(TIMEOUT, &last).unwrap();
        }
    });
    assert_eq!(seen(&counts[0]) + seen(&counts[1]), ROUNDS + 2);
    assert!(counts.iter().all(|count| seen(count) > 1), "{counts:?}");
    assert_eq!(server.log().acknowledgements().len(), ROUNDS + 2);
    assert_eq!(server.log().violations(), [""; 0]);
}

#[test]
fn a_link_that_dies_during_a_response_is_an_error_and_the_reason_of_the_reconnect() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::new(1024, 512));
    let config = socket_mode(&api_base);
    let mut run = Run::new(config, server.app_token(), dialer(&server), &mut buffers);
    run.until_hello();
    server.slash_command("/door", "");
    let deferred = run.until(|event, handle| match event {
        Event::SlashCommand(_) => Some(handle.defer().unwrap()),
        _ => None,
    });
    server.slash_command("/door", "");
    server.fault(Step::Receive, Fault::Reset);
    let long = "x".repeat(20_000);
    let calls = AtomicUsize::new(0);
    let response = |json: &mut Writer<'_>| {
        // A part of the frame has left.
        if calls.fetch_add(1, Ordering::SeqCst) == 20 {
            let reset = |what: &What| *what == What::Ended(Ended::Reset);
            server.log().wait_nth(TIMEOUT, 1, reset).unwrap();
        }
        text(&long)(json);
    };
    run.until(|event, handle| {
        matches!(event, Event::SlashCommand(_)).then(|| {
            let ended = Err(AcknowledgeError::SocketEnded);
            assert_eq!(handle.acknowledge(&response), ended);
            assert!(handle.last_failure().is_some());
            assert_eq!(handle.acknowledge(&text("again")), ended);
            assert_eq!(handle.acknowledge_deferred(deferred, &text("again")), ended);
        })
    });
    assert_eq!(run.until_failure(), "Disconnected(Reset)");
    run.until_hello();
    let id = server.slash_command("/door", "");
    run.until(|event, handle| match event {
        Event::SlashCommand(_) => {
            let ended = handle.acknowledge_deferred(deferred, &text("again"));
            assert_eq!(ended, Err(AcknowledgeError::SocketEnded));
            handle.acknowledge(&response).unwrap();
            Some(())
        }
        _ => None,
    });
    assert_eq!(run.close(), Ok(Some(CloseReason::Requested)));
    let acknowledged = server.log().wait_acknowledged(TIMEOUT, &id).unwrap();
    assert!(acknowledged.payload.is_some());
}

#[test]
fn a_token_of_another_kind_is_named() {
    let server = FakeSlack::builder().start().unwrap();
    let (api_base, mut buffers) = (server.api_base(), Buffers::default());
    let config = socket_mode(&api_base);
    let dialer = dialer(&server);
    let error = slack_rtm_std::Session::new(config, server.token(), dialer, &mut buffers);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("app-level token (xapp-)"), "{error}");
}
