//! The storage of a session or a machine for calls: the token on the heap, the outbox in the lent
//! buffers.

use slack_rtm::{Storage, StorageParts, Token};

/// The longest token, in bytes. Slack's tokens have up to about 200.
pub(crate) const TOKEN_BYTES: usize = 1024;

/// The storage of a session's client, or of a machine for calls.
///
/// The token is on the heap, so that moving a session does not copy it. It is overwritten when the
/// storage is dropped.
pub(crate) struct SessionStorage<'m> {
    token: Box<Token<TOKEN_BYTES>>,
    outbox: &'m mut [u8],
}

impl<'m> SessionStorage<'m> {
    /// Creates a storage without a token. `outbox` may be empty.
    pub(crate) fn new(outbox: &'m mut [u8]) -> Self {
        Self {
            token: Box::default(),
            outbox,
        }
    }
}

impl Storage for SessionStorage<'_> {
    fn parts(&mut self) -> StorageParts<'_> {
        StorageParts::new(self.token.parts().token, self.outbox)
    }
}

#[cfg(test)]
mod tests {
    use super::{SessionStorage, TOKEN_BYTES};
    use slack_rtm::Storage;

    #[test]
    fn the_token_and_the_outbox_are_kept_and_a_move_does_not_copy_the_token() {
        let mut outbox = [0; 4];
        let mut storage = SessionStorage::new(&mut outbox);
        let parts = storage.parts();
        assert_eq!((parts.token.len(), parts.outbox.len()), (TOKEN_BYTES, 4));
        parts.token[..6].copy_from_slice(b"xoxb-1");
        parts.outbox.fill(7);
        let place = parts.token.as_ptr();
        let mut moved = storage;
        let parts = moved.parts();
        assert_eq!(parts.token.as_ptr(), place);
        assert!(parts.token.starts_with(b"xoxb-1"));
        assert_eq!(parts.outbox, [7; 4]);
    }
}
