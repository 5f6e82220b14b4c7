//! Messages: new, changed and deleted ones.

use core::fmt;

use super::event_type::EventType;
use super::paths;
use super::subtype::Subtype;
use super::text::mentions;
use crate::json::{Members, RawError, Records, Text};

/// `message`: a message was written, changed or deleted, or something happened in a channel that
/// Slack reports as a message.
///
/// If the event contains another message ([`MessageChanged`](Subtype::MessageChanged) and the
/// like), user, text and timestamps are those of that inner message.
#[derive(Clone, Copy)]
pub struct Message<'r> {
    members: Members<'r>,
    own: bool,
    mentions_me: bool,
}

impl<'r> Message<'r> {
    /// Creates a view of the members of a `message`; `me` is the id of the client's own user.
    pub(crate) fn new(members: Members<'r>, me: Option<&str>) -> Self {
        let mut message = Self {
            members,
            own: false,
            mentions_me: false,
        };
        message.own = message.is_replay() || (me.is_some() && message.user() == me);
        let text = body(message.records()).map_or("", Text::as_str);
        message.mentions_me = me.is_some_and(|me| mentions(text, me));
        message
    }

    /// Returns the id of the channel.
    pub fn channel(&self) -> Option<&'r str> {
        self.id(paths::CHANNEL)
            .or_else(|| self.id(paths::CHANNEL_DOT_ID))
    }

    /// Returns the id of the author. A bot may have none, see [`bot_id`](Self::bot_id).
    pub fn user(&self) -> Option<&'r str> {
        self.either(paths::INNER_USER, paths::USER)
    }

    /// Returns the text, in Slack's markup (see [`text`](super::text)). It may be cut. A message of
    /// a bot may consist of attachments alone, and has none.
    pub fn text(&self) -> Option<Text<'r>> {
        body(self.records())
    }

    /// Returns the timestamp, which identifies the message within its channel.
    pub fn ts(&self) -> Option<&'r str> {
        self.id(paths::DELETED_TS)
            .or_else(|| self.either(paths::INNER_TS, paths::TS))
    }

    /// Returns the timestamp of the thread's first message, if the message is in a thread.
    pub fn thread_ts(&self) -> Option<&'r str> {
        self.either(paths::INNER_THREAD_TS, paths::THREAD_TS)
    }

    /// Returns the name of the [`subtype`](Self::subtype). Most messages that people write have
    /// none.
    pub fn subtype_name(&self) -> Option<&'r str> {
        self.id(paths::SUBTYPE)
    }

    /// Returns the id at `inner` if the event contains another message, else the one at `path`.
    fn either(&self, inner: u8, path: u8) -> Option<&'r str> {
        self.id(if has_inner(self.records()) {
            inner
        } else {
            path
        })
    }

    /// Returns the type of the event: always [`EventType::Message`].
    pub const fn event_type(&self) -> EventType {
        EventType::Message
    }

    /// Returns the subtype of the message, if it has one.
    pub fn subtype(&self) -> Option<Subtype<'r>> {
        self.subtype_name().map(Subtype::from_name)
    }

    /// Returns every kept member, by name.
    pub const fn members(&self) -> Members<'r> {
        self.members
    }

    /// Returns the event as the server wrote it, if a copy was requested
    /// ([`Config::raw`](crate::Config::raw)) and fits.
    ///
    /// # Errors
    /// [`RawError`] if there is no copy; it states the reason.
    pub fn raw(&self) -> Result<&'r str, RawError> {
        self.members().raw()
    }

    /// Whether the client's own user wrote the message: the author is that user, or the message is
    /// a [replay](Self::is_replay). A bot that replies to such a message replies to itself.
    pub const fn is_own(&self) -> bool {
        self.own
    }

    /// Whether the text, as far as it was kept, mentions the client's own user: whether
    /// [`mentions`] finds it.
    pub const fn mentions_me(&self) -> bool {
        self.mentions_me
    }

    /// Whether the server replays a message that another connection of the same user sent: an
    /// earlier one, another program, or the web client. Its `reply_to` belongs to that connection
    /// and acknowledges nothing.
    pub fn is_replay(&self) -> bool {
        self.records().number(paths::REPLY_TO).is_some()
    }

    /// Returns `bot_id`: the bot that wrote the message.
    pub fn bot_id(&self) -> Option<&'r str> {
        self.id(paths::INNER_BOT_ID)
            .or_else(|| self.id(paths::BOT_ID))
    }

    /// Returns `username`: the name that a bot chose for itself.
    pub fn username(&self) -> Option<Text<'r>> {
        self.members().text("username")
    }

    /// Whether clients do not show the event as a separate message (`hidden`).
    pub fn is_hidden(&self) -> bool {
        self.records().bool(paths::HIDDEN) == Some(true)
    }

    /// Returns `edited`: the author and the timestamp of the last change, as far as Slack sent
    /// them.
    pub fn edited(&self) -> Option<Edited<'r>> {
        let of = |user, ts| {
            let (user, ts) = (self.named(user), self.named(ts));
            (user.is_some() || ts.is_some()).then_some(Edited { user, ts })
        };
        of("message.edited.user", "message.edited.ts").or_else(|| of("edited.user", "edited.ts"))
    }

    /// Returns `previous_message.text`: the text before a change or deletion.
    pub fn previous_text(&self) -> Option<Text<'r>> {
        self.members().text("previous_message.text")
    }

    /// Returns `event_ts`, else the event's own `ts`: when the event happened.
    pub fn event_ts(&self) -> Option<&'r str> {
        self.id(paths::EVENT_TS).or_else(|| self.id(paths::TS))
    }

    fn records(&self) -> Records<'r> {
        self.members.records()
    }

    fn named(&self, name: &str) -> Option<&'r str> {
        self.members.text(name).map(Text::as_str)
    }

    fn id(&self, path: u8) -> Option<&'r str> {
        self.records().text(path).map(Text::as_str)
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("channel", &self.channel())
            .field("user", &self.user())
            .field("text", &self.text())
            .field("ts", &self.ts())
            .field("thread_ts", &self.thread_ts())
            .field("subtype", &self.subtype_name())
            .finish_non_exhaustive()
    }
}

/// Returns the text of the message: of the inner one, if there is one.
pub(crate) fn body(records: Records<'_>) -> Option<Text<'_>> {
    records.text(if has_inner(records) {
        paths::INNER_TEXT
    } else {
        paths::TEXT
    })
}

/// Whether the event contains another message, as the object `message`.
fn has_inner(records: Records<'_>) -> bool {
    records.text(paths::INNER_TS).is_some()
}

/// The last change of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Edited<'r> {
    user: Option<&'r str>,
    ts: Option<&'r str>,
}

impl<'r> Edited<'r> {
    /// Returns the id of the user that changed it.
    pub const fn user(&self) -> Option<&'r str> {
        self.user
    }

    /// Returns the timestamp of the change.
    pub const fn ts(&self) -> Option<&'r str> {
        self.ts
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Message<'_>);
