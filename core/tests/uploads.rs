//! Uploads: three calls over two hosts, with a body that the caller supplies.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod sequence_common;

use sequence_common::{Machine, Reply, World, json, machine, short};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::methods::chat::PostMessage;
use slack_rtm::methods::files::GetUploadUrl;
use slack_rtm::methods::upload::{Upload, UploadStage};
use slack_rtm::time::{Duration, Instant};
use slack_rtm::web_api::{
    Api, Call, CallerConfig, CallerEvent, Job, Method, PostError, RateSlot, RequestError, Sequence,
    paths,
};
use slack_rtm::{DisconnectReason, Output};

const URL: &str = "https://files.slack.com/upload/v1/CwABAAAAXAoAAVnX";
const UPLOADED: &str = "OK - 300";

fn got_url() -> Reply {
    json(&format!(
        r#"{{"ok":true,"upload_url":"{}","file_id":"F0123456789"}}"#,
        URL.replace('/', "\\/")
    ))
}

fn text(text: &str) -> Reply {
    Reply::With(200, text.into())
}

fn completed() -> Reply {
    json(r#"{"ok":true,"files":[{"id":"F0123456789","title":"Door"}]}"#)
}

fn picture(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 256) as u8).collect()
}

/// A world with a picture of 300 bytes.
fn world(replies: impl IntoIterator<Item = Reply>) -> World {
    let mut world = World::new(replies);
    world.file = picture(300);
    world
}

fn upload<'a>(world: &World, memory: &'a mut [u8]) -> Upload<'a> {
    Upload::new(
        GetUploadUrl::new("door.bmp", world.file.len() as u64),
        memory,
    )
    .title("Door")
    .in_channel("C1")
    .initial_comment("Somebody rang")
}

/// Uploads the picture of `world`, and returns the events.
fn run(world: &mut World, change: impl for<'u> Fn(Upload<'u>) -> Upload<'u>) -> Vec<String> {
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let mut caller = machine(CallerConfig::new().timeouts(short()), &mut rates);
    let mut upload = change(upload(world, &mut memory));
    world.run(&mut caller, &mut upload).expect("usable")
}

/// The body of the request to the upload host.
fn sent(world: &World) -> &[u8] {
    let mut requests = world.requests.iter().rev();
    &requests
        .find(|request| request.host == "files.slack.com:443")
        .expect("an upload")
        .body
}

#[test]
fn the_three_requests_go_to_two_hosts_at_every_split() {
    for step in (1..100).chain([usize::MAX]) {
        let mut world = world([got_url(), text(UPLOADED), completed()]);
        world.step = step;
        assert_eq!(
            run(&mut world, |upload| upload),
            ["accepted"],
            "{step} bytes at a time"
        );
        let hosts = ["slack.com:443", "files.slack.com:443", "slack.com:443"];
        assert_eq!(world.connects, hosts);
        let [first, second, third] = &world.requests[..] else {
            panic!("{:?}", world.requests)
        };
        assert_eq!(first.target(), "/api/files.getUploadURLExternal");
        assert_eq!(first.text(), "filename=door.bmp&length=300");
        assert_eq!(second.target(), "/upload/v1/CwABAAAAXAoAAVnX");
        assert!(second.head.starts_with("POST "), "{}", second.head);
        assert!(
            second
                .head
                .contains("\r\nContent-Type: application/octet-stream\r\n")
        );
        assert!(
            !second.head.contains("Authorization"),
            "no token for another host"
        );
        assert!(!second.head.contains("xoxb"), "no token for another host");
        assert_eq!(second.body, world.file);
        assert_eq!(third.target(), "/api/files.completeUploadExternal");
        assert_eq!(
            third.text(),
            "files=%5B%7B%22id%22%3A%22F0123456789%22%2C%22title%22%3A%22Door%22%7D%5D\
             &channel_id=C1&initial_comment=Somebody%20rang"
        );
    }
}

