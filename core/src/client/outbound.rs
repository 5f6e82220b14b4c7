//! What goes out: ids, pacing, the outbox, and the one end of every message.

use super::config::Delivery;
use super::error::UsageError;
use super::{Counters, count};
use crate::buffer::{Counter, Memory, RecvBuf, ResourceError, SendBuf, Sink, copy};
use crate::entropy::{Entropy, EntropyError};
use crate::json::Writer;
use crate::pace::Pace;
use crate::parse;
use crate::rtm::command::{Command, CommandKind, NO_ID, object};
use crate::rtm::custom::Custom;
use crate::rtm::limits::{FRAME_BYTES, LimitError, TYPING_INTERVAL};
use crate::time::{Duration, Instant};
use crate::web_api::outbox::{Entry, Outbox, Status};
use crate::websocket::{Connection, SendError, Sent};
use core::fmt;

/// How long after `hello` the ack of a former connection may still be replayed.
const REPLAY: Duration = Duration::from_secs(2);
/// How long an ack may take on a link that lives.
const ACK: Duration = Duration::from_secs(30);
/// The first pause after "slow down", and the longest.
const SLOW_FIRST: Duration = Duration::from_secs(2);
const SLOW_LONGEST: Duration = Duration::from_secs(60);
/// `"id":2147483647,`
const ID_BYTES: usize = 16;
/// The outbox keeps what stands between these.
const BRACES: usize = 2;
/// The members of a keepalive ping.
const PING: &[u8] = br#""type":"ping""#;
/// Channels whose last `typing` is remembered; while all are in use another has to wait.
const TYPING_CHANNELS: usize = 4;

/// The id of a command: `reply_to` of what Slack says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MessageId(u32);

impl MessageId {
    /// The number, from 1 to 2^31 - 1.
    pub const fn as_u32(self) -> u32 {
        self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The messages of one client.
///
/// With an outbox one message is under way at a time: the next one leaves when the end of the one
/// before is known, so that no retry can overtake another message.
#[derive(Debug)]
pub(super) struct Outbound<'c> {
    outbox: Outbox<'c>,
    delivery: Delivery,
    pace: Pace,
    /// The id given last, or [`NO_ID`]. The first one is random, so that an ack of another
    /// life is not taken for one of this.
    last_id: u32,
    /// The message whose frame is under way, or [`NO_ID`].
    writing: u32,
    /// When the oldest message without an ack went out, or its predecessor's ack came; far away if
    /// that was since the last poll.
    sent_at: Instant,
    /// When orphaned messages are decided on; far away if there are none.
    decide_at: Instant,
    slow: Duration,
    typing: [Typing; TYPING_CHANNELS],
    pub(super) counters: Counters,
}

/// A channel, and until when it may have no other `typing`.
#[derive(Clone, Copy, Debug)]
struct Typing {
    mark: u32,
    until: Instant,
}

/// What is done with the URLs that Slack pushes for the next connection: a program that does not
/// ask for it is linked without it.
pub(super) struct Pushed {
    /// Keeps a URL in place of the one before, if there is room.
    pub(super) keep: fn(&mut Outbound<'_>, url: &str),
    /// Moves the URL that was kept to the front of the buffer; says whether there was one that fits.
    pub(super) take: fn(&mut Outbound<'_>, rx: &mut RecvBuf<'_>) -> bool,
}

impl Pushed {
    pub(super) const USED: Self = Self {
        keep: |mail, url| {
            mail.drop_url();
            if mail.outbox.keeps_messages() {
                let write = |sink: &mut dyn Sink| sink.put(url.as_bytes());
                // Without room the next connection begins with a call, as it would without the URL.
                let _ = mail.outbox.push(NO_ID, Status::Url, &write);
            }
        },
        take: |mail, rx| {
            let Some(entry) = mail.outbox.first(Status::Url) else {
                return false;
            };
            rx.clear();
            let length = copy(rx.space(), entry.json);
            let is_whole = length == entry.json.len();
            rx.filled(length);
            mail.drop_url();
            is_whole && rx.keep(0, length).is_ok()
        },
    };
}

/// Where a frame goes, and what it takes beside its command.
pub(super) struct TxContext<'a, 'm> {
    pub(super) tx: &'a mut SendBuf<'m>,
    pub(super) entropy: &'a mut dyn Entropy,
    pub(super) now: Instant,
}

impl<'c> Outbound<'c> {
    pub(super) fn new(outbox: Option<&'c mut [u8]>, delivery: Delivery, pace: Pace) -> Self {
        let unused = Typing {
            mark: 0,
            until: Instant::from_millis(0),
        };
        Self {
            outbox: outbox.map_or_else(Outbox::ids_only, Outbox::new),
            delivery,
            pace,
            last_id: NO_ID,
            writing: NO_ID,
            sent_at: Instant::from_millis(0),
            decide_at: Instant::MAX,
            slow: SLOW_FIRST,
            typing: [unused; TYPING_CHANNELS],
            counters: Counters::default(),
        }
    }

