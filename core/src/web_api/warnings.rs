//! Warnings in a response: the codes, and the list of them.

use core::fmt;

use super::texts::texts;
use crate::json::{Entries, List, Text};

/// A warning in the response to an accepted call: `warning` and `response_metadata.warnings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WarningCode<'r> {
    /// `missing_charset`: a body's `Content-Type` should name a charset.
    MissingCharset,
    /// `superfluous_charset`: a form's `Content-Type` needs no charset.
    SuperfluousCharset,
    /// `member_list_truncated`: a channel's `members` is not complete; ask
    /// `conversations.members` for the rest.
    MemberListTruncated,
    /// `method_deprecated`: Slack will remove the method; plan to use another.
    MethodDeprecated,
    /// `already_in_channel`: the app was a member of the channel before `conversations.join`.
    AlreadyInChannel,
    /// `message_truncated`: the text was longer than Slack stores, and was cut.
    MessageTruncated,
    /// A code that this crate does not know, in Slack's spelling.
    Other(&'r str),
}

impl<'r> WarningCode<'r> {
    /// Returns the code with this text.
    pub fn from_code(text: &'r str) -> Self {
        match text {
            "missing_charset" => Self::MissingCharset,
            "superfluous_charset" => Self::SuperfluousCharset,
            "member_list_truncated" => Self::MemberListTruncated,
            "method_deprecated" => Self::MethodDeprecated,
            "already_in_channel" => Self::AlreadyInChannel,
            "message_truncated" => Self::MessageTruncated,
            _ => Self::Other(text),
        }
    }

    /// Returns the codes of a comma-separated list, the form of the member `warning`.
    pub fn list(text: &'r str) -> impl Iterator<Item = Self> + Clone {
        text.split(',')
            .map(str::trim)
            .filter(|code| !code.is_empty())
            .map(Self::from_code)
    }

    /// Returns the text of the code.
    pub const fn as_str(self) -> &'r str {
        match self {
            Self::MissingCharset => "missing_charset",
            Self::SuperfluousCharset => "superfluous_charset",
            Self::MemberListTruncated => "member_list_truncated",
            Self::MethodDeprecated => "method_deprecated",
            Self::AlreadyInChannel => "already_in_channel",
            Self::MessageTruncated => "message_truncated",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for WarningCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An iterator over the codes of warnings, each once.
#[derive(Clone, Debug)]
pub struct Warnings<'r> {
    /// All of `warning`, a list with commas.
    first: &'r str,
    /// The part of `warning` that is not returned yet.
    rest: &'r str,
    /// The part of `response_metadata.warnings` that is not returned yet.
    listed: Option<Entries<'r>>,
}

impl<'r> Warnings<'r> {
    pub(super) fn new(warning: &'r str, listed: Option<List<'r>>) -> Self {
        Self {
            first: warning,
            rest: warning,
            listed: listed.map(|list| list.iter()),
        }
    }
}

impl<'r> Iterator for Warnings<'r> {
    type Item = WarningCode<'r>;

    fn next(&mut self) -> Option<WarningCode<'r>> {
        while !self.rest.is_empty() {
            let code = next_code(&mut self.rest);
            if !code.is_empty() {
                return Some(WarningCode::from_code(code));
            }
        }
        let first = self.first;
        let is_new = |code: &Text<'_>| {
            let mut rest = first;
            while !rest.is_empty() {
                if next_code(&mut rest) == code.as_str() {
                    return false;
                }
            }
            true
        };
        texts(self.listed.as_mut()?)
            .find(is_new)
            .map(|code| WarningCode::from_code(code.as_str()))
    }
}

/// Removes the code before the next comma from `rest` and returns it without blanks.
fn next_code<'r>(rest: &mut &'r str) -> &'r str {
    let end = rest.bytes().position(|byte| byte == b',');
    let (code, after) = match end {
        Some(end) => (rest.get(..end), rest.get(end + 1..)),
        None => (Some(*rest), None),
    };
    *rest = after.unwrap_or_default();
    let code = code.unwrap_or_default().as_bytes().trim_ascii();
    crate::utf8::valid(code)
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Warnings<'_>);
