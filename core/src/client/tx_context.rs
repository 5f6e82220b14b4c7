//! The resources of the caller that the machine needs to send: lent for one poll, or one `send`.

use crate::buffer::SendBuf;
use crate::entropy::Entropy;
use crate::time::Instant;
use crate::web_api::outbox::Outbox;

/// The send buffer, and the rest of what sending needs.
pub(super) struct TxContext<'a, 'm> {
    pub(super) tx: &'a mut SendBuf<'m>,
    pub(super) entropy: &'a mut dyn Entropy,
    pub(super) now: Instant,
    pub(super) outbox: Outbox<'a>,
    /// The token of the next call.
    pub(super) token: &'a str,
}
