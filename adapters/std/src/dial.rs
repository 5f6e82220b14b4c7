//! Opens links: name lookup, TCP connection and TLS handshake within one deadline.

use crate::connect::{Progress, Race};
use crate::resolve::{Resolver, unbracketed};
use crate::wait::{self, Waiter, Waker, Watched};
use crate::{Clock, DisconnectReason, Link, LinkError, Peer, Security, Trust, link};
use rustls::pki_types::ServerName;
use slack_rtm::time::Instant;
use std::io;
use std::net::SocketAddr;

/// Opens links: TCP with TLS by rustls, or TCP alone where the peer asks for it.
///
/// One thread uses a dialer and its links. Other threads wake that thread through
/// [`waker`](Self::waker). The dialer has the clock that all its deadlines refer to.
///
/// ```no_run
/// use slack_rtm::time::Duration;
/// use slack_rtm_std::{Dialer, Peer, Security, Trust};
///
/// let dialer = Dialer::new(Trust::platform())?;
/// let peer = Peer { host: "slack.com", port: 443, security: Security::Tls };
/// let until = dialer.clock().now() + Duration::from_secs(15);
/// let link = dialer.dial(peer, until)?; // name lookup, connection and TLS handshake
/// # let _ = link;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Dialer {
    trust: Trust,
    resolver: Resolver,
    waiter: Waiter,
}

impl Dialer {
    /// Creates a dialer that verifies the certificates of servers against `trust`.
    ///
    /// # Errors
    /// The error of the operating system if it cannot create a poller (`epoll`, `kqueue`).
    pub fn new(trust: Trust) -> io::Result<Self> {
        Ok(Self {
            trust,
            resolver: Resolver::system(),
            waiter: Waiter::new(Clock::new())?,
        })
    }

    /// Uses `lookup` in place of the resolver of the operating system.
    ///
    /// It receives a host name and a port. It runs in a separate thread, so it may block.
    #[must_use]
    pub fn with_lookup(
        mut self,
        lookup: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        self.resolver = Resolver::new(lookup);
        self
    }

    /// Creates another dialer for the same thread. It has the same clock and the same waits: a wait
    /// of one ends when a link of the other is ready too.
    pub(crate) fn beside(&self) -> Self {
        Self {
            trust: self.trust.clone(),
            resolver: self.resolver.beside(),
            waiter: self.waiter.clone(),
        }
    }

    /// Returns the waiter of all links of this dialer.
    pub(crate) fn waiter(&self) -> &Waiter {
        &self.waiter
    }

    /// Returns the clock that the deadlines of this dialer and of its links refer to.
    pub fn clock(&self) -> &Clock {
        self.waiter.clock()
    }

    /// Returns a waker that ends the waits of this dialer and of its links from other threads.
    pub fn waker(&self) -> Waker {
        self.waiter.waker()
    }

    /// Opens a link, and blocks until it is open or `until` has passed.
    ///
    /// `peer.host` is an IP address, or a name. The certificate of the server must be valid for it.
    ///
    /// A [`Waker`] does not interrupt this call; it ends the next wait. To open a link that can be
    /// interrupted use [`start`](Self::start).
    ///
    /// # Errors
    /// [`LinkError`] if the name has no address, no address accepts the connection, the certificate
    /// is not trusted, or the deadline has passed.
    pub fn dial(&self, peer: Peer<'_>, until: Instant) -> Result<Link, LinkError> {
        let mut dialing = self.start(peer, until);
        let mut woken = false;
        let result = loop {
            match dialing.advance(self) {
                Ok(None) => woken = true,
                Ok(Some(link)) => break Ok(link),
                Err(error) => break Err(error),
            }
        };
        if woken {
            self.waker().wake();
        }
        result
    }

    /// Begins to open a link, and returns at once. [`Dialing::advance`] continues.
    pub fn start(&self, peer: Peer<'_>, until: Instant) -> Dialing {
        Dialing {
            host: peer.host.to_owned(),
            port: peer.port,
            security: peer.security,
            until,
            stage: Stage::Resolving,
        }
    }

    /// Waits without a link until a waker was used or `until` has passed.
    ///
    /// # Errors
    /// [`LinkError`] if the operating system cannot wait.
    pub fn pause(&self, until: Instant) -> Result<link::Progress, LinkError> {
        loop {
            match self.waiter.wait(until)? {
                wait::Progress::Woken => return Ok(link::Progress::WOKEN),
                wait::Progress::Deadline => return Ok(link::Progress::NONE),
                // The end of an abandoned lookup.
                wait::Progress::Ready => {}
            }
        }
    }
}

