//! The output of a poll, without borrows until it is rendered.

use super::context::Context;
use super::event::{Acknowledged, Event, Reconnecting, Rejected};
use super::frame_event::FrameEvent;
use super::reason::CloseReason;
use super::view::{EventViews, Rtm, View};
use crate::buffer::RecvBuf;
use crate::json::Members;
use crate::link::{Output, Peer};
use crate::message_id::MessageId;
use crate::rtm;
use crate::time::Duration;
use crate::url::Url;
use crate::web_api::{Accepted, ApiError, Element};

/// The output of a [`Client`](crate::Client).
pub type ClientOutput<'r, D = Rtm> = Output<'r, Event<'r, D>, CloseReason>;

/// A [`ClientOutput`] that borrows nothing: its members are in the receive buffer and in the
/// [`Context`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputKind {
    Wait,
    ConnectApi,
    ConnectSocket,
    Disconnect,
    Closed,
    /// An element of the list whose path has this number.
    Element(u8),
    Accepted,
    ListsIncomplete,
    Refused,
    Hello,
    Acknowledged(MessageId),
    Rejected(MessageId),
    Unconfirmed(MessageId),
    Expired(MessageId),
    Withdrawn(MessageId),
    Malformed,
    /// The event whose members are in the receive buffer.
    Frame,
    Reconnecting,
}

impl OutputKind {
    /// Returns the output of this kind. This is the only place that lends bytes of `rx`.
    #[inline(never)] // its stack is not needed while the machine advances
    pub(super) fn render<'r, D: FrameEvent>(
        self,
        context: &Context<'r>,
        rx: &'r RecvBuf<'_>,
    ) -> ClientOutput<'r, D> {
        let settings = &context.settings;
        let records = rx.records();
        let table = settings.response_paths;
        let members = Members::new(records, settings.paths);
        Output::Event(match self {
            Self::Wait => {
                return Output::Wait {
                    until: context.wake,
                    can_read: rx.has_room(),
                };
            }
            Self::Disconnect => return Output::Disconnect,
            Self::Closed => return Output::Closed(context.close_reason()),
            Self::ConnectApi | Self::ConnectSocket => {
                return match peer(self, context, rx) {
                    Some(peer) => Output::Connect {
                        peer,
                        until: context.until,
                    },
                    None => Output::Disconnect,
                };
            }
            Self::Accepted => Event::Accepted(Accepted::new(records, table)),
            Self::Refused => Event::Refused(ApiError::new(
                records,
                context.status,
                (context.retry_after > Duration::ZERO).then_some(context.retry_after),
            )),
            Self::Unconfirmed(id) => Event::Unconfirmed(id),
            Self::Expired(id) => Event::Expired(id),
            Self::Withdrawn(id) => Event::Withdrawn(id),
            Self::Reconnecting => Event::Reconnecting(Reconnecting::new(context, records)),
            Self::Malformed => Event::Malformed,
            Self::Frame => Event::from_frame(records, settings.paths, &context.identity),
            Self::Hello => Event::Hello(D::hello(members)),
            Self::Element(path) => {
                let view = Element::new(path, Members::new(records, table));
                rtm_event(Event::Element, view, context, rx)
            }
            Self::ListsIncomplete => {
                let view = Accepted::new(records, table);
                rtm_event(Event::ListsIncomplete, view, context, rx)
            }
            Self::Acknowledged(id) => {
                let view = Acknowledged::new(id, rtm::Reply::new(members));
                rtm_event(Event::Acknowledged, view, context, rx)
            }
            Self::Rejected(id) => {
                let view = Rejected::new(id, rtm::Reply::new(members));
                rtm_event(Event::Rejected, view, context, rx)
            }
        })
    }
}

/// Returns the event of a variant that only RTM has. A client of another dialect has no such output
/// but for a response that was slow, of which the rest is skipped.
fn rtm_event<'r, D: EventViews, T: View<'r>>(
    variant: fn(D::Rtm<'r, T>) -> Event<'r, D>,
    view: T,
    context: &Context<'r>,
    rx: &'r RecvBuf<'_>,
) -> Event<'r, D> {
    match D::rtm(view) {
        Some(view) => variant(view),
        None => Event::Accepted(Accepted::new(rx.records(), context.settings.response_paths)),
    }
}

/// Returns the peer to connect to, if that is the output. Its URL was checked when it was decided
/// to connect.
pub(super) fn peer<'r>(
    kind: OutputKind,
    context: &Context<'r>,
    rx: &'r RecvBuf<'_>,
) -> Option<Peer<'r>> {
    let settings = &context.settings;
    let url = match kind {
        OutputKind::ConnectApi => settings.api_url(),
        OutputKind::ConnectSocket => settings.socket_url(rx).ok(),
        _ => None,
    };
    url.as_ref().map(Url::peer)
}
