//! An open connection: bytes between the socket, TLS, and the two lent buffers.

use crate::wait::{Waited, Watched};
use crate::{DisconnectReason, LinkError};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::Instant;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// An open, non-blocking connection, made by a [`Dialer`](crate::Dialer).
///
/// Dropping it cuts it off; [`close`](Self::close) ends it in order.
///
/// [`exchange`](Self::exchange) reads while a write waits; the example `websocket_echo` lives on it alone.
#[derive(Debug)]
pub struct Link {
    socket: Watched,
    /// `None` on a plain link.
    tls: Option<Box<ClientConnection>>,
    /// The first bytes of `tx` that TLS has encrypted, but the socket not yet taken whole. They
    /// stay pending in `tx` meanwhile, so the core sees a stuck write as one.
    encrypted: usize,
    /// Why writing is over. What the peer said before is still read, then this is told.
    write_failure: Option<LinkError>,
    /// The most that one exchange receives.
    read_limit: usize,
}

/// What an [`exchange`](Link::exchange) did.
///
/// Nothing received, nothing sent and not woken: the deadline has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchanged {
    /// Bytes that came into `rx`.
    pub received: usize,
    /// Bytes that left `tx`.
    pub sent: usize,
    /// Whether a [`Waker`](crate::Waker) ended the wait.
    pub woken: bool,
}

impl Exchanged {
    pub(crate) const NOTHING: Self = Self {
        received: 0,
        sent: 0,
        woken: false,
    };
    pub(crate) const WOKEN: Self = Self {
        woken: true,
        ..Self::NOTHING
    };
}

/// The most that TLS encrypts at once: one record (RFC 8446 section 5.1).
const RECORD: usize = 16 * 1024;

impl Link {
    pub(crate) fn plain(socket: Watched) -> Self {
        Self::new(socket, None)
    }

