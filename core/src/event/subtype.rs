//! Subtypes of messages: every name that this crate knows.

macro_rules! subtypes {
    ($($variant:ident $name:literal)*) => {
        /// The subtype of a message. Each variant has the name that Slack's documents use.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Subtype<'r> {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant,
            )*
            /// A subtype that this crate does not know.
            Other(&'r str),
        }

        impl<'r> Subtype<'r> {
            /// Every subtype that this crate knows by name.
            pub const KNOWN: &'static [Subtype<'static>] = &[$(Subtype::$variant),*];

            /// Returns the subtype with this name.
            pub fn from_name(name: &'r str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Other(name),
                }
            }

            /// Returns the name.
            pub const fn as_str(self) -> &'r str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

subtypes! {
    BotMessage "bot_message"
    MeMessage "me_message"
    MessageChanged "message_changed"
    MessageDeleted "message_deleted"
    MessageReplied "message_replied"
    ThreadBroadcast "thread_broadcast"
    ReplyBroadcast "reply_broadcast"
    ChannelJoin "channel_join"
    ChannelLeave "channel_leave"
    ChannelTopic "channel_topic"
    ChannelPurpose "channel_purpose"
    ChannelName "channel_name"
    ChannelArchive "channel_archive"
    ChannelUnarchive "channel_unarchive"
    ChannelConvertToPublic "channel_convert_to_public"
    ChannelPostingPermissions "channel_posting_permissions"
    GroupJoin "group_join"
    GroupLeave "group_leave"
    GroupTopic "group_topic"
    GroupPurpose "group_purpose"
    GroupName "group_name"
    GroupArchive "group_archive"
    GroupUnarchive "group_unarchive"
    FileShare "file_share"
    FileComment "file_comment"
    FileMention "file_mention"
    PinnedItem "pinned_item"
    UnpinnedItem "unpinned_item"
    BotAdd "bot_add"
    BotRemove "bot_remove"
    BotDisable "bot_disable"
    BotEnable "bot_enable"
    ReminderAdd "reminder_add"
    EkmAccessDenied "ekm_access_denied"
    Tombstone "tombstone"
    AssistantAppThread "assistant_app_thread"
    DocumentMention "document_mention"
}
