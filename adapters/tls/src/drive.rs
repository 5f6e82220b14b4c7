//! The driver: keeps both directions of a connection going, for as long as it lasts.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Poll;

use embassy_futures::poll_once;
use embassy_futures::select::{Either, select};
use embedded_io::{Error as _, ErrorKind};
use embedded_io_async::{BufRead, Read, Write};

use crate::connection::{Connection, Reader, Writer};
use crate::error::TlsError;
use crate::halves::Halves;

/// The number of bytes that are copied from the application into a record at once. They are read,
/// and not lent by `fill_buf`, because a pipe of `embassy_sync` does not wake its writer when lent
/// bytes are consumed later.
const PIECE: usize = 64;

impl<R: Read, W: Write> Connection<'_, &Halves<R, W>> {
    /// Moves plaintext from the server to `inbound` and from `outbound` to the server, both at
    /// once, until the connection ends or `stop` is ready.
    ///
    /// The application has the other ends of `inbound` and `outbound`, such as two
    /// `embassy_sync::pipe::Pipe`s, and may drop *its* futures at any moment. This future keeps
    /// the reads and writes of TLS, which may not be dropped: **it must be polled until it is
    /// ready**, by a task or a `join` of its own. To drop it in the middle of a record is to end the
    /// connection: the next operation of that direction returns [`TlsError::Interrupted`].
    ///
    /// Plaintext is copied from the record to `inbound`, which is never flushed. While `inbound` is
    /// full, nothing more is read, and the server has to wait; writing continues. Reads of
    /// `outbound` are dropped before they are ready, and must not lose bytes then. A record is sent
    /// when it is full, or when `outbound` has no more bytes at the moment.
    ///
    /// When `stop` is ready or `outbound` is at its end, the bytes that `outbound` has are sent;
    /// meanwhile bytes from the server go to `inbound` as before. [`close`](Connection::close) is
    /// next. There is no limit of time: a peer that takes no bytes stalls this future until it is
    /// dropped.
    ///
    /// # Errors
    /// The reason why the connection ended before `stop` was ready. With [`TlsError::Closed`] the
    /// server closed it in order, and every byte that the server sent is in `inbound`. Also when a
    /// write fails, what had arrived is in `inbound` before this future is ready.
    pub async fn drive(
        &mut self,
        inbound: impl Write,
        outbound: impl Read,
        stop: impl Future<Output = ()>,
    ) -> Result<(), TlsError> {
        let (reader, writer) = self.split();
        let has_failed = AtomicBool::new(false);
        let mut receiving = pin!(receive(reader, inbound, &has_failed));
        match select(receiving.as_mut(), send(writer, outbound, stop)).await {
            Either::First(end) => Err(end.unwrap_or(TlsError::Interrupted)),
            Either::Second(Ok(())) => Ok(()),
            Either::Second(Err(error)) => {
                // What has arrived before goes first. Only the server itself closes in order; the
                // transport may report a reset to the write, and a mere end to the read.
                has_failed.store(true, Ordering::Relaxed);
                match receiving.await {
                    Some(TlsError::Closed) => Err(TlsError::Closed),
                    _ => Err(error),
                }
            }
        }
    }
}

/// Moves plaintext from the server, until there is an error. Returns `None` if no more has arrived and
/// `is_last` is set.
async fn receive<'c, S: Read + 'c>(
    mut reader: Reader<'c, S>,
    mut inbound: impl Write,
    is_last: &AtomicBool,
) -> Option<TlsError> {
    loop {
        let plaintext = match at_once_if(is_last, reader.fill_buf()).await? {
            Ok(plaintext) => plaintext,
            Err(error) => return Some(error),
        };
        match inbound.write(plaintext).await {
            Ok(0) => return Some(TlsError::Application(ErrorKind::WriteZero)),
            Ok(count) => reader.consume(count),
            Err(error) => return Some(TlsError::Application(error.kind())),
        }
    }
}

/// Waits for a future. Returns `None` if it is not ready and `is_last` is set.
async fn at_once_if<F: Future>(is_last: &AtomicBool, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut waits = 0;
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if !is_last.load(Ordering::Relaxed) => Poll::Pending,
        Poll::Pending if waits == 3 => Poll::Ready(None),
        Poll::Pending => {
            // The filter of the records or a stream may have yielded in place of waiting for bytes:
            // poll a few times more.
            waits += 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

/// Moves plaintext to the server, until there is no more or `stop` is ready.
async fn send<'c, S: Write + 'c>(
    mut writer: Writer<'c, S>,
    mut outbound: impl Read,
    stop: impl Future<Output = ()>,
) -> Result<(), TlsError> {
    let mut stop = pin!(stop);
    let mut piece = [0; PIECE];
    loop {
        // A record is extended while there are bytes for it.
        let read = match poll_once(outbound.read(&mut piece)) {
            Poll::Ready(read) => read,
            Poll::Pending => {
                writer.flush().await?;
                // Bytes that `outbound` has go first, also when `stop` is ready.
                match select(outbound.read(&mut piece), stop.as_mut()).await {
                    Either::First(read) => read,
                    Either::Second(()) => return Ok(()),
                }
            }
        };
        let count = read.map_err(|error| TlsError::Application(error.kind()))?;
        if count == 0 {
            return Ok(());
        }
        let plaintext = piece.get(..count).unwrap_or(&piece);
        writer.write_all(plaintext).await?;
    }
}
