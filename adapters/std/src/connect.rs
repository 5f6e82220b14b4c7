//! Opens one TCP connection to any of several addresses, with overlapping attempts (RFC 8305
//! section 5).

use crate::wait::{Waiter, Watched};
use crate::{DisconnectReason, LinkError};
use slack_rtm::time::{Duration, Instant};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpStream};

/// The Connection Attempt Delay that RFC 8305 section 8 recommends.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Overlapping connection attempts to several addresses. The first that succeeds is kept.
#[derive(Debug)]
pub(crate) struct Race {
    untried: VecDeque<SocketAddr>,
    running: Vec<(SocketAddr, Watched)>,
    next_start: Instant,
    last_error: Option<LinkError>,
}

/// The result of one step of opening a link.
#[derive(Debug)]
pub(crate) enum Progress<T> {
    Done(T),
    /// Wait for the sockets, at most until this instant, then call again.
    Wait(Instant),
}

impl Race {
    /// Creates a race between `addresses`, with interleaved families (RFC 8305 section 4).
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> Self {
        Self {
            untried: interleaved(addresses),
            running: Vec::new(),
            next_start: Instant::from_millis(0),
            last_error: None,
        }
    }

    /// Checks every attempt, and starts the next one when it is due.
    ///
    /// # Errors
    /// The last error, when no address is left.
    pub(crate) fn advance(&mut self, waiter: &Waiter) -> Result<Progress<Watched>, LinkError> {
        let mut running = Vec::with_capacity(self.running.len());
        for (address, socket) in self.running.drain(..) {
            match connected(&socket) {
                Ok(true) => return Ok(Progress::Done(socket)),
                Ok(false) => running.push((address, socket)),
                Err(error) => self.last_error = Some(LinkError::from(error).at(address)),
            }
        }
        self.running = running;
        loop {
            let now = waiter.clock().now();
            if !self.running.is_empty() && now < self.next_start {
                break;
            }
            let Some(address) = self.untried.pop_front() else {
                break;
            };
            match start(address, waiter) {
                Ok(socket) => {
                    self.running.push((address, socket));
                    self.next_start = now + ATTEMPT_DELAY;
                }
                Err(error) => self.last_error = Some(LinkError::from(error).at(address)),
            }
        }
        if self.running.is_empty() {
            let none = || LinkError::new(DisconnectReason::NameNotFound, "the name has no address");
            return Err(self.last_error.take().unwrap_or_else(none));
        }
        for (_, socket) in &self.running {
            socket.arm_writing()?;
        }
        Ok(Progress::Wait(if self.untried.is_empty() {
            Instant::MAX
        } else {
            self.next_start
        }))
    }
}

fn interleaved(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let first_family = addresses.first().map(SocketAddr::is_ipv6);
    let (mut preferred, mut other): (VecDeque<_>, VecDeque<_>) = addresses
        .into_iter()
        .partition(|address| Some(address.is_ipv6()) == first_family);
    let mut order = VecDeque::with_capacity(preferred.len() + other.len());
    while let Some(address) = preferred.pop_front() {
        order.push_back(address);
        order.extend(other.pop_front());
    }
    order.extend(other);
    order
}

fn start(address: SocketAddr, waiter: &Waiter) -> io::Result<Watched> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    // Frames are small and each is written at once: Nagle's algorithm would only delay them.
    socket.set_tcp_nodelay(true)?;
    match socket.connect(&address.into()) {
        Err(error) if !in_progress(&error) => return Err(error),
        Ok(()) | Err(_) => {}
    }
    waiter.watch(TcpStream::from(socket))
}

fn in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

fn connected(socket: &TcpStream) -> io::Result<bool> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    match socket.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{Progress, Race, interleaved};
    use crate::wait::Waiter;
    use crate::{Clock, DisconnectReason};
    use std::net::{SocketAddr, TcpListener};

    fn finish(addresses: Vec<SocketAddr>) -> Result<SocketAddr, DisconnectReason> {
        let waiter = Waiter::new(Clock::new()).unwrap();
        let mut race = Race::new(addresses);
        loop {
            match race.advance(&waiter) {
                Ok(Progress::Done(socket)) => return Ok(socket.peer_addr().unwrap()),
                Ok(Progress::Wait(until)) => _ = waiter.wait(until).unwrap(),
                Err(error) => return Err(error.reason()),
            }
        }
    }

    fn closed_port() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    #[test]
    fn families_are_interleaved_and_the_first_address_stays_first() {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let given: Vec<SocketAddr> = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"]);
        let wanted: Vec<SocketAddr> = parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]);
        assert_eq!(interleaved(given), wanted);
    }

    #[test]
    fn an_address_that_refuses_does_not_stop_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap();
        assert_eq!(finish(vec![closed_port(), closed_port(), open]), Ok(open));
    }

    #[test]
    fn when_all_refuse_the_reason_is_refused() {
        assert_eq!(
            finish(vec![closed_port(), closed_port()]),
            Err(DisconnectReason::Refused)
        );
        assert_eq!(finish(Vec::new()), Err(DisconnectReason::NameNotFound));
    }
}
