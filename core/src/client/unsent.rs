//! Messages that are not sent in the end: their time to live is over, or they were withdrawn.

use super::context::Context;
use super::error::WithdrawError;
use super::outbound::{Expiry, Outbound, Retire};
use super::output::OutputKind;
use super::reconnect_url;
use crate::buffer::{ResourceError, Sink};
use crate::message_id::MessageId;
use crate::time::{Duration, Instant};
use crate::web_api::deadline;
use crate::web_api::outbox::{Entry, Outbox, Status};

/// Returns what [`Outbound::send`](super::outbound::Outbound::send) needs for this time to live, and
/// the code that ends it.
pub(super) fn after(time_to_live: Duration) -> (Expiry, Retire) {
    (Expiry { time_to_live, note }, retire)
}

fn note(outbox: &mut Outbox<'_>, id: u32, time_to_live: Duration) -> Result<(), ResourceError> {
    if deadline::add(outbox, id, time_to_live).is_ok() {
        return Ok(());
    }
    // The URL can be obtained again; the message cannot.
    reconnect_url::forget(outbox);
    deadline::add(outbox, id, time_to_live).inspect_err(|_| _ = outbox.remove(id))
}

/// Removes the message with this id from those that wait; [`retire`] reports it.
pub(super) fn withdraw(
    id: MessageId,
    writing: u32,
    outbox: &mut Outbox<'_>,
) -> Result<Retire, WithdrawError> {
    let MessageId(id) = id;
    match outbox.find(id).map(|entry| entry.status) {
        Some(Status::Waiting) if id != writing => {
            // Its memory is free at once, but for the id.
            outbox.remove(id);
            let nothing = |_: &mut dyn Sink| ();
            let _ = outbox.push(id, Status::Withdrawn, &nothing);
            Ok(retire)
        }
        None | Some(Status::Withdrawn) => Err(WithdrawError::Unknown),
        Some(_) => Err(WithdrawError::Sent),
    }
}

fn retire(
    outbound: &Outbound,
    context: &mut Context<'_>,
    outbox: &mut Outbox<'_>,
) -> Option<OutputKind> {
    let now = context.now;
    deadline::begin(outbox, now);
    let mut due = outbox.first(Status::Withdrawn);
    if due.is_none() {
        let mut next = Instant::MAX;
        for note in outbox.entries() {
            if let Some((at, message)) = due_at(&note, outbox, outbound)
                && at < next
            {
                next = at;
                due = Some(message);
            }
        }
        if now < next {
            context.wake_by(next);
            return None;
        }
    }
    let Entry { id, status, .. } = due?;
    outbox.remove(id);
    Some(match status {
        Status::Withdrawn => OutputKind::Withdrawn(MessageId(id)),
        Status::Waiting => OutputKind::Expired(MessageId(id)),
        // It was sent before.
        _ => OutputKind::Unconfirmed(MessageId(id)),
    })
}

/// Returns the message that a note is about and its deadline, if it waits. One that may be sent
/// again after the time in which its ack may be replayed waits as well.
fn due_at<'o>(
    note: &Entry<'_>,
    outbox: &'o Outbox<'_>,
    outbound: &Outbound,
) -> Option<(Instant, Entry<'o>)> {
    let at = deadline::of(note)?;
    // A frame that has begun has to be finished.
    let message = outbox
        .find(note.id)
        .filter(|_| note.id != outbound.writing)?;
    match message.status {
        Status::Waiting | Status::WaitingAgain => Some((at, message)),
        Status::Orphaned => Some((at.max(outbound.decide_at), message)),
        _ => None,
    }
}
