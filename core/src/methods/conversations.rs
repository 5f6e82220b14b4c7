//! `conversations.*`: channels and direct messages, their members and their messages.

use super::paging::{Paging, page_setters};
use super::separated::separated;
use crate::json::{Members, Text};
use crate::web_api::paths::{CALL, PAGE};
use crate::web_api::{
    Accepted, ArgumentError, ArgumentPart, Arguments, Element, Method, MethodInfo, Rate, Repetition,
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
        separated(arguments, "users", self.users.iter().copied());
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

crate::paths! {
    /// The members of the response to `conversations.list`, each element for a [`Conversation`].
    pub const CONVERSATIONS extends PAGE {
        const CHANNELS = Element "channels[]";
        const CHANNELS_ID = Whole "channels[].id";
        const CHANNELS_NAME = Brief "channels[].name";
        const CHANNELS_IS_IM = Whole "channels[].is_im";
        const CHANNELS_IS_MPIM = Whole "channels[].is_mpim";
        const CHANNELS_IS_PRIVATE = Whole "channels[].is_private";
        const CHANNELS_IS_ARCHIVED = Whole "channels[].is_archived";
        const CHANNELS_IS_MEMBER = Whole "channels[].is_member";
        const CHANNELS_NUM_MEMBERS = Whole "channels[].num_members";
        const CHANNELS_USER = Whole "channels[].user";
        const CHANNELS_TOPIC = Brief "channels[].topic.value";
        const CHANNELS_PURPOSE = Brief "channels[].purpose.value";
    }
}

crate::paths! {
    /// The members of the responses to `conversations.info` and `conversations.join`, for
    /// [`Conversation`].
    pub const CONVERSATION extends CALL {
        const CHANNEL = Whole "channel";
        const ID = Whole "channel.id";
        const NAME = Brief "channel.name";
        const IS_IM = Whole "channel.is_im";
        const IS_MPIM = Whole "channel.is_mpim";
        const IS_PRIVATE = Whole "channel.is_private";
        const IS_ARCHIVED = Whole "channel.is_archived";
        const IS_MEMBER = Whole "channel.is_member";
        const NUM_MEMBERS = Whole "channel.num_members";
        const USER = Whole "channel.user";
        const LOCALE = Whole "channel.locale";
        const TOPIC = Brief "channel.topic.value";
        const PURPOSE = Brief "channel.purpose.value";
    }
}

crate::paths! {
    /// The members of the responses to `conversations.history` and `conversations.replies`, for
    /// [`HistoryPage`], and each element for a [`HistoryMessage`].
    pub const HISTORY extends PAGE {
        const HAS_MORE = Whole "has_more";
        const PIN_COUNT = Whole "pin_count";
        const MESSAGES = Element "messages[]";
        const MESSAGE_TS = Whole "messages[].ts";
        const MESSAGE_SUBTYPE = Whole "messages[].subtype";
        const MESSAGE_USER = Whole "messages[].user";
        const MESSAGE_BOT_ID = Whole "messages[].bot_id";
        const MESSAGE_APP_ID = Whole "messages[].app_id";
        const MESSAGE_THREAD_TS = Whole "messages[].thread_ts";
        const MESSAGE_REPLY_COUNT = Whole "messages[].reply_count";
        const MESSAGE_LATEST_REPLY = Whole "messages[].latest_reply";
        const MESSAGE_EDITED_TS = Whole "messages[].edited.ts";
        const MESSAGE_TEXT = Cut "messages[].text";
    }
}

crate::paths! {
    /// The members of the response to `conversations.members`: each element is the id of a user,
    /// which [`Element::text_or_number`] returns.
    pub const MEMBERS extends PAGE {
        const MEMBER = Element "members[]";
    }
}

crate::paths! {
    /// The members of the response to `conversations.leave`, for [`LeftConversation`].
    pub const LEFT extends CALL {
        const NOT_IN_CHANNEL = Whole "not_in_channel";
    }
}

/// A kind of conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ConversationKind {
    /// A public channel. Needs the scope `channels:read`.
    PublicChannel,
    /// A private channel. Needs the scope `groups:read`.
    PrivateChannel,
    /// A direct message of several people. Needs the scope `mpim:read`.
    Mpim,
    /// A direct message. Needs the scope `im:read`.
    Im,
}

