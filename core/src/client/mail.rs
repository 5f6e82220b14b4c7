//! What goes out: ids, pacing, the outbox, and the one end of every message.

use super::config::Delivery;
use super::error::UsageError;
use super::session::Session;
use crate::buffer::{Counter, Memory, RecvBuf, ResourceError, SendBuf, Sink};
use crate::entropy::{Entropy, EntropyError};
use crate::pace::Pace;
use crate::rtm::command::{Command, Kind, Ping, numbered, object};
use crate::rtm::limits::{FRAME_BYTES, LimitError, TYPING_INTERVAL};
use crate::rtm::outbox::{Outbox, Status};
use crate::time::{Duration, Instant};
use crate::websocket::{Connection, Sent};
use core::fmt;
use heapless::Vec;

/// How long after `hello` the ack of a former connection may still be replayed.
const REPLAY: Duration = Duration::from_secs(2);
/// How long an ack may take on a link that lives.
const ACK: Duration = Duration::from_secs(30);
/// The first pause after "slow down", and the longest.
const SLOW_FIRST: Duration = Duration::from_secs(2);
const SLOW_LONGEST: Duration = Duration::from_secs(60);
/// The id of the entry that is a URL; messages have others.
const URL_ID: u32 = 0;
/// `"id":2147483647,`
const ID_BYTES: usize = 16;
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
pub(super) struct Mail<'c> {
    outbox: Outbox<'c>,
    delivery: Delivery,
    pace: Pace,
    /// The id given last. The first one is random, so that an ack of another life is not taken for
    /// one of this.
    last_id: Option<u32>,
    /// The message whose frame is under way.
    writing: Option<u32>,
    /// When the oldest message without an ack went out, or its predecessor's ack came.
    sent_at: Instant,
    /// When orphaned messages are decided on.
    decide_at: Option<Instant>,
    slow: Duration,
    typing: Vec<(u32, Instant), TYPING_CHANNELS>,
    /// Payload bytes of all frames that were put into the send buffer.
    bytes_out: u64,
}

impl<'c> Mail<'c> {
    pub(super) fn new(
        outbox: Option<&'c mut [u8]>,
        delivery: Delivery,
        interval: Duration,
        burst: u16,
    ) -> Self {
        Self {
            outbox: outbox.map_or_else(Outbox::ids_only, Outbox::new),
            delivery,
            pace: Pace::new(interval, burst),
            last_id: None,
            writing: None,
            sent_at: Instant::from_millis(0),
            decide_at: None,
            slow: SLOW_FIRST,
            typing: Vec::new(),
            bytes_out: 0,
        }
    }

    /// Takes a command: into the outbox, or out at once.
    pub(super) fn send(
        &mut self,
        command: &impl Command,
        session: Option<&mut Session>,
        tx: &mut SendBuf<'_>,
        entropy: &mut impl Entropy,
        now: Instant,
    ) -> Result<MessageId, UsageError> {
        command.check()?;
        let write = |sink: &mut dyn Sink| object(command, sink);
        let bytes = Counter::of(write).saturating_add(ID_BYTES);
        if bytes > FRAME_BYTES {
            return Err(LimitError::Frame { bytes }.into());
        }
        let kind = command.kind();
        if kind == Kind::Message && self.outbox.keeps_messages() {
            let id = self.next_id(entropy)?;
            if self.outbox.push(id, Status::Waiting, &write).is_err() {
                // A URL can be had again; a message cannot.
                self.outbox.remove(URL_ID);
                self.outbox.push(id, Status::Waiting, &write)?;
            }
            return Ok(self.given(id));
        }
        let connection = session.ok_or(UsageError::Offline)?.connection();
        let id = self.next_id(entropy)?;
        match kind {
            Kind::Message => {
                if !self.pace.is_ready(now) {
                    let until = self.pace.ready_at();
                    return Err(UsageError::TooSoon { until });
                }
                let is_only_one = self.outbox.first(Status::Sent).is_none();
                self.outbox.push(id, Status::Sent, &write)?;
                if let Err(error) = put(connection, Some(id), &write, tx, entropy) {
                    self.outbox.remove(id);
                    return Err(error);
                }
                self.pace.take(now);
                if is_only_one {
                    self.sent_at = now;
                }
            }
            Kind::Numbered => put(connection, Some(id), &write, tx, entropy)?,
            Kind::Unnumbered => put(connection, None, &write, tx, entropy)?,
            Kind::Typing { channel } => {
                let channel = self.check_typing(channel, now)?;
                put(connection, Some(id), &write, tx, entropy)?;
                // There is room: `check_typing` has made it.
                let _ = self.typing.push((channel, now));
            }
        }
        self.count_bytes(bytes - ID_BYTES);
        Ok(self.given(id))
    }

