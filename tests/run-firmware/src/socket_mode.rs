//! The doorbell in Socket Mode: commands that are answered in the acknowledgement, over one link; and posts beside the
//! session, over two.

use std::path::Path;
use std::time::Duration;

use fake_slack::{
    Acknowledgement, Builder, DisconnectReason, Entry, FakeSlack, Fault, GENERAL, Step, USER, What,
};
use serde_json::Value;

use crate::figures::Figures;
use crate::image::{Machine, build};
use crate::qemu::{Clock, Run};
use crate::scenario::{Image, Outcome, STEP, Setup, Talk, live, rsa, wait_for};

/// The time in which Slack expects an acknowledgement.
const DEADLINE: Duration = Duration::from_secs(3);

/// The doorbell with one link.
pub(crate) const fn commands(features: &'static [&'static str], setup: Setup) -> Image {
    image(features, setup, talk_commands)
}

/// The doorbell with a second link, which it keeps for calls.
pub(crate) const fn posts(features: &'static [&'static str]) -> Image {
    image(features, rsa, talk_posts)
}

const fn image(features: &'static [&'static str], setup: Setup, talk: Talk) -> Image {
    Image {
        name: "doorbell",
        features,
        setup,
        talk,
        clock: Clock::Host,
    }
}

/// Without TLS, over one link: a command is answered in the acknowledgement, a button is acknowledged, also after a refresh
/// of the socket and after a reset of the connection.
pub fn answer_commands(machine: Machine, relay: &Path) -> Outcome {
    let image = commands(&["socket-mode"], Builder::plain);
    let lines = [
        "command: open 5",
        "answered",
        "button: open",
        "message: stop",
    ];
    let way =
        "answers commands in the acknowledgement over one link, also after a refresh and a reset";
    outcome(machine, relay, &image, way, &lines)
}

/// With TLS, over two links: the same, and beside it a mention is replied to once, and a press of the button is posted.
pub fn answer_posts(machine: Machine, relay: &Path) -> Outcome {
    let image = posts(&["rsa", "socket-mode", "beside"]);
    let lines = [
        "command: open 5",
        "answered",
        "replied",
        "rang: ",
        "heard: ",
        "button: open",
        "message: stop",
    ];
    let way = "answers commands in the acknowledgement, and a mention and a press by posts beside its session";
    outcome(machine, relay, &image, way, &lines)
}

fn outcome(machine: Machine, relay: &Path, image: &Image, way: &str, lines: &[&str]) -> Outcome {
    let (mut console, mut figures) = (String::new(), Figures::default());
    let result = build(machine, image.name, image.features).and_then(|elf| {
        live(machine, relay, &elf, image, &mut console)?;
        figures = Figures::of(&elf, &console);
        match lines.iter().find(|line| !console.contains(**line)) {
            Some(line) => Err(format!("it never printed {line:?}")),
            None => Ok(()),
        }
    });
    Outcome {
        what: format!(
            "{}: {} ({}) {way}",
            machine.name,
            image.name,
            image.features.join(", ")
        ),
        result,
        console,
        figures,
        calls: Vec::new(),
    }
}

/// The host's side over one link.
fn talk_commands(server: FakeSlack, _: Setup, run: &mut Run) -> Result<FakeSlack, String> {
    wait_for_socket(&server, run, 1)?;
    run.press(1)?;
    command(&server, run)?;
    press(&server, run)?;
    server.disconnect(DisconnectReason::RefreshRequested);
    wait_for_socket(&server, run, 2)?;
    command(&server, run)?;
    server.reset_all();
    wait_for_socket(&server, run, 3)?;
    command(&server, run)?;
    stop(server)
}

/// The host's side over two links.
fn talk_posts(server: FakeSlack, _: Setup, run: &mut Run) -> Result<FakeSlack, String> {
    wait_for_socket(&server, run, 1)?;
    command(&server, run)?;
    // It comes as an `app_mention` and as a `message`.
    let ts = server.mention("are you there?");
    wait_for_post(&server, run, 1)?;
    let posts = accepted(&server);
    if posts.iter().any(|post| post["message"]["thread_ts"] != *ts) {
        return Err(format!("not a reply in the thread {ts}: {posts:?}"));
    }
    run.press(1)?;
    wait_for_post(&server, run, 2)?;
    press(&server, run)?;
    // The next response takes its time; the commands do not wait for it.
    server.fault(Step::AnswerBody, Fault::Delay(Duration::from_secs(5)));
    run.press(1)?;
    wait_for_call(&server, run, 3)?;
    command(&server, run)?;
    wait_for_post(&server, run, 3)?;
    let (calls, posts) = (server.log().calls("chat.postMessage"), accepted(&server));
    if (calls, posts.len()) != (3, 3) {
        return Err(format!("{calls} calls and {} posts", posts.len()));
    }
    stop(server)
}

