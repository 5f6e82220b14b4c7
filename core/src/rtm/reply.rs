//! Replies to what the client sent, and the server's own errors.

use crate::event::{paths, view};
use crate::json::{Members, Records, Text, Value};

view! {
    /// A message of the client was taken: `"ok":true` and `reply_to`.
    Ack
}

impl<'r> Ack<'r> {
    /// `reply_to`: the id of what was sent; none if it is no number that a client of this crate
    /// gives.
    pub fn reply_to(&self) -> Option<u32> {
        reply_to(self.records())
    }

    /// `text`: the message as the server has it, which may differ from what was sent.
    pub fn text(&self) -> Option<Text<'r>> {
        self.records().text(paths::TEXT)
    }
}

view! {
    /// A message of the client was not taken: `"ok":false`, `reply_to` and `error`.
    Rejection
}

impl<'r> Rejection<'r> {
    /// `reply_to`: the id of what was sent; none if the server did not tell, or if it is no
    /// number that a client of this crate gives.
    pub fn reply_to(&self) -> Option<u32> {
        reply_to(self.records())
    }

    /// `error.code`; Slack does not document the numbers. -1 came with "slow down".
    pub fn code(&self) -> Option<i64> {
        error_code(self.records())
    }

    /// `error.msg`, or `error` where that is a text.
    pub fn message(&self) -> Text<'r> {
        error_text(self.records())
    }
}

view! {
    /// `pong`: the answer to a `ping`, with the members that the ping had.
    Pong
}

impl Pong<'_> {
    /// `reply_to`: the id of the ping.
    pub fn reply_to(&self) -> Option<u32> {
        reply_to(self.records())
    }
}

view! {
    /// `error`: comes in place of `hello`, and the server closes then.
    ServerError
}

impl<'r> ServerError<'r> {
    /// `error.code`: 1 is a URL that has expired.
    pub fn code(&self) -> Option<i64> {
        error_code(self.records())
    }

    /// `error.msg`, or `error` where that is a text.
    pub fn message(&self) -> Text<'r> {
        error_text(self.records())
    }

    /// `error.source`: which server said so.
    pub fn source(&self) -> Option<Text<'r>> {
        self.members().text("error.source")
    }
}

view! {
    /// `reconnect_url`: a URL that may be used in place of asking for one. Slack calls this an
    /// experiment.
    ReconnectUrl
}

impl<'r> ReconnectUrl<'r> {
    /// `url`, if it came and fitted; not checked yet, see
    /// [`check_url`](crate::web_api::check_url).
    pub fn url(&self) -> Option<&'r str> {
        self.records().text(paths::URL).map(Text::as_str)
    }
}

/// Whether a frame answers something that the client sent.
pub(super) fn is_reply(records: Records<'_>) -> bool {
    records.number(paths::REPLY_TO).is_some()
}

pub(crate) fn reply_to(records: Records<'_>) -> Option<u32> {
    let number = records.number(paths::REPLY_TO)?.as_u64()?;
    u32::try_from(number).ok()
}

pub(crate) fn error_code(records: Records<'_>) -> Option<i64> {
    records.number(paths::ERROR_CODE)?.as_i64()
}

fn error_text(records: Records<'_>) -> Text<'_> {
    let text = records.text(paths::ERROR_MSG);
    text.or_else(|| match records.find(paths::ERROR) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    })
    .unwrap_or(Text::from(""))
}
