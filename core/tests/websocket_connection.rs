//! The open connection: sending in parts, pongs, closing, failing entropy, whole messages.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // tests

mod websocket_common;

use proptest::{collection::vec, prelude::*};
use slack_rtm::{
    buffer::{RecvBuf, SendBuf, Sink},
    entropy::{Entropy, EntropyError, from_fn},
    time::Instant,
    websocket::{
        Assembled, Assembler, CLOSE_TIMEOUT, CloseCode, Connection, ConnectionError, Fin,
        FrameError, Incoming, MessageKind, Sent, Violation,
    },
};
use websocket_common::{Client, Seen, client_frames, close_body, frame, keys};

const NOW: Instant = Instant::from_millis(1000);

fn broken() -> impl Entropy {
    from_fn(|_| Err(EntropyError))
}

/// Takes up to `count` bytes out of `tx`.
fn flush(tx: &mut SendBuf<'_>, count: usize, out: &mut Vec<u8>) {
    let count = count.min(tx.pending().len());
    out.extend(&tx.pending()[..count]);
    tx.sent(count);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// What is sent arrives, through a send buffer of any size, drained in any steps; the frames
    /// are those of a strict reading.
    #[test]
    fn messages_round_trip(
        messages in vec(vec(any::<u8>(), 0..700), 1..6),
        size in 256_usize..1200,
        drain in 1_usize..300,
        pieces in 1_usize..90,
    ) {
        let mut memory = vec![0; size];
        let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
        let (mut connection, mut entropy, mut out) = (Connection::new(), keys(), Vec::new());
        for message in &messages {
            let write = |sink: &mut dyn Sink| message.chunks(pieces).for_each(|piece| sink.put(piece));
            while connection.send(MessageKind::Binary, write, &mut tx, &mut entropy).unwrap() != Sent::Whole {
                flush(&mut tx, drain, &mut out);
            }
        }
        flush(&mut tx, usize::MAX, &mut out);
        let expected: Vec<_> = messages.iter().map(|message| (0x82, message.clone())).collect();
        prop_assert_eq!(client_frames(&out), expected);
    }

    /// A stream of unknown length: fragments, the last one with FIN, and one message in sum.
    #[test]
    fn fragments_round_trip(pieces in vec(vec(any::<u8>(), 0..400), 1..5), drain in 1_usize..300) {
        let mut memory = [0; 256];
        let mut tx = SendBuf::new(&mut memory);
        let (mut connection, mut entropy, mut out) = (Connection::new(), keys(), Vec::new());
        for (index, piece) in pieces.iter().enumerate() {
            let fin = if index + 1 == pieces.len() { Fin::Last } else { Fin::More };
            let mut rest = &piece[..];
            loop {
                match connection.send_fragment(MessageKind::Text, rest, fin, &mut tx, &mut entropy) {
                    Ok(taken) if taken == rest.len() => break,
                    Ok(taken) => rest = &rest[taken..],
                    Err(FrameError::NoRoom) => flush(&mut tx, drain, &mut out),
                    Err(error) => panic!("{error}"),
                }
            }
        }
        flush(&mut tx, usize::MAX, &mut out);
        let frames = client_frames(&out);
        let (last, before) = frames.split_last().unwrap();
        prop_assert_eq!(last.0 & 0x80, 0x80);
        prop_assert!(before.iter().all(|frame| frame.0 & 0x80 == 0));
        prop_assert!(frames.iter().enumerate().all(|(index, frame)| frame.0 & 15 == u8::from(index == 0)));
        let sum: Vec<u8> = frames.into_iter().flat_map(|frame| frame.1).collect();
        prop_assert_eq!(sum, pieces.concat());
    }
}

#[test]
fn every_length_around_the_forms_of_the_header() {
    for len in [0, 1, 125, 126, 65_535, 65_536] {
        let message = vec![b'm'; len];
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let mut client = Client::new(&mut rx, &mut tx);
        let write = |sink: &mut dyn Sink| sink.put(&message);
        let mut entropy = keys();
        while client
            .connection
            .send(MessageKind::Text, write, &mut client.tx, &mut entropy)
            .unwrap()
            != Sent::Whole
        {
            client.flush();
        }
        client.flush();
        assert_eq!(client.frames(), [(0x81, message.clone())]);
        client.sent.clear();
        client
            .connection
            .begin(MessageKind::Binary, len, &mut client.tx, &mut entropy)
            .unwrap();
        let mut rest = &message[..];
        while !rest.is_empty() {
            rest = &rest[client.connection.feed(rest, &mut client.tx)..];
            client.flush();
        }
        client.flush();
        assert_eq!(client.frames(), [(0x82, message.clone())]);
    }
}

