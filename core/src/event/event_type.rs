//! The type of an event: every name that this crate knows.

use super::names::names;
use core::fmt;

macro_rules! kinds {
    ($($variant:ident $name:literal)*) => {
        /// The type of an event, as far as this crate knows it by name.
        ///
        /// Variants are named as the types are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum EventType {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant,
            )*
            /// A type that this crate does not know, or a frame without one. The event has the
            /// name.
            Other,
        }

        /// All names in the order of the kinds, a space behind each: one text takes less flash
        /// than many.
        const NAMES: &str = concat!($($name, " "),*);

        const KINDS: &[EventType] = &[$(EventType::$variant),*];
    };
}

kinds! {
    Hello "hello"
    Goodbye "goodbye"
    TeamMigrationStarted "team_migration_started"
    Error "error"
    ReconnectUrl "reconnect_url"
    Pong "pong"
    Message "message"
    ChannelArchive "channel_archive"
    ChannelCreated "channel_created"
    ChannelDeleted "channel_deleted"
    ChannelHistoryChanged "channel_history_changed"
    ChannelJoined "channel_joined"
    ChannelLeft "channel_left"
    ChannelMarked "channel_marked"
    ChannelPostingPermissions "channel_posting_permissions"
    ChannelRename "channel_rename"
    ChannelUnarchive "channel_unarchive"
    ChannelUpdated "channel_updated"
    ChannelConvertedToShared "channel_converted_to_shared"
    GroupArchive "group_archive"
    GroupClose "group_close"
    GroupDeleted "group_deleted"
    GroupHistoryChanged "group_history_changed"
    GroupJoin "group_join"
    GroupJoined "group_joined"
    GroupLeft "group_left"
    GroupMarked "group_marked"
    GroupOpen "group_open"
    GroupRename "group_rename"
    GroupUnarchive "group_unarchive"
    ImClose "im_close"
    ImCreated "im_created"
    ImHistoryChanged "im_history_changed"
    ImMarked "im_marked"
    ImOpen "im_open"
    MpimClose "mpim_close"
    MpimHistoryChanged "mpim_history_changed"
    MpimJoined "mpim_joined"
    MpimMarked "mpim_marked"
    MpimOpen "mpim_open"
    MemberJoinedChannel "member_joined_channel"
    MemberLeftChannel "member_left_channel"
    SharedChannelInviteReceived "shared_channel_invite_received"
    UserTyping "user_typing"
    ReactionAdded "reaction_added"
    ReactionRemoved "reaction_removed"
    PinAdded "pin_added"
    PinRemoved "pin_removed"
    StarAdded "star_added"
    StarRemoved "star_removed"
    PresenceChange "presence_change"
    ManualPresenceChange "manual_presence_change"
    DndUpdated "dnd_updated"
    DndUpdatedUser "dnd_updated_user"
    TeamJoin "team_join"
    UserChange "user_change"
    UserConnection "user_connection"
    UserHuddleChanged "user_huddle_changed"
    UserProfileChanged "user_profile_changed"
    UserStatusChanged "user_status_changed"
    FileChange "file_change"
    FileCommentAdded "file_comment_added"
    FileCommentDeleted "file_comment_deleted"
    FileCommentEdited "file_comment_edited"
    FileCreated "file_created"
    FileDeleted "file_deleted"
    FilePrivate "file_private"
    FilePublic "file_public"
    FileShared "file_shared"
    FileUnshared "file_unshared"
    SubteamCreated "subteam_created"
    SubteamMembersChanged "subteam_members_changed"
    SubteamSelfAdded "subteam_self_added"
    SubteamSelfRemoved "subteam_self_removed"
    SubteamUpdated "subteam_updated"
    AccountsChanged "accounts_changed"
    BotAdded "bot_added"
    BotChanged "bot_changed"
    CommandsChanged "commands_changed"
    EmailDomainChanged "email_domain_changed"
    EmojiChanged "emoji_changed"
    ExternalOrgMigrationFinished "external_org_migration_finished"
    ExternalOrgMigrationStarted "external_org_migration_started"
    PrefChange "pref_change"
    TeamDomainChange "team_domain_change"
    TeamPlanChange "team_plan_change"
    TeamPrefChange "team_pref_change"
    TeamProfileChange "team_profile_change"
    TeamProfileDelete "team_profile_delete"
    TeamProfileReorder "team_profile_reorder"
    TeamRename "team_rename"
}

impl EventType {
    /// The kind with this name.
    pub fn new(name: &str) -> Self {
        names(NAMES)
            .zip(KINDS)
            .find_map(|(known, kind)| (known == name).then_some(*kind))
            .unwrap_or(Self::Other)
    }

    /// The name, or nothing for [`Other`](Self::Other).
    pub fn as_str(self) -> &'static str {
        names(NAMES).nth(self as usize).unwrap_or_default()
    }

    /// Every kind that has a name.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().copied()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
