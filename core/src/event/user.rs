//! Events about users: presence, profile, notifications.

use super::paths;
use super::view::view;
use crate::json::{List, Text, Value};

view! {
    /// `presence_change`, `dnd_*`, `team_join`, `user_*`: an event about users.
    UserEvent
}

impl<'r> UserEvent<'r> {
    /// Returns the ids of all users that the event is about: one, or several where presence comes
    /// in batches. The list may be cut, see [`user_list`](Self::user_list).
    pub fn users(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let list = self.records().list(paths::USERS);
        let many = list.into_iter().flatten().filter_map(|entry| match entry {
            Value::Text(id) => Some(id.as_str()),
            _ => None,
        });
        self.user().into_iter().chain(many)
    }

    /// Returns `users`, where presence comes in batches: their number and the leading ids.
    pub fn user_list(&self) -> Option<List<'r>> {
        self.records().list(paths::USERS)
    }

    /// Returns `presence`: `active` or `away`.
    pub fn presence(&self) -> Option<&'r str> {
        self.id(paths::PRESENCE)
    }

    /// Returns `user.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.records().text(paths::USER_NAME)
    }

    /// Returns the name that the user chose to be shown by: `user.profile.display_name`, else
    /// `user.real_name`. An empty name is ignored.
    pub fn display_name(&self) -> Option<Text<'r>> {
        ["user.profile.display_name", "user.real_name"]
            .into_iter()
            .filter_map(|name| self.members().text(name))
            .find(|name| !name.is_empty())
    }

    /// Returns `user.profile.status_text`.
    pub fn status_text(&self) -> Option<Text<'r>> {
        self.members().text("user.profile.status_text")
    }

    /// Returns `user.profile.status_emoji`.
    pub fn status_emoji(&self) -> Option<Text<'r>> {
        self.members().text("user.profile.status_emoji")
    }

    /// Returns `user.deleted`: whether the user was deactivated.
    pub fn deleted(&self) -> Option<bool> {
        self.members().bool("user.deleted")
    }

    /// Returns `user.is_bot`.
    pub fn is_bot(&self) -> Option<bool> {
        self.members().bool("user.is_bot")
    }

    /// Returns `dnd_status.dnd_enabled`: whether the user has hours without notifications.
    pub fn dnd_enabled(&self) -> Option<bool> {
        self.members().bool("dnd_status.dnd_enabled")
    }

    /// Returns `dnd_status.next_dnd_start_ts`, in seconds since 1970.
    pub fn next_dnd_start(&self) -> Option<u64> {
        self.members().number("dnd_status.next_dnd_start_ts")
    }

    /// Returns `dnd_status.next_dnd_end_ts`, in seconds since 1970.
    pub fn next_dnd_end(&self) -> Option<u64> {
        self.members().number("dnd_status.next_dnd_end_ts")
    }

    /// Returns `dnd_status.snooze_enabled`: whether notifications are paused for now.
    pub fn snooze_enabled(&self) -> Option<bool> {
        self.members().bool("dnd_status.snooze_enabled")
    }
}
