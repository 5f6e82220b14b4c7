//! The events of a client: one enum for everything that it reports.

use super::context::Context;
use super::error::PeerError;
use super::reason::ReconnectReason;
use super::view::{EventViews, Rtm, SocketMode, View, views};
use crate::event::{
    ChannelEvent, EventCategory, EventType, FileEvent, Identity, ItemEvent, Message, SubteamEvent,
    TeamEvent, Unknown, UserEvent, paths,
};
use crate::json::{Members, RawError, Records, Text};
use crate::message_id::MessageId;
use crate::rtm::{Notice, Pong, ReconnectUrl, Reply, ServerError};
use crate::socket_mode::{Disconnect, Envelope, Interaction, SlashCommand};
use crate::time::Instant;
use crate::url::Url;
use crate::web_api::{self, Accepted, ApiError, Element, ErrorCode, SocketUrlError};
use core::fmt;

/// Something that happened. Text in it is unescaped and borrows the receive buffer.
///
/// `D` is the [dialect](crate::Dialect) of the client. All accessors are methods. One whose member may be
/// absent returns an `Option`; [`members`](Self::members) has every member that was kept, by name.
///
/// ```
/// use slack_rtm::Event;
///
/// fn log(event: &Event<'_>) -> String {
///     match event {
///         Event::Accepted(response) => format!("I am {}", response.self_id().unwrap_or("unknown")),
///         Event::Message(message) => match (message.user(), message.text()) {
///             (Some(user), Some(text)) => format!("{user}: {text}"),
///             _ => "a message without author or text".into(),
///         },
///         Event::Item(item) => format!("{} {:?}", item.event_type(), item.item()),
///         Event::Acknowledged(message) => format!("message {} was posted", message.id()),
///         Event::Reconnecting(end) => format!("{end}; again at {}", end.at().as_millis()),
///         other => other.type_name().unwrap_or("something else").into(),
///     }
/// }
/// # let _ = log;
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event<'r, D: EventViews = Rtm> {
    /// An element of a list in the response to `rtm.start`.
    Element(D::Rtm<'r, Element<'r>>),
    /// Slack accepted the opening call: the response names the user, the team and any warnings. The
    /// socket is opened next.
    Accepted(Accepted<'r>),
    /// Like `Accepted`, but the rest of the response, such as the lists of `rtm.start`, was
    /// skipped, since the URL was about to expire.
    ListsIncomplete(D::Rtm<'r, Accepted<'r>>),
    /// Slack refused the opening call.
    Refused(ApiError<'r>),
    /// `hello`: the session is open.
    Hello(D::Hello<'r>),
    /// `message`: somebody posted, edited or deleted a message.
    Message(Message<'r>),
    /// An event about a channel of any kind.
    Channel(ChannelEvent<'r>),
    /// A reaction, a pin or a star.
    Item(ItemEvent<'r>),
    /// An event about users.
    User(UserEvent<'r>),
    /// An event about a file.
    File(FileEvent<'r>),
    /// An event about a group of users.
    Subteam(SubteamEvent<'r>),
    /// An event about the team or its settings.
    Team(TeamEvent<'r>),
    /// An event of a type that this crate does not know.
    Unknown(Unknown<'r>),
    /// A message was posted.
    Acknowledged(D::Rtm<'r, Acknowledged<'r>>),
    /// Slack refused a message.
    Rejected(D::Rtm<'r, Rejected<'r>>),
    /// The link ended before the ack arrived, and no ack was replayed: the message with this id may
    /// have arrived or not.
    Unconfirmed(MessageId),
    /// The message with this id was not sent, and its
    /// [time to live](crate::rtm::command::Command::time_to_live) is over.
    Expired(MessageId),
    /// The message with this id was not sent: it was [withdrawn](crate::Client::withdraw), or it
    /// still waited when the client closed.
    Withdrawn(MessageId),
    /// A reply to a command that is not a message, or to one of another connection.
    Reply(D::Rtm<'r, Reply<'r>>),
    /// `pong`, with the members of the ping; also the replies to the client's own pings.
    Pong(D::Rtm<'r, Pong<'r>>),
    /// `goodbye`: Slack will close the socket soon. The client reconnects.
    Goodbye(D::Rtm<'r, Notice<'r>>),
    /// `team_migration_started`: Slack closes the socket now, and refuses new ones for a while.
    MigrationStarted(D::Rtm<'r, Notice<'r>>),
    /// `error`: Slack refuses the socket and closes it.
    ServerError(D::Rtm<'r, ServerError<'r>>),
    /// `reconnect_url`: a URL for the next connection.
    ReconnectUrl(D::Rtm<'r, ReconnectUrl<'r>>),
    /// Somebody used a button, a menu, a modal or a shortcut of the app.
    Interaction(D::SocketMode<'r, Interaction<'r>>),
    /// Somebody typed a command of the app.
    SlashCommand(D::SocketMode<'r, SlashCommand<'r>>),
    /// `app_rate_limited`: the workspace had more than 30,000 events in an hour; Slack sends no
    /// more for a minute.
    EventsRateLimited(D::SocketMode<'r, Envelope<'r>>),
    /// An envelope of a kind that this crate does not know, or with another payload.
    Envelope(D::SocketMode<'r, Envelope<'r>>),
    /// `disconnect`: Slack closes the socket, now or soon.
    Disconnect(D::SocketMode<'r, Disconnect<'r>>),
    /// A frame that is not JSON, or is binary. It was skipped.
    Malformed,
    /// The session or the attempt ended; another attempt follows.
    Reconnecting(Reconnecting<'r>),
}

impl<'r> Event<'r, SocketMode> {
    /// Returns the envelope that the event came in, if it came in one.
    pub fn envelope(&self) -> Option<Envelope<'r>> {
        if let Self::Hello(_) | Self::Disconnect(_) = self {
            return None;
        }
        let envelope = Envelope::new(self.frame()?.of_document());
        envelope.id().filter(|id| !id.is_empty())?;
        Some(envelope)
    }
}

impl<'r, D: EventViews> Event<'r, D> {
    /// Returns the event of this category, which every dialect has.
    pub(super) fn of_category(
        category: EventCategory,
        members: Members<'r>,
        me: &Identity,
    ) -> Self {
        match category {
            EventCategory::Message => Self::Message(Message::new(members, me)),
            EventCategory::Channel => Self::Channel(ChannelEvent::new(members)),
            EventCategory::Item => Self::Item(ItemEvent::new(members)),
            EventCategory::User => Self::User(UserEvent::new(members)),
            EventCategory::File => Self::File(FileEvent::new(members)),
            EventCategory::Subteam => Self::Subteam(SubteamEvent::new(members)),
            EventCategory::Team => Self::Team(TeamEvent::new(members)),
            EventCategory::Unknown => Self::Unknown(Unknown::new(members)),
        }
    }

    /// Returns every kept member, by name, of a frame, of the response to an accepted call, or of
    /// an element of one. A refusal ([`Refused`](Self::Refused)) has its own accessors.
    pub fn members(&self) -> Option<Members<'r>> {
        match self {
            Self::Element(view) => view.members(),
            Self::Accepted(view) => View::members(view),
            Self::ListsIncomplete(view) => view.members(),
            Self::Refused(view) => View::members(view),
            Self::Hello(view) => view.members(),
            Self::Goodbye(view) | Self::MigrationStarted(view) => view.members(),
            Self::Interaction(view) => view.members(),
            Self::SlashCommand(view) => view.members(),
            Self::EventsRateLimited(view) | Self::Envelope(view) => view.members(),
            Self::Disconnect(view) => view.members(),
            Self::Message(view) => View::members(view),
            Self::Channel(view) => View::members(view),
            Self::Item(view) => View::members(view),
            Self::User(view) => View::members(view),
            Self::File(view) => View::members(view),
            Self::Subteam(view) => View::members(view),
            Self::Team(view) => View::members(view),
            Self::Unknown(view) => View::members(view),
            Self::Acknowledged(view) => view.members(),
            Self::Rejected(view) => view.members(),
            Self::Reply(view) => view.members(),
            Self::Pong(view) => view.members(),
            Self::ServerError(view) => view.members(),
            Self::ReconnectUrl(view) => view.members(),
            Self::Unconfirmed(_) | Self::Expired(_) | Self::Withdrawn(_) => None,
            Self::Malformed | Self::Reconnecting(_) => None,
        }
    }

    /// Returns the frame as the server wrote it, if a copy was requested
    /// ([`Config::raw`](crate::Config::raw)) and fits.
    ///
    /// # Errors
    /// [`RawError`] if there is no copy; it states the reason.
    pub fn raw(&self) -> Result<&'r str, RawError> {
        self.frame().ok_or(RawError::Off)?.raw()
    }

    /// Returns whether the client has lent the event before. Only Socket Mode repeats events, see
    /// [`Envelope::is_repeated`]; in RTM it is `false`.
    pub fn is_repeated(&self) -> bool {
        self.frame()
            .is_some_and(|members| members.records().are_marked())
    }

    /// Returns the type of the event, if it is a frame with a type.
    pub fn event_type(&self) -> Option<EventType> {
        self.type_name().map(EventType::from_name)
    }

    /// Returns the type as the server wrote it, if the event is a frame with a type.
    pub fn type_name(&self) -> Option<&'r str> {
        self.id(paths::TYPE)
    }

    /// Returns the id of the channel that the event is about or happened in.
    pub fn channel(&self) -> Option<&'r str> {
        crate::event::View::new(self.frame()?).channel()
    }

    /// Returns the id of the user that the event is about or that caused it.
    pub fn user(&self) -> Option<&'r str> {
        crate::event::View::new(self.frame()?).user()
    }

    /// Returns `ts`: a message's timestamp.
    pub fn ts(&self) -> Option<&'r str> {
        self.id(paths::TS)
    }

    /// Returns `event_ts`: when the event happened.
    pub fn event_ts(&self) -> Option<&'r str> {
        self.id(paths::EVENT_TS)
    }

    /// Returns the stable number of the event's kind, for logs and for C.
    pub const fn code(&self) -> u16 {
        match self {
            Self::Element(_) => 1,
            Self::Accepted(_) => 2,
            Self::ListsIncomplete(_) => 3,
            Self::Refused(_) => 4,
            Self::Hello(_) => 5,
            Self::Message(_) => 6,
            Self::Channel(_) => 7,
            Self::Item(_) => 8,
            Self::User(_) => 9,
            Self::File(_) => 10,
            Self::Subteam(_) => 11,
            Self::Team(_) => 12,
            Self::Unknown(_) => 13,
            Self::Acknowledged(_) => 14,
            Self::Rejected(_) => 15,
            Self::Unconfirmed(_) => 16,
            Self::Reply(_) => 17,
            Self::Pong(_) => 18,
            Self::Goodbye(_) => 19,
            Self::MigrationStarted(_) => 20,
            Self::ServerError(_) => 21,
            Self::ReconnectUrl(_) => 22,
            Self::Malformed => 23,
            Self::Reconnecting(_) => 24,
            Self::Expired(_) => 25,
            Self::Withdrawn(_) => 26,
            Self::Interaction(_) => 27,
            Self::SlashCommand(_) => 28,
            Self::EventsRateLimited(_) => 29,
            Self::Envelope(_) => 42,
            Self::Disconnect(_) => 43,
        }
    }

    /// Returns the members of a frame. Those of a response have other paths.
    fn frame(&self) -> Option<Members<'r>> {
        match self {
            Self::Element(_) | Self::Accepted(_) | Self::ListsIncomplete(_) => None,
            _ => self.members(),
        }
    }

    /// Returns the text at the path with this number, or the number there.
    fn id(&self, path: u8) -> Option<&'r str> {
        self.frame()?.records().text_or_number(path)
    }
}

/// A message that Slack posted.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Acknowledged<'r> {
    id: MessageId,
    reply: Reply<'r>,
}

