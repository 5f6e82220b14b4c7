//! Inputs as scripts: numbers and byte strings read from the front.

/// What is left of an input.
#[derive(Clone, Debug)]
pub(crate) struct Script<'d>(pub(crate) &'d [u8]);

impl<'d> Script<'d> {
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte, or zero after the end.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// Two bytes of length, and as many bytes, or those that are left.
    pub(crate) fn string(&mut self) -> &'d [u8] {
        let count = usize::from(u16::from_be_bytes([self.byte(), self.byte()]));
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Up to seven sizes of reads, each from 1 on, for ever; none means reads without limit.
    pub(crate) fn sizes(&mut self) -> impl Iterator<Item = usize> + use<> {
        let count = self.byte() % 8;
        let mut sizes: Vec<usize> = (0..count)
            .map(|_| usize::from(self.byte()).max(1))
            .collect();
        if sizes.is_empty() {
            sizes.push(usize::MAX);
        }
        sizes.into_iter().cycle()
    }
}

/// A byte string as a script holds it.
pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a short string");
    [length.to_be_bytes().as_slice(), bytes].concat()
}
