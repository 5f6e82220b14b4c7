//! Methods and their arguments.

use super::placement::ArgumentsIn;
use crate::http::request::Pairs;

/// A method of the Web API, with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Method<'c> {
    /// `rtm.connect`: returns a WebSocket URL and little else.
    RtmConnect(ConnectArguments),
    /// `rtm.start`: also lists users and channels. Since 2022 Slack sends the response to
    /// `rtm.connect`.
    RtmStart(StartArguments),
    /// Any other method.
    Named {
        /// The name of the method, such as `chat.postMessage`.
        name: &'c str,
        /// Names and values of the arguments, without the token. They are percent-encoded when
        /// they are written.
        arguments: &'c [(&'c str, &'c str)],
    },
}

/// Arguments of `rtm.connect`. An argument with its documented default is not sent. Change the
/// fields of [`DEFAULT`](Self::DEFAULT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ConnectArguments {
    /// `batch_presence_aware`: one `presence_change` may be about several users. Default: false.
    pub batch_presence_aware: bool,
    /// `presence_sub`: presence events come only for subscribed users. Default: true.
    pub presence_sub: bool,
}

impl ConnectArguments {
    /// The documented defaults.
    pub const DEFAULT: Self = Self {
        batch_presence_aware: false,
        presence_sub: true,
    };
}

impl Default for ConnectArguments {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Arguments of `rtm.start`. An argument with its documented default is not sent. Change the fields
/// of [`DEFAULT`](Self::DEFAULT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct StartArguments {
    /// `batch_presence_aware`: one `presence_change` may be about several users. Default: false.
    pub batch_presence_aware: bool,
    /// `include_locale`: users and channels come with their locale. Default: false.
    pub include_locale: bool,
    /// `mpim_aware`: direct messages of several people are in `mpims`, not among the groups.
    /// Default: false.
    pub mpim_aware: bool,
    /// `no_latest`: channels come without their latest message, and so without unread counts.
    /// Default: false.
    pub no_latest: bool,
    /// `no_unreads`: channels come without unread counts. Default: false.
    pub no_unreads: bool,
    /// `presence_sub`: presence events come only for subscribed users. Default: true.
    pub presence_sub: bool,
    /// `simple_latest`: of a channel's latest message only the timestamp comes. Default: false.
    pub simple_latest: bool,
}

impl StartArguments {
    /// The documented defaults.
    pub const DEFAULT: Self = Self {
        batch_presence_aware: false,
        include_locale: false,
        mpim_aware: false,
        no_latest: false,
        no_unreads: false,
        presence_sub: true,
        simple_latest: false,
    };
}

impl Default for StartArguments {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Method<'_> {
    /// Returns the method's name.
    pub const fn name(&self) -> &str {
        match self {
            Self::RtmConnect(_) => "rtm.connect",
            Self::RtmStart(_) => "rtm.start",
            Self::Named { name, .. } => name,
        }
    }

    /// Returns where Slack's documents prefer the arguments of this method.
    pub(super) const fn arguments_in(&self) -> ArgumentsIn {
        match self {
            Self::RtmConnect(_) | Self::RtmStart(_) => ArgumentsIn::Query,
            Self::Named { .. } => ArgumentsIn::Form,
        }
    }

    /// Emits the arguments that differ from their defaults.
    pub(super) fn write_arguments(&self, pairs: &mut Pairs<'_>) {
        // The values are those of the documents' examples.
        let mut send = |differs: bool, pair: &str| {
            if differs {
                pairs.coded(pair.as_bytes());
            }
        };
        match self {
            Self::RtmConnect(arguments) => {
                send(arguments.batch_presence_aware, "batch_presence_aware=1");
                send(!arguments.presence_sub, "presence_sub=false");
            }
            Self::RtmStart(arguments) => {
                send(arguments.batch_presence_aware, "batch_presence_aware=1");
                send(arguments.include_locale, "include_locale=true");
                send(arguments.mpim_aware, "mpim_aware=1");
                send(arguments.no_latest, "no_latest=1");
                send(arguments.no_unreads, "no_unreads=1");
                send(!arguments.presence_sub, "presence_sub=false");
                send(arguments.simple_latest, "simple_latest=1");
            }
            Self::Named { arguments, .. } => {
                for (name, value) in *arguments {
                    pairs.pair(name, value);
                }
            }
        }
    }
}
