//! Events about channels of any kind and their members.

use super::paths;
use super::view::view;
use crate::json::Text;

view! {
    /// `channel_*`, `group_*`, `im_*`, `mpim_*`, `member_*`, `user_typing`: an event about a
    /// channel of any kind, or its members.
    ChannelEvent
}

impl<'r> ChannelEvent<'r> {
    /// Returns `channel.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.records().text(paths::CHANNEL_NAME)
    }

    /// Returns `channel.creator`: the id of the user that created the channel.
    pub fn creator(&self) -> Option<&'r str> {
        self.named("channel.creator")
    }

    /// Returns `channel.created`, in seconds since 1970.
    pub fn created(&self) -> Option<u64> {
        self.members().number("channel.created")
    }

    /// Returns `inviter`: the id of the user that invited the one that joined.
    pub fn inviter(&self) -> Option<&'r str> {
        self.named("inviter")
    }

    /// Returns `latest`: the timestamp of the last message up to which the history changed.
    pub fn latest(&self) -> Option<&'r str> {
        self.named("latest")
    }

    /// Returns `thread_ts`: the thread in which the user is typing.
    pub fn thread_ts(&self) -> Option<&'r str> {
        self.id(paths::THREAD_TS)
    }
}
