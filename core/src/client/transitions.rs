//! The table of a life's transitions, and the watch that holds the code to it. Debug builds only.
//!
//! The guide's diagram is made of this table; a test compares. Every transition is logged, and one that is
//! not in the table is a failed assertion, so whatever runs a client in a debug build checks the table:
//! transcripts, hostile lives, the simulation, fuzzing.

use super::machine::Phase;
use crate::log::trace;

/// From, to, why.
pub(super) type Transition = (&'static str, &'static str, &'static str);

pub(super) const TRANSITIONS: &[Transition] = &[
    ("Resting", "Calling", "the delay is over"),
    (
        "Resting",
        "Opening",
        "the delay is over, and a reconnect_url was kept",
    ),
    ("Resting", "Leaving", "close()"),
    ("Calling", "Answering", "connected()"),
    ("Calling", "Leaving", "no link in time, or close()"),
    ("Answering", "Answered", "accepted, with a URL"),
    (
        "Answering",
        "Leaving",
        "refused, broken, late, link lost, or close()",
    ),
    ("Answered", "Leaving", "the socket has another host"),
    ("Leaving", "Opening", "the URL is there"),
    ("Leaving", "Resting", "to be tried again"),
    ("Leaving", "Ending", "not to be tried again"),
    ("Opening", "Upgrading", "connected()"),
    (
        "Opening",
        "Leaving",
        "no link in time, the URL is gone or too old, or close()",
    ),
    ("Upgrading", "Upgraded", "status 101, with our accept key"),
    (
        "Upgrading",
        "Leaving",
        "refused, broken, late, link lost, or close()",
    ),
    ("Upgraded", "Greeting", "what follows are frames"),
    ("Greeting", "Open", "hello"),
    ("Greeting", "Closing", "no hello but an error, or close()"),
    ("Greeting", "Leaving", "late, link lost, or a rule broken"),
    ("Open", "Closing", "goodbye, migration, or close()"),
    (
        "Open",
        "Leaving",
        "silent, late, link lost, closed by Slack, or a rule broken",
    ),
    ("Closing", "Leaving", "the close handshake is over"),
    ("Ending", "Ended", "every message has its end"),
    ("Ending", "Resting", "set_token()"),
    ("Ended", "Resting", "set_token()"),
];

/// Looks on while one phase follows another.
pub(super) struct Watch(&'static str);

impl Watch {
    pub(super) fn new(phase: &Phase) -> Self {
        Self(phase.name())
    }

    /// To be called after each change, before the next one.
    pub(super) fn look(&mut self, phase: &Phase) {
        let (from, to) = (self.0, phase.name());
        if from != to {
            trace!("phase {} to {}", from, to);
            let is_known = |row: &Transition| row.0 == from && row.1 == to;
            debug_assert!(TRANSITIONS.iter().any(is_known), "{from} to {to}");
            self.0 = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TRANSITIONS;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    const GUIDE: &str = include_str!("../guide/life.md");

    /// The guide's page: the table as text, and as a diagram for those who can draw it.
    fn page() -> String {
        let mut text = String::new();
        let mut diagram = String::from("stateDiagram-v2\n    [*] --> Calling\n");
        let mut last = "";
        let mut seen: Vec<&str> = Vec::new();
        for (from, to, why) in TRANSITIONS {
            if *from != last {
                assert!(!seen.contains(from), "the rows of {from} stand together");
                seen.push(from);
                text += &format!("{from}\n");
                last = from;
            }
            text += &format!("    -> {to:<10} {why}\n");
            diagram += &format!("    {from} --> {to}: {why}\n");
        }
        diagram += "    Ended --> [*]\n";
        format!("```text\n{text}```\n\n```mermaid\n{diagram}```\n")
    }

    #[test]
    fn the_guide_shows_this_table() {
        let page = page();
        assert!(
            GUIDE == page,
            "write this to core/src/guide/life.md:\n{page}"
        );
    }
}