/// Sections 5.4 and 5.5.3: no pong inside a frame; after it the newest one, and only that.
#[test]
fn a_pong_waits_for_the_end_of_the_frame_and_the_newest_wins() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let mut client = Client::new(&mut rx, &mut tx);
    let message = [b'm'; 400];
    let write = |sink: &mut dyn Sink| sink.put(&message);
    let mut entropy = keys();
    let sent = client
        .connection
        .send(MessageKind::Text, write, &mut client.tx, &mut entropy);
    assert_eq!(sent, Ok(Sent::Partly));
    let newest = [b'p'; 125];
    client.receive(
        &[
            frame(0x89, b"first"),
            frame(0x89, b""),
            frame(0x89, &newest),
        ]
        .concat(),
        3,
    );
    assert_eq!(client.seen.len(), 3);
    while client
        .connection
        .send(MessageKind::Text, write, &mut client.tx, &mut entropy)
        .unwrap()
        != Sent::Whole
    {
        client.flush();
    }
    client.receive(&[], 1);
    assert_eq!(
        client.frames(),
        [(0x81, message.to_vec()), (0x8A, newest.to_vec())]
    );
}

/// `Nothing` leaves the choice of the next message, `Partly` does not.
#[test]
fn a_message_is_sent_whole_or_in_part_or_not_begun() {
    let mut memory = [0; 256];
    let mut tx = SendBuf::new(&mut memory);
    let (mut connection, mut entropy, mut out) = (Connection::new(), keys(), Vec::new());
    let mut send = |connection: &mut Connection, text: &[u8], tx: &mut SendBuf<'_>| {
        connection.send(MessageKind::Text, |sink| sink.put(text), tx, &mut entropy)
    };
    let long = [b'l'; 200];
    // 125 bytes of room: a frame that fills it, and then not even a header.
    assert_eq!(
        send(&mut connection, &long[..119], &mut tx),
        Ok(Sent::Whole)
    );
    assert_eq!(send(&mut connection, &long, &mut tx), Ok(Sent::Nothing));
    assert!(!connection.is_sending());
    flush(&mut tx, 13, &mut out);
    assert_eq!(send(&mut connection, b"x", &mut tx), Ok(Sent::Nothing));
    flush(&mut tx, usize::MAX, &mut out);

    // Another message may go instead, and one that was begun has to be continued.
    assert_eq!(send(&mut connection, b"other", &mut tx), Ok(Sent::Whole));
    assert_eq!(send(&mut connection, &long, &mut tx), Ok(Sent::Partly));
    assert_eq!(send(&mut connection, &long, &mut tx), Ok(Sent::Partly));
    assert!(connection.is_sending());
    flush(&mut tx, usize::MAX, &mut out);
    assert_eq!(send(&mut connection, &long, &mut tx), Ok(Sent::Whole));
    flush(&mut tx, usize::MAX, &mut out);
    let payloads: Vec<_> = client_frames(&out)
        .into_iter()
        .map(|frame| frame.1)
        .collect();
    assert_eq!(payloads, [&long[..119], b"other", &long]);
}

