//! Streams of embassy-net: DNS, one socket on lent buffers, and an end whose FIN is sent.

use core::fmt;

use embassy_futures::select::{Either, select};
use embassy_net::dns::DnsQueryType;
use embassy_net::tcp::{ConnectError, TcpSocket};
use embassy_net::{IpAddress, Stack};
use embassy_time::{Duration, Timer};
use embedded_io_async::{ErrorType, Read, Write};
use slack_rtm::DisconnectReason;

use crate::connect::{Dial, Moved, Stream};

/// The time that a dial waits for a cable and for an address before the host counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens streams on an embassy-net stack, one at a time, with lent socket buffers.
///
/// The stack's `StackResources` need one socket for this, one for DNS and one for DHCP: with fewer,
/// embassy-net panics. It retries an address that does not answer for ever, so the caller must limit
/// the time, as the pump does.
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
    ) -> Result<NetStream<'s>, DisconnectReason> {
        let ready = async {
            self.stack.wait_link_up().await;
            self.stack.wait_config_up().await;
        };
        if let Either::Second(()) = select(ready, Timer::after(PATIENCE)).await {
            return Err(DisconnectReason::Unreachable);
        }
        let address = match host.parse() {
            Ok(address) => IpAddress::Ipv4(address),
            Err(_) => {
                let found = self
                    .stack
                    .dns_query(host, DnsQueryType::A)
                    .await
                    .map_err(|_| DisconnectReason::NameNotFound)?;
                found
                    .first()
                    .copied()
                    .ok_or(DisconnectReason::NameNotFound)?
            }
        };
        let mut socket = TcpSocket::new(self.stack, self.receive, self.transmit);
        match socket.connect((address, port)).await {
            Ok(()) => Ok(NetStream(socket)),
            Err(ConnectError::ConnectionReset) => Err(DisconnectReason::Refused),
            Err(ConnectError::TimedOut) => Err(DisconnectReason::TimedOut),
            Err(ConnectError::NoRoute) => Err(DisconnectReason::Unreachable),
            Err(ConnectError::InvalidState) => Err(DisconnectReason::Other),
        }
    }
}

/// A stream of [`Net`].
pub struct NetStream<'s>(TcpSocket<'s>);

impl fmt::Debug for NetStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NetStream").field(&self.0.state()).finish()
    }
}

impl ErrorType for NetStream<'_> {
    type Error = embassy_net::tcp::Error;
}

impl Read for NetStream<'_> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        self.0.read(buf).await
    }
}

impl Write for NetStream<'_> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(buf).await
    }

    /// Does nothing: the stack sends by itself. embassy-net's own flush waits for the peer's
    /// acknowledgement, and nothing would be read meanwhile.
    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl Stream for NetStream<'_> {
    /// Reads while a write waits for room.
    async fn transfer(&mut self, space: &mut [u8], pending: &[u8]) -> Result<Moved, Self::Error> {
        let (mut reader, mut writer) = self.0.split();
        let read = async {
            match space.is_empty() {
                true => core::future::pending().await,
                false => reader.read(space).await.map(Moved::Received),
            }
        };
        if pending.is_empty() {
            return read.await;
        }
        match select(writer.write(pending), read).await {
            Either::First(sent) => sent.map(Moved::Sent),
            Either::Second(received) => received,
        }
    }

    async fn hang_up(&mut self) {
        self.0.close();
        // Waits until the FIN is acknowledged. Nothing can be done about a stream that fails while
        // it is given up.
        let _ = self.0.flush().await;
    }
}
