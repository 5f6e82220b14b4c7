//! One line per step: the time since the start, an arrow for the direction, what it was.

use std::env;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Standard output, with colour where that is wanted. Clones write to the same.
#[derive(Clone, Debug)]
pub struct Terminal {
    start: Instant,
    colour: Colour,
    /// Keeps the lines of several threads whole and in the order of their times.
    turn: Arc<Mutex<()>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colour {
    On,
    Off,
}

/// Which way a step goes, seen from this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the server to this program.
    In,
    /// From this program to the server.
    Out,
    /// Neither: something this program decided or noticed.
    Here,
    /// Something went wrong.
    Wrong,
}

impl Terminal {
    /// Colour on a terminal only, and not if `NO_COLOR` is set (<https://no-color.org>).
    pub fn new() -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
        let colour = if io::stdout().is_terminal() && !refused && !dumb {
            Colour::On
        } else {
            Colour::Off
        };
        Self {
            start: Instant::now(),
            colour,
            turn: Arc::default(),
        }
    }

    /// Writes a line: `what`, and behind it `detail` on one line, whatever is in it.
    pub fn line(&self, way: Way, what: &str, detail: impl fmt::Display) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let time = self.start.elapsed().as_secs_f64();
        let text = render(self.colour, time, way, what, &detail.to_string());
        // A closed pipe (`| head`) is the reader's wish, not a failure.
        let _ = writeln!(io::stdout().lock(), "{text}");
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

fn render(colour: Colour, time: f64, way: Way, what: &str, detail: &str) -> String {
    let (arrow, code) = match way {
        Way::In => ("←", "32"),
        Way::Out => ("→", "36"),
        Way::Here => ("·", "2"),
        Way::Wrong => ("!", "31"),
    };
    let detail = on_one_line(detail);
    let line = match colour {
        Colour::On => {
            format!("\x1b[2m{time:>8.3}\x1b[0m  \x1b[{code}m{arrow} {what:<12}\x1b[0m {detail}")
        }
        Colour::Off => format!("{time:>8.3}  {arrow} {what:<12} {detail}"),
    };
    line.trim_end().to_owned()
}

/// What others wrote must neither break the line nor command the terminal.
fn on_one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Colour, Way, render};

    #[test]
    fn a_line_has_its_time_its_arrow_and_no_control_characters() {
        for (way, detail, line) in [
            (Way::In, "", "   1.500  ← hello"),
            (Way::Out, "a b", "   1.500  → hello        a b"),
            (Way::Here, "a\nb", "   1.500  · hello        a\\nb"),
            (Way::Wrong, "\x1b[2J", "   1.500  ! hello        \\u{1b}[2J"),
        ] {
            assert_eq!(render(Colour::Off, 1.5, way, "hello", detail), line);
        }
    }

    #[test]
    fn colour_adds_escapes_and_changes_no_text() {
        let coloured = render(Colour::On, 1.5, Way::In, "hello", "x");
        assert!(coloured.contains("\x1b[32m← hello"));
        assert!(coloured.ends_with("\x1b[0m x"));
    }
}
