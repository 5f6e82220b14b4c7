//! The members of frames that are kept, and their path numbers.

// Some members are only found by name.
#![allow(dead_code)]

use crate::event;

crate::paths! {
    /// The members that most programs need: those of [`event::COMMON_PATHS`] of the inner event,
    /// with the same numbers, and those of envelopes, commands and interactions. Accessors of
    /// members that a table does not have return `None`.
    pub const COMMON_PATHS, under "payload.event" event::COMMON_PATHS {
        // Of every frame.
        pub(crate) const FRAME_TYPE = Whole "type";
        pub(crate) const ENVELOPE_ID = Whole "envelope_id";
        pub(crate) const ACCEPTS_RESPONSE = Whole "accepts_response_payload";
        pub(crate) const RETRY_ATTEMPT = Whole "retry_attempt";
        // Of `hello` and `disconnect`.
        pub(crate) const REASON = Whole "reason";
        pub(crate) const CONNECTIONS = Whole "num_connections";
        pub(crate) const LIFE = Whole "debug_info.approximate_connection_time";
        // Of every payload.
        pub(crate) const PAYLOAD_TYPE = Whole "payload.type";
        /// The inner event, an object. Views find the members of the event below it.
        pub(crate) const INNER_EVENT = Whole "payload.event";
        pub(crate) const EVENT_ID = Whole "payload.event_id";
        pub(crate) const TEAM_ID = Whole "payload.team_id";
        pub(crate) const TRIGGER_ID = Whole "payload.trigger_id";
        pub(crate) const RESPONSE_URL = Whole "payload.response_url";
        /// The user for whom an event came, and whether that is the bot user of the app.
        pub(crate) const AUTHORIZED_USER = Whole "payload.authorizations[].user_id";
        pub(crate) const IS_BOT = Whole "payload.authorizations[].is_bot";
        // Of slash commands.
        pub(crate) const COMMAND = Brief "payload.command";
        pub(crate) const COMMAND_TEXT = Cut "payload.text";
        pub(crate) const COMMAND_USER_ID = Whole "payload.user_id";
        pub(crate) const COMMAND_CHANNEL_ID = Whole "payload.channel_id";
        // Of interactions.
        pub(crate) const USER = Whole "payload.user.id";
        pub(crate) const TEAM = Whole "payload.team.id";
        pub(crate) const CHANNEL = Whole "payload.channel.id";
        pub(crate) const CALLBACK_ID = Brief "payload.callback_id";
        pub(crate) const MESSAGE_TS = Whole "payload.message.ts";
        pub(crate) const CONTAINER_TS = Whole "payload.container.message_ts";
        pub(crate) const CONTAINER_CHANNEL = Whole "payload.container.channel_id";
        pub(crate) const VIEW_ID = Whole "payload.view.id";
        pub(crate) const VIEW_CALLBACK_ID = Brief "payload.view.callback_id";
        pub(crate) const VIEW_HASH = Whole "payload.view.hash";
        pub(crate) const ACTIONS = Whole "payload.actions[]";
        pub(crate) const ACTION_ID = Brief "payload.actions[].action_id";
        pub(crate) const ACTION_BLOCK_ID = Brief "payload.actions[].block_id";
        pub(crate) const ACTION_TYPE = Whole "payload.actions[].type";
        pub(crate) const ACTION_VALUE = Brief "payload.actions[].value";
        pub(crate) const ACTION_OPTION = Brief "payload.actions[].selected_option.value";
        // Of a menu that asks for its options.
        pub(crate) const SUGGESTION_ACTION_ID = Brief "payload.action_id";
        pub(crate) const SUGGESTION_BLOCK_ID = Brief "payload.block_id";
        pub(crate) const SUGGESTION_VALUE = Brief "payload.value";
    }
}

crate::paths! {
    /// [`COMMON_PATHS`], the further members of events of [`event::PATHS`], and those that few
    /// programs need.
    pub const PATHS extends COMMON_PATHS,
        under "payload.event" event::PATHS, beyond event::COMMON_PATHS
    {
        const RETRY_REASON = Brief "retry_reason";
        const APP_ID = Whole "connection_info.app_id";
        const HOST = Brief "debug_info.host";
        const API_APP_ID = Whole "payload.api_app_id";
        const EVENT_TIME = Whole "payload.event_time";
        const ENTERPRISE_ID = Whole "payload.enterprise_id";
        const MINUTE_RATE_LIMITED = Whole "payload.minute_rate_limited";
        const AUTHORIZED_TEAM = Whole "payload.authorizations[].team_id";
        const USER_NAME = Brief "payload.user.name";
        const COMMAND_USER_NAME = Brief "payload.user_name";
        const COMMAND_CHANNEL_NAME = Brief "payload.channel_name";
        const CHANNEL_NAME = Brief "payload.channel.name";
        const ACTION_TS = Whole "payload.action_ts";
        const IS_CLEARED = Whole "payload.is_cleared";
        const IS_EPHEMERAL = Whole "payload.container.is_ephemeral";
        const PRIVATE_METADATA = Cut "payload.view.private_metadata";
        const VIEW_TYPE = Whole "payload.view.type";
        const ACTION_USER = Whole "payload.actions[].selected_user";
        const ACTION_CHANNEL = Whole "payload.actions[].selected_channel";
        const ACTION_CONVERSATION = Whole "payload.actions[].selected_conversation";
        const ACTION_DATE = Whole "payload.actions[].selected_date";
        const ACTION_TIME = Whole "payload.actions[].selected_time";
    }
}