#[test]
fn a_picture_of_200_kb_is_produced_once_through_512_bytes() {
    let mut world = World::new([got_url(), text("OK - 200000"), completed()]);
    world.file = picture(200_000);
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut upload = upload(&world, &mut memory).cannot_restart();
    let events = world.run_with(&mut caller, &mut upload, &mut [0; 512], &mut [0; 512]);
    assert_eq!(events.expect("usable"), ["accepted"]);
    assert!(sent(&world) == world.file, "the bytes as they are");
    let mut next = 0;
    for (offset, count) in &world.reads {
        assert_eq!(*offset, next, "forward");
        next += *count as u64;
    }
    assert_eq!(next, 200_000, "each byte once");
    // 512 bytes less the reserve of the send buffer.
    assert_eq!(world.reads.len(), 200_000_usize.div_ceil(381));
}

#[test]
fn a_link_that_is_cut_at_any_byte_makes_the_upload_begin_again() {
    for cut in 0..=300 {
        for step in [1, 97, usize::MAX] {
            let cut = Reply::Cut(cut, DisconnectReason::Reset);
            let mut world = world([got_url(), cut, text(UPLOADED), completed()]);
            world.step = step;
            assert_eq!(
                run(&mut world, |upload| upload),
                ["accepted"],
                "{:?}",
                world.replies
            );
            assert_eq!(sent(&world), world.file);
            let restarts = world
                .reads
                .iter()
                .filter(|(offset, _)| *offset == 0)
                .count();
            assert!((1..=2).contains(&restarts), "{:?}", world.reads);
        }
    }
}

#[test]
fn a_source_that_cannot_restart_fails_with_that_reason() {
    for cut in 1..=300 {
        let cut = Reply::Cut(cut, DisconnectReason::Reset);
        let mut world = world([got_url(), cut]);
        world.step = 1;
        let events = run(&mut world, |upload| upload.cannot_restart());
        assert_eq!(events, ["failed: CannotRestart(Reset)"]);
        let restarts = world
            .reads
            .iter()
            .filter(|(offset, _)| *offset == 0)
            .count();
        assert_eq!(restarts, 1, "it was not asked again");
    }
    // An orderly end is one too.
    let mut world = world([got_url(), Reply::Cut(100, DisconnectReason::Closed)]);
    assert_eq!(
        run(&mut world, |upload| upload.cannot_restart()),
        ["failed: CannotRestart(Closed)"]
    );
}

