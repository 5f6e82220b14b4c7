//! Where the Web API is and as whom to call it; the request for one method.

use core::fmt;

use super::{Cleartext, Method};
use crate::buffer::Sink;
use crate::http::request::{self, Pairs};
use crate::http::{Header, check_value};
use crate::url::{Url, UrlError};

/// How to reach the Web API: what the calls of one program have in common.
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
    plain: Cleartext,
}

/// Where the token stands in a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TokenIn {
    /// `Authorization: Bearer`, which Slack prefers.
    #[default]
    Header,
    /// The form field `token`; the request is then a `POST`.
    Form,
}

/// Where the arguments stand in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ArgumentsIn {
    /// `GET` with the arguments in the query.
    Query,
    /// `POST` with the arguments in a body of type `application/x-www-form-urlencoded`.
    Form,
}

impl<'c> Api<'c> {
    /// Slack's own base of method URLs.
    pub const BASE: &'static str = "https://slack.com/api/";
    /// What `User-Agent` says unless told otherwise.
    pub const USER_AGENT: &'static str = concat!("slack-rtm/", env!("CARGO_PKG_VERSION"));

    /// Calls to [`BASE`](Self::BASE) with this token in the header.
    pub const fn new(token: &'c str) -> Self {
        Self {
            token,
            base: Self::BASE,
            token_in: TokenIn::Header,
            arguments_in: None,
            user_agent: Self::USER_AGENT,
            headers: &[],
            plain: Cleartext::Refused,
        }
    }

    /// Another base: what stands before the method's name in its URL.
    #[must_use]
    pub const fn base(mut self, base: &'c str) -> Self {
        self.base = base;
        self
    }

    /// Another token.
    #[must_use]
    pub const fn token(mut self, token: &'c str) -> Self {
        self.token = token;
        self
    }

    /// Where the token stands; by default in the header.
    #[must_use]
    pub const fn token_in(mut self, token_in: TokenIn) -> Self {
        self.token_in = token_in;
        self
    }

    /// Where arguments stand; by default as Slack's documents prefer it: in the query for
    /// `rtm.connect` and `rtm.start`, in a form for every other method.
    #[must_use]
    pub const fn arguments_in(mut self, arguments_in: ArgumentsIn) -> Self {
        self.arguments_in = Some(arguments_in);
        self
    }

    /// What `User-Agent` says; by default [`USER_AGENT`](Self::USER_AGENT).
    #[must_use]
    pub const fn user_agent(mut self, user_agent: &'c str) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// Further field lines; each goes only to the hosts it is bound to.
    #[must_use]
    pub const fn headers(mut self, headers: &'c [Header<'c>]) -> Self {
        self.headers = headers;
        self
    }

    /// Allows a base without TLS, over which the token can be read by everybody on the way: for
    /// tests on one's own machine.
    #[must_use]
    pub const fn allow_insecure(mut self) -> Self {
        self.plain = Cleartext::Allowed;
        self
    }

    /// Whether connections without TLS are allowed.
    pub const fn plain(&self) -> Cleartext {
        self.plain
    }

    /// The caller's `User-Agent`.
    pub const fn user_agent_value(&self) -> &'c str {
        self.user_agent
    }

    /// The caller's further field lines.
    pub const fn header_list(&self) -> &'c [Header<'c>] {
        self.headers
    }

    /// The request that calls `method`.
    ///
    /// # Errors
    /// [`RequestError`] says which setting cannot be used.
    pub fn request(&self, method: Method<'c>) -> Result<Request<'c>, RequestError> {
        Ok(Request {
            api: *self,
            url: self.check(&method)?,
            method,
        })
    }

    /// Where a request that calls `method` goes, if all settings can be used.
    pub(crate) fn check(&self, method: &Method<'_>) -> Result<Url<'c>, RequestError> {
        let url = Url::parse(self.base).map_err(RequestError::Base)?;
        if url.scheme().is_websocket() {
            return Err(RequestError::BaseScheme);
        }
        if !url.scheme().is_secure() && self.plain == Cleartext::Refused {
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

    /// Emits the request that calls `method` without arguments, the token in its header: what a
    /// program that asks for nothing else is linked with.
    #[inline(never)] // its stack is not needed while the answer is read
    pub(crate) fn write_bare(&self, method: &Method<'_>, url: &Url<'_>, sink: &mut dyn Sink) {
        let mut head =
            request::RequestWriter::with_target(sink, request::HttpMethod::Get, url, |sink| {
                target(method, url, sink);
            });
        self.fields(&mut head, url);
        head.end();
    }

    /// The fields of every request.
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

    /// Emits the request that calls `method` at `url`, the one that [`check`](Self::check) gave.
    #[inline(never)] // likewise
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

/// The base's path and the method's name.
fn target(method: &Method<'_>, url: &Url<'_>, sink: &mut dyn Sink) {
    // Empty, or with a slash in front, since a base has no query.
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
            .field("plain", &self.plain)
            .finish_non_exhaustive()
    }
}

/// One method's request, ready to be written.
#[derive(Clone, Copy, Debug)]
pub struct Request<'c> {
    api: Api<'c>,
    url: Url<'c>,
    method: Method<'c>,
}

impl<'c> Request<'c> {
    /// Where it goes. The target is the base's, without the method's name.
    pub const fn url(&self) -> &Url<'c> {
        &self.url
    }

    /// Emits the whole request.
    ///
    /// It asks for no compression and for the link to be closed behind the answer.
    pub fn write(&self, sink: &mut dyn Sink) {
        self.api.write(&self.method, &self.url, sink);
    }
}

/// A setting of [`Api`] or [`Method`] that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RequestError {
    /// The base is no URL.
    Base(UrlError),
    /// The base is a WebSocket's URL.
    BaseScheme,
    /// The base has a query.
    BaseQuery,
    /// The base is `http`, which was not allowed.
    Cleartext,
    /// The token is empty or has characters that no token has, such as CR or LF.
    Token,
    /// `User-Agent` is empty or has characters that would end the line.
    UserAgent,
    /// The method's name is empty or has characters that no method has.
    MethodName,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base(error) => return write!(f, "API base: {error}"),
            Self::BaseScheme => "the API base must begin with https://",
            Self::BaseQuery => "the API base must have no query; remove it (?...)",
            Self::Cleartext => "the API base has no TLS; use https://, or allow plain for a test",
            Self::Token => {
                "the token is empty or has blanks or control characters; check how it was read"
            }
            Self::UserAgent => {
                "the user agent is empty or has control characters; use visible ASCII"
            }
            Self::MethodName => "a method's name has letters, digits, dots and _ only; check it",
        })
    }
}

impl core::error::Error for RequestError {}
