//! Prints one line per step: the time since the start, an arrow for the direction, name and detail.

use std::env;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Standard output, in color if it is a terminal. Clones print to the same one.
#[derive(Clone, Debug)]
pub struct Terminal {
    start: Instant,
    color: Color,
    /// Keeps the lines of several threads whole and in the order of their times.
    lock: Arc<Mutex<()>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Color {
    On,
    Off,
}

/// The direction of a step, as seen from this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the server to this program.
    In,
    /// From this program to the server.
    Out,
    /// Neither: a decision or an observation of this program.
    Local,
    /// An error.
    Error,
}

impl Terminal {
    /// Creates a terminal. Colors are used only if standard output is a terminal, and `NO_COLOR`
    /// (<https://no-color.org>) is not set.
    pub fn new() -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
        let color = if io::stdout().is_terminal() && !refused && !dumb {
            Color::On
        } else {
            Color::Off
        };
        Self {
            start: Instant::now(),
            color,
            lock: Arc::default(),
        }
    }

    /// Prints one line: `name`, followed by `detail` with its control characters escaped.
    pub fn line(&self, direction: Direction, name: &str, detail: impl fmt::Display) {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let time = self.start.elapsed().as_secs_f64();
        let text = render(self.color, time, direction, name, &detail.to_string());
        // A closed pipe (`| head`) is not an error.
        let _ = writeln!(io::stdout().lock(), "{text}");
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

fn render(color: Color, time: f64, direction: Direction, name: &str, detail: &str) -> String {
    let (arrow, code) = match direction {
        Direction::In => ("←", "32"),
        Direction::Out => ("→", "36"),
        Direction::Local => ("·", "2"),
        Direction::Error => ("!", "31"),
    };
    let detail = escape_controls(detail);
    let line = match color {
        Color::On => {
            format!("\x1b[2m{time:>8.3}\x1b[0m  \x1b[{code}m{arrow} {name:<12}\x1b[0m {detail}")
        }
        Color::Off => format!("{time:>8.3}  {arrow} {name:<12} {detail}"),
    };
    line.trim_end().to_owned()
}

/// Escapes control characters: received text must not break the line or control the terminal.
pub fn escape_controls(text: &str) -> String {
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
    use super::{Color, Direction, render};

    #[test]
    fn a_line_has_its_time_its_arrow_and_no_control_characters() {
        for (direction, detail, line) in [
            (Direction::In, "", "   1.500  ← hello"),
            (Direction::Out, "a b", "   1.500  → hello        a b"),
            (Direction::Local, "a\nb", "   1.500  · hello        a\\nb"),
            (
                Direction::Error,
                "\x1b[2J",
                "   1.500  ! hello        \\u{1b}[2J",
            ),
        ] {
            assert_eq!(render(Color::Off, 1.5, direction, "hello", detail), line);
        }
    }

    #[test]
    fn color_adds_escapes_and_changes_no_text() {
        let colored = render(Color::On, 1.5, Direction::In, "hello", "x");
        assert!(colored.contains("\x1b[32m← hello"));
        assert!(colored.ends_with("\x1b[0m x"));
    }
}
