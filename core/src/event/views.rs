//! Events about channels, items, users, files, groups of users and the team.

use super::paths;
use super::view::view;
use crate::json::{List, Members, Text, Value};

view! {
    /// `hello`, `goodbye`, `team_migration_started`: the state of the connection.
    Notice
}

view! {
    /// `channel_*`, `group_*`, `im_*`, `mpim_*`, `member_*`, `user_typing`: about a channel of
    /// any kind, and who is in it.
    ChannelEvent
}

impl<'r> ChannelEvent<'r> {
    /// The channel's name, where the event tells it.
    pub fn name(&self) -> Option<Text<'r>> {
        self.records().text(paths::CHANNEL_NAME)
    }

    /// `channel.creator`: who made the channel.
    pub fn creator(&self) -> Option<&'r str> {
        self.named("channel.creator")
    }

    /// `channel.created`: when, in seconds since 1970.
    pub fn created(&self) -> Option<u64> {
        self.members().number("channel.created")
    }

    /// `inviter`: who invited the user that joined.
    pub fn inviter(&self) -> Option<&'r str> {
        self.named("inviter")
    }

    /// `latest`: up to which message the history changed.
    pub fn latest(&self) -> Option<&'r str> {
        self.named("latest")
    }

    /// `thread_ts`: the thread in which somebody is typing.
    pub fn thread_ts(&self) -> Option<&'r str> {
        self.id(paths::THREAD_TS)
    }
}

view! {
    /// `reaction_*`, `pin_*`, `star_*`: somebody did something to a message or a file.
    ItemEvent
}

/// What a reaction, a pin or a star is put to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'r> {
    /// A message.
    Message {
        /// The id of its channel.
        channel: &'r str,
        /// Its timestamp.
        ts: &'r str,
    },
    /// A file.
    File {
        /// Its id.
        file: &'r str,
    },
    /// A comment on a file; Slack has none of these any more.
    FileComment {
        /// The id of the comment.
        comment: &'r str,
        /// The id of the file.
        file: Option<&'r str>,
    },
    /// A channel of any kind.
    Channel {
        /// Its id.
        channel: &'r str,
    },
    /// Something else, or something that the event does not name.
    Other,
}

impl<'r> ItemEvent<'r> {
    /// `reaction`: the name of the emoji, without colons.
    pub fn reaction(&self) -> Option<Text<'r>> {
        self.records().text(paths::REACTION)
    }

    /// `item_user`: who wrote the item.
    pub fn item_user(&self) -> Option<&'r str> {
        self.id(paths::ITEM_USER)
            .or_else(|| self.named("item.message.user"))
    }

    /// `item`: what it was done to.
    pub fn item(&self) -> Item<'r> {
        let channel = self.channel();
        let ts = self
            .id(paths::ITEM_TS)
            .or_else(|| self.named("item.message.ts"));
        let file = self
            .id(paths::ITEM_FILE)
            .or_else(|| self.named("item.file.id"));
        let comment = self
            .named("item.file_comment")
            .or_else(|| self.named("item.comment.id"));
        match (self.id(paths::ITEM_TYPE), channel, ts, file, comment) {
            (Some("message"), Some(channel), Some(ts), ..) => Item::Message { channel, ts },
            (Some("file"), _, _, Some(file), _) => Item::File { file },
            (Some("file_comment"), _, _, file, Some(comment)) => {
                Item::FileComment { comment, file }
            }
            (Some("channel" | "group" | "im"), Some(channel), ..) => Item::Channel { channel },
            _ => Item::Other,
        }
    }

    /// `has_pins`: whether the channel still has pinned items.
    pub fn has_pins(&self) -> Option<bool> {
        self.members().bool("has_pins")
    }
}

view! {
    /// `presence_change`, `dnd_*`, `team_join`, `user_*`: about people.
    UserEvent
}

impl<'r> UserEvent<'r> {
    /// The ids of all users that the event is about: one, or several where presence is told in
    /// batches. As many as there was room for.
    pub fn users(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let list = self.records().list(paths::USERS);
        let many = list.into_iter().flatten().filter_map(|entry| match entry {
            Value::Text(id) => Some(id.as_str()),
            _ => None,
        });
        self.user().into_iter().chain(many)
    }

