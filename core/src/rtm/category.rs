//! The category of a received frame: a kind of frame that only RTM has, or an event.

use super::reply::is_reply;
use crate::event::{EventCategory, paths};
use crate::json::{Records, Text};

/// The view that reads a frame.
///
/// Socket Mode has other frames in place of these (`hello` with other members, `disconnect`), and
/// no replies, so only [`Event`](Self::Event) is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameCategory {
    Hello,
    Goodbye,
    MigrationStarted,
    Error,
    ReconnectUrl,
    /// The reply to a command, with its `ok`.
    Reply(bool),
    Pong,
    Event(EventCategory),
}

/// Returns the category of the frame with these members.
pub(crate) fn category(records: Records<'_>) -> FrameCategory {
    let name = records.text(paths::TYPE).map_or("", Text::as_str);
    let category = match name {
        "hello" => FrameCategory::Hello,
        "goodbye" => FrameCategory::Goodbye,
        "team_migration_started" => FrameCategory::MigrationStarted,
        "error" => FrameCategory::Error,
        "reconnect_url" => FrameCategory::ReconnectUrl,
        "pong" => FrameCategory::Pong,
        _ => FrameCategory::Event(EventCategory::of(name)),
    };
    match category {
        // A message with `reply_to` is a replay of an own message, not a reply.
        FrameCategory::Pong | FrameCategory::Event(EventCategory::Message) => category,
        // Most replies have no type; some replies to undocumented requests have one.
        _ if is_reply(records) || name.is_empty() => records
            .bool(paths::OK)
            .map_or(category, FrameCategory::Reply),
        _ => category,
    }
}
