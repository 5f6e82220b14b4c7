//! Streams of embassy-net: DNS, one socket on lent buffers, and an end whose FIN is sent.

use core::fmt;

use embassy_net::Stack;
use embassy_net::dns::DnsQueryType;
use embassy_net::tcp::{ConnectError, TcpReader, TcpSocket, TcpWriter};
use embassy_time::{Duration, Instant, TimeoutError, with_timeout};
use embedded_io_async::{ErrorType, Write};
use slack_rtm::DisconnectReason;

use crate::stream::{Dial, Stream};

/// The time that a dial waits for a cable and for an address before the host counts as unreachable.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens streams on an embassy-net stack, one at a time, with lent socket buffers.
///
/// The stack's `StackResources` need one socket for this, one for DNS and one for DHCP: with fewer,
/// embassy-net panics. It retries an address that does not answer for ever, so the caller must limit
/// the time, as the runner does.
///
/// If a name has several addresses, up to four of them are tried in turn: each for its share of the
/// time, until one accepts the connection. The number is smoltcp's: set `SMOLTCP_DNS_MAX_RESULT_COUNT`
/// in the environment of the build for another one.
pub struct Net<'b> {
    stack: Stack<'b>,
    receive: &'b mut [u8],
    transmit: &'b mut [u8],
}

impl fmt::Debug for Net<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Net").finish_non_exhaustive()
    }
}

impl<'b> Net<'b> {
    /// Creates a dialler on `stack`, over IPv4. `receive` is the window offered to the peer,
    /// `transmit` the memory for bytes that the peer has not acknowledged. 1 KiB and 512 bytes are
    /// enough; less is slower, and an empty one moves nothing.
    pub fn new(stack: Stack<'b>, receive: &'b mut [u8], transmit: &'b mut [u8]) -> Self {
        Self {
            stack,
            receive,
            transmit,
        }
    }

    /// Resolves `host` and connects to its addresses, one after the other.
    async fn open(
        &mut self,
        host: &str,
        port: u16,
        within: Duration,
    ) -> Result<NetStream<'_>, DisconnectReason> {
        let until = Instant::now() + within;
        let ready = async {
            self.stack.wait_link_up().await;
            self.stack.wait_config_up().await;
        };
        if with_timeout(NETWORK_TIMEOUT, ready).await.is_err() {
            return Err(DisconnectReason::Unreachable);
        }
        let found = self.stack.dns_query(host, DnsQueryType::A).await;
        let addresses = found.map_err(|_| DisconnectReason::NameNotFound)?;
        let mut socket = TcpSocket::new(self.stack, self.receive, self.transmit);
        let mut failure = DisconnectReason::NameNotFound;
        for (index, address) in addresses.iter().enumerate() {
            let others = addresses.len() - index - 1;
            let connected = match others {
                0 => socket.connect((*address, port)).await,
                // The rest of the time is for the other addresses, and for a handshake.
                _ => {
                    let left = until.saturating_duration_since(Instant::now());
                    let share = left / u32::try_from(others).map_or(u32::MAX, |others| others + 2);
                    let connecting = socket.connect((*address, port));
                    match with_timeout(share, connecting).await {
                        Ok(connected) => connected,
                        Err(TimeoutError) => Err(ConnectError::TimedOut),
                    }
                }
            };
            failure = match connected {
                Ok(()) => return Ok(NetStream(socket)),
                Err(ConnectError::ConnectionReset) => DisconnectReason::Refused,
                Err(ConnectError::TimedOut) => DisconnectReason::TimedOut,
                Err(ConnectError::NoRoute) => DisconnectReason::Unreachable,
                Err(ConnectError::InvalidState) => DisconnectReason::Other,
            };
            socket.abort();
        }
        Err(failure)
    }
}

impl Dial for Net<'_> {
    type Stream<'s>
        = NetStream<'s>
    where
        Self: 's;

    async fn dial<'s>(
        &'s mut self,
        host: &str,
        port: u16,
        within: slack_rtm::time::Duration,
    ) -> Result<NetStream<'s>, DisconnectReason> {
        self.open(host, port, within.into()).await
    }
}

/// A stream of [`Net`].
pub struct NetStream<'s>(TcpSocket<'s>);

impl fmt::Debug for NetStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NetStream").field(&self.0.state()).finish()
    }
}

impl Stream for NetStream<'_> {
    type Reader<'h>
        = TcpReader<'h>
    where
        Self: 'h;
    type Writer<'h>
        = NetWriter<'h>
    where
        Self: 'h;

    fn split(&mut self) -> (TcpReader<'_>, NetWriter<'_>) {
        let (reader, writer) = self.0.split();
        (reader, NetWriter(writer))
    }

    async fn hang_up(&mut self) {
        self.0.close();
        // Waits until the FIN is acknowledged. Nothing can be done about a stream that fails while
        // it is given up.
        let _ = self.0.flush().await;
    }
}

/// The half of a [`NetStream`] that sends.
pub struct NetWriter<'h>(TcpWriter<'h>);

impl fmt::Debug for NetWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetWriter").finish_non_exhaustive()
    }
}

impl ErrorType for NetWriter<'_> {
    type Error = embassy_net::tcp::Error;
}

impl Write for NetWriter<'_> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(buf).await
    }

    /// Does nothing: the stack sends by itself. embassy-net's own flush waits for the peer's
    /// acknowledgement.
    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
