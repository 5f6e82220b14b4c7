//! Programs and pages that answer messages: each checks the author first, by the same condition, so
//! that no bot that is built from one of them answers itself. None sends markup that Slack does not
//! show as intended. `core/tests/message_authors.rs` runs that condition with every shape of a
//! message.

use std::fs;
use std::path::{Path, PathBuf};

/// The lines after the variant in which a program decides.
const ARM: usize = 12;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_read = path
            .extension()
            .is_some_and(|ending| ending == "rs" || ending == "md");
        if path.is_dir() && name != "target" && name != "tests" && !name.starts_with('.') {
            files(&path, found);
        } else if is_read {
            found.push(path);
        }
    }
}

/// What the condition consists of.
const CONDITION: [&str; 2] = ["Author::Person(", ".posted_by()"];

/// Returns the lines at which a text answers a message without the condition.
fn careless(text: &str) -> Vec<usize> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !line.contains("Event::Message(") {
            continue;
        }
        // The arm ends where the next event is handled.
        let arm = lines[at + 1..].iter().take(ARM);
        let arm: Vec<_> = arm.take_while(|line| !line.contains("Event::")).collect();
        let answers = arm
            .iter()
            .any(|line| line.contains("send(") || line.contains("close()"));
        let asks = CONDITION
            .iter()
            .all(|part| arm.iter().any(|line| line.contains(part)));
        let is_of_bots = arm.iter().any(|line| line.contains("Author::Bot"));
        if answers && (!asks || is_of_bots) {
            found.push(at + 1);
        }
    }
    found
}

/// Returns every page and program.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = vec![root.join("README.md")];
    for folder in ["core/src", "adapters", "examples"] {
        files(&root.join(folder), &mut found);
    }
    found
}

/// Returns whether a line sends a link with a label, whose brackets Slack shows.
fn sends_label(line: &str) -> bool {
    let sends = ["Post::", "TextPiece::", "send("];
    let link = line.split_once("<http").or(line.split_once("<mailto:"));
    let is_labelled = link.is_some_and(|(_, link)| {
        let inside = link.split('>').next().unwrap_or_default();
        inside.contains('|')
    });
    is_labelled && sends.iter().any(|call| line.contains(call))
}

#[test]
fn no_page_sends_a_link_with_a_label_over_rtm() {
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            assert!(!sends_label(line), "{}: {line}", path.display());
        }
    }
    assert!(sends_label(r#"Post::new(c, "see <https://x.org|this>")"#));
    assert!(!sends_label(
        r#"Post::new(c, "see https://x.org | <@U1|ann>")"#
    ));
}

#[test]
fn every_program_that_answers_asks_who_posted() {
    let mut asking = 0;
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        let careless = careless(&text);
        assert!(
            careless.is_empty(),
            "{}: lines {careless:?} answer a message without {CONDITION:?}",
            path.display()
        );
        asking += text.matches("posted_by()").count();
    }
    assert!(asking >= 10, "only {asking} programs ask");
}

#[test]
fn a_program_that_does_not_ask_is_found() {
    let asks = "Event::Message(m) => {\n if let Some(Author::Person(_)) = m.posted_by() {\n c.send(x);\n }\n}\n";
    let anybody = "Event::Message(m) => {\n if m.posted_by().is_some() {\n c.send(x);\n }\n}\n";
    let bots = "Event::Message(m) => match m.posted_by() {\n Some(Author::Person(_) | Author::Bot(_)) => m.posted_by()\n .map(|_| c.send(x)),\n}\n";
    let does_not = "Event::Message(m) => {\n c.send(x);\n}\nEvent::Hello(_) => m.posted_by(),\n";
    assert_eq!(careless(asks), []);
    assert_eq!(careless(anybody), [1]);
    assert_eq!(careless(bots), [1]);
    assert_eq!(careless(does_not), [1]);
}

/// The condition that the tests run is the one of the pages.
#[test]
fn the_condition_of_the_pages_is_the_one_that_is_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let condition = "let Some(Author::Person(_)) = message.posted_by()";
    for file in [
        "core/tests/message_authors.rs",
        "tests/simulation/src/bot.rs",
        "README.md",
        "adapters/std/README.md",
        "adapters/embassy/README.md",
        "core/src/lib.rs",
        "core/src/guide/runtime.rs",
        "core/src/guide/many_sessions.rs",
        "examples/echo.rs",
    ] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        assert!(text.contains(condition), "{file}");
    }
}
