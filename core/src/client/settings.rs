//! The settings that a client reads throughout.

use super::reconnect_url::ReconnectUrlHooks;
use crate::buffer::RecvBuf;
use crate::json::{CopyRaw, Extractor, Paths};
use crate::keepalive::KeepalivePolicy;
use crate::link::Timeouts;
use crate::url::Url;
use crate::web_api::{
    self, Endpoint, OpeningMethod, RequestError, SocketUrlError, StartLists, check_name, paths,
};

/// The settings of a client.
#[derive(Clone)]
pub(super) struct Settings<'c> {
    pub(super) endpoint: Endpoint<'c>,
    pub(super) method: OpeningMethod<'c>,
    pub(super) lists: StartLists,
    /// The members of the response to keep.
    pub(super) response_paths: &'static Paths,
    pub(super) domains: &'c [&'c str],
    /// The members of events to keep.
    pub(super) paths: &'static Paths,
    pub(super) keepalive: KeepalivePolicy,
    pub(super) timeouts: Timeouts,
    /// How events bring their raw JSON; not at all by default.
    pub(super) raw: Option<&'static RawHooks>,
    /// How `reconnect_url` is used; not at all by default.
    pub(super) reconnect_url: Option<&'static ReconnectUrlHooks>,
}

/// Code for raw JSON, selected by [`Config::raw`](crate::Config::raw) so that the linker drops it
/// from programs that do not use it.
pub(super) struct RawHooks {
    pub(super) copy: CopyRaw,
    /// Splits a buffer as far as it is not split yet.
    pub(super) split: fn(&mut RecvBuf<'_>),
}

impl RawHooks {
    pub(super) const ON: Self = Self {
        copy: Extractor::COPY,
        split: |rx| {
            rx.split();
        },
    };
}

/// Code that checks the settings of the request.
pub(super) type CheckRequest = fn(&Settings<'_>) -> Result<(), RequestError>;

/// Checks the settings of the request.
pub(super) fn check_request(settings: &Settings<'_>) -> Result<(), RequestError> {
    settings.endpoint.check()?;
    check_name(settings.method.name())
}

impl<'c> Settings<'c> {
    /// Returns the URL of the API. It was checked when the client was created.
    pub(super) fn api_url(&self) -> Option<Url<'c>> {
        self.endpoint.url()
    }

    /// Returns the URL of the socket, which is at the front of the buffer: by itself, if it was
    /// pushed for this connection, or among the members of a response.
    pub(super) fn socket_url<'r>(&self, rx: &'r RecvBuf<'_>) -> Result<Url<'r>, SocketUrlError> {
        if rx.kept().is_empty() {
            // Every table for responses extends this one.
            let member = rx.records().find(paths::URL);
            return web_api::url_in(member, self.domains, self.endpoint.cleartext);
        }
        let text = crate::utf8::valid(rx.kept());
        web_api::check_url(text, self.domains, self.endpoint.cleartext)
    }

    /// Splits the buffer if events bring their raw JSON, and joins it if they do not: it may come
    /// from another client.
    pub(super) fn split(&self, rx: &mut RecvBuf<'_>) {
        match self.raw {
            Some(raw) => (raw.split)(rx),
            None => _ = rx.join(),
        }
    }
}
