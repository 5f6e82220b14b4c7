//! The whole client behind exported functions, as a host that knows nothing of Rust would run it.
//! `imports.rs` beside this folder fails if the module imports anything.

use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::entropy::EntropyError;
use slack_rtm::rtm::command::Message;
use slack_rtm::time::Instant;
use slack_rtm::{Client, Config, DisconnectReason, Event, Output};

type Generator = fn(&mut [u8]) -> Result<(), EntropyError>;

struct Machine {
    client: Client<'static, Generator>,
    rx: RecvBuf<'static>,
    tx: SendBuf<'static>,
}

fn generator(out: &mut [u8]) -> Result<(), EntropyError> {
    // A real host passes its randomness in; without any, nothing may be sent.
    let _ = out;
    Err(EntropyError)
}

fn leak<const N: usize>() -> &'static mut [u8; N] {
    Box::leak(Box::new([0; N]))
}

/// A client; to be given to the other functions.
#[unsafe(no_mangle)]
pub extern "C" fn begin() -> *mut () {
    let config = Config::new("xoxb-wasm").outbox(leak::<1024>());
    let machine = Machine {
        client: Client::new(config, generator as Generator),
        rx: RecvBuf::new(leak::<1024>()),
        tx: SendBuf::new(leak::<512>()),
    };
    Box::into_raw(Box::new(machine)).cast()
}

/// Polls at `now` milliseconds; returns what is to be done: 0 wait, 1 connect, 2 event, 3 disconnect,
/// 4 the end, 5 an error.
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
            if let Event::Message(message) = event {
                let _ = client.send(
                    &Message::new(message.channel(), message.text().as_str()),
                    tx,
                );
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
