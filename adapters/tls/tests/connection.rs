//! An open connection in memory: dropped futures, messages of the server between its data,
//! and both halves at once.

mod support;

use std::pin::pin;
use std::task::Poll;

use embedded_io::ErrorKind;
use embedded_io_async::{BufRead as _, Read as _, Write as _};
use hostile_tls::{Session, message};
use support::{Pipe, Server, connect, now, poll, with_connection, with_write_buffer};
use verified_tls::{Connection, MIN_WRITE, RecordError, TlsError};

/// Everything that is received at once.
fn received(connection: &mut Connection<'_, &support::Wire>) -> Result<Vec<u8>, TlsError> {
    let mut space = [0; 100];
    now(connection.read(&mut space)).map(|count| space[..count].to_vec())
}

#[test]
fn a_server_that_never_comes_to_an_end_of_its_handshake_is_given_up() {
    for (say, error) in [
        (&[][..], TlsError::Protocol),
        (&message(8, &[0, 0]), TlsError::Protocol),
    ] {
        let answer = |arriving: &Pipe, leaving: &Pipe| {
            let mut server = Session::new(&leaving.take()[5..]);
            for _ in 0..100 {
                server.say(say);
            }
            arriving.put(&server.take());
        };
        connect("slack.test", MIN_WRITE, answer, |seen, (), _, _| {
            let Poll::Ready(Err(seen)) = seen else {
                panic!("{seen:?}");
            };
            let endless = TlsError::Record(RecordError::EndlessHandshake);
            assert!([error, endless].contains(&seen), "{seen:?}: {say:?}");
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
        let hello = connect(
            host,
            MIN_WRITE,
            |_, leaving| leaving.take(),
            |seen, hello, _, _| {
                assert!(seen.is_pending());
                hello
            },
        );
        let extension = sent_name.map(|name| {
            let length = name.len() as u8;
            let head = [0, 0, 0, length + 5, 0, length + 3, 0, 0, length];
            [&head, name.as_bytes()].concat()
        });
        let holds = |part: &[u8]| hello.windows(part.len()).any(|window| window == part);
        assert_eq!(
            extension.is_some_and(|it| holds(&it)),
            sent_name.is_some(),
            "{host}"
        );
        assert_eq!(holds(host.as_bytes()), sent_name == Some(host), "{host}");
    }
}

#[test]
fn a_read_dropped_between_records_loses_nothing_and_in_one_ends_the_direction() {
    for cut in 0..27 {
        with_connection(|mut connection, mut server| {
            let record = server.record(b"hello");
            assert_eq!(record.len(), 27);
            server.arriving.put(&record[..cut]);
            assert!(poll(pin!(connection.read(&mut [0; 100]))).is_pending());
            server.arriving.put(&record[cut..]);
            let expected = match cut {
                0 => Ok(b"hello".to_vec()),
                _ => Err(TlsError::Interrupted),
            };
            for _ in 0..2 {
                assert_eq!(received(&mut connection), expected, "cut at {cut}");
                server.send(b"hello");
            }
            // What is written is as good as before.
            now(connection.write_all(b"message")).unwrap();
            now(connection.flush()).unwrap();
            assert_eq!(server.received(), [(b"message".to_vec(), 23)]);
        });
    }
}

#[test]
fn a_write_dropped_at_any_byte_ends_the_direction_and_no_nonce_is_used_twice() {
    for space in 0..40 {
        with_connection(|mut connection, mut server| {
            server.received();
            server.leaving.limit_space(Some(space));
            now(connection.write_all(b"a message")).unwrap();
            let is_whole = poll(pin!(connection.flush())).is_ready();
            assert_eq!(is_whole, space >= 5 + 9 + 1 + 16, "{space}");
            server.leaving.limit_space(None);
            for _ in 0..2 {
                let next = now(connection.write_all(b"more"));
                let flushed = now(connection.flush());
                let expected = match is_whole {
                    true => Ok(()),
                    false => Err(TlsError::Interrupted),
                };
                assert_eq!((next, flushed), (expected, expected), "{space}");
            }
            server.send(b"hello");
            assert_eq!(received(&mut connection), Ok(b"hello".to_vec()));
            let closed = now(connection.close()).map(|_| ());
            let records = server.received();
            if is_whole {
                assert_eq!(closed, Ok(()));
                let close_notify = (vec![1, 0], 21);
                let sent = [&b"a message"[..], b"more", b"more"].map(|data| (data.to_vec(), 23));
                assert_eq!(records, [&sent[..], &[close_notify]].concat());
            } else {
                assert_eq!(closed, Err(TlsError::Interrupted), "{space}");
                assert_eq!(records, [], "not even close_notify");
            }
        });
    }
}

#[test]
fn a_write_that_fails_ends_the_direction_and_no_nonce_is_used_twice() {
    let broken = TlsError::Transport(ErrorKind::BrokenPipe);
    for space in 0..30 {
        with_connection(|mut connection, mut server| {
            server.received();
            server.leaving.limit_space(Some(space));
            server.leaving.break_off(true);
            now(connection.write_all(b"a message")).unwrap();
            assert_eq!(now(connection.flush()), Err(broken), "{space}");
            server.leaving.limit_space(None);
            server.leaving.break_off(false);
            assert_eq!(now(connection.write_all(b"more")), Err(broken));
            assert_eq!(now(connection.flush()), Err(broken));
            assert_eq!(now(connection.close()).map(|_| ()), Err(broken));
            assert_eq!(server.received(), [], "{space}");
        });
    }
}

#[test]
fn tickets_are_dropped_and_other_handshake_messages_end_the_connection() {
    let ticket = message(4, &[0, 0, 0, 9, 0, 0, 0, 9, 1, 1, 0, 1, 7, 0, 0]);
    with_connection(|mut connection, mut server| {
        for data in [b"one", b"two"] {
            server
                .session
                .say(&[ticket.clone(), ticket.clone()].concat());
            server.send(data);
            assert_eq!(received(&mut connection), Ok(data.to_vec()));
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
        with_connection(|mut connection, mut server| {
            server.session.say(&refused);
            server.send(b"after it");
            for _ in 0..2 {
                assert_eq!(
                    received(&mut connection),
                    Err(TlsError::Protocol),
                    "{refused:?}"
                );
            }
        });
    }
}

#[test]
fn a_record_under_another_header_than_it_was_sealed_with_is_refused() {
    for minor in [0, 1, 2, 4, 0xfe, 0xff] {
        with_connection(|mut connection, mut server| {
            let mut record = server.record(b"hello");
            record[2] = minor;
            server.arriving.put(&record);
            assert_eq!(
                received(&mut connection),
                Err(TlsError::Protocol),
                "{minor}"
            );
        });
    }
}

#[test]
fn a_record_is_lent_where_it_was_decrypted_and_consumed_in_parts() {
    with_connection(|mut connection, mut server| {
        server.send(b"hello");
        server.send(&[]);
        server.send(b"more");
        assert_eq!(now(connection.fill_buf()), Ok(&b"hello"[..]));
        connection.consume(2);
        assert_eq!(now(connection.fill_buf()), Ok(&b"llo"[..]));
        connection.consume(3);
        assert_eq!(now(connection.fill_buf()), Ok(&b"more"[..]));
        assert_eq!(now(connection.read(&mut [])), Ok(0));
        assert_eq!(received(&mut connection), Ok(b"more".to_vec()));
    });
}

#[test]
fn one_half_reads_while_the_other_waits_at_every_byte() {
    with_connection(|mut connection, mut server| {
        server.received();
        for round in 0..3 {
            let (mut reader, mut writer) = connection.split();
            server.leaving.limit_space(Some(0));
            let record = server.record(b"to the client");
            let mut space = [0; 100];
            {
                now(writer.write_all(b"to the server")).unwrap();
                let mut writing = pin!(writer.flush());
                let mut reading = pin!(reader.read(&mut space));
                for byte in &record {
                    assert!(poll(writing.as_mut()).is_pending());
                    assert!(poll(reading.as_mut()).is_pending());
                    server.arriving.put(&[*byte]);
                    server.leaving.limit_space(Some(1));
                }
                assert_eq!(poll(reading), Poll::Ready(Ok(13)), "{round}");
                server.leaving.limit_space(None);
                assert_eq!(poll(writing), Poll::Ready(Ok(())), "{round}");
            }
            assert_eq!(&space[..13], b"to the client");
            assert_eq!(server.received(), [(b"to the server".to_vec(), 23)]);
        }
    });
}

#[test]
fn an_end_of_either_kind_stays_and_ends_writing_as_well() {
    type End = fn(&mut Server);
    let ends: [(End, TlsError); 2] = [
        (Server::close, TlsError::Closed),
        (|server| server.arriving.close(), TlsError::Truncated),
    ];
    for (end, expected) in ends {
        with_connection(|mut connection, mut server| {
            server.received();
            server.send(b"hello");
            end(&mut server);
            assert_eq!(received(&mut connection), Ok(b"hello".to_vec()));
            for _ in 0..2 {
                assert_eq!(received(&mut connection), Err(expected));
            }
            if expected == TlsError::Closed {
                let written = now(connection.write(b"more"));
                assert_eq!(written, Err(TlsError::Closed));
            }
            assert_eq!(now(connection.close()).map(|_| ()), Err(expected));
            assert_eq!(server.received(), []);
        });
    }
}

#[test]
fn long_writes_fill_records() {
    for buffer in [MIN_WRITE, 2000, 16_640] {
        with_write_buffer(buffer, |mut connection, mut server| {
            server.received();
            let data: Vec<u8> = (0..40_000_u32).map(|index| index as u8).collect();
            now(connection.write_all(&data)).unwrap();
            now(connection.flush()).unwrap();
            assert_eq!(now(connection.write(&[])), Ok(0));
            now(connection.flush()).unwrap();
            let records = server.received();
            assert!(records.iter().all(|(content, kind)| *kind == 23
                && !content.is_empty()
                && content.len() <= 16_384));
            let sent: Vec<u8> = records.into_iter().flat_map(|it| it.0).collect();
            assert_eq!(sent, data, "{buffer}");
        });
    }
}
