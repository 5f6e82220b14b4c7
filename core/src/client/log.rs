//! Log messages for outputs: never a token, never the text of a message.

use super::context::Context;
use super::event::Reconnecting;
use super::output::OutputKind;
use crate::buffer::RecvBuf;
use crate::log::{debug, info, trace, warn};

/// Logs an output of the machine.
pub(super) fn log(kind: OutputKind, context: &Context<'_>, rx: &RecvBuf<'_>) {
    match kind {
        OutputKind::Wait => {}
        OutputKind::ConnectApi => debug!("calling {}", context.settings.method.name()),
        OutputKind::ConnectSocket => debug!("connecting to the socket"),
        OutputKind::Disconnect => debug!("disconnecting"),
        OutputKind::Closed => info!("closed: {}", context.close_reason()),
        OutputKind::Element(_) => trace!("an element of a list"),
        OutputKind::Accepted => debug!("the call was accepted"),
        OutputKind::ListsIncomplete => warn!("the rest of the response was skipped"),
        OutputKind::Refused => warn!("the call was refused"),
        OutputKind::Hello => info!("in session"),
        OutputKind::Acknowledged(id) => debug!("message {} is acknowledged", id),
        OutputKind::Rejected(id) => warn!("message {} was rejected", id),
        OutputKind::Unconfirmed(id) => warn!("message {} is unconfirmed", id),
        OutputKind::Expired(id) => warn!("message {} has expired", id),
        OutputKind::Withdrawn(id) => debug!("message {} is withdrawn", id),
        OutputKind::Malformed => warn!("a message is not JSON"),
        OutputKind::Frame => trace!("an event"),
        OutputKind::Reconnecting => {
            warn!(
                "trying again at {} ms: {}",
                context.until.as_millis(),
                Reconnecting::new(context, rx.records())
            );
        }
    }
}
