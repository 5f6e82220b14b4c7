//! The lists of an `rtm.start` answer, element by element.

use core::fmt;

use super::paths;
use crate::json::{self, Members, Paths, Text};
use crate::parse::Elements;

/// A list in the answer to `rtm.start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StartList {
    /// `users`: every member of the team.
    Users,
    /// `channels`: every channel that one can see.
    Channels,
    /// `groups`: every private channel that one is in.
    Groups,
    /// `mpims`: direct messages of several people; told where `mpim_aware` was asked for.
    Mpims,
    /// `ims`: direct messages.
    Ims,
    /// `bots`: the team's integrations.
    Bots,
}

impl StartList {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Users,
        Self::Channels,
        Self::Groups,
        Self::Mpims,
        Self::Ims,
        Self::Bots,
    ];

    /// The member of the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Channels => "channels",
            Self::Groups => "groups",
            Self::Mpims => "mpims",
            Self::Ims => "ims",
            Self::Bots => "bots",
        }
    }

    pub(super) fn of_path(path: &str) -> Option<Self> {
        let paths = b"users[],channels[],groups[],mpims[],ims[],bots[]";
        let place = Elements::of(paths).position(|known| known == path.as_bytes())?;
        Self::ALL.get(place).copied()
    }
}

/// A set of lists, and the table of paths that keeps their elements' members: a program that
/// asks for no list is linked without that table.
///
/// ```
/// use slack_rtm::web_api::{StartList, StartLists};
///
/// let lists = StartLists::NONE.with(StartList::Users).with(StartList::Ims);
/// assert!(lists.contains(StartList::Ims) && !lists.contains(StartList::Bots));
/// ```
#[derive(Clone, Copy)]
pub struct StartLists {
    set: u8,
    paths: Option<&'static Paths>,
}

impl StartLists {
    /// No list: elements are validated and dropped.
    pub const NONE: Self = Self {
        set: 0,
        paths: None,
    };
    /// Every list.
    pub const ALL: Self = Self {
        set: 0x3f,
        paths: Some(&paths::START),
    };

    /// This set and `list`.
    #[must_use]
    pub const fn with(self, list: StartList) -> Self {
        Self {
            set: self.set | 1 << list as u8,
            paths: match self.paths {
                None => Some(&paths::START),
                own => own,
            },
        }
    }

    /// Other members of their elements: a table that extends
    /// [`paths::START`](super::paths::START), or one that asks for less and extends
    /// [`paths::CONNECT`](super::paths::CONNECT).
    #[must_use]
    pub const fn paths(self, paths: &'static Paths) -> Self {
        Self {
            paths: Some(paths),
            ..self
        }
    }

    /// Whether `list` is in the set.
    pub const fn contains(self, list: StartList) -> bool {
        self.set & (1 << list as u8) != 0
    }

    /// Whether no list is in the set.
    pub const fn is_empty(self) -> bool {
        self.set == 0
    }

    /// The table that an answer with these lists is read by.
    pub const fn table(self) -> &'static Paths {
        match self.paths {
            Some(paths) => paths,
            None => &paths::CONNECT,
        }
    }
}

impl PartialEq for StartLists {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

impl Eq for StartLists {}

impl fmt::Debug for StartLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = StartList::ALL
            .into_iter()
            .filter(|list| self.contains(*list));
        f.debug_set().entries(lists).finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for StartLists {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "StartLists({=u8:06b})", self.set);
    }
}

/// One element of a list: a user, a channel, a bot ... or what a caller's own table names.
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
    /// An element of the list whose path has this number, with what was kept of it.
    pub(crate) const fn new(path: u8, members: Members<'r>) -> Self {
        Self {
            members: members.of_element(path),
        }
    }

    /// The list it is of, if that is one of `rtm.start`.
    pub fn list(&self) -> Option<StartList> {
        StartList::of_path(self.path())
    }

    /// The path of the list, such as `users[]`.
    pub fn path(&self) -> &'static str {
        self.members.prefix()
    }

    /// Every kept member, by name.
    pub const fn members(&self) -> Members<'r> {
        self.members
    }

    /// `id`: of the user, channel, bot.
    pub fn id(&self) -> Option<&'r str> {
        self.members.text("id").map(Text::as_str)
    }

    /// `name`: of the user, channel, bot.
    pub fn name(&self) -> Option<Text<'r>> {
        self.members.text("name")
    }

    /// The name that a user chose to be shown by: `profile.display_name`, else
    /// `profile.real_name`, else `real_name`; empty ones do not count.
    pub fn display_name(&self) -> Option<Text<'r>> {
        ["profile.display_name", "profile.real_name", "real_name"]
            .into_iter()
            .filter_map(|name| self.members.text(name))
            .find(|name| !name.is_empty())
    }

    /// `user`: whom a direct message is with.
    pub fn user(&self) -> Option<&'r str> {
        self.members.text("user").map(Text::as_str)
    }

    /// `is_member`: whether one is in the channel.
    pub fn is_member(&self) -> Option<bool> {
        self.members.bool("is_member")
    }

    /// `is_bot`: whether the user is a bot.
    pub fn is_bot(&self) -> Option<bool> {
        self.members.bool("is_bot")
    }

    /// `deleted`: whether the user or bot was deactivated.
    pub fn deleted(&self) -> Option<bool> {
        self.members.bool("deleted")
    }

    /// `topic.value`: the channel's topic.
    pub fn topic(&self) -> Option<Text<'r>> {
        self.members.text("topic.value")
    }

    /// `purpose.value`: the channel's purpose.
    pub fn purpose(&self) -> Option<Text<'r>> {
        self.members.text("purpose.value")
    }

    /// `members`: the users in a channel; how many, and the leading ones that there was room for.
    pub fn member_ids(&self) -> Option<json::List<'r>> {
        self.members.list("members[]")
    }

    /// `last_read`: the timestamp of the last message that was read.
    pub fn last_read(&self) -> Option<&'r str> {
        self.members.text("last_read").map(Text::as_str)
    }

    /// The timestamp of the channel's latest message: `latest` under `simple_latest`, else
    /// `latest.ts`.
    pub fn latest_ts(&self) -> Option<&'r str> {
        let latest = self.members.text("latest");
        latest
            .or_else(|| self.members.text("latest.ts"))
            .map(Text::as_str)
    }

    /// `unread_count`: messages not read yet.
    pub fn unread_count(&self) -> Option<u64> {
        self.members.number("unread_count")
    }

    /// `unread_count_display`: of those, the ones to be told of; joins and leaves do not count.
    pub fn unread_count_display(&self) -> Option<u64> {
        self.members.number("unread_count_display")
    }

    /// `locale`: told where `include_locale` was asked for.
    pub fn locale(&self) -> Option<&'r str> {
        self.members.text("locale").map(Text::as_str)
    }
}
