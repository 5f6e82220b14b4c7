//! Links: opening one, moving bytes between it and a session, and ending it, in one future.

use core::convert::Infallible;
use core::future::poll_fn;
use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Poll;

use embassy_futures::select::{Either, select};
use embedded_io::{Error as _, ReadReady};
use embedded_io_async::{Read, Write};
use slack_rtm::time::Duration;
use slack_rtm::{DisconnectReason, Peer, Security};

use crate::stream::{Dial, Stream, link_end};

/// The number of bytes that a link without TLS moves at once in each direction.
const CHUNK: usize = 128;

/// Opens links and moves their bytes, one link at a time.
///
/// [`Cleartext`] implements it. Implement it for another TLS, such as Mbed TLS, or for a modem that
/// does name look-up, TCP and verified TLS by itself. If either comes as a [`Stream`], [`relay`]
/// does everything after the opening.
///
/// One future opens, uses and closes a link, and a [`Runner`](crate::runner::Runner) drops it only
/// when the link is given up. So everything that the link needs may be a local of it, including
/// futures that must not be dropped while the link is used, such as the read of a TLS record.
///
/// ```
/// use embassy_futures::select::{Either, select};
/// use embedded_io_async::{Read, Write};
/// use slack_rtm::time::Duration;
/// use slack_rtm::{DisconnectReason, Peer, Security};
/// use slack_rtm_embassy::link::{Connect, SessionSide};
///
/// struct Modem;
/// # struct Reader;
/// # struct Writer;
/// # enum Refusal { Certificate, NoNetwork }
/// # impl Modem {
/// #     async fn open(&mut self, _: &str, _: u16, _: Security)
/// #         -> Result<(Reader, Writer), Refusal> { Err(Refusal::NoNetwork) }
/// #     async fn close(&mut self) {}
/// # }
/// # impl Reader { async fn read(&mut self, _: &mut [u8]) -> Result<usize, DisconnectReason> { Ok(0) } }
/// # impl Writer { async fn write_all(&mut self, _: &[u8]) -> Result<(), DisconnectReason> { Ok(()) } }
///
/// impl Connect for Modem {
///     async fn run(
///         &mut self,
///         peer: Peer<'_>,
///         _within: Duration,
///         session: impl SessionSide,
///     ) -> Result<(), DisconnectReason> {
///         let (mut reader, mut writer) = match self.open(peer.host, peer.port, peer.security).await {
///             Ok(halves) => halves,
///             // A server whose identity was not verified must never be used: the token is sent.
///             Err(Refusal::Certificate) => return Err(DisconnectReason::Untrusted),
///             Err(Refusal::NoNetwork) => return Err(DisconnectReason::Unreachable),
///         };
///         let (mut inbound, mut outbound) = session.open();
///         let reading = async {
///             let mut chunk = [0; 128];
///             loop {
///                 match reader.read(&mut chunk).await? {
///                     0 => return Err(DisconnectReason::Closed),
///                     count => {
///                         let Ok(()) = inbound.write_all(&chunk[..count]).await;
///                     }
///                 }
///             }
///         };
///         let writing = async {
///             let mut chunk = [0; 128];
///             loop {
///                 let Ok(count) = outbound.read(&mut chunk).await;
///                 match count {
///                     0 => return Ok(()), // the session requests the end
///                     count => writer.write_all(&chunk[..count]).await?,
///                 }
///             }
///         };
///         match select(reading, writing).await {
///             Either::First(ended) => ended,
///             Either::Second(Ok(())) => Ok(self.close().await),
///             Either::Second(failed) => failed,
///         }
///     }
/// }
/// ```
pub trait Connect {
    /// Opens a link to `peer`, calls [`open`](SessionSide::open) of `session`, and moves bytes both
    /// ways until the link or the session ends.
    ///
    /// Opening includes, if the peer requires TLS, the authentication of the server. A link that
    /// was not verified must never be opened, since the token is sent over it.
    ///
    /// `within` is the time that opening may take, for dividing it among several addresses. When it
    /// is over, the session requests the end and the caller drops the future; nothing of the
    /// attempt may remain. Once the link is open, the caller drops the future only
    /// [`LINGER`](crate::runner::LINGER) after the session has requested the end. Until then the
    /// link sends the remaining bytes, then `close_notify` if there is TLS, then a FIN.
    ///
    /// Returns `Ok` when the session has requested the end and the link is closed.
    ///
    /// # Errors
    /// The reason why there is no link, or why it ended by itself. The client trusts an orderly end
    /// ([`Closed`](DisconnectReason::Closed)), and waits longer after a server that is not trusted
    /// ([`Untrusted`](DisconnectReason::Untrusted)).
    async fn run(
        &mut self,
        peer: Peer<'_>,
        within: Duration,
        session: impl SessionSide,
    ) -> Result<(), DisconnectReason>;
}

/// The session's side of a link that is being opened.
pub trait SessionSide {
    /// Where the link puts the bytes that it receives.
    type Inbound: Inbound;
    /// Where the link takes the bytes that it is to send. A read waits for bytes; it returns 0 when
    /// the session requests the end of the link and nothing is left. `read_ready` returns whether
    /// bytes are waiting: if there are none, a link that buffers must flush.
    type Outbound: Read<Error = Infallible> + ReadReady;

