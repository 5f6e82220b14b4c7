//! Events about groups of users, which Slack's API calls subteams.

use super::paths;
use super::view::view;
use crate::json::{List, Text};

view! {
    /// `subteam_*`: an event about a group of users, or its members.
    SubteamEvent
}

impl<'r> SubteamEvent<'r> {
    /// Returns the id of the group: `subteam_id` or `subteam.id`.
    pub fn subteam(&self) -> Option<&'r str> {
        self.id(paths::SUBTEAM_ID)
            .or_else(|| self.named("subteam.id"))
    }

    /// Returns `subteam.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.members().text("subteam.name")
    }

    /// Returns `subteam.handle`: the name that mentions the group.
    pub fn handle(&self) -> Option<Text<'r>> {
        self.members().text("subteam.handle")
    }

    /// Returns `added_users`: their number and the leading ids.
    pub fn added_users(&self) -> Option<List<'r>> {
        self.members().list("added_users[]")
    }

    /// Returns `removed_users`: their number and the leading ids.
    pub fn removed_users(&self) -> Option<List<'r>> {
        self.members().list("removed_users[]")
    }
}
