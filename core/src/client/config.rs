//! The configuration of a client.

use super::acknowledge::EventAcknowledgement;
use super::error::ConfigError;
use super::opening_call::CallHooks;
use super::outbound::Delivery;
use super::reconnect_url::ReconnectUrlHooks;
use super::settings::{CheckRequest, RawHooks, Settings, check_request};
use super::view::{EventViews, Rtm, SocketMode};
use crate::backoff::{Backoff, BackoffPolicy};
use crate::buffer::{Memory, ResourceError};
use crate::event::PATHS;
use crate::http::Header;
use crate::json::{Paths, Raw};
use crate::keepalive::KeepalivePolicy;
use crate::link::Timeouts;
use crate::pace::Pace;
use crate::storage::StorageParts;
use crate::time::Duration;
use crate::web_api::paths::COMMON;
use crate::web_api::{
    APPS_CONNECTIONS_OPEN, ArgumentsIn, Cleartext, Endpoint, Named, OpeningMethod, RtmConnect,
    StartLists, TokenIn,
};
use core::fmt;
use core::marker::PhantomData;

/// Client configuration: endpoints, timeouts, delivery. Every setting has a default that suits
/// Slack.
///
/// It is a constant, if nothing in it is known at run time only. The token is no part of it; it
/// goes to [`Client::new`](crate::Client::new), which checks all settings.
///
/// `D` is the [dialect](crate::Dialect): [`new`](Config::new) configures RTM, and
/// [`socket_mode`](Config::socket_mode) Socket Mode.
///
/// ```
/// use slack_rtm::time::Duration;
/// use slack_rtm::{Config, SocketMode};
///
/// const CONFIG: Config<'static> = Config::new()
///     .user_agent("doorbell/1.2")
///     .ping_after(Duration::from_secs(60));
/// const FOR_NEW_APPS: Config<'static, SocketMode> = Config::socket_mode().user_agent("doorbell/1.2");
/// # let _ = (CONFIG, FOR_NEW_APPS);
/// ```
#[derive(Clone)]
pub struct Config<'c, D = Rtm> {
    pub(super) settings: Settings<'c>,
    pub(super) call: &'static CallHooks,
    /// The lists or the table of members to keep were set, which exclude each other.
    has_lists: bool,
    /// The body of the opening call may be JSON.
    has_json: bool,
    has_response_paths: bool,
    /// A bit for each of [`ERRORS`] that a setter found.
    wrong: u8,
    /// Checks the settings of the request, if one was set. A pointer, so that the linker drops the
    /// checks from programs that keep the defaults: they take 1 % of the image with a client.
    check_request: Option<CheckRequest>,
    pub(super) delivery: Delivery,
    pub(super) backoff: Backoff,
    pub(super) pace: Pace,
    /// Socket Mode: when events are acknowledged.
    pub(super) event_acknowledgement: EventAcknowledgement,
    dialect: PhantomData<D>,
}

/// RTM.
impl<'c> Config<'c> {
    /// The domains of Slack's WebSocket hosts.
    pub const DOMAINS: &'static [&'static str] = crate::web_api::SLACK_DOMAINS;

    /// Creates the configuration for `rtm.connect` at Slack.
    pub const fn new() -> Self {
        Self::of(
            OpeningMethod::RtmConnect(RtmConnect::DEFAULT),
            &CallHooks::BARE,
            StartLists::NONE.table(),
            &PATHS,
        )
    }

    /// Sets the method of the opening call, with its arguments.
    #[must_use]
    pub const fn method(mut self, method: OpeningMethod<'c>) -> Self {
        self.settings.method = method;
        self.check_request = Some(check_request);
        self.call = self.any_call();
        self
    }

    /// Selects the lists of `rtm.start` whose elements come out; by default none, and the URL is
    /// opened as soon as it has arrived.
    #[must_use]
    pub const fn lists(mut self, lists: StartLists) -> Self {
        self.settings.lists = lists;
        self.settings.response_paths = lists.table();
        self.has_lists = true;
        self.note(LISTS_AND_PATHS, self.has_response_paths);
        self.note(RESPONSE_PATHS, !lists.table().begins_with(&COMMON));
        self.call = self.any_call();
        self
    }

    /// Sets the place of the token in the request; by default the header.
    #[must_use]
    pub const fn token_in(mut self, token_in: TokenIn) -> Self {
        self.settings.endpoint.token_in = token_in;
        self.call = self.any_call();
        self
    }

    /// Sets the place of the arguments in the request; by default the query.
    #[must_use]
    pub const fn arguments_in(mut self, arguments_in: ArgumentsIn) -> Self {
        self.settings.endpoint.arguments_in = Some(arguments_in);
        self.call = &CallHooks::ANY_WITH_JSON;
        self.has_json = true;
        self
    }

    /// Sets the fate of messages whose ack did not arrive.
    #[must_use]
    pub const fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Uses the URLs that Slack pushes for the next connection: after a session ends, the last one
    /// is tried once before the next call. By default they are ignored, and every connection begins
    /// with a call, as Slack documents it; Slack calls these URLs unsupported.
    ///
    /// A URL is kept in the memory for messages that wait, as long as no message needs the room.
    #[must_use]
    pub const fn use_reconnect_url(mut self) -> Self {
        self.settings.reconnect_url = Some(&ReconnectUrlHooks::USE);
        self
    }

    /// Allows one message per `interval`, and `burst` of them without waiting; by default one a
    /// second and a burst of three.
    #[must_use]
    pub const fn pacing(mut self, interval: Duration, burst: u16) -> Self {
        self.pace = Pace::new(interval, burst);
        self
    }
}

