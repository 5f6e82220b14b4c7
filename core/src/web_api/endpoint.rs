//! Where and how methods are called: all settings of requests but the token.

use super::arguments::Arguments;
use super::cleartext::Cleartext;
use super::json_body::JsonBody;
use super::method::{Method, OwnUrl};
use super::placement::{ArgumentsIn, TokenIn};
use super::request_error::RequestError;
use crate::buffer::Sink;
use crate::http::request;
use crate::http::{Header, check_value};
use crate::url::Url;

/// The settings of requests without the token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoint<'c> {
    pub(crate) base: &'c str,
    pub(crate) token_in: TokenIn,
    pub(crate) arguments_in: Option<ArgumentsIn>,
    pub(crate) user_agent: &'c str,
    pub(crate) headers: &'c [Header<'c>],
    pub(crate) cleartext: Cleartext,
    /// Whether the link serves further requests, and the server is not asked to close it.
    pub(crate) keeps_link: bool,
}

impl<'c> Endpoint<'c> {
    /// The endpoint of Slack.
    pub(crate) const SLACK: Self = Self {
        base: "https://slack.com/api/",
        token_in: TokenIn::Header,
        arguments_in: None,
        user_agent: concat!("slack-rtm/", env!("CARGO_PKG_VERSION")),
        headers: &[],
        cleartext: Cleartext::Refused,
        keeps_link: false,
    };

    /// The URL of the base of [`SLACK`](Self::SLACK).
    pub(crate) const SLACK_URL: Url<'static> = Url::https("slack.com", "/api/");

