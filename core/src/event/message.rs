//! Messages: new ones, and what became of older ones.

use core::fmt;

use super::event_type::EventType;
use super::paths;
use crate::json::{Members, RawError, Records, Text};

/// `message`: somebody wrote, changed or deleted a message, or something happened in a channel
/// that is told as one.
///
/// Where the event tells of another message ([`MessageChanged`](Subtype::MessageChanged) and
/// the like), user, text and timestamps are those of that message.
#[derive(Clone, Copy)]
pub struct Message<'r> {
    members: Members<'r>,
    own: bool,
    mentions_me: bool,
}

impl<'r> Message<'r> {
    /// Members of a `message`; `me` is one's own user id.
    pub(crate) fn new(members: Members<'r>, me: Option<&str>) -> Self {
        let mut message = Self {
            members,
            own: false,
            mentions_me: false,
        };
        message.own = message.is_replay() || (me.is_some() && message.user() == me);
        message.mentions_me = me.is_some_and(|me| mentions(message.text().as_str(), me));
        message
    }

    /// The id of the channel; empty if the server told none.
    pub fn channel(&self) -> &'r str {
        self.id(paths::CHANNEL)
            .or_else(|| self.id(paths::CHANNEL_DOT_ID))
            .unwrap_or_default()
    }

    /// The id of the author; bots may have none, see [`bot_id`](Self::bot_id).
    pub fn user(&self) -> Option<&'r str> {
        self.either(paths::INNER_USER, paths::USER)
    }

    /// The text, in Slack's markup; it may be cut.
    pub fn text(&self) -> Text<'r> {
        body(self.records())
    }

    /// The timestamp, which names the message within its channel; empty if the server told none.
    pub fn ts(&self) -> &'r str {
        self.id(paths::DELETED_TS)
            .or_else(|| self.either(paths::INNER_TS, paths::TS))
            .unwrap_or_default()
    }

    /// The timestamp of the thread's first message, if it is in a thread.
    pub fn thread_ts(&self) -> Option<&'r str> {
        self.either(paths::INNER_THREAD_TS, paths::THREAD_TS)
    }

    /// The name of the [`subtype`](Self::subtype); most messages that people write have none.
    pub fn subtype_name(&self) -> Option<&'r str> {
        self.id(paths::SUBTYPE)
    }

    /// The id at `inner` where the event tells of another message, else at `path`.
    fn either(&self, inner: u8, path: u8) -> Option<&'r str> {
        self.id(if tells_of_another(self.records()) {
            inner
        } else {
            path
        })
    }

    /// `message`.
    pub const fn kind(&self) -> EventType {
        EventType::Message
    }

    /// What kind of message it is.
    pub fn subtype(&self) -> Option<Subtype<'r>> {
        self.subtype_name().map(Subtype::new)
    }

    /// Every kept member, by name.
    pub const fn members(&self) -> Members<'r> {
        self.members
    }

    /// The event as the server wrote it, if a copy was asked for
    /// ([`Config::raw`](crate::Config::raw)) and fits.
    ///
    /// # Errors
    /// [`RawError`] says why there is none.
    pub fn raw(&self) -> Result<&'r str, RawError> {
        self.members().raw()
    }

    /// Whether it is by oneself: by the same user, or a replay of what this or another
    /// connection of the same user sent. A bot must not answer these.
    pub const fn is_own(&self) -> bool {
        self.own
    }

    /// Whether the text, as far as it was kept, mentions oneself (`<@U...>`).
    pub const fn mentions_me(&self) -> bool {
        self.mentions_me
    }

    /// Whether the server replays a message of one's own that an earlier connection sent, another
    /// program or the web client. Its `reply_to` is of that connection: it acknowledges nothing.
    pub fn is_replay(&self) -> bool {
        self.records().number(paths::REPLY_TO).is_some()
    }

    /// `bot_id`: the bot that wrote it.
    pub fn bot_id(&self) -> Option<&'r str> {
        self.id(paths::INNER_BOT_ID)
            .or_else(|| self.id(paths::BOT_ID))
    }

    /// `username`: the name that a bot gave itself.
    pub fn username(&self) -> Option<Text<'r>> {
        self.members().text("username")
    }

    /// Whether clients do not show the event as a message of its own.
    pub fn is_hidden(&self) -> bool {
        self.records().bool(paths::HIDDEN) == Some(true)
    }

    /// `edited`: who changed the message last, and when.
    pub fn edited(&self) -> Option<Edited<'r>> {
        let of = |user, ts| {
            Some(Edited {
                user: self.named(user)?,
                ts: self.named(ts)?,
            })
        };
        of("message.edited.user", "message.edited.ts").or_else(|| of("edited.user", "edited.ts"))
    }

    /// `previous_message.text`: what stood there before a change or deletion.
    pub fn previous_text(&self) -> Option<Text<'r>> {
        self.members().text("previous_message.text")
    }

    /// `event_ts`, or the event's own `ts`: when it happened.
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

