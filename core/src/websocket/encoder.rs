//! Encodes the client's frames: payload masked while it is copied, resumable at any byte.

use super::header::FrameHeader;
use super::mask::{Mask, MaskedWindow};
use crate::buffer::Sink;

/// Encodes one frame after another into slices of any size.
///
/// The length of the payload has to be known when a frame begins. The payload is then added in
/// pieces ([`copy`](Self::copy)), from a writer whose output is resumed at each call
/// ([`write`](Self::write)), or in place ([`apply`](Self::apply)).
///
/// ```
/// use slack_rtm::websocket::{Encoder, Fin, FrameHeader, Mask, Opcode};
///
/// let mut out = [0; 16];
/// let mut encoder = Encoder::new();
/// let header = FrameHeader { fin: Fin::Last, opcode: Opcode::Text, payload_len: 5 };
/// let begun = encoder.begin(header, Mask::new([0x37, 0xFA, 0x21, 0x3D]), &mut out).unwrap();
/// let copied = encoder.copy(b"Hello", &mut out[begun..]);
/// assert_eq!(out[..begun + copied], *b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58");
/// assert!(!encoder.is_busy());
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    mask: Mask,
    /// Invariant: `written <= len`.
    len: usize,
    written: usize,
}

impl Encoder {
    /// Creates an encoder with no frame under way.
    pub const fn new() -> Self {
        Self {
            mask: Mask::new([0; 4]),
            len: 0,
            written: 0,
        }
    }

    /// Returns whether payload of the frame under way is missing. Until then no other frame may
    /// begin (section 5.4: a control frame cannot be inside another frame).
    pub const fn is_busy(&self) -> bool {
        self.written < self.len
    }

    /// Returns how many payload bytes of the frame under way were written.
    pub const fn written(&self) -> usize {
        self.written
    }

    /// Returns how many payload bytes of the frame under way are missing.
    pub const fn missing(&self) -> usize {
        self.len - self.written
    }

    /// Writes the header of a frame to the front of `out`; returns its length.
    ///
    /// Returns `None` and writes nothing if the header (6 to 14 bytes) does not fit, if the length
    /// of the payload does not fit into `usize`, or if a frame is under way.
    #[inline]
    pub fn begin(&mut self, header: FrameHeader, mask: Mask, out: &mut [u8]) -> Option<usize> {
        let len = usize::try_from(header.payload_len).ok()?;
        if self.is_busy() {
            return None;
        }
        let length = header.encode(mask, out)?;
        *self = Self {
            mask,
            len,
            written: 0,
        };
        Some(length)
    }

    /// Copies the next piece of the payload to the front of `out`, masked; returns how many of its
    /// bytes were taken. Bytes beyond the length of the frame are not taken.
    #[inline]
    pub fn copy(&mut self, piece: &[u8], out: &mut [u8]) -> usize {
        let out = at_most(out, self.missing());
        let count = self.mask.copy(piece, out);
        self.written += count;
        count
    }

    /// Copies the next part of the output of `write` to the front of `out`, masked; returns how
    /// many bytes.
    ///
    /// `write` emits the whole payload, the same bytes at each call.
    #[inline]
    pub fn write(&mut self, write: impl FnOnce(&mut dyn Sink), out: &mut [u8]) -> usize {
        let out = at_most(out, self.missing());
        let mut window = MaskedWindow::new(self.written, self.mask, out);
        write(&mut window);
        let count = window.written();
        self.mask = window.mask();
        self.written += count;
        count
    }

    /// Masks the next piece of the payload in place; returns how many of its bytes were taken: not
    /// more than are [`missing`](Self::missing).
    pub fn apply(&mut self, payload: &mut [u8]) -> usize {
        let payload = at_most(payload, self.missing());
        self.mask.apply(payload);
        self.written += payload.len();
        payload.len()
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

fn at_most(out: &mut [u8], count: usize) -> &mut [u8] {
    let count = count.min(out.len());
    out.get_mut(..count).unwrap_or_default()
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(Encoder);
