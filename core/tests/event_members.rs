//! RTM events: the members that each shape returns.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod event_common;

use event_common::{event, message, printed_members, read};
use slack_rtm::buffer::RecvBuf;
use slack_rtm::event::{EventType, Identity, Item, PATHS, Subtype};
use slack_rtm::json::{Extractor, Raw, Text, Value};
use slack_rtm::{Event, Rtm};

fn text(text: &str) -> Option<Text<'_>> {
    Some(text.into())
}

#[test]
fn messages_have_author_text_and_place() {
    let frame = r#"{"type":"message","channel":"C1","user":"U2","text":"a &lt; \u003cb\u003e \ud83d\ude00 \/","ts":"1.5",
        "thread_ts":"1.4","client_msg_id":"x","team":"T1","blocks":[{"type":"rich_text","elements":[{"type":"text","text":"no"}]}],
        "edited":{"user":"U3","ts":"1.6"},"event_ts":"1.5","bot_profile":{"name":"no"},"bot_id":"B1","username":"bob"}"#;
    message(frame, |message| {
        assert_eq!(message.channel(), Some("C1"));
        assert_eq!(message.user(), Some("U2"));
        assert_eq!(message.text(), text("a &lt; <b> \u{1f600} /"));
        assert_eq!(message.ts(), Some("1.5"));
        assert_eq!(message.thread_ts(), Some("1.4"));
        assert_eq!(message.subtype_name(), None);
        assert_eq!(message.bot_id(), Some("B1"));
        assert_eq!(message.username(), text("bob"));
        assert_eq!(
            message.edited().map(|edited| (edited.user(), edited.ts())),
            Some((Some("U3"), Some("1.6")))
        );
        assert!(!message.is_own() && !message.mentions_me() && !message.is_hidden());
        assert!(!message.is_replay());
        assert_eq!(message.event_type(), EventType::Message);
    });
    // Everything may be absent, null, or of another type.
    for frame in [
        r#"{"type":"message"}"#,
        r#"{"type":"message","channel":null,"user":null,"text":null,"ts":null,"subtype":null}"#,
        r#"{"type":"message","channel":true,"user":{},"text":[],"ts":{},"subtype":true}"#,
    ] {
        message(frame, |message| {
            assert_eq!(
                (message.channel(), message.user(), message.ts()),
                (None, None, None)
            );
            assert_eq!(message.text(), None);
            assert_eq!(message.edited(), None);
            assert_eq!(message.subtype_name(), None);
        });
    }
}