/// A pong that waits is not forgotten, however the send buffer is drained, and follows at the next
/// poll or before the next message. One whose buffer was cleared is gone.
#[test]
fn a_waiting_pong_follows_at_the_next_poll_unless_the_buffer_is_cleared() {
    for is_cleared in [false, true] {
        for next in ["poll", "send"] {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
            let (mut connection, mut entropy, mut out) = (Connection::new(), keys(), Vec::new());
            let full = |sink: &mut dyn Sink| sink.put(&[b'm'; 119]);
            let sent = connection.send(MessageKind::Text, full, &mut tx, &mut entropy);
            assert_eq!(sent, Ok(Sent::Whole));
            let ping = frame(0x89, &[b'p'; 125]);
            rx.space()[..ping.len()].copy_from_slice(&ping);
            rx.filled(ping.len());
            let received = connection.poll(&mut rx, &mut tx, &mut entropy, NOW);
            assert_eq!(received, Ok(Incoming::Ping));
            flush(&mut tx, usize::MAX, &mut out);
            assert!(tx.pending().is_empty() && !tx.is_empty(), "the pong waits");
            if is_cleared {
                tx.clear();
                assert!(tx.is_empty());
            }
            if next == "poll" {
                let received = connection.poll(&mut rx, &mut tx, &mut entropy, NOW);
                assert!(matches!(received, Ok(Incoming::Wait { .. })));
            } else {
                let mut sent = Sent::Nothing;
                while sent != Sent::Whole {
                    let write = |sink: &mut dyn Sink| sink.put(b"next");
                    sent = connection
                        .send(MessageKind::Text, write, &mut tx, &mut entropy)
                        .unwrap();
                    flush(&mut tx, usize::MAX, &mut out);
                }
            }
            flush(&mut tx, usize::MAX, &mut out);
            assert!(tx.is_empty());
            let opcodes: Vec<_> = client_frames(&out)
                .into_iter()
                .map(|frame| frame.0)
                .collect();
            let expected: &[u8] = match (is_cleared, next) {
                (false, "poll") => &[0x81, 0x8A],
                (false, _) => &[0x81, 0x8A, 0x81],
                (true, "poll") => &[0x81],
                (true, _) => &[0x81, 0x81],
            };
            assert_eq!(opcodes, expected, "{next}");
        }
    }
}

/// A piece ends where it ends, however it is consumed and whatever follows it in the buffer.
#[test]
fn a_piece_is_consumed_in_steps() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let (mut connection, mut entropy) = (Connection::new(), keys());
    let stream = [frame(0x81, b"one two"), frame(0x81, b"three")].concat();
    rx.space()[..stream.len()].copy_from_slice(&stream);
    rx.filled(stream.len());
    let received = connection.poll(&mut rx, &mut tx, &mut entropy, NOW);
    let Ok(Incoming::Payload(mut piece)) = received else {
        panic!("{received:?}");
    };
    assert_eq!((piece.bytes(&rx), piece.ends), (&b"one two"[..], true));
    rx.consume(4);
    piece.consumed(4);
    assert_eq!((piece.bytes(&rx), piece.len), (&b"two"[..], 3));
    piece.skip(&mut rx);
    piece.consumed(7);
    assert_eq!(piece.bytes(&rx), b"");
    piece.skip(&mut rx);
    let received = connection.poll(&mut rx, &mut tx, &mut entropy, NOW);
    assert!(matches!(received, Ok(Incoming::Payload(piece)) if piece.bytes(&rx) == b"three"));
}

/// A link that takes nothing: pings go on, the newest payload waits, nothing is broken.
#[test]
fn a_stuck_link_does_not_stop_reading() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let (mut connection, mut entropy) = (Connection::new(), keys());
    let message = [b'm'; 119];
    let write = |sink: &mut dyn Sink| sink.put(&message);
    assert_eq!(
        connection.send(MessageKind::Text, write, &mut tx, &mut entropy),
        Ok(Sent::Whole)
    );
    for round in 0..50_u8 {
        let ping = frame(0x89, &[round; 125]);
        rx.read_with(|space| -> Result<usize, ()> {
            space[..ping.len()].copy_from_slice(&ping);
            Ok(ping.len())
        })
        .unwrap();
        assert_eq!(
            connection.poll(&mut rx, &mut tx, &mut entropy, NOW),
            Ok(Incoming::Ping)
        );
        assert!(matches!(
            connection.poll(&mut rx, &mut tx, &mut entropy, NOW),
            Ok(Incoming::Wait { .. })
        ));
    }
    let mut out = Vec::new();
    for _ in 0..300 {
        flush(&mut tx, 1, &mut out);
        connection
            .poll(&mut rx, &mut tx, &mut entropy, NOW)
            .unwrap();
    }
    assert!(tx.is_empty());
    let frames = client_frames(&out);
    assert_eq!(frames[0], (0x81, message.to_vec()));
    assert_eq!(frames.last(), Some(&(0x8A, vec![49; 125])));
    assert!(
        frames.len() <= 3,
        "the pong that was in tx already, and the newest"
    );
}

