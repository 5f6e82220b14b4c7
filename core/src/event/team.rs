//! Events about the team, its bots, its emoji and its settings.

use super::paths;
use super::view::view;
use crate::json::{List, Text, Value};

view! {
    /// `team_*`, `bot_*`, `emoji_changed`, `pref_change` and the like: an event about the team or
    /// its settings.
    TeamEvent
}

impl<'r> TeamEvent<'r> {
    /// Returns the name of the changed, added or removed thing: `name`, else `bot.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.records()
            .text(paths::NAME)
            .or_else(|| self.members().text("bot.name"))
    }

    /// Returns `value`: of a preference, or an emoji's URL. An object or array comes without its
    /// contents.
    pub fn value(&self) -> Option<Value<'r>> {
        self.members().find("value")
    }

    /// Returns `subtype` of `emoji_changed`: `add`, `remove` or `rename`.
    pub fn subtype(&self) -> Option<&'r str> {
        self.id(paths::SUBTYPE)
    }

    /// Returns `names`: the removed emoji.
    pub fn names(&self) -> Option<List<'r>> {
        self.members().list("names[]")
    }

    /// Returns `bot.id`.
    pub fn bot(&self) -> Option<&'r str> {
        self.named("bot.id")
    }

    /// Returns `domain`, else `email_domain`.
    pub fn domain(&self) -> Option<Text<'r>> {
        self.members()
            .text("domain")
            .or_else(|| self.members().text("email_domain"))
    }

    /// Returns `plan`.
    pub fn plan(&self) -> Option<Text<'r>> {
        self.members().text("plan")
    }

    /// Returns `url`: the team's new address.
    pub fn url(&self) -> Option<&'r str> {
        self.id(paths::URL)
    }
}
