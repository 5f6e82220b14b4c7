//! `chat.*`: posting, changing and deleting messages, and their URLs.

use super::attached::WithAttachments;
use crate::blocks::{Attachments, Blocks};
use crate::event::{Identity, Markup, Message, characters};
use crate::json::Text;
use crate::web_api::{
    Accepted, ArgumentError, ArgumentPart, Arguments, Method, MethodInfo, Rate, Repetition,
};

crate::paths! {
    /// The members of the responses to `chat.postMessage`, `chat.update` and `chat.postEphemeral`,
    /// for [`Posted`].
    pub const POSTED extends IDENTITY {
        const CHANNEL = Whole "channel";
        const TS = Whole "ts";
        const MESSAGE_TS = Whole "message_ts";
    }
}

use crate::web_api::paths::{CALL, IDENTITY};

/// The response to [`PostMessage`], [`UpdateMessage`] or [`PostEphemeral`].
///
/// It needs the members in [`POSTED`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Posted<'r>(Accepted<'r>);

impl<'r> Posted<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `channel`: the id of the channel. For a message to a user it is that of the direct
    /// message.
    pub fn channel(&self) -> Option<&'r str> {
        self.0.members().text_or_number("channel")
    }

    /// Returns `ts`, or `message_ts` of an ephemeral message: the id of the message in its channel.
    pub fn ts(&self) -> Option<&'r str> {
        let members = self.0.members();
        let ts = members.text_or_number("ts");
        ts.or_else(|| members.text_or_number("message_ts"))
    }

    /// Returns the ids of the author of the message, which are the program's own, for
    /// [`Client::set_identity`](crate::Client::set_identity).
    pub fn identity(&self) -> Identity {
        Identity::from_response(&self.0)
    }

    /// Returns the texts of `response_metadata.messages`: remarks for people.
    pub fn messages(&self) -> impl Iterator<Item = Text<'r>> + use<'r> {
        self.0.messages()
    }
}

/// The contents of a message: a text, blocks, or both. The text of a message with blocks is for
/// notifications.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Content<'a, T> {
    text: Option<T>,
    pub(super) blocks: Option<Blocks<'a>>,
}

impl<T> Content<'_, T> {
    pub(super) const fn new(text: T) -> Self {
        Self {
            text: Some(text),
            blocks: None,
        }
    }
}

impl<T: Markup> Content<'_, T> {
    pub(super) fn write(&self, arguments: &mut Arguments<'_>) {
        if let Some(text) = &self.text {
            arguments.text_from("text", |sink| text.write_markup(sink));
        }
        if let Some(blocks) = &self.blocks {
            arguments.json("blocks", |json| blocks.write(json));
        }
    }

    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        let parts = usize::from(self.text.is_some()) + usize::from(self.blocks.is_some());
        ArgumentPart::Content.check(parts)?;
        if let Some(text) = &self.text {
            ArgumentPart::Text.check(characters(text))?;
        }
        self.blocks.map_or(Ok(()), |blocks| blocks.check())
    }
}

/// `chat.postMessage`: posts a message to a channel, a thread or a user.
///
/// Slack advises texts of at most 4,000 characters, and cuts them after 40,000. Needs the scope
/// `chat:write`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct PostMessage<'a, T = &'a str> {
    channel: &'a str,
    content: Content<'a, T>,
    thread_ts: Option<&'a str>,
    reply_broadcast: bool,
    unfurl_links: Option<bool>,
}

impl<'a, T: Markup> PostMessage<'a, T> {
    /// Posts a text to a channel or, by the id of a user, to that user.
    pub const fn new(channel: &'a str, text: T) -> Self {
        Self {
            channel,
            content: Content::new(text),
            thread_ts: None,
            reply_broadcast: false,
            unfurl_links: None,
        }
    }

    /// Adds blocks, which are shown in place of the text.
    pub const fn blocks(mut self, blocks: Blocks<'a>) -> Self {
        self.content.blocks = Some(blocks);
        self
    }

    /// Adds attachments, which are shown below the text or the blocks. Call it last.
    pub const fn attachments(self, attachments: Attachments<'a>) -> WithAttachments<'a, Self> {
        WithAttachments::new(self, attachments)
    }

    /// Creates a reply in the thread of `message`, see [`Message::thread_root`]. The reply begins the
    /// thread if there is none. `None` if the event does not name channel or timestamp.
    pub fn in_thread_of(message: &Message<'a>, text: T) -> Option<Self> {
        let post = Self::new(message.channel()?, text);
        Some(post.in_thread(message.thread_root()?))
    }

    /// Makes it a reply in the thread of the message with this `ts`.
    pub const fn in_thread(mut self, thread_ts: &'a str) -> Self {
        self.thread_ts = Some(thread_ts);
        self
    }

    /// Shows a reply in the channel too (`reply_broadcast`).
    pub const fn broadcast(mut self) -> Self {
        self.reply_broadcast = true;
        self
    }

    /// Sets whether Slack adds previews of the pages that the text links to.
    pub const fn unfurl_links(mut self, unfurls: bool) -> Self {
        self.unfurl_links = Some(unfurls);
        self
    }
}

impl<T: Markup + Sync> Method for PostMessage<'_, T> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("chat.postMessage")
            .rate(Rate::POST)
            .channel(self.channel)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        self.content.write(arguments);
        arguments.optional("thread_ts", self.thread_ts);
        if self.reply_broadcast {
            arguments.bool("reply_broadcast", true);
        }
        if let Some(unfurls) = self.unfurl_links {
            arguments.bool("unfurl_links", unfurls);
        }
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.content.check()
    }
}

