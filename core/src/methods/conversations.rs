//! `conversations.*`: opening a direct message.

use crate::web_api::paths::CALL;
use crate::web_api::{
    Accepted, ArgumentError, ArgumentPart, Arguments, Method, MethodInfo, Rate, Repetition,
};

crate::paths! {
    /// The members of the response to `conversations.open`, for [`Opened`].
    pub const OPENED extends CALL {
        const CHANNEL_ID = Whole "channel.id";
    }
}

/// `conversations.open`: opens a direct message, or returns the one that exists. Needs the scope
/// `im:write`, or `mpim:write` for several users.
///
/// A post to one user needs no open conversation:
/// [`PostMessage`](super::chat::PostMessage) accepts the id of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct OpenConversation<'a> {
    users: &'a [&'a str],
}

impl<'a> OpenConversation<'a> {
    /// Opens a conversation with these 1 to 8 users, without the caller.
    pub const fn new(users: &'a [&'a str]) -> Self {
        Self { users }
    }
}

impl Method for OpenConversation<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("conversations.open")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text_from("users", |sink| {
            let mut separator = "";
            for user in self.users {
                sink.put(separator.as_bytes());
                sink.put(user.as_bytes());
                separator = ",";
            }
        });
    }

    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::Users.check(self.users.len())
    }
}

/// The response to [`OpenConversation`]. It needs the members in [`OPENED`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Opened<'r>(Accepted<'r>);

impl<'r> Opened<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `channel.id`: the id of the conversation.
    pub fn channel(&self) -> Option<&'r str> {
        self.0.members().text_or_number("channel.id")
    }
}
