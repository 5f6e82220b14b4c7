//! The URL that Slack pushes for the next connection, kept in the outbox.

use crate::buffer::{RecvBuf, Sink, copy};
use crate::rtm::command::NO_ID;
use crate::web_api::outbox::{Outbox, Status};

/// Code for `reconnect_url`, selected by
/// [`Config::use_reconnect_url`](crate::Config::use_reconnect_url) so that the linker drops it from
/// programs that do not use it.
pub(super) struct ReconnectUrlHooks {
    /// Keeps a URL in place of the one before, if there is room.
    pub(super) keep: fn(&mut Outbox<'_>, url: &str),
    /// Moves the kept URL to the front of the buffer. Returns whether there was one that fits.
    pub(super) take: fn(&mut Outbox<'_>, rx: &mut RecvBuf<'_>) -> bool,
}

impl ReconnectUrlHooks {
    pub(super) const USE: Self = Self {
        keep: |outbox, url| {
            forget(outbox);
            let write = |sink: &mut dyn Sink| sink.put(url.as_bytes());
            // Without room the next connection begins with a call, as it does without the URL.
            let _ = outbox.push(NO_ID, Status::Note, &write);
        },
        take: |outbox, rx| {
            let Some(entry) = outbox.find(NO_ID) else {
                return false;
            };
            rx.clear();
            let length = copy(rx.space(), entry.json);
            let is_whole = length == entry.json.len();
            rx.filled(length);
            forget(outbox);
            is_whole && rx.keep(0, length).is_ok()
        },
    };
}

/// Removes the kept URL: it belongs to an old token, or a message needs the room.
pub(super) fn forget(outbox: &mut Outbox<'_>) {
    outbox.remove(NO_ID);
}