    /// Puts a keepalive ping into `tx`; says whether there was room for it.
    pub(super) fn ping(
        &mut self,
        connection: &mut Connection,
        tx: &mut SendBuf<'_>,
        entropy: &mut impl Entropy,
    ) -> Result<bool, UsageError> {
        let id = self.next_id(entropy)?;
        let write = |sink: &mut dyn Sink| object(&Ping::new(), sink);
        match put(connection, Some(id), &write, tx, entropy) {
            Ok(()) => {
                self.given(id);
                self.count_bytes(Counter::of(write));
                Ok(true)
            }
            Err(UsageError::Full(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends what waits, as far as pace and room allow; returns when it has to go on at the latest.
    pub(super) fn pump(
        &mut self,
        connection: &mut Connection,
        tx: &mut SendBuf<'_>,
        entropy: &mut impl Entropy,
        now: Instant,
    ) -> Result<Instant, UsageError> {
        if self.decide_at.is_some_and(|at| now >= at) {
            self.decide_at = None;
            self.decide();
        }
        if self.writing.is_none() {
            let (ready_at, id) = self.next_to_write(now);
            let Some(id) = id else {
                return Ok(ready_at);
            };
            self.writing = Some(id);
        }
        let Some(entry) = self.writing.and_then(|id| self.outbox.find(id)) else {
            self.writing = None;
            return Ok(now);
        };
        let (id, json) = (entry.id, entry.json);
        let was_begun = connection.is_sending();
        let write = |sink: &mut dyn Sink| numbered(id, &|sink| sink.put(json), sink);
        let sent = connection.send(crate::websocket::Kind::Text, write, tx, entropy);
        let is_begun = matches!(sent, Ok(Sent::Whole)) || connection.is_sending();
        if is_begun && !was_begun {
            self.pace.take(now);
        }
        match sent {
            Ok(Sent::Whole) => {
                self.writing = None;
                self.sent_at = now;
                let bytes = json.len();
                self.outbox.set(id, Status::Sent);
                self.count_bytes(bytes);
                Ok(now.after(ACK))
            }
            // Flushing brings it on.
            Ok(Sent::Partly) => {
                if !is_begun {
                    self.writing = None;
                }
                Ok(Instant::FAR_FUTURE)
            }
            Err(crate::websocket::SendError::Entropy(error)) => {
                self.writing = None;
                Err(error.into())
            }
            Err(_) => {
                self.writing = None;
                Ok(Instant::FAR_FUTURE)
            }
        }
    }

    /// Whether an ack is so late that the link must be taken for dead: only a new session can tell
    /// what became of the message.
    pub(super) fn is_ack_overdue(&self, now: Instant) -> bool {
        self.outbox.first(Status::Sent).is_some() && now >= self.sent_at.after(ACK)
    }

    /// Goes on with a frame that was begun, though the connection closes.
    pub(super) fn finish_frame(
        &mut self,
        connection: &mut Connection,
        tx: &mut SendBuf<'_>,
        entropy: &mut impl Entropy,
        now: Instant,
    ) -> Result<(), UsageError> {
        if connection.is_sending() && self.writing.is_some() {
            self.pump(connection, tx, entropy, now)?;
        }
        Ok(())
    }

    /// `hello`: a new session.
    pub(super) fn greeted(&mut self, now: Instant) {
        self.decide_at = self
            .outbox
            .first(Status::Orphaned)
            .map(|_| now.after(REPLAY));
    }

    /// The link is gone: what was sent over it and not acknowledged is orphaned, and a frame that did
    /// not leave whole never arrived.
    pub(super) fn link_lost(&mut self) {
        self.writing = None;
        self.decide_at = None;
        self.outbox.set_all(Status::Sent, Status::Orphaned);
    }

    /// Slack acknowledged `id`: the message, if it is one of ours that went out and has no end.
    pub(super) fn acknowledged(&mut self, id: u32, now: Instant) -> Option<MessageId> {
        let ended = self.ended(id, now)?;
        self.slow = SLOW_FIRST;
        Some(ended)
    }

    /// Slack refused `id`, if it told one: the message, if it is one of ours and this is its end.
    pub(super) fn rejected(
        &mut self,
        id: Option<u32>,
        reason: Reason,
        now: Instant,
    ) -> Option<MessageId> {
        if reason == Reason::TooFast {
            self.pace.hold_until(now.after(self.slow));
            let doubled = Duration::from_millis(self.slow.as_millis().saturating_mul(2));
            self.slow = doubled.min(SLOW_LONGEST);
            if self.outbox.keeps_messages() {
                if id.is_some_and(|id| self.went_out(id)) {
                    self.outbox
                        .set(id.unwrap_or_default(), Status::WaitingAgain);
                }
                return None;
            }
        }
        self.ended(id?, now)
    }

    /// Whether `id` is a message that a reply can be about. Not one whose frame is under way again:
    /// the frame has to be finished, and its own reply will come.
    fn went_out(&self, id: u32) -> bool {
        let is_out = |status| !matches!(status, Status::Waiting | Status::Unconfirmed);
        self.writing != Some(id)
            && self
                .outbox
                .messages()
                .any(|entry| entry.id == id && is_out(entry.status))
    }

    /// A message that ended as unconfirmed, once.
    pub(super) fn take_unconfirmed(&mut self) -> Option<MessageId> {
        let id = self.outbox.first(Status::Unconfirmed)?.id;
        self.outbox.remove(id).then_some(MessageId(id))
    }

    /// Any message, once: at the end of the client every one ends.
    pub(super) fn give_up(&mut self) -> Option<MessageId> {
        let id = self.outbox.messages().next()?.id;
        self.outbox.remove(id).then_some(MessageId(id))
    }

    /// Keeps a URL for the next connection, in place of the one before, if there is room.
    pub(super) fn keep_url(&mut self, url: &str) {
        self.outbox.remove(URL_ID);
        if self.outbox.keeps_messages() {
            let write = |sink: &mut dyn Sink| sink.put(url.as_bytes());
            // Without room the next connection begins with a call, as it would without the URL.
            let _ = self.outbox.push(URL_ID, Status::Url, &write);
        }
    }

    /// Forgets the URL that was kept: it is of another token.
    pub(super) fn drop_url(&mut self) {
        self.outbox.remove(URL_ID);
    }

    /// Moves the URL that was kept to the front of `rx`; says whether there was one that fits.
    pub(super) fn take_url(&mut self, rx: &mut RecvBuf<'_>) -> bool {
        let Some(entry) = self.outbox.first(Status::Url) else {
            return false;
        };
        rx.clear();
        let mut length = 0;
        for (to, from) in rx.space().iter_mut().zip(entry.json) {
            *to = *from;
            length += 1;
        }
        let is_whole = length == entry.json.len();
        rx.filled(length);
        self.outbox.remove(URL_ID);
        is_whole && rx.keep(0, length).is_ok()
    }

    /// Payload bytes of commands that went into the send buffer, their ids not counted.
    pub(super) fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    pub(super) fn pending(&self) -> usize {
        self.outbox.messages().count()
    }

    /// A reply ends the message with this id, which is forgotten, if there is one.
    fn ended(&mut self, id: u32, now: Instant) -> Option<MessageId> {
        if !self.went_out(id) {
            return None;
        }
        self.sent_at = now;
        self.outbox.remove(id).then_some(MessageId(id))
    }

    /// The oldest waiting message, if it may be written now; otherwise when to look again.
    fn next_to_write(&self, now: Instant) -> (Instant, Option<u32>) {
        let is_waiting = |status| matches!(status, Status::Waiting | Status::WaitingAgain);
        let mut messages = self.outbox.messages();
        let Some(waiting) = messages.find(|entry| is_waiting(entry.status)) else {
            let under_way = self.outbox.first(Status::Sent);
            let until = under_way.map_or(Instant::FAR_FUTURE, |_| self.sent_at.after(ACK));
            return (self.decide_at.map_or(until, |at| at.min(until)), None);
        };
        if let Some(at) = self.decide_at {
            return (at, None);
        }
        if self.outbox.first(Status::Sent).is_some() {
            return (self.sent_at.after(ACK), None);
        }
        if !self.pace.is_ready(now) {
            return (self.pace.ready_at(), None);
        }
        (now, Some(waiting.id))
    }

    fn count_bytes(&mut self, bytes: usize) {
        self.bytes_out = self.bytes_out.saturating_add(bytes as u64);
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

    fn next_id(&self, entropy: &mut impl Entropy) -> Result<u32, EntropyError> {
        const LARGEST: u32 = i32::MAX as u32;
        if let Some(last) = self.last_id {
            return Ok(if last >= LARGEST { 1 } else { last + 1 });
        }
        let mut random = [0; 4];
        entropy.fill(&mut random)?;
        Ok((u32::from_le_bytes(random) >> 2) + 1)
    }

    fn given(&mut self, id: u32) -> MessageId {
        self.last_id = Some(id);
        MessageId(id)
    }

    /// The mark of a channel in which one may type now.
    fn check_typing(&mut self, channel: &str, now: Instant) -> Result<u32, UsageError> {
        // FNV-1a: two channels with one mark share their three seconds, which breaks no limit.
        let mark = channel.bytes().fold(0x811C_9DC5_u32, |mark, byte| {
            (mark ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        self.typing
            .retain(|(_, at)| now < at.after(TYPING_INTERVAL));
        let full = self.typing.is_full();
        let blocking = self
            .typing
            .iter()
            .find(|(known, _)| *known == mark || full)
            .map(|(_, at)| at.after(TYPING_INTERVAL).since(now));
        match blocking {
            Some(wait) => Err(LimitError::Typing { wait }.into()),
            None => Ok(mark),
        }
    }
}

/// Why Slack refused a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Too many messages: error code -1, "slow down, too many messages...".
    TooFast,
    Other,
}

/// Puts a whole frame into `tx`, or nothing.
fn put(
    connection: &mut Connection,
    id: Option<u32>,
    write: &dyn Fn(&mut dyn Sink),
    tx: &mut SendBuf<'_>,
    entropy: &mut impl Entropy,
) -> Result<(), UsageError> {
    let frame = |sink: &mut dyn Sink| match id {
        Some(id) => numbered(id, write, sink),
        None => write(sink),
    };
    let wanted = Counter::of(frame).saturating_add(crate::websocket::MAX_HEADER);
    let available = tx.room().len();
    let full = UsageError::Full(ResourceError {
        memory: Memory::Send,
        wanted,
        available,
    });
    if connection.is_sending() || tx.has_waiting() || available < wanted {
        return Err(full);
    }
    match connection.send(crate::websocket::Kind::Text, frame, tx, entropy) {
        Ok(Sent::Whole) => Ok(()),
        Err(crate::websocket::SendError::Entropy(error)) => Err(error.into()),
        Err(crate::websocket::SendError::Closing) => Err(UsageError::Offline),
        Ok(Sent::Partly) | Err(_) => Err(full),
    }
}
