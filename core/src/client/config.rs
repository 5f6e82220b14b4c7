//! What a client is told at its birth: as whom, where, and how patient to be.

use super::outbound::Pushed;
use crate::backoff::{self, Backoff};
use crate::buffer::{RecvBuf, Sink};
use crate::event::PATHS;
use crate::http::Header;
use crate::json::{CopyRaw, Extractor, Paths, Raw};
use crate::pace::Pace;
use crate::rtm::keepalive::KeepalivePolicy;
use crate::time::Duration;
use crate::url::Url;
use crate::web_api::{
    Api, ArgumentsIn, ConnectArguments, Method, ReadUntil, Response, StartLists, TokenIn,
};
use core::fmt;

/// The settings of a client; every one but the token has a default that suits Slack.
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
    pub(super) outbox: Option<&'c mut [u8]>,
    pub(super) delivery: Delivery,
    pub(super) backoff: Backoff,
    pub(super) pace: Pace,
}

/// What a client looks up all its life.
pub(super) struct Settings<'c> {
    pub(super) api: Api<'c>,
    pub(super) method: Method<'c>,
    pub(super) calling: &'static Calling,
    pub(super) lists: StartLists,
    /// The members of the answer to keep.
    pub(super) answer: &'static Paths,
    pub(super) domains: &'c [&'c str],
    pub(super) paths: &'static Paths,
    pub(super) keepalive: KeepalivePolicy,
    pub(super) patience: Timeouts,
    /// How events bring their raw JSON; not at all by default.
    pub(super) raw: Option<&'static Copying>,
    /// What is done with URLs that are pushed; nothing by default.
    pub(super) pushed: Option<&'static Pushed>,
}

/// What the call takes: a program that does not ask for more is linked with what `rtm.connect`
/// without arguments takes.
pub(super) struct Calling {
    /// Writes the request.
    pub(super) write: fn(&Api<'_>, &Method<'_>, &Url<'_>, &mut dyn Sink),
    /// Says what of the answer is read and told.
    pub(super) prepare: fn(&mut Response, &Settings<'_>),
}

impl Calling {
    const BARE: Self = Self {
        write: |api, method, url, sink| {
            api.write_bare(method, url, sink);
        },
        prepare: |_, _| (),
    };

    const ANY: Self = Self {
        write: |api, method, url, sink| {
            api.write(method, url, sink);
        },
        prepare: |answer, settings| {
            answer.select(settings.lists);
            // What rtm.start tells behind the URL may be megabytes.
            if let Method::RtmStart(_) = settings.method
                && settings.lists.is_empty()
            {
                answer.stop(ReadUntil::Url);
            }
        },
    };
}

/// What raw JSON takes: a program that does not ask for it is linked without it.
pub(super) struct Copying {
    pub(super) copy: CopyRaw,
    /// Divides a buffer that is not divided yet.
    pub(super) divide: fn(&mut RecvBuf<'_>),
}

impl Copying {
    const ON: Self = Self {
        copy: Extractor::COPY,
        divide: |rx| {
            if !rx.is_split() {
                rx.split();
            }
        },
    };
}

/// What becomes of a message whose ack did not come before the link ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Delivery {
    /// It ends as `Unconfirmed`: it may have arrived or not, and arrives once at the most.
    #[default]
    AtMostOnce,
    /// It is sent again: it arrives, and may arrive twice. Needs an outbox.
    AtLeastOnce,
}

/// Whether to use the URLs that Slack pushes for the next connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ReconnectUrl {
    /// Every connection begins with a call: what Slack documents.
    #[default]
    Ignore,
    /// After a session ends, the last `reconnect_url` is tried once before the next call. Slack calls
    /// these URLs unsupported. Needs an outbox, in which the URL is kept.
    Use,
}

/// How long each step may take.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timeouts {
    /// Name look-up, connection and TLS handshake taken together.
    pub connect: Duration,
    /// The answer to the call, from one sign of life to the next.
    pub answer: Duration,
    /// The WebSocket handshake.
    pub handshake: Duration,
    /// `hello`, from the 101 on.
    pub hello: Duration,
}

impl Timeouts {
    /// 15 s to connect, 15 s of silence in an answer, 10 s for the handshake, 10 s for `hello`.
    /// A TLS handshake with RSA certificates takes seconds on a small processor.
    pub const DEFAULT: Self = Self {
        connect: Duration::from_secs(15),
        answer: Duration::from_secs(15),
        handshake: Duration::from_secs(10),
        hello: Duration::from_secs(10),
    };
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl<'c> Config<'c> {
    /// The domains in which Slack's WebSocket hosts lie.
    pub const DOMAINS: &'static [&'static str] = &["slack.com", "slack-msgs.com", "slack-gov.com"];

    /// `rtm.connect` at Slack with this token.
    pub const fn new(token: &'c str) -> Self {
        Self {
            settings: Settings {
                api: Api::new(token),
                method: Method::RtmConnect(ConnectArguments {
                    batch_presence_aware: false,
                    presence_sub: true,
                }),
                calling: &Calling::BARE,
                lists: StartLists::NONE,
                answer: StartLists::NONE.table(),
                domains: Self::DOMAINS,
                paths: &PATHS,
                keepalive: KeepalivePolicy::DEFAULT,
                patience: Timeouts::DEFAULT,
                raw: None,
                pushed: None,
            },
            outbox: None,
            delivery: Delivery::AtMostOnce,
            backoff: Backoff::new(backoff::Policy::DEFAULT),
            pace: Pace::new(Duration::from_secs(1), 3),
        }
    }

