//! The traits between a pump and a network: opening links, moving bytes, and ending links. Implement
//! them for another TLS or another stack.

use core::future::Future;

use embassy_futures::select::{Either, select};
use embedded_io::{Error as _, ErrorKind};
use embedded_io_async::{Read, Write};
use slack_rtm::{DisconnectReason, Peer, Security};

/// Opens links, one at a time: a link borrows the connector, whose buffers can be lent again
/// afterwards.
///
/// [`Cleartext`] implements it and, with the feature `tls`, `tls::Tls`. Implement it for another TLS,
/// such as Mbed TLS or rustls on a device with a heap.
///
/// ```
/// use slack_rtm_embassy::connect::{Connect, Link, Cleartext};
/// use slack_rtm::{DisconnectReason, Peer, Security};
///
/// /// A modem that does name look-up, TCP and verified TLS by itself.
/// struct Modem;
/// # struct Session;
/// # impl Modem {
/// #     async fn open(&mut self, _: &str, _: u16, _: Secured) -> Result<(), Refusal> { Ok(()) }
/// # }
/// # enum Secured { Tls, Cleartext }
/// # enum Refusal { Certificate, NoNetwork }
/// # impl Link for Session {
/// #     async fn exchange(&mut self, _: &mut [u8], _: &[u8], stop: impl Future<Output = ()>)
/// #         -> Result<slack_rtm_embassy::connect::Moved, DisconnectReason> {
/// #         stop.await;
/// #         Err(DisconnectReason::Closed)
/// #     }
/// #     async fn close(self) {}
/// # }
///
/// impl Connect for Modem {
///     type Link<'l> = Session;
///
///     async fn connect<'l>(&'l mut self, peer: Peer<'_>) -> Result<Session, DisconnectReason> {
///         let secured = match peer.security {
///             Security::Tls => Secured::Tls,
///             Security::Cleartext => Secured::Cleartext,
///         };
///         match self.open(peer.host, peer.port, secured).await {
///             Ok(()) => Ok(Session),
///             Err(Refusal::Certificate) => Err(DisconnectReason::Untrusted),
///             Err(Refusal::NoNetwork) => Err(DisconnectReason::Unreachable),
///         }
///     }
/// }
/// ```
pub trait Connect {
    /// An open link.
    type Link<'l>: Link
    where
        Self: 'l;

    /// Resolves the host, opens a stream and, if the peer requires TLS, authenticates the server. The
    /// caller limits the time, and may drop the future at any moment; nothing of the attempt may
    /// remain then.
    ///
    /// # Errors
    /// The reason why there is no link: [`Untrusted`](DisconnectReason::Untrusted) or
    /// [`TlsFailed`](DisconnectReason::TlsFailed) if the server did not prove its identity. A link
    /// that was not verified must never be returned, since the token is sent over it.
    async fn connect<'l>(&'l mut self, peer: Peer<'_>) -> Result<Self::Link<'l>, DisconnectReason>;
}

/// An open link.
pub trait Link {
    /// Sends from the start of `pending` or receives into the start of `space`, whichever is possible
    /// first, and returns the number of bytes. If `stop` is ready first, it returns
    /// [`Moved::Stopped`] at the next moment at which nothing is lost.
    ///
    /// `space` and `pending` may be empty. If `space` is empty, the link must not read: a read into
    /// it returns 0, which is not the end of the link.
    ///
    /// # Errors
    /// The reason why the link ended. It cannot be used afterwards.
    async fn exchange(
        &mut self,
        space: &mut [u8],
        pending: &[u8],
        stop: impl Future<Output = ()>,
    ) -> Result<Moved, DisconnectReason>;

    /// Ends the link in order: `close_notify` if there is TLS, then a FIN that is sent. The caller
    /// limits the time.
    async fn close(self);
}

/// The result of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Moved {
    /// This number of bytes was received; never 0.
    Received(usize),
    /// This number of bytes was sent.
    Sent(usize),
    /// Nothing was moved: `stop` was ready.
    Stopped,
}

/// Opens byte streams: TCP, without TLS.
pub trait Dial {
    /// An open stream.
    type Stream<'s>: Stream
    where
        Self: 's;

    /// Resolves `host`, which may be an address, and opens a stream. The future may be dropped at any
    /// moment.
    ///
    /// # Errors
    /// The reason why there is no stream: [`NameNotFound`](DisconnectReason::NameNotFound),
    /// [`Refused`](DisconnectReason::Refused), [`Unreachable`](DisconnectReason::Unreachable),
    /// [`TimedOut`](DisconnectReason::TimedOut), or [`Other`](DisconnectReason::Other).
    async fn dial<'s>(
        &'s mut self,
        host: &str,
        port: u16,
    ) -> Result<Self::Stream<'s>, DisconnectReason>;
}

