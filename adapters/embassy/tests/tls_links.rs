//! An open TLS link in memory, on a clock of the test: where an exchange may be given up, when a
//! record counts as dead, and what a server may say between data.

#[path = "../fuzz/bodies/honest.rs"]
#[allow(dead_code, reason = "the fuzz targets use the rest")]
mod honest;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use honest::{HOST, NOW, PARTIES, Parties};
use hostile_tls::{Session, message};
use slack_rtm::entropy::from_fn;
use slack_rtm::time::Instant;
use slack_rtm::{DisconnectReason, Peer, Security};
use slack_rtm_embassy::clock::Clock;
use slack_rtm_embassy::connect::{Connect, Dial, Link, Moved, Stream};
use slack_rtm_embassy::tls::{FULL_READ, MIN_WRITE, P256_ONLY, STALL, Tls, TlsLink, Trust};

/// A stream in memory, without waking: the tests poll.
#[derive(Clone, Default)]
struct Wire {
    arrived: Rc<RefCell<VecDeque<u8>>>,
    sent: Rc<RefCell<Vec<u8>>>,
    /// Writes wait.
    is_stuck: Rc<Cell<bool>>,
}

impl Wire {
    fn arrive(&self, bytes: &[u8]) {
        self.arrived.borrow_mut().extend(bytes);
    }
}

impl ErrorType for Wire {
    type Error = Infallible;
}

impl Read for Wire {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        poll_fn(|_| {
            let mut arrived = self.arrived.borrow_mut();
            if arrived.is_empty() {
                return Poll::Pending;
            }
            let count = buf.len().min(arrived.len());
            for (to, from) in buf.iter_mut().zip(arrived.drain(..count)) {
                *to = from;
            }
            Poll::Ready(Ok(count))
        })
        .await
    }
}

