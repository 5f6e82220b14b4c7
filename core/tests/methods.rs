//! The methods of bots: the bytes of their requests in both kinds of bodies, their limits, and their
//! responses at every split.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::blocks::{
    Attachments, Block, Blocks, Divider, HeaderBlock, HomeTab, JsonText, Modal, ViewPayload,
};
use slack_rtm::buffer::{Counter, RecvBuf, Window, write_to_slice};
use slack_rtm::event::{Identity, Literal, TextPiece};
use slack_rtm::json::Paths;
use slack_rtm::methods::assistant::SetThreadStatus;
use slack_rtm::methods::auth::{AuthTest, TOKEN_OWNER, TokenOwner};
use slack_rtm::methods::bots::{BOT, BotInfo, BotProfile};
use slack_rtm::methods::chat::{
    DeleteMessage, GetPermalink, PERMALINK, POSTED, Permalink, PostEphemeral, PostMessage, Posted,
    UpdateMessage,
};
use slack_rtm::methods::conversations::{
    CONVERSATION, CONVERSATIONS, Conversation, ConversationHistory, ConversationInfo,
    ConversationKind, ConversationMembers, ConversationReplies, HISTORY, HistoryMessage,
    HistoryPage, JoinConversation, LEFT, LeaveConversation, LeftConversation, ListConversations,
    MEMBERS, OPENED, OpenConversation, Opened,
};
use slack_rtm::methods::files::{
    CompleteUpload, GetUploadUrl, SHARED_FILES, SharedFile, UPLOAD_URL, UploadUrl, UploadedFile,
};
use slack_rtm::methods::oauth::{NEW_TOKENS, NewTokens, RefreshTokens};
use slack_rtm::methods::reactions::{AddReaction, RemoveReaction};
use slack_rtm::methods::team::{TEAM, Team, TeamInfo};
use slack_rtm::methods::users::{
    GetPresence, ListUsers, LookUpByEmail, PRESENCE, ProfileStatus, STATUS, SetPresence,
    SetProfile, USER, USERS, UserInfo, UserPresence, UserProfile,
};
use slack_rtm::methods::views::{
    OpenView, PublishView, PushView, SHOWN_VIEW, ShownView, UpdateView,
};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{
    Accepted, Api, ArgumentError, ArgumentPart, ArgumentsIn, Element, Method, Named, NextCursor,
    Rate, Repetition, Response, ResponseStep, TokenIn, errors,
};

/// Returns the request line and the body of a request, written in windows of every size.
fn request(method: &dyn Method, arguments_in: ArgumentsIn) -> (String, String) {
    let api = Api::new("xoxb-1").arguments_in(arguments_in);
    let request = api.request(method).expect("usable");
    let length = Counter::of(|sink| request.write(sink));
    let whole = |size: usize| {
        let mut out = Vec::new();
        while out.len() < length {
            let mut part = vec![0; size];
            let mut window = Window::new(out.len(), &mut part);
            request.write(&mut window);
            let count = window.written();
            out.extend_from_slice(&part[..count]);
        }
        String::from_utf8(out).expect("UTF-8")
    };
    let text = whole(length);
    for size in [1, 7, 64] {
        assert_eq!(whole(size), text);
    }
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())));
    assert!(head.contains("\r\nAuthorization: Bearer xoxb-1"));
    let kind = match body.starts_with('{') {
        true => "application/json; charset=utf-8",
        false => "application/x-www-form-urlencoded",
    };
    assert!(head.contains(&format!("\r\nContent-Type: {kind}")));
    let line = head.lines().next().expect("a line");
    (line.to_owned(), body.to_owned())
}

/// Checks the whole of a method that is called as a form and as JSON.
fn check(method: &dyn Method, form: &str, json: &str) {
    assert_eq!(method.check(), Ok(()));
    let name = method.info().name.to_owned();
    let line = format!("POST /api/{name} HTTP/1.1");
    let (found, body) = request(method, ArgumentsIn::Form);
    assert_eq!((found.as_str(), body.as_str()), (line.as_str(), form));
    let (found, body) = request(method, ArgumentsIn::Json);
    assert_eq!((found.as_str(), body.as_str()), (line.as_str(), json));
    let _: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert!(errors::of_method(&name).is_some(), "{name} has error codes");
}

/// Checks the whole of a method that accepts no JSON: it is a form for any `Api`.
fn check_form(method: &dyn Method, form: &str) {
    assert_eq!(method.check(), Ok(()));
    let name = method.info().name.to_owned();
    let line = format!("POST /api/{name} HTTP/1.1");
    for arguments_in in [ArgumentsIn::Form, ArgumentsIn::Json] {
        let (found, body) = request(method, arguments_in);
        assert_eq!((found.as_str(), body.as_str()), (line.as_str(), form));
    }
    assert!(errors::of_method(&name).is_some(), "{name} has error codes");
}

#[test]
fn messages_are_posted_with_text_and_blocks() {
    let header = HeaderBlock::new("Door & gate");
    let list: [&dyn Block; 2] = [&header, &Divider];
    let pieces = [TextPiece::User("U1"), TextPiece::Literal(" <hi>")];
    check(
        &PostMessage::new("C1", pieces)
            .blocks(Blocks::list(&list))
            .in_thread("1.5")
            .broadcast()
            .unfurl_links(false),
        concat!(
            "channel=C1&text=%3C%40U1%3E%20%26lt%3Bhi%26gt%3B&blocks=%5B%7B%22type%22%3A%22header%22%2C",
            "%22text%22%3A%7B%22type%22%3A%22plain_text%22%2C%22text%22%3A%22Door%20%26%20gate%22%7D%7D%2C",
            "%7B%22type%22%3A%22divider%22%7D%5D&thread_ts=1.5&reply_broadcast=true&unfurl_links=false"
        ),
        concat!(
            r#"{"channel":"C1","text":"<@U1> &lt;hi&gt;","blocks":[{"type":"header","#,
            r#""text":{"type":"plain_text","text":"Door & gate"}},{"type":"divider"}],"#,
            r#""thread_ts":"1.5","reply_broadcast":true,"unfurl_links":false}"#
        ),
    );
    check(
        &PostMessage::new("U1", "a\"b\n"),
        "channel=U1&text=a%22b%0A",
        r#"{"channel":"U1","text":"a\"b\n"}"#,
    );
    let info = PostMessage::new("C1", "x");
    assert_eq!(info.info().channel, Some("C1"));
    assert_eq!(info.info().repetition, Repetition::Unsafe);
}

