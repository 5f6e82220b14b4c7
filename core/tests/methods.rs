//! The methods of bots: the bytes of their requests in both kinds of bodies, their limits, and their
//! responses at every split.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::blocks::{
    Attachments, Block, Blocks, Divider, HeaderBlock, HomeTab, JsonText, Modal, ViewPayload,
};
use slack_rtm::buffer::{Counter, RecvBuf, Window, write_to_slice};
use slack_rtm::event::{Identity, Literal, TextPiece};
use slack_rtm::json::Paths;
use slack_rtm::methods::auth::{AuthTest, TOKEN_OWNER, TokenOwner};
use slack_rtm::methods::chat::{
    DeleteMessage, POSTED, PostEphemeral, PostMessage, Posted, UpdateMessage,
};
use slack_rtm::methods::conversations::{OPENED, OpenConversation, Opened};
use slack_rtm::methods::oauth::{NEW_TOKENS, NewTokens, RefreshTokens};
use slack_rtm::methods::reactions::{AddReaction, RemoveReaction};
use slack_rtm::methods::team::{TEAM, Team, TeamInfo};
use slack_rtm::methods::users::{USER, UserInfo, UserProfile};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{
    Accepted, Api, ArgumentError, ArgumentPart, Arguments, ArgumentsIn, Method, MethodInfo, Named,
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
    let kind = match arguments_in {
        ArgumentsIn::Json => "application/json; charset=utf-8",
        _ => "application/x-www-form-urlencoded",
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

/// `views.open`, with a view of any kind.
struct OpenView<'a>(ViewPayload<'a>);

impl Method for OpenView<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("views.open")
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("trigger_id", "1.2");
        arguments.json("view", |json| self.0.write(json));
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.0.check()
    }
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
        check(&OpenView(view), form, json);
    });
    let text = JsonText::new(r#"{"type":"home","blocks":[{"type":"divider"}]}"#).expect("JSON");
    check(&OpenView(ViewPayload::Json(text)), form, json);
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
        check(&OpenView(ViewPayload::Json(text)), form, json);
    }
    let list: [&dyn Block; 1] = [&Divider];
    let modal = Modal::new("a title that is too long!", Blocks::list(&list));
    let error = OpenView(ViewPayload::Modal(modal)).check();
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
    let methods: [&dyn Method; 12] = [
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
    check(&UserInfo::new("U1"), "user=U1", r#"{"user":"U1"}"#);
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
    let body = r#"{"ok":true,"user":{"id":"U1","name":"ann","deleted":false,"real_name":"Ann A","tz":"Europe/Berlin","tz_offset":-3600,"is_bot":false,"profile":{"display_name":""}}}"#;
    read(&USER, body, |response| {
        let user = UserProfile::new(response);
        assert_eq!(user.id(), Some("U1"));
        assert_eq!(user.display_name().expect("a name"), "Ann A");
        assert_eq!(user.time_zone().expect("a zone"), "Europe/Berlin");
        assert_eq!(user.utc_offset(), Some(-3600));
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
