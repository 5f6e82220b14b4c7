//! `users.*`: users, their profiles and their presence.

use super::paging::{Paging, page_setters};
use crate::json::{Members, Text, Writer};
use crate::web_api::paths::{CALL, PAGE};
use crate::web_api::{
    Accepted, ArgumentError, ArgumentPart, Arguments, Element, Method, MethodInfo, Rate, Repetition,
};

crate::paths! {
    /// The members of the responses to `users.info` and `users.lookupByEmail`, for [`UserProfile`].
    pub const USER extends CALL {
        const USER_OBJECT = Whole "user";
        const ID = Whole "user.id";
        const NAME = Brief "user.name";
        const REAL_NAME = Brief "user.real_name";
        const DISPLAY_NAME = Brief "user.profile.display_name";
        const TZ = Brief "user.tz";
        const TZ_OFFSET = Whole "user.tz_offset";
        const IS_BOT = Whole "user.is_bot";
        const DELETED = Whole "user.deleted";
        const TEAM_ID = Whole "user.team_id";
        const LOCALE = Whole "user.locale";
        const STATUS_TEXT = Brief "user.profile.status_text";
        const STATUS_EMOJI = Brief "user.profile.status_emoji";
        const EMAIL = Brief "user.profile.email";
    }
}

crate::paths! {
    /// The members of the response to `users.list`, each element for a [`UserProfile`].
    pub const USERS extends PAGE {
        const MEMBERS = Element "members[]";
        const MEMBERS_ID = Whole "members[].id";
        const MEMBERS_NAME = Brief "members[].name";
        const MEMBERS_REAL_NAME = Brief "members[].real_name";
        const MEMBERS_DISPLAY_NAME = Brief "members[].profile.display_name";
        const MEMBERS_TZ = Brief "members[].tz";
        const MEMBERS_TZ_OFFSET = Whole "members[].tz_offset";
        const MEMBERS_IS_BOT = Whole "members[].is_bot";
        const MEMBERS_DELETED = Whole "members[].deleted";
        const MEMBERS_TEAM_ID = Whole "members[].team_id";
        const MEMBERS_LOCALE = Whole "members[].locale";
        const MEMBERS_STATUS_TEXT = Brief "members[].profile.status_text";
        const MEMBERS_STATUS_EMOJI = Brief "members[].profile.status_emoji";
        const MEMBERS_EMAIL = Brief "members[].profile.email";
    }
}

crate::paths! {
    /// The members of the response to `users.getPresence`, for [`UserPresence`].
    pub const PRESENCE extends CALL {
        const PRESENCE_TEXT = Whole "presence";
        const ONLINE = Whole "online";
        const AUTO_AWAY = Whole "auto_away";
        const MANUAL_AWAY = Whole "manual_away";
        const CONNECTION_COUNT = Whole "connection_count";
        const LAST_ACTIVITY = Whole "last_activity";
    }
}

crate::paths! {
    /// The members of the response to `users.profile.set`, for [`ProfileStatus`].
    pub const STATUS extends CALL {
        const NEW_STATUS_TEXT = Brief "profile.status_text";
        const NEW_STATUS_EMOJI = Brief "profile.status_emoji";
        const NEW_STATUS_EXPIRATION = Whole "profile.status_expiration";
    }
}

/// `users.info`: returns a user. Needs the scope `users:read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct UserInfo<'a> {
    user: &'a str,
    with_locale: bool,
}

impl<'a> UserInfo<'a> {
    /// Returns the user with this id.
    pub const fn new(user: &'a str) -> Self {
        Self {
            user,
            with_locale: false,
        }
    }

    /// Requests the locale (`include_locale`).
    pub const fn with_locale(mut self) -> Self {
        self.with_locale = true;
        self
    }
}

impl Method for UserInfo<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("users.info")
            .rate(Rate::TIER_4)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("user", self.user);
        if self.with_locale {
            arguments.bool("include_locale", true);
        }
    }
}

/// `users.lookupByEmail`: returns the user with an address. Needs the scope `users:read.email`.
///
/// The response has the members in [`USER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct LookUpByEmail<'a> {
    email: &'a str,
}

impl<'a> LookUpByEmail<'a> {
    /// Returns the user with this address.
    pub const fn new(email: &'a str) -> Self {
        Self { email }
    }
}

impl Method for LookUpByEmail<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("users.lookupByEmail")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("email", self.email);
    }
}

/// `users.list`: returns the users of the workspace, in pages. Needs the scope `users:read`.
///
/// Each user is an [`Element`], for a [`UserProfile`]. A user takes 1 kB to 1.5 kB of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct ListUsers<'a> {
    with_locale: bool,
    team_id: Option<&'a str>,
    paging: Paging<'a>,
}

