//! The content of a message and the way to reply: readable text, files, threads, direct messages,
//! commands.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod event_common;

use event_common::{message, read};
use slack_rtm::Event;
use slack_rtm::buffer::write_to_slice;
use slack_rtm::event::{Literal, Message, READABLE_PATHS, TextPiece};
use slack_rtm::json::{Text, Writer};
use slack_rtm::rtm::command::{Command, Post};
use slack_rtm::rtm::limits::LimitError;

fn frame(members: &str) -> String {
    format!(r#"{{"type":"message","channel":"C1",{members},"ts":"2.1"}}"#)
}

/// Looks at a message that was read with the table of readable texts; it is the same for every
/// size of the pieces.
fn readable<T: PartialEq + std::fmt::Debug>(members: &str, look: impl Fn(Message<'_>) -> T) -> T {
    let frame = frame(members);
    let with = |piece: usize| {
        read::<4096, _>(
            &READABLE_PATHS,
            &frame,
            || piece,
            |event| match event {
                Event::Message(message) => look(message),
                other => panic!("{other:?}"),
            },
        )
    };
    let whole = with(usize::MAX);
    for piece in [1, 13] {
        assert_eq!(with(piece), whole, "{frame}");
    }
    whole
}

fn shown(members: &str) -> String {
    readable(members, |message| {
        assert!(message.members().records().is_complete());
        let pieces: String = message.readable_text().map(Text::as_str).collect();
        let printed = message.readable_text().to_string();
        assert_eq!(printed.replace('\n', ""), pieces.replace('\n', ""));
        printed
    })
}

#[test]
fn a_message_of_attachments_alone_has_a_readable_text() {
    let of_bot = r#""subtype":"bot_message","bot_id":"B2""#;
    for (attachments, expected) in [
        (r#"[{"fallback":"!tryme","text":"door"}]"#, "door"),
        (r#"[{"text":"door","fallback":"!tryme"}]"#, "door"),
        (r#"[{"fallback":"!tryme"}]"#, "!tryme"),
        (
            r#"[{"fallback":"!tryme","text":"","title":null}]"#,
            "!tryme",
        ),
        (
            r#"[{"color":"f00","pretext":"Alert","title":"Disk","title_link":"http://x","text":"full","fallback":"no"}]"#,
            "Alert\nDisk\nfull",
        ),
        (
            r#"[{"fields":[{"title":"Host","value":"db1","short":true},{"value":"db2"}],"title":"Disk"},{"fallback":"two"},{"text":"3"}]"#,
            "Host\ndb1\ndb2\nDisk\ntwo\n3",
        ),
        (
            r#"[{"color":"f00","blocks":[{"type":"section","fields":[{"type":"mrkdwn","text":"a"}],"text":{"type":"mrkdwn","text":"b"}}],"fallback":"[no preview]"}]"#,
            "a\nb",
        ),
        ("[]", ""),
        (r#"["text",null,[]]"#, ""),
    ] {
        for text in ["", r#","text":"""#, r#","text":null"#] {
            let members = format!(r#"{of_bot}{text},"attachments":{attachments}"#);
            assert_eq!(shown(&members), expected, "{members}");
        }
    }
}

#[test]
fn a_message_of_blocks_alone_has_a_readable_text() {
    for (blocks, expected) in [
        (
            r#"[{"type":"header","text":{"type":"plain_text","text":"Alert"}},{"type":"divider"},
                {"type":"section","fields":[{"type":"mrkdwn","text":"*Host*"},{"type":"mrkdwn","text":"db1"}],"text":{"type":"mrkdwn","text":"Disk full"}},
                {"type":"section","text":{"text":"second","type":"mrkdwn"}},
                {"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Mute"},"value":"x"}]},
                {"type":"context","elements":[{"type":"image","image_url":"http://x","alt_text":"no"},{"type":"mrkdwn","text":"by ops"}]}]"#,
            "Alert\n*Host*\ndb1\nDisk full\nsecond\nby ops",
        ),
        (
            r#"[{"type":"rich_text","elements":[
                {"type":"rich_text_section","elements":[{"type":"text","text":"see "},{"type":"link","url":"http://x.org"},{"type":"text","text":" now","style":{"bold":true}}]},
                {"type":"rich_text_preformatted","elements":[{"type":"text","text":"code"}]},
                {"type":"rich_text_list","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"two"}]}]}]}]"#,
            "see http://x.org now\ncode\none\ntwo",
        ),
        ("[]", ""),
        (r#"[{"type":"section","text":"no object"}]"#, ""),
    ] {
        let members = format!(r#""bot_id":"B2","blocks":{blocks}"#);
        assert_eq!(shown(&members), expected, "{members}");
    }
}

#[test]
fn the_text_of_a_message_comes_before_its_blocks() {
    let blocks = r#""blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"hi"}]}]}]"#;
    assert_eq!(shown(&format!(r#""user":"U2","text":"hi",{blocks}"#)), "hi");
    assert_eq!(shown(&format!(r#""user":"U2",{blocks},"text":"hi""#)), "hi");
    assert_eq!(shown(&format!(r#""user":"U2",{blocks},"text":"""#)), "hi");
    // Of an edit, the text of the message that changed.
    let edit = r#""subtype":"message_changed","attachments":[{"text":"no"}],"message":{"text":"new","user":"U2"}"#;
    assert_eq!(shown(edit), "new");
    let edit =
        r#""subtype":"message_changed","attachments":[{"text":"no"}],"message":{"user":"U2"}"#;
    assert_eq!(shown(edit), "");
}

/// A table without these members returns the text that there is.
#[test]
fn without_the_table_the_readable_text_is_the_text() {
    message(
        &frame(r#""text":"hi","attachments":[{"text":"x"}]"#),
        |message| {
            assert_eq!(message.readable_text().to_string(), "hi");
        },
    );
    message(&frame(r#""attachments":[{"text":"x"}]"#), |message| {
        assert_eq!(message.readable_text().next(), None);
    });
}

#[test]
fn each_file_has_its_id_and_name() {
    let files = r#""subtype":"file_share","user":"U2","text":"","files":[{"id":"F1","mode":"hidden_by_limit"},{"name":"b.png","id":"F2"}]"#;
    message(&frame(files), |message| {
        let files: Vec<_> = message
            .files()
            .map(|file| (file.text_or_number("id"), file.text("name")))
            .collect();
        assert_eq!(
            files,
            [(Some("F1"), None), (Some("F2"), Some("b.png".into()))]
        );
    });
    message(&frame(r#""text":"x""#), |message| {
        assert_eq!(message.files().count(), 0);
    });
}

#[test]
fn a_message_is_in_a_thread_unless_it_is_the_first_one() {
    for (members, root, in_thread) in [
        (r#""text":"x""#, "2.1", false),
        (r#""text":"x","thread_ts":"1.1""#, "1.1", true),
        (r#""text":"x","thread_ts":1.1"#, "1.1", true),
        (
            r#""text":"x","thread_ts":"2.1","reply_count":2"#,
            "2.1",
            false,
        ),
        (
            r#""subtype":"thread_broadcast","text":"x","thread_ts":"1.1","root":{"ts":"1.1"}"#,
            "1.1",
            true,
        ),
        (
            r#""subtype":"message_changed","message":{"ts":"1.5","thread_ts":"1.1"}"#,
            "1.1",
            true,
        ),
        (
            r#""subtype":"message_replied","message":{"ts":"1.1","thread_ts":"1.1"}"#,
            "1.1",
            false,
        ),
    ] {
        message(&frame(members), |message| {
            assert_eq!(message.thread_root(), Some(root), "{members}");
            assert_eq!(message.is_in_thread(), in_thread, "{members}");
        });
    }
}

/// The JSON of a command without an id.
fn json(command: &impl Command) -> String {
    let mut memory = [0; 1024];
    let json = write_to_slice(&mut memory, |sink| {
        let mut json = Writer::new(sink);
        json.begin_object();
        command.write(&mut json);
        json.end_object();
    });
    String::from_utf8(json.expect("it fits").to_vec()).expect("it is text")
}

#[test]
fn one_call_replies_at_the_place_of_a_message_or_in_its_thread() {
    for (members, place, thread) in [
        (r#""text":"x""#, "", r#","thread_ts":"2.1""#),
        (
            r#""text":"x","thread_ts":"1.1""#,
            r#","thread_ts":"1.1""#,
            r#","thread_ts":"1.1""#,
        ),
        (
            r#""text":"x","thread_ts":"2.1""#,
            "",
            r#","thread_ts":"2.1""#,
        ),
    ] {
        message(&frame(members), |message| {
            let reply = Post::reply_to(&message, "pong").expect("a channel");
            let expected = format!(r#"{{"type":"message","channel":"C1","text":"pong"{place}}}"#);
            assert_eq!(json(&reply), expected, "{members}");
            let reply = Post::in_thread_of(&message, Literal("<pong>")).expect("a channel");
            let expected =
                format!(r#"{{"type":"message","channel":"C1","text":"&lt;pong&gt;"{thread}}}"#);
            assert_eq!(json(&reply), expected, "{members}");
        });
    }
    // Without channel or timestamp there is no place.
    message(r#"{"type":"message","text":"x","ts":"2.1"}"#, |message| {
        assert!(Post::reply_to(&message, "pong").is_none());
        assert!(Post::in_thread_of(&message, "pong").is_none());
    });
    message(
        r#"{"type":"message","text":"x","channel":"C1"}"#,
        |message| {
            assert!(Post::reply_to(&message, "pong").is_some());
            assert!(Post::in_thread_of(&message, "pong").is_none());
        },
    );
}

#[test]
fn direct_messages_are_known_by_channel_or_type() {
    for (members, direct, group) in [
        (r#""channel":"C1""#, false, false),
        (r#""channel":"D1""#, true, false),
        (r#""channel":"G1""#, false, false),
        (r#""channel":"G1","channel_type":"mpim""#, false, true),
        (r#""channel":"D1","channel_type":"im""#, true, false),
        (r#""channel":"C1","channel_type":"im""#, true, false),
        (r#""channel":"D1","channel_type":"channel""#, false, false),
        (r#""text":"D1""#, false, false),
    ] {
        message(&format!(r#"{{"type":"message",{members}}}"#), |message| {
            assert_eq!(message.is_direct(), direct, "{members}");
            assert_eq!(message.is_group_direct(), group, "{members}");
        });
    }
}

/// The client's own user is U1.
#[test]
fn a_command_is_the_text_after_the_own_mention_at_the_front() {
    for (text, in_channel, direct) in [
        ("<@U1> help", Some("help"), "help"),
        ("<@U1|bot> help", Some("help"), "help"),
        ("<@U1>: help me", Some("help me"), "help me"),
        ("<@U1>,help", Some("help"), "help"),
        (" <@U1>  :  help", Some("help"), "help"),
        ("<@U1>", Some(""), ""),
        ("<@U1> <@U1> twice", Some("<@U1> twice"), "<@U1> twice"),
        ("<@U1> a &lt; b", Some("a &lt; b"), "a &lt; b"),
        ("<@U1>::help", Some(":help"), ":help"),
        ("help", None, "help"),
        ("ask <@U1>", None, "ask <@U1>"),
        ("<@U2> help", None, "<@U2> help"),
        ("<@U2> <@U1> help", None, "<@U2> <@U1> help"),
        ("<@U12> help", None, "<@U12> help"),
        ("<@U1|no end", None, "<@U1|no end"),
        ("", None, ""),
    ] {
        for (channel, expected) in [("C1", in_channel), ("D1", Some(direct))] {
            let frame = format!(
                r#"{{"type":"message","user":"U2","channel":"{channel}","text":"{text}"}}"#
            );
            message(&frame, |message| {
                assert_eq!(message.command(), expected.map(Text::from), "{frame}");
            });
        }
    }
    // A mention after 253 and more bytes of white space is not the own one by chance.
    for spaces in 250..260 {
        for (mention, found) in [("<@U1> x", true), ("<@U2> <@U1> x", false)] {
            let frame = format!(
                r#"{{"type":"message","channel":"C1","text":"{}{mention}"}}"#,
                " ".repeat(spaces)
            );
            message(&frame, |message| {
                let expected = found && spaces < 254;
                assert_eq!(message.command().is_some(), expected, "{spaces} {mention}");
                assert!(message.mentions_me());
            });
        }
    }
}

#[test]
fn a_command_that_is_cut_has_its_full_length() {
    let frame = format!(
        r#"{{"type":"message","channel":"C1","text":"<@U1> {}"}}"#,
        "x".repeat(2000)
    );
    message(&frame, |message| {
        let command = message.command().expect("a command");
        assert!(command.is_cut() && command.as_str().starts_with('x'));
        assert_eq!(command.full_len(), 2000);
        assert_ne!(command, "x");
    });
}

/// Slack accepts 4,000 characters, whatever the text is made of.
#[test]
fn a_composed_text_is_checked_against_the_limit() {
    let long = "é".repeat(3990);
    let of = |text| Post::with_text("C1", [TextPiece::User("U2"), TextPiece::Literal(text)]);
    assert_eq!(of(&long).check(), Ok(()));
    let longer = "é".repeat(3996);
    let error = Err(LimitError::Text { characters: 4001 });
    assert_eq!(of(&longer).check(), error);
    // Each character counts as it is sent.
    let escapes = "<".repeat(1001);
    let error = Err(LimitError::Text { characters: 4004 });
    assert_eq!(Post::new("C1", &escapes).literal().check(), error);
    assert_eq!(Post::new("C1", &escapes).check(), Ok(()));
}

#[test]
fn a_reply_is_composed_of_a_mention_and_the_text_of_others() {
    message(
        &frame(r#""user":"U2","text":"<@U1> who is <b>?","thread_ts":"1.1""#),
        |message| {
            let pieces = [
                TextPiece::User(message.user().expect("an author")),
                TextPiece::Literal(": \"<!channel>\" & "),
                TextPiece::Channel("C2"),
            ];
            let reply = Post::reply_to(&message, &pieces[..])
                .expect("a channel")
                .broadcast();
            assert_eq!(
                json(&reply),
                r#"{"type":"message","channel":"C1","text":"<@U2>: \"&lt;!channel&gt;\" &amp; <#C2>","thread_ts":"1.1","reply_broadcast":true}"#
            );
        },
    );
}
