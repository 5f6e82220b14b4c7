//! Commands, which a client sends: message, typing, ping, presence_sub, presence_query.

use super::limits::{LimitError, PRESENCE_QUERY_IDS, TEXT_CHARACTERS};
use crate::buffer::Sink;
use crate::event::{Literal, Markup, Message, characters};
use crate::json::Writer;
use crate::time::Duration;

/// A command, sent over the socket as one text frame.
///
/// Implement it for commands of your own. [`Custom`](super::custom::Custom) is a command that is
/// JSON already.
///
/// ```
/// use slack_rtm::buffer::write_to_slice;
/// use slack_rtm::json::Writer;
/// use slack_rtm::rtm::command::{Command, CommandKind};
///
/// /// An undocumented command: shows the user as active.
/// struct Tickle;
///
/// impl Command for Tickle {
///     fn kind(&self) -> CommandKind<'_> {
///         CommandKind::Numbered
///     }
///
///     fn write(&self, json: &mut Writer<'_>) {
///         json.name("type").text("tickle");
///     }
/// }
/// # let mut memory = [0; 32];
/// # let json = write_to_slice(&mut memory, |sink| {
/// #     let mut json = Writer::new(sink);
/// #     json.begin_object();
/// #     Tickle.write(&mut json);
/// #     json.end_object();
/// # })?;
/// # assert_eq!(json, br#"{"type":"tickle"}"#);
/// # Ok::<(), slack_rtm::buffer::ResourceError>(())
/// ```
pub trait Command {
    /// Returns how the client treats the command.
    fn kind(&self) -> CommandKind<'_>;

    /// Writes the members of the command's object, without its `id`.
    ///
    /// The client calls this several times for one frame: to count its bytes, and again for each
    /// part that fits into the send buffer. Every call must emit the same bytes. A value that may
    /// change, such as a clock or a counter, has to be read before the command is passed to
    /// [`send`](crate::Client::send).
    fn write(&self, json: &mut Writer<'_>);

    /// Checks Slack's limits on this kind of command. A message of your own is limited to
    /// [`TEXT_CHARACTERS`], which [`characters`] counts.
    ///
    /// # Errors
    /// [`LimitError`] with the limit that the command exceeds.
    fn check(&self) -> Result<(), LimitError> {
        Ok(())
    }

    /// Returns the time to live of a message: one that has not been sent by then expires. It begins
    /// with the first poll after [`send`](crate::Client::send).
    ///
    /// A message that has begun to leave does not expire. Without memory for messages that wait it
    /// is sent at once, and the time to live has no effect. Other commands never wait.
    fn time_to_live(&self) -> Option<Duration> {
        None
    }
}

/// How the client treats a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CommandKind<'a> {
    /// Paced, kept in the outbox, and reported by exactly one event at its end.
    Message,
    /// Sent at once with an id; Slack may reply to it.
    Numbered,
    /// Sent at once without an id; Slack does not reply to it.
    Unnumbered,
    /// A typing indicator for this channel: sent at once, at most one in
    /// [`TYPING_INTERVAL`](super::limits::TYPING_INTERVAL).
    Typing {
        /// The channel's id.
        channel: &'a str,
    },
}

/// `message`: posts a text to a channel.
///
/// A reply takes its channel and thread from a message: [`reply_to`](Self::reply_to) posts it where
/// that message was written, [`in_thread_of`](Self::in_thread_of) in the thread of that message,
/// which the reply begins if there is none.
///
/// The text is a [`Markup`]. A `&str` has Slack's markup, so `&`, `<` and `>` in it are special:
/// `<@U0123456789>` mentions a user, and a URL becomes a link. For a text that a person typed use
/// [`literal`](Self::literal). A text that has both is an array of
/// [`TextPiece`](crate::event::TextPiece).
///
/// Slack escapes links with a label that are posted over RTM, and shows their brackets: a reader
/// sees `<https://x.org|this>`. Mentions and bare URLs work.
///
/// ```
/// use slack_rtm::rtm::command::{Command, Post};
/// use slack_rtm::rtm::limits::LimitError;
///
/// let reply = Post::new("C0123456789", "<@U0123456789> the door is open").in_thread("1485976157.000000");
/// assert!(reply.check().is_ok());
/// let long = "a".repeat(4001);
/// let error = Post::new("C0123456789", &long).check();
/// assert_eq!(error, Err(LimitError::Text { characters: 4001 }));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Post<'a, T = &'a str> {
    channel: &'a str,
    text: T,
    thread_ts: Option<&'a str>,
    reply_broadcast: bool,
}