    pub(crate) fn tls(
        socket: Watched,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Result<Self, rustls::Error> {
        let connection = ClientConnection::new(config, name)?;
        Ok(Self::new(socket, Some(Box::new(connection))))
    }

    fn new(socket: Watched, tls: Option<Box<ClientConnection>>) -> Self {
        Self {
            socket,
            tls,
            encrypted: 0,
            write_failure: None,
            read_limit: usize::MAX,
        }
    }

    /// The address of the other side.
    ///
    /// # Errors
    /// What the operating system says, when the connection is gone.
    pub fn peer_address(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    /// Lets each exchange receive `bytes` at most, as slow networks and small devices do.
    pub fn limit_reads(&mut self, bytes: NonZeroUsize) {
        self.read_limit = bytes.get();
    }

    /// Sends what waits in `tx` and receives into `rx`, whatever is possible first.
    ///
    /// Returns as soon as any byte went either way, a [`Waker`](crate::Waker) was used, or
    /// `until` has come; the core is to be polled then. Reading goes on while a write is stuck,
    /// and nothing is read while `rx` is full.
    ///
    /// # Errors
    /// [`LinkError`] when the connection has ended. All that the peer sent before has then been
    /// received.
    pub fn exchange(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        until: Instant,
    ) -> Result<Exchanged, LinkError> {
        loop {
            let sent = self.send(tx);
            let room = rx.space();
            let limit = room.len().min(self.read_limit);
            let room = room.get_mut(..limit).unwrap_or_default();
            let reading = !room.is_empty();
            let received = match reading.then(|| self.receive(room)) {
                None | Some(Ok(None)) => 0,
                Some(Ok(Some(count))) => count,
                Some(Err(end)) => return Err(self.how_it_ended(end)),
            };
            rx.filled(received);
            let moved = Exchanged {
                received,
                sent,
                woken: false,
            };
            if moved != Exchanged::NOTHING {
                return Ok(moved);
            }
            if let Some(failure) = &self.write_failure {
                return Err(failure.clone());
            }
            let waiter = self.socket.waiter();
            if waiter.clock().now() >= until {
                return Ok(moved);
            }
            let writing = self.wants_to_write() || !tx.pending().is_empty();
            match (reading, writing) {
                (true, true) => self.socket.arm_both()?,
                (true, false) => self.socket.arm_reading()?,
                (false, true) => self.socket.arm_writing()?,
                (false, false) => {}
            }
            match waiter.wait(until)? {
                Waited::Ready | Waited::Deadline => {}
                Waited::Woken => return Ok(Exchanged::WOKEN),
            }
        }
    }

    /// The system tells of a reset once. If writing was told, reading finds a mere end of bytes.
    fn how_it_ended(&self, end: LinkError) -> LinkError {
        let notified = self.tls.is_some() && end.end() == DisconnectReason::Closed;
        match &self.write_failure {
            Some(failure) if !notified => failure.clone(),
            _ => end,
        }
    }

    /// Ends the connection in order: sends what still waits in `tx`, `close_notify` on a secure
    /// link, and FIN.
    ///
    /// Waits until `until` at most, and only while the peer does not take what it is sent.
    pub fn close(mut self, tx: &mut SendBuf<'_>, until: Instant) {
        let mut woken = false;
        // A link that fails here is closed as well.
        let _ = self.drain(tx, until, &mut woken);
        if woken {
            // What it was for is found behind the next wait.
            self.socket.waiter().waker().wake();
        }
    }

    fn drain(
        &mut self,
        tx: &mut SendBuf<'_>,
        until: Instant,
        woken: &mut bool,
    ) -> Result<(), LinkError> {
        let mut notified = false;
        loop {
            self.send(tx);
            if tx.pending().is_empty() && !notified {
                if let Some(tls) = &mut self.tls {
                    tls.send_close_notify();
                }
                notified = true;
                continue;
            }
            if self.write_failure.is_some() || (tx.pending().is_empty() && !self.wants_to_write()) {
                break;
            }
            self.socket.arm_writing()?;
            *woken |= self.socket.waiter().wait(until)? == Waited::Woken;
            if self.socket.waiter().clock().now() >= until {
                break;
            }
        }
        self.socket.shutdown(Shutdown::Write)?;
        // What was not read when a socket is closed turns its FIN into a reset.
        let mut unread = [0; 4096];
        while matches!(self.receive(&mut unread), Ok(Some(count)) if count > 0) {}
        Ok(())
    }

    /// Goes on with the TLS handshake as far as that is possible without waiting, and tells
    /// whether it is done. Otherwise the next wait is for what it needs.
    pub(crate) fn handshake(&mut self) -> Result<bool, LinkError> {
        loop {
            self.flush();
            let Some(tls) = &mut self.tls else {
                return Ok(true);
            };
            // Its last flight has to leave, or a server that speaks second waits for ever.
            if !tls.is_handshaking() && !tls.wants_write() {
                return Ok(true);
            }
            if tls.is_handshaking() && tls.wants_read() {
                match retried(|| tls.read_tls(&mut Socket(&self.socket))) {
                    Ok(0) => {
                        let doing = "the connection was closed during the TLS handshake";
                        return Err(LinkError::new(DisconnectReason::Truncated, doing));
                    }
                    Ok(_) => {
                        self.process()?;
                        continue;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if let Some(failure) = &self.write_failure {
                return Err(failure.clone());
            }
            match (tls.is_handshaking(), tls.wants_write()) {
                (true, true) => self.socket.arm_both()?,
                (true, false) => self.socket.arm_reading()?,
                (false, _) => self.socket.arm_writing()?,
            }
            return Ok(false);
        }
    }

    fn wants_to_write(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Writes from `tx` as much as the socket takes; the count of bytes that left `tx`.
    fn send(&mut self, tx: &mut SendBuf<'_>) -> usize {
        let mut sent = 0;
        loop {
            let taken = if self.tls.is_some() {
                self.send_encrypted(tx.pending())
            } else {
                self.write_plain(tx.pending())
            };
            if taken == 0 {
                return sent;
            }
            tx.sent(taken);
            sent += taken;
        }
    }

    /// The count of bytes that are through; less than TLS has taken, while they are on the way.
    fn send_encrypted(&mut self, pending: &[u8]) -> usize {
        self.flush();
        let Some(tls) = &mut self.tls else { return 0 };
        if self.encrypted == 0 && !tls.wants_write() && self.write_failure.is_none() {
            let record = pending.get(..RECORD).unwrap_or(pending);
            if !record.is_empty() {
                match tls.writer().write(record) {
                    Ok(count) => self.encrypted = count,
                    Err(error) => self.write_failure = Some(error.into()),
                }
                self.flush();
            }
        }
        if self.wants_to_write() {
            return 0;
        }
        std::mem::take(&mut self.encrypted)
    }

    fn write_plain(&mut self, pending: &[u8]) -> usize {
        if pending.is_empty() || self.write_failure.is_some() {
            return 0;
        }
        match retried(|| (&*self.socket).write(pending)) {
            Ok(count) => count,
            Err(error) => {
                if error.kind() != io::ErrorKind::WouldBlock {
                    self.write_failure = Some(error.into());
                }
                0
            }
        }
    }

    /// Hands the socket what TLS has ready, as far as it takes it.
    fn flush(&mut self) {
        let Some(tls) = &mut self.tls else { return };
        while tls.wants_write() && self.write_failure.is_none() {
            match retried(|| tls.write_tls(&mut Socket(&self.socket))) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => self.write_failure = Some(error.into()),
            }
        }
    }

    /// Reads into `space`, which is not empty; `None` when there is nothing yet.
    fn receive(&mut self, space: &mut [u8]) -> Result<Option<usize>, LinkError> {
        let closed = || {
            LinkError::new(
                DisconnectReason::Closed,
                "the other side closed the connection",
            )
        };
        let Some(tls) = &mut self.tls else {
            return match retried(|| (&*self.socket).read(space)) {
                Ok(0) => Err(closed()),
                Ok(count) => Ok(Some(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                Err(error) => Err(error.into()),
            };
        };
        loop {
            match tls.reader().read(space) {
                Ok(0) => return Err(closed()),
                Ok(count) => return Ok(Some(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => {
                    let text = "the connection broke off without the end that TLS requires";
                    return Err(LinkError::new(DisconnectReason::Truncated, text));
                }
            }
            match retried(|| tls.read_tls(&mut Socket(&self.socket))) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            }
            if let Err(error) = tls.process_new_packets() {
                self.flush();
                return Err(error.into());
            }
        }
    }

    /// Lets TLS look at what came; on failure its alert leaves.
    fn process(&mut self) -> Result<(), LinkError> {
        let Some(tls) = &mut self.tls else {
            return Ok(());
        };
        let outcome = tls.process_new_packets();
        self.flush();
        match outcome {
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The socket as rustls wants it; a shared reference to a stream reads and writes.
struct Socket<'s>(&'s TcpStream);

impl Read for Socket<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.0.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Repeats a system call that a signal interrupted.
fn retried<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
