//! From a host name to an open link: lookup, connect, TLS handshake, all within one deadline.

use crate::connect::{Lap, Race};
use crate::resolve::{Resolver, unbracketed};
use crate::wait::{Waited, Waiter, Waker, Watched};
use crate::{Clock, DisconnectReason, Exchanged, Link, LinkError, Peer, Security, Trust};
use rustls::pki_types::ServerName;
use slack_rtm::time::Instant;
use std::io;
use std::net::SocketAddr;

/// Opens links: TCP, and TLS by rustls unless asked otherwise.
///
/// One thread uses a dialer and its links; other threads reach that thread by
/// [`waker`](Self::waker). It holds the clock that all deadlines are told in.
///
/// ```no_run
/// use slack_rtm::time::Duration;
/// use slack_rtm_std::{Dialer, Peer, Security, Trust};
///
/// let dialer = Dialer::new(Trust::platform())?;
/// let peer = Peer { host: "slack.com", port: 443, security: Security::Tls };
/// let until = dialer.clock().now() + Duration::from_secs(15);
/// let link = dialer.dial(peer, until)?; // name, connection and TLS
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
    /// A dialer whose secure links end at servers that `trust` vouches for.
    ///
    /// # Errors
    /// What the operating system says when it cannot give the means to wait (`epoll`, `kqueue`).
    pub fn new(trust: Trust) -> io::Result<Self> {
        Ok(Self {
            trust,
            resolver: Resolver::system(),
            waiter: Waiter::new(Clock::new())?,
        })
    }

    /// Looks names up by `lookup` instead of by the operating system.
    ///
    /// It gets a host name and a port and runs in a thread of its own, so it may block.
    #[must_use]
    pub fn with_lookup(
        mut self,
        lookup: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        self.resolver = Resolver::new(lookup);
        self
    }

    /// The clock in which deadlines are told to this dialer and its links.
    pub fn clock(&self) -> &Clock {
        self.waiter.clock()
    }

    /// What ends this thread's waits from other threads.
    pub fn waker(&self) -> Waker {
        self.waiter.waker()
    }

    /// Opens a link, waiting for it until `until` at most.
    ///
    /// A [`Waker`] does not end this wait, but the next one after it; use
    /// [`start`](Self::start) where that is too late.
    ///
    /// `peer.host` is a name, which the server's certificate must bear, or an IP address.
    ///
    /// # Errors
    /// [`LinkError`]: the name has no address, nobody answers there, the certificate is not
    /// trusted, the time is over.
    pub fn dial(&self, peer: Peer<'_>, until: Instant) -> Result<Link, LinkError> {
        let mut dialing = self.start(peer, until);
        let mut woken = false;
        let outcome = loop {
            match dialing.advance(self) {
                Ok(Dialed::Woken) => woken = true,
                Ok(Dialed::Open(link)) => break Ok(link),
                Err(error) => break Err(error),
            }
        };
        if woken {
            self.waker().wake();
        }
        outcome
    }

    /// Begins to open a link, for those who want to look at other things while it opens.
    ///
    /// Returns at once; see [`Dialing::advance`].
    pub fn start(&self, peer: Peer<'_>, until: Instant) -> Dialing {
        Dialing {
            host: peer.host.to_owned(),
            port: peer.port,
            security: peer.security,
            until,
            stage: Stage::Resolving,
        }
    }

    /// Waits, without a link, until `until` or until a waker is used.
    ///
    /// # Errors
    /// [`LinkError`] when the operating system cannot wait.
    pub fn pause(&self, until: Instant) -> Result<Exchanged, LinkError> {
        loop {
            match self.waiter.wait(until)? {
                Waited::Woken => return Ok(Exchanged::WOKEN),
                Waited::Deadline => return Ok(Exchanged::NOTHING),
                // A lookup that was given up has ended.
                Waited::Ready => {}
            }
        }
    }
}

/// A link that is being opened. Dropping it gives it up.
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

/// How far [`Dialing`] came.
#[derive(Debug)]
#[non_exhaustive]
pub enum Dialed {
    /// The link is open.
    Open(Link),
    /// Not yet, and a [`Waker`] was used: look at what it was for, then go on.
    Woken,
}

impl Dialing {
    /// Goes on until the link is open, a waker is used, or the deadline has come.
    ///
    /// # Errors
    /// As [`Dialer::dial`]. The attempt is over then, and every further call fails.
    pub fn advance(&mut self, dialer: &Dialer) -> Result<Dialed, LinkError> {
        loop {
            let wait_until = match self.step(dialer) {
                Ok(Step::Open(link)) => return Ok(Dialed::Open(link)),
                Ok(Step::Wait(until)) => until.min(self.until),
                Err(error) => return Err(self.failed(error)),
            };
            if dialer.clock().now() >= self.until {
                let missing = match self.stage {
                    Stage::Resolving => "no answer from the name server in time",
                    Stage::Connecting(_) => "no connection in time",
                    Stage::Handshaking(_) | Stage::Ended => "no TLS handshake in time",
                };
                return Err(self.failed(LinkError::new(DisconnectReason::TimedOut, missing)));
            }
            match dialer.waiter.wait(wait_until) {
                Ok(Waited::Woken) => return Ok(Dialed::Woken),
                Ok(Waited::Ready | Waited::Deadline) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn failed(&mut self, error: LinkError) -> LinkError {
        self.stage = Stage::Ended;
        error.at(format_args!("{}:{}", self.host, self.port))
    }

    /// Goes on as far as that is possible without waiting.
    fn step(&mut self, dialer: &Dialer) -> Result<Step, LinkError> {
        loop {
            match &mut self.stage {
                Stage::Resolving => {
                    let (host, waiter) = (&self.host, &dialer.waiter);
                    match dialer.resolver.addresses(host, self.port, waiter)? {
                        Some(addresses) => self.stage = Stage::Connecting(Race::new(addresses)),
                        None => return Ok(Step::Wait(Instant::MAX)),
                    }
                }
                Stage::Connecting(race) => match race.advance(&dialer.waiter)? {
                    Lap::Won(socket) => {
                        // The others end here: one link at a time.
                        self.stage = Stage::Handshaking(self.link(socket, dialer)?);
                    }
                    Lap::Running(until) => return Ok(Step::Wait(until)),
                },
                Stage::Handshaking(link) => {
                    if !link.handshake()? {
                        return Ok(Step::Wait(Instant::MAX));
                    }
                    return match std::mem::replace(&mut self.stage, Stage::Ended) {
                        Stage::Handshaking(link) => Ok(Step::Open(link)),
                        _ => Err(ended()),
                    };
                }
                Stage::Ended => return Err(ended()),
            }
        }
    }

    fn link(&self, socket: Watched, dialer: &Dialer) -> Result<Link, LinkError> {
        match self.security {
            Security::Cleartext => Ok(Link::plain(socket)),
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

#[derive(Debug)]
enum Step {
    Open(Link),
    Wait(Instant),
}

fn ended() -> LinkError {
    LinkError::new(DisconnectReason::Other, "this attempt has ended before")
}
