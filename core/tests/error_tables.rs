//! The error codes of each method: every documented one is known, with its meaning and remedy.
#![allow(clippy::panic)]

use slack_rtm::web_api::{ErrorCode, Remedy, errors};

/// The methods, and every code that Slack documents for them: the pages of `rtm.connect` and
/// `rtm.start` of all years, and those of the other methods in 2026.
const DOCUMENTED: &[(&str, &str)] = &[
    (
        "rtm.connect",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated migration_in_progress missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "rtm.start",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated migration_in_progress missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout rtm_connect_required service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "apps.connections.open",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error forbidden_team insecure_request internal_error invalid_arg_name invalid_array_arg invalid_auth invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_args missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "api.test",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "auth.test",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error internal_error invalid_arg_name invalid_array_arg invalid_auth invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "chat.postMessage",
        "access_denied accesslimited account_inactive app_access_restricted as_user_not_supported attachment_payload_limit_exceeded cannot_reply_to_message channel_not_found deprecated_endpoint draft_already_deleted draft_already_sent draft_has_conflict draft_not_found duplicate_channel_not_found duplicate_message_not_found ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_blocks invalid_blocks_format invalid_charset invalid_form_data invalid_metadata_format invalid_metadata_schema invalid_post_type is_archived is_bot markdown_text_conflict message_limit_exceeded messages_tab_disabled metadata_must_be_sent_from_app metadata_too_large method_deprecated missing_file_data missing_post_type missing_scope msg_blocks_too_long msg_too_long no_permission no_text not_allowed_token_type not_authed not_in_channel org_login_required rate_limited ratelimited request_timeout restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel restricted_action_thread_locked restricted_action_thread_only_channel send_on_behalf_not_allowed service_unavailable slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked team_added_to_org team_not_found token_expired token_revoked too_many_attachments too_many_contact_cards two_factor_setup_required unknown_method",
    ),
    (
        "chat.update",
        "access_denied accesslimited account_inactive as_user_not_supported block_mismatch blocked_file_type cant_broadcast_message cant_update_message channel_not_found deprecated_endpoint edit_window_closed ekm_access_denied enterprise_is_restricted external_channel_migrating fatal_error file_deleted file_is_deleted file_not_found file_share_limit_reached invalid_arg_name invalid_array_arg invalid_attachments invalid_blocks invalid_blocks_format invalid_charset invalid_form_data invalid_metadata_format invalid_metadata_schema invalid_post_type is_bot is_inactive markdown_text_conflict max_file_sharing_exceeded message_limit_exceeded message_not_found metadata_must_be_sent_from_app metadata_too_large method_deprecated missing_post_type missing_scope msg_too_long no_dual_broadcast_content_update no_permission no_text not_allowed_token_type not_authed org_login_required posting_to_channel_denied ratelimited request_timeout service_unavailable slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked streaming_state_conflict team_added_to_org team_not_found token_expired token_revoked too_many_attachments two_factor_setup_required unable_to_share_files unknown_method update_failed",
    ),
    (
        "chat.postEphemeral",
        "access_denied accesslimited account_inactive cannot_reply_to_message channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_attachments invalid_blocks invalid_blocks_format invalid_charset invalid_form_data invalid_post_type is_archived is_bot markdown_text_conflict message_limit_exceeded messages_tab_disabled method_deprecated missing_post_type missing_scope msg_too_long no_permission no_text not_allowed_token_type not_authed not_in_channel org_login_required ratelimited request_timeout restricted_action service_unavailable team_added_to_org token_expired token_revoked too_many_attachments two_factor_setup_required unknown_method user_not_in_channel",
    ),
    (
        "chat.delete",
        "access_denied accesslimited account_inactive cant_delete_message channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot message_not_found method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "chat.getPermalink",
        "access_denied accesslimited account_inactive channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot message_not_found method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "reactions.add",
        "access_denied accesslimited account_inactive already_reacted bad_timestamp channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted external_channel_migrating fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_name invalid_post_type is_archived is_bot message_not_found method_deprecated missing_post_type missing_scope no_access no_item_specified no_permission not_allowed_token_type not_authed not_reactable org_login_required ratelimited request_timeout service_unavailable team_added_to_org thread_locked token_expired token_revoked too_many_emoji too_many_reactions two_factor_setup_required unknown_method",
    ),
    (
        "reactions.remove",
        "access_denied accesslimited account_inactive bad_timestamp channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted external_channel_migrating fatal_error file_comment_not_found file_not_found invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_name invalid_post_type is_bot message_not_found method_deprecated missing_post_type missing_scope no_access no_item_specified no_permission no_reaction not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org thread_locked token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "conversations.list",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_cursor invalid_form_data invalid_limit invalid_post_type invalid_types is_bot limit_required method_deprecated method_not_supported_for_channel_type missing_argument missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "conversations.history",
        "access_denied accesslimited account_inactive channel_is_limited_access channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_cursor invalid_form_data invalid_limit invalid_metadata_filter_keys invalid_post_type invalid_ts_latest invalid_ts_oldest is_bot limit_required method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed not_in_channel org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "conversations.replies",
        "access_denied accesslimited account_inactive channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_cursor invalid_form_data invalid_limit invalid_metadata_filter_keys invalid_post_type invalid_ts_latest invalid_ts_oldest is_bot limit_required list_record_comment_fetch_failed method_deprecated method_not_supported_for_channel_type missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org thread_not_found token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "conversations.members",
        "access_denied accesslimited account_inactive channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error fetch_members_failed invalid_arg_name invalid_array_arg invalid_charset invalid_cursor invalid_form_data invalid_limit invalid_post_type is_bot limit_required method_deprecated method_not_supported_for_channel_type missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "conversations.open",
        "already_open no_op access_denied accesslimited account_inactive channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type invalid_user_combination is_bot method_deprecated method_not_supported_for_channel_type missing_post_type missing_scope no_permission not_allowed_token_type not_authed not_enough_users org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked too_many_users two_factor_setup_required unknown_method user_disabled user_not_found user_not_visible users_list_not_supplied",
    ),
    (
        "conversations.info",
        "access_denied accesslimited account_inactive channel_is_limited_access channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "conversations.leave",
        "access_denied accesslimited account_inactive cant_leave_general channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_archived is_bot last_member method_deprecated method_not_supported_for_channel_type missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method user_is_restricted",
    ),
    (
        "conversations.join",
        "already_in_channel access_denied accesslimited account_inactive channel_is_limited_access channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_archived is_bot method_deprecated method_not_supported_for_channel_type missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked too_many_members two_factor_setup_required unknown_method",
    ),
    (
        "users.list",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_cursor invalid_form_data invalid_limit invalid_post_type is_bot limit_required method_deprecated missing_argument missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "users.info",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked too_many_users two_factor_setup_required unknown_method user_not_found user_not_visible",
    ),
    (
        "users.lookupByEmail",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method users_not_found",
    ),
    (
        "users.setPresence",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type invalid_presence is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "users.getPresence",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "users.profile.set",
        "access_denied accesslimited account_inactive cannot_update_admin_user deprecated_endpoint ekm_access_denied email_taken enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_emoji_not_allowed invalid_form_data invalid_ooo_message invalid_post_type invalid_profile invalid_starts_with_at is_bot method_deprecated missing_post_type missing_scope must_clear_both_status_text_and_status_emoji name_not_allowed no_permission not_admin not_allowed_token_type not_app_admin not_authed org_login_required partial_profile_set_failed permission_denied profile_set_failed ratelimited request_timeout reserved_name service_unavailable sudo_required team_added_to_org token_expired token_revoked too_long two_factor_setup_required unknown_method username_same",
    ),
    (
        "team.info",
        "access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted enterprise_not_found fail_to_get_teams_for_restricted_user fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope missing_user no_permission not_allowed_token_type not_authed org_login_required org_not_found ratelimited request_timeout service_unavailable team_added_to_org team_not_found team_not_on_enterprise token_expired token_revoked two_factor_setup_required unknown_method user_not_found",
    ),
    (
        "bots.info",
        "access_denied accesslimited account_inactive bot_not_found bots_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_argument missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org team_not_found token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "views.open",
        "access_denied accesslimited account_inactive deprecated_endpoint duplicate_external_id ekm_access_denied enterprise_is_restricted exchanged_trigger_id expired_trigger_id fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type invalid_trigger_id is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method view_too_large",
    ),
    (
        "views.push",
        "access_denied accesslimited account_inactive deprecated_endpoint duplicate_external_id ekm_access_denied enterprise_is_restricted exchanged_trigger_id expired_trigger_id fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type invalid_trigger_id is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed not_found org_login_required push_limit_reached ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method view_too_large",
    ),
    (
        "views.update",
        "access_denied accesslimited account_inactive deprecated_endpoint duplicate_external_id ekm_access_denied enterprise_is_restricted fatal_error hash_conflict invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed not_found org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method view_too_large",
    ),
    (
        "views.publish",
        "access_denied accesslimited account_inactive deprecated_endpoint duplicate_external_id ekm_access_denied enterprise_is_restricted fatal_error hash_conflict invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_profile_id missing_scope no_permission not_allowed_token_type not_authed not_enabled not_implemented org_login_required ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method view_too_large",
    ),
    (
        "files.getUploadURLExternal",
        "access_denied accesslimited account_inactive alt_txt_too_large deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error file_type_not_allowed file_upload_size_restricted file_uploads_disabled file_uploads_except_images_disabled invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_argument missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable snippet_too_large storage_limit_reached team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method unknown_snippet_type unknown_subtype",
    ),
    (
        "files.completeUploadExternal",
        "access_denied accesslimited account_inactive channel_not_found channels_limit_exceeded deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error file_not_found file_type_not_allowed file_update_failed file_uploads_except_images_disabled invalid_arg_name invalid_array_arg invalid_blocks invalid_channel invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed not_in_channel org_login_required posting_to_channel_denied ratelimited request_timeout service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "assistant.threads.setStatus",
        "access_denied accesslimited account_inactive channel_not_found deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type invalid_thread_ts is_bot method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout reserved_username service_unavailable team_added_to_org token_expired token_revoked two_factor_setup_required unknown_method",
    ),
    (
        "incoming webhook",
        "action_prohibited channel_is_archived channel_not_found invalid_payload invalid_token no_active_hooks no_service no_service_id no_team no_text posting_to_general_channel_denied too_many_attachments user_not_found",
    ),
];

