//! The server's report about the cases.

use crate::Outcome;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// The number of cases per outcome.
pub(crate) struct Counts {
    behavior: BTreeMap<String, usize>,
    close: BTreeMap<String, usize>,
    /// Cases whose behavior or close is neither OK nor INFORMATIONAL.
    bad: Vec<String>,
}

impl Counts {
    /// Counts the cases of `agent` in an `index.json`.
    pub(crate) fn of(index: &str, agent: &str) -> Outcome<Self> {
        let index: Value = serde_json::from_str(index)?;
        let cases = index.get(agent).and_then(Value::as_object);
        let mut counts = Self {
            behavior: BTreeMap::new(),
            close: BTreeMap::new(),
            bad: Vec::new(),
        };
        for (name, case) in cases.ok_or("the report does not contain this client")? {
            let text = |key| case.get(key).and_then(Value::as_str).unwrap_or("MISSING");
            let (behavior, close) = (text("behavior"), text("behaviorClose"));
            *counts.behavior.entry(behavior.to_owned()).or_default() += 1;
            *counts.close.entry(close.to_owned()).or_default() += 1;
            if !is_fine(behavior) || !is_fine(close) {
                counts.bad.push(format!("{name} {behavior}, close {close}"));
            }
        }
        Ok(counts)
    }

    /// Returns whether all of `cases` ran, three were informational and the others OK, in both ways.
    pub(crate) fn is_perfect(&self, cases: usize) -> bool {
        let count = |name| self.behavior.get(name).copied().unwrap_or(0);
        self.bad.is_empty()
            && count("INFORMATIONAL") == INFORMATIONAL
            && count("OK") + INFORMATIONAL == cases
    }
}

/// Cases 7.1.6, 7.13.1 and 7.13.2 have no required outcome.
const INFORMATIONAL: usize = 3;

fn is_fine(outcome: &str) -> bool {
    matches!(outcome, "OK" | "INFORMATIONAL")
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, outcomes) in [
            ("behavior", &self.behavior),
            ("; behaviorClose", &self.close),
        ] {
            write!(f, "{title}:")?;
            for (name, count) in outcomes {
                write!(f, " {count} {name}")?;
            }
        }
        self.bad.iter().try_for_each(|bad| write!(f, "\n  {bad}"))
    }
}
