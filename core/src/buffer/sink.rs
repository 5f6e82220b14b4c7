//! Where writers put bytes: counting, or into a window of the whole output.

use super::copy;
use core::fmt;

/// Takes the bytes that a writer emits, in order.
///
/// A writer is a function that emits its whole output into a sink. Run with a [`Counter`] it
/// tells its length; run with a [`Window`] it yields any part of the output. That is what makes
/// every writer of this crate resumable through a buffer of any size without keeping progress
/// of its own: the progress is one number, the bytes already taken.
///
/// ```
/// use slack_rtm::buffer::{Counter, Sink, Window};
///
/// let write = |sink: &mut dyn Sink| {
///     sink.put(b"Hello, ");
///     sink.put(b"world");
/// };
/// let length = Counter::of(write);
/// let (mut all, mut piece) = (Vec::new(), [0; 5]);
/// while all.len() < length {
///     let mut window = Window::new(all.len(), &mut piece);
///     write(&mut window);
///     let written = window.written();
///     all.extend_from_slice(&piece[..written]);
/// }
/// assert_eq!(all, b"Hello, world");
/// ```
pub trait Sink {
    /// Takes the next bytes of the output.
    fn put(&mut self, bytes: &[u8]);
}

/// Counts what is put into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter(usize);

impl Counter {
    /// Bytes put so far; saturates at `usize::MAX`.
    pub const fn count(self) -> usize {
        self.0
    }

    /// The length of what `write` emits.
    pub fn of(write: impl FnOnce(&mut dyn Sink)) -> usize {
        let mut counter = Self::default();
        write(&mut counter);
        counter.0
    }
}

impl Sink for Counter {
    fn put(&mut self, bytes: &[u8]) {
        self.0 = self.0.saturating_add(bytes.len());
    }
}

/// Copies the part of the output that begins at an offset, as far as there is room.
pub struct Window<'a> {
    skip: usize,
    out: &'a mut [u8],
    written: usize,
    overflowed: bool,
}

impl<'a> Window<'a> {
    /// A window over the output's bytes from `skip` on, as many as `out` holds.
    pub fn new(skip: usize, out: &'a mut [u8]) -> Self {
        Self {
            skip,
            out,
            written: 0,
            overflowed: false,
        }
    }

    /// Bytes copied into `out`.
    pub const fn written(&self) -> usize {
        self.written
    }

    /// Whether output went on behind the end of `out`.
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }
}

impl Sink for Window<'_> {
    fn put(&mut self, bytes: &[u8]) {
        if self.overflowed {
            return;
        }
        let Some(bytes) = bytes.get(self.skip..) else {
            self.skip = self.skip.saturating_sub(bytes.len());
            return;
        };
        self.skip = 0;
        let room = self.out.get_mut(self.written..).unwrap_or_default();
        let copied = copy(room, bytes);
        self.written += copied;
        self.overflowed = copied < bytes.len();
    }
}

/// Shows no byte of the output, which may be a secret.
impl fmt::Debug for Window<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window")
            .field("skip", &self.skip)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

/// Room for what stands for a byte.
pub(crate) type Escape = [u8; 8];

/// Replaces some bytes of what is put into it.
pub(crate) struct Escaping<'s> {
    sink: &'s mut dyn Sink,
    /// Writes what stands for a byte, and gives its length: 0 if the byte may stay.
    escape: fn(u8, &mut Escape) -> usize,
}

impl<'s> Escaping<'s> {
    pub(crate) fn new(sink: &'s mut dyn Sink, escape: fn(u8, &mut Escape) -> usize) -> Self {
        Self { sink, escape }
    }
}

impl Sink for Escaping<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let mut plain = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let mut escaped: Escape = [0; 8];
            let length = (self.escape)(*byte, &mut escaped);
            if length > 0 {
                self.sink.put(bytes.get(plain..at).unwrap_or_default());
                self.sink.put(escaped.get(..length).unwrap_or_default());
                plain = at + 1;
            }
        }
        self.sink.put(bytes.get(plain..).unwrap_or_default());
    }
}

/// Puts `number` in decimal digits.
///
/// By subtraction: a division of 64 bits is a kibibyte of code on 32-bit targets.
pub(crate) fn put_decimal(sink: &mut dyn Sink, number: u64) {
    let (mut rest, mut begun) = (number, false);
    for place in (0..20).rev() {
        let mut unit: u64 = 1;
        for _ in 0..place {
            unit *= 10;
        }
        let mut digit = b'0';
        while rest >= unit {
            rest -= unit;
            digit += 1;
        }
        begun |= digit > b'0' || place == 0;
        if begun {
            sink.put(&[digit]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counter, Sink, Window};
    use std::{vec, vec::Vec};

    fn emit(sink: &mut dyn Sink) {
        for piece in ["GET ", "", "/", " HTTP/1.1\r\n"] {
            sink.put(piece.as_bytes());
        }
    }

    #[test]
    fn any_sequence_of_windows_gives_the_whole_output() {
        let whole = b"GET / HTTP/1.1\r\n";
        assert_eq!(Counter::of(emit), whole.len());
        for size in 1..=whole.len() + 1 {
            let mut out = Vec::new();
            loop {
                let mut part = vec![0; size];
                let mut window = Window::new(out.len(), &mut part);
                emit(&mut window);
                let (written, more) = (window.written(), window.overflowed());
                out.extend_from_slice(&part[..written]);
                if !more {
                    break;
                }
            }
            assert_eq!(out, whole, "windows of {size} bytes");
        }
    }
}