/// Socket Mode.
impl<'c> Config<'c, SocketMode> {
    /// Creates the configuration for `apps.connections.open` at Slack. The token is the app-level
    /// one, which begins with `xapp-` and has the scope `connections:write`.
    pub const fn socket_mode() -> Self {
        Self::of(
            OpeningMethod::Named(Named {
                name: APPS_CONNECTIONS_OPEN,
                arguments: &[],
            }),
            &CallHooks::SOCKET_MODE,
            &COMMON,
            &crate::socket_mode::PATHS,
        )
    }

    /// Sets when events are acknowledged; by default before they are lent.
    #[must_use]
    pub const fn acknowledge_events(mut self, at: EventAcknowledgement) -> Self {
        self.event_acknowledgement = at;
        self
    }
}

impl<'c, D: EventViews> Config<'c, D> {
    /// Creates the configuration of a dialect.
    const fn of(
        method: OpeningMethod<'c>,
        call: &'static CallHooks,
        response_paths: &'static Paths,
        paths: &'static Paths,
    ) -> Self {
        Self {
            settings: Settings {
                endpoint: Endpoint::SLACK,
                method,
                lists: StartLists::NONE,
                response_paths,
                domains: Config::DOMAINS,
                paths,
                keepalive: KeepalivePolicy::DEFAULT,
                timeouts: Timeouts::DEFAULT,
                raw: None,
                reconnect_url: None,
            },
            call,
            has_lists: false,
            has_json: false,
            has_response_paths: false,
            wrong: 0,
            check_request: None,
            delivery: Delivery::AtMostOnce,
            backoff: Backoff::new(BackoffPolicy::DEFAULT),
            pace: Pace::new(Duration::from_secs(1), 3),
            event_acknowledgement: EventAcknowledgement::BeforeEvent,
            dialect: PhantomData,
        }
    }

    /// Sets the base of method URLs; by default `https://slack.com/api/`.
    #[must_use]
    pub const fn api_base(mut self, base: &'c str) -> Self {
        self.settings.endpoint.base = base;
        self.check_request = Some(check_request);
        self
    }

    /// Sets the value of `User-Agent`.
    #[must_use]
    pub const fn user_agent(mut self, user_agent: &'c str) -> Self {
        self.settings.endpoint.user_agent = user_agent;
        self.check_request = Some(check_request);
        self
    }

    /// Adds field lines, each bound to its hosts: for example `Cookie` for the token of a web
    /// client.
    #[must_use]
    pub const fn headers(mut self, headers: &'c [Header<'c>]) -> Self {
        self.settings.endpoint.headers = headers;
        self
    }

    /// Sets the domains that the host of the socket must be in; by default
    /// [`DOMAINS`](Self::DOMAINS).
    #[must_use]
    pub const fn allowed_domains(mut self, domains: &'c [&'c str]) -> Self {
        self.settings.domains = domains;
        self.note(NO_DOMAIN, !are_domains(domains));
        self
    }

    /// Allows `http` and `ws`, over which anybody on the way can read the token: for tests.
    #[must_use]
    pub const fn allow_insecure(mut self) -> Self {
        self.settings.endpoint.cleartext = Cleartext::Allowed;
        self
    }

    /// Sets the members of events to keep: in RTM a table that `extends`
    /// [`event::PATHS`](crate::event::PATHS) or [`event::COMMON_PATHS`](crate::event::COMMON_PATHS)
    /// with your own members, in Socket Mode one that `extends` those of
    /// [`socket_mode`](crate::socket_mode). Events have no elements: a path with
    /// [`Retention::Element`](crate::json::Retention::Element) loses its records.
    #[must_use]
    pub const fn paths(mut self, paths: &'static Paths) -> Self {
        self.settings.paths = paths;
        self.note(PATHS_OF_EVENTS, !paths.begins_with(D::COMMON_PATHS));
        self
    }

    /// Sets the members to keep of a response without lists:
    /// [`COMMON`](crate::web_api::paths::COMMON), or a table that `extends` it with your
    /// own members. By default [`CONNECT`](crate::web_api::paths::CONNECT). For lists see
    /// [`StartLists::paths`].
    #[must_use]
    pub const fn response_paths(mut self, paths: &'static Paths) -> Self {
        self.settings.response_paths = paths;
        self.has_response_paths = true;
        self.note(LISTS_AND_PATHS, self.has_lists);
        self.note(RESPONSE_PATHS, !paths.begins_with(&COMMON));
        self
    }

    /// Sets whether events have their original JSON in addition to their members; by default not.
    ///
    /// The copy is in the receive buffer: of N bytes it may take N/2 - 168. An event that is
    /// longer, or nested deeper than 32 levels, has its members only. Texts are cut a little
    /// earlier.
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
    /// let config = Config::new().raw(Raw::On);
    ///
    /// fn handle(event: Event<'_>) {
    ///     if event.type_name() == Some("user_typing") {
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
        self.note(PING_AFTER, silence.as_millis() == 0);
        self
    }

    /// Sets the silence after a ping that makes the link count as dead. It also counts as dead when
    /// it takes no byte of the send buffer for this long.
    #[must_use]
    pub const fn dead_after(mut self, silence: Duration) -> Self {
        self.settings.keepalive.dead_after = silence;
        self.note(DEAD_AFTER, silence.as_millis() == 0);
        self
    }

    /// Sets the delays between attempts. The first call of a client is not delayed.
    #[must_use]
    pub const fn backoff(mut self, policy: BackoffPolicy) -> Self {
        self.backoff = Backoff::new(policy);
        self.note(
            BACKOFF,
            policy.first.as_millis() == 0 || policy.cap.as_millis() == 0,
        );
        self
    }

    /// Sets the time limits of the steps.
    #[must_use]
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.timeouts = timeouts;
        self.note(TIMEOUTS, timeouts.has_zero());
        self
    }
}