impl<'a> Post<'a> {
    /// A message with `text` to the channel, group or direct message with the id `channel`.
    pub const fn new(channel: &'a str, text: &'a str) -> Self {
        Self::with_text(channel, text)
    }

    /// Escapes `&`, `<` and `>`, so that the text is shown unchanged and mentions nobody.
    pub const fn literal(self) -> Post<'a, Literal<'a>> {
        Post {
            channel: self.channel,
            text: Literal(self.text),
            thread_ts: self.thread_ts,
            reply_broadcast: self.reply_broadcast,
        }
    }
}

impl<'a, T> Post<'a, T> {
    /// A message with any [`Markup`] to the channel, group or direct message with the id `channel`.
    pub const fn with_text(channel: &'a str, text: T) -> Self {
        Self {
            channel,
            text,
            thread_ts: None,
            reply_broadcast: false,
        }
    }

    /// A reply at the place of `message`: in its thread if it was written in a thread, else in its
    /// channel. `None` if the event does not name the channel.
    ///
    /// ```
    /// use slack_rtm::event::{Author, Message, TextPiece};
    /// use slack_rtm::rtm::command::Post;
    ///
    /// /// Thanks a person, where the person wrote.
    /// fn thanks<'r>(message: &Message<'r>) -> Option<Post<'r, [TextPiece<'r>; 2]>> {
    ///     let Some(Author::Person(user)) = message.posted_by() else { return None };
    ///     Post::reply_to(message, [TextPiece::Literal("Thank you, "), TextPiece::User(user)])
    /// }
    /// ```
    pub fn reply_to(message: &Message<'a>, text: T) -> Option<Self> {
        let mut post = Self::with_text(message.channel()?, text);
        if message.is_in_thread() {
            post.thread_ts = message.thread_ts();
        }
        Some(post)
    }

    /// A reply in the thread of `message`, see
    /// [`Message::thread_root`](crate::event::Message::thread_root). The reply begins the thread if
    /// there is none, so that it does not fill the channel. `None` if the event does not name
    /// channel or timestamp.
    pub fn in_thread_of(message: &Message<'a>, text: T) -> Option<Self> {
        let post = Self::with_text(message.channel()?, text);
        Some(post.in_thread(message.thread_root()?))
    }

    /// Makes it a reply in the thread whose first message has this `ts`.
    ///
    /// For a reply to a message of any place, that is its
    /// [`thread_root`](crate::event::Message::thread_root), not its `ts`: a message in a thread has
    /// no thread of its own.
    pub const fn in_thread(mut self, thread_ts: &'a str) -> Self {
        self.thread_ts = Some(thread_ts);
        self
    }

    /// Shows a reply in the channel too (`reply_broadcast`).
    pub const fn broadcast(mut self) -> Self {
        self.reply_broadcast = true;
        self
    }

    /// Sets the time to live: a message that cannot be sent within it, since there is no session or
    /// others are before it, ends as [`Expired`](crate::Event::Expired).
    ///
    /// ```
    /// use slack_rtm::rtm::command::Post;
    /// use slack_rtm::time::Duration;
    ///
    /// // Nobody wants to read this tomorrow.
    /// let ring = Post::new("C0123456789", "Ding-dong!").expires_after(Duration::from_secs(60));
    /// # let _ = ring;
    /// ```
    pub const fn expires_after(self, time_to_live: Duration) -> Expiring<Self> {
        Expiring::new(self, time_to_live)
    }
}

