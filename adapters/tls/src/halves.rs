//! A transport in two halves, of which one reads while the other writes.

use core::cell::RefCell;
use core::fmt;

use embedded_io::{Error as _, ErrorKind};
use embedded_io_async::{ErrorType, Read, Write};

/// A transport that is made of any pair of a reader and a writer.
///
/// TLS in both directions at once needs a transport that reads while it writes. A stream that
/// cannot be split has no such pair, and the compiler refuses it.
///
/// ```
/// # use embedded_io_async::{Read, Write};
/// # struct Socket;
/// # impl Socket { fn split(&mut self) -> (&[u8], &mut [u8]) { (&[], &mut []) } }
/// # let mut socket = Socket;
/// use verified_tls::Halves;
///
/// let (reader, writer) = socket.split();
/// let halves = Halves::new(reader, writer); // embassy-net: Unbuffered(writer)
/// // `&halves` goes to `Connector::connect`.
/// ```
///
/// A connection over a stream that is no pair has no `split` and no `drive`:
///
/// ```compile_fail,E0599
/// # use embedded_io_async::{Read, Write};
/// # use verified_tls::Connection;
/// fn split<S: Read + Write>(mut connection: Connection<'_, S>) {
///     let (reader, writer) = connection.split();
/// }
/// ```
pub struct Halves<R, W> {
    reader: RefCell<R>,
    writer: RefCell<W>,
}

impl<R, W> Halves<R, W> {
    /// Creates a transport that reads from `reader` and writes to `writer`.
    pub const fn new(reader: R, writer: W) -> Self {
        Self {
            reader: RefCell::new(reader),
            writer: RefCell::new(writer),
        }
    }

    /// Returns the reader and the writer.
    pub fn into_inner(self) -> (R, W) {
        (self.reader.into_inner(), self.writer.into_inner())
    }
}

impl<R, W> fmt::Debug for Halves<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Halves").finish_non_exhaustive()
    }
}

impl<R, W> ErrorType for &Halves<R, W> {
    type Error = ErrorKind;
}

// Each cell is borrowed by the futures of one direction only, and a connection has one reader and
// one writer. With a second connection over the same halves, a borrow fails instead of a panic.
#[allow(
    clippy::await_holding_refcell_ref,
    reason = "a borrow that fails is an error, and no borrow is expected to fail"
)]
impl<R: Read, W> Read for &Halves<R, W> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let mut reader = self.reader.try_borrow_mut().or(Err(ErrorKind::Other))?;
        reader.read(buf).await.map_err(|error| error.kind())
    }
}

#[allow(
    clippy::await_holding_refcell_ref,
    reason = "a borrow that fails is an error, and no borrow is expected to fail"
)]
impl<R, W: Write> Write for &Halves<R, W> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        let mut writer = self.writer.try_borrow_mut().or(Err(ErrorKind::Other))?;
        writer.write(buf).await.map_err(|error| error.kind())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        let mut writer = self.writer.try_borrow_mut().or(Err(ErrorKind::Other))?;
        writer.flush().await.map_err(|error| error.kind())
    }
}

/// A writer that sends by itself, without a flush: its `flush` does nothing.
///
/// The writer of a transport is flushed after each record, and no other record is sent until that
/// is done. The flush of embassy-net's `TcpWriter` waits until the server has acknowledged every
/// byte, which takes a round trip and more. It needs no flush, and this wrapper saves the time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unbuffered<W>(pub W);

impl<W: ErrorType> ErrorType for Unbuffered<W> {
    type Error = W::Error;
}

impl<W: Write> Write for Unbuffered<W> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(buf).await
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use embassy_futures::block_on;
    use embedded_io_async::{ErrorType, Write};

    use super::Unbuffered;

    /// Counts the bytes that it takes, and is never flushed.
    struct Count(usize);

    impl ErrorType for Count {
        type Error = Infallible;
    }

    impl Write for Count {
        async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
            self.0 += buf.len();
            Ok(buf.len())
        }

        async fn flush(&mut self) -> Result<(), Infallible> {
            panic!("flushed");
        }
    }

    #[test]
    fn an_unbuffered_writer_is_not_flushed() {
        let mut writer = Unbuffered(Count(0));
        assert_eq!(block_on(writer.write_all(b"hello")), Ok(()));
        assert_eq!(block_on(writer.flush()), Ok(()));
        assert_eq!(writer.0.0, 5);
    }
}