    /// Takes a command: into the outbox, or out at once over the connection of the open session.
    pub(super) fn send(
        &mut self,
        command: &dyn Command,
        connection: Option<&mut Connection>,
        out: &mut TxContext<'_, '_>,
    ) -> Result<MessageId, UsageError> {
        command.check()?;
        let write = |sink: &mut dyn Sink| command.write(&mut Writer::new(sink));
        let length = Counter::of(write).saturating_add(BRACES);
        let bytes = length.saturating_add(ID_BYTES);
        if bytes > FRAME_BYTES {
            return Err(LimitError::Frame { bytes }.into());
        }
        let kind = command.kind();
        if kind == CommandKind::Message && self.outbox.keeps_messages() {
            let id = self.next_id(out.entropy)?;
            if self.outbox.push(id, Status::Waiting, &write).is_err() {
                // A URL can be had again; a message cannot.
                self.outbox.remove(NO_ID);
                self.outbox.push(id, Status::Waiting, &write)?;
            }
            return Ok(self.taken(id));
        }
        let connection = connection.ok_or(UsageError::Offline)?;
        let id = self.next_id(out.entropy)?;
        match kind {
            CommandKind::Message => {
                if !self.pace.is_ready(out.now) {
                    let until = self.pace.ready_at();
                    return Err(UsageError::TooSoon { until });
                }
                let is_only_one = !self.awaits_ack();
                self.outbox.push(id, Status::Sent, &write)?;
                if let Err(error) = put(connection, id, command, length, out, &mut self.counters) {
                    self.outbox.remove(id);
                    return Err(error);
                }
                self.pace.take(out.now);
                if is_only_one {
                    // The next poll tells what time it is.
                    self.sent_at = Instant::MAX;
                }
            }
            CommandKind::Numbered => put(connection, id, command, length, out, &mut self.counters)?,
            CommandKind::Unnumbered => {
                put(connection, NO_ID, command, length, out, &mut self.counters)?
            }
            CommandKind::Typing { channel } => {
                let (mark, place) = typing_in(&mut self.typing, channel);
                if place.until > out.now {
                    let wait = place.until - out.now;
                    return Err(LimitError::Typing { wait }.into());
                }
                put(connection, id, command, length, out, &mut self.counters)?;
                place.mark = mark;
                place.until = out.now + TYPING_INTERVAL;
            }
        }
        Ok(self.taken(id))
    }

