//! One TCP connection out of several addresses: the next one gets its chance while the former
//! are still trying (RFC 8305 section 5).

use crate::wait::{Waiter, Watched};
use crate::{DisconnectReason, LinkError};
use slack_rtm::time::{Duration, Instant};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpStream};

/// How long an address has the race to itself: the delay that RFC 8305 section 8 recommends.
const HEAD_START: Duration = Duration::from_millis(250);

/// Connection attempts to several addresses, of which the first to succeed wins.
#[derive(Debug)]
pub(crate) struct Race {
    waiting: VecDeque<SocketAddr>,
    running: Vec<(SocketAddr, Watched)>,
    next_start: Instant,
    last_failure: Option<LinkError>,
}

/// How far a race is.
#[derive(Debug)]
pub(crate) enum Lap {
    Won(Watched),
    /// Wait for the sockets, at most until then, and look again.
    Running(Instant),
}

impl Race {
    /// A race between `addresses`, alternating between the families (RFC 8305 section 4).
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> Self {
        Self {
            waiting: alternating(addresses),
            running: Vec::new(),
            next_start: Instant::from_millis(0),
            last_failure: None,
        }
    }

    /// Looks at every attempt and starts the next address when it is due.
    ///
    /// # Errors
    /// The last failure, when no address is left.
    pub(crate) fn advance(&mut self, waiter: &Waiter) -> Result<Lap, LinkError> {
        let mut still = Vec::with_capacity(self.running.len());
        for (address, socket) in self.running.drain(..) {
            match connected(&socket) {
                Ok(true) => return Ok(Lap::Won(socket)),
                Ok(false) => still.push((address, socket)),
                Err(error) => self.last_failure = Some(LinkError::from(error).at(address)),
            }
        }
        self.running = still;
        loop {
            let now = waiter.clock().now();
            if !self.running.is_empty() && now < self.next_start {
                break;
            }
            let Some(address) = self.waiting.pop_front() else {
                break;
            };
            match start(address, waiter) {
                Ok(socket) => {
                    self.running.push((address, socket));
                    self.next_start = now + HEAD_START;
                }
                Err(error) => self.last_failure = Some(LinkError::from(error).at(address)),
            }
        }
        if self.running.is_empty() {
            let none = || LinkError::new(DisconnectReason::NameNotFound, "the name has no address");
            return Err(self.last_failure.take().unwrap_or_else(none));
        }
        for (_, socket) in &self.running {
            socket.arm_writing()?;
        }
        Ok(Lap::Running(if self.waiting.is_empty() {
            Instant::MAX
        } else {
            self.next_start
        }))
    }
}

fn alternating(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
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
    // Frames are small, and each is written at once: nothing is gained by holding one back.
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
    use super::{Lap, Race, alternating};
    use crate::wait::Waiter;
    use crate::{Clock, DisconnectReason};
    use std::net::{SocketAddr, TcpListener};

    fn finish(addresses: Vec<SocketAddr>) -> Result<SocketAddr, DisconnectReason> {
        let waiter = Waiter::new(Clock::new()).unwrap();
        let mut race = Race::new(addresses);
        loop {
            match race.advance(&waiter) {
                Ok(Lap::Won(socket)) => return Ok(socket.peer_addr().unwrap()),
                Ok(Lap::Running(until)) => _ = waiter.wait(until).unwrap(),
                Err(error) => return Err(error.end()),
            }
        }
    }

    fn closed_port() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    #[test]
    fn the_families_alternate_and_the_first_keeps_its_place() {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let given: Vec<SocketAddr> = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"]);
        let wanted: Vec<SocketAddr> = parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]);
        assert_eq!(alternating(given), wanted);
    }

    #[test]
    fn an_address_that_refuses_does_not_stop_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap();
        assert_eq!(finish(vec![closed_port(), closed_port(), open]), Ok(open));
    }

    #[test]
    fn when_all_refuse_the_end_is_refused() {
        assert_eq!(
            finish(vec![closed_port(), closed_port()]),
            Err(DisconnectReason::Refused)
        );
        assert_eq!(finish(Vec::new()), Err(DisconnectReason::NameNotFound));
    }
}
