//! One guest connection to one host connection. QEMU starts this program for each, with the guest's stream as its
//! standard input and output; a `guestfwd` to a socket would join all of them into one stream.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;

/// The argument that makes this program a relay; a port follows.
pub const RELAY: &str = "--relay";

/// Copies both ways between the guest and this port of the host, until either side ends.
pub fn relay(port: &str) -> ExitCode {
    let Some(mut server) = port
        .parse()
        .ok()
        .and_then(|port: u16| TcpStream::connect(("127.0.0.1", port)).ok())
    else {
        return ExitCode::FAILURE;
    };
    let Ok(mut upstream) = server.try_clone() else {
        return ExitCode::FAILURE;
    };
    // Not joined: when the server ends, the guest's stream ends with this process.
    thread::spawn(move || {
        pump(&mut std::io::stdin().lock(), &mut upstream);
        let _ = upstream.shutdown(Shutdown::Write);
    });
    pump(&mut server, &mut std::io::stdout().lock());
    ExitCode::SUCCESS
}

fn pump(from: &mut impl Read, to: &mut impl Write) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to
            .write_all(&buffer[..count])
            .and_then(|()| to.flush())
            .is_err()
        {
            break;
        }
    }
}
