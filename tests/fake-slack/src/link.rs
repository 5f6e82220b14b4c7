//! One TCP connection with or without TLS, that several threads may write to and that can be made to fail.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rustls::ServerConnection;
use socket2::SockRef;

use crate::log::{Ended, Log, What};
use crate::script::Fault;

/// How long a write may block before it looks whether the link has been ended meanwhile.
const WRITE_CHECK: Duration = Duration::from_millis(50);

/// Between two pieces of a step that is sent in pieces, so that they seldom arrive as one.
const PIECE_GAP: Duration = Duration::from_micros(100);

/// How long the end of a link waits for a write of another thread; one that takes longer is stuck.
const STUCK_AFTER: Duration = Duration::from_millis(100);

/// A TCP connection that the server accepted.
pub(crate) struct Link {
    number: u64,
    tcp: TcpStream,
    tls: OnceLock<Mutex<Tls>>,
    /// Bytes that wait for the next write. Its lock is held while writing, so that TLS records stay in order.
    held: Mutex<Vec<u8>>,
    state: Mutex<State>,
    changed: Condvar,
    log: Arc<Log>,
}

struct Tls {
    connection: ServerConnection,
    /// Records read from TCP that the connection has not taken.
    unread: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
struct State {
    ended: Option<Ended>,
    muted: bool,
    stalled: bool,
    stopped: bool,
}

impl Link {
    pub(crate) fn new(number: u64, tcp: TcpStream, log: Arc<Log>) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        tcp.set_write_timeout(Some(WRITE_CHECK))?;
        Ok(Self {
            number,
            tcp,
            tls: OnceLock::new(),
            held: Mutex::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
            log,
        })
    }

