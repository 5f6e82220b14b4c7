//! Events about reactions, pins and stars, and the item that they are attached to.

use super::paths;
use super::view::view;
use crate::json::Text;

view! {
    /// `reaction_*`, `pin_*`, `star_*`: a reaction, pin or star was added to an item or removed
    /// from it.
    ItemEvent
}

impl<'r> ItemEvent<'r> {
    /// Returns `item`: the target of the reaction, pin or star.
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

    /// Returns `reaction`: the name of the emoji, without colons.
    pub fn reaction(&self) -> Option<Text<'r>> {
        self.records().text(paths::REACTION)
    }

    /// Returns `item_user`: the id of the item's author.
    pub fn item_user(&self) -> Option<&'r str> {
        self.id(paths::ITEM_USER)
            .or_else(|| self.named("item.message.user"))
    }

    /// Returns `has_pins`: whether the channel still has pinned items.
    pub fn has_pins(&self) -> Option<bool> {
        self.members().bool("has_pins")
    }
}

/// The target of a reaction, a pin or a star.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Item<'r> {
    /// A message.
    Message {
        /// The id of the message's channel.
        channel: &'r str,
        /// The message's timestamp.
        ts: &'r str,
    },
    /// A file.
    File {
        /// The id of the file.
        file: &'r str,
    },
    /// A comment on a file; Slack no longer creates these.
    FileComment {
        /// The id of the comment.
        comment: &'r str,
        /// The id of the file.
        file: Option<&'r str>,
    },
    /// A channel of any kind.
    Channel {
        /// The id of the channel.
        channel: &'r str,
    },
    /// An item of another type, or one that the event does not name.
    Other,
}
