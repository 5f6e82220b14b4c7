//! Names to addresses, with a deadline. `getaddrinfo` has none and cannot be cancelled.

use crate::wait::{Waiter, Waker};
use crate::{DisconnectReason, LinkError};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type Answer = io::Result<Vec<SocketAddr>>;
type Lookup = dyn Fn(&str, u16) -> Answer + Send + Sync;

/// Looks names up in a thread of its own.
///
/// A lookup that outlives its deadline runs on, and the next one for the same name waits for it
/// instead of starting another thread: a dead name server cannot pile threads up.
pub(crate) struct Resolver {
    lookup: Arc<Lookup>,
    running: Mutex<Option<Running>>,
}

struct Running {
    host: String,
    port: u16,
    answer: Receiver<Answer>,
}

impl Resolver {
    pub(crate) fn system() -> Self {
        Self::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }

    pub(crate) fn new(
        lookup: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            lookup: Arc::new(lookup),
            running: Mutex::new(None),
        }
    }

    /// The addresses of `host`, or `None` while they are looked up: `waiter`'s wait ends then.
    pub(crate) fn addresses(
        &self,
        host: &str,
        port: u16,
        waiter: &Waiter,
    ) -> Result<Option<Vec<SocketAddr>>, LinkError> {
        if let Ok(literal) = unbracketed(host).parse::<IpAddr>() {
            return Ok(Some(vec![SocketAddr::new(literal, port)]));
        }
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let current = match running.take() {
            Some(lookup) if lookup.host == host && lookup.port == port => lookup,
            _ => self.start(host, port, waiter.waker())?,
        };
        match current.answer.try_recv() {
            Ok(Ok(addresses)) if addresses.is_empty() => Err(LinkError::new(
                DisconnectReason::NameNotFound,
                "the name has no address",
            )),
            Ok(Ok(addresses)) => Ok(Some(addresses)),
            Ok(Err(error)) => Err(LinkError::new(
                DisconnectReason::NameNotFound,
                error.to_string(),
            )),
            Err(TryRecvError::Disconnected) => Err(LinkError::new(
                DisconnectReason::Other,
                "the thread that looks names up panicked",
            )),
            Err(TryRecvError::Empty) => {
                *running = Some(current);
                Ok(None)
            }
        }
    }

    fn start(&self, host: &str, port: u16, waker: Waker) -> Result<Running, LinkError> {
        let (sender, answer) = mpsc::channel();
        let lookup = Arc::clone(&self.lookup);
        let name = host.to_owned();
        thread::Builder::new()
            .name("slack-rtm name lookup".into())
            .spawn(move || {
                // Nobody listens when the name was given up for another one.
                let _ = sender.send(lookup(&name, port));
                // Dropped first, so that a woken reader finds the answer or the end.
                drop(sender);
                waker.nudge();
            })?;
        Ok(Running {
            host: host.to_owned(),
            port,
            answer,
        })
    }
}

/// An IPv6 literal stands in brackets in a URL, and without them everywhere else.
pub(crate) fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host)
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Resolver;
    use crate::wait::Waiter;
    use crate::{Clock, DisconnectReason};
    use slack_rtm::time::Instant;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};

    fn waiter() -> Waiter {
        Waiter::new(Clock::new()).unwrap()
    }

    #[test]
    fn literals_need_no_lookup() {
        let resolver = Resolver::new(|_, _| panic!("looked up"));
        for (host, address) in [
            ("127.0.0.1", IpAddr::V4(Ipv4Addr::LOCALHOST)),
            ("::1", IpAddr::V6(Ipv6Addr::LOCALHOST)),
            ("[::1]", IpAddr::V6(Ipv6Addr::LOCALHOST)),
        ] {
            assert_eq!(
                resolver.addresses(host, 7, &waiter()),
                Ok(Some(vec![SocketAddr::new(address, 7)]))
            );
        }
    }

    #[test]
    fn a_second_try_waits_for_the_lookup_of_the_first() {
        let calls = Arc::new(AtomicUsize::new(0));
        let (release, gate) = mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let counted = Arc::clone(&calls);
        let resolver = Resolver::new(move |_, port| {
            counted.fetch_add(1, Ordering::SeqCst);
            gate.lock().unwrap().recv().unwrap();
            Ok(vec![SocketAddr::from(([10, 0, 0, 1], port))])
        });
        let waiter = waiter();
        for _ in 0..3 {
            assert_eq!(resolver.addresses("slack.com", 443, &waiter), Ok(None));
        }
        release.send(()).unwrap();
        waiter.wait(Instant::MAX).unwrap();
        assert_eq!(
            resolver.addresses("slack.com", 443, &waiter),
            Ok(Some(vec![SocketAddr::from(([10, 0, 0, 1], 443))]))
        );
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn failure_an_empty_answer_and_a_panic_are_told_apart() {
        let resolver = Resolver::new(|host, _| match host {
            "empty" => Ok(Vec::new()),
            "fails" => Err(std::io::Error::other("no such name")),
            _ => panic!("a lookup that panics"),
        });
        for (host, end) in [
            ("empty", DisconnectReason::NameNotFound),
            ("fails", DisconnectReason::NameNotFound),
            ("panics", DisconnectReason::Other),
        ] {
            let waiter = waiter();
            let outcome = loop {
                match resolver.addresses(host, 1, &waiter) {
                    Ok(None) => std::thread::yield_now(),
                    outcome => break outcome,
                }
            };
            assert_eq!(outcome.unwrap_err().end(), end, "{host}");
        }
    }
}
