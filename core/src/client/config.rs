//! The configuration of a client.

use super::opening_call::CallHooks;
use super::outbound::Delivery;
use super::reconnect_url::{ReconnectUrl, ReconnectUrlHooks};
use super::settings::{RawHooks, Settings};
use crate::backoff::{Backoff, BackoffPolicy};
use crate::event::PATHS;
use crate::http::Header;
use crate::json::{Paths, Raw};
use crate::link::Timeouts;
use crate::pace::Pace;
use crate::rtm::keepalive::KeepalivePolicy;
use crate::time::Duration;
use crate::web_api::{Api, ArgumentsIn, ConnectArguments, Method, StartLists, TokenIn};
use core::fmt;

/// Client configuration: credentials, endpoints, timeouts. Every setting but the token has a default
/// that suits Slack.
///
/// ```
/// use slack_rtm::Config;
/// use slack_rtm::time::Duration;
///
/// let mut waiting = [0; 2048];
/// let config = Config::new("xoxb-1")
///     .user_agent("doorbell/1.2")
///     .outbox(&mut waiting)
///     .ping_after(Duration::from_secs(60));
/// # let _ = config;
/// ```
pub struct Config<'c> {
    pub(super) settings: Settings<'c>,
    pub(super) call: &'static CallHooks,
    pub(super) outbox: Option<&'c mut [u8]>,
    pub(super) delivery: Delivery,
    pub(super) backoff: Backoff,
    pub(super) pace: Pace,
}

