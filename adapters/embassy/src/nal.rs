//! Streams of any stack that implements embedded-nal-async.

use core::net::SocketAddr;

use embedded_io::Error as _;
use embedded_io_async::{ErrorType, Read, Write};
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use slack_rtm::DisconnectReason;

use crate::connect::{Dial, Stream, link_end};

/// Opens streams with a stack and a resolver; one value may be both.
///
/// The traits have no way to end a connection in order: a stream is flushed and dropped, and the
/// stack does the rest.
#[derive(Clone, Copy, Debug)]
pub struct Nal<T, D> {
    tcp: T,
    dns: D,
}

impl<T: TcpConnect, D: Dns> Nal<T, D> {
    /// Creates a dialler that resolves names with `dns` and opens streams with `tcp`.
    pub fn new(tcp: T, dns: D) -> Self {
        Self { tcp, dns }
    }
}

impl<T: TcpConnect, D: Dns> Dial for Nal<T, D> {
    type Stream<'s>
        = NalStream<T::Connection<'s>>
    where
        Self: 's;

    async fn dial<'s>(
        &'s mut self,
        host: &str,
        port: u16,
    ) -> Result<Self::Stream<'s>, DisconnectReason> {
        let address = match host.parse() {
            Ok(address) => address,
            Err(_) => self
                .dns
                .get_host_by_name(host, AddrType::Either)
                .await
                .map_err(|_| DisconnectReason::NameNotFound)?,
        };
        let connected = self.tcp.connect(SocketAddr::new(address, port)).await;
        connected
            .map(NalStream)
            .map_err(|error| link_end(error.kind()))
    }
}

/// A stream of [`Nal`].
#[derive(Debug)]
pub struct NalStream<C>(C);

impl<C: ErrorType> ErrorType for NalStream<C> {
    type Error = C::Error;
}

impl<C: Read> Read for NalStream<C> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, C::Error> {
        self.0.read(buf).await
    }
}

impl<C: Write> Write for NalStream<C> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, C::Error> {
        self.0.write(buf).await
    }

    async fn flush(&mut self) -> Result<(), C::Error> {
        self.0.flush().await
    }
}

impl<C: Read + Write> Stream for NalStream<C> {
    async fn hang_up(&mut self) {
        // Nothing can be done about a stream that fails while it is given up.
        let _ = self.0.flush().await;
    }
}