impl ConversationKind {
    /// Returns the text of the kind in the argument `types`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublicChannel => "public_channel",
            Self::PrivateChannel => "private_channel",
            Self::Mpim => "mpim",
            Self::Im => "im",
        }
    }
}

/// `conversations.list`: returns the conversations of the workspace, in pages.
///
/// Each conversation is an [`Element`], for a [`Conversation`]. Slack has no look-up by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct ListConversations<'a> {
    kinds: &'a [ConversationKind],
    excludes_archived: bool,
    team_id: Option<&'a str>,
    paging: Paging<'a>,
}

impl<'a> ListConversations<'a> {
    /// Returns the public channels. A page has 100 at most unless [`limit`](Self::limit) sets it.
    pub const fn new() -> Self {
        Self {
            kinds: &[],
            excludes_archived: false,
            team_id: None,
            paging: Paging::FIRST,
        }
    }

    /// Returns the conversations of these kinds.
    pub const fn kinds(mut self, kinds: &'a [ConversationKind]) -> Self {
        self.kinds = kinds;
        self
    }

    /// Returns no archived channels.
    pub const fn exclude_archived(mut self) -> Self {
        self.excludes_archived = true;
        self
    }

    /// Sets the workspace, which an org-wide token needs.
    pub const fn team(mut self, team_id: &'a str) -> Self {
        self.team_id = Some(team_id);
        self
    }

    page_setters!();
}

impl Default for ListConversations<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Method for ListConversations<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("conversations.list")
            .rate(Rate::TIER_2)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        if !self.kinds.is_empty() {
            separated(
                arguments,
                "types",
                self.kinds.iter().map(|kind| kind.as_str()),
            );
        }
        if self.excludes_archived {
            arguments.bool("exclude_archived", true);
        }
        self.paging.write(arguments);
        arguments.optional("team_id", self.team_id);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.paging.check()
    }
}

/// `conversations.info`: returns a conversation. Needs the scope of its [`ConversationKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct ConversationInfo<'a> {
    channel: &'a str,
    with_num_members: bool,
    with_locale: bool,
}

impl<'a> ConversationInfo<'a> {
    /// Returns the conversation with this id.
    pub const fn new(channel: &'a str) -> Self {
        Self {
            channel,
            with_num_members: false,
            with_locale: false,
        }
    }

    /// Requests the number of members (`include_num_members`).
    pub const fn with_num_members(mut self) -> Self {
        self.with_num_members = true;
        self
    }

    /// Requests the locale (`include_locale`).
    pub const fn with_locale(mut self) -> Self {
        self.with_locale = true;
        self
    }
}

impl Method for ConversationInfo<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("conversations.info")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        if self.with_num_members {
            arguments.bool("include_num_members", true);
        }
        if self.with_locale {
            arguments.bool("include_locale", true);
        }
    }
}

/// The range of messages that a call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Span<'a> {
    oldest: Option<&'a str>,
    latest: Option<&'a str>,
    inclusive: bool,
}

impl Span<'_> {
    const ALL: Self = Self {
        oldest: None,
        latest: None,
        inclusive: false,
    };

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.optional("oldest", self.oldest);
        arguments.optional("latest", self.latest);
        if self.inclusive {
            arguments.bool("inclusive", true);
        }
    }
}

/// Methods of a type with a member `span`.
macro_rules! span_setters {
    () => {
        /// Returns only messages after this `ts`.
        pub const fn oldest(mut self, ts: &'a str) -> Self {
            self.span.oldest = Some(ts);
            self
        }

        /// Returns only messages before this `ts`.
        pub const fn latest(mut self, ts: &'a str) -> Self {
            self.span.latest = Some(ts);
            self
        }

        /// Returns the messages with the `ts` of [`oldest`](Self::oldest) and
        /// [`latest`](Self::latest) too.
        pub const fn inclusive(mut self) -> Self {
            self.span.inclusive = true;
            self
        }
    };
}

/// `conversations.history`: returns the messages of a conversation in pages, the newest first.
///
/// Replies in threads are not among them: [`ConversationReplies`] returns those. Each message is an
/// [`Element`], for a [`HistoryMessage`]. Needs the scope `channels:history`, or `groups:history`,
/// `im:history`, `mpim:history`.
///
/// An app that is distributed commercially outside of Slack's Marketplace may call it once a minute,
/// for 15 messages at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct ConversationHistory<'a> {
    channel: &'a str,
    span: Span<'a>,
    with_metadata: bool,
    paging: Paging<'a>,
}

