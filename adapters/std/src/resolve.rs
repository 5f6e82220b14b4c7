//! Name lookup that can be abandoned: `getaddrinfo` has no deadline and cannot be cancelled.

use crate::wait::{Waiter, Waker};
use crate::{DisconnectReason, LinkError};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type Addresses = io::Result<Vec<SocketAddr>>;
type Lookup = dyn Fn(&str, u16) -> Addresses + Send + Sync;

/// Looks up names in a separate thread.
///
/// A lookup that misses its deadline continues, and the next lookup of the same name waits for it
/// instead of starting another thread: an unreachable name server does not accumulate threads.
pub(crate) struct Resolver {
    lookup: Arc<Lookup>,
    running: Mutex<Option<Running>>,
}

struct Running {
    host: String,
    port: u16,
    result: Receiver<Addresses>,
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

    /// Creates a resolver with the same lookup.
    pub(crate) fn beside(&self) -> Self {
        Self {
            lookup: Arc::clone(&self.lookup),
            running: Mutex::default(),
        }
    }

    /// Returns the addresses of `host`, or `None` while the lookup runs. The end of the lookup ends
    /// the wait of `waiter`.
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
        match current.result.try_recv() {
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
                "the name lookup panicked; check the function passed to with_lookup",
            )),
            Err(TryRecvError::Empty) => {
                *running = Some(current);
                Ok(None)
            }
        }
    }

    fn start(&self, host: &str, port: u16, waker: Waker) -> Result<Running, LinkError> {
        let (sender, result) = mpsc::channel();
        let lookup = Arc::clone(&self.lookup);
        let name = host.to_owned();
        thread::Builder::new()
            .name("slack-rtm name lookup".into())
            .spawn(move || {
                // Fails if the lookup was abandoned in favor of another name.
                let _ = sender.send(lookup(&name, port));
                // Dropped before the notification, so that the woken thread finds the result, or
                // after a panic a closed channel.
                drop(sender);
                waker.notify();
            })?;
        Ok(Running {
            host: host.to_owned(),
            port,
            result,
        })
    }
}

/// Removes the brackets that enclose an IPv6 literal in a URL (RFC 3986 section 3.2.2).
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
    fn a_failure_an_empty_result_and_a_panic_are_distinguished() {
        let resolver = Resolver::new(|host, _| match host {
            "empty" => Ok(Vec::new()),
            "fails" => Err(std::io::Error::other("no such name")),
            _ => panic!("a lookup that panics"),
        });
        for (host, reason) in [
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
            assert_eq!(outcome.unwrap_err().reason(), reason, "{host}");
        }
    }
}
