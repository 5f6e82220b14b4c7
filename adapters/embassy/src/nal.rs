//! Streams of any stack that implements embedded-nal-async.

use core::fmt;
use core::net::SocketAddr;

use embassy_futures::select::{Either, select};
use embassy_futures::yield_now;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_sync::signal::Signal;
use embedded_io::Error as _;
use embedded_io_async::{ErrorType, Read, Write};
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use slack_rtm::DisconnectReason;
use slack_rtm::time::Duration;

use crate::stream::{Dial, Stream, link_end};

/// Opens streams with a stack and a resolver; one value may be both.
///
/// The traits have no way to end a connection in order: a stream is flushed and dropped, and the
/// stack does the rest. They return one address of a name, which is the only one that is tried.
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
        _within: Duration,
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
            .map(NalStream::new)
            .map_err(|error| link_end(error.kind()))
    }
}

/// A stream of [`Nal`].
///
/// A connection of embedded-nal-async has no halves. Those of this stream take turns: a read that
/// waits is dropped when there is something to write, and begun again afterwards. So the reads of
/// the connection must lose nothing when they are dropped, as embassy-net's, and nothing is read
/// while a write waits.
pub struct NalStream<C> {
    connection: Mutex<CriticalSectionRawMutex, C>,
    /// Signalled by a writer that waits for its turn.
    turn: Signal<CriticalSectionRawMutex, ()>,
}

impl<C> NalStream<C> {
    fn new(connection: C) -> Self {
        Self {
            connection: Mutex::new(connection),
            turn: Signal::new(),
        }
    }
}

impl<C> fmt::Debug for NalStream<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NalStream").finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for NalHalf<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NalHalf").finish_non_exhaustive()
    }
}

impl<C: Read + Write> Stream for NalStream<C> {
    type Reader<'h>
        = NalHalf<'h, C>
    where
        Self: 'h;
    type Writer<'h>
        = NalHalf<'h, C>
    where
        Self: 'h;

    fn split(&mut self) -> (NalHalf<'_, C>, NalHalf<'_, C>) {
        (NalHalf(self), NalHalf(self))
    }

    async fn hang_up(&mut self) {
        // Nothing can be done about a stream that fails while it is given up.
        let _ = self.connection.get_mut().flush().await;
    }
}

/// A half of a [`NalStream`].
pub struct NalHalf<'h, C>(&'h NalStream<C>);

impl<C: ErrorType> ErrorType for NalHalf<'_, C> {
    type Error = C::Error;
}

impl<C: Read> Read for NalHalf<'_, C> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, C::Error> {
        loop {
            let mut connection = self.0.connection.lock().await;
            match select(self.0.turn.wait(), connection.read(buf)).await {
                Either::First(()) => drop(connection),
                Either::Second(read) => return read,
            }
            // The writer takes its turn.
            yield_now().await;
        }
    }
}

impl<C: Write> Write for NalHalf<'_, C> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, C::Error> {
        self.0.turn.signal(());
        self.0.connection.lock().await.write(buf).await
    }

    async fn flush(&mut self) -> Result<(), C::Error> {
        self.0.turn.signal(());
        self.0.connection.lock().await.flush().await
    }
}

#[cfg(test)]
mod tests {
    use core::cell::RefCell;
    use core::convert::Infallible;
    use core::future::pending;
    use std::vec::Vec;

    use embassy_futures::block_on;
    use embassy_futures::join::join;
    use embedded_io_async::{ErrorType, Read, Write};

    use super::{NalStream, Stream};

    /// Returns what was written, once there is something.
    struct Echo(RefCell<Vec<u8>>);

    impl ErrorType for Echo {
        type Error = Infallible;
    }

    impl Read for Echo {
        async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
            if self.0.borrow().is_empty() {
                pending::<()>().await;
            }
            let echo = self.0.take();
            buf[..echo.len()].copy_from_slice(&echo);
            Ok(echo.len())
        }
    }

    impl Write for Echo {
        async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
            self.0.borrow_mut().extend_from_slice(buf);
            Ok(buf.len())
        }

        async fn flush(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    #[test]
    fn a_read_that_waits_lets_a_write_pass() {
        let mut stream = NalStream::new(Echo(RefCell::default()));
        let (mut reader, mut writer) = stream.split();
        let mut bytes = [0; 8];
        for _ in 0..3 {
            let (read, written) =
                block_on(join(reader.read(&mut bytes), writer.write(b"question")));
            assert_eq!((read, written), (Ok(8), Ok(8)));
            assert_eq!(&bytes, b"question");
        }
    }
}
