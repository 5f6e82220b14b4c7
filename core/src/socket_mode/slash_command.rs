//! Slash commands.

use super::envelope::Envelope;
use super::paths;
use super::view::view;
use crate::json::Text;

view! {
    /// `slash_commands`: somebody typed a command of the app.
    SlashCommand
}

impl<'r> SlashCommand<'r> {
    /// Returns the envelope.
    pub const fn envelope(&self) -> Envelope<'r> {
        Envelope::new(self.members())
    }

    /// Returns `command`, such as `/door`.
    pub fn command(&self) -> Option<Text<'r>> {
        self.text_at(paths::COMMAND)
    }

    /// Returns `text`: the words after the command.
    pub fn text(&self) -> Option<Text<'r>> {
        self.text_at(paths::COMMAND_TEXT)
    }

    /// Returns `user_id`: the id of the user who typed it.
    pub fn user(&self) -> Option<&'r str> {
        self.at(paths::COMMAND_USER_ID)
    }

    /// Returns `channel_id`: the id of the channel in which it was typed.
    pub fn channel(&self) -> Option<&'r str> {
        self.at(paths::COMMAND_CHANNEL_ID)
    }

    /// Returns `team_id`: the id of the workspace.
    pub fn team_id(&self) -> Option<&'r str> {
        self.at(paths::TEAM_ID)
    }

    /// Returns `trigger_id`, by which a modal can be opened within three seconds.
    pub fn trigger_id(&self) -> Option<&'r str> {
        self.at(paths::TRIGGER_ID)
    }

    /// Returns `response_url`, to which up to five responses can be sent within 30 minutes. It is a
    /// secret.
    pub fn response_url(&self) -> Option<&'r str> {
        self.text_at(paths::RESPONSE_URL).map(Text::as_str)
    }
}
