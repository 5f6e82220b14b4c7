//! The members of responses that are kept.
//!
//! Four tables, each of which extends the one before: [`CALL`] for any method, [`COMMON`] and
//! [`CONNECT`] for the methods that open a connection, [`START`] with the lists of `rtm.start`.
//! [`IDENTITY`] is for the methods that name the caller, [`PAGE`] for those that return a list in
//! pages. A program adds members with a table that extends one of them, see
//! [`paths!`](crate::paths).

// Most members are found by name, so that most numbers are not used.
#![allow(dead_code)]

crate::paths! {
    /// The members of every response.
    pub const CALL {
        pub(super) const OK = Whole "ok";
        pub(crate) const ERROR = Whole "error";
        pub(super) const NEEDED = Whole "needed";
        pub(super) const PROVIDED = Brief "provided";
        pub(super) const WARNING = Brief "warning";
        pub(super) const WARNINGS = Brief "response_metadata.warnings[]";
        pub(super) const MESSAGES = Brief "response_metadata.messages[]";
    }
}

crate::paths! {
    /// The cursor in the response to a method that returns a list in pages, for
    /// [`Accepted::next_cursor`](super::Accepted::next_cursor).
    pub const PAGE extends CALL {
        const NEXT_CURSOR = Whole "response_metadata.next_cursor";
    }
}

crate::paths! {
    /// The ids of the caller's user, bot and app in the responses to `auth.test` and
    /// `chat.postMessage`, for
    /// [`Identity::from_response`](crate::event::Identity::from_response).
    pub const IDENTITY extends CALL {
        const OWN_USER_ID = Whole "user_id";
        const OWN_BOT_ID = Whole "bot_id";
        const OWN_APP_ID = Whole "app_id";
        const POSTED_BY_USER = Whole "message.user";
        const POSTED_BY_BOT = Whole "message.bot_id";
        const POSTED_BY_APP = Whole "message.app_id";
    }
}

crate::paths! {
    /// The members of the response to `rtm.connect` that most programs need: URL, user, team. A
    /// smaller table takes less flash. Accessors of members that a table does not have return
    /// `None`.
    pub const COMMON extends CALL {
        pub(crate) const URL = Awaited "url";
        pub(crate) const SELF_ID = Whole "self.id";
        pub(super) const SELF_NAME = Brief "self.name";
        pub(super) const TEAM_ID = Whole "team.id";
        pub(super) const TEAM_NAME = Brief "team.name";
        pub(super) const TEAM_DOMAIN = Brief "team.domain";
    }
}

crate::paths! {
    /// All documented members of the response to `rtm.connect`.
    pub const CONNECT extends COMMON {
        pub(super) const SELF_CREATED = Whole "self.created";
        pub(super) const SELF_MANUAL_PRESENCE = Whole "self.manual_presence";
        pub(super) const TEAM_ENTERPRISE_ID = Whole "team.enterprise_id";
        // The spelling in one of the documents.
        pub(super) const TEAM_ENTEPRISE_ID = Whole "team.enteprise_id";
        pub(super) const TEAM_ENTERPRISE_NAME = Brief "team.enterprise_name";
        pub(super) const TEAM_EMAIL_DOMAIN = Brief "team.email_domain";
        pub(super) const TEAM_ICON_IMAGE_DEFAULT = Whole "team.icon.image_default";
        pub(super) const TEAM_MSG_EDIT_WINDOW_MINS = Whole "team.msg_edit_window_mins";
        pub(super) const TEAM_OVER_STORAGE_LIMIT = Whole "team.over_storage_limit";
        pub(super) const TEAM_PLAN = Brief "team.plan";
    }
}

