//! Events: what the server tells, typed by shape and known by name.
//!
//! A frame's wanted members lie in the receive buffer as records; an [`Event`] is a view of
//! them. Slack has well over a hundred types of events with the same few members, so there is
//! one shape for each sort of thing that events are about, and [`EventKind`] tells the type.
//!
//! ```
//! use slack_rtm::buffer::RecvBuf;
//! use slack_rtm::json::{Fields, Raw};
//! use slack_rtm::rtm::event::{Event, PATHS};
//!
//! let frame = br#"{"type":"message","channel":"C1","user":"U2","text":"ping","ts":"1.5"}"#;
//! let mut memory = [0; 512];
//! let mut rx = RecvBuf::new(&mut memory);
//! rx.space()[..frame.len()].copy_from_slice(frame);
//! rx.filled(frame.len());
//! Fields::new(&PATHS, Raw::Off).run(&mut rx, frame.len())?;
//! match Event::new(rx.records(), &PATHS, Some("U1")) {
//!     Event::Message(message) if message.text() == "ping" && !message.is_own() => {
//!         assert_eq!((message.channel(), message.user()), ("C1", Some("U2")));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), slack_rtm::json::SyntaxError>(())
//! ```

mod kind;
mod message;
pub(crate) mod paths;
mod reply;
mod shapes;

pub use crate::web_api::{Member, Members, MembersIter};
pub use kind::EventKind;
pub use message::{Edited, Message, Subtype};
pub use paths::{COMMON_PATHS, PATHS};
pub use reply::{Ack, Pong, ReconnectUrl, Rejection, ServerError};
pub use shapes::{
    ChannelEvent, FileEvent, Item, ItemEvent, Notice, SubteamEvent, TeamEvent, Unknown, UserEvent,
};

use crate::json::{Paths, RawError, Records, Text};
pub(crate) use kind::Shape;
pub(crate) use message::body;
pub(crate) use reply::{error_code, reply_to};

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
        match Shape::of_event(records) {
            Shape::Ack => Self::Ack(Ack::new(members)),
            Shape::Rejection => Self::Rejection(Rejection::new(members)),
            Shape::Message => Self::Message(Message::new(members, me)),
            Shape::Hello => Self::Hello(Notice::new(members)),
            Shape::Goodbye => Self::Goodbye(Notice::new(members)),
            Shape::MigrationStarted => Self::MigrationStarted(Notice::new(members)),
            Shape::Error => Self::Error(ServerError::new(members)),
            Shape::ReconnectUrl => Self::ReconnectUrl(ReconnectUrl::new(members)),
            Shape::Pong => Self::Pong(Pong::new(members)),
            Shape::Channel => Self::Channel(ChannelEvent::new(members)),
            Shape::Item => Self::Item(ItemEvent::new(members)),
            Shape::User => Self::User(UserEvent::new(members)),
            Shape::File => Self::File(FileEvent::new(members)),
            Shape::Subteam => Self::Subteam(SubteamEvent::new(members)),
            Shape::Team => Self::Team(TeamEvent::new(members)),
            Shape::Unknown => Self::Unknown(Unknown::new(members)),
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
    pub fn kind(&self) -> EventKind {
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
            Self::Message(message) => View {
                members: message.members(),
            },
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

impl Shape {
    /// The shape of the event with these members.
    pub(crate) fn of_event(records: Records<'_>) -> Self {
        let name = records.text(paths::TYPE).map_or("", Text::as_str);
        let shape = Self::of(name);
        // A reply has no type but in two cases: a pong, and some replies to undocumented
        // requests. A message with `reply_to` is a replay of one's own message.
        if !matches!(shape, Self::Message | Self::Pong)
            && (reply::is_reply(records) || name.is_empty())
        {
            match records.bool(paths::OK) {
                Some(true) => return Self::Ack,
                Some(false) => return Self::Rejection,
                None => {}
            }
        }
        shape
    }
}

/// What every event has.
#[derive(Clone, Copy, Debug)]
struct View<'r> {
    members: Members<'r>,
}

impl<'r> View<'r> {
    fn records(self) -> Records<'r> {
        self.members.records()
    }

    fn kind(self) -> EventKind {
        EventKind::new(self.id(paths::TYPE).unwrap_or_default())
    }

    fn id(self, path: u8) -> Option<&'r str> {
        self.records().text(path).map(Text::as_str)
    }

    fn first(self, candidates: &[u8]) -> Option<&'r str> {
        candidates.iter().find_map(|path| self.id(*path))
    }

    fn channel(self) -> Option<&'r str> {
        self.first(&[
            paths::CHANNEL,
            paths::CHANNEL_DOT_ID,
            paths::CHANNEL_ID,
            paths::ITEM_CHANNEL,
        ])
    }

    fn user(self) -> Option<&'r str> {
        self.first(&[
            paths::USER,
            paths::USER_DOT_ID,
            paths::USER_ID,
            paths::INNER_USER,
        ])
    }
}

/// A shape of event: a view with the accessors that all have.
macro_rules! view {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'r>(pub(super) super::View<'r>);

        // Not every shape uses each of these inside.
        #[allow(dead_code)]
        impl<'r> $name<'r> {
            pub(crate) const fn new(members: Members<'r>) -> Self {
                Self(super::View { members })
            }

            /// The type of the event.
            pub fn kind(&self) -> super::EventKind {
                self.0.kind()
            }

            /// Every kept member, by name.
            pub const fn members(&self) -> Members<'r> {
                self.0.members
            }

            /// The event as the server wrote it, if a copy was asked for
            /// ([`Config::raw`](crate::Config::raw)) and fits.
            ///
            /// # Errors
            /// [`RawError`](crate::json::RawError) says why there is none.
            pub fn raw(&self) -> Result<&'r str, crate::json::RawError> {
                self.members().raw()
            }

            /// The id of the channel that the event is about or happened in.
            pub fn channel(&self) -> Option<&'r str> {
                self.0.channel()
            }

            /// The id of the user who did it, or whom it is about.
            pub fn user(&self) -> Option<&'r str> {
                self.0.user()
            }

            /// `ts`: a message's timestamp.
            pub fn ts(&self) -> Option<&'r str> {
                self.0.id(paths::TS)
            }

            /// `event_ts`: when it happened.
            pub fn event_ts(&self) -> Option<&'r str> {
                self.0.id(paths::EVENT_TS)
            }

            fn records(&self) -> crate::json::Records<'r> {
                self.0.records()
            }

            fn id(&self, path: u8) -> Option<&'r str> {
                self.0.id(path)
            }

            /// What is not in the common table is found by name: a table that extends that one
            /// may have other members under the same numbers.
            fn named(&self, name: &str) -> Option<&'r str> {
                self.members().text(name).map(crate::json::Text::as_str)
            }
        }
    };
}
use view;