    /// Reports that the link is open, and returns the two directions of the session.
    fn open(self) -> (Self::Inbound, Self::Outbound);
}

/// Where a link puts the bytes that it receives. A write waits for room.
pub trait Inbound: Write<Error = Infallible> {
    /// Reports that the link has ended by itself, before [`run`](Connect::run) returns. It is for a
    /// link that has something left to do, such as sending the client's last bytes and a FIN after
    /// that of the server. [`LINGER`](crate::runner::LINGER) limits the time from now on. The
    /// reason that `run` returns is ignored.
    fn ended(&mut self, reason: DisconnectReason);
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
    async fn run(
        &mut self,
        peer: Peer<'_>,
        within: Duration,
        session: impl SessionSide,
    ) -> Result<(), DisconnectReason> {
        if peer.security == Security::Tls {
            return Err(DisconnectReason::TlsFailed);
        }
        let stream = self.dialer.dial(peer.host, peer.port, within).await?;
        relay(stream, session).await
    }
}

/// Opens `session` and moves its bytes over `stream`, until one of them ends.
///
/// It is the part of [`Connect::run`] after the stream was opened. The stream may be one of a TLS
/// that hides its records, such as rustls on an async runtime: then the server was verified before.
///
/// ```
/// use slack_rtm::time::Duration;
/// use slack_rtm::{DisconnectReason, Peer};
/// use slack_rtm_embassy::link::{Connect, SessionSide, relay};
/// use slack_rtm_embassy::stream::Dial;
///
/// /// A modem that does TLS by itself.
/// struct Modem<D>(D);
///
/// impl<D: Dial> Connect for Modem<D> {
///     async fn run(
///         &mut self,
///         peer: Peer<'_>,
///         within: Duration,
///         session: impl SessionSide,
///     ) -> Result<(), DisconnectReason> {
///         // The modem has verified the certificate when `dial` returns, or `dial` fails.
///         relay(self.0.dial(peer.host, peer.port, within).await?, session).await
///     }
/// }
/// ```
///
/// # Errors
/// The reason why the stream ended or failed.
pub async fn relay(
    mut stream: impl Stream,
    session: impl SessionSide,
) -> Result<(), DisconnectReason> {
    let (inbound, outbound) = session.open();
    {
        let (reader, writer) = stream.split();
        let has_failed = AtomicBool::new(false);
        let mut receiving = pin!(receive(reader, inbound, &has_failed));
        let mut sending = pin!(send(outbound, writer));
        match select(receiving.as_mut(), sending.as_mut()).await {
            // The server has closed its direction. The last bytes of the client may follow.
            Either::First(DisconnectReason::Closed) => sending.await?,
            Either::First(reason) => return Err(reason),
            Either::Second(Ok(())) => {}
            Either::Second(Err(reason)) => {
                // What has arrived before goes first. The end that a read finds then may be that of
                // a reset, which a stack reports once.
                has_failed.store(true, Ordering::Relaxed);
                receiving.await;
                return Err(reason);
            }
        }
    }
    stream.hang_up().await;
    Ok(())
}

/// Receives until the end of the stream, and returns its reason. Reports the end, unless `has_failed`
/// is set: then it receives what there is.
async fn receive(
    mut reader: impl Read,
    mut inbound: impl Inbound,
    has_failed: &AtomicBool,
) -> DisconnectReason {
    let mut chunk = [0; CHUNK];
    loop {
        let count = match at_once_if(has_failed, reader.read(&mut chunk)).await {
            None => return DisconnectReason::Other,
            Some(Ok(0)) => {
                if !has_failed.load(Ordering::Relaxed) {
                    inbound.ended(DisconnectReason::Closed);
                }
                return DisconnectReason::Closed;
            }
            Some(Ok(count)) => count,
            Some(Err(error)) => return link_end(error.kind()),
        };
        let Ok(()) = inbound.write_all(&chunk[..count]).await;
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
            // A stream may have yielded in place of waiting for bytes: poll it a few times more.
            waits += 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

/// Sends until the session requests the end of the link.
async fn send(
    mut outbound: impl Read<Error = Infallible> + ReadReady,
    mut writer: impl Write,
) -> Result<(), DisconnectReason> {
    let mut chunk = [0; CHUNK];
    loop {
        let Ok(count) = outbound.read(&mut chunk).await;
        if count == 0 {
            return Ok(());
        }
        let mut rest = &chunk[..count];
        while !rest.is_empty() {
            match writer.write(rest).await {
                Ok(0) => return Err(DisconnectReason::Other),
                Ok(written) => rest = &rest[written..],
                Err(error) => return Err(link_end(error.kind())),
            }
        }
        // A stream may keep bytes until it is flushed.
        let Ok(has_more) = outbound.read_ready();
        if !has_more {
            writer
                .flush()
                .await
                .map_err(|error| link_end(error.kind()))?;
        }
    }
}

impl<T: Connect> Connect for &mut T {
    async fn run(
        &mut self,
        peer: Peer<'_>,
        within: Duration,
        session: impl SessionSide,
    ) -> Result<(), DisconnectReason> {
        T::run(self, peer, within, session).await
    }
}
