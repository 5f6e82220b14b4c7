//! A TLS 1.3 server (RFC 8446) that knows the key exchange and nothing of honesty: it sends what the test tells it to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use sha2::{Digest, Sha256};

/// What follows the ServerHello.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flight {
    /// EncryptedExtensions and a valid Finished: nobody showed a certificate.
    NoCertificate,
    /// A certificate message without certificates, then a valid Finished.
    EmptyCertificate,
    /// A protected record of a tag alone.
    EmptyRecord,
    /// A protected record whose content is padding alone.
    OnlyPadding,
    /// EncryptedExtensions in a plaintext record.
    Plaintext,
    /// A protected record that the key does not fit.
    Garbage,
    /// Well protected handshake messages, changed at random places that the number fixes.
    Changed(u32),
}

/// Serves one connection; gives its port.
pub(crate) fn serve(flight: Flight) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut header = [0; 5];
        socket.read_exact(&mut header).unwrap();
        let mut client_hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        socket.read_exact(&mut client_hello).unwrap();
        let _ = socket.write_all(&answer(&client_hello, flight));
        // No more will come; whatever the client says to that.
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let _ = socket.read(&mut [0; 1000]);
    });
    (port, thread)
}

fn answer(client_hello: &[u8], flight: Flight) -> Vec<u8> {
    let secret = SecretKey::from_slice(&[7; 32]).unwrap();
    let (session_id, share) = parse(client_hello);
    let public = secret.public_key().to_encoded_point(false);
    let extensions = [
        &[0, 43, 0, 2, 3, 4, 0, 51, 0, 69, 0, 23, 0, 65],
        public.as_bytes(),
    ]
    .concat();
    let body = [
        &[3, 3],
        [9; 32].as_slice(),
        &[session_id.len() as u8],
        session_id,
        &[0x13, 0x01, 0],
        &(extensions.len() as u16).to_be_bytes(),
        &extensions,
    ]
    .concat();
    let server_hello = message(2, &body);

    let client = p256::PublicKey::from_sec1_bytes(share).unwrap();
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), client.as_affine());
    let hellos = [client_hello, &server_hello].concat();
    let (early, _) = Hkdf::<Sha256>::extract(Some(&[0; 32]), &[0; 32]);
    let derived = expand(&early, "derived", &Sha256::digest([]), 32);
    let (handshake, _) = Hkdf::<Sha256>::extract(Some(&derived), shared.raw_secret_bytes());
    let traffic = expand(&handshake, "s hs traffic", &Sha256::digest(&hellos), 32);

    let extensions = message(8, &[0, 0]);
    let certificate = message(11, &[0, 0, 0, 0]);
    let flight = match flight {
        Flight::NoCertificate => {
            protect(&traffic, &with_finished(&traffic, &hellos, &[&extensions]))
        }
        Flight::EmptyCertificate => protect(
            &traffic,
            &with_finished(&traffic, &hellos, &[&extensions, &certificate]),
        ),
        Flight::EmptyRecord => record(23, &[0; 16]),
        Flight::OnlyPadding => seal(&traffic, &[0; 20]),
        Flight::Plaintext => record(22, &extensions),
        Flight::Garbage => record(23, &[0xaa; 40]),
        Flight::Changed(seed) => seal(&traffic, &changed(seed)),
    };
    [record(22, &server_hello), flight].concat()
}

/// Handshake messages of every kind that a server may send, changed, cut, and of any inner type.
fn changed(seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below
    };
    let kinds = [
        message(8, &[0, 8, 0, 10, 0, 4, 0, 2, 0, 23]),
        message(
            11,
            &[0, 0, 0, 12, 0, 0, 7, 0x30, 5, 0x30, 0, 0x30, 1, 0, 0, 0],
        ),
        message(13, &[0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3]),
        message(15, &[4, 3, 0, 8, 0x30, 6, 2, 1, 1, 2, 1, 1]),
        message(4, &[0, 0, 0, 9, 0, 0, 0, 9, 1, 1, 0, 1, 7, 0, 0]),
        message(20, &[5; 32]),
        message(24, &[0]),
    ];
    let mut messages: Vec<u8> = (0..1 + random(3))
        .flat_map(|_| kinds[random(kinds.len())].clone())
        .collect();
    for _ in 0..random(4) {
        let place = random(messages.len());
        messages[place] = random(256) as u8;
    }
    messages.truncate(1 + random(messages.len() + messages.len() / 2));
    messages.push([22, 22, 22, 21, 23, 20][random(6)]);
    messages
}

/// The session id and the P-256 key share of a ClientHello.
fn parse(hello: &[u8]) -> (&[u8], &[u8]) {
    let id_end = 39 + usize::from(hello[38]);
    let length = |at: usize| usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    let suites_end = id_end + 2 + length(id_end);
    let mut at = suites_end + 1 + usize::from(hello[suites_end]) + 2;
    while length(at) != 51 {
        at += 4 + length(at + 2);
    }
    assert_eq!(
        (length(at + 6), length(at + 8)),
        (23, 65),
        "one share, of P-256"
    );
    (&hello[39..id_end], &hello[at + 10..at + 75])
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = (body.len() as u32).to_be_bytes();
    [&[kind, high, middle, low], body].concat()
}

fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16).to_be_bytes();
    [&[kind, 3, 3, high, low], payload].concat()
}

/// HKDF-Expand-Label (RFC 8446 section 7.1).
fn expand(secret: &[u8], label: &str, context: &[u8], length: u16) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let info = [
        &length.to_be_bytes(),
        [label.len() as u8].as_slice(),
        label.as_bytes(),
        &[context.len() as u8],
        context,
    ]
    .concat();
    let mut out = vec![0; usize::from(length)];
    Hkdf::<Sha256>::from_prk(secret)
        .unwrap()
        .expand(&info, &mut out)
        .unwrap();
    out
}

/// These messages and the Finished that goes with them (RFC 8446 section 4.4.4).
fn with_finished(traffic: &[u8], hellos: &[u8], messages: &[&[u8]]) -> Vec<u8> {
    let messages = messages.concat();
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(&expand(traffic, "finished", &[], 32)).unwrap();
    mac.update(&Sha256::digest([hellos, &messages].concat()));
    [messages, message(20, &mac.finalize().into_bytes())].concat()
}

/// A protected record of handshake messages (RFC 8446 section 5.2).
fn protect(traffic: &[u8], messages: &[u8]) -> Vec<u8> {
    seal(traffic, &[messages, &[22]].concat())
}

fn seal(traffic: &[u8], inner: &[u8]) -> Vec<u8> {
    let cipher = Aes128Gcm::new_from_slice(&expand(traffic, "key", &[], 16)).unwrap();
    let nonce = expand(traffic, "iv", &[], 12);
    let header = [23, 3, 3, 0, (inner.len() + 16) as u8];
    assert!(inner.len() < 240, "the tests' flights are short");
    let sealed = cipher
        .encrypt(
            Nonce::from_slice(&nonce),
            Payload {
                msg: inner,
                aad: &header,
            },
        )
        .unwrap();
    [header.as_slice(), &sealed].concat()
}
