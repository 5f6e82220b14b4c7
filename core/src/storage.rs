//! The memory that a machine keeps between polls: for its token, and for messages that wait.

use crate::buffer::{Memory, ResourceError};
use crate::utf8;
use core::fmt;

/// The memory of a [`Client`](crate::Client) for its token, and for messages that wait to be sent
/// or acknowledged.
///
/// [`Token`] owns memory for a token alone, [`OwnedStorage`] for both. [`LentStorage`] borrows it,
/// and so does a `&mut` to any storage. Implement the trait to keep both elsewhere, such as on a
/// heap.
///
/// ```
/// use slack_rtm::entropy::EntropyError;
/// use slack_rtm::{Client, Config, ConfigError, LentStorage, OwnedStorage, Token, entropy};
/// # fn random(out: &mut [u8]) -> Result<(), EntropyError> { out.fill(7); Ok(()) }
///
/// let random = entropy::from_fn(random);
/// // Owned by the client, which then borrows nothing.
/// let storage = OwnedStorage::<128, 1024>::new();
/// let client: Client<'static, _, _> = Client::new(Config::new(), "xoxb-1", storage, random)?;
/// // Lent, and without memory for messages.
/// let mut storage = Token::<128>::new();
/// let client = Client::new(Config::new(), "xoxb-1", &mut storage, random)?;
/// // Lent slices.
/// let (mut token, mut outbox) = ([0; 128], [0; 1024]);
/// let storage = LentStorage::new(&mut token, &mut outbox);
/// let client = Client::new(Config::new(), "xoxb-1", storage, random)?;
/// # Ok::<(), ConfigError>(())
/// ```
pub trait Storage {
    /// Returns the two parts: always the same memory, with the same contents. With other memory
    /// messages are lost; no other harm is done.
    fn parts(&mut self) -> StorageParts<'_>;
}

/// The parts of a [`Storage`].
///
/// The memory for messages may be empty: a message is then sent at once or not at all. Otherwise
/// each message takes its JSON, without its id, and five bytes; one with a time to live takes 15
/// more.
///
/// `Debug` shows the sizes alone.
#[non_exhaustive]
pub struct StorageParts<'s> {
    /// The memory for the token. Slack's tokens have up to about 200 bytes.
    pub token: &'s mut [u8],
    /// The memory for messages, or an empty slice.
    pub outbox: &'s mut [u8],
}

impl<'s> StorageParts<'s> {
    /// The smallest memory for messages that is not empty, in bytes: room for a message without
    /// text to a channel whose id has 11 characters.
    pub const LEAST_OUTBOX: usize = 57;

    /// Creates the parts. `outbox` is empty, or has at least
    /// [`LEAST_OUTBOX`](Self::LEAST_OUTBOX) bytes.
    pub const fn new(token: &'s mut [u8], outbox: &'s mut [u8]) -> Self {
        Self { token, outbox }
    }
}

/// Shows neither the token nor a message.
impl fmt::Debug for StorageParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageParts")
            .field("token", &self.token.len())
            .field("outbox", &self.outbox.len())
            .finish()
    }
}

impl<S: Storage + ?Sized> Storage for &mut S {
    fn parts(&mut self) -> StorageParts<'_> {
        (**self).parts()
    }
}

/// Memory for a token of at most `N` bytes. It is cleared when it is dropped, and when the token is
/// replaced.
///
/// To move it leaves a copy of the token at the old place, as for every type of Rust.
pub struct Token<const N: usize>([u8; N]);

impl<const N: usize> Token<N> {
    /// Creates memory without a token.
    pub const fn new() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Storage for Token<N> {
    fn parts(&mut self) -> StorageParts<'_> {
        StorageParts::new(&mut self.0, &mut [])
    }
}

impl<const N: usize> Drop for Token<N> {
    fn drop(&mut self) {
        clear(&mut self.0);
    }
}

/// Memory for a token of at most `TOKEN` bytes, and `OUTBOX` bytes for messages that wait.
pub struct OwnedStorage<const TOKEN: usize, const OUTBOX: usize> {
    token: Token<TOKEN>,
    outbox: [u8; OUTBOX],
}

impl<const TOKEN: usize, const OUTBOX: usize> OwnedStorage<TOKEN, OUTBOX> {
    /// Creates memory without a token and without messages.
    pub const fn new() -> Self {
        Self {
            token: Token::new(),
            outbox: [0; OUTBOX],
        }
    }
}

impl<const TOKEN: usize, const OUTBOX: usize> Storage for OwnedStorage<TOKEN, OUTBOX> {
    fn parts(&mut self) -> StorageParts<'_> {
        StorageParts::new(&mut self.token.0, &mut self.outbox)
    }
}

/// Lent memory for a token, and for messages that wait. The memory for the token is cleared when
/// this is dropped.
pub struct LentStorage<'m> {
    token: &'m mut [u8],
    outbox: &'m mut [u8],
}

impl<'m> LentStorage<'m> {
    /// Creates a storage over this memory. `outbox` may be empty.
    pub const fn new(token: &'m mut [u8], outbox: &'m mut [u8]) -> Self {
        Self { token, outbox }
    }
}

impl Storage for LentStorage<'_> {
    fn parts(&mut self) -> StorageParts<'_> {
        StorageParts::new(self.token, self.outbox)
    }
}

