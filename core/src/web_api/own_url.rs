//! Requests to a URL of their own, such as an incoming webhook: JSON without a token, and a plain
//! text as the response.

use super::argument_error::ArgumentPart;
use super::arguments::Arguments;
use super::body::Body;
use super::cleartext::Cleartext;
use super::json_body::JSON_BODY;
use super::method::{Fields, Method, MethodInfo, OwnUrl, Repetition};
use super::placement::ArgumentsIn;
use super::request_error::RequestError;
use super::response::Response;
use crate::buffer::{RecvBuf, Sink};
use crate::http::request::{HttpMethod, RequestWriter};
use crate::parse::fnv1a;
use crate::url::Url;
use crate::utf8;

impl<'a> MethodInfo<'a> {
    /// Creates a request to a URL of its own in place of a method, such as an incoming webhook. Its
    /// arguments are JSON, it has no token, and the response is a plain text: `ok`, or an error
    /// code. It is called once a second at most.
    ///
    /// `name` is for people. The URL is a secret, so that `Debug` does not show it.
    pub const fn at_url(name: &'a str, url: &'a str) -> Self {
        let mut info = Self::new(name);
        info.arguments_in = ArgumentsIn::Json;
        info.needs_token = false;
        info.own_url = Some(&OWN_URL);
        // The rate is one of the URL.
        info.channel = Some(url);
        info
    }

    /// Creates a request with this body to the URL that `files.getUploadURLExternal` returned.
    pub(crate) const fn upload(url: &'a str, body: &'a Body) -> Self {
        let mut info = Self::at_url("upload", url);
        // Nothing is visible before the upload is completed.
        info.repetition = Repetition::Harmless;
        info.body = Some(body);
        info
    }
}

/// The one table.
static OWN_URL: OwnUrl = OwnUrl {
    check: |info, cleartext, is_call| {
        if info.body.is_some() && !is_call {
            return Err(RequestError::Body);
        }
        let text = info.url().unwrap_or_default();
        let part = match info.body {
            Some(_) => ArgumentPart::UploadUrl,
            None => ArgumentPart::Url,
        };
        part.check(text.len()).map_err(RequestError::Argument)?;
        let url = Url::parse(text).map_err(RequestError::Url)?;
        if url.scheme().is_websocket() {
            return Err(RequestError::UrlScheme);
        }
        if !url.scheme().is_secure() && cleartext == Cleartext::Refused {
            return Err(RequestError::UrlCleartext);
        }
        Ok(())
    },
    write,
    store: |method, sink| method.write(&mut Arguments::members(sink)),
    origin: |info, rx| {
        if let Some(rx) = rx {
            keep(info, rx);
        }
        let text = info.url().unwrap_or_default();
        let target = url_of(info).map_or(0, |url| url.target().len());
        let origin = text.get(..text.len().saturating_sub(target));
        fnv1a(origin.unwrap_or(text)) | 1
    },
    kept: |rx| Url::parse(utf8::valid(rx.kept())).ok(),
    advance: Response::advance_text,
};

/// Keeps the URL in the receive buffer. If it does not fit, no URL is kept.
fn keep(info: &MethodInfo<'_>, rx: &mut RecvBuf<'_>) {
    let bytes = info.url().unwrap_or_default().as_bytes();
    rx.clear();
    let space = rx.space();
    let count = bytes.len().min(space.len());
    for (to, from) in space.iter_mut().zip(bytes) {
        *to = *from;
    }
    rx.filled(count);
    let _ = rx.keep(0, count);
}

/// Emits the request to the URL of `method`.
fn write(method: &dyn Method, fields: Fields<'_>, sink: &mut dyn Sink) {
    let info = method.info();
    // The URL was checked.
    let Some(url) = url_of(&info) else { return };
    let mut head = RequestWriter::new(sink, HttpMethod::Post, &url);
    fields(&mut head, &url);
    match info.body {
        Some(body) => (body.end_head)(head, body.length.into()),
        None => JSON_BODY(head, method),
    }
}

fn url_of<'a>(info: &MethodInfo<'a>) -> Option<Url<'a>> {
    Url::parse(info.url()?).ok()
}
