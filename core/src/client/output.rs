//! The output of a poll, without borrows until it is rendered.

use super::context::Context;
use super::event::Event;
use super::message_id::MessageId;
use super::reason::CloseReason;
use crate::buffer::RecvBuf;
use crate::event::paths;
use crate::json::Members;
use crate::link::Output;
use crate::rtm;
use crate::time::Duration;
use crate::url::Url;
use crate::web_api::{Accepted, ApiError, Element};

/// The output of a [`Client`](crate::Client).
pub type ClientOutput<'r> = Output<'r, Event<'r>, CloseReason>;

/// A [`ClientOutput`] that borrows nothing: its members are in the receive buffer and in the [`Context`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputKind {
    Wait,
    ConnectApi,
    ConnectSocket,
    Disconnect,
    Closed,
    /// An element of the list whose path has this number.
    Element(u8),
    Opened,
    ListsIncomplete,
    Refused,
    Hello,
    Acknowledged(MessageId),
    Rejected(MessageId),
    Unconfirmed(MessageId),
    Malformed,
    /// The event whose members are in the receive buffer.
    Rtm,
    Reconnecting,
}

impl OutputKind {
    /// Returns the output of this kind. This is the only place that lends bytes of `rx`.
    #[inline(never)] // its stack is not needed while the machine advances
    pub(super) fn render<'r>(self, context: &Context<'r>, rx: &'r RecvBuf<'_>) -> ClientOutput<'r> {
        let settings = &context.settings;
        let records = rx.records();
        let table = settings.response_paths;
        let members = Members::new(records, settings.paths);
        Output::Event(match self {
            Self::Wait => {
                return Output::Wait {
                    until: context.wake,
                };
            }
            Self::Disconnect => return Output::Disconnect,
            Self::Closed => return Output::Closed(context.close_reason()),
            // Both URLs were checked when it was decided to connect.
            Self::ConnectApi => return connect(context, settings.api_url().ok()),
            Self::ConnectSocket => return connect(context, settings.socket_url(rx).ok()),
            Self::Element(path) => Event::Element(Element::new(path, Members::new(records, table))),
            Self::Opened => Event::Opened(Accepted::new(records, table)),
            Self::ListsIncomplete => Event::ListsIncomplete(Accepted::new(records, table)),
            Self::Refused => Event::Refused(ApiError::new(
                records,
                context.status,
                (context.retry_after > Duration::ZERO).then_some(context.retry_after),
            )),
            Self::Unconfirmed(id) => Event::Unconfirmed { id },
            Self::Reconnecting => Event::Reconnecting {
                reason: context.reason,
                at: context.until,
            },
            Self::Malformed => Event::Malformed,
            Self::Hello => Event::Hello(rtm::Notice::new(members)),
            Self::Acknowledged(id) => Event::Acknowledged {
                id,
                ts: records.text(paths::TS).map_or("", |ts| ts.as_str()),
            },
            Self::Rejected(id) => {
                let rejection = rtm::Rejection::new(members);
                Event::Rejected {
                    id,
                    code: rejection.code().unwrap_or_default(),
                    msg: rejection.message(),
                }
            }
            Self::Rtm => match rtm::Event::new(records, settings.paths, context.user_id()) {
                rtm::Event::Message(message) => Event::Message(message),
                rtm::Event::Pong(pong) => Event::Pong(pong),
                event => Event::Rtm(event),
            },
        })
    }
}

fn connect<'r>(context: &Context<'_>, url: Option<Url<'r>>) -> ClientOutput<'r> {
    match url {
        Some(url) => Output::Connect {
            peer: url.peer(),
            until: context.until,
        },
        None => Output::Wait { until: context.now },
    }
}