#[test]
fn a_second_failure_is_the_outcome_and_the_upload_continues_with_that_call() {
    let cut = || Reply::Cut(100, DisconnectReason::Reset);
    let mut world = world([
        got_url(),
        cut(),
        cut(),
        text(UPLOADED),
        json(r#"{"ok":false,"error":"not_in_channel"}"#),
        completed(),
    ]);
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut upload = upload(&world, &mut memory);
    assert_eq!(upload.file_id(), None);
    let mut run = |upload: &mut Upload<'_>| world.run(&mut caller, upload).expect("usable");
    assert_eq!(run(&mut upload), ["failed: Disconnected(Reset)"]);
    assert_eq!(
        (upload.stage(), upload.file_id()),
        (UploadStage::Send, Some("F0123456789"))
    );
    assert_eq!(run(&mut upload), ["refused not_in_channel"]);
    assert_eq!(upload.stage(), UploadStage::Complete);
    assert_eq!(run(&mut upload), ["accepted"]);
    let requests = world
        .requests
        .iter()
        .map(|request| request.target().to_owned());
    let urls = requests
        .filter(|target| target.contains("getUploadURL"))
        .count();
    assert_eq!(urls, 1, "the first call was not repeated");
    upload.restart();
    assert_eq!(
        (upload.stage(), upload.file_id()),
        (UploadStage::GetUrl, None)
    );
}

#[test]
fn a_response_before_the_end_of_the_body_ends_the_upload() {
    let early = |status, text: &str| {
        let mut world = world([got_url(), Reply::Early(status, text.into())]);
        world.step = 150;
        let events = run(&mut world, |upload| upload);
        assert!(
            world.reads.len() <= 2,
            "the rest was not asked for: {:?}",
            world.reads
        );
        events
    };
    assert_eq!(early(200, UPLOADED), ["failed: EarlyResponse"]);
    assert_eq!(early(403, "expired_url"), ["refused expired_url"]);
    let events = early(500, "<html>");
    assert!(events[0].starts_with("failed: Response("), "{events:?}");
    let events = early(413, "Too Large");
    assert!(events[0].starts_with("failed: Response("), "{events:?}");
}

#[test]
fn the_response_to_the_bytes_is_checked() {
    let respond = |response: &str| {
        let mut world = world([got_url(), text(response), completed()]);
        run(&mut world, |upload| upload)
    };
    for good in ["OK - 300", "OK - 300\r\n", "ok", "OK - x"] {
        assert_eq!(respond(good), ["accepted"], "{good:?}");
    }
    let events = respond("OK - 299");
    assert_eq!(
        events,
        ["sequence: UploadLength { sent: 300, received: 299 }"]
    );
    for bad in ["", "no", "<html>OK - 300</html>", "O", "KO - 300"] {
        assert!(respond(bad)[0].starts_with("failed: Response("), "{bad:?}");
    }
    // A 200 of the API in the place of the upload host is none of its responses.
    assert_eq!(
        respond(r#"{"ok":false,"error":"invalid_auth"}"#),
        ["refused invalid_auth"]
    );
}

#[test]
fn a_slow_source_is_waited_for_and_a_slow_server_is_not() {
    let mut slow = world([got_url(), text(UPLOADED), completed()]);
    (slow.read_time, slow.read_most) = (10_000, 40);
    assert_eq!(
        run(&mut slow, |upload| upload),
        ["accepted"],
        "eight reads of 10 s"
    );

    let mut silent = world([got_url(), Reply::Silence]);
    let events = run(&mut silent, |upload| upload);
    assert_eq!(events, ["failed: TimedOut(Response)"]);

    // The time of the whole call is a limit for both.
    let mut world = world([got_url(), text(UPLOADED)]);
    (world.read_time, world.read_most) = (10_000, 40);
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let config = CallerConfig::new().total(Duration::from_secs(60));
    let mut caller = machine(config, &mut rates);
    let mut upload = upload(&world, &mut memory);
    let events = world.run(&mut caller, &mut upload).expect("usable");
    assert_eq!(events, ["failed: TimedOut(Call)"]);
}

#[test]
fn an_upload_url_is_used_only_where_it_may_be() {
    let respond = |members: String, size: usize| {
        let mut world = world([
            json(&format!(r#"{{"ok":true,{members}}}"#)),
            text(UPLOADED),
            completed(),
        ]);
        let (mut memory, mut rates) = ([0; 600], [RateSlot::FREE; 4]);
        let mut caller = machine(CallerConfig::new(), &mut rates);
        let mut upload = upload(&world, &mut memory[..size]);
        let events = world.run(&mut caller, &mut upload).expect("usable");
        (events, world.connects.len())
    };
    let url = |url: &str| respond(format!(r#""upload_url":"{url}","file_id":"F1""#), 400);
    assert_eq!(url(URL).0, ["accepted"]);
    let refused = |events: &str| (vec![format!("sequence: {events}")], 1);
    assert_eq!(
        url("https://files.slack.com.evil.example/u"),
        refused("UploadHost")
    );
    assert_eq!(url("https://127.0.0.1/u"), refused("UploadHost"));
    assert_eq!(
        url("http://files.slack.com/u"),
        refused("Request(UrlCleartext)")
    );
    assert_eq!(
        url("wss://files.slack.com/u"),
        refused("Request(UrlScheme)")
    );
    assert!(url("files.slack.com/u").0[0].starts_with("sequence: UploadUrl("));
    let none = respond(r#""file_id":"F1""#.into(), 400);
    assert_eq!(none, refused(r#"Missing("upload_url")"#));
    let none = respond(format!(r#""upload_url":"{URL}""#), 400);
    assert_eq!(none, refused(r#"Missing("file_id")"#));
    let full = respond(format!(r#""upload_url":"{URL}","file_id":"F1""#), 51);
    assert_eq!(
        full,
        refused("Full(ResourceError { memory: Sequence, wanted: 52, available: 51 })")
    );

    // Slack's have some 230 bytes.
    let long = |length: usize| format!("https://files.slack.com/{}", "u".repeat(length - 24));
    assert_eq!(
        url(&long(256)).0,
        ["accepted"],
        "through a receive buffer of 512 bytes"
    );
    assert_eq!(url(&long(600)), refused("TooLong { length: 602 }"));
}

#[test]
fn every_length_of_url_is_used_or_refused() {
    for size in [512, 768, 1024, 2048] {
        for length in 24..600 {
            let long = format!("https://files.slack.com/{}", "u".repeat(length - 24));
            let reply = json(&format!(
                r#"{{"ok":true,"upload_url":"{long}","file_id":"F1"}}"#
            ));
            let mut world = world([reply, text(UPLOADED), completed()]);
            let (mut memory, mut rates) = ([0; 700], [RateSlot::FREE; 4]);
            let mut caller = machine(CallerConfig::new(), &mut rates);
            let mut upload = upload(&world, &mut memory);
            let mut rx = vec![0; size];
            let events = world.run_with(&mut caller, &mut upload, &mut rx, &mut [0; 256]);
            let events = events.expect("usable");
            let is_refused = events[0].contains("TooLong") || events[0].contains("part: UploadUrl");
            assert_eq!(events.len(), 1);
            assert!(
                is_refused || events[0] == "accepted",
                "{length} in {size}: {events:?}"
            );
            assert!(
                length > 256 || !is_refused,
                "{length} in {size}: {events:?}"
            );
        }
    }
}

#[test]
fn an_empty_file_has_no_body() {
    let mut world = World::new([got_url(), text("OK - 0"), completed()]);
    assert_eq!(run(&mut world, |upload| upload), ["accepted"]);
    assert!(world.reads.is_empty() && sent(&world).is_empty());
}

#[test]
fn a_lost_completion_is_unconfirmed() {
    let mut world = world([
        got_url(),
        text(UPLOADED),
        Reply::Cut(usize::MAX, DisconnectReason::Reset),
    ]);
    assert_eq!(
        run(&mut world, |upload| upload),
        ["unconfirmed: Disconnected(Reset)"]
    );
}

#[test]
fn all_arguments_are_checked_before_anything_is_sent() {
    let world = world([]);
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let channels = [""; 101];
    let upload = upload(&world, &mut memory).in_channels(&channels);
    assert!(matches!(
        caller.begin_sequence(&upload),
        Err(RequestError::Argument(_))
    ));
}

#[test]
fn only_a_caller_sends_a_body_of_the_caller() {
    let mut world = world([got_url(), json(r#"{"ok":false,"error":"fatal_error"}"#)]);
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let mut caller: Machine<'_> = machine(CallerConfig::new(), &mut rates);
    let mut upload = upload(&world, &mut memory);
    let events = world.run(&mut caller, &mut upload).expect("usable");
    assert_eq!(
        (events, upload.stage()),
        (vec!["refused fatal_error".into()], UploadStage::Send)
    );
    let body = Some(RequestError::Body);
    assert_eq!(Api::new("xoxb-1").request(&upload).err(), body);
    assert_eq!(
        Call::new(&Api::new("xoxb-1"), &upload, &paths::CALL).err(),
        body
    );
    let posted = caller.post(&upload, None);
    assert_eq!(posted, Err(PostError::Request(RequestError::Body)));
    assert!(caller.begin(&Job::new(&upload, &paths::CALL)).is_ok());
}

#[test]
fn debug_shows_no_url() {
    let mut world = world([got_url(), json(r#"{"ok":false,"error":"fatal_error"}"#)]);
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut upload = upload(&world, &mut memory);
    world.run(&mut caller, &mut upload).expect("usable");
    let shown = format!("{upload:?} {:?} {:?}", upload.info(), upload.job());
    assert!(
        shown.contains("F0123456789") && !shown.contains("slack.com"),
        "{shown}"
    );
}

/// Polls the calls of `sequence` until the source is to supply bytes, and counts the links.
fn until_body_needed(
    caller: &mut Machine<'_>,
    sequence: &mut dyn Sequence,
    (rx, tx): (&mut RecvBuf<'_>, &mut SendBuf<'_>),
    now: u64,
) {
    let url = got_url_response();
    caller.begin_sequence(sequence).expect("usable");
    for _ in 0..40 {
        let now = Instant::from_millis(now);
        let output = caller.poll_sequence(sequence, rx, tx, now);
        match output.expect("randomness") {
            Output::Connect { .. } => caller.connected(),
            Output::Disconnect => caller.disconnected(DisconnectReason::Closed),
            Output::Wait { .. } => {
                let is_first = tx.pending().starts_with(b"POST /api/");
                tx.sent(usize::MAX);
                if is_first {
                    rx.space()[..url.len()].copy_from_slice(url.as_bytes());
                    rx.filled(url.len());
                }
            }
            Output::Event(CallerEvent::BodyNeeded { .. }) => return,
            other => panic!("{other:?}"),
        }
    }
    panic!("no body is needed");
}

fn got_url_response() -> String {
    let body = format!(r#"{{"ok":true,"upload_url":"{URL}","file_id":"F0123456789"}}"#);
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn a_source_that_supplies_nothing_yet_has_no_time_limit() {
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let mut caller = machine(CallerConfig::new().timeouts(short()), &mut rates);
    let mut upload = upload(&world([]), &mut memory);
    until_body_needed(&mut caller, &mut upload, (&mut rx, &mut tx), 1_000);
    caller.body_filled(0, &mut tx, Instant::from_millis(1_000));
    let later = Instant::from_millis(61_000);
    let output = caller.poll_sequence(&mut upload, &mut rx, &mut tx, later);
    let output = output.expect("randomness");
    assert!(
        matches!(
            output,
            Output::Event(CallerEvent::BodyNeeded { offset: 0, .. })
        ),
        "{output:?}"
    );
}

#[test]
fn another_upload_in_place_of_the_one_that_was_begun_is_not_asked_for_bytes_without_end() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let (mut memory, mut other_memory) = ([0; Upload::MEMORY], [0; Upload::MEMORY]);
    let mut rates = [RateSlot::FREE; 4];
    let mut caller = machine(CallerConfig::new().timeouts(short()), &mut rates);
    let mut shorter = Upload::new(GetUploadUrl::new("a", 10), &mut other_memory);
    until_body_needed(&mut caller, &mut shorter, (&mut rx, &mut tx), 1_000);
    let mut upload = upload(&world([]), &mut memory);
    until_body_needed(&mut caller, &mut upload, (&mut rx, &mut tx), 10_000);
    assert!(!caller.body_room(&mut tx).is_empty());
    let mut now = Instant::from_millis(10_000);
    caller.body_filled(50, &mut tx, now);
    for _ in 0..20 {
        let output = caller.poll_sequence(&mut shorter, &mut rx, &mut tx, now);
        match output.expect("randomness") {
            Output::Wait { until, .. } if tx.pending().is_empty() => now = until,
            Output::Wait { .. } => tx.sent(usize::MAX),
            Output::Event(CallerEvent::Failed(_)) => return,
            Output::Event(CallerEvent::BodyNeeded { .. }) => {
                assert!(!caller.body_room(&mut tx).is_empty(), "without room");
            }
            Output::Disconnect => caller.disconnected(DisconnectReason::Closed),
            Output::Connect { .. } => caller.disconnected(DisconnectReason::Refused),
            other => panic!("{other:?}"),
        }
    }
    panic!("no outcome");
}

#[test]
fn a_file_has_1_gib_at_most() {
    let check = |length: u64| GetUploadUrl::new("a", length).check();
    assert!(check(1 << 30).is_ok());
    for length in [(1 << 30) + 1, 1 << 32, (1 << 32) + 1, u64::MAX] {
        assert!(check(length).is_err(), "{length}");
    }
}

#[test]
fn hostile_members_of_the_first_response_are_refused() {
    let respond = |url: &str, id: &str| {
        let mut world = world([
            json(&format!(
                r#"{{"ok":true,"upload_url":"{url}","file_id":"{id}"}}"#
            )),
            text(UPLOADED),
            completed(),
        ]);
        let events = run(&mut world, |upload| upload);
        (events.join(" "), world.connects.len())
    };
    assert_eq!(
        respond(URL, ""),
        (r#"sequence: Missing("file_id")"#.into(), 1)
    );
    for url in [
        r"https://files.slack.com/u\r\nX-Header: y",
        r"https://files.slack.com/u HTTP/1.1",
        r"https://files.slack.com/u\u0000",
        r"https://files.slack.com/\u00e9",
        "https://files.slack.com@evil.example/u",
        "https://evil.example#.slack.com",
        "https://evil.example/.slack.com",
        "https://evilslack.com/u",
        "https://files.slack.com/u#part",
        "",
    ] {
        let (events, connects) = respond(url, "F1");
        assert!(events.starts_with("sequence: "), "{url}: {events}");
        assert_eq!(connects, 1, "{url}");
    }
    // An id is data in the last request.
    assert_eq!(
        respond(URL, r#"F\"},{\"id\":\"F2&channel_id=C2"#).0,
        "accepted"
    );
}

#[test]
fn an_upload_that_is_begun_again_after_its_end_uploads_again() {
    let mut world = world([
        got_url(),
        text(UPLOADED),
        completed(),
        got_url(),
        text(UPLOADED),
        completed(),
    ]);
    let (mut memory, mut rates) = ([0; Upload::MEMORY], [RateSlot::FREE; 4]);
    let mut caller = machine(CallerConfig::new(), &mut rates);
    let mut upload = upload(&world, &mut memory);
    for _ in 0..2 {
        let events = world.run(&mut caller, &mut upload).expect("usable");
        assert_eq!(events, ["accepted"]);
        assert_eq!(upload.file_id(), Some("F0123456789"));
    }
    assert_eq!(world.requests.len(), 6, "the file is not shared twice");
}

#[test]
fn a_token_a_post_and_a_release_at_any_poll_do_not_disturb_an_upload() {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    static AT: AtomicUsize = AtomicUsize::new(0);
    let changes: [fn(usize, &mut Machine<'_>); 3] = [
        |number, caller| {
            if number == AT.load(Relaxed) {
                caller.set_token("xoxb-2").expect("it fits");
            }
        },
        |number, caller| {
            if number == AT.load(Relaxed) {
                caller
                    .post(&PostMessage::new("C1", "Ding-dong!"), None)
                    .expect("room");
            }
        },
        |number, caller| {
            if number == AT.load(Relaxed) {
                caller.release();
            }
        },
    ];
    for change in changes {
        for at in 0..120 {
            AT.store(at, Relaxed);
            let mut world = world([got_url(), text(UPLOADED), completed()]);
            (world.step, world.before_poll) = (30, change);
            assert_eq!(run(&mut world, |upload| upload), ["accepted"], "{at}");
            assert_eq!(sent(&world), world.file, "{at}");
            assert_eq!(world.requests.len(), 3, "{at}");
            let restarts = world.reads.iter().filter(|read| read.0 == 0).count();
            assert_eq!(
                restarts, 1,
                "no link with bytes of the file was given up: {at}"
            );
        }
    }
}
