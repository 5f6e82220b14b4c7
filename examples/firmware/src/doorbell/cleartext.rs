//! The doorbell without TLS: for a server on the same network, and to measure the cost of TLS.

use embassy_net::Stack;
use machine::arguments::Arguments;
use slack_rtm_embassy::link::Cleartext;
use slack_rtm_embassy::net::Net;
use static_cell::ConstStaticCell;

use crate::application;
use crate::exit::Exit;

struct Memory {
    receive: [u8; 2048],
    send: [u8; 1024],
}

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; 2048],
    send: [0; 1024],
});

/// Runs until the client has closed. Returns the exit status.
pub async fn run(stack: Stack<'static>, arguments: &'static Arguments<'static>) -> Exit {
    let memory = MEMORY.take();
    let cleartext = Cleartext::new(Net::new(stack, &mut memory.receive, &mut memory.send));
    application::run(cleartext, arguments, || None).await
}