impl<'a> ConversationHistory<'a> {
    /// Returns the messages of the conversation with this id. A page has 100 at most unless
    /// [`limit`](Self::limit) sets it.
    pub const fn new(channel: &'a str) -> Self {
        Self {
            channel,
            span: Span::ALL,
            with_metadata: false,
            paging: Paging::FIRST,
        }
    }

    /// Requests the metadata of each message (`include_all_metadata`), for a table of paths that
    /// has `messages[].metadata`.
    pub const fn with_metadata(mut self) -> Self {
        self.with_metadata = true;
        self
    }

    span_setters!();
    page_setters!();
}

impl Method for ConversationHistory<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("conversations.history")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        self.span.write(arguments);
        if self.with_metadata {
            arguments.bool("include_all_metadata", true);
        }
        self.paging.write(arguments);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.paging.check()
    }
}

/// `conversations.replies`: returns the messages of a thread in pages, the first message first.
///
/// Each message is an [`Element`], for a [`HistoryMessage`]. Needs the same scope as
/// [`ConversationHistory`], with the same limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct ConversationReplies<'a> {
    channel: &'a str,
    ts: &'a str,
    span: Span<'a>,
    paging: Paging<'a>,
}

impl<'a> ConversationReplies<'a> {
    /// Returns the thread that the message with this `ts` begins, or is a reply in.
    pub const fn new(channel: &'a str, ts: &'a str) -> Self {
        Self {
            channel,
            ts,
            span: Span::ALL,
            paging: Paging::FIRST,
        }
    }

    span_setters!();
    page_setters!();
}

impl Method for ConversationReplies<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("conversations.replies")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        arguments.text("ts", self.ts);
        self.span.write(arguments);
        self.paging.write(arguments);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.paging.check()
    }
}

/// `conversations.members`: returns the ids of the members of a conversation, in pages.
///
/// Each id is an [`Element`], see [`MEMBERS`]. Needs the scope of its [`ConversationKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct ConversationMembers<'a> {
    channel: &'a str,
    paging: Paging<'a>,
}

impl<'a> ConversationMembers<'a> {
    /// Returns the members of the conversation with this id. A page has 100 at most unless
    /// [`limit`](Self::limit) sets it.
    pub const fn new(channel: &'a str) -> Self {
        Self {
            channel,
            paging: Paging::FIRST,
        }
    }

    page_setters!();
}

impl Method for ConversationMembers<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("conversations.members")
            .rate(Rate::TIER_4)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
        self.paging.write(arguments);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.paging.check()
    }
}

/// `conversations.join`: joins a public channel. Needs the scope `channels:join`.
///
/// The response has the members in [`CONVERSATION`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct JoinConversation<'a> {
    channel: &'a str,
}

impl<'a> JoinConversation<'a> {
    /// Joins the channel with this id.
    pub const fn new(channel: &'a str) -> Self {
        Self { channel }
    }
}

impl Method for JoinConversation<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("conversations.join")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
    }
}

/// `conversations.leave`: leaves a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct LeaveConversation<'a> {
    channel: &'a str,
}

impl<'a> LeaveConversation<'a> {
    /// Leaves the conversation with this id.
    pub const fn new(channel: &'a str) -> Self {
        Self { channel }
    }
}

impl Method for LeaveConversation<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("conversations.leave")
            .rate(Rate::TIER_3)
            .repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("channel", self.channel);
    }
}

/// A channel or a direct message: an element of the response to [`ListConversations`], or the
/// response to [`ConversationInfo`] or [`JoinConversation`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Conversation<'r>(Members<'r>);

impl<'r> Conversation<'r> {
    /// Creates a view of this response. It needs the members in [`CONVERSATION`].
    pub fn new(response: Accepted<'r>) -> Self {
        Self(response.members().of_object("channel"))
    }

    /// Creates a view of this element. It needs the members in [`CONVERSATIONS`].
    pub const fn of(element: Element<'r>) -> Self {
        Self(element.members())
    }

