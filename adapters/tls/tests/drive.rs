//! The driver between an open connection in memory and two pipes of the application.

mod support;

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embedded_io::ErrorKind;
use embedded_io_async::{Read, Write};
use support::{Server, now, poll, with_connection};
use verified_tls::{Connection, Halves, TlsError};

/// The pipe of one direction.
type Plain = embassy_sync::pipe::Pipe<NoopRawMutex, 256>;

/// A driver that runs, with its server and the application's pipes.
struct Driven<'d> {
    driver: Pin<&'d mut dyn Future<Output = Result<(), TlsError>>>,
    inbound: &'d Plain,
    outbound: &'d Plain,
    stop: &'d Cell<bool>,
    server: Server,
    received: Vec<u8>,
    seed: u32,
}

impl Driven<'_> {
    /// Lets the driver run as far as it can; the application takes nothing.
    fn run(&mut self) -> Poll<Result<(), TlsError>> {
        poll(self.driver.as_mut())
    }

    /// Runs the driver and an application that takes all there is, each time by a future that is
    /// polled once and dropped, until neither can do more.
    fn receive(&mut self) -> Poll<Result<(), TlsError>> {
        loop {
            let result = self.run();
            let before = self.received.len();
            loop {
                self.seed = self
                    .seed
                    .wrapping_mul(1_664_525)
                    .wrapping_add(1_013_904_223);
                let mut space = vec![0; 1 + (self.seed >> 24) as usize];
                match poll(pin!(self.inbound.read(&mut space))) {
                    Poll::Ready(count) => self.received.extend_from_slice(&space[..count]),
                    Poll::Pending => break,
                }
            }
            if result.is_ready() || before == self.received.len() {
                return result;
            }
        }
    }

    /// Sends by futures that are polled and dropped; the driver runs in between.
    fn send(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if let Poll::Ready(count) = poll(pin!(self.outbound.write(data))) {
                data = &data[count..];
            }
            assert!(self.receive().is_pending());
        }
    }

    /// The application data and the alerts that the server has received.
    fn sent(&mut self) -> (Vec<u8>, Vec<Vec<u8>>) {
        let (mut data, mut alerts) = (Vec::new(), Vec::new());
        for (content, kind) in self.server.received() {
            match kind {
                23 => data.extend_from_slice(&content),
                21 => alerts.push(content),
                _ => panic!("content type {kind}"),
            }
        }
        (data, alerts)
    }
}

/// Opens a connection and drives it.
fn drive<T>(test: impl FnOnce(Driven<'_>) -> T) -> T {
    with_connection(|connection, mut server| {
        server.received();
        let (inbound, outbound) = (Plain::new(), Plain::new());
        let stop = Cell::new(false);
        let stopped = poll_fn(|_| match stop.get() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        });
        let driver = pin!(to_the_end(connection, &inbound, &outbound, stopped));
        test(Driven {
            driver,
            inbound: &inbound,
            outbound: &outbound,
            stop: &stop,
            server,
            received: Vec::new(),
            seed: 1,
        })
    })
}

/// Drives a connection, and closes it in order when it was asked to stop.
async fn to_the_end<R: Read, W: Write>(
    mut connection: Connection<'_, &Halves<R, W>>,
    inbound: impl Write,
    outbound: impl Read,
    stop: impl Future<Output = ()>,
) -> Result<(), TlsError> {
    connection.drive(inbound, outbound, stop).await?;
    connection.close().await.map(drop)
}

const CLOSE_NOTIFY: [u8; 2] = [1, 0];

