//! `bots.info`: the profile of a bot.

use crate::json::Text;
use crate::web_api::paths::CALL;
use crate::web_api::{Accepted, Arguments, Method, MethodInfo, Rate, Repetition};

crate::paths! {
    /// The members of the response to `bots.info`, for [`BotProfile`].
    pub const BOT extends CALL {
        const ID = Whole "bot.id";
        const NAME = Brief "bot.name";
        const APP_ID = Whole "bot.app_id";
        const USER_ID = Whole "bot.user_id";
        const DELETED = Whole "bot.deleted";
        const UPDATED = Whole "bot.updated";
    }
}

/// `bots.info`: returns a bot. Needs the scope `users:read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct BotInfo<'a> {
    bot: &'a str,
    team_id: Option<&'a str>,
}

impl<'a> BotInfo<'a> {
    /// Returns the bot with this id, which begins with `B`.
    pub const fn new(bot: &'a str) -> Self {
        Self { bot, team_id: None }
    }

    /// Sets the workspace, which an org-wide token needs.
    pub const fn team(mut self, team_id: &'a str) -> Self {
        self.team_id = Some(team_id);
        self
    }
}

impl Method for BotInfo<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("bots.info")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("bot", self.bot);
        arguments.optional("team_id", self.team_id);
    }
}

/// The response to [`BotInfo`]. It needs the members in [`BOT`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BotProfile<'r>(Accepted<'r>);

impl<'r> BotProfile<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `bot.id`.
    pub fn id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("bot.id")
    }

    /// Returns `bot.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.0.members().text("bot.name")
    }

    /// Returns `bot.app_id`: the app that the bot belongs to.
    pub fn app_id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("bot.app_id")
    }

    /// Returns `bot.user_id`: the user that the bot posts as.
    pub fn user_id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("bot.user_id")
    }

    /// Returns `bot.deleted`: whether the bot was removed.
    pub fn is_deleted(&self) -> Option<bool> {
        self.0.members().bool("bot.deleted")
    }

    /// Returns `bot.updated`: the time of the last change, in seconds since 1970.
    pub fn updated(&self) -> Option<u64> {
        self.0.members().number("bot.updated")
    }
}
