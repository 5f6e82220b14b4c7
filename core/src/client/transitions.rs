//! The table of transitions, and the check that holds the code to it. Debug builds only.
//!
//! The diagram in the guide is generated from this table; a test compares them. Every transition is
//! logged, and one that is not in the table is a failed assertion, so every run of a client in a
//! debug build checks the table: transcripts, hostile sessions, the simulation, fuzzing.

use super::dialect::Dialect;
use super::phase::Phase;
use crate::log::trace;

/// From, to, condition.
pub(super) type Transition = (&'static str, &'static str, &'static str);

pub(super) const TRANSITIONS: &[Transition] = &[
    ("BackingOff", "ConnectingApi", "the delay is over"),
    (
        "BackingOff",
        "ConnectingSocket",
        "the delay is over, and a reconnect_url was kept",
    ),
    ("BackingOff", "Disconnecting", "close()"),
    ("ConnectingApi", "AwaitingResponse", "connected()"),
    (
        "ConnectingApi",
        "Disconnecting",
        "no link in time, or close()",
    ),
    (
        "AwaitingResponse",
        "Disconnecting",
        "accepted, refused, broken, late, link lost, set_token(), or close()",
    ),
    ("Disconnecting", "ConnectingSocket", "a URL was received"),
    (
        "Disconnecting",
        "BackingOff",
        "to be tried again, or set_token()",
    ),
    ("Disconnecting", "Draining", "not to be tried again"),
    ("ConnectingSocket", "Upgrading", "connected()"),
    (
        "ConnectingSocket",
        "Disconnecting",
        "no link in time, the URL is missing or too old, or close()",
    ),
    (
        "Upgrading",
        "AwaitingHello",
        "status 101 with the right accept key",
    ),
    (
        "Upgrading",
        "Disconnecting",
        "refused, broken, late, link lost, or close()",
    ),
    ("AwaitingHello", "Open", "hello"),
    (
        "AwaitingHello",
        "Closing",
        "an error or disconnect in place of hello, closed by Slack, a rule broken, or close()",
    ),
    ("AwaitingHello", "Disconnecting", "late, or link lost"),
    (
        "Open",
        "Closing",
        "goodbye, migration, disconnect, closed by Slack, a rule broken, or close()",
    ),
    (
        "Open",
        "Disconnecting",
        "silent, late, a response abandoned, or link lost",
    ),
    (
        "Closing",
        "Disconnecting",
        "the closing handshake is complete, 5 s passed, or link lost",
    ),
    ("Draining", "Closed", "every message has its outcome"),
    ("Draining", "Disconnecting", "set_token()"),
    ("Closed", "Disconnecting", "set_token()"),
];

/// Checks each change of the phase.
pub(super) struct Watch(&'static str);

impl Watch {
    pub(super) fn new<D: Dialect>(phase: &Phase<D>) -> Self {
        Self(phase.name())
    }

    /// Checks the change since the last call. To be called after each change, before the next one.
    pub(super) fn look<D: Dialect>(&mut self, phase: &Phase<D>) {
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

    const GUIDE: &str = include_str!("../guide/phases.md");

    /// Returns the page of the guide: the table as text and as a diagram.
    fn page() -> String {
        let mut text = String::new();
        let mut diagram = String::from("stateDiagram-v2\n    [*] --> ConnectingApi\n");
        let mut last = "";
        let mut seen: Vec<&str> = Vec::new();
        for (from, to, why) in TRANSITIONS {
            if *from != last {
                assert!(!seen.contains(from), "the rows of {from} are adjacent");
                seen.push(from);
                text += &format!("{from}\n");
                last = from;
            }
            text += &format!("    -> {to:<16} {why}\n");
            diagram += &format!("    {from} --> {to}: {why}\n");
        }
        diagram += "    Closed --> [*]\n";
        format!("```text\n{text}```\n\n```mermaid\n{diagram}```\n")
    }

    #[test]
    fn the_guide_shows_this_table() {
        let page = page();
        assert!(
            GUIDE == page,
            "write this to core/src/guide/phases.md:\n{page}"
        );
    }
}
