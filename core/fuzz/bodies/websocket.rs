//! The WebSocket layer: handshakes, and frames beside a naive decoder.

use super::script::{Reads, Script, ways};
use super::websocket_common::{Client, Seen, client_frames, decode, naive};
use slack_rtm::buffer::RecvBuf;
use slack_rtm::entropy::{EntropyError, from_fn};
use slack_rtm::websocket::{Handshake, HandshakeError, HandshakeResponse};

/// The nonce of every handshake here, and in `world`: 1 to 16.
pub(crate) fn nonce(out: &mut [u8]) -> Result<(), EntropyError> {
    for (byte, number) in out.iter_mut().zip(1..) {
        *byte = number;
    }
    Ok(())
}

/// The accept value that belongs to it.
pub(crate) const ACCEPT: &str = "C/0nmHhBztSRGR1CwL6Tf4ZjwpY=";

pub(crate) fn handshake(data: &[u8]) {
    let mut script = Script(data);
    let protocol = (script.byte() & 1 == 1).then_some("chat");
    let [whole, bytes, pieces] =
        ways(script.sizes()).map(|sizes| read_handshake(script.0, &sizes, protocol));
    assert_eq!(bytes, whole);
    assert_eq!(pieces, whole);
    if let Ok((response, _)) = whole
        && response == "Open"
    {
        let text = String::from_utf8_lossy(script.0);
        assert!(text.contains(ACCEPT), "opened without the accept value");
    }
}

/// The result, and the bytes after the response.
fn read_handshake(
    input: &[u8],
    sizes: &[usize],
    protocol: Option<&str>,
) -> Result<(String, Vec<u8>), HandshakeError> {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let mut reads = Reads::new(input, sizes);
    let mut handshake = Handshake::new(&mut from_fn(nonce)).unwrap();
    loop {
        let response = handshake.read(&mut rx, protocol)?;
        if response == HandshakeResponse::Open {
            return Ok(("Open".into(), [rx.unread(), reads.rest].concat()));
        }
        if response != HandshakeResponse::Incomplete {
            return Ok((format!("{response:?}"), Vec::new()));
        }
        if !reads.read(&mut rx) {
            return Ok(("Incomplete".into(), Vec::new()));
        }
    }
}

pub(crate) fn frames(data: &[u8]) {
    let mut script = Script(data);
    let sizes = script.sizes();
    let step = sizes[0];
    let expected = naive(script.0);
    for sizes in ways(sizes) {
        let transcript = decode(script.0, &sizes);
        assert!(
            transcript.agrees_with(&expected),
            "{sizes:?}: {transcript:?}, not {expected:?}"
        );
    }
    connection(script.0, step, &expected.seen);
}

/// The same stream through a whole connection: the same is received, and the output is frames.
fn connection(input: &[u8], step: usize, expected: &[Seen]) {
    let (mut rx, mut tx) = ([0; 512], [0; 256]);
    let mut client = Client::new(&mut rx, &mut tx);
    client.receive(input, step);
    let failed = matches!(expected.last(), Some(Seen::Failed(_)));
    assert_eq!(client.violation.is_some(), failed);
    let received = expected
        .iter()
        .filter(|seen| !matches!(seen, Seen::Failed(_)));
    let received: Vec<_> = received
        .map(|seen| match seen {
            Seen::Ping(_) => Seen::Ping(vec![]),
            Seen::Pong(_) => Seen::Pong(vec![]),
            seen => seen.clone(),
        })
        .collect();
    assert_eq!(client.seen, received);
    let sent = client_frames(&client.sent);
    let close = sent.iter().position(|frame| frame.0 == 0x88);
    let closing = matches!(expected.last(), Some(Seen::Close(..) | Seen::Failed(_)));
    assert_eq!(close.is_some(), closing);
    assert!(
        close.is_none_or(|at| at + 1 == sent.len()),
        "frames after a close"
    );
    let pings = received.iter().filter(|seen| matches!(seen, Seen::Ping(_)));
    assert!(sent.len() <= pings.count() + usize::from(closing));
    if let (Some(Seen::Failed(code)), Some(at)) = (expected.last(), close) {
        assert_eq!(sent[at].1[..2], code.to_be_bytes());
    }
}
