//! Posts through the Web API: over a link beside the session's, and between two sessions over one.

use std::path::Path;
use std::time::Duration;

use fake_slack::{Entry, FakeSlack, Frame, GENERAL, USER, What};

use crate::figures::Figures;
use crate::image::{Machine, build};
use crate::qemu::{Clock, Run};
use crate::scenario::{Image, Outcome, Setup, Talk, live, rsa, wait_for};

/// Links until the last post, over TLS each: those of `rtm.connect`, the session and the calls.
const LINKS: usize = 3;

/// The doorbell with a second link, which it keeps for calls.
pub(crate) const fn beside(features: &'static [&'static str]) -> Image {
    image(features, talk_beside)
}

/// The doorbell that closes its session, rings, and opens another one.
pub(crate) const fn between(features: &'static [&'static str]) -> Image {
    image(features, talk_between)
}

const fn image(features: &'static [&'static str], talk: Talk) -> Image {
    Image {
        name: "doorbell",
        features,
        setup: rsa,
        talk,
        clock: Clock::Instructions,
    }
}

/// A session, and beside it two posts through the Web API over a link of their own, of which the second costs no handshake.
pub fn post_beside(machine: Machine, relay: &Path) -> Outcome {
    let image = beside(&["rsa", "beside"]);
    post(machine, relay, &image, "beside its session")
}

/// A session that is closed, two posts through the Web API over the one link, of which the second costs no handshake, and
/// another session.
pub fn post_between(machine: Machine, relay: &Path) -> Outcome {
    let image = between(&["rsa", "between"]);
    post(machine, relay, &image, "between two sessions")
}

fn post(machine: Machine, relay: &Path, image: &Image, way: &str) -> Outcome {
    let (mut console, mut figures, mut calls) = (String::new(), Figures::default(), Vec::new());
    let result = build(machine, image.name, image.features).and_then(|elf| {
        live(machine, relay, &elf, image, &mut console)?;
        figures = Figures::of(&elf, &console);
        let numbers = console
            .lines()
            .filter_map(|line| line.strip_prefix("busy for ")?.strip_suffix(" us"));
        calls = numbers.filter_map(|number| number.parse().ok()).collect();
        let heard = console.lines().filter(|line| line.starts_with("heard: "));
        if heard.count() != calls.len() {
            return Err("a post was not accepted".into());
        }
        match calls.as_slice() {
            // A handshake is much more than a record each way.
            [first, second, ..] if *second > 0 && second * 10 < *first => Ok(()),
            _ => Err(format!("thousands of instructions: {calls:?}")),
        }
    });
    Outcome {
        what: format!(
            "{}: {} posts a button {way}, and twice over one link",
            machine.name, image.name
        ),
        result,
        console,
        figures,
        calls,
    }
}

/// The host's side beside a session.
fn talk_beside(server: FakeSlack, _: Setup, run: &mut Run) -> Result<FakeSlack, String> {
    wait_for_session(&server, run, 1)?;
    run.press(1)?;
    wait_for_post(&server, run, 1)?;
    // Slack allows a post each second. The firmware would wait, which is not to be measured.
    std::thread::sleep(Duration::from_secs(2));
    run.press(1)?;
    wait_for_post(&server, run, 2)?;
    // The firmware has the outcome of a post when it makes the next one.
    run.press(1)?;
    wait_for_post(&server, run, 3)?;
    check(&server, 3)?;
    if server.log().calls("rtm.connect") != 1 {
        return Err("the session did not last".into());
    }
    server.push_message(GENERAL, USER, "stop");
    Ok(server)
}

/// The host's side of two sessions and the calls between them.
fn talk_between(server: FakeSlack, _: Setup, run: &mut Run) -> Result<FakeSlack, String> {
    wait_for_session(&server, run, 1)?;
    // The second one comes while the session is being closed, or soon after.
    run.press(2)?;
    wait_for_post(&server, run, 2)?;
    check(&server, 2)?;
    wait_for_session(&server, run, 2)?;
    server.push_message(GENERAL, USER, "stop");
    Ok(server)
}

/// Waits until the firmware has the `hello` of its `nth` session: it has replied to a ping that came after it.
pub(crate) fn wait_for_session(
    server: &FakeSlack,
    run: &mut Run,
    nth: usize,
) -> Result<(), String> {
    let what = format!("session {nth}");
    wait_for(run, &what, |limit| {
        let is_open = |what: &What| matches!(what, What::Opened { .. });
        server.log().wait_nth(limit, nth, is_open).is_ok() && server.wait_sockets(1, limit).is_ok()
    })?;
    server.ping(what.as_bytes());
    wait_for(run, &what, |limit| {
        let is_pong = |seen: &What| matches!(seen, What::Received(Frame::Pong(payload)) if *payload == what.as_bytes());
        server.log().wait_nth(limit, 1, is_pong).is_ok()
    })
}

pub(crate) fn wait_for_post(server: &FakeSlack, run: &mut Run, nth: usize) -> Result<(), String> {
    wait_for(run, &format!("post {nth}"), |limit| {
        server.log().wait_nth(limit, nth, is_post).is_ok()
    })
}

/// Whether this is the response to an accepted post, which has the message as it was stored, with its button.
fn is_post(what: &What) -> bool {
    let What::Answer { status: 200, body } = what else {
        return false;
    };
    let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let blocks = &json["message"]["blocks"];
    json["ok"] == true
        && blocks[0]["text"]["text"] == "Somebody is at the door"
        && blocks[1]["elements"][0]["type"] == "button"
        && blocks[1]["elements"][0]["action_id"] == "open"
}

/// Checks that each press was posted once, and that each post but the first cost neither a connection nor a handshake.
fn check(server: &FakeSlack, presses: usize) -> Result<(), String> {
    let entries = server.log().entries();
    let calls = server.log().calls("chat.postMessage");
    let posts: Vec<usize> = (0..entries.len())
        .filter(|index| is_post(&entries[*index].what))
        .collect();
    if (calls, posts.len()) != (presses, presses) {
        return Err(format!("{calls} calls and {} posts", posts.len()));
    }
    for index in posts {
        let before = |wanted: fn(&Entry) -> bool| {
            let entries = entries[..index].iter();
            entries.filter(|entry| wanted(entry)).count()
        };
        let connections = before(|entry| entry.what == What::Accepted);
        let handshakes = before(|entry| matches!(entry.what, What::Tls { .. }));
        if (connections, handshakes) != (LINKS, LINKS) {
            return Err(format!(
                "{connections} connections and {handshakes} handshakes before a post"
            ));
        }
    }
    Ok(())
}
