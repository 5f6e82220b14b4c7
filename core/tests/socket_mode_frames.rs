//! Frames of Socket Mode, read in pieces of every size.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::RecvBuf;
use slack_rtm::event;
use slack_rtm::json::{Extractor, Members, Paths, Raw};
use slack_rtm::socket_mode::{
    COMMON_PATHS, Deliveries, Disconnect, Envelope, EnvelopeKind, Hello, Interaction,
    InteractionKind, PATHS, SlashCommand, SocketEnd,
};
use slack_rtm::time::Duration;

/// Reads a frame in pieces of each size, with both tables, and checks its members.
fn read(frame: &str, check: impl Fn(Members<'_>)) {
    let sizes = [1, 2, 3, 7, 16, 64, 200, frame.len()];
    for paths in [&COMMON_PATHS, &PATHS] {
        for size in sizes {
            read_with(frame, paths, size, &check);
        }
    }
}

fn read_with(frame: &str, paths: &'static Paths, size: usize, check: impl Fn(Members<'_>)) {
    let mut memory = [0; 1024];
    let mut rx = RecvBuf::new(&mut memory);
    let mut extractor = Extractor::new(paths, Raw::Off);
    let mut rest = frame.as_bytes();
    while !rest.is_empty() {
        let space = rx.space();
        let count = space.len().min(size).min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        rx.filled(count);
        let mut unread = rx.unread().len();
        while unread > 0 {
            let fed = extractor.feed(&mut rx, unread).expect("JSON");
            unread -= fed.consumed;
            if fed.consumed == 0 {
                break;
            }
        }
    }
    extractor.finish(&mut rx).expect("a document");
    check(Members::new(rx.records(), paths));
}

