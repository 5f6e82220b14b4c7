//! The type of an event: every name that this crate knows.

use core::fmt;

macro_rules! event_types {
    ($($variant:ident $name:literal)*) => {
        /// The type of an event, if this crate knows its name.
        ///
        /// Each variant has the name of the type in Slack's documents.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum EventType {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant,
            )*
            /// A type that this crate does not know, or a frame without a type. The name is in the
            /// event, see [`Event::type_name`](crate::Event::type_name).
            Other,
        }

        /// All names in the order of the variants, each followed by a space.
        ///
        /// A program that reads types by name pays 2,600 bytes of flash for them; with a `match`
        /// over the names it would be more than twice that.
        const NAMES: &str = concat!($($name, " "),*);

        const ALL: &[EventType] = &[$(EventType::$variant),*];
    };
}

event_types! {
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
    AppDeleted "app_deleted"
    AppHomeOpened "app_home_opened"
    AppInstalled "app_installed"
    AppMention "app_mention"
    AppRequested "app_requested"
    AppUninstalled "app_uninstalled"
    AppUninstalledTeam "app_uninstalled_team"
    AssistantThreadContextChanged "assistant_thread_context_changed"
    AssistantThreadStarted "assistant_thread_started"
    CallRejected "call_rejected"
    ChannelIdChanged "channel_id_changed"
    ChannelShared "channel_shared"
    ChannelUnshared "channel_unshared"
    FunctionExecuted "function_executed"
    GridMigrationFinished "grid_migration_finished"
    GridMigrationStarted "grid_migration_started"
    InviteRequested "invite_requested"
    LinkShared "link_shared"
    MessageMetadataDeleted "message_metadata_deleted"
    MessageMetadataPosted "message_metadata_posted"
    MessageMetadataUpdated "message_metadata_updated"
    SharedChannelInviteAccepted "shared_channel_invite_accepted"
    SharedChannelInviteApproved "shared_channel_invite_approved"
    SharedChannelInviteDeclined "shared_channel_invite_declined"
    SharedChannelInviteRequested "shared_channel_invite_requested"
    TeamAccessGranted "team_access_granted"
    TeamAccessRevoked "team_access_revoked"
    TokensRevoked "tokens_revoked"
    WorkflowDeleted "workflow_deleted"
    WorkflowPublished "workflow_published"
    WorkflowStepDeleted "workflow_step_deleted"
    WorkflowUnpublished "workflow_unpublished"
}

impl EventType {
    /// Returns the type with this name; [`Other`](Self::Other) if there is none.
    pub fn from_name(name: &str) -> Self {
        names(NAMES)
            .zip(ALL)
            .find_map(|(known, event_type)| (known == name).then_some(*event_type))
            .unwrap_or(Self::Other)
    }

    /// Returns the name; the empty string for [`Other`](Self::Other).
    pub fn as_str(self) -> &'static str {
        names(NAMES).nth(self as usize).unwrap_or_default()
    }

    /// Returns every type that has a name.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Returns the names in `text`, each of which is followed by a space.
fn names(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let end = rest.bytes().position(|byte| byte == b' ')?;
        let name = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
        Some(name)
    })
}
