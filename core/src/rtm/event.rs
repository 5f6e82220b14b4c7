//! Events: what the server tells, typed by shape and known by name.
//!
//! A frame's wanted members lie in the receive buffer as records; an [`Event`] is a view of
//! them. Slack has well over a hundred types of events with the same few members, so there is
//! one shape for each sort of thing that events are about, and [`EventType`] tells the type.
//!
//! ```
//! use slack_rtm::buffer::RecvBuf;
//! use slack_rtm::json::{Extractor, Raw};
//! use slack_rtm::event::PATHS;
//! use slack_rtm::rtm::Event;
//!
//! let frame = br#"{"type":"message","channel":"C1","user":"U2","text":"ping","ts":"1.5"}"#;
//! let mut memory = [0; 512];
//! let mut rx = RecvBuf::new(&mut memory);
//! rx.space()[..frame.len()].copy_from_slice(frame);
//! rx.filled(frame.len());
//! Extractor::new(&PATHS, Raw::Off).feed(&mut rx, frame.len())?;
//! match Event::new(rx.records(), &PATHS, Some("U1")) {
//!     Event::Message(message) if message.text() == "ping" && !message.is_own() => {
//!         assert_eq!((message.channel(), message.user()), ("C1", Some("U2")));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), slack_rtm::json::SyntaxError>(())
//! ```

use super::reply::{self, Ack, Pong, ReconnectUrl, Rejection, ServerError};
use crate::event::paths;
use crate::event::{
    ChannelEvent, EventCategory, EventType, FileEvent, ItemEvent, Message, Notice, SubteamEvent,
    TeamEvent, Unknown, UserEvent, View,
};
use crate::json::{Members, Paths, RawError, Records, Text};

/// Something that the server told, borrowed from the receive buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'r> {
    /// `hello`: the connection is ready.
    Hello(Notice<'r>),
    /// `goodbye`: the server will close soon; connect anew.
    Goodbye(Notice<'r>),
    /// `team_migration_started`: the server closes now; connecting fails for a while.
    MigrationStarted(Notice<'r>),
    /// `error`: the server has nothing to say on this connection.
    Error(ServerError<'r>),
    /// `reconnect_url`: where to connect the next time.
    ReconnectUrl(ReconnectUrl<'r>),
    /// `message`.
    Message(Message<'r>),
    /// What was sent has been taken.
    Ack(Ack<'r>),
    /// What was sent has not been taken.
    Rejection(Rejection<'r>),
    /// `pong`.
    Pong(Pong<'r>),
    /// About a channel of any kind.
    Channel(ChannelEvent<'r>),
    /// A reaction, a pin, a star.
    Item(ItemEvent<'r>),
    /// About people.
    User(UserEvent<'r>),
    /// About a file.
    File(FileEvent<'r>),
    /// About a group of users.
    Subteam(SubteamEvent<'r>),
    /// About the team and its settings.
    Team(TeamEvent<'r>),
    /// An event that is not known here.
    Unknown(Unknown<'r>),
}

impl<'r> Event<'r> {
    /// The event in a frame whose members were kept by `paths`: [`PATHS`] or
    /// [`COMMON_PATHS`], or a table that extends one of them. `me` is one's own user id, as the answer to `rtm.connect` told it.
    pub fn new(records: Records<'r>, paths: &'r Paths, me: Option<&str>) -> Self {
        let members = Members::new(records, paths);
        match category(records) {
            EventCategory::Ack => Self::Ack(Ack::new(members)),
            EventCategory::Rejection => Self::Rejection(Rejection::new(members)),
            EventCategory::Message => Self::Message(Message::new(members, me)),
            EventCategory::Hello => Self::Hello(Notice::new(members)),
            EventCategory::Goodbye => Self::Goodbye(Notice::new(members)),
            EventCategory::MigrationStarted => Self::MigrationStarted(Notice::new(members)),
            EventCategory::Error => Self::Error(ServerError::new(members)),
            EventCategory::ReconnectUrl => Self::ReconnectUrl(ReconnectUrl::new(members)),
            EventCategory::Pong => Self::Pong(Pong::new(members)),
            EventCategory::Channel => Self::Channel(ChannelEvent::new(members)),
            EventCategory::Item => Self::Item(ItemEvent::new(members)),
            EventCategory::User => Self::User(UserEvent::new(members)),
            EventCategory::File => Self::File(FileEvent::new(members)),
            EventCategory::Subteam => Self::Subteam(SubteamEvent::new(members)),
            EventCategory::Team => Self::Team(TeamEvent::new(members)),
            EventCategory::Unknown => Self::Unknown(Unknown::new(members)),
        }
    }

    /// Every kept member, by name: also those that a caller's own table asks for.
    pub const fn members(&self) -> Members<'r> {
        self.view().members
    }

    /// The event as the server wrote it, if a copy was asked for
    /// ([`Config::raw`](crate::Config::raw)) and fits.
    ///
    /// # Errors
    /// [`RawError`] says why there is none.
    pub fn raw(&self) -> Result<&'r str, RawError> {
        self.members().raw()
    }

    /// The type of the event, as far as it is known by name.
    pub fn kind(&self) -> EventType {
        self.view().kind()
    }

    /// The type as the server wrote it; `ack` or `rejection` for replies without one, and
    /// nothing for any other frame without one.
    pub fn type_name(&self) -> &'r str {
        match (self.view().id(paths::TYPE), self) {
            (Some(name), _) => name,
            (None, Self::Ack(_)) => "ack",
            (None, Self::Rejection(_)) => "rejection",
            (None, _) => "",
        }
    }

    /// The id of the channel that the event is about or happened in.
    pub fn channel(&self) -> Option<&'r str> {
        self.view().channel()
    }

    /// The id of the user who did it, or whom it is about.
    pub fn user(&self) -> Option<&'r str> {
        self.view().user()
    }

    /// `ts`: a message's timestamp.
    pub fn ts(&self) -> Option<&'r str> {
        self.view().id(paths::TS)
    }

    /// `event_ts`: when it happened.
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

/// Returns the category of the event with these members.
pub(crate) fn category(records: Records<'_>) -> EventCategory {
    let name = records.text(paths::TYPE).map_or("", Text::as_str);
    let shape = EventCategory::of(name);
    // A reply has no type but in two cases: a pong, and some replies to undocumented
    // requests. A message with `reply_to` is a replay of one's own message.
    if !matches!(shape, EventCategory::Message | EventCategory::Pong)
        && (reply::is_reply(records) || name.is_empty())
    {
        match records.bool(paths::OK) {
            Some(true) => return EventCategory::Ack,
            Some(false) => return EventCategory::Rejection,
            None => {}
        }
    }
    shape
}