impl<'r> Acknowledged<'r> {
    pub(super) const fn new(id: MessageId, reply: Reply<'r>) -> Self {
        Self { id, reply }
    }

    /// Returns the id that `send` returned.
    pub const fn id(&self) -> MessageId {
        self.id
    }

    /// Returns the timestamp that identifies the message in its channel.
    pub fn ts(&self) -> Option<&'r str> {
        self.reply.ts()
    }

    /// Returns the text as Slack stored it, which may differ from the one that was sent.
    pub fn text(&self) -> Option<Text<'r>> {
        self.reply.text()
    }

    /// Returns every kept member, by name.
    pub const fn members(&self) -> Members<'r> {
        self.reply.members()
    }
}

/// A message that Slack refused.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rejected<'r> {
    id: MessageId,
    reply: Reply<'r>,
}

impl<'r> Rejected<'r> {
    pub(super) const fn new(id: MessageId, reply: Reply<'r>) -> Self {
        Self { id, reply }
    }

    /// Returns the id that `send` returned.
    pub const fn id(&self) -> MessageId {
        self.id
    }

    /// Returns Slack's error code; these are undocumented.
    pub fn error_code(&self) -> Option<i64> {
        self.reply.error_code()
    }

    /// Returns Slack's description of the error.
    pub fn error_message(&self) -> Option<Text<'r>> {
        self.reply.error_message()
    }

    /// Returns every kept member, by name.
    pub const fn members(&self) -> Members<'r> {
        self.reply.members()
    }
}

