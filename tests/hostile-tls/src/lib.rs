//! A TLS 1.3 server (RFC 8446) that knows the key exchange and nothing of honesty: it sends what the test tells it to.
//!
//! [`serve`] plays one of the known tricks on one connection; [`Session`] lets a test say any record at all. It shares no
//! code with the clients that it tests, and its key never changes, so that the same client gets the same bytes.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod session;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

pub use session::{Session, message, record};

/// What follows the ServerHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flight {
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
    /// EncryptedExtensions, and the stream's end in the middle of the next record.
    Cut,
    /// Well protected handshake messages, changed at random places that the number fixes.
    Changed(u32),
}

/// Serves so many connections, one after the other, on a free port, which it gives.
pub fn serve(flight: Flight, connections: usize) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    let thread = thread::spawn(move || {
        for _ in 0..connections {
            let (mut socket, _) = listener.accept().expect("a connection");
            let mut header = [0; 5];
            if socket.read_exact(&mut header).is_err() {
                continue;
            }
            let mut client_hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
            if socket.read_exact(&mut client_hello).is_err() {
                continue;
            }
            let _ = socket.write_all(&answer(&client_hello, flight));
            // No more will come; whatever the client says to that.
            let _ = socket.shutdown(std::net::Shutdown::Write);
            let _ = socket.read(&mut [0; 1000]);
        }
    });
    (port, thread)
}

/// The records that answer this ClientHello (the handshake message, without its record's header).
pub fn answer(client_hello: &[u8], flight: Flight) -> Vec<u8> {
    let mut session = Session::new(client_hello);
    let extensions = message(8, &[0, 0]);
    match flight {
        Flight::NoCertificate => {
            session.say(&extensions);
            session.finish();
        }
        Flight::EmptyCertificate => {
            session.say(&[extensions, message(11, &[0, 0, 0, 0])].concat());
            session.finish();
        }
        Flight::EmptyRecord => session.raw(&record(23, &[0; 16])),
        Flight::OnlyPadding => session.seal(&[0; 20]),
        Flight::Plaintext => session.raw(&record(22, &extensions)),
        Flight::Garbage => session.raw(&record(23, &[0xaa; 40])),
        Flight::Cut => {
            session.say(&extensions);
            session.raw(&record(23, &[0xaa; 400])[..200]);
        }
        Flight::Changed(seed) => session.seal(&changed(seed)),
    }
    session.take()
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