fn data(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

#[test]
fn records_arrive_whole_whatever_their_size_and_wherever_they_are_split() {
    drive(|mut driven| {
        // Payloads of 1 + 17, 8,320 and 16,401 bytes: the last is the longest without padding.
        for length in [1, 8_320 - 17, 16_384] {
            let data = data(length);
            let whole = 5 + length + 17;
            for cut in 0..=whole {
                let record = driven.server.record(&data);
                assert_eq!(record.len(), whole);
                driven.server.arriving.put(&record[..cut]);
                assert!(driven.receive().is_pending());
                driven.server.arriving.put(&record[cut..]);
                assert!(driven.receive().is_pending());
                assert!(driven.received == data, "{length} bytes cut at {cut}");
                driven.received.clear();
            }
        }
    });
}

#[test]
fn records_of_every_size_arrive_with_and_without_padding() {
    drive(|mut driven| {
        let sizes = (0..600)
            .chain((600..16_000).step_by(97))
            .chain(16_300..=16_384);
        for length in sizes {
            let data = data(length);
            for padding in [0, 1, 239] {
                let inner = [data.as_slice(), &[23], &vec![0; padding]].concat();
                driven.server.session.seal(&inner);
                let record = driven.server.session.take();
                driven.server.arriving.put(&record);
                assert!(driven.receive().is_pending());
                assert!(
                    driven.received == data,
                    "{length} bytes, {padding} of padding"
                );
                driven.received.clear();
            }
        }
    });
}

#[test]
fn both_directions_go_on_while_writes_stall_at_every_byte() {
    for reads in [1, 7, 0] {
        drive(|mut driven| {
            driven.server.arriving.limit_reads(reads);
            let (up, down) = (data(3_000), data(5_000));
            let (mut to_send, mut to_arrive) = (up.as_slice(), down.as_slice());
            let (mut sent, mut turns) = (Vec::new(), 0);
            while sent.len() < up.len() || driven.received.len() < down.len() {
                // One byte at a time leaves.
                driven.server.leaving.limit_space(Some(1));
                if let Poll::Ready(count) = poll(pin!(driven.outbound.write(to_send)))
                    && !to_send.is_empty()
                {
                    to_send = &to_send[count..];
                }
                if turns % 3 == 0 && !to_arrive.is_empty() {
                    let (record, rest) = to_arrive.split_at(to_arrive.len().min(11));
                    driven.server.send(record);
                    to_arrive = rest;
                }
                assert!(driven.receive().is_pending());
                let (bytes, alerts) = driven.sent();
                sent.extend(bytes);
                assert!(alerts.is_empty());
                turns += 1;
                assert!(turns < 20_000, "it makes progress");
            }
            assert!(sent == up && driven.received == down);
        });
    }
}

#[test]
fn the_application_drops_its_futures_at_every_await_and_loses_nothing() {
    drive(|mut driven| {
        let (up, down) = (data(20_000), data(20_000));
        for (up, down) in up.chunks(999).zip(down.chunks(999)) {
            driven.server.send(down);
            driven.send(up);
        }
        assert!(driven.sent().0 == up && driven.received == down);
    });
}

/// The server sends more than the application has taken, perhaps closes, and takes nothing more.
#[test]
fn what_arrived_before_a_write_failed_is_received() {
    for closes in [false, true] {
        drive(|mut driven| {
            let data = data(1_000);
            driven.server.send(&data);
            if closes {
                driven.server.session.seal(&[1, 0, 21]);
                let record = driven.server.session.take();
                driven.server.arriving.put(&record);
            }
            driven.server.leaving.limit_space(Some(0));
            driven.server.leaving.break_off(true);
            assert_eq!(now(driven.outbound.write(b"a message")), 9);
            let end = match closes {
                true => TlsError::Closed,
                false => TlsError::Transport(ErrorKind::BrokenPipe),
            };
            let result = loop {
                if let Poll::Ready(result) = driven.receive() {
                    break result;
                }
            };
            assert_eq!(result, Err(end));
            assert!(driven.received == data, "{}", driven.received.len());
        });
    }
}

#[test]
fn records_without_content_and_without_end_are_read_with_pauses() {
    drive(|mut driven| {
        for _ in 0..1_000 {
            driven.server.send(&[]);
        }
        driven.server.send(b"a message");
        let mut turns = 0;
        while driven.received.is_empty() {
            let mut cx = Context::from_waker(Waker::noop());
            assert!(driven.driver.as_mut().poll(&mut cx).is_pending());
            let mut space = [0; 16];
            if let Poll::Ready(count) = poll(pin!(driven.inbound.read(&mut space))) {
                driven.received.extend_from_slice(&space[..count]);
            }
            turns += 1;
        }
        assert_eq!(driven.received, b"a message");
        assert!(turns > 10, "{turns}");
    });
}

#[test]
fn a_server_that_takes_nothing_is_still_heard() {
    drive(|mut driven| {
        driven.server.leaving.limit_space(Some(3));
        assert_eq!(now(driven.outbound.write(b"a message")), 9);
        for round in 0..100_u8 {
            driven.server.send(&[round; 300]);
            assert!(driven.receive().is_pending());
            assert_eq!(driven.received, [round; 300]);
            driven.received.clear();
        }
        driven.server.leaving.limit_space(None);
        assert!(driven.run().is_pending());
        assert_eq!(driven.sent(), (b"a message".to_vec(), vec![]));
    });
}

#[test]
fn an_application_that_takes_nothing_holds_the_server_back_and_can_still_send() {
    drive(|mut driven| {
        let down = data(16_384);
        driven.server.send(&down);
        driven.server.send(b"after it");
        for round in 0..100_u8 {
            assert!(driven.run().is_pending());
            assert_eq!(now(driven.outbound.write(&[round])), 1);
            assert!(driven.run().is_pending());
            assert_eq!(driven.sent(), (vec![round], vec![]));
        }
        assert!(driven.receive().is_pending());
        assert!(driven.received == [&down[..], b"after it"].concat());
    });
}

#[test]
fn bytes_that_are_ready_together_share_a_record() {
    drive(|mut driven| {
        for _ in 0..25 {
            assert_eq!(now(driven.outbound.write(b"0123456789")), 10);
        }
        assert!(driven.run().is_pending());
        let records = driven.server.received();
        assert_eq!(records, [(b"0123456789".repeat(25), 23)]);
    });
}

#[test]
fn a_stop_sends_what_is_ready_and_close_notify_however_writes_stall() {
    for space in 0..80 {
        drive(|mut driven| {
            driven.server.leaving.limit_space(Some(space));
            assert_eq!(now(driven.outbound.write(b"last")), 4);
            driven.stop.set(true);
            let is_sent = space >= (5 + 4 + 17) + (5 + 2 + 17);
            let mut result = driven.receive();
            assert_eq!(
                result,
                [Poll::Pending, Poll::Ready(Ok(()))][usize::from(is_sent)]
            );
            if !is_sent {
                driven.server.leaving.limit_space(None);
                result = driven.receive();
            }
            assert_eq!(result, Poll::Ready(Ok(())), "{space}");
            let expected = (b"last".to_vec(), vec![CLOSE_NOTIFY.to_vec()]);
            assert_eq!(driven.sent(), expected, "{space}");
        });
    }
}

#[test]
fn a_stop_is_not_delayed_by_an_application_that_takes_nothing() {
    drive(|mut driven| {
        driven.server.send(&data(1_000));
        assert!(driven.run().is_pending());
        driven.stop.set(true);
        assert_eq!(driven.run(), Poll::Ready(Ok(())));
        assert_eq!(driven.sent(), (vec![], vec![CLOSE_NOTIFY.to_vec()]));
    });
}

#[test]
fn the_end_of_the_outbound_bytes_ends_the_connection_in_order() {
    with_connection(|connection, mut server| {
        server.received();
        let inbound = Plain::new();
        let request = data(1_000);
        let driver = pin!(to_the_end(
            connection,
            &inbound,
            request.as_slice(),
            pending()
        ));
        assert_eq!(poll(driver), Poll::Ready(Ok(())));
        let records = server.received();
        let (last, records) = records.split_last().unwrap();
        assert_eq!(last, &(CLOSE_NOTIFY.to_vec(), 21));
        let sent: Vec<u8> = records.iter().flat_map(|it| it.0.clone()).collect();
        assert_eq!(sent, request);
    });
}

#[test]
fn every_byte_before_the_end_is_received_and_the_ends_differ() {
    type End = fn(&mut Server);
    let ends: [(End, TlsError); 3] = [
        (Server::close, TlsError::Closed),
        (|server| server.arriving.close(), TlsError::Truncated),
        (
            |server| server.arriving.put(&[23, 3, 3, 0, 20, 1]),
            TlsError::Truncated,
        ),
    ];
    for (end, expected) in ends {
        drive(|mut driven| {
            let down = data(5_000);
            driven.server.send(&down);
            end(&mut driven.server);
            driven.server.arriving.close();
            assert_eq!(driven.receive(), Poll::Ready(Err(expected)));
            assert!(driven.received == down);
            assert_eq!(driven.sent(), (vec![], vec![]));
        });
    }
}

#[test]
fn a_driver_dropped_at_any_moment_ends_the_connection_and_sends_nothing_more() {
    for space in 0..40 {
        with_connection(|connection, mut server| {
            server.received();
            let (inbound, outbound) = (Plain::new(), Plain::new());
            {
                let mut driver = pin!(to_the_end(connection, &inbound, &outbound, pending()));
                server.leaving.limit_space(Some(space));
                assert_eq!(now(outbound.write(b"message")), 7);
                let record = server.record(b"hello");
                server.arriving.put(&record[..space.min(record.len() - 1)]);
                assert!(poll(driver.as_mut()).is_pending());
            }
            server.leaving.limit_space(None);
            let whole = space >= 5 + 7 + 17;
            let expected: &[(Vec<u8>, u8)] = &[(b"message".to_vec(), 23)];
            assert_eq!(server.received(), expected[..usize::from(whole)]);
        });
    }
}
