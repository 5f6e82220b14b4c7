//! An authenticated connection, and its two halves.

use core::fmt;

use embedded_io_async::{BufRead, ErrorType, Read, Write};
use embedded_tls::{TlsConnection, TlsReader, TlsWriter};

use crate::error::TlsError;
use crate::filter::Filter;
use crate::guard::Suite;
use crate::halves::Halves;
use crate::progress::Progress;

/// An authenticated and protected connection.
///
/// It reads and writes, one at a time. [`split`](Self::split) and [`drive`](Self::drive) do both
/// at once; they need a transport in [`Halves`].
///
/// [`BufRead::fill_buf`] returns the plaintext of one record where it was decrypted, without a
/// copy. A write fills a record, and sends it when it is full; [`Write::flush`] sends it at once.
///
/// # Dropping futures
/// **The future of a read, a write or a flush must not be dropped before it is ready**, or the
/// connection cannot be used any more: part of a record is then lost, or was sent. The next
/// operation of that direction returns [`TlsError::Interrupted`]; nothing is misread, and no nonce
/// is used twice. (A read that waits between two records may be dropped.) So `select` and time
/// limits must keep the future and poll it again, as [`drive`](Self::drive) does.
pub struct Connection<'l, S: Read + Write + 'l> {
    session: TlsConnection<'l, Filter<'l, S>, Suite>,
    progress: &'l Progress,
}

impl<S: Read + Write> fmt::Debug for Connection<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl<'l, S: Read + Write> Connection<'l, S> {
    pub(crate) fn new(
        session: TlsConnection<'l, Filter<'l, S>, Suite>,
        progress: &'l Progress,
    ) -> Self {
        Self { session, progress }
    }

    /// Sends what has been written and `close_notify` (RFC 8446 section 6.1), and returns the
    /// transport, whose own end is up to the caller. Nothing can be received afterwards.
    ///
    /// # Errors
    /// The error that ended the connection before, or ends it now: `close_notify` was not sent, or
    /// not wholly. After the server's `close_notify` none is sent.
    pub async fn close(self) -> Result<S, TlsError> {
        self.progress.begin_close()?;
        match self.session.close().await {
            Ok(filter) => Ok(filter.stream),
            Err((_, error)) => Err(TlsError::new(&error, &self.progress.records)),
        }
    }
}

impl<R: Read, W: Write> Connection<'_, &Halves<R, W>> {
    /// Returns the two directions, each of which can be used while the other waits.
    ///
    /// The connection can be split again after both were dropped. The rules about dropping
    /// [futures](Connection#dropping-futures) hold for both.
    #[allow(
        clippy::type_complexity,
        reason = "a name for the pair would hide its parts"
    )]
    pub fn split(&mut self) -> (Reader<'_, &Halves<R, W>>, Writer<'_, &Halves<R, W>>) {
        let progress = self.progress;
        let (reader, writer) = self.session.split();
        (
            Reader {
                session: reader,
                progress,
            },
            Writer {
                session: writer,
                progress,
            },
        )
    }
}

impl<S: Read + Write> ErrorType for Connection<'_, S> {
    type Error = TlsError;
}

impl<S: Read + Write> Read for Connection<'_, S> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, TlsError> {
        read(self, buf).await
    }
}

impl<S: Read + Write> BufRead for Connection<'_, S> {
    async fn fill_buf(&mut self) -> Result<&[u8], TlsError> {
        self.progress.fill(&mut self.session).await
    }

    fn consume(&mut self, count: usize) {
        self.session.consume(count);
    }
}

impl<S: Read + Write> Write for Connection<'_, S> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, TlsError> {
        self.progress.write(&mut self.session, buf).await
    }

    async fn flush(&mut self) -> Result<(), TlsError> {
        self.progress.flush(&mut self.session).await
    }
}

/// The direction from the server.
///
/// The rules about dropping [futures](Connection#dropping-futures) hold.
pub struct Reader<'c, S> {
    session: TlsReader<'c, Filter<'c, S>, Suite>,
    progress: &'c Progress,
}

impl<S> fmt::Debug for Reader<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl<S> ErrorType for Reader<'_, S> {
    type Error = TlsError;
}

impl<'c, S: Read + 'c> Read for Reader<'c, S> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, TlsError> {
        read(self, buf).await
    }
}

impl<'c, S: Read + 'c> BufRead for Reader<'c, S> {
    async fn fill_buf(&mut self) -> Result<&[u8], TlsError> {
        self.progress.fill(&mut self.session).await
    }

    fn consume(&mut self, count: usize) {
        self.session.consume(count);
    }
}

/// The direction to the server.
///
/// The rules about dropping [futures](Connection#dropping-futures) hold.
pub struct Writer<'c, S> {
    session: TlsWriter<'c, Filter<'c, S>, Suite>,
    progress: &'c Progress,
}

impl<S> fmt::Debug for Writer<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl<S> ErrorType for Writer<'_, S> {
    type Error = TlsError;
}

impl<'c, S: Write + 'c> Write for Writer<'c, S> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, TlsError> {
        self.progress.write(&mut self.session, buf).await
    }

    async fn flush(&mut self) -> Result<(), TlsError> {
        self.progress.flush(&mut self.session).await
    }
}

/// Copies from the plaintext of one record.
async fn read<T>(reader: &mut T, buf: &mut [u8]) -> Result<usize, TlsError>
where
    T: BufRead<Error = TlsError>,
{
    if buf.is_empty() {
        return Ok(0);
    }
    let mut count = 0;
    for (to, from) in buf.iter_mut().zip(reader.fill_buf().await?) {
        *to = *from;
        count += 1;
    }
    reader.consume(count);
    Ok(count)
}