views! { Acknowledged Rejected }

/// The end of a session or an attempt, before the next attempt.
///
/// Its `Display` writes the reason, a [refused host](Self::refused_host), and whether the next
/// attempt [is held back](Self::is_held_back). The time is not part of it.
#[derive(Clone, Copy)]
pub struct Reconnecting<'r> {
    reason: ReconnectReason<'static>,
    at: Instant,
    is_held_back: bool,
    /// The records of the response to the call, if the attempt ended with that.
    records: Records<'r>,
}

impl<'r> Reconnecting<'r> {
    pub(super) const fn new(context: &Context<'_>, records: Records<'r>) -> Self {
        Self {
            reason: context.reason,
            at: context.until,
            is_held_back: context.backoff.is_held_back(),
            records,
        }
    }

    /// Returns why it ended.
    pub fn reason(&self) -> ReconnectReason<'r> {
        match self.reason {
            // A code that this crate does not know has its text in the response alone.
            ReconnectReason::Refused(ErrorCode::Other(_)) => {
                let code = self.records.text(web_api::paths::ERROR);
                ReconnectReason::Refused(ErrorCode::Other(code.map_or("", Text::as_str)))
            }
            reason => reason,
        }
    }

    /// Returns the time of the next attempt.
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// Returns whether the limit on calls
    /// ([`BackoffPolicy::call_interval`](crate::backoff::BackoffPolicy::call_interval)) decides the
    /// time of the next attempt, because the last calls came in quick succession. The delay for the
    /// [`reason`](Self::reason) alone would be shorter.
    pub const fn is_held_back(&self) -> bool {
        self.is_held_back
    }

    /// Returns the host of the WebSocket URL in the response, if the reason is
    /// [`SocketUrlError::Host`]: it is in none of the
    /// [allowed domains](crate::Config::allowed_domains).
    pub fn refused_host(&self) -> Option<&'r str> {
        let ReconnectReason::Peer(PeerError::SocketUrl(SocketUrlError::Host)) = self.reason else {
            return None;
        };
        let url = self.records.text(web_api::paths::URL)?;
        Some(Url::parse(url.as_str()).ok()?.host())
    }
}

