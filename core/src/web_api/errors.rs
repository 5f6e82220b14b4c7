//! The error codes of the methods that a device calls, a table for each.
//!
//! The codes that every method may return, such as `invalid_auth` and `ratelimited`, are variants
//! of [`ErrorCode`](super::ErrorCode). The tables have the others. A program names the tables of
//! the methods that it calls, and links no other:
//!
//! ```
//! use slack_rtm::web_api::{ErrorCode, Remedy, errors};
//!
//! let code = ErrorCode::from_code("not_in_channel");
//! let explanation = code.explain(&errors::CHAT_POST_MESSAGE);
//! assert_eq!(explanation.remedy(), Remedy::ChangeWorkspace);
//! assert_eq!(explanation.meaning(), "the app is not a member of the channel");
//!
//! let code = ErrorCode::from_code("already_reacted");
//! assert!(code.is_harmless());
//! ```
//!
//! [`of_method`] finds a table by the name of the method, and so links all of them.

use super::code::Remedy::{ChangeApp, ChangeWorkspace, FixRequest, Nothing, ReplaceToken, Retry};
use super::error_table::{ErrorEntry, ErrorTable};

/// One line per code: code, remedy, meaning, advice.
macro_rules! entries {
    ($($code:ident $remedy:ident $meaning:literal $advice:literal)*) => {
        $(
            #[allow(non_upper_case_globals)] // its name is the code
            static $code: ErrorEntry =
                ErrorEntry::new(stringify!($code), $remedy, $meaning, $advice);
        )*
    };
}

/// One table per method: name, method, codes.
macro_rules! tables {
    ($($table:ident $method:literal { $($code:ident)* })*) => {
        $(
            #[doc = concat!("The codes of `", $method, "`.")]
            pub static $table: ErrorTable = ErrorTable::new($method, &[$(&$code),*]);
        )*

        /// Every table.
        pub static ALL: &[&ErrorTable] = &[$(&$table),*];
    };
}

/// Returns the table of a method. It links all tables.
pub fn of_method(name: &str) -> Option<&'static ErrorTable> {
    ALL.iter().copied().find(|table| table.method() == name)
}