    /// Puts a keepalive ping into `tx`; says whether there was room for it.
    pub(super) fn ping(
        &mut self,
        connection: &mut Connection,
        out: &mut TxContext<'_, '_>,
    ) -> Result<bool, EntropyError> {
        let id = self.next_id(out.entropy)?;
        match put(
            connection,
            id,
            &Custom::of_members(PING),
            PING.len() + BRACES,
            out,
            &mut self.counters,
        ) {
            Ok(()) => {
                self.last_id = id;
                Ok(true)
            }
            Err(UsageError::Entropy(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Sends what waits, as far as pace and room allow; brings `wake` forward to when it has to go on.
    pub(super) fn pump(
        &mut self,
        connection: &mut Connection,
        out: &mut TxContext<'_, '_>,
        wake: &mut Instant,
    ) -> Result<(), EntropyError> {
        let now = out.now;
        self.sent_at = self.sent_at.min(now);
        if now >= self.decide_at {
            self.decide_at = Instant::MAX;
            self.decide();
        }
        if self.writing == NO_ID {
            let at = self.choose(now);
            if self.writing == NO_ID {
                *wake = (*wake).min(at);
                return Ok(());
            }
        }
        let id = self.writing;
        let Some(Entry { json, .. }) = self.outbox.find(id) else {
            self.writing = NO_ID;
            *wake = now;
            return Ok(());
        };
        let was_begun = connection.is_sending();
        let command = Custom::of_members(json);
        let sent = frame(
            connection,
            id,
            &command,
            json.len() + BRACES,
            out,
            &mut self.counters,
        );
        let is_whole = matches!(sent, Ok(Sent::Whole));
        let is_begun = is_whole || connection.is_sending();
        if is_begun && !was_begun {
            self.pace.take(now);
        }
        if is_whole {
            self.outbox.set(id, Status::Sent);
            self.sent_at = now;
        }
        // What was begun is brought on by flushing.
        if is_whole || !is_begun || sent.is_err() {
            self.writing = NO_ID;
        }
        match sent {
            Err(SendError::Entropy(error)) => return Err(error),
            _ if is_whole => *wake = (*wake).min(self.ack_until()),
            _ => {}
        }
        Ok(())
    }

    /// Whether an ack is so late that the link must be taken for dead: only a new session can tell
    /// what became of the message.
    pub(super) fn is_ack_overdue(&self, now: Instant) -> bool {
        now >= self.ack_until()
    }

    /// Goes on with a frame that was begun, though the connection closes.
    pub(super) fn finish_frame(
        &mut self,
        connection: &mut Connection,
        out: &mut TxContext<'_, '_>,
        wake: &mut Instant,
    ) -> Result<(), EntropyError> {
        if connection.is_sending() && self.writing != NO_ID {
            self.pump(connection, out, wake)?;
        }
        Ok(())
    }

    /// `hello`: a new session.
    pub(super) fn greeted(&mut self, now: Instant) {
        if self.outbox.first(Status::Orphaned).is_some() {
            self.decide_at = now + REPLAY;
        }
    }

    /// The link is gone: what was sent over it and not acknowledged is orphaned, and a frame that did
    /// not leave whole never arrived.
    pub(super) fn link_lost(&mut self) {
        self.writing = NO_ID;
        self.decide_at = Instant::MAX;
        self.outbox.set_all(Status::Sent, Status::Orphaned);
    }

    /// Slack acknowledged `id`: the message, if it is one of ours that went out and has no end.
    pub(super) fn acknowledged(&mut self, id: u32, now: Instant) -> Option<MessageId> {
        let ended = self.ended(id, now)?;
        self.slow = SLOW_FIRST;
        Some(ended)
    }

    /// Slack refused `id`, or [`NO_ID`] if it told none: the message, if it is one of ours
    /// and this is its end.
    pub(super) fn rejected(&mut self, id: u32, reason: Reason, now: Instant) -> Option<MessageId> {
        if reason == Reason::TooFast {
            self.pace.hold_until(now + self.slow);
            self.slow = (self.slow * 2).min(SLOW_LONGEST);
            if self.outbox.keeps_messages() {
                if self.went_out(id) {
                    self.outbox.set(id, Status::WaitingAgain);
                }
                return None;
            }
        }
        self.ended(id, now)
    }

    /// Whether `id` is a message that a reply can be about. Not one whose frame is under way again:
    /// the frame has to be finished, and its own reply will come.
    fn went_out(&self, id: u32) -> bool {
        let is_out =
            |status| !matches!(status, Status::Waiting | Status::Unconfirmed | Status::Url);
        self.writing != id
            && self
                .outbox
                .find(id)
                .is_some_and(|entry| is_out(entry.status))
    }

    /// A message that ended as unconfirmed, once.
    pub(super) fn take_unconfirmed(&mut self) -> Option<MessageId> {
        let id = self.outbox.first(Status::Unconfirmed)?.id;
        self.outbox.remove(id).then_some(MessageId(id))
    }

    /// Any message, once: at the end of the client every one ends.
    pub(super) fn give_up(&mut self) -> Option<MessageId> {
        let id = self.outbox.search(&|entry| entry.status != Status::Url)?.id;
        self.outbox.remove(id).then_some(MessageId(id))
    }

    /// Forgets the URL that was kept: it is of another token.
    pub(super) fn drop_url(&mut self) {
        self.outbox.remove(NO_ID);
    }

    pub(super) fn pending(&self) -> usize {
        self.outbox.messages().count()
    }

    /// A reply ends the message with this id, which is forgotten, if there is one.
    fn ended(&mut self, id: u32, now: Instant) -> Option<MessageId> {
        if !self.went_out(id) {
            return None;
        }
        // The ack of a later message does not prolong the wait for an older one.
        let oldest = self.outbox.first(Status::Sent);
        if oldest.is_some_and(|entry| entry.id == id) {
            self.sent_at = now;
        }
        self.outbox.remove(id).then_some(MessageId(id))
    }

    fn awaits_ack(&self) -> bool {
        self.outbox.first(Status::Sent).is_some()
    }

    /// When the ack that is awaited must have come; far away if none is.
    fn ack_until(&self) -> Instant {
        if self.awaits_ack() {
            self.sent_at + ACK
        } else {
            Instant::MAX
        }
    }

    /// Begins with the oldest waiting message, if it may be written now; otherwise says when to look
    /// again.
    fn choose(&mut self, now: Instant) -> Instant {
        let waiting = self
            .outbox
            .search(&|entry| matches!(entry.status, Status::Waiting | Status::WaitingAgain));
        let until = self.ack_until().min(self.decide_at);
        let Some(Entry { id, .. }) = waiting else {
            return until;
        };
        // Nothing overtakes a message whose end is not known.
        if until < Instant::MAX {
            return until;
        }
        if self.pace.is_ready(now) {
            self.writing = id;
        }
        self.pace.ready_at()
    }

    /// The end of messages whose ack did not come, or their second chance.
    fn decide(&mut self) {
        let again = self.delivery == Delivery::AtLeastOnce && self.outbox.keeps_messages();
        let to = if again {
            Status::WaitingAgain
        } else {
            Status::Unconfirmed
        };
        self.outbox.set_all(Status::Orphaned, to);
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

    /// A command was taken.
    fn taken(&mut self, id: u32) -> MessageId {
        count(&mut self.counters.messages_out);
        self.last_id = id;
        MessageId(id)
    }
}

/// Why Slack refused a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Too many messages: error code -1, "slow down, too many messages...".
    TooFast,
    Other,
}

/// The mark of a channel, and the place where it is remembered or, if it is not, the one that is
/// free first.
fn typing_in<'t>(
    typing: &'t mut [Typing; TYPING_CHANNELS],
    channel: &str,
) -> (u32, &'t mut Typing) {
    // Two channels with one mark share their three seconds, which breaks no limit.
    let mark = parse::fnv1a(channel);
    let [first, rest @ ..] = typing;
    let place = rest.iter_mut().fold(first, |best, place| {
        if best.mark != mark && (place.mark == mark || place.until < best.until) {
            place
        } else {
            best
        }
    });
    (mark, place)
}

/// Puts a whole frame into `tx`, or nothing: of a command that takes `length` bytes without its id.
fn put(
    connection: &mut Connection,
    id: u32,
    command: &dyn Command,
    length: usize,
    out: &mut TxContext<'_, '_>,
    counters: &mut Counters,
) -> Result<(), UsageError> {
    let wanted = length.saturating_add(ID_BYTES + crate::websocket::MAX_HEADER);
    let is_free = connection.is_free(out.tx, out.entropy)?;
    let available = out.tx.room().len();
    if is_free && wanted <= available {
        match frame(connection, id, command, length, out, counters) {
            Ok(Sent::Whole) => return Ok(()),
            Err(SendError::Entropy(error)) => return Err(error.into()),
            Err(SendError::Closing) => return Err(UsageError::Offline),
            Ok(Sent::Partly | Sent::Nothing) | Err(_) => {}
        }
    }
    Err(UsageError::Full(ResourceError {
        memory: Memory::Send,
        wanted,
        available,
    }))
}

/// Puts a frame into `tx`, as far as there is room.
fn frame(
    connection: &mut Connection,
    id: u32,
    command: &dyn Command,
    length: usize,
    out: &mut TxContext<'_, '_>,
    counters: &mut Counters,
) -> Result<Sent, SendError> {
    let write = |sink: &mut dyn Sink| object(id, command, sink);
    let sent = connection.send(
        crate::websocket::MessageKind::Text,
        write,
        out.tx,
        out.entropy,
    );
    if let Ok(Sent::Whole) = sent {
        counters.sent(length);
    }
    sent
}
