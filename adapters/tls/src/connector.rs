//! Opens connections: does the handshake and authenticates the server.

use core::fmt;

use embedded_io_async::{Read, Write};
use embedded_tls::{
    CryptoProvider, TlsConfig, TlsConnection, TlsContext, TlsError as ProtocolError, TlsVerifier,
};

use crate::buffers::{BufferError, MOST_WRITE, fragment_limit};
use crate::connection::Connection;
use crate::error::TlsError;
use crate::filter::Filter;
use crate::guard::Suite;
use crate::progress::Progress;
use crate::random::{Random, Seed};
use crate::verify::{Trust, Verifier};

/// Opens connections, one after the other, with lent buffers.
///
/// # Memory
/// The read buffer holds one record: [`FULL_READ`](crate::FULL_READ) bytes are always enough. With
/// less, down to [`MIN_READ`](crate::MIN_READ), the server is asked for shorter records
/// (max_fragment_length, RFC 6066 section 4); the first longer record of a server that ignores this
/// ends the connection. The server's certificates must fit into one record: 1 KiB holds one or two
/// certificates of P-256, but no chain of RSA. The write buffer needs
/// [`MIN_WRITE`](crate::MIN_WRITE) bytes; a longer one makes fewer, longer records.
pub struct Connector<'b> {
    trust: &'b Trust<'b>,
    read: &'b mut [u8],
    write: &'b mut [u8],
    progress: Progress,
}

impl fmt::Debug for Connector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

impl<'b> Connector<'b> {
    /// Creates a connector with these buffers for its records.
    ///
    /// # Errors
    /// [`BufferError`] if `read` has fewer than [`MIN_READ`](crate::MIN_READ) bytes, or `write`
    /// fewer than [`MIN_WRITE`](crate::MIN_WRITE).
    pub fn new(
        trust: &'b Trust<'b>,
        read: &'b mut [u8],
        write: &'b mut [u8],
    ) -> Result<Self, BufferError> {
        BufferError::check(read.len(), write.len())?;
        let most = write.len().min(MOST_WRITE);
        Ok(Self {
            trust,
            read,
            write: write.get_mut(..most).unwrap_or_default(),
            progress: Progress::default(),
        })
    }

    /// Authenticates the server at the other end of `transport`, and agrees on keys with it.
    ///
    /// `transport` is usually a [`&Halves`](crate::Halves), which makes a connection that can be
    /// split and driven. Any other `Read + Write` makes one that either reads or writes.
    ///
    /// The future may be dropped at any moment; then the transport can be used for nothing else.
    /// There is no limit of time.
    ///
    /// # Errors
    /// The reason why there is no connection. Nothing of the application was sent.
    pub async fn connect<'l, S>(
        &'l mut self,
        transport: S,
        host: &str,
        seed: Seed,
    ) -> Result<Connection<'l, S>, TlsError>
    where
        S: Read + Write + 'l,
    {
        let Self {
            trust,
            read,
            write,
            progress,
        } = self;
        *progress = Progress::default();
        let progress = &*progress;
        let verifier = Verifier::new(trust, host).map_err(TlsError::Trust)?;
        let mut config = TlsConfig::new();
        if verifier.host_is_name() {
            // RFC 6066 section 3: no address, and no dot at the end.
            config = config.with_server_name(host.trim_end_matches('.'));
        }
        if trust.algorithms.offers_rsa {
            config = config.enable_rsa_signatures();
        }
        if let Some(limit) = fragment_limit(read.len()) {
            config = config.with_max_fragment_length(limit);
        }
        let random = Random::new(seed);
        let mut provider = Provider { verifier, random };
        let filter = Filter {
            stream: transport,
            records: &progress.records,
        };
        let mut session = TlsConnection::new(filter, read, write);
        let opened = session.open(TlsContext::new(&config, &mut provider)).await;
        // A refused certificate also ends `open` with some error; the refusal is the reason.
        if let Some(error) = provider.verifier.refusal() {
            return Err(TlsError::Trust(error));
        }
        opened.map_err(|error| TlsError::new(&error, &progress.records))?;
        provider.verifier.proven().map_err(TlsError::Trust)?;
        progress.records.establish();
        Ok(Connection::new(session, progress))
    }
}

/// Randomness and verification for one handshake.
struct Provider<'a> {
    verifier: Verifier<'a>,
    random: Random,
}

impl CryptoProvider for Provider<'_> {
    type CipherSuite = Suite;
    type Signature = &'static [u8];

    fn rng(&mut self) -> impl embedded_tls::CryptoRngCore {
        &mut self.random
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Suite>, ProtocolError> {
        Ok(&mut self.verifier)
    }
}