/// Codes that any method may return, with those that pages list in prose.
const OF_EVERY_METHOD: &str = "access_denied accesslimited account_inactive deprecated_endpoint \
    ekm_access_denied enterprise_is_restricted fatal_error invalid_arg_name invalid_array_arg \
    invalid_charset invalid_form_data invalid_post_type is_bot method_deprecated missing_post_type \
    missing_scope no_permission not_allowed_token_type not_authed org_login_required ratelimited \
    request_timeout service_unavailable team_added_to_org token_expired token_revoked \
    two_factor_setup_required unknown_method internal_error invalid_auth invalid_arguments \
    invalid_json json_not_object team_access_not_granted rate_limited migration_in_progress \
    user_removed_from_team team_disabled";

#[test]
fn every_documented_code_of_a_method_is_known_with_meaning_and_remedy() {
    for (method, codes) in DOCUMENTED {
        let Some(table) = errors::of_method(method) else {
            panic!("no table for {method}");
        };
        for text in codes.split(' ').chain(OF_EVERY_METHOD.split_whitespace()) {
            let explanation = ErrorCode::from_code(text).explain(table);
            assert!(explanation.is_known(), "{method}: {text}");
            assert_ne!(
                explanation.remedy(),
                Remedy::RetrySlowly,
                "{method}: {text}"
            );
            let shown = explanation.to_string();
            let parts = [
                text.replace("rate_limited", "ratelimited"),
                format!(": {}; ", explanation.meaning()),
                explanation.advice().to_owned(),
            ];
            assert!(parts.iter().all(|part| shown.contains(part)), "{shown}");
        }
    }
    assert_eq!(DOCUMENTED.len(), errors::ALL.len());
}

