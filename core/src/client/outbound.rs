//! Outbound messages: ids, pacing, the outbox, and the one outcome of every message.

use super::context::Context;
use super::counters::{Counters, count};
use super::error::SendError;
use super::output::OutputKind;
use super::reconnect_url;
use super::tx_context::TxContext;
use crate::buffer::{Counter, Memory, ResourceError, SendBuf, Sink};
use crate::entropy::{Entropy, EntropyError};
use crate::json::Writer;
use crate::message_id::MessageId;
use crate::pace::Pace;
use crate::parse;
use crate::rtm::command::{Command, CommandKind, NO_ID, object};
use crate::rtm::custom::Custom;
use crate::rtm::limits::{FRAME_BYTES, LimitError, TYPING_INTERVAL};
use crate::time::{Duration, Instant};
use crate::web_api::outbox::{Entry, Outbox, Status};
use crate::websocket::{Connection, FrameError, MAX_HEADER, MessageKind, Sent};

/// The time after `hello` in which the ack of an earlier connection may still be replayed.
const REPLAY_WINDOW: Duration = Duration::from_secs(2);
/// The longest time that an ack may take on a live link.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// The first pause after "slow down", and the longest.
const SLOW_DOWN_FIRST: Duration = Duration::from_secs(2);
const SLOW_DOWN_LONGEST: Duration = Duration::from_secs(60);
/// `"id":2147483647,`
const ID_BYTES: usize = 16;
/// Entries of the outbox leave out the JSON braces.
const BRACES: usize = 2;
/// The members of a keepalive ping.
const PING: &[u8] = br#""type":"ping""#;
/// Channels whose last `typing` is remembered; while all are in use another one has to wait.
const TYPING_CHANNELS: usize = 4;

/// The fate of a message whose ack did not arrive before the link ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Delivery {
    /// It ends as [`Unconfirmed`](crate::Event::Unconfirmed): it arrived once or not at all.
    #[default]
    AtMostOnce,
    /// It is sent again: it arrives, and may arrive twice. Needs an outbox.
    AtLeastOnce,
}

/// The time to live of a message, and the code for it, so that the linker drops that from programs
/// that set none.
pub(super) struct Expiry {
    pub(super) time_to_live: Duration,
    /// Puts it into the outbox, after the message with this id. Without room for it the message is
    /// removed.
    pub(super) note: fn(&mut Outbox<'_>, id: u32, Duration) -> Result<(), ResourceError>,
}

/// Removes the next message that is not to be sent, and returns its outcome. If there is none, makes
/// the next poll no later than the next deadline.
///
/// A pointer to it is set by the first message that may need it, so that the linker drops it from
/// programs that set no time to live and withdraw nothing.
pub(super) type Retire = fn(&Outbound, &mut Context<'_>, &mut Outbox<'_>) -> Option<OutputKind>;

/// The outbound messages of one client.
///
/// With an outbox one message is in flight at a time: the next one is sent when the outcome of the
/// one before is known, so that no retry can overtake another message.
#[derive(Debug)]
#[doc(hidden)] // the public trait `Dialect` names it
#[allow(unreachable_pub)]
pub struct Outbound {
    delivery: Delivery,
    pace: Pace,
    /// The id that was assigned last, or [`NO_ID`]. The first one is random, so that an ack of
    /// another client is not taken for one of this.
    last_id: u32,
    /// The message whose frame is being written, or [`NO_ID`].
    pub(super) writing: u32,
    /// When the oldest message without an ack was sent, or the ack before it arrived; `MAX` if that
    /// was since the last poll.
    sent_at: Instant,
    /// When the outcome of orphaned messages is decided; `MAX` if there are none.
    pub(super) decide_at: Instant,
    /// The pause after the next "slow down".
    slow_down: Duration,
    typing: [Typing; TYPING_CHANNELS],
    /// Reports messages that are not to be sent, if there may be some.
    pub(super) retire: Option<Retire>,
}

/// A channel, and the time until which it may have no other `typing`.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))] // no padding on a 32-bit processor
struct Typing {
    hash: u32,
    until: Instant,
}

impl Typing {
    /// No channel has had a `typing`.
    const UNUSED: [Self; TYPING_CHANNELS] = [Self {
        hash: 0,
        until: Instant::from_millis(0),
    }; TYPING_CHANNELS];
}

impl Outbound {
    pub(super) fn new(delivery: Delivery, pace: Pace) -> Self {
        Self {
            delivery,
            pace,
            last_id: NO_ID,
            writing: NO_ID,
            sent_at: Instant::from_millis(0),
            decide_at: Instant::MAX,
            slow_down: SLOW_DOWN_FIRST,
            typing: Typing::UNUSED,
            retire: None,
        }
    }

