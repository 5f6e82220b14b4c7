//! RTM events: every type of the documents, every split, and the oddities of real servers.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod event_common;

use event_common::{described, event, members, printed_members, read, shape};
use slack_rtm::Event;
use slack_rtm::event::{COMMON_PATHS, EventType, Item, PATHS, Subtype};
use slack_rtm::json::{Text, Value};

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
app_deleted                         team          - - -      
app_home_opened                     user          D1 U1 -    "user":"U1","channel":"D1","tab":"home","view":{"id":"V1","type":"home"}
app_installed                       team          - U1 -     "app_id":"A1","user_id":"U1"
app_mention                         message       C1 U1 1.1  "user":"U1","text":"<@U0BOT> open","ts":"1.1","channel":"C1"
app_requested                       team          - - -      "app_request":{"id":"1","app":{"id":"A1"}}
app_uninstalled                     team          - - -      
app_uninstalled_team                team          - U1 -     "app_id":"A1","user_id":"U1"
assistant_thread_context_changed    unknown       - - -      "assistant_thread":{"user_id":"U1","channel_id":"D1"}
assistant_thread_started            unknown       - - -      "assistant_thread":{"user_id":"U1","channel_id":"D1"}
call_rejected                       unknown       C1 U1 -    "call_id":"1","user_id":"U1","channel_id":"C1"
channel_id_changed                  channel       - - -      "old_channel_id":"G1","new_channel_id":"C1"
channel_shared                      channel       C1 - -     "connected_team_id":"T2","channel":"C1"
channel_unshared                    channel       C1 - -     "previously_connected_team_id":"T2","channel":"C1"
function_executed                   unknown       - - -      "function":{"id":"Fn1"},"inputs":{},"function_execution_id":"Fx1"
grid_migration_finished             unknown       - - -      "enterprise_id":"E1"
grid_migration_started              unknown       - - -      "enterprise_id":"E1"
invite_requested                    unknown       - - -      "invite_request":{"id":"1","email":"a@b.c"}
link_shared                         channel       C1 U1 -    "channel":"C1","user":"U1","message_ts":"1.1","links":[{"domain":"a.b"}]
message_metadata_deleted            unknown       C1 U1 -    "channel_id":"C1","user_id":"U1","message_ts":"1.1"
message_metadata_posted             unknown       C1 U1 -    "channel_id":"C1","user_id":"U1","message_ts":"1.1"
message_metadata_updated            unknown       C1 U1 -    "channel_id":"C1","user_id":"U1","message_ts":"1.1"
shared_channel_invite_accepted      channel       C1 - -     "invite":{"id":"I1"},"channel":{"id":"C1","name":"x"}
shared_channel_invite_approved      channel       C1 - -     "invite":{"id":"I1"},"channel":{"id":"C1","name":"x"}
shared_channel_invite_declined      channel       C1 - -     "invite":{"id":"I1"},"channel":{"id":"C1","name":"x"}
shared_channel_invite_requested     channel       C1 - -     "channel":{"id":"C1","name":"x"}
team_access_granted                 team          - - -      "team_ids":["T1"]
team_access_revoked                 team          - - -      "team_ids":["T1"]
tokens_revoked                      team          - - -      "tokens":{"oauth":["U1"],"bot":["U2"]}
workflow_deleted                    unknown       C1 - -     "workflow_id":"1","channel_id":"C1"
workflow_published                  unknown       C1 - -     "workflow_id":"1","channel_id":"C1"
workflow_step_deleted               unknown       - - -      "workflow_id":"1"
workflow_unpublished                unknown       C1 - -     "workflow_id":"1","channel_id":"C1"
desktop_notification                unknown       C1 - -     "channel":"C1","content":"x"
thread_marked                       unknown       - - -      "subscription":{"channel":"C1"}
"#;

