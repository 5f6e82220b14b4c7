//! The control frame that waits for its turn, its payload in the reserve of the send buffer.

use super::header::{CONTROL_HEADER, MAX_CONTROL_PAYLOAD, Opcode};
use super::mask::Mask;
use crate::buffer::{SendBuf, copy};
use crate::entropy::{Entropy, EntropyError};

/// One waiting control frame; a newer one replaces it.
///
/// The send buffer knows whether something waits ([`SendBuf::is_holding`]), the slot knows which
/// frame it is. So a buffer that is cleared empties the slot as well.
#[derive(Clone, Copy, Debug)]
pub(super) struct ControlSlot {
    /// FIN, opcode and length: the first two bytes of the frame, still without the mask bit.
    start: [u8; 2],
}

impl ControlSlot {
    /// Creates an empty slot.
    pub(super) const fn new() -> Self {
        Self { start: [0; 2] }
    }

    /// Makes a frame wait whose payload is `head` and then `tail`, cut to 125 bytes.
    pub(super) fn put(&mut self, opcode: Opcode, head: &[u8], tail: &[u8], tx: &mut SendBuf<'_>) {
        let len = tx.hold(head, tail) as u8; // at most 125
        self.start = [0x80 | opcode as u8, len];
    }

    /// Appends the frame that waits, if there is one and room for it, masked with a fresh key.
    ///
    /// # Errors
    /// [`EntropyError`] if the key could not be drawn; the frame then waits as before.
    pub(super) fn append(
        &self,
        tx: &mut SendBuf<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<(), EntropyError> {
        let [first, len] = self.start;
        let length = CONTROL_HEADER + usize::from(len);
        if let Some((room, held)) = tx.room_for_held(length)
            && let Some((header, payload)) = room.split_first_chunk_mut::<CONTROL_HEADER>()
        {
            let mut mask = Mask::draw(entropy)?;
            let [k0, k1, k2, k3] = mask.key();
            *header = [first, 0x80 | len, k0, k1, k2, k3];
            copy(payload, held);
            mask.apply(payload);
            tx.release(length);
        }
        Ok(())
    }
}

const _: () = assert!(SendBuf::RESERVE == CONTROL_HEADER + MAX_CONTROL_PAYLOAD);

#[cfg(test)]
mod tests {
    use super::{ControlSlot, Opcode};
    use crate::buffer::SendBuf;
    use crate::entropy::{EntropyError, from_fn};

    #[test]
    fn the_newest_frame_waits_until_there_is_randomness_and_a_cleared_buffer_forgets_it() {
        let mut memory = [0; 256];
        let mut tx = SendBuf::new(&mut memory);
        let mut slot = ControlSlot::new();
        let mut broken = from_fn(|_| Err(EntropyError));
        let mut working = from_fn(|out| {
            out.fill(1);
            Ok(())
        });
        assert_eq!(slot.append(&mut tx, &mut broken), Ok(()), "nothing waits");
        slot.put(Opcode::Pong, b"first", b"", &mut tx);
        assert_eq!(slot.append(&mut tx, &mut broken), Err(EntropyError));
        slot.put(Opcode::Pong, b"ne", b"w", &mut tx);
        slot.append(&mut tx, &mut working).expect("randomness");
        assert_eq!(tx.pending(), b"\x8A\x83\x01\x01\x01\x01odv");
        tx.sent(9);
        assert!(tx.is_empty());

        slot.put(Opcode::Close, b"\x03\xE8", b"", &mut tx);
        tx.clear();
        slot.append(&mut tx, &mut working).expect("nothing waits");
        assert!(tx.is_empty());
    }
}
