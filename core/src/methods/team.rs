//! `team.info`: the workspace.

use crate::json::Text;
use crate::web_api::paths::CALL;
use crate::web_api::{Accepted, Arguments, Method, MethodInfo, Rate, Repetition};

crate::paths! {
    /// The members of the response to `team.info`, for [`Team`].
    pub const TEAM extends CALL {
        const ID = Whole "team.id";
        const NAME = Brief "team.name";
        const DOMAIN = Brief "team.domain";
        const EMAIL_DOMAIN = Brief "team.email_domain";
        const ENTERPRISE_ID = Whole "team.enterprise_id";
        const ENTERPRISE_NAME = Brief "team.enterprise_name";
    }
}

/// `team.info`: returns the workspace of the token. Needs the scope `team:read`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TeamInfo;

impl Method for TeamInfo {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("team.info")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, _: &mut Arguments<'_>) {}
}

/// The response to [`TeamInfo`]. It needs the members in [`TEAM`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Team<'r>(Accepted<'r>);

impl<'r> Team<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `team.id`.
    pub fn id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("team.id")
    }

    /// Returns `team.name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.0.members().text("team.name")
    }

    /// Returns `team.domain`: the first label of the workspace's host.
    pub fn domain(&self) -> Option<Text<'r>> {
        self.0.members().text("team.domain")
    }

    /// Returns `team.email_domain`.
    pub fn email_domain(&self) -> Option<Text<'r>> {
        self.0.members().text("team.email_domain")
    }

    /// Returns `team.enterprise_id`, if the workspace belongs to an organization.
    pub fn enterprise_id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("team.enterprise_id")
    }

    /// Returns `team.enterprise_name`.
    pub fn enterprise_name(&self) -> Option<Text<'r>> {
        self.0.members().text("team.enterprise_name")
    }
}