#[test]
fn every_documented_event_has_its_type_and_shape() {
    let mut known: Vec<_> = EventType::all().collect();
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
            // A smaller table knows the same shapes.
            let common = read::<512, _>(
                &COMMON_PATHS,
                &frame,
                || 9,
                |event| {
                    let has_name = event.type_name() == Some(name);
                    (shape(event), has_name, event.event_type())
                },
            );
            assert_eq!((common.0, common.1), (expected_shape, true), "{frame}");
            assert_eq!(common.2, Some(EventType::from_name(name)));
            event(&frame, |event| {
                assert_eq!(shape(event), expected_shape, "{frame}");
                assert_eq!(event.type_name(), Some(name));
                let event_type = event.event_type().expect("a type");
                assert_eq!(event.channel(), channel.as_deref(), "{frame}");
                assert_eq!(event.user(), user.as_deref(), "{frame}");
                assert_eq!(event.ts(), ts.as_deref(), "{frame}");
                if event_type == EventType::Other {
                    assert_eq!(expected_shape, "unknown", "{frame}");
                } else {
                    assert_eq!(event_type.as_str(), name);
                    known.retain(|known| *known != event_type);
                }
            });
        }
    }
    assert_eq!(known, [], "kinds without a sample");
}

#[test]
fn names_and_kinds_agree() {
    for kind in EventType::all() {
        assert_eq!(EventType::from_name(kind.as_str()), kind);
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
        assert_eq!(EventType::from_name(name), EventType::Other, "{name:?}");
    }
    assert_eq!(EventType::Other.as_str(), "");
    for subtype in Subtype::KNOWN {
        assert_eq!(Subtype::from_name(subtype.as_str()), *subtype);
    }
    assert_eq!(Subtype::from_name("new_one"), Subtype::Other("new_one"));
}

#[test]
fn replies_are_distinguished_from_replays_and_events() {
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
                Event::Reply(reply) => reply.reply_to(),
                Event::Pong(pong) => pong.reply_to(),
                _ => None,
            };
            assert_eq!(id, reply_to, "{frame}");
        });
    }
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
                    assert_eq!(
                        (message.channel(), message.user()),
                        (Some("C1"), Some("U2"))
                    );
                    assert_eq!(
                        (message.ts(), message.thread_ts()),
                        (Some("1485976157.000000"), Some("1485976157.000001"))
                    );
                    let text = message.text().expect("a text");
                    assert!(text.is_cut());
                    assert_eq!(text.full_len(), 100_000);
                    text.to_string()
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

/// Asks everything that can be asked.
fn ask(event: Event<'_>) -> usize {
    let some =
        |texts: &[Option<&str>]| texts.iter().flatten().map(|text| text.len()).sum::<usize>();
    let kept = |text: Option<Text<'_>>| text.map_or(0, |text| text.as_str().len());
    let of_shape = match event {
        Event::Message(m) => {
            let typed = m.subtype().map(Subtype::as_str);
            let edited = m.edited().and_then(|edited| edited.user());
            some(&[
                m.thread_ts(),
                typed,
                m.bot_id(),
                edited,
                m.event_ts(),
                m.user(),
            ]) + kept(m.text())
        }
        Event::Reply(e) => {
            kept(e.text()) + kept(e.error_message()) + e.error_code().map_or(0, |_| 1)
        }
        Event::ServerError(e) => kept(e.error_message()) + kept(e.source()),
        Event::ReconnectUrl(e) => some(&[e.url()]),
        Event::Channel(e) => kept(e.name()) + some(&[e.creator(), e.inviter(), e.latest()]),
        Event::Item(e) => some(&[e.item_user()]) + usize::from(e.item() == Item::Other),
        Event::User(e) => {
            e.users().count()
                + some(&[e.presence()])
                + kept(e.display_name())
                + usize::from(e.dnd_enabled() == Some(true))
        }
        Event::File(e) => some(&[e.file(), e.comment()]) + kept(e.name()),
        Event::Subteam(e) => some(&[e.subteam()]) + kept(e.handle()),
        Event::Team(e) => kept(e.name()) + some(&[e.bot(), e.url()]) + kept(e.domain()),
        _ => 0,
    };
    of_shape + some(&[event.channel(), event.user(), event.ts(), event.event_ts()])
}

