//! The send buffer with randomness and time: lent to the machine for one poll, or one `send`.

use crate::buffer::SendBuf;
use crate::entropy::Entropy;
use crate::time::Instant;

/// The send buffer, and the rest of what sending a frame needs.
pub(super) struct TxContext<'a, 'm> {
    pub(super) tx: &'a mut SendBuf<'m>,
    pub(super) entropy: &'a mut dyn Entropy,
    pub(super) now: Instant,
}
