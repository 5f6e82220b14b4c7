//! The category of a received frame: a kind of frame that only Socket Mode has, or an event.

use super::envelope::EnvelopeKind;
use super::paths;
use crate::event::{self, EventCategory};
use crate::json::{Records, Text};

/// The view that reads a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameCategory {
    Hello,
    Disconnect,
    /// An envelope with an event.
    Event(EventCategory),
    Interaction,
    SlashCommand,
    /// An event without an inner one: more than 30,000 events an hour.
    RateLimited,
    /// An envelope of another kind, or with another payload.
    Envelope,
    /// A frame that is no envelope.
    Other,
}

/// Returns the category of the frame with these members.
pub(crate) fn category(records: Records<'_>) -> FrameCategory {
    let text = |path| records.text(path).map_or("", Text::as_str);
    let name = text(paths::FRAME_TYPE);
    match (name, EnvelopeKind::of(name)) {
        ("hello", _) => FrameCategory::Hello,
        ("disconnect", _) => FrameCategory::Disconnect,
        _ if text(paths::ENVELOPE_ID).is_empty() => FrameCategory::Other,
        (_, EnvelopeKind::Interactive) => FrameCategory::Interaction,
        (_, EnvelopeKind::SlashCommands) => FrameCategory::SlashCommand,
        (_, EnvelopeKind::EventsApi) => match text(event::paths::TYPE) {
            "" if text(paths::PAYLOAD_TYPE) == "app_rate_limited" => FrameCategory::RateLimited,
            "" => FrameCategory::Envelope,
            inner => FrameCategory::Event(EventCategory::of(inner)),
        },
        (_, EnvelopeKind::Other) => FrameCategory::Envelope,
    }
}