impl fmt::Display for Reconnecting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)?;
        if let Some(host) = self.refused_host() {
            write!(f, "; the host is {host}")?;
        }
        if self.is_held_back {
            f.write_str("; the limit on calls to Slack holds the next one back")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reconnecting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnecting")
            .field("reason", &self.reason())
            .field("at", &self.at)
            .field("is_held_back", &self.is_held_back)
            .finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Reconnecting<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        let at = self.at.as_millis();
        defmt::write!(f, "{}; again at {=u64} ms", self.reason(), at);
        if let Some(host) = self.refused_host() {
            defmt::write!(f, "; the host is {=str}", host);
        }
        if self.is_held_back {
            defmt::write!(f, "; held back by the limit on calls");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Event;
    use crate::client::view::{EventViews, Rtm, SocketMode};

    /// A handler for every dialect.
    fn describe<D: EventViews>(event: &Event<'_, D>) -> &'static str {
        match event {
            Event::Pong(_) => "pong",
            Event::Malformed => "malformed",
            _ => "other",
        }
    }

    #[test]
    fn one_handler_serves_every_dialect() {
        assert_eq!(describe::<Rtm>(&Event::Malformed), "malformed");
        assert_eq!(describe::<SocketMode>(&Event::Malformed), "malformed");
        assert_eq!(
            Event::<'_, SocketMode>::Malformed.members().map(|_| ()),
            None
        );
    }

    #[test]
    fn what_a_dialect_does_not_have_needs_no_arm() {
        let event = Event::<'_, SocketMode>::Malformed;
        let has_pong = match event {
            Event::Pong(never) => match never {},
            _ => false,
        };
        assert!(!has_pong);
    }
}