    /// The method that gives the URL, and its arguments.
    #[must_use]
    pub const fn method(mut self, method: Method<'c>) -> Self {
        self.settings.method = method;
        self.settings.calling = &Calling::ANY;
        self
    }

    /// Which lists of `rtm.start` are told; by default none, and the URL is followed as soon as it
    /// is there.
    #[must_use]
    pub const fn lists(mut self, lists: StartLists) -> Self {
        self.settings.lists = lists;
        self.settings.answer = lists.table();
        self.settings.calling = &Calling::ANY;
        self
    }

    /// What stands before the method's name; by default `https://slack.com/api/`.
    #[must_use]
    pub const fn api_base(mut self, base: &'c str) -> Self {
        self.settings.api = self.settings.api.base(base);
        self
    }

    /// Where the token stands in the request; by default in the header.
    #[must_use]
    pub const fn token_in(mut self, token_in: TokenIn) -> Self {
        self.settings.api = self.settings.api.token_in(token_in);
        self.settings.calling = &Calling::ANY;
        self
    }

    /// Where the arguments stand in the request; by default in the query.
    #[must_use]
    pub const fn arguments_in(mut self, arguments_in: ArgumentsIn) -> Self {
        self.settings.api = self.settings.api.arguments_in(arguments_in);
        self.settings.calling = &Calling::ANY;
        self
    }

    /// What `User-Agent` says.
    #[must_use]
    pub const fn user_agent(mut self, user_agent: &'c str) -> Self {
        self.settings.api = self.settings.api.user_agent(user_agent);
        self
    }

    /// Further field lines, each bound to its hosts: `Cookie` for a web client's token, say.
    #[must_use]
    pub const fn headers(mut self, headers: &'c [Header<'c>]) -> Self {
        self.settings.api = self.settings.api.headers(headers);
        self
    }

    /// The domains in which the socket's host must lie; by default [`DOMAINS`](Self::DOMAINS).
    #[must_use]
    pub const fn allowed_domains(mut self, domains: &'c [&'c str]) -> Self {
        self.settings.domains = domains;
        self
    }

    /// Allows `http` and `ws`, over which everybody can read the token: for tests.
    #[must_use]
    pub const fn allow_insecure(mut self) -> Self {
        self.settings.api = self.settings.api.allow_insecure();
        self
    }

    /// Memory for messages that wait to be sent or acknowledged: each takes its JSON, without its
    /// id, and five bytes.
    #[must_use]
    pub const fn outbox(mut self, memory: &'c mut [u8]) -> Self {
        self.outbox = Some(memory);
        self
    }

    /// What becomes of messages whose ack did not come.
    #[must_use]
    pub const fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Whether to use the URLs that Slack pushes for the next connection; by default not.
    #[must_use]
    pub const fn reconnect_url(mut self, reconnect_url: ReconnectUrl) -> Self {
        self.settings.pushed = match reconnect_url {
            ReconnectUrl::Ignore => None,
            ReconnectUrl::Use => Some(&Pushed::USED),
        };
        self
    }

    /// The members of events to keep: a table that `extends`
    /// [`event::PATHS`](crate::event::PATHS) by those that only you know.
    #[must_use]
    pub const fn paths(mut self, paths: &'static Paths) -> Self {
        self.settings.paths = paths;
        self
    }

    /// The members to keep of an answer without lists: [`COMMON`](crate::web_api::paths::COMMON), or
    /// a table that `extends` it by those that only you know. By default
    /// [`CONNECT`](crate::web_api::paths::CONNECT). For lists see [`StartLists::paths`].
    #[must_use]
    pub const fn answer_paths(mut self, paths: &'static Paths) -> Self {
        self.settings.answer = paths;
        self
    }

    /// Whether events bring the JSON that they came as, beside their members; by default not.
    ///
    /// The copy stands in the receive buffer: of N bytes it may take N/2 - 168. An event that is
    /// longer, or nested deeper than 32 levels, has its members only, of which texts are cut a
    /// little earlier.
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
            Raw::On => Some(&Copying::ON),
        };
        self
    }

    /// How long nothing may be heard before the link is asked for a sign of life.
    #[must_use]
    pub const fn ping_after(mut self, silence: Duration) -> Self {
        self.settings.keepalive.ping_after = silence;
        self
    }

    /// How long after asking the link counts as dead; also where it takes nothing of what is to be sent
    /// for so long.
    #[must_use]
    pub const fn dead_after(mut self, silence: Duration) -> Self {
        self.settings.keepalive.dead_after = silence;
        self
    }

    /// The delays between tries.
    #[must_use]
    pub const fn backoff(mut self, policy: backoff::Policy) -> Self {
        self.backoff = Backoff::new(policy);
        self
    }

    /// How long each step may take.
    #[must_use]
    pub const fn patience(mut self, patience: Timeouts) -> Self {
        self.settings.patience = patience;
        self
    }

    /// One message per `interval`, and `burst` of them without waiting; by default one a second
    /// and three.
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