    /// Its number in the log.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn log(&self, what: What) {
        self.log.write(self.number, what);
    }

    /// Reads and writes go through TLS from here on. `unread` was read behind the ClientHello.
    pub(crate) fn secure(&self, connection: ServerConnection, unread: Vec<u8>) {
        let _ = self.tls.set(Mutex::new(Tls { connection, unread }));
    }

    /// Completes the TLS handshake; the fault meets the server's first flight.
    pub(crate) fn handshake(&self, mut fault: Option<Fault>) -> io::Result<()> {
        while self
            .with_tls(|tls| tls.connection.is_handshaking())
            .unwrap_or(false)
        {
            let flight = self.sealed(&[]);
            if flight.is_empty() {
                self.feed()?;
            } else {
                self.deliver_raw(fault.take().as_ref(), &flight)?;
            }
        }
        self.write_raw(&self.sealed(&[]))
    }

    /// Facts about the TLS session, for the log.
    pub(crate) fn tls_facts(&self) -> Option<What> {
        self.with_tls(|tls| What::Tls {
            version: format!(
                "{:?}",
                tls.connection.protocol_version().unwrap_or(0.into())
            ),
            cipher_suite: tls
                .connection
                .negotiated_cipher_suite()
                .map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
            server_name: tls.connection.server_name().map(String::from),
        })
    }

    /// Reads plain bytes; `Ok(0)` at an orderly end, `UnexpectedEof` at one without close_notify.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.alive()?;
            let read = match self.with_tls(|tls| tls.connection.reader().read(buffer)) {
                Some(Err(error)) if error.kind() == ErrorKind::WouldBlock => {
                    self.feed()?;
                    continue;
                }
                Some(read) => read?,
                None => self.read_raw(buffer)?,
            };
            self.alive()?;
            return Ok(read);
        }
    }

    /// Reads from TCP itself.
    pub(crate) fn read_raw(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&self.tcp).read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Sends these bytes, and those that were held before them, in one write.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut held = lock(&self.held);
        let mut all = std::mem::take(&mut *held);
        all.extend_from_slice(bytes);
        let sealed = self.sealed(&all);
        self.write_raw(&sealed)
    }

    /// Keeps these bytes for the next write.
    pub(crate) fn hold(&self, bytes: &[u8]) {
        lock(&self.held).extend_from_slice(bytes);
    }

    /// Sends the bytes of a step, or does what the fault says instead. An error: the link has ended.
    pub(crate) fn deliver(&self, fault: Option<&Fault>, bytes: &[u8]) -> io::Result<()> {
        self.deliver_by(fault, bytes, Self::write)
    }

    /// As [`Link::deliver`], beneath TLS.
    pub(crate) fn deliver_raw(&self, fault: Option<&Fault>, bytes: &[u8]) -> io::Result<()> {
        self.deliver_by(fault, bytes, Self::write_raw)
    }

    fn deliver_by(
        &self,
        fault: Option<&Fault>,
        bytes: &[u8],
        write: fn(&Self, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        match fault {
            Some(Fault::Delay(delay)) => {
                self.wait(*delay)?;
                write(self, bytes)
            }
            Some(Fault::Reset) => self.end_with(Ended::Reset),
            Some(Fault::Close) => self.end_with(Ended::Closed),
            Some(Fault::Truncate(length)) => {
                write(self, bytes.get(..*length).unwrap_or(bytes))?;
                self.end_with(Ended::Cut)
            }
            Some(Fault::ResetAfter(length)) => {
                write(self, bytes.get(..*length).unwrap_or(bytes))?;
                self.end_with(Ended::Reset)
            }
            Some(Fault::Silence) => {
                self.change(|state| state.muted = true);
                Ok(())
            }
            Some(Fault::Stall) => {
                self.change(|state| (state.muted, state.stalled) = (true, true));
                self.alive()
            }
            Some(Fault::Skip) => Ok(()),
            Some(Fault::Coalesce) => {
                self.hold(bytes);
                Ok(())
            }
            Some(Fault::OneByteAtATime) => self.write_pieces(bytes, 1, write),
            Some(Fault::Pieces(size)) => self.write_pieces(bytes, *size, write),
            Some(Fault::RawBytes(raw)) => write(self, raw),
            _ => write(self, bytes),
        }
    }

    fn write_pieces(
        &self,
        bytes: &[u8],
        size: usize,
        write: fn(&Self, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        for piece in bytes.chunks(size.max(1)) {
            write(self, piece)?;
            std::thread::sleep(PIECE_GAP);
        }
        Ok(())
    }

    /// Waits that long, or less when the link ends.
    pub(crate) fn wait(&self, delay: Duration) -> io::Result<()> {
        let until = Instant::now() + delay;
        let mut state = lock(&self.state);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if state.ended.is_some() {
                return Err(ended());
            }
            if left.is_zero() {
                return Ok(());
            }
            (state, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// An error when the link has ended. A stalled one waits here for that.
    pub(crate) fn alive(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        while state.stalled && state.ended.is_none() {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.ended.is_some() {
            Err(ended())
        } else {
            Ok(())
        }
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        lock(&self.state).ended
    }

    /// Whether nothing is sent any more.
    pub(crate) fn is_muted(&self) -> bool {
        lock(&self.state).muted
    }

    /// Ends the connection; only the first end counts.
    pub(crate) fn end(&self, how: Ended) {
        let muted = {
            let mut state = lock(&self.state);
            if state.ended.is_some() {
                return;
            }
            state.ended = Some(how);
            state.muted
        };
        // Written before the peer can know of it, so that whoever sees the end finds it in the log.
        self.log(What::Ended(how));
        match how {
            Ended::Closed | Ended::ByClient if !muted => {
                self.close_notify();
                let _ = self.tcp.shutdown(Shutdown::Write);
            }
            Ended::Reset => {
                // The RST leaves when the last owner of the socket drops it; the reader is woken to do so.
                let _ = SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO));
                let _ = self.tcp.shutdown(Shutdown::Read);
            }
            _ => {
                let _ = self.tcp.shutdown(Shutdown::Write);
            }
        }
        self.changed.notify_all();
    }

    /// Ends the connection and wakes whoever reads from it, as the server stops.
    pub(crate) fn stop(&self) {
        self.change(|state| state.stopped = true);
        self.end(Ended::Closed);
        let _ = self.tcp.shutdown(Shutdown::Both);
    }

    /// Reads until the client has closed too. With bytes unread, the system would send RST and spoil the last answer.
    pub(crate) fn drain(&self) {
        let reset = matches!(self.ended(), Some(Ended::Reset | Ended::Broken));
        let mut waste = [0; 4096];
        while !reset && !lock(&self.state).stopped && matches!(self.read_raw(&mut waste), Ok(1..)) {
        }
    }

    /// Sends the TLS alert after which nothing follows. A record that is stuck because the client
    /// does not read is not followed by it.
    fn close_notify(&self) {
        if let Some(_not_writing) = self.lock_within(STUCK_AFTER) {
            let notify = self.with_tls(|tls| {
                tls.connection.send_close_notify();
                drain_tls(&mut tls.connection)
            });
            let _ = (&self.tcp).write(&notify.unwrap_or_default());
        }
    }

    /// Waits for a write of another thread to end, but not for one that is stuck.
    fn lock_within(&self, limit: Duration) -> Option<MutexGuard<'_, Vec<u8>>> {
        let until = Instant::now() + limit;
        loop {
            match self.held.try_lock() {
                Ok(held) => return Some(held),
                Err(TryLockError::Poisoned(held)) => return Some(held.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(PIECE_GAP);
                }
                Err(TryLockError::WouldBlock) => return None,
            }
        }
    }

    fn end_with(&self, how: Ended) -> io::Result<()> {
        self.end(how);
        Err(ended())
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.changed.notify_all();
    }

    fn with_tls<T>(&self, with: impl FnOnce(&mut Tls) -> T) -> Option<T> {
        self.tls.get().map(|tls| with(&mut lock(tls)))
    }

    /// Gives TLS one helping of records, from TCP when none are left.
    fn feed(&self) -> io::Result<()> {
        let empty = self.with_tls(|tls| tls.unread.is_empty()).unwrap_or(true);
        let mut buffer = [0; 4096];
        // Not under the lock: others must be able to write meanwhile.
        let read = if empty {
            self.read_raw(&mut buffer)?
        } else {
            0
        };
        let fed = self.with_tls(|tls| {
            tls.unread.extend_from_slice(&buffer[..read]);
            let taken = tls.connection.read_tls(&mut tls.unread.as_slice())?;
            tls.unread.drain(..taken);
            tls.connection
                .process_new_packets()
                .map_err(io::Error::other)?;
            if taken == 0 && tls.connection.is_handshaking() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            Ok(())
        });
        let fed = fed.unwrap_or(Ok(()));
        if fed.is_err() {
            // The alert that says what was wrong.
            let _ = self.write_raw(&self.sealed(&[]));
        }
        fed
    }

    /// The TLS records for these bytes, and whatever else TLS wants to send.
    fn sealed(&self, bytes: &[u8]) -> Vec<u8> {
        self.with_tls(|tls| {
            // The connection's own buffer is limited, so it is emptied as often as it fills.
            let mut records = Vec::new();
            let mut rest = bytes;
            loop {
                let taken = tls.connection.writer().write(rest).unwrap_or(0);
                rest = &rest[taken..];
                records.append(&mut drain_tls(&mut tls.connection));
                if taken == 0 || rest.is_empty() {
                    return records;
                }
            }
        })
        .unwrap_or_else(|| bytes.to_vec())
    }

    /// Writes to TCP itself.
    pub(crate) fn write_raw(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let state = *lock(&self.state);
            if state.ended.is_some() {
                return Err(ended());
            }
            if state.muted {
                return Ok(());
            }
            match (&self.tcp).write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }
}

fn drain_tls(connection: &mut ServerConnection) -> Vec<u8> {
    let mut records = Vec::new();
    while connection.wants_write() {
        if connection.write_tls(&mut records).is_err() {
            break;
        }
    }
    records
}

fn ended() -> io::Error {
    io::Error::new(
        ErrorKind::NotConnected,
        "the server has ended this connection",
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
