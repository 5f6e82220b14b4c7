//! What a pump needs of a network: dialling, moving bytes, hanging up. Every TLS and every stack plugs in here.

use core::future::Future;

use embassy_futures::select::{Either, select};
use embedded_io::{Error as _, ErrorKind};
use embedded_io_async::{Read, Write};
use slack_rtm::{DisconnectReason, Peer, Security};

/// Gives a link for a peer. One link at a time: it borrows the connector, so that its buffers can be lent again later.
///
/// Implemented by [`Cleartext`] and, with the feature `tls`, by `tls::Tls`. Implement it for another TLS: a device with a heap
/// may wrap Mbed TLS or rustls in it.
///
/// ```
/// use slack_rtm_embassy::connect::{Connect, Link, Cleartext};
/// use slack_rtm::{DisconnectReason, Peer, Security};
///
/// /// A modem that does name look-up, TCP and verified TLS by itself.
/// struct Modem;
/// # struct Session;
/// # impl Modem { async fn open(&mut self, _: &str, _: u16, _: Secured) -> Result<(), Refusal> { Ok(()) } }
/// # enum Secured { Tls, Cleartext }
/// # enum Refusal { Certificate, NoNetwork }
/// # impl Link for Session {
/// #     async fn exchange(&mut self, _: &mut [u8], _: &[u8], stop: impl Future<Output = ()>)
/// #         -> Result<slack_rtm_embassy::connect::Moved, DisconnectReason> { stop.await; Err(DisconnectReason::Closed) }
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

    /// Resolves, dials and, where the peer demands it, authenticates. The caller bounds it in time and may drop it at any
    /// moment; nothing of a dropped try may be left behind.
    ///
    /// # Errors
    /// Why there is no link: [`Untrusted`](DisconnectReason::Untrusted) and [`TlsFailed`](DisconnectReason::TlsFailed) where the peer did not
    /// prove who it is. A link that was not verified must never be given as an open one: the token goes out first.
    async fn connect<'l>(&'l mut self, peer: Peer<'_>) -> Result<Self::Link<'l>, DisconnectReason>;
}

/// An open link.
pub trait Link {
    /// Sends from the start of `pending` or receives into the start of `space`, whichever can be done first, and says how
    /// much. When `stop` is ready first it comes back with [`Moved::Stopped`], at the next moment at which nothing is lost.
    /// `space` and `pending` may be empty.
    ///
    /// # Errors
    /// How the link ended. It is of no use afterwards.
    async fn exchange(
        &mut self,
        space: &mut [u8],
        pending: &[u8],
        stop: impl Future<Output = ()>,
    ) -> Result<Moved, DisconnectReason>;

    /// Ends the link in order: TLS `close_notify` where there is TLS, then a FIN that really leaves. The caller bounds it.
    async fn close(self);
}

/// What an exchange did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many bytes arrived; never 0.
    Received(usize),
    /// So many bytes left.
    Sent(usize),
    /// Nothing moved: `stop` was ready.
    Stopped,
}

/// Opens byte streams: TCP, without TLS.
pub trait Dial {
    /// An open stream.
    type Stream<'s>: Stream
    where
        Self: 's;

    /// Resolves `host`, which may be an address, and opens a stream. May be dropped at any moment.
    ///
    /// # Errors
    /// Why there is no stream: [`NameNotFound`](DisconnectReason::NameNotFound), [`Refused`](DisconnectReason::Refused),
    /// [`Unreachable`](DisconnectReason::Unreachable), [`TimedOut`](DisconnectReason::TimedOut), or [`Other`](DisconnectReason::Other).
    async fn dial<'s>(
        &'s mut self,
        host: &str,
        port: u16,
    ) -> Result<Self::Stream<'s>, DisconnectReason>;
}

/// A byte stream whose reads, writes and flushes may be dropped without losing a byte, as embassy-net's may.
pub trait Stream: Read + Write {
    /// Sends or receives, whichever can be done first. Streams that can, read while a write waits; the provided body
    /// cannot: it writes as long as there is something to write, then flushes, since a stream may keep what was written
    /// until then, and reads.
    ///
    /// # Errors
    /// What the stream fails with; [`link_end`] tells how the link ended then.
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

/// How a stream's error ends a link.
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

/// Links without TLS: refuses peers that demand it.
#[derive(Debug)]
pub struct Cleartext<D> {
    dialer: D,
}

impl<D: Dial> Cleartext<D> {
    /// Links over this dialler's streams.
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
