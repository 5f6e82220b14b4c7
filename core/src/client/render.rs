//! What a poll tells: decided without a borrow by the machine, and lent once at the end.

use super::context::Context;
use super::event::Event;
use super::outbound::MessageId;
use super::output::{Output, Peer, Security};
use crate::buffer::RecvBuf;
use crate::event::paths;
use crate::json::Members;
use crate::log::{debug, info, trace, warn};
use crate::rtm;
use crate::time::Duration;
use crate::url::Url;
use crate::web_api::{Accepted, ApiError, Element};

/// An output, or an event, whose members stand in the receive buffer and in the machine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    /// Go on: the phase changed.
    Nothing,
    /// Go on: the connection is open, and what is unread are frames.
    Switched,
    Wait,
    ConnectApi,
    ConnectSocket,
    Disconnect,
    Closed,
    /// An element of the list with this path.
    Element(u8),
    Opened,
    ListsIncomplete,
    Refused,
    Hello,
    Acknowledged(MessageId),
    Rejected(MessageId),
    Unconfirmed(MessageId),
    Malformed,
    /// The event whose members stand in the receive buffer.
    Rtm,
    Reconnecting,
}

impl<'c> Context<'c> {
    /// Steps and errors for a log: never a token, never the text of a message.
    pub(super) fn log(&self) {
        match self.told {
            Told::Nothing | Told::Switched | Told::Wait => {}
            Told::ConnectApi => debug!("calling {}", self.settings.method.name()),
            Told::ConnectSocket => debug!("connecting to the socket"),
            Told::Disconnect => debug!("leaving the link"),
            Told::Closed => info!("at the end: {}", self.end()),
            Told::Element(_) => trace!("an element of a list"),
            Told::Opened => debug!("the call was answered"),
            Told::ListsIncomplete => warn!("the lists were left before their end"),
            Told::Refused => warn!("the call was refused"),
            Told::Hello => info!("in session"),
            Told::Acknowledged(id) => debug!("message {} is acknowledged", id),
            Told::Rejected(id) => warn!("message {} was rejected", id),
            Told::Unconfirmed(id) => warn!("message {} is unconfirmed", id),
            Told::Malformed => warn!("a message is not JSON"),
            Told::Rtm => trace!("an event"),
            Told::Reconnecting => {
                warn!(
                    "trying again at {} ms: {}",
                    self.until.as_millis(),
                    self.cause
                );
            }
        }
    }

    /// The output for what was told: the only place where something of `rx` is lent.
    #[inline(never)] // its stack is not needed while the machine advances
    pub(super) fn output<'r>(&self, rx: &'r RecvBuf<'_>) -> Output<'r>
    where
        'c: 'r,
    {
        let records = rx.records();
        let table = self.settings.answer;
        let members = Members::new(records, self.settings.paths);
        Output::Event(match self.told {
            Told::Nothing | Told::Switched => return Output::Wait { until: self.now },
            Told::Wait => return Output::Wait { until: self.wake },
            Told::Disconnect => return Output::Disconnect,
            Told::Closed => return Output::Closed(self.end()),
            // Both URLs were checked when it was decided to connect.
            Told::ConnectApi => match self.settings.api_url() {
                Ok(url) => return self.connect(url),
                Err(_) => return Output::Wait { until: self.now },
            },
            Told::ConnectSocket => match self.settings.socket_url(rx) {
                Ok(url) => return self.connect(url),
                Err(_) => return Output::Wait { until: self.now },
            },
            Told::Element(path) => Event::Element(Element::new(path, Members::new(records, table))),
            Told::Opened => Event::Opened(Accepted::new(records, table)),
            Told::ListsIncomplete => Event::ListsIncomplete(Accepted::new(records, table)),
            Told::Refused => Event::Refused(ApiError::new(
                records,
                (self.retry_after > Duration::ZERO).then_some(self.retry_after),
            )),
            Told::Unconfirmed(id) => Event::Unconfirmed { id },
            Told::Reconnecting => Event::Reconnecting {
                cause: self.cause,
                at: self.until,
            },
            Told::Malformed => Event::Malformed,
            Told::Hello => Event::Hello(rtm::Notice::new(members)),
            Told::Acknowledged(id) => Event::Acknowledged {
                id,
                ts: records.text(paths::TS).map_or("", |ts| ts.as_str()),
            },
            Told::Rejected(id) => {
                let rejection = rtm::Rejection::new(members);
                Event::Rejected {
                    id,
                    code: rejection.code().unwrap_or_default(),
                    msg: rejection.message(),
                }
            }
            Told::Rtm => match rtm::Event::new(records, self.settings.paths, self.user_id()) {
                rtm::Event::Message(message) => Event::Message(message),
                rtm::Event::Pong(pong) => Event::Pong(pong),
                event => Event::Rtm(event),
            },
        })
    }

    fn connect<'r>(&self, url: Url<'r>) -> Output<'r> {
        Output::Connect {
            peer: Peer {
                host: url.host(),
                port: url.port(),
                security: if url.scheme().is_secure() {
                    Security::Tls
                } else {
                    Security::Cleartext
                },
            },
            until: self.until,
        }
    }
}
