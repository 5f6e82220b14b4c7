//! The means to send: lent to the machine for one poll, or for one call of `send`.

use crate::buffer::SendBuf;
use crate::entropy::Entropy;
use crate::time::Instant;

/// The send buffer, and the rest of what sending a frame needs.
pub(super) struct TxContext<'a, 'm> {
    pub(super) tx: &'a mut SendBuf<'m>,
    pub(super) entropy: &'a mut dyn Entropy,
    pub(super) now: Instant,
}