/// The errors that setters find, by the number of their bit. Each setter sets or clears its bit.
const ERRORS: [ConfigError; 8] = [
    ConfigError::ListsAndPaths,
    ConfigError::ResponsePaths,
    ConfigError::Paths,
    ConfigError::NoDomain,
    ConfigError::ZeroDuration,
    ConfigError::ZeroDuration,
    ConfigError::ZeroDuration,
    ConfigError::ZeroDuration,
];
const LISTS_AND_PATHS: u8 = 0;
const RESPONSE_PATHS: u8 = 1;
const PATHS_OF_EVENTS: u8 = 2;
const NO_DOMAIN: u8 = 3;
const PING_AFTER: u8 = 4;
const DEAD_AFTER: u8 = 5;
const TIMEOUTS: u8 = 6;
const BACKOFF: u8 = 7;

impl<D> Config<'_, D> {
    /// Returns the code for an opening call with settings of its own.
    const fn any_call(&self) -> &'static CallHooks {
        match self.has_json {
            true => &CallHooks::ANY_WITH_JSON,
            false => &CallHooks::ANY,
        }
    }

    /// Records whether the last call of a setter was wrong. The setters check all that they can, so
    /// that a constant configuration is checked by the compiler and links no check.
    const fn note(&mut self, bit: u8, is_wrong: bool) {
        self.wrong = self.wrong & !(1 << bit) | (is_wrong as u8) << bit;
    }

    /// Checks the rest. `outbox` is the size of the memory for messages that wait.
    pub(super) fn check(&self, outbox: usize) -> Result<(), ConfigError> {
        let settings = &self.settings;
        if let Some(check) = self.check_request {
            check(settings)?;
        }
        let found = usize::try_from(self.wrong.trailing_zeros()).ok();
        if let Some(error) = found.and_then(|bit| ERRORS.get(bit)) {
            return Err(*error);
        }
        let needs_outbox =
            self.delivery == Delivery::AtLeastOnce || settings.reconnect_url.is_some();
        match settings.method {
            OpeningMethod::RtmConnect(_) if !settings.lists.is_empty() => {
                Err(ConfigError::ListsWithoutStart)
            }
            _ if needs_outbox && outbox == 0 => Err(ConfigError::NoOutbox),
            _ if (1..StorageParts::LEAST_OUTBOX).contains(&outbox) => {
                Err(ConfigError::Outbox(ResourceError {
                    memory: Memory::Outbox,
                    wanted: StorageParts::LEAST_OUTBOX,
                    available: outbox,
                }))
            }
            _ => Ok(()),
        }
    }
}

/// Returns whether there are domains, and none is empty: no host is in an empty domain.
const fn are_domains(mut domains: &[&str]) -> bool {
    let any = !domains.is_empty();
    while let [first, rest @ ..] = domains {
        if first.is_empty() {
            return false;
        }
        domains = rest;
    }
    any
}

impl Default for Config<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D> fmt::Debug for Config<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("endpoint", &self.settings.endpoint)
            .field("method", &self.settings.method)
            .field("domains", &self.settings.domains)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<D> defmt::Format for Config<'_, D> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Config {{ method: {}, delivery: {} }}",
            self.settings.method,
            self.delivery
        );
    }
}