impl<T: Markup> Command for Post<'_, T> {
    fn kind(&self) -> CommandKind<'_> {
        CommandKind::Message
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.name("type").text("message");
        json.name("channel").text(self.channel);
        json.name("text")
            .text_from(|sink| self.text.write_markup(sink));
        if let Some(thread_ts) = self.thread_ts {
            json.name("thread_ts").text(thread_ts);
        }
        if self.reply_broadcast {
            json.name("reply_broadcast").bool(true);
        }
    }

    fn check(&self) -> Result<(), LimitError> {
        let characters = characters(&self.text);
        if characters > TEXT_CHARACTERS {
            return Err(LimitError::Text { characters });
        }
        Ok(())
    }
}

/// A command with a [time to live](Command::time_to_live), see [`Post::expires_after`].
#[derive(Clone, Copy, Debug)]
#[must_use]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Expiring<C> {
    command: C,
    time_to_live: Duration,
}

impl<C> Expiring<C> {
    /// The command, to be sent within `time_to_live`.
    pub const fn new(command: C, time_to_live: Duration) -> Self {
        Self {
            command,
            time_to_live,
        }
    }
}

impl<C: Command> Command for Expiring<C> {
    fn kind(&self) -> CommandKind<'_> {
        self.command.kind()
    }

    fn write(&self, json: &mut Writer<'_>) {
        self.command.write(json);
    }

    fn check(&self) -> Result<(), LimitError> {
        self.command.check()
    }

    fn time_to_live(&self) -> Option<Duration> {
        Some(self.time_to_live)
    }
}

/// `typing`: shows the client's user as typing.
#[derive(Clone, Copy, Debug)]
#[must_use]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Typing<'a> {
    channel: &'a str,
}

impl<'a> Typing<'a> {
    /// A typing indicator for the channel with this id.
    pub const fn new(channel: &'a str) -> Self {
        Self { channel }
    }
}

impl Command for Typing<'_> {
    fn kind(&self) -> CommandKind<'_> {
        CommandKind::Typing {
            channel: self.channel,
        }
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.name("type").text("typing");
        json.name("channel").text(self.channel);
    }
}

/// `ping`: requests a `pong`. The client sends pings over a silent link by itself.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ping<'a> {
    member: Option<(&'a str, u64)>,
}

impl<'a> Ping<'a> {
    /// A ping without further members.
    pub const fn new() -> Self {
        Self { member: None }
    }

    /// A ping with a member that the pong will repeat, such as a time.
    pub const fn with(name: &'a str, value: u64) -> Self {
        Self {
            member: Some((name, value)),
        }
    }
}

impl Command for Ping<'_> {
    fn kind(&self) -> CommandKind<'_> {
        CommandKind::Numbered
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.name("type").text("ping");
        if let Some((name, value)) = self.member {
            json.name(name).u64(value);
        }
    }
}

/// `presence_sub`: subscribes to the presence of these users only; it replaces the subscription
/// before.
#[derive(Clone, Copy, Debug)]
#[must_use]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PresenceSub<'a> {
    ids: &'a [&'a str],
}

impl<'a> PresenceSub<'a> {
    /// A subscription to these user ids; an empty list unsubscribes.
    pub const fn new(ids: &'a [&'a str]) -> Self {
        Self { ids }
    }
}

impl Command for PresenceSub<'_> {
    fn kind(&self) -> CommandKind<'_> {
        CommandKind::Unnumbered
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.name("type").text("presence_sub");
        write_ids(json, self.ids);
    }
}

/// `presence_query`: requests the presence of these users once.
#[derive(Clone, Copy, Debug)]
#[must_use]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PresenceQuery<'a> {
    ids: &'a [&'a str],
}