entries! {
    action_prohibited ChangeWorkspace "an administrator forbids this webhook" "ask an administrator to allow it"
    already_in_channel Nothing "the app is a member of the channel" "nothing is left to be done"
    already_open Nothing "the conversation is open" "nothing is left to be done"
    already_reacted Nothing "the app has added this reaction before" "nothing is left to be done"
    alt_txt_too_large FixRequest "alt_txt has more than 1,000 characters" "shorten it"
    app_access_restricted ChangeWorkspace "the user may not use this app" "ask an administrator to allow the app for this user"
    as_user_not_supported FixRequest "as_user has no effect with a token of this kind" "remove as_user"
    attachment_payload_limit_exceeded FixRequest "the attachments are too large together" "send less, or use several messages"
    bad_timestamp FixRequest "timestamp is not that of a message" "use the ts of the message, as a text"
    block_mismatch FixRequest "a rich text block can only be replaced by another one" "send blocks of the same kind"
    blocked_file_type ChangeWorkspace "administrators do not allow files of this type" "use another type, or ask an administrator"
    bot_not_found FixRequest "there is no such bot" "use the bot's id, which begins with B"
    bots_not_found FixRequest "one of the bots does not exist" "use bot ids, which begin with B"
    cannot_reply_to_message FixRequest "a message of this kind has no thread" "post to the channel instead"
    cannot_update_admin_user ChangeApp "only a primary owner may change an administrator's profile" "use a token of the owner"
    cant_broadcast_message FixRequest "the message cannot be shown in the channel too" "remove reply_broadcast"
    cant_delete_message ChangeApp "the token may not delete this message" "delete only messages of the same app or user"
    cant_leave_general FixRequest "nobody can leave the general channel" "name another channel"
    cant_update_message ChangeApp "the token may not edit this message" "edit only messages of the same app or user"
    channel_is_archived ChangeWorkspace "the webhook's channel is archived" "drop the message, or ask a member to unarchive the channel"
    channel_is_limited_access ChangeWorkspace "the user has no access to this channel" "ask an administrator for access"
    channel_not_found FixRequest "there is no such channel, or the token cannot see it" "use the channel's id, and invite the app to a private channel"
    channels_limit_exceeded FixRequest "the call names more than 100 channels" "name fewer"
    draft_already_deleted FixRequest "the draft was deleted" "send the message without a draft"
    draft_already_sent FixRequest "the draft was sent" "send the message without a draft"
    draft_has_conflict FixRequest "the draft was changed elsewhere" "send the message without a draft"
    draft_not_found FixRequest "there is no such draft" "send the message without a draft"
    duplicate_channel_not_found FixRequest "the channel that belongs to client_msg_id is invalid" "correct the channel, or remove client_msg_id"
    duplicate_external_id FixRequest "another view has this external_id" "use a new external_id"
    duplicate_message_not_found FixRequest "no message belongs to client_msg_id" "use a new client_msg_id, or remove it"
    edit_window_closed ChangeWorkspace "the time in which this workspace allows edits is over" "post a new message"
    email_taken FixRequest "another user has this address" "use another address"
    enterprise_not_found FixRequest "there is no such enterprise" "correct its id"
    exchanged_trigger_id FixRequest "the trigger_id was used before" "use each trigger_id once"
    expired_trigger_id FixRequest "the trigger_id is older than 3 seconds" "call sooner: keep a link to Slack open, or respond in the acknowledgement"
    external_channel_migrating Retry "the shared channel is being moved" "try again later"
    fail_to_get_teams_for_restricted_user ChangeApp "the token's user is a guest and cannot see this workspace" "use a token of a member"
    fetch_members_failed Retry "the server could not read the members" "try again later"
    file_comment_not_found FixRequest "there is no such comment on a file" "correct its id"
    file_deleted FixRequest "the file was deleted" "upload it again"
    file_is_deleted FixRequest "the file was deleted" "upload it again"
    file_not_found FixRequest "there is no such file, or the token cannot see it" "correct the file's id"
    file_share_limit_reached FixRequest "the file was shared as often as Slack allows" "upload it again"
    file_type_not_allowed ChangeWorkspace "files of this type are not allowed" "use another type, or ask an administrator"
    file_update_failed Retry "the server could not change the file" "try again later"
    file_upload_size_restricted ChangeWorkspace "the workspace does not allow files of this size" "upload a smaller file, or ask an administrator"
    file_uploads_disabled ChangeWorkspace "the workspace allows no uploads" "ask an administrator"
    file_uploads_except_images_disabled ChangeWorkspace "the workspace allows uploads of images only" "upload an image, or ask an administrator"
    forbidden_team ChangeApp "the token's workspace may not use the method" "use an app of another workspace, or ask an administrator"
    hash_conflict FixRequest "the view was changed since the hash was read" "use the hash of the newest view, or none"
    insecure_request FixRequest "the method was not called by POST" "call it by POST"
    invalid_attachments FixRequest "an attachment is malformed" "correct the attachments"
    invalid_blocks FixRequest "a block breaks a rule of Block Kit" "correct the blocks; the messages of the response may name the wrong one"
    invalid_blocks_format FixRequest "blocks is not JSON, or not a list of blocks" "write blocks as a JSON array"
    invalid_channel FixRequest "there is no such channel" "use the channel's id"
    invalid_cursor FixRequest "the cursor is malformed or has expired" "percent-encode the cursor, or start at the first page again"
    invalid_emoji_not_allowed FixRequest "this emoji is not allowed here" "use another emoji"
    invalid_limit FixRequest "limit is not a number that the method accepts" "use a number from 1 to 1,000"
    invalid_metadata_filter_keys FixRequest "metadata_keys_to_include is not a JSON array of texts" "correct it"
    invalid_metadata_format FixRequest "metadata is malformed" "write an object with event_type and event_payload"
    invalid_metadata_schema FixRequest "metadata does not match its schema" "correct event_payload"
    invalid_name FixRequest "there is no emoji of this name" "use the name without colons"
    invalid_ooo_message FixRequest "the out-of-office message is invalid" "correct it"
    invalid_payload FixRequest "the webhook could not read the message" "send JSON, or a form with the member payload"
    invalid_presence FixRequest "presence is neither auto nor away" "use one of them"
    invalid_profile FixRequest "profile is not JSON" "write an object, percent-encoded in a form"
    invalid_starts_with_at FixRequest "a name begins with @" "remove the @"
    invalid_thread_ts FixRequest "thread_ts is not that of a thread" "use the ts of the thread's first message"
    invalid_token ReplaceToken "the URL of the webhook is not valid" "copy the URL again, or create a new webhook"
    invalid_trigger_id FixRequest "trigger_id is malformed" "use the trigger_id of the payload as it is"
    invalid_ts_latest FixRequest "latest is not a timestamp" "use a ts, as a text"
    invalid_ts_oldest FixRequest "oldest is not a timestamp" "use a ts, as a text"
    invalid_types FixRequest "types names a kind that does not exist, or that the token's scopes do not cover" "correct types, or add the scope for this kind of channel"
    invalid_user_combination FixRequest "the users from other organizations share no channel" "invite them to a common channel first"
    is_archived ChangeWorkspace "the channel is archived" "drop the call, or ask a member to unarchive the channel"
    is_inactive ChangeWorkspace "the channel is frozen, archived or deleted" "drop the call, or ask a member to unarchive the channel"
    last_member ChangeWorkspace "the last member cannot leave a channel" "archive the channel, or invite somebody first"
    limit_required FixRequest "a list of this size must be read in pages" "set limit, to 200 at most"
    list_record_comment_fetch_failed Retry "the server could not read the comments of a list" "try again later"
    markdown_text_conflict FixRequest "markdown_text came together with text or blocks" "send one of them"
    max_file_sharing_exceeded FixRequest "the message shares too many files" "share fewer"
    message_limit_exceeded ChangeWorkspace "the workspace has reached its limit of messages" "drop the message, and ask an administrator"
    message_not_found FixRequest "there is no message with this timestamp in the channel" "use the ts of the message and the id of its channel"
    messages_tab_disabled ChangeApp "the app accepts no direct messages" "switch on the Messages tab in the settings of the app's Home"
    metadata_must_be_sent_from_app ChangeApp "only a token of an app may send metadata" "use the app's token, or remove metadata"
    metadata_too_large FixRequest "metadata is too large" "shorten it"
    method_not_supported_for_channel_type FixRequest "the method cannot be used with this kind of channel" "use a channel of another kind; nobody can join a private channel without an invitation"
    missing_args ReplaceToken "no app-level token came with the call" "use a token that begins with xapp-, in the header"
    missing_argument FixRequest "an argument is missing" "add it; with an org-wide token team_id is needed"
    missing_file_data FixRequest "data of a shared file is missing" "add it"
    missing_profile_id FixRequest "the id of the profile is missing" "add it"
    missing_user FixRequest "there is no such user" "use the user's id"
    msg_blocks_too_long FixRequest "the blocks are too long together" "send fewer or shorter blocks"
    msg_too_long FixRequest "the text is too long" "shorten it to 4,000 characters, or use several messages"
    must_clear_both_status_text_and_status_emoji FixRequest "a status is removed by two members" "set status_text and status_emoji to the empty text"
    name_not_allowed FixRequest "a name contains a URL" "use another name"
    no_access ChangeWorkspace "the token has no access to this canvas" "ask its owner for access"
    no_active_hooks ChangeWorkspace "the webhook is switched off" "ask its owner to switch it on"
    no_dual_broadcast_content_update FixRequest "one call cannot edit a reply and show it in the channel" "use two calls"
    no_item_specified FixRequest "channel or timestamp is missing" "add both"
    no_op Nothing "the call changes nothing" "nothing is left to be done"
    no_reaction Nothing "the app has no such reaction on the message" "nothing is left to be done"
    no_service ChangeWorkspace "the webhook was removed or switched off" "create a new webhook"
    no_service_id FixRequest "the URL of the webhook is not complete" "copy the URL again"
    no_team FixRequest "the URL of the webhook names no workspace" "copy the URL again"
    no_text FixRequest "the message has no text, and nothing in its place" "add text, blocks or attachments"
    not_admin ChangeApp "only an administrator may do this for another user" "use a token of an administrator"
    not_app_admin ChangeApp "only owners and selected members may change a bot's profile" "use a token of an owner"
    not_enabled ChangeApp "the app's Home tab is off" "switch on the Home tab in the settings of the app's Home"
    not_enough_users FixRequest "users is empty" "name at least one user"
    not_found FixRequest "there is no such view; it may be closed" "use the id of an open view"
    not_implemented ChangeApp "the user has no profile views" "publish a view of type home"
    not_in_channel ChangeWorkspace "the app is not a member of the channel" "invite the app, or call conversations.join; chat:write.public covers posts to public channels"
    not_reactable FixRequest "nobody can react to this item" "react to a message"
    org_not_found FixRequest "there is no such organization" "correct its id"
    partial_profile_set_failed Retry "a part of the profile could not be set" "check the values, and try again"
    permission_denied ChangeApp "the token's user may not change this profile" "use a token of the user, or of an administrator"
    posting_to_channel_denied ChangeWorkspace "the token may not post to this channel" "use another channel, or ask an administrator"
    posting_to_general_channel_denied ChangeWorkspace "only some members may post to the general channel" "use another channel, or ask an administrator"
    profile_set_failed Retry "the profile could not be set" "check the values, and try again"
    push_limit_reached FixRequest "three views are open already" "update a view instead of adding one"
    reserved_name FixRequest "Slack reserves this name" "use another name"
    reserved_username FixRequest "Slack reserves this user name" "use another name"
    restricted_action ChangeWorkspace "a setting of the workspace forbids this" "ask an administrator"
    restricted_action_non_threadable_channel ChangeWorkspace "the channel has no threads" "post without thread_ts"
    restricted_action_read_only_channel ChangeWorkspace "the channel is read-only" "use another channel, or ask an administrator"
    restricted_action_thread_locked ChangeWorkspace "an administrator has locked the thread" "post to the channel instead"
    restricted_action_thread_only_channel ChangeWorkspace "the channel accepts replies in threads only" "set thread_ts"
    send_on_behalf_not_allowed FixRequest "the app may not post in the name of this user" "post in the app's own name"
    slack_connect_blocked_file_type ChangeWorkspace "shared channels accept no files of this type" "use another type, or ask an administrator"
    slack_connect_canvas_sharing_blocked ChangeWorkspace "administrators allow no canvases in shared channels" "use another channel, or ask an administrator"
    slack_connect_clip_sharing_blocked ChangeWorkspace "administrators allow no clips in shared channels" "use another channel, or ask an administrator"
    slack_connect_file_link_sharing_blocked ChangeWorkspace "administrators allow no links to files in shared channels" "use another channel, or ask an administrator"
    slack_connect_file_upload_sharing_blocked ChangeWorkspace "administrators allow no uploads in shared channels" "use another channel, or ask an administrator"
    slack_connect_lists_sharing_blocked ChangeWorkspace "administrators allow no lists in shared channels" "use another channel, or ask an administrator"
    snippet_too_large FixRequest "a snippet has at most 1 MB" "upload it as a file"
    storage_limit_reached ChangeWorkspace "the workspace has no storage left for files" "ask a member to delete files"
    streaming_state_conflict Retry "the message is still being streamed" "try again when it is complete"
    sudo_required ChangeApp "the call needs a confirmed session of an administrator" "ask an administrator to do it in Slack"
    team_not_found FixRequest "there is no such workspace, or an org-wide token came with a channel's name" "correct the id; use the channel's id in place of its name"
    team_not_on_enterprise FixRequest "the workspace is in no enterprise, so that it cannot be found by its domain" "name it by its id"
    thread_locked ChangeWorkspace "the thread is locked, and with it its reactions" "drop the call, or ask an administrator"
    thread_not_found FixRequest "there is no thread at this timestamp" "use the ts of a message of the thread"
    too_long FixRequest "a status has more than 100 characters" "shorten it"
    too_many_attachments FixRequest "the message has more than 100 attachments" "send fewer"
    too_many_contact_cards FixRequest "the message has more than 10 contact cards" "send fewer"
    too_many_emoji ChangeWorkspace "the message has as many different reactions as Slack allows" "use one that it has, or drop the call"
    too_many_members ChangeWorkspace "the channel has as many members as Slack allows" "ask an administrator"
    too_many_reactions ChangeWorkspace "the app has as many reactions on the message as Slack allows" "remove one first, or drop the call"
    too_many_users FixRequest "the call names too many users" "name fewer, 8 at most for one conversation"
    unable_to_share_files Retry "the files could not be shared" "try again later"
    unknown_snippet_type FixRequest "there is no such type of snippet" "correct snippet_type, or remove it"
    unknown_subtype FixRequest "there is no such subtype of files" "correct it, or remove it"
    update_failed Retry "the server could not change the message" "try again later"
    user_disabled ChangeWorkspace "the user was deactivated" "drop the call, or write to somebody else"
    user_is_restricted ChangeApp "a guest cannot leave a channel" "ask a member to remove the guest"
    user_not_found FixRequest "there is no such user, or the token cannot see it" "use the user's id"
    user_not_in_channel ChangeWorkspace "the user is not a member of the channel" "invite the user, or use another channel"
    user_not_visible ChangeApp "the token's user is a guest and cannot see this user" "use a token of a member"
    username_same Nothing "the user has this name already" "nothing is left to be done"
    users_list_not_supplied FixRequest "users is missing" "add it"
    users_not_found FixRequest "no user has this address" "check the address"
    view_too_large FixRequest "the view has more than 250 KB" "shorten it"
}