/// An envelope with the members in the order of recordings, and in the order of the documents.
fn envelopes(kind: &str, payload: &str, rest: &str) -> [String; 2] {
    let id = r#""envelope_id":"5f1c2b4e-0000-4000-8000-000000000001""#;
    [
        format!(r#"{{{id},"payload":{payload},"type":"{kind}"{rest}}}"#),
        format!(r#"{{"payload":{payload}{rest},"type":"{kind}",{id}}}"#),
    ]
}

#[test]
fn the_tables_have_the_numbers_of_events() {
    for (number, path) in (0..).zip(event::COMMON_PATHS.all()) {
        let inner = format!("payload.event.{}", path.path);
        for table in [&COMMON_PATHS, &PATHS] {
            assert_eq!(table.path(number).expect("a path"), *inner.as_str());
            let found = table.all().nth(number.into()).expect("a path");
            assert_eq!(found.retention, path.retention, "{inner}");
        }
    }
    assert!(PATHS.extends(&COMMON_PATHS));
    let all: Vec<_> = PATHS.all().map(|path| path.path.to_string()).collect();
    for path in event::PATHS.all() {
        let inner = format!("payload.event.{}", path.path);
        assert!(all.contains(&inner), "{inner}");
    }
}

#[test]
fn hello_and_disconnect_are_read() {
    let hello = r#"{"type":"hello","num_connections":2,"debug_info":{"host":"applink-ab12","build_number":10,"approximate_connection_time":18060},"connection_info":{"app_id":"A0DEV0001"}}"#;
    read(hello, |members| {
        let hello = Hello::new(members);
        assert_eq!(hello.connections(), Some(2));
        assert_eq!(hello.remaining_life(), Some(Duration::from_secs(18_060)));
    });
    read(r#"{"type":"hello"}"#, |members| {
        let hello = Hello::new(members);
        assert_eq!((hello.connections(), hello.remaining_life()), (None, None));
    });
    for (name, reason) in [
        ("warning", SocketEnd::Warning),
        ("refresh_requested", SocketEnd::RefreshRequested),
        ("link_disabled", SocketEnd::LinkDisabled),
        ("too_many_websockets", SocketEnd::TooManyWebsockets),
        ("moved", SocketEnd::Other),
    ] {
        let frame =
            format!(r#"{{"type":"disconnect","reason":"{name}","debug_info":{{"host":"x"}}}}"#);
        read(&frame, |members| {
            let end = Disconnect::new(members);
            assert_eq!((end.reason(), end.reason_name()), (reason, Some(name)));
        });
    }
}

#[test]
fn an_event_is_found_under_the_envelope() {
    let payload = r#"{"token":"x","team_id":"T0HOME","event":{"type":"message","user":"U0ANN","text":"hi \"you\"","ts":"1764200000.000100","channel":"D0X","blocks":[{"type":"rich_text"}]},"type":"event_callback","event_id":"Ev0000001","authorizations":[{"team_id":"T0HOME","user_id":"U0BOT","is_bot":true}]}"#;
    let rest = r#","accepts_response_payload":false,"retry_attempt":1,"retry_reason":"timeout""#;
    for frame in envelopes("events_api", payload, rest) {
        read(&frame, |members| {
            let envelope = Envelope::new(members);
            assert_eq!(envelope.id(), Some("5f1c2b4e-0000-4000-8000-000000000001"));
            assert_eq!(envelope.kind(), EnvelopeKind::EventsApi);
            assert!(!envelope.accepts_response());
            assert_eq!(envelope.retry_attempt(), 1);
            assert_eq!(envelope.event_id(), Some("Ev0000001"));
            assert_eq!(envelope.team_id(), Some("T0HOME"));
            assert_eq!(envelope.authorized_user(), Some("U0BOT"));
            assert_eq!(
                members.text("payload.event.text").expect("a text"),
                "hi \"you\""
            );
        });
    }
}

#[test]
fn a_slash_command_is_read() {
    let payload = r#"{"token":"x","team_id":"T0HOME","channel_id":"C0DOOR","channel_name":"door","user_id":"U0ANN","user_name":"ann","command":"/door","text":"open 5","response_url":"https:\/\/hooks.slack.com\/commands\/T0HOME\/1\/abc","trigger_id":"1.2.abc"}"#;
    for frame in envelopes(
        "slash_commands",
        payload,
        r#","accepts_response_payload":true"#,
    ) {
        read(&frame, |members| {
            let command = SlashCommand::new(members);
            assert_eq!(command.command().expect("a command"), "/door");
            assert_eq!(command.text().expect("a text"), "open 5");
            assert_eq!(command.user(), Some("U0ANN"));
            assert_eq!(command.channel(), Some("C0DOOR"));
            assert_eq!(command.team_id(), Some("T0HOME"));
            assert_eq!(command.trigger_id(), Some("1.2.abc"));
            let url = "https://hooks.slack.com/commands/T0HOME/1/abc";
            assert_eq!(command.response_url(), Some(url));
            assert!(command.envelope().accepts_response());
            assert_eq!(command.envelope().kind(), EnvelopeKind::SlashCommands);
        });
    }
}

#[test]
fn interactions_are_read() {
    let button = r#"{"type":"block_actions","user":{"id":"U0ANN","name":"ann"},"container":{"type":"message","message_ts":"1764200000.000100","channel_id":"C0DOOR"},"trigger_id":"1.2.abc","team":{"id":"T0HOME"},"channel":{"id":"C0DOOR","name":"door"},"message":{"type":"message","text":"Ding","ts":"1764200000.000100","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"inner"}]}]},"response_url":"https:\/\/hooks.slack.com\/actions\/x","actions":[{"action_id":"open","block_id":"b1","text":{"type":"plain_text","text":"Open"},"value":"5","type":"button","action_ts":"1.5"}]}"#;
    for frame in envelopes(
        "interactive",
        button,
        r#","accepts_response_payload":false"#,
    ) {
        read(&frame, |members| {
            let interaction = Interaction::new(members);
            assert_eq!(interaction.kind(), InteractionKind::BlockActions);
            assert_eq!(interaction.user(), Some("U0ANN"));
            assert_eq!(interaction.channel(), Some("C0DOOR"));
            assert_eq!(interaction.message_ts(), Some("1764200000.000100"));
            assert_eq!(interaction.team_id(), Some("T0HOME"));
            assert_eq!(interaction.trigger_id(), Some("1.2.abc"));
            assert_eq!(
                interaction.response_url(),
                Some("https://hooks.slack.com/actions/x")
            );
            assert_eq!(interaction.action_id().expect("an id"), "open");
            let actions: Vec<_> = interaction.actions().collect();
            assert_eq!(actions.len(), 1);
            assert_eq!(actions[0].block_id().expect("an id"), "b1");
            assert_eq!(actions[0].kind(), Some("button"));
            assert_eq!(actions[0].value().expect("a value"), "5");
        });
    }
    let submitted = r#"{"type":"view_submission","team":{"id":"T0HOME"},"user":{"id":"U0ANN"},"trigger_id":"1.2.abc","view":{"id":"V0A","type":"modal","callback_id":"setup","private_metadata":"C0DOOR","hash":"1764200000.abcd"}}"#;
    for frame in envelopes(
        "interactive",
        submitted,
        r#","accepts_response_payload":true"#,
    ) {
        read(&frame, |members| {
            let interaction = Interaction::new(members);
            assert_eq!(interaction.kind(), InteractionKind::ViewSubmission);
            assert_eq!(interaction.view_id(), Some("V0A"));
            assert_eq!(interaction.view_hash(), Some("1764200000.abcd"));
            assert_eq!(interaction.callback_id().expect("an id"), "setup");
            assert_eq!(interaction.actions().count(), 0);
        });
    }
}

#[test]
fn a_large_and_deep_payload_passes_through_a_kilobyte() {
    let mut blocks = String::from("[");
    for number in 0..600 {
        blocks.push_str(&format!(
            r#"{{"type":"section","a":{{"b":[{{"c":{{"d":[{{"e":"text {number}, and so on and so forth"}}]}}}}]}}}},"#
        ));
    }
    blocks.push_str("{}]");
    let payload = format!(
        r#"{{"view":{{"blocks":{blocks},"id":"V0A"}},"actions":[{{"action_id":"{}","block_id":"b1"}}],"type":"block_actions","user":{{"id":"U0ANN"}}}}"#,
        "a".repeat(64)
    );
    assert!(payload.len() > 50_000);
    for frame in envelopes("interactive", &payload, "") {
        read(&frame, |members| {
            let interaction = Interaction::new(members);
            assert_eq!(interaction.kind(), InteractionKind::BlockActions);
            let id = interaction.action_id().expect("an id");
            assert_eq!((id.as_str().len(), id.is_cut()), (64, false));
            assert_eq!(interaction.view_id(), Some("V0A"));
            assert!(interaction.envelope().id().is_some());
        });
    }
}

#[test]
fn a_repeated_delivery_is_recognised_by_its_id_or_by_its_message() {
    let event = |id: &str, channel: &str, ts: &str| {
        let payload = format!(
            r#"{{"event":{{"type":"message","channel":"{channel}","ts":"{ts}"}},"event_id":"{id}"}}"#
        );
        envelopes("events_api", &payload, "")[0].clone()
    };
    let mut deliveries = Deliveries::<4>::new();
    let mut record = |frame: &str| {
        let found = std::cell::Cell::new(None);
        let recorded = std::cell::RefCell::new(&mut deliveries);
        read_with(frame, &COMMON_PATHS, 64, |members| {
            found.set(Some(recorded.borrow_mut().record(members.records())));
        });
        found.get().expect("a frame")
    };
    assert!(!record(&event("Ev1", "C1", "1.5")));
    assert!(record(&event("Ev1", "C1", "1.5")));
    // By another subscription.
    assert!(record(&event("Ev2", "C1", "1.5")));
    assert!(!record(&event("Ev3", "C2", "1.5")));
    assert!(!record(&event("Ev4", "C1", "1.6")));
    for number in 5..8 {
        let id = format!("Ev{number}");
        assert!(!record(&event(&id, "C9", &id)));
    }
    // Four newer ones have taken its place.
    assert!(!record(&event("Ev1", "C1", "1.5")));
}

#[test]
fn a_response_url_is_not_shown() {
    let payload =
        r#"{"command":"/door","response_url":"https://hooks.slack.com/commands/T0HOME/1/secret"}"#;
    for frame in envelopes("slash_commands", payload, "") {
        read(&frame, |members| {
            let command = SlashCommand::new(members);
            let url = command.response_url().expect("a URL");
            assert!(url.ends_with("/secret"));
            let shown = format!("{members:?} {command:?}");
            assert!(
                shown.contains("/door") && !shown.contains("secret"),
                "{shown}"
            );
        });
    }
}

#[test]
fn texts_are_seen_whole_up_to_the_figures_of_the_guide() {
    fn is_whole(bytes: usize, length: usize) -> bool {
        let text = "x".repeat(length);
        let payload = format!(
            r#"{{"token":"x","team_id":"T0HOME","api_app_id":"A0DEV0001","event":{{"type":"message","user":"U0ANN","text":"{text}","ts":"1764200000.000100","team":"T0HOME","channel":"C0DOOR","event_ts":"1764200000.000100"}},"type":"event_callback","event_id":"Ev0000001","event_time":1764200000,"authorizations":[{{"team_id":"T0HOME","user_id":"U0BOT","is_bot":true}}]}}"#
        );
        let [frame, _] = envelopes("events_api", &payload, "");
        let mut memory = vec![0; bytes];
        let mut rx = RecvBuf::try_from(&mut memory[..]).expect("large enough");
        let mut extractor = Extractor::new(&PATHS, Raw::Off);
        let mut rest = frame.as_bytes();
        while !rest.is_empty() {
            let space = rx.space();
            let count = space.len().min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            rest = &rest[count..];
            rx.filled(count);
            let fed = extractor.feed(&mut rx, count).expect("JSON");
            assert_eq!(fed.consumed, count);
        }
        extractor.finish(&mut rx).expect("a document");
        let members = Members::new(rx.records(), &PATHS);
        let envelope = Envelope::new(members);
        assert_eq!(envelope.event_id(), Some("Ev0000001"), "ids are whole");
        assert_eq!(envelope.authorized_user(), Some("U0BOT"));
        assert_eq!(
            members.text("payload.event.channel").expect("an id"),
            "C0DOOR"
        );
        !members.text("payload.event.text").expect("a text").is_cut()
    }
    for (bytes, whole, cut) in [(512, 60, 80), (1024, 380, 400), (4096, 3_400, 3_500)] {
        assert!(is_whole(bytes, whole) && !is_whole(bytes, cut), "{bytes}");
    }
}