#[test]
fn messages_are_changed_deleted_and_shown_to_one_user() {
    check(
        &UpdateMessage::new("C1", "1.5", Literal("<&>")),
        "channel=C1&ts=1.5&text=%26lt%3B%26amp%3B%26gt%3B&blocks=%5B%5D",
        r#"{"channel":"C1","ts":"1.5","text":"&lt;&amp;&gt;","blocks":[]}"#,
    );
    let list: [&dyn Block; 1] = [&Divider];
    check(
        &UpdateMessage::new("C1", "1.5", "x").blocks(Blocks::list(&list)),
        "channel=C1&ts=1.5&text=x&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D",
        r#"{"channel":"C1","ts":"1.5","text":"x","blocks":[{"type":"divider"}]}"#,
    );
    check(
        &DeleteMessage::new("C1", "1.5"),
        "channel=C1&ts=1.5",
        r#"{"channel":"C1","ts":"1.5"}"#,
    );
    check(
        &PostEphemeral::new("C1", "U1", "psst").in_thread("1.5"),
        "channel=C1&user=U1&text=psst&thread_ts=1.5",
        r#"{"channel":"C1","user":"U1","text":"psst","thread_ts":"1.5"}"#,
    );
}

/// Calls `check` with the blocks `[{"type":"divider"}]` from a list, from JSON, and from a type of
/// serde.
fn in_three_ways(check: impl Fn(Blocks<'_>)) {
    let list: [&dyn Block; 1] = [&Divider];
    check(Blocks::list(&list));
    let json = JsonText::new(r#"[{"type":"divider"}]"#).expect("JSON");
    check(Blocks::json(json));
    #[cfg(feature = "serde")]
    {
        #[derive(serde::Serialize)]
        struct Line {
            r#type: &'static str,
        }
        let mut memory = [0; 32];
        let value = [Line { r#type: "divider" }];
        let json = JsonText::serialize(&value, &mut memory).expect("it fits");
        check(Blocks::json(json));
    }
}

const FORM_BLOCKS: &str = "blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D";
const FORM_ATTACHMENTS: &str =
    "attachments=%5B%7B%22color%22%3A%22%23c00%22%2C%22text%22%3A%22a%20%5C%22b%5C%22%22%7D%5D";
const JSON_PARTS: &str =
    r##""blocks":[{"type":"divider"}],"attachments":[{"color":"#c00","text":"a \"b\""}]"##;

/// Calls `check` with the attachments of the constants, from JSON and from a type of serde.
fn attachments_in_two_ways(check: impl Fn(Attachments<'_>)) {
    let json = JsonText::new(r##"[{"color":"#c00","text":"a \"b\""}]"##).expect("JSON");
    check(Attachments::json(json));
    #[cfg(feature = "serde")]
    {
        #[derive(serde::Serialize)]
        struct Bar<'a> {
            color: &'a str,
            text: &'a str,
        }
        let mut memory = [0; 64];
        let value = [Bar {
            color: "#c00",
            text: "a \"b\"",
        }];
        let json = JsonText::serialize(&value, &mut memory).expect("it fits");
        check(Attachments::json(json));
    }
}

#[test]
fn blocks_and_attachments_are_typed_or_json_or_of_serde_in_every_message() {
    in_three_ways(|blocks| {
        attachments_in_two_ways(|attachments| {
            check(
                &PostMessage::new("C1", "x")
                    .blocks(blocks)
                    .attachments(attachments),
                &format!("channel=C1&text=x&{FORM_BLOCKS}&{FORM_ATTACHMENTS}"),
                &format!(r#"{{"channel":"C1","text":"x",{JSON_PARTS}}}"#),
            );
            check(
                &PostEphemeral::new("C1", "U1", "x")
                    .blocks(blocks)
                    .attachments(attachments),
                &format!("channel=C1&user=U1&text=x&{FORM_BLOCKS}&{FORM_ATTACHMENTS}"),
                &format!(r#"{{"channel":"C1","user":"U1","text":"x",{JSON_PARTS}}}"#),
            );
            check(
                &UpdateMessage::new("C1", "1.5", "x")
                    .blocks(blocks)
                    .attachments(attachments),
                &format!("channel=C1&ts=1.5&text=x&{FORM_BLOCKS}&{FORM_ATTACHMENTS}"),
                &format!(r#"{{"channel":"C1","ts":"1.5","text":"x",{JSON_PARTS}}}"#),
            );
        });
    });
    // The properties of the method stay, and so do the arguments that follow the blocks.
    let post = PostMessage::new("C1", "x").in_thread("1.5");
    let attached = post.attachments(Attachments::NONE);
    assert_eq!(attached.info(), post.info());
    check(
        &attached,
        "channel=C1&text=x&thread_ts=1.5&attachments=%5B%5D",
        r#"{"channel":"C1","text":"x","thread_ts":"1.5","attachments":[]}"#,
    );
    // An update removes blocks and attachments.
    check(
        &UpdateMessage::new("C1", "1.5", "x").attachments(Attachments::NONE),
        "channel=C1&ts=1.5&text=x&blocks=%5B%5D&attachments=%5B%5D",
        r#"{"channel":"C1","ts":"1.5","text":"x","blocks":[],"attachments":[]}"#,
    );
}

#[test]
fn views_are_typed_or_json_or_of_serde() {
    let form = concat!(
        "trigger_id=1.2&view=%7B%22type%22%3A%22home%22%2C%22blocks%22%3A%5B%7B%22type%22%3A",
        "%22divider%22%7D%5D%7D"
    );
    let json = r#"{"trigger_id":"1.2","view":{"type":"home","blocks":[{"type":"divider"}]}}"#;
    in_three_ways(|blocks| {
        let view = ViewPayload::HomeTab(HomeTab::new(blocks));
        check(&OpenView::new("1.2", view), form, json);
    });
    let text = JsonText::new(r#"{"type":"home","blocks":[{"type":"divider"}]}"#).expect("JSON");
    check(&OpenView::new("1.2", ViewPayload::Json(text)), form, json);
    #[cfg(feature = "serde")]
    {
        #[derive(serde::Serialize)]
        struct Home<'a> {
            r#type: &'a str,
            blocks: [Line<'a>; 1],
        }
        #[derive(serde::Serialize)]
        struct Line<'a> {
            r#type: &'a str,
        }
        let blocks = [Line { r#type: "divider" }];
        let value = Home {
            r#type: "home",
            blocks,
        };
        let mut memory = [0; 64];
        let text = JsonText::serialize(&value, &mut memory).expect("it fits");
        check(&OpenView::new("1.2", ViewPayload::Json(text)), form, json);
    }
    let list: [&dyn Block; 1] = [&Divider];
    let modal = Modal::new("a title that is too long!", Blocks::list(&list));
    let error = OpenView::new("1.2", ViewPayload::Modal(modal)).check();
    let part = ArgumentPart::ModalTitle;
    assert_eq!(error, Err(ArgumentError { part, found: 25 }));
}

#[test]
fn rates_and_repetition_are_those_of_the_guide() {
    let guide = include_str!("../src/guide/web_api.rs");
    let named = Named {
        name: "",
        arguments: &[],
    };
    let list: [&dyn Block; 1] = [&Divider];
    let view = ViewPayload::HomeTab(HomeTab::new(Blocks::list(&list)));
    let methods: [&dyn Method; 33] = [
        &SetThreadStatus::new("C1", "1.5", ""),
        &BotInfo::new("B1"),
        &GetPermalink::new("C1", "1.5"),
        &ConversationHistory::new("C1"),
        &ConversationInfo::new("C1"),
        &JoinConversation::new("C1"),
        &LeaveConversation::new("C1"),
        &ListConversations::new(),
        &ConversationMembers::new("C1"),
        &ConversationReplies::new("C1", "1.5"),
        &CompleteUpload::new(&[]),
        &GetUploadUrl::new("x", 1),
        &GetPresence::own(),
        &ListUsers::new(),
        &LookUpByEmail::new("x@x.org"),
        &SetProfile::clear_status(),
        &SetPresence::auto(),
        &OpenView::new("1.2", view),
        &PublishView::new("U1", view),
        &PushView::new("1.2", view),
        &UpdateView::new("V1", view),
        &AuthTest,
        &DeleteMessage::new("C1", "1.5"),
        &PostEphemeral::new("C1", "U1", "x"),
        &PostMessage::new("C1", "x"),
        &UpdateMessage::new("C1", "1.5", "x"),
        &OpenConversation::new(&["U1"]),
        &RefreshTokens::new("1.2", "s", "xoxe-1"),
        &AddReaction::new("C1", "1.5", "bell"),
        &RemoveReaction::new("C1", "1.5", "bell"),
        &TeamInfo,
        &UserInfo::new("U1"),
        &named,
    ];
    let rates = [
        (Rate::TIER_1, "TIER_1"),
        (Rate::TIER_2, "TIER_2"),
        (Rate::TIER_3, "TIER_3"),
        (Rate::TIER_4, "TIER_4"),
        (Rate::POST, "POST"),
        (Rate::PROFILE, "PROFILE"),
    ];
    for method in methods {
        let info = method.info();
        let (_, rate) = rates
            .iter()
            .find(|rate| rate.0 == info.rate)
            .expect("a rate");
        let subject = match info.name {
            "" => "any other one, as [`Named`](crate::web_api::Named)".to_owned(),
            name => format!("`{name}`"),
        };
        let row = format!("//! | {subject} | `{rate}` | `{:?}` |\n", info.repetition);
        assert!(guide.contains(&row), "{row}");
        assert_eq!(info.channel.is_some(), info.name == "chat.postMessage");
    }
    let rows = guide.matches("| `Harmless` |\n").count() + guide.matches("| `Unsafe` |\n").count();
    assert_eq!(rows, methods.len());
    for (rate, name) in rates {
        let after = match rate.interval.as_millis() {
            1000 => "1 a second".to_owned(),
            interval => format!("{} a minute", 60_000 / interval),
        };
        let link = format!("[`Rate::{name}`](crate::web_api::Rate::{name})");
        let row = format!("//! | {link} | {} | {after} |\n", rate.burst);
        assert!(guide.contains(&row), "{row}");
    }
}

#[test]
fn the_number_of_parts_in_json_is_limited_too() {
    let array = |count: usize| format!("[{}]", vec![r#"{"a":[",\"",{}]}"#; count].join(" , "));
    for (part, most) in [
        (ArgumentPart::MessageBlocks, 50),
        (ArgumentPart::Attachments, 100),
        (ArgumentPart::ViewBlocks, 100),
    ] {
        for found in [0, 1, most, most + 1] {
            let json = array(found);
            let json = JsonText::new(&json).expect("JSON");
            let post = PostMessage::new("C1", "x");
            let result = match part {
                ArgumentPart::MessageBlocks => post.blocks(Blocks::json(json)).check(),
                ArgumentPart::Attachments => post.attachments(Attachments::json(json)).check(),
                _ => Modal::new("t", Blocks::json(json)).check(),
            };
            let is_allowed = (part.least()..=most).contains(&found);
            let expected = is_allowed
                .then_some(())
                .ok_or(ArgumentError { part, found });
            assert_eq!(result, expected, "{part:?}");
        }
    }
    let json = array(101);
    let attachments = Attachments::json(JsonText::new(&json).expect("JSON"));
    let error = UpdateMessage::new("C1", "1.5", "x")
        .attachments(attachments)
        .check()
        .expect_err("too many");
    let text = "a message has 101 attachments, Slack accepts 0 to 100";
    assert_eq!(error.to_string(), text);
}

#[test]
fn the_other_methods_have_their_documented_arguments() {
    check(
        &AddReaction::new("C1", "1.5", "+1"),
        "channel=C1&timestamp=1.5&name=%2B1",
        r#"{"channel":"C1","timestamp":"1.5","name":"+1"}"#,
    );
    check(
        &RemoveReaction::new("C1", "1.5", "bell"),
        "channel=C1&timestamp=1.5&name=bell",
        r#"{"channel":"C1","timestamp":"1.5","name":"bell"}"#,
    );
    check(&AuthTest, "", "{}");
    check(&TeamInfo, "", "{}");
    check_form(&UserInfo::new("U1"), "user=U1");
    check_form(
        &UserInfo::new("U1").with_locale(),
        "user=U1&include_locale=true",
    );
    check(
        &OpenConversation::new(&["U1", "U2"]),
        "users=U1%2CU2",
        r#"{"users":"U1,U2"}"#,
    );
}

#[test]
fn limits_are_checked_before_anything_is_sent() {
    let text = "é".repeat(40_000);
    assert_eq!(PostMessage::new("C1", text.as_str()).check(), Ok(()));
    let text = "é".repeat(40_001);
    let part = ArgumentPart::Text;
    let error = ArgumentError {
        part,
        found: 40_001,
    };
    assert_eq!(PostMessage::new("C1", text.as_str()).check(), Err(error));
    assert_eq!(
        PostEphemeral::new("C1", "U1", text.as_str()).check(),
        Err(error)
    );
    assert_eq!(
        UpdateMessage::new("C1", "1.5", text.as_str()).check(),
        Err(error)
    );
    // Characters are counted as they are sent.
    let escaped = "<".repeat(10_001);
    assert!(PostMessage::new("C1", Literal(&escaped)).check().is_err());
    let api = Api::new("xoxb-1");
    let refused = api.request(PostMessage::new("C1", text.as_str()));
    assert_eq!(refused.err().map(|error| error.code()), Some(error.code()));
    let long = "x".repeat(151);
    let header = HeaderBlock::new(&long);
    let list: [&dyn Block; 1] = [&header];
    let post = PostMessage::new("C1", "x").blocks(Blocks::list(&list));
    assert!(post.check().is_err());
    assert!(AddReaction::new("C1", "1.5", "").check().is_err());
    assert!(OpenConversation::new(&[]).check().is_err());
    assert!(OpenConversation::new(&["U1"; 9]).check().is_err());
}

/// Reads a response in parts of every size, and passes it to `check`.
fn read(paths: &'static Paths, body: &str, check: impl Fn(Accepted<'_>)) {
    read_with::<512>(paths, body, check);
}

fn read_with<const RX: usize>(paths: &'static Paths, body: &str, check: impl Fn(Accepted<'_>)) {
    let bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for size in 1..=bytes.len() {
        let mut memory = [0; RX];
        let mut rx = RecvBuf::new(&mut memory);
        let mut response = Response::new(paths);
        let mut parts = bytes.as_bytes().chunks(size);
        loop {
            match response.poll(&mut rx).expect("a response") {
                ResponseStep::Head => {}
                ResponseStep::Incomplete => {
                    let part = parts.next().expect("a whole response");
                    rx.space()[..part.len()].copy_from_slice(part);
                    rx.filled(part.len());
                }
                ResponseStep::Accepted(accepted) => break check(accepted),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn responses_are_read_at_every_split() {
    let body = r#"{"ok":true,"channel":"C1","ts":"1.5","message":{"text":"x","user":"U9","bot_id":"B9","app_id":"A9"}}"#;
    read(&POSTED, body, |response| {
        let posted = Posted::new(response);
        assert_eq!((posted.channel(), posted.ts()), (Some("C1"), Some("1.5")));
        let own = Identity::new().user("U9").bot("B9").app("A9");
        assert_eq!(posted.identity(), own);
        assert_eq!(posted.messages().count(), 0);
    });
    let body = r#"{"message_ts":"2.5","ok":true}"#;
    read(&POSTED, body, |response| {
        assert_eq!(Posted::new(response).ts(), Some("2.5"));
    });
    let body = r#"{"ok":true,"url":"https://home.slack.com/","team":"Home","user":"bell","team_id":"T1","user_id":"U9","bot_id":"B9"}"#;
    read(&TOKEN_OWNER, body, |response| {
        let owner = TokenOwner::new(response);
        assert_eq!(owner.team_id(), Some("T1"));
        assert_eq!(owner.team_name().expect("a name"), "Home");
        assert_eq!(owner.user_name().expect("a name"), "bell");
        assert_eq!(owner.identity(), Identity::new().user("U9").bot("B9"));
    });
    let body = r#"{"ok":true,"no_op":true,"already_open":true,"channel":{"id":"D1"}}"#;
    read(&OPENED, body, |response| {
        assert_eq!(Opened::new(response).channel(), Some("D1"));
    });
    let body = r#"{"ok":true,"team":{"id":"T1","name":"Home","domain":"home","email_domain":"x.org","enterprise_id":"E1","enterprise_name":"All"}}"#;
    read(&TEAM, body, |response| {
        let team = Team::new(response);
        assert_eq!((team.id(), team.enterprise_id()), (Some("T1"), Some("E1")));
        assert_eq!(team.name().expect("a name"), "Home");
        assert_eq!(team.domain().expect("a domain"), "home");
        assert_eq!(team.email_domain().expect("a domain"), "x.org");
        assert_eq!(team.enterprise_name().expect("a name"), "All");
    });
    let body = r#"{"ok":true,"user":{"id":"U1","name":"ann","deleted":false,"real_name":"Ann A","tz":"Europe/Berlin","tz_offset":-3600,"is_bot":false,"team_id":"T1","locale":"en-US","profile":{"display_name":"","status_text":"away","status_emoji":":bell:","email":"ann@x.org"}}}"#;
    read(&USER, body, |response| {
        let user = UserProfile::new(response);
        assert_eq!(user.id(), Some("U1"));
        assert_eq!(user.display_name().expect("a name"), "Ann A");
        assert_eq!(user.time_zone().expect("a zone"), "Europe/Berlin");
        assert_eq!(user.utc_offset(), Some(-3600));
        assert_eq!((user.team_id(), user.locale()), (Some("T1"), Some("en-US")));
        assert_eq!(user.status_text().expect("a text"), "away");
        assert_eq!(user.status_emoji().expect("an emoji"), ":bell:");
        assert_eq!(user.email().expect("an address"), "ann@x.org");
        assert_eq!(
            (user.is_bot(), user.is_deactivated()),
            (Some(false), Some(false))
        );
    });
}

#[test]
fn tokens_are_exchanged_without_the_old_one() {
    let refresh = RefreshTokens::new("1.2", "s&cret", "xoxe-1-old");
    assert!(!format!("{refresh:?}").contains("cret"));
    for token_in in [TokenIn::Header, TokenIn::Form] {
        let api = Api::new("xoxe.xoxb-1").token_in(token_in);
        let request = api.request(&refresh).expect("usable");
        let mut memory = [0; 512];
        let bytes = write_to_slice(&mut memory, |sink| request.write(sink)).expect("room");
        let text = std::str::from_utf8(bytes).expect("ASCII");
        assert!(
            !text.contains("xoxb-1") && !text.contains("Authorization"),
            "{text}"
        );
        let body = "grant_type=refresh_token&client_id=1.2&client_secret=s%26cret&refresh_token=xoxe-1-old";
        assert!(text.ends_with(&format!("\r\n\r\n{body}")), "{text}");
    }
    let (access, refresh) = ("a".repeat(200), "r".repeat(200));
    let body = format!(
        r#"{{"ok":true,"access_token":"{access}","expires_in":43200,"refresh_token":"{refresh}","team":{{"id":"T1"}}}}"#
    );
    read_with::<2048>(&NEW_TOKENS, &body, |response| {
        let tokens = NewTokens::new(response);
        assert_eq!(tokens.access_token(), Some(access.as_str()));
        assert_eq!(tokens.refresh_token(), Some(refresh.as_str()));
        assert_eq!(tokens.expires_in(), Some(Duration::from_secs(43_200)));
        assert!(!format!("{tokens:?}").contains("aaa"));
    });
}

#[test]
fn lists_have_kinds_limits_and_cursors() {
    check_form(&ListConversations::new(), "");
    let kinds = [
        ConversationKind::PublicChannel,
        ConversationKind::PrivateChannel,
        ConversationKind::Mpim,
        ConversationKind::Im,
    ];
    check_form(
        &ListConversations::new()
            .kinds(&kinds)
            .exclude_archived()
            .limit(200)
            .cursor("dGVhbTpD+/==")
            .team("T1"),
        concat!(
            "types=public_channel%2Cprivate_channel%2Cmpim%2Cim&exclude_archived=true&limit=200",
            "&cursor=dGVhbTpD%2B%2F%3D%3D&team_id=T1"
        ),
    );
    // The cursor before the first page.
    check_form(&ListConversations::new().cursor(""), "");
    check_form(&ConversationMembers::new("C1"), "channel=C1");
    check_form(
        &ConversationMembers::new("C1").limit(999).cursor("a="),
        "channel=C1&limit=999&cursor=a%3D",
    );
    check_form(&ListUsers::new(), "limit=200");
    check_form(
        &ListUsers::new()
            .limit(1)
            .cursor("a=")
            .with_locale()
            .team("T1"),
        "limit=1&cursor=a%3D&include_locale=true&team_id=T1",
    );
    check_form(&ConversationInfo::new("C1"), "channel=C1");
    check_form(
        &ConversationInfo::new("C1").with_num_members().with_locale(),
        "channel=C1&include_num_members=true&include_locale=true",
    );
    check(
        &JoinConversation::new("C1"),
        "channel=C1",
        r#"{"channel":"C1"}"#,
    );
    check(
        &LeaveConversation::new("C1"),
        "channel=C1",
        r#"{"channel":"C1"}"#,
    );
}

#[test]
fn messages_are_read_by_time_and_page() {
    check(
        &ConversationHistory::new("C1"),
        "channel=C1",
        r#"{"channel":"C1"}"#,
    );
    check(
        &ConversationHistory::new("C1")
            .oldest("1.5")
            .latest("2.5")
            .inclusive()
            .with_metadata()
            .limit(15)
            .cursor("a="),
        concat!(
            "channel=C1&oldest=1.5&latest=2.5&inclusive=true&include_all_metadata=true&limit=15",
            "&cursor=a%3D"
        ),
        concat!(
            r#"{"channel":"C1","oldest":"1.5","latest":"2.5","inclusive":true,"#,
            r#""include_all_metadata":true,"limit":15,"cursor":"a="}"#
        ),
    );
    check_form(&ConversationReplies::new("C1", "1.5"), "channel=C1&ts=1.5");
    check_form(
        &ConversationReplies::new("C1", "1.5")
            .oldest("1.5")
            .latest("2.5")
            .inclusive()
            .limit(15)
            .cursor("a="),
        "channel=C1&ts=1.5&oldest=1.5&latest=2.5&inclusive=true&limit=15&cursor=a%3D",
    );
    check_form(&GetPermalink::new("C1", "1.5"), "channel=C1&message_ts=1.5");
    check(
        &SetThreadStatus::new("C1", "1.5", "is looking"),
        "channel_id=C1&thread_ts=1.5&status=is%20looking",
        r#"{"channel_id":"C1","thread_ts":"1.5","status":"is looking"}"#,
    );
}

#[test]
fn users_are_found_and_their_status_is_set() {
    check_form(&LookUpByEmail::new("ann@x.org"), "email=ann%40x.org");
    check_form(&GetPresence::of("U1"), "user=U1");
    check_form(&GetPresence::own(), "");
    check(
        &SetPresence::away(),
        "presence=away",
        r#"{"presence":"away"}"#,
    );
    check(
        &SetPresence::auto(),
        "presence=auto",
        r#"{"presence":"auto"}"#,
    );
    check(
        &SetProfile::status("At \"home\"", ":bell:").until(1_800_000_000),
        concat!(
            "profile=%7B%22status_text%22%3A%22At%20%5C%22home%5C%22%22%2C%22status_emoji%22%3A",
            "%22%3Abell%3A%22%2C%22status_expiration%22%3A1800000000%7D"
        ),
        concat!(
            r#"{"profile":{"status_text":"At \"home\"","status_emoji":":bell:","#,
            r#""status_expiration":1800000000}}"#
        ),
    );
    check(
        &SetProfile::clear_status(),
        concat!(
            "profile=%7B%22status_text%22%3A%22%22%2C%22status_emoji%22%3A%22%22%2C",
            "%22status_expiration%22%3A0%7D"
        ),
        r#"{"profile":{"status_text":"","status_emoji":"","status_expiration":0}}"#,
    );
    check(
        &SetProfile::fields(&[("title", "Porter"), ("phone", "+1")]).until(1),
        "profile=%7B%22title%22%3A%22Porter%22%2C%22phone%22%3A%22%2B1%22%7D",
        r#"{"profile":{"title":"Porter","phone":"+1"}}"#,
    );
    check_form(&BotInfo::new("B1"), "bot=B1");
    check_form(&BotInfo::new("B1").team("T1"), "bot=B1&team_id=T1");
}

#[test]
fn views_are_pushed_replaced_and_published() {
    let list: [&dyn Block; 1] = [&Divider];
    let view = ViewPayload::HomeTab(HomeTab::new(Blocks::list(&list)));
    let form = concat!(
        "view=%7B%22type%22%3A%22home%22%2C%22blocks%22%3A%5B%7B%22type%22%3A%22divider%22%7D%5D",
        "%7D"
    );
    let json = r#""view":{"type":"home","blocks":[{"type":"divider"}]}"#;
    check(
        &PushView::new("1.2", view),
        &format!("trigger_id=1.2&{form}"),
        &format!(r#"{{"trigger_id":"1.2",{json}}}"#),
    );
    check(
        &UpdateView::new("V1", view),
        &format!("view_id=V1&{form}"),
        &format!(r#"{{"view_id":"V1",{json}}}"#),
    );
    check(
        &UpdateView::by_external_id("door", view).hash("1.a"),
        &format!("external_id=door&{form}&hash=1.a"),
        &format!(r#"{{"external_id":"door",{json},"hash":"1.a"}}"#),
    );
    check(
        &PublishView::new("U1", view),
        &format!("user_id=U1&{form}"),
        &format!(r#"{{"user_id":"U1",{json}}}"#),
    );
    check(
        &PublishView::new("U1", view).hash("1.a"),
        &format!("user_id=U1&{form}&hash=1.a"),
        &format!(r#"{{"user_id":"U1",{json},"hash":"1.a"}}"#),
    );
    // A trigger_id is valid once.
    for method in [
        &OpenView::new("1.2", view) as &dyn Method,
        &PushView::new("1.2", view),
    ] {
        assert_eq!(method.info().repetition, Repetition::Unsafe);
    }
}

#[test]
fn uploads_begin_and_end_with_a_call() {
    check_form(
        &GetUploadUrl::new("door cam.png", 200_000),
        "filename=door%20cam.png&length=200000",
    );
    check_form(
        &GetUploadUrl::new("main.rs", 7)
            .alt_txt("a & b")
            .snippet_type("rust"),
        "filename=main.rs&length=7&alt_txt=a%20%26%20b&snippet_type=rust",
    );
    let files = [
        UploadedFile::new("F1").title("Door"),
        UploadedFile::new("F2"),
    ];
    check(
        &CompleteUpload::new(&files[1..]),
        "files=%5B%7B%22id%22%3A%22F2%22%7D%5D",
        r#"{"files":[{"id":"F2"}]}"#,
    );
    check(
        &CompleteUpload::new(&files)
            .in_channel("C1")
            .in_thread("1.5")
            .initial_comment("See <@U1>"),
        concat!(
            "files=%5B%7B%22id%22%3A%22F1%22%2C%22title%22%3A%22Door%22%7D%2C%7B%22id%22%3A%22F2%22",
            "%7D%5D&channel_id=C1&thread_ts=1.5&initial_comment=See%20%3C%40U1%3E"
        ),
        concat!(
            r#"{"files":[{"id":"F1","title":"Door"},{"id":"F2"}],"channel_id":"C1","#,
            r#""thread_ts":"1.5","initial_comment":"See <@U1>"}"#
        ),
    );
    // The later setting counts.
    let list: [&dyn Block; 1] = [&Divider];
    check(
        &CompleteUpload::new(&files[1..])
            .in_channel("C1")
            .in_channels(&["C1", "C2"])
            .blocks(Blocks::list(&list)),
        &format!("files=%5B%7B%22id%22%3A%22F2%22%7D%5D&channels=C1%2CC2&{FORM_BLOCKS}"),
        r#"{"files":[{"id":"F2"}],"channels":"C1,C2","blocks":[{"type":"divider"}]}"#,
    );
}

#[test]
fn limits_of_lists_profiles_views_and_uploads_are_checked() {
    let error = |part, found| Err(ArgumentError { part, found });
    for (limit, found) in [(0, 0), (1000, 1000)] {
        let expected = error(ArgumentPart::PageElements, found);
        let methods: [&dyn Method; 5] = [
            &ListConversations::new().limit(limit),
            &ConversationHistory::new("C1").limit(limit),
            &ConversationReplies::new("C1", "1.5").limit(limit),
            &ConversationMembers::new("C1").limit(limit),
            &ListUsers::new().limit(limit),
        ];
        for method in methods {
            assert_eq!(method.check(), expected, "{method:?}");
        }
    }
    let text = "é".repeat(101);
    let status = SetProfile::status(&text, ":bell:");
    assert_eq!(status.check(), error(ArgumentPart::StatusText, 101));
    assert_eq!(SetProfile::status(&text[2..], "").check(), Ok(()));
    let fields = [("title", "x"); 51];
    for (count, is_allowed) in [(0, false), (1, true), (50, true), (51, false)] {
        let result = SetProfile::fields(&fields[..count]).check();
        let expected = error(ArgumentPart::ProfileFields, count);
        assert_eq!(result, if is_allowed { Ok(()) } else { expected });
    }
    let view = ViewPayload::Modal(Modal::new("", Blocks::list(&[])));
    let expected = error(ArgumentPart::ModalTitle, 0);
    let methods: [&dyn Method; 4] = [
        &OpenView::new("1.2", view),
        &PushView::new("1.2", view),
        &UpdateView::new("V1", view),
        &PublishView::new("U1", view),
    ];
    for method in methods {
        assert_eq!(method.check(), expected, "{method:?}");
    }
    let long = "x".repeat(256);
    let update = UpdateView::by_external_id(&long, view);
    assert_eq!(update.check(), error(ArgumentPart::Id, 256));
    let text = "x".repeat(1001);
    let url = GetUploadUrl::new("x", 1);
    assert_eq!(
        url.alt_txt(&text).check(),
        error(ArgumentPart::AltText, 1001)
    );
    assert_eq!(url.alt_txt(&text[1..]).check(), Ok(()));
    let upload = CompleteUpload::new(&[]);
    for (count, is_allowed) in [(0, false), (1, true), (100, true), (101, false)] {
        let channels = vec!["C1"; count];
        let expected = error(ArgumentPart::Channels, count);
        let result = upload.in_channels(&channels).check();
        assert_eq!(result, if is_allowed { Ok(()) } else { expected });
    }
    let text = "x".repeat(40_001);
    let result = upload.initial_comment(&text).check();
    assert_eq!(result, error(ArgumentPart::Text, 40_001));
    let list: [&dyn Block; 1] = [&Divider; 1];
    let blocks = [list[0]; 51];
    let result = upload.blocks(Blocks::list(&blocks)).check();
    assert_eq!(result, error(ArgumentPart::MessageBlocks, 51));
}

/// Reads a response with a list in parts of every size. `show` returns an element as a text, and
/// `end` the rest of the response.
fn read_list<const RX: usize>(
    paths: &'static Paths,
    body: &str,
    show: impl Fn(Element<'_>) -> String,
    end: impl Fn(Accepted<'_>),
) -> Vec<String> {
    let bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut expected = None;
    for size in 1..=bytes.len() {
        let mut memory = [0; RX];
        let mut rx = RecvBuf::new(&mut memory);
        let mut response = Response::new(paths);
        let mut rest = bytes.as_bytes();
        let mut elements = Vec::new();
        loop {
            match response.poll(&mut rx).expect("a response") {
                ResponseStep::Head => {}
                ResponseStep::Incomplete => {
                    let space = rx.space();
                    let count = size.min(space.len()).min(rest.len());
                    assert!(count > 0, "no progress");
                    let (part, after) = rest.split_at(count);
                    space[..count].copy_from_slice(part);
                    rx.filled(count);
                    rest = after;
                }
                ResponseStep::Element(element) => elements.push(show(element)),
                ResponseStep::Accepted(accepted) => break end(accepted),
                ResponseStep::Refused(error) => panic!("{error:?}"),
            }
        }
        let expected = expected.get_or_insert_with(|| elements.clone());
        assert_eq!(&elements, expected, "{size}");
    }
    expected.expect("a size")
}

#[test]
fn elements_of_lists_are_returned_one_by_one_and_then_the_cursor() {
    let body = concat!(
        r#"{"ok":true,"channels":[{"id":"C1","name":"door","is_channel":true,"is_im":false,"#,
        r#""is_private":false,"is_archived":false,"is_member":true,"num_members":7,"#,
        r#""topic":{"value":"Who rang"},"purpose":{"value":"Bells"}},"#,
        r#"{"id":"G1","name":"vault","is_private":true,"is_archived":true},"#,
        r#"{"id":"G2","is_private":true,"is_mpim":true},"#,
        r#"{"id":"D1","is_im":true,"user":"U1"}],"response_metadata":{"next_cursor":"dGVhbTpD="}}"#
    );
    let conversations = read_list::<1024>(
        &CONVERSATIONS,
        body,
        |element| {
            let one = Conversation::of(element);
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                one.id(),
                one.name().map(|name| name.to_string()),
                one.kind(),
                one.is_archived(),
                one.is_member(),
                one.num_members(),
                one.user(),
                one.topic().map(|topic| topic.to_string()),
                one.purpose().map(|purpose| purpose.to_string()),
            )
        },
        |page| assert_eq!(page.next_cursor(), NextCursor::Page("dGVhbTpD=")),
    );
    assert_eq!(
        conversations,
        [
            r#"Some("C1") Some("door") PublicChannel Some(false) Some(true) Some(7) None Some("Who rang") Some("Bells")"#,
            r#"Some("G1") Some("vault") PrivateChannel Some(true) None None None None None"#,
            r#"Some("G2") None Mpim None None None None None None"#,
            r#"Some("D1") None Im None None None Some("U1") None None"#,
        ]
    );

    let body = r#"{"ok":true,"members":["U1","W22",7,null,{"id":"U3"}],"response_metadata":{"next_cursor":""}}"#;
    let members = read_list::<512>(
        &MEMBERS,
        body,
        |element| format!("{:?}", element.text_or_number()),
        |page| assert_eq!(page.next_cursor(), NextCursor::End),
    );
    assert_eq!(
        members,
        [
            r#"Some("U1")"#,
            r#"Some("W22")"#,
            r#"Some("7")"#,
            "None",
            "None"
        ]
    );

    let body = concat!(
        r#"{"ok":true,"messages":[{"type":"message","user":"U1","text":"Hi <@U2> &amp; all","#,
        r#""ts":"2.5","edited":{"user":"U1","ts":"3.5"}},{"subtype":"bot_message","bot_id":"B1","#,
        r#""app_id":"A1","ts":"1.5","thread_ts":"1.5","reply_count":2,"latest_reply":"2.0"}],"#,
        r#""has_more":true,"pin_count":4}"#
    );
    let messages = read_list::<1024>(
        &HISTORY,
        body,
        |element| {
            let message = HistoryMessage::of(element);
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                message.ts(),
                message.user(),
                message.text().map(|text| text.to_string()),
                message.edited_ts(),
                message.subtype(),
                message.bot_id(),
                message.app_id(),
                message.thread_ts(),
                message.reply_count(),
                message.latest_reply(),
            )
        },
        |response| {
            assert_eq!(response.next_cursor(), NextCursor::End);
            let page = HistoryPage::new(response);
            assert_eq!((page.has_more(), page.pin_count()), (Some(true), Some(4)));
        },
    );
    assert_eq!(
        messages,
        [
            r#"Some("2.5") Some("U1") Some("Hi <@U2> &amp; all") Some("3.5") None None None None None None"#,
            r#"Some("1.5") None None None Some("bot_message") Some("B1") Some("A1") Some("1.5") Some(2) Some("2.0")"#,
        ]
    );

    let body = concat!(
        r#"{"ok":true,"members":[{"id":"U1","team_id":"T1","name":"ann","deleted":true,"#,
        r#""tz_offset":3600,"is_bot":true,"locale":"de-DE","profile":{"display_name":"Ann","#,
        r#""status_text":"away","status_emoji":":bell:","email":"ann@x.org"}},{"id":"U2"}],"#,
        r#""cache_ts":1,"response_metadata":{"next_cursor":"a="}}"#
    );
    let users = read_list::<1024>(
        &USERS,
        body,
        |element| {
            let user = UserProfile::of(element);
            let text = |text: Option<slack_rtm::json::Text<'_>>| text.map(|text| text.to_string());
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                user.id(),
                user.team_id(),
                text(user.display_name()),
                user.is_deactivated(),
                user.is_bot(),
                user.utc_offset(),
                user.locale(),
                text(user.status_text()),
                text(user.status_emoji()),
                text(user.email()),
            )
        },
        |page| assert_eq!(page.next_cursor(), NextCursor::Page("a=")),
    );
    assert_eq!(
        users,
        [
            r#"Some("U1") Some("T1") Some("Ann") Some(true) Some(true) Some(3600) Some("de-DE") Some("away") Some(":bell:") Some("ann@x.org")"#,
            r#"Some("U2") None None None None None None None None None"#,
        ]
    );

    let body = r#"{"ok":true,"files":[{"id":"F1","name":"a.png","title":"Door","size":200000,"permalink":"https:\/\/x.slack.com\/files\/U1\/F1","shares":{"public":{"C1":[{"ts":"1.5"}]}}},{"id":"F2"}]}"#;
    let files = read_list::<1024>(
        &SHARED_FILES,
        body,
        |element| {
            let file = SharedFile::of(element);
            format!(
                "{:?} {:?} {:?} {:?} {:?}",
                file.id(),
                file.name().map(|name| name.to_string()),
                file.title().map(|title| title.to_string()),
                file.size(),
                file.permalink(),
            )
        },
        |_| {},
    );
    assert_eq!(
        files,
        [
            r#"Some("F1") Some("a.png") Some("Door") Some(200000) Some("https://x.slack.com/files/U1/F1")"#,
            r#"Some("F2") None None None None"#,
        ]
    );
}

#[test]
fn a_cursor_that_does_not_fit_is_reported() {
    let cursor = "c".repeat(600);
    let body =
        format!(r#"{{"ok":true,"members":[],"response_metadata":{{"next_cursor":"{cursor}"}}}}"#);
    let end = |page: Accepted<'_>| {
        assert_eq!(page.next_cursor(), NextCursor::TooLong { length: 600 });
    };
    let members = read_list::<512>(&MEMBERS, &body, |_| String::new(), end);
    assert!(members.is_empty());
    let end = |page: Accepted<'_>| assert_eq!(page.next_cursor(), NextCursor::Page(&cursor));
    read_list::<1024>(&MEMBERS, &body, |_| String::new(), end);
    // A table without the cursor, and a response without one.
    read_list::<512>(
        &slack_rtm::web_api::paths::CALL,
        &body,
        |_| String::new(),
        |page| {
            assert_eq!(page.next_cursor(), NextCursor::End);
        },
    );
    let body = r#"{"ok":true,"members":[]}"#;
    read_list::<512>(
        &MEMBERS,
        body,
        |_| String::new(),
        |page| {
            assert_eq!(page.next_cursor(), NextCursor::End);
        },
    );
}

#[test]
fn single_responses_of_the_further_methods_are_read_at_every_split() {
    let body = r#"{"ok":true,"channel":{"id":"C1","name":"door","is_private":true,"is_archived":false,"is_member":true,"num_members":3,"locale":"en-US","topic":{"value":"Who rang"},"purpose":{"value":"Bells"}}}"#;
    read(&CONVERSATION, body, |response| {
        let one = Conversation::new(response);
        assert_eq!(one.id(), Some("C1"));
        assert_eq!(one.name().expect("a name"), "door");
        assert_eq!(one.kind(), ConversationKind::PrivateChannel);
        assert_eq!(
            (one.is_archived(), one.is_member()),
            (Some(false), Some(true))
        );
        assert_eq!((one.num_members(), one.user()), (Some(3), None));
        assert_eq!(one.topic().expect("a topic"), "Who rang");
        assert_eq!(one.purpose().expect("a purpose"), "Bells");
        assert_eq!(one.locale(), Some("en-US"));
    });
    // A table without the object itself.
    read(&OPENED, body, |response| {
        assert_eq!(Conversation::new(response).id(), None);
    });
    for (body, was_member) in [
        (r#"{"ok":true}"#, true),
        (r#"{"ok":true,"not_in_channel":true}"#, false),
    ] {
        read(&LEFT, body, |response| {
            assert_eq!(LeftConversation::new(response).was_member(), was_member);
        });
    }
    let body = r#"{"ok":true,"presence":"active","online":true,"auto_away":false,"manual_away":false,"connection_count":2,"last_activity":1700000000}"#;
    read(&PRESENCE, body, |response| {
        let presence = UserPresence::new(response);
        assert_eq!(presence.is_active(), Some(true));
        assert_eq!(presence.is_online(), Some(true));
        assert_eq!(presence.is_auto_away(), Some(false));
        assert_eq!(presence.is_manual_away(), Some(false));
        assert_eq!(presence.connection_count(), Some(2));
        assert_eq!(presence.last_activity(), Some(1_700_000_000));
    });
    read(&PRESENCE, r#"{"ok":true,"presence":"away"}"#, |response| {
        let presence = UserPresence::new(response);
        assert_eq!(
            (presence.is_active(), presence.is_online()),
            (Some(false), None)
        );
    });
    let body = r#"{"ok":true,"username":"ann","profile":{"status_text":"At home","status_emoji":":bell:","status_expiration":1800000000}}"#;
    read(&STATUS, body, |response| {
        let status = ProfileStatus::new(response);
        assert_eq!(status.text().expect("a text"), "At home");
        assert_eq!(status.emoji().expect("an emoji"), ":bell:");
        assert_eq!(status.expiration(), Some(1_800_000_000));
    });
    let body =
        r#"{"ok":true,"channel":"C1","permalink":"https:\/\/x.slack.com\/archives\/C1\/p15"}"#;
    read(&PERMALINK, body, |response| {
        let url = "https://x.slack.com/archives/C1/p15";
        assert_eq!(Permalink::new(response).url(), Some(url));
    });
    let body = r#"{"ok":true,"bot":{"id":"B1","deleted":false,"name":"bell","updated":1700000000,"app_id":"A1","user_id":"U9","icons":{"image_36":"x"}}}"#;
    read(&BOT, body, |response| {
        let bot = BotProfile::new(response);
        assert_eq!((bot.id(), bot.app_id()), (Some("B1"), Some("A1")));
        assert_eq!(bot.name().expect("a name"), "bell");
        assert_eq!(bot.user_id(), Some("U9"));
        assert_eq!(
            (bot.is_deleted(), bot.updated()),
            (Some(false), Some(1_700_000_000))
        );
    });
    let body = r#"{"ok":true,"view":{"id":"V2","team_id":"T1","type":"modal","hash":"1.a","external_id":"","root_view_id":"V1","previous_view_id":"V1"}}"#;
    read(&SHOWN_VIEW, body, |response| {
        let view = ShownView::new(response);
        assert_eq!((view.id(), view.hash()), (Some("V2"), Some("1.a")));
        assert_eq!(view.external_id(), None);
        assert_eq!(view.root_view_id(), Some("V1"));
        assert_eq!(view.previous_view_id(), Some("V1"));
    });
}

#[test]
fn the_url_of_an_upload_is_not_shown() {
    let path = "s".repeat(180);
    let url = format!("https://files.slack.com/upload/v1/{path}");
    let body = format!(r#"{{"ok":true,"upload_url":"{url}","file_id":"F1"}}"#);
    read(&UPLOAD_URL, &body, |response| {
        let upload = UploadUrl::new(response);
        assert_eq!(
            (upload.url(), upload.file_id()),
            (Some(url.as_str()), Some("F1"))
        );
        for shown in [
            format!("{upload:?}"),
            format!("{response:?}"),
            format!("{:?}", response.members()),
        ] {
            assert!(!shown.contains("files.slack.com"), "{shown}");
        }
        assert!(format!("{upload:?}").contains("F1"));
    });
}