#[test]
fn any_member_may_be_of_any_type() {
    let types = [
        "message",
        "error",
        "channel_created",
        "reaction_added",
        "user_change",
        "file_shared",
        "subteam_updated",
        "team_rename",
        "reconnect_url",
        "new",
    ];
    let values = [
        "null",
        "true",
        "-1.5e400",
        "\"\"",
        "\"\\ud800\"",
        "[]",
        "[1,[2],{}]",
        "{}",
        "{\"id\":[[]]}",
    ];
    for path in PATHS.all() {
        let (mut start, mut end) = (String::new(), String::new());
        for name in path.path.to_string().split('.') {
            let (name, is_list) = name
                .strip_suffix("[]")
                .map_or((name, false), |name| (name, true));
            start += &format!("{{\"{name}\":{}", if is_list { "[" } else { "" });
            end.insert_str(0, if is_list { "]}" } else { "}" });
        }
        for name in types {
            for value in values {
                // The member after the type: the last of two members of a name counts.
                let inner = format!("{start}{value}{end}");
                let frame = format!("{{\"type\":\"{name}\",{}", &inner[1..]);
                let whole =
                    read::<512, _>(&PATHS, &frame, || usize::MAX, |e| (described(e), ask(e)));
                let bytewise = read::<512, _>(&PATHS, &frame, || 1, |e| (described(e), ask(e)));
                assert_eq!(bytewise, whole, "{frame}");
            }
        }
    }
}

#[test]
fn members_that_do_not_fit_are_marked() {
    let long = "x".repeat(2000);
    let frame = format!(r#"{{"type":"{long}","channel":"C1"}}"#);
    read::<512, _>(
        &PATHS,
        &frame,
        || 100,
        |event| {
            assert_eq!((shape(event), event.type_name()), ("unknown", None));
            assert_eq!(event.channel(), Some("C1"));
            assert_eq!(
                members(event).find("type"),
                Some(Value::TooLong { length: 2000 })
            );
        },
    );
    let frame = format!(r#"{{"type":"hello","user":"{long}"}}"#);
    read::<512, _>(
        &PATHS,
        &frame,
        || 100,
        |event| {
            assert_eq!((shape(event), event.user()), ("hello", None));
            assert_eq!(
                printed_members(event),
                ["type=\"hello\"", "user=…(2000 bytes)"]
            );
        },
    );
}

slack_rtm::paths! {
    /// Other members under the numbers that the larger table has for its own.
    const SMALL extends COMMON_PATHS {
        const A = Whole "a";
        const B = Whole "b";
        const C = Whole "c";
    }
}

#[test]
fn a_smaller_table_is_not_confused_with_the_larger() {
    let frame = r#"{"type":"error","a":"a","b":"b","c":"c","error":{"code":1,"source":"s"}}"#;
    read::<512, _>(
        &SMALL,
        frame,
        || 5,
        |event| match event {
            Event::ServerError(error) => {
                assert_eq!((error.error_code(), error.source()), (Some(1), None));
                let records = error.members().records();
                let texts = [A, B, C].map(|path| records.text(path).expect("a text"));
                assert_eq!(texts, ["a", "b", "c"]);
            }
            other => panic!("{other:?}"),
        },
    );
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
            assert_eq!(event.type_name(), Some("thread_marked"));
            assert_eq!(event.channel(), Some("C1"));
            let members = members(event);
            let channel = Some(Text::from("C7"));
            assert_eq!(members.text("subscription.channel"), channel);
            assert_eq!(members.records().text(CONTENT), Some(Text::from("x")));
            assert_eq!(members.records().text(SUBSCRIPTION_CHANNEL), channel);
        },
    );
}
