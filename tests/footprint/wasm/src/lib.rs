//! The whole client, run through exported functions, as by a host that is not written in Rust.
//! `imports.rs` beside this folder fails if the module imports anything.

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::{Entropy, EntropyError};
use slack_rtm::event::Author;
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Instant;
use slack_rtm::{Client, Config, DisconnectReason, Event, Output, OwnedStorage};

struct Machine {
    client: Client<'static, Generator, OwnedStorage<128, 1024>>,
    rx: RecvBuf<'static>,
    tx: SendBuf<'static>,
}

/// Fails: a real host passes its randomness in, and without any nothing may be sent.
struct Generator;

impl Entropy for Generator {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError)
    }
}

fn leak<const N: usize>() -> &'static mut [u8; N] {
    Box::leak(Box::new([0; N]))
}

/// Returns a client for the other functions, or null if it cannot be created.
#[unsafe(no_mangle)]
pub extern "C" fn begin() -> *mut () {
    let Ok(client) = Client::new(Config::new(), "xoxb-wasm", OwnedStorage::new(), Generator) else {
        return core::ptr::null_mut();
    };
    let machine = Machine {
        client,
        rx: RecvBuf::new(leak::<1024>()),
        tx: SendBuf::new(leak::<512>()),
    };
    Box::into_raw(Box::new(machine)).cast()
}

/// Polls at `now` milliseconds; returns what is to be done: 0 wait, 1 connect, 2 event, 3
/// disconnect, 4 the end, 5 an error.
///
/// # Safety
/// `machine` is what `begin` returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn poll(machine: *mut (), now: u64) -> u32 {
    let Machine { client, rx, tx } = unsafe { &mut *machine.cast::<Machine>() };
    match client.poll(rx, tx, Instant::from_millis(now)) {
        Ok(Output::Wait { .. }) => 0,
        Ok(Output::Connect { .. }) => 1,
        Ok(Output::Event(event)) => {
            if let Event::Message(message) = event
                && let Some(Author::Person(_)) = message.posted_by()
                && let (Some(channel), Some(text)) = (message.channel(), message.text())
            {
                let _ = client.send(&Post::new(channel, text.as_str()), tx);
            }
            2
        }
        Ok(Output::Disconnect) => 3,
        Ok(Output::Closed(_)) => 4,
        _ => 5,
    }
}

/// The link is there, or ended.
///
/// # Safety
/// `machine` is what `begin` returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn link(machine: *mut (), is_up: u32) {
    let machine = unsafe { &mut *machine.cast::<Machine>() };
    if is_up == 0 {
        machine.client.disconnected(DisconnectReason::Closed);
    } else {
        machine.client.connected();
    }
}

/// A byte from the link; then the next byte for it, or 256.
///
/// # Safety
/// `machine` is what `begin` returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn exchange(machine: *mut (), byte: u32) -> u32 {
    let Machine { rx, tx, .. } = unsafe { &mut *machine.cast::<Machine>() };
    if let (Ok(byte), Some(room)) = (u8::try_from(byte), rx.space().first_mut()) {
        *room = byte;
        rx.filled(1);
    }
    let next = tx.pending().first().copied();
    tx.sent(usize::from(next.is_some()));
    next.map_or(256, u32::from)
}
