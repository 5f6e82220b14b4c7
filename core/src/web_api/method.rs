//! The methods and their arguments.

use super::ArgumentsIn;
use crate::http::request::Pairs;
use crate::parse::Elements;

/// A method of the Web API, with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method<'c> {
    /// `rtm.connect`: asks for a WebSocket URL and little else.
    RtmConnect(ConnectArguments),
    /// `rtm.start`: also lists users and channels. Since 2022 Slack answers it as `rtm.connect`.
    RtmStart(StartArguments),
    /// Any other method.
    Named {
        /// Its name, such as `chat.postMessage`.
        name: &'c str,
        /// Names and values of its arguments, the token not among them; they are encoded as
        /// needed.
        arguments: &'c [(&'c str, &'c str)],
    },
}

/// Arguments of `rtm.connect`. One that has its documented default is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ConnectArguments {
    /// `batch_presence_aware`: one `presence_change` may tell of several users. Default: false.
    pub batch_presence_aware: bool,
    /// `presence_sub`: presence is told only of users that were subscribed to. Default: true.
    pub presence_sub: bool,
}

impl Default for ConnectArguments {
    fn default() -> Self {
        Self {
            batch_presence_aware: false,
            presence_sub: true,
        }
    }
}

/// Arguments of `rtm.start`. One that has its documented default is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StartArguments {
    /// `batch_presence_aware`: one `presence_change` may tell of several users. Default: false.
    pub batch_presence_aware: bool,
    /// `include_locale`: users and channels come with their locale. Default: false.
    pub include_locale: bool,
    /// `mpim_aware`: direct messages of several people stand in `mpims`, not among the groups.
    /// Default: false.
    pub mpim_aware: bool,
    /// `no_latest`: channels come without their latest message, and so without unread counts.
    /// Default: false.
    pub no_latest: bool,
    /// `no_unreads`: channels come without unread counts. Default: false.
    pub no_unreads: bool,
    /// `presence_sub`: presence is told only of users that were subscribed to. Default: true.
    pub presence_sub: bool,
    /// `simple_latest`: of a channel's latest message only the timestamp is told. Default: false.
    pub simple_latest: bool,
}

impl Default for StartArguments {
    fn default() -> Self {
        Self {
            batch_presence_aware: false,
            include_locale: false,
            mpim_aware: false,
            no_latest: false,
            no_unreads: false,
            presence_sub: true,
            simple_latest: false,
        }
    }
}

impl Method<'_> {
    /// The method's name.
    pub const fn name(&self) -> &str {
        match self {
            Self::RtmConnect(_) => "rtm.connect",
            Self::RtmStart(_) => "rtm.start",
            Self::Named { name, .. } => name,
        }
    }

    /// Where Slack's documents prefer the arguments of this method.
    pub(super) const fn arguments_in(&self) -> ArgumentsIn {
        match self {
            Self::RtmConnect(_) | Self::RtmStart(_) => ArgumentsIn::Query,
            Self::Named { .. } => ArgumentsIn::Form,
        }
    }

    /// Emits the arguments that differ from their defaults.
    pub(super) fn write_arguments(&self, pairs: &mut Pairs<'_>) {
        // The values are those of the documents' examples.
        let coded = b"batch_presence_aware=1,include_locale=true,mpim_aware=1,no_latest=1,\
            no_unreads=1,presence_sub=false,simple_latest=1";
        let bit = |place: u8, differs: bool| u8::from(differs) << place;
        // A bit for each of them that is to be sent.
        let mut sent = match self {
            Self::RtmConnect(arguments) => {
                bit(0, arguments.batch_presence_aware) | bit(5, !arguments.presence_sub)
            }
            Self::RtmStart(arguments) => {
                bit(0, arguments.batch_presence_aware)
                    | bit(1, arguments.include_locale)
                    | bit(2, arguments.mpim_aware)
                    | bit(3, arguments.no_latest)
                    | bit(4, arguments.no_unreads)
                    | bit(5, !arguments.presence_sub)
                    | bit(6, arguments.simple_latest)
            }
            Self::Named { arguments, .. } => {
                for (name, value) in *arguments {
                    pairs.pair(name, value);
                }
                0
            }
        };
        for pair in Elements::of(coded) {
            if sent & 1 != 0 {
                pairs.coded(pair);
            }
            sent >>= 1;
        }
    }
}