/// `chat.update`: replaces text and blocks of a message of the program's own.
///
/// The second of two equal changes does nothing, so it is repeated if its response was lost.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct UpdateMessage<'a, T = &'a str> {
    channel: &'a str,
    ts: &'a str,
    content: Content<'a, T>,
}

impl<'a, T: Markup> UpdateMessage<'a, T> {
    /// Sets the text of the message with this `ts`. The message loses its blocks unless
    /// [`blocks`](Self::blocks) sets them. `channel` must be an id: for a direct message that of
    /// the conversation, not of the user.
    pub const fn new(channel: &'a str, ts: &'a str, text: T) -> Self {
        Self {
            channel,
            ts,
            content: Content::new(text),
        }
    }

    /// Sets the blocks.
    pub const fn blocks(mut self, blocks: Blocks<'a>) -> Self {
        self.content.blocks = Some(blocks);
        self
    }

    /// Sets the attachments. Without this the message keeps those that it has;
    /// [`Attachments::NONE`] removes them. Call it last.
    pub const fn attachments(self, attachments: Attachments<'a>) -> WithAttachments<'a, Self> {
        WithAttachments::new(self, attachments)
    }
}

impl<T: Markup + Sync> Method for UpdateMessage<'_, T> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("chat.update")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        arguments.text("ts", self.ts);
        self.content.write(arguments);
        if self.content.blocks.is_none() {
            arguments.json("blocks", |json| {
                json.begin_array();
                json.end_array();
            });
        }
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.content.check()
    }
}

/// `chat.delete`: deletes a message of the program's own.
///
/// It is repeated if its response was lost; the second call is refused with `message_not_found` if
/// the first one was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct DeleteMessage<'a> {
    channel: &'a str,
    ts: &'a str,
}

impl<'a> DeleteMessage<'a> {
    /// Deletes the message with this `ts` in the channel with this id.
    pub const fn new(channel: &'a str, ts: &'a str) -> Self {
        Self { channel, ts }
    }
}

impl Method for DeleteMessage<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("chat.delete")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        arguments.text("ts", self.ts);
    }
}

/// `chat.postEphemeral`: shows a message to one user of a channel, until that user reloads.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct PostEphemeral<'a, T = &'a str> {
    channel: &'a str,
    user: &'a str,
    content: Content<'a, T>,
    thread_ts: Option<&'a str>,
}

impl<'a, T: Markup> PostEphemeral<'a, T> {
    /// Shows a text to a user who is a member of the channel.
    pub const fn new(channel: &'a str, user: &'a str, text: T) -> Self {
        Self {
            channel,
            user,
            content: Content::new(text),
            thread_ts: None,
        }
    }

    /// Adds blocks, which are shown in place of the text.
    pub const fn blocks(mut self, blocks: Blocks<'a>) -> Self {
        self.content.blocks = Some(blocks);
        self
    }

    /// Adds attachments, which are shown below the text or the blocks. Call it last.
    pub const fn attachments(self, attachments: Attachments<'a>) -> WithAttachments<'a, Self> {
        WithAttachments::new(self, attachments)
    }

    /// Shows it in the thread of the message with this `ts`.
    pub const fn in_thread(mut self, thread_ts: &'a str) -> Self {
        self.thread_ts = Some(thread_ts);
        self
    }
}

impl<T: Markup + Sync> Method for PostEphemeral<'_, T> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("chat.postEphemeral").rate(Rate::TIER_4)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        arguments.text("user", self.user);
        self.content.write(arguments);
        arguments.optional("thread_ts", self.thread_ts);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.content.check()
    }
}

crate::paths! {
    /// The members of the response to `chat.getPermalink`, for [`Permalink`].
    pub const PERMALINK extends CALL {
        const LINK = Whole "permalink";
    }
}

/// `chat.getPermalink`: returns the URL of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct GetPermalink<'a> {
    channel: &'a str,
    ts: &'a str,
}

impl<'a> GetPermalink<'a> {
    /// Returns the URL of the message with this `ts` in the channel with this id.
    pub const fn new(channel: &'a str, ts: &'a str) -> Self {
        Self { channel, ts }
    }
}

impl Method for GetPermalink<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("chat.getPermalink")
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        arguments.text("message_ts", self.ts);
    }
}

/// The response to [`GetPermalink`]. It needs the members in [`PERMALINK`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Permalink<'r>(Accepted<'r>);

impl<'r> Permalink<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `permalink`: the URL, which only members of the workspace can open.
    pub fn url(&self) -> Option<&'r str> {
        self.0.members().text_or_number("permalink")
    }
}
