//! The members of events that are kept, and their path numbers.

// Some members are only found by name.
#![allow(dead_code)]

crate::paths! {
    /// The members that most programs need: user, channel, timestamps, text. A smaller table takes
    /// less flash. Accessors of members that a table does not have return `None`.
    pub const COMMON_PATHS {
        // Views read these by number (see `view!`), so the table of another dialect must have the
        // same members in this order, under the paths that they have there. Members that only RTM
        // frames have (`ok`, `reply_to`, `error`) keep their numbers in it too.
        // `channel` and `user` are ids in some events, objects in others.
        pub(crate) const TYPE = Whole "type";
        pub(crate) const SUBTYPE = Whole "subtype";
        pub(crate) const OK = Whole "ok";
        pub(crate) const REPLY_TO = Whole "reply_to";
        pub(crate) const ERROR = Brief "error";
        pub(crate) const ERROR_CODE = Whole "error.code";
        pub(crate) const ERROR_MSG = Brief "error.msg";
        pub(crate) const URL = Whole "url";
        pub(crate) const CHANNEL = Whole "channel";
        pub(crate) const CHANNEL_DOT_ID = Whole "channel.id";
        pub(crate) const CHANNEL_NAME = Brief "channel.name";
        pub(crate) const CHANNEL_ID = Whole "channel_id";
        pub(crate) const USER = Whole "user";
        pub(crate) const USER_DOT_ID = Whole "user.id";
        pub(crate) const USER_NAME = Brief "user.name";
        pub(crate) const USER_ID = Whole "user_id";
        pub(crate) const USERS = Cut "users[]";
        pub(crate) const TS = Whole "ts";
        pub(crate) const EVENT_TS = Whole "event_ts";
        pub(crate) const THREAD_TS = Whole "thread_ts";
        pub(crate) const TEXT = Cut "text";
        pub(crate) const BOT_ID = Whole "bot_id";
        pub(crate) const APP_ID = Whole "app_id";
        pub(crate) const HIDDEN = Whole "hidden";
        pub(crate) const DELETED_TS = Whole "deleted_ts";
        // `message::is_about_another` reads these as one range.
        pub(crate) const INNER_USER = Whole "message.user";
        pub(crate) const INNER_BOT_ID = Whole "message.bot_id";
        pub(crate) const INNER_APP_ID = Whole "message.app_id";
        pub(crate) const INNER_TS = Whole "message.ts";
        pub(crate) const INNER_THREAD_TS = Whole "message.thread_ts";
        pub(crate) const INNER_TEXT = Cut "message.text";
        pub(crate) const PREVIOUS_USER = Whole "previous_message.user";
        pub(crate) const PREVIOUS_BOT_ID = Whole "previous_message.bot_id";
        pub(crate) const PREVIOUS_APP_ID = Whole "previous_message.app_id";
        pub(crate) const PREVIOUS_TS = Whole "previous_message.ts";
        pub(crate) const PREVIOUS_THREAD_TS = Whole "previous_message.thread_ts";
        pub(crate) const NAME = Brief "name";
        pub(crate) const PRESENCE = Whole "presence";
        pub(crate) const REACTION = Brief "reaction";
        pub(crate) const ITEM_USER = Whole "item_user";
        pub(crate) const ITEM_TYPE = Whole "item.type";
        pub(crate) const ITEM_CHANNEL = Whole "item.channel";
        pub(crate) const ITEM_TS = Whole "item.ts";
        pub(crate) const ITEM_FILE = Whole "item.file";
        pub(crate) const FILE_ID = Whole "file_id";
        pub(crate) const SUBTEAM_ID = Whole "subteam_id";
    }
}