tables! {
    RTM_CONNECT "rtm.connect" {}
    RTM_START "rtm.start" {}
    APPS_CONNECTIONS_OPEN "apps.connections.open" {
        forbidden_team insecure_request missing_args
    }
    API_TEST "api.test" {}
    AUTH_TEST "auth.test" {}
    CHAT_POST_MESSAGE "chat.postMessage" {
        app_access_restricted as_user_not_supported attachment_payload_limit_exceeded
        cannot_reply_to_message channel_not_found draft_already_deleted draft_already_sent
        draft_has_conflict draft_not_found duplicate_channel_not_found duplicate_message_not_found
        invalid_blocks invalid_blocks_format invalid_metadata_format invalid_metadata_schema
        is_archived markdown_text_conflict message_limit_exceeded messages_tab_disabled
        metadata_must_be_sent_from_app metadata_too_large missing_file_data msg_blocks_too_long
        msg_too_long no_text not_in_channel restricted_action
        restricted_action_non_threadable_channel restricted_action_read_only_channel
        restricted_action_thread_locked restricted_action_thread_only_channel
        send_on_behalf_not_allowed slack_connect_canvas_sharing_blocked
        slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked team_not_found
        too_many_attachments too_many_contact_cards
    }
    CHAT_UPDATE "chat.update" {
        as_user_not_supported block_mismatch blocked_file_type cant_broadcast_message
        cant_update_message channel_not_found edit_window_closed external_channel_migrating
        file_deleted file_is_deleted file_not_found file_share_limit_reached invalid_attachments
        invalid_blocks invalid_blocks_format invalid_metadata_format invalid_metadata_schema
        is_inactive markdown_text_conflict max_file_sharing_exceeded message_limit_exceeded
        message_not_found metadata_must_be_sent_from_app metadata_too_large msg_too_long
        no_dual_broadcast_content_update no_text posting_to_channel_denied
        slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked
        slack_connect_clip_sharing_blocked slack_connect_file_link_sharing_blocked
        slack_connect_file_upload_sharing_blocked streaming_state_conflict team_not_found
        too_many_attachments unable_to_share_files update_failed
    }
    CHAT_POST_EPHEMERAL "chat.postEphemeral" {
        cannot_reply_to_message channel_not_found invalid_attachments invalid_blocks
        invalid_blocks_format is_archived markdown_text_conflict message_limit_exceeded
        messages_tab_disabled msg_too_long no_text not_in_channel restricted_action
        too_many_attachments user_not_in_channel
    }
    CHAT_DELETE "chat.delete" {
        cant_delete_message channel_not_found message_not_found
    }
    CHAT_GET_PERMALINK "chat.getPermalink" {
        channel_not_found message_not_found
    }
    REACTIONS_ADD "reactions.add" {
        already_reacted bad_timestamp channel_not_found external_channel_migrating invalid_name
        is_archived message_not_found no_access no_item_specified not_reactable thread_locked
        too_many_emoji too_many_reactions
    }
    REACTIONS_REMOVE "reactions.remove" {
        bad_timestamp channel_not_found external_channel_migrating file_comment_not_found
        file_not_found invalid_name message_not_found no_access no_item_specified no_reaction
        thread_locked
    }
    CONVERSATIONS_LIST "conversations.list" {
        invalid_cursor invalid_limit invalid_types limit_required
        method_not_supported_for_channel_type missing_argument
    }
    CONVERSATIONS_HISTORY "conversations.history" {
        channel_is_limited_access channel_not_found invalid_cursor invalid_limit
        invalid_metadata_filter_keys invalid_ts_latest invalid_ts_oldest limit_required
        not_in_channel
    }
    CONVERSATIONS_REPLIES "conversations.replies" {
        channel_not_found invalid_cursor invalid_limit invalid_metadata_filter_keys
        invalid_ts_latest invalid_ts_oldest limit_required list_record_comment_fetch_failed
        method_not_supported_for_channel_type thread_not_found
    }
    CONVERSATIONS_MEMBERS "conversations.members" {
        channel_not_found fetch_members_failed invalid_cursor invalid_limit limit_required
        method_not_supported_for_channel_type
    }
    CONVERSATIONS_OPEN "conversations.open" {
        already_open channel_not_found invalid_user_combination
        method_not_supported_for_channel_type no_op not_enough_users too_many_users user_disabled
        user_not_found user_not_visible users_list_not_supplied
    }
    CONVERSATIONS_INFO "conversations.info" {
        channel_is_limited_access channel_not_found
    }
    CONVERSATIONS_LEAVE "conversations.leave" {
        cant_leave_general channel_not_found is_archived last_member
        method_not_supported_for_channel_type user_is_restricted
    }
    CONVERSATIONS_JOIN "conversations.join" {
        already_in_channel channel_is_limited_access channel_not_found is_archived
        method_not_supported_for_channel_type too_many_members
    }
    USERS_LIST "users.list" {
        invalid_cursor invalid_limit limit_required missing_argument
    }
    USERS_INFO "users.info" {
        too_many_users user_not_found user_not_visible
    }
    USERS_LOOKUP_BY_EMAIL "users.lookupByEmail" {
        users_not_found
    }
    USERS_SET_PRESENCE "users.setPresence" {
        invalid_presence
    }
    USERS_GET_PRESENCE "users.getPresence" {}
    USERS_PROFILE_SET "users.profile.set" {
        cannot_update_admin_user email_taken invalid_emoji_not_allowed invalid_ooo_message
        invalid_profile invalid_starts_with_at must_clear_both_status_text_and_status_emoji
        name_not_allowed not_admin not_app_admin partial_profile_set_failed permission_denied
        profile_set_failed reserved_name sudo_required too_long username_same
    }
    TEAM_INFO "team.info" {
        enterprise_not_found fail_to_get_teams_for_restricted_user missing_user org_not_found
        team_not_found team_not_on_enterprise user_not_found
    }
    BOTS_INFO "bots.info" {
        bot_not_found bots_not_found missing_argument team_not_found
    }
    VIEWS_OPEN "views.open" {
        duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id
        view_too_large
    }
    VIEWS_PUSH "views.push" {
        duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id not_found
        push_limit_reached view_too_large
    }
    VIEWS_UPDATE "views.update" {
        duplicate_external_id hash_conflict not_found view_too_large
    }
    VIEWS_PUBLISH "views.publish" {
        duplicate_external_id hash_conflict missing_profile_id not_enabled not_implemented
        view_too_large
    }
    FILES_GET_UPLOAD_URL_EXTERNAL "files.getUploadURLExternal" {
        alt_txt_too_large file_type_not_allowed file_upload_size_restricted file_uploads_disabled
        file_uploads_except_images_disabled missing_argument snippet_too_large storage_limit_reached
        unknown_snippet_type unknown_subtype
    }
    FILES_COMPLETE_UPLOAD_EXTERNAL "files.completeUploadExternal" {
        channel_not_found channels_limit_exceeded file_not_found file_type_not_allowed
        file_update_failed file_uploads_except_images_disabled invalid_blocks invalid_channel
        not_in_channel posting_to_channel_denied
    }
    ASSISTANT_THREADS_SET_STATUS "assistant.threads.setStatus" {
        channel_not_found invalid_thread_ts reserved_username
    }
    INCOMING_WEBHOOK "incoming webhook" {
        action_prohibited channel_is_archived channel_not_found invalid_payload invalid_token
        no_active_hooks no_service no_service_id no_team no_text posting_to_general_channel_denied
        too_many_attachments user_not_found
    }
}
