//! `reactions.*`: adding and removing a reaction.

use crate::web_api::{
    ArgumentError, ArgumentPart, Arguments, Method, MethodInfo, Rate, Repetition,
};

/// A reaction to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Reaction<'a> {
    channel: &'a str,
    ts: &'a str,
    name: &'a str,
}

impl Reaction<'_> {
    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        arguments.text("timestamp", self.ts);
        arguments.text("name", self.name);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        ArgumentPart::ReactionName.check_text(self.name)
    }
}

/// `reactions.add`: adds a reaction to a message. Needs the scope `reactions:write`.
///
/// If the reaction is there already, Slack refuses the call with a code that
/// [`is_harmless`](crate::web_api::ErrorCode::is_harmless).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct AddReaction<'a>(Reaction<'a>);

impl<'a> AddReaction<'a> {
    /// Adds the emoji of this name, without colons, to the message with this `ts`.
    pub const fn new(channel: &'a str, ts: &'a str, name: &'a str) -> Self {
        Self(Reaction { channel, ts, name })
    }
}

impl Method for AddReaction<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("reactions.add")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        self.0.write(arguments);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.0.check()
    }
}

/// `reactions.remove`: removes a reaction of the program's own. Needs the scope `reactions:write`.
///
/// If there is no such reaction, Slack refuses the call with a code that
/// [`is_harmless`](crate::web_api::ErrorCode::is_harmless).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct RemoveReaction<'a>(Reaction<'a>);

impl<'a> RemoveReaction<'a> {
    /// Removes the emoji of this name, without colons, from the message with this `ts`.
    pub const fn new(channel: &'a str, ts: &'a str, name: &'a str) -> Self {
        Self(Reaction { channel, ts, name })
    }
}

impl Method for RemoveReaction<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("reactions.remove")
            .rate(Rate::TIER_2)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        self.0.write(arguments);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.0.check()
    }
}
