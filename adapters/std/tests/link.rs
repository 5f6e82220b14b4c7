//! Open links: moving bytes, the ways to end, and wakes.

mod support;

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm_std::{DisconnectReason, Link, Security};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use support::{
    Authority, Client, TlsStream, connect, read_to_end, reset_on_drop, serve, serve_tls, within,
};

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

/// Opens a cleartext and a TLS link to servers that run the same script.
fn both_links(
    script: impl Fn(&mut dyn Stream) + Clone + Send + 'static,
) -> Vec<(Security, Client)> {
    let authority = Authority::new();
    let cleartext_script = script.clone();
    let (cleartext, _) = serve(move |mut tcp| cleartext_script(&mut tcp));
    let (secure, _) = serve_tls(authority.good_server(), move |mut tls| script(&mut tls));
    [(Security::Cleartext, cleartext), (Security::Tls, secure)]
        .map(|(security, address)| {
            let client = connect(authority.trust(), address, security).unwrap();
            (security, client)
        })
        .into()
}

/// The server's end of a link of either kind.
trait Stream: Read + Write {
    fn end(&mut self);
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn end(&mut self) {
        self.shutdown(Shutdown::Write).unwrap();
    }

    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream {
    fn end(&mut self) {
        self.conn.send_close_notify();
        self.flush().unwrap();
        self.sock.shutdown(Shutdown::Write).unwrap();
    }

    fn tcp(&self) -> &TcpStream {
        &self.sock
    }
}

#[test]
fn all_bytes_arrive_before_the_end_is_reported() {
    let script = |stream: &mut dyn Stream| {
        stream.write_all(&pattern(300_000)).unwrap();
        stream.end();
        read_to_end(stream);
    };
    for (security, mut client) in both_links(script) {
        let mut memory = [0; RecvBuf::MIN];
        let (received, end) = client.receive_all(&mut RecvBuf::new(&mut memory));
        assert!(received == pattern(300_000), "{security:?}");
        assert_eq!(end, DisconnectReason::Closed, "{security:?}");
    }
}

#[test]
fn a_fin_without_close_notify_is_truncated_on_tls_only() {
    let script = |stream: &mut dyn Stream| {
        stream.write_all(b"half a mess").unwrap();
        stream.flush().unwrap();
        stream.tcp().shutdown(Shutdown::Write).unwrap();
        read_to_end(stream);
    };
    for (security, mut client) in both_links(script) {
        let mut memory = [0; RecvBuf::MIN];
        let outcome = client.receive_all(&mut RecvBuf::new(&mut memory));
        let end = match security {
            Security::Cleartext => DisconnectReason::Closed,
            Security::Tls => DisconnectReason::Truncated,
        };
        assert_eq!(outcome, (b"half a mess".to_vec(), end), "{security:?}");
    }
}

#[test]
fn a_reset_is_reported_as_reset() {
    let script = |stream: &mut dyn Stream| {
        let mut first = [0; 1];
        stream.read_exact(&mut first).unwrap();
        reset_on_drop(stream.tcp());
    };
    for (security, mut client) in both_links(script) {
        let mut memory = [0; RecvBuf::MIN];
        let outcome = client.send_and_receive_all(b"x", &mut RecvBuf::new(&mut memory));
        assert_eq!(
            outcome,
            (Vec::new(), DisconnectReason::Reset),
            "{security:?}"
        );
    }
}

#[test]
fn bytes_that_were_sent_before_a_reset_still_arrive() {
    // A response before the request was read, then a close with unread bytes: a reset.
    let script = |stream: &mut dyn Stream| {
        stream.write_all(b"413 too large").unwrap();
        stream.flush().unwrap();
        thread::sleep(Duration::from_millis(20));
        reset_on_drop(stream.tcp());
    };
    for (security, mut client) in both_links(script) {
        let mut memory = vec![0; 32 << 20];
        let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
        tx.append(0, |sink| sink.put(&pattern(31 << 20)));
        let mut memory = [0; RecvBuf::MIN];
        let mut rx = RecvBuf::new(&mut memory);
        // The reset has arrived before the first exchange.
        thread::sleep(Duration::from_millis(60));
        let end = loop {
            let until = within(&client.dialer, 5_000);
            match client.link.exchange(&mut rx, &mut tx, until) {
                Ok(progress) => assert!(progress.received + progress.sent > 0, "{security:?}"),
                Err(error) => break error.reason(),
            }
        };
        assert_eq!(end, DisconnectReason::Reset, "{security:?}");
        assert_eq!(rx.unread(), b"413 too large", "{security:?}");
    }
}

#[test]
fn bytes_that_are_not_a_tls_record_end_the_link_and_an_alert_is_sent() {
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.good_server(), |mut tls| {
        tls.sock.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        tls.read(&mut [0; 1]).unwrap_err().to_string()
    });
    let mut client = connect(authority.trust(), address, Security::Tls).unwrap();
    let mut memory = [0; RecvBuf::MIN];
    let (_, end) = client.receive_all(&mut RecvBuf::new(&mut memory));
    assert_eq!(end, DisconnectReason::TlsFailed);
    let seen_by_server = server.join().unwrap().unwrap();
    assert!(seen_by_server.contains("alert"), "{seen_by_server}");
}

