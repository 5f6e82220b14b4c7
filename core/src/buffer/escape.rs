//! A sink that replaces some bytes by escapes on their way to another sink.

use super::sink::Sink;

/// Room for the escape of one byte.
pub(crate) type Escape = [u8; 8];

/// Replaces some of the bytes that it takes by their escapes.
pub(crate) struct Escaping<'s> {
    sink: &'s mut dyn Sink,
    /// Writes the escape of a byte and returns its length: 0 if the byte stays as it is.
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