crate::paths! {
    /// The members that the accessors of all events read. A program that needs more extends this
    /// table or [`COMMON_PATHS`], see [`paths!`](crate::paths), and finds them by
    /// [`Event::members`](crate::Event::members).
    pub const PATHS extends COMMON_PATHS {
        pub(crate) const ERROR_SOURCE = Brief "error.source";
        pub(crate) const CHANNEL_CREATED = Whole "channel.created";
        pub(crate) const CHANNEL_CREATOR = Whole "channel.creator";
        pub(crate) const CHANNEL_IDS = Cut "channel_ids[]";
        pub(crate) const CHANNEL_TYPE = Whole "channel_type";
        pub(crate) const USER_REAL_NAME = Brief "user.real_name";
        pub(crate) const USER_DISPLAY_NAME = Brief "user.profile.display_name";
        pub(crate) const USER_STATUS_TEXT = Brief "user.profile.status_text";
        pub(crate) const USER_STATUS_EMOJI = Brief "user.profile.status_emoji";
        pub(crate) const USER_HUDDLE_STATE = Brief "user.profile.huddle_state";
        pub(crate) const USER_DELETED = Whole "user.deleted";
        pub(crate) const USER_IS_BOT = Whole "user.is_bot";
        pub(crate) const USER_LOCALE = Whole "user.locale";
        pub(crate) const TEAM = Whole "team";
        pub(crate) const TEAM_DOT_ID = Whole "team.id";
        pub(crate) const TEAM_IS_MIGRATING = Whole "team.is_migrating";
        pub(crate) const TEAM_ID = Whole "team_id";
        pub(crate) const ENTERPRISE_ID = Whole "enterprise_id";
        pub(crate) const LATEST = Whole "latest";

        // Messages.
        pub(crate) const USERNAME = Brief "username";
        pub(crate) const CLIENT_MSG_ID = Whole "client_msg_id";
        pub(crate) const PARENT_USER_ID = Whole "parent_user_id";
        pub(crate) const EDITED_USER = Whole "edited.user";
        pub(crate) const EDITED_TS = Whole "edited.ts";
        pub(crate) const INNER_SUBTYPE = Whole "message.subtype";
        pub(crate) const INNER_EDITED_USER = Whole "message.edited.user";
        pub(crate) const INNER_EDITED_TS = Whole "message.edited.ts";
        pub(crate) const INNER_REPLY_COUNT = Whole "message.reply_count";
        pub(crate) const PREVIOUS_TEXT = Brief "previous_message.text";
        pub(crate) const PREVIOUS_EDITED_USER = Whole "previous_message.edited.user";
        pub(crate) const PREVIOUS_EDITED_TS = Whole "previous_message.edited.ts";
        pub(crate) const FILES = Whole "files[]";
        pub(crate) const FILES_ID = Whole "files[].id";
        pub(crate) const FILES_NAME = Brief "files[].name";
        pub(crate) const TOPIC = Brief "topic";
        pub(crate) const PURPOSE = Brief "purpose";
        pub(crate) const OLD_NAME = Brief "old_name";
        pub(crate) const NEW_NAME = Brief "new_name";
        pub(crate) const INVITER = Whole "inviter";

        // Reactions, pins, stars.
        pub(crate) const ITEM_MESSAGE_TS = Whole "item.message.ts";
        pub(crate) const ITEM_MESSAGE_USER = Whole "item.message.user";
        pub(crate) const ITEM_MESSAGE_TEXT = Brief "item.message.text";
        pub(crate) const ITEM_FILE_ID = Whole "item.file.id";
        pub(crate) const ITEM_COMMENT = Whole "item.file_comment";
        pub(crate) const ITEM_COMMENT_ID = Whole "item.comment.id";
        pub(crate) const HAS_PINS = Whole "has_pins";

        // Files.
        pub(crate) const FILE = Whole "file";
        pub(crate) const FILE_DOT_ID = Whole "file.id";
        pub(crate) const FILE_NAME = Brief "file.name";
        pub(crate) const COMMENT = Whole "comment";
        pub(crate) const COMMENT_ID = Whole "comment.id";
        pub(crate) const COMMENT_TEXT = Brief "comment.comment";

        // Users.
        pub(crate) const DND_ENABLED = Whole "dnd_status.dnd_enabled";
        pub(crate) const DND_START = Whole "dnd_status.next_dnd_start_ts";
        pub(crate) const DND_END = Whole "dnd_status.next_dnd_end_ts";
        pub(crate) const SNOOZE_ENABLED = Whole "dnd_status.snooze_enabled";
        pub(crate) const SNOOZE_END = Whole "dnd_status.snooze_endtime";

        // Groups of users.
        pub(crate) const SUBTEAM_DOT_ID = Whole "subteam.id";
        pub(crate) const SUBTEAM_NAME = Brief "subteam.name";
        pub(crate) const SUBTEAM_HANDLE = Brief "subteam.handle";
        pub(crate) const SUBTEAM_DESCRIPTION = Brief "subteam.description";
        pub(crate) const SUBTEAM_USER_COUNT = Whole "subteam.user_count";
        pub(crate) const ADDED_USERS = Cut "added_users[]";
        pub(crate) const REMOVED_USERS = Cut "removed_users[]";

        // The team, its bots, its settings.
        pub(crate) const BOT_DOT_ID = Whole "bot.id";
        pub(crate) const BOT_NAME = Brief "bot.name";
        pub(crate) const BOT_APP_ID = Whole "bot.app_id";
        pub(crate) const NAMES = Brief "names[]";
        pub(crate) const VALUE = Brief "value";
        pub(crate) const DOMAIN = Brief "domain";
        pub(crate) const EMAIL_DOMAIN = Brief "email_domain";
        pub(crate) const PLAN = Brief "plan";
        pub(crate) const CAN_ADD_URA = Whole "can_add_ura";
        pub(crate) const PAID_FEATURES = Brief "paid_features[]";
        pub(crate) const PROFILE_FIELDS = Brief "profile.fields[]";
        pub(crate) const PROFILE_FIELDS_ID = Whole "profile.fields[].id";
        pub(crate) const DATE_STARTED = Whole "date_started";
        pub(crate) const DATE_FINISHED = Whole "date_finished";
        pub(crate) const DATE_DELETED = Whole "date_deleted";
        pub(crate) const IS_MOVED = Whole "is_moved";
        pub(crate) const ACTOR_ID = Whole "actor_id";
        pub(crate) const INVITE_ID = Whole "invite.id";
        pub(crate) const IDS = Brief "ids[]";
    }
}

