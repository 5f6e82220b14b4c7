//! Interactions: buttons, menus, modals and shortcuts that somebody used.

use super::envelope::Envelope;
use super::paths;
use super::view::view;
use crate::json::{ArrayElement, Text, Value};

view! {
    /// `interactive`: somebody used a button, a menu, a modal or a shortcut of the app.
    Interaction
}

/// The kind of an interaction: the member `type` of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum InteractionKind {
    /// `block_actions`: a button or a menu, in a message or in a view.
    BlockActions,
    /// `view_submission`: a modal was submitted.
    ViewSubmission,
    /// `view_closed`: a modal with `notify_on_close` was closed.
    ViewClosed,
    /// `shortcut`: a global shortcut.
    Shortcut,
    /// `message_action`: a shortcut of a message.
    MessageAction,
    /// `block_suggestion`: a menu asks for its options.
    BlockSuggestion,
    /// A kind that this crate does not know.
    Other,
}

impl<'r> Interaction<'r> {
    /// Returns the envelope.
    pub const fn envelope(&self) -> Envelope<'r> {
        Envelope::new(self.members())
    }

    /// Returns the kind.
    pub fn kind(&self) -> InteractionKind {
        match self.at(paths::PAYLOAD_TYPE) {
            Some("block_actions") => InteractionKind::BlockActions,
            Some("view_submission") => InteractionKind::ViewSubmission,
            Some("view_closed") => InteractionKind::ViewClosed,
            Some("shortcut") => InteractionKind::Shortcut,
            Some("message_action") => InteractionKind::MessageAction,
            Some("block_suggestion") => InteractionKind::BlockSuggestion,
            _ => InteractionKind::Other,
        }
    }

    /// Returns the id of the user.
    pub fn user(&self) -> Option<&'r str> {
        self.at(paths::USER)
    }

    /// Returns the id of the channel, if the interaction is with a message.
    pub fn channel(&self) -> Option<&'r str> {
        self.at(paths::CHANNEL)
            .or_else(|| self.at(paths::CONTAINER_CHANNEL))
    }

    /// Returns the timestamp of the message, if the interaction is with one.
    pub fn message_ts(&self) -> Option<&'r str> {
        self.at(paths::CONTAINER_TS)
            .or_else(|| self.at(paths::MESSAGE_TS))
    }

    /// Returns the id of the workspace.
    pub fn team_id(&self) -> Option<&'r str> {
        self.at(paths::TEAM)
    }

    /// Returns `trigger_id`, by which a modal can be opened within three seconds.
    pub fn trigger_id(&self) -> Option<&'r str> {
        self.at(paths::TRIGGER_ID)
    }

    /// Returns `response_url`, to which up to five responses can be sent within 30 minutes. It is a
    /// secret. Global shortcuts and views have none.
    pub fn response_url(&self) -> Option<&'r str> {
        self.text_at(paths::RESPONSE_URL).map(Text::as_str)
    }

    /// Returns `callback_id`: that of the shortcut, or of the view.
    pub fn callback_id(&self) -> Option<Text<'r>> {
        self.text_at(paths::CALLBACK_ID)
            .or_else(|| self.text_at(paths::VIEW_CALLBACK_ID))
    }

    /// Returns the id of the view, if the interaction is with one.
    pub fn view_id(&self) -> Option<&'r str> {
        self.at(paths::VIEW_ID)
    }

    /// Returns `hash` of the view, for `views.update`.
    pub fn view_hash(&self) -> Option<&'r str> {
        self.at(paths::VIEW_HASH)
    }

    /// Returns the buttons and menus that were used: one, unless Slack changes that.
    pub fn actions(&self) -> impl Iterator<Item = Action<'r>> + use<'r> {
        self.members().elements("payload.actions[]").map(Action)
    }

    /// Returns `action_id` of the action, or of the menu that asks for its options. If it did not
    /// fit, it is cut, and [marked](Text::is_cut).
    pub fn action_id(&self) -> Option<Text<'r>> {
        self.text_at(paths::ACTION_ID)
            .or_else(|| self.text_at(paths::SUGGESTION_ACTION_ID))
    }

    /// Returns `block_id` of the action, or of the menu that asks for its options. If it did not
    /// fit, it is cut, and [marked](Text::is_cut).
    pub fn block_id(&self) -> Option<Text<'r>> {
        self.text_at(paths::ACTION_BLOCK_ID)
            .or_else(|| self.text_at(paths::SUGGESTION_BLOCK_ID))
    }

    /// Returns the value of the button that was pressed, or that of the option that was selected.
    pub fn value(&self) -> Option<Text<'r>> {
        self.text_at(paths::ACTION_VALUE)
            .or_else(|| self.text_at(paths::ACTION_OPTION))
    }

    /// Returns `value` of a menu that asks for its options: the text that was typed so far.
    pub fn typed(&self) -> Option<Text<'r>> {
        self.text_at(paths::SUGGESTION_VALUE)
    }
}

/// A button or a menu that was used.
#[derive(Clone, Debug)]
pub struct Action<'r>(ArrayElement<'r>);

impl<'r> Action<'r> {
    /// Returns `action_id`. If it did not fit, it is cut, and [marked](Text::is_cut).
    pub fn action_id(&self) -> Option<Text<'r>> {
        self.0.text("action_id")
    }

    /// Returns `block_id`. If it did not fit, it is cut, and [marked](Text::is_cut).
    pub fn block_id(&self) -> Option<Text<'r>> {
        self.0.text("block_id")
    }

    /// Returns `type`, such as `button` or `static_select`.
    pub fn kind(&self) -> Option<&'r str> {
        self.0.text("type").map(Text::as_str)
    }

    /// Returns the value of a button, or that of the option that was selected in a menu.
    pub fn value(&self) -> Option<Text<'r>> {
        let option = || self.0.text("selected_option.value");
        self.0.text("value").or_else(option)
    }

    /// Returns the member with this name, if the table of paths has it, such as `selected_user`.
    pub fn find(&self, name: &str) -> Option<Value<'r>> {
        self.0.find(name)
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Action<'_>);