/// A byte stream whose reads, writes and flushes may be dropped without losing a byte, as
/// embassy-net's may.
pub trait Stream: Read + Write {
    /// Sends or receives, whichever is possible first. If `space` is empty, it does not read.
    ///
    /// A stream should read while a write waits. The provided body does not: it writes as long as
    /// there are bytes to write, then flushes, since a stream may keep bytes until then, and reads.
    ///
    /// # Errors
    /// The error of the stream; [`link_end`] returns the reason for the link.
    async fn transfer(&mut self, space: &mut [u8], pending: &[u8]) -> Result<Moved, Self::Error> {
        if pending.is_empty() {
            self.flush().await?;
            self.read(space).await.map(Moved::Received)
        } else {
            self.write(pending).await.map(Moved::Sent)
        }
    }

    /// Ends the stream so that everything written and the FIN arrive.
    async fn hang_up(&mut self);
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

/// Opens links without TLS, and refuses peers that require it.
#[derive(Debug)]
pub struct Cleartext<D> {
    dialer: D,
}

impl<D: Dial> Cleartext<D> {
    /// Creates a connector over streams of `dialer`.
    pub fn new(dialer: D) -> Self {
        Self { dialer }
    }
}

impl<D: Dial> Connect for Cleartext<D> {
    type Link<'l>
        = CleartextLink<D::Stream<'l>>
    where
        Self: 'l;

    async fn connect<'l>(&'l mut self, peer: Peer<'_>) -> Result<Self::Link<'l>, DisconnectReason> {
        match peer.security {
            Security::Cleartext => self
                .dialer
                .dial(peer.host, peer.port)
                .await
                .map(CleartextLink),
            Security::Tls => Err(DisconnectReason::TlsFailed),
        }
    }
}

/// A link without TLS.
#[derive(Debug)]
pub struct CleartextLink<S>(pub(crate) S);

impl<S: Stream> Link for CleartextLink<S> {
    async fn exchange(
        &mut self,
        space: &mut [u8],
        pending: &[u8],
        stop: impl Future<Output = ()>,
    ) -> Result<Moved, DisconnectReason> {
        if space.is_empty() && pending.is_empty() {
            stop.await;
            return Ok(Moved::Stopped);
        }
        match select(self.0.transfer(space, pending), stop).await {
            Either::First(Ok(Moved::Received(0))) => Err(DisconnectReason::Closed),
            Either::First(Ok(moved)) => Ok(moved),
            Either::First(Err(error)) => Err(link_end(error.kind())),
            Either::Second(()) => Ok(Moved::Stopped),
        }
    }

    async fn close(mut self) {
        self.0.hang_up().await;
    }
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;
    use core::future::ready;
    use std::vec::Vec;

    use embassy_futures::block_on;
    use embedded_io_async::{ErrorType, Read, Write};

    use super::{CleartextLink, Link, Moved, Stream};

    /// Echoes what was flushed.
    #[derive(Default)]
    struct Buffered {
        written: Vec<u8>,
        flushed: Vec<u8>,
    }

    impl ErrorType for Buffered {
        type Error = Infallible;
    }

    impl Read for Buffered {
        async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
            if self.flushed.is_empty() {
                core::future::pending::<()>().await;
            }
            let count = buf.len().min(self.flushed.len());
            buf[..count].copy_from_slice(&self.flushed[..count]);
            self.flushed.drain(..count);
            Ok(count)
        }
    }

    impl Write for Buffered {
        async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
            self.written.extend_from_slice(buf);
            Ok(buf.len())
        }

        async fn flush(&mut self) -> Result<(), Infallible> {
            self.flushed.append(&mut self.written);
            Ok(())
        }
    }

    impl Stream for Buffered {
        async fn hang_up(&mut self) {}
    }

    #[test]
    fn what_a_stream_keeps_until_it_is_flushed_leaves_before_an_answer_is_waited_for() {
        let mut link = CleartextLink(Buffered::default());
        let mut space = [0; 8];
        let moved = [&b"question"[..], &[]]
            .map(|pending| block_on(link.exchange(&mut space, pending, ready(()))));
        assert_eq!(moved, [Ok(Moved::Sent(8)), Ok(Moved::Received(8))]);
        assert_eq!(&space, b"question");
    }
}
