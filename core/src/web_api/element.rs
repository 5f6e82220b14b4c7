//! An element of a list in a response.

use core::fmt;

use super::start_lists::StartList;
use crate::json::{List, Members, PathName, Text};

/// One element of a list: a user, a channel, a bot, or an element of a list that only the caller's
/// table has.
#[derive(Clone, Copy)]
pub struct Element<'r> {
    members: Members<'r>,
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("path", &self.path())
            .field("members", &self.members)
            .finish()
    }
}

impl<'r> Element<'r> {
    /// A view of the element of the list whose path has this number.
    pub(crate) const fn new(path: u8, members: Members<'r>) -> Self {
        Self {
            members: members.of_element(path),
        }
    }

    /// Returns the list that contains the element, if it is one of `rtm.start`.
    pub fn list(&self) -> Option<StartList> {
        StartList::of_path(self.path())
    }

    /// Returns the path of the list, such as `users[]`.
    pub fn path(&self) -> PathName<'r> {
        self.members.path()
    }

    /// Returns every kept member, by name.
    pub const fn members(&self) -> Members<'r> {
        self.members
    }

    /// Returns the element itself, if it is a text or a number: an id in a list of ids.
    pub fn text_or_number(&self) -> Option<&'r str> {
        self.members.element_value()?.text_or_number()
    }

    /// Returns `id`: of the user, channel or bot.
    pub fn id(&self) -> Option<&'r str> {
        self.members.text_or_number("id")
    }

    /// Returns `name`: of the user, channel or bot.
    pub fn name(&self) -> Option<Text<'r>> {
        self.members.text("name")
    }

    /// Returns the name that a user chose to be shown by: `profile.display_name`, else
    /// `profile.real_name`, else `real_name`. An empty name is ignored.
    pub fn display_name(&self) -> Option<Text<'r>> {
        ["profile.display_name", "profile.real_name", "real_name"]
            .into_iter()
            .filter_map(|name| self.members.text(name))
            .find(|name| !name.is_empty())
    }

    /// Returns `user`: the other user in a direct message.
    pub fn user(&self) -> Option<&'r str> {
        self.members.text_or_number("user")
    }

    /// Returns `is_member`: whether the client's user is in the channel.
    pub fn is_member(&self) -> Option<bool> {
        self.members.bool("is_member")
    }

    /// Returns `is_bot`: whether the user is a bot.
    pub fn is_bot(&self) -> Option<bool> {
        self.members.bool("is_bot")
    }

    /// Returns `deleted`: whether the user or bot was deactivated.
    pub fn deleted(&self) -> Option<bool> {
        self.members.bool("deleted")
    }

    /// Returns `topic.value`: the channel's topic.
    pub fn topic(&self) -> Option<Text<'r>> {
        self.members.text("topic.value")
    }

    /// Returns `purpose.value`: the channel's purpose.
    pub fn purpose(&self) -> Option<Text<'r>> {
        self.members.text("purpose.value")
    }

    /// Returns `members`, the users in a channel: their number and the leading ids. The list may be
    /// cut.
    pub fn member_ids(&self) -> Option<List<'r>> {
        self.members.list("members[]")
    }

    /// Returns `last_read`: the timestamp of the last message that the user read.
    pub fn last_read(&self) -> Option<&'r str> {
        self.members.text_or_number("last_read")
    }

    /// Returns the timestamp of the channel's latest message: `latest` with the argument
    /// `simple_latest`, else `latest.ts`.
    pub fn latest_ts(&self) -> Option<&'r str> {
        let latest = self.members.text("latest");
        latest
            .or_else(|| self.members.text("latest.ts"))
            .map(Text::as_str)
    }

    /// Returns `unread_count`: the number of unread messages.
    pub fn unread_count(&self) -> Option<u64> {
        self.members.number("unread_count")
    }

    /// Returns `unread_count_display`: the number of unread messages without joins and leaves.
    pub fn unread_count_display(&self) -> Option<u64> {
        self.members.number("unread_count_display")
    }

    /// Returns `locale`; needs the argument `include_locale`.
    pub fn locale(&self) -> Option<&'r str> {
        self.members.text_or_number("locale")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Element<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{}: {}", self.path(), self.members);
    }
}