#[test]
fn a_peer_that_has_ended_its_side_is_still_written_to() {
    // RFC 9293 section 3.6: a connection can be closed in one direction.
    let (address, server) = serve(|mut tcp| {
        tcp.write_all(b"bye").unwrap();
        tcp.shutdown(Shutdown::Write).unwrap();
        read_to_end(tcp)
    });
    let mut client = connect(Authority::new().trust(), address, Security::Cleartext).unwrap();
    let mut memory = [0; RecvBuf::MIN];
    let mut rx = RecvBuf::new(&mut memory);
    assert_eq!(client.receive_all(&mut rx).1, DisconnectReason::Closed);
    let mut memory = [0; SendBuf::MIN];
    let mut tx = SendBuf::new(&mut memory);
    tx.append(0, |sink| sink.put(b"last words"));
    client.link.close(&mut tx, within(&client.dialer, 1_000));
    assert_eq!(server.join().unwrap(), b"last words");
}

#[test]
fn reading_goes_on_while_a_write_is_stuck_and_the_deadline_bounds_both() {
    // The server sends and does not read: writing to it gets stuck.
    let script = |stream: &mut dyn Stream| {
        for _ in 0..50 {
            thread::sleep(Duration::from_millis(2));
            stream.write_all(&[7; 100]).unwrap();
            stream.flush().unwrap();
        }
        thread::sleep(Duration::from_secs(2));
    };
    for (security, mut client) in both_links(script) {
        let mut memory = vec![0; 8 << 20];
        let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
        let load = pattern(8 << 20);
        let (queued, _) = tx.append(0, |sink| sink.put(&load));
        let mut memory = [0; 1024];
        let mut rx = RecvBuf::new(&mut memory);
        let (mut received, mut sent) = (0, 0);
        loop {
            let begin = Instant::now();
            let until = within(&client.dialer, 300);
            let progress = client.link.exchange(&mut rx, &mut tx, until).unwrap();
            received += progress.received;
            sent += progress.sent;
            rx.consume(rx.unread().len());
            let took = begin.elapsed();
            if progress.received > 0 {
                // The bytes ended the wait, not the deadline.
                assert!(took < Duration::from_millis(250), "{security:?}: {took:?}");
            }
            if progress.received == 0 && progress.sent == 0 {
                assert!(!progress.woken);
                assert!(took >= Duration::from_millis(299), "{security:?}: {took:?}");
                assert!(took < Duration::from_millis(600), "{security:?}: {took:?}");
                break;
            }
        }
        assert_eq!(received, 5_000, "{security:?}");
        assert!(
            sent > 0 && !tx.is_empty(),
            "{security:?}: the write got stuck"
        );
        assert_eq!(sent + tx.pending().len(), queued, "{security:?}");
    }
}

