//! The event of a frame, in each dialect.

use super::event::Event;
use super::view::{EventViews, Rtm, SocketMode};
use crate::event::{Identity, Unknown};
use crate::json::{Members, Paths, Records};
use crate::rtm::{self, Notice, Pong, ReconnectUrl, Reply, ServerError};
use crate::socket_mode::{self, Disconnect, Envelope, Hello, Interaction, SlashCommand};

/// A dialect that reads frames.
#[allow(unreachable_pub)] // it bounds a public trait
pub trait FrameEvent: EventViews {
    /// Returns the event of the frame with these members. `me` has the client's own ids.
    fn event<'r>(members: Members<'r>, me: &Identity) -> Event<'r, Self>;
}

impl FrameEvent for Rtm {
    fn event<'r>(members: Members<'r>, me: &Identity) -> Event<'r> {
        match rtm::category(members.records()) {
            rtm::FrameCategory::Reply(_) => Event::Reply(Reply::new(members)),
            rtm::FrameCategory::Hello => Event::Hello(Notice::new(members)),
            rtm::FrameCategory::Goodbye => Event::Goodbye(Notice::new(members)),
            rtm::FrameCategory::MigrationStarted => Event::MigrationStarted(Notice::new(members)),
            rtm::FrameCategory::Error => Event::ServerError(ServerError::new(members)),
            rtm::FrameCategory::ReconnectUrl => Event::ReconnectUrl(ReconnectUrl::new(members)),
            rtm::FrameCategory::Pong => Event::Pong(Pong::new(members)),
            rtm::FrameCategory::Event(category) => Event::of_category(category, members, me),
        }
    }
}

impl FrameEvent for SocketMode {
    fn event<'r>(members: Members<'r>, me: &Identity) -> Event<'r, Self> {
        use crate::socket_mode::FrameCategory as Category;
        match socket_mode::category(members.records()) {
            Category::Hello => Event::Hello(Hello::new(members)),
            Category::Disconnect => Event::Disconnect(Disconnect::new(members)),
            Category::Event(category) => {
                let inner = members.of_element(socket_mode::INNER_EVENT);
                Event::of_category(category, inner, me)
            }
            Category::Interaction => Event::Interaction(Interaction::new(members)),
            Category::SlashCommand => Event::SlashCommand(SlashCommand::new(members)),
            Category::RateLimited => Event::EventsRateLimited(Envelope::new(members)),
            Category::Envelope => Event::Envelope(Envelope::new(members)),
            Category::Other => Event::Unknown(Unknown::new(members)),
        }
    }
}

impl<'r, D: FrameEvent> Event<'r, D> {
    /// Returns the event of a frame whose members `records` holds, without a client. A reply of RTM
    /// is [`Reply`](Self::Reply) then, since there is no message that it could be the outcome of.
    ///
    /// `paths` is the table that they were read with: in RTM [`PATHS`](crate::event::PATHS) or
    /// [`COMMON_PATHS`](crate::event::COMMON_PATHS), in Socket Mode those of
    /// [`socket_mode`](crate::socket_mode), or a table that extends one of them. `me` has the
    /// client's own ids.
    ///
    /// ```
    /// use slack_rtm::{Event, Rtm};
    /// use slack_rtm::buffer::RecvBuf;
    /// use slack_rtm::event::{Author, Identity, PATHS};
    /// use slack_rtm::json::{Extractor, Raw};
    ///
    /// let frame = br#"{"type":"message","channel":"C1","user":"U2","text":"ping","ts":"1.5"}"#;
    /// let mut memory = [0; 512];
    /// let mut rx = RecvBuf::new(&mut memory);
    /// rx.space()[..frame.len()].copy_from_slice(frame);
    /// rx.filled(frame.len());
    /// Extractor::new(&PATHS, Raw::Off).feed(&mut rx, frame.len())?;
    /// match Event::<Rtm>::from_frame(rx.records(), &PATHS, &Identity::new().user("U1")) {
    ///     Event::Message(message) => {
    ///         assert_eq!(message.posted_by(), Some(Author::Person("U2")));
    ///         assert_eq!(message.channel(), Some("C1"));
    ///     }
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), slack_rtm::json::SyntaxError>(())
    /// ```
    pub fn from_frame(records: Records<'r>, paths: &'r Paths, me: &Identity) -> Self {
        D::event(Members::new(records, paths), me)
    }
}
