//! Opening links: every way to fail, deadlines and wakes.

mod support;

use slack_rtm_std::{Dialer, DisconnectReason, Peer, Security, Trust};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use support::{Authority, connect, peer, read_to_end, reset_on_drop, serve, serve_tls, within};

#[test]
fn an_invalid_certificate_is_untrusted() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    for (fault, config) in [
        ("unknown root", theirs.good_server()),
        ("another host", ours.server("slack.example", (2020, 2100))),
        ("expired", ours.server("localhost", (2019, 2020))),
        ("not yet valid", ours.server("localhost", (2090, 2100))),
    ] {
        let (address, server) = serve_tls(config, |_| ());
        let error = connect(ours.trust(), address, Security::Tls).unwrap_err();
        assert_eq!(
            error.reason(),
            DisconnectReason::Untrusted,
            "{fault}: {error}"
        );
        let seen_by_server = server.join().unwrap().unwrap_err().to_string();
        assert!(
            seen_by_server.contains("alert"),
            "{fault}: {seen_by_server}"
        );
    }
}

#[test]
fn a_good_certificate_opens_the_link_and_the_server_learns_the_name() {
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.good_server(), |stream| {
        stream.conn.server_name().map(str::to_owned)
    });
    let client = connect(authority.trust(), address, Security::Tls).unwrap();
    assert_eq!(client.link.peer_address().unwrap(), address);
    assert_eq!(
        server.join().unwrap().unwrap().as_deref(),
        Some("localhost")
    );
}

#[test]
fn an_address_as_host_needs_a_certificate_for_that_address() {
    let authority = Authority::new();
    for (name, wanted) in [
        ("127.0.0.1", None),
        ("127.0.0.2", Some(DisconnectReason::Untrusted)),
    ] {
        let (address, _server) = serve_tls(authority.server(name, (2020, 2100)), |_| ());
        let dialer = Dialer::new(authority.trust()).unwrap();
        let until = within(&dialer, 5_000);
        let outcome = dialer.dial(peer("127.0.0.1", address, Security::Tls), until);
        assert_eq!(outcome.err().map(|error| error.reason()), wanted, "{name}");
    }
}

#[test]
fn without_roots_every_server_is_untrusted() {
    let config = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    let trust = Trust::with_config(std::sync::Arc::new(config));
    let (address, _server) = serve_tls(Authority::new().good_server(), |_| ());
    let error = connect(trust, address, Security::Tls).unwrap_err();
    assert_eq!(error.reason(), DisconnectReason::Untrusted, "{error}");
}

#[test]
fn a_server_that_breaks_the_handshake_is_reported_by_the_way_it_broke() {
    let trust = Authority::new().trust();
    type Script = fn(TcpStream);
    let cases: [(&str, Script, DisconnectReason); 4] = [
        (
            "speaks HTTP",
            |mut tcp| {
                tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
                read_to_end(tcp);
            },
            DisconnectReason::TlsFailed,
        ),
        (
            "sends a fatal alert",
            |mut tcp| {
                // RFC 8446 section 6: alert, TLS 1.2, two bytes: fatal, handshake_failure
                tcp.write_all(&[21, 3, 3, 0, 2, 2, 40]).unwrap();
                read_to_end(tcp);
            },
            DisconnectReason::TlsFailed,
        ),
        (
            "closes after the ClientHello",
            |mut tcp| {
                let _ = tcp.read(&mut [0; 4096]);
            },
            DisconnectReason::Truncated,
        ),
        (
            "resets after the ClientHello",
            |mut tcp| {
                let _ = tcp.read(&mut [0; 4096]);
                reset_on_drop(&tcp);
            },
            DisconnectReason::Reset,
        ),
    ];
    for (fault, script, reason) in cases {
        let (address, server) = serve(script);
        let error = connect(trust.clone(), address, Security::Tls).unwrap_err();
        assert_eq!(error.reason(), reason, "{fault}: {error}");
        server.join().unwrap();
    }
}

#[test]
fn a_closed_port_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for security in [Security::Cleartext, Security::Tls] {
        let error = connect(Trust::platform(), address, security).unwrap_err();
        assert_eq!(error.reason(), DisconnectReason::Refused, "{error}");
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }
}

#[test]
fn a_name_that_does_not_exist_is_not_found() {
    let dialer = Dialer::new(Trust::platform()).unwrap();
    // RFC 6761 section 6.4: "invalid" never resolves.
    let host = "no-such-host.invalid";
    let until = within(&dialer, 30_000);
    let error = dialer
        .dial(
            Peer {
                host,
                port: 443,
                security: Security::Tls,
            },
            until,
        )
        .unwrap_err();
    assert_eq!(error.reason(), DisconnectReason::NameNotFound, "{error}");
    assert!(error.to_string().contains(host), "{error}");
}

