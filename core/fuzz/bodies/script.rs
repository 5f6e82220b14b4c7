//! Inputs as scripts: numbers and byte strings read from the front.

/// What is left of an input.
#[derive(Clone, Debug)]
pub(crate) struct Script<'d>(pub(crate) &'d [u8]);

impl<'d> Script<'d> {
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte, zero behind the end.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// The next `count` bytes, or those that are left.
    pub(crate) fn take(&mut self, count: usize) -> &'d [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A length byte, and as many bytes.
    pub(crate) fn string(&mut self) -> &'d [u8] {
        let count = self.byte();
        self.take(usize::from(count))
    }

    /// Up to seven sizes of reads, each from 1 on; never none.
    pub(crate) fn sizes(&mut self) -> Vec<usize> {
        let count = usize::from(self.byte() % 8).max(1);
        (0..count)
            .map(|_| usize::from(self.byte()).max(1))
            .collect()
    }
}

/// The ways to read an input that must all come to the same: whole, byte by byte, and as the
/// input itself says.
pub(crate) fn ways(sizes: Vec<usize>) -> [Vec<usize>; 3] {
    [vec![usize::MAX], vec![1], sizes]
}

/// A stream that arrives in reads.
pub(crate) struct Reads<'d> {
    pub(crate) rest: &'d [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl<'d> Reads<'d> {
    pub(crate) fn new(input: &'d [u8], sizes: &[usize]) -> Self {
        Self {
            rest: input,
            sizes: sizes.to_vec(),
            turn: 0,
        }
    }

    /// One read into `rx`; `false` at the end of the stream. There must be room.
    pub(crate) fn read(&mut self, rx: &mut slack_rtm::buffer::RecvBuf<'_>) -> bool {
        let space = rx.space();
        assert!(!space.is_empty(), "asked to read without room");
        let size = self.sizes[self.turn % self.sizes.len()];
        self.turn += 1;
        let count = size.min(space.len()).min(self.rest.len());
        space[..count].copy_from_slice(&self.rest[..count]);
        rx.filled(count);
        self.rest = &self.rest[count..];
        count > 0
    }
}
