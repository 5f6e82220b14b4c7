//! The one table: a figure a line, its goal, what it was, and what others need.

use crate::baseline::Baseline;

/// One figure of ours.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) part: &'static str,
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) value: f64,
    /// It must not be above this.
    pub(crate) goal: Option<f64>,
    /// All instructions of the case: what is compared with the baseline.
    pub(crate) counted: Option<u64>,
    /// What others need for the same, and the floor; or the same in another unit.
    pub(crate) peers: Vec<(String, f64)>,
}

impl Figure {
    pub(crate) fn new(
        part: &'static str,
        name: impl Into<String>,
        unit: &'static str,
        value: f64,
    ) -> Self {
        Self {
            part,
            name: name.into(),
            unit,
            value,
            goal: None,
            counted: None,
            peers: Vec::new(),
        }
    }

    pub(crate) fn goal(mut self, goal: f64) -> Self {
        self.goal = Some(goal);
        self
    }

    pub(crate) fn counted(mut self, instructions: u64) -> Self {
        self.counted = Some(instructions);
        self
    }

    pub(crate) fn peer(mut self, name: impl Into<String>, value: f64) -> Self {
        self.peers.push((name.into(), value));
        self
    }

    /// Its name in the baseline.
    pub(crate) fn key(&self) -> String {
        format!("{} | {} | {}", self.part, self.name, self.unit)
    }

    fn misses_goal(&self) -> bool {
        self.goal.is_some_and(|goal| self.value > goal)
    }
}

/// Prints all figures; returns what is wrong with them.
pub(crate) fn print(figures: &[Figure], baseline: &Baseline) -> Vec<String> {
    let mut wrong = Vec::new();
    println!(
        "{:<10} {:<42} {:<8} {:>9} {:>9} {:>8}  others",
        "part", "figure", "unit", "ours", "goal", "change"
    );
    for figure in figures {
        let goal = figure
            .goal
            .map_or_else(String::new, |goal| format!("<={}", number(goal)));
        let change = match figure.counted.map(|count| baseline.change(figure, count)) {
            None => String::new(),
            Some(None) => "new".to_owned(),
            Some(Some(change)) => format!("{change:+.1} %"),
        };
        let others: Vec<String> = figure
            .peers
            .iter()
            .map(|(name, value)| format!("{name} {}", number(*value)))
            .collect();
        let mark = if figure.misses_goal() { '!' } else { ' ' };
        println!(
            "{:<10} {:<42} {:<8} {:>9}{mark}{:>9} {:>8}  {}",
            figure.part,
            figure.name,
            figure.unit,
            number(figure.value),
            goal,
            change,
            others.join(", ")
        );
        if figure.misses_goal() {
            wrong.push(format!("{} misses its goal", figure.key()));
        }
        wrong.extend(baseline.regression(figure));
    }
    wrong
}

fn number(value: f64) -> String {
    if value < 100.0 && value.fract() != 0.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}