/// Section 7.1.2: the client's close, the server's close, the end. Messages before it are received.
#[test]
fn closing_from_our_side() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let mut client = Client::new(&mut rx, &mut tx);
    client
        .connection
        .close(CloseCode::NORMAL, "done", &mut client.tx);
    client.receive(&frame(0x81, b"still"), 1);
    assert!(!client.closed);
    client.receive(&frame(0x89, b"no pong for this"), 1);
    client.receive(&frame(0x88, &close_body(1000, "")), 1);
    assert!(client.closed);
    assert_eq!(
        client.seen[0],
        Seen::Message(MessageKind::Text, b"still".to_vec())
    );
    assert_eq!(client.frames(), [(0x88, close_body(1000, "done"))]);
    let mut entropy = keys();
    let sent = client.connection.send(
        MessageKind::Text,
        |sink| sink.put(b"late"),
        &mut client.tx,
        &mut entropy,
    );
    assert_eq!(sent, Err(FrameError::Closing));
}

/// Section 5.5.1: the close frame in return has the server's code.
#[test]
fn closing_from_their_side() {
    for (body, response) in [
        (vec![], vec![]),
        (close_body(1001, "restart"), close_body(1001, "")),
        (close_body(4999, ""), close_body(4999, "")),
        (close_body(3000, &"r".repeat(123)), close_body(3000, "")),
    ] {
        for step in [1, 4, usize::MAX] {
            let (mut rx, mut tx) = ([0; 512], [0; 256]);
            let mut client = Client::new(&mut rx, &mut tx);
            client.receive(&frame(0x88, &body), step);
            client.receive(&[], 1);
            assert!(client.closed);
            assert_eq!(client.frames(), [(0x88, response.clone())]);
            let reason = body.get(2..).unwrap_or_default();
            assert!(matches!(&client.seen[..], [Seen::Close(_, got)] if got == reason));
        }
    }
}

#[test]
fn a_reason_is_cut_at_a_character() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let mut client = Client::new(&mut rx, &mut tx);
    client
        .connection
        .close(CloseCode::NORMAL, &"€".repeat(60), &mut client.tx);
    client.receive(&[], 1);
    assert_eq!(client.frames(), [(0x88, close_body(1000, &"€".repeat(41)))]);
}

/// The close frame follows a frame under way, which the caller may still finish.
#[test]
fn a_close_waits_for_the_end_of_the_frame() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let mut client = Client::new(&mut rx, &mut tx);
    let mut entropy = keys();
    let message = [b'm'; 400];
    let write = |sink: &mut dyn Sink| sink.put(&message);
    let _ = client
        .connection
        .send(MessageKind::Text, write, &mut client.tx, &mut entropy);
    client.receive(&[0xFF, 0xFF], 2);
    assert_eq!(client.violation, Some(Violation::ReservedBits));
    assert!(!client.closed && client.connection.is_sending());
    while client
        .connection
        .send(MessageKind::Text, write, &mut client.tx, &mut entropy)
        .unwrap()
        != Sent::Whole
    {
        client.flush();
    }
    client.receive(&[], 1);
    client.receive(&[], 1);
    assert!(client.closed);
    assert_eq!(
        client.frames(),
        [(0x81, message.to_vec()), (0x88, close_body(1002, ""))]
    );
}

/// Section 7.1.1: a server that never returns the close does not keep the connection open.
#[test]
fn the_close_timer() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
    let (mut connection, mut entropy) = (Connection::new(), keys());
    let far = Incoming::Wait {
        until: Instant::MAX,
    };
    assert_eq!(
        connection.poll(&mut rx, &mut tx, &mut entropy, NOW),
        Ok(far)
    );
    connection.close(CloseCode::GOING_AWAY, "", &mut tx);
    let until = NOW + CLOSE_TIMEOUT;
    let last = Instant::from_millis(until.as_millis() - 1);
    for now in [NOW, last] {
        assert_eq!(
            connection.poll(&mut rx, &mut tx, &mut entropy, now),
            Ok(Incoming::Wait { until })
        );
    }
    assert_eq!(
        connection.poll(&mut rx, &mut tx, &mut entropy, until),
        Ok(Incoming::Closed)
    );
    assert_eq!(
        connection.poll(&mut rx, &mut tx, &mut entropy, until),
        Ok(Incoming::Closed)
    );
}

