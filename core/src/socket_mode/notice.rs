//! Frames about the connection itself: its begin and its end.

use super::paths;
use super::view::view;
use crate::json::{Records, Text};
use crate::parse;
use crate::time::Duration;
use core::fmt;

view! {
    /// `hello`: the session is open.
    Hello
}

impl Hello<'_> {
    /// Returns `num_connections`: the open sockets of the app, with this one. More than the program
    /// has opened are those of another instance, or of links whose end Slack has not seen: a part of
    /// the envelopes goes to them.
    pub fn connections(&self) -> Option<u32> {
        let number = parse::decimal(self.at(paths::CONNECTIONS)?.as_bytes())?;
        u32::try_from(number).ok()
    }

    /// Returns `approximate_connection_time`: for about how long the socket will live.
    pub fn remaining_life(&self) -> Option<Duration> {
        let seconds = parse::decimal(self.at(paths::LIFE)?.as_bytes())?;
        Some(Duration::from_secs(seconds.min(u64::from(u32::MAX))))
    }
}

view! {
    /// `disconnect`: Slack closes the socket, now or soon.
    Disconnect
}

/// The reason why Slack closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SocketEnd {
    /// `warning`: the socket ends in about ten seconds.
    Warning,
    /// `refresh_requested`: the socket ends now; another one is welcome.
    RefreshRequested,
    /// `link_disabled`: Socket Mode was switched off for the app.
    LinkDisabled,
    /// `too_many_websockets`: the app has more than ten sockets.
    TooManyWebsockets,
    /// A reason that this crate does not know.
    Other,
}

impl SocketEnd {
    /// Returns the reason among these members.
    pub(crate) fn in_records(records: Records<'_>) -> Self {
        match records.text(paths::REASON).map_or("", Text::as_str) {
            "warning" => Self::Warning,
            "refresh_requested" => Self::RefreshRequested,
            "link_disabled" => Self::LinkDisabled,
            "too_many_websockets" => Self::TooManyWebsockets,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for SocketEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "Slack announced the end of the socket",
            Self::RefreshRequested => "Slack requested another socket",
            Self::LinkDisabled => {
                "Socket Mode is switched off for the app; switch it on in the settings of the app"
            }
            Self::TooManyWebsockets => {
                "the app has too many sockets; close other instances, or wait for ended links to expire"
            }
            Self::Other => "Slack announced the end of the socket for an unknown reason",
        })
    }
}

impl<'r> Disconnect<'r> {
    /// Returns the reason.
    pub fn reason(&self) -> SocketEnd {
        SocketEnd::in_records(self.members().records())
    }

    /// Returns `reason` as Slack wrote it.
    pub fn reason_name(&self) -> Option<&'r str> {
        self.text_at(paths::REASON).map(Text::as_str)
    }
}