    /// Returns the URL of the base, if it is one.
    pub(crate) fn url(&self) -> Option<Url<'c>> {
        Url::parse(self.base).ok()
    }

    /// Checks all settings; returns the URL of requests without the method's name.
    pub(crate) fn check(&self) -> Result<Url<'c>, RequestError> {
        let url = Url::parse(self.base).map_err(RequestError::Base)?;
        if url.scheme().is_websocket() {
            return Err(RequestError::BaseScheme);
        }
        if !url.scheme().is_secure() && self.cleartext == Cleartext::Refused {
            return Err(RequestError::Cleartext);
        }
        if url.target().bytes().any(|byte| byte == b'?') {
            return Err(RequestError::BaseQuery);
        }
        if self.user_agent.is_empty() || check_value(self.user_agent).is_err() {
            return Err(RequestError::UserAgent);
        }
        Ok(url)
    }

    /// Checks the name or the URL of a method, and its arguments. `is_call` is whether a `Caller` makes
    /// the call; otherwise its request is stored, or written at once.
    pub(crate) fn check_method(
        &self,
        method: &dyn Method,
        is_call: bool,
    ) -> Result<(), RequestError> {
        method.check().map_err(RequestError::Argument)?;
        let info = method.info();
        match info.own_url {
            Some(own_url) => (own_url.check)(&info, self.cleartext, is_call),
            None => check_name(info.name),
        }
    }

    /// Emits the request that calls the method of this name without arguments, with `token` in the
    /// header. A program that configures nothing else links this in place of
    /// [`write`](Self::write).
    pub(crate) fn write_bare(&self, token: &str, name: &str, url: &Url<'_>, sink: &mut dyn Sink) {
        let mut head =
            request::RequestWriter::with_target(sink, request::HttpMethod::Get, url, |sink| {
                target(name, url, sink);
            });
        self.fields(Some(token), &mut head, url);
        head.end();
    }

    /// Emits the request that calls the method `name` with `token` in the header and an empty form.
    pub(crate) fn write_empty_form(
        &self,
        token: &str,
        name: &str,
        url: &Url<'_>,
        sink: &mut dyn Sink,
    ) {
        let mut head =
            request::RequestWriter::with_target(sink, request::HttpMethod::Post, url, |sink| {
                target(name, url, sink);
            });
        self.fields(Some(token), &mut head, url);
        head.body(FORM, |_| ());
    }

    /// Emits the request that calls `method` with `token` in the header and its arguments in a form.
    /// A program that configures nothing else links this in place of [`write`](Self::write).
    pub(crate) fn write_form(
        &self,
        token: &str,
        method: &dyn Method,
        url: &Url<'_>,
        sink: &mut dyn Sink,
    ) {
        let info = method.info();
        let token = Some(token).filter(|_| info.needs_token);
        let mut head =
            request::RequestWriter::with_target(sink, request::HttpMethod::Post, url, |sink| {
                target(info.name, url, sink);
            });
        self.fields(token, &mut head, url);
        head.body(FORM, |sink| method.write(&mut Arguments::form(sink)));
    }

    /// Emits the request of `method` to its own URL.
    pub(crate) fn write_own(&self, own_url: &OwnUrl, method: &dyn Method, sink: &mut dyn Sink) {
        let fields = |head: &mut request::RequestWriter<'_>, url: &Url<'_>| {
            self.fields(None, head, url);
        };
        (own_url.write)(method, &fields, sink);
    }

    /// Emits the field lines of every request.
    fn fields(&self, token: Option<&str>, head: &mut request::RequestWriter<'_>, url: &Url<'_>) {
        if let (TokenIn::Header, Some(token)) = (self.token_in, token) {
            head.raw(b"\r\nAuthorization: Bearer ");
            head.raw(token.as_bytes());
        }
        head.raw(b"\r\nUser-Agent: ");
        head.raw(self.user_agent.as_bytes());
        if !self.keeps_link {
            head.raw(b"\r\nConnection: close");
        }
        head.headers(self.headers, url.host());
    }

    /// Emits the request that calls `method` with `token` at `url`, which [`check`](Self::check)
    /// returned. `json` ends one with a JSON body; without it the arguments are in a form.
    #[inline(never)] // its stack is not needed while the response is read
    pub(crate) fn write(
        &self,
        token: &str,
        method: &dyn Method,
        url: &Url<'_>,
        json: Option<JsonBody>,
        sink: &mut dyn Sink,
    ) {
        let info = method.info();
        let token = Some(token).filter(|_| info.needs_token);
        let arguments_in = match self.arguments_in {
            Some(arguments_in) if !info.is_form => arguments_in,
            _ => info.arguments_in,
        };
        let in_query = self.token_in == TokenIn::Header && arguments_in == ArgumentsIn::Query;
        let http_method = if in_query {
            request::HttpMethod::Get
        } else {
            request::HttpMethod::Post
        };
        let mut head = request::RequestWriter::with_target(sink, http_method, url, |sink| {
            target(info.name, url, sink);
            if in_query {
                method.write(&mut Arguments::query(sink));
            }
        });
        self.fields(token, &mut head, url);
        if in_query {
            return head.end();
        }
        if let (TokenIn::Header, ArgumentsIn::Json, Some(json)) =
            (self.token_in, arguments_in, json)
        {
            return json(head, method);
        }
        head.body(FORM, |sink| {
            let mut arguments = Arguments::form(sink);
            if self.token_in == TokenIn::Form {
                arguments.optional("token", token);
            }
            method.write(&mut arguments);
        });
    }
}

/// Checks the name of a method, which becomes a part of the request line.
pub(crate) fn check_name(name: &str) -> Result<(), RequestError> {
    let in_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    match !name.is_empty() && name.bytes().all(in_names) {
        true => Ok(()),
        false => Err(RequestError::MethodName),
    }
}

/// The type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Emits the target: the base's path and the method's name.
fn target(name: &str, url: &Url<'_>, sink: &mut dyn Sink) {
    // Empty, or with a leading slash, since a base has no query.
    let base = url.target().as_bytes();
    sink.put(base);
    if base.last() != Some(&b'/') {
        sink.put(b"/");
    }
    sink.put(name.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn the_constant_url_is_that_of_the_base() {
        assert_eq!(Endpoint::SLACK.check(), Ok(Endpoint::SLACK_URL));
    }
}
