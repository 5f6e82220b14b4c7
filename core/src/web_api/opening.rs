//! The methods that open a session: `rtm.connect` and `rtm.start`.

use super::arguments::Arguments;
use super::method::{Method, MethodInfo, Named, Repetition};
use super::placement::ArgumentsIn;
use super::rate::Rate;

/// The method of the call that opens a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum OpeningMethod<'c> {
    /// `rtm.connect`: returns a WebSocket URL and little else.
    RtmConnect(RtmConnect),
    /// `rtm.start`: also lists users and channels. Since 2022 Slack sends the response to
    /// `rtm.connect`.
    RtmStart(RtmStart),
    /// Any other method whose response has a WebSocket URL.
    Named(Named<'c>),
}

/// `rtm.connect`. An argument with its documented default is not sent. Change the fields of
/// [`DEFAULT`](Self::DEFAULT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct RtmConnect {
    /// `batch_presence_aware`: one `presence_change` may be about several users. Default: false.
    pub batch_presence_aware: bool,
    /// `presence_sub`: presence events come only for subscribed users. Default: true.
    pub presence_sub: bool,
}

impl RtmConnect {
    /// The documented defaults.
    pub const DEFAULT: Self = Self {
        batch_presence_aware: false,
        presence_sub: true,
    };
}

impl Default for RtmConnect {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// `rtm.start`. An argument with its documented default is not sent. Change the fields of
/// [`DEFAULT`](Self::DEFAULT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct RtmStart {
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

impl RtmStart {
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

impl Default for RtmStart {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The method that returns the WebSocket URL of Socket Mode. It has no arguments.
pub(crate) const APPS_CONNECTIONS_OPEN: &str = "apps.connections.open";

/// Returns the properties of a method that opens a session. A repeated call wastes one URL.
const fn opening(name: &str) -> MethodInfo<'_> {
    MethodInfo::new(name)
        .arguments_in(ArgumentsIn::Query)
        .repetition(Repetition::Harmless)
        .rate(Rate::TIER_1)
}

/// Writes an argument that differs from its default, with the value of the documents' examples.
fn differing(arguments: &mut Arguments<'_>, differs: bool, name: &str, value: &str) {
    if differs {
        arguments.text(name, value);
    }
}

impl Method for RtmConnect {
    fn info(&self) -> MethodInfo<'_> {
        opening("rtm.connect")
    }

    fn write(&self, to: &mut Arguments<'_>) {
        differing(to, self.batch_presence_aware, "batch_presence_aware", "1");
        differing(to, !self.presence_sub, "presence_sub", "false");
    }
}

impl Method for RtmStart {
    fn info(&self) -> MethodInfo<'_> {
        opening("rtm.start")
    }

    fn write(&self, to: &mut Arguments<'_>) {
        differing(to, self.batch_presence_aware, "batch_presence_aware", "1");
        differing(to, self.include_locale, "include_locale", "true");
        differing(to, self.mpim_aware, "mpim_aware", "1");
        differing(to, self.no_latest, "no_latest", "1");
        differing(to, self.no_unreads, "no_unreads", "1");
        differing(to, !self.presence_sub, "presence_sub", "false");
        differing(to, self.simple_latest, "simple_latest", "1");
    }
}

impl OpeningMethod<'_> {
    /// Returns the method's name.
    pub const fn name(&self) -> &str {
        match self {
            Self::RtmConnect(_) => "rtm.connect",
            Self::RtmStart(_) => "rtm.start",
            Self::Named(named) => named.name,
        }
    }
}

impl Method for OpeningMethod<'_> {
    fn info(&self) -> MethodInfo<'_> {
        match self {
            Self::RtmConnect(_) | Self::RtmStart(_) => opening(self.name()),
            Self::Named(method) => method.info(),
        }
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        match self {
            Self::RtmConnect(method) => method.write(arguments),
            Self::RtmStart(method) => method.write(arguments),
            Self::Named(method) => method.write(arguments),
        }
    }
}