crate::paths! {
    /// [`PATHS`], and the members of attachments and blocks that
    /// [`Message::readable_text`](super::Message::readable_text) reads.
    ///
    /// Messages of people have their text a second time in blocks, a record for each piece, so this
    /// table suits receive buffers from 4 KiB. In a smaller one, a message with many pieces is not
    /// complete ([`Records::is_complete`](crate::json::Records::is_complete)), and a program that
    /// asks for its author does not answer it.
    pub const READABLE_PATHS extends PATHS {
        const ATTACHMENTS = Whole "attachments[]";
        const ATTACHMENTS_FALLBACK = Brief "attachments[].fallback";
        const ATTACHMENTS_PRETEXT = Brief "attachments[].pretext";
        const ATTACHMENTS_TITLE = Brief "attachments[].title";
        const ATTACHMENTS_TEXT = Cut "attachments[].text";
        const ATTACHMENTS_FIELDS_TITLE = Brief "attachments[].fields[].title";
        const ATTACHMENTS_FIELDS_VALUE = Brief "attachments[].fields[].value";
        const ATTACHMENTS_BLOCKS_TEXT = Cut "attachments[].blocks[].text.text";
        const ATTACHMENTS_BLOCKS_FIELDS = Brief "attachments[].blocks[].fields[].text";
        const ATTACHMENTS_BLOCKS_ELEMENTS = Brief "attachments[].blocks[].elements[].text";
        const BLOCKS = Whole "blocks[]";
        const BLOCKS_TEXT = Cut "blocks[].text.text";
        const BLOCKS_FIELDS = Brief "blocks[].fields[].text";
        const BLOCKS_ELEMENTS = Whole "blocks[].elements[]";
        const BLOCKS_ELEMENTS_TEXT = Brief "blocks[].elements[].text";
        const RICH_TEXT = Brief "blocks[].elements[].elements[].text";
        const RICH_URL = Brief "blocks[].elements[].elements[].url";
        const RICH_LIST_TEXT = Brief "blocks[].elements[].elements[].elements[].text";
        const RICH_LIST_URL = Brief "blocks[].elements[].elements[].elements[].url";
    }
}