    /// Returns `id`.
    pub fn id(&self) -> Option<&'r str> {
        self.0.text_or_number("id")
    }

    /// Returns `name`, without `#`. A direct message has none.
    pub fn name(&self) -> Option<Text<'r>> {
        self.0.text("name")
    }

    /// Returns the kind, by `is_im`, `is_mpim` and `is_private`.
    pub fn kind(&self) -> ConversationKind {
        let is = |name| self.0.bool(name) == Some(true);
        if is("is_im") {
            ConversationKind::Im
        } else if is("is_mpim") {
            ConversationKind::Mpim
        } else if is("is_private") {
            ConversationKind::PrivateChannel
        } else {
            ConversationKind::PublicChannel
        }
    }

    /// Returns `is_archived`.
    pub fn is_archived(&self) -> Option<bool> {
        self.0.bool("is_archived")
    }

    /// Returns `is_member`: whether the owner of the token is in the channel.
    pub fn is_member(&self) -> Option<bool> {
        self.0.bool("is_member")
    }

    /// Returns `num_members`: the number of members.
    pub fn num_members(&self) -> Option<u64> {
        self.0.number("num_members")
    }

    /// Returns `user`: the other user in a direct message.
    pub fn user(&self) -> Option<&'r str> {
        self.0.text_or_number("user")
    }

    /// Returns `topic.value`.
    pub fn topic(&self) -> Option<Text<'r>> {
        self.0.text("topic.value")
    }

    /// Returns `purpose.value`.
    pub fn purpose(&self) -> Option<Text<'r>> {
        self.0.text("purpose.value")
    }

    /// Returns `locale`; needs [`ConversationInfo::with_locale`].
    pub fn locale(&self) -> Option<&'r str> {
        self.0.text_or_number("locale")
    }
}

/// The end of the response to [`ConversationHistory`] or [`ConversationReplies`], after the
/// messages. It needs the members in [`HISTORY`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HistoryPage<'r>(Accepted<'r>);

impl<'r> HistoryPage<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `has_more`: whether there are further messages.
    pub fn has_more(&self) -> Option<bool> {
        self.0.members().bool("has_more")
    }

    /// Returns `pin_count`: the number of pinned messages in the channel.
    pub fn pin_count(&self) -> Option<u64> {
        self.0.members().number("pin_count")
    }
}

/// A message in the response to [`ConversationHistory`] or [`ConversationReplies`]. It needs the
/// members in [`HISTORY`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HistoryMessage<'r>(Members<'r>);

impl<'r> HistoryMessage<'r> {
    /// Creates a view of this element.
    pub const fn of(element: Element<'r>) -> Self {
        Self(element.members())
    }

    /// Returns `ts`: the id of the message in its channel.
    pub fn ts(&self) -> Option<&'r str> {
        self.0.text_or_number("ts")
    }

    /// Returns `user`: the id of the author. A bot may have none.
    pub fn user(&self) -> Option<&'r str> {
        self.0.text_or_number("user")
    }

    /// Returns `bot_id`: the id of the bot that posted it.
    pub fn bot_id(&self) -> Option<&'r str> {
        self.0.text_or_number("bot_id")
    }

    /// Returns `app_id`: the id of the app that posted it.
    pub fn app_id(&self) -> Option<&'r str> {
        self.0.text_or_number("app_id")
    }

    /// Returns `subtype`, such as `channel_join`. An ordinary message has none.
    pub fn subtype(&self) -> Option<&'r str> {
        self.0.text_or_number("subtype")
    }

    /// Returns `text`, with Slack's markup. It may be cut.
    pub fn text(&self) -> Option<Text<'r>> {
        self.0.text("text")
    }

    /// Returns `thread_ts`: the `ts` of the message that begins the thread.
    pub fn thread_ts(&self) -> Option<&'r str> {
        self.0.text_or_number("thread_ts")
    }

    /// Returns `reply_count`: the number of replies to a message that begins a thread.
    pub fn reply_count(&self) -> Option<u64> {
        self.0.number("reply_count")
    }

    /// Returns `latest_reply`: the `ts` of the last reply.
    pub fn latest_reply(&self) -> Option<&'r str> {
        self.0.text_or_number("latest_reply")
    }

    /// Returns `edited.ts`: the time of the last edit.
    pub fn edited_ts(&self) -> Option<&'r str> {
        self.0.text_or_number("edited.ts")
    }
}

/// The response to [`LeaveConversation`]. It needs the members in [`LEFT`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LeftConversation<'r>(Accepted<'r>);

impl<'r> LeftConversation<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns whether the owner of the token was a member before the call: `not_in_channel` is not
    /// `true`.
    pub fn was_member(&self) -> bool {
        self.0.members().bool("not_in_channel") != Some(true)
    }
}
