//! Replies to sent commands.

use crate::event::{paths, view};
use crate::json::{Records, Text, Value};
use crate::parse;

view! {
    /// The reply to a sent command: `ok`, `reply_to`, and `error` if Slack refused it.
    Reply
}

impl<'r> Reply<'r> {
    /// Returns `ok`: whether Slack accepted the command.
    pub fn is_ok(&self) -> bool {
        self.records().bool(paths::OK) == Some(true)
    }

    /// Returns `reply_to`: the id of the command. `None` if the frame has none, or if it is not a
    /// number that a client of this crate uses as an id.
    pub fn reply_to(&self) -> Option<u32> {
        reply_to(self.records())
    }

    /// Returns `text`: the message as Slack stored it, which may differ from the one that was sent.
    pub fn text(&self) -> Option<Text<'r>> {
        self.records().text(paths::TEXT)
    }

    /// Returns `error.code`. Slack does not document the numbers; -1 came with "slow down".
    pub fn error_code(&self) -> Option<i64> {
        error_code(self.records())
    }

    /// Returns `error.msg`, or `error` if that is a text.
    pub fn error_message(&self) -> Option<Text<'r>> {
        error_text(self.records())
    }
}

view! {
    /// `pong`: the reply to a `ping`, with the members that the ping had.
    Pong
}

impl Pong<'_> {
    /// Returns `reply_to`: the id of the ping.
    pub fn reply_to(&self) -> Option<u32> {
        reply_to(self.records())
    }
}

/// Whether a frame replies to a command.
pub(super) fn is_reply(records: Records<'_>) -> bool {
    records.text_or_number(paths::REPLY_TO).is_some()
}

/// Returns the id of the command that a frame replies to.
pub(crate) fn reply_to(records: Records<'_>) -> Option<u32> {
    let number = parse::decimal(records.text_or_number(paths::REPLY_TO)?.as_bytes())?;
    u32::try_from(number).ok()
}

/// Returns `error.code`.
pub(crate) fn error_code(records: Records<'_>) -> Option<i64> {
    parse::signed_decimal(records.text_or_number(paths::ERROR_CODE)?.as_bytes())
}

/// Returns `error.msg`, or `error` if that is a text.
pub(super) fn error_text(records: Records<'_>) -> Option<Text<'_>> {
    let text = records.text(paths::ERROR_MSG);
    text.or_else(|| match records.find(paths::ERROR) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    })
}
