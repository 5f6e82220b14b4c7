//! The instruction counts that were accepted last: `baseline.txt`.

use crate::table::Figure;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// How much more than the baseline is a regression, in percent.
const TOLERANCE: u64 = 3;

const HEAD: &str = "\
# Instructions of each case, all of them together; only ours, for those of others are not ours to hold.
# Written by `cargo run --release -p bench -- --update`, checked by `-- --check`: 3 % more fail.
";

/// What `baseline.txt` says.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    compiler: String,
    counts: BTreeMap<String, u64>,
}

impl Baseline {
    /// The committed one; nothing at all if there is none.
    pub(crate) fn read() -> Self {
        let mut this = Self::default();
        for line in fs::read_to_string(path()).unwrap_or_default().lines() {
            if let Some(compiler) = line.strip_prefix("# rustc ") {
                this.compiler = compiler.to_owned();
            } else if !line.starts_with('#') {
                let (key, count) = line.rsplit_once(" = ").expect("key = count");
                let count = count.parse().expect("a count");
                this.counts.insert(key.to_owned(), count);
            }
        }
        this
    }

    /// Takes the counts of `figures` for the new baseline and keeps the rest.
    pub(crate) fn update(mut self, figures: &[Figure]) {
        for figure in figures {
            if let Some(count) = figure.counted {
                self.counts.insert(figure.key(), count);
            }
        }
        let mut text = format!("{HEAD}# rustc {}\n", compiler());
        for (key, count) in self.counts {
            writeln!(text, "{key} = {count}").expect("a string");
        }
        fs::write(path(), text).expect("baseline.txt can be written");
    }

    /// By how much a figure has changed, in percent.
    pub(crate) fn change(&self, figure: &Figure, count: u64) -> Option<f64> {
        let before = *self.counts.get(&figure.key())?;
        Some((count as f64 / before as f64 - 1.0) * 100.0)
    }

    /// What is wrong with a figure, if something is.
    pub(crate) fn regression(&self, figure: &Figure) -> Option<String> {
        let count = figure.counted?;
        let Some(before) = self.counts.get(&figure.key()) else {
            return Some(format!("{} is not in baseline.txt", figure.key()));
        };
        if count * 100 <= before * (100 + TOLERANCE) {
            return None;
        }
        let change = self.change(figure, count).unwrap_or_default();
        let (then, now) = (&self.compiler, compiler());
        let hint = if *then == now {
            String::new()
        } else {
            format!(" (baseline by rustc {then}, this is {now})")
        };
        Some(format!("{} is {change:.1} % above{hint}", figure.key()))
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("baseline.txt")
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let version = version.unwrap_or_default();
    version
        .split_whitespace()
        .nth(1)
        .unwrap_or("unknown")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Figure};

    #[test]
    fn three_percent_are_tolerated_and_more_are_not() {
        let figure = |count| Figure::new("part", "name", "Ir", 1.0).counted(count);
        let mut baseline = Baseline::default();
        assert!(baseline.regression(&figure(1)).is_some(), "unknown");
        baseline.counts.insert(figure(1).key(), 10_000);
        for (count, is_wrong) in [(1, false), (10_000, false), (10_300, false), (10_301, true)] {
            assert_eq!(
                baseline.regression(&figure(count)).is_some(),
                is_wrong,
                "{count}"
            );
        }
        assert!(
            baseline
                .regression(&Figure::new("a", "b", "ns", 9.0))
                .is_none()
        );
    }
}
