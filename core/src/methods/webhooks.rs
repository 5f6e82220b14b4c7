//! Incoming webhooks, and responses to interactions: requests to a URL of their own.

use super::attached::WithAttachments;
use super::chat::Content;
use crate::blocks::{Attachments, Blocks};
use crate::event::Markup;
use crate::time::Duration;
use crate::web_api::{ArgumentError, Arguments, Method, MethodInfo, Repetition};

/// A message by an incoming webhook: to the one channel that its URL is for.
///
/// The URL is a secret, and the request has no token. It begins with
/// `https://hooks.slack.com/services/`. Slack responds with the text `ok`, or with an error code of
/// [`errors::INCOMING_WEBHOOK`](crate::web_api::errors::INCOMING_WEBHOOK); the response has no
/// members. Slack allows one message a second.
///
/// ```
/// use slack_rtm::methods::webhooks::IncomingWebhook;
/// use slack_rtm::web_api::{Job, paths};
///
/// let ring = IncomingWebhook::new("https://hooks.slack.com/services/T1/B1/x1", "Ding-dong!");
/// let job = Job::new(&ring, &paths::CALL);
/// # let _ = job;
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct IncomingWebhook<'a, T = &'a str> {
    url: &'a str,
    content: Content<'a, T>,
    thread_ts: Option<&'a str>,
}

impl<'a, T: Markup> IncomingWebhook<'a, T> {
    /// Creates a message with a text, by the webhook with this URL.
    pub const fn new(url: &'a str, text: T) -> Self {
        Self {
            url,
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

    /// Makes it a reply in the thread of the message with this `ts`.
    pub const fn in_thread(mut self, thread_ts: &'a str) -> Self {
        self.thread_ts = Some(thread_ts);
        self
    }
}

impl<T: Markup + Sync> Method for IncomingWebhook<'_, T> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::at_url("incoming webhook", self.url)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        self.content.write(arguments);
        arguments.optional("thread_ts", self.thread_ts);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.content.check()
    }
}

/// A message in response to an interaction or a slash command, to the `response_url` that it came
/// with.
///
/// Slack accepts five within 30 minutes, also where the bot is no member of the channel. Only the
/// user sees the message, unless it is [in the channel](Self::in_channel). The request has no token,
/// and the response no members. The URL is a secret.
#[derive(Clone, Copy)]
#[must_use]
pub struct InteractionResponse<'a, T = &'a str> {
    response_url: &'a str,
    content: Content<'a, T>,
    in_channel: bool,
    replaces_original: bool,
    thread_ts: Option<&'a str>,
}

impl InteractionResponse<'_, &str> {
    /// The time in which Slack accepts a response: 30 minutes from the interaction on.
    pub const LIFE: Duration = Duration::from_secs(30 * 60);
}

impl<'a, T: Markup> InteractionResponse<'a, T> {
    /// Creates a message with a text.
    pub const fn new(response_url: &'a str, text: T) -> Self {
        Self {
            response_url,
            content: Content::new(text),
            in_channel: false,
            replaces_original: false,
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

    /// Shows it to all members of the channel (`"response_type":"in_channel"`).
    pub const fn in_channel(mut self) -> Self {
        self.in_channel = true;
        self
    }

    /// Replaces the message that the interaction was with (`replace_original`). Not after a slash
    /// command, which has none.
    pub const fn replace_original(mut self) -> Self {
        self.replaces_original = true;
        self
    }

    /// Makes it a reply in the thread of the message with this `ts`, shown to all members of the
    /// channel.
    pub const fn in_thread(mut self, thread_ts: &'a str) -> Self {
        self.thread_ts = Some(thread_ts);
        self.in_channel = true;
        self
    }
}

impl<T: Markup + Sync> Method for InteractionResponse<'_, T> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::at_url(RESPONSE_URL, self.response_url).repetition(
            match self.replaces_original {
                true => Repetition::Harmless,
                false => Repetition::Unsafe,
            },
        )
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        self.content.write(arguments);
        if self.in_channel {
            arguments.text("response_type", "in_channel");
        }
        if self.replaces_original || self.thread_ts.is_some() {
            arguments.bool("replace_original", self.replaces_original);
        }
        arguments.optional("thread_ts", self.thread_ts);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.content.check()
    }
}

/// Deletes the message that an interaction was with, by the `response_url` of the interaction.
///
/// The URL is a secret.
#[derive(Clone, Copy)]
#[must_use]
pub struct DeleteOriginal<'a> {
    response_url: &'a str,
}

impl<'a> DeleteOriginal<'a> {
    /// Creates the request that deletes the message of the interaction with this URL.
    pub const fn new(response_url: &'a str) -> Self {
        Self { response_url }
    }
}

impl Method for DeleteOriginal<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::at_url(RESPONSE_URL, self.response_url).repetition(Repetition::Harmless)
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.bool("delete_original", true);
    }
}

/// The name of requests to a `response_url`, for people.
const RESPONSE_URL: &str = "response_url";

/// Shows no URL.
macro_rules! debug_without_url {
    ($(<$t:ident>)? $type:ident) => {
        impl$(<$t>)? core::fmt::Debug for $type<'_ $(, $t)?> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }

        #[cfg(feature = "defmt")]
        impl$(<$t>)? defmt::Format for $type<'_ $(, $t)?> {
            fn format(&self, f: defmt::Formatter<'_>) {
                defmt::write!(f, "{=str}", stringify!($type));
            }
        }
    };
}

debug_without_url!(<T> IncomingWebhook);
debug_without_url!(<T> InteractionResponse);
debug_without_url!(DeleteOriginal);
