//! The request that calls a method: its settings, its checks, its bytes.

use core::fmt;

use super::cleartext::Cleartext;
use super::method::Method;
use super::placement::{ArgumentsIn, TokenIn};
use crate::buffer::Sink;
use crate::http::request::{self, Pairs};
use crate::http::{Header, check_value};
use crate::url::{Url, UrlError};

/// The settings of requests: token, base URL, field lines. One value serves all calls.
///
/// ```
/// use slack_rtm::web_api::{Api, ConnectArguments, Method};
///
/// let api = Api::new("xoxb-1").user_agent("thermometer/1.0");
/// let method = Method::RtmConnect(ConnectArguments::default());
/// let request = api.request(method)?;
/// assert_eq!(request.url().host(), "slack.com");
/// # Ok::<(), slack_rtm::web_api::RequestError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Api<'c> {
    token: &'c str,
    base: &'c str,
    token_in: TokenIn,
    arguments_in: Option<ArgumentsIn>,
    user_agent: &'c str,
    headers: &'c [Header<'c>],
    cleartext: Cleartext,
}

impl<'c> Api<'c> {
    /// The base of the URLs of Slack's methods.
    pub const BASE: &'static str = "https://slack.com/api/";
    /// The default value of `User-Agent`.
    pub const USER_AGENT: &'static str = concat!("slack-rtm/", env!("CARGO_PKG_VERSION"));

    /// Settings for calls to [`BASE`](Self::BASE) with this token in the header.
    pub const fn new(token: &'c str) -> Self {
        Self {
            token,
            base: Self::BASE,
            token_in: TokenIn::Header,
            arguments_in: None,
            user_agent: Self::USER_AGENT,
            headers: &[],
            cleartext: Cleartext::Refused,
        }
    }

    /// Sets the base URL, which precedes the method's name. Default: [`BASE`](Self::BASE).
    #[must_use]
    pub const fn base(mut self, base: &'c str) -> Self {
        self.base = base;
        self
    }

    /// Sets the token.
    #[must_use]
    pub const fn token(mut self, token: &'c str) -> Self {
        self.token = token;
        self
    }

    /// Sets where a request carries the token. Default: in the header.
    #[must_use]
    pub const fn token_in(mut self, token_in: TokenIn) -> Self {
        self.token_in = token_in;
        self
    }

    /// Sets where a request carries the arguments. Default: as Slack's documents prefer, in the
    /// query for `rtm.connect` and `rtm.start`, in a form for every other method.
    #[must_use]
    pub const fn arguments_in(mut self, arguments_in: ArgumentsIn) -> Self {
        self.arguments_in = Some(arguments_in);
        self
    }

    /// Sets the value of `User-Agent`. Default: [`USER_AGENT`](Self::USER_AGENT).
    #[must_use]
    pub const fn user_agent(mut self, user_agent: &'c str) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// Sets further field lines. Each is sent to the hosts that it is bound to, and to no other.
    #[must_use]
    pub const fn headers(mut self, headers: &'c [Header<'c>]) -> Self {
        self.headers = headers;
        self
    }

    /// Allows a base URL without TLS, which exposes the token to the network: for tests on the
    /// local machine.
    #[must_use]
    pub const fn allow_insecure(mut self) -> Self {
        self.cleartext = Cleartext::Allowed;
        self
    }

    /// Returns whether connections without TLS are allowed.
    pub const fn cleartext(&self) -> Cleartext {
        self.cleartext
    }

