//! The members that every envelope has.

use super::paths;
use super::view::view;
use crate::json::{Records, Text};
use crate::parse;

view! {
    /// An envelope: a payload with an id, by which the app acknowledges it.
    Envelope
}

/// The kind of an envelope: its member `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EnvelopeKind {
    /// `events_api`: an event.
    EventsApi,
    /// `interactive`: somebody used a button, a menu, a modal or a shortcut.
    Interactive,
    /// `slash_commands`: somebody typed a command.
    SlashCommands,
    /// A kind that this crate does not know.
    Other,
}

impl EnvelopeKind {
    /// Returns the kind of the envelope with these members.
    pub(crate) fn in_records(records: Records<'_>) -> Self {
        Self::of(records.text(paths::FRAME_TYPE).map_or("", Text::as_str))
    }

    /// Returns the kind with this name.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "events_api" => Self::EventsApi,
            "interactive" => Self::Interactive,
            "slash_commands" => Self::SlashCommands,
            _ => Self::Other,
        }
    }
}

impl<'r> Envelope<'r> {
    /// Returns `envelope_id`, for the acknowledgement.
    pub fn id(&self) -> Option<&'r str> {
        self.text_at(paths::ENVELOPE_ID).map(Text::as_str)
    }

    /// Returns the kind.
    pub fn kind(&self) -> EnvelopeKind {
        EnvelopeKind::in_records(self.members().records())
    }

    /// Returns `accepts_response_payload`: whether the acknowledgement may have a payload.
    pub fn accepts_response(&self) -> bool {
        let records = self.members().records();
        records.bool(paths::ACCEPTS_RESPONSE) == Some(true)
    }

    /// Returns `retry_attempt`: 0 for the first delivery, or if the member is absent.
    pub fn retry_attempt(&self) -> u8 {
        let number = self.at(paths::RETRY_ATTEMPT);
        let number = number.and_then(|digits| parse::decimal(digits.as_bytes()));
        number.map_or(0, |number| u8::try_from(number).unwrap_or(u8::MAX))
    }

    /// Returns whether the client has lent the event before: Slack repeats an event that was not
    /// acknowledged in time, with the same `event_id`, and sends a message twice that two
    /// subscriptions cover. The client remembers the last 16 events.
    pub fn is_repeated(&self) -> bool {
        self.members().records().are_marked()
    }

    /// Returns `event_id` of an event, which is the same in each delivery of it.
    pub fn event_id(&self) -> Option<&'r str> {
        self.text_at(paths::EVENT_ID).map(Text::as_str)
    }

    /// Returns `team_id`: the workspace of an event or a command, or that of an interaction.
    pub fn team_id(&self) -> Option<&'r str> {
        self.at(paths::TEAM_ID).or_else(|| self.at(paths::TEAM))
    }

    /// Returns `user_id` of the last of the `authorizations`: the user for whom an event came. For
    /// an app with a bot it is the bot user.
    pub fn authorized_user(&self) -> Option<&'r str> {
        self.at(paths::AUTHORIZED_USER)
    }
}
