//! Lists whose pages are read as one call.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod sequence_common;

use sequence_common::{Reply, World, json, machine};
use slack_rtm::DisconnectReason;
use slack_rtm::methods::users::{ListUsers, USERS};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{CallerConfig, Named, Pages, RateSlot, RequestError, paths};

slack_rtm::paths! {
    const WITHOUT_CURSOR extends paths::CALL {
        const MEMBERS = Element "members[]";
        const ID = Whole "members[].id";
    }
}

fn page(ids: &[&str], next: &str) -> Reply {
    let members: Vec<String> = ids
        .iter()
        .map(|id| format!(r#"{{"id":"{id}","name":"n"}}"#))
        .collect();
    json(&format!(
        r#"{{"ok":true,"members":[{}],"response_metadata":{{"next_cursor":"{next}"}}}}"#,
        members.join(",")
    ))
}

/// Reads all pages that these replies are, and returns the events and the world.
fn walk(world: &mut World, memory: &mut [u8]) -> Vec<String> {
    let list = ListUsers::new().limit(200);
    let mut rates = [RateSlot::FREE; 4];
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut pages = Pages::new(&list, &USERS, memory);
    world.run(&mut caller, &mut pages).expect("usable")
}

fn cursors(world: &World) -> Vec<String> {
    let cursor = |text: &str| {
        let mut pairs = text.split('&');
        pairs.find_map(|pair| pair.strip_prefix("cursor=").map(String::from))
    };
    let bodies = world.requests.iter();
    bodies
        .map(|request| cursor(request.text()).unwrap_or_default())
        .collect()
}

#[test]
fn elements_of_all_pages_come_one_by_one_at_every_split() {
    // A short page, an empty one in the middle, and one without a cursor at the end.
    let replies = || {
        [
            page(&["U1", "U2"], "dXNlcjpVMg=="),
            page(&[], "dXNlcjpVMw=="),
            page(&["U3"], "dXNlcjpVNA=="),
            json(r#"{"members":[{"id":"U4"}],"ok":true}"#),
        ]
    };
    for step in (1..80).chain([usize::MAX]) {
        let mut world = World::new(replies());
        world.step = step;
        let events = walk(&mut world, &mut [0; 12]);
        let expected = [
            "element U1",
            "element U2",
            "element U3",
            "element U4",
            "accepted",
        ];
        assert_eq!(events, expected, "{step} bytes at a time");
        assert_eq!(
            cursors(&world),
            [
                "",
                "dXNlcjpVMg%3D%3D",
                "dXNlcjpVMw%3D%3D",
                "dXNlcjpVNA%3D%3D"
            ]
        );
        assert_eq!(world.connects.len(), 1, "one link for all pages");
        for request in &world.requests {
            assert!(
                request.text().starts_with("limit=200"),
                "{}",
                request.text()
            );
        }
    }
}

#[test]
fn an_expired_cursor_is_the_outcome_and_the_list_can_start_again() {
    let expired = || json(r#"{"ok":false,"error":"invalid_cursor"}"#);
    let mut world = World::new([
        page(&["U1"], "one"),
        expired(),
        expired(),
        page(&["U1"], "two"),
        page(&["U2"], ""),
        page(&["U1"], ""),
    ]);
    let (list, mut memory) = (ListUsers::new(), [0; Pages::CURSOR]);
    let mut rates = [RateSlot::FREE; 4];
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut pages = Pages::new(&list, &USERS, &mut memory);
    let mut run = |pages: &mut Pages<'_>| world.run(&mut caller, pages).expect("usable");
    assert_eq!(run(&mut pages), ["element U1", "refused invalid_cursor"]);
    assert_eq!(pages.cursor(), "one");
    assert_eq!(
        run(&mut pages),
        ["refused invalid_cursor"],
        "the same page again"
    );
    pages.restart();
    assert_eq!(run(&mut pages), ["element U1", "element U2", "accepted"]);
    assert_eq!(
        run(&mut pages),
        ["element U1", "accepted"],
        "after the end: the first page"
    );
    assert_eq!(cursors(&world), ["", "one", "one", "", "two", ""]);
}

#[test]
fn a_list_continues_with_the_page_that_failed() {
    let mut world = World::new([
        page(&["U1"], "one"),
        // Before an element it is repeated by itself, over a fresh link.
        Reply::Cut(0, DisconnectReason::Reset),
        Reply::With(500, "oops".into()),
        page(&["U2"], "two"),
        // After an element the call fails: the element comes again.
        Reply::Half(format!(
            r#"{{"ok":true,"members":[{{"id":"U3"}},{{"id":"U4","name":"{}"}}]}}"#,
            "n".repeat(80)
        )),
        page(&["U3", "U4"], ""),
    ]);
    let (list, mut memory) = (ListUsers::new(), [0; Pages::CURSOR]);
    let mut rates = [RateSlot::FREE; 4];
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut pages = Pages::new(&list, &USERS, &mut memory);
    let mut run = |pages: &mut Pages<'_>| world.run(&mut caller, pages).expect("usable");
    let events = run(&mut pages);
    assert_eq!(events[0], "element U1");
    assert!(
        events[1].starts_with("failed: Response(Status"),
        "{events:?}"
    );
    let events = run(&mut pages);
    assert_eq!(events[..2], ["element U2", "element U3"]);
    assert!(
        events[2].starts_with("failed: Disconnected(Reset"),
        "{events:?}"
    );
    assert_eq!(run(&mut pages), ["element U3", "element U4", "accepted"]);
    assert_eq!(cursors(&world), ["", "one", "one", "one", "two", "two"]);
}

#[test]
fn a_rate_limit_in_the_middle_is_waited_for() {
    let limited = Reply::With(429, r#"{"ok":false,"error":"ratelimited"}"#.into());
    let mut world = World::new([page(&["U1"], "one"), limited, page(&["U2"], "")]);
    let (list, mut memory) = (ListUsers::new(), [0; Pages::CURSOR]);
    let mut rates = [RateSlot::FREE; 4];
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut pages = Pages::new(&list, &USERS, &mut memory);
    let events = world.run(&mut caller, &mut pages).expect("usable");
    assert_eq!(events, ["element U1", "refused ratelimited"]);
    let before = world.now;
    let events = world.run(&mut caller, &mut pages).expect("usable");
    assert_eq!(events, ["element U2", "accepted"]);
    assert!(world.now >= before + 30_000, "the Retry-After has passed");
}

#[test]
fn a_list_that_cannot_go_on_names_the_reason() {
    let sequence = |replies: Vec<Reply>, memory: &mut [u8]| {
        let events = walk(&mut World::new(replies), memory);
        events.last().expect("an outcome").clone()
    };
    let repeated = vec![page(&["U1"], "one"), page(&["U1"], "one")];
    assert_eq!(sequence(repeated, &mut [0; 8]), "sequence: CursorRepeated");
    let long = vec![page(&[], "123456789")];
    assert_eq!(
        sequence(long, &mut [0; 8]),
        "sequence: Full(ResourceError { memory: Sequence, wanted: 9, available: 8 })"
    );
    let too_long = vec![page(&[], &"c".repeat(600))];
    assert_eq!(
        sequence(too_long, &mut [0; 700]),
        "sequence: TooLong { length: 600 }"
    );

    let list = ListUsers::new();
    let (mut memory, mut rates) = ([0; 8], [RateSlot::FREE; 4]);
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut pages = Pages::new(&list, &WITHOUT_CURSOR, &mut memory);
    let events = World::new([page(&[], "one")])
        .run(&mut caller, &mut pages)
        .expect("usable");
    assert_eq!(
        events,
        [r#"sequence: NotInTable("response_metadata.next_cursor")"#]
    );
    let mut pages = Pages::new(&list, &paths::CALL, &mut memory);
    let no_pages = World::new([json(r#"{"ok":true}"#)])
        .run(&mut caller, &mut pages)
        .expect("usable");
    assert_eq!(no_pages, events, "also where there is one page");

    let wrong = Named {
        name: "users list",
        arguments: &[],
    };
    let pages = Pages::new(&wrong, &USERS, &mut memory);
    assert_eq!(caller.begin_sequence(&pages), Err(RequestError::MethodName));
    let far = ListUsers::new().limit(1000);
    let pages = Pages::new(&far, &USERS, &mut memory);
    assert!(matches!(
        caller.begin_sequence(&pages),
        Err(RequestError::Argument(_))
    ));
}

#[test]
fn a_list_may_be_left_early() {
    let mut world = World::new([page(&["U1", "U2", "U3"], "one"), page(&["U4"], "")]);
    world.step = 100;
    world.most_events = 1;
    let (list, mut memory) = (ListUsers::new(), [0; Pages::CURSOR]);
    let mut rates = [RateSlot::FREE; 4];
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut pages = Pages::new(&list, &USERS, &mut memory);
    assert_eq!(
        world.run(&mut caller, &mut pages).expect("usable"),
        ["element U1"]
    );
    world.most_events = usize::MAX;
    // Another call begins over a fresh link.
    let mut other_memory = [0; 8];
    let mut other = Pages::new(&list, &USERS, &mut other_memory);
    assert_eq!(
        world.run(&mut caller, &mut other).expect("usable"),
        ["element U4", "accepted"]
    );
    assert_eq!(world.connects.len(), 2);
}

#[test]
fn each_page_has_the_time_of_a_call() {
    // Sixty pages of a method that may be called 20 times a minute take longer than one call may.
    let last = 60;
    let replies = (0..=last).map(|at| {
        let next = if at == last {
            String::new()
        } else {
            format!("c{at}")
        };
        page(&["U1"], &next)
    });
    let mut world = World::new(replies);
    let (list, mut memory) = (ListUsers::new(), [0; Pages::CURSOR]);
    let mut rates = [RateSlot::FREE; 4];
    let config = CallerConfig::new().total(Duration::from_secs(20));
    let mut caller = machine(config, &mut rates);
    let mut pages = Pages::new(&list, &USERS, &mut memory);
    let events = world.run(&mut caller, &mut pages).expect("usable");
    assert_eq!(events.len(), last + 2);
    assert_eq!(events.last().map(String::as_str), Some("accepted"));
    assert!(world.now > 1_000_000 + 30_000, "paced");
}

#[test]
fn a_cursor_that_is_a_number_is_one_too() {
    let mut world = World::new([
        json(r#"{"ok":true,"members":[],"response_metadata":{"next_cursor":17}}"#),
        page(&["U1"], ""),
    ]);
    assert_eq!(walk(&mut world, &mut [0; 8]), ["element U1", "accepted"]);
    assert_eq!(cursors(&world), ["", "17"]);
}

#[test]
fn debug_shows_no_cursor() {
    let list = ListUsers::new();
    let mut memory = *b"secret";
    let pages = Pages::new(&list, &USERS, &mut memory);
    assert_eq!(
        format!("{pages:?}"),
        r#"Pages { method: "users.list", is_first: true, .. }"#
    );
}

#[test]
fn a_cursor_of_any_text_is_sent_back_as_it_came() {
    for (json, form) in [
        (r#"a\"b'c\\d"#, "a%22b%27c%5Cd"),
        (r"\u0000\u001f\r\n\t", "%00%1F%0D%0A%09"),
        (r"dXNlcjpVMDYx=&limit=999", "dXNlcjpVMDYx%3D%26limit%3D999"),
        (r"\u00e9\ud83d\ude00 +%20", "%C3%A9%F0%9F%98%80%20%2B%2520"),
    ] {
        let mut world = World::new([page(&["U1"], json), page(&["U2"], "")]);
        let events = walk(&mut world, &mut [0; Pages::CURSOR]);
        assert_eq!(events, ["element U1", "element U2", "accepted"], "{json}");
        let request = world.requests.last().expect("two requests");
        let sent = request.text().split("cursor=").nth(1);
        assert_eq!(sent, Some(form));
    }
}