    /// Returns the value of `User-Agent`.
    pub const fn user_agent_value(&self) -> &'c str {
        self.user_agent
    }

    /// Returns the further field lines.
    pub const fn header_list(&self) -> &'c [Header<'c>] {
        self.headers
    }

    /// Returns the request that calls `method`.
    ///
    /// # Errors
    /// [`RequestError`] names the setting that cannot be used.
    pub fn request(&self, method: Method<'c>) -> Result<Request<'c>, RequestError> {
        Ok(Request {
            api: *self,
            url: self.check(&method)?,
            method,
        })
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
        if self.token.is_empty() || !self.token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RequestError::Token);
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

    /// Emits the request that calls `method` without arguments, with the token in the header. A
    /// program that configures nothing else links this in place of [`write`](Self::write).
    pub(crate) fn write_bare(&self, method: &Method<'_>, url: &Url<'_>, sink: &mut dyn Sink) {
        let mut head =
            request::RequestWriter::with_target(sink, request::HttpMethod::Get, url, |sink| {
                target(method, url, sink);
            });
        self.fields(&mut head, url);
        head.end();
    }

    /// Emits the field lines of every request.
    fn fields(&self, head: &mut request::RequestWriter<'_>, url: &Url<'_>) {
        if self.token_in == TokenIn::Header {
            head.raw(b"\r\nAuthorization: Bearer ");
            head.raw(self.token.as_bytes());
        }
        head.raw(b"\r\nUser-Agent: ");
        head.raw(self.user_agent.as_bytes());
        head.raw(b"\r\nConnection: close");
        head.headers(self.headers, url.host());
    }

    /// Emits the request that calls `method` at `url`, which [`check`](Self::check) returned.
    #[inline(never)] // its stack is not needed while the response is read
    pub(crate) fn write(&self, method: &Method<'_>, url: &Url<'_>, sink: &mut dyn Sink) {
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
        self.fields(&mut head, url);
        if in_query {
            return head.end();
        }
        head.body("application/x-www-form-urlencoded", |sink| {
            let mut pairs = Pairs::form(sink);
            if self.token_in == TokenIn::Form {
                pairs.pair("token", self.token);
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

/// Does not show the token.
impl fmt::Debug for Api<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &self.base)
            .field("token_in", &self.token_in)
            .field("arguments_in", &self.arguments_in)
            .field("user_agent", &self.user_agent)
            .field("headers", &self.headers)
            .field("cleartext", &self.cleartext)
            .finish_non_exhaustive()
    }
}

/// A checked request, as a writer.
#[derive(Clone, Copy, Debug)]
pub struct Request<'c> {
    api: Api<'c>,
    url: Url<'c>,
    method: Method<'c>,
}

impl<'c> Request<'c> {
    /// Returns the URL of the base. Its target is without the method's name.
    pub const fn url(&self) -> &Url<'c> {
        &self.url
    }

    /// Emits the whole request.
    ///
    /// It does not offer compression, and requests that the server closes the connection after the
    /// response.
    pub fn write(&self, sink: &mut dyn Sink) {
        self.api.write(&self.method, &self.url, sink);
    }
}

/// A setting of [`Api`] or [`Method`] that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RequestError {
    /// The base is not a URL.
    Base(UrlError),
    /// The base is a WebSocket URL.
    BaseScheme,
    /// The base has a query.
    BaseQuery,
    /// The base is `http`, and [`allow_insecure`](Api::allow_insecure) was not called.
    Cleartext,
    /// The token is empty, or has characters other than visible ASCII, such as CR or LF.
    Token,
    /// `User-Agent` is empty, or has characters that a field line cannot contain.
    UserAgent,
    /// The method's name is empty, or has characters other than letters, digits, dots and `_`.
    MethodName,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base(error) => return write!(f, "API base: {error}"),
            Self::BaseScheme => "the API base must begin with https://",
            Self::BaseQuery => "the API base has a query; remove it (?...)",
            Self::Cleartext => "the API base has no TLS; use https://, or in a test call allow_insecure",
            Self::Token => {
                "the token is empty or has blanks or control characters; check how it was read"
            }
            Self::UserAgent => {
                "the user agent is empty or has control characters; use visible ASCII"
            }
            Self::MethodName => {
                "the method's name is empty or has characters other than letters, digits, dots and _; \
                 check it"
            },
        })
    }
}

impl core::error::Error for RequestError {}