#[test]
fn a_stuck_write_goes_on_where_it_stopped() {
    const SIZE: usize = 16 << 20;
    let (result, results) = mpsc::channel();
    let script = move |stream: &mut dyn Stream| {
        thread::sleep(Duration::from_millis(150));
        result.send(read_to_end(stream)).unwrap();
    };
    for (security, mut client) in both_links(script) {
        let load = pattern(SIZE);
        let (mut rx_memory, mut tx_memory) = ([0; RecvBuf::MIN], vec![0; 300_000]);
        let mut rx = RecvBuf::new(&mut rx_memory);
        let mut tx = SendBuf::try_from(&mut tx_memory[..]).unwrap();
        let mut appended = 0;
        while appended < SIZE || !tx.is_empty() {
            let part = &load[appended..load.len().min(appended + 300_000)];
            appended += tx.append(0, |sink| sink.put(part)).0;
            let until = within(&client.dialer, 5_000);
            let progress = client.link.exchange(&mut rx, &mut tx, until).unwrap();
            assert!(progress.sent > 0, "{security:?}: stalled");
        }
        client.link.close(&mut tx, within(&client.dialer, 1_000));
        assert!(results.recv().unwrap() == load, "{security:?}");
    }
}

#[test]
fn bytes_count_as_sent_when_their_record_was_written() {
    let (go, gate) = mpsc::channel::<()>();
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.good_server(), move |tls| {
        gate.recv().unwrap();
        let pause = Some(Duration::from_millis(200));
        tls.sock.set_read_timeout(pause).unwrap();
        read_to_end(tls).len()
    });
    let mut client = connect(authority.trust(), address, Security::Tls).unwrap();
    let (mut rx_memory, mut tx_memory) = ([0; RecvBuf::MIN], vec![0; 16 << 20]);
    let mut rx = RecvBuf::new(&mut rx_memory);
    let mut tx = SendBuf::try_from(&mut tx_memory[..]).unwrap();
    tx.append(0, |sink| sink.put(&pattern(16 << 20)));
    let mut sent = 0;
    loop {
        let until = within(&client.dialer, 100);
        match client.link.exchange(&mut rx, &mut tx, until).unwrap().sent {
            0 => break,
            count => sent += count,
        }
    }
    // The server receives every record that was written completely, and no other.
    go.send(()).unwrap();
    assert_eq!(server.join().unwrap().unwrap(), sent);
}

/// A request whose record has left in part counts as not sent. If it is withdrawn, it must not arrive.
#[test]
fn bytes_that_are_withdrawn_do_not_arrive_when_the_link_is_closed() {
    let (go, gate) = mpsc::channel::<()>();
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.good_server(), move |tls| {
        gate.recv().unwrap();
        read_to_end(tls).len()
    });
    let mut client = connect(authority.trust(), address, Security::Tls).unwrap();
    let (mut rx_memory, mut tx_memory) = ([0; RecvBuf::MIN], vec![0; 16 << 20]);
    let mut rx = RecvBuf::new(&mut rx_memory);
    let mut tx = SendBuf::try_from(&mut tx_memory[..]).unwrap();
    tx.append(0, |sink| sink.put(&pattern(16 << 20)));
    let mut sent = 0;
    loop {
        let until = within(&client.dialer, 100);
        match client.link.exchange(&mut rx, &mut tx, until).unwrap().sent {
            0 => break,
            count => sent += count,
        }
    }
    tx.clear();
    go.send(()).unwrap();
    client.link.close(&mut tx, within(&client.dialer, 5_000));
    assert_eq!(server.join().unwrap().unwrap(), sent);
}