/// A link that is being opened. Dropping it stops the attempt.
#[derive(Debug)]
pub struct Dialing {
    host: String,
    port: u16,
    security: Security,
    until: Instant,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Resolving,
    Connecting(Race),
    Handshaking(Link),
    Ended,
}

impl Dialing {
    /// Continues until the link is open, a waker was used, or the deadline has passed.
    ///
    /// Returns the open link, or `None` if a [`Waker`] was used. In that case call `advance` again
    /// to continue.
    ///
    /// # Errors
    /// The same as [`Dialer::dial`]. The attempt has ended then, and every further call fails.
    pub fn advance(&mut self, dialer: &Dialer) -> Result<Option<Link>, LinkError> {
        loop {
            let wait_until = match self.try_advance(dialer)? {
                Progress::Done(link) => return Ok(Some(link)),
                Progress::Wait(until) => until,
            };
            match dialer.waiter.wait(wait_until) {
                Ok(wait::Progress::Woken) => return Ok(None),
                Ok(wait::Progress::Ready | wait::Progress::Deadline) => {}
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    /// Continues as far as possible without waiting. Returns the link, or when to continue at the
    /// latest.
    pub(crate) fn try_advance(&mut self, dialer: &Dialer) -> Result<Progress<Link>, LinkError> {
        let wait_until = match self.step(dialer) {
            Ok(Progress::Wait(until)) => until.min(self.until),
            Ok(done) => return Ok(done),
            Err(error) => return Err(self.fail(error)),
        };
        if dialer.clock().now() < self.until {
            return Ok(Progress::Wait(wait_until));
        }
        let detail = match self.stage {
            Stage::Resolving => "the name lookup timed out; check DNS and the network",
            Stage::Connecting(_) => "the connection timed out; check the network",
            Stage::Handshaking(_) | Stage::Ended => "the TLS handshake timed out",
        };
        Err(self.fail(LinkError::new(DisconnectReason::TimedOut, detail)))
    }

    fn fail(&mut self, error: LinkError) -> LinkError {
        self.stage = Stage::Ended;
        error.at(format_args!("{}:{}", self.host, self.port))
    }

    /// Continues as far as possible without waiting.
    fn step(&mut self, dialer: &Dialer) -> Result<Progress<Link>, LinkError> {
        loop {
            match &mut self.stage {
                Stage::Resolving => {
                    let (host, waiter) = (&self.host, &dialer.waiter);
                    match dialer.resolver.addresses(host, self.port, waiter)? {
                        Some(addresses) => self.stage = Stage::Connecting(Race::new(addresses)),
                        None => return Ok(Progress::Wait(Instant::MAX)),
                    }
                }
                Stage::Connecting(race) => match race.advance(&dialer.waiter)? {
                    Progress::Done(socket) => {
                        // This drops the race, and with it all other attempts.
                        self.stage = Stage::Handshaking(self.link(socket, dialer)?);
                    }
                    Progress::Wait(until) => return Ok(Progress::Wait(until)),
                },
                Stage::Handshaking(link) => {
                    if !link.handshake()? {
                        return Ok(Progress::Wait(Instant::MAX));
                    }
                    return match std::mem::replace(&mut self.stage, Stage::Ended) {
                        Stage::Handshaking(link) => Ok(Progress::Done(link)),
                        _ => Err(ended()),
                    };
                }
                Stage::Ended => return Err(ended()),
            }
        }
    }

    fn link(&self, socket: Watched, dialer: &Dialer) -> Result<Link, LinkError> {
        match self.security {
            Security::Cleartext => Ok(Link::cleartext(socket)),
            Security::Tls => {
                let name =
                    ServerName::try_from(unbracketed(&self.host).to_owned()).map_err(|error| {
                        LinkError::new(DisconnectReason::TlsFailed, error.to_string())
                    })?;
                Ok(Link::tls(socket, dialer.trust.config()?, name)?)
            }
        }
    }
}

fn ended() -> LinkError {
    let detail = "this attempt has already ended; start another one";
    LinkError::new(DisconnectReason::Other, detail)
}
