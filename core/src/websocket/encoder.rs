//! Writes the client's frames: length first, payload masked on its way, resumable at any byte.

use super::{
    header::FrameHeader,
    mask::{Mask, MaskedWindow},
};
use crate::buffer::Sink;

/// Writes one frame after another into slices of any size.
///
/// The payload's length has to be known when a frame begins. It then comes in pieces
/// ([`copy`](Self::copy)), or from a writer that is called again and again with the bytes already
/// taken skipped ([`write`](Self::write)); either way it is masked while it is copied, once.
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
    /// An encoder with no frame under way.
    pub const fn new() -> Self {
        Self {
            mask: Mask::new([0; 4]),
            len: 0,
            written: 0,
        }
    }

    /// Whether payload of the frame under way is missing. No other frame may begin before it came
    /// (section 5.4: frames of one message and control frames follow each other whole).
    pub const fn is_busy(&self) -> bool {
        self.written < self.len
    }

    /// Payload bytes of the frame under way that were written.
    pub const fn written(&self) -> usize {
        self.written
    }

    /// Payload bytes of the frame under way that are missing.
    pub const fn missing(&self) -> usize {
        self.len - self.written
    }

    /// Writes the header of a frame to the front of `out`; returns its length.
    ///
    /// `None`, and nothing is written, if it does not fit (6 to 14 bytes), if the payload is longer
    /// than `usize` can say, or if a frame is under way.
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

    /// Copies the next piece of the payload to the front of `out`, masked; returns how many bytes
    /// it took. What goes beyond the frame's length is not taken.
    #[inline]
    pub fn copy(&mut self, piece: &[u8], out: &mut [u8]) -> usize {
        let out = at_most(out, self.missing());
        let count = self.mask.copy(piece, out);
        self.written += count;
        count
    }

    /// Copies the next part of what `write` emits, the payload from its first byte on, to the front
    /// of `out`, masked; returns how many bytes.
    ///
    /// `write` has to emit the same bytes each time.
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

    /// The mask and the slice for masking payload that is made in place: fill `out` as far as
    /// [`missing`](Self::missing) allows, give the filled part here.
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