    /// Accepts a command: puts it into the outbox, or sends it over the connection of the open
    /// session.
    pub(super) fn send(
        &mut self,
        command: &dyn Command,
        expiry: Option<Expiry>,
        connection: Option<&mut Connection>,
        out: &mut TxContext<'_, '_>,
        counters: &mut Counters,
    ) -> Result<MessageId, SendError> {
        command.check()?;
        let write = |sink: &mut dyn Sink| command.write(&mut Writer::new(sink));
        let length = Counter::of(write).saturating_add(BRACES);
        let bytes = length.saturating_add(ID_BYTES);
        if bytes > FRAME_BYTES {
            return Err(LimitError::Frame { bytes }.into());
        }
        let id = if command.kind() == CommandKind::Message && out.outbox.keeps_messages() {
            let id = self.next_id(out.entropy)?;
            if let Err(error) = out.outbox.push(id, Status::Waiting, &write) {
                // The URL can be obtained again; the message cannot.
                if error.wanted > error.available + out.outbox.size_of(NO_ID) {
                    return Err(error.into());
                }
                reconnect_url::forget(&mut out.outbox);
                out.outbox.push(id, Status::Waiting, &write)?;
            }
            if let Some(expiry) = expiry {
                (expiry.note)(&mut out.outbox, id, expiry.time_to_live)?;
            }
            id
        } else {
            let connection = connection.ok_or(SendError::Offline)?;
            let id = self.next_id(out.entropy)?;
            let frame = Frame {
                id,
                command,
                length,
            };
            self.send_now(&frame, connection, out, counters)?;
            id
        };
        count(&mut counters.messages_out);
        self.last_id = id;
        Ok(MessageId(id))
    }

    /// Sends a command, or returns why it cannot be sent now.
    fn send_now(
        &mut self,
        frame: &Frame<'_>,
        connection: &mut Connection,
        out: &mut TxContext<'_, '_>,
        counters: &mut Counters,
    ) -> Result<(), SendError> {
        match frame.command.kind() {
            CommandKind::Message => {
                if !self.pace.is_ready(out.now) {
                    let until = self.pace.ready_at();
                    return Err(SendError::TooSoon { until });
                }
                let is_only_one = !awaits_ack(&out.outbox);
                // Without memory for messages the outbox keeps the id alone.
                out.outbox.push(frame.id, Status::Sent, &|_| ())?;
                if let Err(error) = put_frame(connection, frame, out, counters) {
                    out.outbox.remove(frame.id);
                    return Err(error);
                }
                self.pace.take(out.now);
                if is_only_one {
                    // The wait for the ack begins with the next poll, which knows the time.
                    self.sent_at = Instant::MAX;
                }
                Ok(())
            }
            CommandKind::Numbered => put_frame(connection, frame, out, counters),
            CommandKind::Unnumbered => {
                let frame = Frame {
                    id: NO_ID,
                    ..*frame
                };
                put_frame(connection, &frame, out, counters)
            }
            CommandKind::Typing { channel } => {
                let hash = parse::fnv1a(channel);
                let typing = typing_in(&mut self.typing, hash);
                let until = typing.until;
                if until > out.now {
                    let wait = until - out.now;
                    return Err(LimitError::Typing { wait }.into());
                }
                put_frame(connection, frame, out, counters)?;
                *typing = Typing {
                    hash,
                    until: out.now + TYPING_INTERVAL,
                };
                Ok(())
            }
        }
    }

