//! An open connection: moves bytes between the socket, TLS and the two lent buffers.

use crate::wait::{self, Watched};
use crate::{DisconnectReason, LinkError};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::time::Instant;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// An open, non-blocking connection that a [`Dialer`](crate::Dialer) opened.
///
/// [`exchange`](Self::exchange) continues to read while a write is pending. [`close`](Self::close)
/// closes the connection in order; dropping it does not send `close_notify` or pending bytes. The
/// example `websocket_echo` uses a link without a pump.
#[derive(Debug)]
pub struct Link {
    socket: Watched,
    /// `None` on a cleartext link.
    tls: Option<Box<ClientConnection>>,
    /// The number of bytes at the front of `tx` that TLS has encrypted and the socket has not taken
    /// completely. They stay pending in `tx`, so that the state machine notices a stuck write.
    encrypted: usize,
    /// The error that ended writing. It is returned after the bytes that the peer sent before.
    write_error: Option<LinkError>,
    /// The maximum number of bytes that one exchange receives.
    read_limit: usize,
}

/// The result of [`Link::exchange`], [`Pump::exchange`](crate::Pump::exchange) and
/// [`Dialer::pause`](crate::Dialer::pause).
///
/// If nothing happened ([`Progress::default`]), the deadline has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Whether the link that [`Pump::connect`](crate::Pump::connect) began to open is open now.
    /// Call `connected` of the state machine.
    pub connected: bool,
    /// The number of bytes that were received into `rx`.
    pub received: usize,
    /// The number of bytes that were sent from `tx`.
    pub sent: usize,
    /// Whether a [`Waker`](crate::Waker) ended the wait.
    pub woken: bool,
}

impl Progress {
    pub(crate) const NONE: Self = Self {
        connected: false,
        received: 0,
        sent: 0,
        woken: false,
    };
    pub(crate) const CONNECTED: Self = Self {
        connected: true,
        ..Self::NONE
    };
    pub(crate) const WOKEN: Self = Self {
        woken: true,
        ..Self::NONE
    };
}

/// The maximum number of bytes that TLS encrypts at once: one record (RFC 8446 section 5.1).
const RECORD: usize = 16 * 1024;

