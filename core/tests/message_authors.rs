//! Who posted a message: `posted_by` for every shape of a message that Slack sends.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod event_common;

use event_common::{event, message, read};
use slack_rtm::Event;
use slack_rtm::event::{Author, COMMON_PATHS, Message, PATHS, Subtype};
use std::collections::VecDeque;

/// The client's own user is U1.
const NEW_MESSAGES: &[(&str, Author<'_>)] = &[
    (r#""user":"U2","text":"hi""#, Author::Person("U2")),
    (
        r#""user":"U2","text":"hi","subtype":null,"bot_id":null"#,
        Author::Person("U2"),
    ),
    (
        r#""user":"U2","text":"hi","hidden":false"#,
        Author::Person("U2"),
    ),
    (
        r#""user":"U2","text":"hi","thread_ts":"1.1","parent_user_id":"U1""#,
        Author::Person("U2"),
    ),
    (
        r#""subtype":"file_share","user":"U2","text":"","files":[{"id":"F1"}]"#,
        Author::Person("U2"),
    ),
    (
        r#""subtype":"thread_broadcast","user":"U2","text":"hi","thread_ts":"1.1","root":{"user":"U1","text":"?","ts":"1.1"}"#,
        Author::Person("U2"),
    ),
    (
        r#""subtype":"me_message","user":"U2","text":"waves""#,
        Author::Person("U2"),
    ),
    (
        r#""user":"U2","text":"hi","edited":{"user":"U2","ts":"1.9"}"#,
        Author::Person("U2"),
    ),
    // Bots, with and without a user of their own.
    (
        r#""subtype":"bot_message","bot_id":"B2","text":"x","username":"ci""#,
        Author::Bot(Some("B2")),
    ),
    (
        r#""subtype":"bot_message","text":"x","username":"ci""#,
        Author::Bot(None),
    ),
    (
        r#""subtype":"bot_message","user":"U3","text":"x""#,
        Author::Bot(None),
    ),
    (
        r#""user":"U3","bot_id":"B3","text":"x","bot_profile":{"name":"b"}"#,
        Author::Bot(Some("B3")),
    ),
    (
        r#""user":"USLACKBOT","text":"Reminder: stand up.""#,
        Author::Bot(None),
    ),
];

/// Events that are no new message of somebody else.
const OTHERS: &[&str] = &[
    // An edit, a link preview with the same text, and the update of a thread's first message.
    r#""subtype":"message_changed","message":{"user":"U2","text":"new","ts":"1.1","edited":{"user":"U2","ts":"1.9"}},"previous_message":{"user":"U2","text":"old","ts":"1.1"}"#,
    r#""subtype":"message_changed","hidden":true,"message":{"user":"U2","text":"http://x.org","ts":"1.1","attachments":[{"fallback":"X"}]},"previous_message":{"user":"U2","text":"http://x.org","ts":"1.1"}"#,
    r#""subtype":"message_replied","hidden":true,"message":{"text":"ping","user":"U2","ts":"1.1","thread_ts":"1.1","reply_count":1}"#,
    // The same without the subtype, which Slack omitted for years.
    r#""hidden":true,"message":{"text":"ping","user":"U2","ts":"1.1","thread_ts":"1.1","reply_count":1}"#,
    r#""message":{"text":"ping","user":"U2","ts":"1.1"}"#,
    r#""user":"U2","text":"ping","message":{"text":"ping"}"#,
    // Deletions.
    r#""subtype":"message_deleted","hidden":true,"deleted_ts":"1.1","previous_message":{"user":"U2","text":"oops","ts":"1.1"}"#,
    r#""subtype":"message_changed","message":{"subtype":"tombstone","user":"USLACKBOT","text":"This message was deleted.","ts":"1.1"}"#,
    r#""subtype":"tombstone","user":"USLACKBOT","text":"This message was deleted.""#,
    // Hidden, a replay, own.
    r#""user":"U2","text":"ping","hidden":true"#,
    r#""user":"U2","text":"ping","reply_to":5"#,
    r#""user":"U2","text":"ping","reply_to":"5""#,
    r#""user":"U1","text":"pong""#,
    r#""user":"U1","text":"pong","thread_ts":"1.1""#,
    r#""user":"U1","text":"pong","bot_id":"B1""#,
    r#""subtype":"thread_broadcast","user":"U1","text":"pong","thread_ts":"1.1""#,
    r#""subtype":"file_share","user":"U1","text":"pong""#,
    // Of nobody, or of another type.
    r#""text":"ping""#,
    r#""user":null,"text":"ping""#,
    r#""user":{},"text":"ping""#,
    r#""user":"U2","text":"ping","subtype":7"#,
    r#""user":"U2","text":"ping","subtype":{}"#,
    r#""user":"U2","text":"ping","subtype":["bot_message"]"#,
    r#""user":"U2","text":"ping","subtype":"new_in_2030""#,
    r#""user":"U2","text":"ping","subtype":"""#,
];

fn frame(members: &str) -> String {
    format!(r#"{{"type":"message","channel":"C1",{members},"ts":"2.1","event_ts":"2.1"}}"#)
}

#[test]
fn a_new_message_has_its_author() {
    for (members, author) in NEW_MESSAGES {
        message(&frame(members), |message| {
            assert_eq!(message.posted_by(), Some(*author), "{members}");
        });
    }
}

#[test]
fn an_event_that_is_no_new_message_has_no_author() {
    for members in OTHERS {
        message(&frame(members), |message| {
            assert_eq!(message.posted_by(), None, "{members}");
        });
    }
}

#[test]
fn of_all_subtypes_four_are_new_messages() {
    let new = Subtype::KNOWN.iter().filter(|subtype| {
        let members = format!(r#""subtype":"{}","user":"U2","text":"x""#, subtype.as_str());
        message(&frame(&members), |message| message.posted_by().is_some())
    });
    assert_eq!(
        new.collect::<Vec<_>>(),
        [
            &Subtype::BotMessage,
            &Subtype::MeMessage,
            &Subtype::ThreadBroadcast,
            &Subtype::FileShare,
        ]
    );
}

/// Members may come in any order: the result does not depend on it.
#[test]
fn the_order_of_the_members_does_not_matter() {
    for (members, author) in NEW_MESSAGES {
        let reversed = format!(r#"{{"ts":"2.1",{members},"channel":"C1","type":"message"}}"#);
        message(&reversed, |message| {
            assert_eq!(message.posted_by(), Some(*author), "{members}");
        });
    }
}

/// If a member was lost because the buffer was full, it may have been `hidden` or `bot_id`.
#[test]
fn a_message_that_lost_a_member_has_no_author() {
    let mut lost = 0;
    for files in 0..80 {
        let list: Vec<_> = (0..files)
            .map(|n| format!(r#"{{"id":"F{n:010}"}}"#))
            .collect();
        let members = format!(
            r#""user":"U2","text":"x","files":[{}],"bot_id":"B2""#,
            list.join(",")
        );
        let (author, complete) = read::<512, _>(
            &PATHS,
            &frame(&members),
            || usize::MAX,
            |event| {
                let Event::Message(message) = event else {
                    panic!("{event:?}");
                };
                let complete = message.members().records().is_complete();
                (
                    message
                        .posted_by()
                        .map(|author| matches!(author, Author::Bot(_))),
                    complete,
                )
            },
        );
        assert_eq!(author, complete.then_some(true), "{files} files");
        lost += u32::from(!complete);
    }
    assert!(lost > 0, "every list fits");
}

/// The bot of every snippet in the documentation: it answers a person that posted. With a thread
/// reply on, the answers and the updates of threads come back as events.
#[test]
fn no_shape_of_a_message_makes_a_bot_answer_itself() {
    let answers = |frame: &str| {
        message(frame, |message| {
            matches!(message.posted_by(), Some(Author::Person(_)))
        })
    };
    // The frames that Slack sends after an answer of the bot: the answer itself, as a user, as a
    // bot, in a thread, broadcast, replayed, edited, with a preview, deleted; and the first message
    // of the thread.
    let own = [
        r#""user":"U1""#,
        r#""bot_id":"B1","user":"U1""#,
        r#""bot_id":"B1""#,
    ];
    let forms = [
        "",
        r#","subtype":"bot_message","bot_id":"B1""#,
        r#","thread_ts":"1.1""#,
        r#","subtype":"thread_broadcast","thread_ts":"1.1""#,
        r#","subtype":"me_message""#,
        r#","subtype":"file_share""#,
        r#","reply_to":3"#,
        r#","hidden":true"#,
    ];
    for author in own {
        for form in forms {
            let answer = format!(r#"{author},"text":"ping"{form}"#);
            assert!(!answers(&frame(&answer)), "{answer}");
            for subtype in ["message_changed", "message_replied", "message_deleted"] {
                for inner in ["message", "previous_message"] {
                    let update = format!(
                        r#""subtype":"{subtype}","{inner}":{{{author},"text":"ping","ts":"1.1"}}"#
                    );
                    assert!(!answers(&frame(&update)), "{update}");
                }
            }
        }
    }
    for others in OTHERS {
        assert!(!answers(&frame(others)), "{others}");
    }
}

/// The condition of every snippet in the documentation: `tests/documentation/tests/answers.rs`
/// compares them with this one.
fn is_answered(message: &Message<'_>) -> bool {
    if let Some(Author::Person(_)) = message.posted_by() {
        return true;
    }
    false
}

/// Everything that Slack may send after an answer in the thread of `question`, with the same text:
/// the answer itself by each way of posting, and the changes of both messages.
fn after_an_answer(question: &str) -> Vec<String> {
    let answers = [
        r#""user":"U1""#,
        r#""user":"U1","bot_id":"B1","app_id":"A1","bot_profile":{"id":"B1","app_id":"A1"}"#,
        r#""subtype":"bot_message","bot_id":"B1","username":"door""#,
        r#""subtype":"bot_message","username":"door""#,
        r#""subtype":"thread_broadcast","user":"U1","root":{"user":"U2","text":"ping"}"#,
        r#""user":"U1","reply_to":3"#,
    ]
    .map(|author| format!(r#"{author},"text":"ping","thread_ts":"2.1""#));
    let first = format!(
        r#""message":{{{question},"ts":"2.1","thread_ts":"2.1","reply_count":1,"reply_users":["U1"]}}"#
    );
    let mut events = vec![
        format!(r#""subtype":"message_replied","hidden":true,{first}"#),
        format!(r#""subtype":"message_replied",{first}"#),
        format!(r#""hidden":true,{first}"#),
        first,
        r#""subtype":"message_changed","message":{"subtype":"tombstone","user":"USLACKBOT","text":"ping","ts":"2.1"}"#.into(),
    ];
    for message in answers.iter().map(String::as_str).chain([question]) {
        for hidden in ["", r#""hidden":true,"#] {
            // An edit, a preview, a deletion.
            for change in [
                r#","edited":{"ts":"2.3"}"#,
                r#","attachments":[{"text":"ping"}]"#,
            ] {
                events.push(format!(
                    r#"{hidden}"subtype":"message_changed","message":{{{message},"ts":"2.2"{change}}},"previous_message":{{{message},"ts":"2.2"}}"#
                ));
            }
            events.push(format!(
                r#"{hidden}"subtype":"message_deleted","deleted_ts":"2.2","previous_message":{{{message},"ts":"2.2"}}"#
            ));
        }
    }
    events.extend(answers);
    events.iter().map(|members| frame(members)).collect()
}

/// Lets a bot answer in the thread, gives it all that Slack sends because of that, and returns how
/// often it answered. It would go on for ever if one of these events had an answer.
fn answers_of_a_bot(question: &str) -> usize {
    let mut events = VecDeque::from([frame(question)]);
    let mut answers = 0;
    while let Some(event) = events.pop_front() {
        let is_answered = read::<2048, _>(
            &PATHS,
            &event,
            || usize::MAX,
            |event| matches!(event, Event::Message(message) if is_answered(&message)),
        );
        if is_answered {
            answers += 1;
            assert!(answers < 3, "it answers itself: {event}");
            events.extend(after_an_answer(question));
        }
    }
    answers
}

#[test]
fn a_bot_of_the_documentation_answers_each_person_once_and_nothing_else() {
    for (question, author) in NEW_MESSAGES {
        let is_person = matches!(author, Author::Person(_));
        assert_eq!(
            answers_of_a_bot(question),
            usize::from(is_person),
            "{question}"
        );
    }
    for event in OTHERS {
        assert_eq!(answers_of_a_bot(event), 0, "{event}");
    }
    let by_people = [
        Subtype::MeMessage,
        Subtype::ThreadBroadcast,
        Subtype::FileShare,
    ];
    for subtype in Subtype::KNOWN {
        let name = subtype.as_str();
        let question = format!(r#""subtype":"{name}","user":"U2","text":"ping""#);
        let expected = usize::from(by_people.contains(subtype));
        assert_eq!(answers_of_a_bot(&question), expected, "{name}");
    }
}

/// Each member of the message that an event is about, even if all others are missing.
#[test]
fn an_event_about_a_message_has_the_members_that_came() {
    // (subtype, object, member) and the accessor's name.
    for subtype in ["message_changed", "message_deleted", "message_replied"] {
        for object in ["message", "previous_message"] {
            for (member, value) in [
                ("user", "U2"),
                ("bot_id", "B2"),
                ("ts", "1.2"),
                ("thread_ts", "1.1"),
            ] {
                let members =
                    format!(r#""subtype":"{subtype}","{object}":{{"{member}":"{value}"}}"#);
                message(&frame(&members), |message| {
                    let of = |name| if name == member { Some(value) } else { None };
                    assert_eq!(message.user(), of("user"), "{members}");
                    assert_eq!(message.bot_id(), of("bot_id"), "{members}");
                    assert_eq!(message.ts(), of("ts"), "{members}");
                    assert_eq!(message.thread_ts(), of("thread_ts"), "{members}");
                    assert_eq!(message.channel(), Some("C1"));
                    assert_eq!(message.event_ts(), Some("2.1"));
                });
            }
        }
    }
}

#[test]
fn a_deletion_has_author_thread_and_text_of_the_message_before() {
    let members = r#""subtype":"message_deleted","deleted_ts":"1.2","previous_message":{"user":"U1","text":"oops","ts":"1.2","thread_ts":"1.1"}"#;
    message(&frame(members), |message| {
        assert_eq!(message.user(), Some("U1"));
        assert_eq!(message.thread_ts(), Some("1.1"));
        assert_eq!(message.ts(), Some("1.2"));
        assert_eq!(message.previous_text(), Some("oops".into()));
        assert_eq!(message.text(), None);
        assert!(message.is_own() && message.is_deletion());
    });
}

#[test]
fn a_tombstone_is_a_deletion_and_an_edit_is_none() {
    let tombstone = r#""subtype":"message_changed","message":{"subtype":"tombstone","user":"USLACKBOT","text":"This message was deleted.","ts":"1.1"},"previous_message":{"user":"U2","text":"oops","ts":"1.1"}"#;
    let edit = r#""subtype":"message_changed","message":{"user":"U2","text":"new","ts":"1.1"}"#;
    message(&frame(tombstone), |message| assert!(message.is_deletion()));
    message(&frame(edit), |message| assert!(!message.is_deletion()));
    message(&frame(r#""user":"U2","text":"x""#), |message| {
        assert!(!message.is_deletion());
    });
}

/// Slackbot is the author of a tombstone; the message was somebody else's.
#[test]
fn a_tombstone_has_the_author_of_the_message_before() {
    let tombstone = |author: &str| {
        format!(
            r#""subtype":"message_changed","hidden":true,"message":{{"subtype":"tombstone","user":"USLACKBOT","text":"This message was deleted.","ts":"1.1","thread_ts":"1.1"}},"previous_message":{{{author},"text":"oops","ts":"1.1","thread_ts":"1.1"}}"#
        )
    };
    message(&frame(&tombstone(r#""user":"U2""#)), |message| {
        assert_eq!(message.user(), Some("U2"));
        assert_eq!(message.previous_text(), Some("oops".into()));
        assert!(message.is_deletion() && !message.is_own());
    });
    message(&frame(&tombstone(r#""user":"U1""#)), |message| {
        assert!(message.is_deletion() && message.is_own());
    });
    message(&frame(&tombstone(r#""bot_id":"B2""#)), |message| {
        assert_eq!(message.bot_id(), Some("B2"));
        assert!(message.is_deletion());
    });
}

#[test]
fn the_time_of_a_change_comes_without_its_author() {
    for object in ["message", "previous_message"] {
        let members = format!(
            r#""subtype":"message_changed","{object}":{{"user":"U2","text":"new","ts":"1.1","edited":{{"ts":"2.0"}}}}"#
        );
        message(&frame(&members), |message| {
            let edited = message.edited().expect("a change");
            assert_eq!((edited.user(), edited.ts()), (None, Some("2.0")));
        });
    }
    message(
        &frame(r#""user":"U2","text":"x","edited":{"ts":2.5}"#),
        |message| {
            assert_eq!(message.edited().and_then(|edited| edited.ts()), Some("2.5"));
        },
    );
}

/// The smaller table has all that the result needs.
#[test]
fn the_author_needs_the_common_members_only() {
    let authors = |members: &str| {
        read::<1024, _>(
            &COMMON_PATHS,
            &frame(members),
            || usize::MAX,
            |event| match event {
                Event::Message(message) => message.posted_by().map(|author| format!("{author:?}")),
                other => panic!("{other:?}"),
            },
        )
    };
    for (members, author) in NEW_MESSAGES {
        assert_eq!(authors(members), Some(format!("{author:?}")), "{members}");
    }
    for members in OTHERS {
        assert_eq!(authors(members), None, "{members}");
    }
}

/// Slack sends ids, timestamps and counts as numbers, and numbers in quotes.
#[test]
fn a_number_and_a_numeral_in_quotes_are_the_same() {
    for event_ts in ["1436900000", r#""1436900000""#] {
        let text = format!(r#"{{"type":"channel_archive","channel":"C1","event_ts":{event_ts}}}"#);
        event(&text, |event| {
            let Event::Channel(channel) = event else {
                panic!("{event:?}");
            };
            assert_eq!(channel.event_ts(), Some("1436900000"), "{text}");
        });
    }
    for created in ["1436900000", r#""1436900000""#] {
        let text = format!(
            r#"{{"type":"channel_created","channel":{{"id":"C1","name":"n","created":{created}}}}}"#
        );
        event(&text, |event| {
            let members = event.members().expect("a frame");
            assert_eq!(
                members.number("channel.created"),
                Some(1_436_900_000),
                "{text}"
            );
            assert_eq!(
                members.text_or_number("channel.created"),
                Some("1436900000")
            );
        });
    }
    for code in ["2", r#""2""#] {
        let text = format!(r#"{{"type":"error","error":{{"code":{code},"msg":"m"}}}}"#);
        event(&text, |event| {
            let Event::ServerError(error) = event else {
                panic!("{event:?}");
            };
            assert_eq!(error.error_code(), Some(2), "{text}");
        });
    }
    for reply_to in ["7", r#""7""#] {
        let text = format!(r#"{{"ok":true,"reply_to":{reply_to},"ts":"1.1"}}"#);
        event(&text, |event| {
            let Event::Reply(reply) = event else {
                panic!("{event:?}");
            };
            assert_eq!(reply.reply_to(), Some(7), "{text}");
        });
    }
}