crate::paths! {
    /// The members of the response to `rtm.start`: those of [`CONNECT`], and of each element of the
    /// lists.
    pub const START extends CONNECT {
        const USERS = Element "users[]";
        const USER_ID = Whole "users[].id";
        const USER_TEAM_ID = Whole "users[].team_id";
        const USER_NAME = Brief "users[].name";
        const USER_REAL_NAME = Brief "users[].real_name";
        const USER_DISPLAY_NAME = Brief "users[].profile.display_name";
        const USER_PROFILE_REAL_NAME = Brief "users[].profile.real_name";
        const USER_FIRST_NAME = Brief "users[].profile.first_name";
        const USER_LAST_NAME = Brief "users[].profile.last_name";
        const USER_EMAIL = Brief "users[].profile.email";
        const USER_STATUS_TEXT = Brief "users[].profile.status_text";
        const USER_STATUS_EMOJI = Brief "users[].profile.status_emoji";
        const USER_DELETED = Whole "users[].deleted";
        const USER_IS_BOT = Whole "users[].is_bot";
        const USER_IS_ADMIN = Whole "users[].is_admin";
        const USER_IS_OWNER = Whole "users[].is_owner";
        const USER_PRESENCE = Whole "users[].presence";
        const USER_TZ = Brief "users[].tz";
        const USER_TZ_OFFSET = Whole "users[].tz_offset";
        const USER_LOCALE = Whole "users[].locale";
        const USER_UPDATED = Whole "users[].updated";

        const CHANNELS = Element "channels[]";
        const CHANNEL_ID = Whole "channels[].id";
        const CHANNEL_NAME = Brief "channels[].name";
        const CHANNEL_CREATED = Whole "channels[].created";
        const CHANNEL_CREATOR = Whole "channels[].creator";
        const CHANNEL_IS_ARCHIVED = Whole "channels[].is_archived";
        const CHANNEL_IS_GENERAL = Whole "channels[].is_general";
        const CHANNEL_IS_MEMBER = Whole "channels[].is_member";
        const CHANNEL_TOPIC = Brief "channels[].topic.value";
        const CHANNEL_PURPOSE = Brief "channels[].purpose.value";
        const CHANNEL_NUM_MEMBERS = Whole "channels[].num_members";
        const CHANNEL_MEMBERS = Cut "channels[].members[]";
        const CHANNEL_LAST_READ = Whole "channels[].last_read";
        const CHANNEL_LATEST = Whole "channels[].latest";
        const CHANNEL_LATEST_TS = Whole "channels[].latest.ts";
        const CHANNEL_LATEST_USER = Whole "channels[].latest.user";
        const CHANNEL_LATEST_TEXT = Brief "channels[].latest.text";
        const CHANNEL_UNREAD_COUNT = Whole "channels[].unread_count";
        const CHANNEL_UNREAD_COUNT_DISPLAY = Whole "channels[].unread_count_display";
        const CHANNEL_LOCALE = Whole "channels[].locale";

        const GROUPS = Element "groups[]";
        const GROUP_ID = Whole "groups[].id";
        const GROUP_NAME = Brief "groups[].name";
        const GROUP_CREATED = Whole "groups[].created";
        const GROUP_CREATOR = Whole "groups[].creator";
        const GROUP_IS_ARCHIVED = Whole "groups[].is_archived";
        const GROUP_IS_MPIM = Whole "groups[].is_mpim";
        const GROUP_IS_OPEN = Whole "groups[].is_open";
        const GROUP_TOPIC = Brief "groups[].topic.value";
        const GROUP_PURPOSE = Brief "groups[].purpose.value";
        const GROUP_MEMBERS = Cut "groups[].members[]";
        const GROUP_LAST_READ = Whole "groups[].last_read";
        const GROUP_LATEST = Whole "groups[].latest";
        const GROUP_LATEST_TS = Whole "groups[].latest.ts";
        const GROUP_LATEST_USER = Whole "groups[].latest.user";
        const GROUP_LATEST_TEXT = Brief "groups[].latest.text";
        const GROUP_UNREAD_COUNT = Whole "groups[].unread_count";
        const GROUP_UNREAD_COUNT_DISPLAY = Whole "groups[].unread_count_display";
        const GROUP_LOCALE = Whole "groups[].locale";

        const MPIMS = Element "mpims[]";
        const MPIM_ID = Whole "mpims[].id";
        const MPIM_NAME = Brief "mpims[].name";
        const MPIM_CREATED = Whole "mpims[].created";
        const MPIM_CREATOR = Whole "mpims[].creator";
        const MPIM_IS_OPEN = Whole "mpims[].is_open";
        const MPIM_MEMBERS = Cut "mpims[].members[]";
        const MPIM_LAST_READ = Whole "mpims[].last_read";
        const MPIM_LATEST = Whole "mpims[].latest";
        const MPIM_LATEST_TS = Whole "mpims[].latest.ts";
        const MPIM_LATEST_USER = Whole "mpims[].latest.user";
        const MPIM_LATEST_TEXT = Brief "mpims[].latest.text";
        const MPIM_UNREAD_COUNT = Whole "mpims[].unread_count";
        const MPIM_UNREAD_COUNT_DISPLAY = Whole "mpims[].unread_count_display";

        const IMS = Element "ims[]";
        const IM_ID = Whole "ims[].id";
        const IM_USER = Whole "ims[].user";
        const IM_CREATED = Whole "ims[].created";
        const IM_IS_OPEN = Whole "ims[].is_open";
        const IM_IS_USER_DELETED = Whole "ims[].is_user_deleted";
        const IM_LAST_READ = Whole "ims[].last_read";
        const IM_LATEST = Whole "ims[].latest";
        const IM_LATEST_TS = Whole "ims[].latest.ts";
        const IM_LATEST_USER = Whole "ims[].latest.user";
        const IM_LATEST_TEXT = Brief "ims[].latest.text";
        const IM_UNREAD_COUNT = Whole "ims[].unread_count";
        const IM_UNREAD_COUNT_DISPLAY = Whole "ims[].unread_count_display";

        const BOTS = Element "bots[]";
        const BOT_ID = Whole "bots[].id";
        const BOT_NAME = Brief "bots[].name";
        const BOT_APP_ID = Whole "bots[].app_id";
        const BOT_DELETED = Whole "bots[].deleted";
        const BOT_UPDATED = Whole "bots[].updated";
    }
}