    /// Puts a keepalive ping into the send buffer. Returns whether there was room for it.
    pub(super) fn ping(
        &mut self,
        connection: &mut Connection,
        out: &mut TxContext<'_, '_>,
        counters: &mut Counters,
    ) -> Result<bool, EntropyError> {
        let id = self.next_id(out.entropy)?;
        let frame = Frame {
            id,
            command: &Custom::of_members(PING),
            length: PING.len() + BRACES,
        };
        match put_frame(connection, &frame, out, counters) {
            Ok(()) => {
                self.last_id = id;
                Ok(true)
            }
            Err(SendError::Entropy(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Sends waiting messages as far as pace and room allow. Moves `wake` forward to the next time
    /// that there is something to do.
    pub(super) fn pump(
        &mut self,
        connection: &mut Connection,
        out: &mut TxContext<'_, '_>,
        counters: &mut Counters,
        wake: &mut Instant,
    ) -> Result<(), EntropyError> {
        let now = out.now;
        self.sent_at = self.sent_at.min(now);
        if now >= self.decide_at {
            self.decide_at = Instant::MAX;
            self.decide_orphans(&mut out.outbox);
        }
        if self.writing == NO_ID {
            let at = self.choose(now, &out.outbox);
            if self.writing == NO_ID {
                *wake = (*wake).min(at);
                return Ok(());
            }
        }
        let id = self.writing;
        let TxContext {
            tx,
            entropy,
            outbox,
            ..
        } = out;
        let Some(Entry { json, .. }) = outbox.find(id) else {
            self.writing = NO_ID;
            *wake = now;
            return Ok(());
        };
        let was_begun = connection.is_sending();
        let frame = Frame {
            id,
            command: &Custom::of_members(json),
            length: json.len() + BRACES,
        };
        let sent = write_frame(connection, &frame, tx, *entropy, counters);
        if !was_begun && matches!(sent, Ok(Sent::Whole | Sent::Partly)) {
            self.pace.take(now);
        }
        match sent {
            // It continues when the send buffer has been flushed.
            Ok(Sent::Partly) => return Ok(()),
            Ok(Sent::Whole) => {
                outbox.set(id, Status::Sent);
                self.sent_at = now;
                *wake = (*wake).min(self.ack_until(outbox));
            }
            Ok(Sent::Nothing) | Err(_) => {}
        }
        self.writing = NO_ID;
        match sent {
            Err(FrameError::Entropy(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns whether an ack is so late that the link must be dead: only a new session can show
    /// the fate of the message.
    pub(super) fn is_ack_overdue(&self, now: Instant, outbox: &Outbox<'_>) -> bool {
        now >= self.ack_until(outbox)
    }

    /// Continues a frame that was begun, although the connection is closing.
    pub(super) fn finish_frame(
        &mut self,
        connection: &mut Connection,
        out: &mut TxContext<'_, '_>,
        counters: &mut Counters,
        wake: &mut Instant,
    ) -> Result<(), EntropyError> {
        if connection.is_sending() && self.writing != NO_ID {
            self.pump(connection, out, counters, wake)?;
        }
        Ok(())
    }

    /// Records that a session is open: acks of orphaned messages may be replayed from now on.
    pub(super) fn session_opened(&mut self, now: Instant, outbox: &Outbox<'_>) {
        if outbox.first(Status::Orphaned).is_some() {
            self.decide_at = now + REPLAY_WINDOW;
        }
    }

    /// Records that the link has ended: messages that were sent over it and not acknowledged are
    /// orphaned, and a frame that was not sent whole has not arrived.
    pub(super) fn link_lost(&mut self, outbox: &mut Outbox<'_>) {
        self.writing = NO_ID;
        self.decide_at = Instant::MAX;
        outbox.set_all(Status::Sent, Status::Orphaned);
    }

    /// Records that Slack accepted `id`. Returns the message, if it is one that was sent and has no
    /// outcome yet.
    pub(super) fn acknowledged(
        &mut self,
        id: u32,
        out: &mut TxContext<'_, '_>,
    ) -> Option<MessageId> {
        let ended = self.end(id, out)?;
        self.slow_down = SLOW_DOWN_FIRST;
        Some(ended)
    }

    /// Records that Slack refused `id`, or [`NO_ID`] if it named none. Returns the message, if it
    /// is one that was sent and this is its outcome.
    pub(super) fn rejected(
        &mut self,
        id: u32,
        rejection: RejectionKind,
        out: &mut TxContext<'_, '_>,
    ) -> Option<MessageId> {
        if rejection == RejectionKind::TooFast {
            self.pace.hold_until(out.now + self.slow_down);
            self.slow_down = (self.slow_down * 2).min(SLOW_DOWN_LONGEST);
            if out.outbox.keeps_messages() {
                if self.was_sent(id, &out.outbox) {
                    out.outbox.set(id, Status::WaitingAgain);
                }
                return None;
            }
        }
        self.end(id, out)
    }

    /// Returns whether a reply can be about `id`. Not while its frame is being written again: the
    /// frame has to be finished, and gets another reply.
    fn was_sent(&self, id: u32, outbox: &Outbox<'_>) -> bool {
        let is_sent = |status| {
            matches!(
                status,
                Status::Sent | Status::Orphaned | Status::WaitingAgain
            )
        };
        let entry = outbox.find(id);
        self.writing != id && entry.is_some_and(|entry| is_sent(entry.status))
    }

    /// Removes and returns a message that ended as unconfirmed.
    pub(super) fn take_unconfirmed(&self, outbox: &mut Outbox<'_>) -> Option<MessageId> {
        let id = outbox.first(Status::Unconfirmed)?.id;
        outbox.remove(id).then_some(MessageId(id))
    }

    /// Removes and returns any message: when the client closes, every one gets its outcome.
    pub(super) fn give_up(&self, outbox: &mut Outbox<'_>) -> Option<(MessageId, Status)> {
        let Entry { id, status, .. } = outbox.search(&|entry| entry.status != Status::Note)?;
        outbox.remove(id);
        Some((MessageId(id), status))
    }

    /// Removes the message that a reply is about, if there is one.
    fn end(&mut self, id: u32, out: &mut TxContext<'_, '_>) -> Option<MessageId> {
        let outbox = &mut out.outbox;
        if !self.was_sent(id, outbox) {
            return None;
        }
        // The ack of a later message does not prolong the wait for an older one.
        let oldest = outbox.first(Status::Sent);
        if oldest.is_some_and(|entry| entry.id == id) {
            self.sent_at = out.now;
        }
        outbox.remove(id).then_some(MessageId(id))
    }

    /// Returns the deadline of the ack that is awaited; `MAX` if none is.
    fn ack_until(&self, outbox: &Outbox<'_>) -> Instant {
        if awaits_ack(outbox) {
            self.sent_at + ACK_TIMEOUT
        } else {
            Instant::MAX
        }
    }

    /// Chooses the oldest waiting message, if it may be written now. Otherwise returns when to try
    /// again.
    fn choose(&mut self, now: Instant, outbox: &Outbox<'_>) -> Instant {
        let waiting =
            outbox.search(&|entry| matches!(entry.status, Status::Waiting | Status::WaitingAgain));
        let until = self.ack_until(outbox).min(self.decide_at);
        let Some(Entry { id, .. }) = waiting else {
            return until;
        };
        // Nothing overtakes a message whose outcome is not known.
        if until < Instant::MAX {
            return until;
        }
        if self.pace.is_ready(now) {
            self.writing = id;
        }
        self.pace.ready_at()
    }

    /// Decides the outcome of messages whose ack did not arrive, or sends them again.
    fn decide_orphans(&self, outbox: &mut Outbox<'_>) {
        let again = self.delivery == Delivery::AtLeastOnce;
        let to = if again {
            Status::WaitingAgain
        } else {
            Status::Unconfirmed
        };
        outbox.set_all(Status::Orphaned, to);
    }

    fn next_id(&self, entropy: &mut dyn Entropy) -> Result<u32, EntropyError> {
        const LARGEST: u32 = i32::MAX as u32;
        match self.last_id {
            NO_ID => {
                let mut random = [0; 4];
                entropy.fill(&mut random)?;
                Ok((u32::from_le_bytes(random) >> 2) + 1)
            }
            LARGEST.. => Ok(1),
            last => Ok(last + 1),
        }
    }
}

fn awaits_ack(outbox: &Outbox<'_>) -> bool {
    outbox.first(Status::Sent).is_some()
}

/// Why Slack refused a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RejectionKind {
    /// Too many messages: error code -1, "slow down, too many messages...".
    TooFast,
    Other,
}

/// Returns the entry of the channel with this hash or, if there is none, the one that expires
/// first.
///
/// Two channels with the same hash share their three seconds, which exceeds no limit.
fn typing_in(typing: &mut [Typing; TYPING_CHANNELS], hash: u32) -> &mut Typing {
    let [first, rest @ ..] = typing;
    rest.iter_mut().fold(first, |best, entry| {
        if best.hash != hash && (entry.hash == hash || { entry.until } < { best.until }) {
            entry
        } else {
            best
        }
    })
}

/// A frame to send.
struct Frame<'a> {
    id: u32,
    command: &'a dyn Command,
    /// The bytes that the command takes without its id.
    length: usize,
}

/// Puts a whole frame into the send buffer, or nothing.
fn put_frame(
    connection: &mut Connection,
    frame: &Frame<'_>,
    out: &mut TxContext<'_, '_>,
    counters: &mut Counters,
) -> Result<(), SendError> {
    let wanted = frame.length.saturating_add(ID_BYTES + MAX_HEADER);
    let is_free = connection.make_free(out.tx, out.entropy)?;
    let available = out.tx.room().len();
    if is_free && wanted <= available {
        match write_frame(connection, frame, out.tx, out.entropy, counters) {
            Ok(Sent::Whole) => return Ok(()),
            Err(FrameError::Entropy(error)) => return Err(error.into()),
            Err(FrameError::Closing) => return Err(SendError::Offline),
            Ok(Sent::Partly | Sent::Nothing) | Err(_) => {}
        }
    }
    Err(SendError::Full(ResourceError {
        memory: Memory::Send,
        wanted,
        available,
    }))
}

/// Puts a frame into the send buffer, as far as there is room.
fn write_frame(
    connection: &mut Connection,
    frame: &Frame<'_>,
    tx: &mut SendBuf<'_>,
    entropy: &mut dyn Entropy,
    counters: &mut Counters,
) -> Result<Sent, FrameError> {
    let write = |sink: &mut dyn Sink| object(frame.id, frame.command, sink);
    let sent = connection.send(MessageKind::Text, write, tx, entropy);
    if let Ok(Sent::Whole) = sent {
        counters.sent(frame.length);
    }
    sent
}
