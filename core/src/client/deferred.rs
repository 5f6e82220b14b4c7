//! Envelopes whose acknowledgement was deferred.

use super::acknowledge::AcknowledgeError;
use super::tx_context::TxContext;
use crate::buffer::{Sink, copy};
use crate::entropy::EntropyError;
use crate::socket_mode::acknowledgement::Acknowledgement;
use crate::time::{Duration, Instant};
use crate::utf8;
use crate::websocket::{Connection, FrameError, MAX_HEADER, MessageKind};

/// The time after which an envelope is acknowledged without a response. Slack allows three seconds;
/// the rest is for the way.
const LONGEST: Duration = Duration::from_millis(2_500);
/// The longest id of an envelope that is kept, in bytes of JSON. Slack's have 36.
const LONGEST_ID: usize = 44;
/// The envelopes that can be deferred at a time.
const PLACES: usize = 4;

/// Acknowledges the envelopes whose time is over at this instant, as far as there is room. Returns
/// when the next one is due.
///
/// A pointer to it is set by the first envelope, so that the linker drops it from programs that defer
/// none: it takes 1 % of the image with a client.
type SendDue = fn(
    &mut Deferred,
    &mut Connection,
    Instant,
    &mut TxContext<'_, '_>,
) -> Result<Instant, EntropyError>;

/// The deferred envelopes of a session.
#[derive(Debug)]
pub(super) struct Deferred {
    places: [Place; PLACES],
    send_due: Option<SendDue>,
    /// The number of the first envelope that was deferred in this session, or 0.
    first: u32,
}

/// A deferred envelope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// 0 if the place is free.
    number: u32,
    until: Instant,
    id: [u8; LONGEST_ID],
    length: u8,
    /// It was acknowledged with a response. It keeps its place until its time is over, so that
    /// another response is refused for the right reason.
    is_acknowledged: bool,
}

impl Place {
    const FREE: Self = Self {
        number: 0,
        until: Instant::MAX,
        id: [0; LONGEST_ID],
        length: 0,
        is_acknowledged: false,
    };

    /// Returns whether another envelope can have the place.
    const fn is_free(&self) -> bool {
        self.number == 0 || self.is_acknowledged
    }

    /// Returns `envelope_id`.
    pub(super) fn id(&self) -> &str {
        utf8::valid(self.id.get(..usize::from(self.length)).unwrap_or_default())
    }
}

impl Deferred {
    /// No envelope is deferred.
    pub(super) const NONE: Self = Self {
        places: [Place::FREE; PLACES],
        send_due: None,
        first: 0,
    };

    /// Returns whether every envelope is acknowledged.
    pub(super) fn is_empty(&self) -> bool {
        self.send_due.is_none() || self.places.iter().all(Place::is_free)
    }

    /// Keeps an envelope that arrived at `received_at`.
    pub(super) fn add(
        &mut self,
        number: u32,
        id: &str,
        received_at: Instant,
    ) -> Result<(), AcknowledgeError> {
        // Escaped characters are longer: a longer frame might never have room.
        let length = Acknowledgement::new(id).length();
        if length.unwrap_or(usize::MAX) > Acknowledgement::OVERHEAD + LONGEST_ID {
            return Err(AcknowledgeError::LongId);
        }
        let free = self.places.iter_mut().find(|place| place.is_free());
        let place = free.ok_or(AcknowledgeError::TooManyDeferred)?;
        *place = Place {
            number,
            until: received_at + LONGEST,
            length: id.len() as u8,
            ..Place::FREE
        };
        copy(&mut place.id, id.as_bytes());
        self.send_due = Some(send_due);
        if self.first == 0 {
            self.first = number;
        }
        Ok(())
    }

    /// Returns the envelope with this number, if a response to it may be sent.
    pub(super) fn find(&self, number: u32) -> Result<&Place, AcknowledgeError> {
        match self.places.iter().find(|place| place.number == number) {
            Some(place) if place.is_acknowledged => Err(AcknowledgeError::Acknowledged),
            Some(place) => Ok(place),
            None if self.first == 0 || number < self.first => Err(AcknowledgeError::SocketEnded),
            None => Err(AcknowledgeError::TooLate),
        }
    }

    /// Records that the envelope with this number was acknowledged with a response.
    pub(super) fn acknowledged(&mut self, number: u32) {
        let mut places = self.places.iter_mut();
        if let Some(place) = places.find(|place| place.number == number) {
            place.is_acknowledged = true;
        }
    }

    /// Acknowledges the envelopes whose time is over at `now`, as far as there is room. Returns when
    /// the next one is due.
    pub(super) fn send_due(
        &mut self,
        connection: &mut Connection,
        now: Instant,
        out: &mut TxContext<'_, '_>,
    ) -> Result<Instant, EntropyError> {
        match self.send_due {
            Some(send_due) => send_due(self, connection, now, out),
            None => Ok(Instant::MAX),
        }
    }
}

fn send_due(
    deferred: &mut Deferred,
    connection: &mut Connection,
    now: Instant,
    out: &mut TxContext<'_, '_>,
) -> Result<Instant, EntropyError> {
    let mut next = Instant::MAX;
    for place in &mut deferred.places {
        if place.number == 0 {
            continue;
        }
        if now < place.until {
            next = next.min(place.until);
            continue;
        }
        if !place.is_acknowledged {
            let acknowledgement = Acknowledgement::new(place.id());
            let write = |sink: &mut dyn Sink| acknowledgement.write(sink);
            let length = acknowledgement.length().unwrap_or(usize::MAX);
            // Whole or not at all: without room the next poll tries again, after a flush.
            if !connection.make_free(out.tx, out.entropy)?
                || out.tx.room().len() < length.saturating_add(MAX_HEADER)
            {
                continue;
            }
            match connection.send(MessageKind::Text, write, out.tx, out.entropy) {
                Ok(_) => {}
                Err(FrameError::Entropy(error)) => return Err(error),
                Err(_) => continue,
            }
        }
        *place = Place::FREE;
    }
    Ok(next)
}