impl<'a> PresenceQuery<'a> {
    /// A request for at most [`PRESENCE_QUERY_IDS`] user ids.
    pub const fn new(ids: &'a [&'a str]) -> Self {
        Self { ids }
    }
}

impl Command for PresenceQuery<'_> {
    fn kind(&self) -> CommandKind<'_> {
        CommandKind::Unnumbered
    }

    fn write(&self, json: &mut Writer<'_>) {
        json.name("type").text("presence_query");
        write_ids(json, self.ids);
    }

    fn check(&self) -> Result<(), LimitError> {
        let ids = self.ids.len();
        if ids > PRESENCE_QUERY_IDS {
            return Err(LimitError::PresenceQuery { ids });
        }
        Ok(())
    }
}

fn write_ids(json: &mut Writer<'_>, ids: &[&str]) {
    json.name("ids").begin_array();
    for id in ids {
        json.text(id);
    }
    json.end_array();
}

/// The value of an absent id.
pub(crate) const NO_ID: u32 = 0;

/// Emits a command's JSON object. Its first member is `id`, unless that is [`NO_ID`].
pub(crate) fn object(id: u32, command: &dyn Command, sink: &mut dyn Sink) {
    let mut json = Writer::new(sink);
    json.begin_object();
    if id != NO_ID {
        json.name("id").u64(u64::from(id));
    }
    command.write(&mut json);
    json.end_object();
}

#[cfg(test)]
mod tests {
    use super::{Command, NO_ID, Ping, Post, PresenceQuery, PresenceSub, Typing, object};
    use crate::buffer::Sink;
    use crate::rtm::limits::LimitError;
    use std::{string::String, vec, vec::Vec};

    struct Out(Vec<u8>);

    impl Sink for Out {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    fn with_id(command: &impl Command) -> String {
        let mut out = Out(Vec::new());
        object(7, command, &mut out);
        String::from_utf8(out.0).unwrap()
    }

    /// The frames that Slack's documents of RTM show.
    #[test]
    fn commands_on_the_wire() {
        assert_eq!(
            with_id(&Post::new("C1", "a \"b\"")),
            r#"{"id":7,"type":"message","channel":"C1","text":"a \"b\""}"#
        );
        assert_eq!(
            with_id(
                &Post::new("C1", "<&>")
                    .literal()
                    .in_thread("1.2")
                    .broadcast()
            ),
            r#"{"id":7,"type":"message","channel":"C1","text":"&lt;&amp;&gt;","thread_ts":"1.2","reply_broadcast":true}"#
        );
        assert_eq!(
            with_id(&Typing::new("C1")),
            r#"{"id":7,"type":"typing","channel":"C1"}"#
        );
        assert_eq!(
            with_id(&Ping::with("time", 12)),
            r#"{"id":7,"type":"ping","time":12}"#
        );
        let mut out = Out(Vec::new());
        object(NO_ID, &PresenceSub::new(&["U1", "U2"]), &mut out);
        object(NO_ID, &PresenceQuery::new(&[]), &mut out);
        assert_eq!(
            String::from_utf8(out.0).unwrap(),
            r#"{"type":"presence_sub","ids":["U1","U2"]}{"type":"presence_query","ids":[]}"#
        );
    }

    /// Both limits at their edges: 4,000 characters, 500 ids.
    #[test]
    fn limits_hold_at_their_edges() {
        let text = "é".repeat(4000);
        assert_eq!(Post::new("C1", &text).check(), Ok(()));
        let text = "é".repeat(4001);
        let error = Err(LimitError::Text { characters: 4001 });
        assert_eq!(Post::new("C1", &text).check(), error);
        let ids = vec!["U1"; 501];
        assert_eq!(PresenceQuery::new(&ids[..500]).check(), Ok(()));
        let error = Err(LimitError::PresenceQuery { ids: 501 });
        assert_eq!(PresenceQuery::new(&ids).check(), error);
    }
}
