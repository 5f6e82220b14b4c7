//! Frames read into events, for the tests of events.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use slack_rtm::Event;
use slack_rtm::buffer::RecvBuf;
use slack_rtm::event::{Identity, Message, PATHS};
use slack_rtm::json::{DocumentState, Extractor, Members, Paths, Raw};

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
    look(Event::from_frame(rx.records(), paths, me))
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