/// The text of the message that the event tells of.
pub(crate) fn body(records: Records<'_>) -> Text<'_> {
    let text = records.text(if tells_of_another(records) {
        paths::INNER_TEXT
    } else {
        paths::TEXT
    });
    text.unwrap_or(Text::from(""))
}

/// Whether the event tells of another message: exactly there it has the object `message`.
fn tells_of_another(records: Records<'_>) -> bool {
    records.text(paths::INNER_TS).is_some()
}

/// Who changed a message, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Edited<'r> {
    /// The id of the user.
    pub user: &'r str,
    /// The timestamp of the change.
    pub ts: &'r str,
}

macro_rules! subtypes {
    ($($variant:ident $name:literal)*) => {
        /// The subtype of a message. Variants are named as Slack names them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Subtype<'r> {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant,
            )*
            /// A subtype that this crate does not know.
            Other(&'r str),
        }

        impl<'r> Subtype<'r> {
            /// Every subtype that this crate knows.
            pub const KNOWN: &'static [Subtype<'static>] = &[$(Subtype::$variant),*];

            /// The subtype with this name.
            pub fn new(name: &'r str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Other(name),
                }
            }

            /// The name.
            pub const fn as_str(self) -> &'r str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

subtypes! {
    BotMessage "bot_message"
    MeMessage "me_message"
    MessageChanged "message_changed"
    MessageDeleted "message_deleted"
    MessageReplied "message_replied"
    ThreadBroadcast "thread_broadcast"
    ReplyBroadcast "reply_broadcast"
    ChannelJoin "channel_join"
    ChannelLeave "channel_leave"
    ChannelTopic "channel_topic"
    ChannelPurpose "channel_purpose"
    ChannelName "channel_name"
    ChannelArchive "channel_archive"
    ChannelUnarchive "channel_unarchive"
    ChannelConvertToPublic "channel_convert_to_public"
    ChannelPostingPermissions "channel_posting_permissions"
    GroupJoin "group_join"
    GroupLeave "group_leave"
    GroupTopic "group_topic"
    GroupPurpose "group_purpose"
    GroupName "group_name"
    GroupArchive "group_archive"
    GroupUnarchive "group_unarchive"
    FileShare "file_share"
    FileComment "file_comment"
    FileMention "file_mention"
    PinnedItem "pinned_item"
    UnpinnedItem "unpinned_item"
    BotAdd "bot_add"
    BotRemove "bot_remove"
    BotDisable "bot_disable"
    BotEnable "bot_enable"
    ReminderAdd "reminder_add"
    EkmAccessDenied "ekm_access_denied"
    Tombstone "tombstone"
    AssistantAppThread "assistant_app_thread"
    DocumentMention "document_mention"
}

/// Whether `text` has `<@user>` or `<@user|name>`.
fn mentions(text: &str, user: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some((_, tail)) = rest.split_first() {
        let behind = rest
            .strip_prefix(b"<@")
            .and_then(|rest| rest.strip_prefix(user.as_bytes()));
        if let Some([b'>' | b'|', ..]) = behind {
            return !user.is_empty();
        }
        rest = tail;
    }
    false
}