impl<'c> Config<'c> {
    /// The domains of Slack's WebSocket hosts.
    pub const DOMAINS: &'static [&'static str] = &["slack.com", "slack-msgs.com", "slack-gov.com"];

    /// Creates the configuration for `rtm.connect` at Slack with this token.
    pub const fn new(token: &'c str) -> Self {
        Self {
            settings: Settings {
                api: Api::new(token),
                method: Method::RtmConnect(ConnectArguments {
                    batch_presence_aware: false,
                    presence_sub: true,
                }),
                lists: StartLists::NONE,
                response_paths: StartLists::NONE.table(),
                domains: Self::DOMAINS,
                paths: &PATHS,
                keepalive: KeepalivePolicy::DEFAULT,
                timeouts: Timeouts::DEFAULT,
                raw: None,
                reconnect_url: None,
            },
            call: &CallHooks::BARE,
            outbox: None,
            delivery: Delivery::AtMostOnce,
            backoff: Backoff::new(BackoffPolicy::DEFAULT),
            pace: Pace::new(Duration::from_secs(1), 3),
        }
    }

    /// Sets the method of the opening call, with its arguments.
    #[must_use]
    pub const fn method(mut self, method: Method<'c>) -> Self {
        self.settings.method = method;
        self.call = &CallHooks::ANY;
        self
    }

    /// Selects the lists of `rtm.start` whose elements come out; by default none, and the URL is
    /// opened as soon as it has arrived.
    #[must_use]
    pub const fn lists(mut self, lists: StartLists) -> Self {
        self.settings.lists = lists;
        self.settings.response_paths = lists.table();
        self.call = &CallHooks::ANY;
        self
    }

    /// Sets the base of method URLs; by default `https://slack.com/api/`.
    #[must_use]
    pub const fn api_base(mut self, base: &'c str) -> Self {
        self.settings.api = self.settings.api.base(base);
        self
    }

    /// Sets the place of the token in the request; by default the header.
    #[must_use]
    pub const fn token_in(mut self, token_in: TokenIn) -> Self {
        self.settings.api = self.settings.api.token_in(token_in);
        self.call = &CallHooks::ANY;
        self
    }

    /// Sets the place of the arguments in the request; by default the query.
    #[must_use]
    pub const fn arguments_in(mut self, arguments_in: ArgumentsIn) -> Self {
        self.settings.api = self.settings.api.arguments_in(arguments_in);
        self.call = &CallHooks::ANY;
        self
    }

    /// Sets the value of `User-Agent`.
    #[must_use]
    pub const fn user_agent(mut self, user_agent: &'c str) -> Self {
        self.settings.api = self.settings.api.user_agent(user_agent);
        self
    }

    /// Adds field lines, each bound to its hosts: for example `Cookie` for the token of a web client.
    #[must_use]
    pub const fn headers(mut self, headers: &'c [Header<'c>]) -> Self {
        self.settings.api = self.settings.api.headers(headers);
        self
    }

    /// Sets the domains that the host of the socket must be in; by default
    /// [`DOMAINS`](Self::DOMAINS).
    #[must_use]
    pub const fn allowed_domains(mut self, domains: &'c [&'c str]) -> Self {
        self.settings.domains = domains;
        self
    }

    /// Allows `http` and `ws`, over which anybody on the way can read the token: for tests.
    #[must_use]
    pub const fn allow_insecure(mut self) -> Self {
        self.settings.api = self.settings.api.allow_insecure();
        self
    }

    /// Lends memory for messages that wait to be sent or acknowledged. Each takes its JSON, without
    /// its id, and five bytes.
    #[must_use]
    pub const fn outbox(mut self, memory: &'c mut [u8]) -> Self {
        self.outbox = Some(memory);
        self
    }

    /// Sets the fate of messages whose ack did not arrive.
    #[must_use]
    pub const fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Sets the use of the URLs that Slack pushes for the next connection; by default they are
    /// ignored.
    #[must_use]
    pub const fn reconnect_url(mut self, reconnect_url: ReconnectUrl) -> Self {
        self.settings.reconnect_url = match reconnect_url {
            ReconnectUrl::Ignore => None,
            ReconnectUrl::Use => Some(&ReconnectUrlHooks::USE),
        };
        self
    }

    /// Sets the members of events to keep: a table that `extends`
    /// [`event::PATHS`](crate::event::PATHS) or [`event::COMMON_PATHS`](crate::event::COMMON_PATHS)
    /// with your own members. Events have no elements: a path with
    /// [`Retention::Element`](crate::json::Retention::Element) loses its records.
    #[must_use]
    pub const fn paths(mut self, paths: &'static Paths) -> Self {
        self.settings.paths = paths;
        self
    }

    /// Sets the members to keep of a response without lists:
    /// [`COMMON`](crate::web_api::paths::COMMON), or a table that `extends` it with your
    /// own members. By default [`CONNECT`](crate::web_api::paths::CONNECT). For lists see
    /// [`StartLists::paths`].
    #[must_use]
    pub const fn response_paths(mut self, paths: &'static Paths) -> Self {
        self.settings.response_paths = paths;
        self
    }

    /// Sets whether events have their original JSON in addition to their members; by default not.
    ///
    /// The copy is in the receive buffer: of N bytes it may take N/2 - 168. An event that is longer,
    /// or nested deeper than 32 levels, has its members only. Texts are cut a little earlier.
    ///
    /// ```
    /// # #[cfg(feature = "serde")] {
    /// use slack_rtm::json::{Raw, from_raw};
    /// use slack_rtm::{Config, Event};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Typing<'e> {
    ///     channel: &'e str,
    /// }
    ///
    /// let config = Config::new("xoxb-1").raw(Raw::On);
    ///
    /// fn handle(event: Event<'_>) {
    ///     if let Event::Rtm(event) = event
    ///         && event.type_name() == "user_typing"
    ///     {
    ///         match event.raw().map(|json| from_raw::<Typing>(json.as_bytes())) {
    ///             Ok(Ok(typing)) => println!("somebody types in {}", typing.channel),
    ///             Ok(Err(other_shape)) => println!("{other_shape}"),
    ///             Err(too_large) => println!("{too_large}"),
    ///         }
    ///     }
    /// }
    /// # let _ = (config, handle);
    /// # }
    /// ```
    #[must_use]
    pub const fn raw(mut self, raw: Raw) -> Self {
        self.settings.raw = match raw {
            Raw::Off => None,
            Raw::On => Some(&RawHooks::ON),
        };
        self
    }

    /// Sets the silence after which a ping is sent.
    #[must_use]
    pub const fn ping_after(mut self, silence: Duration) -> Self {
        self.settings.keepalive.ping_after = silence;
        self
    }

    /// Sets the silence after a ping that makes the link count as dead. It also counts as dead when it
    /// takes no byte of the send buffer for this long.
    #[must_use]
    pub const fn dead_after(mut self, silence: Duration) -> Self {
        self.settings.keepalive.dead_after = silence;
        self
    }

    /// Sets the delays between attempts.
    #[must_use]
    pub const fn backoff(mut self, policy: BackoffPolicy) -> Self {
        self.backoff = Backoff::new(policy);
        self
    }

    /// Sets the time limits of the steps.
    #[must_use]
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.timeouts = timeouts;
        self
    }

    /// Allows one message per `interval`, and `burst` of them without waiting; by default one a second
    /// and a burst of three.
    #[must_use]
    pub const fn pacing(mut self, interval: Duration, burst: u16) -> Self {
        self.pace = Pace::new(interval, burst);
        self
    }
}

/// Does not show the token.
impl fmt::Debug for Config<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("api", &self.settings.api)
            .field("method", &self.settings.method)
            .field("domains", &self.settings.domains)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}
