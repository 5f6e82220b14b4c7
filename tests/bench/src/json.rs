//! JSON: a typed visit of an `rtm.start` body, beside what others need for it.

use crate::counted::{instructions, measured};
use crate::start_body::{Size, body};
use crate::table::Figure;
use serde::Deserialize;
use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{DocumentState, Extractor, Raw, Records, Source, Tokenizer};
use std::borrow::Cow;
use std::hint::black_box;

/// 4.8 MB, in the segments of an Ethernet.
const SIZE: Size = Size {
    users: 2_000,
    channels: 500,
    padding: 420,
    plain: false,
};
/// Where a peer refuses the body for its escapes and characters outside ASCII.
const PLAIN: Size = Size {
    plain: true,
    ..SIZE
};
const SEGMENT: usize = 1460;

/// A name, the body, and what is counted.
type Case = (&'static str, Size, fn(&str));

const FIELDS: &str = "rtm.start, typed, 2 KiB buffer";
const SERDE: &str = "serde_json whole document";

const OURS: [Case; 3] = [
    (FIELDS, SIZE, fields),
    ("every token", SIZE, tokens),
    ("skipping all", SIZE, skipping),
];
const OTHERS: [Case; 4] = [
    (SERDE, SIZE, serde_whole),
    ("serde_json from_reader", SIZE, serde_reader),
    ("picojson StreamParser (plain body)", PLAIN, picojson_stream),
    ("floor (memchr3)", SIZE, memchr3),
];

/// Instructions per byte of a 4.8 MB `rtm.start` body, its members shuffled. The goal of the typed
/// visit is what serde_json needs in the same run.
pub(crate) fn figures() -> Vec<Figure> {
    let count = |(name, size, _): Case| {
        let total = instructions(&["json", name])?;
        Some((name, total, total as f64 / body(size, 1).len() as f64))
    };
    let others: Vec<_> = OTHERS.into_iter().filter_map(count).collect();
    let ours = OURS.into_iter().filter_map(count);
    let figure = |(name, total, each)| {
        let mut figure = Figure::new("json", name, "Ir/byte", each).counted(total);
        for (peer, _, each) in &others {
            if name == FIELDS || peer.contains("picojson") || peer.contains("floor") {
                figure = figure.peer(*peer, *each);
            }
            if name == FIELDS && *peer == SERDE {
                figure = figure.goal(*each);
            }
        }
        figure
    };
    ours.map(figure).collect()
}

/// Instructions per byte of the typed visit.
pub(crate) fn start_per_byte() -> Option<f64> {
    let total = instructions(&["json", FIELDS])?;
    Some(total as f64 / body(SIZE, 1).len() as f64)
}

/// Runs one case, to be counted.
pub(crate) fn run(name: &str) {
    let case = OURS.iter().chain(&OTHERS).find(|(case, ..)| *case == name);
    let (_, size, case) = case.expect("a case");
    let body = body(*size, 1);
    measured(&mut || case(black_box(&body)));
}

slack_rtm::paths! {
    const START {
        const OK = Whole "ok";
        const URL = Awaited "url";
        const SELF_ID = Whole "self.id";
        const SELF_NAME = Brief "self.name";
        const TEAM_ID = Whole "team.id";
        const TEAM_NAME = Brief "team.name";
        const USER = Element "users[]";
        const USER_ID = Whole "users[].id";
        const USER_NAME = Brief "users[].name";
        const USER_REAL_NAME = Brief "users[].real_name";
        const USER_DELETED = Whole "users[].deleted";
        const USER_IS_BOT = Whole "users[].is_bot";
        const USER_TZ = Brief "users[].tz_offset";
        const USER_DISPLAY_NAME = Brief "users[].profile.display_name";
        const CHANNEL = Element "channels[]";
        const CHANNEL_ID = Whole "channels[].id";
        const CHANNEL_NAME = Brief "channels[].name";
        const CHANNEL_IS_MEMBER = Whole "channels[].is_member";
        const CHANNEL_TOPIC = Cut "channels[].topic.value";
        const CHANNEL_MEMBERS = Cut "channels[].members[]";
    }
}

fn fields(body: &str) {
    let mut memory = [0; 2048];
    let mut rx = RecvBuf::new(&mut memory);
    let mut fields = Extractor::with_source(&START, Raw::Off, Source::Stream);
    let (mut users, mut channels) = (0, 0);
    for segment in body.as_bytes().chunks(SEGMENT) {
        let mut rest = segment;
        while !rest.is_empty() {
            let space = rx.space();
            let count = space.len().min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            rx.filled(count);
            rest = &rest[count..];
            loop {
                match fields.feed(&mut rx, usize::MAX).expect("JSON").state {
                    DocumentState::Element(USER) => {
                        black_box(typed_user(rx.records()));
                        users += 1;
                    }
                    DocumentState::Element(_) => {
                        black_box(typed_channel(rx.records()));
                        channels += 1;
                    }
                    _ => break,
                }
            }
        }
    }
    fields.finish(&mut rx).expect("JSON");
    let records = rx.records();
    assert_eq!((users, channels), (SIZE.users, SIZE.channels));
    assert_eq!(records.bool(OK), Some(true));
    assert!(records.text(URL).is_some() && records.text(SELF_ID).is_some());
    let names = [SELF_NAME, TEAM_ID, TEAM_NAME, USER, CHANNEL];
    black_box(names.map(|path| records.find(path)));
}

fn typed_user(records: Records<'_>) -> User<&str> {
    let mut user = User::default();
    for record in records {
        let text = record.value.text().map_or("", |text| text.as_str());
        match record.path {
            USER_ID => user.id = text,
            USER_NAME => user.name = text,
            USER_REAL_NAME => user.real_name = text,
            USER_DELETED => user.deleted = record.value.bool().unwrap_or_default(),
            USER_IS_BOT => user.is_bot = record.value.bool().unwrap_or_default(),
            USER_TZ => {
                let number = record.value.number();
                user.tz_offset = number
                    .and_then(|number| number.as_i64())
                    .unwrap_or_default();
            }
            USER_DISPLAY_NAME => user.profile.display_name = text,
            _ => {}
        }
    }
    user
}

fn typed_channel(records: Records<'_>) -> (&str, &str, bool, &str, u32) {
    let text = |path| records.text(path).map_or("", |text| text.as_str());
    (
        text(CHANNEL_ID),
        text(CHANNEL_NAME),
        records.bool(CHANNEL_IS_MEMBER) == Some(true),
        text(CHANNEL_TOPIC),
        records.list(CHANNEL_MEMBERS).map_or(0, |list| list.len()),
    )
}

fn tokens(body: &str) {
    let mut tokenizer = Tokenizer::new();
    let mut count = 0;
    for mut input in body.as_bytes().chunks(SEGMENT) {
        while !input.is_empty() {
            let step = tokenizer.next(input).expect("JSON");
            count += usize::from(step.token.is_some());
            input = &input[step.consumed..];
        }
    }
    black_box(count);
}

fn skipping(body: &str) {
    let mut tokenizer = Tokenizer::new();
    tokenizer.skip_value();
    for segment in body.as_bytes().chunks(SEGMENT) {
        let step = tokenizer.next(segment).expect("JSON");
        assert_eq!(step.consumed, segment.len());
    }
}

#[derive(Deserialize)]
struct Start<S> {
    ok: bool,
    url: S,
    #[serde(rename = "self")]
    own: Named<S>,
    team: Named<S>,
    users: Vec<User<S>>,
    channels: Vec<Channel<S>>,
}

#[derive(Deserialize)]
struct Named<S> {
    id: S,
    name: S,
}

#[derive(Default, Deserialize)]
pub(crate) struct User<S> {
    pub(crate) id: S,
    pub(crate) name: S,
    pub(crate) real_name: S,
    pub(crate) deleted: bool,
    pub(crate) is_bot: bool,
    pub(crate) tz_offset: i64,
    pub(crate) profile: Profile<S>,
}

#[derive(Default, Deserialize)]
pub(crate) struct Profile<S> {
    pub(crate) display_name: S,
}

#[derive(Deserialize)]
struct Channel<S> {
    id: S,
    name: S,
    is_member: bool,
    topic: Topic<S>,
    members: Vec<S>,
}

#[derive(Deserialize)]
struct Topic<S> {
    value: S,
}

fn serde_whole(body: &str) {
    check::<Borrowed<'_>>(&serde_json::from_slice(body.as_bytes()).expect("JSON"));
}

fn serde_reader(body: &str) {
    check::<String>(&serde_json::from_reader(Segments(body.as_bytes())).expect("JSON"));
}

/// A string that is only copied where escapes make that necessary.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

impl AsRef<str> for Borrowed<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

fn check<S: AsRef<str>>(start: &Start<S>) {
    assert_eq!(
        (start.users.len(), start.channels.len()),
        (SIZE.users, SIZE.channels)
    );
    assert!(start.ok && !start.url.as_ref().is_empty());
    black_box((
        &start.own.id,
        &start.own.name,
        &start.team.id,
        &start.team.name,
    ));
    for user in &start.users {
        black_box((
            &user.id,
            &user.name,
            &user.real_name,
            user.deleted,
            user.is_bot,
        ));
        black_box((user.tz_offset, &user.profile.display_name));
    }
    for channel in &start.channels {
        black_box((
            &channel.id,
            &channel.name,
            channel.is_member,
            &channel.topic.value,
        ));
        black_box(&channel.members);
    }
}

/// Reads a segment at a time.
struct Segments<'b>(&'b [u8]);

impl std::io::Read for Segments<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let most = out.len().min(SEGMENT);
        std::io::Read::read(&mut self.0, &mut out[..most])
    }
}

fn picojson_stream(body: &str) {
    use picojson::{Event, PullParser, StreamParser};
    struct Source<'b>(Segments<'b>);
    impl picojson::Reader for Source<'_> {
        type Error = std::io::Error;
        fn read(&mut self, out: &mut [u8]) -> Result<usize, std::io::Error> {
            std::io::Read::read(&mut self.0, out)
        }
    }
    let mut scratch = [0; 2048];
    let mut parser = StreamParser::new(Source(Segments(body.as_bytes())), &mut scratch);
    let mut count = 0;
    loop {
        let event = parser
            .next_event()
            .unwrap_or_else(|error| panic!("{error:?} {count}"));
        if matches!(event, Event::EndDocument) {
            break;
        }
        count += 1;
    }
    assert!(count > SIZE.users * 40, "{count}");
}

fn memchr3(body: &str) {
    black_box(memchr::memchr3_iter(b'"', b'\\', b',', body.as_bytes()).count());
}
