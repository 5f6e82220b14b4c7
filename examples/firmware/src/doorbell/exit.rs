//! The exit status, one for each reason: what a test of the firmware judges.

use slack_rtm::{DisconnectReason, ReconnectReason};

/// The exit status. Those from 20 on are failures of TLS, one for each reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(dead_code, reason = "each image uses a part")]
pub enum Exit {
    /// Closed in order, as requested.
    Done = 0,
    /// The firmware's own arguments are missing or wrong.
    Arguments = 2,
    /// There is no Ethernet controller.
    NoNetwork = 3,
    /// A mistake of this program.
    Mistake = 4,
    /// Slack refused the token.
    Slack = 5,
    /// A failure without a status of its own.
    Failed = 10,
    /// The link was cut without TLS's own end.
    Truncated = 11,
    /// The dial or the handshake took too long.
    TimedOut = 12,
    /// The host's name is unknown.
    NameNotFound = 13,
    /// The TLS handshake failed.
    Protocol = 20,
    /// The server gave up with an alert, for it speaks no TLS 1.3, or signs with nothing that was
    /// offered.
    Alert = 21,
    /// A record that no server may send.
    Record = 22,
    /// A protected record that holds nothing.
    EmptyRecord = 23,
    /// A record longer than the buffer.
    RecordTooLong = 24,
    /// Another reason not to believe the server.
    Untrusted = 30,
    /// No anchor issued its certificate.
    UnknownIssuer = 31,
    /// The certificate is for another host.
    WrongHost = 32,
    /// It has expired.
    Expired = 33,
    /// The chain holds a certificate that is no authority.
    NotAnAuthority = 34,
    /// The certificate is not for servers.
    WrongUsage = 35,
    /// The server did not prove who it is.
    NoProof = 36,
    /// A signature is wrong.
    BadSignature = 37,
}

impl Exit {
    /// Returns the status for a broken link of which only the client's reason is known.
    pub fn of(reason: ReconnectReason<'_>) -> Self {
        match reason {
            ReconnectReason::Disconnected(DisconnectReason::Truncated) => Self::Truncated,
            ReconnectReason::Disconnected(DisconnectReason::TimedOut) => Self::TimedOut,
            ReconnectReason::Disconnected(DisconnectReason::NameNotFound) => Self::NameNotFound,
            _ => Self::Failed,
        }
    }
}