/// Ends the firmware, and checks the acknowledgements.
fn stop(server: FakeSlack) -> Result<FakeSlack, String> {
    server.push_message(GENERAL, USER, "stop");
    let log = server.log();
    // The firmware closes at this message: envelopes after it need no acknowledgement.
    let is_stop =
        |entry: &Entry| sent(entry).is_some_and(|json| json["payload"]["event"]["text"] == "stop");
    let all = |entries: &[Entry]| {
        let stop = entries.iter().position(is_stop)?;
        let sent: Vec<_> = entries[..=stop].iter().filter_map(sent).collect();
        let acknowledged: Vec<_> = entries.iter().filter_map(in_time).collect();
        let is_missing = |json: &Value| !acknowledged.iter().any(|id| json["envelope_id"] == **id);
        let is_again = |entry: &&Entry| matches!(entry.what, What::Redelivered(_));
        let again = entries[..=stop].iter().filter(is_again).count();
        (!sent.iter().any(is_missing)).then_some(again)
    };
    let again = log
        .wait(STEP, all)
        .map_err(|_| "not all envelopes were acknowledged in time")?;
    match (log.violations().as_slice(), again) {
        ([], 0) => Ok(server),
        (violations, again) => Err(format!("{again} redeliveries, and {violations:?}")),
    }
}

/// Returns an envelope that was sent.
fn sent(entry: &Entry) -> Option<Value> {
    let What::Sent(frame) = &entry.what else {
        return None;
    };
    frame.json().filter(|json| json["envelope_id"].is_string())
}

/// Returns the id of an envelope that was acknowledged in time.
fn in_time(entry: &Entry) -> Option<&str> {
    match &entry.what {
        What::Acknowledged(it) if it.after < DEADLINE => Some(&it.envelope_id),
        _ => None,
    }
}

/// Types a command, whose response must come with the acknowledgement.
fn command(server: &FakeSlack, run: &mut Run) -> Result<(), String> {
    let is_event = |what: &What| matches!(what, What::Acknowledged(it) if it.kind == "events_api");
    let entries = server.log().entries();
    let events = entries.iter().filter(|entry| is_event(&entry.what)).count();
    let id = server.slash_command("/door", "open 5");
    let acknowledgement = acknowledged(server, run, &id)?;
    let payload = acknowledgement.payload.unwrap_or_default();
    let text = payload["text"].as_str().unwrap_or_default();
    if acknowledgement.after > DEADLINE
        || !text.starts_with("The door is open for 5 s; presses before: ")
    {
        return Err(format!("{text:?} after {:?}", acknowledgement.after));
    }
    // The response is a message in the channel, of which the app has an event.
    wait_for(run, "the event of the response", |limit| {
        server.log().wait_nth(limit, events + 1, is_event).is_ok()
    })
}

/// Presses the button of a message in Slack.
fn press(server: &FakeSlack, run: &mut Run) -> Result<(), String> {
    let id = server.press("open", None);
    acknowledged(server, run, &id).map(|_| ())
}

fn acknowledged(server: &FakeSlack, run: &mut Run, id: &str) -> Result<Acknowledgement, String> {
    let log = server.log();
    wait_for(run, &format!("the acknowledgement of {id}"), |limit| {
        log.wait_acknowledged(limit, id).is_ok()
    })?;
    log.wait_acknowledged(STEP, id)
        .map_err(|_| "no acknowledgement".into())
}

/// Waits for the `nth` socket of the app, when those before have ended.
fn wait_for_socket(server: &FakeSlack, run: &mut Run, nth: usize) -> Result<(), String> {
    wait_for(run, &format!("socket {nth}"), |limit| {
        let is_open = |what: &What| matches!(what, What::Opened { .. });
        server.log().wait_nth(limit, nth, is_open).is_ok()
            && server.wait_registered_sockets(1, limit).is_ok()
    })
}

fn wait_for_call(server: &FakeSlack, run: &mut Run, nth: usize) -> Result<(), String> {
    wait_for(run, &format!("call {nth}"), |limit| {
        server
            .log()
            .wait_call(limit, nth, "chat.postMessage")
            .is_ok()
    })
}

fn wait_for_post(server: &FakeSlack, run: &mut Run, nth: usize) -> Result<(), String> {
    wait_for(run, &format!("post {nth}"), |limit| {
        let is_post = |what: &What| post(what).is_some();
        server.log().wait_nth(limit, nth, is_post).is_ok()
    })
}

/// Returns the response to an accepted post.
fn post(what: &What) -> Option<Value> {
    let What::Answer { status: 200, body } = what else {
        return None;
    };
    let json: Value = serde_json::from_str(body).ok()?;
    (json["ok"] == true && json["message"].is_object()).then_some(json)
}

fn accepted(server: &FakeSlack) -> Vec<Value> {
    let entries = server.log().entries();
    entries
        .iter()
        .filter_map(|entry| post(&entry.what))
        .collect()
}
