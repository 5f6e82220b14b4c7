//! Messages: new, changed and deleted ones.

use core::fmt;

use super::event_type::EventType;
use super::identity::Identity;
use super::paths;
use super::readable::ReadableText;
use super::subtype::Subtype;
use super::text::{find_mention, strip_mention_at};
use crate::json::{ArrayElements, Members, RawError, Records, Text, Value};

/// `message`: a message was written, changed or deleted, or something happened in a channel that
/// Slack reports as a message.
///
/// If the event is about a message that was posted earlier
/// ([`MessageChanged`](Subtype::MessageChanged) and the like), the members are those of that
/// message. The text is that of `message`, see [`previous_text`](Self::previous_text) for the other
/// one. The timestamps are those of `message`, else of `previous_message`; the author is that of
/// `previous_message`, else of `message`. Each is returned even if the others are missing.
/// [`posted_by`](Self::posted_by) has a value only for a new message.
#[derive(Clone, Copy)]
pub struct Message<'r> {
    members: Members<'r>,
    /// Whether the event is about a message that was posted earlier.
    about_another: bool,
    own: bool,
    /// The position of the first mention of the client's own user in the text, or [`LATE`], or
    /// [`NO_MENTION`]. It has one byte, because events are copied.
    mention: u8,
}

/// The ids of the author of a new message: a user, a bot, an app.
const AUTHOR: [u8; 3] = [paths::USER, paths::BOT_ID, paths::APP_ID];
/// Those of the author of a message that was posted earlier.
const ANOTHER_AUTHOR: [u8; 6] = [
    paths::INNER_USER,
    paths::INNER_BOT_ID,
    paths::INNER_APP_ID,
    paths::PREVIOUS_USER,
    paths::PREVIOUS_BOT_ID,
    paths::PREVIOUS_APP_ID,
];

impl<'r> Message<'r> {
    /// Creates a view of the members of a `message`; `me` has the client's own ids.
    pub(crate) fn new(members: Members<'r>, me: &Identity) -> Self {
        let mut message = Self {
            members,
            about_another: is_about_another(members.records()),
            own: false,
            mention: NO_MENTION,
        };
        let ids = match message.about_another {
            true => &ANOTHER_AUTHOR[..],
            false => &AUTHOR,
        };
        let mut ids = ids.iter().filter_map(|path| message.id(*path));
        let has_own_id = ids.any(|id| me.contains(id));
        message.own = message.is_replay() || has_own_id;
        let text = message.text().map_or("", Text::as_str);
        message.mention = me
            .user_id()
            .and_then(|me| find_mention(text, me))
            .map_or(NO_MENTION, |at| at.min(LATE.into()) as u8);
        message
    }

