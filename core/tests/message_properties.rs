//! Properties of messages over generated events: any members, in any order, numbers in any form.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod event_common;

use event_common::read;
use slack_rtm::Event;
use slack_rtm::event::{Author, Message, PATHS, Subtype};
use slack_rtm::json::Text;
use std::collections::BTreeMap;

/// Events of one run.
const EVENTS: u64 = if cfg!(miri) { 30 } else { 20_000 };

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ seed << 20)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn roll(&mut self, sides: usize) -> usize {
        (self.next() % sides as u64) as usize
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.roll(items.len())]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.roll(at + 1));
        }
    }
}

/// The members of an object: simple ones by their paths, as they are to be read, and the JSON.
#[derive(Default)]
struct Made {
    json: Vec<String>,
    values: BTreeMap<String, String>,
}

impl Made {
    /// Adds a member, unless the dice leave it out.
    fn maybe(&mut self, dice: &mut Dice, prefix: &str, name: &str, values: &[&str]) {
        if dice.roll(2) == 0 {
            return;
        }
        let value = dice.pick(values);
        match value {
            "null" | "true" | "false" | "{}" | "[]" => {
                self.json.push(format!(r#""{name}":{value}"#));
            }
            // A timestamp or an id that is a number, in either form.
            number if number.starts_with(|c: char| c.is_ascii_digit()) && dice.roll(2) == 0 => {
                self.json.push(format!(r#""{name}":{number}"#));
            }
            text => self.json.push(format!(r#""{name}":"{text}""#)),
        }
        self.values.insert(format!("{prefix}{name}"), value.into());
    }

    fn object(&mut self, dice: &mut Dice, name: &str, mut inner: Self) {
        dice.shuffle(&mut inner.json);
        self.json
            .push(format!(r#""{name}":{{{}}}"#, inner.json.join(",")));
        self.values.extend(inner.values);
    }

    /// Returns the text or number of a path.
    fn get(&self, path: &str) -> Option<&str> {
        let value = self.values.get(path)?.as_str();
        (!matches!(value, "null" | "true" | "false" | "{}" | "[]")).then_some(value)
    }

    /// Returns the text or number of the first path that has one.
    fn first(&self, paths: &[&str]) -> Option<&str> {
        paths.iter().find_map(|path| self.get(path))
    }
}

const USERS: &[&str] = &["U1", "U2", "U3", "USLACKBOT", "null", "{}", "7"];
const BOTS: &[&str] = &["B2", "B3", "null", "8"];
const STAMPS: &[&str] = &["1.1", "1.2", "1436900000.000005", "null"];
const TEXTS: &[&str] = &["ping", "<@U1> ping", "http://x.org", "", "null"];

/// Adds the members that a message and the message in an event have in common.
fn add_message(dice: &mut Dice, made: &mut Made, prefix: &str) {
    made.maybe(dice, prefix, "user", USERS);
    made.maybe(dice, prefix, "bot_id", BOTS);
    made.maybe(dice, prefix, "ts", STAMPS);
    made.maybe(dice, prefix, "thread_ts", STAMPS);
    made.maybe(dice, prefix, "text", TEXTS);
    if dice.roll(4) == 0 {
        let mut edited = Made::default();
        edited.maybe(dice, &format!("{prefix}edited."), "user", USERS);
        edited.maybe(dice, &format!("{prefix}edited."), "ts", STAMPS);
        made.object(dice, "edited", edited);
    }
}

/// Returns the frame of an event with any members of a message in any order, and its members.
fn made(seed: u64) -> (String, Made) {
    let mut dice = Dice::new(seed);
    let mut subtypes: Vec<_> = Subtype::KNOWN.iter().map(|known| known.as_str()).collect();
    subtypes.extend(["null", "new_in_2030", "", "{}", "[]", "true"]);
    let about = [
        "message_changed",
        "message_deleted",
        "message_replied",
        "bot_message",
        "thread_broadcast",
        "file_share",
        "me_message",
    ];
    let (mut made, dice) = (Made::default(), &mut dice);
    made.json.push(r#""type":"message""#.into());
    if dice.roll(2) == 0 {
        made.maybe(dice, "", "subtype", &about);
    } else if dice.roll(2) == 0 {
        made.maybe(dice, "", "subtype", &subtypes);
    }
    add_message(dice, &mut made, "");
    made.maybe(dice, "", "channel", &["C1", "D1", "G1"]);
    made.maybe(dice, "", "event_ts", STAMPS);
    if dice.roll(4) == 0 {
        made.maybe(dice, "", "hidden", &["true", "false", "null"]);
        made.maybe(dice, "", "reply_to", &["5", "5", "null"]);
        made.maybe(dice, "", "deleted_ts", STAMPS);
    }
    for name in ["message", "previous_message"] {
        if dice.roll(3) == 0 {
            let mut inner = Made::default();
            let prefix = format!("{name}.");
            add_message(dice, &mut inner, &prefix);
            inner.maybe(dice, &prefix, "subtype", &["tombstone", "bot_message"]);
            made.object(dice, name, inner);
        }
    }
    if dice.roll(2) == 0 {
        made.json.push(
            r#""blocks":[{"user":"U1","bot_id":"B1","hidden":true,"message":{"text":"x"}}]"#.into(),
        );
    }
    let mut json = made.json.clone();
    dice.shuffle(&mut json);
    (format!("{{{}}}", json.join(",")), made)
}

/// Looks at the message in a frame that is read in pieces of this size.
fn look<T>(frame: &str, piece: usize, look: impl FnOnce(Message<'_>) -> T) -> T {
    read::<8192, _>(
        &PATHS,
        frame,
        || piece,
        |event| match event {
            Event::Message(message) => look(message),
            other => panic!("{other:?}"),
        },
    )
}

fn is_about_another(made: &Made) -> bool {
    let about = ["message_changed", "message_deleted", "message_replied"];
    let members = ["user", "bot_id", "ts", "thread_ts", "text"];
    made.get("subtype")
        .is_some_and(|name| about.contains(&name))
        || members
            .iter()
            .any(|name| made.values.contains_key(&format!("message.{name}")))
}

/// The author that the definition gives: of a new message that is not hidden, not replayed, and not
/// of U1.
fn author(made: &Made) -> Option<Author<'_>> {
    let new = [
        "file_share",
        "thread_broadcast",
        "me_message",
        "bot_message",
    ];
    let subtype = made.values.get("subtype").map(String::as_str);
    let is_new = subtype.is_none_or(|name| name == "null" || new.contains(&name));
    let is_hidden = made
        .values
        .get("hidden")
        .is_some_and(|value| value == "true");
    if !is_new || is_hidden || is_about_another(made) || made.get("reply_to").is_some() {
        return None;
    }
    match (made.get("user"), made.get("bot_id")) {
        (Some("U1"), _) => None,
        (_, Some(bot)) => Some(Author::Bot(Some(bot))),
        (Some("USLACKBOT"), _) => Some(Author::Bot(None)),
        (_, None) if subtype == Some("bot_message") => Some(Author::Bot(None)),
        (user, None) => user.map(Author::Person),
    }
}

#[test]
fn only_a_new_message_of_somebody_else_has_an_author() {
    let mut authors = [0; 3];
    for seed in 1..=EVENTS {
        let (frame, made) = made(seed);
        let expected = author(&made);
        for piece in [usize::MAX, 1 + seed as usize % 50] {
            look(&frame, piece, |message| {
                assert_eq!(message.posted_by(), expected, "{frame}");
                assert!(!(message.is_own() && expected.is_some()));
            });
        }
        authors[match expected {
            None => 0,
            Some(Author::Person(_)) => 1,
            Some(Author::Bot(_)) => 2,
        }] += 1;
    }
    let all_came = authors.iter().all(|count| *count > 0);
    assert!(all_came || cfg!(miri), "{authors:?}");
}

/// An event about a message has each member that came: of `message` or of `previous_message`.
#[test]
fn each_member_is_returned_whatever_is_missing_beside_it() {
    for seed in 1..=EVENTS {
        let (frame, made) = made(seed);
        let another = is_about_another(&made);
        let subject = |name: &str, from: [&str; 2]| match another {
            true => made.first(
                &from
                    .map(|object| format!("{object}.{name}"))
                    .each_ref()
                    .map(String::as_str),
            ),
            false => made.get(name),
        };
        let author_first = ["previous_message", "message"];
        let message_first = ["message", "previous_message"];
        let edited = ["message.edited", "edited", "previous_message.edited"]
            .map(|object| {
                let user = made.get(&format!("{object}.user"));
                let ts = made.get(&format!("{object}.ts"));
                (user.is_some() || ts.is_some()).then_some((user, ts))
            })
            .into_iter()
            .flatten()
            .next();
        let text = |path: &str| made.get(path).map(Text::from);
        look(&frame, usize::MAX, |message| {
            assert_eq!(message.user(), subject("user", author_first), "{frame}");
            assert_eq!(message.bot_id(), subject("bot_id", author_first), "{frame}");
            let ts = made.get("deleted_ts").or(subject("ts", message_first));
            assert_eq!(message.ts(), ts, "{frame}");
            let thread_ts = subject("thread_ts", message_first);
            assert_eq!(message.thread_ts(), thread_ts, "{frame}");
            assert_eq!(message.thread_root(), thread_ts.or(ts), "{frame}");
            let own_text = if another { "message.text" } else { "text" };
            assert_eq!(message.text(), text(own_text), "{frame}");
            assert_eq!(
                message.previous_text(),
                text("previous_message.text"),
                "{frame}"
            );
            let found = message.edited().map(|edited| (edited.user(), edited.ts()));
            assert_eq!(found, edited, "{frame}");
            assert_eq!(message.channel(), made.get("channel"), "{frame}");
            let event_ts = made.first(&["event_ts", "ts"]);
            assert_eq!(message.event_ts(), event_ts, "{frame}");
            let deleted = made.get("subtype") == Some("message_deleted")
                || made.get("message.subtype") == Some("tombstone");
            assert_eq!(message.is_deletion(), deleted, "{frame}");
        });
    }
}

/// Looks at a number of an event of any kind, written as a number and in quotes.
fn in_both_forms<T: PartialEq + std::fmt::Debug>(
    before: &str,
    number: &str,
    after: &str,
    expected: T,
    look: impl Fn(Event<'_>) -> T,
) {
    for written in [number.to_string(), format!(r#""{number}""#)] {
        let frame = format!("{before}{written}{after}");
        for piece in [usize::MAX, 1] {
            let found = read::<1024, _>(&PATHS, &frame, || piece, &look);
            assert_eq!(found, expected, "{frame}");
        }
    }
}

#[test]
fn every_accessor_of_a_number_reads_numerals() {
    let edges = [
        0,
        1,
        9,
        u64::from(u32::MAX),
        u64::from(u32::MAX) + 1,
        u64::MAX,
    ];
    let dice = &mut Dice::new(1);
    let random = (0..EVENTS / 100).map(|_| {
        let bits = dice.roll(64);
        dice.next() >> bits
    });
    for number in edges.into_iter().chain(random) {
        let text = number.to_string();
        let created = |event: Event<'_>| match event {
            Event::Channel(event) => event.created(),
            other => panic!("{other:?}"),
        };
        in_both_forms(
            r#"{"type":"channel_created","channel":{"id":"C1","created":"#,
            &text,
            "}}",
            Some(number),
            created,
        );
        for (name, end) in [("next_dnd_start_ts", false), ("next_dnd_end_ts", true)] {
            in_both_forms(
                &format!(r#"{{"type":"dnd_updated","dnd_status":{{"{name}":"#),
                &text,
                "}}",
                Some(number),
                |event| match event {
                    Event::User(event) if end => event.next_dnd_end(),
                    Event::User(event) => event.next_dnd_start(),
                    other => panic!("{other:?}"),
                },
            );
        }
        let small = u32::try_from(number).ok();
        in_both_forms(
            r#"{"ok":true,"ts":"1.1","reply_to":"#,
            &text,
            "}",
            small,
            |event| match event {
                Event::Reply(reply) => reply.reply_to(),
                other => panic!("{other:?}"),
            },
        );
        in_both_forms(
            r#"{"type":"pong","reply_to":"#,
            &text,
            "}",
            small,
            |event| match event {
                Event::Pong(pong) => pong.reply_to(),
                other => panic!("{other:?}"),
            },
        );
        for sign in ["", "-"] {
            let signed = format!("{sign}{number}");
            let expected: Option<i64> = signed.parse().ok();
            in_both_forms(
                r#"{"type":"error","error":{"msg":"m","code":"#,
                &signed,
                "}}",
                expected,
                |event| match event {
                    Event::ServerError(error) => error.error_code(),
                    other => panic!("{other:?}"),
                },
            );
            in_both_forms(
                r#"{"ok":false,"reply_to":1,"error":{"code":"#,
                &signed,
                r#","msg":"m"}}"#,
                expected,
                |event| match event {
                    Event::Reply(reply) => reply.error_code(),
                    other => panic!("{other:?}"),
                },
            );
        }
        // Ids and timestamps are texts in either form, and counts found by name are numbers.
        let stamp = format!("{number}.000100");
        for (name, value) in [("user", &text), ("channel", &text), ("event_ts", &stamp)] {
            in_both_forms(
                &format!(r#"{{"type":"member_joined_channel","{name}":"#),
                value,
                "}",
                Some(value.clone()),
                |event| {
                    let found = match name {
                        "user" => event.user(),
                        "channel" => event.channel(),
                        _ => event.event_ts(),
                    };
                    found.map(String::from)
                },
            );
        }
        in_both_forms(
            r#"{"type":"message","message":{"reply_count":"#,
            &text,
            "}}",
            Some(number),
            |event| event.members()?.number("message.reply_count"),
        );
    }
}
