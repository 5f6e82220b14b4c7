//! The destination of writers: a counter, or a window of the whole output.

use super::bytes::copy;
use super::error::{Memory, ResourceError};
use core::fmt;

/// Takes the bytes that a writer emits, in order.
///
/// A writer is a function that emits its whole output into a sink. Run with a [`Counter`], it
/// yields its length; run by [`SendBuf::append`](super::SendBuf::append), it yields any part of its
/// output. This makes every writer of this crate resumable through a buffer of any size, with one
/// number as its progress: the bytes already taken.
///
/// ```
/// use slack_rtm::buffer::{Counter, SendBuf, Sink};
///
/// let write = |sink: &mut dyn Sink| {
///     for _ in 0..100 {
///         sink.put(b"Hello, ");
///     }
/// };
/// let mut memory = [0; 256];
/// let mut tx = SendBuf::new(&mut memory);
/// let mut all = Vec::new();
/// loop {
///     let (_, is_finished) = tx.append(all.len(), write);
///     all.extend_from_slice(tx.pending());
///     tx.clear();
///     if is_finished {
///         break;
///     }
/// }
/// assert_eq!(all, b"Hello, ".repeat(100));
/// assert_eq!(Counter::of(write), all.len());
/// ```
pub trait Sink {
    /// Takes the next bytes of the output.
    fn put(&mut self, bytes: &[u8]);
}

/// Counts the bytes put into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counter(usize);

impl Counter {
    /// Returns the number of bytes put so far; saturates at `usize::MAX`.
    pub const fn count(self) -> usize {
        self.0
    }

    /// Returns the length of the output of `write`.
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

/// Runs a writer into `memory`, and returns its whole output.
///
/// ```
/// use slack_rtm::buffer::write_to_slice;
/// use slack_rtm::json::Writer;
///
/// let mut memory = [0; 32];
/// let json = write_to_slice(&mut memory, |sink| Writer::new(sink).text("a \"b\""))?;
/// assert_eq!(json, br#""a \"b\"""#);
/// # Ok::<(), slack_rtm::buffer::ResourceError>(())
/// ```
///
/// # Errors
/// [`ResourceError`] if the output does not fit; it has the length of the output.
pub fn write_to_slice(
    memory: &mut [u8],
    write: impl Fn(&mut dyn Sink),
) -> Result<&[u8], ResourceError> {
    let available = memory.len();
    let mut window = Window::new(0, memory);
    write(&mut window);
    let (written, overflowed) = (window.written(), window.overflowed());
    if overflowed {
        return Err(ResourceError {
            memory: Memory::Output,
            wanted: Counter::of(write),
            available,
        });
    }
    Ok(memory.get(..written).unwrap_or_default())
}

/// Copies the part of the output that begins at an offset, as far as it fits.
pub struct Window<'a> {
    skip: usize,
    out: &'a mut [u8],
    written: usize,
    overflowed: bool,
}

impl<'a> Window<'a> {
    /// Creates a window over the bytes of the output from `skip` on, as many as `out` holds.
    pub fn new(skip: usize, out: &'a mut [u8]) -> Self {
        Self {
            skip,
            out,
            written: 0,
            overflowed: false,
        }
    }

    /// Returns the number of bytes copied into `out`.
    pub const fn written(&self) -> usize {
        self.written
    }

    /// Returns whether the output continued after the end of `out`.
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
