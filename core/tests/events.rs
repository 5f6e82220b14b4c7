//! RTM events: every type of the documents, every split, and the oddities of real servers.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{Fields, Paths, RanState, Raw, Value};
use slack_rtm::rtm::event::{Event, EventKind, Item, Message, PATHS, Subtype};

const ME: Option<&str> = Some("U1");

/// Reads a frame in pieces of the sizes that `sizes` gives, and looks at the event.
fn read<const N: usize, T>(
    paths: &'static Paths,
    frame: &str,
    mut sizes: impl FnMut() -> usize,
    look: impl FnOnce(Event<'_>) -> T,
) -> T {
    let mut memory = [0; N];
    let mut rx = RecvBuf::new(&mut memory);
    let mut fields = Fields::new(paths, Raw::Off);
    let mut rest = frame.as_bytes();
    while !rest.is_empty() {
        let space = rx.space();
        let count = sizes().min(space.len()).min(rest.len());
        assert!(count > 0, "no room to go on");
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        rx.filled(count);
        let ran = fields.run(&mut rx, usize::MAX).expect(frame);
        assert!(!matches!(ran.state, RanState::Element(_)));
        assert_eq!(ran.consumed, count);
    }
    fields.finish(&mut rx).expect(frame);
    look(Event::new(rx.records(), paths, ME))
}

/// What can be asked of any event.
fn described(event: Event<'_>) -> String {
    let members: Vec<_> = event.members().iter().map(|m| m.to_string()).collect();
    format!("{event:?} {} {}", event.type_name(), members.join(" "))
}

/// Looks at the event; it is the same for every split.
fn event<T>(frame: &str, look: impl FnOnce(Event<'_>) -> T) -> T {
    let expected = read::<1024, _>(&PATHS, frame, || usize::MAX, described);
    let bytewise = read::<1024, _>(&PATHS, frame, || 1, described);
    assert_eq!(bytewise, expected, "byte by byte: {frame}");
    for at in 1..frame.len() {
        let mut sizes = [at, usize::MAX].into_iter().cycle();
        let split = read::<1024, _>(&PATHS, frame, || sizes.next().unwrap_or(1), described);
        assert_eq!(split, expected, "split at {at}: {frame}");
    }
    read::<1024, _>(&PATHS, frame, || usize::MAX, look)
}

fn message<T>(frame: &str, look: impl FnOnce(Message<'_>) -> T) -> T {
    event(frame, |event| match event {
        Event::Message(message) => look(message),
        other => panic!("{other:?}"),
    })
}

/// The name of the shape.
fn shape(event: Event<'_>) -> &'static str {
    match event {
        Event::Hello(_) => "hello",
        Event::Goodbye(_) => "goodbye",
        Event::MigrationStarted(_) => "migration",
        Event::Error(_) => "error",
        Event::ReconnectUrl(_) => "reconnect_url",
        Event::Message(_) => "message",
        Event::Ack(_) => "ack",
        Event::Rejection(_) => "rejection",
        Event::Pong(_) => "pong",
        Event::Channel(_) => "channel",
        Event::Item(_) => "item",
        Event::User(_) => "user",
        Event::File(_) => "file",
        Event::Subteam(_) => "subteam",
        Event::Team(_) => "team",
        Event::Unknown(_) => "unknown",
        _ => "a new one",
    }
}

/// Every event of the documents, one to a line: shape, members beside `type`, and who, where,
/// when as the event tells them (`-` for nothing).
const EVENTS: &str = r#"
hello                               hello         - - -      "start":true,"region":"x","host_id":"y"
goodbye                             goodbye       - - -
team_migration_started              migration     - - -
error                               error         - - -      "error":{"code":1,"msg":"Socket URL has expired"}
reconnect_url                       reconnect_url - - -      "url":"wss:\/\/a.slack.com\/x"
pong                                pong          - - -      "reply_to":7,"time":12
message                             message       C1 U2 1.5  "channel":"C1","user":"U2","text":"hi","ts":"1.5"
channel_archive                     channel       C1 U2 -    "channel":"C1","user":"U2","is_moved":0,"event_ts":"1.6"
channel_created                     channel       C1 - -     "channel":{"id":"C1","name":"fun","created":1360782804,"creator":"U2"}
channel_deleted                     channel       C1 - -     "channel":"C1","actor_id":"U2"
channel_history_changed             channel       - - 1.5    "latest":"1.4","ts":"1.5","event_ts":"1.6"
channel_joined                      channel       C1 - -     "channel":{"id":"C1","name":"fun","members":["U1"]}
channel_left                        channel       C1 - -     "channel":"C1"
channel_marked                      channel       C1 - 1.5   "channel":"C1","ts":"1.5"
channel_posting_permissions         channel       C1 - -     "channel":"C1"
channel_rename                      channel       C1 - -     "channel":{"id":"C1","name":"new","created":1}
channel_unarchive                   channel       C1 U2 -    "channel":"C1","user":"U2"
channel_updated                     channel       C1 - -     "channel":"C1"
channel_converted_to_shared         channel       C1 - -     "channel":"C1"
group_archive                       channel       G1 - -     "channel":"G1"
group_close                         channel       G1 U2 -    "user":"U2","channel":"G1"
group_deleted                       channel       G1 - -     "channel":"G1","date_deleted":12
group_history_changed               channel       - - 1.5    "latest":"1.4","ts":"1.5"
group_join                          channel       G1 - -     "channel":"G1"
group_joined                        channel       G1 - -     "channel":{"id":"G1"}
group_left                          channel       G1 - -     "channel":"G1"
group_marked                        channel       G1 - 1.5   "channel":"G1","ts":"1.5"
group_open                          channel       G1 U2 -    "user":"U2","channel":"G1"
group_rename                        channel       G1 - -     "channel":{"id":"G1","name":"new"}
group_unarchive                     channel       G1 - -     "channel":"G1"
im_close                            channel       D1 U2 -    "user":"U2","channel":"D1"
im_created                          channel       D1 U2 -    "user":"U2","channel":{"id":"D1"}
im_history_changed                  channel       - - 1.5    "latest":"1.4","ts":"1.5"
im_marked                           channel       D1 - 1.5   "channel":"D1","ts":"1.5"
im_open                             channel       D1 U2 -    "user":"U2","channel":"D1"
mpim_close                          channel       G1 U2 -    "user":"U2","channel":"G1"
mpim_history_changed                channel       - - 1.5    "ts":"1.5"
mpim_joined                         channel       G1 - -     "channel":{"id":"G1"}
mpim_marked                         channel       G1 - 1.5   "channel":"G1","ts":"1.5"
mpim_open                           channel       G1 U2 -    "user":"U2","channel":"G1"
member_joined_channel               channel       C1 U2 -    "user":"U2","channel":"C1","channel_type":"C","team":"T1","inviter":"U3"
member_left_channel                 channel       C1 U2 -    "user":"U2","channel":"C1","channel_type":"C","team":"T1"
shared_channel_invite_received      channel       C1 - -     "invite":{"id":"I1"},"channel":{"id":"C1","name":"c"}
user_typing                         channel       C1 U2 -    "channel":"C1","user":"U2"
reaction_added                      item          C1 U2 -    "user":"U2","reaction":"+1","item":{"type":"message","channel":"C1","ts":"1.5"}
reaction_removed                    item          C1 U2 -    "user":"U2","reaction":"+1","item":{"type":"message","channel":"C1","ts":"1.5"}
pin_added                           item          C1 U2 -    "user":"U2","channel_id":"C1","item":{},"event_ts":"1.6"
pin_removed                         item          C1 U2 -    "user":"U2","channel_id":"C1","item":{},"has_pins":false
star_added                          item          - U2 -     "user":"U2","item":{"type":"file","file":{"id":"F1"}}
star_removed                        item          - U2 -     "user":"U2","item":{}
presence_change                     user          - U2 -     "user":"U2","presence":"away"
manual_presence_change              user          - - -      "presence":"away"
dnd_updated                         user          - U2 -     "user":"U2","dnd_status":{"dnd_enabled":true,"next_dnd_start_ts":1,"next_dnd_end_ts":2}
dnd_updated_user                    user          - U2 -     "user":"U2","dnd_status":{"dnd_enabled":false}
team_join                           user          - U2 -     "user":{"id":"U2","name":"bob"}
user_change                         user          - U2 -     "user":{"id":"U2","profile":{"display_name":"Bob"}}
user_connection                     user          - U2 -     "user":"U2"
user_huddle_changed                 user          - U2 -     "user":{"id":"U2","profile":{"huddle_state":"in_a_huddle"}}
user_profile_changed                user          - U2 -     "user":{"id":"U2"}
user_status_changed                 user          - U2 -     "user":{"id":"U2","profile":{"status_text":"away"}}
file_change                         file          - - -      "file_id":"F1","file":{"id":"F1"}
file_comment_added                  file          - - -      "comment":{},"file_id":"F1","file":{"id":"F1"}
file_comment_deleted                file          - - -      "comment":"Fc1","file_id":"F1","file":{"id":"F1"}
file_comment_edited                 file          - - -      "comment":{"id":"Fc1"},"file_id":"F1"
file_created                        file          - U2 -     "file_id":"F1","user_id":"U2"
file_deleted                        file          - - -      "file_id":"F1","channel_ids":["C1","C2"]
file_private                        file          - - -      "file":"F1"
file_public                         file          - - -      "file_id":"F1"
file_shared                         file          C1 U2 -    "channel_id":"C1","file_id":"F1","user_id":"U2"
file_unshared                       file          - - -      "file_id":"F1","file":{"id":"F1"}
subteam_created                     subteam       - - -      "subteam":{"id":"S1","name":"Team","handle":"team"}
subteam_members_changed             subteam       - - -      "subteam_id":"S1","added_users":["U2"],"removed_users":[]
subteam_self_added                  subteam       - - -      "subteam_id":"S1"
subteam_self_removed                subteam       - - -      "subteam_id":"S1"
subteam_updated                     subteam       - - -      "subteam":{"id":"S1"}
accounts_changed                    team          - - -
bot_added                           team          - - -      "bot":{"id":"B1","name":"hugbot","app_id":"A1"}
bot_changed                         team          - - -      "bot":{"id":"B1","name":"hugbot"}
commands_changed                    team          - - -      "event_ts":"1.6"
email_domain_changed                team          - - -      "email_domain":"example.com"
emoji_changed                       team          - - -      "subtype":"remove","names":["a","b"]
external_org_migration_finished     team          - - -      "team":{"id":"T1","is_migrating":false},"date_started":1,"date_finished":2
external_org_migration_started      team          - - -      "team":{"id":"T1","is_migrating":true},"date_started":1
pref_change                         team          - - -      "name":"messages_theme","value":"dense"
team_domain_change                  team          - - -      "url":"https:\/\/new.slack.com","domain":"new"
team_plan_change                    team          - - -      "plan":"std","can_add_ura":false,"paid_features":["a","b"]
team_pref_change                    team          - - -      "name":"p","value":true
team_profile_change                 team          - - -      "profile":{"fields":[{"id":"Xf1"}]}
team_profile_delete                 team          - - -      "profile":{"fields":["Xf1"]}
team_profile_reorder                team          - - -      "profile":{"fields":[{"id":"Xf1","ordering":0}]}
team_rename                         team          - - -      "name":"New Team"
desktop_notification                unknown       C1 - -     "channel":"C1","content":"x"
thread_marked                       unknown       - - -      "subscription":{"channel":"C1"}
"#;

#[test]
fn every_documented_event_has_its_type_and_shape() {
    let mut known: Vec<_> = EventKind::all().collect();
    for line in EVENTS.lines().filter(|line| !line.is_empty()) {
        let mut words = line.splitn(2, "  ");
        let name = words.next().expect("a type");
        let mut words = words
            .next()
            .expect("a shape")
            .trim()
            .splitn(5, ' ')
            .map(str::trim);
        let expected_shape = words.next().expect("a shape");
        let rest = words.collect::<Vec<_>>().join(" ");
        let mut words = rest.split_whitespace();
        let mut who = || words.next().filter(|word| *word != "-").map(str::to_owned);
        let (channel, user, ts) = (who(), who(), who());
        let members = line.find('"').map(|at| &line[at..]);
        let comma = if members.is_some() { "," } else { "" };
        let members = members.unwrap_or_default();
        // The type may come first or last.
        for frame in [
            format!("{{\"type\":\"{name}\"{comma}{members}}}"),
            format!("{{{members}{comma}\"type\":\"{name}\"}}"),
        ] {
            event(&frame, |event| {
                assert_eq!(shape(event), expected_shape, "{frame}");
                assert_eq!(event.type_name(), name);
                assert_eq!(event.channel(), channel.as_deref(), "{frame}");
                assert_eq!(event.user(), user.as_deref(), "{frame}");
                assert_eq!(event.ts(), ts.as_deref(), "{frame}");
                if expected_shape == "unknown" {
                    assert_eq!(event.kind(), EventKind::Other);
                } else {
                    assert_eq!(event.kind().as_str(), name);
                    known.retain(|kind| *kind != event.kind());
                }
            });
        }
    }
    assert_eq!(known, [], "kinds without a sample");
}

#[test]
fn names_and_kinds_agree() {
    for kind in EventKind::all() {
        assert_eq!(EventKind::new(kind.as_str()), kind);
    }
    for name in [
        "",
        " ",
        "hello ",
        "Hello",
        "hell",
        "hello goodbye",
        "presence_query",
    ] {
        assert_eq!(EventKind::new(name), EventKind::Other, "{name:?}");
    }
    assert_eq!(EventKind::Other.as_str(), "");
    for subtype in Subtype::KNOWN {
        assert_eq!(Subtype::new(subtype.as_str()), *subtype);
    }
    assert_eq!(Subtype::new("new_one"), Subtype::Other("new_one"));
}

#[test]
fn messages_tell_who_said_what() {
    let frame = r#"{"type":"message","channel":"C1","user":"U2","text":"a &lt; \u003cb\u003e \ud83d\ude00 \/","ts":"1.5",
        "thread_ts":"1.4","client_msg_id":"x","team":"T1","blocks":[{"type":"rich_text","elements":[{"type":"text","text":"no"}]}],
        "edited":{"user":"U3","ts":"1.6"},"event_ts":"1.5","bot_profile":{"name":"no"},"bot_id":"B1","username":"bob"}"#;
    message(frame, |message| {
        assert_eq!(message.channel, "C1");
        assert_eq!(message.user, Some("U2"));
        assert_eq!(message.text, "a &lt; <b> \u{1f600} /");
        assert_eq!(message.ts, "1.5");
        assert_eq!(message.thread_ts, Some("1.4"));
        assert_eq!(message.subtype, None);
        assert_eq!(message.bot_id(), Some("B1"));
        assert_eq!(message.username().as_deref(), Some("bob"));
        assert_eq!(
            message.edited().map(|edited| (edited.user, edited.ts)),
            Some(("U3", "1.6"))
        );
        assert!(!message.is_own() && !message.mentions_me() && !message.is_hidden());
        assert!(!message.is_replay());
        assert_eq!(message.kind(), EventKind::Message);
    });
    // Everything may be absent, null, or of another type.
    for frame in [
        r#"{"type":"message"}"#,
        r#"{"type":"message","channel":null,"user":null,"text":null,"ts":null,"subtype":null}"#,
        r#"{"type":"message","channel":1,"user":{},"text":[],"ts":{},"subtype":true}"#,
    ] {
        message(frame, |message| {
            assert_eq!((message.channel, message.user, message.ts), ("", None, ""));
            assert_eq!(message.text, "");
            assert_eq!(message.subtype, None);
        });
    }
}

#[test]
fn changes_tell_of_the_message_that_changed() {
    // The inner `type` comes first, the outer one last.
    let frame = r#"{"message":{"type":"message","subtype":"bot_message","user":"U2","text":"new","ts":"1.5","thread_ts":"1.4","edited":{"user":"U2","ts":"1.7"}},
        "previous_message":{"type":"message","user":"U2","text":"old","ts":"1.5"},
        "channel":"C1","hidden":true,"ts":"1.8","event_ts":"1.8","subtype":"message_changed","type":"message"}"#;
    message(frame, |message| {
        assert_eq!(message.subtype(), Some(Subtype::MessageChanged));
        assert_eq!((message.channel, message.user), ("C1", Some("U2")));
        assert_eq!(message.text, "new");
        assert_eq!((message.ts, message.thread_ts), ("1.5", Some("1.4")));
        assert_eq!(message.event_ts(), Some("1.8"));
        assert_eq!(message.previous_text().as_deref(), Some("old"));
        assert_eq!(message.edited().map(|edited| edited.ts), Some("1.7"));
        assert!(message.is_hidden());
    });
    let frame = r#"{"type":"message","subtype":"message_deleted","hidden":true,"channel":"C1","ts":"1.8","deleted_ts":"1.5",
        "previous_message":{"user":"U2","text":"old","ts":"1.5"}}"#;
    message(frame, |message| {
        assert_eq!(message.subtype(), Some(Subtype::MessageDeleted));
        assert_eq!(message.ts, "1.5");
        assert_eq!(message.text, "");
        assert_eq!(message.previous_text().as_deref(), Some("old"));
    });
    let frame = r#"{"type":"message","subtype":"message_replied","hidden":true,"channel":"C1","ts":"1.8",
        "message":{"type":"message","user":"U2","text":"start","ts":"1.4","thread_ts":"1.4","reply_count":1,"replies":[{"user":"U3","ts":"1.8"}]}}"#;
    message(frame, |message| {
        assert_eq!(message.subtype(), Some(Subtype::MessageReplied));
        assert_eq!((message.ts, message.thread_ts), ("1.4", Some("1.4")));
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
        Fields::new(paths, Raw::Off)
            .run(&mut rx, frame.len())
            .expect(frame);
        match Event::new(rx.records(), paths, me) {
            Event::Message(message) => (message.is_own(), message.mentions_me()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(look(&PATHS, None), (false, false));
    assert_eq!(look(&PATHS, Some("")), (false, false));
}

#[test]
fn replies_are_told_from_replays_and_events() {
    for (frame, expected, reply_to) in [
        (
            r#"{"ok":true,"reply_to":1,"ts":"1.5","text":"hi"}"#,
            "ack",
            Some(1),
        ),
        (
            r#"{"reply_to":4294967295,"ok":true}"#,
            "ack",
            Some(u32::MAX),
        ),
        (r#"{"ok":true,"reply_to":4294967296}"#, "ack", None),
        (r#"{"ok":true,"reply_to":-1}"#, "ack", None),
        (
            r#"{"ok":true,"reply_to":7,"type":"subscription_update"}"#,
            "ack",
            Some(7),
        ),
        (
            r#"{"ok":false,"reply_to":1,"error":{"code":2,"msg":"message text is missing"}}"#,
            "rejection",
            Some(1),
        ),
        (
            r#"{"ok":false,"reply_to":1,"error":"no"}"#,
            "rejection",
            Some(1),
        ),
        (
            r#"{"ok":false,"error":{"code":-1,"msg":"slow down"}}"#,
            "rejection",
            None,
        ),
        (
            r#"{"type":"pong","reply_to":9,"ok":true,"x":1}"#,
            "pong",
            Some(9),
        ),
        (
            r#"{"reply_to":1,"type":"message","text":"again","ok":true}"#,
            "message",
            None,
        ),
        (
            r#"{"reply_to":1,"type":"presence_change","user":"U2"}"#,
            "user",
            None,
        ),
        (r#"{"type":"hello","ok":true}"#, "hello", None),
        (r#"{}"#, "unknown", None),
        (r#"{"reply_to":1}"#, "unknown", None),
        (r#"[{"type":"hello"}]"#, "unknown", None),
        (r#"{"type":null}"#, "unknown", None),
        (r#"{"type":{"type":"hello"}}"#, "unknown", None),
    ] {
        event(frame, |event| {
            assert_eq!(shape(event), expected, "{frame}");
            let id = match event {
                Event::Ack(ack) => ack.reply_to(),
                Event::Rejection(rejection) => rejection.reply_to(),
                Event::Pong(pong) => pong.reply_to(),
                _ => None,
            };
            assert_eq!(id, reply_to, "{frame}");
        });
    }
}

#[test]
fn errors_tell_code_and_words() {
    for (frame, code, words) in [
        (
            r#"{"ok":false,"reply_to":1,"error":{"code":2,"msg":"missing"}}"#,
            Some(2),
            "missing",
        ),
        (
            r#"{"ok":false,"reply_to":1,"error":{"msg":"slow","code":-1}}"#,
            Some(-1),
            "slow",
        ),
        (r#"{"ok":false,"reply_to":1,"error":"bare"}"#, None, "bare"),
        (r#"{"ok":false,"reply_to":1}"#, None, ""),
        (
            r#"{"type":"error","error":{"code":1,"msg":"Socket URL has expired","source":"gs-1"}}"#,
            Some(1),
            "Socket URL has expired",
        ),
        (r#"{"type":"error","error":"bare"}"#, None, "bare"),
    ] {
        event(frame, |event| {
            let (got, text) = match event {
                Event::Rejection(rejection) => (rejection.code(), rejection.message()),
                Event::Error(error) => (error.code(), error.message()),
                other => panic!("{other:?}"),
            };
            assert_eq!(got, code, "{frame}");
            assert_eq!(text, words, "{frame}");
        });
    }
    event(
        r#"{"ok":true,"reply_to":1,"ts":"1.5","text":"<http:\/\/a>"}"#,
        |event| match event {
            Event::Ack(ack) => {
                assert_eq!(ack.ts(), Some("1.5"));
                assert_eq!(ack.text().as_deref(), Some("<http://a>"));
                assert_eq!(event.type_name(), "ack");
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
                assert_eq!(event.reaction().as_deref(), Some("tada"));
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
            assert_eq!(event.name().as_deref(), Some("fun"));
            assert_eq!((event.created(), event.creator()), (Some(12), Some("U2")));
        }
        other => panic!("{other:?}"),
    });
    let frame = r#"{"type":"user_change","user":{"id":"U2","name":"bob","deleted":true,"is_bot":false,"real_name":"Bob",
        "profile":{"display_name":"","status_text":"on a train","status_emoji":":train:"}},"cache_ts":1}"#;
    event(frame, |event| match event {
        Event::User(event) => {
            assert_eq!(event.name().as_deref(), Some("bob"));
            assert_eq!(event.display_name().as_deref(), Some("Bob"));
            assert_eq!(event.status_text().as_deref(), Some("on a train"));
            assert_eq!(event.status_emoji().as_deref(), Some(":train:"));
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
            assert_eq!(event.name().as_deref(), Some("Marketing"));
            assert_eq!(event.handle().as_deref(), Some("mkt"));
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
                assert_eq!(event.name().as_deref(), Some(name));
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
    let printed = event(frame, |event| {
        let members: Vec<_> = event.members().iter().map(|m| m.to_string()).collect();
        members.join(" ")
    });
    assert_eq!(
        printed,
        "type=\"presence_change\" users[]=[\"U2\",\"U\\\"3\"] ok=false reply_to=null \
         channel.id=\"C1\" ts=1.5e3 text=\"a\\n❤\""
    );
}

#[test]
fn long_messages_are_cut_and_their_ids_stay_whole() {
    let text = "0123456789".repeat(10_000);
    let frame = format!(
        r#"{{"text":"{text}","blocks":[{{"text":"{text}"}}],"user":"U2","channel":"C1","ts":"1485976157.000000","thread_ts":"1485976157.000001","type":"message"}}"#
    );
    let mut seen = Vec::new();
    for size in [1, 7, 100, 1460] {
        let got = read::<1024, _>(
            &PATHS,
            &frame,
            || size,
            |event| match event {
                Event::Message(message) => {
                    assert_eq!((message.channel, message.user), ("C1", Some("U2")));
                    assert_eq!(
                        (message.ts, message.thread_ts),
                        ("1485976157.000000", Some("1485976157.000001"))
                    );
                    assert!(message.text.is_cut());
                    assert_eq!(message.text.full_len(), 100_000);
                    message.text.to_string()
                }
                other => panic!("{other:?}"),
            },
        );
        assert!(
            text.starts_with(got.trim_end_matches('…')) && got.len() > 400,
            "{}",
            got.len()
        );
        seen.push(got);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

slack_rtm::paths! {
    const MINE extends PATHS {
        const CONTENT = Cut "content";
        const SUBSCRIPTION_CHANNEL = Whole "subscription.channel";
    }
}

#[test]
fn unknown_events_are_no_dead_end() {
    let frame = r#"{"type":"thread_marked","subscription":{"channel":"C7","active":true},"content":"x","channel":"C1"}"#;
    read::<512, _>(
        &MINE,
        frame,
        || 3,
        |event| {
            assert!(matches!(event, Event::Unknown(_)));
            assert_eq!(event.type_name(), "thread_marked");
            assert_eq!(event.channel(), Some("C1"));
            assert_eq!(
                event.members().text("subscription.channel").as_deref(),
                Some("C7")
            );
            assert_eq!(
                event.members().records().text(CONTENT).as_deref(),
                Some("x")
            );
            assert_eq!(
                event
                    .members()
                    .records()
                    .text(SUBSCRIPTION_CHANNEL)
                    .as_deref(),
                Some("C7")
            );
        },
    );
}
