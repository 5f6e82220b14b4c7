//! Frames read into events, for the tests of events.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use slack_rtm::buffer::RecvBuf;
use slack_rtm::event::{Identity, Message, PATHS};
use slack_rtm::json::{DocumentState, Extractor, Members, Paths, Raw};
use slack_rtm::{Dialect, Event, Rtm, SocketMode, socket_mode};
use std::cell::RefCell;
use std::collections::HashSet;

/// Whose events they are.
fn me() -> Identity {
    Identity::new().user("U1")
}

/// Reads a frame in pieces of the sizes that `sizes` gives, and looks at the event.
pub(crate) fn read<const N: usize, T>(
    paths: &'static Paths,
    frame: &str,
    sizes: impl FnMut() -> usize,
    look: impl FnOnce(Event<'_>) -> T,
) -> T {
    read_as::<N, T>(&me(), paths, frame, sizes, look)
}

/// Reads a frame as the client with these ids.
pub(crate) fn read_as<const N: usize, T>(
    me: &Identity,
    paths: &'static Paths,
    frame: &str,
    mut sizes: impl FnMut() -> usize,
    look: impl FnOnce(Event<'_>) -> T,
) -> T {
    let mut memory = [0; N];
    let mut rx = RecvBuf::new(&mut memory);
    let mut fields = Extractor::new(paths, Raw::Off);
    let mut rest = frame.as_bytes();
    while !rest.is_empty() {
        let space = rx.space();
        let count = sizes().min(space.len()).min(rest.len());
        assert!(count > 0, "no room to go on");
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        rx.filled(count);
        let ran = fields.feed(&mut rx, usize::MAX).expect(frame);
        assert!(!matches!(ran.state, DocumentState::Element(_)));
        assert_eq!(ran.consumed, count);
    }
    fields.finish(&mut rx).expect(frame);
    same_in_socket_mode(me, frame);
    look(Event::from_frame(rx.records(), paths, me))
}

/// Checks, once for each frame, that an event in an envelope is the same event.
fn same_in_socket_mode(me: &Identity, frame: &str) {
    thread_local! {
        static SEEN: RefCell<HashSet<String>> = RefCell::default();
    }
    if !SEEN.with_borrow_mut(|seen| seen.insert(frame.into())) {
        return;
    }
    let has_type = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text)
            .is_ok_and(|json| json["type"].as_str().is_some_and(|name| !name.is_empty()))
    };
    let event = shown::<Rtm>(me, &PATHS, frame);
    let only_rtm = [
        "Hello",
        "Goodbye",
        "MigrationStarted",
        "ServerError",
        "ReconnectUrl",
        "Reply",
        "Pong",
    ];
    if !has_type(frame) || only_rtm.iter().any(|name| event.starts_with(name)) {
        return;
    }
    for envelope in [
        format!(
            r#"{{"envelope_id":"e1","payload":{{"event":{frame},"type":"event_callback"}},"type":"events_api"}}"#
        ),
        format!(
            r#"{{"type":"events_api","payload":{{"type":"event_callback","event":{frame}}},"envelope_id":"e1"}}"#
        ),
    ] {
        assert_eq!(
            shown::<SocketMode>(me, &socket_mode::PATHS, &envelope),
            event,
            "{frame}"
        );
    }
}

/// Reads a frame of a dialect into a large buffer. Returns its event as text.
fn shown<D: Dialect>(me: &Identity, paths: &'static Paths, frame: &str) -> String {
    let mut memory = vec![0; 256 * 1024];
    let mut rx = RecvBuf::try_from(&mut memory[..]).expect("large enough");
    rx.space()[..frame.len()].copy_from_slice(frame.as_bytes());
    rx.filled(frame.len());
    let mut fields = Extractor::new(paths, Raw::Off);
    fields.feed(&mut rx, usize::MAX).expect(frame);
    fields.finish(&mut rx).expect(frame);
    let event = Event::<D>::from_frame(rx.records(), paths, me);
    let accessors = (
        event.type_name(),
        event.channel(),
        event.user(),
        event.ts(),
        event.event_ts(),
    );
    format!("{event:?} {accessors:?}")
}

/// The members of an event that is a frame.
pub(crate) fn members(event: Event<'_>) -> Members<'_> {
    event.members().expect("a frame has members")
}

/// The members of an event that is a frame, printed.
pub(crate) fn printed_members(event: Event<'_>) -> Vec<String> {
    members(event).iter().map(|m| m.to_string()).collect()
}

/// What can be asked of any event.
pub(crate) fn described(event: Event<'_>) -> String {
    let members = printed_members(event).join(" ");
    format!("{event:?} {:?} {members}", event.type_name())
}

/// Looks at the event; it is the same for every split.
pub(crate) fn event<T>(frame: &str, look: impl FnOnce(Event<'_>) -> T) -> T {
    let expected = read::<1024, _>(&PATHS, frame, || usize::MAX, described);
    let bytewise = read::<1024, _>(&PATHS, frame, || 1, described);
    assert_eq!(bytewise, expected, "byte by byte: {frame}");
    for at in 1..frame.len() {
        let mut sizes = [at, usize::MAX].into_iter().cycle();
        let split = read::<1024, _>(&PATHS, frame, || sizes.next().unwrap_or(1), described);
        assert_eq!(split, expected, "split at {at}: {frame}");
    }
    read::<1024, _>(&PATHS, frame, || usize::MAX, look)
}

pub(crate) fn message<T>(frame: &str, look: impl FnOnce(Message<'_>) -> T) -> T {
    event(frame, |event| match event {
        Event::Message(message) => look(message),
        other => panic!("{other:?}"),
    })
}

/// The name of the shape.
pub(crate) fn shape(event: Event<'_>) -> &'static str {
    match event {
        Event::Hello(_) => "hello",
        Event::Goodbye(_) => "goodbye",
        Event::MigrationStarted(_) => "migration",
        Event::ServerError(_) => "error",
        Event::ReconnectUrl(_) => "reconnect_url",
        Event::Message(_) => "message",
        Event::Reply(reply) if reply.is_ok() => "ack",
        Event::Reply(_) => "rejection",
        Event::Pong(_) => "pong",
        Event::Channel(_) => "channel",
        Event::Item(_) => "item",
        Event::User(_) => "user",
        Event::File(_) => "file",
        Event::Subteam(_) => "subteam",
        Event::Team(_) => "team",
        Event::Unknown(_) => "unknown",
        _ => "a new one",
    }
}