impl Link {
    pub(crate) fn cleartext(socket: Watched) -> Self {
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
            write_error: None,
            read_limit: usize::MAX,
        }
    }

    /// Returns the address of the peer.
    ///
    /// # Errors
    /// The error of the operating system, if the connection has ended.
    pub fn peer_address(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    /// Limits each exchange to receiving `bytes`, for example to simulate a slow network.
    pub fn limit_reads(&mut self, bytes: NonZeroUsize) {
        self.read_limit = bytes.get();
    }

    /// Sends from `tx` and receives into `rx`, whichever is possible first.
    ///
    /// It returns when bytes moved in either direction, a [`Waker`](crate::Waker) was used, or
    /// `until` has passed. Poll the state machine then. Reading continues while a write is stuck.
    /// Nothing is read while `rx` is full.
    ///
    /// # Errors
    /// [`LinkError`] if the connection has ended. All bytes that the peer sent before are in `rx`
    /// then.
    pub fn exchange(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        until: Instant,
    ) -> Result<Progress, LinkError> {
        loop {
            let progress = self.try_exchange(rx, tx)?;
            let waiter = self.socket.waiter();
            if progress != Progress::NONE || waiter.clock().now() >= until {
                return Ok(progress);
            }
            self.arm(rx, tx)?;
            match self.socket.waiter().wait(until)? {
                wait::Progress::Ready | wait::Progress::Deadline => {}
                wait::Progress::Woken => return Ok(Progress::WOKEN),
            }
        }
    }

    /// Moves the bytes that can be moved without waiting. Returns [`Progress::NONE`] if there are
    /// none.
    pub(crate) fn try_exchange(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
    ) -> Result<Progress, LinkError> {
        let sent = self.send(tx);
        let room = rx.space();
        let limit = room.len().min(self.read_limit);
        let room = room.get_mut(..limit).unwrap_or_default();
        let received = match (!room.is_empty()).then(|| self.receive(room)) {
            None | Some(Ok(None)) => 0,
            Some(Ok(Some(count))) => count,
            Some(Err(error)) => return Err(self.disconnect_error(error)),
        };
        rx.filled(received);
        let progress = Progress {
            connected: false,
            received,
            sent,
            woken: false,
        };
        match &self.write_error {
            Some(error) if progress == Progress::NONE => Err(error.clone()),
            _ => Ok(progress),
        }
    }

    /// Makes the next wait end when bytes can be moved.
    pub(crate) fn arm(&self, rx: &mut RecvBuf<'_>, tx: &SendBuf<'_>) -> Result<(), LinkError> {
        let reading = !rx.space().is_empty();
        let writing = self.wants_to_write() || !tx.pending().is_empty();
        match (reading, writing) {
            (true, true) => self.socket.arm_both()?,
            (true, false) => self.socket.arm_reading()?,
            (false, true) => self.socket.arm_writing()?,
            (false, false) => {}
        }
        Ok(())
    }

    /// Sends from `tx`, and reads nothing. Returns the number of bytes that were sent: 0 if `until`
    /// has passed.
    pub(crate) fn send_only(
        &mut self,
        tx: &mut SendBuf<'_>,
        until: Instant,
    ) -> Result<usize, LinkError> {
        let mut woken = false;
        let result = loop {
            let sent = self.send(tx);
            if let Some(error) = &self.write_error {
                break Err(error.clone());
            }
            let is_over = self.socket.waiter().clock().now() >= until;
            if sent > 0 || tx.pending().is_empty() || is_over {
                break Ok(sent);
            }
            if let Err(error) = self.socket.arm_writing() {
                break Err(error.into());
            }
            match self.socket.waiter().wait(until) {
                Ok(progress) => woken |= progress == wait::Progress::Woken,
                Err(error) => break Err(error),
            }
        };
        if woken {
            // The caller has not seen this wake: its next wait ends at once.
            self.socket.waiter().waker().wake();
        }
        result
    }

    /// Chooses between the error of a read and an earlier one of a write. The system reports a
    /// reset once: if the write received it, the read returns an ordinary end of stream.
    fn disconnect_error(&self, error: LinkError) -> LinkError {
        let has_close_notify = self.tls.is_some() && error.reason() == DisconnectReason::Closed;
        match &self.write_error {
            Some(write_error) if !has_close_notify => write_error.clone(),
            _ => error,
        }
    }

    /// Closes the connection in order: sends the remaining bytes of `tx`, `close_notify` on a TLS
    /// link, and FIN.
    ///
    /// Blocks only while the peer does not read, and no longer than `until`.
    ///
    /// If bytes were removed from `tx` while the socket had taken only a part of their TLS record,
    /// the connection ends at once, so that they do not arrive.
    pub fn close(mut self, tx: &mut SendBuf<'_>, until: Instant) {
        if self.encrypted > 0 && tx.pending().is_empty() {
            return;
        }
        let mut woken = false;
        // An error closes the link as well.
        let _ = self.drain(tx, until, &mut woken);
        if woken {
            // The caller has not seen this wake: its next wait ends at once.
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
            if self.write_error.is_some() || (tx.pending().is_empty() && !self.wants_to_write()) {
                break;
            }
            self.socket.arm_writing()?;
            *woken |= self.socket.waiter().wait(until)? == wait::Progress::Woken;
            if self.socket.waiter().clock().now() >= until {
                break;
            }
        }
        self.socket.shutdown(Shutdown::Write)?;
        // Closing a socket with unread bytes sends RST in place of FIN.
        let mut unread = [0; 4096];
        while matches!(self.receive(&mut unread), Ok(Some(count)) if count > 0) {}
        Ok(())
    }

    /// Continues the TLS handshake as far as possible without waiting. Returns whether it is
    /// complete; if not, the socket is armed for the I/O that the handshake needs next.
    pub(crate) fn handshake(&mut self) -> Result<bool, LinkError> {
        loop {
            self.flush();
            let Some(tls) = &mut self.tls else {
                return Ok(true);
            };
            // The last flight must leave: a server that does not speak first waits for it.
            if !tls.is_handshaking() && !tls.wants_write() {
                return Ok(true);
            }
            if tls.is_handshaking() && tls.wants_read() {
                match retry_interrupted(|| tls.read_tls(&mut Socket(&self.socket))) {
                    Ok(0) => {
                        let detail = "the peer closed the connection during the TLS handshake";
                        return Err(LinkError::new(DisconnectReason::Truncated, detail));
                    }
                    Ok(_) => {
                        self.process()?;
                        continue;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if let Some(error) = &self.write_error {
                return Err(error.clone());
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

    /// Writes as much of `tx` as the socket takes. Returns the number of bytes removed from `tx`.
    fn send(&mut self, tx: &mut SendBuf<'_>) -> usize {
        let mut sent = 0;
        loop {
            let count = if self.tls.is_some() {
                self.send_encrypted(tx.pending())
            } else {
                self.write_cleartext(tx.pending())
            };
            if count == 0 {
                return sent;
            }
            tx.sent(count);
            sent += count;
        }
    }

    /// Encrypts and writes one record. Returns the number of bytes of `pending` that the socket has
    /// taken completely: 0 while a part of their record is in the buffer of TLS.
    fn send_encrypted(&mut self, pending: &[u8]) -> usize {
        self.flush();
        let Some(tls) = &mut self.tls else { return 0 };
        if self.encrypted == 0 && !tls.wants_write() && self.write_error.is_none() {
            let record = pending.get(..RECORD).unwrap_or(pending);
            if !record.is_empty() {
                match tls.writer().write(record) {
                    Ok(count) => self.encrypted = count,
                    Err(error) => self.write_error = Some(error.into()),
                }
                self.flush();
            }
        }
        if self.wants_to_write() {
            return 0;
        }
        std::mem::take(&mut self.encrypted)
    }

    fn write_cleartext(&mut self, pending: &[u8]) -> usize {
        if pending.is_empty() || self.write_error.is_some() {
            return 0;
        }
        match retry_interrupted(|| (&*self.socket).write(pending)) {
            Ok(count) => count,
            Err(error) => {
                if error.kind() != io::ErrorKind::WouldBlock {
                    self.write_error = Some(error.into());
                }
                0
            }
        }
    }

    /// Writes the pending records of TLS as far as the socket takes them.
    fn flush(&mut self) {
        let Some(tls) = &mut self.tls else { return };
        while tls.wants_write() && self.write_error.is_none() {
            match retry_interrupted(|| tls.write_tls(&mut Socket(&self.socket))) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => self.write_error = Some(error.into()),
            }
        }
    }

    /// Reads into `space`, which is not empty. Returns `None` if no bytes are available yet.
    fn receive(&mut self, space: &mut [u8]) -> Result<Option<usize>, LinkError> {
        let closed = || LinkError::new(DisconnectReason::Closed, "the peer closed the connection");
        let Some(tls) = &mut self.tls else {
            return match retry_interrupted(|| (&*self.socket).read(space)) {
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
                    let detail = "the peer ended the TLS stream without close_notify";
                    return Err(LinkError::new(DisconnectReason::Truncated, detail));
                }
            }
            match retry_interrupted(|| tls.read_tls(&mut Socket(&self.socket))) {
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

    /// Processes the received records. On failure, the alert of TLS is sent.
    fn process(&mut self) -> Result<(), LinkError> {
        let Some(tls) = &mut self.tls else {
            return Ok(());
        };
        let result = tls.process_new_packets();
        self.flush();
        match result {
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A shared reference to the socket with the traits that rustls expects.
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

/// Repeats a system call while it is interrupted by a signal.
fn retry_interrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
