//! A received frame of any category.

use super::category::{FrameCategory, category};
use super::notice::{Notice, ReconnectUrl, ServerError};
use super::reply::{Ack, Pong, Rejection};
use crate::event::{
    ChannelEvent, EventCategory, EventType, FileEvent, ItemEvent, Message, SubteamEvent, TeamEvent,
    Unknown, UserEvent, View, paths,
};
use crate::json::{Members, Paths, RawError, Records};

/// A received frame: a view of its wanted members, which are records in the receive buffer.
///
/// ```
/// use slack_rtm::buffer::RecvBuf;
/// use slack_rtm::json::{Extractor, Raw};
/// use slack_rtm::event::PATHS;
/// use slack_rtm::rtm::Event;
///
/// let frame = br#"{"type":"message","channel":"C1","user":"U2","text":"ping","ts":"1.5"}"#;
/// let mut memory = [0; 512];
/// let mut rx = RecvBuf::new(&mut memory);
/// rx.space()[..frame.len()].copy_from_slice(frame);
/// rx.filled(frame.len());
/// Extractor::new(&PATHS, Raw::Off).feed(&mut rx, frame.len())?;
/// match Event::new(rx.records(), &PATHS, Some("U1")) {
///     Event::Message(message) if message.text() == "ping" && !message.is_own() => {
///         assert_eq!((message.channel(), message.user()), ("C1", Some("U2")));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), slack_rtm::json::SyntaxError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'r> {
    /// `hello`: the connection is ready for commands.
    Hello(Notice<'r>),
    /// `goodbye`: the server will close the connection soon; connect again.
    Goodbye(Notice<'r>),
    /// `team_migration_started`: the server closes the connection now, and refuses new ones for a
    /// while.
    MigrationStarted(Notice<'r>),
    /// `error`: the server refuses the connection and closes it.
    Error(ServerError<'r>),
    /// `reconnect_url`: a URL for the next connection.
    ReconnectUrl(ReconnectUrl<'r>),
    /// `message`.
    Message(Message<'r>),
    /// A sent command was accepted.
    Ack(Ack<'r>),
    /// A sent command was refused.
    Rejection(Rejection<'r>),
    /// `pong`.
    Pong(Pong<'r>),
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
}

impl<'r> Event<'r> {
    /// A view of the frame whose members `records` holds.
    ///
    /// `paths` is the table that they were read with: [`PATHS`](crate::event::PATHS) or
    /// [`COMMON_PATHS`](crate::event::COMMON_PATHS), or a table that extends one of them. `me` is
    /// the id of the client's own user, from the response to `rtm.connect`.
    pub fn new(records: Records<'r>, paths: &'r Paths, me: Option<&str>) -> Self {
        let members = Members::new(records, paths);
        match category(records) {
            FrameCategory::Ack => Self::Ack(Ack::new(members)),
            FrameCategory::Rejection => Self::Rejection(Rejection::new(members)),
            FrameCategory::Event(EventCategory::Message) => {
                Self::Message(Message::new(members, me))
            }
            FrameCategory::Hello => Self::Hello(Notice::new(members)),
            FrameCategory::Goodbye => Self::Goodbye(Notice::new(members)),
            FrameCategory::MigrationStarted => Self::MigrationStarted(Notice::new(members)),
            FrameCategory::Error => Self::Error(ServerError::new(members)),
            FrameCategory::ReconnectUrl => Self::ReconnectUrl(ReconnectUrl::new(members)),
            FrameCategory::Pong => Self::Pong(Pong::new(members)),
            FrameCategory::Event(EventCategory::Channel) => {
                Self::Channel(ChannelEvent::new(members))
            }
            FrameCategory::Event(EventCategory::Item) => Self::Item(ItemEvent::new(members)),
            FrameCategory::Event(EventCategory::User) => Self::User(UserEvent::new(members)),
            FrameCategory::Event(EventCategory::File) => Self::File(FileEvent::new(members)),
            FrameCategory::Event(EventCategory::Subteam) => {
                Self::Subteam(SubteamEvent::new(members))
            }
            FrameCategory::Event(EventCategory::Team) => Self::Team(TeamEvent::new(members)),
            FrameCategory::Event(EventCategory::Unknown) => Self::Unknown(Unknown::new(members)),
        }
    }

    /// Returns every kept member, by name, including those that only the caller's table has.
    pub const fn members(&self) -> Members<'r> {
        self.view().members
    }

    /// Returns the frame as the server wrote it, if a copy was requested
    /// ([`Config::raw`](crate::Config::raw)) and fits.
    ///
    /// # Errors
    /// [`RawError`] if there is no copy; it states the reason.
    pub fn raw(&self) -> Result<&'r str, RawError> {
        self.members().raw()
    }

    /// Returns the type of the event, if this crate knows its name.
    pub fn event_type(&self) -> EventType {
        self.view().event_type()
    }

    /// Returns the type as the server wrote it. For replies without a type this is `ack` or
    /// `rejection`; for any other frame without a type it is empty.
    pub fn type_name(&self) -> &'r str {
        match (self.view().id(paths::TYPE), self) {
            (Some(name), _) => name,
            (None, Self::Ack(_)) => "ack",
            (None, Self::Rejection(_)) => "rejection",
            (None, _) => "",
        }
    }

    /// Returns the id of the channel that the event is about or happened in.
    pub fn channel(&self) -> Option<&'r str> {
        self.view().channel()
    }

    /// Returns the id of the user that the event is about or that caused it.
    pub fn user(&self) -> Option<&'r str> {
        self.view().user()
    }

    /// Returns `ts`: a message's timestamp.
    pub fn ts(&self) -> Option<&'r str> {
        self.view().id(paths::TS)
    }

    /// Returns `event_ts`: when the event happened.
    pub fn event_ts(&self) -> Option<&'r str> {
        self.view().id(paths::EVENT_TS)
    }

    const fn view(&self) -> View<'r> {
        match self {
            Self::Hello(event) | Self::Goodbye(event) | Self::MigrationStarted(event) => event.0,
            Self::Error(event) => event.0,
            Self::ReconnectUrl(event) => event.0,
            Self::Message(message) => View::new(message.members()),
            Self::Ack(event) => event.0,
            Self::Rejection(event) => event.0,
            Self::Pong(event) => event.0,
            Self::Channel(event) => event.0,
            Self::Item(event) => event.0,
            Self::User(event) => event.0,
            Self::File(event) => event.0,
            Self::Subteam(event) => event.0,
            Self::Team(event) => event.0,
            Self::Unknown(event) => event.0,
        }
    }
}
