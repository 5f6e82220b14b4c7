//! Frame headers (RFC 6455 section 5.2): decoded with every rule checked, encoded in shortest form.

use super::mask::Mask;
use super::violation::Violation;
use crate::flash;

/// The kind of a message (section 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MessageKind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
}

/// The opcode of a frame (section 5.2). The reserved ones have no value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Opcode {
    /// A further fragment of the message under way.
    Continuation = 0,
    /// The first frame of a text message.
    Text = 1,
    /// The first frame of a binary message.
    Binary = 2,
    /// Begins or completes the closing handshake.
    Close = 8,
    /// Asks for a pong with the same payload.
    Ping = 9,
    /// Replies to a ping, or is a heartbeat that nobody asked for.
    Pong = 10,
}

impl Opcode {
    /// Returns whether frames with this opcode are control frames (section 5.5).
    pub const fn is_control(self) -> bool {
        self as u8 >= 8
    }
}

impl From<MessageKind> for Opcode {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Text => Self::Text,
            MessageKind::Binary => Self::Binary,
        }
    }
}

/// Whether a frame is the last one of its message: the FIN bit (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fin {
    /// Further fragments follow.
    More,
    /// The message ends with this frame.
    Last,
}

/// The longest payload of a control frame, in bytes (section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;

/// The longest header of a client's frame, in bytes: 2, an 8-byte length, a 4-byte key.
pub const MAX_HEADER: usize = 14;

/// The header of a client's control frame, in bytes: 2 and a 4-byte key.
pub(super) const CONTROL_HEADER: usize = 6;

/// The header of a frame, without the masking key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FrameHeader {
    /// Whether the message ends with this frame.
    pub fin: Fin,
    /// The opcode.
    pub opcode: Opcode,
    /// Bytes of payload.
    pub payload_len: u64,
}

impl FrameHeader {
    /// Parses the header of a server's frame at the front of `input`; returns it and its length in
    /// bytes.
    ///
    /// `None` while it is incomplete: two to ten bytes are needed.
    ///
    /// # Errors
    /// The rule that the header breaks by itself. [`Decoder`](super::Decoder) checks the rules that
    /// depend on earlier frames.
    #[inline]
    pub fn decode(input: &[u8]) -> Result<Option<(Self, usize)>, Violation> {
        let &[first, second, ref rest @ ..] = input else {
            return Ok(None);
        };
        let opcode = match first & 0x7F {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            0x10.. => return Err(Violation::ReservedBits),
            _ => return Err(Violation::ReservedOpcode),
        };
        let fin = if first & 0x80 == 0 {
            Fin::More
        } else {
            Fin::Last
        };
        if second & 0x80 != 0 {
            return Err(Violation::MaskedFrame);
        }
        if opcode.is_control() {
            if fin == Fin::More {
                return Err(Violation::FragmentedControl);
            }
            if usize::from(second) > MAX_CONTROL_PAYLOAD {
                return Err(Violation::ControlTooLong);
            }
        }
        let (payload_len, length) = match second {
            126 => {
                let Some((&bytes, _)) = rest.split_first_chunk() else {
                    return Ok(None);
                };
                let length = u16::from_be_bytes(bytes);
                if length < 126 {
                    return Err(Violation::NonMinimalLength);
                }
                (u64::from(length), 4)
            }
            127 => {
                let Some((&bytes, _)) = rest.split_first_chunk() else {
                    return Ok(None);
                };
                let length = u64::from_be_bytes(bytes);
                if length <= u64::from(u16::MAX) {
                    return Err(Violation::NonMinimalLength);
                }
                if length >> 63 != 0 {
                    return Err(Violation::LengthTopBit);
                }
                (length, 10)
            }
            length => (u64::from(length), 2),
        };
        let header = Self {
            fin,
            opcode,
            payload_len,
        };
        Ok(Some((header, length)))
    }

    /// Writes the header of a client's frame to the front of `out`: shortest length, mask bit, key.
    ///
    /// Returns its length, 6 to 14 bytes, or `None` if `out` is too small. Then nothing is written.
    #[inline]
    pub fn encode(&self, mask: Mask, out: &mut [u8]) -> Option<usize> {
        let fin = match self.fin {
            Fin::More => 0,
            Fin::Last => 0x80,
        };
        let first = fin | self.opcode as u8;
        let key = mask.key();
        // Where flash is short, the code below serves all lengths.
        if flash::PLENTIFUL && self.payload_len <= 125 {
            let (out, _) = out.split_first_chunk_mut::<6>()?;
            let [k0, k1, k2, k3] = key;
            *out = [first, 0x80 | self.payload_len as u8, k0, k1, k2, k3];
            return Some(6);
        }
        let (form, length) = match self.payload_len {
            len @ ..=125 => (len as u8, 0),
            ..=0xFFFF => (126, 2),
            _ => (127, 8),
        };
        let total = 6 + length;
        let mut bytes = out.get_mut(..total)?.iter_mut().rev();
        // From the last byte to the first: the key, the extended length, the first two bytes.
        let mut put = |bits: u64, count: usize| {
            let mut bits = bits;
            for byte in bytes.by_ref().take(count) {
                *byte = bits as u8;
                bits >>= 8;
            }
        };
        put(u64::from(u32::from_be_bytes(key)), 4);
        put(self.payload_len, length);
        put(u64::from(u16::from_be_bytes([first, 0x80 | form])), 2);
        Some(total)
    }
}