    /// `users`, where presence is told in batches: how many, and the leading ones.
    pub fn user_list(&self) -> Option<List<'r>> {
        self.records().list(paths::USERS)
    }

    /// `presence`: `active` or `away`.
    pub fn presence(&self) -> Option<&'r str> {
        self.id(paths::PRESENCE)
    }

    /// `user.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.records().text(paths::USER_NAME)
    }

    /// The name that the user chose to be shown by: `user.profile.display_name`, else
    /// `user.real_name`; empty ones do not count.
    pub fn display_name(&self) -> Option<Text<'r>> {
        ["user.profile.display_name", "user.real_name"]
            .into_iter()
            .filter_map(|name| self.members().text(name))
            .find(|name| !name.is_empty())
    }

    /// `user.profile.status_text`.
    pub fn status_text(&self) -> Option<Text<'r>> {
        self.members().text("user.profile.status_text")
    }

    /// `user.profile.status_emoji`.
    pub fn status_emoji(&self) -> Option<Text<'r>> {
        self.members().text("user.profile.status_emoji")
    }

    /// `user.deleted`: whether the user was deactivated.
    pub fn deleted(&self) -> Option<bool> {
        self.members().bool("user.deleted")
    }

    /// `user.is_bot`.
    pub fn is_bot(&self) -> Option<bool> {
        self.members().bool("user.is_bot")
    }

    /// `dnd_status.dnd_enabled`: whether the user has hours without notifications.
    pub fn dnd_enabled(&self) -> Option<bool> {
        self.members().bool("dnd_status.dnd_enabled")
    }

    /// `dnd_status.next_dnd_start_ts`, in seconds since 1970.
    pub fn next_dnd_start(&self) -> Option<u64> {
        self.members().number("dnd_status.next_dnd_start_ts")
    }

    /// `dnd_status.next_dnd_end_ts`, in seconds since 1970.
    pub fn next_dnd_end(&self) -> Option<u64> {
        self.members().number("dnd_status.next_dnd_end_ts")
    }

    /// `dnd_status.snooze_enabled`: whether notifications are switched off for now.
    pub fn snooze_enabled(&self) -> Option<bool> {
        self.members().bool("dnd_status.snooze_enabled")
    }
}

view! {
    /// `file_*`: about a file.
    FileEvent
}

impl<'r> FileEvent<'r> {
    /// The id of the file: `file_id`, else `file.id` or `file`.
    pub fn file(&self) -> Option<&'r str> {
        self.id(paths::FILE_ID)
            .or_else(|| self.named("file.id"))
            .or_else(|| self.named("file"))
    }

    /// `file.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.members().text("file.name")
    }

    /// `channel_ids`: where a deleted file had been shared.
    pub fn channels(&self) -> Option<List<'r>> {
        self.members().list("channel_ids[]")
    }

    /// The id of the comment: `comment` or `comment.id`.
    pub fn comment(&self) -> Option<&'r str> {
        self.named("comment").or_else(|| self.named("comment.id"))
    }
}

view! {
    /// `subteam_*`: about a group of users, and who is in it.
    SubteamEvent
}

impl<'r> SubteamEvent<'r> {
    /// The id of the group: `subteam_id` or `subteam.id`.
    pub fn subteam(&self) -> Option<&'r str> {
        self.id(paths::SUBTEAM_ID)
            .or_else(|| self.named("subteam.id"))
    }

    /// `subteam.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.members().text("subteam.name")
    }

    /// `subteam.handle`: what the group is mentioned by.
    pub fn handle(&self) -> Option<Text<'r>> {
        self.members().text("subteam.handle")
    }

    /// `added_users`: how many, and the leading ones.
    pub fn added_users(&self) -> Option<List<'r>> {
        self.members().list("added_users[]")
    }

    /// `removed_users`: how many, and the leading ones.
    pub fn removed_users(&self) -> Option<List<'r>> {
        self.members().list("removed_users[]")
    }
}

view! {
    /// `team_*`, `bot_*`, `emoji_changed`, `pref_change` and the like: about the team and its
    /// settings.
    TeamEvent
}

impl<'r> TeamEvent<'r> {
    /// What was changed, added or removed: `name`, else `bot.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.records()
            .text(paths::NAME)
            .or_else(|| self.members().text("bot.name"))
    }

    /// `value`: of a preference, or an emoji's URL. An object or array is told as such.
    pub fn value(&self) -> Option<Value<'r>> {
        self.members().find("value")
    }

    /// `subtype` of `emoji_changed`: `add`, `remove` or `rename`.
    pub fn subtype(&self) -> Option<&'r str> {
        self.id(paths::SUBTYPE)
    }

    /// `names`: of emoji that were removed.
    pub fn names(&self) -> Option<List<'r>> {
        self.members().list("names[]")
    }

    /// `bot.id`.
    pub fn bot(&self) -> Option<&'r str> {
        self.named("bot.id")
    }

    /// `domain`, else `email_domain`.
    pub fn domain(&self) -> Option<Text<'r>> {
        self.members()
            .text("domain")
            .or_else(|| self.members().text("email_domain"))
    }

    /// `plan`.
    pub fn plan(&self) -> Option<Text<'r>> {
        self.members().text("plan")
    }

    /// `url`: the team's new address.
    pub fn url(&self) -> Option<&'r str> {
        self.id(paths::URL)
    }
}

view! {
    /// An event that this crate does not know, or a frame that is none. Its type and every member
    /// in the table of paths are there; add paths of your own for more.
    Unknown
}
