//! The configuration of a `Caller`.

use super::cleartext::Cleartext;
use super::endpoint::Endpoint;
use super::json_body::JSON_BODY;
use super::method::Method;
use super::paths;
use super::placement::{ArgumentsIn, TokenIn};
use super::request_error::RequestError;
use crate::backoff::BackoffPolicy;
use crate::buffer::Sink;
use crate::http::Header;
use crate::json::Paths;
use crate::link::Timeouts;
use crate::time::Duration;
use crate::url::Url;

/// Writes the request that calls a method with a token at a URL.
type Write = fn(&Endpoint<'_>, &str, &dyn Method, &Url<'_>, &mut dyn Sink);

/// Writes a request of any kind.
const ANY_BODY: Write = |endpoint, token, method, url, sink| {
    endpoint.write(token, method, url, Some(JSON_BODY), sink);
};

/// Checks the settings of requests, and returns the URL of the base.
type Check = for<'e> fn(&Endpoint<'e>) -> Result<Url<'e>, RequestError>;

/// Checks settings of any kind.
const ANY_SETTINGS: Check = |endpoint| endpoint.check();

/// The configuration of a [`Caller`](super::Caller).
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct CallerConfig<'c> {
    pub(super) endpoint: Endpoint<'c>,
    /// Writes requests. A pointer, so that the linker drops the kinds of bodies that a program does
    /// not configure.
    pub(super) write: Write,
    /// Checks the settings. A pointer, so that the linker drops the parser of URLs from programs
    /// that configure no base.
    pub(super) check: Check,
    pub(super) timeouts: Timeouts,
    pub(super) total: Duration,
    pub(super) longest_idle: Duration,
    pub(super) backoff: BackoffPolicy,
    pub(super) post_paths: &'static Paths,
}

impl<'c> CallerConfig<'c> {
    /// Creates the configuration for calls to Slack: [`Timeouts::DEFAULT`], 5 minutes for a call, 30
    /// s for an idle link, and the delays of [`BackoffPolicy::DEFAULT`] without a limit on the rate
    /// of calls.
    pub const fn new() -> Self {
        let mut endpoint = Endpoint::SLACK;
        endpoint.keeps_link = true;
        let mut backoff = BackoffPolicy::DEFAULT;
        backoff.call_interval = Duration::ZERO;
        Self {
            endpoint,
            write: |endpoint, token, method, url, sink| {
                endpoint.write_form(token, method, url, sink);
            },
            check: |_| Ok(Endpoint::SLACK_URL),
            timeouts: Timeouts::DEFAULT,
            total: Duration::from_secs(300),
            longest_idle: Duration::from_secs(30),
            backoff,
            post_paths: &paths::CALL,
        }
    }

    /// Sets the base URL, which precedes the method's name. Default: [`Api::BASE`](super::api::Api::BASE).
    pub const fn api_base(mut self, base: &'c str) -> Self {
        self.endpoint.base = base;
        self.check = ANY_SETTINGS;
        self
    }

    /// Allows a base URL without TLS, which exposes the token to the network, and URLs of webhooks
    /// without TLS: for tests on the local machine.
    pub const fn allow_insecure(mut self) -> Self {
        self.endpoint.cleartext = Cleartext::Allowed;
        self
    }

    /// Sets the value of `User-Agent`. Default: [`Api::USER_AGENT`](super::api::Api::USER_AGENT).
    pub const fn user_agent(mut self, user_agent: &'c str) -> Self {
        self.endpoint.user_agent = user_agent;
        self.check = ANY_SETTINGS;
        self
    }

    /// Sets further field lines. Each is sent to the hosts that it is bound to, and to no other.
    pub const fn headers(mut self, headers: &'c [Header<'c>]) -> Self {
        self.endpoint.headers = headers;
        self
    }

    /// Sets where requests carry the token. Default: in the header.
    pub const fn token_in(mut self, token_in: TokenIn) -> Self {
        self.endpoint.token_in = token_in;
        self.write = ANY_BODY;
        self
    }

    /// Sets where requests carry the arguments, except of methods that accept only a form
    /// ([`MethodInfo::form_only`](super::MethodInfo::form_only)). Default: as each method prefers.
    pub const fn arguments_in(mut self, arguments_in: ArgumentsIn) -> Self {
        self.endpoint.arguments_in = Some(arguments_in);
        self.write = ANY_BODY;
        self
    }

    /// Checks the settings, and returns the URL of the base.
    pub(super) fn url(&self) -> Result<Url<'c>, RequestError> {
        (self.check)(&self.endpoint)
    }

    /// Sets the time limits of connecting and of a response.
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the time limit of a call, from its beginning to its outcome: pauses for rate limits and
    /// a second attempt included.
    pub const fn total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Sets the age of a link without calls after which a call that must not be repeated opens a
    /// fresh one: the server may have closed the old one, or the network may have forgotten it.
    pub const fn longest_idle(mut self, longest_idle: Duration) -> Self {
        self.longest_idle = longest_idle;
        self
    }

    /// Sets the members to keep of the responses to [posts](super::Caller::post). Default:
    /// [`CALL`](paths::CALL).
    pub const fn post_paths(mut self, paths: &'static Paths) -> Self {
        self.post_paths = paths;
        self
    }

    /// Sets the delays before the next call after a status of 500 or more, and after a failure to
    /// connect.
    pub const fn backoff(mut self, backoff: BackoffPolicy) -> Self {
        self.backoff = backoff;
        self
    }
}

impl Default for CallerConfig<'_> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(CallerConfig<'_>);