    /// Returns the id of the channel.
    pub fn channel(&self) -> Option<&'r str> {
        self.id(paths::CHANNEL)
            .or_else(|| self.id(paths::CHANNEL_DOT_ID))
    }

    /// Returns the id of the author. A bot may have none, see [`bot_id`](Self::bot_id).
    pub fn user(&self) -> Option<&'r str> {
        // A change does not change the author, but `message` of a tombstone is by Slackbot.
        self.subject([paths::PREVIOUS_USER, paths::INNER_USER], paths::USER)
    }

    /// Returns the author of a new message of somebody else. A bot should reply only if there is
    /// one. See [`Author`].
    ///
    /// The result is `None` for everything else: edits and link previews, deletions, updates of
    /// threads, notices of a channel, hidden messages, [replays](Self::is_replay), and the client's
    /// [own](Self::is_own) messages. New messages are those without a subtype and those with the
    /// subtype `file_share`, `thread_broadcast`, `me_message` or `bot_message`; a message with a
    /// subtype that this crate does not know is not a new one. The result is also `None` if a member
    /// did not fit into the receive buffer ([`Records::is_complete`]), since it may have been
    /// decisive.
    ///
    /// ```
    /// use slack_rtm::event::{Author, Message};
    ///
    /// /// Returns whether a bot answers.
    /// fn is_question(message: &Message<'_>) -> bool {
    ///     matches!(message.posted_by(), Some(Author::Person(_)))
    /// }
    /// ```
    pub fn posted_by(&self) -> Option<Author<'r>> {
        let records = self.records();
        let is_bot_message = match records.find(paths::SUBTYPE) {
            None | Some(Value::Null) => false,
            Some(Value::Text(name)) => match name.as_str() {
                "file_share" | "thread_broadcast" | "me_message" => false,
                "bot_message" => true,
                _ => return None,
            },
            Some(_) => return None,
        };
        let is_new = records.is_complete() && !self.is_hidden() && !self.about_another;
        if !is_new || self.is_own() {
            return None;
        }
        let (user, bot) = (self.id(paths::USER), self.id(paths::BOT_ID));
        match user {
            _ if is_bot_message || bot.is_some() => Some(Author::Bot(bot)),
            Some(SLACKBOT) => Some(Author::Bot(None)),
            user => user.map(Author::Person),
        }
    }

    /// Returns the text, in Slack's markup (see [`text`](super::text)). It may be cut. A message of
    /// a bot may consist of attachments or blocks alone, and has none: see
    /// [`readable_text`](Self::readable_text).
    pub fn text(&self) -> Option<Text<'r>> {
        self.records().text(text_path(self.about_another))
    }

    /// Returns the text, or, if the message has none, what readers see of its attachments and
    /// blocks, in the order of the document. Alert bots often send only these.
    ///
    /// It needs the members of [`READABLE_PATHS`](super::READABLE_PATHS)
    /// ([`Config::paths`](crate::Config::paths)). Of attachments it returns `pretext`, `title`,
    /// `text`, `fields` and the texts of `blocks`, or else the `fallback`; of blocks the texts and
    /// links of headers, sections, contexts and rich text. Each piece is in Slack's markup and may
    /// be cut. Of an event about a message that was posted earlier it returns the
    /// [`text`](Self::text) only.
    ///
    /// ```
    /// use slack_rtm::{Event, Rtm};
    /// use slack_rtm::buffer::RecvBuf;
    /// use slack_rtm::event::{Identity, READABLE_PATHS};
    /// use slack_rtm::json::{Extractor, Raw};
    ///
    /// let frame = br#"{"type":"message","subtype":"bot_message","bot_id":"B1","channel":"C1","ts":"1.5",
    ///     "attachments":[{"fallback":"disk","title":"Disk full","fields":[{"title":"Host","value":"db1"}]}]}"#;
    /// let mut memory = [0; 4096];
    /// let mut rx = RecvBuf::new(&mut memory);
    /// rx.space()[..frame.len()].copy_from_slice(frame);
    /// rx.filled(frame.len());
    /// Extractor::new(&READABLE_PATHS, Raw::Off).feed(&mut rx, frame.len())?;
    /// let me = Identity::new();
    /// let Event::Message(message) = Event::<Rtm>::from_frame(rx.records(), &READABLE_PATHS, &me) else {
    ///     panic!("a message");
    /// };
    /// assert_eq!(message.text(), None);
    /// assert_eq!(message.readable_text().to_string(), "Disk full\nHost\ndb1");
    /// assert_eq!(message.readable_text().next().unwrap(), "Disk full");
    /// # Ok::<(), slack_rtm::json::SyntaxError>(())
    /// ```
    pub fn readable_text(&self) -> ReadableText<'r> {
        match self.about_another {
            true => ReadableText::only(self.members, self.text()),
            false => ReadableText::new(self.members, self.text()),
        }
    }

    /// Returns the command to the client's own user: the text after a mention of that user at its
    /// front, and after a colon or comma there. In a direct message the mention may be missing. The
    /// result is `None` if the message is for somebody else.
    ///
    /// It still has Slack's markup, see [`text::decode`](super::text::decode), and may be cut.
    ///
    /// ```
    /// use slack_rtm::event::{Author, Message};
    ///
    /// /// Returns whether a person asks for help, as `<@U123> help` or in a direct message.
    /// fn wants_help(message: &Message<'_>) -> bool {
    ///     matches!(message.posted_by(), Some(Author::Person(_)))
    ///         && message.command().is_some_and(|command| command == "help")
    /// }
    /// ```
    pub fn command(&self) -> Option<Text<'r>> {
        let text = self.text()?;
        let mention = match self.mention {
            LATE | NO_MENTION => None,
            at => strip_mention_at(text.as_str(), at.into()),
        };
        match mention {
            Some(rest) => text.after(text.as_str().len() - rest.len()),
            None => self.is_direct().then_some(text),
        }
    }

    /// Returns `files`: the files of the message, each with its `id` and its `name`, which may be
    /// missing. They need [`PATHS`](super::PATHS).
    ///
    /// ```
    /// use slack_rtm::event::Message;
    ///
    /// fn list(message: &Message<'_>) {
    ///     for file in message.files() {
    ///         println!("{:?}: {:?}", file.text_or_number("id"), file.text("name"));
    ///     }
    /// }
    /// # let _ = list;
    /// ```
    pub fn files(&self) -> ArrayElements<'r> {
        self.members().elements("files[]")
    }

    /// Returns `channel_type`: `channel`, `group`, `im` or `mpim`. RTM does not always send it, and
    /// it needs [`PATHS`](super::PATHS).
    pub fn channel_type(&self) -> Option<&'r str> {
        self.named("channel_type")
    }

    /// Returns whether the message is in a direct message with one other user: whether
    /// [`channel_type`](Self::channel_type) is `im`, or, if it is missing, the id of the channel
    /// begins with `D`.
    pub fn is_direct(&self) -> bool {
        match self.channel_type() {
            Some(name) => name == "im",
            None => self.channel().is_some_and(|id| id.starts_with('D')),
        }
    }

    /// Returns whether [`channel_type`](Self::channel_type) is `mpim`: a direct message with
    /// several others. Ids of channels do not show it, so the result is `false` where the type is
    /// missing.
    pub fn is_group_direct(&self) -> bool {
        self.channel_type() == Some("mpim")
    }

    /// Returns the timestamp, which identifies the message within its channel.
    pub fn ts(&self) -> Option<&'r str> {
        self.id(paths::DELETED_TS)
            .or_else(|| self.subject([paths::INNER_TS, paths::PREVIOUS_TS], paths::TS))
    }

    /// Returns the timestamp of the thread's first message, if the message is in a thread.
    pub fn thread_ts(&self) -> Option<&'r str> {
        let another = [paths::INNER_THREAD_TS, paths::PREVIOUS_THREAD_TS];
        self.subject(another, paths::THREAD_TS)
    }

    /// Returns the timestamp of the first message of the thread that this message is in, or would
    /// begin: [`thread_ts`](Self::thread_ts), else [`ts`](Self::ts). A reply in a thread needs it;
    /// [`Post::in_thread_of`](crate::rtm::command::Post::in_thread_of) uses it.
    pub fn thread_root(&self) -> Option<&'r str> {
        self.thread_ts().or_else(|| self.ts())
    }

    /// Returns whether the message is a reply in a thread. The first message of a thread is not,
    /// although its [`thread_ts`](Self::thread_ts) is present once it has replies.
    pub fn is_in_thread(&self) -> bool {
        self.thread_ts().is_some() && self.thread_ts() != self.ts()
    }

    /// Returns the name of the [`subtype`](Self::subtype). Most messages that people write have
    /// none.
    pub fn subtype_name(&self) -> Option<&'r str> {
        self.id(paths::SUBTYPE)
    }

    /// Returns an id of the message that the event is about: the first one of `another` if that
    /// was posted earlier, else `own`.
    fn subject(&self, another: [u8; 2], own: u8) -> Option<&'r str> {
        match self.about_another {
            true => another.into_iter().find_map(|path| self.id(path)),
            false => self.id(own),
        }
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

    /// Whether the client itself wrote the message: the user, the bot or the app is its own, as far
    /// as it knows their ids ([`Identity`]), or the message is a [replay](Self::is_replay). A bot
    /// that replies to such a message replies to itself.
    pub const fn is_own(&self) -> bool {
        self.own
    }

    /// Whether the text, as far as it was kept, mentions the client's own user: whether
    /// [`mentions`](super::text::mentions) finds it. [`command`](Self::command) returns the text
    /// after a mention at its front.
    pub const fn mentions_me(&self) -> bool {
        self.mention != NO_MENTION
    }

    /// Whether the server replays a message that another connection of the same user sent: an
    /// earlier one, another program, or the web client. Its `reply_to` belongs to that connection
    /// and acknowledges nothing.
    pub fn is_replay(&self) -> bool {
        self.records().text_or_number(paths::REPLY_TO).is_some()
    }

    /// Returns `bot_id`: the bot that wrote the message.
    pub fn bot_id(&self) -> Option<&'r str> {
        self.subject([paths::PREVIOUS_BOT_ID, paths::INNER_BOT_ID], paths::BOT_ID)
    }

    /// Returns `app_id`: the app of the bot that wrote the message.
    pub fn app_id(&self) -> Option<&'r str> {
        self.subject([paths::PREVIOUS_APP_ID, paths::INNER_APP_ID], paths::APP_ID)
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
        of("message.edited.user", "message.edited.ts")
            .or_else(|| of("edited.user", "edited.ts"))
            .or_else(|| of("previous_message.edited.user", "previous_message.edited.ts"))
    }

    /// Whether a message was deleted: the event is a [`MessageDeleted`](Subtype::MessageDeleted), or
    /// a tombstone replaced the first message of a thread. Tombstones need
    /// [`PATHS`](super::PATHS). The text that was deleted is [`previous_text`](Self::previous_text).
    pub fn is_deletion(&self) -> bool {
        self.subtype_name() == Some("message_deleted")
            || self.named("message.subtype") == Some("tombstone")
    }

    /// Returns `previous_message.text`: the text before a change or deletion, at most an eighth of
    /// the receive buffer. It needs [`PATHS`](super::PATHS).
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
        self.members.text_or_number(name)
    }

    fn id(&self, path: u8) -> Option<&'r str> {
        self.records().text_or_number(path)
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
    records.text(text_path(is_about_another(records)))
}