impl<'a> ListUsers<'a> {
    /// Returns the users, also those that were deactivated. A page has 200 at most unless
    /// [`limit`](Self::limit) sets it: Slack refuses to return a large workspace in one page.
    pub const fn new() -> Self {
        Self {
            with_locale: false,
            team_id: None,
            paging: Paging {
                limit: Some(200),
                cursor: None,
            },
        }
    }

    /// Requests the locale of each user (`include_locale`).
    pub const fn with_locale(mut self) -> Self {
        self.with_locale = true;
        self
    }

    /// Sets the workspace, which an org-wide token needs.
    pub const fn team(mut self, team_id: &'a str) -> Self {
        self.team_id = Some(team_id);
        self
    }

    page_setters!();
}

impl Default for ListUsers<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Method for ListUsers<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("users.list")
            .rate(Rate::TIER_2)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        self.paging.write(arguments);
        if self.with_locale {
            arguments.bool("include_locale", true);
        }
        arguments.optional("team_id", self.team_id);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.paging.check()
    }
}

/// `users.setPresence`: sets whether the token's user is away. Needs the scope `users:write`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct SetPresence {
    is_away: bool,
}

impl SetPresence {
    /// Shows the user as away.
    pub const fn away() -> Self {
        Self { is_away: true }
    }

    /// Shows the user as active while connected (`auto`).
    pub const fn auto() -> Self {
        Self { is_away: false }
    }
}

impl Method for SetPresence {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("users.setPresence")
            .rate(Rate::TIER_2)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("presence", if self.is_away { "away" } else { "auto" });
    }
}

/// `users.getPresence`: returns whether a user is active. Needs the scope `users:read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct GetPresence<'a> {
    user: Option<&'a str>,
}

impl<'a> GetPresence<'a> {
    /// Returns the presence of the user with this id.
    pub const fn of(user: &'a str) -> Self {
        Self { user: Some(user) }
    }

    /// Returns the presence of the token's user, with the details that only this user can see.
    pub const fn own() -> Self {
        Self { user: None }
    }
}

impl Method for GetPresence<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("users.getPresence")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.optional("user", self.user);
    }
}

/// A status: text, emoji, and the time of its end in seconds since 1970, or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Status<'a> {
    text: &'a str,
    emoji: &'a str,
    expiration: u64,
}

/// `users.profile.set`: sets the status, or other fields of the profile, of the token's user.
///
/// It needs the token of a user, not of a bot, with the scope `users.profile:write`. Slack accepts
/// ten calls a minute for one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct SetProfile<'a> {
    status: Option<Status<'a>>,
    fields: &'a [(&'a str, &'a str)],
}

impl<'a> SetProfile<'a> {
    /// Sets the status: a text of up to 100 characters, and an emoji with colons, such as `:bell:`.
    pub const fn status(text: &'a str, emoji: &'a str) -> Self {
        Self {
            status: Some(Status {
                text,
                emoji,
                expiration: 0,
            }),
            fields: &[],
        }
    }

    /// Removes the status.
    pub const fn clear_status() -> Self {
        Self::status("", "")
    }

    /// Sets other fields, by name and value: 1 to 50.
    pub const fn fields(fields: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            status: None,
            fields,
        }
    }

    /// Removes the status at this time, in seconds since 1970 (`status_expiration`). Of no effect
    /// without a status.
    pub const fn until(mut self, unix_seconds: u64) -> Self {
        if let Some(status) = &mut self.status {
            status.expiration = unix_seconds;
        }
        self
    }

    fn write_profile(&self, json: &mut Writer<'_>) {
        json.begin_object();
        if let Some(status) = self.status {
            json.name("status_text").text(status.text);
            json.name("status_emoji").text(status.emoji);
            json.name("status_expiration").u64(status.expiration);
        }
        for (name, value) in self.fields {
            json.name(name).text(value);
        }
        json.end_object();
    }
}

impl Method for SetProfile<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("users.profile.set")
            .rate(Rate::PROFILE)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.json("profile", |json| self.write_profile(json));
    }

    fn check(&self) -> Result<(), ArgumentError> {
        match self.status {
            Some(status) => ArgumentPart::StatusText.check_text(status.text),
            None => ArgumentPart::ProfileFields.check(self.fields.len()),
        }
    }
}

/// A user: the response to [`UserInfo`] or [`LookUpByEmail`], or an element of the response to
/// [`ListUsers`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UserProfile<'r>(Members<'r>);

