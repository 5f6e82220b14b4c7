//! The doorbell without TLS: for a server in the same room, and to measure what TLS costs.

use embassy_net::Stack;
use machine::arguments::Arguments;
use slack_rtm_embassy::connect::Plain;
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

/// Runs until the client's end and gives the exit status.
pub async fn run(stack: Stack<'static>, arguments: &'static Arguments<'static>) -> Exit {
    let memory = MEMORY.take();
    let mut plain = Plain::new(Net::new(stack, &mut memory.receive, &mut memory.send));
    application::run(&mut plain, arguments, || None).await
}
