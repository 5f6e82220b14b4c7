//! A ring of bytes: one direction of a [`Wire`](crate::wire::Wire).

/// The bytes that one side has put in and the other has not taken yet, in order.
pub(crate) struct Ring<const N: usize> {
    bytes: [u8; N],
    /// The index of the first byte; less than `N`.
    start: usize,
    /// The number of bytes, at most `N`.
    len: usize,
}

impl<const N: usize> Ring<N> {
    /// A ring without bytes. A ring without room would move nothing: it does not compile.
    pub(crate) const EMPTY: Self = {
        assert!(N > 0, "a direction of a wire needs room for a byte");
        Self {
            bytes: [0; N],
            start: 0,
            len: 0,
        }
    };

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts in the first bytes of `from`, as many as there is room for. Returns their number.
    pub(crate) fn put(&mut self, from: &[u8]) -> usize {
        let count = from.len().min(N - self.len);
        let (now, wrapped) = from[..count].split_at(count.min(N - self.end()));
        let end = self.end();
        self.bytes[end..end + now.len()].copy_from_slice(now);
        self.bytes[..wrapped.len()].copy_from_slice(wrapped);
        self.len += count;
        count
    }

    /// Takes bytes into the start of `to`, as many as there are and as it holds. Returns their
    /// number.
    pub(crate) fn take(&mut self, to: &mut [u8]) -> usize {
        let count = to.len().min(self.len);
        let (now, wrapped) = to[..count].split_at_mut(count.min(N - self.start));
        now.copy_from_slice(&self.bytes[self.start..self.start + now.len()]);
        wrapped.copy_from_slice(&self.bytes[..wrapped.len()]);
        self.start = (self.start + count) % N;
        self.len -= count;
        count
    }

    pub(crate) const fn clear(&mut self) {
        self.start = 0;
        self.len = 0;
    }

    /// Returns the index after the last byte; less than `N`.
    const fn end(&self) -> usize {
        (self.start + self.len) % N
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::Ring;

    #[test]
    fn takes_what_was_put_in_that_order_at_every_size() {
        let mut ring = Ring::<7>::EMPTY;
        let mut model = VecDeque::new();
        let (mut next, mut random) = (0_u8, 0x2545_f491_u32);
        for _ in 0..2_000 {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            let size = (random >> 8) as usize % 10;
            if random & 1 == 0 {
                let bytes: std::vec::Vec<u8> = (0..size)
                    .map(|index| next.wrapping_add(index as u8))
                    .collect();
                let count = ring.put(&bytes);
                assert_eq!(count, size.min(7 - model.len()));
                model.extend(&bytes[..count]);
                next = next.wrapping_add(count as u8);
            } else {
                let mut bytes = [0; 10];
                let count = ring.take(&mut bytes[..size]);
                assert_eq!(count, size.min(model.len()));
                for byte in &bytes[..count] {
                    assert_eq!(Some(*byte), model.pop_front());
                }
            }
            assert_eq!(ring.is_empty(), model.is_empty());
        }
    }
}
