//! The request that calls a method: its settings, its checks, its bytes.

use core::fmt;

use super::cleartext::Cleartext;
use super::endpoint::Endpoint;
use super::json_body::JSON_BODY;
use super::method::{Method, OwnUrl};
use super::placement::{ArgumentsIn, TokenIn};
use super::request_error::RequestError;
use crate::buffer::Sink;
use crate::http::Header;
use crate::url::Url;

/// The settings of requests: token, base URL, field lines. One value serves all calls.
///
/// ```
/// use slack_rtm::web_api::{Api, RtmConnect};
///
/// let api = Api::new("xoxb-1").user_agent("thermometer/1.0");
/// let request = api.request(RtmConnect::DEFAULT)?;
/// assert_eq!(request.base().host(), "slack.com");
/// # Ok::<(), slack_rtm::web_api::RequestError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Api<'c> {
    token: &'c str,
    endpoint: Endpoint<'c>,
}

impl<'c> Api<'c> {
    /// The base of the URLs of Slack's methods.
    pub const BASE: &'static str = Endpoint::SLACK.base;
    /// The default value of `User-Agent`.
    pub const USER_AGENT: &'static str = Endpoint::SLACK.user_agent;

    /// Settings for calls to [`BASE`](Self::BASE) with this token in the header.
    pub const fn new(token: &'c str) -> Self {
        Self {
            token,
            endpoint: Endpoint::SLACK,
        }
    }

    /// Sets the base URL, which precedes the method's name. Default: [`BASE`](Self::BASE).
    #[must_use]
    pub const fn base(mut self, base: &'c str) -> Self {
        self.endpoint.base = base;
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
        self.endpoint.token_in = token_in;
        self
    }

    /// Sets where a request carries the arguments. Default: as Slack's documents prefer, in the
    /// query for `rtm.connect` and `rtm.start`, in a form for every other method.
    /// Methods that accept only a form ([`MethodInfo::form_only`](super::MethodInfo::form_only)) send
    /// one in any case.
    #[must_use]
    pub const fn arguments_in(mut self, arguments_in: ArgumentsIn) -> Self {
        self.endpoint.arguments_in = Some(arguments_in);
        self
    }

    /// Sets the value of `User-Agent`. Default: [`USER_AGENT`](Self::USER_AGENT).
    #[must_use]
    pub const fn user_agent(mut self, user_agent: &'c str) -> Self {
        self.endpoint.user_agent = user_agent;
        self
    }

    /// Sets further field lines. Each is sent to the hosts that it is bound to, and to no other.
    #[must_use]
    pub const fn headers(mut self, headers: &'c [Header<'c>]) -> Self {
        self.endpoint.headers = headers;
        self
    }

    /// Allows a base URL without TLS, which exposes the token to the network: for tests on the
    /// local machine.
    #[must_use]
    pub const fn allow_insecure(mut self) -> Self {
        self.endpoint.cleartext = Cleartext::Allowed;
        self
    }

    /// Returns the request that calls `method`.
    ///
    /// # Errors
    /// [`RequestError`] names the setting that cannot be used.
    pub fn request<M: Method>(&self, method: M) -> Result<Request<'c, M>, RequestError> {
        let base = self.endpoint.check()?;
        if self.token.is_empty() || !self.token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RequestError::Token);
        }
        self.endpoint.check_method(&method, false)?;
        Ok(Request {
            api: *self,
            base,
            method,
        })
    }
}

/// Does not show the token.
impl fmt::Debug for Api<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// A checked request, as a writer.
#[derive(Clone, Copy)]
pub struct Request<'c, M> {
    api: Api<'c>,
    base: Url<'c>,
    method: M,
}

impl<'c, M: Method> Request<'c, M> {
    /// Returns the URL of the base. Its target is without the method's name.
    pub const fn base(&self) -> &Url<'c> {
        &self.base
    }

    /// Returns the functions for the request, if it has a URL of its own.
    pub(crate) fn own_url(&self) -> Option<&'static OwnUrl> {
        self.method.info().own_url
    }

    /// Returns the method.
    pub(crate) const fn method(&self) -> &M {
        &self.method
    }

    /// Emits the whole request.
    ///
    /// It does not offer compression, and requests that the server closes the connection after the
    /// response.
    pub fn write(&self, sink: &mut dyn Sink) {
        let Api { token, endpoint } = &self.api;
        match self.own_url() {
            Some(own_url) => endpoint.write_own(own_url, &self.method, sink),
            None => endpoint.write(token, &self.method, &self.base, Some(JSON_BODY), sink),
        }
    }
}

/// Does not show the token.
impl<M: Method> fmt::Debug for Request<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("api", &self.api)
            .field("method", &self.method.info().name)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<M: Method> defmt::Format for Request<'_, M> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Request {{ method: {} }}", self.method.info().name);
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Api<'_>);
