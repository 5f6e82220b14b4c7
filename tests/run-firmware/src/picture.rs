//! The picture that the doorbell uploads after a press: every byte of the file, and where it was shared.

use std::path::Path;

use fake_slack::{FakeSlack, Fault, File, GENERAL, Step, USER, What};
use serde_json::Value;

use crate::figures::Figures;
use crate::image::{Machine, build};
use crate::qemu::{Clock, Run};
use crate::scenario::{Image, Outcome, Setup, live, rsa, wait_for};
use crate::web_api::{wait_for_post, wait_for_session};

/// Pixels of a row, and rows.
const SIZE: (usize, usize) = (64, 48);
/// The bytes of the first upload before its link is cut.
const CUT: usize = 4_000;

/// The doorbell that posts between two sessions, and uploads a picture after each turn.
pub(crate) const fn picture(features: &'static [&'static str]) -> Image {
    Image {
        name: "doorbell",
        features,
        setup: rsa,
        talk,
        clock: Clock::Host,
    }
}

/// A press is posted, and the picture is uploaded over the same link in turns with the host of the methods. The first upload is
/// cut; the picture is produced again from its beginning.
pub fn send_picture(machine: Machine, relay: &Path) -> Outcome {
    let image = picture(&["rsa", "between", "picture"]);
    let (mut console, mut figures) = (String::new(), Figures::default());
    let result = build(machine, image.name, image.features).and_then(|elf| {
        live(machine, relay, &elf, &image, &mut console)?;
        figures = Figures::of(&elf, &console);
        match console.contains("picture: 9270 bytes, begun 2 times") {
            true => Ok(()),
            false => Err("it did not print that the picture was sent".into()),
        }
    });
    Outcome {
        what: format!(
            "{}: {} uploads a picture after a press, also when the link is cut, and shares it",
            machine.name, image.name
        ),
        result,
        console,
        figures,
        calls: Vec::new(),
    }
}

/// The host's side.
fn talk(server: FakeSlack, _: Setup, run: &mut Run) -> Result<FakeSlack, String> {
    server.fault(Step::Upload, Fault::ResetAfter(CUT));
    wait_for_session(&server, run, 1)?;
    run.press(1)?;
    wait_for_post(&server, run, 1)?;
    let log = server.log();
    wait_for(run, "the picture", |limit| {
        log.wait_nth(limit, 1, is_shared).is_ok()
    })?;
    let (mut parts, mut violations) = (vec![], vec![]);
    for entry in log.entries() {
        match entry.what {
            What::Uploaded {
                received, length, ..
            } => parts.push((received, length)),
            What::Violation(rule) => violations.push(rule),
            _ => {}
        }
    }
    let [file] = server
        .files()
        .try_into()
        .map_err(|files| format!("not one file: {files:?}"))?;
    let length = file.bytes.len();
    if parts != [(CUT, length), (length, length)] || !violations.is_empty() {
        return Err(format!("uploads {parts:?}, violations {violations:?}"));
    }
    check(&file)?;
    wait_for_session(&server, run, 2)?;
    server.push_message(GENERAL, USER, "stop");
    Ok(server)
}

/// Whether this is the response that the file was shared in the channel.
fn is_shared(what: &What) -> bool {
    let What::Answer { status: 200, body } = what else {
        return false;
    };
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    json["ok"] == true && json["files"][0]["shares"]["public"][GENERAL][0]["ts"].is_string()
}

/// Checks a file: the facts about it, its headers, and each pixel.
fn check(file: &File) -> Result<(), String> {
    let facts = (
        file.name.as_str(),
        file.title.as_str(),
        file.channels.as_slice(),
    );
    if facts != ("door.bmp", "At the door", &[GENERAL.to_owned()]) || !file.is_complete {
        return Err(format!("facts {facts:?}"));
    }
    let (width, height) = SIZE;
    let Some((header, pixels)) = file.bytes.split_at_checked(54) else {
        return Err(format!("{} bytes", file.bytes.len()));
    };
    let word =
        |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|index| header[at + index])) as usize;
    // The sizes and offsets of the two headers, in their order, and one plane of 24 bits without compression.
    let fields = [2, 6, 10, 14, 18, 22, 26, 30, 34, 38, 42, 46, 50].map(word);
    let wanted = [
        file.bytes.len(),
        0,
        54,
        40,
        width,
        height,
        24 << 16 | 1,
        0,
        0,
        0,
        0,
        0,
        0,
    ];
    if !header.starts_with(b"BM") || fields != wanted {
        return Err(format!("headers {fields:?}"));
    }
    if pixels.len() != width * height * 3 {
        return Err(format!("{} bytes of pixels", pixels.len()));
    }
    for (number, pixel) in pixels.chunks_exact(3).enumerate() {
        // Rows from the lowest one on.
        let (x, y) = (number % width, number / width);
        let is_knob = (38..41).contains(&x) && (18..21).contains(&y);
        let is_door = (20..44).contains(&x) && y < 40;
        let wanted = match (is_knob, is_door) {
            (true, _) => [40, 200, 230],
            (false, true) => [30, 60, 110],
            (false, false) => [160, (y * 5) as u8, (x * 4) as u8],
        };
        if pixel != wanted {
            return Err(format!("pixel {x}, {y} is {pixel:?} instead of {wanted:?}"));
        }
    }
    Ok(())
}
