//! The way of bytes between a client and the simulated Slack, and the faults that are drawn for it.

use crate::random::Random;
use crate::server::{Connection, Ended, Fault, Workspace};
use slack_rtm::DisconnectReason;
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::web_api::ErrorCode;

/// Draws how a connection of the opening call misbehaves.
pub(crate) fn call_fault(random: &mut Random) -> Fault {
    let healing: Vec<&str> = ErrorCode::KNOWN
        .iter()
        .filter(|code| code.remedy().is_retry())
        .map(|code| code.as_str())
        .collect();
    let error = random.choose(&healing);
    *random.choose(&[
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::Drip,
        Fault::ResetAfter(random.clone().between(0, 300) as usize),
        Fault::SilentAfter(random.clone().between(0, 300) as usize),
        Fault::StallAfter(random.clone().between(0, 300) as usize),
        Fault::DeafAfter(0),
        Fault::RateLimited(30),
        Fault::RateLimited(1),
        Fault::Status(503),
        Fault::Status(302),
        Fault::Error(error),
        Fault::Error("never_heard_of"),
        Fault::Garbage,
    ])
}

/// Draws how a connection of a socket misbehaves.
pub(crate) fn socket_fault(random: &mut Random) -> Fault {
    let few = random.between(1, 4) as u32;
    let bytes = random.between(0, 4000) as usize;
    *random.choose(&[
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::Drip,
        Fault::ResetAfter(bytes),
        Fault::ResetAfter(bytes / 8),
        Fault::SilentAfter(bytes),
        Fault::SilentAfter(bytes / 8),
        Fault::StallAfter(bytes / 4),
        Fault::DeafAfter(bytes / 4),
        Fault::Status(408),
        Fault::Status(502),
        Fault::Expired,
        Fault::Unauthenticated,
        Fault::Empty,
        Fault::Goodbye(few),
        Fault::CloseCode(1001, few),
        Fault::LoseAck,
        Fault::LoseAck,
        Fault::BadFrame,
    ])
}

/// Draws why a link cannot be opened.
pub(crate) fn refusal(random: &mut Random) -> DisconnectReason {
    *random.choose(&[
        DisconnectReason::NameNotFound,
        DisconnectReason::Refused,
        DisconnectReason::Unreachable,
        DisconnectReason::TimedOut,
        DisconnectReason::Untrusted,
        DisconnectReason::TlsFailed,
    ])
}

/// The link from the client's side, and the way that bytes take to the server.
pub(crate) struct Link {
    pub(crate) connection: Connection,
    /// When bytes move next.
    pub(crate) next_at: u64,
    pub(crate) latency: u64,
}

/// Moves what the client sends. Returns whether bytes moved.
pub(crate) fn flush(
    link: &mut Option<Link>,
    tx: &mut SendBuf<'_>,
    now: u64,
    slack: &mut dyn Workspace,
) -> bool {
    let Some(link) = link.as_mut().filter(|link| !link.connection.is_deaf()) else {
        return false;
    };
    let pending = tx.pending().to_vec();
    tx.sent(pending.len());
    if !pending.is_empty() {
        let had_bytes = link.connection.has_bytes();
        link.connection.receive(&pending, now, slack);
        if !had_bytes {
            link.next_at = now + link.latency;
        }
    }
    !pending.is_empty()
}

/// Moves bytes to the client. Returns the reason if the link has ended.
pub(crate) fn deliver(
    link: &mut Option<Link>,
    rx: &mut RecvBuf<'_>,
    random: &mut Random,
    now: u64,
) -> Option<DisconnectReason> {
    let open = link.as_mut().filter(|open| now >= open.next_at)?;
    let space = rx.space().len();
    if open.connection.has_bytes() && space > 0 {
        let bytes = open.connection.take(space, random);
        rx.space()[..bytes.len()].copy_from_slice(&bytes);
        rx.filled(bytes.len());
        open.next_at = now + random.between(0, 20);
        if open.connection.stalls() {
            open.next_at = now + random.between(1000, 60_000);
        }
    }
    if open.connection.has_bytes() || !open.connection.has_ended() {
        return None;
    }
    let end = match open.connection.ended? {
        Ended::Reset => DisconnectReason::Reset,
        Ended::Closed => DisconnectReason::Closed,
    };
    *link = None;
    Some(end)
}
