//! Tables of error codes: the codes of one method, each with its meaning and advice.

use core::fmt;

use super::code::{ErrorCode, Remedy};
use crate::json::Text;

/// A code in an [`ErrorTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ErrorEntry {
    /// Slack's text of the code.
    pub code: &'static str,
    /// The kind of remedy.
    pub remedy: Remedy,
    /// The meaning, in a few words.
    pub meaning: &'static str,
    /// What to do, in a few words.
    pub advice: &'static str,
}

impl ErrorEntry {
    pub(super) const fn new(
        code: &'static str,
        remedy: Remedy,
        meaning: &'static str,
        advice: &'static str,
    ) -> Self {
        Self {
            code,
            remedy,
            meaning,
            advice,
        }
    }
}

/// The error codes of one method, without those of every method, which [`ErrorCode`] has by name.
///
/// The tables are in [`errors`](super::errors). A program links those that it names and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ErrorTable {
    method: &'static str,
    entries: &'static [&'static ErrorEntry],
}

impl ErrorTable {
    pub(super) const fn new(method: &'static str, entries: &'static [&'static ErrorEntry]) -> Self {
        Self { method, entries }
    }

    /// Returns the name of the method, such as `chat.postMessage`.
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the codes.
    pub const fn entries(&self) -> &'static [&'static ErrorEntry] {
        self.entries
    }

    /// Returns the entry of a code.
    pub fn find(&self, code: &str) -> Option<&'static ErrorEntry> {
        self.entries
            .iter()
            .copied()
            .find(|entry| entry.code == code)
    }
}

impl<'r> ErrorCode<'r> {
    /// Looks the code up in the table of the method that was called: one of those in
    /// [`errors`](super::errors). A code that neither the table nor this type knows is explained as
    /// unknown, with its text.
    pub fn explain(self, table: &'static ErrorTable) -> Explanation<'r> {
        Explanation::new(self, table, Scopes::NONE)
    }
}

/// An error code with its meaning and what to do, looked up in the table of a method:
/// [`ErrorCode::explain`] and [`ApiError::explain`](super::ApiError::explain).
///
/// Its `Display` writes code, meaning and advice, and the scopes that the response names.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Explanation<'r> {
    code: ErrorCode<'r>,
    entry: Option<&'static ErrorEntry>,
    scopes: Scopes<'r>,
}

impl<'r> Explanation<'r> {
    pub(super) fn new(code: ErrorCode<'r>, table: &'static ErrorTable, scopes: Scopes<'r>) -> Self {
        let entry = match code {
            ErrorCode::Other(text) => table.find(text),
            _ => None,
        };
        Self {
            code,
            entry,
            scopes,
        }
    }

    /// Returns the code.
    pub const fn code(&self) -> ErrorCode<'r> {
        self.code
    }

    /// Returns whether the table, or [`ErrorCode`] itself, has the code.
    pub const fn is_known(&self) -> bool {
        self.entry.is_some() || !matches!(self.code, ErrorCode::Other(_))
    }

    /// Returns the meaning, in a few words.
    pub fn meaning(&self) -> &'static str {
        self.entry
            .map_or_else(|| self.code.meaning(), |entry| entry.meaning)
    }

    /// Returns the kind of remedy.
    pub fn remedy(&self) -> Remedy {
        self.entry
            .map_or_else(|| self.code.remedy(), |entry| entry.remedy)
    }

    /// Returns what to do, in a few words.
    pub fn advice(&self) -> &'static str {
        self.entry
            .map_or_else(|| self.remedy().as_str(), |entry| entry.advice)
    }

    /// Returns whether the refusal is as good as success: see [`ErrorCode::is_harmless`].
    pub fn is_harmless(&self) -> bool {
        self.code.is_harmless()
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.as_str();
        write!(f, "{code}: {}; {}", self.meaning(), self.advice())?;
        self.scopes.fmt(f)
    }
}

/// The scopes that a response names: `needed` and `provided`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Scopes<'r> {
    pub(super) needed: Option<Text<'r>>,
    pub(super) provided: Option<Text<'r>>,
}

impl Scopes<'_> {
    pub(super) const NONE: Self = Self {
        needed: None,
        provided: None,
    };
}

impl fmt::Display for Scopes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [("needed", self.needed), ("provided", self.provided)];
        for (name, scopes) in all {
            if let Some(scopes) = scopes.filter(|scopes| !scopes.is_empty()) {
                let more = if scopes.is_cut() { "..." } else { "" };
                write!(f, "; {name}: {scopes}{more}")?;
            }
        }
        Ok(())
    }
}
