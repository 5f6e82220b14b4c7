//! The response to an accepted call: the WebSocket URL, the user, the team.

use core::fmt;

use super::cleartext::Cleartext;
use super::next_cursor::NextCursor;
use super::paths;
use super::socket_url::{SocketUrlError, url_in};
use super::texts::texts;
use super::warnings::Warnings;
use crate::json::{Members, Paths, Records, Text, Value};
use crate::url::Url;

/// A response with `"ok":true`.
#[derive(Clone, Copy)]
pub struct Accepted<'r> {
    members: Members<'r>,
}

/// Does not show the URL, which grants access to the session.
impl fmt::Debug for Accepted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("self_id", &self.self_id())
            .field("team_id", &self.team_id())
            .finish_non_exhaustive()
    }
}

impl<'r> Accepted<'r> {
    /// A view of the response whose kept members `records` holds, read with the table `paths`.
    pub const fn new(records: Records<'r>, paths: &'r Paths) -> Self {
        Self {
            members: Members::new(records, paths),
        }
    }

    /// Returns every kept member, by name, including those that only the caller's table has.
    pub const fn members(&self) -> Members<'r> {
        self.members
    }

    /// Returns the WebSocket URL, checked by [`check_url`](super::check_url): its scheme is `wss`,
    /// or `ws` if `cleartext` allows it, and its host is in one of `domains`. It is valid for one
    /// connection within 30 seconds.
    ///
    /// # Errors
    /// [`SocketUrlError`] if the URL is missing, did not fit, is invalid or not allowed.
    pub fn url(&self, domains: &[&str], cleartext: Cleartext) -> Result<Url<'r>, SocketUrlError> {
        url_in(self.members.find("url"), domains, cleartext)
    }

    /// Returns `self.id`: the id of the user or bot user that the token belongs to.
    pub fn self_id(&self) -> Option<&'r str> {
        self.named("self.id")
    }

    /// Returns `self.name`.
    pub fn self_name(&self) -> Option<Text<'r>> {
        self.members.text("self.name")
    }

    /// Returns `team.id`.
    pub fn team_id(&self) -> Option<&'r str> {
        self.named("team.id")
    }

    /// Returns `team.name`. A receive buffer of less than 2 KiB may have no room for it: see
    /// [buffer sizes](crate::guide::buffers#receiving).
    pub fn team_name(&self) -> Option<Text<'r>> {
        self.members.text("team.name")
    }

    /// Returns `team.domain`: the first label of the workspace's host.
    pub fn team_domain(&self) -> Option<Text<'r>> {
        self.members.text("team.domain")
    }

    /// Returns `team.enterprise_id`, if the workspace belongs to an organization.
    pub fn enterprise_id(&self) -> Option<&'r str> {
        self.named("team.enterprise_id")
            .or_else(|| self.named("team.enteprise_id"))
    }

    /// Returns `team.enterprise_name`.
    pub fn enterprise_name(&self) -> Option<Text<'r>> {
        self.members.text("team.enterprise_name")
    }

    /// Returns `team.email_domain`.
    pub fn email_domain(&self) -> Option<Text<'r>> {
        self.members.text("team.email_domain")
    }

    /// Returns `team.plan`.
    pub fn plan(&self) -> Option<Text<'r>> {
        self.members.text("team.plan")
    }

    /// Returns `team.icon.image_default`: whether the team uses the default icon.
    pub fn icon_is_default(&self) -> Option<bool> {
        self.members.bool("team.icon.image_default")
    }

    /// Returns `team.msg_edit_window_mins`: the minutes in which a message may be edited; -1 for no
    /// limit.
    pub fn msg_edit_window_mins(&self) -> Option<i64> {
        match self.members.find("team.msg_edit_window_mins")? {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// Returns `team.over_storage_limit`.
    pub fn over_storage_limit(&self) -> Option<bool> {
        self.members.bool("team.over_storage_limit")
    }

    /// Returns the cursor of the next page (`response_metadata.next_cursor`), of a method that
    /// returns a list in pages. It needs the members in [`PAGE`](paths::PAGE).
    ///
    /// A page may be empty, or have fewer elements than its limit, although another one follows.
    pub fn next_cursor(&self) -> NextCursor<'r> {
        NextCursor::of(self.members)
    }

    /// Returns the codes of `warning` and `response_metadata.warnings`, each once.
    pub fn warnings(&self) -> Warnings<'r> {
        let records = self.records();
        Warnings::new(
            records.text(paths::WARNING).map_or("", Text::as_str),
            records.list(paths::WARNINGS),
        )
    }

    /// Returns the texts of `response_metadata.messages`: remarks for people, such as
    /// `[WARN] ...`.
    pub fn messages(&self) -> impl Iterator<Item = Text<'r>> + use<'r> {
        texts(self.records().list(paths::MESSAGES).into_iter().flatten())
    }

    fn records(&self) -> Records<'r> {
        self.members.records()
    }

    /// Returns the text of the member with this name.
    ///
    /// Only the members of [`CALL`](paths::CALL) are read by number: a table that extends it may
    /// use the further numbers for other members.
    fn named(&self, name: &str) -> Option<&'r str> {
        self.members.text_or_number(name)
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Accepted<'_>);
