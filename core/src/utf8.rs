//! UTF-8 (RFC 3629 section 4), for the layers that check it as it arrives.

/// Where in a character a stream of bytes stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Continuation bytes still due; 0 between characters.
    pub(crate) due: u8,
    /// The range of the next continuation byte; meaningful while `due > 0`.
    pub(crate) low: u8,
    pub(crate) high: u8,
}

impl Place {
    pub(crate) const START: Self = Self {
        due: 0,
        low: 0x80,
        high: 0xBF,
    };

    /// Goes behind `byte`; false if it cannot stand here.
    #[inline]
    pub(crate) const fn pass(&mut self, byte: u8) -> bool {
        if self.due > 0 {
            let fits = self.low <= byte && byte <= self.high;
            let due = self.due - 1;
            *self = Self { due, ..Self::START };
            return fits;
        }
        let (due, low, high) = match byte {
            0x00..=0x7f => (0, 0x80, 0xbf),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return false,
        };
        *self = Self { due, low, high };
        true
    }
}

/// The characters that `bytes` begin with, up to the first that is broken or not all there.
#[inline(never)] // one copy serves all, and needs less flash than `from_utf8`
pub(crate) fn valid(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}