impl Write for Wire {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        poll_fn(|_| {
            if self.is_stuck.get() {
                return Poll::Pending;
            }
            self.sent.borrow_mut().extend_from_slice(buf);
            Poll::Ready(Ok(buf.len()))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Stream for Wire {
    async fn hang_up(&mut self) {}
}

impl Dial for Wire {
    type Stream<'s> = Self;

    async fn dial(&mut self, _: &str, _: u16) -> Result<Self, DisconnectReason> {
        Ok(self.clone())
    }
}

/// A clock that stands until it is moved.
#[derive(Clone, Default)]
struct Time(Rc<Cell<u64>>);

impl Time {
    fn pass(&self, milliseconds: u64) {
        self.0.set(self.0.get() + milliseconds);
    }
}

impl Clock for Time {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.get())
    }

    async fn wait_until(&self, at: Instant) {
        poll_fn(|_| {
            if self.now() >= at {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// An open link and the other side of it.
struct Open<'l> {
    link: TlsLink<'l, Wire, Time>,
    wire: Wire,
    time: Time,
    server: Session,
}

impl Open<'_> {
    /// The record of these application data.
    fn record(&mut self, data: &[u8]) -> Vec<u8> {
        self.server.seal(&[data, &[23]].concat());
        self.server.take()
    }

    /// Exchanges until nothing more happens at once.
    fn exchange(
        &mut self,
        space: &mut [u8],
        pending: &[u8],
        stop: impl Future<Output = ()>,
    ) -> Poll<Result<Moved, DisconnectReason>> {
        poll(pin!(self.link.exchange(space, pending, stop)))
    }

    /// What is received at once.
    fn received(&mut self) -> Result<Vec<u8>, DisconnectReason> {
        let mut space = [0; 100];
        match self.exchange(&mut space, &[], pending()) {
            Poll::Ready(Ok(Moved::Received(count))) => Ok(space[..count].to_vec()),
            Poll::Ready(Err(end)) => Err(end),
            other => panic!("{other:?}"),
        }
    }
}

fn poll<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..4 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Poll::Ready(output);
        }
    }
    Poll::Pending
}

/// Connects to `host` over `wire`, has `answer` say something to the ClientHello, and hands over
/// what comes of it to `test`, with what `answer` gave.
fn connect<A, T>(
    host: &str,
    (wire, time): (&Wire, &Time),
    answer: impl FnOnce() -> A,
    test: impl FnOnce(Poll<Result<TlsLink<'_, Wire, Time>, DisconnectReason>>, A) -> T,
) -> T {
    let trust = Trust::new(&PARTIES.anchors, P256_ONLY, &|| NOW);
    let (mut read, mut write) = (vec![0; FULL_READ], [0; MIN_WRITE]);
    let random = from_fn(|out| {
        out.fill(9);
        Ok(())
    });
    let mut tls = Tls::new(
        wire.clone(),
        random,
        time.clone(),
        &trust,
        &mut read,
        &mut write,
    )
    .unwrap();
    let peer = Peer {
        host,
        port: 443,
        security: Security::Tls,
    };
    let mut connecting = pin!(tls.connect(peer));
    assert!(poll(connecting.as_mut()).is_pending());
    let answered = answer();
    test(poll(connecting), answered)
}

/// Opens a link to an honest server.
fn with_link(test: impl FnOnce(&mut Open<'_>)) {
    let (wire, time) = (Wire::default(), Time::default());
    let answer = || {
        let mut server = Session::new(&wire.sent.borrow()[5..]);
        server.say(&message(8, &[0, 0]));
        server.say(&certificate(&PARTIES.server));
        let proof = Parties::sign(&server.transcript_hash());
        server.say(&message(
            15,
            &[&[4, 3, 0, proof.len() as u8], proof.as_slice()].concat(),
        ));
        server.finish();
        wire.arrive(&server.take());
        server
    };
    connect(HOST, (&wire, &time), answer, |opened, server| {
        let Poll::Ready(Ok(link)) = opened else {
            panic!("an honest server was refused");
        };
        test(&mut Open {
            link,
            wire: wire.clone(),
            time: time.clone(),
            server,
        });
    });
}

#[test]
fn a_server_that_never_comes_to_an_end_of_its_handshake_is_given_up() {
    for say in [&[][..], &message(8, &[0, 0])] {
        let wire = Wire::default();
        let answer = || {
            let mut server = Session::new(&wire.sent.borrow()[5..]);
            for _ in 0..100 {
                server.say(say);
            }
            wire.arrive(&server.take());
        };
        connect(HOST, (&wire, &Time::default()), answer, |seen, ()| {
            let seen = seen.map_ok(|_| ());
            assert_eq!(
                seen,
                Poll::Ready(Err(DisconnectReason::TlsFailed)),
                "{say:?}"
            );
        });
    }
}

#[test]
fn only_names_are_sent_to_the_server() {
    for (host, sent_name) in [
        ("slack.test", Some("slack.test")),
        ("slack.test.", Some("slack.test")),
        ("10.0.2.100", None),
        ("2001:db8::1", None),
    ] {
        let wire = Wire::default();
        let is_pending = connect(
            host,
            (&wire, &Time::default()),
            || {},
            |seen, ()| seen.is_pending(),
        );
        assert!(is_pending);
        let extension = sent_name.map(|name| {
            let length = name.len() as u8;
            let head = [0, 0, 0, length + 5, 0, length + 3, 0, 0, length];
            [&head, name.as_bytes()].concat()
        });
        let hello = wire.sent.borrow();
        let holds = |part: &[u8]| hello.windows(part.len()).any(|window| window == part);
        assert_eq!(
            extension.is_some_and(|it| holds(&it)),
            sent_name.is_some(),
            "{host}"
        );
        assert_eq!(holds(host.as_bytes()), sent_name == Some(host), "{host}");
    }
}

/// A certificate message of one certificate without extensions (RFC 8446 section 4.4.2).
fn certificate(der: &[u8]) -> Vec<u8> {
    let length = |count: usize| (count as u32).to_be_bytes()[1..].to_vec();
    let entry = [length(der.len()), der.to_vec(), vec![0, 0]].concat();
    message(11, &[vec![0], length(entry.len()), entry].concat())
}

#[test]
fn a_stop_between_records_is_obeyed_and_loses_nothing() {
    with_link(|open| {
        for round in 0..20_u8 {
            let stopped = open.exchange(&mut [0; 100], &[], ready(()));
            assert_eq!(stopped, Poll::Ready(Ok(Moved::Stopped)));
            let record = open.record(&[round; 30]);
            open.wire.arrive(&record);
            assert_eq!(open.received(), Ok(vec![round; 30]));
        }
    });
}

#[test]
fn a_stop_in_the_middle_of_a_record_waits_for_its_end() {
    with_link(|open| {
        for cut in 1.. {
            let record = open.record(b"hello");
            let Some((first, second)) = record.split_at_checked(cut).filter(|it| !it.1.is_empty())
            else {
                break;
            };
            open.wire.arrive(first);
            let (wire, time) = (open.wire.clone(), open.time.clone());
            let mut space = [0; 100];
            {
                let mut exchange = pin!(open.link.exchange(&mut space, &[], ready(())));
                assert!(poll(exchange.as_mut()).is_pending(), "cut at {cut}");
                time.pass(STALL.as_millis() - 1);
                assert!(poll(exchange.as_mut()).is_pending(), "cut at {cut}");
                wire.arrive(second);
                assert_eq!(
                    poll(exchange),
                    Poll::Ready(Ok(Moved::Received(5))),
                    "cut at {cut}"
                );
            }
            assert_eq!(&space[..5], b"hello");
        }
    });
}

#[test]
fn a_record_that_stalls_past_its_deadline_is_a_dead_link() {
    for cut in [1, 4, 5, 6, 20, 26] {
        with_link(|open| {
            let record = open.record(b"hello");
            open.wire.arrive(&record[..cut]);
            let (wire, time) = (open.wire.clone(), open.time.clone());
            let mut space = [0; 100];
            {
                let mut exchange = pin!(open.link.exchange(&mut space, &[], ready(())));
                assert!(poll(exchange.as_mut()).is_pending());
                time.pass(STALL.as_millis());
                assert_eq!(
                    poll(exchange),
                    Poll::Ready(Err(DisconnectReason::TimedOut)),
                    "cut at {cut}"
                );
            }
            // What comes late is not taken for the start of a record.
            wire.arrive(&record[cut..]);
            assert_eq!(
                open.received(),
                Err(DisconnectReason::Other),
                "cut at {cut}"
            );
        });
    }
}

#[test]
fn an_exchange_dropped_between_records_loses_nothing_and_in_one_breaks_the_link() {
    for cut in 0..27 {
        with_link(|open| {
            let record = open.record(b"hello");
            assert_eq!(record.len(), 27);
            open.wire.arrive(&record[..cut]);
            assert!(open.exchange(&mut [0; 100], &[], pending()).is_pending());
            open.wire.arrive(&record[cut..]);
            let expected = if cut == 0 {
                Ok(b"hello".to_vec())
            } else {
                Err(DisconnectReason::Other)
            };
            assert_eq!(open.received(), expected, "cut at {cut}");
        });
    }
}

#[test]
fn a_write_ends_with_its_record_or_with_the_link() {
    with_link(|open| {
        let sent = open.exchange(&mut [], b"a message", ready(()));
        assert_eq!(
            sent,
            Poll::Ready(Ok(Moved::Sent(9))),
            "whole, although it may stop"
        );
        open.wire.is_stuck.set(true);
        let (wire, time) = (open.wire.clone(), open.time.clone());
        {
            let mut exchange = pin!(open.link.exchange(&mut [], b"more", ready(())));
            assert!(poll(exchange.as_mut()).is_pending());
            wire.is_stuck.set(false);
            assert_eq!(
                poll(exchange),
                Poll::Ready(Ok(Moved::Sent(4))),
                "it was not given up"
            );
        }
        wire.is_stuck.set(true);
        {
            let mut exchange = pin!(open.link.exchange(&mut [], b"more", ready(())));
            assert!(poll(exchange.as_mut()).is_pending());
            time.pass(STALL.as_millis());
            assert_eq!(poll(exchange), Poll::Ready(Err(DisconnectReason::TimedOut)));
        }
        assert_eq!(
            open.received(),
            Err(DisconnectReason::Other),
            "half a record was sent"
        );
    });
    with_link(|open| {
        open.wire.is_stuck.set(true);
        assert!(open.exchange(&mut [], b"dropped", pending()).is_pending());
        open.wire.is_stuck.set(false);
        let next = open.exchange(&mut [], b"dropped", pending());
        assert_eq!(next, Poll::Ready(Err(DisconnectReason::Other)));
    });
}

#[test]
fn tickets_are_dropped_and_other_handshake_messages_end_the_link() {
    let ticket = message(4, &[0, 0, 0, 9, 0, 0, 0, 9, 1, 1, 0, 1, 7, 0, 0]);
    with_link(|open| {
        for data in [b"one", b"two"] {
            open.server.say(&[ticket.clone(), ticket.clone()].concat());
            let records = [open.server.take(), open.record(data)].concat();
            open.wire.arrive(&records);
            assert_eq!(open.received(), Ok(data.to_vec()));
        }
    });
    for refused in [
        message(8, &[0, 0]),
        message(13, &[0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3]),
        message(20, &[5; 32]),
        message(24, &[0]),
        [ticket.clone(), message(8, &[0, 0])].concat(),
        ticket[..9].to_vec(),
    ] {
        with_link(|open| {
            open.server.say(&refused);
            let records = [open.server.take(), open.record(b"after it")].concat();
            open.wire.arrive(&records);
            assert_eq!(
                open.received(),
                Err(DisconnectReason::TlsFailed),
                "{refused:?}"
            );
        });
    }
}

#[test]
fn a_record_under_another_header_than_it_was_sealed_with_is_refused() {
    for minor in [0, 1, 2, 4, 0xfe, 0xff] {
        with_link(|open| {
            let mut record = open.record(b"hello");
            record[2] = minor;
            open.wire.arrive(&record);
            assert_eq!(open.received(), Err(DisconnectReason::TlsFailed), "{minor}");
        });
    }
}
