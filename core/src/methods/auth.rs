//! `auth.test`: the owner of the token.

use crate::event::Identity;
use crate::json::Text;
use crate::web_api::paths::IDENTITY;
use crate::web_api::{Accepted, Arguments, Method, MethodInfo, Rate, Repetition};

crate::paths! {
    /// The members of the response to `auth.test`, for [`TokenOwner`].
    pub const TOKEN_OWNER extends IDENTITY {
        const TEAM_ID = Whole "team_id";
        const TEAM = Brief "team";
        const USER = Brief "user";
    }
}

/// `auth.test`: returns the user, the bot and the workspace of the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AuthTest;

impl Method for AuthTest {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("auth.test")
            .rate(Rate::TIER_4)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, _: &mut Arguments<'_>) {}
}

/// The response to [`AuthTest`]. It needs the members in [`TOKEN_OWNER`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TokenOwner<'r>(Accepted<'r>);

impl<'r> TokenOwner<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `user_id`, `bot_id` and `app_id`, for
    /// [`Client::set_identity`](crate::Client::set_identity).
    pub fn identity(&self) -> Identity {
        Identity::from_response(&self.0)
    }

    /// Returns `team_id`: the workspace.
    pub fn team_id(&self) -> Option<&'r str> {
        self.0.members().text_or_number("team_id")
    }

    /// Returns `team`: the name of the workspace.
    pub fn team_name(&self) -> Option<Text<'r>> {
        self.0.members().text("team")
    }

    /// Returns `user`: the name of the user or bot user.
    pub fn user_name(&self) -> Option<Text<'r>> {
        self.0.members().text("user")
    }
}
