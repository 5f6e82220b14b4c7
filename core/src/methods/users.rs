//! `users.*`: the profile of a user.

use crate::json::{Members, Text};
use crate::web_api::paths::CALL;
use crate::web_api::{Accepted, Arguments, Method, MethodInfo, Rate, Repetition};

crate::paths! {
    /// The members of the response to `users.info`, for [`UserProfile`].
    pub const USER extends CALL {
        const ID = Whole "user.id";
        const NAME = Brief "user.name";
        const REAL_NAME = Brief "user.real_name";
        const DISPLAY_NAME = Brief "user.profile.display_name";
        const TZ = Brief "user.tz";
        const TZ_OFFSET = Whole "user.tz_offset";
        const IS_BOT = Whole "user.is_bot";
        const DELETED = Whole "user.deleted";
    }
}

/// `users.info`: returns a user. Needs the scope `users:read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct UserInfo<'a> {
    user: &'a str,
}

impl<'a> UserInfo<'a> {
    /// Returns the user with this id.
    pub const fn new(user: &'a str) -> Self {
        Self { user }
    }
}

impl Method for UserInfo<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("users.info")
            .rate(Rate::TIER_4)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("user", self.user);
    }
}

/// The response to [`UserInfo`]. It needs the members in [`USER`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UserProfile<'r>(Accepted<'r>);

impl<'r> UserProfile<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    fn members(&self) -> Members<'r> {
        self.0.members()
    }

    /// Returns `user.id`.
    pub fn id(&self) -> Option<&'r str> {
        self.members().text_or_number("user.id")
    }

    /// Returns the name that the user chose to be shown by: `user.profile.display_name`, else
    /// `user.real_name`, else `user.name`. An empty name is ignored.
    pub fn display_name(&self) -> Option<Text<'r>> {
        let names = ["user.profile.display_name", "user.real_name", "user.name"];
        let mut names = names
            .into_iter()
            .filter_map(|name| self.members().text(name));
        names.find(|name| !name.as_str().is_empty())
    }

    /// Returns `user.tz`: the name of the time zone, such as `Europe/Amsterdam`.
    pub fn time_zone(&self) -> Option<Text<'r>> {
        self.members().text("user.tz")
    }

    /// Returns `user.tz_offset`: the seconds by which the user's time is ahead of UTC.
    pub fn utc_offset(&self) -> Option<i64> {
        let offset = self.members().find("user.tz_offset")?;
        offset.as_i64()
    }

    /// Returns `user.is_bot`.
    pub fn is_bot(&self) -> Option<bool> {
        self.members().bool("user.is_bot")
    }

    /// Returns `user.deleted`: whether the user was deactivated.
    pub fn is_deactivated(&self) -> Option<bool> {
        self.members().bool("user.deleted")
    }
}
