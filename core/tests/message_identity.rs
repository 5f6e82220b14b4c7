//! A client's own messages, recognised by the ids of its user, its bot and its app.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod client_common;
mod event_common;

use client_common::{Rig, Seen, config};
use event_common::read_as;
use slack_rtm::buffer::RecvBuf;
use slack_rtm::event::{Author, COMMON_PATHS, Identity, PATHS};
use slack_rtm::json::{Extractor, Raw};
use slack_rtm::web_api::{Accepted, paths};
use slack_rtm::{DisconnectReason, Event};

fn bot() -> Identity {
    Identity::new().user("U0ME").bot("B0ME").app("A0ME")
}

/// Who posted it, and whether it is own, for a client with these ids.
fn judge(me: &Identity, members: &str) -> (Option<Author<'static>>, bool) {
    let frame = format!(r#"{{"type":"message","channel":"C1",{members},"ts":"1.1"}}"#);
    let look = |event: Event<'_>| {
        let Event::Message(message) = event else {
            panic!("{event:?}");
        };
        let author = message.posted_by().map(|author| match author {
            Author::Person(id) => Author::Person(id.to_owned().leak()),
            Author::Bot(id) => Author::Bot(id.map(|id| &*id.to_owned().leak())),
        });
        (author, message.is_own())
    };
    let all = read_as::<1024, _>(me, &PATHS, &frame, || usize::MAX, look);
    let common = read_as::<512, _>(me, &COMMON_PATHS, &frame, || usize::MAX, look);
    assert_eq!(all, common, "{members}");
    all
}

const OWN: &[&str] = &[
    r#""subtype":"bot_message","bot_id":"B0ME","text":"help""#,
    r#""bot_id":"B0ME","user":"U9","text":"help""#,
    r#""bot_id":"B9","user":"U0ME","text":"help""#,
    r#""user":"U0ME","text":"help""#,
    r#""subtype":"bot_message","bot_id":"B9","app_id":"A0ME","text":"help""#,
    r#""user":"U9","app_id":"A0ME","bot_id":"B9","text":"help""#,
];

#[test]
fn a_message_of_the_own_user_bot_or_app_is_own() {
    for members in OWN {
        assert_eq!(judge(&bot(), members), (None, true), "{members}");
    }
    // Edits and deletions of own messages, which name the author in either place.
    for members in [
        r#""subtype":"message_changed","message":{"bot_id":"B0ME","text":"x","ts":"1.1"}"#,
        r#""subtype":"message_changed","message":{"user":"U0ME","text":"x","ts":"1.1"}"#,
        r#""subtype":"message_changed","message":{"app_id":"A0ME","text":"x","ts":"1.1"}"#,
        r#""subtype":"message_deleted","deleted_ts":"1.1","previous_message":{"app_id":"A0ME"}"#,
        r#""subtype":"message_deleted","deleted_ts":"1.1","previous_message":{"bot_id":"B0ME","text":"x"}"#,
        r#""subtype":"message_changed","message":{"subtype":"tombstone","user":"USLACKBOT"},"previous_message":{"user":"U0ME"}"#,
    ] {
        assert_eq!(judge(&bot(), members), (None, true), "{members}");
    }
    for (members, author) in [
        (r#""bot_id":"B9","user":"U9""#, Author::Bot(Some("B9"))),
        (r#""bot_id":"","app_id":"""#, Author::Bot(Some(""))),
        (r#""user":"U0M""#, Author::Person("U0M")),
        (r#""user":"U0MEE""#, Author::Person("U0MEE")),
        (
            r#""user":"U9","parent_user_id":"U0ME""#,
            Author::Person("U9"),
        ),
    ] {
        assert_eq!(judge(&bot(), members), (Some(author), false), "{members}");
    }
}

#[test]
fn until_the_bot_id_is_known_a_message_with_one_is_never_by_a_person() {
    for me in [Identity::new(), Identity::new().user("U0ME"), bot()] {
        for members in OWN.iter().filter(|members| members.contains("bot_id")) {
            let (author, own) = judge(&me, members);
            assert!(
                own || matches!(author, Some(Author::Bot(_))),
                "{me:?} {members}: {author:?}"
            );
        }
    }
}

/// Reads the ids in a response with the table for it.
fn learned(response: &str) -> Identity {
    let mut memory = [0; 1024];
    let mut rx = RecvBuf::new(&mut memory);
    rx.space()[..response.len()].copy_from_slice(response.as_bytes());
    rx.filled(response.len());
    let mut extractor = Extractor::new(&paths::IDENTITY, Raw::Off);
    extractor.feed(&mut rx, response.len()).expect(response);
    Identity::from_response(&Accepted::new(rx.records(), &paths::IDENTITY))
}

#[test]
fn the_responses_to_auth_test_and_chat_post_message_name_the_caller() {
    let auth_test = r#"{"ok":true,"url":"https://x.slack.com/","team":"X","user":"bot","team_id":"T1","user_id":"U0ME","bot_id":"B0ME","is_enterprise_install":false}"#;
    assert_eq!(learned(auth_test), Identity::new().user("U0ME").bot("B0ME"));
    let posted = r#"{"ok":true,"channel":"C1","ts":"1.1","message":{"user":"U0ME","type":"message","ts":"1.1","bot_id":"B0ME","app_id":"A0ME","text":"x","bot_profile":{"id":"B0ME","app_id":"A0ME"}}}"#;
    assert_eq!(learned(posted), bot());
    let nothing = r#"{"ok":true,"user_id":null,"bot_id":7,"message":{"user":""}}"#;
    let learned = learned(nothing);
    assert_eq!(learned, Identity::new());
    assert_eq!(
        (learned.user_id(), learned.bot_id(), learned.app_id()),
        (None, None, None)
    );
}

#[test]
fn an_id_that_does_not_fit_is_unknown() {
    let (fits, long) = ("B2345678901234", "B23456789012345");
    assert_eq!(Identity::new().bot(fits).bot_id(), Some(fits));
    let identity = Identity::new().bot(fits).bot(long);
    assert_eq!(identity.bot_id(), None);
    assert!(!identity.contains(long) && !identity.contains(fits) && !identity.contains(""));
}

/// The opening call gives the user id, a program the others, in any order.
#[test]
fn a_client_keeps_the_ids_that_it_was_given() {
    let own = [
        r#"{"type":"message","channel":"C1","user":"U0ME","text":"x","ts":"1.1"}"#,
        r#"{"type":"message","channel":"C1","subtype":"bot_message","bot_id":"B0ME","text":"x","ts":"1.1"}"#,
    ];
    let judge = |rig: &mut Rig| {
        own.map(|frame| match rig.receive_text(frame)[0] {
            Seen::Message { is_own } => is_own,
            ref other => panic!("{other:?}"),
        })
    };
    let mut rig = Rig::new(config(), 1024, 512);
    rig.client.set_identity(&Identity::new().app("A0ME"));
    rig.reopen();
    assert_eq!(judge(&mut rig), [true, false]);
    rig.client.set_identity(&Identity::new().bot("B0ME"));
    assert_eq!(judge(&mut rig), [true, true]);
    assert_eq!(rig.client.identity(), &bot());
    rig.lose_link(DisconnectReason::Reset);
    rig.reopen();
    assert_eq!(judge(&mut rig), [true, true]);
}