impl Drop for LentStorage<'_> {
    fn drop(&mut self) {
        clear(self.token);
    }
}

impl<const N: usize> Default for Token<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const TOKEN: usize, const OUTBOX: usize> Default for OwnedStorage<TOKEN, OUTBOX> {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows neither the token nor a message.
impl<const N: usize> fmt::Debug for Token<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

/// Shows neither the token nor a message.
impl<const TOKEN: usize, const OUTBOX: usize> fmt::Debug for OwnedStorage<TOKEN, OUTBOX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedStorage").finish_non_exhaustive()
    }
}

/// Shows neither the token nor a message.
impl fmt::Debug for LentStorage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LentStorage").finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
mod format {
    use super::{LentStorage, OwnedStorage, StorageParts, Token};

    impl defmt::Format for StorageParts<'_> {
        fn format(&self, f: defmt::Formatter<'_>) {
            let (token, outbox) = (self.token.len(), self.outbox.len());
            defmt::write!(f, "StorageParts {{ token: {}, outbox: {} }}", token, outbox);
        }
    }

    impl<const N: usize> defmt::Format for Token<N> {
        fn format(&self, f: defmt::Formatter<'_>) {
            defmt::write!(f, "Token");
        }
    }

    impl<const TOKEN: usize, const OUTBOX: usize> defmt::Format for OwnedStorage<TOKEN, OUTBOX> {
        fn format(&self, f: defmt::Formatter<'_>) {
            defmt::write!(f, "OwnedStorage");
        }
    }

    impl defmt::Format for LentStorage<'_> {
        fn format(&self, f: defmt::Formatter<'_>) {
            defmt::write!(f, "LentStorage");
        }
    }
}

/// The reason why a token cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TokenError {
    /// The token is empty, or has characters other than visible ASCII, such as CR or LF.
    Characters,
    /// The token does not fit into the memory for it.
    Full(ResourceError),
    /// The token is one of a bot or a user; Socket Mode needs the app-level one.
    NotAppLevel,
}

impl TokenError {
    /// Returns the stable number of the error, for logs and for C.
    pub const fn code(self) -> u16 {
        match self {
            Self::Characters => 330,
            Self::NotAppLevel => 331,
            Self::Full(error) => error.code(),
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Characters => f.write_str(
                "the token is empty or has blanks or control characters; check how it was read",
            ),
            Self::Full(error) => error.fmt(f),
            Self::NotAppLevel => f.write_str(
                "the token is one of a bot or a user (xox); use the app-level token (xapp-) for Socket Mode, from the settings of the app, with the scope connections:write",
            ),
        }
    }
}

impl core::error::Error for TokenError {}

/// Replaces the token in `memory`. Returns its length.
///
/// # Errors
/// [`TokenError`]; the memory is then unchanged.
pub(crate) fn replace_token(memory: &mut [u8], token: &str) -> Result<u16, TokenError> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TokenError::Characters);
    }
    match u16::try_from(token.len()) {
        Ok(length) if token.len() <= memory.len() => {
            // Nothing of the old one stays after a shorter one.
            let rest = core::iter::repeat(0);
            for (to, from) in memory.iter_mut().zip(token.bytes().chain(rest)) {
                *to = from;
            }
            Ok(length)
        }
        _ => Err(TokenError::Full(ResourceError {
            memory: Memory::Token,
            wanted: token.len(),
            available: memory.len(),
        })),
    }
}

/// Returns the token of this length in `memory`.
pub(crate) fn token_in(memory: &[u8], length: u16) -> &str {
    utf8::valid(memory.get(..usize::from(length)).unwrap_or_default())
}

/// Overwrites a token.
fn clear(memory: &mut [u8]) {
    memory.fill(0);
    // Without this the compiler may drop a store that nothing reads.
    core::hint::black_box(memory);
}

#[cfg(test)]
mod tests {
    use super::{LentStorage, OwnedStorage, Storage, Token, TokenError, replace_token, token_in};

    #[test]
    fn nothing_of_a_token_is_left_when_it_is_replaced_or_dropped() {
        let (mut memory, mut outbox) = ([0; 16], [0; 4]);
        let mut storage = LentStorage::new(&mut memory, &mut outbox);
        let token = storage.parts().token;
        assert_eq!(replace_token(token, "xoxb-a-long-one"), Ok(15));
        assert_eq!(replace_token(token, "xoxb-2"), Ok(6));
        assert_eq!(token, b"xoxb-2\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(token_in(token, 6), "xoxb-2");
        drop(storage);
        assert_eq!(memory, [0; 16]);
    }

    #[test]
    fn a_token_that_cannot_be_used_changes_nothing() {
        let mut storage = OwnedStorage::<8, 0>::new();
        let token = storage.parts().token;
        assert_eq!(replace_token(token, "xoxb-1"), Ok(6));
        for bad in ["", "a b", "a\r\n", "é"] {
            assert_eq!(replace_token(token, bad), Err(TokenError::Characters));
        }
        let error = replace_token(token, "xoxb-1234").expect_err("nine bytes");
        let text = std::format!("{error}");
        assert!(text.contains("9 bytes wanted, 8 available"), "{text}");
        assert_eq!(token_in(token, 6), "xoxb-1");
        assert!(Token::<8>::new().parts().outbox.is_empty());
    }
}