impl<'r> UserProfile<'r> {
    /// Creates a view of this response. It needs the members in [`USER`].
    pub fn new(response: Accepted<'r>) -> Self {
        Self(response.members().of_object("user"))
    }

    /// Creates a view of this element. It needs the members in [`USERS`].
    pub const fn of(element: Element<'r>) -> Self {
        Self(element.members())
    }

    /// Returns `id`.
    pub fn id(&self) -> Option<&'r str> {
        self.0.text_or_number("id")
    }

    /// Returns the name that the user chose to be shown by: `profile.display_name`, else
    /// `real_name`, else `name`. An empty name is ignored.
    pub fn display_name(&self) -> Option<Text<'r>> {
        let names = ["profile.display_name", "real_name", "name"];
        let mut names = names.into_iter().filter_map(|name| self.0.text(name));
        names.find(|name| !name.as_str().is_empty())
    }

    /// Returns `tz`: the name of the time zone, such as `Europe/Amsterdam`.
    pub fn time_zone(&self) -> Option<Text<'r>> {
        self.0.text("tz")
    }

    /// Returns `tz_offset`: the seconds by which the user's time is ahead of UTC.
    pub fn utc_offset(&self) -> Option<i64> {
        let offset = self.0.find("tz_offset")?;
        offset.as_i64()
    }

    /// Returns `is_bot`.
    pub fn is_bot(&self) -> Option<bool> {
        self.0.bool("is_bot")
    }

    /// Returns `deleted`: whether the user was deactivated.
    pub fn is_deactivated(&self) -> Option<bool> {
        self.0.bool("deleted")
    }

    /// Returns `team_id`: the user's workspace.
    pub fn team_id(&self) -> Option<&'r str> {
        self.0.text_or_number("team_id")
    }

    /// Returns `locale`, such as `en-US`; needs [`with_locale`](UserInfo::with_locale).
    pub fn locale(&self) -> Option<&'r str> {
        self.0.text_or_number("locale")
    }

    /// Returns `profile.status_text`.
    pub fn status_text(&self) -> Option<Text<'r>> {
        self.0.text("profile.status_text")
    }

    /// Returns `profile.status_emoji`, with colons.
    pub fn status_emoji(&self) -> Option<Text<'r>> {
        self.0.text("profile.status_emoji")
    }

    /// Returns `profile.email`, which needs the scope `users:read.email`.
    pub fn email(&self) -> Option<Text<'r>> {
        self.0.text("profile.email")
    }
}

/// The response to [`GetPresence`]. It needs the members in [`PRESENCE`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UserPresence<'r>(Accepted<'r>);

impl<'r> UserPresence<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns whether `presence` is `active`, and not `away`.
    pub fn is_active(&self) -> Option<bool> {
        let presence = self.0.members().text_or_number("presence")?;
        Some(presence == "active")
    }

    /// Returns `online`: whether the token's user has a connection to Slack. Only of
    /// [`GetPresence::own`].
    pub fn is_online(&self) -> Option<bool> {
        self.0.members().bool("online")
    }

    /// Returns `auto_away`: whether the user is away because of inactivity. Only of
    /// [`GetPresence::own`].
    pub fn is_auto_away(&self) -> Option<bool> {
        self.0.members().bool("auto_away")
    }

    /// Returns `manual_away`: whether the user was set away. Only of [`GetPresence::own`].
    pub fn is_manual_away(&self) -> Option<bool> {
        self.0.members().bool("manual_away")
    }

    /// Returns `connection_count`: the number of connections. Only of [`GetPresence::own`].
    pub fn connection_count(&self) -> Option<u64> {
        self.0.members().number("connection_count")
    }

    /// Returns `last_activity`, in seconds since 1970. Only of [`GetPresence::own`].
    pub fn last_activity(&self) -> Option<u64> {
        self.0.members().number("last_activity")
    }
}

/// The status in the response to [`SetProfile`]. It needs the members in [`STATUS`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ProfileStatus<'r>(Accepted<'r>);

impl<'r> ProfileStatus<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `profile.status_text`.
    pub fn text(&self) -> Option<Text<'r>> {
        self.0.members().text("profile.status_text")
    }

    /// Returns `profile.status_emoji`, with colons.
    pub fn emoji(&self) -> Option<Text<'r>> {
        self.0.members().text("profile.status_emoji")
    }

    /// Returns `profile.status_expiration`: the end of the status in seconds since 1970, or 0.
    pub fn expiration(&self) -> Option<u64> {
        self.0.members().number("profile.status_expiration")
    }
}
