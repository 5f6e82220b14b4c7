//! The lists in the response to `rtm.start`, and sets of them.

use core::fmt;

use super::paths;
use crate::json::{PathName, Paths};

/// A list in the response to `rtm.start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StartList {
    /// `users`: every member of the team.
    Users,
    /// `channels`: every channel that the user can see.
    Channels,
    /// `groups`: every private channel that the user is in.
    Groups,
    /// `mpims`: direct messages of several people; needs the argument `mpim_aware`.
    Mpims,
    /// `ims`: direct messages.
    Ims,
    /// `bots`: the team's integrations.
    Bots,
}

impl StartList {
    /// All lists.
    pub const ALL: [Self; 6] = [
        Self::Users,
        Self::Channels,
        Self::Groups,
        Self::Mpims,
        Self::Ims,
        Self::Bots,
    ];

    /// Returns the name of the member of the response.
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

    /// Returns the list with this path, such as `users[]`.
    pub(super) fn of_path(path: PathName<'_>) -> Option<Self> {
        let array = path.parent();
        Self::ALL.into_iter().find(|list| array == list.as_str())
    }
}

/// A set of lists, with the table of paths that keeps the members of their elements.
///
/// A program that selects no list is linked without that table.
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
    /// No list: elements are validated and discarded.
    pub const NONE: Self = Self {
        set: 0,
        paths: None,
    };
    /// Every list.
    pub const ALL: Self = Self {
        set: 0x3f,
        paths: Some(&paths::START),
    };

    /// Adds `list` to the set.
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

    /// Sets the table of members to keep: one that extends [`paths::START`], or a smaller one that
    /// extends [`paths::CONNECT`].
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

    /// Returns the table that a response with these lists is read with.
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
