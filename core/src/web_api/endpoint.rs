//! Where and how methods are called: all settings of requests but the token.

use super::cleartext::Cleartext;
use super::method::Method;
use super::placement::{ArgumentsIn, TokenIn};
use super::request_error::RequestError;
use crate::buffer::Sink;
use crate::http::request::{self, Pairs};
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
    };

    /// Returns the URL of the base, if it is one.
    pub(crate) fn url(&self) -> Option<Url<'c>> {
        Url::parse(self.base).ok()
    }

    /// Checks all settings; returns the URL of the request that calls `method`, without its name.
    pub(crate) fn check(&self, method: &Method<'_>) -> Result<Url<'c>, RequestError> {
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
        let name = method.name();
        let in_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        if name.is_empty() || !name.bytes().all(in_names) {
            return Err(RequestError::MethodName);
        }
        Ok(url)
    }

    /// Emits the request that calls `method` without arguments, with `token` in the header. A
    /// program that configures nothing else links this in place of [`write`](Self::write).
    pub(crate) fn write_bare(
        &self,
        token: &str,
        method: &Method<'_>,
        url: &Url<'_>,
        sink: &mut dyn Sink,
    ) {
        let mut head =
            request::RequestWriter::with_target(sink, request::HttpMethod::Get, url, |sink| {
                target(method, url, sink);
            });
        self.fields(token, &mut head, url);
        head.end();
    }

    /// Emits the field lines of every request.
    fn fields(&self, token: &str, head: &mut request::RequestWriter<'_>, url: &Url<'_>) {
        if self.token_in == TokenIn::Header {
            head.raw(b"\r\nAuthorization: Bearer ");
            head.raw(token.as_bytes());
        }
        head.raw(b"\r\nUser-Agent: ");
        head.raw(self.user_agent.as_bytes());
        head.raw(b"\r\nConnection: close");
        head.headers(self.headers, url.host());
    }

    /// Emits the request that calls `method` with `token` at `url`, which [`check`](Self::check)
    /// returned.
    #[inline(never)] // its stack is not needed while the response is read
    pub(crate) fn write(
        &self,
        token: &str,
        method: &Method<'_>,
        url: &Url<'_>,
        sink: &mut dyn Sink,
    ) {
        let arguments_in = self.arguments_in.unwrap_or(method.arguments_in());
        let in_query = self.token_in == TokenIn::Header && arguments_in == ArgumentsIn::Query;
        let http_method = if in_query {
            request::HttpMethod::Get
        } else {
            request::HttpMethod::Post
        };
        let mut head = request::RequestWriter::with_target(sink, http_method, url, |sink| {
            target(method, url, sink);
            if in_query {
                method.write_arguments(&mut Pairs::query(sink));
            }
        });
        self.fields(token, &mut head, url);
        if in_query {
            return head.end();
        }
        head.body("application/x-www-form-urlencoded", |sink| {
            let mut pairs = Pairs::form(sink);
            if self.token_in == TokenIn::Form {
                pairs.pair("token", token);
            }
            method.write_arguments(&mut pairs);
        });
    }
}

/// Emits the target: the base's path and the method's name.
fn target(method: &Method<'_>, url: &Url<'_>, sink: &mut dyn Sink) {
    // Empty, or with a leading slash, since a base has no query.
    let base = url.target().as_bytes();
    sink.put(base);
    if base.last() != Some(&b'/') {
        sink.put(b"/");
    }
    sink.put(method.name().as_bytes());
}