/// Law: no frame goes out under a key that was not drawn.
#[test]
fn failing_entropy_is_an_error_and_nothing_is_lost() {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let mut client = Client::new(&mut rx, &mut tx);
    let (connection, tx) = (&mut client.connection, &mut client.tx);
    let error = Err(FrameError::Entropy(EntropyError));
    assert_eq!(
        connection.send(MessageKind::Text, |sink| sink.put(b"a"), tx, &mut broken()),
        error
    );
    assert_eq!(
        connection
            .send_fragment(MessageKind::Text, b"a", Fin::Last, tx, &mut broken())
            .err(),
        error.err()
    );
    assert_eq!(connection.ping(b"a", tx, &mut broken()).err(), error.err());
    assert!(tx.is_empty() && !connection.is_sending());

    let ping = frame(0x89, b"alive?");
    client
        .rx
        .read_with(|space| -> Result<usize, ()> {
            space[..ping.len()].copy_from_slice(&ping);
            Ok(ping.len())
        })
        .unwrap();
    assert_eq!(
        connection.poll(&mut client.rx, tx, &mut broken(), NOW),
        Ok(Incoming::Ping)
    );
    let received = connection.poll(&mut client.rx, tx, &mut broken(), NOW);
    assert_eq!(received, Err(ConnectionError::Entropy(EntropyError)));
    assert!(tx.pending().is_empty() && !tx.is_empty(), "the pong waits");
    client.receive(&[], 1);
    assert_eq!(client.frames(), [(0x8A, b"alive?".to_vec())]);
}

/// A pong that had no randomness takes its room first: the next frame fits after it, or is not begun.
#[test]
fn a_pong_that_waited_for_randomness_cuts_no_frame() {
    let long = [b'p'; 100];
    for is_ping in [true, false] {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let (mut connection, mut entropy, mut out) = (Connection::new(), keys(), Vec::new());
        let asked = frame(0x89, b"alive? alive? alive?");
        rx.read_with(|space| -> Result<usize, ()> {
            space[..asked.len()].copy_from_slice(&asked);
            Ok(asked.len())
        })
        .unwrap();
        let received = connection.poll(&mut rx, &mut tx, &mut broken(), NOW);
        assert_eq!(received, Ok(Incoming::Ping));
        let mut rest = &long[..];
        while !rest.is_empty() {
            let sent = if is_ping {
                let sent = connection.ping(&long, &mut tx, &mut entropy);
                sent.map(|()| long.len())
            } else {
                connection.send_fragment(
                    MessageKind::Binary,
                    rest,
                    Fin::Last,
                    &mut tx,
                    &mut entropy,
                )
            };
            match sent {
                Ok(taken) => rest = &rest[taken..],
                Err(FrameError::NoRoom) => {}
                Err(error) => panic!("{error}"),
            }
            assert!(!connection.is_sending(), "a frame that nobody ends");
            flush(&mut tx, usize::MAX, &mut out);
        }
        let frames = client_frames(&out);
        assert_eq!(frames[0].1, b"alive? alive? alive?");
        let sent: Vec<_> = frames[1..].iter().flat_map(|frame| &frame.1).collect();
        assert_eq!(sent, long.iter().collect::<Vec<_>>());
    }
}

/// Each frame has a key of its own (section 5.3).
#[test]
fn one_key_per_frame() {
    let mut memory = [0; 512];
    let mut tx = SendBuf::new(&mut memory);
    let (mut connection, mut drawn) = (Connection::new(), 0);
    let mut entropy = from_fn(|out| {
        drawn += 1;
        out.fill(drawn);
        Ok(())
    });
    for _ in 0..3 {
        assert_eq!(
            connection.send(
                MessageKind::Text,
                |sink| sink.put(b"a"),
                &mut tx,
                &mut entropy
            ),
            Ok(Sent::Whole)
        );
    }
    connection.ping(b"", &mut tx, &mut entropy).unwrap();
    assert_eq!(drawn, 4);
}

