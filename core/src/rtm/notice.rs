//! Frames about the connection itself: its begin, its end, its errors, and the next one.

use super::reply::{error_code, error_text};
use crate::event::{paths, view};
use crate::json::Text;

view! {
    /// `hello`, `goodbye`, `team_migration_started`: the state of the connection.
    Notice
}

view! {
    /// `error`: comes in place of `hello`; the server closes the connection after it.
    ServerError
}

impl<'r> ServerError<'r> {
    /// Returns `error.code`; 1 is a URL that has expired.
    pub fn error_code(&self) -> Option<i64> {
        error_code(self.records())
    }

    /// Returns `error.msg`, or `error` if that is a text.
    pub fn error_message(&self) -> Option<Text<'r>> {
        error_text(self.records())
    }

    /// Returns `error.source`: the name of the server that reported the error.
    pub fn source(&self) -> Option<Text<'r>> {
        self.members().text("error.source")
    }
}

view! {
    /// `reconnect_url`: a URL for the next connection, which saves a call of `rtm.connect`. Slack
    /// calls this experimental.
    ReconnectUrl
}

impl<'r> ReconnectUrl<'r> {
    /// Returns `url`, if it came and fitted. It is not checked yet, see
    /// [`check_url`](crate::web_api::check_url).
    pub fn url(&self) -> Option<&'r str> {
        self.records().text(paths::URL).map(Text::as_str)
    }
}