#[test]
fn much_goes_both_ways_at_once_past_a_slow_reader() {
    const SIZE: usize = 3 << 20;
    let script = |stream: &mut dyn Stream| {
        // An echo with small reads, and pauses.
        let mut buffer = [0; 1500];
        let mut count = 0;
        while count < SIZE {
            let read = stream.read(&mut buffer).unwrap();
            stream.write_all(&buffer[..read]).unwrap();
            count += read;
            if count % 64 == 0 {
                thread::sleep(Duration::from_micros(200));
            }
        }
        stream.end();
        read_to_end(stream);
    };
    for (security, mut client) in both_links(script) {
        let load = pattern(SIZE);
        let (mut rx_memory, mut tx_memory) = ([0; 2048], [0; 40_000]);
        let mut rx = RecvBuf::new(&mut rx_memory);
        let mut tx = SendBuf::new(&mut tx_memory);
        let (mut appended, mut received) = (0, Vec::new());
        let end = loop {
            // Only as much as fits: writing is resumed by the number of bytes already appended.
            let part = &load[appended..load.len().min(appended + 40_000)];
            appended += tx.append(0, |sink| sink.put(part)).0;
            let until = within(&client.dialer, 5_000);
            match client.link.exchange(&mut rx, &mut tx, until) {
                Ok(progress) => assert!(
                    progress.received + progress.sent > 0,
                    "{security:?}: stalled"
                ),
                Err(error) => break error.reason(),
            }
            received.extend_from_slice(rx.unread());
            rx.consume(rx.unread().len());
        };
        assert_eq!(end, DisconnectReason::Closed, "{security:?}");
        assert!(received == load, "{security:?}: {} bytes", received.len());
    }
}

#[test]
fn nothing_is_read_while_there_is_no_room() {
    let script = |stream: &mut dyn Stream| {
        stream.write_all(&pattern(2_000)).unwrap();
        stream.end();
        read_to_end(stream);
    };
    for (security, mut client) in both_links(script) {
        let (mut rx_memory, mut tx_memory) = ([0; RecvBuf::MIN], [0; SendBuf::MIN]);
        let mut rx = RecvBuf::new(&mut rx_memory);
        let mut tx = SendBuf::new(&mut tx_memory);
        while !rx.space().is_empty() {
            let until = within(&client.dialer, 5_000);
            client.link.exchange(&mut rx, &mut tx, until).unwrap();
        }
        let begin = Instant::now();
        let until = within(&client.dialer, 50);
        let progress = client.link.exchange(&mut rx, &mut tx, until).unwrap();
        assert_eq!((progress.received, progress.sent), (0, 0), "{security:?}");
        assert!(begin.elapsed() >= Duration::from_millis(49), "{security:?}");
        let mut received = rx.unread().to_vec();
        rx.consume(received.len());
        let (rest, end) = client.receive_all(&mut rx);
        received.extend(rest);
        assert_eq!(received, pattern(2_000), "{security:?}");
        assert_eq!(end, DisconnectReason::Closed, "{security:?}");
    }
}

#[test]
fn a_read_limit_holds_for_each_exchange() {
    let script = |stream: &mut dyn Stream| {
        stream.write_all(&pattern(100)).unwrap();
        stream.end();
        read_to_end(stream);
    };
    for (security, mut client) in both_links(script) {
        client.link.limit_reads(NonZeroUsize::new(7).unwrap());
        let (mut rx_memory, mut tx_memory) = ([0; RecvBuf::MIN], [0; SendBuf::MIN]);
        let mut rx = RecvBuf::new(&mut rx_memory);
        let mut tx = SendBuf::new(&mut tx_memory);
        let until = within(&client.dialer, 5_000);
        let progress = client.link.exchange(&mut rx, &mut tx, until).unwrap();
        assert!((1..=7).contains(&progress.received), "{security:?}");
        let rest = client.receive_all(&mut rx);
        assert_eq!(
            rest,
            (pattern(100), DisconnectReason::Closed),
            "{security:?}"
        );
    }
}

#[test]
fn closing_sends_pending_bytes_and_ends_in_order() {
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.good_server(), |mut tls| {
        let mut bytes = Vec::new();
        // Without close_notify this fails: UnexpectedEof.
        tls.read_to_end(&mut bytes).map(|_| bytes)
    });
    let client = connect(authority.trust(), address, Security::Tls).unwrap();
    let mut memory = vec![0; 60_000];
    let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
    tx.append(0, |sink| sink.put(&pattern(50_000)));
    client.link.close(&mut tx, within(&client.dialer, 2_000));
    assert!(server.join().unwrap().unwrap().unwrap() == pattern(50_000));
}

