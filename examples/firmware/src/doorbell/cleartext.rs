//! The doorbell without TLS: for a server on the same network, and to measure the cost of TLS.

use embassy_net::Stack;
use machine::arguments::Arguments;
use slack_rtm_embassy::link::Cleartext;
use slack_rtm_embassy::net::Net;
use static_cell::ConstStaticCell;

use crate::bell::{self, LINKS};
use crate::exit::Exit;

struct Memory {
    receive: [u8; 2048],
    send: [u8; 1024],
}

static MEMORY: ConstStaticCell<[Memory; LINKS]> = ConstStaticCell::new(
    [const {
        Memory {
            receive: [0; 2048],
            send: [0; 1024],
        }
    }; LINKS],
);

/// Runs until the client has closed. Returns the exit status.
pub async fn run(stack: Stack<'static>, arguments: &'static Arguments<'static>) -> Exit {
    let mut connectors = MEMORY
        .take()
        .each_mut()
        .map(|memory| Cleartext::new(Net::new(stack, &mut memory.receive, &mut memory.send)));
    bell::run(&mut connectors, arguments, || None).await
}