#[test]
fn the_deadline_holds_at_each_step() {
    const LIMIT: u64 = 150;
    let (silent, _tls_server) = serve(read_to_end);
    let (slow, _slow_server) = serve(|mut tcp| {
        // A handshake record of the maximum length, byte by byte.
        let _ = tcp.write_all(&[22, 3, 3, 0x3f, 0xff]);
        while tcp.write_all(&[2]).is_ok() {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let full = full_listener();
    let cases: [(&str, SocketAddr, bool); 4] = [
        ("the name server is silent", silent, true),
        ("the address is silent", full.address, false),
        ("the TLS server is silent", silent, false),
        ("the TLS server drips", slow, false),
    ];
    for (fault, address, lookup_stalls) in cases {
        let dialer = Dialer::new(Authority::new().trust())
            .unwrap()
            .with_lookup(move |_, _| {
                if lookup_stalls {
                    thread::sleep(Duration::from_secs(2));
                }
                Ok(vec![address])
            });
        let begin = Instant::now();
        let until = within(&dialer, LIMIT);
        let error = dialer
            .dial(peer("localhost", address, Security::Tls), until)
            .unwrap_err();
        let took = begin.elapsed();
        assert_eq!(
            error.reason(),
            DisconnectReason::TimedOut,
            "{fault}: {error}"
        );
        assert!(
            took >= Duration::from_millis(LIMIT - 1),
            "{fault}: {took:?}"
        );
        assert!(
            took < Duration::from_millis(LIMIT + 350),
            "{fault}: {took:?}"
        );
    }
}

/// RFC 8305 section 5: the next attempt starts while the first one is pending.
#[test]
fn a_silent_address_loses_to_the_next_after_the_attempt_delay() {
    let silent = full_listener();
    let (open, _server) = serve(read_to_end);
    let addresses = vec![silent.address, open];
    let dialer = Dialer::new(Trust::platform())
        .unwrap()
        .with_lookup(move |_, _| Ok(addresses.clone()));
    let begin = Instant::now();
    let until = within(&dialer, 5_000);
    let link = dialer.dial(peer("localhost", open, Security::Cleartext), until);
    let took = begin.elapsed();
    assert_eq!(link.unwrap().peer_address().unwrap(), open);
    assert!(took >= Duration::from_millis(249), "{took:?}");
    assert!(took < Duration::from_millis(900), "{took:?}");
}

#[test]
fn a_waker_interrupts_every_step_and_the_dial_goes_on() {
    let authority = Authority::new();
    let (go_lookup, lookup_gate) = mpsc::channel::<()>();
    let (go_server, server_gate) = mpsc::channel::<()>();
    let config = authority.good_server();
    let (address, server) = serve(move |tcp| {
        server_gate.recv().unwrap();
        support::accept_tls(config, tcp).map(drop)
    });
    let lookup_gate = std::sync::Mutex::new(lookup_gate);
    let dialer = Dialer::new(authority.trust())
        .unwrap()
        .with_lookup(move |_, _| {
            lookup_gate.lock().unwrap().recv().unwrap();
            Ok(vec![address])
        });
    let until = within(&dialer, 5_000);
    let mut dialing = dialer.start(peer("localhost", address, Security::Tls), until);
    for gate in [go_lookup, go_server] {
        dialer.waker().wake();
        assert!(matches!(dialing.advance(&dialer), Ok(None)));
        let waker = dialer.waker();
        let other = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            waker.wake();
        });
        assert!(matches!(dialing.advance(&dialer), Ok(None)));
        other.join().unwrap();
        gate.send(()).unwrap();
    }
    assert!(matches!(dialing.advance(&dialer), Ok(Some(_))));
    server.join().unwrap().unwrap();
}

#[test]
fn a_wake_during_a_blocking_dial_ends_the_wait_after_it() {
    let (address, _server) = serve(read_to_end);
    let dialer = Dialer::new(Trust::platform()).unwrap();
    dialer.waker().wake();
    let until = within(&dialer, 5_000);
    let host = address.ip().to_string();
    let link = dialer.dial(peer(&host, address, Security::Cleartext), until);
    assert!(link.is_ok());
    let begin = Instant::now();
    dialer.pause(within(&dialer, 5_000)).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1));
}

struct FullListener {
    address: SocketAddr,
    _listener: socket2::Socket,
    _waiting: Vec<socket2::Socket>,
}

/// A listener with a full queue: the system drops further connection attempts.
fn full_listener() -> FullListener {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let waiting = (0..4)
        .map(|_| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            let _ = socket.connect(&address);
            socket
        })
        .collect();
    FullListener {
        address: address.as_socket().unwrap(),
        _listener: listener,
        _waiting: waiting,
    }
}
