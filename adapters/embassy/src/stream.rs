//! Byte streams in two halves, and the trait that opens them.
//!
//! A link reads while a write waits, and TLS must never drop the future of a read in the middle of
//! a record. Both need a stream whose halves are used at the same time: one that cannot be split
//! does not implement [`Stream`].

use embedded_io::ErrorKind;
use embedded_io_async::{Read, Write};
use slack_rtm::DisconnectReason;
use slack_rtm::time::Duration;

/// Opens byte streams: TCP, without TLS.
pub trait Dial {
    /// An open stream.
    type Stream<'s>: Stream
    where
        Self: 's;

    /// Resolves `host`, which may be an address, and opens a stream. `within` is the time until the
    /// caller drops the future, for dividing it among several addresses. The future may be dropped
    /// at any moment.
    ///
    /// # Errors
    /// The reason why there is no stream: [`NameNotFound`](DisconnectReason::NameNotFound),
    /// [`Refused`](DisconnectReason::Refused), [`Unreachable`](DisconnectReason::Unreachable),
    /// [`TimedOut`](DisconnectReason::TimedOut), or [`Other`](DisconnectReason::Other).
    async fn dial<'s>(
        &'s mut self,
        host: &str,
        port: u16,
        within: Duration,
    ) -> Result<Self::Stream<'s>, DisconnectReason>;
}

/// A byte stream in two halves.
///
/// Neither half may wait for the other: a read must make progress while a write waits.
pub trait Stream {
    /// The half that receives.
    type Reader<'h>: Read
    where
        Self: 'h;
    /// The half that sends. Its flush must not wait for an acknowledgement of the peer.
    type Writer<'h>: Write
    where
        Self: 'h;

    /// Returns the two halves.
    fn split(&mut self) -> (Self::Reader<'_>, Self::Writer<'_>);

    /// Ends the stream so that everything written and the FIN arrive. The caller limits the time.
    async fn hang_up(&mut self);
}

/// A stream of any pair of a `Read` and a `Write` half, such as those of an async runtime.
///
/// ```
/// use embedded_io_async::{Read, Write};
/// use slack_rtm::DisconnectReason;
/// use slack_rtm::time::Duration;
/// use slack_rtm_embassy::stream::{Dial, Halves};
///
/// /// Opens streams with another network stack.
/// struct Network;
/// # struct Reader(Box<()>);
/// # struct Writer(Box<()>);
/// # impl embedded_io_async::ErrorType for Reader { type Error = core::convert::Infallible; }
/// # impl embedded_io_async::ErrorType for Writer { type Error = core::convert::Infallible; }
/// # impl Read for Reader {
/// #     async fn read(&mut self, _: &mut [u8]) -> Result<usize, Self::Error> { Ok(0) }
/// # }
/// # impl Write for Writer {
/// #     async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> { Ok(bytes.len()) }
/// #     async fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # async fn connect(_: &str, _: u16) -> Result<(Reader, Writer), ()> {
/// #     Ok((Reader(Box::new(())), Writer(Box::new(()))))
/// # }
///
/// impl Dial for Network {
///     type Stream<'s> = Halves<Reader, Writer>;
///
///     async fn dial(
///         &mut self,
///         host: &str,
///         port: u16,
///         _within: Duration,
///     ) -> Result<Halves<Reader, Writer>, DisconnectReason> {
///         match connect(host, port).await {
///             Ok((reader, writer)) => Ok(Halves(reader, writer)),
///             Err(_) => Err(DisconnectReason::Refused),
///         }
///     }
/// }
/// ```
///
/// [`hang_up`](Stream::hang_up) flushes the `Write` half. If dropping the halves does not send what
/// was written and a FIN, implement [`Stream`] for a type of your own.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Halves<R, W>(pub R, pub W);

impl<R: Read, W: Write> Stream for Halves<R, W> {
    type Reader<'h>
        = &'h mut R
    where
        Self: 'h;
    type Writer<'h>
        = &'h mut W
    where
        Self: 'h;

    fn split(&mut self) -> (&mut R, &mut W) {
        (&mut self.0, &mut self.1)
    }

    async fn hang_up(&mut self) {
        // Nothing can be done about a stream that fails while it is given up.
        let _ = self.1.flush().await;
    }
}

/// Returns the reason of the end of a link whose stream failed with this error.
pub fn link_end(kind: ErrorKind) -> DisconnectReason {
    match kind {
        ErrorKind::ConnectionRefused => DisconnectReason::Refused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            DisconnectReason::Reset
        }
        ErrorKind::TimedOut => DisconnectReason::TimedOut,
        ErrorKind::NotConnected | ErrorKind::AddrNotAvailable => DisconnectReason::Unreachable,
        _ => DisconnectReason::Other,
    }
}