fn text_path(about_another: bool) -> u8 {
    if about_another {
        paths::INNER_TEXT
    } else {
        paths::TEXT
    }
}

/// Whether the event is about a message that was posted earlier: whether it contains that message,
/// or is of a subtype that does.
fn is_about_another(records: Records<'_>) -> bool {
    let subtype = records.text(paths::SUBTYPE).map_or("", Text::as_str);
    matches!(
        subtype,
        "message_changed" | "message_deleted" | "message_replied"
    ) || records.contains_any(paths::INNER_USER..=paths::INNER_TEXT)
}

/// The position of a mention that is not at the front of a text.
const LATE: u8 = u8::MAX - 1;
/// The position of no mention.
const NO_MENTION: u8 = u8::MAX;

/// The user id of Slackbot, whose messages have no `bot_id`.
const SLACKBOT: &str = "USLACKBOT";

/// The author of a new message, see [`Message::posted_by`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Author<'r> {
    /// A person, by the user id.
    Person(&'r str),
    /// A bot, an app or a workflow, by the bot id if Slack sent it. It may be the client's own app,
    /// if that posted by a Web API method: Slack sends the id of its bot then, which `rtm.connect`
    /// does not return. A program that answers bots sets it ([`Identity`]), or answers itself.
    Bot(Option<&'r str>),
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