#[test]
fn closing_waits_no_longer_than_its_deadline() {
    let (address, _server) = serve(|_tcp| thread::sleep(Duration::from_secs(3)));
    let client = connect(Authority::new().trust(), address, Security::Cleartext).unwrap();
    let mut memory = vec![0; 8 << 20];
    let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
    tx.append(0, |sink| sink.put(&pattern(8 << 20)));
    let begin = Instant::now();
    client.link.close(&mut tx, within(&client.dialer, 100));
    assert!(begin.elapsed() < Duration::from_millis(500));
}

/// `Waker` ends "the current wait of a thread at once, or its next wait": `close` returns no
/// progress, so the next wait ends.
#[test]
fn a_wake_while_a_link_is_closed_ends_the_next_wait() {
    let (address, _server) = serve(|_tcp| thread::sleep(Duration::from_secs(3)));
    let client = connect(Authority::new().trust(), address, Security::Cleartext).unwrap();
    let mut memory = vec![0; 8 << 20];
    let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
    tx.append(0, |sink| sink.put(&pattern(8 << 20)));
    let waker = client.dialer.waker();
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        waker.wake();
    });
    client.link.close(&mut tx, within(&client.dialer, 300));
    other.join().unwrap();
    let until = within(&client.dialer, 200);
    assert!(client.dialer.pause(until).unwrap().woken);
}

#[test]
fn a_waker_ends_the_wait_at_once() {
    const ROUNDS: u32 = 50;
    let (address, _server) = serve(read_to_end);
    let mut client = connect(Authority::new().trust(), address, Security::Cleartext).unwrap();
    let (mut rx_memory, mut tx_memory) = ([0; RecvBuf::MIN], [0; SendBuf::MIN]);
    let mut rx = RecvBuf::new(&mut rx_memory);
    let mut tx = SendBuf::new(&mut tx_memory);
    let (wake_sender, wakes) = mpsc::channel();
    let (request, requests) = mpsc::channel();
    let waker = client.dialer.waker();
    let other = thread::spawn(move || {
        for () in requests {
            thread::sleep(Duration::from_millis(3));
            wake_sender.send(Instant::now()).unwrap();
            waker.wake();
        }
    });
    let mut latencies = Vec::new();
    for _ in 0..ROUNDS {
        request.send(()).unwrap();
        let until = within(&client.dialer, 5_000);
        let progress = client.link.exchange(&mut rx, &mut tx, until).unwrap();
        assert!(progress.woken);
        latencies.push(wakes.recv().unwrap().elapsed());
    }
    drop(request);
    other.join().unwrap();
    latencies.sort_unstable();
    let median = latencies[latencies.len() / 2];
    println!("median latency of a wake: {median:?}");
    assert!(median < Duration::from_millis(20), "{median:?}");
}

#[test]
fn a_wake_that_comes_with_data_is_not_lost() {
    // A partial TLS record makes the socket ready without any bytes to deliver.
    let authority = Authority::new();
    let (address, _server) = serve_tls(authority.good_server(), |mut tls| {
        tls.sock.write_all(&[23, 3, 3, 0, 200, 1, 2, 3]).unwrap();
        thread::sleep(Duration::from_secs(3));
    });
    let mut client = connect(authority.trust(), address, Security::Tls).unwrap();
    thread::sleep(Duration::from_millis(50));
    client.dialer.waker().wake();
    let (mut rx_memory, mut tx_memory) = ([0; RecvBuf::MIN], [0; SendBuf::MIN]);
    let mut rx = RecvBuf::new(&mut rx_memory);
    let mut tx = SendBuf::new(&mut tx_memory);
    let until = within(&client.dialer, 2_000);
    let progress = client.link.exchange(&mut rx, &mut tx, until).unwrap();
    assert!(progress.woken);
}

#[test]
fn links_can_move_to_another_thread() {
    fn sendable<T: Send>() {}
    sendable::<Link>();
    sendable::<slack_rtm_std::Dialer>();
    sendable::<slack_rtm_std::Waker>();
}