#[test]
fn a_table_has_documented_codes_only_and_none_that_every_method_has() {
    for table in errors::ALL {
        let documented = DOCUMENTED.iter().find(|(name, _)| *name == table.method());
        let Some((_, codes)) = documented else {
            panic!("{} is not documented", table.method());
        };
        for entry in table.entries() {
            let code = entry.code;
            assert!(codes.split(' ').any(|one| one == code), "{code}");
            assert_eq!(ErrorCode::from_code(code), ErrorCode::Other(code));
            assert_eq!(
                table
                    .entries()
                    .iter()
                    .filter(|one| one.code == code)
                    .count(),
                1
            );
            assert_eq!(table.find(code), Some(*entry));
            for text in [entry.meaning, entry.advice] {
                assert!(
                    !text.ends_with(['.', ' ', ';']) && !text.contains("  "),
                    "{text}"
                );
                assert!(
                    text.starts_with(
                        |first: char| !first.is_uppercase() || text.starts_with("Slack")
                    ),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn a_refusal_whose_purpose_is_fulfilled_counts_as_success() {
    for (table, code) in [
        (&errors::REACTIONS_ADD, "already_reacted"),
        (&errors::REACTIONS_REMOVE, "no_reaction"),
        (&errors::USERS_PROFILE_SET, "username_same"),
        (&errors::CONVERSATIONS_JOIN, "already_in_channel"),
        (&errors::CONVERSATIONS_OPEN, "already_open"),
        (&errors::CONVERSATIONS_OPEN, "no_op"),
    ] {
        let code = ErrorCode::from_code(code);
        assert!(code.is_harmless(), "{code}");
        let explanation = code.explain(table);
        assert!(explanation.is_harmless());
        assert_eq!(explanation.remedy(), Remedy::Nothing, "{explanation}");
    }
    for table in errors::ALL {
        for entry in table.entries() {
            let is_harmless = ErrorCode::Other(entry.code).is_harmless();
            assert_eq!(
                is_harmless,
                entry.remedy == Remedy::Nothing,
                "{}",
                entry.code
            );
        }
    }
    // Also the response to a wrong timestamp.
    assert!(!ErrorCode::from_code("message_not_found").is_harmless());
    assert!(ErrorCode::KNOWN.iter().all(|code| !code.is_harmless()));
}

#[test]
fn two_spellings_of_a_rate_limit_are_one_code() {
    let code = ErrorCode::from_code("rate_limited");
    assert_eq!(code, ErrorCode::RateLimited);
    assert_eq!(code.remedy(), Remedy::Retry);
    assert_eq!(code.explain(&errors::CHAT_POST_MESSAGE).code(), code);
}

#[test]
fn an_unknown_code_keeps_its_text_and_says_to_look_it_up() {
    let code = ErrorCode::from_code("never_heard_of");
    let explanation = code.explain(&errors::CHAT_POST_MESSAGE);
    assert!(!explanation.is_known() && !explanation.is_harmless());
    let shown = explanation.to_string();
    assert!(shown.starts_with("never_heard_of: "), "{shown}");
    assert!(shown.contains("look the code up"), "{shown}");
}