#[test]
fn misuse_is_reported() {
    let mut memory = [0; 512];
    let mut tx = SendBuf::new(&mut memory);
    let (mut connection, mut entropy) = (Connection::new(), keys());
    assert_eq!(
        connection.ping(&[0; 126], &mut tx, &mut entropy),
        Err(FrameError::PingTooLong)
    );
    connection
        .send_fragment(MessageKind::Text, b"a", Fin::More, &mut tx, &mut entropy)
        .unwrap();
    let whole = connection.send(
        MessageKind::Text,
        |sink| sink.put(b"b"),
        &mut tx,
        &mut entropy,
    );
    assert_eq!(whole, Err(FrameError::Fragmented));
    connection.ping(b"", &mut tx, &mut entropy).unwrap();
    connection
        .send_fragment(MessageKind::Text, b"", Fin::Last, &mut tx, &mut entropy)
        .unwrap();
    connection
        .begin(MessageKind::Binary, 10, &mut tx, &mut entropy)
        .unwrap();
    assert_eq!(
        connection.begin(MessageKind::Binary, 1, &mut tx, &mut entropy),
        Err(FrameError::Busy)
    );
    assert_eq!(
        connection.ping(b"", &mut tx, &mut entropy),
        Err(FrameError::Busy)
    );
    let changed = connection.send(
        MessageKind::Binary,
        |sink| sink.put(b"b"),
        &mut tx,
        &mut entropy,
    );
    assert_eq!(changed, Err(FrameError::Changed));
}

#[test]
fn a_limit_refuses_before_the_payload() {
    for stream in [
        vec![0x82, 126, 0x04, 0x01],
        [frame(0x01, &[b'a'; 1000]), vec![0x80, 25]].concat(),
    ] {
        let (mut rx, mut tx) = ([0; 512], [0; 256]);
        let mut client = Client::new(&mut rx, &mut tx);
        client.connection = Connection::with_max_message(1024);
        client.receive(&frame(0x82, &[0; 1024]), 100);
        client.receive(&stream, 100);
        assert_eq!(client.violation, Some(Violation::MessageTooBig));
        client.receive(&[], 1);
        assert_eq!(client.frames(), [(0x88, close_body(1009, ""))]);
    }
}

#[test]
fn whole_messages_and_those_too_large_for_the_memory() {
    let stream = [
        frame(0x81, b"one"),
        frame(0x02, &[7; 40]),
        frame(0x80, &[7; 24]),
        frame(0x82, &[8; 65]),
        frame(0x01, &[b'l'; 3000]),
        frame(0x89, b""),
        frame(0x80, b"ong"),
        frame(0x81, b""),
        frame(0x81, "größe".as_bytes()),
    ]
    .concat();
    for step in [1, 4, 100, 512] {
        let (mut rx, mut tx, mut memory) = ([0; 512], [0; 256], [0; 64]);
        let (mut rx, mut tx) = (RecvBuf::new(&mut rx), SendBuf::new(&mut tx));
        let mut assembler = Assembler::new(&mut memory);
        let (mut connection, mut entropy, mut rest) = (Connection::new(), keys(), &stream[..]);
        let mut received = Vec::new();
        loop {
            match connection
                .poll(&mut rx, &mut tx, &mut entropy, NOW)
                .unwrap()
            {
                Incoming::Payload(payload) => match assembler.take(payload, &mut rx) {
                    Some(Assembled::Text(text)) => received.push(text.to_owned()),
                    Some(Assembled::Binary(data)) => {
                        received.push(format!("{} x {}", data.len(), data[0]));
                    }
                    Some(Assembled::Oversized { kind, len }) => {
                        received.push(format!("{kind:?} of {len}"));
                    }
                    None => {}
                },
                Incoming::Wait { .. } if rest.is_empty() => break,
                Incoming::Wait { .. } => {
                    let count = rx
                        .read_with(|space| -> Result<usize, ()> {
                            let count = step.min(space.len()).min(rest.len());
                            space[..count].copy_from_slice(&rest[..count]);
                            Ok(count)
                        })
                        .unwrap();
                    rest = &rest[count..];
                }
                other => assert_eq!(other, Incoming::Ping),
            }
        }
        assert_eq!(
            received,
            ["one", "64 x 7", "Binary of 65", "Text of 3003", "", "größe"]
        );
    }
}