#[test]
fn a_message_is_edited_if_author_or_time_of_the_change_came() {
    for (edited, expected) in [
        (
            r#"{"user":"U3","ts":"1.6"}"#,
            Some((Some("U3"), Some("1.6"))),
        ),
        (r#"{"user":"U3"}"#, Some((Some("U3"), None))),
        (r#"{"ts":"1.6","user":null}"#, Some((None, Some("1.6")))),
        (r#"{"user":[],"other":1}"#, None),
        ("{}", None),
        ("null", None),
    ] {
        for frame in [
            format!(r#"{{"type":"message","text":"x","ts":"1.5","edited":{edited}}}"#),
            format!(
                r#"{{"type":"message","subtype":"message_changed","ts":"1.8","message":{{"ts":"1.5","edited":{edited}}}}}"#
            ),
        ] {
            message(&frame, |message| {
                let found = message.edited().map(|edited| (edited.user(), edited.ts()));
                assert_eq!(found, expected, "{frame}");
            });
        }
    }
}

#[test]
fn changes_have_the_members_of_the_message_that_changed() {
    // The inner `type` comes first, the outer one last.
    let frame = r#"{"message":{"type":"message","subtype":"bot_message","user":"U2","text":"new","ts":"1.5","thread_ts":"1.4","edited":{"user":"U2","ts":"1.7"}},
        "previous_message":{"type":"message","user":"U2","text":"old","ts":"1.5"},
        "channel":"C1","hidden":true,"ts":"1.8","event_ts":"1.8","subtype":"message_changed","type":"message"}"#;
    message(frame, |message| {
        assert_eq!(message.subtype(), Some(Subtype::MessageChanged));
        assert_eq!(
            (message.channel(), message.user()),
            (Some("C1"), Some("U2"))
        );
        assert_eq!(message.text(), text("new"));
        assert_eq!(
            (message.ts(), message.thread_ts()),
            (Some("1.5"), Some("1.4"))
        );
        assert_eq!(message.event_ts(), Some("1.8"));
        assert_eq!(message.previous_text(), text("old"));
        let edited = message.edited().expect("an edited message");
        assert_eq!((edited.user(), edited.ts()), (Some("U2"), Some("1.7")));
        assert!(message.is_hidden());
    });
    let frame = r#"{"type":"message","subtype":"message_deleted","hidden":true,"channel":"C1","ts":"1.8","deleted_ts":"1.5",
        "previous_message":{"user":"U2","text":"old","ts":"1.5"}}"#;
    message(frame, |message| {
        assert_eq!(message.subtype(), Some(Subtype::MessageDeleted));
        assert_eq!(message.ts(), Some("1.5"));
        assert_eq!(message.text(), None);
        assert_eq!(message.previous_text(), text("old"));
    });
    let frame = r#"{"type":"message","subtype":"message_replied","hidden":true,"channel":"C1","ts":"1.8",
        "message":{"type":"message","user":"U2","text":"start","ts":"1.4","thread_ts":"1.4","reply_count":1,"replies":[{"user":"U3","ts":"1.8"}]}}"#;
    message(frame, |message| {
        assert_eq!(message.subtype(), Some(Subtype::MessageReplied));
        assert_eq!(
            (message.ts(), message.thread_ts()),
            (Some("1.4"), Some("1.4"))
        );
        assert_eq!(message.members().number("message.reply_count"), Some(1));
    });
}

#[test]
fn a_bot_knows_itself() {
    for (frame, own, mentioned) in [
        (r#"{"type":"message","user":"U1","text":"x"}"#, true, false),
        (
            r#"{"type":"message","user":"U2","text":"<@U1> x"}"#,
            false,
            true,
        ),
        (
            r#"{"type":"message","user":"U2","text":"hey <@U1|me>!"}"#,
            false,
            true,
        ),
        (
            r#"{"type":"message","user":"U2","text":"<@U12> <@U1"}"#,
            false,
            false,
        ),
        (
            r#"{"type":"message","user":"U2","text":"@U1 <#U1> U1>"}"#,
            false,
            false,
        ),
        (
            r#"{"type":"message","user":"U2","text":"<@<@U1>"}"#,
            false,
            true,
        ),
        (
            r#"{"type":"message","bot_id":"B1","text":"x"}"#,
            false,
            false,
        ),
        // Changed by oneself; and a replay, whoever says to have sent it.
        (
            r#"{"type":"message","subtype":"message_changed","message":{"user":"U1","text":"<@U1>","ts":"1"}}"#,
            true,
            true,
        ),
        (
            r#"{"type":"message","reply_to":5,"user":"U1","text":"x"}"#,
            true,
            false,
        ),
        (
            r#"{"reply_to":5,"type":"message","channel":"C1","ts":"1.5"}"#,
            true,
            false,
        ),
    ] {
        message(frame, |message| {
            assert_eq!(
                (message.is_own(), message.mentions_me()),
                (own, mentioned),
                "{frame}"
            );
        });
    }
    // Without knowing one's id, nothing is one's own.
    let frame = r#"{"type":"message","text":"<@> <@U1>"}"#;
    let look = |paths, me| {
        let mut memory = [0; 512];
        let mut rx = RecvBuf::new(&mut memory);
        rx.space()[..frame.len()].copy_from_slice(frame.as_bytes());
        rx.filled(frame.len());
        Extractor::new(paths, Raw::Off)
            .feed(&mut rx, frame.len())
            .expect(frame);
        match Event::<Rtm>::from_frame(rx.records(), paths, &me) {
            Event::Message(message) => (message.is_own(), message.mentions_me()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(look(&PATHS, Identity::new()), (false, false));
    assert_eq!(look(&PATHS, Identity::new().user("")), (false, false));
}

#[test]
fn errors_have_code_and_message() {
    for (frame, code, message) in [
        (
            r#"{"ok":false,"reply_to":1,"error":{"code":2,"msg":"missing"}}"#,
            Some(2),
            text("missing"),
        ),
        (
            r#"{"ok":false,"reply_to":1,"error":{"msg":"slow","code":-1}}"#,
            Some(-1),
            text("slow"),
        ),
        (
            r#"{"ok":false,"reply_to":1,"error":"bare"}"#,
            None,
            text("bare"),
        ),
        (r#"{"ok":false,"reply_to":1}"#, None, None),
        (
            r#"{"type":"error","error":{"code":1,"msg":"Socket URL has expired","source":"gs-1"}}"#,
            Some(1),
            text("Socket URL has expired"),
        ),
        (r#"{"type":"error","error":"bare"}"#, None, text("bare")),
    ] {
        event(frame, |event| {
            let found = match event {
                Event::Reply(reply) => {
                    assert!(!reply.is_ok());
                    (reply.error_code(), reply.error_message())
                }
                Event::ServerError(error) => (error.error_code(), error.error_message()),
                other => panic!("{other:?}"),
            };
            assert_eq!(found, (code, message), "{frame}");
        });
    }
    event(
        r#"{"ok":true,"reply_to":1,"ts":"1.5","text":"<http:\/\/a>"}"#,
        |event| match event {
            Event::Reply(reply) => {
                assert!(reply.is_ok());
                assert_eq!(reply.ts(), Some("1.5"));
                assert_eq!(reply.text(), text("<http://a>"));
                assert_eq!((event.type_name(), event.event_type()), (None, None));
            }
            other => panic!("{other:?}"),
        },
    );
    event(
        r#"{"type":"reconnect_url","url":"wss:\/\/a.slack.com\/x"}"#,
        |event| match event {
            Event::ReconnectUrl(event) => assert_eq!(event.url(), Some("wss://a.slack.com/x")),
            other => panic!("{other:?}"),
        },
    );
    event(r#"{"type":"reconnect_url"}"#, |event| match event {
        Event::ReconnectUrl(event) => assert_eq!(event.url(), None),
        other => panic!("{other:?}"),
    });
}

#[test]
fn items_of_reactions_pins_and_stars() {
    for (item, expected) in [
        (
            r#"{"type":"message","channel":"C1","ts":"1.5"}"#,
            Item::Message {
                channel: "C1",
                ts: "1.5",
            },
        ),
        (
            r#"{"type":"message","channel":"C1","message":{"ts":"1.5","text":"x"}}"#,
            Item::Message {
                channel: "C1",
                ts: "1.5",
            },
        ),
        (r#"{"type":"file","file":"F1"}"#, Item::File { file: "F1" }),
        (
            r#"{"type":"file","file":{"id":"F1","name":"x"}}"#,
            Item::File { file: "F1" },
        ),
        (
            r#"{"type":"file_comment","file":"F1","file_comment":"Fc1"}"#,
            Item::FileComment {
                comment: "Fc1",
                file: Some("F1"),
            },
        ),
        (
            r#"{"type":"file_comment","comment":{"id":"Fc1"}}"#,
            Item::FileComment {
                comment: "Fc1",
                file: None,
            },
        ),
        (
            r#"{"type":"im","channel":"D1"}"#,
            Item::Channel { channel: "D1" },
        ),
        (r#"{"type":"message","channel":"C1"}"#, Item::Other),
        (r#"{}"#, Item::Other),
        (r#"null"#, Item::Other),
    ] {
        let frame = format!(
            r#"{{"type":"reaction_added","user":"U2","reaction":"tada","item_user":"U3","item":{item}}}"#
        );
        event(&frame, |event| match event {
            Event::Item(event) => {
                assert_eq!(event.item(), expected, "{item}");
                assert_eq!(event.reaction(), text("tada"));
                assert_eq!((event.user(), event.item_user()), (Some("U2"), Some("U3")));
            }
            other => panic!("{other:?}"),
        });
    }
}

#[test]
fn presence_of_one_or_many() {
    for (members, expected) in [
        (r#""user":"U2""#, &["U2"][..]),
        (r#""users":["U2","U3"]"#, &["U2", "U3"]),
        (r#""users":[]"#, &[]),
        (r#""users":null"#, &[]),
    ] {
        let frame = format!(r#"{{"type":"presence_change","presence":"away",{members}}}"#);
        event(&frame, |event| match event {
            Event::User(event) => {
                assert_eq!(event.users().collect::<Vec<_>>(), expected);
                assert_eq!(event.presence(), Some("away"));
            }
            other => panic!("{other:?}"),
        });
    }
}

#[test]
fn members_of_the_other_shapes() {
    let frame = r#"{"type":"channel_created","channel":{"id":"C1","name":"fun","created":12,"creator":"U2"}}"#;
    event(frame, |event| match event {
        Event::Channel(event) => {
            assert_eq!(event.name(), text("fun"));
            assert_eq!((event.created(), event.creator()), (Some(12), Some("U2")));
        }
        other => panic!("{other:?}"),
    });
    let frame = r#"{"type":"user_change","user":{"id":"U2","name":"bob","deleted":true,"is_bot":false,"real_name":"Bob",
        "profile":{"display_name":"","status_text":"on a train","status_emoji":":train:"}},"cache_ts":1}"#;
    event(frame, |event| match event {
        Event::User(event) => {
            assert_eq!(event.name(), text("bob"));
            assert_eq!(event.display_name(), text("Bob"));
            assert_eq!(event.status_text(), text("on a train"));
            assert_eq!(event.status_emoji(), text(":train:"));
            assert_eq!((event.deleted(), event.is_bot()), (Some(true), Some(false)));
            assert_eq!(event.users().collect::<Vec<_>>(), ["U2"]);
        }
        other => panic!("{other:?}"),
    });
    let frame = r#"{"type":"dnd_updated","user":"U2","dnd_status":{"dnd_enabled":true,"next_dnd_start_ts":1450387800,"next_dnd_end_ts":2,"snooze_enabled":false}}"#;
    event(frame, |event| match event {
        Event::User(event) => {
            assert_eq!(
                (event.dnd_enabled(), event.snooze_enabled()),
                (Some(true), Some(false))
            );
            assert_eq!(
                (event.next_dnd_start(), event.next_dnd_end()),
                (Some(1_450_387_800), Some(2))
            );
        }
        other => panic!("{other:?}"),
    });
    for (frame, file, comment) in [
        (
            r#"{"type":"file_comment_deleted","comment":"Fc1","file_id":"F1","file":{"id":"F1","name":"a"}}"#,
            "F1",
            Some("Fc1"),
        ),
        (
            r#"{"type":"file_comment_added","comment":{"id":"Fc1"},"file":{"id":"F2"}}"#,
            "F2",
            Some("Fc1"),
        ),
        (r#"{"type":"file_private","file":"F3"}"#, "F3", None),
    ] {
        event(frame, |event| match event {
            Event::File(event) => {
                assert_eq!((event.file(), event.comment()), (Some(file), comment));
            }
            other => panic!("{other:?}"),
        });
    }
    let frame = r#"{"type":"subteam_members_changed","subteam_id":"S1","added_users":["U2","U3"],"removed_users":[]}"#;
    event(frame, |event| match event {
        Event::Subteam(event) => {
            assert_eq!(event.subteam(), Some("S1"));
            assert_eq!(event.added_users().map(|users| users.len()), Some(2));
            assert_eq!(event.removed_users().map(|users| users.len()), Some(0));
        }
        other => panic!("{other:?}"),
    });
    let frame =
        r#"{"type":"subteam_updated","subteam":{"name":"Marketing","handle":"mkt","id":"S2"}}"#;
    event(frame, |event| match event {
        Event::Subteam(event) => {
            assert_eq!(event.subteam(), Some("S2"));
            assert_eq!(event.name(), text("Marketing"));
            assert_eq!(event.handle(), text("mkt"));
        }
        other => panic!("{other:?}"),
    });
    for (frame, name, value) in [
        (
            r#"{"type":"pref_change","name":"theme","value":"dense"}"#,
            "theme",
            Some(Value::Text("dense".into())),
        ),
        (
            r#"{"type":"team_pref_change","name":"p","value":true}"#,
            "p",
            Some(Value::Bool(true)),
        ),
        (
            r#"{"type":"pref_change","name":"p","value":{"a":[1]}}"#,
            "p",
            Some(Value::Object),
        ),
        (
            r#"{"type":"bot_added","bot":{"id":"B1","name":"hugbot"}}"#,
            "hugbot",
            None,
        ),
        (r#"{"type":"team_rename","name":"New"}"#, "New", None),
    ] {
        event(frame, |event| match event {
            Event::Team(event) => {
                assert_eq!(event.name(), text(name));
                assert_eq!(event.value(), value);
            }
            other => panic!("{other:?}"),
        });
    }
    let frame = r#"{"type":"emoji_changed","subtype":"remove","names":["a","b"]}"#;
    event(frame, |event| match event {
        Event::Team(event) => {
            assert_eq!(event.subtype(), Some("remove"));
            assert_eq!(event.names().map(|names| names.len()), Some(2));
        }
        other => panic!("{other:?}"),
    });
}

#[test]
fn members_print_as_name_and_value() {
    let frame = r#"{"type":"presence_change","users":["U2","U\"3"],"ok":false,"reply_to":null,"channel":{"id":"C1"},"ts":1.5e3,"text":"a\n\u2764"}"#;
    let printed = event(frame, |event| printed_members(event).join(" "));
    assert_eq!(
        printed,
        "type=\"presence_change\" users[]=[\"U2\",\"U\\\"3\"] ok=false reply_to=null \
         channel.id=\"C1\" ts=1.5e3 text=\"a\\n❤\""
    );
}

/// The guide's table of receive buffers: its last column.
#[test]
fn texts_are_seen_whole_up_to_the_figures_of_the_guide() {
    fn whole<const N: usize>(frame: &str) -> bool {
        read::<N, _>(
            &PATHS,
            frame,
            || usize::MAX,
            |event| match event {
                Event::Message(message) => !message.text().expect("a text").is_cut(),
                other => panic!("{other:?}"),
            },
        )
    }
    // In the order of Slack's documents.
    let documented = |length| {
        let text = "t".repeat(length);
        format!(
            r#"{{"type":"message","channel":"C0123456789","user":"U0123456789","text":"{text}","ts":"1485976157.000000"}}"#
        )
    };
    assert!(whole::<512>(&documented(100)) && !whole::<512>(&documented(140)));
    assert!(whole::<1024>(&documented(420)) && !whole::<1024>(&documented(450)));
    assert!(whole::<4096>(&documented(3_400)) && !whole::<4096>(&documented(3_500)));
    // 4,000 characters of four bytes, twice.
    let (before, text) = ("\u{1F600}".repeat(4_000), r"\ud83d\ude00".repeat(4_000));
    assert!(whole::<32_768>(&format!(
        r#"{{"type":"message","subtype":"message_changed","hidden":true,
        "previous_message":{{"type":"message","user":"U0123456789","text":"{before}","ts":"1485976157.000000"}},
        "channel":"C0123456789","event_ts":"1485976158.000000","ts":"1485976158.000000",
        "message":{{"type":"message","user":"U0123456789","edited":{{"user":"U0123456789","ts":"1485976158.000000"}},
        "ts":"1485976157.000000","thread_ts":"1485976157.000000","text":"{text}"}}}}"#
    )));
}
